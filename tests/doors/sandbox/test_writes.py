"""Create and update of single records: field rules, error bodies, what follows from a change."""

from typing import Any

import pytest

from .conftest import COMPANY, START_STAMP, Client


async def _vendor(client: Client, **fields: Any) -> Any:
    answer = await client.post("v1.0/vendors", vendor=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_new_vendor_has_every_documented_field(client: Client) -> None:
    made = await _vendor(client, name="Maçonnerie Tremblay inc.", city="Gatineau", origin_id="MST:1")
    shown = (await client.get(f"v1.0/vendors/{made['id']}", view="extended")).json()
    assert shown == made
    assert made["id"] > 2**32
    assert (made["name"], made["is_active"], made["synced_to_erp"]) == ("Maçonnerie Tremblay inc.", True, True)
    assert made["created_at"] == made["updated_at"] == "2026-01-05T12:00:00Z"
    assert {"trade_name", "bidding", "trades", "zip"} <= set(made)


async def test_a_new_project_reads_its_references_and_amounts_as_documented(client: Client) -> None:
    answer = await client.post(
        "v1.0/projects",
        project={
            "name": "Aréna",
            "project_number": "26001",
            "project_stage_id": 11,
            "project_template_id": 21,
            "department_ids": [41],
            "total_value": 1234567.5,
            "country_code": "CA",
            "state_code": "QC",
        },
    )
    made = answer.json()
    assert answer.status_code == 201
    assert made["project_stage"] == {"id": 11, "name": "Bidding"}
    assert (made["project_stage_id"], made["from_project_template_id"]) == (11, 21)
    assert made["departments"] == [{"id": 41, "name": "Génie civil"}]
    assert made["total_value"] == "1234567.50"
    assert made["display_name"] == "26001 - Aréna"
    assert made["company"] == {"id": COMPANY, "name": "Constructions Lévis"}


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"vendor": {"city": "Québec"}}, 400, "fields"),
        ({"vendor": {}}, 400, "fields"),
        ({"vendor": "Béton"}, 400, "fields"),
        ({}, 400, "fields"),
        ({"vendor": {"name": "X", "colour": "red"}}, 406, "fields"),
        ({"vendor": {"name": "X"}, "extra": 1}, 406, "fields"),
        ({"vendor": {"name": "   "}}, 422, "name"),
        ({"vendor": {"name": ["X"]}}, 422, "name"),
        ({"vendor": {"name": "X" * 256}}, 422, "name"),
        ({"vendor": {"name": "X", "is_active": "maybe"}}, 422, "is_active"),
        ({"vendor": {"name": "X", "trade_ids": 4}}, 422, "trade_ids"),
        ({"vendor": {"name": "X", "parent_id": 999}}, 422, "parent_id"),
        ({"vendor": {"name": "X", "country_code": "QC"}}, 422, "country_code"),
        ({"vendor": {"name": "X", "country_code": "CA", "state_code": "NY"}}, 422, "state_code"),
        ({"vendor": {"name": "X", "origin_id": "OLD:7"}}, 422, "origin_id"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_vendor_that_breaks_a_rule_is_refused(
    client: Client, body: dict[str, Any], status: int, where: str
) -> None:
    before = await client.control("GET", "state/vendors")
    answer = await client.post("v1.0/vendors", **body)
    content = answer.json()
    assert answer.status_code == status
    assert where in (content["errors"] if status == 422 else content)
    assert await client.control("GET", "state/vendors") == before


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"flag": "Purple"}, "flag"),
        ({"total_value": "much"}, "total_value"),
        ({"square_feet": 1.5}, "square_feet"),
        ({"project_stage_id": 99}, "project_stage_id"),
        ({"start_date": "2026-03-01", "completion_date": "2026-02-01"}, "completion_date"),
    ],
    ids=lambda value: str(value),
)
async def test_a_project_field_of_the_wrong_kind_is_422(client: Client, fields: dict[str, Any], where: str) -> None:
    answer = await client.patch("v1.0/projects/101", project=fields)
    assert answer.status_code == 422
    assert where in answer.json()["errors"]


