"""Where Procore is and as whom we come: addresses, environments, what may be sent where."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from maestro_procore.logs import Secret
from maestro_procore.model.addresses import is_loopback
from maestro_procore.model.problems import Problem

PRODUCTION: Final = "production"
SANDBOX: Final = "sandbox"

# Host of the API: host where one signs in, environment. Reference procore-api.md §1.1.
HOSTS: Final[dict[str, tuple[str, str]]] = {
    "api.procore.com": ("login.procore.com", PRODUCTION),
    "sandbox.procore.com": ("login-sandbox.procore.com", SANDBOX),
    "api-monthly.procore.com": ("login-sandbox-monthly.procore.com", SANDBOX),
    "api.procoregov.com": ("login.procoregov.com", PRODUCTION),
}


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One Procore account. Errors: ValueError for an address that check_url refuses."""

    api_url: str
    client_id: str
    client_secret: Secret
    company_id: int | None = None
    login_url: str | None = None
    """None: where Procore's own table puts it, or the API's own address for any other host."""
    name: str = "Procore"
    """As people call it: several connections fail each for itself."""

    def __post_init__(self) -> None:
        for url in (self.api_url, self.login_url):
            if url is not None and _parts(url) is None:
                raise ValueError("a Procore address is https, or http on this computer")

    @property
    def api(self) -> str:
        """Origin of the API, without a slash at the end."""
        return _origin(self.api_url)

    @property
    def login(self) -> str:
        """Origin of the sign-in server."""
        if self.login_url is not None:
            return _origin(self.login_url)
        known = HOSTS.get(self.host)
        return f"https://{known[0]}" if known else self.api

    @property
    def host(self) -> str:
        return urlsplit(self.api).hostname or ""


def check_url(text: str) -> Problem | None:
    """What is wrong with a Procore API URL: CFG-02 when it cannot be used, CFG-13 (a warning) when not production.

    Plain http is accepted for this computer alone, where the sandbox answers.
    """
    parts = _parts(text)
    if parts is None:
        return Problem("CFG-02", {"url": _without_user(text.strip())})
    _login, environment = HOSTS.get(parts.hostname or "", ("", SANDBOX))
    return None if environment == PRODUCTION else Problem("CFG-13", {"url": _origin(text)})


def _parts(text: str) -> SplitResult | None:
    """The address in parts when it may be used; a path other than / or /rest is a mistyped address."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises on a port that is none
    except ValueError:
        return None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(text.strip()))
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    has_host = bool(parts.hostname) and not any(letter.isspace() for letter in parts.netloc)
    return parts if is_safe and is_plain and has_host and parts.path.rstrip("/") in ("", "/rest") else None


def _origin(url: str) -> str:
    parts = urlsplit(url.strip())
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _without_user(text: str) -> str:
    """A mistyped address may hold a password before an @: not to be shown."""
    scheme, mark, rest = text.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else text.rpartition("@")[2]
