"""What the steps of the wizard *Add project* share: the draft that they fill in, and how they ask the outside."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from maestro_procore.engine.file_binding import MIRROR, NEW
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, asking
from maestro_procore.i18n import text

log = logging.getLogger(__name__)


@dataclass
class Draft:
    """What was chosen so far. projects: Procore's number → name. place: file_ports.FolderChoice.

    targets: engine.file_choosing.TargetFolder of every tool. ids: numbers of the projects once they are added.
    """

    projects: dict[int, str] = field(default_factory=dict)
    connection: int = 0
    """Procore connection that they go through; 0 is that of Configuration."""
    tools: tuple[str, ...] = ("documents", "photos")
    attaches: bool = False
    """What people add to a day in the drive goes to the Daily Log (C5)."""
    private: bool = False
    """Records that are not open to everybody in Procore are copied too."""
    account: str = ""
    place: Any = None
    drive_kind: str = "business"
    layout: str = NEW
    option: str = MIRROR
    targets: tuple[Any, ...] = ()
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An answer that did not come: why, in the reader's language when it is asked for."""

    error: Exception

    @property
    def words(self) -> str:
        problem = getattr(self.error, "problem", None)
        if problem is None:
            return text("wizard.failed")  # the log has the trace
        return " ".join(part for part in (formats.sentence(problem), formats.remedy(problem)) if part)


class Questions(QObject):
    """Asks Procore and Microsoft in a thread with a loop of its own; the window never waits.

    An answer to a question that was put again meanwhile is dropped.
    """

    def __init__(self, ask: Ask, parent: QObject) -> None:
        super().__init__(parent)
        self._ask = asking(self, ask)
        self._newest: dict[str, int] = {}

    def put(self, topic: str, question: Callable[[], Awaitable[Any]], then: Callable[[Any], object]) -> None:
        """then: gets the answer, or a Failure. topic: a newer question of the same topic takes its place."""
        number = self._newest.get(topic, 0) + 1
        self._newest[topic] = number

        async def awaited() -> Any:
            return await question()

        def answer() -> Any:
            try:
                return asyncio.run(awaited())
            except Exception as error:  # the edge of a thread: said on the page
                log.warning("a question of the wizard failed", exc_info=True)
                return Failure(error)

        def take(found: Any) -> None:
            if self._newest[topic] == number:
                then(found)

        self._ask(answer, take)

    def drop(self, topic: str) -> None:
        """What is still on its way about a topic is of no use any more."""
        self._newest[topic] = self._newest.get(topic, 0) + 1


class WizardPage(QWidget):
    """One step. It shows the draft, changes it, and says whether one may go on."""

    changed = Signal()
    """Something was chosen or came in: what the buttons allow may be another."""
    name = ""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"wizard_{self.name}")
        self.draft = draft
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    @property
    def is_ready(self) -> bool:
        """Whether *Next* leads on."""
        return True

    def enter(self) -> None:
        """The reader came to this step."""

    def refresh(self) -> None:
        """The journal changed."""

    def retranslate(self) -> None:
        """The language changed."""
