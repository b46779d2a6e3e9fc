"""A project with very many files, for figures: the sandbox's Procore and Graph, both real stores, the engine between.

All of it in one process and on a virtual clock. Sizes are declared: with the sandbox's switch `bodies_scaled` a body is
a thousandth of what the records of both sides say; the transport below tells our clients the size of the bodies, so
that they check every transfer to the byte as always. The judge of every figure is the sandbox's own call log.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.connection import MicrosoftConnection
from maestro_procore.drive.drive_store import DriveStore
from maestro_procore.drive.gate import DriveGate
from maestro_procore.drive.items import QUICK_XOR
from maestro_procore.drive.quick_xor import of_file
from maestro_procore.drive.token_cache import Seal
from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.file_commands import FileCommands, NewFileProject
from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.engine.file_sync import LOOK
from maestro_procore.engine.flows import carry_out_request
from maestro_procore.engine.gate import CallGate
from maestro_procore.file_ports import FileStore
from maestro_procore.logs import Secret
from maestro_procore.model import pacing
from maestro_procore.model.file_items import FileSide
from maestro_procore.ports import Row
from maestro_procore.procore.connection import Connection
from maestro_procore.procore.documents import DocumentsStore
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.bodies import declared_size
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.graph_items import ITEMS, LIVE, child_named, path_of, root_of
from maestro_procore.sandbox.graph_world import library, seed_items
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.start_data import StartData
from maestro_procore.sandbox.training_documents import many_documents
from maestro_procore.store.journal import Journal
from tests.engine.world import PlainSteps
from tests.templates import new_journal

PROJECT, NAME = 101, "Usine de filtration"
TOP = f"Procore/{NAME}/Documents"
SCALE = 1_000
STARTS_AT = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)
# Loopback addresses, because the clients take http nowhere else; nothing listens there.
ORIGINS = {name: f"http://127.0.0.1:{port}" for port, name in enumerate(("procore", "storage", "graph", "login"), 1)}


class VirtualClock:
    """Moves by a millisecond a look, and jumps to the end of naps; several that nap at once wake together.

    The engine's look around between files is the one nap that lasts as long as it says.
    """

    def __init__(self) -> None:
        self._now = STARTS_AT

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    async def nap(self, length: timedelta) -> None:
        if length == LOOK:
            await asyncio.sleep(length.total_seconds())
            return
        until = self._now + length
        await asyncio.sleep(0)
        self._now = max(self._now, until)

    def unix(self) -> float:
        return self._now.timestamp()

    def advance(self, length: timedelta) -> None:
        self._now += length


class ScaledTransport(httpx.AsyncBaseTransport):
    """The application in this process; sizes in its records are those of the bodies."""

    def __init__(self, app: Sandbox) -> None:
        self._app = httpx.ASGITransport(app)
        self._scale = int(app.switches["bodies_scaled"])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._app.handle_async_request(request)
        if self._scale == 1 or not answer.headers.get("content-type", "").startswith("application/json"):
            return answer
        body = await answer.aread()
        if b'"size"' in body:
            body = orjson.dumps(self._scaled(orjson.loads(body)))
        headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
        return httpx.Response(answer.status_code, headers=headers, content=body)

    def _scaled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._scaled(each) for each in value]
        if isinstance(value, dict):
            return {name: self._of(name, each) for name, each in value.items()}
        return value

    def _of(self, name: str, value: Any) -> Any:
        return value // self._scale if name == "size" and isinstance(value, int) else self._scaled(value)


class AnyToken:
    """The sandbox takes it for its first person's: signing in is no part of these figures."""

    async def token(self) -> Secret:
        return Secret("benchmark")

    async def renewed(self, refused: Secret, claims: str | None) -> Secret:
        return refused


