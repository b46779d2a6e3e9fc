"""A click on a few records does not wait for the end of a run of all projects (F161)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from maestro_procore.engine import host as host_module
from maestro_procore.engine.host import Host
from maestro_procore.model.status import RequestState
from tests.engine.world import PlainSteps, World

Flow = Callable[[str, Any], Awaitable[None]]


class AlwaysFree:
    """A lease that nobody else wants."""

    def take(self) -> bool:
        return True

    def give_back(self) -> None:
        pass


class SlowSteps(PlainSteps):
    """Waits before its second project until somebody has asked for the way, and notes what was carried out."""

    def __init__(self, world: World, short: dict[str, Any], order: list[str]) -> None:
        super().__init__(world.journal)
        self.world, self.short, self.order = world, short, order
        self.first_project = ""
        self.long = str(world.journal.open_requests()[0]["id"])

    async def record(self, name: str, write: Callable[[Any], Any]) -> Any:
        result = await super().record(name, write)
        if name.endswith(" start"):
            self.order.append(name)
            self.first_project = self.first_project or name.split("@")[1].split(" ")[0]
        if len(self.order) == 2 and "id" not in self.short:
            self.short |= self.world.commands.synchronize("purchase-orders", project=self.first_project)
            while not self.world.doors.way.is_wanted_of(self.long):
                await asyncio.sleep(0)
        return result


class Plain:
    """Stands for the durable engine: the same flows, remembered in memory."""

    def __init__(self, world: World, flow: Flow, short: dict[str, Any], order: list[str], ended: asyncio.Event) -> None:
        self.world, self.flow, self.short, self.order, self.ended = world, flow, short, order, ended

    async def start(self) -> None:
        pass

    async def run(self, _workflow_id: str, request_id: str) -> bool:
        is_short = request_id == self.short.get("id")
        await self.flow(request_id, PlainSteps(self.world.journal) if is_short else self._slow())
        self.order.append("short" if is_short else "long")
        if not is_short:
            self.ended.set()
        return True

    def _slow(self) -> SlowSteps:
        return SlowSteps(self.world, self.short, self.order)

    async def forget(self, _workflow_id: str) -> None:
        pass

    async def close(self) -> None:
        pass


async def test_f161_a_click_passes_a_run_of_all_projects_between_two_of_them(world, monkeypatch):
    monkeypatch.setattr(host_module, "ATTEND", 0.001)
    await world.sync("projects")
    short: dict[str, Any] = {}
    order: list[str] = []
    ended = asyncio.Event()
    long = world.commands.synchronize("budgets")
    host = Host(
        world.doors,
        AlwaysFree(),
        lambda flow: Plain(world, flow, short, order, ended),
        lambda: len(order),
        "test",
        watches_files=False,
    )

    working = asyncio.create_task(host.run(asyncio.Event()))
    await ended.wait()
    host._stop.set()
    await working

    assert order.index("short") == 2 and order[-1] == "long" and len(order) > 4
    held = world.journal.request(short["id"])
    assert held["state"] in (RequestState.DONE, RequestState.WARNED)
    assert world.journal.request(long["id"])["wait_reason"] is None
    assert not world.doors.way.is_wanted_of(long["id"])
