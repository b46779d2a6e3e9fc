"""Procore's folders, files, albums and images as the items that the file synchronizer knows. Pure.

Source: reference procore-api.md §§7.1, 7.3. Ids carry a letter, because Procore counts folders and files apart.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from maestro_procore.model.file_items import FileItem, Waiting

Row = Mapping[str, Any]

FOLDER, FILE, ALBUM, IMAGE = "d", "f", "a", "i"
PHOTOS_ROOT: Final = "photos"
"""Photos has no root of its own: albums, and images without one, stand directly below the tool."""


def item_id(letter: str, number: object) -> str:
    """The id of an item: what it is, and Procore's number of it."""
    return f"{letter}{number}"


def number_of(of: str) -> int:
    """Procore's number. Errors: ValueError for the root of Photos, which has none."""
    return int(of[1:])


def is_folder_id(of: str) -> bool:
    """Whether it is a folder or an album."""
    return of == PHOTOS_ROOT or of[:1] in (FOLDER, ALBUM)


def moment(text: object) -> datetime | None:
    """An ISO time of Procore, aware and in UTC; None for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def folder_item(row: Row, parent_id: str | None = None) -> FileItem:
    """A row of folders, or of the flat list."""
    parent = parent_id if parent_id is not None else item_id(FOLDER, row.get("parent_id"))
    return FileItem(item_id(FOLDER, row["id"]), parent, row["name"], True, tag=str(row.get("updated_at") or ""))


def file_item(row: Row, now: datetime) -> FileItem:
    """A row of files, or of the flat list with view=extended. now: decides whether a check-out still holds."""
    inner = row.get("file") if isinstance(row.get("file"), Mapping) else row
    assert inner is not None, "the row itself otherwise"
    current = current_version(row)
    until = moment(inner.get("checked_out_until"))
    return FileItem(
        item_id(FILE, row["id"]),
        item_id(FOLDER, row.get("parent_id")),
        row["name"],
        False,
        int(current.get("size") or inner.get("size") or 0),
        moment(current.get("created_at")) or moment(row.get("updated_at")),
        str(current.get("id") or current.get("number") or row.get("updated_at") or ""),
        tag=str(row.get("updated_at") or ""),
        waiting=Waiting.CHECKED_OUT if until is not None and until > now else None,
    )


def current_version(row: Row) -> Row:
    """The newest version in any of the shapes: beside a file's own row, or inside that of the flat list."""
    inner = row.get("file")
    if isinstance(inner, Mapping):
        found = inner.get("current_version")
        return found if isinstance(found, Mapping) else {}
    versions = [version for version in row.get("file_versions") or () if isinstance(version, Mapping)]
    return max(versions, key=lambda version: int(version.get("number") or 0), default={})


def album_item(row: Row) -> FileItem:
    """A row of image_categories."""
    return FileItem(item_id(ALBUM, row["id"]), PHOTOS_ROOT, row["name"], True, tag=str(row.get("updated_at") or ""))


def image_item(row: Row) -> FileItem:
    """A row of images. Its content never changes: an edited photo is another image."""
    album = row.get("image_category_id")
    return FileItem(
        item_id(IMAGE, row["id"]),
        PHOTOS_ROOT if album is None else item_id(ALBUM, album),
        str(row.get("filename") or row["id"]),
        False,
        int(row.get("size") or 0),
        moment(row.get("taken_at")) or moment(row.get("created_at")),
        str(row["id"]),
        tag=str(row.get("updated_at") or ""),
    )
