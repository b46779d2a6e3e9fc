"""Single items of one drive: reading, making folders, renaming, moving, deleting, versions.

Source: reference graph-drive.md §1.5, §1.8, §2.

Every change carries the eTag of the item as the caller saw it. SharePoint changes an eTag by itself (it notes
properties of a document after an upload), so a refused change is looked into before it counts as one.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import uuid4

from maestro_procore.drive import addresses
from maestro_procore.drive.answers import Failure, GraphFailed, wrong_form
from maestro_procore.drive.changes import SELECT
from maestro_procore.drive.client import BINARY, GraphClient
from maestro_procore.drive.items import DriveItem, instant, item_of
from maestro_procore.drive.pages import all_rows
from maestro_procore.file_ports import FileTrouble, FileVersion, Space
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem

CONFLICT: Final = "@microsoft.graph.conflictBehavior"
FRESH: Final = timedelta(minutes=1)
SETTLING: Final = (timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4))
PROBE: Final = "maestro-procore-{}.txt"

Result = TypeVar("Result")
Send = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]


class ItemCalls:
    """One drive by its id. client_id: our own app, to know our own changes again. Errors: FileCallFailed."""

    def __init__(self, client: GraphClient, drive_id: str, client_id: str = "") -> None:
        self.client, self.drive_id, self._client_id = client, drive_id, client_id
        self._fresh: dict[str, datetime] = {}

    # --- reading ----------------------------------------------------------------------------------

    async def row(self, item_id: str, name: str = "") -> DriveItem | None:
        """None when Graph says plainly that there is no such item."""
        return await self._row_or_none(addresses.item(self.drive_id, item_id), name)

    async def child_row(self, parent_id: str, name: str) -> DriveItem | None:
        return await self._row_or_none(self._child(parent_id, name), name)

    async def children(self, parent_id: str, name: str = "") -> list[FileItem]:
        path = addresses.item(self.drive_id, parent_id, "/children")
        return [self.item(row) for row in await all_rows(self.client, path, name=name, query=SELECT)]

    def item(self, row: DriveItem) -> FileItem:
        """Errors: FileCallFailed for what is no item."""
        try:
            return item_of(row, self._client_id)
        except ValueError:
            shown = " ".join(sorted(row))[:80]
            raise GraphFailed(Failure(FileTrouble.AGAIN, Problem("DRV-14", {"text": f"driveItem: {shown}"}))) from None

    async def there(self, item_id: str, name: str) -> FileItem:
        """The item as it stands now. Errors: GONE."""
        row = await self.row(item_id, name)
        if row is None:
            raise gone(name)
        return self.item(row)

    # --- changing ---------------------------------------------------------------------------------

    async def in_folder(self, parent_id: str, call: Callable[[], Awaitable[Result]]) -> Result:
        """What the call gives; tried again while Graph does not know a folder yet that we have just made (§1.10)."""
        for pause in SETTLING:
            try:
                return await call()
            except GraphFailed as failed:
                made_at = self._fresh.get(parent_id)
                if failed.trouble is not FileTrouble.GONE or made_at is None:
                    raise
                if self.client.clock.now() - made_at > FRESH:
                    raise
            await self.client.clock.nap(pause)
        return await call()

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        made = await self.in_folder(parent_id, lambda: self._create_folder(parent_id, name))
        now = self.client.clock.now()
        self._fresh = {made.id: now, **{one: at for one, at in self._fresh.items() if now - at <= FRESH}}
        return made

    async def _create_folder(self, parent_id: str, name: str) -> FileItem:
        asked = self.client.asked(
            "POST", addresses.item(self.drive_id, parent_id, "/children"), name, units=2, is_safe=True
        )
        try:
            row, _answer = await self.client.ask(asked, json={"name": name, "folder": {}, CONFLICT: "fail"})
        except GraphFailed as failed:
            if failed.trouble is not FileTrouble.NAME_TAKEN:
                raise
            # Somebody was quicker, or our own first try was carried out.
            found = await self.child_row(parent_id, name)
            if found is None or not self.item(found).is_folder:
                raise
            return self.item(found)
        return self.item(row)

    async def rename_or_move(self, seen: FileItem, name: str, parent_id: str, *, is_repeat: bool) -> FileItem:
        if is_repeat:
            now = await self.there(seen.id, seen.name)
            if (now.name, now.parent_id) == (name, parent_id):
                return now
        wanted: dict[str, Any] = {}
        if name != seen.name:
            self._child(parent_id, name)  # refuses what would lead elsewhere
            wanted["name"] = name
        if parent_id != seen.parent_id:
            wanted["parentReference"] = {"id": parent_id}
        if not wanted:
            return seen
        asked = self.client.asked("PATCH", addresses.item(self.drive_id, seen.id), seen.name, units=2)

        async def send(headers: Mapping[str, str]) -> Mapping[str, Any]:
            return (await self.client.ask(asked, json=wanted, headers=headers))[0]

        return self.item(await self.guarded(seen, send))

    async def set_dates(self, item: FileItem, dates: Mapping[str, str]) -> FileItem:
        """Gives an item that was just written its own dates; safe to repeat."""
        asked = self.client.asked("PATCH", addresses.item(self.drive_id, item.id), item.name, units=2, is_safe=True)
        row, _answer = await self.client.ask(asked, json={"fileSystemInfo": dict(dates)})
        return self.item(row)

    async def delete(self, seen: FileItem) -> None:
        asked = self.client.asked("DELETE", addresses.item(self.drive_id, seen.id), seen.name, units=2, is_safe=True)

        async def send(headers: Mapping[str, str]) -> Mapping[str, Any]:
            return (await self.client.ask(asked, headers=headers))[0]

        try:
            await self.guarded(seen, send)
        except GraphFailed as failed:
            if failed.trouble is not FileTrouble.GONE:
                raise

    async def undelete(self, item_id: str, name: str, parent_id: str) -> FileItem:
        """Documented for personal drives only: REFUSED (BCK-12) on the others."""
        there = await self.row(item_id, name)
        if there is not None:
            return self.item(there)  # an earlier try did it, or somebody else
        asked = self.client.asked("POST", addresses.item(self.drive_id, item_id, "/restore"), name, units=2)
        try:
            row, _answer = await self.client.ask(asked, json={"parentReference": {"id": parent_id}, "name": name})
        except GraphFailed as failed:
            if failed.status in (400, 501):
                raise GraphFailed(Failure(FileTrouble.REFUSED, Problem("BCK-12", {"name": name}))) from failed
            raise
        return self.item(row)

    async def guarded(self, seen: FileItem, send: Send) -> Mapping[str, Any]:
        """Sends with the eTag that was seen; once more with a new one when nothing that matters has changed.

        Errors: CHANGED when it has; GONE; FileCallFailed.
        """
        if not seen.tag:
            now = await self.there(seen.id, seen.name)
            if not is_same(now, seen):
                raise changed(seen.name)
            return await send(_if_match(now.tag))
        try:
            return await send(_if_match(seen.tag))
        except GraphFailed as failed:
            if failed.trouble is not FileTrouble.CHANGED:
                raise
            now = await self.there(seen.id, seen.name)
            if now.tag == seen.tag or not is_same(now, seen):
                raise
        return await send(_if_match(now.tag))

    # --- versions, space, rights ------------------------------------------------------------------

    async def versions(self, item_id: str) -> list[FileVersion]:
        rows = await all_rows(self.client, addresses.item(self.drive_id, item_id, "/versions"), name=item_id)
        return [_version_of(row) for row in rows]

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        now = await self.there(seen.id, seen.name)
        if not is_same(now, seen):
            raise changed(seen.name)
        path = addresses.version(self.drive_id, seen.id, version_id, "/restoreVersion")
        await self.client.ask(self.client.asked("POST", path, seen.name, units=2))
        return await self.there(seen.id, seen.name)

    async def space(self) -> Space:
        row = await self.client.get(addresses.drive(self.drive_id), name=self.drive_id)
        quota = row.get("quota")
        values = quota if isinstance(quota, dict) else {}
        total, used, left = (
            value if isinstance(value := values.get(word), int) else None for word in ("total", "used", "remaining")
        )
        return Space(total, used, left)

    async def probe(self, folder_id: str) -> None:
        name = PROBE.format(uuid4().hex[:12])
        item = await self.put_small(self._child(folder_id, name, "/content"), name, b"", {CONFLICT: "fail"}, {})
        await self.delete(item)

    async def put_small(
        self, path: str, name: str, content: bytes, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> FileItem:
        """A content in one call: the only way for an empty one."""
        asked = self.client.asked("PUT", path, name, units=2)
        sending = {**headers, "content-type": BINARY}
        row, answer = await self.client.ask(asked, query=tuple(query.items()), content=content, headers=sending)
        if "id" not in row:
            raise wrong_form(asked, answer).error(None)
        return self.item(row)

    # --- inside -----------------------------------------------------------------------------------

    def _child(self, parent_id: str, name: str, tail: str = "") -> str:
        try:
            return addresses.child(self.drive_id, parent_id, name, tail)
        except ValueError as error:
            problem = Problem("DRV-10", {"name": name, "text": str(error)})
            raise GraphFailed(Failure(FileTrouble.REFUSED, problem)) from None

    child_path = _child

    async def _row_or_none(self, path: str, name: str) -> DriveItem | None:
        try:
            return await self.client.get(path, name=name)
        except GraphFailed as failed:
            if failed.status == 404 and "itemNotFound" in failed.codes:
                return None
            raise


def is_same(now: FileItem, seen: FileItem) -> bool:
    """Whether an item is still as it was seen in everything that a synchronization goes by."""
    return (now.name, now.parent_id) == (seen.name, seen.parent_id) and is_same_content(now, seen)


def is_same_content(now: FileItem, seen: FileItem) -> bool:
    """A hash that appeared meanwhile makes another version of the same content: then the eTag tells."""
    return now.version == seen.version or (bool(now.tag) and now.tag == seen.tag)


def changed(name: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.CHANGED, Problem("DRV-07", {"name": name})))


def gone(name: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.GONE, Problem("DRV-08", {"name": name})))


def taken(name: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.NAME_TAKEN, Problem("DRV-06", {"name": name})))


def _if_match(tag: str) -> dict[str, str]:
    return {"if-match": tag} if tag else {}


def _version_of(row: Mapping[str, Any]) -> FileVersion:
    size, by = row.get("size"), row.get("lastModifiedBy")
    who: Any = by.get("user") or by.get("application") if isinstance(by, dict) else None
    name = str(who.get("displayName", "")) if isinstance(who, dict) else ""
    return FileVersion(
        str(row.get("id", "")), size if isinstance(size, int) else None, instant(row.get("lastModifiedDateTime")), name
    )
