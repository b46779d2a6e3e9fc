"""One request from the button to the journal, on real parts: what is sent, what is kept, what a person sees."""

import pytest

from maestro_procore.model.status import Symbol
from maestro_procore.store.views import LineQuery
from tests.engine.world import World

BOTH = ("projects", "suppliers")


async def test_a_first_run_links_what_exists_and_creates_the_rest(world: World):
    """F079, F081: one read and one write for projects, three for suppliers."""
    projects = await world.sync("projects")
    assert (projects["linked"], projects["created"], projects["errors"]) == (7, 3, 0)
    assert [c["method"] for c in world.calls()] == ["GET", "PATCH"]
    suppliers = await world.sync("suppliers")
    assert (suppliers["linked"], suppliers["created"], suppliers["errors"]) == (33, 19, 0)
    assert [c["method"] for c in world.calls()] == ["GET", "GET", "PATCH"]


async def test_a_second_run_reads_once_and_writes_nothing(world: World):
    """F033, F034: idle means idle."""
    for element in BOTH:
        await world.sync(element)
    world.calls()
    for element in BOTH:
        request = await world.sync(element)
        assert (request["created"], request["updated"], request["linked"]) == (0, 0, 0)
    assert [c["method"] for c in world.calls()] == ["GET", "GET"]


async def test_a_full_run_of_a_linked_company_writes_nothing_either(world: World):
    """F033: ignoring the last date compares everything and still creates no duplicate."""
    for element in BOTH:
        await world.sync(element)
    before = {resource: len(world.procore(resource)) for resource in ("projects", "vendors")}
    world.calls()
    for element in BOTH:
        await world.sync(element, full=True)
    assert "PATCH" not in [c["method"] for c in world.calls()]
    assert {resource: len(world.procore(resource)) for resource in ("projects", "vendors")} == before


async def test_every_written_record_carries_our_mark_and_no_two_share_one(world: World):
    for element in BOTH:
        await world.sync(element)
    for resource, element in (("projects", "projects"), ("vendors", "suppliers")):
        marks = [row["origin_id"] for row in world.procore(resource) if row.get("origin_id")]
        assert len(marks) == len(set(marks))
        assert all(f":{element}:" in mark for mark in marks)


async def test_one_change_in_maestro_is_one_written_record(world: World):
    """F034: differential."""
    await world.sync("suppliers")
    key = next(line.maestro_key for line in _green(world, "suppliers"))
    world.edit_maestro("suppliers", key, phone="514-555-0199")
    world.calls()
    request = await world.sync("suppliers")
    assert (request["updated"], request["created"]) == (1, 0)
    assert [c["method"] for c in world.calls()] == ["GET", "PATCH"]
    assert world.line("suppliers", key).procore["phone"] == "514-555-0199"
    assert world.line("suppliers", key).symbol is Symbol.CHECK


async def test_a_one_way_element_never_writes_back(world: World):
    """F075: somebody edits the target only; the source keeps its value and the target gets it again."""
    await world.sync("suppliers")
    line = _green(world, "suppliers")[0]
    before = world.company.rows("m_supplier", keys=[line.maestro_key])[0]
    await world.edit_procore("vendors", {"id": line.procore_id, "city": "Ottawa"})
    request = await world.sync("suppliers")
    assert request["updated"] == 1
    assert world.company.rows("m_supplier", keys=[line.maestro_key])[0]["city"] == before["city"]
    action = next(a for a in world.actions(request) if a.kind == "update")
    assert world.views.action(action.id).before["procore"]["city"] == "Ottawa"


async def test_a_project_changed_in_procore_changes_in_maestro(world: World):
    """F079: both ways."""
    await world.sync("projects")
    line = next(line for line in _green(world, "projects") if line.maestro.get("city") and not line.differing)
    await world.edit_procore("projects", {"id": line.procore_id, "city": "Trois-Rivières"})
    request = await world.sync("projects")
    assert request["updated"] == 1
    assert world.company.rows("m_project", keys=[line.maestro_key])[0]["city"] == "Trois-Rivières"
    assert world.line("projects", line.maestro_key).symbol is Symbol.CHECK


async def test_f079_a_project_of_procore_is_created_in_maestro_with_the_default_template(world: World):
    """F079: create on each side, appears on the other."""
    request = await world.sync("projects")
    created = [a for a in world.actions(request) if a.kind == "create" and a.target == "both"]
    assert [a.maestro_key for a in created] == ["P26900"]
    row = world.company.rows("m_project", keys=["P26900"])[0]
    assert (row["status"], row["template_no"], row["procore_sync"]) == ("A", 1, True)
    line = world.line("projects", "P26900")
    assert line.symbol is Symbol.CHECK
    assert line in world.views.lines("projects", LineQuery(group="active"), 0, 100)


