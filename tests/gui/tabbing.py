"""Goes through a window with the Tab key, as a person without a mouse does."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

MOST = 60
"""Controls of one page; more is a mistake of the test."""


def tabbed() -> list[str]:
    """Names of the controls in the order of Tab, from the one that has the focus until it comes back to one of them."""
    seen: list[str] = []
    for _ in range(MOST):
        focus = QApplication.focusWidget()
        assert focus is not None, "nothing has the focus"
        if focus.objectName() in seen:
            return seen
        seen.append(focus.objectName())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come back: {seen}")
