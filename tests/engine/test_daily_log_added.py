"""Files that people add to a day in the drive go to that day's Daily Log, once, whatever is killed when (C5)."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.store.file_views import FileViews
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import FileWorld
from tests.engine.world import Killed

TOP = "Procore/École Saint-Édouard/Daily Log"
DAY = "2026-11-02"


class Log(MemoryStore):
    """Procore's Daily Log as its door shows it: a folder a day, sizes unknown, no hashes."""

    def _keep(self, item: FileItem) -> FileItem:
        return super()._keep(item if item.is_folder else item._replace(size_bytes=0, modified=None, content_hash=""))


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore = Log("p", made.clock.now)
    made.procore.put(f"{DAY}/{DAY}.pdf", b"%PDF the day")
    return made


async def begun(world: FileWorld, *, attaches: bool = True) -> None:
    await world.run(world.add(tools=("daily_log",), attaches=attaches))
    await world.run(world.commands.approve(1))


def in_procore(world: FileWorld) -> list[str]:
    return sorted(path for path, content in world.procore.tree().items() if content is not None)


def left(world: FileWorld) -> dict[str, str]:
    return {row.name: row.problem.code for row in FileViews(world.database).not_synchronized()}


async def test_f184_a_file_added_to_a_day_reaches_its_log_and_is_not_touched_again(world: FileWorld) -> None:
    await begun(world)
    world.drive.put(f"{TOP}/{DAY}/bon.pdf", b"bon")
    world.drive.put(f"{TOP}/beside.txt", b"beside")
    said = await world.run()
    assert (said["state"], said["created"]) == ("done", 1)
    assert in_procore(world) == [f"/{DAY}/{DAY}.pdf", f"/{DAY}/bon.pdf"]
    assert left(world) == {"beside.txt": "FIL-11"}
    world.procore.calls.clear()
    await world.run()
    assert world.procore.calls == ["changes"]


async def test_f127_without_the_option_what_people_add_is_reported_and_the_option_takes_it_later(
    world: FileWorld,
) -> None:
    await begun(world, attaches=False)
    world.drive.put(f"{TOP}/{DAY}/bon.pdf", b"bon")
    await world.run()
    assert (in_procore(world), left(world)) == ([f"/{DAY}/{DAY}.pdf"], {"bon.pdf": "FIL-11"})
    world.commands.attach_to_daily_log(1, True)
    await world.run()
    assert (in_procore(world), left(world)) == ([f"/{DAY}/{DAY}.pdf", f"/{DAY}/bon.pdf"], {})
    world.commands.attach_to_daily_log(1, False)
    world.drive.put(f"{TOP}/{DAY}/autre.pdf", b"autre")
    await world.run()
    assert (len(in_procore(world)), left(world)) == (2, {"autre.pdf": "FIL-11"})


async def test_f127_an_edit_of_the_copy_is_reported_whatever_was_chosen(world: FileWorld) -> None:
    await begun(world)
    world.drive.put(f"{TOP}/{DAY}/{DAY}.pdf", b"%PDF with my remarks")
    await world.run()
    assert world.procore.tree()[f"/{DAY}/{DAY}.pdf"] == b"%PDF the day"
    assert [row.kind for row in FileViews(world.database).conflicts()] == ["one_way_change"]
    assert not {"upload", "new_version"} & set(world.procore.calls)


async def test_a_log_that_takes_no_file_stops_no_other_one(world: FileWorld) -> None:
    await begun(world)
    world.drive.put(f"{TOP}/{DAY}/bon.pdf", b"bon")
    world.procore.put("2026-11-03/2026-11-03.pdf", b"%PDF the next day")

    def closed(name: str) -> None:
        if name == "upload":
            raise FileCallFailed(FileTrouble.REFUSED, Problem("DOC-64", {"name": "bon.pdf", "day": DAY, "reason": ""}))

    world.procore.before = closed
    said = await world.run()
    assert (said["state"], said["errors"], left(world)) == ("warned", 1, {"bon.pdf": "DOC-64"})
    assert world.copy["/2026-11-03/2026-11-03.pdf"] == b"%PDF the next day"
    world.procore.calls.clear()
    await world.run()
    assert "upload" not in world.procore.calls
    world.procore.before = lambda name: None
    world.commands.try_again(world.project["pairs"][0]["id"])
    await world.run()
    assert (len(in_procore(world)), left(world)) == (3, {})


def dying_at(world: FileWorld, number: int, when: str) -> Callable[[], None]:
    numbers = count(1)

    def hook(name: str) -> None:
        if next(numbers) == number:
            raise Killed(name)

    stores = (world.procore, world.drive)
    for store in stores:
        setattr(store, when, hook)

    def heal() -> None:
        for store in stores:
            store.before = store.after = lambda name: None

    return heal


@pytest.mark.parametrize("goes_on", [True, False], ids=["the request goes on", "another request follows"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_f184_what_was_added_is_there_once_whatever_is_killed_when(
    world: FileWorld, when: str, goes_on: bool
) -> None:
    """Every cut point of the run; the one that matters most is after the log took the file, before we knew."""
    await begun(world)
    died = 0
    for number in count(1):
        name = f"bon {number}.pdf"
        world.drive.put(f"{TOP}/{DAY}/{name}", name.encode())
        heal = dying_at(world, number, when)
        request = world.commands.synchronize(1)
        try:
            await world.run(request)
        except Killed:
            died += 1
        else:
            heal()
            break
        heal()
        if not goes_on:
            world.journal.cancel(request["id"], "marie")
            await world.run(request)
            request = world.commands.synchronize(1)
        await world.run(request)
        await world.run()
    assert died >= 1
    wanted = [f"/{DAY}/{DAY}.pdf", *sorted(f"/{DAY}/bon {number}.pdf" for number in range(1, died + 2))]
    assert in_procore(world) == sorted(wanted)
    assert sorted(path for path, content in world.copy.items() if content is not None) == sorted(wanted)


async def test_only_a_project_with_the_daily_log_can_have_it(world: FileWorld) -> None:
    with pytest.raises(Refused) as refused:
        world.add(tools=("documents",), attaches=True)
    assert refused.value.problem.code == "DOC-18"
    world.add(tools=("documents",))
    with pytest.raises(Refused):
        world.commands.attach_to_daily_log(1, True)
