"""The line below the grid: how many records stand how, and, while work waits, when it goes on."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.pane_facts import Facts
from maestro_procore.gui.plain_label import ElidedLabel, PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.forecast_words import so_far

COUNTDOWN_MS = 1000


class PaneFooter(QWidget):
    """Counts at the left, the countdown at the right. It ticks only while it is seen."""

    ticked = Signal()
    """A second of the countdown went by: lines that name the time are to be painted again."""

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._facts = Facts()
        self.summary = ElidedLabel(parent=self, name="summary")
        self.waiting = PlainLabel(parent=self, name="countdown")
        self._second = QTimer(self)
        self._second.setInterval(COUNTDOWN_MS)
        self._second.timeout.connect(self.count_down)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.summary, 1)
        layout.addWidget(self.waiting)

    def show_facts(self, facts: Facts) -> None:
        """Say them in the language of now."""
        self._facts = facts
        said = {"records": "all", "in_step": "in_step", "errors": "errors", "warnings": "warnings"}
        if facts.shown.get("not_sent"):
            said["not_sent"] = "not_sent"
        parts = [text(f"sync.summary.{words}", count=facts.shown.get(only, 0)) for words, only in said.items()]
        if facts.waiting:
            parts.append(text("sync.summary.waiting", count=facts.waiting))
        if facts.active is not None and (told := so_far(facts.active)):
            parts.append(told)
        self.summary.setText("  ·  ".join(parts))
        self.count_down()

    def count_down(self) -> None:
        """The time until work resumes, each second while somebody can see it (F010)."""
        until = self._facts.resumes_at
        self.waiting.setVisible(until is not None)
        if until is None:
            self._second.stop()
            return
        words = formats.waiting_words(until, self._facts.active.wait_reason or "", self._clock()).text
        self.waiting.setText(words[:1].upper() + words[1:])
        self.ticked.emit()
        if not self.isVisible():
            self._second.stop()
        elif not self._second.isActive():
            self._second.start()
