"""When projects are looked at again."""

from datetime import UTC, datetime, timedelta

from maestro_procore.model.file_schedule import (
    COLD,
    HOT,
    OPEN,
    SWEEP,
    SWEEP_AT_LEAST,
    WARM,
    Watched,
    due,
    is_sweep_due,
    period,
    sweep_period,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def project(number: int, quiet: timedelta, looked: timedelta, *, is_open: bool = False) -> Watched:
    return Watched(number, ["documents", "photos"], NOW - quiet, NOW - looked, is_open)


def test_f130_a_few_projects_are_all_looked_at_every_five_minutes() -> None:
    many_days = timedelta(days=30)
    projects = [project(1, many_days, timedelta(minutes=5)), project(2, many_days, timedelta(minutes=4))]
    assert due(projects, NOW, 3_600) == [1]


def test_f161_many_projects_stay_within_half_of_the_call_limit() -> None:
    """120 projects of two tools would cost 4,320 calls an hour at five minutes: only busy ones get that."""
    quiet = {number: timedelta(days=number % 12) for number in range(120)}
    projects = [project(number, days, timedelta(minutes=59)) for number, days in quiet.items()]
    asked = due(projects, NOW, 3_600)
    assert asked == [number for number, days in quiet.items() if days < timedelta(days=1)]
    calls = sum(timedelta(hours=1) / period(each, NOW, is_enough_for_all=False) * each.calls for each in projects)
    assert calls <= 3_600 / 2


def test_each_project_has_its_pace() -> None:
    def pace(quiet: timedelta, *, is_open: bool = False) -> timedelta:
        return period(project(1, quiet, timedelta(), is_open=is_open), NOW, is_enough_for_all=False)

    assert pace(timedelta(hours=3)) == HOT
    assert pace(timedelta(days=3)) == WARM
    assert pace(timedelta(days=30)) == COLD
    assert pace(timedelta(days=30), is_open=True) == OPEN


def test_what_was_never_looked_at_comes_first() -> None:
    fresh = Watched(9, ["documents"], None, None)
    assert due([project(1, timedelta(), timedelta(minutes=30)), fresh], NOW, 3_600) == [9, 1]


def test_f203_both_sides_are_read_whole_each_half_hour_where_the_limit_allows_and_daily_otherwise() -> None:
    assert sweep_period(looks=3, items=50_000, hourly_limit=3_600) == SWEEP == timedelta(minutes=30)
    assert sweep_period(looks=3, items=1_000_000, hourly_limit=3_600) == SWEEP_AT_LEAST == timedelta(days=1)
    assert sweep_period(looks=130, items=0, hourly_limit=3_600) == SWEEP_AT_LEAST, "looking alone takes half of it"


def test_f203_a_whole_reading_is_due_before_the_half_hour_is_over() -> None:
    assert not is_sweep_due(NOW - timedelta(minutes=25), NOW, SWEEP)
    assert is_sweep_due(NOW - timedelta(minutes=26), NOW, SWEEP), "the next look would be too late"
    assert is_sweep_due(None, NOW, SWEEP)
