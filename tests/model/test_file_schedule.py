"""When projects are looked at again."""

from datetime import UTC, datetime, timedelta

from maestro_procore.model.file_schedule import COLD, HOT, OPEN, WARM, Watched, due, period

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
