"""MSAL for Python, run unchanged, signs in at the sandbox: people, devices, applications; silently, and not at all."""

import base64
import datetime
import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from maestro_procore.sandbox.graph_world import TENANT_ID
from maestro_procore.sandbox.microsoft_sign_in import CLIENT_ID
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox

from .conftest import start
from .foreign import Browser

FILES = ["https://graph.microsoft.com/Files.ReadWrite.All", "User.Read"]
DEFAULT = ["https://graph.microsoft.com/.default"]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with RunningSandbox(SandboxOptions(), data=start()) as made:
        yield made


@pytest.fixture
def house(running: RunningSandbox) -> Iterator[RunningSandbox]:
    """The sandbox, with default switches again afterwards."""
    before = running.sandbox.switches.as_dict()
    yield running
    running.sandbox.switches.change(before)


@pytest.fixture
def session(running: RunningSandbox) -> Iterator[requests.Session]:
    """Trusts the sandbox's own authority, whatever the environment of the machine says."""
    with requests.Session() as made:
        made.trust_env = False
        made.verify = running.start_line["ca_file"]
        yield made


@pytest.fixture
def person(running: RunningSandbox, session: requests.Session) -> msal.PublicClientApplication:
    return public(running, session)


def public(running: RunningSandbox, session: requests.Session, **more: Any) -> msal.PublicClientApplication:
    authority = f"{running.start_line['microsoft_login']}/common"
    options = {"instance_discovery": False, "http_client": session, **more}
    return msal.PublicClientApplication(CLIENT_ID, authority=authority, **options)


