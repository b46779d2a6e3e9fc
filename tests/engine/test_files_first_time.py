"""The first synchronization of a project, as documents F1 and F3 of the catalogue describe it (F096 to F124)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.i18n import LANGUAGES
from maestro_procore.model.file_forecast import STATED_ERROR
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, message
from maestro_procore.store.database import Database
from maestro_procore.store.file_views import FileViews
from maestro_procore.store.journal import Journal
from maestro_procore.store.rows import BudgetRow
from tests.engine.file_world import FileWorld

TOP = "Procore/École Saint-Édouard/Documents"
WRITES = {"upload", "new_version", "create_folder", "rename_or_move", "delete"}


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    return FileWorld(tmp_path)


def fill(world: FileWorld, in_procore: int, in_drive: int) -> None:
    """So many different files on each side."""
    for number in range(in_procore):
        world.procore.put(f"Plans/P{number}.pdf", b"of Procore %d" % number)
    for number in range(in_drive):
        world.drive.put(f"{TOP}/Devis/D{number}.pdf", b"of the drive %d" % number)


def at(call: str, act: Callable[[], object], nth: int = 1) -> Callable[[str], None]:
    """Somebody acts while the nth of these calls is on its way."""
    left = [nth]

    def before(name: str) -> None:
        if name == call and left[0]:
            left[0] -= 1
            if not left[0]:
                act()

    return before


# --- option 1: the destination is empty ---------------------------------------------------------------


async def test_f096_both_roots_are_found_and_kept_before_anything_else(world: FileWorld) -> None:
    fill(world, 2, 0)
    bound: list[tuple[str, str]] = []

    def note(name: str) -> None:
        if name == "changes":
            bound.append((world.project["pairs"][0]["procore_root"], world.project["pairs"][0]["drive_root"]))

    world.procore.before = world.drive.before = note
    await world.run(world.add())
    roots = (world.procore.root_id, world.drive.at(TOP).id)
    assert bound == [roots, roots]


async def test_f096_a_root_that_goes_in_the_middle_is_said_and_deletes_nothing(world: FileWorld) -> None:
    """FIL-13."""
    fill(world, 9, 0)
    await world.run(world.add())
    world.drive.before = at("upload", lambda: world.drive.remove("Procore/École Saint-Édouard"), nth=5)
    before = world.procore.tree()
    said = await world.run(world.commands.approve(1))
    assert (said["state"], said["problem"]["code"]) == ("failed", "FIL-13")
    assert world.project["phase"] == FilePhase.PAUSED
    assert world.procore.tree() == before


@pytest.mark.parametrize("copied", [4, 10, 19])
async def test_f098_what_was_broken_off_half_way_goes_on_without_sending_anything_again(
    world: FileWorld, copied: int
) -> None:
    fill(world, 20, 0)
    await world.run(world.add())
    request = world.commands.approve(1)

    made: list[str] = []
    world.drive.after = made.append

    def cut() -> None:
        raise ConnectionAbortedError

    world.drive.before = at("upload", cut, nth=copied + 1)
    with pytest.raises(ConnectionAbortedError):
        await world.run(request)
    world.drive.before = lambda name: None
    assert 0 < made.count("upload") < 20
    await world.run(request)
    assert world.copy == world.procore.tree()
    assert made.count("upload") == 20


async def test_f103_f189_the_files_lie_in_their_folders_below_the_chosen_place_and_nowhere_else(
    world: FileWorld,
) -> None:
    fill(world, 3, 0)
    world.procore.put("Plans/Étage 2/A-201.pdf", b"%PDF")
    world.drive.put("Mine/notes.txt", b"mine")
    before = world.drive.tree()
    await world.first()
    assert world.copy == world.procore.tree()
    added = world.drive.tree().keys() - before.keys()
    above = {"/Procore", "/Procore/École Saint-Édouard", f"/{TOP}"}
    assert above < added
    assert all(path.startswith(f"/{TOP}/") for path in added - above)
    assert world.drive.contents[world.drive.at("Mine/notes.txt").id] == b"mine"


# --- what people do meanwhile ----------------------------------------------------------------------------


async def test_f106_what_is_changed_during_the_first_synchronization_is_caught_up_before_it_is_over(
    world: FileWorld,
) -> None:
    fill(world, 6, 0)
    await world.run(world.add())

    def act() -> None:
        world.drive.put(f"{TOP}/Plans/new.txt", b"new")
        world.procore.put("Plans/P0.pdf", b"edited in Procore meanwhile")

    world.drive.before = at("upload", act, nth=6)
    said = await world.run(world.commands.approve(1))
    assert (said["state"], world.project["phase"]) == ("done", FilePhase.REGULAR)
    assert world.procore.tree()["/Plans/new.txt"] == b"new"
    assert world.copy == world.procore.tree()
    assert world.copy["/Plans/P0.pdf"] == b"edited in Procore meanwhile"


@pytest.mark.parametrize("option", ["mirror", "merge"])
async def test_f105_what_somebody_changes_in_the_drive_meanwhile_is_listed(world: FileWorld, option: str) -> None:
    """When all is copied and the catching up looks. Not what the approved plan knew, nor what is tried twice."""
    fill(world, 6, 3 if option == "merge" else 0)
    await world.run(world.add(option))
    world.drive.put(f"{TOP}/before the start.txt", b"known to the plan that runs")

    def act() -> None:
        world.drive.put(f"{TOP}/Mine/new.txt", b"new")
        world.drive.put(f"{TOP}/Plans/P0.pdf", b"edited before its time")
        world.drive.remove(f"{TOP}/Plans/P1.pdf")

    def fail_once(name: str) -> None:
        if name == "upload" and world.procore.calls.count("upload") == 1:
            raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": "x"}))

    world.drive.before = at("changes", act, nth=2)
    world.procore.before = fail_once
    views = FileViews(world.database)
    assert views.changed_meanwhile(1) == []
    said = await world.run(world.commands.approve(1))
    assert (said["errors"], world.project["phase"]) == (0, FilePhase.REGULAR)
    told = [(row.verb, row.path) for row in views.changed_meanwhile(1)]
    expected = [("create_folder", "Mine"), ("copy", "Mine/new.txt"), ("version", "Plans/P0.pdf")]
    assert sorted(told) == sorted([*expected, ("delete", "Plans/P1.pdf")])
    world.drive.put(f"{TOP}/after.txt", b"after")
    await world.run()
    assert len(views.changed_meanwhile(1)) == 4, "afterwards everybody may"


# --- its end -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["mirror", "merge"])
async def test_f107_f108_f109_f123_the_end_is_told_once_at_the_moment_the_project_becomes_regular(
    world: FileWorld, option: str
) -> None:
    """FIL-17, the same for both options; the toast is tests/gui/test_closing.py."""
    fill(world, 2, 2 if option == "merge" else 0)
    await world.run(world.add(option))
    views = FileViews(world.database)
    assert views.notices() == []
    await world.run(world.commands.approve(1))
    await world.run()
    (notice,) = views.notices()
    assert notice.problem == Problem("FIL-17", {"project": "École Saint-Édouard"})
    assert world.project["phase"] == FilePhase.REGULAR
    assert notice.at == world.project["phase_at"] == world.project["completed_at"]
    told = {language: message(notice.problem, language) for language in LANGUAGES}
    assert told["en"] == "Two way sync initiated for project École Saint-Édouard"
    assert told["fr"] == "Synchronisation bidirectionnelle établie pour le projet École Saint-Édouard"


async def test_f124_a_restart_finds_the_project_regular(world: FileWorld, tmp_path: Path) -> None:
    fill(world, 1, 0)
    await world.first()
    world.database.close()
    again = Database.of_file(tmp_path / "journal.sqlite")
    again.bring_up_to_date()
    project = Journal(again).file_project(1)
    again.close()
    assert project is not None
    assert project["phase"] == FilePhase.REGULAR


# --- option 2: the destination holds data --------------------------------------------------------------------


@pytest.mark.parametrize(("in_procore", "in_drive"), [(0, 10), (3, 10)])
async def test_f110_f111_f112_data_of_the_drive_goes_to_procore_and_both_sides_hold_everything(
    world: FileWorld, in_procore: int, in_drive: int
) -> None:
    fill(world, in_procore, in_drive)
    said = await world.first("merge")
    assert (said["state"], said["errors"]) == ("done", 0)
    assert len(world.procore.contents) == len(world.drive.contents) == in_procore + in_drive
    assert world.copy == world.procore.tree()


async def test_f101_f112_only_the_second_option_takes_a_folder_that_holds_something(world: FileWorld) -> None:
    """DOC-13."""
    fill(world, 1, 1)
    said = await world.run(world.add("mirror"))
    assert (said["problem"]["code"], world.project["phase"]) == ("DOC-13", FilePhase.ADDED)
    assert set(world.procore.contents.values()) == {b"of Procore 0"}
    world.commands.remove(1)
    await world.run(
        world.commands.add(
            NewFileProject(
                "École Saint-Édouard", 77, "drive-1", world.drive.root_id, ("documents",), option="merge"
            ),
            procore_company=5,
        )
    )  # fmt: skip
    (project,) = world.journal.file_projects()
    assert (project["phase"], project["problem"]) == (FilePhase.PLANNED, None)


async def test_f115_every_item_of_both_sides_is_listed_before_anything_is_written(world: FileWorld) -> None:
    fill(world, 5, 5)
    calls: list[str] = []
    world.procore.before = lambda name: calls.append(f"procore {name}")
    world.drive.before = lambda name: calls.append(f"drive {name}")
    await world.run(world.add("merge"))
    views = FileViews(world.database)
    assert views.seen_counts(1) == {"procore": 6, "drive": 6}, "five files and their folder"
    assert {"procore changes", "drive changes"} <= set(calls)
    of_contents = {f"{side} {call}" for side in ("procore", "drive") for call in ("upload", "new_version", "download")}
    assert not of_contents & set(calls)
    calls.clear()
    await world.run(world.commands.approve(1))
    first = min(calls.index(call) for call in of_contents if call in calls)
    assert {"procore changes", "drive changes"} <= set(calls[:first])


ELSEWHERE = timezone(timedelta(hours=-5))


def conflict(world: FileWorld, older: str, newer: str, zone: timezone = ELSEWHERE) -> dict[str, bytes]:
    """plan.pdf on both sides, the newer by one hour, its time written down in another time zone."""
    stores = {"procore": (world.procore, "Plan.PDF"), "drive": (world.drive, f"{TOP}/plan.pdf")}
    noon = datetime(2026, 10, 1, 12, tzinfo=zone)
    contents = {older: b"the older content", newer: b"the newer content, longer"}
    for side, moment in ((older, noon.astimezone(UTC)), (newer, noon + timedelta(hours=1))):
        store, path = stores[side]
        item = store.put(path, contents[side])
        store.items[item.id] = item._replace(modified=moment)
    return contents


@pytest.mark.parametrize(("older", "newer"), [("procore", "drive"), ("drive", "procore")])
async def test_f116_f117_f118_of_two_files_of_one_name_the_newest_is_on_both_sides(
    world: FileWorld, older: str, newer: str
) -> None:
    """Plan.PDF and plan.pdf are one name; noon in Montreal is not before one o'clock in Greenwich."""
    contents = conflict(world, older, newer)
    said = await world.first("merge")
    assert (said["state"], said["errors"]) == ("done", 0)
    assert list(world.procore.contents.values()) == [contents[newer]]
    assert list(world.copy.values()) == [contents[newer]]


