"""Sentences in the reader's language and form (F092, S3 of the fault matrix)."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import format_decimal

from maestro_procore import i18n
from maestro_procore.i18n import NBSP, Language, TextMissing, fill, text, text_in

AFTERNOON = datetime(2026, 11, 23, 19, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    """Each test starts with an English reader in Montréal, and leaves the process as it was."""
    language, zone, strict = i18n.current_language(), i18n._reader.time_zone, i18n._reader.strict
    i18n.set_language("en")
    i18n.set_time_zone(ZoneInfo("America/Toronto"))
    i18n.be_strict()
    yield
    i18n.set_language(language)
    i18n.set_time_zone(zone)
    i18n.be_strict(strict)


def test_the_same_key_speaks_the_language_chosen() -> None:
    """F092."""
    assert text("sync.ignore_last_date") == "&Ignore last synchronization date"
    i18n.set_language("fr")
    assert text("sync.ignore_last_date") == "&Ignorer la date de dernière synchronisation"
    assert text_in("en", "element.suppliers") == "Suppliers"


def test_a_language_that_is_not_offered_is_refused() -> None:
    with pytest.raises(ValueError, match="'de'"):
        i18n.set_language("de")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [("en", 0, "0 errors"), ("en", 1, "1 error"), ("en", 2, "2 errors"), ("en", 3512, "3,512 errors"),
     ("fr", 0, "0 erreur"), ("fr", 1, "1 erreur"), ("fr", 2, "2 erreurs"), ("fr", 3512, f"3{NBSP}512 erreurs")],
)  # fmt: skip
def test_the_count_chooses_the_plural_form(language: Language, count: int, expected: str) -> None:
    assert text_in(language, "app.status.errors", count=count) == expected


def test_zero_and_one_and_a_half_are_singular_in_french_only() -> None:
    assert i18n.plural("fr", 0) == i18n.plural("fr", Decimal("1.5")) == i18n.plural("fr", -1) == "one"
    assert i18n.plural("en", 0) == i18n.plural("en", Decimal("1.5")) == "other"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "fr_CA.UTF-8", "LC_ALL": "en_CA.UTF-8"}, "en"),
        ({"LC_MESSAGES": "fr_FR", "LANG": "en_US"}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_of_the_session_is_the_first_choice(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.system_language() == expected


def test_a_missing_key_raises_in_tests() -> None:
    with pytest.raises(TextMissing, match=r"sync\.no_such_button"):
        text("sync.no_such_button")


def test_a_missing_value_raises_in_tests() -> None:
    with pytest.raises(TextMissing, match="left"):
        text("sync.waiting.until", time=AFTERNOON)


def test_at_run_time_a_missing_text_shows_its_key_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    i18n.be_strict(False)
    assert [text("sync.gone_missing") for _ in range(3)] == ["sync.gone_missing"] * 3
    assert len([record for record in caplog.records if "sync.gone_missing" in record.message]) == 1


def test_at_run_time_a_missing_value_leaves_its_place_visible() -> None:
    i18n.be_strict(False)
    assert "{left}" in text("sync.waiting.until", time=AFTERNOON)
    assert "{time}" in text("sync.waiting.until", left="2 min")


@pytest.mark.parametrize("value", [1, 12, 123, 1234, 1234567, -1234567, Decimal("1234.5"), Decimal("-0.25"), 0])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_numbers_are_written_as_babel_writes_them(language: Language, value: object) -> None:
    assert i18n.number(language, value) == format_decimal(value, locale=i18n.LOCALES[language])


def test_money_is_written_to_the_cent_in_the_readers_form() -> None:
    assert i18n.money("en", Decimal("1234.56")) == "$1,234.56"
    assert i18n.money("fr", Decimal("1234.56")) == f"1{NBSP}234,56{NBSP}$"
    assert i18n.money("fr", "-0.10 CAD") == f"-0,10{NBSP}$"
    assert i18n.money("en", "1234.5 USD") == "US$1,234.50"


def test_times_are_shown_in_the_readers_zone_on_24_hours() -> None:
    assert fill("en", "{t:time}", {"t": AFTERNOON}) == "14:05"
    assert fill("fr", "{t:time}", {"t": AFTERNOON}) == f"14{NBSP}h{NBSP}05"
    assert fill("en", "{t:time}", {"t": "2026-11-23T19:05:09+00:00"}) == "14:05"
    assert fill("en", "{t:exact}", {"t": AFTERNOON}) == "2026-11-23 14:05:09-05:00"


def test_the_same_instant_is_right_on_both_sides_of_the_end_of_daylight_time() -> None:
    """F078: 2026-11-01 at 01:30 happens twice in Montréal."""
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert i18n.clock_time("en", first) == i18n.clock_time("en", second) == "01:30"
    assert i18n.exact_time("en", first) != i18n.exact_time("en", second)


def test_dates() -> None:
    assert i18n.short_date("fr", date(2026, 11, 23)) == i18n.short_date("en", "2026-11-23") == "2026-11-23"
    assert i18n.long_date("en", AFTERNOON) == "November 23, 2026"
    assert i18n.long_date("fr", AFTERNOON) == f"23{' '}novembre 2026"
    assert i18n.date_and_time("fr", AFTERNOON) == f"2026-11-23 14{NBSP}h{NBSP}05"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (45.4, "45 s"), (60, "1 min"), (1380, "23 min"), (7500, "2 h 05 min"), (273600, "3 j 4 h")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert i18n.duration("fr", seconds).replace(NBSP, " ") == expected
    assert i18n.duration("fr", timedelta(seconds=seconds)).replace(NBSP, " ") == expected


def test_identifiers_are_not_grouped_like_amounts() -> None:
    assert fill("fr", "{id} {pid:plain}", {"id": "562949953443325", "pid": 41234}) == "562949953443325 41234"


def test_braces_in_data_are_shown_and_never_interpreted() -> None:
    """S3: a supplier may be called anything."""
    shown = fill("en", "Supplier {name} {n}", {"name": "{0.__class__} {n:money} {", "n": 2})
    assert shown == "Supplier {0.__class__} {n:money} { 2"


def test_french_gets_its_no_break_spaces_from_an_ordinary_keyboard() -> None:
    assert i18n.french("Erreur : « non » 5 %") == f"Erreur{NBSP}: «{NBSP}non{NBSP}» 5{NBSP}%"


def test_a_time_without_zone_is_taken_as_utc() -> None:
    assert i18n.clock_time("en", datetime(2026, 11, 23, 19, 5)) == "14:05"  # noqa: DTZ001 - the case itself


def test_help_topics_read_in_the_order_of_their_file() -> None:
    """F001: every page has its topic, offline, in questions and answers."""
    for topic in ("synchronization", "configuration", "manager", "symbols", "call_limit", "full", "closing"):
        keys = i18n.keys_under(f"help.{topic}.")
        assert keys[0] == f"help.{topic}.title"
        questions = [key for key in keys if key.endswith(".q")]
        assert questions
        assert [key[:-2] + ".a" for key in questions] == [key for key in keys if key.endswith(".a")]


DOUBLED = """\
"a.x" = {en = "one", fr = "un"}
"a.y" = {en = "broken"
"a.x" = {en = "two", fr = "deux"}
"a.z" = {en = "z", fr = "z"}"""


def test_a_broken_or_doubled_line_costs_no_other_text(caplog: pytest.LogCaptureFixture) -> None:
    i18n.be_strict(False)
    sound = i18n.sound_entries(DOUBLED, "a.toml", r"\n")
    assert sound == {"a.x": {"en": "two", "fr": "deux"}, "a.z": {"en": "z", "fr": "z"}}
    assert "a.toml" in caplog.text


def test_a_broken_line_fails_the_tests() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        i18n.sound_entries(DOUBLED, "a.toml", r"\n")


def test_a_doubled_message_costs_no_other_message() -> None:
    i18n.be_strict(False)
    content = '[A-01]\nkind = "E"\n\n[A-01]\nkind = "W"\n\n[A-02]\nkind = "E"\n'
    assert i18n.sound_entries(content, "a.toml", r"(?m)^(?=\[)") == {"A-01": {"kind": "W"}, "A-02": {"kind": "E"}}
