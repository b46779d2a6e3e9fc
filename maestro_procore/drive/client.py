"""Talks to Microsoft Graph: the only module of this room that knows the HTTP library.

What an answer means is answers.py, where things lie addresses.py; the token comes from auth.py.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import metadata
from typing import Any, Final, Protocol, Self
from uuid import uuid4

import httpx
import orjson
import truststore

from maestro_procore.drive import history, network
from maestro_procore.drive.answers import (
    GOOD,
    Answer,
    Asked,
    Failure,
    foreign,
    trouble_of,
    wrong_form,
)
from maestro_procore.drive.challenge import claims_of
from maestro_procore.drive.connection import MicrosoftConnection, may_hold_content
from maestro_procore.drive.gate import UnitGate
from maestro_procore.drive.history import Query
from maestro_procore.file_ports import BOUNDLESS, Bandwidth, let_up, prolonging
from maestro_procore.logs import Secret
from maestro_procore.model.addresses import is_loopback, origin_of
from maestro_procore.ports import CallRecord, Clock, Row

CONNECT_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 60.0
STALLED_SECONDS: Final = 30.0
"""A transfer of a content ends when nothing moved for so long; it has no limit for the whole."""
MOST_BYTES: Final = 64 * 2**20
IDLE_SECONDS: Final = 3.0
BINARY: Final = "application/octet-stream"
"""Type of the body of calls that carry a content."""
PROGRAM: Final = "maestro_procore"
VENDOR: Final = "NONISV|maestro_procore|FileSync"
# Graph's own way to say that it means it (graph-drive.md §4): decorated traffic is served first.

NO_QUERY: Final[Query] = ()


class Tokens(Protocol):
    """Gives the token of one account."""

    async def token(self) -> Secret:
        """Errors: FileCallFailed, SIGN_IN when a person has to sign in."""
        ...

    async def renewed(self, refused: Secret, claims: str | None) -> Secret:
        """Another one than the refused. claims: what the challenge asks for, decoded. Errors: as token."""
        ...


class GraphClient:
    """Graph's calls over https. To be closed at the end; usable as an async context.

    gate: passed before every call. record: told of every exchange. transport: the seam for tests.
    Errors of every call: FileCallFailed; OutcomeUnknown when a write may have been carried out.
    """

    def __init__(
        self,
        connection: MicrosoftConnection,
        tokens: Tokens,
        gate: UnitGate,
        record: Callable[[CallRecord], None] | None = None,
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        total_seconds: float = TOTAL_SECONDS,
        bandwidth: Bandwidth = BOUNDLESS,
    ) -> None:
        self.connection, self._tokens, self._gate, self._record = connection, tokens, gate, record
        self.clock = clock
        self._total_seconds, self._bandwidth = total_seconds, bandwidth
        self._http = httpx.AsyncClient(
            # The system's certificate store, so that a company's own authority is known; there is no way round it.
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            # Through the proxies of the system, except to this computer itself.
            trust_env=not is_loopback(connection.api),
            follow_redirects=False,
            timeout=httpx.Timeout(STALLED_SECONDS, connect=min(CONNECT_SECONDS, total_seconds)),
            limits=httpx.Limits(max_connections=12, max_keepalive_connections=6, keepalive_expiry=IDLE_SECONDS),
            headers={"user-agent": _user_agent(), "accept": "application/json"},
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    # --- calls of Graph ---------------------------------------------------------------------------

    async def get(self, path: str, *, name: str = "", query: Query = NO_QUERY, units: int = 1) -> Row:
        """The object that an address gives. path: below the API's version, or whole as Graph gave it."""
        return (await self.ask(self.asked("GET", path, name, units), query=query))[0]

    def asked(self, method: str, path: str, name: str = "", units: int = 1, *, is_safe: bool = False) -> Asked:
        url = path if "://" in path else self.connection.api + path
        return Asked(method, url, name, units=units, is_safe=is_safe)

    async def ask(
        self,
        asked: Asked,
        *,
        query: Query = NO_QUERY,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> tuple[Row, Answer]:
        """The object of a good answer ({} of an empty one) and the answer. Waits for a limit, renews a token once.

        An address on another host than Graph's is refused before anything is sent: the token goes nowhere else (S5).
        """
        sent = None if json is None else orjson.dumps(json)
        answer = await self.answer(asked, query=query, body=sent if content is None else content, headers=headers)
        failure = trouble_of(asked, answer)
        row = answer.json() if failure is None and answer.body.strip() else {}
        if failure is None and row is None:
            failure = wrong_form(asked, answer)
        records = len(row["value"]) if row and isinstance(row.get("value"), list) else 0
        shown = None if sent is None else sent.decode()
        call = self._note(history.exchange(asked, query, shown, answer, failure, records))
        if failure is not None or row is None:
            raise (failure or wrong_form(asked, answer)).error(call)
        return row, answer

    async def answer(
        self,
        asked: Asked,
        *,
        query: Query = NO_QUERY,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer as it is, refusals included, read whole and not noted: for those who know more about the call."""
        if origin_of(asked.url) != origin_of(self.connection.origin):
            raise foreign(asked, asked.url).error(None)
        token, is_renewed = await self._tokens.token(), False
        while True:
            sending = {
                **(headers or {}),
                "authorization": f"Bearer {token.reveal()}",
                "client-request-id": str(uuid4()),
            }
            if body is not None and "content-type" not in sending:
                sending["content-type"] = "application/json"
            answer, is_limited = await self._exchange(asked, sending, query, body)
            if is_limited:
                self._note(history.exchange(asked, query, None, answer))
                continue
            claims = claims_of(answer)
            if (answer.status == 401 or (answer.status == 403 and claims)) and not is_renewed:
                self._note(history.exchange(asked, query, None, answer))
                token, is_renewed = await self._tokens.renewed(token, claims), True
                continue
            return answer

    # --- contents: no token ever goes with these --------------------------------------------------

    async def send_piece(self, asked: Asked, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """One call to an upload address, as it is. Errors: FileCallFailed when no whole answer came."""
        self._refuse_foreign(asked)
        while True:
            answer, is_limited = await self._exchange(asked, headers, NO_QUERY, body)
            if not is_limited:
                return answer
            self._note(history.exchange(asked, NO_QUERY, None, answer))

    @asynccontextmanager
    async def open_content(self, asked: Asked, headers: Mapping[str, str]) -> AsyncIterator[tuple[Answer, "Pieces"]]:
        """A content from a download address: the answer without its body, and the pieces of it.

        Errors: FileCallFailed; from the pieces too, when the connection breaks.
        """
        self._refuse_foreign(asked)
        started = time.monotonic()
        sent_at = await self._gate.enter(0)
        # identity: what arrives is counted, resumed by its place and hashed.
        request = self._http.build_request(
            asked.method, asked.url, headers={"accept": "*/*", "accept-encoding": "identity", **headers}
        )
        try:
            response = await self._http.send(request, stream=True)
        except BaseException as error:
            await self._gate.leave(sent_at, None, {})
            if not isinstance(error, httpx.TransportError):
                raise
            raise self._failed(asked, NO_QUERY, error, started) from error
        try:
            answer_headers = {name.lower(): value for name, value in response.headers.items()}
            await self._gate.leave(sent_at, response.status_code, answer_headers)
            body = b"" if response.status_code in GOOD else await _read(response, MOST_BYTES) or b""
            answer = Answer(response.status_code, answer_headers, body, self.clock.now(), _milliseconds_since(started))
            self._note(history.exchange(asked, NO_QUERY, None, answer))
            failed = lambda error: self._failed(asked, NO_QUERY, error, started)  # noqa: E731
            yield answer, Pieces(response, failed, self._bandwidth)
        finally:
            await response.aclose()

    def note(self, asked: Asked, answer: Answer, failure: Failure | None = None) -> CallRecord:
        """Puts an exchange that its caller judged himself into the history."""
        return self._note(history.exchange(asked, NO_QUERY, None, answer, failure))

    # --- one exchange -----------------------------------------------------------------------------

    def _refuse_foreign(self, asked: Asked) -> None:
        if not may_hold_content(asked.url, self.connection.api):
            raise foreign(asked, asked.url).error(None)

    async def _exchange(
        self, asked: Asked, headers: Mapping[str, str], query: Query, body: bytes | None
    ) -> tuple[Answer, bool]:
        """Through the gate and back; True: the limit was hit. Errors: FileCallFailed when no whole answer came."""
        sent_at = await self._gate.enter(asked.units)
        try:
            answer = await self._send(asked, headers, query, body)
        except BaseException:
            await self._gate.leave(sent_at, None, {})
            raise
        return answer, await self._gate.leave(sent_at, answer.status, answer.headers)

    async def _send(self, asked: Asked, headers: Mapping[str, str], query: Query, body: bytes | None) -> Answer:
        """One exchange, read whole within the time and size allowed. Errors: FileCallFailed."""
        started = time.monotonic()
        # Without params httpx keeps the query of an address that Graph gave; with them it would drop it.
        request = self._http.build_request(
            asked.method, asked.url, params=list(query) or None, headers=dict(headers), content=body
        )
        longest = self._total_seconds + len(body or b"") / 100_000
        content: bytes | None
        try:
            # httpx limits each wait; a server that sends a byte a minute needs a limit for the whole (F12).
            async with asyncio.timeout(longest) as ends:
                if body is not None and headers.get("content-type") == BINARY:
                    request.stream = _Outgoing(request.stream, self._bandwidth, ends)
                response = await self._http.send(request, stream=True)
                try:
                    content = await _read(response, MOST_BYTES)
                finally:
                    await response.aclose()
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            raise self._failed(asked, query, error, started) from error
        answer_headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(
            response.status_code, answer_headers, content or b"", self.clock.now(), _milliseconds_since(started)
        )
        if content is None:
            failure = wrong_form(asked, replace(answer, body=b"> 64 MiB"))
            raise failure.error(self._note(history.exchange(asked, query, None, answer, failure)))
        return answer

    def _failed(self, asked: Asked, query: Query, error: Exception, started: float) -> Exception:
        failure = self._no_answer(asked, error)
        call = history.silence(asked, query, None, failure, self.clock.now(), _milliseconds_since(started))
        return failure.error(self._note(call))

    def _no_answer(self, asked: Asked, error: Exception) -> Failure:
        match error:
            case httpx.ProxyError():
                return network.proxy_refused(asked, error)
            case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.UnsupportedProtocol():
                return network.not_connected(asked, error)
            case httpx.TimeoutException() | TimeoutError():
                return network.silent(asked, self._total_seconds)
            case _:
                return network.cut(asked)

    def _note(self, call: CallRecord) -> CallRecord:
        if self._record is not None:
            self._record(call)
        return call


class _Outgoing(httpx.AsyncByteStream):
    """A content within a call."""

    def __init__(self, content: Any, bandwidth: Bandwidth, longest: asyncio.Timeout) -> None:
        self._parts = let_up(content, bandwidth, prolonging(longest))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts


class Pieces:
    """The body of a content as it arrives. Errors: FileCallFailed when the connection breaks or stalls."""

    def __init__(
        self, response: httpx.Response, failed: Callable[[Exception], Exception], bandwidth: Bandwidth
    ) -> None:
        self._response, self._failed, self._bandwidth = response, failed, bandwidth

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            # As it comes: in pieces of a fixed size, what came before a break would be lost.
            async for piece in self._response.aiter_raw():
                await self._bandwidth.down(len(piece))
                yield piece
        except httpx.TransportError as error:
            raise self._failed(error) from error


def _user_agent() -> str:
    """Microsoft's form for a company's own program, so that its support can tell our calls from others."""
    try:
        return f"{VENDOR}/{metadata.version(PROGRAM)}"
    except metadata.PackageNotFoundError:
        return VENDOR


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


async def _read(response: httpx.Response, most_bytes: int) -> bytes | None:
    """The body, unpacked; None when it is longer than allowed. A small answer may unpack to gigabytes."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most_bytes:
            return None
        parts.append(part)
    return b"".join(parts)
