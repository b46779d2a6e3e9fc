"""Start, closing, tray, quitting and the second start (F036, F037, F045)."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import text

from maestro_procore import i18n
from maestro_procore.gui import background
from maestro_procore.gui.application import Application
from maestro_procore.gui.single_instance import SingleInstance
from maestro_procore.gui.tray import Tray
from maestro_procore.model.file_phases import announcement
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import Symbol
from maestro_procore.places import Profile
from tests.gui.fakes import Service, TrayIcon, busy, window_desk
from tests.gui.journal_desk import NOW, supplier
from tests.settling import settle

# The offscreen platform has no stack of windows; the journey on a real screen proves that raising works.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "profile").prepare()


@pytest.fixture
def program(qtbot, desk, profile, qapp):
    """The program with a tray; `desktop["has_tray"]` takes it away."""
    made = []

    def start(*, has_tray=True, minimized=False, open_desk=None):
        desktop = {"has_tray": has_tray}
        tray = Tray(make_icon=TrayIcon, is_available=lambda: desktop["has_tray"])
        opened = window_desk(desk)
        program = Application(qapp, open_desk or (lambda: opened), profile, is_training=False, tray=tray)
        program.desktop, program.test_desk = desktop, opened
        program.set_language("en")
        program.start(minimized=minimized)
        made.append(program)
        if open_desk is None:
            qtbot.waitUntil(lambda: program.desk is not None)
            qtbot.waitUntil(lambda: program._service is not None)
        return program

    yield start
    for program in made:
        program.window.is_leaving = True
        program.finish()
        program.window.deleteLater()
        program.deleteLater()
        settle()
    qapp.setStyleSheet("")


@pytest.fixture
def quits(monkeypatch):
    """Counts what would have ended the program."""
    called = []
    monkeypatch.setattr(Application, "quit_now", lambda self: called.append("quit"))
    return called


def test_the_window_is_there_before_the_journal_is_open(qtbot, program):
    go_on = threading.Event()

    def slow():
        go_on.wait(5)
        raise OSError("disk")

    started = program(open_desk=slow)
    assert started.window.isVisible()
    assert started.window.opening.isVisible()
    assert not started.window.side.isEnabled()
    go_on.set()
    qtbot.waitUntil(lambda: started.window.opening._again.isVisible())


def test_a_journal_that_cannot_be_opened_is_explained_and_can_be_tried_again(qtbot, program, desk):
    """Bad input: a clear message with its code's words, not a trace."""
    tries = []

    def open_desk():
        tries.append(1)
        if len(tries) == 1:
            raise Refused(Problem("CFG-01"))
        return window_desk(desk)

    started = program(open_desk=open_desk)
    opening = started.window.opening
    qtbot.waitUntil(opening._again.isVisible)
    assert "The interface is not configured" in opening._words.text()
    opening._again.click()
    qtbot.waitUntil(lambda: started.desk is not None)
    assert started.window.here == "synchronization"


def test_a_newer_version_that_upgrades_the_journal_meanwhile_is_told_in_the_window(qtbot, program, desk):
    """STO-04: which version it belongs to and what to do now; said once, and closed like any notice."""
    started = program()
    with desk.journal.begin() as tx:
        tx.execute(text("insert into journal_upgrade values ('9999', '7.1.0')"))
        tx.execute(text("update alembic_version set version_num = '9999'"))
    notice = started.window.notice
    qtbot.waitUntil(notice.isVisible)
    assert "newer version of the program (7.1.0" in notice.words
    assert "start the newer version" in notice.words
    notice.hide()
    started._watcher.look()
    settle()
    assert not notice.isVisible()


def test_f036_closing_the_window_hides_it_and_the_engine_goes_on(program):
    """F036, F045."""
    started = program()
    started.window.close()
    assert not started.window.isVisible()
    assert started._engine.isRunning()
    assert started.tray.icon.said[0][0] == "Still at work"


def test_the_balloon_of_the_first_close_is_not_repeated(program):
    started = program()
    for _ in range(2):
        started.window.close()
        started.tray.icon.click()
    assert len(started.tray.icon.said) == 1


def test_without_a_tray_the_window_is_minimized_and_never_lost(program):
    started = program(has_tray=False)
    started.window.close()
    assert started.window.isMinimized()


def test_a_tray_that_comes_late_is_found(program):
    started = program(has_tray=False)
    assert not started.tray.is_there
    started.desktop["has_tray"] = True
    started.tray.look()
    assert started.tray.is_there


def test_started_minimized_it_waits_in_the_tray(program):
    started = program(minimized=True)
    assert not started.window.isVisible()
    started.tray.icon.click()
    assert started.window.isVisible()


