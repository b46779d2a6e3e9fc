"""One sandbox as an ASGI application: log, faults, limits, then the login host, the API or the control interface.

Every request is applied in one piece between two awaits, so no two requests ever see each other half done.
"""

import asyncio
import secrets
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import orjson

from maestro_procore.sandbox import control
from maestro_procore.sandbox.answers import Answer, Call, Refused, json_answer
from maestro_procore.sandbox.api_document import api_document
from maestro_procore.sandbox.bodies import Bodies
from maestro_procore.sandbox.call_log import CallLog, LoggedCall
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.downloads import is_download
from maestro_procore.sandbox.faults import Fault, Faults
from maestro_procore.sandbox.forms import settle_form
from maestro_procore.sandbox.microsoft_side import STRICT_SWITCHES, MicrosoftSide
from maestro_procore.sandbox.options import SandboxOptions, Switches
from maestro_procore.sandbox.procore_api import ProcoreApi
from maestro_procore.sandbox.rate_limits import REFUSAL, RateLimits
from maestro_procore.sandbox.row_store import BODIES, NoStore, RowStore, SqliteStore
from maestro_procore.sandbox.sign_in import USERS, Credentials, SignIn
from maestro_procore.sandbox.start_data import StartData, fill, start_data
from maestro_procore.sandbox.storage import Storage
from maestro_procore.sandbox.strict import Strict, Violation
from maestro_procore.sandbox.uploads_unified import is_unified
from maestro_procore.sandbox.visits import Bearer, Visit
from maestro_procore.sandbox.webhooks import note_changes
from maestro_procore.sandbox.world import World

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Serve = Callable[[Call], Answer]

IN_PROCESS = "http://sandbox.invalid"
IN_MEMORY_BYTES = 4 * 1024 * 1024  # a longer body that is no JSON waits in a temporary file
CUT = "maestro.cut_connection"  # ASGI extension of our own server: closes the connection at once


