"""The record below the grid: fields side by side, messages with their remedy, choices, history, raw exchange."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QTabWidget, QToolButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.candidate_list import CandidateList
from maestro_procore.gui.exchange_view import ExchangeView
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.line_comparison import LineComparison, Sides, lines_field
from maestro_procore.gui.line_remedies import possible
from maestro_procore.gui.line_table import currency_of
from maestro_procore.gui.plain_label import ElidedLabel, PlainLabel
from maestro_procore.gui.problem_card import ProblemList, remedy_of
from maestro_procore.gui.side_choice import SideChoice
from maestro_procore.gui.status_icons import SIZE, symbol_name
from maestro_procore.i18n import has_text, text
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.problems import Problem
from maestro_procore.model.values import Kind

SHARES = {False: [560, 440], True: [380, 620]}
"""Parts of the width for fields and tabs, without and with a wide table in the tabs."""
FIELD, MAESTRO, AGREED, PROCORE, CHOICE = range(5)
VALUES: Final = frozenset({MAESTRO, AGREED, PROCORE})


def field_label(element: str, name: str) -> str:
    """maestro*'s word for the field; name: of the mapping, or a column of either side (Procore's refusals use them)."""
    fields = MAPS[element].fields if element in MAPS else ()
    # The mapping's own name first: a project's detail is called description, as maestro*'s column for its name is.
    known = next((f.name for f in fields if f.name == name), None)
    known = known or next((f.name for f in fields if name in (f.procore, f.maestro)), name)
    key = f"field.{element}.{known}"
    return text(key) if has_text(key) else name


def field_kind(element: str, name: str) -> Kind:
    """What sort of value the field of a mapping holds; plain text for a field that no mapping names."""
    fields = MAPS[element].fields if element in MAPS else ()
    return next((f.kind for f in fields if f.name == name), Kind.TEXT)


class LineDetail(QWidget):
    """One line in full. Reads desk.views; what the reader chooses goes out by signal."""

    closed = Signal()
    chosen = Signal(str, str, str)
    """maestro* key, subject, choice: as engine.commands.choose wants them."""
    request_wanted = Signal(str)
    """Request of the history that the reader wants to see in the Synchronization Manager."""
    action_wanted = Signal(str)
    """Remedy of a message of this line that is carried out elsewhere."""

    def __init__(self, element: str, desk: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("line_detail")
        self.element = element
        self._desk, self._ask, self._clock = desk, asking(self, ask), clock
        self._line_id: int | None = None
        self._detail: Any = None
        self._is_wide = False
        self._sign = PlainLabel(parent=self)
        self.title = ElidedLabel(parent=self, name="detail_title")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.clicked.connect(self.closed)
        self.in_maestro, self.in_procore = (self._way_out(name) for name in ("open_in_maestro", "open_in_procore"))
        self.fields = FieldGrid("line_fields", self)
        self.fields.share_width(frozenset({CHOICE}), title_share=0.6)
        self.problems = ProblemList(self)
        self.problems.action_wanted.connect(self._want_action)
        self.candidates = CandidateList(self)
        self.candidates.linked.connect(lambda procore_id: self._choose("link", procore_id))
        self.candidates.created.connect(lambda: self._choose("link", "create"))
        self.lines = LineComparison("document_lines", self)
        self._lines_field = lines_field(MAPS[element])
        self.fields.opened.connect(self._open_field)
        self.history = FieldGrid("line_history", self)
        self.history.currentCellChanged.connect(self._show_exchange)
        self.history.opened.connect(self._open_request)
        self.exchange = ExchangeView(self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._sign)
        head.addWidget(self.title, 1)
        head.addWidget(self.in_maestro)
        head.addWidget(self.in_procore)
        head.addWidget(self._close)
        self.tabs.addTab(self.problems, "")
        self.tabs.addTab(self.lines, "")
        self.tabs.addTab(self.candidates, "")
        self.tabs.addTab(self.history, "")
        if self._desk.rights.can_manage:
            self.tabs.addTab(self.exchange, "")
        else:
            self.exchange.hide()
        self.tabs.currentChanged.connect(self._give_room)
        self.split = split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.fields)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 4)
        split.setSizes(SHARES[False])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(split, 1)

    def _way_out(self, remedy: str) -> QPushButton:
        """A button that leads to the record in one of the two systems."""
        button = QPushButton(self)
        button.setObjectName(remedy)
        button.setProperty("small", True)
        button.clicked.connect(lambda: self.action_wanted.emit(remedy))
        return button

    # --- what is shown --------------------------------------------------------------------------------

    def show_line(self, line_id: int) -> None:
        """Read and show that line."""
        self._line_id = line_id
        self.refresh()

    def refresh(self) -> None:
        """Read the same line again."""
        line_id = self._line_id
        if line_id is None:
            return
        self._ask(lambda: self._desk.views.line(line_id), lambda detail: self._take(line_id, detail))

    def _take(self, line_id: int, detail: Any) -> None:
        if line_id != self._line_id or detail == self._detail:
            return
        is_new = self._detail is None or self._detail.line.id != line_id
        self._detail = detail
        if detail is None:
            self.closed.emit()
            return
        self._show()
        if is_new:
            self.tabs.setCurrentWidget(self._first_tab())
            self._show_first_difference()
        self._give_room()

    def _first_tab(self) -> QWidget:
        """What the reader came for: the choice, lines that differ, else the messages."""
        if self._detail.candidates:
            return self.candidates
        has_other_lines = self._lines_field in self._detail.line.differing
        return self.lines if has_other_lines and not self._detail.line.problems else self.problems

    def _give_room(self, _tab: int = 0) -> None:
        """Records to choose from and lines have many columns; else what the reader pulled the halves to stays."""
        is_wide = self.tabs.currentWidget() in (self.candidates, self.lines)
        if is_wide is not self._is_wide:
            self._is_wide = is_wide
            self.split.setSizes(SHARES[is_wide])

    def _show(self) -> None:
        line = self._detail.line
        values = line.maestro or line.procore or {}
        element_map = MAPS[self.element]
        name = formats.field_value(values.get(element_map.title))
        code = line.maestro_key or formats.field_value(values.get(element_map.identity.name)) or formats.NOTHING
        record = text(f"element.{self.element}.record", code=code)
        self.title.setText(text("sync.detail.title", record=record, name=name) if name else record)
        self._sign.setPixmap(icons.icon(str(line.symbol.value)).pixmap(SIZE, SIZE))
        self._sign.setToolTip(symbol_name(line.symbol))
        self.in_maestro.setEnabled(bool(line.maestro_key))
        self.in_procore.setEnabled(line.procore_id is not None)
        self._show_fields()
        verbs = possible(line, has_candidates=bool(self._detail.candidates), has_conflict=bool(self._conflicts()))
        self.problems.show_problems(line.problems, text("sync.detail.no_message"), verbs)
        self.candidates.show_candidates(self.element, line.maestro_key or "", self._detail.candidates)
        self.tabs.setTabVisible(self.tabs.indexOf(self.candidates), bool(self._detail.candidates))
        self._show_lines()
        self._show_history()

    def _show_fields(self) -> None:
        titles = [text(f"sync.detail.{name}") for name in ("field", "maestro", "agreed", "procore")]
        conflicts = self._conflicts()
        if conflicts:
            titles.append(text("sync.detail.choice"))
        line, lines = self._detail.line, []
        ours, theirs = currency_of(line.maestro or line.procore), currency_of(line.procore or line.maestro)
        for row in self._detail.fields:
            kind = field_kind(self.element, row.name)
            sides = ((row.maestro, ours), (row.agreed, ours), (row.procore, theirs))
            cells = [formats.named_value(row.name, value, kind, currency) for value, currency in sides]
            marked = frozenset({MAESTRO, PROCORE}) if row.is_different else frozenset()
            choice = ("",) if conflicts else ()
            whole = VALUES if kind in formats.NUMBERS else frozenset[int]()
            lines.append(FieldLine((field_label(self.element, row.name), *cells, *choice), marked, whole))
        self.fields.show_lines(titles, lines)
        for place, row in enumerate(self._detail.fields):
            if row.name in conflicts:
                self.fields.setCellWidget(place, CHOICE, self._choice_buttons(row.name))
        self.fields.share()  # the buttons have their width only now

    def _show_lines(self) -> None:
        """The lines of an order or change order, both sides below one another."""
        line = self._detail.line
        mine, agreed, theirs = (side.get(self._lines_field or "") for side in (line.maestro, line.agreed, line.procore))
        sides = Sides(mine, agreed, theirs, currency_of(line.procore or line.maestro))
        self.tabs.setTabVisible(self.tabs.indexOf(self.lines), not sides.is_empty)
        self.lines.show_sides(sides)

    def _open_field(self, row: int) -> None:
        """A double click on the field that counts the lines leads to them."""
        if self._detail is not None and self._detail.fields[row].name == self._lines_field:
            self.tabs.setCurrentWidget(self.lines)

    def _show_first_difference(self) -> None:
        """The field that the reader came for, without scrolling."""
        conflicts = self._conflicts()
        rows = list(enumerate(self._detail.fields))
        wanted = [n for n, row in rows if row.name in conflicts] or [n for n, row in rows if row.is_different]
        self.fields.setCurrentCell(wanted[0] if wanted else 0, FIELD)
        # A pane that has just opened has no height yet, and scrolling in it would end nowhere.
        QTimer.singleShot(0, self.fields, self._scroll_to_current)

    def _scroll_to_current(self) -> None:
        self.fields.scrollTo(self.fields.currentIndex(), FieldGrid.ScrollHint.PositionAtCenter)

    def _conflicts(self) -> frozenset[str]:
        """Names of the fields of which a person chooses the value: both sides changed them, or one was kept apart."""
        asked = [p for p in self._detail.line.problems if remedy_of(p) == "choose_value"]
        named = frozenset[str]().union(*map(_fields_of, asked))
        # A document that was changed on the wrong side asks for all that differs.
        return self._detail.line.differing if asked and not named else named

    def _choice_buttons(self, name: str) -> QWidget:
        may_choose = self._desk.rights.can_synchronize
        box = SideChoice(name, field_label(self.element, name), is_enabled=may_choose, parent=self.fields)
        box.chosen.connect(lambda choice: self._choose(name, choice))
        return box

    def _show_history(self) -> None:
        names = ("time", "action", "result", "message")
        titles = [text(f"manager.column.{name}") for name in names]
        now = self._clock()
        lines = []
        for action in self._detail.history:
            when = action.ended_at or action.started_at
            said = "  ".join(formats.sentence(problem) for problem in action.problems)
            state = text(f"state.action.{action.state}")
            if action.accepted_by:  # F016
                said = text("sync.detail.accepted", user=action.accepted_by, message=said)
            lines.append(FieldLine((formats.moment(when, now), text(f"state.kind.{action.kind}"), state, said)))
        self.history.show_lines(titles, lines)
        mode = self.history.horizontalHeader().ResizeMode
        for column in range(3):
            self.history.horizontalHeader().setSectionResizeMode(column, mode.ResizeToContents)
        self.exchange.show_exchange(None)
        newest = next((n for n, action in enumerate(self._detail.history) if action.exchange_id), None)
        if newest is not None:
            self.history.selectRow(newest)
            self._show_exchange(newest)

    def _show_exchange(self, row: int, *_: int) -> None:
        """The call that carried the chosen action, for technicians only (F041)."""
        if not self._desk.rights.can_manage or self._detail is None or not 0 <= row < len(self._detail.history):
            return
        exchange_id, views = self._detail.history[row].exchange_id, self._desk.views
        if exchange_id is None:
            self.exchange.show_exchange(None)
        else:
            self._ask(lambda: views.exchange(exchange_id), self.exchange.show_exchange)

    @property
    def line(self) -> Any:
        """The store.views.LineRow that is shown, None for none."""
        return self._detail.line if self._detail is not None else None

    def _open_request(self, row: int) -> None:
        if self._detail is not None and 0 <= row < len(self._detail.history):
            self.request_wanted.emit(self._detail.history[row].request_id)

    # --- what the reader wants --------------------------------------------------------------------------

    def _choose(self, subject: str, choice: str) -> None:
        if self._detail is not None and self._detail.line.maestro_key:
            self.chosen.emit(self._detail.line.maestro_key, subject, choice)

    def _want_action(self, action: str, problem: Problem) -> None:
        if action in self.deeds:
            self.deeds[action](problem)
        else:
            self.action_wanted.emit(action)

    @property
    def deeds(self) -> Mapping[str, Callable[[Problem], None]]:
        """The remedies that are carried out here."""
        return {
            "choose_link": self._show_candidates,
            "choose_value": self._show_field_of,
            "open_record": self._show_field_of,
        }

    def _show_candidates(self, _problem: Problem) -> None:
        self.tabs.setCurrentWidget(self.candidates)
        self.candidates.table.setFocus()

    def _show_field_of(self, problem: Problem) -> None:
        """The row of the field that the message is about; the first one that differs when it names none."""
        labels = {field_label(self.element, name) for name in _fields_of(problem)}
        shown = (field_label(self.element, row.name) for row in self._detail.fields)
        place = next((n for n, label in enumerate(shown) if label in labels), None)
        if place is None:
            self._show_first_difference()
        else:
            self.fields.setCurrentCell(place, FIELD)
            self._scroll_to_current()
            self._open_field(place)
        self.fields.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self._close.setIcon(icons.icon("cross", "dim"))
        self._close.setToolTip(text("action.close"))
        self._close.setAccessibleName(text("action.close"))
        for button in (self.in_maestro, self.in_procore):
            button.setText(text(f"action.{button.objectName()}"))
        titles: Mapping[QWidget, str] = {
            self.problems: "sync.detail.messages",
            self.lines: "sync.detail.lines",
            self.candidates: "sync.detail.candidates",
            self.history: "sync.detail.history",
            self.exchange: "manager.tab.exchange",
        }
        for widget, key in titles.items():
            if (place := self.tabs.indexOf(widget)) >= 0:
                self.tabs.setTabText(place, text(key))
        self.fields.setAccessibleName(text("sync.detail.fields"))
        self.history.setAccessibleName(text("sync.detail.history"))
        self.candidates.retranslate()
        self.lines.retranslate()
        self.exchange.retranslate()
        if self._detail is not None:
            self._show()


# Messages that are about one field and need not name it among their values.
_CONCERNED: Final[Mapping[str, str]] = {
    "PRJ-03": "start_date",
    "PRJ-04": "closing_date",
    "PRJ-05": "closing_date",
    "PRJ-13": "name",
    "PRJ-14": "province",
    "SUP-07": "name",
}


def _fields_of(problem: Problem) -> frozenset[str]:
    named = problem.args.get("field"), problem.args.get("fields"), _CONCERNED.get(problem.code)
    return frozenset(str(name) for value in named for name in (value if isinstance(value, list) else [value]) if name)
