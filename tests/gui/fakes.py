"""Small real stand-ins for what the frame and the Configuration form meet: company, Procore, tray, engine, time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

from maestro_procore.engine.commands import Commands, Rights
from maestro_procore.model.problems import Problem
from maestro_procore.ports import CallFailed, CompanyFacts, Trouble
from maestro_procore.procore.connection import check_url
from maestro_procore.store.secrets import MemorySecrets
from tests.gui.journal_desk import NOW, JournalDesk

SECRET = "s3cr3t-of-the-client"
FACTS = CompanyFacts(1, "Constructions Beauséjour inc.", "BEAU", "production", "fr", "CAD")
PROCORE_COMPANIES = [
    {"id": 101, "name": "Beauséjour", "is_active": True},
    {"id": 102, "name": "Beauséjour Ontario", "is_active": True},
    {"id": 103, "name": "Closed", "is_active": False},
]


class StillClock:
    def now(self) -> datetime:
        return NOW

    async def nap(self, length: timedelta) -> None:
        await asyncio.sleep(0)


class Maestro:
    """A maestro* company with two templates."""

    def company(self) -> CompanyFacts:
        return FACTS

    def user(self, code: str) -> dict[str, Any] | None:
        return None

    def rows(self, table: str, **_: Any) -> list[dict[str, Any]]:
        names = {1: "Bâtiment", 2: "Génie civil"}
        return [{"template_no": n, "description": d} for n, d in names.items()] if table == "m_template" else []


@dataclass
class Procore:
    """Knows one pair of credentials; refuses every other."""

    asked: list[str] = field(default_factory=list)
    secret: str = SECRET
    given: str = ""

    async def aclose(self) -> None:
        """Nothing was opened."""

    async def me(self) -> dict[str, Any]:
        self._sign_in("me")
        return {"id": 7, "login": "service@example.com"}

    async def companies(self) -> list[dict[str, Any]]:
        self._sign_in("companies")
        return PROCORE_COMPANIES

    def _sign_in(self, question: str) -> None:
        self.asked.append(question)
        if self.given != self.secret:
            raise CallFailed(Trouble.SIGN_IN, Problem("CFG-03", {"name": "Procore"}))


class NoEngine:
    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()


NOBODY: Any = object()
"""Stands for the platforms where a test asks none of them."""


@dataclass
class WindowDesk:
    """engine.desk.Desk on a test's journal, with the real commands of the Configuration form."""

    journal_desk: JournalDesk
    commands: Any
    procore: Procore
    rights: Any
    facts: CompanyFacts = FACTS
    user: str = "mlavoie"
    environment: str = "production"
    is_closed: bool = False
    engine: Any = None

    @property
    def views(self) -> Any:
        return self.journal_desk.views

    def runner(self) -> Any:
        return self.engine or NoEngine()

    def close(self) -> None:
        self.is_closed = True


def window_desk(desk: JournalDesk, *, is_locked: bool = False, rights: Rights | None = None) -> WindowDesk:
    """rights None: everything is allowed."""
    procore = Procore()
    allowed = rights or Rights(True, True, True, True)

    async def connect(credentials: Any) -> Any:
        procore.given = credentials.secret.reveal()
        return procore

    commands = Commands(
        journal=desk.journal,
        company=Maestro(),  # type: ignore[arg-type]
        secrets=MemorySecrets(),
        clock=StillClock(),
        connect=connect,
        user="mlavoie",
        rights=allowed,
        check_url=check_url,
        is_locked=is_locked,
        connection_doors=NOBODY,
    )
    return WindowDesk(desk, commands, procore, allowed)


def ask_now(
    function: Callable[[], Any], then: Callable[[Any], object], failed: Callable[[Exception], object] | None = None
) -> None:
    """A background that answers at once."""
    try:
        value = function()
    except Exception as error:
        if failed is None:
            raise
        failed(error)
    else:
        then(value)


def ask_async_now(
    question: Callable[[], Any], then: Callable[[Any], object], failed: Callable[[Exception], object]
) -> None:
    """The window's own loop, which answers at once."""

    async def awaited() -> Any:
        return await question()

    ask_now(lambda: asyncio.run(awaited()), then, failed)


class TrayIcon(QObject):
    """QSystemTrayIcon as far as the program uses it; says what it would have shown."""

    activated = Signal(object)
    messageClicked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shown = False
        self.menu: Any = None
        self.said: list[tuple[str, str]] = []
        self.tooltip = ""
        self._icon = QIcon()

    def setContextMenu(self, menu: Any) -> None:
        self.menu = menu

    def setIcon(self, icon: QIcon) -> None:
        self._icon = icon

    def icon(self) -> QIcon:
        return self._icon

    def setToolTip(self, words: str) -> None:
        self.tooltip = words

    def show(self) -> None:
        self.shown = True

    def hide(self) -> None:
        self.shown = False

    def isVisible(self) -> bool:
        return self.shown

    def showMessage(self, title: str, words: str, _icon: QIcon, _milliseconds: int) -> None:
        self.said.append((title, words))

    def click(self) -> None:
        self.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)


@dataclass(frozen=True)
class Service:
    """store.views.ServiceRow as the frame reads it."""

    is_running: bool = True
    last_contact: datetime | None = datetime(2026, 11, 23, 18, 41, 7, tzinfo=UTC)
    running: int = 0
    waiting: int = 0
    errors: int = 0
    warnings: int = 0
    maestro: str = "up"


def busy(running: int = 1) -> Service:
    return replace(Service(), running=running)