async def test_both_sides_changed_is_held_back_until_a_person_chooses(world: World):
    """PRJ-09: only this field waits; the choice is carried out and forgotten."""
    await world.sync("projects")
    line = next(line for line in _green(world, "projects") if line.maestro.get("city") and not line.differing)
    world.edit_maestro("projects", line.maestro_key, city="Laval", phone="450-555-0101")
    await world.edit_procore("projects", {"id": line.procore_id, "city": "Longueuil"})
    request = await world.sync("projects")
    held = world.line("projects", line.maestro_key)
    assert (held.maestro["city"], held.procore["city"]) == ("Laval", "Longueuil")
    assert held.procore["phone"] == "450-555-0101"
    assert held.message.problem.code == "PRJ-09"
    assert held.symbol is Symbol.DASH, "a line that waits for a choice is not green"
    assert request["errors"] == 0
    world.commands.choose("projects", line.maestro_key, "city", "procore")
    await world.sync("projects")
    assert world.company.rows("m_project", keys=[line.maestro_key])[0]["city"] == "Longueuil"
    assert world.line("projects", line.maestro_key).differing == frozenset()


async def test_f081_a_near_duplicate_waits_for_a_choice_and_is_linked_then(world: World):
    """SUP-04, F081: skipped with a warning, never created, never an error."""
    request = await world.sync("suppliers")
    assert (request["skipped"], request["errors"]) == (2, 0)
    line = world.line("suppliers", "PLST0001")
    assert line.message.problem.code == "SUP-04"
    assert line.symbol is Symbol.DASH
    vendors = len(world.procore("vendors"))
    candidate = world.views.line(line.id).candidates[0]["procore_id"]
    world.commands.choose("suppliers", "PLST0001", "link", str(candidate))
    request = await world.sync("suppliers")
    assert request["linked"] == 1
    assert len(world.procore("vendors")) == vendors
    assert world.line("suppliers", "PLST0001").procore_id == candidate


async def test_only_what_failed_is_sent_again(world: World):
    """F031: nine of ten are green; the next run sends the tenth alone."""
    await world.sync("suppliers")
    chosen = [line for line in _green(world, "suppliers") if line.maestro["country"] == "CA"][:10]
    for n, line in enumerate(chosen):
        world.edit_maestro("suppliers", line.maestro_key, phone=f"514-555-01{n:02}")
    bad = chosen[3].maestro_key
    world.edit_maestro("suppliers", bad, province="XX")
    request = await world.sync("suppliers")
    assert (request["updated"], request["errors"], request["state"]) == (9, 1, "failed")
    assert world.line("suppliers", bad).symbol is Symbol.CROSS
    assert world.line("suppliers", bad).message.problem.code == "PRJ-14"
    world.edit_maestro("suppliers", bad, province="QC")
    request = await world.sync("suppliers")
    assert (request["updated"], request["errors"]) == (1, 0)
    assert [a.maestro_key for a in world.actions(request) if a.kind == "update"] == [bad]


async def test_an_altered_answer_is_told_after_the_write_and_never_green(world: World):
    """F003, F017: Procore stores another city than was sent."""
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "alter": {'"city":"Laval"': '"city":"X"'}})
    line_keys = [r["supplier_code"] for r in world.company.rows("m_supplier") if r["city"] == "Laval"]
    assert line_keys
    request = await world.sync("suppliers")
    altered = [a for a in world.actions(request) if any(p.code == "CHK-01" for p in a.problems)]
    assert altered
    assert all(world.line("suppliers", a.maestro_key).symbol is Symbol.CROSS for a in altered)
    assert request["state"] == "failed"


async def test_a_preview_changes_nothing_and_promises_what_the_run_then_does(world: World):
    preview = await world.sync("projects", preview=True)
    assert [c["method"] for c in world.calls()] == ["GET"]
    assert all(line.symbol is Symbol.DASH for line in _lines(world, "projects"))
    promised = [(a.kind, a.maestro_key) for a in world.actions(preview) if a.kind != "read"]
    done = await world.sync("projects")
    assert [(a.kind, a.maestro_key) for a in world.actions(done) if a.kind != "read"] == promised
    assert (preview["created"], preview["linked"]) == (done["created"], done["linked"])


async def test_f048_two_refusals_for_load_cost_two_attempts_and_then_it_works(world: World):
    """F048: 503 twice, then well; the history shows it."""
    refused = {"method": "PATCH", "path": "*/projects/sync", "status": 503, "headers": {"Retry-After": "7"}, "times": 2}
    world.sandbox.faults.plant(refused)
    request = await world.sync("projects")
    assert (request["errors"], request["attempts"]) == (0, 2)
    assert len([c for c in world.calls() if c["method"] == "PATCH"]) == 3
    assert not [a for a in world.actions(request) for p in a.problems if p.code == "SRV-04"]


