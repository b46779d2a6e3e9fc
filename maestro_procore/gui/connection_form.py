"""Connection and company of the Configuration form (F059–F071): where Procore is, who we are there, which company."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.steady_fields import SteadyComboBox
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

URLS = {
    "production": "https://api.procore.com",
    "sandbox": "https://sandbox.procore.com",
    "monthly": "https://api-monthly.procore.com",
}
DOTS = "•" * 12
"""Stands for a password that is kept: its length says nothing about the real one."""
KEYS = ("api_url", "client_id", "client_password", "procore_company_id")


class Card(QWidget):
    """A titled group of rows."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.title = PlainLabel(parent=self)
        self.title.setProperty("section", True)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(10)
        self.rows.addWidget(self.title)

    def retranslate(self) -> None:
        self.title.setText(text(self._key))


class ConnectionForm(QWidget):
    """Two cards side by side. Holds no rule: `check_url` and what the commands refuse come from outside."""

    changed = Signal()
    test_wanted = Signal()
    manager_wanted = Signal()
    new_pairing_wanted = Signal()

    def __init__(self, check_url: Callable[[str], Problem | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._check_url = check_url
        self._values: Mapping[str, Any] = {}
        self._has_secret = self._is_locked = self._is_read_only = False
        self._companies: Sequence[tuple[int, str]] | None = None
        self._test: tuple[str, Sequence[Problem]] = ("", ())
        self._refused: dict[str, Callable[[], str]] = {}
        self._build()
        self._lay_out()
        self.retranslate()

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.connection = Card("config.section.connection", self)
        self.company = Card("config.section.company", self)
        self.url = SteadyComboBox(self)
        self.url.setObjectName("api_url")
        self.url.setEditable(True)
        self.url.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for name, address in URLS.items():
            self.url.addItem(address, name)
        self.url.editTextChanged.connect(self._edited)
        self.url.activated.connect(self._choose_url)
        self.client_id = QLineEdit(self)
        self.client_id.setObjectName("client_id")
        self.client_id.setEchoMode(QLineEdit.EchoMode.Password)
        self.client_id.textEdited.connect(self._edited)
        self._reveal = QAction(self)
        self._reveal.setCheckable(True)
        self._reveal.toggled.connect(self._show_client_id)
        self.client_id.addAction(self._reveal, QLineEdit.ActionPosition.TrailingPosition)
        self.password = PasswordBox(self)
        self.password.textEdited.connect(self._edited)
        self.maestro_company = QLineEdit(self)
        self.maestro_company.setObjectName("maestro_company")
        self.maestro_company.setReadOnly(True)
        self.procore_company = SteadyComboBox(self)
        self.procore_company.setObjectName("procore_company_id")
        self.procore_company.setProperty("own_tip", True)
        self.procore_company.currentIndexChanged.connect(self._edited)
        self.rows = {
            "api_url": FormRow("config.url", self.url, self, is_required=True),
            "client_id": FormRow("config.client_id", self.client_id, self, is_required=True),
            "client_password": FormRow("config.client_password", self.password, self, is_required=True),
            "maestro_company": FormRow("config.maestro_company", self.maestro_company, self),
            "procore_company_id": FormRow("config.procore_company", self.procore_company, self),
        }
        self.note = PlainLabel(parent=self, wraps=True, name="form_note")
        self.note.setProperty("dim", True)
        self.required_note = PlainLabel(parent=self)
        self.required_note.setProperty("dim", True)
        self.environment_note = PlainLabel(parent=self, wraps=True, name="environment_note")
        self.environment_note.setProperty("problem", True)
        self.key_note = PlainLabel(parent=self, wraps=True, name="key_note")
        self.key_note.hide()
        self.test = QPushButton(self)
        self.test.setObjectName("test_connection")
        self.test.clicked.connect(self.test_wanted)
        self.test_sign = PlainLabel(parent=self)
        self.test_result = PlainLabel(parent=self, wraps=True, name="test_result").can_be_copied()
        self.manager = QPushButton(self)
        self.manager.setObjectName("open_manager")
        self.manager.clicked.connect(self.manager_wanted)
        self.new_pairing = QPushButton(self)
        self.new_pairing.setObjectName("new_pairing")
        self.new_pairing.clicked.connect(self.new_pairing_wanted)

    def _lay_out(self) -> None:
        for name in ("api_url", "client_id", "client_password"):
            self.connection.rows.addWidget(self.rows[name])
        self.connection.rows.insertWidget(2, self.environment_note)
        self.connection.rows.addWidget(self.key_note)
        self.connection.rows.addWidget(self.required_note)
        self.connection.rows.addStretch(1)
        for name in ("maestro_company", "procore_company_id"):
            self.company.rows.addWidget(self.rows[name])
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.test)
        buttons.addWidget(self.manager)
        buttons.addWidget(self.new_pairing)
        buttons.addStretch(1)
        self.company.rows.addLayout(buttons)
        result = QHBoxLayout()
        result.setSpacing(6)
        result.addWidget(self.test_sign)
        result.addWidget(self.test_result, 1)
        self.company.rows.addLayout(result)
        self.company.rows.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(32)
        across.addWidget(self.connection, 1)
        across.addWidget(self.company, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.note)
        layout.addLayout(across)

    # --- what is in it --------------------------------------------------------------------------------

    def show_configuration(self, configuration: Any, *, may_configure: bool) -> None:
        """configuration: engine.commands.Configuration, as saved. What was typed and not saved is gone."""
        self._values, self._has_secret = configuration.values, configuration.has_secret
        self._is_locked, self._is_read_only = configuration.is_locked, not may_configure
        with QSignalBlocker(self.url), QSignalBlocker(self.client_id):
            self.url.setCurrentText(str(configuration.values.get("api_url") or ""))
            self.client_id.setText(str(configuration.values.get("client_id") or ""))
        self.password.show_kept(configuration.has_secret)
        self.maestro_company.setText(configuration.maestro_company)
        self.maestro_company.setCursorPosition(0)
        self._links = configuration.links
        if self._companies is None:
            self._show_saved_company()
        self._enable()
        self.say_problems([])
        self.retranslate()

    _links = 0

    def show_key_ring(self, *, is_lasting: bool) -> None:
        """A computer without a key ring forgets the password at the end of the program: said before it is typed."""
        self.key_note.setVisible(not is_lasting)

    def _enable(self) -> None:
        is_fixed = self._is_locked or self._is_read_only
        self.url.setEnabled(not is_fixed)
        self.client_id.setReadOnly(is_fixed)
        self.password.setReadOnly(is_fixed)
        self._reveal.setVisible(bool(self.client_id.text()) or not is_fixed)
        self.test.setEnabled(not self._is_read_only)
        self.new_pairing.setVisible(not is_fixed and self._links > 0)
        self.procore_company.setEnabled(not is_fixed and bool(self._companies))

    @property
    def is_saved(self) -> bool:
        """Whether address and credentials are saved, which the list of companies needs (F071)."""
        return bool(self._values.get("api_url") and self._values.get("client_id") and self._has_secret)

    def entered(self) -> dict[str, Any]:
        """The settings as they stand in the form; the password is apart (`secret`)."""
        company = self.procore_company.currentData()
        values: dict[str, Any] = {
            "api_url": self.url.currentText().strip().rstrip("/"),
            "client_id": self.client_id.text().strip(),
        }
        if company is not None:
            values["procore_company_id"] = int(company)
            values["procore_company_name"] = next((n for i, n in self._companies or () if i == company), "")
        return values

    def changes(self) -> dict[str, Any]:
        """What differs from what is saved."""
        return {key: value for key, value in self.entered().items() if (self._values.get(key) or "") != value}

    @property
    def secret(self) -> str:
        """A new password, '' when the kept one stays."""
        return self.password.entered.strip()

    # --- companies ------------------------------------------------------------------------------------

    def _show_saved_company(self) -> None:
        held = self._values.get("procore_company_id")
        with QSignalBlocker(self.procore_company):
            self.procore_company.clear()
            if held is not None:
                self.procore_company.addItem("", held)
            self.procore_company.setCurrentIndex(0)

    def show_companies(self, companies: Sequence[tuple[int, str]]) -> None:
        """companies: id and name. The saved one is chosen; without one, the reader chooses."""
        self._companies = list(companies)
        held = self._values.get("procore_company_id")
        with QSignalBlocker(self.procore_company):
            self.procore_company.clear()
            if held is None or held not in [company for company, _ in companies]:
                self.procore_company.addItem("", None)
            for company, _name in companies:
                self.procore_company.addItem("", company)
            self.procore_company.setCurrentIndex(max(0, self.procore_company.findData(held)))
        self._enable()
        self.retranslate()

    def _name_companies(self) -> None:
        names = dict(self._companies or ())
        saved = self._values.get("procore_company_id")
        if saved is not None:
            names.setdefault(saved, self._values.get("procore_company_name") or "")
        if not self.procore_company.count():
            with QSignalBlocker(self.procore_company):
                self.procore_company.addItem("", None)
        with QSignalBlocker(self.procore_company):
            for row in range(self.procore_company.count()):
                company = self.procore_company.itemData(row)
                if company is None:
                    key = "config.procore_company.choose" if self.is_saved else "config.procore_company.empty"
                    self.procore_company.setItemText(row, text(key))
                else:
                    words = text("config.procore_company.choice", name=names.get(company, ""), id=str(company))
                    self.procore_company.setItemText(row, words)
        tip = "config.procore_company.tip" if self.is_saved else "config.procore_company.empty.tip"
        self.procore_company.setToolTip(text(tip))
        self.rows["procore_company_id"].describe()

    # --- problems -------------------------------------------------------------------------------------

    def missing(self) -> dict[str, str]:
        """Fields that cannot be saved as they are, with the words for it; in the order of the form."""
        found: dict[str, str] = {}
        entered = self.entered()
        refused = self._check_url(entered["api_url"]) if entered["api_url"] else None
        if not entered["api_url"]:
            found["api_url"] = text("config.error.required", field=text("config.url"))
        elif refused is not None and refused.is_error:
            is_plain = entered["api_url"].lower().startswith("http://")
            found["api_url"] = text("config.error.https") if is_plain else formats.sentence(refused)
        if not entered["client_id"]:
            found["client_id"] = text("config.error.required", field=text("config.client_id"))
        needs_password = not self._has_secret or entered["client_id"] != (self._values.get("client_id") or "")
        if needs_password and not self.secret:
            found["client_password"] = text("config.error.required", field=text("config.client_password"))
        return found

    def say_wrong(self, wrong: Mapping[str, str]) -> None:
        """Words under their fields; the first wrong one gets the focus."""
        for name, row in self.rows.items():
            row.say_wrong(wrong.get(name, ""))
        first = next((self.rows[name] for name in KEYS if name in wrong), None)
        if first is not None:
            first.focus()

    def say_again(self) -> None:
        """The language changed: what stands under the fields is said again, without moving the focus."""
        missing = self.missing()
        for name, row in self.rows.items():
            if row.is_wrong:
                row.say_wrong(self._refused[name]() if name in self._refused else missing.get(name, ""))

    def say_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """What the commands refused, under its field; gives back what belongs to no field."""
        wrong, others = {}, []
        self._refused = {}
        for problem in problems:
            name = "api_url" if problem.code == "CFG-02" else str(problem.args.get("field") or problem.args.get("name"))
            if name in self.rows:
                wrong[name] = formats.sentence(problem)
                self._refused[name] = partial(formats.sentence, problem)
            else:
                others.append(problem)
        self.say_wrong(wrong)
        return others

    # --- test -----------------------------------------------------------------------------------------

    def show_test(self, state: str, problems: Sequence[Problem] = ()) -> None:
        """state: '' · running · succeeded · failed."""
        self._test = (state, tuple(problems))
        self.test.setEnabled(state != "running" and not self._is_read_only)
        self._say_test()

    def _say_test(self) -> None:
        state, problems = self._test
        sign = {"succeeded": "check", "failed": "circle-error"}.get(state)
        self.test_sign.setVisible(sign is not None)
        if sign is not None:
            self.test_sign.setPixmap(icons.icon(sign).pixmap(16, 16))
        words = text(f"config.test.{state}") if state else ""
        said = [f"{formats.sentence(problem)} {formats.remedy(problem)}".strip() for problem in problems]
        self.test_result.setText("\n".join([words, *said]).strip())
        for name, wanted in (("problem", "failed"), ("good", "succeeded")):
            self.test_result.setProperty(name, state == wanted)
        self.test_result.style().unpolish(self.test_result)
        self.test_result.style().polish(self.test_result)

    # --- small things -----------------------------------------------------------------------------------

    def _choose_url(self, row: int) -> None:
        self.url.setEditText(URLS[str(self.url.itemData(row))])

    def _show_client_id(self, is_shown: bool) -> None:
        self.client_id.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        self._say_reveal()

    def _say_reveal(self) -> None:
        is_shown = self._reveal.isChecked()
        self._reveal.setIcon(icons.icon("eye-off" if is_shown else "eye"))
        self._reveal.setText(text("config.client_id.hide" if is_shown else "config.client_id.reveal"))

    def _edited(self, *_: object) -> None:
        for name, row in self.rows.items():
            if row.is_wrong and self.sender() is row.field:
                self.rows[name].say_wrong("")
        self._say_environment()
        self.changed.emit()

    def _say_environment(self) -> None:
        """Any host that is not production is said loudly, before it is saved (F060)."""
        address = self.url.currentText().strip()
        warning = self._check_url(address) if address and not self._is_locked else None
        is_shown = warning is not None and not warning.is_error
        self.environment_note.setVisible(is_shown)
        if is_shown and warning is not None:
            words = f"{text('app.banner.sandbox')} – {formats.sentence(warning)}"
            self.environment_note.setText(words)

    def retranslate(self) -> None:
        parts: tuple[Card | FormRow, ...] = (self.connection, self.company, *self.rows.values())
        for part in parts:
            part.retranslate()
        self.url.setItemText(0, URLS["production"])
        line = self.url.lineEdit()
        if line is not None:
            line.setPlaceholderText(text("config.url.placeholder"))
        for row, name in enumerate(URLS):
            self.url.setItemData(row, text(f"config.url.choice.{name}"), 3)  # Qt.ToolTipRole
        self.client_id.setPlaceholderText(text("config.client_id.placeholder"))
        self.password.retranslate()
        self._say_reveal()
        self.required_note.setText(text("config.required.note"))
        self.key_note.setText(formats.sentence(Problem("KEY-01")))
        self.test.setText(text("config.button.test"))
        self.manager.setText(text("config.button.manager"))
        self.new_pairing.setText(text("config.button.new_pairing"))
        key = "config.training.note" if self._is_locked else "config.rights.note" if self._is_read_only else ""
        self.note.setText(text(key) if key else "")
        self.note.setVisible(bool(key))
        self._name_companies()
        self._say_test()
        self._say_environment()


class PasswordBox(QLineEdit):
    """Write-only (F063): what is kept shows as dots that are not the password; typing replaces it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("client_password")
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._is_kept = False

    @property
    def entered(self) -> str:
        """Only what a person typed here since the last save."""
        return self.text()

    def show_kept(self, is_kept: bool) -> None:
        self._is_kept = is_kept
        self.clear()
        self.retranslate()

    def retranslate(self) -> None:
        kept = text("config.client_password.kept") if self._is_kept else ""
        asked = "" if self.isReadOnly() else text("config.client_password.placeholder")
        self.setPlaceholderText(f"{DOTS}   {kept}" if kept else asked)
