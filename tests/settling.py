"""Waits until a window stands still: by what is open and what is posted, never for a length of time.

A picture or a count taken after "a moment" is right on an idle computer and wrong on a busy one.
"""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from maestro_procore.gui import background

PATIENCE_SECONDS = 120.0
"""Only how long a failure takes to be told; nothing waits that long when all is well."""
TURNS = 4
"""Layouts that ask their parents for room again need a turn of the loop each."""


def is_still() -> bool:
    """Let the window do what is pending; True when every question was answered and nothing more came of it."""
    for _ in range(TURNS):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if not background.is_quiet():
            return False
    return True


def until(happened: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Turn the loop until it happened. Errors: TimeoutError, naming what did not."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for: {what}")
        QApplication.processEvents()
        time.sleep(0.005)  # leaves the processor to those who are waited for


def settle() -> None:
    """Everything that was asked is answered, shown and laid out."""
    until(is_still, "the window stands still")
