"""What stands on a line and in the history agrees with what the server saw, also after refusals and odd answers."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maestro_procore.model.status import Symbol
from maestro_procore.store.database import Database
from maestro_procore.store.views import RequestQuery, Views
from tests.engine.world import World

WRITTEN = ("create", "update", "link")
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
LIMIT = {"method": "PATCH", "path": "*/vendors/sync", "status": 429}


@pytest.fixture
async def still(tmp_path: Path) -> AsyncIterator[World]:
    """Both clocks stand still until somebody naps."""
    made = World(tmp_path, starts_at=NOON)
    yield made
    await made.close()


def bodies_of(world: World) -> list[str]:
    """Method and path of every write since the last look."""
    return [f"{call['method']} {call['path']}" for call in world.calls() if call["method"] != "GET"]


async def test_f004_a_record_that_procore_refuses_is_a_red_cross_and_the_others_go_on(tmp_path: Path) -> None:
    world = World(tmp_path, switches={"short_text_limit": 44})
    request = await world.sync("suppliers")
    crosses = [line for line in world.lines("suppliers") if line.symbol is Symbol.CROSS]
    assert len(crosses) == request["errors"] > 0
    assert {line.message.problem.code for line in crosses} == {"LNK-06"}
    accepted = {line.procore_id for line in world.lines("suppliers") if line.symbol is Symbol.CHECK}
    assert len(accepted) == request["created"] + request["linked"] > 40
    assert accepted <= {row["id"] for row in world.procore("vendors")}
    await world.close()


async def test_f014_a_line_with_an_error_is_not_sent_however_often_it_is_clicked(world: World) -> None:
    await world.sync("suppliers")
    key = next(line.maestro_key for line in world.lines("suppliers") if line.symbol is Symbol.CHECK)
    world.edit_maestro("suppliers", key, province="XX")
    await world.sync("suppliers")
    assert world.line("suppliers", key).symbol is Symbol.CROSS
    world.calls()
    for _ in range(2):
        await world.sync("suppliers", keys=[key])
    assert bodies_of(world) == []
    assert world.line("suppliers", key).symbol is Symbol.CROSS


async def test_f005_every_red_cross_has_its_message(tmp_path: Path) -> None:
    """Refused records, a record that breaks the server, and wrong data, all in one company."""
    world = World(tmp_path, switches={"short_text_limit": 44})
    keys = [row["supplier_code"] for row in world.company.rows("m_supplier") if row["status"] == "A"]
    world.edit_maestro("suppliers", keys[0], province="XX")
    world.sandbox.faults.plant({"method": "PATCH", "path": "*/vendors/sync", "alter": {'"city":"Laval"': '"city":"X"'}})
    await world.sync("suppliers")
    crosses = [line for line in world.lines("suppliers") if line.symbol is Symbol.CROSS]
    assert len({line.message.problem.code for line in crosses}) > 1
    assert [line.maestro_key for line in crosses if line.message is None or line.message.problem is None] == []
    await world.close()


async def test_f010_work_goes_on_at_the_time_that_procore_announced(still: World) -> None:
    asked = still.clock.now()
    reset = int((asked + timedelta(seconds=90)).timestamp())
    used_up = {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Limit": "3600", "X-Rate-Limit-Reset": str(reset)}
    still.sandbox.faults.plant({**LIMIT, "headers": used_up})
    request = await still.sync("suppliers")
    assert (request["state"], request["attempts"]) == ("warned", 0)
    sent = [datetime.fromisoformat(call["at"]) for call in still.calls() if call["method"] == "PATCH"]
    assert 0 <= sent[-1].timestamp() - reset <= 2


async def test_f010_without_an_announcement_nobody_waits_longer_than_an_hour(still: World) -> None:
    still.sandbox.faults.plant({**LIMIT, "times": 5})
    began = still.clock.now()
    request = await still.sync("suppliers")
    assert (request["state"], request["attempts"]) == ("warned", 0)
    assert timedelta(seconds=50) < still.clock.now() - began < timedelta(hours=1)


async def test_f008_f009_while_it_waits_its_lines_show_the_hourglass_and_the_time(still: World) -> None:
    reset = int((still.clock.now() + timedelta(minutes=20)).timestamp())
    used_up = {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Limit": "3600", "X-Rate-Limit-Reset": str(reset)}
    still.sandbox.faults.plant({**LIMIT, "headers": used_up})
    seen = []
    nap = still.clock.nap

    async def look_and_nap(length: timedelta) -> None:
        lines = [line for line in still.lines("suppliers") if line.symbol in (Symbol.HOURGLASS, Symbol.WHEEL)]
        seen.append({(line.symbol, line.message.step, line.message.resumes_at.timestamp()) for line in lines})
        await nap(length)

    still.clock.nap = look_and_nap  # type: ignore[method-assign]
    await still.sync("suppliers")
    assert seen
    [(symbol, step, resumes_at)] = set().union(*seen)
    assert (symbol, step) == (Symbol.HOURGLASS, "limit")
    assert 0 <= resumes_at - reset <= 2


async def test_f047_after_a_pause_nothing_is_read_or_written_a_second_time(tmp_path: Path) -> None:
    world = World(tmp_path, hourly_limit=3)
    await world.sync("projects")
    await world.sync("suppliers")
    assert len([until for until in world.waits if until is not None]) > 0
    calls = [(call["method"], call["path"]) for call in world.calls()]
    assert len(calls) == len(set(calls)) == 5
    await world.close()


@pytest.mark.parametrize("seed", range(4))
async def test_f023_whatever_the_web_answers_becomes_one_message_a_line(world: World, seed: int) -> None:
    """Errors, pages of proxies, cut and empty bodies, in turn; the program lives and ends the request."""
    dice = random.Random(seed)
    bodies = (
        "<html><h1>502</h1></html>",
        "",
        '{"errors": {"base": ["teapot"]}}',
        "[1, 2",
        '{"entities": 7}',
        "\x00\xff",
    )
    statuses = (200, 400, 404, 409, 418, 422, 500, 502, 503)
    for _ in range(6):
        answer = {"status": dice.choice(statuses), "body": dice.choice(bodies), "headers": {"Retry-After": "0"}}
        world.sandbox.faults.plant({"path": dice.choice(("*/vendors", "*/vendors/sync")), **answer})
    request = await world.sync("suppliers")
    assert request["state"] in ("done", "warned", "failed")
    for line in world.lines("suppliers"):
        told = [problem.code for problem in line.problems]
        assert len(told) == len(set(told)), line.maestro_key
        assert line.symbol is not Symbol.CROSS or told, line.maestro_key
    assert request["state"] != "failed" or request["problem"] or request["errors"]
    world.sandbox.faults.clear()
    assert (await world.sync("suppliers"))["errors"] == 0


async def test_f051_the_actions_of_a_request_are_what_the_server_has_seen(world: World) -> None:
    before = {row["id"]: row for row in world.procore("vendors")}
    request = await world.sync("suppliers")
    changed = {row["id"] for row in world.procore("vendors") if row != before.get(row["id"])}
    done = [action for action in world.actions(request) if action.kind in WRITTEN and action.state != "skipped"]
    assert request["created"] == len({row["id"] for row in world.procore("vendors")} - before.keys())
    assert {action.procore_id for action in done if action.exchange_id is not None} == changed


async def test_f050_the_history_of_requests_survives_the_end_of_the_program(world: World) -> None:
    made = [await world.sync(element) for element in ("projects", "suppliers", "suppliers")]
    again = Database.of_file(world.database.file)  # type: ignore[arg-type]
    rows = Views(again, world.clock.now).requests(RequestQuery(), 0, 10)
    assert [(row.id, row.requested_by, row.created) for row in rows] == [
        (request["id"], "tester", request["created"]) for request in reversed(made)
    ]
    again.close()


# --- the order of elements ----------------------------------------------------------------------------

FIRST_WRITES = (
    "projects/sync", "budget_line_items/sync", "purchase_order_contracts", "work_order_contracts",
    "change_order_packages", "direct_costs/sync",
)  # fmt: skip
"""How a call begins to be about an element, in the order of C22; orders come by being read."""


async def test_f087_everything_is_synchronized_in_the_order_of_dependence(world: World) -> None:
    world.commands.synchronize_all(project="26003")
    while requests := world.journal.open_requests():
        await world.go_on(requests[0]["id"])
    paths = [call["path"] for call in world.calls()]
    firsts = [next(place for place, path in enumerate(paths) if path.endswith(word)) for word in FIRST_WRITES]
    assert firsts == sorted(firsts)


async def test_f088_costs_that_run_before_their_project_say_so_and_nothing_is_called(world: World) -> None:
    request = await world.sync("costs")
    assert (request["created"], world.calls()) == (0, [])
    told = [problem for line in world.lines("costs") for problem in line.problems if problem.code == "CST-01"]
    assert len(told) == request["errors"] > 0
    assert {problem.args["project"] for problem in told} <= {line.maestro_key for line in world.lines("projects")} | {
        row["project_code"] for row in world.company.rows("m_project")
    }
    await world.sync("projects")
    await world.sync("budgets", project="26003")
    assert (await world.sync("costs", project="26003"))["created"] > 0
