"""The writing side of the journal: requests, plans, results, links.

Every method that takes `tx` runs inside the caller's open transaction, so that a link, its action
and the durable engine's checkpoint are on the disk together or not at all. Reading for screens is views.py.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from maestro_procore.model.elements import ELEMENTS, built_elements
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import OPEN, OPEN_ACTIONS, ActionKind, ActionState, RequestState
from maestro_procore.ports import CallRecord
from maestro_procore.store import line_rows, tables, unlinking
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.database import Database
from maestro_procore.store.tables import (
    ACTION,
    BEAT,
    BUDGET,
    DECISION,
    EXCHANGE,
    LINE,
    LINK,
    RECORD,
    REQUEST,
    SETTING,
    STATE,
)

_OPEN_STATES = [state.value for state in OPEN]
_OPEN_ACTION_STATES = [state.value for state in OPEN_ACTIONS]


class Journal:
    """What the engine and the commands write. Plain calls of a few milliseconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert: Any = sqlite.insert
        if not database.is_sqlite:
            from sqlalchemy.dialects import postgresql  # brings five drivers along

            self._upsert = postgresql.insert

    def begin(self) -> Any:
        """A transaction for the `tx` of the other methods."""
        return self._database.begin()

    # --- requests ---------------------------------------------------------------------------

    def submit(self, wish: Mapping[str, Any], now: datetime) -> tuple[Row, bool]:
        """Writes a request down, or gives back the one of that element that has not ended.

        wish: element, scope, keys, project, mode, is_preview, requested_by. True: it is a new one.
        """
        with self._database.begin() as tx:
            open_one = tx.execute(
                sa.select(REQUEST)
                .where(REQUEST.c.element == wish["element"], REQUEST.c.state.in_(_OPEN_STATES))
                .order_by(REQUEST.c.number)
            ).first()
            if open_one is not None:
                return dict(open_one._mapping), False
            number = (tx.execute(sa.select(sa.func.max(REQUEST.c.number))).scalar() or 0) + 1
            row = {"id": uuid4().hex, "number": number, "requested_at": now, "state": RequestState.QUEUED.value, **wish}
            tx.execute(REQUEST.insert().values(**complete(tables.SyncRequest, row)))
            return dict(tx.execute(sa.select(REQUEST).where(REQUEST.c.id == row["id"])).one()._mapping), True

    def request(self, request_id: str) -> Row:
        """Refused (CLI-04) when there is none; an unambiguous beginning of the id, or its number, is enough."""
        with self._database.read() as tx:
            by_number = REQUEST.c.number == int(request_id) if request_id.isdecimal() and len(request_id) < 10 else None
            found = tx.execute(sa.select(REQUEST).where(by_number)).all() if by_number is not None else []
            if not found and request_id:  # a number first: nearly every id begins with a digit
                beginning = REQUEST.c.id.startswith(request_id.lower(), autoescape=True)
                found = tx.execute(sa.select(REQUEST).where(beginning).limit(2)).all()
            if len(found) != 1:
                raise Refused(Problem("CLI-04", {"id": request_id}))
            return dict(found[0]._mapping)

    def open_requests(self) -> list[Row]:
        """Those that have not ended, in the order in which they must run (C22)."""
        with self._database.read() as tx:
            rows = tx.execute(sa.select(REQUEST).where(REQUEST.c.state.in_(_OPEN_STATES))).all()
        found = [dict(row._mapping) for row in rows]
        return sorted(found, key=lambda r: (ELEMENTS[r["element"]].run_rank, r["number"]))

    def change_request(self, request_id: str, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of one request."""
        statement = REQUEST.update().where(REQUEST.c.id == request_id).values(**values)
        if within is not None:
            within.execute(statement)
            return
        with self._database.begin() as tx:
            tx.execute(statement)

    def show_waiting(self, resumes_at: datetime | None) -> None:
        """Turns every open request into a waiting one (hourglass), or back when calls go on (None)."""
        waiting, queued, running = (s.value for s in (RequestState.WAITING, RequestState.QUEUED, RequestState.RUNNING))
        with self._database.begin() as tx:
            if resumes_at is not None:
                tx.execute(
                    REQUEST.update()
                    .where(REQUEST.c.state.in_(_OPEN_STATES))
                    .values(state=waiting, resumes_at=resumes_at, wait_reason="limit")
                )
                return
            back = sa.case((REQUEST.c.started_at.is_(None), queued), else_=running)
            tx.execute(
                REQUEST.update().where(REQUEST.c.state == waiting).values(state=back, resumes_at=None, wait_reason=None)
            )

    def end_unstarted(self, request_id: str, state: RequestState, problem: Problem | None, now: datetime) -> None:
        """Ends a request that no run can carry out, and lets its lines go."""
        with self._database.begin() as tx:
            self.change_request(
                request_id,
                within=tx,
                state=state.value,
                ended_at=now,
                resumes_at=None,
                problem=problem.to_json() if problem else None,
            )
            self.release_lines(tx, request_id)

    def cancel(self, request_id: str, user: str) -> bool:
        """Asks the runner to stop the request; False when it has ended already."""
        with self._database.begin() as tx:
            asked = tx.execute(
                REQUEST.update()
                .where(REQUEST.c.id == request_id, REQUEST.c.state.in_(_OPEN_STATES))
                .values(cancel_requested_by=user)
            )
            return bool(asked.rowcount)

    def resume(self, request_id: str) -> bool:
        """Queues what a cancelled or failed request left undone; False when nothing is left or it is still open.

        Failed actions get a fresh set of attempts; what was done stays done.
        """
        with self._database.begin() as tx:
            row = tx.execute(sa.select(REQUEST).where(REQUEST.c.id == request_id)).one()
            # A preview has shown its plan: all done.
            if row.state in _OPEN_STATES or (row.is_preview and row.is_planned):
                return False
            retried = tx.execute(
                ACTION.update()
                .where(ACTION.c.request_id == request_id, ACTION.c.batch.is_not(None))
                .where(ACTION.c.state.in_([ActionState.FAILED.value, ActionState.UNKNOWN.value, *_OPEN_ACTION_STATES]))
                .values(state=ActionState.PLANNED.value, attempts=0, problems=[])
            )
            if row.is_planned and not retried.rowcount:
                return False
            tx.execute(
                REQUEST.update()
                .where(REQUEST.c.id == request_id)
                .values(
                    state=RequestState.QUEUED.value,
                    run=row.run + 1,
                    cancel_requested_by=None,
                    problem=None,
                    attempts=0,
                    resumes_at=None,
                    ended_at=None,
                )
            )
            return True

    def is_cancelled(self, request_id: str) -> str | None:
        """Who asked to stop it, or None."""
        with self._database.read() as tx:
            asked = tx.execute(sa.select(REQUEST.c.cancel_requested_by).where(REQUEST.c.id == request_id)).scalar()
            return None if asked is None else str(asked)

    # --- what both sides hold ---------------------------------------------------------------

    def store_records(self, tx: Connection, element: str, records: Sequence[Record], seen_by: str | None) -> None:
        """Remembers what Procore just told of its records."""
        rows = [
            {
                "element": element,
                "procore_id": r.procore_id,
                "origin_id": r.origin_id,
                "origin_code": r.number,
                "is_active": r.is_active,
                "values": {k: v for k, v in r.values.items() if v is not None},
                "updated_at": r.updated_at,
                "seen_by": seen_by,
                "is_gone": False,
            }
            for r in records
        ]
        self._put(tx, RECORD, rows, ("element", "procore_id"))

    def mark_absent(self, tx: Connection, element: str, seen_by: str) -> int:
        """Marks records that a complete read did not show. Absence deletes nothing; it is only told."""
        gone = tx.execute(
            RECORD.update()
            .where(RECORD.c.element == element, RECORD.c.is_gone.is_(False))
            .where(sa.or_(RECORD.c.seen_by != seen_by, RECORD.c.seen_by.is_(None)))
            .values(is_gone=True)
        )
        return gone.rowcount

    def known(self, tx: Connection, element: str) -> list[Record]:
        """Procore's records as last read, in the words of the mapping."""
        rows = tx.execute(sa.select(RECORD).where(RECORD.c.element == element))
        return [
            Record(
                key=str(r.procore_id),
                values=r.values,
                number=r.origin_code,
                is_active=r.is_active,
                origin_id=r.origin_id,
                updated_at=r.updated_at,
                is_gone=r.is_gone,
            )
            for r in rows
        ]

    def links(self, tx: Connection, element: str) -> list[Row]:
        """All links of an element."""
        return [dict(r._mapping) for r in tx.execute(sa.select(LINK).where(LINK.c.element == element))]

    def count_links(self) -> int:
        """Linked records of all elements (CFG-08)."""
        with self._database.read() as tx:
            return int(tx.execute(sa.select(sa.func.count()).select_from(LINK)).scalar_one())

    def decisions(self, tx: Connection, element: str) -> dict[str, dict[str, str]]:
        """maestro* key → {'link' or field: choice}."""
        found: dict[str, dict[str, str]] = {}
        for row in tx.execute(sa.select(DECISION).where(DECISION.c.element == element)):
            found.setdefault(row.maestro_key, {})[row.subject] = row.choice
        return found

    def decide(self, row: Mapping[str, Any]) -> None:
        """element, maestro_key, subject, choice, decided_by, decided_at."""
        with self._database.begin() as tx:
            self._put(tx, DECISION, [dict(row)], ("element", "maestro_key", "subject"))
            tx.execute(
                LINE.update()
                .where(LINE.c.element == row["element"], LINE.c.maestro_key == row["maestro_key"])
                .values(needs_sync=True, **line_rows.TOUCHED)
            )

    # --- plan and results -------------------------------------------------------------------

    def write_plan(self, tx: Connection, request: Mapping[str, Any], actions: Sequence[Row], facts: Row) -> None:
        """The actions of a request and its counts, before the first of them is carried out."""
        rows = [complete(tables.SyncAction, {**a, "request_id": request["id"]}) for a in actions]
        for part in in_chunks(rows):
            tx.execute(ACTION.insert(), part)
        tx.execute(REQUEST.update().where(REQUEST.c.id == request["id"]).values(is_planned=True, **facts))

    def drop_plan(self, tx: Connection, request_id: str) -> None:
        """Takes back what a plan has not carried out, questions and refusals included, so that a new one is made."""
        undone = ACTION.c.state.not_in([ActionState.DONE.value, ActionState.WARNED.value])
        planned = ACTION.c.kind != ActionKind.READ.value
        tx.execute(ACTION.delete().where(ACTION.c.request_id == request_id, planned, undone))
        tx.execute(REQUEST.update().where(REQUEST.c.id == request_id).values(is_planned=False))

    def add_action(self, tx: Connection, row: Row) -> int:
        """One action outside a plan, such as a page that was read. Its id."""
        done = tx.execute(ACTION.insert().values(**complete(tables.SyncAction, row)).returning(ACTION.c.id))
        return int(done.scalar_one())

    def next_seq(self, tx: Connection, request_id: str) -> int:
        """The place in the history after the last action of a request."""
        last = tx.execute(sa.select(sa.func.max(ACTION.c.seq)).where(ACTION.c.request_id == request_id)).scalar()
        return (last or 0) + 1

    def update_links(self, tx: Connection, agreements: Mapping[int, Mapping[str, Any]]) -> None:
        """Link id → values both sides agree on now (somebody made them equal by hand)."""
        rows = [{"b_id": link_id, "agreed": dict(agreed)} for link_id, agreed in agreements.items()]
        for part in in_chunks(rows):
            tx.execute(LINK.update().where(LINK.c.id == sa.bindparam("b_id")), part)

    def open_batches(self, request_id: str) -> list[int]:
        """Numbers of the bulk calls that still have something to do."""
        with self._database.read() as tx:
            found = tx.execute(
                sa.select(ACTION.c.batch)
                .where(ACTION.c.request_id == request_id, ACTION.c.state.in_(_OPEN_ACTION_STATES))
                .where(ACTION.c.batch.is_not(None))
                .distinct()
                .order_by(ACTION.c.batch)
            )
            return [row.batch for row in found]

    def open_actions(self, request_id: str, batch: int, tx: Connection | None = None) -> list[Row]:
        """The actions of one bulk call that are not finished, in their order."""
        statement = (
            sa.select(ACTION)
            .where(ACTION.c.request_id == request_id, ACTION.c.batch == batch)
            .where(ACTION.c.state.in_(_OPEN_ACTION_STATES))
            .order_by(ACTION.c.seq)
        )
        if tx is not None:
            return [dict(r._mapping) for r in tx.execute(statement)]
        with self._database.read() as reading:
            return [dict(r._mapping) for r in reading.execute(statement)]

    def change_actions(self, tx: Connection, rows: Sequence[Row]) -> None:
        """Sets columns of actions; every row carries `id` and the same other columns."""
        for part in in_chunks([{"b_id": r["id"], **{k: v for k, v in r.items() if k != "id"}} for r in rows]):
            tx.execute(ACTION.update().where(ACTION.c.id == sa.bindparam("b_id")), part)

    def store_links(self, tx: Connection, rows: Sequence[Row]) -> None:
        """New and changed links: element, maestro_key, procore_id, origin_id, rule, agreed, linked_by, at."""
        values = [
            {
                **{k: row[k] for k in ("element", "maestro_key", "procore_id", "origin_id", "rule", "agreed")},
                "linked_by": row["linked_by"],
                "first_linked_at": row["at"],
                "last_synced_at": row["at"],
            }
            for row in rows
        ]
        kept = ("first_linked_at", "linked_by", "rule", "origin_id")
        self._put(tx, LINK, values, ("element", "maestro_key"), kept=kept)

    def forget_decisions(self, tx: Connection, element: str, keys: Iterable[str]) -> None:
        """A choice that was carried out is history, not a rule for ever.

        "Keep what Procore has" on a one-way element is never carried out by a write: it stays until chosen anew.
        """
        targets = ELEMENTS[element].direction.targets
        standing = [side.value for side in targets] if len(targets) == 1 else []
        was_carried_out = (DECISION.c.subject == "link") | DECISION.c.choice.not_in(standing)
        for part in in_chunks(list(keys)):
            named = DECISION.c.maestro_key.in_(part)
            tx.execute(DECISION.delete().where(DECISION.c.element == element, named, was_carried_out))

    def add_progress(self, tx: Connection, request_id: str, done: int) -> None:
        """So many more actions of a request are finished."""
        tx.execute(
            REQUEST.update().where(REQUEST.c.id == request_id).values(progress_done=REQUEST.c.progress_done + done)
        )

    def count_states(self, tx: Connection, request_id: str) -> list[Row]:
        """kind, state, count and highest attempts of a request's actions."""
        rows = tx.execute(
            sa.select(
                ACTION.c.kind,
                ACTION.c.state,
                sa.func.count().label("n"),
                sa.func.max(ACTION.c.attempts).label("attempts"),
            )
            .where(ACTION.c.request_id == request_id)
            .group_by(ACTION.c.kind, ACTION.c.state)
        )
        return [dict(r._mapping) for r in rows]

    unlink = staticmethod(unlinking.unlink)

    # --- lines ------------------------------------------------------------------------------

    def put_lines(self, tx: Connection, element: str, lines: Sequence[Row], is_complete: bool) -> None:
        """Brings the page of an element up to date; `status` stays unless a line carries one.

        is_complete: lines that are not among these disappear.
        """
        line_rows.put(tx, element, lines, is_complete)

    def change_lines(self, tx: Connection, element: str, rows: Sequence[Row]) -> None:
        """Sets columns of lines found by `maestro_key`, or by `procore_id` where there is no key yet.

        becomes_key: the maestro* key that such a line gets, its record having just been created there.
        """
        line_rows.change(tx, element, rows)

    def release_lines(self, tx: Connection, request_id: str) -> None:
        """Lines that a request no longer holds go back to the symbol they deserve."""
        line_rows.release(tx, request_id)

    # --- elements, settings, calls ----------------------------------------------------------

    def element_states(self) -> dict[str, Row]:
        """Element → its row; elements never touched come with defaults."""
        with self._database.read() as tx:
            held = {r.element: dict(r._mapping) for r in tx.execute(sa.select(STATE))}
        return {
            e.name: held.get(e.name) or complete(tables.ElementState, {"element": e.name}) for e in built_elements()
        }

    def change_element(self, element: str, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of an element's row."""
        row = {"element": element, **values}
        if within is not None:
            self._put(within, STATE, [row], ("element",), defaults=tables.ElementState)
            return
        with self._database.begin() as tx:
            self._put(tx, STATE, [row], ("element",), defaults=tables.ElementState)

    def settings(self) -> dict[str, Any]:
        """Settings that differ from their defaults."""
        with self._database.read() as tx:
            return {r.key: r.value for r in tx.execute(sa.select(SETTING))}

    def change_settings(self, values: Mapping[str, Any], user: str, now: datetime) -> None:
        """All of them or none."""
        rows = [{"key": k, "value": v, "changed_at": now, "changed_by": user} for k, v in values.items()]
        with self._database.begin() as tx:
            self._put(tx, SETTING, rows, ("key",))

    def unpair(self) -> None:
        """Forgets every link and everything read from Procore. Nothing changes on either side."""
        with self._database.begin() as tx:
            for table in (LINK, RECORD, LINE, DECISION, STATE):
                tx.execute(table.delete())

    def forget_reading(self) -> None:
        """Forgets what was read from Procore, so that the next run reads everything."""
        with self._database.begin() as tx:
            for table in (RECORD, DECISION):
                tx.execute(table.delete())
            tx.execute(STATE.update().values(read_from=None, sweep_due_at=None))

    def add_exchange(self, tx: Connection, call: CallRecord, request_id: str | None, attempt: int) -> int:
        """Keeps one call for the history. Its id."""
        row = {
            "request_id": request_id,
            "at": call.at,
            "api": call.api,
            "method": call.method,
            "path": call.path,
            "query": call.query,
            "status": call.status,
            "milliseconds": call.milliseconds,
            "is_counted": call.is_counted,
            "attempt": attempt,
            "records": call.records,
            "request_body": _packed(call.request_body),
            "answer_body": _packed(call.answer_body),
            "headers": dict(call.headers),
            "error": call.error,
        }
        added = int(tx.execute(EXCHANGE.insert().values(**row).returning(EXCHANGE.c.id)).scalar_one())
        if request_id is not None and call.is_counted:
            tx.execute(REQUEST.update().where(REQUEST.c.id == request_id).values(calls=REQUEST.c.calls + 1))
        return added

    def load_budget(self, client: str) -> dict[str, Any] | None:
        """model/pacing.py's Budget as it wrote itself."""
        with self._database.read() as tx:
            state = tx.execute(sa.select(BUDGET.c.state).where(BUDGET.c.client == client)).scalar()
            return None if state is None else dict(state)

    def save_budget(self, client: str, state: Mapping[str, Any], now: datetime) -> None:
        """Before each call, so that a killed program does not forget what it spent."""
        with self._database.begin() as tx:
            self._put(tx, BUDGET, [{"client": client, "state": dict(state), "changed_at": now}], ("client",))

    def beat(
        self, worker: str, host: str, process: int, now: datetime | None, doing: str, started_at: datetime
    ) -> None:
        """What a service does and when it was last heard. now None: not heard this time, the last contact stays."""
        row = {"worker": worker, "host": host, "process": process, "started_at": started_at, "doing": doing}
        with self._database.begin() as tx:
            if now is not None:
                self._put(tx, BEAT, [{**row, "beat_at": now}], ("worker",))
            elif not tx.execute(BEAT.update().where(BEAT.c.worker == worker).values(doing=doing)).rowcount:
                tx.execute(BEAT.insert().values(**row, beat_at=started_at))

    def clean(self, before: datetime) -> None:
        """Drops bodies of calls older than `before`; the history itself stays."""
        with self._database.begin() as tx:
            tx.execute(EXCHANGE.update().where(EXCHANGE.c.at < before).values(request_body=None, answer_body=None))

    def _put(
        self,
        tx: Connection,
        table: sa.Table,
        rows: Sequence[Row],
        key: tuple[str, ...],
        *,
        kept: tuple[str, ...] = (),
        defaults: type[tables.Table] | None = None,
    ) -> None:
        """Insert or update. kept: columns that an existing row does not change."""
        for part in in_chunks(list(rows)):
            full = [complete(defaults, row) for row in part] if defaults else part
            statement = self._upsert(table)
            updated = {name: statement.excluded[name] for name in part[0] if name not in key and name not in kept}
            tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=updated), full)


def _packed(text: str | None) -> bytes | None:
    return None if text is None else zlib.compress(text.encode())
