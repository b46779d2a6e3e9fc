"""What an accountant changes in maestro* stands on the page before anybody synchronizes, without a call."""

import sqlalchemy as sa

from maestro_procore.engine.refreshing import refresh_lines
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import order_keys, search_text
from maestro_procore.model.problems import message
from maestro_procore.model.status import Symbol
from maestro_procore.store.tables import LINE
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
    line = world.line("suppliers", green.maestro_key)
    assert "phone" in line.differing
    assert line.symbol is Symbol.DASH, "what has to be sent again is not in step"
    assert world.calls() == []


async def test_a_created_record_is_shown_found_and_sorted_by_what_procore_holds(world: World):
    """Where that is what maestro* holds, the database copies it; it stands there as if it had been told."""
    await world.sync("suppliers")
    with world.database.read() as tx:
        lines = tx.execute(sa.select(LINE).where(LINE.c.element == "suppliers", LINE.c.is_linked)).all()
    alike = [line for line in lines if line.maestro_values == line.procore_values]
    assert alike and len(alike) < len(lines)
    for line in lines:
        mine, theirs = line.maestro_values, line.procore_values
        assert line.order_keys == order_keys(MAPS["suppliers"], mine, theirs)
        assert line.search_text == search_text(mine, theirs)


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


async def test_a_value_kept_by_choice_stays_said_and_is_not_green(world: World):
    """One-way: not sending maestro*'s value leaves both sides different, and the line says so."""
    await world.sync("suppliers")
    line = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK and line.maestro.get("phone"))
    world.edit_maestro("suppliers", line.maestro_key, phone="418-999-8888")
    await world.edit_procore("vendors", {"id": line.procore_id, "business_phone": "438-111-2222"})
    await world.sync("suppliers")
    world.commands.choose("suppliers", line.maestro_key, "phone", "procore")
    for _ in range(2):
        request = await world.sync("suppliers")
        kept = world.line("suppliers", line.maestro_key)
        assert (kept.symbol, kept.message.problem.code) == (Symbol.DASH, "LNK-09")
        assert (kept.maestro["phone"], kept.procore["phone"]) == ("418-999-8888", "438-111-2222")
        assert request["updated"] == 0


async def test_a_closed_supplier_asked_for_by_itself_keeps_no_cross(world: World):
    closed = next(r["supplier_code"] for r in world.company.rows("m_supplier") if r["status"] == "1")
    await world.sync("suppliers", keys=[closed])
    await world.sync("suppliers")
    assert world.line("suppliers", closed).symbol is Symbol.DASH


async def test_a_supplier_that_is_not_sent_says_why_and_counts_as_nothing(world: World):
    """F008: SUP-03 and SUP-11 are told on the line, before and after a run, in no red and in no count."""
    rows = world.company.rows("m_supplier")
    closed = next(r["supplier_code"] for r in rows if r["status"] == "1")
    bank = next(r["supplier_code"] for r in rows if r["status"] == "A" and r["type_code"] == "BANK")
    told = {closed: ("LNK-10", f"Not synchronized: Supplier {closed} is closed in maestro*."), bank: ("SUP-11", None)}
    refresh_lines(world.doors, "suppliers")
    for _ in range(2):
        for key, (code, sentence) in told.items():
            line = world.line("suppliers", key)
            assert (line.symbol, line.message.kind, line.message.problem.code) == (Symbol.DASH, "information", code)
            assert sentence in (None, message(line.message.problem, "en"))
        request = await world.sync("suppliers")
    warned = sum(action.state in ("skipped", "warned") for action in world.actions(request))
    assert (request["errors"], request["warnings"]) == (0, warned)
    assert not {closed, bank} & {action.maestro_key for action in world.actions(request)}
    assert not {closed, bank} & {line.maestro_key for line in world.views.messages("suppliers")}


async def test_a_supplier_that_is_reopened_no_longer_says_that_it_is_closed(world: World):
    closed = next(r["supplier_code"] for r in world.company.rows("m_supplier") if r["status"] == "1")
    await world.sync("suppliers")
    world.edit_maestro("suppliers", closed, status="A")
    refresh_lines(world.doors, "suppliers")
    line = world.line("suppliers", closed)
    assert (line.needs_sync, line.problems, line.message) == (True, (), None)


async def test_what_the_other_side_refused_stays_red_while_maestro_changes_elsewhere(world: World):
    """F005: a cross keeps its message until the next try."""
    refused = {"method": "PATCH", "path": "*/vendors/sync", "alter": {'"city":"Laval"': '"city":"X"'}}
    world.sandbox.faults.plant(refused)
    await world.sync("suppliers")
    red = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CROSS)
    refresh_lines(world.doors, "suppliers")
    again = world.line("suppliers", red.maestro_key)
    assert (again.symbol, again.message.problem.code) == (Symbol.CROSS, "CHK-01")


async def test_before_the_first_day_no_line_is_told_to_be_wrong(world: World):
    """Projects are linked, the codes of Procore are not read yet: that a code is missing there is nobody's error."""
    await world.sync("projects")
    world.calls()
    for element in ("budgets", "costs"):
        refresh_lines(world.doors, element)
    rows = {each.name: each for each in world.views.elements()}
    assert {name: rows[name].errors for name in ("budgets", "costs")} == {"budgets": 0, "costs": 0}
    assert rows["budgets"].to_synchronize and rows["costs"].to_synchronize
    assert world.calls() == []


async def test_once_a_budget_was_synchronized_a_group_without_cost_type_is_told_at_once(world: World):
    for element in ("projects", "budgets"):
        await world.sync(element)
    green = next(line for line in world.lines("budgets") if line.symbol is Symbol.CHECK)
    (row,) = world.company.rows(
        "m_budget",
        where={
            "project_code": [green.project],
            "activity_code": [green.maestro["activity"]],
            "group_code": [green.maestro["group"]],
        },
    )
    copied = {name: value for name, value in row.items() if name not in ("rowver", "changed_at", "is_deleted")}
    world.company.insert("m_budget", {**copied, "group_code": "ZZZ"}, world.clock.now())
    refresh_lines(world.doors, "budgets")
    told = [line for line in world.lines("budgets") if line.maestro.get("group") == "ZZZ"]
    assert told and all(line.problems for line in told)


async def test_what_a_run_could_not_bring_in_step_stays_told_until_the_next_one(world: World):
    """F017: the server stored another number than was sent; a look would call that a change of both sides."""
    await world.sync("suppliers")
    green = next(line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK and not line.problems)
    world.edit_maestro("suppliers", green.maestro_key, fax="418-555-0199")
    world.sandbox.faults.plant({"path": "*/vendors/sync", "alter": {"418-555-0199": "418-555-0100"}})
    await world.sync("suppliers")
    told = world.line("suppliers", green.maestro_key)
    assert (told.symbol, [problem.code for problem in told.problems]) == (Symbol.CROSS, ["CHK-01"])
    refresh_lines(world.doors, "suppliers")
    after = world.line("suppliers", green.maestro_key)
    assert (after.symbol, [problem.code for problem in after.problems]) == (Symbol.CROSS, ["CHK-01"])
