"""Budgets of a reconciliation: original, modifications, approved changes and revised, by code.

A modification that a change order of Procore brought counts under approved changes on both sides: its amount is in
Procore's approved change orders, and was never sent as a modification (maestro-interface.md §3.3).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from maestro_procore.model.budget_changes import IN_FORCE, VOID, change_key, change_order_of, is_from_procore
from maestro_procore.model.budget_codes import text
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciled_commitments import APPROVED, is_owners
from maestro_procore.model.reconciled_records import Amounts, Books, Found, Row, Tally, exact
from maestro_procore.model.reconciliation import (
    BUDGETS,
    CHANGES,
    COMMITMENTS,
    MODIFICATIONS,
    NO_SUM,
    ONLY_IN_PROCORE,
    ORIGINAL,
    OTHER_BUDGET,
    OTHER_COLUMN,
    REVISED,
    ZERO,
    Figure,
    Side,
    amount_in,
)

REVISED_BUDGET: Final[Figure] = (BUDGETS, REVISED)
T = TypeVar("T")


def budgets_side(books: Books) -> Side:
    """Budget lines, their modifications and the change orders that raised them."""
    work = _Work(books)
    work.add_lines()
    work.add_modifications()
    work.add_change_orders()
    work.add_what_is_no_sum()
    return work.tally.side()


class _Work:
    """One project's budget."""

    def __init__(self, books: Books) -> None:
        self.books, self.tally, self.context = books, Tally(books), books.context
        self.changes = [row for row in self._table("m_budget_change") if row.get("status") in IN_FORCE]
        self.codes = books.codes
        self.is_of_commitments = counts_commitments(books)

    def _table(self, name: str) -> Sequence[Row]:
        return self.context.tables.get(name, ())

    def _is_cost(self, row: Row) -> bool:
        return not self.codes.is_selling(text(row.get("group_code")))

    def _code(self, row: Row) -> str:
        return self.codes.shown(text(row.get("activity_code")), text(row.get("group_code")))

    def _records(self, kind: str) -> dict[int, Record]:
        return {r.procore_id: r for r in self.context.records.get(kind, ()) if not r.is_gone}

    def _unreachable(self) -> Problem | None:
        scope = self.context.scope
        return None if scope.procore_id is not None else Problem("BUD-01", {"project": scope.project})

    # --- lines ---

    def add_lines(self) -> None:
        """The original amount of each code; groups that share a cost type share a line of Procore's budget."""
        mine: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in self._table("m_budget"):
            if self._is_cost(row):
                mine[self._code(row)] += exact(row.get("original_cost"))
        unsent = self.books.unsent.get("budgets", {})
        links, told = self._by_code(self.context.links.get("budgets", {})), self._by_code(unsent)
        records = self._records("budgets")
        for code, amount in sorted(mine.items()):
            number = links.get(code)
            held = {code: self._original(records[number])} if number in records else {}
            problem = told.get(code) or unsent.get("") or self._unreachable()
            self._add(Found(code, self.books.currency, {code: amount}, held, None, number is not None, problem=problem))
        claimed = {links.get(code) for code in mine}
        for number, record in sorted(records.items()):
            if number not in claimed and self._original(record):
                self._add_line_of_procore(record)

    def _by_code(self, keyed: Mapping[str, T]) -> dict[str, T]:
        """What stands under "project/activity/group", by code: one of the groups that share it names the line."""
        start = f"{self.context.scope.project}/"
        pairs = ((key.removeprefix(start).rpartition("/")[::2], each) for key, each in keyed.items() if "/" in key)
        return {self.codes.shown(*pair): each for pair, each in pairs}

    def _add_line_of_procore(self, record: Record) -> None:
        code = self.books.names.get(int(record.number or 0), str(record.values.get("activity") or "–"))
        told = self.books.told("budgets", record.key)
        waits = "" if told is not None else ONLY_IN_PROCORE
        self._add(Found(code, self.books.currency, {}, {code: self._original(record)}, waits=waits, problem=told))

    def _add(self, found: Found) -> None:
        self.tally.add(found, (BUDGETS, ORIGINAL), REVISED_BUDGET)

    def _original(self, record: Record) -> Decimal:
        return exact(record.values.get("original"))

    # --- modifications ---

    def add_modifications(self) -> None:
        """What was typed or imported in maestro*: one approved budget change of Procore each."""
        project = self.context.scope.project
        links, records = self.context.links.get("budget-changes", {}), self._records("budget-changes")
        for row in self.changes:
            if not self._is_cost(row) or self._order_of(row) is not None:
                continue
            code, key = self._code(row), change_key(project, row)
            number = links.get(key)
            record = records.get(number) if number is not None else None
            counts = record is not None and record.values.get("status") != VOID
            held = {code: exact(record.values.get("amount"))} if record is not None and counts else {}
            found = Found(
                text(row.get("reference")) or key,
                self.books.currency,
                {code: exact(row.get("amount"))},
                held,
                row.get("entry_date"),
                number is not None,
                problem=self.books.told("budget-changes", key) or self._unreachable(),
            )
            self.tally.add(found, (BUDGETS, MODIFICATIONS), REVISED_BUDGET)

    def _order_of(self, row: Row) -> str | None:
        """maestro* key of the change order that brought a modification from Procore; None: it was entered here."""
        order = change_order_of(self.context, row)
        return order if is_from_procore(self.context, order) else None

    # --- change orders ---

    def add_change_orders(self) -> None:
        """The owner's change orders: maestro*'s modifications that they brought, and Procore's approved packages."""
        mine: dict[str, list[Row]] = defaultdict(list)
        for row in self.changes:
            if self._is_cost(row) and (order := self._order_of(row)) is not None:
                mine[order].append(row)
        owners, packages = self.context.owners("change-orders"), self._records("change-orders")
        by_key = {key: number for number, key in owners.items()}
        for key in sorted({*mine, *(owners[n] for n, p in packages.items() if n in owners and is_owners(p))}):
            package = packages.get(by_key.get(key, 0))
            self._add_change_order(key, mine.get(key, ()), package)
        for number, package in sorted(packages.items()):
            if number not in owners and is_owners(package):
                self._add_alone(package)
            elif self.is_of_commitments and not is_owners(package):
                self._add_other_side(package)

    def _held(self, package: Record | None) -> Amounts:
        if package is None or package.values.get("status") != APPROVED:
            return {}
        return self.books.scheduled(package)

    def _add_change_order(self, key: str, rows: Sequence[Row], package: Record | None) -> None:
        amounts: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in rows:
            amounts[self._code(row)] += exact(row.get("amount"))
        days = [row.get("entry_date") for row in rows]
        day = days[0] if days else package.values.get("approved_date") if package is not None else None
        held, waits = ({}, OTHER_COLUMN) if self.is_of_commitments else (self._held(package), OTHER_BUDGET)
        number = self.books.local(key)
        found = Found(number, self.books.currency, amounts, held, day, is_linked=True, waits=waits)
        self.tally.add(found, (BUDGETS, CHANGES), REVISED_BUDGET)

    def _add_alone(self, package: Record) -> None:
        if self.is_of_commitments:
            return
        told = self.books.told("change-orders", package.key)
        name = f"P-{package.values.get('package') or package.number or package.key}"
        found = Found(
            name,
            self.books.currency,
            {},
            self._held(package),
            package.values.get("approved_date"),
            waits="" if told is not None else ONLY_IN_PROCORE,
            problem=told,
        )
        self.tally.add(found, (BUDGETS, CHANGES), REVISED_BUDGET)

    def _add_other_side(self, package: Record) -> None:
        """The view counts commitments' change orders as budget changes, which maestro*'s budget does not hold."""
        name, day = str(package.number or package.key), package.values.get("approved_date")
        found = Found(name, self.books.currency, {}, self._held(package), day, waits=OTHER_COLUMN)
        self.tally.add(found, (BUDGETS, CHANGES), REVISED_BUDGET)

    # --- the whole ---

    def add_what_is_no_sum(self) -> None:
        """maestro*'s modified budget, as far as it is another one than its original and its modifications."""
        apart: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in self._table("m_budget"):
            if self._is_cost(row):
                apart[self._code(row)] += exact(row.get("modified_cost")) - exact(row.get("original_cost"))
        for row in self.changes:
            if self._is_cost(row):
                apart[self._code(row)] -= exact(row.get("amount"))
        for code, amount in sorted(apart.items()):
            if amount:
                self.tally.add(Found(code, self.books.currency, {code: amount}, {}, left_out=NO_SUM), REVISED_BUDGET)


def counts_commitments(books: Books) -> bool:
    """Whether the view's Approved COs are those of commitments: Procore's own pages say both (procore-api.md §6.6).

    They are when the two columns hold the same on every code, something at all, and not what the owner's come to.
    """
    approved, of_commitments = (BUDGETS, CHANGES), (COMMITMENTS, CHANGES)
    pairs = [(amount_in(row, approved), amount_in(row, of_commitments)) for row in books.rows]
    if not any(first for first, _ in pairs) or any(first != second for first, second in pairs):
        return False
    owners: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for package in books.context.records.get("change-orders", ()):
        if is_owners(package) and not package.is_gone and package.values.get("status") == APPROVED:
            for code, amount in books.scheduled(package).items():
                owners[code] += amount
    shown: Mapping[str, Decimal] = {
        books.names.get(row.get("wbs_code_id") or 0, ""): amount_in(row, approved) for row in books.rows
    }
    return {c: a for c, a in owners.items() if a} != {c: a for c, a in shown.items() if a}
