"""Both sides to the cent: what maestro* holds, what of it belongs in Procore, and whether Procore has just that.

For each project, element, figure, code and currency: maestro* − bridges = expected, expected − Procore = unexplained.
A bridge is a named cause with the records behind it; nothing is ever made to agree by rounding. Which records there
are, and what holds each of them back, is told by reconciled_costs.py, reconciled_commitments.py and
reconciled_budgets.py. Amounts are before tax and before holdback, and never converted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from maestro_procore.model.problems import Problem

Row = Mapping[str, Any]
ZERO: Final = Decimal("0.00")

COSTS, COMMITMENTS, BUDGETS = "costs", "commitments", "budgets"
TO_DATE, ORIGINAL, CHANGES, MODIFICATIONS, REVISED = (
    "to_date", "original", "approved_changes", "modifications", "revised",
)  # fmt: skip

Figure = tuple[str, str]
"""Element and figure of it."""

COLUMNS: Final[Mapping[Figure, str]] = {
    (COSTS, TO_DATE): "Direct Costs",
    (COMMITMENTS, ORIGINAL): "Commitments",
    (COMMITMENTS, CHANGES): "Commitment Change Orders",
    (COMMITMENTS, REVISED): "Committed Costs",
    (BUDGETS, ORIGINAL): "Original Budget Amount",
    (BUDGETS, MODIFICATIONS): "Budget Modifications",
    (BUDGETS, CHANGES): "Approved COs",
    (BUDGETS, REVISED): "Revised Budget",
}
"""The column of a budget view's detail rows that holds a figure (procore-api.md §6.6)."""
_ALSO: Final = {"Original Budget Amount": "original_budget_amount", "Budget Modifications": "budget_modifications"}
"""Columns that every view has, under the name of an attribute."""
ROW_NAMES: Final = (
    "id", "wbs_code_id", "cost_code", "cost_code_id", "category", "category_id", "currency_configuration",
    *COLUMNS.values(), *_ALSO.values(),
)  # fmt: skip
"""What of a detail row is looked at."""
PARTLY_PROVED: Final = frozenset({(COMMITMENTS, ORIGINAL), (COMMITMENTS, CHANGES)})
"""Figures whose sum is compared as well: a view without their columns still proves the whole."""

UNEXPLAINED: Final = "REC-00"
# Causes of a bridge: codes of resources/messages/reconciliation.toml.
ON_COMMITMENT, NOT_TRANSFERRED, AFTER_CUT_OFF = "REC-01", "REC-02", "REC-03"
PROJECT_NOT_LINKED, CODE_NOT_LINKED, NOT_LINKED = "REC-04", "REC-05", "REC-06"
IN_ERROR, DIFFERS, ONLY_IN_PROCORE = "REC-07", "REC-08", "REC-09"
OTHER_BUDGET, OTHER_STATUS, NO_SUM, OTHER_COLUMN = "REC-10", "REC-11", "REC-12", "REC-13"


@dataclass(frozen=True)
class Entry:
    """One record's amount on one code.

    amount: in maestro*. belongs: what of it belongs in Procore on the cut-off date. held: what Procore is known to
    hold of it then. left_out, waits: causes of the first and of the second difference; a difference without a cause
    stays unexplained. problem: what was told of the record.
    """

    figure: Figure
    code: str
    currency: str
    record: str
    amount: Decimal
    belongs: Decimal
    held: Decimal
    left_out: str = ""
    waits: str = ""
    problem: Problem | None = None


@dataclass(frozen=True)
class Posted:
    """An amount of a budget view, or (negative) what of it is not compared: dated later, in another currency."""

    figure: Figure
    code: str
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class Held:
    """One record behind a bridge. amount: of the bridge."""

    record: str
    amount: Decimal
    problem: Problem | None = None


@dataclass(frozen=True)
class Bridge:
    """A cause, and what it takes from maestro*'s amount; negative where it is Procore that holds more."""

    cause: str
    records: tuple[Held, ...]

    @property
    def amount(self) -> Decimal:
        return sum((record.amount for record in self.records), ZERO)


