"""Undo of a run of files: what both sides still hold as the run left it goes back; nobody's work is taken away."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_undo import Back
from maestro_procore.model.problems import Refused
from maestro_procore.ports import Row
from maestro_procore.store.file_tables import DETACHED, PROJECT
from maestro_procore.store.file_views import FileViews
from tests.engine.file_world import FileWorld
from tests.engine.test_files_killed import contents, cut_at
from tests.engine.world import Killed

TOP = "Procore/École Saint-Édouard/Documents"


@pytest.fixture
async def world(tmp_path: Path) -> FileWorld:
    return await lived(tmp_path)


async def lived(folder: Path) -> FileWorld:
    """In step, with some files on both sides."""
    world = FileWorld(folder)
    for name in ("Plans/A-101.pdf", "Plans/A-102.pdf", "Devis/d.pdf", "note.txt", "vieux.txt", "seul.txt"):
        world.procore.put(name, f"first {name}".encode())
    await world.first()
    return world


async def undone(world: FileWorld, run: Row, *, confirm: bool = False) -> Row:
    """The run is taken back, and the synchronization that follows is carried out."""
    said = await world.run(world.commands.undo(run["id"], confirm=confirm))
    await follow(world)
    return said


async def follow(world: FileWorld) -> None:
    for request in world.journal.open_requests():
        await world.run(request)


def verdicts(world: FileWorld, run: Row) -> dict[str, tuple[str, str]]:
    """Path → whether it can be taken back, and the code of the reason."""
    told = world.commands.preview_undo(run["id"])
    return {
        verdict.step["path"]: (verdict.back.value, verdict.problem.code if verdict.problem else "")
        for _, plan in told.pairs
        for verdict in plan.verdicts
    }


async def test_undo_of_everything_people_did_in_the_drive(world: FileWorld) -> None:
    """Edited, renamed, moved and deleted in the drive, carried to Procore: both sides become as they were."""
    before = world.procore.tree()
    world.drive.put(f"{TOP}/Plans/A-101.pdf", b"ransom")
    world.drive.move(f"{TOP}/note.txt", f"{TOP}/Devis/note renamed.txt")
    world.drive.move(f"{TOP}/Plans", f"{TOP}/Plans 2026")
    world.drive.remove(f"{TOP}/vieux.txt")
    run = await world.run()
    assert world.procore.tree() == world.copy != before
    told = world.commands.preview_undo(run["id"])
    assert (told.count(Back.CAN), told.count(Back.NO), told.deletions) == (4, 0, 0)
    said = await undone(world, run)
    assert (said["state"], said["errors"], said["skipped"]) == ("done", 0, 0)
    assert world.procore.tree() == before
    assert world.copy == before
    assert (await world.run())["progress_total"] == 0


async def test_a_deletion_in_procore_is_taken_back_out_of_procores_bin_when_the_drive_gives_nothing_back(
    world: FileWorld,
) -> None:
    """F270: Graph does not show the recycle bin of a SharePoint library, Procore's has the file as well."""
    before = world.procore.tree()
    world.procore.remove("Plans")
    run = await world.run()
    assert "/Plans" not in world.copy
    said = await undone(world, run)
    assert (said["state"], said["created"]) == ("done", 1)
    assert world.procore.calls.count("undelete") == 1
    assert "undelete" not in world.drive.calls
    assert world.copy == world.procore.tree() == before


async def test_a_personal_drive_gives_back_what_was_deleted_there(world: FileWorld) -> None:
    with world.database.begin() as tx:
        tx.execute(PROJECT.update().values(drive_kind="personal"))
    before = world.procore.tree()
    world.procore.remove("Plans")
    run = await world.run()
    await undone(world, run)
    assert world.drive.calls.count("undelete") == 1
    assert "undelete" not in world.procore.calls
    assert world.copy == world.procore.tree() == before


