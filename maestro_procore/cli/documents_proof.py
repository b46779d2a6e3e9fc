"""`documents prove` and `documents verify`: a signed report as a file, as text, and its check."""

import argparse
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL, SOME_ERRORS
from maestro_procore.i18n import text
from maestro_procore.model.file_proof import Cause

if TYPE_CHECKING:
    from maestro_procore.wiring import House

COLUMNS: Final = ("tool", "cause", "where", "path")


def show(house: "House", document: Mapping[str, Any], arguments: argparse.Namespace) -> int:
    """Writes the file that was asked for, and says what was found: 0 when both sides agree, 1 otherwise."""
    agrees = bool(document["report"]["agrees"])
    if arguments.out is not None:
        house.reports.save(document, arguments.out)
    if arguments.json:
        json_shapes.write({"agrees": agrees, **document})
    else:
        _show(document["report"])
    return ALL_WELL if agrees else SOME_ERRORS


def _show(report: Mapping[str, Any]) -> None:
    from maestro_procore.cli import terminal

    for tool in report["tools"]:
        counts = tool["counts"]["proven"]
        shown = {"files": counts["files"], "folders": counts["folders"], "size": counts["size_bytes"]}
        name = text(f"documents.tool.{tool['tool']}")
        print(text("cli.documents.proven", tool=name, count=len(tool["differences"]), **shown))
    rows = [
        {
            "tool": tool["tool"],
            "cause": text(f"cli.documents.cause.{Cause(difference['cause'])}"),
            "where": _where(difference),
            "path": difference["path"],
        }
        for tool in report["tools"]
        for difference in tool["differences"]
    ]
    if rows:
        terminal.show_rows(rows, COLUMNS)


def _where(difference: Mapping[str, Any]) -> str:
    """Which side holds it, and which one lacks it."""
    on = difference["on"]
    return text(f"cli.documents.on.{on}", side=text(f"documents.in.{difference['side']}"))


def verify(house: "House", arguments: argparse.Namespace) -> int:
    """Whether a report is what this computer signed. Errors: Refused (DOC-37, DOC-38, DOC-39)."""
    about = house.reports.verify(arguments.file)
    if arguments.json:
        json_shapes.write({"ok": True, **about})
    else:
        print(text("cli.documents.verified", name=about["name"], at=datetime.fromisoformat(about["made_at"])))
    return ALL_WELL
