"""Saves the listings of both sides, with what the first synchronization makes of each item, instead of asking for each.

As a workbook, or as text with separators where the name ends in .csv.
"""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from maestro_procore.engine.workbook import UNPRINTABLE
from maestro_procore.i18n import Language, text_in
from maestro_procore.model import file_winners
from maestro_procore.model.file_names import readable
from maestro_procore.model.problems import Problem, Refused

COLUMNS: Final = (
    *("project", "tool", "path", "state", "winner"),
    *("procore_bytes", "procore_modified", "drive_bytes", "drive_modified"),
)
WIDTHS: Final = (30, 14, 60, 24, 60, 14, 20, 14, 20)


def save(file: Path, projects: Sequence[tuple[str, Iterable[Any]]], language: Language) -> int:
    """A whole file or none; one that is there is replaced. How many items it lists.

    projects: name and store.file_plan_views.ListedRow of each. Errors: Refused (REC-18) when it cannot be written,
    (DOC-94) for a name that ends otherwise: no program would open a workbook that is called .pdf.
    """
    writers: dict[str, Callable[[Path, Iterable[Sequence[Any]]], int]] = {".csv": _csv, ".xlsx": _xlsx}
    write = writers.get(file.suffix.casefold())
    if write is None:
        raise Refused(Problem("DOC-94", {"file": file.name}))
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        try:
            beside.touch()  # openpyxl learns late, and noisily, that the folder is none
            count = write(beside, _rows(projects, language))
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(Problem("REC-18", {"file": str(file), "text": error.strerror or str(error)})) from error
    return count - 1


def _rows(projects: Sequence[tuple[str, Iterable[Any]]], language: Language) -> Iterator[Sequence[Any]]:
    yield [text_in(language, f"wizard.listing.{name}") for name in COLUMNS]
    for name, listed in projects:
        for row in listed:
            path = readable(f"{row.path}/" if row.is_folder else row.path)
            state = text_in(language, f"wizard.state.{row.state}")
            sizes = [None if row.is_folder else size for size in (row.procore_bytes, row.drive_bytes)]
            times = [
                each and each.astimezone().replace(tzinfo=None) for each in (row.procore_modified, row.drive_modified)
            ]
            yield [
                name,
                text_in(language, f"documents.tool.{row.tool}"),
                path,
                state,
                file_winners.words(language, row.settled, row.winner) if row.settled else "",
                sizes[0],
                times[0],
                sizes[1],
                times[1],
            ]


def _csv(file: Path, rows: Iterable[Sequence[Any]]) -> int:
    """With a mark of UTF-8 at the beginning, which Excel needs to read names with accents."""
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as made:
        writer = csv.writer(made)
        for row in rows:
            writer.writerow([_harmless(cell) for cell in row])
            count += 1
    return count


def _harmless(cell: Any) -> Any:
    """A name that a spreadsheet would take for a formula is text there too."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def _xlsx(file: Path, rows: Iterable[Sequence[Any]]) -> int:
    """Written row by row: a hundred thousand of them need no more memory than one."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for place, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    count = 0
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, UNPRINTABLE.sub(" ", value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type = "s"  # a name that begins with = is no formula
            cells.append(cell)
        sheet.append(cells)
        count += 1
    book.save(file)
    return count