async def test_f119_f271_the_loser_of_newest_wins_comes_back_from_its_versions(tmp_path: Path) -> None:
    """F118: the newest was kept on both sides; undo brings the obsolete one back on both."""
    world = FileWorld(tmp_path)
    world.procore.put("a.txt", b"older, in Procore")
    world.clock.advance(timedelta(minutes=5))
    world.drive.put(f"{TOP}/a.txt", b"newer, in the drive")
    run = await world.first("merge")
    assert world.copy == world.procore.tree() == {"/a.txt": b"newer, in the drive"}
    await undone(world, run)
    assert world.copy == world.procore.tree() == {"/a.txt": b"older, in Procore"}
    assert b"newer, in the drive" in [content for _, content in world.procore.older[world.procore.at("a.txt").id]]


async def test_copies_go_into_the_recycle_bin_and_their_originals_are_left_alone(world: FileWorld) -> None:
    """BCK-11: a person's own file is never deleted by an undo, nor copied again behind his back."""
    before = world.copy
    world.procore.put("Neuf/n1.txt", b"n1")
    world.procore.put("Neuf/Dessous/n2.txt", b"n2")
    world.procore.put("n3.txt", b"n3")
    run = await world.run()
    world.drive.calls.clear()
    told = world.commands.preview_undo(run["id"])
    assert (told.count(Back.CAN), told.deletions) == (5, 5)
    said = await undone(world, run)
    assert (said["state"], world.drive.calls.count("delete")) == ("done", 2)  # the new folder in one call
    assert world.copy == before
    assert world.procore.tree()["/Neuf/Dessous/n2.txt"] == b"n2"
    alone = FileViews(world.database).not_synchronized()
    assert [(row.path, row.problem.code) for row in alone] == [("Neuf", "BCK-11"), ("n3.txt", "BCK-11")]
    assert (await world.run())["progress_total"] == 0

    world.commands.try_again(alone[0].pair_id, alone[0].side, alone[0].item_id)
    await world.run()
    assert world.copy["/Neuf/Dessous/n2.txt"] == b"n2"
    assert "/n3.txt" not in world.copy


async def test_what_somebody_used_since_stays(world: FileWorld) -> None:
    """BCK-01, BCK-05, BCK-06 and BCK-07."""
    world.procore.put("Neuf/mine.txt", b"mine")
    world.procore.put("edited.txt", b"first")
    world.procore.put("gone.txt", b"gone")
    world.procore.move("note.txt", "Devis/note.txt")
    world.procore.remove("vieux.txt")
    run = await world.run()
    world.drive.put(f"{TOP}/Neuf/theirs.txt", b"somebody else's")
    world.drive.put(f"{TOP}/edited.txt", b"worked on")
    world.drive.remove(f"{TOP}/gone.txt")
    world.drive.put(f"{TOP}/vieux.txt", b"another of that name")
    await world.run()
    assert verdicts(world, run) == {
        "Neuf": ("no", "BCK-05"),
        "Neuf/mine.txt": ("can", ""),
        "edited.txt": ("no", "BCK-01"),
        "gone.txt": ("no", "BCK-07"),
        "Devis/note.txt": ("can", ""),
        "vieux.txt": ("no", "BCK-06"),
    }
    await undone(world, run)
    assert world.copy["/Neuf/theirs.txt"] == b"somebody else's"
    assert world.copy["/edited.txt"] == b"worked on"
    assert world.copy["/note.txt"] == world.procore.tree()["/note.txt"] == b"first note.txt"
    assert "/Neuf/mine.txt" not in world.copy
    assert verdicts(world, run)["Neuf/mine.txt"] == ("no", "BCK-07")


async def test_a_change_that_nobody_has_read_yet_is_found_before_anything_is_taken_back(world: FileWorld) -> None:
    world.procore.put("note.txt", b"second")
    run = await world.run()
    assert verdicts(world, run) == {"note.txt": ("can", "")}
    world.drive.put(f"{TOP}/note.txt", b"third, by somebody in the drive")
    await undone(world, run)
    assert world.copy["/note.txt"] == world.procore.tree()["/note.txt"] == b"third, by somebody in the drive"


