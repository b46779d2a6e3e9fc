"""A single commitment or change order that Procore does not show is told by itself; the others go on (F9, F049)."""

from collections.abc import Sequence

import pytest

from maestro_procore.model.status import Symbol
from tests.engine.test_orders_come import CHANGES, COLLECTIONS, POS, SUBS, linked, orders, problems
from tests.engine.world import World

PATHS = {POS: "purchase_order_contracts", SUBS: "work_order_contracts", CHANGES: "change_order_packages"}
PROJECT = "26001"


@pytest.fixture
async def ready(world: World) -> World:
    return await linked(world)


def of_project(world: World, element: str, code: str = PROJECT) -> list[int]:
    """Ids of the approved records of a project, in their order."""
    (project,) = [row["id"] for row in world.procore("projects") if row["project_number"] == code]
    rows = [row for row in world.procore(PATHS[element]) if row["project_id"] == project]
    return sorted(row["id"] for row in rows if row["status"] in ("Approved", "Complete", "approved"))


def break_shows(world: World, element: str, ids: Sequence[int], status: int = 500) -> None:
    world.sandbox.faults.plant(
        [{"method": "GET", "path": f"*/{PATHS[element]}/{each}", "status": status, "times": None} for each in ids]
    )


def shows(world: World, procore_id: int) -> int:
    return sum(call["path"].endswith(f"/{procore_id}") for call in world.calls())


@pytest.mark.parametrize("element", [POS, SUBS])
async def test_a_commitment_that_always_answers_500_is_its_own_error(ready: World, element: str) -> None:
    """F049: eleven calls, SRV-05 on its line, and every other order of every project is there."""
    broken = of_project(ready, element)[0]
    break_shows(ready, element, [broken])
    request = await ready.sync(element)
    collection, kind = COLLECTIONS[element]
    approved = {r["number"]: r["id"] for r in ready.procore(collection) if r["status"] in ("Approved", "Complete")}
    assert shows(ready, broken) == 11
    assert orders(ready, kind).keys() == {number for number, each in approved.items() if each != broken}
    assert (request["state"], request["errors"], request["problem"]) == ("failed", 1, None)
    (line,) = [each for each in ready.lines(element) if each.procore_id == broken]
    assert [problem.code for problem in line.problems] == ["SRV-05", "SRV-24"]
    assert (line.symbol, line.needs_sync) == (Symbol.CROSS, True)


async def test_once_it_opens_again_the_next_run_enters_it(ready: World) -> None:
    broken = of_project(ready, POS)[0]
    break_shows(ready, POS, [broken])
    await ready.sync(POS)
    ready.sandbox.faults.clear()
    request = await ready.sync(POS)
    assert (request["created"] + request["linked"], request["errors"]) == (1, 0)


async def test_a_change_order_that_always_answers_500_is_its_own_error(ready: World) -> None:
    """F085"""
    for element in (POS, SUBS):
        await ready.sync(element)
    broken = next(row["id"] for row in ready.procore(PATHS[CHANGES]) if row["status"] == "approved")
    break_shows(ready, CHANGES, [broken])
    request = await ready.sync(CHANGES)
    (line,) = [each for each in ready.lines(CHANGES) if each.procore_id == broken]
    assert [problem.code for problem in line.problems] == ["SRV-05", "SRV-24"]
    assert request["errors"] == 1
    assert request["created"] > 0


@pytest.mark.parametrize("status", [404, 422])
async def test_what_is_refused_for_one_record_costs_one_call(ready: World, status: int) -> None:
    broken = of_project(ready, POS)[0]
    break_shows(ready, POS, [broken], status)
    request = await ready.sync(POS)
    assert shows(ready, broken) == 1
    assert (request["errors"], request["problem"]) == (1, None)


async def test_an_order_that_was_entered_before_is_no_green_line_while_it_does_not_open(ready: World) -> None:
    await ready.sync(POS)
    broken = of_project(ready, POS)[0]
    await ready.edit_procore(PATHS[POS], {"id": broken, "title": "Moved"})
    break_shows(ready, POS, [broken])
    await ready.sync(POS)
    (line,) = [each for each in ready.lines(POS) if each.procore_id == broken]
    assert (line.symbol, [problem.code for problem in line.problems]) == (Symbol.CROSS, ["SRV-05", "SRV-24"])


async def test_three_in_a_row_that_do_not_open_are_the_servers_fault(ready: World) -> None:
    """F9: the request ends with one message, whatever projects they are of, and no other record is tried."""
    every = [row["id"] for row in ready.procore(PATHS[POS])]
    break_shows(ready, POS, every)
    request = await ready.sync(POS)
    assert (request["state"], request["problem"]["code"]) == ("failed", "SRV-05")
    asked = {call["path"] for call in ready.calls() if call["path"].rpartition("/")[2].isdigit()}
    assert len(asked) == 3
    assert problems(ready, POS)["SRV-05"] < 3


async def test_a_kill_between_two_tries_loses_no_message(ready: World) -> None:
    broken = of_project(ready, POS)[0]
    break_shows(ready, POS, [broken])
    request = await ready.sync(POS, kill_at=f"{POS}@{PROJECT} plan")
    assert (request["errors"], request["problem"]) == (1, None)
