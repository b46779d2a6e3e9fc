"""One line on the page that says something or asks something. There are no dialogs on a working page."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.status_icons import MESSAGE_SIGNS, SIZE
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

_SEVERITY = {"info": "information"}


class NoticeBar(QFrame):
    """Hidden until there is something to say. Escape closes it; a question's first button has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("kind", "warning")
        self._sign = PlainLabel(parent=self)
        self._words = PlainLabel(parent=self, wraps=True).can_be_copied()
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._yes = QPushButton(self)
        self._other = QPushButton(self)
        self._no = QPushButton(self)
        self._yes.setObjectName("notice_yes")
        self._other.setObjectName("notice_other")
        self._no.setObjectName("notice_no")
        self._yes.clicked.connect(self._agree)
        self._other.clicked.connect(self._do_other)
        self._no.clicked.connect(self.hide)
        self._agreed: Callable[[], object] | None = None
        self._aside: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._yes)
        layout.addWidget(self._other)
        layout.addWidget(self._no)
        self.hide()

    @property
    def words(self) -> str:
        return self._words.text()

    def say(self, kind: str, words: str) -> None:
        """A statement with a Close button. kind: error · warning · info."""
        self._show(kind, words, None, None, text("action.close"))

    def say_problem(self, problem: Problem) -> None:
        """What was refused and what to do now."""
        words = " ".join(part for part in (formats.sentence(problem), formats.remedy(problem)) if part)
        self.say("error", words)

    def ask(
        self,
        kind: str,
        words: str,
        verb: str,
        agreed: Callable[[], object],
        refusal: str,
        other: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """A question: the verb's button runs `agreed`; the refusal closes.

        other: words and deed of a third button, which leaves the question open (look first, then decide).
        """
        self._show(kind, words, verb, agreed, refusal)
        self._aside = other[1] if other is not None else None
        self._other.setText(other[0] if other is not None else "")
        self._other.setVisible(other is not None)
        self._yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, kind: str, words: str, verb: str | None, agreed: Callable[[], object] | None, refusal: str) -> None:
        self._agreed = agreed
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._sign.setPixmap(icons.icon(MESSAGE_SIGNS.get(kind, "info")).pixmap(SIZE, SIZE))
        self._sign.setAccessibleName(text(f"state.severity.{_SEVERITY.get(kind, kind)}"))
        self._words.setText(words)
        self._yes.setVisible(verb is not None)
        self._yes.setText(verb or "")
        self._other.hide()
        self._no.setText(refusal)
        self.setAccessibleName(words)
        self.show()

    def _agree(self) -> None:
        agreed, self._agreed = self._agreed, None
        self.hide()
        if agreed is not None:
            agreed()

    def _do_other(self) -> None:
        if self._aside is not None:
            self._aside()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
