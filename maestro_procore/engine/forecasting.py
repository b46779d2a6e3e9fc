"""What a run will take, from what the journal and maestro* hold now. A few questions to each, no call, no change.

The arithmetic is model/forecast.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NoReturn

from maestro_procore.engine import own_lists
from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part, parts_of, scopes_of
from maestro_procore.engine.planning import plan_settings
from maestro_procore.engine.shared_reading import is_served
from maestro_procore.model import acceptance
from maestro_procore.model import settings as settings_table
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.forecast import Calls, Forecast, Known, Reads, Wish, calls_of, lists_of, timetable
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Reading, TableUse
from maestro_procore.model.pacing import Budget
from maestro_procore.model.rules import Context
from maestro_procore.model.value_maps import in_force
from maestro_procore.ports import Clock, Company, HeldCounts, Journal, Row

UNKNOWN_CALL_SECONDS: Final = 0.3
"""Before the first call."""
OWN_SECONDS: Final = 0.02
"""What a call costs here, besides Procore's part."""

_WHOLE: Final = "company_id"
"""A column that all rows have."""
_NEW_PROJECT: Final = 0
"""Stands for the Procore id of a project that an earlier request of the same wish will create or link."""


def forecast(
    journal: Journal, company: Company, clock: Clock, wishes: Sequence[Row], *, is_begun: bool = False
) -> list[Forecast]:
    """What these wishes will take, one after the other in this order. A wish is what Journal.submit takes.

    is_begun: they are requests as they stand, so that lists that were read for them already are not counted again.
    Raises CompanyUnreachable, CompanyRefused.
    """
    look = _Look(Doors(journal, company, clock, _no_procore), journal.counts(), clock.now(), is_begun=is_begun)
    found = [look.of_wish(wish) for wish in wishes]
    held = look.held
    seconds = UNKNOWN_CALL_SECONDS if held.call_seconds is None else held.call_seconds + OWN_SECONDS
    return timetable(found, Budget.from_json(held.budget), look.now, seconds)


async def _no_procore() -> NoReturn:
    raise AssertionError("a forecast makes no call")


