"""Take back a request or a line of it: two buttons, their questions, and why a line cannot be taken back."""

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton, QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.i18n import text
from maestro_procore.model.status import ActionState, RequestState
from maestro_procore.model.undoing import Undo, verdict_of

_DONE = (ActionState.DONE, ActionState.WARNED)


class UndoButtons(QObject):
    """Of the Synchronization Manager; the rules are model/undoing.py."""

    def __init__(self, notice: NoticeBar, orders: Orders, parent: QWidget) -> None:
        super().__init__(parent)
        self._notice, self._orders = notice, orders
        self._request: Any = None
        self._action: Any = None
        self.of_request = QPushButton(parent)
        self.of_request.setObjectName("undo_request")
        self.of_request.clicked.connect(self._ask_for_request)
        self.of_line = QPushButton(parent)
        self.of_line.setObjectName("undo_line")
        self.of_line.clicked.connect(self._ask_for_line)

    def show(self, request: Any, action: Any, *, may: bool) -> None:
        """request: store.views.RequestRow or None; action: the chosen ActionRow of it or None."""
        self._request, self._action = request, action
        has_ended = request is not None and RequestState(request.state).has_ended and not request.is_preview
        has_written = has_ended and bool(request.created or request.updated or request.linked)
        self.of_request.setEnabled(may and has_written)
        is_done = action is not None and action.state in _DONE and verdict_of(action) is not None
        self.of_line.setEnabled(may and has_ended and is_done)

    def retranslate(self) -> None:
        self.of_request.setText(text("manager.undo.request"))
        self.of_request.setToolTip(text("manager.undo.request.tip"))
        self.of_line.setText(text("manager.undo.line"))

    def _ask_for_request(self) -> None:
        request = self._request
        if request is None:
            return
        self._notice.ask(
            "warning",
            text("manager.undo.question.request", number=str(request.number)),
            text("manager.undo.do"),
            lambda: self._orders.undo(request.id),
            text("manager.undo.keep"),
        )

    def _ask_for_line(self) -> None:
        """Asks, or says at once which entry corrects what the program cannot take back."""
        request, action = self._request, self._action
        verdict = verdict_of(action) if action is not None else None
        if request is None or verdict is None:
            return
        if verdict.undo is not Undo.CAN and verdict.why is not None:
            words = " ".join(part for part in (formats.sentence(verdict.why), formats.remedy(verdict.why)) if part)
            self._notice.say("info", words)
            return
        self._notice.ask(
            "warning",
            text("manager.undo.question.line", code=str(action.maestro_key or action.procore_id or "")),
            text("manager.undo.do"),
            lambda: self._orders.undo(request.id, [action.id]),
            text("manager.undo.keep"),
        )
