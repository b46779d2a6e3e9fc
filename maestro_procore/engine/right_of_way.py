"""A run of all projects lets a short one pass: somebody at the window waits for that.

The long one stands still between two projects, where nothing of it is half done, and goes on from there. Who may pass
is model/turns.py, who lets pass engine/host.py.
"""

import asyncio
from typing import TYPE_CHECKING, Final

from maestro_procore.ports import Row

if TYPE_CHECKING:
    from maestro_procore.engine.attempts import Doors

STANDS: Final = "turn"
"""Why a request waits that lets another one pass."""


class RightOfWay:
    """One per engine, on its event loop."""

    def __init__(self) -> None:
        self._asked: str | None = None
        self._is_free = asyncio.Event()
        self.stands = asyncio.Event()
        """Set while the long run stands still."""

    def ask(self, request_id: str) -> None:
        """This request is to stand still as soon as it can; no other is held up."""
        self._asked = request_id
        self._is_free.clear()

    def give_back(self) -> None:
        """It may go on."""
        self._asked = None
        self.stands.clear()
        self._is_free.set()

    def is_wanted_of(self, request_id: str) -> bool:
        """Whether somebody wants to pass it."""
        return self._asked == request_id

    async def wait(self, request_id: str) -> None:
        """Returns when that request may go on."""
        while self._asked == request_id:
            self.stands.set()
            await self._is_free.wait()


async def let_pass(doors: "Doors", request: Row) -> None:
    """Stands still between two projects while a short request is carried out. No result depends on it."""
    if not doors.way.is_wanted_of(request["id"]):
        return
    await asyncio.to_thread(doors.journal.change_request, request["id"], wait_reason=STANDS)
    await doors.way.wait(request["id"])
    await asyncio.to_thread(doors.journal.change_request, request["id"], wait_reason=None)
