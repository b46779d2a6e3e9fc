"""Lines of a schedule of values: of purchase orders, subcontracts, prime contracts and change orders (v1.0).

Source: reference 6.7, 6.9, 6.10. Amounts are written and read as text; a frozen contract keeps its lines.
"""

from collections.abc import Callable
from typing import Any

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Errors, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.commitments_kinds import ContractKind
from maestro_procore.sandbox.direct_cost_lines import currency_of
from maestro_procore.sandbox.invoiced_lines import is_invoiced
from maestro_procore.sandbox.line_amounts import read_numbers, settle_amounts, typed_amount
from maestro_procore.sandbox.line_codes import TYPE_FIELDS, settle_codes
from maestro_procore.sandbox.resources import Kind, Operation, Reference, Resource, Scope
from maestro_procore.sandbox.row_changes import brief
from maestro_procore.sandbox.taxes_and_units import unit_is_known
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import BRIEF
from maestro_procore.sandbox.world import Row

# All that the document lists of a cost code inside a line.
COST_CODE_FIELDS = (
    *("id", "biller", "biller_id", "biller_type", "budgeted", "code", "created_at", "deleted_at", "full_code", "name"),
    *("origin_data", "origin_id", "parent", "position", "sortable_code", "standard_cost_code_id"),
    *("standard_cost_code_list_id", "updated_at", "line_item_types"),
)
LINE_REFERENCES = (
    Reference("wbs_code_id", "wbs_code", "wbs_codes", live=True, shows=BRIEF, within="project_id"),
    Reference("cost_code_id", "cost_code", "cost_codes", live=True, shows=COST_CODE_FIELDS, within="project_id"),
    Reference("line_item_type_id", "line_item_type", "line_item_types", live=True, shows=TYPE_FIELDS),
    Reference("tax_code_id", None, "tax_codes", keeps_id=True),
)
FILTERS = (
    filters.row_id("filters[id]"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    filters.nested_id("filters[cost_code_id]", "cost_code", "cost_code_id"),
    filters.nested_id("filters[line_item_type_id]", "line_item_type", "line_item_type_id"),
)
# What may change on a frozen contract: nothing of the schedule of values.
MARKS = ("origin_id", "origin_data", "updated_at")
SCHEDULE_FROZEN = "The schedule of values cannot be changed while its {holder} is {status}"
SCHEDULE_INVOICED = "The schedule of values cannot be changed once its {holder} has invoices"

Holder = Callable[[Visit, Row], Row | None]
"""The record that a line stands in; None when there is none, or none that is shown."""


def settle(row: Row, before: Row | None, visit: Visit) -> Errors:
    """A rule that computes what a line comes to, once its numbers can be read."""
    if not read_numbers(row, before, visit):
        settle_amounts(row, before, visit)
    return {}


def is_same_schedule(row: Row, before: Row | None) -> bool:
    old = before or {}
    return before is not None and all(row[key] == old.get(key) for key in row if key not in MARKS)


def lines_of(visit: Visit, kind: ContractKind, contract_id: Any) -> list[Row]:
    """In the order of their positions, as they were made."""
    return visit.world.collection(kind.lines).where(**{kind.line_key: contract_id})


def shown_line(visit: Visit, row: Row, type_name: str, holder: Row | None, holder_id: Any) -> Row:
    """A line with its surroundings: the live half that every kind has in common."""
    world = visit.world
    row["holder"] = {"id": holder_id, "holder_type": type_name}
    row["company"] = brief(world.collection("companies").get(visit.company_id) or {})
    project = world.collection("projects").get(row.get("project_id")) or {}
    row["project"] = {"id": row.get("project_id"), "name": project.get("name")}
    row["currency_configuration"] = currency_of(visit, holder)
    if row.get("cost_code") is not None:
        row["cost_code"]["line_item_types"] = row["cost_code"].get("line_item_types") or []
    return row


def line_resource(
    kind: ContractKind, base: str, *, views: bool, settled: Callable[[Visit, Row], None] | None = None
) -> Resource:
    """The lines of one kind of contract. base: path of the list. views: whether the document offers `view`.

    settled: what else follows for the contract once one of its lines has changed.
    """

    def holder_of(visit: Visit, row: Row) -> Row | None:
        found = visit.world.collection(kind.collection).get(row.get(kind.line_key))
        is_here = found is not None and found.get("project_id") == row.get("project_id")
        return found if found is not None and is_here and not found.get("deleted_at") else None

    def expand(visit: Visit, row: Row) -> Row:
        holder = visit.world.collection(kind.collection).get(row.get(kind.line_key))
        return shown_line(visit, row, kind.type_name, holder, row.get(kind.line_key))

    def touch(visit: Visit, row: Row, _before: Row | None = None) -> None:
        holder = holder_of(visit, row)
        if holder is None:
            return
        if visit.switches["lines_touch_contract"]:
            holder = {**holder, "updated_at": visit.clock.stamp()}
            visit.world.collection(kind.collection).put(holder)
        if settled is not None:
            settled(visit, holder)

    def place(row: Row, visit: Visit) -> None:
        if row.get(kind.line_key) is None:
            row[kind.line_key] = (row.get("holder") or {}).get("id")
        if row.get("extended_amount") is None:
            settle(row, None, visit)
        if row.get("position") is None:
            row["position"] = len(lines_of(visit, kind, row.get(kind.line_key))) + 1

    schedule = frozen_rule(holder_of, kind.word, kind.frozen)
    return Resource(
        name=kind.lines,
        wrapper="line_item",
        show=Place("get", f"{base}/{{id}}", steps=(0,) if views else ()),
        scope=Scope("project_id", "projects", kind.tool, found=lambda given: (given.get("project") or {}).get("id")),
        references=LINE_REFERENCES,
        derive=place,
        rules=(read_numbers, settle_codes, unit_is_known, settle, schedule),
        settled=(read_numbers, settle_codes, typed_amount, settle),
        own_keys=(kind.line_key, *kind.also_in),
        expand=expand,
        stored=touch,
        kept=lambda visit, row: schedule({}, row, visit),
        removed=touch,
        operations=line_operations(base, Scope(kind.line_key, kind.collection), views=views),
    )


def frozen_rule(holder_of: Holder, word: str, frozen: tuple[str, ...]) -> Callable[[Row, Row | None, Visit], Errors]:
    """A rule: the line's holder exists in this project, and lets its schedule of values be changed."""

    def rule(row: Row, before: Row | None, visit: Visit) -> Errors:
        holder = holder_of(visit, row or before or {})
        if holder is None:
            raise not_found()
        if row and is_same_schedule(row, before):
            return {}
        if visit.switches["invoiced_commitments"] == "locked" and is_invoiced(visit, holder["id"]):
            return {"base": [SCHEDULE_INVOICED.format(holder=word)]}
        if holder.get("status") not in frozen:
            return {}
        return {"base": [SCHEDULE_FROZEN.format(holder=word, status=holder["status"])]}

    return rule


def line_operations(base: str, holder: Scope, *, views: bool) -> tuple[Operation, ...]:
    """List, show, create, update, delete and sync of lines under one path."""
    one = f"{base}/{{id}}"

    def shapes(path: str, *steps: str) -> dict[str, Place]:
        if not views:
            return {"default": Place("get", path, steps=steps)}
        return {
            view: Place("get", path, steps=(*steps, branch))
            for branch, view in enumerate(("default", "ssov_source_lines"))
        }

    def one_of(kind: Kind, method: str, path: str, status: int = 200, *steps: str) -> Operation:
        found = shapes(path, *steps) if method == "get" else {"default": Place(method, path, status, steps)}
        listed = FILTERS if kind == "list" else ()
        return Operation(kind, method, path, found, "default", filters=listed, status=status, within=(holder,))

    return (
        one_of("list", "get", base, 200, "items"),
        one_of("show", "get", one),
        one_of("create", "post", base, 201),
        one_of("update", "patch", one),
        Operation("delete", "delete", one, within=(holder,)),
        one_of("sync", "patch", f"{base}/sync", 200, "entities", "items"),
    )
