"""Segments of the work breakdown structure and their items: cost codes and cost types seen as budget code parts.

Source: reference 6.4. An item is not kept twice: it is the cost code, cost type or sub job, under an id of its own
(the documents know `legacy_cost_code_id` beside it), so that no client can mix the two.
"""

from typing import Any

from maestro_procore.sandbox.answers import Answer, bad_parameter, missing_field, not_found, rule_broken
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.row_changes import TAKEN
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

COMPANY_BASE = "/rest/v1.0/companies/{company_id}/work_breakdown_structure"
PROJECT_BASE = "/rest/v1.0/projects/{project_id}/work_breakdown_structure"
LAST = 99  # position of a custom segment that names none
ITEM_ID_OFFSET = 1 << 40

# type, name, structure, delimiter, required, project collection, company collection
DEFAULTS: tuple[tuple[str, str, str, str, bool, str, str], ...] = (
    ("sub_job", "Sub Job", "flat", ".", False, "sub_jobs", ""),
    ("cost_code", "Cost Code", "tiered", "-", True, "cost_codes", "standard_cost_codes"),
    ("line_item_type", "Cost Type", "flat", ".", True, "line_item_types", "line_item_types"),
)
PROJECT_COLLECTION = {row[0]: row[5] for row in DEFAULTS}
COMPANY_COLLECTION = {row[0]: row[6] for row in DEFAULTS}
PART = {"sub_job": "sub_job_id", "cost_code": "cost_code_id", "line_item_type": "line_item_type_id"}


def segments(visit: Visit) -> list[Row]:
    """The segments of the company; the three that every company has are made when first asked for."""
    kept = visit.world.collection("segments")
    known = {row.get("type") for row in kept.where(**{COMPANY: visit.company_id})}
    if not known.issuperset(PART):
        now, pattern = visit.clock.stamp(), visit.world.new_id()
        for position, (kind, name, structure, delimiter, required, _project, _company) in enumerate(DEFAULTS, start=1):
            kept.put(
                {
                    "id": visit.world.new_id(),
                    COMPANY: visit.company_id,
                    "type": kind,
                    "name": name,
                    "position": position,
                    "structure": structure,
                    "delimiter": delimiter,
                    "required": required,
                    "wbs_pattern_id": pattern,
                    "project_can_modify_origin_project": True,
                    "project_can_delete_origin_company": False,
                    "selectable_tiers": False,
                    "is_included_in_project_pattern": True,
                    "tiered": structure == "tiered",
                    "segment_items_count": None,
                    "created_at": now,
                    "updated_at": now,
                }
            )
    project_id = visit.path_id("project_id")
    found = [row for row in kept.where(**{COMPANY: visit.company_id}) if row.get("project_id") in (None, project_id)]
    return sorted(found, key=lambda row: row.get("position") or LAST)


def segment_of(visit: Visit, value: Any) -> Row | None:
    return next((row for row in segments(visit) if str(row["id"]) == str(value)), None)


def item_id(visit: Visit, source_id: int) -> int:
    """The id under which a cost code, cost type or sub job is a segment item."""
    return source_id + (ITEM_ID_OFFSET if visit.switches["segment_item_ids"] == "own" else 0)


def source_id(visit: Visit, value: Any) -> int | None:
    """The other way round; None for what is no id."""
    try:
        return int(value) - (ITEM_ID_OFFSET if visit.switches["segment_item_ids"] == "own" else 0)
    except (TypeError, ValueError):
        return None


def item(visit: Visit, segment: Row, row: Row) -> Row:
    """A record as an item of its segment."""
    kept = visit.world.collection(PROJECT_COLLECTION[segment["type"]])
    path = [row]
    while path[0].get("parent_id") is not None and (above := kept.get(path[0]["parent_id"])) is not None:
        path.insert(0, above)
    part = PART[segment["type"]]
    return {
        "id": item_id(visit, row["id"]),
        "code": row.get("code") or row.get("name"),
        "name": row.get("name"),
        "created_at": row.get("created_at"),
        "updated_at": row.get("updated_at"),
        "parent_id": item_id(visit, row["parent_id"]) if row.get("parent_id") else None,
        "path_ids": [item_id(visit, each["id"]) for each in path],
        "path_code": row.get("full_code") or row.get("code") or row.get("name"),
        "is_parent": bool(row.get("full_code") and kept.where(parent_id=row["id"])),
        "path_codes": [each.get("code") or each.get("name") for each in path],
        "path_names": [each.get("name") for each in path],
        "in_use": bool(visit.world.collection("wbs_codes").where(**{part: row["id"]})),
        "segment": segment,
        "status": row.get("segment_status") or "active",
    }


def _segment(visit: Visit, name: str = "segment_id") -> Row:
    found = segment_of(visit, visit.path_values[name])
    if found is None:
        raise not_found()
    return found


def _list_segments(handler: Handler, visit: Visit) -> Answer:
    return handler.list_answer(visit, segments(visit), {})


def _show_segment(handler: Handler, visit: Visit) -> Answer:
    return handler.record_answer(visit, _segment(visit, "id"))


def _pattern(handler: Handler, visit: Visit) -> Answer:
    found = segments(visit)
    first = found[0]
    row = {
        "id": first["wbs_pattern_id"],
        "description": None,
        "created_at": first["created_at"],
        "updated_at": first["updated_at"],
        "is_project_level_ordered": False,
        "segments": found,
    }
    return handler.record_answer(visit, row)


