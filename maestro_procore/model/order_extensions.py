"""Extensions of purchase orders: what a change order of Procore on a purchase order becomes in maestro*.

A part of Change Orders without a list of its own: the packages were read with the change orders. maestro*'s extension
keeps the header of its order and has lines of its own. Source: maestro-interface.md §3.8 ([M-PO-EN]).
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from maestro_procore.model import change_orders
from maestro_procore.model.change_order_words import (
    CLUES,
    COMMITMENTS,
    ELEMENT,
    MEMO,
    STATUS,
    TITLE,
    TOTAL,
    Changed,
    Contract,
    attributes,
    changed_contract,
    number_of,
    target_of,
    with_target,
    words_of,
)
from maestro_procore.model.change_orders import EXTENSIONS
from maestro_procore.model.charges import order_key
from maestro_procore.model.document_rules import Documents, Found, lines_named
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record
from maestro_procore.model.orders import DOCUMENT, TABLES, against_supplier, held_order, lines_by_order, lock_of_order
from maestro_procore.model.problems import Problem
from maestro_procore.model.pulled import plan_documents
from maestro_procore.model.rules import Context, Item, Rules, Subject, Writes
from maestro_procore.model.schedules import schedules_of
from maestro_procore.model.values import Kind, Value, fold

MAP = ElementMap(
    element=EXTENSIONS,
    table="m_order",
    key_column="order_no",
    resources=("change-order-packages",),
    number="number",
    active="is_active",
    fields=(
        Field("number", "order_no", "number", Kind.CODE, 12, 255, is_identity=True, shown=True),
        TITLE,
        STATUS,
        TOTAL,
        Field("approved_date", "order_date", "approved_on", Kind.DATE, shown=True),
        MEMO,
        Field("lines", "m_order_line", "line_items", Kind.LINES),
    ),
    title="title",
    read_procore=attributes,
    clues=(*CLUES, Field("supplier", "supplier_code", "supplier", Kind.CODE)),
    part_of=ELEMENT,
    tables=TABLES,
    needs=(ELEMENT, *COMMITMENTS, "suppliers", "cost-codes", "tax-codes"),
    reading=Reading.NEVER,
    document=DOCUMENT,
)
_ENDED: Final = {"rejected": "cancelled", "non_billable": "cancelled"}


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    lines = lines_by_order(context)
    rows = (row for row in context.tables.get("m_order", ()) if row.get("extension") and row.get("kind") == "PO")
    return [_numbered(held_order(element_map, row, lines.get(row["order_id"], ())), row) for row in rows]


def _numbered(record: Record, row: Any) -> Record:
    """An extension that somebody typed is recognised by its order and its title, as it has no number of its own."""
    name = _name(str(row["order_no"]), record.values.get("title"))
    return replace(record, values={**record.values, "natural": name})


def _name(order_no: str, title: Value) -> str:
    return f"{order_no.strip()} {fold(str(title or ''))[:60].strip()}".upper()


def _prepare(record: Record, context: Context) -> Record:
    """A package on a purchase order as the extension that it is to be."""
    target, changed = target_of(record, context), changed_contract(record, context)
    target = _ENDED.get(target or "", target)
    number, fault = number_of(record, changed)
    order_no = str(changed.order.get("order_no") or "")
    shown: dict[str, Value] = {"number": number, "order": changed.key or None, "status": target}
    shown |= {"natural": _name(order_no, record.values.get("title")), "shown": number}
    record = replace(record, number=None)
    if not changed.order or number is None or target is None:
        return with_target(record, target, tuple(p for p in (changed.fault, fault) if p is not None), **shown)
    words = words_of(record, context, number, is_owners=False)
    shown |= {"lines": Kind.LINES.read(words.lines), "total": words.total}
    shown["supplier"] = Kind.CODE.read(changed.order.get("supplier_code"))
    return with_target(record, target, (*record.faults, *words.faults), **shown)


def _checks(found: Found, subject: Subject) -> list[Problem]:
    if set(found.writes) == {"status"}:
        return []
    schedules = schedules_of(subject.around)
    activities = sorted({str(activity) for (activity,) in lines_named(found.record, ("activity_code",))})
    barred = (a for a in activities if a in schedules.activities and not schedules.is_chargeable(a))
    told = [Problem("COD-07", {"activity": activity}) for activity in barred]
    return against_supplier(found.record, schedules) + told


# What an extension has from the order that it extends.
_KEPT: Final = (
    *("kind", "external_no", "supplier_code", "address_no", "project_code", "contract_type", "terms_code"),
    *("tax_code", "holdback_pct", "currency", "exchange_rate", "accrual", "work_order"),
)


class _Extensions:
    """Counts the extensions of each order on, within one plan."""

    def __init__(self, subject: Subject) -> None:
        self.last: dict[str, int] = {}
        for row in subject.around.tables.get("m_order", ()):
            number = str(row["order_no"]).strip()
            self.last[number] = max(self.last.get(number, 0), int(row.get("extension") or 0))

    def new(self, record: Record, subject: Subject) -> tuple[Writes, str]:
        orders = {order_key(row): row for row in subject.around.tables.get("m_order", ())}
        key = str(record.values["order"])
        order = orders.get(key) or {"order_no": key}  # of a preview: the order itself is still to be entered
        number = str(order["order_no"]).strip()
        self.last[number] = self.last.get(number, 0) + 1
        # A plan is kept as JSON, so amounts are text.
        row = {name: str(value) if isinstance(value := order.get(name), Decimal) else value for name in _KEPT}
        numbered = {"order_no": number, "extension": self.last[number], "transferred": False}
        return {**row, **numbered}, f"{number}/{self.last[number]}"


def _told(record: Record, key: str) -> list[Problem]:
    order, _, extension = key.partition("/")
    return [Problem("CO-10", {"order": order, "ext": extension, "no": str(record.values.get("number") or "–")})]


def _plan(subject: Subject) -> list[Item]:
    """The packages that the change orders have read, as far as they change purchase orders."""
    context = subject.around
    changes = [(r, changed_contract(r, context)) for r in context.records.get(ELEMENT, ())]
    here = _told_apart([_prepare(r, context) for r, changed in changes if _is_extension(changed)], subject)
    documents = Documents(
        skipped=change_orders.DOCUMENTS.skipped,
        transferred="PO-17",
        moved_here="PO-11",
        taken="PO-04",
        differing="PO-18",
        ended="PO-12",
        lock=lock_of_order,
        checks=_checks,
        new=_Extensions(subject).new,
        is_marked=False,
        told=_told,
    )
    return plan_documents(replace(subject, procore=here), documents)


def _told_apart(packages: list[Record], subject: Subject) -> list[Record]:
    """Packages of one order that share a title: each is one of its own, unless somebody typed an extension so named."""
    names = Counter(record.values.get("natural") for record in packages)
    typed = {record.values.get("natural") for record in subject.maestro if record.key not in subject.links}

    def apart(record: Record) -> Record:
        name = record.values.get("natural")
        if names[name] < 2 or name in typed:
            return record
        return replace(
            record, values={**record.values, "natural": f"{name} {record.values.get('number') or record.key}"}
        )

    return [apart(record) for record in packages]


def _is_extension(changed: Changed) -> bool:
    return changed.kind is Contract.PURCHASE_ORDER and bool(changed.order)


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    question="PO-18",
    planner=_plan,
    assemble=_assemble,
    prepare=_prepare,
)
