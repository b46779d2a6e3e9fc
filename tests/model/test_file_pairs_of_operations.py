"""F17: every operation on one side against every operation on the other, for up to three items.

Whatever two people do at the same time, the two sides end up equal, nothing that either wrote is lost, nothing is
deleted but what the other deleted, and the run after that does nothing.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import OPERATIONS, begun, look, lost, unfounded
from file_world import D, P, assert_in_step

CASES = [(world, here) for world, table in OPERATIONS.items() for here in table]


@pytest.mark.parametrize(("world", "here"), CASES, ids=[f"{world}: {here}" for world, here in CASES])
def test_two_people_at_the_same_time(world: str, here: str) -> None:
    """What Procore's user does (the name of the test) against all that the drive's user can do."""
    wrong = {}
    for there, operation in OPERATIONS[world].items():
        for how in ("whole", "changes", "sweep"):
            pair = begun(world)
            OPERATIONS[world][here](pair, P)
            operation(pair, D)
            before = look(pair)
            try:
                pair.run(pair.plan_from(how))
                told = lost(pair, before) + unfounded(pair, before)
                runs = pair.settle(2)
                told += lost(pair, before) + [f"{runs} more runs"] * (runs > 1)
                assert_in_step(pair)
            except Exception as broken:
                told = [f"{type(broken).__name__}: {broken}"]
            if told:
                wrong[there, how] = told
    assert wrong == {}
