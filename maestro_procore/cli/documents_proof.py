"""`documents prove` and `documents verify`: a signed report as a file, as text, and its check."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL, SOME_ERRORS
from maestro_procore.i18n import text
from maestro_procore.model.file_proof import Cause
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.wiring import House

COLUMNS: Final = ("tool", "cause", "target", "path")


def show(proof: Mapping[str, Any], arguments: argparse.Namespace) -> int:
    """Writes the file that was asked for, and says what was found: 0 when both sides agree, 1 otherwise."""
    from maestro_procore.store.report_keys import ALGORITHM

    signature = {"algorithm": ALGORITHM, "key": proof["key"], "value": proof["signature"]}
    document = {"report": proof["report"], "signature": signature}
    if arguments.out is not None:
        _save(arguments.out, document)
    if arguments.json:
        json_shapes.write({"agrees": proof["agrees"], **document})
    else:
        _show(proof["report"])
    return ALL_WELL if proof["agrees"] else SOME_ERRORS


def _save(file: Path, document: Mapping[str, Any]) -> None:
    try:
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(Problem("DOC-37", {"file": str(file), "text": error.strerror or type(error).__name__})) from error


def _show(report: Mapping[str, Any]) -> None:
    from maestro_procore.cli import terminal

    for tool in report["tools"]:
        counts = tool["counts"]["proven"]
        shown = {"files": counts["files"], "folders": counts["folders"], "size": counts["size_bytes"]}
        print(text("cli.documents.proven", tool=tool["tool"], n=len(tool["differences"]), **shown))
    rows = [
        {
            "tool": tool["tool"],
            "cause": text(f"cli.documents.cause.{Cause(difference['cause'])}"),
            "target": difference["side"],
            "path": difference["path"],
        }
        for tool in report["tools"]
        for difference in tool["differences"]
    ]
    if rows:
        terminal.show_rows(rows, COLUMNS)


def verify(house: "House", arguments: argparse.Namespace) -> int:
    """Whether a report is what this computer signed. Errors: Refused (DOC-37, DOC-38, DOC-39)."""
    from maestro_procore.store.report_keys import is_intact

    report, signature = _read(arguments.file)
    if not is_intact(report, signature):
        raise Refused(Problem("DOC-38", {"file": str(arguments.file)}))
    if not house.files.is_own(signature):
        raise Refused(Problem("DOC-39", {"file": str(arguments.file)}))
    about = {"name": report["project"]["name"], "made_at": report["made_at"], "agrees": report["agrees"]}
    if arguments.json:
        json_shapes.write({"ok": True, **about})
    else:
        print(text("cli.documents.verified", name=about["name"], at=about["made_at"]))
    return ALL_WELL


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        report, signature = document["report"], document["signature"]
        if isinstance(report, dict) and isinstance(signature, dict):
            return report, signature
    except OSError as error:
        raise Refused(Problem("DOC-37", {"file": str(file), "text": error.strerror or type(error).__name__})) from error
    except (ValueError, KeyError, TypeError):
        pass
    raise Refused(Problem("DOC-38", {"file": str(file)}))