@dataclass
class FileCompany:
    """One sandbox, one journal, one project. procore, drive: whether that side holds the files at the start.

    drive_dates: of its files when they are to differ from Procore's. options: switches of the sandbox. hourly_limit: of
    Procore's calls.
    """

    folder: Path
    files: int
    procore: bool
    drive: bool
    options: Mapping[str, Any] = field(default_factory=dict)
    drive_dates: str = ""
    hourly_limit: int = 3_600

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.procore_calls: ProcoreFiles | None = None  # the connection of the newest run
        switches = {"bodies_scaled": SCALE, "graph_units_per_minute": 0, "graph_user_requests": 0}
        switches |= {"graph_takes_any_token": True, **self.options}
        rows = many_documents(PROJECT, self.files, declared_bytes=self.files * 1_000_000)
        empty = many_documents(PROJECT, 1)
        held = rows if self.procore else {"documents": empty["documents"][:2]}
        self.sandbox = Sandbox(
            SandboxOptions(hourly_limit=self.hourly_limit, spike_limit=100, switches=switches),
            data=StartData({"m_company": []}, {**_COMPANY, **held}),
            clock=SandboxClock(unix_time=self.clock.unix),
            cut_error=lambda: httpx.RemoteProtocolError("cut"),
        )
        self.sandbox.base_url, self.sandbox.storage.origin = ORIGINS["procore"], ORIGINS["storage"]
        self.sandbox.microsoft.graph, self.sandbox.microsoft.login = ORIGINS["graph"], ORIGINS["login"]
        if self.drive:
            drives = self.sandbox.microsoft.drives
            seed_items(
                drives, library(drives), drive_items(rows, self.drive_dates), {"user": {"displayName": "Chantal Roy"}}
            )
            drives.world.commit()
        self.database = new_journal(self.folder / "journal.sqlite")
        self.journal = Journal(self.database)
        self.temporary = self.folder / "on-their-way"
        self.temporary.mkdir()
        self.commands = FileCommands(self.journal, self.journal, self.clock, "marie", may=True, may_configure=True)

    async def add(self, option: str) -> Row:
        """The request that looks and plans, carried out."""
        line = self.sandbox.start_line
        drives = self.sandbox.microsoft.drives
        top = root_of(drives, library(drives))["item_id"]
        wanted = NewFileProject(NAME, PROJECT, line["drive_id"], top, ("documents",), option=option)
        return await self.run(self.commands.add(wanted, line["company_id"]))

    async def run(self, request: Row) -> Row:
        """Carries one request out."""
        async with self._doors() as doors:
            await carry_out_request(request["id"], PlainSteps(self.journal), doors)
        return self.journal.request(request["id"])

    @asynccontextmanager
    async def _doors(self) -> AsyncIterator[Doors]:
        """What a start of the engine works with: connections of its own."""
        kept = [pacing.Budget()]

        async def tell_nobody(_until: datetime | None) -> None:
            return None

        def keep(budget: pacing.Budget) -> None:
            kept[0] = budget

        gate = CallGate(self.clock, lambda: kept[0], keep, tell_nobody, lambda: False)
        transport = ScaledTransport(self.sandbox)
        credentials = self.sandbox.credentials
        connection = Connection(
            api_url=ORIGINS["procore"],
            client_id=credentials.client_id,
            client_secret=Secret(credentials.client_secret),
            company_id=self.sandbox.company_id,
        )
        microsoft = MicrosoftConnection(client_id="app", graph_url=ORIGINS["graph"], login_url=ORIGINS["login"])
        async with (
            ProcoreFiles(connection, gate, clock=self.clock, transport=transport) as calls,
            GraphClient(microsoft, AnyToken(), DriveGate(self.clock), clock=self.clock, transport=transport) as graph,
        ):
            self.procore_calls = calls
            stores: Mapping[FileSide, FileStore] = {
                FileSide.PROCORE: DocumentsStore(calls, PROJECT, self.clock, self.temporary),
                FileSide.DRIVE: DriveStore(graph, self.sandbox.microsoft.drive_id, client_id="app", seal=Seal(_KEY)),
            }

            async def both(_project: Row, _pair: Row) -> Mapping[FileSide, FileStore]:
                return stores

            async def hash_of(file: Path) -> str:
                return QUICK_XOR + await asyncio.to_thread(of_file, file)

            yield Doors(
                journal=self.journal,
                company=None,  # type: ignore[arg-type]
                clock=self.clock,
                procore=None,  # type: ignore[arg-type]
                files=FileDoors(self.journal, both, self.temporary, hash_of),
            )

    async def rename_in_drive(self, path: str, name: str) -> None:
        """Somebody gives a folder of the tool another name in the drive."""
        drives = self.sandbox.microsoft.drives
        item = root_of(drives, library(drives))
        for part in f"{TOP}/{path}".split("/"):
            found = child_named(drives, item, part)
            assert found is not None, path
            item = found
        await self._act("driveItems", {"id": item["item_id"], "name": name})

    async def rename_in_procore(self, path: str, name: str) -> None:
        """Somebody gives a folder of the tool another name in Procore."""
        rows = self.sandbox.world.collection("documents")
        folder_id = next(row["id"] for row in rows if row["parent_id"] is None)
        for part in path.split("/"):
            folder_id = next(row["id"] for row in rows.where(parent_id=folder_id, name=part))
        await self._act("documents", {"id": folder_id, "name": name})

    async def _act(self, resource: str, values: Row) -> None:
        self.clock.advance(timedelta(minutes=10))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.sandbox)) as other:
            answer = await other.post(f"{self.sandbox.start_line['control']}/state/{resource}", json=values)
            answer.raise_for_status()

    # --- what the sandbox says -----------------------------------------------------------------------

    def calls(self) -> list[Row]:
        """Counted calls since the last look."""
        found = [call for call in self.sandbox.log.as_list() if call["counted"]]
        self.sandbox.log.clear()
        return found

    def in_procore(self) -> dict[str, int]:
        """Path below the tool → declared bytes of every file there is; the sandbox's own rows, not our stores."""
        rows = {row["id"]: row for row in self.sandbox.world.collection("documents")}
        sizes: dict[int, int] = {}
        for version in self.sandbox.world.collection("file_versions"):
            sizes[version["file_id"]] = declared_size(version["_content"], SCALE)
        found: dict[str, int] = {}
        for row in rows.values():
            if row["document_type"] == "file":
                found[_path(rows, row)] = sizes[row["id"]]
        return found

    def in_drive(self) -> dict[str, int]:
        """The same of the drive."""
        drives = self.sandbox.microsoft.drives
        return {
            path_of(drives, row).removeprefix(f"/{TOP}/"): row["size"]
            for row in drives.world.collection(ITEMS)
            if row["state"] == LIVE and row["kind"] == "file"
        }

    def close(self) -> None:
        self.database.close()
        self.sandbox.close()


def _path(rows: Mapping[int, Row], row: Row) -> str:
    names = [row["name"]]
    while (row := rows[row["parent_id"]])["parent_id"] is not None:
        names.append(row["name"])
    return "/".join(reversed(names))


def drive_items(rows: Mapping[str, Sequence[Row]], dates: str = "") -> list[Row]:
    """What makes a drive hold the same files, with the same contents and dates, as a project with those rows.

    dates: another date for all of them, ISO 8601.
    """
    documents = {row["id"]: row for row in rows["documents"]}
    return [
        {
            "path": f"{TOP}/{_path(documents, documents[version['file_id']])}",
            "size": version["_content"]["bytes"],
            "seed": version["_content"]["made_from"],
            "modified": dates or version["created_at"],
        }
        for version in rows["file_versions"]
    ]


_KEY = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
_COMPANY: dict[str, list[Row]] = {
    "companies": [{"id": 598_134_325_700_001, "name": "Constructions Lévis"}],
    "projects": [{"id": PROJECT, "name": NAME, "project_number": "26001", "active": True}],
}
