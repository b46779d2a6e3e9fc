"""Where Procore's newer list of commitments serves, one call a project tells of purchase orders and subcontracts."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.model.commitments import TOGETHER
from maestro_procore.model.kinds import MAPS
from maestro_procore.ports import Row
from maestro_procore.procore.catalogue import RESOURCES
from tests.engine.test_orders_come import COLLECTIONS, POS, SUBS, WRITES, linked, orders, problems
from tests.engine.world import Killed, PlainSteps, World

SHARED, OWN = "commitment_contracts", tuple(collection for collection, _ in COLLECTIONS.values())


@pytest.fixture
async def read(world: World) -> World:
    """Both kinds were read whole once, an hour ago."""
    return await _read(world)


async def _read(world: World) -> World:
    await linked(world)
    await both(world)
    world.clock.advance(timedelta(hours=1))
    world.calls()
    return world


async def both(world: World, kill_at: str | None = None, **options: Any) -> list[Row]:
    """Presses both buttons, then works both off, as `sync all` does."""
    asked = [world.commands.synchronize(element, **options) for element in (POS, SUBS)]
    world.clock.advance(timedelta(seconds=1))
    for request in asked:
        steps = PlainSteps(world.journal)
        steps.kill_at = kill_at
        try:
            await synchronize(request["id"], steps, world.doors)
        except Killed:
            await synchronize(request["id"], PlainSteps(world.journal, steps.finished), world.doors)
    return [world.journal.request(request["id"]) for request in asked]


def lists(calls: list[Row]) -> Counter[str]:
    """Lists that were read, by the last word of their path."""
    return Counter(c["path"].rpartition("/")[2] for c in calls if c["method"] == "GET" and c["path"][-1].isalpha())


def shows(calls: list[Row]) -> int:
    return sum(call["method"] == "GET" and call["path"][-1].isdigit() for call in calls)


def projects(world: World) -> int:
    """Projects whose commitments were read."""
    with world.journal.begin() as tx:
        linked_ones = world.journal.link_pairs(tx, "projects")
    return sum(world.journal.reading(POS, code)["read_from"] is not None for code in linked_ones)


async def edited(world: World, element: str, **values: Any) -> Row:
    """Somebody edits the first commitment that is there on both sides."""
    collection, kind = COLLECTIONS[element]
    typed = orders(world, kind)
    row = next(r for r in world.procore(collection) if r["number"] in typed and not typed[r["number"]]["transferred"])
    return await world.edit_procore(collection, {"id": row["id"], **values})


async def test_an_idle_run_of_both_reads_one_list_a_project(read: World) -> None:
    """F033"""
    await both(read)
    calls = read.calls()
    assert (lists(calls), shows(calls)) == ({SHARED: projects(read)}, 0)
    assert [call for call in calls if call["method"] in WRITES] == []


async def test_what_moved_in_either_kind_arrives(read: World) -> None:
    """F033, F084"""
    changed = {element: await edited(read, element, title="Moved") for element in (POS, SUBS)}
    requests = await both(read)
    calls = read.calls()
    assert [request["updated"] for request in requests] == [1, 1]
    assert (lists(calls), shows(calls)) == ({SHARED: projects(read)}, 2)
    for element, row in changed.items():
        assert orders(read, COLLECTIONS[element][1])[row["number"]]["description"] == "Moved"


async def test_a_later_click_looks_again(read: World) -> None:
    """What moved after the list was read for the other kind is in no list that was read."""
    await read.sync(POS)
    read.clock.advance(timedelta(seconds=1))
    row = await edited(read, SUBS, title="Moved later")
    request = await read.sync(SUBS)
    assert (request["updated"], lists(read.calls())) == (1, {SHARED: 2 * projects(read)})
    assert orders(read, "SC")[row["number"]]["description"] == "Moved later"


async def test_what_one_kinds_run_was_told_is_not_lost_for_the_other(read: World) -> None:
    """The other kind's record has moved and was not opened: its own run opens it, however late."""
    row = await edited(read, SUBS, title="Moved before")
    await read.sync(POS)
    read.clock.advance(timedelta(days=1))
    read.calls()
    request = await read.sync(SUBS)
    assert (request["updated"], shows(read.calls())) == (1, 1)
    assert orders(read, "SC")[row["number"]]["description"] == "Moved before"


async def test_a_commitment_that_is_deleted_is_told_by_the_shared_list(read: World) -> None:
    await edited(read, SUBS, deleted_at="2026-11-20T12:00:00Z")
    await both(read)
    assert problems(read, SUBS)["LNK-02"] == 1


