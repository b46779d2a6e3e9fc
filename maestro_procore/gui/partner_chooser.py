"""Which Procore record a maestro* record belongs to: searched and chosen by a person, likely ones first."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, Look
from maestro_procore.gui.candidate_list import columns_of
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.line_table import currency_of
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import has_text, text


class PartnerChooser(QWidget):
    """Hidden until somebody wants to link a record. Escape closes it."""

    chosen = Signal(str)
    """Procore id, as text: Qt's int ends at 2,147,483,647 and Procore's ids do not."""
    opened = Signal()
    closed = Signal()

    def __init__(self, views: Any, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("partner_chooser")
        self._views, self._element, self._key = views, "", ""
        self._rows: Sequence[Any] = ()
        self._read = Look(ask, self._question, self._take)
        self._title = PlainLabel(parent=self, wraps=True)
        self.search = QLineEdit(self)
        self.search.setObjectName("partner_search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _words: self._read())
        self.table = FieldGrid("partners", self)
        self.table.opened.connect(self._choose)
        self.choose = QPushButton(self)
        self.choose.setObjectName("choose_partner")
        self.choose.clicked.connect(self._choose)
        self.cancel = QPushButton(self)
        self.cancel.setObjectName("cancel_partner")
        self.cancel.clicked.connect(self.hide)
        buttons = QHBoxLayout()
        buttons.addWidget(self.choose)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        self.hide()

    def open(self, element: str, maestro_key: str) -> None:
        """Show who may be the partner of a record."""
        self._element, self._key = element, maestro_key
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.retranslate()
        self.show()
        self.opened.emit()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self._read()

    def retranslate(self) -> None:
        self._title.setText(text("link.partner.title", code=self._key) if self._key else "")
        self.search.setPlaceholderText(text("link.partner.search"))
        self.search.setAccessibleName(text("link.partner.search"))
        self.table.setAccessibleName(text("link.partner.search"))
        self.choose.setText(text("link.partner.choose"))
        self.cancel.setText(text("action.cancel"))
        if self._element:
            self._show()

    def _question(self) -> Any:
        views, element, key, words = self._views, self._element, self._key, self.search.text()
        return lambda: views.partners(element, key, words)

    def _take(self, rows: Sequence[Any]) -> None:
        self._rows = rows
        self._show()
        if rows and self.table.currentRow() < 0:
            self.table.selectRow(0)

    def _show(self) -> None:
        fields = columns_of(self._element)
        titles = [text("link.column.procore_id"), *(_title(self._element, f.name) for f in fields)]
        lines = []
        for row in self._rows:
            currency = currency_of(row.values)
            cells = tuple(formats.field_value(row.values.get(f.name), f.kind, currency) for f in fields)
            lines.append(FieldLine((str(row.procore_id), *cells, hint(row))))
        self.table.share_width(frozenset({0}))
        self.table.show_lines([*titles, text("link.partner.hint")], lines)
        self.choose.setEnabled(bool(self._rows))
        if not self._rows:
            self._title.setText(text("link.partner.none"))
        elif self._key:
            self._title.setText(text("link.partner.title", code=self._key))

    def _choose(self, *_: object) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._rows):
            self.chosen.emit(str(self._rows[row].procore_id))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.isHidden():  # not when the whole page goes out of sight
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


def hint(row: Any) -> str:
    """Why a record stands near the top, or who holds it."""
    if row.held_by:
        return text("link.partner.held", code=row.held_by)
    if row.documents:
        return text("link.partner.documents", count=row.documents)
    return text("link.partner.alike") if row.is_alike else ""


def _title(element: str, name: str) -> str:
    keys = (f"field.{element}.{name}.procore", f"field.{element}.{name}")
    return next((text(key) for key in keys if has_text(key)), name)
