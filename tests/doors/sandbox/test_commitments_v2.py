"""The v2.0 list of commitments of both kinds: pages, text ids, filters and lines."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import COMPANY, Client

BASE = f"v2.0/companies/{COMPANY}/projects/101/commitment_contracts"


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _data(client: Client, path: str = BASE, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(path, company_id=None, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_both_kinds_stand_in_one_list_with_text_ids_and_amounts(strict: Client) -> None:
    found = await _data(strict)
    assert [(row["id"], row["type"], row["vendor_id"], row["grand_total"]) for row in found] == [
        ("701", "PurchaseOrderContract", "201", "5748.75"),
        ("702", "WorkOrderContract", "201", "5748.75"),
    ]
    assert (await strict.get(f"{BASE}/702", company_id=None)).json()["data"] == found[1]


@pytest.mark.parametrize(("asked", "given"), [(None, 10), (100, 100), (500, 100)])
async def test_a_page_holds_ten_and_at_most_a_hundred(client: Client, asked: int | None, given: int) -> None:
    for number in range(105):
        await client.control("POST", "state/work_order_contracts", {"project_id": 101, "number": f"B{number}"})
    answer = await client.get(BASE, company_id=None, per_page=asked)
    assert len(answer.json()["data"]) == given
    assert (answer.headers["Total"], answer.headers["Per-Page"]) == ("107", str(given))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"filters__type": "WorkOrderContract"}, ["702"]),
        ({"filters__id": "701"}, ["701"]),
        ({"filters__status": "Draft"}, []),
        ({"filters__vendor_id": "201"}, ["701", "702"]),
        ({"filters__vendor_id": "202"}, []),
        ({"filters__executed": "true"}, []),
        ({"filters__updated_at": "2025-12-01...2025-12-01"}, ["701", "702"]),
        ({"filters__updated_at": "2025-12-02...2026-12-01"}, []),
        ({"filters__include_deleted": "only"}, []),
        ({"filters__include_deleted": "with"}, ["701", "702"]),
    ],
    ids=str,
)
async def test_the_list_is_filtered(strict: Client, query: dict[str, str], ids: list[str]) -> None:
    assert [row["id"] for row in await _data(strict, **query)] == ids


async def test_a_deleted_order_of_either_kind_shows_when_asked_for(client: Client) -> None:
    await client.control("DELETE", "state/requisitions/781")
    for collection, row_id in (("purchase_order_contracts", 701), ("work_order_contracts", 702)):
        await client.control("POST", f"state/{collection}", {"id": row_id, "status": "Draft"})
        deleted = await client.http.delete(f"/rest/v1.0/{collection}/{row_id}?project_id=101")
        assert deleted.status_code == 200
    assert await _data(client) == []
    gone = await _data(client, filters__include_deleted="only", filters__deleted_at="2026-01-05...2026-01-05")
    assert [row["deleted_at"] for row in gone] == ["2026-01-05T12:00:00Z"] * 2
    assert (await client.get(f"{BASE}/701", company_id=None)).status_code == 404


async def test_lines_are_read_with_text_ids(strict: Client) -> None:
    for contract in ("701", "702"):
        lines = await _data(strict, f"{BASE}/{contract}/line_items")
        assert [(line["amount"], line["wbs_code_id"], line["tax_code_id"]) for line in lines] == [
            ("5000.00", "501", "331")
        ]
        shown = (await strict.get(f"{BASE}/{contract}/line_items/{lines[0]['id']}", company_id=None)).json()
        assert shown["data"] == lines[0]
    assert (await strict.get(f"{BASE}/999/line_items", company_id=None)).status_code == 404
    assert (await strict.get(f"{BASE}/701/line_items/712", company_id=None)).status_code == 404


@pytest.mark.parametrize("view", [None, "default", "extended"])
async def test_each_view_holds_the_same_record(strict: Client, view: str | None) -> None:
    assert [row["id"] for row in await _data(strict, view=view)] == ["701", "702"]


async def test_the_older_generic_list_names_both_kinds(strict: Client) -> None:
    query = {"company_id": None, "project_id": 101}
    rows = (await strict.get("v1.0/commitments", **query)).json()
    shown = [(row["id"], row["number"], row["status"], row["vendor"]["name"]) for row in rows]
    # The document gives this list the statuses of subcontracts only.
    assert shown == [(701, "26-701", None, "Béton Lévis ltée"), (702, "26-702", "Approved", "Béton Lévis ltée")]
    answer = await strict.get("v1.0/commitments", per_page=1, page=2, **query)
    assert ([row["id"] for row in answer.json()], answer.headers["Total"]) == ([702], "2")
    await strict.control("DELETE", "state/purchase_order_contracts/701")
    assert [row["id"] for row in (await strict.get("v1.0/commitments", **query)).json()] == [702]
    assert (await strict.get("v1.0/commitments/701", **query)).status_code == 404


@pytest.mark.parametrize(
    ("row_id", "kind", "changes"), [(701, "PurchaseOrderContract", []), (702, "WorkOrderContract", [721])]
)
async def test_the_older_generic_record_has_lines_and_totals(
    strict: Client, row_id: int, kind: str, changes: list[int]
) -> None:
    answer = await strict.get(f"v1.0/commitments/{row_id}", company_id=None, project_id=101)
    assert answer.status_code == 200, answer.text
    row = answer.json()
    assert (row["type"], row["grand_total"], row["line_items_extended_total"]) == (kind, "5748.75", "5000.00")
    assert [line["extended_amount"] for line in row["line_items"]] == ["5000.00"]
    assert [each["id"] for each in row["change_order_packages"]] == changes
