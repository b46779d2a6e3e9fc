"""Chooses who stands behind connections, for one profile: Procore's sign-in, Microsoft's, their secrets.

Training knows no other Procore and no other Microsoft than its own sandbox: an address outside is refused. What it
proposes as client ID and secret stands for the credentials of the present start, which are new each time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from maestro_procore.engine.connection_doors import (
    CERTIFICATE,
    SECRET,
    TOKENS,
    ConnectionDoors,
    ConnectionJournal,
    Draft,
    PastedCode,
    TypedCode,
    held_name,
)
from maestro_procore.logs import Secret
from maestro_procore.model.addresses import is_loopback
from maestro_procore.model.connections import DEFAULT_NAMES, MAIN_ID, OUT_OF_BAND, Details, Platform, Tested, Way
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile
from maestro_procore.ports import Clock, Secrets
from maestro_procore.procore.connection import Connection
from maestro_procore.training import TrainingWorld

if TYPE_CHECKING:  # half a second with MSAL and the HTTP library; a verb that only reads the journal never needs it
    from maestro_procore.drive.auth import SignIn
    from maestro_procore.drive.client import Tokens
    from maestro_procore.drive.connection import MicrosoftConnection
    from maestro_procore.drive.scopes import Purpose
    from maestro_procore.procore.auth import SignIn as ProcoreSignIn
    from maestro_procore.procore.file_calls import ProcoreFiles
    from maestro_procore.procore.person_sign_in import Kept

TRAINING_TENANT: Final = "training"
TRAINING_ID: Final = "training"
"""Proposed as client ID and as secret, and saved so: whatever else somebody types is tried as it is."""
TURN_SECONDS: Final = 60.0
SIGN_IN_SECONDS: Final = 600.0

Connect = Callable[[Connection, "ProcoreSignIn | None"], Awaitable["ProcoreFiles"]]
"""Opens a connection for a short question, whose calls count like all others."""


class RingShelf:
    """A person's sign-in in the key ring; one process at a time renews it."""

    def __init__(self, secrets: Secrets, name: str, lock: Path, ended: Callable[[], None]) -> None:
        self._secrets, self._name, self._ended = secrets, name, ended
        self._lock = FileLock(lock, timeout=TURN_SECONDS, thread_local=False)

    def take_turn(self) -> None:
        from maestro_procore.procore.person_sign_in import TurnHeld

        try:
            self._lock.acquire()
        except Timeout as held:
            raise TurnHeld from held

    def end_turn(self) -> None:
        self._lock.release()

    def read(self) -> "Kept | None":
        from maestro_procore.procore.person_sign_in import Kept

        held = self._secrets.get(self._name)
        return None if held is None else Kept.from_text(held)

    def write(self, kept: "Kept") -> None:
        self._secrets.put(self._name, kept.to_text())
        if kept.has_ended:
            self._ended()


