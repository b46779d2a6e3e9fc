"""What a contract comes to: its lines, and its change orders by how far they are.

Source: reference 6.7 (grand_total is with taxes), 6.9. Computed each time a contract is shown; nothing is kept twice.
"""

from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.commitments_kinds import ContractKind
from maestro_procore.sandbox.commitments_lines import lines_of
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.invoiced_lines import BEING_WRITTEN, invoices_of
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

ZERO = Decimal("0.00")
# Status of a change order → the sum it counts in; rejected, void and no-charge ones count nowhere.
COUNTS_AS = {
    "approved": "approved",
    "draft": "draft",
    **dict.fromkeys(("pricing", "not_pricing", "pending", "revised", "proceeding"), "pending"),
}


def changes_of(visit: Visit, contract_id: Any) -> dict[str, Decimal]:
    """approved, pending and draft → total of the contract's change order packages."""
    found = {"approved": ZERO, "pending": ZERO, "draft": ZERO}
    for package in visit.world.collection("change_order_packages").where(contract_id=contract_id):
        sum_name = COUNTS_AS.get(package.get("status") or "")
        if sum_name is not None and not package.get("deleted_at"):
            found[sum_name] += cents(package.get("grand_total"))
    return found


def add_totals(visit: Visit, kind: ContractKind, row: Row) -> None:
    """Set every sum that the document shows of a commitment, as text with two places."""
    lines = lines_of(visit, kind, row["id"])
    grand = sum((cents(line.get("total_amount")) for line in lines), ZERO)
    before_tax = sum((cents(line.get("extended_amount")) for line in lines), ZERO)
    changes = changes_of(visit, row["id"])
    invoices = invoices_of(visit, row["id"])
    if invoices:
        written = [invoice for invoice in invoices if invoice.get("status") not in BEING_WRITTEN]
        row["total_requisitions_amount"] = str(sum((cents(one.get("total_claimed_amount")) for one in written), ZERO))
    revised, paid = grand + changes["approved"], cents(row.get("total_payments"))
    row["grand_total"] = str(grand)
    row["line_items_total"] = row["line_items_extended_total"] = str(before_tax)
    row["approved_change_orders"] = str(changes["approved"])
    row["draft_change_orders_amount"] = str(changes["draft"])
    row["pending_change_orders"] = row["pending_change_orders_amount"] = str(changes["pending"])
    row["revised_contract"] = row["revised_contract_amount"] = str(revised)
    row["pending_revised_contract"] = row["pending_revised_contract_amount"] = str(revised + changes["pending"])
    row["remaining_balance_outstanding"] = row["outstanding_balance"] = str(revised - paid)
    row["percentage_paid"] = str((100 * paid / revised).quantize(Decimal("0.1"))) if revised else "0.0"
