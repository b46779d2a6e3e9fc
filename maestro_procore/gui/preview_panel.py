"""The preview below the grid: the stored plan of a run, grouped by what would be done, before anything is written."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.action_table import ActionModel, conflicts, place_of
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.plain_label import ElidedLabel, PlainLabel
from maestro_procore.gui.preview_fields import PreviewFields
from maestro_procore.i18n import text

KINDS = ("create", "update", "link", "skip")
GROUPS = ("all", *KINDS, "conflict")
PER_CALL = 1000
"""Records that one bulk call carries (design, "Procore writes")."""


class PreviewPanel(QWidget):
    """Actions of a preview request; `apply_wanted` carries them out as a new request."""

    closed = Signal()
    apply_wanted = Signal(object)
    """The preview's RequestRow."""

    chosen = Signal(str, str, str)
    """maestro* key, field, choice: whose value stands; the plan is to be made again."""

    def __init__(
        self, element: str, views: Any, ask: Ask, parent: QWidget | None = None, *, may_choose: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName("preview_panel")
        self.element = element
        self._views, self._ask = views, asking(self, ask)
        self._request: Any = None
        self._counts: dict[str, int] = {}
        self.title = ElidedLabel(parent=self, name="preview_title")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.forecast = PlainLabel(parent=self, name="forecast")
        self.warning = PlainLabel(parent=self, wraps=True, name="preview_warning")
        self.chips = FilterChips("preview.chip", GROUPS, self)
        self.chips.chosen.connect(self._filter)
        self.model = ActionModel(views, ask, is_preview=True, parent=self)
        self.grid = GridView(self.model, "preview_actions", self)
        self.empty = EmptyState(self.grid)
        self.fields = PreviewFields(views, ask, may_choose=may_choose, parent=self)
        self.fields.chosen.connect(self._remember)
        self.fields.chosen.connect(self.chosen)
        self.apply = QPushButton(self)
        self.apply.setObjectName("apply_preview")
        self.apply.setProperty("main", True)
        self.close_button = QPushButton(self)
        self.close_button.setObjectName("close_preview")
        self._lay_out()
        self.grid.current_row_changed.connect(self._show_fields)
        self.grid.closed.connect(self.closed)
        self.model.counted.connect(self._counted)
        self.apply.clicked.connect(self._apply)
        self.close_button.clicked.connect(self.closed)
        self.closed.connect(self._forget)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title, 1)
        head.addWidget(self.forecast)
        head.addWidget(self.apply)
        head.addWidget(self.close_button)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.grid)
        split.addWidget(self.fields)
        split.setSizes([400, 600])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.warning)
        layout.addWidget(self.chips)
        layout.addWidget(split, 1)

    _place = 0
    _record: Any = None
    """The action whose field was just chosen, until the new plan shows it again; and its row."""

    def _remember(self, *_choice: str) -> None:
        """The record whose value was chosen stays chosen in the plan that is made again, wherever it stands there."""
        row = self.grid.current_row()
        self._place, self._record = max(0, row), self.model.loaded_row(row) if row >= 0 else None

    def _forget(self) -> None:
        self._place, self._record = 0, None

    # --- what is shown ----------------------------------------------------------------------------------

    def show_running(self) -> None:
        """The plan is being made."""
        self._request = None
        self.apply.setEnabled(False)
        self.forecast.setText("")
        self.warning.hide()
        self.chips.setEnabled(False)
        self.empty.say(text("preview.running"))
        self._say_title()

    def show_request(self, request: Any) -> None:
        """The preview has ended: show its plan."""
        self._request = request
        self.chips.setEnabled(True)
        if self._record is None:
            self.chips.choose("all")
        self.empty.hide()
        self._say_warning()
        self._say_title()
        self._filter(self.chips.current)
        self._count()

    def _filter(self, kind: str) -> None:
        if self._request is None:
            return
        if kind == "conflict":
            self.model.show_conflicts(self._request.id)
        else:
            self.model.show_actions(self._request.id, kinds=KINDS if kind == "all" else (kind,))

    def _count(self) -> None:
        from maestro_procore.store.views import ActionQuery

        views, request_id = self._views, self._request.id

        def read() -> dict[str, int]:
            counts = {k: views.count_actions(request_id, ActionQuery(kinds=(k,))) for k in KINDS}
            return {**counts, "conflict": len(conflicts(views, request_id))}

        self._ask(read, lambda counts: self._take_counts(request_id, counts))

    def _take_counts(self, request_id: str, counts: dict[str, int]) -> None:
        if self._request is None or self._request.id != request_id:
            return
        self._counts = counts
        self.chips.set_counts({"all": sum(counts[kind] for kind in KINDS), **counts})
        self._say_forecast()

    @property
    def changes(self) -> int:
        """Records that would be written."""
        return sum(self._counts.get(kind, 0) for kind in ("create", "update", "link"))

    def _say_forecast(self) -> None:
        changes = self.changes
        calls = -(-changes // PER_CALL) + self._request.calls if self._request is not None else 0
        self.forecast.setText(text("preview.forecast", count=calls) if changes else "")
        self.apply.setText(text("preview.button.apply", count=changes))
        self.apply.setEnabled(changes > 0)

    def _counted(self, rows: int) -> None:
        if rows:
            self.empty.hide()
            if self.grid.current_row() < 0:
                self._select(rows)
        elif self._request is not None:
            problem = self._request.problem
            self.empty.say(formats.sentence(problem) if problem else text("preview.empty"))
            self._show_fields(-1)

    def _select(self, rows: int) -> None:
        """The record of the last choice; where it stood, when the plan has nothing more to do with it."""
        record, query, place = self._record, self.model.query, min(self._place, rows - 1)
        if record is None:
            self.grid.selectRow(place)
            return

        def take(found: int | None) -> None:
            if query == self.model.shown_query:
                self._record = None
                self.grid.selectRow(place if found is None else found)

        self._ask(lambda: place_of(self._views, query, record), take)

    def _show_fields(self, row: int) -> None:
        """Of the chosen action."""
        self.fields.show_action(self.model.loaded_row(row) if row >= 0 else None)

    def _say_warning(self) -> None:
        """What the run would be told as a whole, such as that it would wait for a confirmation."""
        problem = self._request.problem if self._request is not None else None
        self.warning.setVisible(problem is not None)
        self.warning.setText("" if problem is None else f"▲ {formats.sentence(problem)}")

    def _say_title(self) -> None:
        self.title.setText(text("preview.title", element=text(f"element.{self.element}")))

    def _apply(self) -> None:
        if self._request is not None:
            self.apply_wanted.emit(self._request)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self._say_title()
        self.chips.retranslate()
        self.model.retranslate()
        self.close_button.setText(text("preview.button.close"))
        self.grid.setAccessibleName(self.title.text())
        self.fields.retranslate()
        self._say_warning()
        self._say_forecast()
