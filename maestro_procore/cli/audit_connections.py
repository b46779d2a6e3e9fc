"""The connections for `audit`: as whom each acts, what it may do, and what its last test told, when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.i18n import has_text, text
from maestro_procore.model.connections import Platform, Way
from maestro_procore.store.audit import AuditRow

if TYPE_CHECKING:
    from maestro_procore.engine.connection_commands import Connection
    from maestro_procore.wiring import House

COLUMNS: Final = ("name", "platform", "acts_as", "rights", "connection_state", "tested_at")


@dataclass(frozen=True)
class Audited:
    """A connection. rights: names of Microsoft's or maestro*'s rights; none where Procore alone knows them.

    at: of its last test, else when it was added, else now. by: who added it, '' for those of Configuration.
    """

    one: "Connection"
    rights: Sequence[str]
    at: datetime
    by: str


def found(house: "House") -> list[Audited]:
    """All of them, Configuration's first."""
    added = {row["id"]: row for row in house.journal.connections()}
    audited = []
    for one in house.commands.connections.rows():
        row = added.get(one.id, {})
        at = one.tested_at or row.get("added_at") or house.clock.now()
        audited.append(Audited(one, _rights(house, one), at, row.get("added_by", "")))
    return audited


def as_deed(audited: Audited) -> AuditRow:
    """As the others stand in JSON and CSV; deed: state of the connection."""
    one = audited.one
    after = {
        "platform": one.details.platform.value,
        "way": one.details.way.value,
        "acts_as": one.acts_as,
        "login": one.login,
        "company": one.details.company_name,
        "rights": list(audited.rights),
        "tested_at": one.tested_at.isoformat() if one.tested_at else None,
        "problem": one.problem.code if one.problem else None,
        "projects": one.users,
    }
    return AuditRow(audited.at, audited.by, "connection", one.state.value, one.name, None, after)


def as_row(audited: Audited) -> dict[str, Any]:
    """Of the table for people."""
    one = audited.one
    return {
        "name": one.name,
        "platform": one.details.platform.value,
        "acts_as": one.acts_as or one.login,
        "rights": ", ".join(map(_right, audited.rights)) or text(f"audit.rights.{_whose(one)}"),
        "connection_state": one.state.value,
        "tested_at": one.tested_at,
    }


def _right(name: str) -> str:
    """Microsoft's go by their own names."""
    key = f"audit.right.{name}"
    return text(key) if has_text(key) else name


def _whose(one: "Connection") -> str:
    """Where its rights are kept, that nobody can ask for as a list: the person's, or the application's."""
    return "person" if one.details.way is Way.PERSON else "application"


def _rights(house: "House", one: "Connection") -> Sequence[str]:
    if one.details.platform is Platform.MAESTRO:
        return [name for name, has in house.rights.as_told().items() if has]
    if one.details.platform is Platform.MICROSOFT and one.details.way is Way.PERSON:
        from maestro_procore.drive.scopes import rights_for

        return [right.name for right in rights_for(house.files.purposes())]
    return ()
