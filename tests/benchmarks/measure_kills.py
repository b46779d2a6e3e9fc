"""A hundred kills with -9 at random moments: what is lost, what exists twice, what is shown wrongly.

Most in the small company, where a run is short and a kill often falls between two steps; some in the
reference company, where it falls into the middle of large ones. Seeds are fixed: a failure can be lived again.
"""

from tests import killing
from tests.benchmarks.figures import Bar, Number

BARS = {
    "kills": Bar(100, 100, ">="),
    "lost": Bar(0, 0),
    "duplicates": Bar(0, 0),
    "untrue": Bar(0, 0),
    "idle_writes": Bar(0, 0),
}
REFERENCE_SEEDS = (1, 2)
FIRST_SMALL_SEED = 100
SMALL_RUN_SECONDS = 12.0
REFERENCE_RUN_SECONDS = 4.5


def measure(kills: int = 100) -> dict[str, Number]:
    """lost: L1 and L3; duplicates: L2; untrue: L4, L5 and L7. in_work: kills after the process had begun to call."""
    tally = killing.Tally()
    for seed in REFERENCE_SEEDS:
        with killing.world("reference", seed, REFERENCE_RUN_SECONDS) as world:
            killing.live_through(world, tally, (5, 3))
    seed = FIRST_SMALL_SEED
    while tally.kills < kills:
        with killing.world("small", seed, SMALL_RUN_SECONDS) as world:
            killing.live_through(world, tally, (5, 3))
        seed += 1
    return {
        "kills": tally.kills,
        "lost": tally.count("L1", "L3"),
        "duplicates": tally.count("L2"),
        "untrue": tally.count("L4", "L5", "L7"),
        "idle_writes": tally.idle_writes,
        "in_work": tally.in_work,
    }
