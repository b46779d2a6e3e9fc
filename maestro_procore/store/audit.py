"""Who did what, when, to which thing, and what it was before and after (F195, F215, F219).

Nothing is written twice for it: what runs did stands in their history, what people did to links and conflicts there,
and only the rights of people, which maestro* gives and takes, are noted here as they change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.status import ActionState
from maestro_procore.store.audit_tables import RIGHTS
from maestro_procore.store.database import Database
from maestro_procore.store.file_tables import CONFLICT, STEP
from maestro_procore.store.link_tables import EVENT
from maestro_procore.store.tables import ACTION, REQUEST
from maestro_procore.store.upserts import Upserts

MAESTRO: Final = "maestro*"
"""Who gives rights: an administrator there, whose name the program is not told."""
_DONE: Final = (ActionState.DONE.value, ActionState.WARNED.value)
_WRITES: Final = ("create", "update", "link")
_FILE_WRITES: Final = ("create_folder", "copy", "version", "move", "delete", "undelete", "revert", "put_back")


@dataclass(frozen=True)
class AuditRow:
    """One deed. what: rights · link · choice · record · file. deed: the verb. object: a path, code or name."""

    at: datetime
    by: str
    what: str
    deed: str
    object: str
    before: Any
    after: Any


class Audit(Upserts):
    """Of the journal: notes rights."""

    def note_rights(self, user: str, rights: Mapping[str, bool], now: datetime) -> bool:
        """True when they are not those of the last time, or the person comes for the first time."""
        newest = sa.select(RIGHTS.c.after).where(RIGHTS.c.user == user).order_by(RIGHTS.c.id.desc()).limit(1)
        with self._database.read() as tx:
            before = tx.execute(newest).scalar()
        if before == dict(rights):
            return False
        with self._database.begin() as tx:
            tx.execute(RIGHTS.insert().values(user=user, at=now, before=before, after=dict(rights)))
        return True


class AuditViews:
    """Reads the deeds of everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, last: int) -> list[AuditRow]:
        """Newest first."""
        with self._database.read() as tx:
            found = [row for read in _SOURCES for row in read(tx, last)]
        return sorted(found, key=lambda row: row.at, reverse=True)[:last]


def _rights(tx: Connection, last: int) -> list[AuditRow]:
    rows = tx.execute(sa.select(RIGHTS).order_by(RIGHTS.c.id.desc()).limit(last))
    return [AuditRow(row.at, MAESTRO, "rights", "change", row.user, row.before, row.after) for row in rows]


def _links(tx: Connection, last: int) -> list[AuditRow]:
    rows = tx.execute(sa.select(EVENT).where(EVENT.c.by != "").order_by(EVENT.c.id.desc()).limit(last))
    told = ("procore_id", "why")
    return [
        AuditRow(
            row.at,
            row.by,
            "link",
            row.what,
            f"{row.element} {row.maestro_key}",
            None,
            {name: row._mapping[name] for name in told},
        )
        for row in rows
    ]


def _choices(tx: Connection, last: int) -> list[AuditRow]:
    """What people chose for files that both sides changed."""
    query = sa.select(CONFLICT).where(CONFLICT.c.chosen_at.is_not(None))
    rows = tx.execute(query.order_by(CONFLICT.c.chosen_at.desc()).limit(last))
    return [
        AuditRow(
            row.chosen_at,
            row.chosen_by,
            "choice",
            row.choice,
            row.path,
            {"procore": row.procore, "drive": row.drive},
            None,
        )
        for row in rows
    ]


def _records(tx: Connection, last: int) -> list[AuditRow]:
    """What runs wrote into records of either side, for the one who asked for the run."""
    query = (
        sa.select(ACTION, REQUEST.c.requested_by)
        .join(REQUEST, REQUEST.c.id == ACTION.c.request_id)
        .where(ACTION.c.state.in_(_DONE), ACTION.c.kind.in_(_WRITES), ACTION.c.ended_at.is_not(None))
        .order_by(ACTION.c.id.desc())
        .limit(last)
    )
    return [
        AuditRow(
            row.ended_at,
            row.requested_by,
            "record",
            row.kind,
            f"{row.element} {row.maestro_key or row.procore_id or row.name}",
            row.before,
            row.after,
        )
        for row in tx.execute(query)
    ]


def _files(tx: Connection, last: int) -> list[AuditRow]:
    """What runs wrote into either side, for the one who asked for the run."""
    query = (
        sa.select(STEP, REQUEST.c.requested_by)
        .join(REQUEST, REQUEST.c.id == STEP.c.request_id)
        .where(STEP.c.state == ActionState.DONE.value, STEP.c.verb.in_(_FILE_WRITES), STEP.c.ended_at.is_not(None))
        .order_by(STEP.c.id.desc())
        .limit(last)
    )
    return [
        AuditRow(row.ended_at, row.requested_by, "file", f"{row.verb} in {row.target}", row.path, *_states(row))
        for row in tx.execute(query)
    ]


def _states(step: Any) -> tuple[Any, Any]:
    """What stood on the side that was written, and what stands there now: nothing after a deletion."""
    other = "drive" if step.target == "procore" else "procore"
    if step.verb == "delete":
        return step.saw.get(step.target), None
    written = {"name": step.name or (step.saw.get(other) or {}).get("name"), "size": step.size_bytes}
    return step.saw.get(step.target), written if not step.made_id else {"id": step.made_id, **written}


_SOURCES: Final[tuple[Callable[[Connection, int], list[AuditRow]], ...]] = (_rights, _links, _choices, _records, _files)
