"""Cost codes of projects, and how they are copied from a standard list (code_lists.py).

Source: reference 6.3. Codes are trees: `code` is the own part, `full_code` holds the parents' too.
"""

from typing import Any

import orjson

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Errors, bad_parameter, missing_field, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope, Test
from maestro_procore.sandbox.row_changes import BLANK, INVALID, TAKEN
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import flatten
from maestro_procore.sandbox.world import Row

CODES = "/rest/v1.0/cost_codes"
ONE = Place("get", f"{CODES}/{{id}}")
LISTED = Place("get", CODES, steps=("items", 0))
COMPACT = Place("get", CODES, steps=("items", 1))
SUB_JOB = Scope("sub_job_id", "sub_jobs", optional=True)
TYPE_FIELDS = ("id", "name", "code", "base_type", "origin_data", "origin_id")


def _project_of(given: Row) -> Any:
    return given.get("biller_id") if given.get("biller_type") in (None, "Project") else None


def _full_code(row: Row, visit: Visit) -> None:
    parent_id = row.get("parent_id")
    parent = visit.world.collection("cost_codes").get(parent_id)
    if parent is not None:
        row["full_code"] = f"{parent.get('full_code')}-{row.get('code')}"
    elif parent_id is None or not row.get("full_code"):
        row["full_code"] = row.get("code")
    row["sortable_code"] = row["full_code"]


def _descend(visit: Visit, row: Row, before: Row | None) -> None:
    """A code that gets another full code gives it on to its children and its budget codes."""
    if before is None or before.get("full_code") == row.get("full_code"):
        return
    budget_codes = visit.world.collection("wbs_codes")
    for budget_code in budget_codes.where(cost_code_id=row["id"]):
        renamed = dict(budget_code)
        flatten(renamed, visit)
        budget_codes.put(renamed)
    codes = visit.world.collection("cost_codes")
    for child in codes.where(parent_id=row["id"]):
        changed = dict(child)
        _full_code(changed, visit)
        codes.put({**changed, "updated_at": visit.clock.stamp()})
        _descend(visit, changed, child)


