"""The certificate of a reconciliation and the sheets behind it, as rows of cells. Pure; writing them is workbook.py's.

Four sheets: summary (what is signed), lines, bridges with the records behind them, and taxes and holdback beside.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from maestro_procore import i18n
from maestro_procore.i18n import Language
from maestro_procore.model.problems import CATALOGUE, Problem, message
from maestro_procore.model.reconciliation import COLUMNS, PARTLY_PROVED, ZERO, Line, Reconciliation

Value = str | Decimal | date | int | None


class Look(StrEnum):
    """How a cell is shown."""

    TEXT = "text"
    TITLE = "title"
    HEADING = "heading"
    LABEL = "label"
    AMOUNT = "amount"
    GOOD = "good"
    BAD = "bad"
    DATE = "date"
    NOTE = "note"
    SIGN = "sign"
    """An empty line to sign on."""


@dataclass(frozen=True)
class Cell:
    """value: amounts are Decimal with two decimals; text is never a formula."""

    value: Value = None
    look: Look = Look.TEXT


@dataclass(frozen=True)
class Sheet:
    """widths: of the columns, in characters. header: number of rows that stay in view."""

    title: str
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    header: int = 0


@dataclass(frozen=True)
class Heading:
    """What the certificate says of itself. project: '' for all. period: '' where maestro* has none."""

    company: str
    cut_off: date
    period: str
    is_period_closed: bool
    project: str
    prepared_by: str
    reviewed_by: str
    made_at: datetime | None
    number: int


_AMOUNTS: Final = ("maestro", "bridged", "expected", "procore", "unexplained")


def sheets(head: Heading, found: Reconciliation, language: Language) -> tuple[Sheet, ...]:
    """The workbook, in the reader's language."""
    words = _Words(language)
    return (_summary(head, found, words), _lines(found, words), _bridges(found, words), _aside(found, words))


def verdict(found: Reconciliation, language: Language) -> str:
    """Whether both sides agree, in words."""
    apart = sum(1 for line in found.lines if line.unexplained)
    if apart:
        return i18n.text_in(language, "reconcile.differs", count=apart)
    if found.missing - PARTLY_PROVED:
        return i18n.text_in(language, "reconcile.not_whole")
    if not found.totals:
        return i18n.text_in(language, "reconcile.empty")
    return i18n.text_in(language, "reconcile.agrees")


def period_words(period: str, is_closed: bool, language: Language) -> str:
    """A fiscal period, and whether it is closed."""
    if not period:
        return i18n.text_in(language, "reconcile.period.none")
    key = "reconcile.period.closed" if is_closed else "reconcile.period.open"
    return i18n.text_in(language, key, period=period)


def cause_words(cause: str, language: Language) -> str:
    """A cause in words, without its full stop; the code itself when a newer program wrote it."""
    if cause not in CATALOGUE:
        return cause
    return message(Problem(cause), language).rstrip(".")


@dataclass(frozen=True)
class _Words:
    language: Language

    def text(self, key: str) -> str:
        return i18n.text_in(self.language, key)

    def heads(self, *names: str) -> list[Cell]:
        return [Cell(self.text(f"reconcile.column.{name}"), Look.HEADING) for name in names]

    def place(self, line: Line) -> list[Cell]:
        return [Cell(line.project), *self.figure(line.figure), Cell(line.code), Cell(line.currency)]

    def figure(self, figure: tuple[str, str]) -> list[Cell]:
        element, name = figure
        return [Cell(self.text(f"reconcile.element.{element}")), Cell(self.text(f"reconcile.figure.{name}"))]

    def problem(self, problem: Problem | None) -> str:
        if problem is None:
            return ""
        return message(problem, self.language) if problem.code in CATALOGUE else problem.code


def _amount(value: Decimal) -> Cell:
    return Cell(value, Look.AMOUNT)


def _apart(value: Decimal) -> Cell:
    return Cell(value, Look.BAD if value else Look.GOOD)


# --- the sheets -------------------------------------------------------------------------------------


def _summary(head: Heading, found: Reconciliation, words: _Words) -> Sheet:
    rows: list[Sequence[Cell]] = [
        [Cell(words.text("reconcile.title"), Look.TITLE)],
        [Cell(words.text("reconcile.between"), Look.NOTE)],
        [],
        *_facts(head, found, words),
        [],
        [Cell(words.text("reconcile.note"), Look.NOTE)],
        [],
        [Cell(words.text("reconcile.heading.totals"), Look.LABEL)],
        words.heads("element", "figure", "currency", *_AMOUNTS),
    ]
    for total in found.totals:
        amounts = [_amount(getattr(total, name)) for name in _AMOUNTS[:-1]]
        # Without signs: two lines that are apart in different directions are not green together.
        rows.append([*words.figure(total.figure), Cell(total.currency), *amounts, _apart(total.apart)])
    rows += [[], [Cell(words.text("reconcile.heading.causes"), Look.LABEL)], *_causes(found, words)]
    if found.told:
        rows += [[], [Cell(words.text("reconcile.heading.told"), Look.LABEL)]]
        rows += [[Cell(problem.code), Cell(words.problem(problem))] for problem in found.told]
    rows += [[], *_signatures(head, words)]
    return Sheet(words.text("reconcile.sheet.summary"), (24, 24, 12, 18, 18, 18, 18, 18), rows)


