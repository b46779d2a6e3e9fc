"""The reconciliation of one project, all three parts of it, and what has to be gathered for it."""

from dataclasses import replace
from typing import Final

from maestro_procore.model.charges import LOCKS
from maestro_procore.model.mapping import TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciled_budgets import budgets_side
from maestro_procore.model.reconciled_commitments import commitments_side
from maestro_procore.model.reconciled_costs import costs_side
from maestro_procore.model.reconciled_records import Books
from maestro_procore.model.reconciliation import BUDGETS, COMMITMENTS, COSTS, Reconciliation, reconcile

TABLES: Final = (
    TableUse("m_transaction_line", "project_code"),
    TableUse("m_transaction", "trans_id", "m_transaction_line.trans_id"),
    TableUse("m_order", "project_code"),
    TableUse("m_order_line", "order_id", "m_order.order_id"),
    TableUse("m_change_order", "project_code"),
    TableUse("m_change_order_line", "co_id", "m_change_order.co_id"),
    TableUse("m_budget", "project_code"),
    TableUse("m_budget_change", "project_code"),
    TableUse("m_activity", "project_code"),
    TableUse("m_supplier"),
    TableUse("m_cost_group"),
    TableUse("m_tax_code"),
    TableUse("m_period"),
)
"""maestro*'s tables of a project."""
KINDS: Final = (
    "projects", "suppliers", "cost-codes", "budget-codes", "budgets", "budget-changes", "costs", "cost-lines",
    "purchase-orders", "subcontracts", "change-orders", "order-extensions", "prime-contracts",
    LOCKS,
)  # fmt: skip
"""Kinds whose links and Procore records are looked at."""
OPENED: Final = {
    COSTS: ("costs", "cost-lines"),
    COMMITMENTS: ("purchase-orders", "subcontracts", "change-orders"),
    BUDGETS: ("budgets", "budget-changes", "change-orders"),
}
"""Element of a line → kinds whose records in Procore say what its amount is made of."""


def of_project(books: Books) -> Reconciliation:
    """Costs, commitments and budgets of one project."""
    sides = (costs_side(books), commitments_side(books), budgets_side(books))
    found = reconcile(books.context.scope.project, books.currency, books.rows, books.names, sides)
    if books.trouble is None:
        return found
    told = Problem("REC-15", {"project": books.context.scope.project, "reason": books.trouble.to_json()})
    return replace(found, told=(told, *found.told))


def to_open(found: Reconciliation) -> dict[str, frozenset[str]]:
    """Kind → codes on which its records have to be read again: only where the view differs from what is known."""
    wanted: dict[str, frozenset[str]] = {}
    for line in found.lines:
        if line.unexplained:
            for kind in OPENED[line.figure[0]]:
                wanted[kind] = wanted.get(kind, frozenset()) | {line.code}
    return wanted
