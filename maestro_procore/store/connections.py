"""Connections in the journal: which there are, what their last test told, who uses them."""

from typing import Any

import sqlalchemy as sa

from maestro_procore.model.connections import DEFAULT_NAMES, MAESTRO_ID, MAIN_ID, Platform
from maestro_procore.model.elements import FILES
from maestro_procore.store import connection_tables
from maestro_procore.store.batches import Row, complete
from maestro_procore.store.connection_tables import CONNECTION
from maestro_procore.store.database import Database
from maestro_procore.store.file_tables import PROJECT
from maestro_procore.store.tables import REQUEST
from maestro_procore.store.upserts import Upserts

_OF_PROJECT = (
    sa.select(PROJECT.c.procore_connection)
    .where(REQUEST.c.element == FILES, sa.cast(PROJECT.c.id, sa.String) == REQUEST.c.project)
    .scalar_subquery()
)
CONNECTION_OF: sa.ColumnElement[int] = sa.func.coalesce(_OF_PROJECT, MAIN_ID)
"""Procore connection of a request: that of its project of files; records go through Configuration's."""


def connection_names(database: Database) -> dict[int, str]:
    """Number → name of every Procore connection, that of Configuration first."""
    query = sa.select(CONNECTION.c.id, CONNECTION.c.name).where(CONNECTION.c.platform == Platform.PROCORE.value)
    with database.read() as tx:
        found = {int(number): str(name) for number, name in tx.execute(query.order_by(CONNECTION.c.id))}
    return {MAIN_ID: DEFAULT_NAMES[Platform.PROCORE], **found}


class Connections(Upserts):
    """Plain calls of a few milliseconds."""

    def connections(self) -> list[Row]:
        """All that were added or tested, in the order in which they were added."""
        with self._database.read() as tx:
            return [dict(row._mapping) for row in tx.execute(sa.select(CONNECTION).order_by(CONNECTION.c.id))]

    def put_connection(self, row: Row) -> int:
        """A new connection, or one changed: that of the same `id`. Its id."""
        with self._database.begin() as tx:
            number = row.get("id")
            known = number is not None and tx.execute(sa.select(CONNECTION.c.id).where(CONNECTION.c.id == number))
            if known and known.first() is not None:
                values = {name: value for name, value in row.items() if name != "id"}
                tx.execute(CONNECTION.update().where(CONNECTION.c.id == number).values(**values))
                return int(row["id"])
            if number is None:  # ids of Configuration's own are not positive, and a database may count from them
                newest = tx.execute(sa.select(sa.func.max(CONNECTION.c.id))).scalar()
                number = max(MAESTRO_ID, MAIN_ID, int(newest or 0)) + 1
            full: dict[str, Any] = complete(connection_tables.ConnectionRow, {**row, "id": number})
            tx.execute(CONNECTION.insert().values(**full))
            return int(number)

    def remove_connection(self, connection_id: int) -> None:
        """Takes it out of the list; its secrets are the caller's."""
        with self._database.begin() as tx:
            tx.execute(CONNECTION.delete().where(CONNECTION.c.id == connection_id))

    def users_of_connection(self, connection_id: int, key: str) -> int:
        """How many projects of files use it."""
        with self._database.read() as tx:
            uses = sa.or_(PROJECT.c.procore_connection == connection_id, PROJECT.c.account == key)
            return int(tx.execute(sa.select(sa.func.count()).select_from(PROJECT).where(uses)).scalar_one())