@dataclass(frozen=True)
class Line:
    """One figure of one code: Σ bridges + procore + unexplained = maestro, always."""

    project: str
    figure: Figure
    code: str
    currency: str
    maestro: Decimal
    procore: Decimal
    bridges: tuple[Bridge, ...] = ()

    @property
    def expected(self) -> Decimal:
        return self.maestro - sum((bridge.amount for bridge in self.bridges), ZERO)

    @property
    def unexplained(self) -> Decimal:
        return self.expected - self.procore

    def to_json(self) -> dict[str, Any]:
        """As the command line and the journal hold it; amounts are text."""
        element, figure = self.figure
        return {
            "project": self.project,
            "code": self.code,
            "element": element,
            "figure": figure,
            "currency": self.currency,
            "maestro": str(self.maestro),
            "bridges": [_bridge_json(bridge) for bridge in self.bridges],
            "expected": str(self.expected),
            "procore": str(self.procore),
            "unexplained": str(self.unexplained),
            "cause": ", ".join([*(b.cause for b in self.bridges), *([UNEXPLAINED] if self.unexplained else [])]),
        }


@dataclass(frozen=True)
class Total:
    """The sum of a figure in one currency. apart: unexplained amounts of its lines without their signs."""

    figure: Figure
    currency: str
    maestro: Decimal = ZERO
    bridged: Decimal = ZERO
    procore: Decimal = ZERO
    apart: Decimal = ZERO

    @property
    def expected(self) -> Decimal:
        return self.maestro - self.bridged

    @property
    def unexplained(self) -> Decimal:
        return self.expected - self.procore


@dataclass(frozen=True)
class Side:
    """What one part of a project says: its records, and what of Procore's columns is not compared.

    aside: shown beside, never compared: "taxes" and "holdback", by currency. told: remarks on the project.
    """

    entries: tuple[Entry, ...] = ()
    moved: tuple[Posted, ...] = ()
    aside: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    told: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Reconciliation:
    """The lines of some projects. missing: figures that the budget view has no column for, told in `told`."""

    lines: tuple[Line, ...] = ()
    aside: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    told: tuple[Problem, ...] = ()
    missing: frozenset[Figure] = frozenset()

    @property
    def agrees(self) -> bool:
        """True only when nothing is unexplained, and everything could be compared."""
        return not any(line.unexplained for line in self.lines) and not self.missing - PARTLY_PROVED

    @property
    def totals(self) -> tuple[Total, ...]:
        """One per figure and currency."""
        found: dict[tuple[Figure, str], Total] = {}
        for line in self.lines:
            key = (line.figure, line.currency)
            held = found.get(key, Total(*key))
            found[key] = Total(
                *key,
                held.maestro + line.maestro,
                held.bridged + line.maestro - line.expected,
                held.procore + line.procore,
                held.apart + abs(line.unexplained),
            )
        return tuple(found[key] for key in sorted(found, key=_order))

    @property
    def unexplained(self) -> tuple[Problem, ...]:
        """REC-00 of each line that differs without a named cause."""
        return tuple(
            Problem(
                UNEXPLAINED,
                {"project": line.project, "code": line.code, "amount": f"{line.unexplained} {line.currency}".strip()},
            )
            for line in self.lines
            if line.unexplained
        )

    def together(self, other: "Reconciliation") -> "Reconciliation":
        """The reconciliation of this and further projects."""
        aside = {k: self.aside.get(k, ZERO) + other.aside.get(k, ZERO) for k in (*self.aside, *other.aside)}
        return Reconciliation(
            (*self.lines, *other.lines), aside, (*self.told, *other.told), self.missing | other.missing
        )

    def to_json(self) -> dict[str, Any]:
        """As the command line and the certificate show it; amounts are text."""
        return {
            "agrees": self.agrees,
            "unexplained": self._unexplained(),
            "differences": [line.to_json() for line in self.lines if line.bridges or line.unexplained],
            "totals": [_total_json(total) for total in self.totals],
            "shown": [{"of": of, "currency": c, "amount": str(self.aside[of, c])} for of, c in sorted(self.aside)],
            "told": [problem.to_json() for problem in self.told],
        }

    def _unexplained(self) -> dict[str, str]:
        """Currency → what is unexplained, amounts of different signs never set off against each other."""
        found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for total in self.totals:
            found[total.currency] += total.apart
        return {currency: str(amount) for currency, amount in sorted(found.items())}


def _order(key: tuple[Figure, str]) -> tuple[int, str]:
    return list(COLUMNS).index(key[0]), key[1]


