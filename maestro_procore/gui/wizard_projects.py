"""First step of the wizard: which projects of Procore, and which of their tools, each with its arrow."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from maestro_procore.engine.file_commands import DAILY_LOG, FLOWS
from maestro_procore.gui import documents_words as words
from maestro_procore.gui.connection_filter import ConnectionFilter
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard_steps import Draft, Failure, Questions, WizardPage
from maestro_procore.i18n import text
from maestro_procore.model.file_items import Flow

_ID: Final = int(Qt.ItemDataRole.UserRole)
_SOUGHT: Final = _ID + 1
EXTRAS: Final = ("attaches", "private")
"""Off unless somebody wants them; fields of the draft."""


class ProjectsPage(WizardPage):
    """A list to tick, found by words; two-way tools first, those that are copied one way after them."""

    name = "projects"

    def __init__(self, draft: Draft, choosing: Any, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(draft, parent)
        self._choosing, self._questions = choosing, questions
        self._found: Any = None
        """list of engine.file_choosing.ProcoreChoice, a Failure, or None while the question is out."""
        self._build()
        self._lay_out()
        self._connect()
        self._allow_extras()

    def _build(self) -> None:
        self.connection = ConnectionFilter(self, has_all=False)
        """Where there is more than one."""
        self.projects_title, self.tools_title = (PlainLabel(parent=self) for _ in range(2))
        self.search = QLineEdit(self)
        self.search.setObjectName("wizard_search")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget(self)
        self.list.setObjectName("wizard_list")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setAlternatingRowColors(True)
        self.list.setUniformItemSizes(True)
        self.chosen = PlainLabel(parent=self, wraps=True, name="wizard_chosen")
        self.tools: dict[str, QCheckBox] = {}
        for tool in FLOWS:
            self.tools[tool] = box = QCheckBox(self)
            box.setObjectName(f"wizard_tool_{tool}")
            box.setChecked(tool in self.draft.tools)
        self.extras: dict[str, QCheckBox] = {}
        for extra in EXTRAS:
            self.extras[extra] = box = QCheckBox(self)
            box.setObjectName(f"wizard_{extra}")
        self.tools_note = PlainLabel(parent=self, wraps=True)
        self.tools_note.setProperty("dim", True)
        for title in (self.projects_title, self.tools_title):
            title.setProperty("section", True)
        self.projects_title.setBuddy(self.search)

    def _lay_out(self) -> None:
        both, copied = FlowLayout(gap=18), FlowLayout(gap=18)
        for tool, box in self.tools.items():
            (both if FLOWS[tool].value == "both" else copied).addWidget(box)
        self._column.addWidget(self.connection)
        self._column.addWidget(self.projects_title)
        self._column.addWidget(self.search)
        self._column.addWidget(self.list, 1)
        self._column.addWidget(self.chosen)
        self._column.addWidget(self.tools_title)
        self._column.addLayout(both)
        self._column.addLayout(copied)
        self._column.addWidget(self.tools_note)
        for box in self.extras.values():
            self._column.addWidget(box)

    def _connect(self) -> None:
        self.connection.activated.connect(lambda _place: self._change_connection())
        self.search.textChanged.connect(lambda _words: self._filter())
        self.search.returnPressed.connect(self._to_the_list)
        self.list.itemChanged.connect(self._tick)
        for tool, box in self.tools.items():
            box.toggled.connect(partial(self._choose_tool, tool))
        for extra, box in self.extras.items():
            box.toggled.connect(partial(setattr, self.draft, extra))

    # --- step ---------------------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        return bool(self.draft.projects) and bool(self.draft.tools)

    def enter(self) -> None:
        self._questions.put("connections", self._choosing.connections, self._take_connections)
        if not isinstance(self._found, list):
            self._list()
        self._show()
        self.search.setFocus()

    def _list(self) -> None:
        self._found = None
        choosing = self._choosing.through(self.draft.connection)
        self._questions.put("projects", choosing.projects, self._take)

    def _take_connections(self, names: Any) -> None:
        if not isinstance(names, Failure):
            self.connection.show_names(names)

    def _change_connection(self) -> None:
        """Other projects: what was ticked belongs to the one before."""
        chosen = self.connection.chosen or 0
        if chosen != self.draft.connection:
            self.draft.connection = chosen
            self.draft.projects.clear()
            self._list()
            self._fill()
            self.changed.emit()

    def _take(self, found: Any) -> None:
        self._found = found
        self._fill()
        self._show()
        self.changed.emit()

    # --- list ---------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for choice in self._found if isinstance(self._found, list) else ():
                item = QListWidgetItem(self.list)
                item.setData(_ID, choice.id)
                item.setData(_SOUGHT, f"{choice.number} {choice.name}".casefold())
                if choice.added_as:
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
                    item.setCheckState(Qt.CheckState.Checked)
                else:
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                    ticked = choice.id in self.draft.projects
                    item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            if self.list.count():
                self.list.setCurrentRow(next((n for n in range(self.list.count()) if self._can_tick(n)), 0))
        self._name_items()
        self._filter()

    def _can_tick(self, row: int) -> bool:
        return bool(self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled)

    def _name_items(self) -> None:
        with QSignalBlocker(self.list):
            for row, choice in enumerate(self._found if isinstance(self._found, list) else ()):
                said = text("wizard.project", number=choice.number, name=choice.name) if choice.number else choice.name
                if choice.added_as:
                    said = text("wizard.project.added", project=said)
                elif not choice.is_active:
                    said = text("wizard.project.closed", project=said)
                self.list.item(row).setText(said)

    def _filter(self) -> None:
        """Every word has to be somewhere in the number or the name. What is ticked stays ticked out of sight."""
        wanted = self.search.text().casefold().split()
        for row in range(self.list.count()):
            sought = str(self.list.item(row).data(_SOUGHT))
            self.list.setRowHidden(row, not all(word in sought for word in wanted))
        self._show()

    def _to_the_list(self) -> None:
        """Enter in the search: on to the first that was found."""
        shown = (row for row in range(self.list.count()) if not self.list.isRowHidden(row) and self._can_tick(row))
        row = next(shown, None)
        if row is not None:
            self.list.setCurrentRow(row)
            self.list.setFocus()

    def _tick(self, item: QListWidgetItem) -> None:
        number = int(item.data(_ID))
        if item.checkState() is Qt.CheckState.Checked:
            self.draft.projects[number] = next(c.name for c in self._found if c.id == number)
        else:
            self.draft.projects.pop(number, None)
        self._show()
        self.changed.emit()

    def _choose_tool(self, tool: str, *_: object) -> None:
        self.draft.tools = tuple(name for name, box in self.tools.items() if box.isChecked())
        self._allow_extras()
        self.changed.emit()

    def _allow_extras(self) -> None:
        """Each is for tools that are copied one way; what is not possible any more is not wanted either."""
        copied = {tool for tool in self.draft.tools if FLOWS[tool] is Flow.TO_DRIVE}
        for extra, box in self.extras.items():
            box.setEnabled(DAILY_LOG in copied if extra == "attaches" else bool(copied - {DAILY_LOG}))
            box.setChecked(box.isChecked() and box.isEnabled())

    # --- words ----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if isinstance(self._found, Failure):
            said = self._found.words
        elif self._found is None:
            said = text("wizard.projects.loading")
        elif not self._found:
            said = text("wizard.projects.none")
        elif self.list.count() and all(self.list.isRowHidden(row) for row in range(self.list.count())):
            said = text("wizard.projects.none.found")
        else:
            said = text("wizard.projects.chosen", count=len(self.draft.projects))
        self.chosen.setProperty("problem", isinstance(self._found, Failure))
        self.chosen.style().unpolish(self.chosen)
        self.chosen.style().polish(self.chosen)
        self.chosen.setText(said)

    def retranslate(self) -> None:
        shown: Mapping[str, Callable[[str], object]] = {
            "wizard.projects.title": self.projects_title.setText,
            "wizard.tools.title": self.tools_title.setText,
            "wizard.tools.note": self.tools_note.setText,
            "wizard.projects.search": self.search.setPlaceholderText,
        }
        for key, say in shown.items():
            say(text(key))
        self.connection.retranslate()
        self.search.setAccessibleName(text("wizard.projects.search"))
        self.list.setAccessibleName(text("wizard.projects.title"))
        for tool, box in self.tools.items():
            flow = FLOWS[tool].value
            box.setText(text("wizard.tool", arrow=words.ARROWS[flow], tool=words.tool(tool)))
            box.setToolTip(text(f"documents.flow.{flow}"))
            box.setAccessibleDescription(text(f"documents.flow.{flow}"))
        for extra, box in self.extras.items():
            box.setText(text(f"documents.options.{extra}"))
            box.setToolTip(text(f"documents.options.{extra}.tip"))
            box.setAccessibleDescription(text(f"documents.options.{extra}.tip"))
        self._name_items()
        self._show()
