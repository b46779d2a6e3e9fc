"""Records a second that are sent, answered one by one, linked and stored, against a bare loop that only sends them."""

import asyncio
import tempfile
from pathlib import Path

from maestro_procore.ports import Journal, PartName, Row
from tests.benchmarks import throughput
from tests.benchmarks.companies import NO_LIMITS, company
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.replay import replaying, sandbox_file
from tests.programs import sandbox_process

BARS = {"ratio": Bar(0.25, 0.50, ">=")}


def measure() -> dict[str, Number]:
    """ratio: ours ÷ bare, same run, equal bodies, one call at a time; the plan is made before the time begins.

    ratio_recorded: the same against a server that does not work at all.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = sandbox_file(folder, {**company("small").procore, "vendors": []})
        with sandbox_process("--company", str(file), *NO_LIMITS) as control:
            figures = asyncio.run(_turns(folder / "sandbox", throughput.sandbox(control.line)))
        with replaying(folder) as address:
            recorded = asyncio.run(_turns(folder / "recorded", throughput.recorded(address), "_recorded"))
    return {**figures, **recorded}


def _body(journal: Journal, part: PartName, batch: int) -> list[Row]:
    """The records of one bulk call."""
    return [action["procore_write"] for action in journal.open_actions(part, batch)]


async def _turns(folder: Path, server: throughput.Server, ending: str = "") -> dict[str, Number]:
    folder.mkdir()
    ours, bare = [], []
    for turn in range(throughput.TURNS):
        engine = throughput.Engine(folder / str(turn), server, throughput.many_suppliers(turn))
        batches = await engine.planned()
        journal = engine.doors.journal
        bodies = [_body(journal, engine.part.name, batch) for batch in batches]
        ours.append(await throughput.timed("push", lambda e=engine, b=batches: e.push(b)))
        await engine.close()
        bare.append(await throughput.timed("bare loop", lambda b=bodies: throughput.bare_push(server, b)))
    return throughput.figures(ours, bare, ending)
