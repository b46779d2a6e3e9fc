"""Direct costs: invoices, expenses and payroll of a project, with up to 100 lines written at once (v1.1).

Source: reference 6.11, 9.12. One header sync and one line sync per project are the cheapest way to write them.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Errors, Refused, bad_parameter
from maestro_procore.sandbox.api_document import ApiDocument, Place
from maestro_procore.sandbox.direct_cost_lines import DIRECT_COST_LINES, currency_of, lines_of
from maestro_procore.sandbox.fields import FieldRules, cents, rules_of
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope
from maestro_procore.sandbox.row_changes import BLANK, INVALID, RowChanges
from maestro_procore.sandbox.tools import DIRECT_COSTS as TOOL
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

V10, V11 = "/rest/v1.0/projects/{project_id}/direct_costs", "/rest/v1.1/projects/{project_id}/direct_costs"
NESTED_LIMIT = 100
NEEDS_VENDOR = ("invoice", "subcontractor_invoice")
LOCKED = "is locked: it belongs to an ERP integration"

FILTERS = (
    filters.row_id("filters[id]"),
    filters.equals("filters[origin_id]", "origin_id"),
    filters.equals("filters[invoice_number]", "invoice_number"),
    *(filters.moment_range(name) for name in ("created_at", "updated_at", "payment_date", "received_date")),
)


def _project_of(given: Row) -> Any:
    return (given.get("project") or {}).get("id")


def _has_vendor(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    if row.get("direct_cost_type") in NEEDS_VENDOR and row.get("vendor_id") is None:
        return {"vendor": [BLANK]}
    return {}


def _has_type(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    return {} if row.get("direct_cost_type") else {"direct_cost_type": [BLANK]}


def check_lock(row: Row | None, visit: Visit) -> None:
    """Errors: Refused 409 for a marked direct cost, as far as the switch says."""
    locked_for = visit.switches["direct_costs_locked_by_origin_id"]
    if row is None or not row.get("origin_id") or locked_for == "nobody":
        return
    if locked_for == "everyone" or not visit.bearer.is_service:
        raise Refused(409, {"errors": {"base": [LOCKED]}})


def _unlocked(_row: Row, before: Row | None, visit: Visit) -> Errors:
    check_lock(before, visit)
    return {}


def _may_go(visit: Visit, row: Row) -> Errors:
    check_lock(row, visit)
    return {}


def _lines_go(visit: Visit, row: Row) -> None:
    for line in lines_of(visit, row["id"]):
        visit.world.collection("direct_cost_line_items").remove(line["id"])


def _derive(row: Row, visit: Visit) -> None:
    if row.get("direct_cost_date") is None:
        row["direct_cost_date"] = str(row.get("created_at"))[:10]
    given = row.get("currency_configuration") or {}
    for name in ("currency_iso_code", "currency_exchange_rate"):
        row.setdefault(name, given.get(name))


def _shown(visit: Visit, row: Row) -> Row:
    """Totals of its lines, and the names of what it belongs to."""
    lines = lines_of(visit, row["id"])
    row["line_items_count"] = len(lines)
    row["amount"] = str(sum((cents(line["amount"]) for line in lines), Decimal("0.00")))
    row["grand_total"] = str(sum((cents(line["total_amount"]) for line in lines), Decimal("0.00")))
    row["line_items"] = [expanded(DIRECT_COST_LINES, line, visit) for line in lines]
    row["attachments"], row["attachments_count"] = [], 0
    row["vendor_name"] = (row["vendor"] or {}).get("name")
    for name, collection, found in (
        ("project", "projects", row["project_id"]),
        ("company", "companies", visit.company_id),
    ):
        other = visit.world.collection(collection).get(found) or {}
        row[name] = {"id": found, "name": other.get("name")}
    row["currency_configuration"] = currency_of(visit, row)
    return row


@cache
def _line_writer(document: ApiDocument, method: str, path: str) -> tuple[RowChanges, FieldRules]:
    """How the lines inside this operation's body are written."""
    body = document.body(method, path)
    assert body is not None, path
    header = document.resolve(body["properties"]["direct_cost"])
    lines = document.resolve(header["properties"]["line_items"])
    return RowChanges(document, DIRECT_COST_LINES), rules_of(document, document.resolve(lines["items"]))


