"""Insert or update, in parts that one statement takes: what the writing side of the journal has in common."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from maestro_procore.store import tables
from maestro_procore.store.batches import Row, complete
from maestro_procore.store.database import Database
from maestro_procore.store.many import execute_many


class Upserts:
    """The journal's database, and how rows get into it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert: Any = sqlite.insert
        if not database.is_sqlite:
            from sqlalchemy.dialects import postgresql  # brings five drivers along

            self._upsert = postgresql.insert

    def _put(
        self,
        tx: Connection,
        table: sa.Table,
        rows: Sequence[Row],
        key: tuple[str, ...],
        *,
        kept: tuple[str, ...] = (),
        defaults: type[tables.Table] | None = None,
        instead: Any = None,
    ) -> None:
        """Insert or update.

        kept: columns that an existing row does not change. instead: of a statement, other values for columns.
        """
        if not rows:
            return

        def make() -> Any:
            statement = self._upsert(table)
            updated = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in kept}
            if instead is not None:
                updated |= instead(statement)
            return statement.on_conflict_do_update(index_elements=list(key), set_=updated)

        full = [complete(defaults, row) for row in rows] if defaults else rows
        execute_many(tx, ("put", table.name, key, kept, tuple(rows[0]), instead), make, full)
