"""Which rights are asked of Microsoft, when, and why: never more than what somebody switched on (F214).

Source: reference graph-drive.md §2, table of permissions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What an account is to be used for."""

    OWN_DRIVE = "own_drive"
    """Files in the account's own OneDrive."""
    LIBRARIES = "libraries"
    """Files in SharePoint libraries and other people's drives, and choosing them."""
    MAIL = "mail"
    """The message that a first synchronization is complete (F107)."""


@dataclass(frozen=True)
class Right:
    """One right of Graph. why: key of the sentence that says what it is for."""

    name: str
    why: str
    purposes: frozenset[Purpose]


_ALWAYS: Final = frozenset(Purpose)

RIGHTS: Final[tuple[Right, ...]] = (
    Right("User.Read", "scope.who", _ALWAYS),
    Right("Files.ReadWrite", "scope.own_drive", frozenset({Purpose.OWN_DRIVE})),
    Right("Files.ReadWrite.All", "scope.any_drive", frozenset({Purpose.LIBRARIES})),
    Right("Sites.Read.All", "scope.sites", frozenset({Purpose.LIBRARIES})),
    Right("Mail.Send", "scope.mail", frozenset({Purpose.MAIL})),
)

# A service gets what its administrator granted, all at once: Sites.Selected is enough for one site.
SERVICE: Final = "/.default"


def rights_for(purposes: Iterable[Purpose]) -> tuple[Right, ...]:
    """The least rights that these purposes need, in the order of the table."""
    wanted = frozenset(purposes)
    found = [right for right in RIGHTS if right.purposes & wanted]
    names = {right.name for right in found}
    return tuple(right for right in found if right.name + ".All" not in names)


def scopes_for(purposes: Iterable[Purpose], graph: str) -> list[str]:
    """The same as MSAL wants it. graph: origin of Graph in this cloud; the sign-in server adds the refresh token."""
    return [f"{graph}/{right.name}" for right in rights_for(purposes)]