async def test_f049_after_ten_resumes_the_lines_turn_red(world: World):
    """F049: one try and ten resumes are eleven calls, then SRV-05."""
    refused = {"method": "PATCH", "path": "*/projects/sync", "status": 503, "headers": {"Retry-After": "0"}}
    world.sandbox.faults.plant({**refused, "times": None})
    request = await world.sync("projects")
    assert len([c for c in world.calls() if c["method"] == "PATCH"]) == 11
    assert request["state"] == "failed"
    assert request["attempts"] == 11
    failed = [a for a in world.actions(request) if a.state == "failed" and a.kind != "read"]
    assert failed
    assert all(a.problems[0].code == "SRV-05" for a in failed)
    world.sandbox.faults.clear()
    again = await world.resume(request["id"])
    # The project that maestro* had already taken from Procore is there now: what is left of it is the link.
    assert (again["created"], again["linked"], again["errors"], again["attempts"]) == (2, 8, 0, 0)


async def test_a_spike_limit_is_a_pause_and_no_attempt(world: World):
    """F008–F010, F047: a 429 shows the hourglass until the announced time and repeats nothing that was done."""
    world.sandbox.faults.plant(
        {"method": "GET", "path": "*/vendors", "status": 429, "headers": {"X-Rate-Limit-Remaining": "0"}, "nth": 1}
    )
    request = await world.sync("suppliers")
    assert (request["attempts"], request["errors"]) == (0, 0)
    assert world.waits[0] is not None
    assert world.waits[-1] is None


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_an_answer_that_never_came_makes_no_duplicate(world: World, cut: str):
    """F2 of the fault matrix: the same origin id finds the same record."""
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "cut": cut})
    before = len(world.procore("vendors"))
    request = await world.sync("suppliers")
    assert (request["created"], request["errors"]) == (19, 0)
    assert len(world.procore("vendors")) == before + 19


@pytest.mark.parametrize("step", ["begin", "read vendors", "absent", "plan", "maestro", "send", "store", "finish"])
async def test_a_kill_in_any_step_loses_and_doubles_nothing(world: World, step: str):
    """F1: the run goes on where it was."""
    before = len(world.procore("vendors"))
    request = await world.sync("suppliers", kill_at=step)
    assert (request["created"], request["linked"], request["errors"]) == (19, 33, 0)
    assert len(world.procore("vendors")) == before + 19
    assert (await world.sync("suppliers"))["unchanged"] == 52


@pytest.mark.parametrize("step", ["maestro", "send", "store"])
async def test_a_kill_after_a_creation_in_maestro_creates_it_once(world: World, step: str):
    request = await world.sync("projects", kill_at=step)
    assert (request["created"], request["errors"]) == (3, 0)
    assert len(world.company.rows("m_project", keys=["P26900"])) == 1


async def test_a_cancelled_request_keeps_what_is_done_and_goes_on_when_resumed(world: World):
    request = world.commands.synchronize("suppliers")
    world.commands.cancel(request["id"])
    ended = await world.sync("suppliers")
    assert ended["state"] == "cancelled"
    assert ended["problem"]["code"] == "SRV-12"
    assert world.calls() == []
    again = await world.resume(request["id"])
    assert (again["created"], again["linked"]) == (19, 33)


async def test_a_bad_answer_never_marks_anything_absent(world: World):
    """F10: a cut, wrong or empty page is no truth about what exists."""
    await world.sync("suppliers")
    for body in ("<html>proxy</html>", '[{"id": 1, "na', "[]", '{"data": []}'):
        world.sandbox.faults.plant({"method": "GET", "path": "*/vendors", "status": 200, "body": body})
        await world.sync("suppliers", full=True)
    assert all(line.symbol is not Symbol.CROSS for line in _lines(world, "suppliers"))
    assert not [line for line in _lines(world, "suppliers") if any(p.code == "LNK-02" for p in line.problems)]


async def test_a_record_that_poisons_its_batch_stands_alone_after_few_calls(world: World):
    """F9: halved until one is left; everybody else is stored."""
    poisoned = "LAVAL-POISON"
    key = next(r["supplier_code"] for r in world.company.rows("m_supplier") if r["status"] == "A")
    world.edit_maestro("suppliers", key, fax=poisoned)
    refuse_body(world, poisoned)
    request = await world.sync("suppliers")
    assert request["errors"] == 1
    assert world.line("suppliers", key).symbol is Symbol.CROSS
    assert request["created"] + request["linked"] == 51
    writes = [c for c in world.calls() if c["method"] == "PATCH"]
    assert len(writes) <= 2 * 6 + 1 + 10
    theirs = [a for a in world.actions(request) if a.maestro_key == key]
    assert max(a.attempts for a in theirs) == 11, "F049: the calls of its batch count as its own"


def refuse_body(world: World, text: str) -> None:
    """The server breaks on any body that holds a certain text."""
    serve = world.sandbox._api.serve

    def breaking(call):
        if text.encode() in call.body:
            raise RuntimeError("poisoned")
        return serve(call)

    world.sandbox._api.serve = breaking


def _lines(world: World, element: str):
    return world.views.lines(element, LineQuery(), 0, 10_000)


def _green(world: World, element: str):
    return [line for line in _lines(world, element) if line.symbol is Symbol.CHECK]
