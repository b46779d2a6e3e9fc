"""Runs of files as screens list them: what each brought over, and whether it was taken back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.elements import FILES, FILES_RESTORE, FILES_UNDO
from maestro_procore.model.file_plan import FileRule
from maestro_procore.model.status import ActionState, RequestState
from maestro_procore.store.database import Database
from maestro_procore.store.file_tables import PAIR, STEP
from maestro_procore.store.tables import metadata

_REQUEST = metadata.tables["sync_request"]
_CHANGES = ("create_folder", "move", "copy", "version", "delete", "undelete", "revert", "put_back")
"""Verbs that changed one of the two sides."""


@dataclass(frozen=True)
class FileRunRow:
    """One run that changed something. created …: items of both sides. undone_by: number of the newest request that took
    it back, wholly or in part; None when none did. taken_back: changes that were taken back; stays: those that were
    not, although the request is over.
    """

    id: str
    number: int
    mode: str
    state: str
    requested_by: str
    started_at: datetime | None
    ended_at: datetime | None
    created: int
    updated: int
    moved: int
    deleted: int
    undoes_number: int | None
    undone_by: int | None
    taken_back: int = 0
    stays: int = 0

    @property
    def can_be_undone(self) -> bool:
        """Whether asking makes sense; what of it is possible is said by the preview."""
        return self.mode not in (FILES_UNDO, FILES_RESTORE) and self.ended_at is not None


def taken_back(tx: Connection, project_id: int) -> dict[int, int]:
    """Step of a run → number of the request that took it back."""
    query = (
        sa.select(STEP.c.saw, _REQUEST.c.number)
        .join(_REQUEST, _REQUEST.c.id == STEP.c.request_id)
        .join(PAIR, PAIR.c.id == STEP.c.pair_id)
        .where(PAIR.c.project_id == project_id, STEP.c.rule == FileRule.TAKEN_BACK.value)
        .where(STEP.c.state == ActionState.DONE.value, _REQUEST.c.mode == FILES_UNDO)
    )
    return {one: row.number for row in tx.execute(query) for one in row.saw.get("of", ())}


def _undone(tx: Connection, project_id: int, changes: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Run → what FileRunRow says of its undo. changes: how many each run made."""
    mine = (_REQUEST.c.element == FILES, _REQUEST.c.project == str(project_id), _REQUEST.c.mode == FILES_UNDO)
    columns = (_REQUEST.c.number, _REQUEST.c.undoes, _REQUEST.c.state, _REQUEST.c.ended_at, _REQUEST.c.problem)
    undos = tx.execute(sa.select(*columns).where(*mine).order_by(_REQUEST.c.number)).all()
    by_undo = Counter(taken_back(tx, project_id).values())
    found: dict[str, dict[str, int]] = {}
    for row in undos:
        run, told = row.undoes["request"], row.problem or {}
        before = found.get(run, {"taken_back": 0, "stays": -1})
        taken = before["taken_back"] + by_undo[row.number]
        is_whole = row.state == RequestState.DONE.value or before["stays"] == 0
        if row.ended_at is None or not (is_whole or taken):
            continue
        # Of an undo that was cancelled or broke off nobody has counted what was too late to take back.
        left = told["args"]["n"] if told.get("code") == "BCK-24" else max(1, changes.get(run, 0) - taken)
        found[run] = {"undone_by": row.number, "taken_back": taken, "stays": 0 if is_whole else int(left)}
    return found


_COUNTED = {
    "copy": "created",
    "create_folder": "created",
    "undelete": "created",
    "put_back": "created",
    "version": "updated",
    "revert": "updated",
    "move": "moved",
    "delete": "deleted",
}


class FileRunViews:
    """Reads in pages; every call answers in a few milliseconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def runs(self, project_id: int, *, offset: int = 0, limit: int = 200) -> list[FileRunRow]:
        """Those of a project that changed something, newest first."""
        query = self._changing(project_id).order_by(_REQUEST.c.number.desc()).offset(offset).limit(limit)
        with self._database.read() as tx:
            requests = tx.execute(query).all()
            ids = [row.id for row in requests]
            counts: dict[str, dict[str, int]] = {one: {} for one in ids}
            sums = sa.select(STEP.c.request_id, STEP.c.verb, sa.func.count().label("n")).where(
                STEP.c.request_id.in_(ids), STEP.c.state == ActionState.DONE.value, STEP.c.verb.in_(_CHANGES)
            )
            for row in tx.execute(sums.group_by(STEP.c.request_id, STEP.c.verb)):
                name = _COUNTED[row.verb]
                counts[row.request_id][name] = counts[row.request_id].get(name, 0) + row.n
            undone = _undone(tx, project_id, {one: sum(each.values()) for one, each in counts.items()})
        return [
            FileRunRow(
                row.id,
                row.number,
                row.mode,
                row.state,
                row.requested_by,
                row.started_at,
                row.ended_at,
                **{name: counts[row.id].get(name, 0) for name in ("created", "updated", "moved", "deleted")},
                undoes_number=(row.undoes or {}).get("number"),
                **undone.get(row.id, {"undone_by": None}),
            )
            for row in requests
        ]

    def count(self, project_id: int) -> int:
        """How many `runs` there are."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(self._changing(project_id).subquery())
            return int(tx.execute(statement).scalar_one())

    @staticmethod
    def _changing(project_id: int) -> sa.Select[tuple[object, ...]]:
        of_project = sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id)
        changed = sa.select(STEP.c.id).where(
            STEP.c.request_id == _REQUEST.c.id,
            STEP.c.pair_id.in_(of_project),
            STEP.c.state == ActionState.DONE.value,
            STEP.c.verb.in_(_CHANGES),
        )
        return sa.select(_REQUEST).where(
            _REQUEST.c.element == FILES, _REQUEST.c.project == str(project_id), sa.exists(changed)
        )
