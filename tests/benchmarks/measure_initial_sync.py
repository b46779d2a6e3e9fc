"""Time of the reference company's first run under Procore's real limits, on a virtual clock, against T(C).

3,600 calls an hour, 25 in ten seconds, 100 ms for each answer. Sandbox and program in one process; whoever waits moves
both clocks. C: the fewest calls that can do the run. Takes many minutes of computing; says how far it is.
"""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx

from maestro_procore.procore.client import ProcoreClient
from maestro_procore.sandbox.start_data import StartData
from tests.benchmarks import counting
from tests.benchmarks.companies import company, say
from tests.benchmarks.counting import Snapshot
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.minimum_calls import first_run, shortest_seconds, total
from tests.engine.world import World

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
        elements = [one.element for one in world.commands.forecast()]
        foretold = world.commands.forecast()[-1].seconds
        for element in elements:
            request = await world.sync(element)
            spent = world.clock.now() - started_at
            say(f"initial-sync: {element} {request['state']} after {spent} ({time.monotonic() - began:.0f} s of work)")
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
        "foretold_seconds": round(foretold, 1),
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
