"""What was sent and what came back, for the technician: masked, as indented JSON, ready to copy (F041, F052)."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPlainTextEdit, QSplitter, QToolButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.plain_label import ElidedLabel, PlainLabel
from maestro_procore.i18n import NBSP, text

SENT, RECEIVED = "request", "answer"


class _Body(QWidget):
    """One body with its title and a Copy button."""

    def __init__(self, part: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._part = part
        self._title = PlainLabel(parent=self)
        self._copy = QToolButton(self)
        self._copy.setAutoRaise(True)
        self._copy.clicked.connect(self._copy_all)
        self.words = QPlainTextEdit(self)
        self.words.setReadOnly(True)
        self.words.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.words.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.words.setTabChangesFocus(True)
        self.words.setObjectName(f"exchange_{part}")
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.words, 1)

    def show_words(self, words: str) -> None:
        """The words replace what was there; the place stays when they are the same."""
        if words != self.words.toPlainText():
            self.words.setPlainText(words)
        self._copy.setEnabled(bool(words))

    def retranslate(self) -> None:
        self._title.setText(text(f"manager.exchange.{self._part}"))
        self.words.setAccessibleName(self._title.text())
        self.words.setPlaceholderText(text("manager.exchange.no_body"))
        self._copy.setIcon(icons.icon("copy"))
        self._copy.setToolTip(text("action.copy"))
        self._copy.setAccessibleName(f"{text('action.copy')}: {self._title.text()}")

    def _copy_all(self) -> None:
        QApplication.clipboard().setText(self.words.toPlainText())


class ExchangeView(QWidget):
    """One call: method and address, answer, time, rate-limit headers, both bodies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exchange: Any = None
        self._line = ElidedLabel(parent=self, name="exchange_line")
        self._headers = ElidedLabel(parent=self, name="exchange_headers")
        self._headers.setProperty("dim", True)
        self._bodies = {part: _Body(part, self) for part in (SENT, RECEIVED)}
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.setChildrenCollapsible(False)
        for body in self._bodies.values():
            self._split.addWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self._line)
        layout.addWidget(self._headers)
        layout.addWidget(self._split, 1)
        self.retranslate()

    def show_exchange(self, exchange: Any) -> None:
        """exchange: store.views.ExchangeRow with its bodies, or None when nothing was sent."""
        self._exchange = exchange
        self._split.setVisible(exchange is not None)
        if exchange is None:
            self._line.setText(text("manager.exchange.none"))
            self._headers.setText("")
            return
        self._line.setText(summary(exchange))
        self._headers.setText("   ".join(f"{name}: {value}" for name, value in dict(exchange.headers).items()))
        self._bodies[SENT].show_words(formats.pretty(exchange.request_text))
        self._bodies[RECEIVED].show_words(formats.pretty(exchange.answer_text) or exchange.error)

    def retranslate(self) -> None:
        for body in self._bodies.values():
            body.retranslate()
        self.show_exchange(self._exchange)


def summary(exchange: Any) -> str:
    """PATCH /rest/v1.0/… → 200, 312 ms, attempt 1."""
    address = exchange.path + (f"?{exchange.query}" if exchange.query else "")
    answer = str(exchange.status) if exchange.status is not None else exchange.error or formats.NOTHING
    took = f"{formats.count(exchange.milliseconds)}{NBSP}ms"
    attempt = f"{text('manager.column.attempt')} {exchange.attempt}"
    return f"{exchange.method} {address} → {answer}   ·   {took}   ·   {attempt}"
