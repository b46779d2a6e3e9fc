"""Microsoft's half of one sandbox: drives, Graph, the sign-in server, and their part of the storage host."""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from maestro_procore.sandbox.answers import Answer, Call
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.graph_api import GraphApi
from maestro_procore.sandbox.graph_files import PREFIX as FILES
from maestro_procore.sandbox.graph_files import GraphFiles
from maestro_procore.sandbox.graph_routes import version_of
from maestro_procore.sandbox.graph_state import GraphState
from maestro_procore.sandbox.graph_throttling import Throttle
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.graph_world import MICROSOFT_USERS, TENANT_ID, fill_drives, library
from maestro_procore.sandbox.microsoft_sign_in import CLIENT_ID, MicrosoftSignIn
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.sign_in import Credentials
from maestro_procore.sandbox.storage import Storage
from maestro_procore.sandbox.world import World

SIGN_IN: Final = re.compile(r"/[^/]+/(oauth2/|discovery/|v2\.0/\.well-known/|login$)")
STRICT_SWITCHES: Final = {"microsoft_unknown_apps": "refuse"}


class MicrosoftSide:
    """graph, login: the origins that clients are given; ca_file: what they must trust, None in process."""

    def __init__(
        self, world: World, clock: SandboxClock, switches: Switches, storage: Storage, procore: Credentials
    ) -> None:
        self.graph = "http://graph.sandbox.invalid"
        self.login = "https://login.sandbox.invalid"
        self.ca_file: str | None = None
        self._storage = storage
        self.drives = Drives(world, storage.bodies, clock, switches, storage.address)
        fill_drives(self.drives)
        world.commit()
        throttle = Throttle()
        self.sign_in = MicrosoftSignIn(world, clock, switches, procore, self._origin)
        self._api = GraphApi(self.drives, self.sign_in.tokens.caller, self._origin, throttle)
        self._files = GraphFiles(self.drives, storage.signature)
        self.state = GraphState(self.drives, throttle)

    @property
    def drive_id(self) -> str:
        """The drive of the start line."""
        return str(library(self.drives)["drive_id"])

    def registration(self) -> dict[str, Any]:
        """What one reads in the tenant's portal: the application as it is registered there, and who can sign in."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": self.sign_in.client_secret,
            "tenant_id": TENANT_ID,
            "users": [user["upn"] for user in self.drives.world.collection(MICROSOFT_USERS)],
        }

    def route(self, call: Call) -> tuple[str, Callable[[Call], Answer]] | None:
        """Which API of this side a request is for, as the call log names it, and who serves it; None for another's."""
        if call.host == urlsplit(self._storage.origin).netloc:
            return ("storage", self._files.serve) if call.path.startswith(FILES) else None
        if version_of(call.path) is not None:
            return "graph", self._api.serve
        if SIGN_IN.match(call.path):
            return "login", self.sign_in.serve
        return None

    def _origin(self, call: Call) -> str:
        """Scheme and host that a request was sent to, so that addresses work however the client came here."""
        scheme = "https" if call.host == urlsplit(self.login).netloc else "http"
        return f"{scheme}://{call.headers.get('host') or call.host}"
