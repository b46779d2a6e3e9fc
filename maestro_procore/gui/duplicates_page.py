"""The page Duplicates: what looks like one company, best first; linked many at a time, or told apart for good.

The search takes seconds and runs beside the window; nothing is settled before the reader says so.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats
from maestro_procore.gui.cell_delegate import ROW_HEIGHT
from maestro_procore.gui.duplicate_model import COLUMNS, TICKED, DuplicateModel, name_of
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.row_table import RowTable
from maestro_procore.i18n import has_text, text
from maestro_procore.model.duplicate_detective import ELEMENTS, Candidate, Kinship, pairs_to_link
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.problems import Problem

Ask = Callable[..., object]
WIDTHS = {"ticked": 32, "score": 70, "first": 240, "first_city": 110, "second": 200, "second_city": 110}
COMPARED_ROWS = 7


class PairView(RowTable):
    """Rows of pairs. Space ticks, Delete says that they are not the same."""

    apart_wanted = Signal()

    def __init__(self, model: DuplicateModel, parent: QWidget | None = None) -> None:
        widths = [WIDTHS[name] for name in COLUMNS[:-1]]
        super().__init__(model, "pairs", ROW_HEIGHT, widths, parent, chooses_many=True)

    @property
    def rows(self) -> list[int]:
        """The selected rows, from top to bottom."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        model: Any = self.model()
        if event.key() == Qt.Key.Key_Space and (rows := self.rows):
            box = model.index(rows[0], TICKED).data(Qt.ItemDataRole.CheckStateRole)
            model.tick(rows, box != Qt.CheckState.Checked)
        elif event.key() == Qt.Key.Key_Delete:
            self.apart_wanted.emit()
        else:
            super().keyPressEvent(event)


