"""Brings one record into view on its page, from wherever it was named; filters give way only when they hide it."""

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from maestro_procore.gui.asking import Ask
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.line_table import LineModel


@dataclass(frozen=True)
class Wanted:
    """A record: its maestro* code, or without one its Procore id."""

    maestro_key: str | None
    procore_id: int | None


class LineFinder(QObject):
    """Asks the journal where the line stands, then chooses it as soon as its rows are there."""

    found = Signal(object)
    """The line is chosen: its store.views.LinePlace."""
    hidden = Signal()
    """The filters hide it: everything has to be shown, before `found` says where it is."""
    missed = Signal(object)
    """There is no such line (any more): what was Wanted."""

    def __init__(self, model: LineModel, grid: GridView, views: Any, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._grid, self._views, self._ask = model, grid, views, ask
        self._wanted: Wanted | None = None
        self._place: Any = None
        model.counted.connect(self._choose)

    def find(self, wanted: Wanted, query: Any) -> None:
        """query: the LineQuery of the page as it is filtered now."""
        self._wanted, self._place = wanted, None
        everything = replace(query, text="", only="all", group="all", group_value="")
        views, element = self._views, self._model.element
        self._ask(
            lambda: views.place(element, [query, everything], wanted.maestro_key, wanted.procore_id),
            lambda place: self._take(wanted, place),
        )

    def _take(self, wanted: Wanted, place: Any) -> None:
        if wanted is not self._wanted:
            return  # the reader wants another one meanwhile
        if place is None:
            self._wanted = None
            self.missed.emit(wanted)
            return
        if place.query != self._model.query:
            self.hidden.emit()
        self._place = place
        self._choose()

    def _choose(self, _rows: int = 0) -> None:
        """Once the rows of that query are the ones in the grid."""
        place = self._place
        if place is None:
            return
        if self._model.query != place.query:  # the reader filters or sorts meanwhile: the row is another one there
            self._wanted = self._place = None
            return
        if self._model.shown_query != place.query:
            return
        self._wanted = self._place = None
        moved = self._model.find(place.line_id)  # a line may have come or gone before it since
        row = moved if moved >= 0 else place.row
        if row < self._model.rowCount():
            self._grid.selectRow(row)
            self._grid.scrollTo(self._model.index(row, 0), GridView.ScrollHint.PositionAtCenter)
        self.found.emit(place)
