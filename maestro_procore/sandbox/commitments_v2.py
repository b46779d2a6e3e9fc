"""Commitments of both kinds in one list (v2.0), and their lines: read only here, written through v1.0.

Source: reference 6.8, 9.7 (pages of 10, at most 100; ids as text; {"data": …}). The document leaves the record
open: it is taken to hold what can be written, with id, times, mark and totals.
"""

from functools import cache
from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, bad_parameter, json_answer, not_found
from maestro_procore.sandbox.api_document import ApiDocument, Place
from maestro_procore.sandbox.commitments_deletion import INCLUDE_DELETED, not_deleted
from maestro_procore.sandbox.commitments_kinds import COMMITMENT_KINDS, ContractKind
from maestro_procore.sandbox.commitments_lines import lines_of
from maestro_procore.sandbox.commitments_totals import add_totals
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.tools import COMMITMENTS
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

BASE = "/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_contracts"
ONE = f"{BASE}/{{commitment_contract_id}}"
LINES = f"{ONE}/line_items"
ONE_LINE = f"{LINES}/{{id}}"
CAP, DEFAULT = 100, 10
READ_ONLY = ("id", "project_id", "created_at", "updated_at", "deleted_at", "origin_id", "origin_data", "origin_code")
TOTALS = ("grand_total", "approved_change_orders", "pending_change_orders", "draft_change_orders", "revised_contract")

FILTERS = (
    filters.row_id("filters[id]"),
    *(filters.equals(f"filters[{name}]", name) for name in ("type", "accounting_method", "status")),
    *(filters.moment_range(name) for name in ("created_at", "updated_at", "deleted_at")),
    *(
        filters.is_true(f"filters[{name}]", lambda row, name=name: row.get(name))  # type: ignore[misc]
        for name in ("signature_required", "executed")
    ),
    filters.nested_id("filters[vendor_id]", "vendor", "vendor_id"),
    INCLUDE_DELETED,
)


@cache
def _fields(document: ApiDocument) -> tuple[str, ...]:
    body = document.body("post", BASE)
    assert body is not None, BASE
    written = [name for name in document.properties(body) if not name.endswith("_ids")]
    return (*READ_ONLY[:1], *written, *READ_ONLY[1:], *TOTALS)


def _kind_of(row: Row) -> ContractKind:
    return next(kind for kind in COMMITMENT_KINDS if kind.type_name == row["type"])


def _rows(handler: Handler, visit: Visit) -> list[Row]:
    """Commitments of the project that the request asks for, each with its type, in the order of their ids."""
    project_id = handler.parents(visit)["project_id"]
    tests = [not_deleted(visit)]
    for each in handler.operation.filters:
        values = [value for name, value in visit.call.query if name.removesuffix("[]") == each.name]
        if values:
            try:
                tests.append(each.make(visit, values))
            except ValueError as error:
                raise bad_parameter(each.name, str(error)) from None
    rows = [
        {**row, "type": kind.type_name}
        for kind in COMMITMENT_KINDS
        for row in visit.world.collection(kind.collection).where(project_id=project_id)
    ]
    return sorted((row for row in rows if all(test(row) for test in tests)), key=lambda row: int(row["id"]))


def _record(visit: Visit, row: Row) -> Row:
    row = dict(row)
    add_totals(visit, _kind_of(row), row)
    row["draft_change_orders"] = row["draft_change_orders_amount"]
    record = {name: row.get(name) for name in _fields(visit.document)}
    for name, value in record.items():
        if isinstance(value, int) and not isinstance(value, bool) and (name == "id" or name.endswith("_id")):
            record[name] = str(value)
    return record


def _list(handler: Handler, visit: Visit) -> Answer:
    page, headers = page_of(visit, _rows(handler, visit), CAP, DEFAULT)
    return json_answer({"data": [_record(visit, row) for row in page]}, headers=headers)


def _one(handler: Handler, visit: Visit) -> Row:
    """Errors: Refused 404."""
    project_id, wanted = handler.parents(visit)["project_id"], visit.path_id("commitment_contract_id")
    for kind in COMMITMENT_KINDS:
        row = visit.world.collection(kind.collection).get(wanted)
        if row is not None and row.get("project_id") == project_id and not row.get("deleted_at"):
            return {**row, "type": kind.type_name}
    raise not_found()


def _show(handler: Handler, visit: Visit) -> Answer:
    return json_answer({"data": _record(visit, _one(handler, visit))})


def _list_lines(handler: Handler, visit: Visit) -> Answer:
    contract = _one(handler, visit)
    rows = lines_of(visit, _kind_of(contract), contract["id"])
    page, headers = page_of(visit, rows, CAP, DEFAULT)
    return json_answer({"data": [_line(row) for row in page]}, headers=headers)


def _show_line(handler: Handler, visit: Visit) -> Answer:
    contract = _one(handler, visit)
    found = [row for row in lines_of(visit, _kind_of(contract), contract["id"]) if row["id"] == visit.path_id()]
    if not found:
        raise not_found()
    return json_answer({"data": _line(found[0])})


def _line(row: Row) -> dict[str, Any]:
    names = ("description", "uom", "unit_cost", "amount", "extended_type", "position")
    texts = {name: None if row.get(name) is None else str(row[name]) for name in ("id", "wbs_code_id", "tax_code_id")}
    return {
        "prime_line_item_id": None,
        **texts,
        **{name: row.get(name) for name in names},
        "quantity": None if row.get("quantity") is None else float(row["quantity"]),
        # The document makes objects of its id and text, which no answer could keep to: the code is wbs_code_id.
        "wbs_code": None,
        "work_breakdown_structure": None,
    }


def _views(path: str) -> dict[str, Place]:
    return dict.fromkeys(("default", "extended"), Place("get", path, steps=("data",)))


COMMITMENT_CONTRACTS = Resource(
    name="commitment_contracts",
    wrapper="",
    show=Place("get", ONE, steps=("data",)),
    scope=Scope("project_id", "projects", COMMITMENTS),
    operations=(
        Operation("call", "get", BASE, shapes=_views(BASE), default_view="default", filters=FILTERS, call=_list),
        Operation("call", "get", ONE, shapes=_views(ONE), default_view="default", call=_show),
        Operation("call", "get", LINES, call=_list_lines),
        Operation("call", "get", ONE_LINE, call=_show_line),
    ),
)
