"""Change orders of one, two and three tiers on both sides: lines, sums, hidden parts, filters and locks."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client

LINE = {"wbs_code_id": 501, "amount": "100.00"}


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, **{"company_id": None, "project_id": 101, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _write(client: Client, method: str, path: str, body: dict[str, Any], code: int) -> Any:
    answer = await client.http.request(method, f"/rest/{path}", json=body)
    assert answer.status_code == code, answer.text
    return answer.json()


async def _make(client: Client, collection: str, code: int = 201, contract: int = 702, **fields: Any) -> Any:
    body = {"project_id": 101, "contract_id": contract, "change_order": {"title": "Imprévus", **fields}}
    return await _write(client, "POST", f"v1.0/{collection}", body, code)


async def _change(client: Client, collection: str, row_id: int, code: int = 200, **fields: Any) -> Any:
    body = {"project_id": 101, "contract_id": 702, "change_order": fields}
    return await _write(client, "PATCH", f"v1.0/{collection}/{row_id}", body, code)


async def _add_line(client: Client, potential: int, code: int = 201, **fields: Any) -> Any:
    body = {"project_id": 101, "line_item": {**LINE, **fields}}
    return await _write(client, "POST", f"v1.0/potential_change_orders/{potential}/line_items", body, code)


async def _contract(client: Client) -> Any:
    return await _get(client, "v1.0/work_order_contracts/702")


async def test_a_package_of_the_start_shows_its_lines_and_counts_in_its_contract(strict: Client) -> None:
    shown = await _get(strict, "v1.0/change_order_packages/721")
    assert (shown["type"], shown["grand_total"]) == ("CommitmentContractChangeOrder", "250.00")
    line = shown["line_items"][0]
    assert (line["extended_amount"], line["wbs_code"]["id"], line["holder"]["id"]) == ("250.00", 501, 731)
    contract = await _contract(strict)
    assert (contract["approved_change_orders"], contract["revised_contract"]) == ("250.00", "5998.75")
    assert [row["id"] for row in contract["change_order_packages"]] == [721]


async def test_a_line_stands_once_though_package_and_hidden_order_both_show_it(strict: Client) -> None:
    package = await _get(strict, "v1.0/change_order_packages/721")
    potential = await _get(strict, "v1.0/potential_change_orders/731", contract_id=702)
    assert [line["id"] for line in package["line_items"]] == [line["id"] for line in potential["line_items"]] == [751]
    assert len(await strict.control("GET", "state/potential_change_order_line_items")) == 2


@pytest.mark.parametrize(
    ("status", "sums"),
    [
        ("approved", ("325.50", "0.00", "0.00")),
        ("pending", ("250.00", "75.50", "0.00")),
        ("revised", ("250.00", "75.50", "0.00")),
        ("draft", ("250.00", "0.00", "75.50")),
        ("rejected", ("250.00", "0.00", "0.00")),
        ("void", ("250.00", "0.00", "0.00")),
    ],
)
async def test_a_package_counts_by_its_status(strict: Client, status: str, sums: tuple[str, ...]) -> None:
    made = await _make(strict, "change_order_packages", status=status, grand_total="75.5", origin_id="M:1")
    assert (made["number"], made["status"], made["origin_id"]) == ("002", status, "M:1")
    names = ("approved_change_orders", "pending_change_orders", "draft_change_orders_amount")
    contract = await _contract(strict)
    assert tuple(contract[name] for name in names) == sums


async def test_a_package_made_here_hides_an_order_that_follows_it_and_holds_its_lines(strict: Client) -> None:
    package = await _make(strict, "change_order_packages", origin_code="26-702-002")
    hidden = (await _get(strict, "v1.0/potential_change_orders"))[-1]
    assert (hidden["status"], hidden["change_order_tiers"], hidden["number"]) == ("draft", 1, "002")
    await _add_line(strict, hidden["id"])
    await _add_line(strict, hidden["id"], amount="-30.25")
    shown = await _get(strict, f"v1.0/change_order_packages/{package['id']}")
    assert (shown["grand_total"], [line["extended_amount"] for line in shown["line_items"]]) == (
        "69.75",
        ["100.00", "-30.25"],
    )
    approved = await _change(strict, "change_order_packages", package["id"], status="approved", origin_id="M:2")
    assert approved["reviewed_at"] == "2026-01-05T12:00:00Z"
    assert (await _get(strict, "v1.0/potential_change_orders"))[-1]["status"] == "approved"
    frozen = {"errors": {"base": ["The schedule of values cannot be changed while its change order is approved"]}}
    assert await _add_line(strict, hidden["id"], 422) == frozen
    held = {"errors": {"grand_total": ["cannot be changed while the change order is approved"]}}
    assert await _change(strict, "change_order_packages", package["id"], 422, grand_total="1.00") == held


async def test_three_tiers_add_up_to_the_package(strict: Client) -> None:
    package = await _make(strict, "change_order_packages")
    request = await _make(strict, "change_order_requests")
    await _change(strict, "change_order_requests", request["id"], change_order_package_id=package["id"])
    made = await _write(
        strict,
        "PATCH",
        "v1.0/potential_change_orders/sync?project_id=101&contract_id=702",
        {"updates": [{"title": f"PCO {n}", "origin_id": f"M:{n}", "number": f"P{n}"} for n in range(2)]},
        200,
    )
    assert made["errors"] == []
    for row in made["entities"]:
        await _change(strict, "potential_change_orders", row["id"], change_order_request_id=request["id"])
        await _add_line(strict, row["id"], quantity="2.5", unit_cost="0.33", amount=None, uom="m3")
    # 2.5 × 0.33 is 0.825: halves of a cent go up, twice.
    shown = await _get(strict, f"v1.0/change_order_packages/{package['id']}")
    assert (shown["grand_total"], len(shown["line_items"])) == ("1.66", 2)
    assert (await _get(strict, f"v1.0/change_order_requests/{request['id']}", contract_id=702))["grand_total"] == "1.66"
    newer = await _get(strict, "v1.0/projects/101/commitment_change_orders", project_id=None)
    assert not {row["id"] for row in made["entities"]} & {row["id"] for row in newer}


@pytest.mark.parametrize(("name", "row_id", "other"), [("commitment", 731, 732), ("prime", 732, 731)])
async def test_the_newer_routes_show_one_side_each(strict: Client, name: str, row_id: int, other: int) -> None:
    path = f"v1.0/projects/101/{name}_change_orders"
    rows = await _get(strict, path, project_id=None)
    assert [(row["id"], row["grand_total"], row["type"]) for row in rows] == [
        (row_id, "250.00", f"{name.capitalize()}ChangeOrder")
    ]
    assert (await _get(strict, f"{path}/{row_id}", project_id=None))["legacy_package_id"] == row_id - 10
    assert (await strict.get(f"{path}/{other}", company_id=None)).status_code == 404


@pytest.mark.parametrize(("switch", "ids"), [(True, [721, 722]), (False, [721])])
async def test_the_package_list_can_leave_out_the_owners_side(
    make_client: Callable[..., Client], switch: bool, ids: list[int]
) -> None:
    client = make_client(switches={"packages_of_prime_contracts": switch})
    await client.sign_in()
    assert [row["id"] for row in await _get(client, "v1.0/change_order_packages")] == ids


@pytest.mark.parametrize(
    ("collection", "query", "ids"),
    [
        ("change_order_packages", {"contract_id": 703}, [722]),
        ("change_order_packages", {"filters__id": 721}, [721]),
        ("change_order_packages", {"filters__updated_at": "2025-12-02...2026-12-31"}, []),
        ("change_order_packages", {"filters__include_deleted": "with"}, [721, 722, 723]),
        ("change_order_packages", {"filters__include_deleted": "only"}, [723]),
        ("potential_change_orders", {"filters__contract_id": 702}, [731]),
        ("potential_change_orders", {"filters__origin_id": "none"}, []),
        ("change_order_requests", {"contract_id": 702, "filters__status": "draft"}, [741]),
        ("change_order_requests", {"contract_id": 702, "filters__not_status": "draft"}, []),
    ],
    ids=str,
)
async def test_lists_are_filtered(client: Client, collection: str, query: dict[str, Any], ids: list[int]) -> None:
    gone = {"project_id": 101, "contract_id": 702, "deleted_at": "2026-01-01T00:00:00Z", "title": "Gone"}
    made = await client.control("POST", "state/change_order_packages", gone)
    found = [723 if row["id"] == made["id"] else row["id"] for row in await _get(client, f"v1.0/{collection}", **query)]
    assert found == ids


@pytest.mark.parametrize(
    ("contract", "fields", "field"),
    [
        (999, {}, "contract_id"),
        (702, {"status": "done"}, "status"),
        (702, {"grand_total": "1,000.00"}, "grand_total"),
        (702, {"origin_id": "M:1"}, "origin_id"),
    ],
    ids=str,
)
async def test_a_package_that_breaks_a_rule_is_refused(
    client: Client, contract: int, fields: dict[str, Any], field: str
) -> None:
    await _make(client, "change_order_packages", origin_id="M:1")
    refused = await _make(client, "change_order_packages", 422, contract, **fields)
    assert list(refused["errors"]) == [field]


async def test_another_user_can_replace_the_lines_of_a_package(client: Client) -> None:
    lines = [{"extended_amount": "40.00", "wbs_code": {"id": 501}, "holder": {"id": 731}}]
    await client.control("POST", "state/change_order_packages", {"id": 721, "line_items": lines})
    shown = await _get(client, "v1.0/change_order_packages/721")
    assert (shown["grand_total"], [line["extended_amount"] for line in shown["line_items"]]) == ("40.00", ["40.00"])


async def test_the_owners_contract_is_read_alone_and_in_a_list(strict: Client) -> None:
    listed = await _get(strict, "v1.0/prime_contracts")
    shown = await _get(strict, "v1.0/prime_contract/703")
    assert [(row["id"], row["grand_total"]) for row in listed] == [(703, "90000.00")]
    assert (shown["revised_contract_amount"], shown["approved_change_orders"]) == ("90250.00", "250.00")
    assert (await _get(strict, "v1.0/prime_contract"))["id"] == 703
    lines = await _get(strict, "v1.0/prime_contracts/703/line_items")
    assert [line["amount"] for line in lines] == ["90000.00"]


async def test_an_owners_contract_is_made_changed_and_deleted(strict: Client) -> None:
    body = {"project_id": 102, "prime_contract": {"title": "Pont", "origin_id": "M:1", "vendor_id": 201}}
    made = await _write(strict, "POST", "v1.0/prime_contract", body, 201)
    assert (made["status"], made["number"], made["vendor"]["name"]) == ("Draft", "1", "Béton Lévis ltée")
    body = {"project_id": 102, "prime_contract": {"number": "25002"}}
    assert (await _write(strict, "PATCH", f"v1.0/prime_contract/{made['id']}", body, 200))["number"] == "25002"
    deleted = await strict.http.delete(f"/rest/v1.0/prime_contract/{made['id']}?project_id=102")
    assert deleted.status_code == 200
    assert await _get(strict, "v1.0/prime_contracts", project_id=102) == []
    approved = await strict.http.delete("/rest/v1.0/prime_contract/703?project_id=101")
    assert approved.status_code == 422
