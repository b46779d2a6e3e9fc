"""Signing in to Microsoft, and the tokens of each account: a person's through the browser, a service's by its key.

MSAL does the protocol (reference graph-drive.md §6). It blocks, so every call of it runs in a thread.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msal
import orjson
import requests
from filelock import Timeout

from maestro_procore.drive.answers import Failure, GraphFailed
from maestro_procore.drive.certificate_file import ServiceKey
from maestro_procore.drive.client import Tokens
from maestro_procore.drive.connection import ANY_ACCOUNT, MicrosoftConnection
from maestro_procore.drive.loopback import Loopback
from maestro_procore.drive.msal_session import SignInSession, session_failure
from maestro_procore.drive.scopes import SERVICE, Purpose, scopes_for
from maestro_procore.drive.sign_in_answers import UNFINISHED, sign_in_failure
from maestro_procore.file_ports import FileTrouble
from maestro_procore.logs import Secret
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Clock

BROWSER_SECONDS: Final = 600.0
AHEAD: Final = timedelta(minutes=5)
USUAL_LIFE: Final = timedelta(minutes=60)
CAPABILITIES: Final = ["CP1"]  # we read claims challenges, so Microsoft may end a session at once (§6.6)

Result = dict[str, Any]
MakeSession = Callable[[MicrosoftConnection], Any]
"""Makes the blocking HTTP session that MSAL speaks through: the seam for tests."""


@dataclass(frozen=True)
class Account:
    """Somebody who signed in on this computer. id: for finding him again. name: as he types it."""

    id: str
    name: str


@dataclass(frozen=True)
class DeviceCode:
    """What a person types on another device. flow: MSAL's own; holds a secret and is not to be shown."""

    user_code: str
    address: str
    flow: Result = field(repr=False)


