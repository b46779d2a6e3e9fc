"""*Go to the line*: from an action of the Manager to its record, whatever the page shows at that moment."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from maestro_procore.gui.manager_page import ManagerPage
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.store.views import LineQuery
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now, problem, project, supplier


@pytest.fixture
def open_page(qtbot: Any, desk: JournalDesk) -> Callable[[], SynchronizationPage]:
    def open_it() -> SynchronizationPage:
        page = SynchronizationPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
        qtbot.addWidget(page)
        page.resize(1280, 700)
        page.show()
        page.page_shown()
        return page

    return open_it


def chosen(page: SynchronizationPage) -> tuple[str, str | None, bool]:
    """Element of the tab, maestro* key of its only chosen line, and whether that line can be seen."""
    pane = page.pane
    assert pane is not None
    rows = pane.grid.selected_rows()
    assert len(rows) == 1
    line = pane.model.loaded_row(rows[0])
    in_view = pane.grid.viewport().rect().contains(pane.grid.visualRect(pane.model.index(rows[0], 1)))
    return pane.element, line.maestro_key, in_view


def test_the_line_is_chosen_scrolled_to_and_open(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", *(supplier(f"A{n:04}") for n in range(900)))
    page = open_page()
    page.show_line(("suppliers", "A0700", None))
    assert chosen(page) == ("suppliers", "A0700", True)
    assert page.pane.detail.isVisible() and page.pane.detail.title.text().startswith("Supplier A0700")


def test_a_filter_that_shows_the_line_stays(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", *(supplier(f"A{n}") for n in range(9)), supplier("B1"), supplier("B2"))
    page = open_page()
    page.show_element("suppliers")
    page.pane.bar.filter.setText("supplier b")
    page.show_line(("suppliers", "B2", None))
    assert page.pane.model.rowCount() == 2
    assert chosen(page) == ("suppliers", "B2", True)


def test_filters_that_hide_the_line_are_cleared(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1"), supplier("B2", **problem("PRJ-13")), supplier("C3"))
    page = open_page()
    page.show_element("suppliers")
    QTest.mouseClick(page.pane.chips._chips["warnings"], Qt.MouseButton.LeftButton)
    page.pane.bar.filter.setText("b2")
    assert page.pane.model.rowCount() == 1
    page.show_line(("suppliers", "C3", None))
    assert page.pane.bar.filter.text() == "" and page.pane.chips.current == "all"
    assert chosen(page) == ("suppliers", "C3", True)


def test_a_project_that_configuration_filters_out_is_shown_all_the_same(desk: JournalDesk, open_page: Any) -> None:
    """F091: the filter of the page gives way, not the setting."""
    desk.journal.change_settings({"project_filter": "active"}, "mlavoie", NOW)
    desk.lines("projects", project("25-1"), project("24-9", status="1"))
    page = open_page()
    page.show_line(("projects", "24-9", None))
    assert chosen(page) == ("projects", "24-9", True)
    assert page.pane.projects.current == ("all", "")
    assert desk.views.settings()["project_filter"] == "active"


def test_the_order_that_the_reader_chose_stays(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1", city="Val-d'Or"), supplier("B2", city="Amos"), supplier("C3", city="Laval"))
    page = open_page()
    page.show_element("suppliers")
    section = [column.id for column in page.pane.model.columns].index("maestro.city")
    page.pane.grid.sort_by(section, descending=True)
    page.show_line(("suppliers", "B2", None))
    assert chosen(page) == ("suppliers", "B2", True) and page.pane.grid.selected_rows() == [2]


def test_a_record_that_only_procore_has_goes_by_its_id(desk: JournalDesk, open_page: Any) -> None:
    theirs = supplier("X9", maestro_key=None, procore_id=598134329200000, maestro_values=None)
    desk.lines("suppliers", supplier("A1"), theirs)
    page = open_page()
    page.show_line(("suppliers", None, 598134329200000))
    pane = page.pane
    assert pane.model.loaded_row(pane.grid.selected_rows()[0]).procore_id == 598134329200000


def test_the_line_is_found_before_the_tabs_are_there(desk: JournalDesk, qtbot: Any) -> None:
    """The Manager was opened first: the page is made by the click."""
    desk.lines("suppliers", supplier("A1"), supplier("B2"))
    waiting: list[Callable[[], None]] = []
    page = SynchronizationPage(
        desk, lambda *_: None, ask=lambda q, then: waiting.append(lambda: then(q())), clock=Clock()
    )
    qtbot.addWidget(page)
    page.show()
    page.page_shown()
    page.show_line(("suppliers", "B2", None))
    while waiting:
        waiting.pop(0)()
    assert chosen(page)[:2] == ("suppliers", "B2")


def test_a_record_that_is_gone_is_told(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1"))
    page = open_page()
    page.show_line(("suppliers", "Z9", None))
    assert page.pane.notice.words.startswith("Supplier Z9 is no longer on this page.")


def test_an_element_that_was_unticked_is_told(desk: JournalDesk, open_page: Any) -> None:
    desk.journal.change_element("suppliers", is_enabled=False)
    desk.lines("projects", project("25-1"))
    page = open_page()
    page.show_line(("suppliers", "A1", None))
    assert page.pane.element == "projects"
    assert page.pane.notice.words.startswith("Suppliers is not ticked in Configuration")


def test_the_place_of_a_line_is_that_of_the_first_query_that_shows_it(desk: JournalDesk) -> None:
    desk.lines("suppliers", supplier("A1"), supplier("B2"), supplier("C3"))
    narrow, wide = LineQuery(text="zzz"), LineQuery()
    place = desk.views.place("suppliers", [narrow, wide], "C3", None)
    assert place is not None and (place.query, place.row) == (wide, 2)
    assert place.line_id == desk.line_id("suppliers", "C3")
    assert desk.views.place("suppliers", [narrow], "C3", None) is None
    assert desk.views.place("projects", [wide], "C3", None) is None


@pytest.mark.parametrize("is_technician", [True, False], ids=["technician", "accountant"])
def test_the_manager_leads_to_the_line_of_an_action(desk: JournalDesk, qtbot: Any, is_technician: bool) -> None:
    desk.rights.can_manage = is_technician
    request = desk.request(state="done", ended_at=NOW)
    desk.action(request, kind="read", name="vendors 1", state="done")
    desk.action(request, kind="create", maestro_key="A1001", name="Acier", state="done")
    desk.action(request, element="customers", kind="link", maestro_key="C1", name="Ville", state="done")
    visited: list[Any] = []
    page = ManagerPage(desk, lambda *to: visited.append(to), ask=ask_now, clock=Clock())
    qtbot.addWidget(page)
    page.show()
    page.page_shown()
    assert not page.go_to_line.isEnabled()
    page.action_grid.selectRow(0)
    assert not page.go_to_line.isEnabled()  # a page that was read is no record
    page.action_grid.selectRow(2)
    assert not page.go_to_line.isEnabled()  # customers come along with Suppliers and have no page
    page.action_grid.selectRow(1)
    page.go_to_line.click()
    assert visited == [("synchronization", {"line": ("suppliers", "A1001", None)})]
