"""The tools of a project: which of them are active, and the table rows that list and switch them.

Source: reference 7.5, 9.5 (a tool that is off answers 403); the engine names are not documented.
A project whose tools nobody has touched has all of them.
"""

from typing import TYPE_CHECKING

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Refused, missing_field, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row, World

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

BUDGET, COMMITMENTS, DIRECT_COSTS = "budgeting", "commitments", "direct_costs"
PRIME_CONTRACTS, CHANGE_ORDERS, INVOICING = "prime_contracts", "change_orders", "invoicing"
TITLES = {
    "directory": "Directory",
    BUDGET: "Budget",
    COMMITMENTS: "Commitments",
    DIRECT_COSTS: "Direct Costs",
    PRIME_CONTRACTS: "Prime Contracts",
    CHANGE_ORDERS: "Change Orders",
    "change_events": "Change Events",
    INVOICING: "Invoicing",
    "documents": "Documents",
    "images": "Photos",
    "daily_log": "Daily Log",
    "rfi": "RFIs",
    "submittal_log": "Submittals",
    "drawing_log": "Drawings",
    "specifications": "Specifications",
    "meetings": "Meetings",
    "punch_list": "Punch List",
    "observations": "Observations",
    "checklists": "Inspections",
    "instructions": "Instructions",
}

PROJECT_PATH = "/rest/v1.0/projects/{project_id}/tools"
LIST_PATH = "/rest/v1.0/tools"
ITEM = Place("get", PROJECT_PATH, steps=("items",))


def is_active(world: World, project_id: int, engine_name: str) -> bool:
    found = world.collection("tools").where(project_id=project_id, engine_name=engine_name)
    return not found or bool(found[-1].get("is_active"))


def make_tools(visit: Visit, project_id: int, *, active: bool) -> list[Row]:
    """The rows of a project that has none yet."""
    made = []
    now = visit.clock.stamp()
    for position, (engine_name, title) in enumerate(TITLES.items(), start=1):
        made.append(
            {
                "id": visit.world.new_id(),
                COMPANY: visit.company_id,
                "project_id": project_id,
                "engine_name": engine_name,
                "title": title,
                "is_active": active or engine_name == "directory",
                "position": position,
                "required": engine_name == "directory",
                "created_at": now,
                "updated_at": now,
            }
        )
        visit.world.collection("tools").put(made[-1])
    return made


def tools_of_new_project(visit: Visit, project: Row, before: Row | None) -> None:
    """A new project gets the tools of its template, all active; without one, what the switch says."""
    has_template = bool(project.get("project_template") or project.get("from_project_template_id"))
    if before is None and not has_template and visit.switches["tools_without_template"] == "inactive":
        make_tools(visit, project["id"], active=False)


def _rows(visit: Visit, project_id: int) -> list[Row]:
    return visit.world.collection("tools").where(project_id=project_id) or make_tools(visit, project_id, active=True)


def _list(handler: "Handler", visit: Visit) -> Answer:
    rows = _rows(visit, handler.parents(visit)["project_id"])
    wanted = visit.call.parameter("filters[is_active]")
    if wanted is not None:
        keep = filters.is_true("filters[is_active]", lambda row: row["is_active"]).make(visit, [wanted])
        rows = [row for row in rows if keep(row)]
    page, headers = page_of(visit, rows, 2000)
    return handler.list_answer(visit, page, headers)


def _switch(handler: "Handler", visit: Visit) -> Answer:
    rows = {row["id"]: row for row in _rows(visit, handler.parents(visit)["project_id"])}
    sent = handler.body(visit).get("tools")
    if not isinstance(sent, list):
        raise missing_field("tools")
    for entry in sent:
        row = rows.get(entry.get("id")) if isinstance(entry, dict) else None
        if row is None:
            raise not_found()
        if row["required"] and entry.get("is_active") is False:
            raise Refused(422, {"errors": {"is_active": ["is required in every project"]}})
        changed = {**row, **{name: entry[name] for name in ("is_active", "position") if name in entry}}
        rows[row["id"]] = changed
        visit.world.collection("tools").put(changed)
    return handler.list_answer(visit, list(rows.values()), {})


TOOLS = Resource(
    name="tools",
    wrapper="",
    show=ITEM,
    scope=Scope("project_id", "projects"),
    defaults={"is_active": True, "required": False},
    operations=(
        Operation("call", "get", PROJECT_PATH, shapes={"full": ITEM}, default_view="full", call=_list),
        Operation("call", "patch", PROJECT_PATH, shapes={"full": ITEM}, default_view="full", call=_switch),
        Operation(
            "call",
            "get",
            LIST_PATH,
            shapes={"full": Place("get", LIST_PATH, steps=("items",))},
            default_view="full",
            call=_list,
        ),
    ),
)
