"""The Procore records among which a person chooses when several look like the same one (SUP-04)."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import current_language, has_text, percent, text

_FAMILIES = {"projects": "sync.choose.project"}
COLUMNS = ("name", "address", "city", "phone")
RIGID = frozenset({COLUMNS.index("phone"), len(COLUMNS)})
"""A telephone number or a percentage with a gap in it says nothing."""


class CandidateList(QWidget):
    """A small table and two verbs: link to the chosen one, or create."""

    linked = Signal(str)
    """Procore id, as text: Qt's int ends at 2,147,483,647 and Procore's ids do not."""
    created = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._element = self._code = ""
        self._candidates: Sequence[Mapping[str, Any]] = ()
        self._question = PlainLabel(parent=self, wraps=True)
        self.table = FieldGrid("candidates", self)
        self.table.share_width(RIGID)
        # Beginning and end of a name or an address tell more than the beginning alone.
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.opened.connect(self._link)
        self.link = QPushButton(self)
        self.link.setObjectName("link_candidate")
        self.link.clicked.connect(self._link)
        self.create_new = QPushButton(self)
        self.create_new.setObjectName("create_new")
        self.create_new.clicked.connect(self.created)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.link)
        buttons.addWidget(self.create_new)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._question)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    def show_candidates(self, element: str, code: str, candidates: Sequence[Mapping[str, Any]]) -> None:
        """candidates: [{procore_id, name, address, city, phone, likeness in percent where known}]."""
        self._element, self._code, self._candidates = element, code, candidates
        has_likeness = any(c.get("likeness") is not None for c in candidates)
        titles = [_title(element, name) for name in COLUMNS]
        if has_likeness:
            titles.append(text("sync.choose.likeness"))
        lines = []
        for candidate in candidates:
            cells = tuple(formats.field_value(candidate.get(name)) for name in COLUMNS)
            score = (_percent(candidate.get("likeness")),) if has_likeness else ()
            lines.append(FieldLine(cells + score))
        self.table.show_lines(titles, lines)
        if lines and self.table.currentRow() < 0:
            self.table.selectRow(0)
        self.retranslate()

    def retranslate(self) -> None:
        family = _FAMILIES.get(self._element, "sync.choose")
        self._question.setText(text(f"{family}.title", code=self._code) if self._code else "")
        self.link.setText(text(f"{family}.link_record"))
        self.create_new.setText(text(f"{family}.create_record"))
        self.table.setAccessibleName(text("sync.detail.candidates"))

    def _link(self, *_: object) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._candidates):
            self.linked.emit(str(self._candidates[row]["procore_id"]))


def _title(element: str, name: str) -> str:
    key = f"field.{element}.{name}.procore"
    return text(key) if has_text(key) else name


def _percent(value: object) -> str:
    return "" if value is None else percent(current_language(), round(float(str(value))))
