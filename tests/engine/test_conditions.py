"""Warnings under which a record goes through: who accepted them is kept, and they are known beforehand (F016)."""

from typing import Any

import pytest

from maestro_procore.engine.refreshing import refresh_lines
from maestro_procore.model.problems import Problem, conditions
from maestro_procore.store.views import ActionQuery, LineQuery
from tests.engine.world import World

LONG = "2475, chemin de la Montagne-Saint-Hilaire, bâtiment C, entrée des fournisseurs"


async def _linked_project(world: World) -> Any:
    """A project that is the same on both sides, with room for a longer address."""
    await world.sync("projects")
    lines = [
        line for line in world.views.lines("projects", LineQuery(), 0, 100) if line.is_linked and not line.problems
    ]
    return next(line for line in lines if not line.needs_sync and line.maestro.get("address"))


def _of(world: World, request: Any, key: str) -> Any:
    return next(a for a in world.views.actions(request["id"], ActionQuery(), 0, 1000) if a.maestro_key == key)


def test_a_condition_is_a_warning_before_sending_that_the_reader_can_accept() -> None:
    """F016: questions wait, errors stop, what is told afterwards needs nobody's consent."""
    assert conditions() >= {"PRJ-07", "PRJ-13"}
    assert not conditions() & {"SUP-04", "PRJ-09", "PRJ-21", "PRJ-16", "SUP-13", "COD-03"}
    assert not any(Problem(code).is_condition for code in ("PRJ-09", "PRJ-21", "SUP-04", "SUP-13", "PRJ-10"))
    assert not Problem("XYZ-99").is_condition  # of a newer program


async def test_f016_the_one_who_synchronizes_under_a_condition_is_kept_with_the_action(world: World) -> None:
    """F016: the history shows who accepted."""
    line = await _linked_project(world)
    await world.edit_procore("projects", {"id": line.procore_id, "address": LONG})
    request = await world.sync("projects")
    action = _of(world, request, line.maestro_key)
    assert [p.code for p in action.problems] == ["PRJ-07"]
    assert action.state == "warned"
    assert action.accepted_by == "tester"
    assert world.company.rows("m_project", keys=[line.maestro_key])[0]["address"] == LONG[:40]


async def test_a_record_without_a_condition_is_accepted_by_nobody(world: World) -> None:
    line = await _linked_project(world)
    await world.edit_procore("projects", {"id": line.procore_id, "city": "Matane"})
    request = await world.sync("projects")
    assert _of(world, request, line.maestro_key).accepted_by == ""


async def test_a_question_is_accepted_by_nobody(world: World) -> None:
    """PRJ-09: the other fields of the record go through, and nobody agreed to anything."""
    line = await _linked_project(world)
    world.edit_maestro("projects", line.maestro_key, city="Matane", phone="450-555-0101")
    await world.edit_procore("projects", {"id": line.procore_id, "city": "Gaspé"})
    request = await world.sync("projects")
    action = _of(world, request, line.maestro_key)
    assert "PRJ-09" in [p.code for p in action.problems]
    assert action.accepted_by == ""


async def test_a_record_that_procore_refused_was_accepted_as_far_as_maestro_took_it(world: World) -> None:
    """The shortened value stands in maestro*, so somebody must answer for it."""
    line = await _linked_project(world)
    world.edit_maestro("projects", line.maestro_key, phone="450-555-0101")
    await world.edit_procore("projects", {"id": line.procore_id, "address": LONG})
    world.sandbox.faults.plant(  # the bulk call answers that it took none of the records
        {"api": "procore", "method": "PATCH", "times": 50, "status": 422, "body": {"errors": {"base": ["no"]}}}
    )
    request = await world.sync("projects")
    action = _of(world, request, line.maestro_key)
    assert action.state == "failed"
    assert world.company.rows("m_project", keys=[line.maestro_key])[0]["address"] == LONG[:40]
    assert action.accepted_by == "tester"


async def test_a_record_that_maestro_refused_was_accepted_by_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was carried out."""
    line = await _linked_project(world)
    await world.edit_procore("projects", {"id": line.procore_id, "address": LONG})
    monkeypatch.setattr(world.company, "update", lambda *_, **__: False)  # somebody else was quicker
    request = await world.sync("projects")
    action = _of(world, request, line.maestro_key)
    assert "RUN-11" in [p.code for p in action.problems]
    assert action.accepted_by == ""


async def test_what_a_synchronization_would_send_under_a_condition_is_counted_before(world: World) -> None:
    """F016: known from the plan of a preview, gone once it was sent."""
    line = await _linked_project(world)
    assert world.views.conditions("projects").count == 0
    await world.edit_procore("projects", {"id": line.procore_id, "address": LONG})
    await world.sync("projects", preview=True)
    refresh_lines(world.doors, "projects")
    found = world.views.conditions("projects")
    assert found.count == 1
    assert found.example == Problem("PRJ-07", {"text": LONG[:40], "n": 40})
    assert world.views.conditions("projects", [line.maestro_key]).count == 1
    assert world.views.conditions("projects", ["P00000"]).count == 0
    assert world.views.conditions("suppliers").count == 0
    await world.sync("projects")
    assert world.views.conditions("projects").count == 0
