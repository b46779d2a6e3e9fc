"""Change Orders (←), commitment and owner side: mapping and rules.

A package on a subcontract changes the order; one on the owner's contract is billed and raises the budget. One on a
purchase order becomes an extension of the order (model/order_extensions.py) and is only shown here.
Source: maestro-interface.md §§3.8, 3.9.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from maestro_procore.model import owners_changes
from maestro_procore.model.change_order_words import (
    CLUES,
    COMMITMENTS,
    ELEMENT,
    MEMO,
    NUMBER_LENGTH,
    STATUS,
    TITLE,
    TOTAL,
    Changed,
    Contract,
    Words,
    attributes,
    changed_contract,
    dropped_lines,
    number_of,
    target_of,
    wants_detail,
    with_target,
    words_of,
)
from maestro_procore.model.charges import order_key
from maestro_procore.model.customers import MAY_BE_BILLED
from maestro_procore.model.document_rules import Documents, Found, Lock, lines_named, shown_number
from maestro_procore.model.mapping import Document, ElementMap, Field, Record, TableUse
from maestro_procore.model.orders import TABLES, against_supplier
from maestro_procore.model.problems import Problem
from maestro_procore.model.pulled import names_of, plan_documents
from maestro_procore.model.rules import Context, Item, Rules, Subject, Writes
from maestro_procore.model.schedules import LINE_COLUMNS, held_line, schedules_of, total_of
from maestro_procore.model.status import ActionKind
from maestro_procore.model.value_maps import SKIP
from maestro_procore.model.values import Kind, Value

EXTENSIONS: Final = "order-extensions"
COST, SELL = "cost", "sell"
_MARKUP: Final = {"fr": "Majoration", "en": "Markup"}
# Statuses of maestro* that both mean that the change order holds.
_HOLDS: Final = frozenset({"approved", "submitted", "transferred"})
PENDING, NON_BILLABLE = "pending", "non_billable"
_NEVER_TRANSFERRED: Final = frozenset({"rejected", NON_BILLABLE})


def _locate(key: str) -> Mapping[str, Any]:
    project, _, number = key.partition("/")
    return {"project_code": project, "co_no": number}


MAP = ElementMap(
    element=ELEMENT,
    table="m_change_order",
    key_column="co_no",
    resources=("change-order-packages",),
    number="number",
    active="is_active",
    fields=(
        Field("number", "co_no", "number", Kind.CODE, NUMBER_LENGTH, 255, is_identity=True, shown=True),
        Field("contract", "contract", "contract", Kind.CODE, is_identity=True, shown=True),
        TITLE,
        STATUS,
        TOTAL,
        Field("approved_date", "approved_date", "approved_on", Kind.DATE, shown=True),
        MEMO,
        Field("lines", "m_change_order_line", "line_items", Kind.LINES),
    ),
    title="title",
    read_procore=attributes,
    clues=CLUES,
    tables=(
        TableUse("m_change_order", "project_code"),
        TableUse("m_change_order_line", "co_id", "m_change_order.co_id"),
        *TABLES,
        TableUse("m_contract", "project_code"),
        TableUse("m_customer"),
        TableUse("m_period"),
    ),
    needs=(*COMMITMENTS, "prime-contracts", EXTENSIONS, "customers", "suppliers", "cost-codes", "tax-codes"),
    detail="change-order-packages",
    wants_detail=wants_detail,
    header=("status", "grand_total", "title"),
    further=owners_changes.FURTHER,
    document=Document(
        lines={"lines": "m_change_order_line"},
        parent="co_id",
        counted="co_id",
        locate=_locate,
        columns=("side", *LINE_COLUMNS, "order_id", "supplier_code"),
    ),
)


# --- maestro* -------------------------------------------------------------------------------------


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    """The project's change orders with their lines; key "PROJ/number", as numbers repeat from project to project."""
    by_order: defaultdict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for line in context.tables.get("m_change_order_line", ()):
        by_order[line["co_id"]].append(line)
    orders = {row["order_id"]: row for row in context.tables.get("m_order", ())}
    usual = context.scope.row.get("currency")
    rows = ({"currency": usual, **row} for row in context.tables.get("m_change_order", ()))
    return [_record(element_map, row, by_order[row["co_id"]], orders) for row in rows]


def _record(
    element_map: ElementMap,
    row: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    orders: Mapping[Any, Mapping[str, Any]],
) -> Record:
    ordered = sorted(lines, key=lambda line: int(line.get("line_no") or 0))
    try:
        read = [_held(line) for line in ordered]
        # Bought: what the supplier gets; sold: what the owner pays.
        side = SELL if row.get("do_invoicing") else COST
        total: str | None = total_of(line for line in read if line["side"] == side)
    except ValueError:
        read, total = [{"amount": str(line.get("amount"))} for line in ordered], "?"
    order: Mapping[str, Any] = next((orders[n] for line in ordered if (n := line.get("order_id")) in orders), {})
    status = "approved" if row.get("status") in _HOLDS else row.get("status")
    seen = {**row, "status": status, "m_change_order_line": read, "total": total}
    seen["contract"] = order_key(order) if order else row.get("project_code")
    seen["currency"] = order.get("currency") or row.get("currency")
    record = element_map.from_maestro(seen)
    key, values = f"{row['project_code']}/{str(row['co_no']).strip()}", {**record.values, "natural": record.number}
    return replace(record, key=key, values=values, facts={**row, "lines": tuple(ordered)})


