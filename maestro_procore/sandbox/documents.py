"""The Documents tool of projects and of the company: folders, files, versions, the flat index, custom tags.

Source: reference 7.1. Rules of changing are documents_changes.py, how records read is documents_shown.py.
A person's changes through the control interface: `POST state/documents {"project_id", "name", "parent_id"}` makes a
folder, with "content" (text) or "content_base64" a file; with "id" it renames, moves ("parent_id"), writes a new
version, checks out ("checked_out_until", by the person unless "checked_out_by" says who) or marks ("private").
`DELETE state/documents/ID` moves to the recycle bin, with `?permanent=true` it is gone for good.
"""

import base64
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Refused, json_answer, missing_field, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.documents_changes import (
    add_version,
    bin_document,
    create_file,
    create_folder,
    create_version,
    delete_document,
    found_document,
    update_file,
    update_folder,
)
from maestro_procore.sandbox.documents_shown import (
    file_shown,
    folder_shown,
    indexed,
    revision_shown,
    tree_of,
    version_shown,
)
from maestro_procore.sandbox.documents_tree import (
    DEFAULTS,
    DOCUMENTS,
    FILE,
    FOLDER,
    TOOL,
    VERSIONS,
    Tree,
    file_type,
    user_of,
    versions,
)
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.resources import Filter, Operation, Resource, Scope, Test
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

PROJECT, COMPANIES = "/rest/v1.0", "/rest/v1.0/companies/{company_id}"
TAGS = "/rest/v1.0/projects/{project_id}/document_custom_tags"
INDEXES = tuple(
    f"/rest/{version}/{kind}/documents"
    for version in ("v1.0", "v2.0")
    for kind in ("projects/{project_id}", "companies/{company_id}")
)
MOST_REVISIONS = 20
CONTENT_KEYS = ("content", "content_base64")
OWN_KEYS = (*CONTENT_KEYS, "description", "checked_out_until", "checked_out_by", "file_type", "custom_tag_ids")


Call = Callable[["Handler", Visit], Answer]


def _project(handler: "Handler", visit: Visit) -> int | None:
    return handler.parents(visit).get("project_id")


def _show_root(handler: "Handler", visit: Visit) -> Answer:
    tree = tree_of(visit, _project(handler, visit))
    assert tree.recycle_bin
    return json_answer(folder_shown(visit, tree, tree.root))


def _show_folder(handler: "Handler", visit: Visit) -> Answer:
    tree = tree_of(visit, _project(handler, visit))
    return json_answer(folder_shown(visit, tree, found_document(visit, tree, FOLDER, visit.path_id())))


def _show_file(handler: "Handler", visit: Visit) -> Answer:
    tree = tree_of(visit, _project(handler, visit))
    row = found_document(visit, tree, FILE, visit.path_id())
    only_latest = visit.call.parameter("show_latest_version_only") == "true"
    return json_answer(file_shown(visit, tree, row, only_latest=only_latest))


def _show_version(handler: "Handler", visit: Visit) -> Answer:
    tree = tree_of(visit, _project(handler, visit))
    row = visit.world.collection(VERSIONS).get(visit.path_id())
    found_document(visit, tree, FILE, None if row is None else row["file_id"])
    assert row is not None
    return json_answer(version_shown(visit, row))


def _revisions(handler: "Handler", visit: Visit) -> Answer:
    tree = tree_of(visit, _project(handler, visit))
    file = found_document(visit, tree, FILE, visit.path_id("document_id"))
    latest = versions(visit, file["id"])[: -MOST_REVISIONS - 1 : -1]
    return json_answer({"data": [revision_shown(visit, file, row) for row in latest]})


def _send_email(handler: "Handler", visit: Visit) -> Answer:
    found_document(visit, tree_of(visit, None), FILE, visit.path_id())
    handler.body(visit)
    return Answer(204)


def _list_tags(handler: "Handler", visit: Visit) -> Answer:
    tags = visit.world.collection("document_custom_tags").where(project_id=_project(handler, visit))
    asked = visit.call.parameter("filters[document_id]")
    if asked is not None:
        row = visit.world.collection(DOCUMENTS).get(int(asked) if asked.isdigit() else None) or {}
        tags = [tag for tag in tags if tag["id"] in row.get("custom_tag_ids", ())]
    page, headers = page_of(visit, tags, 2000)
    return json_answer([_tag_shown(tag) for tag in page], headers=headers)


