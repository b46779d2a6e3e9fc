"""Budget views: their columns, and the rows of a project with one key more for each column.

Source: reference 6.6. Rows follow from lines, changes and costs each time they are read; nothing is kept twice.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

from maestro_procore.sandbox.answers import Answer, bad_parameter, json_answer, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.budget_columns import FORECAST, amounts, nothing, root_of, sources_of
from maestro_procore.sandbox.budget_details import details
from maestro_procore.sandbox.budget_lines import IN_PROJECT
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Operation, Resource
from maestro_procore.sandbox.row_changes import brief
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

VIEWS = "/rest/v1.0/budget_views"
ONE = f"{VIEWS}/{{budget_view_id}}"
STANDARD = {"biller": "Sub Job", "root_cost_code": "Division", "cost_code": "Cost Code", "category": "Cost Type"}

# Query parameter → what a row is kept by.
KEPT_BY: dict[str, Callable[[Row], Any]] = {
    "biller": lambda row: row["biller_id"],
    "cost_code_id": lambda row: row["cost_code_id"],
    "cost_code_name": lambda row: row["cost_code"],
    "root_cost_code_id": lambda row: row["root_cost_code_id"],
    "root_cost_code_name": lambda row: row["root_cost_code"],
    "category_id": lambda row: row["category_id"],
    "budget_line_item_id": lambda row: row["id"],
}
# group_by → id and name of the group that a row belongs to.
GROUPS: dict[str, tuple[str, str]] = {
    "project": ("project_id", "project"),
    "biller": ("biller_id", "biller"),
    "category": ("category_id", "category"),
    "cost_code": ("cost_code_id", "cost_code"),
    "root_cost_code": ("root_cost_code_id", "root_cost_code"),
    "cost_code_name": ("cost_code", "cost_code"),
    "root_cost_code_name": ("root_cost_code", "root_cost_code"),
}


def _views(visit: Visit) -> list[Row]:
    """The views of the company; the standard one is made when there is none."""
    kept = visit.world.collection("budget_views")
    if not kept.where(**{COMPANY: visit.company_id}):
        now = visit.clock.stamp()
        kept.put(
            {
                "id": visit.world.new_id(),
                COMPANY: visit.company_id,
                "name": "Procore Standard Budget",
                "description": None,
                "role": "default",
                "created_by": brief(visit.bearer.user),
                "created_at": now,
                "updated_at": now,
            }
        )
    return kept.where(**{COMPANY: visit.company_id})


def _list_views(handler: Handler, visit: Visit) -> Answer:
    if visit.call.parameter("project_id") is not None:
        handler.parents(visit)
    page, headers = page_of(visit, _views(visit), 2000)
    return handler.list_answer(visit, page, headers)


def _with_links(visit: Visit, row: Row) -> Row:
    base = f"{visit.base_url}{VIEWS}/{row['id']}"
    row["links"] = {name: f"{base}/{name}" for name in ("detail_rows", "summary_rows")}
    return row


def _project_of(handler: Handler, visit: Visit) -> int:
    """Errors: Refused 404 for a view of another company, 403 when the Budget tool is off."""
    if all(str(row["id"]) != visit.path_values["budget_view_id"] for row in _views(visit)):
        raise not_found()
    return handler.parents(visit)["project_id"]


def _columns(handler: Handler, visit: Visit) -> Answer:
    _project_of(handler, visit)
    found = [(name, title, "standard") for name, title in STANDARD.items()]
    found += [(source.id, source.name, "source") for source in sources_of(visit)]
    return json_answer(
        [
            {
                "id": name,
                "name": title,
                "type": kind,
                "position": position,
                "aggregatable": kind == "source",
                "filterable": kind == "standard",
                "groupable": kind == "standard",
            }
            for position, (name, title, kind) in enumerate(found, start=1)
        ]
    )


def _rows(visit: Visit, project_id: int) -> list[tuple[Row, dict[str, Decimal]]]:
    """Fields of each row and its amounts by column: lines of the budget first, then what has none."""
    lines = {
        line["wbs_code_id"]: line for line in visit.world.collection("budget_line_items").where(project_id=project_id)
    }
    found = amounts(visit, project_id)
    codes = [*lines, *(code for code in sorted(found) if code not in lines)]
    return [
        (_row(visit, project_id, code, lines.get(code), columns), columns)
        for code in codes
        for columns in (found.get(code, nothing(visit)),)
    ]


def _row(visit: Visit, project_id: int, wbs_code_id: int, line: Row | None, columns: dict[str, Decimal]) -> Row:
    world = visit.world
    wbs = world.collection("wbs_codes").get(wbs_code_id) or {}
    code = world.collection("cost_codes").get(wbs.get("cost_code_id"))
    root, kind = root_of(visit, code), world.collection("line_item_types").get(wbs.get("line_item_type_id")) or {}
    project = world.collection("projects").get(project_id) or {}
    sub_job = world.collection("sub_jobs").get(wbs.get("sub_job_id"))
    biller = sub_job or project
    forecast = str(columns[FORECAST])
    return {
        "id": line["id"] if line else None,
        "deletable": bool(line) and not any(columns.values()),
        "company_id": visit.company_id,
        "company": (world.collection("companies").get(visit.company_id) or {}).get("name"),
        "project_id": project_id,
        "project": project.get("name"),
        "wbs_code_id": wbs_code_id,
        "biller_id": biller.get("id"),
        "biller": biller.get("name"),
        "biller_type": "SubJob" if sub_job else "Project",
        "root_cost_code_id": root and root["id"],
        "root_cost_code": _titled(root),
        "cost_code_id": code and code["id"],
        "cost_code": _titled(code),
        "cost_code_origin_id": code and code.get("origin_id"),
        "category_id": kind.get("id"),
        "category": kind.get("name"),
        "original_budget_amount": str(columns["Original Budget Amount"]),
        "budget_modifications": str(columns["Budget Modifications"]),
        "budget_forecast": {
            "id": None,
            "manual_amount": None,
            "automatic_amount": forecast,
            "amount": forecast,
            "automatically_calculated": True,
            "calculation_strategy": "automatic",
            "notes": None,
        },
        "currency_configuration": {"currency_iso_code": visit.switches["company_currency"]},
        "unbudgeted_reason": None if line else "no budget line item",
    }


def _titled(code: Row | None) -> str | None:
    return f"{code.get('full_code')} - {code.get('name')}" if code else None


def _asked(visit: Visit, project_id: int) -> list[tuple[Row, dict[str, Decimal]]]:
    """The rows that the query leaves, sorted as it says."""
    kind = visit.call.parameter("budget_row_type") or visit.switches["default_budget_rows"]
    if kind not in ("budgeted", "unbudgeted", "all"):
        raise bad_parameter("budget_row_type", "is invalid")
    rows = _rows(visit, project_id)
    if kind != "all":
        rows = [pair for pair in rows if (pair[0]["id"] is not None) == (kind == "budgeted")]
    for name, read in KEPT_BY.items():
        wanted = {value for key, value in visit.call.query if key.removesuffix("[]") == name}
        if wanted:
            rows = [pair for pair in rows if str(read(pair[0])) in wanted]
    by = visit.call.parameter("sort")
    if by is not None:
        if by not in (*GROUPS, "biller_type", "category_id"):
            raise bad_parameter("sort", "is invalid")
        rows.sort(key=lambda pair: str(pair[0].get(by) or ""))
    return rows


def _keyed(columns: dict[str, Decimal]) -> dict[str, str]:
    return {name: str(amount) for name, amount in columns.items()}


def _detail_rows(handler: Handler, visit: Visit) -> Answer:
    rows = [{**row, **_keyed(columns)} for row, columns in _asked(visit, _project_of(handler, visit))]
    page, headers = page_of(visit, rows, 2000)
    return Answer(200, orjson.dumps(page), headers)


def _summary_rows(handler: Handler, visit: Visit) -> Answer:
    key, title = GROUPS.get(visit.call.parameter("group_by") or "cost_code", ("", ""))
    if not key:
        raise bad_parameter("group_by", "is invalid")
    groups: dict[Any, Row] = {}
    sums: dict[Any, dict[str, Decimal]] = {}
    for row, columns in _asked(visit, _project_of(handler, visit)):
        group = groups.setdefault(
            row[key],
            {"id": str(row[key]), "name": row[title], "biller_type": row["biller_type"], "budget_line_item_ids": []},
        )
        if row["id"] is not None:
            group["budget_line_item_ids"].append(str(row["id"]))
        total = sums.setdefault(row[key], nothing(visit))
        for name, amount in columns.items():
            total[name] += amount
    found = [{**group, **_totals(visit, sums[group_key])} for group_key, group in groups.items()]
    page, headers = page_of(visit, found, 2000)
    return Answer(200, orjson.dumps(page), headers)


def _details(handler: Handler, visit: Visit) -> Answer:
    return details(handler, visit, _project_of(handler, visit))


def _totals(visit: Visit, columns: dict[str, Decimal]) -> Row:
    return {
        "original_budget_amount": str(columns["Original Budget Amount"]),
        "budget_modifications": str(columns["Budget Modifications"]),
        "budget_forecast": {"amount": str(columns[FORECAST])},
        "currency_configuration": {"currency_iso_code": visit.switches["company_currency"]},
        **_keyed(columns),
    }


BUDGET_VIEWS = Resource(
    name="budget_views",
    wrapper="",
    show=Place("get", VIEWS, steps=("items",)),
    expand=_with_links,
    operations=(
        Operation(
            "call",
            "get",
            VIEWS,
            shapes={"full": Place("get", VIEWS, steps=("items",))},
            default_view="full",
            call=_list_views,
            within=(IN_PROJECT,),
        ),
        Operation("call", "get", f"{ONE}/budget_detail_columns", call=_columns, within=(IN_PROJECT,)),
        Operation("call", "get", f"{ONE}/detail_rows", call=_detail_rows, within=(IN_PROJECT,)),
        Operation("call", "get", f"{ONE}/summary_rows", call=_summary_rows, within=(IN_PROJECT,)),
        Operation("call", "post", f"{ONE}/budget_details", call=_details, within=(IN_PROJECT,)),
    ),
)