async def test_names_that_changed_places_change_back(world: FileWorld) -> None:
    """The run needed a name for a moment; so does its undo."""
    before = world.procore.tree()
    world.drive.move(f"{TOP}/Plans/A-101.pdf", f"{TOP}/x")
    world.drive.move(f"{TOP}/Plans/A-102.pdf", f"{TOP}/Plans/A-101.pdf")
    world.drive.move(f"{TOP}/x", f"{TOP}/Plans/A-102.pdf")
    run = await world.run()
    assert world.procore.tree() == world.copy != before
    said = await undone(world, run)
    assert (said["state"], said["skipped"]) == ("done", 0)
    assert world.procore.tree() == world.copy == before


async def test_a_folder_that_took_something_in_gives_it_back_and_stays(world: FileWorld) -> None:
    before = dict(world.copy)
    world.procore.put("Neuf/n.txt", b"n")
    world.procore.move("note.txt", "Neuf/note.txt")
    run = await world.run()
    assert verdicts(world, run)["Neuf"] == ("no", "BCK-05")
    await undone(world, run)
    assert world.copy == {**before, "/Neuf": None}
    assert world.procore.tree() == {**before, "/Neuf": None, "/Neuf/n.txt": b"n"}


async def test_runs_are_taken_back_one_after_the_other_the_newest_first(world: FileWorld) -> None:
    before = dict(world.copy)
    world.drive.put(f"{TOP}/note.txt", b"second")
    first = await world.run()
    world.drive.put(f"{TOP}/note.txt", b"third")
    world.drive.move(f"{TOP}/Plans", f"{TOP}/Plans 2026")
    second = await world.run()
    assert verdicts(world, first) == {"note.txt": ("no", "BCK-01")}
    await undone(world, second)
    assert verdicts(world, first) == {"note.txt": ("can", "")}
    await undone(world, first)
    assert world.copy == world.procore.tree() == before


async def test_a_conflict_copy_is_left_to_a_person(world: FileWorld) -> None:
    """BCK-03."""
    world.procore.put("note.txt", b"Procore's")
    world.drive.put(f"{TOP}/note.txt", b"the drive's")
    run = await world.run()
    assert set(verdicts(world, run).values()) == {("by_hand", "BCK-03")}
    with pytest.raises(Refused, match="BCK-08"):
        world.commands.undo(run["id"])


async def test_photos_are_taken_out_of_the_bin_by_hand(tmp_path: Path) -> None:
    """BCK-04: nothing is documented that calls an image back."""
    world = FileWorld(tmp_path)
    world.procore.put("Toit/1.jpg", b"jpg")
    await world.run(world.add(tools=("photos",)))
    await world.run(world.commands.approve(1))
    world.drive.remove(f"{TOP.replace('Documents', 'Photos')}/Toit/1.jpg")
    run = await world.run()
    assert verdicts(world, run) == {"Toit/1.jpg": ("by_hand", "BCK-04")}


async def test_a_tool_that_is_only_copied_follows_procore(tmp_path: Path) -> None:
    """BCK-02."""
    world = FileWorld(tmp_path)
    world.procore.put("2026-11-02/log.pdf", b"%PDF")
    await world.run(world.add(tools=("daily_log",)))
    run = await world.run(world.commands.approve(1))
    assert set(verdicts(world, run).values()) == {("no", "BCK-02")}


async def test_f249_the_guard_counts_the_deletions_of_an_undo(tmp_path: Path) -> None:
    """BCK-09, C16: more than it lets go wants a confirmation of its own."""
    world = FileWorld(tmp_path)
    for number in range(20):
        world.procore.put(f"{number}.txt", b"x%d" % number)
    run = await world.first()
    told = world.commands.preview_undo(run["id"])
    assert (told.deletions, told.held.code if told.held else "") == (20, "FIL-14")
    with pytest.raises(Refused, match="BCK-09"):
        world.commands.undo(run["id"])
    said = await undone(world, run, confirm=True)
    assert (said["state"], world.copy) == ("done", {})
    assert len(world.procore.contents) == 20


