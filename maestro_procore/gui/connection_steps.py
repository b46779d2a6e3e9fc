"""The way to a working connection as one line of state: sign in, test, succeeded, or what went wrong and Try again.

Its two main states are also the pictures of the help (F154), made from this very widget.
"""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from maestro_procore.gui import formats, icons
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.status_icons import SIZE
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

SIGNS = {
    "idle": "info",
    "signing_in": "hourglass",
    "typed": "hourglass",
    "pasted": "key",
    "testing": "hourglass",
    "succeeded": "check",
    "failed": "circle-error",
}
"""State → its icon. signing_in: Procore's own page is open. typed, pasted: a code goes to another device or comes."""
PICTURE_WIDTH = 460


class ConnectionSteps(QFrame):
    """What happens now, in words; under it as whom changes will appear (F210)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("connection_steps")
        self.state = "idle"
        self._values: dict[str, Any] = {}
        self._problem: Problem | None = None
        self.sign = PlainLabel(parent=self)
        self.title = PlainLabel(parent=self, wraps=True, name="connection_state").can_be_copied()
        self.detail = PlainLabel(parent=self, wraps=True, name="connection_detail").can_be_copied()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(8)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.show_state("idle", platform="procore")

    def show_state(self, state: str, problem: Problem | None = None, **values: Any) -> None:
        """state: of SIGNS. values: platform; name of who it acts as; code and address of a typed code."""
        self.state, self._problem = state, problem
        self._values = {**self._values, **values}
        self.retranslate()

    def retranslate(self) -> None:
        self.sign.setPixmap(icons.icon(SIGNS[self.state]).pixmap(SIZE, SIZE))
        platform = text(f"connection.platform.{self._values['platform']}")
        self.title.setText(self._title(platform))
        self.detail.setText(self._detail(platform))
        self.detail.setVisible(bool(self.detail.text()))
        bold = self.title.font()
        bold.setBold(self.state in ("succeeded", "failed", "signing_in"))
        self.title.setFont(bold)
        self.setAccessibleName(f"{self.title.text()} {self.detail.text()}".strip())

    def _title(self, platform: str) -> str:
        if self.state == "failed" and self._problem is not None:
            return formats.sentence(self._problem)
        if self.state == "succeeded":
            return text("connection.test.succeeded")
        if self.state == "signing_in":
            return text("connection.step.signing_in", platform=platform)
        return text(f"connection.step.{self.state}")

    def _detail(self, platform: str) -> str:
        if self.state == "failed" and self._problem is not None:
            return formats.remedy(self._problem)
        if self.state == "succeeded":
            return text("connection.acts_as", name=self._values.get("name", ""))
        if self.state == "signing_in":
            return text("connection.step.signing_in.detail", platform=platform)
        if self.state == "typed":
            return text("connection.step.typed.detail", code=self._values["code"], address=self._values["address"])
        return ""


def picture(state: str, name: str = "") -> QPixmap:
    """One state as the reader sees it, for the help."""
    frame = ConnectionSteps()
    frame.show_state(state, platform="procore", name=name or text("connection.picture.name"))
    frame.setFixedSize(PICTURE_WIDTH, frame.heightForWidth(PICTURE_WIDTH))
    drawn = frame.grab()
    frame.deleteLater()
    return drawn