def _add_tag(handler: "Handler", visit: Visit) -> Answer:
    body, project_id = handler.body(visit), _project(handler, visit)
    name = (body.get("document_custom_tag") or {}).get("name")
    if not name or not isinstance(body.get("document_id"), int):
        raise missing_field("document_custom_tag" if not name else "document_id")
    row = _of_project(visit, body["document_id"], project_id)
    tags = visit.world.collection("document_custom_tags")
    found = [tag for tag in tags.where(project_id=project_id) if tag["name"] == name]
    tag = found[0] if found else {"id": visit.world.new_id(), "name": name, "project_id": project_id}
    tags.put({COMPANY: visit.company_id, **tag})
    kept = [*(each for each in row["custom_tag_ids"] if each != tag["id"]), tag["id"]]
    visit.world.collection(DOCUMENTS).put({**row, "custom_tag_ids": kept})
    return json_answer(_tag_shown(tag))


def _remove_tag(handler: "Handler", visit: Visit) -> Answer:
    asked = visit.call.parameter("document_id") or ""
    row = _of_project(visit, int(asked) if asked.isdigit() else None, _project(handler, visit))
    tag = visit.world.collection("document_custom_tags").get(visit.path_id())
    if tag is None or tag["id"] not in row["custom_tag_ids"]:
        raise Refused(400, {"errors": "The tag is not on this document"})
    kept = [each for each in row["custom_tag_ids"] if each != tag["id"]]
    visit.world.collection(DOCUMENTS).put({**row, "custom_tag_ids": kept})
    return json_answer(_tag_shown(tag))


def _tag_shown(tag: Row) -> dict[str, Any]:
    return {"id": tag["id"], "name": tag["name"]}


def _of_project(visit: Visit, row_id: int | None, project_id: int | None) -> Row:
    row = visit.world.collection(DOCUMENTS).get(row_id)
    if row is None or row["project_id"] != project_id:
        raise not_found()
    return row


def _tree(visit: Visit) -> Tree:
    """Of the request: a project's when its path names one."""
    return tree_of(visit, visit.path_id("project_id"))


def _listed(visit: Visit) -> Test:
    """What the flat index shows: all that the user may see, root and recycle bin as the switches say."""
    tree, has_root = _tree(visit), visit.switches["documents_list_root"]
    hidden = set() if visit.switches["documents_list_bin"] else {tree.recycle_bin["id"]}

    def test(row: Row) -> bool:
        if row["project_id"] != tree.project_id or row["id"] in hidden:
            return False
        return (has_root or row["parent_id"] is not None) and tree.is_visible(row)

    return test


def _in_tree(parameter: str, read: Callable[[Tree, Row], bool]) -> Filter:
    def make(visit: Visit, values: list[str]) -> Test:
        tree = _tree(visit)
        return filters.is_true(parameter, lambda row: read(tree, row)).make(visit, values)

    return Filter(parameter, make)


def _in_folder(visit: Visit, values: list[str]) -> Test:
    if not values[-1].isdigit():
        raise ValueError("must be an id")
    wanted = _tree(visit).below(int(values[-1]))
    return lambda row: row["id"] in wanted


def _of_type(_visit: Visit, values: list[str]) -> Test:
    wanted = {value.lower().removeprefix(".") for value in values}
    return lambda row: row["file_type"] in wanted


