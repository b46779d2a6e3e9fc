"""Subcontractor invoices (v1.0), read only: another user makes them through the control interface.

Source: reference 6.12. The training company has none; our program reads them to see what a commitment was invoiced.
"""

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.commitments_kinds import COMMITMENT_KINDS
from maestro_procore.sandbox.direct_cost_lines import currency_of
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.tools import COMMITMENTS
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

BASE = "/rest/v1.0/requisitions"
ONE = f"{BASE}/{{id}}"


def _derive(row: Row, visit: Visit) -> None:
    """Invoices are numbered on their commitment."""
    if row.get("number") is None:
        same = visit.world.collection("requisitions").where(commitment_id=row.get("commitment_id"))
        row["number"] = len([other for other in same if other["id"] != row["id"]]) + 1


def _shown(visit: Visit, row: Row) -> Row:
    """With the names of its commitment and of the vendor who got that one."""
    for kind in COMMITMENT_KINDS:
        contract = visit.world.collection(kind.collection).get(row.get("commitment_id"))
        if contract is not None:
            vendor = visit.world.collection("vendors").get(contract.get("vendor_id")) or {}
            row["commitment_type"], row["contract_name"] = kind.type_name, contract.get("title")
            row["vendor_name"] = vendor.get("name")
            row["currency_configuration"] = currency_of(visit, contract)
    row["deletable"] = row.get("status") == "draft"
    return row


REQUISITIONS = Resource(
    name="requisitions",
    wrapper="requisition",
    show=Place("get", ONE),
    scope=Scope("project_id", "projects", COMMITMENTS),
    defaults={"status": "draft", "final": False},
    derive=_derive,
    expand=_shown,
    operations=(
        Operation(
            "list",
            "get",
            BASE,
            {"full": Place("get", BASE, steps=("items",))},
            "full",
            filters=(
                filters.row_id("filters[id]"),
                filters.nested_id("filters[commitment_id]", "", "commitment_id"),
                filters.nested_id("filters[period_id]", "", "period_id"),
                filters.equals("filters[status]", "status"),
                filters.equals("filters[origin_id]", "origin_id"),
                filters.moment_range("created_at"),
                filters.moment_range("updated_at"),
            ),
        ),
        Operation("show", "get", ONE, {"full": Place("get", ONE)}, "full"),
    ),
)
