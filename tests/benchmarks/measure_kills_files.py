"""Two hundred kills with -9 while files go over: what is lost, what stands twice, what stays on the disk.

Half in first synchronizations, half in regular ones with work on both sides. Seeds are fixed: a failure can be lived
again.
"""

from tests import killing_files
from tests.benchmarks.companies import say
from tests.benchmarks.figures import Bar, Number

BARS = {
    "kills": Bar(200, 200, ">="),
    "lost": Bar(0, 0),
    "duplicates": Bar(0, 0),
    "apart": Bar(0, 0),
    "left_behind": Bar(0, 0),
    "idle_writes": Bar(0, 0),
}
FIRST_SEED = 300
RUN_SECONDS = 1.2
KILLS_A_RUN = (8, 8)


def measure(kills: int = 200) -> dict[str, Number]:
    """apart: paths that do not stand on both sides with one content. in_work: after the process had begun to call."""
    tally = killing_files.Tally()
    seed = FIRST_SEED
    while tally.kills < kills:
        with killing_files.file_world(seed, RUN_SECONDS) as world:
            killing_files.live_through(world, tally, KILLS_A_RUN)
        say(f"kills-files: seed {seed}: {tally}")
        seed += 1
    return {
        "kills": tally.kills,
        "lost": len(tally.lost),
        "duplicates": len(tally.doubled),
        "apart": len(tally.apart),
        "left_behind": len(tally.left_behind),
        "idle_writes": tally.idle_writes,
        "in_work": tally.in_work,
    }
