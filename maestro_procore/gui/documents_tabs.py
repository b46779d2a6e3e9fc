"""The tabs below the projects of the page Documents: what was done and why, and what waits for a person."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.documents_tables import (
    ApartTable,
    ConflictTable,
    FileTable,
    HeldTable,
    PathQuery,
    PlanTable,
    StepTable,
)
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.field_grid import FieldGrid
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text

NOBODY = -1
"""Number of no project: its lists are empty."""


class FileTab(QWidget):
    """A list of one project, and buttons for the row that is chosen."""

    name = ""
    make: Callable[..., FileTable]

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"documents_{self.name}")
        self.project_id = NOBODY
        self.may = False
        self._clock = clock
        self.model = type(self).make(views, ask, clock, self)
        self.grid = GridView(self.model, f"{self.name}_grid", self)
        self.empty = EmptyState(self.grid)
        self.buttons: dict[str, QPushButton] = {}
        self._foot = FlowLayout(gap=6)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.grid, 1)
        self._column.addLayout(self._foot)
        self._was_in_sight = False
        self.model.counted.connect(self._counted)
        self.model.layoutAboutToBeChanged.connect(self._note_sight)
        self.model.layoutChanged.connect(self._keep_in_sight)
        self.grid.current_row_changed.connect(lambda _row: self.show_row())

    def add_button(self, name: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(f"documents_{self.name}_{name}")
        button.clicked.connect(pressed)
        self.buttons[name] = button
        self._foot.addWidget(button)
        return button

    @property
    def row(self) -> Any:
        """The chosen row, None without one."""
        place = self.grid.current_row()
        return self.model.loaded_row(place) if place >= 0 else None

    def query(self) -> Any:
        return self.project_id

    def show_project(self, project_id: int, *, may: bool) -> None:
        """project_id: NOBODY for none. may: whether the reader may change anything."""
        self.project_id, self.may = project_id, may
        if self.model.query == self.query():
            self.model.refresh()
        else:
            self.model.set_query(self.query())
        self.show_row()

    def show_row(self) -> None:
        """Buttons follow the chosen row."""
        for name, button in self.buttons.items():
            button.setEnabled(self.may and self.row is not None and self.is_possible(name, self.row))

    def is_possible(self, name: str, row: Any) -> bool:
        """Whether the button of that name has a sense for the row."""
        return True

    def _counted(self, rows: int) -> None:
        if rows:
            self.empty.hide()
            if self.grid.current_row() < 0:
                self.grid.selectRow(0)
        else:
            self.empty.say(self.nothing())
        self.show_row()

    def _note_sight(self) -> None:
        here = self.grid.visualRect(self.grid.currentIndex())
        self._was_in_sight = here.isValid() and self.grid.viewport().rect().intersects(here)

    def _keep_in_sight(self) -> None:
        """Newer rows came in above: the chosen one moved down, and the reader's eyes with it."""
        if self._was_in_sight:
            self.grid.scrollTo(self.grid.currentIndex())

    def nothing(self) -> str:
        """Why the list is empty."""
        return text(f"documents.{self.name}.none" if self.model.is_answered else "sync.empty.loading")

    def retranslate(self) -> None:
        self.model.retranslate()
        self.grid.setAccessibleName(text(f"documents.tab.{self.name}"))
        for name, button in self.buttons.items():
            button.setText(text(f"documents.{self.name}.{name}"))
            button.setToolTip(text(f"documents.{self.name}.{name}.tip"))
        if not self.model.rowCount():
            self.empty.say(self.nothing())
        self.show_row()


