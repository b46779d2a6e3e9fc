"""What enters maestro* waits for an accounting approver, who accepts exactly what he saw."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model import acceptance
from maestro_procore.model.acceptance import Held, Total, Verdict, total_of
from maestro_procore.model.problems import Refused
from maestro_procore.ports import Row
from tests.engine.beginnings import world_after
from tests.engine.world import World

ORDERS = "purchase-orders"
HOUR = timedelta(hours=1)


async def asked_for(world: World) -> None:
    world.commands.set("acceptance_purchase_orders", True)
    world.commands.set("accepts_own_requests", False)
    for element in ("projects", "suppliers", ORDERS):
        await world.sync(element)


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncIterator[World]:
    """Purchase orders that one person, the tester, has asked for; acceptance is on as at a customer's."""
    world = await world_after(tmp_path, asked_for)
    yield world
    await world.close()


def rows(world: World, verdict: Verdict = Verdict.WAITING) -> list[Held]:
    return [row for row in world.views.acceptances(ORDERS) if row.verdict is verdict]


def line(world: World, row: Held) -> Any:
    return next(each for each in world.lines(ORDERS) if each.procore_id == row.procore_id)


def told(world: World, row: Held) -> set[str]:
    return {problem.code for problem in line(world, row).problems}


def orders_in_maestro(world: World) -> int:
    return len(world.company.rows("m_order"))


def accept(world: World, chosen: Sequence[Held], **other: Any) -> Row:
    """The reader accepts these lines with their control total."""
    given = {"keys": [row.key for row in chosen], "control_total": total_of(chosen), **other}
    return world.commands.accept(ORDERS, **given)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.problem.code


async def test_nothing_enters_maestro_before_somebody_accepts_it(waiting: World) -> None:
    """ACC-01."""
    before, held = orders_in_maestro(waiting), rows(waiting)
    again = await waiting.sync(ORDERS)
    assert len(held) > 3 and orders_in_maestro(waiting) == before
    assert again["created"] == 0 and again["skipped"] >= len(held)
    assert all("ACC-01" in told(waiting, row) and line(waiting, row).symbol == "dash" for row in held)
    assert [row.digest for row in rows(waiting)] == [row.digest for row in held]


async def test_what_another_person_accepts_is_entered_and_the_rest_goes_on_waiting(waiting: World) -> None:
    first, *others = rows(waiting)
    waiting.commands.user = "approver"
    accept(waiting, [first])
    done = await waiting.sync(ORDERS)  # the request that the acceptance has asked for
    (action,) = [a for a in waiting.actions(done) if a.kind == "create"]
    assert (action.procore_id, action.accepted_by) == (first.procore_id, "approver")
    assert line(waiting, first).symbol == "check" and line(waiting, first).maestro_key
    assert [row.procore_id for row in rows(waiting)] == [row.procore_id for row in others]
    entered = waiting.company.rows("m_order", where={"order_no": [action.maestro_key]})
    assert not entered[0]["transferred"]


async def test_a_batch_is_accepted_with_its_control_total(waiting: World) -> None:
    held = rows(waiting)
    before = orders_in_maestro(waiting)
    waiting.commands.user = "approver"
    accept(waiting, held)
    await waiting.sync(ORDERS)
    assert orders_in_maestro(waiting) == before + len(held)
    assert rows(waiting) == [] and {a.accepted_by for a in created(waiting)} == {"approver"}
    idle = await waiting.sync(ORDERS)
    assert (idle["created"], idle["updated"], waiting.views.acceptances(ORDERS)) == (0, 0, [])


def created(world: World) -> list[Any]:
    """Creations of the newest request."""
    newest = max(world.views.elements(), key=lambda row: row.name == ORDERS).last_request
    assert newest is not None
    return [a for a in world.actions(world.journal.request(newest.id)) if a.kind == "create"]


