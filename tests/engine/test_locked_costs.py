"""Direct costs that Procore has locked (409): taken back by a second one and sent anew, to the cent and only once."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import P
from tests.engine.test_reconciling import LATE, agrees, apart, found
from tests.engine.world import World


async def in_step(folder: Path, locked_for: str) -> tuple[World, str]:
    """A project in step; the key of a transaction of 100.00. locked_for: whom direct costs do not let change them."""
    world = World(folder, switches={"direct_costs_locked_by_origin_id": locked_for})
    for element in ("projects", "suppliers"):
        await world.sync(element)
    key = trouble.transaction(world, description="Béton")
    for element in ("budgets", "purchase-orders", "subcontracts", "costs"):
        await world.sync(element, project=P)
    return world, key


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[tuple[World, str]]:
    """Nobody may change direct costs."""
    world, key = await in_step(tmp_path, "everyone")
    yield world, key
    await world.close()


def direct_costs(world: World, key: str) -> dict[str, tuple[Any, Decimal]]:
    """End of the mark → description, and what the lines come to."""
    shown = {}
    for row in world.procore("direct_costs"):
        mark = str(row.get("origin_id") or "")
        if f":costs:{key}" in mark:
            lines = [x for x in world.procore("direct_cost_line_items") if x["direct_cost_id"] == row["id"]]
            total = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0))
            shown[mark.rpartition(key)[2]] = (row.get("description"), total)
    return shown


def totals(world: World, key: str) -> dict[str, Decimal]:
    return {end: total for end, (_, total) in direct_costs(world, key).items()}


def change_line(world: World, key: str, **values: Any) -> None:
    [row] = trouble.rows(world, "m_transaction_line", trans_id=int(key.partition("/")[0]))
    trouble.change(world, "m_transaction_line", {"line_id": row["line_id"]}, **values)


def describe(world: World, key: str, text: str) -> None:
    trouble.change(world, "m_transaction", {"trans_id": int(key.partition("/")[0])}, description=text)


async def test_a_locked_cost_is_reversed_and_sent_anew_in_the_same_run(locked: tuple[World, str]) -> None:
    """CST-12."""
    world, key = locked
    assert direct_costs(world, key) == {"": ("Béton", Decimal("100.00"))}
    describe(world, key, "Béton, coulée 2")
    request = await world.sync("costs", project=P)
    assert (request["errors"], request["created"]) == (0, 2)
    assert {p.code for a in world.actions(request) for p in a.problems} == {"CST-12"}
    assert direct_costs(world, key) == {
        "": ("Béton", Decimal("100.00")),
        "~r": ("Béton, coulée 2", Decimal("-100.00")),
        "~n": ("Béton, coulée 2", Decimal("100.00")),
    }
    world.calls()
    again = await world.sync("costs", project=P, full=True)
    assert (again["created"], again["updated"], again["errors"]) == (0, 0, 0)
    assert [call for call in world.calls() if call["method"] != "GET"] == []


async def test_a_call_that_is_refused_as_a_whole_for_it_means_the_same(tmp_path: Path) -> None:
    """CST-12: 409 instead of an answer with the refusal in it; of several records each is asked for by itself."""
    world, key = await in_step(tmp_path, "nobody")
    other = next(row.maestro_key for row in world.lines("costs") if row.is_linked and row.maestro_key != key)
    for changed in (key, other):
        describe(world, changed, "Autre texte")
    conflict = {"status": 409, "body": {"errors": {"base": ["is locked"]}}, "times": 2}
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/direct_costs/sync", **conflict})
    request = await world.sync("costs", project=P)
    assert (request["errors"], request["created"], request["updated"]) == (0, 2, 1)
    assert sorted([len(totals(world, key)), len(totals(world, other))]) == [1, 3]
    await world.close()


async def test_what_was_sent_anew_is_corrected_like_any_other_and_the_books_agree(locked: tuple[World, str]) -> None:
    world, key = locked
    describe(world, key, "Béton, coulée 2")
    await world.sync("costs", project=P)
    change_line(world, key, amount=Decimal("80.00"))
    await world.sync("costs", project=P)
    assert totals(world, key) == {"": 100, "~r": -100, "~n": 80}
    await world.sync("change-orders", project=P)
    whole = await world.reconcile(project=P, cut_off=LATE)
    assert (agrees(world, whole), apart(found(world, whole))) == (True, {})


async def test_what_was_sent_anew_may_be_locked_too(locked: tuple[World, str]) -> None:
    world, key = locked
    for text in ("Béton, coulée 2", "Béton, coulée 3"):
        describe(world, key, text)
        await world.sync("costs", project=P)
    shown = direct_costs(world, key)
    assert totals(world, key) == {
        "": 100, "~r": -100, "~n": 100, "~n~r": -100, "~n~n": 100,
    }  # fmt: skip
    assert shown["~n~n"][0] == "Béton, coulée 3"


@pytest.mark.parametrize("step", ["costs@26003 store", "costs@26003 round 2", "cost-lines@26003 plan"])
async def test_a_run_that_dies_between_the_three_makes_none_of_them_twice(locked: tuple[World, str], step: str) -> None:
    world, key = locked
    describe(world, key, "Béton, coulée 2")
    await world.sync("costs", project=P, kill_at=step)
    await world.sync("costs", project=P)
    assert totals(world, key) == {"": 100, "~r": -100, "~n": 100}


async def test_one_that_maestro_charges_no_longer_comes_to_nothing(locked: tuple[World, str]) -> None:
    world, key = locked
    describe(world, key, "Béton, coulée 2")
    await world.sync("costs", project=P)
    change_line(world, key, project_code=trouble.OTHER)
    await world.sync("costs", project=P)
    assert totals(world, key) == {"": 100, "~r": -100, "~n": 0}
