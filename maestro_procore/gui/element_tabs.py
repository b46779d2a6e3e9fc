"""The tabs of the page Synchronization: one an element, with the number of its records that wait."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabBar, QWidget

from maestro_procore.i18n import text


class ElementTabs(QTabBar):
    """Names and numbers in one line while all tabs fit; where they do not, every number stands below its name.

    Nothing is cut off either way. Arrows to scroll come only when even that has no room.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("element_tabs")
        self.setExpanding(False)
        self.setDrawBase(True)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self._counts: dict[str, int] = {}

    @property
    def elements(self) -> list[str]:
        """Names of the elements, from left to right."""
        return [str(self.tabData(place)) for place in range(self.count())]

    def show_elements(self, elements: list[str]) -> None:
        """Makes the tabs anew; says nothing of it."""
        is_blocked = self.blockSignals(True)
        while self.count():
            self.removeTab(0)
        for element in elements:
            self.setTabData(self.addTab(""), element)
        self.blockSignals(is_blocked)

    def show_counts(self, counts: dict[str, int]) -> None:
        """counts: element → records to synchronize. Also after a change of the language."""
        self._counts = dict(counts)
        for place, element in enumerate(self.elements):
            self.setAccessibleTabName(place, self._words(element, "sync.tab.name"))
        self._fit()

    def tabSizeHint(self, index: int) -> QSize:
        """As high as its lines: styled tabs count on one."""
        hint = super().tabSizeHint(index)
        more = self.tabText(index).count("\n") * self.fontMetrics().lineSpacing()
        return QSize(hint.width(), hint.height() + more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self.count():
            return
        around = self.tabSizeHint(0).width() - self._width_of(self.tabText(0))
        in_a_line = [self._words(element, "sync.tab") for element in self.elements]
        needed = sum(self._width_of(words) + around for words in in_a_line)
        shown = in_a_line
        if needed > self.width():
            shown = [self._words(element, "sync.tab.tall") for element in self.elements]
        for place, words in enumerate(shown):
            if self.tabText(place) != words:
                self.setTabText(place, words)

    def _words(self, element: str, key: str) -> str:
        words = text(key, element=text(f"element.{element}"), count=self._counts.get(element, 0))
        return words.replace("&", "&&")

    def _width_of(self, words: str) -> int:
        return self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, words).width()
