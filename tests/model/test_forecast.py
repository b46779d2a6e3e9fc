"""When so many calls are done, within both call limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maestro_procore.model.forecast import Calls, Wish, timetable
from maestro_procore.model.pacing import Budget, Window

NOW = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def budget(limit: int = 3_600, used: int = 0, ends_in: timedelta = HOUR, spike: int = 25) -> Budget:
    hour = Window(limit, HOUR, used, None, NOW + ends_in, is_told=True)
    return Budget(hour, Window(spike, timedelta(seconds=10)))


def seconds(calls: int, held: Budget, a_call: float = 0.1) -> float:
    return timetable([Wish("suppliers", Calls(calls, calls))], held, NOW, a_call)[0].seconds


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
    [told] = timetable([Wish("suppliers", Calls(10, 10))], budget(used=3_600, ends_in=timedelta(minutes=20)), NOW, 0.1)

    assert told.pauses == 1
    assert told.finishes_at == NOW + timedelta(minutes=20, seconds=1)


def test_the_reference_company_takes_what_the_note_says():
    [told] = timetable([Wish("all", Calls(9_707, 9_707))], budget(), NOW, 0.1)

    assert told.pauses == 2
    assert told.seconds / 3_600 == pytest.approx(2.28, abs=0.01)


def test_elements_share_the_hour():
    told = timetable([Wish("projects", Calls(6, 6)), Wish("suppliers", Calls(6, 6))], budget(limit=10), NOW, 0.1)

    assert [one.pauses for one in told] == [0, 1]
    assert told[1].finishes_at == NOW + HOUR + timedelta(seconds=0.2)


def test_f029_a_burst_does_not_begin_anew_with_the_next_element():
    told = timetable([Wish("projects", Calls(20, 20)), Wish("suppliers", Calls(20, 20))], budget(), NOW, 0.1)

    assert told[1].seconds == pytest.approx(seconds(40, budget()))


def test_a_hold_of_the_server_is_waited_for():
    held = replace(budget(), hold_until=NOW + timedelta(seconds=30))

    assert seconds(1, held) == pytest.approx(30.1)


def test_bounds_add_up_and_the_unknown_stays_unknown():
    assert Calls(1, 2) + Calls(3, 4) == Calls(4, 6)
    assert Calls(1, None) + Calls(3, 4) == Calls(4, None)


def test_f029_what_usually_comes_to_the_least_is_counted_and_the_bounds_stay():
    [told] = timetable([Wish("purchase-orders", Calls(136, 150, 14))], budget(), NOW, 0.1)

    assert (told.calls, told.calls_likely, told.calls_at_most) == (136, 150, 150)
    assert told.seconds == pytest.approx(seconds(150, budget()))
    assert told.seconds_at_most == pytest.approx(told.seconds)
    assert not told.is_exact


def test_f029_without_a_highest_number_there_is_no_latest_hour_from_there_on():
    told = timetable(
        [Wish("suppliers", Calls(3, 4)), Wish("subcontracts", Calls(9, None)), Wish("costs", Calls(19, 28))],
        budget(),
        NOW,
        0.1,
    )

    assert [one.seconds_at_most is None for one in told] == [False, True, True]
    assert told[0].seconds_at_most == pytest.approx(0.4)


def test_f029_the_number_is_known_once_all_lists_are_read_one_after_the_other():
    told = timetable(
        [
            Wish("budgets", Calls(91, 91)),
            Wish("purchase-orders", Calls(16, None), unread=15, lists=15),
            Wish("subcontracts", Calls(15, None), unread=15, lists=15),
        ],
        budget(spike=1_000),
        NOW,
        0.1,
    )

    assert [one.known_at for one in told] == [None, *2 * [NOW + timedelta(seconds=12.1)]]
    assert [one.unread for one in told] == [0, 15, 15]
