"""One file tool of one Procore project behind the door that both sides share (file_ports.py).

Procore knows no preconditions: what is to be replaced or deleted is read just before. Names and places of folders and
files are changed without that look: whatever another person did to them meanwhile, no content is touched.
"""

import asyncio
import os
import tempfile
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

from maestro_procore.file_ports import (
    Changes,
    Downloaded,
    FileCallFailed,
    FileStore,
    FileTrouble,
    OutcomeUnknown,
    Space,
)
from maestro_procore.model.file_items import FileItem, Gone, Waiting
from maestro_procore.model.file_lists import GOOD_FOR
from maestro_procore.model.problems import Problem
from maestro_procore.ports import CallFailed, Clock, Page, Row, Trouble
from maestro_procore.procore.downloads import size_of
from maestro_procore.procore.file_calls import Collection, ProcoreFiles
from maestro_procore.procore.file_rows import number_of

OVERLAP: Final = timedelta(minutes=5)
"""How far before the last reading the next one begins: changes show up late, and in no order (F14)."""
MOST_READINGS: Final = 3
"""How often a list is read again that people changed under our hands (F15)."""
LATE: Final = timedelta(minutes=5)
"""How much earlier than our own clock a thing may be dated that an unanswered try of ours has made."""

_MEANS: Final[Mapping[Trouble, FileTrouble]] = {
    Trouble.AGAIN: FileTrouble.AGAIN,
    Trouble.SMALLER: FileTrouble.AGAIN,
    Trouble.REFUSED: FileTrouble.REFUSED,
    Trouble.SIGN_IN: FileTrouble.SIGN_IN,
    Trouble.UNREACHABLE: FileTrouble.UNREACHABLE,
}
_BY_STATUS: Final[Mapping[int, FileTrouble]] = {
    403: FileTrouble.FORBIDDEN,
    404: FileTrouble.GONE,
    409: FileTrouble.LOCKED,
    410: FileTrouble.GONE,
}


@asynccontextmanager
async def in_file_words() -> AsyncIterator[None]:
    """Says the failures of the connection in the words of files. Raises FileCallFailed, OutcomeUnknown."""
    try:
        yield
    except CallFailed as failed:
        if failed.may_have_applied:
            raise OutcomeUnknown(FileTrouble.AGAIN, failed.problem, wait=failed.wait, call=failed.call) from failed
        status = failed.call.status if failed.call is not None else None
        means = _MEANS[failed.trouble]
        if failed.trouble is Trouble.REFUSED and status is not None:
            means = _BY_STATUS.get(status, means)
        raise FileCallFailed(means, failed.problem, wait=failed.wait, call=failed.call) from failed


def refused(trouble: FileTrouble, code: str, **args: str | int) -> NoReturn:
    """What we see ourselves, without a call having failed."""
    raise FileCallFailed(trouble, Problem(code, args))