async def test_f118_the_loser_is_written_as_a_version_before_and_stays_on_its_item(world: FileWorld) -> None:
    contents = conflict(world, "procore", "drive")
    item = world.procore.at("Plan.PDF")
    await world.first("merge")
    assert world.procore.calls.count("new_version") == 1
    assert not {"upload", "delete"} & set(world.procore.calls)
    assert world.procore.contents == {item.id: contents["drive"]}


async def test_f120_what_was_agreed_is_kept_with_ids_versions_sizes_and_times_of_both_sides(world: FileWorld) -> None:
    fill(world, 1, 1)
    await world.first("merge")
    with world.journal.begin() as tx:
        pairs = [pair for pair in world.journal.agreed(tx, 1) if not pair.is_folder]
    for pair in pairs:
        here, there = world.procore.items[pair.procore_id], world.drive.items[pair.drive_id]
        assert (pair.procore_version, pair.drive_version) == (here.version, there.version)
        assert pair.size_bytes == here.size_bytes == there.size_bytes
        assert pair.drive_modified == there.modified
    assert len(pairs) == 2
    world.procore.calls.clear()
    world.drive.calls.clear()
    said = await world.run(world.commands.synchronize(1, full=True))
    assert (said["state"], said["progress_total"]) == ("done", 0)
    assert not WRITES & {*world.procore.calls, *world.drive.calls}


