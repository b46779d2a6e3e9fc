"""A small Procore behind httpx's transport, a clock that jumps, and a gate that is always open."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import orjson

from maestro_procore.logs import Secret
from maestro_procore.ports import CallRecord, TooLate
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.procore.connection import Connection

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
CLIENT_SECRET = "canary-client-secret-5d21"
API = "https://api.example.test"


class JumpClock:
    """Time that passes only when somebody naps."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    async def nap(self, length: timedelta) -> None:
        self.time += length


class OpenGate:
    """Lets every call through, remembers what it was told, repeats after a 429. late: how many calls still go out."""

    def __init__(self) -> None:
        self.entered = 0
        self.left: list[int | None] = []
        self.latest: list[datetime | None] = []
        self.late: int | None = None

    async def enter(self, not_after: datetime | None = None) -> None:
        if self.late == self.entered:
            raise TooLate
        self.entered += 1
        self.latest.append(not_after)

    async def leave(self, status: int | None, headers: Mapping[str, str]) -> bool:
        self.left.append(status)
        return status == 429


Answer = httpx.Response | Exception
Script = Callable[[httpx.Request], Answer]


class FakeProcore(httpx.AsyncBaseTransport):
    """Signs in, hands out tokens `token-canary-N`, and answers the API's calls from a list or a function."""

    def __init__(self, *answers: Answer, script: Script | None = None) -> None:
        self.answers, self.script = list(answers), script
        self.seen: list[httpx.Request] = []
        self.tokens = 0
        self.dead_tokens: set[str] = set()
        self.sign_in: Script = self._token

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.seen.append(request)
        if request.url.path == "/oauth/token":
            answer = self.sign_in(request)
        elif request.headers["authorization"].removeprefix("Bearer ") in self.dead_tokens:
            answer = json_answer({"message": "The access token is invalid"}, 401)
        else:
            answer = self.script(request) if self.script else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _token(self, request: httpx.Request) -> Answer:
        self.tokens += 1
        return json_answer(
            {"access_token": f"token-canary-{self.tokens}", "token_type": "bearer", "expires_in": 5400, "created_at": 1}
        )

    @property
    def calls(self) -> list[httpx.Request]:
        """What reached the API, without signing in."""
        return [request for request in self.seen if request.url.path != "/oauth/token"]


def json_answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return raw_answer(orjson.dumps(content), status, {"content-type": "application/json", **(headers or {})})


def raw_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, content=body, headers={"date": format_datetime(NOON, usegmt=True), **(headers or {})})


class Tried:
    """A client on a fake Procore, with everything it told its surroundings."""

    def __init__(self, server: FakeProcore, *, company_id: int | None = 77, url: str = API, **more: object) -> None:
        self.server, self.clock, self.gate = server, JumpClock(), OpenGate()
        self.records: list[CallRecord] = []
        connection = Connection(
            api_url=url, client_id="our-app", client_secret=Secret(CLIENT_SECRET), company_id=company_id
        )
        self.client = ProcoreClient(
            connection, self.gate, self.records.append, clock=self.clock, transport=server, **more
        )