async def test_a_full_run_reads_each_kinds_own_list(read: World) -> None:
    await both(read, full=True)
    assert lists(read.calls()) == {name: projects(read) for name in OWN} | {"tax_codes": 1}


async def test_a_kind_that_was_never_read_has_its_own_list_first(world: World) -> None:
    await linked(world)
    await world.sync(POS)
    world.clock.advance(timedelta(hours=1))
    world.calls()
    await both(world)
    assert lists(world.calls()).keys() == set(OWN)


@pytest.mark.parametrize("step", ["begin part", "read commitments-v2 1", "plan", "end part"])
@pytest.mark.parametrize("element", [POS, SUBS])
async def test_killed_anywhere_nothing_that_moved_is_missed(read: World, element: str, step: str) -> None:
    changed = {each: await edited(read, each, title="Moved") for each in (POS, SUBS)}
    projects_of = {row["id"]: row["project_number"] for row in read.procore("projects")}
    await both(read, kill_at=f"{element}@{projects_of[changed[element]['project_id']]} {step}")
    for each, row in changed.items():
        assert orders(read, COLLECTIONS[each][1])[row["number"]]["description"] == "Moved"


# --- where it does not serve ------------------------------------------------------------------------


@pytest.fixture
async def laconic(tmp_path: Path) -> AsyncIterator[World]:
    """A Procore whose newer list leaves marks out."""
    made = World(tmp_path, switches={"commitment_contracts_record": "written"})
    yield await _read(made)
    await made.close()


async def _falls_back(world: World) -> None:
    changed = {element: await edited(world, element, title="Moved") for element in (POS, SUBS)}
    await both(world)
    first = lists(world.calls())
    assert 0 < first.pop(SHARED) <= projects(world)
    for element, row in changed.items():
        assert orders(world, COLLECTIONS[element][1])[row["number"]]["description"] == "Moved"
    await both(world)
    assert lists(world.calls()) == {name: projects(world) for name in OWN}


async def test_without_marks_it_does_not_serve_and_is_asked_no_more(laconic: World) -> None:
    await _falls_back(laconic)


@pytest.mark.parametrize("status", [403, 404, 405])
async def test_where_it_is_refused_each_kind_keeps_its_own_list(read: World, status: int) -> None:
    read.sandbox.faults.plant({"method": "GET", "path": f"*/{SHARED}", "status": status, "times": None})
    await _falls_back(read)


async def test_records_under_other_ids_are_not_believed(read: World) -> None:
    """Not known from the documents: whether both versions number commitments alike."""
    row = dict.fromkeys(TOGETHER.wanted) | {"id": "7", "type": "WorkOrderContract"}
    row |= {"created_at": "2026-01-05T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "status": "Approved"}
    read.sandbox.faults.plant(
        {"method": "GET", "path": f"*/{SHARED}", "status": 200, "body": {"data": [row]}, "times": None}
    )
    await _falls_back(read)
    assert problems(read, SUBS)["SRV-25"] == 0


async def test_a_full_run_looks_whether_it_serves_by_now(read: World) -> None:
    read.sandbox.faults.plant({"method": "GET", "path": f"*/{SHARED}", "status": 404, "times": None})
    await both(read)
    read.sandbox.faults.clear()
    await both(read, full=True)
    read.calls()
    await both(read)
    assert lists(read.calls()) == {SHARED: projects(read)}


# --- our own marks ----------------------------------------------------------------------------------


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for element in (POS, SUBS):
        monkeypatch.setitem(MAPS, element, replace(MAPS[element], shared=replace(TOGETHER, page_size=3)))


async def test_marks_that_would_fill_more_than_a_page_do_not_come_back(small_pages: None, world: World) -> None:
    """The next run starts behind them; an hour later everything is read again, for what it may have skipped."""
    await linked(world)
    await both(world)
    skipped = await edited(world, POS, title="Moved while marks were written")
    world.clock.advance(timedelta(minutes=1))
    world.calls()
    await both(world)
    assert lists(world.calls()) == {SHARED: projects(world)}
    world.clock.advance(timedelta(hours=1))
    await both(world)
    assert set(OWN) <= lists(world.calls()).keys()
    assert orders(world, "PO")[skipped["number"]]["description"] == "Moved while marks were written"


def test_the_page_size_is_the_catalogues() -> None:
    assert TOGETHER.page_size == RESOURCES[TOGETHER.resource].page_size
