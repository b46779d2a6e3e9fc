"""Webhooks: hooks and triggers of a company or a project, and the deliveries that changes leave in the list."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client
from .test_documents import OF_PROJECT, violations

HOOK = {"payload_version": "v2.0", "namespace": "maestro-1", "destination_url": "https://relay.example/procore"}


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


def base(client: Client, project: int | None = None) -> str:
    more = "" if project is None else f"/projects/{project}"
    return f"/rest/v2.0/companies/{client.sandbox.company_id}{more}/webhooks"


async def hook(client: Client, project: int | None, *triggers: tuple[str, str]) -> str:
    made = await client.http.post(f"{base(client, project)}/hooks", json=HOOK)
    assert made.status_code == 201, made.text
    one = f"{base(client, project)}/hooks/{made.json()['data']['id']}"
    for name, event in triggers:
        answer = await client.http.post(f"{one}/triggers", json={"resource_name": name, "event_type": event})
        assert answer.status_code == 201, answer.text
    return one


async def deliveries(client: Client, one: str, **query: Any) -> list[tuple[str, str, int]]:
    answer = await client.http.get(f"{one}/deliveries", params={"per_page": 100, **query})
    payloads = [row["payload"] for row in answer.json()["data"]]
    return [(each["resource_name"], each["event_type"], each["resource_id"]) for each in payloads]


async def test_changes_of_anyone_leave_deliveries_for_those_who_wait_for_them(strict: Client) -> None:
    of_company = await hook(
        strict, None, ("Documents", "create"), ("Documents", "update"), ("Company Vendors", "update")
    )
    of_project = await hook(strict, 102, ("Documents", "create"))
    folder = await strict.http.post("/rest/v1.0/folders", params=OF_PROJECT, json={"folder": {"name": "Neuf"}})
    made = folder.json()["id"]
    await strict.control("POST", "state/documents", {"id": made, "name": "Vieux"})
    await strict.control("POST", "state/vendors", {"id": 201, "city": "Alma"})
    await strict.control("POST", "state/rfis", {"project_id": 101, "number": "9"})
    assert await deliveries(strict, of_company) == [
        ("Documents", "create", made),
        ("Documents", "update", made),
        ("Company Vendors", "update", 201),
    ]
    assert await deliveries(strict, of_project) == []
    assert len(await deliveries(strict, of_company, **{"filter[event_type]": "update"})) == 2
    assert len(await deliveries(strict, of_company, **{"filter[end]": "2026-01-04"})) == 0
    assert await violations(strict) == []


async def test_hooks_are_changed_disabled_and_deleted_with_their_triggers(strict: Client) -> None:
    one = await hook(strict, None, ("Documents", "create"))
    changed = await strict.http.patch(one, json={"status": "disabled"})
    assert changed.status_code == 200, changed.text
    shown = changed.json()["data"]
    assert (shown["status"], shown["trigger_count"], shown["project_id"]) == ("disabled", 1, None)
    await strict.http.post("/rest/v1.0/folders", params=OF_PROJECT, json={"folder": {"name": "Neuf"}})
    assert await deliveries(strict, one) == []
    trigger = (await strict.http.get(f"{one}/triggers")).json()["data"][0]["id"]
    assert (await strict.http.delete(f"{one}/triggers/{trigger}")).status_code == 204
    assert (await strict.http.delete(one)).status_code == 204
    assert (await strict.http.get(one)).status_code == 404
    assert (await strict.http.get(f"{base(strict)}/hooks")).json() == {"data": []}
    assert await violations(strict) == []


@pytest.mark.parametrize(
    "change",
    [{"payload_version": "v9"}, {"namespace": "Not Allowed"}, {"destination_url": "http://relay.example"}],
    ids=str,
)
async def test_a_hook_beside_the_rules_is_refused(strict: Client, change: dict[str, str]) -> None:
    assert (await strict.http.post(f"{base(strict)}/hooks", json={**HOOK, **change})).status_code == 400
    known = await strict.http.get(f"{base(strict)}/resources", params={"payload_version": "v2.0", "per_page": 100})
    assert "Documents" in [row["name"] for row in known.json()["data"]]
