"""Both sides reconciled on a real run against the strict sandbox: to the cent, or with the exact cents that are not."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model.elements import ELEMENTS, in_run_order
from maestro_procore.model.reconciliation import Line, Reconciliation
from maestro_procore.ports import Row
from tests.engine.beginnings import world_after
from tests.engine.world import World

P = "26003"
"""A project with orders, invoices on them, change orders, modifications and costs."""
DETAIL_ROWS = "detail_rows"
LATE = date(2099, 12, 31)
"""A cut-off that leaves nothing out."""


TOOLS_ON = {"tools_without_template": "active"}


def made(folder: Path, **switches: Any) -> World:
    return World(folder, switches={**TOOLS_ON, **switches})


async def synchronize(world: World, project: str | None = None) -> None:
    """All elements, everything accepted."""
    for element in in_run_order(list(ELEMENTS)):
        await world.sync(element, full=True, accept=True, project=project if ELEMENTS[element].has_projects else None)
    world.calls()


async def one_project(world: World) -> None:
    await synchronize(world, P)


@pytest.fixture
async def synced(tmp_path: Path) -> AsyncIterator[World]:
    """The small company with one project in step."""
    world = await world_after(tmp_path, one_project, switches=TOOLS_ON)
    yield world
    await world.close()


def found(world: World, request: Row) -> Reconciliation:
    return world.views.reconciled_whole(request["id"])


def agrees(world: World, request: Row) -> bool | None:
    row = world.views.reconciliation(request["id"])
    assert row is not None
    return row.agrees


def causes(of: Reconciliation) -> Counter[str]:
    return Counter(bridge.cause for line in of.lines for bridge in line.bridges)


def apart(of: Reconciliation) -> dict[tuple[str, str], Decimal]:
    """(element, figure) → what is unexplained, of lines where something is."""
    return {line.figure: line.unexplained for line in of.lines if line.unexplained}


def bridged(of: Reconciliation, cause: str, figure: tuple[str, str]) -> Decimal:
    bridges = [b for line in of.lines if line.figure == figure for b in line.bridges if b.cause == cause]
    return sum((bridge.amount for bridge in bridges), Decimal(0))


def project_id(world: World, code: str = P) -> int:
    return next(int(row["id"]) for row in world.procore("projects") if row["project_number"] == code)


def sent_line(world: World) -> Mapping[str, Any]:
    """A line of an approved direct cost of the project, with a budget code."""
    approved = {row["id"] for row in world.procore("direct_costs") if row["status"] == "approved"}
    lines = world.procore("direct_cost_line_items")
    return next(
        each for each in lines if each["direct_cost_id"] in approved and each["project_id"] == project_id(world)
    )


# --- the claim --------------------------------------------------------------------------------------


async def test_after_a_full_synchronization_nothing_is_unexplained(tmp_path: Path) -> None:
    """Issue 3, done when: every difference has a named cause, unexplained is 0.00 everywhere."""
    world = made(tmp_path)
    await synchronize(world)
    request = await world.reconcile()
    whole = found(world, request)
    assert (agrees(world, request), apart(whole), request["errors"]) == (True, {}, 0)
    assert set(json.loads(json.dumps(whole.to_json()))["unexplained"].values()) == {"0.00"}
    assert {line.figure for line in whole.lines} >= {("costs", "to_date"), ("commitments", "original")}
    linked = [line for line in world.lines("projects") if line.is_linked]
    calls = world.calls()
    assert [call["path"].rpartition("/")[2] for call in calls] == [DETAIL_ROWS] * len(linked) == [DETAIL_ROWS] * 10
    assert request["calls"] == len(calls)
    await world.close()


async def test_the_figures_are_those_of_the_two_companies(synced: World) -> None:
    """Counted here without the program: approved direct costs, commitments and budget lines."""
    whole = found(synced, await synced.reconcile(project=P, cut_off=LATE))
    totals = {(*total.figure, total.currency): total for total in whole.totals}
    number = project_id(synced)
    approved = {row["id"] for row in synced.procore("direct_costs") if row["status"] == "approved"}
    lines = [each for each in synced.procore("direct_cost_line_items") if each["direct_cost_id"] in approved]
    costs = sum(Decimal(str(each["extended_amount"])) for each in lines if each["project_id"] == number)
    assert totals["costs", "to_date", "CAD"].procore == costs
    budget = [each for each in synced.procore("budget_line_items") if each["project_id"] == number]
    original = sum(Decimal(str(each["original_budget_amount"])) for each in budget)
    assert totals["budgets", "original", "CAD"].procore == original == totals["budgets", "original", "CAD"].maestro


async def test_what_is_found_stays_as_it_was_found(synced: World) -> None:
    """Page, workbook and certificate of last month show last month's figures."""
    request = await synced.reconcile(project=P)
    before = found(synced, request).to_json()
    line = sent_line(synced)
    await synced.edit_procore("direct_cost_line_items", {"id": line["id"], "extended_amount": "0.01"})
    await synced.reconcile(project=P)
    assert found(synced, request).to_json() == before


