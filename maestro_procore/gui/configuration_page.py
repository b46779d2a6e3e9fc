"""The page Configuration: connection, company, elements, filter of projects (F056–F078, F090–F093).

It shows what the commands hold and hands them what was changed; what is allowed is theirs to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats
from maestro_procore.gui.connection_form import Card, ConnectionForm
from maestro_procore.gui.element_grid import ElementGrid
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.synchronization_settings import SynchronizationSettings
from maestro_procore.gui.value_maps_editor import ValueMapsEditor
from maestro_procore.i18n import text
from maestro_procore.logs import Secret
from maestro_procore.model.edited_values import SETTING as VALUE_MAPS
from maestro_procore.model.elements import ELEMENTS, in_run_order
from maestro_procore.model.problems import Problem

Ask = Callable[..., object]


@dataclass(frozen=True)
class Facts:
    """What one look brings: engine.commands.Configuration, store.views.ElementRows, whether passwords outlive a run,
    engine.value_tables.ValueTables."""

    configuration: Any
    elements: list[Any]
    is_key_ring_lasting: bool
    tables: list[Any]


class ConfigurationPage(QWidget):
    """One form; nothing is saved before *Save*, everything is forgotten by *Cancel*."""

    def __init__(
        self,
        desk: Any,
        navigate: Callable[..., object],
        parent: QWidget | None = None,
        *,
        ask: Ask = background.ask,
        ask_async: Ask = background.ask_async,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("configuration_page")
        self._desk, self._navigate, self._ask, self._ask_async = desk, navigate, ask, ask_async
        self._configuration: Any = None
        self._said: tuple[str, dict[str, Any]] = ("", {})
        self._is_saving = self._wants_focus = False
        self._wanted_field = ""
        self._build()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self.form = ConnectionForm(self._desk.commands.check_url, self)
        self.notice = NoticeBar(self)
        self.elements_card = Card("config.section.elements", self)
        self.grid = ElementGrid(self)
        self.grid_note = PlainLabel(parent=self, wraps=True, name="grid_note")
        self.more_card = Card("config.section.more", self)
        self.settings = SynchronizationSettings(self)
        self.maps_card = Card("config.section.values", self)
        self.maps = ValueMapsEditor(self)
        self.state = PlainLabel(parent=self, name="form_state")
        self.state.setProperty("dim", True)
        self.cancel = QPushButton(self)
        self.cancel.setObjectName("cancel")
        self.save = QPushButton(self)
        self.save.setObjectName("save")
        self.save.setProperty("main", True)

    def _lay_out(self) -> None:
        inner = QFrame(self)
        inner.setObjectName("form_card")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(20, 16, 20, 16)
        rows.setSpacing(20)
        rows.addWidget(self.form)
        self.elements_card.rows.addWidget(self.grid)
        self.elements_card.rows.addWidget(self.grid_note)
        rows.addWidget(self.elements_card)
        self.more_card.rows.addWidget(self.settings)
        rows.addWidget(self.more_card)
        self.maps_card.rows.addWidget(self.maps)
        rows.addWidget(self.maps_card)
        rows.addStretch(1)
        self.scroller = QScrollArea(self)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setWidget(inner)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.state, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.notice)
        layout.addWidget(self.scroller, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.form.changed.connect(self._edited)
        self.form.test_wanted.connect(self.test_connection)
        self.form.manager_wanted.connect(self._open_manager)
        self.form.new_pairing_wanted.connect(self.ask_new_pairing)
        self.grid.rows.ticked.connect(self._edited)
        self.settings.changed.connect(self._edited)
        self.maps.changed.connect(self._edited)
        self.settings.values_wanted.connect(self._read_filter_values)
        self.cancel.clicked.connect(self.discard)
        self.save.clicked.connect(self.save_all)
        saves = QShortcut(QKeySequence("Ctrl+S"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        saves.activated.connect(self.save_all)

    # --- what a frame asks ------------------------------------------------------------------------------

    def page_shown(self) -> None:
        self._wants_focus = True
        self._read()

    def show_field(self, name: str) -> None:
        """Bring the field of a setting into view with the keyboard in it, as soon as its value is read."""
        self._wanted_field, self._wants_focus = name, False
        if self._configuration is not None:
            self._focus_wanted_field()

    def show_map(self, place: tuple[str, str]) -> None:
        """Bring a row of the editable tables into view: name of the table, value."""
        self._wants_focus = False
        self.scroller.ensureWidgetVisible(self.maps)
        self.maps.show_row(*place)
        if not self._desk.rights.can_configure:
            self.notice.say("info", text("config.rights.note"))

    def _focus_wanted_field(self) -> None:
        """Who may not change it sees where it stands, and why not."""
        name, self._wanted_field = self._wanted_field, ""
        field = self.findChild(QWidget, name) if name else None
        if field is None:
            return
        self.scroller.ensureWidgetVisible(field)
        if field.isEnabled():
            field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.notice.say("info", text("config.rights.note"))

    def refresh(self) -> None:
        """The journal changed. What a person typed and has not saved stays."""
        self._ask(self._desk.views.elements, self.grid.rows.show_elements)
        if not self.is_changed:
            self._read()

    def retranslate(self) -> None:
        for part in (
            self.form,
            self.elements_card,
            self.grid,
            self.more_card,
            self.settings,
            self.maps_card,
            self.maps,
        ):
            part.retranslate()
        self.cancel.setText(text("config.button.cancel"))
        self.save.setText(text("config.button.save"))
        self.save.setToolTip("Ctrl+S")
        self.form.say_again()
        again, self._say_notice_again = self._say_notice_again, None
        if again is not None and not self.notice.isHidden():
            again()
        else:
            self.notice.hide()
        self._say_state()

    _say_notice_again: Callable[[], None] | None = None
    """Says what stands in the notice once more, in another language."""

    # --- reading ----------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._ask(self._facts, self._take_facts, self._failed)

    def _facts(self) -> Facts:
        commands = self._desk.commands
        # In this order: only a first question to the key ring tells whether there is one.
        configuration = commands.configuration()
        return Facts(configuration, self._desk.views.elements(), commands.secrets.is_lasting, commands.value_tables())

    def _take_facts(self, facts: Facts) -> None:
        configuration, elements = facts.configuration, facts.elements
        self.form.show_key_ring(is_lasting=facts.is_key_ring_lasting or configuration.is_locked)
        self.grid.rows.is_read_only = not self._desk.rights.can_configure
        self.grid.rows.show_elements(elements)
        if self.is_changed and self._configuration is not None:
            return
        is_first, self._configuration = self._configuration is None, configuration
        may = self._desk.rights.can_configure
        self.form.show_configuration(configuration, may_configure=may)
        self.settings.show_values(configuration, may_configure=may)
        self.maps.show_tables(facts.tables, may_configure=may)
        self._say_state()
        if self._wants_focus:
            self._wants_focus = False
            (self.form.url if self.form.url.isEnabled() else self.grid).setFocus()
        self._focus_wanted_field()
        if is_first and self.form.is_saved and not configuration.is_locked:
            self._read_companies()

    def _read_companies(self) -> None:
        self._ask_async(self._desk.commands.companies, self._take_companies, self._no_companies)

    def _take_companies(self, companies: list[dict[str, Any]]) -> None:
        self.form.show_companies([(int(c["id"]), str(c["name"])) for c in companies])
        if self._said[0] == "config.saved":
            self._say("config.saved.companies", count=len(companies))

    def _no_companies(self, error: Exception) -> None:
        problem = getattr(error, "problem", None)
        if isinstance(problem, Problem):
            self.notice.say_problem(problem)

    def _read_filter_values(self, kind: str) -> None:
        self._ask(lambda: self._desk.views.filter_values("projects", kind), self.settings.show_filter_values)

    # --- saving -----------------------------------------------------------------------------------------

    @property
    def is_changed(self) -> bool:
        """Whether something was entered that is not saved."""
        if self._configuration is None:
            return False
        typed = (self.grid.rows.changes(), self.settings.changes(), self.maps.changes(), self.form.secret)
        return any(typed) or bool(self._connection_changes())

    def _connection_changes(self) -> dict[str, Any]:
        return {} if self._configuration.is_locked else self.form.changes()

    def save_all(self) -> None:
        """Check what can be checked here, then hand everything over. Wrong fields are named on the page."""
        if self._configuration is None or self._is_saving or not self._desk.rights.can_configure:
            return
        is_locked = self._configuration.is_locked
        wrong = {} if is_locked else self.form.missing()
        self.form.say_wrong(wrong)
        self._say_grid()
        if wrong:
            return
        changes = {**self._connection_changes(), **self.settings.changes()}
        if values := self.maps.changes():
            changes[VALUE_MAPS] = values
        secret = Secret(self.form.secret) if self.form.secret else None
        ticks = self.grid.rows.changes()
        commands = self._desk.commands

        def save() -> list[Problem]:
            problems: list[Problem] = commands.save_configuration(changes, secret)
            if not problems:
                for element, is_ticked in ticks.items():
                    commands.enable(element, is_ticked)
            return problems

        self._is_saving = True
        self._say("config.saving")
        self._ask(save, self._take_saved, self._failed)

    def _take_saved(self, problems: list[Problem]) -> None:
        self._is_saving = False
        if problems:
            self._say("")
            self._refuse(self.form.say_problems(problems))
            return
        self.notice.hide()
        touched = bool(self._connection_changes() or self.form.secret)
        self._say("config.saved")
        self._ask(self._facts, lambda facts: self._reload(facts, is_connection=touched), self._failed)

    def _reload(self, facts: Facts, *, is_connection: bool) -> None:
        """Show what is saved now; after a change of the connection, ask Procore for its companies (F071)."""
        self._configuration = facts.configuration
        self.form.show_key_ring(is_lasting=facts.is_key_ring_lasting or self._configuration.is_locked)
        self.grid.rows.show_elements(facts.elements)
        self.grid.rows.discard()
        may = self._desk.rights.can_configure
        self.form.show_configuration(self._configuration, may_configure=may)
        self.settings.show_values(self._configuration, may_configure=may)
        self.maps.show_tables(facts.tables, may_configure=may)
        self._say_state()
        if is_connection and self.form.is_saved and not self._configuration.is_locked:
            self._read_companies()

    def _refuse(self, problems: list[Problem]) -> None:
        """CFG-08 leads to a new pairing; anything else is said as it is."""
        self._say_notice_again = lambda: self._refuse(problems)
        paired = next((p for p in problems if p.code == "CFG-08"), None)
        if paired is not None:
            words = f"{formats.sentence(paired)} {formats.remedy(paired)}".strip()
            verb = text("config.button.new_pairing").replace("&", "")
            self.notice.ask("error", words, verb, self.ask_new_pairing, text("action.cancel"))
        elif problems:
            self.notice.say_problem(problems[0])

    def _failed(self, error: Exception) -> None:
        self._is_saving = False
        self._say("")
        problem = getattr(error, "problem", None)
        if isinstance(problem, Problem):
            self._refuse([problem])
        else:
            self.notice.say("error", f"{type(error).__name__}: {error}")

    def discard(self) -> None:
        """Cancel: everything as it is saved."""
        self.grid.rows.discard()
        self.maps.discard()
        self.form.password.clear()
        if self._configuration is not None:
            may = self._desk.rights.can_configure
            self.form.show_configuration(self._configuration, may_configure=may)
            self.settings.show_values(self._configuration, may_configure=may)
        self.form.show_test("")
        self.notice.hide()
        self._say("")

    # --- pairing ----------------------------------------------------------------------------------------

    def ask_new_pairing(self) -> None:
        """Guided: says how many links are forgotten and that nothing is deleted (CFG-08)."""
        self._say_notice_again = self.ask_new_pairing
        values = self._configuration.values
        company = values.get("procore_company_name") or str(values.get("procore_company_id") or "")
        self.notice.ask(
            "warning",
            text("config.new_pairing.question", count=self._configuration.links, company=company.rstrip(".")),
            text("config.new_pairing.button"),
            self._start_new_pairing,
            text("action.cancel"),
        )

    def _start_new_pairing(self) -> None:
        self._ask(self._desk.commands.start_new_pairing, self._unpaired, self._failed)

    def _unpaired(self, _answer: object) -> None:
        """What was typed stays: it is usually why the pairing was ended; Save now accepts it."""
        self._ask(self._facts, self._take_unpaired, self._failed)

    def _take_unpaired(self, facts: Facts) -> None:
        typed, secret = self.form.entered(), self.form.secret
        self._configuration = facts.configuration
        self.form.show_configuration(facts.configuration, may_configure=self._desk.rights.can_configure)
        self.form.url.setCurrentText(typed["api_url"])
        self.form.client_id.setText(typed["client_id"])
        self.form.password.setText(secret)
        self._edited()

    # --- test -------------------------------------------------------------------------------------------

    def test_connection(self) -> None:
        """Signs in with what the form holds, saved or not."""
        if self._configuration is None:
            return
        is_locked = self._configuration.is_locked
        wrong = {} if is_locked else self.form.missing()
        self.form.say_wrong(wrong)
        if wrong:
            return
        changes = {} if is_locked else self.form.entered()
        secret = Secret(self.form.secret) if self.form.secret else None
        self.form.show_test("running")
        self._ask_async(
            lambda: self._desk.commands.test_connection(changes, secret), self._take_test, self._test_failed
        )

    def _take_test(self, problems: list[Problem]) -> None:
        self.form.show_test("failed" if problems else "succeeded", problems)

    def _test_failed(self, error: Exception) -> None:
        self.form.show_test("failed")
        self.notice.say("error", f"{type(error).__name__}: {error}")

    # --- words ------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._say("")
        self._say_grid()

    def _say(self, key: str, **args: Any) -> None:
        self._said = (key, args)
        self._say_state()

    def _say_state(self) -> None:
        key, args = self._said
        if not key and self.is_changed:
            key, args = "config.unsaved", {}
        self.state.setText(text(key, **args) if key else "")
        may = self._desk.rights.can_configure
        self.save.setEnabled(may and not self._is_saving)
        self.cancel.setEnabled(self.is_changed)
        self._say_grid()

    def _say_grid(self) -> None:
        """Warnings that do not stop a save: nothing ticked (CFG-09), a dependency that is not (CFG-10)."""
        ticks = self.grid.rows.ticks
        problems = [] if any(ticks.values()) or not ticks else [Problem("CFG-09")]
        for name in in_run_order([name for name, is_ticked in ticks.items() if is_ticked]):
            missing = [other for other in ELEMENTS[name].depends_on if ticks.get(other) is False]
            problems += [Problem("CFG-10", {"element": name, "other": other}) for other in missing]
        self.grid_note.setText("\n".join(formats.sentence(problem) for problem in problems))
        self.grid_note.setVisible(bool(problems))

    def _open_manager(self) -> None:
        self._navigate("manager")
