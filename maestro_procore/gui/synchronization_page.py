"""The page Synchronization: one tab per ticked element, with the number of records to synchronize (F002–F017)."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats
from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.element_pane import ElementPane
from maestro_procore.gui.element_tabs import ElementTabs
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.kinds import MAPS


class SynchronizationPage(QWidget):
    """Tabs above, the lines of the chosen element below. Reads through desk.views, asks desk.commands."""

    changed = Signal()
    """Something was asked for here: other pages may want to look."""

    def __init__(
        self,
        desk: Any,
        navigate: Callable[..., object],
        parent: QWidget | None = None,
        *,
        ask: Ask = background.ask,
        clock: Clock = formats.now,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("synchronization_page")
        self._desk, self._navigate, self._ask, self._clock = desk, navigate, asking(self, ask), clock
        self._panes: dict[str, ElementPane] = {}
        self._counts: dict[str, int] = {}
        self._rows: list[Any] = []
        self._wanted: str | None = None
        self._wanted_line: tuple[str, str | None, int | None] | None = None
        self._look = Look(self._ask, lambda: desk.views.elements, self._take)
        self.tabs = ElementTabs(self)
        self.tabs.currentChanged.connect(self._show_pane)
        self.stack = QStackedWidget(self)
        self.nothing = self._nothing_ticked()
        self.stack.addWidget(self.nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self.stack, 1)
        self._shortcuts()
        self.retranslate()

    def _nothing_ticked(self) -> QWidget:
        """What stands here while no element is ticked in Configuration."""
        page = QWidget(self)
        self._nothing_words = PlainLabel(parent=page, wraps=True, name="empty_title")
        self._nothing_words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._nothing_button = QPushButton(page)
        self._nothing_button.clicked.connect(self._open_configuration)
        layout = QVBoxLayout(page)
        layout.addStretch(2)
        layout.addWidget(self._nothing_words)
        layout.addWidget(self._nothing_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self._nothing_button.hide()
        return page

    def _open_configuration(self) -> None:
        self._navigate("configuration")

    def _shortcuts(self) -> None:
        """Keys that work wherever the focus is on this page."""
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("F5", lambda: self._with_pane(lambda pane: pane.synchronize("element"))),
            ("Shift+F5", lambda: self._with_pane(lambda pane: pane.synchronize("selection"))),
            ("Ctrl+P", lambda: self._with_pane(ElementPane.start_preview)),
            ("Ctrl+Tab", lambda: self._step(1)),
            ("Ctrl+Shift+Tab", lambda: self._step(-1)),
        )
        for key, slot in keys:
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _with_pane(self, do: Callable[[ElementPane], object]) -> None:
        if (pane := self.pane) is not None and not pane.bar.synchronize.isHidden():
            do(pane)

    def _step(self, by: int) -> None:
        if count := self.tabs.count():
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % count)

    # --- what a frame asks --------------------------------------------------------------------------

    @property
    def pane(self) -> ElementPane | None:
        """The tab that is shown, None while no element is ticked."""
        widget = self.stack.currentWidget()
        return widget if isinstance(widget, ElementPane) else None

    def show_element(self, element: str) -> None:
        """Bring the tab of that element to the front, now or as soon as it is known."""
        place = self._place(element)
        if place >= 0:
            self.tabs.setCurrentIndex(place)
        else:
            self._wanted = element

    def show_line(self, record: tuple[str, str | None, int | None]) -> None:
        """Element, maestro* key, Procore id: the element's tab with that line chosen and open."""
        self._wanted_line = record
        self.show_element(record[0])
        if self._place(record[0]) >= 0:
            self._open_wanted_line()
        else:
            self.refresh()

    def _open_wanted_line(self) -> None:
        """An element that was unticked since has no tab: said on the one that is shown."""
        record, self._wanted_line = self._wanted_line, None
        if record is None or (pane := self.pane) is None:
            return
        element, maestro_key, procore_id = record
        if pane.element == element:
            pane.show_record(maestro_key, procore_id)
        else:
            pane.notice.say("info", text("remedy.line.unticked", element=text(f"element.{element}")))

    def show_only(self, kind: str) -> None:
        """errors · warnings: the lines of that kind, on the tab that is shown or the first one that has any."""
        here = self.pane.element if self.pane is not None else ""
        having = [row.name for row in self._rows if getattr(row, kind)]
        if having and here not in having:
            self.show_element(having[0])
        if self.pane is not None:
            self.pane.show_only(kind)

    def page_shown(self) -> None:
        """The reader came here: what is stored is what is shown (F037)."""
        self.refresh()
        if (pane := self.pane) is not None:
            pane.grid.setFocus()

    def refresh(self) -> None:
        """The journal changed."""
        self._look()

    def retranslate(self) -> None:
        self.tabs.setAccessibleName(text("sync.title"))
        self._nothing_words.setText(text("sync.empty.no_element"))
        self._nothing_button.setText(text("action.open_configuration"))
        self.tabs.show_counts(self._counts)
        for pane in self._panes.values():
            pane.retranslate()

    # --- tabs -----------------------------------------------------------------------------------------

    def _take(self, rows: list[Any]) -> None:
        enabled = [row for row in rows if row.is_enabled and row.name in MAPS]
        self._rows = enabled
        self._counts = {row.name: row.to_synchronize for row in enabled}
        if [row.name for row in enabled] != self.tabs.elements:
            self._make_tabs([row.name for row in enabled])
        self.tabs.show_counts(self._counts)
        self._nothing_button.setVisible(not enabled)
        if (pane := self.pane) is not None:
            pane.refresh()
        self._open_wanted_line()

    def _make_tabs(self, elements: list[str]) -> None:
        """Elements were ticked or unticked in Configuration; the tab that was shown stays if it can (F073)."""
        before = self._wanted or (self.pane.element if self.pane is not None else "")
        self.tabs.show_elements(elements)
        place = max(0, self._place(before))
        with QSignalBlocker(self.tabs):
            self.tabs.setCurrentIndex(place)
        self._wanted = None
        self._show_pane(place if elements else -1)

    def _place(self, element: str) -> int:
        return self.tabs.elements.index(element) if element in self.tabs.elements else -1

    def _show_pane(self, place: int) -> None:
        if place < 0:
            self.stack.setCurrentWidget(self.nothing)
            return
        element = str(self.tabs.tabData(place))
        focused = QApplication.focusWidget()
        had_keyboard = self.pane is None or (focused is not None and self.pane.isAncestorOf(focused))
        if element not in self._panes:
            pane = ElementPane(element, self._desk, self._navigate, self._ask, self._clock, self)
            pane.changed.connect(self.changed)
            self._panes[element] = pane
            self.stack.addWidget(pane)
        self.stack.setCurrentWidget(self._panes[element])
        if had_keyboard and self.isVisible():
            self._panes[element].grid.setFocus()  # else Qt would put it into the first control of the page
        self._panes[element].refresh()
