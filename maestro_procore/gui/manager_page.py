"""The Synchronization Manager: requests, their actions, and for the technician everything behind them (F039–F052)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton

from maestro_procore.gui.action_detail import ActionDetail
from maestro_procore.gui.action_table import ActionModel
from maestro_procore.gui.asking import Look
from maestro_procore.gui.budget_chart import BudgetChart
from maestro_procore.gui.connection_filter import ConnectionFilter
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.explain_view import EXPLAIN
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.grid_page import GridPage, flow, row_of
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.line_remedies import ON_THE_LINE, PAGES, go_to_page, go_to_value
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.gui.plain_label import ElidedLabel, PlainLabel
from maestro_procore.gui.problem_card import ProblemList
from maestro_procore.gui.request_table import RequestModel
from maestro_procore.gui.undo_buttons import UndoButtons
from maestro_procore.gui.web_pages import WebPages
from maestro_procore.i18n import text
from maestro_procore.model.elements import ELEMENTS, built_elements
from maestro_procore.model.forecast_words import so_far
from maestro_procore.model.status import ActionKind, RequestState

CHIPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "running": ("running", "queued"),
    "waiting": ("waiting",),
    "failed": ("failed",),
    "warned": ("warned",),
    "today": (),
}
RESUMABLE = (RequestState.FAILED, RequestState.CANCELLED)
ACTION_CHIPS: dict[str, tuple[str, ...]] = {"all": (), "errors": ("failed", "unknown"), "warned": ("warned", "skipped")}


class ManagerPage(GridPage):
    """Left the requests, right top the actions of one, right bottom its details."""

    name = "manager_page"
    changed = Signal()
    _request_id: str | None = None
    _wanted: str | None = None

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        views = self._desk.views
        self.orders = Orders(self._desk, self._raw_ask, self)
        self._read_connections = Look(self._ask, lambda: views.connection_names, self._show_connections)
        self._read_budget = Look(self._ask, lambda: views.budget, lambda budget: self.budget.show_budget(budget))
        self.chips = FilterChips("manager.chip", list(CHIPS), self)
        self.element = QComboBox(self)
        self.element.setObjectName("manager_element")
        self.element.addItem("", "")
        for element in built_elements():
            self.element.addItem("", element.name)
        self.connection = ConnectionFilter(self)
        self.budget = BudgetChart(self)
        self.notice = NoticeBar(self)
        self.model = self.request_model = RequestModel(views, self._ask, self._clock, self)
        self.grid = self.request_grid = GridView(self.request_model, "requests", self)
        self.empty = self.no_requests = EmptyState(self.request_grid)
        self.cancel = QPushButton(self)
        self.cancel.setObjectName("cancel_request")
        self.resume = QPushButton(self)
        self.resume.setObjectName("resume_request")
        self.undo = UndoButtons(self.notice, self.orders, self)
        self.title = ElidedLabel(parent=self, name="actions_title")
        self.action_chips = FilterChips("manager.chip", list(ACTION_CHIPS), self)
        self.action_model = ActionModel(views, self._ask, parent=self)
        self.action_grid = GridView(self.action_model, "actions", self)
        self.no_actions = EmptyState(self.action_grid)
        # The technician's pane does not exist for anybody else: nothing of it can be found or read (F041).
        self.detail = ActionDetail(views, self._ask, self._clock, self) if self._desk.rights.can_manage else None
        self.messages = None if self.detail is not None else ProblemList(self)
        self.go_to_line = QPushButton(self)
        self.go_to_line.setObjectName("go_to_line")
        self.web = WebPages(self._desk, self._ask, self.notice.say)
        self.note = PlainLabel(parent=self, wraps=True, name="rights_note")
        self.note.setProperty("dim", True)
        self.note.setVisible(self.detail is None)

    def _lay_out(self) -> None:
        top = flow(self.chips, self.element, self.connection, gap=12)
        top.add_right(self.budget)
        left = self._column(self.request_grid, row_of(self.cancel, self.resume, self.undo.of_request))
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title, 1)
        head.addWidget(self.action_chips)
        pane = self.detail or self.messages
        assert pane is not None, "one of them is there"
        foot = QHBoxLayout()
        foot.addWidget(self.go_to_line)
        foot.addWidget(self.undo.of_line)
        foot.addWidget(self.note, 1)
        foot.addStretch(0)
        actions, details = self._column(head, self.action_grid), self._column(pane, foot)
        self.right = self._split(Qt.Orientation.Vertical, [320, 280], actions, details)
        self.split = self._split(Qt.Orientation.Horizontal, [600, 580], left, self.right)
        self._lay_page(top, self.notice, self.split)

    def _connect(self) -> None:
        self.chips.chosen.connect(self._filter)
        self.element.currentIndexChanged.connect(self._filter)
        self.connection.activated.connect(self._filter)
        self.request_grid.current_row_changed.connect(self._choose_request)
        self.request_grid.opened.connect(lambda _row: self.action_grid.setFocus())
        self.request_model.counted.connect(self._requests_counted)
        self.action_chips.chosen.connect(self._show_actions)
        self.action_grid.current_row_changed.connect(self._choose_action)
        self.action_grid.closed.connect(self.request_grid.setFocus)
        self.action_grid.opened.connect(self._focus_detail)
        self.action_model.counted.connect(self._actions_counted)
        self.cancel.clicked.connect(self.ask_to_cancel)
        self.resume.clicked.connect(self.resume_request)
        self.go_to_line.clicked.connect(self.show_line_of_action)
        if self.detail is not None:
            self.detail.action_wanted.connect(self.carry_out)
            self.detail.explained.connect(self._explain)
        if self.messages is not None:
            self.messages.action_wanted.connect(lambda remedy, _problem: self.carry_out(remedy))
        self.orders.refused.connect(self.notice.say_problem)
        self.orders.done.connect(self._after_order)

    # --- frame ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        super().refresh()
        self.action_model.refresh()
        self._read_budget()
        self._read_connections()

    def show_request(self, request_id: str) -> None:
        """Choose a request that another page names, now or as soon as it is in the list."""
        self._wanted = request_id
        self.chips.choose("all")
        self.element.setCurrentIndex(0)
        self.connection.setCurrentIndex(0)
        self._filter()
        self._keep_chosen()

    def _show_connections(self, names: dict[int, str]) -> None:
        self.connection.show_names(names)
        self.request_model.show_connections(names)

    def retranslate(self) -> None:
        for place in range(self.element.count()):
            name = str(self.element.itemData(place))
            self.element.setItemText(place, text(f"element.{name}") if name else text("manager.all_elements"))
        self.element.setAccessibleName(text("manager.chip.element"))
        retranslated: tuple[Any, ...] = (
            self.connection,
            self.chips,
            self.action_chips,
            self.budget,
            self.request_model,
            self.action_model,
            self.detail,
        )
        for part in retranslated:
            if part is not None:
                part.retranslate()
        self.undo.retranslate()
        self.cancel.setText(text("manager.button.cancel"))
        self.resume.setText(text("manager.button.resume"))
        self.resume.setToolTip(text("manager.button.resume.tip"))
        self.go_to_line.setText(text("remedy.go_to_line"))
        self.go_to_line.setToolTip(text("remedy.go_to_line.tip"))
        self.request_grid.setAccessibleName(text("manager.requests"))
        self.action_grid.setAccessibleName(text("manager.actions.none"))
        self.note.setText(text("manager.rights.note"))
        self.notice.hide()
        self._say_title()
        self._requests_counted(self.request_model.rowCount())
        self._actions_counted(self.action_model.rowCount())
        self._show_buttons()

    # --- requests -------------------------------------------------------------------------------------

    def _filter(self, *_: object) -> None:
        from maestro_procore.store.views import RequestQuery  # only after the desk is open: it imports sqlalchemy

        chip, element = self.chips.current, str(self.element.currentData())
        since = _midnight(self._clock()) if chip == "today" else None
        elements = (element,) if element else ()
        self.request_model.set_query(RequestQuery(CHIPS[chip], elements, since, self.connection.chosen))

    def _requests_counted(self, rows: int) -> None:
        if not rows:
            is_filtered = self.chips.current != "all" or bool(self.element.currentData())
            is_filtered |= self.connection.chosen is not None
            said = "manager.empty.filtered" if is_filtered else "manager.empty.requests"
            self.no_requests.say(text(said if self.request_model.is_answered else "sync.empty.loading"))
        else:
            self.no_requests.hide()
            self._keep_chosen()
            self._say_title()
        self._show_buttons()

    def _keep_chosen(self) -> None:
        """The request that another page named, else the one that was chosen, else the newest."""
        if self._wanted is not None and (row := self.request_model.find(self._wanted)) >= 0:
            self._wanted = None
            self.request_grid.selectRow(row)
        elif self.request_grid.current_row() < 0:
            self.request_grid.selectRow(max(0, self.request_model.find(self._request_id)))

    @property
    def request(self) -> Any:
        """The chosen request, None without one."""
        return self.row

    def _choose_request(self, _row: int) -> None:
        request = self.request
        self._show_buttons()
        if request is None or (request.id == self._request_id and self.action_model.query is not None):
            return
        self._request_id = request.id
        self._say_title()
        self._show_actions()
        self._show_request_problem()

    def _show_request_problem(self) -> None:
        request = self.request
        if self.detail is not None:
            self.detail.show_request(request, possible(None))
        elif self.messages is not None:
            found = [request.problem] if request is not None and request.problem is not None else []
            self.messages.show_problems(found, text("manager.empty.message"), possible(None))

    def _say_title(self) -> None:
        request = self.request
        if request is None:
            self.title.setText(text("manager.actions.none"))
            return
        told = "" if RequestState(request.state).has_ended else so_far(request)
        named = text("manager.actions", number=str(request.number))
        self.title.setText(f"{named}  ·  {told}" if told else named)

    def _show_buttons(self) -> None:
        request, may = self.request, self._desk.rights.can_synchronize
        state = RequestState(request.state) if request is not None else None
        self.cancel.setEnabled(may and state is not None and not state.has_ended)
        # With warnings alone everything was carried out: there is nothing left to try again.
        self.resume.setEnabled(may and state in RESUMABLE)
        self.go_to_line.setEnabled(has_line(self.action))
        self.undo.show(request, self.action, may=may)

    # --- actions --------------------------------------------------------------------------------------

    @property
    def action(self) -> Any:
        """The chosen action (store.views.ActionRow), None without one."""
        row = self.action_grid.current_row()
        return self.action_model.loaded_row(row) if row >= 0 else None

    def _show_actions(self, *_: object) -> None:
        if self._request_id is not None:
            self.action_model.show_actions(self._request_id, states=ACTION_CHIPS[self.action_chips.current])

    def _actions_counted(self, rows: int) -> None:
        if rows:
            self.no_actions.hide()
            return
        said = "manager.empty.actions" if self._request_id is None else "manager.empty.no_actions"
        if self._request_id is not None and self.action_chips.current != "all":
            said = "manager.empty.no_such_action"
        self.no_actions.say(text(said))

    def _choose_action(self, row: int) -> None:
        action = self.action_model.loaded_row(row) if row >= 0 else None
        self.go_to_line.setEnabled(has_line(action))
        self.undo.show(self.request, action, may=self._desk.rights.can_synchronize)
        if action is None:
            self._show_request_problem()
        elif self.detail is not None:
            self.detail.show_action(action.id, possible(action))
        elif self.messages is not None:
            self.messages.show_problems(action.problems, text("manager.explain.nothing"), possible(action))

    def _focus_detail(self, _row: int) -> None:
        if (pane := self.detail or self.messages) is not None:
            pane.setFocus()

    # --- what the reader wants --------------------------------------------------------------------------

    def ask_to_cancel(self) -> None:
        """The question stands on the page; what was sent stays."""
        request = self.request
        if request is None:
            return
        self.notice.ask(
            "warning",
            text("manager.cancel.question", number=str(request.number)),
            text("sync.cancel.button"),
            lambda: self.orders.cancel(request.id),
            text("sync.cancel.keep"),
        )

    def resume_request(self) -> None:
        """Try again what failed."""
        if (request := self.request) is not None:
            self.orders.resume(request.id)

    def show_line_of_action(self) -> None:
        """The element's page, with the line of the chosen action."""
        if has_line(self.action):
            chosen = self.action
            self._navigate("synchronization", {"line": (chosen.element, chosen.maestro_key, chosen.procore_id)})

    def carry_out(self, remedy: str) -> None:
        """The button beside a message: what needs the line leads to it, the rest is done from here."""
        if remedy in ON_THE_LINE:
            self.show_line_of_action()
        elif remedy == "map_value" and self.action is not None:
            go_to_value(self._navigate, self.action.element, self.action.problems)
        elif not go_to_page(self._navigate, remedy):
            self._deeds()[remedy]()

    def _deeds(self) -> dict[str, Callable[[], object]]:
        chosen, request = self.action, self.request
        about = chosen or request

        def send_again() -> None:
            if has_line(chosen) and chosen.maestro_key:
                self.orders.synchronize(chosen.element, keys=[chosen.maestro_key])
            else:
                self.resume_request()

        return {
            "retry_line": send_again,
            "confirm": lambda: self._navigate("synchronization", {"element": about.element}),
            "release_held": lambda: self._navigate("synchronization", {"element": about.element}),
            "open_in_procore": lambda: self.web.open(about.element, getattr(about, "procore_id", None), about.project),
        }

    def _explain(self, problem: Any, means: Any, to_do: Any) -> None:
        """Every line with this answer says it from now on; a refusal leaves what was written on the screen."""
        self.orders.explain(problem, means, to_do, lambda _written: self._show_explained())

    def _show_explained(self) -> None:
        detail, action, request = self.detail, self.action, self.request
        if detail is None or request is None:
            return
        detail.close_answer()
        if action is not None:
            detail.show_action(action.id, possible(action))
        else:
            views = self._desk.views
            self._ask(lambda: views.request(request.id), lambda row: detail.show_request(row, possible(None)))

    def _after_order(self) -> None:
        self.refresh()
        self.changed.emit()


def has_line(action: Any) -> bool:
    """Whether an action is about a record that stands on a page: a list that was read is none, and a kind that only
    comes along with an element, such as customers and lines of costs, has no page.
    """
    is_record = action is not None and bool(action.maestro_key or action.procore_id) and action.kind != ActionKind.READ
    return is_record and action.element in ELEMENTS


def possible(action: Any) -> dict[str, str]:
    """Remedy → text key of its button, for an action of the request, or for the request itself (None)."""
    here = {*PAGES, "retry_line", "confirm", "release_held", "open_in_procore", EXPLAIN} - {"open_manager"}
    names = here | ON_THE_LINE if has_line(action) else here
    return {name: f"action.{name}" for name in sorted(names)}


def _midnight(at: datetime) -> datetime:
    """Start of the reader's day, in UTC."""
    local = at.astimezone()
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
