"""Purchase Orders and Subcontracts (←): mapping, and the rules by which a commitment becomes an order of maestro*.

One builder for both kinds. Source: maestro-interface.md §§3.6, 3.7, 3.9; procore-api.md §6.7.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from maestro_procore.model.document_rules import Documents, Found, shown_number
from maestro_procore.model.mapping import ElementMap, Field, Record, SharedList, ValueTables
from maestro_procore.model.order_numbers import number_wished
from maestro_procore.model.orders import (
    DOCUMENT,
    TABLES,
    checks,
    held_order,
    in_words,
    lines_by_order,
    lock_of_order,
    new_order,
    supplier_of,
)
from maestro_procore.model.problems import Problem
from maestro_procore.model.pulled import plan_documents
from maestro_procore.model.rules import Context, Item, Rules, Subject, Writes
from maestro_procore.model.schedules import raw_lines, schedules_of
from maestro_procore.model.value_maps import PURCHASE_ORDER_STATUSES, SKIP, SUBCONTRACT_STATUSES, in_force
from maestro_procore.model.values import Kind, Value, exact_number, fold, lines_of

COUNTER: Final = "ORDER"
"""The m_counter row that both kinds of order share."""
NUMBER_LENGTH: Final = 255


@dataclass(frozen=True)
class Commitments:
    """What tells the two kinds apart. maestro: m_order.kind; only: fields that the other kind lacks."""

    element: str
    maestro: str
    statuses: Mapping[str, str]
    only: tuple[Field, ...]
    duplicate: str
    creates: frozenset[str]
    has_terms: bool = False


PURCHASE_ORDERS = Commitments(
    "purchase-orders",
    "PO",
    PURCHASE_ORDER_STATUSES,
    (
        Field("delivery_date", "delivery_date", "delivery_date", Kind.DATE),
        Field("terms", "terms_code", "payment_terms", Kind.TEXT, 10),
    ),
    "PO-04",
    frozenset({"approved"}),
    has_terms=True,
)
SUBCONTRACTS = Commitments(
    "subcontracts",
    "SC",
    SUBCONTRACT_STATUSES,
    (
        Field("start_date", "start_date", "contract_start_date", Kind.DATE),
        Field("end_date", "end_date", "contract_estimated_completion_date", Kind.DATE),
    ),
    "SC-02",
    frozenset({"approved", "closed"}),
)

HEADER: Final = ("status", "grand_total", "supplier", "external_no", "title")
"""Beside status and total what a list shows in full: a change within the second of our own mark moves no updated_at."""

TOGETHER: Final = SharedList(
    "commitments-v2",
    page_size=100,
    told_by="type",
    kinds={"PurchaseOrderContract": PURCHASE_ORDERS.element, "WorkOrderContract": SUBCONTRACTS.element},
    wanted=frozenset({"status", "grand_total", "vendor_id", "updated_at", "origin_id", "origin_code"}),
)
"""The commitments of both kinds (v2.0). Whether its records carry marks is left open: procore-api.md §6.8."""

# Titles of the paragraphs of a memo, in the company's language: attribute of Procore → French, English.
_PARAGRAPHS = {
    "description": ("Description", "Description"),
    "inclusions": ("Inclusions", "Inclusions"),
    "exclusions": ("Exclusions", "Exclusions"),
    "ship_to_address": ("Livrer à", "Ship to"),
    "bill_to_address": ("Facturer à", "Bill to"),
}


def mapping(kind: Commitments) -> ElementMap:
    """The mapping of one kind of commitment."""
    return ElementMap(
        element=kind.element,
        table="m_order",
        key_column="order_no",
        resources=(kind.element,),
        number="origin_code",
        active="is_active",
        fields=(
            Field("order_no", "order_no", "origin_code", Kind.CODE, 12, 255, is_identity=True, shown=True),
            Field("external_no", "external_no", "number", Kind.TEXT, NUMBER_LENGTH, NUMBER_LENGTH, shown=True),
            Field("title", "description", "title", Kind.TEXT, 60, 255, "PO-06", shown=True),
            Field("supplier", "supplier_code", "vendor_id", Kind.CODE, 10, shown=True),
            Field("status", "status", "status", Kind.TEXT, 12, shown=True),
            # The sum of the lines: shown, but what is compared is each line.
            Field("total", "total", "total", Kind.MONEY, is_identity=True, shown=True),
            Field("order_date", "order_date", "contract_date", Kind.DATE, shown=True),
            *kind.only,
            Field("holdback", "holdback_pct", "retainage_percent", Kind.PERCENT),
            Field("memo", "memo", "memo", Kind.LONG_TEXT),
            Field("lines", "m_order_line", "line_items", Kind.LINES),
        ),
        title="title",
        read_procore=_attributes,
        clues=(
            Field("currency", "currency", "currency", Kind.CODE),
            Field("is_whole", "", "is_whole", Kind.FLAG),
            Field("notes", "", "notes", Kind.LINES),
            Field("grand_total", "", "grand_total"),
        ),
        tables=TABLES,
        needs=("suppliers", "cost-codes", "tax-codes", kind.element),
        shared=TOGETHER,
        detail=kind.element,
        takes_mark=True,
        single=f"{kind.element}-single",
        wants_detail=partial(_wants_detail, kind),
        header=HEADER,
        document=replace(DOCUMENT, numbered_by=COUNTER),
    )


def _attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A list leaves the lines out; one commitment by itself shows them."""
    vendor, currency = row.get("vendor") or {}, row.get("currency_configuration") or {}
    notes = [{"name": name, "text": row[name]} for name in _PARAGRAPHS if row.get(name)]
    return {
        **row,
        "vendor_id": vendor.get("id") or row.get("vendor_id"),
        "currency": currency.get("currency_iso_code") or row.get("currency_iso_code"),
        "is_whole": row.get("line_items") is not None or None,
        "line_items": raw_lines(row.get("line_items")),
        "notes": notes,
    }


