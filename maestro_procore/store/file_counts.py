"""How much of a tool is in step: what is agreed, without what people took out of the synchronization."""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_items import FileSide
from maestro_procore.store.file_tables import AGREED, DETACHED


class InStep(NamedTuple):
    """files, folders; size_bytes: of the files."""

    files: int = 0
    folders: int = 0
    size_bytes: int = 0


def in_step(tx: Connection, pair_id: int) -> InStep:
    """Of one pair. What stands below a folder that was taken out is out as well."""
    counted = sa.select(AGREED.c.is_folder, sa.func.count(), sa.func.sum(AGREED.c.size_bytes))
    rows = tx.execute(counted.where(AGREED.c.pair_id == pair_id).group_by(AGREED.c.is_folder))
    sums = {bool(is_folder): (n, int(size or 0)) for is_folder, n, size in rows}
    files, size_bytes = sums.get(False, (0, 0))
    found = InStep(files, sums.get(True, (0, 0))[0], size_bytes)
    out = _taken_out(tx, pair_id)
    return InStep(*(all_of - part for all_of, part in zip(found, out, strict=True)))


def _taken_out(tx: Connection, pair_id: int) -> InStep:
    """Usually nothing, and then nothing is read but that."""
    left = tx.execute(sa.select(DETACHED.c.side, DETACHED.c.item_id).where(DETACHED.c.pair_id == pair_id)).all()
    if not left:
        return InStep()
    rows = tx.execute(sa.select(AGREED).where(AGREED.c.pair_id == pair_id)).all()
    out: set[Any] = set()
    for side in FileSide:
        out |= _below(side, {item_id for of, item_id in left if of == side.value}, rows)
    gone = [row for row in rows if row.procore_id in out]
    files = [row for row in gone if not row.is_folder]
    return InStep(len(files), len(gone) - len(files), sum(row.size_bytes for row in files))


def _below(side: FileSide, tops: set[str], rows: Any) -> set[str]:
    """Procore's ids of the agreed pairs that are one of `tops` on that side, or stand below one."""
    item, parent = f"{side.value}_id", f"{side.value}_parent"
    children: dict[str, list[str]] = {}
    for row in rows:
        children.setdefault(getattr(row, parent), []).append(getattr(row, item))
    below, todo = set(), list(tops)
    while todo:
        one = todo.pop()
        if one not in below:
            below.add(one)
            todo += children.get(one, ())
    return {row.procore_id for row in rows if getattr(row, item) in below}
