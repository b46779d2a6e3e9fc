"""Whether a row may stand in an m_ table, decided before the database is asked.

SQLite takes any length and any word; these rules hold on every database alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DefaultClause,
    ForeignKeyConstraint,
    Integer,
    Table,
    Unicode,
    UniqueConstraint,
    and_,
    exists,
    select,
)

from maestro_procore.erp.maestro_columns import as_python
from maestro_procore.erp.maestro_tables import key_columns
from maestro_procore.ports import CompanyRefused

# Why a row was refused: CompanyRefused.reason. The sentence for each is made where it is shown.
REASONS = frozenset(
    {
        "too_long", "not_allowed", "wrong_type", "required", "not_a_code",  # one column
        "exists", "no_such_reference",  # against other rows
        "read_only", "no_table", "no_column", "disk", "damaged", "sign_in",  # the database
        "not_empty", "production", "no_company", "several_companies",  # the company
        "no_counter", "used_up",  # its numbers
    }
)  # fmt: skip


def checked(table: Table, row: Mapping[str, Any], *, is_new: bool, key: str | None = None) -> dict[str, Any]:
    """The row as it is to be written: Decimal, date, aware UTC, NFC.

    is_new: every required column must be there. key: what to call the row when it does not carry its key.
    Errors: ValueError for an unknown column; CompanyRefused for a value that does not fit, naming its column.
    """
    unknown = sorted(set(row) - set(table.columns.keys()))
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    key = key_text(table, row) if key is None else key
    values = {name: _value(table.columns[name], value, key) for name, value in row.items()}
    if is_new:
        for column in table.columns:
            if column.name not in values and _must_be_given(column):
                raise CompanyRefused(table.name, key, column.name, "required")
    return values


def _must_be_given(column: Column[Any]) -> bool:
    counts_itself = column.primary_key and column.autoincrement is True
    return not column.nullable and column.server_default is None and not counts_itself


def _value(column: Column[Any], value: Any, key: str) -> Any:
    """One value, or CompanyRefused."""
    table = column.table.name
    try:
        value = as_python(column, value)
    except (ValueError, TypeError) as error:
        raise CompanyRefused(table, key, column.name, "wrong_type") from error
    if value is None:
        if not column.nullable:
            raise CompanyRefused(table, key, column.name, "required")
        return None
    broken = _broken_rule(column, value)
    if broken:
        raise CompanyRefused(table, key, column.name, broken)
    return value


def _broken_rule(column: Column[Any], value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if isinstance(column.type, Unicode) and column.type.length is not None and len(value) > column.type.length:
        return "too_long"
    if "allowed" in column.info and value not in column.info["allowed"]:
        return "not_allowed"
    if "is_code" in column.info and (value != value.strip().upper() or not value):
        return "not_a_code"
    # PostgreSQL cannot hold it, and no document has it.
    return "not_allowed" if "\0" in value else None


def key_text(table: Table, row: Mapping[str, Any]) -> str:
    """What people call the row: its code, or the parts of its key."""
    return " ".join(str(row[column.name]) for column in key_columns(table) if row.get(column.name) is not None)


def conflict(connection: Connection, table: Table, row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The column and the reason for which the database would refuse a new row, or None.

    Asked inside the writing transaction, since drivers name constraints each in their own way.
    """
    for columns in _unique_sets(table):
        values = {column: _stored(column, row) for column in columns}
        if None in values.values():
            continue
        same = and_(*(column == value for column, value in values.items()))
        if connection.scalar(select(exists().where(same))):
            return [column.name for column in columns if column.name in row][-1], "exists"
    for constraint in table.foreign_key_constraints:
        missing = _missing_reference(connection, constraint, row)
        if missing:
            return missing, "no_such_reference"
    return None


def _stored(column: Column[Any], row: Mapping[str, Any]) -> Any:
    """The value that the column gets, also when the row leaves it out."""
    default = column.server_default
    if column.name not in row and isinstance(default, DefaultClause) and isinstance(column.type, Integer):
        return int(str(default.arg))
    return row.get(column.name)


def _unique_sets(table: Table) -> list[list[Column[Any]]]:
    unique = [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    return [list(table.primary_key.columns), *unique]


def _missing_reference(connection: Connection, constraint: ForeignKeyConstraint, row: Mapping[str, Any]) -> str | None:
    """The column that points to a row that is not there."""
    pairs = [(element.parent.name, element.column) for element in constraint.elements]
    if any(row.get(name) is None for name, _ in pairs):
        return None
    # A project may be its own master.
    if constraint.referred_table is constraint.table and all(row[name] == row.get(c.name) for name, c in pairs):
        return None
    found = connection.scalar(select(exists().where(*(column == row[name] for name, column in pairs))))
    return None if found else pairs[-1][0]
