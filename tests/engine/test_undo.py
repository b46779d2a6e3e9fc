"""Undo of a request and of a line of it: from before-images, while both sides still hold what was written."""

from typing import Any

import pytest

from maestro_procore.engine.commands import Rights
from maestro_procore.model.problems import Refused
from maestro_procore.model.status import Symbol
from maestro_procore.store.views import RequestQuery
from tests.engine.test_links import linked, record
from tests.engine.world import World


def changes(world: World, request: dict[str, Any]) -> list[Any]:
    return [action for action in world.actions(request) if action.kind in ("create", "update", "link")]


def codes(actions: list[Any]) -> set[str]:
    return {problem.code for action in actions for problem in action.problems}


async def test_an_update_is_put_back_and_stays_put_back(world: World):
    """UND-07, UND-12."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    before = record(world, "suppliers", procore_id)
    world.edit_maestro("suppliers", key, city="Rimouski", phone="418 555-0123")
    request = await world.sync("suppliers")
    assert request["updated"] == 1 and record(world, "suppliers", procore_id)["city"] == "Rimouski"
    undo = world.commands.undo(request["id"])
    undone = await world.work()
    assert (undone["id"], undone["mode"], undone["updated"], undone["errors"]) == (undo["id"], "undo", 1, 0)
    after = record(world, "suppliers", procore_id)
    assert (after["city"], after["business_phone"]) == (before["city"], before["business_phone"])
    assert world.views.requests(RequestQuery(), 0, 1)[0].undoes_number == request["number"]
    assert codes(changes(world, undone)) == {"UND-12"}
    again = await world.sync("suppliers")
    assert again["updated"] == 0 and record(world, "suppliers", procore_id)["city"] == before["city"]
    assert [p.code for p in world.line("suppliers", key).problems] == ["UND-07", "UND-07"]
    # Somebody chooses: the ordinary rules hold again.
    world.commands.choose("suppliers", key, "city", "maestro")
    await world.sync("suppliers")
    assert record(world, "suppliers", procore_id)["city"] == "Rimouski"


async def test_what_is_equal_again_after_an_undo_follows_the_ordinary_rules(world: World):
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    city = record(world, "suppliers", procore_id)["city"]
    world.edit_maestro("suppliers", key, city="Rimouski")
    world.commands.undo((await world.sync("suppliers"))["id"])
    await world.work()
    world.edit_maestro("suppliers", key, city=city)
    await world.sync("suppliers")
    assert world.line("suppliers", key).symbol is Symbol.CHECK
    world.edit_maestro("suppliers", key, city="Matane")
    assert (await world.sync("suppliers"))["updated"] == 1
    assert record(world, "suppliers", procore_id)["city"] == "Matane"


@pytest.mark.parametrize(("element", "flag"), [("suppliers", "is_active"), ("projects", "active")])
async def test_what_was_created_in_procore_becomes_inactive_and_is_not_made_again(
    world: World, element: str, flag: str
):
    request = await world.sync(element)
    made = [a for a in changes(world, request) if a.kind == "create" and a.target == "procore"]
    assert made
    one = made[0]
    world.commands.undo(request["id"], [one.id])
    undone = await world.work()
    assert (undone["updated"], undone["errors"]) == (1, 0)
    assert record(world, element, one.procore_id)[flag] is False
    assert all(record(world, element, each.procore_id)[flag] for each in made[1:])
    again = await world.sync(element, full=True)
    assert (again["created"], again["errors"]) == (0, 0)
    assert record(world, element, one.procore_id)[flag] is False
    assert world.line(element, one.maestro_key).is_linked


async def test_a_whole_first_run_is_taken_back_as_far_as_it_can_be(world: World):
    """Links keep their marks, projects made in maestro* stay and say what corrects them."""
    request = await world.sync("projects")
    assert {a.target for a in changes(world, request) if a.kind == "create"} == {"procore", "both"}
    rows = {row["project_code"]: row["status"] for row in world.company.rows("m_project")}
    world.commands.undo(request["id"])
    undone = await world.work()
    assert undone["errors"] == 0 and undone["state"] == "warned"
    told = {a.maestro_key: {p.code for p in a.problems} for a in world.actions(undone) if a.kind == "skip"}
    here = {a.maestro_key for a in changes(world, request) if a.target == "both" and a.kind == "create"}
    assert here and all(told[key] == {"UND-08"} for key in here)
    assert {row["project_code"]: row["status"] for row in world.company.rows("m_project")} == rows


async def test_what_somebody_changed_since_is_left_alone(world: World):
    """UND-02."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    world.edit_maestro("suppliers", key, city="Rimouski")
    request = await world.sync("suppliers")
    await world.edit_procore("vendors", {"id": procore_id, "city": "Gaspé"})
    world.commands.undo(request["id"])
    undone = await world.work()
    assert (undone["updated"], undone["skipped"], undone["state"]) == (0, 1, "warned")
    assert codes([a for a in world.actions(undone) if a.kind == "skip"]) == {"UND-02"}
    assert record(world, "suppliers", procore_id)["city"] == "Gaspé"


