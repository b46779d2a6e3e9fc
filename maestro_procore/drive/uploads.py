"""Brings a file from the disk into the drive: in pieces by an upload session, which outlives the program.

Source: reference graph-drive.md §1.6, §1.7. A session carries the file's own dates, so that no second call and no
second version is needed for them. The address of a session lets write without signing in: it is kept sealed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from maestro_procore.drive import addresses
from maestro_procore.drive.answers import Failure, GraphFailed
from maestro_procore.drive.downloads import damaged
from maestro_procore.drive.item_calls import CONFLICT, ItemCalls, changed, is_same_content, taken
from maestro_procore.drive.items import QUICK_XOR, written
from maestro_procore.drive.quick_xor import of_file
from maestro_procore.drive.rewriting import may_be_rewritten
from maestro_procore.drive.token_cache import Seal
from maestro_procore.drive.upload_session import Session, SessionState
from maestro_procore.file_ports import Dates, FileTrouble, Resumption
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem

SMALL_BYTES: Final = 4 * 2**20  # above, a broken call costs too much
STALE_SESSION: Final = timedelta(minutes=10)
SESSION_TRIES: Final = 2
# A passing fault leaves the session for the next try; anything else ends it.
KEEPS_SESSION: Final = frozenset({FileTrouble.AGAIN, FileTrouble.UNREACHABLE, FileTrouble.SIGN_IN})

Look = Callable[[], Awaitable[FileItem | None]]


@dataclass(frozen=True)
class Parcel:
    """What is sent, and where to. path: item path for a tail. conflict: `fail` for a new file, else `replace`."""

    content: Path
    size_bytes: int
    content_hash: str
    dates: Mapping[str, str]
    name: str
    path: Callable[[str], str]
    conflict: str
    headers: Mapping[str, str]
    look: Look
    """Finds what an earlier try of this very parcel left in the drive."""


class Uploads:
    """Uploads into one drive. seal: for what is kept of a session; None: nothing is kept.

    Errors: FileCallFailed; OSError of the disk.
    """

    def __init__(self, calls: ItemCalls, seal: Seal | None = None) -> None:
        self._calls, self._client, self._seal = calls, calls.client, seal

    async def upload(
        self, parent_id: str, name: str, content: Path, dates: Dates, resume: Resumption, *, is_repeat: bool
    ) -> FileItem:
        """A new file; NAME_TAKEN when something stands there that an earlier try of ours did not put there."""
        size, content_hash = await asyncio.to_thread(_measured, content)

        async def look() -> FileItem | None:
            row = await self._calls.child_row(parent_id, name)
            return None if row is None else _ours(self._calls.item(row), size, content_hash, taken(name))

        found = await look() if is_repeat or resume.state is not None else None
        if found is None:
            parcel = Parcel(
                content,
                size,
                content_hash,
                _written(dates),
                name,
                lambda tail: self._calls.child_path(parent_id, name, tail),
                "fail",
                {},
                look,
            )
            found = await self._calls.in_folder(parent_id, lambda: self._send(parcel, resume))
        await resume.keep(None)
        return await self._proved(found, size, content_hash, is_new=True)

    async def new_version(
        self, seen: FileItem, content: Path, dates: Dates, resume: Resumption, *, is_repeat: bool
    ) -> FileItem:
        """Replaces the content, if it still is the one that was seen."""
        size, content_hash = await asyncio.to_thread(_measured, content)

        async def look() -> FileItem | None:
            now = await self._calls.there(seen.id, seen.name)
            is_untouched = is_same_content(now, seen) and now.content_hash != content_hash
            return None if is_untouched else _ours(now, size, content_hash, changed(seen.name))

        kept = [resume.state]

        async def send(headers: Mapping[str, str]) -> Mapping[str, Any]:
            parcel = Parcel(
                content,
                size,
                content_hash,
                _written(dates),
                seen.name,
                lambda tail: addresses.item(self._calls.drive_id, seen.id, tail),
                "replace",
                headers,
                look,
            )
            # What was kept is of the first of two tries.
            state = kept.pop() if kept else None
            return {"item": await self._send(parcel, replace(resume, state=state))}

        found = await look() if is_repeat or resume.state is not None else None
        if found is None:
            found = (await self._calls.guarded(seen, send))["item"]
        await resume.keep(None)
        return await self._proved(found, size, content_hash, is_new=False)

    # --- sending ----------------------------------------------------------------------------------

    async def _send(self, parcel: Parcel, resume: Resumption) -> FileItem:
        if parcel.size_bytes == 0 or (parcel.size_bytes <= SMALL_BYTES and not parcel.dates):
            return await self._send_small(parcel)
        session = await self._kept_session(parcel, resume.state)
        for left in range(SESSION_TRIES - 1, -1, -1):
            if session is None:
                session = await self._new_session(parcel, resume)
            try:
                row = await session.send(parcel.content, resume.arrived)
            except GraphFailed as failed:
                if failed.trouble not in KEEPS_SESSION:
                    await session.cancel()
                    await resume.keep(None)
                raise
            if row is not None:
                return self._calls.item(row)
            found = await parcel.look()
            if found is not None:
                return found
            await resume.keep(None)
            session = None
            if not left:
                break
        raise _stale(parcel.name)

    async def _send_small(self, parcel: Parcel) -> FileItem:
        """One call, and a second one for the dates where there are some: an empty file has no other way."""
        content = await asyncio.to_thread(parcel.content.read_bytes)
        query = {CONFLICT: parcel.conflict}
        item = await self._calls.put_small(parcel.path("/content"), parcel.name, content, query, parcel.headers)
        return await self._calls.set_dates(item, parcel.dates) if parcel.dates else item

    async def _kept_session(self, parcel: Parcel, state: str | None) -> Session | None:
        """The session of an earlier run, when it is of this very content and still alive."""
        if state is None or self._seal is None:
            return None
        kept = SessionState.opened(state, self._seal)
        if kept is None or (kept.size_bytes, kept.content_hash) != (parcel.size_bytes, parcel.content_hash):
            return None
        session = Session(self._client, kept, parcel.name)
        return session if await session.is_alive() else None

    async def _new_session(self, parcel: Parcel, resume: Resumption) -> Session:
        facets: dict[str, Any] = {CONFLICT: parcel.conflict, "fileSize": parcel.size_bytes}
        if parcel.dates:
            facets["fileSystemInfo"] = dict(parcel.dates)
        path = parcel.path("/createUploadSession")
        try:
            session = await Session.created(
                self._client, path, parcel.name, facets, parcel.headers, parcel.content_hash
            )
        except GraphFailed as failed:
            if failed.trouble is FileTrouble.NAME_TAKEN and await parcel.look() is None:
                # Nothing stands there: it is a session that nobody knows any more (§1.7).
                raise _stale(parcel.name) from failed
            raise
        if self._seal is not None:
            await resume.keep(session.state.sealed(self._seal))
        return session

    async def _proved(self, item: FileItem, size: int, content_hash: str, *, is_new: bool) -> FileItem:
        """The item as the drive has it, which is the new baseline; what SharePoint rewrites is never compared."""
        if may_be_rewritten(item.name) and item.content_hash != content_hash:
            return item
        if item.size_bytes == size and item.content_hash in ("", content_hash):
            return item if item.content_hash else item._replace(content_hash=content_hash)
        if is_new:
            await self._calls.delete(item)
        raise damaged(item.name)


def _ours(found: FileItem, size: int, content_hash: str, otherwise: GraphFailed) -> FileItem:
    """What stands there, when an earlier try of ours put it there. Errors: the one given."""
    if not found.is_folder:
        if found.content_hash == content_hash:
            return found
        if found.is_by_us and (may_be_rewritten(found.name) or (not found.content_hash and found.size_bytes == size)):
            return found
    raise otherwise


def _measured(content: Path) -> tuple[int, str]:
    """Size and hash of a file. Blocking."""
    return content.stat().st_size, QUICK_XOR + of_file(content)


def _written(dates: Dates) -> dict[str, str]:
    named = {"createdDateTime": dates.created_at, "lastModifiedDateTime": dates.modified_at}
    return {name: written(when) for name, when in named.items() if when is not None}


def _stale(name: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.AGAIN, Problem("DRV-27", {"name": name}), wait=STALE_SESSION))
