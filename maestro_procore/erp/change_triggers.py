"""Lets a differential run see what people change in the embedded company with plain SQL.

A row that somebody updates without touching rowver or changed_at gets the next number and the present time; a row
inserted with an old or malformed time gets the present one. Only SQLite: on a server the views of IT carry these
columns.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, inspect

from maestro_procore.erp.maestro_columns import SQLITE_NOW
from maestro_procore.erp.maestro_tables import METADATA

# The form of maestro_columns.TIME_FORMAT; anything else would sort wrongly.
_WELL_FORMED = "GLOB '????-??-??T??:??:??.??????Z'"

# Never earlier than the newest change of the table, so that a clock set back hides nothing from the next run.
# (The row itself may hold a malformed time by now; that one does not count.)
_PRESENT = (
    "max({now}, coalesce((SELECT max(changed_at) FROM {table}"
    " WHERE company_id = NEW.company_id AND changed_at {well_formed}), ''))"
)

_ON_UPDATE = """
CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} FOR EACH ROW
WHEN NEW.rowver IS OLD.rowver OR NEW.changed_at IS OLD.changed_at OR NEW.changed_at NOT {well_formed}
BEGIN
    UPDATE {table} SET rowver = OLD.rowver + 1, changed_at = {present} WHERE rowid = NEW.rowid;
END"""

_ON_INSERT = """
CREATE TRIGGER {table}_added AFTER INSERT ON {table} FOR EACH ROW
WHEN NEW.changed_at NOT {well_formed} OR NEW.changed_at < (
    SELECT max(changed_at) FROM {table} WHERE company_id = NEW.company_id
)
BEGIN
    UPDATE {table} SET rowver = NEW.rowver + 1, changed_at = {present} WHERE rowid = NEW.rowid;
END"""


def create_triggers(connection: Connection) -> None:
    """Put the triggers on every m_ table, replacing older ones. Nothing happens on other databases than SQLite."""
    if connection.dialect.name == "sqlite":
        drop_triggers(connection)
        present = set(inspect(connection).get_table_names())  # a view has no rows of its own
        for table in METADATA.sorted_tables:
            if table.name in present:
                for statement in (_ON_UPDATE, _ON_INSERT):
                    connection.exec_driver_sql(_filled(statement, table))


def drop_triggers(connection: Connection) -> None:
    """Take the triggers away, for a bulk load that brings its own times."""
    if connection.dialect.name == "sqlite":
        for table in METADATA.sorted_tables:
            for ending in ("changed", "added"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table.name}_{ending}")


def _filled(statement: str, table: Table) -> str:
    # Only names of our own tables stand in these statements: nothing that a person typed.
    parts = {"table": table.name, "well_formed": _WELL_FORMED}
    return statement.format(present=_PRESENT.format(now=SQLITE_NOW, **parts), **parts)
