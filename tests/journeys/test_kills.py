"""kill -9 at random moments and at named points: nothing lost, nothing doubled, and the run ends all the same.

The long version, a hundred kills, is `python -m tests.benchmarks kills`.
"""

import pytest

from tests import killing, nothing_lost, nothing_twice
from tests.forking import ForkedProgram
from tests.programs import kill_group, sandbox_process, wait_until

KILLS = 6
MOST_ROUNDS = 3


def test_some_kills_lose_and_double_nothing():
    """F1: first run, then days of work on both sides, each killed again and again."""
    tally = killing.Tally()
    with killing.world("small", 4711, 8.0) as world:
        before = nothing_lost.start(world.program)
        for round_number in range(MOST_ROUNDS):
            if round_number:
                world.type_changes()
                before = nothing_lost.look(world.program)
            finished = world.killed_run(KILLS * 2 // 3, tally)
            assert finished.exit_code == 0, finished
            assert nothing_lost.check(before, nothing_lost.look(world.program)) == []
            assert list(nothing_twice.check(world.program)) == []
            if tally.kills >= KILLS:
                break

        assert tally.kills >= KILLS // 2, "hardly a run was killed: the moments come too late"
        assert tally.in_work > 0
        assert killing.idle_writes(world) == 0


@pytest.mark.parametrize("point", ["sent", "applied"])
def test_a_kill_between_a_write_and_its_answer_repeats_it_without_a_double(tmp_path, point):
    """F1, F2: killed while each bulk call is under way, before or after the server has applied it."""
    with sandbox_process("--strict", "--spike-limit", "1000") as control:
        program = ForkedProgram(tmp_path / "profile", control)
        before = nothing_lost.start(program)
        for path in ("projects/sync", "vendors/sync"):
            # Cut after applying: the program waits for its next attempt when it is killed; delayed: for the answer.
            fault = {"cut": "after"} if point == "applied" else {"delay": 1.5}
            control.plant({"method": "PATCH", "path": f"*/{path}", **fault})
            process = program.start(*nothing_lost.SYNC)
            wait_until(lambda path=path: [c for c in control.calls() if c["path"].endswith(path)], f"a call to {path}")
            kill_group(process)

        finished = program.run(*nothing_lost.SYNC)

        assert finished.exit_code == 0
        assert all(row["errors"] == 0 for row in finished.requests.values())
        after = nothing_lost.look(program)
        assert nothing_lost.check(before, after) == []
        control.forget_calls()
        assert program.run(*nothing_lost.SYNC).exit_code == 0
        assert [call for call in control.calls() if call["method"] == "PATCH"] == []
