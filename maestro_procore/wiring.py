"""Chooses who stands behind each door, for one profile: the only place that builds the parts.

Training is the same program with an embedded company, a sandbox that is a child of this process,
and secrets in memory.
"""

import asyncio
import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from maestro_procore.connection_wiring import ConnectionHouse, company_of
from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.commands import Commands, Credentials, Rights, rights_of
from maestro_procore.engine.connection_commands import name_of_own
from maestro_procore.engine.connection_doors import Draft
from maestro_procore.engine.desk import Desk, EngineRunner
from maestro_procore.engine.file_choosing import FileChoosing
from maestro_procore.engine.file_reports import FileReports
from maestro_procore.engine.file_versions import FileVersions
from maestro_procore.engine.gate import CallGate
from maestro_procore.engine.host import Host
from maestro_procore.engine.memory import loaded_lean
from maestro_procore.erp.absent_company import AbsentCompany
from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.file_wiring import FileHouse
from maestro_procore.logs import Secret
from maestro_procore.model import pacing
from maestro_procore.model import settings as settings_table
from maestro_procore.model.connections import MAIN_ID, Platform
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile, own_program
from maestro_procore.ports import (
    CallFailed,
    CompanyFacts,
    CompanyRefused,
    CompanyUnreachable,
    Lease,
    Procore,
    Row,
    Secrets,
    Trouble,
)
from maestro_procore.procore.connection import Connection, check_url
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.lease import FileLease
from maestro_procore.store.secret_names import NotedSecrets
from maestro_procore.store.secrets import KeyRingSecrets, MemorySecrets
from maestro_procore.store.support_bundle import SupportBundle
from maestro_procore.store.views import Views
from maestro_procore.training import TrainingWorld

if TYPE_CHECKING:  # 0.2 s with its HTTP library; a verb that only reads the journal never needs it
    from maestro_procore.procore.auth import SignIn
    from maestro_procore.procore.file_calls import ProcoreFiles

WORKER = "engine"
"""The durable engine's name for whoever holds the lease of this profile: its unfinished work is the next holder's."""

_PATIENCE = timedelta(seconds=15)
"""How long a short question may wait for the call limit."""