def _has_code(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    return {} if str(row.get("code") or "").strip() else {"code": [BLANK]}


def _no_cycle(row: Row, before: Row | None, visit: Visit) -> Errors:
    above = row.get("parent_id")
    if before is None or above == before.get("parent_id"):
        return {}
    codes = visit.world.collection("cost_codes")
    while above is not None:
        if above == row["id"]:
            return {"parent_id": [INVALID]}
        above = (codes.get(above) or {}).get("parent_id")
    return {}


def _code_is_free(row: Row, before: Row | None, visit: Visit) -> Errors:
    same = before is not None and all(row.get(key) == before.get(key) for key in ("code", "parent_id"))
    if same or not visit.switches["cost_codes_unique"]:
        return {}
    siblings = visit.world.collection("cost_codes").where(
        project_id=row["project_id"], parent_id=row.get("parent_id"), code=row.get("code")
    )
    taken = any(other["id"] != row["id"] and other.get("sub_job_id") == row.get("sub_job_id") for other in siblings)
    return {"code": [TAKEN]} if taken else {}


def _shown(visit: Visit, row: Row) -> Row:
    """The project or sub job that bills it, and the budget codes made with it."""
    project = visit.world.collection("projects").get(row.get("project_id")) or {}
    sub_job = visit.world.collection("sub_jobs").get(row.get("sub_job_id"))
    biller = sub_job or project
    row["biller"], row["biller_id"], row["biller_origin_id"] = (biller.get(key) for key in ("name", "id", "origin_id"))
    row["biller_type"] = "SubJob" if sub_job else "Project"
    budget_codes = visit.world.collection("wbs_codes").where(cost_code_id=row["id"])
    lines = visit.world.collection("budget_line_items")
    row["budgeted"] = any(lines.where(wbs_code_id=code["id"]) for code in budget_codes)
    types = visit.world.collection("line_item_types")
    found = {code.get("line_item_type_id"): types.get(code.get("line_item_type_id")) for code in budget_codes}
    row["line_item_types"] = [{name: kind.get(name) for name in TYPE_FIELDS} for kind in found.values() if kind]
    return row


def _of_sub_job(visit: Visit) -> Test:
    """Without sub_job_id the codes of the project itself."""
    wanted = visit.call.parameter("sub_job_id")
    if wanted is None:
        return lambda row: row.get("sub_job_id") is None
    return lambda row: str(row.get("sub_job_id")) == wanted


def _standard_rows(handler: Handler, visit: Visit) -> list[Row]:
    """Codes of the list that the body names, parents first. Errors: Refused 400, 404."""
    list_id = handler.body(visit).get("standard_cost_code_list_id")
    if list_id is None:
        raise missing_field("standard_cost_code_list_id")
    found = visit.world.collection("standard_cost_code_lists").get(list_id)
    if found is None or not visit.owns(found):
        raise not_found()
    rows = visit.world.collection("standard_cost_codes").where(standard_cost_code_list_id=list_id)
    return sorted(rows, key=lambda row: str(row.get("full_code") or "").count("-"))


def _copied(handler: Handler, visit: Visit, standard: list[Row]) -> tuple[list[Row], list[Row]]:
    """The project's copies, and the standard codes that could not be copied."""
    parents = handler.parents(visit)
    codes = visit.world.collection("cost_codes")
    copies = {code.get("standard_cost_code_id"): code["id"] for code in codes.where(**parents)}
    made: list[Row] = []
    failed: list[Row] = []
    for each in standard:
        row = {
            **handler.changes.new_row(visit),
            **parents,
            "parent_id": copies.get(each.get("parent_id")) if each.get("parent_id") else None,
            "code": each.get("code"),
            "name": each.get("name"),
            "standard_cost_code_id": each["id"],
            "standard_cost_code_list_id": each.get("standard_cost_code_list_id"),
        }
        if each["id"] in copies or _code_is_free(row, None, visit):
            failed.append(each)
            continue
        made.append(handler.changes.finish(row, visit))
        handler.keep(visit, made[-1], None)
        copies[each["id"]] = made[-1]["id"]
    return made, failed


def _copy_list(handler: Handler, visit: Visit) -> Answer:
    made, _failed = _copied(handler, visit, _standard_rows(handler, visit))
    answer = handler.list_answer(visit, made, {})
    return Answer(201, answer.body)


def _copy_subset(handler: Handler, visit: Visit) -> Answer:
    """201 when all were copied, 207 when some were not; parents come along when they are named too."""
    wanted = handler.body(visit).get("standard_cost_code_ids")
    if wanted is None:
        raise missing_field("standard_cost_code_ids")
    if not isinstance(wanted, list):
        raise bad_parameter("standard_cost_code_ids", "must be a list of ids")
    standard = [row for row in _standard_rows(handler, visit) if row["id"] in wanted]
    made, failed = _copied(handler, visit, standard)
    unknown = len(set(wanted)) - len(standard)
    _view, shape = handler.view(visit)
    texts = b",".join(handler.rendered(visit, row, shape) for row in made)
    failures = [shape.record(row) for row in failed]
    body = b'{"successes":[' + texts + b'],"failures":' + orjson.dumps(failures) + b"}"
    return Answer(207 if failed or unknown else 201, body)


COST_CODES = Resource(
    name="cost_codes",
    wrapper="cost_code",
    show=ONE,
    scope=Scope("project_id", "projects", found=_project_of),
    references=(
        Reference("parent_id", "parent", "cost_codes", live=True, shows=("id",), within="project_id"),
        Reference("standard_cost_code_id", None, "standard_cost_codes", keeps_id=True),
    ),
    derive=_full_code,
    rules=(_has_code, _no_cycle, _code_is_free),
    expand=_shown,
    stored=_descend,
    operations=(
        Operation(
            "list",
            "get",
            CODES,
            shapes={"default": LISTED, "erp_compact": COMPACT},
            default_view="default",
            filters=(filters.row_id("filters[id]"), filters.equals("filters[origin_id]", "origin_id")),
            keep=_of_sub_job,
        ),
        Operation("show", "get", f"{CODES}/{{id}}", shapes={"full": ONE}, default_view="full"),
        Operation(
            "create",
            "post",
            CODES,
            shapes={"full": Place("post", CODES, 201)},
            default_view="full",
            within=(SUB_JOB,),
            status=201,
        ),
        Operation(
            "update",
            "patch",
            f"{CODES}/{{id}}",
            shapes={"full": Place("patch", f"{CODES}/{{id}}")},
            default_view="full",
        ),
        Operation(
            "sync",
            "patch",
            f"{CODES}/sync",
            shapes={"default": Place("patch", f"{CODES}/sync", steps=("entities", "items", 0))},
            default_view="default",
            within=(SUB_JOB,),
        ),
        Operation(
            "call",
            "post",
            f"{CODES}/copy_from_standard_list",
            shapes={"default": LISTED},
            default_view="default",
            call=_copy_list,
            within=(SUB_JOB,),
        ),
        Operation(
            "call",
            "post",
            f"{CODES}/copy_subset_from_standard_list",
            shapes={"default": LISTED},
            default_view="default",
            call=_copy_subset,
            within=(SUB_JOB,),
        ),
    ),
)
