"""The tab *Overview* of the page Documents: the figures of one project, what it waits for, and what was told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, Look
from maestro_procore.gui.documents_tabs import NOBODY
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text

MOST_WAITING: Final = 200


@dataclass(frozen=True)
class Seen:
    """Of one project: its row, seconds until changes arrived, files that wait, and notices, newest first."""

    row: Any = None
    seconds: Sequence[float] = ()
    waiting: Sequence[Any] = ()
    notices: Sequence[Any] = ()


class OverviewTab(QWidget):
    """Left the figures, right every file that waits with its reason, below what people were told."""

    name = "overview"

    def __init__(self, views: Any, ask: Ask, clock: formats.Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("documents_overview")
        self._views, self._clock = views, clock
        self.project_id = NOBODY
        self._seen = Seen()
        self._read = Look(ask, self._question, self._take)
        self.facts = FieldGrid("overview_facts", self)
        self.facts.share_width(frozenset({0}))
        self.facts.horizontalHeader().hide()
        self.waiting_title, self.notices_title = PlainLabel(parent=self), PlainLabel(parent=self)
        for title in (self.waiting_title, self.notices_title):
            title.setProperty("section", True)
        self.waiting = FieldGrid("overview_waiting", self)
        self.waiting.share_width(frozenset({0}))
        self.notices = PlainLabel(parent=self, wraps=True, name="overview_notices").can_be_copied()
        beside = QWidget(self)
        column = QVBoxLayout(beside)
        column.setContentsMargins(8, 0, 0, 0)
        for part in (self.waiting_title, self.waiting, self.notices_title, self.notices):
            column.addWidget(part)
        column.setStretchFactor(self.waiting, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.facts)
        self.split.addWidget(beside)
        self.split.setSizes([480, 560])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(self.split, 1)

    def show_project(self, project_id: int, *, may: bool) -> None:
        """project_id: NOBODY for none. may: of no matter, as nothing is changed here."""
        self.project_id = project_id
        self._read()

    def _question(self) -> Callable[[], Seen]:
        number, views = self.project_id, self._views

        def look() -> Seen:
            rows = views.files.projects(number) if number != NOBODY else []
            if not rows:
                return Seen()
            left = views.files.not_synchronized(number)
            notices = [row for row in views.files.notices() if row.project_id == number]
            waiting = [row for row in left if row.is_waiting][:MOST_WAITING]
            return Seen(rows[0], views.files.latencies(number), waiting, notices)

        return look

    def _take(self, seen: Seen) -> None:
        self._seen = seen
        self._say()

    def _say(self) -> None:
        seen, at = self._seen, self._clock()
        lines = [FieldLine((title, value)) for title, value in _facts(seen, at)] if seen.row is not None else []
        self.facts.show_lines(["", ""], lines)
        waits = [
            FieldLine((words.tool(row.tool), formats.file_name(row.path or row.name), formats.sentence(row.problem)))
            for row in seen.waiting
        ]
        self.waiting.show_lines([text(f"documents.column.{name}") for name in ("tool", "path", "why")], waits)
        self.waiting_title.setText(text("documents.overview.waiting", count=len(waits)))
        told = [
            text("documents.overview.notice", time=formats.moment(row.at, at), words=formats.sentence(row.problem))
            for row in seen.notices
        ]
        self.notices.setText("\n".join(told))
        for part in (self.notices_title, self.notices):
            part.setVisible(bool(told))

    def retranslate(self) -> None:
        self.facts.setAccessibleName(text("documents.tab.overview"))
        self.waiting.setAccessibleName(text("documents.column.waiting"))
        self.notices_title.setText(text("documents.overview.notices"))
        self._say()


def _facts(seen: Seen, at: Any) -> list[tuple[str, str]]:
    """Title and value of every figure (F131, F235, F236, F287)."""
    row = seen.row
    found = [
        ("phase", words.badge(row.phase).text),
        ("progress", words.progress(row, at).text),
        ("looked_at", formats.moment(row.looked_at, at)),
        ("changed_at", formats.moment(row.changed_at, at)),
        ("completed_at", formats.moment(row.completed_at, at)),
        ("latency", words.latency(list(seen.seconds)) or formats.NOTHING),
        ("total", text("documents.totals.files", count=row.files, size=words.size(row.size_bytes))),
    ]
    told = [(text(f"documents.overview.{name}"), value) for name, value in found]
    for pair in row.pairs:
        title = text("wizard.tool", tool=words.tool(pair.tool), arrow=words.ARROWS[pair.flow])
        told.append((title, text("documents.totals.files", count=pair.files, size=words.size(pair.size_bytes))))
    return told


class InitialBanner(QFrame):
    """Stands above the projects while one of them is in its first synchronization, and goes with it (F105, F109)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("documents_banner")
        self.setProperty("look", "decision")
        self._names: tuple[str, ...] = ()
        self.words = PlainLabel(parent=self, wraps=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 6, 10, 6)
        line.addWidget(self.words, 1)
        self.hide()

    def show_projects(self, rows: Sequence[Any]) -> None:
        """rows: store.file_views.FileProjectRow of all projects."""
        initial = words.BADGES["first_sync"][1]
        self._names = tuple(row.name for row in rows if words.BADGES[row.phase][1] == initial)
        self.retranslate()
        self.setVisible(bool(self._names))

    def retranslate(self) -> None:
        self.words.setText(text("documents.banner", names=", ".join(self._names)) if self._names else "")
