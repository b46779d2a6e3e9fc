"""A plain table over a small model: whole rows are chosen, nothing sorts, the last column takes the rest.

Long lists of the journal are gui/grid_view.py; tables without a model are gui/field_grid.py.
"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)


class RowDelegate(QStyledItemDelegate):
    """The row is what is chosen: no frame around the one cell that holds the focus."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus


class RowTable(QTableView):
    """Rows of one height. Space, Delete and Return are for those who inherit."""

    def __init__(
        self,
        model: QAbstractItemModel,
        name: str,
        row_height: int,
        widths: Sequence[int] = (),
        parent: QWidget | None = None,
        *,
        chooses_many: bool = False,
    ) -> None:
        """widths: of the columns from the left, in pixels. chooses_many: with Shift and Ctrl."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        modes = QAbstractItemView.SelectionMode
        self.setSelectionMode(modes.ExtendedSelection if chooses_many else modes.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(row_height)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setStretchLastSection(True)
        for place, width in enumerate(widths):
            self.setColumnWidth(place, width)

    def height_of(self, rows: int) -> int:
        """Of the table when so many rows are to be seen, with its titles and its frame."""
        one = self.verticalHeader().defaultSectionSize()
        return self.horizontalHeader().sizeHint().height() + one * rows + 2 * self.frameWidth()
