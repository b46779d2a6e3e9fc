"""Webhooks of rest/v2.0: hooks, triggers, and the deliveries that changes make. Source: reference 8.

Nothing leaves the sandbox: a delivery is recorded as enqueued, with its payload, and can be listed. Names of the
resources are those of Procore's tools; the document does not list them.
"""

from typing import TYPE_CHECKING, Any

from maestro_procore.sandbox.answers import Answer, Refused, bad_parameter, json_answer, missing_field, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.filters import parse_range
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.resources import Operation, Resource
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row, World

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

HOOKS, TRIGGERS, DELIVERIES = "webhook_hooks", "webhook_triggers", "webhook_deliveries"
BASES = tuple(f"/rest/v2.0/companies/{{company_id}}{more}/webhooks" for more in ("", "/projects/{project_id}"))
VERSIONS = ("v2.0", "v3.0", "v4.0")
EVENTS = ("create", "update", "delete")
CAP, DEFAULT = 100, 10

# Collection → the resource's name, its category and tool.
RESOURCE_NAMES = {
    "projects": ("Projects", "Core", "Portfolio"),
    "vendors": ("Company Vendors", "Core", "Directory"),
    "purchase_order_contracts": ("Purchase Order Contracts", "Financials", "Commitments"),
    "work_order_contracts": ("Work Order Contracts", "Financials", "Commitments"),
    "change_order_packages": ("Change Order Packages", "Financials", "Change Orders"),
    "direct_costs": ("Direct Costs", "Financials", "Direct Costs"),
    "documents": ("Documents", "Project Management", "Documents"),
    "images": ("Images", "Project Management", "Photos"),
    "rfis": ("RFIs", "Project Management", "RFIs"),
    "submittals": ("Submittals", "Project Management", "Submittals"),
    "drawing_revisions": ("Drawing Revisions", "Project Management", "Drawings"),
}
WRITABLE = ("payload_version", "namespace", "destination_headers", "destination_url", "status")


def note_changes(world: World, clock: SandboxClock) -> None:
    """Record a delivery for each change of the request that a trigger waits for; kept with the change itself."""
    hooks = world.collection(HOOKS)
    if not len(hooks):
        return
    for collection, before, after in world.changed():
        row = after or before
        if collection not in RESOURCE_NAMES or row is None:
            continue
        event = "create" if before is None else "delete" if after is None else "update"
        name = RESOURCE_NAMES[collection][0]
        for trigger in world.collection(TRIGGERS).where(resource_name=name, event_type=event):
            hook = hooks.get(trigger["hook_id"])
            if hook is not None and hook["status"] == "active" and _concerns(hook, collection, row):
                _record(world, clock, hook, row, name, event)


def _concerns(hook: Row, collection: str, row: Row) -> bool:
    if row.get(COMPANY) != hook[COMPANY]:
        return False
    project_id = row["id"] if collection == "projects" else row.get("project_id")
    return hook["project_id"] is None or hook["project_id"] == project_id


def _record(world: World, clock: SandboxClock, hook: Row, row: Row, name: str, event: str) -> None:
    delivery_id = world.new_id()
    payload = {
        "id": delivery_id,
        "ulid": f"{delivery_id:026d}",
        "timestamp": clock.stamp(),
        "metadata": {"source_company_id": hook[COMPANY], "source_project_id": row.get("project_id")},
        "user_id": None,
        "company_id": hook[COMPANY],
        "project_id": row.get("project_id"),
        "api_version": hook["payload_version"],
        "event_type": event,
        "resource_name": name,
        "resource_id": row["id"],
    }
    kept = {"id": delivery_id, "hook_id": hook["id"], COMPANY: hook[COMPANY], "status": "enqueued", "payload": payload}
    world.collection(DELIVERIES).put(kept)


def _place(visit: Visit) -> dict[str, Any]:
    return {COMPANY: visit.company_id, "project_id": visit.path_id("project_id")}


def _hook(visit: Visit, name: str = "hook_id") -> Row:
    row = visit.world.collection(HOOKS).get(visit.path_id(name))
    if row is None or any(row[key] != value for key, value in _place(visit).items()):
        raise not_found()
    return row


def _hook_shown(visit: Visit, row: Row) -> dict[str, Any]:
    shown = {name: row[name] for name in (*WRITABLE, "created_at", "updated_at")}
    project_id = None if row["project_id"] is None else str(row["project_id"])
    count = len(visit.world.collection(TRIGGERS).where(hook_id=row["id"]))
    ids = {"id": str(row["id"]), "company_id": str(row[COMPANY]), "project_id": project_id}
    return {**shown, **ids, "trigger_count": count}


def _trigger_shown(row: Row) -> dict[str, Any]:
    project_id = None if row["project_id"] is None else str(row["project_id"])
    return {
        "id": str(row["id"]),
        "webhook_hook_id": str(row["hook_id"]),
        "resource_name": row["resource_name"],
        "event_type": row["event_type"],
        "company_id": str(row[COMPANY]),
        "project_id": project_id,
    }


def _paged(visit: Visit, rows: list[Any]) -> Answer:
    page, headers = page_of(visit, rows, CAP, DEFAULT)
    return json_answer({"data": page}, headers=headers)


def _list_hooks(_handler: "Handler", visit: Visit) -> Answer:
    rows = visit.world.collection(HOOKS).where(**_place(visit))
    for name in ("namespace", "payload_version"):
        wanted = visit.call.parameter(name)
        rows = [row for row in rows if wanted in (None, row[name])]
    return _paged(visit, [_hook_shown(visit, row) for row in rows])