class SignIn:
    """The people signed in through one app. Errors of every method: FileCallFailed.

    make_cache: token_cache.token_cache(), or one in memory; called in a thread. with_broker: Windows' own account
    window where there is one.
    """

    def __init__(
        self,
        connection: MicrosoftConnection,
        clock: Clock,
        make_cache: Callable[[], msal.TokenCache] = msal.TokenCache,
        *,
        with_broker: bool = False,
        make_session: MakeSession = SignInSession,
    ) -> None:
        self._connection, self._clock, self._make_cache = connection, clock, make_cache
        self._with_broker, self._session = with_broker, make_session(connection)
        self._app: msal.PublicClientApplication | None = None
        self._opening = asyncio.Lock()

    async def aclose(self) -> None:
        """Closes the connection to the sign-in server; nothing may be asked afterwards."""
        await asyncio.to_thread(self._session.close)

    async def accounts(self) -> list[Account]:
        """Everybody signed in here, without asking the network."""
        app = await self._opened()
        found = await self._run(app.get_accounts)
        return [Account(one["home_account_id"], one.get("username", "")) for one in found]

    async def in_browser(
        self,
        purposes: Iterable[Purpose],
        open_browser: Callable[[str], None],
        *,
        page: str,
        hint: str = "",
        claims: str | None = None,
        seconds: float = BROWSER_SECONDS,
    ) -> Account:
        """Signs somebody in through the system's browser. Ends when cancelled, and after `seconds` by itself.

        open_browser: shows the address given. page: what the browser says at the end. hint: who it should be.
        """
        app = await self._opened()
        scopes = scopes_for(purposes, self._connection.resource)
        async with Loopback(page) as listener:
            flow = await self._run(
                lambda: app.initiate_auth_code_flow(
                    scopes,
                    redirect_uri=listener.redirect_uri,
                    response_mode="form_post",
                    login_hint=hint or None,
                    prompt=None if hint else "select_account",
                    claims_challenge=claims,
                )
            )
            open_browser(flow["auth_uri"])
            try:
                said = await listener.answer(flow["state"], seconds)
            except TimeoutError:
                raise _refused(UNFINISHED, "") from None
        return await self._signed_in(lambda: app.acquire_token_by_auth_code_flow(flow, said, scopes))

    async def through_broker(self, purposes: Iterable[Purpose], window: int, *, hint: str = "") -> Account:
        """Signs somebody in with Windows' own account window, or in the browser where that is not there.

        window: handle of our window, which it stands before.
        """
        app = await self._opened()
        scopes = scopes_for(purposes, self._connection.resource)
        return await self._signed_in(
            lambda: app.acquire_token_interactive(
                scopes, login_hint=hint or None, parent_window_handle=window, timeout=BROWSER_SECONDS
            )
        )

    async def begin_device_code(self, purposes: Iterable[Purpose]) -> DeviceCode:
        """A code for another device; many organizations block this way, so it is offered second."""
        app = await self._opened()
        flow = await self._run(lambda: app.initiate_device_flow(scopes_for(purposes, self._connection.resource)))
        if "user_code" not in flow:
            raise GraphFailed(sign_in_failure(flow))
        return DeviceCode(flow["user_code"], flow["verification_uri"], flow)

    async def finish_device_code(self, code: DeviceCode) -> Account:
        """Waits until the code was typed; to be cancelled like any task. Raises when its time is over."""
        app = await self._opened()
        pause = timedelta(seconds=code.flow.get("interval", 5))
        ends_at = self._clock.now() + timedelta(seconds=code.flow.get("expires_in", 900))
        while True:
            # MSAL would sleep between its questions in a thread that nobody can wake: one question at a time. The
            # pause is ours, by our own clock.
            code.flow.pop("latest_attempt_at", None)
            result = await self._run(lambda: app.acquire_token_by_device_flow(code.flow, exit_condition=lambda _: True))
            if "access_token" in result:
                return _account_of(result)
            if result.get("error") == "slow_down":
                pause += timedelta(seconds=5)
            elif result.get("error") != "authorization_pending" or self._clock.now() + pause > ends_at:
                raise GraphFailed(sign_in_failure(result))
            await self._clock.nap(pause)

    async def sign_out(self, account_id: str) -> None:
        """Forgets an account on this computer; its other sign-ins stay."""
        app = await self._opened()

        def forget() -> None:
            for one in app.get_accounts():
                if one["home_account_id"] == account_id:
                    app.remove_account(one)

        await self._run(forget)

    def tokens(self, account_id: str, purposes: Iterable[Purpose]) -> "HeldTokens":
        """The tokens of an account that signed in for these purposes, renewed without asking anybody."""
        scopes = scopes_for(purposes, self._connection.resource)

        async def fetch(is_refused: bool, claims: str | None) -> Result | None:
            app = await self._opened()

            def silently() -> Result | None:
                account = next((one for one in app.get_accounts() if one["home_account_id"] == account_id), None)
                if account is None:
                    return None
                found: Result | None = app.acquire_token_silent_with_error(
                    scopes, account, force_refresh=is_refused and claims is None, claims_challenge=claims
                )
                return found

            result: Result | None = await self._run(silently)
            return result

        return HeldTokens(self._clock, fetch)

    async def _signed_in(self, ask: Callable[[], Result]) -> Account:
        result = await self._run(ask)
        if "access_token" not in result:
            raise GraphFailed(sign_in_failure(result))
        return _account_of(result)

    async def _opened(self) -> msal.PublicClientApplication:
        async with self._opening:
            if self._app is None:
                self._app = await self._run(self._open)
            return self._app

    def _open(self) -> msal.PublicClientApplication:
        # The broker does not know any other sign-in server than Microsoft's.
        broker = {"enable_broker_on_windows": True} if self._with_broker and self._connection.is_known_cloud else {}
        return msal.PublicClientApplication(
            self._connection.client_id,
            token_cache=self._make_cache(),
            **_usual(self._connection, self._session),
            **broker,
        )

    async def _run(self, blocking: Callable[[], Any]) -> Any:
        return await _in_thread(blocking, self._connection.login)


