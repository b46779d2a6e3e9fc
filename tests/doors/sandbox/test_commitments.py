"""Purchase orders and subcontracts: what is written, computed, frozen, marked, filtered and deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client

# collection → key of its records in a body
KINDS = {
    "purchase_order_contracts": "purchase_order_contract",
    "work_order_contracts": "work_order_contract",
}
EACH = pytest.mark.parametrize("collection", KINDS)
LINE = {"wbs_code_id": 501, "amount": "1000.00"}


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, **{"company_id": None, "project_id": 101, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _write(client: Client, method: str, path: str, body: dict[str, Any], status: int) -> Any:
    answer = await client.http.request(method, f"/rest/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _make(client: Client, collection: str, code: int = 201, **fields: Any) -> Any:
    record = {"title": "Fourniture – Béton", "vendor_id": 201, **fields}
    return await _write(client, "POST", f"v1.0/{collection}", {"project_id": 101, KINDS[collection]: record}, code)


async def _change(client: Client, collection: str, row_id: int, code: int = 200, **fields: Any) -> Any:
    body = {"project_id": 101, KINDS[collection]: fields}
    return await _write(client, "PATCH", f"v1.0/{collection}/{row_id}", body, code)


async def _add_line(client: Client, collection: str, row_id: int, code: int = 201, **fields: Any) -> Any:
    body = {"project_id": 101, "line_item": {**LINE, **fields}}
    return await _write(client, "POST", f"v1.0/{collection}/{row_id}/line_items", body, code)


async def _sync(client: Client, path: str, **body: Any) -> tuple[list[Any], list[Any]]:
    content = await _write(client, "PATCH", path, body, 200)
    return content["entities"], content["errors"]


@EACH
async def test_an_order_is_shown_whole_with_the_totals_of_its_lines(strict: Client, collection: str) -> None:
    made = await _make(strict, collection, number="26-001", origin_id="M:1", origin_code="BC-1", retainage_percent="10")
    assert (made["status"], made["vendor"]["id"], made["vendor"]["company"]) == ("Draft", 201, "Béton Lévis ltée")
    await _add_line(strict, collection, made["id"], tax_code_id=331)
    await _add_line(strict, collection, made["id"], amount=None, quantity="3", unit_cost="33.335", uom="m3")
    shown = await _get(strict, f"v1.0/{collection}/{made['id']}")
    # 3 × 33.335 = 100.005: halves of a cent go up. 14.975 % of 1,000.00 is 149.75.
    assert [line["extended_amount"] for line in shown["line_items"]] == ["1000.00", "100.01"]
    assert [line["total_amount"] for line in shown["line_items"]] == ["1149.75", "100.01"]
    assert [line["extended_type"] for line in shown["line_items"]] == ["manual", "calculated"]
    assert (shown["grand_total"], shown["revised_contract"]) == ("1249.76", "1249.76")
    listed = (await _get(strict, f"v1.0/{collection}"))[-1]
    assert (listed["grand_total"], listed["origin_code"]) == ("1249.76", "BC-1")
    assert "line_items" not in listed


@EACH
async def test_an_order_of_the_start_keeps_its_amounts(strict: Client, collection: str) -> None:
    listed = (await _get(strict, f"v1.0/{collection}"))[0]
    shown = await _get(strict, f"v1.0/{collection}/{listed['id']}")
    assert (listed["number"], listed["vendor"]["company"]) == (f"26-{listed['id']}", "Béton Lévis ltée")
    assert (shown["grand_total"], shown["line_items"][0]["extended_amount"]) == ("5748.75", "5000.00")
    assert shown["line_items"][0]["wbs_code"]["flat_code"] == "03-100.MAT"


@EACH
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": "26-001"}, {"number": ["has already been taken"]}),
        ({"vendor_id": 999}, {"vendor_id": ["is invalid"]}),
        ({"origin_id": "M:1"}, {"origin_id": ["has already been taken"]}),
        ({"status": "Paid"}, {"status": ["is not included in the list"]}),
        ({"retainage_percent": "10 %"}, {"retainage_percent": ["is not a number"]}),
    ],
    ids=str,
)
async def test_an_order_that_breaks_a_rule_is_refused(
    client: Client, collection: str, fields: dict[str, Any], said: Any
) -> None:
    await _make(client, collection, number="26-001", origin_id="M:1")
    assert await _make(client, collection, 422, **fields) == {"errors": said}
    assert len(await _get(client, f"v1.0/{collection}")) == 2


@EACH
async def test_an_approved_order_keeps_vendor_lines_and_itself(strict: Client, collection: str) -> None:
    made = await _make(strict, collection)
    line = await _add_line(strict, collection, made["id"])
    await _change(strict, collection, made["id"], status="Approved")
    frozen = {"errors": {"vendor": ["cannot be changed while the contract is Approved"]}}
    assert await _change(strict, collection, made["id"], 422, vendor_id=202) == frozen
    schedule = {"base": ["The schedule of values cannot be changed while its contract is Approved"]}
    assert await _add_line(strict, collection, made["id"], 422) == {"errors": schedule}
    lines = f"v1.0/{collection}/{made['id']}/line_items"
    one = {"project_id": 101, "line_item": {"amount": "2.00"}}
    assert await _write(strict, "PATCH", f"{lines}/{line['id']}", one, 422) == {"errors": schedule}
    for path in (f"v1.0/{collection}/{made['id']}", f"{lines}/{line['id']}"):
        assert (await strict.http.delete(f"/rest/{path}?project_id=101")).status_code == 422
    # Set back, edited, approved again: everything in one call may change but the lines.
    changed = await _change(strict, collection, made["id"], status="Draft", vendor_id=202)
    assert changed["vendor"]["id"] == 202
    assert (await _write(strict, "PATCH", f"{lines}/{line['id']}", one, 200))["amount"] == "2.00"


@EACH
async def test_marks_are_set_by_id_on_frozen_orders_too(strict: Client, collection: str) -> None:
    made = [await _make(strict, collection, status="Approved", number=str(n)) for n in range(3)]
    updates = [{"id": row["id"], "origin_id": f"M:{row['id']}", "origin_code": row["number"]} for row in made]
    entities, errors = await _sync(
        strict, f"v1.0/{collection}/sync", project_id=101, updates=[*updates, {"id": 7, "origin_id": "M:7"}]
    )
    assert [row["origin_id"] for row in entities] == [update["origin_id"] for update in updates]
    assert [entry["errors"] for entry in errors] == [{"id": ["Entity with this ID not found"]}]
    found = await _get(strict, f"v1.0/{collection}", filters__origin_id=updates[1]["origin_id"])
    assert [row["id"] for row in found] == [made[1]["id"]]


async def test_a_sync_can_refuse_ids_of_purchase_orders_only(make_client: Callable[..., Client]) -> None:
    client = make_client(switches={"sync_refuses_id": ["purchase_order_contracts"]})
    await client.sign_in()
    refused = []
    for collection in KINDS:
        made = await _make(client, collection)
        update = {"id": made["id"], "origin_id": "M:1"}
        _, errors = await _sync(client, f"v1.0/{collection}/sync", project_id=101, updates=[update])
        refused.append([entry["errors"] for entry in errors])
        assert (await _change(client, collection, made["id"], origin_id="M:1"))["origin_id"] == "M:1"
    assert refused == [[{"id": ["is not permitted"]}], []]


@EACH
async def test_lines_of_one_order_are_synchronized_and_filtered(strict: Client, collection: str) -> None:
    made = await _make(strict, collection)
    lines = f"v1.0/{collection}/{made['id']}/line_items"
    updates = [{**LINE, "origin_id": f"M:L{n}", "amount": f"{n}.10"} for n in range(3)]
    first, errors = await _sync(strict, f"{lines}/sync?project_id=101", updates=updates)
    again, _ = await _sync(strict, f"{lines}/sync?project_id=101", updates=updates)
    assert (again, errors) == (first, [])
    assert [row["position"] for row in first] == [1, 2, 3]
    changed, _ = await _sync(
        strict, f"{lines}/sync?project_id=101", updates=[{"id": first[0]["id"], "amount": "-5.00"}]
    )
    assert changed[0]["amount"] == "-5.00"
    assert [row["amount"] for row in await _get(strict, lines, filters__cost_code_id=402)] == ["-5.00", "1.10", "2.10"]
    assert await _get(strict, lines, filters__cost_code_id=401) == []
    assert set((await _get(strict, lines, view="ssov_source_lines"))[0]) == {
        *("id", "amount", "description", "position", "wbs_code", "currency_configuration")
    }


@EACH
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "1,000.00"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"quantity": "three", "unit_cost": "1"}, "quantity"),
        ({"wbs_code_id": 9}, "wbs_code_id"),
        ({"wbs_code_id": None}, "cost_code"),
        ({"uom": "barrel"}, "uom"),
    ],
    ids=str,
)
async def test_a_line_that_breaks_a_rule_is_refused(
    client: Client, collection: str, fields: dict[str, Any], field: str
) -> None:
    made = await _make(client, collection)
    assert list((await _add_line(client, collection, made["id"], 422, **fields))["errors"]) == [field]
    assert await _get(client, f"v1.0/{collection}/{made['id']}/line_items") == []


@EACH
async def test_lines_stand_in_an_order_of_their_own_project(client: Client, collection: str) -> None:
    made = await _make(client, collection)
    code = await client.control(
        "POST", "state/wbs_codes", {"project_id": 102, "cost_code_id": 403, "line_item_type_id": 321}
    )
    body = {"project_id": 102, "line_item": {"wbs_code_id": code["id"], "amount": "1.00"}}
    await _write(client, "POST", f"v1.0/{collection}/{made['id']}/line_items", body, 404)
    assert await _get(client, f"v1.0/{collection}/{made['id']}/line_items") == []


@EACH
@pytest.mark.parametrize("touches", [True, False])
async def test_a_changed_line_moves_its_order_as_the_switch_says(
    make_client: Callable[..., Client], collection: str, touches: bool
) -> None:
    client = make_client(switches={"lines_touch_contract": touches})
    await client.sign_in()
    made = await _make(client, collection)
    client.sandbox.clock.advance(60)
    await _add_line(client, collection, made["id"])
    shown = await _get(client, f"v1.0/{collection}/{made['id']}")
    assert (shown["updated_at"] > made["updated_at"]) is touches


@EACH
async def test_deleted_orders_show_in_lists_only_when_asked_for(strict: Client, collection: str) -> None:
    old = (await _get(strict, f"v1.0/{collection}"))[0]["id"]
    kept, gone = await _make(strict, collection), await _make(strict, collection, origin_id="M:1")
    strict.sandbox.clock.advance(60)
    answer = await strict.http.delete(f"/rest/v1.0/{collection}/{gone['id']}?project_id=101")
    assert answer.status_code == 200
    listed = {
        asked: [row["id"] for row in await _get(strict, f"v1.0/{collection}", filters__include_deleted=asked)]
        for asked in (None, "with", "only")
    }
    assert listed == {None: [old, kept["id"]], "with": [old, kept["id"], gone["id"]], "only": [gone["id"]]}
    changed = await _get(
        strict,
        f"v1.0/{collection}",
        filters__include_deleted="with",
        filters__updated_at="2026-01-05T12:01:00Z...2026-01-06",
    )
    assert [(row["id"], row["deleted_at"]) for row in changed] == [(gone["id"], "2026-01-05T12:01:00Z")]
    shown = await strict.get(f"v1.0/{collection}/{gone['id']}", company_id=None, project_id=101)
    assert shown.status_code == 404
    # The mark is free again: the same order may be made anew.
    assert (await _make(strict, collection, origin_id="M:1"))["id"] != gone["id"]


async def test_orders_of_a_project_without_the_tool_are_refused(client: Client) -> None:
    for row in await _get(client, "v1.0/projects/102/tools", project_id=None):
        body = {"tools": [{"id": row["id"], "is_active": False}]}
        if row["engine_name"] == "commitments":
            await _write(client, "PATCH", "v1.0/projects/102/tools", body, 200)
    for collection in KINDS:
        assert (await client.get(f"v1.0/{collection}", company_id=None, project_id=102)).status_code == 403


@EACH
async def test_another_user_can_make_and_change_an_order(client: Client, collection: str) -> None:
    made = await client.control(
        "POST", f"state/{collection}", {"project_id": 101, "vendor_id": 201, "status": "Approved", "number": "9"}
    )
    await client.control("POST", f"state/{collection}", {"id": made["id"], "title": "Autre titre"})
    shown = await _get(client, f"v1.0/{collection}/{made['id']}")
    assert (shown["title"], shown["vendor"]["id"], shown["status"]) == ("Autre titre", 201, "Approved")
