"""The token bucket that limits how fast contents go (F237)."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.model.file_bandwidth import BURST, Bucket

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
asked = st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 300_000)), min_size=1, max_size=40)


@given(asked, st.integers(1_000, 1_000_000))
def test_f237_in_no_time_goes_more_than_the_rate_allows(parts: list[tuple[int, int]], rate: int) -> None:
    """Whoever asks when, alone or several at once; but for one piece, and for a second that was not used."""
    bucket, gone = Bucket(), []
    for at, (_, size) in zip(accumulate(gap for gap, _ in parts), parts, strict=True):
        now = NOW + timedelta(milliseconds=at)
        gone.append((now + bucket.take(size, rate, now), size))
    for first in range(len(gone)):
        allowed = max(gone[first][1], rate * BURST.total_seconds())
        for last in range(first, len(gone)):
            seconds = (gone[last][0] - gone[first][0]).total_seconds()
            assert sum(size for _, size in gone[first : last + 1]) <= rate * (seconds + 0.001) + allowed


def test_f237_what_is_asked_for_without_a_pause_goes_at_the_rate() -> None:
    bucket, now = Bucket(), NOW
    for _ in range(600):
        now += bucket.take(50_000, 100_000, now)
    assert now - NOW == timedelta(seconds=299), "600 halves of a second, one second in advance"


def test_f237_a_clock_that_is_put_back_holds_nothing_up() -> None:
    bucket = Bucket()
    bucket.take(300_000, 100_000, NOW)
    assert bucket.take(100_000, 100_000, NOW - timedelta(hours=2)) == timedelta(seconds=3)
