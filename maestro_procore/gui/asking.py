"""Questions of a widget to the journal: one at a time, never answered to a widget that is gone.

The thread pool is background.py; here is what a page adds to it.
"""

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

log = logging.getLogger(__name__)

Ask = Callable[[Callable[[], Any], Callable[[Any], None]], object]
"""background.ask: runs the first function elsewhere and hands its result to the second one in the window's thread."""


class Unanswered:
    """Instead of an answer when the question failed; the log says why."""


def asking(owner: QObject, ask: Ask) -> Ask:
    """The same `ask` for one widget: an answer to a widget that was closed meanwhile is dropped."""

    def ask_for_owner(question: Callable[[], Any], then: Callable[[Any], None]) -> None:
        def deliver(answer: Any) -> None:
            if isValid(owner):
                then(answer)

        ask(question, deliver)

    return ask_for_owner


class Look:
    """Reads something again whenever it may have changed; calls while it reads become one more."""

    def __init__(self, ask: Ask, read: Callable[[], Callable[[], Any]], take: Callable[[Any], None]) -> None:
        """read: makes the question, in the window's thread, from what is wanted at that moment."""
        self._ask, self._read, self._take = ask, read, take
        self._is_under_way = self._again = False

    def __call__(self) -> None:
        if self._is_under_way:
            self._again = True
            return
        self._is_under_way = True
        self._ask(_safe(self._read()), self._arrived)

    def _arrived(self, answer: Any) -> None:
        self._is_under_way = False
        if not isinstance(answer, Unanswered):
            self._take(answer)
        if self._again:
            self._again = False
            self()


def _safe(question: Callable[[], Any]) -> Callable[[], Any]:
    def answer() -> Any:
        try:
            return question()
        except Exception:  # the edge of a thread: what is shown stays as it is
            log.exception("the journal could not be read")
            return Unanswered()

    return answer
