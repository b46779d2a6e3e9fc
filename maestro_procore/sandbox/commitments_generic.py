"""Commitments of both kinds under one path (v1.0), read only.

Source: reference 6.7. The document gives them the statuses of subcontracts alone, so the status of a purchase order
that these lack reads null here; it has no filters either. The typed lists and v2.0 tell more.
"""

from maestro_procore.sandbox.answers import Answer, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.commitments import CHANGES, COMMITMENTS, vendor_shown
from maestro_procore.sandbox.commitments_kinds import COMMITMENT_KINDS, SUBCONTRACT, ContractKind
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

BASE = "/rest/v1.0/commitments"
ONE = f"{BASE}/{{id}}"
STATUSES = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void")
# The field that the document makes a list of lists.
LIST_OF_LISTS = "change_order_requests"
_TYPED = {resource.name: resource for resource in COMMITMENTS}


def _rows(visit: Visit, project_id: int) -> list[tuple[ContractKind, Row]]:
    """Commitments of the project, in the order of their ids."""
    found = [
        (kind, row)
        for kind in COMMITMENT_KINDS
        for row in visit.world.collection(kind.collection).where(project_id=project_id)
        if not row.get("deleted_at")
    ]
    return sorted(found, key=lambda pair: int(pair[1]["id"]))


def _brief(visit: Visit, row: Row) -> Row:
    vendor = vendor_shown(visit, row, is_whole=False)
    named = vendor and {"id": vendor["id"], "name": vendor["company"]}
    status = row.get("status")
    return {**row, "vendor": named, "status": status if status in STATUSES else None}


def _whole(visit: Visit, kind: ContractKind, row: Row) -> Row:
    shown = {**expanded(_TYPED[kind.collection], row, visit), "type": kind.type_name}
    for name in CHANGES:
        found = shown[name]
        flat = found[0] if name in kind.nested and found else found
        shown[name] = [flat] if name == LIST_OF_LISTS and flat else flat
    return {**shown, **{name: _brief(visit, row)[name] for name in ("vendor", "status")}}


def _list(handler: Handler, visit: Visit) -> Answer:
    rows = _rows(visit, handler.parents(visit)["project_id"])
    page, headers = page_of(visit, [_brief(visit, row) for _kind, row in rows], 2000)
    return handler.list_answer(visit, page, headers)


def _show(handler: Handler, visit: Visit) -> Answer:
    """Errors: Refused 404."""
    rows = _rows(visit, handler.parents(visit)["project_id"])
    found = next((pair for pair in rows if pair[1]["id"] == visit.path_id()), None)
    if found is None:
        raise not_found()
    return handler.record_answer(visit, _whole(visit, *found))


COMMITMENTS_OF_BOTH_KINDS = Resource(
    name="commitments",
    wrapper="",
    show=Place("get", ONE),
    scope=Scope("project_id", "projects", SUBCONTRACT.tool),
    operations=(
        Operation("call", "get", BASE, {"full": Place("get", BASE, steps=("items",))}, "full", call=_list),
        Operation("call", "get", ONE, {"full": Place("get", ONE)}, "full", call=_show),
    ),
)
