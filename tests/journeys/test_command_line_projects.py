"""`project CODE inactive|active`: the deed of the window, without one."""

import pytest

from tests.journeys.command_line import speaker
from tests.programs import InnerProgram, sandbox_inside

CODE = "26004"


@pytest.fixture
def program(tmp_path):
    with sandbox_inside() as control:
        yield InnerProgram(tmp_path / "profile", control)


def is_active(program):
    return next(row["active"] for row in program.control.state("projects") if row["project_number"] == CODE)


def set_status(program, status):
    assert program.type_in_maestro("update m_project set status = ? where project_code = ?", status, CODE) == 1


def test_a_closed_project_is_set_inactive_and_active_again(program, capfd):
    program.run("sync", "projects")
    set_status(program, "1")

    told = program.run("project", CODE, "inactive")
    assert told.exit_code == 0
    assert told.requests["projects"]["updated"] == 1
    assert not is_active(program)

    set_status(program, "A")
    say = speaker(program.profile, capfd, "--training", "--sandbox", program.control.url, "--language", "en")
    told = say("project", CODE, "active")
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "Project 26004 is active in Procore.")
    assert "agree" not in told.output, "nothing was compared"
    assert is_active(program)


def test_a_project_that_is_open_on_both_sides_stays_as_it_is(program):
    program.run("sync", "projects")

    told = program.run("project", CODE, "inactive")

    assert told.exit_code == 2
    assert told.problem_codes == {"PRJ-24"}
    assert program.run("project", "NOBODY", "inactive").exit_code == 2