class ProcoreStore(FileStore, ABC):
    """What Documents and Photos have in common.

    Addresses of contents expire and are never stored (§7.1): those of the last listing are remembered by this object.
    """

    tool: str

    def __init__(self, calls: ProcoreFiles, project_id: int, clock: Clock, folder: Path) -> None:
        """folder: private, for contents on their way."""
        self._calls, self._project_id, self._clock, self._folder = calls, project_id, clock, folder
        self._urls: dict[str, tuple[str, str, datetime]] = {}

    @property
    def _place(self) -> dict[str, str]:
        return {"project_id": str(self._project_id)}

    # --- reading ----------------------------------------------------------------------------------

    async def _all_pages(self, resource: str, since: datetime | None) -> tuple[list[Row], datetime | None, int]:
        """A whole list, the server's time of its first page, calls made. Read again when it changed meanwhile."""
        calls = 0
        for _ in range(MOST_READINGS):
            rows: dict[Any, Row] = {}
            begun_at: datetime | None = None
            number, has_next, total = 1, True, None
            while has_next:
                page: Page = await self._calls.read_page(resource, number, since, self._place)
                calls += 1
                begun_at = begun_at or page.server_time
                total = page.total if page.total is not None else total
                rows.update(((row.get("document_type"), row["id"]), row) for row in page.rows)
                number, has_next = number + 1, page.has_next
            if total is None or len(rows) >= total:
                return list(rows.values()), begun_at, calls
        raise FileCallFailed(FileTrouble.AGAIN, Problem("SRV-16", {"text": f"{resource}: {len(rows)} < {total}"}))

    async def cursor_now(self) -> str | None:
        """Now, by our clock with an overlap that forgives a wrong one."""
        return (self._clock.now() - OVERLAP).isoformat()

    async def item(self, item_id: str) -> FileItem | None:
        """One call."""
        try:
            row = await self._show(item_id)
        except FileCallFailed as failed:
            if failed.trouble is FileTrouble.GONE:
                return None
            raise
        return None if row.get("is_deleted") or row.get("permanently_deleted") else self._item_of(item_id, row)

    async def child(self, parent_id: str, name: str) -> FileItem | None:
        """Of equal names in NFC; Procore's own idea of equal names is not documented."""
        wanted = unicodedata.normalize("NFC", name)
        found = [each for each in await self.children(parent_id) if unicodedata.normalize("NFC", each.name) == wanted]
        return found[0] if found else None

    async def _show(self, item_id: str) -> Row:
        async with in_file_words():
            return await self._calls.show(self._collection(item_id), self._project_id, number_of(item_id))

    async def _still(self, seen: FileItem) -> None:
        """Raises CHANGED, GONE or LOCKED unless its content is as it was seen."""
        self._check(seen, await self._show(seen.id))

    def _check(self, seen: FileItem, row: Row) -> None:
        now = self._item_of(seen.id, row)
        if row.get("is_deleted") or row.get("permanently_deleted"):
            refused(FileTrouble.GONE, "DOC-01", name=seen.name)
        if now.waiting is Waiting.CHECKED_OUT:
            refused(FileTrouble.LOCKED, "DOC-07", name=seen.name)
        if now.version != seen.version:
            refused(FileTrouble.CHANGED, "DOC-02", name=seen.name)

    # --- contents ---------------------------------------------------------------------------------

    async def download(self, item: FileItem, into: Path) -> Downloaded:
        """Procore knows no hashes: the size is all that can be checked."""
        url = self._known_url(item) or await self._fresh_url(item)
        try:
            await self._fetch(url, into)
        except FileCallFailed as failed:
            if failed.trouble is not FileTrouble.AGAIN:
                raise
            self._urls.pop(item.id, None)  # an address of the listing may have expired: the next try asks anew
            raise
        size = await asyncio.to_thread(size_of, into)
        if size != item.size_bytes:
            await asyncio.to_thread(into.unlink)
            refused(FileTrouble.AGAIN, "DOC-03", name=item.name, expected=item.size_bytes, size=size)
        return Downloaded(item, size, is_proved=False)

    def _learn_url(self, item: FileItem, url: str) -> None:
        self._urls[item.id] = (item.version, url, self._clock.now())

    def _known_url(self, item: FileItem) -> str:
        """The address of exactly this version, '' when none is known that is still good."""
        version, url, learnt_at = self._urls.get(item.id, ("", "", None))
        is_good = learnt_at is not None and version == item.version and self._clock.now() - learnt_at < GOOD_FOR
        return url if is_good else ""

    async def _fresh_url(self, item: FileItem) -> str:
        row = await self._show(item.id)
        if self._item_of(item.id, row).version != item.version:
            refused(FileTrouble.CHANGED, "DOC-02", name=item.name)
        url = self._url_of(row)
        if not url:
            refused(FileTrouble.AGAIN, "DOC-04", name=item.name)
        return url

    async def _fetch(self, url: str, into: Path) -> None:
        async with in_file_words():
            await self._calls.fetch(url, into, self.tool, self._project_id)

    async def _send(
        self, of: Collection, parent_id: str, name: str, fields: Row, content: Path, tried_at: datetime | None
    ) -> Row:
        """A new file. A try without an answer is looked for first."""
        if tried_at is not None:
            made = await self.child(parent_id, name)
            if made is not None and await self._is_ours(made, content, tried_at):
                return await self._show(made.id)
        try:
            async with in_file_words():
                return await self._calls.send_up(of, self._project_id, fields, content)
        except OutcomeUnknown:
            raise
        except FileCallFailed as failed:
            if failed.trouble in (FileTrouble.REFUSED, FileTrouble.LOCKED) and await self.child(parent_id, name):
                raise FileCallFailed(FileTrouble.NAME_TAKEN, failed.problem, call=failed.call) from failed
            raise

    async def _is_ours(self, made: FileItem, content: Path, tried_at: datetime) -> bool:
        """Of our size, and dated since our try went out: nobody else's file is taken for it."""
        if made.is_folder or made.size_bytes != await asyncio.to_thread(size_of, content):
            return False
        return made.modified is None or made.modified >= tried_at - LATE

    @contextmanager
    def spare_file(self) -> Iterator[Path]:
        """A private file that is gone afterwards."""
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        os.close(descriptor)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    # --- the rest ---------------------------------------------------------------------------------

    async def delete(self, seen: FileItem) -> None:
        """Into the recycle bin. What is gone already is fine."""
        try:
            if not seen.is_folder:
                await self._still(seen)
            async with in_file_words():
                await self._calls.remove(self._collection(seen.id), self._project_id, number_of(seen.id))
        except FileCallFailed as failed:
            if failed.trouble is not FileTrouble.GONE:
                raise

    async def space(self) -> Space:
        """Procore does not say."""
        return Space()

    async def probe(self, folder_id: str) -> None:
        """Two calls: a folder made and removed."""
        made = await self.create_folder(folder_id, f"maestro {self._clock.now().astimezone(UTC):%Y-%m-%d %H%M%S}")
        await self.delete(made)

    @abstractmethod
    def _collection(self, item_id: str) -> Collection: ...
    @abstractmethod
    def _item_of(self, item_id: str, row: Row) -> FileItem: ...
    @abstractmethod
    def _url_of(self, row: Row) -> str: ...


def changes_of(
    items: Mapping[str, FileItem],
    gone: Mapping[str, Gone],
    root: FileItem,
    cursor: str | None,
    begun_at: datetime | None,
    calls: int,
    now: datetime,
) -> Changes:
    """One round of a list with filters[updated_at]: the next one begins a little before this one did."""
    since = (begun_at or now) - OVERLAP
    return Changes(
        items=list(items.values()),
        roots={root.id: root},
        gone=gone,
        is_whole=cursor is None,
        cursor=since.isoformat(),
        server_time=begun_at,
        calls=calls,
    )
