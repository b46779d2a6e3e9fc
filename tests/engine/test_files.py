"""Documents of a project are kept in step with a folder of a drive: the engine's part, on stores in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from maestro_procore.engine import file_sync
from maestro_procore.engine.file_watch import order_due
from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.store.file_tables import STEP
from maestro_procore.store.file_views import FileViews
from tests.engine.file_world import FileWorld

TOP = "Procore/École Saint-Édouard/Documents"
PLAN, NOTE = b"%PDF plan", b"hello"


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore.put("Plans/A-101.pdf", PLAN)
    made.procore.put("Plans/Anciens")
    made.procore.put("note.txt", NOTE)
    return made


async def test_f095_nothing_is_copied_before_the_plan_is_approved(world: FileWorld) -> None:
    said = await world.run(world.add())
    assert said["state"] == "done"
    assert world.project["phase"] == FilePhase.PLANNED
    assert world.copy == {}


async def test_f097_f102_f103_the_first_synchronization_mirrors_folders_then_files(world: FileWorld) -> None:
    said = await world.first()
    assert (said["state"], said["created"], said["errors"]) == ("done", 4, 0), said["problem"]
    assert world.copy == world.procore.tree()
    assert world.project["phase"] == FilePhase.REGULAR
    made = [call for call in world.drive.calls if call in ("create_folder", "upload")]
    assert made == ["create_folder"] * 5 + ["upload"] * 2


async def test_f120_a_second_run_does_nothing(world: FileWorld) -> None:
    await world.first()
    world.drive.calls.clear()
    world.procore.calls.clear()
    said = await world.run()
    assert (said["state"], said["progress_total"]) == ("done", 0)
    assert (world.procore.calls, world.drive.calls) == (["changes"], ["changes"])


async def test_f126_what_either_side_changes_reaches_the_other(world: FileWorld) -> None:
    await world.first()
    world.procore.put("Plans/A-101.pdf", b"%PDF plan, revised")
    world.procore.move("note.txt", "Plans/Anciens/note.txt")
    world.drive.put(f"{TOP}/Photos du toit/toit.jpg", b"jpg")
    world.drive.move(f"{TOP}/Plans/Anciens", f"{TOP}/Archives")
    said = await world.run()
    assert (said["state"], said["errors"]) == ("done", 0)
    assert world.copy == world.procore.tree()
    assert world.copy["/Archives/note.txt"] == NOTE
    assert world.copy["/Plans/A-101.pdf"] == b"%PDF plan, revised"


async def test_a_journal_that_is_held_for_a_while_costs_the_sight_of_progress_not_the_run(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """STO-01: somebody writes a long plan."""

    def held(_doors: Any, _run: Any) -> None:
        raise Refused(Problem("STO-01", {"file": "journal.sqlite", "text": "database is locked"}))

    monkeypatch.setattr(file_sync, "_show_progress", held)
    said = await world.first()
    assert (said["state"], said["created"]) == ("done", 4)
    assert "STO-01" in caplog.text


async def test_f260_no_content_stays_behind(world: FileWorld) -> None:
    await world.first()
    assert list(world.temporary.iterdir()) == []


# --- what somebody has to know --------------------------------------------------------------------


def told(world: FileWorld) -> list[str]:
    """Codes of everything that the last run's steps say."""
    query = sa.select(STEP.c.problems).where(STEP.c.problems != [])
    with world.database.read() as tx:
        return sorted({problem["code"] for (problems,) in tx.execute(query) for problem in problems})


async def test_f101_a_mirror_wants_an_empty_folder(world: FileWorld) -> None:
    """DOC-13: nothing is copied into a folder that holds something."""
    world.drive.put(f"{TOP}/old.txt", b"old")
    said = await world.run(world.add())
    assert (said["state"], said["problem"]["code"]) == ("failed", "DOC-13")
    assert "upload" not in world.drive.calls


async def test_f110_with_data_on_both_sides_each_gets_what_it_lacks(world: FileWorld) -> None:
    world.drive.put(f"{TOP}/Devis/d.pdf", b"devis")
    world.drive.put(f"{TOP}/note.txt", NOTE)
    await world.first("merge")
    assert world.copy == world.procore.tree()
    assert world.procore.tree()["/Devis/d.pdf"] == b"devis"
    assert len(world.procore.contents) == 3


