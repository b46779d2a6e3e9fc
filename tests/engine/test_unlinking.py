"""A link to a Procore record that is gone is taken back, and the record sent again (LNK-02, LNK-03, PRJ-17)."""

from dataclasses import replace

import pytest

from maestro_procore.engine.commands import Rights
from maestro_procore.model.problems import Refused
from maestro_procore.model.status import Symbol
from tests.engine.world import World

RESOURCES = {"suppliers": "vendors", "projects": "projects"}


def _linked(world: World, element: str) -> tuple[str, int]:
    """A line that is linked and in step: its key and its Procore id."""
    line = next(line for line in world.lines(element) if line.symbol is Symbol.CHECK and line.procore_id)
    return line.maestro_key, line.procore_id


def _delete_in_procore(world: World, element: str, procore_id: int) -> None:
    world.sandbox.world.collection(RESOURCES[element]).remove(procore_id)
    world.sandbox.world.commit()


async def test_a_line_whose_record_is_gone_is_unlinked_and_sent_again(world: World):
    """LNK-02, LNK-03."""
    await world.sync("suppliers")
    key, procore_id = _linked(world, "suppliers")
    _delete_in_procore(world, "suppliers", procore_id)
    await world.sync("suppliers", full=True)
    assert [p.code for p in world.line("suppliers", key).problems] == ["LNK-02"]
    world.commands.choose("suppliers", key, "name", "procore")
    assert world.commands.links.unlink("suppliers", key)
    line = world.line("suppliers", key)
    assert (line.symbol, line.is_linked, line.procore_id, line.needs_sync) == (Symbol.DASH, False, None, True)
    assert [(p.code, p.args) for p in line.problems] == [("LNK-03", {"code": key, "user": world.commands.user})]
    with world.journal.begin() as tx:
        assert key not in world.journal.decisions(tx, "suppliers")
    assert not world.commands.links.unlink("suppliers", key)
    await world.sync("suppliers", keys=[key])
    line = world.line("suppliers", key)
    assert line.symbol is Symbol.CHECK and line.procore_id not in (None, procore_id)


async def test_a_refusal_that_says_gone_is_enough_to_unlink(world: World):
    """PRJ-17: the differential reading does not show that a project was removed; the answer to a write does."""
    await world.sync("projects")
    key, procore_id = _linked(world, "projects")
    _delete_in_procore(world, "projects", procore_id)
    world.edit_maestro("projects", key, phone="418 555-0199")
    await world.sync("projects", keys=[key])
    assert "PRJ-17" in {p.code for p in world.line("projects", key).problems}
    assert world.commands.links.unlink("projects", key)
    await world.sync("projects", keys=[key])
    line = world.line("projects", key)
    assert line.is_linked and line.procore_id not in (None, procore_id)


async def test_links_are_left_alone_without_the_right_and_while_their_element_is_synchronized(world: World):
    """CFG-12, SRV-11."""
    await world.sync("suppliers")
    key, procore_id = _linked(world, "suppliers")
    with pytest.raises(Refused, match="CFG-12"):
        replace(world.commands, rights=Rights()).links.unlink("suppliers", key)
    world.commands.synchronize("suppliers")
    with pytest.raises(Refused, match="SRV-11"):
        world.commands.links.unlink("suppliers", key)
    assert world.line("suppliers", key).procore_id == procore_id and world.line("suppliers", key).is_linked
