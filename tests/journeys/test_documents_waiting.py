"""What `documents …` says of what waits, on the journal of a real engine between two stores in memory (issue 4)."""

import asyncio
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.cli import afterwards, engine_run, exit_codes, verbs_documents
from maestro_procore.model.problems import Problem
from maestro_procore.store.views import Views
from tests.engine.file_world import STARTS_AT, FileWorld
from tests.journeys.command_line import Say, speaker

TOP = "Procore/École Saint-Édouard/Documents"
WELL = "Everything agrees on both sides."
WINS = "The drive's wins; Procore's is kept as a version."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FileWorld]:
    made = FileWorld(tmp_path)
    for number in range(30):
        made.procore.put(f"Photos/{number:02}.jpg", b"jpg")
    yield made
    made.database.close()


def house_of(world: FileWorld) -> Any:
    views, commands = Views(world.database, lambda: STARTS_AT), SimpleNamespace(files=world.commands)
    return SimpleNamespace(views=views, commands=commands, journal=world.journal, clock=world.clock)


@pytest.fixture
def say(
    world: FileWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    """The program's own words, with the world in the place of the house that it would open."""

    @contextmanager
    def opened(_arguments: Any) -> Iterator[Any]:
        yield house_of(world)

    async def until_ended(_house: Any, ids: Sequence[str], *_: bool) -> int:
        for request_id in ids:
            await world.run(world.journal.request(request_id))
        return 0

    monkeypatch.setattr(verbs_documents, "opened", opened)
    monkeypatch.setattr(engine_run, "until_ended", until_ended)
    yield speaker(tmp_path / "profile", capfd, "--training", "--language", "en")


@pytest.fixture
def dire(say: Say, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Say:
    """The same in French."""
    return speaker(tmp_path / "profile", capfd, "--training", "--language", "fr")


def held(world: FileWorld, count: int = 25) -> None:
    """So many of thirty files disappear from the drive, which is more than the guard lets go."""
    asyncio.run(world.first(trash="all"))
    for number in range(count):
        world.drive.remove(f"{TOP}/Photos/{number:02}.jpg")
    asyncio.run(world.run())


def test_c16_held_deletions_are_told_with_their_number_share_paths_and_what_to_type(
    world: FileWorld, say: Say, dire: Say
) -> None:
    held(world)
    told = say("documents", "held", "1").output
    assert "École Saint-Édouard, Documents: 25 items to delete, 80.6% of what is in step there" in told
    assert "The deletion of 25 items waits for your choice: it is 80.6% of what is in step in this tool." in told
    assert ["Procore", "1", "3", "Photos/00.jpg"] in [line.split() for line in told.splitlines()]
    assert "Photos/19.jpg" in told and "Photos/20.jpg" not in told
    assert "… and 5 more; maestro-procore documents held 1 --all lists them too." in told
    assert all(f"documents held 1 {choice} " in told for choice in ("apply", "restore", "detach"))
    assert "Photos/24.jpg" in say("documents", "held", "--all").output
    (row,) = say("documents", "held", "--json").document
    assert (row["count"], row["percent"], len(row["items"])) == (25, 80.6, 25)
    french = dire("documents", "held").output
    assert "25 éléments à supprimer" in french and "À supprimer dans" in french
    assert "cli." not in told + french


def test_c16_a_folder_that_would_go_is_told_with_the_bytes_in_it(world: FileWorld, say: Say) -> None:
    asyncio.run(world.first())
    world.drive.remove(f"{TOP}/Photos")
    asyncio.run(world.run())
    (row,) = say("documents", "held", "1", "--json").document
    assert [(item["path"], item["items"], item["size_bytes"]) for item in row["items"]] == [("Photos", 31, 30 * 3)]


def test_c16_an_answer_to_held_deletions_says_that_the_next_run_carries_it_out(world: FileWorld, say: Say) -> None:
    held(world)
    assert say("documents", "held", "1", "restore").output.startswith("Noted. The next run carries it out;")
    told = say("documents", "held", "1").output
    assert "Chosen: Restore. The next run does it: maestro-procore documents sync 1" in told
    assert "held 1 apply" not in told, "it has its answer"
    assert say("documents", "sync", "1").output.splitlines()[-1] == WELL
    assert say("documents", "held").output.strip() == "No deletion is held."


def test_that_everything_agrees_is_only_said_while_nothing_waits(world: FileWorld, say: Say) -> None:
    held(world)
    told = say("documents", "sync", "1").output
    assert "25 deletions wait for an answer; maestro-procore documents held 1 shows them." in told
    assert WELL not in told
    say("documents", "held", "1", "apply")
    assert say("documents", "sync", "1").output.splitlines()[-1] == WELL
    world.commands.pause(1)
    (row,) = house_of(world).views.files.projects()
    assert afterwards.closing([row]) == ["École Saint-Édouard is paused; maestro-procore documents go-on 1 goes on."]


def request(mode: str = "full", element: str = "projects", **values: Any) -> Any:
    plain = {"id": "r", "state": "done", "errors": 0, "problem": None, "is_preview": False, "project": None}
    return SimpleNamespace(**{**plain, "mode": mode, "element": element, **values})


def test_what_waits_elsewhere_is_told_beside_what_was_done(world: FileWorld) -> None:
    """`project CODE inactive` and an undo compare nothing; nor does a preview bring both sides to agree."""
    held(world)
    house = house_of(world)
    waits = ["Documents: 1 project waits for something; maestro-procore documents status shows it."]
    assert afterwards.sentences(house, [request("set-inactive")], "Done so.") == ["Done so.", *waits]
    assert afterwards.sentences(house, [request()]) == ["Both sides agree on: Projects.", *waits]
    assert afterwards.sentences(house, [request(problem=Problem("BCK-24"))], "Done so.") == waits
    world.commands.answer_hold(world.project["pairs"][0]["id"], "apply")
    asyncio.run(world.run())
    assert afterwards.sentences(house, [request("set-inactive")], "Done so.") == ["Done so."]
    assert afterwards.sentences(house, [request(is_preview=True)]) == []
    assert afterwards.sentences(house, [request()]) == [WELL]
    world.commands.synchronize(1)
    told = afterwards.sentences(house, [request()])
    waits = ["1 other request has not ended; maestro-procore requests shows it."]
    assert told == ["Both sides agree on: Projects.", *waits]


def test_f270_a_content_from_the_trash_is_told_to_be_back_and_what_still_waits(world: FileWorld, say: Say) -> None:
    """The trash says until when each content is kept, by the policy of its project (F257)."""
    held(world, count=2)
    told = say("documents", "trash", "list", "--json").document
    assert [row["keep_until"][:10] for row in told] == ["2026-12-02"] * 2
    assert "2026-12-02" in say("documents", "trash", "list").output
    world.commands.change_policy(1, {"trash_days": 5})
    assert say("documents", "trash", "list", "--json").document[0]["keep_until"][:10] == "2026-11-07"
    said = say("documents", "trash", "restore", str(told[0]["id"])).output
    assert said.splitlines()[-2:] == ["1 content was brought back as a new file.", WELL]
    gone = say("documents", "trash", "list", "--all", "--json").document[0]
    assert (gone["removed_why"], gone["keep_until"]) == ("restored", None)


def test_f228_what_is_not_synchronized_is_asked_of_one_project_and_by_its_path(world: FileWorld, say: Say) -> None:
    world.procore.put("Vidéos/drone.mp4", b"a long film")
    world.procore.put("Vidéos/court.mp4", b"12345678")
    asyncio.run(world.first(max_bytes=8))
    paths = [row["path"] for row in say("documents", "not-synchronized", "1", "--json").document]
    assert paths == ["Vidéos/court.mp4", "Vidéos/drone.mp4"]
    assert "drone" not in say("documents", "not-synchronized", "1", "court").output
    assert say("documents", "not-synchronized", "1", "nothing").output.startswith("No file that is left out has a path")
    assert say("documents", "not-synchronized", "2").exit_code == 2


def test_f119_a_step_that_stays_says_what_to_do(world: FileWorld, say: Say) -> None:
    """BCK-24 promises it: `documents undo --preview` names the reason and the remedy of each step."""
    asyncio.run(world.first())
    world.procore.put("note.txt", b"second")
    asyncio.run(world.run())
    world.drive.put(f"{TOP}/note.txt", b"third")
    asyncio.run(world.run())
    number = str(say("documents", "runs", "1", "--json").document[1]["number"])
    told = say("documents", "undo", number, "--preview")
    assert "What to do" in told.output.splitlines()[0]
    (step,) = say("documents", "undo", number, "--preview", "--json").document["steps"]
    assert step["problem"]["remedy"]
    assert " ".join(step["problem"]["remedy"].split()[:3]) in told.output


def test_f119_a_preview_speaks_of_the_recycle_bin_only_where_a_copy_goes_there(world: FileWorld, say: Say) -> None:
    asyncio.run(world.first())
    world.procore.put("note.txt", b"first")
    asyncio.run(world.run())
    world.procore.put("note.txt", b"second")
    asyncio.run(world.run())
    world.procore.put("plan.txt", b"one")
    asyncio.run(world.run())
    copied, edited = (str(row["number"]) for row in say("documents", "runs", "1", "--json").document[:2])
    for number, deletions in ((edited, 0), (copied, 1)):
        assert say("documents", "undo", number, "--preview", "--json").document["deletions"] == deletions
        told = say("documents", "undo", number, "--preview").output
        assert (i18n.text_in("en", "cli.documents.undo.deletions", count=deletions) in told) == bool(deletions)


@pytest.mark.parametrize("code", ["CON-01", "CON-08", "DRV-03", "DRV-20", "DRV-21", "DRV-24", "DRV-26"])
def test_a_run_that_nobody_is_signed_in_for_ends_as_one_whose_set_up_is_wrong(code: str) -> None:
    """At Microsoft as at Procore: a scheduler tells somebody, and does not try again."""
    failed = SimpleNamespace(state="failed", errors=0, problem=Problem(code))
    assert exit_codes.of_requests([failed]) == exit_codes.WRONG_USAGE
    failed.problem = Problem("DRV-01")
    assert exit_codes.of_requests([failed]) == exit_codes.SOME_ERRORS


@pytest.mark.parametrize("code", ["FIL-18", "FIL-19"])
def test_a_pause_names_the_commands_that_end_it(world: FileWorld, say: Say, code: str) -> None:
    """Where a top folder was renamed or moved, both ways on; elsewhere `go-on` alone."""
    asyncio.run(world.first())
    for problem, ways in ((code, ("documents go-on 1 --repair", "documents accept-name 1")), (None, ())):
        told = Problem(problem, {"name": "Procore", "new": "Autre"}).to_json() if problem else None
        world.journal.change_file_project(1, phase="paused", problem=told)
        said = say("documents", "status").output
        assert "documents go-on 1" in said
        assert [way for way in ("documents go-on 1 --repair", "documents accept-name 1") if way in said] == list(ways)


def test_f122_the_preview_and_the_listings_name_the_side_that_wins(
    world: FileWorld, say: Say, dire: Say, tmp_path: Path
) -> None:
    """In the first synchronization the newest wins, and the other is kept as a version; afterwards both are kept."""
    world.procore.put("plan.pdf", b"%PDF one")
    world.clock.advance(timedelta(minutes=5))
    for name, content in (("plan.pdf", b"%PDF another"), ("Photos/00.jpg", b"gif")):
        world.drive.put(f"{TOP}/{name}", content)
    asyncio.run(world.run(world.add("merge")))
    said = say("documents", "preview", "1", "--json").document["conflicts"]
    assert [(row["path"], row["winner"], row["settled"]) for row in said] == [("plan.pdf", "drive", "version")]
    told = say("documents", "preview", "1").output
    assert ["Documents", "plan.pdf", *WINS.split()] in [line.split() for line in told.splitlines()]
    assert "1 file of equal size on both sides is read before it is known whether it differs." in told
    assert "First synchronization: the newest wins" in told
    french = dire("documents", "preview", "1").output
    assert "Celui du lecteur l'emporte; celui de Procore est gardé comme version." in french
    file = tmp_path / "listings.csv"
    say("documents", "listings", "1", str(file))
    rows = {row[2]: row[3:5] for row in csv.reader(file.read_text(encoding="utf-8-sig").splitlines())}
    assert rows["plan.pdf"] == ["conflict: another content", WINS]
    assert rows["Photos/00.jpg"] == ["same size: will be read and compared", WINS]
    assert rows["Photos/01.jpg"][1] == ""


def test_f122_the_policy_says_what_holds_first_and_what_afterwards(world: FileWorld, say: Say, dire: Say) -> None:
    world.add("merge")
    shown = say("documents", "policy", "1", "--json").document
    assert (shown["first_conflicts"], shown["conflicts"]) == ("newest_wins", "keep_both")
    told = say("documents", "policy", "1").output
    assert "First synchronization: the newest wins; the other is kept as a version" in told
    assert "Afterwards: Keep both files" in told
    assert "Ensuite : Garder les deux fichiers" in dire("documents", "policy", "1").output.replace("\u00a0", " ")
    chosen = say("documents", "policy", "1", "conflicts=ask", "--json").document
    assert (chosen["first_conflicts"], chosen["conflicts"]) == ("ask", "ask"), "who chooses, chooses for both"
