"""What people do about links: taken back, given to another record, sent again, ignored; each with its history."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model.problems import Refused
from maestro_procore.model.status import Symbol
from maestro_procore.store.views import LinkQuery
from tests.engine.world import World

RESOURCES = {"suppliers": "vendors", "projects": "projects"}


def linked(world: World, element: str, place: int = 0) -> tuple[str, int]:
    """A line that is linked and in step: its key and its Procore id."""
    found = [line for line in world.lines(element) if line.symbol is Symbol.CHECK and line.procore_id]
    return found[place].maestro_key, found[place].procore_id


def record(world: World, element: str, procore_id: int) -> dict[str, Any]:
    """Procore's record as it stands there."""
    return next(row for row in world.procore(RESOURCES[element]) if row["id"] == procore_id)


def marks(world: World, element: str) -> list[tuple[int, str]]:
    with world.journal.begin() as tx:
        return [(mark["procore_id"], mark["state"]) for mark in world.journal.link_marks(tx, element)]


def remove_in_procore(world: World, element: str, procore_id: int) -> None:
    world.sandbox.world.collection(RESOURCES[element]).remove(procore_id)
    world.sandbox.world.commit()


def keep_mark_of(world: World, row: dict[str, Any]) -> None:
    """Procore answers the next bulk write with the mark as it was."""
    answer = {"entities": [row], "errors": []}
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "status": 200, "body": answer, "times": 1})


@pytest.mark.parametrize("element", RESOURCES)
async def test_an_unlinked_record_loses_its_mark_in_procore_and_stays_apart(world: World, element: str):
    """LNK-12."""
    await world.sync(element)
    key, procore_id = linked(world, element)
    before = record(world, element, procore_id)
    assert before["origin_id"]
    assert world.commands.links.unlink(element, key, "wrong company")
    line = world.line(element, key)
    assert (line.is_linked, line.symbol, [p.code for p in line.problems]) == (False, Symbol.DASH, ["LNK-12"])
    request = await world.work()
    assert (request["state"], request["errors"]) == ("done", 0)
    assert [(a.kind, a.state) for a in world.actions(request) if a.kind != "read"] == [("unlink", "done")]
    after = record(world, element, procore_id)
    assert after["origin_id"] is None
    assert {**after, "origin_id": 0, "updated_at": 0} == {**before, "origin_id": 0, "updated_at": 0} | {
        name: after[name] for name in ("synced_to_erp",) if name in after
    }
    assert marks(world, element) == []
    again = await world.sync(element, full=True)
    assert (again["created"], again["updated"], again["linked"], again["errors"]) == (0, 0, 0, 0)
    assert not world.line(element, key).is_linked
    assert record(world, element, procore_id)["origin_id"] is None


async def test_the_mark_is_emptied_once_although_the_program_was_killed_after_the_answer(world: World):
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    world.commands.links.unlink("suppliers", key)
    world.calls()
    request = await world.work(kill_at="store send")
    assert request["state"] == "done"
    assert len([call for call in world.calls() if call["method"] == "PATCH"]) == 1
    assert record(world, "suppliers", procore_id)["origin_id"] is None and marks(world, "suppliers") == []


async def test_a_mark_that_procore_keeps_is_remembered_and_replaced_when_the_record_is_linked_again(world: World):
    """LNK-18, LNK-17."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    other, other_id = linked(world, "suppliers", 1)
    old = record(world, "suppliers", procore_id)["origin_id"]
    world.commands.links.unlink("suppliers", key)
    keep_mark_of(world, record(world, "suppliers", procore_id))
    request = await world.work()
    assert request["state"] == "warned"
    assert [p.code for a in world.actions(request) if a.kind == "unlink" for p in a.problems] == ["LNK-18"]
    assert marks(world, "suppliers") == [(procore_id, "kept")]
    with pytest.raises(Refused, match="LNK-17"):
        world.commands.links.resend("suppliers", key)
    # The other supplier gets the record: its mark takes the place of the old one.
    world.commands.links.relink("suppliers", other, procore_id, "the right one")
    request = await world.work()
    assert request["errors"] == 0, [a.problems for a in world.actions(request)]
    new = record(world, "suppliers", procore_id)["origin_id"]
    assert new != old and new.endswith(f":{other}")
    assert record(world, "suppliers", other_id)["origin_id"] is None
    assert world.line("suppliers", other).procore_id == procore_id and marks(world, "suppliers") == []


async def test_a_record_is_linked_with_the_partner_that_a_person_names(world: World):
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    world.commands.links.unlink("suppliers", key)
    await world.work()
    world.commands.links.link("suppliers", key, procore_id, "it was right after all")
    request = await world.work()
    assert (request["linked"], request["errors"]) == (1, 0)
    assert world.line("suppliers", key).symbol is Symbol.CHECK
    assert record(world, "suppliers", procore_id)["origin_id"].endswith(f":{key}")
    assert (await world.sync("suppliers", full=True))["updated"] == 0


async def test_a_link_that_cannot_be_is_refused_and_changes_nothing(world: World):
    """LNK-14, LNK-15, LNK-16."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    other, _ = linked(world, "suppliers", 1)
    for deed, target, code in (
        (world.commands.links.relink, 999_999_999, "LNK-14"),
        (world.commands.links.relink, linked(world, "suppliers", 1)[1], "LNK-15"),
        (world.commands.links.link, procore_id, "LNK-16"),
    ):
        with pytest.raises(Refused, match=code):
            deed("suppliers", key, target)
    assert world.line("suppliers", key).procore_id == procore_id
    assert world.line("suppliers", other).is_linked and not world.journal.open_requests()


