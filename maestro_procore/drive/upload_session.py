"""One upload session: pieces in order, resumed where the server says, until the file is there.

Source: reference graph-drive.md §1.7. No token goes with a piece: the address itself is the permission.
"""

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

import orjson

from maestro_procore.drive.answers import (
    Answer,
    Asked,
    Failure,
    GraphFailed,
    GraphUnknown,
    foreign,
    trouble_of,
    wrong_form,
)
from maestro_procore.drive.client import BINARY, GraphClient
from maestro_procore.drive.connection import may_hold_content
from maestro_procore.drive.token_cache import Seal
from maestro_procore.file_ports import FileTrouble
from maestro_procore.model.problems import Problem

GRAIN: Final = 320 * 1024
PIECE: Final = 32 * GRAIN  # 10 MiB: recommended are 5 to 10, and less than 60 is a must
TRIES: Final = 5  # in a row without a byte more
PAUSE: Final = timedelta(seconds=2)
# What a session that ended says, whether the file is complete or its time was over.
ENDED: Final = frozenset({401, 403, 404, 410})


@dataclass(frozen=True)
class SessionState:
    """What a session is continued by. content_hash: of the file that it is for."""

    url: str
    size_bytes: int
    content_hash: str

    def sealed(self, seal: Seal) -> str:
        return seal.closed(orjson.dumps([self.url, self.size_bytes, self.content_hash]).decode())

    @classmethod
    def opened(cls, text: str, seal: Seal) -> Self | None:
        """None when it was kept by another program or under another key: the upload begins anew."""
        try:
            url, size, content_hash = orjson.loads(seal.opened(text) or "null")
        except (orjson.JSONDecodeError, TypeError, ValueError):
            return None
        return cls(str(url), int(size), str(content_hash))


