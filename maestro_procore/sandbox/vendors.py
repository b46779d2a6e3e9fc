"""Company vendors, and the vendors of a project's directory: the table row and the rules that are theirs alone.

Source: reference 6.2. There is no delete: a vendor is made inactive, and then stands in the inactive list only.
"""

from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.geography import state_of_country
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Test
from maestro_procore.sandbox.row_changes import TAKEN
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

V10 = "/rest/v1.0/vendors"
INACTIVE = "/rest/v1.0/companies/{company_id}/vendors/inactive"
SHOW = f"{V10}/{{id}}"
FULL = Place("get", V10, steps=("items",))

# The show operation describes one branch per view, in the order of its `view` parameter.
VIEWS = {
    name: Place("get", SHOW, steps=(branch,))
    for branch, name in enumerate(("compact", "normal", "erp", "extended", "directory", "summary"))
}

BIDDING = (
    "affirmative_action small_business african_american_business hispanic_business womens_business"
    " historically_underutilized_business sdvo_business certified_business_enterprise asian_american_business"
    " native_american_business disadvantaged_business minority_business_enterprise eight_a_business"
).split()

REFERENCES = (
    Reference("parent_id", "parent", "vendors"),
    Reference("vendor_group_id", "vendor_group", "vendor_groups"),
    Reference("primary_contact_id", "primary_contact", "people"),
    Reference("trade_ids", "trades", "trades", many=True),
    Reference("bidding_distribution_ids", "bidding_distribution", "people", many=True),
    Reference("standard_cost_code_ids", "standard_cost_codes", "standard_cost_codes", many=True),
)


def _derive(row: Row, visit: Visit) -> None:
    # A vendor that an integration marked with its origin_id counts as synced to the ERP.
    row["synced_to_erp"] = bool(row.get("origin_id"))
    row["company"] = row.get("name")
    if not row.get("legal_name"):
        row["legal_name"] = row.get("name")
    row["bidding"] = {**dict.fromkeys(BIDDING, False), **(row.get("bidding") or {})}


def _name_is_free(row: Row, _before: Row | None, visit: Visit) -> Errors:
    if not visit.switches["vendor_names_unique"]:
        return {}
    name = str(row.get("name") or "").casefold()
    taken = any(
        str(other.get("name") or "").casefold() == name and other["id"] != row["id"] and visit.owns(other)
        for other in visit.world.collection("vendors")
    )
    return {"name": [TAKEN]} if taken else {}


def _parent_has_none(row: Row, _before: Row | None, visit: Visit) -> Errors:
    """Vendors have two levels: a child cannot be a parent, nor its own."""
    parent = row.get("parent")
    if not parent:
        return {}
    above = visit.world.collection("vendors").get(parent["id"])
    if parent["id"] == row["id"] or (above is not None and above.get("parent")):
        return {"parent_id": ["is invalid"]}
    return {}


def _is_listed(visit: Visit) -> Test:
    if visit.switches["vendor_list_shows_inactive"]:
        return lambda _row: True
    return lambda row: bool(row.get("is_active"))


def _is_inactive(_visit: Visit) -> Test:
    return lambda row: not row.get("is_active")


def _activate(visit: Visit, row: Row) -> Row:
    return {**row, "is_active": True, "updated_at": visit.clock.stamp()}


def _in_project(visit: Visit) -> Test:
    project_id = visit.path_id("project_id")
    return lambda row: project_id in (row.get("project_ids") or ()) and bool(row.get("is_active"))


def _add_to_project(visit: Visit, row: Row) -> Row:
    projects = list(row.get("project_ids") or ())
    project_id = visit.path_id("project_id")
    if project_id in projects:
        return row
    return {**row, "project_ids": [*projects, project_id], "updated_at": visit.clock.stamp()}


def _remove_from_project(visit: Visit, row: Row) -> Row:
    left = [project_id for project_id in row.get("project_ids") or () if project_id != visit.path_id("project_id")]
    return {**row, "project_ids": left, "updated_at": visit.clock.stamp()}


