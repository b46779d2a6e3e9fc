"""When so many calls are done, within both call limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maestro_procore.model.forecast import Calls, timetable
from maestro_procore.model.pacing import Budget, Window

NOW = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def budget(limit: int = 3_600, used: int = 0, ends_in: timedelta = HOUR, spike: int = 25) -> Budget:
    hour = Window(limit, HOUR, used, None, NOW + ends_in, is_told=True)
    return Budget(hour, Window(spike, timedelta(seconds=10)))


def seconds(calls: int, held: Budget, a_call: float = 0.1) -> float:
    return timetable([("suppliers", Calls(calls, calls))], held, NOW, a_call)[0].seconds


@pytest.mark.parametrize(
    ("calls", "expected"),
    [(0, 0.0), (1, 0.1), (25, 2.5), (26, 10.1), (50, 12.5), (362, 141.2)],
    ids=["nothing", "one", "one burst", "one more", "two bursts", "an idle run"],
)
def test_f029_calls_go_in_bursts_of_the_short_limit(calls, expected):
    assert seconds(calls, budget()) == pytest.approx(expected)


def test_slow_answers_are_slower_than_the_limit():
    assert seconds(50, budget(), a_call=1.0) == pytest.approx(50)


def test_a_used_up_hour_is_waited_for_and_counted_as_a_pause():
    [told] = timetable([("suppliers", Calls(10, 10))], budget(used=3_600, ends_in=timedelta(minutes=20)), NOW, 0.1)

    assert told.pauses == 1
    assert told.finishes_at == NOW + timedelta(minutes=20, seconds=1)


def test_the_reference_company_takes_what_the_note_says():
    [told] = timetable([("all", Calls(9_707, 9_707))], budget(), NOW, 0.1)

    assert told.pauses == 2
    assert told.seconds / 3_600 == pytest.approx(2.28, abs=0.01)


def test_elements_share_the_hour():
    told = timetable([("projects", Calls(6, 6)), ("suppliers", Calls(6, 6))], budget(limit=10), NOW, 0.1)

    assert [one.pauses for one in told] == [0, 1]
    assert told[1].finishes_at == NOW + HOUR + timedelta(seconds=0.2)


def test_a_hold_of_the_server_is_waited_for():
    held = replace(budget(), hold_until=NOW + timedelta(seconds=30))

    assert seconds(1, held) == pytest.approx(30.1)


def test_bounds_add_up_and_the_unknown_stays_unknown():
    assert Calls(1, 2) + Calls(3, 4) == Calls(4, 6)
    assert Calls(1, None) + Calls(3, 4) == Calls(4, None)