async def test_an_ignored_record_is_left_alone_until_somebody_heeds_it_again(world: World):
    """LNK-13."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    world.commands.links.ignore("suppliers", key, procore_id, "seasonal")
    world.edit_maestro("suppliers", key, phone="418 555-0142")
    request = await world.sync("suppliers")
    assert request["updated"] == 0 and record(world, "suppliers", procore_id)["business_phone"] != "418-555-0142"
    line = world.line("suppliers", key)
    assert (line.symbol, [p.code for p in line.problems]) == (Symbol.DASH, ["LNK-13"])
    assert world.commands.links.heed("suppliers", key, procore_id)
    assert not world.commands.links.heed("suppliers", key, procore_id)
    assert (await world.sync("suppliers"))["updated"] == 1
    assert "0142" in record(world, "suppliers", procore_id)["business_phone"]


async def test_a_record_of_procore_can_be_ignored_before_maestro_has_it(world: World):
    """A project that Procore alone has is created in maestro*, unless somebody ignores it."""
    before = len(world.company.rows("m_project"))
    request = await world.sync("projects", preview=True)
    alone = next(a for a in world.actions(request) if a.kind == "create" and a.target == "both")
    world.commands.links.ignore("projects", None, alone.procore_id, "a test project")
    assert (await world.sync("projects"))["errors"] == 0
    rows = world.company.rows("m_project")
    assert alone.maestro_key not in {row["project_code"] for row in rows} and len(rows) >= before
    assert record(world, "projects", alone.procore_id)["origin_id"] is None


async def test_a_linked_record_is_sent_again_as_it_is(world: World):
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    await world.edit_procore("vendors", {"id": procore_id, "city": "Ailleurs"})
    world.commands.links.resend("suppliers", key, "somebody typed over it")
    request = await world.work()
    assert (request["updated"], request["mode"]) == (1, "full")
    assert record(world, "suppliers", procore_id)["city"] != "Ailleurs"


async def test_a_lost_record_is_sent_as_a_new_one(world: World):
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    remove_in_procore(world, "suppliers", procore_id)
    await world.sync("suppliers", full=True)
    world.commands.links.resend("suppliers", key)
    request = await world.work()
    assert request["created"] == 1 and world.line("suppliers", key).procore_id != procore_id


async def test_the_unlinked_partner_of_a_project_is_not_created_in_maestro(world: World):
    """Elements that go both ways would otherwise make a second record of it."""
    await world.sync("projects")
    key, procore_id = linked(world, "projects")
    count = len(world.company.rows("m_project"))
    world.commands.links.unlink("projects", key)
    await world.work()
    await world.edit_procore("projects", {"id": procore_id, "project_number": "ZZ-77"})
    request = await world.sync("projects", full=True)
    assert len(world.company.rows("m_project")) == count and request["created"] == 0


async def test_an_unlinked_order_loses_its_mark_and_its_entry_in_maestro_stays(world: World):
    """UA4: unlink, correct, send again. The mark goes by id; the order of maestro* is not touched."""
    for element in ("projects", "suppliers", "subcontracts"):
        await world.sync(element)
    line = next(line for line in world.lines("subcontracts") if line.is_linked and line.procore_id)
    rows = world.company.rows("m_order")

    def mark() -> str | None:
        return next(row["origin_id"] for row in world.procore("work_order_contracts") if row["id"] == line.procore_id)

    assert mark()
    world.commands.links.unlink("subcontracts", line.maestro_key, "wrong vendor")
    request = await world.work()
    assert (request["state"], request["errors"]) == ("done", 0), [a.problems for a in world.actions(request)]
    assert mark() is None and world.company.rows("m_order") == rows
    again = await world.sync("subcontracts", full=True)
    assert (again["created"], again["linked"], again["updated"]) == (0, 0, 0)
    assert world.company.rows("m_order") == rows and not world.line("subcontracts", line.maestro_key).is_linked
    world.commands.links.link("subcontracts", line.maestro_key, line.procore_id)
    assert (await world.work())["linked"] == 1
    assert mark() and world.company.rows("m_order") == rows


async def test_a_document_without_a_mark_is_unlinked_without_a_call(world: World):
    """Change orders carry none: only our own link is taken back, and nothing links it again by its number."""
    for element in ("projects", "suppliers", "subcontracts", "change-orders"):
        await world.sync(element)
    line = next(line for line in world.lines("change-orders") if line.is_linked and line.maestro_key)
    rows = world.company.rows("m_change_order")
    world.commands.links.unlink("change-orders", line.maestro_key)
    assert not world.journal.open_requests() and marks(world, "change-orders") == []
    again = await world.sync("change-orders", full=True)
    assert (again["created"], again["linked"]) == (0, 0) and world.company.rows("m_change_order") == rows


@pytest.fixture
async def same_second(tmp_path: Path) -> AsyncIterator[World]:
    """Both clocks stand: whatever happens leaves the same updated_at, of whole seconds."""
    made = World(tmp_path, starts_at=datetime(2026, 9, 14, 12, tzinfo=UTC))
    yield made
    await made.close()


async def test_a_merged_company_offers_the_survivor_and_its_supplier_is_linked_with_it(same_second: World):
    """Its orders name the survivor now, though in the second of our mark. The survivor's supplier lets it go first."""
    world = same_second
    for element in ("projects", "suppliers", "subcontracts"):
        await world.sync(element)
    suppliers = {row["order_no"]: row["supplier_code"] for row in world.company.rows("m_order")}
    owners = {line.maestro_key: line.procore_id for line in world.lines("suppliers") if line.is_linked}
    held = [
        line for line in world.lines("subcontracts") if line.is_linked and suppliers.get(line.maestro_key) in owners
    ]
    key = suppliers[held[0].maestro_key]
    survivor_key, survivor = next(
        (k, n) for k, n in owners.items() if k != key and record(world, "suppliers", n)["is_active"]
    )
    await world.edit_procore("vendors", {"id": owners[key], "merged_into": survivor})
    await world.sync("suppliers", full=True)
    await world.sync("subcontracts")
    (lost,) = world.views.links(LinkQuery("suppliers", ("orphaned",)))
    assert lost.maestro_key == key
    first = world.views.partners("suppliers", key)[0]
    assert (first.procore_id, first.held_by) == (survivor, survivor_key)
    with pytest.raises(Refused, match="LNK-15"):
        world.commands.links.relink("suppliers", key, survivor)
    world.commands.links.unlink("suppliers", survivor_key, "merged")
    await world.work()
    world.commands.links.relink("suppliers", key, survivor, "merged in Procore")
    request = await world.work()
    assert request["errors"] == 0, [a.problems for a in world.actions(request)]
    assert world.line("suppliers", key).procore_id == survivor
    assert record(world, "suppliers", survivor)["origin_id"].endswith(f":{key}")


