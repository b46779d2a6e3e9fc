"""Lines of a commitment or change order that changed while its header stood still: the full run finds them.

A differential list shows what has a new updated_at, and nothing else: that much Procore has to tell.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.engine.test_orders_come import COLLECTIONS, POS, SUBS, linked, orders
from tests.engine.world import World


@pytest.fixture
async def silent(tmp_path: Path) -> AsyncIterator[World]:
    """A Procore in which a changed line does not move its commitment."""
    made = World(tmp_path, switches={"lines_touch_contract": False})
    await linked(made)
    for _ in range(2):  # the second reading leaves the times of our own marks behind
        for element in (POS, SUBS):
            await made.sync(element)
        made.clock.advance(timedelta(hours=1))
    made.calls()
    yield made
    await made.close()


def shows(world: World) -> int:
    return sum(call["method"] == "GET" and call["path"][-1].isdigit() for call in world.calls())


@pytest.mark.parametrize("element", [POS, SUBS])
async def test_the_full_run_finds_lines_that_moved_alone(silent: World, element: str) -> None:
    """F033, F084: one commitment is opened again, because its total no longer is what its lines came to."""
    collection, kind = COLLECTIONS[element]
    typed = orders(silent, kind)
    row = next(r for r in silent.procore(collection) if r["number"] in typed and not typed[r["number"]]["transferred"])
    key = f"{collection.removesuffix('s')}_line_items"
    line = next(each for each in silent.procore(key) if each[f"{collection.removesuffix('s')}_id"] == row["id"])
    await silent.edit_procore(key, {"id": line["id"], "amount": "4321.09", "extended_type": "manual"})

    assert (await silent.sync(element))["updated"] == 0
    assert shows(silent) == 0
    assert (await silent.sync(element, full=True))["updated"] == 1
    assert shows(silent) == 1
    order_id = typed[row["number"]]["order_id"]
    amounts = {each["amount"] for each in silent.company.rows("m_order_line") if each["order_id"] == order_id}
    assert Decimal("4321.09") in amounts


@pytest.mark.parametrize("element", [POS, SUBS])
async def test_a_full_run_opens_nothing_whose_header_says_that_nothing_moved(silent: World, element: str) -> None:
    await silent.sync(element, full=True)
    assert shows(silent) == 0
