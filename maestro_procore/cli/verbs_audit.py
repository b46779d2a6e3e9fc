"""`audit`: who did what, when, and what it was before and after; as a table, as JSON, or as a CSV file.

The connections stand beside it: as whom each acts, with which rights, and what its last test told.
"""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.arguments import Verb, at_least_one
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.cli.opening import opened
from maestro_procore.engine.history_csv import write_csv
from maestro_procore.i18n import text

if TYPE_CHECKING:
    from maestro_procore.store.audit import AuditRow

COLUMNS: Final = ("at", "by", "what", "deed", "object", "before", "after")


def _audit(arguments: argparse.Namespace) -> int:
    """Errors: Refused (DOC-37) when the file cannot be written."""
    from maestro_procore.cli import audit_connections

    with opened(arguments) as house:
        deeds = house.views.audit.rows(arguments.last)
        connections = audit_connections.found(house)
    listed = [audit_connections.as_deed(one) for one in connections]
    rows = sorted([*deeds, *listed], key=lambda row: row.at, reverse=True)
    if arguments.csv is not None:
        write_csv(arguments.csv, COLUMNS, map(asdict, rows))
    if arguments.json:
        json_shapes.write([_row(row) for row in rows])
    elif arguments.csv is not None:
        print(text("cli.audit.written", file=str(arguments.csv), count=len(rows)))
    else:
        from maestro_procore.cli import terminal

        shown = [{**_row(row), "what": text(f"audit.what.{row.what}")} for row in deeds]
        terminal.show_rows(shown, COLUMNS[:5], "cli.empty.audit")
        print()
        terminal.show_rows([audit_connections.as_row(one) for one in connections], audit_connections.COLUMNS)
    return ALL_WELL


def _row(row: "AuditRow") -> dict[str, Any]:
    return {**asdict(row), "at": row.at.isoformat()}


def _add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--last", type=at_least_one, default=1_000, metavar="N", help=text("cli.option.audit_last"))
    verb.add_argument("--csv", type=Path, metavar="FILE", help=text("cli.option.csv"))


VERBS: Final[Mapping[str, Verb]] = {"audit": Verb(_audit, _add_options)}
