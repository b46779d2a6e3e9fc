"""What the three parts of a reconciliation share: one name per code on both sides, one entry per record and code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from maestro_procore.model.budget_codes import Codes, text
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciliation import (
    AFTER_CUT_OFF,
    CODE_NOT_LINKED,
    DIFFERS,
    IN_ERROR,
    NOT_LINKED,
    PROJECT_NOT_LINKED,
    ZERO,
    Entry,
    Figure,
    Posted,
    Side,
    currency_of,
    shown_code,
)
from maestro_procore.model.rules import Context
from maestro_procore.model.values import Kind, lines_of

Row = Mapping[str, Any]
Amounts = Mapping[str, Decimal]
"""Code → amount."""
Unsent = Mapping[str, Mapping[str, Problem]]
"""Kind → maestro* key, or Procore id of what maestro* lacks → why it was not brought over.

Under '' stands what stopped the whole kind in this project (a tool that is off).
"""

_CAUSES = {"CST-01": PROJECT_NOT_LINKED, "BUD-01": PROJECT_NOT_LINKED}
"""Of problems that have a cause of their own; codes of missing codes begin with COD."""
_OF_CODES = ("CST-11", "BUD-15")


@dataclass(frozen=True)
class Books:
    """One project as it is reconciled. rows: of its budget view. cut_off: the last day that counts."""

    context: Context
    cut_off: date
    rows: Sequence[Row] = ()
    unsent: Unsent = field(default_factory=dict)
    trouble: Problem | None = None
    """Why Procore's side of the project cannot be read (its budget tool is off): all of it is in error."""

    @property
    def currency(self) -> str:
        """What the project's budget is kept in."""
        return str(self.context.scope.row.get("currency") or self.context.settings.currency).upper()

    @property
    def view_currency(self) -> str:
        """What the amounts of the budget view are in."""
        return next((c for row in self.rows if (c := currency_of(row))), self.currency)

    def told(self, kind: str, key: str) -> Problem | None:
        """Why a record was not brought over; None: nothing is known against it."""
        problems = self.unsent.get(kind, {})
        return problems.get(key) or problems.get("")

    def local(self, key: str) -> str:
        """A maestro* key of this project without the project."""
        return key[len(self.context.scope.project) + 1 :]

    @cached_property
    def codes(self) -> Codes:
        return Codes(self.context)

    @cached_property
    def names(self) -> Mapping[int, str]:
        """Procore's id of a budget code → the code as maestro* names it, "activity.type"."""
        links = self.context.links.get("budget-codes", {})
        named = {number: ".".join(self.local(key).rpartition("/")[::2]) for key, number in links.items()}
        return {row["wbs_code_id"]: self._of_row(row) for row in self.rows if row.get("wbs_code_id")} | named

    def _of_row(self, row: Row) -> str:
        activity = self._activities.get(row.get("cost_code_id") or 0)
        cost_type = self._types.get(str(row.get("category_id")))
        return f"{activity}.{cost_type}" if activity and cost_type else shown_code(row)

    @cached_property
    def _activities(self) -> Mapping[int, str]:
        """Procore's id of a cost code → activity; of one that nobody has linked yet, its own code."""
        read = self.context.records.get("cost-codes", ())
        own = {record.procore_id: code for record in read if (code := text(record.values.get("code")).upper())}
        return own | {number: self.local(key) for number, key in self.context.owners("cost-codes").items()}

    @cached_property
    def _types(self) -> Mapping[str, str]:
        return {record.key: str(record.number) for record in self.context.records.get("cost-types", ())}

    def of_line(self, line: Row) -> str:
        """The code of a line of a schedule, as schedules.py keeps it."""
        activity = self._activities.get(int(line.get("code_id") or 0)) or text(line.get("code")).upper()
        return f"{activity or '–'}.{text(line.get('type')).upper() or '–'}"

    def on_codes(self, lines: Iterable[Row]) -> Amounts:
        """Code → sum of maestro*'s lines; lines of revenue groups are left out."""
        found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in lines:
            activity, group = text(line.get("activity_code")), text(line.get("group_code"))
            if not self.codes.is_selling(group):
                found[self.codes.shown(activity, group)] += exact(line.get("amount"))
        return found

    def scheduled(self, record: Record) -> Amounts:
        """Code → sum of a Procore record's lines."""
        found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in lines_of(record.values.get("lines")):
            found[self.of_line(line)] += exact(line.get("amount"))
        return found

    def is_later(self, day: Any) -> bool:
        """Whether a day lies after the cut-off; a record without a date counts."""
        return str(Kind.DATE.read(day) or "") > self.cut_off.isoformat()


def exact(value: Any) -> Decimal:
    """An amount of either side; 0 for one that cannot be read, whose record waits with VAL-01."""
    try:
        return Decimal(str(Kind.MONEY.read(value) or "0.00"))
    except ValueError:
        return ZERO


def cause_of(problem: Problem) -> str:
    """The cause that a message stands for."""
    if problem.code in _OF_CODES or problem.code.startswith("COD-"):
        return CODE_NOT_LINKED
    return _CAUSES.get(problem.code, IN_ERROR)


@dataclass(frozen=True)
class Found:
    """One record of both sides. amounts: in maestro*; held: in Procore as last read or answered, by code.

    left_out: cause for which nothing of it belongs in Procore. problem: what was told of it. waits: cause of what
    differs, '' : found out from the rest.
    """

    record: str
    currency: str
    amounts: Amounts
    held: Amounts
    day: Any = None
    is_linked: bool = False
    left_out: str = ""
    waits: str = ""
    problem: Problem | None = None


class Tally:
    """Collects the records of one part."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.entries: list[Entry] = []
        self.moved: list[Posted] = []

    def add(self, found: Found, *figures: Figure) -> None:
        """One record, counted in each of the figures."""
        if self.books.trouble is not None:
            found = replace(found, held={}, left_out=found.left_out or IN_ERROR, problem=self.books.trouble)
        is_later = self.books.is_later(found.day)
        left_out = found.left_out or (AFTER_CUT_OFF if is_later else "")
        # What still stands in Procore and belongs there no longer waits for the next synchronization.
        waits = DIFFERS if left_out else found.waits or self._waits(found)
        for code in sorted({*found.amounts, *found.held}):
            amount, held = found.amounts.get(code, ZERO), found.held.get(code, ZERO)
            for figure in figures:
                entry = Entry(
                    figure,
                    code,
                    found.currency,
                    found.record,
                    amount,
                    belongs=ZERO if left_out else amount,
                    held=ZERO if is_later else held,
                    left_out=left_out,
                    waits=waits,
                    problem=found.problem,
                )
                self.entries.append(entry)
                self._move(figure, code, found.currency, held, is_later)

    def _waits(self, found: Found) -> str:
        if found.problem is not None:
            return cause_of(found.problem)
        return DIFFERS if found.is_linked else NOT_LINKED

    def _move(self, figure: Figure, code: str, currency: str, held: Decimal, is_later: bool) -> None:
        """A budget view knows neither a cut-off date nor a second currency: both are taken out of its column."""
        base = self.books.view_currency
        if held and (is_later or currency != base):
            self.moved.append(Posted(figure, code, base, -held))
        if held and not is_later and currency != base:
            self.moved.append(Posted(figure, code, currency, held))

    def side(self, aside: Mapping[tuple[str, str], Decimal] | None = None, told: Sequence[Problem] = ()) -> Side:
        """What was collected."""
        return Side(tuple(self.entries), tuple(self.moved), aside or {}, tuple(told))
