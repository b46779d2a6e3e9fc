"""The Procore records among which a person chooses when several look like the same one (SUP-04)."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.line_table import RIGID_WIDTHS, currency_of
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import current_language, has_text, percent, text
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Field

_FAMILIES = {"projects": "sync.choose.project", "suppliers": "sync.choose"}
_ANY_RECORD = "sync.choose.record"
MOST = 4
"""Fields of a candidate that its row shows."""


def columns_of(element: str) -> list[Field]:
    """The fields by which a person tells records of the element apart, as its page shows them; without the number,
    which only linked ones carry."""
    return [field for field in MAPS[element].fields if field.shown and not field.is_identity][:MOST]


def rigid_of(element: str) -> frozenset[int]:
    """Columns that are never cut: a number, a date or the likeness with a gap in it says nothing."""
    fields = columns_of(element)
    return frozenset(place for place, field in enumerate(fields) if field.kind in RIGID_WIDTHS) | {len(fields)}


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
        fields = columns_of(element)
        titles = [_title(element, field.name) for field in fields]
        if has_likeness:
            titles.append(text("sync.choose.likeness"))
        lines = []
        for candidate in candidates:
            currency = currency_of(candidate)
            cells = tuple(formats.field_value(candidate.get(f.name), f.kind, currency) for f in fields)
            score = (_percent(candidate.get("likeness")),) if has_likeness else ()
            lines.append(FieldLine(cells + score))
        self.table.share_width(rigid_of(element))
        self.table.show_lines(titles, lines)
        if lines and self.table.currentRow() < 0:
            self.table.selectRow(0)
        self.retranslate()

    def retranslate(self) -> None:
        family = _FAMILIES.get(self._element, _ANY_RECORD)
        record = text(f"element.{self._element}.record", code=self._code) if self._code else ""
        self._question.setText(text(f"{family}.title", code=self._code, record=record) if record else "")
        self.link.setText(text(f"{family}.link_record"))
        self.create_new.setText(text(f"{family}.create_record"))
        self.table.setAccessibleName(text("sync.detail.candidates"))

    def _link(self, *_: object) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._candidates):
            self.linked.emit(str(self._candidates[row]["procore_id"]))


def _title(element: str, name: str) -> str:
    """Procore's word for the field, else maestro*'s."""
    keys = (f"field.{element}.{name}.procore", f"field.{element}.{name}")
    return next((text(key) for key in keys if has_text(key)), name)


def _percent(value: object) -> str:
    return "" if value is None else percent(current_language(), round(float(str(value))))
