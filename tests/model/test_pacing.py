"""The call budget against a model of Procore's two fixed windows, and against announcements that make no sense."""

import heapq
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maestro_procore.model.pacing import (
    START_HOURLY_LIMIT,
    Budget,
    Window,
    calls_left,
    learn,
    may_go_at,
    next_read_window,
    resumes_at,
    spend,
    wait_before_retry,
    waits_for_an_answer,
)
from maestro_procore.model.rate_headers import LONGEST_WAIT, announced_wait, clock_skew

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
        self.hours: list[tuple[datetime, int]] = []  # that are over: end by our clock, calls used

    def answer(self, at: datetime) -> tuple[int, dict[str, str]]:
        clock = at.timestamp() + self.ahead
        for name, (_limit, length) in self.limits.items():
            if clock >= self.ends[name]:
                if name == "hour" and self.used[name]:
                    self.hours.append((datetime.fromtimestamp(self.ends[name] - self.ahead, UTC), self.used[name]))
                self.ends[name], self.used[name] = int(clock + length) + 1, 0
        status = 200
        if any(self.used[name] >= limit for name, (limit, _length) in self.limits.items()):
            status = 429
        else:
            self.accepted.append(at)
            for name in self.used:
                self.used[name] += 1
        left = {name: max(0, limit - self.used[name]) for name, (limit, _length) in self.limits.items()}
        nearer = min(left, key=lambda name: (left[name], -self.ends[name]))
        date = datetime.fromtimestamp(clock, UTC)
        return status, triple(
            self.limits[nearer][0], left[nearer], datetime.fromtimestamp(self.ends[nearer], UTC), date
        )


Latency = list[tuple[float, float]]


def run(server: Server, calls: int, *, workers: int, latency: Latency) -> tuple[Budget, datetime, int]:
    """Makes `calls` calls with some workers; refused calls are repeated.

    latency: seconds that each call takes to the server and its answer takes back, in turn.

    Returns the last budget, the time of the last answer, the number of refusals.
    """
    budget, now, refusals, made, on_the_way = Budget(), NOON, 0, 0, 0
    events: list[tuple[datetime, int, datetime, float, int, dict[str, str]]] = []  # status 0: on its way to the server
    while calls or events:
        go = max(now, may_go_at(budget, now))
        may_send = calls > 0 and on_the_way < workers and not waits_for_an_answer(budget, go)
        if may_send and (not events or go < events[0][0]):
            now, (there, back) = go, latency[made % len(latency)]
            budget = spend(budget, now)
            heapq.heappush(events, (now + seconds(there), made, now, back, 0, {}))
            made, calls, on_the_way = made + 1, calls - 1, on_the_way + 1
            continue
        now, number, sent, back, status, headers = heapq.heappop(events)
        if not status:
            status, headers = server.answer(now)
            heapq.heappush(events, (now + seconds(back), number, sent, back, status, headers))
            continue
        budget, on_the_way = learn(budget, headers, status, sent, now), on_the_way - 1
        if status == 429:
            refusals, calls = refusals + 1, calls + 1
    return budget, now, refusals


# --- a clean run ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    hour=st.integers(1, 120),
    hour_seconds=st.sampled_from([60, 600, 3600]),
    spike=st.integers(2, 40),
    ahead=st.floats(-90_000, 90_000),
    workers=st.integers(1, 8),
    latency=st.lists(st.tuples(st.floats(0.01, 2.0), st.floats(0.01, 2.0)), min_size=1, max_size=7),
    calls=st.integers(1, 300),
)
@example(42, 60, 20, 0.0, 3, [(1.0, 1.0), (1.25, 1.25), (0.1875, 0.1875)], 81)  # late answers of the window before
@example(22, 600, 30, 0.0, 7, [(0.06, 0.015), (0.002, 0.025)], 25)  # calls overtake each other on the way there
def test_a_clean_run_is_never_refused(hour, hour_seconds, spike, ahead, workers, latency, calls):
    """F046: whatever the limits, the clocks and the number of calls on the way."""
    server = Server(hour, hour_seconds, spike, ahead)
    _budget, _end, refusals = run(server, calls, workers=workers, latency=latency)
    assert len(server.accepted) == calls
    assert refusals == 0


@settings(max_examples=60, deadline=None)
@given(
    hour=st.integers(1, 40),
    spike=st.integers(25, 60),
    ahead=st.floats(-90_000, 90_000),
    latency=st.lists(st.tuples(st.floats(0.01, 0.3), st.floats(0.01, 0.3)), min_size=1, max_size=7),
)
def test_one_call_after_the_other_loses_no_call_and_no_time(hour, spike, ahead, latency):
    """F046: every hour is used up, and work resumes within a second of its end and one way back and there."""
    server = Server(hour, 60, spike, ahead)
    _budget, _end, refusals = run(server, 4 * hour, workers=1, latency=latency)
    assert refusals == 0
    assert [used for _end, used in server.hours] == [hour] * 3
    on_the_way = seconds(sum(map(max, zip(*latency, strict=True))))
    for (end, _used), first in zip(server.hours, server.accepted[hour::hour], strict=True):
        assert timedelta() <= first - end <= SECOND + on_the_way


