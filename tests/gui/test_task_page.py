"""Task Management: a service that stops is seen to be down, and what to do stands beside it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtWidgets import QApplication

from maestro_procore import i18n
from maestro_procore.gui import background
from maestro_procore.gui.application import PAGES
from maestro_procore.gui.main_window import MainWindow
from maestro_procore.gui.status_line import StatusLine
from maestro_procore.gui.task_page import COLUMNS, LOOK_MS, TaskPage
from maestro_procore.model.problems import Problem
from maestro_procore.store.views import Views
from tests.gui.journal_desk import NOW, Buttons, Clock, JournalDesk, ask_now, open_desk

MAESTRO, ENGINE = 0, 1


@dataclass
class ServiceButtons(Buttons):
    """Buttons with the one of this page; `answer` is what the maestro* server does when it is asked."""

    answer: Problem | None = None
    checks: int = 0

    def check_maestro(self) -> Problem | None:
        self.checks += 1
        return self.answer


@pytest.fixture(autouse=True)
def _in_montreal() -> Iterator[None]:
    i18n.set_time_zone(ZoneInfo("America/Toronto"))
    yield
    i18n.set_time_zone(None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[JournalDesk]:
    opened = open_desk(tmp_path)
    yield replace(opened, views=Views(opened.database, clock), commands=ServiceButtons(opened.journal))
    opened.database.close()


@pytest.fixture
def open_page(qtbot: Any, desk: JournalDesk, clock: Clock) -> Callable[..., TaskPage]:
    def open_it(navigate: Callable[..., object] = lambda *_: None, ask: Any = ask_now) -> TaskPage:
        page = TaskPage(desk, navigate, ask=ask, clock=clock)
        qtbot.addWidget(page)
        page.resize(1060, 640)
        page.show()
        page.page_shown()
        return page

    return open_it


def beat(desk: JournalDesk, clock: Clock, maestro: str = "up", doing: str = "running") -> None:
    """A sign of life, as the engine gives it."""
    started = NOW - timedelta(hours=3)
    desk.journal.beat("host-1", "PC-42", 4711, clock(), doing, started)
    heard = clock() if maestro == "up" else None
    desk.journal.beat("maestro", "PC-42", 4711, heard, maestro, started)


def cell(page: TaskPage, row: int, column: str) -> str:
    item = page.services.item(row, COLUMNS.index(column))
    assert item is not None
    return item.text()


def states(page: TaskPage) -> tuple[str, str]:
    return cell(page, MAESTRO, "state"), cell(page, ENGINE, "state")


def later(page: TaskPage, clock: Clock, seconds: float) -> None:
    """Time goes by, and the page's own timer notices."""
    assert page.timer.isActive()
    clock.time += timedelta(seconds=seconds)
    page.timer.timeout.emit()


# --- up and down ------------------------------------------------------------------------------------


