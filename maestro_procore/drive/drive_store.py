"""One drive as the engine sees it: the doors of file_ports.py, carried out by this room."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from maestro_procore.drive.changes import ChangeFeed
from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.downloads import Downloads
from maestro_procore.drive.item_calls import ItemCalls
from maestro_procore.drive.token_cache import Seal
from maestro_procore.drive.uploads import Uploads
from maestro_procore.file_ports import (
    NO_DATES,
    Changes,
    Dates,
    Downloaded,
    FileStore,
    FileVersion,
    Resumption,
    Scope,
    Space,
)
from maestro_procore.model.file_items import FileItem


class DriveStore(FileStore):
    """A whole drive: a OneDrive or a SharePoint library.

    name: as people call it, for messages. client_id: our own app, to know our own changes again. seal: for uploads
    that outlive the program; None: they begin anew.
    """

    def __init__(
        self, client: GraphClient, drive_id: str, *, name: str = "", client_id: str = "", seal: Seal | None = None
    ) -> None:
        self._calls = ItemCalls(client, drive_id, client_id)
        self._feed = ChangeFeed(client, drive_id, name=name, client_id=client_id)
        self._downloads = Downloads(self._calls)
        self._uploads = Uploads(self._calls, seal)

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        return await self._feed.changes(cursor, scope)

    async def cursor_now(self) -> str | None:
        return await self._feed.cursor_now()

    async def item(self, item_id: str) -> FileItem | None:
        row = await self._calls.row(item_id)
        return None if row is None else self._calls.item(row)

    async def address(self, item_id: str) -> str:
        """Where people find it in the browser (webUrl)."""
        row = await self._calls.row(item_id)
        return str((row or {}).get("webUrl") or "")

    async def child(self, parent_id: str, name: str) -> FileItem | None:
        row = await self._calls.child_row(parent_id, name)
        return None if row is None else self._calls.item(row)

    async def children(self, parent_id: str) -> Sequence[FileItem]:
        return await self._calls.children(parent_id)

    async def download(self, item: FileItem, into: Path) -> Downloaded:
        return await self._downloads.download(item, into)

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
        return await self._uploads.upload(
            parent_id, name, content, dates, resume or Resumption(), is_repeat=tried_at is not None
        )

    async def new_version(
        self,
        seen: FileItem,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        return await self._uploads.new_version(
            seen, content, dates, resume or Resumption(), is_repeat=tried_at is not None
        )

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        return await self._calls.create_folder(parent_id, name)

    async def rename_or_move(
        self, seen: FileItem, *, name: str, parent_id: str, tried_at: datetime | None = None
    ) -> FileItem:
        return await self._calls.rename_or_move(seen, name, parent_id, is_repeat=tried_at is not None)

    async def delete(self, seen: FileItem) -> None:
        await self._calls.delete(seen)

    async def undelete(self, item_id: str, *, name: str, parent_id: str) -> FileItem:
        return await self._calls.undelete(item_id, name, parent_id)

    async def versions(self, item_id: str) -> Sequence[FileVersion]:
        return await self._calls.versions(item_id)

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        await self._downloads.download_version(item_id, version_id, into)

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        return await self._calls.restore_version(seen, version_id)

    async def space(self) -> Space:
        return await self._calls.space()

    async def probe(self, folder_id: str) -> None:
        await self._calls.probe(folder_id)
