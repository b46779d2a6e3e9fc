"""Where the technician explains an answer of Procore that no catalogue holds: once, in both languages (F025)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import LANGUAGES, Language, text
from maestro_procore.model.problems import Problem

PARTS: Final = ("means", "to_do")
LINES: Final = 3
"""Height of a text, in lines."""


class ExplanationEditor(QWidget):
    """The answer as it is recognised, and four texts beside one another. Escape and Cancel change nothing."""

    saved = Signal(object, object, object)
    """The Problem, and per part language → words: what it means, what to do."""
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explanation_editor")
        self._problem: Problem | None = None
        self._intro = PlainLabel(parent=self, wraps=True)
        self._intro.setProperty("dim", True)
        self._answer = PlainLabel(parent=self, wraps=True).can_be_copied()
        self._answer.setObjectName("explained_shape")
        self._written = PlainLabel(parent=self, wraps=True)
        self._written.setProperty("dim", True)
        self._titles: dict[tuple[str, Language], PlainLabel] = {}
        self.words: dict[tuple[str, Language], QPlainTextEdit] = {}
        self.save = QPushButton(self)
        self.save.setObjectName("save_explanation")
        self.save.clicked.connect(self._save)
        self.cancel = QPushButton(self)
        self.cancel.setObjectName("cancel_explanation")
        self.cancel.clicked.connect(self.left)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        for row, part in enumerate(PARTS):
            for column, language in enumerate(LANGUAGES):
                edit = QPlainTextEdit(self)
                edit.setObjectName(f"{part}_{language}")
                edit.setTabChangesFocus(True)
                edit.setMinimumHeight(edit.fontMetrics().lineSpacing() * LINES)
                edit.textChanged.connect(self._show_whether_complete)
                title = PlainLabel(parent=self)
                self._titles[part, language], self.words[part, language] = title, edit
                grid.addWidget(title, 2 * row, column)
                grid.addWidget(edit, 2 * row + 1, column)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self._written, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self._intro)
        layout.addWidget(self._answer)
        layout.addLayout(grid, 1)
        layout.addLayout(buttons)

    def open(self, problem: Problem) -> None:
        """problem: as model.knowledge.unknown_answer finds it; what was written about it before can be changed."""
        self._problem = problem
        self._answer.setText(str(problem.args["shape"]))
        for (part, language), edit in self.words.items():
            held = problem.args.get(part)
            edit.setPlainText(str(held.get(language, "")) if isinstance(held, Mapping) else "")
        self._show_who()
        self._show_whether_complete()
        self.words[PARTS[0], LANGUAGES[0]].setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        self._intro.setText(text("manager.answer.intro"))
        for (part, language), title in self._titles.items():
            title.setText(text(f"manager.answer.{part}.{language}"))
            self.words[part, language].setAccessibleName(title.text())
        self.save.setText(text("action.save"))
        self.cancel.setText(text("action.cancel"))
        self._show_who()

    def _show_who(self) -> None:
        told = self._problem.args if self._problem is not None else {}
        by, at = told.get("by"), told.get("time")
        shown = text("manager.answer.written", by=str(by), time=datetime.fromisoformat(str(at))) if by and at else ""
        self._written.setText(shown)

    def _show_whether_complete(self) -> None:
        """Both languages are wanted: a reader of the other one would get half a message."""
        self.save.setEnabled(all(edit.toPlainText().strip() for edit in self.words.values()))

    def _save(self) -> None:
        if self._problem is not None:
            means, to_do = (
                {language: self.words[part, language].toPlainText() for language in LANGUAGES} for part in PARTS
            )
            self.saved.emit(self._problem, means, to_do)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
