"""Files of one project between both servers of the sandbox: the real doors, the real engine, time that stands still."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from maestro_procore.connection_wiring import ConnectionHouse
from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.engine.gate import CallGate
from maestro_procore.file_wiring import FileHouse
from maestro_procore.logs import Secret
from maestro_procore.model.pacing import Budget
from maestro_procore.places import Profile
from maestro_procore.ports import Row
from maestro_procore.procore.connection import Connection
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.store.file_views import FileViews
from maestro_procore.store.journal import Journal
from maestro_procore.store.secrets import MemorySecrets
from tests.doors.procore.test_against_sandbox import world
from tests.engine.file_world import OneProject, StandingClock
from tests.templates import new_journal

PROJECTS = 80


@contextmanager
def both_servers() -> Iterator["Servers"]:
    """One sandbox for many stories: each takes a project of its own."""
    clock = StandingClock()
    options = SandboxOptions(hourly_limit=100_000, spike_limit=100_000)
    passing = SandboxClock(unix_time=lambda: clock.time.timestamp())
    with RunningSandbox(options, data=world(projects=PROJECTS), clock=passing) as sandbox:
        yield Servers(sandbox, clock)


class Servers:
    """The running sandbox and its control interface."""

    def __init__(self, running: RunningSandbox, clock: StandingClock) -> None:
        self.running, self.clock, self.line = running, clock, running.start_line
        self.http = httpx.Client(base_url=self.line["control"], trust_env=False, timeout=30)
        self.projects = iter(self.state("projects"))
        """One for each story."""

    def start_line(self) -> dict[str, Any]:
        """As the training world of wiring says it."""
        return self.line

    def tell(self, path: str, content: Any = None) -> Any:
        answer = self.http.post(path, json=content)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def state(self, word: str) -> list[Row]:
        found: list[Row] = self.http.get(f"state/{word}").json()
        return found

    def remove(self, word: str, row_id: Any) -> None:
        assert self.http.delete(f"state/{word}/{row_id}").is_success

    def calls(self) -> list[Row]:
        found: list[Row] = self.http.get("calls").json()
        return found

    @contextmanager
    def fault(self, **planted: Any) -> Iterator[None]:
        self.tell("faults", planted)
        try:
            yield
            self.all_were_hit()
        finally:
            self.http.delete("faults")

    def all_were_hit(self) -> None:
        """Takes the planted faults away, which must have met a call: a story without its fault proves nothing."""
        planted = self.http.get("faults").json()
        self.http.delete("faults")
        assert [fault for fault in planted if not fault["hit"]] == []

    @contextmanager
    def switched(self, **values: Any) -> Iterator[None]:
        before = self.http.get("switches").json()
        self.tell("switches", values)
        try:
            yield
        finally:
            self.tell("switches", {name: before[name] for name in values})


def file_house(profile: Profile, journal: Journal, clock: Any, secrets: MemorySecrets, training: Any) -> FileHouse:
    """As wiring makes it, but for the connection of Procore, which is the caller's. training: None outside of it."""

    async def nobody(*_: object) -> Any:
        raise AssertionError("no connection is tried here")

    def purposes() -> Any:
        return made.purposes()

    connections = ConnectionHouse(profile, journal, clock, secrets, training, nobody, purposes)
    made = FileHouse(profile, journal, clock, secrets, training, lambda: 100_000, connections)
    return made


