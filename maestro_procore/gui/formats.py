"""How values, times and messages are written in the window. All results are plain, single-line text
unless a name says otherwise; nothing from data is ever read as rich text."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

from maestro_procore import i18n
from maestro_procore.i18n import has_text, text
from maestro_procore.model import problems
from maestro_procore.model.file_names import readable
from maestro_procore.model.problems import Problem
from maestro_procore.model.values import Kind, lines_of

LONGEST_BODY = 200_000
"""Characters of a request or answer that the window shows; a text field of megabytes stalls it."""

NOTHING = "–"
HOME = "CAD"
"""Amounts of this currency carry its sign, all others their code: $ alone never means US dollars."""
MINUS = "-"
"""As people type it, so that a copied amount is a number in a spreadsheet."""
Clock = Callable[[], datetime]


def now() -> datetime:
    """The clock of the window: aware, UTC."""
    return datetime.now(UTC)


def address(url: str) -> str:
    """A web address as a person reads it, "é" and not "%C3%A9" or stand-ins. Only to be shown: it opens nothing."""
    return file_name(unquote(url))


def file_name(name: str) -> str:
    """A name or path of files with the signs that people know, whatever the drive has in their place."""
    return one_line(readable(name))


def one_line(value: object) -> str:
    """The text without line ends and control characters, so that a cell shows one line and nothing hides in it."""
    whole = str(value)
    if whole.isprintable():
        return whole  # nearly always; a cell is painted often
    words = "".join(" " if c in "\r\n\t\u2028\u2029" else c for c in whole)
    return "".join(c for c in words if unicodedata.category(c) not in {"Cc", "Cf"} or c in "\u00ad\u200d")


def field_value(value: object, kind: Kind = Kind.TEXT, currency: str = HOME) -> str:
    """A value of a record as a cell shows it; nothing and blank are empty.

    currency: of the record, for amounts. What is no number where one should be is shown as it stands.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return text("sync.value.yes" if value else "sync.value.no")
    if kind in _SHAPES:
        try:
            return _SHAPES[kind](str(value), currency)
        except ValueError:
            return one_line(value)
    return one_line(value)


def named_value(name: str, value: object, kind: Kind = Kind.TEXT, currency: str = HOME) -> str:
    """As field_value, with the words of lists that both systems have (statuses, types) in the reader's language."""
    if kind is Kind.TEXT and isinstance(value, str) and has_text(f"value.{name}.{value}"):
        return text(f"value.{name}.{value}")
    return field_value(value, kind, currency)


def money(amount: str, currency: str = HOME) -> str:
    """1 234 567,89 $ or $1,234,567.89; another currency by its code: 1,234.50 USD. Nothing is ever rounded here.

    amount: canonical decimal text. Errors: ValueError when it is none.
    """
    language, exact = i18n.current_language(), Decimal(_decimal_text(amount))
    # Two decimals as people write money, more when there are more: a hidden part of a cent cannot be explained.
    digits = i18n.number(language, abs(exact), max(2, -int(exact.as_tuple().exponent)))
    sign = MINUS if exact < 0 else ""
    if currency != HOME:
        return f"{sign}{digits}{i18n.NBSP}{currency}"
    return f"{sign}${digits}" if language == "en" else f"{sign}{digits}{i18n.NBSP}$"


def quantity(amount: str) -> str:
    """12.5 or 12,5, with as many decimals as there are. Errors: ValueError when it is no number."""
    exact = Decimal(_decimal_text(amount))
    return (MINUS if exact < 0 else "") + i18n.number(i18n.current_language(), abs(exact))


def percentage(share: str) -> str:
    """10% or 10 %, of the canonical decimal text "10". Errors: ValueError when it is no number."""
    exact = Decimal(_decimal_text(share))
    return (MINUS if exact < 0 else "") + i18n.percent(i18n.current_language(), abs(exact))


def _decimal_text(value: str) -> str:
    """Errors: ValueError for what is no plain decimal number; Decimal alone would take "NaN" and "1e5"."""
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"not a number: {value!r}")
    return value


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SHAPES: Final[dict[Kind, Callable[[str, str], str]]] = {
    Kind.MONEY: money,
    Kind.QUANTITY: lambda value, _currency: quantity(value),
    Kind.PERCENT: lambda value, _currency: percentage(value),
    Kind.LINES: lambda value, _currency: text("sync.value.lines", count=len(lines_of(value))),
}
NUMBERS: Final = frozenset({Kind.MONEY, Kind.QUANTITY, Kind.PERCENT})
"""Kinds whose columns stand at the right, so that the digits stand below one another."""


def count(value: int) -> str:
    return i18n.number(i18n.current_language(), value)


def moment(when: datetime | None, at: datetime) -> str:
    """14:05 when it is today in the reader's zone, else date and time; a dash for never."""
    if when is None:
        return NOTHING
    language = i18n.current_language()
    if i18n.short_date(language, when) == i18n.short_date(language, at):
        return i18n.clock_time(language, when)
    return i18n.date_and_time(language, when)


def exact(when: datetime | None) -> str:
    """To the second, with its zone; for tooltips and the technician."""
    return "" if when is None else i18n.exact_time(i18n.current_language(), when)