def test_f037_a_click_on_the_sign_brings_the_window_back_with_what_is_true_now(qtbot, program, desk):
    """The run ends while the window is closed; nobody has to refresh anything."""
    request = desk.request(state="running", started_at=NOW)
    desk.lines("suppliers", supplier("A1", status="running", request_id=request["id"]))
    started = program()
    page = started.window.page
    qtbot.waitUntil(lambda: page.pane is not None)
    page.show_element("suppliers")

    def symbol():
        model = page.pane.model
        place = [column.id for column in model.columns].index("status")
        return model.cell(0, place).symbol if model.rowCount() and model.cell(0, place) is not None else None

    qtbot.waitUntil(lambda: symbol() is Symbol.WHEEL)
    started.window.close()
    desk.journal.change_request(request["id"], state="done", ended_at=NOW)
    desk.lines("suppliers", supplier("A1", status="done"))
    started.tray.icon.click()
    assert started.window.isVisible()
    qtbot.waitUntil(lambda: symbol() is Symbol.CHECK)


def test_a_right_click_on_the_sign_opens_only_its_menu(program):
    from PySide6.QtWidgets import QSystemTrayIcon

    started = program()
    started.window.close()
    started.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert not started.window.isVisible()


def test_the_menu_of_the_sign_opens_synchronizes_and_quits(qtbot, program, quits):
    started = program()
    assert [action.text() for action in started.tray.menu.actions() if action.text()] == [
        "&Open the window",
        "&Synchronize all",
        "&Quit",
    ]
    started.window.close()
    started.tray.open.trigger()
    assert started.window.isVisible()
    started.tray.quit.trigger()
    assert quits == ["quit"]


def test_synchronize_all_from_the_tray_says_why_it_cannot(qtbot, program):
    """The interface is not configured: the window comes and says it."""
    started = program()
    started.window.close()
    started.tray.synchronize_all.trigger()
    qtbot.waitUntil(started.window.notice.isVisible)
    assert "not configured" in started.window.notice.words


class Breaks:
    """An engine that ends with an error as soon as it is let go."""

    def __init__(self, error):
        self.error, self.go_on = error, threading.Event()

    async def run(self, _stop):
        import asyncio

        await asyncio.to_thread(self.go_on.wait, 5)
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("no such table: link"), "no such table: link"),
        (Refused(Problem("STO-03", {"file": "journal.sqlite"})), "The disk is full"),
    ],
    ids=["unforeseen", "refused"],
)
def test_f045_work_that_stopped_behind_the_window_is_told_with_what_to_do(qtbot, program, desk, error, reason):
    """In both languages, until the program ends; nothing else would say why nothing goes on."""
    engine = Breaks(error)
    opened = replace(window_desk(desk), engine=engine)
    started = program(open_desk=lambda: opened)
    qtbot.waitUntil(lambda: started.desk is not None)
    engine.go_on.set()
    qtbot.waitUntil(started.window.notice.isVisible)
    said = started.window.notice.words
    assert "The background work of this program has stopped" in said and reason in said
    assert "Quit the program and open it again" in said
    started.set_language("fr")
    assert "s'est arrêté" in started.window.notice.words
    assert "Quittez le programme" in started.window.notice.words


def test_f045_work_that_stopped_while_the_window_was_closed_is_told_by_the_tray(qtbot, program, desk):
    engine = Breaks(RuntimeError("no such table: link"))
    opened = replace(window_desk(desk), engine=engine)
    started = program(open_desk=lambda: opened)
    qtbot.waitUntil(lambda: started.desk is not None)
    started.window.close()
    engine.go_on.set()
    qtbot.waitUntil(lambda: any("no such table" in words for _, words in started.tray.icon.said))
    assert started.tray.icon.said[-1][0] == "Maestro Service stopped"


def test_quitting_while_nothing_runs_asks_nothing(program, quits):
    started = program()
    started._service = Service()
    started.quit()
    assert quits == ["quit"]


def test_quitting_while_work_runs_asks_on_the_page_with_verbs(program, quits):
    started = program()
    started._service = busy()
    started.quit()
    assert quits == []
    notice = started.window.notice
    assert notice.isVisible()
    assert "go on at the next start" in notice.words.replace("goes on", "go on")
    assert (notice._yes.text(), notice._no.text()) == ("Quit and continue next time", "Keep running")
    notice._no.click()
    assert quits == []
    started.quit()
    notice._yes.click()
    assert quits == ["quit"]


def test_the_question_before_quitting_speaks_the_language_that_is_chosen(program):
    started = program()
    started._service = busy()
    started.quit()
    started.set_language("fr")
    assert started.window.notice.isVisible()
    assert started.window.notice._no.text() == "Laisser tourner"


