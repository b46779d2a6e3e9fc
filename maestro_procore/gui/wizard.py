"""*Add project*: five steps from Procore's project to the start of its first synchronization (F099, F100, F113).

Nothing is written before the third step, and no file goes over before the last one. Whoever closes the wizard in
between finds the project in the list, and goes on from there.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from maestro_procore.engine.file_commands import DAILY_LOG, NewFileProject
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard_checks import ChecksPage
from maestro_procore.gui.wizard_place import PlacePage
from maestro_procore.gui.wizard_plan import PlanPage, StartPage
from maestro_procore.gui.wizard_projects import ProjectsPage
from maestro_procore.gui.wizard_steps import Draft, Failure, Questions, WizardPage
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused

log = logging.getLogger(__name__)

STEPS: Final = ("projects", "place", "checks", "plan", "start")
_ADDS_AT: Final = STEPS.index("checks")
"""The step from which on the projects stand in the journal."""


class ProjectWizard(QWidget):
    """Takes the place of the page Documents while it is open. By keyboard: Enter goes on, Escape leaves."""

    closed = Signal()
    started = Signal(int)
    """Number of the first project whose plan was approved."""

    def __init__(self, desk: Any, ask: Ask, clock: formats.Clock = formats.now, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wizard")
        self._desk, self._clock, self._raw_ask = desk, clock, ask
        self._ask = asking(self, ask)
        self._is_busy = False
        self.pages: tuple[WizardPage, ...] = ()
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.title = PlainLabel(parent=self, name="wizard_title")
        self.title.setProperty("title", True)
        self.trail = PlainLabel(parent=self, wraps=True, name="wizard_trail")
        self.trail.setProperty("dim", True)
        self.notice = NoticeBar(self)
        self.stack = QStackedWidget(self)
        self.buttons: dict[str, QPushButton] = {}
        for name in ("discard", "again", "back", "next", "close"):
            button = QPushButton(self)
            button.setObjectName(f"wizard_{name}_button")
            button.setAutoDefault(True)
            button.setProperty("main", name == "next")
            self.buttons[name] = button
        self._goes_on = False

    def _lay_out(self) -> None:
        feet = QHBoxLayout()
        feet.setSpacing(6)
        feet.addWidget(self.buttons["discard"])
        feet.addWidget(self.buttons["again"])
        feet.addStretch(1)
        for name in ("back", "next", "close"):
            feet.addWidget(self.buttons[name])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.trail)
        column.addWidget(self.notice)
        column.addWidget(self.stack, 1)
        column.addLayout(feet)

    def _connect(self) -> None:
        for name, deed in (
            ("next", self.go_on),
            ("back", self.go_back),
            ("close", self.close_wizard),
            ("discard", self.discard),
            ("again", self.check_again),
        ):
            self.buttons[name].clicked.connect(lambda _checked=False, deed=deed: deed())
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, deed in (("Escape", self.close_wizard), ("Ctrl+Return", self.go_on), ("Alt+Left", self.go_back)):
            shortcut = QShortcut(QKeySequence(keys), self, context=within)
            shortcut.activated.connect(deed)

    # --- open and close ------------------------------------------------------------------------------------------

    def open(self, ids: Sequence[int] = ()) -> None:
        """From the beginning; or, for projects that were added already, from their checks on."""
        for page in self.pages:
            self.stack.removeWidget(page)
            page.deleteLater()
        draft = self.draft = Draft(ids=tuple(ids))
        views, choosing = self._desk.views, self._desk.choosing
        questions = Questions(self._raw_ask, self)
        self.pages = (
            ProjectsPage(draft, choosing, questions, self),
            PlacePage(draft, choosing, questions, self),
            ChecksPage(draft, views, self._raw_ask, self),
            PlanPage(draft, views, self._raw_ask, self._clock, self),
            StartPage(draft, views, self._raw_ask, self._clock, self),
        )
        for page in self.pages:
            self.stack.addWidget(page)
            page.changed.connect(self._show_buttons)
        self._is_busy = False
        self.notice.hide()
        self.retranslate()
        self._show(_ADDS_AT if ids else 0)

    def close_wizard(self) -> None:
        """What was chosen is forgotten, what was added stays in the list as it is. An open question closes first."""
        if self.notice.isVisible():
            self.notice.hide()
        else:
            self.closed.emit()

    @property
    def page(self) -> WizardPage:
        return self.pages[self.stack.currentIndex()]

    def refresh(self) -> None:
        """The journal changed."""
        if self.pages:
            self.page.refresh()

    # --- steps ---------------------------------------------------------------------------------------------------

    def _show(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        self._say_step()
        self._show_buttons()
        self.page.enter()

    def go_on(self) -> None:
        """The next step; from the second one by writing the projects down, from the last one by approving."""
        if not self.buttons["next"].isEnabled():
            return
        place = self.stack.currentIndex()
        if place + 1 == _ADDS_AT:
            self._add()
        elif place + 1 == len(self.pages):
            self._approve()
        else:
            self._show(place + 1)

    def go_back(self) -> None:
        if self.buttons["back"].isEnabled():
            self._show(self.stack.currentIndex() - 1)

    def _show_buttons(self) -> None:
        place, is_added = self.stack.currentIndex(), bool(self.draft.ids)
        first = _ADDS_AT if is_added else 0
        self.buttons["back"].setEnabled(place > first and not self._is_busy)
        onward, close = self.buttons["next"], self.buttons["close"]
        # A button that is disabled passes the focus on, and Enter would close what it was to go on with.
        self._goes_on = onward.hasFocus() or (self._goes_on and close.hasFocus())
        onward.setEnabled(self.page.is_ready and not self._is_busy)
        if self._goes_on and onward.isEnabled():
            onward.setFocus()
        self.buttons["discard"].setVisible(is_added)
        self.buttons["again"].setVisible(is_added and place == _ADDS_AT)
        self._say_buttons()

    # --- deeds ---------------------------------------------------------------------------------------------------

    def _add(self) -> None:
        """Writes the projects down and has both sides compared. What is refused is said; the others go on."""
        wanted, company = self._wanted(), self._desk.choosing.through(self.draft.connection).company
        commands = self._desk.commands.files

        def add() -> tuple[list[int], Problem | None]:
            added: list[int] = []
            refused: Problem | None = None
            for one in wanted:
                try:
                    added.append(int(commands.add(one, company())["project"]))
                except Refused as refusal:
                    refused = refusal.problem
            return added, refused

        self._do(add, self._added)

    def _wanted(self) -> list[NewFileProject]:
        draft = self.draft
        return [
            NewFileProject(
                name=name,
                procore_project=number,
                drive_id=draft.place.drive_id,
                parent_id=draft.place.id,
                tools=draft.tools,
                option=draft.option,
                account=draft.account,
                procore_connection=draft.connection,
                drive_kind=draft.drive_kind,
                destination=str(draft.place.web_url),
                layout=draft.layout,
                attaches_to_daily_log=draft.attaches and DAILY_LOG in draft.tools,
                settings={"copies_private": True} if draft.private else None,
            )
            for number, name in draft.projects.items()
        ]

    def _added(self, answer: tuple[list[int], Problem | None]) -> None:
        ids, refused = answer
        self.draft.ids = tuple(ids)
        if refused is not None:
            self.notice.say_problem(refused)
        if ids:
            self._show(_ADDS_AT)

    def check_again(self) -> None:
        """Both sides are looked at anew: a right was given, a name put right, space freed."""
        ids, commands = self.draft.ids, self._desk.commands.files
        self._do(lambda: [commands.synchronize(number, full=True) for number in ids], lambda _rows: self.refresh())

    def _approve(self) -> None:
        last = self.page
        ids = [plan.row.id for plan in last.planned] if isinstance(last, StartPage) else []
        commands = self._desk.commands.files
        self._do(lambda: [commands.approve(number) for number in ids], lambda _rows: self._started(ids))

    def _started(self, ids: Sequence[int]) -> None:
        self.closed.emit()
        if ids:
            self.started.emit(ids[0])

    def discard(self) -> None:
        """Takes the projects out of the list again, after a question; no file was copied."""
        ids, commands = self.draft.ids, self._desk.commands.files
        self.notice.ask(
            "warning",
            text("wizard.discard.ask", count=len(ids)),
            text("wizard.discard.do"),
            lambda: self._do(lambda: [commands.remove(number) for number in ids], lambda _: self._discarded()),
            text("action.cancel"),
        )

    def _discarded(self) -> None:
        self.draft.ids = ()
        self.closed.emit()

    def _do(self, deed: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """In the background; a refusal is said, and the wizard stays where it is."""
        self._is_busy = True
        self._show_buttons()

        def attempt() -> Any:
            try:
                return deed()
            except Refused as refusal:
                return refusal.problem
            except Exception as error:  # the edge of a thread: the buttons come back, and the log says why
                log.exception("the wizard could not write")
                return Failure(error)

        def take(answer: Any) -> None:
            self._is_busy = False
            self._show_buttons()
            if isinstance(answer, Problem):
                self.notice.say_problem(answer)
            elif isinstance(answer, Failure):
                self.notice.say("error", answer.words)
            else:
                then(answer)

        self._ask(attempt, take)

    # --- words ---------------------------------------------------------------------------------------------------

    def _say_step(self) -> None:
        place = self.stack.currentIndex()
        self.title.setText(
            text("wizard.step", number=place + 1, of=len(STEPS), name=text(f"wizard.step.{STEPS[place]}"))
        )
        self.trail.setText(text(f"wizard.step.{STEPS[place]}.note"))

    def _say_buttons(self) -> None:
        place = self.stack.currentIndex()
        onward = {_ADDS_AT - 1: "wizard.button.check", len(STEPS) - 1: "wizard.button.start"}
        is_added = bool(self.draft.ids)
        said = {
            "next": onward.get(place, "wizard.button.next"),
            "back": "wizard.button.back",
            "close": "wizard.button.later" if is_added else "wizard.button.cancel",
            "discard": "wizard.button.discard",
            "again": "wizard.button.again",
        }
        for name, key in said.items():
            self.buttons[name].setText(text(key))
            self.buttons[name].setToolTip(text(f"{key}.tip"))

    def retranslate(self) -> None:
        self.notice.hide()
        for page in self.pages:
            page.retranslate()
        if self.pages:
            self._say_step()
            self._say_buttons()
