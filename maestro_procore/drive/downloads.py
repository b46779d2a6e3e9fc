"""Brings the content of a file to the disk, resumes where it broke off, and proves what arrived.

Source: reference graph-drive.md §1.3. The content comes from another host by an address that lives for minutes: the
token never goes there, and a dead address is asked for anew.
"""

import asyncio
from collections.abc import AsyncIterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from maestro_procore.drive import addresses
from maestro_procore.drive.answers import Answer, Asked, Failure, GraphFailed, trouble_of
from maestro_procore.drive.item_calls import ItemCalls, changed, gone, is_same_content
from maestro_procore.drive.items import QUICK_XOR, DriveItem
from maestro_procore.drive.quick_xor import PIECE, QuickXor
from maestro_procore.drive.rewriting import may_be_rewritten
from maestro_procore.file_ports import Downloaded, FileTrouble
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem

ADDRESS: Final = ("@microsoft.graph.downloadUrl", "@content.downloadUrl")
TRIES: Final = 5  # in a row without a byte more
WHOLE_TRIES: Final = 3
PAUSE: Final = timedelta(seconds=2)
# What a storage host says when its address is too old, and nothing about the file.
DEAD_ADDRESS: Final = frozenset({401, 403, 404, 410})


class Downloads:
    """Downloads from one drive. Errors: FileCallFailed; OSError of the disk."""

    def __init__(self, calls: ItemCalls) -> None:
        self._calls, self._client = calls, calls.client

    async def download(self, seen: FileItem, into: Path) -> Downloaded:
        """The content of exactly the version that was seen. CHANGED when it is another one by now."""
        doubtful: set[tuple[int, str]] = set()
        for _attempt in range(WHOLE_TRIES):
            row = await self._calls.row(seen.id, seen.name)
            if row is None:
                raise gone(seen.name)
            now = self._calls.item(row)
            if not is_same_content(now, seen):
                raise changed(seen.name)
            sink = await self._fill(now, row, into)
            filled = sink.hashed
            if filled.size_bytes == now.size_bytes and now.content_hash in ("", QUICK_XOR + filled.text()):
                return Downloaded(_hashed(now, filled), filled.size_bytes, bool(now.content_hash))
            # Protected documents are listed with another size and hash than they are handed out with: what comes twice
            # alike, and whole by the storage's own count, is the content. Anything else was damaged on the way.
            state = (filled.size_bytes, filled.text())
            if state in doubtful and may_be_rewritten(now.name) and sink.stated == filled.size_bytes:
                return Downloaded(now, filled.size_bytes, False)
            doubtful.add(state)
            await asyncio.to_thread(_emptied, into)
        raise damaged(seen.name)

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        """An earlier content, anew from its beginning."""
        path = addresses.version(self._calls.drive_id, item_id, version_id, "/content")
        await asyncio.to_thread(_emptied, into)
        address = await self._address_by(self._client.asked("GET", path, item_id))
        sink = _File(into)
        async with self._client.open_content(Asked("GET", address, item_id, api="storage", units=0), {}) as opened:
            answer, pieces = opened
            self._refuse(answer, item_id, address)
            await sink.take(pieces)

    # --- one content ------------------------------------------------------------------------------

    async def _fill(self, now: FileItem, row: DriveItem, into: Path) -> "_File":
        """Fills the file up to the announced size, over as many connections as it takes."""
        sink = await asyncio.to_thread(_File.continued, into, now.size_bytes)
        if not now.size_bytes:
            await asyncio.to_thread(sink.restart)
            return sink
        address = _address_in(row)
        tries = TRIES
        while sink.position < now.size_bytes or not sink.is_there:
            before = sink.position
            try:
                address = address or await self._address(now)
                if await self._pour(address, now, sink):
                    break
                address = ""
            except GraphFailed as failed:
                if failed.trouble is not FileTrouble.AGAIN:
                    raise
                address, wait = "", failed.wait or PAUSE
                if sink.position == before and tries == 1:
                    raise
                await self._client.clock.nap(wait)
            tries = TRIES if sink.position > before else tries - 1
            if not tries:
                raise damaged(now.name)
            if not address:
                await self._still_the_same(now)
        return sink

    async def _pour(self, address: str, now: FileItem, sink: "_File") -> bool:
        """One connection. True: the server says that this was the end; False: dead address, or it begins anew."""
        asked = Asked("GET", address, now.name, api="storage", units=0)
        headers = {"range": f"bytes={sink.position}-"} if sink.position else {}
        async with self._client.open_content(asked, headers) as (answer, pieces):
            if answer.status in DEAD_ADDRESS:
                return False
            if answer.status == 416:
                await asyncio.to_thread(sink.restart)
                return False
            self._refuse(answer, now.name, address)
            if sink.position and not _continues(answer, sink.position):
                await asyncio.to_thread(sink.restart)  # the server may ignore the range and send everything (§1.3)
                if answer.status == 206:
                    return False
            sink.stated = _stated(answer)
            await sink.take(pieces)
            return True

    def _refuse(self, answer: Answer, name: str, address: str) -> None:
        failure = trouble_of(Asked("GET", address, name, api="storage", units=0), answer)
        if failure is not None:
            raise GraphFailed(failure)

    async def _address(self, now: FileItem) -> str:
        path = addresses.item(self._calls.drive_id, now.id, "/content")
        return await self._address_by(self._client.asked("GET", path, now.name))

    async def _address_by(self, asked: Asked) -> str:
        """Where Graph sends the one who asks for a content."""
        answer = await self._client.answer(asked)
        location = answer.headers.get("location", "")
        if answer.status in (301, 302, 303, 307, 308) and location:
            self._client.note(asked, answer)
            return location
        failure = trouble_of(asked, answer) or Failure(
            FileTrouble.AGAIN, Problem("DRV-14", {"text": f"GET {asked.path} → {answer.status}"})
        )
        raise failure.error(self._client.note(asked, answer, failure))

    async def _still_the_same(self, now: FileItem) -> None:
        """Before a download goes on by a new address: it would append the end of another content."""
        if not is_same_content(await self._calls.there(now.id, now.name), now):
            raise changed(now.name)


