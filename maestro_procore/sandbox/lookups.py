"""The small lists that projects refer to: stages, types, regions, programs, templates, departments, offices."""

from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.filters import is_true, moment_range, search
from maestro_procore.sandbox.resources import Filter, Operation, Resource


def _lookup(
    base: str, wrapper: str, writes: str, views: tuple[str, ...] = ("full",), filters: tuple[Filter, ...] = ()
) -> Resource:
    """base: path below /rest/v1.0/. writes: which of "create show update delete" this sandbox has."""
    base = f"/rest/v1.0/{base}"
    item = Place("get", base, steps=("items",))
    shapes = dict.fromkeys(views, item)
    one = f"{base}/{{id}}"
    possible = {
        "create": Operation("create", "post", base, shapes=shapes, default_view=views[0], status=201),
        "show": Operation("show", "get", one, shapes=shapes, default_view=views[0]),
        "update": Operation("update", "patch", one, shapes=shapes, default_view=views[0]),
        "delete": Operation("delete", "delete", one),
    }
    listing = Operation("list", "get", base, shapes=shapes, default_view=views[0], filters=filters)
    return Resource(base.rsplit("/", 1)[1], wrapper, item, (listing, *(possible[word] for word in writes.split())))


TRADE_FILTERS = (
    moment_range("updated_at"),
    is_true("filters[active]", lambda row: row.get("active")),
    search("name", parameter="filters[query]"),
)

LOOKUPS = (
    _lookup("companies/{company_id}/project_stages", "project_stage", "create show update delete"),
    _lookup("companies/{company_id}/project_types", "project_type", "create show update delete"),
    _lookup("companies/{company_id}/project_regions", "project_region", "create show update delete"),
    _lookup("companies/{company_id}/project_owner_types", "project_owner_type", "create show update delete"),
    _lookup("companies/{company_id}/programs", "program", ""),
    _lookup("companies/{company_id}/trades", "trade", "", filters=TRADE_FILTERS),
    _lookup("project_templates", "project_template", ""),
    _lookup("departments", "department", "create show update delete"),
    _lookup("offices", "office", "show", views=("normal", "extended")),
)
