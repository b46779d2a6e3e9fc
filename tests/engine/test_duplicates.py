"""Suspected duplicates on real runs: linked many at a time, told apart for good (DUP-01), found fast enough."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_procore.engine.commands import Rights
from maestro_procore.model.duplicate_detective import Candidate, Kinship, pairs_to_link
from maestro_procore.model.problems import Refused
from maestro_procore.store.told_apart import PAIR
from tests.engine.world import World

FIRST, SECOND = "Maçonnerie Boréale du Nord inc.", "Maconnerie Boreale du Nort"


async def entered_twice(world: World) -> tuple[str, int]:
    """A supplier of maestro* that Procore has under another spelling, as a preview has read both: key, Procore id."""
    key = "BOREALE1"
    row = {"supplier_code": key, "name": FIRST, "status": "A", "phone": "418-555-0777", "country": "CA"}
    world.company.insert("m_supplier", {"company_id": world.company.company().company_id, **row}, world.clock.now())
    made = await world.edit_procore("vendors", {"name": SECOND, "business_phone": "(418) 555-0777"})
    await world.sync("suppliers", preview=True)
    return key, int(made["id"])


def pairs(world: World) -> dict[tuple[str, str], Candidate]:
    found = world.commands.duplicates.find("suppliers").candidates
    return {(each.first.name, each.second.name): each for each in found}


async def test_before_anything_was_read_the_page_knows_why_there_is_nothing(world: World):
    found = world.commands.duplicates.find("suppliers")
    assert found.procore_read == 0 and found.maestro_read > 0
    assert not [each for each in found.candidates if each.kinship is not Kinship.MAESTRO]


async def test_a_company_with_another_spelling_is_proposed_with_the_reasons(world: World):
    key, procore_id = await entered_twice(world)
    world.calls()
    found = pairs(world)[f"maestro:{key}", f"procore:{procore_id}"]
    assert found.kinship is Kinship.ACROSS
    assert [reason.name for reason in found.reasons][:2] == ["name_alike", "phone"]
    assert world.calls() == []


async def test_what_is_linked_in_bulk_is_marked_in_procore_and_creates_nothing(world: World):
    key, procore_id = await entered_twice(world)
    chosen = pairs(world)[f"maestro:{key}", f"procore:{procore_id}"]
    before = len(world.procore("vendors"))
    request = world.commands.duplicates.link("suppliers", pairs_to_link([chosen]))
    assert (request["keys"], request["requested_by"]) == ([key], "tester")
    await world.work()
    assert (world.line("suppliers", key).procore_id, world.line("suppliers", key).is_linked) == (procore_id, True)
    assert len(world.procore("vendors")) == before
    marked = next(row for row in world.procore("vendors") if row["id"] == procore_id)
    assert marked["origin_id"].endswith(f":suppliers:{key}")
    assert (f"maestro:{key}", f"procore:{procore_id}") not in pairs(world)


async def test_what_was_told_apart_is_created_by_the_next_run_and_asked_by_nobody(world: World):
    key, procore_id = await entered_twice(world)
    assert world.line("suppliers", key).has_question
    world.commands.duplicates.tell_apart("suppliers", [(f"procore:{procore_id}", f"maestro:{key}")])
    assert (f"maestro:{key}", f"procore:{procore_id}") not in pairs(world)
    await world.sync("suppliers")
    line = world.line("suppliers", key)
    assert line.is_linked and line.procore_id != procore_id
    with world.database.read() as tx:
        row = tx.execute(PAIR.select()).one()
    assert (row.first, row.decided_by, row.decided_at) == (f"maestro:{key}", "tester", world.clock.now())


async def test_not_the_same_can_be_taken_back(world: World):
    key, procore_id = await entered_twice(world)
    pair = (f"maestro:{key}", f"procore:{procore_id}")
    world.commands.duplicates.tell_apart("suppliers", [pair])
    assert world.commands.duplicates.find("suppliers").told_apart == 1
    world.commands.duplicates.look_again("suppliers")
    assert pair in pairs(world)


async def test_two_suppliers_of_one_company_are_refused_and_none_is_linked(world: World):
    """DUP-01."""
    key, procore_id = await entered_twice(world)
    other = next(row["supplier_code"] for row in world.company.rows("m_supplier") if row["supplier_code"] != key)
    with pytest.raises(Refused) as refused:
        world.commands.duplicates.link("suppliers", {key: procore_id, other: procore_id})
    assert refused.value.problem.code == "DUP-01"
    assert choices(world) == {}


async def test_one_partner_that_is_not_there_keeps_the_others_from_being_chosen(world: World):
    """LNK-14."""
    key, procore_id = await entered_twice(world)
    other = next(row["supplier_code"] for row in world.company.rows("m_supplier") if row["supplier_code"] != key)
    with pytest.raises(Refused) as refused:
        world.commands.duplicates.link("suppliers", {key: procore_id, other: 1})
    assert refused.value.problem.code == "LNK-14"
    assert choices(world) == {}


async def test_a_new_pairing_forgets_what_was_said_of_the_other_company(world: World):
    world.commands.duplicates.tell_apart("suppliers", [("maestro:A", "procore:1"), ("maestro:A", "maestro:B")])
    world.commands.start_new_pairing()
    with world.journal.begin() as tx:
        assert world.journal.strangers(tx, "suppliers") == {("maestro:A", "maestro:B")}


def test_nobody_decides_without_the_right(world: World):
    commands = replace(world.commands, rights=Rights()).duplicates
    for deed in (
        lambda: commands.tell_apart("suppliers", [("maestro:A", "procore:1")]),
        lambda: commands.look_again("suppliers"),
        lambda: commands.link("suppliers", {"A": 1}),
    ):
        with pytest.raises(Refused) as refused:
            deed()
        assert refused.value.problem.code == "CFG-12"


def test_elements_without_names_have_no_duplicates(world: World):
    with pytest.raises(Refused) as refused:
        world.commands.duplicates.find("costs")
    assert refused.value.problem.code == "CLI-02"


def choices(world: World) -> dict[str, Any]:
    with world.journal.begin() as tx:
        return world.journal.decisions(tx, "suppliers")
