"""*Filter Projects by*: which projects the page shows, and how many it hides (F090, F091, F093).

Nothing is unlinked by it; it only decides what is presented.
"""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.steady_fields import SteadyComboBox
from maestro_procore.i18n import text
from maestro_procore.model.settings import PROJECT_FILTERS

GROUPS = PROJECT_FILTERS
WITH_VALUE = frozenset({"type", "category", "department", "manager"})


class ProjectsFilter(QWidget):
    """Two lists: what to filter by, and its value where one is needed."""

    changed = Signal(str, str)
    """Group and value as LineQuery wants them."""

    def __init__(self, element: str, views: Any, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._element, self._views, self._ask = element, views, asking(self, ask)
        self._hidden = 0
        self._label = PlainLabel(parent=self)
        self.group = SteadyComboBox(self)
        self.group.setObjectName("projects_filter")
        self.value = SteadyComboBox(self)
        self.value.setObjectName("projects_filter_value")
        for box in (self.group, self.value):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.value.setMinimumContentsLength(10)
        self._says = PlainLabel(parent=self, name="hidden_by_filter")
        self._label.setBuddy(self.group)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self._label, self.group, self.value, self._says):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for group in GROUPS:
            self.group.addItem("", group)
        self.value.hide()
        self.retranslate()
        self.group.currentIndexChanged.connect(self._choose_group)
        self.value.currentIndexChanged.connect(self._tell)

    @property
    def current(self) -> tuple[str, str]:
        group = str(self.group.currentData())
        if group in WITH_VALUE:
            value = str(self.value.currentData() or "")
            return (group, value) if value else ("all", "")
        return group, ""

    def choose(self, group: str, value: str = "") -> None:
        """As Configuration says."""
        place = self.group.findData(group if group in GROUPS else "all")
        self.group.blockSignals(True)
        self.group.setCurrentIndex(place)
        self.group.blockSignals(False)
        self._fill_values(value)

    def show_hidden(self, count: int) -> None:
        """How many projects the filter keeps from view."""
        self._hidden = count
        self._says.setText(text("sync.projects_hidden", count=count) if count else "")

    def retranslate(self) -> None:
        self._label.setText(text("config.filter"))
        self.group.setAccessibleName(text("config.filter"))
        self.value.setAccessibleName(text("config.filter.value"))
        for place, group in enumerate(GROUPS):
            self.group.setItemText(place, text(f"config.filter.{group}"))
        self.show_hidden(self._hidden)

    def _choose_group(self, _place: int) -> None:
        self._fill_values("")

    def _fill_values(self, chosen: str) -> None:
        group = str(self.group.currentData())
        self.value.setVisible(group in WITH_VALUE)
        if group not in WITH_VALUE:
            self._tell()
            return
        element, views = self._element, self._views
        self._ask(lambda: views.filter_values(element, group), lambda values: self._take_values(group, values, chosen))

    def _take_values(self, group: str, values: list[str], chosen: str) -> None:
        if group != self.group.currentData():
            return
        self.value.blockSignals(True)
        self.value.clear()
        for value in values:
            self.value.addItem(value, value)
        self.value.setCurrentIndex(max(0, self.value.findData(chosen)))
        self.value.blockSignals(False)
        self._tell()

    def _tell(self, _place: int = 0) -> None:
        self.changed.emit(*self.current)
