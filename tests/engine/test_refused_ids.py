"""Where Procore's bulk call takes no ids, orders get their mark one by one, and are entered once all the same."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maestro_procore.engine.element_sync import synchronize
from tests.engine.test_orders_come import POS, SUBS, WRITES, linked, orders, problems
from tests.engine.world import Killed, PlainSteps, World

REFUSING = {"sync_refuses_id": ["purchase_order_contracts"]}
BULK = "/rest/v1.0/purchase_order_contracts/sync"


@pytest.fixture
async def refusing(tmp_path: Path) -> AsyncIterator[World]:
    """Projects and suppliers are in step with a Procore that refuses ids of purchase orders in bulk calls."""
    made = World(tmp_path, switches=REFUSING)
    yield await linked(made)
    await made.close()


def sent(world: World) -> Counter[str]:
    """Writes since the last look: by the bulk call, and by those of one order."""
    paths = [call["path"] for call in world.calls() if call["method"] in WRITES]
    return Counter("bulk" if path == BULK else "one" for path in paths)


def marked(world: World) -> set[str]:
    return {row["origin_id"] for row in world.procore("purchase_order_contracts") if row["origin_id"]}


async def test_each_order_is_marked_by_a_call_of_its_own(refusing: World) -> None:
    """One bulk call finds out; after it every project's orders go one by one."""
    request = await refusing.sync(POS)
    entered = orders(refusing, "PO")
    assert problems(refusing, POS)["PO-14"] == 0
    assert sent(refusing) == {"bulk": 1, "one": request["created"] + request["linked"]}
    prefix = f"MST:{refusing.company.company().tag}:{POS}:"
    assert marked(refusing) == {f"{prefix}{row['order_no']}" for row in entered.values()}


async def test_the_next_run_remembers_that_ids_are_refused(refusing: World) -> None:
    await refusing.sync(POS)
    refusing.calls()
    draft = next(row for row in refusing.procore("purchase_order_contracts") if row["status"] == "Draft")
    await refusing.edit_procore("purchase_order_contracts", {"id": draft["id"], "status": "Approved"})
    request = await refusing.sync(POS)
    assert (request["created"], sent(refusing)) == (1, {"one": 1})
    assert (await refusing.sync(POS))["created"] == 0
    assert sent(refusing) == {}


async def test_other_kinds_keep_their_bulk_call(refusing: World) -> None:
    await refusing.sync(SUBS)
    assert {call["path"] for call in refusing.calls() if call["method"] in WRITES} == {
        "/rest/v1.0/work_order_contracts/sync"
    }


@pytest.mark.parametrize("step", ["maestro 0", "send 0", "store send 0", "send 0 one", "store send 0 one"])
async def test_killed_in_the_middle_nothing_is_there_twice(refusing: World, step: str) -> None:
    killed = PlainSteps(refusing.journal)
    killed.kill_at = f"{POS}@26005 {step}"
    request = refusing.commands.synchronize(POS)
    with pytest.raises(Killed):
        await synchronize(request["id"], killed, refusing.doors)
    await synchronize(request["id"], PlainSteps(refusing.journal, killed.finished), refusing.doors)
    numbers = Counter(row["external_no"] for row in refusing.company.rows("m_order") if not row["extension"])
    assert [number for number, count in numbers.items() if number and count > 1] == []
    done = refusing.journal.request(request["id"])
    assert len(marked(refusing)) == done["created"] + done["linked"]
    refusing.calls()
    await refusing.sync(POS, full=True)
    assert sent(refusing) == {}


def linked_ids(world: World) -> set[int]:
    return {line.procore_id for line in world.lines(POS) if line.is_linked}


async def test_a_refused_mark_is_told_of_its_order_alone(refusing: World) -> None:
    """PO-14: the order is in maestro*, Procore refuses its single mark; the others go on."""
    typed = orders(refusing, "PO")
    approved = [row for row in refusing.procore("purchase_order_contracts") if row["status"] == "Approved"]
    victim = next(row for row in approved if row["number"] not in typed and row["number"].startswith("26005"))
    path = f"*/purchase_order_contracts/{victim['id']}"
    refusing.sandbox.faults.plant({"method": "PATCH", "path": path, "status": 422, "body": {"errors": "no"}})
    request = await refusing.sync(POS)
    assert (problems(refusing, POS)["PO-14"], victim["id"] in linked_ids(refusing)) == (1, False)
    refusing.sandbox.faults.clear()
    await refusing.sync(POS, full=True)
    assert problems(refusing, POS)["PO-14"] == 0
    assert victim["id"] in linked_ids(refusing)
    assert len(marked(refusing)) == request["created"] + request["linked"] + 1
