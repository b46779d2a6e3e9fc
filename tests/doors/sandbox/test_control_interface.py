"""The control interface: start line, call log, state, clock, switches, planted faults."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.api_document import api_document
from maestro_procore.sandbox.vendors import VENDORS

from .conftest import COMPANY, NOW, Client


async def test_the_control_url_answers_the_start_line(client: Client) -> None:
    line = await client.control("GET", "")
    assert line == client.sandbox.start_line
    assert list(line) == [
        "procore_api",
        "procore_login",
        "graph",
        "microsoft_login",
        "ca_file",
        "client_id",
        "client_secret",
        "company_id",
        "drive_id",
        "company",
        "control",
    ]
    assert line["company"] == {"m_company": [{"company_id": 1, "name": "Constructions Lévis"}]}


async def test_calls_are_logged_as_they_arrived_and_were_answered(client: Client) -> None:
    await client.control("DELETE", "calls")
    await client.get("v1.1/projects", page=2)
    await client.get("v1.0/vendors/999")
    calls = await client.calls()
    assert calls[0] == {
        "n": 2,
        "at": "2026-01-05T12:00:00.000Z",
        "api": "procore",
        "method": "GET",
        "path": "/rest/v1.1/projects",
        "query": f"company_id={COMPANY}&page=2",
        "status": 200,
        "counted": True,
        "violation": None,
    }
    assert calls[1]["status"] == 404


async def test_a_call_stands_in_the_log_before_it_is_answered(client: Client) -> None:
    await client.control("POST", "faults", {"path": "/rest/v1.0/me", "cut": "before"})
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("v1.0/me")
    assert (await client.calls())[-1]["status"] is None


async def test_state_shows_records_as_the_show_answer_does(client: Client) -> None:
    state = await client.control("GET", "state/vendors")
    shown = (await client.get("v1.0/vendors/201", view="extended")).json()
    assert [row["id"] for row in state] == [201, 202, 203]
    assert state[0] == shown
    document = api_document()
    assert set(shown) == set(document.properties(document.at(VENDORS.show)))


async def test_another_user_can_make_edit_and_remove_a_record(client: Client) -> None:
    made = await client.control("POST", "state/projects", {"name": "Marina", "project_stage_id": 11})
    await client.control("POST", "clock", {"advance_seconds": 5})
    edited = await client.control("POST", "state/projects", {"id": made["id"], "city": "Sorel"})
    await client.control("DELETE", f"state/projects/{made['id']}")
    assert (made["project_stage"], made["active"]) == ({"id": 11, "name": "Bidding"}, True)
    assert (edited["name"], edited["city"], edited["updated_at"]) == ("Marina", "Sorel", "2026-01-05T12:00:05Z")
    assert edited["created_at"] == "2026-01-05T12:00:00Z"
    assert (await client.get(f"v1.0/projects/{made['id']}")).status_code == 404


async def test_another_users_edit_is_found_by_a_differential_read(client: Client) -> None:
    await client.control("POST", "state/vendors", {"id": 201, "name": "Béton Lévis inc."})
    answer = await client.get("v1.0/vendors", filters__updated_at="2026-01-05...2026-01-06")
    assert [row["name"] for row in answer.json()] == ["Béton Lévis inc."]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "state/vendors", {"id": 999, "name": "X"}, 404),
        ("POST", "state/vendors", {"colour": "red"}, 400),
        ("DELETE", "state/vendors/999", None, 404),
        ("GET", "state/oauth_tokens", None, 404),
        ("POST", "clock", {"advance_seconds": "x"}, 400),
        ("POST", "switches", {"no_such": True}, 400),
        ("POST", "switches", {"range_ends": "fuzzy"}, 400),
        ("POST", "faults", {"status": 500, "paht": "x"}, 400),
        ("POST", "faults", {"cut": "sideways"}, 400),
        ("POST", "faults", {"status": 500, "body_contains": 7}, 400),
        ("POST", "faults", {"status": 500, "body_contains": ["a", 7]}, 400),
        ("POST", "faults", {"path": "^(", "status": 500}, 400),
        ("GET", "nothing", None, 404),
    ],
    ids=lambda value: str(value),
)
async def test_a_wrong_control_request_is_refused(
    client: Client, method: str, path: str, body: Any, status: int
) -> None:
    answer = await client.http.request(method, f"/control/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_the_clock_moves_record_times_and_dates(client: Client) -> None:
    moved = await client.control("POST", "clock", {"advance_seconds": 3600})
    entities, _ = await client.sync("vendors", {"id": 201, "city": "x"})
    assert moved["now"] == entities[0]["updated_at"] == "2026-01-05T13:00:00Z"
    assert client.sandbox.clock.unix() == NOW + 3600


async def test_a_fault_hits_the_nth_matching_call_as_often_as_told(client: Client) -> None:
    fault = {"match": {"method": "GET", "path": "/rest/v1.0/vendors*", "nth": 2, "times": 2}, "status": 503}
    await client.control("POST", "faults", {**fault, "headers": {"Retry-After": "7"}, "body": {"message": "busy"}})
    await client.get("v1.1/projects")
    answers = [await client.get("v1.0/vendors") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert (answers[1].headers["retry-after"], answers[1].json()) == ("7", {"message": "busy"})
    assert "x-rate-limit-limit" in answers[1].headers


async def test_a_fault_by_regular_expression_and_for_ever(client: Client) -> None:
    await client.control("POST", "faults", {"path": r"^/rest/v1\.\d/vendors$", "times": None, "status": 502})
    assert [(await client.get("v1.0/vendors")).status_code for _ in range(3)] == [502, 502, 502]
    await client.control("DELETE", "faults")
    assert (await client.get("v1.0/vendors")).status_code == 200


async def test_a_fault_poisons_one_record_of_every_bulk_call_that_holds_it(client: Client) -> None:
    fault = {"match": {"path": "*/vendors/sync", "body_contains": '"origin_id":"MST:2"'}, "times": None, "status": 500}
    await client.control("POST", "faults", fault)
    records = [{"name": f"Béton {number}", "origin_id": f"MST:{number}"} for number in range(1, 4)]
    answers = [
        await client.patch("v1.0/vendors/sync", updates=updates)
        for updates in (records, records[:1], records[1:], records[2:])
    ]
    assert [answer.status_code for answer in answers] == [500, 200, 500, 200]
    names = [row["name"] for row in await client.control("GET", "state/vendors")]
    assert names[3:] == ["Béton 1", "Béton 3"]


@pytest.mark.parametrize(
    ("pieces", "status"),
    [("Béton", 503), ('"name":"Béton"', 503), (["Béton", "Alma"], 503), (["Béton", "Sorel"], 200), ("Sorel", 200)],
    ids=str,
)
async def test_a_piece_of_the_body_is_found_however_it_was_escaped(
    client: Client, pieces: str | list[str], status: int
) -> None:
    await client.control("POST", "faults", {"body_contains": pieces, "status": 503})
    body = f'{{ "company_id": {COMPANY}, "updates": [{{"name" : "B\\u00e9ton", "city": "Alma"}}] }}'
    answer = await client.http.patch(
        "/rest/v1.0/vendors/sync", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("cut", "created"), [("before", 0), ("after", 1)])
async def test_a_cut_call_was_applied_or_not_as_told(client: Client, cut: str, created: int) -> None:
    await client.control("POST", "faults", {"method": "PATCH", "path": "*/sync", "cut": cut})
    with pytest.raises(httpx.RemoteProtocolError):
        await client.sync("vendors", {"name": "New", "origin_id": "MST:1"})
    assert len(await client.control("GET", "state/vendors")) == 3 + created


async def test_a_failing_answer_may_hide_an_applied_request(client: Client) -> None:
    await client.control("POST", "faults", {"path": "*/sync", "status": 502, "apply": True, "body": "<html>"})
    answer = await client.patch("v1.0/vendors/sync", updates=[{"name": "New"}])
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert len(await client.control("GET", "state/vendors")) == 4


async def test_a_right_answer_can_be_altered(client: Client) -> None:
    await client.control("POST", "faults", {"path": "*/projects/101", "alter": {"1250000.00": "1250000.01"}})
    assert (await client.get("v1.0/projects/101")).json()["total_value"] == "1250000.01"
    assert (await client.get("v1.0/projects/101")).json()["total_value"] == "1250000.00"


async def test_faults_reach_the_sign_in_too(make_client: Callable[..., Client]) -> None:
    client = make_client()
    await client.control("POST", "faults", {"api": "login", "status": 500})
    assert (await client.http.post("/oauth/token")).status_code == 500
    assert await client.token()


async def test_an_error_inside_undoes_the_whole_request(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await client.control("GET", "state/vendors")
    monkeypatch.setattr(client.sandbox.world, "commit", _broken)
    answer = await client.patch("v1.0/vendors/sync", updates=[{"id": 201, "origin_id": "Z"}, {"name": "New"}])
    monkeypatch.undo()
    assert answer.status_code == 500
    assert "disk full" in capsys.readouterr().err
    assert await client.control("GET", "state/vendors") == before
    assert (await client.sync("vendors", {"id": 202, "origin_id": "Z"}))[1] == []


def _broken(*_arguments: Any) -> None:
    raise OSError("disk full")
