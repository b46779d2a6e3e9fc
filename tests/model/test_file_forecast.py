"""What a plan will cost, by our own measured figures and by the usual product's rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore import i18n
from maestro_procore.model.file_bandwidth import DOWN, UP, limits_of
from maestro_procore.model.file_forecast import (
    START_SPEED,
    USUAL_FILES_AN_HOUR,
    Forecast,
    Kind,
    Pace,
    Planned,
    Speed,
    Transfer,
    forecast,
    forecast_of,
    measured,
    speed,
)
from maestro_procore.model.file_forecast_words import sentences
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_lists import Listed
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
UPLOAD = Kind(FileVerb.COPY, FileSide.PROCORE)
EDIT = Kind(FileVerb.VERSION, FileSide.PROCORE)


def uploads(count: int, size: int = 1_000_000) -> list[FileAction]:
    return [
        FileAction(n, *(FileVerb.COPY, FileRule.NEW, FileSide.PROCORE), False, "", f"d{n}", size_bytes=size)
        for n in range(count)
    ]


def test_f276_f277_the_usual_product_needs_four_calls_a_file() -> None:
    """F276, F277: 900 files are 3,600 calls and one hour; 9,000 files ten hours."""
    assert forecast(uploads(900), Pace(), NOW).usual_calls == 3600
    assert forecast(uploads(900), Pace(), NOW).usual_duration == (timedelta(hours=1),) * 2
    assert forecast(uploads(9000), Pace(), NOW).usual_duration == (timedelta(hours=10),) * 2


def test_f114_the_usual_product_is_three_to_five_times_slower_with_data_on_both_sides() -> None:
    """F114; ours is not: it asks for two listings and not for each file."""
    alone, both = forecast(uploads(900), Pace(), NOW), forecast(uploads(900), Pace(), NOW, has_both_sides=True)
    assert both.usual_duration == (timedelta(hours=3), timedelta(hours=5))
    assert both.calls == alone.calls


def test_ours_is_what_was_measured() -> None:
    pace = Pace(calls=measured([(UPLOAD, 500, 500)]))
    guessed, told = forecast(uploads(900), Pace(), NOW), forecast(uploads(900), pace, NOW)
    assert (guessed.least_calls, guessed.calls) == (900, 1801), "one call an upload, or two and one to find out"
    assert not guessed.is_measured
    assert (told.calls, told.is_measured, told.calls_a_file) == (900, True, 1.0)


@pytest.mark.parametrize(
    ("listed", "calls"),
    [
        (Listed("documents", 22, 34, downloads=34, calling=56), 2),
        (Listed("photos", 5, 8, downloads=8, calling=13), 4),
        (Listed("documents", 4_000, 46_000, downloads=46_000, calling=50_000), 25 + 1),
        (Listed("documents", 4_000, 46_000, downloads=24, calling=24), 1 + 1),
        (Listed("documents", 4_000, 46_000, downloads=24, calling=24, is_due=True), 25 + 1),
        (Listed("documents", 4_000, 46_000), 1),
        (Listed("documents", arriving=50_000, calling=50_000), 1 + 25),
        (Listed("documents", 22, 34, downloads=34, calling=56, is_begun=True), 1),
        (Listed("rfis", downloads=3, calling=3), None),
    ],
)
def test_f104_the_lists_that_a_run_reads_are_part_of_its_forecast(listed: Listed, calls: int | None) -> None:
    """Once before the plan is carried out, and what came meanwhile after it; 2,000 rows a call."""
    told = forecast(uploads(10), Pace(calls={UPLOAD: 1.0}), NOW, lists=[listed])
    assert listed.calls == calls
    assert (told.listing_calls, told.calls) == (calls or 0, 10 + (calls or 0))
    assert told.unlisted == (() if calls else ("rfis",))
    assert forecast([], Pace(), NOW, lists=[listed]).calls == 0, "without anything to do nothing is foretold"


@pytest.mark.parametrize(
    ("listed", "pace", "looks"),
    [
        (Listed("documents", 400, 3_600, downloads=3_600, sources=400), Pace(), 400 * 2 // 3601 + 1),
        (Listed("documents", 400, 3_600, downloads=3_600, sources=400), Pace(calls_left=1_801), 200),
        (Listed("documents", 400, 3_600, downloads=3_600, sources=400), Pace(calls_left=9_000), 0),
        (Listed("documents", 400, 3_600, downloads=3_600, sources=400), Pace(seconds_a_file=1, calls_left=9_000), 200),
        (Listed("photos", 1, 3_600, downloads=3_600, sources=1), Pace(seconds_a_file=1, calls_left=9_000), 1_800),
        (Listed("rfis", downloads=3_600, sources=400), Pace(seconds_a_file=1, calls_left=9_000), 0),
    ],
    ids=["two lists too much", "half of them in this hour", "all in this hour", "an hour", "photos", "unknown"],
)
def test_f104_addresses_that_expire_before_their_contents_are_fetched(listed: Listed, pace: Pace, looks: int) -> None:
    """After half an hour each folder of Documents is asked for them once, each photo for its own."""
    download = Planned(Kind(FileVerb.COPY, FileSide.DRIVE, listed.tool), 3_600, 0)
    told = forecast_of([download], replace(pace, calls_an_hour=9_000), NOW, lists=[listed])
    assert told.look_calls == pytest.approx(looks, abs=1)
    assert told.calls == 3_600 + told.listing_calls + told.look_calls == told.least_calls
    again = replace(pace, calls_an_hour=9_000, calls={download.kind: 1 + looks / 3_600})
    repeated = forecast_of([download], again, NOW, lists=[listed])
    assert repeated.calls == pytest.approx(told.calls, rel=0.03), "what was measured with its looks has them once"


def test_f104_contents_that_no_list_tells_of_may_be_asked_for_folder_by_folder() -> None:
    """A plan that waited for its approval, of a few files among fifty thousand."""
    listed = Listed("documents", 4_000, 46_000, downloads=24, sources=3, calling=24)
    told = forecast_of([Planned(Kind(FileVerb.COPY, FileSide.DRIVE, "documents"), 24, 0)], Pace(), NOW, lists=[listed])
    assert (told.least_calls, told.calls, told.look_calls) == (24 + 2, 24 + 2 + 3, 3)
    assert "3 of these calls ask for addresses of contents anew" in said_in_both(told)[0]
    assert "3 de ces appels redemandent des adresses" in said_in_both(told)[1]


costs = st.lists(
    st.tuples(st.sampled_from([UPLOAD, EDIT, UPLOAD._replace(tool="photos")]), st.integers(0, 50), st.integers(0, 600))
)


@given(costs)
def test_f276_the_forecast_of_what_was_done_is_what_it_has_cost(done: list[tuple[Kind, int, int]]) -> None:
    """However it came together: plan the same actions again, and the forecast is the calls that were counted."""
    told = measured(done)
    for kind in {kind for kind, _, _ in done}:
        actions = sum(n for each, n, _ in done if each == kind)
        calls = sum(made for each, n, made in done if each == kind)
        if actions:
            again = forecast_of([Planned(kind, actions, 0)], Pace(calls=told), NOW)
            assert again.calls == again.least_calls == calls
        else:
            assert kind not in told


@pytest.mark.parametrize(
    ("an_upload", "least", "most"), [(1.0, 2, 2), (1.02, 2, 2), (2.0, 3, 3), (2.3, 3, 3), (None, 2, 3)]
)
def test_f276_what_was_not_measured_yet_is_as_documented(an_upload: float | None, least: int, most: int) -> None:
    """An edit is looked at and sent; whether sending takes one call or two, uploads of any tool have shown."""
    pace = Pace(calls={} if an_upload is None else {UPLOAD._replace(tool="photos"): an_upload})
    assert pace.of(EDIT) == (least, most, False)
    assert pace.of(UPLOAD) == (least - 1, most - 1, False)
    assert pace.of(Kind(FileVerb.COPY, FileSide.DRIVE)) == (1, 1, False)
    assert pace.of(Kind(FileVerb.MOVE, FileSide.DRIVE)) == (0, 0, False)


def test_f277_our_own_speed_is_told_with_the_waits_for_the_limit() -> None:
    """3,600 files of one call each in an hour, four times what the usual product does."""
    pace = Pace(calls_left=0, resets_at=NOW + timedelta(hours=1), calls={UPLOAD: 1.0})
    told = forecast(uploads(3_600), pace, NOW)
    assert (told.files_an_hour, told.bytes_a_second) == (3_600, 1_000_000)
    assert told.files_an_hour == 4 * USUAL_FILES_AN_HOUR
    assert forecast([], pace, NOW).files_an_hour is None


def test_what_does_not_fit_into_this_hour_waits_for_the_next_ones() -> None:
    pace = Pace(calls_left=1000, resets_at=NOW + timedelta(minutes=20), calls={UPLOAD: 1.0})
    assert forecast(uploads(1000), pace, NOW).duration == timedelta(0)
    assert forecast(uploads(1001), pace, NOW).ends_at == NOW + timedelta(minutes=20)
    assert forecast(uploads(4600), pace, NOW).duration == timedelta(minutes=20)
    assert forecast(uploads(4601), pace, NOW).duration == timedelta(hours=1, minutes=20)


def test_f235_large_files_take_their_time_and_many_small_ones_theirs() -> None:
    """F235."""
    pace = Pace(bytes_a_second=10_000_000)
    assert forecast(uploads(1, 36_000_000_000), pace, NOW).duration == timedelta(hours=1)
    assert forecast(uploads(100, 1000), pace, NOW).duration < timedelta(seconds=1)


def test_f237_a_limit_that_somebody_has_set_is_part_of_the_forecast() -> None:
    """The slower of both ways: a content comes from one service and goes to the other."""
    for up, down, limit in ((None, None, None), (500, None, 500_000), (500, 200, 200_000), (None, 80, 80_000)):
        assert limits_of({UP: up, DOWN: down}).of_both == limit
    pace = Pace(bytes_a_second=10_000_000, limit=200_000)
    assert forecast(uploads(10), pace, NOW).duration == timedelta(seconds=50)
    assert forecast(uploads(10), replace(pace, limit=20_000_000), NOW).duration == timedelta(seconds=1)
    assert forecast(uploads(10), replace(pace, bytes_a_second=None), NOW).duration == timedelta(seconds=50)


def test_f239_forty_thousand_files_by_the_usual_rule_take_more_than_forty_hours() -> None:
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


@pytest.mark.parametrize(
    ("has_both_sides", "theirs"),
    [
        (
            False,
            (
                "The usual product: 3,600 calls (4 a file) and 1 h 00 min (900 files an hour).",
                "Le produit habituel : 3 600 appels (4 par fichier) et 1 h 00 min (900 fichiers à l'heure).",
            ),
        ),
        (
            True,
            (
                "The usual product: 3,600 calls (4 a file) and 3 h 00 min to 5 h 00 min, as it is 3 to 5 times slower"
                " than 900 files an hour where both sides hold data.",
                "Le produit habituel : 3 600 appels (4 par fichier) et de 3 h 00 min à 5 h 00 min, car il est de 3 à 5"
                " fois plus lent que 900 fichiers à l'heure lorsque les deux côtés contiennent des données.",
            ),
        ),
    ],
    ids=["one side", "both sides"],
)
def test_f114_f276_f277_ours_is_said_first_and_the_usual_one_by_its_name(
    has_both_sides: bool, theirs: tuple[str, str]
) -> None:
    pace = Pace(calls_left=0, resets_at=NOW + timedelta(minutes=15), calls={UPLOAD: 1.02})
    told = forecast(uploads(900), pace, NOW, has_both_sides=has_both_sides)
    for language, usual in zip(i18n.LANGUAGES, theirs, strict=True):
        i18n.set_language(language)
        *ours, last = (said.replace("\u00a0", " ") for said in sentences(told, lambda size: f"{size} B"))
        assert last == usual
        assert "918" in ours[0] and "15 min" in ours[0]
        assert ("1.02" if language == "en" else "1,02") in ours[1]
        assert ("3,600" if language == "en" else "3 600") in ours[2] and "1000000 B" in ours[2]


def said_in_both(told: Forecast) -> tuple[str, str]:
    said = []
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        said.append(" ".join(sentences(told, lambda size: f"{size} B")).replace("\u00a0", " "))
    return said[0], said[1]


def test_f276_what_nobody_has_measured_says_so() -> None:
    """What is measured and what is assumed, each by its name, and from what."""
    lists = [Listed("documents", arriving=9, calling=9), Listed("rfis")]
    english, french = said_in_both(forecast(uploads(9), Pace(is_timed=False), NOW, lists=lists))
    assert english.startswith("9 files, 9000000 B: 11 to 21 calls to Procore, about 1 min. 2 of these calls read the")
    assert "Calls for each file to Procore: 1 or 2, as Procore documents; not measured here yet." in english
    assert "Not in it: the calls that read RFIs" in english
    assert "is a guess until the first files have gone over" in english
    assert "measured here." not in english and "an hour: from the latest transfers" not in english
    assert "de 11 à 21 appels" in french and "1 ou 2, selon la documentation de Procore; pas encore mesuré" in french


def test_f276_measured_and_assumed_calls_are_told_apart() -> None:
    """Uploads of Documents were measured, those of Photos and all downloads were not."""
    planned = [
        Planned(UPLOAD._replace(tool="documents"), 30, 0),
        Planned(UPLOAD._replace(tool="photos"), 10, 0),
        Planned(Kind(FileVerb.COPY, FileSide.DRIVE, "documents"), 5, 0),
        Planned(Kind(FileVerb.COMPARE, FileSide.PROCORE, "documents"), 2, 0),
    ]
    told = forecast_of(planned, Pace(calls={UPLOAD._replace(tool="documents"): 1.0}), NOW)
    english, french = said_in_both(told)
    assert "Calls for each file to Procore: 1, for 30 of 40 as measured here, for the others as Proc" in english
    assert "Calls for each file from Procore: 1, as Procore documents; not measured here yet." in english
    assert "Not in it: those of 2 files that are compared first and turn out to differ." in english
    assert "pour 30 sur 40 selon ce qui a été mesuré ici" in french


def test_f277_tiny_files_tell_no_speed_in_bytes() -> None:
    """They take as long as their calls: neither a rate is made of them, nor the time of large ones."""
    tiny = Pace(bytes_a_second=50.0, seconds_a_file=0.2, largest=900, calls={UPLOAD: 1.0})
    english, french = said_in_both(forecast(uploads(50, 400), tiny, NOW))
    assert "files an hour: from the latest transfers here" in english and "B a second" not in english
    assert "B par seconde" not in french
    large = forecast(uploads(50, 2_000_000), tiny, NOW)
    assert large.duration == timedelta(seconds=30), "and not twenty-three days"
    assert not large.is_timed
    assert "is a guess until" in said_in_both(large)[0]


def test_f114_equal_ends_are_one_number() -> None:
    english, french = said_in_both(forecast(uploads(1), Pace(), NOW, has_both_sides=True))
    assert "1 min to 1 min" not in english and "4 calls (4 a file) and 1 min, as it is 3 to 5 times slower" in english
    assert "et 1 min, car il est de 3 à 5 fois plus lent" in french


# --- what was measured ------------------------------------------------------------


def transfers(*sizes: int, at_once: int = 1, seconds_a_file: float = 2.0, bytes_a_second: int = 1_000_000):
    """So many at a time, one group after the other, an hour between the first group and the rest."""
    made, now = [], NOW
    for number in range(0, len(sizes), at_once):
        group = [seconds_a_file + size / bytes_a_second for size in sizes[number : number + at_once]]
        ends = [now + timedelta(seconds=seconds) for seconds in group]
        made += [Transfer(size, now, end) for size, end in zip(sizes[number : number + at_once], ends, strict=True)]
        now = max(ends) + timedelta(hours=0 if number else 1)
    return made


def test_without_any_transfer_there_is_a_guess() -> None:
    assert speed([]) == START_SPEED


def test_f104_f235_files_and_bytes_are_told_apart_and_pauses_do_not_count() -> None:
    told = speed(transfers(*(1_000_000 * (number % 7) for number in range(40))))
    assert told == Speed(pytest.approx(2.0), pytest.approx(1_000_000))
    pace = Pace(**told._asdict())
    large, many = forecast(uploads(1, 600_000_000), pace, NOW), forecast(uploads(100, 1_000), pace, NOW)
    assert large.duration.total_seconds() == pytest.approx(602)
    assert many.duration.total_seconds() == pytest.approx(200.1)


def test_what_goes_over_together_takes_the_time_of_one() -> None:
    told = speed(transfers(*[4_000_000] * 40, at_once=4))
    assert forecast(uploads(40, 4_000_000), Pace(**told._asdict()), NOW).duration == timedelta(seconds=60)


def test_one_that_waited_for_hours_changes_nothing() -> None:
    usual = transfers(*(1_000_000 * (number % 7) for number in range(40)))
    waited = usual[7]._replace(started_at=usual[7].started_at - timedelta(hours=3))
    assert speed([*usual, waited]).seconds_a_file == pytest.approx(2.0, rel=0.01)


def test_when_large_ones_take_no_longer_only_files_count() -> None:
    told = speed([Transfer(size, NOW, NOW + timedelta(seconds=3)) for size in (10, 10_000, 10_000_000)])
    assert told.bytes_a_second is None
    assert told.seconds_a_file == pytest.approx(1.0), "all three at the same time"
