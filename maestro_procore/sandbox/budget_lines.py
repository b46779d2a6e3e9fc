"""The budget of a project: its lock, and its lines, which are read through views and written by sync.

Source: reference 6.6, 9.11, 9.17. Lines have no origin_id. A refusal answers 422 {message, error}.
"""

from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.answers import Answer, Errors, Refused, json_answer
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.budget_columns import (
    AT_COMPLETION,
    FORECAST,
    ORIGINAL,
    OVER_UNDER,
    amounts,
    nothing,
    root_of,
    sources_of,
)
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.line_codes import CODE_REFERENCES, settle_codes
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.scopes import is_inside
from maestro_procore.sandbox.sync_action import UNKNOWN_ID, entries
from maestro_procore.sandbox.taxes_and_units import unit_is_known
from maestro_procore.sandbox.tools import BUDGET as TOOL
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

V10, V11 = "/rest/v1.0/budget_line_items", "/rest/v1.1/budget_line_items"
V20 = "/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items/{id}"
BUDGET_PATH = "/rest/v1.0/projects/{project_id}/budget"
SHOW = Place("get", f"{V11}/{{id}}")
IN_PROJECT = Scope("project_id", "projects", TOOL)

LOCKED = "The original_budget_amount cannot be updated for a locked budget."
CODE_EXISTS = "This Budget Code already exists"
HAS_TRANSFERS = "The budget has transfers; unlocking it would destroy them"

# Field of a v1.0 line → column of the view.
COMPUTED = {
    "approved_budget_changes": "Approved Budget Changes",
    "revised_budget": "Revised Budget",
    "pending_budget_changes": "Pending Budget Changes",
    "projected_budget": "Projected Budget",
    "direct_costs": "Direct Costs",
    "committed_costs": "Committed Costs",
    "pending_cost_changes": "Pending Cost Changes",
    "projected_costs": "Projected Costs",
    "budget_forecast": FORECAST,
    "estimated_cost_at_completion": AT_COMPLETION,
    "projected_over_under": OVER_UNDER,
}


def is_locked(visit: Visit, project_id: int) -> bool:
    found = visit.world.collection("budget").where(project_id=project_id)
    return bool(found and found[-1].get("locked"))


def _set_lock(visit: Visit, project_id: int, *, locked: bool) -> None:
    kept = visit.world.collection("budget")
    found = kept.where(project_id=project_id)
    now = visit.clock.stamp()
    row = found[-1] if found else {"id": visit.world.new_id(), COMPANY: visit.company_id, "created_at": now}
    kept.put({**row, "project_id": project_id, "locked": locked, "updated_at": now})


def _show_budget(handler: Handler, visit: Visit) -> Answer:
    return json_answer({"locked": is_locked(visit, handler.parents(visit)["project_id"])})


def _lock(handler: Handler, visit: Visit) -> Answer:
    _set_lock(visit, handler.parents(visit)["project_id"], locked=True)
    return json_answer({"locked": True}, 201)


def _unlock(handler: Handler, visit: Visit) -> Answer:
    """Refused while there are transfers, unless the request says that they may be destroyed."""
    project_id = handler.parents(visit)["project_id"]
    transfers = [
        (visit.world.collection(name), row["id"])
        for name in ("budget_modifications", "budget_changes")
        for row in visit.world.collection(name).where(project_id=project_id)
        if row.get("status", "approved") == "approved"
    ]
    if transfers and visit.call.parameter("destroy_all_budget_line_item_transfers") != "true":
        raise Refused(422, {"errors": [HAS_TRANSFERS]})
    for kept, row_id in transfers:
        kept.remove(row_id)
    _set_lock(visit, project_id, locked=False)
    return json_answer({"locked": False})


def _one_line_per_code(row: Row, _before: Row | None, visit: Visit) -> Errors:
    same = visit.world.collection("budget_line_items").where(wbs_code_id=row.get("wbs_code_id"))
    return {"wbs_code_id": [CODE_EXISTS]} if any(other["id"] != row["id"] for other in same) else {}


