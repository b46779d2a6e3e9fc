"""One statement for very many rows.

SQLAlchemy looks at each row of an `execute` on its own: of a run that stores a hundred thousand of them this was a
sixth of all its work. Here a statement is compiled once, and its columns' own processors are applied row by row.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.store.batches import in_chunks

Processor = Callable[[Any], Any]
_compiled: dict[Hashable, tuple[str, list[tuple[str, Processor | None]], dict[str, Any]]] = {}


def execute_many(
    tx: Connection,
    name: tuple[Hashable, ...],
    statement: sa.Executable | Callable[[], sa.Executable],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Runs an insert or update once for each row. No rows: nothing happens.

    rows: all with the same columns and bound names. name: of the statement, for all times and
    together with those columns; no value of a single call may stand in it.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    if tx.dialect.positional is False:  # other drivers take the rows by name
        tx.execute(statement() if callable(statement) else statement, rows)
        return
    key = (tx.dialect.name, name, columns)
    if key not in _compiled:
        _compiled[key] = _prepared(tx.dialect, statement() if callable(statement) else statement, columns)
    sql, places, fixed = _compiled[key]
    for part in in_chunks(rows):
        tx.exec_driver_sql(sql, [_values(row, places, fixed) for row in part])


def _prepared(
    dialect: sa.Dialect, statement: Any, columns: Sequence[str]
) -> tuple[str, list[tuple[str, Processor | None]], dict[str, Any]]:
    """The text, what stands at each place, and the values that every row shares."""
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    processors = {n: bound.type.dialect_impl(dialect).bind_processor(dialect) for n, bound in compiled.binds.items()}
    places = [(name, processors[name]) for name in compiled.positiontup]
    fixed = {name: compiled.params[name] for name in compiled.binds if name not in columns}
    return str(compiled), places, fixed


def _values(row: Mapping[str, Any], places: Sequence[tuple[str, Processor | None]], fixed: Mapping[str, Any]) -> Any:
    full = {**fixed, **row} if fixed else row
    return tuple([full[name] if process is None else process(full[name]) for name, process in places])
