"""A person's sign-in: authorization code with PKCE, and refresh tokens, each of which works once.

Source: reference procore-api.md §1.2: a refresh answers with a new pair and kills the old one at once, so one process
refreshes at a time, and the new pair is on the disk before it is used. PKCE is not documented by Procore; a server
that does not know it ignores it, and the secret travels anyway.
"""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import orjson

from maestro_procore.logs import Secret
from maestro_procore.model.problems import Problem
from maestro_procore.ports import CallFailed, Clock, Trouble
from maestro_procore.procore.auth import Ask, SignIn, token_of
from maestro_procore.procore.connection import Connection

AUTHORIZE_PATH: Final = "/oauth/authorize"
REVOKE_PATH: Final = "/oauth/revoke"
SETTLE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Kept:
    """What lasts of a sign-in between two starts. has_ended: Procore refused it, so nobody asks again."""

    access: Secret = field(repr=False)
    refresh: Secret = field(repr=False)
    good_until: datetime
    has_ended: bool = False

    @classmethod
    def of(cls, answer: Mapping[str, Any], login: str, now: datetime) -> "Kept":
        """Of an answer of the sign-in server. Errors: CallFailed when a token is missing."""
        access, lasts = token_of(answer, login)
        refresh = answer.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise CallFailed(Trouble.AGAIN, Problem("CFG-18", {"host": login}))
        return cls(access, Secret(refresh), now + lasts)

    def to_text(self) -> str:
        """For the key ring only."""
        kept = {"access": self.access.reveal(), "refresh": self.refresh.reveal(), "has_ended": self.has_ended}
        return orjson.dumps({**kept, "good_until": self.good_until.isoformat()}).decode()

    @classmethod
    def from_text(cls, text: str) -> "Kept | None":
        """None for a text that is none of ours."""
        try:
            held = orjson.loads(text)
            until = datetime.fromisoformat(held["good_until"])
            return cls(Secret(held["access"]), Secret(held["refresh"]), until, bool(held["has_ended"]))
        except (ValueError, KeyError, TypeError):
            return None


class TurnHeld(Exception):
    """Another process of this computer has held the turn for longer than a renewal takes."""


class Shelf(Protocol):
    """Where a sign-in is kept. Blocking: for threads; only who has the turn reads and writes."""

    def take_turn(self) -> None:
        """Waits until no other process of this computer has it. Errors: TurnHeld after a minute."""
        ...

    def end_turn(self) -> None: ...

    def read(self) -> Kept | None: ...

    def write(self, kept: Kept) -> None:
        """Returns when it is safe on the disk."""
        ...


class PersonSignIn(SignIn):
    """The tokens of somebody who signed in once, renewed without asking him.

    name: of the connection, for the message that he has to sign in again (CON-01).
    """

    def __init__(self, connection: Connection, clock: Clock, shelf: Shelf, name: str) -> None:
        super().__init__(connection, clock)
        self._shelf, self._name = shelf, name

    async def settle(self) -> None:
        """The answer of a renewal under way must not be lost: the old refresh token is dead already."""
        if self._fetching is not None:
            await asyncio.wait({self._fetching}, timeout=SETTLE_SECONDS)

    async def _sign_in(self, ask: Ask) -> Secret:
        refused, self._token = self._token, None
        try:
            await asyncio.to_thread(self._shelf.take_turn)
        except TurnHeld as held:
            raise CallFailed(Trouble.AGAIN, Problem("CON-12", {"name": self._name})) from held
        try:
            kept = await asyncio.to_thread(self._shelf.read)
            if kept is None or kept.has_ended:
                raise self._ended()
            if kept.access != refused and self._clock.now() < kept.good_until:
                return self._use(kept.access, kept.good_until)  # another process was quicker
            fresh = await self._renewed(kept, ask)
            await asyncio.to_thread(self._shelf.write, fresh)
            return self._use(fresh.access, fresh.good_until)
        finally:
            await asyncio.to_thread(self._shelf.end_turn)

    async def _renewed(self, kept: Kept, ask: Ask) -> Kept:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._connection.client_id,
            "client_secret": self._connection.client_secret.reveal(),
            "refresh_token": kept.refresh.reveal(),
        }
        try:
            answer = await ask(form)
        except CallFailed as failed:
            if failed.problem.code != "CON-08":
                raise
            # Revoked, or its successor was lost with a killed program: either way only the person can help.
            ended = Kept(kept.access, kept.refresh, kept.good_until, has_ended=True)
            await asyncio.to_thread(self._shelf.write, ended)
            raise self._ended(failed) from failed
        return Kept.of(answer, self._connection.login, self._clock.now())

    def _ended(self, failed: CallFailed | None = None) -> CallFailed:
        call = failed.call if failed is not None else None
        return CallFailed(Trouble.SIGN_IN, Problem("CON-01", {"name": self._name}), call=call)


def new_verifier() -> str:
    """For PKCE (RFC 7636) and for `state`: unguessable, 43 characters."""
    return secrets.token_urlsafe(32)


def authorize_address(connection: Connection, redirect_uri: str, state: str, verifier: str) -> str:
    """The page of Procore where the person signs in; the password is typed there and nowhere else (F140)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{connection.login}{AUTHORIZE_PATH}?{urlencode(asked)}"


def code_form(connection: Connection, code: Secret, redirect_uri: str, verifier: str) -> dict[str, str]:
    """What is posted for the code; the redirect address is that of the page, byte for byte."""
    return {
        "grant_type": "authorization_code",
        "client_id": connection.client_id,
        "client_secret": connection.client_secret.reveal(),
        "code": code.reveal(),
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }


def revoke_form(connection: Connection, token: Secret) -> dict[str, str]:
    """What is posted to end a sign-in."""
    return {
        "token": token.reveal(),
        "client_id": connection.client_id,
        "client_secret": connection.client_secret.reveal(),
    }
