"""A sandbox with a small world of its own, and a person and an application that speak to its Graph."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.microsoft_sign_in import CLIENT_ID
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.start_data import StartData

NOW = 1_767_614_400.0  # 2026-01-05T12:00:00Z
REDIRECT = "http://localhost:51234"
# Without openid: the key that signs id tokens takes half a second to make, and only tests of the sign-in want one.
SCOPES = "Files.ReadWrite.All Sites.Read.All Mail.Send User.Read offline_access"


def start() -> StartData:
    return StartData({"m_company": []}, {"companies": [{"id": 1, "name": "Constructions Lévis"}]})


class StoppedClock(SandboxClock):
    """Moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__(unix_time=lambda: NOW)


@dataclass
class Graph:
    """A client of the library of the start line. `drive` is its address."""

    http: httpx.AsyncClient
    sandbox: Sandbox
    drive: str = field(init=False)

    def __post_init__(self) -> None:
        self.drive = f"{self.sandbox.microsoft.graph}/v1.0/drives/{self.sandbox.microsoft.drive_id}"

    @property
    def login(self) -> str:
        return f"{self.sandbox.microsoft.login}/common"

    async def sign_in(self, hint: str = "", scope: str = SCOPES, **more: str) -> dict[str, Any]:
        """As a person, by code in the query."""
        asked = {"client_id": CLIENT_ID, "redirect_uri": REDIRECT, "response_type": "code", "scope": scope}
        page = await self.http.get(f"{self.login}/oauth2/v2.0/authorize", params={**asked, "login_hint": hint})
        code = httpx.URL(page.headers["location"]).params["code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT_ID, "redirect_uri": REDIRECT}
        answer = await self.http.post(f"{self.login}/oauth2/v2.0/token", data={**form, **more})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    async def token(self, **form: str) -> httpx.Response:
        return await self.http.post(f"{self.login}/oauth2/v2.0/token", data={"client_id": CLIENT_ID, **form})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """path: below the drive, or a whole address."""
        return await self.http.get(self.at(path), headers=headers)

    async def record(self, path: str) -> dict[str, Any]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def at(self, path: str) -> str:
        return path if "://" in path else self.drive + path

    async def put(self, path: str, content: bytes, **headers: str) -> httpx.Response:
        return await self.http.put(self.at(f"/root:/{path}:/content"), content=content, headers=headers)

    async def file(self, path: str, content: bytes = b"plan") -> dict[str, Any]:
        answer = await self.put(path, content)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def folder(self, name: str, parent: str = "/root", **more: Any) -> httpx.Response:
        body = {"name": name, "folder": {}, **more}
        return await self.http.post(self.at(f"{parent}/children"), json=body)

    async def patch(self, item_id: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.http.patch(self.at(f"/items/{item_id}"), json=body, headers=headers)

    async def delete(self, item_id: str, **headers: str) -> httpx.Response:
        return await self.http.delete(self.at(f"/items/{item_id}"), headers=headers)

    async def content(self, item_id: str) -> bytes:
        redirect = await self.get(f"/items/{item_id}/content")
        assert redirect.status_code == 302, redirect.text
        return (await self.plain(redirect.headers["location"])).content

    async def plain(self, address: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Without a token, as the storage host wants it."""
        request = self.http.build_request(method, address, **more)
        del request.headers["Authorization"]
        return await self.http.send(request)

    async def names(self, path: str = "/root") -> list[str]:
        return [row["name"] for row in (await self.record(f"{path}/children"))["value"]]

    async def session(self, name: str, item: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        body = {} if item is None else {"item": item}
        return await self.http.post(self.at(f"/root:/{name}:/createUploadSession"), json=body, headers=headers)

    async def fragment(self, url: str, data: bytes, start: int, total: int) -> httpx.Response:
        span = f"bytes {start}-{start + len(data) - 1}/{total}"
        return await self.plain(url, "PUT", content=data, headers={"Content-Range": span})

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.sandbox.base_url}/control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def another(self, **record: Any) -> dict[str, Any]:
        """What another user does in the drive."""
        found: dict[str, Any] = await self.control("POST", "state/driveItems", record)
        return found

    async def advance(self, seconds: float) -> None:
        await self.control("POST", "clock", {"advance_seconds": seconds})

    async def calls(self, api: str) -> list[dict[str, Any]]:
        return [call for call in await self.control("GET", "calls") if call["api"] == api]


@pytest.fixture
def make_graph() -> Iterator[Callable[..., Graph]]:
    """Make a signed-out client of a sandbox with these switches."""
    sandboxes: list[Sandbox] = []

    def make(**switches: Any) -> Graph:
        options = SandboxOptions(**{"switches": switches, **switches.pop("options", {})})
        cut = httpx.RemoteProtocolError
        sandbox = Sandbox(options, data=start(), clock=StoppedClock(), cut_error=lambda: cut("cut"))
        sandboxes.append(sandbox)
        return Graph(httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox)), sandbox)

    yield make
    for sandbox in sandboxes:
        sandbox.close()


@pytest.fixture
async def graph(make_graph: Callable[..., Graph]) -> AsyncIterator[Graph]:
    """Signed in as the first person, default switches."""
    made = make_graph()
    await made.sign_in()
    yield made
    await made.http.aclose()


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def inner(answer: httpx.Response) -> str | None:
    code: str | None = answer.json()["error"]["innerError"].get("code")
    return code
