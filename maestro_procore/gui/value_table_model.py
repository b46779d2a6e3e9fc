"""The rows of one editable table (cost types, units, taxes, terms, statuses) and how a row is changed.

What was typed and not saved yet is kept here; what may be saved is model/edited_values.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QComboBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from maestro_procore.gui import theme
from maestro_procore.i18n import current_language, text
from maestro_procore.model.elements import Side
from maestro_procore.model.value_maps import COST_TYPE_FAMILIES, NOT_SENT
from maestro_procore.model.values import fold

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
COLUMNS = ("value", "words", "counterpart", "state")
COUNTERPART = COLUMNS.index("counterpart")


@dataclass
class Sheet:
    """One table as it is being edited. table: engine.value_tables.ValueTable. typed: value → counterpart or None."""

    table: Any
    typed: dict[str, str | None] = field(default_factory=dict)

    def counterpart(self, row: Any) -> str | None:
        """What stands there now; None: nothing does."""
        chosen: str | None = self.typed.get(row.value, row.edited)
        default: str | None = row.default
        return default if chosen is None else chosen

    def is_edited(self, row: Any) -> bool:
        """Whether it differs from its default, saved or not."""
        return self.typed.get(row.value, row.edited) is not None

    def write(self, row: Any, counterpart: str | None) -> None:
        """None: the default again."""
        wanted = None if counterpart == row.default else counterpart
        if wanted == row.edited:
            self.typed.pop(row.value, None)
        else:
            self.typed[row.value] = wanted

    def shown(self, counterpart: str | None) -> str:
        """A counterpart in the reader's words."""
        if counterpart is None:
            return "–"
        if counterpart == NOT_SENT:
            return text("map.not_sent")
        if self.table.is_closed:
            return text(f"map.choice.{counterpart}")
        name = dict(self.table.offered).get(counterpart)
        return text("map.named", code=counterpart, name=name) if name else counterpart

    def named(self, row: Any) -> str:
        """A value of the left column in the reader's words."""
        return text(f"map.family.{row.value}") if self.table.name == COST_TYPE_FAMILIES else str(row.value)


class ValueTableModel(QAbstractTableModel):
    """The rows of one sheet that a search leaves."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.rows: Sequence[Any] = ()
        self.is_read_only = False

    def show_sheet(self, sheet: Sheet | None, search: str = "") -> None:
        """search: words, in any case and without accents, that a row must all contain."""
        self.beginResetModel()
        self.sheet = sheet
        wanted = fold(search).split()
        self.rows = [] if sheet is None else [row for row in sheet.table.rows if _has(sheet, row, wanted)]
        self.endResetModel()

    def place_of(self, value: str) -> int | None:
        """The row of a value, else the row whose counterpart it is."""
        if self.sheet is None:
            return None
        held = [row.value for row in self.rows], [self.sheet.counterpart(row) for row in self.rows]
        return next((column.index(value) for column in held if value in column), None)

    def write(self, place: int, counterpart: str | None) -> None:
        """None: the default again."""
        if self.sheet is None or self.is_read_only:
            return
        self.sheet.write(self.rows[place], counterpart)
        self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))
        self.edited.emit()

    # --- what the view asks -----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or self.sheet is None:
            return None
        if role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role != Role.DisplayRole:
            return None
        here = self.sheet.table.words_of
        sides = {"value": here, "counterpart": Side(here).other}
        name = COLUMNS[section]
        return text(f"map.column.{sides[name]}") if name in sides else text(f"map.column.{name}")

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if self.sheet is None or not index.isValid():
            return None
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        is_edited = self.sheet.is_edited(row)
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return self._words(row, column)
        if role == Role.EditRole and column == "counterpart":
            return self.sheet.counterpart(row)
        if role == Role.ForegroundRole and column in ("counterpart", "state") and not is_edited:
            return QColor(theme.current().dim)
        if role == Role.FontRole and column == "counterpart" and is_edited:
            font = QFont()
            font.setBold(True)
            return font
        if role == Role.AccessibleTextRole:
            return f"{self._words(row, column)}, {self._words(row, 'state')}"
        return None

    def _words(self, row: Any, column: str) -> str:
        sheet = self.sheet
        assert sheet is not None
        match column:
            case "value":
                return sheet.named(row)
            case "words":
                return str(row.words.french if current_language() == "fr" else row.words.english)
            case "counterpart":
                return sheet.shown(sheet.counterpart(row))
        if row.value in sheet.typed:
            return text("map.state.unsaved")
        return text("map.state.edited" if sheet.is_edited(row) else "map.state.default")

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole or index.column() != COUNTERPART:
            return False
        self.write(index.row(), value)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        held = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_open = index.column() == COUNTERPART and not self.is_read_only
        return held | Qt.ItemFlag.ItemIsEditable if is_open else held


def _has(sheet: Sheet, row: Any, wanted: Sequence[str]) -> bool:
    said = (row.value, sheet.named(row), row.words.french, row.words.english, sheet.shown(sheet.counterpart(row)))
    held = fold(" ".join(said))
    return all(word in held for word in wanted)


class CounterpartDelegate(QStyledItemDelegate):
    """Edits a counterpart in a list of those that are known; another one can be typed where the table allows it."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model: Any = index.model()
        box = QComboBox(parent)
        box.setObjectName("counterpart")
        box.setAccessibleName(str(model.headerData(COUNTERPART, Qt.Orientation.Horizontal)))
        for counterpart, words in _choices(model.sheet, model.rows[index.row()]).items():
            box.addItem(words, counterpart)
        box.setEditable(not model.sheet.table.is_closed)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.activated.connect(lambda _place: self._chosen(box))
        return box

    def _chosen(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            held = index.data(Role.EditRole)
            editor.setCurrentIndex(editor.findData(held))
            if editor.isEditable() and editor.currentIndex() < 0:
                editor.setEditText(held or "")

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if not isinstance(editor, QComboBox):
            return
        place = editor.findText(editor.currentText().strip(), Qt.MatchFlag.MatchFixedString)
        typed = editor.currentText().strip() or None
        model.setData(index, editor.itemData(place) if place >= 0 else typed, Role.EditRole)


def _choices(sheet: Sheet, row: Any) -> Mapping[str, str]:
    """Counterpart → words: the default, none where that is allowed, then what the other side has."""
    offered = {code: sheet.shown(code) for code, _name in sheet.table.offered}
    first = {} if row.default is None or row.default in offered else {row.default: sheet.shown(row.default)}
    none = {NOT_SENT: sheet.shown(NOT_SENT)} if sheet.table.may_be_empty else {}
    return {**first, **none, **offered}