def _wants_detail(kind: Commitments, record: Record, tables: ValueTables) -> bool:
    """One call each: only for those that are there and whose status may bring them here."""
    target = tables[f"statuses.{kind.element}"].get(str(record.values.get("status")), "approved")
    return target not in (SKIP, "cancelled")


def _assemble(kind: Commitments, element_map: ElementMap, context: Context) -> list[Record]:
    """Orders of the kind; their extensions stand for change orders (model/order_extensions.py)."""
    lines = lines_by_order(context)
    rows = (row for row in context.tables.get("m_order", ()) if row.get("kind") == kind.maestro)
    return [held_order(element_map, row, lines.get(row["order_id"], ())) for row in rows if not row.get("extension")]


def _prepare(kind: Commitments, record: Record, context: Context) -> Record:
    """A commitment in maestro*'s words; what has none is a fault of it."""
    status = str(record.values.get("status") or "")
    target = in_force(context.maps)[f"statuses.{kind.element}"].get(status)
    number = record.values.get("external_no")
    # What Procore shows as our number may be anybody's: a new order is counted, whatever stands there.
    changed: dict[str, Value] = {"target": target, "element": kind.element, "marked": record.number}
    changed |= {"natural": number, "shown": number}
    record = replace(record, values={**record.values, **changed}, number=None)
    if target is None:
        unmapped = Problem("PO-20", {"status": status or "–", "no": shown_number(record)})
        return replace(record, faults=(unmapped,))
    if target == SKIP:
        return replace(record, values={**record.values, "lines": None, "total": None}, faults=())
    words, faults = in_words(record, context)
    changed |= {**words, "status": target}
    changed["memo"] = _memo(record, context)
    changed["supplier"], told = _supplier(record, context)
    faults += told
    if kind.has_terms:
        changed["terms"], told = _terms(record, context)
        faults += told
    if len(str(record.values.get("external_no") or "")) > NUMBER_LENGTH:
        faults.append(Problem("PO-05", {"no": shown_number(record), "n": NUMBER_LENGTH}))
    return replace(record, values={**record.values, **changed}, faults=(*record.faults, *faults))