async def test_what_grew_since_the_confirmation_is_asked_again(world: FileWorld) -> None:
    """BCK-09 in the run: what is read then decides, not what was shown."""
    for number in range(30):
        world.procore.put(f"{number}.txt", b"x%d" % number)
    run = await world.run()
    request = world.commands.undo(run["id"], confirm=True)
    assert request["undoes"]["confirmed"] == 30
    world.journal.change_request(request["id"], undoes={**request["undoes"], "confirmed": 29})
    said = await world.run(request)
    assert (said["state"], said["problem"]["code"]) == ("warned", "BCK-09")
    assert "delete" not in world.drive.calls


async def test_a_version_that_nobody_keeps_is_not_replaced_by_another(world: FileWorld) -> None:
    """BCK-10."""
    world.procore.put("note.txt", b"second")
    world.drive.keeps_versions = False
    run = await world.run()
    said = await undone(world, run)
    assert (said["state"], said["errors"]) == ("warned", 1)
    assert world.copy["/note.txt"] == b"second"
    rows = FileViews(world.database).steps(1, request_id=said["id"])
    assert [row.problems[0].code for row in rows] == ["BCK-10"]


async def test_a_bin_that_gives_nothing_back_says_so(world: FileWorld) -> None:
    world.procore.gives_back = False
    world.procore.remove("vieux.txt")
    run = await world.run()
    said = await undone(world, run)
    assert (said["state"], said["errors"]) == ("warned", 1)
    with world.database.read() as tx:
        assert tx.execute(sa.select(DETACHED)).all() == []


async def test_f215_an_undo_is_a_request_of_its_own_with_its_steps(world: FileWorld) -> None:
    world.procore.put("note.txt", b"second")
    run = await world.run()
    said = await undone(world, run)
    assert (said["mode"], said["requested_by"], said["undoes"]["number"]) == ("files-undo", "marie", run["number"])
    (row,) = FileViews(world.database).steps(1, request_id=said["id"])
    assert (row.verb, row.rule, row.target, row.path) == ("revert", "taken_back", "drive", "note.txt")
    *_, exported = (line for line in FileViews(world.database).history(1, "note.txt") if line["run"] == said["number"])
    assert (exported["by"], exported["deed"], exported["before"]["size"]) == ("marie", "revert", len(b"second"))
    assert exported["after"]["size"] == len(b"first note.txt")
    assert exported["before"]["version"] != exported["after"]["version"]
    with pytest.raises(Refused, match="BCK-25"):
        world.commands.undo(said["id"])
    with pytest.raises(Refused, match="BCK-08"):
        world.commands.undo(run["id"])


async def test_a_paused_project_can_be_undone_and_stays_paused(world: FileWorld) -> None:
    before = world.copy
    world.procore.put("note.txt", b"second")
    run = await world.run()
    world.commands.pause(1)
    await undone(world, run)
    assert world.copy == before
    assert (world.project["phase"], world.journal.open_requests()) == ("paused", [])
    world.commands.go_on(1)
    await follow(world)
    assert world.procore.tree() == before


CUTS = [("before", 0), ("before", 1), ("after", 0), ("after", 2)]


