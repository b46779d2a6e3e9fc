"""What Microsoft's side of a sandbox begins with: people, a site with a library, a OneDrive each; items to fill them.

The site is « Chantiers », its library « Documents »; both drives begin empty.
"""

import base64
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from maestro_procore.sandbox.bodies import made_content
from maestro_procore.sandbox.graph_contents import kept, seeded
from maestro_procore.sandbox.graph_items import (
    DRIVES,
    changed,
    child_named,
    new_item,
    root_of,
)
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.world import Row

SITES: Final = "graph_sites"
MICROSOFT_USERS: Final = "microsoft_users"
TENANT_ID: Final = "5f2a9d3e-7c41-4b8e-9d60-3b1f0c7a2e85"
HOST: Final = "sandbox.sharepoint.example"
GIB: Final = 1024**3

PEOPLE: Final = (
    # name, sign-in name, kind of OneDrive
    ("Chantal Roy", "chantal.roy@example.com", "business"),
    ("Marc Gagnon", "marc.gagnon@example.com", "business"),
    ("Julie Bouchard", "julie.bouchard@home.example", "personal"),
)
SITE_NAME, LIBRARY_NAME = "Chantiers", "Documents"
TOTALS: Final = {"personal": 5 * GIB, "business": 1024 * GIB, "documentLibrary": 25 * 1024 * GIB}


def fill_drives(drives: Drives) -> None:
    """Make the people, sites and drives of a fresh world; the caller commits. Does nothing when they are there."""
    world = drives.world
    if len(world.collection(DRIVES)):
        return
    people = [_make_person(drives, name, upn) for name, upn, _ in PEOPLE]
    root = make_site(drives, "Accueil", "", is_root=True)
    site = make_site(drives, SITE_NAME, f"/sites/{SITE_NAME}")
    for place in (site, root):
        make_drive(drives, LIBRARY_NAME, "documentLibrary", {"user": _brief(people[0])}, site=place)
    for person, (_, _, kind) in zip(people, PEOPLE, strict=True):
        make_drive(drives, "OneDrive", kind, {"user": _brief(person)}, owner=person)


def library(drives: Drives) -> Row:
    """The drive of the start line: the library of the site « Chantiers »."""
    return next(drive for drive in drives.world.collection(DRIVES) if drive["drive_type"] == "documentLibrary")


def _guid(*words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "maestro_procore sandbox/" + "/".join(words)))


def _brief(user: Row) -> dict[str, Any]:
    return {"id": user["user_id"], "displayName": user["name"], "email": user["upn"]}


def _make_person(drives: Drives, name: str, upn: str) -> Row:
    row = {"id": drives.world.new_id(), "user_id": _guid("user", upn), "name": name, "upn": upn}
    drives.world.collection(MICROSOFT_USERS).put(row)
    return row


def make_site(drives: Drives, name: str, path: str, *, is_root: bool = False) -> Row:
    """path: from the host, such as /sites/Chantiers."""
    row = {
        "id": drives.world.new_id(),
        "site_id": f"{HOST},{_guid('site', path)},{_guid('web', path)}",
        "name": name,
        "display_name": name,
        "path": path,
        "web_url": f"https://{HOST}{path}",
        "is_root": is_root,
        "created": drives.clock.unix(),
    }
    drives.world.collection(SITES).put(row)
    return row


def make_drive(
    drives: Drives,
    name: str,
    drive_type: str,
    by: Mapping[str, Any],
    *,
    site: Row | None = None,
    owner: Row | None = None,
) -> Row:
    """An empty drive: documentLibrary of a site, business or personal of an owner."""
    number = drives.world.new_id()
    place = site["path"] if site is not None else owner["upn"] if owner is not None else str(number)
    digest = _guid("drive", place, name)
    if drive_type == "personal":
        drive_id = digest.replace("-", "")[:16].lower()
    else:
        words = uuid.UUID(digest).bytes + uuid.UUID(_guid("list", place, name)).bytes + b"drive"
        drive_id = "b!" + base64.urlsafe_b64encode(words).decode().rstrip("=")
    web = site["web_url"] if site is not None else f"https://{HOST}/personal/{place.partition('@')[0]}"
    drive: Row = {
        "id": number,
        "drive_id": drive_id,
        "drive_type": drive_type,
        "name": name,
        "web_url": f"{web}/{name}",
        "owner": dict(by),
        "owner_id": None if owner is None else owner["user_id"],
        "site": None if site is None else site["id"],
        "site_id": None if site is None else site["site_id"],
        "root": None,
        "sequence": 0,
        "used": 0,
        "recycled": 0,
        "total": TOTALS[drive_type],
        "epoch": 0,
        "forgets_as": None,
        "created": drives.clock.unix(),
    }
    rows = drives.world.collection(DRIVES)
    rows.put(drive)
    root = new_item(drives, drive, None, "root", by)
    drive = {**(rows.get(number) or drive), "root": root["id"]}
    rows.put(drive)
    return drive


def folder_at(drives: Drives, drive: Row, names: Iterable[str], by: Mapping[str, Any]) -> Row:
    """The folder of that path, made where it is missing."""
    folder = root_of(drives, drive)
    for name in names:
        folder = child_named(drives, folder, name) or new_item(drives, drive, folder, name, by)
    return folder


def seed_items(drives: Drives, drive: Row, items: Iterable[Mapping[str, Any]], by: Mapping[str, Any]) -> list[Row]:
    """Fill a drive from start data; the caller commits. Returns the rows, in the order given.

    Each item has a `path` from the drive's root. A file has `size` in declared bytes, for a content that is made when
    somebody reads it, or `content`, its bytes; a folder has neither. `modified` is its own time, ISO 8601.
    """
    made = []
    for item in items:
        *above, name = [part for part in str(item["path"]).split("/") if part]
        folder = folder_at(drives, drive, above, by)
        if "size" not in item and "content" not in item:
            made.append(child_named(drives, folder, name) or new_item(drives, drive, folder, name, by))
            continue
        values = content_values(drives, item, name)
        if item.get("modified"):
            values["fs_modified"] = item["modified"]
        there = child_named(drives, folder, name)
        if there is not None:
            made.append(changed(drives, there, by, moves_content=True, **values))
        else:
            made.append(new_item(drives, drive, folder, name, by, kind="file", **values))
    return made


def content_values(drives: Drives, item: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a row has of a content: that of `content` (bytes), or a made one of `size` declared bytes."""
    content = item.get("content")
    if isinstance(content, bytes):
        found, hashed = kept(drives, content)
        return {"content": [found], "size": len(content) * drives.scale, "hash": hashed.base64()}
    made = made_content(str(item.get("seed") or item.get("path") or name), int(item["size"]), name.rpartition(".")[2])
    return seeded(drives, made)
