"""*Versions and authors* and *Save as CSV* beside the history of files on the page Documents."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from maestro_procore.engine.history_csv import write_csv
from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.documents_orders import FileOrders
from maestro_procore.gui.documents_proof import UNFIT
from maestro_procore.gui.documents_tabs import ActivityTab
from maestro_procore.gui.documents_versions import VersionsPanel
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused

COLUMNS = ("at", "by", "run", "tool", "deed", "side", "path", "why", "state", "size_bytes", "before", "after")


class FileHistory(QObject):
    """Of one page: hangs itself onto the tab Activity."""

    def __init__(
        self, desk: Any, orders: FileOrders, ask: Ask, clock: Clock, tab: ActivityTab, notice: NoticeBar, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._orders, self._clock = desk, orders, clock
        self._tab, self._notice, self._page = tab, notice, page
        self._ask = asking(self, ask)
        self.versions = VersionsPanel(desk, self._ask, ask, clock, page)
        tab.beside.addWidget(self.versions)
        tab.shown.connect(lambda row: self.versions.show_step(row, may=tab.may))
        tab.saved.connect(self._save)
        self.versions.wanted.connect(self._ask_for_version)

    def retranslate(self) -> None:
        self.versions.retranslate()

    def _ask_for_version(self, step: Any, version: Any) -> None:
        at = formats.moment(version.at, self._clock()) if version.at else "?"
        self._notice.ask(
            "warning",
            text(
                "documents.ask.version",
                time=at,
                by=version.by or words.side(version.side.value),
                name=formats.file_name(step.path),
            ),
            text("documents.do.version"),
            lambda: self._orders.restore_version(step, version),
            text("action.cancel"),
        )

    def _save(self) -> None:
        """Asks where, and writes the history of the whole project."""
        project_id = self._tab.project_id
        proposed = f"{text('documents.tab.activity').translate(UNFIT)}.csv"
        title, kinds = text("documents.activity.csv").replace("&", ""), text("documents.csv.kind")
        chosen, _ = QFileDialog.getSaveFileName(self._page, title, str(Path.home() / proposed), kinds)
        if chosen:
            files = self._desk.views.files
            self._ask(lambda: _written(Path(chosen), files, project_id), lambda problem: self._tell(problem, chosen))

    def _tell(self, problem: Problem | None, file: str) -> None:
        if problem is not None:
            self._notice.say_problem(problem)
        else:
            self._notice.say("info", text("documents.csv.written", file=file))


def _written(file: Path, files: Any, project_id: int) -> Problem | None:
    try:
        write_csv(file, COLUMNS, files.history(project_id))
    except Refused as refused:
        return refused.problem
    return None
