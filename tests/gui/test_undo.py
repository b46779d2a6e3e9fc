"""Undo in the window: the Manager's two buttons with their questions, and the class that a preview shows."""

from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from maestro_procore import i18n
from maestro_procore.gui.action_table import ActionModel
from maestro_procore.gui.manager_page import ManagerPage
from maestro_procore.gui.request_table import COLUMNS
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now

CHANGED = [{"field": "city", "maestro": "Gatineau", "procore": "Ottawa", "agreed": "Ottawa", "result": "maestro"}]


@pytest.fixture
def request_id(desk: JournalDesk) -> str:
    """A finished request: one company created, one changed, one only marked; a project made in maestro*."""
    request = desk.request(state="running", started_at=NOW - timedelta(seconds=9))
    done = {"state": "done", "target": "procore"}
    desk.action(request, kind="create", maestro_key="A1001", **done)
    desk.action(request, kind="update", maestro_key="B2040", differences=CHANGED, **done)
    desk.action(request, kind="link", maestro_key="C3000", **done)
    desk.action(request, kind="skip", maestro_key="D4000", state="skipped")
    desk.action(request, element="projects", kind="create", maestro_key="26-1", state="done", target="both")
    desk.journal.change_request(request["id"], state="done", ended_at=NOW, created=2, updated=1, linked=1)
    return str(request["id"])


@pytest.fixture
def page(qtbot: Any, desk: JournalDesk, request_id: str) -> ManagerPage:
    made = ManagerPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
    qtbot.addWidget(made)
    made.resize(1600, 800)
    made.show()
    made.page_shown()
    return made


def agree(page: ManagerPage) -> None:
    page.notice.findChild(QPushButton, "notice_yes").click()


def test_a_request_is_undone_after_a_question(page: ManagerPage, desk: JournalDesk, request_id: str) -> None:
    page.undo.of_request.click()
    assert desk.commands.pressed == [] and "Undo request 1?" in page.notice.words
    agree(page)
    assert desk.commands.pressed == [("undo", {"request_id": request_id, "actions": None})]


def test_an_undo_is_listed_with_the_request_that_it_takes_back(page: ManagerPage, desk: JournalDesk) -> None:
    undo = {"element": "suppliers", "scope": "all", "mode": "undo", "requested_by": "mlavoie"}
    desk.journal.submit({**undo, "undoes": {"request": "x", "number": 1}}, NOW)
    page.refresh()
    place = [column.id for column in COLUMNS].index("mode")
    shown = [page.request_model.index(row, place).data() for row in range(2)]
    assert shown == ["Undo of no. 1", "Latest changes"]


def test_a_line_is_undone_alone(page: ManagerPage, desk: JournalDesk, request_id: str) -> None:
    page.action_grid.selectRow(1)
    page.undo.of_line.click()
    assert "B2040" in page.notice.words
    agree(page)
    action = page.action_model.row_at(1)
    assert desk.commands.pressed == [("undo", {"request_id": request_id, "actions": [action.id]})]


def test_a_line_that_cannot_be_undone_says_which_entry_corrects_it(page: ManagerPage, desk: JournalDesk) -> None:
    """UND-06, UND-08."""
    for row, words in ((2, "C3000 stays"), (4, "is not taken back there: 26-1")):
        page.action_grid.selectRow(row)
        page.undo.of_line.click()
        assert words in page.notice.words and not page.notice.findChild(QPushButton, "notice_yes").isVisible()
    assert desk.commands.pressed == []


def test_what_wrote_nothing_has_nothing_to_undo(page: ManagerPage, desk: JournalDesk) -> None:
    page.action_grid.selectRow(3)
    assert not page.undo.of_line.isEnabled()
    idle = desk.request(state="done", ended_at=NOW)
    page.refresh()
    page.show_request(idle["id"])
    assert not page.undo.of_request.isEnabled()


def test_nobody_undoes_without_the_right(page: ManagerPage, desk: JournalDesk) -> None:
    """F041."""
    desk.rights.can_synchronize = False
    page.refresh()
    page.action_grid.selectRow(0)
    assert not page.undo.of_line.isEnabled()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["can be undone", "can be undone", "no", "", "by correction only"]),
        ("fr", ["peut être défait", "peut être défait", "non", "", "par correction"]),
    ],
)
def test_a_preview_says_of_each_line_whether_it_can_be_undone(
    qtbot: Any, desk: JournalDesk, request_id: str, language: Any, words: list[str]
) -> None:
    """Before anything is written."""
    i18n.set_language(language)
    model = ActionModel(desk.views, ask_now, is_preview=True)
    model.show_actions(request_id)
    place = next(n for n, column in enumerate(model.columns) if column.id == "undo")
    shown = [model.data(model.index(row, place), Qt.ItemDataRole.DisplayRole) or "" for row in range(5)]
    assert shown == words
    assert "maestro*" in model.data(model.index(4, place), Qt.ItemDataRole.ToolTipRole)
