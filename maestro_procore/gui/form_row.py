"""One field of a form: label, field, and under it what is wrong with it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text


class FormRow(QWidget):
    """Label above, field, and a line below that is empty while all is well (no dialogs)."""

    def __init__(self, key: str, field: QWidget, parent: QWidget | None = None, *, is_required: bool = False) -> None:
        """key: text of the label; KEY.tip is the tooltip when there is one."""
        super().__init__(parent)
        self._key, self.field, self._is_required = key, field, is_required
        self.label = PlainLabel(parent=self)
        self.label.setBuddy(field)
        self.problem = PlainLabel(parent=self, wraps=True)
        self.problem.setProperty("problem", True)
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.label)
        layout.addWidget(field)
        layout.addWidget(self.problem)

    @property
    def is_wrong(self) -> bool:
        return not self.problem.isHidden()

    def say_wrong(self, words: str) -> None:
        """Empty words: all is well."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        for widget in (self.field, *self.field.findChildren(QLineEdit)):
            widget.setProperty("wrong", bool(words))
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.describe()

    def focus(self) -> None:
        """Where the reader corrects it."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(self.field, QLineEdit):
            self.field.selectAll()
        elif isinstance(self.field, QComboBox) and (line := self.field.lineEdit()) is not None:
            line.selectAll()

    def retranslate(self) -> None:
        words = text(self._key)
        self.label.setText(text("config.required.mark", label=words) if self._is_required else words)
        name = text("config.required.name", label=words) if self._is_required else words
        self.field.setAccessibleName(name)
        if (tip := _tip(self._key)) and not self.field.property("own_tip"):
            self.field.setToolTip(tip)
        self.describe()

    def describe(self) -> None:
        """Call it when the tooltip changed. Screen readers hear what is wrong when they come to the field."""
        self.field.setAccessibleDescription(self.problem.text() or self.field.toolTip())


def _tip(key: str) -> str:
    from maestro_procore import i18n

    return text(f"{key}.tip") if i18n.has_text(f"{key}.tip") else ""
