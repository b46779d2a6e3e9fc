"""How folders, files, versions and rows of the flat index read. Source: reference 7.1 and the document's schemas."""

from typing import Any

from maestro_procore.sandbox.bodies import declared_size
from maestro_procore.sandbox.documents_tree import FILE, FOLDER, VERSIONS, Tree, lock_of, versions
from maestro_procore.sandbox.downloads import CONTENT, address_of, prostore_file
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row


def tree_of(visit: Visit, project_id: int | None) -> Tree:
    """The tree, made once for a request that only reads."""
    found = visit.notes.get("tree")
    if found is None or found.project_id != project_id:
        found = visit.notes["tree"] = Tree(visit, project_id)
    assert isinstance(found, Tree)
    return found


def version_shown(visit: Visit, row: Row) -> dict[str, Any]:
    url = address_of(visit, VERSIONS, row)
    return {
        "id": row["id"],
        "notes": row.get("notes"),
        "url": url,
        "size": size_of(visit, row),
        "created_at": row["created_at"],
        "number": row["number"],
        "created_by": row.get("created_by"),
        "prostore_file": prostore_file(row, url),
        "file_id": row["file_id"],
    }


def size_of(visit: Visit, row: Row | None) -> int | None:
    return None if row is None else declared_size(row[CONTENT], visit.files.scale)


def file_shown(visit: Visit, tree: Tree, row: Row, *, only_latest: bool = False) -> dict[str, Any]:
    found = versions(visit, row["id"])
    holder = lock_of(visit, row)
    return {
        "id": row["id"],
        "name": row["name"],
        "parent_id": row["parent_id"],
        "size": size_of(visit, found[-1] if found else None),
        "description": row["description"],
        "updated_at": row["updated_at"],
        "created_at": row["created_at"],
        "checked_out_until": row["checked_out_until"] if holder else None,
        "name_with_path": tree.path(row),
        "private": tree.is_private(row),
        "is_tracked": row["is_tracked"],
        "tracked_folder": None,
        "checked_out_by": holder,
        "file_type": row["file_type"],
        "file_versions": [version_shown(visit, each) for each in (found[-1:] if only_latest else reversed(found))],
        "legacy_id": None,
        "is_deleted": tree.is_in_bin(row),
        "custom_fields": {},
    }


def folder_shown(visit: Visit, tree: Tree, row: Row, levels: int = 1) -> dict[str, Any]:
    """A folder with so many levels of what stands in it; a nested folder comes without its own children."""
    children = [child for child in tree.children(row["id"]) if tree.is_visible(child)]
    folders = [child for child in children if child["document_type"] == FOLDER]
    files = [child for child in children if child["document_type"] == FILE]
    asked = visit.call.parameter
    only_latest = asked("show_latest_file_version_only") == "true"
    shows_folders = levels > 0 and asked("exclude_folders") != "true"
    shows_files = levels > 0 and asked("exclude_files") != "true"
    return {
        "id": row["id"],
        "name": row["name"],
        "parent_id": row["parent_id"],
        "private": tree.is_private(row),
        "updated_at": row["updated_at"],
        "is_tracked": row["is_tracked"],
        "tracked_folder": None,
        "name_with_path": tree.path(row),
        "folders": [folder_shown(visit, tree, each, levels - 1) for each in folders] if shows_folders else [],
        "files": [file_shown(visit, tree, each, only_latest=only_latest) for each in files] if shows_files else [],
        "read_only": row["read_only"],
        "is_deleted": tree.is_in_bin(row),
        "is_recycle_bin": row["is_recycle_bin"],
        "has_children": bool(children),
        "has_children_files": bool(files),
        "has_children_folders": bool(folders),
        "custom_fields": {},
    }


def indexed(visit: Visit, row: Row) -> Row:
    """A row of the flat index. Only the extended view, and a single record, name size and address of the version."""
    tree = tree_of(visit, row.get("project_id"))
    standing = tree.standing(row)
    made = {
        **row,
        "name_with_path": standing.path + str(row["name"]),
        "is_deleted": standing.is_in_bin,
        "private": tree.is_private(row),
        "private_parent": _brief(tree, standing.private),
        "custom_fields": {},
        "file": None,
        "children": None,
    }
    if row["document_type"] == FOLDER:
        kinds = {child["document_type"] for child in tree.children(row["id"])}
        made["children"] = {
            "has_children": bool(kinds),
            "has_children_files": FILE in kinds,
            "has_children_folders": FOLDER in kinds,
        }
    else:
        made["file"] = _file(visit, row)
    return made


def _file(visit: Visit, row: Row) -> dict[str, Any]:
    holder = lock_of(visit, row)
    is_whole = visit.call.parameter("view") == "extended" or visit.call.path.startswith("/control/")
    found = versions(visit, row["id"]) if is_whole or visit.switches["normal_documents_have_version"] else []
    return {
        "checked_out_by": {"company_name": _company(visit), **holder} if holder else None,
        "checked_out_until": row["checked_out_until"] if holder else None,
        "current_version": version_shown(visit, found[-1]) if found else None,
        "description": row["description"],
        "file_type": row["file_type"],
    }


def _company(visit: Visit) -> Any:
    company = visit.world.collection("companies").get(visit.company_id)
    return None if company is None else company.get("name")


def _brief(tree: Tree, folder: Row | None) -> dict[str, Any] | None:
    if folder is None:
        return None
    return {"id": folder["id"], "name": folder["name"], "name_with_path": tree.path(folder)}


def revision_shown(visit: Visit, file: Row, row: Row) -> dict[str, Any]:
    """A version as v2.0 lists it: ids as text."""
    return {
        "id": str(row["id"]),
        "prostore_id": str(row["id"]),
        "url": address_of(visit, VERSIONS, row),
        "file_id": str(row["file_id"]),
        "file_name": file["name"],
        "file_size": size_of(visit, row),
        "file_version": row["number"],
        "file_type": file["file_type"],
        "created_by": row.get("created_by"),
        "created_at": row["created_at"],
    }