def test_the_default_limits_are_used_to_the_full():
    """F4: 3,600 calls an hour in windows of 25: no refusal, and nobody idles while calls are left."""
    server = Server(3_600, 3_600, 25)
    budget, _end, refusals = run(server, 3_700, workers=4, latency=[(0.03, 0.02), (0.1, 0.1), (0.02, 0.08)])
    assert refusals == 0
    first_hour = [at for at in server.accepted if at - NOON < timedelta(hours=1)]
    assert len(first_hour) == 3_600
    assert timedelta(hours=1) <= server.accepted[3_600] - NOON <= timedelta(seconds=3_602)
    assert budget.hour.limit == 3_600 and budget.hour.is_told


def test_a_quota_that_procore_raised_is_used():
    """F274: the headers show the spike limit only, yet the start value of 3,600 does not stop the work."""
    server = Server(36_000, 3_600, 100)
    _budget, end, refusals = run(server, 10_000, workers=4, latency=[(0.01, 0.01)])
    assert refusals == 0
    assert end - NOON < timedelta(seconds=11 * 100 + 10)


def test_f159_a_lower_quota_is_noticed_before_it_is_exceeded():
    """Today's page of Procore shows 600 an hour."""
    server = Server(600, 3_600, 25)
    budget, _end, refusals = run(server, 700, workers=4, latency=[(0.02, 0.03)])
    assert refusals == 0
    assert budget.hour.limit == 600


@settings(max_examples=30, deadline=None)
@given(ahead=st.floats(-90_000, 90_000), latency=st.floats(0.01, 0.6))
def test_f163_work_goes_on_within_two_seconds_of_the_reset(ahead, latency):
    """F3: the end is known to the second that Date is cut to, plus the time one answer travels."""
    server = Server(2, 60, 25, ahead)
    _budget, _end, refusals = run(server, 7, workers=1, latency=[(latency / 2, latency / 2)])
    assert refusals == 0
    starts = server.accepted[::2]
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert all(wait <= seconds(62 + latency) for wait in waits)


def test_the_end_is_learnt_more_exactly_with_every_answer():
    """Date is cut to the second, so each answer is up to a second too late; the earliest bound counts."""
    budget, ends = Budget(), []
    for part in (0.0, 0.7, 0.95):
        now = NOON.replace(microsecond=0) + seconds(part)
        budget = learn(spend(budget, now), triple(2, 1, NOON + seconds(60), now), 200, now, now)
        ends.append(budget.hour.ends_at)
    assert ends == [NOON.replace(microsecond=0) + seconds(60)] * 3


def test_another_client_of_the_same_account_is_noticed():
    """Several workstations: what Procore counted wins over our own count."""
    budget = spend(Budget(), NOON)
    budget = learn(budget, triple(100, 3, NOON + seconds(900), NOON), 200, NOON, NOON)
    assert calls_left(budget, NOON) == 3


def test_a_limit_that_was_raised_since_yesterday_is_forgotten():
    budget = Budget(hour=Window(2, timedelta(hours=1), is_told=True))
    budget = learn(spend(budget, NOON), triple(25, 24, NOON + seconds(10), NOON), 200, NOON, NOON)
    assert calls_left(budget, NOON) == START_HOURLY_LIMIT - 1


def test_an_answer_that_was_overtaken_does_not_give_calls_back():
    first, second, later, end = NOON + SECOND, NOON + 2 * SECOND, NOON + 3 * SECOND, NOON + seconds(60)
    budget = learn(spend(Budget(), NOON), triple(10, 8, end, NOON), 200, NOON, NOON)
    budget = spend(spend(budget, first), second)
    budget = learn(budget, triple(10, 2, end, second), 200, second, later)
    budget = learn(budget, triple(10, 7, end, first), 200, first, later)
    assert calls_left(budget, later) == 2


def test_calls_on_the_way_are_counted_at_the_first_news_of_a_window():
    """They may have come to Procore after the call whose answer this is; alone on the way, Procore's word is exact."""
    end = NOON + seconds(60)
    budget = learn(spend(spend(Budget(), NOON), NOON), triple(10, 8, end, NOON), 200, NOON, NOON)
    assert calls_left(budget, NOON) == 7
    budget = learn(budget, triple(10, 9, end, NOON), 200, NOON, NOON)
    assert calls_left(budget, NOON) == 7
    budget = learn(spend(budget, NOON), triple(10, 7, end, NOON), 200, NOON, NOON)
    assert calls_left(budget, NOON) == 7