class Sandbox:
    """The application. `start_line` is what a client needs to know to use it."""

    def __init__(
        self,
        options: SandboxOptions,
        *,
        data: StartData | None = None,
        clock: SandboxClock | None = None,
        cut_error: Callable[[], Exception] = ConnectionAbortedError,
    ) -> None:
        """data: instead of the options' company. cut_error: what an in-process client sees when a fault cuts.

        Errors: CompanyRefused, UnknownSwitch.
        """
        self.options = options
        self.base_url = IN_PROCESS
        self.switches = Switches(options.switches)
        if options.strict:
            # Our own client names the company always; the public ones run without --strict.
            self.switches.change({"company_header_optional": False, "identity_header_optional": False})
            self.switches.change(STRICT_SWITCHES)
            self.switches.change(options.switches)
        self._store: RowStore = NoStore() if options.profile is None else SqliteStore(options.profile)
        self.clock = clock or SandboxClock(float(self._store.note("advanced_seconds") or 0))
        self.world = World(self._store)
        self.bodies = Bodies(None if options.profile is None else options.profile / BODIES)
        self.storage = Storage(self.bodies, self.clock, self.switches, self._storage_secret())
        self.document = api_document()
        self._company_id = 0
        self.company = self._open_world(data)
        self.credentials = Credentials.fresh()
        self.microsoft = MicrosoftSide(self.world, self.clock, self.switches, self.storage, self.credentials)
        self.log, self.faults = CallLog(), Faults()
        self.limits = RateLimits(options.hourly_limit, options.hour_seconds, options.spike_limit, options.spike_seconds)
        self._cut_error = cut_error
        self._sign_in = SignIn(self.world, self.clock, self.credentials, self.switches)
        self._api = ProcoreApi(
            self.document, self.world, self.clock, self.switches, self._sign_in, lambda: self.base_url, self.storage
        )
        self._strict = Strict(self.document) if options.strict else None
        self._control = control.Control(
            self.clock,
            self.switches,
            self.log,
            self.faults,
            lambda: self.start_line,
            self._user_visit,
            self._keep_clock,
            self.document,
            self.microsoft,
        )

    def _storage_secret(self) -> str:
        """Kept with the profile: an address that was signed before a kill is good after it."""
        secret = self._store.note("storage_secret") or secrets.token_hex(16)
        self._store.commit([], {"storage_secret": secret})
        return secret

    def kept_ports(self) -> dict[str, int]:
        """Ports of the last run of this profile, by the name of the host they serve."""
        ports: dict[str, int] = orjson.loads(self._store.note("ports") or "{}")
        return ports

    def keep_ports(self, ports: Mapping[str, int]) -> None:
        self._store.commit([], {"ports": orjson.dumps(dict(ports)).decode()})

    def _open_world(self, data: StartData | None) -> Mapping[str, Any]:
        """Continue the profile's world, or make the start rows. Returns the maestro* side."""
        kept = self._store.note("company")
        if kept is not None:
            self._company_id = int(self._store.note("company_id") or 0)
            company: Mapping[str, Any] = orjson.loads(kept)
            return company
        data = data or start_data(self.options.company)
        fill(self.world, data, self.document, self.clock, self.switches)
        company_id = data.procore["companies"][0]["id"]
        self.world.commit({"company": orjson.dumps(data.company).decode(), "company_id": str(company_id)})
        self._company_id = company_id
        return data.company

    @property
    def company_id(self) -> int:
        """The company of the start line: the first of the start data."""
        return self._company_id

    @property
    def start_line(self) -> dict[str, Any]:
        return {
            "procore_api": self.base_url,
            "procore_login": self.base_url,
            "graph": self.microsoft.graph,
            "microsoft_login": self.microsoft.login,
            "ca_file": self.microsoft.ca_file,
            "client_id": self.credentials.client_id,
            "client_secret": self.credentials.client_secret,
            "company_id": self.company_id,
            "drive_id": self.microsoft.drive_id,
            "company": self.company,
            "control": self.base_url + control.PREFIX,
        }

    def close(self) -> None:
        self._store.close()
        self.bodies.close()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        call = await _read(scope, receive)
        try:
            await self._respond(scope, receive, send, call)
        finally:
            call.close()

    async def _respond(self, scope: MutableMapping[str, Any], receive: Receive, send: Send, call: Call) -> None:
        if call.path == control.PREFIX or call.path.startswith(control.PREFIX + "/"):
            await self._send(send, self._serve(call, self._control.serve))
            return
        api, serve = self._route(call)
        logged = self.log.arrived(api, call, self.clock.unix())
        if not call.is_whole:
            return  # the client went away while it was sending: nothing of it is applied
        if self.options.latency_ms:
            await asyncio.sleep(self.options.latency_ms / 1000)
        fault = self.faults.for_call(api, call)
        if fault is not None and fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if fault is not None and fault.cut == "before":
            await self._cut(scope, receive)
            return
        answer = self._answer(call, logged, fault, serve)
        if fault is not None and fault.cut == "after":
            await self._cut(scope, receive)
            return
        logged.status = answer.status
        if fault is not None and fault.truncate is not None:
            await self._send(send, answer, fault.truncate)
            await self._cut(scope, receive, "after_sending")
            return
        await self._send(send, answer)

    def _route(self, call: Call) -> tuple[str, Serve]:
        """The API that a request is for, as the call log names it, and who serves it."""
        microsoft = self.microsoft.route(call)
        if microsoft is not None:
            return microsoft
        if call.host == urlsplit(self.storage.origin).netloc:
            return "storage", self.storage.serve
        return ("login", self._sign_in.serve) if call.path.startswith("/oauth/") else ("procore", self._api.serve)

    def _answer(self, call: Call, logged: LoggedCall, fault: Fault | None, serve: Serve) -> Answer:
        """The answer of either host, with the limit headers. No await in here: see the module's text."""
        now = self.clock.unix()
        answer: Answer | None = None
        if logged.api == "procore":
            logged.counted = self.switches["downloads_counted"] or not is_download(call)
            if logged.counted and not self.limits.admit(now):
                answer = self._too_many(now)
        logged.counted = logged.counted or logged.api == "graph"
        if answer is None and (fault is None or fault.status is None or fault.apply):
            answer = self._serve(call, lambda each: self._checked(each, serve, logged))
        if fault is not None:
            answer = fault.changed(answer)
        assert answer is not None, "a fault without status leaves the right answer"
        is_limited = logged.counted or not is_download(call)
        if (logged.api == "procore" and is_limited) or call.path.startswith("/oauth/"):
            for name, value in self.limits.headers(now).items():
                answer.headers.setdefault(name, value)
        return answer

    def _serve(self, call: Call, serve: Serve) -> Answer:
        """Apply the request whole or not at all."""
        try:
            answer = serve(call)
            note_changes(self.world, self.clock)
            self.world.commit()
            return answer
        except Refused as refused:
            self.world.undo()
            return refused.answer()
        except Exception:
            self.world.undo()
            traceback.print_exc(file=sys.stderr)
            return json_answer({"code": 500, "message": "Internal server error"}, 500)

    def _checked(self, call: Call, serve: Serve, logged: LoggedCall) -> Answer:
        if logged.api == "procore":
            settle_form(call)
        if self._strict is not None and logged.api == "storage" and "authorization" in call.headers:
            logged.violation = "a bearer token was sent to the storage host"
        is_procore = logged.api == "procore" or call.path.startswith("/oauth/")
        if self._strict is None or not is_procore or is_download(call) or is_unified(call):
            return serve(call)
        try:
            self._strict.check_request(call)
            answer = serve(call)
            self._strict.check_answer(call, answer)
        except Violation as violation:
            logged.violation = str(violation)
            raise Refused(violation.status, {"message": "strict: " + str(violation)}) from None
        return answer

    def _too_many(self, now: float) -> Answer:
        headers = {}
        if self.switches["retry_after_on_429"]:
            headers["Retry-After"] = str(max(1, self.limits.nearer(now).ends_at - int(now)))
        return json_answer({"code": 429, "message": REFUSAL, "error": "Too Many Requests"}, 429, headers)

    async def _send(self, send: Send, answer: Answer, only_bytes: int | None = None) -> None:
        headers = {
            "Date": self.clock.http_date(),
            "Content-Type": answer.content_type,
            "Content-Length": str(answer.length if answer.pieces is not None else len(answer.body)),
            **answer.headers,
        }
        if answer.status == 204:
            del headers["Content-Type"], headers["Content-Length"]
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        if answer.pieces is not None:
            await _send_pieces(send, answer, only_bytes)
            return
        whole = only_bytes is None or only_bytes >= len(answer.body)
        body = answer.body if whole else answer.body[:only_bytes]
        await send({"type": "http.response.body", "body": body, "more_body": not whole})

    async def _cut(self, scope: Mapping[str, Any], receive: Receive, how: str = "at_once") -> None:
        """Close the connection without (the rest of) an answer."""
        cut = scope.get("extensions", {}).get(CUT)
        if cut is None:
            raise self._cut_error()
        cut[how]()
        while (await receive())["type"] != "http.disconnect":
            pass

    def _user_visit(self, call: Call) -> Visit:
        """A visit as the person who works in Procore, for changes made through the control interface."""
        person = next(user for user in self.world.collection(USERS) if not user.get("_is_service"))
        return Visit(
            call,
            Bearer(person, is_service=False),
            self.world,
            self.clock,
            self.switches,
            self.document,
            company_id=self.company_id,
            storage=self.storage,
        )

    def _keep_clock(self) -> None:
        self._store.commit([], {"advanced_seconds": str(self.clock.advanced_seconds)})


