"""kill -9 while files go over: nothing lost, nothing doubled, nothing left on the disk.

The long version, two hundred kills, is `python -m tests.benchmarks kills-files`.
"""

from tests import killing_files


def test_f098_f260_a_few_kills_lose_and_double_no_file() -> None:
    """Issue "Done when": a first and a regular synchronization, each killed."""
    tally = killing_files.Tally()
    with killing_files.file_world(4711, 1.0) as world:
        killing_files.live_through(world, tally, (2, 2))
    assert (tally.lost, tally.doubled, tally.apart) == ([], [], [])
    assert (tally.left_behind, tally.idle_writes) == ([], 0)
    assert tally.kills > 0, "no run was killed: the moments come too late"