def test_a_window_is_opened_by_a_call_that_goes_alone():
    """F046: what was sent before is answered, and nothing follows until its own answer was read."""
    budget = learn(spend(Budget(), NOON), triple(25, 24, NOON + seconds(10), NOON), 200, NOON, NOON)
    budget = spend(budget, NOON)
    assert not waits_for_an_answer(budget, NOON)
    assert waits_for_an_answer(budget, NOON + seconds(12))
    budget = spend(learn(budget, {}, None, NOON, NOON), NOON + seconds(12))
    assert waits_for_an_answer(budget, NOON + seconds(12))


@pytest.mark.parametrize(
    ("reset", "limit", "hour_limit", "is_hour"),
    [
        pytest.param(9, 25, 3_600, False, id="near, spike's limit"),
        pytest.param(11, 25, 3_600, False, id="near with rounding"),
        pytest.param(12, 25, 3_600, True, id="far"),
        pytest.param(5, 3_600, 3_600, True, id="the hour's last seconds"),
        pytest.param(5, 100, 3_600, False, id="near, a new value"),
    ],
)
def test_the_two_limits_are_told_apart(reset, limit, hour_limit, is_hour):
    start = Budget(hour=Window(hour_limit, timedelta(hours=1)))
    budget = learn(spend(start, NOON), triple(limit, 1, NOON + seconds(reset), NOON), 200, NOON, NOON)
    assert (budget.hour.announced is not None, budget.spike.announced is not None) == (is_hour, not is_hour)


# --- after a 429 ----------------------------------------------------------------------------------


def refused(headers: dict[str, str], now: datetime = NOON, budget: Budget | None = None) -> Budget:
    return learn(spend(budget or Budget(), now), headers, 429, now, now)


def test_the_later_of_both_announcements_is_waited_for():
    spike = triple(25, 0, NOON + seconds(8), NOON)
    assert may_go_at(refused({**spike, "retry-after": "30"}), NOON) == NOON + seconds(30)
    assert may_go_at(refused({**spike, "retry-after": "2"}), NOON) - NOON <= seconds(9)


def test_a_spike_refusal_is_no_hourly_pause():
    """limits-and-faults.md §1.2: a flat hour on any 429 would take 454 h instead of 3."""
    at = may_go_at(refused(triple(25, 0, NOON + seconds(6), NOON)), NOON)
    assert seconds(5) <= at - NOON <= seconds(7)


def test_retry_after_may_be_a_date_of_a_server_whose_clock_differs():
    theirs = NOON + timedelta(hours=5)
    headers = {
        "date": format_datetime(theirs.replace(microsecond=0), usegmt=True),
        "retry-after": format_datetime((theirs + seconds(90)).replace(microsecond=0), usegmt=True),
    }
    assert may_go_at(refused(headers), NOON) == NOON + seconds(90)


strange = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.integers(-90_000, 90_000).map(lambda off: str(int(NOON.timestamp()) + off)),
    st.sampled_from(["nan", "inf", "-1", "1e308", "12.5", "Mon, 02 Mar 2026 12:00:30 GMT", "Fri, 99 Xxx 2026"]),
)
HEADERS = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "retry-after", "date")


@settings(deadline=None)
@given(st.lists(st.tuples(strange, strange, strange, strange, strange), min_size=1, max_size=8))
def test_no_announcement_makes_a_hot_loop_or_an_endless_wait(announcements):
    """F5: a refusal is followed by 1 s to 65 min, whatever the headers say."""
    budget, now = Budget(), NOON
    for values in announcements:
        headers = {name: value for name, value in zip(HEADERS, values, strict=True) if value is not None}
        budget = refused(headers, now, budget)
        wait = may_go_at(budget, now) - now
        assert SECOND <= wait <= LONGEST_WAIT
        now += wait


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([200, 401, 429, 503, None]), st.tuples(*[strange] * 5)), max_size=12))
def test_a_budget_comes_back_from_the_journal_as_it_was(answers):
    budget = Budget()
    for status, values in answers:
        headers = {name: value for name, value in zip(HEADERS, values, strict=True) if value is not None}
        budget = learn(spend(budget, NOON), headers if status else {}, status, NOON, NOON + SECOND)
    again = Budget.from_json(budget.to_json())
    assert again.to_json() == budget.to_json()
    assert may_go_at(again, NOON) == may_go_at(budget, NOON)
    assert Budget.from_json({}) == Budget()


