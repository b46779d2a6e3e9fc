"""Chooses who stands behind the doors of files, for one profile; wiring.py does the rest.

Training signs in at its own sandbox as a service; elsewhere the account that somebody signed in is used, whose tokens
lie in a file that only the key ring of this computer opens.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maestro_procore.connection_wiring import TRAINING_TENANT, ConnectionHouse, training_connection
from maestro_procore.engine.connection_doors import Draft
from maestro_procore.engine.file_bandwidth import SharedBandwidth
from maestro_procore.engine.file_choosing import AccountChoice
from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.engine.file_trash import TrashFolder
from maestro_procore.engine.file_versions import FileVersions
from maestro_procore.file_ports import BOUNDLESS, Bandwidth, Destinations, FileStore, Mailer, Who
from maestro_procore.i18n import Language, current_language
from maestro_procore.logs import Secret
from maestro_procore.model import file_mail
from maestro_procore.model import settings as settings_table
from maestro_procore.model.connections import Way
from maestro_procore.model.file_bandwidth import limits_of
from maestro_procore.model.file_items import FileItem, FileSide, Flow
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile
from maestro_procore.ports import Clock, Row, Secrets
from maestro_procore.store.journal import Journal
from maestro_procore.training import TrainingWorld

if TYPE_CHECKING:  # half a second with MSAL and the HTTP library; a verb that only reads the journal never needs it
    from maestro_procore.drive.auth import SignIn
    from maestro_procore.drive.client import GraphClient
    from maestro_procore.drive.connection import MicrosoftConnection
    from maestro_procore.drive.scopes import Purpose
    from maestro_procore.procore.file_calls import ProcoreFiles


@dataclass
class FileHouse:
    """Both stores of every pair. connections: who stands behind the connection that a project names.

    bandwidth: shared by all transfers of this process; one of its own where none is given.
    """

    profile: Profile
    journal: Journal
    clock: Clock
    secrets: Secrets
    training: TrainingWorld | None
    hourly_limit: Callable[[], int]
    connections: ConnectionHouse
    _clients: "dict[tuple[str, Purpose], GraphClient]" = field(default_factory=dict)
    bandwidth: Bandwidth = BOUNDLESS

    def __post_init__(self) -> None:
        if self.bandwidth is BOUNDLESS:
            self.bandwidth = SharedBandwidth(self.clock, lambda: limits_of(self.journal.settings()))

    def doors(
        self, procore: "Callable[[int], Awaitable[ProcoreFiles]]", calls_made: Callable[[], int] = lambda: 0
    ) -> FileDoors:
        """What the engine works with. procore: the engine's client of a connection, shared with all that uses it."""

        async def stores(project: Row, pair: Row) -> Mapping[FileSide, FileStore]:
            calls = await procore(project["procore_connection"])
            return {
                FileSide.PROCORE: self._procore_store(calls, project, pair),
                FileSide.DRIVE: await self.drive_store(project),
            }

        return FileDoors(
            self.journal,
            stores,
            self.folder,
            self._hash_of,
            calls_made=calls_made,
            hourly_limit=self.hourly_limit,
            sign=self._sign,
            mailer=self.mailer,
            trash=self.trash,
        )

    @property
    def trash(self) -> TrashFolder:
        """Made when the first content is kept; usually never."""
        return TrashFolder(self.profile.root / "trash")

    @property
    def folder(self) -> Path:
        """For contents on their way; only the user of this profile reads it (F259)."""
        folder = self.profile.root / "on-their-way"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _procore_store(self, calls: "ProcoreFiles", project: Row, pair: Row) -> FileStore:
        from maestro_procore.procore.documents import DocumentsStore
        from maestro_procore.procore.one_way import ONE_WAY
        from maestro_procore.procore.one_way_store import OneWayStore
        from maestro_procore.procore.photos import PhotosStore

        kinds: dict[str, Callable[..., FileStore]] = {"documents": DocumentsStore, "photos": PhotosStore}
        if pair["tool"] in ONE_WAY:

            def known() -> Mapping[str, FileItem]:
                with self.journal.begin() as tx:
                    return self.journal.seen(tx, pair["id"], FileSide.PROCORE)

            return OneWayStore(
                pair["tool"],
                calls,
                project["procore_project"],
                self.clock,
                known=known,
                language=self._language(),
                project=project["name"],
                attaches=Flow(pair["flow"]).adds,
                copies_private=bool(project["settings"].get("copies_private")),
            )
        kind = kinds.get(pair["tool"])
        if kind is None:
            raise Refused(Problem("DOC-18", {"name": pair["tool"]}))
        return kind(calls, project["procore_project"], self.clock, self.folder)

    def _language(self) -> Language:
        """Of the company's settings; of this computer where it has chosen none."""
        chosen: Language | None = settings_table.effective(self.journal.settings())["language"]
        return chosen or current_language()

    # --- Microsoft ----------------------------------------------------------------------------------

    async def drive_store(self, project: Row) -> FileStore:
        """The drive of a project. Raises Refused (DOC-21) when nobody is signed in."""
        from maestro_procore.drive.drive_store import DriveStore
        from maestro_procore.drive.token_cache import Seal

        client = await self.graph(project["account"])
        seal = await asyncio.to_thread(Seal.of, self.secrets)
        return DriveStore(
            client,
            project["drive_id"],
            name=project["destination"] or project["top_name"],
            client_id=client.connection.client_id,
            seal=seal,
        )

    async def graph(self, account: str, purpose: "Purpose | None" = None) -> "GraphClient":
        """The connection of one account, opened once for the loop that uses it. purpose: files, unless it is said."""
        from maestro_procore.drive.client import GraphClient
        from maestro_procore.drive.gate import DriveGate
        from maestro_procore.drive.scopes import Purpose

        wanted = purpose or Purpose.LIBRARIES
        if (account, wanted) not in self._clients:
            connection, tokens = await self._tokens(account, wanted)
            made = GraphClient(connection, tokens, DriveGate(self.clock), clock=self.clock, bandwidth=self.bandwidth)
            self._clients[account, wanted] = made
        return self._clients[account, wanted]

    async def mailer(self, project: Row) -> Mailer:
        """Sends as the account of a project; the right to do so is asked for here and nowhere else (F214)."""
        from maestro_procore.drive.person import GraphMailer
        from maestro_procore.drive.scopes import Purpose

        chosen = await asyncio.to_thread(self.connections.microsoft_of, project["account"])
        is_service = chosen.way is not Way.PERSON if chosen is not None else self.training is not None
        sender = await asyncio.to_thread(self._mailbox) if is_service else ""
        if is_service and not sender:
            raise Refused(Problem("DOC-69", {"name": project["name"]}))
        return GraphMailer(await self.graph(project["account"], Purpose.MAIL), sender)

    def _mailbox(self) -> str:
        """A service is nobody: it sends from a mailbox that somebody names; in training from one that is there."""
        named = file_mail.recipients_of(settings_table.effective(self.journal.settings())["completion_mail_from"] or "")
        if named or self.training is None:
            return named[0] if named else ""
        from maestro_procore.sandbox.graph_world import PEOPLE

        return PEOPLE[0][1]

    def purposes(self) -> "list[Purpose]":
        """What an account is asked to allow when somebody signs in: mail only where a project wants one (F214)."""
        from maestro_procore.drive.scopes import Purpose

        values = settings_table.effective(self.journal.settings())
        asks = [file_mail.wish_of(project["settings"], values, "en").to for project in self.journal.file_projects()]
        wants_mail = bool(values["completion_mail_to"]) or any(asks)
        return [Purpose.LIBRARIES, Purpose.MAIL] if wants_mail else [Purpose.LIBRARIES]

    async def _tokens(self, account: str, purpose: "Purpose") -> Any:
        from maestro_procore.drive.auth import ServiceSignIn

        if (chosen := await asyncio.to_thread(self.connections.microsoft_of, account)) is not None:
            return await asyncio.to_thread(self.connections.microsoft_tokens, Draft(chosen), [purpose])
        if self.training is not None:
            line = await asyncio.to_thread(self.training.start_line)
            connection = training_connection(line)
            return connection, ServiceSignIn(connection, Secret(line["client_secret"]), self.clock).tokens()
        if not account and not settings_table.effective(self.journal.settings())["microsoft_client_id"]:
            for only in (await asyncio.to_thread(self.connections.microsoft))[:1]:
                return await asyncio.to_thread(self.connections.microsoft_tokens, Draft(only), [purpose])
        sign_in = await asyncio.to_thread(self.sign_in)
        people = await sign_in.accounts()
        found = next((each for each in people if account in ("", each.id, each.name)), None)
        if found is None:
            raise Refused(Problem("DOC-21", {"name": account or "Microsoft"}))
        return self.connection(), sign_in.tokens(found.id, [purpose])

    async def destinations(self, account: str) -> Destinations:
        """Where files may go, for choosing."""
        from maestro_procore.drive.pickers import GraphDestinations

        return GraphDestinations(await self.graph(account))

    # --- for whoever chooses --------------------------------------------------------------------------

    @asynccontextmanager
    async def briefly(self, account: str) -> AsyncIterator[Destinations]:
        """Places to choose from, with a connection for these questions only: the engine's belongs to its own loop."""
        alone = replace(self, _clients={})
        try:
            yield await alone.destinations(account)
        finally:
            await alone.close()

    def versions(self, calls: "Callable[[int], Awaitable[ProcoreFiles]]") -> FileVersions:
        """Versions of single files. calls: opens a connection of Procore for one question."""

        @asynccontextmanager
        async def stores(project: Row, pair: Row) -> AsyncIterator[Mapping[FileSide, FileStore]]:
            procore, alone = await calls(project["procore_connection"]), replace(self, _clients={})
            try:
                yield {
                    FileSide.PROCORE: self._procore_store(procore, project, pair),
                    FileSide.DRIVE: await alone.drive_store(project),
                }
            finally:
                await alone.close()
                await procore.aclose()

        return FileVersions(self.journal, stores)

    async def accounts(self) -> Sequence[AccountChoice]:
        """Connections first, then who is signed in on this computer; in training its service. Raises Refused."""
        added = await asyncio.to_thread(self.connections.microsoft)
        chosen = [AccountChoice(each.key, each.name) for each in added]
        if self.training is not None:
            return [AccountChoice("", TRAINING_TENANT), *chosen]
        if chosen and not settings_table.effective(self.journal.settings())["microsoft_client_id"]:
            return chosen
        people = await (await asyncio.to_thread(self.sign_in)).accounts()
        return [*chosen, *(AccountChoice(each.id, each.name) for each in people)]

    async def account_of(self, word: str) -> str:
        """What a project keeps of the account or connection that somebody names: names change, keys do not.

        '' is the only one. Raises Refused (DOC-93), with the names that there are.
        """
        if not word:
            return ""
        chosen = await asyncio.to_thread(self.connections.microsoft_of, word)
        if chosen is not None:
            return chosen.key
        known = await self.accounts()
        found = next((each for each in known if word in (each.id, each.name)), None)
        if found is None:
            raise Refused(Problem("DOC-93", {"name": word, "names": [each.name for each in known] or None}))
        return found.id

    async def sign_out(self, word: str) -> None:
        """Raises Refused (DOC-93) for somebody who is not signed in on this computer."""
        has_app = bool(settings_table.effective(self.journal.settings())["microsoft_client_id"])
        sign_in = await asyncio.to_thread(self.sign_in) if has_app and self.training is None else None
        people = await sign_in.accounts() if sign_in is not None else []
        found = next((each for each in people if word in (each.id, each.name)), None)
        if sign_in is None or found is None:
            raise Refused(Problem("DOC-93", {"name": word, "names": [each.name for each in people] or None}))
        await sign_in.sign_out(found.id)

    async def who(self, account: str) -> Who:
        """As whom the drive is written to. Raises Refused; FileCallFailed."""
        from maestro_procore.drive import person
        from maestro_procore.drive.scopes import Purpose

        if (chosen := await asyncio.to_thread(self.connections.microsoft_of, account)) is not None:
            told = await self.connections.look(Draft(chosen))
            return Who(told.acts_as, told.login, is_service=chosen.way is not Way.PERSON)
        alone = replace(self, _clients={})
        try:
            if self.training is None:
                return await person.who(await alone.graph(account))
            _connection, tokens = await alone._tokens(account, Purpose.LIBRARIES)
            return await person.which_service(tokens, "")
        finally:
            await alone.close()

    async def usual_drive(self, destinations: Destinations) -> str:
        """The drive of somebody who names none: his own, or the library of the training company."""
        if self.training is not None:
            return str((await asyncio.to_thread(self.training.start_line))["drive_id"])
        drives = await destinations.my_drives()
        if not drives:
            raise Refused(Problem("DOC-25"))
        return drives[0].id

    def connection(self) -> "MicrosoftConnection":
        """The app that people sign in through. Raises Refused (DOC-22) when none is set."""
        from maestro_procore.drive.connection import ANY_ACCOUNT, MicrosoftConnection

        values = settings_table.effective(self.journal.settings())
        if not values["microsoft_client_id"]:
            raise Refused(Problem("DOC-22"))
        return MicrosoftConnection(
            client_id=values["microsoft_client_id"], tenant=values["microsoft_tenant"] or ANY_ACCOUNT
        )

    def sign_in(self) -> "SignIn":
        """The people signed in on this computer. Blocking: a locked key ring asks the person."""
        return self.connections.microsoft_sign_in(self.connection())

    async def close(self) -> None:
        """Connections belong to the loop that opened them."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    # --- small things ---------------------------------------------------------------------------------

    async def _sign(self, report: Mapping[str, Any]) -> Mapping[str, str]:
        from maestro_procore.store.report_keys import ReportKey

        key = await asyncio.to_thread(ReportKey.of, self.secrets)
        return key.sign(report)

    def is_own(self, signature: Mapping[str, Any]) -> bool:
        """Whether this computer signed it: with its key, or, when the key ring was lost, as its journal remembers."""
        from maestro_procore.store.report_keys import KEY_NAME, ReportKey

        if self.secrets.get(KEY_NAME) is not None and ReportKey.of(self.secrets).public == signature["key"]:
            return True
        return self.journal.is_own_proof(str(signature["value"]))

    @staticmethod
    async def _hash_of(file: Path) -> str:
        from maestro_procore.drive.items import QUICK_XOR
        from maestro_procore.drive.quick_xor import of_file

        return QUICK_XOR + await asyncio.to_thread(of_file, file)
