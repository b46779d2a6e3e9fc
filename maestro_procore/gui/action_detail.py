"""Everything about one action, for the Maestro technician: why, what was sent, how often, what changed (F041, F052)."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.exchange_view import ExchangeView
from maestro_procore.gui.explain_view import EXPLAIN, ExplainView
from maestro_procore.gui.explanation_editor import ExplanationEditor
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.line_detail import field_kind, field_label
from maestro_procore.gui.preview_fields import result_word
from maestro_procore.gui.problem_card import NONE, Verbs
from maestro_procore.i18n import NBSP, text
from maestro_procore.model.kinds import MAPS

TABS = ("explain", "exchange", "attempts", "fields", "answer")


class ActionDetail(QTabWidget):
    """Four tabs over one action; over a request alone, its own problem. A fifth while an answer is being explained."""

    action_wanted = Signal(str)
    explained = Signal(object, object, object)
    """Problem, what it means and what to do per language, as commands.knowledge.explain wants them."""

    def __init__(self, views: Any, ask: Ask, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("action_detail")
        self.setDocumentMode(True)
        self._views, self._ask, self._clock = views, asking(self, ask), clock
        self._action_id: int | None = None
        self._detail: Any = None
        self._calls: list[Any] = []
        self.explain = ExplainView(self)
        self.explain.action_wanted.connect(self._want)
        self.exchange = ExchangeView(self)
        self.attempts = FieldGrid("attempts", self)
        self.attempts.currentCellChanged.connect(self._show_call)
        self.fields = FieldGrid("fields_before_after", self)
        self.fields.share_width(frozenset({0}), title_share=0.6)
        self.answer = ExplanationEditor(self)
        self.answer.saved.connect(self.explained)
        self.answer.left.connect(self.close_answer)
        for widget in (self.explain, self.exchange, self.attempts, self.fields, self.answer):
            self.addTab(widget, "")
        self.setTabVisible(TABS.index("answer"), False)
        self.retranslate()

    def show_request(self, request: Any, possible: Verbs = NONE) -> None:
        """No action is chosen: the request's own problem, if it has one. possible: the remedies that have a button."""
        self._action_id, self._detail = None, None
        self.close_answer()
        self.explain.show_request(request, possible)
        self.exchange.show_exchange(None)
        self._show_fields()
        self._read_calls(request.id if request is not None else None)

    def show_action(self, action_id: int, possible: Verbs = NONE) -> None:
        """Read and show that action."""
        if action_id != self._action_id:
            self.close_answer()
        self._action_id = action_id
        self._ask(lambda: self._views.action(action_id), lambda detail: self._take(action_id, detail, possible))

    def _take(self, action_id: int, detail: Any, possible: Verbs) -> None:
        if action_id != self._action_id or detail is None or detail == self._detail:
            return
        self._detail = detail
        self.explain.show_action(detail, possible)
        self.exchange.show_exchange(detail.exchange)
        self._show_fields()
        self._read_calls(detail.action.request_id)

    # --- an answer that nobody has explained yet ---------------------------------------------------------

    def _want(self, remedy: str) -> None:
        if remedy != EXPLAIN:
            self.action_wanted.emit(remedy)
        elif (problem := self.explain.unknown_answer) is not None:
            self.setTabVisible(TABS.index("answer"), True)
            self.setCurrentWidget(self.answer)
            self.answer.open(problem)

    def close_answer(self) -> None:
        """Back to the explanation, with what was written shown in it."""
        place = TABS.index("answer")
        if self.isTabVisible(place):
            self.setCurrentWidget(self.explain)
            self.setTabVisible(place, False)

    # --- attempts ---------------------------------------------------------------------------------------

    def _read_calls(self, request_id: str | None) -> None:
        if request_id is None:
            self._take_calls([])
        else:
            self._ask(lambda: self._views.exchanges(request_id), self._take_calls)

    def _take_calls(self, calls: Sequence[Any]) -> None:
        """The calls that carried this action: same method and address; all of the request without an action."""
        own = self._detail.exchange if self._detail is not None else None
        if self._detail is not None and own is None:
            calls = []
        self._calls = [c for c in calls if own is None or (c.method, c.path) == (own.method, own.path)]
        titles = [text(f"manager.column.{name}") for name in ("time", "method", "http_status", "duration", "attempt")]
        lines = []
        for call in self._calls:
            status = str(call.status) if call.status is not None else call.error or formats.NOTHING
            took = f"{formats.count(call.milliseconds)}{NBSP}ms"
            lines.append(
                FieldLine((formats.exact(call.at), f"{call.method} {call.path}", status, took, str(call.attempt)))
            )
        self.attempts.blockSignals(True)
        self.attempts.show_lines(titles, lines)
        self.attempts.blockSignals(False)
        mode = self.attempts.horizontalHeader().ResizeMode
        for column in (2, 3, 4):
            self.attempts.horizontalHeader().setSectionResizeMode(column, mode.ResizeToContents)

    def _show_call(self, row: int, *_: int) -> None:
        """The chosen attempt is the one that *Request and answer* shows."""
        if 0 <= row < len(self._calls):
            exchange_id = self._calls[row].id
            self._ask(lambda: self._views.exchange(exchange_id), self.exchange.show_exchange)

    # --- fields -----------------------------------------------------------------------------------------

    def _show_fields(self) -> None:
        titles = [text(f"manager.fields.{name}") for name in ("field", "before", "after", "agreed", "result")]
        self.fields.show_lines(titles, field_lines(self._detail) if self._detail is not None else [])

    def retranslate(self) -> None:
        for place, name in enumerate(TABS):
            self.setTabText(place, text(f"manager.tab.{name}"))
        self.setAccessibleName(text("action.details"))
        self.attempts.setAccessibleName(text("manager.tab.attempts"))
        self.fields.setAccessibleName(text("manager.tab.fields"))
        self.exchange.retranslate()
        self.explain.retranslate()
        self.answer.retranslate()
        self._show_fields()
        self._take_calls(self._calls)


def field_lines(detail: Any) -> list[FieldLine]:
    """Field · before · after · last agreed · result, for what was written to each side."""
    element = detail.action.element
    differences = {str(d["field"]): d for d in detail.action.differences}
    lines = []
    for side, written in (("maestro", detail.maestro_write), ("procore", detail.procore_write)):
        before, after = _side(detail.before, side), _side(detail.after, side)
        names = dict.fromkeys([*(written or {}), *before, *after])
        for column in names:
            name = _field_of(element, side, column)
            new = after.get(column, (written or {}).get(column))
            difference = differences.get(name, {})
            label = f"{text(f'manager.fields.{side}')} – {field_label(element, name)}"
            kind = field_kind(element, name)
            cells = [formats.field_value(v, kind) for v in (before.get(column), new, difference.get("agreed"))]
            marked = frozenset({1, 2}) if cells[0] != cells[1] else frozenset[int]()
            lines.append(FieldLine((label, *cells, result_word(difference)), marked))
    return lines


def _side(image: Any, side: str) -> Mapping[str, Any]:
    held = (image or {}).get(side)
    return held if isinstance(held, Mapping) else {}


def _field_of(element: str, side: str, column: str) -> str:
    """The mapping's word for a column of that side; the column itself when it is none of the mapping's."""
    fields = MAPS[element].fields if element in MAPS else ()
    return next((f.name for f in fields if (f.maestro if side == "maestro" else f.procore) == column), column)