class _File:
    """The file that is filled, hashed as it grows. Blocking where it says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.hashed = QuickXor()
        self.is_there = False
        self.stated: int | None = None
        """Size of the whole content as the storage said with its newest answer."""

    @classmethod
    def continued(cls, path: Path, most_bytes: int) -> "_File":
        """With what it holds already; anew when that is more than there is to come. Blocking."""
        made = cls(path)
        if path.exists() and 0 < path.stat().st_size <= most_bytes:
            with path.open("rb") as file:
                while piece := file.read(PIECE):
                    made.hashed.update(piece)
            made.is_there = True
        return made

    @property
    def position(self) -> int:
        return self.hashed.size_bytes

    def restart(self) -> None:
        _emptied(self._path)
        self.hashed, self.is_there = QuickXor(), True

    async def take(self, pieces: AsyncIterable[bytes]) -> None:
        """Appends what comes; what arrived before a break stays."""
        held: list[bytes] = []
        size = 0
        try:
            async for piece in pieces:
                held.append(piece)
                size += len(piece)
                if size >= PIECE:
                    await asyncio.to_thread(self._append, held)
                    held, size = [], 0
        finally:
            # Also when the connection broke: the next one continues from here.
            self._append(held)

    def _append(self, pieces: list[bytes]) -> None:
        with self._path.open("ab" if self.position else "wb") as file:
            for piece in pieces:
                file.write(piece)
                self.hashed.update(piece)
        self.is_there = True


def damaged(name: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.AGAIN, Problem("DRV-18", {"name": name})))


def _address_in(row: DriveItem) -> str:
    found = (row.get(word) for word in ADDRESS)
    return next((value for value in found if isinstance(value, str) and value), "")


def _continues(answer: Answer, position: int) -> bool:
    """Whether a part of a content begins where the last one ended."""
    words = answer.headers.get("content-range", "").removeprefix("bytes").strip()
    return answer.status == 206 and words.partition("-")[0] == str(position)


def _stated(answer: Answer) -> int | None:
    total = answer.headers.get("content-range", "").rpartition("/")[2] or answer.headers.get("content-length", "")
    return int(total) if total.isascii() and total.isdigit() else None


def _hashed(now: FileItem, filled: QuickXor) -> FileItem:
    return now if now.content_hash else now._replace(content_hash=QUICK_XOR + filled.text())


def _emptied(path: Path) -> None:
    path.write_bytes(b"")
