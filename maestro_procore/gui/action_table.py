"""The actions of one request: what was done, or would be done, to which record."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.formats import Words
from maestro_procore.gui.grid_view import RIGHT, Column, GridModel
from maestro_procore.gui.problem_card import kind_of
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.gui.status_icons import symbol_name
from maestro_procore.i18n import text
from maestro_procore.model.action_words import name_of, record_of
from maestro_procore.model.elements import Direction
from maestro_procore.model.problems import Kind, Problem
from maestro_procore.model.status import Symbol
from maestro_procore.model.undoing import verdict_of

PLAN_PAGE = 1000

SYMBOL = Column("status", "", 24, "symbol", is_sortable=False)
ARROW = Column("direction", "", 28, "arrow", is_sortable=False)
RECORD = Column("record", "manager.column.record", 78, is_rigid=True, is_sortable=False)
NAME = Column("name", "manager.column.name", 180, is_sortable=False)
ACTION = Column("action", "manager.column.action", 70, is_rigid=True, is_sortable=False)
MESSAGE = Column("message", "manager.column.message", 170, "message", stretches=True, is_sortable=False)

DONE_COLUMNS = [
    SYMBOL,
    Column("sequence", "manager.column.sequence", 46, align=RIGHT, rank=3, is_rigid=True, is_sortable=False),
    RECORD,
    NAME,
    ACTION,
    ARROW,
    Column("attempts", "manager.column.attempts", 54, align=RIGHT, rank=1, is_rigid=True, is_sortable=False),
    Column("duration", "manager.column.duration", 60, align=RIGHT, rank=2, is_rigid=True, is_sortable=False),
    MESSAGE,
]
UNDO = Column("undo", "manager.column.undo", 110, rank=1, is_sortable=False)
PLANNED_COLUMNS = [ACTION, RECORD, NAME, ARROW, UNDO, MESSAGE]

_ARROWS = {"procore": Direction.TO_PROCORE, "maestro": Direction.FROM_PROCORE, "both": Direction.BOTH}
_KINDS = {Kind.ERROR: "error", Kind.WARNING: "warning", Kind.INFORMATION: "information"}


def worst(problems: tuple[Problem, ...]) -> Problem | None:
    """The gravest of them, None when there is none."""
    order = list(_KINDS)
    return min(problems, key=lambda problem: order.index(kind_of(problem)), default=None)


def words_of_problems(problems: tuple[Problem, ...]) -> Words:
    """A Message cell for an action or a request."""
    problem = worst(problems)
    if problem is None:
        return formats.NO_WORDS
    return Words(_KINDS[kind_of(problem)], formats.sentence(problem), formats.remedy(problem))


Query = tuple[str, Any]
"""Request id and store.views.ActionQuery; None instead of it: the conflicts."""


def conflicts(views: Any, request_id: str) -> list[Any]:
    """The actions of a plan with a field that both sides changed. Reads the whole plan: for the background only."""
    from maestro_procore.store.views import ActionQuery

    found: list[Any] = []
    for offset in range(0, views.count_actions(request_id, ActionQuery()), PLAN_PAGE):
        page = views.actions(request_id, ActionQuery(), offset, PLAN_PAGE)
        found += [row for row in page if any(d.get("result") == "conflict" for d in row.differences)]
    return found


def place_of(views: Any, query: Query, record: Any) -> int | None:
    """In which row of a query the first action of that record stands, None when it has none; for the background."""
    request_id, wanted = query
    if wanted is None:
        same = [_identity(row) == _identity(record) for row in conflicts(views, request_id)]
        return same.index(True) if True in same else None
    found: int | None = views.place_of_action(request_id, wanted, record)
    return found


def _identity(row: Any) -> tuple[str, str | int | None]:
    return row.element, row.maestro_key if row.maestro_key is not None else row.procore_id


class ActionModel(GridModel):
    """Rows are store.views.ActionRow."""

    def __init__(self, views: Any, ask: Ask, *, is_preview: bool = False, parent: QObject | None = None) -> None:
        self._views = views
        source = Source(count=self._count, rows=self._rows, key=lambda row: row.id)
        columns = PLANNED_COLUMNS if is_preview else DONE_COLUMNS
        super().__init__(list(columns), source, ask, parent)

    def show_actions(self, request_id: str, *, kinds: tuple[str, ...] = (), states: tuple[str, ...] = ()) -> None:
        """Another request, or another part of it."""
        from maestro_procore.store.views import ActionQuery

        self.set_query((request_id, ActionQuery(kinds=kinds, states=states)))

    def show_conflicts(self, request_id: str) -> None:
        """Only the actions that hold a field back because both sides changed it."""
        self.set_query((request_id, None))

    def _count(self, query: Query) -> int:
        request_id, wanted = query
        return len(conflicts(self._views, request_id)) if wanted is None else self._views.count_actions(*query)

    def _rows(self, query: Query, offset: int, limit: int) -> Sequence[Any]:
        request_id, wanted = query
        if wanted is None:
            return conflicts(self._views, request_id)[offset : offset + limit]
        found: Sequence[Any] = self._views.actions(request_id, wanted, offset, limit)
        return found

    def cell_of(self, row: Any, column: Column) -> Cell:
        return _CELLS[column.id](row)

    def tooltip_of(self, row: Any, column: Column) -> str:
        if column.kind == "symbol":
            return symbol_name(row.symbol)
        if column.kind == "message":
            said = [part for problem in row.problems for part in _said(problem)]
            if row.accepted_by:  # F016
                said.append(text("manager.accepted", user=row.accepted_by))
            return "\n".join(said)
        if column.id == "undo":
            return _undo_tip(row)
        return name_of(row) if column.id == "name" else ""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Actions stand in the order in which they ran."""


def _said(problem: Problem) -> tuple[str, ...]:
    return tuple(part for part in (formats.sentence(problem), formats.remedy(problem)) if part)


def undo_words(row: Any) -> str:
    """Whether what the action writes can be taken back afterwards; '' when it writes nothing."""
    verdict = verdict_of(row)
    return "" if verdict is None else text(f"manager.undo.{verdict.undo.value}")


def _undo_tip(row: Any) -> str:
    verdict = verdict_of(row)
    return "" if verdict is None or verdict.why is None else "\n".join(_said(verdict.why))


def _duration(row: Any) -> Cell:
    if row.started_at is None or row.ended_at is None:
        return Cell()
    return Cell(formats.seconds((row.ended_at - row.started_at).total_seconds()))


_CELLS: dict[str, Callable[[Any], Cell]] = {
    "status": lambda row: Cell(symbol=Symbol(row.symbol)),
    "sequence": lambda row: Cell(formats.count(row.seq), is_dim=True),
    "record": lambda row: Cell(record_of(row)),
    "name": lambda row: Cell(formats.one_line(name_of(row))),
    "action": lambda row: Cell(text(f"state.kind.{row.kind}")),
    "direction": lambda row: Cell(direction=_ARROWS.get(row.target or "")),
    "attempts": lambda row: Cell(text("manager.attempts.of_ten", count=row.attempts), is_dim=not row.attempts),
    "duration": _duration,
    "undo": lambda row: Cell(undo_words(row), is_dim=True),
    "message": lambda row: Cell(words=words_of_problems(row.problems)),
}
