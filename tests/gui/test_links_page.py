"""The Links page on a real journal: states, filters, history, deeds with their questions and reasons."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from maestro_procore import i18n
from maestro_procore.gui.links_page import LinksPage
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now, supplier


@pytest.fixture
def open_page(qtbot: Any, desk: JournalDesk) -> Callable[[], LinksPage]:
    """A supplier in step, one whose company is gone, one that was never linked; two free companies."""
    desk.lines("suppliers", _line("A1001", 7), _line("B2040", 8), _alone("C3000"))
    with desk.journal.begin() as tx:
        for key, procore_id in (("A1001", 7), ("B2040", 8)):
            row = {"element": "suppliers", "maestro_key": key, "procore_id": procore_id, "origin_id": f"MST:X:{key}"}
            desk.journal.store_links(tx, [{**row, "rule": "name", "agreed": {}, "linked_by": "ml", "at": NOW}])
        held = [Record("7", {"name": "Seven"}), Record("8", {"name": "Eight"}, is_gone=True)]
        free = [Record("21", {"name": "Vingt et un"}), Record("22", {"name": "Béton Lévis"})]
        desk.journal.store_records(tx, "suppliers", [*held, *free], None)
        desk.journal.note_link(
            tx, element="suppliers", maestro_key="A1001", procore_id=7, what="ignore", why="hiver", by="jr", at=NOW
        )

    def open_it() -> LinksPage:
        page = LinksPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
        qtbot.addWidget(page)
        page.show_element("suppliers")
        page.resize(1400, 800)
        page.show()
        page.page_shown()
        return page

    return open_it


def _line(key: str, procore_id: int) -> dict[str, Any]:
    return {**supplier(key), "procore_id": procore_id, "is_linked": True, "needs_sync": False, "problems": []}


def _alone(key: str) -> dict[str, Any]:
    return {**supplier(key), "procore_id": None, "procore_values": None, "is_linked": False, "problems": []}


def cells(page: LinksPage, row: int) -> dict[str, str]:
    model, role = page.model, Qt.ItemDataRole.DisplayRole
    return {c.id: str(model.data(model.index(row, n), role) or "") for n, c in enumerate(model.columns)}


def press(page: LinksPage, name: str) -> None:
    button = page.findChild(QPushButton, name)
    assert button.isVisible() and button.isEnabled(), name
    button.click()


def agree(page: LinksPage) -> None:
    page.notice.findChild(QPushButton, "notice_yes").click()


def test_records_stand_with_the_state_of_their_link(open_page: Any) -> None:
    page = open_page()
    shown = [(cells(page, row)["key"], cells(page, row)["state"]) for row in range(page.model.rowCount())]
    assert shown == [("A1001", "Linked"), ("B2040", "Link broken"), ("C3000", "Not linked")]
    assert cells(page, 0)["rule"] == "Name"


def test_chips_count_and_filter_the_states(open_page: Any) -> None:
    page = open_page()
    assert page.chips._chips["orphaned"].text().endswith("1") and page.chips._chips["all"].text().endswith("3")
    QTest.mouseClick(page.chips._chips["orphaned"], Qt.MouseButton.LeftButton)
    assert [cells(page, row)["key"] for row in range(page.model.rowCount())] == ["B2040"]
    QTest.mouseClick(page.chips._chips["ignored"], Qt.MouseButton.LeftButton)
    assert page.model.rowCount() == 0 and page.empty.title == "No record in this state."


def test_the_history_of_the_chosen_record_says_who_what_when_and_why(open_page: Any) -> None:
    page = open_page()
    assert page.title.text() == "History of A1001"
    told = [page.history.item(0, column).text() for column in range(4)]
    assert told[1:] == ["jr", "Ignored from now on", "hiver"]


def test_a_record_is_unlinked_after_a_question_with_the_reason_that_was_given(
    open_page: Any, desk: JournalDesk
) -> None:
    page = open_page()
    page.why.setText("wrong company")
    press(page, "link_unlink")
    assert desk.commands.pressed == [] and "A1001" in page.notice.words
    agree(page)
    told = {"element": "suppliers", "key": "A1001", "why": "wrong company"}
    assert desk.commands.pressed == [("unlink", told)] and page.why.text() == ""


def test_only_what_makes_sense_for_the_state_can_be_done(open_page: Any) -> None:
    page = open_page()
    page.grid.selectRow(2)
    assert {deed.value for deed, button in page.buttons.items() if button.isVisible()} == {"link", "resend", "ignore"}
    page.grid.selectRow(1)
    assert "relink" in {deed.value for deed, button in page.buttons.items() if button.isEnabled()}


def test_a_partner_is_searched_and_chosen_by_keyboard(open_page: Any, desk: JournalDesk) -> None:
    page = open_page()
    page.grid.selectRow(2)
    press(page, "link_link")
    assert page.chooser.isVisible() and page.chooser.table.rowCount() == 2
    QTest.keyClicks(page.chooser.search, "levis")
    assert [page.chooser.table.item(row, 0).text() for row in range(page.chooser.table.rowCount())] == ["22"]
    QTest.keyClick(page.chooser.table, Qt.Key.Key_Return)
    agree(page)
    told = {"element": "suppliers", "key": "C3000", "procore_id": 22, "why": ""}
    assert desk.commands.pressed == [("link", told)] and not page.chooser.isVisible()


def test_escape_closes_the_choice_of_a_partner(open_page: Any, desk: JournalDesk) -> None:
    page = open_page()
    press(page, "link_relink")
    QTest.keyClick(page.chooser, Qt.Key.Key_Escape)
    assert not page.chooser.isVisible() and desk.commands.pressed == []


def test_a_refusal_is_said_on_the_page(open_page: Any, desk: JournalDesk) -> None:
    page = open_page()
    desk.commands.refusal = Problem("SRV-11", {"element": "suppliers"})
    press(page, "link_ignore")
    agree(page)
    assert "Suppliers" in page.notice.words


def test_nothing_can_be_done_without_the_right(open_page: Any, desk: JournalDesk) -> None:
    """F041."""
    desk.rights.can_synchronize = False
    page = open_page()
    assert not any(button.isEnabled() for button in page.buttons.values())


def test_the_page_speaks_both_languages(open_page: Any) -> None:
    """F092."""
    page = open_page()
    i18n.set_language("fr")
    page.retranslate()
    assert cells(page, 1)["state"] == "Lien rompu" and page.title.text() == "Historique\u00a0: A1001"
