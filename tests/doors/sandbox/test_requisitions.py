"""Subcontractor invoices: read in a list and alone, with the names of their commitment."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def test_an_invoice_names_its_commitment_and_vendor(strict: Client) -> None:
    shown = (await strict.get("v1.0/requisitions/781", company_id=None, project_id=101)).json()
    names = ("commitment_type", "contract_name", "vendor_name", "number", "deletable", "total_claimed_amount")
    assert [shown[name] for name in names] == [
        *("WorkOrderContract", "Bétonnage", "Béton Lévis ltée", 1, False, "1500.00")
    ]
    elsewhere = await strict.get("v1.0/requisitions/781", company_id=None, project_id=102)
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 1),
        ({"filters__commitment_id": 702}, 1),
        ({"filters__commitment_id": 701}, 0),
        ({"filters__status": "approved"}, 1),
        ({"filters__status": "draft"}, 0),
        ({"filters__updated_at": "2025-12-02...2026-12-31"}, 0),
        ({"project_id": 102}, 0),
    ],
    ids=str,
)
async def test_the_list_is_filtered(strict: Client, query: dict[str, Any], count: int) -> None:
    answer = await strict.get("v1.0/requisitions", **{"company_id": None, "project_id": 101, **query})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) == count


async def test_another_user_can_enter_the_next_invoice(client: Client) -> None:
    made = await client.control("POST", "state/requisitions", {"project_id": 101, "commitment_id": 702})
    assert (made["number"], made["status"], made["deletable"]) == (2, "draft", True)


ITEM = {"item_type": "contract_item", "line_item_id": 712}


async def _invoice(client: Client, amount: str, status: str = "approved", **more: Any) -> Any:
    items = [{**ITEM, "work_completed_this_period": amount}]
    body = {"project_id": 101, "commitment_id": 702, "status": status, "items": items, **more}
    return await client.control("POST", "state/requisitions", body)


async def _contract(client: Client) -> Any:
    return (await client.get("v1.0/work_order_contracts/702", company_id=None, project_id=101)).json()


async def _column(client: Client, name: str) -> str:
    view = (await client.get("v1.0/budget_views", company_id=None)).json()[0]["id"]
    query = {"company_id": None, "project_id": 101, "budget_row_type": "all"}
    row = (await client.get(f"v1.0/budget_views/{view}/detail_rows", **query)).json()[0]
    return str(row[name])


async def test_an_invoice_claims_its_items_and_counts_once_approved(strict: Client) -> None:
    await strict.control("DELETE", "state/requisitions/781")
    made = await _invoice(strict, "1000.10", "draft")
    assert (made["total_claimed_amount"], await _column(strict, "Subcontractor Invoices")) == ("1000.10", "0.00")
    assert (await _contract(strict))["total_requisitions_amount"] == "0.00"
    await strict.control("POST", "state/requisitions", {"id": made["id"], "status": "approved"})
    assert await _column(strict, "Subcontractor Invoices") == "1000.10"
    assert await _column(strict, "Job to Date Costs") == "2250.85"
    assert (await _contract(strict))["total_requisitions_amount"] == "1000.10"


async def test_the_newer_show_tells_what_was_claimed_before(strict: Client) -> None:
    await strict.control("DELETE", "state/requisitions/781")
    await _invoice(strict, "1000.10")
    made = await _invoice(strict, "200.00", invoice_number="F-2")
    query = {"company_id": None, "project_id": 101}
    shown = (await strict.get(f"v1.1/requisitions/{made['id']}", view="items", **query)).json()
    items = (await strict.get(f"v1.0/requisitions/{made['id']}/contract_items", **query)).json()
    names = (
        *("line_item_id", "scheduled_value", "work_completed_from_previous_application"),
        *("work_completed_this_period", "total_completed_and_stored_to_date"),
    )
    for item in (shown["items"][0], items[0]):
        assert [item[name] for name in names] == [712, "5000.00", "1000.10", "200.00", "1200.10"]
    assert (shown["vendor_id"], shown["invoice_number"], items[0]["wbs_code"]["id"]) == (201, "F-2", 501)


@pytest.mark.parametrize(("is_last", "numbers"), [("true", [2]), ("false", [1]), (None, [1, 2])])
async def test_the_newer_list_finds_the_last_invoice(strict: Client, is_last: str | None, numbers: list[int]) -> None:
    await _invoice(strict, "1.00")
    query = {"company_id": None, "project_id": 101, "filters__is_last": is_last}
    rows = (await strict.get("v1.1/requisitions", **query)).json()
    assert [row["number"] for row in rows] == numbers


@pytest.mark.parametrize(("switch", "status"), [("locked", 422), ("open", 200)])
async def test_a_reopened_commitment_with_invoices_keeps_its_lines(
    make_client: Callable[..., Client], switch: str, status: int
) -> None:
    client = make_client(strict=True, switches={"invoiced_commitments": switch})
    await client.sign_in()
    await client.control("POST", "state/work_order_contracts", {"id": 702, "status": "Draft"})
    base = "/rest/v1.0/work_order_contracts/702"
    body = {"project_id": 101, "line_item": {"amount": "6000.00"}}
    changed = await client.http.patch(f"{base}/line_items/712", json=body)
    deleted = await client.http.delete(f"{base}?project_id=101")
    assert (changed.status_code, deleted.status_code) == (status, status)
    if switch == "locked":
        said = "The schedule of values cannot be changed once its contract has invoices"
        assert changed.json() == {"errors": {"base": [said]}}


async def test_a_person_may_still_edit_a_line_after_an_invoice(strict: Client) -> None:
    await strict.control("POST", "state/work_order_contracts", {"id": 702, "status": "Draft"})
    line = {"id": 712, "amount": "6000.00"}
    assert (await strict.control("POST", "state/work_order_contract_line_items", line))["amount"] == "6000.00"


async def test_a_draft_invoice_holds_nothing_fast(strict: Client) -> None:
    await strict.control("POST", "state/requisitions", {"id": 781, "status": "draft"})
    await strict.control("POST", "state/work_order_contracts", {"id": 702, "status": "Draft"})
    deleted = await strict.http.delete("/rest/v1.0/work_order_contracts/702?project_id=101")
    assert deleted.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"commitment_id": 999},
        {"commitment_id": 703},
        {"commitment_id": 702, "project_id": 102},
        {"commitment_id": 702, "items": [{**ITEM, "line_item_id": 711}]},
    ],
    ids=str,
)
async def test_an_invoice_is_on_lines_of_a_commitment_of_its_project(strict: Client, body: dict[str, Any]) -> None:
    answer = await strict.http.post("/control/state/requisitions", json={"project_id": 101, **body})
    assert answer.status_code == 400
