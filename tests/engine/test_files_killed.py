"""The engine of files dies at every call, before it and after it; the next start loses nothing and doubles nothing."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.engine.file_world import FileWorld
from tests.engine.world import Killed

TOP = "Procore/École Saint-Édouard/Documents"
STEP = 9
"""Each case of the suite takes every ninth cut point, another ninth than the others; the benchmark takes them all."""


def cut_at(world: FileWorld, number: int, when: str) -> Callable[[], None]:
    """Dies at the `number`-th call of either store, before it is applied or after."""
    numbers = count(1)

    def hook(name: str) -> None:
        if next(numbers) == number:
            raise Killed(name)

    for store in (world.procore, world.drive):
        setattr(store, when, hook)

    def heal() -> None:
        for store in (world.procore, world.drive):
            store.before = store.after = lambda name: None

    return heal


async def live(world: FileWorld) -> None:
    """A first synchronization with data on both sides, then changes on both."""
    request = world.add("merge")
    await world.run(request)
    await world.run(world.commands.approve(1))


def fill(world: FileWorld) -> None:
    for name in ("a.txt", "Plans/b.pdf", "Plans/Vieux/c.pdf"):
        world.procore.put(name, name.encode())
    for name in ("d.txt", "Plans/e.pdf", "a.txt"):
        world.drive.put(f"{TOP}/{name}", name.encode())


def change(world: FileWorld) -> None:
    world.procore.put("a.txt", b"edited in Procore")
    world.procore.move("Plans", "Plans 2026")
    world.procore.put("new/n.txt", b"new")
    world.drive.put(f"{TOP}/d.txt", b"edited in the drive")
    world.drive.remove(f"{TOP}/Plans/e.pdf")
    world.drive.put(f"{TOP}/f.txt", b"f")


def contents(world: FileWorld) -> set[bytes]:
    """Everything that people could still find: live or in a recycle bin."""
    kept: set[bytes] = set()
    for store in (world.procore, world.drive):
        kept |= set(store.contents.values()) | {content for _, content in store.bin.values()}
    return kept


@pytest.mark.parametrize(
    ("phase", "when", "offset"),
    [("first", "before", 2), ("first", "after", 1), ("regular", "before", 0), ("regular", "after", 3)],
)
async def test_a_run_that_dies_at_any_call_goes_on(tmp_path: Path, phase: str, when: str, offset: int) -> None:
    """F098: after the restart nothing is sent twice."""
    for number in range(1 + offset, 200, STEP):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = FileWorld(folder)
        fill(world)
        wanted = {b"a.txt", b"Plans/b.pdf", b"Plans/Vieux/c.pdf", b"d.txt", b"Plans/e.pdf"}
        if phase == "regular":
            await live(world)
            change(world)
            wanted |= {b"edited in Procore", b"new", b"edited in the drive", b"f"}
            wanted -= {b"a.txt", b"d.txt"}  # in the versions of their files, which this store does not keep
        heal = cut_at(world, number, when)
        has_died = False
        try:
            if phase == "first":
                await live(world)
            else:
                await world.run(world.commands.synchronize(1))
        except Killed:
            has_died = True
        heal()
        await finish(world)
        assert world.copy == world.procore.tree(), number
        assert wanted <= contents(world), number
        assert not [path for path in world.copy if "conflict" in path], number
        assert list(world.temporary.iterdir()) == [], number
        if not has_died:
            return
    raise AssertionError("the run never came to its end")


async def finish(world: FileWorld) -> None:
    """What the next start does: open requests first, then a run as usual."""
    for request in world.journal.open_requests():
        await world.run(request)
    if world.journal.file_project(1) is None:
        world.add("merge")
        await finish(world)
    if world.project["phase"] == "planned":
        await world.run(world.commands.approve(1))
    await world.run(world.commands.synchronize(1))
