"""The lists of Procore that we read and write, one row each: path, page size, parameters, writes. Pure.

Source of all rows: reference procore-api.md, its section beside each group; page sizes §3.1 and limits-and-faults.md
§1.1. A further list is a further row.
"""

from typing import Final

from maestro_procore.procore.resources import MOST_UPDATES, Resource, Wrapping, Write

__all__ = ["MOST_UPDATES", "RESOURCES", "resource"]

V1: Final = "/rest/v1.0"
OF_COMPANY: Final = f"{V1}/companies/{{company_id}}"
OF_PROJECT: Final = f"{V1}/projects/{{project_id}}"
WBS: Final = "work_breakdown_structure"
COMMITMENTS_V2: Final = "/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_contracts"

COMPANY: Final = ("company_id", "{company_id}")
PROJECT: Final = ("project_id", "{project_id}")
EXTENDED: Final = ("view", "extended")
WITH_DELETED: Final = ("filters[include_deleted]", "with")
"""Without it a deleted record would be an absent one, which proves nothing."""

# §5.1, §6.1, §6.2
_COMPANY_RECORDS: Final = (
    # v1.1 filters by project_number and answers with origin_id; its pages end at 300.
    # Without by_status=All, closed projects are missing, and a missing record would look like a deleted one.
    Resource(
        "projects",
        "/rest/v1.1/projects",
        "Portfolio",
        300,
        query=(COMPANY, ("filters[by_status]", "All"), EXTENDED),
        can_filter_changes=True,
        write=Write("PATCH", f"{V1}/projects/sync", scope=("company_id",)),
    ),
    Resource(
        "vendors",
        f"{V1}/vendors",
        "Directory",
        query=(COMPANY, EXTENDED),
        can_filter_changes=True,
        write=Write("PATCH", f"{V1}/vendors/sync", scope=("company_id",)),
    ),
    Resource("vendors-inactive", f"{OF_COMPANY}/vendors/inactive", "Directory", query=(EXTENDED,)),
    # A company that was put away comes back by its own route; then the sync changes it like any other.
    Resource(
        "vendors-reactivated",
        "",
        "Directory",
        0,
        write=Write("PATCH", f"{OF_COMPANY}/vendors/inactive/{{id}}", key="", answer=Wrapping.ROW, most=1),
    ),
    Resource("project_templates", f"{V1}/project_templates", "Portfolio", query=(COMPANY,)),
    Resource("project_stages", f"{OF_COMPANY}/project_stages", "Admin"),
    Resource("companies", f"{V1}/companies", "Portfolio"),
)

# §6.3, §6.4, §6.5
_CODES: Final = (
    # The document demands a project although the types are the company's: any project that may be seen will do.
    Resource("cost-types", f"{V1}/line_item_types", "Admin", query=(COMPANY, PROJECT)),
    Resource("units", f"{OF_COMPANY}/uoms", "Admin"),
    Resource("tax-codes", f"{V1}/tax_codes", "Admin", query=(COMPANY,)),
    Resource("wbs-patterns", f"{OF_COMPANY}/{WBS}/patterns", "Admin", 0, wrapping=Wrapping.ROW),
    Resource("project-patterns", f"{OF_PROJECT}/{WBS}/patterns", "Admin", 0, wrapping=Wrapping.ROW),
    Resource("cost-type-items", f"{OF_COMPANY}/{WBS}/segments/{{segment_id}}/segment_items", "Admin"),
    Resource("segment-items", f"{OF_PROJECT}/{WBS}/segments/{{segment_id}}/segment_items", "Admin"),
    Resource(
        "cost-codes",
        f"{V1}/cost_codes",
        "Admin",
        query=(PROJECT,),
        write=Write("PATCH", f"{V1}/cost_codes/sync", query=(PROJECT,)),
    ),
    # A combination that exists gets its description changed: sent twice it is there once. No origin_id.
    Resource(
        "budget-codes",
        f"{OF_PROJECT}/{WBS}/wbs_codes",
        "Budget",
        can_filter_changes=True,
        write=Write("PATCH", f"{OF_PROJECT}/{WBS}/wbs_codes/bulk_create", key="bulk"),
    ),
)

# §6.6
_BUDGET: Final = (
    Resource("budget-views", f"{V1}/budget_views", "Budget"),
    # Rows without a budget line have no id; `budgeted` leaves them out whatever the server's habit is.
    Resource(
        "budget-rows",
        f"{V1}/budget_views/{{budget_view_id}}/detail_rows",
        "Budget",
        query=(PROJECT, ("budget_row_type", "budgeted")),
    ),
    # A reconciliation wants what stands on codes without a budget too.
    Resource(
        "budget-rows-all",
        f"{V1}/budget_views/{{budget_view_id}}/detail_rows",
        "Budget",
        query=(PROJECT, ("budget_row_type", "all")),
    ),
    # There is no list of lines (budget-rows has them); its sync is a POST whose answer has no place for refusals.
    Resource(
        "budget-lines",
        "",
        "Budget",
        0,
        one="/rest/v1.1/budget_line_items/{id}",
        one_query=(PROJECT,),
        write=Write(
            "POST",
            f"{V1}/budget_line_items/sync",
            key="budget_line_items",
            answer=Wrapping.ROWS,
            scope=("project_id",),
        ),
    ),
    Resource(
        "budget-changes",
        f"{OF_PROJECT}/budget_changes",
        "Budget",
        0,
        wrapping=Wrapping.DATA,
        one=f"{OF_PROJECT}/budget_changes/{{id}}",
        write=Write("POST", f"{OF_PROJECT}/budget_changes", key="", answer=Wrapping.DATA, most=1),
    ),
    Resource("budget-lock", f"{OF_PROJECT}/budget", "Budget", 0, wrapping=Wrapping.ROW),
)

