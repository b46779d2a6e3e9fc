"""Change orders in one, two and three tiers: packages, requests and potential change orders (v1.0).

Source: reference 6.9, 9.18. The lines stand in the lowest tier: whoever takes two tiers counts amounts twice.
"""

from collections.abc import Callable
from decimal import InvalidOperation
from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.change_orders_lines import (
    LINES,
    PACKAGES,
    POTENTIAL_LINES,
    POTENTIALS,
    REQUESTS,
    adopt_lines,
    drop_hidden,
    keep_apart,
    lines_of_package,
    lines_of_potential,
    potentials_of,
    settle_above,
    shown_lines,
    total_of,
)
from maestro_procore.sandbox.commitments import settle_currency
from maestro_procore.sandbox.commitments_deletion import INCLUDE_DELETED, not_deleted
from maestro_procore.sandbox.commitments_kinds import COMMITMENT_KINDS, CONTRACT_KINDS, PRIME_CONTRACT, contract_of
from maestro_procore.sandbox.direct_cost_lines import currency_of
from maestro_procore.sandbox.fields import money_text
from maestro_procore.sandbox.resources import Filter, Operation, Reference, Resource, Scope, Test
from maestro_procore.sandbox.row_changes import BLANK, INVALID
from maestro_procore.sandbox.tools import CHANGE_ORDERS
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

IN_PROJECT = Scope("project_id", "projects", CHANGE_ORDERS)
DEFAULTS = {"status": "draft", "revision": 0, "schedule_impact_amount": 0, "executed": False, "private": False}
AMOUNT_FROZEN = "cannot be changed while the change order is approved"
REVIEWED = ("approved", "rejected")
# What a hidden potential change order has in common with its package.
SHARED = (
    *("project_id", "contract_id", "number", "title", "status", "grand_total", "description", "due_date"),
    *("currency_iso_code", "currency_exchange_rate", "deleted_at"),
)


def _by_field(parameter: str, name: str) -> Filter:
    """The id in a field is one of these."""
    return filters.nested_id(f"filters[{parameter}]", "", name)


def _vendor_is(visit: Visit, values: list[str]) -> Test:
    """The contract was given to this vendor."""
    return lambda row: str((contract_of(visit, row.get("contract_id")) or {}).get("vendor_id")) in values


def _not_status(_visit: Visit, values: list[str]) -> Test:
    return lambda row: row.get("status") not in values


DATES = ("created_at", "updated_at", "due_date", "invoiced_date", "paid_date")
SHARED_FILTERS = (filters.row_id("filters[id]"), *(filters.moment_range(name) for name in DATES))
FILTERS = {
    PACKAGES: (
        *SHARED_FILTERS,
        filters.moment_range("reviewed_at"),
        filters.moment_range("signed_change_order_received_date"),
        INCLUDE_DELETED,
    ),
    REQUESTS: (
        *SHARED_FILTERS,
        _by_field("change_order_package_id", "change_order_package_id"),
        filters.equals("filters[status]", "status"),
        Filter("filters[not_status]", _not_status),
    ),
    POTENTIALS: (
        *SHARED_FILTERS,
        filters.equals("filters[origin_id]", "origin_id"),
        filters.moment_range("reviewed_at"),
        _by_field("contract_id", "contract_id"),
        INCLUDE_DELETED,
    ),
}


def _of_contract(visit: Visit) -> Test:
    """Of the contract that the query names, if it names one; deleted ones only when asked for."""
    is_there, wanted = not_deleted(visit), visit.call.parameter("contract_id")
    return lambda row: is_there(row) and wanted in (None, str(row.get("contract_id")))


def _packages_shown(visit: Visit) -> Test:
    of_contract, all_sides = _of_contract(visit), visit.switches["packages_of_prime_contracts"]
    return lambda row: of_contract(row) and (all_sides or not _is_prime(visit, row.get("contract_id")))


