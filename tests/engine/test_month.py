"""Issue 3, done when: the month with kills and limits in between ends in agreement, and nothing is there twice.

The month is lived through once (month_lived.py); each test looks at another side of what it left behind.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from maestro_procore.model.status import ActionState, Symbol
from maestro_procore.sandbox.month_steps import Expected, Outcome
from tests.engine.month_lived import ALL, FEW_CALLS, Lived, Month, MonthStory, actions_on, twice

DONE = (ActionState.DONE.value, ActionState.WARNED.value)
SHOWN = {
    "purchase-orders": "external_no",
    "subcontracts": "external_no",
    "change-orders": "title",
    "costs": "document",
}
"""The field by which people call a record, where it is not its key."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Month:
    async def live() -> Month:
        story = MonthStory(tmp_path_factory.mktemp("month"))
        try:
            return await story.live()
        finally:
            await story.world.close()

    return asyncio.run(live())


# --- each day -----------------------------------------------------------------------------------------


def named(line: Any, expected: Expected) -> bool:
    if expected.element == "budgets":
        return bool(line.project == expected.record)
    if expected.element in SHOWN:
        name = SHOWN[expected.element]
        return expected.record in (line.maestro.get(name), line.procore.get(name))
    return bool(line.maestro_key == expected.record)


def did(kind: str) -> Callable[[Any, list[Any]], bool]:
    return lambda _line, actions: any(a.kind == kind and a.state in DONE for a in actions)


SEEN: dict[Outcome, Callable[[Any, list[Any]], bool]] = {
    Outcome.CREATED: did("create"),
    Outcome.UPDATED: did("update"),
    Outcome.LINKED: did("link"),
    Outcome.UNCHANGED: lambda line, actions: not actions and line.symbol is not Symbol.CROSS,
    Outcome.WARNED: lambda line, actions: (
        line.symbol is not Symbol.CROSS and any(a.problems and a.state in ("warned", "skipped") for a in actions)
    ),
    Outcome.REFUSED: lambda line, actions: (
        line.symbol is Symbol.CROSS and [a.state for a in actions] == [ActionState.FAILED.value]
    ),
}


def outcomes(day: Lived, expected: Expected) -> list[bool]:
    """For each line of the record whether it shows what the scenario says."""
    run = day.runs[expected.element]
    found = []
    for line in run.lines:
        if not named(line, expected):
            continue
        actions = list(actions_on(run, expected.element, line))
        codes = {problem.code for each in (line, *actions) for problem in each.problems}
        found.append(SEEN[expected.outcome](line, actions) and (not expected.code or expected.code in codes))
    return found


def budget_outcome(day: Lived, expected: Expected) -> bool:
    """A project's budget is many lines: what was written of it, its modifications included."""
    run = day.runs["budgets"]
    wrote = [a for a in run.actions if a.project == expected.record and a.kind != "skip" and a.state in DONE]
    codes = {p.code for line in run.lines if line.project == expected.record for p in line.problems}
    is_so = bool(wrote) if expected.outcome is Outcome.UPDATED else not wrote
    return is_so and (not expected.code or expected.code in codes)


def test_an_accountant_sees_each_day_what_the_scenario_says(lived: Month) -> None:
    """Created, updated, linked, warned, refused with its message, or untouched: all records of all days."""
    different = []
    for day in lived.days:
        for expected, times in Counter(day.day.expected).items():
            if expected.element == "budgets":
                is_so = budget_outcome(day, expected)
            else:
                found = outcomes(day, expected)
                is_so = sum(found) >= times or (not found and expected.outcome is Outcome.UNCHANGED)
            if not is_so:
                different.append((day.day.number, expected))
    assert different == []
    assert sum(len(day.day.expected) for day in lived.days) > 50


def test_nothing_else_goes_wrong_on_any_day(lived: Month) -> None:
    """No request ends for another reason than records that are refused, and no record is left in doubt."""
    for day in lived.days:
        for element, run in day.runs.items():
            where = (day.day.number, element)
            assert (where, run.request["problem"]) == (where, None)
            assert (where, [a.name for a in run.actions if a.state == "unknown"]) == (where, [])


def test_quiet_days_write_nothing(lived: Month) -> None:
    quiet = [day for day in lived.days if day.day.is_quiet]
    assert len(quiet) == 10
    assert [day.writes for day in quiet] == [[]] * len(quiet)