def _settle_amount(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    priced = row.get("quantity") is not None and row.get("unit_cost") is not None
    if row.get("calculation_strategy") == "automatic" and priced:
        row["original_budget_amount"] = float(cents(Decimal(str(row["quantity"])) * Decimal(str(row["unit_cost"]))))
    else:
        row["original_budget_amount"] = float(cents(row.get("original_budget_amount")))
    return {}


def _lock_holds(row: Row, before: Row | None, visit: Visit) -> Errors:
    """A locked budget takes new lines of nothing, and keeps the amounts of the others."""
    old = (before or {}).get("original_budget_amount") or 0.0
    if row["original_budget_amount"] != old and is_locked(visit, row["project_id"]):
        return {"original_budget_amount": [LOCKED]}
    return {}


def _stays(visit: Visit, row: Row) -> Errors:
    if is_locked(visit, row["project_id"]):
        return {"base": [LOCKED]}
    columns = amounts(visit, row["project_id"]).get(row["wbs_code_id"], nothing(visit))
    moved = [source.name for source in sources_of(visit) if source is not ORIGINAL and columns[source.name]]
    return {"base": ["has amounts"]} if moved else {}


def _refusal(errors: Errors) -> Any:
    text = next(reason for reasons in errors.values() for reason in reasons)
    whole = text if text in (LOCKED, CODE_EXISTS) else f"{next(iter(errors))} {text}"
    return {"message": whole, "error": whole}


def _shown(visit: Visit, row: Row) -> Row:
    code = visit.world.collection("cost_codes").get(row.get("cost_code_id"))
    root = root_of(visit, code)
    row["division"] = root and {name: root.get(name) for name in ("id", "full_code", "name")}
    row["currency_configuration"] = {"currency_iso_code": visit.switches["company_currency"]}
    return row


def _with_columns(handler: Handler, visit: Visit) -> Answer:
    """A v1.0 line, which shows what happened to the amount."""
    row = handler.addressed(visit)
    if handler.operation.method == "patch":
        row = handler.write(visit, row, handler.wrapped(visit))
    return _v10_answer(handler, visit, row)


def _create_v10(handler: Handler, visit: Visit) -> Answer:
    return _v10_answer(handler, visit, handler.write(visit, None, handler.wrapped(visit)))


def _v10_answer(handler: Handler, visit: Visit, row: Row) -> Answer:
    columns = amounts(visit, row["project_id"]).get(row["wbs_code_id"], nothing(visit))
    shown = {name: float(columns.get(column, 0)) for name, column in COMPUTED.items()}
    return handler.record_answer(visit, {**row, **shown})


def _sync(handler: Handler, visit: Visit) -> Answer:
    """A bare array. Whether one refused entry refuses the whole call is a switch, as no place for errors exists."""
    parents = handler.parents(visit)
    rows: list[Row] = []
    skips = visit.switches["budget_sync_refusal"] == "entry"
    for entry in entries(visit, handler.body(visit), "budget_line_items"):
        before, errors = _known(handler, visit, parents, entry)
        row: Row = {}
        if not errors:
            row, errors = handler.changes.apply(handler.field_rules, before, entry, visit, in_sync=True, fixed=parents)
        if errors and not skips:
            raise handler.refused(errors)
        if not errors:
            if row is not before:
                handler.keep(visit, row, before)
            rows.append(row)
    return handler.list_answer(visit, rows, {})


def _known(handler: Handler, visit: Visit, parents: dict[str, int], entry: dict[str, Any]) -> tuple[Row | None, Errors]:
    rows = handler.rows(visit)
    if entry.get("id") is not None:
        found = rows.get(entry["id"])
        return (found, {}) if found is not None and is_inside(found, parents) else (None, {"id": [UNKNOWN_ID]})
    if visit.switches["budget_sync_finds_by_code"]:
        same = rows.where(wbs_code_id=entry.get("wbs_code_id"))
        return (same[0], {}) if same and is_inside(same[0], parents) else (None, {})
    return None, {}


BUDGET = Resource(
    name="budget",
    wrapper="",
    show=Place("get", BUDGET_PATH),
    scope=IN_PROJECT,
    defaults={"locked": False},
    operations=(
        Operation("call", "get", BUDGET_PATH, call=_show_budget),
        Operation("call", "post", f"{BUDGET_PATH}/lock", call=_lock),
        Operation("call", "delete", f"{BUDGET_PATH}/lock", call=_unlock),
    ),
)


def _call(method: str, path: str, place: Place, call: Any, status: int = 200) -> Operation:
    return Operation("call", method, path, shapes={"full": place}, default_view="full", call=call, status=status)


BUDGET_LINES = Resource(
    name="budget_line_items",
    wrapper="budget_line_item",
    show=SHOW,
    scope=IN_PROJECT,
    references=CODE_REFERENCES,
    defaults={"calculation_strategy": "manual"},
    rules=(settle_codes, _one_line_per_code, unit_is_known, _settle_amount, _lock_holds),
    settled=(settle_codes, _settle_amount),
    expand=_shown,
    kept=_stays,
    refusal=_refusal,
    operations=(
        Operation("show", "get", f"{V11}/{{id}}", shapes={"full": SHOW}, default_view="full"),
        Operation("create", "post", V11, shapes={"full": Place("post", V11, 201)}, default_view="full", status=201),
        Operation(
            "update", "patch", f"{V11}/{{id}}", shapes={"full": Place("patch", f"{V11}/{{id}}")}, default_view="full"
        ),
        _call("get", f"{V10}/{{id}}", Place("get", f"{V10}/{{id}}"), _with_columns),
        _call("post", V10, Place("post", V10, 201), _create_v10, 201),
        _call("patch", f"{V10}/{{id}}", Place("patch", f"{V10}/{{id}}"), _with_columns),
        Operation(
            "call",
            "post",
            f"{V10}/sync",
            shapes={"full": Place("post", f"{V10}/sync", steps=("items",))},
            default_view="full",
            wrapper="budget_line_items",
            call=_sync,
        ),
        Operation("delete", "delete", V20, status=204),
    ),
)
