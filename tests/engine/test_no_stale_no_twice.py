"""What makes duplicates or old values when nobody looks: lists that move, plans that age, numbers that change."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from maestro_procore.model.status import Symbol
from maestro_procore.ports import Page
from tests.engine.world import World


class ShiftingList:
    """Procore's client, whose list loses a row to somebody else between two pages of the first reading."""

    def __init__(self, world: World, page_size: int) -> None:
        self._client, self._size = world.client, page_size
        self.readings = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def read_page(self, resource: str, page: int, changed_since: Any, place: Any = None) -> Page:
        """Two pages of the real list; the first reading misses the first row of the second page."""
        whole = await self._client.read_page(resource, 1, changed_since)
        if resource != "vendors" or changed_since is not None:
            return whole
        self.readings += page == 1
        rows = whole.rows[: self._size] if page == 1 else whole.rows[self._size :]
        total = len(whole.rows)
        if self.readings == 1 and page == 2:
            rows, total = rows[1:], total - 1
        return dataclasses.replace(whole, rows=rows, total=total, has_next=page == 1)


async def test_a_list_that_moved_while_it_was_read_is_read_again_and_nothing_is_created_twice(world: World):
    """Figure `duplicates`: a company that slipped between two pages is not a new one."""
    before = len(world.procore("vendors"))
    shifting = ShiftingList(world, 20)
    world.doors.procore = lambda: _given(shifting)
    request = await world.sync("suppliers")
    assert shifting.readings == 2
    assert (request["created"], request["linked"]) == (19, 33)
    assert len(world.procore("vendors")) == before + 19


async def _given(client: Any) -> Any:
    return client


async def test_an_empty_list_that_is_not_counted_creates_nothing(world: World):
    """F10: a proxy's empty answer to the very first reading would make the whole company new."""
    world.sandbox.faults.plant({"method": "GET", "path": "*/vendors", "status": 200, "body": [], "times": None})
    before = len(world.procore("vendors"))
    request = await world.sync("suppliers")
    assert (request["state"], request["problem"]["code"]) == ("failed", "SRV-16")
    assert len(world.procore("vendors")) == before
    assert not [call for call in world.calls() if call["method"] == "PATCH"]
    world.sandbox.faults.clear()
    assert (await world.sync("suppliers"))["created"] == 19


async def test_a_resumed_request_never_sends_what_somebody_has_changed_since(world: World):
    """F031, F003: the plan of last week is compared anew; the later value stands on both sides."""
    await world.sync("suppliers")
    line = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK)
    world.edit_maestro("suppliers", line.maestro_key, phone="418-555-0101")
    refused = {"method": "PATCH", "path": "*/vendors/sync", "status": 422, "body": {"errors": {"name": ["bad"]}}}
    world.sandbox.faults.plant(refused)
    failed = await world.sync("suppliers")
    assert failed["errors"] == 1
    world.edit_maestro("suppliers", line.maestro_key, phone="418-555-0102")
    assert (await world.sync("suppliers"))["updated"] == 1
    again = await world.resume(failed["id"])
    assert (again["updated"], again["errors"]) == (0, 0)
    assert again["skipped"] == failed["skipped"], "a question is asked once"
    now = world.line("suppliers", line.maestro_key)
    assert (now.maestro["phone"], now.procore["phone"]) == ("418-555-0102", "418-555-0102")


async def test_a_resumed_request_counts_every_record_once(world: World):
    """What was done before the interruption is not counted as unchanged as well."""
    key = next(r["supplier_code"] for r in world.company.rows("m_supplier") if r["status"] == "A")
    world.edit_maestro("suppliers", key, fax="POISON")
    serve = world.sandbox._api.serve

    def breaking(call: Any) -> Any:
        if b"POISON" in call.body:
            raise RuntimeError("poisoned")
        return serve(call)

    world.sandbox._api.serve = breaking
    first = await world.sync("suppliers")
    assert (first["errors"], first["created"] + first["linked"]) == (1, 51)
    world.sandbox._api.serve = serve
    again = await world.resume(first["id"])
    assert (again["errors"], again["created"] + again["linked"], again["unchanged"]) == (0, 52, 0)


async def test_an_outage_ends_the_request_instead_of_trying_every_record_alone(world: World):
    """F9, F049: the circuit opens after three calls given up in a row; the others wait for the next run."""
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "status": 502, "times": None})
    request = await world.sync("suppliers")
    writes = len([call for call in world.calls() if call["method"] == "PATCH"])
    assert (request["state"], request["problem"]["code"], request["errors"]) == ("failed", "SRV-05", 3)
    assert writes <= 10 + 3 * 11
    world.sandbox.faults.clear()
    again = await world.sync("suppliers")
    assert (again["created"] + again["linked"], again["errors"]) == (52, 0)


async def test_a_company_put_away_in_procore_is_noticed_within_a_day(world: World):
    """F003: the list of inactive companies knows no filter for changes, so it is read once a day."""
    await world.sync("suppliers")
    line = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK)
    await world.edit_procore("vendors", {"id": line.procore_id, "is_active": False})
    world.clock.advance(timedelta(hours=23))
    world.calls()
    assert (await world.sync("suppliers"))["updated"] == 0
    assert len(world.calls()) == 1
    world.clock.advance(timedelta(hours=2))
    assert (await world.sync("suppliers"))["updated"] == 1
    kept = next(row for row in world.procore("vendors") if row["id"] == line.procore_id)
    assert kept["is_active"] is True


