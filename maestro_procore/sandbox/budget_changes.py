"""Budget changes, and the budget modifications that they replaced.

Source: reference 6.6 (DOC tutorial_budget_changes_api.md): after a company's migration modifications are read
only, writing one answers 405 with Allow: GET. Budget changes have no origin_id.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.answers import Answer, Errors, Refused, bad_parameter
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.budget_lines import IN_PROJECT
from maestro_procore.sandbox.fields import cents, money_text
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Reference, Resource
from maestro_procore.sandbox.row_changes import INVALID, TAKEN
from maestro_procore.sandbox.taxes_and_units import unit_is_known
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import BRIEF
from maestro_procore.sandbox.world import Row

CHANGES = "/rest/v1.0/projects/{project_id}/budget_changes"
MODIFICATIONS = "/rest/v1.0/projects/{project_id}/budget_modifications"
ONE_CHANGE, ONE_MODIFICATION = f"{CHANGES}/{{id}}", f"{MODIFICATIONS}/{{id}}"
LISTED = Place("get", CHANGES, steps=("data", "items"))
SHOWN = Place("get", ONE_CHANGE, steps=("data",))
FINAL = ("approved", "void")
NESTED = ("adjustment_line_items", "production_quantities", "prostore_file_ids")
LINE_FIELDS = (
    "ref adjustment_number wbs_code_id description comment calculation_strategy quantity type uom unit_cost amount"
    " change_event_line_item_id"
).split()


def _number_is_free(row: Row, _before: Row | None, visit: Visit) -> Errors:
    changes = visit.world.collection("budget_changes").where(project_id=row["project_id"])
    if row.get("number") is None:
        row["number"] = max((change.get("number") or 0 for change in changes), default=0) + 1
    row["number"] = int(row["number"])
    taken = any(other.get("number") == row["number"] and other["id"] != row["id"] for other in changes)
    return {"number": [TAKEN]} if taken else {}


def _final_stays(row: Row, before: Row | None, _visit: Visit) -> Errors:
    """Of an approved or void change only the status may move."""
    if before is None or before.get("status") not in FINAL:
        return {}
    moved = [name for name in ("title", "description", "number") if row.get(name) != before.get(name)]
    return {name: [f"cannot be changed: the budget change is {before['status']}"] for name in moved}


def _may_go(_visit: Visit, row: Row) -> Errors:
    return {"base": ["an approved budget change cannot be deleted"]} if row.get("status") == "approved" else {}


def _shown(visit: Visit, row: Row) -> Row:
    codes = visit.world.collection("wbs_codes")
    currency = {"currency_iso_code": visit.switches["company_currency"]}
    lines = row.get("adjustment_line_items") or []
    row["amount"] = float(sum((cents(line.get("amount")) for line in lines), Decimal("0.00")))
    row["adjustment_line_items"] = [
        {
            **line,
            "wbs_code": {name: (codes.get(line.get("wbs_code_id")) or {}).get(name) for name in BRIEF},
            "change_event_line_item": None,
            "currency_configuration": currency,
        }
        for line in lines
    ]
    row["change_event_line_item_ids"] = [
        line["change_event_line_item_id"] for line in lines if line.get("change_event_line_item_id")
    ]
    row["currency_configuration"] = currency
    return row


def _write(handler: Handler, visit: Visit, before: Row | None) -> Answer:
    fields = dict(handler.wrapped(visit))
    nested = {name: fields.pop(name, None) for name in NESTED}
    row = handler.write(visit, before, fields)
    sent = nested["adjustment_line_items"]
    if sent is not None:
        if before is not None and before.get("status") in FINAL:
            raise handler.refused({"base": [f"the budget change is {before['status']}"]})
        row = {**row, "adjustment_line_items": _lines(handler, visit, row, sent)}
        handler.keep(visit, row, before)
    return handler.record_answer(visit, row)


def _create(handler: Handler, visit: Visit) -> Answer:
    return _write(handler, visit, None)


def _update(handler: Handler, visit: Visit) -> Answer:
    return _write(handler, visit, handler.addressed(visit))


def _lines(handler: Handler, visit: Visit, change: Row, sent: Any) -> list[Row]:
    """All lines of the change as they become: those sent are made, changed or, with `_delete`, taken out."""
    if not isinstance(sent, list) or not all(isinstance(entry, dict) for entry in sent):
        raise bad_parameter("adjustment_line_items", "must be a list of objects")
    kept: dict[int, Row] = {line["id"]: line for line in change.get("adjustment_line_items") or []}
    for number, entry in enumerate(sent, start=1):
        known = entry.get("id")
        if known is not None and known not in kept:
            raise _line_refused(handler, number, {"id": [INVALID]})
        if entry.get("_delete"):
            kept.pop(known, None)
            continue
        line = {**kept.get(known, {}), "id": known or visit.world.new_id()}
        line.update({name: entry[name] for name in LINE_FIELDS if name in entry})
        errors = _line_errors(line, change, visit)
        if errors:
            raise _line_refused(handler, number, errors)
        kept[line["id"]] = line
    _one_comment(handler, list(kept.values()))
    return list(kept.values())


def _line_errors(line: Row, change: Row, visit: Visit) -> Errors:
    """What is wrong with a line; its amount is settled on the way."""
    code = visit.world.collection("wbs_codes").get(line.get("wbs_code_id"))
    if code is None or code.get("project_id") != change["project_id"]:
        return {"wbs_code_id": [INVALID]}
    if line.setdefault("type", "budget_change") not in ("budget_change", "change_event"):
        return {"type": ["is not included in the list"]}
    try:
        priced = line.get("quantity") is not None and line.get("unit_cost") is not None
        if line.setdefault("calculation_strategy", "manual") == "automatic" and priced:
            line["amount"] = float(cents(Decimal(str(line["quantity"])) * Decimal(str(line["unit_cost"]))))
        else:
            line["amount"] = float(cents(line.get("amount")))
    except ArithmeticError:
        return {"amount": ["is not a number"]}
    for name in LINE_FIELDS:
        line.setdefault(name, None)
    return unit_is_known(line, None, visit)


def _settle_lines(row: Row, _before: Row | None, visit: Visit) -> Errors:
    """A rule for lines that a person wrote, as they are shown or as they are sent."""
    lines = []
    for line in row.get("adjustment_line_items") or ():
        code = line.get("wbs_code_id") or (line.get("wbs_code") or {}).get("id")
        line = {**line, "id": line.get("id") or visit.world.new_id(), "wbs_code_id": code}
        errors = _line_errors(line, row, visit)
        if errors:
            return errors
        lines.append(line)
    row["adjustment_line_items"] = lines
    return {}


def _one_comment(handler: Handler, lines: list[Row]) -> None:
    """Only the first line of an adjustment may carry a comment."""
    seen: set[Any] = set()
    for number, line in enumerate(lines, start=1):
        adjustment = line.get("adjustment_number")
        if adjustment is not None and adjustment in seen and line.get("comment"):
            raise _line_refused(handler, number, {"comment": ["may stand on the first line of an adjustment only"]})
        seen.add(adjustment)


def _line_refused(handler: Handler, number: int, errors: Mapping[str, list[str]]) -> Refused:
    told = [f"line {number}: {name} {reason}" for name, reasons in errors.items() for reason in reasons]
    return handler.refused({"adjustment_line_items": told})


def _not_migrated(_row: Row, _before: Row | None, visit: Visit) -> Errors:
    """Errors: Refused 405 once the company's modifications have become budget changes."""
    if visit.switches["budget_modifications_migrated"]:
        raise Refused(405, {"code": 405, "message": "Budget modifications were replaced by budget changes"}, READ_ONLY)
    return {}


