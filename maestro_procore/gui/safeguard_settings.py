"""What waits for a person: which elements an approver accepts, up to which amounts, when the change guard holds; how
long the history is kept, who is written to, in which language, when the files of a project are in step, and how
fast files may go.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget

from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.steady_fields import SteadyComboBox
from maestro_procore.i18n import text
from maestro_procore.model.file_bandwidth import DOWN, UP
from maestro_procore.model.settings import ACCEPTANCE, SETTINGS
from maestro_procore.model.typed_numbers import typed_number

BOXES = (*ACCEPTANCE.values(), "accepts_own_requests", "guard")
NUMBERS = ("guard_records", "guard_amount", "guard_percent", "history_days", UP, DOWN)
WORDS = ("acceptance_limits", "completion_mail_to", "completion_mail_from")
LANGUAGE = "completion_mail_language"


class SafeguardSettings(QWidget):
    """One box or field per setting, named after it."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: Mapping[str, Any] = {}
        self.boxes = {key: self._box(key) for key in BOXES}
        self.fields = {key: self._field(key) for key in (*WORDS, *NUMBERS)}
        self.language = SteadyComboBox(self)
        self.language.setObjectName(LANGUAGE)
        for choice in (None, *(SETTINGS[LANGUAGE].choices or ())):
            self.language.addItem("", choice)
        self.language.currentIndexChanged.connect(self._tell)
        self.rows = [FormRow(f"setting.{key}", field, self) for key, field in self.fields.items()]
        self.rows.insert(len(WORDS), FormRow(f"setting.{LANGUAGE}", self.language, self))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(32)
        layout.setVerticalSpacing(10)
        for place, widget in enumerate((*self.boxes.values(), *self.rows)):
            layout.addWidget(widget, place // 2, place % 2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self.retranslate()

    def _box(self, key: str) -> QCheckBox:
        box = QCheckBox(self)
        box.setObjectName(key)
        box.toggled.connect(self._tell)
        return box

    def _field(self, key: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName(key)
        field.textEdited.connect(self._tell)
        return field

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def show_values(self, values: Mapping[str, Any], *, may_configure: bool) -> None:
        """values: the settings in force."""
        self._values = values
        for key, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(bool(values.get(key)))
            box.setEnabled(may_configure)
        for key, field in self.fields.items():
            held = values.get(key)
            with QSignalBlocker(field):
                field.setText("" if held is None else str(held))
            field.setEnabled(may_configure)
        with QSignalBlocker(self.language):
            self.language.setCurrentIndex(max(0, self.language.findData(values.get(LANGUAGE))))
        self.language.setEnabled(may_configure)

    def changes(self) -> dict[str, Any]:
        """Settings that differ from what is saved. Words that are no number are handed on: the rules refuse them."""
        if not self._values:
            return {}
        entered: dict[str, Any] = {key: box.isChecked() for key, box in self.boxes.items()}
        entered |= {key: self.fields[key].text().strip() for key in WORDS}
        entered[LANGUAGE] = self.language.currentData()
        entered |= {key: _number(self.fields[key].text()) for key in NUMBERS}
        return {key: value for key, value in entered.items() if self._values.get(key) != value}

    def retranslate(self) -> None:
        for row in self.rows:
            row.retranslate()
        for key, box in self.boxes.items():
            box.setText(text(f"setting.{key}"))
        for place in range(self.language.count()):
            words = text(f"documents.options.language.{self.language.itemData(place) or 'usual'}")
            self.language.setItemText(place, words)


def _number(words: str) -> int | str | None:
    """A whole number; None for an emptied field, which is not looked at then."""
    number = typed_number(words)
    if number is not None and number == number.to_integral_value():
        return int(number)
    return words.strip() or None
