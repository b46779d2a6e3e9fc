"""One statement for very many rows, and very many rows of one statement.

SQLAlchemy looks at each row of an `execute` on its own: of a run that stores a hundred thousand of them this was a
sixth of all its work. Here a statement is compiled once, and only the columns that are kept in another form are
turned into it, row by row. Of databases whose driver has forms of its own SQLAlchemy takes care.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.store.batches import Row, in_chunks
from maestro_procore.store.database import as_json, from_json
from maestro_procore.store.tables import UtcTime, stored_time

_Form = Callable[[Any], Any]


def execute_many(
    tx: Connection,
    name: tuple[Hashable, ...],
    statement: sa.Executable | Callable[[], sa.Executable],
    rows: Sequence[Mapping[str, Any]],
    found_by: str = "",
) -> None:
    """Runs an insert or update once for each row. No rows: nothing happens.

    rows: all with the same columns and bound names. name: of the statement, for all times and
    together with those columns; no value of a single call may stand in it. found_by: a name in the rows that is
    not set but bound as b_name, for SQLAlchemy keeps the names of columns to itself.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    if tx.dialect.name != "sqlite":
        renamed = [{(f"b_{n}" if n == found_by else n): value for n, value in row.items()} for row in rows]
        tx.execute(statement() if callable(statement) else statement, renamed)
        return
    key = (name, columns)
    if key not in _prepared:
        _prepared[key] = _Prepared.of(tx.dialect, statement() if callable(statement) else statement, columns, found_by)
    prepared = _prepared[key]
    for part in in_chunks(rows):
        tx.exec_driver_sql(prepared.sql, prepared.values(part))


def fetch_many(tx: Connection, statement: sa.Select[Any]) -> list[Row]:
    """All rows of a selection of columns, by their names."""
    columns = statement.selected_columns
    names = [str(column.key) for column in columns]
    if tx.dialect.name != "sqlite":
        return [dict(zip(names, row, strict=True)) for row in tx.execute(statement).fetchall()]
    plain = statement.with_only_columns(*(sa.type_coerce(column, sa.types.NullType()) for column in columns))
    kept: list[Iterable[Any]] = list(zip(*tx.execute(plain).fetchall(), strict=True))
    if not kept:
        return []
    for place, column in enumerate(columns):
        if (form := _told_form(column.type)) is not None:
            kept[place] = [None if value is None else form(value) for value in kept[place]]
    return [dict(zip(names, values, strict=True)) for values in zip(*kept, strict=True)]


@dataclass(frozen=True)
class _Prepared:
    """A statement. names: of its places; forms: those places whose values the driver wants otherwise."""

    sql: str
    values_of: Callable[[Mapping[str, Any]], Sequence[Any]]
    forms: Sequence[tuple[int, _Form]]
    fixed: Mapping[str, Any]

    @classmethod
    def of(cls, dialect: sa.Dialect, statement: Any, columns: Sequence[str], found_by: str) -> "_Prepared":
        compiled = statement.compile(dialect=dialect, column_keys=[name for name in columns if name != found_by])
        binds = {(found_by if name == f"b_{found_by}" else name): bound for name, bound in compiled.binds.items()}
        names = [found_by if name == f"b_{found_by}" else name for name in compiled.positiontup]
        forms = {name: _kept_form(dialect, bound.type) for name, bound in binds.items()}
        return cls(
            str(compiled),
            itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],),
            [(place, form) for place, name in enumerate(names) if (form := forms[name]) is not None],
            {name: compiled.params[name] for name in binds if name not in columns},
        )

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Of each row, in the order of the places. Column by column: that is a third of the work of row by row."""
        full = [{**self.fixed, **row} for row in rows] if self.fixed else rows
        columns: list[Iterable[Any]] = list(zip(*map(self.values_of, full), strict=True))
        for place, form in self.forms:
            columns[place] = map(form, columns[place])
        return list(zip(*columns, strict=True))


_prepared: dict[Hashable, _Prepared] = {}


def _kept_form(dialect: sa.Dialect, kind: sa.types.TypeEngine[Any]) -> _Form | None:
    if isinstance(kind, sa.JSON):
        return as_json
    if isinstance(kind, UtcTime):
        return lambda value: None if value is None else stored_time(value)
    if isinstance(kind, sa.Boolean):
        return None  # the driver takes True for 1
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _told_form(kind: sa.types.TypeEngine[Any]) -> _Form | None:
    if isinstance(kind, sa.JSON):
        return from_json
    if isinstance(kind, UtcTime):
        return datetime.fromisoformat
    return bool if isinstance(kind, sa.Boolean) else None
