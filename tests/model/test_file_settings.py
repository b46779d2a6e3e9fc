"""The policy of a project: its table, what is refused, one-way arrows and when it is looked at next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maestro_procore.engine.file_commands import FLOWS
from maestro_procore.i18n import has_text
from maestro_procore.model.file_items import Flow
from maestro_procore.model.file_schedule import Watched, due
from maestro_procore.model.file_settings import SETTINGS, SettingKind, check, effective, flow_of, next_look, typed

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
MONTREAL = ZoneInfo("America/Toronto")


def test_f157_what_holds_where_nothing_was_chosen_can_be_chosen() -> None:
    assert check(effective({})) == {}
    assert effective({"conflicts": None, "unknown": 3})["conflicts"] == "keep_both"


@pytest.mark.parametrize("key", SETTINGS)
def test_f157_every_setting_and_every_choice_has_words(key: str) -> None:
    setting = SETTINGS[key]
    assert has_text(f"policy.{key}")
    assert all(has_text(f"policy.{key}.{choice}") for choice in setting.choices)
    assert setting.only_when is None or setting.only_when[1] in SETTINGS[setting.only_when[0]].choices


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("conflicts", "mine", "DOC-18"),
        ("nothing", 1, "DOC-18"),
        ("every_minutes", 0, "DOC-71"),
        ("max_bytes", True, "DOC-71"),
        ("delete_percent", "10", "DOC-71"),
        ("daily_at", "25:00", "DOC-18"),
        ("exclude", ["ok", ""], "DOC-72"),
        ("include", "*.pdf", "DOC-72"),
        ("include", ["x" * 201], "DOC-72"),
        ("exclude", ["*.bak"] * 101, "DOC-72"),
    ],
)
def test_what_cannot_be_is_refused(key: str, value: object, code: str) -> None:
    assert check({key: value})[key].code == code


def test_values_are_read_as_they_are_typed() -> None:
    assert typed("exclude", "*.bak; Old/* ;") == ["*.bak", "Old/*"]
    assert typed("max_bytes", "5000") == 5000 and typed("daily_at", " 06:30 ") == "06:30"
    with pytest.raises(ValueError, match="ten"):
        typed("every_minutes", "ten")
    assert {SETTINGS[key].kind for key in SETTINGS} == set(SettingKind)


def test_f287_one_way_turns_the_arrows_of_the_two_way_tools_only() -> None:
    chosen = {"one_way": "to_drive"}
    assert flow_of(FLOWS["documents"], chosen) is Flow.TO_DRIVE
    assert flow_of(FLOWS["documents"], {}) is Flow.BOTH
    assert flow_of(FLOWS["rfis"], {"one_way": "to_procore"}) is Flow.TO_DRIVE


def test_f164_every_so_many_minutes_is_four_times_an_hour_at_fifteen() -> None:
    settings = {"schedule": "every", "every_minutes": 15}
    assert next_look(settings, NOON) == NOON + timedelta(minutes=15)
    assert next_look({}, NOON) is None


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MONTREAL)


@pytest.mark.parametrize(
    ("looked_at", "expected"),
    [
        (local(11, 23, 12), local(11, 23, 22, 30)),
        (local(11, 23, 22, 30), local(11, 24, 22, 30)),
        (local(11, 23, 23), local(11, 24, 22, 30)),
        (local(3, 7, 23), local(3, 8, 22, 30)),  # the clock goes forward in between
    ],
)
def test_f164_once_a_day_is_by_the_clock_on_the_wall(looked_at: datetime, expected: datetime) -> None:
    settings = {"schedule": "daily", "daily_at": "22:30"}
    assert next_look(settings, looked_at.astimezone(UTC), MONTREAL) == expected


def test_f164_what_was_slept_through_is_made_up_for_at_once() -> None:
    looked_at = NOON - timedelta(days=3)
    wished = next_look({"schedule": "daily", "daily_at": "22:00"}, looked_at, UTC)
    assert due([Watched(1, ["documents"], None, looked_at, next_look=wished)], NOON, 3600) == [1]


def test_f164_a_project_with_a_schedule_is_not_looked_at_before() -> None:
    looked_at = NOON - timedelta(hours=2)
    by_activity = Watched(1, ["documents"], NOON, looked_at, is_open=True)
    by_clock = Watched(2, ["documents"], NOON, looked_at, is_open=True, next_look=NOON + timedelta(hours=1))
    assert due([by_activity, by_clock], NOON, 3600) == [1]
    assert due([by_activity, by_clock], NOON + timedelta(hours=1), 3600) == [1, 2]
