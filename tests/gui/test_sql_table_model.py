"""The windowed table: pages come in the background, a refresh leaves the reader where he was."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QTableView

from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.grid_view import Column, GridModel, GridView
from maestro_procore.gui.sql_table_model import PAGE, PAGES_KEPT, Source


@dataclass(frozen=True)
class Row:
    id: int
    name: str


class Table:
    """A journal with rows; counts what is asked of it."""

    def __init__(self, size: int) -> None:
        self.rows = [Row(n, f"row {n}") for n in range(size)]
        self.reads: list[tuple[int, int]] = []
        self.is_broken = False

    def count(self, query: str) -> int:
        if self.is_broken:
            raise OSError("the journal is locked")
        return len(self._of(query))

    def page(self, query: str, offset: int, limit: int) -> list[Row]:
        self.reads.append((offset, limit))
        return self._of(query)[offset : offset + limit]

    def _of(self, query: str) -> list[Row]:
        return [row for row in self.rows if query in row.name]


class Later:
    """A background whose answers come when the test says so, in the order of asking."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []

    def __call__(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.waiting.append((function, then))

    def answer(self, place: int = 0) -> None:
        function, then = self.waiting.pop(place)
        then(function())

    def answer_all(self) -> None:
        while self.waiting:
            self.answer()


class Names(GridModel):
    """One column."""

    def __init__(self, table: Table, ask: Later) -> None:
        source = Source(table.count, table.page, lambda row: row.id)
        super().__init__([Column("name", "", 200)], source, ask)

    def cell_of(self, row: Row, column: Column) -> Cell:
        return Cell(row.name)


def shown(model: Names, row: int) -> Any:
    return model.data(model.index(row, 0), Qt.ItemDataRole.DisplayRole)


def opened(size: int) -> tuple[Names, Table, Later]:
    table, later = Table(size), Later()
    model = Names(table, later)
    model.set_query("")
    later.answer_all()
    table.reads.clear()
    return model, table, later


def test_opening_reads_one_page_and_never_waits(qapp: Any) -> None:
    table, later = Table(100_000), Later()
    model = Names(table, later)
    model.set_query("")
    assert model.rowCount() == 0
    later.answer_all()
    assert model.rowCount() == 100_000
    assert table.reads == [(0, PAGE)]
    assert shown(model, 3) == "row 3"


def test_a_row_that_is_not_there_yet_is_empty_and_painted_when_it_comes(qapp: Any) -> None:
    model, _table, later = opened(100_000)
    model.visible_rows = lambda: range(90_000, 90_030)
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, *_: changed.append((first.row(), last.row())))
    assert shown(model, 90_010) is None
    later.answer_all()
    assert shown(model, 90_010) == "row 90010"
    assert changed == [(90_000, 90_029)]


def test_dragging_through_the_table_reads_only_where_it_stops(qapp: Any) -> None:
    model, table, later = opened(100_000)
    for row in (10_000, 20_000, 30_000, 40_000):
        model.visible_rows = lambda row=row: range(row, row + 30)
        shown(model, row)
    later.answer_all()
    pages = [offset // PAGE for offset, _limit in table.reads]
    assert pages == [10_000 // PAGE, 40_000 // PAGE]


def test_only_a_few_pages_stay_in_memory(qapp: Any) -> None:
    model, table, later = opened(100_000)
    for page in range(PAGES_KEPT + 5):
        model.visible_rows = lambda page=page: range(page * PAGE, page * PAGE + 30)
        shown(model, page * PAGE)
        later.answer_all()
    table.reads.clear()
    model.visible_rows = lambda: range(30)
    shown(model, 0)
    later.answer_all()
    assert table.reads == [(0, PAGE)]


def test_an_answer_to_an_older_query_is_not_shown(qapp: Any) -> None:
    model, _table, later = opened(1000)
    model.set_query("row 1")
    model.set_query("row 99")
    later.answer(1)
    later.answer(0)
    assert model.rowCount() == len([n for n in range(1000) if "row 99" in f"row {n}"])
    assert shown(model, 0) == "row 99"


def test_a_refresh_repaints_only_the_rows_that_changed_and_are_visible(qapp: Any) -> None:
    model, table, later = opened(1000)
    model.visible_rows = lambda: range(40)
    changed: list[tuple[int, int]] = []
    resets: list[int] = []
    model.dataChanged.connect(lambda first, last, *_: changed.append((first.row(), last.row())))
    model.modelReset.connect(lambda: resets.append(1))
    for place in (5, 6, 20, 700):
        table.rows[place] = replace(table.rows[place], name=f"row {place} synchronized")
    model.refresh()
    later.answer_all()
    assert changed == [(5, 6), (20, 20)]
    assert not resets
    assert shown(model, 5) == "row 5 synchronized"


def test_refreshes_during_a_refresh_become_one_more(qapp: Any) -> None:
    model, table, later = opened(1000)
    for _ in range(10):
        model.refresh()
    later.answer_all()
    assert len(table.reads) == 2


def test_a_table_that_cannot_be_read_stays_and_is_read_again(qapp: Any, caplog: pytest.LogCaptureFixture) -> None:
    model, table, later = opened(10)
    table.is_broken = True
    model.refresh()
    later.answer_all()
    assert model.rowCount() == 10
    assert "rows could not be read" in caplog.text
    table.is_broken = False
    table.rows.append(Row(10, "row 10"))
    model.refresh()
    later.answer_all()
    assert model.rowCount() == 11


def view_of(model: Names, qtbot: Any) -> GridView:
    view = GridView(model, "names")
    qtbot.addWidget(view)
    view.resize(300, 600)
    view.show()
    return view


def names_of(view: QTableView, rows: list[int]) -> list[str]:
    return [str(view.model().index(row, 0).data()) for row in rows]


def test_selection_and_current_row_follow_the_record_when_rows_move(qtbot: Any) -> None:
    model, table, later = opened(500)
    view = view_of(model, qtbot)
    flag = QItemSelectionModel.SelectionFlag
    for row in (3, 7):
        view.selectionModel().setCurrentIndex(model.index(row, 0), flag.Select | flag.Rows)
    table.rows[0:0] = [Row(9000 + n, f"row new {n}") for n in range(5)]
    model.refresh()
    later.answer_all()
    assert names_of(view, view.selected_rows()) == ["row 3", "row 7"]
    assert names_of(view, [view.current_row()]) == ["row 7"]


def test_a_refresh_keeps_the_place_in_the_list(qtbot: Any) -> None:
    model, table, later = opened(5000)
    view = view_of(model, qtbot)
    view.verticalScrollBar().setValue(1200)
    later.answer_all()
    table.rows.append(Row(5000, "row 5000"))
    table.rows[1205] = Row(1205, "row 1205 synchronized")
    model.refresh()
    later.answer_all()
    assert view.verticalScrollBar().value() == 1200
    assert shown(model, 1205) == "row 1205 synchronized"
    assert model.rowCount() == 5001


def test_records_that_disappear_leave_the_table(qtbot: Any) -> None:
    model, table, later = opened(300)
    view = view_of(model, qtbot)
    view.selectRow(250)
    del table.rows[100:]
    model.refresh()
    later.answer_all()
    assert model.rowCount() == 100
    assert view.selected_rows() == []
