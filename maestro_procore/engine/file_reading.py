"""What both sides hold of one pair, brought up to date in the journal: whole rounds, stored with their cursor.

Absence is never evidence here: an item leaves what is known when its side says so, or when a whole reading, which came
to its end without a fault, does not name it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from maestro_procore.engine.file_binding import BOTH_WAYS, check
from maestro_procore.engine.file_doors import FileDoors, FileJournal, PairStopped
from maestro_procore.engine.file_preflight import of_the_tool
from maestro_procore.file_ports import Changes, FileCallFailed, FileStore, FileTrouble
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row

ROOTS: Mapping[FileSide, str] = {FileSide.PROCORE: "procore_root", FileSide.DRIVE: "drive_root"}
CURSORS: Mapping[FileSide, str] = {FileSide.PROCORE: "procore_cursor", FileSide.DRIVE: "drive_cursor"}


MOST_ASKED: Final = 20
"""Calls that a whole reading may cost to be believed."""


@dataclass(frozen=True)
class Known:
    """What a side is followed by: the root of the pair, and where everything known of it stood.

    Of the drive the folders above the root are known as well, so that the feed tells when one of them was touched.
    """

    roots: frozenset[str]
    parents: Mapping[str, str]

    def parent_of(self, item_id: str) -> str | None:
        return self.parents.get(item_id)


async def read_pair(
    doors: FileDoors,
    project: Row,
    pair: Row,
    stores: Mapping[FileSide, FileStore],
    now: datetime,
    *,
    is_whole: bool,
) -> dict[str, Any]:
    """Both sides at once; {changed, calls} of what was read. Raises FileCallFailed, PairStopped."""
    both = await asyncio.gather(*(_read(doors, project, pair, side, stores[side], is_whole) for side in FileSide))
    for side, changes in zip(FileSide, both, strict=True):
        root = pair[ROOTS[side]]
        if root in changes.gone or (changes.is_whole and root not in changes.roots):
            raise PairStopped(Problem("FIL-13"))
    drive = both[list(FileSide).index(FileSide.DRIVE)]
    is_touched = drive.items or drive.roots or drive.is_whole or drive.gone
    if is_touched:  # otherwise nobody was there, and three calls are saved
        await check(doors, project, pair, stores[FileSide.DRIVE])
    if pair["tool"] in BOTH_WAYS:
        for side, changes in zip(FileSide, both, strict=True):
            await _check_missing(doors, pair, side, stores[side], changes)
    whole = all(changes.is_whole for changes in both)
    changed = await asyncio.to_thread(_keep, doors.journal, pair, dict(zip(FileSide, both, strict=True)), now, whole)
    return {"changed": changed, "calls": sum(changes.calls for changes in both), "is_whole": whole}


async def _read(doors: FileDoors, project: Row, pair: Row, side: FileSide, store: FileStore, is_whole: bool) -> Changes:
    cursor = None if is_whole else pair[CURSORS[side]]
    parents = await asyncio.to_thread(_parents, doors.journal, pair["id"], side)
    if side is FileSide.DRIVE:
        parents |= {project["folder_id"]: project["top_id"], project["top_id"]: project["parent_id"]}
    try:
        return await store.changes(cursor, Known(frozenset({pair[ROOTS[side]]}), parents))
    except FileCallFailed as failed:
        problem = of_the_tool(failed, project, pair, side)
        if problem is None:
            raise
        raise PairStopped(problem) from failed


async def _check_missing(doors: FileDoors, pair: Row, side: FileSide, store: FileStore, changes: Changes) -> None:
    """Asks for what a whole reading lacks and no evidence names: a list that says less than there is deletes nothing.

    Of what was known only the topmost, and of many of them some: whoever loses so many is asked (model/file_guard.py).
    Raises FileCallFailed AGAIN.
    """
    if not changes.is_whole:
        return
    here = {item.id for item in changes.items} | changes.gone.keys()
    parents = await asyncio.to_thread(_parents, doors.journal, pair["id"], side)
    missing = [one for one in parents if one not in here]
    tops = sorted(one for one in missing if parents[one] in here or parents[one] not in parents)
    for one in tops[:MOST_ASKED]:
        found = await store.item(one)
        if found is not None and (found.parent_id in here or found.parent_id == pair[ROOTS[side]]):
            raise FileCallFailed(FileTrouble.AGAIN, Problem("DOC-68", {"name": found.name}))


def _parents(journal: FileJournal, pair_id: int, side: FileSide) -> dict[str, str]:
    with journal.begin() as tx:
        return journal.seen_parents(tx, pair_id, side)


def _keep(journal: FileJournal, pair: Row, read: Mapping[FileSide, Changes], now: datetime, is_whole: bool) -> bool:
    """Stores both rounds and their cursors in one commit. True when anything is other than it was known."""
    changed = False
    with journal.begin() as tx:
        for side, changes in read.items():
            before = journal.seen(tx, pair["id"], side) if changes.items or changes.gone or changes.is_whole else {}
            news = [item for item in changes.items if not _is_known(before.get(item.id), item)]
            if changes.is_whole:
                lost = before.keys() - {item.id for item in changes.items}
            else:
                lost = with_everything_below(changes.gone, before, changes.items)
            journal.put_seen(tx, pair["id"], side, news)
            journal.forget_seen(tx, pair["id"], side, lost)
            changed = changed or bool(news or lost)
        values: dict[str, Any] = {CURSORS[side]: changes.cursor for side, changes in read.items()}
        if is_whole:
            values["swept_at"] = now
        if changed:
            values["is_dirty"] = True
        journal.change_file_pair(pair["id"], within=tx, **values)
    return changed


def _is_known(before: FileItem | None, item: FileItem) -> bool:
    """A list of Procore tells no hash: one that a reading has noted holds for as long as the item is the same."""
    if before is not None and not item.content_hash:
        return before._replace(content_hash="") == item
    return before == item


def with_everything_below(gone: Iterable[str], before: Mapping[str, FileItem], after: Sequence[FileItem]) -> set[str]:
    """Known ids that went, with what lay in folders that went; what was read anew has stayed or moved away."""
    stayed = {item.id for item in after}
    below: dict[str, list[str]] = {}
    for item in before.values():
        below.setdefault(item.parent_id, []).append(item.id)
    lost: set[str] = set()
    todo = [one for one in gone if one not in stayed]
    while todo:
        one = todo.pop()
        if one in lost or one in stayed:
            continue
        if one in before:
            lost.add(one)
        todo += below.get(one, ())
    return lost
