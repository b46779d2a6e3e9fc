"""The call budget against a model of Procore's two fixed windows, and against announcements that make no sense."""

import heapq
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maestro_procore.model.pacing import (
    LONGEST_WAIT,
    START_HOURLY_LIMIT,
    Budget,
    Window,
    announced_wait,
    calls_left,
    clock_skew,
    learn,
    may_go_at,
    next_read_window,
    resumes_at,
    spend,
    wait_before_retry,
    waits_for_an_answer,
)

NOON = datetime(2026, 3, 2, 12, 0, 0, 400_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def triple(limit: int, remaining: int, resets: datetime, date: datetime) -> dict[str, str]:
    return {
        "date": format_datetime(date.replace(microsecond=0), usegmt=True),
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(int(resets.timestamp())),
    }


class Server:
    """Two fixed windows that open with a call and end on a whole second; says only the nearer one."""

    def __init__(self, hour: int, hour_seconds: int, spike: int, ahead: float = 0.0) -> None:
        self.limits = {"hour": (hour, hour_seconds), "spike": (spike, 10)}
        self.ends = dict.fromkeys(self.limits, 0)
        self.used = dict.fromkeys(self.limits, 0)
        self.ahead = ahead  # of our clock, seconds
        self.accepted: list[datetime] = []

    def answer(self, at: datetime, spent_by_others: int = 0) -> tuple[int, dict[str, str]]:
        clock = at.timestamp() + self.ahead
        for name, (_limit, length) in self.limits.items():
            if clock >= self.ends[name]:
                self.ends[name], self.used[name] = int(clock + length) + 1, 0
        status = 200
        if any(self.used[name] >= limit for name, (limit, _length) in self.limits.items()):
            status = 429
        else:
            self.accepted.append(at)
            for name in self.used:
                self.used[name] += 1 + spent_by_others
        left = {name: max(0, limit - self.used[name]) for name, (limit, _length) in self.limits.items()}
        nearer = min(left, key=lambda name: (left[name], -self.ends[name]))
        date = datetime.fromtimestamp(clock, UTC)
        return status, triple(
            self.limits[nearer][0], left[nearer], datetime.fromtimestamp(self.ends[nearer], UTC), date
        )


def run(server: Server, calls: int, *, workers: int, latency: list[float], budget: Budget | None = None):
    """Makes `calls` calls with some workers, each answer after its latency (seconds); refused calls are repeated.

    Returns the last budget, the time of the last answer, the number of refusals.
    """
    budget, now, refusals, made = budget or Budget(), NOON, 0, 0
    on_the_way: list[tuple[datetime, int, datetime, int, dict[str, str]]] = []
    to_do = calls
    while to_do or on_the_way:
        go = may_go_at(budget, now)
        free = to_do > 0 and len(on_the_way) < workers and not waits_for_an_answer(budget, max(now, go))
        if on_the_way and (not free or on_the_way[0][0] <= go):
            arrived, _number, sent, status, headers = heapq.heappop(on_the_way)
            now = max(now, arrived)
            budget = learn(budget, headers, status, sent, now)
            if status == 429:
                refusals, to_do = refusals + 1, to_do + 1
            continue
        now = max(now, go)
        budget = spend(budget, now)
        delay = latency[made % len(latency)]
        status, headers = server.answer(now + seconds(delay / 2))
        heapq.heappush(on_the_way, (now + seconds(delay), made, now, status, headers))
        made, to_do = made + 1, to_do - 1
    return budget, now, refusals


# --- a clean run ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    hour=st.integers(1, 120),
    hour_seconds=st.sampled_from([20, 60, 600, 3600]),
    spike=st.integers(5, 40),
    ahead=st.floats(-90_000, 90_000),
    workers=st.integers(1, 4),
    latency=st.lists(st.floats(0.01, 0.9), min_size=1, max_size=7),
    calls=st.integers(1, 300),
)
def test_a_clean_run_is_never_refused(hour, hour_seconds, spike, ahead, workers, latency, calls):
    """F046: whatever the limits, the clocks and the number of calls on the way."""
    server = Server(hour, hour_seconds, spike, ahead)
    _budget, _end, refusals = run(server, calls, workers=workers, latency=latency)
    assert len(server.accepted) == calls
    assert refusals == 0
