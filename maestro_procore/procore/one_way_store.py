"""A tool of Procore that is only copied, behind the door that both sides share: it is read, and refuses every write
but one: what people add to a day of the Daily Log, where that is wished.

What the tool holds is read by the rows of one_way.py. Sizes are 0 where Procore does not say them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from maestro_procore.file_ports import (
    NO_DATES,
    Changes,
    Dates,
    Downloaded,
    FileCallFailed,
    FileStore,
    FileTrouble,
    FileVersion,
    Resumption,
    Scope,
    Space,
)
from maestro_procore.i18n import Language
from maestro_procore.model.file_items import FileItem, Gone
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Clock, Row
from maestro_procore.procore.downloads import size_of
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.procore.file_store import in_file_words, refused
from maestro_procore.procore.one_way import ONE_WAY, Days, Records
from maestro_procore.procore.one_way_attaching import attach, look_up
from maestro_procore.procore.one_way_days import DaySource
from maestro_procore.procore.one_way_reading import (
    LONGEST_OF_DAY,
    Content,
    Entry,
    Fetch,
    OneWaySource,
    Render,
    Route,
    attachment_entries,
)
from maestro_procore.procore.one_way_records import RecordSource, SheetSource
from maestro_procore.procore.sound_rows import of_sound_rows

_NO_PDF: Final = frozenset({FileTrouble.GONE, FileTrouble.FORBIDDEN, FileTrouble.REFUSED})
"""Procore has no PDF of this record, or not for us: ours is made of what the record says."""
MOST_ASKED: Final = 3
"""Records that are asked for before a list without any is believed."""
_AGAINST_IT: Final = frozenset({FileTrouble.FORBIDDEN, FileTrouble.REFUSED, FileTrouble.GONE, FileTrouble.LOCKED})
"""The log of that day takes no file: it is closed, or the account may not write there."""


@of_sound_rows
class OneWayStore(FileStore):
    """One such tool of one project."""

    def __init__(
        self,
        tool: str,
        calls: ProcoreFiles,
        project_id: int,
        clock: Clock,
        *,
        known: Callable[[], Mapping[str, FileItem]] = dict,
        language: Language = "en",
        project: str = "",
        attaches: bool = False,
        copies_private: bool = False,
    ) -> None:
        """known: what the last round saw, by id; blocking. language, project: of the PDFs that we make.

        attaches: files that people add to a day go to its log; of no other tool than the Daily Log. copies_private:
        also records that only some people may see in Procore.
        """
        self._attaches = attaches and isinstance(ONE_WAY[tool], Days)
        self._tool, self._calls, self._project_id, self._clock = tool, calls, project_id, clock
        self._known, self._language, self._project = known, language, project
        self._source = _source(tool, calls, project_id, clock, copies_private)
        self._root = FileItem(self._source.root_id, "", "", True)
        self._entries: dict[str, Entry] = {}

    # --- reading ----------------------------------------------------------------------------------

    async def root(self) -> FileItem:
        """No tool has a root of its own, but one that is switched off or hidden refuses its list: 1 call."""
        async with in_file_words():
            await self._source.look()
        return self._root

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        """With a cursor what is other than it was known; without one everything. What a whole list lacks is gone."""
        known = await asyncio.to_thread(self._known)
        before = self._source.made
        async with in_file_words():
            listing = await self._source.listing(known, is_whole=cursor is None)
        self._remember(listing.entries)
        items = {entry.item.id: entry.item for entry in listing.entries}
        items |= {one: item for one, item in known.items() if one in listing.kept or item.parent_id in listing.kept}
        gone = {one: Gone.LISTING for one in known if one not in items and not listing.is_outside(one)}
        if not items:
            await self._doubt([known[one] for one in gone])
        is_whole = cursor is None
        news = items.values() if is_whole else [item for one, item in items.items() if known.get(one) != item]
        return Changes(
            items=list(news),
            roots={self._root.id: self._root},
            gone={} if is_whole else gone,
            is_whole=is_whole,
            cursor=self._clock.now().isoformat(),
            calls=self._source.made - before,
        )

    async def _doubt(self, missing: Sequence[FileItem]) -> None:
        """A tool that is empty at once is asked for some of what it held; raises AGAIN (DOC-68) when that is there."""
        tops = [item for item in missing if item.parent_id == self._root.id or not item.is_folder]
        asked = [item for item in tops if self._source.number_of(item) is not None][:MOST_ASKED]
        if len(asked) < 2:  # one record may go, or go to where its list does not show it
            return
        for item in asked:
            try:
                async with in_file_words():
                    is_there = await self._source.is_there(item)
            except FileCallFailed as failed:
                if failed.trouble not in (FileTrouble.GONE, FileTrouble.FORBIDDEN):
                    raise
                is_there = False
            if not is_there:
                return
        refused(FileTrouble.AGAIN, "DOC-68", name=asked[0].name)

    async def cursor_now(self) -> str | None:
        """Only a whole round knows what there is."""
        return None

    async def item(self, item_id: str) -> FileItem | None:
        """Out of a listing of the whole tool."""
        if item_id == self._source.root_id:
            return self._root
        return (await self._all()).get(item_id)

    async def child(self, parent_id: str, name: str) -> FileItem | None:
        """Of equal names; there may be several, the first counts."""
        return next((item for item in await self.children(parent_id) if item.name == name), None)

    async def children(self, parent_id: str) -> Sequence[FileItem]:
        """Out of a listing of the whole tool."""
        return [item for item in (await self._all()).values() if item.parent_id == parent_id]

    async def _all(self) -> dict[str, FileItem]:
        async with in_file_words():
            listing = await self._source.listing({}, is_whole=True)
        self._remember(listing.entries)
        return {entry.item.id: entry.item for entry in listing.entries}

    def _remember(self, entries: Sequence[Entry]) -> None:
        self._entries.update((entry.item.id, entry) for entry in entries if not entry.item.is_folder)

    # --- contents ---------------------------------------------------------------------------------

    async def download(self, item: FileItem, into: Path) -> Downloaded:
        """Fetched, or made: then always from the beginning. Only the sizes that Procore says can be checked."""
        entry = self._entries.get(item.id)
        if entry is None or entry.item.version != item.version:
            entry = await self._anew(item)
        assert entry.content is not None, "a folder has no content"
        try:
            await self._write(entry.content, into)
        except FileCallFailed as failed:
            if failed.trouble is FileTrouble.AGAIN:
                self._entries.pop(item.id, None)  # its address may have expired: the next try asks anew
            raise
        size = await asyncio.to_thread(size_of, into)
        if item.size_bytes and size != item.size_bytes:
            await asyncio.to_thread(into.unlink)
            refused(FileTrouble.AGAIN, "DOC-03", name=item.name, expected=item.size_bytes, size=size)
        return Downloaded(item, size, is_proved=False)

    async def _anew(self, item: FileItem) -> Entry:
        async with in_file_words():
            self._remember(await self._source.contents(item))
        entry = self._entries.get(item.id)
        if entry is None:
            refused(FileTrouble.GONE, "DOC-01", name=item.name)
        if entry.item.version != item.version:
            refused(FileTrouble.CHANGED, "DOC-02", name=item.name)
        return entry

    async def _write(self, content: Content, into: Path) -> None:
        match content:
            case Fetch(url):
                async with in_file_words():
                    await self._calls.fetch(url, into, self._tool, self._project_id)
            case Render():
                await asyncio.to_thread(self._render, content, into)
            case Route():
                try:
                    await self._from_route(content, into)
                except FileCallFailed as failed:
                    if failed.trouble not in _NO_PDF:
                        raise
                    await asyncio.to_thread(self._render, content.instead, into)

    async def _from_route(self, content: Route, into: Path) -> None:
        """Procore makes it anew each time, so nothing is added to what an earlier try has left."""
        await asyncio.to_thread(into.unlink, missing_ok=True)
        async with in_file_words():
            if content.says_where:
                url = await self._calls.where_route_says(content.of, content.path, self._project_id)
                if not url:
                    refused(FileTrouble.GONE, "DOC-04", name=content.instead.title)
                await self._calls.fetch(url, into, self._tool, self._project_id)
            else:
                await self._calls.fetch_route(content.of, content.path, into, self._project_id)

    def _render(self, content: Render, into: Path) -> None:
        from maestro_procore.procore.one_way_pdf import pdf_of  # a third of a second: only who makes one pays it

        into.write_bytes(pdf_of(content, self._project, self._language))

    # --- writing: refused -------------------------------------------------------------------------

    async def upload(
        self,
        parent_id: str,
        name: str,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """Refused, but for what is added to a day of the Daily Log where that is wished (C5).

        Whatever Procore has against it is said of this file alone: the days go on being copied.
        """
        if not self._attaches or not self._is_day(parent_id):
            _refuse(name)
        day = date.fromisoformat(parent_id.removeprefix(f"{self._tool}-"))
        made: Row | None = None
        if tried_at is not None:
            async with in_file_words():
                made = await look_up(self._calls, self._project_id, day, name, tried_at)
        try:
            async with in_file_words():
                made = made or await attach(self._calls, self._project_id, day, name, content, self._language)
        except FileCallFailed as failed:
            if failed.trouble not in _AGAINST_IT:
                raise
            told: dict[str, Any] = {"name": name, "day": day.isoformat(), "reason": failed.problem.to_json()}
            raise FileCallFailed(FileTrouble.REFUSED, Problem("DOC-64", told), call=failed.call) from failed
        [entry] = attachment_entries(parent_id, [{"attachments": [made]}], LONGEST_OF_DAY)
        self._remember([entry])
        return entry.item

    def _is_day(self, folder_id: str) -> bool:
        try:
            date.fromisoformat(folder_id.removeprefix(f"{self._tool}-"))
        except ValueError:
            return False
        return folder_id != self._source.root_id

    async def new_version(
        self,
        seen: FileItem,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """Refused."""
        _refuse(seen.name)

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        """Refused."""
        _refuse(name)

    async def rename_or_move(
        self, seen: FileItem, *, name: str, parent_id: str, tried_at: datetime | None = None
    ) -> FileItem:
        """Refused."""
        _refuse(seen.name)

    async def delete(self, seen: FileItem) -> None:
        """Refused."""
        _refuse(seen.name)

    async def undelete(self, item_id: str, *, name: str, parent_id: str) -> FileItem:
        """Refused."""
        _refuse(name)

    async def versions(self, item_id: str) -> Sequence[FileVersion]:
        """There are none: a snapshot is of now."""
        return ()

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        """There are none: GONE."""
        refused(FileTrouble.GONE, "DOC-04", name=item_id)

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        """Refused."""
        _refuse(seen.name)

    async def space(self) -> Space:
        """Procore does not say."""
        return Space()

    async def probe(self, folder_id: str) -> None:
        """Refused: nothing may be written here."""
        _refuse(self._tool)


def _source(tool: str, calls: ProcoreFiles, project_id: int, clock: Clock, copies_private: bool) -> OneWaySource:
    row = ONE_WAY[tool]
    if isinstance(row, Days):
        return DaySource(row, calls, project_id, clock)
    if isinstance(row, Records):
        return RecordSource(row, calls, project_id, copies_private=copies_private)
    return SheetSource(row, calls, project_id)


def _refuse(name: str) -> NoReturn:
    refused(FileTrouble.REFUSED, "DOC-40", name=name)
