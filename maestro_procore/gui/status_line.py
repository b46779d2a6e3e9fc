"""The bottom line: whether the Maestro Service runs, what is under way, errors and warnings."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QElapsedTimer, QSize, Qt, Signal
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from maestro_procore.gui import icons
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text

SIGN = QSize(16, 16)
START_TAKES_MS = 20_000
"""So long a silent engine counts as starting: the durable engine alone takes some seconds to import."""


class StatusLine(QStatusBar):
    """Shows store.views.ServiceRow."""

    problems_wanted = Signal(str)
    """errors · warnings"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._service: Any = None
        self._lost = ""
        self._clock = QElapsedTimer()
        self._clock.start()
        self._sign = PlainLabel(parent=self)
        self._words = PlainLabel(parent=self, name="service")
        self.addWidget(self._sign)
        self.addWidget(self._words, 1)
        self._counts: dict[str, QToolButton] = {}
        for kind, icon in (("errors", "circle-error"), ("warnings", "triangle-warning")):
            button = QToolButton(self)
            button.setObjectName(f"status_{kind}")
            button.setIconSize(SIGN)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setProperty("icon_name", icon)
            button.clicked.connect(self._tell)
            self._counts[kind] = button
            self.addPermanentWidget(button)
        self.recolour()
        self.retranslate()

    def show_service(self, service: Any) -> None:
        self._service, self._lost = service, ""
        self.retranslate()

    def show_lost(self, reason: str) -> None:
        """The journal could not be read."""
        self._lost = reason
        self.retranslate()

    @property
    def words(self) -> str:
        return self._words.text()

    def _tell(self) -> None:
        sender = self.sender()
        self.problems_wanted.emit(next(kind for kind, button in self._counts.items() if button is sender))

    def recolour(self) -> None:
        for button in self._counts.values():
            button.setIcon(icons.icon(str(button.property("icon_name"))))

    def retranslate(self) -> None:
        service = self._service
        self._words.setToolTip(self._lost)
        for kind, button in self._counts.items():
            count = getattr(service, kind, 0)
            button.setVisible(bool(count))
            button.setText(text(f"app.status.{kind}", count=count))
        is_starting = service is not None and not service.is_running and self._clock.elapsed() < START_TAKES_MS
        if service is None or is_starting:
            self._sign.hide()
            self._words.setText(text("app.status.starting"))
            return
        is_well = service.is_running and service.maestro != "down" and not self._lost
        self._sign.setPixmap(icons.icon("check" if is_well else "circle-error").pixmap(SIGN))
        self._sign.show()
        self._words.setText(" · ".join(self._parts(service)))

    def _parts(self, service: Any) -> list[str]:
        is_down = service.maestro == "down"  # the engine lives and says that maestro* does not answer
        parts = [text("app.service.running" if service.is_running and not is_down else "app.service.stopped")]
        last_contact = service.maestro_last_contact if is_down else service.last_contact
        if last_contact is not None:
            parts.append(text("app.service.last_contact", time=_to_the_second(last_contact)))
        if service.running:
            parts.append(text("app.status.running", count=service.running))
        if service.waiting:
            parts.append(text("app.status.waiting", count=service.waiting))
        if not service.running and not service.waiting:
            parts.append(text("app.status.idle"))
        return parts


def _to_the_second(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M:%S")
