"""What is presented and how: filter of projects, template of new projects, suppliers to send (F090–F093, C23).

What waits for a person stands below it (gui/safeguard_settings.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from maestro_procore.gui.form_row import FormRow
from maestro_procore.gui.safeguard_settings import SafeguardSettings
from maestro_procore.gui.steady_fields import SteadyComboBox
from maestro_procore.i18n import text
from maestro_procore.model.settings import PROJECT_FILTERS, SETTINGS

KINDS_WITH_VALUE = PROJECT_FILTERS[4:]
BOXES = ("sends_address_after_link", "sends_customers", "takes_order_numbers")
"""Settings that are ticked or not."""
SUPPLIER_FILTERS: tuple[str, ...] = tuple(SETTINGS["supplier_filter"].choices or ())


class SynchronizationSettings(QWidget):
    """Combos and boxes; each keeps one setting."""

    changed = Signal()
    values_wanted = Signal(str)
    """A kind of filter was chosen that wants a value: type · category · department · manager."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: Mapping[str, Any] = {}
        self._templates: list[tuple[int, str]] = []
        self.filter = self._combo("project_filter", PROJECT_FILTERS)
        self.value = self._combo("project_filter_value", ())
        self.template = self._combo("default_template", (None,))
        self.suppliers = self._combo("supplier_filter", SUPPLIER_FILTERS)
        self.boxes = {key: self._box(key) for key in BOXES}
        self.rows = (
            FormRow("config.filter", self.filter, self),
            FormRow("config.filter.value", self.value, self),
            FormRow("config.default_template", self.template, self),
            FormRow("config.supplier_filter", self.suppliers, self),
        )
        self.safeguards = SafeguardSettings(self)
        self.safeguards.changed.connect(self._tell)
        self.filter.currentIndexChanged.connect(self._kind_chosen)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(32)
        layout.setVerticalSpacing(10)
        for place, row in enumerate(self.rows):
            layout.addWidget(row, place // 2, place % 2)
        for place, box in enumerate(self.boxes.values(), start=2):
            layout.addWidget(box, place, 0, 1, 2)
        layout.addWidget(self.safeguards, 2 + len(self.boxes), 0, 1, 2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self.retranslate()

    def _box(self, key: str) -> QCheckBox:
        box = QCheckBox(self)
        box.setObjectName(key)
        box.toggled.connect(self._tell)
        return box

    def _combo(self, name: str, choices: tuple[Any, ...]) -> QComboBox:
        box = SteadyComboBox(self)
        box.setObjectName(name)
        box.setMinimumContentsLength(16)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for choice in choices:
            box.addItem("", choice)
        box.currentIndexChanged.connect(self._tell)
        return box

    def show_values(self, configuration: Any, *, may_configure: bool) -> None:
        """configuration: engine.commands.Configuration."""
        self._values = configuration.values
        self._templates = list(configuration.templates)
        with QSignalBlocker(self.template):
            self.template.clear()
            self.template.addItem("", None)
            for number, _name in self._templates:
                self.template.addItem("", number)
        for box in (self.filter, self.template, self.suppliers):
            with QSignalBlocker(box):
                box.setCurrentIndex(max(0, box.findData(self._values.get(box.objectName()))))
                box.setEnabled(may_configure)
        for key, tick in self.boxes.items():
            with QSignalBlocker(tick):
                tick.setChecked(bool(self._values.get(key)))
            tick.setEnabled(may_configure)
        self.safeguards.show_values(self._values, may_configure=may_configure)
        self.show_filter_values([])
        if self.kind in KINDS_WITH_VALUE:
            self.values_wanted.emit(self.kind)
        self.retranslate()

    @property
    def kind(self) -> str:
        """How projects are filtered now."""
        return str(self.filter.currentData())

    def show_filter_values(self, values: list[str]) -> None:
        """The values that projects have; the saved one stays even when no project has it any more."""
        saved = str(self._values.get("project_filter_value") or "")
        held = [*values, saved] if saved and saved not in values and self.kind in KINDS_WITH_VALUE else values
        with QSignalBlocker(self.value):
            self.value.clear()
            for value in held:
                self.value.addItem(value, value)
            self.value.setCurrentIndex(max(0, self.value.findData(saved)) if held else -1)
        self.value.setEnabled(self.kind in KINDS_WITH_VALUE and self.filter.isEnabled())

    def _kind_chosen(self) -> None:
        self.show_filter_values([])
        if self.kind in KINDS_WITH_VALUE:
            self.values_wanted.emit(self.kind)

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def changes(self) -> dict[str, Any]:
        """Settings that differ from what is saved."""
        if not self._values:
            return {}
        entered = {
            "project_filter": self.kind,
            "project_filter_value": str(self.value.currentData() or "") if self.kind in KINDS_WITH_VALUE else "",
            "default_template": self.template.currentData(),
            "supplier_filter": self.suppliers.currentData(),
            **{key: box.isChecked() for key, box in self.boxes.items()},
        }
        saved = {**self._values, "project_filter_value": self._values.get("project_filter_value") or ""}
        if self.kind not in KINDS_WITH_VALUE:
            saved["project_filter_value"] = ""
        changed = {key: value for key, value in entered.items() if saved.get(key) != value}
        return changed | self.safeguards.changes()

    def retranslate(self) -> None:
        for row in self.rows:
            row.retranslate()
        self.safeguards.retranslate()
        _name(self.filter, lambda kind: text(f"config.filter.{kind}"))
        _name(self.suppliers, lambda kind: text(f"config.supplier_filter.{kind}"))
        names = dict(self._templates)
        _name(
            self.template,
            lambda number: text("config.default_template.none") if number is None else f"{number} – {names[number]}",
        )
        for key, box in self.boxes.items():
            box.setText(text(f"setting.{key}"))
            box.setToolTip(text(f"config.{key}.tip"))


def _name(box: QComboBox, words: Callable[[Any], str]) -> None:
    with QSignalBlocker(box):
        for row in range(box.count()):
            box.setItemText(row, words(box.itemData(row)))