class _WithStates(FileTab):
    """The three states that both sides were in, beside the list."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        self.why = PlainLabel(parent=self, wraps=True, name=f"documents_{self.name}_why").can_be_copied()
        self.states = FieldGrid(f"documents_{self.name}_states", self)
        self.states.share_width(frozenset({0}), title_share=0.6)
        beside = QWidget(self)
        column = QVBoxLayout(beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.why)
        column.addWidget(self.states, 1)
        self.beside = column
        """For what else a page shows of the chosen row."""
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self._column.removeWidget(self.grid)
        self.split.addWidget(self.grid)
        self.split.addWidget(beside)
        self.split.setSizes([620, 420])
        self._column.insertWidget(0, self.split, 1)

    def saw(self, row: Any) -> Any:
        """Its three states."""
        raise NotImplementedError

    def told(self, row: Any) -> str:
        """In words, why."""
        raise NotImplementedError

    def show_row(self) -> None:
        super().show_row()
        row = self.row
        self.why.setText(self.told(row) if row is not None else "")
        lines = words.states(self.saw(row), self._clock()) if row is not None else []
        self.states.show_lines(words.state_titles(), lines)
        self.states.setAccessibleName(text("documents.states"))


class _Searched(FileTab):
    """A line above the list: only rows whose path holds its words."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        self.search = QLineEdit(self)
        self.search.setObjectName(f"documents_{self.name}_search")
        self.search.setClearButtonEnabled(True)
        self._column.insertWidget(0, self.search)
        self.search.textChanged.connect(lambda _words: self.model.set_query(self.query()))

    def query(self) -> PathQuery:
        return PathQuery(self.project_id, self.search.text().strip())

    def nothing(self) -> str:
        if self.model.is_answered and self.search.text().strip():
            return text(f"documents.{self.name}.none.found")
        return super().nothing()

    def retranslate(self) -> None:
        self.search.setPlaceholderText(text(f"documents.{self.name}.search"))
        self.search.setAccessibleName(text(f"documents.{self.name}.search"))
        super().retranslate()


class ActivityTab(_Searched, _WithStates):
    """Steps, newest first, with the reason of each; a search by path shows the history of a file."""

    name = "activity"
    make = StepTable
    shown = Signal(object)
    """The chosen row, None without one."""
    saved = Signal()
    """The whole history is wanted as a file."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        self.add_button("csv", self.saved.emit)

    def show_row(self) -> None:
        super().show_row()
        self.shown.emit(self.row)

    def saw(self, row: Any) -> Any:
        return row.saw

    def told(self, row: Any) -> str:
        return text("documents.why", deed=words.deed(row.verb, row.target), reason=words.reason(row.rule))


class ConflictsTab(_WithStates):
    """Both sides of what people changed at the same time, and which one counts."""

    name = "conflicts"
    make = ConflictTable
    chosen = Signal(object, str)
    """The row, and procore · drive · both."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        for choice in ("procore", "drive", "both"):
            self.add_button(choice, partial(self._choose, choice))

    def _choose(self, choice: str, *_: object) -> None:
        self.chosen.emit(self.row, choice)

    def saw(self, row: Any) -> Any:
        return {"procore": row.procore, "drive": row.drive, "agreed": row.agreed}

    def told(self, row: Any) -> str:
        said = text(f"documents.conflict.{row.kind}")
        if row.copy_name:
            return text("documents.conflict.copy", kind=said, name=formats.file_name(row.copy_name))
        return said

    def is_possible(self, name: str, row: Any) -> bool:
        return bool(row.is_open) and row.settled == "waits" and row.choice != name


class HeldTab(FileTab):
    """Deletions that the guard holds: what would go, and three ways out."""

    name = "held"
    make = HeldTable
    chosen = Signal(object, str)
    """The row, and apply · restore · detach."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        for choice in ("apply", "restore", "detach"):
            self.add_button(choice, partial(self._choose, choice))

    def _choose(self, choice: str, *_: object) -> None:
        self.chosen.emit(self.row, choice)

    def is_possible(self, name: str, row: Any) -> bool:
        return bool(row.hold.choice != name)


class ApartTab(_Searched):
    """Files that are not synchronized, with the reason of each."""

    name = "apart"
    make = ApartTable
    again = Signal(object)
    """The row to try again."""
    folder = Signal(object)
    """The row whose folder on the other side is to be shown."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        self.add_button("again", lambda: self.again.emit(self.row))
        self.add_button("folder", lambda: self.folder.emit(self.row))

    def is_possible(self, name: str, row: Any) -> bool:
        if name == "folder":
            return True
        return bool(row.is_refused or row.problem.code == "BCK-11")


class PlanTab(FileTab):
    """What the open plan would do, counted by tool, action and side."""

    name = "plan"
    make = PlanTable


def find_key(page: QWidget, search: Callable[[], QLineEdit]) -> None:
    """Ctrl+F on the page leads to the search that is asked for then."""
    find = QShortcut(QKeySequence("Ctrl+F"), page, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
    find.activated.connect(lambda: search().setFocus())
