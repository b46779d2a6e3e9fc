"""What the trash of this computer holds, and what became of it: rows here, contents in a private folder."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.store import file_tables
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.file_tables import TRASH
from maestro_procore.store.upserts import Upserts

_LIVE = TRASH.c.removed_at.is_(None)


class FileTrashes(Upserts):
    """Plain calls; `tx` is a transaction of the journal. Of a content that is removed the row stays: the history."""

    def put_trash(self, tx: Connection, row: Mapping[str, Any]) -> None:
        """A content that is about to be deleted or overwritten; once for a step and item, however often it is tried."""
        self._put(tx, TRASH, [complete(file_tables.FileTrash, row)], ("step_id", "item_id"))

    def trash(self, project_id: int | None = None, *, with_removed: bool = False) -> list[Row]:
        """What is there, newest first; with_removed: what was there as well."""
        query = sa.select(TRASH).order_by(TRASH.c.id.desc())
        if project_id is not None:
            query = query.where(TRASH.c.project_id == project_id)
        if not with_removed:
            query = query.where(_LIVE)
        with self._database.read() as tx:
            return [dict(row._mapping) for row in tx.execute(query)]

    def items_in_trash(self, step_id: int) -> frozenset[str]:
        """Items that a step has kept already."""
        with self._database.read() as tx:
            return frozenset(tx.execute(sa.select(TRASH.c.item_id).where(_LIVE, TRASH.c.step_id == step_id)).scalars())

    def live_trash_hashes(self) -> frozenset[str]:
        """Contents that a row still wants."""
        with self._database.read() as tx:
            return frozenset(tx.execute(sa.select(TRASH.c.sha256).where(_LIVE).distinct()).scalars())

    def remove_trash(
        self, where: Sequence[int] | None, why: str, now: datetime, *, by: str = "", project_id: int | None = None
    ) -> int:
        """Lets contents go, and writes down why. where: numbers of rows; None: all, or all of a project."""
        statement = TRASH.update().where(_LIVE).values(removed_at=now, removed_why=why, removed_by=by)
        if project_id is not None:
            statement = statement.where(TRASH.c.project_id == project_id)
        with self._database.begin() as tx:
            if where is None:
                return tx.execute(statement).rowcount
            return sum(tx.execute(statement.where(TRASH.c.id.in_(part))).rowcount for part in in_chunks(list(where)))

    def restored_from_trash(self, tx: Connection, number: int, now: datetime, *, by: str) -> None:
        """A content came back; the trash needs it no longer."""
        statement = TRASH.update().where(TRASH.c.id == number, _LIVE)
        tx.execute(statement.values(removed_at=now, removed_why="restored", removed_by=by))

    def remove_trash_of_step(self, step_id: int, why: str, now: datetime) -> None:
        """What a step had put there, and does not need to be kept."""
        statement = TRASH.update().where(_LIVE, TRASH.c.step_id == step_id)
        with self._database.begin() as tx:
            tx.execute(statement.values(removed_at=now, removed_why=why))

    def prune_trash(self, limits: Mapping[int, tuple[int, int]], now: datetime) -> int:
        """Lets go what is too old or too much, oldest first; how many. limits: project → (days, bytes).

        What belongs to no project any more goes as well.
        """
        gone: list[tuple[int, str]] = []
        sums: dict[int, int] = {}
        for row in self.trash():  # newest first
            days, most = limits.get(row["project_id"], (0, 0))
            sums[row["project_id"]] = sums.get(row["project_id"], 0) + row["size_bytes"]
            if row["project_id"] not in limits:
                gone.append((row["id"], "project"))
            elif now - row["kept_at"] > timedelta(days=days):
                gone.append((row["id"], "age"))
            elif sums[row["project_id"]] > most:
                gone.append((row["id"], "size"))
        for why in ("project", "age", "size"):
            self.remove_trash(_of(gone, why), why, now)
        return len(gone)


def _of(gone: Iterable[tuple[int, str]], why: str) -> list[int]:
    return [number for number, reason in gone if reason == why]
