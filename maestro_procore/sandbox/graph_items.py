"""The items of all drives as rows: how they are found, named, made, changed and put away.

Every change of an item gives it the drive's next sequence number, which is all that delta needs. No rule about who
may do what is checked here.
"""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from maestro_procore.sandbox.clock import iso
from maestro_procore.sandbox.graph_names import name_key
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.world import Row

ITEMS: Final = "graph_items"
DRIVES: Final = "graph_drives"
VERSIONS: Final = "graph_versions"

LIVE, RECYCLED, GONE = "live", "recycled", "gone"

ID_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def is_personal(drive: Row) -> bool:
    return bool(drive["drive_type"] == "personal")


def is_library(drive: Row) -> bool:
    return bool(drive["drive_type"] == "documentLibrary")


def _item_id(drive: Row, number: int) -> str:
    """`01` and 32 characters, or of a personal drive `DRIVE!number`: stable, and unique over all drives."""
    if is_personal(drive):
        return f"{drive['drive_id'].upper()}!s{number}"
    digest = hashlib.sha256(f"{drive['drive_id']}/{number}".encode()).digest()
    return "01" + "".join(ID_ALPHABET[byte & 31] for byte in digest)


@lru_cache(maxsize=100_000)
def _guid(item_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, item_id))


def guid_of(item: Row) -> str:
    """The number that its tags and its SharePoint list know an item by."""
    return _guid(item["item_id"])


def e_tag(item: Row) -> str:
    return f'"{{{guid_of(item).upper()}}},{item["tag"]}"'


def c_tag(item: Row) -> str:
    return f'"c:{{{guid_of(item).upper()}}},{item["content_tag"]}"'


def drive_of(drives: Drives, item: Row) -> Row:
    found = drives.world.collection(DRIVES).get(item["drive"])
    assert found is not None, "an item has a drive"
    return found


def find_drive(drives: Drives, drive_id: str) -> Row | None:
    """By its id; ids are case-sensitive."""
    found = drives.world.collection(DRIVES).where(drive_id=drive_id)
    return found[0] if found else None


def root_of(drives: Drives, drive: Row) -> Row:
    found = drives.world.collection(ITEMS).get(drive["root"])
    assert found is not None, "a drive has a root"
    return found


def find_item(drives: Drives, drive: Row, item_id: str, *, state: str = LIVE) -> Row | None:
    """By id in one drive; `root` is its root."""
    if item_id == "root":
        return root_of(drives, drive)
    for row in drives.world.collection(ITEMS).where(item_id=item_id):
        if row["drive"] == drive["id"] and row["state"] == state:
            return row
    return None


def parent_of(drives: Drives, item: Row) -> Row | None:
    return drives.world.collection(ITEMS).get(item["parent"])


def children(drives: Drives, folder: Row) -> list[Row]:
    return drives.world.collection(ITEMS).where(parent=folder["id"], state=LIVE)


def child_named(drives: Drives, folder: Row, name: str) -> Row | None:
    """Names are compared without case, in one Unicode form."""
    found = drives.world.collection(ITEMS).where(parent=folder["id"], key=name_key(name), state=LIVE)
    return found[0] if found else None


def descendants(drives: Drives, folder: Row) -> Iterator[Row]:
    """All live items below, a folder before what is in it."""
    for child in children(drives, folder):
        yield child
        if child["kind"] == "folder":
            yield from descendants(drives, child)


def ancestors(drives: Drives, item: Row) -> list[Row]:
    """From the root down to the parent."""
    found: list[Row] = []
    above = parent_of(drives, item)
    while above is not None:
        found.append(above)
        above = parent_of(drives, above)
    return found[::-1]


def path_of(drives: Drives, item: Row) -> str:
    """Decoded, from the root: `` for the root itself, `/A/b.txt` below it."""
    if item["parent"] is None:
        return ""
    names = [above["name"] for above in ancestors(drives, item)[1:]]
    return "/" + "/".join([*names, item["name"]])


def new_item(drives: Drives, drive: Row, parent: Row | None, name: str, by: Mapping[str, Any], **values: Any) -> Row:
    """Make an item of the drive; without parent, its root. values: kind, size, content … as rows have them."""
    number = drives.world.new_id()
    now = drives.clock.unix()
    row: Row = {
        "id": number,
        "drive": drive["id"],
        "parent": None if parent is None else parent["id"],
        "item_id": _item_id(drive, number),
        "name": name,
        "key": name_key(name),
        "kind": "folder",
        "size": 0,
        "hash": None,
        "content": [],
        "created": now,
        "modified": now,
        "created_by": dict(by),
        "modified_by": dict(by),
        "fs_created": iso(now),
        "fs_modified": iso(now),
        "tag": 0,
        "content_tag": 0,
        "state": LIVE,
        "version": 1,
        **values,
    }
    return put(drives, row, moves_content=True)


def put(drives: Drives, row: Row, *, moves_content: bool = False, quiet: bool = False) -> Row:
    """Keep a new or changed row as the drive's latest change; tags move. quiet: the tags stay as they are."""
    drive = drives.world.collection(DRIVES).get(row["drive"])
    assert drive is not None
    before = drives.world.collection(ITEMS).get(row["id"])
    sequence = drive["sequence"] + 1
    held = _bytes_held(row) - (0 if before is None else _bytes_held(before))
    recycled = _bytes_recycled(row) - (0 if before is None else _bytes_recycled(before))
    drives.world.collection(DRIVES).put(
        {**drive, "sequence": sequence, "used": drive["used"] + held, "recycled": drive["recycled"] + recycled}
    )
    step = 0 if quiet else 1
    row = {
        **row,
        "sequence": sequence,
        "changed": drives.clock.unix(),
        "tag": row["tag"] + step,
        "content_tag": row["content_tag"] + (1 if moves_content else 0),
    }
    drives.world.collection(ITEMS).put(row)
    return row


def changed(drives: Drives, item: Row, by: Mapping[str, Any], *, moves_content: bool = False, **values: Any) -> Row:
    """Change an item as that person or application does."""
    row = {**item, "modified": drives.clock.unix(), "modified_by": dict(by), **values}
    return put(drives, row, moves_content=moves_content)


def renamed(name: str) -> dict[str, str]:
    return {"name": name, "key": name_key(name)}


def put_away(drives: Drives, item: Row, state: str) -> None:
    """Recycle, or remove for good, an item and all that is below it."""
    for below in [*list(descendants(drives, item))[::-1], item]:
        put(drives, {**below, "state": state, "state_before": item["id"]}, quiet=True)


def bring_back(drives: Drives, item: Row) -> Row:
    """Take an item out of the recycle bin with everything that went there with it."""
    for row in drives.world.collection(ITEMS).where(state_before=item["id"], state=RECYCLED):
        if row["id"] != item["id"]:
            put(drives, {**row, "state": LIVE, "state_before": None}, quiet=True)
    return put(drives, {**item, "state": LIVE, "state_before": None})


def _bytes_held(row: Row) -> int:
    """What an item counts for its drive's quota; a recycled one counts still (SharePoint's bin does)."""
    return 0 if row["state"] == GONE or row["kind"] != "file" else int(row["size"]) + int(row.get("older_bytes", 0))


def _bytes_recycled(row: Row) -> int:
    return int(row["size"]) if row["state"] == RECYCLED and row["kind"] == "file" else 0
