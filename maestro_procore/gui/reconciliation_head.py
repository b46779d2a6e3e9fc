"""What a reconciliation is asked for (cut-off date, project), which one is shown, and the verdict on it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QDateEdit, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import current_language, text
from maestro_procore.model.certificate import period_words
from maestro_procore.model.status import RequestState

_RUNNING = (RequestState.RUNNING, RequestState.QUEUED)


class ReconciliationHead(QWidget):
    """The controls above the lines."""

    wanted = Signal()
    """Reconcile now, as the controls say."""
    chosen = Signal(str)
    """Id of the request of the reconciliation to show."""
    request_wanted = Signal(str)
    """Show that request in the Synchronization Manager."""

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._build(today)
        self._lay_out()
        self.run.clicked.connect(self.wanted)
        self.history.activated.connect(self._choose)
        self.request.clicked.connect(lambda: self.request_wanted.emit(self._shown))

    def _build(self, today: date) -> None:
        self.cut_off_label, self.project_label, self.history_label = (PlainLabel(parent=self) for _ in range(3))
        self.cut_off = QDateEdit(QDate(today.year, today.month, today.day), self)
        self.cut_off.setObjectName("cut_off")
        self.cut_off.setCalendarPopup(True)
        self.cut_off.setDisplayFormat("yyyy-MM-dd")
        self.cut_off_label.setBuddy(self.cut_off)
        self.project = QComboBox(self)
        self.project.setObjectName("reconciled_project")
        self.project.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.project.setEditable(True)
        self.project.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.project.addItem("", "")
        if (completer := self.project.completer()) is not None:
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.project_label.setBuddy(self.project)
        self.run = QPushButton(self)
        self.run.setObjectName("reconcile")
        self.run.setProperty("main", True)
        self.history = QComboBox(self)
        self.history.setObjectName("reconciliations")
        self.history.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.history_label.setBuddy(self.history)
        self.verdict = PlainLabel(parent=self, name="verdict")
        self.facts = PlainLabel(parent=self, wraps=True, name="reconciliation_facts")
        self.facts.setProperty("dim", True)
        self.request = QPushButton(self)
        self.request.setObjectName("show_request")
        self.request.setProperty("small", True)

    def _lay_out(self) -> None:
        asked = FlowLayout(gap=8)
        for label, field in ((self.cut_off_label, self.cut_off), (self.project_label, self.project)):
            asked.addWidget(_pair(self, label, field))
        asked.addWidget(self.run)
        asked.add_right(_pair(self, self.history_label, self.history))
        said = QHBoxLayout()
        said.setSpacing(12)
        said.addWidget(self.verdict)
        said.addWidget(self.facts, 1)
        said.addWidget(self.request)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(asked)
        layout.addLayout(said)

    # --- what is asked for ------------------------------------------------------------------------------

    @property
    def asked_cut_off(self) -> date:
        """The last day that counts."""
        day = self.cut_off.date()
        return date(day.year(), day.month(), day.day())

    @property
    def asked_project(self) -> str | None:
        """A maestro* code, as chosen or typed; None for all."""
        typed = self.project.currentText().strip()
        is_all = not typed or typed == self.project.itemText(0)
        return None if is_all else typed

    def offer_projects(self, codes: Sequence[str]) -> None:
        """The projects to choose from; what is chosen stays."""
        if [self.project.itemData(place) for place in range(1, self.project.count())] == list(codes):
            return
        held = self.asked_project
        self.project.clear()
        self.project.addItem(text("reconcile.all_projects"), "")
        for code in codes:
            self.project.addItem(code, code)
        self.project.setCurrentIndex(max(0, self.project.findData(held or "")))

    # --- what is shown ----------------------------------------------------------------------------------

    def show_history(self, rows: Sequence[Any], current: str) -> None:
        """rows: store.reconciled_views.ReconciliationRow, newest first."""
        self._rows = rows
        self.history.clear()
        for row in rows:
            self.history.addItem(_name(row), row.request_id)
        self.history.setCurrentIndex(self.history.findData(current))
        self.history.setEnabled(bool(rows))

    _rows: Sequence[Any] = ()

    def show_row(self, row: Any, verdict: str, at: datetime) -> None:
        """row: the one that is shown, None for none. verdict: its result in words, '' while there is none."""
        self._shown = "" if row is None else row.request_id
        words, look = ("", "") if row is None else _state(row, verdict, at)
        self.verdict.setText(words)
        for name in ("good", "problem"):
            self.verdict.setProperty(name, name == look)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)
        self.facts.setText("" if row is None else _facts(row))
        self.request.setVisible(row is not None)

    def retranslate(self) -> None:
        self.cut_off_label.setText(text("reconcile.page.cut_off"))
        self.project_label.setText(text("reconcile.page.project"))
        self.history_label.setText(text("reconcile.page.history"))
        for field, name in ((self.cut_off, "cut_off"), (self.project, "project")):
            for part in (field, field.lineEdit()):  # a screen reader stands in the line inside
                if part is not None:
                    part.setAccessibleName(text(f"reconcile.fact.{name}"))
        self.project.setItemText(0, text("reconcile.all_projects"))
        self.history.setAccessibleName(text("reconcile.page.history"))
        self.run.setText(text("reconcile.page.run"))
        self.run.setToolTip(text("reconcile.page.run.tip"))
        self.request.setText(text("reconcile.page.request"))
        self.show_history(self._rows, str(self.history.currentData() or ""))

    def _choose(self, place: int) -> None:
        self.chosen.emit(str(self.history.itemData(place)))


def _pair(parent: QWidget, label: QWidget, field: QWidget) -> QWidget:
    """A label that stays beside its field where the row breaks."""
    both = QWidget(parent)
    line = QHBoxLayout(both)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(6)
    line.addWidget(label)
    line.addWidget(field)
    both.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    return both


def _name(row: Any) -> str:
    project = row.project or text("reconcile.all_projects")
    sign = {True: "✔", False: "✖", None: "…"}[row.agrees]
    return f"{sign} {row.cut_off} – {project} ({row.number})"


def _state(row: Any, verdict: str, at: datetime) -> tuple[str, str]:
    """What is said of it, and how: good · problem · ''."""
    state = RequestState(row.state)
    if row.has_ended and state.has_ended:
        return verdict, "good" if row.agrees else "problem"
    if state in _RUNNING:
        if not row.progress_total:
            return text("reconcile.page.queued"), ""
        return text("reconcile.page.running", done=row.progress_done, total=row.progress_total), ""
    if state is RequestState.WAITING:
        return formats.waiting_words(row.resumes_at, "limit", at).text, ""
    return text("reconcile.page.not_ended"), "problem"


def _facts(row: Any) -> str:
    period = period_words(row.period, row.is_period_closed, current_language())
    project = row.project or text("reconcile.all_projects")
    return text("reconcile.page.facts", cut_off=row.cut_off, period=period, project=project)
