"""Purchase orders and subcontracts (v1.0): their lists, whole records, synchronization, locks and deletion marks.

Source: reference 5, 6.7, 9.10. Both kinds are one table row each; their lines are commitments_lines.py.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.commitments_deletion import INCLUDE_DELETED, mark_deleted, not_deleted
from maestro_procore.sandbox.commitments_kinds import FROZEN, PURCHASE_ORDER, SUBCONTRACT, ContractKind
from maestro_procore.sandbox.commitments_lines import line_resource, lines_of
from maestro_procore.sandbox.commitments_totals import add_totals
from maestro_procore.sandbox.direct_cost_lines import currency_of
from maestro_procore.sandbox.invoiced_lines import is_invoiced
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope
from maestro_procore.sandbox.row_changes import TAKEN
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

VENDOR_FROZEN = "cannot be changed while the contract is {status}"
HAS_INVOICES = "The contract cannot be deleted: it has invoices"
STAYS = "The contract cannot be deleted while it is {status}"
# Fields of a shown contract → the collection of its change orders there.
CHANGES = ("change_order_packages", "change_order_requests", "potential_change_orders")

FILTERS = (
    filters.row_id("filters[id]"),
    filters.equals("filters[status]", "status"),
    filters.equals("filters[origin_id]", "origin_id"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    INCLUDE_DELETED,
)
DEFAULTS = {
    "status": "Draft",
    "accounting_method": "amount",
    "executed": False,
    "private": False,
    "retainage_percent": "0.0",
    "total_payments": "0.00",
    "total_draw_requests_amount": "0.00",
    "total_requisitions_amount": "0.00",
    "requisitions_are_enabled": True,
    "show_line_items_to_non_admins": False,
}


def project_of(given: Row) -> Any:
    return (given.get("project") or {}).get("id")


def vendor_holds(row: Row, before: Row | None, _visit: Visit) -> Errors:
    """A rule: a frozen contract keeps its vendor, until its status is set back."""
    is_frozen = before is not None and before.get("status") in FROZEN and row.get("status") in FROZEN
    if before is None or not is_frozen or row.get("vendor_id") == before.get("vendor_id"):
        return {}
    return {"vendor": [VENDOR_FROZEN.format(status=before["status"])]}


def percent_is_number(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    try:
        is_number = Decimal(row.get("retainage_percent") or 0).is_finite()
    except InvalidOperation:
        is_number = False
    return {} if is_number else {"retainage_percent": ["is not a number"]}


def stays(visit: Visit, row: Row) -> Errors:
    """Why a contract may not be deleted."""
    if row.get("status") in FROZEN:
        return {"base": [STAYS.format(status=row["status"])]}
    is_locked = visit.switches["invoiced_commitments"] == "locked" and is_invoiced(visit, row["id"])
    return {"base": [HAS_INVOICES]} if is_locked else {}


def vendor_shown(visit: Visit, row: Row, *, is_whole: bool) -> Row | None:
    """The vendor as a contract names it; its mark stands in the whole contract only."""
    vendor = visit.world.collection("vendors").get(row.get("vendor_id"))
    if vendor is None:
        return None
    marks = {name: vendor.get(name) for name in ("origin_id", "origin_data")} if is_whole else {}
    return {"id": vendor["id"], "company": vendor.get("name"), **marks}


def settle_currency(row: Row) -> None:
    given = row.get("currency_configuration") or {}
    for name in ("currency_iso_code", "currency_exchange_rate"):
        if row.get(name) is None:
            row[name] = given.get(name)


def contract_rules(kind: ContractKind) -> tuple[Callable[[Row, Row | None, Visit], Errors], ...]:
    """What a contract's fields must keep to, whatever its kind."""

    def number_is_free(row: Row, before: Row | None, visit: Visit) -> Errors:
        number = row.get("number")
        is_new = before is None or before.get("number") != number
        if not number or not is_new or not visit.switches["commitment_numbers_unique"]:
            return {}
        same = visit.world.collection(kind.collection).where(project_id=row.get("project_id"), number=number)
        taken = any(other["id"] != row["id"] and not other.get("deleted_at") for other in same)
        return {"number": [TAKEN]} if taken else {}

    return (number_is_free, vendor_holds, percent_is_number)