def _held(line: Mapping[str, Any]) -> dict[str, Any]:
    supplier = Kind.CODE.read(line.get("supplier_code"))
    return _columns(held_line(line), str(line.get("side")), line.get("order_id"), supplier)


def _columns(line: Mapping[str, Any], side: str, order_id: Any, supplier: Value) -> dict[str, Any]:
    """A line in the columns of m_change_order_line, which knows neither project nor tax code."""
    kept = {name: value for name, value in line.items() if name not in ("project_code", "tax_code")}
    return {**kept, "side": side, "order_id": order_id, "supplier_code": supplier}


def _lock(record: Record) -> Lock:
    """Transferred change orders stay until accounting moves them back to Approved."""
    facts = record.facts
    is_line_transferred = any(line.get("transferred") for line in facts.get("lines", ()))
    return Lock(facts.get("status") == "transferred" or bool(facts.get("transferred_at")) or is_line_transferred)


# --- Procore --------------------------------------------------------------------------------------


def _prepare(record: Record, context: Context) -> Record:
    """A package in maestro*'s words; what has none is a fault of it."""
    target = target_of(record, context)
    changed = changed_contract(record, context)
    number, fault = number_of(record, changed)
    record = replace(record, number=number)
    shown: dict[str, Value] = {"contract": changed.key or None, "number": number, "kind": changed.kind}
    shown |= {"natural": number, "shown": number}
    if target is None:
        unmapped = Problem("CO-08", {"status": record.values.get("status") or "–"})
        return with_target(record, None, (unmapped,), **shown)
    if target == SKIP:
        return with_target(record, target, (), **shown)
    shown["status"] = target
    if record.values.get("several"):
        fault = Problem("CO-16", {"no": number or "–"})
    own = tuple(problem for problem in (changed.fault, fault) if problem is not None)
    if own or changed.kind is Contract.PURCHASE_ORDER or number is None:
        return with_target(record, target, (*record.faults, *own), **shown)
    words = words_of(record, context, number, changed.kind is Contract.OWNER)
    lines = _sold(words, context) if changed.kind is Contract.OWNER else _bought(words, changed)
    dropped = dropped_lines(record, context, number) if not words.faults else False
    if target == NON_BILLABLE:  # nobody pays for it: entered without amounts (maestro-interface.md §3.9)
        lines, words, dropped = [], replace(words, markup=None), False
    if target == PENDING:
        shown["approved_date"] = None
    shown |= {"supplier_code": Kind.CODE.read(changed.order.get("supplier_code")), "markup": words.markup}
    shown |= {"has_dropped": dropped}
    side = SELL if changed.kind is Contract.OWNER else COST
    total = total_of(line for line in lines if line["side"] == side) if words.total is not None else None
    shown |= {"lines": Kind.LINES.read(lines), "total": total}
    return with_target(record, target, (*record.faults, *own, *words.faults), **shown)


def _bought(words: Words, changed: Changed) -> list[dict[str, Any]]:
    """The cost of a change of an order."""
    supplier = Kind.CODE.read(changed.order.get("supplier_code"))
    return [_columns(line, COST, changed.order.get("order_id"), supplier) for line in words.lines]


def _sold(words: Words, context: Context) -> list[dict[str, Any]]:
    """What the owner pays: into the budget of each code, then to be billed, with the markup there only."""
    schedules = schedules_of(context)
    cost = [_columns(line, COST, None, None) for line in words.lines]
    first = max((int(line["line_no"]) for line in cost), default=0)
    sell = [
        {**line, "side": SELL, "line_no": first + place, "group_code": schedules.revenue_group}
        for place, line in enumerate(cost, start=1)
    ]
    if words.markup is not None:
        blank = dict.fromkeys(("quantity", "unit", "unit_price", "order_id", "supplier_code"))
        sell.append({
            **blank, "line_no": first + len(sell) + 1, "side": SELL, "group_code": schedules.revenue_group,
            "activity_code": cost[0]["activity_code"] if cost else None,
            "description": _MARKUP.get(context.settings.language, _MARKUP["en"]), "amount": words.markup,
        })  # fmt: skip
    return [*cost, *sell]


# --- what stands against entering it ---------------------------------------------------------------


