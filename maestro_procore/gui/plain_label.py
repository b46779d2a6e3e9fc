"""Labels that show text as it is: no rich text, no links, whatever the data holds."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class PlainLabel(QLabel):
    """A label for text that may come from data."""

    def __init__(self, words: str = "", parent: QWidget | None = None, *, wraps: bool = False, name: str = "") -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        self.setText(words)
        if name:
            self.setObjectName(name)

    def can_be_copied(self) -> "PlainLabel":
        """Let the reader select the words, by mouse and keyboard."""
        flag = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flag.TextSelectableByMouse | flag.TextSelectableByKeyboard)
        return self


class ElidedLabel(PlainLabel):
    """One line that is cut with an ellipsis when there is no room; the tooltip has all of it."""

    def __init__(self, words: str = "", parent: QWidget | None = None, name: str = "") -> None:
        super().__init__(words, parent, name=name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())
        self.setToolTip("" if shown == self.text() else self.text().replace("<", "‹"))
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()
