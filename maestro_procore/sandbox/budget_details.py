"""What stands behind the amounts of a budget view: one entry for each line that a column adds up.

Source: reference 6.6 (`budget_details`). A further kind of entry is a further row of KINDS.
"""

from collections.abc import Callable, Iterable
from typing import Any

from maestro_procore.sandbox.answers import Answer, bad_parameter, json_answer
from maestro_procore.sandbox.budget_columns import root_of
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import BRIEF
from maestro_procore.sandbox.world import Row

# column name → the lines that it adds up, each with its amount, what it is called, and its vendor's id.
Lines = Iterable[tuple[Row, Any, str | None, int | None]]


def _budget_lines(visit: Visit, project_id: int) -> Lines:
    for line in visit.world.collection("budget_line_items").where(project_id=project_id):
        yield line, line.get("original_budget_amount"), None, None


def _budget_changes(visit: Visit, project_id: int) -> Lines:
    for change in visit.world.collection("budget_changes").where(project_id=project_id, status="approved"):
        for line in change.get("adjustment_line_items") or ():
            yield line, line.get("amount"), f"{change.get('number')} - {change.get('title')}", None


def _direct_costs(visit: Visit, project_id: int) -> Lines:
    headers = visit.world.collection("direct_costs")
    for line in visit.world.collection("direct_cost_line_items").where(project_id=project_id):
        header = headers.get(line.get("direct_cost_id")) or {}
        if header.get("status") == "approved":
            yield line, line.get("amount"), header.get("invoice_number"), header.get("vendor_id")


KINDS: dict[str, Callable[[Visit, int], Lines]] = {
    "Original Budget Amount": _budget_lines,
    "Budget Modifications": _budget_changes,
    "Direct Costs": _direct_costs,
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
        _entry(visit, project_id, kind, *found) for kind, lines in KINDS.items() for found in lines(visit, project_id)
    ]
    for name, field in FILTERS.items():
        wanted = sent.get(name)
        if wanted is None:
            continue
        if not isinstance(wanted, list):
            raise bad_parameter(name, "must be a list")
        entries = [entry for entry in entries if (entry[field] or {}).get("id") in wanted]
    return json_answer(entries)


def _entry(
    visit: Visit, project_id: int, kind: str, line: Row, amount: Any, item: str | None, vendor_id: int | None
) -> Row:
    world = visit.world
    wbs = world.collection("wbs_codes").get(line.get("wbs_code_id")) or {}
    code = world.collection("cost_codes").get(wbs.get("cost_code_id"))
    return {
        "id": f"{kind.lower().replace(' ', '_')}_{line['id']}",
        "detail_type": {"id": kind.lower().replace(" ", "_"), "name": kind},
        "biller": _named(world.collection("projects").get(project_id)),
        "root_cost_code": _named(root_of(visit, code)),
        "cost_code": _named(code),
        "cost_type": _named(world.collection("line_item_types").get(wbs.get("line_item_type_id"))),
        "vendor": _named(world.collection("vendors").get(vendor_id)),
        "contract": None,
        "description": line.get("description"),
        "item": item,
        "link": None,
        "wbs_code": {name: wbs.get(name) for name in BRIEF},
        kind: str(cents(amount)),
    }


def _named(row: Row | None) -> Row | None:
    return row and {"id": row["id"], "name": row.get("name")}
