"""Reads Graph's driveItem into the values of model/file_items.py. Pure. Source: reference graph-drive.md §1.2, §1.4."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from maestro_procore.drive.quick_xor import of_bytes
from maestro_procore.model.file_items import FileItem, Gone, Waiting

QUICK_XOR: Final = "quickxor:"
_OF_NOTHING: Final = QUICK_XOR + of_bytes(b"")

DriveItem = Mapping[str, Any]

# The facets that are asked for; downloadUrl is left out on purpose: it lives for minutes and is worth a content.
SELECTED: Final = (
    "id,name,size,eTag,cTag,file,folder,package,bundle,remoteItem,root,deleted,malware,publication,pendingOperations,"
    "parentReference,fileSystemInfo,lastModifiedBy,lastModifiedDateTime,createdDateTime,webUrl"
)

# What makes an item unfit to be copied, by the facet that says so.
_UNFIT: Final[dict[str, Waiting]] = {
    "malware": Waiting.MALWARE,
    "package": Waiting.PACKAGE,
    "bundle": Waiting.PACKAGE,
    "remoteItem": Waiting.SHORTCUT,
}


_DOUBTFUL: Final = frozenset({*_UNFIT, "pendingOperations", "publication"})


def item_of(row: DriveItem, client_id: str = "") -> FileItem:
    """An item as the drive has it. client_id: our own app, to know our own changes again.

    Errors: ValueError for what is no item: without an id or a name.
    """
    item_id, name = row.get("id"), row.get("name")
    if not isinstance(item_id, str) or not item_id or not isinstance(name, str):
        raise ValueError("an item without id or name")
    is_folder = type(row.get("folder")) is dict
    size = row.get("size")
    size_bytes = size if isinstance(size, int) and not is_folder else 0
    content_hash = "" if is_folder else hash_of(row)
    tag = _text(row.get("eTag"))
    return FileItem(
        item_id,
        _text(_inside(row, "parentReference", "id")),
        name,
        is_folder,
        size_bytes,
        None if is_folder else _modified(row),
        "" if is_folder else _version(content_hash, size_bytes, row),
        content_hash,
        tag,
        _waiting(row),
        bool(client_id) and _inside(row, "lastModifiedBy", "application", "id") == client_id,
    )


def gone_of(row: DriveItem) -> Gone | None:
    """The evidence of an entry of the change feed that says that an item is deleted."""
    return Gone.DELTA if isinstance(row.get("deleted"), dict) else None


def hash_of(row: DriveItem) -> str:
    """The item's hash in our form, '' when it has none (yet): then it is unknown, never different."""
    file = row.get("file")
    if type(file) is not dict:
        return ""
    if row.get("size") == 0:
        return _OF_NOTHING
    value = _inside(file, "hashes", "quickXorHash")
    return QUICK_XOR + value if isinstance(value, str) and value else ""


def is_placed(row: DriveItem) -> bool:
    """Whether the entry says where it lies: shared roots do not (§1.4)."""
    return bool(_inside(row, "parentReference", "id"))


def is_root(row: DriveItem) -> bool:
    return isinstance(row.get("root"), dict)


def lacks_marks(row: DriveItem) -> bool:
    """Whether nothing tells its content apart from an earlier one: a file with neither hash nor cTag."""
    return isinstance(row.get("file"), dict) and not hash_of(row) and not row.get("cTag")


def child_count(row: DriveItem) -> int | None:
    count = _inside(row, "folder", "childCount")
    return count if isinstance(count, int) else None


def instant(text: object) -> datetime | None:
    """ISO 8601 as Graph writes it, to the second: finer parts do not survive a round trip (§1.2)."""
    if not isinstance(text, str):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _version(content_hash: str, size_bytes: int, row: DriveItem) -> str:
    """What changes with the content and with nothing else.

    Business drives leave cTag out of their change feed and give it everywhere else, so the hash goes first: else the
    same content would have two versions. eTag changes with the name too: the last resort.
    """
    if content_hash:
        return f"{content_hash}:{size_bytes}"
    return _text(row.get("cTag")) or _text(row.get("eTag"))


def _modified(row: DriveItem) -> datetime | None:
    of_client = instant(_inside(row, "fileSystemInfo", "lastModifiedDateTime"))
    return of_client or instant(row.get("lastModifiedDateTime"))


def _waiting(row: DriveItem) -> Waiting | None:
    if _DOUBTFUL.isdisjoint(row):
        return None
    for facet, waiting in _UNFIT.items():
        if row.get(facet) is not None:
            return waiting
    if _inside(row, "pendingOperations", "pendingContentUpdate") is not None:
        return Waiting.UPLOADING
    is_out = _inside(row, "publication", "level") == "checkout" or _inside(row, "publication", "checkedOutBy")
    return Waiting.CHECKED_OUT if is_out else None


def _inside(row: DriveItem, *names: str) -> Any:
    value: Any = row
    for name in names:
        if type(value) is not dict:  # as it came out of JSON; half the time of asking for any Mapping
            return None
        value = value.get(name)
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
