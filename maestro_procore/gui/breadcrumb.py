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
SIGN = QSize(10, 10)


class Breadcrumb(QWidget):
    """One line of words; screen readers get it as one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumb")
        self._page_key = ""
        self._steps = [PlainLabel(parent=self) for _ in LEVELS]
        self._here = PlainLabel(parent=self)
        self._here.setProperty("here", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for step in self._steps:
            layout.addWidget(step)
            sign = QLabel(self)
            sign.setPixmap(icons.icon("chevron-right", "dim").pixmap(SIGN))
            layout.addWidget(sign)
            self._last_sign = sign
        layout.addWidget(self._here)
        layout.addStretch(1)

    def show_page(self, page_key: str) -> None:
        """page_key: text key of the last level."""
        self._page_key = page_key
        self.retranslate()

    @property
    def path(self) -> str:
        """All levels, as a person would say them."""
        return " > ".join(label.text() for label in (*self._steps, self._here))

    def retranslate(self) -> None:
        for label, key in zip(self._steps, LEVELS, strict=True):
            label.setText(text(key))
        self._here.setText(text(self._page_key) if self._page_key else "")
        self._last_sign.setVisible(bool(self._page_key))
        self.setAccessibleName(text("app.breadcrumb"))
        self.setAccessibleDescription(self.path)
