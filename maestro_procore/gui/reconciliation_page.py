"""The page Reconciliation: both sides to the cent, each difference with its cause, and a certificate to sign.

It shows what a request found and the journal keeps; last month's figures stay last month's.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats
from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.gui.reconciliation_foot import ReconciliationFoot
from maestro_procore.gui.reconciliation_head import ReconciliationHead
from maestro_procore.gui.reconciliation_table import ReconciliationModel
from maestro_procore.i18n import current_language, text
from maestro_procore.model.problems import Problem, Refused

CHIPS = ("all", "differing", "unexplained")


class ReconciliationPage(QWidget):
    """Above what is asked for and the verdict, in the middle the lines, below totals, bridge items and names."""

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
        self.setObjectName("reconciliation_page")
        self._desk, self._navigate, self._ask, self._clock = desk, navigate, asking(self, ask), clock
        self._rows: list[Any] = []
        self._shown = ""
        """Id of the request whose reconciliation is shown; '' for the newest."""
        self._read_figures: tuple[str, Any] = ("", None)
        self.orders = Orders(desk, ask, self)
        self._read = Look(self._ask, lambda: self._question, self._take)
        self._build()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self.notice = NoticeBar(self)
        self.head = ReconciliationHead(self._clock().astimezone().date(), self)
        self.head.run.setEnabled(self._desk.rights.can_synchronize)
        self.chips = FilterChips("reconcile.chip", list(CHIPS), self)
        self.search = QLineEdit(self)
        self.search.setObjectName("reconciled_search")
        self.search.setClearButtonEnabled(True)
        self.model = ReconciliationModel(self._desk.views, self._ask, self)
        self.grid = GridView(self.model, "reconciled_lines", self)
        self.empty = EmptyState(self.grid)
        self.foot = ReconciliationFoot(self)

    def _lay_out(self) -> None:
        filters = QHBoxLayout()
        filters.setSpacing(12)
        filters.addWidget(self.chips)
        filters.addWidget(self.search, 1)
        self.split = QSplitter(Qt.Orientation.Vertical, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.grid)
        self.split.addWidget(self.foot)
        self.split.setSizes([340, 260])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.notice)
        layout.addWidget(self.head)
        layout.addLayout(filters)
        layout.addWidget(self.split, 1)

    def _connect(self) -> None:
        self.head.wanted.connect(self.reconcile)
        self.head.chosen.connect(self.show_reconciliation)
        self.head.request_wanted.connect(lambda request: self._navigate("manager", {"request": request}))
        self.chips.chosen.connect(lambda _chip: self._filter())
        self.search.textChanged.connect(lambda _words: self._filter())
        self.model.counted.connect(self._counted)
        self.grid.current_row_changed.connect(lambda _row: self._choose_line())
        self.grid.opened.connect(lambda _row: self.foot.bridges.setFocus())
        self.foot.signed.connect(self._sign)
        self.foot.save_wanted.connect(self.ask_where_to_save)
        self.empty.wanted.connect(self.reconcile)
        self.orders.refused.connect(self.notice.say_problem)
        self.orders.done.connect(self.refresh)
        find = QShortcut(QKeySequence("Ctrl+F"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)

    # --- frame ----------------------------------------------------------------------------------------

    def page_shown(self) -> None:
        self.refresh()
        self.grid.setFocus()

    def refresh(self) -> None:
        """The journal changed."""
        self._read()

    def retranslate(self) -> None:
        for part in (self.head, self.chips, self.model, self.foot):
            part.retranslate()
        self.search.setPlaceholderText(text("reconcile.page.search"))
        self.search.setAccessibleName(text("reconcile.page.search"))
        self.grid.setAccessibleName(text("reconcile.page.lines"))
        self.notice.hide()
        self._show_row()
        self._counted(self.model.rowCount())

    # --- what is shown ----------------------------------------------------------------------------------

    @property
    def row(self) -> Any:
        """The reconciliation that is shown (store.reconciled_views.ReconciliationRow), None without one."""
        return next((row for row in self._rows if not self._shown or row.request_id == self._shown), None)

    def show_reconciliation(self, request_id: str) -> None:
        """Choose one that is in the list; '' for the newest."""
        self._shown = request_id
        self.refresh()

    @property
    def _question(self) -> Callable[[], Any]:
        """All that the page shows beside the lines, asked in one go."""
        views, shown, (read, figures) = self._desk.views, self._shown, self._read_figures

        def question() -> Any:
            from maestro_procore.store.views import LineQuery

            rows = views.reconciliations()
            row = next((each for each in rows if not shown or each.request_id == shown), None)
            codes = [line.maestro_key for line in views.lines("projects", LineQuery(), 0, 100_000) if line.is_linked]
            if row is None or not row.has_ended:
                return rows, codes, None
            key = f"{row.request_id} {row.made_at}"
            return rows, codes, (key, figures if key == read else views.reconciled_totals(row.request_id))

        return question

    def _take(self, answer: Any) -> None:
        rows, codes, figures = answer
        self._rows = rows
        self._read_figures = figures or ("", None)
        self.head.offer_projects(codes)
        self.head.show_history(rows, self.row.request_id if self.row is not None else "")
        self._show_row()
        self._filter()
        self.model.refresh()

    def _show_row(self) -> None:
        row, (_, figures) = self.row, self._read_figures
        self.head.show_row(row, _verdict(row), self._clock())
        self.foot.show_names(row, may=self._desk.rights.can_synchronize)
        self.foot.show_totals(figures or ())
        self.chips.setEnabled(row is not None)
        self._counted(self.model.rowCount())

    def _filter(self) -> None:
        from maestro_procore.store.reconciled_views import ReconciledQuery

        held = self.model.query
        query = ReconciledQuery(
            request_id=self.row.request_id if self.row is not None and self.row.has_ended else "",
            only=self.chips.current,
            text=self.search.text(),
        )
        self.model.set_query(replace(query, sort=held.sort, descending=held.descending) if held else query)

    def _counted(self, rows: int) -> None:
        if rows:
            self.empty.hide()
            if self.grid.current_row() < 0:
                self.grid.selectRow(0)
            self._choose_line()
            return
        self.foot.show_line(None)
        may = text("reconcile.page.run").replace("&", "") if self._desk.rights.can_synchronize else ""
        if self.row is None:
            self.empty.say(text("reconcile.empty.none"), text("reconcile.empty.none.words"), may)
        elif not self.row.has_ended:
            self.empty.say(self.head.verdict.text())
        else:
            self.empty.say(text("reconcile.empty.filtered"))

    def _choose_line(self) -> None:
        row = self.grid.current_row()
        self.foot.show_line(self.model.loaded_row(row) if row >= 0 else None)

    # --- what the reader wants --------------------------------------------------------------------------

    def reconcile(self) -> None:
        """A new reconciliation, as the controls say; it is shown from now on."""
        self.notice.hide()
        head = self.head
        self.orders.reconcile(
            head.asked_project, head.asked_cut_off, lambda request: self.show_reconciliation(request["id"])
        )

    def _sign(self, prepared_by: str, reviewed_by: str) -> None:
        if self.row is not None:
            self.orders.sign(self.row.request_id, prepared_by, reviewed_by)

    def ask_where_to_save(self) -> None:
        """The file's place is asked by the desktop's own dialog."""
        if self.row is None:
            return
        name = text("reconcile.page.file", cut_off=self.row.cut_off)
        words = text("reconcile.page.save").replace("&", "")
        chosen, _ = QFileDialog.getSaveFileName(self, words, str(Path.home() / f"{name}.xlsx"), "Excel (*.xlsx)")
        if chosen:
            self.save(Path(chosen))

    def save(self, file: Path) -> None:
        """The workbook of what is shown, in the reader's language."""
        views, request_id, language = self._desk.views, self.row.request_id, current_language()

        def write() -> Problem | None:
            from maestro_procore.engine.workbook import save_certificate

            try:
                save_certificate(file, views.reconciliation(request_id), views.reconciled_whole(request_id), language)
            except Refused as refused:
                return refused.problem
            return None

        self._ask(write, lambda problem: self._saved(file, problem))

    def _saved(self, file: Path, problem: Problem | None) -> None:
        if problem is not None:
            self.notice.say_problem(problem)
        else:
            self.notice.say("info", text("reconcile.saved", file=str(file)))


def _verdict(row: Any) -> str:
    """In words; '' while there is no result."""
    if row is None or not row.has_ended:
        return ""
    if row.agrees:
        return text("reconcile.agrees")
    apart = row.problem.args.get("n") if row.problem is not None else None
    return text("reconcile.differs", count=int(apart)) if apart else text("reconcile.not_whole")
