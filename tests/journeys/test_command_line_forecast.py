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
    assert set(row) == {
        "element", "calls", "calls_likely", "calls_at_most", "seconds", "seconds_at_most", "finishes_at", "pauses",
        "projects_never_read", "known_at",
    }  # fmt: skip
    assert program.run("sync", "suppliers").requests["suppliers"]["calls"] == row["calls"]


def test_f029_what_was_never_read_is_said_and_the_whole_stands_below(program):
    told = program.run("sync", "all", "--forecast").document
    whole = told["total"]
    assert whole["calls"] == sum(row["calls"] for row in told["forecast"])
    assert whole["calls_at_most"] is None and whole["projects_never_read"] == 9


def test_f029_a_request_shows_how_many_calls_were_foretold(program):
    program.run("sync", "projects", "suppliers", "purchase-orders")

    rows = {row["element"]: row for row in program.run("requests").document}

    assert rows["purchase-orders"]["foretold"]["likely"] == rows["purchase-orders"]["calls"]
    assert rows["purchase-orders"]["foretold"]["unread"] == 0


def test_a_forecast_changes_nothing_and_calls_nobody(program):
    program.run("sync", "projects")
    program.control.forget_calls()

    told = program.run("sync", "all", "--forecast")

    assert [row["element"] for row in told.document["forecast"]][:2] == ["projects", "suppliers"]
    assert program.control.calls() == []
    assert len(program.run("requests").document) == 1
