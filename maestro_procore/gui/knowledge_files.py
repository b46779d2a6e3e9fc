"""The menu's *Export* and *Import* of explained answers: asks for the file, gives the order, says what came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused

FIRST_NAME = "explained-answers.json"


class KnowledgeFiles:
    """Both verbs of one window."""

    def __init__(self, window: QWidget, ask: Ask, notice: NoticeBar) -> None:
        self._window, self._ask, self._notice = window, asking(window, ask), notice

    def export(self, commands: Any) -> None:
        """commands: of the desk."""
        title, kinds = text("manager.knowledge.export"), text("manager.knowledge.files")
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, str(Path.home() / FIRST_NAME), kinds)
        if chosen:
            self._give(
                lambda: commands.knowledge.export(Path(chosen)),
                lambda count: text("manager.knowledge.exported", count=count, file=chosen),
            )

    def take_in(self, commands: Any) -> None:
        """commands: of the desk."""
        title, kinds = text("manager.knowledge.import"), text("manager.knowledge.files")
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, str(Path.home()), kinds)
        if chosen:
            self._give(
                lambda: commands.knowledge.take_in(Path(chosen)),
                lambda change: text("manager.knowledge.imported", **change.to_json()),
            )

    def _give(self, command: Callable[[], Any], said: Callable[[Any], str]) -> None:
        def attempt() -> Any:
            try:
                return command()
            except Refused as refusal:
                return refusal.problem

        def take(answer: Any) -> None:
            if isinstance(answer, Problem):
                self._notice.say_problem(answer)
            else:
                self._notice.say("info", said(answer))

        self._ask(attempt, take)