def _contract_is_known(row: Row, before: Row | None, visit: Visit) -> Errors:
    """A rule that also takes the contract of a new row from where the call names it."""
    if before is None and row.get("contract_id") is None:
        row["contract_id"] = _named_contract(visit)
    if row.get("contract_id") is None:
        return {"contract_id": [BLANK]}
    contract = contract_of(visit, row["contract_id"])
    is_here = contract is not None and contract.get("project_id") == row.get("project_id")
    return {} if is_here else {"contract_id": [INVALID]}


def _named_contract(visit: Visit) -> int | None:
    named: Any = visit.call.parameter("contract_id")
    if named is None and visit.call.body:
        named = visit.call.json().get("contract_id")
    return int(named) if str(named).isdigit() else None


def _amount_holds(row: Row, before: Row | None, _visit: Visit) -> Errors:
    """A rule: an approved change order keeps its amount, until its status is set back."""
    try:
        row["grand_total"] = money_text(row.get("grand_total"))
    except InvalidOperation:
        return {"grand_total": ["is not a number"]}
    old = before or {}
    is_frozen = old.get("status") == "approved" and row.get("status") == "approved"
    return {"grand_total": [AMOUNT_FROZEN]} if is_frozen and row["grand_total"] != old.get("grand_total") else {}


def _settle(row: Row, visit: Visit, collection: str) -> None:
    """What follows in every tier: number on its contract, currency, time of the review."""
    settle_currency(row)
    if row.get("number") is None:
        others = visit.world.collection(collection).where(contract_id=row.get("contract_id"))
        row["number"] = f"{len([other for other in others if other['id'] != row['id']]) + 1:03d}"
    if row.get("status") in REVIEWED and row.get("reviewed_at") is None:
        is_start = not visit.call.body
        row["reviewed_at"] = row["updated_at"] if is_start else visit.clock.stamp()
    if row.get("grand_total") is None:
        row["grand_total"] = "0.00"


def _is_prime(visit: Visit, contract_id: Any) -> bool:
    return visit.world.collection(PRIME_CONTRACT.collection).get(contract_id) is not None


def _derive_package(row: Row, visit: Visit) -> None:
    keep_apart(visit, row, "change_order_package_id")
    lines = lines_of_package(visit, row["id"])
    if lines:
        row["grand_total"] = total_of(lines)
    _settle(row, visit, PACKAGES)


def _derive_potential(row: Row, visit: Visit) -> None:
    keep_apart(visit, row, "potential_change_order_id")
    request = row.pop("change_order_request", None)
    if isinstance(request, dict) and request.get("change_order_package_id") is not None:
        row["change_order_package_id"] = request["change_order_package_id"]
    if row.get("change_order_tiers") != 1:
        tiers = (("change_order_request_id", 3), ("change_order_package_id", 2))
        row["change_order_tiers"] = next((count for key, count in tiers if row.get(key) is not None), None)
    _settle(row, visit, POTENTIALS)


def _show_package(visit: Visit, row: Row) -> Row:
    side = "Prime" if _is_prime(visit, row.get("contract_id")) else "Commitment"
    row["type"] = f"{side}ContractChangeOrder"
    row["currency_configuration"] = currency_of(visit, row)
    if visit.shows_whole:
        row["line_items"] = shown_lines(visit, lines_of_package(visit, row["id"]))
    return row


def _show_potential(visit: Visit, row: Row) -> Row:
    """In one form for all routes: the newer ones name it a commitment or prime change order."""
    lines = lines_of_potential(visit, row["id"])
    total = total_of(lines) if lines else row.get("grand_total")
    row["line_items_total"] = row["line_items_extended_total"] = total
    row["line_items"] = shown_lines(visit, lines)
    row["currency_configuration"] = currency_of(visit, row)
    row["type"] = "PrimeChangeOrder" if _is_prime(visit, row.get("contract_id")) else "CommitmentChangeOrder"
    row["legacy_package_id"], row["legacy_request_id"] = row.get("change_order_package_id"), None
    row["void"] = row.get("status") == "void"
    return row


