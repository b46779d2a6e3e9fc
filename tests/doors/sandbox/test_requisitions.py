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
