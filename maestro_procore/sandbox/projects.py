"""Projects: the table row, and the rules and derived fields that are theirs alone.

Source: reference 6.1, 3.3; v1.1 lists at most 300 on a page (limits-and-faults 1.1), v1.0 up to 2,000.
"""

from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.geography import state_of_country
from maestro_procore.sandbox.resources import Filter, Operation, Reference, Resource, Test
from maestro_procore.sandbox.row_changes import TAKEN, brief
from maestro_procore.sandbox.tools import tools_of_new_project
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

V10, V11 = "/rest/v1.0/projects", "/rest/v1.1/projects"
SHOW = Place("get", f"{V10}/{{id}}")
NAME_ONLY = Place("get", V11, steps=("items", 1))

REFERENCES = (
    Reference("project_stage_id", "project_stage", "project_stages", keeps_id=True),
    Reference("project_type_id", "project_type", "project_types", keeps_id=True),
    Reference("project_bid_type_id", "project_bid_type", "project_bid_types", keeps_id=True),
    Reference("project_owner_type_id", "project_owner_type", "project_owner_types", keeps_id=True),
    Reference("project_region_id", "project_region", "project_regions", keeps_id=True),
    Reference("program_id", "program", "programs"),
    Reference("office_id", "office", "offices"),
    Reference("parent_job_id", "parent_job", "projects", keeps_id=True),
    Reference("project_template_id", "project_template", "project_templates"),
    Reference("department_ids", "departments", "departments", many=True),
)


def _derive(row: Row, visit: Visit) -> None:
    number, name = row.get("project_number"), row.get("name")
    row["display_name"] = f"{number} - {name}" if number else name
    row["stage"] = (row.get("project_stage") or {}).get("name")
    template = row.get("project_template")
    row["from_project_template_id"] = template["id"] if template else row.get("from_project_template_id")
    company = visit.world.collection("companies").get(row.get(COMPANY))
    if company is not None and not row.get("company"):
        row["company"] = {"id": company["id"], "name": company.get("name")}
    if not row.get("created_by"):
        row["created_by"] = brief(visit.bearer.user)
    row["tz_name"] = row.get("time_zone")


def _default_status(visit: Visit) -> Test:
    """Without filters[by_status] only the projects of the default status are listed."""
    status = visit.switches["default_project_status"]
    if visit.call.parameter("filters[by_status]") is not None or status == "All":
        return lambda _row: True
    return lambda row: bool(row.get("active")) == (status == "Active")


def _number_is_free(row: Row, _before: Row | None, visit: Visit) -> Errors:
    number = row.get("project_number")
    if not number or not visit.switches["project_numbers_unique"]:
        return {}
    others = visit.world.collection("projects")
    taken = any(
        other.get("project_number") == number and other["id"] != row["id"] and visit.owns(other) for other in others
    )
    return {"project_number": [TAKEN]} if taken else {}


def _dates_in_order(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    start, end = row.get("start_date"), row.get("completion_date")
    return {"completion_date": ["must be after the start date"]} if start and end and end < start else {}


def _vendor_filter() -> Filter:
    """`filters[vendor_id]`: projects whose directory holds the vendor."""

    def make(visit: Visit, values: list[str]) -> Test:
        vendor = visit.world.collection("vendors").get(int(values[-1]))
        found = set((vendor or {}).get("project_ids") or ())
        return lambda row: row["id"] in found

    return Filter("filters[vendor_id]", make)


LIST_FILTERS = (
    filters.by_status(),
    filters.equals("filters[name]", "name"),
    filters.equals("filters[origin_id]", "origin_id"),
    filters.row_id(),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    filters.is_true("filters[synced]", lambda row: row.get("origin_id")),
    _vendor_filter(),
)

V10_FILTERS = (
    *LIST_FILTERS,
    filters.nested_id("filters[from_project_template_id]", "project_template", "from_project_template_id"),
)

V11_FILTERS = (
    *LIST_FILTERS,
    filters.equals("filters[project_number]", "project_number"),
    filters.is_true("filters[is_demo]", lambda row: row.get("is_demo")),
    filters.is_true("filters[template]", lambda row: row.get("template")),
    filters.nested_id("filters[by_owner_type]", "project_owner_type", "project_owner_type_id"),
    filters.nested_id("filters[by_department]", "departments"),
    filters.nested_id("filters[by_region]", "project_region", "project_region_id"),
    filters.nested_id("filters[by_office]", "office"),
    filters.nested_id("filters[by_program]", "program"),
    filters.nested_id("filters[by_stage]", "project_stage", "project_stage_id"),
    filters.nested_id("filters[by_type]", "project_type"),
    filters.nested_id("filters[by_bid_type]", "project_bid_type", "project_bid_type_id"),
)


def _address(row: Row) -> dict[str, Any]:
    return {
        "street": row.get("address"),
        "city": row.get("city"),
        "state_code": row.get("state_code"),
        "zip": row.get("zip"),
        "country_code": row.get("country_code"),
    }


PROJECTS = Resource(
    name="projects",
    wrapper="project",
    show=SHOW,
    references=REFERENCES,
    defaults={
        "active": True,
        "is_demo": False,
        "template": False,
        "is_erp_integrated": False,
        "dictionary_type": "standard",
        "custom_fields": {},
    },
    renamed={"erp_integrated": "is_erp_integrated", "image_id": "photo_id"},
    derive=_derive,
    rules=(state_of_country, _dates_in_order, _number_is_free),
    is_project=True,
    stored=tools_of_new_project,
    operations=(
        Operation(
            "list",
            "get",
            V11,
            shapes={
                "normal": Place("get", V11, steps=("items", 0)),
                "compact": NAME_ONLY,
                "extended": Place("get", V11, steps=("items", 2)),
                "ids objects": NAME_ONLY,
                "ids numbers": Place("get", "/rest/v1.1/projects/{project_id}/vendors", steps=("items", 0)),
            },
            default_view="default_project_view",
            variants={"ids": "projects_ids_view"},
            cap=300,
            filters=V11_FILTERS,
            keep=_default_status,
        ),
        Operation(
            "list",
            "get",
            V10,
            shapes={"full": Place("get", V10, steps=("items",)), "compact": NAME_ONLY},
            default_view="full",
            view="serializer_view",
            filters=V10_FILTERS,
            keep=_default_status,
        ),
        Operation(
            "list",
            "get",
            "/rest/v1.0/companies/{company_id}/projects",
            shapes={"full": Place("get", "/rest/v1.0/companies/{company_id}/projects", steps=("items",))},
            default_view="full",
            cap=None,
            computed={
                "address": _address,
                "stage_name": lambda row: (row.get("project_stage") or {}).get("name"),
                "status_name": lambda row: "Active" if row.get("active") else "Inactive",
                "type_name": lambda row: (row.get("project_type") or {}).get("name"),
                "open_items": lambda _row: [],
            },
        ),
        Operation("show", "get", f"{V10}/{{id}}", shapes={"full": SHOW, "minimal": NAME_ONLY}, default_view="full"),
        Operation("create", "post", V10, shapes={"full": Place("post", V10, 201)}, default_view="full", status=201),
        Operation(
            "update", "patch", f"{V10}/{{id}}", shapes={"full": Place("patch", f"{V10}/{{id}}")}, default_view="full"
        ),
        Operation(
            "sync",
            "patch",
            f"{V10}/sync",
            shapes={"full": Place("patch", f"{V10}/sync", steps=("entities", "items"))},
            default_view="full",
        ),
    ),
)