class DraftShelf:
    """A sign-in that is not saved yet: nobody else knows it."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def take_turn(self) -> None:
        """Nobody else is there."""

    def end_turn(self) -> None:
        """Nobody else is there."""

    def read(self) -> "Kept | None":
        from maestro_procore.procore.person_sign_in import Kept

        held = self._draft.held.get(TOKENS)
        return None if held is None else Kept.from_text(held.reveal())

    def write(self, kept: "Kept") -> None:
        self._draft.held[TOKENS] = Secret(kept.to_text())


@dataclass
class ConnectionHouse(ConnectionDoors):
    """Both platforms. connect: for short questions; the engine opens its own with `procore_of`.

    purposes: what an account of Microsoft is asked to allow when somebody signs in.
    """

    profile: Profile
    journal: ConnectionJournal
    clock: Clock
    secrets: Secrets
    training: TrainingWorld | None
    connect: Connect
    purposes: "Callable[[], Sequence[Purpose]]"
    _own_cache: Any = field(default=None, repr=False)
    """Training's sign-ins at Microsoft, which last as long as the program."""

    # --- which there are ------------------------------------------------------------------------------

    def details(self, connection_id: int) -> Details:
        """A saved one that is none of Configuration's. Raises Refused (CON-05)."""
        row = next((row for row in self.journal.connections() if row["id"] == connection_id), None)
        if row is None:
            raise Refused(Problem("CON-05", {"name": str(connection_id)}))
        return _details(row)

    def microsoft_of(self, account: str) -> Details | None:
        """The Microsoft connection of that key, name or number; None when there is none."""
        names = {account} - {""}
        return next((each for each in self.microsoft() if names & {each.key, each.name, str(each.id)}), None)

    def microsoft(self) -> list[Details]:
        """All Microsoft connections."""
        rows = self.journal.connections()
        return [_details(row) for row in rows if row["platform"] == Platform.MICROSOFT]

    def _secret(self, draft: Draft, kind: str) -> Secret | None:
        """The new one, else the saved one."""
        if kind in draft.held:
            return draft.held[kind]
        held = self.secrets.get(held_name(draft.details.key, kind))
        return None if held is None else Secret(held)

    # --- Procore --------------------------------------------------------------------------------------

    def procore_of(self, draft: Draft) -> "tuple[Connection, ProcoreSignIn | None]":
        """Where and as whom. None: the application signs in for itself.

        Blocking. Raises Refused: KEY-04 without a password, CFG-07 for a foreign address in training.
        """
        connection = self._procore_connection(draft)
        if draft.details.way is not Way.PERSON or draft.details.id == MAIN_ID:
            return connection, None
        if self.training is not None and self._secret(draft, TOKENS) is None and draft.details.id is not None:
            return connection, None  # sign-ins of training end with the program that has them; its service goes on
        from maestro_procore.procore.person_sign_in import PersonSignIn

        return connection, PersonSignIn(connection, self.clock, self._shelf(draft), connection.name)

    def _procore_connection(self, draft: Draft) -> Connection:
        details = draft.details
        name = details.name or DEFAULT_NAMES[Platform.PROCORE]
        if self.training is not None:
            if not is_loopback(details.url):
                raise Refused(Problem("CFG-07"))
            line = self.training.start_line()
            is_own = details.id == MAIN_ID
            return Connection(
                api_url=line["procore_api"],
                login_url=line["procore_login"],
                client_id=line["client_id"] if is_own else _client_id(details, line),
                client_secret=Secret(line["client_secret"]) if is_own else self._training_secret(draft, line),
                company_id=details.company_id or (line["company_id"] if is_own else None),
                name=name,
            )
        secret = self._secret(draft, SECRET)
        if secret is None:
            raise Refused(Problem("KEY-04"))
        return Connection(
            api_url=details.url,
            client_id=details.client_id,
            client_secret=secret,
            company_id=details.company_id,
            name=name,
        )

    def _training_secret(self, draft: Draft, line: Mapping[str, Any]) -> Secret:
        """Secrets of training are gone with the program that had them: that of its own client ID is there again.

        Raises Refused (KEY-04) for one of another client ID.
        """
        secret = self._secret(draft, SECRET)
        if secret is not None and secret.reveal() != TRAINING_ID:
            return secret
        if secret is None and draft.details.client_id not in ("", TRAINING_ID):
            raise Refused(Problem("KEY-04"))
        return Secret(line["client_secret"])

    def _shelf(self, draft: Draft) -> RingShelf | DraftShelf:
        details = draft.details
        if details.id is None or TOKENS in draft.held:
            return DraftShelf(draft)

        def ended() -> None:
            told = Problem("CON-01", {"name": details.name}).to_json()
            self.journal.put_connection({"id": details.id, "problem": told})

        lock = self.profile.root / f"sign-in-{details.key}.lock"
        return RingShelf(self.secrets, held_name(details.key, TOKENS), lock, ended)

    # --- Microsoft ------------------------------------------------------------------------------------

    def microsoft_connection(self, draft: Draft) -> "MicrosoftConnection":
        """Where and through which app. Raises Refused: CFG-07 for a real cloud in training."""
        from maestro_procore.drive.connection import ANY_ACCOUNT, USUAL_GRAPH, MicrosoftConnection

        details = draft.details
        if self.training is not None:
            if details.url and not is_loopback(details.url):
                raise Refused(Problem("CFG-07"))
            line = self.training.start_line()
            return replace(training_connection(line), client_id=_client_id(details, line))
        return MicrosoftConnection(
            client_id=details.client_id, graph_url=details.url or USUAL_GRAPH, tenant=details.tenant or ANY_ACCOUNT
        )

    def microsoft_tokens(self, draft: Draft, purposes: "Sequence[Purpose]") -> "tuple[MicrosoftConnection, Tokens]":
        """Blocking: a locked key ring asks the person. Raises Refused: DOC-21 nobody signed in, KEY-04, CON-09."""
        from maestro_procore.drive.auth import ServiceSignIn

        connection = self.microsoft_connection(draft)
        if draft.details.way is Way.PERSON:
            if self.training is not None and draft.details.id is not None and self._own_cache is None:
                return connection, self._training_service(connection)
            if not draft.details.account:
                raise Refused(Problem("DOC-21", {"name": draft.details.name or "Microsoft"}))
            sign_in = self.microsoft_sign_in(connection)
            return connection, sign_in.tokens(draft.details.account, purposes)
        return connection, ServiceSignIn(connection, self._credential(draft), self.clock).tokens()

    def _training_service(self, connection: "MicrosoftConnection") -> "Tokens":
        from maestro_procore.drive.auth import ServiceSignIn

        assert self.training is not None
        return ServiceSignIn(connection, Secret(self.training.start_line()["client_secret"]), self.clock).tokens()

    def _credential(self, draft: Draft) -> Any:
        from maestro_procore.drive.certificate_file import CertificateUnusable, ServiceKey

        if draft.details.way is Way.SERVICE:
            if self.training is not None:
                return self._training_secret(draft, self.training.start_line())
            secret = self._secret(draft, SECRET)
            if secret is None:
                raise Refused(Problem("KEY-04"))
            return secret
        held = self._secret(draft, CERTIFICATE)
        if held is None:
            raise Refused(Problem("KEY-04"))
        try:
            return ServiceKey.from_text(held.reveal())
        except CertificateUnusable as error:
            raise Refused(Problem("CON-09", {"file": draft.details.name, "reason": f"certificate_{error}"})) from error

    def microsoft_sign_in(self, connection: "MicrosoftConnection") -> "SignIn":
        """The people signed in through an app on this computer. Blocking: a locked key ring asks the person."""
        from maestro_procore.drive.auth import SignIn
        from maestro_procore.drive.token_cache import token_cache

        def cache() -> Any:
            if self.secrets.is_lasting:
                return token_cache(self.profile.root / "microsoft-tokens", self.secrets)
            if self._own_cache is None:
                self._own_cache = token_cache(self.profile.root / "microsoft-tokens", self.secrets)
            return self._own_cache

        return SignIn(connection, self.clock, cache, with_broker=True)

    # --- doors of the commands --------------------------------------------------------------------------

    def proposed(self, draft: Draft) -> Draft:
        details = draft.details
        if self.training is None:
            url = {Platform.PROCORE: "https://api.procore.com"}.get(details.platform, "")
            return replace(draft, details=replace(details, url=url))
        held = {SECRET: Secret(TRAINING_ID)} if details.way is not Way.CERTIFICATE else {}
        if details.platform is Platform.PROCORE:
            details = replace(details, url="http://127.0.0.1", client_id=TRAINING_ID)
        else:
            details = replace(details, client_id=TRAINING_ID, tenant=TRAINING_TENANT)
        return replace(draft, details=details, held=held)

    async def look(self, draft: Draft) -> Tested:
        if draft.details.platform is Platform.PROCORE:
            return await self._look_at_procore(draft)
        return await self._look_at_microsoft(draft)

    async def _look_at_procore(self, draft: Draft) -> Tested:
        connection, sign_in = await asyncio.to_thread(self.procore_of, draft)
        client = await self.connect(connection, sign_in)
        try:
            me, companies = await client.me(), await client.companies()
        finally:
            await client.aclose()
        name, login = str(me.get("name") or me.get("login") or ""), str(me.get("login") or "")
        active = [(int(row["id"]), str(row.get("name") or "")) for row in companies if row.get("is_active", True)]
        return Tested(name, login, tuple(active))

    async def _look_at_microsoft(self, draft: Draft) -> Tested:
        from maestro_procore.drive import addresses, person
        from maestro_procore.drive.client import GraphClient
        from maestro_procore.drive.gate import DriveGate
        from maestro_procore.drive.scopes import Purpose

        connection, tokens = await asyncio.to_thread(self.microsoft_tokens, draft, [Purpose.LIBRARIES])
        async with GraphClient(connection, tokens, DriveGate(self.clock), clock=self.clock) as client:
            if draft.details.way is Way.PERSON:
                found = await person.who(client)
            else:
                found = await person.which_service(tokens, draft.details.name or DEFAULT_NAMES[Platform.MICROSOFT])
                await client.get(addresses.ROOT_SITE, name="SharePoint")  # a token alone proves no right at all
        return Tested(found.name, found.address)

    async def sign_in(self, draft: Draft, open_browser: Callable[[str], None], page: str) -> None:
        if draft.details.platform is Platform.MICROSOFT:
            await self._sign_in_at_microsoft(draft, open_browser, page)
            return
        from maestro_procore.drive.loopback import Loopback
        from maestro_procore.procore.person_sign_in import authorize_address, new_verifier

        connection = await asyncio.to_thread(self._procore_connection, draft)
        state, verifier, redirect = new_verifier(), new_verifier(), self._redirect(draft)
        try:
            async with Loopback(page, redirect) as listener:
                address = listener.redirect_uri
                open_browser(authorize_address(connection, address, state, verifier))
                said = await listener.answer(state, SIGN_IN_SECONDS)
        except TimeoutError:
            raise Refused(Problem("CON-02")) from None
        except OSError as error:
            raise Refused(Problem("CON-11", {"url": redirect})) from error
        if "code" not in said:
            raise Refused(Problem("CON-02"))
        await self._redeem(draft, Secret(said["code"]), address, verifier)

    def _redirect(self, draft: Draft) -> str:
        """In training any port of this computer will do, so that nothing has to be free."""
        return "" if self.training is not None else draft.details.redirect_uri

    async def _sign_in_at_microsoft(self, draft: Draft, open_browser: Callable[[str], None], page: str) -> None:
        sign_in = await asyncio.to_thread(self._people, draft)
        account = await sign_in.in_browser(self.purposes(), open_browser, page=page)
        draft.details = replace(draft.details, account=account.id)

    def _people(self, draft: Draft) -> "SignIn":
        return self.microsoft_sign_in(self.microsoft_connection(draft))

    def begin_pasted(self, draft: Draft) -> PastedCode:
        from maestro_procore.procore.person_sign_in import authorize_address, new_verifier

        verifier = new_verifier()
        connection = self._procore_connection(draft)
        return PastedCode(authorize_address(connection, OUT_OF_BAND, new_verifier(), verifier), verifier)

    async def finish_pasted(self, draft: Draft, begun: PastedCode, code: Secret) -> None:
        await self._redeem(draft, code, OUT_OF_BAND, begun.verifier)

    async def _redeem(self, draft: Draft, code: Secret, redirect_uri: str, verifier: str) -> None:
        connection = await asyncio.to_thread(self._procore_connection, draft)
        client = await self.connect(connection, None)
        try:
            kept = await client.sign_in_with_code(code, redirect_uri, verifier)
        finally:
            await client.aclose()
        draft.held[TOKENS] = Secret(kept.to_text())

    async def begin_typed(self, draft: Draft) -> TypedCode:
        sign_in = await asyncio.to_thread(self._people, draft)
        code = await sign_in.begin_device_code(self.purposes())
        return TypedCode(code.user_code, code.address, (sign_in, code))

    async def finish_typed(self, draft: Draft, begun: TypedCode) -> None:
        sign_in, code = begun.flow
        account = await sign_in.finish_device_code(code)
        draft.details = replace(draft.details, account=account.id)

    def read_certificate(self, draft: Draft, file: Path, passphrase: Secret | None) -> None:
        from maestro_procore.drive import certificate_file

        try:
            key = certificate_file.read(file, passphrase)
        except certificate_file.CertificateUnusable as error:
            raise Refused(Problem("CON-09", {"file": str(file), "reason": f"certificate_{error}"})) from error
        draft.held[CERTIFICATE] = Secret(key.to_text())
        draft.details = replace(draft.details, certificate=key.facts())

    async def forget(self, draft: Draft) -> None:
        if draft.details.way is not Way.PERSON:
            return
        if draft.details.platform is Platform.PROCORE:
            await self._revoke(draft)
        elif draft.details.account and not self._is_shared(draft.details):
            await (await asyncio.to_thread(self._people, draft)).sign_out(draft.details.account)

    def _is_shared(self, details: Details) -> bool:
        """Whether another connection uses the same account."""
        rows = self.journal.connections()
        return any(row["account"] == details.account and row["key"] != details.key for row in rows)

    async def _revoke(self, draft: Draft) -> None:
        from maestro_procore.procore.person_sign_in import Kept

        held = await asyncio.to_thread(self._secret, draft, TOKENS)
        kept = Kept.from_text(held.reveal()) if held is not None else None
        if kept is None or kept.has_ended:
            return
        client = await self.connect(await asyncio.to_thread(self._procore_connection, draft), None)
        try:
            await client.revoke(kept.refresh)
        finally:
            await client.aclose()


def _details(row: Mapping[str, Any]) -> Details:
    names = [name for name in Details.__dataclass_fields__ if name not in ("platform", "way")]
    return Details(platform=Platform(row["platform"]), way=Way(row["way"]), **{name: row[name] for name in names})


def _client_id(details: Details, line: Mapping[str, Any]) -> str:
    """What was typed in training; its own for what it proposes."""
    return str(line["client_id"]) if details.client_id in ("", TRAINING_ID) else details.client_id


def training_connection(line: Mapping[str, Any]) -> "MicrosoftConnection":
    """Microsoft as the sandbox plays it."""
    from maestro_procore.drive.connection import MicrosoftConnection

    return MicrosoftConnection(
        client_id=line["client_id"],
        graph_url=line["graph"],
        tenant=TRAINING_TENANT,
        login_url=line["microsoft_login"],
        ca_file=Path(line["ca_file"]),
    )


def company_of(details: Details) -> int:
    """The Procore company of a connection. Raises Refused (CFG-14) when none was chosen."""
    if details.company_id is None:
        raise Refused(Problem("CFG-14", {"field": "procore_company_id"}))
    return details.company_id
