"""The Links page: which records belong together, how they stand, what people did about it, and what may be done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats
from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.link_table import LinkModel
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.gui.partner_chooser import PartnerChooser
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.elements import built_elements
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.link_states import POSSIBLE, Deed, LinkState

CHIPS: Mapping[str, tuple[str, ...]] = {"all": (), **{state.value: (state.value,) for state in LinkState}}
_WANTS_PARTNER = frozenset({Deed.LINK, Deed.RELINK})
_WANTS_KEY = frozenset({Deed.LINK, Deed.RELINK, Deed.UNLINK, Deed.RESEND})


class LinksPage(QWidget):
    """Above the records of one element, below the history of the chosen one and what may be done with it."""

    def __init__(
        self,
        desk: Any,
        navigate: Callable[..., object],
        parent: QWidget | None = None,
        *,
        ask: Ask = background.ask,
        clock: Clock = formats.now,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("links_page")
        self._desk, self._navigate, self._ask, self._clock = desk, navigate, asking(self, ask), clock
        self._history: Sequence[Any] = ()
        self._wish: Deed | None = None
        self.orders = Orders(desk, ask, self)
        self._read_history = Look(self._ask, self._history_question, self._show_history)
        self._read_counts = Look(self._ask, self._counts_question, lambda counts: self.chips.set_counts(counts))
        self._build()
        self._lay_out()
        self._connect()
        self.retranslate()

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        views = self._desk.views
        self.element = QComboBox(self)
        self.element.setObjectName("link_element")
        without_page = [kind.element for kind in MAPS.values() if kind.listed_with]
        for name in (*(element.name for element in built_elements()), *without_page):
            self.element.addItem("", name)
        self.chips = FilterChips("link.chip", list(CHIPS), self)
        self.search = QLineEdit(self)
        self.search.setObjectName("link_search")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(260)
        self.notice = NoticeBar(self)
        self.model = LinkModel(views, self._ask, self._clock, self)
        self.grid = GridView(self.model, "links", self)
        self.empty = EmptyState(self.grid)
        self.title = PlainLabel(parent=self, name="link_history_title")
        self.history = FieldGrid("link_history", self)
        self.why = QLineEdit(self)
        self.why.setObjectName("link_why")
        self.buttons: dict[Deed, QPushButton] = {}
        for deed in Deed:
            button = QPushButton(self)
            button.setObjectName(f"link_{deed.value}")
            button.clicked.connect(partial(self.start, deed))
            self.buttons[deed] = button
        self.chooser = PartnerChooser(views, self._ask, self)

    def _lay_out(self) -> None:
        top = FlowLayout(gap=12)
        top.addWidget(self.element)
        top.addWidget(self.chips)
        top.addWidget(self.search)
        deeds = FlowLayout(gap=6)
        for button in self.buttons.values():
            deeds.addWidget(button)
        below = QWidget(self)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addLayout(deeds)
        column.addWidget(self.why)
        column.addWidget(self.chooser, 2)
        column.addWidget(self.history, 1)
        self.split = QSplitter(Qt.Orientation.Vertical, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.grid)
        self.split.addWidget(below)
        self.split.setSizes([360, 280])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.notice)
        layout.addWidget(self.split, 1)

    def _connect(self) -> None:
        self.element.currentIndexChanged.connect(self._filter)
        self.chips.chosen.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.model.counted.connect(self._counted)
        self.grid.current_row_changed.connect(self._choose)
        self.grid.opened.connect(self._go_to_line)
        self.chooser.chosen.connect(self._partner_chosen)
        self.chooser.opened.connect(self.history.hide)
        self.chooser.closed.connect(self.history.show)
        self.orders.refused.connect(self.notice.say_problem)
        self.orders.done.connect(self.refresh)

    # --- frame ----------------------------------------------------------------------------------------

    def page_shown(self) -> None:
        self.refresh()
        self.grid.setFocus()

    def refresh(self) -> None:
        """The journal changed."""
        if self.model.query is None:
            self._filter()
        else:
            self.model.refresh()
            self._read_counts()
            self._read_history()

    def show_element(self, element: str) -> None:
        """The records of one element."""
        place = self.element.findData(element)
        if place >= 0:
            self.element.setCurrentIndex(place)

    def retranslate(self) -> None:
        for place in range(self.element.count()):
            self.element.setItemText(place, text(f"element.{self.element.itemData(place)}"))
        self.element.setAccessibleName(text("link.element"))
        self.search.setPlaceholderText(text("link.search"))
        self.search.setAccessibleName(text("link.search"))
        self.why.setPlaceholderText(text("link.why"))
        self.why.setAccessibleName(text("link.why"))
        self.grid.setAccessibleName(text("link.grid"))
        for part in (self.chips, self.model, self.chooser):
            part.retranslate()
        for deed, button in self.buttons.items():
            button.setText(text(f"link.deed.{deed.value}"))
        self.notice.hide()
        self._counted(self.model.rowCount())
        self._show_history(self._history)
        self._show_buttons()

    # --- records --------------------------------------------------------------------------------------

    @property
    def row(self) -> Any:
        """The chosen record (store.views.LinkRow), None without one."""
        place = self.grid.current_row()
        return self.model.loaded_row(place) if place >= 0 else None

    def _filter(self, *_: object) -> None:
        from maestro_procore.store.views import LinkQuery  # only after the desk is open: it imports sqlalchemy

        element = str(self.element.currentData())
        self.chooser.hide()
        self.model.set_query(LinkQuery(element, CHIPS[self.chips.current], self.search.text().strip()))
        self._read_counts()

    def _counted(self, rows: int) -> None:
        if rows:
            self.empty.hide()
            if self.grid.current_row() < 0:
                self.grid.selectRow(0)
        else:
            is_filtered = self.chips.current != "all" or bool(self.search.text())
            said = "link.empty.filtered" if is_filtered else "link.empty"
            self.empty.say(text(said if self.model.is_answered else "sync.empty.loading"))
        self._show_buttons()
        self._read_history()

    def _choose(self, _row: int) -> None:
        self.chooser.hide()
        self._show_buttons()
        self._read_history()

    def _go_to_line(self, _row: int) -> None:
        if (row := self.row) is not None and MAPS[row.element].has_page:
            self._navigate("synchronization", {"line": (row.element, row.maestro_key, row.procore_id)})

    def _counts_question(self) -> Callable[[], Any]:
        views, element = self._desk.views, str(self.element.currentData())

        def counts() -> dict[str, int]:
            found: dict[str, int] = views.link_counts(element)
            return {"all": sum(found.values()), **found}

        return counts

    def _show_buttons(self) -> None:
        row, may = self.row, self._desk.rights.can_synchronize
        possible = POSSIBLE[LinkState(row.state)] if row is not None else frozenset()
        for deed, button in self.buttons.items():
            is_for_it = row is not None and (row.maestro_key is not None or deed not in _WANTS_KEY)
            button.setVisible(row is None or deed in possible)
            button.setEnabled(may and is_for_it and deed in possible)

    # --- history --------------------------------------------------------------------------------------

    def _history_question(self) -> Callable[[], Any]:
        views, row = self._desk.views, self.row
        if row is None:
            return list
        return lambda: views.link_history(row.element, row.maestro_key, row.procore_id)

    def _show_history(self, rows: Sequence[Any]) -> None:
        self._history, row = rows, self.row
        code = (row.maestro_key or str(row.procore_id)) if row is not None else ""
        self.title.setText(text("link.history", code=code) if code else text("link.history.none"))
        titles = [text(f"link.history.{name}") for name in ("when", "who", "what", "why")]
        self.history.share_width(frozenset({0}))
        self.history.show_lines(titles, [_line(each, self._clock()) for each in rows])
        self.history.setAccessibleName(self.title.text())

    # --- deeds ----------------------------------------------------------------------------------------

    def start(self, deed: Deed, *_: object) -> None:
        """A button was pressed: the partner first where one is wanted, then the question."""
        row = self.row
        if row is None:
            return
        self._wish = deed
        if deed in _WANTS_PARTNER:
            self.chooser.open(row.element, row.maestro_key)
        else:
            self._ask_to(deed, row, None)

    def _partner_chosen(self, procore_id: str) -> None:
        row = self.row
        if row is not None and self._wish is not None:
            self._ask_to(self._wish, row, int(procore_id))

    def _ask_to(self, deed: Deed, row: Any, partner: int | None) -> None:
        code = row.maestro_key or str(row.procore_id)
        self.notice.ask(
            "warning",
            text(f"link.ask.{deed.value}", code=code, id=str(partner or row.procore_id or "")),
            text(f"link.do.{deed.value}"),
            lambda: self._carry_out(deed, row, partner),
            text("action.cancel"),
        )

    def _carry_out(self, deed: Deed, row: Any, partner: int | None) -> None:
        why = self.why.text().strip()
        self.why.clear()
        self.chooser.hide()
        self.orders.change_link(deed, row.element, row.maestro_key, partner or row.procore_id, why)


def _line(event: Any, at: datetime) -> FieldLine:
    what = text(f"link.event.{event.what}", id=str(event.procore_id or ""))
    if event.request_number is not None:
        what = text("link.event.request", what=what, number=str(event.request_number))
    return FieldLine((formats.moment(event.at, at), event.by, what, formats.one_line(event.why)))
