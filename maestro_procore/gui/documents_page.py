"""The page Documents: projects whose files are kept in step, what was done with them, and what waits for a person."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QPushButton, QStackedLayout, QTabWidget, QWidget

from maestro_procore.gui import documents_undo, formats
from maestro_procore.gui import documents_words as words
from maestro_procore.gui.asking import Look
from maestro_procore.gui.documents_history import FileHistory
from maestro_procore.gui.documents_meanwhile import MeanwhileTab
from maestro_procore.gui.documents_options import OptionsTab
from maestro_procore.gui.documents_orders import FileOrders
from maestro_procore.gui.documents_overview import InitialBanner, OverviewTab
from maestro_procore.gui.documents_places import other_folder
from maestro_procore.gui.documents_policy import PolicyTab
from maestro_procore.gui.documents_proof import FileProofs
from maestro_procore.gui.documents_tables import ProjectTable
from maestro_procore.gui.documents_tabs import (
    NOBODY,
    ActivityTab,
    ApartTab,
    ConflictsTab,
    FileTab,
    HeldTab,
    PlanTab,
    find_key,
)
from maestro_procore.gui.documents_trash import TrashTab
from maestro_procore.gui.documents_undo import RunsTab
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.grid_page import GridPage, flow
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard import ProjectWizard
from maestro_procore.i18n import text
from maestro_procore.model.file_forecast import Forecast
from maestro_procore.model.problems import Problem

DEEDS = (
    *("add", "continue", "synchronize", "approve", "pause", "go_on", "repair", "accept"),
    *("prove", "reset", "remove", "open"),
)
REPAIRABLE = frozenset({"FIL-18", "FIL-19"})
"""Why a project is paused when one click puts its top folders right (F198)."""
NO_PROJECT = ("documents.none", "documents.none.words")
Part = FileTab | OptionsTab | OverviewTab | PolicyTab
LOOKED_AT = timedelta(minutes=1)
"""How often the journal is told that somebody has a project before him."""
_NEEDS_CONFIGURE = frozenset({"add", "continue", "reset", "remove"})
BEFORE_START = frozenset({"added", "preflight", "planned"})
"""Phases of a project that the wizard can go on with."""


class DocumentsPage(GridPage):
    """Above the projects and what may be done with the chosen one, below its plan, history and open questions."""

    name = "documents_page"
    _totals: tuple[Sequence[Any], list[float]] = ((), [])
    _told: tuple[int, datetime] | None = None
    _starting: int | None = None

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        views = self._desk.views
        self.orders = FileOrders(self._desk, self._raw_ask, self)
        self._read_totals = Look(self._ask, lambda: self._totals_question, self._show_totals)
        self.totals = PlainLabel(parent=self, wraps=True, name="documents_totals")
        self.banner = InitialBanner(self)
        self.notice = NoticeBar(self)
        self.model = ProjectTable(views, self._ask, self._clock, self)
        self.grid = GridView(self.model, "file_projects", self)
        self.empty = EmptyState(self.grid)
        self.buttons: dict[str, QPushButton] = self._buttons("documents", DEEDS)
        self.buttons["synchronize"].setProperty("main", True)
        self.buttons["approve"].setProperty("main", True)
        self.about = PlainLabel(parent=self, wraps=True, name="documents_about").can_be_copied()
        self.wizard = ProjectWizard(self._desk, self._raw_ask, self._clock, self)
        self.plan = PlanTab(views, self._ask, self._clock, self)
        self.activity = ActivityTab(views, self._ask, self._clock, self)
        self.conflicts = ConflictsTab(views, self._ask, self._clock, self)
        self.held = HeldTab(views, self._ask, self._clock, self)
        self.apart = ApartTab(views, self._ask, self._clock, self)
        self.meanwhile = MeanwhileTab(views, self._ask, self._clock, self)
        self.trash = TrashTab(views, self._ask, self._clock, self)
        self.runs = RunsTab(self._preview_undo, views, self._ask, self._clock, self)
        lists = (self.plan, self.activity, self.conflicts, self.held, self.apart, self.meanwhile, self.runs, self.trash)
        self.options = OptionsTab(self._read_options, self._ask, self)
        self.policy = PolicyTab(views, self._ask, self)
        self.overview = OverviewTab(views, self._ask, self._clock, self)
        self.parts: tuple[Part, ...] = (self.overview, *lists, self.policy, self.options)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("documents_tabs")
        self.tabs.setDocumentMode(True)
        for part in self.parts:
            self.tabs.addTab(part, "")
        self.tabs.setCurrentWidget(self.activity)

    def _lay_out(self) -> None:
        deeds = flow(*self.buttons.values())
        self.verify = QPushButton(self)
        self.verify.setObjectName("documents_verify")
        deeds.add_right(self.verify)
        self.split = self._split(Qt.Orientation.Vertical, [230, 400], self._column(self.grid, self.about), self.tabs)
        self.main = QWidget(self)
        self.stack = QStackedLayout(self)
        self.stack.addWidget(self.main)
        self.stack.addWidget(self.wizard)
        self._lay_page(self.totals, self.banner, deeds, self.notice, self.split, on=self.main)

    def _connect(self) -> None:
        self.model.counted.connect(self._counted)
        self.grid.current_row_changed.connect(lambda _row: self._choose())
        self.grid.opened.connect(lambda _row: self.start("open"))
        self.conflicts.chosen.connect(self._resolve)
        self.held.chosen.connect(self._ask_about_held)
        self.apart.again.connect(self._try_again)
        self.apart.folder.connect(self._open_other_folder)
        self.policy.saved.connect(self.orders.change_policy)
        self.runs.wanted.connect(self._ask_to_undo)
        self.history = FileHistory(
            self._desk, self.orders, self._raw_ask, self._clock, self.activity, self.notice, self
        )
        self.trash.restore.connect(lambda row: self.orders.restore_from_trash(row["id"]))
        self.trash.save.connect(self._save_from_trash)
        self.trash.empty_all.connect(self._ask_to_empty_trash)
        self.tabs.currentChanged.connect(lambda _place: self._choose())
        self.orders.refused.connect(self.notice.say_problem)
        self.orders.done.connect(self.refresh)
        self.wizard.closed.connect(self._close_wizard)
        self.wizard.started.connect(self._started)
        self.proofs = FileProofs(self._desk, self.orders, self._ask, self.notice, self)
        self.verify.clicked.connect(self.proofs.verify)
        self.options.saved.connect(self.orders.change_options)
        self.options.again.connect(self.orders.send_again)
        self.orders.refused.connect(self.options.refused)
        find_key(self.main, lambda: getattr(self.tabs.currentWidget(), "search", self.activity.search))

    # --- frame ----------------------------------------------------------------------------------------

    def page_shown(self) -> None:
        super().page_shown()
        if self.is_adding:
            self.wizard.setFocus()

    def _filter(self, *_: object) -> None:
        self.model.set_query(0)

    def refresh(self) -> None:
        super().refresh()
        self._read_totals()
        self.proofs.look()
        if self.is_adding:
            self.wizard.refresh()

    @property
    def is_adding(self) -> bool:
        """Whether the wizard stands in the page's place."""
        return self.stack.currentWidget() is self.wizard

    def add_project(self, ids: Sequence[int] = ()) -> None:
        """Opens the wizard, for a new project or for those that were added and not started yet."""
        self.notice.hide()
        self.stack.setCurrentWidget(self.wizard)
        self.wizard.open(ids)

    def _close_wizard(self) -> None:
        self.stack.setCurrentWidget(self.main)
        self.refresh()
        self.grid.setFocus()

    def _started(self, project_id: int) -> None:
        self._starting = project_id
        self.notice.say("info", text("documents.started"))
        self.show_project(project_id)

    def _tell_completion(self, rows: Sequence[Any]) -> None:
        """In the place of the promise that somebody will be told."""
        if self._starting is None:
            return
        if not self.notice.isVisibleTo(self) or self.notice.words != text("documents.started"):
            self._starting = None
            return
        found = next((row for row in rows if row.id == self._starting and row.completed_at is not None), None)
        if found is not None:
            self._starting = None
            self.notice.say("info", formats.sentence(Problem("FIL-17", {"project": found.name})))

    def show_project(self, project_id: int) -> None:
        """The project of that number, where it is in the list."""
        place = self.model.find(project_id)
        if place >= 0:
            self.grid.selectRow(place)

    def retranslate(self) -> None:
        self.grid.setAccessibleName(text("documents.projects"))
        self.tabs.tabBar().setAccessibleName(text("documents.tabs"))
        for deed, button in self.buttons.items():
            button.setText(text(f"documents.button.{deed}"))
            button.setToolTip(text(f"documents.button.{deed}.tip"))
        self.verify.setText(text("documents.button.verify"))
        self.verify.setToolTip(text("documents.button.verify.tip"))
        self.notice.hide()
        self.model.retranslate()
        for part in self.parts:
            part.retranslate()
        self.history.retranslate()
        self.wizard.retranslate()
        self._show_tabs()
        self._show_totals(self._totals)
        if not self.model.rowCount():
            self._choose_first(0, *NO_PROJECT)
        self._show_buttons()
        self._show_about()

    # --- the chosen project ---------------------------------------------------------------------------

    def _counted(self, rows: int) -> None:
        self._choose_first(rows, *NO_PROJECT)
        self._choose()

    def _choose(self) -> None:
        row, rights = self.row, self._desk.rights
        is_policy = self.tabs.currentWidget() is self.policy
        may = bool(rights.can_configure if is_policy else rights.can_synchronize)
        part: Any = self.tabs.currentWidget()  # the others look when somebody turns to them
        part.show_project(row.id if row is not None else NOBODY, may=may)
        self._show_buttons()
        self._show_tabs()
        self._show_about()
        self._tell_looked_at()

    def _tell_looked_at(self) -> None:
        """An open project is looked at each minute (F126); told rarely, because telling changes the journal."""
        row, now = self.row, self._clock()
        if row is None or not self.isVisible():
            return
        if self._told is None or self._told[0] != row.id or now - self._told[1] >= LOOKED_AT:
            self._told = (row.id, now)
            self.orders.look_at(row.id)

    def _show_tabs(self) -> None:
        row = self.row
        counts = {"conflicts": row.conflicts, "held": row.held, "apart": row.apart} if row is not None else {}
        for place, part in enumerate(self.parts):
            name, count = text(f"documents.tab.{part.name}"), counts.get(part.name, 0)
            said = text("documents.tab", name=name, count=count) if count else name
            self.tabs.setTabText(place, said.replace("&", "&&"))

    def _show_about(self) -> None:
        """What the cells have no room for: the whole message with its remedy, and the destination."""
        row = self.row
        self.tabs.setVisible(row is not None)
        self.about.setVisible(row is not None)
        if row is not None:
            said = words.progress(row, self._clock())
            where = text("documents.about", url=formats.address(row.destination)) if row.destination else ""
            left = row.forecast
            told = words.forecast(left) if left is not None and (left.files or left.calls) else ""
            self.about.setText("\n".join(filter(None, (" ".join((said.text, said.remedy)).strip(), told, where))))

    def _show_buttons(self) -> None:
        row, rights = self.row, self._desk.rights
        possible = _possible(row) if row is not None else frozenset({"add"})
        for deed, button in self.buttons.items():
            may = rights.can_configure if deed in _NEEDS_CONFIGURE else deed == "open" or rights.can_synchronize
            button.setVisible(deed in possible)
            button.setEnabled(bool(may) and deed in possible)

    def _read_options(self, project_id: int) -> Any:
        """Blocking; for the tab Options."""
        rows = self._desk.views.files.projects(project_id)
        return (rows[0], self._desk.commands.files.notification(project_id)) if rows else None

    # --- totals ---------------------------------------------------------------------------------------

    def _totals_question(self) -> tuple[Sequence[Any], list[float]]:
        views = self._desk.views.files
        return views.projects(), views.latencies()

    def _show_totals(self, totals: tuple[Sequence[Any], list[float]]) -> None:
        self._totals, (rows, seconds) = totals, totals
        self.totals.setVisible(bool(rows))
        self.banner.show_projects(rows)
        self._tell_completion(rows)
        if not rows:
            return
        files, size = sum(row.files for row in rows), sum(row.size_bytes for row in rows)
        parts = [
            text("documents.totals.projects", count=len(rows)),
            text("documents.totals.files", count=files, size=words.size(size)),
            *words.counts(rows, "waiting", "conflicts", "held"),
            words.latency(seconds),
        ]
        self.totals.setText(" · ".join(part for part in parts if part))

    # --- deeds ----------------------------------------------------------------------------------------

    def start(self, deed: str, *_: object) -> None:
        """A button was pressed."""
        row = self.row
        if deed == "add":
            self.add_project()
            return
        if row is None or deed not in _possible(row):
            return
        now: dict[str, Callable[[], object]] = {
            "continue": lambda: self.add_project([row.id]),
            "synchronize": lambda: self.orders.synchronize_files(row.id),
            "approve": lambda: self._ask_to_approve(row),
            "pause": lambda: self.orders.pause(row.id),
            "go_on": lambda: self.orders.go_on(row.id),
            "repair": lambda: self.orders.go_on(row.id, repair=True),
            "prove": lambda: self.proofs.prove(row.id, row.name),
            "accept": lambda: self.orders.go_on(row.id, accept=True),
            "reset": lambda: self._ask_to("reset", row, lambda: self.orders.reset(row.id)),
            "remove": lambda: self._ask_to("remove", row, lambda: self.orders.remove(row.id)),
            "open": lambda: self._open_destination(row),
        }
        now[deed]()

    def _ask_to(self, deed: str, row: Any, agreed: Callable[[], object]) -> None:
        self.notice.ask(
            "warning",
            text(f"documents.ask.{deed}", name=row.name),
            text(f"documents.do.{deed}"),
            agreed,
            text("action.cancel"),
        )

    def _ask_to_approve(self, row: Any) -> None:
        """Counts by action and side stand in the tab beside the question."""
        self.tabs.setCurrentWidget(self.plan)
        views, now = self._desk.views, self._clock()

        def look() -> tuple[Sequence[dict[str, Any]], Forecast]:
            return views.files.planned(row.id), views.files.forecast(row.id, views.budget(), now)

        self._ask(look, lambda found: self._ask_for_plan(row, *found))

    def _ask_for_plan(self, row: Any, planned: Sequence[dict[str, Any]], told: Forecast) -> None:
        sums = {side: sum(each["n"] for each in planned if each["target"] == side) for side in ("drive", "procore")}
        deletions = sum(each["n"] for each in planned if each["verb"] == "delete")
        parts = [
            text("documents.ask.approve", name=row.name),
            text("documents.ask.approve.drive", count=sums["drive"]),
            text("documents.ask.approve.procore", count=sums["procore"]),
            text("documents.ask.approve.deletions", count=deletions),
            words.forecast(told),
        ]
        self.notice.ask(
            "warning" if deletions else "info",
            " ".join(parts),
            text("documents.do.approve"),
            lambda: self.orders.approve(row.id),
            text("action.cancel"),
        )

    def _open_destination(self, row: Any) -> None:
        self._open_address(row.destination)

    def _open_other_folder(self, apart: Any) -> None:
        """Where a file that does not go over by itself can be put by hand."""
        row, views = self.row, self._desk.views
        if row is None or apart is None:
            return

        def address() -> str:
            return other_folder(row, apart, views.settings().get("api_url") or "")

        self._ask(address, self._open_address)

    def _open_address(self, url: str) -> None:
        if self._desk.environment == "training":
            self.notice.say("info", text("documents.open.training", url=url))
        elif not url.startswith("https://") or not self._open_url(QUrl(url)):
            self.notice.say("warning", text("documents.open.failed", url=url))

    # --- what waits for a person -------------------------------------------------------------------------

    def _resolve(self, row: Any, choice: str) -> None:
        if row is not None:
            self.orders.resolve(row.id, choice)

    def _ask_about_held(self, row: Any, choice: str) -> None:
        """Held deletions of one tool are answered together; what that means is said first."""
        if row is None:
            return
        count = sum(item["items"] for item in row.hold.items)
        self.notice.ask(
            "warning" if choice == "apply" else "info",
            text(f"documents.ask.{choice}", count=count, tool=words.tool(row.hold.tool)),
            text(f"documents.do.{choice}"),
            lambda: self.orders.answer_hold(row.hold.pair_id, choice),
            text("action.cancel"),
        )

    def _preview_undo(self, run: str) -> Any:
        """Blocking; for the tab Runs."""
        return self._desk.commands.files.preview_undo(run)

    def _ask_to_undo(self, told: Any) -> None:
        """Deletions that are too many to go unasked are confirmed with the same click: their number was said."""
        self.notice.ask(
            "warning",
            documents_undo.question(told),
            text("documents.do.undo"),
            lambda: self.orders.undo_run(told.request["id"], confirm=told.held is not None),
            text("action.cancel"),
        )

    def _save_from_trash(self, row: Any, file: Path) -> None:
        said = text("documents.trash.saved", file=str(file))
        self.orders.save_from_trash(row["id"], file, lambda _: self.notice.say("info", said))

    def _ask_to_empty_trash(self) -> None:
        if (row := self.row) is not None:
            self._ask_to("empty_trash", row, lambda: self.orders.empty_trash(row.id))

    def _try_again(self, row: Any) -> None:
        if row is not None:
            self.orders.try_again(row.pair_id, row.side, row.item_id)


def _possible(row: Any) -> frozenset[str]:
    """What makes sense for a project as it is."""
    always = {"add", "reset", "remove", "prove"} | ({"open"} if row.destination else set())
    if row.phase == "paused":
        is_moved = row.problem is not None and row.problem.code in REPAIRABLE
        return frozenset(always | {"go_on"} | ({"repair", "accept"} if is_moved else set()))
    if row.phase in BEFORE_START:
        always |= {"continue"}
    return frozenset(always | {"synchronize", "pause"} | ({"approve"} if row.phase == "planned" else set()))
