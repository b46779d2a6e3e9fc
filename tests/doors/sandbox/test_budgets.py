"""Budgets: lines by sync, lock, changes, modifications, and what a view adds up."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import COMPANY, Client

PROJECT = "v1.0/projects/101"
LOCKED = "The original_budget_amount cannot be updated for a locked budget."


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, company_id=None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _write(client: Client, method: str, path: str, body: dict[str, Any] | None, status: int) -> Any:
    answer = await client.http.request(method, f"/rest/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def _sync(client: Client, *lines: dict[str, Any], status: int = 200) -> Any:
    body = {"project_id": 101, "budget_line_items": list(lines)}
    return await _write(client, "POST", "v1.0/budget_line_items/sync", body, status)


async def _rows(client: Client, **query: Any) -> dict[Any, Any]:
    """Rows of the standard view by WBS code."""
    view = (await _get(client, "v1.0/budget_views"))[0]
    rows = await _get(client, f"v1.0/budget_views/{view['id']}/detail_rows", project_id=101, **query)
    return {row["wbs_code_id"]: row for row in rows}


async def _second_code(client: Client) -> int:
    """A second WBS code of the project."""
    body = {"cost_code_id": 401, "line_item_type_id": 322, "project_id": 101}
    made: int = (await client.control("POST", "state/wbs_codes", body))["id"]
    return made


async def _change(client: Client, status: str, *lines: dict[str, Any], number: int | None = None) -> Any:
    body: dict[str, Any] = {"status": status, "title": "MST:1", "adjustment_line_items": list(lines)}
    if number is not None:
        body["number"] = number
    return (await _write(client, "POST", f"{PROJECT}/budget_changes", body, 201))["data"]


async def test_lines_are_written_by_one_sync_and_found_again_by_their_code(strict: Client) -> None:
    other = await _second_code(strict)
    made = await _sync(
        strict,
        {"wbs_code_id": 501, "original_budget_amount": 1000.5},
        {"wbs_code_id": other, "quantity": 3, "unit_cost": 33.335, "calculation_strategy": "automatic", "uom": "m3"},
    )
    again = await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 1200})
    by_id = await _sync(strict, {"id": made[1]["id"], "wbs_code_id": other, "unit_cost": 1})
    assert [row["original_budget_amount"] for row in made] == [1000.5, 100.01]
    assert (again[0]["id"], again[0]["original_budget_amount"]) == (made[0]["id"], 1200.0)
    assert by_id[0]["original_budget_amount"] == 3.0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"wbs_code_id": 9}, "wbs_code_id is invalid"),
        ({"wbs_code_id": 501, "uom": "barrel"}, "uom is not included in the list"),
        ({"id": 7, "wbs_code_id": 501}, "id Entity with this ID not found"),
        ({"wbs_code_id": 501, "original_budget_amount": "1,000"}, "original_budget_amount is not a number"),
    ],
    ids=str,
)
async def test_one_bad_line_refuses_the_whole_call_unless_the_switch_says_so(
    client: Client, line: dict[str, Any], said: str
) -> None:
    other = await _second_code(client)
    refused = await _sync(client, {"wbs_code_id": other, "original_budget_amount": 5}, line, status=422)
    assert refused == {"message": said, "error": said}
    assert await _rows(client) == {}
    await client.control("POST", "switches", {"budget_sync_refusal": "entry"})
    kept = await _sync(client, {"wbs_code_id": other, "original_budget_amount": 5}, line)
    assert [row["wbs_code"]["id"] for row in kept] == [other]


async def test_a_second_line_for_one_code_is_refused(strict: Client) -> None:
    await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 1})
    body = {"project_id": 101, "budget_line_item": {"wbs_code_id": 501}}
    refused = await _write(strict, "POST", "v1.1/budget_line_items", body, 422)
    await strict.control("POST", "switches", {"budget_sync_finds_by_code": False})
    by_sync = await _sync(strict, {"wbs_code_id": 501}, status=422)
    assert (
        refused == by_sync == {"message": "This Budget Code already exists", "error": "This Budget Code already exists"}
    )


async def test_a_locked_budget_keeps_its_amounts(strict: Client) -> None:
    made = await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 100})
    assert await _write(strict, "POST", f"{PROJECT}/budget/lock", None, 201) == {"locked": True}
    assert (await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 101}, status=422))["error"] == LOCKED
    body = {"project_id": 101, "budget_line_item": {"original_budget_amount": 101}}
    refused = await _write(strict, "PATCH", f"v1.1/budget_line_items/{made[0]['id']}", body, 422)
    assert refused["message"] == LOCKED
    zero = await _sync(strict, {"wbs_code_id": await _second_code(strict), "original_budget_amount": 0})
    same = await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 100})
    assert (zero[0]["original_budget_amount"], same[0]["original_budget_amount"]) == (0.0, 100.0)
    assert await _get(strict, f"{PROJECT}/budget") == {"locked": True}


async def test_the_lock_of_another_user_is_seen(strict: Client) -> None:
    await strict.control("POST", "state/budget", {"project_id": 101, "locked": True})
    assert await _get(strict, f"{PROJECT}/budget") == {"locked": True}
    assert await _get(strict, "v1.0/projects/102/budget") == {"locked": False}


async def test_unlocking_destroys_transfers_only_when_told_to(strict: Client) -> None:
    await _write(strict, "POST", f"{PROJECT}/budget/lock", None, 201)
    await _change(strict, "approved", {"wbs_code_id": 501, "amount": 10})
    await _write(strict, "DELETE", f"{PROJECT}/budget/lock", None, 422)
    assert len((await _get(strict, f"{PROJECT}/budget_changes"))["data"]) == 1
    path = f"{PROJECT}/budget/lock?destroy_all_budget_line_item_transfers=true"
    assert await _write(strict, "DELETE", path, None, 200) == {"locked": False}
    assert (await _get(strict, f"{PROJECT}/budget_changes"))["data"] == []


async def test_a_view_adds_original_changes_and_approved_direct_costs(strict: Client) -> None:
    other = await _second_code(strict)
    await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 2000.1})
    transfer = {"adjustment_number": 1, "amount": 50.25, "type": "change_event"}
    await _change(
        strict,
        "approved",
        {**transfer, "wbs_code_id": other, "comment": "why"},
        {**transfer, "wbs_code_id": 501, "amount": -50.25, "type": "budget_change"},
    )
    await _change(strict, "under_review", {"wbs_code_id": 501, "amount": 7})
    budgeted, every = await _rows(strict), await _rows(strict, budget_row_type="all")
    row = budgeted[501]
    assert (row["original_budget_amount"], row["budget_modifications"]) == ("2000.10", "-50.25")
    assert (row["Revised Budget"], row["Pending Budget Changes"], row["Direct Costs"]) == ("2199.85", "7.00", "1250.75")
    assert (row["cost_code"], row["root_cost_code_id"], row["category"]) == ("03-100 - Coffrages", 401, "Matériaux")
    assert (list(budgeted), set(every), every[other]["id"]) == ([501], {501, other}, None)
    assert list(await _rows(strict, budget_row_type="all", category_id=322)) == [other]


async def test_the_older_line_shows_what_became_of_the_amount(strict: Client) -> None:
    item = {"cost_code_id": 402, "line_item_type_id": 321, "original_budget_amount": 500}
    made = await _write(strict, "POST", "v1.0/budget_line_items", {"project_id": 101, "budget_line_item": item}, 201)
    await _change(strict, "approved", {"wbs_code_id": 501, "amount": 25})
    shown = await _get(strict, f"v1.0/budget_line_items/{made['id']}", project_id=101)
    assert (shown["revised_budget"], shown["direct_costs"], shown["division"]["id"]) == (775.0, 1250.75, 401)


async def test_columns_and_summaries_follow_the_view(strict: Client) -> None:
    await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 10})
    await _sync(strict, {"wbs_code_id": await _second_code(strict), "original_budget_amount": 5})
    view = (await _get(strict, "v1.0/budget_views", project_id=101))[0]
    base = f"v1.0/budget_views/{view['id']}"
    columns = await _get(strict, f"{base}/budget_detail_columns", project_id=101)
    sums = await _get(strict, f"{base}/summary_rows", project_id=101, group_by="root_cost_code")
    assert {"Original Budget Amount", "Budget Modifications", "Direct Costs"} <= {row["name"] for row in columns}
    assert [(row["name"], row["original_budget_amount"], len(row["budget_line_item_ids"])) for row in sums] == [
        ("03 - Béton", "15.00", 2)
    ]
    assert view["links"]["detail_rows"].endswith(f"{view['id']}/detail_rows")


async def test_the_details_of_a_view_name_each_line_behind_an_amount(strict: Client) -> None:
    await _sync(strict, {"wbs_code_id": 501, "original_budget_amount": 10})
    view = (await _get(strict, "v1.0/budget_views"))[0]["id"]
    path = f"v1.0/budget_views/{view}/budget_details?project_id=101"
    every = await _write(strict, "POST", path, {}, 200)
    costs = await _write(strict, "POST", path, {"filters": {"vendor": [201]}}, 200)
    assert [row["detail_type"]["name"] for row in every] == [
        "Original Budget Amount",
        "Prime Contract Change Orders",
        "Commitments",
        "Commitment Change Orders",
        "Direct Costs",
    ]
    shown = [(row["item"], row["Direct Costs"], row["cost_code"]["id"]) for row in costs if "Direct Costs" in row]
    assert shown == [("F-1001", "1250.75", 402)]


async def test_a_budget_change_gets_the_next_number_and_shows_its_lines(strict: Client) -> None:
    first = await _change(strict, "draft", {"wbs_code_id": 501, "quantity": 2, "unit_cost": 1.5, "ref": "a",
                                             "calculation_strategy": "automatic"})  # fmt: skip
    second = await _change(strict, "draft")
    path = f"{PROJECT}/budget_changes/{first['id']}"
    shown = (await _get(strict, path))["data"]
    assert (first["number"], second["number"], shown["amount"], shown["title"]) == (1, 2, 3.0, "MST:1")
    line = shown["adjustment_line_items"][0]
    assert (line["wbs_code"]["flat_code"], line["amount"], line["ref"]) == ("03-100.MAT", 3.0, "a")
    edits = [{"id": line["id"], "_delete": True}, {"wbs_code_id": 501, "amount": -4.5}]
    changed = await _write(strict, "PATCH", path, {"adjustment_line_items": edits, "status": "approved"}, 200)
    assert [row["amount"] for row in changed["data"]["adjustment_line_items"]] == [-4.5]
    assert changed["data"]["status"] == "approved"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"wbs_code_id": 9}], "line 1: wbs_code_id is invalid"),
        ([{"wbs_code_id": 501, "amount": "x"}], "line 1: amount is not a number"),
        ([{"id": 5, "wbs_code_id": 501}], "line 1: id is invalid"),
        (
            [
                {"wbs_code_id": 501, "adjustment_number": 1},
                {"wbs_code_id": 501, "adjustment_number": 1, "comment": "x"},
            ],
            "line 2: comment may stand on the first line of an adjustment only",
        ),
    ],
    ids=str,
)
async def test_a_budget_change_with_a_bad_line_leaves_nothing(
    client: Client, lines: list[dict[str, Any]], said: str
) -> None:
    body = {"status": "draft", "adjustment_line_items": lines}
    refused = await _write(client, "POST", f"{PROJECT}/budget_changes", body, 422)
    assert refused == {"errors": {"adjustment_line_items": [said]}}
    assert (await _get(client, f"{PROJECT}/budget_changes"))["data"] == []


async def test_an_approved_budget_change_is_final_but_for_its_status(strict: Client) -> None:
    made = await _change(strict, "approved", {"wbs_code_id": 501, "amount": 1})
    path = f"{PROJECT}/budget_changes/{made['id']}"
    await _write(strict, "PATCH", path, {"title": "Another"}, 422)
    await _write(strict, "PATCH", path, {"adjustment_line_items": []}, 422)
    await _write(strict, "DELETE", path, None, 422)
    await _write(strict, "PATCH", path, {"status": "void"}, 200)
    await _write(strict, "DELETE", path, None, 204)


async def test_modifications_are_read_only_after_the_migration(strict: Client) -> None:
    made = await _sync(
        strict,
        {"wbs_code_id": 501, "original_budget_amount": 100},
        {"wbs_code_id": await _second_code(strict), "original_budget_amount": 0},
    )
    path = f"{PROJECT}/budget_modifications"
    transfer = {
        "from_budget_line_item_id": made[0]["id"],
        "to_budget_line_item_id": made[1]["id"],
        "transfer_amount": "30.5",
        "origin_id": "M:1",
    }
    refused = await strict.http.post(f"/rest/{path}", json={"budget_modification": transfer})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    await strict.control("POST", "switches", {"budget_modifications_migrated": False})
    kept = await _write(strict, "POST", path, {"budget_modification": transfer}, 201)
    assert kept["transfer_amount"] == "30.50"
    rows = await _rows(strict)
    assert [row["Revised Budget"] for row in rows.values()] == ["319.50", "30.50"]
    await strict.control("POST", "switches", {"budget_modifications_migrated": True})
    assert (await strict.http.delete(f"/rest/{path}/{kept['id']}")).status_code == 405
    assert [row["id"] for row in await _get(strict, path)] == [kept["id"]]


async def test_a_line_goes_only_while_it_is_free(strict: Client) -> None:
    other = await _second_code(strict)
    made = await _sync(strict, {"wbs_code_id": 501}, {"wbs_code_id": other})
    base = f"v2.0/companies/{COMPANY}/projects/101/budget_line_items"
    await _write(strict, "DELETE", f"{base}/{made[0]['id']}", None, 422)
    await _write(strict, "DELETE", f"{base}/{made[1]['id']}", None, 204)
    assert list(await _rows(strict)) == [501]


async def test_a_project_without_the_budget_tool_refuses_every_part_of_it(strict: Client) -> None:
    view = (await _get(strict, "v1.0/budget_views"))[0]["id"]
    body = {"project_id": 101, "engine_name": "budgeting", "title": "Budget", "is_active": False}
    await strict.control("POST", "state/tools", body)
    for path in (
        f"{PROJECT}/budget",
        f"{PROJECT}/budget_changes",
        f"v1.0/budget_views/{view}/detail_rows?project_id=101",
        "v1.0/budget_views?project_id=101",
    ):
        answer = await strict.http.get(f"/rest/{path}")
        assert (path, answer.status_code) == (path, 403)
    assert (await _get(strict, "v1.0/cost_codes", project_id=101)) != []


@pytest.mark.parametrize("collection", ["budget", "budget_line_items", "budget_changes"])
async def test_the_control_interface_gives_back_what_it_showed(client: Client, collection: str) -> None:
    await _write(client, "POST", f"{PROJECT}/budget/lock", None, 201)
    await _sync(client, {"wbs_code_id": 501})
    await _change(client, "approved", {"wbs_code_id": 501, "amount": 12})
    before = await client.control("GET", f"state/{collection}")
    for row in before:
        if "id" in row:
            await client.control("POST", f"state/{collection}", row)
    assert before != []
    assert await client.control("GET", f"state/{collection}") == before
