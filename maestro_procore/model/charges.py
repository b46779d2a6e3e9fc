"""What maestro* has charged to a project: transactions with their amounts per activity and group, and what holds them.

Shared by the direct costs (model/costs.py), their lines (model/cost_lines.py) and the reconciliation. Source:
reference maestro-interface.md §3.5. Amounts are before tax and before holdback, with the tax that is not recoverable.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any, Final

from maestro_procore.model.budget_codes import Codes
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context
from maestro_procore.model.values import CENTS, Kind, exact_number

Row = Mapping[str, Any]

CHARGED: Final = (
    "line_id", "trans_id", "project_code", "activity_code", "group_code", "description", "quantity", "unit", "amount",
    "tax_amount",
)  # fmt: skip
"""Columns of m_transaction_line that are looked at here. Of all tables this one has the most rows."""
PAYABLES, PAYROLL = "AP", "PR"
COMMITMENTS = ("purchase-orders", "subcontracts")
NO_COST = "billing"
"""Family of the groups whose lines are revenue."""
_VOIDED = frozenset({"void", "terminated"})
ZERO = Decimal("0.00")
LOCKS = "cost-locks"
"""Kind whose links say which costs Procore has locked."""
REVERSED, ANEW = "~r", "~n"
"""What the keys of a reversal and of what is sent in its place end with."""


@dataclass(frozen=True, slots=True)
class Charge:
    """The lines of a transaction on one activity and group of a project, as one.

    key: "transaction/project/line", line being the first of them: a line that is charged to another activity or group
    keeps its key, so that the correction reaches the record that was sent. quantity, unit: of a single line only.
    code: Procore's id of the budget code, where the activity and the group are not maestro*'s to say (a reversal).
    """

    key: str
    activity: str
    group: str
    amount: Decimal
    description: str | None = None
    quantity: str | None = None
    unit: str | None = None
    code: int | None = None


@dataclass(frozen=True)
class Cost:
    """One transaction as far as it concerns one project.

    key: "transaction/project". order: key of the commitment that it invoices, '' for none. currency: ISO code.
    is_locked: Procore keeps it as it was sent; is_reversal: what takes such a one back (versions_of).
    """

    key: str
    row: Row
    charges: tuple[Charge, ...]
    currency: str
    order: str = ""
    faults: tuple[Problem, ...] = ()
    is_locked: bool = False
    is_reversal: bool = False

    @property
    def is_settled(self) -> bool:
        """Once Procore has it, it stays as it is: one half of a reversed pair."""
        return self.is_locked or self.is_reversal

    @property
    def number(self) -> str:
        """What messages call it: the transaction's own number."""
        return str(self.row["trans_id"])

    @property
    def amount(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), ZERO)

    @property
    def supplier(self) -> str:
        """Code of the supplier, '' for none. Wages have none that anybody on site should see."""
        return "" if self.row.get("module") == PAYROLL else str(self.row.get("supplier_code") or "").strip().upper()


def order_key(row: Row) -> str:
    """maestro* key of an order: its number, and its extension where it is one ("24-0153/1")."""
    number, extension = str(row["order_no"]).strip(), int(row.get("extension") or 0)
    return f"{number}/{extension}" if extension else number


def kept_share(row: Row) -> Decimal:
    """The part of a tax code's tax that the company does not get back, from 0 to 1.

    row: of m_tax_code; rate and recoverable are both fractions of the price.
    """
    rate, recoverable = (exact_number(row.get(name)) or Decimal(0) for name in ("rate", "recoverable"))
    if rate <= 0:
        return Decimal(0)
    return min(max((rate - recoverable) / rate, Decimal(0)), Decimal(1))


def charged(amount: Decimal, tax: Decimal, share: Decimal) -> Decimal:
    """The amount of a line as the ledger charges it: the price and the tax that is not recoverable, to the cent."""
    return amount + (tax * share).quantize(CENTS, ROUND_HALF_UP)


