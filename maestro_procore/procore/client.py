"""Talks to Procore: the only module of this room that knows the HTTP library.

One client per worker: measured, a pool shared by 50 callers is four times slower (qt-and-packaging.md §10).
What an answer means is answers.py, what is asked catalogue.py and sync_actions.py.
"""

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx
import truststore

from maestro_procore.file_ports import BOUNDLESS, SLICE_BYTES, Bandwidth, let_up, prolonging
from maestro_procore.logs import Secret
from maestro_procore.model.addresses import is_loopback
from maestro_procore.model.rate_headers import server_time
from maestro_procore.ports import NOWHERE, CallRecord, Clock, Gate, Page, Place, Procore, Row, SyncAnswer
from maestro_procore.procore import history, network
from maestro_procore.procore.answers import Answer, Asked, Failure, decode, too_long, trouble_of, wrong_form
from maestro_procore.procore.auth import TOKEN_PATH, SignIn, sign_in_trouble
from maestro_procore.procore.bodies import Body, FileForm, opened, seconds_to_send, shown
from maestro_procore.procore.catalogue import resource
from maestro_procore.procore.connection import Connection
from maestro_procore.procore.paging import has_next_page, page_capacity, total_rows
from maestro_procore.procore.person_sign_in import REVOKE_PATH, Kept, code_form, revoke_form
from maestro_procore.procore.resources import Resource, one_address, page_address
from maestro_procore.procore.sync_actions import reader_of_list, reader_of_one, reader_of_write, write_call

CONNECT_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 60.0
MOST_BYTES: Final = 64 * 2**20  # 2,000 vendors with every field are about 8 MB
IDLE_SECONDS: Final = 3.0  # shorter than any server keeps an idle connection, so no call goes into a closing one
PROGRAM: Final = "maestro_procore"
WHOLE_OR_PART: Final = (200, 206)
PIECE_BYTES: Final = SLICE_BYTES
SHOWN_ERROR_BYTES: Final = 64 * 2**10

Content = TypeVar("Content")
Query = tuple[tuple[str, str], ...]


