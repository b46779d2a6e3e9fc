"""The month scenario lived through in one process: each day is played on both sides, then everything is synchronized.

The program dies at other steps every day, some days have few calls, on some an answer is lost on its way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.erp.maestro_tables import METADATA
from maestro_procore.model.elements import ELEMENTS, in_run_order
from maestro_procore.model.reconciliation import Reconciliation
from maestro_procore.model.status import RequestState
from maestro_procore.sandbox.month import month
from maestro_procore.sandbox.month_steps import Day
from maestro_procore.sandbox.rate_limits import RateLimits
from maestro_procore.training.play import Player
from maestro_procore.training.sides import MaestroSide, ProcoreSide
from tests.engine.world import Killed, PlainSteps, World

Row = dict[str, Any]
EVE: Final = datetime(2026, 11, 30, 20, tzinfo=UTC)
ALL: Final = tuple(in_run_order(list(ELEMENTS)))
DEADLY: Final = (
    "plan", "maestro ", "send ", "store send", "end part", "finish", "read ", "begin part", "look it over", "scopes",
)  # fmt: skip
"""What the program is doing when it dies: the next of them with each run."""
FEW_CALLS: Final = {2: 30, 5: 25, 9: 12, 14: 30, 25: 20}
"""Day → calls an hour; a run has to wait for several hours then."""
LOST_ANSWERS: Final = (3, 8, 11, 13, 25)
"""Days on which Procore's answer to the first write of each element is lost."""


class InProcess(ProcoreSide):
    """Procore's users, at the control interface of a sandbox in this process."""

    def __init__(self, sandbox: Any, runner: asyncio.Runner) -> None:
        super().__init__(sandbox.start_line["control"])
        self._sandbox, self._runner = sandbox, runner

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return self._runner.run(self._answer(method, path, body))

    async def _answer(self, method: str, path: str, body: Any) -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._sandbox)) as user:
            answer = await user.request(method, f"{self._control}/{path}", json=body)
            answer.raise_for_status()
            return answer.json()


class DyingSteps(PlainSteps):
    """Steps of a program that dies once at what it does, and once more a number of steps after it was started again."""

    def __init__(self, world: World, deadly: str, later: int) -> None:
        super().__init__(world.journal)
        self._deadly, self._later = deadly, later
        self.deaths = 0

    def _maybe_die(self, name: str) -> None:
        self._later -= self.deaths
        is_time = self._later == 0 if self.deaths else self._deadly in name
        if is_time and self.deaths < 2:
            self.deaths += 1
            raise Killed(name)


@dataclass
class Run:
    """One element after a day: the request, its actions and, of an element that something is expected of, the page."""

    request: Row
    actions: list[Any]
    lines: list[Any]


@dataclass
class Lived:
    """A day as it went. reconciled: None on days without reconciliation."""

    day: Day
    runs: dict[str, Run]
    calls: list[Row]
    deaths: int
    waits: int
    reconciled: Reconciliation | None = None
    agrees: bool | None = None

    @property
    def writes(self) -> list[str]:
        """What was sent to Procore."""
        return [f"{call['method']} {call['path']}" for call in self.calls if call["method"] != "GET"]


@dataclass
class Month:
    """What the month left behind."""

    days: list[Lived] = field(default_factory=list)
    first: Lived | None = None
    second: Lived | None = None
    last: Lived | None = None
    changed_by_last: list[str] = field(default_factory=list)
    maestro: Mapping[str, list[Row]] = field(default_factory=dict)
    procore: Mapping[str, list[Row]] = field(default_factory=dict)
    there_before: Mapping[str, set[int]] = field(default_factory=dict)
    """Collection or table → ids of the rows that were there before the first run."""
    lines: Mapping[str, list[Any]] = field(default_factory=dict)


COLLECTIONS: Final = (
    "projects", "vendors", "cost_codes", "segment_items", "wbs_codes", "budget_line_items", "budget_changes",
    "direct_costs", "direct_cost_line_items", "purchase_order_contracts", "work_order_contracts",
)  # fmt: skip


ENTERED: Final = {"m_order": "order_id", "m_change_order": "co_id"}
"""Tables of maestro* that the program enters documents into, and their ids."""


