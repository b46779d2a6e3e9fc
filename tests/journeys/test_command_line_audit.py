"""`audit`: who was allowed what and who did what, from the command line, in training."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.test_documents import CODE
from tests.programs import InnerProgram, Row, sandbox_inside


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InnerProgram]:
    with sandbox_inside(spike_limit=1000) as control:
        yield InnerProgram(tmp_path_factory.mktemp("audit") / "profile", control)


def audit(program: InnerProgram, what: str) -> list[Row]:
    return [row for row in program.run("audit").document if row["what"] == what]


def test_f195_a_right_that_maestro_takes_away_counts_at_the_next_start_and_appears_in_the_audit(
    program: InnerProgram,
) -> None:
    """Roles are those of the maestro* users, given and taken there."""
    (first,) = audit(program, "rights")
    user = first["object"]
    assert (first["before"], first["after"]["can_synchronize"]) == (None, True)
    program.run("status")
    assert len(audit(program, "rights")) == 1, "only what changed"
    changed = program.type_in_maestro("UPDATE m_user SET can_synchronize = 0, is_admin = 0 WHERE code = ?", user)
    assert changed == 1
    assert program.run("sync", "suppliers").problem_codes == {"CFG-12"}
    newest, _ = audit(program, "rights")
    assert (newest["object"], newest["by"]) == (user, "maestro*")
    assert newest["before"]["can_synchronize"] and not newest["after"]["can_synchronize"]
    program.type_in_maestro("UPDATE m_user SET can_synchronize = 1, is_admin = 1 WHERE code = ?", user)
    program.run("status")
    assert [row["after"]["can_synchronize"] for row in audit(program, "rights")] == [True, False, True]


def test_f219_each_write_stands_in_a_file_with_who_when_which_before_and_after(
    program: InnerProgram, tmp_path: Path
) -> None:
    """Also for a spreadsheet, which takes no cell for a formula. DOC-37 where the file cannot be."""
    program.run("sync", "projects")
    program.run("documents", "add", CODE, "--tools", "photos")
    program.run("documents", "approve", "1")
    file = tmp_path / "audit.csv"
    assert program.run("audit", "--last", "100000", "--csv", str(file)).exit_code == 0
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert list(rows[0]) == ["at", "by", "what", "deed", "object", "before", "after"]
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    written = program.rows("SELECT path, verb FROM file_step WHERE state = 'done' AND verb != 'adopt'")
    assert sorted(row["object"] for row in rows if row["what"] == "file") == sorted(row["path"] for row in written)
    assert {row["by"] for row in rows if row["what"] == "file"} == {audit(program, "rights")[0]["object"]}
    made = program.rows("SELECT count(*) AS n FROM sync_action WHERE kind IN ('create', 'update', 'link')")[0]["n"]
    assert len([row for row in rows if row["what"] == "record"]) == made > 0
    assert all(row["after"] for row in rows if row["deed"].startswith("copy"))
    assert program.run("audit", "--csv", str(tmp_path / "no folder" / "a.csv")).problem_codes == {"DOC-37"}