def _create_hook(handler: "Handler", visit: Visit) -> Answer:
    body = handler.body(visit)
    for name in ("payload_version", "namespace", "destination_url"):
        if not body.get(name):
            raise missing_field(name)
    now = visit.clock.stamp()
    row = {"id": visit.world.new_id(), **_place(visit), "status": "active"}
    row.update({"created_at": now, "updated_at": now})
    return _keep_hook(visit, row, body, 201)


def _update_hook(handler: "Handler", visit: Visit) -> Answer:
    row = {**_hook(visit, "id"), "updated_at": visit.clock.stamp()}
    return _keep_hook(visit, row, handler.body(visit), 200)


def _keep_hook(visit: Visit, row: Row, body: Any, status: int) -> Answer:
    row.update({name: body[name] for name in WRITABLE if name in body})
    row["destination_headers"] = {"Authorization": None, **(row.get("destination_headers") or {})}
    if row["payload_version"] not in VERSIONS:
        raise bad_parameter("payload_version", f"must be one of {', '.join(VERSIONS)}")
    if not str(row["namespace"]).replace("-", "").isalnum() or row["namespace"] != str(row["namespace"]).lower():
        raise bad_parameter("namespace", "may hold a-z, 0-9 and dashes")
    if not str(row["destination_url"]).startswith("https://"):
        raise bad_parameter("destination_url", "must begin with https")
    visit.world.collection(HOOKS).put(row)
    return json_answer({"data": _hook_shown(visit, row)}, status)


def _show_hook(_handler: "Handler", visit: Visit) -> Answer:
    return json_answer({"data": _hook_shown(visit, _hook(visit, "id"))})


def _delete_hook(_handler: "Handler", visit: Visit) -> Answer:
    row = _hook(visit, "id")
    for trigger in visit.world.collection(TRIGGERS).where(hook_id=row["id"]):
        visit.world.collection(TRIGGERS).remove(trigger["id"])
    visit.world.collection(HOOKS).remove(row["id"])
    return Answer(204)


def _list_triggers(_handler: "Handler", visit: Visit) -> Answer:
    rows = visit.world.collection(TRIGGERS).where(hook_id=_hook(visit)["id"])
    return _paged(visit, [_trigger_shown(row) for row in rows])


def _create_trigger(handler: "Handler", visit: Visit) -> Answer:
    hook, body = _hook(visit), handler.body(visit)
    name, event = body.get("resource_name"), str(body.get("event_type")).lower()
    if name not in [known for known, _category, _tool in RESOURCE_NAMES.values()]:
        raise bad_parameter("resource_name", "is not a known resource")
    if event not in EVENTS:
        raise bad_parameter("event_type", f"must be one of {', '.join(EVENTS)}")
    row = {"id": visit.world.new_id(), **_place(visit), "hook_id": hook["id"]}
    row.update({"resource_name": name, "event_type": event})
    visit.world.collection(TRIGGERS).put(row)
    return json_answer({"data": _trigger_shown(row)}, 201)


def _delete_trigger(_handler: "Handler", visit: Visit) -> Answer:
    row = visit.world.collection(TRIGGERS).get(visit.path_id())
    if row is None or row["hook_id"] != _hook(visit)["id"]:
        raise not_found()
    visit.world.collection(TRIGGERS).remove(row["id"])
    return Answer(204)


def _list_deliveries(_handler: "Handler", visit: Visit) -> Answer:
    rows = visit.world.collection(DELIVERIES).where(hook_id=_hook(visit)["id"])
    asked = visit.call.parameter
    if asked("filter[status]"):
        rows = [row for row in rows if row["status"] == asked("filter[status]")]
    for name in ("resource_name", "event_type"):
        wanted = asked(f"filter[{name}]")
        rows = [row for row in rows if wanted in (None, row["payload"][name])]
    first, last = asked("filter[start]") or "0001-01-01", asked("filter[end]") or "9999-12-31"
    try:
        start, end = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in parse_range(f"{first}...{last}"))
    except ValueError as error:
        raise Refused(400, {"error": {"code": "invalid_parameter", "message": str(error)}}) from None
    rows = [row for row in rows if start.zfill(20) <= row["payload"]["timestamp"] <= end]
    shown = [{"id": str(row["id"]), "status": row["status"], "payload": row["payload"]} for row in rows]
    return _paged(visit, [{**row, "delivery_attempts": []} for row in shown])


def _list_resources(_handler: "Handler", visit: Visit) -> Answer:
    version = visit.call.parameter("payload_version")
    if version not in VERSIONS:
        raise bad_parameter("payload_version", f"must be one of {', '.join(VERSIONS)}")
    return _paged(
        visit,
        [
            {"category": category, "tool": tool, "name": name, "payload_version": version, "actions": list(EVENTS)}
            for name, category, tool in RESOURCE_NAMES.values()
        ],
    )


CALLS = (
    ("get", "resources", _list_resources),
    ("get", "hooks", _list_hooks),
    ("post", "hooks", _create_hook),
    ("get", "hooks/{id}", _show_hook),
    ("patch", "hooks/{id}", _update_hook),
    ("delete", "hooks/{id}", _delete_hook),
    ("get", "hooks/{hook_id}/triggers", _list_triggers),
    ("post", "hooks/{hook_id}/triggers", _create_trigger),
    ("delete", "hooks/{hook_id}/triggers/{id}", _delete_trigger),
    ("get", "hooks/{hook_id}/deliveries", _list_deliveries),
)

WEBHOOKS = Resource(
    name=HOOKS,
    wrapper="",
    show=Place("get", f"{BASES[0]}/hooks/{{id}}", steps=("data",)),
    operations=tuple(
        Operation("call", method, f"{base}/{words}", call=call) for base in BASES for method, words, call in CALLS
    ),
)
