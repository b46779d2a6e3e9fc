"""Plans and what became of them: the actions of a request, part by part.

A part is one kind of record in one scope, named (request id, kind, scope).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model.status import OPEN_ACTIONS, ActionKind, ActionState
from maestro_procore.ports import PartName
from maestro_procore.store import tables
from maestro_procore.store.batches import Row, by_columns, complete, in_chunks
from maestro_procore.store.many import execute_many, fetch_many
from maestro_procore.store.tables import ACTION, PART, REQUEST
from maestro_procore.store.upserts import Upserts

OPEN_ACTION_STATES = [state.value for state in OPEN_ACTIONS]
_CARRIED = (
    *(ACTION.c.id, ACTION.c.kind, ACTION.c.state, ACTION.c.attempts, ACTION.c.is_sent, ACTION.c.accepted_by),
    *(ACTION.c.maestro_key, ACTION.c.procore_id, ACTION.c.rule, ACTION.c.problems, ACTION.c.differences),
    *(ACTION.c.maestro_write, ACTION.c.procore_write, ACTION.c.before, ACTION.c.after),
)
_SUCCESSES = (ActionState.DONE.value, ActionState.WARNED.value)


class Plans(Upserts):
    """The actions of a request."""

    def part(self, name: PartName) -> Row:
        """How far a part has come; a part never begun comes with defaults."""
        with self._database.read() as tx:
            found = tx.execute(sa.select(PART).where(_of_part(PART, name))).first()
        return complete(tables.RequestPart, dict(found._mapping) if found is not None else _named(name))

    def change_part(self, tx: Connection, name: PartName, **values: Any) -> None:
        """Sets columns of a part."""
        key = ("request_id", "element", "scope")
        self._put(tx, PART, [{**_named(name), **values}], key, defaults=tables.RequestPart)

    def part_problems(self, tx: Connection, request_id: str) -> list[Row]:
        """Why parts came to nothing: kind, scope, problem."""
        columns = (PART.c.element, PART.c.scope, PART.c.problem)
        rows = tx.execute(sa.select(*columns).where(PART.c.request_id == request_id).order_by(PART.c.scope))
        return [dict(row._mapping) for row in rows if row.problem is not None]

    def count_unchanged(self, tx: Connection, request_id: str, element: str) -> int:
        """Records of the element itself that were in step."""
        total = sa.select(sa.func.sum(PART.c.unchanged))
        return int(tx.execute(total.where(PART.c.request_id == request_id, PART.c.element == element)).scalar() or 0)

    def write_plan(self, tx: Connection, name: PartName, actions: Sequence[Row], facts: Row) -> None:
        """The actions of a part, before the first of them is carried out. facts: columns of the request."""
        request_id, element, scope = name
        common = {"request_id": request_id, "element": element, "scope": scope}
        for part in in_chunks(actions):
            rows = [complete(tables.SyncAction, {**a, **common}) for a in part]
            execute_many(tx, ("plan",), ACTION.insert, rows)
        tx.execute(REQUEST.update().where(REQUEST.c.id == request_id).values(is_planned=True, **facts))

    def drop_plan(self, tx: Connection, name: PartName) -> None:
        """Takes back what a plan has not carried out, questions and refusals included, so that a new one is made."""
        undone = ACTION.c.state.not_in(_SUCCESSES)
        planned = ACTION.c.kind != ActionKind.READ.value
        tx.execute(ACTION.delete().where(_of_part(ACTION, name), planned, undone))

    def count_done(self, tx: Connection, name: PartName) -> int:
        """Records of a part that earlier plans of the same request have carried out."""
        done = (ACTION.c.kind != ActionKind.READ.value) & ACTION.c.state.in_(_SUCCESSES)
        counted = sa.select(sa.func.count()).select_from(ACTION).where(_of_part(ACTION, name), done)
        return int(tx.execute(counted).scalar_one())

    def add_action(self, tx: Connection, row: Row) -> int:
        """One action outside a plan, such as a page that was read. Its id."""
        done = tx.execute(ACTION.insert().values(**complete(tables.SyncAction, row)).returning(ACTION.c.id))
        return int(done.scalar_one())

    def next_seq(self, tx: Connection, request_id: str) -> int:
        """The place in the history after the last action of a request."""
        last = tx.execute(sa.select(sa.func.max(ACTION.c.seq)).where(ACTION.c.request_id == request_id)).scalar()
        return (last or 0) + 1

    def open_batches(self, name: PartName) -> list[int]:
        """Numbers of the bulk calls of a part that still have something to do."""
        with self._database.read() as tx:
            found = tx.execute(
                sa.select(ACTION.c.batch)
                .where(_of_part(ACTION, name), ACTION.c.state.in_(OPEN_ACTION_STATES))
                .where(ACTION.c.batch.is_not(None))
                .distinct()
                .order_by(ACTION.c.batch)
            )
            return [row.batch for row in found]

    def open_actions(self, name: PartName, batch: int) -> list[Row]:
        """What of one bulk call is not finished, in its order and with all that carrying it out needs."""
        with self._database.read() as tx:
            return fetch_many(tx, sa.select(*_CARRIED).where(open_of_batch(name, batch)).order_by(ACTION.c.seq))

    def begin_actions(self, tx: Connection, name: PartName, batch: int, now: datetime) -> None:
        """Says that what is open of one bulk call is being carried out: the intent, before anything leaves."""
        begun = ACTION.update().where(open_of_batch(name, batch))
        tx.execute(begun.values(state=ActionState.RUNNING.value, started_at=now))

    def keys_to_create(self, tx: Connection, request_id: str, elements: Sequence[str]) -> dict[str, frozenset[str]]:
        """Kind → maestro* keys that a request is about to create or link, of kinds that come earlier in it."""
        wanted = (ActionKind.CREATE.value, ActionKind.LINK.value)
        open_ones = ACTION.c.state.in_(OPEN_ACTION_STATES) & ACTION.c.kind.in_(wanted)
        rows = tx.execute(
            sa.select(ACTION.c.element, ACTION.c.maestro_key)
            .where(ACTION.c.request_id == request_id, ACTION.c.element.in_(list(elements)), open_ones)
            .where(ACTION.c.maestro_key.is_not(None))
        )
        found: dict[str, set[str]] = {}
        for element, key in rows:
            found.setdefault(element, set()).add(key)
        return {element: frozenset(keys) for element, keys in found.items()}

    def finished_actions(self, tx: Connection, request_id: str, element: str | None = None) -> list[Row]:
        """What a request carried out, in its order. element None: of all kinds."""
        chosen = sa.select(ACTION).where(ACTION.c.request_id == request_id, ACTION.c.state.in_(_SUCCESSES))
        kind = ACTION.c.kind != ActionKind.READ.value
        rows = tx.execute(
            chosen.where(kind, *([ACTION.c.element == element] if element else [])).order_by(ACTION.c.seq)
        )
        return [dict(row._mapping) for row in rows]

    def foreseen(self, tx: Connection, kinds: Sequence[str]) -> dict[str, dict[str, int | None]]:
        """Kind → maestro* key → Procore id (None: to be created) that previews promise and no run has carried out.

        Of each element only its newest request counts, and only when that is a preview. A record of Procore whose
        maestro* number is not given yet goes by "#" and its Procore id.
        """
        newest = sa.select(sa.func.max(REQUEST.c.number)).group_by(REQUEST.c.element)
        promised = sa.select(REQUEST.c.id).where(REQUEST.c.number.in_(newest), REQUEST.c.is_preview)
        wanted = (ActionKind.CREATE.value, ActionKind.LINK.value)
        rows = tx.execute(
            sa.select(ACTION.c.element, ACTION.c.maestro_key, ACTION.c.procore_id)
            .where(ACTION.c.request_id.in_(promised), ACTION.c.element.in_(list(kinds)))
            .where(ACTION.c.kind.in_(wanted), ACTION.c.state == ActionState.PLANNED.value)
        )
        found: dict[str, dict[str, int | None]] = {}
        for element, key, procore_id in rows:
            found.setdefault(element, {})[key or f"#{procore_id}"] = procore_id if key else None
        return found

    def change_actions(self, tx: Connection, rows: Sequence[Row]) -> None:
        """Sets columns of actions; every row carries `id`."""
        found = ACTION.update().where(ACTION.c.id == sa.bindparam("b_id"))
        for group in by_columns(rows):
            execute_many(tx, ("actions",), found, group, found_by="id")

    def add_progress(self, tx: Connection, request_id: str, done: int) -> None:
        """So many more actions of a request are finished."""
        tx.execute(
            REQUEST.update().where(REQUEST.c.id == request_id).values(progress_done=REQUEST.c.progress_done + done)
        )

    def count_states(self, tx: Connection, request_id: str) -> list[Row]:
        """element (kind of record), kind, state, count and highest attempts of a request's actions."""
        columns = (ACTION.c.element, ACTION.c.kind, ACTION.c.state)
        counts = (sa.func.count().label("n"), sa.func.max(ACTION.c.attempts).label("attempts"))
        rows = tx.execute(sa.select(*columns, *counts).where(ACTION.c.request_id == request_id).group_by(*columns))
        return [dict(r._mapping) for r in rows]


def open_of_batch(name: PartName, batch: int) -> ColumnElement[bool]:
    """Of one bulk call what is not finished."""
    return sa.and_(_of_part(ACTION, name), ACTION.c.batch == batch, ACTION.c.state.in_(OPEN_ACTION_STATES))


def _named(name: PartName) -> Row:
    return dict(zip(("request_id", "element", "scope"), name, strict=True))


def _of_part(table: sa.Table, name: PartName) -> ColumnElement[bool]:
    request_id, element, scope = name
    return sa.and_(table.c.request_id == request_id, table.c.element == element, table.c.scope == scope)
