"""Where packages leave the owner's change orders out, they come by a list of their own, and only there is it asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model.owners_changes import TYPE, packages
from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import P
from tests.engine.test_one_list_for_both_kinds import lists, shows
from tests.engine.test_orders_come import CHANGES, POS, SUBS, linked, problems
from tests.engine.world import World

APART = "prime_change_orders"


async def _ready(made: World) -> World:
    await linked(made)
    for element in (POS, SUBS):
        await made.sync(element)
    made.calls()
    return made


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[World]:
    """Commitments are in step with a Procore whose packages leave the owner's side out."""
    made = World(tmp_path, switches={"packages_of_prime_contracts": False})
    yield await _ready(made)
    await made.close()


@pytest.fixture
async def together(world: World) -> World:
    return await _ready(world)


def owners_packages(world: World) -> list[Row]:
    """Those of project P come first."""
    contracts = {row["id"] for row in world.procore("prime_contracts")}
    found = [row for row in world.procore("change_order_packages") if row["contract_id"] in contracts]
    return sorted(found, key=lambda row: row["project_id"] != trouble.project_id(world, P))


def entered(world: World) -> dict[tuple[str, str], str]:
    """Project and number of a change order → its amount as sold."""
    sold: dict[Any, Any] = {}
    for line in world.company.rows("m_change_order_line"):
        if line["side"] == "sell":
            sold[line["co_id"]] = sold.get(line["co_id"], 0) + line["amount"]
    rows = world.company.rows("m_change_order")
    return {(r["project_code"], r["co_no"]): str(sold[r["co_id"]]) for r in rows if r["do_invoicing"]}


async def test_the_owners_change_orders_come_as_from_packages(apart: World, tmp_path: Path) -> None:
    """F085: the same numbers, the same amounts; one list a project and one call for each."""
    await apart.sync(CHANGES)
    owners = owners_packages(apart)
    assert {f"P-{row['number']}" for row in owners} == {number for _, number in entered(apart)}
    assert sorted(entered(apart).values()) == sorted(row["grand_total"] for row in owners)
    with apart.journal.begin() as tx:
        linked_ids = set(apart.journal.link_pairs(tx, CHANGES).values())
    assert {row["id"] for row in owners} <= linked_ids


async def test_the_next_run_asks_every_project_and_opens_nothing(apart: World) -> None:
    """F033, limits-and-faults.md §1.5: one more list a project."""
    await apart.sync(CHANGES)
    apart.calls()
    request = await apart.sync(CHANGES)
    calls = apart.calls()
    found = lists(calls)
    assert (request["created"], request["updated"], shows(calls)) == (0, 0, 0)
    assert found[APART] == found["change_order_packages"] > 0


async def test_a_further_one_arrives(apart: World) -> None:
    await apart.sync(CHANGES)
    known = owners_packages(apart)[0]
    line = trouble.line(apart, P, amount="150.25", flat=_any_code(apart, P))
    await trouble.package(apart, known["contract_id"], "090", line, project=P, type=TYPE)
    request = await apart.sync(CHANGES)
    assert request["created"] == 1
    assert entered(apart)[P, "P-090"] == "150.25"


async def test_one_that_several_potential_change_orders_make_up_is_told(apart: World) -> None:
    """CO-16: with two tiers no row of the list is the whole, and half of it is never entered."""
    known = owners_packages(apart)[0]
    half = {name: known[name] for name in ("project_id", "contract_id")} | {"change_order_package_id": known["id"]}
    half |= {"number": "091", "title": "Half", "status": "approved"}
    half["line_items"] = [trouble.line(apart, P, flat=_any_code(apart, P))]
    await apart.edit_procore("potential_change_orders", half)
    await apart.sync(CHANGES)
    assert problems(apart, CHANGES)["CO-16"] == 1
    assert (P, f"P-{known['number']}") not in entered(apart)


def _any_code(world: World, project: str) -> str:
    where = trouble.project_id(world, project)
    return min(row["flat_code"] for row in world.procore("wbs_codes") if row["project_id"] == where)


async def test_a_full_run_loses_none_of_them(apart: World) -> None:
    await apart.sync(CHANGES)
    before = entered(apart)
    request = await apart.sync(CHANGES, full=True)
    assert (request["created"], entered(apart), problems(apart, CHANGES)["LNK-02"]) == (0, before, 0)


async def test_where_packages_hold_them_the_further_list_is_never_asked(together: World) -> None:
    for _ in range(2):
        await together.sync(CHANGES)
        assert APART not in lists(together.calls())


async def test_where_the_further_list_is_refused_the_others_come(apart: World) -> None:
    apart.sandbox.faults.plant({"method": "GET", "path": f"*/{APART}", "status": 404, "times": None})
    request = await apart.sync(CHANGES)
    assert (request["errors"], request["created"] > 0, entered(apart)) == (0, True, {})


def test_a_package_of_several_is_no_single_one_of_them() -> None:
    rows = [{"id": 1, "legacy_package_id": 7}, {"id": 2, "legacy_package_id": 7}, {"id": 3, "legacy_package_id": 8}]
    assert {row["id"]: row["several"] for row in packages(rows)} == {7: True, 8: False}
