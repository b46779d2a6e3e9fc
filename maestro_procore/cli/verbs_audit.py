"""`audit`: who did what, when, and what it was before and after; as a table, as JSON, or as a CSV file."""

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.arguments import Verb, at_least_one
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.cli.opening import opened
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.store.audit import AuditRow

COLUMNS: Final = ("at", "by", "what", "deed", "object", "before", "after")


def _audit(arguments: argparse.Namespace) -> int:
    """Errors: Refused (DOC-37) when the file cannot be written."""
    with opened(arguments) as house:
        rows = house.views.audit.rows(arguments.last)
    if arguments.csv is not None:
        _write(arguments.csv, rows)
    if arguments.json:
        json_shapes.write([_row(row) for row in rows])
    elif arguments.csv is not None:
        print(text("cli.audit.written", file=str(arguments.csv), count=len(rows)))
    else:
        from maestro_procore.cli import terminal

        shown = [{**_row(row), "what": text(f"audit.what.{row.what}")} for row in rows]
        terminal.show_rows(shown, COLUMNS[:5])
    return ALL_WELL


def _row(row: "AuditRow") -> dict[str, Any]:
    return {**asdict(row), "at": row.at.isoformat()}


def _write(file: Path, rows: "Sequence[AuditRow]") -> None:
    """With the mark that makes spreadsheets read UTF-8."""
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in rows)
    except OSError as failed:
        raise Refused(Problem("DOC-37", {"file": str(file), "text": failed.strerror or str(failed)})) from failed


def _cell(value: Any) -> str:
    """Text that a spreadsheet takes for no formula."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    said = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{said}" if said.startswith(("=", "+", "-", "@")) else said


def _add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--last", type=at_least_one, default=1_000, metavar="N", help=text("cli.option.audit_last"))
    verb.add_argument("--csv", type=Path, metavar="FILE", help=text("cli.option.csv"))


VERBS: Final[Mapping[str, Verb]] = {"audit": Verb(_audit, _add_options)}
