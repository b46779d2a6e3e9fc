"""Copies of items: made at once here, announced as the real service does, with an address that tells how far they are.

Source: reference graph-drive 1.8.
"""

from typing import Any

from maestro_procore.sandbox.answers import Answer
from maestro_procore.sandbox.graph_conditions import check_may_open, is_inside
from maestro_procore.sandbox.graph_contents import check_room
from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request, item_not_found, name_taken
from maestro_procore.sandbox.graph_items import (
    RECYCLED,
    child_named,
    children,
    drive_of,
    find_drive,
    find_item,
    is_personal,
    new_item,
    parent_of,
    put_away,
)
from maestro_procore.sandbox.graph_shapes import folder_size
from maestro_procore.sandbox.graph_visits import GraphVisit
from maestro_procore.sandbox.graph_writing import checked_folder, checked_name, free_name
from maestro_procore.sandbox.world import Row

MONITOR_SECONDS = 86_400


def copy(visit: GraphVisit, item: Row) -> Answer:
    """`POST copy`: 202 and the address of a monitor. Errors: GraphRefused 400, 404, 409, 507."""
    body = visit.body()
    reference = body.get("parentReference") or {}
    if not isinstance(reference, dict):
        raise bad_request("parentReference must be an object.")
    drive = visit.drive
    if reference.get("driveId") not in (None, drive["drive_id"]):
        found = find_drive(visit.drives, str(reference["driveId"]))
        if found is None:
            raise item_not_found()
        check_may_open(visit, found)
        drive = found
    folder = (
        find_item(visit.drives, drive, str(reference["id"])) if reference.get("id") else parent_of(visit.drives, item)
    )
    if folder is None:
        raise item_not_found()
    if is_inside(visit, checked_folder(folder), item):
        raise bad_request("An item cannot be copied into itself.")
    size = folder_size(visit.drives, item) if item["kind"] == "folder" else item["size"]
    check_room(visit.drives, drive, size)
    name = _name(visit, item, folder, body)
    made = _copied(visit, item, drive, folder, name)
    expires = int(visit.drives.clock.unix()) + MONITOR_SECONDS
    address = visit.drives.address(f"/graph/copy/{made['id']}", expires)
    return Answer(202, headers={"Location": address})


def _name(visit: GraphVisit, item: Row, folder: Row, body: dict[str, Any]) -> str:
    is_folder = item["kind"] == "folder"
    name = checked_name(visit, folder, body.get("name") or item["name"], is_folder=is_folder)
    there = child_named(visit.drives, folder, name)
    behavior = visit.conflict_behavior(body, "fail")
    if behavior != "fail" and is_personal(drive_of(visit.drives, item)):
        raise GraphRefused(400, "notSupported", "conflictBehavior is not supported for copies on personal drives.")
    if there is None:
        return name
    if behavior == "rename":
        return free_name(visit, folder, name, is_folder=is_folder)
    if behavior == "fail" or there["kind"] != "file" or is_folder:
        raise name_taken()
    put_away(visit.drives, there, RECYCLED)
    return name


def _copied(visit: GraphVisit, item: Row, drive: Row, folder: Row, name: str) -> Row:
    """The copy of an item and of all that is below it; contents are shared, for they never change."""
    names = ("kind", "size", "hash", "content", "fs_created", "fs_modified", "description", "package_type")
    values = {key: item[key] for key in names if key in item}
    made = new_item(visit.drives, drive, folder, name, visit.caller.identity, **values)
    if item["kind"] == "folder":
        for child in children(visit.drives, item):
            _copied(visit, child, drive, made, child["name"])
    return made
