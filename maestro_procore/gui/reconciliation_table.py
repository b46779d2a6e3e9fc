"""The lines of a reconciliation: one figure of one code, from maestro*'s amount to Procore's, and what is left."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject, Qt

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.grid_view import RIGHT, Column, GridModel
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.i18n import current_language, text
from maestro_procore.model.certificate import cause_words
from maestro_procore.model.status import Symbol

AMOUNTS = ("maestro", "bridged", "expected", "procore", "unexplained")
_MONEY = 112  # 12 345 678,90 $


def _amount(name: str) -> Column:
    is_sortable = name != "bridged"
    title = f"reconcile.column.{name}"
    return Column(name, title, _MONEY, align=RIGHT, is_rigid=True, is_sortable=is_sortable, rank=int(name == "bridged"))


COLUMNS = [
    Column("status", "", 24, "symbol", is_sortable=False),
    Column("project", "reconcile.column.project", 64, is_rigid=True),
    Column("element", "reconcile.column.element", 100),
    Column("figure", "reconcile.column.figure", 128),
    Column("code", "reconcile.column.code", 84, is_rigid=True),
    Column("currency", "reconcile.column.currency", 56, rank=2, is_rigid=True),
    *(_amount(name) for name in AMOUNTS),
    Column("cause", "reconcile.column.cause", 160, stretches=True),
]


class ReconciliationModel(GridModel):
    """Rows are store.reconciled_views.ReconciledRow; the query is a ReconciledQuery."""

    def __init__(self, views: Any, ask: Ask, parent: QObject | None = None) -> None:
        source = Source(count=views.count_reconciled, rows=views.reconciled, key=lambda row: (row.project, row.seq))
        super().__init__(list(COLUMNS), source, ask, parent)

    def cell_of(self, row: Any, column: Column) -> Cell:
        if column.id in AMOUNTS:
            return _money(row, column.id)
        return _CELLS[column.id](row)

    def tooltip_of(self, row: Any, column: Column) -> str:
        if column.id == "status":
            return text("reconcile.line.apart" if row.is_apart else "reconcile.line.agrees")
        return causes_of(row) if column.id == "cause" else ""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the journal, never in memory."""
        if self.query is not None:
            is_descending = order is Qt.SortOrder.DescendingOrder
            self.set_query(replace(self.query, sort=self.columns[column].id, descending=is_descending))


def _money(row: Any, name: str) -> Cell:
    amount = bridged_of(row) if name == "bridged" else str(getattr(row, name))
    is_zero = not Decimal(amount)
    is_apart = name == "unexplained" and not is_zero
    return Cell(formats.money(amount, row.currency), is_bold=is_apart, is_dim=is_zero)


def bridged_of(row: Any) -> str:
    """What its bridges take from maestro*'s amount."""
    return str(Decimal(row.maestro) - Decimal(row.expected))


def causes_of(row: Any) -> str:
    """The causes of a line in words."""
    found = [cause_words(bridge["cause"], current_language()) for bridge in row.bridges]
    if row.is_apart:
        found.append(text("reconcile.column.unexplained"))
    return "; ".join(found)


_CELLS = {
    # Green only when it is 0.00: a line with bridges is explained, one with a cent left is not.
    "status": lambda row: Cell(symbol=Symbol.CROSS if row.is_apart else Symbol.CHECK),
    "project": lambda row: Cell(row.project),
    "element": lambda row: Cell(text(f"reconcile.element.{row.element}")),
    "figure": lambda row: Cell(text(f"reconcile.figure.{row.figure}")),
    "code": lambda row: Cell(formats.one_line(row.code)),
    "currency": lambda row: Cell(row.currency),
    "cause": lambda row: Cell(causes_of(row)),
}
