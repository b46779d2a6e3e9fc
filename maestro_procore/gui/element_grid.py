"""The grid *Elements synchronization* of the Configuration form (F072–F078)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.row_table import RowTable
from maestro_procore.gui.status_icons import ARROWS, arrow_name
from maestro_procore.i18n import text
from maestro_procore.model.elements import ELEMENTS, Direction

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 28
COLUMNS = ("ticked", "element", "direction", "procore_name", "last_synchronized", "depends_on")
Role = Qt.ItemDataRole


@dataclass(frozen=True)
class ElementLine:
    """What one row shows."""

    name: str
    direction: Direction
    last_success_at: datetime | None
    depends_on: tuple[str, ...]


class ElementModel(QAbstractTableModel):
    """Rows are the built elements; ticks are kept here until the form is saved."""

    ticked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[ElementLine] = []
        self._saved: dict[str, bool] = {}
        self._ticks: dict[str, bool] = {}
        self.is_read_only = False

    def show_elements(self, rows: list[Any]) -> None:
        """rows: store.views.ElementRow. Ticks that were changed and not saved stay changed."""
        lines = [
            ElementLine(row.name, Direction(row.direction), row.last_success_at, tuple(row.depends_on)) for row in rows
        ]
        own = self.changes()
        self._saved = {row.name: row.is_enabled for row in rows}
        self._ticks = {**self._saved, **{name: tick for name, tick in own.items() if name in self._saved}}
        if [line.name for line in lines] != [line.name for line in self._lines]:
            self.beginResetModel()
            self._lines = lines
            self.endResetModel()
        else:
            self._lines = lines
            self._repaint()

    def discard(self) -> None:
        """Back to what is saved."""
        self._ticks = dict(self._saved)
        self._repaint()

    def changes(self) -> dict[str, bool]:
        """Element → tick, where it differs from what is saved."""
        return {name: tick for name, tick in self._ticks.items() if self._saved.get(name) != tick}

    @property
    def ticks(self) -> dict[str, bool]:
        return dict(self._ticks)

    def _repaint(self) -> None:
        if self._lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._lines) - 1, len(COLUMNS) - 1))

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._repaint()

    # --- what the view asks ---------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return "" if column == "ticked" else text(f"config.grid.{column}")
        if role in (Role.AccessibleTextRole, Role.ToolTipRole):
            return text(f"config.grid.{column}")
        if role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        line, column = self._lines[index.row()], COLUMNS[index.column()]
        if role == Role.DisplayRole:
            return _words(line, column)
        if role == Role.CheckStateRole and column == "ticked":
            return Qt.CheckState.Checked if self._ticks[line.name] else Qt.CheckState.Unchecked
        if role == Role.DecorationRole and column == "direction":
            return icons.icon(ARROWS[line.direction])
        if role == Role.ToolTipRole:
            return _tip(line, column)
        if role == Role.AccessibleTextRole:
            return _spoken(line, column)
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.CheckStateRole or COLUMNS[index.column()] != "ticked" or self.is_read_only:
            return False
        self._ticks[self._lines[index.row()].name] = Qt.CheckState(value) == Qt.CheckState.Checked
        self.dataChanged.emit(index, index, [Role.CheckStateRole])
        self.ticked.emit()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        held = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if COLUMNS[index.column()] == "ticked" and not self.is_read_only:
            held |= Qt.ItemFlag.ItemIsUserCheckable
        return held


def _words(line: ElementLine, column: str) -> str:
    match column:
        case "element":
            return text(f"element.{line.name}")
        case "procore_name":
            return text(f"element.{line.name}.procore")
        case "last_synchronized":
            return formats.NOTHING if line.last_success_at is None else _local(line.last_success_at)
        case "depends_on":
            return ", ".join(text(f"element.{name}") for name in line.depends_on)
    return ""


def _local(at: datetime) -> str:
    from maestro_procore import i18n

    return i18n.date_and_time(i18n.current_language(), at)


def _tip(line: ElementLine, column: str) -> str:
    match column:
        case "direction":
            return arrow_name(line.direction)
        case "last_synchronized":
            if line.last_success_at is None:
                return text("config.grid.never.tip")
            utc = line.last_success_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return text("config.grid.last.tip", time=line.last_success_at, utc=utc)
        case "element":
            return text("config.grid.order.tip", rank=ELEMENTS[line.name].run_rank)
    return ""


def _spoken(line: ElementLine, column: str) -> str:
    if column == "ticked":
        return f"{text('config.grid.ticked')}: {text(f'element.{line.name}')}"
    if column == "direction":
        return arrow_name(line.direction)
    return _words(line, column) or text("config.grid.never.tip")


class ElementGrid(RowTable):
    """A small table that is as high as its rows; Space ticks the row wherever the focus stands in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        rows = ElementModel()
        super().__init__(rows, "element_grid", ROW_HEIGHT, parent=parent)
        self.rows = rows
        self.rows.setParent(self)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.modelReset.connect(self.fit)

    def fit(self) -> None:
        """Columns as wide as their words, the whole as high as its rows."""
        self.resizeColumnsToContents()
        self.setColumnWidth(0, 32)
        for column in range(1, len(COLUMNS) - 1):
            self.setColumnWidth(column, self.columnWidth(column) + 12)
        self.setFixedHeight(self.height_of(self.rows.rowCount()))
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(0, 1))

    def retranslate(self) -> None:
        self.setAccessibleName(text("config.grid.name"))
        self.rows.retranslate()
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            box = self.rows.index(index.row(), 0)
            is_ticked = self.rows.data(box, Role.CheckStateRole) == Qt.CheckState.Checked
            wanted = Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked
            self.rows.setData(box, wanted, Role.CheckStateRole)
        else:
            super().keyPressEvent(event)
