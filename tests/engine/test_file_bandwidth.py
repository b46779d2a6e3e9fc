"""An optional limit of how fast files go, shared by all that go at once, on the program's clock (F237)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.file_bandwidth import LOOKED_AT, SharedBandwidth
from maestro_procore.file_ports import BOUNDLESS, FileStore, let_up, prolonging
from maestro_procore.model.file_bandwidth import DOWN, UP, Limits
from maestro_procore.model.file_items import FileSide
from maestro_procore.store.rows import BudgetRow
from tests.engine.file_world import STARTS_AT
from tests.engine.sandbox_files import SandboxWorld, Servers

KB = 1000
SIZE = 200 * KB


class SleepersClock:
    """Moves to the next one who wakes, once everybody naps who takes part."""

    def __init__(self, people: int) -> None:
        self.time, self.awake = STARTS_AT, people
        self._due: list[Any] = []

    def now(self) -> Any:
        return self.time

    async def nap(self, length: timedelta) -> None:
        wakes_at = self.time + length
        self._due.append(wakes_at)
        self.awake -= 1
        while self.time < wakes_at:
            await asyncio.sleep(0)
            if not self.awake:
                self.time = max(self.time, min(self._due))
        self._due.remove(wakes_at)
        self.awake += 1


# --- the limit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 4])
async def test_f237_transfers_at_the_same_time_share_the_limit(people: int) -> None:
    """8 MB at 400 kB a second take 20 seconds, but for the second in advance, whether one sends them or four."""
    clock = SleepersClock(people)
    shared = SharedBandwidth(clock, lambda: Limits(up=400 * KB))
    ends = []

    async def send() -> None:
        for _ in range(8_000 // 50 // people):
            await shared.up(50 * KB)
            assert await shared.down(50 * KB) == timedelta(0), "the other way has no limit"
        clock.awake -= 1
        ends.append(clock.time)

    await asyncio.gather(*(send() for _ in range(people)))
    assert max(ends) - STARTS_AT == timedelta(seconds=19)


async def test_f237_both_ways_have_a_limit_of_their_own() -> None:
    clock = SleepersClock(1)
    shared = SharedBandwidth(clock, lambda: Limits(up=100 * KB, down=1_000 * KB))
    waits = [(await shared.up(200 * KB)).total_seconds(), (await shared.down(2_000 * KB)).total_seconds()]
    assert waits == [1, 1], "each has a second in advance"
    assert (await shared.down(2_000 * KB)).total_seconds() == 2


async def test_f237_without_a_limit_nobody_naps() -> None:
    clock = SleepersClock(1)
    shared = SharedBandwidth(clock, Limits)
    assert [await shared.up(10**9), await shared.down(10**9)] == [timedelta(0)] * 2
    assert clock.time == STARTS_AT


async def test_f237_a_limit_holds_from_when_somebody_sets_it() -> None:
    clock, limits = SleepersClock(1), [Limits()]
    shared = SharedBandwidth(clock, lambda: limits[0])
    await shared.up(10**9)
    limits[0] = Limits(up=100 * KB)
    assert await shared.up(10**6) == timedelta(0), "looked at every few seconds"
    clock.time += LOOKED_AT
    assert (await shared.up(10**6)).total_seconds() == 9
    limits[0] = Limits()
    clock.time += LOOKED_AT
    assert await shared.up(10**9) == timedelta(0)


async def test_f237_a_wait_of_ours_is_not_counted_against_the_server() -> None:
    async with asyncio.timeout(10) as longest:
        before = longest.when()
        prolonging(longest)(timedelta(seconds=90))
        assert (longest.when() or 0) - (before or 0) == 90
        assert [piece async for piece in let_up(_parts(b"a" * 100_000), BOUNDLESS, prolonging(longest))] == [
            b"a" * 65_536,
            b"a" * 34_464,
        ]


async def _parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


# --- the contents of files, between both servers -----------------------------------------------------------


@pytest.fixture
def world(between: SandboxWorld) -> SandboxWorld:
    return between


def limit(world: SandboxWorld, **kilobytes: int | None) -> None:
    world.journal.change_settings(kilobytes, "marie", world.clock.now())
    world.clock.advance(LOOKED_AT)


@pytest.fixture
def naps(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of each; looking around, a second at most, is none: this clock stands still for it."""
    taken: list[float] = []
    nap = servers.clock.nap

    async def noted(length: timedelta) -> None:
        if length > timedelta(seconds=1):
            taken.append(length.total_seconds())
        await nap(length)

    monkeypatch.setattr(servers.clock, "nap", noted)
    return taken


async def seconds_of(world: SandboxWorld, work: Any) -> float:
    began = world.clock.time
    await work
    return float((world.clock.time - began).total_seconds())


@pytest.mark.parametrize("way", [UP, DOWN])
@pytest.mark.parametrize("is_one_call", [True, False], ids=["content in the call", "content to the storage first"])
async def test_f237_contents_keep_to_the_limit_from_and_to_both_services(
    world: SandboxWorld, naps: list[float], way: str, is_one_call: bool
) -> None:
    """Three files each way: from Procore to the drive in sessions, and from the drive to Procore both ways it takes."""
    with world.servers.switched(multipart_uploads=is_one_call):
        for number in range(3):
            world.in_procore(f"P{number}.pdf", f"{number}" * SIZE)
        await world.run(await world.add())
        budget = BudgetRow(100_000, 100_000, None)
        free = world.views.forecast(1, budget, world.clock.now()).duration
        limit(world, **{way: 50})
        told = world.views.forecast(1, budget, world.clock.now()).duration
        assert told >= timedelta(seconds=3 * SIZE / (50 * KB)) > free, "the forecast knows of it"
        assert await seconds_of(world, world.run(world.commands.approve(1))) >= 10, (
            "12 seconds, one of them in advance, the last one not napped"
        )
        for number in range(3):
            world.in_drive(f"D{number}.pdf", f"{number}" * SIZE)
        assert await seconds_of(world, world.run()) >= 10
        limit(world, **{way: None})
        for number in range(3):
            world.in_drive(f"E{number}.pdf", f"e{number}" * (SIZE // 2))
        assert naps != []
        naps.clear()
        await world.run()
        assert naps == [], "no limit, no wait"
    assert len(world.drive_tree()) == 9
    assert world.drive_tree() == world.procore_tree()


async def test_f237_a_content_in_one_call_to_the_drive_keeps_to_it_as_well(
    world: SandboxWorld, naps: list[float], tmp_path: Path
) -> None:
    """What is asked in JSON is no content."""
    await world.run(await world.add())
    limit(world, **{UP: 50, DOWN: 50})
    file = tmp_path / "small.txt"
    file.write_bytes(b"s" * SIZE)
    store: FileStore = (await world.doors.files.stores(world.project, world.project["pairs"][0]))[FileSide.DRIVE]  # type: ignore[union-attr]
    root = world.project["pairs"][0]["drive_root"]
    made = await store.upload(root, "small.txt", file)
    assert sum(naps) >= 2
    naps.clear()
    for _ in range(30):
        await store.item(made.id)
    assert naps == []
