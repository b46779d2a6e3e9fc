"""New orders get maestro*'s next number, or Procore's where Configuration says so (maestro-interface.md §3.6)."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from order_world import KINDS, OrderWorld, codes, line, only, problem_of

from maestro_procore.model.acceptance import digest_of
from maestro_procore.model.elements import Side
from maestro_procore.model.order_numbers import numbers_wished, without_taken
from maestro_procore.model.plan import PlanSettings
from maestro_procore.model.settings import SETTINGS
from maestro_procore.model.status import ActionKind

SUBS, POS, CHANGES = "subcontracts", "purchase-orders", "change-orders"
BOTH = pytest.mark.parametrize("kind", [SUBS, POS])


@pytest.fixture
def world() -> OrderWorld:
    """A company that takes Procore's numbers."""
    made = OrderWorld()
    made.settings = replace(made.settings, takes_order_numbers=True)
    return made


def test_nobody_gets_procores_numbers_who_did_not_ask_for_it() -> None:
    assert SETTINGS["takes_order_numbers"].default is False
    assert PlanSettings("MST:ACME:", company_id=1).takes_order_numbers is False


@BOTH
def test_a_new_order_gets_procores_number_and_keeps_it_as_external_number(world: OrderWorld, kind: str) -> None:
    """F084."""
    row = world.commitment(kind, "sc-0153a", line(cost_type="M"))
    world.run(kind)
    order = world.order("sc-0153a")
    assert (order["order_no"], row["origin_code"]) == ("SC-0153A", "SC-0153A")
    assert row["origin_id"] == f"MST:ACME:{kind}:SC-0153A"


@BOTH
def test_switching_it_on_or_off_changes_nothing_of_the_orders_that_are_there(world: OrderWorld, kind: str) -> None:
    world.commitment(kind, "C-1", line(cost_type="M"))
    world.run(kind)
    world.settings = replace(world.settings, takes_order_numbers=False)
    world.commitment(kind, "C-2", line(cost_type="M"))
    world.run(kind)
    for is_on in (True, False):
        world.settings = replace(world.settings, takes_order_numbers=is_on)
        assert [item.kind for item in world.plan(kind)] == [None, None]
    assert [world.order(number)["order_no"] for number in ("C-1", "C-2")] == ["C-1", "N00001"]


@pytest.mark.parametrize(("number", "told"), [("X" * 12, []), ("X" * 13, ["PO-05"])])
def test_a_number_that_does_not_fit_is_told_and_never_cut(world: OrderWorld, number: str, told: list[str]) -> None:
    """PO-05."""
    world.sub(number)
    item = only(world.plan(SUBS))
    assert (codes(item), item.kind is ActionKind.CREATE) == (told, not told)
    assert not told or problem_of(item, "PO-05").args == {"no": number, "n": 12}


def test_a_number_that_looks_like_an_extension_is_left_to_maestro(world: OrderWorld) -> None:
    """PO-22: 24-0153/1 would lead to the extension of another order."""
    world.sub("24-0153/1")
    item = only(world.plan(SUBS))
    assert (item.kind, codes(item), item.is_blocked) == (ActionKind.CREATE, ["PO-22"], False)
    world.run(SUBS)
    assert world.order("24-0153/1")["order_no"] == "N00001"


@BOTH
def test_a_commitment_without_a_number_is_counted(world: OrderWorld, kind: str) -> None:
    world.commitment(kind, "", line(cost_type="M"))
    item = only(world.plan(kind))
    assert (codes(item), "order_no" in item.writes[Side.MAESTRO]) == ([], False)


def test_change_orders_follow_the_number_that_their_order_has(world: OrderWorld) -> None:
    """F085."""
    contract = world.sub("C-77")
    world.run()
    world.package(contract, "4", line(1, "10.00"))
    world.run()
    assert world.change_order("C-77-4")["description"] == "Changement 4"


def test_a_number_that_somebody_has_is_not_shared(world: OrderWorld) -> None:
    """PO-21: the others of the plan keep what they wish for."""
    element_map = KINDS[SUBS][0]
    world.sub("C-1")
    world.sub("C-2")
    items = world.plan(SUBS)
    assert numbers_wished(element_map, items) == ["C-1", "C-2"]
    first, second = without_taken(element_map, items, {"C-2": "24001", "C-3": "24001"})
    assert (first.writes[Side.MAESTRO]["order_no"], codes(first)) == ("C-1", [])
    assert ("order_no" in second.writes[Side.MAESTRO], codes(second)) == (False, ["PO-21"])
    assert problem_of(second, "PO-21").args == {"no": "C-2", "project": "24001"}


def test_what_is_linked_changed_or_skipped_wishes_for_no_number(world: OrderWorld) -> None:
    world.sub("C-1")
    world.run(SUBS)
    world.sub("C-2", status="Draft")
    assert numbers_wished(KINDS[SUBS][0], world.plan(SUBS)) == []


def test_what_an_approver_accepted_stays_accepted_whatever_number_is_given(world: OrderWorld) -> None:
    """Two projects may wait with one number: only one of them gets it."""
    element_map = KINDS[SUBS][0]
    world.sub("C-1")
    wished = world.plan(SUBS)
    counted = without_taken(element_map, wished, {"C-1": "24001"})
    assert digest_of(element_map, only(wished)) == digest_of(element_map, only(counted))
