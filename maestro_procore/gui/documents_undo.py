"""The tab Runs of the page Documents: what each run brought over, and what of it can be taken back, step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.action_table import words_of_problems
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.documents_tables import FileTable, column, number, whole
from maestro_procore.gui.documents_tabs import FileTab
from maestro_procore.gui.formats import Clock, Words
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.file_undo import Back
from maestro_procore.model.problems import Problem, Refused

NOTHING = ""
"""Id of no run."""


def _outcome(row: Any) -> str:
    if row.undoes_number is not None:
        return text("state.mode.undo.of", number=str(row.undoes_number))
    if row.undone_by is None:
        return ""
    if row.stays:
        counts = {"done": formats.count(row.taken_back), "total": formats.count(row.taken_back + row.stays)}
        return text("documents.run.undone_partly", number=str(row.undone_by), **counts)
    return text("documents.run.undone_by", number=str(row.undone_by))


def _counted(name: str, row: Any, _at: datetime) -> Cell:
    return Cell(formats.count(getattr(row, name)), is_dim=not getattr(row, name))


class RunTable(FileTable):
    """Rows are store.file_run_views.FileRunRow, newest first; the query is the number of a project."""

    cells = {  # noqa: RUF012 - never changed
        "run": lambda row, _at: Cell(str(row.number)),
        "ended_at": lambda row, at: Cell(formats.moment(row.ended_at, at) if row.ended_at else ""),
        "by": lambda row, _at: Cell(formats.one_line(row.requested_by)),
        **{name: partial(_counted, name) for name in ("created", "updated", "moved", "deleted")},
        "outcome": lambda row, _at: Cell(_outcome(row)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        columns = [
            number("run", 52),
            column("ended_at", 72, is_rigid=True, most=150),
            column("by", 80, rank=3),
            number("created", 66),
            number("updated", 78),
            number("moved", 80, 2),
            number("deleted", 88),
            column("outcome", 200, stretches=True),
        ]
        super().__init__(columns, whole(views.files.of_runs.runs, lambda row: row.id), ask, clock, parent)


@dataclass(frozen=True)
class UndoRow:
    """One step of a run (model.file_undo.Verdict) and its tool."""

    tool: str
    verdict: Any


def _verdict(row: UndoRow) -> Words:
    problem = row.verdict.problem
    return words_of_problems((problem,)) if problem is not None else Words("", "")


class UndoTable(FileTable):
    """Rows are UndoRow, newest first; the query is the id of a run. told: the preview that was read last, or why not.

    preview: engine.file_commands.FileCommands.preview_undo.
    """

    cells = {  # noqa: RUF012 - never changed
        "path": lambda row, _at: Cell(formats.file_name(row.verdict.step["path"])),
        "deed": lambda row, _at: Cell(words.deed(row.verdict.step["verb"], row.verdict.step["target"])),
        "back": lambda row, _at: Cell(text(f"documents.back.{row.verdict.back.value}")),
        "why": lambda row, _at: Cell(words=_verdict(row)),
    }

    def __init__(self, preview: Callable[[str], Any], ask: Ask, clock: Clock, parent: QObject) -> None:
        self.told: Any = None

        def read(run: str) -> Sequence[UndoRow]:
            if not run:
                self.told = None
                return ()
            try:
                self.told = told = preview(run)
            except Refused as refused:
                self.told = refused.problem
                return ()
            return [UndoRow(pair["tool"], verdict) for pair, plan in told.pairs for verdict in plan.verdicts]

        columns = [
            column("path", 190, most=360),
            column("deed", 170, rank=1),
            column("back", 128, is_rigid=True),
            column("why", 200, kind="message", stretches=True),
        ]
        source = whole(read, lambda row: row.verdict.step["id"])
        super().__init__(columns, source, ask, clock, parent)


class RunsTab(FileTab):
    """Runs on the left, on the right what an undo of the chosen one would do."""

    name = "runs"
    make = RunTable
    wanted = Signal(object)
    """The preview (engine.file_undoing.UndoPreview) of the run that is to be taken back."""

    def __init__(
        self, preview: Callable[[str], Any], views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None
    ) -> None:
        super().__init__(views, ask, clock, parent)
        beside = QWidget(self)
        self.summary = PlainLabel(parent=beside, wraps=True, name="documents_runs_summary").can_be_copied()
        self.steps = UndoTable(preview, ask, clock, self)
        self.steps_grid = GridView(self.steps, "undo_grid", beside)
        column_beside = QVBoxLayout(beside)
        column_beside.setContentsMargins(0, 0, 0, 0)
        column_beside.addWidget(self.summary)
        column_beside.addWidget(self.steps_grid, 1)
        self.why = PlainLabel(parent=beside, wraps=True, name="documents_runs_why").can_be_copied()
        column_beside.addWidget(self.why)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self._column.removeWidget(self.grid)
        self.split.addWidget(self.grid)
        self.split.addWidget(beside)
        self.split.setSizes([560, 520])
        self._column.insertWidget(0, self.split, 1)
        self.steps.counted.connect(lambda _rows: self._show_summary())
        self.steps_grid.current_row_changed.connect(lambda _row: self._show_why())
        self.add_button("undo", lambda: self.wanted.emit(self.steps.told))

    def show_row(self) -> None:
        super().show_row()
        run = self.row.id if self.row is not None else NOTHING
        if self.steps.query == run:
            self.steps.refresh()
        else:
            self.steps.set_query(run)
        self._show_summary()

    def _show_summary(self) -> None:
        told = self.steps.told
        if told is None or self.row is None:
            self.summary.setText("")
        elif isinstance(told, Problem):
            said = words_of_problems((told,))
            self.summary.setText(" ".join((said.text, said.remedy)).strip())
        else:
            counts = {back: told.count(back) for back in Back}
            parts = [text(f"documents.undo.{back.value}", count=count) for back, count in counts.items() if count]
            if told.deletions:
                parts.append(text("documents.undo.deletions", count=told.deletions))
            self.summary.setText(" ".join(parts))
        self._show_why()
        for name, button in self.buttons.items():
            button.setEnabled(self.may and self.row is not None and self.is_possible(name, self.row))

    def _show_why(self) -> None:
        """Why the chosen step stays, and what to do about it: the cell has no room for both (BCK-24 promises it)."""
        place = self.steps_grid.current_row()
        row = self.steps.loaded_row(place) if place >= 0 else None
        said = _verdict(row) if row is not None else Words("", "")
        self.why.setText(" ".join((said.text, said.remedy)).strip())
        self.why.setVisible(bool(said.text))

    def is_possible(self, name: str, row: Any) -> bool:
        told = self.steps.told
        is_read = told is not None and not isinstance(told, Problem) and told.request["id"] == row.id
        return bool(is_read and told.count(Back.CAN))

    def retranslate(self) -> None:
        super().retranslate()
        self.steps.retranslate()
        self.steps_grid.setAccessibleName(text("documents.undo.steps"))
        self._show_summary()


def question(told: Any) -> str:
    """What is asked before a run is taken back."""
    parts = [text("documents.ask.undo", number=str(told.request["number"]), count=told.count(Back.CAN))]
    if told.deletions:
        parts.append(text("documents.undo.deletions", count=told.deletions))
    if told.held is not None:
        parts.append(text("documents.ask.undo.many"))
    return " ".join(parts)
