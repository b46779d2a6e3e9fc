"""A click on a few records does not wait for the end of a run of all projects (F161)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from maestro_procore.engine import host as host_module
from maestro_procore.engine.attempts import park
from maestro_procore.engine.host import Host
from maestro_procore.model.problems import Problem, Refused
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


class FullDisk(Plain):
    """The short request finds that nothing can be written down any more."""

    async def run(self, workflow_id: str, request_id: str) -> bool:
        if request_id != self.short.get("id"):
            return await super().run(workflow_id, request_id)
        assert "short" not in self.order, "it was begun again although the engine has to end"
        self.order.append("short")
        self.world.doors.stuck = Problem("STO-03", {"file": "journal.sqlite", "text": "disk is full"})
        await park(self.world.doors)
        return True


async def test_f161_a_disk_that_fails_while_a_click_passes_ends_the_engine(world, monkeypatch):
    """STO-03: both requests stay as they are, and the next start goes on."""
    for name in ("ATTEND", "GRACE"):
        monkeypatch.setattr(host_module, name, 0.001)
    await world.sync("projects")
    short: dict[str, Any] = {}
    order: list[str] = []
    long = world.commands.synchronize("budgets")
    host = Host(
        world.doors,
        AlwaysFree(),
        lambda flow: FullDisk(world, flow, short, order, asyncio.Event()),
        lambda: len(order),
        "test",
        watches_files=False,
    )

    with pytest.raises(Refused, match="STO-03"):
        await host.run(asyncio.Event())

    assert order[-1] == "short"
    assert not RequestState(world.journal.request(long["id"])["state"]).has_ended
    assert not RequestState(world.journal.request(short["id"])["state"]).has_ended


async def test_f161_a_run_that_stood_when_the_program_ended_is_not_said_to_stand(world, monkeypatch):
    monkeypatch.setattr(host_module, "GRACE", 0.001)
    await world.sync("projects")
    long = world.commands.synchronize("budgets")
    world.journal.change_request(long["id"], started_at=world.doors.clock.now(), wait_reason="turn")
    said: list[Any] = []
    stop = asyncio.Event()

    class Looking(Plain):
        async def run(self, _workflow_id: str, request_id: str) -> bool:
            said.append(self.world.journal.request(request_id)["wait_reason"])
            stop.set()
            await park(self.world.doors)
            return True

    host = Host(
        world.doors,
        AlwaysFree(),
        lambda flow: Looking(world, flow, {}, [], asyncio.Event()),
        lambda: len(said),
        "test",
        watches_files=False,
    )
    await host.run(stop)
    assert said == [None]
