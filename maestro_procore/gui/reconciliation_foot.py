"""Below the lines: totals by currency, the bridge items of the chosen line, and the names on the certificate."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.reconciliation_table import AMOUNTS
from maestro_procore.i18n import current_language, number, text
from maestro_procore.model.certificate import cause_words
from maestro_procore.model.problems import Problem

_UNEXPLAINED = len(AMOUNTS) + 2
"""Place of the column among those of the totals."""


class ReconciliationFoot(QWidget):
    """Two small tables side by side, and the certificate's line."""

    signed = Signal(str, str)
    """Prepared by, reviewed by: somebody has finished typing."""
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._totals: Sequence[Any] = ()
        self._line: Any = None
        self.totals = FieldGrid("reconciled_totals", self)
        self.totals.share_width(frozenset(range(2, _UNEXPLAINED + 1)))
        self.bridges = FieldGrid("bridge_items", self)
        self.bridges.share_width(frozenset({2}))
        self.totals_title, self.bridges_title = (PlainLabel(parent=self) for _ in range(2))
        for title in (self.totals_title, self.bridges_title):
            title.setProperty("section", True)
        self.prepared_label, self.reviewed_label = PlainLabel(parent=self), PlainLabel(parent=self)
        self.prepared_by, self.reviewed_by = QLineEdit(self), QLineEdit(self)
        for name, field, label in (
            ("prepared_by", self.prepared_by, self.prepared_label),
            ("reviewed_by", self.reviewed_by, self.reviewed_label),
        ):
            field.setObjectName(name)
            field.setMaxLength(80)
            label.setBuddy(field)
            field.editingFinished.connect(self._sign)
        self.save = QPushButton(self)
        self.save.setObjectName("save_workbook")
        self.save.clicked.connect(self.save_wanted)
        self._held = ("", "")
        self._lay_out()

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        for title, grid in ((self.totals_title, self.totals), (self.bridges_title, self.bridges)):
            split.addWidget(_column(title, grid))
        split.setSizes([720, 380])
        sign = QHBoxLayout()
        sign.setSpacing(8)
        for part in (self.prepared_label, self.prepared_by, self.reviewed_label, self.reviewed_by):
            sign.addWidget(part, int(isinstance(part, QLineEdit)))
        sign.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(split, 1)
        layout.addLayout(sign)

    # --- what is shown ----------------------------------------------------------------------------------

    def show_totals(self, totals: Sequence[Any]) -> None:
        """totals: model.reconciliation.Total. Unexplained amounts are never set off against each other."""
        self._totals = totals
        heads = [text(f"reconcile.column.{name}") for name in ("element", "figure", "currency", *AMOUNTS)]
        lines = []
        for total in totals:
            element, figure = total.figure
            amounts = (total.maestro, total.bridged, total.expected, total.procore, total.apart)
            cells = [text(f"reconcile.element.{element}"), text(f"reconcile.figure.{figure}"), total.currency]
            cells += [number(current_language(), amount, 2) for amount in amounts]  # the currency has its own column
            lines.append(FieldLine(tuple(cells), frozenset({_UNEXPLAINED}) if total.apart else frozenset()))
        self.totals.show_lines(heads, lines)

    def show_line(self, line: Any) -> None:
        """The bridge items of a line (store.reconciled_views.ReconciledRow), None for no line."""
        self._line = line
        heads = [text(f"reconcile.column.{name}") for name in ("cause", "record", "amount", "message")]
        lines = []
        for bridge in line.bridges if line is not None else ():
            cause = cause_words(bridge["cause"], current_language())
            for record in bridge["records"]:
                told = Problem.from_json(record["problem"]) if record["problem"] else None
                words = formats.sentence(told) if told is not None else ""
                amount = formats.money(str(record["amount"]), line.currency)
                lines.append(FieldLine((cause, formats.one_line(record["record"]), amount, words)))
        if line is not None and Decimal(line.unexplained):
            amount = formats.money(str(line.unexplained), line.currency)
            lines.append(FieldLine((text("reconcile.column.unexplained"), "", amount, ""), frozenset({0, 2})))
        self.bridges.show_lines(heads, lines)

    def show_names(self, row: Any, *, may: bool) -> None:
        """The names on the certificate; what is being typed stays."""
        has_ended = row is not None and row.has_ended
        names = (row.prepared_by, row.reviewed_by) if row is not None else ("", "")
        if names != self._held:
            self._held = names
            self.prepared_by.setText(names[0])
            self.reviewed_by.setText(names[1])
        for field in (self.prepared_by, self.reviewed_by):
            field.setEnabled(has_ended and may)
        self.save.setEnabled(has_ended)

    def _sign(self) -> None:
        names = (self.prepared_by.text().strip(), self.reviewed_by.text().strip())
        if names != self._held:
            self._held = names
            self.signed.emit(*names)

    def retranslate(self) -> None:
        self.totals_title.setText(text("reconcile.heading.totals"))
        self.bridges_title.setText(text("reconcile.page.bridges"))
        self.totals.setAccessibleName(text("reconcile.heading.totals"))
        self.bridges.setAccessibleName(text("reconcile.page.bridges"))
        self.prepared_label.setText(text("reconcile.page.prepared_by"))
        self.reviewed_label.setText(text("reconcile.page.reviewed_by"))
        self.prepared_by.setAccessibleName(text("reconcile.fact.prepared_by"))
        self.reviewed_by.setAccessibleName(text("reconcile.fact.reviewed_by"))
        self.reviewed_by.setPlaceholderText(text("reconcile.page.sign_by_hand"))
        self.save.setText(text("reconcile.page.save"))
        self.save.setToolTip(text("reconcile.page.save.tip"))
        self.show_totals(self._totals)
        self.show_line(self._line)


def _column(title: QWidget, grid: QWidget) -> QWidget:
    pane = QWidget()
    layout = QVBoxLayout(pane)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(title)
    layout.addWidget(grid, 1)
    return pane
