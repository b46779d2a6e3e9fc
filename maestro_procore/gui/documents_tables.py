"""Tables of the page Documents: projects, what was done, conflicts, held deletions, what is not synchronized, plans."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt

from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.action_table import words_of_problems
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.formats import Clock, Words
from maestro_procore.gui.grid_view import RIGHT, Column, GridModel
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.gui.status_icons import symbol_name
from maestro_procore.i18n import text
from maestro_procore.model.status import ACTION_SYMBOLS, ActionState

TOOLS = ("documents", "photos", "daily_log")
CENTRE = Qt.AlignmentFlag.AlignHCenter


def column(name: str, width: int, **rest: Any) -> Column:
    """A column with the title documents.column.NAME."""
    return Column(name, f"documents.column.{name}", width, is_sortable=False, **rest)


def number(name: str, width: int, rank: int = 0) -> Column:
    """A narrow one of numbers."""
    return column(name, width, align=RIGHT, is_rigid=True, rank=rank)


@dataclass(frozen=True)
class HeldRow:
    """One item of held deletions (store.file_views.FileHoldRow)."""

    hold: Any
    item: Mapping[str, Any]


@dataclass(frozen=True)
class PathQuery:
    """Rows of a project whose path holds `name`."""

    project_id: int
    name: str = ""


def whole(read: Callable[[Any], Sequence[Any]], key: Callable[[Any], Hashable]) -> Source:
    """A source for short lists: what one look read is what its pages are cut from."""
    held: list[tuple[Any, Sequence[Any]]] = [(None, ())]

    def count(query: Any) -> int:
        held[0] = (query, read(query))
        return len(held[0][1])

    def rows(query: Any, offset: int, limit: int) -> Sequence[Any]:
        seen, found = held[0]
        if seen != query:
            found = read(query)
        return found[offset : offset + limit]

    return Source(count=count, rows=rows, key=key)


class FileTable(GridModel):
    """Cells by the name of the column; rows stand as the journal gives them."""

    cells: Mapping[str, Callable[[Any, datetime], Cell]]

    def __init__(self, columns: list[Column], source: Source, ask: Ask, clock: Clock, parent: QObject) -> None:
        super().__init__(columns, source, ask, parent)
        self._clock = clock

    def cell_of(self, row: Any, column: Column) -> Cell:
        return self.cells[column.id](row, self._clock())

    def tooltip_of(self, row: Any, column: Column) -> str:
        cell = self.cell_of(row, column)
        if cell.words.text:
            return "\n".join(part for part in (cell.words.spoken, cell.words.remedy) if part)
        return cell.shown

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """The journal's order is the only one."""


def _arrow(tool: str, row: Any, _at: datetime) -> Cell:
    pair = next((pair for pair in row.pairs if pair.tool == tool), None)
    if pair is None:
        return Cell()
    return Cell(words.ARROWS[pair.flow], words=Words("", text(f"documents.flow.{pair.flow}")))


def _others(row: Any) -> Cell:
    """The tools that have no column of their own: how many, and their names for who asks."""
    names = sorted(words.tool(pair.tool) for pair in row.pairs if pair.tool not in TOOLS)
    return Cell(f"{words.ARROWS['to_drive']} {len(names)}", words=Words("", ", ".join(names))) if names else Cell()


def _count(value: int, *, presses: bool = False) -> Cell:
    return Cell(formats.count(value), is_bold=presses and bool(value), is_dim=not value)


