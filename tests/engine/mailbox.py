"""A mailer in memory, as its door says: accepts, refuses, breaks off, or dies with the program."""

from collections.abc import Callable
from dataclasses import dataclass, field

from maestro_procore.file_ports import Mail
from maestro_procore.ports import Row


@dataclass
class Mailbox:
    """sent: what was accepted. before, after: called around each acceptance; may raise."""

    sent: list[Mail] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    asked_for: int = 0

    async def __call__(self, _project: Row) -> "Mailbox":
        """The door of the engine: whoever asks for it, asks for the right to send."""
        self.asked_for += 1
        return self

    async def send(self, mail: Mail) -> None:
        self.before()
        self.sent.append(mail)
        self.after()
