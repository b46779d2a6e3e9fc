"""*Explain*: what happened, why, to which record and field, what to do, and Procore's own words (F052)."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.exchange_view import summary
from maestro_procore.gui.line_detail import field_label
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.problem_card import NONE, Verbs, kind_of, remedy_of
from maestro_procore.i18n import has_text, text
from maestro_procore.model import problems
from maestro_procore.model.action_words import name_of
from maestro_procore.model.knowledge import unknown_answer
from maestro_procore.model.problems import Problem, UnknownCode

EXPLAIN = "explain_answer"
LONGEST_RAW = 1200
"""Characters of the raw answer here; all of it is one tab further."""


class ExplainView(QScrollArea):
    """A form of plain words per problem."""

    action_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explain")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._detail: Any = None
        self._request: Any = None
        self._possible: Verbs = NONE

    def show_action(self, detail: Any, possible: Verbs = NONE) -> None:
        """detail: store.views.ActionDetail. possible: the remedies that have a button."""
        self._detail, self._request, self._possible = detail, None, possible
        self.retranslate()

    def show_request(self, request: Any, possible: Verbs = NONE) -> None:
        """request: RequestRow or None."""
        self._detail, self._request, self._possible = None, request, possible
        self.retranslate()

    def retranslate(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(10)
        found = self._problems()
        for problem in found:
            layout.addLayout(self._form(problem, inside))
        if not found:
            quiet = PlainLabel(self._nothing(), inside, wraps=True)
            quiet.setProperty("dim", True)
            layout.addWidget(quiet)
        layout.addStretch(1)
        self.setWidget(inside)

    @property
    def unknown_answer(self) -> Problem | None:
        """The answer that can be explained here, None when there is none."""
        return unknown_answer(self._problems())

    def _problems(self) -> tuple[Problem, ...]:
        if self._detail is not None:
            return tuple(self._detail.action.problems)
        if self._request is not None and self._request.problem is not None:
            return (self._request.problem,)
        return ()

    def _nothing(self) -> str:
        return text("manager.explain.nothing" if self._detail is not None else "manager.empty.detail")

    def _form(self, problem: Problem, parent: QWidget) -> QFormLayout:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(5)
        for name, words in self._parts(problem):
            if words:
                title = PlainLabel(text(f"manager.explain.{name}"), parent)
                title.setAlignment(Qt.AlignmentFlag.AlignTop)  # beside the first of several lines
                title.setProperty("dim", True)
                value = PlainLabel(words, parent, wraps=True).can_be_copied()
                value.setObjectName(f"explain_{name}")
                if name == "what":
                    font = value.font()
                    font.setBold(True)
                    value.setFont(font)
                form.addRow(title, value)
        for button in self._buttons(problem, parent):
            form.addRow(PlainLabel(parent=parent), button)
        return form

    def _parts(self, problem: Problem) -> list[tuple[str, str]]:
        try:
            known = problems.definition(problem.code)
        except UnknownCode:
            known = None
        kind = {"E": "error", "W": "warning", "I": "information"}[kind_of(problem).value]
        phase = text(f"state.phase.{known.phase.value}") if known is not None else ""
        return [
            ("what", formats.sentence(problem)),
            ("cause", formats.cause(problem)),
            ("record", self._record()),
            ("field", self._field(problem)),
            ("remedy", formats.remedy(problem)),
            ("accepted", self._accepted_by(problem)),
            ("who", text(f"who.{known.who}") if known is not None and known.who else ""),
            ("phase", phase),
            ("code", f"{problem.code} – {text(f'state.severity.{kind}')}"),
            ("raw", self._raw()),
        ]

    def _record(self) -> str:
        if self._detail is None:
            return ""
        action = self._detail.action
        key = f"element.{action.element}.record"
        code = str(action.maestro_key or action.procore_id or formats.NOTHING)
        words = text(key, code=code) if has_text(key) else code
        return f"{words} – {formats.one_line(name_of(action))}" if action.name else words

    def _field(self, problem: Problem) -> str:
        named = problem.args.get("field") or problem.args.get("fields") or []
        names = named if isinstance(named, list) else [named]
        element = str(problem.args.get("element") or (self._detail.action.element if self._detail else ""))
        return ", ".join(field_label(element, str(name)) for name in names)

    def _accepted_by(self, problem: Problem) -> str:
        """Who sent the record all the same (F016)."""
        return str(self._detail.action.accepted_by) if self._detail is not None and problem.is_condition else ""

    def _raw(self) -> str:
        """The call in one line and the answer as received, cut."""
        exchange = self._detail.exchange if self._detail is not None else None
        if exchange is None:
            return ""
        answer = formats.pretty(exchange.answer_text) or exchange.error
        cut = answer if len(answer) <= LONGEST_RAW else answer[:LONGEST_RAW] + " …"
        return f"{summary(exchange)}\n{cut}".strip()

    def _buttons(self, problem: Problem, parent: QWidget) -> list[QPushButton]:
        """The remedy; and for an answer that no catalogue holds, to explain it."""
        wanted = {"remedy": remedy_of(problem), "explain_answer": EXPLAIN if unknown_answer([problem]) else ""}
        buttons = []
        for name, action in wanted.items():
            if action in self._possible:
                button = QPushButton(text(self._possible[action]), parent)
                button.setObjectName(name)
                button.clicked.connect(lambda _=False, action=action: self.action_wanted.emit(action))
                buttons.append(button)
        return buttons
