"""Graph's limits in resource units: counted here, corrected by what the headers say (graph-drive.md §4)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.model.unit_pacing import START_REQUESTS, START_UNITS, UnitBudget, learn, may_go_at, spend

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def spent(count: int, units: int, at: datetime = NOON) -> UnitBudget:
    budget = UnitBudget()
    for _ in range(count):
        budget = spend(budget, units, at)
    return budget


def test_the_units_of_a_minute_are_kept_and_the_next_minute_is_fresh():
    budget = spent(START_UNITS // 2, 2)
    assert may_go_at(budget, 2, NOON) == NOON + timedelta(minutes=1)
    assert may_go_at(budget, 2, NOON + timedelta(minutes=1)) == NOON + timedelta(minutes=1)


def test_one_user_has_only_so_many_requests_in_five_minutes():
    assert may_go_at(spent(START_REQUESTS, 0), 1, NOON) == NOON + timedelta(minutes=5)


def test_what_the_headers_say_replaces_the_count():
    told = {"ratelimit-limit": "3750", "ratelimit-remaining": "2000", "ratelimit-reset": "30"}
    budget = learn(spent(START_UNITS, 1), told, 200, NOON, NOON)
    assert may_go_at(budget, 2, NOON) == NOON
    assert budget.units.left(NOON) == 2000


def test_the_last_fifth_is_spread_over_the_rest_of_the_window():
    told = {"ratelimit-limit": "1000", "ratelimit-remaining": "100", "ratelimit-reset": "50"}
    budget = learn(spent(1, 1), told, 200, NOON, NOON)
    assert timedelta() < may_go_at(budget, 1, NOON) - NOON < SECOND
    empty = learn(budget, {**told, "ratelimit-remaining": "0"}, 200, NOON, NOON)
    assert may_go_at(empty, 1, NOON) == NOON + timedelta(seconds=50)


def test_a_refusal_pauses_everything_for_the_longer_of_both_waits():
    """F3, §4: ignoring it gets an app blocked."""
    headers = {"retry-after": "12", "ratelimit-reset": "31", "ratelimit-limit": "1250", "ratelimit-remaining": "0"}
    budget = learn(spent(1, 1), headers, 429, NOON, NOON)
    assert may_go_at(budget, 0, NOON) == NOON + timedelta(seconds=31)


@pytest.mark.parametrize("status", [503, 509])
def test_an_overloaded_server_pauses_everything_too(status):
    """F6."""
    budget = learn(spent(1, 1), {"retry-after": "20"}, status, NOON, NOON)
    assert may_go_at(budget, 1, NOON) == NOON + timedelta(seconds=20)


def test_refusals_that_announce_nothing_wait_longer_each_time():
    """F5: never a hot loop."""
    budget, now, waits = UnitBudget(), NOON, []
    for _ in range(12):
        budget = learn(spend(budget, 1, now), {}, 429, now, now)
        waits.append(may_go_at(budget, 1, now) - now)
        now = may_go_at(budget, 1, now)
    assert waits[:4] == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert max(waits) <= timedelta(minutes=5)
    assert learn(budget, {}, 200, now, now).refusals == 0


def test_calls_that_were_on_the_way_say_nothing_new():
    first = learn(spent(3, 1), {"retry-after": "10"}, 429, NOON, NOON + SECOND)
    second = learn(first, {"retry-after": "10"}, 429, NOON, NOON + SECOND)
    assert (second.refusals, second.hold_until) == (1, first.hold_until)


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]),
        st.one_of(st.text(max_size=12), st.integers(-5, 10**12).map(str)),
    ),
    st.sampled_from([200, 404, 429, 500, 503, 509]),
)
def test_whatever_the_headers_say_the_wait_is_bounded(headers, status):
    """F5."""
    budget = learn(spent(1, 1), headers, status, NOON, NOON)
    assert NOON <= may_go_at(budget, 5, NOON) <= NOON + timedelta(minutes=65)


def test_a_pause_outlives_the_program():
    """F4."""
    budget = learn(spent(1, 1), {"retry-after": "300"}, 429, NOON, NOON)
    again = UnitBudget.from_json(budget.to_json())
    assert may_go_at(again, 1, NOON) == NOON + timedelta(seconds=300)
    assert UnitBudget.from_json({}) == UnitBudget()


def test_a_clock_that_was_set_back_does_not_stop_the_work():
    """F14."""
    budget = learn(spent(START_UNITS, 1), {"retry-after": "30"}, 429, NOON, NOON)
    earlier = NOON - timedelta(days=1)
    assert may_go_at(budget, 1, earlier) == earlier


def test_a_call_that_costs_more_than_the_whole_limit_still_goes():
    told = {"ratelimit-limit": "2", "ratelimit-remaining": "2", "ratelimit-reset": "50"}
    assert may_go_at(learn(UnitBudget(), told, 200, NOON, NOON), 5, NOON) == NOON
