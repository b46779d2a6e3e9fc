"""Says that the journal changed, whoever wrote to it: the window refreshes what it shows."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from maestro_procore.gui import background
from maestro_procore.gui.background import Failed, Then

LOOK_MS = 150
"""Between two looks; at most one `changed` per look, so never more than seven a second."""

Ask = Callable[[Callable[[], object], Then, Failed], object]


class Watcher(QObject):
    """Asks for the journal's version again and again, one question at a time.

    The question is asked in the background: a journal on a server or a slow disk never holds the window up.
    """

    changed = Signal()
    lost = Signal(object)
    """The journal could not be read: the error."""

    def __init__(self, version: Callable[[], int], parent: QObject | None = None, *, ask: Ask = background.ask) -> None:
        super().__init__(parent)
        self._version, self._ask = version, ask
        self._seen: object = None
        self._is_asking = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        self._timer.start()
        self.look()

    def stop(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        """Look now; a look that is under way counts."""
        if not self._is_asking:
            self._is_asking = True
            self._ask(self._version, self._take, self._fail)

    def _take(self, version: object) -> None:
        self._is_asking = False
        if version != self._seen:
            is_first, self._seen = self._seen is None, version
            if not is_first:
                self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._is_asking = False
        self.lost.emit(error)
