"""The section *Values* of Configuration: one editable table at a time, with a search, all by keyboard."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.row_table import RowTable
from maestro_procore.gui.steady_fields import SteadyComboBox
from maestro_procore.gui.value_table_model import COLUMNS, COUNTERPART, CounterpartDelegate, Sheet, ValueTableModel
from maestro_procore.i18n import text

ROW_HEIGHT = 28
ROWS_SEEN = 10
WIDTHS = {"value": 150, "words": 240, "counterpart": 220}


class ValueView(RowTable):
    """The rows of one table; Return changes the chosen one, Delete puts its default back."""

    default_wanted = Signal()

    def __init__(self, model: ValueTableModel, parent: QWidget | None = None) -> None:
        widths = [WIDTHS[name] for name in COLUMNS[:-1]]
        super().__init__(model, "value_table", ROW_HEIGHT, widths, parent, chooses_many=True)
        self.setItemDelegate(CounterpartDelegate(self))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.SelectedClicked | triggers.EditKeyPressed)
        self.setFixedHeight(self.height_of(ROWS_SEEN))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.model().index(self.currentIndex().row(), COUNTERPART)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            if index.flags() & Qt.ItemFlag.ItemIsEditable:
                self.edit(index)
        elif event.key() == Qt.Key.Key_Delete:
            self.default_wanted.emit()
        else:
            super().keyPressEvent(event)


class ValueMapsEditor(QWidget):
    """Which table, a search in it, its rows, and *Restore default*. Nothing is kept before the page is saved."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value_maps")
        self._sheets: dict[str, Sheet] = {}
        self._wanted: tuple[str, str] | None = None
        self.table = SteadyComboBox(self)
        self.table.setObjectName("value_map")
        self.table.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.search = QLineEdit(self)
        self.search.setObjectName("value_search")
        self.search.setClearButtonEnabled(True)
        self.restore = QPushButton(self)
        self.restore.setObjectName("restore_default")
        self.model = ValueTableModel(self)
        self.view = ValueView(self.model, self)
        self.hint = PlainLabel(parent=self, wraps=True, name="value_hint")
        self.hint.hide()
        self.note = PlainLabel(parent=self, wraps=True, name="value_note")
        self.note.setProperty("dim", True)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.table)
        line.addWidget(self.search, 1)
        line.addWidget(self.restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.hint)
        layout.addWidget(self.view)
        layout.addWidget(self.note)

    def _connect(self) -> None:
        self.table.currentIndexChanged.connect(self._choose)
        self.search.textChanged.connect(self._search)
        self.restore.clicked.connect(self.restore_default)
        self.view.default_wanted.connect(self.restore_default)
        self.view.selectionModel().selectionChanged.connect(self._say_state)
        self.model.edited.connect(self._edited)
        find = QShortcut(QKeySequence("Ctrl+F"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)

    # --- what the page asks -----------------------------------------------------------------------------

    def show_tables(self, tables: Sequence[Any], *, may_configure: bool) -> None:
        """tables: engine.value_tables.ValueTable. What was typed and not saved is forgotten."""
        self.model.is_read_only = not may_configure
        chosen, value = self.name, self._chosen_value()
        self._sheets = {table.name: Sheet(table) for table in tables}
        with QSignalBlocker(self.table):
            self.table.clear()
            for name in self._sheets:
                self.table.addItem(text(f"map.{name}"), name)
            self.table.setCurrentIndex(max(0, self.table.findData(chosen)) if self._sheets else -1)
        self._show()
        self._select(value)
        if self._wanted is not None:
            self.show_row(*self._wanted)

    @property
    def name(self) -> str:
        """The table that is shown, '' before there is one."""
        return str(self.table.currentData() or "")

    def changes(self) -> Mapping[str, Mapping[str, str | None]]:
        """Table → value → counterpart (None: the default), of what is not saved."""
        return {name: dict(sheet.typed) for name, sheet in self._sheets.items() if sheet.typed}

    def discard(self) -> None:
        """Everything as it is saved."""
        for sheet in self._sheets.values():
            sheet.typed.clear()
        self._show()

    def show_row(self, name: str, value: str) -> None:
        """Bring a row into view with the keyboard on it; of a value that has no row, say what to look for."""
        if not self._sheets:
            self._wanted = (name, value)
            return
        self._wanted = None
        self.search.clear()
        self.table.setCurrentIndex(max(0, self.table.findData(name)))
        place = self.model.place_of(value)
        self.hint.setText(text("map.hint", value=value) if place is None and value else "")
        self.hint.setVisible(bool(self.hint.text()))
        self._select(value)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- rows -------------------------------------------------------------------------------------------

    def restore_default(self) -> None:
        """Of every chosen row."""
        for index in self.view.selectionModel().selectedRows():
            self.model.write(index.row(), None)

    def _chosen_value(self) -> str:
        row = self.view.currentIndex().row()
        return str(self.model.rows[row].value) if 0 <= row < len(self.model.rows) else ""

    def _select(self, value: str) -> None:
        place = self.model.place_of(value) if value else None
        index = self.model.index(place or 0, COUNTERPART)
        if index.isValid():
            rows = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().setCurrentIndex(index, rows)
            self.view.scrollTo(index)

    def _choose(self, _place: int) -> None:
        self.hint.hide()
        with QSignalBlocker(self.search):
            self.search.clear()
        self._show()
        self._select("")

    def _search(self, _words: str) -> None:
        value = self._chosen_value()
        self._show()
        self._select(value)

    def _edited(self) -> None:
        self._say_state()
        self.changed.emit()

    def _show(self) -> None:
        sheet = self._sheets.get(self.name)
        self.model.show_sheet(sheet, self.search.text())
        has_words = sheet is not None and any(row.words.french or row.words.english for row in sheet.table.rows)
        self.view.setColumnHidden(COLUMNS.index("words"), not has_words)
        self._say_state()

    def _say_state(self, *_: object) -> None:
        sheet, chosen = self.model.sheet, self.view.selectionModel().selectedRows()
        can = sheet is not None and any(sheet.is_edited(self.model.rows[index.row()]) for index in chosen)
        self.restore.setEnabled(can and not self.model.is_read_only)
        is_empty = sheet is not None and not self.model.rows
        self.note.setText(text("map.nothing") if is_empty else text("map.note"))

    def retranslate(self) -> None:
        with QSignalBlocker(self.table):
            for place in range(self.table.count()):
                self.table.setItemText(place, text(f"map.{self.table.itemData(place)}"))
        self.table.setAccessibleName(text("map.table"))
        self.search.setPlaceholderText(text("map.search"))
        self.search.setAccessibleName(text("map.search"))
        self.restore.setText(text("map.restore"))
        self.restore.setToolTip(text("map.restore.tip"))
        self.view.setAccessibleName(text("map.view"))
        self.hint.hide()
        value = self._chosen_value()
        self._show()
        self._select(value)