def seconds(value: float | None) -> str:
    """45 s, 23 min, 2 h 05 min; empty for None, tenths below ten seconds."""
    if value is None:
        return ""
    if 0 < value < 9.95:
        return f"{i18n.number(i18n.current_language(), round(value, 1))}{i18n.NBSP}s"
    return i18n.duration(i18n.current_language(), value)


def time_left(until: datetime, at: datetime) -> str:
    """What remains, never negative; minutes are rounded up, as a person would."""
    left = max(timedelta(0), until - at)
    if left > timedelta(seconds=60):
        left = timedelta(minutes=-(-left.total_seconds() // 60))
    return i18n.duration(i18n.current_language(), left)


def percent(done: int, total: int) -> int:
    """0 to 100; 0 while the total is not known."""
    return 0 if total <= 0 else min(100, done * 100 // total)


# --- messages ------------------------------------------------------------------------------------


_SEVERITIES = frozenset({"error", "warning", "information"})


@dataclass(frozen=True, slots=True)
class Words:
    """A Message cell in words. kind: error · warning · information · progress · waiting · ''.

    fraction: 0…1 of a determinate bar, None without a bar, -1 for a bar of unknown length.
    """

    kind: str = ""
    text: str = ""
    remedy: str = ""
    fraction: float | None = None

    @property
    def spoken(self) -> str:
        """For screen readers: the kind is said, not only painted."""
        return text(f"sync.spoken.{self.kind}", text=self.text) if self.kind in _SEVERITIES else self.text


NO_WORDS = Words()


def sentence(problem: Problem) -> str:
    """What happened, in the reader's language; a code of a newer program shows its values."""
    try:
        return one_line(problems.message(problem, i18n.current_language()))
    except problems.UnknownCode:
        return one_line(problems.said(problem, i18n.current_language()))


def remedy(problem: Problem) -> str:
    """What to do now, '' when nothing is."""
    try:
        return problems.remedy(problem, i18n.current_language())
    except problems.UnknownCode:
        return ""


def cause(problem: Problem) -> str:
    try:
        return problems.cause(problem, i18n.current_language())
    except problems.UnknownCode:
        return ""


def words_of(message: Any, at: datetime) -> Words:
    """The words of a line's message (store.views.Message or None)."""
    if message is None:
        return NO_WORDS
    return _WORDS[str(message.kind)](message, at)


def _of_problem(message: Any, _at: datetime) -> Words:
    if message.problem is None:
        return NO_WORDS
    return Words(str(message.kind), sentence(message.problem), remedy(message.problem))


def progress_words(done: int, total: int, step: str) -> Words:
    """The bar of a running request: the same on its lines and in the Synchronization Manager (F044).

    step: reading · listing · planning · sending · ''. The bar has no length before anything is sent.
    """
    if step in _STEPS or not total:
        return Words("progress", text(_STEPS.get(step, "sync.progress.counting")), fraction=-1.0)
    done = min(done or 0, total)
    said = text(_COUNTED.get(step, "sync.progress.of"), percent=percent(done, total), done=done, total=total)
    return Words("progress", said, fraction=done / total)


_COUNTED = {"listing": "sync.progress.listing"}
_STEPS = {"reading": "sync.progress.reading", "planning": "sync.progress.comparing"}


def waiting_words(until: datetime | None, reason: str, at: datetime) -> Words:
    """Why it waits and until when. reason: limit · retry · ''."""
    if until is None:
        return Words("waiting", text("sync.waiting.queued"))
    key = "sync.waiting.retry" if reason == "retry" else "sync.waiting.until"
    return Words("waiting", text(key, time=until, left=time_left(until, at)))


def _of_progress(message: Any, _at: datetime) -> Words:
    return progress_words(message.done, message.total, message.step)


def _of_waiting(message: Any, at: datetime) -> Words:
    if message.resumes_at is None and message.problem is not None:
        return Words("waiting", sentence(message.problem))
    return waiting_words(message.resumes_at, message.step, at)


_WORDS: dict[str, Callable[[Any, datetime], Words]] = {
    "error": _of_problem,
    "warning": _of_problem,
    "information": _of_problem,
    "progress": _of_progress,
    "waiting": _of_waiting,
}


# --- what was sent and what came back ---------------------------------------------------------------


def pretty(body: object) -> str:
    """Indented JSON when the body is JSON, otherwise the text as received; several lines, cut when very long."""
    if body in (None, "", b""):
        return ""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            words = str(body)
            return _cut(indented(words) if words.lstrip()[:1] in ("{", "[") else words)
    return _cut(json.dumps(body, ensure_ascii=False, indent=2, default=str))


_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+')


def indented(words: str) -> str:
    """JSON that does not parse because the journal keeps only its beginning, with the line ends that it would have."""
    lines, line, depth = [], "", 0
    for piece in _PIECES.findall(words):
        if piece in "}]":
            depth = max(0, depth - 1)
            if line.strip():
                lines.append(line)
            line = "  " * depth + piece
        elif piece in "{[":
            depth += 1
            lines.append(line + piece)
            line = "  " * depth
        elif piece == ",":
            lines.append(line + piece)
            line = "  " * depth
        else:
            line += piece + (" " if piece == ":" else "")
    return "\n".join([*lines, line] if line.strip() else lines)


def _cut(words: str) -> str:
    if len(words) <= LONGEST_BODY:
        return words
    return words[:LONGEST_BODY] + "\n" + text("manager.exchange.cut", count=len(words) - LONGEST_BODY)