def _facts(head: Heading, found: Reconciliation, words: _Words) -> list[list[Cell]]:
    made_at = i18n.date_and_time(words.language, head.made_at) if head.made_at else ""
    shown: dict[str, Cell] = {
        "company": Cell(head.company),
        "cut_off": Cell(head.cut_off, Look.DATE),
        "period": Cell(period_words(head.period, head.is_period_closed, words.language)),
        "project": Cell(head.project or words.text("reconcile.all_projects")),
        "made_at": Cell(made_at),
        "number": Cell(str(head.number)),
        "result": Cell(verdict(found, words.language), Look.GOOD if found.agrees else Look.BAD),
    }
    return [[Cell(words.text(f"reconcile.fact.{name}"), Look.LABEL), cell] for name, cell in shown.items()]


def _signatures(head: Heading, words: _Words) -> list[list[Cell]]:
    found = []
    for name, person in (("prepared_by", head.prepared_by), ("reviewed_by", head.reviewed_by)):
        named = Cell(person, Look.TEXT if person else Look.SIGN)
        label = Cell(words.text(f"reconcile.fact.{name}"), Look.LABEL)
        sign = Cell(words.text("reconcile.fact.signature"), Look.LABEL)
        found += [[label, named, Cell(), sign, Cell(None, Look.SIGN), Cell(None, Look.SIGN)], []]
    return found


def _causes(found: Reconciliation, words: _Words) -> Iterable[list[Cell]]:
    """One row per cause, element, figure and currency: what it takes from maestro*'s amounts, of how many records."""
    sums: defaultdict[tuple[str, tuple[str, str], str], Decimal] = defaultdict(lambda: ZERO)
    records: defaultdict[tuple[str, tuple[str, str], str], set[tuple[str, str]]] = defaultdict(set)
    for line in found.lines:
        for bridge in line.bridges:
            key = (bridge.cause, line.figure, line.currency)
            sums[key] += bridge.amount
            records[key] |= {(line.project, held.record) for held in bridge.records}
    yield words.heads("element", "figure", "currency", "amount", "records", "cause")
    order = list(COLUMNS)
    for key in sorted(sums, key=lambda key: (order.index(key[1]), key[0], key[2])):
        cause, figure, currency = key
        told = Cell(f"{cause} {cause_words(cause, words.language)}")
        yield [*words.figure(figure), Cell(currency), _amount(sums[key]), Cell(len(records[key])), told]


def _lines(found: Reconciliation, words: _Words) -> Sheet:
    causes = sorted({bridge.cause for line in found.lines for bridge in line.bridges})
    heads = [
        *words.heads("project", "element", "figure", "code", "currency", "maestro"),
        *(Cell(f"{cause} {cause_words(cause, words.language)}", Look.HEADING) for cause in causes),
        *words.heads("expected", "procore", "unexplained"),
    ]
    rows: list[Sequence[Cell]] = [heads]
    for line in found.lines:
        amounts = {bridge.cause: bridge.amount for bridge in line.bridges}
        bridged = [_amount(amounts[cause]) if cause in amounts else Cell() for cause in causes]
        sums = [_amount(line.expected), _amount(line.procore), _apart(line.unexplained)]
        rows.append([*words.place(line), _amount(line.maestro), *bridged, *sums])
    widths = (10, 16, 22, 16, 9, 16, *(18 for _ in causes), 16, 16, 16)
    return Sheet(words.text("reconcile.sheet.lines"), widths, rows, header=1)


def _bridges(found: Reconciliation, words: _Words) -> Sheet:
    names = ("project", "element", "figure", "code", "currency", "cause", "record", "amount", "message")
    rows: list[Sequence[Cell]] = [words.heads(*names)]
    for line in found.lines:
        for bridge in line.bridges:
            cause = Cell(f"{bridge.cause} {cause_words(bridge.cause, words.language)}")
            for held in bridge.records:
                told = Cell(words.problem(held.problem))
                rows.append([*words.place(line), cause, Cell(held.record), _amount(held.amount), told])
    return Sheet(words.text("reconcile.sheet.bridges"), (10, 16, 22, 16, 9, 44, 26, 16, 80), rows, header=1)


def _aside(found: Reconciliation, words: _Words) -> Sheet:
    rows: list[Sequence[Cell]] = [words.heads("what", "currency", "amount")]
    shown: dict[tuple[str, str], Any] = dict(found.aside)
    for of, currency in sorted(shown):
        rows.append([Cell(words.text(f"reconcile.aside.{of}")), Cell(currency), _amount(shown[of, currency])])
    rows += [[], [Cell(words.text("reconcile.note.aside"), Look.NOTE)]]
    return Sheet(words.text("reconcile.sheet.aside"), (24, 12, 18), rows, header=1)
