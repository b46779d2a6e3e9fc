"""Versions of one file beside its history: what both services keep, since when and by whom, and bringing one back."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from maestro_procore.engine.file_versions import KeptVersion, ids_of
from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.documents_tables import FileTable, column, number
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.sql_table_model import Source
from maestro_procore.gui.wizard_steps import Failure, Questions
from maestro_procore.i18n import text


class VersionTable(FileTable):
    """Rows are engine.file_versions.KeptVersion, as they were answered; the query counts the answers."""

    cells = {  # noqa: RUF012 - never changed
        "side": lambda row, _at: Cell(words.side(row.side.value), is_bold=row.is_present),
        "version_at": lambda row, at: Cell(formats.moment(row.at, at) if row.at else ""),
        "by": lambda row, _at: Cell(formats.one_line(row.by)),
        "size": lambda row, _at: Cell("" if row.size_bytes is None else words.size(row.size_bytes)),
        "present": lambda row, _at: Cell(text("documents.version.present") if row.is_present else ""),
    }

    def __init__(self, ask: Ask, clock: Clock, parent: QObject) -> None:
        self.rows: Sequence[KeptVersion] = ()
        columns = [
            column("side", 90),
            column("version_at", 130),
            column("by", 130),
            number("size", 76),
            column("present", 80, stretches=True),
        ]
        source = Source(
            count=lambda _query: len(self.rows),
            rows=lambda _query, offset, limit: self.rows[offset : offset + limit],
            key=lambda row: (row.side, row.id),
        )
        super().__init__(columns, source, ask, clock, parent)


class VersionsPanel(QWidget):
    """Asks both services when somebody wants to know; a step of the history says about which file."""

    wanted = Signal(object, object)
    """The step (store.file_views.FileStepRow) and the version to bring back."""

    def __init__(self, desk: Any, ask: Ask, raw_ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("documents_versions")
        self._desk, self.may = desk, False
        self.step: Any = None
        self._answers = 0
        self._questions = Questions(raw_ask, self)
        self.said = PlainLabel(parent=self, wraps=True, name="documents_versions_said").can_be_copied()
        self.model = VersionTable(ask, clock, self)
        self.grid = GridView(self.model, "versions_grid", self)
        self.look, self.back = QPushButton(self), QPushButton(self)
        self.look.setObjectName("documents_versions_look")
        self.back.setObjectName("documents_versions_back")
        self.look.clicked.connect(self._ask_services)
        self.back.clicked.connect(lambda: self.wanted.emit(self.step, self.row))
        self.grid.current_row_changed.connect(lambda _row: self._enable())
        self.model.counted.connect(lambda _rows: self._enable())
        feet = QHBoxLayout()
        feet.addWidget(self.look)
        feet.addWidget(self.back)
        feet.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(feet)
        layout.addWidget(self.said)
        layout.addWidget(self.grid, 1)
        self.retranslate()
        self._show(())

    @property
    def row(self) -> Any:
        """The chosen version, None without one."""
        place = self.grid.current_row()
        return self.model.loaded_row(place) if place >= 0 else None

    def show_step(self, step: Any, *, may: bool) -> None:
        """step: of the history; None for none. What was asked about another file goes."""
        before = self.step.id if self.step is not None else None
        self.step, self.may = step, may
        if (step.id if step is not None else None) != before:
            self._questions.drop("versions")
            self._show(())
        self._enable()

    def _ask_services(self) -> None:
        step = self.step
        if step is None:
            return
        self.said.setText(text("documents.versions.asking"))
        self.said.show()
        versions, ids = self._desk.versions, ids_of(step.saw)
        self._questions.put("versions", lambda: versions.of(step.project_id, step.tool, ids), self._take)

    def _take(self, answer: Any) -> None:
        if isinstance(answer, Failure):
            self._show((), answer.words)
        else:
            self._show(answer, "" if answer else text("documents.versions.none"))

    def _show(self, rows: Sequence[KeptVersion], said: str = "") -> None:
        self._answers += 1
        self.model.rows = rows
        self.model.set_query(self._answers)
        self.grid.setVisible(bool(rows))
        self.back.setVisible(bool(rows))
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self._enable()

    def _enable(self) -> None:
        step = self.step
        self.look.setEnabled(step is not None and not step.is_folder and bool(ids_of(step.saw)))
        row = self.row if self.model.rows else None
        self.back.setEnabled(self.may and row is not None and not row.is_present)

    def retranslate(self) -> None:
        self.look.setText(text("documents.versions.look"))
        self.look.setToolTip(text("documents.versions.look.tip"))
        self.back.setText(text("documents.versions.back"))
        self.back.setToolTip(text("documents.versions.back.tip"))
        self.grid.setAccessibleName(text("documents.versions.look"))
        self.model.retranslate()
