"""What an accountant changes in maestro* stands on the page before anybody synchronizes, without a call."""

from maestro_procore.engine.element_sync import refresh_lines
from maestro_procore.model.status import Symbol
from tests.engine.world import World


async def test_a_change_in_maestro_is_counted_and_costs_no_call(world: World):
    """F034: the number in the tab's name tells what the next click would send."""
    await world.sync("suppliers")
    element = next(e for e in world.views.elements() if e.name == "suppliers")
    before = element.to_synchronize
    green = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK)
    world.calls()
    world.edit_maestro("suppliers", green.maestro_key, phone="418-555-0177")
    refresh_lines(world.doors, "suppliers")
    element = next(e for e in world.views.elements() if e.name == "suppliers")
    assert element.to_synchronize == before + 1
    assert "phone" in world.line("suppliers", green.maestro_key).differing
    assert world.calls() == []


async def test_what_the_last_run_told_of_a_record_stays_on_its_line(world: World):
    await world.sync("suppliers")
    told = [line.maestro_key for line in world.lines("suppliers") if any(p.code == "SUP-13" for p in line.problems)]
    assert told
    refresh_lines(world.doors, "suppliers")
    still = [line.maestro_key for line in world.lines("suppliers") if any(p.code == "SUP-13" for p in line.problems)]
    assert still == told


async def test_a_click_turns_its_lines_into_hourglasses_before_anything_is_read(world: World):
    """F008: also while the call limit keeps the reading waiting; a cancelled request lets them go."""
    refresh_lines(world.doors, "suppliers")
    request = world.commands.synchronize("suppliers")
    meant = [line for line in world.lines("suppliers") if line.needs_sync]
    assert meant
    assert {line.symbol for line in meant} == {Symbol.HOURGLASS}
    resumes_at = world.clock.now()
    world.journal.show_waiting(resumes_at)
    line = world.line("suppliers", meant[0].maestro_key)
    assert (line.message.kind, line.message.resumes_at) == ("waiting", resumes_at)
    world.journal.show_waiting(None)
    world.commands.cancel(request["id"])
    await world.sync("suppliers")
    assert {line.symbol for line in world.lines("suppliers") if line.needs_sync} == {Symbol.DASH}


async def test_an_error_keeps_its_cross_when_the_next_try_is_cancelled(world: World):
    """F004."""
    world.edit_maestro("suppliers", "ADIR0012", province="XX")
    await world.sync("suppliers")
    assert world.line("suppliers", "ADIR0012").symbol is Symbol.CROSS
    request = world.commands.synchronize("suppliers")
    assert world.line("suppliers", "ADIR0012").symbol is Symbol.HOURGLASS
    world.commands.cancel(request["id"])
    await world.sync("suppliers")
    assert world.line("suppliers", "ADIR0012").symbol is Symbol.CROSS
