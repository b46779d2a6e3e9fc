"""Questions go to other threads, answers come back in the window's; the engine has a thread and a loop of its own."""

import asyncio
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread
from PySide6.QtWidgets import QLabel
from shiboken6 import isValid

from maestro_procore.gui import background
from maestro_procore.gui.watcher import Watcher
from tests.settling import settle


@pytest.fixture(autouse=True)
def _settled():
    yield
    background.wait()


def test_a_question_runs_elsewhere_and_its_answer_comes_home(qtbot):
    threads = []
    background.ask(lambda: threads.append(threading.get_ident()), lambda _: threads.append(threading.get_ident()))
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != threads[1] == threading.get_ident()


def test_a_failure_is_handed_over_in_the_window_thread(qtbot, caplog):
    failures = []
    background.ask(lambda: 1 // 0, lambda _: pytest.fail("it has no answer"), failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures[0], ZeroDivisionError)
    assert "a question of the window failed" in caplog.text


def test_an_answer_for_a_widget_that_is_gone_is_dropped(qtbot):
    label, go_on = QLabel(), threading.Event()
    background.ask(lambda: go_on.wait(5) and "late", label.setText)
    label.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not isValid(label)
    del label
    go_on.set()
    answered = []
    background.wait()
    background.ask(lambda: 1, answered.append)
    qtbot.waitUntil(lambda: answered == [1])


def test_it_is_quiet_only_when_the_answer_has_come_home(qtbot):
    """Done in its thread is not yet shown: pictures and counts wait for the answer itself."""
    settle()
    answers = []
    background.ask(lambda: "here", answers.append)
    background.wait()
    assert not background.is_quiet() and not answers
    settle()
    assert background.is_quiet() and answers == ["here"]


def test_a_failure_is_an_answer_too(qtbot, caplog):
    background.ask(lambda: 1 // 0, print, lambda _: None)
    settle()
    assert background.is_quiet()


def test_a_short_question_without_a_loop_is_asked_in_a_thread(qtbot):
    async def question():
        await asyncio.sleep(0)
        return "here"

    answers = []
    background.ask_async(question, answers.append, pytest.fail)
    qtbot.waitUntil(lambda: answers == ["here"])


class Engine:
    def __init__(self):
        self.started, self.thread, self.stopped = threading.Event(), None, False

    async def run(self, stop):
        self.thread = QThread.currentThread()
        self.started.set()
        await stop.wait()
        self.stopped = True


def test_the_engine_runs_in_its_own_thread_until_it_is_asked_to_stop(qtbot):
    """F045."""
    engine = Engine()
    thread = background.EngineThread(lambda: engine)
    thread.start()
    assert engine.started.wait(5)
    assert thread.end()
    assert engine.stopped
    assert engine.thread is not QThread.currentThread()


def test_an_engine_that_breaks_says_so_and_takes_nothing_with_it(qtbot):
    class Broken:
        async def run(self, stop):
            raise RuntimeError("no such table")

    thread = background.EngineThread(Broken)
    with qtbot.waitSignal(thread.broke) as told:
        thread.start()
    assert [str(error) for error in told.args] == ["no such table"]
    assert thread.end()


def test_stopping_before_the_engine_started_is_enough(qtbot):
    engine = Engine()
    thread = background.EngineThread(lambda: engine)
    thread.ask_to_stop()
    thread.start()
    assert thread.wait(5000)
    assert not engine.started.is_set()


class Journal:
    def __init__(self):
        self.number = 1

    def version(self):
        return self.number


def test_the_watcher_tells_of_a_change_once(qtbot):
    journal, told = Journal(), []
    watcher = Watcher(journal.version, ask=lambda question, then, failed: then(question()))
    watcher.changed.connect(lambda: told.append(journal.number))
    watcher.look()
    watcher.look()
    assert told == []
    journal.number = 2
    watcher.look()
    watcher.look()
    assert told == [2]


def test_the_watcher_never_asks_twice_at_a_time(qtbot):
    """A slow journal gets one question, however often the timer beats."""
    asked = []
    watcher = Watcher(lambda: 1, ask=lambda question, then, failed: asked.append(then))
    for _ in range(5):
        watcher.look()
    assert len(asked) == 1
    asked[0](1)
    watcher.look()
    assert len(asked) == 2


def test_the_watcher_says_that_the_journal_cannot_be_read(qtbot):
    watcher = Watcher(lambda: 1, ask=lambda question, then, failed: failed(OSError("locked")))
    with qtbot.waitSignal(watcher.lost) as told:
        watcher.look()
    assert str(told.args[0]) == "locked"
