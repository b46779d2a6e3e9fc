"""Writes sheets of cells as an Excel workbook. openpyxl is imported only here, and only when somebody saves one."""

import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from maestro_procore.i18n import Language
from maestro_procore.model.certificate import Cell, Heading, Look, Sheet, sheets
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.reconciliation import Reconciliation

MONEY: Final = "#,##0.00"
"""Shown with the separators of whoever opens it."""
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What the format of workbooks cannot hold."""


def save_certificate(file: Path, row: Any, found: Reconciliation, language: Language) -> None:
    """The workbook of a reconciliation. row: store.reconciled_views.ReconciliationRow. Errors: as save."""
    head = Heading(
        company=row.company,
        cut_off=date.fromisoformat(row.cut_off),
        period=row.period,
        is_period_closed=row.is_period_closed,
        project=row.project or "",
        prepared_by=row.prepared_by,
        reviewed_by=row.reviewed_by,
        made_at=row.made_at,
        number=row.number,
    )
    save(file, sheets(head, found, language))


def save(file: Path, pages: Sequence[Sheet]) -> None:
    """A whole file or none; one that is there is replaced. Errors: Refused (REC-18) when it cannot be written."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for page in pages:
        _fill(book.create_sheet(page.title), page)
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        try:
            book.save(beside)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(Problem("REC-18", {"file": str(file), "text": error.strerror or str(error)})) from error


def _fill(sheet: Any, page: Sheet) -> None:
    from openpyxl.utils import get_column_letter

    looks = _looks()
    for number, row in enumerate(page.rows, 1):
        for place, cell in enumerate(row, 1):
            if cell.value is not None or cell.look is not Look.TEXT:
                _write(sheet.cell(number, place), cell, looks)
    for place, width in enumerate(page.widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if page.header:
        sheet.freeze_panes = sheet.cell(page.header + 1, 1)
        sheet.print_title_rows = f"1:{page.header}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _write(target: Any, cell: Cell, looks: dict[Look, dict[str, Any]]) -> None:
    value = cell.value
    target.value = UNPRINTABLE.sub(" ", value) if isinstance(value, str) else value
    if isinstance(value, str):
        target.data_type = "s"  # a name that begins with = is no formula
    for name, style in looks[cell.look].items():
        setattr(target, name, style)
    if cell.look in (Look.GOOD, Look.BAD) and not isinstance(value, str):
        target.number_format = MONEY


def _looks() -> dict[Look, dict[str, Any]]:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    bold, grey = Font(bold=True), PatternFill("solid", fgColor="E7E9EC")
    return {
        Look.TEXT: {},
        Look.TITLE: {"font": Font(bold=True, size=16)},
        Look.HEADING: {"font": bold, "fill": grey, "alignment": Alignment(wrap_text=True, vertical="top")},
        Look.LABEL: {"font": bold},
        Look.AMOUNT: {"number_format": MONEY},
        Look.GOOD: {"font": Font(bold=True, color="1A7F37")},
        Look.BAD: {"font": Font(bold=True, color="B42318")},
        Look.DATE: {"number_format": "yyyy-mm-dd", "alignment": Alignment(horizontal="left")},
        Look.NOTE: {"font": Font(italic=True, color="57606A")},
        Look.SIGN: {"border": Border(bottom=Side(style="thin"))},
    }