async def test_an_inactive_company_is_linked_all_the_same(world: World):
    """vendors/inactive is read before anything is called lost."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    await world.edit_procore("vendors", {"id": procore_id, "is_active": False})
    world.edit_maestro("suppliers", key, status="1")
    await world.sync("suppliers", full=True)
    (row,) = [row for row in world.views.links(LinkQuery("suppliers")) if row.maestro_key == key]
    assert row.state in ("linked", "outdated") and row.is_inactive


@pytest.mark.parametrize("kill_at", [None, "send"])
async def test_a_company_that_was_put_away_comes_back_by_its_own_route(world: World, kill_at: str | None):
    """The sync of companies may not know those of the inactive list; killed in between, it goes on."""
    await world.sync("suppliers")
    key, procore_id = linked(world, "suppliers")
    world.edit_maestro("suppliers", key, status="1")
    await world.sync("suppliers")
    assert record(world, "suppliers", procore_id)["is_active"] is False
    world.calls()
    world.edit_maestro("suppliers", key, status="A")
    request = await world.sync("suppliers", kill_at=kill_at)
    assert (request["updated"], request["errors"]) == (1, 0)
    assert record(world, "suppliers", procore_id)["is_active"] is True
    paths = [call["path"] for call in world.calls() if call["method"] == "PATCH"]
    assert paths[0].endswith(f"/vendors/inactive/{procore_id}") and paths[1].endswith("/vendors/sync")