def test_both_services_are_shown_running_with_their_last_contact(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """F028."""
    beat(desk, clock)
    clock.time += timedelta(seconds=4)
    page = open_page()
    assert states(page) == ("running", "running")
    assert cell(page, MAESTRO, "last") == "13:42 (4\u00a0s ago)"
    assert (cell(page, ENGINE, "started"), cell(page, ENGINE, "process")) == ("10:42", "4711")
    assert not page.services.item(MAESTRO, COLUMNS.index("state")).icon().isNull()


def test_f028_a_stopped_maestro_service_is_down_and_up_again_after_its_restart(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """F028: stop the service, the panel shows down; start it, up. The engine writes every five seconds."""
    beat(desk, clock)
    page = open_page()
    clock.time += timedelta(seconds=5)
    beat(desk, clock, maestro="down")
    page.refresh()
    assert states(page) == ("down", "running")
    assert cell(page, MAESTRO, "last") == "13:42 (5\u00a0s ago)"
    clock.time += timedelta(seconds=5)
    beat(desk, clock)
    page.refresh()
    assert states(page) == ("running", "running")


def test_a_dead_engine_is_seen_within_thirty_seconds_although_it_writes_nothing(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """F028: the timer alone finds out."""
    beat(desk, clock)
    page = open_page()
    seconds = 0
    while cell(page, ENGINE, "state") == "running":
        later(page, clock, LOOK_MS / 1000)
        seconds += LOOK_MS // 1000
    assert seconds <= 30
    assert cell(page, ENGINE, "state") == "does not answer"
    assert cell(page, ENGINE, "process") == "–"


def test_without_an_engine_the_page_asks_the_maestro_service_itself(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """F028: the journal's last word would be old, and wrong, for ever."""
    beat(desk, clock, doing="ended")
    page = open_page()
    assert states(page) == ("running", "stopped")
    desk.commands.answer = Problem("SRV-01")  # type: ignore[attr-defined]
    later(page, clock, 5)
    assert states(page) == ("down", "stopped")
    assert page.result.text() == ""  # nobody pressed the button


def test_the_page_does_not_ask_beside_a_running_engine(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    beat(desk, clock)
    page = open_page()
    later(page, clock, 5)
    assert desk.commands.checks == 0  # type: ignore[attr-defined]


def test_a_maestro_service_that_the_engine_waits_for_does_not_answer(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """The engine lives, but its question to maestro* has been hanging for half a minute."""
    beat(desk, clock)
    clock.time += timedelta(seconds=30)
    desk.journal.beat("host-1", "PC-42", 4711, clock(), "running", NOW)
    page = open_page()
    assert states(page) == ("does not answer", "running")


def test_before_anything_is_known_nothing_is_claimed(desk: JournalDesk, open_page: Any) -> None:
    page = open_page(ask=lambda question, then: None)
    assert states(page) == ("not checked yet", "not checked yet")
    assert cell(page, MAESTRO, "last") == "–"


def test_a_maestro_service_that_never_answered_has_no_last_contact(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    beat(desk, clock, maestro="down")
    page = open_page()
    assert (cell(page, MAESTRO, "state"), cell(page, MAESTRO, "last")) == ("down", "–")


def test_nobody_is_asked_while_the_page_is_not_seen(desk: JournalDesk, open_page: Any) -> None:
    page = open_page()
    page.hide()
    assert not page.timer.isActive()
    page.show()
    assert page.timer.isActive()


# --- check now --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "An error occurred while communicating with the maestro server"),
        ("fr", "Une erreur s'est produite lors de la communication avec le serveur maestro"),
    ],
)
def test_f026_checking_a_stopped_service_says_the_one_sentence(
    desk: JournalDesk, clock: Clock, open_page: Any, language: i18n.Language, sentence: str
) -> None:
    """F026, F027."""
    i18n.set_language(language)
    beat(desk, clock)
    desk.commands.answer = Problem("SRV-01")  # type: ignore[attr-defined]
    page = open_page()
    page.check_now.click()
    assert page.result.text() == sentence
    assert cell(page, MAESTRO, "state") == {"en": "down", "fr": "hors service"}[language]


def test_checking_a_running_service_says_when_it_answered(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    """F028."""
    beat(desk, clock, maestro="down")
    clock.time += timedelta(minutes=2)
    desk.journal.beat("host-1", "PC-42", 4711, clock(), "running", NOW)
    page = open_page()
    assert cell(page, MAESTRO, "state") == "down"
    page.check_now.click()
    assert page.result.text() == "The Maestro Service answered at 13:44."
    assert cell(page, MAESTRO, "state") == "running"
    assert cell(page, MAESTRO, "last") == "13:44 (0\u00a0s ago)"


def test_an_old_check_does_not_stand_against_what_the_engine_found_since(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """F028: within 30 s even when somebody checked just before the service stopped."""
    beat(desk, clock)
    page = open_page()
    page.check_now.click()
    clock.time += timedelta(seconds=12)
    beat(desk, clock, maestro="down")
    page.refresh()
    assert cell(page, MAESTRO, "state") == "down"


def test_the_button_is_grey_while_the_question_is_under_way(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    waiting: list[tuple[Any, Any]] = []
    beat(desk, clock)
    page = open_page(ask=lambda question, then: waiting.append((question, then)))
    page.check_now.click()
    assert not page.check_now.isEnabled()
    assert page.result.text() == "Asking the Maestro Service…"
    for question, then in waiting:
        then(question())
    assert page.check_now.isEnabled()


def test_a_check_that_breaks_claims_nothing(
    desk: JournalDesk, clock: Clock, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError("driver")

    beat(desk, clock)
    monkeypatch.setattr(desk.commands, "check_maestro", broken)
    page = open_page()
    page.check_now.click()
    assert page.result.text().startswith("The check itself failed")
    assert page.check_now.isEnabled()
    assert cell(page, MAESTRO, "state") == "running"  # what the engine wrote still holds


# --- work and errors --------------------------------------------------------------------------------


def test_the_engine_shows_what_it_does_and_what_waits(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    beat(desk, clock)
    desk.request("suppliers", state="running", progress_step="sending", progress_done=640, progress_total=1000)
    desk.request("projects", state="queued")
    page = open_page()
    assert cell(page, ENGINE, "job") == "Suppliers, request 1: 64% – sending 640 of 1,000"
    assert (cell(page, ENGINE, "running"), cell(page, ENGINE, "queue")) == ("1", "1")


def test_what_stands_against_the_maestro_service_is_told_with_its_remedy(
    desk: JournalDesk, clock: Clock, open_page: Any
) -> None:
    """F026, F027: and a fault of Procore is told of the engine, in other words."""
    beat(desk, clock, maestro="down")
    failed = Problem("SRV-05", {"reason": Problem("SRV-03", {"n": 5}).to_json()}).to_json()
    desk.request("suppliers", state="failed", ended_at=NOW, problem=failed)
    page = open_page()
    assert [title for title, _ in page._shown_errors] == ["Maestro Service – now", "Synchronization engine – 13:42"]
    said = shown_words(page)
    assert "An error occurred while communicating with the maestro server" in said
    assert any(words.startswith("Look in Task Management whether the Maestro Service runs") for words in said)


def test_an_earlier_failure_is_told_with_its_time(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    beat(desk, clock)
    desk.request("projects", state="failed", ended_at=NOW, problem=Problem("SRV-01").to_json())
    page = open_page()
    assert [title for title, _ in page._shown_errors] == ["Maestro Service – 13:42"]


def test_the_errors_are_left_alone_while_nothing_changes(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    """What a reader marked for copying stays marked."""
    beat(desk, clock)
    desk.request("projects", state="failed", ended_at=NOW, problem=Problem("SRV-01").to_json())
    page = open_page()
    before = page.errors.findChildren(type(page.result))
    later(page, clock, 5)
    assert page.errors.findChildren(type(page.result)) == before


def test_the_remedy_leads_to_its_page(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    visited: list[str] = []
    beat(desk, clock)
    desk.request("projects", state="failed", ended_at=NOW, problem=Problem("CFG-01").to_json())
    page = open_page(navigate=visited.append)
    button = next(b for b in page.errors.findChildren(type(page.check_now)) if b.objectName() == "remedy")
    button.click()
    assert visited == ["configuration"]


def test_the_page_stands_in_the_menu_maintenance_and_in_the_side_bar(qtbot: Any, desk: JournalDesk) -> None:
    """F028: as in maestro*, not below the interface; Ctrl+4 leads there too."""
    window = MainWindow(PAGES)
    qtbot.addWidget(window)
    window.show_desk(desk, "Constructions Beauséjour inc.")
    window.menus.actions["task_management"].trigger()
    assert window.here == "task_management"
    assert isinstance(window.page, TaskPage)
    assert window.breadcrumb.path == "maestro* > Maintenance > Task Management"
    window.navigate("manager")
    assert window.breadcrumb.path.startswith("maestro* > Maintenance > Interface Maintenance > Procore > ")
    assert window.menus.actions["task_management"] in window.menus.menus["maintenance"].actions()
    assert window.menus.actions["page_4"].shortcut().toString() == "Ctrl+4"
    window.menus.actions["page_4"].trigger()
    assert window.here == "task_management"
    assert window.side.currentItem().text() == "Task Management"
    background.wait()


def test_the_bottom_line_of_the_window_says_the_same(qtbot: Any, desk: JournalDesk, clock: Clock) -> None:
    """F028: no green checkmark for a service that is down."""
    line = StatusLine()
    qtbot.addWidget(line)
    beat(desk, clock)
    line.show_service(desk.views.service())
    assert line.words.startswith("Maestro Service running")
    beat(desk, clock, maestro="down")
    line.show_service(desk.views.service())
    assert line.words.startswith("Maestro Service stopped")


def test_the_language_changes_while_the_page_is_open(desk: JournalDesk, clock: Clock, open_page: Any) -> None:
    beat(desk, clock)
    page = open_page()
    i18n.set_language("fr")
    page.retranslate()
    assert states(page) == ("en marche", "en marche")
    assert page.check_now.text() == "&Vérifier maintenant"
    assert page.note.text().startswith("Si le service Maestro est arrêté")


def shown_words(page: TaskPage) -> list[str]:
    QApplication.processEvents()  # new cards are shown by the loop
    return [label.text() for label in page.errors.findChildren(type(page.result)) if label.isVisible()]
