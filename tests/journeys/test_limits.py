"""Procore's hourly limit: the hourglass with its time, no attempt, no 429, and the run ends by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import nothing_lost, nothing_twice
from tests.forking import ForkedProgram
from tests.programs import (
    Control,
    InnerProgram,
    JumpingClock,
    Program,
    finish,
    kill_group,
    sandbox_inside,
    sandbox_process,
    wait_until,
)

HOUR_SECONDS = 14
"""Longer than the ten-second window, so that the pause is the hourly one; short enough to be waited for."""


@pytest.fixture
def control() -> Iterator[Control]:
    """Two calls a minute."""
    with sandbox_inside(strict=True, hourly_limit=2, hour_seconds=60) as found:
        yield found


def statuses(control: Control) -> list[int]:
    return [call["status"] for call in control.calls() if call["counted"]]


def newest(program: Program) -> dict:
    return program.rows("select * from sync_request order by number desc limit 1")[0]


def waiting(program: Program) -> dict | None:
    """The request that waits for the limit, once there is one."""
    if not (program.profile / "journal.sqlite").exists():
        return None
    rows = program.rows("select name from sqlite_master where name = 'sync_request'")
    found = program.rows("select * from sync_request where state = 'waiting'") if rows else []
    return found[0] if found else None


def test_f011_f045_f163_the_pause_survives_a_kill_and_the_run_then_ends_by_itself(tmp_path: Path):
    """F045–F049, F4: real processes and a real wait; killed in the pause, started again in the pause."""
    options = ("--strict", "--hourly-limit", "2", "--hour-seconds", str(HOUR_SECONDS))
    with sandbox_process(*options) as control:
        program = ForkedProgram(tmp_path / "profile", control)
        before = nothing_lost.start(program)
        process = program.start("sync", "suppliers")

        paused = wait_until(lambda: waiting(program), "the hourglass")
        shown = program.run("requests").document[0]
        kill_group(process)
        again = program.start("sync", "suppliers")
        finished = finish(again)

        assert (shown["state"], shown["attempts"]) == ("waiting", 0)
        resumes_at = datetime.fromisoformat(shown["resumes_at"])
        assert timedelta() < resumes_at - datetime.fromisoformat(shown["started_at"]) <= timedelta(seconds=20)
        assert finished.exit_code == 0
        assert finished.requests["suppliers"]["id"] == paused["id"]
        assert set(statuses(control)) == {200}
        third = next(call for call in control.calls() if call["method"] == "PATCH")
        late = datetime.fromisoformat(third["at"]) - resumes_at
        assert timedelta(seconds=-1) < late < timedelta(seconds=5)
        broken = nothing_lost.check(before, nothing_lost.look(program))
        assert [violation for violation in broken if violation.element == "suppliers"] == []


def test_f047_f162_without_waiting_it_leaves_with_3_and_the_next_run_continues(control, tmp_path, monkeypatch):
    """design §5: the requests stay waiting, are not doubled, and cost no attempt."""
    clock = JumpingClock(control)
    with monkeypatch.context() as only_now:
        only_now.setattr("maestro_procore.wiring.SystemClock.now", lambda _self: clock.now())
        program = InnerProgram(tmp_path / "profile", control)

        left = program.run(*nothing_lost.SYNC, "--no-wait")

        assert left.exit_code == 3
        suppliers = left.requests["suppliers"]
        assert suppliers["state"] == "waiting"
        assert datetime.fromisoformat(suppliers["resumes_at"]) > datetime.now(UTC)
        assert {row["state"] for row in program.rows("select state from sync_request")} <= {"done", "warned", "waiting"}
        assert statuses(control) == [200, 200]
    clock.wind(monkeypatch)
    clock.advance(timedelta(seconds=61))

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 0
    assert finished.requests["suppliers"]["id"] == suppliers["id"]
    assert set(statuses(control)) == {200}
    assert len(program.rows("select id from sync_request where element = 'suppliers'")) == 1
    assert max(row["attempts"] for row in program.rows("select attempts from sync_request")) == 0


def test_f046_two_calls_a_minute_are_enough_for_everything(control, tmp_path, monkeypatch):
    """Done when: the run finishes by itself and attempts stays 0; never a 429, never a call in a closed window."""
    clock = JumpingClock(control).wind(monkeypatch)
    program = InnerProgram(tmp_path / "profile", control)
    before = nothing_lost.start(program)

    began = clock.now()
    for words in (nothing_lost.SYNC, nothing_twice.SYNC):
        assert program.run(*words).exit_code == 0

    calls = len(statuses(control))
    assert 429 not in statuses(control)
    assert calls > 20
    assert clock.now() - began >= timedelta(minutes=(calls - 1) // 2 - 1)
    assert clock.napped > timedelta(minutes=calls // 4)
    assert {row["attempts"] for row in program.run("requests").document} == {0}
    assert nothing_lost.check(before, nothing_lost.look(program)) == []


def test_a_limit_of_another_program_is_a_pause_too(tmp_path, monkeypatch):
    """F046, C8: a 429 that nobody could foresee costs a wait, no attempt, and is not met twice."""
    with sandbox_inside(strict=True, spike_limit=1000) as control:
        JumpingClock(control).wind(monkeypatch)
        program = InnerProgram(tmp_path / "profile", control)
        reset = int((datetime.now(UTC) + timedelta(minutes=20)).timestamp())
        headers = {"X-Rate-Limit-Limit": "3600", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(reset)}
        control.plant({"path": "*/vendors/sync", "status": 429, "headers": headers})

        finished = program.run(*nothing_lost.SYNC)

        assert finished.exit_code == 0
        assert {row["attempts"] for row in program.run("requests").document} == {0}
        assert statuses(control).count(429) == 1
        sent = [datetime.fromisoformat(c["at"]).timestamp() for c in control.calls() if c["method"] == "PATCH"]
        assert sent[-1] >= reset
