"""What the trash of this computer holds, and what became of it: rows here, contents in a private folder."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.store import file_tables
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.file_tables import PAIR, PROJECT, TRASH
from maestro_procore.store.upserts import Upserts

_LIVE = TRASH.c.removed_at.is_(None)
NOBODY: Final = 0
"""Number of no project and no pair."""


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

    def prune_trash(self, limits: Mapping[int, tuple[int, int]], now: datetime, usual: tuple[int, int]) -> int:
        """Lets go what is too old or too much, oldest first; how many. limits: project → (days, bytes).

        usual: those of what an older version of the program left without its project.
        """
        gone: list[tuple[int, str]] = []
        sums: dict[int, int] = {}
        for row in self.trash():  # newest first
            days, most = limits.get(row["project_id"], usual)
            if row["keep_until"] is not None:
                if now > row["keep_until"]:
                    gone.append((row["id"], "age"))
                continue
            sums[row["project_id"]] = sums.get(row["project_id"], 0) + row["size_bytes"]
            if now - row["kept_at"] > timedelta(days=days):
                gone.append((row["id"], "age"))
            elif sums[row["project_id"]] > most:
                gone.append((row["id"], "size"))
        for why in ("age", "size"):
            self.remove_trash(_of(gone, why), why, now)
        return len(gone)

    def part_trash(self, tx: Connection, project: Row, days: int) -> None:
        """A project leaves the list: what is kept of it stays for the days that its policy says.

        The numbers of project, pair and step are taken off: new ones will get them.
        """
        mine = TRASH.c.project_id == project["id"]
        kept = tx.execute(sa.select(TRASH.c.id, TRASH.c.kept_at).where(mine, _LIVE, TRASH.c.keep_until.is_(None))).all()
        if kept:
            until = TRASH.update().where(TRASH.c.id == sa.bindparam("number")).values(keep_until=sa.bindparam("until"))
            tx.execute(until, [{"number": row.id, "until": row.kept_at + timedelta(days=days)} for row in kept])
        facts = {name: project[name] for name in ("procore_company", "procore_project")}
        nobodys = {"project_id": NOBODY, "pair_id": NOBODY, "step_id": -TRASH.c.id}
        tx.execute(TRASH.update().where(mine).values(**nobodys, **facts, project_name=project["name"]))

    def join_trash(self, tx: Connection, project_id: int) -> None:
        """A project that is added again gets back what was kept of it, tool by tool; its time goes on as it was."""
        query = sa.select(PROJECT.c.procore_company, PROJECT.c.procore_project).where(PROJECT.c.id == project_id)
        company, number = tx.execute(query).one()
        pair = sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id, PAIR.c.tool == TRASH.c.tool)
        same = (TRASH.c.procore_company == company, TRASH.c.procore_project == number, TRASH.c.project_id == NOBODY)
        of_pair = sa.func.coalesce(pair.scalar_subquery(), NOBODY)
        tx.execute(TRASH.update().where(*same).values(project_id=project_id, pair_id=of_pair))


def _of(gone: Iterable[tuple[int, str]], why: str) -> list[int]:
    return [number for number, reason in gone if reason == why]
