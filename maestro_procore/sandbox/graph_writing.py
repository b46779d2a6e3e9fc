"""Change a drive: folders, small uploads, rename and move, delete and restore, copies, check-out. Sources: reference
graph-drive 1.5, 1.6, 1.8. Upload sessions are graph_sessions.py."""

import re
from collections.abc import Mapping
from typing import Any, Final

from maestro_procore.sandbox.answers import Answer, json_answer
from maestro_procore.sandbox.graph_conditions import check_if_match, check_unlocked, is_inside
from maestro_procore.sandbox.graph_contents import check_room, kept, replaced, rewrite
from maestro_procore.sandbox.graph_errors import (
    GraphRefused,
    bad_request,
    item_not_found,
    name_taken,
    not_supported,
)
from maestro_procore.sandbox.graph_items import (
    GONE,
    LIVE,
    RECYCLED,
    bring_back,
    changed,
    child_named,
    find_item,
    is_library,
    is_personal,
    new_item,
    parent_of,
    path_of,
    put_away,
    renamed,
    root_of,
)
from maestro_procore.sandbox.graph_names import check_name, check_path_length, numbered
from maestro_procore.sandbox.graph_shapes import shown_item
from maestro_procore.sandbox.graph_visits import GraphVisit
from maestro_procore.sandbox.world import Row

LARGEST_PUT: Final = 250 * 1024 * 1024
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def item_answer(visit: GraphVisit, item: Row, status: int = 200) -> Answer:
    context = f"{visit.base}/$metadata#drives('{visit.drive['drive_id']}')/items/$entity"
    headers = {"Location": f"{visit.base}/drives/{visit.drive['drive_id']}/items/{item['item_id']}"}
    record = {"@odata.context": context, **shown_item(visit.drives, item)}
    return json_answer(record, status, headers if status == 201 else {})


def checked_name(visit: GraphVisit, folder: Row, name: object, *, is_folder: bool) -> str:
    """A name that may stand in this folder. Errors: GraphRefused 400."""
    found = check_name(name, is_folder=is_folder, in_root=folder["parent"] is None, is_library=is_library(visit.drive))
    path = path_of(visit.drives, folder)
    check_path_length(f"{visit.drive['name']}{path}/{found}")
    return found


def checked_folder(folder: Row) -> Row:
    """Errors: GraphRefused 400 when nothing can be put into it."""
    if folder["kind"] != "folder":
        raise bad_request("The parent is not a folder.")
    return folder


def free_name(visit: GraphVisit, folder: Row, name: str, *, is_folder: bool) -> str:
    """The name, numbered when it is taken."""
    found, number = name, 0
    while child_named(visit.drives, folder, found) is not None:
        number += 1
        found = numbered(name, number, is_folder=is_folder)
    return found


def create_child(visit: GraphVisit, folder: Row) -> Answer:
    """`POST children`: a folder. Errors: GraphRefused 400, 409."""
    body = visit.body()
    checked_folder(folder)
    if not isinstance(body.get("folder"), dict):
        raise bad_request("Only folders are made with this request; a file is uploaded.")
    name = checked_name(visit, folder, body.get("name"), is_folder=True)
    behavior = visit.conflict_behavior(body, "fail")
    there = child_named(visit.drives, folder, name)
    if there is not None and behavior == "rename":
        name = free_name(visit, folder, name, is_folder=True)
    elif there is not None and (behavior == "fail" or there["kind"] != "folder"):
        raise name_taken()
    elif there is not None:
        return item_answer(visit, there)
    times = file_system_times(body.get("fileSystemInfo"))
    return item_answer(visit, new_item(visit.drives, visit.drive, folder, name, visit.caller.identity, **times), 201)


def put_content(visit: GraphVisit, item: Row | None, folder: Row | None, name: str) -> Answer:
    """`PUT content`: replace an item, or make one of that name. Errors: GraphRefused 400, 409, 412, 413, 423, 507."""
    declared = visit.call.content_length() * visit.drives.scale
    if declared > LARGEST_PUT:
        raise GraphRefused(413, "invalidRequest", "The request is too large: use an upload session.")
    behavior = visit.conflict_behavior({}, "replace")
    if item is None and folder is not None:
        item, name = settle_target(visit, folder, name, behavior)
    if item is not None:
        check_if_match(visit, item)
        check_unlocked(visit, item)
    elif "if-match" in visit.call.headers:
        raise item_not_found()
    older = 0 if item is None or not is_personal(visit.drive) else item["size"]
    check_room(visit.drives, visit.drive, declared - older)
    content, hashed = kept(visit.drives, visit.call.content())
    values = {"content": [content], "size": declared, "hash": hashed.base64(), "fs_modified": visit.drives.stamp()}
    return store_file(visit, item, folder, name, values)


def settle_target(visit: GraphVisit, folder: Row, name: str, behavior: str) -> tuple[Row | None, str]:
    """What an upload of that name replaces, if anything, and the name that it gets. Errors: GraphRefused 400, 409."""
    checked_folder(folder)
    name = checked_name(visit, folder, name, is_folder=False)
    there = child_named(visit.drives, folder, name)
    if there is None:
        return None, name
    if behavior == "rename":
        return None, free_name(visit, folder, name, is_folder=False)
    if behavior == "fail" or there["kind"] != "file":
        raise name_taken()
    return there, name


def store_file(visit: GraphVisit, item: Row | None, folder: Row | None, name: str, values: Mapping[str, Any]) -> Answer:
    """Put the content into the item, or into a new one of the folder; SharePoint may rewrite it."""
    if item is not None:
        row, status = replaced(visit.drives, item, visit.caller.identity, values), 200
    else:
        assert folder is not None, "a new file has a folder"
        row = new_item(visit.drives, visit.drive, folder, name, visit.caller.identity, kind="file", **values)
        status = 201
    return item_answer(visit, rewrite(visit.drives, row), status)


