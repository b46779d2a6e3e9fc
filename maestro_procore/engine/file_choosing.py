"""What the wizard *Add project* asks before anything is written: projects, accounts, places, and what lies there.

Only questions: nothing is made on either side here, and nothing is remembered when the wizard is closed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote

from maestro_procore.engine import file_layout
from maestro_procore.engine.file_binding import IN_PROJECT, IN_TOOL, TOOL_NAMES
from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.file_ports import Destinations, FolderChoice, Who
from maestro_procore.model import file_names
from maestro_procore.ports import Procore, Row

Answer = TypeVar("Answer")

PERSONAL: Final = frozenset(
    "gmail.com outlook.com hotmail.com hotmail.ca live.com live.ca msn.com yahoo.com yahoo.ca icloud.com me.com"
    " videotron.ca sympatico.ca bell.net".split()
)
"""Providers of addresses for people: an account there is nobody's service account."""
_SERVICE_WORDS: Final = ("procore", "service", "svc", "sync", "integration", "noreply", "admin", "api", "bot")


@dataclass(frozen=True)
class AccountChoice:
    """Whom the drive is asked as. id: '' is the service of the practice company."""

    id: str
    name: str


@dataclass(frozen=True)
class ProcoreChoice:
    """A project that may be added. added_as: its name here when it is synchronized already."""

    id: int
    name: str
    number: str = ""
    is_active: bool = True
    added_as: str = ""


@dataclass(frozen=True)
class Acting:
    """The names that changes will carry: in Procore, and in the drive (F210)."""

    procore: str
    procore_login: str
    drive: Who

    @property
    def looks_personal(self) -> bool:
        """Whether people would take its changes for one colleague's doing (F212)."""
        addresses = [address for address in (self.procore_login, self.drive.address) if address]
        return any(is_personal(address) for address in addresses)


def is_personal(address: str) -> bool:
    """Whether an address looks like a person's: at a provider for people, or `first.last` without a word of a service.

    A hint, never a refusal: procore@yourcompany.com and its like pass (F213).
    """
    name, _, host = address.casefold().partition("@")
    if host in PERSONAL:
        return True
    return "." in name and not any(word in name for word in _SERVICE_WORDS)


@dataclass(frozen=True)
class TargetFolder:
    """Where the files of one tool will lie. url: in full (F189). holds: new · empty · files · unknown."""

    project: int
    tool: str
    url: str
    holds: str

    @property
    def is_free(self) -> bool:
        """Whether the first synchronization may take it for an empty one (F101)."""
        return self.holds in ("new", "empty")


@dataclass(frozen=True)
class FileChoosing:
    """Questions to Procore and Microsoft for somebody who chooses. Connections live as long as one question.

    Errors of every question: CallFailed (Procore), FileCallFailed (the drive), Refused (nobody is signed in).
    """

    files: FileJournal
    accounts: Callable[[], Awaitable[Sequence[AccountChoice]]]
    destinations: Callable[[str], AbstractAsyncContextManager[Destinations]]
    who: Callable[[str], Awaitable[Who]]
    procore: Callable[[], Awaitable[Procore]]
    company: Callable[[], int]
    """The company in Procore whose projects are listed. Raises Refused."""
    another: "Callable[[int], FileChoosing] | None" = None
    """The same questions through another Procore connection; None where there is one only."""
    names: Callable[[], Mapping[int, str]] = dict
    """Number → name of the Procore connections."""

    async def connections(self) -> Mapping[int, str]:
        """To choose from: number → name, that of Configuration first."""
        return await asyncio.to_thread(self.names)

    def through(self, connection: int) -> "FileChoosing":
        """connection: of model/connections.py; 0 is that of Configuration."""
        return self if self.another is None else self.another(connection)

    async def projects(self) -> list[ProcoreChoice]:
        """Every project that the connection sees, by name, with those that are synchronized already."""
        company = await asyncio.to_thread(self.company)
        added = {
            row["procore_project"]: str(row["name"])
            for row in await asyncio.to_thread(self.files.file_projects)
            if row["procore_company"] == company
        }
        found: list[ProcoreChoice] = []
        procore = await self.procore()
        try:
            number, has_next = 1, True
            while has_next:
                page = await procore.read_page("projects", number, None)
                found += [_choice(row, added) for row in page.rows]
                number, has_next = number + 1, page.has_next
        finally:
            await procore.aclose()
        return sorted(found, key=lambda one: one.name.casefold())

    async def acting(self, account: str) -> Acting:
        """As whom both sides will be written to."""
        procore = await self.procore()
        try:
            me = await procore.me()
        finally:
            await procore.aclose()
        login = str(me.get("login") or "")
        return Acting(str(me.get("name") or login), login, await self.who(account))

    async def asked(self, account: str, question: Callable[[Destinations], Awaitable[Answer]]) -> Answer:
        """One question about places, with a connection of its own."""
        async with self.destinations(account) as destinations:
            return await question(destinations)

    async def look(
        self, account: str, place: FolderChoice, layout: str, projects: Mapping[int, str], tools: Sequence[str]
    ) -> list[TargetFolder]:
        """What lies where the tools of the chosen projects would go. projects: number → name."""
        known = await asyncio.to_thread(self.files.file_projects)
        taken = {str(row["folder_id"]) for row in known if row["drive_id"] == place.drive_id}
        company = await asyncio.to_thread(self.company)
        top = file_layout.top_name(known, company, place.drive_id, place.id)
        async with self.destinations(account) as destinations:
            look = _Look(destinations, place, top, taken)
            found: list[TargetFolder] = []
            for number, name in projects.items():
                found += await look.of(layout, number, name, tools)
            return found


