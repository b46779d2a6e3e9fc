"""The sync action of any resource: up to 1,000 records created or changed, each answered on its own.

Source: DOC using_sync_actions.md, reference section 5 (look-up by id and origin_id, 200 with errors inside).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from maestro_procore.sandbox.answers import Answer, Errors, Refused, bad_parameter, missing_field
from maestro_procore.sandbox.row_changes import TAKEN
from maestro_procore.sandbox.scopes import is_inside
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

LIMIT = 1000
UNKNOWN_ID = "Entity with this ID not found"


def sync(handler: "Handler", visit: Visit) -> Answer:
    """Errors: Refused for the call as a whole."""
    parents = handler.parents(visit)
    body = handler.body(visit)
    updates = entries(visit, body, "updates")
    _view, shape = handler.view(visit)
    entities: list[bytes] = []
    refused: list[dict[str, Any]] = []
    for entry in updates:
        row, errors = _one(handler, visit, parents, entry)
        if row is None:
            refused.append({**entry, "errors": errors})
        else:
            entities.append(handler.rendered(visit, row, shape))
    refused += _deleted(handler, visit, body.get("deletes") or ())
    if visit.switches["sync_entities_order"] == "reversed":
        entities.reverse()
    text = b'{"entities":[' + b",".join(entities) + b'],"errors":' + orjson.dumps(refused) + b"}"
    return Answer(200, text, shape="sync")


def entries(visit: Visit, body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The entries of a bulk call. Errors: Refused when they are no list of objects, or too many."""
    found = body.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise missing_field(key) if found is None else bad_parameter(key, "must be a list of objects")
    if len(found) > LIMIT:
        status = visit.switches["sync_over_limit_status"]
        raise Refused(status, {"message": f"{key} holds more than {LIMIT} entries", "fields": key})
    return found


def _one(
    handler: "Handler", visit: Visit, parents: dict[str, int], entry: Mapping[str, Any]
) -> tuple[Row | None, Errors]:
    """The stored row, or None and what was wrong."""
    before, errors = _known(handler, visit, parents, entry)
    if errors:
        return None, errors
    try:
        row, errors = handler.changes.apply(handler.field_rules, before, entry, visit, in_sync=True, fixed=parents)
    except Refused as refused:
        told = refused.body.get("errors") if isinstance(refused.body, dict) else None
        return None, told or {"base": [str(refused.body)]}
    if errors:
        return None, errors
    if row is not before:
        handler.keep(visit, row, before)
    return row, {}


def _known(
    handler: "Handler", visit: Visit, parents: dict[str, int], entry: Mapping[str, Any]
) -> tuple[Row | None, Errors]:
    """The record an entry is about; None when it is to be made."""
    rows = handler.rows(visit)
    if entry.get("id") is not None:
        if handler.resource.name in visit.switches["sync_refuses_id"]:
            return None, {"id": ["is not permitted"]}
        row_id = entry["id"]
        before = rows.get(int(row_id) if isinstance(row_id, str) and row_id.isdigit() else row_id)
        may_touch = before is not None and (not handler.resource.is_project or visit.may_touch_project(before["id"]))
        may_touch = may_touch and before is not None and not before.get("deleted_at")
        if before is None or not visit.owns(before) or not is_inside(before, parents) or not may_touch:
            return None, {"id": [UNKNOWN_ID]}
        return before, {}
    origin_id = entry.get("origin_id")
    before = rows.by_origin(visit.company_id, str(origin_id)) if origin_id else None
    if before is not None and not is_inside(before, parents):
        # One origin_id may not stand in two projects of a company (DOC using_sync_actions.md).
        return None, {"origin_id": [TAKEN]}
    return before, {}


def _deleted(handler: "Handler", visit: Visit, ids: Any) -> list[dict[str, Any]]:
    """Remove the rows of `deletes`, where a sync has it; what could not be removed."""
    rows = handler.rows(visit)
    refused = []
    for row_id in ids:
        row = rows.get(row_id)
        errors: Errors = {"id": [UNKNOWN_ID]}
        if row is not None and visit.owns(row):
            errors = handler.resource.kept(visit, row) if handler.resource.kept is not None else {}
            if not errors:
                rows.remove(row["id"])
                continue
        refused.append({"id": row_id, "errors": errors})
    return refused
