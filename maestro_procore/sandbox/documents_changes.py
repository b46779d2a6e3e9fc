"""What changes folders and files: create, rename, move, check out, new versions, the recycle bin.

Source: reference 7.1; codes and texts that it leaves open are switches.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maestro_procore.sandbox.answers import Answer, Errors, Refused, forbidden, json_answer, missing_field, not_found
from maestro_procore.sandbox.bodies import Content
from maestro_procore.sandbox.documents_shown import file_shown, folder_shown, version_shown
from maestro_procore.sandbox.documents_tree import (
    DOCUMENTS,
    FILE,
    FOLDER,
    TOOL,
    VERSIONS,
    Tree,
    file_type,
    lock_of,
    moment,
    new_document,
    user_of,
    versions,
)
from maestro_procore.sandbox.downloads import CONTENT, NAME
from maestro_procore.sandbox.permissions import has_level
from maestro_procore.sandbox.row_changes import BLANK, INVALID, TAKEN
from maestro_procore.sandbox.uploads import attach
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

OLD_UPLOAD = "is no longer supported; upload the file and send its upload_uuid"


def wrong(errors: Errors, status: int = 400) -> Refused:
    return Refused(status, {"errors": errors})


def found_document(visit: Visit, tree: Tree, kind: str, row_id: int | None) -> Row:
    """Errors: Refused 404, also for what the user may not see."""
    row = visit.world.collection(DOCUMENTS).get(row_id)
    if row is None or not visit.owns(row) or row["project_id"] != tree.project_id or row["document_type"] != kind:
        raise not_found()
    if not tree.is_visible(row):
        raise not_found()
    return row


def written(handler: "Handler", visit: Visit) -> dict[str, Any]:
    """The fields of the body, checked by the document. Errors: Refused 400, 406."""
    values, unknown, errors = handler.field_rules.clean(handler.wrapped(visit), visit.switches["short_text_limit"])
    if unknown and visit.switches["unknown_fields"] == "refuse":
        raise Refused(406, {"message": f"unknown field: {unknown[0]}", "fields": ", ".join(unknown)})
    if errors:
        raise wrong(errors)
    return values


def sent_content(visit: Visit, wrapper: str, values: Mapping[str, Any]) -> tuple[Content, str] | None:
    """The content that came with a request, and its name. Errors: Refused 400."""
    files = visit.call.files.get(f"{wrapper}[data]")
    if files and visit.switches["multipart_uploads"]:
        return visit.files.bodies.keep(files[-1].file), files[-1].name
    if files or values.get("data"):
        raise wrong({"data": [OLD_UPLOAD]})
    return attach(visit, values["upload_uuid"]) if values.get("upload_uuid") else None


def keep(visit: Visit, row: Row) -> Row:
    visit.world.collection(DOCUMENTS).put(row)
    if visit.switches["children_touch_folder"] and row["parent_id"] is not None:
        folder = visit.world.collection(DOCUMENTS).get(row["parent_id"])
        if folder is not None:
            visit.world.collection(DOCUMENTS).put({**folder, "updated_at": row["updated_at"]})
    return row


def add_version(visit: Visit, file: Row, content: Content, name: str, notes: str | None = None) -> Row:
    """A further version of the file; the caller keeps the file itself."""
    found = versions(visit, file["id"])
    row = {
        "id": visit.world.new_id(),
        "project_id": file["project_id"],
        COMPANY: file[COMPANY],
        "file_id": file["id"],
        "number": (found[-1]["number"] if found else 0) + 1,
        "notes": notes,
        "created_at": visit.clock.stamp(),
        "created_by": user_of(visit),
        CONTENT: dict(content),
        NAME: name,
    }
    visit.world.collection(VERSIONS).put(row)
    return row


def create_folder(handler: "Handler", visit: Visit) -> Answer:
    tree = Tree(visit, handler.parents(visit).get("project_id"))
    values = written(handler, visit)
    parent = _parent(visit, tree, values.get("parent_id"))
    name = _name(values.get("name"))
    if tree.named_alike(name, FOLDER, parent["id"]) is not None:
        raise wrong({"name": [TAKEN]}, int(visit.switches["name_taken_status"]))
    row = new_document(visit, tree, FOLDER, name, parent["id"])
    row.update(_marks(values))
    return json_answer(folder_shown(visit, tree, keep(visit, row)), 201)


def create_file(handler: "Handler", visit: Visit) -> Answer:
    tree = Tree(visit, handler.parents(visit).get("project_id"))
    values = written(handler, visit)
    parent = _parent(visit, tree, values.get("parent_id"))
    sent = sent_content(visit, "file", values)
    if sent is None:
        raise missing_field("upload_uuid")
    name = _name(values.get("name") or sent[1])
    if values.get("unique_name"):
        name = tree.free_name(name, parent["id"])
    if tree.named_alike(name, FILE, parent["id"]) is not None:
        raise wrong({"name": [TAKEN]}, int(visit.switches["name_taken_status"]))
    row = new_document(visit, tree, FILE, name, parent["id"])
    row.update(_marks(values), description=values.get("description"))
    add_version(visit, row, sent[0], name)
    return json_answer(file_shown(visit, tree, keep(visit, row)), 201)


def update_folder(handler: "Handler", visit: Visit) -> Answer:
    tree = Tree(visit, handler.parents(visit).get("project_id"))
    before = found_document(visit, tree, FOLDER, visit.path_id())
    values = written(handler, visit)
    _check_fixed(before)
    row = _moved(visit, tree, before, values)
    if row["name"] != before["name"] or row["parent_id"] != before["parent_id"]:
        clash = tree.named_alike(row["name"], FOLDER, row["parent_id"], before["id"])
        if clash is not None:
            raise wrong({"name": [TAKEN]}, int(visit.switches["name_taken_status"]))
    _keep_changed(visit, row, before)
    return json_answer(folder_shown(visit, Tree(visit, tree.project_id), row))


def update_file(handler: "Handler", visit: Visit) -> Answer:
    tree = Tree(visit, handler.parents(visit).get("project_id"))
    before = found_document(visit, tree, FILE, visit.path_id())
    values = written(handler, visit)
    row = {**before, **_checked_out(visit, tree, before, values)}
    if set(values) - {"checked_out_until"} or visit.call.files:
        check_lock(visit, tree, before)
    row = _moved(visit, tree, row, values)
    if "description" in values:
        row["description"] = values["description"]
    clash = tree.named_alike(row["name"], FILE, row["parent_id"], before["id"])
    if clash is not None and (row["name"], row["parent_id"]) != (before["name"], before["parent_id"]):
        raise competing(visit, tree, clash, TAKEN, "name_taken")
    sent = sent_content(visit, "file", values)
    row["file_type"] = file_type(row["name"])
    if sent is not None:
        add_version(visit, row, sent[0], values.get("name") or sent[1] or row["name"])
    _keep_changed(visit, row, before, is_new_version=sent is not None)
    return json_answer(file_shown(visit, Tree(visit, tree.project_id), row))


def create_version(handler: "Handler", visit: Visit) -> Answer:
    tree = Tree(visit, handler.parents(visit).get("project_id"))
    file_id = visit.call.parameter("file_id") or ""
    file = found_document(visit, tree, FILE, int(file_id) if file_id.isdigit() else None)
    check_lock(visit, tree, file)
    values = written(handler, visit)
    sent = sent_content(visit, "file_version", values)
    if sent is None:
        raise missing_field("upload_uuid")
    row = add_version(visit, file, sent[0], values.get("name") or sent[1] or file["name"], values.get("notes"))
    keep(visit, {**file, "updated_at": visit.clock.stamp()})
    return json_answer(version_shown(visit, row), 201)


def delete_document(kind: str, handler: "Handler", visit: Visit) -> Answer:
    """To the recycle bin. Errors: Refused 400 for a file that another has checked out, 404."""
    tree = Tree(visit, handler.parents(visit).get("project_id"))
    row = found_document(visit, tree, kind, visit.path_id())
    _check_fixed(row)
    if tree.is_in_bin(row):
        if visit.switches["binned_delete_status"] == 404:
            raise not_found()
        return Answer(200, b"")
    if _locked_by_another(visit, row):
        raise wrong({"base": ["The file is checked out"]}, int(visit.switches["locked_delete_status"]))
    bin_document(visit, tree, row)
    return Answer(200, b"")


def bin_document(visit: Visit, tree: Tree, row: Row) -> None:
    """Whether a deletion moves updated_at is not documented: of the item, of all that it holds, or not at all."""
    now, touched = visit.clock.stamp(), visit.switches["binning_touches"]
    if touched == "subtree":
        for each in tree.below(row["id"]) - {row["id"]}:
            inner = visit.world.collection(DOCUMENTS).get(each)
            assert inner is not None
            visit.world.collection(DOCUMENTS).put({**inner, "updated_at": now})
    updated = row["updated_at"] if touched == "nothing" else now
    visit.world.collection(DOCUMENTS).put({**row, "parent_id": tree.recycle_bin["id"], "updated_at": updated})


def check_lock(visit: Visit, tree: Tree, row: Row) -> None:
    """Errors: Refused 409 with the file, as it is documented for PATCH."""
    if _locked_by_another(visit, row):
        raise competing(visit, tree, row, "The file is checked out by another user", "checked_out")


def competing(visit: Visit, tree: Tree, row: Row, reason: str, kind: str) -> Refused:
    body = {"errors": {"base": [reason]}, "error_type": kind, "file": file_shown(visit, tree, row)}
    return Refused(409, body)


def _locked_by_another(visit: Visit, row: Row) -> bool:
    holder = lock_of(visit, row)
    return holder is not None and holder.get("id") != visit.bearer.user["id"]


def _checked_out(visit: Visit, tree: Tree, row: Row, values: Mapping[str, Any]) -> Row:
    """The lock as the request leaves it. Errors: Refused 400, 403, 409."""
    if "checked_out_until" not in values:
        return {}
    until = values["checked_out_until"]
    if until in (None, "", "null"):
        if _locked_by_another(visit, row) and not has_level(visit, tree.project_id, TOOL, "admin"):
            raise forbidden("Only an admin may reset the check-out of another user")
        return {"checked_out_until": None, "checked_out_by": None}
    check_lock(visit, tree, row)
    try:
        at = moment(until)
    except ValueError:
        raise wrong({"checked_out_until": ["is not a valid date-time"]}) from None
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ") if at.utcoffset() is not None else until
    return {"checked_out_until": stamp, "checked_out_by": user_of(visit)}


def _moved(visit: Visit, tree: Tree, before: Row, values: Mapping[str, Any]) -> Row:
    """Renamed, moved and marked. Errors: Refused 400."""
    row = {**before, **_marks(values)}
    if "name" in values:
        row["name"] = _name(values["name"])
    if "parent_id" in values:
        parent = _parent(visit, tree, values["parent_id"])
        if before["document_type"] == FOLDER and tree.is_inside(parent["id"], before):
            raise wrong({"parent_id": ["can't be the folder itself or one of its subfolders"]})
        if tree.is_in_bin(before) and not visit.switches["moves_out_of_bin"]:
            raise wrong({"parent_id": ["can't be changed in the recycle bin"]})
        row["parent_id"] = parent["id"]
    return row


def _keep_changed(visit: Visit, row: Row, before: Row, *, is_new_version: bool = False) -> None:
    if row == before and not is_new_version and not visit.switches["touch_without_change"]:
        return
    row["updated_at"] = visit.clock.stamp()
    keep(visit, row)


def _parent(visit: Visit, tree: Tree, parent_id: int | None) -> Row:
    """The folder something goes to; the root without one. Errors: Refused 400."""
    if parent_id is None:
        return tree.root
    row = visit.world.collection(DOCUMENTS).get(parent_id)
    is_fit = row is not None and visit.owns(row) and row["project_id"] == tree.project_id
    if not is_fit or row is None or row["document_type"] != FOLDER or row["is_recycle_bin"] or tree.is_in_bin(row):
        raise wrong({"parent_id": [INVALID]})
    return row


def _name(value: Any) -> str:
    if not str(value or "").strip():
        raise wrong({"name": [BLANK]})
    return str(value)


def _marks(values: Mapping[str, Any]) -> Row:
    made = {"is_tracked": bool(values["is_tracked"])} if "is_tracked" in values else {}
    if "explicit_permissions" in values:
        made["private"] = bool(values["explicit_permissions"])
    return made


def _check_fixed(row: Row) -> None:
    """Errors: Refused 403 for the root and the recycle bin."""
    if row["is_recycle_bin"] or row["parent_id"] is None:
        raise forbidden("This folder cannot be changed")
