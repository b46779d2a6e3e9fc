"""Standard cost code lists and their codes, cost types (line item types) and sub jobs.

Source: reference 6.3. Cost types are written with csv_import_code and read as code.
"""

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope
from maestro_procore.sandbox.row_changes import BLANK, INVALID
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

STANDARD, LISTS = "/rest/v1.0/standard_cost_codes", "/rest/v1.0/standard_cost_code_lists"
TYPES, SUB_JOBS = "/rest/v1.0/line_item_types", "/rest/v1.0/sub_jobs"
BY_ORIGIN = (filters.equals("filters[origin_id]", "origin_id"),)


def written(base: str, place: Place, words: str, views: tuple[str, ...] = ("full",)) -> list[Operation]:
    """Show, create, update and sync with one shape of record. words: which of them exist, and delete."""
    shapes, one = dict.fromkeys(views, place), f"{base}/{{id}}"
    possible = {
        "show": Operation("show", "get", one, shapes=shapes, default_view=views[0]),
        "create": Operation("create", "post", base, shapes=shapes, default_view=views[0], status=201),
        "update": Operation("update", "patch", one, shapes=shapes, default_view=views[0]),
        "sync": Operation("sync", "patch", f"{base}/sync", shapes=shapes, default_view=views[0]),
        "delete": Operation("delete", "delete", one, status=204),
    }
    return [possible[word] for word in words.split()]


def _standard_full_code(row: Row, visit: Visit) -> None:
    parent = visit.world.collection("standard_cost_codes").get(row.get("parent_id"))
    if parent is not None:
        row["full_code"] = f"{parent.get('full_code')}-{row.get('code')}"
    elif row.get("parent_id") is None or not row.get("full_code"):
        row["full_code"] = row.get("code")


def _standard_parent(row: Row, _before: Row | None, visit: Visit) -> Errors:
    above = row.get("parent_id")
    codes = visit.world.collection("standard_cost_codes")
    while above is not None:
        parent = codes.get(above)
        if parent is None or above == row["id"]:
            return {"parent_id": [INVALID]}
        above = parent.get("parent_id")
    return {}


def _standard_children(visit: Visit, row: Row) -> Errors:
    has = visit.world.collection("standard_cost_codes").where(parent_id=row["id"])
    return {"base": ["has child codes"]} if has else {}


def _coded(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    return {} if str(row.get("code") or "").strip() else {"code": [BLANK]}


STANDARD_LISTS = Resource(
    name="standard_cost_code_lists",
    wrapper="standard_cost_code_list",
    show=Place("get", LISTS, steps=("items",)),
    defaults={"available_to_use_on_new_projects": True, "is_erp_list": False},
    operations=(
        Operation("list", "get", LISTS, shapes={"full": Place("get", LISTS, steps=("items",))}, default_view="full"),
        *written(LISTS, Place("get", f"{LISTS}/{{id}}"), "show create update"),
    ),
)

STANDARD_VIEWS = ("default", "compact", "extended")
STANDARD_CODES = Resource(
    name="standard_cost_codes",
    wrapper="standard_cost_code",
    show=Place("get", STANDARD, steps=("items",)),
    scope=Scope("standard_cost_code_list_id", "standard_cost_code_lists"),
    references=(
        Reference("parent_id", None, "standard_cost_codes", keeps_id=True, within="standard_cost_code_list_id"),
    ),
    derive=_standard_full_code,
    rules=(_coded, _standard_parent),
    kept=_standard_children,
    operations=(
        Operation(
            "list",
            "get",
            STANDARD,
            shapes=dict.fromkeys(STANDARD_VIEWS, Place("get", STANDARD, steps=("items",))),
            default_view="default",
            filters=BY_ORIGIN,
        ),
        *written(
            STANDARD,
            Place("get", STANDARD, steps=("items",)),
            "show create update sync",
            STANDARD_VIEWS,
        ),
        Operation(
            "delete",
            "delete",
            f"{STANDARD}/{{id}}",
            shapes={"default": Place("delete", f"{STANDARD}/{{id}}")},
            default_view="default",
            unscoped=True,
        ),
    ),
)

LINE_ITEM_TYPES = Resource(
    name="line_item_types",
    wrapper="line_item_type",
    show=Place("get", TYPES, steps=("items",)),
    renamed={"csv_import_code": "code"},
    defaults={"base_type": "other"},
    operations=(
        Operation(
            "list",
            "get",
            TYPES,
            shapes={"full": Place("get", TYPES, steps=("items",))},
            default_view="full",
            filters=BY_ORIGIN,
        ),
        *written(TYPES, Place("get", TYPES, steps=("items",)), "show create update sync"),
    ),
)

SUB_JOB_RECORDS = Resource(
    name="sub_jobs",
    wrapper="sub_job",
    show=Place("get", SUB_JOBS, steps=("items",)),
    scope=Scope("project_id", "projects"),
    operations=(
        Operation(
            "list", "get", SUB_JOBS, shapes={"full": Place("get", SUB_JOBS, steps=("items",))}, default_view="full"
        ),
        *written(SUB_JOBS, Place("get", SUB_JOBS, steps=("items",)), "show create update sync"),
        Operation("delete", "delete", f"{SUB_JOBS}/{{id}}"),
    ),
)

CODE_LISTS = (STANDARD_LISTS, STANDARD_CODES, LINE_ITEM_TYPES, SUB_JOB_RECORDS)
