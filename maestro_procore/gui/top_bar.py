"""The right end of the menu line: environment badge, Procore call meter, EN│FR switch."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from maestro_procore import i18n
from maestro_procore.gui import formats, theme
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import LANGUAGES, text

METER = QSize(56, 6)
LOW_SHARE = 0.1


class CallMeter(QToolButton):
    """How many Procore calls are left in this hour; a click opens the Synchronization Manager."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("call_meter")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clock: formats.Clock = formats.now
        self._left = self._limit = 0
        self._resets_at: datetime | None = None
        self.retranslate()

    def show_budget(self, budget: Any) -> None:
        """budget: store.views.BudgetRow."""
        seen = (budget.calls_left, budget.limit, budget.resets_at)
        if seen != (self._left, self._limit, self._resets_at):
            self._left, self._limit, self._resets_at = seen
            self.retranslate()

    @property
    def share(self) -> float:
        """Part of the hour's calls that is left, 0 to 1."""
        return min(1.0, max(0.0, self._left / self._limit)) if self._limit else 1.0

    def retranslate(self) -> None:
        resets = self._resets_at
        if resets is None or resets <= self.clock():
            words = tip = text("app.calls.unknown")
        elif self._left <= 0:
            words = tip = text("app.calls.reached", time=resets)
        else:
            words = text("app.calls.left", count=self._left, time=resets)
            tip = text("app.calls.tip", left=self._left, limit=self._limit, time=resets)
        self.setText(words)
        self.setToolTip(tip)
        self.setAccessibleName(text("app.calls.name"))
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(METER.width() + metrics.horizontalAdvance(self.text()) + 28, metrics.height() + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        top = (self.height() - METER.height()) / 2
        track = QRectF(8, top, METER.width(), METER.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line_strong))
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(QColor(colours.error if self.share < LOW_SHARE else colours.accent))
        painter.drawRoundedRect(QRectF(8, top, METER.width() * self.share, METER.height()), 3, 3)
        painter.setPen(QColor(colours.text))
        rest = self.rect().adjusted(METER.width() + 16, 0, -4, 0)
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.text())
        painter.end()


class TopBar(QWidget):
    """Widgets only; what they mean is the window's."""

    language_chosen = Signal(str)
    calls_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._environment, self._url = "production", ""
        self.badge = PlainLabel(parent=self, name="environment_badge")
        self.meter = CallMeter(self)
        self.meter.clicked.connect(self.calls_wanted)
        self.meter.hide()
        self.languages = QButtonGroup(self)
        self.languages.setExclusive(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(12)
        layout.addWidget(self.badge)
        layout.addWidget(self.meter)
        switch = QHBoxLayout()
        switch.setSpacing(0)
        for language in LANGUAGES:
            button = QToolButton(self)
            button.setObjectName(f"language_{language}")
            button.setText(language.upper())
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.languages.addButton(button)
            switch.addWidget(button)
        self.languages.buttonClicked.connect(self._tell_language)
        layout.addLayout(switch)
        self.retranslate()

    def _tell_language(self, button: QToolButton) -> None:
        self.language_chosen.emit(button.text().lower())

    def show_environment(self, environment: str, url: str = "") -> None:
        """environment: production · sandbox · training. Production shows nothing: it is the normal case."""
        self._environment, self._url = environment, url
        self.badge.setProperty("environment", environment)
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)
        self.retranslate()

    def retranslate(self) -> None:
        has_badge = self._environment != "production"
        self.badge.setVisible(has_badge)
        if has_badge:
            self.badge.setText(text(f"app.banner.{self._environment}"))
            self.badge.setToolTip(text(f"app.banner.{self._environment}.tip", url=self._url))
            self.badge.setAccessibleDescription(self.badge.toolTip())
        self.meter.retranslate()
        for button in self.languages.buttons():
            language = button.text().lower()
            button.setChecked(language == i18n.current_language())
            button.setAccessibleName(text(f"app.language.{language}"))
            button.setToolTip(text("app.language.switch"))
