"""Tokens of the Microsoft sign-in server: how they are made, what they give a right to, when they end.

Access tokens live an hour, those of clients that can answer a claims challenge 28 hours; refresh tokens end after 90
days without use, or when sessions are revoked. Rows keep hashes only: a profile folder holds no token.
Source: reference graph-drive 6.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from typing import Any, Final

import orjson

from maestro_procore.sandbox.answers import Call
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.graph_errors import unauthenticated
from maestro_procore.sandbox.graph_visits import Caller
from maestro_procore.sandbox.graph_world import MICROSOFT_USERS
from maestro_procore.sandbox.microsoft_errors import SignInRefused
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.world import Row, World

TOKENS: Final = "microsoft_tokens"
ACCESS_SECONDS: Final = 3600
LONG_ACCESS_SECONDS: Final = 28 * 3600
REFRESH_SECONDS: Final = 90 * 86_400
GRAPH: Final = "https://graph.microsoft.com/"
PLAIN: Final = frozenset("openid profile email offline_access".split())
RIGHT: Final = re.compile(r"[A-Za-z]+(\.[A-Za-z-]+)+")
EVERYTHING: Final = frozenset(
    "Files.ReadWrite.All Sites.ReadWrite.All Sites.Read.All Mail.Send User.Read User.Read.All".split()
)


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rights_of(scopes: Iterable[str]) -> frozenset[str]:
    """`https://graph.microsoft.com/Files.Read` and `Files.Read` → `Files.Read`. `.default` is everything consented."""
    names = {scope.removeprefix(GRAPH) for scope in scopes}
    return frozenset(EVERYTHING if ".default" in names else names - PLAIN)


def checked_scopes(text: str, stamp: str) -> list[str]:
    """Errors: SignInRefused 70011."""
    scopes = text.split()
    for scope in scopes:
        name = scope.removeprefix(GRAPH)
        if scope not in PLAIN and name != ".default" and RIGHT.fullmatch(name) is None:
            raise SignInRefused(70011, f"The scope {scope} is not valid.", stamp)
    if not scopes:
        raise SignInRefused(900144, "scope", stamp)
    return scopes


class Tokens:
    """The tokens of one sandbox."""

    def __init__(self, world: World, clock: SandboxClock, switches: Switches) -> None:
        self._world = world
        self._clock = clock
        self._switches = switches

    def issue(
        self,
        app: Row,
        user: Row | None,
        scopes: list[str],
        *,
        knows_claims: bool,
        signed_in: float | None = None,
    ) -> dict[str, Any]:
        """A pair, or for an application on its own an access token; as the token address answers.

        signed_in: when the person last did something for it; None is now.
        """
        now = self._clock.unix()
        access, refresh = secrets.token_urlsafe(48), None
        life = LONG_ACCESS_SECONDS if knows_claims else ACCESS_SECONDS
        if user is not None and "offline_access" in scopes:
            refresh = secrets.token_urlsafe(48)
        self._drop_dead(now)
        self._world.collection(TOKENS).put(
            {
                "id": self._world.new_id(),
                "access_hash": hashed(access),
                "refresh_hash": None if refresh is None else hashed(refresh),
                "app": {"client_id": app["client_id"], "name": app["name"]},
                "user": None if user is None else user["id"],
                "scopes": scopes,
                "knows_claims": knows_claims,
                "ends": now + life,
                "used": now,
                "signed_in": now if signed_in is None else signed_in,
                "is_revoked": False,
            }
        )
        granted = [scope for scope in scopes if scope != "offline_access"]
        return {
            "token_type": "Bearer",
            "scope": " ".join(granted),
            "expires_in": life,
            "ext_expires_in": life,
            "access_token": access,
            **({} if refresh is None else {"refresh_token": refresh}),
        }

    def of_refresh(self, refresh: str, stamp: str) -> Row:
        """The row of a refresh token, marked as used. Errors: SignInRefused 70000, 50173, 700082, 70043."""
        found = self._world.collection(TOKENS).where(refresh_hash=hashed(refresh))
        if not found:
            raise SignInRefused(70000, stamp=stamp)
        row = found[0]
        if row["is_revoked"]:
            raise SignInRefused(50173, stamp=stamp)
        now = self._clock.unix()
        if now - row["used"] > REFRESH_SECONDS:
            raise SignInRefused(700082, stamp=stamp)
        frequency = self._switches["microsoft_sign_in_hours"]
        if frequency and now - float(row["signed_in"]) > frequency * 3600:
            raise SignInRefused(70043, stamp=stamp)
        row = {**row, "used": now}
        self._world.collection(TOKENS).put(row)
        return row

    def caller(self, call: Call) -> Caller:
        """Who the request's token belongs to. Errors: GraphRefused 401."""
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise unauthenticated("Access token is empty.")
        found = self._world.collection(TOKENS).where(access_hash=hashed(token.strip()))
        if not found and self._switches["graph_takes_any_token"]:
            first = next(iter(self._world.collection(MICROSOFT_USERS)))
            return Caller(first, {"client_id": "any", "name": "any"}, EVERYTHING)
        if not found:
            raise unauthenticated("IDX14100: JWT is not well formed.")
        row = found[0]
        if self._clock.unix() >= row["ends"]:
            raise unauthenticated("Lifetime validation failed, the token is expired.")
        user = self._world.collection(MICROSOFT_USERS).get(row["user"])
        if user is not None and row["knows_claims"] and row["id"] < user.get("challenged_below", 0):
            raise unauthenticated("Continuous access evaluation resulted in challenge.", self._challenge())
        if user is None:
            rights = self._switches["microsoft_app_roles"]
            return Caller(None, row["app"], EVERYTHING if rights is None else frozenset(rights))
        return Caller(user, row["app"], rights_of(row["scopes"]))

    def _challenge(self) -> str:
        claims = {"access_token": {"nbf": {"essential": True, "value": str(int(self._clock.unix()))}}}
        return base64.b64encode(orjson.dumps(claims)).decode()

    def challenge(self, user: Row) -> Row:
        """Answer 401 with claims to every token given so far to clients that can take that."""
        row = {**user, "challenged_below": self._world.new_id()}
        self._world.collection(MICROSOFT_USERS).put(row)
        return row

    def revoke(self, user: Row) -> None:
        """End the person's sessions, as a changed password or an administrator does."""
        self.challenge(user)
        for row in list(self._world.collection(TOKENS)):
            if row["user"] == user["id"]:
                self._world.collection(TOKENS).put({**row, "is_revoked": True})

    def _drop_dead(self, now: float) -> None:
        """Forget tokens that nothing can be done with any more, so that they do not pile up."""
        tokens = self._world.collection(TOKENS)
        for row in list(tokens):
            if now > row["ends"] and (row["refresh_hash"] is None or now - row["used"] > 2 * REFRESH_SECONDS):
                tokens.remove(row["id"])
