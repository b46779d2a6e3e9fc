"""Contents of files in a drive: kept, hashed, replaced with a version, and rewritten as SharePoint does with Office.

A row's `content` is a list of contents (bodies.py), one per piece it was sent in; `size` is declared bytes: always the
length of the body times the switch `bodies_scaled`. Ranges, `Content-Length` and the hash are those of the body's own
bytes, because that is all that any client has in its hands; limits and quota count declared bytes.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from maestro_procore.sandbox.bodies import Content, body_length, declared_size
from maestro_procore.sandbox.graph_errors import no_space
from maestro_procore.sandbox.graph_hash import QuickXor, quick_xor_hash
from maestro_procore.sandbox.graph_items import ITEMS, VERSIONS, changed, drive_of, is_library, is_personal
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.world import Row

PIECE = 4 * 1024 * 1024
REWRITTEN = frozenset(".docx .docm .dotx .xlsx .xlsm .xltx .pptx .pptm .potx .pdf .html .htm".split())
MARK = b"\n<!-- SharePoint: document properties written back -->\n"


def kept(drives: Drives, data: bytes | BinaryIO) -> tuple[Content, QuickXor]:
    """Keep what was sent, and its hash."""
    content = drives.bodies.keep(data)
    hashed = QuickXor()
    if isinstance(data, bytes):
        hashed.update(data)
    else:
        data.seek(0)
        while piece := data.read(PIECE):
            hashed.update(piece)
    return content, hashed


def length_of(drives: Drives, contents: list[Content]) -> int:
    """Bytes that a download carries."""
    return sum(body_length(content, drives.scale) for content in contents)


def read(drives: Drives, contents: list[Content], start: int, end: int) -> Iterator[bytes]:
    """Bytes from start up to, not including, end, over all pieces that they were sent in."""
    begins = 0
    for content in contents:
        length = body_length(content, drives.scale)
        first, last = max(start - begins, 0), min(end - begins, length)
        if first < last:
            yield from drives.bodies.read(content, first, last, drives.scale)
        begins += length


def seeded(drives: Drives, content: Content) -> dict[str, Any]:
    """The values of a row whose content is made, not sent."""
    pieces = drives.bodies.read(content, 0, body_length(content, drives.scale), drives.scale)
    return {"content": [content], "size": declared_size(content, drives.scale), "hash": quick_xor_hash(pieces)}


def check_room(drives: Drives, drive: Row, more: int) -> None:
    """Errors: GraphRefused 507."""
    if drive["used"] + more > drive["total"]:
        raise no_space()


def replaced(drives: Drives, item: Row, by: Mapping[str, Any], values: Mapping[str, Any]) -> Row:
    """Put a new content into a file. values: content, size, hash and what else changes.

    The content before stays as a version, which counts for the quota, except on a personal drive.
    """
    drive = drive_of(drives, item)
    older = item.get("older_bytes", 0)
    if not is_personal(drive):
        keep_version(drives, item)
        older += item["size"]
    more = {"version": item["version"] + 1, "older_bytes": older, "rewrite_due": None}
    return changed(drives, item, by, moves_content=True, **more, **values)


def keep_version(drives: Drives, item: Row) -> None:
    versions = drives.world.collection(VERSIONS)
    names = ("content", "size", "hash", "modified", "modified_by", "version")
    versions.put({"id": drives.world.new_id(), "item": item["id"], **{name: item[name] for name in names}})


def rewrite(drives: Drives, item: Row) -> Row:
    """What SharePoint does to an Office, PDF or HTML file after an upload, when the switch asks for it.

    Size, hash and tags change; who changed it and the version do not. Returns the item as the upload is answered.
    """
    when = drives.switches["office_rewriting"]
    is_rewritten = is_library(drive_of(drives, item)) and PurePosixPath(item["name"]).suffix.lower() in REWRITTEN
    if when == "off" or not is_rewritten or not item["size"]:
        return item
    if when == "at_once":
        return rewritten(drives, item)
    due = {**item, "rewrite_due": True}
    drives.world.collection(ITEMS).put(due)
    return due


def rewritten(drives: Drives, item: Row) -> Row:
    contents = [*item["content"], drives.bodies.keep(MARK)]
    pieces = read(drives, contents, 0, length_of(drives, contents))
    values = {"content": contents, "hash": quick_xor_hash(pieces), "size": item["size"] + len(MARK) * drives.scale}
    return changed(drives, item, item["modified_by"], moves_content=True, rewrite_due=None, **values)


def rewrite_what_is_due(drives: Drives) -> None:
    """The rewriting that comes a moment after the upload was answered: before the next request is."""
    if drives.switches["office_rewriting"] == "later":
        for row in drives.world.collection(ITEMS).where(rewrite_due=True):
            rewritten(drives, row)