@dataclass(frozen=True)
class Held:
    """What Procore holds of a locked cost. day: ISO date, '' when unknown."""

    day: str
    charges: tuple[Charge, ...]


class Books:
    """The tables of a context, looked up by key. Made once per plan."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def codes(self) -> Codes:
        """The budget codes of activities and groups."""
        return Codes(self.context)

    @cached_property
    def suppliers(self) -> Mapping[str, Row]:
        return {str(row["supplier_code"]).strip().upper(): row for row in self._rows("m_supplier")}

    @cached_property
    def orders(self) -> Mapping[Any, Row]:
        return {row["order_id"]: row for row in self._rows("m_order")}

    @cached_property
    def kept_shares(self) -> Mapping[str, Decimal]:
        return {str(row["tax_code"]): kept_share(row) for row in self._rows("m_tax_code")}

    @cached_property
    def revenue_groups(self) -> frozenset[str]:
        return frozenset(str(row["group_code"]) for row in self._rows("m_cost_group") if row.get("family") == NO_COST)

    @cached_property
    def closed_periods(self) -> tuple[tuple[str, str, str], ...]:
        """First day, last day and name of each closed period."""
        closed = (row for row in self._rows("m_period") if row.get("status") == "closed")
        return tuple((_day(row["start_date"]), _day(row["end_date"]), _period_name(row)) for row in closed)

    @cached_property
    def linked_orders(self) -> frozenset[str]:
        """Keys of the orders that stand in Procore as commitments; one that was voided or deleted there does not."""
        links, records = self.context.links, self.context.records
        gone = {r.procore_id for kind in COMMITMENTS for r in records.get(kind, ()) if r.is_gone or _is_void(r.values)}
        pending = (key for kind in COMMITMENTS for key in self.context.pending.get(kind, ()))
        held = (k for kind in COMMITMENTS for k, number in links.get(kind, {}).items() if number not in gone)
        return frozenset((*held, *pending))

    @cached_property
    def locked(self) -> frozenset[str]:
        """Keys of the costs that Procore does not let be corrected."""
        return frozenset(self.context.links.get(LOCKS, {}))

    def settles(self, key: str) -> bool:
        """Whether a record of Procore is one half of a reversed pair: nothing is ever sent to it again."""
        return key in self.locked or key.removesuffix(REVERSED) in self.locked

    @cached_property
    def _held_lines(self) -> Mapping[str, Sequence[tuple[str, Record]]]:
        """Key of a cost → key and record of each line that Procore has of it."""
        records = {r.procore_id: r for r in self.context.records.get("cost-lines", ()) if not r.is_gone}
        found: defaultdict[str, list[tuple[str, Record]]] = defaultdict(list)
        for key, number in sorted(self.context.links.get("cost-lines", {}).items()):
            if number in records:
                found[key.rpartition("/")[0]].append((key, records[number]))
        return found

    def held(self, key: str) -> "Held":
        """A locked cost as Procore has it."""
        number = self.context.links.get("costs", {}).get(key)
        header = next((r for r in self.context.records.get("costs", ()) if r.procore_id == number), None)
        day = header.values.get("date") if header is not None else None
        return Held(str(day) if day else "", tuple(self._charge(*line) for line in self._held_lines.get(key, ())))

    def _charge(self, key: str, line: Record) -> Charge:
        code = int(str(line.values.get("budget_code") or 0))
        names = {number: name for name, number in self.context.links.get("budget-codes", {}).items()}
        activity, kind = names.get(code, f"/{code}/").split("/", 1)[1].rsplit("/", 1)
        text, amount = line.values.get("description"), exact_number(line.values.get("amount")) or ZERO
        return Charge(key, activity, kind, amount, None if text is None else str(text), code=code)

    def is_linked(self, order: Row) -> bool:
        """Whether Procore holds the order: itself, or the order that it extends."""
        if order.get("status") == "cancelled":
            return False
        return bool(self.linked_orders & {order_key(order), str(order["order_no"]).strip()})

    def closed_period(self, day: str) -> str | None:
        """Name of the closed period that a day ("2026-11-23") lies in."""
        return next((name for first, last, name in self.closed_periods if first <= day <= last), None)

    def _rows(self, table: str) -> Sequence[Row]:
        return self.context.tables.get(table, ())


def _is_void(values: Row) -> bool:
    return str(values.get("status") or "").strip().casefold() in _VOIDED


def _day(value: Any) -> str:
    return str(Kind.DATE.read(value) or "")


def _period_name(row: Row) -> str:
    return f"{row['year']}-{int(row['period']):02d}"


def costs_of(books: Books) -> list[Cost]:
    """The transactions that charge something to the scope's project, in the order of their numbers."""
    by_transaction: defaultdict[Any, list[Row]] = defaultdict(list)
    for line in books.context.tables.get("m_transaction_line", ()):
        if line.get("project_code") == books.context.scope.project and line["group_code"] not in books.revenue_groups:
            by_transaction[line["trans_id"]].append(line)
    rows = sorted(books.context.tables.get("m_transaction", ()), key=lambda row: int(row["trans_id"]))
    costs = (_cost(books, row, by_transaction[row["trans_id"]]) for row in rows if by_transaction.get(row["trans_id"]))
    return [version for cost in costs for version in versions_of(cost, books)]


