"""Receives what a sign-in page sends back to this computer: one answer with the right state, and nothing else.

MSAL's own receiver cannot be cancelled, and inside a container it listens on every network (reference §6.1).
"""

import asyncio
import hmac
from collections.abc import Mapping
from html import escape
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

LONGEST_REQUEST: Final = 65_536
REQUEST_SECONDS: Final = 10.0
HOST: Final = "127.0.0.1"


class Loopback:
    """Listens on this computer alone, as an async context. page: what the browser shows at the end.

    redirect_uri: with the port and path to listen at, which some servers compare byte for byte; '' takes a free port.
    Errors of entering: OSError when another program has the port.
    """

    def __init__(self, page: str = "", redirect_uri: str = "") -> None:
        self._page, self._redirect_uri = page, redirect_uri
        self._state = ""
        self._answer: asyncio.Future[dict[str, str]] | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._answer = asyncio.get_running_loop().create_future()
        port = urlsplit(self._redirect_uri).port or 0
        self._server = await asyncio.start_server(self._served, HOST, port, limit=LONGEST_REQUEST)
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def redirect_uri(self) -> str:
        assert self._server is not None, "not open"
        if self._redirect_uri:
            return self._redirect_uri
        # Registered as http://localhost, where Microsoft ignores the port.
        return f"http://localhost:{self._server.sockets[0].getsockname()[1]}"

    async def answer(self, state: str, seconds: float) -> dict[str, str]:
        """What came with that state: `code`, or `error`. Errors: TimeoutError."""
        assert self._answer is not None, "not open"
        self._state = state
        async with asyncio.timeout(seconds):
            return await self._answer

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, page = "400 Bad Request", ""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                said = await _parameters(reader, urlsplit(self._redirect_uri).path)
            if said is None:
                status = "404 Not Found"
            elif self._takes(said):
                status, page = "200 OK", self._page
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError):
            pass
        body = f"<!doctype html><meta charset=utf-8><p>{escape(page)}</p>".encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        # The address of this page may hold the code: it goes to nobody else and is not kept.
        head += "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        try:
            writer.write(head.encode() + body)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _takes(self, said: Mapping[str, str]) -> bool:
        """Whether this is our answer; another program's is refused, and the waiting goes on (S7)."""
        assert self._answer is not None
        is_ours = bool(self._state) and hmac.compare_digest(said.get("state", "").encode(), self._state.encode())
        if not is_ours or not ("code" in said or "error" in said):
            return False
        if not self._answer.done():
            self._answer.set_result(dict(said))
        return True


async def _parameters(reader: asyncio.StreamReader, path: str) -> dict[str, str] | None:
    """The values of a posted form, or of the address; None for another path. Errors: ValueError and the reader's."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.split("\r\n")
    method, target, _protocol = request.split(" ", 2)
    parts = urlsplit(target)
    if parts.path not in ({path} if path.strip("/") else {"", "/"}):
        return None
    text = parts.query
    if method == "POST":
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= LONGEST_REQUEST:
            raise ValueError("too long")
        text = (await reader.readexactly(length)).decode("latin-1")
    return dict(parse_qsl(text))
