"""Writing the lines of the synchronization pages. What screens search and sort by is derived here, from the values."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import ORDER_WIDTH, order_keys, search_text
from maestro_procore.model.status import LineStatus
from maestro_procore.ports import PartName
from maestro_procore.store import tables
from maestro_procore.store.batches import Row, by_columns, complete, in_chunks
from maestro_procore.store.many import execute_many
from maestro_procore.store.plans import open_of_batch
from maestro_procore.store.tables import ACTION, LINE


def put(tx: Connection, element: str, lines: Sequence[Row], is_complete: bool, scope: str = "") -> None:
    """Brings a page up to date. See store/journal.py.

    Lines as they were put last time are recognised by their digest, without reading them: a hundred
    thousand of them would fill the memory.
    """
    narrow = sa.select(LINE.c.id, LINE.c.maestro_key, LINE.c.procore_id, LINE.c.digest, LINE.c.is_in_scope)
    by_key, by_procore = {}, {}
    for line_id, maestro_key, procore_id, digest, was_in_scope in tx.execute(
        narrow.where(LINE.c.element == element, LINE.c.scope == scope)
    ):
        if maestro_key is not None:
            by_key[maestro_key] = (line_id, digest, was_in_scope)
        else:
            by_procore[procore_id] = (line_id, digest, was_in_scope)
    vanished = {old[0] for old in (*by_key.values(), *by_procore.values())}
    for few in in_chunks(lines):  # with all that is derived, so that no second copy of the whole page is made
        fresh, changed = [], []
        for line in few:
            digest = _digest(line)
            old = by_key.get(line["maestro_key"]) or by_procore.get(line["procore_id"])
            if old is None:
                fresh.append(complete(tables.Line, {**_derived(element, line), "scope": scope, "digest": digest}))
                continue
            vanished.discard(old[0])
            if old[1] != digest:
                # Why a record was not sent is no longer true once it is.
                forgotten = {"problems": [], "worst": ""} if line["is_in_scope"] and not old[2] else {}
                changed.append({"b_id": old[0], **forgotten, **_derived(element, line), "digest": digest})
        for group in by_columns(changed):
            execute_many(tx, ("line",), LINE.update().where(LINE.c.id == sa.bindparam("b_id")), group)
        execute_many(tx, ("lines",), LINE.insert, fresh)
    if is_complete:
        for part in in_chunks(sorted(vanished)):
            tx.execute(LINE.delete().where(LINE.c.id.in_(part)))
    # A record that has to be synchronized again is not in step any more, whatever the last run made of it.
    of_scope = (LINE.c.element == element) & (LINE.c.scope == scope)
    moved = of_scope & LINE.c.needs_sync & (LINE.c.status == LineStatus.DONE.value)
    tx.execute(LINE.update().where(moved).values(status=LineStatus.NEVER.value, **TOUCHED))


def change(tx: Connection, element: str, rows: Sequence[Row]) -> None:
    """Sets columns of some lines. See store/journal.py."""
    by_key, by_id = [], []
    for row in rows:
        full = {**TOUCHED, "b_element": element, **_derived(element, row)}
        key = full.pop("maestro_key")
        if key:
            full["b_key"] = key
            by_key.append(full)
            continue
        full["b_id"] = full["procore_id"]
        if "becomes_key" in full:
            full["maestro_key"] = full.pop("becomes_key")
        by_id.append(full)
    for column, name, found in ((LINE.c.maestro_key, "b_key", by_key), (LINE.c.procore_id, "b_id", by_id)):
        named = LINE.update().where(LINE.c.element == sa.bindparam("b_element"), column == sa.bindparam(name))
        for group in by_columns(found):
            if "is_copied" in group[0]:
                plain = [{name: value for name, value in row.items() if name != "is_copied"} for row in group]
                execute_many(tx, ("copied", name, element), named.values(_copied(element)), plain)
            else:
                execute_many(tx, ("change", name), named, group)


def _copied(element: str) -> dict[str, sa.ColumnElement[Any]]:
    """Procore's columns out of maestro*'s, by the database itself. What it is found by stays: the words are the same.

    Making and sending both texts of every record of a long run again was a thirtieth of all its work.
    """
    width: sa.ColumnElement[int] = sa.literal_column(str(len(MAPS[element].shown) * ORDER_WIDTH))
    mine = sa.func.substr(LINE.c.order_keys, sa.literal_column("1"), width, type_=sa.Text())
    return {"procore_values": LINE.c.maestro_values, "order_keys": mine.concat(mine)}


def hold(tx: Connection, name: PartName, batch: int) -> None:
    """Lines that are being worked on. See store/journal.py."""
    request_id, element, _ = name
    held = LINE.update().where(LINE.c.element == element)
    held = held.values(status=LineStatus.RUNNING.value, request_id=request_id, **TOUCHED)
    keys, ids = (
        sa.select(column).where(open_of_batch(name, batch)) for column in (ACTION.c.maestro_key, ACTION.c.procore_id)
    )
    tx.execute(held.where(LINE.c.maestro_key.in_(keys)))
    # What is being created in maestro* has its line under the Procore id until it exists on both sides.
    tx.execute(held.where(LINE.c.maestro_key.is_(None), LINE.c.procore_id.in_(ids)))


def release(tx: Connection, request_id: str) -> None:
    """Lets the lines of a request go. See store/journal.py."""
    waiting = [LineStatus.QUEUED.value, LineStatus.RUNNING.value]
    # An error that still stands keeps its cross; a question keeps its dash.
    deserved = sa.case(
        (LINE.c.worst == "E", LineStatus.FAILED.value),
        (LINE.c.last_synced_at.is_not(None) & ~LINE.c.needs_sync, LineStatus.DONE.value),
        else_=LineStatus.NEVER.value,
    )
    tx.execute(
        LINE.update()
        .where(LINE.c.request_id == request_id, LINE.c.status.in_(waiting))
        .values(status=deserved, **TOUCHED)
    )


TOUCHED = {"digest": ""}
"""Set by every change of a line other than `put`, so that the next `put` writes it again."""


def _digest(line: Row) -> str:
    return blake2b(orjson.dumps(line, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def _derived(element: str, row: Row) -> Row:
    """The row with what follows from its values, as far as it carries them."""
    full = dict(row)
    if "procore_values" in row:
        theirs = row["procore_values"]
        full["search_text"] = search_text(row["maestro_values"], theirs)
        full["order_keys"] = order_keys(MAPS[element], row["maestro_values"], theirs)
    if "differing" in row:
        full["has_differences"] = bool(row["differing"])
    return full
