"""A project that is closed in maestro* while Procore goes on: what is approved there is told, and never entered."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_orders_come import CHANGES, POS, SUBS, linked, orders, problems
from tests.engine.world import World

COLLECTION = "purchase_order_contracts"


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield await linked(made)
    await made.close()


def a_draft(world: World) -> dict[str, Any]:
    """An order of Procore that is not approved yet, of a project that both sides have open."""
    projects = {line.procore_id: line.maestro_key for line in world.lines("projects") if line.is_linked}
    drafts = (row for row in world.procore(COLLECTION) if row["status"] == "Draft")
    return next({**row, "code": projects[row["project_id"]]} for row in drafts if row["project_id"] in projects)


def reads(world: World, project_id: int) -> list[str]:
    """Lists and orders of a project that were asked for since the last look."""
    return [call["path"] for call in world.calls() if str(project_id) in f"{call['path']}?{call['query']}"]


async def test_an_order_approved_after_its_project_was_closed_is_told_and_not_entered(ready: World) -> None:
    """SC-04."""
    await ready.sync(POS)
    draft, before = a_draft(ready), orders(ready, "PO")
    ready.edit_maestro("projects", draft["code"], status="1")
    await ready.edit_procore(COLLECTION, {"id": draft["id"], "status": "Approved"})
    request = await ready.sync(POS)
    told = next(line for line in ready.lines(POS) if line.procore_id == draft["id"])
    assert [p.code for p in told.problems] == ["SC-04"]
    assert (request["created"], orders(ready, "PO")) == (0, before)
    ready.calls()
    await ready.sync(POS)
    assert len(reads(ready, draft["project_id"])) == 1
    ready.edit_maestro("projects", draft["code"], status="A")
    assert (await ready.sync(POS))["created"] == 1


async def test_a_project_that_was_closed_before_the_first_run_is_never_asked(ready: World) -> None:
    draft = a_draft(ready)
    ready.edit_maestro("projects", draft["code"], status="1")
    for element in (POS, SUBS, CHANGES, POS):
        await ready.sync(element)
    assert reads(ready, draft["project_id"]) == []
    assert problems(ready, POS)["SC-04"] == 0


async def test_what_maestro_would_send_of_a_closed_project_stays_here(ready: World) -> None:
    """Only what comes from Procore is watched."""
    await ready.sync("budgets")
    draft = a_draft(ready)
    ready.calls()
    ready.edit_maestro("projects", draft["code"], status="1")
    await ready.sync("budgets")
    assert reads(ready, draft["project_id"]) == []
