"""What a person may do about connections: see, add, test, sign in again, change, remove.

Secrets go to the key ring only; the journal keeps names, addresses and what the last test told.
"""

import asyncio
import secrets as randomness
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from maestro_procore.engine.company_faults import problem_of
from maestro_procore.engine.connection_doors import (
    CERTIFICATE,
    KINDS,
    SECRET,
    ConnectionDoors,
    ConnectionJournal,
    Draft,
    held_name,
)
from maestro_procore.file_ports import FileCallFailed
from maestro_procore.logs import Secret
from maestro_procore.model import settings as settings_table
from maestro_procore.model.connections import (
    DEFAULT_NAMES,
    LOOPBACK,
    MAESTRO_ID,
    MAIN_ID,
    Details,
    Platform,
    State,
    Tested,
    Way,
    missing,
    name_for,
    name_problems,
    same_name,
    state_of,
)
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import CallFailed, Clock, Company, CompanyRefused, CompanyUnreachable, Journal, Row, Secrets

OWN: Final = (MAESTRO_ID, MAIN_ID)
"""Those of Configuration: changed there, not here."""
_STORED: Final = (
    *("key", "platform", "way", "name", "url", "client_id", "redirect_uri", "tenant", "company_id", "company_name"),
    *("account", "certificate"),
)


@dataclass(frozen=True)
class Connection:
    """One line of the page. users: projects of files that use it."""

    details: Details
    acts_as: str
    login: str
    state: State
    tested_at: datetime | None
    problem: Problem | None
    users: int

    @property
    def id(self) -> int:
        assert self.details.id is not None, "a saved one"
        return self.details.id

    @property
    def name(self) -> str:
        return self.details.name

    @property
    def is_own(self) -> bool:
        """Whether Configuration holds it."""
        return self.details.id in OWN


