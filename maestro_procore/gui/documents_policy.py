"""The tab *Policy* of the page Documents: how one project is synchronized (F157). The form is built from the table."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, QTime, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, Look
from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.steady_fields import SteadyComboBox, SteadySpinBox, SteadyTimeEdit
from maestro_procore.i18n import text
from maestro_procore.model.file_settings import SETTINGS, FileSetting, SettingKind, check, conflict_rule, effective

NOBODY: Final = 0
COLUMNS: Final = 3
A_MEGABYTE: Final = 1_000_000
_ORDER: Final = (
    ("conflicts", "one_way", "max_bytes"),
    ("schedule", "every_minutes", "daily_at"),
    ("delete_items", "delete_percent"),
    ("include", "exclude"),
    ("trash", "trash_days", "trash_megabytes"),
)
_PLACES: Final[Mapping[str, tuple[int, int]]] = {
    key: (row, place) for row, keys in enumerate(_ORDER) for place, key in enumerate(keys)
}


class PolicyTab(QWidget):
    """Nothing is saved before *Save*; what others saved meanwhile is shown as soon as nothing is typed here."""

    name = "policy"
    saved = Signal(int, object)
    """Number of the project, and the values that differ from what holds."""

    def __init__(self, views: Any, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("documents_policy")
        self._views = views
        self.project_id, self.may = NOBODY, False
        self._held: dict[str, Any] = effective({})
        self._first = str(conflict_rule({}, "", is_first=True))
        self._is_typed = False
        self._read = Look(ask, self._question, self._take)
        self.rows = {key: FormRow(f"policy.{key}", _field(setting), self) for key, setting in SETTINGS.items()}
        self.note = PlainLabel(parent=self, wraps=True, name="policy_note")
        self.note.setProperty("dim", True)
        self.buttons: dict[str, QPushButton] = {}
        for name, deed in (("save", self.save), ("undo", self.undo)):
            button = self.buttons[name] = QPushButton(self)
            button.setObjectName(f"policy_{name}")
            button.clicked.connect(lambda _checked=False, deed=deed: deed())
        self._lay_out()
        for key, row in self.rows.items():
            _changes(row.field).connect(partial(self._typed, key))

    def _lay_out(self) -> None:
        inside = QWidget(self)
        grid = QGridLayout(inside)
        grid.setContentsMargins(2, 6, 8, 6)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(8)
        for key, row in self.rows.items():
            grid.addWidget(row, *_PLACES[key], Qt.AlignmentFlag.AlignTop)
        for place in range(COLUMNS):
            grid.setColumnStretch(place, 1)
        grid.setRowStretch(max(row for row, _ in _PLACES.values()), 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inside)
        feet = QHBoxLayout()
        feet.addWidget(self.buttons["save"])
        feet.addWidget(self.buttons["undo"])
        feet.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addLayout(feet)

    # --- the chosen project -------------------------------------------------------------------------------

    def show_project(self, project_id: int, *, may: bool) -> None:
        """project_id: NOBODY for none. may: whether the reader may change anything."""
        if project_id != self.project_id:
            self._is_typed = False
        self.project_id, self.may = project_id, may
        self._read()
        self._enable()

    def _question(self) -> Callable[[], Any]:
        number, views = self.project_id, self._views

        def look() -> Any:
            rows = views.files.projects(number) if number != NOBODY else []
            settings = rows[0].settings if rows else {}
            return number, effective(settings), str(conflict_rule(settings, "", is_first=True))

        return look

    def _take(self, found: tuple[int, dict[str, Any], str]) -> None:
        number, held, first = found
        if number == self.project_id and not self._is_typed:
            self._held, self._first = held, first
            self._fill()
            self._say_note()

    def _say_note(self) -> None:
        """The choice of conflicts holds from the first synchronization on only where somebody made it."""
        self.note.setText(f"{text(f'policy.first_conflicts.{self._first}')} {text('policy.note')}")

    def _fill(self) -> None:
        for key, row in self.rows.items():
            with QSignalBlocker(row.field):
                _put(row.field, SETTINGS[key], self._held[key])
            row.say_wrong("")
        self._enable()

    # --- deeds --------------------------------------------------------------------------------------------

    def entered(self) -> dict[str, Any]:
        """Every value as it stands in the form."""
        return {key: _got(row.field, SETTINGS[key], self._held[key]) for key, row in self.rows.items()}

    def save(self) -> None:
        """Hands over what differs; what cannot be is said below its field."""
        values = {key: value for key, value in self.entered().items() if value != self._held[key]}
        problems = check(values)
        for key, row in self.rows.items():
            row.say_wrong(formats.sentence(problems[key]) if key in problems else "")
        if problems:
            self.rows[next(iter(problems))].focus()
            return
        self._is_typed = False
        if values:
            self.saved.emit(self.project_id, values)
        self._enable()

    def undo(self) -> None:
        """Back to what holds."""
        self._is_typed = False
        self._fill()
        self._read()

    def _typed(self, key: str, *_: object) -> None:
        self._is_typed = True
        self.rows[key].say_wrong("")
        self._enable()

    def _enable(self) -> None:
        is_there = self.project_id != NOBODY and self.may
        entered = self.entered()
        for key, row in self.rows.items():
            wanted = SETTINGS[key].only_when
            row.setEnabled(is_there and (wanted is None or entered[wanted[0]] == wanted[1]))
        is_other = any(value != self._held[key] for key, value in entered.items())
        for button in self.buttons.values():
            button.setEnabled(is_there and is_other)

    def retranslate(self) -> None:
        for key, row in self.rows.items():
            row.retranslate()
            row.field.setLocale(QLocale())  # numbers in the reader's form
            if isinstance(row.field, QComboBox):
                for place, choice in enumerate(SETTINGS[key].choices):
                    row.field.setItemText(place, text(f"policy.{key}.{choice}"))
            if isinstance(row.field, QPlainTextEdit):
                row.field.setPlaceholderText(text(f"policy.{key}.none"))
        self._say_note()
        for name, button in self.buttons.items():
            button.setText(text(f"policy.button.{name}"))


def _field(setting: FileSetting) -> QWidget:
    """The widget of one kind of setting."""
    made: QWidget
    if setting.kind is SettingKind.CHOICE:
        made = SteadyComboBox()
        for choice in setting.choices:
            made.addItem("", choice)
    elif setting.kind is SettingKind.NUMBER:
        made = SteadySpinBox()
        unit = A_MEGABYTE if setting.key == "max_bytes" else 1
        made.setRange(max(1, setting.least // unit), setting.most // unit)
        made.setGroupSeparatorShown(True)
    elif setting.kind is SettingKind.TIME:
        made = SteadyTimeEdit()
        made.setDisplayFormat("HH:mm")
    else:
        made = QPlainTextEdit()
        made.setTabChangesFocus(True)
        made.setMinimumHeight(54)
    made.setObjectName(f"policy_{setting.key}")
    if isinstance(made, QAbstractSpinBox):
        made.lineEdit().setTextMargins(5, 0, 0, 0)  # where other fields have theirs; a style sheet does not reach it
    return made


def _changes(field: QWidget) -> Any:
    """The signal that says that somebody changed it."""
    if isinstance(field, QComboBox):
        return field.currentIndexChanged
    if isinstance(field, QSpinBox):
        return field.valueChanged
    return field.timeChanged if isinstance(field, QTimeEdit) else getattr(field, "textChanged")  # noqa: B009


def _put(field: QWidget, setting: FileSetting, value: Any) -> None:
    if isinstance(field, QComboBox):
        field.setCurrentIndex(max(0, field.findData(value)))
    elif isinstance(field, QSpinBox):
        field.setValue(round(value / A_MEGABYTE) if setting.key == "max_bytes" else int(value))
    elif isinstance(field, QTimeEdit):
        field.setTime(QTime.fromString(str(value), "HH:mm"))
    elif isinstance(field, QPlainTextEdit) and field.toPlainText().splitlines() != list(value):
        field.setPlainText("\n".join(value))


def _got(field: QWidget, setting: FileSetting, held: Any) -> Any:
    """As the table wants it. held: what is kept where the field cannot show all of it, as of bytes in megabytes."""
    if isinstance(field, QComboBox):
        return field.currentData()
    if isinstance(field, QSpinBox):
        if setting.key != "max_bytes":
            return field.value()
        return held if field.value() == round(held / A_MEGABYTE) else field.value() * A_MEGABYTE
    if isinstance(field, QTimeEdit):
        return field.time().toString("HH:mm")
    if isinstance(field, QPlainTextEdit):
        return tuple(line.strip() for line in field.toPlainText().splitlines() if line.strip())
    return None
