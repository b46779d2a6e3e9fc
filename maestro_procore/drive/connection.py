"""Where Microsoft is and as which app we come: addresses of its clouds, and what may be sent where."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from maestro_procore.model.addresses import is_loopback, origin_of
from maestro_procore.model.microsoft_clouds import CLOUDS, GLOBAL, cloud_of

VERSION: Final = "/v1.0"
_PATHS: Final = ("", VERSION)

USUAL_GRAPH: Final = GLOBAL.graph
ANY_ACCOUNT: Final = "common"


@dataclass(frozen=True, kw_only=True)
class MicrosoftConnection:
    """One registered app in one cloud. Errors: ValueError for an address that may not be used.

    tenant: `common` for work, school and personal accounts, or the id of one organization; a service needs the id.
    ca_file: the only authority believed when signing in at this computer (training); never for another host.
    """

    client_id: str
    graph_url: str = USUAL_GRAPH
    tenant: str = ANY_ACCOUNT
    login_url: str | None = None
    """None: where the cloud of graph_url signs in."""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        for url, paths in ((self.graph_url, _PATHS), (self.login_url, ("",))):
            if url is not None and _parts(url, paths) is None:
                raise ValueError("a Microsoft address is https, or http on this computer")
        if not self.login:
            raise ValueError("no sign-in address is known for this Graph address")
        if self.ca_file is not None and not is_loopback(self.login):
            raise ValueError("an own certificate authority is for this computer only")

    @property
    def origin(self) -> str:
        """Scheme, host and port of Graph, the only place that ever gets the token."""
        parts = urlsplit(self.graph_url.strip())
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @property
    def api(self) -> str:
        """Graph's address with its version, without a slash at the end."""
        return self.origin + VERSION

    @property
    def resource(self) -> str:
        """What rights are asked for: Graph of that cloud by its name, also where the sandbox plays its part."""
        return self.origin if cloud_of(self.origin) is not None else USUAL_GRAPH

    @property
    def login(self) -> str:
        """Origin of the sign-in server; '' when none is known."""
        if self.login_url is not None:
            return self.login_url.strip().rstrip("/")
        cloud = cloud_of(self.origin)
        return "" if cloud is None else cloud.login

    @property
    def authority(self) -> str:
        return f"{self.login}/{self.tenant}"

    @property
    def is_known_cloud(self) -> bool:
        """Whether MSAL may ask Microsoft's own directory about the sign-in server."""
        return self.login in {cloud.login for cloud in CLOUDS.values()}


def may_hold_content(url: str, api: str) -> bool:
    """Whether an address that Graph gave for a content may be used (S5): https on a public host.

    In training, Graph and its storage are both this computer, and nothing else is.
    """
    if is_loopback(api):
        return is_loopback(url)
    origin = origin_of(url)
    if origin is None or origin[0] != "https" or origin[1] == "localhost":
        return False
    try:
        return ip_address(origin[1]).is_global
    except ValueError:
        return True  # a name: the certificate proves whose it is


def _parts(text: str, paths: tuple[str, ...]) -> SplitResult | None:
    """The address in parts when it may be used."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises on a port that is none
    except ValueError:
        return None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(text.strip()))
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    has_host = bool(parts.hostname) and not any(letter.isspace() for letter in parts.netloc)
    return parts if is_safe and is_plain and has_host and parts.path.rstrip("/") in paths else None
