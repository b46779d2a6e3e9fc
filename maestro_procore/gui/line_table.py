"""The lines of one element: tick, symbol, maestro* columns, arrow, Procore columns, Message."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import LEFT, RIGHT, Column, GridModel
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.gui.status_icons import arrow_name, symbol_name
from maestro_procore.i18n import text
from maestro_procore.model.elements import ELEMENTS, Direction, Side
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Field
from maestro_procore.model.status import Symbol
from maestro_procore.model.values import Kind

SIDES = ("maestro", "procore")

RIGID_WIDTHS = {
    Kind.CODE: 84,
    Kind.DATE: 92,
    Kind.PHONE: 118,
    Kind.POSTAL_CODE: 80,
    Kind.FLAG: 60,
    Kind.EMAIL: 170,
    Kind.MONEY: 116,  # 12 345 678,90 $
    Kind.QUANTITY: 84,
    Kind.PERCENT: 64,
    Kind.LINES: 72,
}
"""Kinds of values that are never cut, with the width of their column in pixels."""
_NAMED_WIDTHS = {
    "name": 196, "address": 170, "city": 104, "title": 180, "description": 170, "document": 104, "external_no": 104,
    "supplier": 130, "status": 88, "type": 88, "activity": 104, "group": 96,
}  # fmt: skip
_IDENTITY_WIDTH = 96  # 000006-001
MESSAGE_WIDTH, MESSAGE_BESIDE_AMOUNTS = 300, 240

# Where the window is narrow, columns go in this order, the highest first: what a record is called and what it comes
# to stays. Procore's copy of the number says nothing new while both agree.
_RANKS = {
    "name": 0, "number": 0, "code": 0, "city": 1, "phone": 2, "start_date": 2, "closing_date": 2,
    "order_no": 0, "document": 0, "title": 0, "activity": 0, "group": 0, "supplier": 1, "date": 1, "contract": 2,
    "description": 2, "status": 3, "external_no": 4, "type": 4, "document_date": 4,
}  # fmt: skip
_KIND_RANKS = {Kind.MONEY: 0, Kind.QUANTITY: 2, Kind.PERCENT: 2, Kind.DATE: 2}
_LAST_RANK = 3
_PROCORE_RANKS = {
    "number": 4, "code": 4, "order_no": 5, "document": 4, "supplier": 4, "status": 4, "description": 5, "type": 5,
    "date": 4, "activity": 1, "group": 1, "title": 5,
}  # fmt: skip
# What comes from Procore and is not here yet has no other name than Procore's.
_COMING_RANKS = {"external_no": 0, "number": 0, "title": 2, "contract": 5, "supplier": 3}


def line_columns(element: str) -> list[Column]:
    """The columns of an element, from its mapping: what maestro* shows left, Procore right of the arrow."""
    columns = [
        Column("tick", "sync.column.tick", 28, "tick", is_sortable=False),
        Column("status", "", 24, "symbol", ends_group=True),
    ]
    element_map = MAPS[element]
    if ELEMENTS[element].is_by_project:
        columns.append(Column("project", "sync.column.project", 72, "label", is_sortable=False, ends_group=True))
    shown = [field for field in element_map.fields if field.shown]
    for side in SIDES:
        for place, field in enumerate(shown):
            columns.append(
                Column(
                    f"{side}.{field.name}",
                    f"field.{element}.{field.name}",
                    _width(field, is_by_project=ELEMENTS[element].is_by_project),
                    group=side,
                    align=RIGHT if field.kind in formats.NUMBERS else LEFT,
                    ends_group=place == len(shown) - 1,
                    rank=_rank(side, field, element_map.direction),
                    is_rigid=field.kind in RIGID_WIDTHS,
                )
            )
        if side == "maestro":
            columns.append(Column("direction", "", 28, "arrow", ends_group=True, is_sortable=False))
    has_amounts = any(field.kind is Kind.MONEY for field in shown)
    width = MESSAGE_BESIDE_AMOUNTS if has_amounts else MESSAGE_WIDTH
    columns.append(Column("message", "sync.column.message", width, "message", stretches=True))
    return columns


def _width(field: Field, *, is_by_project: bool) -> int:
    usual = RIGID_WIDTHS.get(field.kind, 120)
    is_long_number = is_by_project and field.is_identity and field.kind is Kind.CODE
    return _IDENTITY_WIDTH if is_long_number else _NAMED_WIDTHS.get(field.name, usual)


def _rank(side: str, field: Field, direction: Direction) -> int:
    own = _PROCORE_RANKS if side == "procore" else {}
    if side == "procore" and direction is Direction.FROM_PROCORE:
        own = {**own, **_COMING_RANKS}
    return own.get(field.name, _RANKS.get(field.name, _KIND_RANKS.get(field.kind, _LAST_RANK)))


class LineModel(GridModel):
    """Lines as store.views.LineRow, with ticks that belong to the record, not to its place."""

    ticks_changed = Signal(int)
    """How many lines are ticked now."""

    def __init__(self, element: str, views: Any, ask: Ask, clock: Clock, parent: QObject | None = None) -> None:
        source = Source(
            count=lambda query: views.count_lines(element, query),
            rows=lambda query, offset, limit: views.lines(element, query, offset, limit),
            key=lambda row: row.id,
        )
        super().__init__(line_columns(element), source, ask, parent)
        self.element = element
        self._clock = clock
        self._kinds = {field.name: field.kind for field in MAPS[element].fields}
        self._ticked: dict[Hashable, str] = {}
        self._cells: dict[str, Callable[[Any, Column], Cell]] = {
            "tick": self._tick_cell,
            "symbol": lambda row, _column: Cell(symbol=Symbol(row.symbol)),
            "arrow": lambda row, _column: Cell(direction=Direction(row.direction)),
            "message": self._message_cell,
            "label": lambda row, _column: Cell(row.project),
            "text": self._value_cell,
        }

    def cell_of(self, row: Any, column: Column) -> Cell:
        return self._cells[column.kind](row, column)

    def _message_cell(self, row: Any, _column: Column) -> Cell:
        words = formats.words_of(row.message, self._clock())
        return Cell(words=words, is_dim=words.kind == "information")

    def _value_cell(self, row: Any, column: Column) -> Cell:
        name = column.id.partition(".")[2]
        values = row.maestro if column.group == "maestro" else row.procore
        return Cell(self._shown(name, values), is_bold=name in row.differing)

    def _shown(self, name: str, values: Mapping[str, Any] | None) -> str:
        held = values or {}
        return formats.named_value(name, held.get(name), self._kinds[name], currency_of(held))

    def tooltip_of(self, row: Any, column: Column) -> str:
        if column.kind == "symbol":
            return symbol_name(row.symbol)
        if column.kind == "arrow":
            return arrow_name(row.direction)
        if column.kind == "message":
            words = formats.words_of(row.message, self._clock())
            return "\n".join(part for part in (words.spoken, words.remedy) if part)
        return self._value_tooltip(row, column) if column.kind == "text" else ""

    def _value_tooltip(self, row: Any, column: Column) -> str:
        name = column.id.partition(".")[2]
        shown = self._value_cell(row, column).shown
        if name not in row.differing:
            return shown if len(shown) * 7 > column.width else ""
        agreed = self._shown(name, row.agreed)
        known = text("sync.cell.differs", value=agreed) if agreed else text("sync.cell.never_agreed")
        return f"{shown}\n{known}" if shown else known

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the journal, never in memory."""
        if self.query is not None:
            is_descending = order is Qt.SortOrder.DescendingOrder
            self.set_query(replace(self.query, sort=self.columns[column].id, descending=is_descending))

    # --- ticks --------------------------------------------------------------------------------------

    def _tick_cell(self, row: Any, _column: Column) -> Cell:
        return Cell(is_ticked=row.id in self._ticked if can_be_ticked(row) else None)

    @property
    def ticked_keys(self) -> list[str]:
        """What engine.commands.synchronize(keys=…) wants, in the order of ticking."""
        return list(self._ticked.values())

    def toggle(self, rows: Sequence[int]) -> None:
        """Tick these rows, or untick them when all of them are ticked."""
        lines = [(row, line) for row in rows if (line := self.loaded_row(row)) is not None and can_be_ticked(line)]
        has_all = all(line.id in self._ticked for _row, line in lines)
        for _row, line in lines:
            if has_all:
                self._ticked.pop(line.id, None)
            else:
                self._ticked[line.id] = line_key(line)
        self.repaint_rows(sorted(row for row, _line in lines))
        self.ticks_changed.emit(len(self._ticked))

    def tick_only(self, lines: Sequence[Any]) -> None:
        """Exactly these lines; empty unticks everything."""
        self._ticked = {line.id: line_key(line) for line in lines if can_be_ticked(line)}
        visible = self.visible_rows()
        self.repaint_rows(range(visible.start, min(visible.stop, self.rowCount())))
        self.ticks_changed.emit(len(self._ticked))

    def tick_state(self) -> Qt.CheckState:
        """Of the box in the header."""
        if not self._ticked:
            return Qt.CheckState.Unchecked
        is_all = len(self._ticked) >= self.rowCount()
        return Qt.CheckState.Checked if is_all else Qt.CheckState.PartiallyChecked

    def waiting_rows(self) -> list[int]:
        """Visible rows whose message counts down and must be painted again as time passes."""
        visible = self.visible_rows()
        rows = range(visible.start, min(visible.stop, self.rowCount()))
        return [row for row in rows if (line := self.loaded_row(row)) is not None and _counts_down(line)]


def currency_of(values: Mapping[str, Any]) -> str:
    """The currency that the record names; a record without one is in that of maestro*."""
    return str(values.get("currency") or formats.HOME)


def line_key(line: Any) -> str:
    """What names the record in a request: its maestro* code, or the number or Procore id while it has none; ''."""
    if line.maestro_key:
        return str(line.maestro_key)
    element_map = MAPS[line.element]
    if Side.MAESTRO not in element_map.direction.targets:
        return ""
    if element_map.direction is Direction.FROM_PROCORE:  # its number is counted when it is entered
        return str(line.procore_id or "")
    number = next((f.name for f in element_map.fields if f.is_identity), "")
    return str((line.procore or {}).get(number) or "")


def can_be_ticked(line: Any) -> bool:
    """A record that exists only in Procore and never comes to maestro* cannot be named in a request."""
    return bool(line_key(line))


def _counts_down(line: Any) -> bool:
    return line.message is not None and getattr(line.message, "resumes_at", None) is not None
