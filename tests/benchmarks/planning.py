"""Our part of `plan-files`, in a process of its own that loads nothing else: lists two folders and plans."""

import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from maestro_procore.model.file_decider import decide
from maestro_procore.model.file_items import Agreed, Agreements, FileItem, FileSide, tree_of
from maestro_procore.model.file_plan import FilePlan
from maestro_procore.model.file_sift import Sift

_COLUMNS = len(Agreed._fields)


def _items(root: Path, id_of_root: str) -> Iterator[FileItem]:
    """Everything below a folder; its number on the disk is its id."""
    waiting = [(str(root), id_of_root)]
    while waiting:
        path, above = waiting.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                known = entry.stat(follow_symlinks=False)
                item_id = str(known.st_ino)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, item_id))
                    yield FileItem(item_id, above, entry.name, True)
                else:
                    version = f"{known.st_mtime_ns}:{known.st_size}"
                    yield FileItem(item_id, above, entry.name, False, known.st_size, None, version)


def _stored(folder: Path) -> Iterator[Agreed]:
    connection = sqlite3.connect(folder / "agreed.sqlite")
    try:
        yield from map(Agreed._make, connection.execute("SELECT * FROM agreed"))
    finally:
        connection.close()


class _Stored:
    """Agreed pairs that stay in their database until somebody asks for one."""

    detached: dict[FileSide, frozenset[str]] = {}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = sqlite3.connect(folder / "agreed.sqlite")

    def of(self, side: FileSide, item_id: str) -> Agreed | None:
        column = "procore_id" if side is FileSide.PROCORE else "drive_id"
        row = self._connection.execute(f"SELECT * FROM agreed WHERE {column} = ?", (item_id,)).fetchone()
        return None if row is None else Agreed._make(row)

    def __iter__(self) -> Iterator[Agreed]:
        return _stored(self._folder)


def _sweep(folder: Path) -> FilePlan:
    agreed, trees = _Stored(folder), []
    for side in FileSide:
        sift = Sift(side, "0", agreed)
        sift.add(_items(folder / side.value, "0"))
        trees.append(sift.tree())
    return decide(trees[0], trees[1], agreed)


def _whole(folder: Path) -> FilePlan:
    trees = [tree_of(side, "0", _items(folder / side.value, "0")) for side in FileSide]
    return decide(trees[0], trees[1], Agreements(_stored(folder)))


def _first(folder: Path) -> FilePlan:
    trees = [tree_of(side, "0", map(_hashed, _items(folder / side.value, "0"))) for side in FileSide]
    return decide(trees[0], trees[1], Agreements())


def _hashed(item: FileItem) -> FileItem:
    return item._replace(content_hash=f"size:{item.version}")


def _agree(folder: Path) -> FilePlan:
    """What both sides hold is agreed from now on."""
    trees = [tree_of(side, "0", map(_hashed, _items(folder / side.value, "0"))) for side in FileSide]
    plan = decide(trees[0], trees[1], Agreements())
    with sqlite3.connect(folder / "agreed.sqlite") as connection:
        connection.execute(f"CREATE TABLE agreed ({', '.join(Agreed._fields)})")
        connection.execute("CREATE UNIQUE INDEX by_procore ON agreed (procore_id)")
        connection.execute("CREATE UNIQUE INDEX by_drive ON agreed (drive_id)")
        places = ", ".join("?" * _COLUMNS)
        rows = (_agreed(trees[0].items[a.procore_id], trees[1].items[a.drive_id]) for a in plan.actions)
        connection.executemany(f"INSERT INTO agreed VALUES ({places})", rows)
    return plan


def _agreed(one: FileItem, other: FileItem) -> Agreed:
    here, there = (one.parent_id, one.name, one.version), (other.parent_id, other.name, other.version)
    return Agreed(one.id, other.id, one.is_folder, *here, *there, one.size_bytes)


_KINDS = {"sweep": _sweep, "whole": _whole, "first": _first, "agree": _agree}


def _peak_mb() -> float:
    """The greatest memory of this program; ru_maxrss would count the parent's, of which this process was a copy."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main(kind: str, folder: str) -> None:
    """In the child: plans, and prints what it took."""
    begun = time.perf_counter()
    plan = _KINDS[kind](Path(folder))
    elapsed = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"seconds": used.ru_utime + used.ru_stime, "elapsed": elapsed, "memory_mb": _peak_mb()}
    print(json.dumps({**told, "actions": len(plan.actions)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
