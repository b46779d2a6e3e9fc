"""Connections to the platforms: what one consists of, how it is called, what is still missing. Pure.

Secrets are never part of it: they lie in the key ring, under the connection's own key.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from maestro_procore.model.problems import Problem

MAESTRO_ID: Final = -1
"""The maestro* company of Configuration."""
MAIN_ID: Final = 0
"""The Procore connection of Configuration, which the records use; files may use any."""
LONGEST_NAME: Final = 70
"""Characters of *Display as* (F144)."""


class Platform(StrEnum):
    """What a connection leads to, in the order of the list that *Add connection* opens (F137)."""

    MAESTRO = "maestro"
    PROCORE = "procore"
    MICROSOFT = "microsoft"


class Way(StrEnum):
    """How a connection signs in."""

    PERSON = "person"
    """Somebody signs in at the platform's own page; changes carry his name."""
    SERVICE = "service"
    """The application itself, with its secret."""
    CERTIFICATE = "certificate"
    """The application itself, with a private key."""


class State(StrEnum):
    """What is known of a connection."""

    UNTESTED = "untested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ENDED = "ended"
    """Somebody has to sign in again."""


WAYS: Final[Mapping[Platform, tuple[Way, ...]]] = {
    Platform.MAESTRO: (),
    Platform.PROCORE: (Way.PERSON, Way.SERVICE),
    Platform.MICROSOFT: (Way.PERSON, Way.SERVICE, Way.CERTIFICATE),
}

DEFAULT_NAMES: Final[Mapping[Platform, str]] = {
    Platform.MAESTRO: "maestro*",
    Platform.PROCORE: "Procore",
    Platform.MICROSOFT: "OneDrive / SharePoint",
}
"""What a connection is called when nobody named it (F149): names of products, the same in every language."""

REQUIRED: Final[Mapping[tuple[Platform, Way], tuple[str, ...]]] = {
    (Platform.PROCORE, Way.PERSON): ("api_url", "client_id", "client_secret", "redirect_uri"),
    (Platform.PROCORE, Way.SERVICE): ("api_url", "client_id", "client_secret"),
    (Platform.MICROSOFT, Way.PERSON): ("client_id",),
    (Platform.MICROSOFT, Way.SERVICE): ("client_id", "tenant", "client_secret"),
    (Platform.MICROSOFT, Way.CERTIFICATE): ("client_id", "tenant", "certificate"),
}
"""Fields that must not be blank, in the order of the form (F151-F153)."""

OUT_OF_BAND: Final = "urn:ietf:wg:oauth:2.0:oob"
"""Redirect address of an installed app whose code is pasted (reference procore-api.md §1.2)."""
LOOPBACK: Final = "http://localhost:49217/callback"
"""Redirect address that is proposed for an app of Procore: registered there byte for byte, so its port is fixed."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """Everything about a connection that is no secret.

    key: names its secrets in the key ring. account: of the person who signed in at Microsoft. certificate: public
    facts of it: {thumbprint, subject, expires_at}.
    """

    platform: Platform
    way: Way
    key: str
    id: int | None = None
    name: str = ""
    url: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    tenant: str = ""
    company_id: int | None = None
    company_name: str = ""
    account: str = ""
    certificate: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tested:
    """What a real call told: as whom changes will appear (F210), and what may be chosen there.

    login: what that person or service signs in as. companies: of Procore, (id, name).
    """

    acts_as: str
    login: str
    companies: tuple[tuple[int, str], ...] = ()


def same_name(name: str) -> str:
    """Two names are one when people cannot tell them apart in a list."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def name_for(platform: Platform, wished: str, taken: Iterable[str]) -> str:
    """The name to save under: what was wished, else the platform's, with a number where that is taken (F149)."""
    wished = " ".join(unicodedata.normalize("NFC", wished).split())
    if wished:
        return wished
    held, name, number = {same_name(each) for each in taken}, DEFAULT_NAMES[platform], 1
    while same_name(name) in held:
        number += 1
        name = f"{DEFAULT_NAMES[platform]} ({number})"
    return name


def name_problems(wished: str, taken: Iterable[str]) -> list[Problem]:
    """CON-04 when it is too long; CON-03, a warning, when another connection is called so (F144, F145)."""
    found = []
    if len(wished.strip()) > LONGEST_NAME:
        found.append(Problem("CON-04", {"limit": LONGEST_NAME, "n": len(wished.strip())}))
    if wished.strip() and same_name(wished) in {same_name(each) for each in taken}:
        found.append(Problem("CON-03", {"name": wished.strip()}))
    return found


def missing(details: Details, *, has_secret: bool, has_certificate: bool) -> list[Problem]:
    """CFG-14 for each required field that is blank, in the order of the form."""
    given = {
        "api_url": details.url.strip(),
        "client_id": details.client_id.strip(),
        "client_secret": has_secret,
        "redirect_uri": details.redirect_uri.strip(),
        "tenant": details.tenant.strip(),
        "certificate": has_certificate,
    }
    wanted = REQUIRED.get((details.platform, details.way), ())
    return [Problem("CFG-14", {"field": name}) for name in wanted if not given[name]]


def state_of(tested_at: object, problem: Problem | None) -> State:
    """problem: of the last test or use."""
    if problem is not None:
        return State.ENDED if problem.code in ENDED_CODES else State.FAILED
    return State.UNTESTED if tested_at is None else State.SUCCEEDED


ENDED_CODES: Final = frozenset({"CON-01", "DRV-03", "DOC-21"})
"""Problems that one more sign-in cures."""