class Session:
    """One session. name: of the file, for messages. Errors: FileCallFailed; OSError of the disk."""

    def __init__(self, client: GraphClient, state: SessionState, name: str) -> None:
        self._client, self.state, self._name = client, state, name
        self._next = 0

    @classmethod
    async def created(
        cls,
        client: GraphClient,
        path: str,
        name: str,
        facets: Mapping[str, Any],
        headers: Mapping[str, str],
        content_hash: str,
    ) -> Self:
        """path: of the item, without a tail that is a call. facets: name conflict, size and dates of the file to be."""
        # A session that was made and not heard of changes nothing: this may be repeated.
        asked = client.asked("POST", path, name, units=2, is_safe=True)
        row, answer = await client.ask(asked, json={"item": dict(facets)}, headers=headers)
        url = row.get("uploadUrl")
        if not isinstance(url, str) or not url:
            raise wrong_form(asked, answer).error(None)
        if not may_hold_content(url, client.connection.api):
            raise foreign(asked, url).error(None)
        return cls(client, SessionState(url, int(facets["fileSize"]), content_hash), name)

    async def is_alive(self) -> bool:
        """Asks where the session stands; False when it has ended."""
        found = await self._missing_from()
        if found is None:
            return False
        self._next = found
        return True

    async def send(self, content: Path, arrived: Callable[[int], None]) -> Mapping[str, Any] | None:
        """Sends what is missing: the finished item, or None when the session ended without naming one.

        arrived: told after each piece how many bytes the server has.

        Then the file may be there or not: look. Errors: OutcomeUnknown when the last piece went out unanswered.
        """
        size, tries, is_last_open = self.state.size_bytes, TRIES, False
        while True:
            arrived(self._next)
            start = self._next
            body = await asyncio.to_thread(_part, content, start)
            end = start + len(body)
            if end > size or not body:
                raise GraphFailed(Failure(FileTrouble.CHANGED, Problem("DRV-07", {"name": self._name})))
            outcome = await self._send_piece(start, body)
            del body
            # The HTTP library's request and answer point at each other and hold the piece: without a look for such
            # circles a file of a gigabyte would be in memory whole at its end.
            gc.collect(1)
            if isinstance(outcome, GraphFailed):
                is_last_open = is_last_open or (outcome.trouble is FileTrouble.AGAIN and end == size)
                tries -= 1
                if outcome.trouble is not FileTrouble.AGAIN or not tries:
                    raise _unknown(outcome) if is_last_open else outcome
                wait = outcome.wait if outcome.wait is not None else PAUSE * (TRIES - tries)
                await self._client.clock.nap(wait)
                found = await self._asked_again(is_last_open)
                if found is None:
                    return None
                tries = TRIES if found > start else tries
                self._next = found
            elif outcome.status == 202:
                found = _first_missing(outcome)
                if found is None or not start < found <= size:
                    raise wrong_form(self._asked("PUT"), outcome).error(None)
                self._next, tries = found, TRIES
            else:
                return _item_in(outcome)

    async def cancel(self) -> None:
        """Tells the server to forget the session; it would by itself, so a failure is no matter."""
        asked = self._asked("DELETE")
        try:
            self._client.note(asked, await self._client.send_piece(asked, {}, None))
        except GraphFailed:
            return

    # --- one exchange -----------------------------------------------------------------------------

    async def _send_piece(self, start: int, body: bytes) -> Answer | GraphFailed:
        """Its good answer, or the end of the session as one without an item; otherwise what went wrong."""
        asked = self._asked("PUT")
        place = f"bytes {start}-{start + len(body) - 1}/{self.state.size_bytes}"
        headers = {"content-range": place, "content-type": BINARY}
        try:
            answer = await self._client.send_piece(asked, headers, body)
        except GraphFailed as failed:
            return failed
        if answer.status in ENDED:
            self._client.note(asked, answer)
            return answer
        if answer.status == 416:
            # Another place than we thought: the server knows what it has.
            failure: Failure | None = Failure(FileTrouble.AGAIN, Problem("DRV-02", {"status": 416}), wait=timedelta())
        else:
            failure = trouble_of(asked, answer)
        call = self._client.note(asked, answer, failure)
        return answer if failure is None else GraphFailed(failure, call)

    async def _asked_again(self, is_last_open: bool) -> int | None:
        try:
            return await self._missing_from()
        except GraphFailed as failed:
            raise _unknown(failed) if is_last_open else failed from failed

    async def _missing_from(self) -> int | None:
        """The first byte that the server wants, None when the session has ended."""
        asked = self._asked("GET")
        answer = await self._client.send_piece(asked, {}, None)
        if answer.status in ENDED:
            self._client.note(asked, answer)
            return None
        failure = trouble_of(asked, answer)
        found = None if failure is not None else _first_missing(answer)
        if failure is None and found is None:
            failure = wrong_form(asked, answer)
        call = self._client.note(asked, answer, failure)
        if failure is not None:
            raise failure.error(call)
        return found

    def _asked(self, method: str) -> Asked:
        return Asked(method, self.state.url, self._name, api="storage", units=0, is_safe=True)


def _part(content: Path, start: int) -> bytes:
    with content.open("rb") as file:
        file.seek(start)
        return file.read(PIECE)


def _first_missing(answer: Answer) -> int | None:
    """The first number of the first range, whatever stands behind it (§1.7)."""
    ranges = (answer.json() or {}).get("nextExpectedRanges")
    if not isinstance(ranges, list) or not ranges:
        return None
    start = str(ranges[0]).partition("-")[0]
    return int(start) if start.isascii() and start.isdigit() else None


def _item_in(answer: Answer) -> Mapping[str, Any] | None:
    row = answer.json() if answer.status < 300 else None
    return row if row is not None and "id" in row and "name" in row else None


def _unknown(failed: GraphFailed) -> GraphUnknown:
    found = Failure(failed.trouble, failed.problem, failed.wait, True, failed.codes, failed.status)
    return GraphUnknown(found, failed.call)
