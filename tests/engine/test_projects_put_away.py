"""A project that is closed in maestro* is offered to be set inactive in Procore, and back when it is opened again.

maestro-interface.md §3.1: stop sending, keep the link, offer. No run does it by itself, and it can be undone.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model.problems import Refused
from tests.engine.test_orders_come import linked
from tests.engine.world import World

CODE = "26004"


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path, hourly_limit=100_000, spike_limit=10_000)
    yield await linked(made)
    await made.close()


def in_procore(world: World) -> dict[str, Any]:
    procore_id = world.line("projects", CODE).procore_id
    return next(row for row in world.procore("projects") if row["id"] == procore_id)


def told(world: World) -> list[str]:
    return [problem.code for problem in world.line("projects", CODE).problems]


async def close(world: World) -> None:
    world.edit_maestro("projects", CODE, status="1")
    await world.sync("projects")


async def set_in_use(world: World, *, is_active: bool) -> dict[str, Any]:
    request = world.commands.set_in_use(CODE, is_active=is_active)
    return await world.go_on(request["id"])


async def test_a_closed_project_is_offered_and_no_run_puts_it_away(ready: World) -> None:
    """PRJ-22."""
    await close(ready)
    ready.calls()

    for element in ("projects", "budgets", "projects"):
        await ready.sync(element)

    assert told(ready) == ["PRJ-22"]
    assert in_procore(ready)["active"] is True
    assert ready.line("projects", CODE).is_linked
    assert [call["path"] for call in ready.calls() if call["method"] != "GET" and "projects/sync" in call["path"]] == []


async def test_on_wish_it_is_set_inactive_with_one_write_and_the_link_stays(ready: World) -> None:
    await close(ready)
    before = in_procore(ready)
    ready.calls()
    row = await set_in_use(ready, is_active=False)

    assert (row["state"], row["updated"], row["mode"]) == ("done", 1, "set-inactive")
    writes = [call for call in ready.calls() if call["method"] != "GET"]
    assert [call["path"] for call in writes] == ["/rest/v1.0/projects/sync"]
    after = in_procore(ready)
    assert after["active"] is False
    assert {name for name in before if before[name] != after.get(name)} <= {"active", "updated_at", "is_active"}
    assert told(ready) == [] and ready.line("projects", CODE).is_linked
    ready.calls()
    await ready.sync("projects")
    assert told(ready) == []


async def test_it_is_undone_like_any_other_request(ready: World) -> None:
    await close(ready)
    row = await set_in_use(ready, is_active=False)

    undone = ready.commands.undo(row["id"])
    assert (await ready.go_on(undone["id"]))["state"] in ("done", "warned")

    assert in_procore(ready)["active"] is True
    await ready.sync("projects")
    assert told(ready) == ["PRJ-22"]


async def test_what_somebody_set_back_meanwhile_is_not_undone(ready: World) -> None:
    await close(ready)
    row = await set_in_use(ready, is_active=False)
    await ready.edit_procore("projects", {"id": in_procore(ready)["id"], "active": True})

    undone = await ready.go_on(ready.commands.undo(row["id"])["id"])

    assert undone["skipped"] == 1
    assert [p.code for a in ready.actions(undone) for p in a.problems] == ["UND-02"]


async def test_opened_again_it_is_offered_back_and_only_then_something_is_sent(ready: World) -> None:
    """PRJ-23."""
    await close(ready)
    await set_in_use(ready, is_active=False)
    ready.edit_maestro("projects", CODE, status="A")
    await ready.sync("projects")
    assert told(ready) == ["PRJ-23"]
    assert in_procore(ready)["active"] is False

    row = await set_in_use(ready, is_active=True)

    assert row["state"] == "done"
    assert in_procore(ready)["active"] is True
    await ready.sync("projects")
    assert told(ready) == []


@pytest.mark.parametrize("is_active", [True, False], ids=["active", "inactive"])
async def test_where_there_is_nothing_to_set_nothing_is_asked_for(ready: World, is_active: bool) -> None:
    """PRJ-24."""
    with pytest.raises(Refused) as refused:
        ready.commands.set_in_use(CODE, is_active=is_active)

    assert refused.value.problem.code == "PRJ-24"
    assert ready.journal.open_requests() == []


async def test_opened_again_before_its_turn_nothing_is_set(ready: World) -> None:
    """PRJ-24 on the line: what was asked for no longer fits, and it is not done another day."""
    await close(ready)
    request = ready.commands.set_in_use(CODE, is_active=False)
    ready.edit_maestro("projects", CODE, status="A")

    row = await ready.go_on(request["id"])

    assert (row["skipped"], row["updated"]) == (1, 0)
    assert told(ready) == ["PRJ-24"]
    ready.edit_maestro("projects", CODE, status="1")
    await ready.sync("projects")
    assert in_procore(ready)["active"] is True


async def test_while_projects_are_synchronized_it_has_to_wait(ready: World) -> None:
    await close(ready)
    ready.commands.synchronize("projects")

    with pytest.raises(Refused) as refused:
        ready.commands.set_in_use(CODE, is_active=False)

    assert refused.value.problem.code == "SRV-11"
