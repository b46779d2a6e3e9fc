"""WBS (budget) codes of a project: one item per segment of its pattern, made singly or in bulk.

Source: reference 6.4. Posting a combination that exists updates its description instead of failing.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Errors, Refused, bad_parameter, missing_field, rule_broken
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope
from maestro_procore.sandbox.row_changes import BLANK, INVALID
from maestro_procore.sandbox.segments import (
    PART,
    PROJECT_BASE,
    PROJECT_COLLECTION,
    item,
    segment_of,
    segments,
    source_id,
)
from maestro_procore.sandbox.sync_action import entries
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

BASE = f"{PROJECT_BASE}/wbs_codes"
LISTED = Place("get", BASE, steps=("items",))
BRIEF = ("id", "flat_code", "description")


def wbs_code_for(
    visit: Visit, project_id: int, cost_code_id: Any, line_item_type_id: Any, sub_job_id: Any = None
) -> Row | None:
    """The WBS code of a cost code and cost type, made when it is new; None when they are not of this project."""
    kept = visit.world.collection("wbs_codes")
    found = kept.where(
        project_id=project_id,
        cost_code_id=cost_code_id,
        line_item_type_id=line_item_type_id,
        sub_job_id=sub_job_id,
    )
    if found:
        return found[0]
    code = visit.world.collection("cost_codes").get(cost_code_id)
    kind = visit.world.collection("line_item_types").get(line_item_type_id)
    if code is None or code.get("project_id") != project_id or kind is None or not visit.owns(kind):
        return None
    now = visit.clock.stamp()
    row = {
        "id": visit.world.new_id(),
        COMPANY: visit.company_id,
        "project_id": project_id,
        "cost_code_id": cost_code_id,
        "line_item_type_id": line_item_type_id,
        "sub_job_id": sub_job_id,
        "status": "active",
        "created_at": now,
        "updated_at": now,
    }
    flatten(row, visit)
    row["description"] = row["flat_name"]
    kept.put(row)
    return row


def flatten(row: Row, visit: Visit) -> None:
    """Codes and names of the parts, joined by points."""
    parts = [visit.world.collection(PROJECT_COLLECTION[kind]).get(row.get(key)) for kind, key in PART.items()]
    found = [part for part in parts if part is not None]
    if not found:
        return
    row["flat_code"] = ".".join(str(part.get("full_code") or part.get("code") or part.get("name")) for part in found)
    row["flat_name"] = ".".join(str(part.get("name")) for part in found)


def _derive(row: Row, visit: Visit) -> None:
    row.setdefault("sub_job_id", None)
    flatten(row, visit)


def _shown(visit: Visit, row: Row) -> Row:
    flatten(row, visit)
    found = []
    for segment in segments(visit):
        key = PART.get(segment["type"])
        source = key and visit.world.collection(PROJECT_COLLECTION[segment["type"]]).get(row.get(key))
        if source:
            found.append(item(visit, segment, source))
        row["wbs_pattern_id"] = segment["wbs_pattern_id"]
    row["segment_items"] = found
    return row


def _parts(visit: Visit, sent: Any) -> tuple[dict[str, int], Errors]:
    """Row key → id of the parts that an entry names."""
    if not isinstance(sent, list) or not sent:
        return {}, {"segment_items": [BLANK]}
    found: dict[str, int] = {}
    for each in sent:
        segment = segment_of(visit, each.get("segment_id")) if isinstance(each, dict) else None
        if segment is None or segment["type"] not in PART:
            return {}, {"segment_id": [INVALID]}
        source = visit.world.collection(PROJECT_COLLECTION[segment["type"]]).get(
            source_id(visit, each.get("segment_item_id"))
        )
        in_project = source is not None and source.get("project_id") in (None, visit.path_id("project_id"))
        if source is None or not in_project or not visit.owns(source):
            return {}, {"segment_item_id": [INVALID]}
        found[PART[segment["type"]]] = source["id"]
    missing = [key for key in ("cost_code_id", "line_item_type_id") if key not in found]
    return found, {"segment_items": ["must hold one item of each required segment"]} if missing else {}


def _made(visit: Visit, entry: Mapping[str, Any]) -> tuple[Row, Errors]:
    parts, errors = _parts(visit, entry.get("segment_items"))
    if errors:
        return {}, errors
    project_id = visit.path_id("project_id")
    assert project_id is not None
    row = wbs_code_for(visit, project_id, parts["cost_code_id"], parts["line_item_type_id"], parts.get("sub_job_id"))
    assert row is not None, "both parts were found in this project"
    if entry.get("description") and entry["description"] != row.get("description"):
        row = {**row, "description": str(entry["description"]), "updated_at": visit.clock.stamp()}
        visit.world.collection("wbs_codes").put(row)
    return row, {}


def _create(handler: Handler, visit: Visit) -> Answer:
    handler.parents(visit)
    row, errors = _made(visit, handler.body(visit))
    if errors:
        raise rule_broken(errors)
    return handler.record_answer(visit, row)


def _create_many(handler: Handler, visit: Visit) -> Answer:
    """201, with what could not be made in `errors`."""
    handler.parents(visit)
    _view, shape = handler.view(visit)
    texts, refused = [], []
    for entry in entries(visit, handler.body(visit), "bulk"):
        row, errors = _made(visit, entry)
        if errors:
            refused.append({**entry, "errors": errors})
        else:
            texts.append(handler.rendered(visit, row, shape))
    return Answer(201, b'{"entities":[' + b",".join(texts) + b'],"errors":' + orjson.dumps(refused) + b"}")


def _set_status(handler: Handler, visit: Visit) -> Answer:
    parents = handler.parents(visit)
    body = handler.body(visit)
    ids, attributes = body.get("ids"), body.get("attributes")
    if not isinstance(ids, list) or not isinstance(attributes, dict):
        raise missing_field("ids" if ids is None else "attributes")
    if attributes.get("status") not in ("active", "inactive"):
        raise bad_parameter("status", "is not included in the list")
    kept = visit.world.collection("wbs_codes")
    for each in ids:
        row = kept.get(each)
        if row is None or row.get("project_id") != parents["project_id"]:
            raise Refused(404, {"errors": {"ids": [f"{each} {INVALID}"]}})
        kept.put({**row, "status": attributes["status"], "updated_at": visit.clock.stamp()})
    return Answer(204)


WBS_CODES = Resource(
    name="wbs_codes",
    wrapper="",
    show=LISTED,
    scope=Scope("project_id", "projects"),
    defaults={"status": "active", "sub_job_id": None},
    references=(
        Reference("cost_code_id", None, "cost_codes", keeps_id=True, within="project_id"),
        Reference("line_item_type_id", None, "line_item_types", keeps_id=True),
    ),
    derive=_derive,
    expand=_shown,
    operations=(
        Operation(
            "list",
            "get",
            BASE,
            shapes={"full": LISTED},
            default_view="full",
            filters=(
                filters.equals("filters[status][]", "status"),
                filters.moment_range("updated_at"),
                filters.search("flat_code", "flat_name", "description", parameter="query"),
            ),
        ),
        Operation("call", "post", BASE, shapes={"full": LISTED}, default_view="full", call=_create, status=201),
        Operation(
            "call", "patch", f"{BASE}/bulk_create", shapes={"full": LISTED}, default_view="full", call=_create_many
        ),
        Operation("call", "patch", f"{BASE}/update_all", call=_set_status, status=204),
        Operation("update", "patch", f"{BASE}/{{id}}", shapes={"full": LISTED}, default_view="full"),
    ),
)
