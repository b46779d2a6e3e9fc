"""A server that answers at once with what a sandbox once said, so that only the client's own work takes time.

`python -m tests.benchmarks.replay FOLDER` serves the pages FOLDER/<path with _ for />.<page>.json and answers every
bulk write with the records sent, each with an id; it prints its port and ends with its standard input.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any
from urllib.parse import parse_qs

import orjson
import uvicorn

from tests.programs import ROOT

FIRST_ID = 900_000_000_000_000


def file_of(folder: Path, path: str, page: int) -> Path:
    """Where a page of the list at that path is kept."""
    return folder / f"{path.strip('/').replace('/', '_')}.{page}.json"


def keep(folder: Path, path: str, rows: list[Any], page_size: int) -> None:
    """Cuts a list into the pages that will be served."""
    for page in range(max(1, -(-len(rows) // page_size))):
        held = rows[page * page_size : (page + 1) * page_size]
        file_of(folder, path, page + 1).write_bytes(orjson.dumps(held))
    file_of(folder, path, 0).write_bytes(orjson.dumps({"total": len(rows), "per-page": page_size}))


def sandbox_file(folder: Path, procore: Mapping[str, Any]) -> Path:
    """A company for `sandbox --company FILE`, Procore's side alone."""
    file = folder / "company.json"
    file.write_bytes(orjson.dumps({"company": {}, "procore": procore}))
    return file


@contextmanager
def replaying(folder: Path) -> Iterator[str]:
    """The address of such a server in another process."""
    command = [sys.executable, "-m", "tests.benchmarks.replay", str(folder)]
    with Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
            process.wait(5)


class Replay:
    """The ASGI application. Pages are read once and kept in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: dict[tuple[str, int], bytes] = {}
        self._next_id = FIRST_ID
        self._ids: dict[str, int] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers, answer = self._answer(scope["method"], scope["path"], scope["query_string"].decode(), bytes(body))
        told = {"content-type": "application/json", "date": formatdate(usegmt=True), **headers}
        raw = [(name.encode(), str(value).encode()) for name, value in told.items()]
        raw.append((b"content-length", str(len(answer)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, method: str, path: str, query: str, body: bytes) -> tuple[dict[str, Any], bytes]:
        if path == "/oauth/token":
            return {}, orjson.dumps({"access_token": "replayed", "token_type": "Bearer", "expires_in": 86_400})
        if method != "GET":
            return {}, orjson.dumps({"entities": [self._stored(row) for row in orjson.loads(body)["updates"]]})
        page = int(parse_qs(query).get("page", ["1"])[0])
        return orjson.loads(self._page(path, 0)), self._page(path, page)

    def _stored(self, row: dict[str, Any]) -> dict[str, Any]:
        number = self._ids.setdefault(str(row["origin_id"]), FIRST_ID + len(self._ids))
        return {**row, "id": number, "updated_at": "2026-11-02T12:00:00Z", "is_active": True}

    def _page(self, path: str, page: int) -> bytes:
        if (path, page) not in self._pages:
            self._pages[path, page] = file_of(self._folder, path, page).read_bytes()
        return self._pages[path, page]


async def serve(folder: Path) -> None:
    """Until standard input closes."""
    config = uvicorn.Config(Replay(folder), port=0, lifespan="off", log_level="critical", date_header=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), setattr(server, "should_exit", True)), daemon=True).start()
    await serving


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
