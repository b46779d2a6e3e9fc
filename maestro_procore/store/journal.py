"""The writing side of the journal: requests, plans, results, links.

Every method that takes `tx` runs inside the caller's open transaction, so that a link, its action
and the durable engine's checkpoint are on the disk together or not at all. Reading for screens is views.py.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.elements import (
    FILES,
    FILES_PROOF,
    FILES_RESTORE,
    FILES_UNDO,
    LANES,
    built_elements,
    run_rank,
)
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import OPEN, ActionState, LineStatus, RequestState
from maestro_procore.ports import CallRecord, PartName
from maestro_procore.store import line_rows, tables
from maestro_procore.store.acceptances import Acceptances
from maestro_procore.store.audit import Audit
from maestro_procore.store.batches import Row, complete
from maestro_procore.store.connections import Connections
from maestro_procore.store.counted import Counted
from maestro_procore.store.explanations import Explanations
from maestro_procore.store.file_costs import FileCosts
from maestro_procore.store.file_mails import FileMails
from maestro_procore.store.file_pairs import FilePairs
from maestro_procore.store.file_plans import FilePlans
from maestro_procore.store.file_proofs import FileProofs
from maestro_procore.store.file_trash import FileTrashes
from maestro_procore.store.file_undo import FileUndo
from maestro_procore.store.given_numbers import GivenNumbers
from maestro_procore.store.held_records import HeldRecords
from maestro_procore.store.link_tables import MARK
from maestro_procore.store.plans import OPEN_ACTION_STATES, Plans
from maestro_procore.store.reconciliations import Reconciliations
from maestro_procore.store.retention import Retention
from maestro_procore.store.tables import (
    ACCEPTANCE,
    ACTION,
    BEAT,
    BUDGET,
    DECISION,
    EXCHANGE,
    LINE,
    LINK,
    READING,
    RECORD,
    REQUEST,
    SETTING,
    STATE,
)
from maestro_procore.store.told_apart import ToldApart
from maestro_procore.store.unlinking import Links

_QUICKLY = 1
"""Of zlib: half the time of its usual level, and a sixth more on the disk."""
_OPEN_STATES = [state.value for state in OPEN]


class Journal(
    HeldRecords,
    Plans,
    Acceptances,
    Links,
    GivenNumbers,
    ToldApart,
    Counted,
    Explanations,
    Reconciliations,
    FilePairs,
    FilePlans,
    FileCosts,
    FileProofs,
    FileMails,
    FileTrashes,
    FileUndo,
    Retention,
    Connections,
    Audit,
):
    """What the engine and the commands write. Plain calls of a few milliseconds."""

    def begin(self) -> Any:
        """A transaction for the `tx` of the other methods."""
        return self._database.begin()

    # --- requests ---------------------------------------------------------------------------

    def submit(
        self, wish: Mapping[str, Any], now: datetime, beside: Callable[[Connection, str], None] | None = None
    ) -> tuple[Row, bool]:
        """Writes a request down, or gives back the one of that element that has not ended.

        wish: element, scope, keys, project, mode, is_preview, requested_by. beside: writes what belongs to a new
        request, given its id, before anybody can begin with it. True: it is a new one.
        """
        with self._database.begin() as tx:
            open_one = tx.execute(
                sa.select(REQUEST)
                .where(REQUEST.c.element == wish["element"], REQUEST.c.state.in_(_OPEN_STATES), _same_files(wish))
                .order_by(REQUEST.c.number)
            ).first()
            if open_one is not None:
                return dict(open_one._mapping), False
            number = (tx.execute(sa.select(sa.func.max(REQUEST.c.number))).scalar() or 0) + 1
            row = {"id": uuid4().hex, "number": number, "requested_at": now, "state": RequestState.QUEUED.value, **wish}
            tx.execute(REQUEST.insert().values(**complete(tables.SyncRequest, row)))
            if beside is not None:
                beside(tx, row["id"])
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
        return sorted(found, key=lambda r: (run_rank(r["element"]), LANES.get(r["scope"], 0), r["number"]))

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
                .where(ACTION.c.state.in_([ActionState.FAILED.value, ActionState.UNKNOWN.value, *OPEN_ACTION_STATES]))
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

    # --- lines ------------------------------------------------------------------------------

    def put_lines(self, tx: Connection, element: str, lines: Sequence[Row], is_complete: bool, scope: str = "") -> None:
        """Brings the page of an element up to date; `status` stays unless a line carries one.

        is_complete: lines of that scope that are not among these disappear.
        """
        line_rows.put(tx, element, lines, is_complete, scope)

    def failed_lines(self, tx: Connection, element: str, scope: str) -> frozenset[tuple[str | None, int | None]]:
        """(maestro* key, Procore id) of the lines of a scope that the last run of each could not bring in step."""
        found = sa.select(LINE.c.maestro_key, LINE.c.procore_id).where(
            LINE.c.element == element, LINE.c.scope == scope, LINE.c.status == LineStatus.FAILED.value
        )
        return frozenset((row.maestro_key, row.procore_id) for row in tx.execute(found))

    def scopes_of(self, element: str, keys: Sequence[str]) -> set[str]:
        """The projects that lines belong to, named by maestro* key or by Procore id as text."""
        ids = [int(key) for key in keys if key.isdecimal() and len(key) < 19]
        named = sa.or_(LINE.c.maestro_key.in_(keys), LINE.c.procore_id.in_(ids))
        with self._database.read() as tx:
            found = tx.execute(sa.select(LINE.c.scope).where(LINE.c.element == element, named).distinct())
            return {row.scope for row in found}

    def change_lines(self, tx: Connection, element: str, rows: Sequence[Row]) -> None:
        """Sets columns of lines found by `maestro_key`, or by `procore_id` where there is no key yet.

        becomes_key: the maestro* key that such a line gets, its record having just been created there.
        is_copied: Procore holds now what maestro* does, which the line shows already.
        """
        line_rows.change(tx, element, rows)

    def hold_lines(self, tx: Connection, name: PartName, batch: int) -> None:
        """Shows that a request works on the lines of what is open of one bulk call."""
        line_rows.hold(tx, name, batch)

    def release_lines(self, tx: Connection, request_id: str) -> None:
        """Lines that a request no longer holds go back to the symbol they deserve."""
        line_rows.release(tx, request_id)

    # --- readings ---------------------------------------------------------------------------

    def reading(self, element: str, scope: str) -> Row:
        """How far a kind was read in a scope: read_from and sweep_due_at, both None when it never was; and the rest."""
        with self._database.read() as tx:
            found = tx.execute(sa.select(READING).where(READING.c.element == element, READING.c.scope == scope)).first()
        row = dict(found._mapping) if found is not None else {"element": element, "scope": scope}
        return complete(tables.Reading, row)

    def change_reading(self, element: str, scope: str, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of tables.Reading."""
        row = {"element": element, "scope": scope, **values}
        if within is not None:
            self._put(within, READING, [row], ("element", "scope"), defaults=tables.Reading)
            return
        with self._database.begin() as tx:
            self._put(tx, READING, [row], ("element", "scope"), defaults=tables.Reading)

    # --- elements, settings, calls ----------------------------------------------------------

    def element_states(self) -> dict[str, Row]:
        """Element → its row; elements never touched come with defaults."""
        with self._database.read() as tx:
            held = {r.element: dict(r._mapping) for r in tx.execute(sa.select(STATE))}
        return {
            e.name: held.get(e.name) or complete(tables.ElementState, {"element": e.name}) for e in built_elements()
        }

    def was_asked_for(self, element: str) -> bool:
        """Whether anybody ever synchronized the element; a preview is none."""
        asked = sa.select(REQUEST.c.id).where(REQUEST.c.element == element, ~REQUEST.c.is_preview).limit(1)
        with self._database.read() as tx:
            return tx.execute(asked).first() is not None

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

    def setting(self, tx: Connection, key: str) -> Any:
        """One setting as it stands now, None for its default; until `tx` ends nobody else changes it."""
        return tx.execute(sa.select(SETTING.c.value).where(SETTING.c.key == key).with_for_update()).scalar()

    def change_settings(
        self, values: Mapping[str, Any], user: str, now: datetime, within: Connection | None = None
    ) -> None:
        """All of them or none."""
        rows = [{"key": k, "value": v, "changed_at": now, "changed_by": user} for k, v in values.items()]
        if within is not None:
            self._put(within, SETTING, rows, ("key",))
            return
        with self._database.begin() as tx:
            self._put(tx, SETTING, rows, ("key",))

    def unpair(self) -> None:
        """Forgets every link and everything read from Procore. Nothing changes on either side."""
        with self._database.begin() as tx:
            for table in (LINK, RECORD, LINE, DECISION, STATE, READING, ACCEPTANCE, MARK):
                tx.execute(table.delete())
            self.forget_strangers_of_procore(tx)

    def forget_reading(self) -> None:
        """Forgets what was read from Procore, so that the next run reads everything."""
        with self._database.begin() as tx:
            for table in (RECORD, DECISION, READING, ACCEPTANCE):
                tx.execute(table.delete())

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


def _packed(text: str | None) -> bytes | None:
    return None if text is None else zlib.compress(text.encode(), _QUICKLY)


def _same_files(wish: Mapping[str, Any]) -> Any:
    """Of files each project has a request of its own, with proof and undo beside it; an element has one for all."""
    if wish["element"] != FILES:
        return sa.true()
    is_beside = REQUEST.c.mode.in_(_BESIDE)
    kind = REQUEST.c.mode == wish["mode"] if wish["mode"] in _BESIDE else sa.not_(is_beside)
    return (REQUEST.c.project == wish["project"]) & kind


_BESIDE = (FILES_PROOF, FILES_UNDO, FILES_RESTORE)
"""Modes of requests that wait beside the synchronization of their project."""
