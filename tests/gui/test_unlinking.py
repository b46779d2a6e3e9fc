"""The remedy *Unlink* of a line whose Procore record is gone."""

from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.model.problems import Problem
from tests.gui.journal_desk import Clock, JournalDesk, ask_now, problem, project, supplier

BROKEN = {
    "suppliers": supplier("E0450", **problem("LNK-02", code="E0450", system="Procore")),
    "projects": project("26-900", **problem("PRJ-17", code="26-900")),
}


def _opened(qtbot: Any, desk: JournalDesk, element: str) -> Any:
    desk.lines(element, BROKEN[element])
    page = SynchronizationPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
    qtbot.addWidget(page)
    page.show()
    page.page_shown()
    page.show_element(element)
    pane = page.pane
    pane.open_line(0)
    return pane


@pytest.mark.parametrize(("element", "key"), [("suppliers", "E0450"), ("projects", "26-900")])
def test_unlink_is_carried_out_after_a_question_on_the_page(
    element: str, key: str, desk: JournalDesk, qtbot: Any
) -> None:
    """LNK-02, PRJ-17."""
    pane = _opened(qtbot, desk, element)
    pane.detail.problems.findChild(QPushButton, "remedy").click()
    assert desk.commands.pressed == [] and key in pane.notice.words
    pane.notice.findChild(QPushButton, "notice_yes").click()
    assert desk.commands.pressed == [("unlink", {"element": element, "key": key})]


def test_a_refusal_to_unlink_is_said_on_the_page(desk: JournalDesk, qtbot: Any) -> None:
    """SRV-11."""
    pane = _opened(qtbot, desk, "suppliers")
    desk.commands.refusal = Problem("SRV-11", {"element": "suppliers"})
    pane.detail.problems.findChild(QPushButton, "remedy").click()
    pane.notice.findChild(QPushButton, "notice_yes").click()
    assert "Suppliers" in pane.notice.words
