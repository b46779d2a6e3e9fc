"""What the columns of a budget view add up: commitments, change orders of both sides, invoices and direct costs."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.start_data import StartData
from maestro_procore.sandbox.training_company import generate

from .conftest import Client

# The start: subcontract 702 is Approved with 5000.00 before tax and one approved change order of 250.00; purchase
# order 701 is Submitted with 5000.00; the prime contract has one approved change order of 250.00.
START = {
    "Original Budget Amount": "0.00",
    "Budget Modifications": "0.00",
    "Approved COs": "250.00",
    "Pending Budget Changes": "0.00",
    "Committed Costs": "5250.00",
    "Direct Costs": "1250.75",
    "Subcontractor Invoices": "0.00",
    "Pending Cost Changes": "5000.00",
    "Commitments": "5000.00",
    "Commitment Change Orders": "250.00",
    "Approved Budget Changes": "250.00",
    "Revised Budget": "250.00",
    "Projected Budget": "250.00",
    "Job to Date Costs": "1250.75",
    "Projected Costs": "11500.75",
    "Forecast To Complete": "0.00",
    "Estimated Cost at Completion": "11500.75",
    "Projected over Under": "-11250.75",
}


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, company_id=None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _row(client: Client, code: int = 501) -> dict[str, Any]:
    view = (await _get(client, "v1.0/budget_views"))[0]
    query = {"project_id": 101, "budget_row_type": "all", "per_page": 2000}
    rows = await _get(client, f"v1.0/budget_views/{view['id']}/detail_rows", **query)
    found: dict[str, Any] = {row["wbs_code_id"]: row for row in rows}[code]
    return found


async def test_one_call_carries_every_column_before_tax(strict: Client) -> None:
    row = await _row(strict)
    assert {name: row[name] for name in START} == START
    assert (row["id"], row["unbudgeted_reason"]) == (None, "no budget line item")


async def test_a_code_with_costs_but_no_line_stands_among_the_unbudgeted_rows_only(strict: Client) -> None:
    view = (await _get(strict, "v1.0/budget_views"))[0]["id"]
    path = f"v1.0/budget_views/{view}/detail_rows"
    kinds = ("budgeted", "unbudgeted", "all")
    found = [await _get(strict, path, project_id=101, budget_row_type=kind) for kind in kinds]
    assert [[row["wbs_code_id"] for row in rows] for rows in found] == [[], [501], [501]]


@pytest.mark.parametrize(
    ("collection", "row_id", "status", "committed", "pending"),
    [
        ("purchase_order_contracts", 701, "Draft", "5250.00", "0.00"),
        ("purchase_order_contracts", 701, "Processing", "5250.00", "5000.00"),
        ("purchase_order_contracts", 701, "Received", "5250.00", "5000.00"),
        ("purchase_order_contracts", 701, "Partially Received", "10250.00", "0.00"),
        ("purchase_order_contracts", 701, "Approved", "10250.00", "0.00"),
        ("purchase_order_contracts", 701, "Closed", "5250.00", "0.00"),
        ("work_order_contracts", 702, "Draft", "250.00", "5000.00"),
        ("work_order_contracts", 702, "Out For Signature", "250.00", "10000.00"),
        ("work_order_contracts", 702, "Complete", "5250.00", "5000.00"),
        ("work_order_contracts", 702, "Terminated", "250.00", "5000.00"),
        ("work_order_contracts", 702, "Void", "250.00", "5000.00"),
    ],
)
async def test_a_commitment_counts_by_its_status(
    strict: Client, collection: str, row_id: int, status: str, committed: str, pending: str
) -> None:
    await strict.control("POST", f"state/{collection}", {"id": row_id, "status": status})
    row = await _row(strict)
    assert (row["Committed Costs"], row["Pending Cost Changes"]) == (committed, pending)


@pytest.mark.parametrize(("package", "column"), [(721, "Commitment Change Orders"), (722, "Approved COs")])
@pytest.mark.parametrize(
    ("status", "amount"), [("approved", "250.00"), ("pending", "0.00"), ("draft", "0.00"), ("void", "0.00")]
)
async def test_a_change_order_counts_on_its_own_side_once_approved(
    strict: Client, package: int, column: str, status: str, amount: str
) -> None:
    await strict.control("POST", "state/change_order_packages", {"id": package, "status": status})
    other = {"Commitment Change Orders": "Approved COs", "Approved COs": "Commitment Change Orders"}[column]
    row = await _row(strict)
    assert (row[column], row[other]) == (amount, "250.00")


async def test_a_pending_owner_change_raises_the_projected_budget_only(strict: Client) -> None:
    await strict.control("POST", "state/change_order_packages", {"id": 722, "status": "pending"})
    row = await _row(strict)
    assert [row[name] for name in ("Approved COs", "Revised Budget", "Pending Budget Changes", "Projected Budget")] == [
        *("0.00", "0.00", "250.00", "250.00")
    ]


async def test_the_switches_choose_side_columns_and_partial_receipts(make_client: Callable[..., Client]) -> None:
    switches = {
        "approved_cos_of": "commitment",
        "budget_view_columns": "standard",
        "partially_received_counts_as": "pending",
    }
    client = make_client(strict=True, switches=switches)
    await client.sign_in()
    await client.control("POST", "state/change_order_packages", {"id": 722, "status": "void"})
    await client.control("POST", "state/purchase_order_contracts", {"id": 701, "status": "Partially Received"})
    row = await _row(client)
    assert (row["Approved COs"], row["Committed Costs"], row["Pending Cost Changes"]) == (
        "250.00",
        "5250.00",
        "5000.00",
    )
    assert "Commitments" not in row
    view = (await _get(client, "v1.0/budget_views"))[0]["id"]
    columns = await _get(client, f"v1.0/budget_views/{view}/budget_detail_columns", project_id=101)
    assert "Committed Costs" in {column["name"] for column in columns}
    assert "Commitment Change Orders" not in {column["name"] for column in columns}


async def test_a_line_that_has_been_committed_against_stays_in_the_budget(strict: Client) -> None:
    body = {"project_id": 101, "budget_line_items": [{"wbs_code_id": 501, "original_budget_amount": 5}]}
    made = await strict.http.post("/rest/v1.0/budget_line_items/sync", json=body)
    await strict.control("POST", "state/direct_costs", {"id": 601, "status": "draft"})
    path = f"/rest/v2.0/companies/{strict.sandbox.company_id}/projects/101/budget_line_items/{made.json()[0]['id']}"
    assert (await strict.http.delete(path)).status_code == 422


async def test_the_older_line_shows_the_same_sums(strict: Client) -> None:
    item = {"cost_code_id": 402, "line_item_type_id": 321, "original_budget_amount": 20_000}
    made = await strict.http.post("/rest/v1.0/budget_line_items", json={"project_id": 101, "budget_line_item": item})
    line = made.json()
    names = ("approved_budget_changes", "revised_budget", "committed_costs", "pending_cost_changes", "projected_costs")
    assert [line[name] for name in names] == [250.0, 20_250.0, 5250.0, 5000.0, 11_500.75]
    ends = ("budget_forecast", "estimated_cost_at_completion", "projected_over_under")
    assert [line[name] for name in ends] == [8749.25, 20_250.0, 0.0]


async def test_each_entry_behind_an_amount_names_its_contract_and_the_columns_it_counts_in(strict: Client) -> None:
    view = (await _get(strict, "v1.0/budget_views"))[0]["id"]
    path = f"/rest/v1.0/budget_views/{view}/budget_details?project_id=101"
    answer = await strict.http.post(path, json={"filters": {"detail_type": ["commitment_change_orders"]}})
    assert answer.status_code == 200, answer.text
    entry = answer.json()[0]
    assert (entry["contract"], entry["vendor"]["id"]) == ({"id": 702, "name": "Bétonnage"}, 201)
    assert (entry["Committed Costs"], entry["Commitment Change Orders"]) == ("250.00", "250.00")
    every = (await strict.http.post(path, json={})).json()
    for column in ("Committed Costs", "Approved COs", "Direct Costs"):
        total = sum(round(100 * float(entry.get(column, 0))) for entry in every)
        assert total == round(100 * float(START[column]))


async def test_the_columns_of_a_whole_company_come_to_what_its_records_come_to(clock: SandboxClock) -> None:
    """Each project of the small training company: rows of the view against the lists, to the cent."""
    made = generate("small", whole=True)
    options = SandboxOptions(strict=True, spike_limit=10_000)
    sandbox = Sandbox(options, data=StartData(made.company, made.procore), clock=clock)
    client = Client(httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url=sandbox.base_url), sandbox)
    await client.sign_in()
    client.http.headers["Procore-Company-Id"] = str(sandbox.company_id)
    view = (await _get(client, "v1.0/budget_views"))[0]["id"]
    seen: Counter[str] = Counter()
    for project in await client.control("GET", "state/projects"):
        query = {"project_id": project["id"], "per_page": 2000}
        columns = await client.get(
            f"v1.0/budget_views/{view}/detail_rows", company_id=None, budget_row_type="all", **query
        )
        if columns.status_code == 403:
            continue
        for name, expected in (await _expected(client, query)).items():
            found = sum((Decimal(row[name]) for row in columns.json()), Decimal(0))
            assert (project["project_number"], name, found) == (project["project_number"], name, expected)
            seen[name] += found != 0
    sandbox.close()
    assert len(seen) == 4
    assert min(seen.values()) > 0


async def _expected(client: Client, query: dict[str, Any]) -> dict[str, Decimal]:
    """Column → what the records of a project come to, read from their own lists and pages."""
    project_id = query["project_id"]
    found = dict.fromkeys(("Commitments", "Commitment Change Orders", "Approved COs", "Committed Costs"), Decimal(0))
    for row in await _get(client, "v1.0/commitments", **query):
        shown = await _get(client, f"v1.0/commitments/{row['id']}", project_id=project_id)
        if shown["status"] in ("Approved", "Complete"):
            found["Commitments"] += Decimal(shown["line_items_extended_total"])
    for package in await _get(client, "v1.0/change_order_packages", **query):
        shown = await _get(client, f"v1.0/change_order_packages/{package['id']}", project_id=project_id)
        if package["status"] == "approved":
            name = "Approved COs" if shown["type"].startswith("Prime") else "Commitment Change Orders"
            found[name] += Decimal(package["grand_total"])
    found["Committed Costs"] = found["Commitments"] + found["Commitment Change Orders"]
    return found
