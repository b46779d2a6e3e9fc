"""A scripted Graph behind httpx's transport, tokens that count, and a gate that is always open."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx

from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.connection import MicrosoftConnection
from maestro_procore.drive.drive_store import DriveStore
from maestro_procore.drive.token_cache import Seal
from maestro_procore.logs import Secret
from maestro_procore.ports import CallRecord
from tests.doors.procore.fake_procore import NOON, JumpClock

GRAPH = "https://graph.microsoft.com"
STORAGE = "https://contoso.sharepoint.com"
DRIVE = "b!drive"
APP = "our-app-id"
SEAL = Seal(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")

Answer = httpx.Response | Exception
Script = Callable[[httpx.Request], Answer | None]


def ok(content: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if content is None:
        return httpx.Response(status, headers=named)
    return httpx.Response(status, json=content, headers=named)


def refused(status: int, code: str, *inner: str, **headers: str) -> httpx.Response:
    """An error body as Graph writes it, with nested codes."""
    error: dict[str, Any] = {"code": code, "message": f"told: {code}"}
    at = error
    for one in inner:
        at["innerError"] = {"code": one}
        at = at["innerError"]
    return ok({"error": error}, status, **headers)


class FakeGraph(httpx.AsyncBaseTransport):
    """Answers from a list, in order, or by a script; remembers every request with its body."""

    def __init__(self, *answers: Answer, script: Script | None = None) -> None:
        self.answers, self.script = list(answers), script
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(await request.aread())
        answer = self.script(request) if self.script is not None else None
        if answer is None:
            assert self.answers, f"nobody expected {request.method} {request.url}"
            answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        answer.headers.setdefault("date", "Mon, 02 Mar 2026 12:00:00 GMT")
        if answer.is_stream_consumed:
            # As from a network: nothing was read yet, and an answer given twice can be read twice.
            return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))
        return answer

    def asked(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]


class CountingTokens:
    """Hands out `token-canary-N`, another one at each renewal."""

    def __init__(self) -> None:
        self.number = 1
        self.claims: list[str | None] = []

    async def token(self) -> Secret:
        return Secret(f"token-canary-{self.number}")

    async def renewed(self, refused: Secret, claims: str | None) -> Secret:
        self.claims.append(claims)
        self.number += 1
        return await self.token()


class OpenUnitGate:
    """Lets every call through, remembers what it was told, repeats after a 429."""

    def __init__(self) -> None:
        self.units: list[int] = []
        self.left: list[int | None] = []

    async def enter(self, units: int) -> datetime:
        self.units.append(units)
        return NOON

    async def leave(self, sent_at: datetime, status: int | None, headers: Mapping[str, str]) -> bool:
        self.left.append(status)
        return status == 429


class World:
    """A client, a store and what passed between them and Graph."""

    def __init__(self, *answers: Answer, script: Script | None = None, graph: str = GRAPH) -> None:
        self.graph, self.gate, self.tokens = FakeGraph(*answers, script=script), OpenUnitGate(), CountingTokens()
        self.calls: list[CallRecord] = []
        self.clock = JumpClock()
        self.client = GraphClient(
            MicrosoftConnection(client_id=APP, graph_url=graph, login_url="https://login.microsoftonline.com"),
            self.tokens,
            self.gate,
            self.calls.append,
            clock=self.clock,
            transport=self.graph,
        )
        self.store = DriveStore(self.client, DRIVE, name="Library", client_id=APP, seal=SEAL)


def file_row(
    item_id: str = "F1",
    name: str = "plan.pdf",
    *,
    parent: str = "ROOT",
    content_hash: str | None = "YRDDGAAAAAAAAAAAAwAAAAAAAAA=",
    size: int = 3,
    tag: str = '"{F1},1"',
    **more: Any,
) -> dict[str, Any]:
    """A driveItem as a business drive gives it; its content is b"abc" unless said otherwise."""
    hashes = {"hashes": {"quickXorHash": content_hash}} if content_hash else {}
    return {
        "id": item_id,
        "name": name,
        "size": size,
        "eTag": tag,
        "cTag": f'"c:{{{item_id}}},1"',
        "file": {"mimeType": "application/pdf", **hashes},
        "parentReference": {"driveId": DRIVE, "id": parent},
        "fileSystemInfo": {"lastModifiedDateTime": "2026-02-01T10:00:00Z"},
        **more,
    }


def folder_row(item_id: str, name: str, *, parent: str = "ROOT", count: int | None = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": item_id,
        "name": name,
        "eTag": f'"{{{item_id}}},1"',
        "folder": {} if count is None else {"childCount": count},
        "parentReference": {"driveId": DRIVE, "id": parent},
        **more,
    }