def test_quitting_from_the_tray_brings_the_window_for_its_question(program, quits):
    started = program()
    started.window.close()
    started._service = busy(2)
    started.tray.quit.trigger()
    assert started.window.isVisible()
    assert started.window.notice.isVisible()


def test_while_the_program_ends_a_close_is_a_close(program):
    """app.quit() sends close events; a refused one would cancel it."""
    started = program()
    event = QCloseEvent()
    started.window.closeEvent(event)
    assert not event.isAccepted()
    started.window.is_leaving = True
    event = QCloseEvent()
    started.window.closeEvent(event)
    assert event.isAccepted()


def test_the_end_closes_engine_and_journal_in_this_order(program):
    started = program()
    engine = started._engine
    started.finish()
    assert not engine.isRunning()
    assert started.test_desk.is_closed


def test_language_size_and_theme_are_remembered(program, profile):
    from maestro_procore.gui.remembered import Remembered

    started = program()
    started._choose_language("fr")
    started._choose_appearance("dark")
    started.window.close()
    started._choose_appearance("light")
    started.remembered.save()
    held = Remembered(profile)
    assert held.language == "fr"
    assert held.appearance == "light"
    assert not held.geometry.isEmpty()


def test_the_choice_of_language_is_told_to_the_journal(qtbot, program):
    started = program()
    started._choose_language("fr")
    background.wait()
    assert started.desk.views.settings()["language"] == "fr"
    assert i18n.current_language() == "fr"


def test_qts_own_words_follow_the_language(program, qapp):
    started = program()
    started.set_language("fr")
    assert qapp.translate("QPlatformTheme", "Cancel") == "Annuler"
    started.set_language("en")
    assert qapp.translate("QPlatformTheme", "Cancel") == "Cancel"


def test_what_ended_while_the_window_was_closed_is_told(program, desk):
    started = program()
    started.tray.tell_ended(desk.views.elements(), aloud=True)
    desk.request("suppliers", state="failed", errors=2)
    started.tray.tell_ended(desk.views.elements(), aloud=True)
    started.tray.tell_ended(desk.views.elements(), aloud=True)
    assert started.tray.icon.said == [
        ("Suppliers: not everything was synchronized", "2 lines have errors; open the window to read them.")
    ]


def test_f107_f108_the_end_of_a_first_synchronization_is_told_once(qtbot, program, desk):
    """F108: with the words that people know, also when the journal is looked at again before that is written down."""
    with desk.journal.begin() as tx:
        desk.journal.add_file_notice(tx, 1, announcement("École Laval"), NOW)
    started = program()
    qtbot.waitUntil(lambda: not desk.views.files.notices(only_new=True))
    started.look()
    qtbot.waitUntil(lambda: not started._is_looking)
    assert started.tray.icon.said == [("Documents", "Two way sync initiated for project École Laval")]


def test_f108_without_a_tray_the_news_waits_for_one(qtbot, program, desk):
    with desk.journal.begin() as tx:
        desk.journal.add_file_notice(tx, 1, announcement("École Laval"), NOW)
    started = program(has_tray=False)
    assert len(desk.views.files.notices(only_new=True)) == 1
    started.desktop["has_tray"] = True
    started.tray.look()
    started.look()
    qtbot.waitUntil(lambda: not desk.views.files.notices(only_new=True))
    assert len(started.tray.icon.said) == 1


def test_a_second_start_shows_the_first_window_and_ends(qtbot, profile):
    first, second = SingleInstance(profile), SingleInstance(profile)
    assert first.claim()
    with qtbot.waitSignal(first.show_wanted):
        assert not second.claim()
    first.release()


def test_another_profile_is_another_program(profile, tmp_path):
    other = Profile(tmp_path / "other").prepare()
    first, second = SingleInstance(profile), SingleInstance(other)
    assert first.claim()
    assert second.claim()
    first.release()
    second.release()


def test_after_the_first_ended_the_next_is_first(profile):
    first = SingleInstance(profile)
    assert first.claim()
    first.release()
    second = SingleInstance(profile)
    assert second.claim()
    second.release()


def test_f035_the_window_never_waits_for_the_journal(qtbot, program):
    """F035: with every question slow, typing and clicking go on."""
    started = program()
    go_on, real = threading.Event(), started.desk.views.service

    def slow():
        go_on.wait(5)
        return real()

    object.__setattr__(started.desk.views, "service", slow)
    started.look()
    started.window.navigate("configuration")
    assert started.window.here == "configuration"
    QTest.keyClick(started.window, Qt.Key.Key_Tab)
    QApplication.sendPostedEvents(None, QEvent.Type.None_)
    go_on.set()
    background.wait()
