"""A warning lets a record through under a condition: the reader decides and is named in the history (F016)."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from maestro_procore import i18n
from maestro_procore.gui.action_table import ActionModel
from maestro_procore.gui.conditions import Found, look
from maestro_procore.gui.element_pane import ElementPane
from maestro_procore.gui.explain_view import ExplainView
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.model.problems import Problem, Refused
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now, problem, project, supplier

SHORTENED = problem("PRJ-07", text="2475, chemin de la Montagne-Saint-Hilair", n=40)


def waiting_project(number: str, **values: Any) -> dict[str, Any]:
    """A project that the next synchronization sends."""
    return {**project(number, needs_sync=True, **values), "status": "never"}


@pytest.fixture
def visited() -> list[Any]:
    return []


@pytest.fixture
def open_pane(qtbot: Any, desk: JournalDesk, visited: list[Any]) -> Callable[..., ElementPane]:
    def open_it(element: str = "projects") -> ElementPane:
        page = SynchronizationPage(desk, lambda *to: visited.append(to), ask=ask_now, clock=Clock())
        qtbot.addWidget(page)
        page.resize(1000, 700)
        page.show()
        page.page_shown()
        page.show_element(element)
        assert page.pane is not None
        page.pane.setProperty("page", page)  # keeps it alive
        return page.pane

    return open_it


def button(bar: NoticeBar, name: str) -> QPushButton:
    found = bar.findChild(QPushButton, name)
    assert found is not None
    return found


def asked(desk: JournalDesk) -> list[str]:
    return [name for name, _ in desk.commands.pressed]


# --- the question -----------------------------------------------------------------------------------


def test_records_under_a_condition_are_sent_only_after_the_reader_agreed(desk: JournalDesk, open_pane: Any) -> None:
    """The bar tells how many and under which condition."""
    desk.lines("projects", waiting_project("25-1", **SHORTENED), waiting_project("25-2"))
    pane = open_pane()
    pane.bar.synchronize.click()
    assert asked(desk) == []
    assert pane.notice.isVisible()
    assert pane.notice.words == (
        "1 record goes through under a condition: "
        "Address shortened to 40 characters: 2475, chemin de la Montagne-Saint-Hilair."
    )
    button(pane.notice, "notice_yes").click()
    assert desk.commands.pressed == [("synchronize", {"element": "projects", "keys": None, "full": False})]


def test_several_are_told_with_an_example(desk: JournalDesk, open_pane: Any) -> None:
    desk.lines("projects", *(waiting_project(f"25-{n}", **SHORTENED) for n in range(1, 4)))
    pane = open_pane()
    pane.synchronize()
    assert pane.notice.words.startswith("3 records go through under a condition, for example: Address shortened")


def test_cancelling_sends_nothing(desk: JournalDesk, open_pane: Any) -> None:
    desk.lines("projects", waiting_project("25-1", **SHORTENED))
    pane = open_pane()
    pane.synchronize()
    button(pane.notice, "notice_no").click()
    assert not pane.notice.isVisible()
    assert asked(desk) == []


def test_show_them_leaves_the_question_open(desk: JournalDesk, open_pane: Any) -> None:
    """Look first, then decide."""
    desk.lines("projects", waiting_project("25-1", **SHORTENED), waiting_project("25-2"))
    pane = open_pane()
    pane.synchronize()
    button(pane.notice, "notice_other").click()
    assert pane.chips.current == "warnings"
    assert pane.model.rowCount() == 1
    assert pane.notice.isVisible()
    button(pane.notice, "notice_yes").click()
    assert asked(desk) == ["synchronize"]


@pytest.mark.parametrize(
    "line",
    [
        waiting_project("25-1"),
        waiting_project("25-1", **problem("PRJ-09", field="city", element="projects")),
        waiting_project("25-1", **problem("PRJ-21", n=2, code="25-1"), candidates=[{"procore_id": 1}]),
        waiting_project("25-1", **problem("PRJ-10", name="École")),
        project("25-1", **SHORTENED),
        waiting_project("25-1", **SHORTENED, is_in_scope=False),
    ],
    ids=["no message", "both changed", "look-alikes", "error", "sent already", "hidden by the filter"],
)
def test_nothing_is_asked_without_a_condition(desk: JournalDesk, open_pane: Any, line: dict[str, Any]) -> None:
    """Questions wait, errors stop, what is in step is not sent: nobody has to agree to anything."""
    desk.lines("projects", line)
    pane = open_pane()
    pane.synchronize()
    assert asked(desk) == ["synchronize"]
    assert not pane.notice.isVisible()


def test_an_error_beside_the_condition_stops_the_record_so_nothing_is_asked(desk: JournalDesk, open_pane: Any) -> None:
    told = [*SHORTENED["problems"], *problem("PRJ-10", name="École")["problems"]]
    desk.lines("projects", waiting_project("25-1", problems=told, worst="E"))
    pane = open_pane()
    pane.synchronize()
    assert asked(desk) == ["synchronize"]


def test_only_the_ticked_lines_are_asked_about(desk: JournalDesk, open_pane: Any) -> None:
    created_here = {"maestro_key": None, "procore_id": 77, "sort_key": "z", "maestro_values": None}
    desk.lines(
        "projects",
        waiting_project("25-1", **SHORTENED),
        waiting_project("25-2"),
        {**waiting_project("25-3", **SHORTENED), **created_here},
    )
    pane = open_pane()
    pane.model.toggle([1])
    pane.synchronize("selection")
    assert desk.commands.pressed == [("synchronize", {"element": "projects", "keys": ["25-2"], "full": False})]
    desk.commands.pressed.clear()
    pane.model.tick_only([])
    pane.model.toggle([2])  # it exists in Procore only: named by the number that it has there
    pane.synchronize("selection")
    assert pane.notice.words.startswith("1 record goes through")
    assert asked(desk) == []


def test_a_full_synchronization_asks_one_question_for_both(desk: JournalDesk, open_pane: Any) -> None:
    """SRV-13 and F016 in one bar."""
    desk.lines("projects", waiting_project("25-1", **SHORTENED), project("25-2"))
    pane = open_pane()
    pane.bar.full.setChecked(True)
    pane.synchronize()
    assert pane.notice.words.startswith("Full synchronization: 2 records will be compared. 1 record goes through under")
    assert button(pane.notice, "notice_other").isVisible()
    button(pane.notice, "notice_yes").click()
    assert desk.commands.pressed == [("synchronize", {"element": "projects", "keys": None, "full": True})]


def test_everything_asks_about_every_ticked_element_and_leads_there(
    desk: JournalDesk, open_pane: Any, visited: list[Any]
) -> None:
    desk.lines("suppliers", supplier("A1", needs_sync=True))
    desk.lines("projects", waiting_project("25-1", **SHORTENED))
    pane = open_pane("suppliers")
    pane.synchronize("everything")
    assert pane.notice.words.startswith("1 record goes through")
    button(pane.notice, "notice_other").click()
    assert visited == [("synchronization", {"element": "projects"})]
    desk.journal.change_element("projects", is_enabled=False)
    pane.synchronize("everything")
    assert asked(desk) == ["synchronize_all"]


def test_a_question_without_a_third_button_shows_none(desk: JournalDesk, open_pane: Any) -> None:
    desk.lines("projects", waiting_project("25-1", **SHORTENED))
    pane = open_pane()
    pane.synchronize()
    pane.notice.ask("warning", "Sure?", "Yes", lambda: None, "No")
    assert button(pane.notice, "notice_other").isHidden()


def test_a_journal_that_cannot_be_read_lets_the_command_say_so() -> None:
    """A click must never do nothing."""

    class Broken:
        def conditions(self, *_: object) -> object:
            raise Refused(Problem("STO-09", {"file": "journal.sqlite", "text": "locked"}))

    assert look(Broken(), "projects") == Found()


# --- the history ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Accepted by mlavoie: Address shortened to 40 characters"),
        ("fr", "Acceptée par mlavoie\u00a0: Adresse tronquée à 40 caractères"),
    ],
)
def test_the_history_of_a_record_names_who_accepted(
    desk: JournalDesk, open_pane: Any, language: i18n.Language, said: str
) -> None:
    i18n.set_language(language)
    desk.lines("projects", project("25-1", **SHORTENED))
    request = desk.request("projects", state="warned")
    told = {"state": "warned", "problems": SHORTENED["problems"], "ended_at": NOW}
    desk.action(request, maestro_key="25-1", accepted_by="mlavoie", **told)
    desk.action(request, maestro_key="25-1", state="done", ended_at=NOW)
    pane = open_pane()
    pane.open_line(0)
    shown = [pane.detail.history.item(row, 3).text() for row in range(2)]
    assert [words.startswith(said) for words in shown].count(True) == 1
    assert [words for words in shown if "mlavoie" not in words] == [""]


def test_the_technician_sees_who_accepted(qtbot: Any, desk: JournalDesk) -> None:
    request = desk.request("projects", state="warned")
    told = {"state": "warned", "problems": SHORTENED["problems"]}
    action = desk.action(request, maestro_key="25-1", accepted_by="mlavoie", **told)
    view = ExplainView()
    qtbot.addWidget(view)
    view.show_action(desk.views.action(action))
    label = view.findChild(PlainLabel, "explain_accepted")
    assert label is not None
    assert label.text() == "mlavoie"


def test_the_action_itself_says_so_to_everybody(desk: JournalDesk) -> None:
    """Without the technician's right too: in the tooltip of the message."""
    request = desk.request("projects", state="warned")
    desk.action(request, maestro_key="25-1", accepted_by="mlavoie", state="warned", problems=SHORTENED["problems"])
    model = ActionModel(desk.views, ask_now)
    model.show_actions(request["id"])
    message = next(column for column in model.columns if column.id == "message")
    assert model.tooltip_of(model.loaded_row(0), message).splitlines()[-1] == "Accepted by mlavoie"
