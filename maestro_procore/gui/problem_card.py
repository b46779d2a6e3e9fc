"""One message in full: what happened, why, what to do, who can do it, and a button where the program can help."""

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.status_icons import SIZE
from maestro_procore.i18n import current_language, text
from maestro_procore.model import problems
from maestro_procore.model.problems import Kind, Problem, UnknownCode

SIGNS = {Kind.ERROR: "circle-error", Kind.WARNING: "triangle-warning", Kind.INFORMATION: "info"}
SEVERITIES = {Kind.ERROR: "error", Kind.WARNING: "warning", Kind.INFORMATION: "information"}
NOT_CATALOGUED = "SRV-10"

Verbs = Mapping[str, str]
"""Remedies that the place where a message stands can carry out → text key of the button."""
NONE: Final[Verbs] = {}


def kind_of(problem: Problem) -> Kind:
    """A code of a newer program counts as an error: better too loud than not seen."""
    try:
        return problem.kind
    except UnknownCode:
        return Kind.ERROR


def remedy_of(problem: Problem) -> str:
    """What the catalogue says a button could do about it, '' for nothing."""
    try:
        return problems.action(problem) or ""
    except UnknownCode:
        return ""


class ProblemCard(QFrame):
    """Shows one problem; `action_wanted` names the remedy that the reader wants carried out."""

    action_wanted = Signal(str, object)
    """The remedy, and the Problem that it belongs to."""

    def __init__(self, problem: Problem, possible: Verbs = NONE, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problem_card")
        kind = kind_of(problem)
        sign = PlainLabel(parent=self)
        sign.setPixmap(icons.icon(SIGNS[kind]).pixmap(SIZE, SIZE))
        sign.setAccessibleName(text(f"state.severity.{SEVERITIES[kind]}"))
        words = QVBoxLayout()
        words.setSpacing(3)
        self._problem = problem
        self.title = self._line(words, formats.sentence(problem), is_bold=True)
        self.title.setAccessibleName(f"{text(f'state.severity.{SEVERITIES[kind]}')}: {self.title.text()}")
        self._line(words, formats.cause(problem))
        self._line(words, formats.remedy(problem))
        self._line(words, self._small_print(), is_dim=True)
        words.addLayout(self._buttons(possible))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)

    def _line(self, layout: QVBoxLayout, words: str, *, is_bold: bool = False, is_dim: bool = False) -> PlainLabel:
        label = PlainLabel(words, self, wraps=True).can_be_copied()
        label.setProperty("dim", is_dim)
        if is_bold:
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        label.setVisible(bool(words))
        layout.addWidget(label)
        return label

    def _small_print(self) -> str:
        """Code, who can put it right, and whether the text is Procore's own."""
        parts = [self._problem.code]
        if self._problem.code == NOT_CATALOGUED:
            parts.append(text("sync.detail.not_catalogued"))
        try:
            who = problems.who(self._problem)
        except UnknownCode:
            who = None
        if who:
            parts.append(text("who.can_fix", who=text(f"who.{who}")))
        return "  ·  ".join(parts)

    def _buttons(self, possible: Verbs) -> FlowLayout:
        action = remedy_of(self._problem)
        row = FlowLayout(gap=6)
        if action in possible:
            button = QPushButton(text(possible[action]), self)
            button.setObjectName("remedy")
            button.clicked.connect(lambda: self.action_wanted.emit(action, self._problem))
            row.addWidget(button)
        copy = QPushButton(text("action.copy_message"), self)
        copy.setObjectName("copy_message")
        copy.setFlat(True)
        copy.clicked.connect(self._copy)
        row.addWidget(copy)
        return row

    def _copy(self) -> None:
        said = problems.said(self._problem, current_language())
        QApplication.clipboard().setText(f"{self._problem.code} – {said}")


class ProblemList(QScrollArea):
    """All messages of a record, the gravest first; a quiet line when there is none."""

    action_wanted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.cards: list[ProblemCard] = []

    def show_problems(self, found: Sequence[Problem], nothing: str, possible: Verbs = NONE) -> None:
        """nothing: what to say when the list is empty. possible: the remedies that have a button."""
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.cards = []
        for problem in sorted(found, key=lambda p: list(SIGNS).index(kind_of(p))):
            card = ProblemCard(problem, possible, inside)
            card.action_wanted.connect(self.action_wanted)
            layout.addWidget(card)
            self.cards.append(card)
        if not found:
            quiet = PlainLabel(nothing, inside, wraps=True)
            quiet.setContentsMargins(8, 8, 8, 8)
            quiet.setProperty("dim", True)
            layout.addWidget(quiet)
        layout.addStretch(1)
        self.setWidget(inside)