def create_app(options: SandboxOptions, **parts: Any) -> Sandbox:
    """A sandbox for an in-process transport. parts: see Sandbox."""
    return Sandbox(options, **parts)


async def _send_pieces(send: Send, answer: Answer, only_bytes: int | None) -> None:
    """A download, piece by piece; the file behind it is closed whatever happens."""
    assert answer.pieces is not None
    left = answer.length if only_bytes is None else min(only_bytes, answer.length)
    is_cut = left < answer.length
    for piece in answer.pieces:
        piece = piece[:left]
        left -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if left <= 0:
            break
    await send({"type": "http.response.body", "body": b"", "more_body": is_cut})


async def _read(scope: Mapping[str, Any], receive: Receive) -> Call:
    headers = _joined(scope["headers"])
    may_wait_on_disk = not headers.get("content-type", "application/json").startswith("application/json")
    body, large, is_whole = bytearray(), None, True
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            is_whole = False
            break
        body += message.get("body", b"")
        if may_wait_on_disk and len(body) > IN_MEMORY_BYTES:
            large = _to_disk(large, body)
        if not message.get("more_body"):
            break
    if large is not None:
        large = _to_disk(large, body)
    query = scope.get("query_string", b"").decode("latin-1")
    server = scope.get("server") or ("", None)
    host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    return Call(scope["method"], scope["path"], query, headers, bytes(body), large, is_whole, host)


def _to_disk(large: BinaryIO | None, body: bytearray) -> BinaryIO:
    """Move what was read so far behind what is on the disk already."""
    if large is None:
        large = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the call that carries it
    large.write(body)
    body.clear()
    return large


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
