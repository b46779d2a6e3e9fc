"""The tab Options of the page Documents: who is told when a project is complete, what is copied, what is attached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, Look
from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.file_items import Flow
from maestro_procore.model.file_mail import MAIL_LANGUAGES, MailState
from maestro_procore.model.problems import Problem

BOXES: Final = ("mail", "attaches", "private")
SENT_AGAIN: Final = (MailState.FAILED, MailState.UNKNOWN)
NOBODY: Final = -1


@dataclass(frozen=True)
class ChosenOptions:
    """What somebody wants of a project. to: None for whoever the settings name; attaches: None without a Daily Log."""

    to: str | list[str] | None
    language: str | None
    attaches: bool | None
    private: bool


class OptionsTab(QWidget):
    """Fields and boxes of the chosen project; nothing is changed before *Save*."""

    name = "options"
    saved = Signal(int, object)
    """Number of the project and its ChosenOptions."""
    again = Signal(int)
    """The message of that project is to be sent again."""

    def __init__(self, read: Callable[[int], Any], ask: Ask, parent: QWidget | None = None) -> None:
        """read: a project's (store.file_views.FileProjectRow, FileCommands.notification), None without it; blocking."""
        super().__init__(parent)
        self.setObjectName("documents_options")
        self.project_id, self.may = NOBODY, False
        self._read, self._shown, self._is_touched = read, NOBODY, False
        self._row: Any = None
        self._mail: Mapping[str, Any] = {}
        self._look = Look(ask, self._question, self._show)
        self.boxes = {key: self._box(key) for key in BOXES}
        self.to = QLineEdit(self)
        self.to.setObjectName("documents_options_to")
        self.to.textEdited.connect(self._touch)
        self.to_row = FormRow("documents.options.to", self.to, self)
        self.language = QComboBox(self)
        self.language.setObjectName("documents_options_language")
        self.language.currentIndexChanged.connect(self._touch)
        self.language_row = FormRow("documents.options.language", self.language, self)
        self.state = PlainLabel(parent=self, wraps=True, name="documents_options_state").can_be_copied()
        self.save = QPushButton(self)
        self.save.setObjectName("documents_options_save")
        self.save.setProperty("main", True)
        self.save.clicked.connect(self._press_save)
        self.send_again = QPushButton(self)
        self.send_again.setObjectName("documents_options_again")
        self.send_again.clicked.connect(lambda: self.again.emit(self.project_id))
        self._lay_out()
        self.retranslate()

    def _box(self, key: str) -> QCheckBox:
        box = QCheckBox(self)
        box.setObjectName(f"documents_options_{key}")
        box.toggled.connect(self._touch)
        return box

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.boxes["mail"])
        fields = QHBoxLayout()
        fields.setSpacing(12)
        fields.addWidget(self.to_row, 3)
        fields.addWidget(self.language_row, 1)
        column.addLayout(fields)
        column.addWidget(self.state)
        column.addWidget(self.boxes["attaches"])
        column.addWidget(self.boxes["private"])
        foot = QHBoxLayout()
        foot.addWidget(self.save)
        foot.addWidget(self.send_again)
        foot.addStretch(1)
        column.addLayout(foot)
        column.addStretch(1)

    # --- what is shown --------------------------------------------------------------------------------

    def show_project(self, project_id: int, *, may: bool) -> None:
        """What somebody has entered and not saved stays while the project does."""
        if project_id != self.project_id:
            self._is_touched = False
        self.project_id, self.may = project_id, may
        self._enable()
        self._look()

    def _question(self) -> Callable[[], Any]:
        wanted, read = self.project_id, self._read
        return lambda: (wanted, read(wanted) if wanted != NOBODY else None)

    def _show(self, answer: tuple[int, Any]) -> None:
        wanted, found = answer
        if wanted != self.project_id:
            return
        self._row, self._mail = found if found is not None else (None, {})
        self._say_state()
        if not self._is_touched or self._shown != wanted:
            self._fill()
            self._shown = wanted
        self._enable()

    def _fill(self) -> None:
        settings: Mapping[str, Any] = self._row.settings if self._row is not None else {}
        pair = self._daily_log()
        usual, own = self._mail.get("to") or [], settings.get("mail_to")
        values = {
            "mail": bool(usual),
            "attaches": pair is not None and Flow(pair.flow).adds,
            "private": bool(settings.get("copies_private")),
        }
        for key, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(values[key])
        self.to.setText(", ".join(own or ()))
        self.to.setPlaceholderText(", ".join(usual) if own is None else "")
        with QSignalBlocker(self.language):
            place = self.language.findData(settings.get("mail_language"))
            self.language.setCurrentIndex(max(place, 0))
        self.to_row.say_wrong("")

    def _daily_log(self) -> Any:
        pairs = self._row.pairs if self._row is not None else ()
        return next((pair for pair in pairs if pair.tool == "daily_log"), None)

    def _say_state(self) -> None:
        state, problem = self._mail.get("state") or "", self._mail.get("problem")
        told = text(f"documents.options.state.{state}") if state else ""
        if problem is not None:
            found = Problem.from_json(problem)
            told = " ".join(part for part in (formats.sentence(found), formats.remedy(found)) if part)
        self.state.setText(told)
        self.state.setVisible(bool(told))

    def _touch(self, *_: object) -> None:
        self._is_touched = True
        self.to_row.say_wrong("")
        self._enable()

    def _enable(self) -> None:
        may = self.may and self._row is not None
        for key, box in self.boxes.items():
            box.setEnabled(may and (key != "attaches" or self._daily_log() is not None))
        for field in (self.to, self.language):
            field.setEnabled(may and self.boxes["mail"].isChecked())
        self.save.setEnabled(may and self._is_touched)
        self.send_again.setVisible(self._mail.get("state") in SENT_AGAIN)
        self.send_again.setEnabled(may)

    # --- what is wanted -------------------------------------------------------------------------------

    def _press_save(self) -> None:
        words = self.to.text().strip()
        to: str | list[str] | None = words or None
        if not self.boxes["mail"].isChecked():
            to = []
        elif to is None and not self.to.placeholderText():
            self.to_row.say_wrong(text("documents.options.to.missing"))
            self.to_row.focus()
            return
        attaches = self.boxes["attaches"].isChecked() if self._daily_log() is not None else None
        self._is_touched = False
        private = self.boxes["private"].isChecked()
        self.saved.emit(self.project_id, ChosenOptions(to, self.language.currentData(), attaches, private))

    def refused(self, problem: Problem) -> None:
        """What was entered stands until it is right."""
        if problem.code == "DOC-60":
            self._is_touched = True
            self.to_row.say_wrong(formats.sentence(problem))
            self.to_row.focus()
            self._enable()

    def retranslate(self) -> None:
        for key, box in self.boxes.items():
            box.setText(text(f"documents.options.{key}"))
            box.setToolTip(text(f"documents.options.{key}.tip"))
        self.to_row.retranslate()
        self.language_row.retranslate()
        chosen = self.language.currentData()
        with QSignalBlocker(self.language):
            self.language.clear()
            for language in (None, *MAIL_LANGUAGES):
                self.language.addItem(text(f"documents.options.language.{language or 'usual'}"), language)
            self.language.setCurrentIndex(max(self.language.findData(chosen), 0))
        self.save.setText(text("documents.options.save"))
        self.send_again.setText(text("documents.options.again"))
        self._say_state()
