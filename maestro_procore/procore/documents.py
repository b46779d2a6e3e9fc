"""The Documents tool of one project: folders, files and their versions (procore-api.md §7.1)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from maestro_procore.file_ports import (
    NO_DATES,
    Changes,
    Dates,
    FileCallFailed,
    FileTrouble,
    FileVersion,
    Resumption,
    Scope,
)
from maestro_procore.model.file_items import FileItem, Gone
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row
from maestro_procore.procore.file_calls import FILES, FOLDERS, Collection
from maestro_procore.procore.file_rows import (
    FILE,
    FOLDER,
    current_version,
    file_item,
    folder_item,
    is_folder_id,
    item_id,
    moment,
    number_of,
)
from maestro_procore.procore.file_store import ProcoreStore, changes_of, in_file_words, refused
from maestro_procore.procore.sound_rows import of_sound_rows

LIST: Final = "documents"


@of_sound_rows
class DocumentsStore(ProcoreStore):
    """Reads by the flat index, one call a page of 2,000; everything else is one call a thing."""

    tool = "Documents"
    _root: FileItem | None = None

    async def root(self) -> FileItem:
        """The folder that holds everything; its id never changes, so it is asked for once."""
        if self._root is None:
            async with in_file_words():
                self._root = folder_item(await self._calls.root_folder(self._project_id), "")
        return self._root

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        """The recycle bin is read along: what lies in it is evidence of a deletion."""
        (root_id,) = scope.roots
        async with in_file_words():
            rows, begun_at, calls = await self._all_pages(LIST, moment(cursor))
        items: dict[str, FileItem] = {}
        gone: dict[str, Gone] = {}
        bins = {item_id(FOLDER, row["id"]) for row in rows if row.get("is_recycle_bin")}
        now = self._clock.now()
        for row in rows:
            item = folder_item(row) if row.get("document_type") == "folder" else file_item(row, now)
            if item.id in bins or item.id == root_id:
                continue
            if row.get("is_deleted") or item.parent_id in bins:
                gone[item.id] = Gone.BIN
                continue
            items[item.id] = item
            if not item.is_folder:
                self._learn_url(item, self._url_of(row))
        if cursor is None:
            _drop_below(items, gone)
        return changes_of(items, gone, FileItem(root_id, "", "", True), cursor, begun_at, calls, now)

    async def children(self, parent_id: str) -> Sequence[FileItem]:
        """One call."""
        async with in_file_words():
            row = await self._calls.show(FOLDERS, self._project_id, number_of(parent_id))
        now = self._clock.now()
        folders = [folder_item(each, parent_id) for each in row.get("folders") or () if _is_there(each)]
        files = [
            file_item(each, now)._replace(parent_id=parent_id) for each in row.get("files") or () if _is_there(each)
        ]
        return [*folders, *files]

    async def _fresh_url(self, item: FileItem) -> str:
        """One call for the addresses of a whole folder: mostly its other files are wanted next."""
        async with self._looking:
            if not self._known_url(item):  # otherwise another download has looked meanwhile
                await self._learn_urls(item.parent_id)
        return self._known_url(item) or await super()._fresh_url(item)

    async def _learn_urls(self, folder_id: str) -> None:
        try:
            async with in_file_words():
                row = await self._calls.show(FOLDERS, self._project_id, number_of(folder_id))
        except FileCallFailed as failed:
            if failed.trouble is not FileTrouble.GONE:
                raise
            return
        for each in row.get("files") or ():
            self._learn_url(file_item(each, self._clock.now()), self._url_of(each))

    @cached_property
    def _looking(self) -> asyncio.Lock:
        return asyncio.Lock()

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
        """One call where Procore takes the content in it, two otherwise. Procore keeps no dates of its users."""
        fields: Row = {"parent_id": number_of(parent_id), "name": name}
        row = await self._send(FILES, parent_id, name, fields, content, tried_at)
        return self._item_of(item_id(FILE, row["id"]), row)

    async def new_version(
        self,
        seen: FileItem,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """The former content stays among the versions. A try without an answer shows in the version's number."""
        row = await self._show(seen.id)
        now = self._item_of(seen.id, row)
        if tried_at is not None and now.version != seen.version and await self._is_ours(now, content, tried_at):
            return now
        self._check(seen, row)
        async with in_file_words():
            row = await self._calls.send_up(
                FILES, self._project_id, {"name": seen.name}, content, number_of(seen.id)
            )  # fmt: skip
        return self._item_of(seen.id, row)

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        """One call; two when something of that name stands there."""
        fields: Row = {"parent_id": number_of(parent_id), "name": name}
        try:
            async with in_file_words():
                row = await self._calls.make(FOLDERS, self._project_id, fields)
        except FileCallFailed as failed:
            there = await self._standing(failed, parent_id, name)
            if there is None:
                raise
            if not there.is_folder:
                raise FileCallFailed(FileTrouble.NAME_TAKEN, failed.problem, call=failed.call) from failed
            return there
        return folder_item(row, parent_id)

    async def _standing(self, failed: FileCallFailed, parent_id: str, name: str) -> FileItem | None:
        """What keeps a name from being used, or what an unanswered try has made."""
        may_stand = failed.trouble in (FileTrouble.REFUSED, FileTrouble.LOCKED, FileTrouble.AGAIN)
        return await self.child(parent_id, name) if may_stand else None

    async def rename_or_move(
        self, seen: FileItem, *, name: str, parent_id: str, tried_at: datetime | None = None
    ) -> FileItem:
        """One call, also for a folder with thousands of files in it. Safe to repeat."""
        fields: Row = {"name": name, "parent_id": number_of(parent_id)}
        of = self._collection(seen.id)
        try:
            async with in_file_words():
                row = await self._calls.change(of, self._project_id, number_of(seen.id), fields)
        except FileCallFailed as failed:
            if failed.trouble in (FileTrouble.REFUSED, FileTrouble.LOCKED):
                there = await self.child(parent_id, name)
                if there is not None and there.id != seen.id:
                    raise FileCallFailed(FileTrouble.NAME_TAKEN, failed.problem, call=failed.call) from failed
            raise
        return self._item_of(seen.id, row)

    async def undelete(self, item_id: str, *, name: str, parent_id: str) -> FileItem:
        """A new parent takes a thing out of the recycle bin; whether Procore lets it is not documented (§7.1)."""
        row = await self._show(item_id)
        if not row.get("is_deleted"):
            return self._item_of(item_id, row)  # an earlier try did it, or somebody else
        fields: Row = {"name": name, "parent_id": number_of(parent_id)}
        try:
            async with in_file_words():
                row = await self._calls.change(self._collection(item_id), self._project_id, number_of(item_id), fields)
        except FileCallFailed as failed:
            if failed.trouble is FileTrouble.REFUSED:
                raise FileCallFailed(failed.trouble, Problem("BCK-12", {"name": name}), call=failed.call) from failed
            raise
        return self._item_of(item_id, row)

    async def versions(self, item_id: str) -> Sequence[FileVersion]:
        """Newest first; Procore shows a file with all of them."""
        rows = sorted((await self._show(item_id)).get("file_versions") or (), key=_number, reverse=True)
        return [
            FileVersion(
                str(row["id"]),
                row.get("size"),
                moment(row.get("created_at")),
                str((row.get("created_by") or {}).get("name") or ""),
            )
            for row in rows
        ]

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        """An earlier content. GONE when there is no such version."""
        rows = (await self._show(item_id)).get("file_versions") or ()
        url = next((str(row.get("url") or "") for row in rows if str(row["id"]) == version_id), "")
        if not url:
            refused(FileTrouble.GONE, "DOC-04", name=item_id)
        await self._fetch(url, into)

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        """Procore has no such call: the earlier content is sent up again, as the newest version."""
        with self.spare_file() as spare:
            await self.download_version(seen.id, version_id, spare)
            return await self.new_version(seen, spare)

    def _collection(self, item_id: str) -> Collection:
        return FOLDERS if is_folder_id(item_id) else FILES

    def _item_of(self, item_id: str, row: Row) -> FileItem:
        return folder_item(row) if is_folder_id(item_id) else file_item(row, self._clock.now())

    def _url_of(self, row: Row) -> str:
        return str(current_version(row).get("url") or "")


def _is_there(row: Row) -> bool:
    return not (row.get("is_deleted") or row.get("is_recycle_bin"))


def _number(row: Row) -> int:
    return int(row.get("number") or 0)


def _drop_below(items: dict[str, FileItem], gone: dict[str, Gone]) -> None:
    """Whether what lies in a deleted folder is called deleted itself is not documented: it is gone with the folder."""
    while True:
        below = [item.id for item in items.values() if item.parent_id in gone]
        if not below:
            return
        for one in below:
            del items[one]
            gone[one] = Gone.BIN