class SandboxWorld(OneProject):
    """One project of Procore, its copy in the library, and a journal of its own."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        super().__init__(servers.clock, new_journal(folder / "journal.sqlite"))
        self.servers = servers
        self.views = FileViews(self.database)
        self.house = file_house(Profile(folder), self.journal, self.clock, MemorySecrets(), servers)
        mine = next(servers.projects)
        self.name, self.procore_id = mine["name"], mine["id"]
        self._client: ProcoreFiles | None = None

    # --- the engine -----------------------------------------------------------------------------------

    async def calls(self, _connection: int = 0) -> ProcoreFiles:
        if self._client is None:
            line, kept = self.servers.line, [Budget()]

            async def nobody(_until: object) -> None:
                return None

            gate = CallGate(
                self.clock, lambda: kept[0], lambda budget: kept.__setitem__(0, budget), nobody, lambda: False
            )
            connection = Connection(
                api_url=line["procore_api"],
                client_id=line["client_id"],
                client_secret=Secret(line["client_secret"]),
                company_id=line["company_id"],
            )
            self._client = ProcoreFiles(connection, gate, clock=self.clock, bandwidth=self.house.bandwidth)
        return self._client

    async def close(self) -> None:
        """What a program that ends lets go of."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        await self.house.close()

    async def add(self, tools: tuple[str, ...] = ("documents",), option: str = "mirror", **settings: Any) -> Row:
        destinations = await self.house.destinations("")
        root = await destinations.root(self.servers.line["drive_id"])
        wanted = NewFileProject(
            self.name, self.procore_id, root.drive_id, root.id, tools, option=option, settings=settings
        )
        return self.commands.add(wanted, procore_company=self.servers.line["company_id"])

    @property
    def files(self) -> FileDoors:
        return self.house.doors(self.calls)

    async def first(self, **more: Any) -> Row:
        said = await self.run(await self.add(**more))
        assert said["state"] == "done", said["problem"]
        return await self.run(self.commands.approve(1))

    # --- what people do in Procore ---------------------------------------------------------------------

    def in_procore(self, name: str, content: str | None = None, *, parent: Any = None, **more: Any) -> Row:
        """A folder, or a file with a content, as another person makes it."""
        row: dict[str, Any] = {"project_id": self.procore_id, "name": name, **more}
        if parent is not None:
            row["parent_id"] = parent
        if content is not None:
            row["content"] = content
        made: Row = self.servers.tell("state/documents", row)
        return made

    def change_in_procore(self, row: Row, **values: Any) -> None:
        self.servers.tell("state/documents", {"id": row["id"], **values})

    def procore_tree(self) -> dict[str, str]:
        """Path → digest of what stands in Procore, '' for folders; without the root and the bin."""
        rows = [row for row in self.servers.state("documents") if row.get("project_id") == self.procore_id]
        live = (row for row in rows if not row.get("is_deleted") and not row.get("is_recycle_bin"))
        return _tree({row["id"]: row for row in live}, self._procore_row)

    def _procore_row(self, row: Row) -> tuple[Any, str, str]:
        is_folder = row.get("document_type") == "folder"
        return row.get("parent_id"), row["name"], "" if is_folder else self._digest("documents", row["id"])

    # --- what people do in the drive --------------------------------------------------------------------

    @property
    def top(self) -> str:
        pair = self.project["pairs"][0]
        return f"Procore/{self.project['folder_name']}/{pair['name']}"

    def in_drive(self, path: str, content: str | None = None, **more: Any) -> Row:
        """A file or a folder below the tool's folder, or a change of it."""
        row: dict[str, Any] = {"path": f"{self.top}/{path}", **more}
        row |= {"folder": {}} if content is None else {"content": content}
        made: Row = self.servers.tell("state/driveItems", row)
        return made

    def change_in_drive(self, row: Row, **values: Any) -> None:
        self.servers.tell("state/driveItems", {"id": row["id"], **values})

    def drive_item(self, path: str) -> Row:
        wanted = path.rpartition("/")[2]
        (found,) = [row for row in self._drive_rows() if row["name"] == wanted]
        return found

    def drive_tree(self) -> dict[str, str]:
        """Path → digest below the tool's folder, '' for folders."""
        rows = {row["id"]: row for row in self.servers.state("driveItems")}
        return _tree(rows, self._drive_row, root=self.project["pairs"][0]["drive_root"])

    def _drive_rows(self) -> list[Row]:
        rows = {row["id"]: row for row in self.servers.state("driveItems")}
        root = self.project["pairs"][0]["drive_root"]
        return [row for row in rows.values() if _line(rows, row["id"], _drive_parent, root) is not None]

    def _drive_row(self, row: Row) -> tuple[Any, str, str]:
        return _drive_parent(row), row["name"], "" if "folder" in row else self._digest("driveItems", row["id"])

    def _digest(self, word: str, row_id: Any) -> str:
        return hashlib.sha256(self.servers.http.get(f"content/{word}/{row_id}").content).hexdigest()[:12]


def _drive_parent(row: Row) -> Any:
    return row["parentReference"].get("id")


def _line(rows: Mapping[Any, Row], one: Any, parent: Any, root: Any) -> list[Row] | None:
    """The rows from below the root down to one; None when it does not stand there."""
    found: list[Row] = []
    while one in rows and one != root:
        found.append(rows[one])
        one = parent(rows[one])
    return found[::-1] if one == root else None


def _tree(rows: Mapping[Any, Row], read: Any, root: Any = None) -> dict[str, str]:
    """Paths below the root; without one, below the one row whose parent is not among the rows."""
    told = {one: read(row) for one, row in rows.items()} if root is None else {}
    if root is None:
        root = next((one for one, (parent, _, _) in told.items() if parent not in rows), None)
        return {
            "/".join(each["name"] for each in line): told[one][2]
            for one in rows
            if (line := _line(rows, one, lambda row: row.get("parent_id"), root))
        }
    return {
        "/".join(each["name"] for each in line): read(rows[one])[2]
        for one in rows
        if (line := _line(rows, one, _drive_parent, root))
    }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
