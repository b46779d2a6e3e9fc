"""Makes a PDF of a day's log or of one record, where Procore has none: the same bytes for the same records.

Headings and field names stand in the language of the company; what people wrote stands as they wrote it.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from maestro_procore.i18n import Language, date_and_time, has_text, long_date, number, text_in
from maestro_procore.procore.file_rows import moment
from maestro_procore.procore.one_way_reading import Render, attached

MARGIN_MM: Final = 18.0
LINE_MM: Final = 5.0
INDENT_MM: Final = 6.0
DEEPEST: Final = 6
"""Levels below a record; what lies deeper is left out."""
ENCODING: Final = "cp1252"
"""What the fonts that every PDF reader has can show: all of English and French."""
DATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A PDF carries the time when it was made; the same records have to give the same bytes."""

_LEFT_OUT: Final = frozenset(
    "id position permissions attachments attachments_count date datetime log_date daily_log_header_id updated_at"
    " daily_log_segment_id project_id link url viewer_url rich_text_body rich_text_description description_rich_text"
    " current_drawing_revision_ids drawing_ids download_all_attachments_uuid errors can_email location_id login"
    " created_by_id meeting_template_id parent_id translated_status full_number formatted_number".split()
)
_NAMES: Final = ("full_name", "name", "label", "title", "login", "value")
"""What a reference to a person, company or place is called by."""
_OF_REFERENCES: Final = frozenset(
    {*_NAMES, *"id url code full_code number company company_name vendor locale node_name parent_id".split()}
    | {"data_type", "created_at", "updated_at", "initials", "is_active", "position"}
)
"""What a reference carries beside its name; anything else makes it a record of its own."""
_CLOCKS: Final = ("time", "begin", "start", "end", "inspection", "start_time", "end_time")
"""Times of a day that Procore splits into NAME_hour and NAME_minute."""


class _Line(NamedTuple):
    """One line of the document. depth: how far to the right."""

    depth: int
    label: str
    words: str


def pdf_of(content: Render, project: str, language: Language) -> bytes:
    """The document as bytes. project: its name, for the line under the title; "" leaves it out."""
    title = content.title
    if content.day is not None:
        title = text_in(language, "record.title.day", day=long_date(language, content.day))
    pdf = _Document(title, language)
    pdf.say(title, 16, is_bold=True)
    if project:
        pdf.say(project, 11)
    for heading, rows in content.parts:
        if heading:
            pdf.gap()
            pdf.say(text_in(language, f"record.log.{heading}"), 12, is_bold=True)
        for row in rows:
            pdf.gap()
            for line in _lines(row, language, 0):
                pdf.field(line)
            names = [str(each.get("filename") or each.get("name")) for each in attached([row])]
            if names:
                pdf.field(_Line(0, text_in(language, "record.field.attachments"), ", ".join(names)))
    return pdf.content()


