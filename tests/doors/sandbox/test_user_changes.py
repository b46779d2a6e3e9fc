"""What another user does in Procore's pages: every change moves its time, and the totals that hang on it."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import COMPANY, Client

LATER = "2026-01-05T12:01:00Z"
PO, SC = "purchase_order_contracts", "work_order_contracts"
PO_LINES, SC_LINES = "purchase_order_contract_line_items", "work_order_contract_line_items"
PACKAGES, POTENTIALS = "change_order_packages", "potential_change_orders"
V20 = f"v2.0/companies/{COMPANY}/projects/101/commitment_contracts"


@pytest.fixture
async def user(make_client: Callable[..., Client]) -> Client:
    """A strict sandbox, one minute after its start."""
    client = make_client(strict=True)
    await client.sign_in()
    await client.control("POST", "clock", {"advance_seconds": 60})
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, **{"company_id": None, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _edit(client: Client, collection: str, **values: Any) -> Any:
    return await client.control("POST", f"state/{collection}", values)


async def _contract(client: Client, collection: str, row_id: int) -> Any:
    return await _get(client, f"v1.0/{collection}/{row_id}", project_id=101)


async def _columns(client: Client, *names: str) -> list[str]:
    view = (await _get(client, "v1.0/budget_views"))[0]["id"]
    query = {"project_id": 101, "budget_row_type": "all"}
    rows = await _get(client, f"v1.0/budget_views/{view}/detail_rows", **query)
    row = next(row for row in rows if row["wbs_code_id"] == 501)
    return [row[name] for name in names]


async def _changed(client: Client, **more: Any) -> list[str]:
    """Ids of the commitments that changed since the start."""
    found = await _get(client, V20, filters__updated_at=f"{LATER}...2026-12-31", **more)
    return [row["id"] for row in found["data"]]


@pytest.mark.parametrize(
    ("collection", "row_id", "statuses"),
    [(PO, 701, ("Approved", "Draft")), (SC, 702, ("Complete", "Approved", "Draft"))],
)
async def test_an_order_is_approved_reopened_edited_and_approved_again(
    user: Client, collection: str, row_id: int, statuses: tuple[str, ...]
) -> None:
    line_id = row_id + 10
    for status in statuses:
        assert (await _edit(user, collection, id=row_id, status=status))["updated_at"] == LATER
    await _edit(user, collection[:-1] + "_line_items", id=line_id, amount="6000.10")
    await _edit(user, collection, id=row_id, status="Approved")
    shown = await _contract(user, collection, row_id)
    assert (shown["status"], shown["grand_total"]) == ("Approved", "6898.61")
    line = shown["line_items"][0]
    assert (line["extended_amount"], line["total_amount"], line["updated_at"]) == ("6000.10", "6898.61", LATER)
    assert await _changed(user) == [str(row_id)]
    original = {PO: "11000.10", SC: "6000.10"}[collection]
    assert await _columns(user, "Commitments", "Commitment Change Orders") == [original, "250.00"]


async def test_an_edited_line_moves_its_order_though_the_header_stays(user: Client) -> None:
    await _edit(user, PO_LINES, id=711, quantity="2.5", unit_cost="0.33", extended_type="calculated")
    shown = await _contract(user, PO, 701)
    # 2.5 × 0.33 is 0.825: half a cent goes up.
    assert (shown["updated_at"], shown["line_items"][0]["extended_amount"]) == (LATER, "0.83")


async def test_a_typed_amount_makes_a_calculated_line_manual(user: Client) -> None:
    await _edit(user, PO_LINES, id=711, quantity="2", unit_cost="100", extended_type="calculated")
    line = await _edit(user, PO_LINES, id=711, amount="150")
    assert (line["extended_type"], line["extended_amount"]) == ("manual", "150.00")


async def test_lines_are_added_and_deleted_one_by_one(user: Client) -> None:
    made = await _edit(user, PO_LINES, project_id=101, purchase_order_contract_id=701, wbs_code_id=501, amount="10.00")
    assert (made["position"], made["holder"]["id"], made["wbs_code"]["id"]) == (2, 701, 501)
    assert (await _contract(user, PO, 701))["grand_total"] == "5758.75"
    await user.control("DELETE", f"state/{PO_LINES}/711")
    shown = await _contract(user, PO, 701)
    assert (shown["grand_total"], [line["id"] for line in shown["line_items"]]) == ("10.00", [made["id"]])


async def test_an_order_is_made_with_its_lines_in_one_record(user: Client) -> None:
    lines = [{"wbs_code": {"id": 501}, "amount": "7.50"}, {"wbs_code_id": 501, "quantity": "3", "unit_cost": "2"}]
    made = await _edit(user, PO, project_id=101, vendor_id=202, title="Acier", status="Approved", line_items=lines)
    assert (made["number"], made["vendor"]["company"]) == ("PO-002", "Acier d'Alma inc.")
    assert [line["extended_amount"] for line in made["line_items"]] == ["7.50", "6.00"]
    kept = made["line_items"][1]
    again = await _edit(user, PO, id=made["id"], line_items=[{"id": kept["id"], "quantity": "4"}])
    assert [(line["id"], line["extended_amount"]) for line in again["line_items"]] == [(kept["id"], "8.00")]
    assert await _columns(user, "Commitments") == ["5008.00"]


@pytest.mark.parametrize("collection", [PO, SC, PO_LINES, SC_LINES, PACKAGES, POTENTIALS, "prime_contracts",
                                        "direct_costs", "direct_cost_line_items", "requisitions"])  # fmt: skip
async def test_a_record_written_as_it_was_shown_changes_nothing(user: Client, collection: str) -> None:
    before = await user.control("GET", f"state/{collection}")
    for row in before:
        assert await _edit(user, collection, **row) == row
    assert before != []
    assert await user.control("GET", f"state/{collection}") == before


@pytest.mark.parametrize(("collection", "row_id"), [(PO, 701), (SC, 702)])
async def test_a_deleted_order_shows_in_the_lists_when_asked_for(user: Client, collection: str, row_id: int) -> None:
    await user.control("DELETE", f"state/{collection}/{row_id}")
    assert str(row_id) not in {row["id"] for row in (await _get(user, V20))["data"]}
    gone = (await _get(user, V20, filters__include_deleted="only"))["data"]
    assert [(row["id"], row["deleted_at"]) for row in gone] == [(str(row_id), LATER)]
    assert await _changed(user, filters__include_deleted="with") == [str(row_id)]
    older = await _get(user, f"v1.0/{collection}", project_id=101, filters__include_deleted="with")
    assert [row["deleted_at"] for row in older] == [LATER]
    assert await user.control("GET", f"state/{collection}") == []
    assert len(await user.control("GET", f"state/{collection}?include_deleted=with")) == 1
    assert (await user.http.delete(f"/control/state/{collection}/{row_id}")).status_code == 404


async def test_a_voided_subcontract_leaves_the_committed_costs(user: Client) -> None:
    await _edit(user, SC, id=702, status="Void")
    assert await _columns(user, "Commitments", "Commitment Change Orders") == ["0.00", "250.00"]


@pytest.mark.parametrize("status", ["pending", "void", "rejected", "draft"])
async def test_the_hidden_change_order_follows_its_package(user: Client, status: str) -> None:
    await _edit(user, PACKAGES, id=721, status=status)
    hidden = await _get(user, f"v1.0/{POTENTIALS}/731", project_id=101, contract_id=702)
    assert hidden["status"] == status
    changed = await _get(user, f"v1.0/{PACKAGES}", project_id=101, filters__updated_at=f"{LATER}...2026-12-31")
    assert [row["id"] for row in changed] == [721]


async def test_a_package_made_by_a_person_holds_its_lines_in_its_hidden_change_order(user: Client) -> None:
    lines = [{"wbs_code": {"id": 501}, "extended_amount": "40.00"}, {"wbs_code": {"id": 501}, "amount": "-15.50"}]
    made = await _edit(
        user, PACKAGES, project_id=101, contract_id=702, title="Ajout", status="approved", line_items=lines
    )
    assert (made["number"], made["grand_total"], len(made["line_items"])) == ("002", "24.50", 2)
    hidden = next(row for row in await user.control("GET", f"state/{POTENTIALS}") if row["title"] == "Ajout")
    assert [line["extended_amount"] for line in hidden["line_items"]] == ["40.00", "-15.50"]
    assert (await _contract(user, SC, 702))["approved_change_orders"] == "274.50"
    assert await _columns(user, "Commitment Change Orders") == ["274.50"]
    await _edit(user, "potential_change_order_line_items", id=hidden["line_items"][0]["id"], amount="41.00")
    shown = await _get(user, f"v1.0/{PACKAGES}/{made['id']}", project_id=101)
    assert (shown["grand_total"], len(shown["line_items"])) == ("25.50", 2)


@pytest.mark.parametrize("tiers", [2, 3])
@pytest.mark.parametrize("contract", [702, 703])
async def test_packages_of_more_tiers_hide_nothing_and_count_each_line_once(
    user: Client, tiers: int, contract: int
) -> None:
    where = {"project_id": 101, "contract_id": contract}
    package = await _edit(user, PACKAGES, **where, title="Lot", status="approved")
    above = {"change_order_package_id": package["id"]}
    if tiers == 3:
        request = await _edit(user, "change_order_requests", **where, title="Demande", **above)
        above = {"change_order_request_id": request["id"]}
    for amount in ("100.00", "11.11"):
        line = {"wbs_code_id": 501, "amount": amount}
        made = await _edit(user, POTENTIALS, **where, title="Ajout", **above, line_items=[line])
        assert made["grand_total"] == amount
    shown = await _get(user, f"v1.0/{PACKAGES}/{package['id']}", project_id=101)
    assert (shown["grand_total"], len(shown["line_items"])) == ("111.11", 2)
    potentials = await user.control("GET", f"state/{POTENTIALS}")
    assert [row["title"] for row in potentials if row["contract_id"] == contract][1:] == ["Ajout", "Ajout"]
    column = {702: "Commitment Change Orders", 703: "Approved COs"}[contract]
    assert await _columns(user, column) == ["361.11"]
    await user.control("DELETE", f"state/{POTENTIALS}/{made['id']}")
    assert await _columns(user, column) == ["350.00"]
    assert (await _get(user, f"v1.0/{PACKAGES}/{package['id']}", project_id=101))["grand_total"] == "100.00"


async def test_a_direct_cost_edited_by_a_person_shows_in_lists_and_budget(user: Client) -> None:
    line = {"wbs_code_id": 501, "amount": "9.99"}
    made = await _edit(user, "direct_costs", id=601, line_items=[{"id": 611}, line])
    assert (made["updated_at"], made["grand_total"]) == (LATER, "1260.74")
    await _edit(user, "direct_cost_line_items", id=611, amount=1300)
    found = await _get(user, "v1.0/projects/101/direct_costs", filters__updated_at=f"{LATER}...2026-12-31")
    assert [(row["id"], row["amount"]) for row in found] == [(601, "1309.99")]
    assert await _columns(user, "Direct Costs") == ["1309.99"]
    await _edit(user, "direct_costs", id=601, status="draft")
    assert await _columns(user, "Direct Costs") == ["0.00"]
    await user.control("DELETE", "state/direct_costs/601")
    assert await user.control("GET", "state/direct_cost_line_items") == []


async def test_a_budget_locked_by_a_person_keeps_its_amounts(user: Client) -> None:
    await _edit(user, "budget", project_id=101, locked=True)
    made = await _edit(user, "budget_line_items", project_id=101, wbs_code_id=501, original_budget_amount=0)
    await _edit(user, "budget_line_items", id=made["id"], original_budget_amount=12.5)
    assert await _columns(user, "Original Budget Amount") == ["12.50"]
    body = {"project_id": 101, "budget_line_items": [{"wbs_code_id": 501, "original_budget_amount": 13}]}
    assert (await user.http.post("/rest/v1.0/budget_line_items/sync", json=body)).status_code == 422
    await _edit(user, "budget", project_id=101, locked=False)
    assert (await user.http.post("/rest/v1.0/budget_line_items/sync", json=body)).status_code == 200


async def test_a_project_is_closed_and_reopened(user: Client) -> None:
    for is_active in (False, True):
        row = await _edit(user, "projects", id=101, active=is_active)
        assert (row["active"], row["updated_at"]) == (is_active, LATER)
        listed = await _get(user, "v1.1/projects", company_id=COMPANY)
        assert (101 in {project["id"] for project in listed}) is is_active


async def test_of_two_merged_companies_one_is_gone_and_the_other_has_everything(user: Client) -> None:
    await _edit(user, "vendors", id=202, project_ids=[102])
    kept = await _edit(user, "vendors", id=201, merged_into=202)
    assert (kept["id"], kept["origin_id"], kept["updated_at"]) == (202, "OLD:7", LATER)
    assert (await user.get("v1.0/vendors/201")).status_code == 404
    assert [row["vendor"]["id"] for name in (PO, SC) for row in await user.control("GET", f"state/{name}")] == [
        202,
        202,
    ]
    assert await _changed(user) == ["701", "702"]
    assert (await user.control("GET", "state/direct_costs"))[0]["vendor"]["id"] == 202


async def test_a_merged_company_may_stay_inactive_and_its_contracts_untouched(user: Client) -> None:
    await user.control("POST", "switches", {"merged_vendor": "inactive", "merge_touches_records": False})
    await _edit(user, "vendors", id=202, merged_into=201)
    inactive = await _get(user, f"v1.0/companies/{COMPANY}/vendors/inactive")
    assert {row["id"]: row["origin_id"] for row in inactive} == {202: None, 203: None}
    assert await _changed(user) == []


@pytest.mark.parametrize("primary", [201, 203, 999, None])
async def test_a_company_is_merged_into_another_active_one_only(user: Client, primary: int | None) -> None:
    answer = await user.http.post("/control/state/vendors", json={"id": 201, "merged_into": primary})
    assert answer.status_code == 400
    assert len(await user.control("GET", "state/vendors")) == 3


@pytest.mark.parametrize(
    ("collection", "values"),
    [
        (PO_LINES, {"id": 711, "amount": "1,000.00"}),
        (PO_LINES, {"project_id": 101, "purchase_order_contract_id": 701, "amount": "1.00"}),
        (PO, {"id": 701, "line_items": [{"colour": "red"}]}),
        (PO, {"title": "No project"}),
    ],
    ids=str,
)
async def test_an_edit_that_cannot_be_is_refused_whole(user: Client, collection: str, values: dict[str, Any]) -> None:
    before = await user.control("GET", f"state/{collection}")
    answer = await user.http.post(f"/control/state/{collection}", json=values)
    assert answer.status_code == 400, answer.text
    assert await user.control("GET", f"state/{collection}") == before


async def test_a_budget_modified_by_a_person_after_its_lock(user: Client) -> None:
    await _edit(user, "budget", project_id=101, locked=True)
    lines = [{"wbs_code_id": 501, "amount": "-50.25"}]
    made = await _edit(
        user, "budget_changes", project_id=101, status="under_review", title="MP", adjustment_line_items=lines
    )
    assert (made["number"], made["amount"]) == (1, -50.25)
    assert await _columns(user, "Budget Modifications", "Pending Budget Changes") == ["0.00", "-50.25"]
    await _edit(user, "budget_changes", id=made["id"], status="approved")
    assert await _columns(user, "Budget Modifications", "Pending Budget Changes") == ["-50.25", "0.00"]
    listed = (await _get(user, "v1.0/projects/101/budget_changes"))["data"]
    assert [(row["number"], row["status"], row["title"]) for row in listed] == [(1, "approved", "MP")]
    wrong = {"project_id": 101, "status": "draft", "adjustment_line_items": [{"wbs_code_id": 9, "amount": 1}]}
    assert (await user.http.post("/control/state/budget_changes", json=wrong)).status_code == 400


@pytest.mark.parametrize("collection", [PO, SC])
async def test_number_vendor_and_title_of_an_order_change(user: Client, collection: str) -> None:
    row_id = {PO: 701, SC: 702}[collection]
    await _edit(user, collection, id=row_id, number="26-X", vendor_id=202, title="Autre")
    row = next(row for row in (await _get(user, V20))["data"] if row["id"] == str(row_id))
    assert [row[name] for name in ("number", "vendor_id", "title", "updated_at")] == ["26-X", "202", "Autre", LATER]
    assert (await _contract(user, collection, row_id))["vendor"]["company"] == "Acier d'Alma inc."


@pytest.mark.parametrize(("touches", "ids"), [(True, ["702"]), (False, [])])
async def test_a_change_order_moves_its_contract_when_the_switch_says_so(
    user: Client, touches: bool, ids: list[str]
) -> None:
    await user.control("POST", "switches", {"change_orders_touch_contract": touches})
    await _edit(user, PACKAGES, id=721, status="void")
    assert await _changed(user) == ids


@pytest.mark.parametrize(("package", "column"), [(721, "Commitment Change Orders"), (722, "Approved COs")])
async def test_an_approved_package_is_voided_through_the_api_on_both_sides(
    user: Client, package: int, column: str
) -> None:
    contract = {721: 702, 722: 703}[package]
    body = {"project_id": 101, "contract_id": contract, "change_order": {"status": "void"}}
    answer = await user.http.patch(f"/rest/v1.0/{PACKAGES}/{package}", json=body)
    assert (answer.status_code, answer.json()["grand_total"]) == (200, "250.00")
    assert await _columns(user, column) == ["0.00"]
    hidden = await _get(user, f"v1.0/{POTENTIALS}/{package + 10}", project_id=101, contract_id=contract)
    assert hidden["status"] == "void"
    changed = await _get(user, f"v1.0/{PACKAGES}", project_id=101, filters__updated_at=f"{LATER}...2026-12-31")
    assert [row["id"] for row in changed] == [package]
