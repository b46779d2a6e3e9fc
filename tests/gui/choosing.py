"""Whom the wizard asks in tests: a list of projects, and places on a store in memory. Real small classes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from maestro_procore.engine.file_choosing import AccountChoice, FileChoosing
from maestro_procore.file_ports import DriveChoice, FileCallFailed, FileTrouble, FolderChoice, SiteChoice, Who
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Page
from tests.engine.file_world import STARTS_AT, FileWorld

SITE = SiteChoice("site-1", "Chantiers", "https://contoso.sharepoint.com/sites/Chantiers")
LIBRARY = DriveChoice("drive-1", "Documents", "documentLibrary", f"{SITE.web_url}/Documents")
OWN = DriveChoice("drive-own", "OneDrive", "business", "https://contoso-my.sharepoint.com/personal/marie")


INTEGRATION = Who("Integration", "procore@contoso.com", is_service=False)


@dataclass
class Places:
    """One library on the drive of a FileWorld; drives: what the account calls its own."""

    world: FileWorld
    drives: Sequence[DriveChoice] = ()
    asked: list[str] = field(default_factory=list)
    refuses: bool = False

    async def my_drives(self) -> Sequence[DriveChoice]:
        self._ask("my_drives")
        return self.drives

    async def sites(self, text: str) -> Sequence[SiteChoice]:
        self._ask("sites")
        return [SITE] if text.casefold() in SITE.name.casefold() else []

    async def site_at(self, url: str) -> SiteChoice:
        return SITE

    async def libraries(self, site_id: str) -> Sequence[DriveChoice]:
        self._ask("libraries")
        return [LIBRARY]

    async def root(self, drive_id: str) -> FolderChoice:
        self._ask("root")
        return self._folder(self.world.drive.root_id, LIBRARY.web_url)

    async def folders(self, drive_id: str, folder_id: str) -> Sequence[FolderChoice]:
        self._ask("folders")
        items = self.world.drive.items.values()
        return [
            self._folder(one.id, self._url(one.id)) for one in items if one.parent_id == folder_id and one.is_folder
        ]

    async def folder_at(self, url: str) -> FolderChoice:
        self._ask("folder_at")
        item = self.world.drive.at(url.removeprefix(LIBRARY.web_url))
        return self._folder(item.id, url)

    def _folder(self, item_id: str, url: str) -> FolderChoice:
        inside = [one for one in self.world.drive.items.values() if one.parent_id == item_id]
        return FolderChoice("drive-1", item_id, self.world.drive.items[item_id].name, url, not inside)

    def _url(self, item_id: str) -> str:
        item = self.world.drive.items[item_id]
        above = LIBRARY.web_url if item.parent_id in ("", self.world.drive.root_id) else self._url(item.parent_id)
        return f"{above}/{item.name}"

    def _ask(self, name: str) -> None:
        self.asked.append(name)
        if self.refuses:
            raise FileCallFailed(FileTrouble.UNREACHABLE, Problem("DOC-25"))


@dataclass
class ProcoreList:
    """Projects of a company, two a page."""

    rows: list[dict[str, Any]]
    login: str = "procore@contoso.com"
    pages: int = 0

    async def read_page(self, resource: str, page: int, changed_since: Any, place: Any = None) -> Page:
        self.pages += 1
        start = (page - 1) * 2
        return Page(self.rows[start : start + 2], len(self.rows), start + 2 < len(self.rows), 2, STARTS_AT, None)  # type: ignore[arg-type]

    async def me(self) -> dict[str, Any]:
        return {"id": 1, "login": self.login, "name": "Integration"}

    async def aclose(self) -> None:
        """Nothing was opened."""


@dataclass
class Asked:
    """Both sides as the wizard meets them."""

    places: Places
    procore: ProcoreList
    who: Who = INTEGRATION
    people: Sequence[AccountChoice] = (AccountChoice("", "training"),)

    def choosing(self, world: FileWorld) -> FileChoosing:
        @asynccontextmanager
        async def destinations(_account: str) -> AsyncIterator[Places]:
            yield self.places

        async def accounts() -> Sequence[AccountChoice]:
            return self.people

        async def who(_account: str) -> Who:
            return self.who

        async def procore() -> ProcoreList:
            return self.procore

        return FileChoosing(world.journal, accounts, destinations, who, procore, lambda: 5)  # type: ignore[arg-type]


def project(number: int, name: str, code: str = "", *, is_active: bool = True) -> dict[str, Any]:
    return {"id": number, "name": name, "project_number": code, "active": is_active}
