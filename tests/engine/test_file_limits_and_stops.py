"""What stops a synchronization of files and what does not: sizes, patterns, space, rights, limits of calls."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine import file_preflight
from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.engine.file_destination import Destination
from maestro_procore.engine.file_sync import after_run
from maestro_procore.engine.file_watch import order_due
from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import CATALOGUE, Problem, Refused, message, remedy
from maestro_procore.store.file_views import FileViews
from tests.engine.file_world import FileWorld

TOP = "Procore/École Saint-Édouard/Documents"


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore.put("note.txt", b"hello")
    return made


def notices(world: FileWorld) -> list[Problem]:
    return [row.problem for row in FileViews(world.database).notices()]


def apart(world: FileWorld) -> dict[str, str]:
    """Name → code of the report *Not synchronized*."""
    return {row.name: row.problem.code for row in FileViews(world.database).not_synchronized(1)}


async def test_f227_a_billion_bytes_stay_and_are_listed_and_one_byte_less_goes(world: FileWorld) -> None:
    """The size is what Procore says of it; the content of the test is small."""
    for name, size in (("nuage.las", 1_000_000_000), ("drone.mp4", 999_999_999)):
        item = world.procore.put(name, name.encode())
        world.procore.items[item.id] = item._replace(size_bytes=size)
    await world.first()
    assert world.copy == {"/note.txt": b"hello", "/drone.mp4": b"drone.mp4"}
    assert apart(world) == {"nuage.las": "FIL-01"}


async def test_f221_a_pattern_of_the_project_leaves_files_out(world: FileWorld) -> None:
    world.procore.put("Plans/A.dwg", b"dwg")
    world.procore.put("Plans/A.bak", b"bak")
    await world.first(exclude=["*.bak"])
    assert set(world.copy) == {"/note.txt", "/Plans", "/Plans/A.dwg"}
    world.drive.put(f"{TOP}/mine.BAK", b"bak")
    await world.run()
    assert "/mine.BAK" not in world.procore.tree()
    assert apart(world) == {"A.bak": "FIL-04", "mine.BAK": "FIL-04"}


async def test_f229_every_type_of_file_goes_over(world: FileWorld) -> None:
    names = ["plan.dwg", "maison.rvt", "setup.exe", "tout.zip", "sans extension", ".cachee", "données.xlsx"]
    for name in names:
        world.procore.put(name, name.encode())
    await world.first()
    assert set(world.copy) == {"/note.txt", *(f"/{name}" for name in names)}
    assert apart(world) == {}


async def test_f250_a_full_drive_pauses_what_is_under_way_and_it_goes_on_once_space_is_freed(world: FileWorld) -> None:
    await world.first()

    def full(call: str) -> None:
        if call == "upload":
            raise FileCallFailed(FileTrouble.FULL, Problem("DRV-12", {"name": "p.jpg", "needed": 9, "left": 0}))

    world.drive.before = full
    world.procore.put("p.jpg", b"jpg")
    said = await world.run()
    told = Problem.from_json(said["problem"])
    assert (said["state"], told.code) == ("failed", "DRV-12")
    assert message(told, "fr") and remedy(told, "fr")
    assert "/p.jpg" not in world.copy

    world.drive.before = lambda call: None  # somebody emptied the recycle bin
    world.clock.advance(timedelta(minutes=6))
    order_due(world.doors, world.clock.now())
    (request,) = world.journal.open_requests()
    await world.run(request)
    assert (world.copy["/p.jpg"], world.project["problem"]) == (b"jpg", None)


def test_f231_only_a_top_folder_that_somebody_took_away_stops_a_project() -> None:
    """No amount, size, count or limit does: whatever else is wrong is tried again by itself."""
    after = {code: after_run(FilePhase.REGULAR, is_idle=False, problem=Problem(code)) for code in CATALOGUE}
    stops = {code for code, phase in after.items() if phase is FilePhase.PAUSED}
    assert stops == {"FIL-13", "FIL-18", "FIL-19"}
    assert set(after.values()) == {FilePhase.PAUSED, FilePhase.REGULAR}


async def test_f231_a_default_installation_stops_by_no_limit_of_its_own(world: FileWorld) -> None:
    for number in range(600):
        world.procore.put(f"Lot {number % 7}/{number}.txt", b"%d" % number)
    said = await world.first()
    assert (said["state"], said["created"], world.project["phase"]) == ("done", 608, FilePhase.REGULAR)
    assert FileViews(world.database).holds() == []


async def test_f230_a_size_near_the_limit_is_told_and_stops_nothing(world: FileWorld) -> None:
    """C7, DOC-92: the one soft limit that there is."""
    item = world.procore.put("drone.mp4", b"video")
    world.procore.items[item.id] = item._replace(size_bytes=955_000_000)
    await world.run(world.add())
    (sizes,) = [check for check in FileViews(world.database).projects(1)[0].preflight if check.what == "sizes"]
    assert sizes.problem == Problem("DOC-92", {"n": 1, "tool": "Documents"})
    said = await world.run(world.commands.approve(1))
    assert (said["state"], world.copy["/drone.mp4"]) == ("done", b"video")
    assert apart(world) == {}


async def test_f179_a_project_that_was_taken_out_is_not_called_for(world: FileWorld) -> None:
    await world.first()
    world.commands.remove(1)
    world.procore.calls.clear()
    world.drive.calls.clear()
    for _ in range(12):
        world.clock.advance(timedelta(hours=1))
        order_due(world.doors, world.clock.now())
    assert world.journal.open_requests() == []
    assert (world.procore.calls, world.drive.calls) == ([], [])


async def test_f179_a_paused_project_is_not_called_for(world: FileWorld) -> None:
    await world.first()
    world.commands.pause(1)
    world.procore.calls.clear()
    world.drive.calls.clear()
    world.clock.advance(timedelta(days=2))
    order_due(world.doors, world.clock.now())
    assert world.journal.open_requests() == []
    await world.run(world.commands.synchronize(1))
    assert (world.procore.calls, world.drive.calls) == ([], [])


# --- the first file, and another destination -----------------------------------------------------------


async def test_f202_a_check_does_not_forget_what_another_one_has_found_meanwhile(world: FileWorld) -> None:
    """The run knows the project as it stood at its beginning; the late first file is told beside it, once."""
    request = world.add()
    files, begun_with = world.doors.files, world.project
    assert files is not None
    await world.run(request)
    found = {row["what"] for row in world.project["preflight"]}
    assert found > {"space"} and not begun_with["preflight"]
    await file_preflight.space_problems(files, begun_with, world.clock.now())
    assert {row["what"] for row in world.project["preflight"]} == found


@pytest.mark.parametrize(("minutes", "told"), [(16, ["FIL-17", "DOC-91"]), (14, ["FIL-17"])])
async def test_f202_a_first_file_that_takes_more_than_a_quarter_of_an_hour_is_told_once(
    world: FileWorld, minutes: int, told: list[str]
) -> None:
    """DOC-91, C2: told while the run waits, not at its end."""
    await world.run(world.add())
    world.procore.put("second.txt", b"second")
    seen: list[list[Problem]] = []
    looks = world.journal.count_file_steps
    looked = 0

    def counted(*args: object) -> object:
        nonlocal looked
        looked += 1
        return looks(*args)  # type: ignore[arg-type]

    world.journal.count_file_steps = counted  # type: ignore[method-assign, assignment]
    upload, is_late = world.drive.upload, False
    world.drive.after = lambda call: seen.append(notices(world)) if call == "upload" else None

    async def slow(*args: Any, **more: Any) -> FileItem:
        nonlocal is_late
        if not is_late:
            is_late = True
            world.clock.advance(timedelta(minutes=minutes))
        before = looked
        while looked < before + 6:  # until the engine has looked around several times
            await asyncio.sleep(0)
        return await upload(*args, **more)

    world.drive.upload = slow  # type: ignore[method-assign]
    await world.run(world.commands.approve(1))
    assert [problem.code for problem in notices(world)] == told
    assert [problem.code for problem in seen[0]] == told[1:]
    await world.run()
    assert len(notices(world)) == len(told)


async def test_f232_the_destination_of_a_live_project_cannot_be_changed(world: FileWorld) -> None:
    """DOC-90, with what to do instead."""
    await world.first()
    before = world.project
    with pytest.raises(Refused) as refused:
        world.commands.move_destination(1, Destination("drive-2", "elsewhere"))
    assert refused.value.problem == Problem("DOC-90", {"name": "École Saint-Édouard"})
    assert "Reset the project" in remedy(refused.value.problem, "en")
    assert world.project == before


async def test_f232_f233_after_a_reset_a_project_goes_to_another_place_and_the_old_one_stays(world: FileWorld) -> None:
    await world.first()
    old = world.copy
    elsewhere = world.drive.put("Autre endroit")
    world.commands.reset(1)
    await world.run(world.commands.move_destination(1, Destination("drive-1", elsewhere.id, "https://x/Autre")))
    await world.run(world.commands.approve(1))
    top = "/Procore/École Saint-Édouard/Documents"
    assert (world.copy, world.project["phase"]) == (old, FilePhase.REGULAR)
    assert world.drive.tree(elsewhere.id)[f"{top}/note.txt"] == world.drive.tree()[f"{top}/note.txt"] == b"hello"
    assert "delete" not in {*world.procore.calls, *world.drive.calls}


async def test_f232_no_folder_of_another_project_is_taken(world: FileWorld) -> None:
    """DOC-73, as when a project is added."""
    await world.first()
    wanted = NewFileProject("Pont", 78, "drive-1", world.drive.root_id, ("documents",), layout="project")
    own = world.drive.put("Pont")
    taken = world.project["folder_id"]
    await world.run(world.commands.add(replace(wanted, parent_id=own.id), procore_company=5))
    with pytest.raises(Refused) as refused:
        world.commands.move_destination(world.project["id"], Destination("drive-1", taken))
    assert refused.value.problem.code == "DOC-73"


async def test_f232_a_plan_under_way_keeps_its_destination(world: FileWorld) -> None:
    world.add()
    with pytest.raises(Refused) as refused:
        world.commands.move_destination(1, Destination("drive-1", world.drive.root_id))
    assert refused.value.problem.code == "DOC-90"
