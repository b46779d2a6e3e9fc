"""Time of the reference company's first run under Procore's real limits, on a virtual clock, against T(C).

3,600 calls an hour, 25 in ten seconds, 100 ms for each answer. Sandbox and program in one process; whoever waits moves
both clocks. C: the fewest calls that can do the run. Takes many minutes of computing; says how far it is.
Beside it what was foretold: before the start, and once the lists of all projects had been read.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.model import pacing
from maestro_procore.model.forecast_words import of_all
from maestro_procore.ports import Row
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.sandbox.start_data import StartData
from tests.benchmarks import counting
from tests.benchmarks.companies import company, say
from tests.benchmarks.counting import Snapshot
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.minimum_calls import first_run, shortest_seconds, total
from tests.engine.world import PlainSteps, World

BARS = {"ratio": Bar(1.03, 1.005)}

LATENCY = timedelta(milliseconds=100)
LIMITS = {"hourly_limit": 3_600, "spike_limit": 25}
CALLS_A_SECOND = 2.5


class Distant(httpx.AsyncBaseTransport):
    """The sandbox in this process, so far away that each answer takes LATENCY of the virtual clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._inner = httpx.ASGITransport(world.sandbox)
        self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._world.clock.advance(LATENCY)
        self.calls += 1
        if self.calls % 500 == 0:
            say(f"initial-sync: {self.calls} calls")
        return await self._inner.handle_async_request(request)


class DistantWorld(World):
    """A world whose Procore is far away."""

    def _client(self) -> ProcoreClient:
        client = super()._client()
        self.distant = Distant(self)
        client._http._transport = self.distant
        return client

    def _keep_budget(self, kept: list[pacing.Budget], budget: pacing.Budget) -> None:
        """Also where a forecast finds it."""
        super()._keep_budget(kept, budget)
        self.journal.save_budget("distant", budget.to_json(), self.clock.now())


@dataclass
class Refined:
    """What the requests foretold together once the lists had been read: calls, and seconds from the start."""

    calls: int = 0
    seconds: float = 0.0

    def look(self, world: World, requests: Sequence[Row], started_at: datetime) -> None:
        """Keeps what is foretold from the moment on in which no project is unread any more."""
        told = [world.journal.request(request["id"])["foretold"] for request in requests]
        if self.calls or any(each["unread"] for each in told):
            return
        self.calls = sum(each["likely"] for each in told)
        self.seconds = (datetime.fromisoformat(told[-1]["finishes_at"]) - started_at).total_seconds()


def measure(name: str = "reference") -> dict[str, Number]:
    """ratio: virtual seconds of the first run of every element ÷ T(C)."""
    made = company(name)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), StartData(made.company, made.procore)))


async def _measure(folder: Path, data: StartData) -> dict[str, Number]:
    world = DistantWorld(folder, data, strict=False, **LIMITS)
    began = time.monotonic()
    try:
        # Only naps and answers take time: computing would count for the sandbox's windows but not for the program's.
        frozen = world.clock.now().timestamp() - world.sandbox.clock.advanced_seconds
        world.sandbox.clock._unix_time = lambda: frozen
        before = await _snapshot(world)
        started_at = world.clock.now()
        foretold = of_all(world.commands.forecast())
        say(f"initial-sync: foretold {foretold.to_json()}")
        refined = Refined()
        requests = world.commands.synchronize_all()
        elements = [request["element"] for request in requests]
        for request in requests:
            await synchronize(request["id"], PlainSteps(world.journal), world.doors)
            refined.look(world, requests, started_at)
            spent, row = world.clock.now() - started_at, world.journal.request(request["id"])
            say(f"initial-sync: {row['element']} {row['state']} after {spent}, {row['calls']} calls")
            say(f"initial-sync: {time.monotonic() - began:.0f} s of work, foretold {row['foretold']}")
        seconds = (world.clock.now() - started_at).total_seconds()
        calls = len(world.calls())
        after = await _snapshot(world)
        open_codes = {row["project_code"] for row in world.company.rows("m_project") if row["status"] != "1"}
        projects = counting.open_projects(after, open_codes)
        least = total(first_run(counting.first(before, after, projects)), elements).total
    finally:
        await world.close()
    shortest = shortest_seconds(least, LIMITS["hourly_limit"], CALLS_A_SECOND)
    return {
        "ratio": round(seconds / shortest, 4),
        "virtual_seconds": round(seconds, 1),
        "shortest_seconds": round(shortest, 1),
        "foretold_least_seconds": round(foretold.seconds, 1),
        "foretold_least": foretold.calls,
        "refined_seconds": round(refined.seconds, 1),
        "refined_calls": refined.calls,
        "refined_after_seconds": round((foretold.known_at - started_at).total_seconds(), 1) if foretold.known_at else 0,
        "calls": calls,
        "least": least,
        "real_seconds": round(time.monotonic() - began, 1),
    }


async def _snapshot(world: World) -> Snapshot:
    """What Procore holds, through the control interface, which no limit counts."""
    control = world.sandbox.start_line["control"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.sandbox)) as http:

        async def state(collection: str) -> list[counting.Row]:
            return list((await http.get(f"{control}/state/{collection}")).raise_for_status().json())

        return counting.of_states({name: await state(name) for name in counting.COLLECTIONS})