def _checks(found: Found, subject: Subject) -> list[Problem]:
    if set(found.writes) == {"status"}:
        return []
    record, context = found.record, subject.around
    schedules, number = schedules_of(context), shown_number(record)
    told: list[Problem] = []
    if context.scope.row.get("status") == "1":
        told.append(Problem("SC-04", {"project": context.scope.project}))
    if record.values.get("kind") == Contract.OWNER:
        told += _against_customer(context)
        if record.values.get("markup"):
            told.append(Problem("CO-09", {"amount": record.values["markup"]}))
    else:
        paid = replace(record, values={**record.values, "supplier": record.values.get("supplier_code")})
        told += against_supplier(paid, schedules)
    activities = sorted({str(activity) for (activity,) in lines_named(record, ("activity_code",)) if activity})
    barred = (a for a in activities if a in schedules.activities and not schedules.is_chargeable(a))
    told += [Problem("COD-07", {"activity": activity}) for activity in barred]
    stands = found.mine.values.get("status") if found.mine is not None else None
    if stands in _NEVER_TRANSFERRED and "status" not in found.writes:
        told.append(Problem("CO-08", {"status": stands}))
    return [*told, Problem("CO-06", {"no": number})] if record.values.get("has_dropped") else told


def _against_customer(context: Context) -> list[Problem]:
    """The owner must be a customer of maestro* that may be billed, and be linked with a company of Procore."""
    project = context.scope.project
    customers = {row["customer_code"]: row for row in context.tables.get("m_customer", ())}
    contracts = context.tables.get("m_contract", ())
    code = next((row["customer_code"] for row in contracts if row.get("customer_code")), None)
    code = code or context.scope.row.get("customer_code")
    known = {*context.links.get("customers", {}), *context.pending.get("customers", ())}
    is_good = code in known and customers.get(code, {}).get("status") in MAY_BE_BILLED
    return [] if is_good else [Problem("CO-05", {"project": project})]


# --- entering it ----------------------------------------------------------------------------------


def _new(record: Record, subject: Subject) -> tuple[Writes, str]:
    """Columns of a new change order besides the mapped ones: approved, never transferred, in an open period."""
    context = subject.around
    is_owners = record.values.get("kind") == Contract.OWNER
    row: Writes = {
        "co_no": record.number,
        "project_code": context.scope.project,
        "level": "unit",
        "entered_date": open_day(record.values.get("approved_date") or _today(context), context),
        "do_invoicing": is_owners,
        "do_orders": not is_owners,
        "do_budget": is_owners,
        "final_transfer": False,
    }
    return row, f"{context.scope.project}/{record.number}"


def _today(context: Context) -> Value:
    """Of what nobody has approved yet."""
    today = context.settings.today
    return today.isoformat() if today is not None else None


def open_day(day: Value, context: Context) -> Value:
    """The day itself, or the first day after it whose period is open: nothing is entered into a closed period."""
    if not isinstance(day, str):
        return day
    periods = sorted(
        (str(Kind.DATE.read(row["start_date"])), str(Kind.DATE.read(row["end_date"])), row.get("status"))
        for row in context.tables.get("m_period", ())
    )
    if not any(first <= day <= last and status == "closed" for first, last, status in periods):
        return day
    return next((first for first, _, status in periods if first > day and status == "open"), day)


DOCUMENTS: Final = Documents(
    skipped="CO-02",
    transferred="CO-07",
    moved_here="CO-12",
    taken="CO-13",
    differing="CO-14",
    ended="CO-07",
    lock=_lock,
    checks=_checks,
    new=_new,
    creates=frozenset({"approved", PENDING, NON_BILLABLE}),  # the last two where Configuration says so
    is_marked=False,
    can_end_transferred=False,
)


def _plan(subject: Subject) -> list[Item]:
    """The change orders of maestro*'s own table; those of purchase orders are shown with what has become of them."""
    packages = [r for r in subject.procore if r.values.get("kind") != Contract.PURCHASE_ORDER]
    others = [r for r in subject.procore if r.values.get("kind") == Contract.PURCHASE_ORDER]
    extended = subject.around.owners(EXTENSIONS)
    shown = [_elsewhere(record, extended.get(record.procore_id)) for record in others]
    if subject.selection is not None:
        shown = [item for item in shown if names_of(item) & subject.selection]
    return plan_documents(replace(subject, procore=packages), DOCUMENTS) + shown


def _elsewhere(record: Record, extension: str | None) -> Item:
    """A package on a purchase order. CO-01 stops it here, where people look for it."""
    target = record.values.get("target")
    if extension is not None:
        return Item(None, record, None, is_linked=True)
    if target != "approved" or record.is_gone:
        told = (Problem("CO-02", {"no": shown_number(record)}),)
        return Item(None, record, None, problems=told, is_in_scope=False)
    if record.faults:
        return Item(None, record, ActionKind.SKIP, problems=record.faults)
    return Item(None, record, None, problems=(Problem("CO-15", {"no": shown_number(record)}),))


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    question="CO-14",
    planner=_plan,
    assemble=_assemble,
    prepare=_prepare,
    leaves_out=owners_changes.leaves_out,
)
