"""Writes rows of m_ tables within an open transaction: new ones, changed ones, the time that goes with them.

A refusal of the database becomes a CompanyRefused that names table, record, column and reason. Which rows belong
together is maestro_company.py's and document_writes.py's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NoReturn

from sqlalchemy import Connection, Select, Table, func, select
from sqlalchemy.exc import IntegrityError

from maestro_procore.erp.maestro_columns import as_python
from maestro_procore.erp.maestro_tables import METADATA
from maestro_procore.erp.row_rules import conflict, key_text
from maestro_procore.ports import CompanyRefused

Named = Callable[[Mapping[Any, Any]], str]
"""What CompanyRefused is to call a row."""


def insert_rows(connection: Connection, table: Table, rows: list[dict[str, Any]], named: Named | None = None) -> None:
    """Rows with the same columns. CompanyRefused names the first that breaks a rule of the database."""
    try:
        with connection.begin_nested():
            connection.execute(table.insert(), rows)
    except IntegrityError as error:
        if len(rows) > 1:
            for row in rows:
                insert_rows(connection, table, [row], named)
            return
        _refuse(error, connection, table, rows[0], rows[0], named)


def insert_counted(connection: Connection, table: Table, row: dict[str, Any], named: Named | None = None) -> Any:
    """One row; the first part of its key other than company_id, which the database may have counted."""
    try:
        with connection.begin_nested():
            made = connection.execute(table.insert().values(row)).inserted_primary_key
    except IntegrityError as error:
        _refuse(error, connection, table, row, row, named)
    parts = zip(table.primary_key.columns, made or (), strict=True)
    return next(value for column, value in parts if column.name != "company_id")


def change_row(
    connection: Connection,
    table: Table,
    stands: Mapping[Any, Any],
    values: Mapping[str, Any],
    changed_at: datetime,
    named: Named | None = None,
) -> bool:
    """The row as it stands gets these values. False when somebody else changed it meanwhile."""
    housekeeping = {"rowver": stands["rowver"] + 1, "changed_at": changed_at}
    same_row = [column == stands[column.name] for column in table.primary_key.columns]
    # Not every database locks a row that is read for update: its number tells.
    same_row.append(table.c.rowver == stands["rowver"])
    try:
        with connection.begin_nested():
            done = connection.execute(table.update().where(*same_row).values(**values, **housekeeping))
        return done.rowcount == 1
    except IntegrityError as error:
        others = {**stands, **values}
        for column in table.primary_key.columns:
            others[column.name] = None  # its own key is no conflict
        others["company_id"] = stands["company_id"]
        _refuse(error, connection, table, others, stands, named)


def _refuse(
    error: IntegrityError,
    connection: Connection,
    table: Table,
    row: Mapping[Any, Any],
    shown: Mapping[Any, Any],
    named: Named | None,
) -> NoReturn:
    """Says what the database has against the row; an error that our rules do not know goes on as it is."""
    found = conflict(connection, table, row)
    if found is None:
        raise error
    raise CompanyRefused(table.name, named(shown) if named is not None else key_text(table, shown), *found) from error


def time_to_write(connection: Connection, table: Table, company_id: int, now: datetime) -> datetime:
    """Now, but always after the newest change of the table: a clock set back hides nothing from the next run."""
    latest = latest_change(connection, table, company_id)
    return now if latest is None else max(now, latest + timedelta(microseconds=1))


def latest_change(connection: Connection, table: Table, company_id: int) -> datetime | None:
    """The newest changed_at, deleted rows included."""
    newest: datetime | None = connection.scalar(
        select(func.max(table.c.changed_at)).where(table.c.company_id == company_id)
    )
    return newest


def to_be_changed(query: Select[Any], table: Table) -> Select[Any]:
    """The same rows, kept from other writers until this transaction ends."""
    # SQLite locks the file when a writing transaction begins; SQL Server knows no FOR UPDATE, but this hint.
    return query.with_for_update().with_hint(table, "WITH (UPDLOCK, HOLDLOCK)", "mssql")


def count_on(connection: Connection) -> None:
    """After rows came with the keys that they had elsewhere: the database counts on behind the highest of them.

    Only PostgreSQL needs to be told; its sequences do not look at what the table holds.
    """
    if connection.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        for column in table.primary_key.columns:
            if column.autoincrement is True:
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                # Without a row the first number is still to be given: is_called false.
                highest = func.max(column)
                connection.execute(
                    select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))).select_from(table)
                )


def batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Neighbours with the same columns, since one bulk insert writes one set of columns."""
    for _, batch in groupby(rows, key=lambda row: tuple(sorted(row))):
        yield list(batch)


def leave_housekeeping_alone(row: Mapping[str, Any]) -> None:
    """Errors: ValueError for a row that brings its own rowver or changed_at."""
    if {"rowver", "changed_at"} & set(row):
        raise ValueError("rowver and changed_at are written by the company itself")


def holds(table: Table, stands: Mapping[Any, Any], expect: Mapping[str, Any]) -> bool:
    """True when the row still holds the expected values; texts are compared in NFC. Errors: ValueError."""
    unknown = sorted(set(expect) - set(table.columns.keys()))
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    return all(_same(stands[name], as_python(table.columns[name], value)) for name, value in expect.items())


def _same(stored: Any, expected: Any) -> bool:
    if isinstance(stored, str) and isinstance(expected, str):
        return unicodedata.normalize("NFC", stored) == expected
    return bool(stored == expected)