@dataclass(frozen=True)
class ConnectionCommands:
    """Of one person. may: whether he may configure. secret_of: the password of a client id of Configuration."""

    journal: Journal
    connections: ConnectionJournal
    doors: ConnectionDoors
    company: Company
    secrets: Secrets
    clock: Clock
    user: str
    may: bool
    check_url: Callable[[str], Problem | None]
    secret_of: Callable[[str], Secret | None]

    # --- seeing ---------------------------------------------------------------------------------------

    def rows(self) -> list[Connection]:
        """Configuration's own first, then the others in the order in which they were added."""
        held = {row["id"]: row for row in self.connections.connections()}
        own = [self._maestro(held.get(MAESTRO_ID)), self._main(held.get(MAIN_ID))]
        others = [self._shown(_details(row), row) for number, row in held.items() if number not in OWN]
        return [*own, *others]

    def find(self, word: str) -> Connection:
        """By its name or its number. Raises Refused (CON-05)."""
        for row in self.rows():
            if word == str(row.id) or same_name(word) == same_name(row.name):
                return row
        raise Refused(Problem("CON-05", {"name": word}))

    def procore_id(self, word: str | None) -> int:
        """The number of a Procore connection by its name or number; None: Configuration's. Raises Refused (CON-05)."""
        if not word:
            return MAIN_ID
        found = self.find(word)
        if found.details.platform is not Platform.PROCORE:
            raise Refused(Problem("CON-05", {"name": word}))
        return found.id

    def _maestro(self, row: Row | None) -> Connection:
        address = settings_table.effective(self.journal.settings())["company_url"] or ""
        details = Details(
            id=MAESTRO_ID,
            platform=Platform.MAESTRO,
            way=Way.SERVICE,
            key="maestro",
            name=name_of_own(row, Platform.MAESTRO),
            url=address.rpartition("@")[2],  # a password may stand before it
            company_name=(row or {}).get("login", ""),
        )
        return self._shown(details, row)

    def _main(self, row: Row | None) -> Connection:
        values = settings_table.effective(self.journal.settings())
        details = Details(
            id=MAIN_ID,
            platform=Platform.PROCORE,
            way=Way.SERVICE,
            key="configuration",
            name=name_of_own(row, Platform.PROCORE),
            url=values["api_url"] or "",
            client_id=values["client_id"] or "",
            company_id=values["procore_company_id"],
            company_name=values["procore_company_name"] or "",
        )
        return self._shown(details, row)

    def _shown(self, details: Details, row: Row | None) -> Connection:
        row = row or {}
        problem = Problem.from_json(row["problem"]) if row.get("problem") else None
        tested_at = row.get("tested_at")
        users = self.connections.users_of_connection(details.id or 0, details.key)
        return Connection(
            details,
            row.get("acts_as", ""),
            row.get("login", ""),
            state_of(tested_at, problem),
            tested_at,
            problem,
            users,
        )

    # --- filling in -----------------------------------------------------------------------------------

    def new(self, platform: Platform, way: Way) -> Draft:
        """An empty form, as far as nothing can be proposed."""
        self._needs()
        redirect = LOOPBACK if platform is Platform.PROCORE else ""
        key = randomness.token_hex(8)
        return self.doors.proposed(Draft(Details(platform=platform, way=way, key=key, redirect_uri=redirect)))

    def draft_of(self, connection_id: int) -> Draft:
        """A saved one, to change or test it. Raises Refused (CON-05)."""
        found = self.find(str(connection_id))
        draft = Draft(found.details)
        if found.id == MAIN_ID and (secret := self.secret_of(found.details.client_id)) is not None:
            draft.held[SECRET] = secret
        return draft

    def problems(self, draft: Draft) -> list[Problem]:
        """What keeps it from being tested, and warnings; in the order of the form."""
        details = draft.details
        if details.id in OWN:
            return name_problems(details.name, self._taken(draft))
        found = missing(details, has_secret=self._has(draft, SECRET), has_certificate=self._has(draft, CERTIFICATE))
        if details.platform is Platform.PROCORE and details.url.strip():
            refused = self.check_url(details.url)
            found += [refused] if refused is not None and refused.is_error else []
        return [*name_problems(details.name, self._taken(draft)), *found]

    def _taken(self, draft: Draft) -> list[str]:
        return [row.name for row in self.rows() if row.details.key != draft.details.key]

    def _has(self, draft: Draft, kind: str) -> bool:
        """A saved one has it; where the key ring has lost it, its use says so (KEY-04)."""
        return bool(draft.held.get(kind)) or draft.details.id is not None

    # --- testing --------------------------------------------------------------------------------------

    async def test(self, draft: Draft) -> list[Problem]:
        """A real call with what the form holds. An empty list: it succeeded, and the draft knows as whom it acts."""
        draft.tested, draft.problem = None, None
        wrong = [problem for problem in await asyncio.to_thread(self.problems, draft) if problem.is_error]
        if wrong:
            return wrong
        try:
            draft.tested = await self._looked(draft)
        except Refused as refused:
            draft.problem = refused.problem
        except (CallFailed, FileCallFailed) as failed:
            draft.problem = failed.problem
        else:
            draft.details = _with_company(draft.details, draft.tested)
        return [draft.problem] if draft.problem is not None else []

    async def _looked(self, draft: Draft) -> Tested:
        if draft.details.platform is not Platform.MAESTRO:
            return await self.doors.look(draft)
        try:
            facts = await asyncio.to_thread(self.company.company)
        except (CompanyUnreachable, CompanyRefused) as fault:
            raise Refused(problem_of(fault)) from fault
        return Tested(self.user, facts.name)

    def keep_test(self, draft: Draft) -> None:
        """Writes down what the last test of a saved connection told."""
        details = draft.details
        if details.id is not None:
            self.connections.put_connection(
                {**(_stored(details) if details.id in OWN else {}), "id": details.id, **self._outcome(draft)}
            )

    def _outcome(self, draft: Draft) -> Row:
        told: Row = {"problem": draft.problem.to_json() if draft.problem is not None else None}
        if draft.tested is not None:
            told |= {"acts_as": draft.tested.acts_as, "login": draft.tested.login, "tested_at": self.clock.now()}
        return told

    # --- saving ---------------------------------------------------------------------------------------

    def save(self, draft: Draft, *, untested: bool = False) -> int:
        """Into the key ring and the journal; its number. untested: the caller said so (F143).

        Raises Refused: CFG-12 without the right, the first error of `problems`, CON-10 before the test succeeded,
        CFG-14 while the Procore company is not chosen.
        """
        self._needs()
        wrong = [problem for problem in self.problems(draft) if problem.is_error]
        if wrong:
            raise Refused(wrong[0])
        details = draft.details
        is_tested = draft.tested is not None or details.id in OWN
        if not is_tested and not untested:
            raise Refused(Problem("CON-10"))
        if details.platform is Platform.PROCORE and draft.tested is not None and details.company_id is None:
            raise Refused(Problem("CFG-14", {"field": "procore_company_id"}))
        details = replace(details, name=name_for(details.platform, details.name, self._taken(draft)))
        for kind, secret in draft.held.items():
            if details.id not in OWN:
                self.secrets.put(held_name(details.key, kind), secret.reveal())
        row = {**_stored(details), **({} if details.id in OWN and not draft.tested else self._outcome(draft))}
        if details.id is None:
            row |= {"added_by": self.user, "added_at": self.clock.now()}
        else:
            row |= {"id": details.id}
        number = self.connections.put_connection(row)
        draft.details, draft.held = replace(details, id=number), {}
        return number

    async def remove(self, connection_id: int) -> None:
        """Out of the list, and its secrets out of the key ring; the sign-in ends at the platform where it answers.

        Raises Refused: CFG-12, CON-05, CON-06 for Configuration's own, CON-07 while projects use it.
        """
        self._needs()
        found = self.find(str(connection_id))
        if found.is_own:
            raise Refused(Problem("CON-06", {"name": found.name}))
        if found.users:
            raise Refused(Problem("CON-07", {"name": found.name, "n": found.users}))
        await self.discard(Draft(found.details))
        self.connections.remove_connection(connection_id)
        for kind in KINDS:
            self.secrets.forget(held_name(found.details.key, kind))

    async def discard(self, draft: Draft) -> None:
        """Ends a sign-in that is of no use any more. A platform that does not answer keeps nobody from going on."""
        try:
            await self.doors.forget(draft)
        except (CallFailed, FileCallFailed, Refused):
            return

    def _needs(self) -> None:
        if not self.may:
            raise Refused(Problem("CFG-12"))


def name_of_own(row: Row | None, platform: Platform) -> str:
    """Of a connection of Configuration, which may be renamed; row: as it is stored, None as long as nothing was."""
    return (row or {}).get("name") or DEFAULT_NAMES[platform]


def _details(row: Row) -> Details:
    plain: dict[str, Any] = {name: row[name] for name in _STORED}
    plain |= {"platform": Platform(row["platform"]), "way": Way(row["way"]), "id": row["id"]}
    return Details(**plain)


def _stored(details: Details) -> Row:
    row = {name: getattr(details, name) for name in _STORED}
    return {
        **row,
        "platform": details.platform.value,
        "way": details.way.value,
        "certificate": dict(row["certificate"]),
    }


def _with_company(details: Details, tested: Tested) -> Details:
    """The only company is chosen; a chosen one gets its name."""
    names = dict(tested.companies)
    if details.company_id is None and len(names) == 1:
        details = replace(details, company_id=next(iter(names)))
    if details.company_id in names:
        return replace(details, company_name=names[details.company_id])
    return details


def named(rows: Iterable[Connection], connection_id: int) -> str:
    """The name of a connection for a list; '' when it is gone."""
    return next((row.name for row in rows if row.id == connection_id), "")
