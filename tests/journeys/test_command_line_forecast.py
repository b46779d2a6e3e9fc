"""`sync … --forecast`: what a run would take, and nothing is written down or asked for."""

import pytest

from tests.programs import InnerProgram, sandbox_inside


@pytest.fixture
def program(tmp_path):
    with sandbox_inside() as control:
        yield InnerProgram(tmp_path / "profile", control)


def test_the_forecast_of_a_run_is_what_it_then_takes(program):
    told = program.run("sync", "suppliers", "--forecast")

    assert told.exit_code == 0
    [row] = told.document["forecast"]
    assert set(row) == {"element", "calls", "calls_at_most", "seconds", "finishes_at", "pauses"}
    assert program.run("sync", "suppliers").requests["suppliers"]["calls"] == row["calls"]


def test_a_forecast_changes_nothing_and_calls_nobody(program):
    program.run("sync", "projects")
    program.control.forget_calls()

    told = program.run("sync", "all", "--forecast")

    assert [row["element"] for row in told.document["forecast"]][:2] == ["projects", "suppliers"]
    assert program.control.calls() == []
    assert len(program.run("requests").document) == 1
