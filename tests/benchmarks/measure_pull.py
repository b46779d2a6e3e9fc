"""Records a second that are read, decoded, mapped and stored, against a bare loop that only decodes them."""

import asyncio
import tempfile
from pathlib import Path

from tests.benchmarks import throughput
from tests.benchmarks.companies import NO_LIMITS, company
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.replay import replaying, sandbox_file
from tests.programs import sandbox_process

BARS = {"ratio": Bar(0.40, 0.60, ">=")}


def measure() -> dict[str, Number]:
    """ratio: ours ÷ bare, same run, same pages, one call at a time; ratio_recorded: without the sandbox's own work."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = sandbox_file(folder, {**company("small").procore, "vendors": throughput.many_vendors()})
        with sandbox_process("--company", str(file), *NO_LIMITS) as control:
            server = throughput.sandbox(control.line)
            figures = asyncio.run(_turns(folder / "sandbox", server))
            asyncio.run(throughput.record_vendors(server, folder))
        with replaying(folder) as address:
            recorded = asyncio.run(_turns(folder / "recorded", throughput.recorded(address), "_recorded"))
    return {**figures, **recorded}


async def _turns(folder: Path, server: throughput.Server, ending: str = "") -> dict[str, Number]:
    folder.mkdir()
    ours, bare = [], []
    await throughput.bare_pull(server)  # whatever either server does only once
    for turn in range(throughput.TURNS):
        engine = throughput.Engine(folder / str(turn), server)
        ours.append(await throughput.timed("pull", engine.pull))
        await engine.close()
        bare.append(await throughput.timed("bare loop", lambda: throughput.bare_pull(server)))
    return throughput.figures(ours, bare, ending)
