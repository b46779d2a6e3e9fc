"""What changed in a drive: its change feed, read whole, and what of it lies below the wanted folders.

Source: reference graph-drive.md §1.4. The feed is that of the drive's root, because a feed of a subfolder is not
promised for SharePoint. A round counts only when its last page is there; a feed that cannot be continued is read anew
from the beginning, and only the caller's guards decide about what is then missing. Sorting is feed_round.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from maestro_procore.drive import addresses, items
from maestro_procore.drive.answers import GraphFailed
from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.feed_round import FeedRound
from maestro_procore.drive.history import Query
from maestro_procore.drive.items import DriveItem
from maestro_procore.drive.pages import all_rows, endless, page
from maestro_procore.file_ports import Changes, Scope

PAGE_ROWS: Final = 1_000  # what other clients ask for; a server that gives less is followed all the same
SELECT: Final[Query] = (("$select", items.SELECTED), ("$top", str(PAGE_ROWS)))
LATEST: Final[Query] = (("token", "latest"),)
RESTARTS: Final = 2
MOST_LOOKED_UP: Final = 100
# Answers to a kept cursor that mean "begin anew", never "everything was deleted".
LOST_CURSOR: Final = frozenset({400, 404, 410})


class ChangeFeed:
    """The change feed of one drive. client_id: our own app, to know our own changes again."""

    def __init__(self, client: GraphClient, drive_id: str, *, name: str = "", client_id: str = "") -> None:
        self._client, self._drive_id = client, drive_id
        self._name, self._client_id = name or drive_id, client_id
        self._root_id = ""

    async def cursor_now(self) -> str:
        """A cursor for what changes from now on. Errors: FileCallFailed."""
        path = addresses.delta(self._drive_id)
        last = await page(self._client, path, name=self._name, query=LATEST, units=1)
        if last.delta is None:
            raise endless(path)
        return last.delta

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        """The round behind `cursor`, or everything. Errors: FileCallFailed; then nothing of the round counts."""
        calls = 0
        for left in range(RESTARTS, -1, -1):
            found = FeedRound(scope, self._client_id, self._root_id, is_whole=cursor is None)
            try:
                next_cursor, server_time, pages_read = await self._read(cursor, found)
            except GraphFailed as failed:
                is_lost = failed.status == 410 or (cursor is not None and failed.status in LOST_CURSOR)
                if not is_lost or not left:
                    raise
                # The address that a 410 names begins the same enumeration as the plain feed, which is always there.
                cursor, calls = None, calls + 1
                continue
            calls += pages_read + await self._complete(found)
            self._root_id = found.root_id
            try:
                return found.changes(next_cursor, server_time, calls)
            except ValueError:
                raise endless(addresses.delta(self._drive_id)) from None
        raise AssertionError("the last try returns or raises")

    async def children(self, parent_id: str, name: str = "") -> Sequence[DriveItem]:
        """Everything directly in a folder, with all its marks. Errors: FileCallFailed."""
        path = addresses.item(self._drive_id, parent_id, "/children")
        return await all_rows(self._client, path, name=name or self._name, query=SELECT)

    async def _read(self, cursor: str | None, found: FeedRound) -> tuple[str, datetime | None, int]:
        """Reads a round into `found`: the next cursor, the time of its first page, its pages."""
        path = cursor or addresses.delta(self._drive_id)
        query: Query = () if cursor else SELECT
        began: datetime | None = None
        seen: set[str] = set()
        while path not in seen:
            part = await page(self._client, path, name=self._name, query=query, units=1 if cursor else 2)
            try:
                found.add(part.rows)
            except ValueError:
                raise endless(path) from None
            began = began or part.at
            seen.add(path)
            if part.delta is not None:
                return part.delta, began, len(seen)
            if part.next is None:
                break
            path, query = part.next, ()
        raise endless(path)

    async def _complete(self, found: FeedRound) -> int:
        """Reads what the feed left out: unknown parents, the inside of folders that were moved in, marks of contents.

        The number of calls.
        """
        calls = await self._look_up_parents(found)
        to_open = found.folders_to_open()
        while to_open:
            folder = to_open.pop()
            to_open += found.add_children(folder, await self.children(folder))
            calls += 1
        for folder in found.folders_without_marks():
            found.add_marks(await self.children(folder))
            calls += 1
        return calls

    async def _look_up_parents(self, found: FeedRound) -> int:
        """The number of calls. Errors: a feed in which much hangs in the air is doubtful as a whole."""
        calls = 0
        while unknown := found.unknown_parents():
            calls += len(unknown)
            if calls > MOST_LOOKED_UP:
                raise endless(addresses.delta(self._drive_id))
            for item_id in sorted(unknown):
                found.add_parent(item_id, await self._row(item_id))
        return calls

    async def _row(self, item_id: str) -> DriveItem | None:
        try:
            return await self._client.get(addresses.item(self._drive_id, item_id), name=self._name)
        except GraphFailed as failed:
            if failed.status == 404:
                return None
            raise
