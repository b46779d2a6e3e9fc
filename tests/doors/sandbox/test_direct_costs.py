"""Direct costs and their lines: what is written, computed, refused, locked, filtered and deleted."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest

from .conftest import Client

V10, V11 = "v1.0/projects/101/direct_costs", "v1.1/projects/101/direct_costs"
INVOICE = {"invoice_number": "F-2", "vendor_id": 201, "direct_cost_type": "invoice"}


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, company_id=None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _write(client: Client, method: str, path: str, body: dict[str, Any], status: int) -> Any:
    answer = await client.http.request(method, f"/rest/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _sync(client: Client, path: str, *updates: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    content = await _write(client, "PATCH", f"{path}/sync", {"updates": list(updates)}, 200)
    return content["entities"], content["errors"]


async def test_a_start_row_is_shown_with_the_totals_of_its_lines(strict: Client) -> None:
    listed = (await _get(strict, V10))[0]
    shown = await _get(strict, f"{V11}/601")
    assert (listed["vendor"], listed["amount"], listed["grand_total"]) == ("Béton Lévis ltée", "1250.75", "1250.75")
    assert (shown["vendor"]["id"], shown["line_items_count"]) == (201, 1)
    assert [(line["wbs_code"]["flat_code"], line["amount"]) for line in shown["line_items"]] == [
        ("03-100.MAT", "1250.75")
    ]


async def test_an_invoice_with_its_lines_is_written_in_one_call(strict: Client) -> None:
    lines = [
        {"wbs_code_id": 501, "quantity": 3, "unit_cost": 33.335, "uom": "m3"},
        {"wbs_code_id": 501, "manual_amount": -20.5, "origin_id": "M:L2"},
    ]
    made = await _write(strict, "POST", V11, {"direct_cost": {**INVOICE, "line_items": lines}}, 201)
    # 3 × 33.335 = 100.005: halves of a cent go up.
    assert [line["amount"] for line in made["line_items"]] == ["100.01", "-20.50"]
    assert [line["extended_type"] for line in made["line_items"]] == ["calculated", "manual"]
    assert (made["grand_total"], made["line_items_count"], made["status"]) == ("79.51", 2, "draft")
    second = made["line_items"][1]["id"]
    changed = await _write(
        strict,
        "PATCH",
        f"{V11}/{made['id']}",
        {"direct_cost": {"line_items": [{"id": second, "manual_amount": 0.5}]}},
        200,
    )
    assert changed["grand_total"] == "100.51"


@pytest.mark.parametrize(("count", "status"), [(100, 201), (101, 400)])
async def test_at_most_a_hundred_lines_are_written_at_once(strict: Client, count: int, status: int) -> None:
    lines = [{"wbs_code_id": 501, "manual_amount": 1}] * count
    await _write(strict, "POST", V11, {"direct_cost": {**INVOICE, "line_items": lines}}, status)
    assert len(await _get(strict, V10)) == (2 if status == 201 else 1)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"vendor_id": None}, 422, {"errors": {"vendor": ["can't be blank"]}}),
        ({"vendor_id": 999}, 422, {"errors": {"vendor_id": ["is invalid"]}}),
        ({"origin_id": "M:1"}, 422, {"errors": {"origin_id": ["has already been taken"]}}),
        ({"status": "paid"}, 422, {"errors": {"status": ["is not included in the list"]}}),
        ({"line_items": [{"wbs_code_id": 9}]}, 422, {"errors": {"line_items": ["line 1: wbs_code_id is invalid"]}}),
        (
            {"line_items": [{"wbs_code_id": 501, "uom": "barrel"}]},
            422,
            {"errors": {"line_items": ["line 1: uom is not included in the list"]}},
        ),
        (
            {"line_items": [{"wbs_code_id": 501, "manual_amount": "1,250.00"}]},
            422,
            {"errors": {"line_items": ["line 1: manual_amount is not a number"]}},
        ),
    ],
    ids=str,
)
async def test_an_invoice_that_breaks_a_rule_leaves_nothing(
    client: Client, change: dict[str, Any], status: int, said: dict[str, Any]
) -> None:
    await _sync(client, V10, {**INVOICE, "origin_id": "M:1"})
    assert await _write(client, "POST", V11, {"direct_cost": {**INVOICE, **change}}, status) == said
    assert len(await _get(client, V10)) == 2


async def test_payroll_needs_no_vendor_in_a_sync(strict: Client) -> None:
    entities, errors = await _sync(
        strict,
        V10,
        {"direct_cost_type": "payroll", "origin_id": "M:P1"},
        {"direct_cost_type": "expense", "origin_id": "M:P2", "currency_iso_code": "USD"},
        {"direct_cost_type": "invoice", "origin_id": "M:P3"},
    )
    assert [row["origin_id"] for row in entities] == ["M:P1", "M:P2"]
    assert entities[1]["currency_configuration"]["currency_iso_code"] == "USD"
    assert errors[0]["errors"] == {"vendor": ["can't be blank"]}


async def test_lines_of_many_direct_costs_are_synchronized_in_one_call(strict: Client) -> None:
    headers, _ = await _sync(
        strict, V10, *({**INVOICE, "invoice_number": f"F{n}", "origin_id": f"M:{n}"} for n in range(3))
    )
    updates = [
        {"direct_cost_id": row["id"], "origin_id": f"M:{row['id']}:1", "wbs_code_id": 501, "amount": 10.25}
        for row in headers
    ]
    entities, errors = await _sync(strict, f"{V10}/line_items", *updates)
    again, _ = await _sync(strict, f"{V10}/line_items", *updates)
    assert (len(entities), errors) == (3, [])
    assert [row["id"] for row in again] == [row["id"] for row in entities]
    assert [row["grand_total"] for row in await _get(strict, V10)][1:] == ["10.25"] * 3


@pytest.mark.parametrize(
    ("update", "field"),
    [
        ({"wbs_code_id": 501}, "direct_cost_id"),
        ({"direct_cost_id": 999, "wbs_code_id": 501}, "direct_cost_id"),
        ({"direct_cost_id": 601}, "cost_code"),
        ({"direct_cost_id": 601, "cost_code_id": 403, "line_item_type_id": 321}, "cost_code_id"),
        ({"direct_cost_id": 601, "wbs_code_id": 501, "cost_code_id": 401}, "wbs_code_id"),
        ({"direct_cost_id": 601, "wbs_code_id": 501, "amount": "NaN"}, "amount"),
        ({"direct_cost_id": 601, "wbs_code_id": 501, "tax_code_id": 9}, "tax_code_id"),
    ],
    ids=str,
)
async def test_a_line_that_breaks_a_rule_is_refused_alone(client: Client, update: dict[str, Any], field: str) -> None:
    good = {"direct_cost_id": 601, "wbs_code_id": 501, "amount": "5.005"}
    entities, errors = await _sync(client, f"{V10}/line_items", update, good)
    assert [row["amount"] for row in entities] == ["5.01"]
    assert [list(row["errors"]) for row in errors] == [[field]]


async def test_a_cost_code_and_a_cost_type_make_the_budget_code_that_is_missing(strict: Client) -> None:
    pair = {"direct_cost_id": 601, "cost_code_id": 401, "line_item_type_id": 322}
    entities, _ = await _sync(strict, f"{V10}/line_items", {**pair, "amount": 1}, {**pair, "amount": 2})
    assert {row["wbs_code"]["flat_code"] for row in entities} == {"03.MO"}
    assert len({row["wbs_code"]["id"] for row in entities}) == 1


async def test_tax_stands_in_the_totals_and_never_in_the_amount(strict: Client) -> None:
    line = {"direct_cost_id": 601, "wbs_code_id": 501, "amount": 100, "tax_code_id": 331}
    entities, _ = await _sync(strict, f"{V10}/line_items", line)
    shown = await _get(strict, f"{V10}/601")
    listed = (await _get(strict, V10))[0]
    assert (entities[0]["amount"], entities[0]["total_amount"]) == ("100.00", "114.98")
    assert (listed["amount"], shown["grand_total"]) == ("1350.75", "1365.73")


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        (V10, {"filters__invoice_number": "F-1001"}, [601]),
        (V11, {"filters__origin_id": "none"}, []),
        (V11, {"filters__received_date": "2025-12-10...2025-12-10"}, [601]),
        (V11, {"filters__received_date": "2025-12-11...2025-12-12"}, []),
        (V10, {"filters__id": "601"}, [601]),
        (f"{V10}/line_items", {"filters__direct_cost_id": 601}, [611]),
        (f"{V10}/line_items", {"filters__cost_code_id": "401"}, []),
        (f"{V10}/601/line_items", {"filters__line_item_type_id": 321}, [611]),
        ("v1.1/projects/102/direct_costs", {}, []),
    ],
    ids=str,
)
async def test_lists_are_filtered(strict: Client, path: str, query: dict[str, Any], found: list[int]) -> None:
    assert [row["id"] for row in await _get(strict, path, **query)] == found


async def test_single_lines_are_made_changed_and_deleted(strict: Client) -> None:
    own = f"{V10}/601/line_items"
    made = await _write(strict, "POST", own, {"line_item": {"wbs_code_id": 501, "quantity": 2, "unit_cost": 4.1}}, 201)
    changed = await _write(strict, "PATCH", f"{own}/{made['id']}", {"line_item": {"quantity": 3}}, 200)
    assert (made["amount"], changed["amount"], changed["position"]) == ("8.20", "12.30", 2)
    assert (await strict.http.delete(f"/rest/{own}/{made['id']}")).status_code == 200
    assert [row["id"] for row in await _get(strict, own)] == [611]


async def test_a_deleted_direct_cost_takes_its_lines_along(strict: Client) -> None:
    answer = await strict.http.delete(f"/rest/{V11}/601")
    assert (answer.status_code, answer.json()) == (200, {"id": 601})
    assert await _get(strict, f"{V10}/line_items") == []


@pytest.mark.parametrize(("switch", "status"), [("nobody", 200), ("people", 200), ("everyone", 409)])
async def test_a_marked_direct_cost_is_locked_as_the_switch_says(client: Client, switch: str, status: int) -> None:
    headers, _ = await _sync(client, V10, {**INVOICE, "origin_id": "M:1"})
    await client.control("POST", "switches", {"direct_costs_locked_by_origin_id": switch})
    await _write(client, "PATCH", f"{V10}/{headers[0]['id']}", {"item": {"terms": "Net 30"}}, status)
    _entities, errors = await _sync(client, V10, {"origin_id": "M:1", "terms": "Net 45"})
    assert bool(errors) is (status == 409)
    assert (await client.http.delete(f"/rest/{V10}/{headers[0]['id']}")).status_code == status


async def test_lines_move_the_time_of_their_direct_cost_as_the_switch_says(client: Client) -> None:
    client.sandbox.clock.advance(3600)
    before = (await _get(client, f"{V10}/601"))["updated_at"]
    await _sync(client, f"{V10}/line_items", {"id": 611, "amount": 1})
    still = (await _get(client, f"{V10}/601"))["updated_at"]
    await client.control("POST", "switches", {"lines_touch_direct_cost": True})
    await _sync(client, f"{V10}/line_items", {"id": 611, "amount": 2})
    moved = (await _get(client, f"{V10}/601"))["updated_at"]
    assert (before, moved) == (still, "2026-01-05T13:00:00Z")


async def test_a_project_without_the_tool_refuses_with_403(strict: Client) -> None:
    made = await _write(strict, "POST", "v1.0/projects", {"company_id": 598134325700001, "project": {"name": "X"}}, 201)
    path = f"v1.1/projects/{made['id']}/direct_costs"
    refused = await strict.get(path, company_id=None)
    tools = await _get(strict, f"v1.0/projects/{made['id']}/tools")
    tool = next(row for row in tools if row["title"] == "Direct Costs")
    body = {"tools": [{"id": tool["id"], "is_active": True}]}
    await _write(strict, "PATCH", f"v1.0/projects/{made['id']}/tools", body, 200)
    assert (refused.status_code, "not active" in refused.json()["message"]) == (403, True)
    assert await _get(strict, path) == []


async def test_a_thousand_lines_are_synchronized_quickly(client: Client) -> None:
    updates = [
        {"direct_cost_id": 601, "origin_id": f"M:{n}", "wbs_code_id": 501, "amount": n / 100} for n in range(1000)
    ]
    started = perf_counter()
    entities, errors = await _sync(client, f"{V10}/line_items", *updates)
    seconds = perf_counter() - started
    assert (len(entities), errors) == (1000, [])
    # 0.15 s is the aim on a quiet machine; a shared one may take three times that.
    assert seconds < 0.45


@pytest.mark.parametrize("collection", ["direct_costs", "direct_cost_line_items", "wbs_codes"])
async def test_the_control_interface_gives_back_what_it_showed(client: Client, collection: str) -> None:
    before = await client.control("GET", f"state/{collection}")
    for row in before:
        await client.control("POST", f"state/{collection}", row)
    assert await client.control("GET", f"state/{collection}") == before