async def test_a_full_reading_that_is_due_survives_the_runs_before_it(world: World):
    """F034: what was skipped to spare an echo is found by the promised full reading, whoever synchronizes meanwhile."""
    await world.sync("suppliers")
    due = world.clock.now() + timedelta(hours=1)
    world.journal.change_reading(
        "suppliers", "", read_from=world.journal.reading("suppliers", "")["read_from"], sweep_due_at=due
    )
    await world.sync("suppliers")
    assert world.journal.reading("suppliers", "")["sweep_due_at"] == due
    world.clock.advance(timedelta(minutes=61))
    world.calls()
    await world.sync("suppliers")
    assert len(world.calls()) == 2, "both lists"


@pytest.mark.parametrize("number", ["26003-B", "R1"])
async def test_a_project_with_a_new_number_in_maestro_asks_before_it_is_created_again(world: World, number: str):
    """PRJ-21: its old number is gone from maestro*, and Procore holds the same project under it."""
    await world.sync("projects")
    key = next(line.maestro_key for line in world.lines("projects") if line.symbol is Symbol.CHECK)
    row = world.company.rows("m_project", keys=[key])[0]
    world.edit_maestro("projects", key, is_deleted=True)
    kept = {k: v for k, v in row.items() if k not in ("company_id", "rowver", "changed_at", "is_deleted")}
    world.company.insert("m_project", {**kept, "project_code": number}, world.clock.now())
    before = len(world.procore("projects"))
    request = await world.sync("projects")
    assert (request["created"], len(world.procore("projects"))) == (0, before)
    line = world.line("projects", number)
    assert line.message.problem.code == "PRJ-21"


async def test_another_procore_company_after_a_preview_is_read_from_the_beginning(world: World):
    """CFG-08 does not stop it before anything is linked; no record of the first stands for one of the second."""
    await world.sync("suppliers", preview=True)
    with world.journal.begin() as tx:
        assert world.journal.known(tx, "suppliers")
    assert world.commands.save_configuration({"procore_company_id": 4711}) == []
    with world.journal.begin() as tx:
        assert world.journal.known(tx, "suppliers") == []
    assert world.journal.reading("suppliers", "")["read_from"] is None


async def test_a_mark_that_somebody_took_away_fails_the_count_after_the_run(world: World):
    """F017, CHK-02: as many Procore records must carry our marks as are linked, also when nothing had to be written."""
    await world.sync("suppliers")
    line = next(line for line in world.lines("suppliers") if line.is_linked)
    await world.edit_procore("vendors", {"id": line.procore_id, "origin_id": "OTHER:1"})
    request = await world.sync("suppliers")
    assert (request["state"], request["problem"]["code"], request["errors"]) == ("failed", "CHK-02", 1)
    assert request["problem"]["args"] == {"element": "suppliers", "expected": 52, "found": 51}


async def test_a_value_taken_over_from_procore_leaves_the_mark_of_its_link(world: World):
    await world.sync("projects")
    line = next(line for line in world.lines("projects") if line.is_linked and not line.differing)
    await world.edit_procore("projects", {"id": line.procore_id, "city": "Gatineau"})
    request = await world.sync("projects")
    assert (request["updated"], request["problem"]) == (1, None)


async def _while_waiting(world: World, happens: Any) -> None:
    """`happens` once, in the first nap that the call limit makes the run take."""
    nap, happened = world.clock.nap, []

    async def eventful(length: timedelta) -> None:
        if not happened:
            happened.append(length)
            await happens()
        await nap(length)

    world.clock.nap = eventful  # type: ignore[method-assign]


@pytest.fixture
async def slow_world(tmp_path: Any) -> Any:
    """Three calls an hour: two lists, one write, then the wait."""
    made = World(tmp_path, hourly_limit=3)
    yield made
    await made.close()


async def test_what_somebody_types_in_procore_while_the_send_waits_is_not_overwritten(slow_world: World):
    """Never happens no. 1: the plan is an hour old when it could go; both sides are looked at again first."""
    world = slow_world
    await world.sync("suppliers")
    line = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK)
    world.edit_maestro("suppliers", line.maestro_key, phone="418-555-0101")
    world.clock.advance(timedelta(hours=2))
    await world.sync("projects")  # uses up the hour: a list and a bulk call
    world.calls()

    async def happens() -> None:
        await world.edit_procore("vendors", {"id": line.procore_id, "business_phone": "514-555-0199"})

    await _while_waiting(world, happens)
    request = await world.sync("suppliers")
    now = world.line("suppliers", line.maestro_key)
    kept = next(row for row in world.procore("vendors") if row["id"] == line.procore_id)
    assert kept["business_phone"] == "514-555-0199", "nobody's value is lost"
    assert (now.maestro["phone"], now.procore["phone"]) == ("418-555-0101", "514-555-0199")
    assert [p.code for p in now.problems] == ["PRJ-09"], "both sides changed: a person chooses"
    assert request["updated"] == 0
    reads = [call for call in world.calls() if call["method"] == "GET"]
    assert len(reads) == 2, "one look before the wait, one filtered look after it"


async def test_a_short_wait_for_the_limit_costs_no_further_look(tmp_path: Any):
    """F046: the training limit of 2 calls a minute is no reason to read everything again."""
    world = World(tmp_path, hourly_limit=2, hour_seconds=60)
    try:
        await world.sync("suppliers")
        calls = world.calls()
        assert [call["method"] for call in calls] == ["GET", "GET", "PATCH"]
    finally:
        await world.close()
