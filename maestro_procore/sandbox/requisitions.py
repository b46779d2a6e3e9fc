"""Subcontractor invoices (v1.0 and v1.1), read only: another user makes them through the control interface.

Source: reference 6.12. Such a user writes `items`, each `{line_item_id, work_completed_this_period}`; the amount
claimed, what was completed before and the commitment's sums follow. The training company begins without invoices.
"""

from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Errors, json_answer
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.commitments_kinds import COMMITMENT_KINDS, contract_of
from maestro_procore.sandbox.commitments_lines import lines_of
from maestro_procore.sandbox.direct_cost_lines import currency_of
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.invoiced_lines import BEING_WRITTEN, CLAIMED, claimed, invoices_of, line_of
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Filter, Operation, Resource, Scope, Test
from maestro_procore.sandbox.tools import COMMITMENTS
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import BRIEF
from maestro_procore.sandbox.world import Row

BASE, NEWER = "/rest/v1.0/requisitions", "/rest/v1.1/requisitions"
ONE = f"{BASE}/{{id}}"
ITEMS = f"{BASE}/{{requisition_id}}/contract_items"
VIEWS = ("default", "extended", "items", "action_policy")


def _derive(row: Row, visit: Visit) -> None:
    """Invoices are numbered on their commitment; what they claim is what their items come to."""
    if row.get("number") is None:
        same = invoices_of(visit, row.get("commitment_id"))
        row["number"] = len([other for other in same if other["id"] != row["id"]]) + 1
    if row.get("items"):
        row["items"] = [{**item, "id": item.get("id") or visit.world.new_id()} for item in row["items"]]
        row["total_claimed_amount"] = claimed(row["items"])


def _items_are_of_it(row: Row, _before: Row | None, visit: Visit) -> Errors:
    """A rule: an invoice is on a commitment of its project, and its items on lines of that one."""
    contract = contract_of(visit, row.get("commitment_id"), COMMITMENT_KINDS)
    if contract is None or contract.get("project_id") != row.get("project_id"):
        return {"commitment_id": ["is invalid"]}
    known = {line["id"] for kind in COMMITMENT_KINDS for line in lines_of(visit, kind, contract["id"])}
    wrong = [item for item in row.get("items") or () if item.get("line_item_id") not in known]
    return {"items": ["are not lines of the commitment"]} if wrong else {}


def _shown(visit: Visit, row: Row) -> Row:
    """With the names of its commitment and of the vendor who got that one."""
    for kind in COMMITMENT_KINDS:
        contract = visit.world.collection(kind.collection).get(row.get("commitment_id"))
        if contract is not None:
            vendor = visit.world.collection("vendors").get(contract.get("vendor_id")) or {}
            row["commitment_type"], row["contract_name"] = kind.type_name, contract.get("title")
            row["vendor_id"], row["vendor_name"] = vendor.get("id"), vendor.get("name")
            row["currency_configuration"] = currency_of(visit, contract)
    row["deletable"] = row.get("status") == "draft"
    if visit.call.path.startswith(NEWER):
        row["items"] = _items(visit, row)
    return row


def _items(visit: Visit, invoice: Row) -> list[Row]:
    """The items of an invoice, each with its line and what earlier invoices claimed on it."""
    earlier = [
        other
        for other in invoices_of(visit, invoice.get("commitment_id"))
        if (other.get("number") or 0) < (invoice.get("number") or 0) and other.get("status") not in BEING_WRITTEN
    ]
    found = []
    for position, item in enumerate(invoice.get("items") or (), start=1):
        line = line_of(visit, item) or {}
        same = [old for other in earlier for old in other.get("items") or () if _line_id(old) == _line_id(item)]
        done, before = claimed([item]), claimed(same)
        code = visit.world.collection("wbs_codes").get(line.get("wbs_code_id")) or {}
        found.append(
            {
                **item,
                "item_type": "contract_item",
                "line_item_id": line.get("id"),
                "cost_code_id": line.get("cost_code_id"),
                "description_of_work": line.get("description"),
                "scheduled_value": line.get("extended_amount"),
                CLAIMED: done,
                "work_completed_from_previous_application": before,
                "total_completed_and_stored_to_date": str(cents(before) + cents(done)),
                "position": position,
                "wbs_code": {**{name: code.get(name) for name in BRIEF}, "segment_items": []},
            }
        )
    return found


def _line_id(item: Row) -> Any:
    return item.get("line_item_id")


def _list_items(handler: Handler, visit: Visit) -> Answer:
    """The items of one invoice, which are known by it alone."""
    invoice = handler.addressed(visit, "requisition_id")
    page, headers = page_of(visit, _items(visit, invoice), 2000)
    _view, shape = handler.view(visit)
    return json_answer([shape.record(item) for item in page], headers=headers)


def _is_last(visit: Visit, values: list[str]) -> Test:
    """The latest invoice of its commitment, or the others."""
    wanted = values[-1] == "true"

    def test(row: Row) -> bool:
        numbers = [other.get("number") or 0 for other in invoices_of(visit, row.get("commitment_id"))]
        return (row.get("number") == max(numbers)) == wanted

    return test


FILTERS = (
    filters.row_id("filters[id]"),
    filters.nested_id("filters[commitment_id]", "", "commitment_id"),
    filters.nested_id("filters[period_id]", "", "period_id"),
    filters.equals("filters[status]", "status"),
    filters.equals("filters[origin_id]", "origin_id"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
)


def _views(path: str, *steps: str) -> dict[str, Place]:
    return dict.fromkeys(VIEWS, Place("get", path, steps=steps))


REQUISITIONS = Resource(
    name="requisitions",
    wrapper="requisition",
    show=Place("get", ONE),
    scope=Scope("project_id", "projects", COMMITMENTS),
    defaults={"status": "draft", "final": False},
    derive=_derive,
    expand=_shown,
    settled=(_items_are_of_it,),
    own_keys=("items",),
    operations=(
        Operation("list", "get", BASE, {"full": Place("get", BASE, steps=("items",))}, "full", filters=FILTERS),
        Operation("show", "get", ONE, {"full": Place("get", ONE)}, "full"),
        Operation(
            "list",
            "get",
            NEWER,
            _views(NEWER, "items"),
            "default",
            filters=(*FILTERS, Filter("filters[is_last]", _is_last)),
        ),
        Operation("show", "get", f"{NEWER}/{{id}}", _views(f"{NEWER}/{{id}}"), "default"),
        Operation("call", "get", ITEMS, {"full": Place("get", ITEMS, steps=("items",))}, "full", call=_list_items),
    ),
)
