"""Rules that hold for every financial collection: marks, unchanged rows, undone requests, kept worlds, indexes."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.row_store import NoStore
from maestro_procore.sandbox.world import World

from .conftest import COMPANY, Client, start

# path of the write, method, key of the records, one record that is right
WRITES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "cost_codes": ("v1.0/cost_codes/sync?project_id=101", "PATCH", "updates", {"code": "9", "name": "X"}),
    "line_item_types": ("v1.0/line_item_types/sync", "PATCH", "updates", {"name": "X", "csv_import_code": "X"}),
    "sub_jobs": ("v1.0/sub_jobs/sync?project_id=101", "PATCH", "updates", {"name": "X", "code": "X"}),
    "tax_codes": ("v1.0/tax_codes/sync", "PATCH", "updates", {"code": "X", "rate1": 5}),
    "tax_types": ("v1.0/tax_types/sync", "PATCH", "updates", {"name": "X"}),
    "standard_cost_codes": ("v1.0/standard_cost_codes/sync", "PATCH", "updates", {"code": "9", "name": "X"}),
    "direct_costs": (
        "v1.0/projects/101/direct_costs/sync",
        "PATCH",
        "updates",
        {"direct_cost_type": "invoice", "vendor_id": 201, "invoice_number": "9", "received_date": "2026-01-02"},
    ),
    "direct_cost_line_items": (
        "v1.0/projects/101/direct_costs/line_items/sync",
        "PATCH",
        "updates",
        {"direct_cost_id": 601, "wbs_code_id": 501, "quantity": 1.25, "unit_cost": 3.3333, "uom": "m3"},
    ),
    "purchase_order_contracts": (
        "v1.0/purchase_order_contracts/sync",
        "PATCH",
        "updates",
        {"title": "X", "vendor_id": 201, "origin_code": "BC-1"},
    ),
    "work_order_contracts": (
        "v1.0/work_order_contracts/sync",
        "PATCH",
        "updates",
        {"title": "X", "vendor_id": 201, "retainage_percent": "10.0"},
    ),
    "purchase_order_contract_line_items": (
        "v1.0/purchase_order_contracts/701/line_items/sync?project_id=101",
        "PATCH",
        "updates",
        {"wbs_code_id": 501, "quantity": "1.25", "unit_cost": "3.3333", "uom": "m3"},
    ),
    "potential_change_orders": (
        "v1.0/potential_change_orders/sync?project_id=101&contract_id=702",
        "PATCH",
        "updates",
        {"title": "X", "status": "draft"},
    ),
    "change_order_requests": (
        "v1.0/change_order_requests/sync?project_id=101&contract_id=702",
        "PATCH",
        "updates",
        {"title": "X", "grand_total": "12.5"},
    ),
}
ALSO = {
    "line_item_types": {"company_id": COMPANY},
    "tax_codes": {"company_id": COMPANY},
    "tax_types": {"company_id": COMPANY},
    "standard_cost_codes": {"company_id": COMPANY, "standard_cost_code_list_id": 301},
    "sub_jobs": {"project_id": 101},
    "purchase_order_contracts": {"project_id": 101},
    "work_order_contracts": {"project_id": 101},
}
EACH = pytest.mark.parametrize("collection", WRITES)


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _write(client: Client, collection: str, *records: dict[str, Any]) -> dict[str, Any]:
    path, method, key, right = WRITES[collection]
    body = {**ALSO.get(collection, {}), key: [{**right, **record} for record in records]}
    answer = await client.http.request(method, f"/rest/{path}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@EACH
async def test_a_marked_record_is_made_once_and_stays_as_it_is_when_sent_again(strict: Client, collection: str) -> None:
    first = await _write(strict, collection, {"origin_id": "M:1"})
    strict.sandbox.clock.advance(60)
    second = await _write(strict, collection, {"origin_id": "M:1"})
    assert first["errors"] == second["errors"] == []
    assert second["entities"] == first["entities"]
    assert first["entities"][0]["origin_id"] == "M:1"


@EACH
async def test_a_mark_can_be_replaced_by_id_and_belongs_to_one_record(strict: Client, collection: str) -> None:
    made = (await _write(strict, collection, {"origin_id": "M:1"}))["entities"][0]
    moved = await _write(strict, collection, {"id": made["id"], "origin_id": "M:2"})
    assert (moved["entities"][0]["id"], moved["entities"][0]["origin_id"]) == (made["id"], "M:2")
    existing = next(row for row in await strict.control("GET", f"state/{collection}") if row["id"] != made["id"])
    path, method, key, _right = WRITES[collection]
    taken = await strict.http.request(
        method,
        f"/rest/{path}",
        json={**ALSO.get(collection, {}), key: [{"id": existing["id"], "origin_id": "M:2"}]},
    )
    assert taken.json()["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (
            "v1.0/budget_line_items/sync",
            {"project_id": 101, "budget_line_items": [{"wbs_code_id": 501, "origin_id": "M:1"}]},
            422,
        ),
        (
            "v1.1/budget_line_items",
            {"project_id": 101, "budget_line_item": {"wbs_code_id": 501, "origin_id": "M:1"}},
            406,
        ),
        ("v1.0/projects/101/budget_changes", {"status": "draft", "origin_id": "M:1"}, 406),
    ],
)
async def test_no_mark_can_be_written_on_budgets(client: Client, path: str, body: dict[str, Any], status: int) -> None:
    answer = await client.http.post(f"/rest/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert await client.control("GET", "state/budget_line_items") == []


async def test_a_refused_request_leaves_lists_and_look_ups_as_they_were(client: Client) -> None:
    before = copy.deepcopy(await client.control("GET", "state/direct_cost_line_items"))
    lines = [{"wbs_code_id": 501, "manual_amount": 1, "origin_id": "M:1"}, {"wbs_code_id": 9}]
    record = {"invoice_number": "X", "vendor_id": 201, "direct_cost_type": "invoice", "line_items": lines}
    answer = await client.http.post("/rest/v1.1/projects/101/direct_costs", json={"direct_cost": record})
    assert answer.status_code == 422
    assert await client.control("GET", "state/direct_cost_line_items") == before
    assert len((await client.get("v1.0/projects/101/direct_costs/line_items")).json()) == len(before)
    again = await _write(client, "direct_cost_line_items", {"origin_id": "M:1"})
    assert again["errors"] == []


async def test_a_profile_keeps_the_whole_financial_world(tmp_path: Path, clock: SandboxClock) -> None:
    options = SandboxOptions(spike_limit=10_000, profile=tmp_path)
    seen = []
    for opening in range(2):
        sandbox = Sandbox(options, data=start(), clock=clock)
        transport = httpx.ASGITransport(app=sandbox)
        client = Client(httpx.AsyncClient(transport=transport, base_url=sandbox.base_url), sandbox)
        await client.sign_in()
        if opening == 0:
            for collection in WRITES:
                await _write(client, collection, {"origin_id": "M:1"})
            body = {"project_id": 101, "budget_line_items": [{"wbs_code_id": 501, "original_budget_amount": 7}]}
            await client.http.post("/rest/v1.0/budget_line_items/sync", json=body)
            await client.http.post("/rest/v1.0/projects/101/budget/lock")
            change = {"status": "approved", "adjustment_line_items": [{"wbs_code_id": 501, "amount": 2}]}
            await client.http.post("/rest/v1.0/projects/101/budget_changes", json=change)
            await client.get("v1.0/projects/101/work_breakdown_structure/segments")
            await client.get("v1.0/budget_views")
        view = (await client.get("v1.0/budget_views")).json()[0]["id"]
        rows = await client.get(f"v1.0/budget_views/{view}/detail_rows", project_id=101)
        states = {each.name: await client.control("GET", f"state/{each.name}") for each in RESOURCES}
        seen.append((rows.json(), states))
        sandbox.close()
    assert seen[0] == seen[1]
    assert seen[0][0][0]["Revised Budget"] == "259.00"


def test_an_index_follows_every_change_and_every_undo() -> None:
    world = World(NoStore())
    rows = world.collection("lines")
    for number in range(6):
        rows.put({"id": number, "project_id": number % 2, "code": "a"})
    world.commit()
    assert [row["id"] for row in rows.where(project_id=0)] == [0, 2, 4]
    rows.put({"id": 2, "project_id": 1, "code": "a"})
    rows.put({"id": 4, "project_id": 0, "code": "b"})
    rows.remove(0)
    rows.put({"id": 9, "project_id": 0, "code": "a"})
    assert [row["id"] for row in rows.where(project_id=0)] == [4, 9]
    assert [row["id"] for row in rows.where(project_id=0, code="a")] == [9]
    assert [row["id"] for row in rows.where(project_id=1)] == [1, 3, 5, 2]
    world.undo()
    assert sorted(row["id"] for row in rows.where(project_id=0)) == [0, 2, 4]
    assert sorted(row["id"] for row in rows.where(project_id=1, code="a")) == [1, 3, 5]
    assert rows.where(project_id=7) == []