class ServiceSignIn:
    """A service that acts under its own name, granted by an administrator; nobody has to be there (F218)."""

    def __init__(
        self,
        connection: MicrosoftConnection,
        credential: Secret | ServiceKey,
        clock: Clock,
        make_cache: Callable[[], msal.TokenCache] = msal.TokenCache,
        *,
        make_session: MakeSession = SignInSession,
    ) -> None:
        """Errors: ValueError for a connection without an organization: a service belongs to one."""
        if connection.tenant in (ANY_ACCOUNT, "organizations", "consumers"):
            raise ValueError("a service signs in at one organization")
        self._connection, self._credential, self._clock = connection, credential, clock
        self._make_cache, self._session = make_cache, make_session(connection)
        self._app: msal.ConfidentialClientApplication | None = None

    async def aclose(self) -> None:
        """Closes the connection to the sign-in server; nothing may be asked afterwards."""
        await asyncio.to_thread(self._session.close)

    def tokens(self) -> "HeldTokens":
        async def fetch(is_refused: bool, claims: str | None) -> Result | None:
            return dict(await _in_thread(lambda: self._ask(is_refused, claims), self._connection.login))

        return HeldTokens(self._clock, fetch)

    def _ask(self, is_refused: bool, claims: str | None) -> Any:
        if self._app is None:
            self._app = msal.ConfidentialClientApplication(
                self._connection.client_id,
                client_credential=_as_msal_wants(self._credential),
                token_cache=self._make_cache(),
                **_usual(self._connection, self._session),
            )
        if is_refused and claims is None:
            # Its cache would give the refused one again.
            self._app.remove_tokens_for_client()
        return self._app.acquire_token_for_client([self._connection.resource + SERVICE], claims_challenge=claims)


class HeldTokens(Tokens):
    """The token in use. However many calls find it dead at once, one new one is fetched (F7)."""

    def __init__(self, clock: Clock, fetch: Callable[[bool, str | None], Any]) -> None:
        self._clock, self._fetch = clock, fetch
        self._token: Secret | None = None
        self._good_until: datetime | None = None
        self._turn = asyncio.Lock()

    async def token(self) -> Secret:
        """The current token, a new one when it ends within five minutes. Errors: FileCallFailed."""
        async with self._turn:
            if self._token is not None and self._good_until is not None and self._clock.now() < self._good_until:
                return self._token
            return await self._fetched(False, None)

    async def renewed(self, refused: Secret, claims: str | None) -> Secret:
        """A token other than the refused one. Errors: FileCallFailed, SIGN_IN when a person has to do something."""
        async with self._turn:
            if self._token is not None and self._token is not refused:
                return self._token  # another call was quicker
            return await self._fetched(True, claims)

    async def _fetched(self, is_refused: bool, claims: str | None) -> Secret:
        self._token = None
        result = await self._fetch(is_refused, claims)
        if result is None or "access_token" not in result:
            raise GraphFailed(sign_in_failure(result))
        life = result.get("expires_in")
        lasts = timedelta(seconds=life) if isinstance(life, int) and life > 0 else USUAL_LIFE
        self._token = Secret(result["access_token"])
        self._good_until = self._clock.now() + max(lasts - AHEAD, lasts / 2)
        return self._token


def _usual(connection: MicrosoftConnection, session: Any) -> dict[str, Any]:
    return {
        "authority": connection.authority,
        "http_client": session,
        "client_capabilities": CAPABILITIES,
        # Microsoft's directory is asked about Microsoft's servers only (§6.4).
        "instance_discovery": None if connection.is_known_cloud else False,
        "app_name": "maestro_procore",
    }


def _as_msal_wants(credential: Secret | ServiceKey) -> Any:
    return credential.reveal() if isinstance(credential, Secret) else credential.for_msal()


def _account_of(result: Result) -> Account:
    """Who just signed in, named as MSAL's cache names him. The token itself is not looked into."""
    claims = result.get("id_token_claims") or {}
    info = _unpacked(result.get("client_info"))
    subject = str(claims.get("sub", ""))
    home = f"{info['uid']}.{info['utid']}" if "uid" in info and "utid" in info else subject
    return Account(home, str(claims.get("preferred_username") or claims.get("email") or ""))


def _unpacked(packed: object) -> dict[str, Any]:
    if not isinstance(packed, str):
        return {}
    try:
        found = orjson.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(code: str, text: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.SIGN_IN, Problem(code, {"text": text})))


async def _in_thread(blocking: Callable[[], Any], login: str) -> Any:
    """Errors: FileCallFailed for what the network or the sign-in server's own description breaks, and for kept sign-ins
    that another program of this computer holds (CON-12).
    """
    try:
        return await asyncio.to_thread(blocking)
    except Timeout as held:
        raise GraphFailed(Failure(FileTrouble.AGAIN, Problem("CON-12", {"name": "Microsoft"}))) from held
    except (requests.RequestException, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise session_failure(error, login) from error
