"""A row of small buttons, each of which narrows what the grid shows; one of them is down."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from maestro_procore.gui import formats
from maestro_procore.i18n import text


class FilterChips(QWidget):
    """names: values of the filter; a chip's label is the text `{prefix}.{name}`, with its count behind."""

    chosen = Signal(str)

    def __init__(self, prefix: str, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._counts: dict[str, int] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._chips: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for name in names:
            chip = QToolButton(self)
            chip.setObjectName(f"chip_{name}")
            chip.setProperty("chip", True)
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            self._group.addButton(chip)
            self._chips[name] = chip
            layout.addWidget(chip)
        layout.addStretch(1)
        self._group.buttonClicked.connect(self._tell)
        self.choose(names[0])
        self.retranslate()

    @property
    def current(self) -> str:
        return next(name for name, chip in self._chips.items() if chip.isChecked())

    def choose(self, name: str) -> None:
        """Press a chip without telling anybody."""
        self._chips[name].setChecked(True)

    def set_counts(self, counts: dict[str, int]) -> None:
        """Numbers behind the labels; a chip without one shows none."""
        if counts != self._counts:
            self._counts = dict(counts)
            self.retranslate()

    def retranslate(self) -> None:
        for name, chip in self._chips.items():
            label = text(f"{self._prefix}.{name}")
            number = self._counts.get(name)
            chip.setText(label if number is None else f"{label}  {formats.count(number)}")
            chip.setAccessibleName(chip.text())

    def _tell(self) -> None:
        self.chosen.emit(self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        chips = list(self._chips.values())
        place = next((n for n, chip in enumerate(chips) if chip.hasFocus()), 0)
        chips[(place + step) % len(chips)].setFocus(Qt.FocusReason.TabFocusReason)
