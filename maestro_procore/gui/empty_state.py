"""What an empty grid says: why it is empty and what to do, in the middle of the place where rows would be."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui.plain_label import PlainLabel


class EmptyState(QWidget):
    """Lies over the viewport of a grid. `wanted` is the click on its only button."""

    wanted = Signal()

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view.viewport())
        self.setObjectName("empty_state")
        self._title = PlainLabel(parent=self, wraps=True, name="empty_title")
        self._words = PlainLabel(parent=self, wraps=True, name="empty_words")
        self._button = QPushButton(self)
        self._button.clicked.connect(self.wanted)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addSpacing(6)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        view.viewport().installEventFilter(self)
        self.hide()

    @property
    def title(self) -> str:
        return self._title.text()

    def say(self, title: str, words: str = "", button: str = "") -> None:
        """Show it; button: '' for none."""
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.setAccessibleName(f"{title} {words}".strip())
        self._fill()
        self.show()
        self.raise_()

    def _fill(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._fill()
        return super().eventFilter(watched, event)
