"""What a Graph handler knows of the request it serves: who asks, with which rights, and the world it may change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from maestro_procore.sandbox.answers import Call, Refused
from maestro_procore.sandbox.bodies import Bodies
from maestro_procore.sandbox.clock import SandboxClock, iso
from maestro_procore.sandbox.graph_errors import bad_request
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.world import Row, World


@dataclass(frozen=True)
class Caller:
    """Who holds the token. user: None for an application on its own; rights: scopes or application roles."""

    user: Row | None
    app: Row
    rights: frozenset[str]

    @property
    def identity(self) -> dict[str, Any]:
        """As `createdBy` and `lastModifiedBy` have it."""
        found = {"application": {"id": self.app["client_id"], "displayName": self.app["name"]}}
        if self.user is not None:
            found["user"] = {
                "id": self.user["user_id"],
                "displayName": self.user["name"],
                "email": self.user["upn"],
            }
        return found


@dataclass
class Drives:
    """What drives live in: the rows, the contents of files, the time, and the answers to open questions.

    address: makes a signed address of the storage host from a path and the Unix second at which it ends.
    """

    world: World
    bodies: Bodies
    clock: SandboxClock
    switches: Switches
    address: Callable[[str, int], str]

    @property
    def scale(self) -> int:
        """Declared bytes per byte of a body: see bodies.py."""
        return int(self.switches["bodies_scaled"])

    def stamp(self) -> str:
        return self.clock.stamp()

    def stamp_after(self, seconds: float) -> str:
        return iso(self.clock.unix() + seconds)


@dataclass
class GraphVisit:
    """One request on its way through a handler. base: scheme, host and version that it was sent to.

    path: after the version; values: what the route found in it.
    """

    call: Call
    drives: Drives
    caller: Caller
    base: str
    path: str
    drive: Row = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.drives.world

    @property
    def switches(self) -> Switches:
        return self.drives.switches

    def option(self, name: str) -> str | None:
        """A query option, with or without its dollar sign: clients send both. Case of the name does not matter."""
        found = None
        for key, value in self.call.query:
            if key.lower().removeprefix("$") == name.lower():
                found = value
        return found

    def number_option(self, name: str) -> int | None:
        """Errors: GraphRefused 400."""
        text = self.option(name)
        if text is None:
            return None
        if not text.isdigit() or int(text) == 0:
            raise bad_request(f"Invalid value '{text}' for ${name}.")
        return int(text)

    def body(self) -> dict[str, Any]:
        """The request's JSON object; {} without a body. Errors: GraphRefused 400."""
        try:
            content = self.call.json()
        except Refused:
            raise bad_request("The request is malformed or incorrect: the body is no JSON.") from None
        if not isinstance(content, dict):
            raise bad_request("The request body must be an object.")
        return content

    def conflict_behavior(self, body: Mapping[str, Any], default: str) -> str:
        """fail, replace or rename; from the query first. Errors: GraphRefused 400."""
        name = "@microsoft.graph.conflictBehavior"
        found = self.call.parameter(name) or self.call.parameter("@name.conflictBehavior")
        found = found or body.get(name) or body.get("@name.conflictBehavior") or default
        if found not in ("fail", "replace", "rename"):
            raise bad_request(f"Invalid value for {name}: {found}")
        return str(found)
