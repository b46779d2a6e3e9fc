"""The right half of the preview: the fields of the chosen action, whose value would stand, and the lines of a document.

A record that would be created shows what both sides would hold. A choice goes out by signal.
"""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.line_comparison import LineComparison, Sides, lines_field
from maestro_procore.gui.line_detail import field_kind, field_label
from maestro_procore.gui.line_table import currency_of
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.side_choice import SideChoice
from maestro_procore.i18n import has_text, text
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.undoing import verdict_of

COLUMNS: Final = ("field", "maestro", "agreed", "procore", "result")
MAESTRO, PROCORE, CHOICE = 1, 3, 5
VALUES: Final = frozenset({1, 2, 3})


class PreviewFields(QWidget):
    """Fields above, lines below where the record has any."""

    chosen = Signal(str, str, str)
    """maestro* key, field, choice: as engine.commands.choose wants them."""

    def __init__(self, views: Any, ask: Ask, *, may_choose: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views, self._ask, self._may_choose = views, asking(self, ask), may_choose
        self._action: Any = None
        self.about = PlainLabel(parent=self, wraps=True, name="preview_about")
        self.fields = FieldGrid("preview_fields", self)
        self.fields.share_width(frozenset({CHOICE}), title_share=0.6)
        self.lines = LineComparison("preview_lines", self)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.fields)
        split.addWidget(self.lines)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.about)
        layout.addWidget(split, 1)
        self.lines.hide()

    def show_action(self, action: Any) -> None:
        """action: a store.views.ActionRow; None for none."""
        self._action = action
        self.about.setText(_about(action))
        if action is None:
            self._show({}, {})
            return
        self._ask(lambda: self._views.action(action.id), lambda detail: self._take(action, detail))

    def _take(self, action: Any, detail: Any) -> None:
        if action is self._action and detail is not None:
            self._show(*(_held(detail.after, side) for side in ("maestro", "procore")))

    def _show(self, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
        """mine, theirs: what each side would hold, field by field."""
        action, rows = self._action, []
        element = action.element if action is not None else ""
        differences = list(action.differences) if action is not None else []
        currency = currency_of(theirs or mine)
        for each in differences or _as_new(element, mine, theirs):
            name = str(each["field"])
            kind = field_kind(element, name)
            values = [each.get(side) for side in ("maestro", "agreed", "procore")]
            cells = [formats.named_value(name, value, kind, currency) for value in values]
            marked = frozenset({MAESTRO, PROCORE}) if differences else frozenset[int]()
            whole = VALUES if kind in formats.NUMBERS else frozenset[int]()
            rows.append(FieldLine((field_label(element, name), *cells, result_word(each)), marked, whole))
        may_choose = self._may_choose and bool(differences) and bool(action.maestro_key) and element in ELEMENTS
        titles = [text(f"preview.{name}") for name in COLUMNS]
        if may_choose:
            titles.append(text("sync.detail.choice"))
            rows = [FieldLine((*row.cells, ""), row.marked, row.whole) for row in rows]
        self.fields.show_lines(titles, rows)
        for place, each in enumerate(differences if may_choose else ()):
            self.fields.setCellWidget(place, CHOICE, self._choice(action.maestro_key, str(each["field"])))
        self.fields.share()
        self._show_lines(element, differences, mine, theirs, currency)

    def _choice(self, key: str, name: str) -> SideChoice:
        buttons = SideChoice(name, field_label(self._action.element, name), is_enabled=True, parent=self.fields)
        buttons.chosen.connect(lambda choice: self.chosen.emit(key, name, choice))
        return buttons

    def _show_lines(
        self, element: str, differences: list[Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], currency: str
    ) -> None:
        """As they are now where they differ; else as both sides would hold them."""
        name = lines_field(MAPS[element]) if element in MAPS else None
        each = next((d for d in differences if d["field"] == name), None)
        sides = Sides()
        if each is not None:
            sides = Sides(each.get("maestro"), each.get("agreed"), each.get("procore"), currency)
        elif name is not None and not differences:
            sides = Sides(mine.get(name), None, theirs.get(name), currency)
        self.lines.show_sides(sides)
        self.lines.setVisible(not sides.is_empty)

    def retranslate(self) -> None:
        """Every text again, in the language that was just chosen."""
        self.fields.setAccessibleName(text("sync.detail.fields"))
        self.lines.retranslate()
        self.show_action(self._action)


def _about(action: Any) -> str:
    """The record, whether what would be written can be taken back, and if not, why and what to do then."""
    if action is None:
        return ""
    key = f"element.{action.element}.record"
    code = str(action.maestro_key or action.procore_id or "")
    record = text(key, code=code) if has_text(key) else code
    verdict = verdict_of(action)
    if verdict is None:
        return record
    undo = text("preview.undo", undo=text(f"manager.undo.{verdict.undo.value}"))
    why = f"{formats.sentence(verdict.why)} {formats.remedy(verdict.why)}" if verdict.why is not None else ""
    return "  ·  ".join(words for words in (record, undo, why) if words)


def _held(image: Any, side: str) -> Mapping[str, Any]:
    held = (image or {}).get(side)
    return held if isinstance(held, Mapping) else {}


def _as_new(element: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of a record that one side does not have yet, in the order of the mapping."""
    names = [field.name for field in MAPS[element].fields] if element in MAPS else []
    return [
        {"field": name, "maestro": mine.get(name), "procore": theirs.get(name)}
        for name in names
        if mine.get(name) is not None or theirs.get(name) is not None
    ]


def result_word(difference: Mapping[str, Any]) -> str:
    """What would become of the field, and whether a person said so."""
    key = f"manager.fields.result.{difference.get('result', '')}"
    word = text(key) if has_text(key) else ""
    return text("manager.fields.chosen", result=word) if word and difference.get("chosen") else word