async def test_f197_f198_a_renamed_top_folder_pauses_and_repair_transfers_nothing(world: FileWorld) -> None:
    """FIL-18."""
    await world.first()
    world.drive.move("Procore/École Saint-Édouard", "Procore/École (vieux)")
    world.drive.put("Procore/École (vieux)/Documents/new.txt", b"new")
    said = await world.run()
    assert (said["problem"]["code"], world.project["phase"]) == ("FIL-18", FilePhase.PAUSED)
    assert "/new.txt" not in world.procore.tree()
    world.drive.calls.clear()
    said = await world.run(world.commands.go_on(1, repair=True))
    assert (said["state"], world.project["phase"]) == ("done", FilePhase.REGULAR)
    assert world.drive.calls.count("rename_or_move") == 1
    assert "upload" not in world.drive.calls
    assert world.procore.tree()["/new.txt"] == b"new"


async def test_a_moved_top_folder_pauses(world: FileWorld) -> None:
    """FIL-19."""
    await world.first()
    world.drive.move("Procore/École Saint-Édouard/Documents", "Documents")
    world.drive.put("Documents/new.txt", b"new")
    assert (await world.run())["problem"]["code"] == "FIL-19"


async def test_f253_a_root_that_is_gone_deletes_nothing(world: FileWorld) -> None:
    """FIL-13."""
    await world.first()
    before = world.procore.tree()
    world.drive.remove(TOP)
    said = await world.run()
    assert (said["state"], said["problem"]["code"]) == ("failed", "FIL-13")
    assert world.procore.tree() == before
    assert world.project["phase"] == FilePhase.PAUSED


async def test_what_changes_or_goes_while_it_is_on_its_way_waits_for_the_next_plan(world: FileWorld) -> None:
    """DOC-02: the newer content comes over in the same run, nothing is overwritten."""
    await world.first()
    world.procore.put("note.txt", b"second")

    def edit_meanwhile(name: str) -> None:
        if name == "download":
            world.procore.before = lambda name: None
            world.procore.put("note.txt", b"third")

    world.procore.before = edit_meanwhile
    await world.run()
    assert told(world) == ["DOC-02"]
    await world.run()
    assert world.copy["/note.txt"] == b"third"


async def test_a_file_whose_folder_failed_says_so(world: FileWorld) -> None:
    """DOC-12, and what is wrong with the folder stands beside it."""

    def refuse(name: str) -> None:
        if name == "create_folder" and world.drive.calls.count("create_folder") > 3:
            raise FileCallFailed(FileTrouble.REFUSED, Problem("DOC-05", {"name": "Plans"}))

    world.drive.before = refuse
    said = await world.first()
    assert said["errors"] > 0
    assert told(world) == ["DOC-05", "DOC-12"]
    assert "/note.txt" in world.copy


