"""One tab of the page Synchronization: the lines of an element and everything that can be done with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from maestro_procore.gui import conditions, formats
from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.decisions import Decisions
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.forecast_tip import ForecastTip
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.line_detail import LineDetail
from maestro_procore.gui.line_finder import LineFinder, Wanted
from maestro_procore.gui.line_remedies import LineRemedies
from maestro_procore.gui.line_table import LineModel
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.gui.pane_facts import CHIPS, Facts, question
from maestro_procore.gui.pane_footer import PaneFooter
from maestro_procore.gui.preview_panel import PreviewPanel
from maestro_procore.gui.projects_filter import ProjectsFilter
from maestro_procore.gui.run_bar import RunBar, RunState
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import REQUEST_SYMBOLS, RequestState

LOWEST_BELOW = 248
"""Pixels in which a record's pane shows a question with two answers; a low window gives at most its half."""


class ElementPane(QWidget):
    """Shows lines, writes requests; holds no rule."""

    changed = Signal()
    """Something was asked for: the journal has news."""

    def __init__(
        self,
        element: str,
        desk: Any,
        navigate: Callable[..., object],
        ask: Ask,
        clock: Clock = formats.now,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"pane_{element}")
        self.element = element
        self._desk, self._navigate, self._ask, self._clock = desk, navigate, asking(self, ask), clock
        self._facts = Facts()
        self.look = Look(self._ask, self._question, self._take)
        self._preview_id: str | None = None
        self._preview_keys: list[str] | None = None
        self._configured_filter: tuple[str, str] | None = None
        self.orders = Orders(desk, ask, self)
        self._build()
        self.finder = LineFinder(self.model, self.grid, desk.views, self._ask, self)
        self.remedies = LineRemedies(desk, self._ask, self.orders, self.notice, navigate, self.synchronize, self)
        self._connect()
        self.retranslate()

    # --- parts --------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.bar = RunBar(self)
        self.chips = FilterChips("sync.chip", CHIPS, self)
        self.projects = (
            ProjectsFilter(self.element, self._desk.views, self._ask, self) if self.element == "projects" else None
        )
        self.notice = NoticeBar(self)
        self.model = LineModel(self.element, self._desk.views, self._ask, self._clock, self)
        self.grid = GridView(self.model, f"lines_{self.element}", self)
        self.empty = EmptyState(self.grid)
        self.detail = LineDetail(self.element, self._desk, self._ask, self._clock, self)
        self.preview = PreviewPanel(
            self.element, self._desk.views, self._ask, self, may_choose=self._desk.rights.can_synchronize
        )
        self.below = QStackedWidget(self)
        self.below.addWidget(self.detail)
        self.below.addWidget(self.preview)
        self.below.hide()
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.grid)
        self.splitter.addWidget(self.below)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.footer = PaneFooter(self._clock, self)
        self.decisions = Decisions(
            self.element,
            self.orders,
            lambda: self.model.ticked_keys,
            lambda: self.model.tick_only([]),
            self._open_request,
            parent=self,
        )
        self.forecast = ForecastTip(self.bar, self.element, self._desk, self._ask, lambda: self.model.ticked_keys)
        self._lay_out()

    def _lay_out(self) -> None:
        filters = FlowLayout(gap=12)
        filters.addWidget(self.chips)
        if self.projects is not None:
            filters.add_right(self.projects)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.bar)
        layout.addLayout(filters)
        layout.addWidget(self.notice)
        layout.addWidget(self.decisions.held)
        layout.addWidget(self.decisions.acceptance)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.footer)

    def _connect(self) -> None:
        self.bar.synchronize_wanted.connect(self.synchronize)
        self.bar.preview_wanted.connect(self.start_preview)
        self.bar.cancel_wanted.connect(self.ask_to_cancel)
        self.bar.filter_changed.connect(self._filter_text)
        self.bar.filter.left.connect(self.grid.setFocus)
        self.bar.full.toggled.connect(self._forget_notice)
        self.chips.chosen.connect(self._filter_only)
        if self.projects is not None:
            self.projects.changed.connect(self._filter_group)
        self.model.counted.connect(self._say_empty)
        self.model.ticks_changed.connect(self._show_state)
        self.grid.opened.connect(self.open_line)
        self.grid.current_row_changed.connect(self._follow)
        self.grid.ticked.connect(self.model.toggle)
        self.grid.all_ticked.connect(self.tick_all)
        self.grid.closed.connect(self.close_below)
        self.empty.wanted.connect(self.clear_filters)
        self.detail.closed.connect(self.close_below)
        self.detail.chosen.connect(self._choose)
        self.detail.request_wanted.connect(self._open_request)
        self.detail.action_wanted.connect(self._carry_out)
        self.finder.hidden.connect(self._show_everything)
        self.finder.found.connect(self._open_found)
        self.finder.missed.connect(self._say_missed)
        self.preview.closed.connect(self.close_below)
        self.preview.apply_wanted.connect(self._apply_preview)
        self.preview.chosen.connect(self._choose_in_preview)
        self.footer.ticked.connect(self._repaint_waiting)
        self.orders.refused.connect(self.notice.say_problem)
        self.orders.went_through.connect(self.notice.hide)
        self.orders.done.connect(self._after_order)
        find = QShortcut(QKeySequence("Ctrl+F"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.find_text)

    # --- what is shown ------------------------------------------------------------------------------

    def _new_query(self) -> Any:
        from maestro_procore.store.views import LineQuery  # only after the desk is open: it imports sqlalchemy

        return LineQuery()

    def _change_query(self, **changes: Any) -> None:
        self.model.set_query(replace(self.model.query or self._new_query(), **changes))

    def _filter_text(self, words: str) -> None:
        self._change_query(text=words.strip())

    def _filter_only(self, only: str) -> None:
        self._change_query(only=only)

    def _filter_group(self, group: str, value: str) -> None:
        self._change_query(group=group, group_value=value)
        self.look()

    def show_only(self, only: str) -> None:
        """One of the chips, chosen from elsewhere; nothing else narrows the lines then."""
        self.bar.filter.clear()
        self.chips.choose(only)
        self._change_query(text="", only=only)

    def show_record(self, maestro_key: str | None, procore_id: int | None) -> None:
        """Choose the line of a record that another page names, and open it; now or as soon as the page is read."""
        self._wanted = Wanted(maestro_key, procore_id)
        self._find_wanted()

    _wanted: Wanted | None = None

    def _find_wanted(self) -> None:
        # Before the first facts the page does not know yet how Configuration filters the projects.
        if self._wanted is not None and self._facts.row is not None:
            wanted, self._wanted = self._wanted, None
            self.finder.find(wanted, self.model.query or self._new_query())

    def _show_everything(self) -> None:
        self._change_query(text="", only="all", group="all", group_value="")
        if self.projects is not None:
            self.projects.choose("all")
        self.clear_filters()

    def _open_found(self, place: Any) -> None:
        self.below.setCurrentWidget(self.detail)
        self._show_below()
        self.detail.show_line(place.line_id)
        self.grid.scrollTo(self.grid.currentIndex())
        self.grid.setFocus()

    def _say_missed(self, wanted: Wanted) -> None:
        code = wanted.maestro_key or str(wanted.procore_id)
        self.notice.say("info", text("remedy.line.gone", record=text(f"element.{self.element}.record", code=code)))

    def clear_filters(self) -> None:
        """Show every line again."""
        self.chips.choose("all")
        self.bar.filter.clear()
        self._change_query(text="", only="all")
        self.grid.setFocus()

    def find_text(self) -> None:
        self.bar.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.filter.selectAll()

    def refresh(self) -> None:
        """The journal changed: what is visible is read again."""
        if self.model.query is None:
            self._change_query()
        else:
            self.model.refresh()
        if self.detail.isVisible():
            self.detail.refresh()
        self.look()

    def _question(self) -> Callable[[], Facts]:
        return question(self._desk.views, self.element, self.model.query or self._new_query(), self._preview_id)

    def _take(self, facts: Facts) -> None:
        self._facts = facts
        self._follow_configured_filter()
        self._show_facts()
        self._open_preview_when_ready()
        self._find_wanted()

    def _follow_configured_filter(self) -> None:
        """*Filter Projects by* starts as Configuration says, and follows when it is changed there (F091)."""
        if self.projects is None:
            return
        settings = self._facts.settings
        configured = (str(settings.get("project_filter") or "all"), str(settings.get("project_filter_value") or ""))
        if configured != self._configured_filter:
            self._configured_filter = configured
            self.projects.choose(*configured)

    def _show_facts(self) -> None:
        facts = self._facts
        self.chips.set_counts(facts.shown)
        if self.projects is not None:
            self.projects.show_hidden(facts.hidden)
        self._show_state()
        self._show_last()
        last, may_decide = facts.row and facts.row.last_request, self._desk.rights.can_synchronize
        self.decisions.show_facts(facts.acceptances, last, may_decide=may_decide)
        self.footer.show_facts(facts)
        self._say_empty(self.model.rowCount())

    def _show_state(self, _ticked: int = 0) -> None:
        ticked = len(self.model.ticked_keys)
        self.grid.horizontalHeader().viewport().update()
        self.bar.show_state(RunState(self._desk.rights.can_synchronize, self._facts.active is not None, ticked))

    def _show_last(self) -> None:
        row = self._facts.row
        last = row.last_request if row is not None else None
        if last is None or last.ended_at is None:  # one is under way: what counts is the success before it
            success = row.last_success_at if row is not None else None
            words = text("sync.last", time=formats.moment(success, self._clock())) if success else ""
            self.bar.show_last("check" if success else "", words or text("sync.last.never"), formats.exact(success))
            return
        symbol = REQUEST_SYMBOLS[RequestState(last.state)]
        when = formats.moment(last.ended_at, self._clock())
        state = text(f"state.request.{RequestState(last.state).value}")
        tip = [f"{state} – {formats.exact(last.ended_at)}"]
        if last.problem is not None:  # such as a refused password, which stands on no line
            tip += [formats.sentence(last.problem), formats.remedy(last.problem)]
        self.bar.show_last(symbol.value, text("sync.last", time=when), "\n".join(tip))

    def _repaint_waiting(self) -> None:
        self.model.repaint_rows(self.model.waiting_rows())

    def _say_empty(self, rows: int) -> None:
        """An empty grid says why, and what to do."""
        if rows:
            self.empty.hide()
        elif not self.model.is_answered:
            self.empty.say(text("sync.empty.loading"))
        elif self._facts.total:
            self.empty.say(text("sync.empty.filtered"), button=text("sync.filter.clear").replace("&", ""))
        elif self._facts.row is not None and self._facts.row.last_success_at is not None:
            self.empty.say(text("sync.empty.nothing"))
        else:
            self.empty.say(text("sync.empty.never"))

    # --- lines --------------------------------------------------------------------------------------

    def open_line(self, row: int) -> None:
        """Show the record below the grid."""
        line = self.model.loaded_row(row)
        if line is None:
            return
        self.below.setCurrentWidget(self.detail)
        self._show_below()
        self.detail.show_line(line.id)

    def _follow(self, row: int) -> None:
        """With the detail open, the arrow keys walk through the records."""
        if self.below.isVisible() and self.below.currentWidget() is self.detail and row >= 0:
            self.open_line(row)

    def _show_below(self) -> None:
        if not self.below.isVisible():
            self.below.show()
            height = max(1, self.splitter.height())
            share = height // 2 if self.below.currentWidget() is self.preview else height * 2 // 5
            below = max(share, min(LOWEST_BELOW, height // 2))
            self.splitter.setSizes([height - below, below])

    def close_below(self) -> None:
        """Escape: the whole height for the grid again."""
        if self.below.isVisible():
            self.below.hide()
            self.grid.setFocus()

    def tick_all(self) -> None:
        """Tick every line of the query, whether loaded or not; untick when something is ticked."""
        if self.model.ticked_keys:
            self.model.tick_only([])
            return
        views, element, query = self._desk.views, self.element, self.model.query
        self._ask(
            lambda: views.lines(element, query, 0, views.count_lines(element, query)),
            self.model.tick_only,
        )

    # --- what the reader wants ----------------------------------------------------------------------

    def synchronize(self, scope: str = "element") -> None:
        """element · selection · everything. What needs the reader's consent is asked on the page first."""
        if not self._desk.rights.can_synchronize:
            self.notice.say_problem(Problem("CFG-12"))
        elif scope == "selection" and not self.model.ticked_keys:
            self.notice.say("info", text("sync.nothing_selected"))
        else:
            views, element = self._desk.views, None if scope == "everything" else self.element
            keys = self.model.ticked_keys if scope == "selection" else None
            self._ask(lambda: conditions.look(views, element, keys), lambda found: self._confirm(scope, found))

    def _confirm(self, scope: str, found: conditions.Found) -> None:
        """A full run (SRV-13), and records that go through under a condition (F016); else it starts at once."""
        is_full = self.bar.full.isChecked()
        if not is_full and not found.count:
            self._start(scope, is_full=False)
            return
        number = len(self.model.ticked_keys) if scope == "selection" else self._facts.total
        full = formats.sentence(Problem("SRV-13", {"n": number})) if is_full else ""
        self.notice.ask(
            "warning",
            " ".join(words for words in (full, found.words) if words),
            text("sync.full.button" if is_full else "sync.conditions.button"),
            lambda: self._start(scope, is_full=is_full),
            text("action.cancel"),
            (text("sync.conditions.show"), lambda: self._show_conditions(found.element)) if found.count else None,
        )

    def _show_conditions(self, element: str) -> None:
        """The lines that the question is about; it stays open meanwhile."""
        if element == self.element:
            self.show_only("warnings")
        else:
            self._navigate("synchronization", {"element": element})

    def _start(self, scope: str, *, is_full: bool) -> None:
        self.bar.full.setChecked(False)  # never kept for the next run (F032)
        self.notice.hide()
        if scope == "everything":
            self.orders.synchronize_all(is_full=is_full)
        else:
            keys = self.model.ticked_keys if scope == "selection" else None
            self.orders.synchronize(self.element, keys=keys, is_full=is_full)

    def start_preview(self) -> None:
        """Ask for the plan; it opens below the grid when it is ready."""
        if not self._desk.rights.can_synchronize:
            self.notice.say_problem(Problem("CFG-12"))
            return
        self._preview_keys = self.model.ticked_keys or None
        self.notice.hide()
        self.orders.preview(
            self.element, self._preview_started, keys=self._preview_keys, is_full=self.bar.full.isChecked()
        )

    def _preview_started(self, request: Any) -> None:
        self._preview_id = str(request["id"])
        self.below.setCurrentWidget(self.preview)
        self.preview.show_running()
        self._show_below()

    def _open_preview_when_ready(self) -> None:
        request = self._facts.preview
        if request is not None and RequestState(request.state).has_ended:
            self._preview_id = None
            self.below.setCurrentWidget(self.preview)
            self._show_below()
            self.preview.show_request(request)

    def _apply_preview(self, request: Any) -> None:
        self.bar.full.setChecked(False)
        self.close_below()
        self.orders.synchronize(self.element, keys=self._preview_keys, is_full=request.mode == "full")

    def _choose_in_preview(self, maestro_key: str, field: str, choice: str) -> None:
        """The plan is made again at once, so that what would be done is always what is shown."""

        def again(_answer: Any) -> None:
            self.orders.preview(self.element, self._preview_started, keys=self._preview_keys)

        self.orders.choose(self.element, maestro_key, field, choice, again)

    def ask_to_cancel(self) -> None:
        """On the page, not in a dialog: what is sent stays."""
        active = self._facts.active
        if active is None:
            return
        self.notice.ask(
            "warning",
            text("sync.cancel.question", element=text(f"element.{self.element}")),
            text("sync.cancel.button"),
            lambda: self.orders.cancel(active.id),
            text("sync.cancel.keep"),
        )

    def _choose(self, maestro_key: str, subject: str, choice: str) -> None:
        self.orders.choose(self.element, maestro_key, subject, choice, lambda _: self._offer_to_send(maestro_key))

    def _offer_to_send(self, maestro_key: str) -> None:
        """A choice is carried out by the next run; the reader may want that now."""
        record = text(f"element.{self.element}.record", code=maestro_key)
        self.notice.ask(
            "info",
            text("sync.chosen", record=record),
            text("action.retry_line"),
            lambda: self.orders.synchronize(self.element, keys=[maestro_key]),
            text("action.close"),
        )

    def _carry_out(self, remedy: str) -> None:
        """The button beside a message (model.problems.action)."""
        if self.detail.line is not None and remedy in self.decisions.deeds:
            self.decisions.deeds[remedy](self.detail.line)
        elif self.detail.line is not None:
            self.remedies.carry_out(remedy, self.detail.line)

    def _open_request(self, request_id: str) -> None:
        self._navigate("manager", {"request": request_id})

    def _after_order(self) -> None:
        self.refresh()
        self.changed.emit()

    def _forget_notice(self, _checked: bool = False) -> None:
        self.notice.hide()

    # --- frame --------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text again, in the language that was just chosen."""
        self.bar.retranslate()
        self.chips.retranslate()
        if self.projects is not None:
            self.projects.retranslate()
        self.model.retranslate()
        self.detail.retranslate()
        self.preview.retranslate()
        self.notice.hide()
        self.grid.setAccessibleName(text("sync.grid.name", element=text(f"element.{self.element}")))
        self._show_facts()
