"""The window that adds or changes a connection: platform, fields, sign-in or test, company, Done (F136-F154).

What may be done and what is wrong is told by the commands; passwords of people are typed at the platform's own page.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from maestro_procore.engine.connection_doors import SECRET, Draft
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.connection_fields import ConnectionFields, in_a_row
from maestro_procore.gui.connection_steps import ConnectionSteps
from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.logs import Secret
from maestro_procore.model.connections import WAYS, Platform, Way
from maestro_procore.model.problems import Problem

WIDTH = 560
ROW_HEIGHT = 34
BUSY = frozenset({"signing_in", "typed", "testing"})


class ConnectionDialog(QDialog):
    """Stays open until Done; whatever fails, what was typed stays (F142)."""

    saved = Signal(int)
    configuration_wanted = Signal()
    _browser_wanted = Signal(str)

    def __init__(
        self,
        desk: Any,
        ask: Ask,
        ask_async: Callable[..., object],
        parent: QWidget | None = None,
        *,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("connection_dialog")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._commands = desk.commands.connections
        self._ask, self._ask_async, self._open_url = asking(self, ask), ask_async, open_url
        self.draft: Draft | None = None
        self._stop: Callable[[], object] = lambda: None
        self._begun: Any = None
        self._is_own = False
        self._build()
        self._lay_out()
        self._connect()
        self.retranslate()

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.intro = PlainLabel(parent=self, wraps=True)
        self.platforms = QListWidget(self)
        self.platforms.setObjectName("connection_platforms")
        for platform in Platform:
            item = QListWidgetItem(self.platforms)
            item.setData(Qt.ItemDataRole.UserRole, platform.value)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
        self.platforms.setCurrentRow(1)
        self.platforms.setFixedHeight(ROW_HEIGHT * len(Platform) + 2 * self.platforms.frameWidth())
        self.fields = ConnectionFields(self)
        self.steps = ConnectionSteps(self)
        self.company = QComboBox(self)
        self.company.setObjectName("connection_company")
        self.company_row = FormRow("connection.field.company", self.company, self, is_required=True)
        self.code = QLineEdit(self)
        self.code.setObjectName("connection_code")
        self.code_row = FormRow("connection.field.code", self.code, self)
        names = ("next", "main", "paste", "typed", "continue", "done", "untested", "cancel")
        self.buttons = {name: QPushButton(self) for name in names}
        for name, button in self.buttons.items():
            button.setObjectName(f"connection_{name}")
            button.setAutoDefault(name in ("next", "main"))
            button.setProperty("main", name in ("next", "main"))

    def _lay_out(self) -> None:
        first, second = QWidget(self), QWidget(self)
        column = QVBoxLayout(first)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.intro)
        column.addWidget(self.platforms)
        column.addLayout(in_a_row(self.buttons["next"]))
        column.addStretch(1)
        column = QVBoxLayout(second)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.fields)
        column.addLayout(in_a_row(*(self.buttons[name] for name in ("main", "paste", "typed"))))
        column.addWidget(self.code_row)
        column.addLayout(in_a_row(self.buttons["continue"]))
        column.addWidget(self.steps)
        column.addWidget(self.company_row)
        column.addStretch(1)
        self.pages = (first, second)
        layout = QVBoxLayout(self)
        layout.addWidget(first)
        layout.addWidget(second, 1)
        layout.addLayout(in_a_row(*(self.buttons[name] for name in ("done", "untested", "cancel"))))
        self.setMinimumWidth(WIDTH)

    def _connect(self) -> None:
        verbs: dict[str, Callable[[], object]] = {
            "next": self._choose_platform,
            "main": self._begin,
            "paste": self._begin_pasted,
            "typed": self._begin_typed,
            "continue": self._finish_pasted,
            "done": self._save,
            "untested": lambda: self._save(untested=True),
            "cancel": self.reject,
        }
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, verb=verbs[name]: verb())
        self.platforms.itemActivated.connect(lambda _item: self._choose_platform())
        self.platforms.currentRowChanged.connect(lambda _row: self.retranslate())
        self.fields.changed.connect(self._edited)
        self.fields.named.connect(self._named)
        self.fields.way_chosen.connect(self._change_way)
        self.company.activated.connect(lambda _place: self._choose_company())
        self.code.textEdited.connect(lambda _words: self._show_buttons())
        self._browser_wanted.connect(lambda address: self._open_url(QUrl(address)))

    # --- opening --------------------------------------------------------------------------------------

    def open_new(self) -> None:
        """Begins with the list of platforms (F137)."""
        self.draft = None
        self._turn_to(0)
        self._show_buttons()
        self.open()
        self.platforms.setFocus()

    def open_saved(self, connection_id: int, *, is_own: bool = False, signs_in: bool = False) -> None:
        """A saved one to change. is_own: Configuration's, of which only the name is changed here."""

        def take(draft: Draft) -> None:
            self._take(draft, is_own=is_own)
            self.open()
            if signs_in:
                self._begin()

        self._ask(lambda: self._commands.draft_of(connection_id), take)

    def _turn_to(self, page: int) -> None:
        """0: the platforms. 1: the fields. The window is as high as the page that is shown."""
        for place, each in enumerate(self.pages):
            each.setVisible(place == page)
        self.adjustSize()

    @property
    def _platform(self) -> Platform:
        return Platform(self.platforms.currentItem().data(Qt.ItemDataRole.UserRole))

    def _choose_platform(self) -> None:
        platform = self._platform
        if platform is Platform.MAESTRO:  # this profile's company is set in Configuration
            self.reject()
            self.configuration_wanted.emit()
            return
        self._ask(lambda: self._commands.new(platform, WAYS[platform][0]), self._take)

    def _take(self, draft: Draft, *, is_own: bool = False) -> None:
        self.draft, self._is_own = draft, is_own
        self._turn_to(1)
        self._show_draft()
        self._show_step("idle")
        self.retranslate()
        QTimer.singleShot(0, self, self.adjustSize)  # when the fields of other platforms and ways have left their room
        self.fields.name.setFocus()

    def _show_draft(self) -> None:
        draft = self._draft
        held = draft.held.get(SECRET)
        secret = held.reveal() if held is not None and draft.details.id is None else ""
        is_saved = draft.details.id is not None
        self.fields.show_details(draft.details, secret=secret, is_saved=is_saved, is_own=self._is_own)
        self._show_companies()

    @property
    def _draft(self) -> Draft:
        assert self.draft is not None, "a platform was chosen"
        return self.draft

    # --- typing ---------------------------------------------------------------------------------------

    def _gather(self) -> Draft:
        draft = self._draft
        draft.details = self.fields.entered(draft.details)
        if self.fields.secret.entered.strip():
            draft.held[SECRET] = Secret(self.fields.secret.entered.strip())
        elif draft.details.id is None:
            draft.held.pop(SECRET, None)
        return draft

    def _edited(self) -> None:
        """What was tested is no longer what stands here."""
        if self.draft is not None and self.steps.state not in BUSY:
            self.draft.tested = None
            self._show_step("idle")

    def _named(self) -> None:
        draft = self._gather()
        self._ask(lambda: self._commands.problems(draft), self._say_name)

    def _say_name(self, problems: list[Problem]) -> None:
        self.fields.say_problems([problem for problem in problems if problem.code in ("CON-03", "CON-04")])

    def _change_way(self, way: str) -> None:
        draft = self._gather()
        draft.details = replace(draft.details, way=Way(way))
        draft.tested = None
        self._show_draft()
        self._show_step("idle")

    # --- signing in and testing -----------------------------------------------------------------------

    def _begin(self) -> None:
        """The main button: whoever needs no person is tested at once."""
        draft = self._gather()
        if self._is_own or draft.details.way is not Way.PERSON:
            self._check(draft, lambda: self._test(draft))
            return
        page = text("cli.documents.close_browser")
        doors, browser = self._commands.doors, self._browser_wanted.emit
        self._check(draft, lambda: self._sign_in(draft, lambda: doors.sign_in(draft, browser, page)))

    def _check(self, draft: Draft, then: Callable[[], object]) -> None:
        """What is blank or wrong is said before anybody is asked anything."""
        file, word = self.fields.file, self.fields.passphrase.text()

        def look() -> list[Problem]:
            if file is not None:
                self._commands.doors.read_certificate(draft, file, Secret(word) if word else None)
            return list(self._commands.problems(draft))

        def told(problems: list[Problem]) -> None:
            if file is not None:
                self.fields.show_certificate(draft.details.certificate)
            self.fields.say_problems(problems)
            if not any(problem.is_error for problem in problems):
                then()

        self._ask(lambda: _or_problem(look), lambda answer: told([answer] if isinstance(answer, Problem) else answer))

    def _sign_in(self, draft: Draft, sign_in: Callable[[], Awaitable[None]]) -> None:
        self._show_step("signing_in")
        self._run(sign_in, lambda _: self._test(draft))

    def _test(self, draft: Draft) -> None:
        self._show_step("testing")
        self._run(lambda: self._commands.test(draft), self._tested)

    def _tested(self, problems: list[Problem]) -> None:
        draft = self._draft
        if problems or draft.tested is None:
            self.fields.say_problems(problems)
            self._show_step("failed", problems[0] if problems else None)
            return
        self._show_companies()
        self._show_step("succeeded", name=draft.tested.acts_as)
        (self.company if self._must_choose else self.buttons["done"]).setFocus()

    def _begin_pasted(self) -> None:
        draft = self._gather()
        self._check(draft, lambda: self._ask(lambda: self._commands.doors.begin_pasted(draft), self._pasted_begun))

    def _pasted_begun(self, begun: Any) -> None:
        self._begun = begun
        self.code.clear()
        self._show_step("pasted")
        self._open_url(QUrl(begun.address))
        self.code.setFocus()

    def _finish_pasted(self) -> None:
        draft, code, begun = self._draft, Secret(self.code.text().strip()), self._begun
        self._show_step("testing")
        self._run(lambda: self._commands.doors.finish_pasted(draft, begun, code), lambda _: self._test(draft))

    def _begin_typed(self) -> None:
        draft = self._gather()
        doors = self._commands.doors

        def begun(typed: Any) -> None:
            self._show_step("typed", code=typed.user_code, address=typed.address)
            self._run(lambda: doors.finish_typed(draft, typed), lambda _: self._test(draft))

        self._check(draft, lambda: self._run(lambda: doors.begin_typed(draft), begun))

    def _run(self, question: Callable[[], Awaitable[Any]], then: Callable[[Any], object]) -> None:
        """Waits beside the window; Cancel ends it, and a window that was closed hears no answer."""

        async def stoppable() -> Any:
            loop, task = asyncio.get_running_loop(), asyncio.ensure_future(question())
            self._stop = lambda: loop.call_soon_threadsafe(task.cancel)
            try:
                return await task
            except asyncio.CancelledError:
                return Problem("CON-02")

        def answered(answer: Any) -> None:
            self._stop = lambda: None
            if not isValid(self):
                return
            if isinstance(answer, Problem):
                self._show_step("failed", answer)
            else:
                then(answer)

        self._ask_async(stoppable, answered, lambda error: answered(_problem_of(error)))

    # --- company --------------------------------------------------------------------------------------

    def _show_companies(self) -> None:
        draft = self._draft
        companies = draft.tested.companies if draft.tested is not None else ()
        self.company.clear()
        if draft.details.company_id is None:
            self.company.addItem(text("config.procore_company.choose"), None)
        for number, name in companies:
            self.company.addItem(text("config.procore_company.choice", name=name, id=str(number)), number)
        self.company.setCurrentIndex(max(0, self.company.findData(draft.details.company_id)))
        self.company_row.setVisible(len(companies) > 1 and not self._is_own)

    def _choose_company(self) -> None:
        """What the app may do there is asked at once: it may see a company that has not installed it."""
        draft, number = self._draft, self.company.currentData()
        names = dict(draft.tested.companies) if draft.tested is not None else {}
        draft.details = replace(draft.details, company_id=number, company_name=names.get(number, ""))
        if number is not None:
            self._test(draft)

    @property
    def _must_choose(self) -> bool:
        return self._draft.details.platform is Platform.PROCORE and self._draft.details.company_id is None

    # --- ending ---------------------------------------------------------------------------------------

    def _save(self, *, untested: bool = False) -> None:
        draft = self._gather()

        def told(answer: Any) -> None:
            if isinstance(answer, Problem):
                others = self.fields.say_problems([answer])
                if others:
                    self._show_step("failed", others[0])
                return
            self.draft = None
            self.accept()
            self.saved.emit(answer)

        self._ask(lambda: _or_problem(lambda: self._commands.save(draft, untested=untested)), told)

    def reject(self) -> None:
        """Cancel: a sign-in under way ends with a clean message; one more press closes the window."""
        if self.steps.state in BUSY and self.draft is not None and self.isVisible():
            self._stop()
            return
        draft, self.draft = self.draft, None
        if draft is not None and draft.details.id is None:
            self._ask_async(lambda: self._commands.discard(draft), lambda _: None, lambda _: None)
        super().reject()

    # --- looks ----------------------------------------------------------------------------------------

    def _show_step(self, state: str, problem: Problem | None = None, **values: str) -> None:
        self.steps.show_state(state, problem, platform=self._draft.details.platform.value, **values)
        self._show_buttons()
        if state == "failed" and self.focusWidget() in (None, self.buttons["cancel"]):
            # Cancel was the only button while the answer was waited for: Enter would drop what was typed.
            self.buttons["main"].setFocus()

    def _show_buttons(self) -> None:
        draft, state = self.draft, self.steps.state
        is_form, is_busy = draft is not None, state in BUSY and self.draft is not None
        way = draft.details.way if draft is not None else None
        platform = draft.details.platform if draft is not None else None
        is_person = way is Way.PERSON and not self._is_own
        is_tested = draft is not None and (draft.tested is not None or self._is_own)
        shown = {
            "paste": is_person and platform is Platform.PROCORE,
            "typed": is_person and platform is Platform.MICROSOFT,
            "continue": is_form and state == "pasted",
            "done": is_form,
            "untested": is_form and not is_tested,
        }
        for name, is_shown in shown.items():
            self.buttons[name].setVisible(is_shown)
        self.code_row.setVisible(shown["continue"])
        for name in ("main", "paste", "typed", "untested"):
            self.buttons[name].setEnabled(not is_busy)
        self.buttons["continue"].setEnabled(bool(self.code.text().strip()))
        self.buttons["done"].setEnabled(is_tested and not is_busy and (self._is_own or not self._must_choose))
        self.fields.setEnabled(not is_busy)
        self.buttons["main"].setText(self._main_words(is_person, platform))
        self.buttons[self._onward].setDefault(True)

    @property
    def _onward(self) -> str:
        """The button that Enter presses in a field."""
        if self.draft is None:
            return "next"
        named = {"pasted": "continue", "succeeded": "done"}.get(self.steps.state, "main")
        return named if self.buttons[named].isEnabled() else "main"

    def _main_words(self, is_person: bool, platform: Platform | None) -> str:
        if self.steps.state == "failed":
            return text("connection.button.again")
        if is_person and platform is not None:
            return text("connection.button.sign_in", platform=text(f"connection.platform.{platform.value}"))
        return text("config.button.test")

    def retranslate(self) -> None:
        is_new = self.draft is None or self.draft.details.id is None
        self.setWindowTitle(text("connection.add" if is_new else "connection.edit"))
        chosen = self.platforms.currentItem()
        told = chosen.data(Qt.ItemDataRole.UserRole) if chosen is not None else Platform.PROCORE.value
        self.intro.setText(text(f"connection.platform.{told}.words"))
        self.platforms.setAccessibleName(text("connection.platforms"))
        for place in range(self.platforms.count()):
            item = self.platforms.item(place)
            item.setText(text(f"connection.platform.{item.data(Qt.ItemDataRole.UserRole)}"))
        for name in ("next", "paste", "typed", "continue", "done", "untested"):
            self.buttons[name].setText(text(f"connection.button.{name}"))
        self.buttons["cancel"].setText(text("action.cancel"))
        for part in (self.fields, self.steps, self.company_row, self.code_row):
            part.retranslate()
        self._show_buttons()


def _or_problem(question: Callable[[], Any]) -> Any:
    """The answer, or the problem that it was refused for."""
    from maestro_procore.model.problems import Refused

    try:
        return question()
    except Refused as refused:
        return refused.problem


def _problem_of(error: Exception) -> Problem:
    found = getattr(error, "problem", None)
    return found if isinstance(found, Problem) else Problem("RUN-12", {"text": f"{type(error).__name__}: {error}"})
