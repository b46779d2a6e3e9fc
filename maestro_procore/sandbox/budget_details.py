"""What stands behind the amounts of a budget view: one entry for each line that a column adds up.

Source: reference 6.6 (`budget_details`). A further kind of entry is a further row of _kinds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from maestro_procore.sandbox.answers import Answer, bad_parameter, json_answer
from maestro_procore.sandbox.budget_columns import root_of
from maestro_procore.sandbox.commitments_kinds import contract_of
from maestro_procore.sandbox.committed_costs import COMMITTED, Found, change_lines, commitment_lines
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.invoiced_lines import invoiced_lines
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import BRIEF
from maestro_procore.sandbox.world import Row


@dataclass(frozen=True)
class Detail:
    """One line behind an amount. item: what it is called in Procore."""

    line: Row
    amount: Any
    item: str | None = None
    vendor_id: int | None = None
    contract: Row | None = None


Details = Iterable[Detail]


@dataclass(frozen=True)
class DetailKind:
    """lines: of a project. columns: those of the view that add them up."""

    lines: Callable[[Visit, int], Details]
    columns: tuple[str, ...]


def _budget_lines(visit: Visit, project_id: int) -> Details:
    for line in visit.world.collection("budget_line_items").where(project_id=project_id):
        yield Detail(line, line.get("original_budget_amount"))


def _budget_changes(visit: Visit, project_id: int) -> Details:
    for change in visit.world.collection("budget_changes").where(project_id=project_id, status="approved"):
        for line in change.get("adjustment_line_items") or ():
            yield Detail(line, line.get("amount"), f"{change.get('number')} - {change.get('title')}")


def _direct_costs(visit: Visit, project_id: int) -> Details:
    headers = visit.world.collection("direct_costs")
    for line in visit.world.collection("direct_cost_line_items").where(project_id=project_id):
        header = headers.get(line.get("direct_cost_id")) or {}
        if header.get("status") == "approved":
            yield Detail(line, line.get("amount"), header.get("invoice_number"), header.get("vendor_id"))


def _detailed(found: Found) -> Details:
    for line, holder, contract in found:
        item = f"{holder.get('number')} - {holder.get('title')}"
        yield Detail(line, line.get("extended_amount"), item, contract.get("vendor_id"), contract)


def _commitments(visit: Visit, project_id: int) -> Details:
    return _detailed(commitment_lines(visit, project_id, COMMITTED))


def _commitment_changes(visit: Visit, project_id: int) -> Details:
    return _detailed(change_lines(visit, project_id, "commitment", "approved"))


def _prime_changes(visit: Visit, project_id: int) -> Details:
    return _detailed(change_lines(visit, project_id, "prime", "approved"))


def _invoices(visit: Visit, project_id: int) -> Details:
    for line, amount, invoice in invoiced_lines(visit, project_id):
        contract = contract_of(visit, invoice.get("commitment_id"))
        item = invoice.get("invoice_number") or f"#{invoice.get('number')}"
        yield Detail(line, amount, item, (contract or {}).get("vendor_id"), contract)


def _kinds(visit: Visit) -> dict[str, DetailKind]:
    """Name of the detail type → its lines, and the columns that add them up."""
    of_commitments = visit.switches["approved_cos_of"] == "commitment"
    more = visit.switches["budget_view_columns"] == "with_commitments"
    approved, own = ("Approved COs",), ("Commitment Change Orders",) if more else ()
    return {
        "Original Budget Amount": DetailKind(_budget_lines, ("Original Budget Amount",)),
        "Budget Modifications": DetailKind(_budget_changes, ("Budget Modifications",)),
        "Prime Contract Change Orders": DetailKind(_prime_changes, () if of_commitments else approved),
        "Commitments": DetailKind(_commitments, ("Committed Costs", *(("Commitments",) if more else ()))),
        "Commitment Change Orders": DetailKind(
            _commitment_changes, ("Committed Costs", *own, *(approved if of_commitments else ()))
        ),
        "Direct Costs": DetailKind(_direct_costs, ("Direct Costs",)),
        "Subcontractor Invoices": DetailKind(_invoices, ("Subcontractor Invoices",)),
    }


# Filter of the body → field of an entry whose id it names.
FILTERS = {
    "cost_code": "cost_code",
    "root_cost_code": "root_cost_code",
    "cost_type": "cost_type",
    "vendor": "vendor",
    "detail_type": "detail_type",
}


def details(handler: Handler, visit: Visit, project_id: int) -> Answer:
    """Errors: Refused 400 for filters that are no lists."""
    sent = handler.body(visit).get("filters") or {}
    entries = [
        _entry(visit, project_id, name, kind.columns, found)
        for name, kind in _kinds(visit).items()
        if kind.columns
        for found in kind.lines(visit, project_id)
    ]
    for name, field in FILTERS.items():
        wanted = sent.get(name)
        if wanted is None:
            continue
        if not isinstance(wanted, list):
            raise bad_parameter(name, "must be a list")
        entries = [entry for entry in entries if (entry[field] or {}).get("id") in wanted]
    return json_answer(entries)


def _entry(visit: Visit, project_id: int, kind: str, columns: tuple[str, ...], found: Detail) -> Row:
    world, contract = visit.world, found.contract
    wbs = world.collection("wbs_codes").get(found.line.get("wbs_code_id")) or {}
    code = world.collection("cost_codes").get(wbs.get("cost_code_id"))
    type_id = kind.lower().replace(" ", "_")
    return {
        "id": f"{type_id}_{found.line['id']}",
        "detail_type": {"id": type_id, "name": kind},
        "biller": _named(world.collection("projects").get(project_id)),
        "root_cost_code": _named(root_of(visit, code)),
        "cost_code": _named(code),
        "cost_type": _named(world.collection("line_item_types").get(wbs.get("line_item_type_id"))),
        "vendor": _named(world.collection("vendors").get(found.vendor_id)),
        "contract": contract and {"id": contract["id"], "name": contract.get("title")},
        "description": found.line.get("description"),
        "item": found.item,
        "link": None,
        "wbs_code": {name: wbs.get(name) for name in BRIEF},
        **dict.fromkeys(columns, str(cents(found.amount))),
    }


def _named(row: Row | None) -> Row | None:
    return row and {"id": row["id"], "name": row.get("name")}
