"""How values, times and messages are written."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.gui import formats
from maestro_procore.gui.grid_fit import fit
from maestro_procore.gui.grid_view import Column, plain_tooltip
from maestro_procore.model.problems import Problem
from tests.gui.journal_desk import NOW


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, ""),
        (True, "Yes"),
        ("Côté & fils", "Côté & fils"),
        ("two\r\nlines\tand a tab", "two  lines and a tab"),
        ("turned \u202eround", "turned round"),
        ("\x1b[31mred", "[31mred"),
        (12, "12"),
    ],
)
def test_a_cell_shows_one_line_without_hidden_signs(given: object, shown: str) -> None:
    """S3."""
    assert formats.field_value(given) == shown


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(-5, "0\u00a0s"), (40, "40\u00a0s"), (60, "1\u00a0min"), (61, "2\u00a0min"), (1380, "23\u00a0min")],
)
def test_what_remains_is_rounded_up(seconds: int, left: str) -> None:
    """F010: "23 min" is never less than the truth."""
    assert formats.time_left(NOW + timedelta(seconds=seconds), NOW) == left


def test_today_is_a_time_and_another_day_a_date() -> None:
    assert formats.moment(NOW, NOW) == i18n.clock_time("en", NOW)
    earlier = NOW - timedelta(days=3)
    assert formats.moment(earlier, NOW) == i18n.date_and_time("en", earlier)
    assert formats.moment(None, NOW) == formats.NOTHING


def test_short_durations_show_tenths() -> None:
    assert [formats.seconds(s) for s in (None, 0, 0.84, 9, 61)] == [
        "",
        "0\u00a0s",
        "0.8\u00a0s",
        "9\u00a0s",
        "1\u00a0min",
    ]


def test_a_message_of_a_newer_program_is_shown_with_its_values() -> None:
    assert formats.sentence(Problem("NEW-99", {"code": "A1"})) == "NEW-99 code: A1"
    assert formats.remedy(Problem("NEW-99")) == ""


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (None, ""),
        ('{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'),
        ("<html>oops</html>", "<html>oops</html>"),
        ('[{"a":"x, [y]"},{"b":1,"c":[2', '[\n  {\n    "a": "x, [y]"\n  },\n  {\n    "b": 1,\n    "c": [\n      2'),
        ("[]", "[]"),
        (b'{"name":"L\xc3\xa9vis"}', '{\n  "name": "Lévis"\n}'),
    ],
)
def test_bodies_are_indented_when_they_are_json(body: object, shown: str) -> None:
    """F025: what is no JSON is shown as received."""
    assert formats.pretty(body) == shown


def test_a_very_long_body_is_cut_and_says_so() -> None:
    shown = formats.pretty("x" * (formats.LONGEST_BODY + 7))
    assert shown.endswith("… 7 more characters are not shown.")


def test_progress_without_a_total_has_no_length() -> None:
    """F007."""
    assert formats.progress_words(0, 0, "reading").fraction == -1
    assert formats.progress_words(0, 0, "reading").text == "reading both sides…"
    assert formats.progress_words(7, 5, "sending").fraction == 1


def test_a_line_that_waits_for_its_turn_says_queued() -> None:
    message: Any = SimpleNamespace(kind="waiting", problem=None, step="", resumes_at=None)
    assert formats.words_of(message, NOW).text == "queued"


def test_tooltips_show_markup_as_it_was_written() -> None:
    """S3."""
    assert plain_tooltip("Acier Lévis") == "Acier Lévis"
    assert "&lt;b&gt;" in plain_tooltip("<b>x</b>")
    assert plain_tooltip("word " * 30).startswith("<p")


COLUMNS = [
    Column("status", "", 24, "symbol"),
    Column("code", "", 80, is_rigid=True),
    Column("name", "", 200),
    Column("city", "", 100, rank=1),
    Column("phone", "", 110, rank=2, is_rigid=True),
    Column("message", "", 300, "message", stretches=True),
]


@pytest.mark.parametrize(
    ("room", "widths"),
    [
        (900, (24, 80, 200, 100, 110, 300)),
        (780, (24, 80, 177, 88, 110, 300)),
        (690, (24, 80, 190, 95, 0, 300)),
        (580, (24, 80, 176, 0, 0, 300)),
        (400, (24, 80, 144, 0, 0, 152)),
        (200, (24, 80, 144, 0, 0, 60)),
    ],
)
def test_columns_shrink_a_little_and_then_go_so_that_the_message_is_read(room: int, widths: tuple[int, ...]) -> None:
    assert fit(COLUMNS, room).widths == widths


@pytest.mark.parametrize(("language", "word"), [("en", "Approved"), ("fr", "Approuvé")])
def test_a_status_is_said_in_the_readers_language(language: i18n.Language, word: str) -> None:
    """What is in no list of ours is shown as it came."""
    i18n.set_language(language)
    assert formats.named_value("status", "approved") == word
    assert formats.named_value("status", "Out For Bid") == "Out For Bid"
    assert formats.named_value("title", "approved") == "approved"


def test_an_address_is_shown_as_a_person_reads_it() -> None:
    """What is no UTF-8 behind its percent signs does not break the page; a hidden line end stays hidden."""
    assert (
        formats.address("https://x.example/Poste%20de%20la%20rivi%C3%A8re") == "https://x.example/Poste de la rivière"
    )
    assert "\n" not in formats.address("https://x.example/a%0Ab%ff")
