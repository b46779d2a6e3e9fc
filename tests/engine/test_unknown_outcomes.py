"""A write without an answer, given up: nobody knows what became of it, and nothing is sent again unseen."""

from typing import Any

import pytest

from maestro_procore.model.status import Symbol
from tests.engine.world import World

GIVEN_UP = 11
"""One try and ten resumes."""


def _codes(action: Any) -> list[str]:
    return [problem.code for problem in action.problems]


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_write_that_is_given_up_without_an_answer_is_unknown_and_not_green(world: World, cut: str):
    """RUN-04: the run has errors, the next one compares anew and finds what Procore stored."""
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "cut": cut, "times": GIVEN_UP})
    before = len(world.procore("vendors"))
    request = await world.sync("suppliers")
    assert (request["state"], request["errors"], request["created"], request["linked"]) == ("failed", 52, 0, 0)
    unknown = [action for action in world.actions(request) if action.state == "unknown"]
    assert len(unknown) == 52 and all("RUN-04" in _codes(action) for action in unknown)
    assert world.line("suppliers", unknown[0].maestro_key).symbol is Symbol.CROSS
    again = await world.sync("suppliers")
    assert (again["state"], again["errors"]) == ("warned", 0)
    assert len(world.procore("vendors")) == before + 19
    assert world.line("suppliers", unknown[0].maestro_key).symbol is Symbol.CHECK


async def test_one_attempt_without_an_answer_leaves_the_end_unknown(world: World):
    """RUN-04: the later refusals say nothing about the first, which Procore may have carried out."""
    world.sandbox.faults.plant(
        [
            {"method": "PATCH", "path": "*/vendors/sync", "cut": "after"},
            {"method": "PATCH", "path": "*/vendors/sync", "status": 422, "times": None},
        ]
    )
    request = await world.sync("suppliers")
    unknown = [action for action in world.actions(request) if action.state == "unknown"]
    assert len(unknown) == request["errors"] == 52 and all("RUN-04" in _codes(action) for action in unknown)


async def test_a_write_that_procore_refused_is_failed_and_not_unknown(world: World):
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "status": 422, "times": None})
    request = await world.sync("suppliers")
    assert request["errors"] == 52
    assert "unknown" not in {action.state for action in world.actions(request)}


async def test_a_resumed_request_looks_an_unknown_outcome_up_before_it_sends(world: World):
    """What was stored is linked, not created again; without anything unknown left there is nothing to resume."""
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "cut": "after", "times": GIVEN_UP})
    before = len(world.procore("vendors"))
    request = await world.sync("suppliers")
    world.calls()
    again = await world.resume(request["id"])
    assert "GET" in {call["method"] for call in world.calls()[:1]}
    assert (again["errors"], again["created"]) == (0, 0)
    assert len(world.procore("vendors")) == before + 19
    assert not world.commands.resume(request["id"])


async def test_what_a_killed_run_has_created_is_counted_as_created(world: World):
    """Procore answers the second time with records that are older than the call, and younger than the run."""
    request = await world.sync("suppliers", kill_at="send")
    assert request["created"] > 0
    created = [a for a in world.actions(request) if a.kind == "create"]
    assert len(created) == request["created"] and all(a.state == "done" for a in created)
