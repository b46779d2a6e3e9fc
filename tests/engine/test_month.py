"""Acceptance of issue 3: the month, played day by day, killed and held up in between, ends with both sides agreed.

After each day all elements are synchronized, and every step that writes dies once after its work was done. What an
accountant sees of each record that the day is about is compared with what the scenario expects.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest

from maestro_procore.engine.flows import carry_out_request
from maestro_procore.model.elements import ELEMENTS, in_run_order
from maestro_procore.ports import Row
from maestro_procore.sandbox.month import CUTOFF, month
from maestro_procore.sandbox.month_steps import Day, Expected, Outcome
from maestro_procore.training.play import Player
from maestro_procore.training.sides import MaestroSide, ProcoreSide
from tests.engine.world import Killed, PlainSteps, World

DEADLY = (" plan", " maestro ", " send ", " store ", "compare@")
"""Words of the names of steps that die once: after the plan was written, a side written, an answer stored."""
CALLS_AN_HOUR = 150
FULL = in_run_order(list(ELEMENTS))
AFTERNOON = time(15, tzinfo=UTC)


class DyingSteps(PlainSteps):
    """Steps of a program that is killed after each piece of work that counts, and started again."""

    def __init__(self, world: World, died: set[str], finished: dict[str, Any]) -> None:
        super().__init__(world.journal, finished)
        self._died = died

    def _maybe_die(self, name: str) -> None:
        if name not in self._died and any(word in f" {name}" for word in DEADLY):
            self._died.add(name)
            raise Killed(name)


class Colleagues(ProcoreSide):
    """Other people's hands on the sandbox of the test, from a thread of their own."""

    def __init__(self, world: World) -> None:
        super().__init__(world.sandbox.start_line["control"])
        self._sandbox = world.sandbox

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async def ask() -> Any:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._sandbox)) as other:
                answer = await other.request(method, f"{self._control}/{path}", json=body)
                answer.raise_for_status()
                return answer.json()

        return asyncio.run(ask())


async def live_through(world: World, order: Callable[[], Row]) -> tuple[Row, int]:
    """A request to its end, however often the program dies; the request, and how often that was."""
    request, finished, died = order(), dict[str, Any](), set[str]()
    while True:
        try:
            await carry_out_request(request["id"], DyingSteps(world, died, finished), world.doors)
        except Killed:
            continue
        return world.journal.request(request["id"]), len(died)


async def synchronize(world: World, *, full: bool = False) -> tuple[dict[str, Row], int]:
    """Every element, as `sync all --accept` does it; element → request, and how often the program died."""
    found, deaths = {}, 0
    for element in FULL:
        order = lambda element=element: world.commands.synchronize(element, full=full, accept=True)  # noqa: E731
        found[element], died = await live_through(world, order)
        deaths += died
    return found, deaths


async def play(world: World, day: Day) -> None:
    """What people do on both sides that day."""
    at = datetime.combine(day.falls_on, AFTERNOON)
    if at > world.clock.now():
        world.clock.advance(at - world.clock.now())
    player = Player(MaestroSide(world.company, world.clock.now), Colleagues(world))
    for step in day.steps:
        await asyncio.to_thread(player.carry_out, step)


def written(world: World) -> list[str]:
    """Paths of the calls that changed something in Procore since the last look."""
    return [call["path"] for call in world.calls() if call["method"] != "GET"]


