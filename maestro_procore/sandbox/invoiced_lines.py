"""What subcontractor invoices claim, line by line of their commitments. Reading the invoices is requisitions.py.

Source: reference 6.12. Work completed counts before tax and before retainage, once the invoice is approved.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.commitments_kinds import COMMITMENT_KINDS
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

REQUISITIONS = "requisitions"
APPROVED = ("approved", "approved_as_noted")
CLAIMED = "work_completed_this_period"
# An invoice in one of these is still being written; it holds nothing fast.
BEING_WRITTEN = ("draft", "revise_and_resubmit")


def invoiced_lines(visit: Visit, project_id: int) -> Iterator[tuple[Row, Decimal, Row]]:
    """Each line of a commitment that an approved invoice of the project claims, the amount claimed, and the invoice."""
    for invoice in visit.world.collection(REQUISITIONS).where(project_id=project_id):
        if invoice.get("status") in APPROVED and not invoice.get("deleted_at"):
            for item in invoice.get("items") or ():
                line = line_of(visit, item)
                if line is not None:
                    yield line, cents(item.get(CLAIMED)), invoice


def line_of(visit: Visit, item: Row) -> Row | None:
    """The commitment's line that an item of an invoice is about."""
    for kind in COMMITMENT_KINDS:
        found = visit.world.collection(kind.lines).get(item.get("line_item_id"))
        if found is not None:
            return found
    return None


def claimed(items: Any) -> str:
    """What the items of an invoice come to."""
    return str(sum((cents(item.get(CLAIMED)) for item in items or ()), Decimal("0.00")))


def invoices_of(visit: Visit, commitment_id: Any) -> list[Row]:
    return visit.world.collection(REQUISITIONS).where(commitment_id=commitment_id)


def is_invoiced(visit: Visit, commitment_id: Any) -> bool:
    """Whether an invoice of the commitment is past being written."""
    return any(invoice.get("status") not in BEING_WRITTEN for invoice in invoices_of(visit, commitment_id))