class ProcoreClient(Procore):
    """Procore's lists and bulk calls over https. To be closed at the end; usable as an async context.

    gate: passed before every call of the API, never for signing in. record: told of every exchange, refused and
    repeated ones included. sign_in: shared by the clients of one connection. transport: the seam for tests.
    """

    counted = 0
    """Calls of this client that Procore's limits count."""

    def __init__(
        self,
        connection: Connection,
        gate: Gate,
        record: Callable[[CallRecord], None] | None = None,
        *,
        clock: Clock,
        sign_in: SignIn | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        total_seconds: float = TOTAL_SECONDS,
        most_bytes: int = MOST_BYTES,
        bandwidth: Bandwidth = BOUNDLESS,
    ) -> None:
        self._connection, self._gate, self._record, self._clock = connection, gate, record, clock
        self._sign_in = sign_in or SignIn(connection, clock)
        self._total_seconds, self._most_bytes, self._bandwidth = total_seconds, most_bytes, bandwidth
        self._http = httpx.AsyncClient(
            # The system's certificate store, so that a company's own authority is known; there is no way round it.
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            # Through the proxies of the system, except to this computer itself.
            trust_env=not is_loopback(connection.api),
            follow_redirects=False,
            timeout=httpx.Timeout(total_seconds, connect=min(CONNECT_SECONDS, total_seconds)),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=IDLE_SECONDS),
            headers={"user-agent": _user_agent(), "accept": "application/json"},
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections; a call on its way ends with CallFailed."""
        await self._sign_in.settle()
        await self._http.aclose()

    # --- the door ---------------------------------------------------------------------------------

    async def read_page(
        self, resource_name: str, page: int, changed_since: datetime | None, place: Place = NOWHERE
    ) -> Page:
        """One page of a list. A list without filters[updated_at] is read whole, whatever changed_since says.

        place: besides the numbers of the address, `project` may say how people call the project, for messages.
        Errors: CallFailed; ValueError for a place that does not say where the list lies.
        """
        row = resource(resource_name)
        wanted = page_address(row, self._here(row, place), page, changed_since, self._clock.now())
        asked = self._asked("GET", wanted.path, row, place)
        rows, answer, call = await self.ask(asked, reader_of_list(row), query=wanted.query)
        return Page(
            rows,
            total_rows(answer.headers),
            has_next_page(answer.headers, page, len(rows), row.page_size),
            page_capacity(answer.headers, row.page_size),
            server_time(answer.headers),
            call,
        )

    async def read_one(self, resource_name: str, record_id: int, place: Place = NOWHERE) -> Page:
        """One record with everything that its list leaves out, as the only row. Errors: as read_page."""
        row = resource(resource_name)
        wanted = one_address(row, self._here(row, place), record_id)
        asked = self._asked("GET", wanted.path, row, place, is_of_one=True)
        rows, answer, call = await self.ask(asked, reader_of_one(row), query=wanted.query)
        return Page(rows, None, False, 1, server_time(answer.headers), call)

    async def synchronize(
        self,
        resource_name: str,
        updates: Sequence[Row],
        place: Place = NOWHERE,
        not_after: datetime | None = None,
    ) -> SyncAnswer:
        """Creations and updates in one call, at most as many as the resource's write takes.

        Where Procore's answer has no place for single refusals, one refused record refuses all of them (CallFailed).
        not_after: when the call could go only later, also for its repetition after a 429, nothing is sent.
        Errors: CallFailed; TooLate; ValueError for too many records, or a place that does not say where.
        """
        row = resource(resource_name)
        sent = write_call(row, self._here(row, place), updates)
        assert row.write is not None, "write_call() refuses it"
        asked = self._asked(sent.method, sent.address.path, row, place, sent=updates, is_of_one=row.write.is_of_known)
        (entities, errors), answer, call = await self.ask(
            asked,
            reader_of_write(row.write, row.has_text_ids),
            query=sent.address.query,
            body=sent.body,
            not_after=not_after,
        )
        return SyncAnswer(entities, errors, server_time(answer.headers), call)

    async def companies(self) -> list[Row]:
        """The companies this client may see: id, name, is_active."""
        found: list[Row] = []
        number, has_next = 1, True
        while has_next:
            page = await self.read_page("companies", number, None)
            found += page.rows
            number, has_next = number + 1, page.has_next
        return found

    async def me(self) -> Row:
        """Who the connection acts as: id, login, name."""
        row, _answer, _call = await self.ask(self._asked("GET", "/rest/v1.0/me"), read_object)
        return row

    # --- one call ---------------------------------------------------------------------------------

    def _here(self, row: Resource, place: Place) -> dict[str, str]:
        """The place, and the company of the connection. Errors: ValueError for a place of another company."""
        company_id = self._connection.company_id
        if company_id is None:
            return dict(place)
        if place.get("company_id", str(company_id)) != str(company_id):
            raise ValueError(f"{row.name}: the place lies in another company")
        return {**place, "company_id": str(company_id)}

    def _asked(
        self,
        method: str,
        path: str,
        row: Resource | None = None,
        place: Place = NOWHERE,
        *,
        sent: Sequence[Row] = (),
        is_of_one: bool = False,
    ) -> Asked:
        return Asked(
            method,
            self._connection.api + path,
            path,
            row.tool if row else "",
            self._connection.company_id,
            len(sent),
            project=place.get("project") or place.get("project_id", "") if row and "project_id" in row.place else "",
            is_of_one=is_of_one,
            sent=sent,
        )

    async def ask(
        self,
        asked: Asked,
        read: Callable[[object], Content | None],
        *,
        query: Query = (),
        body: Body = None,
        not_after: datetime | None = None,
    ) -> tuple[Content, Answer, CallRecord]:
        """What `read` makes of a good answer. Waits for a hit limit, renews a dead token once.

        body: JSON as bytes, or a form with a file, which is read anew for each repetition.
        Errors: CallFailed; TooLate when the limit lets it go only after not_after.
        """
        token = await self._sign_in.token(self._post_form)
        is_renewed = False
        while True:
            answer, is_limited = await self._exchange(asked, token, query, body, not_after)
            if is_limited:
                self._note(history.exchange(asked, query, shown(body), answer))
                continue
            if answer.status == 401 and not is_renewed:
                self._note(history.exchange(asked, query, shown(body), answer))
                token, is_renewed = await self._sign_in.renew(token, self._post_form), True
                continue
            content, failure = _understood(asked, answer, read)
            rows = len(content) if isinstance(content, list) else None
            call = self._note(history.exchange(asked, query, shown(body), answer, failure, rows))
            if failure is not None or content is None:
                raise (failure or wrong_form(asked, answer.body)).error(call)
            return content, answer, call

    async def _exchange(
        self, asked: Asked, token: Secret, query: Query, body: Body, not_after: datetime | None
    ) -> tuple[Answer, bool]:
        """Through the gate and back; True: the limit was hit. Errors: TooLate; CallFailed when no whole answer came."""
        headers = {"authorization": f"Bearer {token.reveal()}"}
        if asked.company_id is not None:
            headers["procore-company-id"] = str(asked.company_id)
        if isinstance(body, bytes):
            headers["content-type"] = "application/json"
        await self._gate.enter(not_after)
        self._count()
        try:
            answer = await self._send(asked, headers, query, body)
        except BaseException:
            await self._gate.leave(None, {})
            raise
        return answer, await self._gate.leave(answer.status, answer.headers)

    def _count(self) -> None:
        """One more call goes out that Procore's limits count."""
        self.counted += 1

    async def sign_in_with_code(self, code: Secret, redirect_uri: str, verifier: str) -> Kept:
        """What is kept of a sign-in, for the code that the sign-in page gave. Errors: CallFailed, CON-08 refused."""
        answer = await self._post_form(code_form(self._connection, code, redirect_uri, verifier))
        return Kept.of(answer, self._connection.login, self._clock.now())

    async def revoke(self, token: Secret) -> None:
        """Ends a sign-in at Procore: access and refresh token together. Errors: CallFailed."""
        await self._post_form(revoke_form(self._connection, token), REVOKE_PATH)

    async def _post_form(self, form: Mapping[str, str], path: str = TOKEN_PATH) -> Mapping[str, Any]:
        """Asks the sign-in server; Procore's limits do not count it, so without the gate. Errors: CallFailed."""
        asked = Asked("POST", self._connection.login + path, path, api="login")
        body = str(httpx.QueryParams(dict(form))).encode()
        answer = await self._send(asked, {"content-type": "application/x-www-form-urlencoded"}, (), body)
        content: Mapping[str, Any] | None = None
        failure = sign_in_trouble(asked, answer, self._connection.name)
        if failure is None:
            content, failure = _understood(asked, answer, read_object)
        call = self._note(history.exchange(asked, (), body, answer, failure))
        if failure is not None or content is None:
            raise (failure or wrong_form(asked, answer.body)).error(call)
        return content

    async def _send(self, asked: Asked, headers: Mapping[str, str], query: Query, body: Body) -> Answer:
        """One exchange, read whole within the time and size allowed. Errors: CallFailed."""
        started = time.monotonic()
        content: bytes | None
        try:
            # httpx limits each wait; a server that sends a byte a minute needs a limit for the whole (F12).
            async with asyncio.timeout(self._total_seconds + seconds_to_send(body)) as longest:
                with opened(body) as parts:
                    request = self._http.build_request(
                        asked.method, asked.url, params=list(query) or None, headers=dict(headers), **parts
                    )
                    if isinstance(body, FileForm):
                        request.stream = _Outgoing(request.stream, self._bandwidth, longest)
                    response = await self._http.send(request, stream=True)
                try:
                    content = await _read(response, self._most_bytes)
                finally:
                    await response.aclose()
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            failure = self._no_answer(asked, error)
            took = _milliseconds_since(started)
            call = self._note(history.silence(asked, query, shown(body), failure, self._clock.now(), took))
            raise failure.error(call) from error
        answer_headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(
            response.status_code, answer_headers, content or b"", self._clock.now(), _milliseconds_since(started)
        )
        if content is None:
            failure = too_long(asked, self._most_bytes)
            raise failure.error(self._note(history.exchange(asked, query, shown(body), answer, failure)))
        return answer

    async def save(self, asked: Asked, headers: Mapping[str, str], into: Path) -> Answer:
        """One exchange whose content goes into a file, added to what it holds when the server resumes (206).

        The answer has no body then; any other one has the beginning of its own. It has no limit for the whole, but none
        of its waits is longer than usual. Errors: CallFailed; OSError.
        """
        status: int | None = None
        try:
            async with self._http.stream("GET", asked.url, headers=dict(headers)) as response:
                status = response.status_code
                seen = {name.lower(): value for name, value in response.headers.items()}
                if status not in WHOLE_OR_PART:
                    body = await _read(response, SHOWN_ERROR_BYTES) or b""
                    return Answer(status, seen, body, self._clock.now())
                with into.open("ab" if status == 206 else "wb") as file:
                    async for piece in response.aiter_bytes(PIECE_BYTES):
                        file.write(piece)
                        await self._bandwidth.down(len(piece))
                    file.flush()
                    os.fsync(file.fileno())
                return Answer(status, seen, b"", self._clock.now())
        except (httpx.TransportError, httpx.DecodingError) as error:
            failure = network.cut(asked) if status is not None else self._no_answer(asked, error)
            raise failure.error(self._note(history.silence(asked, (), None, failure, self._clock.now(), 0))) from error

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
    """The content of a file within a call."""

    def __init__(self, content: Any, bandwidth: Bandwidth, longest: asyncio.Timeout) -> None:
        self._parts = let_up(content, bandwidth, prolonging(longest))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts


def _user_agent() -> str:
    """Program and version, so that Procore's support can tell our calls from others."""
    try:
        return f"{PROGRAM}/{metadata.version(PROGRAM)}"
    except metadata.PackageNotFoundError:
        return PROGRAM


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _understood(
    asked: Asked, answer: Answer, read: Callable[[object], Content | None]
) -> tuple[Content | None, Failure | None]:
    """The content in the form that `read` wants, or what is wrong with the answer."""
    failure = trouble_of(asked, answer)
    if failure is not None:
        return None, failure
    if asked.method == "DELETE" and not answer.body:  # done, and nothing to say about it
        return read({}), None
    raw, failure = decode(asked, answer)
    if failure is not None:
        return None, failure
    content = read(raw)
    return content, wrong_form(asked, answer.body) if content is None else None


def read_object(content: object) -> Row | None:
    """An answer that is one bare record."""
    return content if isinstance(content, dict) else None


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