def test_refusals_without_a_reason_make_the_waits_longer():
    budget, now, waits = Budget(), NOON, []
    for _ in range(7):
        budget = refused({}, now, budget)
        waits.append((may_go_at(budget, now) - now).total_seconds())
        now = may_go_at(budget, now)
    assert waits == [11, 22, 44, 88, 176, 300, 300]
    budget = learn(spend(budget, now), {}, 200, now, now)
    assert (may_go_at(refused({}, now, budget), now) - now).total_seconds() == 11


def test_calls_that_were_on_their_way_do_not_make_the_wait_longer():
    budget = spend(spend(spend(Budget(), NOON), NOON), NOON)
    spike = triple(25, 0, NOON + seconds(8), NOON)
    for _ in range(3):
        budget = learn(budget, spike, 429, NOON, NOON + seconds(0.1))
    assert budget.refusals == 1
    assert may_go_at(budget, NOON) <= NOON + seconds(9)


def test_a_nearly_used_up_hour_explains_a_bare_429():
    end = NOON + timedelta(minutes=20)
    budget = Budget(hour=Window(3_600, timedelta(hours=1), 3_590, NOON - timedelta(minutes=40), end))
    assert may_go_at(refused({}, NOON, budget), NOON) == end


def test_an_overloaded_server_holds_every_caller():
    budget = learn(spend(Budget(), NOON), {"retry-after": "40"}, 503, NOON, NOON)
    assert resumes_at(budget, NOON) == NOON + seconds(40)
    assert resumes_at(budget, NOON + seconds(40)) is None


def test_a_clock_that_was_set_back_does_not_stop_the_work_for_hours():
    budget = refused(triple(100, 0, NOON + timedelta(hours=1), NOON))
    assert may_go_at(budget, NOON - timedelta(days=1)) == NOON - timedelta(days=1)
    assert calls_left(budget, NOON - timedelta(days=1)) == 100


# --- the rest -------------------------------------------------------------------------------------


def test_f159_a_fresh_budget_has_the_start_value_and_does_not_wait():
    """C8."""
    assert calls_left(Budget(), NOON) == START_HOURLY_LIMIT
    assert (may_go_at(Budget(), NOON), resumes_at(Budget(), NOON)) == (NOON, None)


def test_the_clock_difference_is_known_to_the_second():
    """CLK-01."""
    theirs = NOON + timedelta(hours=1)
    skew = clock_skew({"date": format_datetime(theirs, usegmt=True)}, NOON)
    assert skew is not None and abs(skew - timedelta(hours=1)) <= SECOND
    assert clock_skew({}, NOON) is None


def test_waits_between_attempts_grow_and_obey_the_server():
    waits = [int(wait_before_retry(attempt, None).total_seconds()) for attempt in range(1, 13)]
    assert waits == [1, 2, 4, 8, 15, 15, 30, 30, 30, 30, 30, 30]
    assert wait_before_retry(3, timedelta()) == timedelta()
    assert wait_before_retry(3, seconds(77)) == seconds(77)
    assert wait_before_retry(3, timedelta(days=2)) == LONGEST_WAIT


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("5", 5),
        ("0", 0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("99999", 3_900),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30),
    ],
)
def test_retry_after_is_read_in_every_form(text, wait):
    headers = {"retry-after": text, "date": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert announced_wait(headers, NOON) == (None if wait is None else seconds(wait))


class TestTheNextReading:
    """F14, F16."""

    def test_overlaps_five_minutes(self):
        assert next_read_window(NOON, None, 0, 300) == (NOON - timedelta(minutes=5), False)
        assert next_read_window(NOON, NOON + seconds(9), 300, 300) == (NOON - timedelta(minutes=5), False)

    def test_starts_behind_own_writes_that_would_fill_more_than_a_page(self):
        last_write = NOON + seconds(9)
        assert next_read_window(NOON, last_write, 301, 300) == (last_write + SECOND, True)

    def test_never_goes_back_behind_its_own_start(self):
        start, _sweep = next_read_window(NOON, NOON + seconds(9), 3_500, 2_000)
        idle = NOON + timedelta(minutes=1)
        assert next_read_window(idle, None, 0, 2_000, previous=start) == (start, False)

    @given(
        since_read=st.timedeltas(timedelta(), timedelta(hours=3)),
        written=st.integers(0, 5_000),
        page_size=st.integers(1, 2_000),
    )
    def test_brings_back_at_most_one_page_of_own_writes(self, since_read, written, page_size):
        """An idle run costs one filtered read per list; records carry whole seconds."""
        last_write = NOON + since_read if written else None
        start, sweep_due = next_read_window(NOON, last_write, written, page_size)
        echoes = written if last_write is None or start <= last_write else 0
        assert echoes <= page_size
        assert sweep_due or start <= NOON - timedelta(minutes=5)
