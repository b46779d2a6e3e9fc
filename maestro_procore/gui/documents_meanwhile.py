"""The tab that lists what people changed in the drive during the first synchronization (F105)."""

from typing import Any

from PySide6.QtCore import QObject

from maestro_procore.gui.asking import Ask
from maestro_procore.gui.documents_tables import StepTable, whole
from maestro_procore.gui.documents_tabs import FileTab
from maestro_procore.gui.formats import Clock


class MeanwhileTable(StepTable):
    """Rows are store.file_views.FileStepRow, oldest first; the query is the number of a project."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        source = whole(views.files.changed_meanwhile, lambda row: row.id)
        super().__init__(views, ask, clock, parent, source=source)


class MeanwhileTab(FileTab):
    """Nothing to do here: the catching up brought all of it over."""

    name = "meanwhile"
    make = MeanwhileTable
