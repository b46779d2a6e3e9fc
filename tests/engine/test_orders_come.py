"""Orders and change orders of the training company come from Procore: once, and to the cent (F084, F085)."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.model.status import Symbol
from tests.engine import companies_in_trouble as trouble
from tests.engine.world import Killed, PlainSteps, World

POS, SUBS, CHANGES = "purchase-orders", "subcontracts", "change-orders"
COLLECTIONS = {POS: ("purchase_order_contracts", "PO"), SUBS: ("work_order_contracts", "SC")}
WRITES = ("POST", "PATCH", "PUT", "DELETE")


async def linked(made: World) -> World:
    """Projects and suppliers are in step."""
    for element in ("projects", "suppliers"):
        await made.sync(element)
    made.calls()
    return made


@pytest.fixture
async def ready(world: World) -> World:
    return await linked(world)


def writes(world: World) -> list[str]:
    return [call["path"] for call in world.calls() if call["method"] in WRITES]


def orders(world: World, kind: str) -> dict[str, dict[str, Any]]:
    """External number → order of that kind, extensions left out."""
    rows = [row for row in world.company.rows("m_order") if row["kind"] == kind and row["external_no"]]
    return {row["external_no"]: row for row in rows if not row["extension"]}


def amounts(rows: Iterable[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def problems(world: World, element: str) -> Counter[str]:
    return Counter(problem.code for line in world.lines(element) for problem in line.problems)


@pytest.mark.parametrize("element", [POS, SUBS])
async def test_f083_f084_every_approved_commitment_has_one_order_of_the_same_amount(ready: World, element: str) -> None:
    """F084: what accounting typed is adopted, the rest is entered untransferred; nothing is there twice."""
    collection, kind = COLLECTIONS[element]
    typed = orders(ready, kind)
    request = await ready.sync(element)
    held, approved = orders(ready, kind), {}
    for row in ready.procore(collection):
        if row["status"] in ("Approved", "Complete"):
            approved[row["number"]] = row
    assert held.keys() == approved.keys()
    assert (request["linked"], request["created"]) == (len(typed), len(approved) - len(typed))
    assert not any(row["transferred"] for number, row in held.items() if number not in typed)
    lines = Counter[Any]()
    for line in ready.company.rows("m_order_line"):
        lines[line["order_id"]] += line["amount"]
    key = f"{collection.removesuffix('s')}_id"
    for number, row in approved.items():
        there = [each for each in ready.procore(f"{collection.removesuffix('s')}_line_items") if each[key] == row["id"]]
        assert lines[held[number]["order_id"]] == amounts(there, "extended_amount"), number
        assert row["origin_code"] == held[number]["order_no"]


async def test_the_next_run_reads_each_list_once_and_writes_nothing(ready: World) -> None:
    """F033. Our own marks return with a new updated_at and cost no call."""
    for element in (POS, SUBS, CHANGES):
        await ready.sync(element)
    ready.calls()
    for element in (POS, SUBS, CHANGES):
        request = await ready.sync(element)
        assert (request["created"], request["updated"], request["linked"]) == (0, 0, 0)
    calls = ready.calls()
    assert [call for call in calls if call["method"] in WRITES] == []
    opened = [call["path"] for call in calls if call["path"].rpartition("/")[2].isdecimal()]
    assert opened == []


async def test_an_order_that_maestro_refuses_is_told(ready: World) -> None:
    """PO-13: the counter has no number left."""
    before = len(ready.company.rows("m_order"))
    ready.company.update("m_counter", {"name": "ORDER"}, {"mask": "0", "next_value": 10}, ready.clock.now())
    request = await ready.sync(SUBS)
    assert (request["state"], len(ready.company.rows("m_order"))) == ("failed", before)
    assert problems(ready, SUBS)["PO-13"] == request["errors"] - _troubles(ready, request)


def _troubles(world: World, request: dict[str, Any]) -> int:
    """Projects whose Commitments tool is off."""
    with world.journal.begin() as tx:
        return len(world.journal.part_problems(tx, request["id"]))


async def test_an_order_whose_mark_failed_is_marked_by_the_next_run(ready: World) -> None:
    """PO-14: it is in maestro* once, and found again by its external number."""
    refusal = {"method": "PATCH", "path": "*/work_order_contracts/sync", "status": 422, "body": {"errors": "no"}}
    ready.sandbox.faults.plant({**refusal, "times": None})
    await ready.sync(SUBS)
    entered = orders(ready, "SC")
    assert problems(ready, SUBS)["PO-14"] > 0
    ready.sandbox.faults.clear()
    request = await ready.sync(SUBS, full=True)
    assert orders(ready, "SC").keys() == entered.keys()
    assert (request["created"], request["linked"]) == (0, len(entered))
    assert problems(ready, SUBS)["PO-14"] == 0


@pytest.mark.parametrize("step", ["maestro", "send", "store send"])
async def test_a_program_killed_between_both_writes_makes_no_second_order(ready: World, step: str) -> None:
    killed = PlainSteps(ready.journal)
    killed.kill_at = f"{SUBS}@26005 {step}"
    request = ready.commands.synchronize(SUBS)
    with pytest.raises(Killed):
        await synchronize(request["id"], killed, ready.doors)
    await synchronize(request["id"], PlainSteps(ready.journal, killed.finished), ready.doors)
    numbers = [row["external_no"] for row in ready.company.rows("m_order") if row["kind"] == "SC"]
    assert [number for number, count in Counter(numbers).items() if number and count > 1] == []
    ready.calls()
    await ready.sync(SUBS, full=True)
    assert writes(ready) == []


async def test_f085_every_approved_change_order_is_in_maestro_once_and_of_the_same_amount(ready: World) -> None:
    """F085: subcontractors' and owners' as change orders, those of purchase orders as extensions."""
    for element in (POS, SUBS, CHANGES):
        await ready.sync(element)
    packages = [row for row in ready.procore("change_order_packages") if row["status"] == "approved"]
    held = ready.company.rows("m_change_order")
    extensions = [row for row in ready.company.rows("m_order") if row["extension"]]
    assert len(held) + len(extensions) == len(packages)
    ids = {row["order_id"] for row in extensions}
    bought = amounts((r for r in ready.company.rows("m_order_line") if r["order_id"] in ids), "amount")
    cost = amounts((r for r in ready.company.rows("m_change_order_line") if r["side"] == "cost"), "amount")
    assert bought + cost == amounts(packages, "grand_total")
    assert not any(row["transferred"] for row in extensions)
    assert {row["status"] for row in held} == {"approved"}


async def test_the_page_shows_an_extension_as_done_once_it_is_there(ready: World) -> None:
    for element in (POS, SUBS, CHANGES, CHANGES):
        await ready.sync(element)
    assert problems(ready, CHANGES)["CO-15"] == 0
    entered = [line for line in ready.lines(CHANGES) if not line.problems]
    approved = [row for row in ready.procore("change_order_packages") if row["status"] == "approved"]
    assert (len(entered), {line.symbol for line in entered}) == (len(approved), {Symbol.CHECK})


async def test_what_is_pending_comes_once_configuration_says_so(world: World) -> None:
    """The editable table of statuses decides which change orders are opened, and as what they are entered."""
    for element in ("projects", "suppliers"):
        await world.sync(element)
    for element in (POS, SUBS):
        await world.sync(element, project=trouble.P)
    order = trouble.of_procore(world, "work_order_contracts", "26003-S01")
    number = await trouble.package(world, order["id"], "901", trouble.line(world), status="pending", reviewed_at=None)
    await world.sync(CHANGES, project=trouble.P)
    assert not [row for row in world.company.rows("m_change_order") if row["co_no"].endswith("-901")]
    world.calls()
    maps = {"statuses.change-orders": {"pending": "pending"}}
    world.journal.change_settings({"value_maps": maps}, "test", world.clock.now())
    await world.sync(CHANGES, project=trouble.P)
    assert [call["path"] for call in world.calls() if call["path"].endswith(f"/{number}")]
    [made] = [row for row in world.company.rows("m_change_order") if row["co_no"].endswith("-901")]
    assert (made["status"], made["approved_date"], made["transferred_at"]) == ("pending", None, None)
