"""Commitments of a reconciliation: orders and their change orders of both sides, before tax.

Original, approved changes and revised. A purchase order's change is an extension of the order in maestro*, a
subcontract's is a change order. What counts as committed follows Procore's standard view (maestro-interface.md §3.9).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from maestro_procore.model.charges import COMMITMENTS as KINDS
from maestro_procore.model.charges import order_key
from maestro_procore.model.mapping import Record
from maestro_procore.model.reconciled_records import Amounts, Books, Found, Row, Tally
from maestro_procore.model.reconciliation import (
    CHANGES,
    COMMITMENTS,
    ONLY_IN_PROCORE,
    ORIGINAL,
    OTHER_STATUS,
    REVISED,
    Figure,
    Side,
)

ORDER: Final[tuple[Figure, ...]] = ((COMMITMENTS, ORIGINAL), (COMMITMENTS, REVISED))
CHANGE: Final[tuple[Figure, ...]] = ((COMMITMENTS, CHANGES), (COMMITMENTS, REVISED))
COMMITTED: Final[Mapping[str, frozenset[str]]] = {
    "purchase-orders": frozenset({"approved", "partially received"}),
    "subcontracts": frozenset({"approved", "complete"}),
}
"""Statuses of Procore, in lower case, whose amounts its standard view counts."""
APPROVED: Final = "approved"
NOT_COMMITTED: Final = frozenset({"pending", "cancelled"})
"""States of m_order that promise nothing (yet)."""
HOLDS: Final = frozenset({"approved", "submitted", "transferred"})
"""States of m_change_order whose amounts count."""


def is_owners(package: Record) -> bool:
    """Whether a package changes the contract with the owner."""
    return str(package.values.get("type") or "").startswith("Prime")


def commitments_side(books: Books) -> Side:
    """Orders, their changes, and what only Procore has committed."""
    work = _Work(books)
    for row in books.context.tables.get("m_order", ()):
        work.add_order(row)
    for row in books.context.tables.get("m_change_order", ()):
        work.add_change(row)
    work.add_others()
    return work.tally.side()


class _Work:
    """One project's commitments."""

    def __init__(self, books: Books) -> None:
        self.books, self.tally, context = books, Tally(books), books.context
        self.orders = {row["order_id"]: row for row in context.tables.get("m_order", ())}
        self.order_lines = _by(context.tables.get("m_order_line", ()), "order_id")
        self.change_lines = _by(context.tables.get("m_change_order_line", ()), "co_id")
        self.records = {kind: _present(context.records.get(kind, ())) for kind in (*KINDS, "change-orders")}
        self.seen: dict[str, set[int]] = {kind: set() for kind in self.records}

    def _partner(self, kind: str, link_kind: str, key: str) -> tuple[int | None, Record | None]:
        number = self.books.context.links.get(link_kind, {}).get(key)
        if number is None:
            return None, None
        self.seen[kind].add(number)
        return number, self.records[kind].get(number)

    def _currency(self, row: Row) -> str:
        return str(row.get("currency") or self.books.currency).upper()

    # --- maestro*'s records ---

    def add_order(self, row: Row) -> None:
        """An order, or an extension of one, which stands for a change order."""
        amounts = self.books.on_codes(self.order_lines[row["order_id"]])
        key, is_extension = order_key(row), bool(row.get("extension"))
        counts = row.get("status") not in NOT_COMMITTED
        if is_extension:
            number, partner = self._partner("change-orders", "order-extensions", key)
            held, is_counted = self._changed(partner), partner is not None and partner.values.get("status") == APPROVED
        else:
            kind = "subcontracts" if row.get("kind") == "SC" else "purchase-orders"
            number, partner = self._partner(kind, kind, key)
            held, is_counted = self._committed(kind, partner, amounts if counts else {})
        self.tally.add(
            Found(
                key,
                self._currency(row),
                amounts if counts else {},
                held,
                day=row.get("order_date"),
                is_linked=number is not None,
                # One side counts it because of its status alone: nothing that a synchronization would change.
                waits=OTHER_STATUS if partner is not None and is_counted != counts else "",
                problem=self.books.told("order-extensions" if is_extension else kind, key),
            ),
            *(CHANGE if is_extension else ORDER),
        )

    def add_change(self, row: Row) -> None:
        """A change order of maestro* that changes orders; the owner's are in the budget."""
        lines = [line for line in self.change_lines[row["co_id"]] if line.get("side") == "cost"]
        on_orders = [line for line in lines if line.get("order_id") is not None]
        if not on_orders:
            return
        key = f"{row['project_code']}/{str(row['co_no']).strip()}"
        number, partner = self._partner("change-orders", "change-orders", key)
        counts = row.get("status") in HOLDS
        order = self.orders.get(on_orders[0]["order_id"], {})
        is_counted = partner is not None and partner.values.get("status") == APPROVED
        self.tally.add(
            Found(
                str(row["co_no"]).strip(),
                self._currency(order),
                self.books.on_codes(on_orders) if counts else {},
                self._changed(partner),
                day=row.get("approved_date") or row.get("entered_date"),
                is_linked=number is not None,
                waits=OTHER_STATUS if partner is not None and is_counted != counts else "",
                problem=self.books.told("change-orders", key),
            ),
            *CHANGE,
        )

    # --- Procore's ---

    def _committed(self, kind: str, record: Record | None, meant: Amounts) -> tuple[Amounts, bool]:
        """What a commitment commits by code, and whether its status counts.

        One whose lines were never opened is taken to hold what both sides agreed on; the view tells if it does not.
        """
        if record is None or str(record.values.get("status")).casefold() not in COMMITTED[kind]:
            return {}, False
        held = self.books.scheduled(record)
        return (held if held or record.values.get("is_whole") else meant), True

    def _changed(self, record: Record | None) -> Amounts:
        if record is None or record.values.get("status") != APPROVED:
            return {}
        return self.books.scheduled(record)

    def add_others(self) -> None:
        """Commitments and their approved changes that maestro* lacks: refused, waiting, or not brought yet."""
        for kind in KINDS:
            for record in self._alone(kind):
                held, _ = self._committed(kind, record, {})
                self._add_alone(kind, record, held, record.values.get("order_date"), ORDER)
        for package in self._alone("change-orders"):
            if not is_owners(package):
                held = self._changed(package)
                self._add_alone("change-orders", package, held, package.values.get("approved_date"), CHANGE)

    def _alone(self, kind: str) -> Iterator[Record]:
        return (record for number, record in sorted(self.records[kind].items()) if number not in self.seen[kind])

    def _add_alone(self, kind: str, record: Record, held: Amounts, day: Any, figures: tuple[Figure, ...]) -> None:
        told = self.books.told(kind, record.key)
        currency = str(record.values.get("currency") or self.books.currency).upper()
        name = str(record.values.get("external_no") or record.values.get("package") or record.number or "–")
        waits = "" if told is not None else ONLY_IN_PROCORE
        self.tally.add(Found(name, currency, {}, held, day=day, waits=waits, problem=told), *figures)


def _by(rows: Iterable[Row], column: str) -> Mapping[Any, list[Row]]:
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _present(records: Iterable[Record]) -> dict[int, Record]:
    return {record.procore_id: record for record in records if not record.is_gone}
