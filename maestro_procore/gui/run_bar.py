"""The buttons above the lines of an element: synchronize, preview, cancel, how much to compare, text filter."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.flow_layout import FlowLayout
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.status_icons import SIZE
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

# Key, text key of the menu line, shortcut that the menu shows.
SCOPES: tuple[tuple[str, str, str], ...] = (
    ("element", "sync.button.synchronize", "F5"),
    ("selection", "sync.button.synchronize_selection", "Shift+F5"),
    ("everything", "sync.button.synchronize_all", ""),
)


@dataclass(frozen=True)
class RunState:
    """What the buttons depend on. is_busy: a request of the element has not ended."""

    may_synchronize: bool = True
    is_busy: bool = False
    ticked: int = 0


class FilterBox(QLineEdit):
    """Text filter; Escape empties it first."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class RunBar(QWidget):
    """Says what the reader wants; doing it is the page's."""

    synchronize_wanted = Signal(str)
    """element · selection · everything"""
    preview_wanted = Signal()
    cancel_wanted = Signal()
    filter_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_bar")
        self._state = RunState()
        self.menu = QMenu(self)
        self._scopes: dict[str, QAction] = {}
        for scope, _title, keys in SCOPES:
            action = self.menu.addAction("")
            action.setObjectName(f"scope_{scope}")
            action.setData(scope)
            if keys:
                action.setText(keys)
            self._scopes[scope] = action
        self.menu.triggered.connect(self._tell_scope)
        self.synchronize = self._button("synchronize", is_main=True)
        self.synchronize.setMenu(self.menu)
        self.synchronize.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.synchronize.clicked.connect(self._tell_default)
        self.preview = self._button("preview")
        self.preview.clicked.connect(self.preview_wanted)
        self.cancel = self._button("cancel_run")
        self.cancel.clicked.connect(self.cancel_wanted)
        self.full = QCheckBox(self)
        self.full.setObjectName("ignore_last_date")
        self.filter = FilterBox(self)
        self.filter.setObjectName("line_filter")
        self.filter.setClearButtonEnabled(True)
        self._search = self.filter.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.filter.setFixedWidth(220)
        self.filter.textChanged.connect(self.filter_changed)
        self._last_sign = PlainLabel(parent=self)
        self._last = PlainLabel(parent=self, name="last_result")
        self._lay_out()
        self.retranslate()
        self.show_state(self._state)

    def _button(self, name: str, *, is_main: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setProperty("main", is_main)
        button.setIconSize(QSize(SIZE, SIZE))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _lay_out(self) -> None:
        last = QWidget(self)
        beside = QHBoxLayout(last)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(4)
        beside.addWidget(self._last_sign)
        beside.addWidget(self._last)
        layout = FlowLayout(self)
        # Cancel comes and goes: last, so that nothing slides under a hand that is about to press it.
        for widget in (self.synchronize, self.preview, self.full, self.cancel):
            layout.addWidget(widget)
        layout.add_right(last)
        layout.add_right(self.filter)

    def show_state(self, state: RunState) -> None:
        """Enable what can be done now, and let the tooltip say why something cannot."""
        self._state = state
        can_start = state.may_synchronize and not state.is_busy
        self.synchronize.setEnabled(can_start)
        self.preview.setEnabled(can_start)
        self.full.setEnabled(can_start)
        self._scopes["selection"].setEnabled(can_start and state.ticked > 0)
        self._scopes["element"].setEnabled(can_start)
        self._scopes["everything"].setEnabled(state.may_synchronize)
        self.cancel.setVisible(state.is_busy)
        self.cancel.setEnabled(state.may_synchronize)
        self._say()

    def show_last(self, sign: str, words: str, tooltip: str) -> None:
        """Result of the last request of the element. sign: icon name, '' for none."""
        self._last_sign.setVisible(bool(sign))
        if sign:
            self._last_sign.setPixmap(icons.icon(sign).pixmap(SIZE, SIZE))
        self._last.setText(words)
        self._last.setToolTip(tooltip)

    def retranslate(self) -> None:
        """Words of the language and icons of the theme in use."""
        for button, icon in ((self.synchronize, "sync"), (self.preview, "preview"), (self.cancel, "stop")):
            button.setIcon(icons.icon(icon))
        self._search.setIcon(icons.icon("search"))
        self.preview.setText(text("sync.button.preview"))
        self.cancel.setText(text("sync.button.cancel"))
        self.full.setText(text("sync.ignore_last_date"))
        self.full.setToolTip(text("sync.ignore_last_date.tip"))
        self.filter.setPlaceholderText(text("sync.filter.placeholder"))
        self.filter.setAccessibleName(text("sync.filter"))
        self._say()

    def _say(self) -> None:
        ticked = self._state.ticked
        for scope, title, keys in SCOPES:
            self._scopes[scope].setText(f"{text(title)}\t{keys}" if keys else text(title))
        words = text("sync.button.ticked", count=ticked) if ticked else text("sync.button.synchronize")
        tip = "sync.button.synchronize_selection.tip" if ticked else "sync.button.synchronize.tip"
        self.synchronize.setText(words)
        self.synchronize.setToolTip(self._why_not() or text(tip))
        self.preview.setToolTip(self._why_not() or text("sync.button.preview.tip"))
        self.cancel.setToolTip(text("sync.button.cancel.tip"))

    def _why_not(self) -> str:
        if not self._state.may_synchronize:
            return formats.sentence(Problem("CFG-12"))
        return text("sync.busy") if self._state.is_busy else ""

    def _tell_scope(self, action: QAction) -> None:
        self.synchronize_wanted.emit(str(action.data()))

    def _tell_default(self) -> None:
        self.synchronize_wanted.emit("selection" if self._state.ticked else "element")
