"""Lines of direct costs: read per project or per direct cost, synchronized per project across many of them.

Source: reference 6.11.
"""

from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.line_amounts import read_numbers, settle_amounts, typed_amount
from maestro_procore.sandbox.line_codes import CODE_REFERENCES, settle_codes
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope
from maestro_procore.sandbox.row_changes import BLANK, brief
from maestro_procore.sandbox.taxes_and_units import unit_is_known
from maestro_procore.sandbox.tools import DIRECT_COSTS as TOOL
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

PROJECT_LINES = "/rest/v1.0/projects/{project_id}/direct_costs/line_items"
OWN_LINES = "/rest/v1.0/projects/{project_id}/direct_costs/{direct_cost_id}/line_items"
ONE = f"{OWN_LINES}/{{id}}"
HOLDER = Scope("direct_cost_id", "direct_costs")

FILTERS = (
    filters.row_id("filters[id]"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    filters.nested_id("filters[cost_code_id]", "cost_code", "cost_code_id"),
    filters.nested_id("filters[line_item_type_id]", "line_item_type", "line_item_type_id"),
)


def _project_of(given: Row) -> Any:
    return (given.get("project") or {}).get("id")


def _has_holder(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    return {} if row.get("direct_cost_id") is not None else {"direct_cost_id": [BLANK]}


def _amounts(row: Row, before: Row | None, visit: Visit) -> Errors:
    settle_amounts(row, before, visit)
    return {}


def _derive(row: Row, visit: Visit) -> None:
    if row.get("extended_amount") is None:
        settle_amounts(row, None, visit)
    if row.get("position") is None:
        row["position"] = len(lines_of(visit, row.get("direct_cost_id"))) + 1


def _shown(visit: Visit, row: Row) -> Row:
    world = visit.world
    row["holder"] = {"id": row.get("direct_cost_id"), "holder_type": "DirectCosts::Item"}
    project = world.collection("projects").get(row["project_id"])
    row["project"] = None if project is None else {"id": project["id"], "name": project.get("name")}
    row["company"] = brief(world.collection("companies").get(visit.company_id) or {})
    row["currency_configuration"] = currency_of(visit, world.collection("direct_costs").get(row.get("direct_cost_id")))
    return row


def _touch(visit: Visit, row: Row, _before: Row | None) -> None:
    """Whether a direct cost counts as changed when its lines are, is not documented."""
    kept = visit.world.collection("direct_costs")
    header = kept.get(row.get("direct_cost_id"))
    if header is not None and visit.switches["lines_touch_direct_cost"]:
        kept.put({**header, "updated_at": visit.clock.stamp()})


def lines_of(visit: Visit, direct_cost_id: Any) -> list[Row]:
    return visit.world.collection("direct_cost_line_items").where(direct_cost_id=direct_cost_id)


def currency_of(visit: Visit, header: Row | None) -> Row:
    """The currency_configuration of a direct cost and of its lines."""
    given, base = header or {}, visit.switches["company_currency"]
    return {
        "currency_iso_code": given.get("currency_iso_code") or base,
        "currency_exchange_rate": str(given.get("currency_exchange_rate") or "1.0"),
        "base_currency_iso_code": base,
    }


DIRECT_COST_LINES = Resource(
    name="direct_cost_line_items",
    wrapper="line_item",
    show=Place("get", ONE),
    scope=Scope("project_id", "projects", TOOL, found=_project_of),
    references=(
        Reference("direct_cost_id", "holder", "direct_costs", live=True, shows=("id",), within="project_id"),
        Reference("tax_code_id", None, "tax_codes", keeps_id=True),
        *CODE_REFERENCES,
    ),
    renamed={"manual_amount": "amount", "ref": "_ref"},
    derive=_derive,
    rules=(_has_holder, settle_codes, unit_is_known, _amounts),
    settled=(settle_codes, typed_amount, read_numbers, _amounts),
    expand=_shown,
    stored=_touch,
    operations=(
        Operation(
            "list",
            "get",
            PROJECT_LINES,
            shapes={"full": Place("get", PROJECT_LINES, steps=("items",))},
            default_view="full",
            filters=(*FILTERS, filters.nested_id("filters[direct_cost_id]", "holder", "direct_cost_id")),
        ),
        Operation(
            "list",
            "get",
            OWN_LINES,
            shapes={"full": Place("get", OWN_LINES, steps=("items",))},
            default_view="full",
            filters=FILTERS,
            within=(HOLDER,),
        ),
        Operation(
            "create",
            "post",
            OWN_LINES,
            shapes={"full": Place("post", OWN_LINES, 201)},
            default_view="full",
            within=(HOLDER,),
            status=201,
        ),
        Operation("show", "get", ONE, shapes={"full": Place("get", ONE)}, default_view="full", within=(HOLDER,)),
        Operation("update", "patch", ONE, shapes={"full": Place("patch", ONE)}, default_view="full", within=(HOLDER,)),
        Operation("delete", "delete", ONE, within=(HOLDER,)),
        Operation(
            "sync",
            "patch",
            f"{PROJECT_LINES}/sync",
            shapes={"full": Place("patch", f"{PROJECT_LINES}/sync", steps=("entities", "items"))},
            default_view="full",
        ),
    ),
)
