"""*Last synchronized* speaks of the whole element."""

import pytest

from tests.engine.world import World


@pytest.mark.parametrize("part", ["keys", "project"])
async def test_a_run_of_a_part_is_no_synchronization_of_the_element(world: World, part: str):
    """F003: one line or one project says nothing about the others."""
    key = world.company.rows("m_project")[0]["project_code"]
    part_of_it = await world.sync("projects", **{part: [key] if part == "keys" else key})
    assert part_of_it["state"] in ("done", "warned")
    assert world.journal.element_states()["projects"]["last_success_at"] is None
    whole = await world.sync("projects")
    state = world.journal.element_states()["projects"]
    assert (state["last_success_at"], state["last_request_id"]) == (whole["ended_at"], whole["id"])
