"""*Prove…* and *Check a report…* on the page Documents: signed reports that both sides hold the same, as files."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.documents_orders import FileOrders
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.i18n import current_language, date_and_time, text
from maestro_procore.model.file_proof import differences_of
from maestro_procore.model.problems import Problem, Refused

UNFIT: Final = str.maketrans(dict.fromkeys('<>:"/\\|?*', "-"))


class FileProofs(QObject):
    """Of one page. A report is saved as soon as it is ready; progress stands in the list of projects meanwhile."""

    def __init__(self, desk: Any, orders: FileOrders, ask: Ask, notice: NoticeBar, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._orders, self._notice, self._page = desk, orders, notice, page
        self._ask = asking(self, ask)
        self._waiting: dict[str, tuple[str, Path]] = {}
        self._look = Look(self._ask, self._question, self._take)

    # --- prove ----------------------------------------------------------------------------------------

    def prove(self, project_id: int, name: str) -> None:
        """Asks where the report is to be saved, and has it made."""
        proposed = f"{text('documents.proof.file', name=name).translate(UNFIT)}.json"
        title, kinds = text("documents.proof.save"), text("documents.proof.kinds")
        chosen, _ = QFileDialog.getSaveFileName(self._page, title, str(Path.home() / proposed), kinds)
        if chosen:
            self._orders.prove(project_id, lambda request: self._begin(request["id"], name, Path(chosen)))

    def _begin(self, request_id: str, name: str, file: Path) -> None:
        self._waiting[request_id] = (name, file)
        self._notice.say("info", text("documents.proof.begun", name=name))
        self.look()

    def look(self) -> None:
        """The journal changed: saves what is ready."""
        if self._waiting:
            self._look()

    def _question(self) -> Callable[[], dict[str, Any]]:
        waiting, reports = dict(self._waiting), self._desk.reports
        return lambda: {one: _attempt(partial(_saved, reports, one, file)) for one, (_, file) in waiting.items()}

    def _take(self, answers: dict[str, Any]) -> None:
        """What is ready stands in its file; what was asked for meanwhile is looked at next time."""
        for request_id, answer in answers.items():
            if answer is None or request_id not in self._waiting:
                continue
            name, file = self._waiting.pop(request_id)
            if isinstance(answer, Problem):
                self._notice.say_problem(answer)
            else:
                self._tell_saved(name, file, answer)

    def _tell_saved(self, name: str, file: Path, report: dict[str, Any]) -> None:
        files = sum(tool["counts"]["proven"]["files"] for tool in report["tools"])
        apart, differences = differences_of(report)
        if report["agrees"]:
            said = text("documents.proof.agrees", name=name, count=files, file=str(file))
        else:
            said = text("documents.proof.differs", name=name, count=differences, file=str(file))
        self._notice.say("info" if report["agrees"] else "warning", _with_apart(said, apart))

    # --- check ----------------------------------------------------------------------------------------

    def verify(self) -> None:
        """Asks for a report, and says whether it is what this computer signed."""
        title, kinds = text("documents.proof.open"), text("documents.proof.kinds")
        chosen, _ = QFileDialog.getOpenFileName(self._page, title, str(Path.home()), kinds)
        if chosen:
            self._ask(lambda: _attempt(lambda: self._desk.reports.verify(Path(chosen))), self._tell_verified)

    def _tell_verified(self, answer: Any) -> None:
        if isinstance(answer, Problem):
            self._notice.say_problem(answer)
            return
        at = date_and_time(current_language(), datetime.fromisoformat(answer["made_at"]))
        key = "documents.proof.sound.agrees" if answer["agrees"] else "documents.proof.sound.differs"
        said = _with_apart(text(key, name=answer["name"], time=at), answer["apart"])
        self._notice.say("info" if answer["agrees"] else "warning", said)


def _with_apart(said: str, apart: int) -> str:
    """What is known to differ is no difference, and is not passed over either."""
    return f"{said} {text('documents.proof.apart', count=apart)}" if apart else said


def _saved(reports: Any, request_id: str, file: Path) -> Any:
    """The report, once it stands in its file; None while it is made. Raises Refused."""
    document = reports.document(request_id)
    if document is None:
        return None
    reports.save(document, file)
    return document["report"]


def _attempt(deed: Callable[[], Any]) -> Any:
    try:
        return deed()
    except Refused as refusal:
        return refusal.problem
