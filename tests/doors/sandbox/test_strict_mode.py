"""--strict: what breaks the document is refused and listed as a violation; all our own answers keep it."""

from collections.abc import Callable
from typing import Any

import pytest

from maestro_procore.sandbox.api_document import api_document
from maestro_procore.sandbox.catalogue import RESOURCES

from .conftest import COMPANY, Client


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _violations(client: Client) -> list[str]:
    return [call["violation"] for call in await client.calls() if call["violation"]]


WITHOUT_ROWS = [  # lists for which the small world of these tests has nothing
    *(f"/rest/v1.0/companies/{{company_id}}/{name}" for name in ("project_regions", "project_owner_types")),
    *(f"/rest/v1.0/companies/{{company_id}}/{name}" for name in ("programs", "trades")),
    "/rest/v1.0/offices",
    "/rest/v1.0/projects/{project_id}/budget_modifications",
]
IN_PATH = {
    "project_id": 101,
    "direct_cost_id": 601,
    "standard_cost_code_list_id": 301,
    "purchase_order_contract_id": 701,
    "work_order_contract_id": 702,
    "prime_contract_id": 703,
    "contract_id": 702,
    "potential_change_order_id": 731,
    "drawing_area_id": 853,
    "specification_section_division_id": 860,
}
LISTS = [
    (operation.path, view)
    for resource in RESOURCES
    for operation in resource.operations
    for view in operation.shapes
    if operation.kind == "list"
]


@pytest.mark.parametrize(("path", "view"), LISTS)
async def test_every_list_in_every_view_carries_every_documented_field(strict: Client, path: str, view: str) -> None:
    await strict.http.post("/rest/v1.1/projects/101/vendors/201/actions/add")
    asked, _, variant = view.partition(" ")
    if variant:
        await strict.control("POST", "switches", {"projects_ids_view": variant})
    names = {"v1.0/projects": "serializer_view", "v1.0/images": "serializer_view"}
    below = path.removeprefix("/rest/").format(company_id=COMPANY, **IN_PATH)
    documented = {each["name"]: each for each in api_document().parameters("get", path)}
    query: dict[str, Any] = {name: IN_PATH[name] for name in documented if name in IN_PATH and "{" + name not in path}
    if view != "full" and names.get(below, "view") in documented:
        query[names.get(below, "view")] = asked
    if "company_id" not in documented or "{company_id}" in path:
        query["company_id"] = None
    answer = await strict.get(below, **query)
    assert answer.status_code == 200, answer.text
    assert answer.json() != [] or path in WITHOUT_ROWS
    assert await _violations(strict) == []


async def test_creations_changes_and_syncs_keep_the_document(strict: Client) -> None:
    made = await strict.post("v1.0/vendors", vendor={"name": "Neuf"})
    await strict.patch(f"v1.0/vendors/{made.json()['id']}", vendor={"name": "Neuf", "city": None})
    project = await strict.post("v1.0/projects", project={"name": "Neuf", "total_value": "10.25"})
    await strict.patch(f"v1.0/projects/{project.json()['id']}", project={"flag": "Red"})
    for collection in ("vendors", "projects"):
        _entities, errors = await strict.sync(collection, {"name": "A", "origin_id": "M:1"}, {"id": 9, "name": "B"})
        assert len(errors) == 1
    stage = f"v1.0/companies/{COMPANY}/project_stages"
    answer = await strict.http.post(f"/rest/{stage}", json={"project_stage": {"name": "Warranty"}})
    assert answer.status_code == 201
    assert await _violations(strict) == []


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("v1.1/projects", {"company_id": None}, "company_id is missing"),
        ("v1.1/projects", {"filters__colour": "red"}, "not documented"),
        ("v1.0/projects", {"filters__project_number": "1"}, "not documented"),
        ("v1.1/projects", {"view": "all"}, "not one of"),
        ("v1.1/projects", {"page": "one"}, "no integer"),
        ("v1.0/vendors", {"sort": "zip"}, "not one of"),
        ("v9.9/projects", {}, "not documented"),
    ],
    ids=lambda value: str(value),
)
async def test_a_query_beside_the_document_is_a_violation(
    strict: Client, path: str, query: dict[str, Any], said: str
) -> None:
    answer = await strict.get(path, **query)
    assert answer.status_code == 400
    assert said in (await _violations(strict))[0]


@pytest.mark.parametrize(
    "update",
    [{"name": 5}, {"colour": "red"}, {"is_active": "true"}, {"bidding": {"small": True}}, {"id": "201"}],
    ids=str,
)
async def test_a_body_beside_the_document_is_a_violation(strict: Client, update: dict[str, Any]) -> None:
    answer = await strict.patch("v1.0/vendors/sync", updates=[update])
    assert answer.status_code == 400
    assert (await _violations(strict))[0].startswith("body updates/0")


async def test_null_passes(strict: Client) -> None:
    _entities, errors = await strict.sync("vendors", {"id": 201, "city": None, "trade_ids": None})
    assert errors == []


async def test_the_company_header_is_part_of_the_document(strict: Client) -> None:
    del strict.http.headers["Procore-Company-Id"]
    assert (await strict.get("v1.0/vendors")).status_code == 400
    assert await _violations(strict) == ["header parameter Procore-Company-Id is missing"]


async def test_an_answer_beside_the_document_is_a_violation_and_changes_nothing(strict: Client) -> None:
    strict.sandbox.world.collection("vendors").place({**_row(strict), "city": ["two", "words"]})
    answer = await strict.patch("v1.0/vendors/201", vendor={"name": "New name"})
    assert answer.status_code == 500
    assert "answer city" in (await _violations(strict))[0]
    assert _row(strict)["name"] == "Béton Lévis ltée"


def _row(client: Client) -> dict[str, Any]:
    row = client.sandbox.world.collection("vendors").get(201)
    assert row is not None
    return row
