"""Sign-in as the login host is documented: grants, single-use tokens and codes, expiry, revoke, error bodies."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .conftest import COMPANY, STRANGER, Client

LOOPBACK = "http://localhost:8123/callback"


def _pair(client: Client) -> dict[str, str]:
    credentials = client.sandbox.credentials
    return {"client_id": credentials.client_id, "client_secret": credentials.client_secret}


async def _authorize(client: Client, redirect_uri: str = LOOPBACK, **more: str) -> httpx.Response:
    asked = {"response_type": "code", "client_id": client.sandbox.credentials.client_id, "redirect_uri": redirect_uri}
    return await client.http.get("/oauth/authorize", params={**asked, **more})


async def _code(client: Client, **more: str) -> str:
    answer = await _authorize(client, **more)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def _exchange(client: Client, **fields: str) -> httpx.Response:
    return await client.http.post("/oauth/token", json={**_pair(client), **fields})


async def _person(client: Client) -> dict[str, Any]:
    answer = await _exchange(client, grant_type="authorization_code", code=await _code(client), redirect_uri=LOOPBACK)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def _me(client: Client, token: str) -> httpx.Response:
    return await client.http.get("/rest/v1.0/me", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("form", ["data", "json", "multipart", "basic"])
async def test_client_credentials_are_taken_in_every_documented_form(
    make_client: Callable[..., Client], form: str
) -> None:
    client = make_client()
    fields = {"grant_type": "client_credentials", **_pair(client)}
    bodies: dict[str, dict[str, Any]] = {
        "data": {"data": fields},
        "json": {"json": fields},
        "multipart": {"files": {name: (None, value) for name, value in fields.items()}},
        "basic": {
            "data": {"grant_type": "client_credentials"},
            "auth": (fields["client_id"], fields["client_secret"]),
        },
    }
    answer = await client.http.post("/oauth/token", **bodies[form])
    assert answer.status_code == 200
    content = answer.json()
    assert (content["token_type"], content["expires_in"]) == ("bearer", 5400)
    assert "refresh_token" not in content


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "never-given"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "never-given"}, 400, "invalid_grant"),
    ],
    ids=lambda value: str(value),
)
async def test_a_wrong_token_request_gets_an_oauth_error(
    make_client: Callable[..., Client], change: dict[str, str], status: int, error: str
) -> None:
    client = make_client()
    answer = await _exchange(client, **{"grant_type": "client_credentials", **change})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


async def test_the_sign_in_page_redirects_with_code_and_state(make_client: Callable[..., Client]) -> None:
    client = make_client()
    answer = await _authorize(client, LOOPBACK + "?from=test", state="s/1&2")
    address = urlsplit(answer.headers["location"])
    assert answer.status_code == 302
    assert (address.hostname, address.port, address.path) == ("localhost", 8123, "/callback")
    values = parse_qs(address.query)
    assert values["state"] == ["s/1&2"]
    assert values["from"] == ["test"]


async def test_out_of_band_shows_the_code_on_a_page(make_client: Callable[..., Client]) -> None:
    client = make_client()
    page = await _authorize(client, "urn:ietf:wg:oauth:2.0:oob")
    code = page.text.partition('id="authorization_code">')[2].partition("<")[0]
    answer = await _exchange(
        client, grant_type="authorization_code", code=code, redirect_uri="urn:ietf:wg:oauth:2.0:oob"
    )
    assert answer.status_code == 200


async def test_a_code_works_once(make_client: Callable[..., Client]) -> None:
    client = make_client()
    code = await _code(client)
    first = await _exchange(client, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK)
    second = await _exchange(client, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK)
    assert (first.status_code, second.status_code) == (200, 400)


async def test_a_code_dies_after_ten_minutes(make_client: Callable[..., Client]) -> None:
    client = make_client()
    code = await _code(client)
    await client.control("POST", "clock", {"advance_seconds": 601})
    answer = await _exchange(client, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK)
    assert answer.json()["error"] == "invalid_grant"


async def test_a_code_belongs_to_its_redirect_address(make_client: Callable[..., Client]) -> None:
    client = make_client()
    code = await _code(client)
    answer = await _exchange(client, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK + "/")
    assert answer.json()["error"] == "invalid_grant"


async def test_a_code_with_a_challenge_wants_its_verifier(make_client: Callable[..., Client]) -> None:
    client = make_client()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    asked = {"grant_type": "authorization_code", "redirect_uri": LOOPBACK}
    code = await _code(client, code_challenge=challenge, code_challenge_method="S256")
    wrong = await _exchange(client, **asked, code=code, code_verifier="other")
    right = await _exchange(client, **asked, code=code, code_verifier="verifier")
    assert (wrong.status_code, right.status_code) == (400, 200)


async def test_who_saw_the_challenge_cannot_use_the_code(make_client: Callable[..., Client]) -> None:
    """RFC 7636, 4.6: by S256 only the verifier proves anything, not what stood in the address."""
    client = make_client()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    code = await _code(client, code_challenge=challenge, code_challenge_method="S256")
    answer = await _exchange(
        client, grant_type="authorization_code", redirect_uri=LOOPBACK, code=code, code_verifier=challenge
    )
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("redirect_uri", ["http://attacker.example/x", "javascript:alert(1)", ""])
async def test_a_foreign_redirect_address_is_never_followed(
    make_client: Callable[..., Client], redirect_uri: str
) -> None:
    answer = await _authorize(make_client(), redirect_uri)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_the_sign_in_page_can_ask_and_be_denied(make_client: Callable[..., Client]) -> None:
    client = make_client(switches={"authorize_asks": True})
    page = await _authorize(client, state="<s>")
    assert "&lt;s&gt;" in page.text
    fields = {"response_type": "code", "client_id": client.sandbox.credentials.client_id, "redirect_uri": LOOPBACK}
    denied = await client.http.post("/oauth/authorize", data={**fields, "decision": "deny"})
    allowed = await client.http.post("/oauth/authorize", data={**fields, "decision": "allow"})
    assert "error=access_denied" in denied.headers["location"]
    assert "code=" in allowed.headers["location"]


async def test_a_refresh_token_works_once_and_kills_its_access_token(make_client: Callable[..., Client]) -> None:
    client = make_client()
    old = await _person(client)
    fresh = await _exchange(client, grant_type="refresh_token", refresh_token=old["refresh_token"])
    again = await _exchange(client, grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert again.json()["error"] == "invalid_grant"
    assert (await _me(client, old["access_token"])).status_code == 401
    assert (await _me(client, fresh.json()["access_token"])).status_code == 200


async def test_a_refresh_token_outlives_its_access_token(make_client: Callable[..., Client]) -> None:
    client = make_client()
    old = await _person(client)
    await client.control("POST", "clock", {"advance_seconds": 90 * 86_400})
    answer = await _exchange(client, grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert answer.status_code == 200


async def test_an_access_token_dies_after_5400_seconds(client: Client) -> None:
    await client.control("POST", "clock", {"advance_seconds": 5399})
    assert (await client.get("v1.0/me")).status_code == 200
    await client.control("POST", "clock", {"advance_seconds": 1})
    answer = await client.get("v1.0/me")
    assert answer.status_code == 401
    assert answer.json()["message"] == "The access token expired"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_revoking_either_token_kills_both(make_client: Callable[..., Client], which: str) -> None:
    client = make_client()
    pair = await _person(client)
    revoked = await client.http.post("/oauth/revoke", data={**_pair(client), "token": pair[which]})
    refreshed = await _exchange(client, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert revoked.status_code == 200
    assert (await _me(client, pair["access_token"])).status_code == 401
    assert refreshed.status_code == 400


async def test_revoking_an_unknown_token_is_answered_200(make_client: Callable[..., Client]) -> None:
    client = make_client()
    answer = await client.http.post("/oauth/revoke", data={**_pair(client), "token": "unknown"})
    assert answer.status_code == 200


async def test_token_info_tells_the_time_left(client: Client) -> None:
    await client.control("POST", "clock", {"advance_seconds": 400})
    content = (await client.http.get("/oauth/token/info")).json()
    assert content["expires_in_seconds"] == 5000
    assert content["application"] == {"uid": client.sandbox.credentials.client_id}


async def test_sign_in_calls_are_logged_and_never_counted(make_client: Callable[..., Client]) -> None:
    client = make_client(hourly_limit=1)
    for _ in range(5):
        await client.token()
    calls = await client.calls()
    assert {(call["api"], call["counted"], call["status"]) for call in calls} == {("login", False, 200)}


async def test_without_company_header_the_answer_is_the_documented_text(client: Client) -> None:
    del client.http.headers["Procore-Company-Id"]
    answer = await client.http.get("/rest/v1.0/vendors")
    assert answer.status_code == 400
    assert answer.text.startswith("Missing Procore-Company-Id header!")


async def test_company_id_in_the_query_may_stand_for_the_header(client: Client) -> None:
    del client.http.headers["Procore-Company-Id"]
    assert (await client.get("v1.0/vendors")).status_code == 200
    await client.control("POST", "switches", {"company_header_optional": False})
    assert (await client.get("v1.0/vendors")).status_code == 400


async def test_a_service_account_may_have_to_name_the_company_everywhere(client: Client) -> None:
    await client.control("POST", "switches", {"identity_header_optional": False})
    assert (await client.http.get("/rest/v1.0/me")).status_code == 200
    del client.http.headers["Procore-Company-Id"]
    assert (await client.http.get("/rest/v1.0/me")).status_code == 400


@pytest.mark.parametrize("company", [STRANGER, 4], ids=["without the app", "unknown"])
async def test_a_company_without_the_app_is_403(client: Client, company: int) -> None:
    client.http.headers["Procore-Company-Id"] = str(company)
    answer = await client.get("v1.0/vendors", company_id=company)
    assert answer.status_code == 403
    assert "not connected to this company" in answer.json()["message"]


async def test_header_and_query_of_two_companies_are_403(client: Client) -> None:
    assert (await client.get("v1.0/vendors", company_id=STRANGER)).status_code == 403


async def test_companies_of_a_service_account_have_the_app(client: Client) -> None:
    answer = await client.http.get("/rest/v1.0/companies")
    assert [row["id"] for row in answer.json()] == [COMPANY]


async def test_companies_of_a_person_are_all_theirs(make_client: Callable[..., Client]) -> None:
    client = make_client()
    pair = await _person(client)
    answer = await client.http.get("/rest/v1.0/companies", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert [row["id"] for row in answer.json()] == [COMPANY, STRANGER]
    assert set(answer.json()[0]) == {
        "id",
        "name",
        "is_active",
        "logo_url",
        "pcn_business_experience",
        "my_company",
    }


async def test_without_token_everything_is_401(make_client: Callable[..., Client]) -> None:
    client = make_client()
    for path in ("v1.0/me", "v1.0/companies", "v1.1/projects", "v1.0/nothing"):
        assert (await client.get(path)).status_code == 401
