"""Where the reader is, in maestro*'s own words: maestro* › Maintenance › … › Procore › page (F058)."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from maestro_procore.gui import icons
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text

LEVELS = (
    "app.breadcrumb.maestro",
    "app.breadcrumb.maintenance",
    "app.breadcrumb.interface",
    "app.breadcrumb.procore",
)
# Pages that do not stand below all of them: how many they stand below.
DEPTH = {"app.breadcrumb.task_management": 2}
SIGN = QSize(10, 10)


class Breadcrumb(QWidget):
    """One line of words; screen readers get it as one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumb")
        self._page_key = ""
        self._steps = [PlainLabel(parent=self) for _ in LEVELS]
        self._signs = [QLabel(self) for _ in LEVELS]
        self._here = PlainLabel(parent=self)
        self._here.setProperty("here", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for step, sign in zip(self._steps, self._signs, strict=True):
            layout.addWidget(step)
            sign.setPixmap(icons.icon("chevron-right", "dim").pixmap(SIGN))
            layout.addWidget(sign)
        layout.addWidget(self._here)
        layout.addStretch(1)

    def show_page(self, page_key: str) -> None:
        """page_key: text key of the last level."""
        self._page_key = page_key
        self.retranslate()

    @property
    def path(self) -> str:
        """All levels, as a person would say them."""
        return " > ".join(label.text() for label in (*self._steps[: self._depth], self._here))

    @property
    def _depth(self) -> int:
        return DEPTH.get(self._page_key, len(LEVELS))

    def retranslate(self) -> None:
        for label, key in zip(self._steps, LEVELS, strict=True):
            label.setText(text(key))
        for level, (label, sign) in enumerate(zip(self._steps, self._signs, strict=True), 1):
            label.setVisible(level <= self._depth)
            sign.setVisible(level < self._depth or (level == self._depth and bool(self._page_key)))
        self._here.setText(text(self._page_key) if self._page_key else "")
        self.setAccessibleName(text("app.breadcrumb"))
        self.setAccessibleDescription(self.path)
