"""Undo of what carries money: orders and change orders are cancelled, budget lines emptied, costs become drafts."""

from decimal import Decimal
from typing import Any

import pytest

from maestro_procore.model.undoing import Undo, verdict_of
from tests.engine.test_undo import changes, codes
from tests.engine.world import World

WRITES = ("POST", "PATCH", "PUT", "DELETE")


async def ready(world: World, *elements: str) -> dict[str, Any]:
    """Everything before the last element is in step; the last one's own request."""
    for element in elements[:-1]:
        await world.sync(element)
    request = await world.sync(elements[-1])
    world.calls()
    return request


def entered(world: World, request: dict[str, Any], element: str) -> list[Any]:
    made = [a for a in changes(world, request) if a.kind == "create" and a.element == element]
    assert made and all(verdict_of(action).undo is Undo.CAN for action in made)
    return made


def order(world: World, key: str) -> dict[str, Any]:
    number, _, extension = key.partition("/")
    return next(
        row
        for row in world.company.rows("m_order", where={"order_no": [number]})
        if int(row["extension"] or 0) == int(extension or 0)
    )


def close_period_of(world: World, day: str) -> None:
    """Accounting closes the month."""
    for period in world.company.rows("m_period"):
        if str(period["start_date"]) <= day <= str(period["end_date"]):
            key = {name: period[name] for name in ("company_id", "year", "period")}
            assert world.company.update("m_period", key, {"status": "closed"}, world.clock.now())


@pytest.mark.parametrize("element", ["purchase-orders", "subcontracts"])
async def test_an_untransferred_order_is_cancelled_and_does_not_come_again(world: World, element: str):
    request = await ready(world, "projects", "suppliers", element)
    one, *others = entered(world, request, element)
    before = {a.maestro_key: order(world, a.maestro_key)["status"] for a in others}
    world.commands.undo(request["id"], [one.id])
    undone = await world.work()
    assert (undone["updated"], undone["errors"]) == (1, 0), codes(world.actions(undone))
    assert order(world, one.maestro_key)["status"] == "cancelled"
    assert {a.maestro_key: order(world, a.maestro_key)["status"] for a in others} == before
    count = len(world.company.rows("m_order"))
    again = await world.sync(element, full=True)
    assert (again["created"], again["errors"]) == (0, 0)
    assert order(world, one.maestro_key)["status"] == "cancelled" and len(world.company.rows("m_order")) == count


async def test_an_order_that_accounting_posted_stays_and_says_which_entry_corrects_it(world: World):
    """UND-03, UND-04, UND-05."""
    request = await ready(world, "projects", "suppliers", "subcontracts")
    transferred, invoiced, closed, *_ = entered(world, request, "subcontracts")
    now = world.clock.now()
    row = order(world, transferred.maestro_key)
    assert world.company.update("m_order", {"order_id": row["order_id"]}, {"transferred": True}, now)
    row = order(world, invoiced.maestro_key)
    line = world.company.rows("m_order_line", where={"order_id": [row["order_id"]]})[0]
    assert world.company.update("m_order_line", {"line_id": line["line_id"]}, {"amt_invoiced": "10.00"}, now)
    close_period_of(world, now.date().isoformat())
    world.commands.undo(request["id"], [a.id for a in (transferred, invoiced, closed)])
    undone = await world.work()
    told = {a.maestro_key: {p.code for p in a.problems} for a in world.actions(undone) if a.kind == "skip"}
    assert told[transferred.maestro_key] == {"UND-03"} and told[invoiced.maestro_key] == {"UND-05"}
    assert told[closed.maestro_key] == {"UND-04"} and undone["updated"] == 0
    assert not [call for call in world.calls() if call["method"] in WRITES]


async def test_an_untransferred_change_order_is_rejected(world: World):
    elements = ("projects", "suppliers", "purchase-orders", "subcontracts", "change-orders")
    request = await ready(world, *elements)
    one = entered(world, request, "change-orders")[0]
    world.commands.undo(request["id"], [one.id])
    undone = await world.work()
    assert (undone["updated"], undone["errors"]) == (1, 0), codes(world.actions(undone))
    project, _, number = one.maestro_key.partition("/")
    where = {"project_code": [project], "co_no": [number]}
    assert [row["status"] for row in world.company.rows("m_change_order", where=where)] == ["rejected"]
    assert (await world.sync("change-orders", full=True))["created"] == 0
    assert [row["status"] for row in world.company.rows("m_change_order", where=where)] == ["rejected"]


async def test_a_budget_line_that_was_created_is_emptied_and_stays_empty(world: World):
    request = await ready(world, "projects", "suppliers", "budgets")
    one = entered(world, request, "budgets")[0]
    world.commands.undo(request["id"], [one.id])
    undone = await world.work()
    assert (undone["updated"], undone["errors"]) == (1, 0), codes(world.actions(undone))

    def amount() -> Decimal:
        rows = world.procore("budget_line_items")
        return Decimal(str(next(row["original_budget_amount"] for row in rows if row["id"] == one.procore_id)))

    assert amount() == 0
    again = await world.sync("budgets", full=True)
    assert (again["created"], again["updated"], again["errors"]) == (0, 0, 0) and amount() == 0


async def test_a_direct_cost_that_was_created_becomes_a_draft_with_its_lines(world: World):
    request = await ready(
        world, "projects", "suppliers", "budgets", "purchase-orders", "subcontracts", "change-orders", "costs"
    )
    one = entered(world, request, "costs")[0]
    lines = [a for a in changes(world, request) if a.element == "cost-lines"]
    assert lines and {verdict_of(line).undo for line in lines} == {Undo.CAN}
    world.commands.undo(request["id"], [one.id])
    undone = await world.work()
    assert (undone["updated"], undone["errors"]) == (1, 0), codes(world.actions(undone))

    def status() -> str:
        return next(str(row["status"]) for row in world.procore("direct_costs") if row["id"] == one.procore_id)

    assert status() == "draft"
    again = await world.sync("costs", full=True)
    assert (again["created"], again["errors"]) == (0, request["errors"]) and status() == "draft"


async def test_codes_stay_when_the_budget_that_needed_them_is_taken_back(world: World):
    """UND-06, UND-09."""
    request = await ready(world, "projects", "suppliers", "budgets")
    codes_made = [a for a in changes(world, request) if a.element in ("cost-codes", "budget-codes")]
    assert codes_made and {verdict_of(a).undo for a in codes_made} == {Undo.NO}
    before = {row["id"] for row in world.procore("cost_codes")}
    world.commands.undo(request["id"])
    undone = await world.work()
    assert undone["errors"] == 0, codes(world.actions(undone))
    assert {row["id"] for row in world.procore("cost_codes")} == before
    made = {a.procore_id for a in entered(world, request, "budgets")}
    amounts = [Decimal(str(r["original_budget_amount"])) for r in world.procore("budget_line_items") if r["id"] in made]
    assert amounts and set(amounts) == {Decimal(0)}
