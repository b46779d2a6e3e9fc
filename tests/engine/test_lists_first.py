"""The first run reads every project's lists before it opens a record, and tells then how many calls it will take.

Issue 3, point 12 (forecast), F029: the sandbox's own call log is the judge.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.model.forecast import Forecast
from maestro_procore.model.forecast_words import of_all
from tests.engine.world import Killed, PlainSteps, World

FROM_PROCORE = ("purchase-orders", "subcontracts", "change-orders")
LISTS = re.compile(r"/(purchase_order_contracts|work_order_contracts|change_order_packages)$")
LIMITS: dict[str, Any] = {"hourly_limit": 100_000, "spike_limit": 10_000}


@dataclass
class FirstRun:
    """told: the forecast before anything. counted: calls of each element in the log, with whom they count for.

    wire: paths of the run in which the first of FROM_PROCORE stood, in order. after_lists: calls of each element that
    were foretold once the lists had been read. rows: the requests in the end.
    """

    told: dict[str, Forecast]
    wire: list[str]
    after_lists: dict[str, dict[str, Any]]
    rows: dict[str, dict[str, Any]]
    total: int


async def _first_run(folder: Path) -> FirstRun:
    world = World(folder, **LIMITS)
    told = {one.element: one for one in world.commands.forecast()}
    requests = world.commands.synchronize_all()
    wire: list[str] = []
    after_lists: dict[str, dict[str, Any]] = {}
    total = 0
    for request in requests:
        world.calls()
        await synchronize(request["id"], PlainSteps(world.journal), world.doors)
        made = [str(call["path"]) for call in world.calls()]
        total += len(made)
        if request["element"] == FROM_PROCORE[0]:
            wire = made
            after_lists = {r["element"]: world.journal.request(r["id"])["foretold"] for r in requests}
    rows = {r["element"]: world.journal.request(r["id"]) for r in requests}
    await world.close()
    return FirstRun(told, wire, after_lists, rows, total)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    return asyncio.run(_first_run(tmp_path_factory.mktemp("first")))


def test_f029_the_forecast_of_a_fresh_company_holds_the_true_number_of_calls(first: FirstRun) -> None:
    for element, told in first.told.items():
        assert told.calls <= first.rows[element]["calls"], element
        assert told.calls_at_most is None or first.rows[element]["calls"] <= told.calls_at_most, element
    whole = of_all(list(first.told.values()))
    assert whole.calls <= first.total
    assert whole.calls_at_most is None
    assert whole.unread == 9


def test_f029_after_the_lists_the_forecast_is_the_true_number(first: FirstRun) -> None:
    for element in FROM_PROCORE:
        foretold, true = first.after_lists[element], first.rows[element]["calls"]
        assert foretold["unread"] == 0
        assert foretold["least"] <= true <= foretold["most"], element
        assert foretold["likely"] == pytest.approx(true, rel=0.05), element
    everything = sum(each["likely"] for each in first.after_lists.values())
    assert everything == pytest.approx(first.total, rel=0.05)


def test_f029_every_list_is_read_before_the_first_record_is_opened_and_only_once(first: FirstRun) -> None:
    lists = [place for place, path in enumerate(first.wire) if LISTS.search(path)]
    opened = [
        place for place, path in enumerate(first.wire) if re.search(r"/(purchase|work)_order_contracts/\d+$", path)
    ]
    assert len(lists) == 3 * first.told["purchase-orders"].unread + 3  # a project came with the run of the projects
    assert max(lists) < min(opened)


def test_f029_the_calls_count_for_the_request_whose_list_it_was(first: FirstRun) -> None:
    assert sum(row["calls"] for row in first.rows.values()) == first.total


# --- what comes between ----------------------------------------------------------------------------


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    world = World(tmp_path, **LIMITS)
    for element in ("projects", "suppliers"):
        await world.sync(element)
    yield world
    await world.close()


def lists_read(calls: list[dict[str, Any]]) -> Counter[str]:
    return Counter(f"{c['path']}?{c['query']}" for c in calls if LISTS.search(str(c["path"])))


async def test_f029_a_run_killed_among_the_lists_reads_none_of_them_twice(world: World) -> None:
    requests = [world.commands.synchronize(element) for element in FROM_PROCORE[:2]]
    steps = PlainSteps(world.journal)
    steps.kill_at = "subcontracts@26003 first listed"
    world.calls()
    with pytest.raises(Killed):
        await synchronize(requests[0]["id"], steps, world.doors)
    await synchronize(requests[0]["id"], PlainSteps(world.journal, steps.finished), world.doors)
    await synchronize(requests[1]["id"], PlainSteps(world.journal), world.doors)

    assert set(lists_read(world.calls()).values()) == {1}
    assert {world.journal.request(r["id"])["state"] for r in requests} == {"warned"}


async def test_f029_a_tool_that_is_off_in_one_project_is_asked_once_and_told_with_it(world: World) -> None:
    one_list = {"path": "/rest/v1.0/purchase_order_contracts", "nth": 2, "times": 1}
    world.sandbox.faults.plant([{**one_list, "status": 403, "body": {"message": "Forbidden"}}])
    world.calls()
    row = await world.sync("purchase-orders")

    assert set(lists_read(world.calls()).values()) == {1}
    assert row["errors"] == 1
    assert row["problem"] is not None


async def test_f029_cancelled_among_the_lists_the_run_ends_and_the_other_goes_on(world: World) -> None:
    first, second = (world.commands.synchronize(element) for element in FROM_PROCORE[:2])

    class Cancelling(PlainSteps):
        async def record(self, name: str, write: Any) -> Any:
            if name.startswith("subcontracts@26002 first start"):
                world.commands.cancel(first["id"])
            return await super().record(name, write)

    world.calls()
    await synchronize(first["id"], Cancelling(world.journal), world.doors)
    assert world.journal.request(first["id"])["state"] == "cancelled"
    await synchronize(second["id"], PlainSteps(world.journal), world.doors)

    assert world.journal.request(second["id"])["state"] == "warned"
    assert set(lists_read(world.calls()).values()) == {1}


async def test_f029_resumed_after_a_failure_the_lists_are_read_anew(world: World) -> None:
    request = world.commands.synchronize("purchase-orders")
    steps = PlainSteps(world.journal)
    steps.kill_at = "foretold"
    with pytest.raises(Killed):
        await synchronize(request["id"], steps, world.doors)
    world.journal.change_request(request["id"], run=request["run"] + 1)
    world.calls()
    await synchronize(request["id"], PlainSteps(world.journal), world.doors)

    assert len(lists_read(world.calls())) == 10


async def test_one_project_alone_is_not_made_to_wait_for_the_others(world: World) -> None:
    world.calls()
    await world.sync("purchase-orders", project="26004")

    assert sum(lists_read(world.calls()).values()) == 1


async def test_a_later_run_reads_nothing_first(world: World) -> None:
    await world.sync("purchase-orders")
    world.clock.advance(timedelta(hours=1))
    request = world.commands.synchronize("purchase-orders")
    steps = PlainSteps(world.journal)
    await synchronize(request["id"], steps, world.doors)

    assert not [name for name in steps.finished if " first " in name]
    foretold = world.journal.request(request["id"])["foretold"]
    assert foretold["most"] is None and foretold["unread"] == 0
