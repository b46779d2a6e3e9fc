"""A whole small world in one process: sandbox, maestro* company, journal and the engine's flow, real parts all.

Only time is not real: the clock jumps when somebody naps, and the sandbox's clock jumps with it.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.commands import Commands, Rights
from maestro_procore.engine.element_sync import synchronize
from maestro_procore.engine.flows import carry_out_request
from maestro_procore.engine.gate import CallGate
from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.logs import Secret
from maestro_procore.model import pacing
from maestro_procore.model import settings as settings_table
from maestro_procore.ports import Row
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.procore.connection import Connection, check_url
from maestro_procore.sandbox.application import Sandbox, create_app
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.start_data import StartData, start_data
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.secrets import MemorySecrets
from maestro_procore.store.views import ActionQuery, LineQuery, Views
from tests.templates import new_journal, small_company


class JumpingClock:
    """Real at the start unless told otherwise, then moves only when somebody naps."""

    def __init__(self, sandbox: Sandbox, starts_at: datetime | None = None) -> None:
        self._now = starts_at or datetime.now(UTC)
        self._sandbox = sandbox
        self.naps: list[timedelta] = []

    def now(self) -> datetime:
        return self._now

    async def nap(self, length: timedelta) -> None:
        self.naps.append(length)
        self.advance(length)
        await asyncio.sleep(0)

    def advance(self, length: timedelta) -> None:
        self._now += length
        self._sandbox.clock.advance(length.total_seconds())


class PlainSteps:
    """Steps without a durable engine: what was finished is remembered in a dictionary that a test can keep."""

    def __init__(self, journal: Journal, finished: dict[str, Any] | None = None) -> None:
        self._journal = journal
        self.finished = {} if finished is None else finished
        self.kill_at: str | None = None

    async def call(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if name not in self.finished:
            result = await work()
            self._maybe_die(name)
            self.finished[name] = result
        return self.finished[name]

    async def record(self, name: str, write: Callable[[Any], Any]) -> Any:
        if name not in self.finished:
            with self._journal.begin() as tx:
                result = write(tx)
                self._maybe_die(name)
            self.finished[name] = result
        return self.finished[name]

    def _maybe_die(self, name: str) -> None:
        if self.kill_at is not None and name.startswith(self.kill_at):
            self.kill_at = None
            raise Killed(name)


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


@dataclass(frozen=True)
class Beginning:
    """Where another world had come to: its two databases, Procore's rows by collection, its last id, its clock."""

    folder: Path
    rows: Mapping[str, Sequence[Row]]
    last_id: int
    ahead_seconds: float


