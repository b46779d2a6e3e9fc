"""Orders of maestro* as documents that come from Procore: their rows, what locks them, what stands against one.

Shared by commitments (model/commitments.py) and extensions of orders (model/order_extensions.py).
Source: maestro-interface.md §§3.6, 3.7, 5.1.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from maestro_procore.model.charges import order_key
from maestro_procore.model.document_rules import Found, Lock, lines_named, shown_number
from maestro_procore.model.mapping import Document, ElementMap, Record, TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Subject, Writes
from maestro_procore.model.schedules import LINE_COLUMNS, Schedules, held_line, schedules_of, total_of
from maestro_procore.model.values import Kind, Value, exact_number

Row = Mapping[str, Any]

TABLES = (
    TableUse("m_project", "project_code"),
    TableUse("m_order", "project_code"),
    TableUse("m_order_line", "order_id", "m_order.order_id"),
    TableUse("m_activity", "project_code"),
    TableUse("m_budget", "project_code"),
    TableUse("m_cost_group"),
    TableUse("m_supplier"),
    TableUse("m_unit"),
    TableUse("m_tax_code"),
    TableUse("m_terms"),
)


def _locate(key: str) -> Row:
    number, _, extension = key.partition("/")
    return {"order_no": number, "extension": int(extension or 0)}


DOCUMENT = Document(
    lines={"lines": "m_order_line"},
    parent="order_id",
    counted="order_id",
    locate=_locate,
    columns=("project_code", *LINE_COLUMNS, "tax_code"),
    belongs=("project_code", "kind"),
    foreign="external_no",
)


def lines_by_order(context: Context) -> dict[Any, list[Row]]:
    """order_id → its lines in their order."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for line in context.tables.get("m_order_line", ()):
        found[line["order_id"]].append(line)
    return {order: sorted(lines, key=lambda line: int(line["line_no"])) for order, lines in found.items()}


def held_order(element_map: ElementMap, row: Row, lines: Sequence[Row]) -> Record:
    """An order of maestro* as a record, its lines as one value; its key is its number with the extension."""
    try:
        read = [held_line(line) for line in lines]
        total: str | None = total_of(read)
    except ValueError:
        # Shown and compared as it stands there; VAL-01 says what is wrong.
        read, total = [{"amount": str(line.get("amount"))} for line in lines], "?"
    record = element_map.from_maestro({**row, "m_order_line": read, "total": total})
    values = {**record.values, "natural": Kind.TEXT.read(row.get("external_no"))}
    return replace(record, key=order_key(row), values=values, facts={**row, "lines": tuple(lines)})


def lock_of_order(record: Record) -> Lock:
    """Transferred orders and invoiced lines stay as they are."""
    facts = record.facts
    invoiced = (line for line in facts.get("lines", ()) if _is_invoiced(line))
    return Lock(bool(facts.get("transferred")), frozenset(int(line["line_no"]) for line in invoiced))


def _is_invoiced(line: Row) -> bool:
    amounts = (exact_number(line.get(name)) or Decimal(0) for name in ("amt_invoiced", "qty_invoiced"))
    return any(amount != 0 for amount in amounts)


def supplier_of(record: Record, schedules: Schedules) -> Row:
    """The m_supplier row of a document's supplier; empty when there is none."""
    return schedules.suppliers.get(str(record.values.get("supplier") or ""), {})


def checks(found: Found, subject: Subject) -> list[Problem]:
    """What stands against writing an order, whatever kind: project, supplier, currency, date, lines."""
    record, context = found.record, subject.around
    schedules = schedules_of(context)
    if set(found.writes) == {"status"}:
        return []  # an order that ends or is received needs nothing of this
    told: list[Problem] = []
    if context.scope.row.get("status") == "1":
        told.append(Problem("SC-04", {"project": context.scope.project}))
    told += against_supplier(record, schedules)
    if not record.values.get("order_date"):
        told.append(Problem("PO-07", {"no": shown_number(record)}))
    if "m_order_line" in found.writes:
        told += against_lines(record, schedules)
    return told


def against_supplier(record: Record, schedules: Schedules) -> list[Problem]:
    """Blocked or closed, or paid in another currency: amounts are never converted."""
    supplier = supplier_of(record, schedules)
    code = str(record.values.get("supplier") or "")
    told = [Problem(_CLOSED[supplier["status"]], {"code": code})] if supplier.get("status") in _CLOSED else []
    theirs = currency_of(record, schedules.context)
    mine = str(supplier.get("currency") or schedules.context.settings.currency).upper()
    if supplier and theirs != mine:
        told.append(Problem("PO-15", {"a": theirs, "b": mine, "code": code}))
    return told


_CLOSED = {"B": "SUP-02", "1": "SUP-03"}


def currency_of(record: Record, context: Context) -> str:
    """The currency of a document of Procore: its own, else its project's, else the company's."""
    own = record.values.get("currency")
    return str(own or context.scope.row.get("currency") or context.settings.currency).upper()


def against_lines(record: Record, schedules: Schedules) -> list[Problem]:
    """No line at all, or lines on activities that nothing may be charged to."""
    charged = lines_named(record, ("activity_code",))
    if not charged:
        return [Problem("PO-02", {"no": shown_number(record)})]
    activities = sorted({str(activity) for (activity,) in charged})
    barred = (a for a in activities if a in schedules.activities and not schedules.is_chargeable(a))
    return [Problem("COD-07", {"activity": activity}) for activity in barred]


def in_words(record: Record, context: Context) -> tuple[dict[str, Value], list[Problem]]:
    """The lines and the total of a document of Procore in maestro*'s words, and what could not be translated."""
    schedules = schedules_of(context)
    lines, problems = schedules.read(record.values.get("lines"), shown_number(record), record_element(record))
    if lines and not any(line["group_code"] for line in lines):
        problems.insert(0, Problem("PO-02", {"no": shown_number(record)}))
    total = None if any(p.code == "VAL-01" for p in problems) or not record.values.get("is_whole") else total_of(lines)
    return {"lines": Kind.LINES.read(lines), "total": total}, problems


def record_element(record: Record) -> str:
    """The element whose field labels a fault of a record uses."""
    return str(record.values.get("element") or "purchase-orders")


def new_order(kind: str, record: Record, subject: Subject) -> Writes:
    """Columns of a new order besides the mapped ones: never transferred, in the supplier's terms."""
    context = subject.around
    supplier = supplier_of(record, schedules_of(context))
    currency = currency_of(record, context)
    return {
        "kind": kind,
        "extension": 0,
        "project_code": context.scope.project,
        "contract_type": "regular",
        "terms_code": supplier.get("terms_code"),
        "tax_code": supplier.get("tax_code"),
        "currency": currency,
        "exchange_rate": "1" if currency == subject.settings.currency else None,
        "accrual": kind == "SC" and any(row.get("accrual_subcontracts") for row in context.tables.get("m_project", ())),
        "transferred": False,
    }
