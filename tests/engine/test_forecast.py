"""What a forecast says is what the sandbox then counts, and it changes nothing (issue 3, forecast before the start)."""

from datetime import timedelta

import pytest

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.model.forecast import PAGE, PAGE_OF
from maestro_procore.model.kinds import MAPS
from maestro_procore.procore.catalogue import RESOURCES
from tests.engine.world import PlainSteps, World

PROJECT = "26004"
BY_PROJECT = ("budgets", "purchase-orders", "subcontracts", "change-orders", "costs")
KNOWN = ("projects", "suppliers")


@pytest.fixture
async def world(tmp_path):
    world = World(tmp_path, hourly_limit=100_000, spike_limit=10_000)
    yield world
    await world.close()


async def counted(world: World, element: str, **options: str) -> int:
    """Calls of a run, by the sandbox's log."""
    world.calls()
    await world.sync(element, **options)
    return len(world.calls())


async def calls_of(world: World, request_id: str) -> int:
    """Calls of a run that was asked for before."""
    world.calls()
    await synchronize(request_id, PlainSteps(world.journal), world.doors)
    return len(world.calls())


async def all_in_step(world: World) -> None:
    for element in KNOWN:
        await world.sync(element)
    for element in BY_PROJECT:
        await world.sync(element, project=PROJECT)


async def test_the_first_run_of_what_is_known_is_foretold_to_the_call(world):
    for element in KNOWN:
        [told] = world.commands.forecast([element])

        assert told.calls == await counted(world, element)
        assert told.calls_at_most is None  # Procore's list may go on for any number of pages


async def test_the_first_run_of_a_project_lies_between_the_bounds(world):
    for element in KNOWN:
        await world.sync(element)
    for element in BY_PROJECT:
        [told] = world.commands.forecast([element], project=PROJECT)

        calls = await counted(world, element, project=PROJECT)

        assert told.calls <= calls, element
        assert told.calls_at_most is None or calls <= told.calls_at_most, element


async def test_an_idle_run_is_foretold_to_the_call(world):
    await all_in_step(world)

    told = world.commands.forecast(BY_PROJECT, project=PROJECT)
    requests = {one.element: world.commands.synchronize(one.element, project=PROJECT) for one in told}
    world.clock.advance(timedelta(seconds=1))

    assert {one.element: one.calls for one in told} == {
        element: await calls_of(world, request["id"]) for element, request in requests.items()
    }


async def test_a_change_in_maestro_adds_its_call_and_a_full_run_its_lists(world):
    await all_in_step(world)
    idle = world.commands.forecast(["suppliers"])[0].calls
    line = next(line for line in world.lines("suppliers") if line.is_linked and not line.problems)

    world.edit_maestro("suppliers", line.maestro_key, email="comptes@exemple.test")
    assert await counted(world, "suppliers") == idle + 1

    [full] = world.commands.forecast(["suppliers"], full=True)
    assert full.calls == await counted(world, "suppliers", full=True) > idle


async def test_what_only_reading_will_tell_has_no_upper_bound(world):
    for element in KNOWN:
        await world.sync(element)

    told = {one.element: one.calls_at_most for one in world.commands.forecast(project=PROJECT)}

    assert told["purchase-orders"] is None
    assert told["change-orders"] is None
    assert told["budgets"] is not None


async def test_elements_follow_each_other_in_the_order_in_which_they_run(world):
    told = world.commands.forecast()

    assert [one.element for one in told][:3] == ["projects", "suppliers", "budgets"]
    assert [one.finishes_at for one in told] == sorted(one.finishes_at for one in told)
    assert [one.calls for one in told if one.calls_likely < one.calls] == []
    assert told[-1].finishes_at - world.clock.now() == timedelta(seconds=told[-1].seconds)


async def test_projects_that_the_same_wish_will_link_are_counted_already(world):
    alone = world.commands.forecast(["budgets"])[0].calls

    together = world.commands.forecast(["projects", "budgets"])[1].calls

    assert together > alone


async def test_what_nobody_has_read_yet_is_never_called_exact(world):
    told = {one.element: one for one in world.commands.forecast()}

    assert {one.calls_at_most for one in told.values()} == {None}  # not even the projects are known
    for element in ("purchase-orders", "subcontracts", "change-orders"):
        assert told[element].unread == 9
        assert world.clock.now() < told[element].known_at < told["change-orders"].finishes_at


async def test_an_element_that_people_fill_in_procore_may_have_changed_since(world):
    await all_in_step(world)

    told = {one.element: one for one in world.commands.forecast(BY_PROJECT, project=PROJECT)}

    assert told["purchase-orders"].calls_at_most is None
    assert told["purchase-orders"].unread == 0
    assert told["budgets"].calls_at_most is not None


async def test_a_forecast_calls_nobody_and_changes_nothing(world):
    await world.sync("projects")
    world.calls()
    before = world.database.version()

    world.commands.forecast()

    assert world.calls() == []
    assert world.database.version() == before


def test_pages_are_as_large_as_the_catalogue_says():
    lists = {name for element_map in MAPS.values() for name in element_map.resources if RESOURCES[name].page_size}

    assert {name: PAGE_OF.get(name, PAGE) for name in lists} == {name: RESOURCES[name].page_size for name in lists}