def _choice(row: Row, added: Mapping[int, str]) -> ProcoreChoice:
    number, name = int(row["id"]), str(row.get("name") or row.get("display_name") or row["id"])
    is_active = row.get("active") is not False
    return ProcoreChoice(number, name, str(row.get("project_number") or ""), is_active, added.get(number, ""))


class _Look:
    """Walks down from one folder by name; each folder is listed once.

    top: name of the first level. taken: ids of folders that projects have.
    """

    def __init__(self, destinations: Destinations, place: FolderChoice, top: str, taken: Collection[str]) -> None:
        self._destinations, self._place, self._top, self._taken = destinations, place, top, taken
        self._listed: dict[str, Sequence[FolderChoice]] = {}

    async def of(self, layout: str, number: int, name: str, tools: Sequence[str]) -> list[TargetFolder]:
        """The folders of one project's tools."""
        if layout == IN_TOOL:
            place = self._place
            is_empty = place.is_empty  # of what it holds now, files included
            return [TargetFolder(number, tool, place.web_url, _holds(is_empty)) for tool in tools]
        if layout == IN_PROJECT:
            return [await self._tool(number, tool, self._place, self._place.web_url) for tool in tools]
        top = await self._inside(self._place, self._top)
        folder, shown = await self._own(top, name)
        above = f"{self._place.web_url}/{quote(self._top)}/{quote(shown)}"
        return [await self._tool(number, tool, folder, above) for tool in tools]

    async def _own(self, top: FolderChoice | None, name: str) -> tuple[FolderChoice | None, str]:
        """The project's own folder as engine/file_binding.py will take it, and what it is called."""
        wanted = file_names.to_drive(name)
        if top is None:
            return None, wanted
        shown, number = wanted, 1
        while (found := await self._inside(top, shown)) is not None and found.id in self._taken:
            number += 1
            shown = file_names.numbered(wanted, number)
        return found, shown

    async def _tool(self, number: int, tool: str, folder: FolderChoice | None, above: str) -> TargetFolder:
        name = TOOL_NAMES.get(tool, tool)
        found = None if folder is None else await self._inside(folder, name)
        holds = "new" if found is None else _holds(found.is_empty)
        return TargetFolder(number, tool, f"{above}/{quote(name)}", holds)

    async def _inside(self, folder: FolderChoice, name: str) -> FolderChoice | None:
        if folder.id not in self._listed:
            self._listed[folder.id] = await self._destinations.folders(folder.drive_id, folder.id)
        wanted = file_names.key(name)  # the drive holds no two that differ in case only
        return next((one for one in self._listed[folder.id] if file_names.key(one.name) == wanted), None)


def _holds(is_empty: bool | None) -> str:
    return "unknown" if is_empty is None else "empty" if is_empty else "files"