# --- differences ------------------------------------------------------------------------------------


async def edit_a_cost(world: World, cents: str) -> None:
    """Somebody adds an amount to a line of a direct cost in Procore's own pages."""
    line = sent_line(world)
    amount = Decimal(str(line["extended_amount"])) + Decimal(cents)
    await world.edit_procore(
        "direct_cost_line_items",
        {"id": line["id"], "quantity": "1.0", "unit_cost": str(amount), "extended_amount": str(amount)},
    )


async def test_an_amount_edited_by_hand_is_named_once_its_record_was_looked_at(synced: World) -> None:
    await edit_a_cost(synced, "-12.34")
    request = await synced.reconcile(project=P)
    whole = found(synced, request)
    assert (agrees(synced, request), apart(whole)) == (True, {})
    assert bridged(whole, "REC-08", ("costs", "to_date")) == Decimal("12.34")
    read = [call["path"].rpartition("/")[2] for call in synced.calls()]
    assert read == [DETAIL_ROWS, "direct_costs", "line_items"]


async def test_what_cannot_be_named_is_unexplained_to_the_cent(synced: World) -> None:
    """REC-00, REC-16. The list that would tell which record it is does not come."""
    await edit_a_cost(synced, "0.07")
    refusal = {"method": "GET", "path": "*/direct_costs*", "status": 403, "body": {"errors": "no"}}
    synced.sandbox.faults.plant({**refusal, "times": None})
    request = await synced.reconcile(project=P)
    whole = found(synced, request)
    assert apart(whole) == {("costs", "to_date"): Decimal("-0.07")}
    assert (agrees(synced, request), whole.to_json()["unexplained"]["CAD"]) == (False, "0.07")
    assert (request["state"], request["errors"], request["problem"]["code"]) == ("failed", 1, "REC-16")
    assert [problem.code for problem in whole.unexplained] == ["REC-00"]


async def test_an_order_that_was_not_brought_over_is_named(tmp_path: Path) -> None:
    """Approved in Procore, and nobody has synchronized since."""
    world = made(tmp_path)
    for element in ("projects", "suppliers", "budgets"):
        await world.sync(element, full=True)
    request = await world.reconcile(project=P, cut_off=LATE)
    whole = found(world, request)
    assert agrees(world, request) is True
    total = next(t for t in whole.totals if t.figure == ("commitments", "original") and t.currency == "CAD")
    assert total.procore > 0
    assert bridged(whole, "REC-09", ("commitments", "original")) < 0
    await world.close()


