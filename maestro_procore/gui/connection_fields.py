"""The fields of a connection: which ones a platform and a way of signing in want, what was typed, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.connection_form import URLS, PasswordBox
from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.connections import LONGEST_NAME, LOOPBACK, OUT_OF_BAND, WAYS, Details, Platform, Way
from maestro_procore.model.microsoft_clouds import CLOUDS, GLOBAL, address_of, cloud_of
from maestro_procore.model.problems import Problem

# Fields that are shown, in their order, beside name and way; those of nobody are hidden.
SHOWN: Mapping[tuple[Platform, Way], tuple[str, ...]] = {
    (Platform.PROCORE, Way.PERSON): ("api_url", "client_id", "client_secret", "redirect_uri"),
    (Platform.PROCORE, Way.SERVICE): ("api_url", "client_id", "client_secret"),
    (Platform.MICROSOFT, Way.PERSON): ("cloud", "tenant", "client_id"),
    (Platform.MICROSOFT, Way.SERVICE): ("cloud", "tenant", "client_id", "client_secret"),
    (Platform.MICROSOFT, Way.CERTIFICATE): ("cloud", "tenant", "client_id", "certificate", "passphrase"),
}


class ConnectionFields(QWidget):
    """Holds no rule: what is wrong is told by the commands."""

    changed = Signal()
    """Something that a test depends on."""
    named = Signal()
    """The name, on which no test depends."""
    way_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._platform, self._way = Platform.PROCORE, Way.PERSON
        self._is_own = False
        self.file: Path | None = None
        """The certificate that was chosen here."""
        self._build()
        self._lay_out()
        self.retranslate()

    def _build(self) -> None:
        self.name = QLineEdit(self)
        self.name.setObjectName("connection_name")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.textEdited.connect(lambda _: self.named.emit())
        self.hint = PlainLabel(parent=self, wraps=True, name="connection_name_hint")
        self.hint.setProperty("dim", True)
        self.way = QComboBox(self)
        self.way.setObjectName("connection_way")
        self.way.activated.connect(lambda _: self.way_chosen.emit(str(self.way.currentData())))
        self.cloud = QComboBox(self)
        self.cloud.setObjectName("connection_cloud")
        for name in CLOUDS:
            self.cloud.addItem("", name)
        self.cloud.activated.connect(lambda _: self.changed.emit())
        self.url = _choice("connection_url", list(URLS.values()), self)
        self.redirect = _choice("connection_redirect", [LOOPBACK, OUT_OF_BAND], self)
        self.client_id = QLineEdit(self)
        self.client_id.setObjectName("connection_client_id")
        self.secret = PasswordBox(self)
        self.secret.setObjectName("connection_client_secret")
        self.tenant = QLineEdit(self)
        self.tenant.setObjectName("connection_tenant")
        self.passphrase = QLineEdit(self)
        self.passphrase.setObjectName("connection_passphrase")
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.certificate = QPushButton(self)
        self.certificate.setObjectName("connection_certificate")
        self.certificate.setAutoDefault(False)  # Enter in a field tests the connection
        self.certificate.clicked.connect(self._choose_file)
        for box in (self.url, self.redirect):
            box.editTextChanged.connect(self.changed)
        for line in (self.client_id, self.secret, self.tenant, self.passphrase):
            line.textEdited.connect(self.changed)
        self.rows = {
            "name": FormRow("connection.field.name", self.name, self),
            "way": FormRow("connection.field.way", self.way, self),
            "api_url": FormRow("connection.field.domain", self.url, self, is_required=True),
            "cloud": FormRow("connection.field.cloud", self.cloud, self),
            "tenant": FormRow("connection.field.tenant", self.tenant, self),
            "client_id": FormRow("field.client_id", self.client_id, self, is_required=True),
            "client_secret": FormRow("field.client_secret", self.secret, self, is_required=True),
            "redirect_uri": FormRow("field.redirect_uri", self.redirect, self, is_required=True),
            "certificate": FormRow("field.certificate", self.certificate, self, is_required=True),
            "passphrase": FormRow("connection.field.passphrase", self.passphrase, self),
        }

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for name, row in self.rows.items():
            layout.addWidget(row)
            if name == "name":
                layout.addWidget(self.hint)
        inner = [row.field for row in self.rows.values()]
        for before, after in pairwise(inner):
            QWidget.setTabOrder(before, after)

    # --- what is in it --------------------------------------------------------------------------------

    def show_details(self, details: Details, *, secret: str = "", is_saved: bool = False, is_own: bool = False) -> None:
        """is_saved: its secret is kept and shows as dots. is_own: only the name is changed here."""
        self._platform, self._way, self._is_own = details.platform, details.way, is_own
        with QSignalBlocker(self.way):
            self.way.clear()
            for way in WAYS[details.platform]:
                self.way.addItem("", way.value)
            self.way.setCurrentIndex(self.way.findData(details.way.value))
            self.way.setEnabled(not is_saved)
        self.cloud.setCurrentIndex(max(0, self.cloud.findData((cloud_of(details.url) or GLOBAL).name)))
        self.cloud.setEnabled(not is_saved)  # an account is of one cloud
        for box, words in ((self.url, details.url), (self.redirect, details.redirect_uri)):
            with QSignalBlocker(box):
                box.setCurrentText(words)
        self.name.setText(details.name)
        self.client_id.setText(details.client_id)
        self.tenant.setText(details.tenant)
        self.secret.show_kept(is_saved)
        self.secret.setText(secret)
        self._facts = dict(details.certificate)
        self.file = None
        self._show_rows()
        self.retranslate()

    _facts: Mapping[str, Any] = {}

    def _show_rows(self) -> None:
        shown = () if self._is_own else ("way", *SHOWN[self._platform, self._way])
        for name, row in self.rows.items():
            row.setVisible(name == "name" or name in shown)

    def entered(self, before: Details) -> Details:
        """The details as they stand in the form; what it does not show stays."""
        if self._is_own:
            return replace(before, name=self.name.text().strip())
        return replace(
            before,
            name=self.name.text().strip(),
            url=self._address(before),
            client_id=self.client_id.text().strip(),
            tenant=self.tenant.text().strip(),
            redirect_uri=self.redirect.currentText().strip() if before.platform is Platform.PROCORE else "",
        )

    def _address(self, before: Details) -> str:
        """Of Procore as it was typed; of Microsoft that of the chosen cloud."""
        if before.platform is Platform.PROCORE:
            return self.url.currentText().strip().rstrip("/")
        return address_of(self.cloud.currentData()) if before.platform is Platform.MICROSOFT else before.url

    # --- certificate ----------------------------------------------------------------------------------

    def _choose_file(self) -> None:
        title, kinds = text("connection.certificate.choose"), text("connection.certificate.kinds")
        chosen, _filter = QFileDialog.getOpenFileName(self, title, "", f"{kinds} (*.pfx *.p12 *.pem);;* (*)")
        if chosen:
            self.take_file(Path(chosen))

    def take_file(self, file: Path) -> None:
        """The file that was chosen; it is read when the connection is tested."""
        self.file = file
        self._say_certificate()
        self.changed.emit()

    def show_certificate(self, facts: Mapping[str, Any]) -> None:
        """What was read of it."""
        self._facts = dict(facts)
        self._say_certificate()

    def _say_certificate(self) -> None:
        if self.file is not None:
            self.certificate.setText(self.file.name)
        elif self._facts:
            self.certificate.setText(str(self._facts["subject"]))
        else:
            self.certificate.setText(text("connection.certificate.none"))
        self.certificate.setToolTip(str(self._facts.get("thumbprint", "")))

    # --- problems -------------------------------------------------------------------------------------

    def say_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Each under its field, the first wrong one with the focus; gives back what belongs to no field."""
        wrong: dict[str, str] = {}
        others: list[Problem] = []
        for problem in problems:
            name = _FIELD_OF.get(problem.code, str(problem.args.get("field", "")))
            if name in self.rows:
                wrong[name] = formats.sentence(problem)
            else:
                others.append(problem)
        for name, row in self.rows.items():
            row.say_wrong(wrong.get(name, ""))
        first = next((self.rows[name] for name in self.rows if name in wrong), None)
        if first is not None and wrong.keys() != {"name"}:
            first.focus()
        return others

    def retranslate(self) -> None:
        for row in self.rows.values():
            row.retranslate()
        for place in range(self.way.count()):
            self.way.setItemText(place, text(f"connection.way.{self._platform.value}.{self.way.itemData(place)}"))
        for place in range(self.cloud.count()):
            self.cloud.setItemText(place, text(f"connection.cloud.{self.cloud.itemData(place)}"))
        self.hint.setText(text("connection.field.name.hint"))
        self.name.setPlaceholderText(text("connection.field.name.empty"))
        self.secret.retranslate()
        self._say_certificate()


_FIELD_OF = {"CON-03": "name", "CON-04": "name", "CFG-02": "api_url", "CON-09": "certificate"}


def _choice(name: str, choices: Sequence[str], parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.setObjectName(name)
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(list(choices))
    return box


def in_a_row(*buttons: QWidget) -> QHBoxLayout:
    """Buttons beside each other, at the left."""
    layout = QHBoxLayout()
    layout.setSpacing(8)
    for button in buttons:
        layout.addWidget(button)
    layout.addStretch(1)
    return layout
