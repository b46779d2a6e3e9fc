"""What a plan will cost, by our own measured figures and by the usual product's rule."""

from datetime import UTC, datetime, timedelta

from maestro_procore.model.file_forecast import Pace, forecast, measured
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
UPLOAD = (FileVerb.COPY, FileSide.PROCORE)


def uploads(count: int, size: int = 1_000_000) -> list[FileAction]:
    return [
        FileAction(n, *(FileVerb.COPY, FileRule.NEW, FileSide.PROCORE), False, "", f"d{n}", size_bytes=size)
        for n in range(count)
    ]


def test_the_usual_product_needs_four_calls_a_file() -> None:
    """F276, F277: 900 files are 3,600 calls and one hour; 9,000 files ten hours."""
    assert forecast(uploads(900), Pace(), NOW).usual_calls == 3600
    assert forecast(uploads(900), Pace(), NOW).usual_duration == (timedelta(hours=1),) * 2
    assert forecast(uploads(9000), Pace(), NOW).usual_duration == (timedelta(hours=10),) * 2


def test_the_usual_product_is_three_to_five_times_slower_with_data_on_both_sides() -> None:
    """F114; ours is not: it asks for two listings and not for each file."""
    alone, both = forecast(uploads(900), Pace(), NOW), forecast(uploads(900), Pace(), NOW, has_both_sides=True)
    assert both.usual_duration == (timedelta(hours=3), timedelta(hours=5))
    assert both.calls == alone.calls


def test_ours_is_what_was_measured() -> None:
    pace = Pace(calls=measured({UPLOAD: 500}, {UPLOAD: 500}))
    assert forecast(uploads(900), Pace(), NOW).calls == 1800, "two calls an upload until something was measured"
    assert forecast(uploads(900), pace, NOW).calls == 900
    assert forecast(uploads(900), pace, NOW, listing_calls=26).calls == 926


def test_what_does_not_fit_into_this_hour_waits_for_the_next_ones() -> None:
    pace = Pace(calls_left=1000, resets_at=NOW + timedelta(minutes=20), calls={UPLOAD: 1.0})
    assert forecast(uploads(1000), pace, NOW).duration == timedelta(0)
    assert forecast(uploads(1001), pace, NOW).ends_at == NOW + timedelta(minutes=20)
    assert forecast(uploads(4600), pace, NOW).duration == timedelta(minutes=20)
    assert forecast(uploads(4601), pace, NOW).duration == timedelta(hours=1, minutes=20)


def test_large_files_take_their_time_and_many_small_ones_theirs() -> None:
    """F235."""
    pace = Pace(bytes_a_second=10_000_000)
    assert forecast(uploads(1, 36_000_000_000), pace, NOW).duration == timedelta(hours=1)
    assert forecast(uploads(100, 1000), pace, NOW).duration < timedelta(seconds=1)


def test_forty_thousand_files_by_the_usual_rule_take_more_than_forty_hours() -> None:
    """F239: ours warns above a day."""
    told = forecast(uploads(40_000), Pace(calls={UPLOAD: 4.0}), NOW)
    assert told.usual_duration[0] > timedelta(hours=40)
    assert told.is_long
    assert not forecast(uploads(40_000), Pace(calls={UPLOAD: 1.0}), NOW).is_long


def test_files_share_the_limit_with_everything_else() -> None:
    pace = Pace(share=0.5, calls={UPLOAD: 1.0}, resets_at=NOW + timedelta(minutes=30))
    assert forecast(uploads(1800), pace, NOW).duration == timedelta(0)
    assert forecast(uploads(3601), pace, NOW).duration == timedelta(hours=1, minutes=30)


def test_a_rename_of_a_folder_costs_one_call_whatever_is_in_it() -> None:
    rename = FileAction(0, FileVerb.MOVE, FileRule.MOVED, FileSide.PROCORE, True, "p", "d", name="n", items=5001)
    assert (forecast([rename], Pace(), NOW).calls, forecast([rename], Pace(), NOW).files) == (1, 0)
