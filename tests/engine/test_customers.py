"""Customers on real runs: found among the companies that suppliers are read from, linked without a call, created once.

Prerequisites of owners' change orders (CO-05), shown by the duplicate detective.
"""

from typing import Any

import pytest

from maestro_procore.model.duplicate_detective import Kinship, pairs_to_link
from maestro_procore.model.link_states import LinkState
from maestro_procore.store.link_views import LinkQuery, LinkViews
from tests.engine.companies_in_trouble import change, enter, rows
from tests.engine.world import World

READS_AND_MARKS = 3
"""Companies, inactive companies, one bulk call of suppliers: what a first run takes without customers."""


def links(world: World) -> dict[str, int]:
    with world.journal.begin() as tx:
        return world.journal.link_pairs(tx, "customers")


def customer(world: World, code: str, name: str, **columns: Any) -> None:
    """An accountant enters a customer and the contract of a project that names it."""
    like = dict.fromkeys(("address", "city", "province", "postal_code", "phone", "email", "block_reason"))
    enter(world, "m_customer", {**rows(world, "m_customer")[0], **like}, customer_code=code, name=name, **columns)
    contract = rows(world, "m_contract")[0]
    change(world, "m_contract", {"contract_no": contract["contract_no"]}, customer_code=code)


def vendors(world: World) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in world.procore("vendors")}


async def test_customers_are_linked_by_code_or_name_without_a_further_call(world: World):
    before = vendors(world)
    await world.sync("suppliers")
    assert len(world.calls()) == READS_AND_MARKS
    customers = {row["customer_code"]: row["name"] for row in rows(world, "m_customer")}
    assert links(world) == {code: before[name]["id"] for code, name in customers.items()}
    for name in customers.values():
        assert vendors(world)[name] == before[name], "nothing of an owner's company is changed"


async def test_a_second_run_finds_nothing_to_do(world: World):
    await world.sync("suppliers")
    again = await world.sync("suppliers", full=True)
    assert not [a for a in world.actions(again) if a.element == "customers"]


async def test_a_customer_that_procore_lacks_is_created_once_with_our_mark(world: World):
    customer(world, "NEUF01", "Fondation du Musée de la Mer", phone="418-555-0199")
    await world.sync("suppliers", kill_at="customers@- store")
    made = vendors(world)["Fondation du Musée de la Mer"]
    assert (made["origin_code"], made["business_phone"]) == ("NEUF01", "418-555-0199")
    assert made["origin_id"].endswith(":customers:NEUF01")
    assert links(world)["NEUF01"] == made["id"]
    before = len(world.procore("vendors"))
    await world.sync("suppliers", full=True)
    assert len(world.procore("vendors")) == before


async def test_customers_without_a_contract_and_those_switched_off_stay_in_maestro(world: World):
    customer(world, "NEUF01", "Fondation du Musée de la Mer")
    enter(world, "m_customer", rows(world, "m_customer")[0], customer_code="SANS01", name="Sans contrat ltée")
    world.journal.change_settings({"sends_customers": False}, "test", world.clock.now())
    await world.sync("suppliers")
    assert not {"Fondation du Musée de la Mer", "Sans contrat ltée"} & vendors(world).keys()


async def test_a_supplier_of_the_same_company_still_gets_it(world: World):
    """A company that was created for a customer is no foreign one: the supplier's mark takes the place of ours."""
    customer(world, "NEUF01", "Fondation du Musée de la Mer")
    await world.sync("suppliers")
    like = next(row for row in rows(world, "m_supplier") if row["status"] == "A" and row["type_code"] == "SUB")
    bare = dict.fromkeys(("phone", "email", "rbq", "gst_no", "qst_no", "address", "city", "province", "postal_code"))
    enter(world, "m_supplier", {**like, **bare}, supplier_code="MUSEE1", name="Fondation du Musée de la Mer")
    await world.sync("suppliers")
    made = vendors(world)["Fondation du Musée de la Mer"]
    assert made["origin_id"].endswith(":suppliers:MUSEE1")
    assert world.line("suppliers", "MUSEE1").procore_id == links(world)["NEUF01"] == made["id"]


async def test_the_detective_proposes_customers_and_links_them_in_bulk(world: World):
    customer(world, "NEUF01", "Musée Maritime du Golfe", phone="418-555-0177")
    there = await world.edit_procore("vendors", {"name": "Musee maritime du Golf", "business_phone": "418 555-0177"})
    await world.sync("suppliers")
    assert "NEUF01" not in links(world), "what only looks like it is a question"
    found = world.commands.duplicates.find("customers")
    mine = [each for each in found.candidates if each.first.name == "maestro:NEUF01"]
    assert [(each.kinship, each.second.record.procore_id) for each in mine] == [(Kinship.ACROSS, there["id"])]
    world.calls()
    request = world.commands.duplicates.link("customers", pairs_to_link(mine))
    assert (request["element"], request["keys"]) == ("suppliers", ["NEUF01"])
    await world.work()
    assert links(world)["NEUF01"] == there["id"]
    assert [call["method"] for call in world.calls() if call["method"] != "GET"] == []


async def test_what_was_told_apart_is_created(world: World):
    customer(world, "NEUF01", "Musée Maritime du Golfe", phone="418-555-0177")
    there = await world.edit_procore("vendors", {"name": "Musee maritime du Golf", "business_phone": "418 555-0177"})
    await world.sync("suppliers", preview=True)
    world.commands.duplicates.tell_apart("customers", [("maestro:NEUF01", f"procore:{there['id']}")])
    await world.sync("suppliers")
    assert links(world)["NEUF01"] == vendors(world)["Musée Maritime du Golfe"]["id"]


async def test_a_link_is_shown_and_taken_back_and_stays_apart(world: World):
    await world.sync("suppliers")
    code = min(links(world))
    views = LinkViews(world.database)
    [row] = views.links(LinkQuery("customers", text=code))
    assert (row.state, row.name) == (LinkState.LINKED, rows(world, "m_customer", customer_code=code)[0]["name"])
    assert world.commands.links.unlink("customers", code)
    await world.sync("suppliers")
    assert code not in links(world)


@pytest.mark.parametrize("linked", [True, False])
async def test_an_owners_change_order_wants_its_customer_linked(world: World, linked: bool):
    """CO-05."""
    for element in ("projects", "suppliers"):
        await world.sync(element)
    packages = world.procore("change_order_packages")
    project = next(row["project_id"] for row in packages if row["type"] == "PrimeContractChangeOrder")
    code = next(row["project_number"] for row in world.procore("projects") if row["id"] == project)
    if not linked:
        contract = rows(world, "m_contract", project_code=code)[0]
        assert world.commands.links.unlink("customers", contract["customer_code"])
    await world.sync("change-orders", project=code)
    told = {problem.code for line in world.lines("change-orders") for problem in line.problems}
    assert ("CO-05" in told) is not linked
