"""The records to choose from (SUP-04) can be told apart at every width of the window."""

from typing import Any

import pytest
from PySide6.QtCore import Qt

from maestro_procore import i18n
from maestro_procore.gui.candidate_list import COLUMNS, RIGID
from maestro_procore.gui.grid_fit import shared
from maestro_procore.gui.line_detail import LineDetail
from maestro_procore.gui.synchronization_page import SynchronizationPage
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
    for column in sorted(RIGID):
        assert table.columnWidth(column) >= table.sizeHintForColumn(column)
        assert table.columnWidth(column) >= table.horizontalHeader().sectionSizeHint(column)


def test_both_candidates_are_seen_without_scrolling(page: SynchronizationPage) -> None:
    table = detail_of(page).candidates.table
    assert table.viewport().rect().contains(table.visualItemRect(table.item(1, 0)))


def test_what_is_cut_keeps_beginning_and_end_and_its_tooltip_has_all(page: SynchronizationPage) -> None:
    table, address = detail_of(page).candidates.table, COLUMNS.index("address")
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