COMPANY_FILTERS = (
    filters.equals("filters[origin_id]", "origin_id"),
    filters.search("name", "abbreviated_name", "trade_name"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    filters.nested_id("filters[standard_cost_code_id][]", "standard_cost_codes"),
    filters.nested_id("filters[trade_id][]", "trades"),
    filters.row_id("filters[id][]"),
    filters.nested_id("filters[parent_id][]", "parent"),
)

PROJECT_FILTERS = tuple(each for each in COMPANY_FILTERS if "_at" not in each.name and "origin" not in each.name)
V10_PROJECT_FILTERS = (*PROJECT_FILTERS, filters.equals("filters[abbreviated_name][]", "abbreviated_name"))


def _project_operations(version: str, list_views: dict[str, Place], default_view: str) -> tuple[Operation, ...]:
    base = f"/rest/{version}/projects/{{project_id}}/vendors"
    record_views = {
        "normal": Place("get", "/rest/v1.1/projects/{project_id}/vendors", steps=("items", 5)),
        "extended": Place("get", "/rest/v1.1/projects/{project_id}/vendors", steps=("items", 1)),
        "name": Place("get", "/rest/v1.1/projects/{project_id}/vendors", steps=("items", 3)),
    }
    filters_here = PROJECT_FILTERS if version == "v1.1" else V10_PROJECT_FILTERS
    return (
        Operation(
            "list", "get", base, shapes=list_views, default_view=default_view, filters=filters_here, keep=_in_project
        ),
        Operation("show", "get", f"{base}/{{id}}", shapes=record_views, default_view=default_view, keep=_in_project),
        Operation(
            "create", "post", base, shapes=record_views, default_view=default_view, act=_add_to_project, status=201
        ),
        Operation(
            "update", "patch", f"{base}/{{id}}", shapes=record_views, default_view=default_view, keep=_in_project
        ),
        Operation(
            "act",
            "post",
            f"{base}/{{id}}/actions/add",
            shapes=record_views,
            default_view="normal",
            act=_add_to_project,
            status=201,
        ),
        Operation(
            "act",
            "delete",
            f"{base}/{{id}}/actions/remove",
            shapes=record_views,
            default_view="normal",
            act=_remove_from_project,
            keep=_in_project,
            status=204,
        ),
    )


def _project_list_views() -> dict[str, Place]:
    """v1.1: one branch per view, in the document's own order."""
    order: tuple[tuple[str, Any], ...] = (
        ("ids_only", 0),
        ("extended", 1),
        ("list", 2),
        ("name", 3),
        ("minimal", 4),
        ("normal", 5),
    )
    base = "/rest/v1.1/projects/{project_id}/vendors"
    return {name: Place("get", base, steps=("items", branch)) for name, branch in order}


VENDORS = Resource(
    name="vendors",
    wrapper="vendor",
    show=FULL,
    references=REFERENCES,
    defaults={
        "is_active": True,
        "is_connected": False,
        "authorized_bidder": False,
        "prequalified": False,
        "union_member": False,
        "non_union_prevailing_wage": False,
        "company_vendor": False,
        "synced_to_erp": False,
        "contact_count": 0,
    },
    derive=_derive,
    rules=(state_of_country, _name_is_free, _parent_has_none),
    operations=(
        Operation("list", "get", V10, shapes=VIEWS, default_view="extended", filters=COMPANY_FILTERS, keep=_is_listed),
        Operation("create", "post", V10, shapes=VIEWS, default_view="extended", status=201),
        Operation(
            "sync",
            "patch",
            f"{V10}/sync",
            shapes={"full": Place("patch", f"{V10}/sync", steps=("entities", "items"))},
            default_view="full",
        ),
        Operation("show", "get", SHOW, shapes=VIEWS, default_view="normal"),
        Operation("update", "patch", SHOW, shapes=VIEWS, default_view="extended"),
        Operation("list", "get", INACTIVE, shapes=VIEWS, default_view="extended", keep=_is_inactive),
        Operation(
            "act",
            "patch",
            f"{INACTIVE}/{{id}}",
            shapes=VIEWS,
            default_view="extended",
            keep=_is_inactive,
            act=_activate,
        ),
        *_project_operations(
            "v1.0",
            {"normal": _project_list_views()["normal"], "extended": _project_list_views()["extended"]},
            "extended",
        ),
        *_project_operations("v1.1", _project_list_views(), "normal"),
    ),
)