async def test_unknown_fields_may_be_ignored(client: Client) -> None:
    await client.control("POST", "switches", {"unknown_fields": "ignore"})
    assert (await _vendor(client, name="X", colour="red"))["name"] == "X"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"{not json", "application/json", 400), (b"<a/>", "text/xml", 406), (b"[]", "application/json", 400)],
)
async def test_a_body_that_is_no_json_object_is_refused(client: Client, body: bytes, kind: str, status: int) -> None:
    answer = await client.http.post("/rest/v1.0/vendors", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status


async def test_a_body_for_another_company_is_403(client: Client) -> None:
    answer = await client.http.post("/rest/v1.0/vendors", json={"company_id": 4, "vendor": {"name": "X"}})
    assert answer.status_code == 403


async def test_an_update_changes_only_what_it_names_and_moves_updated_at(client: Client) -> None:
    await client.control("POST", "clock", {"advance_seconds": 90})
    answer = await client.patch("v1.0/projects/101", project={"city": "Lévis"})
    content = answer.json()
    assert answer.status_code == 200
    assert (content["city"], content["name"]) == ("Lévis", "École Saint-Paul")
    assert (content["created_at"], content["updated_at"]) == (START_STAMP, "2026-01-05T12:01:30Z")


async def test_writing_equal_values_does_not_move_updated_at(client: Client) -> None:
    first = (await client.patch("v1.0/vendors/201", vendor={"name": "Béton Lévis ltée"})).json()
    await client.control("POST", "switches", {"touch_without_change": True})
    second = (await client.patch("v1.0/vendors/201", vendor={"name": "Béton Lévis ltée"})).json()
    assert first["updated_at"] == START_STAMP
    assert second["updated_at"] == "2026-01-05T12:00:00Z"


async def test_null_empties_a_field(client: Client) -> None:
    await client.patch("v1.0/vendors/202", vendor={"origin_id": None})
    shown = (await client.get("v1.0/vendors/202")).json()
    assert (shown["origin_id"], shown["synced_to_erp"]) == (None, False)
    assert (await _vendor(client, name="Other", origin_id="OLD:7"))["origin_id"] == "OLD:7"


@pytest.mark.parametrize("path", ["v1.0/vendors/999", "v1.0/projects/999", "v1.0/vendors/abc"])
async def test_a_record_nobody_knows_is_404(client: Client, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_an_inactive_vendor_is_activated_from_its_list(client: Client) -> None:
    answer = await client.http.patch(f"/rest/v1.0/companies/{COMPANY}/vendors/inactive/203")
    again = await client.http.patch(f"/rest/v1.0/companies/{COMPANY}/vendors/inactive/203")
    assert (answer.status_code, answer.json()["is_active"], again.status_code) == (200, True, 404)


async def test_a_vendor_joins_and_leaves_a_project_directory(client: Client) -> None:
    directory = "v1.1/projects/101/vendors"
    added = await client.http.post(f"/rest/{directory}/201/actions/add")
    listed = [row["id"] for row in (await client.get(directory, view="name")).json()]
    removed = await client.http.delete(f"/rest/{directory}/201/actions/remove")
    assert (added.status_code, added.json()["project_ids"], listed, removed.status_code) == (201, [101], [201], 204)
    assert (await client.get(directory)).json() == []


async def test_a_vendor_made_in_a_project_is_also_in_the_company(client: Client) -> None:
    made = (await client.http.post("/rest/v1.1/projects/101/vendors", json={"vendor": {"name": "Grue Roy"}})).json()
    assert made["project_ids"] == [101]
    assert made["id"] in [row["id"] for row in (await client.get("v1.0/vendors")).json()]


async def test_names_and_numbers_may_have_to_be_unique(client: Client) -> None:
    await client.control("POST", "switches", {"vendor_names_unique": True, "project_numbers_unique": True})
    vendor = await client.post("v1.0/vendors", vendor={"name": "BÉTON lévis ltée"})
    project = await client.post("v1.0/projects", project={"name": "X", "project_number": "25001"})
    assert vendor.json() == {"errors": {"name": ["has already been taken"]}}
    assert project.json() == {"errors": {"project_number": ["has already been taken"]}}


async def test_a_vendor_has_two_levels(client: Client) -> None:
    child = await _vendor(client, name="Béton Lévis, Québec", parent_id=201)
    grandchild = await client.post("v1.0/vendors", vendor={"name": "Y", "parent_id": child["id"]})
    assert child["parent"] == {"id": 201, "name": "Béton Lévis ltée"}
    assert grandchild.status_code == 422


@pytest.mark.parametrize("status", [403, 404])
async def test_a_project_outside_the_permitted_list_is_closed(client: Client, status: int) -> None:
    switches = {"permitted_projects": [102], "project_not_permitted_status": status}
    await client.control("POST", "switches", switches)
    assert (await client.get("v1.0/projects/101")).status_code == status
    assert (await client.get("v1.1/projects/101/vendors")).status_code == status
    assert [row["id"] for row in (await client.get("v1.1/projects")).json()] == [102]
    _entities, errors = await client.sync("projects", {"id": 101, "name": "X"})
    assert errors[0]["errors"] == {"id": ["Entity with this ID not found"]}
