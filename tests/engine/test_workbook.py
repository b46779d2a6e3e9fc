"""The workbook of a reconciliation, read back: numbers are numbers, text is text, and somebody can sign it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from maestro_procore import i18n
from maestro_procore.engine.workbook import MONEY, save_certificate
from maestro_procore.i18n import Language
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.reconciliation import Bridge, Held, Line, Reconciliation

COST, ORIGINAL = ("costs", "to_date"), ("commitments", "original")
TOLD = Problem("CST-10", {"no": "57", "a": "USD", "project": "26002", "b": "CAD"})


@pytest.fixture(autouse=True)
def _strict() -> Any:
    """A missing text fails the test."""
    i18n.be_strict()
    yield
    i18n.be_strict(False)


@dataclass(frozen=True)
class Row:
    """store.reconciled_views.ReconciliationRow, as far as the certificate looks at it."""

    company: str = "Constructions Belle-Rivière inc."
    cut_off: str = "2026-10-31"
    period: str = "2026-10"
    is_period_closed: bool = True
    project: str | None = None
    prepared_by: str = "M. Lavoie"
    reviewed_by: str = ""
    made_at: datetime | None = datetime(2026, 11, 23, 18, 42, tzinfo=UTC)
    number: int = 12


def reconciled(unexplained: str = "0.00") -> Reconciliation:
    """A line that agrees, one with two bridges, and one in another currency."""
    bridges = (
        Bridge("REC-01", (Held("41 F-100", Decimal("100.00")), Held('=HYPERLINK("x")', Decimal("0.10")))),
        Bridge("REC-07", (Held("57 L\x07000057", Decimal("-5.05"), TOLD),)),
    )
    lines = (
        Line("26001", COST, "01-100.M", "CAD", Decimal("1234567.89"), Decimal("1234567.89")),
        Line("26002", COST, "01-100.M", "CAD", Decimal("95.05") + Decimal(unexplained), Decimal("0.00"), bridges),
        Line("26002", ORIGINAL, "03-300.S", "USD", Decimal("12.30"), Decimal("12.30")),
    )
    aside = {("taxes", "CAD"): Decimal("14.98"), ("holdback", "CAD"): Decimal("10.00")}
    return Reconciliation(lines, aside, (Problem("CST-05", {"wbs": "03-300.S"}),))


def saved(folder: Path, language: Language, found: Reconciliation, **row: Any) -> Any:
    file = folder / "certificate.xlsx"
    save_certificate(file, Row(**row), found, language)
    with ZipFile(file) as parts:
        assert parts.testzip() is None
    return load_workbook(file)


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    return [tuple(cell for cell in row if cell is not None) for row in sheet.iter_rows(values_only=True)]


def test_it_has_four_sheets_in_each_language(tmp_path: Path) -> None:
    english = saved(tmp_path, "en", reconciled()).sheetnames
    assert english == ["Summary", "Lines", "Bridges", "Taxes & holdback"]
    french = saved(tmp_path, "fr", reconciled()).sheetnames
    assert french == ["Sommaire", "Lignes", "Éléments de conciliation", "Taxes et retenue"]


def test_amounts_are_numbers_with_two_decimals(tmp_path: Path) -> None:
    sheet = saved(tmp_path, "en", reconciled())["Lines"]
    heads = [cell.value for cell in sheet[1]]
    line = dict(zip(heads, sheet[3], strict=True))
    amounts = [cell for name, cell in line.items() if isinstance(cell.value, int | float)]
    assert {cell.number_format for cell in amounts} == {MONEY}
    assert line["maestro*"].value == 95.05
    assert line["REC-01 Invoiced on linked commitments"].value == 100.10
    assert line["REC-07 The record is in error"].value == -5.05
    assert (line["Expected"].value, line["Procore"].value, line["Unexplained"].value) == (0, 0, 0)
    assert sheet.freeze_panes == "A2"


def test_every_bridge_item_is_listed_with_its_record_and_message(tmp_path: Path) -> None:
    sheet = saved(tmp_path, "fr", reconciled())["Éléments de conciliation"]
    listed = rows_of(sheet)[1:]
    assert [row[6:8] for row in listed] == [("41 F-100", 100), ('=HYPERLINK("x")', 0.1), ("57 L 000057", -5.05)]
    assert "USD" in listed[2][8]


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    for sheet in saved(tmp_path, "en", reconciled()):
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_certificate_says_what_it_is_about_and_leaves_room_to_sign(tmp_path: Path) -> None:
    sheet = saved(tmp_path, "en", reconciled())["Summary"]
    facts = {row[0].value: row[1] for row in sheet.iter_rows(max_col=2) if row[0].value}
    assert facts["Company"].value == "Constructions Belle-Rivière inc."
    assert facts["Cut-off date"].value.date() == date(2026, 10, 31)
    assert facts["Period"].value == "2026-10 (closed)"
    assert facts["Project"].value == "All projects"
    assert facts["Prepared by"].value == "M. Lavoie"
    assert facts["Reviewed by"].value is None
    assert facts["Reviewed by"].border.bottom.style == "thin"
    assert facts["Result"].value == "Agrees: unexplained 0.00"


def test_it_is_red_when_a_cent_is_unexplained(tmp_path: Path) -> None:
    sheet = saved(tmp_path, "fr", reconciled("0.01"), project="26002", reviewed_by="J. Roy")["Sommaire"]
    said = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert "Ne concorde pas : 1 ligne est inexpliquée".replace(" :", "\u00a0:") in said
    assert 0.01 in said and said[0.01].font.color.rgb == "00B42318"
    assert {"26002", "J. Roy"} <= said.keys()


def test_taxes_and_holdback_stand_on_their_own_sheet_only(tmp_path: Path) -> None:
    book = saved(tmp_path, "en", reconciled())
    assert rows_of(book["Taxes & holdback"])[1:3] == [("Holdback", "CAD", 10), ("Taxes", "CAD", 14.98)]
    elsewhere = [value for name in ("Summary", "Lines", "Bridges") for row in rows_of(book[name]) for value in row]
    assert 14.98 not in elsewhere


def test_totals_are_per_currency(tmp_path: Path) -> None:
    listed = rows_of(saved(tmp_path, "en", reconciled())["Summary"])
    totals = [row for row in listed if row[:1] in (("Costs",), ("Commitments",)) and len(row) == 8]
    assert [row[2] for row in totals] == ["CAD", "USD"]
    assert totals[0][3:] == (1234662.94, 95.05, 1234567.89, 1234567.89, 0)


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """REC-18."""
    with pytest.raises(Refused) as refusal:
        save_certificate(tmp_path / "missing" / "certificate.xlsx", Row(), reconciled(), "en")
    assert refusal.value.problem.code == "REC-18"
    place = tmp_path / "certificate.xlsx"
    place.mkdir()
    with pytest.raises(Refused):
        save_certificate(place, Row(), reconciled(), "en")
    assert [path.name for path in tmp_path.iterdir()] == ["certificate.xlsx"]
