"""Rows of a history as a file that spreadsheets open: one line a deed, before and after as JSON (F219)."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from maestro_procore.model.file_names import readable
from maestro_procore.model.problems import Problem, Refused


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """With the mark that makes spreadsheets read UTF-8. Raises Refused (DOC-37)."""
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(columns)
            writer.writerows([_cell(_shown(row, name)) for name in columns] for row in rows)
    except OSError as failed:
        raise Refused(Problem("DOC-37", {"file": str(file), "text": failed.strerror or str(failed)})) from failed


def _shown(row: Mapping[str, Any], name: str) -> Any:
    """Paths with the signs that people know; what is before and after holds the names as they are."""
    value = row.get(name)
    return readable(value) if name == "path" and isinstance(value, str) else value


def _cell(value: Any) -> str:
    """Text that a spreadsheet takes for no formula."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    said = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{said}" if said.startswith(("=", "+", "-", "@")) else said
