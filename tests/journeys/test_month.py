"""Days of the month scenario on the command line: real processes, killed -9 while they write; both sides agree at last.

Every day and every outcome is tests/engine/test_month.py; here the disk and the program's own durable engine are real.
"""

import subprocess
from pathlib import Path

from tests import nothing_twice
from tests.forking import ForkedProgram
from tests.programs import Control, kill_group, sandbox_process, wait_until

DAYS = (3, 11, 25)
"""Orders and change orders; a locked budget that is modified; the month end. Days between are played with them."""
DEADLY_WRITES = (1, 2)
"""The program is killed when it has sent so many writes, and again with the run that follows."""


def writes(control: Control) -> list[str]:
    """What was sent to Procore since the log was last emptied."""
    return [
        f"{call['method']} {call['path']}" for call in control.calls() if call["counted"] and call["method"] != "GET"
    ]


def killed(program: ForkedProgram, control: Control, nth_write: int) -> bool:
    """`sync all`, killed at that write; False when it ended without."""
    control.forget_calls()
    process = program.start("sync", "all")
    wait_until(lambda: process.poll() is not None or len(writes(control)) >= nth_write, "a write", 120)
    try:
        process.wait(0)
    except subprocess.TimeoutExpired:
        kill_group(process)
        return True
    process.communicate()
    return False


def test_a_month_of_killed_runs_ends_in_agreement_and_nothing_is_there_twice(tmp_path: Path) -> None:
    """Issue 3, done when: played day by day with kills in between, `agrees: true`, no duplicate, 0 writes after it."""
    kills = 0
    with sandbox_process("--strict", "--spike-limit", "1000", "--latency-ms", "30") as control:
        program = ForkedProgram(tmp_path / "profile", control)
        assert program.run("sync", "all", "--full").requests.keys() >= {"costs", "budgets"}
        for day in DAYS:
            played = program.run("training", "play", "month", "--day", str(day))
            assert (played.exit_code, played.document["day"]) == (0, day)
            kills += sum(killed(program, control, nth) for nth in DEADLY_WRITES)
            assert program.run("sync", "all").requests.keys() >= {"costs", "budgets"}
            assert list(nothing_twice.check(program)) == []

        control.forget_calls()
        program.run("sync", "all")
        assert writes(control) == []
        said = program.run("reconcile", "--cutoff", "2026-12-31")
    assert (said.document["agrees"], set(said.document["unexplained"].values())) == (True, {"0.00"})
    assert all(row["cause"] for row in said.document["differences"])
    assert kills >= len(DAYS), "hardly a run was killed: it would prove little"
