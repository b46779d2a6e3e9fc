"""Rows of Documents on the command line: as JSON, or some columns of them as a table."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem


def plain(row: Any) -> dict[str, Any]:
    """A row as JSON, its problems as code and sentence."""
    return {name: _value(getattr(row, name)) for name in asdict(row)} | _message(row)


def _message(row: Any) -> dict[str, Any]:
    problem = getattr(row, "problem", None)
    return {} if problem is None else {"message": json_shapes.problems([problem])[0]["message"]}


def _value(value: Any) -> Any:
    if isinstance(value, Problem):
        return json_shapes.problems([value])[0]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_value(each) for each in value]
    return value


def say(
    arguments: argparse.Namespace,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    empty: str = "cli.empty.rows",
) -> int:
    """empty: key of the sentence that says that there are none."""
    if arguments.json:
        json_shapes.write(rows)
    else:
        from maestro_procore.cli import terminal

        terminal.show_rows(rows, columns, empty)
    return ALL_WELL


def ok(arguments: argparse.Namespace, told: str = "cli.documents.done") -> int:
    """told: key of the sentence that says it."""
    if arguments.json:
        json_shapes.write({"ok": True})
    else:
        print(text(told))
    return ALL_WELL