def _supplier(record: Record, context: Context) -> tuple[str | None, list[Problem]]:
    schedules, vendor = schedules_of(context), str(record.values.get("supplier") or "")
    code = schedules.supplier_codes.get(int(vendor)) if vendor.isdecimal() else None
    return code, [] if code else [Problem("PO-03", {"no": shown_number(record)})]


def _terms(record: Record, context: Context) -> tuple[str | None, list[Problem]]:
    """Free text in Procore, one of maestro*'s codes here."""
    said = record.values.get("terms")
    if said is None:
        return None, []
    code = schedules_of(context).terms.get(fold(str(said)))
    return code, [] if code else [Problem("PO-10", {"text": said})]


def _memo(record: Record, context: Context) -> Value:
    """What Procore says besides, as titled paragraphs in the company's language."""
    place = 0 if context.settings.language == "fr" else 1
    notes = {str(each["name"]): str(each["text"]) for each in lines_of(record.values.get("notes"))}
    said = (f"{titles[place]}\n{notes[name]}" for name, titles in _PARAGRAPHS.items() if name in notes)
    return Kind.LONG_TEXT.read("\n\n".join(said))


# --- what stands against entering it ---------------------------------------------------------------


def _checks(kind: Commitments, found: Found, subject: Subject) -> list[Problem]:
    told = checks(found, subject)
    if found.mine is None:
        told += number_wished(found.record, subject)[1]
    if kind.maestro != "SC" or set(found.writes) == {"status"}:
        return told
    supplier = supplier_of(found.record, schedules_of(subject.around))
    if supplier and not supplier.get("is_subcontractor"):
        told.append(Problem("SC-01", {"name": supplier.get("name") or found.record.values.get("supplier")}))
    return told + (_holdback(found, supplier, subject.around) if "holdback_pct" in found.writes else [])


def _holdback(found: Found, supplier: Mapping[str, Any], context: Context) -> list[Problem]:
    """Procore's rate is entered; one that is not the supplier's, or else the project's, is said."""
    usual = supplier.get("holdback_pct")
    usual = context.scope.row.get("holdback_pct") if usual is None else usual
    if usual is None:
        return []
    theirs, mine = (exact_number(rate) or Decimal(0) for rate in (found.writes["holdback_pct"], usual))
    shown = {"a": Kind.PERCENT.read(theirs), "b": Kind.PERCENT.read(mine)}
    return [] if theirs == mine else [Problem("SC-03", shown)]


def _new(kind: Commitments, record: Record, subject: Subject) -> tuple[Writes, str]:
    row, (number, _) = new_order(kind.maestro, record, subject), number_wished(record, subject)
    return {**row, "order_no": number} if number else row, ""


def rules(kind: Commitments) -> Rules:
    """The rules of one kind of commitment."""
    documents = Documents(
        skipped="PO-01",
        transferred="PO-17",
        moved_here="PO-11",
        taken=kind.duplicate,
        differing="PO-18",
        ended="PO-12",
        lock=lock_of_order,
        checks=partial(_checks, kind),
        new=partial(_new, kind),
        creates=kind.creates,
    )
    planner: Callable[[Subject], list[Item]] = partial(plan_documents, documents=documents)
    return Rules(
        out_of_scope=lambda record, settings: None,
        stops=lambda case: [],
        question="PO-18",
        refused_here="PO-13",
        unmarked="PO-14",
        planner=planner,
        assemble=partial(_assemble, kind),
        prepare=partial(_prepare, kind),
    )


PURCHASE_ORDER_MAP, PURCHASE_ORDER_RULES = mapping(PURCHASE_ORDERS), rules(PURCHASE_ORDERS)
SUBCONTRACT_MAP, SUBCONTRACT_RULES = mapping(SUBCONTRACTS), rules(SUBCONTRACTS)
