"""Rows on their way into a table, with its defaults and a few hundred at a time."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from maestro_procore.store.tables import Table

Row = dict[str, Any]

_CHUNK = 500


def complete(model: type[Table], row: Mapping[str, Any]) -> Row:
    """The row with the defaults of its table, without an id that the database gives.

    Errors: TypeError for a column that the table does not have, or a required one that is missing.
    """
    required, fixed, made = _columns(model)
    unknown, missing = row.keys() - required - fixed.keys() - made.keys(), required - row.keys()
    if unknown or missing:
        raise TypeError(f"{model.__name__}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    full = {**fixed, **{name: make() for name, make in made.items() if name not in row}, **row}
    if full.get("id", 0) is None:
        del full["id"]
    return full


@cache
def _columns(model: type[Table]) -> tuple[frozenset[str], Row, Row]:
    """Required names, fixed defaults, makers of defaults. SQLModel would validate each row: ten times slower."""
    fields = model.model_fields
    required = frozenset(name for name, each in fields.items() if each.is_required())
    made = {name: each.default_factory for name, each in fields.items() if each.default_factory is not None}
    fixed = {name: each.default for name, each in fields.items() if name not in required and name not in made}
    return required, fixed, made


def in_chunks(rows: Sequence[Any]) -> Iterator[Any]:
    """The same rows in parts that one statement takes."""
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def by_columns(rows: Sequence[Row]) -> list[list[Row]]:
    """The same rows, those with the same columns in one order together: one statement sets one set of columns."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return list(groups.values())