# §6.11: one header sync and one line sync per project; lines of many headers in one call.
_DIRECT_COSTS: Final = (
    Resource(
        "direct-costs",
        f"{OF_PROJECT}/direct_costs",
        "Direct Costs",
        can_filter_changes=True,
        one="/rest/v1.1/projects/{project_id}/direct_costs/{id}",
        write=Write("PATCH", f"{OF_PROJECT}/direct_costs/sync"),
    ),
    Resource(
        "direct-cost-lines",
        f"{OF_PROJECT}/direct_costs/line_items",
        "Direct Costs",
        can_filter_changes=True,
        write=Write("PATCH", f"{OF_PROJECT}/direct_costs/line_items/sync"),
    ),
)


def _contracts(name: str, word: str) -> tuple[Resource, Resource]:
    """A commitment of one kind, §6.7: header sync, and the write of one header for servers that want no id there.

    The document names no id among the attributes of the purchase order sync; whether it is taken is unverified.
    """
    path = f"{V1}/{word}s"
    row = Resource(
        name,
        path,
        "Commitments",
        query=(PROJECT, EXTENDED, WITH_DELETED),
        can_filter_changes=True,
        one=f"{path}/{{id}}",
        one_query=(PROJECT,),
        write=Write("PATCH", f"{path}/sync", scope=("project_id",)),
        single=f"{name}-single",
    )
    return row, _single(row, word)


def _single(row: Resource, key: str) -> Resource:
    """The same records, changed one by one."""
    write = Write("PATCH", row.one, key=key, answer=Wrapping.ROW, most=1, scope=("project_id",))
    return Resource(
        row.single, row.path, row.tool, row.page_size, row.query, one=row.one, one_query=row.one_query, write=write
    )


# §6.7 to §6.10, §6.12
_CONTRACTS: Final = (
    *_contracts("purchase-orders", "purchase_order_contract"),
    *_contracts("subcontracts", "work_order_contract"),
    # Both kinds in one list, for reading only: its writes know no origin_id.
    Resource(
        "commitments-v2",
        COMMITMENTS_V2,
        "Commitments",
        100,
        query=(EXTENDED, WITH_DELETED),
        wrapping=Wrapping.DATA,
        can_filter_changes=True,
        one=f"{COMMITMENTS_V2}/{{id}}",
        one_query=(EXTENDED,),
        has_text_ids=True,
    ),
    # Packages have no sync: a mark is a PATCH of one.
    Resource(
        "change-order-packages",
        f"{V1}/change_order_packages",
        "Change Orders",
        query=(PROJECT, WITH_DELETED),
        can_filter_changes=True,
        one=f"{V1}/change_order_packages/{{id}}",
        one_query=(PROJECT,),
        write=Write(
            "PATCH",
            f"{V1}/change_order_packages/{{id}}",
            key="change_order",
            answer=Wrapping.ROW,
            most=1,
            scope=("project_id",),
        ),
    ),
    # The owner's, where packages leave them out: neither paged nor with lines. Always whole: one of two must show.
    Resource("prime-change-orders", f"{OF_PROJECT}/prime_change_orders", "Change Orders", 0),
    Resource(
        "potential-change-orders",
        "",
        "Change Orders",
        0,
        one=f"{V1}/potential_change_orders/{{id}}",
        one_query=(PROJECT, ("contract_id", "{contract_id}")),
    ),
    Resource(
        "prime-contracts",
        f"{V1}/prime_contracts",
        "Prime Contracts",
        query=(PROJECT,),
        can_filter_changes=True,
        one=f"{V1}/prime_contract/{{id}}",
        one_query=(PROJECT,),
    ),
    Resource(
        "requisitions",
        f"{V1}/requisitions",
        "Invoicing",
        query=(PROJECT,),
        can_filter_changes=True,
        one=f"{V1}/requisitions/{{id}}",
        one_query=(PROJECT,),
    ),
)

# §7.1, §7.3; files themselves are made and changed by file_calls.py
_FILES: Final = (
    Resource("documents", f"{OF_PROJECT}/documents", "Documents", query=(EXTENDED,), can_filter_changes=True),
    Resource("images", f"{V1}/images", "Photos", query=(PROJECT,), can_filter_changes=True),
    Resource("image-categories", f"{V1}/image_categories", "Photos", query=(PROJECT,)),
)

RESOURCES: Final[dict[str, Resource]] = {
    row.name: row for row in (*_COMPANY_RECORDS, *_CODES, *_BUDGET, *_DIRECT_COSTS, *_CONTRACTS, *_FILES)
}


def resource(name: str) -> Resource:
    """Errors: ValueError for a list that stands in no row: a mistake of the program."""
    try:
        return RESOURCES[name]
    except KeyError:
        raise ValueError(f"no Procore list named {name!r}") from None
