"""The technician explains an unknown answer in the Manager, and takes explanations out and in by the menu (F025)."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from maestro_procore import i18n
from maestro_procore.engine.knowledge import KnowledgeCommands
from maestro_procore.gui.action_detail import TABS
from maestro_procore.gui.knowledge_files import KnowledgeFiles
from maestro_procore.gui.manager_page import ManagerPage
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.model.problems import not_catalogued
from tests.gui.fakes import StillClock
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now

ANSWER = not_catalogued(418, "PATCH", "/rest/v1.0/companies/17/vendors/sync", "teapot 9 is short")
WORDS = {
    ("means", "en"): "A teapot.",
    ("means", "fr"): "Une théière.",
    ("to_do", "en"): "Make tea.",
    ("to_do", "fr"): "Faites du thé.",
}


@pytest.fixture
def page(qtbot: Any, desk: JournalDesk) -> ManagerPage:
    """One action whose answer nobody knows is chosen."""
    desk.commands.knowledge = KnowledgeCommands(desk.journal, StillClock(), "mlavoie", True)  # type: ignore[attr-defined]
    request = desk.request(state="failed", ended_at=NOW)
    desk.action(request, maestro_key="A1", name="Acier", state="failed", problems=[ANSWER.to_json()])
    made = ManagerPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
    qtbot.addWidget(made)
    made.resize(1600, 900)
    made.show()
    made.page_shown()
    made.action_grid.selectRow(0)
    return made


def press(page: ManagerPage, name: str) -> None:
    page.findChild(QPushButton, name).click()


def said(page: ManagerPage, part: str) -> str:
    assert page.detail is not None
    return str(page.detail.explain.findChild(QLabel, f"explain_{part}").text())


def is_explaining(page: ManagerPage) -> bool:
    assert page.detail is not None
    return page.detail.isTabVisible(TABS.index("answer")) and page.detail.currentWidget() is page.detail.answer


def test_what_the_technician_writes_is_shown_at_once_and_in_the_readers_language(page: ManagerPage) -> None:
    assert said(page, "what") == "Unknown Procore message: teapot 9 is short."
    press(page, "explain_answer")
    assert is_explaining(page)
    editor = page.detail.answer
    assert editor.findChild(QLabel, "explained_shape").text().endswith("vendors/sync teapot # is short")
    for place, words in WORDS.items():
        assert not editor.save.isEnabled(), "a language is missing"
        editor.words[place].setPlainText(words)
    press(page, "save_explanation")
    assert not is_explaining(page)
    assert (said(page, "what"), said(page, "remedy")) == ("A teapot.", "Make tea.")
    i18n.set_language("fr")
    page.retranslate()
    assert (said(page, "what"), said(page, "remedy")) == ("Une théière.", "Faites du thé.")


def test_an_explanation_can_be_corrected_and_says_who_wrote_it(page: ManagerPage, desk: JournalDesk) -> None:
    means, to_do = ({language: WORDS[part, language] for language in ("en", "fr")} for part in ("means", "to_do"))
    desk.commands.knowledge.explain(ANSWER, means, to_do)  # type: ignore[attr-defined]
    page.refresh()
    page.action_grid.clearSelection()
    page.action_grid.selectRow(0)
    page.detail.show_action(page.action.id, {"explain_answer": "action.explain_answer"})
    press(page, "explain_answer")
    editor = page.detail.answer
    assert editor.words["means", "fr"].toPlainText() == "Une théière."
    assert "mlavoie" in " ".join(label.text() for label in editor.findChildren(QLabel))


def test_cancel_leaves_everything_as_it_was(page: ManagerPage, desk: JournalDesk) -> None:
    press(page, "explain_answer")
    page.detail.answer.words["means", "en"].setPlainText("x")
    press(page, "cancel_explanation")
    assert not is_explaining(page)
    with desk.journal.begin() as tx:
        assert desk.journal.explanations(tx) == {}


def test_another_action_ends_the_explaining(page: ManagerPage, desk: JournalDesk) -> None:
    press(page, "explain_answer")
    request = desk.views.actions(page.request.id, _all(), 0, 10)[0].request_id
    desk.action(desk.journal.request(request), maestro_key="B2", name="Béton", state="done")
    page.refresh()
    page.action_grid.selectRow(1)
    assert not is_explaining(page)


def _all() -> Any:
    from maestro_procore.store.views import ActionQuery

    return ActionQuery()


def test_the_menu_writes_a_file_and_reads_it_again(
    qtbot: Any, page: ManagerPage, desk: JournalDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "answers.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (file, ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (file, ""))
    notice = NoticeBar(page)
    files = KnowledgeFiles(page, ask_now, notice)
    files.export(desk.commands)
    assert notice.words == f"0 explained answers written to {file}."
    files.take_in(desk.commands)
    assert notice.words.startswith("Explained answers: 0 added")
    Path(file).write_text("[]", encoding="utf-8")
    files.take_in(desk.commands)
    assert "is not a file of explained answers" in notice.words
