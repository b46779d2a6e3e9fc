"""The records to choose from (SUP-04) can be told apart at every width of the window."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from maestro_procore import i18n
from maestro_procore.gui.candidate_list import CandidateList, columns_of, rigid_of
from maestro_procore.gui.grid_fit import shared
from maestro_procore.gui.line_detail import LineDetail
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Field
from maestro_procore.model.values import Kind
from tests.gui.journal_desk import Clock, JournalDesk, ask_now, problem, supplier
from tests.tour_cuts import cut_words

CANDIDATES = [
    {
        "procore_id": 598134329200000 + n,
        "name": name,
        "address": f"{3218 + n}, boulevard du Curé-Labelle, bureau {n}04",
        "city": "Salaberry-de-Valleyfield",
        "phone": f"450-555-010{n}",
        "likeness": 100 - n,
    }
    for n, name in enumerate(("Plomberie Saint-Onge & Fils inc.", "Plomberie Saint-Onge et Associés ltée"))
]


@pytest.fixture
def page(desk: JournalDesk, qtbot: Any) -> SynchronizationPage:
    """The question as it stands in a window of 1024 × 700, less side bar and frame."""
    i18n.set_language("fr")
    line = supplier("PLST0001", candidates=CANDIDATES, **problem("SUP-04", n=2, code="PLST0001"))
    desk.lines("suppliers", line)
    page = SynchronizationPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
    qtbot.addWidget(page)
    page.resize(930, 600)
    page.show()
    page.page_shown()
    page.show_element("suppliers")
    assert page.pane is not None
    page.pane.open_line(0)
    qtbot.waitExposed(page)
    assert page.pane.detail.candidates.table.isVisible()
    return page


def detail_of(page: SynchronizationPage) -> LineDetail:
    assert page.pane is not None
    return page.pane.detail


def test_nothing_is_cut_in_french_in_a_small_window(page: SynchronizationPage) -> None:
    assert cut_words(page) == []
    table = detail_of(page).candidates.table
    assert table.horizontalHeader().length() == table.viewport().width()
    assert rigid_of("suppliers") == {3, 4}  # telephone, likeness
    for column in (3, 4):
        assert table.columnWidth(column) >= table.sizeHintForColumn(column)
        assert table.columnWidth(column) >= table.horizontalHeader().sectionSizeHint(column)


def test_both_candidates_are_seen_without_scrolling(page: SynchronizationPage) -> None:
    table = detail_of(page).candidates.table
    assert table.viewport().rect().contains(table.visualItemRect(table.item(1, 0)))


def test_what_is_cut_keeps_beginning_and_end_and_its_tooltip_has_all(page: SynchronizationPage) -> None:
    table, address = detail_of(page).candidates.table, [f.name for f in columns_of("suppliers")].index("address")
    assert table.columnWidth(address) < table.sizeHintForColumn(address)
    assert table.textElideMode() is Qt.TextElideMode.ElideMiddle
    assert table.item(1, address).toolTip() == CANDIDATES[1]["address"]


def test_a_record_without_a_choice_has_the_usual_halves(desk: JournalDesk, page: SynchronizationPage) -> None:
    detail = detail_of(page)
    before = detail.split.sizes()
    desk.lines("suppliers", supplier("A1"))
    detail.show_line(desk.line_id("suppliers", "A1"))
    after = detail.split.sizes()
    assert before[1] > before[0] and after[0] > after[1]


def test_records_of_other_elements_are_told_apart_by_what_their_page_shows(
    monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    """A kind of record that is not built yet, with an amount: no line of this list has to change for it."""
    fields = (
        Field("number", "number", "number", Kind.CODE, is_identity=True, shown=True),
        Field("name", "name", "title", shown=True),
        Field("amount", "amount", "grand_total", Kind.MONEY, shown=True),
        Field("comment", "comment", "description"),
    )
    made = replace(MAPS["suppliers"], element="purchase-orders", fields=fields)
    monkeypatch.setitem(MAPS, "purchase-orders", made)
    shown = CandidateList()
    qtbot.addWidget(shown)
    candidates = [{"procore_id": 7, "name": "Acier", "amount": "1234.50", "currency": "USD", "likeness": 80}]
    shown.show_candidates("purchase-orders", "PO-7", candidates)
    cells = [shown.table.item(0, column).text() for column in range(shown.table.columnCount())]
    assert cells == ["Acier", f"1,234.50{i18n.NBSP}USD", "80%"]
    assert rigid_of("purchase-orders") == {1, 2}
    assert "PO-7" in " ".join(label.text() for label in shown.findChildren(QLabel))
    assert shown.link.text() == "&Link to this record"


@pytest.mark.parametrize(
    ("wanted", "least", "room", "widths"),
    [
        ([100, 50], [40, 50], 200, [150, 50]),
        ([100, 100, 50], [40, 40, 50], 251, [101, 100, 50]),
        ([300, 100, 80], [40, 40, 80], 300, [120, 100, 80]),
        ([300, 200, 80], [40, 40, 80], 281, [101, 100, 80]),
        ([300, 200], [150, 120], 200, [150, 120]),
        ([], [], 200, []),
    ],
    ids=["room to spare", "an odd pixel", "the widest first", "two of them", "no room at all", "no column"],
)
def test_columns_share_the_room(wanted: list[int], least: list[int], room: int, widths: list[int]) -> None:
    assert shared(wanted, least, room) == widths