@dataclass
class _Look:
    """What stands now, and what the wishes before this one will have read and sent."""

    doors: Doors
    held: HeldCounts
    now: datetime
    read: set[tuple[str, str]] = field(default_factory=set)
    sent: set[tuple[str, str]] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    """Lists that several kinds share, and projects for which they will have been read."""
    is_begun: bool = False
    _here: dict[str, dict[str, int]] = field(default_factory=dict)
    _served: dict[str, bool] = field(default_factory=dict)

    def of_wish(self, wish: Row) -> Wish:
        """Of one element, all its scopes."""
        request = {"id": "", "run": 1, **wish}
        scopes = scopes_of(self.doors, request)
        if "projects" in self.done:
            # They will be linked by then.
            scopes = [{**s, "procore_id": _NEW_PROJECT if s["procore_id"] is None else s["procore_id"]} for s in scopes]
        found, unread, lists = Calls(), set(), 0
        for parts in parts_of(request, scopes):
            for part in parts:
                is_unread = self._is_unread(part)
                calls, of_list = self._calls_of_part(part)
                found += calls
                if is_unread:
                    unread.add(part.scope.project)
                    lists += of_list
        if unread or self._may_bring_projects(request):
            found += Calls(0, None)
        self.done.add(wish["element"])
        return Wish(wish["element"], found, len(unread), lists)

    def _may_bring_projects(self, request: Row) -> bool:
        """Whether there may be projects that only Procore knows so far: their number is its own to tell."""
        is_any = ELEMENTS[request["element"]].is_by_project and not (request.get("project") or request["keys"])
        return is_any and ("projects", "") not in self.held.read_from

    def _is_unread(self, part: Part) -> bool:
        """Whether nobody knows how many records of the project its list has that are opened one by one."""
        key = (part.kind, part.scope.project)
        is_there = part.scope.procore_id is not None
        return bool(part.map.detail) and is_there and key not in self.held.read_from and not self._is_listed(part)

    def _is_listed(self, part: Part) -> bool:
        return self.is_begun and part.name in self.held.listed

    def _calls_of_part(self, part: Part) -> tuple[Calls, int]:
        """All of them, and those that read its lists."""
        if part.scope.project and part.scope.procore_id is None:
            return Calls(), 0
        key = (part.kind, part.scope.project)
        reads, known = self._reads(part, key), self._known(part, key)
        if reads.surely:
            self.read.add(key)
        self.sent.add(key)
        is_apart = reads.surely and own_lists.foreseen(self.doors, part) == own_lists.LEFT_OUT
        calls = calls_of(part.map, known, reads) + (Calls(1, 1) if is_apart else Calls())
        return calls, lists_of(part.map, known, reads).least

    def _reads(self, part: Part, key: tuple[str, str]) -> Reads:
        """As engine/element_sync.py decides when the part begins."""
        was_read = key in self.held.read_from or key in self.read
        due = self.held.sweep_due.get(key)
        is_full = (
            not was_read or part.request["mode"] == "full" or (due is not None and due <= self.now)
        ) and key not in self.read
        if not is_full and self._is_told(part):
            return Reads(surely=False, perhaps=False, is_full=False)
        how = part.map.reading
        is_due = bool(part.map.resources) and how is not Reading.NEVER and (how is Reading.CHANGES or is_full)
        surely = part.rules.reads(self._context, is_due)
        looks_further = not set(part.map.needs) <= self._lookups.keys()
        # A rule that says no may look at records of the project, which are not loaded for this.
        perhaps = surely or (is_due and looks_further and self._count_here(part) > 0)
        return Reads(surely, perhaps, is_full)

    def _is_told(self, part: Part) -> bool:
        """Whether the list that the part shares will have been read for a kind before it (engine/shared_reading.py)."""
        shared, scope = part.map.shared, part.scope.project
        if shared is None or part.request.get("mode") == "full" or not self._is_served(part.kind):
            return False
        keys = [(kind, scope) for kind in shared.kinds.values()]
        due = (self.held.sweep_due.get(key) for key in keys)
        if not all(key in self.held.read_from for key in keys) or any(at is not None and at <= self.now for at in due):
            return False
        list_of_scope = (shared.resource, scope)
        was_told = list_of_scope in self.told
        self.told.add(list_of_scope)
        return was_told

    def _is_served(self, kind: str) -> bool:
        shared = MAPS[kind].shared
        if kind not in self._served:
            self._served[kind] = shared is not None and is_served(self.doors, kind, shared)
        return self._served[kind]

    def _known(self, part: Part, key: tuple[str, str]) -> Known:
        held, main = self.held, (part.request["element"], key[1])
        here = self._count_here(part)
        to_open = sum(1 for record in held.to_open.get(key, ()) if part.map.wants_detail(record, self._tables))
        return Known(
            here=here,
            there=held.there.get(key, 0),
            linked=here if key in self.sent else held.linked.get(key, 0),
            to_open=to_open,
            to_send=self._to_send(part, key),
            main_to_send=self._main_to_send(part, main),
            was_read=key in held.read_from,
            is_listed=self._is_listed(part),
            is_accepted=not acceptance.is_on(acceptance.page_of(part.map), self._settings),
        )

    def _to_send(self, part: Part, key: tuple[str, str]) -> int | None:
        """Lines that wait; None where nobody has looked yet."""
        if not part.map.has_page or key not in self.held.lines:
            return None
        waiting = self.held.to_send.get(key, 0)
        keys = part.request["keys"]
        return min(waiting, len(keys)) if keys else min(waiting, 1) if self._is_one_project(part) else waiting

    @staticmethod
    def _is_one_project(part: Part) -> bool:
        return bool(part.request["project"]) and part.kind == "projects"

    def _main_to_send(self, part: Part, main: tuple[str, str]) -> int:
        if main in self.held.lines:
            return self.held.to_send.get(main, 0)
        own = replace(part, kind=part.request["element"])
        return max(0, self._count_here(own) - self.held.linked.get(main, 0))

    def _count_here(self, part: Part) -> int:
        """Records of maestro* of the part's scope, by the table of its kind."""
        uses = {use.table: use for use in part.map.tables}
        use = uses.get(part.map.table, TableUse(part.map.table))
        while use.source:  # found through rows of another table, so those are counted
            use = uses[use.source.partition(".")[0]]
        if not use.table:
            return 0
        if use.table not in self._here:
            self._here[use.table] = self.doors.company.count_by(use.table, use.column or _WHOLE)
        counts = self._here[use.table]
        return counts.get(part.scope.project, 0) if use.column else sum(counts.values())

    @cached_property
    def _lookups(self) -> dict[str, Any]:
        """Records of the lists that are read once for the company: few."""
        names = {name for element in ELEMENTS.values() for name in element.lookups if name in MAPS}
        with self.doors.journal.begin() as tx:
            return {name: self.doors.journal.known(tx, name, "") for name in names}

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return settings_table.effective(self.doors.journal.settings())

    @cached_property
    def _tables(self) -> dict[str, dict[str, str]]:
        return in_force(self.doors.journal.settings().get("value_maps") or {})

    @cached_property
    def _context(self) -> Context:
        return Context(plan_settings(self.doors, "projects"), records=self._lookups)
