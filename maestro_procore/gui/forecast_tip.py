"""Says beside the button Synchronize what the run would take: "About 362 calls, 4 min: done at 14:32".

Asked when the pointer or the focus comes to the button, so that nothing is counted that nobody reads.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.run_bar import RunBar
from maestro_procore.model.forecast import Forecast
from maestro_procore.model.forecast_words import sentence

_COMES = frozenset({QEvent.Type.Enter, QEvent.Type.FocusIn})


class ForecastTip(QObject):
    """Puts the forecast of the element below the tooltip of its button, for the lines that are ticked now.

    ticked: keys of those lines. While maestro* does not answer there is no forecast; the notice above says why.
    """

    def __init__(self, bar: RunBar, element: str, desk: Any, ask: Ask, ticked: Callable[[], list[str]]) -> None:
        super().__init__(bar)
        self._bar, self._element, self._desk, self._ticked = bar, element, desk, ticked
        self._words = ""
        self._look = Look(asking(self, ask), self._question, self._take)
        bar.synchronize.installEventFilter(self)

    def eventFilter(self, _button: QObject, event: QEvent) -> bool:
        if event.type() in _COMES and self._bar.synchronize.isEnabled():
            self._words = ""
            self._look()
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self._words:
            QToolTip.showText(event.globalPos(), self.words(), self._bar.synchronize)
            return True
        return False

    def words(self) -> str:
        """What the button says when one rests on it."""
        tip = self._bar.synchronize.toolTip()
        return f"{tip}\n{self._words}" if self._words else tip

    def _question(self) -> Callable[[], list[Forecast]]:
        commands, element = self._desk.commands, self._element
        keys, is_full = self._ticked() or None, self._bar.full.isChecked()
        return lambda: commands.forecast([element], keys=keys, full=is_full)

    def _take(self, told: list[Forecast]) -> None:
        self._words = sentence(told[0]) if told else ""
        self._bar.synchronize.setAccessibleDescription(self._words)
