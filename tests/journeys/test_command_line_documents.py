"""What `documents …` tells a person in words: names, what is left to do, and what may be typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maestro_procore.cli import terminal
from maestro_procore.engine.file_choosing import AccountChoice
from maestro_procore.file_wiring import FileHouse
from tests.journeys.command_line import Say, speaker
from tests.programs import Control, InnerProgram, sandbox_inside

CODE = "26003"


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_inside(spike_limit=1000) as running:
        yield running


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> InnerProgram:
    """One project whose plan waits for approval."""
    made = InnerProgram(tmp_path_factory.mktemp("documents") / "profile", control)
    made.run("sync", "projects")
    assert made.run("documents", "add", CODE).exit_code == 0
    return made


@pytest.fixture
def say(program: InnerProgram, control: Control, capfd: pytest.CaptureFixture[str]) -> Say:
    return speaker(program.profile, capfd, "--training", "--sandbox", control.url, "--language", "en")


def test_a_plan_that_waits_is_not_called_agreement(say: Say) -> None:
    """The project is named by its maestro* code, as `documents add` took it."""
    said = say("documents", "sync", CODE)
    assert said.exit_code == 0
    assert "documents approve 1" in said.output
    assert "documents not-synchronized" in said.output
    assert "Everything agrees" not in said.output
    assert "element." not in said.output
    name = say("documents", "list", "--json").document[0]["name"]
    assert [line.split("  ")[0] for line in said.output.splitlines()[:2]] == ["Name", name], "which project it was"


def test_f100_what_is_known_before_a_plan_is_approved_and_what_comes_next(say: Say) -> None:
    """The files of the plan instead of 0; after a reset that nothing is known, and how to go on."""
    planned = say("documents", "status").output
    (waiting,) = say("documents", "status", "--json").document
    assert f"{waiting['forecast']['files']} to copy" in planned.splitlines()[1]
    assert "to copy" in say("documents", "list").output
    assert "documents approve 1" in planned
    say("documents", "reset", "1")
    added = say("documents", "status").output
    assert "not compared" in added.splitlines()[1]
    assert "documents sync 1 compares them" in added
    assert say("documents", "sync", "1").exit_code == 0, "the plan is there again"


def test_changes_meanwhile_are_asked_of_a_project(say: Say) -> None:
    said = say("documents", "changed-meanwhile", "1", "--json")
    assert (said.exit_code, said.document) == (0, [])
    assert say("documents", "changed-meanwhile", "99").exit_code == 2


def test_a_proof_is_told_in_words(say: Say) -> None:
    """Each tool by its name, the moments in the reader's form."""
    said = say("documents", "prove", "1")
    assert "Documents: 0 files" in said.output
    assert "cli." not in said.output
    ended = say("requests").output
    assert "Documents" in ended and "element." not in ended


def test_f157_the_help_of_the_policy_names_every_word_that_it_takes(say: Say) -> None:
    told = "".join(say("documents", "policy", "--help").output.split())
    for words in ("conflicts=keep_both|newest_wins|ask", "trash=off|missing|all", "every_minutes=1..1440"):
        assert words in told


def test_options_are_shown_with_and_without_a_change(say: Say) -> None:
    assert say("documents", "options", "1", "--json").document["private_items"] is False
    changed = say("documents", "options", "1", "--private-items", "on", "--json").document
    assert changed == {"ok": True, "daily_log_attachments": None, "private_items": True}
    assert "Private items are copied: on." in say("documents", "options", "1").output


def test_addresses_may_stand_with_commas_between(say: Say) -> None:
    """As the remedy of DOC-60 says."""
    said = say("documents", "notify", "1", "--to", "a@example.com,b@example.com", "--json")
    assert said.document["to"] == ["a@example.com", "b@example.com"]


def test_listings_into_no_folder_are_refused_in_one_sentence(say: Say, tmp_path: Path) -> None:
    said = say("documents", "listings", "1", str(tmp_path / "none" / "x.xlsx"))
    assert said.exit_code == 2
    assert said.errors.startswith("REC-18") and "Traceback" not in said.errors


def test_listings_are_not_written_under_a_name_that_says_something_else(say: Say, tmp_path: Path) -> None:
    """DOC-94: a workbook that is called .pdf opens nowhere."""
    for name in ("x.pdf", "x"):
        said = say("documents", "listings", "1", str(tmp_path / name))
        assert (said.exit_code, said.errors[:6]) == (2, "DOC-94")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("x", "."))]
    assert say("documents", "listings", "1", str(tmp_path / "x.CSV")).exit_code == 0


def test_an_account_that_nobody_has_is_refused_with_those_that_there_are(say: Say) -> None:
    """DOC-93, in training as elsewhere; nothing is added."""
    said = say("documents", "add", "26004", "--account", "nobody")
    assert said.exit_code == 2
    told = "DOC-93: No Microsoft account or connection is called “nobody”. There are: training."
    assert said.errors.startswith(told)
    assert say("documents", "destination", "1", "--account", "nobody").errors.startswith("DOC-93")
    assert len(say("documents", "list", "--json").document) == 1
    assert say("documents", "sign-out", "nobody").errors.startswith("DOC-93")


def test_the_list_of_accounts_has_no_empty_column(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """The practice account goes by its name; others have an id as well, which `documents sign-out` takes."""
    assert [line.split() for line in say("documents", "accounts").output.splitlines()] == [["Name"], ["training"]]

    async def accounts(_files: object) -> list[AccountChoice]:
        return [AccountChoice("", "training"), AccountChoice("7f3a", "marie@example.com")]

    monkeypatch.setattr(FileHouse, "accounts", accounts)
    lines = [line.split() for line in say("documents", "accounts").output.splitlines()]
    assert lines == [["Name", "ID"], ["training", "–"], ["marie@example.com", "7f3a"]]


@pytest.mark.parametrize("address", ["garbage", "https://example.com/nowhere"])
def test_an_address_that_is_no_folder_says_how_to_get_one(say: Say, address: str) -> None:
    """DOC-95: nothing has gone, so nothing will be decided at the next run."""
    said = say("documents", "add", "26004", "--folder-url", address)
    assert (said.exit_code, said.errors[:6]) == (2, "DOC-95")
    assert "copy its whole address" in said.errors


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("conflicts", "No conflict waits for a choice."),
        ("held", "No deletion is held."),
        ("history 1 nothing-is-called-so", "Nothing has happened to such a file yet."),
        ("changed-meanwhile 1", "Nobody changed anything"),
        ("runs 1", "No run has changed anything yet."),
        ("trash list", "This computer keeps no deleted or overwritten content."),
    ],
)
def test_a_list_without_rows_says_so_in_words(say: Say, words: str, sentence: str) -> None:
    said = say("documents", *words.split())
    assert (said.exit_code, said.output.strip().splitlines()[0][: len(sentence)]) == (0, sentence)


def test_moments_are_in_the_readers_form(capfd: pytest.CaptureFixture[str]) -> None:
    """JSON keeps them whole."""
    terminal.show_rows([{"ended_at": "2026-11-23T15:03:07.503672+00:00", "path": "x"}], ("ended_at", "path"))
    told = capfd.readouterr().out
    assert "2026-11-2" in told
    assert ":07" not in told and "+00:00" not in told


def test_nothing_of_the_trash_is_saved_under_a_number_that_it_does_not_hold(say: Say, tmp_path: Path) -> None:
    """BCK-20."""
    for words in (("7",), ()):
        said = say("documents", "trash", "save", *words, "--into", str(tmp_path))
        assert (said.exit_code, said.errors[:6]) == (2, "BCK-20")
    assert list(tmp_path.glob("*")) == []
