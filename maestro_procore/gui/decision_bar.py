"""One line on the page that says what waits for a decision, with its buttons; what has to be typed is asked there."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from maestro_procore.gui import icons
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.status_icons import MESSAGE_SIGNS, SIZE
from maestro_procore.i18n import text

Given = Callable[[str], str]
"""What to do with the typed words: '' when they were taken, else what is wrong with them."""


class DecisionBar(QFrame):
    """Hidden while nothing waits. Below the sentence a question opens, with one field; Escape closes it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", "decision")
        self._sign = PlainLabel(parent=self)
        self._sign.setPixmap(icons.icon(MESSAGE_SIGNS["warning"]).pixmap(SIZE, SIZE))
        self._words = PlainLabel(parent=self, wraps=True).can_be_copied()
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._first = QHBoxLayout()
        self._first.setSpacing(8)
        self._first.addWidget(self._sign)
        self._first.addWidget(self._words, 1)
        self.buttons: list[QPushButton] = []
        self.question = QWidget(self)
        self._label = PlainLabel(parent=self.question, wraps=True)
        self.entry = QLineEdit(self.question)
        self.entry.setMinimumWidth(160)
        self.entry.returnPressed.connect(self._take)
        self.verb = QPushButton(self.question)
        self.verb.clicked.connect(self._take)
        self._leave = QPushButton(self.question)
        self._leave.clicked.connect(self.close_question)
        self.wrong = PlainLabel(parent=self.question, wraps=True)
        self.wrong.setProperty("problem", True)
        self._given: Given | None = None
        self._lay_out()
        self.question.hide()
        self.hide()

    def _lay_out(self) -> None:
        asked = QHBoxLayout()
        asked.setSpacing(8)
        for widget, stretch in ((self._label, 1), (self.entry, 1), (self.verb, 0), (self._leave, 0)):
            asked.addWidget(widget, stretch)
        second = QVBoxLayout(self.question)
        second.setContentsMargins(0, 0, 0, 0)
        second.addLayout(asked)
        second.addWidget(self.wrong)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.setSpacing(6)
        layout.addLayout(self._first)
        layout.addWidget(self.question)

    @property
    def words(self) -> str:
        return self._words.text()

    def say(self, words: str, buttons: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """What waits. buttons: words and deed of each. '' hides the bar. A question that is open stays open."""
        if not words:
            self.close_question()
            self.hide()
            return
        self._words.setText(words)
        self.setAccessibleName(words)
        while len(self.buttons) < len(buttons):
            self.buttons.append(QPushButton(self))
            self._first.addWidget(self.buttons[-1])
        for button, (label, deed) in zip(self.buttons, buttons, strict=True):
            button.setText(label)
            button.clicked.disconnect() if button.property("wired") else None
            button.clicked.connect(lambda _checked=False, deed=deed: deed())
            button.setProperty("wired", True)
        self.show()

    def ask(self, label: str, verb: str, given: Given) -> None:
        """Opens the question: what is to be typed, the button that takes it, and what happens then."""
        self._given = given
        self._label.setText(label)
        self._label.setBuddy(self.entry)
        self.entry.setAccessibleName(label)
        self.verb.setText(verb)
        self._leave.setText(text("action.cancel"))
        self.entry.clear()
        self.wrong.hide()
        self.question.show()
        self.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        if self._given is None:
            return
        wrong = self._given(self.entry.text())
        self.wrong.setText(wrong)
        self.wrong.setVisible(bool(wrong))
        if not wrong:
            self.close_question()

    def close_question(self) -> None:
        self._given = None
        self.question.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.question.isVisible():
            self.close_question()
        else:
            super().keyPressEvent(event)
