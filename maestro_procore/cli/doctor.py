"""Checks everything that a synchronization needs, and says in the reader's language what is wrong and what to do.

Part of wiring: it asks every door once. Works on a set-up that is empty, broken or cut off; a check that another
failure makes impossible carries that failure. Costs two calls of Procore's budget and one per ticked element, and two
for each added connection to Procore.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from maestro_procore.cli import doctor_connections
from maestro_procore.cli.doctor_checks import Check, ill, skipped, well
from maestro_procore.engine.commands import secret_name
from maestro_procore.i18n import text
from maestro_procore.model import settings as settings_table
from maestro_procore.model.addresses import is_loopback
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import TableUse
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile, default_root
from maestro_procore.ports import CallFailed, CompanyRefused, CompanyUnreachable
from maestro_procore.store.database import NEWEST_SCHEMA

if TYPE_CHECKING:
    from maestro_procore.wiring import House

LEAST_FREE_MB: Final = 100
"""The journal of a large first run is a third of that."""
LARGEST_SKEW: Final = timedelta(seconds=90)

_OF_COMPUTER: Final = ("profile", "disk", "journal")
_OF_SET_UP: Final = ("database", "configuration", "key_ring")
_ONLINE: Final = ("certificates", "connection", "company", "rights", "clock")
_OF_WORK: Final = ("service", "calls")

# Which check fails when a profile cannot be opened, by the family of the problem.
_WHERE: Final = {"STO": "journal", "CLI": "connection"}


async def examine(house: "House") -> list[Check]:
    """All checks of an opened profile, in the order in which they are shown."""
    set_up = [_database(house), _configuration(house), _key_ring(house)]
    # Wrong credentials are found by asking; what keeps us from asking at all is not.
    obstacle = next((check.problem for check in set_up if check.name == "configuration"), None)
    online = skipped(_ONLINE, obstacle) if obstacle is not None else await _online(house)
    others = await doctor_connections.examine(house, _limit(house))
    return [*_of_computer(house.profile), _journal(house), *set_up, *online, *others, _service(house), _calls(house)]


def of_closed_profile(root: Path | None, is_training: bool, problem: Problem) -> list[Check]:
    """The checks of a profile that cannot be opened; problem: why."""
    rest = (*_OF_SET_UP, *_ONLINE, *_OF_WORK)
    profile = Profile(root or default_root(training=is_training))
    if not profile.root.is_dir() or problem.code in ("STO-05", "STO-06"):
        return [ill("profile", problem), *skipped(("disk", "journal", *rest), problem)]
    failed = _WHERE.get(problem.code.partition("-")[0], "database")
    names = ("journal", *rest)
    checks = {check.name: check for check in skipped(names, problem)} | {failed: ill(failed, problem)}
    return [*_of_computer(profile), *(checks[name] for name in names)]


# --- this computer --------------------------------------------------------------------------------


def _of_computer(profile: Profile) -> list[Check]:
    try:
        with tempfile.TemporaryFile(dir=profile.root):
            pass
    except OSError:
        return [ill("profile", Problem("STO-06", {"path": str(profile.root)})), _disk(profile)]
    return [well("profile", text("doctor.check.profile.ok", path=str(profile.root))), _disk(profile)]


def _disk(profile: Profile) -> Check:
    free_mb = shutil.disk_usage(profile.root).free // 1_000_000
    if free_mb < LEAST_FREE_MB:
        return ill("disk", Problem("STO-03", {"file": str(profile.journal)}))
    return well("disk", text("doctor.check.disk.ok", free=free_mb))


def _journal(house: "House") -> Check:
    try:
        house.database.check()
    except Refused as refused:
        return ill("journal", refused.problem)
    return well("journal", text("doctor.check.journal.ok", schema=NEWEST_SCHEMA))


def _service(house: "House") -> Check:
    key = "doctor.check.service.ok" if house.views.service().is_running else "doctor.check.service.idle"
    return well("service", text(key))


def _calls(house: "House") -> Check:
    budget = house.views.budget()
    if budget.resets_at is None:
        return well("calls", text("cli.status.budget.unknown"))
    if _limit(house) is not None:
        return ill("calls", Problem("SRV-02", {"time": budget.resets_at.isoformat()}))
    return well("calls", text("doctor.check.calls.ok", left=budget.calls_left, limit=budget.limit))


def _limit(house: "House") -> Problem | None:
    """SRV-02 while no call may go out: a check that waits an hour helps nobody."""
    budget = house.views.budget()
    if budget.resets_at is None or budget.calls_left > 0 or budget.resets_at <= house.clock.now():
        return None
    return Problem("SRV-02", {"time": budget.resets_at.isoformat()})


# --- the set-up -----------------------------------------------------------------------------------


def _database(house: "House") -> Check:
    """Every table of the built elements, one look each: a view that IT made may lack a column."""
    problem = house.commands.check_maestro()
    if problem is not None:
        return ill("database", problem)
    try:
        tables = {use.table for kind in MAPS.values() for use in (kind.tables or (TableUse(kind.table),))}
        for table in sorted(tables - {""}):
            house.company.rows(table, changed_since=house.clock.now() + timedelta(days=1))  # none, but every column
    except (CompanyUnreachable, CompanyRefused) as fault:
        from maestro_procore.engine.company_faults import problem_of

        return ill("database", problem_of(fault))
    return well("database", text("doctor.check.database.ok", company=house.facts.name))


def _configuration(house: "House") -> Check:
    values = settings_table.effective(house.journal.settings())
    url = str(values["api_url"] or "")
    refused = house.commands.check_url(url)
    if refused is not None and refused.is_error:
        return ill("configuration", refused)
    if not settings_table.is_complete(values):
        return ill("configuration", Problem("CFG-01"))
    if not house.is_training:
        if (mixed := house.commands.check_environment(url)) is not None:
            return ill("configuration", mixed)
        if house.secrets.get(secret_name(values["client_id"])) is None:
            return ill("configuration", Problem("KEY-04"))
    if not any(element.is_enabled for element in house.views.elements()):
        return ill("configuration", Problem("CFG-09"))
    return well("configuration", text("doctor.check.configuration.ok"))


def _key_ring(house: "House") -> Check:
    if house.is_training:
        return well("key_ring", text("doctor.check.key_ring.training"))
    house.secrets.get("doctor")  # a locked or broken one shows itself when it is asked
    reason = getattr(house.secrets, "reason", None)
    if isinstance(reason, Problem):
        return ill("key_ring", reason)
    import keyring

    return well("key_ring", text("doctor.check.key_ring.ok", name=keyring.get_keyring().name))


# --- Procore --------------------------------------------------------------------------------------


async def _online(house: "House") -> list[Check]:
    """Signs in and asks the cheapest questions there are."""
    limit = _limit(house)
    if limit is not None:
        return skipped(_ONLINE, limit)
    try:
        credentials: Any = None if house.is_training else house.commands.credentials()
        procore: Any = await house.commands.connect(credentials)
    except (Refused, CallFailed) as failed:
        return [*skipped(_ONLINE[:1], failed.problem), *_unconnected(failed.problem)]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(procore.aclose)
        return await _asked(house, procore)


def _unconnected(problem: Problem) -> list[Check]:
    return [ill("connection", problem), *skipped(_ONLINE[2:], problem)]


async def _asked(house: "House", procore: Any) -> list[Check]:
    url = await asyncio.to_thread(_address, house)
    certificates = well("certificates", text("doctor.check.certificates.loopback"))
    if not is_loopback(url):
        host = urlsplit(url).hostname or url
        certificates = well("certificates", text("doctor.check.certificates.ok", host=host))
    try:
        me = await procore.me()
    except (Refused, CallFailed) as failed:
        if failed.problem.code == "CFG-04":  # signed in, but not into this company
            signed_in = well("connection", text("doctor.check.connection.ok", user=_client(house)))
            return [certificates, signed_in, ill("company", failed.problem), *skipped(_ONLINE[3:], failed.problem)]
        if failed.problem.code == "SRV-17":
            certificates = ill("certificates", failed.problem)
        elif not is_loopback(url) and failed.problem.code.startswith("SRV-"):
            certificates = skipped(("certificates",), failed.problem)[0]
        return [certificates, *_unconnected(failed.problem)]
    user = str(me.get("name") or me.get("login") or me.get("id"))
    connection = well("connection", text("doctor.check.connection.ok", user=user))
    company = await _told("company", lambda: _company(house, procore))
    if company.problem is not None:
        return [certificates, connection, company, *skipped(_ONLINE[3:], company.problem)]
    seen: list[datetime] = []
    rights = await _told("rights", lambda: _rights(house, procore, seen))
    unseen = skipped(("clock",), rights.problem or Problem("SRV-16", {"text": "Date"}))[0]
    return [certificates, connection, company, rights, _clock(house, seen[-1]) if seen else unseen]


def _address(house: "House") -> str:
    if house.training is not None:
        return str(house.training.start_line()["procore_api"])
    return str(settings_table.effective(house.journal.settings())["api_url"])


def _client(house: "House") -> str:
    return str(settings_table.effective(house.journal.settings())["client_id"])


async def _told(name: str, check: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await check()
    except (Refused, CallFailed) as failed:
        return ill(name, failed.problem)


async def _company(house: "House", procore: Any) -> Check:
    """The configured company is among those that the account may use, and no other maestro* company's."""
    wanted = settings_table.effective(house.journal.settings())["procore_company_id"]
    companies = await procore.companies()
    if not companies:
        return ill("company", Problem("CFG-17"))
    found = next((company for company in companies if company["id"] == wanted), None)
    if found is None or not found.get("is_active", True):
        return ill("company", Problem("CFG-15", {"company": str(wanted)}))
    if (paired := await asyncio.to_thread(house.commands.paired_elsewhere)) is not None:
        return ill("company", paired)
    return well("company", text("doctor.check.company.ok", company=str(found["name"])))


async def _rights(house: "House", procore: Any, seen: list[datetime]) -> Check:
    """One filtered page per ticked element of the company: empty unless somebody works right now. seen: its clock.

    What goes by project has rights of its own in each; a run tells which project lacks them (SRV-09).
    """
    for element in house.views.elements():
        if element.is_enabled and not ELEMENTS[element.name].is_by_project:
            page = await procore.read_page(MAPS[element.name].resources[0], 1, house.clock.now())
            if page.server_time is not None:
                seen.append(page.server_time)
    return well("rights", text("doctor.check.rights.ok"))


def _clock(house: "House", server_time: datetime) -> Check:
    """Procore's newest Date header against this computer's clock (CLK-01)."""
    skew = abs(server_time - house.clock.now())
    if skew <= LARGEST_SKEW:
        return well("clock", text("doctor.check.clock.ok"))
    return ill("clock", Problem("CLK-01", {"minutes": max(1, round(skew.total_seconds() / 60))}))
