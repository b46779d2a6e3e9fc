"""What connections need from outside: a real call, a sign-in, a certificate. wiring decides who stands behind it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from maestro_procore.logs import Secret
from maestro_procore.model.connections import Details, Tested
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row

SECRET, TOKENS, CERTIFICATE = "secret", "tokens", "certificate"
KINDS = (SECRET, TOKENS, CERTIFICATE)


def held_name(key: str, kind: str) -> str:
    """Under which name the key ring holds something of a connection. kind: one of KINDS."""
    return f"connection:{key}:{kind}"


@dataclass
class Draft:
    """A connection while somebody fills it in. Its secrets are in memory only until it is saved.

    held: new secrets by kind; those that are not here are the saved ones. tested: what the last test told, None
    before it and after anything that it depends on has changed.
    """

    details: Details
    held: dict[str, Secret] = field(default_factory=dict, repr=False)
    tested: Tested | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class PastedCode:
    """A sign-in whose code the person copies from the page (F139). address: of the page."""

    address: str
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class TypedCode:
    """A code that the person types on another device. flow: the door's own."""

    user_code: str
    address: str
    flow: Any = field(repr=False)


class ConnectionJournal(Protocol):
    """The part of the journal that remembers connections; store/connections.py says more."""

    def connections(self) -> list[Row]: ...
    def put_connection(self, row: Row) -> int: ...
    def remove_connection(self, connection_id: int) -> None: ...
    def users_of_connection(self, connection_id: int, key: str) -> int: ...


class ConnectionDoors(Protocol):
    """Procore and Microsoft as far as a connection is made with them. Raises CallFailed, FileCallFailed, Refused."""

    def proposed(self, draft: Draft) -> Draft:
        """The draft with what can be known before anybody types; in training everything."""
        ...

    async def look(self, draft: Draft) -> Tested:
        """A real call: as whom the connection acts, and what it may choose from."""
        ...

    async def sign_in(self, draft: Draft, open_browser: Callable[[str], None], page: str) -> None:
        """In the system's browser; the draft holds the sign-in then. page: what the browser says at the end."""
        ...

    def begin_pasted(self, draft: Draft) -> PastedCode: ...

    async def finish_pasted(self, draft: Draft, begun: PastedCode, code: Secret) -> None: ...

    async def begin_typed(self, draft: Draft) -> TypedCode: ...

    async def finish_typed(self, draft: Draft, begun: TypedCode) -> None:
        """Waits until the code was typed; to be cancelled like any task."""
        ...

    def read_certificate(self, draft: Draft, file: Path, passphrase: Secret | None) -> None:
        """The draft holds the private key then. Raises Refused (CON-09)."""
        ...

    async def forget(self, draft: Draft) -> None:
        """Ends the sign-in at the platform, as far as it can be reached."""
        ...
