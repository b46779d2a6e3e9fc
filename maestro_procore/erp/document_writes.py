"""Writes a document, a header with its lines, within one open transaction: everything or nothing.

Lines are told apart by line_no. A line that is no longer given is marked deleted and comes back under its old row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, UniqueConstraint, select

from maestro_procore.erp.maestro_tables import key_columns, table_of
from maestro_procore.erp.row_rules import checked
from maestro_procore.erp.row_writes import (
    Named,
    batches,
    change_row,
    holds,
    insert_counted,
    insert_rows,
    leave_housekeeping_alone,
    time_to_write,
    to_be_changed,
)
from maestro_procore.ports import DocumentRow

NUMBER = "line_no"


class ChangedMeanwhile(Exception):
    """Somebody else changed the document while it was written: the transaction must not be kept."""


def insert_document(connection: Connection, company_id: int, document: DocumentRow, now: datetime) -> Any:
    """The new header's key. Errors: CompanyRefused; ValueError for a document that is put together wrongly."""
    header = _header_table(document)
    name = title(document)
    values = checked(header, {**document.values, "company_id": company_id}, is_new=True, key=name)
    values["changed_at"] = time_to_write(connection, header, company_id, now)
    key = insert_counted(connection, header, values, _named(name))
    for table, rows in _lines(document):
        new = _new_rows(table, document, name, company_id, key, rows)
        _insert(connection, table, new, time_to_write(connection, table, company_id, now), name)
    return key


def update_document(
    connection: Connection,
    company_id: int,
    document: DocumentRow,
    key: Any,
    now: datetime,
    expect: Mapping[str, Any],
) -> bool:
    """False when the header is gone or no longer holds what is expected; then nothing was written.

    Errors: CompanyRefused; ChangedMeanwhile; ValueError for a document that is put together wrongly.
    """
    header = _header_table(document)
    if document.values.get(document.key_column, key) != key:
        raise ValueError("a key is never changed")
    query = select(header).where(header.c.company_id == company_id, header.c[document.key_column] == key)
    stands = connection.execute(to_be_changed(query, header)).mappings().first()
    if stands is None or stands["is_deleted"] or not holds(header, stands, expect):
        return False
    name = title(document, stands)
    wanted = checked(header, document.values, is_new=False, key=name)
    different = {column: value for column, value in wanted.items() if value != stands[column]}
    if different and not change_row(
        connection, header, stands, different, time_to_write(connection, header, company_id, now), _named(name)
    ):
        raise ChangedMeanwhile
    for table, rows in _lines(document):
        _make_equal(connection, table, document, (company_id, key), rows, now, name)
    return True


def title(document: DocumentRow, stands: Mapping[Any, Any] | None = None) -> str:
    """What people call the document: its own number rather than the key that the database counts."""
    table = table_of(document.table)
    values = {**(stands or {}), **document.values}
    unique = [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    names = [column.name for column in (unique[0] if unique else key_columns(table))]
    return " ".join(str(values[name]) for name in names if name != "company_id" and values.get(name) is not None)


def _header_table(document: DocumentRow) -> Table:
    """Errors: ValueError for unknown tables, columns, or lines without a number of their own."""
    header = table_of(document.table)
    leave_housekeeping_alone(document.values)
    if document.key_column not in {column.name for column in key_columns(header)}:
        raise ValueError(f"{document.key_column} is no key of {document.table}")
    for table, rows in _lines(document):
        if document.parent not in table.columns or NUMBER not in table.columns:
            raise ValueError(f"{table.name} holds no lines that name {document.parent} and {NUMBER}")
        numbers = [row.get(NUMBER) for row in rows]
        if None in numbers or len(set(numbers)) != len(numbers):
            raise ValueError(f"each line of {table.name} needs its own {NUMBER}")
        for row in rows:
            leave_housekeeping_alone(row)
    return header


def _lines(document: DocumentRow) -> Iterable[tuple[Table, Sequence[Mapping[str, Any]]]]:
    for name, rows in document.lines.items():
        yield table_of(name), rows


def _new_rows(
    table: Table, document: DocumentRow, name: str, company_id: int, key: Any, rows: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    place = {"company_id": company_id, document.parent: key}
    return [checked(table, {**row, **place}, is_new=True, key=_line_name(name, row)) for row in rows]


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]], changed_at: datetime, name: str) -> None:
    for batch in batches([{**row, "changed_at": changed_at} for row in rows]):
        insert_rows(connection, table, batch, _named_line(name))


def _make_equal(
    connection: Connection,
    table: Table,
    document: DocumentRow,
    place: tuple[int, Any],
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
    name: str,
) -> None:
    """The lines of one table become those given: changed, added, revived, deleted."""
    company_id, key = place
    query = select(table).where(table.c.company_id == company_id, table.c[document.parent] == key)
    # Where a number stands twice, the line in use comes last and counts.
    order = (table.c.is_deleted.desc(), *table.primary_key.columns)
    stand = connection.execute(to_be_changed(query.order_by(*order), table)).mappings().all()
    numbered = {row[NUMBER]: row for row in stand}
    given = {row[NUMBER]: row for row in rows}
    changed_at = time_to_write(connection, table, company_id, now)

    def write(line: Mapping[Any, Any], values: Mapping[str, Any]) -> None:
        different = {column: value for column, value in values.items() if value != line[column]}
        if different and not change_row(connection, table, line, different, changed_at, _named_line(name)):
            raise ChangedMeanwhile

    for line in stand:  # first, so that a number that moved is free
        if line is not numbered.get(line[NUMBER]) or line[NUMBER] not in given:
            write(line, {"is_deleted": True})
    for number, row in given.items():
        if number in numbered:
            values = checked(table, row, is_new=False, key=_line_name(name, row))
            write(numbered[number], {**values, "is_deleted": False})
    new = [row for number, row in given.items() if number not in numbered]
    _insert(connection, table, _new_rows(table, document, name, company_id, key, new), changed_at, name)


def _line_name(name: str, row: Mapping[Any, Any]) -> str:
    return f"{name}, {row.get(NUMBER)}"


def _named(name: str) -> Named:
    return lambda row: name


def _named_line(name: str) -> Named:
    return lambda row: _line_name(name, row)
