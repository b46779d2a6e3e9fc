"""Contracts with owners (v1.0) and their lines.

Source: reference 6.10. One contract is read and written under `prime_contract`, the list under `prime_contracts`.
"""

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.commitments import (
    contract_rules,
    project_of,
    settle_currency,
    stays,
    whole_operations,
)
from maestro_procore.sandbox.commitments_deletion import not_deleted
from maestro_procore.sandbox.commitments_kinds import PRIME_CONTRACT
from maestro_procore.sandbox.commitments_lines import line_resource, lines_of
from maestro_procore.sandbox.commitments_totals import add_totals
from maestro_procore.sandbox.direct_cost_lines import currency_of
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

LIST = "/rest/v1.0/prime_contracts"
BASE = "/rest/v1.0/prime_contract"
ONE = f"{BASE}/{{id}}"
# What a contract shows of its owner, contractor and architect; the rest of them is completed without data.
COMPANY_FIELDS = ("id", "name", "origin_id", "origin_code", "is_active", "city", "zip", "state_code", "country_code")


def _derive(row: Row, visit: Visit) -> None:
    settle_currency(row)
    if row.get("number") is None:
        others = visit.world.collection(PRIME_CONTRACT.collection).where(project_id=row["project_id"])
        row["number"] = str(len([other for other in others if other["id"] != row["id"]]) + 1)


def _shown(visit: Visit, row: Row) -> Row:
    add_totals(visit, PRIME_CONTRACT, row)
    row["currency_configuration"] = currency_of(visit, row)
    if visit.shows_whole:
        lines = lines_of(visit, PRIME_CONTRACT, row["id"])
        row["line_items"] = [expanded(PRIME_CONTRACT_LINES, line, visit) for line in lines]
    return row


def _of_project(handler: Handler, visit: Visit) -> Answer:
    """The one contract of a project: the first, where there are several. Errors: Refused 404 when there is none."""
    rows = handler.rows(visit).where(**handler.parents(visit))
    found = next((row for row in rows if not row.get("deleted_at")), None)
    if found is None:
        raise not_found()
    return handler.record_answer(visit, found)


PRIME_CONTRACT_LINES = line_resource(PRIME_CONTRACT, f"{LIST}/{{prime_contract_id}}/line_items", views=False)
PRIME_CONTRACTS = Resource(
    name=PRIME_CONTRACT.collection,
    wrapper=PRIME_CONTRACT.wrapper,
    show=Place("get", ONE),
    scope=Scope("project_id", "projects", PRIME_CONTRACT.tool, found=project_of),
    references=(
        Reference("vendor_id", "vendor", "vendors", live=True, shows=COMPANY_FIELDS),
        Reference("contractor_id", "contractor", "vendors", live=True, shows=COMPANY_FIELDS),
        Reference("architect_id", "architect", "vendors", live=True),
    ),
    defaults={
        "status": "Draft",
        "accounting_method": "amount",
        "executed": False,
        "private": False,
        "retainage_percent": "0.0",
        "total_payments": "0.00",
        "owner_invoices_amount": "0.00",
    },
    derive=_derive,
    rules=contract_rules(PRIME_CONTRACT),
    expand=_shown,
    kept=stays,
    parts={"line_items": (PRIME_CONTRACT.lines, PRIME_CONTRACT.line_key)},
    marks_deleted=True,
    operations=(
        Operation(
            "list",
            "get",
            LIST,
            {"full": Place("get", LIST, steps=("items",))},
            "full",
            filters=(filters.row_id("filters[id]"), filters.moment_range("updated_at")),
            keep=not_deleted,
        ),
        Operation("call", "get", BASE, {"full": Place("get", BASE)}, "full", call=_of_project),
        *whole_operations(BASE, ONE),
    ),
)
PRIME_CONTRACTS_AND_LINES = (PRIME_CONTRACTS, PRIME_CONTRACT_LINES)
