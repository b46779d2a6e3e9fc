"""The frame that pages with a grid share: what they are made of, in which order, and how the current row is kept.

A page says its parts, its order, its connections and its words; here is what would be the same in each of them.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import GridModel, GridView
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.tab_order import tab_as_laid_out
from maestro_procore.i18n import text

SEARCH_EDGES = 44
"""Pixels of a search line beside its words: frame, margins and the button that clears it."""


class GridPage(QWidget):
    """A page whose keyboard begins in `grid`; `model` is its rows, `empty` what stands there without any."""

    name: str
    grid: GridView
    model: GridModel
    empty: EmptyState
    notice: NoticeBar

    def __init__(
        self,
        desk: Any,
        navigate: Callable[..., object],
        parent: QWidget | None = None,
        *,
        ask: Ask = background.ask,
        ask_async: Callable[..., object] = background.ask_async,
        clock: Clock = formats.now,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(self.name)
        self._desk, self._navigate, self._clock = desk, navigate, clock
        self._raw_ask, self._ask, self._ask_async, self._open_url = ask, asking(self, ask), ask_async, open_url
        self._build()
        self._lay_out()
        self._connect()
        tab_as_laid_out(self)
        self.retranslate()

    # --- what a page says -----------------------------------------------------------------------------

    def _build(self) -> None:
        """Makes the parts, `grid`, `model` and `empty` among them."""
        raise NotImplementedError

    def _lay_out(self) -> None:
        raise NotImplementedError

    def _connect(self) -> None:
        raise NotImplementedError

    def _filter(self, *_: object) -> None:
        """Hands the model the rows that are wanted now."""
        raise NotImplementedError

    def retranslate(self) -> None:
        raise NotImplementedError

    # --- frame ----------------------------------------------------------------------------------------

    def page_shown(self) -> None:
        self.refresh()
        self.grid.setFocus()

    def refresh(self) -> None:
        """The journal changed."""
        if self.model.query is None:
            self._filter()
        else:
            self.model.refresh()

    @property
    def row(self) -> Any:
        """The chosen row of the journal, None without one or while it is on its way."""
        place = self.grid.current_row()
        return self.model.loaded_row(place) if place >= 0 else None

    def _choose_first(self, rows: int, *without: str) -> None:
        """Rows were counted. without: keys of what is said when there are none: a title, and words below it."""
        if rows:
            self.empty.hide()
            if self.grid.current_row() < 0:
                self.grid.selectRow(0)
        else:
            self.empty.say(*map(text, without if self.model.is_answered else ("sync.empty.loading",)))

    # --- parts ----------------------------------------------------------------------------------------

    def _search(self, name: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setClearButtonEnabled(True)
        return line

    def _name_search(self, line: QLineEdit, words: str) -> None:
        """What it looks for, as wide as these words: a placeholder cannot be scrolled."""
        line.setPlaceholderText(words)
        line.setAccessibleName(words)
        line.setMinimumWidth(line.fontMetrics().horizontalAdvance(words) + SEARCH_EDGES)

    def _buttons(self, prefix: str, deeds: Iterable[Any]) -> dict[Any, QPushButton]:
        """One a deed, each named after it; pressed, it starts the deed."""
        made = {deed: QPushButton(self) for deed in deeds}
        for deed, button in made.items():
            button.setObjectName(f"{prefix}_{deed}")
            button.clicked.connect(partial(self.start, deed))
        return made

    def start(self, deed: Any, *_: object) -> None:
        """A button of `_buttons` was pressed."""
        raise NotImplementedError

    def _lay_page(self, *parts: QWidget | QLayout, on: QWidget | None = None) -> None:
        """The parts below one another; the last one takes the rest. on: in the place of the page itself."""
        layout = _below_one_another(on or self, parts, 8)
        layout.setStretch(layout.count() - 1, 1)

    def _column(self, *parts: QWidget | QLayout, shares: Iterable[int] = ()) -> QWidget:
        """Parts below one another. shares: of the room, by place; without them grids and lists take it."""
        made = QWidget(self)
        layout = _below_one_another(made, parts, 6)
        for place, share in enumerate(shares):
            layout.setStretch(place, share)
        return made

    def _split(self, direction: Qt.Orientation, sizes: list[int], *parts: QWidget) -> QSplitter:
        """Parts that the reader gives more or less room; none of them can be closed. sizes: pixels at first."""
        made = QSplitter(direction, self)
        made.setChildrenCollapsible(False)
        for part in parts:
            made.addWidget(part)
        made.setSizes(sizes)
        return made


def flow(*widgets: QWidget, gap: int = 6) -> FlowLayout:
    """Controls beside each other that go on in a second line where there is no room."""
    made = FlowLayout(gap=gap)
    for widget in widgets:
        made.addWidget(widget)
    return made


def row_of(*parts: QWidget, gap: int = 8) -> QHBoxLayout:
    """Controls beside each other, at the left."""
    made = QHBoxLayout()
    made.setSpacing(gap)
    for part in parts:
        made.addWidget(part)
    made.addStretch(1)
    return made


def _below_one_another(owner: QWidget, parts: Iterable[QWidget | QLayout], gap: int) -> QVBoxLayout:
    layout = QVBoxLayout(owner)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    for part in parts:
        if isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
    return layout