class ProjectTable(FileTable):
    """Rows are store.file_views.FileProjectRow; the query is anything but None."""

    cells = {  # noqa: RUF012 - never changed
        "phase": lambda row, _at: Cell(words=words.badge(row.phase)),
        "name": lambda row, _at: Cell(formats.one_line(row.name)),
        "destination": lambda row, _at: Cell(formats.address(row.destination)),
        **{tool: partial(_arrow, tool) for tool in TOOLS},
        "others": lambda row, _at: _others(row),
        "files": lambda row, _at: _count(row.files),
        "size": lambda row, _at: Cell(words.size(row.size_bytes), is_dim=not row.size_bytes),
        "waiting": lambda row, _at: _count(row.waiting),
        "conflicts": lambda row, _at: _count(row.conflicts, presses=True),
        "held": lambda row, _at: _count(row.held, presses=True),
        "apart": lambda row, _at: _count(row.apart),
        "changed_at": lambda row, at: Cell(formats.moment(row.changed_at, at), is_dim=row.changed_at is None),
        "progress": lambda row, at: Cell(words=words.progress(row, at)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        source = whole(lambda _query: views.file_projects(), lambda row: row.id)
        columns = [
            column("phase", 112, kind="message", is_rigid=True, most=160),
            column("name", 150, is_rigid=True, most=340),
            column("destination", 130, rank=4),
            *(column(tool, width, align=CENTRE, is_rigid=True) for tool, width in _ARROW_WIDTHS.items()),
            column("others", 66, align=CENTRE, is_rigid=True),
            number("files", 64),
            number("size", 76, 1),
            number("waiting", 76, 3),
            number("conflicts", 64),
            number("held", 76),
            number("apart", 96, 3),
            column("changed_at", 110, is_rigid=True, rank=2, most=150),
            column("progress", 140, kind="message", stretches=True),
        ]
        super().__init__(columns, source, ask, clock, parent)

    def is_needed(self, column: Column) -> bool:
        """An arrow stands in the column of a tool that some project has; both sides of the main ones always show."""
        if column.id not in ("daily_log", "others"):
            return True
        held = {pair.tool for row in map(self.loaded_row, range(self.rowCount())) if row for pair in row.pairs}
        return column.id in held if column.id in TOOLS else bool(held - set(TOOLS))

    def tooltip_of(self, row: Any, column: Column) -> str:
        if column.id in ("changed_at", "phase"):
            return formats.exact(row.changed_at) if column.id == "changed_at" else words.badge(row.phase).text
        return super().tooltip_of(row, column)


_ARROW_WIDTHS = {"documents": 82, "photos": 62, "daily_log": 74}


def _step_message(row: Any, at: datetime) -> Words:
    if row.place:
        return Words("waiting", text("documents.queue.place", place=row.place))
    if row.state == ActionState.RUNNING.value and row.size_bytes:
        return words.under_way(row.bytes_moved, row.size_bytes, row.started_at, at)
    if row.problems:
        return words_of_problems(row.problems)
    return Words("", words.reason(row.rule))


def _symbol(state: str) -> Cell:
    symbol = ACTION_SYMBOLS[ActionState(state)]
    return Cell(symbol=symbol, shown=symbol_name(symbol))


class StepTable(FileTable):
    """Rows are store.file_views.FileStepRow, newest first; the query is a PathQuery. source: of other steps."""

    cells = {  # noqa: RUF012 - never changed
        "state": lambda row, _at: _symbol(row.state),
        "ended_at": lambda row, at: Cell(formats.moment(row.ended_at, at) if row.ended_at else ""),
        "tool": lambda row, _at: Cell(words.tool(row.tool)),
        "path": lambda row, _at: Cell(formats.file_name(row.path or row.name)),
        "deed": lambda row, _at: Cell(words.deed(row.verb, row.target)),
        "size": lambda row, _at: Cell("" if row.is_folder else words.size(row.size_bytes)),
        "why": lambda row, at: Cell(words=_step_message(row, at)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject, *, source: Source | None = None) -> None:
        source = source or Source(
            count=lambda query: views.files.count_steps(query.project_id, name=query.name),
            rows=lambda query, offset, limit: views.files.steps(
                query.project_id, name=query.name, offset=offset, limit=limit
            ),
            key=lambda row: row.id,
        )
        columns = [
            Column("state", "", 24, "symbol", is_sortable=False),
            column("ended_at", 72, is_rigid=True, most=150),
            column("tool", 90, rank=2),
            column("path", 260, most=460),
            column("deed", 150, most=240),
            number("size", 76, 1),
            column("why", 200, kind="message", stretches=True),
        ]
        super().__init__(columns, source, ask, clock, parent)

    def tooltip_of(self, row: Any, column: Column) -> str:
        if column.id == "state":
            return text(f"state.action.{row.state}")
        return formats.exact(row.ended_at) if column.id == "ended_at" else super().tooltip_of(row, column)


def _settlement(row: Any) -> Words:
    if row.choice and row.is_open:
        return Words("waiting", text("documents.chosen", choice=text(f"documents.choice.{row.choice}")))
    if row.is_open:
        return Words("warning", text(f"documents.settled.{row.settled}"))
    return Words("", text(f"documents.settled.{row.settled}"))


class ConflictTable(FileTable):
    """Rows are store.file_views.FileConflictRow, open ones first; the query is the number of a project."""

    cells = {  # noqa: RUF012 - never changed
        "found_at": lambda row, at: Cell(formats.moment(row.found_at, at)),
        "tool": lambda row, _at: Cell(words.tool(row.tool)),
        "path": lambda row, _at: Cell(formats.file_name(row.path or row.name), is_bold=row.is_open),
        "kind": lambda row, _at: Cell(text(f"documents.conflict.{row.kind}")),
        "settled": lambda row, _at: Cell(words=_settlement(row)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        source = whole(lambda project: views.files.conflicts(project, only_open=False), lambda row: row.id)
        columns = [
            column("found_at", 72, is_rigid=True, most=150),
            column("tool", 90, rank=2),
            column("path", 260, most=460),
            column("kind", 180, most=300),
            column("settled", 200, kind="message", stretches=True),
        ]
        super().__init__(columns, source, ask, clock, parent)


def _held_rows(views: Any, project: int) -> list[HeldRow]:
    return [HeldRow(hold, item) for hold in views.files.holds(project) for item in hold.items]


def _held_message(row: HeldRow) -> Words:
    if row.hold.choice:
        return Words("waiting", text("documents.chosen", choice=text(f"documents.do.{row.hold.choice}")))
    return words_of_problems((row.hold.problem,))


class HeldTable(FileTable):
    """Rows are HeldRow; the query is the number of a project."""

    cells = {  # noqa: RUF012 - never changed
        "held_at": lambda row, at: Cell(formats.moment(row.hold.held_at, at)),
        "tool": lambda row, _at: Cell(words.tool(row.hold.tool)),
        "path": lambda row, _at: Cell(formats.file_name(row.item["path"] or row.item["name"])),
        "items": lambda row, _at: Cell(formats.count(row.item["items"])),
        "size": lambda row, _at: Cell(words.size(row.item["size_bytes"])),
        "delete_in": lambda row, _at: Cell(words.side(row.item["side"])),
        "why": lambda row, _at: Cell(words=_held_message(row)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        key = lambda row: (row.hold.pair_id, row.item["side"], row.item["id"])  # noqa: E731
        columns = [
            column("held_at", 72, is_rigid=True, most=150),
            column("tool", 90, rank=2),
            column("path", 260, most=460),
            column("delete_in", 110),
            number("items", 76),
            number("size", 76, 1),
            column("why", 200, kind="message", stretches=True),
        ]
        super().__init__(columns, whole(lambda project: _held_rows(views, project), key), ask, clock, parent)


class ApartTable(FileTable):
    """Rows are store.file_views.FileApartRow."""

    cells = {  # noqa: RUF012 - never changed
        "since": lambda row, at: Cell(formats.moment(row.since, at)),
        "tool": lambda row, _at: Cell(words.tool(row.tool)),
        "path": lambda row, _at: Cell(formats.file_name(row.path or row.name)),
        "side": lambda row, _at: Cell(words.side(row.side)),
        "size": lambda row, _at: Cell(words.size(row.size_bytes)),
        "why": lambda row, _at: Cell(words=_apart_message(row)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        key = lambda row: (row.pair_id, row.side, row.item_id)  # noqa: E731
        read = lambda query: views.files.not_synchronized(query.project_id, name=query.name)  # noqa: E731
        columns = [
            column("since", 72, is_rigid=True, most=150),
            column("tool", 90, rank=2),
            column("path", 260, most=460),
            column("side", 100, rank=1),
            number("size", 76, 1),
            column("why", 200, kind="message", stretches=True),
        ]
        super().__init__(columns, whole(read, key), ask, clock, parent)


def _apart_message(row: Any) -> Words:
    said = words_of_problems((row.problem,))
    return Words("waiting", said.text, said.remedy) if row.is_waiting else said


class PlanTable(FileTable):
    """Rows are those of FileViews.planned: actions by tool, verb and side; the query is the number of a project."""

    cells = {  # noqa: RUF012 - never changed
        "tool": lambda row, _at: Cell(words.tool(row["tool"])),
        "deed": lambda row, _at: Cell(words.deed(row["verb"], row["target"]), is_bold=row["verb"] == "delete"),
        "side": lambda row, _at: Cell(words.side(row["target"])),
        "actions": lambda row, _at: Cell(formats.count(row["n"])),
        "size": lambda row, _at: Cell(words.size(row["size_bytes"] or 0)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        key = lambda row: (row["tool"], row["verb"], row["target"])  # noqa: E731
        columns = [
            column("tool", 110),
            column("side", 120),
            number("actions", 90),
            number("size", 100),
            column("deed", 260, stretches=True),
        ]
        super().__init__(columns, whole(views.files.planned, key), ask, clock, parent)