@pytest.mark.parametrize("kill_at", ["plan", "send", "store send", "end part"])
async def test_an_undo_that_was_killed_goes_on_and_writes_once(world: World, kill_at: str):
    request = await world.sync("suppliers")
    made = [a for a in changes(world, request) if a.kind == "create"]
    world.commands.undo(request["id"])
    world.calls()
    undone = await world.work(kill_at=kill_at)
    assert undone["errors"] == 0
    assert all(record(world, "suppliers", each.procore_id)["is_active"] is False for each in made)
    sent = [call for call in world.calls() if call["method"] == "PATCH"]
    assert len(sent) == (2 if kill_at == "send" else 1)


async def test_a_value_that_both_sides_share_is_put_back_in_maestro_too(world: World):
    """Projects go both ways: what a run took over from Procore is given back."""
    await world.sync("projects")
    key, procore_id = linked(world, "projects")
    held = next(row for row in world.company.rows("m_project") if row["project_code"] == key)
    await world.edit_procore("projects", {"id": procore_id, "city": "Percé"})
    request = await world.sync("projects")
    assert world.company.rows("m_project", keys=[key])[0]["city"] == "Percé"
    world.commands.undo(request["id"])
    undone = await world.work()
    assert (undone["updated"], undone["errors"]) == (1, 0)
    assert world.company.rows("m_project", keys=[key])[0]["city"] == held["city"]
    await world.sync("projects")
    assert world.company.rows("m_project", keys=[key])[0]["city"] == held["city"]
    assert record(world, "projects", procore_id)["city"] == "Percé"


async def test_an_undo_can_be_undone(world: World):
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    world.edit_maestro("suppliers", key, city="Rimouski")
    request = await world.sync("suppliers")
    world.commands.undo(request["id"])
    undone = await world.work()
    world.commands.undo(undone["id"])
    redone = await world.work()
    assert redone["updated"] == 1 and record(world, "suppliers", procore_id)["city"] == "Rimouski"


async def test_what_cannot_be_undone_is_refused_before_anything_is_written(world: World):
    """UND-01, CFG-12, SRV-11."""
    preview = await world.sync("suppliers", preview=True)
    with pytest.raises(Refused, match="UND-01"):
        world.commands.undo(preview["id"])
    request = await world.sync("suppliers")
    idle = await world.sync("suppliers")
    with pytest.raises(Refused, match="UND-01"):
        world.commands.undo(idle["id"])
    world.commands.rights = Rights()
    with pytest.raises(Refused, match="CFG-12"):
        world.commands.undo(request["id"])
    world.commands.rights = Rights(True, True, True, True)
    world.commands.synchronize("suppliers")
    with pytest.raises(Refused, match="SRV-11"):
        world.commands.undo(request["id"])
