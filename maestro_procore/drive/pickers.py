"""Where files may go: own drives, sites, libraries and folders to choose from. Source: graph-drive.md §2."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from maestro_procore.drive import addresses
from maestro_procore.drive.answers import Failure, GraphFailed
from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.history import Query
from maestro_procore.drive.items import child_count
from maestro_procore.drive.pages import all_rows
from maestro_procore.file_ports import Destinations, DriveChoice, FileCallFailed, FileTrouble, FolderChoice, SiteChoice
from maestro_procore.model.problems import Problem

FOLDER_FIELDS: Final[Query] = (("$select", "id,name,folder,package,webUrl,parentReference"), ("$top", "200"))
# An account without a licence for OneDrive, and a service, have none: that is an answer, not a fault.
NO_DRIVE: Final = frozenset({400, 403, 404})


class GraphDestinations(Destinations):
    """What one signed-in account may choose from. Errors: FileCallFailed."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def my_drives(self) -> Sequence[DriveChoice]:
        try:
            own = await self._client.get(addresses.MY_DRIVE, name="OneDrive")
        except GraphFailed as failed:
            if failed.status in NO_DRIVE:
                return ()
            raise
        rows = await all_rows(self._client, addresses.MY_DRIVES, name="OneDrive")
        first = _drive(own)
        return (first, *(one for one in map(_drive, rows) if one.id != first.id))

    async def sites(self, text: str) -> Sequence[SiteChoice]:
        query = (("search", text.strip() or "*"),)
        return [_site(row) for row in await all_rows(self._client, addresses.SITES, name=text, query=query)]

    async def site_at(self, url: str) -> SiteChoice:
        try:
            path = addresses.site_at(url)
        except ValueError as error:
            raise _no_address(url, error) from None
        return _site(await self._client.get(path, name=url))

    async def libraries(self, site_id: str) -> Sequence[DriveChoice]:
        rows = await all_rows(self._client, addresses.site_drives(site_id), name=site_id)
        return sorted(map(_drive, rows), key=lambda one: one.name.casefold())

    async def root(self, drive_id: str) -> FolderChoice:
        return _folder(await self._client.get(addresses.root(drive_id), name=drive_id), drive_id)

    async def folders(self, drive_id: str, folder_id: str) -> Sequence[FolderChoice]:
        path = addresses.item(drive_id, folder_id, "/children")
        rows = await all_rows(self._client, path, name=folder_id, query=FOLDER_FIELDS)
        found = [_folder(row, drive_id) for row in rows if isinstance(row.get("folder"), dict)]
        return sorted(found, key=lambda one: one.name.casefold())

    async def folder_at(self, url: str) -> FolderChoice:
        if urlsplit(url.strip()).scheme not in ("https", "http"):
            raise _no_folder(url)
        try:
            row = await self._client.get(addresses.shared(url), name=url)
        except FileCallFailed as failed:
            if failed.trouble is not FileTrouble.GONE:
                raise
            raise _no_folder(url) from failed  # nothing has gone: it was never found there
        drive_id = (row.get("parentReference") or {}).get("driveId")
        if not isinstance(row.get("folder"), dict) or not isinstance(drive_id, str):
            raise _no_folder(url)
        return _folder(row, drive_id)


def _drive(row: Mapping[str, Any]) -> DriveChoice:
    owner = row.get("owner") or {}
    who = owner.get("user") or owner.get("group") or {}
    item_id, name, kind, url = (str(row.get(word) or "") for word in ("id", "name", "driveType", "webUrl"))
    return DriveChoice(item_id, name, kind, url, str(who.get("displayName") or ""))


def _site(row: Mapping[str, Any]) -> SiteChoice:
    name = row.get("displayName") or row.get("name")
    return SiteChoice(str(row.get("id", "")), str(name or ""), str(row.get("webUrl") or ""))


def _folder(row: Mapping[str, Any], drive_id: str) -> FolderChoice:
    count = child_count(row)
    name, address = str(row.get("name") or ""), str(row.get("webUrl") or "")
    return FolderChoice(drive_id, str(row.get("id", "")), name, address, None if count is None else count == 0)


def _no_folder(url: str) -> GraphFailed:
    return GraphFailed(Failure(FileTrouble.REFUSED, Problem("DOC-95", {"name": url})))


def _no_address(url: str, error: ValueError) -> GraphFailed:
    problem = Problem("DRV-10", {"name": url, "text": str(error)})
    return GraphFailed(Failure(FileTrouble.REFUSED, problem))
