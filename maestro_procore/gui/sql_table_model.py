"""A table of journal rows of which only a few pages are in memory.

The number of rows is asked once per query; pages of 256 rows are fetched in the background when the
view paints them, and kept in a least-recently-used order. Nothing here waits: a row that has not
come yet is None, painted empty, and painted again when its page arrives.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from maestro_procore.gui.asking import Ask, asking

log = logging.getLogger(__name__)

PAGE = 256
PAGES_KEPT = 32
ROLES = [Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.FontRole]

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Source:
    """Where rows come from. All three are called outside the window's thread, `key` in both.

    count: query → number of rows. rows: (query, offset, limit) → rows. key: row → what identifies it,
    so that selection and ticks stay with a record when it moves.
    """

    count: Callable[[Any], int]
    rows: Callable[[Any, int, int], Sequence[Any]]
    key: Callable[[Any], Hashable]


@dataclass(frozen=True)
class _Answer:
    """What one look into the journal brought: the number of rows and the pages that were asked for."""

    total: int
    pages: dict[int, list[Any]]


class SqlTableModel(QAbstractTableModel):
    """Rows of one query. Subclasses name the columns and say what a cell shows."""

    counted = Signal(int)
    """A query or refresh was answered; how many rows it has."""

    def __init__(self, source: Source, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._ask = asking(self, ask)
        self._query: Any = None
        self._shown_query: Any = None
        self._generation = 0
        self._total = 0
        self._pages: OrderedDict[int, list[Any]] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._is_fetching = False
        self._is_looking = False
        self._look_again = False
        self._is_answered = False
        self.visible_rows: Callable[[], range] = lambda: range(64)
        """Set by the view: what a refresh reads at once and repaints."""

    # --- what the view asks ---------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else self._total

    def row_at(self, row: int) -> Any:
        """The row, or None while its page is on the way."""
        page, place = divmod(row, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            self._want(page)
            return None
        self._pages.move_to_end(page)
        return rows[place] if place < len(rows) else None

    def loaded_row(self, row: int) -> Any:
        """The row if it is in memory; never fetches."""
        rows = self._pages.get(row // PAGE)
        place = row % PAGE
        return rows[place] if rows is not None and place < len(rows) else None

    def find(self, key: Hashable) -> int:
        """Row number of a key among the pages in memory, -1 when it is not there."""
        for page, rows in self._pages.items():
            for place, row in enumerate(rows):
                if self._source.key(row) == key:
                    return page * PAGE + place
        return -1

    def key_at(self, row: int) -> Hashable:
        """Key of a row in memory, None otherwise."""
        found = self.loaded_row(row)
        return None if found is None else self._source.key(found)

    @property
    def query(self) -> Any:
        return self._query

    @property
    def shown_query(self) -> Any:
        """The query whose rows are in the table; another one than `query` while its answer is on the way."""
        return self._shown_query

    @property
    def is_answered(self) -> bool:
        """False until the first answer: an empty table is not yet "no records"."""
        return self._is_answered

    # --- a new query, or the same one again -------------------------------------------------------

    def set_query(self, query: Any) -> None:
        """Show other rows; the old ones stay until the answer comes."""
        if query == self._query:
            return
        self._query = query
        self._generation += 1
        self._wanted.clear()
        self._is_fetching = False
        self._look_again = False
        self._look()

    def refresh(self) -> None:
        """Read the count and the visible rows again. Calls while one is under way become one more."""
        if self._query is None:
            return
        if self._is_looking:
            self._look_again = True
        else:
            self._look()

    def _look(self) -> None:
        generation, query, source = self._generation, self._query, self._source
        pages = self._pages_to_read() if self._is_answered else [0]
        self._is_looking = True

        def read() -> _Answer | None:
            try:
                return look()
            except Exception:  # the edge of a thread: the table stays as it is, the log says why
                log.exception("rows could not be read")
                return None

        def look() -> _Answer:
            total = source.count(query)
            inside = {min(page, max(0, total - 1) // PAGE) for page in pages}
            return _Answer(total, {page: list(source.rows(query, page * PAGE, PAGE)) for page in sorted(inside)})

        def take(answer: _Answer | None) -> None:
            if generation != self._generation:
                return  # the reader asked for something else meanwhile
            self._is_looking = False
            if answer is not None:
                self._take(answer)
            if self._look_again:
                self._look_again = False
                self._look()

        self._ask(read, take)

    def _pages_to_read(self) -> list[int]:
        if self._shown_query != self._query:
            return [0]
        visible = self.visible_rows()
        pages = {visible.start // PAGE, max(visible.start, visible.stop - 1) // PAGE}
        kept = {index.row() // PAGE for index in self.persistentIndexList()}
        return sorted(pages | set(sorted(kept)[:4]))

    def _take(self, answer: _Answer) -> None:
        if self._is_answered and self._shown_query == self._query:
            self._update(answer)
        else:
            self.beginResetModel()
            self._total = answer.total
            self._pages = OrderedDict(answer.pages)
            self._shown_query = self._query
            self._is_answered = True
            self.endResetModel()
        self.counted.emit(answer.total)

    # --- refresh: rows stay where the reader left them ----------------------------------------------

    def _update(self, answer: _Answer) -> None:
        if answer.total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, answer.total - 1)
            self._total = answer.total
            self.endInsertRows()
        places = self._places(answer.pages)
        if any(key in places and places[key] != row for key, row in self._places(self._pages).items()):
            self._move(answer, places)
        else:
            self._repaint_changed(answer)
        if answer.total < self._total:
            self.beginRemoveRows(QModelIndex(), answer.total, self._total - 1)
            self._total = answer.total
            self.endRemoveRows()

    def _places(self, pages: dict[int, list[Any]]) -> dict[Hashable, int]:
        key = self._source.key
        return {key(row): page * PAGE + place for page, rows in pages.items() for place, row in enumerate(rows)}

    def _move(self, answer: _Answer, places: dict[Hashable, int]) -> None:
        """Records changed places: selection and current row follow them by their key."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        after = [self.index(places.get(self.key_at(i.row()), i.row()), i.column()) for i in before]
        self._pages = OrderedDict(answer.pages)
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _repaint_changed(self, answer: _Answer) -> None:
        visible = self.visible_rows()
        old = {row: self.loaded_row(row) for row in visible}
        self._pages = OrderedDict(answer.pages)
        self._emit_changed(row for row in visible if row < self._total and self.loaded_row(row) != old[row])

    def repaint_rows(self, rows: Iterable[int]) -> None:
        """Say that these rows look different although their data is the same (a tick, another language)."""
        self._emit_changed(rows)

    def _emit_changed(self, rows: Iterable[int]) -> None:
        """One dataChanged per run of neighbouring rows; rows in ascending order."""
        first = last = -1
        for row in rows:
            if row == last + 1 and first >= 0:
                last = row
                continue
            self._changed(first, last)
            first = last = row
        self._changed(first, last)

    def _changed(self, first: int, last: int) -> None:
        if first >= 0:
            self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1), ROLES)

    # --- pages that scrolling asks for ----------------------------------------------------------------

    def _want(self, page: int) -> None:
        self._wanted[page] = None
        self._wanted.move_to_end(page)
        self._fetch_next()

    def _fetch_next(self) -> None:
        """One page at a time, the latest wish first: who drags the scroll bar wants where it stops."""
        if self._is_fetching or not self._wanted:
            return
        page, _ = self._wanted.popitem()
        generation, query, source = self._generation, self._query, self._source
        self._is_fetching = True

        def read() -> list[Any] | None:
            try:
                return list(source.rows(query, page * PAGE, PAGE))
            except Exception:
                log.exception("a page of rows could not be read")
                return None

        def take(rows: list[Any] | None) -> None:
            if generation != self._generation:
                return
            self._is_fetching = False
            if rows is None:
                return  # asked again when it is painted again
            self._keep(page, rows)
            self._forget_wishes_out_of_sight()
            self._fetch_next()

        self._ask(read, take)

    def _keep(self, page: int, rows: list[Any]) -> None:
        self._pages[page] = rows
        self._pages.move_to_end(page)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        visible = self.visible_rows()
        first, last = page * PAGE, page * PAGE + len(rows)
        self._emit_changed(range(max(first, visible.start), min(last, visible.stop, self._total)))

    def _forget_wishes_out_of_sight(self) -> None:
        visible = self.visible_rows()
        in_sight = range(visible.start // PAGE, visible.stop // PAGE + 1)
        for page in [page for page in self._wanted if page not in in_sight]:
            del self._wanted[page]