def file_system_times(given: object) -> dict[str, str]:
    """The client's own times of an item. Errors: GraphRefused 400."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise bad_request("fileSystemInfo must be an object.")
    found = {}
    for name, key in (("createdDateTime", "fs_created"), ("lastModifiedDateTime", "fs_modified")):
        value = given.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not TIME.fullmatch(value):
            raise bad_request(f"fileSystemInfo.{name} is no time.")
        found[key] = value
    return found


def update(visit: GraphVisit, item: Row) -> Answer:
    """`PATCH`: rename, move, times, description, in one change. Errors: GraphRefused 400, 404, 409, 412, 423."""
    body = visit.body()
    check_if_match(visit, item)
    values: dict[str, Any] = file_system_times(body.get("fileSystemInfo"))
    if "description" in body:
        values["description"] = body["description"]
    folder = _new_parent(visit, item, body.get("parentReference"))
    name = body.get("name", item["name"])
    above = folder or parent_of(visit.drives, item)
    if folder is not None or name != item["name"]:
        if above is None:
            raise bad_request("The root cannot be renamed or moved.")
        check_unlocked(visit, item)
        values |= _new_place(visit, item, above, name, visit.conflict_behavior(body, "fail"))
    if not values:
        return item_answer(visit, item)
    if not any(name in values for name in ("parent", "name")) and item.get("locked"):
        check_unlocked(visit, item)
    return item_answer(visit, changed(visit.drives, item, visit.caller.identity, **values))


def _new_place(visit: GraphVisit, item: Row, above: Row, name: object, behavior: str) -> dict[str, Any]:
    is_folder = item["kind"] == "folder"
    found = checked_name(visit, above, name, is_folder=is_folder)
    there = child_named(visit.drives, above, found)
    if there is not None and there["id"] != item["id"]:
        if behavior == "rename":
            found = free_name(visit, above, found, is_folder=is_folder)
        elif behavior == "replace" and there["kind"] == "file" == item["kind"]:
            check_unlocked(visit, there)
            put_away(visit.drives, there, RECYCLED)
        else:
            raise name_taken()
    return {**renamed(found), "parent": above["id"]}


def _new_parent(visit: GraphVisit, item: Row, reference: object) -> Row | None:
    """The folder that an item is moved to; None when it stays. Errors: GraphRefused 400, 404."""
    if reference is None:
        return None
    if not isinstance(reference, dict):
        raise bad_request("parentReference must be an object.")
    if reference.get("driveId") not in (None, visit.drive["drive_id"]):
        raise not_supported("Moving between drives is not supported.")
    wanted = reference.get("id")
    if wanted == "root":
        raise bad_request("The root must be named by its real id.")
    if wanted is None and isinstance(reference.get("path"), str):
        folder: Row | None = root_of(visit.drives, visit.drive)
        for name in str(reference["path"]).partition("root:")[2].split("/"):
            folder = child_named(visit.drives, folder, name) if folder is not None and name else folder
    elif wanted is None:
        return None
    else:
        folder = find_item(visit.drives, visit.drive, str(wanted))
    if folder is None:
        raise item_not_found()
    checked_folder(folder)
    if is_inside(visit, folder, item):
        raise bad_request("An item cannot be moved into itself.")
    return None if folder["id"] == item["parent"] else folder


def delete(visit: GraphVisit, item: Row, state: str = RECYCLED) -> Answer:
    """To the recycle bin, with everything below. Errors: GraphRefused 400, 412, 423."""
    if item["parent"] is None:
        raise access_to_root()
    check_if_match(visit, item)
    check_unlocked(visit, item)
    put_away(visit.drives, item, state)
    return Answer(204)


def delete_for_good(visit: GraphVisit, item: Row) -> Answer:
    return delete(visit, item, GONE)


def access_to_root() -> GraphRefused:
    return GraphRefused(403, "accessDenied", "The root of a drive cannot be deleted.")


def restore(visit: GraphVisit, item_id: str) -> Answer:
    """Out of the recycle bin; only personal drives offer it. Errors: GraphRefused 404, 409, 501."""
    if not is_personal(visit.drive) and not visit.switches["restore_on_business"]:
        raise not_supported("Restoring is only supported on personal drives.")
    item = find_item(visit.drives, visit.drive, item_id, state=RECYCLED)
    if item is None:
        raise item_not_found()
    body = visit.body()
    parent = _new_parent(visit, item, body.get("parentReference")) or parent_of(visit.drives, item)
    if parent is None or parent["state"] != LIVE:
        raise item_not_found()
    name = checked_name(visit, parent, body.get("name", item["name"]), is_folder=item["kind"] == "folder")
    if child_named(visit.drives, parent, name) is not None:
        raise name_taken()
    return item_answer(visit, bring_back(visit.drives, {**item, **renamed(name), "parent": parent["id"]}))


def check_out(visit: GraphVisit, item: Row) -> Answer:
    """Errors: GraphRefused 423 when somebody else has it."""
    check_unlocked(visit, item)
    changed(visit.drives, item, visit.caller.identity, checked_out_by=visit.caller.identity)
    return Answer(204)


def check_in(visit: GraphVisit, item: Row) -> Answer:
    check_unlocked(visit, item)
    if not item.get("checked_out_by"):
        raise bad_request("The file is not checked out.")
    changed(visit.drives, item, visit.caller.identity, checked_out_by=None)
    return Answer(204)