def _touch_contract(visit: Visit, row: Row) -> None:
    for kind in CONTRACT_KINDS:
        kept = visit.world.collection(kind.collection)
        contract = kept.get(row.get("contract_id"))
        if contract is not None:
            kept.put({**contract, "updated_at": visit.clock.stamp()})


def _hide_potential(visit: Visit, row: Row, before: Row | None) -> None:
    """With one tier each package has one hidden potential change order, which follows it."""
    if visit.switches["change_orders_touch_contract"]:
        _touch_contract(visit, row)
    kept, shared = visit.world.collection(POTENTIALS), {name: row.get(name) for name in SHARED}
    shared["reviewed_at"], shared["updated_at"] = row.get("reviewed_at"), row["updated_at"]
    if before is None:
        blank = {**visit.document.blank(POTENTIAL_CHANGE_ORDERS.show), **DEFAULTS}
        own = {"id": visit.world.new_id(), COMPANY: row[COMPANY], "created_at": row["created_at"]}
        tier = {"change_order_package_id": row["id"], "change_order_tiers": 1}
        kept.put({**blank, **shared, **own, **tier, "change_order_package_title": row.get("title")})
        adopt_lines(visit, row["id"], own["id"])
        return
    for potential in potentials_of(visit, row["id"]):
        if potential.get("change_order_tiers") == 1:
            kept.put({**potential, **shared, "change_order_package_title": row.get("title")})
            adopt_lines(visit, row["id"], potential["id"])


ABOVE = ("change_order_package_id", "change_order_request_id")


def _move_amount(visit: Visit, row: Row, before: Row | None) -> None:
    """What comes under another request or package takes its amount there; what is deleted takes it away."""
    old = before or {}
    if any(row.get(key) != old.get(key) for key in (*ABOVE, "deleted_at")):
        settle_above(visit, row)
        if before is not None:
            settle_above(visit, old)
        if row.get("change_order_package_id") is not None and row.get("change_order_tiers") != 1:
            drop_hidden(visit, row["change_order_package_id"])


def _operations(
    name: str, keep: Callable[[Visit], Test] = _of_contract, *, has_sync: bool = True
) -> tuple[Operation, ...]:
    base = f"/rest/v1.0/{name}"
    one = f"{base}/{{id}}"
    full = "full"
    made = (
        Operation(
            "list", "get", base, {full: Place("get", base, steps=("items",))}, full, filters=FILTERS[name], keep=keep
        ),
        Operation("show", "get", one, {full: Place("get", one)}, full, keep=keep),
        Operation("create", "post", base, {full: Place("post", base, 201)}, full, status=201),
        Operation("update", "patch", one, {full: Place("patch", one)}, full, keep=not_deleted),
    )
    steps = ("entities", "items")
    sync = Operation("sync", "patch", f"{base}/sync", {full: Place("patch", f"{base}/sync", steps=steps)}, full)
    return (*made, sync) if has_sync else made


def _side(name: str, collections: tuple[str, ...]) -> tuple[Operation, ...]:
    """The newer routes, for one and two tiers: potential change orders of one side, without requests."""
    base = f"/rest/v1.0/projects/{{project_id}}/{name}"
    one = f"{base}/{{id}}"

    def keep(visit: Visit) -> Test:
        kept = [visit.world.collection(collection) for collection in collections]

        def test(row: Row) -> bool:
            has_two_tiers = row.get("change_order_request_id") is None and not row.get("deleted_at")
            return has_two_tiers and any(rows.get(row.get("contract_id")) is not None for rows in kept)

        return test

    def views(path: str) -> dict[str, Place]:
        return {view: Place("get", path, steps=(branch,)) for branch, view in enumerate(("default", "extended"))}

    ids = {"batch_id": "batch_id", "legacy_package_id": "change_order_package_id", "contract_id": "contract_id"}
    listed = (
        filters.row_id("filters[id]"),
        *(_by_field(parameter, field) for parameter, field in ids.items()),
        Filter("filters[vendor_id]", _vendor_is),
        filters.is_true("filters[signature_required]", lambda row: row.get("signature_required")),
        filters.is_true("filters[executed]", lambda row: row.get("executed")),
        filters.equals("filters[status]", "status"),
        filters.moment_range("updated_at"),
    )
    return (
        Operation("list", "get", base, views(base), "default", cap=None, filters=listed, keep=keep),
        Operation("show", "get", one, views(one), "default", keep=keep),
    )


