"""Rows of Documents on the command line: as JSON, or some columns of them as a table."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow


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


def closing(projects: Iterable["FileProjectRow"]) -> list[str]:
    """What remains to be done after a run, by project, and with which command; empty when nothing does."""
    told: list[str] = []
    for row in projects:
        if row.phase == "planned":
            told.append(text("cli.documents.next.plan", name=row.name, id=str(row.id)))
        counts = {"conflicts": row.conflicts, "held": row.held, "apart": row.apart}
        told += [text(f"cli.documents.next.{key}", name=row.name, count=n) for key, n in counts.items() if n]
    return told


def ok(arguments: argparse.Namespace) -> int:
    if arguments.json:
        json_shapes.write({"ok": True})
    else:
        print(text("cli.documents.done"))
    return ALL_WELL