async def test_f251_a_full_disk_pauses_and_the_next_run_goes_on(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DOC-11."""
    full = type("Usage", (), {"free": 1000})
    with monkeypatch.context() as patched:
        patched.setattr("maestro_procore.engine.file_acts.shutil.disk_usage", lambda folder: full)
        said = await world.first()
        assert said["problem"]["code"] == "DOC-11"
    await world.run()
    assert world.copy == world.procore.tree()


async def test_commands_refuse_what_cannot_be_meant(world: FileWorld) -> None:
    """DOC-16 to DOC-20."""
    assert _code(lambda: world.commands.synchronize(9)) == "DOC-16"
    assert _code(lambda: world.add(tools=("toys",))) == "DOC-18"
    await world.first()
    assert _code(lambda: world.add()) == "DOC-17"
    assert _code(lambda: world.commands.approve(1)) == "DOC-19"
    world.commands.pause(1)
    world.procore.put("paused.txt", b"x")
    said = await world.run()
    assert (said["state"], said["problem"]["code"]) == ("warned", "DOC-20")
    await world.run(world.commands.go_on(1))
    assert "/paused.txt" in world.copy


async def test_f233_a_reset_keeps_every_file(world: FileWorld) -> None:
    await world.first()
    before = world.procore.tree()
    world.commands.reset(1)
    await world.run()
    world.drive.calls.clear()
    world.procore.calls.clear()
    await world.run(world.commands.approve(1))
    assert world.project["phase"] == FilePhase.REGULAR
    assert (world.procore.tree(), world.copy) == (before, before)
    assert not {"upload", "delete", "new_version"} & {*world.drive.calls, *world.procore.calls}


def _code(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.problem.code


# --- at its own pace, and what is shown ---------------------------------------------------------------


async def test_f240_a_project_in_step_is_looked_at_without_a_click(world: FileWorld) -> None:
    await world.first()
    order_due(world.doors, world.clock.now())
    assert world.journal.open_requests() == []
    world.clock.advance(timedelta(minutes=5))
    order_due(world.doors, world.clock.now())
    order_due(world.doors, world.clock.now())
    (request,) = world.journal.open_requests()
    assert (request["requested_by"], request["scope"]) == ("schedule", "changes")
    world.procore.put("later.txt", b"later")
    await world.run(request)
    assert "/later.txt" in world.copy


async def test_f108_the_end_of_the_first_synchronization_is_told_once(world: FileWorld) -> None:
    await world.first()
    await world.run()
    (notice,) = FileViews(world.database).notices()
    assert notice.problem == Problem("FIL-17", {"project": "École Saint-Édouard"})


async def test_what_is_shown_of_a_project(world: FileWorld) -> None:
    views = FileViews(world.database)
    await world.run(world.add())
    assert {(row["verb"], row["n"]) for row in views.planned(1)} == {("create_folder", 2), ("copy", 2)}
    await world.run(world.commands.approve(1))
    (shown,) = views.projects()
    assert (shown.phase, shown.files, shown.size_bytes, shown.is_running) == ("regular", 2, 14, False)
    assert [row.path for row in views.steps(1, name="A-101")] == ["Plans/A-101.pdf"]
    saw = views.steps(1, name="note.txt")[0].saw
    assert (saw["procore"]["size"], saw["drive"], saw["agreed"]) == (5, None, None)
    assert views.latencies(1) == [], "what the first synchronization brings over may be years old"
    world.procore.put("note.txt", b"hello again")
    world.clock.advance(timedelta(seconds=40))
    await world.run()
    assert [round(seconds) for seconds in views.latencies(1)] == [40]


# --- held deletions ----------------------------------------------------------------------------------


@pytest.fixture
async def emptied(world: FileWorld) -> FileWorld:
    """Thirty files in step; somebody deletes twenty of them in the drive."""
    for number in range(30):
        world.procore.put(f"Lot/{number:02}.txt", b"%d" % number)
    await world.first()
    for number in range(20):
        world.drive.remove(f"{TOP}/Lot/{number:02}.txt")
    world.procore.put("meanwhile.txt", b"meanwhile")
    await world.run()
    return world


def lot(tree: dict[str, bytes | None]) -> int:
    return len([path for path in tree if path.startswith("/Lot/")])


async def test_f249_f252_many_deletions_are_held_and_everything_else_goes_on(emptied: FileWorld) -> None:
    (hold,) = FileViews(emptied.database).holds()
    assert (hold.problem.code, {item["path"] for item in hold.items}) == (
        "FIL-16",
        {f"Lot/{number:02}.txt" for number in range(20)},
    )
    assert lot(emptied.procore.tree()) == 30
    assert "/meanwhile.txt" in emptied.copy
    said = await emptied.run()
    assert (said["state"], said["warnings"]) == ("warned", 20), "two sides that differ get no check mark"


@pytest.mark.parametrize(("choice", "there", "here"), [("apply", 10, 10), ("restore", 30, 30), ("detach", 30, 10)])
async def test_f254_held_deletions_are_applied_restored_or_detached(
    emptied: FileWorld, choice: str, there: int, here: int
) -> None:
    """The sides are Procore and the drive; a detached file is not looked at again."""
    assert emptied.commands.answer_hold(1, choice)
    await emptied.run()
    said = await emptied.run()
    assert (said["state"], said["warnings"]) == ("done", 0)
    assert (lot(emptied.procore.tree()), lot(emptied.copy)) == (there, here)
    assert FileViews(emptied.database).holds() == []
    (shown,) = FileViews(emptied.database).projects()
    both = min(there, here) if choice == "detach" else there
    assert shown.files == sum(content is not None for content in emptied.copy.values()) - here + both


async def test_a_folder_that_was_taken_out_counts_as_little_as_what_is_in_it(world: FileWorld) -> None:
    """F254: neither as files in step, nor as deleted in a proof: it was taken out, and is on one side only."""
    for number in range(20):
        world.procore.put(f"Lot/Old/{number:02}.txt", b"1234")
    world.procore.put("Lot/kept.txt", b"12")
    await world.first(delete_items=2)
    before = FileViews(world.database).projects()[0]
    world.drive.remove(f"{TOP}/Lot/Old")
    await world.run()
    assert world.commands.answer_hold(1, "detach")
    await world.run()
    after = FileViews(world.database).projects()[0]
    assert (before.files - after.files, before.size_bytes - after.size_bytes) == (20, 80)
    assert before.pairs[0].folders - after.pairs[0].folders == 1
    said = await world.run(world.commands.prove(1))
    proof = world.journal.file_proof_of(said["id"])
    assert proof is not None and proof["agrees"]
    told = proof["report"]["tools"][0]["differences"]
    assert {(each["cause"], each["on"]) for each in told} == {("detached", "procore")} and len(told) == 21


@pytest.mark.parametrize("what", ["made", "edited", "moved in"])
async def test_a_folder_that_somebody_works_in_is_not_deleted(world: FileWorld, what: str) -> None:
    """C16: no tag of a folder covers what lies in it, so it is listed once more just before it goes."""
    world.procore.put("Plans/Anciens/old.txt", b"old")
    world.procore.put("note 2.txt", b"note 2")
    await world.first()
    world.procore.remove("Plans")
    acts = {
        "made": lambda: world.drive.put(f"{TOP}/Plans/Anciens/new.txt", b"new"),
        "edited": lambda: world.drive.put(f"{TOP}/Plans/Anciens/old.txt", b"new"),
        "moved in": lambda: world.drive.move(f"{TOP}/note 2.txt", f"{TOP}/Plans/note 2.txt"),
    }

    def meanwhile(name: str) -> None:
        if name == "children" and acts:
            act = acts[what]
            acts.clear()
            act()

    world.drive.before = meanwhile
    said = await world.run(world.commands.synchronize(1))
    assert not acts, "the folder was not listed"
    await world.run(world.commands.synchronize(1))
    if what == "moved in":
        assert world.copy["/Plans/note 2.txt"] == world.procore.tree()["/Plans/note 2.txt"] == b"note 2"
    else:
        assert b"new" in world.copy.values()
    assert world.copy == world.procore.tree()
    problems = [step["problem"] for step in skipped(world) if step["verb"] == "delete"]
    assert problems == ["DOC-02"]
    assert said["errors"] == 0


def skipped(world: FileWorld) -> list[dict[str, str]]:
    """Verb and problem of the steps that were left undone."""
    with world.database.read() as tx:
        rows = tx.execute(sa.select(STEP).where(STEP.c.state == "skipped")).all()
    return [{"verb": row.verb, "problem": row.problems[0]["code"]} for row in rows if row.problems]


async def test_a_folder_that_nobody_works_in_is_deleted_after_one_look_at_each_folder(world: FileWorld) -> None:
    await world.first()
    world.procore.remove("Plans")
    world.drive.calls.clear()
    await world.run(world.commands.synchronize(1))
    assert world.copy == world.procore.tree()
    assert (world.drive.calls.count("children"), world.drive.calls.count("delete")) == (2, 1)


async def test_f127_a_change_in_the_copy_of_a_one_way_tool_is_reported_and_not_pushed(world: FileWorld) -> None:
    """FIL-11, C5."""
    await world.run(world.add(tools=("rfis",)))
    await world.run(world.commands.approve(1))
    top = "Procore/École Saint-Édouard/RFIs"
    before = world.procore.tree()
    assert world.copy == before
    world.procore.calls.clear()
    world.drive.put(f"{top}/Plans/A-101.pdf", b"%PDF scribbled on")
    world.drive.put(f"{top}/mine.txt", b"mine")
    said = await world.run()
    assert (said["state"] in ("done", "warned"), said["errors"]) == (True, 0)
    assert world.procore.tree() == before
    assert set(world.procore.calls) <= {"changes", "download"}
    views = FileViews(world.database)
    apart = {row.name: row.problem.code for row in views.not_synchronized(1)}
    assert apart == {"mine.txt": "FIL-11"}
    told = [(row.kind, row.name, row.settled) for row in views.conflicts(1)]
    assert told == [("one_way_change", "A-101.pdf", "reported")]
    assert world.copy["/mine.txt"] == b"mine"


async def test_f115_equal_files_on_both_sides_agree_in_one_commit_and_without_a_call(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F099: option 2, where nothing has to be brought over."""
    for path in ("Plans/A-101.pdf", "note.txt"):
        world.drive.put(f"{TOP}/{path}", world.procore.contents[world.procore.at(path).id])
    world.drive.put(f"{TOP}/Plans/Anciens")
    commits: list[int] = []
    end_file_steps = world.journal.end_file_steps

    def counted(tx: Any, step_ids: Sequence[int], now: datetime) -> None:
        commits.append(len(step_ids))
        end_file_steps(tx, step_ids, now)

    monkeypatch.setattr(world.journal, "end_file_steps", counted)
    said = await world.first("merge")
    assert (said["state"], said["linked"], world.project["phase"]) == ("done", 4, FilePhase.REGULAR)
    assert commits == [4]
    assert not {"download", "upload", "new_version"} & {*world.procore.calls, *world.drive.calls}
    assert world.copy == world.procore.tree()
