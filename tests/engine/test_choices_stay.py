"""Whose value stands was chosen by a person: the history still says so when the choice was carried out."""

import pytest

from tests.engine.world import World


@pytest.mark.parametrize(("side", "city"), [("maestro", "Matane"), ("procore", "Gaspé"), ("keep", None)])
async def test_a_chosen_side_stays_with_the_action(world: World, side: str, city: str | None) -> None:
    await world.sync("projects")
    line = next(line for line in world.lines("projects") if line.is_linked and not line.problems)
    world.edit_maestro("projects", line.maestro_key, city="Matane")
    await world.edit_procore("projects", {"id": line.procore_id, "city": "Gaspé"})
    await world.sync("projects")
    assert world.line("projects", line.maestro_key).has_question, "both sides have moved"
    world.commands.choose("projects", line.maestro_key, "city", side)
    request = await world.sync("projects")
    actions = [action for action in world.actions(request) if action.maestro_key == line.maestro_key]
    told = [d["chosen"] for action in actions for d in action.differences if d["field"] == "city"]
    assert told == [side]
    held = world.line("projects", line.maestro_key)
    cities = (held.maestro["city"], held.procore["city"])
    assert cities == ((city, city) if city else ("Matane", "Gaspé"))