def shortcomings(world: World, expected: Expected, request: Row) -> list[str]:
    """What of a record is not as the scenario expects it after the day; nothing when all is."""
    lines = [line for line in world.lines(expected.element) if _is_about(line, expected.record)]
    keys = {line.maestro_key for line in lines} | {line.procore_id for line in lines} - {None}
    actions = [
        action
        for action in world.actions(request)
        if action.kind != "read"
        and (action.maestro_key in keys or action.procore_id in keys or expected.record in (action.name or ""))
    ]
    done = {action.kind for action in actions if action.state in ("done", "warned")}
    problems = [problem for of in (*lines, *actions) for problem in of.problems]
    checks = {
        Outcome.CREATED: "create" in done,
        # A budget that is locked is changed by new budget changes.
        Outcome.UPDATED: bool(done & ({"update", "create"} if expected.element == "budgets" else {"update"})),
        Outcome.LINKED: "link" in done,
        Outcome.UNCHANGED: not done,
        Outcome.WARNED: True,
        Outcome.REFUSED: not done and any(problem.is_error for problem in problems),
    }
    found = [] if checks[expected.outcome] else [f"{expected.outcome}: {sorted(done)}"]
    codes = {problem.code for problem in problems}
    if expected.code and expected.code not in codes:
        found.append(f"{expected.code}: {sorted(codes)}")
    return [f"{expected.element} {expected.record} {each}" for each in found]


def _is_about(line: Any, record: str) -> bool:
    shown = (*line.maestro.values(), *line.procore.values(), line.maestro_key)
    return any(isinstance(value, str) and record in value for value in shown)


def doubled(world: World) -> list[Any]:
    """What is there twice in a system, by what must be its own."""
    found: list[Any] = []
    for collection, name in (
        ("purchase_order_contracts", "number"),
        ("work_order_contracts", "number"),
        ("vendors", "origin_id"),
        ("direct_costs", "origin_id"),
        ("direct_cost_line_items", "origin_id"),
        ("budget_line_items", "wbs_code_id"),
        ("budget_changes", "title"),
    ):
        rows = [row for row in world.procore(collection) if row.get(name) and not row.get("deleted_at")]
        found += [key for key, n in Counter((row.get("project_id"), row[name]) for row in rows).items() if n > 1]
    orders = [row for row in world.company.rows("m_order") if row["external_no"]]
    names = ("kind", "project_code", "external_no", "extension")
    found += [key for key, n in Counter(tuple(row[name] for name in names) for row in orders).items() if n > 1]
    changes = world.company.rows("m_change_order")
    found += [key for key, n in Counter((row["project_code"], row["co_no"]) for row in changes).items() if n > 1]
    return found


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[World]:
    """The small company in step, with few calls an hour from then on."""
    world = World(
        tmp_path, switches={"tools_without_template": "active"}, hourly_limit=CALLS_AN_HOUR, spike_limit=1_000
    )
    await synchronize(world, full=True)
    yield world
    await world.close()


async def test_the_month_ends_with_both_sides_agreed_and_nothing_twice(company: World) -> None:
    """Issue 3, done when: played day by day with kills and limits in between → agrees, no duplicate on either side."""
    written(company)
    company.waits.clear()
    missed, noise, deaths = [], [], 0
    quiet = [day.number for day in month() if day.is_quiet]
    for day in month():
        await play(company, day)
        if day.number in quiet[1:-1]:  # a holiday like the one before
            continue
        requests, died = await synchronize(company)
        deaths += died
        missed += [
            f"day {day.number}: {told}" for e in day.expected for told in shortcomings(company, e, requests[e.element])
        ]
        calls = written(company)
        noise += [f"day {day.number}: {path}" for path in calls if day.is_quiet]
    assert (missed, noise) == ([], [])
    assert deaths > 100 and any(company.waits)
    await _reconciled(company, lambda: company.commands.reconciliations.order(cut_off=CUTOFF))
    await _reconciled(company, company.commands.reconciliations.order)
    assert doubled(company) == []
    await synchronize(company)
    assert written(company) == []


async def _reconciled(company: World, order: Callable[[], Row]) -> None:
    request, _ = await live_through(company, order)
    row, found = company.views.reconciliation(request["id"]), company.views.reconciled_whole(request["id"])
    assert row is not None
    apart = [line.to_json() for line in found.lines if line.unexplained]
    assert (row.agrees, apart, set(found.to_json()["unexplained"].values())) == (True, [], {"0.00"})
