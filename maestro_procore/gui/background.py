"""Work beside the window: short questions in a thread pool, and the engine in a thread of its own.

Answers always come back in the window's thread. Nothing here waits: `ask` returns at once.
"""

import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QRunnable, QThread, QThreadPool, Signal, Slot
from shiboken6 import isValid

if TYPE_CHECKING:
    import asyncio  # otherwise imported where it is used: the first picture does not wait for it

log = logging.getLogger(__name__)

THREADS = 4
ENGINE_STOP_MS = 8000
"""How long the program waits for the engine at the end; what is cut off continues at the next start."""

Then = Callable[[Any], object]
Failed = Callable[[Exception], object]


@dataclass(frozen=True)
class _Answer:
    then: Callable[[Any], object]
    value: Any


def _owners(then: Callable[[Any], object]) -> list[QObject]:
    """The windows that an answer is for: of a method its own, of a lambda those that it speaks of."""
    named = [getattr(then, "__self__", None)]
    named += [cell.cell_contents for cell in getattr(then, "__closure__", None) or ()]
    return [each for each in named if isinstance(each, QObject)]


class _Bridge(QObject):
    """Carries answers into the thread in which it was made: the window's."""

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.open = 0
        """Questions whose answers have not been handed over yet. Counted in the window's thread only."""
        self.answered.connect(self._deliver)

    @Slot(object)
    def _deliver(self, answer: _Answer) -> None:
        self.open -= 1
        # A page that was closed while it waited has lost its C++ half; its answer is of no use to anybody.
        if not all(isValid(owner) for owner in _owners(answer.then)):
            return
        answer.then(answer.value)


class _Question(QRunnable):
    def __init__(self, bridge: _Bridge, function: Callable[[], Any], then: Then, failed: Failed) -> None:
        super().__init__()
        self._bridge, self._function, self._then, self._failed = bridge, function, then, failed

    def run(self) -> None:
        try:
            answer = _Answer(self._then, self._function())
        except Exception as error:
            log.exception("a question of the window failed")
            answer = _Answer(self._failed, error)
        if isValid(self._bridge):
            self._bridge.answered.emit(answer)


class Background:
    """The pool of one window. Made in the window's thread."""

    def __init__(self) -> None:
        self._bridge = _Bridge()
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(THREADS)

    def ask(self, function: Callable[[], Any], then: Then, failed: Failed | None = None) -> None:
        self._bridge.open += 1
        self._pool.start(_Question(self._bridge, function, then, failed or _keep_quiet))

    @property
    def is_quiet(self) -> bool:
        """True when every question was answered, and its answer handed over."""
        return self._bridge.open == 0

    def wait(self, milliseconds: int = 5000) -> bool:
        """For the end of the program: True when nothing runs any more."""
        return self._pool.waitForDone(milliseconds)


_only: Background | None = None


def _pool() -> Background:
    global _only
    if _only is None or not isValid(_only._bridge):
        _only = Background()
    return _only


def ask(function: Callable[[], Any], then: Then, failed: Failed | None = None) -> None:
    """Runs `function` in a thread and hands its result to `then` in the window's thread.

    failed: gets the exception instead; without it the error is logged and nothing happens.
    Call it from the window's thread. An answer to a widget that is gone is dropped.
    """
    _pool().ask(function, then, failed)


def wait(milliseconds: int = 5000) -> bool:
    """Let what was asked come to its end; for the end of the program and for tests."""
    return _only is None or _only.wait(milliseconds)


def is_quiet() -> bool:
    """Whether every answer has come home, for who wants to see the window stand still. In the window's thread."""
    return (_only is None or not isValid(_only._bridge) or _only.is_quiet) and not _tasks


def _keep_quiet(_error: Exception) -> None:
    """The trace is in the log already."""


# --- short questions to Procore -------------------------------------------------------------------

_tasks: set["asyncio.Task[None]"] = set()


def ask_async(question: Callable[[], Awaitable[Any]], then: Then, failed: Failed) -> None:
    """Runs a coroutine on the window's own loop (qasync) and hands its result to `then`.

    Only for short questions such as "test the connection"; synchronization has the engine.
    Without a running loop the question is asked in a thread with a loop of its own.
    """
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        ask(lambda: asyncio.run(_awaited(question)), then, failed)
        return
    task = loop.create_task(_answer(question, then, failed))
    _tasks.add(task)  # the loop itself keeps only a weak reference
    task.add_done_callback(_tasks.discard)


async def _awaited(question: Callable[[], Awaitable[Any]]) -> Any:
    return await question()


async def _answer(question: Callable[[], Awaitable[Any]], then: Then, failed: Failed) -> None:
    try:
        value = await question()
    except Exception as error:
        log.exception("a question to Procore failed")
        failed(error)
    else:
        then(value)


# --- the engine -----------------------------------------------------------------------------------


class Runner(Protocol):
    """engine.desk.EngineRunner, which this module need not import."""

    async def run(self, stop: "asyncio.Event") -> None:
        """Returns soon after `stop` is set."""
        ...


class EngineThread(QThread):
    """The engine's own thread and loop. Closing the window does not end it (F036, F045)."""

    broke = Signal(object)
    """The engine ended by itself, with this exception: nothing goes on behind the window any more."""

    def __init__(self, make_runner: Callable[[], Runner], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("engine")
        self._make_runner = make_runner
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._is_stopping = threading.Event()

    def run(self) -> None:
        import asyncio

        try:
            asyncio.run(self._work())
        except Exception as error:
            log.exception("the engine stopped")
            self.broke.emit(error)
        finally:
            self._loop = None

    async def _work(self) -> None:
        import asyncio

        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if not self._is_stopping.is_set():
            await self._make_runner().run(self._stop)

    def ask_to_stop(self) -> None:
        """Returns at once; `wait` tells when the engine is gone."""
        self._is_stopping.set()
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended by itself, and its loop is closed
                loop.call_soon_threadsafe(stop.set)

    def end(self) -> bool:
        """Ask to stop and wait a moment. True when it ended in time."""
        self.ask_to_stop()
        return self.wait(ENGINE_STOP_MS)
