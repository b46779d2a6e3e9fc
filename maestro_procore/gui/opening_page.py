"""What stands in the window until the journal is open, or when it could not be opened."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from maestro_procore import i18n
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text

BAR_WIDTH = 240


class OpeningPage(QWidget):
    """Imports nothing heavy: it is the first thing that is painted."""

    again_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._error: Exception | None = None
        self._title = PlainLabel(parent=self, wraps=True, name="empty_title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words = PlainLabel(parent=self, wraps=True).can_be_copied()
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setMinimumWidth(560)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(BAR_WIDTH, 6)
        self._again = QPushButton(self)
        self._again.setProperty("main", True)
        self._again.clicked.connect(self.again_wanted)
        self._quit = QPushButton(self)
        self._quit.clicked.connect(self.quit_wanted)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._again)
        buttons.addWidget(self._quit)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch(2)
        layout.addWidget(self._title)
        layout.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._words, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(buttons)
        layout.addStretch(3)
        self.show_opening()

    def show_opening(self) -> None:
        self._error = None
        self.retranslate()

    def show_error(self, error: Exception) -> None:
        """What happened and what to do now, with a button that tries again."""
        self._error = error
        self.retranslate()
        self._again.setFocus()

    def retranslate(self) -> None:
        has_failed = self._error is not None
        self._title.setText(text("app.failed_to_start" if has_failed else "app.loading"))
        self._words.setText(reason_of(self._error) if self._error is not None else "")
        self._words.setVisible(has_failed)
        self._bar.setVisible(not has_failed)
        self._bar.setAccessibleName(text("app.loading"))
        self._again.setText(text("app.button.try_again"))
        self._quit.setText(text("app.menu.quit"))
        self._again.setVisible(has_failed)
        self._quit.setVisible(has_failed)


def reason_of(error: Exception) -> str:
    """An error in the reader's language when it brought a Problem along, else as it is."""
    from maestro_procore.model import problems

    problem = getattr(error, "problem", None)
    if isinstance(problem, problems.Problem):
        return problems.said(problem, i18n.current_language())
    return f"{type(error).__name__}: {error}"
