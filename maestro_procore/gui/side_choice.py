"""The buttons with which a reader says whose value of a field stands: maestro*'s, Procore's, or neither for now."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from maestro_procore.i18n import text
from maestro_procore.model.compare import KEPT

CHOICES: Final = ("maestro", "procore", KEPT)


class SideChoice(QWidget):
    """Three buttons in a cell; `chosen` gives engine.commands.choose its choice."""

    chosen = Signal(str)

    def __init__(self, field: str, label: str, *, is_enabled: bool, parent: QWidget | None = None) -> None:
        """field: of the mapping. label: its name in the reader's language."""
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.setSpacing(4)
        for choice in CHOICES:
            button = QPushButton(text(f"sync.choose.short.{choice}"), self)
            button.setObjectName(f"keep_{choice}_{field}")
            button.setToolTip(text(f"sync.choose.keep_{choice}"))
            button.setAccessibleName(f"{label}: {text(f'sync.choose.keep_{choice}')}")
            button.setProperty("small", True)
            button.setEnabled(is_enabled)
            button.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice))
            layout.addWidget(button)
