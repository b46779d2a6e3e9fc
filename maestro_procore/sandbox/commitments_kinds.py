"""The kinds of contract that hold a schedule of values: purchase orders, subcontracts, prime contracts.

Source: reference 6.7, 6.10, 6.14 (Approved and Complete freeze vendor and schedule of values).
"""

from dataclasses import dataclass
from typing import Any

from maestro_procore.sandbox.tools import CHANGE_ORDERS, COMMITMENTS, PRIME_CONTRACTS
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

FROZEN = ("Approved", "Complete")


@dataclass(frozen=True)
class ContractKind:
    """One kind. type_name: what lines and v2.0 answers call it. line_key: a line's own key of its contract.

    nested: fields of the shown contract that the document makes lists of lists. frozen: statuses in which
    the lines stay as they are. word: what a refusal calls it. also_in: further keys of what a line stands in.
    """

    collection: str
    wrapper: str
    type_name: str
    lines: str
    line_key: str
    tool: str
    nested: tuple[str, ...] = ()
    frozen: tuple[str, ...] = FROZEN
    word: str = "contract"
    also_in: tuple[str, ...] = ()


PURCHASE_ORDER = ContractKind(
    "purchase_order_contracts",
    "purchase_order_contract",
    "PurchaseOrderContract",
    "purchase_order_contract_line_items",
    "purchase_order_contract_id",
    COMMITMENTS,
    nested=("potential_change_orders",),
)
SUBCONTRACT = ContractKind(
    "work_order_contracts",
    "work_order_contract",
    "WorkOrderContract",
    "work_order_contract_line_items",
    "work_order_contract_id",
    COMMITMENTS,
    nested=("change_order_requests",),
)
PRIME_CONTRACT = ContractKind(
    "prime_contracts",
    "prime_contract",
    "PrimeContract",
    "prime_contract_line_items",
    "prime_contract_id",
    PRIME_CONTRACTS,
)
# The lines of a change order stand in a potential change order; with one tier that one is hidden.
POTENTIAL_CHANGE = ContractKind(
    "potential_change_orders",
    "change_order",
    "PotentialChangeOrder",
    "potential_change_order_line_items",
    "potential_change_order_id",
    CHANGE_ORDERS,
    frozen=("approved",),
    word="change order",
    also_in=("change_order_package_id",),
)
COMMITMENT_KINDS = (PURCHASE_ORDER, SUBCONTRACT)
CONTRACT_KINDS = (*COMMITMENT_KINDS, PRIME_CONTRACT)


def contract_of(visit: Visit, contract_id: Any, kinds: tuple[ContractKind, ...] = CONTRACT_KINDS) -> Row | None:
    """The contract of that id, of any of these kinds; None when there is none or it is marked as deleted."""
    for kind in kinds:
        row = visit.world.collection(kind.collection).get(contract_id)
        if row is not None and visit.owns(row):
            return None if row.get("deleted_at") else row
    return None
