"""The grid that every page uses: calm rows, no vertical lines inside a group, everything by keyboard."""

from dataclasses import dataclass
from html import escape
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import EMPTY, ROW_HEIGHT, Cell, CellDelegate
from maestro_procore.gui.grid_header import GridHeader
from maestro_procore.gui.grid_widths import GridWidths
from maestro_procore.gui.sql_table_model import Index, Source, SqlTableModel
from maestro_procore.gui.status_icons import arrow_name, symbol_name
from maestro_procore.i18n import text

WRAP_AFTER = 80
LEFT = Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a grid.

    id: what a query sorts by. title: text key, '' for none. kind: text · label · symbol · arrow · tick · message.
    group: 'maestro' or 'procore' when the column stands below that word. ends_group: a line follows it.
    rank: 0 is always shown; where there is no room, the columns of the highest rank go first.
    is_rigid: codes, dates and amounts keep their width; names may be cut a little.
    most: pixels that it grows to when what it shows wants them, before the stretching column takes the rest.
    sign: icon painted instead of the title, which stays the tooltip and the accessible name.
    """

    id: str
    title: str = ""
    width: int = 120
    kind: str = "text"
    group: str = ""
    ends_group: bool = False
    align: Qt.AlignmentFlag = LEFT
    stretches: bool = False
    rank: int = 0
    is_rigid: bool = False
    sign: str = ""
    is_sortable: bool = True
    most: int = 0


class GridModel(SqlTableModel):
    """A windowed table whose cells are `Cell`s. Subclasses say what a row's column shows."""

    def __init__(self, columns: list[Column], source: Source, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(source, ask, parent)
        self.columns = columns

    # --- what subclasses say ----------------------------------------------------------------------

    def cell_of(self, row: Any, column: Column) -> Cell:
        """What the cell of a loaded row shows."""
        raise NotImplementedError

    def tooltip_of(self, row: Any, column: Column) -> str:
        """More than the cell has room for; '' shows the cell's own text when it is cut."""
        return ""

    def title_of(self, column: Column) -> str:
        """Title of the column in the reader's language."""
        return text(column.title) if column.title else ""

    def is_needed(self, column: Column) -> bool:
        """Whether any row has something to show in it; a column that is not needed leaves its room to the others."""
        return True

    def group_title(self, group: str) -> str:
        """Word above a group of columns."""
        return text(f"system.{group}")

    # --- Qt -----------------------------------------------------------------------------------------

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.columns)

    def cell(self, row: int, column: int) -> Cell:
        """EMPTY while the row is on its way."""
        found = self.row_at(row)
        return EMPTY if found is None else self.cell_of(found, self.columns[column])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(self.columns[index.column()].align | Qt.AlignmentFlag.AlignVCenter)
        if role not in _TEXT_ROLES or not index.isValid():
            return None
        column = self.columns[index.column()]
        row = self.row_at(index.row()) if role != Qt.ItemDataRole.ToolTipRole else self.loaded_row(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self.tooltip_of(row, column))
        return spoken(self.cell_of(row, column), is_aloud=role == Qt.ItemDataRole.AccessibleTextRole)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.title_of(self.columns[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.title_of(self.columns[section]).replace("<", "‹")
        return None

    def retranslate(self) -> None:
        """Titles and cells in the language that was just chosen."""
        if self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        visible = self.visible_rows()
        self.repaint_rows(range(visible.start, min(visible.stop, self.rowCount())))


_TEXT_ROLES = frozenset({Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole})


def spoken(cell: Cell, *, is_aloud: bool) -> str:
    """The cell as text: for copying, and, aloud, with the names of its symbols."""
    if cell.symbol is not None:
        return symbol_name(cell.symbol)
    if cell.direction is not None:
        return arrow_name(cell.direction)
    if cell.words.text:
        return cell.words.spoken if is_aloud else cell.words.text
    return cell.shown


def plain_tooltip(words: str) -> str:
    """A tooltip that shows its words as they are, whatever the data holds, and wraps when it is long.

    Qt guesses rich text from anything that looks like a tag, and QToolTip has no switch against
    it; a paragraph of ours with everything escaped shows "<b>" as it was written.
    """
    if len(words) < WRAP_AFTER and "<" not in words:
        return words
    return "<p style='white-space:pre-wrap'>" + escape(words) + "</p>"


class GridView(QTableView):
    """A table of records. Enter or a double click opens, Space ticks, Escape closes what was opened."""

    opened = Signal(int)
    """Row number of the record to show in detail."""
    current_row_changed = Signal(int)
    ticked = Signal(list)
    """Row numbers whose tick is to be toggled."""
    all_ticked = Signal()
    """The tick in the header was clicked."""
    closed = Signal()

    def __init__(self, model: GridModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setHorizontalHeader(GridHeader(self))
        self.setItemDelegate(CellDelegate(self))
        self.setModel(model)
        model.visible_rows = self.visible_rows
        self._look()
        header = self.horizontalHeader()
        self.widths = GridWidths(self)
        header.sectionClicked.connect(self._sort)
        self.verticalScrollBar().valueChanged.connect(self._prefetch)
        self.selectionModel().currentRowChanged.connect(self._tell_current)
        self._awaited = -1
        model.dataChanged.connect(self._tell_arrived)
        self.doubleClicked.connect(self._open)

    def _look(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)

    @property
    def grid(self) -> GridModel:
        return self.model()  # type: ignore[return-value]

    # --- room ---------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.widths.recall()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.widths.room_changed()
        self._keep_current_in_view(event.oldSize().height())

    def _keep_current_in_view(self, height_before: int) -> None:
        """A pane or notice that opens takes room from below, where the row stands that it is about."""
        row = self.visualRect(self.currentIndex())
        if row.isValid() and row.top() < height_before and row.bottom() > self.viewport().height():
            self.scrollTo(self.currentIndex())

    def visible_rows(self) -> range:
        """Rows that can be seen now, and a screenful after them."""
        first = max(0, self.rowAt(0))
        on_screen = self.viewport().height() // ROW_HEIGHT + 2
        return range(first, first + 2 * on_screen)

    def _prefetch(self, _value: int) -> None:
        """Ask for the page behind the last visible row before the reader gets there."""
        rows = self.visible_rows()
        last = min(rows.stop, self.grid.rowCount()) - 1
        if last >= 0:
            self.grid.row_at(last)

    # --- sorting ------------------------------------------------------------------------------------

    def _sort(self, section: int) -> None:
        column = self.grid.columns[section]
        if column.kind == "tick":
            self.all_ticked.emit()
        elif column.is_sortable:
            header = self.horizontalHeader()
            is_same = header.isSortIndicatorShown() and header.sortIndicatorSection() == section
            is_up = is_same and header.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
            self.sort_by(section, descending=is_up)

    def sort_by(self, section: int, *, descending: bool) -> None:
        """Sort and show the mark; the rows come in that order from the journal."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicatorShown(True)
        self.horizontalHeader().setSortIndicator(section, order)
        self.grid.sort(section, order)

    # --- rows ---------------------------------------------------------------------------------------

    def current_row(self) -> int:
        """-1 when there is none."""
        return self.currentIndex().row() if self.currentIndex().isValid() else -1

    def selected_rows(self) -> list[int]:
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def _tell_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        self._awaited = current.row()
        if current.isValid() and self.grid.row_at(self._awaited) is not None:
            self._awaited = -1
        self.current_row_changed.emit(current.row())

    def _tell_arrived(self, first: QModelIndex, last: QModelIndex) -> None:
        """The current row was told of while its page was still on the way, as after End: now there is what to show."""
        if first.row() <= self._awaited <= last.row() and self._awaited == self.current_row():
            self._awaited = -1
            self.current_row_changed.emit(self.current_row())

    def _open(self, index: QModelIndex) -> None:
        if index.isValid() and self.grid.columns[index.column()].kind != "tick":
            self.opened.emit(index.row())

    # --- keyboard and mouse -------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_row() >= 0:
            self.opened.emit(self.current_row())
        elif key == Qt.Key.Key_Space and not event.modifiers() and self._has_ticks():
            self.ticked.emit(self.selected_rows() or ([self.current_row()] if self.current_row() >= 0 else []))
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(QPoint(int(event.position().x()), int(event.position().y())))
        if event.button() is Qt.MouseButton.LeftButton and self._is_tick(index):
            self.ticked.emit([index.row()])
            self.selectionModel().setCurrentIndex(index, self.selectionModel().SelectionFlag.NoUpdate)
            return
        super().mousePressEvent(event)

    def _is_tick(self, index: QModelIndex) -> bool:
        return index.isValid() and self.grid.columns[index.column()].kind == "tick"

    def _has_ticks(self) -> bool:
        return any(column.kind == "tick" for column in self.grid.columns)

    def copy(self) -> None:
        """The selected rows on the clipboard, columns between tabs, as spreadsheets want them (at most 5,000)."""
        lines = []
        for row in self.selected_rows()[:5000]:
            cells = (self.grid.data(self.grid.index(row, n)) for n in range(len(self.grid.columns)))
            lines.append("\t".join(str(cell or "") for cell in cells))
        QApplication.clipboard().setText("\n".join(lines))