def _bridge_json(bridge: Bridge) -> dict[str, Any]:
    records = [
        {"record": r.record, "amount": str(r.amount), "problem": r.problem.to_json() if r.problem else None}
        for r in bridge.records
    ]
    return {"cause": bridge.cause, "amount": str(bridge.amount), "records": records}


def _total_json(total: Total) -> dict[str, str]:
    element, figure = total.figure
    names = ("maestro", "bridged", "expected", "procore", "unexplained")
    return {"element": element, "figure": figure, "currency": total.currency} | {
        name: str(getattr(total, name)) for name in names
    }


# --- putting it together --------------------------------------------------------------------------


def reconcile(
    project: str, currency: str, rows: Sequence[Row], labels: Mapping[int, str], sides: Iterable[Side]
) -> Reconciliation:
    """One project. currency: of rows that name none. rows: of the budget view, budgeted or not.

    labels: Procore's id of a budget code → code. A code that neither side has an amount on has no line.
    """
    sides = tuple(sides)
    entries = [entry for side in sides for entry in side.entries]
    missing = _missing(rows)
    posted = [*_posted(rows, labels, currency), *(each for side in sides for each in side.moved)]
    lines = tuple(_lines(project, entries, [each for each in posted if each.figure not in missing], missing))
    aside: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for side in sides:
        for key, amount in side.aside.items():
            aside[key] += amount
    unknown = tuple(Problem("REC-14", {"project": project, "column": COLUMNS[each]}) for each in sorted(missing))
    told = (*unknown, *(problem for side in sides for problem in side.told))
    return Reconciliation(lines, dict(aside), told, missing)


def amount_in(row: Row, figure: Figure) -> Decimal:
    """The amount of a column of a detail row; 0 where the row has none. Errors: ValueError for no number."""
    column = COLUMNS[figure]
    value = row.get(column, row.get(_ALSO.get(column, "")))
    try:
        return Decimal(str(value)).quantize(ZERO) if value not in (None, "") else ZERO
    except ArithmeticError as error:
        raise ValueError(f"{column} is no amount: {value!r}") from error


def _missing(rows: Sequence[Row]) -> frozenset[Figure]:
    """Figures that no row of the view has a column for; of a budget without rows nothing is missing."""
    names = {name for row in rows for name in row}
    return frozenset(f for f, c in COLUMNS.items() if rows and c not in names and _ALSO.get(c) not in names)


def currency_of(row: Row) -> str:
    """The currency that a detail row names; '' when it names none."""
    return str((row.get("currency_configuration") or {}).get("currency_iso_code") or "").upper()


def _posted(rows: Sequence[Row], labels: Mapping[int, str], currency: str) -> Iterator[Posted]:
    for row in rows:
        code = labels.get(row.get("wbs_code_id") or 0) or shown_code(row)
        for figure in COLUMNS:
            yield Posted(figure, code, currency_of(row) or currency, amount_in(row, figure))


def shown_code(row: Row) -> str:
    """A budget code that nothing links, as the view words it."""
    code = str(row.get("cost_code") or "–").partition(" - ")[0]
    return f"{code}.{row.get('category') or '–'}"


def _lines(
    project: str, entries: Iterable[Entry], posted: Iterable[Posted], missing: frozenset[Figure]
) -> Iterator[Line]:
    key = tuple[Figure, str, str]
    mine: defaultdict[key, Decimal] = defaultdict(lambda: ZERO)
    theirs: defaultdict[key, Decimal] = defaultdict(lambda: ZERO)
    causes: defaultdict[key, defaultdict[str, list[Held]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        if entry.figure in missing:
            continue
        place = (entry.figure, entry.code, entry.currency)
        mine[place] += entry.amount
        for cause, amount in (
            (entry.left_out, entry.amount - entry.belongs),
            (entry.waits, entry.belongs - entry.held),
        ):
            if cause and amount:
                causes[place][cause].append(Held(entry.record, amount, entry.problem))
    for each in posted:
        theirs[each.figure, each.code, each.currency] += each.amount
    places = sorted({*mine, *theirs, *causes}, key=lambda p: (_order((p[0], p[2])), p[1]))
    for place in places:
        figure, code, currency = place
        bridges = tuple(Bridge(cause, tuple(held)) for cause, held in sorted(causes[place].items()))
        if mine[place] or theirs[place] or bridges:
            yield Line(project, figure, code, currency, mine[place], theirs[place], bridges)
