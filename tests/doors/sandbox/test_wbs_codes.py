"""Budget codes: segments and their items are read, codes are made singly and in bulk."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import COMPANY, Client

WBS = "v1.0/projects/101/work_breakdown_structure"
COMPANY_WBS = f"v1.0/companies/{COMPANY}/work_breakdown_structure"


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _get(client: Client, path: str, **query: Any) -> Any:
    answer = await client.get(path, company_id=None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _items(client: Client, kind: str, base: str = WBS) -> tuple[int, dict[str, int]]:
    """The segment of this type and its items by code."""
    segment = next(row for row in await _get(client, f"{base}/segments") if row["type"] == kind)
    items = await _get(client, f"{base}/segments/{segment['id']}/segment_items")
    return segment["id"], {row["path_code"]: row["id"] for row in items}


async def _parts(client: Client, code: str, kind: str) -> list[dict[str, int]]:
    codes, types = await _items(client, "cost_code"), await _items(client, "line_item_type")
    return [
        {"segment_id": codes[0], "segment_item_id": codes[1][code]},
        {"segment_id": types[0], "segment_item_id": types[1][kind]},
    ]


async def _bulk(client: Client, *entries: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    answer = await client.http.patch(f"/rest/{WBS}/wbs_codes/bulk_create", json={"bulk": list(entries)})
    assert answer.status_code == 201, answer.text
    return answer.json()["entities"], answer.json()["errors"]


async def test_the_default_pattern_is_sub_job_cost_code_and_cost_type(strict: Client) -> None:
    for base in (WBS, COMPANY_WBS):
        pattern = await _get(strict, f"{base}/patterns")
        found = [(row["type"], row["structure"], row["required"]) for row in pattern["segments"]]
        assert found == [("sub_job", "flat", False), ("cost_code", "tiered", True), ("line_item_type", "flat", True)]


async def test_a_project_sees_its_codes_and_the_company_its_standard_codes(strict: Client) -> None:
    _segment, items = await _items(strict, "cost_code")
    _segment, standard = await _items(strict, "cost_code", COMPANY_WBS)
    assert (list(items), list(standard)) == (["03", "03-100"], ["03", "03-100", "26"])


async def test_an_item_has_an_id_of_its_own_unless_the_switch_says_so(strict: Client) -> None:
    _segment, own = await _items(strict, "cost_code")
    await strict.control("POST", "switches", {"segment_item_ids": "legacy"})
    _segment, legacy = await _items(strict, "cost_code")
    assert (legacy, set(own.values()) & {401, 402}) == ({"03": 401, "03-100": 402}, set())


async def test_codes_are_made_in_bulk_and_a_bad_entry_stops_no_other(strict: Client) -> None:
    good = await _parts(strict, "03", "MO")
    entities, errors = await _bulk(
        strict,
        {"segment_items": good, "description": "Béton, main-d'œuvre"},
        {"segment_items": good[:1]},
        {"segment_items": [{**good[0], "segment_item_id": 7}, good[1]]},
    )
    assert [(row["flat_code"], row["description"]) for row in entities] == [("03.MO", "Béton, main-d'œuvre")]
    assert [list(row["errors"]) for row in errors] == [["segment_items"], ["segment_item_id"]]


async def test_a_combination_that_exists_gets_the_description_and_stays_one(strict: Client) -> None:
    parts = await _parts(strict, "03-100", "MAT")
    entities, _errors = await _bulk(strict, {"segment_items": parts, "description": "Autre"})
    listed = await _get(strict, f"{WBS}/wbs_codes")
    assert [(row["id"], row["flat_code"], row["description"]) for row in listed] == [(501, "03-100.MAT", "Autre")]
    assert entities[0]["id"] == 501


async def test_codes_are_found_by_status_text_and_time(strict: Client) -> None:
    answer = await strict.http.patch(
        f"/rest/{WBS}/wbs_codes/update_all", json={"ids": [501], "attributes": {"status": "inactive"}}
    )
    assert answer.status_code == 204
    assert await _get(strict, f"{WBS}/wbs_codes", filters__status="active") == []
    assert len(await _get(strict, f"{WBS}/wbs_codes", query="coffrages")) == 1
    assert await _get(strict, f"{WBS}/wbs_codes", filters__updated_at="2020-01-01...2020-01-02") == []


async def test_a_cost_code_can_be_made_as_an_item_and_renames_its_budget_codes(strict: Client) -> None:
    segment, items = await _items(strict, "cost_code")
    made = await strict.http.post(
        f"/rest/{WBS}/segments/{segment}/segment_items", json={"code": "300", "name": "Coulé", "parent_id": items["03"]}
    )
    assert (made.status_code, made.json()["path_code"]) == (201, "03-300")
    await strict.http.patch(
        "/rest/v1.0/cost_codes/402", json={"project_id": 101, "cost_code": {"code": "110", "name": "Coffrages"}}
    )
    assert (await _get(strict, f"{WBS}/wbs_codes"))[0]["flat_code"] == "03-110.MAT"
    lines = await _get(strict, "v1.0/projects/101/direct_costs/line_items")
    assert (lines[0]["wbs_code"]["flat_code"], lines[0]["cost_code"]["full_code"]) == ("03-110.MAT", "03-110")


async def test_the_cost_code_names_the_types_it_is_budgeted_with(strict: Client) -> None:
    shown = await _get(strict, "v1.0/cost_codes/402", project_id=101)
    assert [row["code"] for row in shown["line_item_types"]] == ["MAT"]
    assert shown["budgeted"] is False


async def test_a_custom_segment_is_seen_in_the_pattern_of_its_project_alone(strict: Client) -> None:
    await _get(strict, f"{WBS}/segments")
    body = {"name": "Zone", "type": "custom", "structure": "flat", "project_id": 101}
    await strict.control("POST", "state/segments", body)
    here = await _get(strict, f"{WBS}/patterns")
    there = await _get(strict, "v1.0/projects/102/work_breakdown_structure/segments")
    assert [row["name"] for row in here["segments"]] == ["Sub Job", "Cost Code", "Cost Type", "Zone"]
    assert [row["name"] for row in there] == ["Sub Job", "Cost Code", "Cost Type"]
    assert await _items(strict, "custom") == (here["segments"][3]["id"], {})