def _show_request(visit: Visit, row: Row) -> Row:
    row["currency_configuration"] = currency_of(visit, row)
    contract = contract_of(visit, row.get("contract_id")) or {}
    names = ("id", "number", "title", "status")
    row["contract"] = {**{name: contract.get(name) for name in names}, "type": None, "vendor": None}
    if visit.call.path.endswith("/sync"):
        # The document makes objects of the ids and codes inside them there, which no answer could keep to.
        row["currency_configuration"]["base_currency_iso_code"] = None
        row["contract"] = None
    return row


CHANGE_ORDER_PACKAGES = Resource(
    name=PACKAGES,
    wrapper="change_order",
    show=Place("get", f"/rest/v1.0/{PACKAGES}/{{id}}"),
    scope=IN_PROJECT,
    defaults=DEFAULTS,
    derive=_derive_package,
    rules=(_contract_is_known, _amount_holds),
    expand=_show_package,
    stored=_hide_potential,
    marks_deleted=True,
    operations=_operations(PACKAGES, _packages_shown, has_sync=False),
)
CHANGE_ORDER_REQUESTS = Resource(
    name=REQUESTS,
    wrapper="change_order",
    show=Place("get", f"/rest/v1.0/{REQUESTS}/{{id}}"),
    scope=IN_PROJECT,
    references=(Reference("change_order_package_id", None, PACKAGES, keeps_id=True, within="contract_id"),),
    defaults=DEFAULTS,
    derive=lambda row, visit: _settle(row, visit, REQUESTS),
    rules=(_contract_is_known, _amount_holds),
    expand=_show_request,
    stored=_move_amount,
    marks_deleted=True,
    operations=_operations(REQUESTS),
)
POTENTIAL_CHANGE_ORDERS = Resource(
    name=POTENTIALS,
    wrapper="change_order",
    show=Place("get", f"/rest/v1.0/{POTENTIALS}/{{id}}"),
    scope=IN_PROJECT,
    references=(
        Reference("change_order_package_id", None, PACKAGES, keeps_id=True),
        Reference("change_order_request_id", None, REQUESTS, keeps_id=True),
    ),
    defaults=DEFAULTS,
    derive=_derive_potential,
    rules=(_contract_is_known, _amount_holds),
    expand=_show_potential,
    stored=_move_amount,
    parts={"line_items": (LINES, "potential_change_order_id")},
    marks_deleted=True,
    operations=(
        *_operations(POTENTIALS),
        *_side("commitment_change_orders", tuple(kind.collection for kind in COMMITMENT_KINDS)),
        *_side("prime_change_orders", (PRIME_CONTRACT.collection,)),
    ),
)
_STATUSES = "/rest/v1.0/change_order/statuses"
CHANGE_ORDER_STATUSES = Resource(
    name="change_order_statuses",
    wrapper="",
    show=Place("get", _STATUSES, steps=("items",)),
    operations=(Operation("list", "get", _STATUSES, {"full": Place("get", _STATUSES, steps=("items",))}, "full"),),
)
CHANGE_ORDERS_OF_ALL_TIERS = (
    CHANGE_ORDER_PACKAGES,
    CHANGE_ORDER_REQUESTS,
    POTENTIAL_CHANGE_ORDERS,
    POTENTIAL_LINES,
    CHANGE_ORDER_STATUSES,
)
