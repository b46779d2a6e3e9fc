"""What can be undone, by kind and side; what still holds, and what accounting has posted. Pure rules."""

from datetime import date
from typing import Any

import pytest

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.problems import CATALOGUE
from maestro_procore.model.undoing import WAYS, Undo, closed_periods, verdict_of


def action(element: str, kind: str, target: str = "procore", results: tuple[str, ...] = ()) -> dict[str, Any]:
    found = [{"field": f"f{n}", "result": result} for n, result in enumerate(results)]
    return {"element": element, "kind": kind, "target": target, "maestro_key": "A1", "differences": found}


CASES = {
    "project made in Procore": (action("projects", "create"), "can", None),
    "project made in maestro": (action("projects", "create", "both"), "correction", "UND-08"),
    "company made in Procore": (action("suppliers", "create"), "can", None),
    "company changed": (action("suppliers", "update", results=("maestro",)), "can", None),
    "company marked only": (action("suppliers", "link"), "no", "UND-06"),
    "company linked and changed": (action("suppliers", "link", results=("maestro",)), "can", None),
    "company linked, differences kept": (action("suppliers", "link", results=("keep",)), "no", "UND-06"),
    "budget line": (action("budgets", "create"), "can", None),
    "budget modification": (action("budget-changes", "create"), "correction", "UND-09"),
    "cost code": (action("cost-codes", "create"), "no", "UND-06"),
    "budget code": (action("budget-codes", "create"), "no", "UND-06"),
    "direct cost": (action("costs", "create"), "can", None),
    "line of a direct cost": (action("cost-lines", "create"), "can", None),
    "line of a direct cost changed": (action("cost-lines", "update"), "correction", "UND-10"),
    "order entered": (action("subcontracts", "create", "both"), "can", None),
    "change order entered": (action("change-orders", "create", "maestro"), "can", None),
    "extension of an order entered": (action("order-extensions", "create", "maestro"), "can", None),
}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_action_has_its_class_and_says_why(name: str) -> None:
    row, undo, code = CASES[name]
    verdict = verdict_of(row)
    assert verdict is not None and verdict.undo == undo
    assert (verdict.why.code if verdict.why else None) == code


@pytest.mark.parametrize("kind", ["read", "skip", "unlink"])
def test_what_writes_no_values_has_no_class(kind: str) -> None:
    assert verdict_of(action("suppliers", kind)) is None


def test_every_kind_that_is_synchronized_has_ways_or_stays() -> None:
    """A new kind is never undone by accident: it stays until somebody says how."""
    assert WAYS.keys() <= MAPS.keys()
    for kind in MAPS.keys() - WAYS.keys():
        verdict = verdict_of(action(kind, "create"))
        assert verdict is not None and verdict.undo is Undo.NO, kind


def test_every_way_writes_attributes_that_its_mapping_knows() -> None:
    """Else the next comparison would not see what was taken back. A project's flag is the one its mapping reads."""
    for kind, ways in WAYS.items():
        there = {each.procore for each in MAPS[kind].fields} | {MAPS[kind].active}
        here = {each.maestro for each in MAPS[kind].fields}
        assert (ways.created_there or {}).keys() <= there and (ways.created_here or {}).keys() <= here, kind
        assert all(not code or code in CATALOGUE for code in (ways.stays_there, ways.stays_here, ways.updates))


def test_a_day_lies_in_a_closed_period_from_its_first_to_its_last_day() -> None:
    rows = [
        {"start_date": date(2026, 9, 1), "end_date": date(2026, 9, 30), "status": "closed"},
        {"start_date": date(2026, 10, 1), "end_date": date(2026, 10, 31), "status": "open"},
    ]
    periods = closed_periods(rows)
    assert [periods.holds(day) for day in ("2026-08-31", "2026-09-01", "2026-09-30", "2026-10-01", None)] == [
        False, True, True, False, False,
    ]  # fmt: skip
