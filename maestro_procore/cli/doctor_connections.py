"""Part of the doctor: every added connection, every Microsoft account and every drive that a project uses is asked.

What a test of a connection tells is kept, as if somebody had clicked *Test* on the Connections page.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final

from maestro_procore.cli.doctor_checks import Check, ill, skipped, well
from maestro_procore.file_ports import FileCallFailed
from maestro_procore.i18n import text
from maestro_procore.model.connections import DEFAULT_NAMES, Platform
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import CallFailed

if TYPE_CHECKING:
    from maestro_procore.engine.connection_commands import Connection
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House

_CHECKS: Final = {Platform.PROCORE: "procore_account", Platform.MICROSOFT: "microsoft_account"}
"""Platform of a connection → name of its check."""


async def examine(house: "House", limit: Problem | None) -> list[Check]:
    """One check each. limit: why Procore is not asked now; None: it is."""
    added = [one for one in house.commands.connections.rows() if not one.is_own]
    projects = house.views.files.projects()
    keys = {one.details.key for one in added}
    people = sorted({project.account for project in projects} - keys)
    drives: dict[tuple[str, str], list[FileProjectRow]] = {}
    for project in projects:
        drives.setdefault((project.account, project.drive_id), []).append(project)
    asked = [
        *(_connection(house, one, limit) for one in added),
        *(_person(house, account) for account in people),
        *(_drive(house, account, drive, of) for (account, drive), of in drives.items()),
    ]
    return list(await asyncio.gather(*asked))


async def _connection(house: "House", one: "Connection", limit: Problem | None) -> Check:
    name = _CHECKS[one.details.platform]
    if limit is not None and one.details.platform is Platform.PROCORE:
        return skipped((name,), limit, of=one.name)[0]
    commands = house.commands.connections
    draft = await asyncio.to_thread(commands.draft_of, one.id)
    problems = await commands.test(draft)
    await asyncio.to_thread(commands.keep_test, draft)
    if problems:
        return ill(name, problems[0], of=one.name)
    assert draft.tested is not None, "it succeeded"
    return well(name, text("doctor.check.connection.ok", user=draft.tested.acts_as), of=one.name)


async def _person(house: "House", account: str) -> Check:
    """Somebody who signed in on this computer without a connection of its own; in training its service."""

    async def ask() -> str:
        return text("doctor.check.connection.ok", user=(await house.files.who(account)).name or name)

    name = account or DEFAULT_NAMES[Platform.MICROSOFT]
    return await _told("microsoft_account", name, ask)


async def _drive(house: "House", account: str, drive: str, projects: "Iterable[FileProjectRow]") -> Check:
    async def ask() -> str:
        async with house.files.briefly(account) as destinations:
            return text("doctor.check.drive.ok", address=(await destinations.root(drive)).web_url)

    return await _told("drive", ", ".join(project.name for project in projects), ask)


async def _told(name: str, of: str, ask: Callable[[], Awaitable[str]]) -> Check:
    try:
        return well(name, await ask(), of=of)
    except (Refused, CallFailed, FileCallFailed) as failed:
        return ill(name, failed.problem, of=of)
