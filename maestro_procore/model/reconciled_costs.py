"""Costs of a reconciliation: maestro*'s cost to date against Procore's approved direct costs.

maestro* cost to date − invoiced on linked commitments − not transferred − after the cut-off − project, code or record
not linked or in error = expected. Which of these holds is told by the same rules that send the costs (charges.py).
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from maestro_procore.model import charges
from maestro_procore.model.budget_codes import text
from maestro_procore.model.charges import Cost, costs_of, stays, stops
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciled_records import Amounts, Books, Found, Tally, exact
from maestro_procore.model.reconciliation import (
    COSTS,
    NOT_TRANSFERRED,
    ON_COMMITMENT,
    ONLY_IN_PROCORE,
    TO_DATE,
    ZERO,
    Side,
    amount_in,
)

FIGURE: Final = (COSTS, TO_DATE)
_STAYS: Final = {"CST-04": ON_COMMITMENT}


def costs_side(books: Books) -> Side:
    """The transactions of the project, then the direct costs that only Procore has."""
    work = _Work(books)
    for cost in costs_of(work.ledger):
        work.add(cost)
    work.add_others()
    return work.tally.side(work.aside(), work.added_lines())


class _Work:
    """One project's transactions and what Procore holds of them."""

    def __init__(self, books: Books) -> None:
        self.books, self.ledger, self.tally = books, charges.Books(books.context), Tally(books)
        self.links = books.context.links.get("costs", {})
        self.seen: set[int] = set()
        self.taxes: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        self.holdback: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        records = books.context.records
        self.headers = {r.procore_id: r for r in records.get("costs", ()) if not r.is_gone}
        self.lines: defaultdict[str, list[Record]] = defaultdict(list)
        for line in records.get("cost-lines", ()):
            if not line.is_gone:
                self.lines[str(line.values.get("direct_cost"))].append(line)

    def add(self, cost: Cost) -> None:
        number = self.links.get(cost.key)
        if number is not None:
            self.seen.add(number)
        reason = stays(cost, self.ledger)
        told = reason or next(iter(stops(cost, self.ledger)), None) or self.books.told("costs", cost.key)
        amounts: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for charge in cost.charges:
            amounts[self.books.codes.shown(charge.activity, charge.group)] += charge.amount
        self.tally.add(
            Found(
                f"{cost.number} {text(cost.row.get('document_no'))}".strip(),
                cost.currency,
                amounts,
                self._held(number),
                day=cost.row.get("accounting_date"),
                is_linked=number is not None,
                left_out=_STAYS.get(reason.code, NOT_TRANSFERRED) if reason is not None else "",
                problem=told,
            ),
            FIGURE,
        )
        self.holdback[cost.currency] += exact(cost.row.get("holdback_amt"))

    def _held(self, number: int | None) -> Amounts:
        """Code → what the lines of a direct cost hold; only approved ones count in a budget."""
        header = self.headers.get(number) if number is not None else None
        found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        if header is not None and header.values.get("status") == "approved":
            for line in self.lines[header.key]:
                wbs = str(line.values.get("budget_code") or "")
                code = self.books.names.get(int(wbs), wbs) if wbs.isdecimal() else "–"
                found[code] += exact(line.values.get("amount"))
        return found

    def add_others(self) -> None:
        """What Procore holds and no transaction charges: entered there, or charged in maestro* no longer."""
        owners = {number: key for key, number in self.links.items()}
        for number, header in sorted(self.headers.items()):
            if number in self.seen:
                continue
            key = owners.get(number)
            self.tally.add(
                Found(
                    key or f"{text(header.values.get('document'))} #{number}".strip(),
                    str(header.values.get("currency") or self.books.currency),
                    {},
                    self._held(number),
                    day=header.values.get("date"),
                    is_linked=key is not None,
                    waits="" if key is not None else ONLY_IN_PROCORE,
                ),
                FIGURE,
            )

    def aside(self) -> Mapping[tuple[str, str], Decimal]:
        """Taxes and holdback of the transactions that charge the project: shown, never compared."""
        rows = {row["trans_id"]: row for row in self.books.context.tables.get("m_transaction", ())}
        for line in self.books.context.tables.get("m_transaction_line", ()):
            row = rows.get(line["trans_id"])
            if row is not None and line.get("group_code") not in self.ledger.revenue_groups:
                self.taxes[str(row.get("currency") or self.books.currency).upper()] += exact(line.get("tax_amount"))
        shown = {"taxes": self.taxes, "holdback": self.holdback}
        return {(name, currency): amount for name, sums in shown.items() for currency, amount in sums.items() if amount}

    def added_lines(self) -> list[Problem]:
        """CST-05 of each budget line of 0.00 that stands there for costs alone."""
        budgeted = self.books.on_codes(self.books.context.tables.get("m_budget", ()))
        found = []
        for row in self.books.rows:
            code = self.books.names.get(row.get("wbs_code_id") or 0, "")
            is_line = row.get("id") is not None and not amount_in(row, ("budgets", "original"))
            if is_line and code not in budgeted and amount_in(row, FIGURE):
                found.append(Problem("CST-05", {"wbs": code}))
        return found
