"""The Procore calls of the last hour, one bar per five minutes, with what is left until the limit resets."""

from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text

BARS = 12
GAP = 2


class Bars(QWidget):
    """Twelve small bars, the newest at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.used: list[int] = []
        self.setFixedSize(QSize(BARS * 9, 30))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        highest = max([*self.used, 1])
        width = self.width() // BARS
        base, full = self.palette().color(QPalette.ColorRole.Mid), self.palette().color(QPalette.ColorRole.Accent)
        for place in range(BARS):
            used = self.used[place] if place < len(self.used) else 0
            height = max(2 if used else 1, round((self.height() - 1) * used / highest))
            bar = QRect(place * width, self.height() - height, width - GAP, height)
            painter.fillRect(bar, full if used else base)
        painter.end()


class BudgetChart(QWidget):
    """Bars and two lines of words; the words say everything that the bars show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("budget_chart")
        self._budget: Any = None
        self.bars = Bars(self)
        self._used = PlainLabel(parent=self, name="budget_used")
        self._left = PlainLabel(parent=self, name="budget_left")
        for label in (self._used, self._left):
            label.setProperty("dim", True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._used)
        words.addWidget(self._left)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.bars, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addLayout(words)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_budget(self, budget: Any) -> None:
        """budget: store.views.BudgetRow."""
        self._budget = budget
        self.bars.used = list(budget.used_last_hour)
        self.retranslate()
        self.bars.update()

    def retranslate(self) -> None:
        budget = self._budget
        if budget is None:
            return
        used = sum(budget.used_last_hour)
        self._used.setText(text("manager.budget.used", used=used, limit=budget.limit))
        if budget.resets_at is not None:
            left = text("manager.budget.left", count=budget.calls_left, time=budget.resets_at)
        else:
            left = text("manager.budget.left_now", count=budget.calls_left)
        self._left.setText(left)
        title = text("manager.budget.title")
        self.setToolTip(f"{title}\n{self._used.text()}\n{left}")
        self.setAccessibleName(f"{title}: {self._used.text()}, {left}")