@pytest.mark.parametrize("wrong", [{"count": 1}, {"amounts": {"CAD": Decimal("0.01")}}, {"amounts": {}}])
async def test_a_wrong_control_total_accepts_nothing(waiting: World, wrong: dict[str, Any]) -> None:
    """ACC-06."""
    waiting.commands.user = "approver"
    held = rows(waiting)[:2]
    with pytest.raises(Refused) as refused:
        waiting.commands.accept(ORDERS, [row.key for row in held], replace(total_of(held), **wrong))
    assert code_of(refused) == "ACC-06" and rows(waiting, Verdict.ACCEPTED) == []


async def test_nobody_accepts_what_he_requested_himself(waiting: World) -> None:
    """ACC-04, also when others synchronized since."""
    waiting.commands.user = "other"
    await waiting.sync(ORDERS)
    waiting.commands.user = "tester"
    with pytest.raises(Refused) as refused:
        accept(waiting, rows(waiting)[:1])
    assert code_of(refused) == "ACC-04"
    waiting.commands.user = "other"
    accept(waiting, rows(waiting)[:1])


async def test_an_approver_stays_within_his_limit(waiting: World) -> None:
    """ACC-05; who has no limit written down accepts nothing as soon as somebody has one."""
    held = sorted(rows(waiting), key=lambda row: Decimal(row.amount))
    waiting.commands.set("acceptance_limits", f"LOW {held[0].amount}, high any")
    for user, row in (("low", held[1]), ("nobody", held[0])):
        waiting.commands.user = user
        with pytest.raises(Refused) as refused:
            accept(waiting, [row])
        assert code_of(refused) == "ACC-05"
    waiting.commands.user = "Low"
    accept(waiting, held[:1])
    waiting.commands.user = "HIGH"
    accept(waiting, held[1:])


async def test_what_changes_in_procore_after_the_acceptance_waits_again(waiting: World) -> None:
    """ACC-02: an acceptance is about exactly the content that was seen."""
    first = rows(waiting)[0]
    waiting.commands.user = "approver"
    accept(waiting, [first])
    await waiting.edit_procore("purchase_order_contracts", {"id": first.procore_id, "title": "Acier en plus"})
    waiting.clock.advance(HOUR)
    done = await waiting.sync(ORDERS)
    assert done["created"] == 0 and "ACC-02" in told(waiting, first)
    (now,) = [row for row in rows(waiting) if row.procore_id == first.procore_id]
    assert now.digest != first.digest
    with pytest.raises(Refused) as refused:
        accept(waiting, [now], seen={first.digest})
    assert code_of(refused) == "ACC-07"


async def test_a_refusal_shows_its_reason_until_procore_changes_the_record(waiting: World) -> None:
    """ACC-03, ACC-08."""
    first = rows(waiting)[0]
    waiting.commands.user = "approver"
    with pytest.raises(Refused) as refused:
        waiting.commands.refuse(ORDERS, [first.key], "  ")
    assert code_of(refused) == "ACC-08"
    waiting.commands.refuse(ORDERS, [first.key], "Wrong cost code")
    assert {p.args.get("text") for p in line(waiting, first).problems} == {"Wrong cost code"}
    await waiting.sync(ORDERS)
    assert "ACC-03" in told(waiting, first) and line(waiting, first).symbol == "dash"
    await waiting.edit_procore("purchase_order_contracts", {"id": first.procore_id, "title": "Acier corrigé"})
    waiting.clock.advance(HOUR)
    await waiting.sync(ORDERS)
    assert "ACC-02" in told(waiting, first)


async def test_what_was_refused_may_be_accepted_after_all(waiting: World) -> None:
    first = rows(waiting)[0]
    waiting.commands.user = "approver"
    waiting.commands.refuse(ORDERS, [first.key], "Ask first")
    accept(waiting, [first])
    await waiting.sync(ORDERS)
    assert line(waiting, first).symbol == "check"


async def test_only_what_waits_can_be_accepted(waiting: World) -> None:
    """ACC-07."""
    waiting.commands.user = "approver"
    for keys in (["404"], [rows(waiting)[0].key, "404"]):
        with pytest.raises(Refused) as refused:
            waiting.commands.accept(ORDERS, keys, Total(0, {}))
        assert code_of(refused) == "ACC-07"