def test_the_month_was_lived_through_with_kills_and_limits(lived: Month) -> None:
    """Else the other tests would prove less than they say."""
    assert sum(day.deaths for day in lived.days) > len(lived.days) * len(ALL)
    assert [day.day.number for day in lived.days if day.waits and day.day.number in FEW_CALLS] == sorted(FEW_CALLS)


# --- the end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["first", "last"])
def test_both_sides_agree_to_the_cent_and_every_difference_has_a_name(lived: Month, when: str) -> None:
    whole: Lived = getattr(lived, when)
    assert whole.reconciled is not None
    assert whole.agrees is True
    assert [line for line in whole.reconciled.lines if line.unexplained] == []
    assert all(bridge.cause and bridge.records for line in whole.reconciled.lines for bridge in line.bridges)


def test_the_month_that_is_certified_agrees_on_its_last_day(lived: Month) -> None:
    end = lived.days[-1]
    assert (end.day.cutoff, end.agrees) == (date(2026, 12, 31), True)


def test_a_second_full_run_writes_nothing(lived: Month) -> None:
    assert lived.second is not None
    assert lived.second.writes == []


def test_a_run_after_the_month_writes_nothing_on_either_side(lived: Month) -> None:
    assert lived.last is not None
    assert (lived.last.writes, lived.changed_by_last) == ([], [])


def test_nothing_is_in_procore_twice(lived: Month) -> None:
    there = lived.procore
    keys: dict[str, tuple[str, ...]] = {
        "projects": ("project_number",),
        "cost_codes": ("project_id", "parent_id", "code"),
        "segment_items": ("project_id", "segment_id", "parent_id", "code"),
        "wbs_codes": ("project_id", "flat_code"),
        "budget_line_items": ("project_id", "wbs_code_id"),
        "budget_changes": ("project_id", "title"),
        "purchase_order_contracts": ("number",),
        "work_order_contracts": ("number",),
    }
    assert {name: twice(there[name], *columns) for name, columns in keys.items()} == {name: [] for name in keys}
    marked = ("vendors", "direct_costs", "direct_cost_line_items", "projects", *list(keys)[-2:])
    assert {name: twice(there[name], "origin_id") for name in marked} == {name: [] for name in marked}
    assert twice(there["vendors"], "origin_code") == []


def test_every_record_that_was_made_in_procore_is_linked_once(lived: Month) -> None:
    """A second copy without a mark would be seen here."""
    for element, collection in (("costs", "direct_costs"), ("projects", "projects"), ("suppliers", "vendors")):
        made = {row["id"] for row in lived.procore[collection]} - lived.there_before[collection]
        linked = Counter(line.procore_id for line in lived.lines[element] if line.procore_id and line.is_linked)
        assert [each for each, times in linked.items() if times > 1] == []
        strangers = [row for row in lived.procore[collection] if row["id"] in made - linked.keys()]
        # Made by hand on day 11; the company that was merged into it is gone.
        assert [row.get("name") for row in strangers] == (["Paysagement Bernard"] if element == "suppliers" else [])


def test_nothing_is_in_maestro_twice(lived: Month) -> None:
    orders = [row for row in lived.maestro["m_order"] if row["external_no"]]
    assert twice(orders, "kind", "external_no", "extension") == []
    assert twice(lived.maestro["m_order"], "order_no", "extension") == []
    assert twice(lived.maestro["m_order_line"], "order_id", "line_no") == []
    assert twice(lived.maestro["m_change_order"], "project_code", "co_no") == []


def test_every_document_that_was_entered_in_maestro_is_linked_once(lived: Month) -> None:
    """A second copy under another number would be seen here; titles may repeat."""
    before = lived.there_before
    changes = [row for row in lived.maestro["m_change_order"] if row["co_id"] not in before["m_change_order"]]
    entered = {f"{row['project_code']}/{row['co_no']}" for row in changes}
    linked = [line for line in lived.lines["change-orders"] if line.is_linked]
    assert entered and entered - {line.maestro_key for line in linked} == set()
    orders = [row for row in lived.maestro["m_order"] if row["order_id"] not in before["m_order"]]
    firsts = {row["order_no"] for row in orders if not row["extension"]}
    linked += [line for each in ("purchase-orders", "subcontracts") for line in lived.lines[each] if line.is_linked]
    assert firsts and firsts - {line.maestro_key for line in linked} == set()
    assert set(Counter(line.procore_id for line in linked).values()) == {1}
