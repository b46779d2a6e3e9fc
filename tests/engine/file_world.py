"""A project with its files on two stores, the journal on the disk, and the engine's flow between them."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.file_commands import FileCommands, NewFileProject
from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.engine.file_trash import TrashFolder
from maestro_procore.engine.flows import carry_out_request
from maestro_procore.file_ports import FileStore
from maestro_procore.model.file_items import FileSide
from maestro_procore.ports import Row
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.report_keys import ReportKey
from maestro_procore.store.secrets import MemorySecrets
from tests.engine.file_side import MemoryStore
from tests.engine.world import PlainSteps
from tests.templates import new_journal

STARTS_AT = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)


class StandingClock:
    """Moves when somebody naps for a reason of his own, or is told to; looking around takes no time."""

    def __init__(self) -> None:
        self._now = STARTS_AT

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    @property
    def time(self) -> datetime:
        """What it shows, without moving it."""
        return self._now

    async def nap(self, length: timedelta) -> None:
        if length > timedelta(seconds=1):
            self._now += length
        await asyncio.sleep(0)

    def advance(self, length: timedelta) -> None:
        self._now += length


class OneProject:
    """A journal with one project of files, the commands of a person, and the engine's flow. files: its doors."""

    def __init__(self, clock: StandingClock, database: Database, trash: TrashFolder | None = None) -> None:
        self.clock, self.database, self.journal = clock, database, Journal(database)
        self.commands = FileCommands(
            self.journal, self.journal, clock, "marie", may=True, may_configure=True, trash=trash
        )

    @property
    def files(self) -> FileDoors:
        raise NotImplementedError

    @property
    def doors(self) -> Doors:
        """What a start of the engine works with."""
        return Doors(
            journal=self.journal,
            company=None,  # type: ignore[arg-type]
            clock=self.clock,
            procore=None,  # type: ignore[arg-type]
            files=self.files,
        )

    async def run(self, request: Row | None = None) -> Row:
        """Carries one request out: the given one, or a new one of the project."""
        request = request or self.commands.synchronize(1)
        await carry_out_request(request["id"], PlainSteps(self.journal), self.doors)
        return self.journal.request(request["id"])

    @property
    def project(self) -> Row:
        """The one that was added last."""
        return max(self.journal.file_projects(), key=lambda row: int(row["id"]))


class FileWorld(OneProject):
    """One project with Documents. Stores, journal and temporary folder outlive a killed engine."""

    def __init__(self, folder: Path, *, procore_hashes: bool = False) -> None:
        self.trash = TrashFolder(folder / "trash")
        super().__init__(StandingClock(), new_journal(folder / "journal.sqlite"), self.trash)
        self.procore = MemoryStore("p", self.clock.now, has_hashes=procore_hashes)
        self.drive = MemoryStore("d", self.clock.now)
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.secrets = MemorySecrets()
        self.mailer: Any = None

    def add(
        self, option: str = "mirror", tools: tuple[str, ...] = ("documents",), attaches: bool = False, **settings: Any
    ) -> Row:
        wanted = NewFileProject(
            "École Saint-Édouard",
            77,
            "drive-1",
            self.drive.root_id,
            tools,
            option=option,
            settings=settings,
            attaches_to_daily_log=attaches,
        )
        return self.commands.add(wanted, procore_company=5)

    async def _stores(self, project: Row, pair: Row) -> Mapping[FileSide, FileStore]:
        return {FileSide.PROCORE: self.procore, FileSide.DRIVE: self.drive}  # type: ignore[dict-item]

    async def _hash(self, file: Path) -> str:
        return f"sha:{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"

    async def _sign(self, report: Mapping[str, Any]) -> Mapping[str, str]:
        return ReportKey.of(self.secrets).sign(report)

    @property
    def files(self) -> FileDoors:
        stores = (self.journal, self._stores, self.temporary, self._hash)
        return FileDoors(*stores, sign=self._sign, mailer=self.mailer, trash=self.trash)

    async def first(self, option: str = "mirror", **settings: Any) -> Row:
        """Added, planned, approved and carried out."""
        await self.run(self.add(option, **settings))
        return await self.run(self.commands.approve(self.project["id"]))

    @property
    def copy(self) -> dict[str, bytes | None]:
        """What the drive holds below the tool's folder."""
        return self.drive.tree(self.project["pairs"][0]["drive_root"])