async def test_the_caller_of_the_command_line_accepts_in_the_same_run(waiting: World) -> None:
    """--accept: as the caller, so within his limit and never his own requests."""
    own = await waiting.sync(ORDERS, accept=True)
    assert own["created"] == 0 and all({"ACC-01", "ACC-04"} <= told(waiting, row) for row in rows(waiting))
    held = rows(waiting)
    waiting.commands.user = "approver"
    waiting.commands.set("acceptance_limits", "* 100000")
    small = [row for row in held if Decimal(row.amount) <= 100_000]
    done = await waiting.sync(ORDERS, accept=True)
    assert done["created"] == len(small) and 0 < len(small) < len(held)
    assert all("ACC-05" in told(waiting, row) for row in rows(waiting)) and len(rows(waiting)) == len(held) - len(small)


async def test_an_extension_of_an_order_waits_on_the_line_of_its_change_order(world: World) -> None:
    """A part of Change Orders without lines of its own: nothing reaches maestro* beside the approver."""
    for element in ("projects", "suppliers", ORDERS, "subcontracts"):
        await world.sync(element)
    world.commands.set("acceptance_change_orders", True)
    before = extensions(world)
    await world.sync("change-orders")
    held = [row for row in world.views.acceptances("change-orders") if row.kind == "order-extensions"]
    told_on = {each.procore_id for each in world.lines("change-orders") if "ACC-01" in {p.code for p in each.problems}}
    assert held and {row.procore_id for row in held} <= told_on and extensions(world) == before
    world.commands.user = "approver"
    world.commands.accept("change-orders", [row.key for row in held], total_of(held))
    await world.sync("change-orders")
    assert extensions(world) == before + len(held)


def extensions(world: World) -> int:
    return sum(bool(row["extension"]) for row in world.company.rows("m_order"))


async def test_a_verdict_given_while_a_plan_is_made_is_kept(waiting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people at once: what the plan found waiting is accepted before it is written down."""
    first, really = rows(waiting)[0], acceptance.judge

    def judge_late(*given: Any) -> Any:
        judged = really(*given)
        if not rows(waiting, Verdict.ACCEPTED):
            with waiting.journal.begin() as tx:
                decided = {"verdict": "accepted", "decided_by": "approver", "decided_at": waiting.clock.now()}
                waiting.journal.decide_acceptance(tx, ORDERS, first.procore_id, first.digest, **decided)
        return judged

    monkeypatch.setattr(acceptance, "judge", judge_late)
    assert (await waiting.sync(ORDERS))["created"] == 0
    assert [row.procore_id for row in rows(waiting, Verdict.ACCEPTED)] == [first.procore_id]
    assert (await waiting.sync(ORDERS))["created"] == 1


async def test_a_preview_shows_what_would_wait_and_requests_nothing(world: World) -> None:
    world.commands.set("acceptance_purchase_orders", True)
    for element in ("projects", "suppliers"):
        await world.sync(element)
    shown = await world.sync(ORDERS, preview=True)
    assert shown["created"] == 0 and shown["skipped"] > 3
    assert world.views.acceptances(ORDERS) == []


async def test_switched_off_everything_enters_and_nothing_waits_any_more(waiting: World) -> None:
    held = rows(waiting)
    waiting.commands.set("acceptance_purchase_orders", False)
    done = await waiting.sync(ORDERS)
    assert done["created"] == len(held) and waiting.views.acceptances(ORDERS) == []


async def test_a_program_that_dies_after_the_plan_enters_what_was_accepted_once(waiting: World) -> None:
    held = rows(waiting)[:2]
    waiting.commands.user = "approver"
    before = orders_in_maestro(waiting)
    accept(waiting, held)
    await waiting.sync(ORDERS, kill_at="purchase-orders@26001 plan")
    await waiting.sync(ORDERS)
    assert orders_in_maestro(waiting) == before + len(held)