def _sources(visit: Visit, segment: Row) -> list[Row]:
    """The records behind the items of a segment, of the project in the path or of the company."""
    in_project = "project_id" in visit.path_values
    name = (PROJECT_COLLECTION if in_project else COMPANY_COLLECTION).get(segment["type"], "")
    kept = visit.world.collection(name or "segment_items")
    if in_project and name != "line_item_types":
        return kept.where(project_id=visit.path_id("project_id"))
    rows = kept.where(**{COMPANY: visit.company_id})
    wanted = visit.call.parameter("segment_item_list_id")
    if name == "standard_cost_codes" and wanted is not None:
        rows = [row for row in rows if str(row.get("standard_cost_code_list_id")) == wanted]
    return rows


def _list_items(handler: Handler, visit: Visit) -> Answer:
    segment = _segment(visit)
    rows = _sources(visit, segment)
    if visit.call.parameter("only_active_items") == "true":
        rows = [row for row in rows if (row.get("segment_status") or "active") == "active"]
    page, headers = page_of(visit, rows, 2000)
    return handler.list_answer(visit, [item(visit, segment, row) for row in page], headers)


def _source(visit: Visit, segment: Row, value: Any) -> Row:
    wanted = source_id(visit, value)
    found = next((row for row in _sources(visit, segment) if row["id"] == wanted), None)
    if found is None:
        raise not_found()
    return found


def _show_item(handler: Handler, visit: Visit) -> Answer:
    segment = _segment(visit)
    return handler.record_answer(visit, item(visit, segment, _source(visit, segment, visit.path_values["id"])))


def _create_item(handler: Handler, visit: Visit) -> Answer:
    """A new item of a project's cost code segment is a new cost code."""
    segment = _segment(visit)
    body = handler.body(visit)
    for name in ("code", "name"):
        if not body.get(name):
            raise missing_field(name)
    if segment["type"] != "cost_code":
        raise rule_broken({"base": ["items of this segment belong to the company"]})
    codes = visit.world.collection("cost_codes")
    project_id, parent = visit.path_id("project_id"), None
    if body.get("parent_id") is not None:
        parent = _source(visit, segment, body["parent_id"])
    parent_id = None if parent is None else parent["id"]
    if codes.where(project_id=project_id, parent_id=parent_id, code=body["code"]):
        raise rule_broken({"code": [TAKEN]})
    now = visit.clock.stamp()
    full_code = body["code"] if parent is None else f"{parent['full_code']}-{body['code']}"
    made = {
        "id": visit.world.new_id(),
        COMPANY: visit.company_id,
        "project_id": project_id,
        "parent_id": parent_id,
        "code": body["code"],
        "full_code": full_code,
        "sortable_code": full_code,
        "name": body["name"],
        "created_at": now,
        "updated_at": now,
    }
    codes.put(made)
    return handler.record_answer(visit, item(visit, segment, made))


def _set_status(handler: Handler, visit: Visit) -> Answer:
    """`update_all`: the status of many items."""
    segment = _segment(visit)
    body = handler.body(visit)
    ids, attributes = body.get("ids"), body.get("attributes")
    if not isinstance(ids, list) or not isinstance(attributes, dict):
        raise missing_field("ids" if ids is None else "attributes")
    if attributes.get("status") not in ("active", "inactive"):
        raise bad_parameter("status", "is not included in the list")
    if segment["type"] not in PROJECT_COLLECTION:
        raise not_found()
    kept = visit.world.collection(PROJECT_COLLECTION[segment["type"]])
    for each in ids:
        row = _source(visit, segment, each)
        kept.put({**row, "segment_status": attributes["status"], "updated_at": visit.clock.stamp()})
    return Answer(204)


def _as_it_is(_visit: Visit, row: Row) -> Row:
    return row


def _call(method: str, path: str, place: Place, call: Any, status: int = 200) -> Operation:
    return Operation("call", method, path, shapes={"full": place}, default_view="full", call=call, status=status)


ITEMS = {
    base: Place("get", f"{base}/segments/{{segment_id}}/segment_items", steps=("items",))
    for base in (COMPANY_BASE, PROJECT_BASE)
}


def _item_operations(base: str) -> tuple[Operation, ...]:
    path = f"{base}/segments/{{segment_id}}/segment_items"
    found = [_call("get", path, ITEMS[base], _list_items)]
    if base == PROJECT_BASE:
        found.append(_call("post", path, ITEMS[base], _create_item, 201))
        found.append(_call("patch", f"{path}/update_all", ITEMS[base], _set_status, 204))
    if base == COMPANY_BASE:
        found.append(_call("get", f"{path}/{{id}}", Place("get", f"{path}/{{id}}"), _show_item))
    return tuple(found)


SEGMENTS = (
    Resource(
        name="segments",
        wrapper="segment",
        show=Place("get", f"{COMPANY_BASE}/segments/{{id}}"),
        # A custom segment may stand in one project only; it has no items here.
        scope=Scope("project_id", "projects", optional=True),
        expand=_as_it_is,
        operations=tuple(
            operation
            for base in (COMPANY_BASE, PROJECT_BASE)
            for operation in (
                _call("get", f"{base}/segments", Place("get", f"{base}/segments", steps=("items",)), _list_segments),
                _call("get", f"{base}/segments/{{id}}", Place("get", f"{base}/segments/{{id}}"), _show_segment),
                _call("get", f"{base}/patterns", Place("get", f"{base}/patterns"), _pattern),
            )
        ),
    ),
    Resource(
        name="segment_items",
        wrapper="",
        show=ITEMS[PROJECT_BASE],
        scope=Scope("project_id", "projects"),
        expand=_as_it_is,
        operations=(*_item_operations(COMPANY_BASE), *_item_operations(PROJECT_BASE)),
    ),
)
