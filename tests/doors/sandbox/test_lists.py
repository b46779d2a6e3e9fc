"""Lists: pages, Link headers, caps, filters, sort and views, of both versions."""

import re
from typing import Any

import pytest

from .conftest import COMPANY, NOW, Client


async def _add_vendors(client: Client, number: int) -> None:
    _entities, errors = await client.sync("vendors", *({"name": f"Vendor {n:04d}"} for n in range(number)))
    assert not errors


def _links(header: str) -> dict[str, str]:
    return {word: address for address, word in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


async def _ids(client: Client, path: str, **query: Any) -> list[int]:
    answer = await client.get(path, **query)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


async def test_following_next_reads_every_row_once(client: Client) -> None:
    await _add_vendors(client, 250)
    answer = await client.get("v1.0/vendors", per_page=100)
    seen = [row["id"] for row in answer.json()]
    while "next" in _links(answer.headers["link"]):
        answer = await client.http.get(_links(answer.headers["link"])["next"])
        seen += [row["id"] for row in answer.json()]
    assert len(seen) == len(set(seen)) == 252
    assert (answer.headers["total"], answer.headers["per-page"]) == ("252", "100")


@pytest.mark.parametrize(
    ("page", "words"),
    [(1, {"next", "last"}), (2, {"first", "prev", "next", "last"}), (3, {"first", "prev"})],
)
async def test_the_links_of_a_page_are_the_documented_ones(client: Client, page: int, words: set[str]) -> None:
    await _add_vendors(client, 25)
    answer = await client.get("v1.0/vendors", per_page=10, page=page)
    assert set(_links(answer.headers["link"])) == words


async def test_one_page_that_holds_all_has_no_link(client: Client) -> None:
    assert "link" not in (await client.get("v1.0/vendors")).headers


async def test_a_page_after_the_last_is_empty(client: Client) -> None:
    answer = await client.get("v1.0/vendors", page=9)
    assert (answer.status_code, answer.json(), answer.headers["total"]) == (200, [], "2")


async def test_links_may_drop_the_other_parameters(client: Client) -> None:
    await _add_vendors(client, 5)
    kept = await client.get("v1.0/vendors", per_page=2, filters__search="vendor")
    await client.control("POST", "switches", {"link_keeps_parameters": False})
    bare = await client.get("v1.0/vendors", per_page=2, filters__search="vendor")
    assert "filters" in kept.headers["link"]
    assert "filters" not in bare.headers["link"]


@pytest.mark.parametrize(("path", "cap"), [("v1.1/projects", 300), ("v1.0/projects", 2000), ("v1.0/vendors", 2000)])
async def test_per_page_above_the_cap_is_clamped_or_refused(client: Client, path: str, cap: int) -> None:
    clamped = await client.get(path, per_page=cap + 1)
    await client.control("POST", "switches", {"per_page_over_cap": "refuse"})
    refused = await client.get(path, per_page=cap + 1)
    allowed = await client.get(path, per_page=cap)
    assert clamped.headers["per-page"] == allowed.headers["per-page"] == str(cap)
    assert refused.status_code == 400


@pytest.mark.parametrize("page", ["0", "-1", "x"])
async def test_a_page_that_is_no_number_is_400(client: Client, page: str) -> None:
    assert (await client.get("v1.0/vendors", page=page)).status_code == 400


async def test_company_id_is_required_where_the_document_says_so(client: Client) -> None:
    answer = await client.get("v1.0/vendors", company_id=None)
    assert (answer.status_code, answer.json()["fields"]) == (400, "company_id")


@pytest.mark.parametrize(
    ("filter_", "value", "found"),
    [
        ("by_status", "All", [101, 102, 103]),
        ("by_status", "Inactive", [103]),
        ("name", "École Saint-Paul", [101]),
        ("name", "École", []),
        ("project_number", "25002", [102]),
        ("id", "[101,102]", [101, 102]),
        ("id", "101,102", [101, 102]),
        ("by_stage", "12", [101]),
        ("origin_id", "nothing", []),
        ("synced", "true", []),
        ("synced", "false", [101, 102]),
        ("created_at", "2025-12-01...2025-12-01", [101, 102]),
        ("created_at", '"2025-12-01T08:00:00Z...2025-12-01T08:00:00Z"', [101, 102]),
        ("created_at", "2025-12-01T03:00:00-05:00...2025-12-02", [101, 102]),
        ("created_at", "2025-12-01T08:00:01Z...2025-12-02", []),
    ],
)
async def test_projects_are_filtered(client: Client, filter_: str, value: str, found: list[int]) -> None:
    assert await _ids(client, "v1.1/projects", **{f"filters__{filter_}": value}) == found


async def test_projects_are_listed_active_unless_asked(client: Client) -> None:
    assert await _ids(client, "v1.0/projects") == [101, 102]
    await client.control("POST", "switches", {"default_project_status": "All"})
    assert await _ids(client, "v1.0/projects") == [101, 102, 103]


async def test_two_filters_must_both_hold(client: Client) -> None:
    found = await _ids(client, "v1.1/projects", filters__by_status="All", filters__project_number="24009")
    assert found == [103]


async def test_only_v11_knows_the_filter_by_project_number(client: Client) -> None:
    assert await _ids(client, "v1.0/projects", filters__project_number="25002") == [101, 102]
    await client.control("POST", "switches", {"unknown_parameters": "refuse"})
    assert (await client.get("v1.0/projects", filters__project_number="25002")).status_code == 400


@pytest.mark.parametrize(
    ("filter_", "value"),
    [
        ("updated_at", "2025-12-01"),
        ("updated_at", "yesterday...today"),
        ("by_status", "Closed"),
        ("id", "abc"),
    ],
)
async def test_a_filter_value_of_the_wrong_form_is_400(client: Client, filter_: str, value: str) -> None:
    answer = await client.get("v1.1/projects", **{f"filters__{filter_}": value})
    assert answer.status_code == 400
    assert answer.json()["fields"] == f"filters[{filter_}]"


async def test_the_end_of_a_range_may_be_outside_it(client: Client) -> None:
    asked = "2025-12-01T00:00:00Z...2025-12-01T08:00:00Z"
    inside = await _ids(client, "v1.0/vendors", filters__created_at=asked)
    await client.control("POST", "switches", {"range_ends": "exclusive"})
    assert (inside, await _ids(client, "v1.0/vendors", filters__created_at=asked)) == ([201, 202], [])


async def test_a_differential_read_returns_what_changed_since(client: Client) -> None:
    await client.control("POST", "clock", {"advance_seconds": 60})
    await client.sync("vendors", {"id": 202, "city": "Alma"})
    stamp = client.sandbox.clock.stamp()
    assert await _ids(client, "v1.0/vendors", filters__updated_at=f"{stamp}...2100-01-01") == [202]
    assert int(client.sandbox.clock.unix()) == NOW + 60


@pytest.mark.parametrize(
    ("filter_", "value", "found"),
    [("origin_id", "OLD:7", [202]), ("search", "BETON lev", [201]), ("id][", "202", [202]), ("parent_id][", "201", [])],
)
async def test_vendors_are_filtered(client: Client, filter_: str, value: str, found: list[int]) -> None:
    assert await _ids(client, "v1.0/vendors", **{f"filters__{filter_}": value}) == found


async def test_sort_goes_both_ways(client: Client) -> None:
    assert await _ids(client, "v1.0/vendors", sort="name") == [202, 201]
    assert await _ids(client, "v1.0/vendors", sort="-name") == [201, 202]
    assert (await client.get("v1.0/vendors", sort="zip")).status_code == 400


async def test_the_views_of_projects_differ(client: Client) -> None:
    fields = {
        view: set((await client.get("v1.1/projects", view=view)).json()[0])
        for view in ("compact", "normal", "extended")
    }
    assert fields["compact"] == {"id", "name"}
    assert "description" in fields["extended"] - fields["normal"]
    assert (await client.get("v1.1/projects", view="everything")).status_code == 400


async def test_ids_may_come_bare(client: Client) -> None:
    objects = (await client.get("v1.1/projects", view="ids")).json()
    await client.control("POST", "switches", {"projects_ids_view": "numbers"})
    assert [row["id"] for row in objects] == (await client.get("v1.1/projects", view="ids")).json() == [101, 102]


async def test_inactive_vendors_stand_in_their_own_list(client: Client) -> None:
    assert await _ids(client, "v1.0/vendors") == [201, 202]
    assert await _ids(client, f"v1.0/companies/{COMPANY}/vendors/inactive", company_id=None) == [203]
    await client.control("POST", "switches", {"vendor_list_shows_inactive": True})
    assert await _ids(client, "v1.0/vendors") == [201, 202, 203]


async def test_the_lists_that_projects_refer_to_are_served(client: Client) -> None:
    company = f"v1.0/companies/{COMPANY}"
    found = {
        path: [row["name"] for row in (await client.get(path)).json()]
        for path in (f"{company}/project_stages", f"{company}/project_types", "v1.0/project_templates")
    }
    assert found == {
        f"{company}/project_stages": ["Bidding", "Course of Construction"],
        f"{company}/project_types": ["Institutional"],
        "v1.0/project_templates": ["Bâtiment"],
    }


async def test_a_path_nobody_knows_is_404_and_a_wrong_method_405(client: Client) -> None:
    assert (await client.get("v1.0/nothing")).status_code == 404
    assert (await client.get("v1.0/projects/101/lien_waivers")).status_code == 404
    answer = await client.http.delete("/rest/v1.0/vendors")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
