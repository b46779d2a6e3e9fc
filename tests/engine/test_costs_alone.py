"""Costs asked for before budgets: told what is missing, in step once it is there."""

from collections import Counter

from tests.engine.test_orders_come import linked, problems
from tests.engine.world import World


async def test_costs_before_budgets_name_the_missing_codes_and_follow_later(world: World) -> None:
    """CST-11 instead of a request that breaks off: the lists that both elements need are read by the first of them."""
    await linked(world)
    assert (await world.sync("costs"))["created"] == 0
    assert problems(world, "costs")["CST-11"] > 0
    await world.sync("budgets")
    once = Counter(call["path"] for call in world.calls() if "/patterns" in call["path"])
    assert set(once.values()) == {1}
    assert (await world.sync("costs"))["created"] > 0
    assert problems(world, "costs")["CST-11"] == 0