READ_ONLY = {"Allow": "GET"}


def _modification_stays(visit: Visit, row: Row) -> Errors:
    return _not_migrated(row, row, visit)


def _transfer(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    try:
        row["transfer_amount"] = money_text(row.get("transfer_amount")) or "0.00"
    except ArithmeticError:
        return {"transfer_amount": ["is not a number"]}
    if row.get("to_budget_line_item_id") is None:
        return {"to_budget_line_item_id": ["can't be blank"]}
    return {}


def _reference(name: str) -> Reference:
    return Reference(name, None, "budget_line_items", keeps_id=True, within="project_id")


def _change_call(method: str, path: str, place: Place, call: Any, status: int = 200) -> Operation:
    return Operation(
        "call",
        method,
        path,
        shapes={"full": place},
        default_view="full",
        call=call,
        status=status,
        wrapper="",
        envelope="data",
    )


BUDGET_CHANGES = Resource(
    name="budget_changes",
    wrapper="",
    show=SHOWN,
    scope=IN_PROJECT,
    defaults={"status": "draft", "erp_status": "not_in_erp"},
    rules=(_number_is_free, _final_stays),
    settled=(_number_is_free, _settle_lines),
    expand=_shown,
    kept=_may_go,
    operations=(
        Operation("list", "get", CHANGES, shapes={"full": LISTED}, default_view="full", cap=None, envelope="data"),
        Operation("show", "get", ONE_CHANGE, shapes={"full": SHOWN}, default_view="full", envelope="data"),
        _change_call("post", CHANGES, Place("post", CHANGES, 201, steps=("data",)), _create, 201),
        _change_call("patch", ONE_CHANGE, Place("patch", ONE_CHANGE, steps=("data",)), _update),
        Operation("delete", "delete", ONE_CHANGE, status=204),
    ),
)

BUDGET_MODIFICATIONS = Resource(
    name="budget_modifications",
    wrapper="budget_modification",
    show=Place("get", ONE_MODIFICATION),
    scope=IN_PROJECT,
    references=(_reference("from_budget_line_item_id"), _reference("to_budget_line_item_id")),
    rules=(_not_migrated, _transfer),
    kept=_modification_stays,
    operations=(
        Operation(
            "list",
            "get",
            MODIFICATIONS,
            shapes={"full": Place("get", MODIFICATIONS, steps=("items",))},
            default_view="full",
        ),
        Operation(
            "show", "get", ONE_MODIFICATION, shapes={"full": Place("get", ONE_MODIFICATION)}, default_view="full"
        ),
        Operation(
            "create",
            "post",
            MODIFICATIONS,
            shapes={"full": Place("post", MODIFICATIONS, 201)},
            default_view="full",
            status=201,
        ),
        Operation(
            "update", "patch", ONE_MODIFICATION, shapes={"full": Place("patch", ONE_MODIFICATION)}, default_view="full"
        ),
        Operation("delete", "delete", ONE_MODIFICATION),
    ),
)