async def test_f122_the_plan_counts_the_clashes_that_then_come(world: FileWorld) -> None:
    fill(world, 2, 2)
    conflict(world, "procore", "drive")
    world.procore.put("Devis/D0.pdf", b"another quote, of Procore")
    await world.run(world.add("merge"))
    views = FileViews(world.database)
    told = {row.path for row in views.conflicts(1, only_open=False)}
    assert told == {"Plan.PDF", "Devis/D0.pdf"}
    versions = sum(row["n"] for row in views.planned(1) if row["verb"] == "version")
    await world.run(world.commands.approve(1))
    assert {row.path for row in views.conflicts(1, only_open=False)} == told
    overwritten = [world.procore.calls, world.drive.calls]
    assert sum(calls.count("new_version") for calls in overwritten) == versions == 2


# --- how long it takes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds_a_file", "bytes_a_second"), [(0.4, 2_000), (3.0, 500)])
async def test_f104_f201_the_finish_time_is_told_before_the_start_and_within_the_stated_error_on_the_way(
    world: FileWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds_a_file: float, bytes_a_second: int
) -> None:
    """1,000 files of 1 MB, scaled by 1:5 and 1:1,000, on a server of a known pace; once it is asked after a restart."""
    for number in range(200):
        world.procore.put(f"Plans/{number:03}.pdf", bytes(500 + number * 5))
    await world.run(world.add())
    budget = BudgetRow(3_600, 3_600, None)
    told = FileViews(world.database).forecast(1, budget, world.clock.now())
    assert (told.files, told.size_bytes) == (200, 199_500)
    assert told.duration > timedelta(seconds=30), "a guess, as nothing was measured"
    looks: list[tuple[datetime, timedelta]] = []
    upload = world.drive.upload

    async def takes_its_time(parent_id: str, name: str, content: Path, **more: Any) -> FileItem:
        world.clock.advance(timedelta(seconds=seconds_a_file + content.stat().st_size / bytes_a_second))
        if world.drive.calls.count("upload") in (30, 100, 150):
            again = Database.of_file(tmp_path / "journal.sqlite")
            looks.append((now := world.clock.now(), FileViews(again).forecast(1, budget, now).duration))
            again.close()
        return await upload(parent_id, name, content, **more)

    monkeypatch.setattr(world.drive, "upload", takes_its_time)
    await world.run(world.commands.approve(1))
    assert len(looks) == 3
    for now, left in looks:
        true = world.project["completed_at"] - now
        assert abs(left - true) <= true * STATED_ERROR, (left, true)
