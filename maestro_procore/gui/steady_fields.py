"""Fields for forms that scroll: the wheel turns the form, never the value below the pointer; an open list it does.

Qt's own take the wheel, and the focus with it, wherever the pointer happens to be: who scrolls changes a setting.
"""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox, QTimeEdit, QWidget


class _Steady:
    """Comes before the field's class of Qt."""

    def __init__(self: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)  # type: ignore[call-arg]
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadyComboBox(_Steady, QComboBox):
    """A choice that is not turned in passing."""


class SteadySpinBox(_Steady, QSpinBox):
    """A number that is not turned in passing."""


class SteadyTimeEdit(_Steady, QTimeEdit):
    """A time that is not turned in passing."""
