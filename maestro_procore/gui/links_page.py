"""The Links page: which records belong together, how they stand, what people did about it, and what may be done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Look
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.grid_page import GridPage, flow
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


class LinksPage(GridPage):
    """Above the records of one element, below the history of the chosen one and what may be done with it."""

    name = "links_page"
    _history: Sequence[Any] = ()
    _wish: Deed | None = None

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        views = self._desk.views
        self.orders = Orders(self._desk, self._raw_ask, self)
        self._read_history = Look(self._ask, self._history_question, self._show_history)
        self._read_counts = Look(self._ask, self._counts_question, lambda counts: self.chips.set_counts(counts))
        self.element = QComboBox(self)
        self.element.setObjectName("link_element")
        without_page = [kind.element for kind in MAPS.values() if kind.listed_with]
        for name in (*(element.name for element in built_elements()), *without_page):
            self.element.addItem("", name)
        self.chips = FilterChips("link.chip", list(CHIPS), self)
        self.search = self._search("link_search")
        self.notice = NoticeBar(self)
        self.model = LinkModel(views, self._ask, self._clock, self)
        self.grid = GridView(self.model, "links", self)
        self.empty = EmptyState(self.grid)
        self.title = PlainLabel(parent=self, name="link_history_title")
        self.history = FieldGrid("link_history", self)
        self.why = QLineEdit(self)
        self.why.setObjectName("link_why")
        self.buttons: dict[Deed, QPushButton] = self._buttons("link", Deed)
        self.chooser = PartnerChooser(views, self._ask, self)

    def _lay_out(self) -> None:
        parts = (self.title, flow(*self.buttons.values()), self.why, self.chooser, self.history)
        below = self._column(*parts, shares=(0, 0, 0, 2, 1))
        self.split = self._split(Qt.Orientation.Vertical, [360, 280], self.grid, below)
        self._lay_page(flow(self.element, self.chips, self.search, gap=12), self.notice, self.split)

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

    def refresh(self) -> None:
        is_first = self.model.query is None
        super().refresh()
        if not is_first:
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
        self._name_search(self.search, text("link.search"))
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

    def _filter(self, *_: object) -> None:
        from maestro_procore.store.views import LinkQuery  # only after the desk is open: it imports sqlalchemy

        element = str(self.element.currentData())
        self.chooser.hide()
        self.model.set_query(LinkQuery(element, CHIPS[self.chips.current], self.search.text().strip()))
        self._read_counts()

    def _counted(self, rows: int) -> None:
        is_filtered = self.chips.current != "all" or bool(self.search.text())
        self._choose_first(rows, "link.empty.filtered" if is_filtered else "link.empty")
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
