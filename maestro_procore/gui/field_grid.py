"""A small table of the fields of one record: field · maestro* · last agreed · Procore, and more where a page wants it.

A dozen rows at most, so it is filled at once; lists of records are sql_table_model's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from maestro_procore.gui.cell_delegate import ROW_HEIGHT
from maestro_procore.gui.grid_fit import shared
from maestro_procore.gui.grid_view import plain_tooltip

_AT_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class FieldLine:
    """One row. cells: the texts, one per column; marked: columns shown bold because they differ.

    whole: columns whose text is never cut, such as amounts: half of one is a wrong one.
    """

    cells: tuple[str, ...]
    marked: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()


class FieldGrid(QTableWidget):
    """Read-only; copies with Ctrl+C; a page may put a widget into a cell."""

    opened = Signal(int)
    """Enter or a double click on that row."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.cellDoubleClicked.connect(lambda row, _column: self.opened.emit(row))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._rigid: frozenset[int] | None = None
        self._title_share = 1.0
        self._lines: list[FieldLine] = []

    def share_width(self, rigid: frozenset[int], title_share: float = 1.0) -> None:
        """Columns get what their words need, empty ones little; where there is no room the longest are cut.

        rigid: places of columns that are never cut. title_share: how much of a title is always seen; the
        tooltip has all of it.
        """
        self._rigid, self._title_share = rigid, title_share
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.share()

    def share(self) -> None:
        """Again, after a widget was put into a cell."""
        if self._rigid is None:
            return
        header, columns = self.horizontalHeader(), range(self.columnCount())
        titles = [header.sectionSizeHint(column) for column in columns]
        wanted = [max(titles[column], self.sizeHintForColumn(column)) for column in columns]
        seen = [round(title * self._title_share) for title in titles]
        least = [
            wanted[column] if column in self._rigid else max(seen[column], self._uncut(column)) for column in columns
        ]
        for column, width in enumerate(shared(wanted, least, self.viewport().width())):
            self.setColumnWidth(column, width)

    def _uncut(self, column: int) -> int:
        """Pixels that the texts of a column need which are never cut."""
        rows = (row for row, line in enumerate(self._lines) if column in line.whole)
        return max((self.sizeHintForIndex(self.model().index(row, column)).width() for row in rows), default=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()

    def show_lines(
        self, titles: Sequence[str], lines: Sequence[FieldLine], numbers: frozenset[int] = frozenset()
    ) -> None:
        """Replace everything; the current row stays where it was. numbers: columns that stand at the right."""
        current = self.currentRow()
        self._lines = list(lines)
        self.clear()
        self.setColumnCount(len(titles))
        self.setRowCount(len(lines))
        self.setHorizontalHeaderLabels(list(titles))
        for column, title in enumerate(titles):
            if (head := self.horizontalHeaderItem(column)) is not None:
                head.setToolTip(plain_tooltip(title))
                if column in numbers:
                    head.setTextAlignment(_AT_RIGHT)
        for row, line in enumerate(lines):
            for column, words in enumerate(line.cells):
                item = _item(words, is_marked=column in line.marked)
                if column in numbers:
                    item.setTextAlignment(_AT_RIGHT)
                self.setItem(row, column, item)
        if self._rigid is not None:
            self.share()
        elif titles:
            self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        if 0 <= current < len(lines):
            self.selectRow(current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            cells = (self.item(self.currentRow(), column) for column in range(self.columnCount()))
            QApplication.clipboard().setText("\t".join(cell.text() if cell is not None else "" for cell in cells))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.opened.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


def _item(words: str, *, is_marked: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(words)
    item.setToolTip(plain_tooltip(words))
    if is_marked:
        font = item.font()
        font.setBold(True)
        item.setFont(font)
    return item