class DuplicatesPage(QWidget):
    """Which pairs, a search in them, the pairs, the two records side by side, and three verbs."""

    def __init__(
        self, desk: Any, navigate: Callable[..., object], parent: QWidget | None = None, *, ask: Ask = background.ask
    ) -> None:
        super().__init__(parent)
        self.setObjectName("duplicates_page")
        self._desk, self._navigate, self._ask = desk, navigate, ask
        self.element = ELEMENTS[0]
        self._findings: Any = None
        self._is_searching, self._is_stale = False, True
        self._build()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self.notice = NoticeBar(self)
        self.elements = QComboBox(self)
        self.elements.setObjectName("pair_element")
        self.elements.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for name in ELEMENTS:
            self.elements.addItem("", name)
        self.kinship = QComboBox(self)
        self.kinship.setObjectName("kinship")
        self.kinship.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for each in Kinship:
            self.kinship.addItem("", each)
        self.search = QLineEdit(self)
        self.search.setObjectName("pair_search")
        self.search.setClearButtonEnabled(True)
        self.again = self._button("search_again")
        self.model = DuplicateModel(self.element, self)
        self.model.is_read_only = not self._desk.rights.can_synchronize
        self.view = PairView(self.model, self)
        self.empty = EmptyState(self.view)
        self.fields = FieldGrid("pair_fields", self)
        self.fields.setFixedHeight(self.fields.horizontalHeader().sizeHint().height() + COMPARED_ROWS * ROW_HEIGHT)
        self.state = PlainLabel(parent=self, wraps=True, name="pair_state")
        self.state.setProperty("dim", True)
        self.forgotten = self._button("look_again")
        self.clear = self._button("tick_clear")
        self.apart = self._button("not_the_same")
        self.link = self._button("link_chosen")
        self.link.setProperty("main", True)

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        return button

    def _lay_out(self) -> None:
        top, foot = QHBoxLayout(), QHBoxLayout()
        for line in (top, foot):
            line.setSpacing(8)
        top.addWidget(self.elements)
        top.addWidget(self.kinship)
        top.addWidget(self.search, 1)
        top.addWidget(self.again)
        foot.addWidget(self.state, 1)
        for button in (self.forgotten, self.clear, self.apart, self.link):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.notice)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.fields)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.elements.currentIndexChanged.connect(self._choose_element)
        self.kinship.currentIndexChanged.connect(self._choose_rows)
        self.search.textChanged.connect(self._choose_rows)
        self.again.clicked.connect(self.compare_all)
        self.view.selectionModel().currentRowChanged.connect(self._show_fields)
        self.view.apart_wanted.connect(self.tell_apart)
        self.model.ticked.connect(self._say_state)
        self.empty.wanted.connect(self._preview)
        self.forgotten.clicked.connect(self._ask_to_look_again)
        self.clear.clicked.connect(self.model.tick_clear_cases)
        self.apart.clicked.connect(self.tell_apart)
        self.link.clicked.connect(self.ask_to_link)
        find = QShortcut(QKeySequence("Ctrl+F"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)

    # --- what a frame asks ------------------------------------------------------------------------------

    def page_shown(self) -> None:
        """The reader came here: what was found before stands there until the new search has ended."""
        if self._is_stale:
            self.compare_all()
        self.view.setFocus()

    def refresh(self) -> None:
        """The journal changed. A run writes often, so the search waits until somebody asks or comes back."""
        self._is_stale = True

    def retranslate(self) -> None:
        for place, name in enumerate(ELEMENTS):
            self.elements.setItemText(place, text(f"element.{name}"))
        self.elements.setAccessibleName(text("duplicate.element"))
        for place in range(self.kinship.count()):
            self.kinship.setItemText(place, text(f"duplicate.kinship.{self.kinship.itemData(place)}"))
        self.kinship.setAccessibleName(text("duplicate.kinship"))
        self.search.setPlaceholderText(text("duplicate.search"))
        self.search.setAccessibleName(text("duplicate.search"))
        self.view.setAccessibleName(text("duplicate.view"))
        self.fields.setAccessibleName(text("duplicate.fields"))
        self.again.setText(text("duplicate.again"))
        self.clear.setText(text("duplicate.clear"))
        self.clear.setToolTip(text("duplicate.clear.tip"))
        self.apart.setText(text("duplicate.apart"))
        self.apart.setToolTip(text("duplicate.apart.tip"))
        self.forgotten.setText(text("duplicate.look_again"))
        self.notice.hide()
        self.model.retranslate()
        self._say_state()
        self._show_fields()

    # --- searching --------------------------------------------------------------------------------------

    def compare_all(self) -> None:
        """Compares all records again, beside the window."""
        if self._is_searching:
            return
        self._is_searching, self._is_stale = True, False
        self._say_state()
        duplicates, element = self._desk.commands.duplicates, self.element
        self._ask(lambda: duplicates.find(element), lambda found: self._take(element, found), self._failed)

    def _take(self, element: str, findings: Any) -> None:
        """findings: engine.duplicates.Findings. The reader may have chosen other records meanwhile."""
        self._is_searching = False
        if element != self.element:
            self.compare_all()
            return
        self._findings = findings
        self.model.show_candidates(findings.candidates)
        if self.model.rowCount() and not self.view.currentIndex().isValid():
            self.view.selectRow(0)

    def _failed(self, error: Exception) -> None:
        self._is_searching = False
        problem = getattr(error, "problem", None)
        if isinstance(problem, Problem):
            self.notice.say_problem(problem)
        else:
            self.notice.say("error", f"{type(error).__name__}: {error}")
        self._say_state()

    def _choose_element(self, *_: object) -> None:
        self.element, self._findings = str(self.elements.currentData()), None
        self.model.show_element(self.element)
        self.notice.hide()
        self.compare_all()

    def _choose_rows(self, *_: object) -> None:
        self.model.show_only(Kinship(self.kinship.currentData()), self.search.text())
        if self.model.rowCount():
            self.view.selectRow(0)
        self._show_fields()

    def _preview(self) -> None:
        """Reads Procore's companies; nothing is changed."""
        commands, element = self._desk.commands, MAPS[self.element].page
        go = lambda _request: self._navigate("synchronization", {"element": element})  # noqa: E731
        self._ask(lambda: commands.synchronize(element, preview=True), go, self._failed)

    # --- settling ---------------------------------------------------------------------------------------

    def ask_to_link(self) -> None:
        """How many are going to be linked, before it is done."""
        count = len(self.model.chosen)
        words, verb = text(f"duplicate.link.question.{self.element}", count=count), text("duplicate.link", count=count)
        self.notice.ask("info", words, verb.replace("&", ""), self._link, text("action.cancel"))

    def _link(self) -> None:
        chosen = self.model.chosen
        duplicates, element, partners = self._desk.commands.duplicates, self.element, pairs_to_link(chosen)
        self._ask(
            lambda: duplicates.link(element, partners), lambda request: self._linked(chosen, request), self._failed
        )

    def _linked(self, chosen: list[Candidate], request: Any) -> None:
        settled = {name for each in chosen for name in name_of(each)}
        self.model.drop(lambda each: each.kinship is Kinship.ACROSS and bool(settled & set(name_of(each))))
        self.notice.ask(
            "info",
            text("duplicate.linked", count=len(chosen)),
            text("duplicate.linked.show"),
            lambda: self._navigate("manager", {"request": request["id"]}),
            text("action.close"),
        )

    def tell_apart(self) -> None:
        """The ticked pairs, else the selected ones, are not the same and are never asked about again."""
        here = (self.model.candidate(row) for row in self.view.rows)
        pairs = {name_of(each) for each in self.model.chosen or here if each is not None}
        if not pairs or self.model.is_read_only:
            return
        row = self.view.currentIndex().row()
        duplicates, element = self._desk.commands.duplicates, self.element
        self._ask(lambda: duplicates.tell_apart(element, pairs), lambda _: self._told_apart(pairs, row), self._failed)

    def _told_apart(self, pairs: set[tuple[str, str]], row: int) -> None:
        self.model.drop(lambda each: name_of(each) in pairs)
        self.view.selectRow(min(row, self.model.rowCount() - 1))
        self.notice.say("info", text("duplicate.told_apart", count=len(pairs)))
        self._is_stale = True

    def _ask_to_look_again(self) -> None:
        count = self._findings.told_apart if self._findings is not None else 0
        words = text("duplicate.look_again.question", count=count)
        self.notice.ask("info", words, text("duplicate.look_again"), self._look_again, text("action.cancel"))

    def _look_again(self) -> None:
        duplicates, element = self._desk.commands.duplicates, self.element
        self._ask(lambda: duplicates.look_again(element), lambda _: self.compare_all(), self._failed)

    # --- words ------------------------------------------------------------------------------------------

    def _say_state(self) -> None:
        may, chosen = not self.model.is_read_only, len(self.model.chosen)
        is_across = self.model.kinship is Kinship.ACROSS
        self.link.setText(text("duplicate.link", count=chosen) if chosen else text("duplicate.link.none"))
        self.link.setVisible(is_across)
        self.clear.setVisible(is_across)
        self.link.setEnabled(may and bool(chosen))
        self.clear.setEnabled(may and bool(self.model.rowCount()))
        self.apart.setEnabled(may and bool(self.model.rowCount()))
        told_apart = self._findings.told_apart if self._findings is not None else 0
        self.forgotten.setVisible(may and bool(told_apart))
        self.again.setEnabled(not self._is_searching)
        self.state.setText(self._state_words())
        self._say_empty()

    def _state_words(self) -> str:
        if self._is_searching:
            return text("duplicate.searching")
        if self._findings is None:
            return ""
        if not self._desk.rights.can_synchronize:
            return text("duplicate.rights")
        return text(f"duplicate.state.{self.model.kinship}.{self.element}", count=self.model.count(self.model.kinship))

    def _say_empty(self) -> None:
        if self.model.rowCount() or self._findings is None:
            self.empty.hide()
        elif not self._findings.procore_read and self.model.kinship is not Kinship.MAESTRO:
            self.empty.say(text("duplicate.unread"), text("duplicate.unread.words"), text("duplicate.unread.button"))
        elif self.model.count(self.model.kinship):
            self.empty.say(text("duplicate.nothing_found"))
        else:
            self.empty.say(text("duplicate.none"), text("duplicate.none.words"))

    def _show_fields(self, *_: object) -> None:
        """The two records of the current row side by side, bold where they differ."""
        candidate = self.model.candidate(self.view.currentIndex().row())
        fields = [f for f in (*MAPS[self.element].fields, *MAPS[self.element].clues) if has_text(self._label(f.name))]
        lines = []
        pair = () if candidate is None else (candidate.first, candidate.second)
        for each in fields if pair else ():
            values = [suspect.record.values.get(each.name) for suspect in pair]
            shown = [formats.field_value(value, each.kind, "") for value in values]
            differs = each.kind.essence(values[0]) != each.kind.essence(values[1]) and None not in values
            marked = frozenset({1, 2}) if differs else frozenset[int]()
            lines.append(FieldLine((text(self._label(each.name)), *shown), marked))
        sides = ("first", "second")
        heads = [str(self.model.headerData(COLUMNS.index(side), Qt.Orientation.Horizontal)) for side in sides]
        self.fields.show_lines([text("duplicate.field"), *heads], lines)

    def _label(self, name: str) -> str:
        return f"field.{self.element}.{name}"
