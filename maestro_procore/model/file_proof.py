"""Whether both sides hold what was last agreed: two whole listings against the agreed pairs. Pure.

What differs has a cause. Some causes are known and shown elsewhere (not synchronized, held, taken out); some are work
for the next run (changed since); the rest nothing explains, and a person has to look.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from maestro_procore.model.file_items import Agreed, FileItem, FileSide


class Weight(StrEnum):
    """How bad a difference is."""

    KNOWN = "known"
    PENDING = "pending"
    UNEXPLAINED = "unexplained"


class Cause(StrEnum):
    """Why something is not as it was agreed, or not on both sides."""

    NOT_SYNCHRONIZED = "not_synchronized"
    DETACHED = "detached"
    HELD = "held"
    CONFLICT = "conflict"
    REWRITTEN = "rewritten"
    """SharePoint wrote its own properties into the file after the upload."""
    NEW = "new"
    NOT_COMPARED = "not_compared"
    """Nothing is agreed yet: a first run, or one after a reset, compares both sides."""
    CHANGED = "changed"
    RENAMED = "renamed"
    MOVED = "moved"
    DELETED = "deleted"
    CONTENT = "content"
    """The same version as agreed, with another hash."""
    SIZE = "size"
    """The same version as agreed, with another size."""
    PLACE = "place"
    """Agreed, but in folders that do not belong together."""

    @property
    def weight(self) -> Weight:
        return _WEIGHTS[self]


_KNOWN = (Cause.NOT_SYNCHRONIZED, Cause.DETACHED, Cause.HELD, Cause.CONFLICT, Cause.REWRITTEN)
_PENDING = (Cause.NEW, Cause.NOT_COMPARED, Cause.CHANGED, Cause.RENAMED, Cause.MOVED, Cause.DELETED)
_WEIGHTS: Final[Mapping[Cause, Weight]] = {
    **dict.fromkeys(_KNOWN, Weight.KNOWN),
    **dict.fromkeys(_PENDING, Weight.PENDING),
    **dict.fromkeys((Cause.CONTENT, Cause.SIZE, Cause.PLACE), Weight.UNEXPLAINED),
}


class Difference(NamedTuple):
    """One thing that is not as agreed. side: where it is seen. problem: why it is not synchronized, as JSON.

    on: the sides that hold it: procore · drive · both · neither.
    """

    cause: Cause
    side: FileSide
    procore_id: str
    drive_id: str
    path: str
    agreed: str = ""
    found: str = ""
    problem: Mapping[str, Any] | None = None
    on: str = "both"

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "cause": self.cause.value, "side": self.side.value, "weight": self.cause.weight.value}


@dataclass(frozen=True)
class Known:
    """What the program knows to stand apart. apart: (side, id) → problem as JSON. held: ids by side.

    conflicts: (Procore's id, the drive's) of those that wait for a choice.
    """

    apart: Mapping[tuple[str, str], Mapping[str, Any]]
    detached: Mapping[FileSide, frozenset[str]]
    held: Mapping[FileSide, frozenset[str]]
    conflicts: frozenset[tuple[str, str]] = frozenset()


NOTHING_KNOWN: Final = Known({}, {}, {})


class Listing(NamedTuple):
    """Everything below the root of one side, by id, as read for the proof."""

    root_id: str
    items: Mapping[str, FileItem]

    def path(self, item_id: str) -> str:
        """Names from the root down."""
        names: list[str] = []
        seen: set[str] = set()
        while (item := self.items.get(item_id)) is not None and item_id not in seen:
            seen.add(item_id)
            names.append(item.name)
            item_id = item.parent_id
        return "/".join(reversed(names))

    def line(self, item_id: str) -> Iterable[str]:
        """The item and the folders above it."""
        seen: set[str] = set()
        while (item := self.items.get(item_id)) is not None and item_id not in seen:
            seen.add(item_id)
            yield item_id
            item_id = item.parent_id


@dataclass(frozen=True)
class Proof:
    """Of one tool. counts: files, folders and bytes that are agreed, proven, and on each side."""

    counts: Mapping[str, Mapping[str, int]]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Everything that is to be the same is the same."""
        return all(difference.cause.weight is Weight.KNOWN for difference in self.differences)

    def to_json(self) -> dict[str, Any]:
        causes = Counter(difference.cause.value for difference in self.differences)
        return {
            "agrees": self.agrees,
            "counts": {name: dict(count) for name, count in self.counts.items()},
            "causes": dict(sorted(causes.items())),
            "differences": [difference.to_json() for difference in self.differences],
        }


def prove(procore: Listing, drive: Listing, agreed: Iterable[Agreed], known: Known = NOTHING_KNOWN) -> Proof:
    """Compares two whole listings with what was last agreed, by id, name, place, size, hash and version."""
    sides = {FileSide.PROCORE: procore, FileSide.DRIVE: drive}
    pairs = list(agreed)
    partner = {pair.procore_id: pair.drive_id for pair in pairs} | {procore.root_id: drive.root_id}
    differences: list[Difference] = []
    proven: list[Agreed] = []
    for pair in pairs:
        found = list(_of_pair(pair, sides, partner, known))
        differences += found
        if all(difference.cause is Cause.REWRITTEN for difference in found):
            proven.append(pair)
    for side, listing in sides.items():
        paired = {pair.id_of(side) for pair in pairs}
        news = Cause.NEW if pairs else Cause.NOT_COMPARED
        alone = (item for item in listing.items.values() if item.id not in paired)
        differences += (_alone(side, item, listing, known, news) for item in alone)
    counts = {
        "agreed": _count(pairs),
        "proven": _count(proven),
        **{side.value: _count(listing.items.values()) for side, listing in sides.items()},
    }
    ordered = sorted(differences, key=lambda each: (each.path, each.side.value, each.cause.value, each.procore_id))
    return Proof(counts, tuple(ordered))