def add_changes(visit: Visit, kind: ContractKind, row: Row) -> None:
    """The contract's change orders, as its own page lists them."""
    for name in CHANGES:
        found = visit.world.collection(name).where(contract_id=row["id"])
        shown = [
            {**other, "currency_configuration": currency_of(visit, row)}
            for other in found
            if not other.get("deleted_at")
        ]
        row[name] = [shown] if name in kind.nested and shown else shown


def _commitment(kind: ContractKind) -> Resource:
    base = f"/rest/v1.0/{kind.collection}"
    one = f"{base}/{{id}}"
    lines = _LINES[kind]

    def derive(row: Row, visit: Visit) -> None:
        settle_currency(row)
        if row.get("number") is None:
            row["number"] = _next_number(visit, kind, row)

    def expand(visit: Visit, row: Row) -> Row:
        add_totals(visit, kind, row)
        row["vendor"] = vendor_shown(visit, row, is_whole=visit.shows_whole)
        project = visit.world.collection("projects").get(row["project_id"]) or {}
        row["project"] = {"id": row["project_id"], "name": project.get("name")}
        row["currency_configuration"] = currency_of(visit, row)
        if visit.shows_whole:
            row["line_items"] = [expanded(lines, line, visit) for line in lines_of(visit, kind, row["id"])]
            add_changes(visit, kind, row)
        return row

    rows = Place("get", base, steps=("items",))
    return Resource(
        name=kind.collection,
        wrapper=kind.wrapper,
        show=Place("get", one),
        scope=Scope("project_id", "projects", kind.tool, found=project_of),
        references=(
            Reference("vendor_id", "vendor", "vendors", live=True),
            Reference("assignee_id", "assignee", "users", live=True, shows=("id",)),
        ),
        defaults=DEFAULTS,
        derive=derive,
        rules=contract_rules(kind),
        expand=expand,
        kept=stays,
        parts={"line_items": (kind.lines, kind.line_key)},
        marks_deleted=True,
        operations=(
            Operation(
                "list",
                "get",
                base,
                shapes={"extended": rows, "compact": rows},
                default_view="extended",
                filters=FILTERS,
                keep=not_deleted,
            ),
            *whole_operations(base, one),
            Operation(
                "sync",
                "patch",
                f"{base}/sync",
                shapes={"full": Place("patch", f"{base}/sync", steps=("entities", "items"))},
                default_view="full",
            ),
        ),
    )


def whole_operations(base: str, one: str) -> tuple[Operation, ...]:
    """Show, create, update and delete of one contract."""
    return (
        Operation("show", "get", one, shapes={"full": Place("get", one)}, default_view="full", keep=not_deleted),
        Operation("create", "post", base, shapes={"full": Place("post", base, 201)}, default_view="full", status=201),
        Operation("update", "patch", one, shapes={"full": Place("patch", one)}, default_view="full", keep=not_deleted),
        Operation("call", "delete", one, call=mark_deleted, keep=not_deleted),
    )


def _next_number(visit: Visit, kind: ContractKind, row: Row) -> str:
    """The first free number of the project, as the form proposes it."""
    taken = {
        other.get("number") for other in visit.world.collection(kind.collection).where(project_id=row["project_id"])
    }
    letters = "PO" if kind is PURCHASE_ORDER else "SC"
    count = len(taken) + 1
    while f"{letters}-{count:03d}" in taken:
        count += 1
    return f"{letters}-{count:03d}"


_LINES = {
    kind: line_resource(kind, f"/rest/v1.0/{kind.collection}/{{{kind.line_key}}}/line_items", views=True)
    for kind in (PURCHASE_ORDER, SUBCONTRACT)
}
COMMITMENTS = (*(_commitment(kind) for kind in _LINES), *_LINES.values())
LINES_OF_COMMITMENTS = _LINES