INDEX_FILTERS = (
    filters.nested_id("filters[created_by_id]", "created_by"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    filters.equals("filters[document_type]", "document_type"),
    Filter("filters[file_type]", _of_type),
    _in_tree("filters[is_in_recycle_bin]", lambda tree, row: tree.is_in_bin(row)),
    filters.search("name"),
    Filter("filters[folder_id]", _in_folder),
)
PROJECT_FILTERS = (
    filters.contains_id("filters[custom_tag_ids]", "custom_tag_ids"),
    _in_tree("filters[private]", lambda tree, row: tree.is_private(row)),
)
SORTS = {f"document_type_then_{name}": ("document_type", name) for name in ("name", "created_at", "updated_at")}


def _index(path: str) -> Operation:
    is_new, is_project = "/v2.0/" in path, "{project_id}" in path
    place = Place("get", path, steps=("data", "items") if is_new else ("items",))
    return Operation(
        "list",
        "get",
        path,
        shapes=dict.fromkeys(("normal", "extended"), place),
        default_view="normal",
        cap=100 if is_new else 2000,
        default_per_page=10 if is_new else None,
        filters=INDEX_FILTERS + (PROJECT_FILTERS if is_project else ()),
        keep=_listed,
        sorts=SORTS,
        envelope="data" if is_new else "",
        unscoped=not is_project,
    )


def _calls(base: str) -> list[Operation]:
    """Folders, files and versions below one base. wrapper: the record's key in the body."""
    table = (
        ("get", "folders", "", _show_root),
        ("post", "folders", "folder", create_folder),
        ("get", "folders/{id}", "", _show_folder),
        ("patch", "folders/{id}", "folder", update_folder),
        ("delete", "folders/{id}", "", partial(delete_document, FOLDER)),
        ("post", "files", "file", create_file),
        ("get", "files/{id}", "", _show_file),
        ("patch", "files/{id}", "file", update_file),
        ("delete", "files/{id}", "", partial(delete_document, FILE)),
    )
    return _below(base, table)


def _version_calls(base: str) -> list[Operation]:
    table = (
        ("post", "file_versions", "file_version", create_version),
        ("get", "file_versions/{id}", "", _show_version),
    )
    return _below(base, table)


def _below(base: str, table: tuple[tuple[str, str, str, Call], ...]) -> list[Operation]:
    return [
        Operation("call", method, f"{base}/{words}", call=call, wrapper=wrapper, unscoped=base == COMPANIES)
        for method, words, wrapper, call in table
    ]


def _revision_calls() -> list[Operation]:
    return [
        Operation("call", "get", f"{path}/{{document_id}}/revisions", call=_revisions, unscoped="project" not in path)
        for path in INDEXES
        if "/v2.0/" in path
    ]


def settle(row: Row, visit: Visit) -> None:
    """What a person's record, or one of the start data, leaves out."""
    row.update({name: value for name, value in DEFAULTS.items() if row.get(name) is None})
    if row.get("document_type") is None:
        row["document_type"] = FILE if any(row.get(key) is not None for key in CONTENT_KEYS) else FOLDER
    if row["document_type"] == FILE:
        row["file_type"] = file_type(str(row.get("name") or ""))
    row["created_by"] = row.get("created_by") or user_of(visit)
    if row["checked_out_until"] and not row["checked_out_by"]:
        row["checked_out_by"] = user_of(visit)
    if row.get("parent_id") is None and not row["read_only"]:
        row["parent_id"] = Tree(visit, row.get("project_id")).root["id"]


def keep_content(visit: Visit, row: Row, _before: Row | None) -> None:
    """What a person wrote into a file becomes its next version."""
    text, coded = row.pop("content", None), row.pop("content_base64", None)
    if text is None and coded is None and (row["document_type"] == FOLDER or versions(visit, row["id"])):
        return
    data = base64.b64decode(coded) if coded is not None else str(text or "").encode()
    add_version(visit, row, visit.files.bodies.keep(data), row["name"])


def discard(visit: Visit, row: Row) -> None:
    """A person deletes: to the recycle bin, or for good with all that it holds."""
    tree = Tree(visit, row["project_id"])
    if visit.call.parameter("permanent") != "true":
        bin_document(visit, tree, row)
        return
    for each in tree.below(row["id"]):
        for version in versions(visit, each):
            visit.world.collection(VERSIONS).remove(version["id"])
        visit.world.collection(DOCUMENTS).remove(each)


DOCUMENTS_TOOL = Resource(
    name=DOCUMENTS,
    wrapper="",
    show=Place("get", INDEXES[0], steps=("items",)),
    scope=Scope("project_id", "projects", tool=TOOL, optional=True),
    derive=settle,
    stored=keep_content,
    discard=discard,
    expand=indexed,
    own_keys=OWN_KEYS,
    operations=(
        *(_index(path) for path in INDEXES),
        *_revision_calls(),
        *_calls(PROJECT),
        *_calls(COMPANIES),
        Operation("call", "post", f"{COMPANIES}/files/{{id}}/send_email", call=_send_email, unscoped=True),
        Operation("call", "get", TAGS, call=_list_tags),
        Operation("call", "post", TAGS, call=_add_tag),
        Operation("call", "delete", f"{TAGS}/{{id}}", call=_remove_tag),
    ),
)

FILE_VERSIONS = Resource(
    name=VERSIONS,
    wrapper="file_version",
    show=Place("get", f"{PROJECT}/file_versions/{{id}}"),
    scope=Scope("project_id", "projects", tool=TOOL, optional=True),
    expand=lambda visit, row: {**row, **version_shown(visit, row)},
    operations=(*_version_calls(PROJECT), *_version_calls(COMPANIES)),
)
