"""Signing in with the app's own credentials, and the token, which stays in memory.

Source: reference procore-api.md §1.2 (grant client_credentials; an access token lives 90 minutes).
Sending is client.py's; this module says what to send and when. A person's sign-in is person_sign_in.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from maestro_procore.logs import Secret
from maestro_procore.model.problems import Problem
from maestro_procore.ports import CallFailed, Clock, Trouble
from maestro_procore.procore.answers import Answer, Asked, Failure, trouble_of, words_of
from maestro_procore.procore.connection import Connection

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
USUAL_LIFE: Final = timedelta(seconds=5_400)
AHEAD: Final = timedelta(seconds=60)
INVALID_GRANT: Final = "invalid_grant"
"""RFC 6749 §5.2: the code or the refresh token is used up, too old or revoked; the app itself was accepted."""

Ask = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]
"""Posts a form to the sign-in server and brings its JSON object. Raises CallFailed."""


class SignIn:
    """The token of one connection, shared by all its clients on one event loop.

    However many calls find the token dead at once, one new one is fetched (F7).
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection, self._clock = connection, clock
        self._token: Secret | None = None
        self._good_until: datetime | None = None
        self._fetching: asyncio.Task[Secret] | None = None
        self._was_accepted = False

    async def token(self, ask: Ask) -> Secret:
        """The current token, or a new one when there is none or it ends within a minute. Errors: CallFailed."""
        if self._token is not None and self._good_until is not None and self._clock.now() < self._good_until:
            return self._token
        return await self._fetch(ask)

    async def renew(self, refused: Secret, ask: Ask) -> Secret:
        """A token other than the one that Procore just refused. Errors: CallFailed, SRV-07 when it gives none."""
        if self._token is not None and self._token != refused:
            return self._token  # another call was quicker
        return await self._fetch(ask)

    async def settle(self) -> None:
        """Before the connection is closed: a renewal under way may end where its answer must not be lost."""

    async def _fetch(self, ask: Ask) -> Secret:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._sign_in(ask))
            self._fetching.add_done_callback(self._fetched)
        # Shielded: a caller that is cancelled does not take the new token away from the others.
        return await asyncio.shield(self._fetching)

    def _fetched(self, task: asyncio.Task[Secret]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # looked at, even when every caller was cancelled meanwhile

    async def _sign_in(self, ask: Ask) -> Secret:
        self._token = None
        try:
            answer = await ask(
                {
                    "grant_type": "client_credentials",
                    "client_id": self._connection.client_id,
                    "client_secret": self._connection.client_secret.reveal(),
                }
            )
        except CallFailed as failed:
            if failed.trouble is Trouble.SIGN_IN and self._was_accepted:
                # The same credentials worked before: they were revoked or replaced meanwhile.
                raise CallFailed(Trouble.SIGN_IN, Problem("SRV-07", {}), call=failed.call) from failed
            raise
        token, lasts = token_of(answer, self._connection.login)
        self._was_accepted = True
        return self._use(token, self._clock.now() + lasts)

    def _use(self, token: Secret, good_until: datetime) -> Secret:
        self._token, self._good_until = token, good_until
        return token


def token_of(answer: Mapping[str, Any], login: str) -> tuple[Secret, timedelta]:
    """The access token of an answer, and how long it is to be used. Errors: CallFailed when it holds none."""
    token, life = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token:
        raise CallFailed(Trouble.AGAIN, Problem("CFG-18", {"host": login}))
    seconds = timedelta(seconds=life) if isinstance(life, int) and 0 < life < 10**7 else USUAL_LIFE
    return Secret(token), max(seconds - AHEAD, seconds / 2)


def sign_in_trouble(asked: Asked, answer: Answer, name: str) -> Failure | None:
    """What is wrong with an answer of the sign-in server, None when its body is to be read. name: of the connection."""
    if answer.status in (400, 401) and not answer.is_html:
        if _error_of(answer) == INVALID_GRANT:
            return Failure(Trouble.SIGN_IN, Problem("CON-08", {"text": words_of(answer.body).text}))
        # RFC 6749 §5.2: invalid_client and its like, by either status.
        return Failure(Trouble.SIGN_IN, Problem("CFG-03", {"name": name, "text": words_of(answer.body).text}))
    if answer.status in (404, 405) or (answer.is_html and answer.status < 500):
        trouble = Trouble.REFUSED if answer.status in (404, 405) else Trouble.UNREACHABLE
        return Failure(trouble, Problem("CFG-18", {"host": asked.host}))
    if answer.status == 429:
        return Failure(Trouble.AGAIN, Problem("SRV-24", {"status": 429}))
    return trouble_of(asked, answer)


def _error_of(answer: Answer) -> str:
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    return str(content.get("error", "")) if isinstance(content, dict) else ""
