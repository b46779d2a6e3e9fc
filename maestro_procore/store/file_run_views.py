"""Runs of files as screens list them: what each brought over, and whether it was taken back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maestro_procore.model.elements import FILES, FILES_RESTORE, FILES_UNDO
from maestro_procore.model.status import ActionState
from maestro_procore.store.database import Database
from maestro_procore.store.file_tables import PAIR, STEP
from maestro_procore.store.tables import metadata

_REQUEST = metadata.tables["sync_request"]
_CHANGES = ("create_folder", "move", "copy", "version", "delete", "undelete", "revert", "put_back")
"""Verbs that changed one of the two sides."""


@dataclass(frozen=True)
class FileRunRow:
    """One run that changed something. created …: items of both sides. undone_by: number of the request that took it
    back, None when none did.
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

    @property
    def can_be_undone(self) -> bool:
        """Whether asking makes sense; what of it is possible is said by the preview."""
        return self.mode not in (FILES_UNDO, FILES_RESTORE) and self.ended_at is not None


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
            undos = tx.execute(
                sa.select(_REQUEST.c.number, _REQUEST.c.undoes, _REQUEST.c.ended_at).where(
                    _REQUEST.c.element == FILES, _REQUEST.c.project == str(project_id), _REQUEST.c.mode == FILES_UNDO
                )
            ).all()
        undone = {row.undoes["request"]: row.number for row in undos if row.undoes}
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
                undone_by=undone.get(row.id),
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