class World:
    """Both companies, the journal, and buttons to press."""

    def __init__(
        self,
        folder: Path,
        data: StartData | None = None,
        *,
        starts_at: datetime | None = None,
        beginning: Beginning | None = None,
        **options: Any,
    ) -> None:
        """starts_at: aware; both clocks stand there and move only when told to. options: of the sandbox."""
        held = data or start_data("small")
        self.sandbox = create_app(
            SandboxOptions(**{"strict": True, **options}),
            data=held,
            clock=None if starts_at is None else SandboxClock(unix_time=starts_at.timestamp),
            cut_error=lambda: httpx.RemoteProtocolError("cut"),
        )
        self.clock = JumpingClock(self.sandbox, starts_at)
        if beginning is not None:
            self._go_on_from(beginning, folder)
            self.company = MaestroCompany(folder / "company.sqlite")
        elif data is None:
            self.company = small_company(folder / "company.sqlite")
        else:
            self.company = MaestroCompany(folder / "company.sqlite")
            self.company.create_schema()
            self.company.load_rows(held.company)
        if beginning is None:
            self.database = new_journal(folder / "journal.sqlite")
        else:
            self.database = Database.of_file(folder / "journal.sqlite")
        self.journal, self.views = Journal(self.database), Views(self.database, self.clock.now)
        settings: Row = {"client_id": self.sandbox.credentials.client_id}
        if beginning is None:
            settings |= {"api_url": "https://sandbox.invalid", "procore_company_id": self.sandbox.company_id}
            settings |= {"default_template": 1, **settings_table.TRAINING}
        self.journal.change_settings(settings, "test", self.clock.now())
        self.connection = Connection(
            api_url="https://sandbox.invalid",
            client_id=self.sandbox.credentials.client_id,
            client_secret=Secret(self.sandbox.credentials.client_secret),
            company_id=self.sandbox.company_id,
        )
        self.is_stopping = False
        self.waits: list[datetime | None] = []
        self.client = self._client()
        self.doors = Doors(self.journal, self.company, self.clock, self._procore, lambda: self.is_stopping)
        self.commands = Commands(
            journal=self.journal,
            company=self.company,
            secrets=MemorySecrets(),
            clock=self.clock,
            connect=self._connect,
            user="tester",
            rights=Rights(True, True, True, True),
            check_url=check_url,
        )

    def _go_on_from(self, beginning: Beginning, folder: Path) -> None:
        for name in ("company.sqlite", "journal.sqlite"):
            shutil.copy(beginning.folder / name, folder / name)
        procore = self.sandbox.world
        procore._collections.clear()
        for name, rows in beginning.rows.items():
            for row in rows:  # rows are replaced, never changed: both worlds may hold the same ones
                procore.collection(name).place(row)
        procore._next_id = beginning.last_id
        self.clock.advance(timedelta(seconds=beginning.ahead_seconds))

    def _client(self) -> ProcoreClient:
        kept = [pacing.Budget()]

        async def on_wait(until: datetime | None) -> None:
            self.waits.append(until)
            self.journal.show_waiting(until)

        gate = CallGate(
            self.clock,
            lambda: kept[0],
            lambda budget: self._keep_budget(kept, budget),
            on_wait,
            lambda: self.is_stopping,
        )
        return ProcoreClient(
            self.connection, gate, clock=self.clock, transport=httpx.ASGITransport(self.sandbox), total_seconds=5
        )

    def _keep_budget(self, kept: list[pacing.Budget], budget: pacing.Budget) -> None:
        """In memory: most runs never come near a limit, and a commit for each call takes time."""
        kept[0] = budget

    async def _connect(self, _credentials: Any) -> ProcoreClient:
        return self._client()

    async def _procore(self) -> ProcoreClient:
        return self.client

    async def sync(self, element: str, *, kill_at: str | None = None, **options: Any) -> Row:
        """Presses the button and works to the end. kill_at: the program dies in that step and is started again."""
        request = self.commands.synchronize(element, **options)
        steps = PlainSteps(self.journal)
        steps.kill_at = kill_at
        try:
            await synchronize(request["id"], steps, self.doors)
        except Killed:
            await synchronize(request["id"], PlainSteps(self.journal, steps.finished), self.doors)
        return self.journal.request(request["id"])

    async def work(self, kill_at: str | None = None) -> Row:
        """Carries out what a button other than Synchronize has asked for; that request."""
        request = self.journal.open_requests()[0]
        steps = PlainSteps(self.journal)
        steps.kill_at = kill_at
        try:
            await synchronize(request["id"], steps, self.doors)
        except Killed:
            await synchronize(request["id"], PlainSteps(self.journal, steps.finished), self.doors)
        return self.journal.request(request["id"])

    async def reconcile(self, *, kill_at: str | None = None, **asked: Any) -> Row:
        """Presses Reconcile and works to the end; the request."""
        request = self.commands.reconciliations.order(**asked)
        steps = PlainSteps(self.journal)
        steps.kill_at = kill_at
        try:
            await carry_out_request(request["id"], steps, self.doors)
        except Killed:
            await carry_out_request(request["id"], PlainSteps(self.journal, steps.finished), self.doors)
        return self.journal.request(request["id"])

    async def resume(self, request_id: str) -> Row:
        """Presses Resume and works to the end."""
        assert self.commands.resume(request_id)
        return await self.go_on(request_id)

    async def go_on(self, request_id: str) -> Row:
        """Works a request off that somebody has queued again."""
        await synchronize(request_id, PlainSteps(self.journal), self.doors)
        return self.journal.request(request_id)

    # --- what can be seen from outside ----------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        """Counted API calls since the last look, as the sandbox logged them."""
        found = [call for call in self.sandbox.log.as_list() if call["counted"]]
        self.sandbox.log.clear()
        return found

    def procore(self, resource: str) -> list[Row]:
        """Procore's records as it shows them."""
        return [dict(row) for row in self.sandbox.world.collection(resource)]

    async def edit_procore(self, resource: str, row: Row) -> Row:
        """Another Procore user creates a record, or edits the one whose id it carries."""
        address = f"{self.sandbox.start_line['control']}/state/{resource}"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.sandbox)) as other:
            answer = await other.post(address, json=row)
            answer.raise_for_status()
            return dict(answer.json())

    def edit_maestro(self, element: str, key: str, **values: Any) -> None:
        """An accountant changes a record."""
        table, column = {"projects": ("m_project", "project_code"), "suppliers": ("m_supplier", "supplier_code")}[
            element
        ]
        company = self.company.company().company_id
        assert self.company.update(table, {"company_id": company, column: key}, values, self.clock.now())

    def line(self, element: str, key: str) -> Any:
        """The line of a record."""
        lines = self.views.lines(element, LineQuery(), 0, 10_000)
        return next(line for line in lines if line.maestro_key == key)

    def lines(self, element: str) -> list[Any]:
        """All lines of a page."""
        return self.views.lines(element, LineQuery(), 0, 10_000)

    def actions(self, request: Row) -> list[Any]:
        """All actions of a request."""
        return self.views.actions(request["id"], ActionQuery(), 0, 10_000)

    async def close(self) -> None:
        await self.client.aclose()
        self.company.close()
        self.database.close()
        self.sandbox.close()
