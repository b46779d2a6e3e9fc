"""Folders and files of one project (or of the company) as a tree: root, recycle bin, paths, what is private, who holds
a lock, which names are taken. Source: reference 7.1.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from maestro_procore.sandbox.permissions import has_level
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

DOCUMENTS, VERSIONS, TOOL = "documents", "file_versions", "documents"
FOLDER, FILE = "folder", "file"
ROOT_NAME, BIN_NAME = "Documents", "Recycle Bin"
DEEPEST = 100  # filters[folder_id] reaches no further
USER_FIELDS = ("id", "login", "name")


@dataclass(frozen=True)
class Standing:
    """What a folder hands down to its children. path: of the folder, "" for the root."""

    path: str
    is_in_bin: bool
    private: Row | None


class Tree:
    """The tree as it stands; ask for a new one after a change."""

    def __init__(self, visit: Visit, project_id: int | None) -> None:
        self._visit = visit
        self.project_id = project_id
        self._rows = visit.world.collection(DOCUMENTS)
        self._standing: dict[int | None, Standing] = {None: Standing("", is_in_bin=False, private=None)}

    @property
    def place(self) -> dict[str, Any]:
        return {"project_id": self.project_id, COMPANY: self._visit.company_id}

    def children(self, folder_id: int | None) -> list[Row]:
        return self._rows.where(parent_id=folder_id, **self.place)

    @property
    def root(self) -> Row:
        """The folder of no parent; made, with the recycle bin, when nobody needed it before."""
        found = self.children(None)
        if found:
            return found[0]
        row = self._make(ROOT_NAME, None)
        self._make(BIN_NAME, row["id"], is_recycle_bin=True)
        return row

    @property
    def recycle_bin(self) -> Row:
        found = [row for row in self.children(self.root["id"]) if row["is_recycle_bin"]]
        return found[0] if found else self._make(BIN_NAME, self.root["id"], is_recycle_bin=True)

    def _make(self, name: str, parent_id: int | None, **more: Any) -> Row:
        row = new_document(self._visit, self, FOLDER, name, parent_id)
        row.update({"read_only": True, **more})
        self._rows.put(row)
        return row

    def standing(self, row: Row) -> Standing:
        """What the folders above a row say of it."""
        above: list[Row] = []
        parent_id = row["parent_id"]
        while parent_id not in self._standing:
            parent = self._rows.get(parent_id)
            assert parent is not None, "no document without its folder"
            above.append(parent)
            parent_id = parent["parent_id"]
        found = self._standing[parent_id]
        for folder in reversed(above):
            found = self._below(folder, found)
            self._standing[folder["id"]] = found
        return found

    @staticmethod
    def _below(folder: Row, above: Standing) -> Standing:
        if folder["parent_id"] is None:
            return above
        private = folder if folder["private"] else above.private
        return Standing(f"{above.path}{folder['name']}/", above.is_in_bin or folder["is_recycle_bin"], private)

    def path(self, row: Row) -> str:
        return self.standing(row).path + str(row["name"])

    def is_in_bin(self, row: Row) -> bool:
        return self.standing(row).is_in_bin

    def is_private(self, row: Row) -> bool:
        return bool(row["private"]) or self.standing(row).private is not None

    def is_visible(self, row: Row) -> bool:
        """Private documents are shown to admins of the tool only."""
        return self.sees_private or not self.is_private(row)

    @cached_property
    def sees_private(self) -> bool:
        return has_level(self._visit, self.project_id, TOOL, "admin")

    def below(self, folder_id: int) -> set[int]:
        """Ids of a folder and everything in it, so deep as a filter reaches."""
        found, level = {folder_id}, [folder_id]
        for _depth in range(DEEPEST):
            level = [row["id"] for each in level for row in self.children(each)]
            if not level:
                break
            found.update(level)
        return found

    def is_inside(self, folder_id: int, row: Row) -> bool:
        """Whether the folder is that row, or stands somewhere in it."""
        while folder_id != row["id"]:
            above = self._rows.get(folder_id)
            if above is None or above["parent_id"] is None:
                return False
            folder_id = above["parent_id"]
        return True

    def named_alike(self, name: str, kind: str, parent_id: int, but: int | None = None) -> Row | None:
        """What takes the name away in that folder."""
        rule = self._visit.switches["document_names_unique"]
        if rule == "free" or parent_id == self.recycle_bin["id"]:
            return None
        alike = str.casefold if rule == "caseless" else str
        for row in self.children(parent_id):
            if row["id"] != but and row["document_type"] == kind and alike(row["name"]) == alike(name):
                return row
        return None

    def free_name(self, name: str, parent_id: int) -> str:
        """The name, or with the number that no other file of the folder has (`unique_name`)."""
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, f".{ending}") if dot and stem else (name, "")
        wanted, number = name, 0
        while self.named_alike(wanted, FILE, parent_id) is not None:
            number += 1
            mark = f" ({number})" if self._visit.switches["unique_name_suffix"] == "parentheses" else f"_{number}"
            wanted = f"{stem}{mark}{ending}"
        return wanted


def new_document(visit: Visit, tree: Tree, kind: str, name: str, parent_id: int | None) -> Row:
    """A folder or file with every field, not kept yet."""
    now = visit.clock.stamp()
    return {
        "id": visit.world.new_id(),
        **tree.place,
        **DEFAULTS,
        "document_type": kind,
        "name": name,
        "parent_id": parent_id,
        "file_type": file_type(name) if kind == FILE else None,
        "created_at": now,
        "updated_at": now,
        "created_by": user_of(visit),
    }


DEFAULTS: dict[str, Any] = {
    "description": None,
    "file_type": None,
    "read_only": False,
    "is_recycle_bin": False,
    "is_tracked": False,
    "private": False,
    "tracked_folder": None,
    "checked_out_until": None,
    "checked_out_by": None,
    "custom_tag_ids": [],
}


def user_of(visit: Visit) -> dict[str, Any]:
    return {name: visit.bearer.user.get(name) for name in USER_FIELDS}


def file_type(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def versions(visit: Visit, file_id: int) -> list[Row]:
    """All versions of a file, the first one first."""
    return visit.world.collection(VERSIONS).where(file_id=file_id)


def newest_content(visit: Visit, collection: str, row: Row | None) -> tuple[str, dict[str, Any]] | None:
    """Name and content of a record: its own, or that of its newest version."""
    if row is not None and collection == DOCUMENTS:
        row = next(iter(versions(visit, row["id"])[-1:]), None)
    if row is None or row.get("_content") is None:
        return None
    return str(row.get("_file_name") or row["id"]), row["_content"]


def lock_of(visit: Visit, row: Row) -> Row | None:
    """Who has the file checked out now; None when nobody has, or not any more."""
    until = row["checked_out_until"]
    if not until or moment(until).timestamp() <= visit.clock.unix():
        return None
    holder: Row | None = row["checked_out_by"]
    return holder


def moment(text: str) -> datetime:
    """Errors: ValueError."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
