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

    Each turn, ours and the loop together, meets a sandbox that has stored nothing yet. ratio_recorded: the same
    against a server that does not work at all.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = sandbox_file(folder, {**company("small").procore, "vendors": []})
        turns = []
        for turn in range(throughput.TURNS):
            with sandbox_process("--company", str(file), *NO_LIMITS) as control:
                turns.append(asyncio.run(_turn(folder / f"sandbox {turn}", throughput.sandbox(control.line), turn)))
        with replaying(folder) as address:
            server = throughput.recorded(address)
            recorded = [asyncio.run(_turn(folder / f"recorded {n}", server, n)) for n in range(throughput.TURNS)]
    return {
        **throughput.figures(*zip(*turns, strict=True)),
        **throughput.figures(*zip(*recorded, strict=True), "_recorded"),
    }


def _body(journal: Journal, part: PartName, batch: int) -> list[Row]:
    """The records of one bulk call."""
    return [action["procore_write"] for action in journal.open_actions(part, batch)]


async def _turn(folder: Path, server: throughput.Server, turn: int) -> tuple[float, float]:
    """Records a second: ours, the loop's."""
    engine = throughput.Engine(folder, server, throughput.many_suppliers(turn))
    batches = await engine.planned()
    bodies = [_body(engine.doors.journal, engine.part.name, batch) for batch in batches]
    ours = await throughput.timed("push", lambda: engine.push(batches))
    await engine.close()
    return ours, await throughput.timed("bare loop", lambda: throughput.bare_push(server, bodies))
