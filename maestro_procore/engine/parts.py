"""The parts of a run: one kind of record in one scope, and which scopes a request has.

An element that goes by project is read, planned and written project by project, so that the first
ones are in step while the last ones are still to come, and one project's trouble is its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from maestro_procore.engine.attempts import Doors
from maestro_procore.model.elements import ELEMENTS, Direction, Element
from maestro_procore.model.kinds import MAPS, RULES
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.rules import Rules, Scope
from maestro_procore.ports import PartName, Row

STALE_AFTER: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=3))
"""How long a plan may wait to be sent, by round: what both sides hold now is looked at again after that.

A last round has no limit, or a company with very few calls an hour would only ever look.
"""


@dataclass(frozen=True)
class Part:
    """One kind of record in one scope of a request. planned_at: when its plan was written down."""

    request: Row
    kind: str
    scope: Scope
    is_by_project: bool = False
    round: int = 1
    planned_at: datetime | None = None
    within: Row | None = None
    """The request that reads its list before everything else (engine/lists_first.py); None: its turn has come."""
    any_project: int | None = None
    """Some lists of the company want a project nevertheless; any that can be seen will do (cost types)."""

    @cached_property
    def map(self) -> ElementMap:
        return MAPS[self.kind]

    @cached_property
    def rules(self) -> Rules:
        return RULES[self.kind]

    @property
    def name(self) -> PartName:
        """As the journal calls it."""
        return (self.request["id"], self.kind, self.scope.project)

    @property
    def under_way(self) -> Row:
        """The request that is being carried out: what it is cancelled with."""
        return self.within or self.request

    @property
    def is_main(self) -> bool:
        """True for the records that the element itself is named after."""
        return bool(self.kind == self.request["element"])

    def step(self, name: str) -> str:
        """A step's name, unique in the whole flow: the durable engine remembers results under it."""
        again = "first " if self.within is not None else f"round {self.round} " if self.round > 1 else ""
        return f"{again}{name}" if self.is_main and not self.is_by_project else f"{self._place} {again}{name}"

    @property
    def _place(self) -> str:
        return f"{self.kind}@{self.scope.project or '-'}"

    @property
    def place(self) -> dict[str, str]:
        """What the addresses of its lists want, and the project's code for messages."""
        if self.scope.procore_id is None:
            return {} if self.any_project is None else {"project_id": str(self.any_project)}
        return {"project_id": str(self.scope.procore_id), "project": self.scope.project}

    @property
    def not_after(self) -> datetime | None:
        """When its plan is too old to be sent; None: never."""
        if self.planned_at is None or self.round > len(STALE_AFTER) or not self.map.resources:
            return None
        return self.planned_at + STALE_AFTER[self.round - 1]

    def planned(self, at: datetime) -> "Part":
        """The same part once its plan is written down."""
        return replace(self, planned_at=at)


def parts_of(request: Row, scopes: Sequence[Row]) -> list[list[Part]]:
    """The parts of a request, those of one scope together and in their order."""
    element = ELEMENTS[request["element"]]
    if request.get("undoes"):
        return _parts_to_undo(request, scopes)
    linked = [row["procore_id"] for row in scopes if row["procore_id"] is not None]
    found = []
    if element.lookups and linked:
        company = Part(request, "", Scope(), is_by_project=True, any_project=linked[0])
        found.append([replace(company, kind=kind) for kind in element.lookups])
    for row in scopes:
        scope = Scope(row["project"], row["procore_id"], row["row"])
        found.append([Part(request, kind, scope, is_by_project=element.is_by_project) for kind in element.kinds])
    return found


def _parts_to_undo(request: Row, scopes: Sequence[Row]) -> list[list[Part]]:
    """The kinds that are taken back, in the opposite order: what belongs to a record before the record itself."""
    element = ELEMENTS[request["element"]]
    kinds = [kind for kind in reversed(element.kinds) if kind in request["undoes"]["kinds"]]
    found = []
    for row in scopes:
        scope = Scope(row["project"], row["procore_id"], row["row"])
        found.append([Part(request, kind, scope, is_by_project=element.is_by_project) for kind in kinds])
    return found


def scopes_of(doors: Doors, request: Row) -> list[Row]:
    """The scopes of a request as JSON: project, procore_id, row (the few columns that rules look at).

    By project: the active maestro* projects that are linked with an active Procore project, and those that should be
    but are not, with no Procore id. Source: limits-and-faults.md §1.5, "every active project must be asked". One that
    was closed in maestro* after Procore's records of it were read is asked on: what is approved there still has to be
    told (SC-04). Nothing is ever asked of one that was closed before.
    """
    element = ELEMENTS[request["element"]]
    if not element.is_by_project:
        return [{"project": "", "procore_id": None, "row": {}}]
    wanted: set[str] | None = {request["project"]} if request["project"] else None
    if request["keys"]:
        wanted = doors.journal.scopes_of(request["element"], request["keys"])
    if request.get("undoes"):
        wanted = set(request["undoes"]["scopes"])
    with doors.journal.begin() as tx:
        linked = doors.journal.link_pairs(tx, "projects")
        if request["is_preview"]:  # as it will be once the projects' own preview is carried out
            promised = doors.journal.foreseen(tx, ["projects"]).get("projects", {})
            linked = {key: each for key, each in promised.items() if each is not None} | linked
        usable = {r.procore_id for r in doors.journal.known(tx, "projects") if r.is_active and not r.is_gone}
    found = []
    for row in doors.company.rows("m_project"):
        code = str(row["project_code"]).strip()
        procore_id = linked.get(code)
        if wanted is not None and code not in wanted:
            continue
        if row["status"] == "1" and not (procore_id is not None and _is_watched(doors, element, code)):
            continue
        if procore_id is None and not row["procore_sync"]:
            continue
        if procore_id is None or procore_id in usable:
            found.append({"project": code, "procore_id": procore_id, "row": _facts(row)})
    return found


def _is_watched(doors: Doors, element: Element, project: str) -> bool:
    """Whether records of a project come from Procore and have been read before."""
    comes_from_there = element.direction is Direction.FROM_PROCORE
    return comes_from_there and doors.journal.reading(element.name, project)["read_from"] is not None


_FACTS: Final = (
    "project_code", "status", "currency", "holdback_pct", "type_code", "category_code", "department_code", "manager",
    "master_code", "procore_sync", "customer_code", "start_date",
)  # fmt: skip


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a project the rules of its records look at, as JSON."""
    return {name: None if row.get(name) is None else _plain(row[name]) for name in _FACTS}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int) else str(value)
