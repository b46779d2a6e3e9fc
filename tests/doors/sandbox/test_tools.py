"""Tools of a project: a new one has those of its template, and what is off refuses with 403."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def _new_project(client: Client, **fields: Any) -> int:
    answer = await client.post("v1.0/projects", project={"name": "Neuf", **fields})
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    return made


async def _active(client: Client, project_id: int) -> set[str]:
    answer = await client.get(f"v1.0/projects/{project_id}/tools", company_id=None)
    assert answer.status_code == 200, answer.text
    return {row["title"] for row in answer.json() if row["is_active"]}


async def test_a_project_of_a_template_has_its_tools_and_one_without_has_none(strict: Client) -> None:
    """SRV-09"""
    with_template = await _new_project(strict, project_template_id=21)
    without = await _new_project(strict)
    await strict.control("POST", "switches", {"tools_without_template": "active"})
    without_but_lenient = await _new_project(strict)
    assert {"Budget", "Commitments", "Direct Costs"} <= await _active(strict, with_template)
    assert await _active(strict, without) == {"Directory"}
    assert await _active(strict, without_but_lenient) == await _active(strict, with_template)


@pytest.mark.parametrize(
    "path", ["v1.0/projects/{}/budget", "v1.0/projects/{}/direct_costs", "v1.0/projects/{}/direct_costs/line_items"]
)
async def test_a_tool_that_is_off_refuses_and_the_codes_stay_readable(strict: Client, path: str) -> None:
    """SRV-09"""
    project = await _new_project(strict)
    refused = await strict.get(path.format(project), company_id=None)
    assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")
    assert (await strict.get("v1.0/cost_codes", project_id=project, company_id=None)).status_code == 200


async def test_tools_are_switched_and_what_is_required_stays_on(strict: Client) -> None:
    project = await _new_project(strict)
    rows = (await strict.get("v1.0/tools", project_id=project, company_id=None)).json()
    by_name = {row["engine_name"]: row["id"] for row in rows}
    path = f"/rest/v1.0/projects/{project}/tools"
    body = {"tools": [{"id": by_name["budgeting"], "is_active": True}]}
    switched = await strict.http.patch(path, json=body)
    required = await strict.http.patch(path, json={"tools": [{"id": by_name["directory"], "is_active": False}]})
    unknown = await strict.http.patch(path, json={"tools": [{"id": 7, "is_active": False}]})
    assert [answer.status_code for answer in (switched, required, unknown)] == [200, 422, 404]
    assert await _active(strict, project) == {"Directory", "Budget"}
    listed = await strict.http.get(f"{path}?filters[is_active]=true")
    assert [row["title"] for row in listed.json()] == ["Directory", "Budget"]


async def test_a_sync_makes_projects_with_and_without_tools(strict: Client) -> None:
    entities, errors = await strict.sync("projects", {"name": "Sans gabarit", "origin_id": "M:1"})
    again, _ = await strict.sync("projects", {"name": "Renommé", "origin_id": "M:1"})
    assert (errors, again[0]["id"]) == ([], entities[0]["id"])
    assert await _active(strict, entities[0]["id"]) == {"Directory"}