def columns_of(row: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """A row as an accountant enters it, like another one."""
    return {k: v for k, v in row.items() if k not in ("rowver", "changed_at", "is_deleted")} | values


async def test_a_transaction_that_was_not_sent_is_named(synced: World) -> None:
    """Entered and transferred after the last synchronization."""
    company, now = synced.company, synced.clock.now()
    own = {row["trans_id"]: row for row in company.rows("m_transaction_line", where={"project_code": [P]})}
    sent = {line["trans_id"] for line in own.values()}
    like = next(
        row
        for row in company.rows("m_transaction")
        if row["trans_id"] in sent and row["transferred"] and row["order_id"] is None and row["currency"] == "CAD"
    )
    company.insert("m_transaction", columns_of(like, trans_id=990001, document_no="L990001", source=None), now)
    line = columns_of(own[like["trans_id"]], trans_id=990001, line_id=990001, line_no=1, amount=Decimal("77.77"))
    company.insert("m_transaction_line", line, now)
    whole = found(synced, await synced.reconcile(project=P))
    assert bridged(whole, "REC-06", ("costs", "to_date")) == Decimal("77.77")
    assert apart(whole) == {}


async def test_a_month_that_is_closed_is_compared_as_it_was_on_its_last_day(synced: World) -> None:
    """Costs dated later are left out on both sides, with their cause."""
    company = synced.company
    sent = {row["trans_id"] for row in company.rows("m_transaction_line", where={"project_code": [P]})}
    rows = [row for row in company.rows("m_transaction") if row["trans_id"] in sent and row["transferred"]]
    days = sorted(row["accounting_date"] for row in rows)
    cut_off = date.fromisoformat(str(days[len(days) // 2])[:10]) - timedelta(days=1)
    period = next(
        row for row in company.rows("m_period") if row["start_date"] <= days[len(days) // 2] <= row["end_date"]
    )
    where = {name: period[name] for name in ("company_id", "year", "period")}
    assert company.update("m_period", where, {"status": "closed"}, synced.clock.now())
    request = await synced.reconcile(project=P, cut_off=cut_off)
    row, whole = synced.views.reconciliation(request["id"]), found(synced, request)
    assert row is not None
    assert (row.cut_off, row.agrees, apart(whole)) == (cut_off.isoformat(), True, {})
    assert causes(whole)["REC-03"] > 0
    assert row.is_period_closed is (str(period["start_date"])[:10] <= row.cut_off)


async def test_currencies_are_never_added_together(tmp_path: Path) -> None:
    world = made(tmp_path)
    await synchronize(world)
    whole = found(world, await world.reconcile())
    dollars = [line for line in whole.lines if line.currency == "USD"]
    assert dollars and {total.currency for total in whole.totals} == {"CAD", "USD"}
    for total in whole.totals:
        of_it = [line for line in whole.lines if (line.figure, line.currency) == (total.figure, total.currency)]
        assert total.maestro == sum((line.maestro for line in of_it), Decimal(0))
    await world.close()


# --- projects that cannot be compared -----------------------------------------------------------------


async def test_a_project_without_the_budget_tool_is_listed_with_its_cause(synced: World) -> None:
    """REC-15: nothing of it is compared, all of it is named."""
    off = {"method": "GET", "path": "*/detail_rows", "status": 403, "body": {"errors": "the tool is not active"}}
    synced.sandbox.faults.plant({**off, "times": None})
    request = await synced.reconcile(project=P)
    whole = found(synced, request)
    assert [problem.code for problem in whole.told] == ["REC-15"]
    assert (request["state"], request["warnings"]) == ("warned", 1)
    assert whole.lines and not any(line.unexplained or line.procore or line.expected for line in whole.lines)
    assert causes(whole)["REC-07"] > 0
    assert [call["path"].rpartition("/")[2] for call in synced.calls()] == [DETAIL_ROWS]


async def test_a_project_that_is_not_linked_is_listed_without_a_call(world: World) -> None:
    """Nothing was synchronized yet."""
    request = await world.reconcile(cut_off=LATE)
    whole = found(world, request)
    assert (world.calls(), request["calls"], apart(whole)) == ([], 0, {})
    assert causes(whole)["REC-04"] > 0


# --- faults -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["scopes", "read budget-rows-all", "compare@", "finish"])
async def test_a_reconciliation_that_is_killed_goes_on_where_it_was(synced: World, step: str) -> None:
    plain = await synced.reconcile(project=P)
    once = synced.calls()
    killed = await synced.reconcile(project=P, kill_at=step)
    assert killed["state"] == plain["state"]
    assert found(synced, killed).to_json() == found(synced, plain).to_json()
    assert len(synced.calls()) == len(once) + (step == "read budget-rows-all")


async def test_nobody_answers(synced: World) -> None:
    """The request fails with the reason; what it had found is not shown as a result."""
    synced.sandbox.faults.plant({"method": "GET", "path": "*/detail_rows", "cut": "before", "times": None})
    request = await synced.reconcile(project=P)
    assert (request["state"], agrees(synced, request)) == ("failed", None)
    assert request["problem"]["code"].startswith("SRV-")


async def test_it_can_be_made_again_when_it_failed(synced: World) -> None:
    synced.sandbox.faults.plant({"method": "GET", "path": "*/detail_rows", "status": 401, "times": 3})
    request = await synced.reconcile(project=P)
    synced.sandbox.faults.clear()
    again = await synced.reconcile(project=P)
    assert (again["id"] == request["id"], agrees(synced, again)) == (False, True)


def test_the_line_of_a_view_without_a_column_is_not_compared() -> None:
    """REC-17 speaks of what `agrees` does not let pass."""
    missing = frozenset({("costs", "to_date")})
    line = Line(P, ("budgets", "original"), "01-100.M", "CAD", Decimal("1.00"), Decimal("1.00"))
    assert not Reconciliation((line,), missing=missing).agrees


async def test_before_the_first_synchronization_every_difference_has_its_cause(tmp_path: Path) -> None:
    """Projects are linked, nothing else was ever read: what the codes are called is read here."""
    world = made(tmp_path)
    await world.sync("projects", full=True)
    request = await world.reconcile(project=P, cut_off=LATE)
    whole = found(world, request)
    assert (agrees(world, request), apart(whole)) == (True, {})
    assert causes(whole)["REC-09"] > 0
    await world.close()
