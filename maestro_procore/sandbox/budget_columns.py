"""What the columns of a budget view add up, per WBS code of a project.

A further source of amounts is a further row of SOURCES. Source: reference 6.6; names as in Procore's standard view.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

ZERO = Decimal("0.00")
Sums = Mapping[int, Decimal]


@dataclass(frozen=True)
class Source:
    """One column. sums: WBS code id → amount, for a project."""

    id: str
    name: str
    sums: Callable[[Visit, int], Sums]


def added(amounts: Iterable[tuple[Any, Any]]) -> Sums:
    """Pairs of WBS code id and amount as sums; lines without a code are left out."""
    found: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for wbs_code_id, amount in amounts:
        if wbs_code_id is not None:
            found[wbs_code_id] += cents(amount)
    return found


def _original(visit: Visit, project_id: int) -> Sums:
    lines = visit.world.collection("budget_line_items").where(project_id=project_id)
    return added((line["wbs_code_id"], line.get("original_budget_amount")) for line in lines)


def _modifications(visit: Visit, project_id: int) -> Sums:
    """Transfers of the older kind, and budget changes that are approved."""
    lines = visit.world.collection("budget_line_items")
    moved: list[tuple[Any, Any]] = []
    for row in visit.world.collection("budget_modifications").where(project_id=project_id):
        for key, sign in (("to_budget_line_item_id", 1), ("from_budget_line_item_id", -1)):
            line = lines.get(row.get(key))
            if line is not None:
                moved.append((line["wbs_code_id"], sign * cents(row["transfer_amount"])))
    return added([*moved, *_changes(visit, project_id, "approved")])


def _pending(visit: Visit, project_id: int) -> Sums:
    return added(_changes(visit, project_id, "under_review"))


def _changes(visit: Visit, project_id: int, status: str) -> list[tuple[Any, Any]]:
    changes = visit.world.collection("budget_changes").where(project_id=project_id, status=status)
    return [
        (line.get("wbs_code_id"), line.get("amount"))
        for change in changes
        for line in change.get("adjustment_line_items") or ()
    ]


def _direct_costs(visit: Visit, project_id: int) -> Sums:
    headers = visit.world.collection("direct_costs").where(project_id=project_id, status="approved")
    approved = {row["id"] for row in headers}
    lines = visit.world.collection("direct_cost_line_items").where(project_id=project_id)
    return added((line["wbs_code_id"], line["amount"]) for line in lines if line.get("direct_cost_id") in approved)


ORIGINAL = Source("original_budget_amount", "Original Budget Amount", _original)
MODIFICATIONS = Source("budget_modifications", "Budget Modifications", _modifications)
PENDING = Source("pending_budget_changes", "Pending Budget Changes", _pending)
DIRECT_COSTS = Source("direct_costs", "Direct Costs", _direct_costs)

SOURCES: tuple[Source, ...] = (ORIGINAL, MODIFICATIONS, PENDING, DIRECT_COSTS)

# Calculated column → the sources it adds; those that this sandbox does not have yet count nothing.
CALCULATED: Mapping[str, tuple[str, ...]] = {
    "Revised Budget": ("Original Budget Amount", "Budget Modifications", "Approved COs"),
    "Projected Budget": ("Original Budget Amount", "Budget Modifications", "Approved COs", "Pending Budget Changes"),
    "Job to Date Costs": ("Direct Costs", "Committed Costs"),
}


def amounts(visit: Visit, project_id: int) -> dict[int, dict[str, Decimal]]:
    """WBS code id → column name → amount, for each code that has any."""
    sums = {source.name: source.sums(visit, project_id) for source in SOURCES}
    found: dict[int, dict[str, Decimal]] = {}
    for wbs_code_id in {code for each in sums.values() for code in each}:
        columns = {name: each.get(wbs_code_id, ZERO) for name, each in sums.items()}
        for name, parts in CALCULATED.items():
            columns[name] = sum((columns.get(part, ZERO) for part in parts), ZERO)
        found[wbs_code_id] = columns
    return found


def nothing() -> dict[str, Decimal]:
    return {**{source.name: ZERO for source in SOURCES}, **dict.fromkeys(CALCULATED, ZERO)}


def root_of(visit: Visit, code: Row | None) -> Row | None:
    """The division of a cost code: its topmost parent."""
    codes = visit.world.collection("cost_codes")
    while code is not None and code.get("parent_id") is not None and (above := codes.get(code["parent_id"])):
        code = above
    return code
