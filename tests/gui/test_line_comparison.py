"""The lines of an order as people read them: alike once, differing ones as each side has them, totals, never JSON."""

import json
from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.gui.grid_fit import fit
from maestro_procore.gui.line_comparison import COLUMNS, LineComparison, Sides, compared, lines_field
from maestro_procore.gui.line_table import line_columns
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.values import Kind, Value

STEEL = {
    "line_no": 1, "description": "Acier", "activity_code": "05-120", "group_code": "MAT", "quantity": "2.5",
    "unit": "T", "unit_price": "1200", "amount": "3000.00",
}  # fmt: skip
BOLTS = {**STEEL, "line_no": 2, "description": "Boulons", "quantity": "10", "unit_price": "0.335", "amount": "3.35"}


def lines(*rows: dict[str, Any]) -> Value:
    return Kind.LINES.read(json.dumps(rows))


def cells(sides: Sides) -> list[dict[str, str]]:
    names = ("number", "system", *COLUMNS)
    return [{n: cell for n, cell in zip(names, row.cells, strict=True) if cell} for row in compared(sides)]


def marked(sides: Sides) -> list[set[str]]:
    names = ("number", "system", *COLUMNS)
    return [{names[place] for place in row.marked} for row in compared(sides)]


def test_lines_that_are_alike_stand_once_and_add_up() -> None:
    both = lines(STEEL, BOLTS)
    shown = cells(Sides(both, both, both))
    assert [(row.get("number"), row["system"], row["amount"]) for row in shown] == [
        ("1", "both", "$3,000.00"),
        ("2", "both", "$3.35"),
        (None, "both", "$3,003.35"),
    ]
    assert shown[1]["unit_price"] == "$0.335", "no part of a cent is hidden"


def test_a_line_that_differs_stands_as_each_side_has_it_with_what_differs_marked() -> None:
    theirs = lines({**STEEL, "quantity": "3", "amount": "3600.00"}, BOLTS)
    sides = Sides(lines(STEEL, BOLTS), lines(STEEL, BOLTS), theirs)
    assert [row["system"] for row in cells(sides)] == ["maestro*", "Procore", "both", "maestro*", "Procore"]
    assert marked(sides)[:3] == [{"quantity", "amount"}, {"quantity", "amount"}, set()]
    assert [row["amount"] for row in cells(sides)[3:]] == ["$3,003.35", "$3,603.35"]


def test_what_both_last_agreed_on_stands_between_two_sides_that_have_both_moved() -> None:
    sides = Sides(lines({**STEEL, "unit": "KG"}), lines(STEEL), lines({**STEEL, "unit": "LB"}))
    assert [(row["system"], row["unit"]) for row in cells(sides)[:3]] == [
        ("maestro*", "KG"),
        ("last agreed", "T"),
        ("Procore", "LB"),
    ]


def test_a_line_of_one_side_only_is_marked_whole() -> None:
    sides = Sides(lines(STEEL), None, lines(STEEL, BOLTS))
    assert [row["system"] for row in cells(sides)] == ["both", "Procore", "maestro*", "Procore"]
    assert marked(sides)[1] == set(COLUMNS)


def test_cost_and_selling_price_of_a_change_order_have_totals_of_their_own() -> None:
    both = lines({**STEEL, "side": "cost"}, {**BOLTS, "side": "sell", "amount": "-50.00"})
    i18n.set_language("fr")
    nb = i18n.NBSP
    assert [(row["side"], row["amount"]) for row in cells(Sides(both, None, both))[2:]] == [
        ("Coût", f"3{nb}000,00{nb}$"),
        ("Vente", f"-50,00{nb}$"),
    ]


def test_an_amount_in_another_currency_names_it() -> None:
    shown = cells(Sides(None, None, lines(STEEL), "USD"))
    assert [row["amount"] for row in shown] == [f"3,000.00{i18n.NBSP}USD"] * 2


def test_lines_that_could_not_be_translated_are_shown_as_procore_wrote_them() -> None:
    raw = lines({"position": 4, "description": "Béton", "code": "99-999", "type": "X", "uom": "m3", "amount": "12,50"})
    [line, total] = cells(Sides(None, None, raw))
    assert (line["number"], line["activity"], line["group"], line["unit"]) == ("4", "99-999", "X", "m3")
    assert (line["amount"], total["amount"]) == ("12,50", "–"), "no total of what is no number"


def test_columns_that_no_line_fills_are_not_there(qapp: Any) -> None:
    table = LineComparison("lines")
    table.show_sides(Sides(None, None, lines({"line_no": 1, "description": "Forfait", "amount": "5.00"})))
    titles = [table.horizontalHeaderItem(n).text() for n in range(table.columnCount())]
    assert titles == ["No.", "In", "Description", "Amount"]
    table.show_sides(Sides())
    assert table.rowCount() == 0


@pytest.mark.parametrize("width", [788, 1044])
@pytest.mark.parametrize("element", list(ELEMENTS))
def test_a_page_always_shows_what_a_record_is_called_and_what_it_comes_to(element: str, width: int) -> None:
    """At 1024 and 1280 pixels; of what only Procore has, Procore's number."""
    columns = line_columns(element)
    shown = {c.id for c, w in zip(columns, fit(columns, width).widths, strict=True) if w}
    names = {
        "projects": {"maestro.number", "maestro.name"},
        "suppliers": {"maestro.code", "maestro.name"},
        "budgets": {"project", "maestro.activity", "maestro.group", "maestro.original"},
        "costs": {"project", "maestro.document", "maestro.amount"},
        "purchase-orders": {"project", "maestro.order_no", "maestro.title", "maestro.total", "procore.external_no"},
        "subcontracts": {"project", "maestro.order_no", "maestro.title", "maestro.total", "procore.external_no"},
        "change-orders": {"project", "maestro.number", "maestro.title", "maestro.total", "procore.number"},
    }
    assert names[element] <= shown


def test_only_orders_and_change_orders_have_lines() -> None:
    found = {name for name in ELEMENTS if lines_field(MAPS[name]) is not None}
    assert found == {"purchase-orders", "subcontracts", "change-orders"}


def test_an_amount_is_never_cut_however_narrow_the_table(qapp: Any) -> None:
    """Half of an amount is a wrong amount; a description may be cut."""
    table = LineComparison("lines")
    table.resize(420, 200)
    table.show()
    long = {**STEEL, "description": "Acier " * 40, "amount": "1234567.89"}
    table.show_sides(Sides(None, None, lines(long)))
    titles = [table.horizontalHeaderItem(n).text() for n in range(table.columnCount())]
    place = titles.index("Amount")
    needed = table.sizeHintForIndex(table.model().index(0, place)).width()
    assert table.columnWidth(place) >= needed
    assert table.columnWidth(titles.index("Description")) < table.sizeHintForColumn(titles.index("Description"))


def test_tax_is_shown_where_the_sides_differ_in_it(qapp: Any) -> None:
    table = LineComparison("lines")
    for theirs, is_shown in (("TPSTVQ", False), ("TPS", True)):
        table.show_sides(Sides(lines({**STEEL, "tax_code": "TPSTVQ"}), None, lines({**STEEL, "tax_code": theirs})))
        titles = [table.horizontalHeaderItem(n).text() for n in range(table.columnCount())]
        assert ("Tax" in titles) is is_shown
