"""What a project has promised: lines of its commitments and change orders, by how far they count in its budget.

Source: statuses after Procore's "default commitment statuses" and "default change order statuses"; reference 6.7, 6.9.
Amounts are before tax. What Procore counts of a reopened order's approved changes is not documented: here they count.
"""

from collections.abc import Iterator, Mapping

from maestro_procore.sandbox.change_orders_lines import PACKAGES, lines_of_package
from maestro_procore.sandbox.commitments_kinds import (
    COMMITMENT_KINDS,
    PRIME_CONTRACT,
    PURCHASE_ORDER,
    SUBCONTRACT,
    ContractKind,
    contract_of,
)
from maestro_procore.sandbox.commitments_lines import lines_of
from maestro_procore.sandbox.commitments_totals import COUNTS_AS
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

COMMITTED, PENDING = "committed", "pending"
# What is not named counts nowhere: drafts, bids, closed orders, what was terminated or voided.
STATUSES: Mapping[ContractKind, Mapping[str, str]] = {
    PURCHASE_ORDER: {
        "Approved": COMMITTED,
        "Partially Received": COMMITTED,
        **dict.fromkeys(("Processing", "Submitted", "Received"), PENDING),
    },
    SUBCONTRACT: {"Approved": COMMITTED, "Complete": COMMITTED, "Out For Signature": PENDING},
}
SIDES: Mapping[str, tuple[ContractKind, ...]] = {"commitment": COMMITMENT_KINDS, "prime": (PRIME_CONTRACT,)}

Found = Iterator[tuple[Row, Row, Row]]
"""A line, what it stands in (contract or change order), and the contract."""


def commitment_lines(visit: Visit, project_id: int, counts_as: str) -> Found:
    """Lines of commitments that count so: committed or pending. Deleted ones count nowhere."""
    for kind in COMMITMENT_KINDS:
        for contract in visit.world.collection(kind.collection).where(project_id=project_id):
            if not contract.get("deleted_at") and _counted(visit, kind, contract) == counts_as:
                for line in lines_of(visit, kind, contract["id"]):
                    yield line, contract, contract


def _counted(visit: Visit, kind: ContractKind, contract: Row) -> str | None:
    status = contract.get("status") or ""
    if status == "Partially Received":
        return str(visit.switches["partially_received_counts_as"])
    return STATUSES[kind].get(status)


def change_lines(visit: Visit, project_id: int, side: str, counts_as: str) -> Found:
    """Lines of one side's change order packages that count so: approved, pending or draft. Each line once."""
    for package in visit.world.collection(PACKAGES).where(project_id=project_id):
        if package.get("deleted_at") or COUNTS_AS.get(package.get("status") or "") != counts_as:
            continue
        contract = contract_of(visit, package.get("contract_id"), SIDES[side])
        if contract is not None:
            for line in lines_of_package(visit, package["id"]):
                yield line, package, contract
