"""What people add to a day in the drive is attached to its log, from the command line to both servers (C5)."""

from collections.abc import Iterator

import pytest

from tests.journeys.test_documents import Drive, control, drive
from tests.programs import Control, Program

__all__ = ["control", "drive"]
pytestmark = pytest.mark.xdist_group("daily log")
CODE = "26001"


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    made = Program(tmp_path_factory.mktemp("daily log") / "profile", control)
    made.run("sync", "projects")
    yield made


def test_f187_f279_a_file_added_to_a_day_in_the_drive_is_attached_to_its_log(
    program: Program, control: Control, drive: Drive
) -> None:
    said = program.run("documents", "add", CODE, "--tools", "daily_log", "--daily-log-attachments")
    assert said.exit_code == 0, said.document
    (project,) = said.document["projects"]
    assert [(pair["tool"], pair["flow"]) for pair in project["pairs"]] == [("daily_log", "to_drive_adding")]
    assert program.run("documents", "list").document[0]["arrows"] == "daily_log → (+←)"
    assert program.run("documents", "approve", "1").exit_code == 0
    top = f"Procore/{project['name']}/Daily Log"
    days = sorted(path for path, size in drive.tree(top).items() if size < 0)
    drive.put(f"{top}{days[-1]}/Bon de livraison.pdf", b"%PDF bon")
    drive.put(f"{top}/beside.txt", b"beside")
    said = program.run("documents", "sync")
    assert (said.exit_code, said.document["requests"][0]["errors"]) == (0, 0)
    day = days[-1].strip("/")
    added = [row for row in control.state("notes_logs") if row["date"] == day and row["attachments"]]
    (note,) = [row for row in added if row["attachments"][0]["name"] == "Bon de livraison.pdf"]
    assert "Bon de livraison.pdf" in note["comment"]
    rows = program.run("documents", "not-synchronized").document
    assert [(row["name"], row["problem"]["code"]) for row in rows] == [("beside.txt", "FIL-11")]

    assert program.run("documents", "options", "1", "--daily-log-attachments", "off").exit_code == 0
    drive.put(f"{top}{days[-1]}/autre.pdf", b"%PDF autre")
    program.run("documents", "sync")
    names = [each["name"] for row in control.state("notes_logs") for each in row["attachments"]]
    assert "autre.pdf" not in names
    assert names.count("Bon de livraison.pdf") == 1