def _count(things: Iterable[Agreed | FileItem]) -> dict[str, int]:
    each = list(things)
    files = [thing for thing in each if not thing.is_folder]
    return {
        "files": len(files),
        "folders": len(each) - len(files),
        "size_bytes": sum(thing.size_bytes for thing in files),
    }


def _of_pair(
    pair: Agreed, sides: Mapping[FileSide, Listing], partner: Mapping[str, str], known: Known
) -> Iterable[Difference]:
    items = {side: listing.items.get(pair.id_of(side)) for side, listing in sides.items()}
    shown = next((side for side, item in items.items() if item is not None), FileSide.PROCORE)
    path = sides[shown].path(pair.id_of(shown)) or pair.name_of(shown)
    here = [side.value for side, item in items.items() if item is not None]
    on = "both" if len(here) == len(items) else "".join(here) or "neither"

    def told(cause: Cause, side: FileSide, agreed: object = "", found: object = "") -> Difference:
        excuse = _excuse(pair, side, cause, known)
        problem = known.apart.get((side.value, pair.id_of(side))) if excuse is Cause.NOT_SYNCHRONIZED else None
        return Difference(excuse, side, pair.procore_id, pair.drive_id, path, str(agreed), str(found), problem, on)

    changes = [told(*change) for side in FileSide for change in _since(pair, side, items[side])]
    yield from changes
    procore, drive = items[FileSide.PROCORE], items[FileSide.DRIVE]
    if changes or procore is None or drive is None:
        return
    if partner.get(procore.parent_id) != drive.parent_id:
        yield told(Cause.PLACE, FileSide.DRIVE, partner.get(procore.parent_id, ""), drive.parent_id)
    if pair.is_folder or procore.size_bytes == drive.size_bytes:
        return
    # The baseline's hash is the drive's own account after the write: while it fits, Microsoft added the bytes.
    is_baseline = bool(drive.content_hash) and drive.content_hash == pair.content_hash
    yield told(Cause.REWRITTEN if is_baseline else Cause.SIZE, FileSide.DRIVE, procore.size_bytes, drive.size_bytes)


def _since(pair: Agreed, side: FileSide, item: FileItem | None) -> Iterable[tuple[Cause, FileSide, object, object]]:
    """What happened to one side of a pair since it was agreed."""
    if item is None:
        yield Cause.DELETED, side, pair.name_of(side), ""
        return
    if _same_text(item.name) != _same_text(pair.name_of(side)):
        yield Cause.RENAMED, side, pair.name_of(side), item.name
    if item.parent_id != pair.parent_of(side):
        yield Cause.MOVED, side, pair.parent_of(side), item.parent_id
    if pair.is_folder:
        return
    if item.version != pair.version_of(side):
        untouched = side is FileSide.DRIVE and item.modified is not None and item.modified == pair.drive_modified
        yield (Cause.REWRITTEN if untouched else Cause.CHANGED), side, pair.version_of(side), item.version
    elif _contradicts(item.content_hash, pair.content_hash):
        yield Cause.CONTENT, side, pair.content_hash, item.content_hash


def _contradicts(one: str, other: str) -> bool:
    """Two hashes of one algorithm that differ; hashes of two algorithms say nothing about each other."""
    return bool(one and other) and one.partition(":")[0] == other.partition(":")[0] and one != other


def _same_text(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _excuse(pair: Agreed, side: FileSide, cause: Cause, known: Known) -> Cause:
    """What the program knows of a pair stands above what it sees."""
    ids = {one: pair.id_of(one) for one in FileSide}
    if any(ids[one] in known.detached.get(one, ()) for one in FileSide):
        return Cause.DETACHED
    if cause is Cause.DELETED and ids[side.other] in known.held.get(side.other, ()):
        return Cause.HELD
    if cause.weight is not Weight.PENDING:
        return cause
    if (pair.procore_id, pair.drive_id) in known.conflicts:
        return Cause.CONFLICT
    is_apart = any((one.value, ids[one]) in known.apart for one in FileSide)
    return Cause.NOT_SYNCHRONIZED if is_apart else cause


def _alone(side: FileSide, item: FileItem, listing: Listing, known: Known, news: Cause) -> Difference:
    """An item without a partner: new, or known to stay alone, by itself or with a folder above it."""
    line = list(listing.line(item.id))
    cause, problem = news, None
    if known.detached.get(side, frozenset()).intersection(line):
        cause = Cause.DETACHED
    elif why := next((known.apart[side.value, one] for one in line if (side.value, one) in known.apart), None):
        cause, problem = Cause.NOT_SYNCHRONIZED, why
    elif any(item.id == (conflict[0] if side is FileSide.PROCORE else conflict[1]) for conflict in known.conflicts):
        cause = Cause.CONFLICT
    ids = (item.id, "") if side is FileSide.PROCORE else ("", item.id)
    return Difference(cause, side, *ids, listing.path(item.id), "", item.name, problem, side.value)


def differences_of(report: Mapping[str, Any]) -> tuple[int, int]:
    """Of a report as JSON: how many items are known to stand apart, and how many ought to be the same and are not."""
    found = Counter(
        difference["weight"] == Weight.KNOWN for tool in report["tools"] for difference in tool["differences"]
    )
    return found[True], found[False]