class MonthStory:
    """A small company that lives through December 2026."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, starts_at=EVE, switches={"tools_without_template": "active"})
        # Programs die here, computers do not: what was committed need not be on the disk.
        engine = self.world.database.engine
        sa.event.listen(engine, "connect", lambda opened, _record: opened.execute("PRAGMA synchronous = OFF"))
        engine.dispose()
        self._runs = 0

    async def live(self) -> Month:
        """The whole month, with a first run before and an idle one after it."""
        made, world = Month(), self.world
        made.there_before = {name: {row["id"] for row in world.procore(name)} for name in COLLECTIONS}
        made.there_before |= {table: {row[key] for row in world.company.rows(table)} for table, key in ENTERED.items()}
        made.first = await self._synchronize(Day(0, EVE.date()), full=True)
        await self._reconcile(made.first)
        made.second = await self._synchronize(Day(0, EVE.date()), full=True)
        for day in month():
            at = datetime.combine(day.falls_on, time(15), UTC)
            world.clock.advance(at - world.clock.now())
            await asyncio.to_thread(self._play, day)
            world.clock.advance(timedelta(hours=1))
            lived = await self._synchronize(day)
            if day.cutoff is not None or day.clicks > 1:
                await self._reconcile(lived)
            made.days.append(lived)
        before = self._held()
        made.last = await self._synchronize(Day(0, world.clock.now().date()))
        made.changed_by_last = [name for name, rows in self._held().items() if rows != before[name]]
        await self._reconcile(made.last)
        made.maestro = {name: world.company.rows(name) for name in (*ENTERED, "m_order_line")}
        made.procore = {name: world.procore(name) for name in COLLECTIONS}
        made.lines = {element: world.lines(element) for element in ALL}
        return made

    def _play(self, day: Day) -> None:
        """Both companies' people do their day's work."""
        with asyncio.Runner() as runner:
            player = Player(
                MaestroSide(self.world.company, self.world.clock.now), InProcess(self.world.sandbox, runner)
            )
            for step in day.steps:
                player.carry_out(step)

    def _held(self) -> dict[str, list[Row]]:
        """All of maestro*, with row versions."""
        return {t.name: self.world.company.rows(t.name, include_deleted=True) for t in METADATA.sorted_tables}

    # --- the program ------------------------------------------------------------------------------

    async def _synchronize(self, day: Day, *, full: bool = False) -> Lived:
        """All elements in their order. Without trouble on day 0."""
        world, deaths = self.world, 0
        world.calls(), world.waits.clear()
        self._limit(FEW_CALLS.get(day.number, 3600))
        runs: dict[str, Run] = {}
        for element in ALL:
            requests = [world.commands.synchronize(element, full=full)["id"] for _ in range(day.clicks)]
            assert len(set(requests)) == 1, "two accountants at once share a request"
            if day.number in LOST_ANSWERS:
                world.sandbox.faults.clear()
                lost = {"path": "/rest/*", "cut": "after"}
                world.sandbox.faults.plant([{**lost, "method": method} for method in ("POST", "PATCH")])
            deaths += await self._work(requests[0], dies=day.number > 0)
            request = world.journal.request(requests[0])
            assert RequestState(request["state"]).has_ended
            is_watched = element in {expected.element for expected in day.expected}
            runs[element] = Run(request, world.actions(request), world.lines(element) if is_watched else [])
        world.sandbox.faults.clear()
        return Lived(day, runs, world.calls(), deaths, len([until for until in world.waits if until is not None]))

    async def _work(self, request_id: str, *, dies: bool) -> int:
        """Works a request off; how often the program died of it."""
        self._runs += 1
        if not dies:
            await synchronize(request_id, PlainSteps(self.world.journal), self.world.doors)
            return 0
        steps = DyingSteps(self.world, DEADLY[self._runs % len(DEADLY)], 1 + self._runs % 23)
        while True:
            try:
                await synchronize(request_id, steps, self.world.doors)
            except Killed:
                continue
            return steps.deaths

    def _limit(self, hourly: int) -> None:
        self.world.sandbox.limits = RateLimits(hourly, 3600, 25, 10)

    async def _reconcile(self, lived: Lived) -> None:
        request = await self.world.reconcile(cut_off=lived.day.cutoff)
        lived.reconciled = self.world.views.reconciled_whole(request["id"])
        row = self.world.views.reconciliation(request["id"])
        lived.agrees = row.agrees if row is not None else None
        self.world.calls()


def twice(rows: list[Row], *names: str) -> list[Any]:
    """Values of these columns that several rows hold; rows in which all of them are empty do not count."""
    values = (tuple(row.get(name) for name in names) for row in rows)
    counts = Counter(value for value in values if any(part not in (None, "") for part in value))
    return [value for value, count in counts.items() if count > 1]


def actions_on(run: Run, element: str, line: Any) -> Iterator[Any]:
    """The actions that concern the record of a line."""
    for action in run.actions:
        is_it = line.maestro_key is not None and action.maestro_key == line.maestro_key
        is_it = is_it or (line.procore_id is not None and action.procore_id == line.procore_id)
        if action.element == element and is_it:
            yield action