def control(running: RunningSandbox, path: str, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{running.start_line['control']}/{path}", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text


def me(running: RunningSandbox, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{running.start_line['graph']}/v1.0/me", headers=headers, trust_env=False)


def by_browser(
    app: msal.PublicClientApplication, browser: Browser, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> dict[str, Any]:
    monkeypatch.setattr("webbrowser.open", browser.open)
    found: dict[str, Any] = app.acquire_token_interactive(FILES, timeout=20, **more)
    browser.close()
    return found


def test_a_person_signs_in_by_browser_and_again_silently(
    running: RunningSandbox, person: msal.PublicClientApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = by_browser(person, Browser(running.start_line), monkeypatch, login_hint="marc.gagnon@example.com")
    assert result.get("id_token_claims", result)["preferred_username"] == "marc.gagnon@example.com"
    assert me(running, result["access_token"]).json()["displayName"] == "Marc Gagnon"
    (account,) = person.get_accounts()
    assert account["home_account_id"].endswith(f".{TENANT_ID}")
    cached = person.acquire_token_silent(FILES, account)
    assert (cached["access_token"], cached["token_source"]) == (result["access_token"], "cache")
    renewed = person.acquire_token_silent(FILES, account, force_refresh=True)
    assert renewed["access_token"] != result["access_token"]
    assert me(running, renewed["access_token"]).status_code == 200


def test_pages_that_ask_want_account_second_factor_and_consent_once(
    house: RunningSandbox, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    control(house, "switches", {"microsoft_sign_in_asks": True})
    control(house, "microsoft", {"withdraw_consent": "chantal.roy@example.com"})
    answers = {"account": "chantal.roy@example.com", "consent": "accept"}
    browser = Browser(house.start_line, answers)
    result = by_browser(public(house, session), browser, monkeypatch)
    assert result["id_token_claims"]["name"] == "Chantal Roy"
    assert browser.titles == ["Pick an account", "Enter code", "Permissions requested by maestro_procore"]
    again = Browser(house.start_line, answers)
    assert "access_token" in by_browser(public(house, session), again, monkeypatch)
    assert again.titles == ["Pick an account", "Enter code"]


def test_a_person_who_does_not_consent_is_not_signed_in(
    house: RunningSandbox, person: msal.PublicClientApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    control(house, "switches", {"microsoft_sign_in_asks": True, "microsoft_mfa": False})
    control(house, "microsoft", {"withdraw_consent": "chantal.roy@example.com"})
    answers = {"account": "chantal.roy@example.com", "consent": "cancel"}
    result = by_browser(person, Browser(house.start_line, answers), monkeypatch)
    assert (result["error"], "AADSTS65004" in result["error_description"]) == ("access_denied", True)


def test_a_device_waits_until_a_person_enters_its_code(
    running: RunningSandbox, person: msal.PublicClientApplication, session: requests.Session
) -> None:
    flow = person.initiate_device_flow(FILES)
    assert flow["user_code"] in flow["message"]
    once = {"exit_condition": lambda _flow: True}
    assert person.acquire_token_by_device_flow(flow, **once)["error"] == "authorization_pending"
    # MSAL keeps the interval, so the one who asks too soon is somebody else.
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": CLIENT_ID}
    token = f"{running.start_line['microsoft_login']}/common/oauth2/v2.0/token"
    early = session.post(token, data={**form, "device_code": flow["device_code"]})
    assert early.json()["error"] == "slow_down"
    control(running, "microsoft", {"approve": flow["user_code"], "user": "chantal.roy@example.com"})
    flow["latest_attempt_at"] = 0  # a test does not wait the interval out
    result = person.acquire_token_by_device_flow(flow)
    assert me(running, result["access_token"]).json()["userPrincipalName"] == "chantal.roy@example.com"


def test_a_device_code_that_is_declined_or_too_old_gives_nothing(
    running: RunningSandbox, person: msal.PublicClientApplication
) -> None:
    declined, old = person.initiate_device_flow(FILES), person.initiate_device_flow(FILES)
    control(running, "microsoft", {"deny": declined["user_code"]})
    assert person.acquire_token_by_device_flow(declined)["error"] == "authorization_declined"
    control(running, "clock", {"advance_seconds": 901})
    assert person.acquire_token_by_device_flow(old)["error"] == "expired_token"


@pytest.mark.parametrize("pair", ["microsoft", "procore"])
def test_an_application_signs_in_with_its_secret_and_is_nobody(
    running: RunningSandbox, session: requests.Session, pair: str
) -> None:
    line = running.start_line
    names = httpx.get(f"{line['control']}/microsoft", trust_env=False).json() if pair == "microsoft" else line
    options = {"instance_discovery": False, "http_client": session}
    authority = f"{line['microsoft_login']}/{TENANT_ID}"
    app = msal.ConfidentialClientApplication(names["client_id"], names["client_secret"], authority, **options)
    result = app.acquire_token_for_client(DEFAULT)
    assert app.acquire_token_for_client(DEFAULT)["token_source"] == "cache"
    assert me(running, result["access_token"]).status_code == 400
    drive = f"{line['graph']}/v1.0/drives/{line['drive_id']}"
    headers = {"Authorization": f"Bearer {result['access_token']}"}
    assert httpx.get(drive, headers=headers, trust_env=False).json()["driveType"] == "documentLibrary"
    wrong = msal.ConfidentialClientApplication(names["client_id"], "mistyped", authority, **options)
    assert "AADSTS7000215" in wrong.acquire_token_for_client(DEFAULT)["error_description"]


def test_an_application_signs_in_with_its_certificate(running: RunningSandbox, session: requests.Session) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "service")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password).decode()
    app = msal.ConfidentialClientApplication(
        CLIENT_ID,
        {"private_key": private, "thumbprint": certificate.fingerprint(hashes.SHA1()).hex(), "public_certificate": pem},
        f"{running.start_line['microsoft_login']}/{TENANT_ID}",
        instance_discovery=False,
        http_client=session,
    )
    assert "AADSTS700027" in app.acquire_token_for_client(DEFAULT)["error_description"]
    control(running, "microsoft", {"certificate": pem})
    assert "access_token" in app.acquire_token_for_client(DEFAULT)


def test_a_revoked_session_wants_the_person_again(
    running: RunningSandbox, person: msal.PublicClientApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_browser(person, Browser(running.start_line), monkeypatch)
    (account,) = person.get_accounts()
    control(running, "microsoft", {"revoke": account["username"]})
    result = person.acquire_token_silent_with_error(FILES, account, force_refresh=True)
    assert (result["error"], "AADSTS50173" in result["error_description"]) == ("invalid_grant", True)


def test_a_claims_challenge_is_answered_with_a_new_token(
    running: RunningSandbox, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = public(running, session, client_capabilities=["CP1"])
    result = by_browser(app, Browser(running.start_line), monkeypatch)
    assert result["expires_in"] == 28 * 3600
    control(running, "microsoft", {"challenge": "chantal.roy@example.com"})
    refused = me(running, result["access_token"])
    assert (refused.status_code, 'error="insufficient_claims"' in refused.headers["www-authenticate"]) == (401, True)
    challenge = re.findall(r'claims="([^"]+)"', refused.headers["www-authenticate"])[0]
    claims = base64.b64decode(challenge).decode()
    renewed = app.acquire_token_silent(FILES, app.get_accounts()[0], claims_challenge=claims)
    assert me(running, renewed["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("number", "error"),
    [(50076, "interaction_required"), (53003, "interaction_required"), (700082, "invalid_grant")],
)
def test_a_rule_of_the_tenant_refuses_with_its_number(
    house: RunningSandbox, session: requests.Session, monkeypatch: pytest.MonkeyPatch, number: int, error: str
) -> None:
    control(house, "switches", {"microsoft_refusal": number})
    result = by_browser(public(house, session), Browser(house.start_line), monkeypatch)
    assert (result["error"], f"AADSTS{number}" in result["error_description"]) == (error, True)
    assert result["error_codes"] == [number]


def test_an_unknown_application_is_refused_when_the_switch_says_so(
    house: RunningSandbox, session: requests.Session
) -> None:
    control(house, "switches", {"microsoft_unknown_apps": "refuse"})
    authority = f"{house.start_line['microsoft_login']}/{TENANT_ID}"
    app = msal.ConfidentialClientApplication(
        secrets.token_hex(8), "secret", authority, instance_discovery=False, http_client=session
    )
    assert "AADSTS700016" in app.acquire_token_for_client(DEFAULT)["error_description"]


def test_the_certificate_is_checked(running: RunningSandbox) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{running.start_line['microsoft_login']}/common/v2.0/.well-known/openid-configuration")
