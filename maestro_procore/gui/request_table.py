"""The requests for synchronization, newest first: who asked for what, how far it is, how it ended (F050)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Qt

from maestro_procore.gui import formats
from maestro_procore.gui.action_table import words_of_problems
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.formats import Clock, Words
from maestro_procore.gui.grid_view import RIGHT, Column, GridModel
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.gui.status_icons import symbol_name
from maestro_procore.i18n import has_text, text
from maestro_procore.model.forecast_words import so_far
from maestro_procore.model.status import RequestState, Symbol

COLUMNS = [
    Column("status", "", 24, "symbol", is_sortable=False),
    Column("number", "manager.column.number", 42, align=RIGHT, is_rigid=True, is_sortable=False),
    Column("element", "manager.column.element", 96, is_rigid=True, is_sortable=False),
    Column("scope", "manager.column.scope", 84, rank=2, is_sortable=False),
    Column("mode", "manager.column.mode", 116, rank=5, is_sortable=False),
    Column("requested_by", "manager.column.requested_by", 76, rank=3, is_sortable=False),
    Column("connection", "manager.column.connection", 96, rank=3, is_sortable=False),
    Column("started_at", "manager.column.started_at", 70, is_rigid=True, is_sortable=False),
    Column("duration", "manager.column.duration", 70, align=RIGHT, rank=1, is_rigid=True, is_sortable=False),
    Column("ok", "manager.column.ok", 50, align=RIGHT, rank=1, is_rigid=True, is_sortable=False, sign="check"),
    Column(
        "warnings",
        "manager.column.warnings",
        40,
        align=RIGHT,
        rank=1,
        is_rigid=True,
        is_sortable=False,
        sign="triangle-warning",
    ),
    Column("errors", "manager.column.errors", 40, align=RIGHT, is_rigid=True, is_sortable=False, sign="circle-error"),
    Column("attempts", "manager.column.attempts", 54, align=RIGHT, rank=2, is_rigid=True, is_sortable=False),
    Column("resumes_at", "manager.column.resumes_at", 72, rank=4, is_sortable=False),
    Column("calls", "manager.column.calls", 52, align=RIGHT, rank=4, is_rigid=True, is_sortable=False),
    Column("message", "manager.column.message", 100, "message", stretches=True, is_sortable=False),
]


class RequestModel(GridModel):
    """Rows are store.views.RequestRow; the query is a RequestQuery."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject | None = None) -> None:
        source = Source(count=views.count_requests, rows=views.requests, key=lambda row: row.id)
        super().__init__(list(COLUMNS), source, ask, parent)
        self._clock = clock
        self._names: Mapping[int, str] = {}

    def show_connections(self, names: Mapping[int, str]) -> None:
        """names: of the Procore connections, by number (F146)."""
        if names != self._names:
            self._names = dict(names)
            self.retranslate()

    def cell_of(self, row: Any, column: Column) -> Cell:
        if column.id == "connection":
            return Cell(formats.one_line(self._names.get(row.connection, "")))
        return _CELLS[column.id](row, self._clock())

    def tooltip_of(self, row: Any, column: Column) -> str:
        if column.kind == "symbol":
            return state_name(row)
        if column.kind == "message":
            words = words_of_request(row, self._clock())
            told = "" if RequestState(row.state).has_ended else so_far(row)
            return "\n".join(part for part in (words.spoken, words.remedy, told) if part)
        if column.id == "calls":
            return so_far(row)
        if column.id == "mode":
            return mode_name(row)
        exact = {"started_at": row.started_at or row.requested_at, "resumes_at": row.resumes_at}
        return formats.exact(exact.get(column.id)) or scope_name(row) if column.id in {*exact, "scope"} else ""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Requests stand newest first."""


def state_name(row: Any) -> str:
    """The state in words, with the reason of waiting where it is known."""
    precise = f"state.request.{row.state}.{row.wait_reason}"
    return text(precise if row.wait_reason and has_text(precise) else f"state.request.{row.state}")


def scope_name(row: Any) -> str:
    """All, selection, one project; a preview says that it changes nothing."""
    scope = text("state.scope.project", code=row.project or "") if row.scope == "project" else _scope(row.scope)
    return f"{text('state.mode.preview')} – {scope}" if row.is_preview else scope


def mode_name(row: Any) -> str:
    """Full or differential; a preview is marked as one, for it has sent nothing, and an undo by what it takes back."""
    if row.undoes_number is not None:
        return text("state.mode.undo.of", number=str(row.undoes_number))
    return text("state.mode.preview" if row.is_preview else f"state.mode.{row.mode}")


def _scope(scope: str) -> str:
    return text(f"state.scope.{scope}") if has_text(f"state.scope.{scope}") else scope


def words_of_request(row: Any, at: datetime) -> Words:
    """Progress while it runs, the time while it waits, the reason when it failed."""
    state = RequestState(row.state)
    if state is RequestState.RUNNING:
        return formats.progress_words(row.progress_done, row.progress_total, row.progress_step)
    if state is RequestState.WAITING:
        return formats.waiting_words(row.resumes_at, row.wait_reason or "", at)
    if state is RequestState.QUEUED:
        return Words("waiting", text("sync.waiting.queued"))
    if row.problem is not None:
        return words_of_problems((row.problem,))
    return Words("", text(f"state.request.{row.state}"))


def _ok(row: Any) -> int:
    return int(row.created + row.updated + row.linked + row.unchanged)


def _number(value: int) -> Cell:
    return Cell(formats.count(value), is_dim=not value)


def _calls(row: Any) -> Cell:
    """As long as it has not ended, of how many."""
    if RequestState(row.state).has_ended or not row.foretold or row.foretold["most"] is None:
        return _number(row.calls)
    return Cell(text("manager.calls.of", made=row.calls, count=max(row.calls, row.foretold["likely"])))


_CELLS: dict[str, Callable[[Any, datetime], Cell]] = {
    "status": lambda row, _at: Cell(symbol=Symbol(row.symbol), shown=symbol_name(row.symbol)),
    "number": lambda row, _at: Cell(str(row.number)),
    "element": lambda row, _at: Cell(text(f"element.{row.element}")),
    "scope": lambda row, _at: Cell(scope_name(row)),
    "mode": lambda row, _at: Cell(mode_name(row)),
    "requested_by": lambda row, _at: Cell(formats.one_line(row.requested_by)),
    "started_at": lambda row, at: Cell(formats.moment(row.started_at or row.requested_at, at)),
    "duration": lambda row, _at: Cell(formats.seconds(row.duration_seconds)),
    "ok": lambda row, _at: _number(_ok(row)),
    "warnings": lambda row, _at: _number(row.warnings),
    "errors": lambda row, _at: Cell(formats.count(row.errors), is_bold=bool(row.errors), is_dim=not row.errors),
    "attempts": lambda row, _at: Cell(text("manager.attempts.of_ten", count=row.attempts), is_dim=not row.attempts),
    "resumes_at": lambda row, at: Cell(formats.moment(row.resumes_at, at) if row.resumes_at else ""),
    "calls": lambda row, _at: _calls(row),
    "message": lambda row, at: Cell(words=words_of_request(row, at)),
}
