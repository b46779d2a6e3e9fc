"""Widths of columns: contents that want room, columns that nobody needs, and what the reader chose."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.grid_fit import fit
from maestro_procore.gui.grid_view import Column, GridModel, GridView
from maestro_procore.gui.remembered import Remembered
from maestro_procore.gui.sql_table_model import Source

COLUMNS = [
    Column("code", "", 60, is_rigid=True),
    Column("name", "", 100, most=300),
    Column("city", "", 90, rank=1),
    Column("message", "", 150, "message", stretches=True),
]


class Names(GridModel):
    """Rows of one name; the city is needed when there is one."""

    def __init__(self, names: list[str], *, has_city: bool = True) -> None:
        source = Source(lambda _query: len(names), lambda _query, at, n: names[at : at + n], lambda row: row)
        super().__init__(list(COLUMNS), source, lambda function, then: then(function()))
        self.has_city = has_city

    def cell_of(self, row: str, column: Column) -> Cell:
        return Cell(row if column.id == "name" else column.id)

    def is_needed(self, column: Column) -> bool:
        return column.id != "city" or self.has_city

    def title_of(self, column: Column) -> str:
        return column.id


class Window(QWidget):
    """Remembers, as the main window does."""

    def __init__(self, model: Names, kept: Any, width: int = 700) -> None:
        super().__init__()
        self.kept_widths = kept
        self.grid = GridView(model, "names", self)
        QVBoxLayout(self).addWidget(self.grid)
        model.set_query("")
        self.resize(width, 300)

    @property
    def widths(self) -> dict[str, int]:
        shown = [n for n in range(len(COLUMNS)) if not self.grid.isColumnHidden(n)]
        return {COLUMNS[n].id: self.grid.columnWidth(n) for n in shown}

    def hide(self, column: str) -> None:
        """By the menu of the header."""
        next(action for action in self.grid.widths.menu().actions() if action.text() == column).setChecked(False)


@pytest.fixture
def window(qtbot: Any) -> Any:
    def make(model: Names, kept: Any = None, width: int = 700) -> Window:
        made = Window(model, kept, width)
        qtbot.addWidget(made)
        made.show()
        return made

    return make


LONG = "Poste de pompage de la rivière aux Brochets"


def test_a_long_name_takes_the_room_that_the_message_does_not_need(window: Any) -> None:
    short, long = window(Names(["Pont"])), window(Names([LONG]))
    assert short.widths["name"] == 100
    metrics = long.grid.fontMetrics()
    assert long.widths["name"] > min(290, metrics.horizontalAdvance(LONG))
    assert long.widths["message"] >= 150


def test_where_there_is_little_room_a_long_name_pushes_nothing_out_of_sight() -> None:
    wants = [Column("code", "", 60, is_rigid=True, most=150), *COLUMNS[1:]]
    for room in range(260, 900, 20):
        widths = fit(wants, room).widths
        assert sum(widths) <= room, room
        assert widths[3] >= 60
    assert fit(wants, 800).widths == (150, 300, 90, 150)
    assert fit(wants, 330).widths[1] >= 72


def test_a_column_that_no_row_needs_leaves_its_room_to_the_others(window: Any) -> None:
    assert "city" in window(Names([LONG])).widths
    assert "city" not in window(Names([LONG], has_city=False)).widths


def test_the_widths_that_the_reader_chose_stay_and_are_there_at_the_next_start(window: Any, tmp_path: Any) -> None:
    def remembered() -> Remembered:
        return Remembered(SimpleNamespace(root=tmp_path))  # type: ignore[arg-type]

    first = window(Names([LONG]), remembered())
    first.hide("city")
    first.grid.setColumnWidth(0, 95)
    first.hide("name")
    first.resize(900, 300)
    assert first.widths.keys() == {"code", "message"}
    assert first.widths["code"] == 95
    first.kept_widths.save()
    again = window(Names([LONG]), remembered(), 800)
    assert again.widths.keys() == {"code", "message"}
    assert again.widths["code"] == 95
    again.grid.widths.fit()
    assert again.widths["code"] == 60
    assert remembered().widths_of("names") == {}


@pytest.mark.parametrize("held", ["{", "[1]", '{"name": "wide"}', ""])
def test_a_damaged_memory_of_widths_is_none(tmp_path: Any, held: str) -> None:
    kept = Remembered(SimpleNamespace(root=tmp_path))  # type: ignore[arg-type]
    kept._file.setValue("widths/names", held)
    found: Mapping[str, int] = kept.widths_of("names")
    assert found == {}
