"""Amounts, quantities and percentages: exact, in the reader's form, at the right of their column."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.gui import formats, line_table
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.grid_fit import fit
from maestro_procore.gui.grid_view import LEFT, RIGHT
from maestro_procore.gui.line_table import LineModel, line_columns
from maestro_procore.model.mapping import Field
from maestro_procore.model.values import Kind
from tests.gui.journal_desk import Clock, JournalDesk, ask_now, supplier

NB = i18n.NBSP
MONEY = [
    ("1234567.89", "CAD", "$1,234,567.89", f"1{NB}234{NB}567,89{NB}$"),
    ("0.00", "CAD", "$0.00", f"0,00{NB}$"),
    ("-1234.50", "CAD", "-$1,234.50", f"-1{NB}234,50{NB}$"),
    ("999.9", "CAD", "$999.90", f"999,90{NB}$"),
    ("1234.50", "USD", f"1,234.50{NB}USD", f"1{NB}234,50{NB}USD"),
    ("-0.05", "EUR", f"-0.05{NB}EUR", f"-0,05{NB}EUR"),
    ("9007199254740993.01", "CAD", "$9,007,199,254,740,993.01", f"9{NB}007{NB}199{NB}254{NB}740{NB}993,01{NB}$"),
    ("12.345", "CAD", "$12.345", f"12,345{NB}$"),
]
OTHERS = [
    (Kind.QUANTITY, "12.5", "12.5", "12,5"),
    (Kind.QUANTITY, "-1200", "-1,200", f"-1{NB}200"),
    (Kind.QUANTITY, "0.000001", "0.000001", "0,000001"),
    (Kind.PERCENT, "10", "10%", f"10{NB}%"),
    (Kind.PERCENT, "7.5", "7.5%", f"7,5{NB}%"),
    (Kind.LINES, '[{"amount":"1.00"},{"amount":"2.00"}]', "2 lines", "2 lignes"),
    (Kind.LINES, '[{"amount":"1.00"}]', "1 line", "1 ligne"),
]


@pytest.mark.parametrize(("amount", "currency", "english", "french"), MONEY)
def test_money_is_exact_and_names_its_currency(amount: str, currency: str, english: str, french: str) -> None:
    assert formats.field_value(amount, Kind.MONEY, currency) == english
    i18n.set_language("fr")
    assert formats.field_value(amount, Kind.MONEY, currency) == french


@pytest.mark.parametrize(("kind", "value", "english", "french"), OTHERS)
def test_other_numbers_follow_the_language(kind: Kind, value: str, english: str, french: str) -> None:
    assert formats.field_value(value, kind) == english
    i18n.set_language("fr")
    assert formats.field_value(value, kind) == french


@pytest.mark.parametrize("kind", sorted(formats.NUMBERS, key=lambda kind: kind.value))
@pytest.mark.parametrize("value", ["NaN", "1e5", "1,234.50", "abc", "Infinity", "--1", "٣"])
def test_what_is_no_number_is_shown_as_it_stands(kind: Kind, value: str) -> None:
    """Nothing is guessed, and no cell fails to paint."""
    assert formats.field_value(value, kind) == value


def test_nothing_is_empty_and_not_zero() -> None:
    assert formats.field_value(None, Kind.MONEY) == ""


@pytest.fixture
def with_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppliers with an amount, a quantity and a percentage: what a page of a later element has."""
    held = line_table.MAPS["suppliers"]
    more = [Field(kind.value, kind.value, kind.value, kind, shown=True) for kind in (Kind.MONEY, Kind.PERCENT)]
    monkeypatch.setitem(line_table.MAPS, "suppliers", replace(held, fields=(*held.fields, *more)))


@pytest.mark.usefixtures("with_amounts")
def test_columns_of_numbers_stand_at_the_right_and_are_never_cut() -> None:
    columns = {column.id: column for column in line_columns("suppliers")}
    for name in ("maestro.money", "procore.money", "maestro.percent"):
        assert columns[name].align is RIGHT and columns[name].is_rigid
    assert columns["maestro.name"].align is LEFT


@pytest.mark.usefixtures("with_amounts")
def test_amounts_of_both_sides_are_seen_in_a_small_window() -> None:
    """Where columns have to go, what an accountant compares goes last."""
    columns = [column for column in line_columns("suppliers") if not column.id.endswith(".city")]
    widths = fit(columns, 930).widths
    shown = {column.id for column, width in zip(columns, widths, strict=True) if width}
    assert {"maestro.code", "maestro.name", "maestro.money", "procore.name", "procore.money", "message"} <= shown
    assert "maestro.address" not in shown


@pytest.mark.usefixtures("with_amounts")
def test_a_cell_shows_its_amount_in_the_currency_of_the_record(desk: JournalDesk, qtbot: Any) -> None:
    values = {"code": "A1", "name": "Acier", "money": "1234.50", "percent": "10"}
    line = supplier("A1", maestro_values=values, procore_values={**values, "currency": "USD"}, differing=["money"])
    desk.lines("suppliers", line)
    model = LineModel("suppliers", desk.views, ask_now, Clock())
    model.set_query(desk_query())
    row = model.row_at(0)
    by_id = {column.id: column for column in model.columns}

    def cell(name: str) -> Cell:
        return model.cell_of(row, by_id[name])

    assert cell("maestro.money") == Cell("$1,234.50", is_bold=True)
    assert cell("procore.money").shown == f"1,234.50{NB}USD"
    assert cell("maestro.percent").shown == "10%"


def desk_query() -> Any:
    from maestro_procore.store.views import LineQuery

    return LineQuery()
