"""Plans for files and what became of them: steps, conflicts, what is not synchronized, held deletions, notices."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_mail import MailState
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionState
from maestro_procore.store import file_tables
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.file_tables import APART, CONFLICT, HOLD, NOTICE, PAIR, STEP
from maestro_procore.store.upserts import Upserts

OPEN_STEPS: Final = [state.value for state in (ActionState.PLANNED, ActionState.RUNNING, ActionState.RETRY)]


class FilePlans(Upserts):
    """What is to be done with files, and the history of it."""

    def write_file_plan(
        self, tx: Connection, request_id: str, pair_id: int, actions: Iterable[Mapping[str, Any]]
    ) -> int:
        """Stores the actions of a new plan; its number. Steps that an older plan left open are skipped.

        actions: FileAction as `action` beside path and saw (what people see of it).
        """
        self.close_file_steps(tx, pair_id)
        of_pair = (STEP.c.request_id == request_id) & (STEP.c.pair_id == pair_id)
        plan = int(tx.execute(sa.select(sa.func.max(STEP.c.plan)).where(of_pair)).scalar() or 0) + 1
        rows = [
            complete(
                file_tables.FileStep,
                {
                    "request_id": request_id,
                    "pair_id": pair_id,
                    "plan": plan,
                    **_columns_of(row["action"]),
                    "path": row["path"],
                    "saw": row["saw"],
                },
            )
            for row in actions
        ]
        for part in in_chunks(rows):
            tx.execute(STEP.insert(), part)
        return plan

    def close_file_steps(self, tx: Connection, pair_id: int) -> None:
        """What an older plan left open is not done any more: the next plan begins from what is there."""
        open_ones = (STEP.c.pair_id == pair_id) & STEP.c.state.in_(OPEN_STEPS)
        tx.execute(STEP.update().where(open_ones).values(state=ActionState.SKIPPED.value))

    def open_file_steps(self, tx: Connection, request_id: str, pair_id: int) -> list[Row]:
        """Steps of the newest plan that are not over, in their order, each with its `action`."""
        where = (STEP.c.request_id == request_id) & (STEP.c.pair_id == pair_id) & STEP.c.state.in_(OPEN_STEPS)
        rows = tx.execute(sa.select(STEP).where(where).order_by(STEP.c.plan, STEP.c.number)).all()
        return [{**row._mapping, "action": action_of(row._mapping["action"])} for row in rows]

    def ended_file_steps(self, tx: Connection, request_id: str, pair_id: int) -> dict[int, Row]:
        """Number → state, verb and made_id of the newest plan's steps that are over."""
        of_pair = (STEP.c.request_id == request_id) & (STEP.c.pair_id == pair_id)
        newest = sa.select(sa.func.max(STEP.c.plan)).where(of_pair).scalar_subquery()
        query = sa.select(STEP.c.number, STEP.c.state, STEP.c.verb, STEP.c.made_id)
        rows = tx.execute(query.where(of_pair, STEP.c.plan == newest, STEP.c.state.not_in(OPEN_STEPS)))
        return {row.number: dict(row._mapping) for row in rows}

    def change_file_step(self, step_id: int, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of one step."""
        statement = STEP.update().where(STEP.c.id == step_id).values(**values)
        if within is not None:
            within.execute(statement)
            return
        with self._database.begin() as tx:
            tx.execute(statement)

    def show_bytes(self, tx: Connection, step_id: int, bytes_moved: int) -> None:
        """How much of a content has gone over; what is over already keeps its number."""
        of_step = (STEP.c.id == step_id) & STEP.c.state.in_(OPEN_STEPS)
        tx.execute(STEP.update().where(of_step).values(bytes_moved=bytes_moved))

    def end_file_steps(self, tx: Connection, step_ids: Sequence[int], now: datetime) -> None:
        """Marks steps that made no call as done."""
        for part in in_chunks(list(step_ids)):
            done = STEP.update().where(STEP.c.id.in_(part))
            tx.execute(done.values(state=ActionState.DONE.value, ended_at=now, problems=[]))

    def count_file_steps(self, tx: Connection, request_id: str) -> list[Row]:
        """How many steps of a request there are: [{pair_id, verb, target, state, n, bytes}].

        Names for a moment are left out.
        """
        columns = (STEP.c.pair_id, STEP.c.verb, STEP.c.target, STEP.c.state)
        query = sa.select(*columns, sa.func.count().label("n"), sa.func.sum(STEP.c.bytes_moved).label("bytes"))
        query = query.where(STEP.c.request_id == request_id, STEP.c.rule != FileRule.NAME_FREED.value)
        return [dict(row._mapping) for row in tx.execute(query.group_by(*columns))]

    def count_file_steps_of_others(self, tx: Connection, project_id: int, request_id: str) -> int:
        """How many steps of a project older requests have planned and left open, counted alike."""
        of_project = STEP.c.pair_id.in_(sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id))
        is_open = STEP.c.state.in_(OPEN_STEPS) & (STEP.c.rule != FileRule.NAME_FREED.value)
        query = sa.select(sa.func.count()).where(of_project, is_open, STEP.c.request_id != request_id)
        return int(tx.execute(query).scalar_one())

    def count_file_questions(self, tx: Connection, project_id: int) -> int:
        """What waits for a person in a project: open conflicts, and the deletions that are held."""
        of_project = sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id)
        is_open = CONFLICT.c.pair_id.in_(of_project) & CONFLICT.c.is_open
        conflicts = tx.execute(sa.select(sa.func.count()).select_from(CONFLICT).where(is_open)).scalar_one()
        held = tx.execute(sa.select(HOLD.c["items"]).where(HOLD.c.pair_id.in_(of_project))).scalars()
        return int(conflicts) + sum(len(items) for items in held)

    def deleted_files(self, tx: Connection, pair: Row, since: datetime) -> tuple[int, int]:
        """How many items the deletions of a pair took since then, and those of its project's other pairs."""
        of_project = sa.select(PAIR.c.id).where(PAIR.c.project_id == pair["project_id"])
        query = sa.select(STEP.c.pair_id, STEP.c.action).where(STEP.c.verb == FileVerb.DELETE.value)
        query = query.where(STEP.c.pair_id.in_(of_project), STEP.c.state == ActionState.DONE.value)
        here = elsewhere = 0
        for pair_id, action in tx.execute(query.where(STEP.c.ended_at >= since)):
            items = int(action["items"])
            here, elsewhere = (here + items, elsewhere) if pair_id == pair["id"] else (here, elsewhere + items)
        return here, elsewhere

    # --- conflicts ----------------------------------------------------------------------------------

    def put_file_conflicts(self, tx: Connection, pair_id: int, rows: Sequence[Row]) -> None:
        """The conflicts of a new plan. Open ones that it does not name are closed; choices are kept."""
        keys = {(row["procore_id"], row["drive_id"]) for row in rows}
        query = sa.select(CONFLICT.c.id, CONFLICT.c.procore_id, CONFLICT.c.drive_id)
        for row in tx.execute(query.where(CONFLICT.c.pair_id == pair_id, CONFLICT.c.is_open)).all():
            if (row.procore_id, row.drive_id) not in keys:
                tx.execute(CONFLICT.update().where(CONFLICT.c.id == row.id).values(is_open=False))
        full = [complete(file_tables.FileConflict, {"pair_id": pair_id, **row}) for row in rows]
        kept = ("choice", "chosen_by", "chosen_at", "found_at")
        self._put(tx, CONFLICT, full, ("pair_id", "procore_id", "drive_id"), kept=kept)

    def file_choices(self, tx: Connection, pair_id: int) -> dict[tuple[str, str], str]:
        """(Procore's id, the drive's) → what a person chose for an open conflict."""
        query = sa.select(CONFLICT.c.procore_id, CONFLICT.c.drive_id, CONFLICT.c.choice)
        query = query.where(CONFLICT.c.pair_id == pair_id, CONFLICT.c.is_open, CONFLICT.c.choice != "")
        return {(row[0], row[1]): row[2] for row in tx.execute(query)}

    def choose_file_conflict(self, conflict_id: int, choice: str, user: str, now: datetime) -> bool:
        """Keeps a person's choice for the next plan. False when the conflict is not open."""
        statement = CONFLICT.update().where(CONFLICT.c.id == conflict_id, CONFLICT.c.is_open)
        with self._database.begin() as tx:
            done = tx.execute(statement.values(choice=choice, chosen_by=user, chosen_at=now)).rowcount > 0
            if done:
                pair = sa.select(CONFLICT.c.pair_id).where(CONFLICT.c.id == conflict_id).scalar_subquery()
                tx.execute(PAIR.update().where(PAIR.c.id == pair).values(is_dirty=True))
        return done

    # --- not synchronized ---------------------------------------------------------------------------

    def put_apart(self, tx: Connection, pair_id: int, rows: Sequence[Row]) -> None:
        """The report of a new plan replaces the one before; what a side refused stays while its content does."""
        old = {(r.side, r.item_id): r for r in tx.execute(sa.select(APART).where(APART.c.pair_id == pair_id))}
        tx.execute(APART.delete().where(APART.c.pair_id == pair_id, APART.c.is_refused.is_(False)))
        full = []
        for row in rows:
            before = old.get((row["side"], row["item_id"]))
            since = before.since if before is not None and before.problem == row["problem"] else row["since"]
            full.append(complete(file_tables.FileApart, {"pair_id": pair_id, **row, "since": since}))
        self._put(tx, APART, full, ("pair_id", "side", "item_id"))

    def add_apart(self, tx: Connection, pair_id: int, row: Row) -> None:
        """One item that a side refused."""
        full = complete(file_tables.FileApart, {"pair_id": pair_id, **row})
        self._put(tx, APART, [full], ("pair_id", "side", "item_id"))

    def refused_files(self, tx: Connection, pair_id: int) -> dict[tuple[str, str], str]:
        """(side, item id) → version of its content when it was refused."""
        query = sa.select(APART.c.side, APART.c.item_id, APART.c.version)
        rows = tx.execute(query.where(APART.c.pair_id == pair_id, APART.c.is_refused))
        return {(row[0], row[1]): row[2] for row in rows}

    def forget_refused(self, tx: Connection, pair_id: int, side: FileSide | None = None, item_id: str = "") -> None:
        """Tries again what was refused: all of a pair, or one item."""
        statement = APART.delete().where(APART.c.pair_id == pair_id, APART.c.is_refused)
        if side is not None:
            statement = statement.where(APART.c.side == side.value, APART.c.item_id == item_id)
        tx.execute(statement)

    # --- held deletions --------------------------------------------------------------------------------

    def hold_files(self, tx: Connection, pair_id: int, row: Row | None) -> None:
        """Holds deletions for a person, or (None) lets go; a choice for the same items is kept."""
        if row is None:
            tx.execute(HOLD.delete().where(HOLD.c.pair_id == pair_id))
            return
        self._put(
            tx,
            HOLD,
            [complete(file_tables.FileHold, {"pair_id": pair_id, **row})],
            ("pair_id",),
            kept=("choice", "chosen_by", "chosen_at", "held_at"),
        )

    def file_hold(self, tx: Connection, pair_id: int) -> Row | None:
        """What is held of a pair."""
        row = tx.execute(sa.select(HOLD).where(HOLD.c.pair_id == pair_id)).first()
        return None if row is None else dict(row._mapping)

    def choose_file_hold(self, pair_id: int, choice: str, user: str, now: datetime) -> bool:
        """Keeps a person's choice about held deletions. False when nothing is held."""
        statement = HOLD.update().where(HOLD.c.pair_id == pair_id)
        with self._database.begin() as tx:
            done = tx.execute(statement.values(choice=choice, chosen_by=user, chosen_at=now)).rowcount > 0
            if done:
                tx.execute(PAIR.update().where(PAIR.c.id == pair_id).values(is_dirty=True))
        return done

    # --- notices -----------------------------------------------------------------------------------

    def add_file_notice(
        self, tx: Connection, project_id: int, told: Problem, now: datetime, mail: Mapping[str, Any] | None = None
    ) -> None:
        """Something that people are told once. mail: {to, languages} of a message that is to say it as well."""
        row = {"project_id": project_id, "problem": told.to_json(), "at": now}
        if mail:
            row |= {"mail": dict(mail), "mail_state": MailState.WANTED.value}
        tx.execute(NOTICE.insert().values(**complete(file_tables.FileNotice, row)))

    def mark_file_notices(self, ids: Iterable[int]) -> None:
        """These notices were shown: nobody is told twice."""
        with self._database.begin() as tx:
            tx.execute(NOTICE.update().where(NOTICE.c.id.in_(list(ids))).values(is_shown=True))


_SHOWN: Final = ("number", "is_folder", "procore_id", "drive_id", "name", "size_bytes")


def _columns_of(action: FileAction) -> Row:
    words = {"verb": action.verb.value, "rule": action.rule.value, "target": action.target.value}
    shown = {name: getattr(action, name) for name in _SHOWN}
    return {**shown, **words, "action": {**action._asdict(), **words, "needs": list(action.needs)}}


def action_of(held: Mapping[str, Any]) -> FileAction:
    """Errors: TypeError for an action of a newer program, which the next plan replaces."""
    words = {
        "verb": FileVerb(held["verb"]),
        "rule": FileRule(held["rule"]),
        "target": FileSide(held["target"]),
        "needs": tuple(held["needs"]),
    }
    return FileAction(**{**held, **words})