def versions_of(cost: Cost, books: Books) -> list[Cost]:
    """The transaction itself; of one that Procore has locked (409) what stands there, its reversal, and it anew.

    The three together come to what maestro* charges. Source: maestro-interface.md §3.5, Correction.
    """
    if cost.key not in books.locked:
        return [cost]
    held = books.held(cost.key)
    row = {**cost.row, **({"accounting_date": held.day} if held.day else {})}
    back, anew = f"{cost.key}{REVERSED}", f"{cost.key}{ANEW}"
    taken_back = tuple(replace(_under(back, each), amount=-each.amount) for each in held.charges)
    again = replace(cost, key=anew, charges=tuple(_under(anew, each) for each in cost.charges))
    return [
        replace(cost, row=row, charges=held.charges, faults=(), is_locked=True),
        replace(cost, row=row, key=back, charges=taken_back, faults=(), is_reversal=True),
        *versions_of(again, books),
    ]


def _under(key: str, charge: Charge) -> Charge:
    return replace(charge, key=f"{key}/{charge.key.rpartition('/')[2]}")


def _cost(books: Books, row: Row, lines: Sequence[Row]) -> Cost:
    key = f"{row['trans_id']}/{books.context.scope.project}"
    order = books.orders.get(row.get("order_id"))
    supplier = books.suppliers.get(str(row.get("supplier_code") or "").strip().upper(), {})
    # A transaction has no tax code of its own in maestro*: its order's, else its supplier's.
    tax_code = str((order or {}).get("tax_code") or supplier.get("tax_code") or "")
    share = books.kept_shares.get(tax_code, Decimal(0))
    charges, faults = _charges(key, row, lines, share)
    currency = str(row.get("currency") or books.context.settings.currency).upper()
    return Cost(key, row, charges, currency, order_key(order) if order else "", faults)


def _charges(
    key: str, row: Row, lines: Sequence[Row], share: Decimal
) -> tuple[tuple[Charge, ...], tuple[Problem, ...]]:
    together: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: int(line["line_id"])):
        together[str(line["activity_code"] or ""), str(line["group_code"] or "")].append(line)
    faults: list[Problem] = []
    charges = []
    for (activity, group), parts in together.items():
        amount = sum((_amount(part, share, str(row["trans_id"]), faults) for part in parts), ZERO)
        said: dict[str, Any] = {} if row.get("module") == PAYROLL else _said(row, parts)
        charges.append(Charge(f"{key}/{parts[0]['line_id']}", activity, group, amount, **said))
    return tuple(charges), tuple(faults)