class SystemClock:
    """The wall clock of this computer."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)

    async def nap(self, length: timedelta) -> None:
        """Lets others run meanwhile."""
        await asyncio.sleep(max(0.0, length.total_seconds()))


@dataclass
class AlertClock(SystemClock):
    """Wakes from a nap when the wait has lost its purpose: the program ends, or somebody cancelled the request."""

    is_stopped: Callable[[], bool]

    async def nap(self, length: timedelta) -> None:
        """Lets others run meanwhile; looks around four times a second."""
        ends = self.now() + length
        while (left := ends - self.now()) > timedelta() and not self.is_stopped():
            await super().nap(min(left, timedelta(seconds=0.25)))


@dataclass
class House:
    """One opened profile. `close` gives everything back.

    control: address of a running sandbox to train with, instead of starting one. Errors: Refused, PlaceRefused.
    """

    profile: Profile
    is_training: bool = False
    control: str | None = None
    user_code: str | None = None
    clock: SystemClock = field(default_factory=SystemClock)
    _clients: "dict[int, tuple[Connection, ProcoreFiles]]" = field(default_factory=dict, repr=False)
    _gates: dict[str, CallGate] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.database = Database.of_file(self.profile.journal)
        self.database.check()
        self.database.bring_up_to_date()
        self.journal = Journal(self.database)
        self.views = Views(self.database, self.clock.now)
        ring = MemorySecrets() if self.is_training else NotedSecrets(KeyRingSecrets(), self.profile.root)
        self.secrets: Secrets = ring
        self.training = TrainingWorld(self.profile, self.control) if self.is_training else None
        self.company = self._open_company()
        if self.training is not None and isinstance(self.company, MaestroCompany):
            self.training.prepare(self.company, self.journal, self.clock.now())
        self.user = self._user()
        is_configured = settings_table.is_complete(settings_table.effective(self.journal.settings()))
        self.rights: Rights = rights_of(
            self.company, self.user, is_training=self.is_training, is_configured=is_configured
        )
        if self.rights.is_told:
            self.journal.note_rights(self.user, self.rights.as_told(), self.clock.now())
        self.connections = ConnectionHouse(
            self.profile,
            self.journal,
            self.clock,
            self.secrets,
            self.training,
            self._ask_shortly,
            lambda: self.files.purposes(),
        )
        self.commands = Commands(
            journal=self.journal,
            company=self.company,
            secrets=self.secrets,
            clock=self.clock,
            connect=self._connect_shortly,
            user=self.user,
            rights=self.rights,
            check_url=check_url,
            is_locked=self.is_training,
            connection_doors=self.connections,
            trash=self.files.trash,
        )

    @cached_property
    def files(self) -> FileHouse:
        """Documents and Photos."""
        return FileHouse(
            self.profile,
            self.journal,
            self.clock,
            self.secrets,
            self.training,
            lambda: self.views.budget().limit or 0,
            self.connections,
        )

    @cached_property
    def reports(self) -> FileReports:
        """Signed reports as files."""
        from maestro_procore.store.report_keys import is_intact

        return FileReports(self.journal, is_intact, self.files.is_own)

    @property
    def choosing(self) -> FileChoosing:
        """Questions of whoever adds a project of Documents; each opens connections of its own."""
        return self._choosing(MAIN_ID)

    def _choosing(self, connection: int) -> FileChoosing:
        async def procore() -> Procore:
            if connection != MAIN_ID:
                return await self._ask_shortly(*await asyncio.to_thread(self._wanted, connection))
            is_training = self.training is not None
            credentials = None if is_training else await asyncio.to_thread(self.commands.credentials)
            return await self._connect_shortly(credentials)  # type: ignore[arg-type]

        return FileChoosing(
            files=self.journal,
            accounts=self.files.accounts,
            destinations=self.files.briefly,
            who=self.files.who,
            procore=procore,
            company=lambda: self.company_through(connection),
            another=self._choosing,
            names=self.views.connection_names,
        )

    @property
    def versions(self) -> FileVersions:
        """Versions of single files; each question opens connections of its own."""
        return self.files.versions(self._calls_shortly)

    async def _calls_shortly(self, connection_id: int) -> "ProcoreFiles":
        if connection_id == MAIN_ID:
            credentials = None if self.training is not None else await asyncio.to_thread(self.commands.credentials)
            connection = await asyncio.to_thread(self._connection, credentials)  # type: ignore[arg-type]
            return await self._ask_shortly(connection, None)
        draft = Draft(self.connections.details(connection_id))
        return await self._ask_shortly(*await asyncio.to_thread(self.connections.procore_of, draft))

    def company_through(self, connection_id: int) -> int:
        """The company in Procore that a connection leads to. Raises Refused: CFG-01, CON-05, CFG-14 without one."""
        if connection_id == MAIN_ID:
            return self.procore_company
        return company_of(self.connections.details(connection_id))

    @property
    def procore_company(self) -> int:
        """The company in Procore that this profile is paired with. Raises Refused (CFG-01)."""
        company = settings_table.effective(self.journal.settings())["procore_company_id"]
        if company is None:
            raise Refused(Problem("CFG-01"))
        return int(company)

    def procore_project(self, word: str) -> Row:
        """A project by its maestro* code, its number in Procore or its name: {id, name}. Raises Refused (DOC-26)."""
        with self.journal.begin() as tx:
            linked = self.journal.link_pairs(tx, "projects")
            known = self.journal.known(tx, "projects")
        for record in known:
            name = str(record.values.get("name") or record.key)
            if word in (record.key, name) or str(linked.get(word)) == record.key:
                return {"id": int(record.key), "name": name}
        raise Refused(Problem("DOC-26", {"name": word}))

    async def project_of(self, connection_id: int, word: str) -> Row:
        """The same through any connection; one that is none of Configuration's is asked, because no record knows it."""
        if connection_id == MAIN_ID:
            return await asyncio.to_thread(self.procore_project, word)
        draft = Draft(self.connections.details(connection_id))
        company_of(draft.details)
        connection, sign_in = await asyncio.to_thread(self.connections.procore_of, draft)
        client, number, has_next = await self._ask_shortly(connection, sign_in), 1, True
        try:
            while has_next:
                page = await client.read_page("projects", number, None)
                for row in page.rows:
                    if word in (str(row["id"]), row.get("project_number"), row.get("name")):
                        return {"id": int(row["id"]), "name": str(row["name"])}
                number, has_next = number + 1, page.has_next
        finally:
            await client.aclose()
        raise Refused(Problem("DOC-26", {"name": word}))

    @cached_property
    def facts(self) -> CompanyFacts:
        """The maestro* company; a nameless one while none can be read."""
        try:
            return self.company.company()
        except (CompanyUnreachable, CompanyRefused):
            return CompanyFacts(0, "", "", "production", "fr", "CAD")

    @property
    def environment(self) -> str:
        """production · sandbox · training"""
        if self.is_training:
            return "training"
        url = settings_table.effective(self.journal.settings())["api_url"]
        return "production" if url and check_url(url) is None else "sandbox"

    def desk(self) -> Desk:
        """What the window works with."""
        return Desk(
            views=self.views,
            commands=self.commands,
            runner=self.runner,
            facts=self.facts,
            user=self.user,
            rights=self.rights,
            environment=self.environment,
            versions=self.versions,
            choosing=self.choosing,
            close=self.close,
            reports=self.reports,
            support=SupportBundle(self.profile, self.database, self.views, self.environment, self.clock.now).write,
        )

    def close(self) -> None:
        """Connections, and the training sandbox that this process started."""
        if self.training is not None:
            self.training.close()
        self.company.close()
        self.database.close()

    def _open_company(self) -> MaestroCompany | AbsentCompany:
        """Nothing is opened yet. A wrong address must not keep anybody from putting it right."""
        address = settings_table.effective(self.journal.settings())["company_url"]
        if not address and not self.is_training and not self.profile.company.exists():
            return AbsentCompany("no_company")
        try:
            return MaestroCompany(address or self.profile.company)
        except ValueError:
            return AbsentCompany("address")

    def _user(self) -> str:
        chosen = self.user_code if self.is_training else self.journal.settings().get("maestro_user")
        wanted = str(chosen or getpass.getuser())
        try:
            if self.is_training and self.company.user(wanted) is None:
                return "ADMIN"
        except CompanyUnreachable:
            pass
        return wanted

    # --- Procore ------------------------------------------------------------------------------

    def _connection(self, credentials: Credentials) -> Connection:
        if self.training is not None:
            line = self.training.start_line()
            return Connection(
                api_url=line["procore_api"],
                login_url=line["procore_login"],
                client_id=line["client_id"],
                client_secret=Secret(line["client_secret"]),
                company_id=line["company_id"],
                name=self._main_name(),
            )
        return Connection(
            api_url=credentials.api_url,
            client_id=credentials.client_id,
            client_secret=credentials.secret,
            company_id=credentials.company_id,
            name=self._main_name(),
        )

    def _main_name(self) -> str:
        """Of Configuration's connection, which may be renamed on the Connections page."""
        saved = next((row for row in self.journal.connections() if row["id"] == MAIN_ID), None)
        return name_of_own(saved, Platform.PROCORE)

    def _gate(
        self, connection: Connection, on_wait: Callable[[datetime | None], Any], is_stopped: Callable[[], bool]
    ) -> CallGate:
        name = f"{connection.client_id}@{connection.host}"

        def load() -> pacing.Budget:
            held = self.journal.load_budget(name)
            return pacing.Budget.from_json(held) if held else pacing.Budget()

        def save(budget: pacing.Budget) -> None:
            self.journal.save_budget(name, budget.to_json(), self.clock.now())

        return CallGate(AlertClock(is_stopped), load, save, on_wait, is_stopped)

    async def _connect_shortly(self, credentials: Credentials) -> Procore:
        """For a question of the Configuration form."""
        return await self._ask_shortly(await asyncio.to_thread(self._connection, credentials), None)

    async def _ask_shortly(self, connection: Connection, sign_in: "SignIn | None") -> "ProcoreFiles":
        """For a question of a form: its calls count like all others."""
        from maestro_procore.procore.file_calls import ProcoreFiles

        async def on_wait(until: datetime | None) -> None:
            # Somebody waits for the answer: a few seconds are bearable, the rest of an hour is not.
            if until is not None and until - self.clock.now() > _PATIENCE:
                raise CallFailed(Trouble.AGAIN, Problem("SRV-02", {"time": until.isoformat()}))

        gate = self._gate(connection, on_wait, lambda: False)
        return ProcoreFiles(connection, gate, clock=self.clock, sign_in=sign_in, bandwidth=self.files.bandwidth)

    # --- engine -------------------------------------------------------------------------------

    def host(self, lease: Lease | None = None, *, watches_files: bool = True) -> Host:
        """The engine in this process. Imports the durable engine, which takes a moment."""
        with loaded_lean(is_sqlite=self.database.is_sqlite):
            from maestro_procore.engine.durable import Durable

        doors = Doors(
            journal=self.journal,
            company=self.company,
            clock=self.clock,
            procore=self._procore_of_host,
            files=self.files.doors(self._procore_of_host, self._calls_made),
            hang_up=self._hang_up,
            is_stopping=lambda: host.is_stopping,
        )
        host = Host(
            doors,
            lease or FileLease(self.profile.lease),
            lambda flow: Durable(self.database.engine, flow, WORKER, self.database.told),
            self.database.version,
            WORKER,
            watches_files=watches_files,
        )
        self._host = host
        return host

    _host: Host | None = None

    def _calls_made(self) -> int:
        return sum(client.counted for _connection, client in self._clients.values())

    async def _procore_of_host(self, connection_id: int = MAIN_ID) -> "ProcoreFiles":
        """One client of a connection for as long as it stays as it is; opened when it is first needed."""
        from maestro_procore.procore.file_calls import ProcoreFiles

        wanted, sign_in = await asyncio.to_thread(self._wanted, connection_id)
        known = self._clients.get(connection_id)
        if known is not None and known[0] == wanted:
            return known[1]
        if known is not None:
            await self._hang_up()
        gate, shared = self._gate_of_host(wanted), self.files.bandwidth
        client = ProcoreFiles(wanted, gate, clock=self.clock, sign_in=sign_in, bandwidth=shared)
        self._clients[connection_id] = (wanted, client)
        return client

    def _wanted(self, connection_id: int) -> "tuple[Connection, SignIn | None]":
        """Where a connection leads, and as whom. Raises Refused."""
        if connection_id != MAIN_ID:
            return self.connections.procore_of(Draft(self.connections.details(connection_id)))
        credentials = None if self.training is not None else self.commands.credentials()
        return self._connection(credentials), None  # type: ignore[arg-type]

    def _gate_of_host(self, connection: Connection) -> CallGate:
        """Procore counts by client id: connections of one share one gate (F159)."""
        name = f"{connection.client_id}@{connection.host}"
        if name not in self._gates:
            host = self._host
            assert host is not None, "made by host()"

            async def on_wait(until: datetime | None) -> None:
                if until is None and host.is_stopping:
                    return  # the requests still wait: whoever looks while nobody runs must see it
                if until is not None and until - self.clock.now() <= pacing.SPIKE_REACH:
                    return  # a few seconds' breath between calls is work going on, not the hourglass
                await asyncio.to_thread(self.journal.show_waiting, until)

            self._gates[name] = self._gate(connection, on_wait, lambda: host.is_stopping or host.is_cancelled)
        return self._gates[name]

    async def _hang_up(self) -> None:
        """A connection belongs to the loop that opened it, so it ends with the engine that used it."""
        clients, self._clients, self._gates = list(self._clients.values()), {}, {}
        for _connection, client in clients:
            await client.aclose()
        await self.files.close()

    def runner(self) -> EngineRunner:
        """What the window's background thread runs: the engine as a child process, so that the window never stalls.

        A password that only this process knows (no key ring) cannot be handed to a child: then it runs here.
        """
        if not self.secrets.is_lasting and not self.is_training:
            return self.host()
        return ChildEngine(self)


@dataclass
class ChildEngine:
    """Supervises `maestro-procore service`: starts it again when it dies, ends it with this process."""

    house: House

    async def run(self, stop: asyncio.Event) -> None:
        """Returns soon after `stop` is set."""
        pause = 0.5
        while not stop.is_set():
            child = await asyncio.create_subprocess_exec(
                *await asyncio.to_thread(self._command),
                stdin=asyncio.subprocess.PIPE,  # closed when this process ends, however it ends
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )
            stopping, ending = asyncio.create_task(stop.wait()), asyncio.create_task(child.wait())
            await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await self._end(child)
                stopping.cancel()
                return
            stopping.cancel()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30.0)

    def _command(self) -> list[str]:
        house = self.house
        command = [*own_program(), "--profile", str(house.profile.root)]
        if house.training is not None:
            command += ["--training", "--sandbox", house.training.start_line()["control"]]
        return [*command, "service", "--until-stdin-closes"]

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        if child.stdin is not None:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), 5)
        except TimeoutError:
            child.kill()
            await child.wait()
