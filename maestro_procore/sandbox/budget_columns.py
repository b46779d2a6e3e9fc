"""What the columns of a budget view add up, per WBS code of a project.

A further source of amounts is a further row of SOURCES. Source: reference 6.6; names as in Procore's standard view,
where "Committed Costs" hold the approved change orders of commitments. Which side's change orders "Approved COs" and
the revised budget hold, Procore's own pages say differently: it is a switch. Amounts are before tax.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.committed_costs import COMMITTED, Found, change_lines, commitment_lines
from maestro_procore.sandbox.committed_costs import PENDING as PENDING_COMMITMENT
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.invoiced_lines import invoiced_lines
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

ZERO = Decimal("0.00")
Sums = Mapping[int, Decimal]


@dataclass(frozen=True)
class Source:
    """One column. sums: WBS code id → amount, for a project. is_standard: whether Procore's own view has it."""

    id: str
    name: str
    sums: Callable[[Visit, int], Sums]
    is_standard: bool = True


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


def _before_tax(found: Found) -> list[tuple[Any, Any]]:
    return [(line.get("wbs_code_id"), line.get("extended_amount")) for line, _holder, _contract in found]


def _invoiced(visit: Visit, project_id: int) -> Sums:
    return added((line.get("wbs_code_id"), amount) for line, amount, _invoice in invoiced_lines(visit, project_id))


def _approved_changes(visit: Visit, project_id: int) -> Sums:
    side = visit.switches["approved_cos_of"]
    return added(_before_tax(change_lines(visit, project_id, side, "approved")))


def _pending_budget(visit: Visit, project_id: int) -> Sums:
    """Budget changes under review, and change orders that would raise the budget once approved."""
    changes = _before_tax(change_lines(visit, project_id, visit.switches["approved_cos_of"], "pending"))
    return added([*_changes(visit, project_id, "under_review"), *changes])


def _commitments(visit: Visit, project_id: int) -> Sums:
    return added(_before_tax(commitment_lines(visit, project_id, COMMITTED)))


def _commitment_changes(visit: Visit, project_id: int) -> Sums:
    return added(_before_tax(change_lines(visit, project_id, "commitment", "approved")))


def _committed(visit: Visit, project_id: int) -> Sums:
    lines = _before_tax(commitment_lines(visit, project_id, COMMITTED))
    return added([*lines, *_before_tax(change_lines(visit, project_id, "commitment", "approved"))])


def _pending_costs(visit: Visit, project_id: int) -> Sums:
    lines = _before_tax(commitment_lines(visit, project_id, PENDING_COMMITMENT))
    return added([*lines, *_before_tax(change_lines(visit, project_id, "commitment", "pending"))])


ORIGINAL = Source("original_budget_amount", "Original Budget Amount", _original)
SOURCES: tuple[Source, ...] = (
    ORIGINAL,
    Source("budget_modifications", "Budget Modifications", _modifications),
    Source("approved_cos", "Approved COs", _approved_changes),
    Source("pending_budget_changes", "Pending Budget Changes", _pending_budget),
    Source("committed_costs", "Committed Costs", _committed),
    Source("direct_costs", "Direct Costs", _direct_costs),
    Source("subcontractor_invoices", "Subcontractor Invoices", _invoiced),
    Source("pending_cost_changes", "Pending Cost Changes", _pending_costs),
    Source("commitments", "Commitments", _commitments, is_standard=False),
    Source("commitment_change_orders", "Commitment Change Orders", _commitment_changes, is_standard=False),
)

# Calculated column → the columns that it adds, each a source or calculated above it.
CALCULATED: Mapping[str, tuple[str, ...]] = {
    "Approved Budget Changes": ("Budget Modifications", "Approved COs"),
    "Revised Budget": ("Original Budget Amount", "Approved Budget Changes"),
    "Projected Budget": ("Revised Budget", "Pending Budget Changes"),
    "Job to Date Costs": ("Direct Costs", "Subcontractor Invoices"),
    "Projected Costs": ("Direct Costs", "Committed Costs", "Pending Cost Changes"),
}
FORECAST, AT_COMPLETION, OVER_UNDER = "Forecast To Complete", "Estimated Cost at Completion", "Projected over Under"


def sources_of(visit: Visit) -> tuple[Source, ...]:
    """The source columns of the company's view, in their order."""
    has_more = visit.switches["budget_view_columns"] == "with_commitments"
    return tuple(source for source in SOURCES if source.is_standard or has_more)


def amounts(visit: Visit, project_id: int) -> dict[int, dict[str, Decimal]]:
    """WBS code id → column name → amount, for each code that has any."""
    sums = {source.name: source.sums(visit, project_id) for source in sources_of(visit)}
    codes = {code for each in sums.values() for code in each}
    return {code: _calculated({name: each.get(code, ZERO) for name, each in sums.items()}) for code in codes}


def _calculated(columns: dict[str, Decimal]) -> dict[str, Decimal]:
    for name, parts in CALCULATED.items():
        columns[name] = sum((columns[part] for part in parts), ZERO)
    # What is left to spend, never below zero: the automatic forecast.
    columns[FORECAST] = max(columns["Projected Budget"] - columns["Projected Costs"], ZERO)
    columns[AT_COMPLETION] = columns["Projected Costs"] + columns[FORECAST]
    columns[OVER_UNDER] = columns["Projected Budget"] - columns[AT_COMPLETION]
    return columns


def nothing(visit: Visit) -> dict[str, Decimal]:
    return _calculated({source.name: ZERO for source in sources_of(visit)})


def root_of(visit: Visit, code: Row | None) -> Row | None:
    """The division of a cost code: its topmost parent."""
    codes = visit.world.collection("cost_codes")
    while code is not None and code.get("parent_id") is not None and (above := codes.get(code["parent_id"])):
        code = above
    return code