def _amount(line: Row, share: Decimal, number: str, faults: list[Problem]) -> Decimal:
    read = []
    for column in ("amount", "tax_amount"):
        try:
            read.append(Decimal(str(Kind.MONEY.read(line.get(column)) or "0.00")))
        except ValueError:
            told = {"field": "amount", "element": "costs", "code": number, "text": str(line[column])[:80]}
            faults.append(Problem("VAL-01", told))
            read.append(ZERO)
    return charged(read[0], read[1], share)


def _said(row: Row, parts: Sequence[Row]) -> dict[str, Any]:
    """Text of a charge, and the quantity of one that is a single line. Never called for wages."""
    texts = {Kind.TEXT.read(part.get("description")) for part in parts}
    text = texts.pop() if len(texts) == 1 else Kind.TEXT.read(row.get("description"))
    said: dict[str, Any] = {"description": str(text) if text is not None else None}
    if len(parts) == 1:
        try:
            quantity, unit = Kind.QUANTITY.read(parts[0].get("quantity")), Kind.TEXT.read(parts[0].get("unit"))
        except ValueError:
            return said  # the amount stands without it
        if quantity is not None and unit is not None:
            said |= {"quantity": str(quantity), "unit": str(unit)}
    return said


# --- what may leave maestro* ----------------------------------------------------------------------


def stays(cost: Cost, books: Books) -> Problem | None:
    """Why a transaction has no place in Procore as it stands; None: it has."""
    if cost.is_settled:
        return None
    order = books.orders.get(cost.row.get("order_id"))
    if order is not None and books.is_linked(order):
        return Problem("CST-04", {"no": cost.number})
    if cost.row.get("transferred"):
        return None
    # Posted while its period was open, it counts; not posted yet, it cannot be any more.
    period = books.closed_period(_day(cost.row.get("accounting_date")))
    if period is not None:
        return Problem("CST-09", {"period": period, "no": cost.number})
    return Problem("CST-03", {"no": cost.number})


def stops(cost: Cost, books: Books) -> list[Problem]:
    """What stands against sending or correcting a transaction that belongs in Procore."""
    if cost.is_settled:
        return []  # it was sent as it is
    found = [*cost.faults, *_without_project(books.context)]
    if found:
        return found  # in a project that Procore does not have everything else would be missing too
    found += _without_supplier(cost, books.context)
    project_currency = str(books.context.scope.row.get("currency") or books.context.settings.currency).upper()
    if cost.currency != project_currency:
        told = {"no": cost.number, "a": cost.currency, "project": books.context.scope.project, "b": project_currency}
        found.append(Problem("CST-10", told))
    return found + list(_without_code(cost, books))


def _without_project(context: Context) -> list[Problem]:
    scope = context.scope
    is_there = scope.procore_id is not None or scope.project in context.pending.get("projects", ())
    return [] if is_there else [Problem("CST-01", {"project": scope.project})]


def is_invoice(cost: Cost) -> bool:
    """Whether Procore's type of it is Invoice, which wants a vendor."""
    return cost.row.get("module") == PAYABLES


def _without_supplier(cost: Cost, context: Context) -> list[Problem]:
    if not is_invoice(cost) or _has(context, "suppliers", cost.supplier):
        return []
    return [Problem("CST-02", {"code": cost.supplier, "no": cost.number})]


def _without_code(cost: Cost, books: Books) -> Iterator[Problem]:
    codes = books.codes
    for charge in cost.charges:
        pair = charge.activity, charge.group
        if codes.number(*pair) is None and not codes.is_coming(*pair):
            yield Problem("CST-11", {"activity": charge.activity, "group": charge.group, "no": cost.number})


def _has(context: Context, kind: str, key: str) -> bool:
    return key in context.links.get(kind, {}) or key in context.pending.get(kind, ())
