"""The records of one element with the state of their link, as the Links page lists them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Qt

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import Column, GridModel
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.i18n import has_text, text
from maestro_procore.model.link_states import LinkState

COLUMNS = [
    Column("state", "link.column.state", 110, is_sortable=False, is_rigid=True),
    Column("key", "link.column.key", 110, is_sortable=False, is_rigid=True),
    Column("name", "link.column.name", 220, is_sortable=False, stretches=True),
    Column("procore_id", "link.column.procore_id", 132, is_sortable=False, is_rigid=True, rank=1),
    Column("rule", "link.column.rule", 110, is_sortable=False, rank=3),
    Column("linked_by", "link.column.linked_by", 90, is_sortable=False, rank=4),
    Column("first_linked_at", "link.column.first_linked_at", 110, is_sortable=False, is_rigid=True, rank=3),
    Column("last_synced_at", "link.column.last_synced_at", 110, is_sortable=False, is_rigid=True, rank=2),
]

_PRESSING = frozenset({LinkState.ORPHANED, LinkState.OUTDATED})


class LinkModel(GridModel):
    """Rows are store.views.LinkRow; the query is a LinkQuery."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject | None = None) -> None:
        source = Source(count=views.count_links, rows=_rows_of(views), key=lambda row: row.key)
        super().__init__(list(COLUMNS), source, ask, parent)
        self._clock = clock

    def cell_of(self, row: Any, column: Column) -> Cell:
        return _CELLS[column.id](row, self._clock())

    def tooltip_of(self, row: Any, column: Column) -> str:
        exact = {"first_linked_at": row.first_linked_at, "last_synced_at": row.last_synced_at}
        return formats.exact(exact[column.id]) if column.id in exact else ""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Records stand in the order of their codes."""


def _rows_of(views: Any) -> Callable[[Any, int, int], Sequence[Any]]:
    def rows(query: Any, offset: int, limit: int) -> Sequence[Any]:
        found: Sequence[Any] = views.links(query, offset, limit)
        return found

    return rows


def state_name(row: Any) -> str:
    """The state in words; an inactive partner is there, and that is said."""
    is_quiet = row.is_inactive and row.state == LinkState.LINKED
    return text("link.inactive") if is_quiet else text(f"state.link.{row.state}")


def rule_name(rule: str) -> str:
    """How the partner was found, '' for rules of a kind that says no more."""
    return text(f"link.rule.{rule}") if rule and has_text(f"link.rule.{rule}") else ""


_CELLS: dict[str, Callable[[Any, datetime], Cell]] = {
    "state": lambda row, _at: Cell(state_name(row), is_bold=row.state in _PRESSING),
    "key": lambda row, _at: Cell(str(row.maestro_key or "")),
    "name": lambda row, _at: Cell(formats.one_line(row.name)),
    "procore_id": lambda row, _at: Cell(str(row.procore_id or "")),
    "rule": lambda row, _at: Cell(rule_name(row.rule)),
    "linked_by": lambda row, _at: Cell(formats.one_line(row.linked_by)),
    "first_linked_at": lambda row, at: Cell(formats.moment(row.first_linked_at, at) if row.first_linked_at else ""),
    "last_synced_at": lambda row, at: Cell(formats.moment(row.last_synced_at, at) if row.last_synced_at else ""),
}