@pytest.mark.parametrize(("when", "offset"), CUTS)
async def test_an_undo_that_dies_at_any_call_goes_on(tmp_path: Path, when: str, offset: int) -> None:
    """F098: every third call of an undo and of the run that follows; nothing is lost, nothing stands there twice."""
    for number in range(1 + offset, 200, 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = await lived(folder)
        before, run = await changed(world)
        heal = cut_at(world, number, when)
        has_died = await dies(world, lambda world=world, run=run: undone(world, run))  # type: ignore[misc]
        heal()
        await follow(world)
        if not any(request["mode"] == "files-undo" for request in requests(world)):
            await undone(world, run)
        await world.run()
        assert world.copy == before, number
        assert world.procore.tree() == {**before, "/Neuf": None, "/Neuf/n.txt": b"n"}, number
        assert {b"ransom", b"n"} <= contents(world) | kept(world), number
        assert list(world.temporary.iterdir()) == [], number
        if not has_died:
            return
    raise AssertionError("the undo never came to its end")


async def changed(world: FileWorld) -> tuple[dict[str, bytes | None], Row]:
    """What the drive held before, and the run that is to be undone."""
    before = world.copy
    world.drive.put(f"{TOP}/Plans/A-101.pdf", b"ransom")
    world.drive.move(f"{TOP}/Plans", f"{TOP}/Plans 2026")
    world.drive.remove(f"{TOP}/vieux.txt")
    world.procore.put("Neuf/n.txt", b"n")
    return before, await world.run()


async def dies(world: FileWorld, work: Callable[[], object]) -> bool:
    try:
        await work()  # type: ignore[misc]
    except Killed:
        return True
    return False


def requests(world: FileWorld) -> list[Row]:
    from maestro_procore.store.tables import metadata

    with world.database.read() as tx:
        return [dict(row._mapping) for row in tx.execute(sa.select(metadata.tables["sync_request"]))]


def kept(world: FileWorld) -> set[bytes]:
    """Contents in the versions of either side."""
    return {content for store in (world.procore, world.drive) for older in store.older.values() for _, content in older}


def test_only_documents_and_personal_drives_give_back() -> None:
    from maestro_procore.model.file_undo import gives_back

    assert gives_back(FileSide.PROCORE, "documents", "business")
    assert gives_back(FileSide.DRIVE, "photos", "personal")
    assert not gives_back(FileSide.PROCORE, "photos", "personal")
    assert not gives_back(FileSide.DRIVE, "documents", "documentLibrary")


async def test_c16_an_undo_that_found_nothing_left_to_take_back_does_not_say_that_it_is_done(world: FileWorld) -> None:
    """BCK-08: somebody edited the file between the click and the run."""
    world.drive.put(f"{TOP}/note.txt", b"second")
    run = await world.run()
    wish = world.commands.undo(run["id"])
    world.drive.put(f"{TOP}/note.txt", b"third")
    said = await world.run(wish)
    assert (said["state"], said["problem"]["code"]) == ("failed", "BCK-08")
    await follow(world)
    assert world.procore.tree()["/note.txt"] == world.copy["/note.txt"] == b"third"


async def test_c16_an_undo_in_part_says_so_with_counts(world: FileWorld) -> None:
    """BCK-24: in the request, in the list of runs and in the history of each file."""
    for name in ("note.txt", "seul.txt", "vieux.txt"):
        world.procore.put(name, b"second")
    run = await world.run()
    world.procore.put("seul.txt", b"third")
    await world.run()
    said = await undone(world, run)
    assert (said["state"], said["updated"]) == ("warned", 2)
    told = {"number": str(run["number"]), "n": 1, "done": 2, "total": 3}
    assert (said["problem"]["code"], said["problem"]["args"]) == ("BCK-24", told)
    views = FileViews(world.database)
    (row,) = (row for row in views.of_runs.runs(1) if row.id == run["id"])
    assert (row.undone_by, row.taken_back, row.stays) == (said["number"], 2, 1)
    by_path = {step.path: step.undone_by for step in views.steps(1, request_id=run["id"])}
    assert by_path == {"note.txt": said["number"], "seul.txt": None, "vieux.txt": said["number"]}
    exported = {line["path"]: line["undone_by"] for line in views.history(1) if line["run"] == run["number"]}
    assert exported == by_path


async def test_c16_an_undo_of_everything_that_still_stands_is_whole(world: FileWorld) -> None:
    """What somebody deleted meanwhile does not stand any more; a file that a run wrote twice is one."""
    for name in ("note.txt", "seul.txt"):
        world.procore.put(name, b"second")
    run = await world.run()
    world.procore.remove("seul.txt")
    await world.run()
    said = await undone(world, run)
    assert (said["state"], said["problem"]) == ("done", None)
    (row,) = (row for row in FileViews(world.database).of_runs.runs(1) if row.id == run["id"])
    assert (row.undone_by, row.taken_back, row.stays) == (said["number"], 1, 0)