def _write_lines(handler: Handler, visit: Visit, header: Row, sent: Any) -> None:
    """Errors: Refused 400 for what is no list of at most 100 objects, 422 for lines that break a rule."""
    if sent is None:
        return
    if not isinstance(sent, list) or not all(isinstance(entry, dict) for entry in sent):
        raise bad_parameter("line_items", "must be a list of objects")
    if len(sent) > NESTED_LIMIT:
        raise bad_parameter("line_items", f"must hold at most {NESTED_LIMIT} lines")
    changes, rules = _line_writer(visit.document, handler.operation.method, handler.operation.path)
    kept = visit.world.collection("direct_cost_line_items")
    stands_in = {"project_id": header["project_id"], "direct_cost_id": header["id"]}
    for number, entry in enumerate(sent, start=1):
        before, errors = None, {}
        if entry.get("id") is not None:
            before = kept.get(entry["id"])
            if before is None or before.get("direct_cost_id") != header["id"]:
                errors = {"id": [INVALID]}
        written = {name: value for name, value in entry.items() if name != "direct_cost_id"}
        row: Row = {}
        if not errors:
            row, errors = changes.apply(rules, before, written, visit, fixed=stands_in)
        if errors:
            broken = [f"line {number}: {name} {reason}" for name, reasons in errors.items() for reason in reasons]
            raise handler.refused({"line_items": broken})
        if row is not before:
            kept.put(row)


def _split(written: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    fields = dict(written)
    return fields, fields.pop("line_items", None)


def _create_with_lines(handler: Handler, visit: Visit) -> Answer:
    fields, lines = _split(handler.wrapped(visit))
    row = handler.write(visit, None, fields)
    _write_lines(handler, visit, row, lines)
    return handler.record_answer(visit, row)


def _update_with_lines(handler: Handler, visit: Visit) -> Answer:
    before = handler.addressed(visit)
    fields, lines = _split(handler.wrapped(visit))
    row = handler.write(visit, before, fields)
    _write_lines(handler, visit, row, lines)
    return handler.record_answer(visit, row)


def _vendor_as_text(row: Row) -> Any:
    return (row.get("vendor") or {}).get("name")


def _operations(base: str, wrapper: str) -> tuple[Operation, ...]:
    one = f"{base}/{{id}}"
    nested = base == V11
    listing = Operation(
        "list",
        "get",
        base,
        shapes={"full": Place("get", base, steps=("items",))},
        default_view="full",
        filters=FILTERS,
        computed={"vendor": _vendor_as_text},
    )
    return (
        listing,
        Operation("show", "get", one, shapes={"full": Place("get", one)}, default_view="full"),
        Operation(
            "call" if nested else "create",
            "post",
            base,
            shapes={"full": Place("post", base, 201)},
            default_view="full",
            wrapper=wrapper,
            call=_create_with_lines if nested else None,
            status=201,
        ),
        Operation(
            "call" if nested else "update",
            "patch",
            one,
            shapes={"full": Place("patch", one)},
            default_view="full",
            wrapper=wrapper,
            call=_update_with_lines if nested else None,
        ),
        Operation("delete", "delete", one, shapes={"full": Place("delete", one)}, default_view="full"),
    )


DIRECT_COSTS = Resource(
    name="direct_costs",
    wrapper="direct_cost",
    show=Place("get", f"{V11}/{{id}}"),
    scope=Scope("project_id", "projects", TOOL, found=_project_of),
    references=(
        Reference("vendor_id", "vendor", "vendors", live=True),
        Reference("employee_id", "employee", "users", live=True),
    ),
    defaults={"status": "draft", "currency_exchange_rate": None},
    derive=_derive,
    rules=(_unlocked, _has_type, _has_vendor),
    expand=_shown,
    kept=_may_go,
    removed=_lines_go,
    parts={"line_items": ("direct_cost_line_items", "direct_cost_id")},
    operations=(
        *_operations(V10, "item"),
        *_operations(V11, "direct_cost"),
        Operation(
            "sync",
            "patch",
            f"{V10}/sync",
            shapes={"full": Place("patch", f"{V10}/sync", steps=("entities", "items"))},
            default_view="full",
        ),
    ),
)
