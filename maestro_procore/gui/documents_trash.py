"""The tab Local trash of the page Documents: contents that this computer keeps, where the project's policy wants it."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.documents_proof import UNFIT
from maestro_procore.gui.documents_tables import FileTable, column, number, whole
from maestro_procore.gui.documents_tabs import FileTab
from maestro_procore.gui.formats import Clock
from maestro_procore.i18n import text


def _became(row: Any) -> str:
    return text(f"documents.trash.removed.{row['removed_why']}") if row["removed_why"] else ""


class TrashTable(FileTable):
    """Rows are those of the journal's trash, newest first, removed ones as well; the query is a project's number."""

    cells = {  # noqa: RUF012 - never changed
        "kept_at": lambda row, at: Cell(formats.moment(row["kept_at"], at)),
        "tool": lambda row, _at: Cell(words.tool(row["tool"])),
        "path": lambda row, _at: Cell(formats.file_name(row["path"]), is_dim=bool(row["removed_at"])),
        "side": lambda row, _at: Cell(words.side(row["side"])),
        "size": lambda row, _at: Cell(words.size(row["size_bytes"])),
        "kept_why": lambda row, _at: Cell(text(f"documents.trash.why.{row['why']}")),
        "keep_until": lambda row, at: Cell(formats.moment(row["keep_until"], at) if row["keep_until"] else ""),
        "removed": lambda row, _at: Cell(_became(row)),
    }

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        columns = [
            column("kept_at", 72, is_rigid=True, most=150),
            column("tool", 90, rank=2),
            column("path", 260, most=460),
            column("side", 100, rank=1),
            number("size", 76),
            column("kept_why", 110),
            column("keep_until", 110, is_rigid=True, most=150),
            column("removed", 200, stretches=True),
        ]
        super().__init__(columns, whole(views.files.trash, lambda row: row["id"]), ask, clock, parent)


class TrashTab(FileTab):
    """Brings back one content, saves it as a file, or empties the trash."""

    name = "trash"
    make = TrashTable
    restore = Signal(object)
    """The row to bring back."""
    save = Signal(object, object)
    """A row, and the file that somebody chose for its content."""
    empty_all = Signal()

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(views, ask, clock, parent)
        self.add_button("restore", lambda: self.restore.emit(self.row))
        self.add_button("save", self._ask_where)
        self.add_button("empty", self.empty_all.emit)

    def _ask_where(self) -> None:
        row, title = self.row, text("documents.trash.save").replace("&", "").rstrip("…")
        if row is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(Path.home() / row["name"].translate(UNFIT)))
        if chosen:
            self.save.emit(row, Path(chosen))

    def is_possible(self, name: str, row: Any) -> bool:
        """The trash is emptied as a whole, whatever became of the chosen row."""
        rows = map(self.model.loaded_row, range(self.model.rowCount())) if name == "empty" else (row,)
        return any(each is None or not each["removed_at"] for each in rows)