class _Document:
    """A letter-size document that grows from top to bottom."""

    def __init__(self, title: str, language: Language) -> None:
        self._pdf = FPDF(format="letter", unit="mm")
        self._pdf.core_fonts_encoding = ENCODING
        self._pdf.set_creation_date(DATED)
        self._pdf.set_margins(MARGIN_MM, MARGIN_MM)
        self._pdf.set_auto_page_break(True, margin=MARGIN_MM)
        self._pdf.set_title(_shown(title))
        self._pdf.set_lang(language)
        self._pdf.add_page()

    def say(self, words: str, size: int, *, is_bold: bool = False) -> None:
        """A paragraph over the whole width."""
        self._pdf.set_font("Helvetica", "B" if is_bold else "", size)
        self._pdf.multi_cell(0, size * 0.5, _shown(words), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def gap(self) -> None:
        self._pdf.ln(LINE_MM / 2)

    def field(self, line: _Line) -> None:
        """A name in bold and what it says, moved in by its depth."""
        pdf = self._pdf
        pdf.set_left_margin(MARGIN_MM + INDENT_MM * min(line.depth, DEEPEST))
        pdf.set_x(pdf.l_margin)
        pdf.set_font("Helvetica", "B", 10)
        pdf.write(LINE_MM, _shown(line.label + " "))
        pdf.set_font("Helvetica", "", 10)
        pdf.write(LINE_MM, _shown(line.words))
        pdf.ln(LINE_MM)
        pdf.set_left_margin(MARGIN_MM)
        pdf.set_x(MARGIN_MM)

    def content(self) -> bytes:
        return bytes(self._pdf.output())


# --- what is said ---------------------------------------------------------------------------------------


def _lines(row: Mapping[str, object], language: Language, depth: int) -> Iterator[_Line]:
    """The fields of a record that say something, in Procore's order; records within it moved to the right."""
    for name, value in _with_clocks(row).items():
        if name in _LEFT_OUT or name.startswith("_") or value is None or value in ("", [], {}):
            continue
        label = _label(name, language)
        words = _words(value, language)
        if words is not None:
            yield _Line(depth, label, words)
        elif depth < DEEPEST:
            yield _Line(depth, label, "")
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, Mapping):
                    yield from _lines(one, language, depth + 1)


def _label(name: str, language: Language) -> str:
    """Procore's own word where we know no other."""
    key = f"record.field.{name}"
    said = text_in(language, key) if has_text(key) else name.replace("_", " ").capitalize()
    return text_in(language, "record.label", name=said)


def _words(value: object, language: Language) -> str | None:
    """A value in one paragraph; None for what needs lines of its own."""
    match value:
        case bool():
            return text_in(language, "record.yes" if value else "record.no")
        case int():
            return str(value)
        case float():
            return number(language, value)
        case str():
            return _time_of(value, language) or value
        case list():
            parts = [_words(each, language) for each in value]
            return ", ".join(part for part in parts if part) if all(part is not None for part in parts) else None
        case Mapping():
            name = next((str(value[each]) for each in _NAMES if value.get(each) not in (None, "")), None)
            says_more = any(
                key not in _OF_REFERENCES and inner not in (None, "", [], {}, name) for key, inner in value.items()
            )
            return None if says_more else name
    return str(value)


def _time_of(words: str, language: Language) -> str | None:
    """A date or a time of Procore in the reader's form; None for other words."""
    if len(words) == 10 and words[4:5] == words[7:8] == "-" and words.replace("-", "").isdigit():
        return long_date(language, date.fromisoformat(words))
    if len(words) >= 19 and words[10:11] == "T":
        when = moment(words)
        return None if when is None else date_and_time(language, when)
    return None


def _with_clocks(row: Mapping[str, object]) -> dict[str, object]:
    """NAME_hour and NAME_minute as one time of the day, where the hour stood."""
    said: dict[str, object] = {}
    for name, value in row.items():
        stem, _, part = name.rpartition("_")
        if stem in _CLOCKS and part in ("hour", "minute"):
            hour = row.get(f"{stem}_hour")
            if part == "hour" and isinstance(hour, int | float):
                minute = row.get(f"{stem}_minute")
                said[f"{stem}_at"] = (
                    f"{time(int(hour) % 24, int(minute) if isinstance(minute, int | float) else 0):%H:%M}"
                )
            continue
        said[name] = value
    return said


def _shown(words: str) -> str:
    """Composed, and without what the fonts cannot show: its plain letters if it has any, a question mark otherwise."""
    composed = unicodedata.normalize("NFC", words).replace("\u202f", "\u00a0").replace("\r\n", "\n")
    return "".join(letter if _can_show(letter) else _plain(letter) for letter in composed)


def _can_show(letter: str) -> bool:
    try:
        letter.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return letter == "\n" or letter >= " "


def _plain(letter: str) -> str:
    known = "".join(each for each in unicodedata.normalize("NFKD", letter) if _can_show(each))
    return known or ("" if unicodedata.combining(letter) or letter < " " else "?")
