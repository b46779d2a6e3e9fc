"""What a person may ask for. Each command checks, writes into the journal and returns in milliseconds.

Nothing is carried out here: whoever holds the lease sees the journal change and does the work.
The two questions to Procore (test the connection, list companies) are for the Configuration form.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, cast

from maestro_procore.engine import approvals
from maestro_procore.engine.company_faults import problem_of
from maestro_procore.engine.connection_commands import ConnectionCommands
from maestro_procore.engine.connection_doors import ConnectionDoors, ConnectionJournal
from maestro_procore.engine.duplicates import DuplicateCommands
from maestro_procore.engine.file_commands import FileCommands
from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.engine.file_trash import TrashFolder
from maestro_procore.engine.forecasting import forecast
from maestro_procore.engine.knowledge import KnowledgeCommands
from maestro_procore.engine.link_commands import LinkCommands
from maestro_procore.engine.project_commands import set_in_use
from maestro_procore.engine.reconcile_commands import ReconcileCommands
from maestro_procore.engine.undo import wish_to_undo
from maestro_procore.engine.value_tables import ValueTable, value_tables
from maestro_procore.logs import Secret
from maestro_procore.model import edited_values
from maestro_procore.model import settings as settings_table
from maestro_procore.model.acceptance import Total, approver_of
from maestro_procore.model.elements import ELEMENTS, built_elements, in_run_order
from maestro_procore.model.forecast import Forecast
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import (
    CallFailed,
    Clock,
    Company,
    CompanyRefused,
    CompanyUnreachable,
    Journal,
    Procore,
    Row,
    Secrets,
)


@dataclass(frozen=True)
class Rights:
    """What the m_user row of the person allows (F041)."""

    can_configure: bool = False
    can_synchronize: bool = False
    can_manage: bool = False
    can_add_master: bool = False
    is_told: bool = False
    """Whether maestro* said so of a person whom it knows."""

    def as_told(self) -> dict[str, bool]:
        """As the audit keeps them."""
        return {name: value for name, value in asdict(self).items() if name != "is_told"}


@dataclass(frozen=True)
class Configuration:
    """The Configuration form as it is filled now. The password is write-only."""

    values: Mapping[str, Any]
    has_secret: bool
    maestro_company: str
    links: int
    """Linked records: with any, the connection cannot be changed (CFG-08)."""
    templates: Sequence[tuple[int, str]]
    """maestro* project templates to choose from."""
    is_locked: bool
    """Training: the connection belongs to the built-in company."""


@dataclass(frozen=True)
class Credentials:
    """What a connection is made of."""

    api_url: str
    client_id: str
    secret: Secret
    company_id: int | None


Connect = Callable[[Credentials], Awaitable[Procore]]


def secret_name(client_id: str) -> str:
    """Under which name the key ring holds the password of a client."""
    return f"client-password:{client_id}"


@dataclass
class Commands:
    """The buttons of the window and the verbs of the command line."""

    journal: Journal
    company: Company
    secrets: Secrets
    clock: Clock
    connect: Connect
    user: str
    rights: Rights
    check_url: Callable[[str], Problem | None]
    is_locked: bool = False
    connection_doors: ConnectionDoors | None = None
    trash: TrashFolder | None = None
    """Where projects that want it keep what is deleted or overwritten."""

    @property
    def connections(self) -> ConnectionCommands:
        """Connections to the platforms: engine/connection_commands.py."""
        assert self.connection_doors is not None, "given by wiring"
        return ConnectionCommands(
            self.journal,
            cast(ConnectionJournal, self.journal),
            self.connection_doors,
            self.company,
            self.secrets,
            self.clock,
            self.user,
            self.rights.can_configure,
            self.check_url,
            lambda client_id: self._secret({"client_id": client_id}),
        )

    @property
    def files(self) -> FileCommands:
        """Documents and Photos."""
        rights = self.rights
        journal = cast(FileJournal, self.journal)  # one journal for everything
        may = {"may": rights.can_synchronize, "may_configure": rights.can_configure}
        return FileCommands(self.journal, journal, self.clock, self.user, **may, trash=self.trash)

    # --- synchronization ----------------------------------------------------------------------

    def synchronize(
        self,
        element: str,
        *,
        keys: list[str] | None = None,
        project: str | None = None,
        full: bool = False,
        preview: bool = False,
        accept: bool = False,
    ) -> Row:
        """Writes the request down, or gives back the one that has not ended (its caller says RUN-02).

        accept: what waits for an accounting approver is accepted by the caller, in this run.
        Raises Refused: CFG-12 without the right, CLI-02 for an unknown element, CLI-07 when it is not ticked,
        CFG-01 when the interface is not configured, CLI-09 for a project of an element that belongs to none.
        """
        self._needs(self.rights.can_synchronize)
        if element not in ELEMENTS or not ELEMENTS[element].is_built:
            raise Refused(Problem("CLI-02", {"name": element}))
        if not self.journal.element_states()[element]["is_enabled"]:
            raise Refused(Problem("CLI-07", {"element": element}))
        if project and not ELEMENTS[element].has_projects:
            raise Refused(Problem("CLI-09", {"element": element}))
        values = settings_table.effective(self.journal.settings())
        if not settings_table.is_complete(values):
            raise Refused(Problem("CFG-01"))
        wish = {
            "element": element,
            "scope": "selection" if keys else "project" if project else "all",
            "keys": keys,
            "project": project,
            "mode": "full" if full else "differential",
            "is_preview": preview,
            "requested_by": self.user,
            "accepts_as": self.user if accept else "",
        }
        row, is_new = self.journal.submit(wish, self.clock.now())
        if accept and not is_new:  # what it has not planned yet is accepted too
            self.journal.change_request(row["id"], accepts_as=self.user)
        return row

    def synchronize_all(
        self, *, project: str | None = None, full: bool = False, preview: bool = False, accept: bool = False
    ) -> list[Row]:
        """One request per ticked, built element, in the order in which they run; of one project where named."""
        states = self.journal.element_states()
        ticked = [e.name for e in built_elements() if states[e.name]["is_enabled"]]
        if not ticked:
            raise Refused(Problem("CFG-09"))
        if project:
            ticked = [name for name in ticked if ELEMENTS[name].has_projects]
            if not ticked:
                raise Refused(Problem("CLI-07", {"element": "projects"}))
        wish: dict[str, Any] = {"project": project, "full": full, "preview": preview, "accept": accept}
        return [self.synchronize(e, **wish) for e in in_run_order(ticked)]

    def forecast(
        self,
        elements: Sequence[str] | None = None,
        *,
        keys: list[str] | None = None,
        project: str | None = None,
        full: bool = False,
    ) -> list[Forecast]:
        """What `synchronize` of these elements would take, in the order in which they run; changes nothing.

        None: all that are ticked and built. Raises CompanyUnreachable, CompanyRefused.
        """
        states = self.journal.element_states()
        chosen = elements or [e.name for e in built_elements() if states[e.name]["is_enabled"]]
        wish = {"keys": keys, "project": project, "mode": "full" if full else "differential", "is_preview": False}
        wishes = [{**wish, "element": name} for name in in_run_order(list(chosen)) if _has(name, project)]
        return forecast(self.journal, self.company, self.clock, wishes)

    def cancel(self, request_id: str) -> bool:
        """Stops after the call that is under way. False when it has ended already."""
        self._needs(self.rights.can_synchronize)
        return self.journal.cancel(self.journal.request(request_id)["id"], self.user)

    def resume(self, request_id: str) -> bool:
        """Does what a cancelled or failed request left undone. False when nothing is left."""
        self._needs(self.rights.can_synchronize)
        return self.journal.resume(self.journal.request(request_id)["id"])

    def accept(
        self,
        element: str,
        keys: Sequence[str] | None,
        control_total: Total,
        seen: Collection[str] | None = None,
    ) -> Row:
        """Accepts what waits to enter maestro*, and the request that enters it. See approvals.accept."""
        self._needs(self.rights.can_synchronize)
        approver = approver_of(self.user, settings_table.effective(self.journal.settings()))
        accepted = approvals.accept(
            self.journal, element, approver, self.clock.now(), keys=keys, control_total=control_total, seen=seen
        )
        return self.synchronize(element, keys=accepted)

    def refuse(self, element: str, keys: Sequence[str], reason: str) -> None:
        """Keeps what waits out of maestro*. See approvals.refuse."""
        self._needs(self.rights.can_synchronize)
        approvals.refuse(self.journal, element, self.user, self.clock.now(), keys=keys, reason=reason)

    def confirm(self, request_id: str, records: int | None = None) -> Row:
        """Lets a request go that the change guard holds; the request. See approvals.confirm."""
        self._needs(self.rights.can_synchronize)
        return self.journal.request(approvals.confirm(self.journal, request_id, records))

    def choose(self, element: str, maestro_key: str, subject: str, choice: str) -> None:
        """Answers a question: subject 'link' (a Procore id or 'create') or a field ('maestro', 'procore')."""
        self._needs(self.rights.can_synchronize)
        self.journal.decide(
            {
                "element": element,
                "maestro_key": maestro_key,
                "subject": subject,
                "choice": choice,
                "decided_by": self.user,
                "decided_at": self.clock.now(),
            }
        )

    def set_in_use(self, code: str, *, is_active: bool) -> Row:
        """Puts a closed project away in Procore, or brings a reopened one back. See project_commands.set_in_use."""
        self._needs(self.rights.can_synchronize)
        return set_in_use(self.journal, self.company, self.clock, self.user, code, is_active=is_active)

    def undo(self, request_id: str, actions: Sequence[int] | None = None) -> Row:
        """The request that takes another one back, or some of its actions. See engine/undo.py."""
        self._needs(self.rights.can_synchronize)
        return self.journal.submit(wish_to_undo(self.journal, request_id, actions, self.user), self.clock.now())[0]

    @property
    def links(self) -> LinkCommands:
        """What may be done about links: engine/link_commands.py."""
        may = self.rights.can_synchronize
        return LinkCommands(self.journal, self.clock, self.user, may, self.synchronize)

    @property
    def reconciliations(self) -> ReconcileCommands:
        """Both sides set against each other, to the cent: engine/reconcile_commands.py."""
        may = self.rights.can_synchronize
        return ReconcileCommands(self.journal, self.company, self.clock, self.user, may)

    @property
    def duplicates(self) -> DuplicateCommands:
        """Suspected duplicates, found and settled: engine/duplicates.py."""
        may = self.rights.can_synchronize
        return DuplicateCommands(self.journal, self.company, self.clock, self.user, may, self.links, self.synchronize)

    @property
    def knowledge(self) -> KnowledgeCommands:
        """Unknown answers of Procore, explained by technicians: engine/knowledge.py."""
        return KnowledgeCommands(self.journal, self.clock, self.user, self.rights.can_manage)

    # --- configuration ------------------------------------------------------------------------

    def configuration(self) -> Configuration:
        """What the form shows. Raises CompanyUnreachable."""
        values = settings_table.effective(self.journal.settings())
        templates = self.company.rows("m_template")
        return Configuration(
            values=values,
            has_secret=self._secret(values) is not None,
            maestro_company=self.company.company().name,
            links=self.journal.count_links(),
            templates=[(int(t["template_no"]), str(t["description"] or "")) for t in templates],
            is_locked=self.is_locked,
        )

    def value_tables(self) -> list[ValueTable]:
        """The editable tables: cost types, units, taxes, terms, statuses. Raises CompanyUnreachable."""
        return value_tables(self.company, self.journal)

    def save_configuration(self, changes: Mapping[str, Any], secret: Secret | None = None) -> list[Problem]:
        """All of it or nothing: an empty list means saved. The password goes to the key ring only.

        changes: settings by name, and under "value_maps" changed rows of the editable tables (edited_values.py).
        """
        self._needs(self.rights.can_configure)
        stored = self.journal.settings()
        held = settings_table.effective(stored)
        tables, edited = changes.get(edited_values.SETTING), stored.get(edited_values.SETTING) or {}
        wanted = {k: value for k, value in changes.items() if k != edited_values.SETTING and held.get(k) != value}
        problems = settings_table.check(wanted)
        problems += self._connection_problems(wanted)
        problems += [] if tables is None else edited_values.check(edited, tables)
        if problems:
            return problems
        client_id = wanted.get("client_id", held["client_id"])
        if secret is not None and client_id:
            self.secrets.put(secret_name(client_id), secret.reveal())
        with self.journal.begin() as tx:
            saved = dict(wanted)
            if tables is not None:
                edited = self.journal.setting(tx, edited_values.SETTING) or {}  # somebody else may have edited others
                if (together := edited_values.laid_over(edited, tables)) != edited:
                    saved[edited_values.SETTING] = together
            if saved:
                self.journal.change_settings(saved, self.user, self.clock.now(), within=tx)
        if any(settings_table.SETTINGS[key].is_connection for key in wanted):
            self.journal.forget_reading()  # a preview may have read another company's records
        return []

    def _connection_problems(self, wanted: Mapping[str, Any]) -> list[Problem]:
        settings = [settings_table.SETTINGS[key] for key in wanted if key in settings_table.SETTINGS]
        touched = [setting.key for setting in settings if setting.is_connection]
        if touched and (links := self.journal.count_links()):
            return [Problem("CFG-08", {"n": links})]
        if touched and (waiting := self.journal.open_requests()):
            return [Problem("SRV-11", {"element": waiting[0]["element"]})]  # it would go on in another company
        refused = self.check_url(str(wanted["api_url"])) if wanted.get("api_url") else None
        return [refused] if refused is not None and refused.is_error else []

    def set(self, key: str, value: Any) -> None:
        """One setting that is no part of the connection (language, theme, filter)."""
        problems = settings_table.check({key: value})
        if problems:
            raise Refused(problems[0])
        self.journal.change_settings({key: value}, self.user, self.clock.now())

    def enable(self, element: str, is_enabled: bool) -> None:
        """Ticks or unticks a row of the grid."""
        self._needs(self.rights.can_configure)
        self.journal.change_element(element, is_enabled=is_enabled)

    def start_new_pairing(self) -> None:
        """Forgets every link, so that the connection can be changed. Nothing is deleted on either side."""
        self._needs(self.rights.can_configure)
        if self.journal.open_requests():
            raise Refused(Problem("SRV-11", {"element": self.journal.open_requests()[0]["element"]}))
        self.journal.unpair()

    # --- short questions ------------------------------------------------------------------------

    def check_maestro(self) -> Problem | None:
        """*Check now* of Task Management: SRV-01 when the maestro* server does not answer. May take seconds."""
        try:
            self.company.company()
        except (CompanyUnreachable, CompanyRefused) as fault:
            return problem_of(fault)
        return None

    def check_environment(self, url: str) -> Problem | None:
        """CFG-07 when one side is production and the other is not. A company that does not answer is told elsewhere."""
        try:
            is_production = self.company.company().environment == "production"
        except (CompanyUnreachable, CompanyRefused):
            return None
        goes_to_production = self.check_url(url) is None
        return None if self.is_locked or is_production is goes_to_production else Problem("CFG-07")

    async def test_connection(self, changes: Mapping[str, Any], secret: Secret | None = None) -> list[Problem]:
        """Signs in with what the form holds, saved or not. An empty list: the test succeeded."""
        try:
            async with aclosing(await self.connect(self._credentials(changes, secret))) as procore:
                await procore.me()
        except Refused as refused:
            return [refused.problem]
        except CallFailed as failed:
            return [failed.problem]
        return []

    def paired_elsewhere(self) -> Problem | None:
        """CFG-06 when Procore's records, as last read, carry marks of another maestro* company. Makes no call.

        None also while our own company does not answer: that is told elsewhere.
        """
        values = settings_table.effective(self.journal.settings())
        if values["shares_procore_company"]:
            return None
        try:
            own = self.company.company().tag
        except (CompanyUnreachable, CompanyRefused):
            return None
        with self.journal.begin() as tx:
            known = [record for element in built_elements() for record in self.journal.known(tx, element.name)]
        marks = [(record.origin_id or "").split(":") for record in known if not record.is_gone]
        other = next((mark[1] for mark in marks if len(mark) > 2 and mark[0] == "MST" and mark[1] != own), None)
        if other is None:
            return None
        return Problem("CFG-06", {"id": str(values["procore_company_id"]), "name": other})

    async def companies(self) -> list[Row]:
        """The Procore companies of the saved connection: id, name.

        Raises CallFailed, or Refused: CFG-05 while no connection is saved, else as `credentials`.
        """
        if not settings_table.effective(self.journal.settings())["client_id"]:
            raise Refused(Problem("CFG-05"))
        async with aclosing(await self.connect(self._credentials({}, None))) as procore:
            return [c for c in await procore.companies() if c.get("is_active", True)]

    def _credentials(self, changes: Mapping[str, Any], secret: Secret | None) -> Credentials:
        values = {**settings_table.effective(self.journal.settings()), **changes}
        refused = self.check_url(str(values["api_url"] or ""))
        if refused is not None and refused.is_error:
            raise Refused(refused)
        if (mixed := self.check_environment(str(values["api_url"]))) is not None:
            raise Refused(mixed)
        # The built-in company's own password is made anew at each start and known to whoever connects.
        kept = Secret("") if self.is_locked else secret or self._secret(values)
        if not values["client_id"]:
            raise Refused(Problem("CFG-01"))
        if kept is None:
            raise Refused(Problem("KEY-04"))
        company_id = values["procore_company_id"]
        return Credentials(values["api_url"], values["client_id"], kept, company_id)

    def credentials(self) -> Credentials:
        """Of the saved connection. Raises Refused: CFG-01 not complete, KEY-04 no password here, CFG-07."""
        return self._credentials({}, None)

    def _secret(self, values: Mapping[str, Any]) -> Secret | None:
        held = self.secrets.get(secret_name(values["client_id"])) if values["client_id"] else None
        return None if held is None else Secret(held)

    def _needs(self, is_allowed: bool) -> None:
        if not is_allowed:
            raise Refused(Problem("CFG-12"))


def rights_of(company: Company, user: str, *, is_training: bool, is_configured: bool) -> Rights:
    """The rights of a person in the maestro* company; someone it does not know may only look.

    Before the interface is configured anybody may do that, and while the company cannot be asked the
    set-up may be repaired: nothing can be synchronized then anyway.
    """
    try:
        row = company.user(user)
    except (CompanyUnreachable, CompanyRefused):
        return Rights(can_configure=True)
    if row is None:
        return Rights(is_training or not is_configured, is_training, is_training, is_training)
    names = ("can_configure", "can_synchronize", "can_manage", "can_add_master")
    return Rights(**{name: bool(row.get(name)) or bool(row.get("is_admin")) for name in names}, is_told=True)


def _has(element: str, project: str | None) -> bool:
    return not project or ELEMENTS[element].has_projects
