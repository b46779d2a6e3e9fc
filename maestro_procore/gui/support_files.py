"""The menu's *Contact support*: one file with everything a helper needs, and a mail that asks for it (F165)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import PROGRAM

FIRST_NAME = "maestro-procore-support.zip"


class SupportFiles:
    """Of one window. Nothing is sent to anybody: the person opens the file and sends the mail."""

    def __init__(
        self,
        window: QWidget,
        ask: Ask,
        notice: NoticeBar,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        self._window, self._ask, self._notice, self._open_url = window, asking(window, ask), notice, open_url

    def contact(self, desk: Any) -> None:
        """Asks where the bundle goes, writes it, and opens a mail that names it."""
        title, kinds = text("app.menu.contact_support").replace("&", ""), text("support.files")
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, str(Path.home() / FIRST_NAME), kinds)
        if not chosen:
            return

        def write() -> Any:
            try:
                desk.support(Path(chosen))
            except Refused as refusal:
                return refusal.problem
            return str(desk.views.settings().get("support_address") or "")

        self._ask(write, lambda answer: self._written(desk, chosen, answer))

    def _written(self, desk: Any, file: str, answer: Any) -> None:
        if isinstance(answer, Problem):
            self._notice.say_problem(answer)
        elif self._open_url(mail(answer, file, desk.environment)):
            self._notice.say("info", text("support.written", file=file))
        else:
            self._notice.say("warning", text("support.no_mail_program", file=file))


def mail(address: str, file: str, environment: str) -> QUrl:
    """A mail that a mail program opens. address: '' lets the person choose."""
    from importlib.metadata import version as version_of  # the first picture does not wait for it

    body = text("support.mail.body", file=file, version=version_of(PROGRAM), environment=environment)
    words = f"subject={quote(text('support.mail.subject'))}&body={quote(body)}"
    return QUrl(f"mailto:{quote(address, safe='@,')}?{words}", QUrl.ParsingMode.StrictMode)
