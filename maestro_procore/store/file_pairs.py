"""What the journal knows of files: projects and their pairs, what each side holds, what both last agreed on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.elements import FILES
from maestro_procore.model.file_items import Agreed, FileItem, FileSide, Waiting
from maestro_procore.store import file_tables
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.file_tables import (
    AGREED,
    APART,
    CONFLICT,
    COST,
    DETACHED,
    HOLD,
    NOTICE,
    PAIR,
    PROJECT,
    PROOF,
    SEEN,
    STEP,
)
from maestro_procore.store.tables import REQUEST
from maestro_procore.store.upserts import Upserts

_OF_PAIR = (SEEN, AGREED, STEP, CONFLICT, APART, HOLD, DETACHED)


class FilePairs(Upserts):
    """Projects, pairs and their three states. Plain calls; `tx` is a transaction of the journal."""

    # --- projects -------------------------------------------------------------------------------

    def file_projects(self) -> list[Row]:
        """All of them, by name, each with its `pairs`."""
        with self._database.read() as tx:
            found = [dict(row._mapping) for row in tx.execute(sa.select(PROJECT).order_by(PROJECT.c.name))]
            pairs = [dict(row._mapping) for row in tx.execute(sa.select(PAIR).order_by(PAIR.c.id))]
        return [{**row, "pairs": [pair for pair in pairs if pair["project_id"] == row["id"]]} for row in found]

    def file_project(self, project_id: int) -> Row | None:
        """One of them with its `pairs`; None when there is none."""
        return next((row for row in self.file_projects() if row["id"] == project_id), None)

    def add_file_project(self, tx: Connection, project: Row, pairs: Iterable[Row]) -> int:
        """A new one; its number, which no other project ever had: the history of one that was removed stays its own.

        Errors: IntegrityError when that Procore project has one already.
        """
        values = complete(file_tables.FileProject, project)
        if self._database.is_sqlite:  # which gives the number of the newest row again once that is gone
            values["id"] = _unused_number(tx)
        key = tx.execute(PROJECT.insert().values(**values)).inserted_primary_key
        assert key is not None, "one row was inserted"
        for pair in pairs:
            tx.execute(PAIR.insert().values(**complete(file_tables.FilePair, {**pair, "project_id": key[0]})))
        return int(key[0])

    def change_file_project(self, project_id: int, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of one project."""
        self._set(PROJECT.update().where(PROJECT.c.id == project_id).values(**values), within)

    def file_settings(self, tx: Connection, project_id: int) -> Row:
        """Settings of a project as they stand now; until `tx` ends nobody else changes them. {} without such one."""
        query = sa.select(PROJECT.c.settings).where(PROJECT.c.id == project_id)
        return dict(tx.execute(query.with_for_update()).scalar() or {})

    def change_file_pair(self, pair_id: int, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of one pair."""
        self._set(PAIR.update().where(PAIR.c.id == pair_id).values(**values), within)

    def _set(self, statement: sa.Update, within: Connection | None) -> None:
        if within is not None:
            within.execute(statement)
            return
        with self._database.begin() as tx:
            tx.execute(statement)

    def forget_file_pair(self, tx: Connection, pair_id: int, *, history: bool = False) -> None:
        """Drops everything known of a pair; nothing on either side is touched (F233). history: its steps as well."""
        for table in _OF_PAIR:
            if table is not STEP or history:
                tx.execute(table.delete().where(table.c.pair_id == pair_id))
        fresh: Row = {"procore_cursor": None, "drive_cursor": None, "swept_at": None, "problem": None}
        tx.execute(PAIR.update().where(PAIR.c.id == pair_id).values(**fresh, is_dirty=False))

    def remove_file_project(self, tx: Connection, project_id: int) -> None:
        """Drops a project, its pairs and everything known of them; nothing on either side is touched.

        Its signed proofs stay (store/file_tables.py, FileProof): whoever has one may want it checked.
        """
        for (pair_id,) in tx.execute(sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id)).all():
            self.forget_file_pair(tx, pair_id, history=True)
            tx.execute(COST.delete().where(COST.c.pair_id == pair_id))
        for table, column in ((PAIR, PAIR.c.project_id), (NOTICE, NOTICE.c.project_id), (PROJECT, PROJECT.c.id)):
            tx.execute(table.delete().where(column == project_id))

    # --- what a side holds ------------------------------------------------------------------------

    def seen(self, tx: Connection, pair_id: int, side: FileSide) -> dict[str, FileItem]:
        """Everything that one side last told of."""
        columns = [SEEN.c[name] for name in FileItem._fields]
        rows = tx.execute(sa.select(*columns).where(SEEN.c.pair_id == pair_id, SEEN.c.side == side.value))
        return {row[0]: _item(row) for row in rows}

    def seen_parents(self, tx: Connection, pair_id: int, side: FileSide) -> dict[str, str]:
        """Item id → parent id of everything that one side last told of."""
        query = sa.select(SEEN.c.id, SEEN.c.parent_id).where(SEEN.c.pair_id == pair_id, SEEN.c.side == side.value)
        return {row[0]: row[1] for row in tx.execute(query)}

    def project_holding(self, drive_id: str, item_id: str) -> str | None:
        """Name of the project in whose tools' folders that item of a drive lies; None when it lies in none."""
        query = (
            sa.select(PROJECT.c.name)
            .join(PAIR, PAIR.c.project_id == PROJECT.c.id)
            .join(SEEN, SEEN.c.pair_id == PAIR.c.id)
            .where(PROJECT.c.drive_id == drive_id, SEEN.c.side == FileSide.DRIVE.value, SEEN.c.id == item_id)
        )
        with self._database.read() as tx:
            found = tx.execute(query.limit(1)).scalar()
        return None if found is None else str(found)

    def count_seen(self) -> int:
        """Items that Procore last told of, of all projects."""
        with self._database.read() as tx:
            count = sa.select(sa.func.count()).where(SEEN.c.side == FileSide.PROCORE.value)
            return int(tx.execute(count.select_from(SEEN)).scalar_one())

    def put_seen(self, tx: Connection, pair_id: int, side: FileSide, items: Iterable[FileItem]) -> None:
        """Stores the latest state of items."""
        self._put(tx, SEEN, [_seen_row(pair_id, side, item) for item in items], ("pair_id", "side", "id"))

    def forget_seen(self, tx: Connection, pair_id: int, side: FileSide, ids: Iterable[str] | None = None) -> None:
        """Drops items of one side; all of them for None."""
        statement = SEEN.delete().where(SEEN.c.pair_id == pair_id, SEEN.c.side == side.value)
        if ids is None:
            tx.execute(statement)
            return
        for part in in_chunks(list(ids)):
            tx.execute(statement.where(SEEN.c.id.in_(part)))

    # --- what both agreed on ------------------------------------------------------------------------

    def agreed(self, tx: Connection, pair_id: int) -> list[Agreed]:
        """All agreed pairs of items."""
        columns = [AGREED.c[name] for name in Agreed._fields]
        return [Agreed(*row) for row in tx.execute(sa.select(*columns).where(AGREED.c.pair_id == pair_id))]

    def agreed_of(self, tx: Connection, pair_id: int, side: FileSide, item_id: str) -> Agreed | None:
        """The agreed pair of one item."""
        column = AGREED.c.procore_id if side is FileSide.PROCORE else AGREED.c.drive_id
        columns = [AGREED.c[name] for name in Agreed._fields]
        row = tx.execute(sa.select(*columns).where(AGREED.c.pair_id == pair_id, column == item_id)).first()
        return None if row is None else Agreed(*row)

    def put_agreed(self, tx: Connection, pair_id: int, pairs: Sequence[Agreed]) -> None:
        """Stores pairs; an item that belonged to another pair leaves it."""
        for part in in_chunks(list(pairs)):
            theirs = AGREED.c.drive_id.in_([pair.drive_id for pair in part])
            ours = AGREED.c.procore_id.in_([pair.procore_id for pair in part])
            tx.execute(AGREED.delete().where(AGREED.c.pair_id == pair_id, theirs | ours))
            tx.execute(AGREED.insert(), [{"pair_id": pair_id, **pair._asdict()} for pair in part])

    def drop_agreed(self, tx: Connection, pair_id: int, procore_ids: Iterable[str]) -> None:
        """Ends pairs."""
        for part in in_chunks(list(procore_ids)):
            tx.execute(AGREED.delete().where(AGREED.c.pair_id == pair_id, AGREED.c.procore_id.in_(part)))

    def count_agreed(self, pair_id: int) -> tuple[int, int]:
        """Files and their bytes."""
        count = sa.select(sa.func.count(), sa.func.sum(AGREED.c.size_bytes))
        with self._database.read() as tx:
            files, size = tx.execute(count.where(AGREED.c.pair_id == pair_id, AGREED.c.is_folder.is_(False))).one()
        return int(files), int(size or 0)

    # --- taken out --------------------------------------------------------------------------------------

    def detached(self, tx: Connection, pair_id: int) -> dict[FileSide, frozenset[str]]:
        """Ids that people took out of the synchronization."""
        rows = tx.execute(sa.select(DETACHED.c.side, DETACHED.c.item_id).where(DETACHED.c.pair_id == pair_id)).all()
        return {side: frozenset(row[1] for row in rows if row[0] == side.value) for side in FileSide}

    def detach(self, tx: Connection, pair_id: int, rows: Iterable[Mapping[str, Any]]) -> None:
        """Takes items out. rows: side, item_id, detached_by, detached_at."""
        full = [{"pair_id": pair_id, **row} for row in rows]
        self._put(tx, DETACHED, full, ("pair_id", "side", "item_id"))


def _item(row: Sequence[Any]) -> FileItem:
    item = FileItem(*row)
    return item if item.waiting is None else item._replace(waiting=Waiting(item.waiting))


def _seen_row(pair_id: int, side: FileSide, item: FileItem) -> Row:
    waiting = None if item.waiting is None else item.waiting.value
    return {"pair_id": pair_id, "side": side.value, **item._asdict(), "waiting": waiting}


def _unused_number(tx: Connection) -> int:
    """Above those of all projects, and of what outlives one under its number: its requests and proofs."""
    of_requests = sa.select(sa.func.max(sa.cast(REQUEST.c.project, sa.Integer))).where(REQUEST.c.element == FILES)
    others = (sa.select(sa.func.max(column)) for column in (PROJECT.c.id, PROOF.c.project_id))
    return 1 + max(tx.execute(newest).scalar() or 0 for newest in (of_requests, *others))
