"""The sign in the notification area: says how it stands while the window is closed, and brings it back."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from maestro_procore.gui import icons
from maestro_procore.i18n import text

LOOKS = 20
LOOK_AGAIN_MS = 1000
"""At log-in the desktop's tray may come later than this program: it is looked for some seconds long."""
BALLOON_MS = 6000
ENDED = {"done": "tray.done", "warned": "tray.warned", "failed": "tray.failed"}


class Tray(QObject):
    """One icon with a menu of three verbs. Without a tray it stays hidden and says so by `is_there`."""

    open_wanted = Signal()
    synchronize_all_wanted = Signal()
    quit_wanted = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        make_icon: Callable[[QObject | None], Any] = QSystemTrayIcon,
        is_available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__(parent)
        self._is_available = is_available
        self._looks_left = LOOKS
        self._dot: str | None = None
        self._service: Any = None
        self._ended: dict[str, str] | None = None
        self.menu = QMenu()
        self.open = self.menu.addAction("")
        self.synchronize_all = self.menu.addAction("")
        self.menu.addSeparator()
        self.quit = self.menu.addAction("")
        self.menu.setDefaultAction(self.open)
        self.synchronize_all.setEnabled(False)
        self.open.triggered.connect(self.open_wanted)
        self.synchronize_all.triggered.connect(self.synchronize_all_wanted)
        self.quit.triggered.connect(self.quit_wanted)
        self.icon = make_icon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.open_wanted)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_AGAIN_MS)
        self._timer.timeout.connect(self.look)
        self.recolour()
        self.retranslate()

    @property
    def is_there(self) -> bool:
        """Whether closing the window may hide it: somebody could bring it back."""
        return bool(self._is_available()) and self.icon.isVisible()

    def start(self) -> None:
        self._timer.start()
        self.look()

    def look(self) -> None:
        """Show the icon as soon as the desktop has a place for it."""
        self._looks_left -= 1
        if self._is_available():
            self.icon.show()
            self._timer.stop()
        elif self._looks_left <= 0:
            self._timer.stop()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # A right click tells Context here as well, while the menu opens by itself.
        kinds = QSystemTrayIcon.ActivationReason
        if reason in (kinds.Trigger, kinds.DoubleClick):
            self.open_wanted.emit()

    def say(self, title: str, words: str) -> None:
        if self.is_there:
            self.icon.showMessage(title, words, icons.app_icon(), BALLOON_MS)

    def set_open(self, may_synchronize: bool) -> None:
        """The journal is open."""
        self.synchronize_all.setEnabled(may_synchronize)

    def show_service(self, service: Any) -> None:
        """service: store.views.ServiceRow."""
        self._service = service
        self.recolour()
        self.retranslate()

    def tell_ended(self, elements: list[Any], *, aloud: bool) -> None:
        """Says what came to its end since the last look. elements: store.views.ElementRow; aloud: show a balloon."""
        before = self._ended
        self._ended = {}
        for row in elements:
            request = row.last_request
            if request is None or request.state not in ENDED or request.is_preview:
                continue
            self._ended[row.name] = request.id
            is_news = before is not None and before.get(row.name) != request.id
            if is_news and aloud:
                count = {"done": row.in_step, "warned": request.warnings, "failed": request.errors}[request.state]
                key = ENDED[request.state]
                self.say(text(f"{key}.title", element=text(f"element.{row.name}")), text(key, count=count))

    def recolour(self) -> None:
        service = self._service
        dot = None
        if service is not None:
            dot = "accent" if service.running else "warning" if service.waiting else "error" if service.errors else None
        if dot != self._dot or self.icon.icon().isNull():
            self._dot = dot
            self.icon.setIcon(icons.app_icon(dot))

    def retranslate(self) -> None:
        self.open.setText(text("tray.open"))
        self.synchronize_all.setText(text("tray.synchronize_all"))
        self.quit.setText(text("tray.quit"))
        words = [text("tray.name")]
        service = self._service
        if service is not None:
            busy = service.running + service.waiting
            words.append(text("tray.running", count=busy) if busy else text("tray.idle"))
            if service.errors:
                words.append(text("tray.errors", count=service.errors))
        self.icon.setToolTip("\n".join(words))
