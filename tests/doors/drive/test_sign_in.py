"""Signing in to Microsoft: in the browser, by device code, as a service; what refusals mean (graph-drive.md §6)."""

import asyncio
import datetime
from urllib.parse import urlsplit

import httpx
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from filelock import FileLock

from maestro_procore.drive import certificate_file
from maestro_procore.drive import token_cache as token_cache_module
from maestro_procore.drive.auth import Account, ServiceSignIn, SignIn
from maestro_procore.drive.connection import MicrosoftConnection
from maestro_procore.drive.msal_session import SignInSession
from maestro_procore.drive.person import which_service, who
from maestro_procore.drive.scopes import RIGHTS, Purpose, rights_for, scopes_for
from maestro_procore.drive.sign_in_answers import BY_CODE, BY_ERROR, sign_in_failure
from maestro_procore.drive.token_cache import KEY_NAME, Seal, SealedTokenCache, token_cache
from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.i18n import has_text
from maestro_procore.logs import Secret
from maestro_procore.model.microsoft_clouds import CLOUDS, Cloud
from maestro_procore.store.secrets import MemorySecrets
from tests.doors.drive.fake_graph import World, ok
from tests.doors.drive.fake_identity import Browser, FakeIdentity, refusal
from tests.doors.procore.fake_procore import JumpClock

CONNECTION = MicrosoftConnection(client_id="our-app-id")
OWN = (Purpose.OWN_DRIVE,)


class Lasting(MemorySecrets):
    """A key ring that keeps."""

    @property
    def is_lasting(self) -> bool:
        return True


def signing_in(identity: FakeIdentity, cache: msal.TokenCache | None = None) -> SignIn:
    held = cache or msal.TokenCache()
    return SignIn(CONNECTION, JumpClock(), lambda: held, make_session=identity.session)


async def opened(browser: Browser, waiting: asyncio.Task[Account]) -> None:
    """Until the browser shows the page; what went wrong before comes out."""
    while not browser.asked:
        if waiting.done():
            await waiting
        await asyncio.sleep(0)


async def signed_in(sign_in: SignIn, identity: FakeIdentity, user: str = "ann@contoso.com") -> Account:
    browser = Browser(identity, user)
    waiting = asyncio.create_task(sign_in.in_browser(OWN, browser.open, page="You may close this window."))
    await opened(browser, waiting)
    assert (await browser.post()).status_code == 200
    return await waiting


async def test_a_person_signs_in_through_the_browser_and_the_program_never_sees_the_password():
    """F139, F140: system browser, PKCE, state, an address of this computer."""
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    browser = Browser(identity)
    waiting = asyncio.create_task(sign_in.in_browser(OWN, browser.open, page="Fertig <b>"))
    await opened(browser, waiting)
    assert browser.asked["code_challenge_method"] == "S256"
    assert browser.asked["response_mode"] == "form_post"
    assert browser.asked["redirect_uri"].startswith("http://localhost:")
    assert browser.asked["prompt"] == "select_account"
    shown = await browser.post()
    assert "Fertig &lt;b&gt;" in shown.text
    account = await waiting
    assert account == Account("ann.tenant", "ann@contoso.com")
    assert await sign_in.accounts() == [account]
    assert "code_verifier" in identity.posted[-1]


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
async def test_f139_each_cloud_is_asked_at_its_own_sign_in_for_its_own_graph(cloud: Cloud):
    """No national cloud hears of another one; rights are those of its own Graph (national cloud deployments)."""
    connection = MicrosoftConnection(client_id="our-app-id", graph_url=cloud.graph, tenant="contoso")
    person, service = FakeIdentity(), FakeIdentity()
    sign_in = SignIn(connection, JumpClock(), make_session=person.session)
    await signed_in(sign_in, person)
    account = (await sign_in.accounts())[0]
    await sign_in.tokens(account.id, OWN).renewed(Secret("old"), None)
    application = ServiceSignIn(connection, Secret("canary"), JumpClock(), make_session=service.session)
    await application.tokens().token()
    for identity in (person, service):
        assert identity.asked
        assert {"https://" + (urlsplit(url).hostname or "") for url in identity.asked} == {cloud.login}
        assert all(cloud.graph in form["scope"] for form in identity.posted)


async def test_an_answer_with_a_foreign_state_is_refused_and_the_waiting_goes_on():
    """S7."""
    identity = FakeIdentity()
    browser = Browser(identity)
    waiting = asyncio.create_task(signing_in(identity).in_browser(OWN, browser.open, page=""))
    await opened(browser, waiting)
    assert (await browser.post(state="guessed")).status_code == 400
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(browser.here() + "favicon.ico")).status_code == 404
        assert (await http.get(browser.here())).status_code == 400
        state = browser.asked["state"]
        assert (await http.get(browser.here(), params={"code": "code-of-ann@contoso.com", "state": state})).is_success
    assert (await waiting).name == "ann@contoso.com"


@pytest.mark.parametrize("declined", [True, False], ids=["declined", "time is over"])
async def test_a_sign_in_that_is_not_finished_says_so(declined):
    """F142."""
    identity = FakeIdentity()
    browser = Browser(identity)
    seconds = 60.0 if declined else 0.05
    waiting = asyncio.create_task(signing_in(identity).in_browser(OWN, browser.open, page="", seconds=seconds))
    await opened(browser, waiting)
    if declined:
        await browser.post(code="", error="access_denied", error_description="AADSTS65004: declined")
    with pytest.raises(FileCallFailed) as caught:
        await waiting
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.SIGN_IN, "DRV-25")


async def test_a_sign_in_can_be_called_off():
    identity = FakeIdentity()
    browser = Browser(identity)
    waiting = asyncio.create_task(signing_in(identity).in_browser(OWN, browser.open, page=""))
    await opened(browser, waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(httpx.ConnectError):
        await browser.post()


async def test_several_accounts_stand_side_by_side_and_one_is_forgotten():
    """F182."""
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    ann = await signed_in(sign_in, identity)
    bob = await signed_in(sign_in, identity, "bob@contoso.com")
    assert (await sign_in.tokens(bob.id, OWN).token()).reveal().endswith("bob@contoso.com")
    assert (await sign_in.tokens(ann.id, OWN).token()).reveal().endswith("ann@contoso.com")
    await sign_in.sign_out(ann.id)
    assert await sign_in.accounts() == [bob]
    with pytest.raises(FileCallFailed) as caught:
        await sign_in.tokens(ann.id, OWN).token()
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.SIGN_IN, "DRV-03")


async def test_f171_a_token_is_renewed_without_asking_anybody():
    """F171: one sign-in lasts."""
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    tokens = sign_in.tokens((await signed_in(sign_in, identity)).id, OWN)
    first = await tokens.token()
    assert await tokens.token() is first
    second = await tokens.renewed(first, None)
    assert second.reveal() != first.reveal()
    assert await tokens.renewed(first, None) is second, "another call was quicker"


async def test_many_calls_that_find_the_token_dead_fetch_one():
    """F7."""
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    tokens = sign_in.tokens((await signed_in(sign_in, identity)).id, OWN)
    first = await tokens.token()
    asked = len(identity.posted)
    renewed = await asyncio.gather(*(tokens.renewed(first, None) for _ in range(8)))
    assert len({token.reveal() for token in renewed}) == 1
    assert len(identity.posted) == asked + 1


async def test_what_a_challenge_demands_is_asked_of_the_sign_in_server():
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    tokens = sign_in.tokens((await signed_in(sign_in, identity)).id, OWN)
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    await tokens.renewed(await tokens.token(), claims)
    assert '"nbf"' in identity.posted[-1]["claims"]
    assert '"cp1"' in identity.posted[-1]["claims"].lower()


async def test_a_device_code_is_typed_elsewhere():
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    code = await sign_in.begin_device_code(OWN)
    assert (code.user_code, code.address) == ("ABCD-EFGH", "https://microsoft.com/devicelogin")
    assert "canary" not in repr(code)
    identity.device_user = "bob@contoso.com"
    assert (await sign_in.finish_device_code(code)).name == "bob@contoso.com"
    assert identity.polls == 3


async def test_a_device_code_that_nobody_types_ends():
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    with pytest.raises(FileCallFailed) as caught:
        await sign_in.finish_device_code(await sign_in.begin_device_code(OWN))
    assert caught.value.problem.code == "DRV-25"


HERE = MicrosoftConnection(client_id="x", graph_url="http://127.0.0.1:9", login_url="https://127.0.0.1:8443")


@pytest.mark.parametrize(
    ("connection", "wanted", "asked"),
    [(CONNECTION, True, True), (CONNECTION, False, None), (HERE, True, None)],
    ids=["wanted", "not wanted", "in training"],
)
async def test_windows_own_account_window_is_asked_for_at_microsoft_only(monkeypatch, connection, wanted, asked):
    """§6.3: it knows no other sign-in server; MSAL itself goes back to the browser where it is missing."""
    made: list[dict] = []

    class App:
        def __init__(self, client_id, **more):
            made.append(more)

        def get_accounts(self):
            return []

        def acquire_token_interactive(self, scopes, **more):
            made.append(more)
            return {"access_token": "canary-token", "id_token_claims": {"sub": "s", "preferred_username": "ann@x"}}

    monkeypatch.setattr(msal, "PublicClientApplication", App)
    sign_in = SignIn(connection, JumpClock(), with_broker=wanted, make_session=FakeIdentity().session)
    assert (await sign_in.through_broker(OWN, 4711)).name == "ann@x"
    assert made[0].get("enable_broker_on_windows") is asked
    assert made[0]["instance_discovery"] is (None if connection is CONNECTION else False)
    assert made[1]["parent_window_handle"] == 4711


async def test_an_organization_that_blocks_device_codes_says_so():
    identity = FakeIdentity()
    identity.refusals = [refusal("invalid_grant", 53003)]
    with pytest.raises(FileCallFailed) as caught:
        await signing_in(identity).begin_device_code(OWN)
    assert caught.value.problem.code == "DRV-22"


# --- the cache ------------------------------------------------------------------------------------


async def test_f171_ten_restarts_ask_nobody_and_the_file_says_nothing(tmp_path):
    """F171, S6: the key is in the key ring, the file is sealed."""
    identity, secrets, file = FakeIdentity(), Lasting(), tmp_path / "profile" / "microsoft.bin"
    account = await signed_in(signing_in(identity, token_cache(file, secrets)), identity)
    content = file.read_bytes()
    assert b"canary" not in content
    assert b"contoso" not in content
    assert file.stat().st_mode & 0o077 == 0
    asked = len(identity.posted)
    for _ in range(10):
        again = signing_in(identity, token_cache(file, secrets))
        assert await again.accounts() == [account]
        tokens = again.tokens(account.id, OWN)
        assert "canary-access" in (await tokens.token()).reveal()
        await tokens.renewed(await tokens.token(), None)
    assert [form["grant_type"] for form in identity.posted[asked:]] == ["refresh_token"] * 10


async def test_two_programs_of_one_profile_see_each_others_sign_ins(tmp_path):
    identity, secrets, file = FakeIdentity(), Lasting(), tmp_path / "microsoft.bin"
    window, service = (signing_in(identity, token_cache(file, secrets)) for _ in range(2))
    assert await service.accounts() == []
    ann = await signed_in(window, identity)
    assert await service.accounts() == [ann]
    await service.sign_out(ann.id)
    assert await window.accounts() == []


async def test_kept_sign_ins_that_another_program_holds_are_told_and_the_next_try_works(tmp_path, monkeypatch):
    """CON-12: it comes again by itself, and nobody is signed out."""
    monkeypatch.setattr(token_cache_module, "LOCK_SECONDS", 0.05)
    identity, secrets, file = FakeIdentity(), Lasting(), tmp_path / "microsoft.bin"
    signing = signing_in(identity, token_cache(file, secrets))
    with FileLock(file.with_suffix(".lock")):
        with pytest.raises(FileCallFailed) as caught:
            await signed_in(signing, identity)
        assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.AGAIN, "CON-12")
    assert (await signed_in(signing, identity)).name == "ann@contoso.com"


async def test_without_its_key_the_file_is_empty_and_nothing_breaks(tmp_path):
    """F25: the key ring lost it; somebody signs in again."""
    identity, secrets, file = FakeIdentity(), Lasting(), tmp_path / "microsoft.bin"
    await signed_in(signing_in(identity, token_cache(file, secrets)), identity)
    secrets.put(KEY_NAME, "spoilt")
    again = signing_in(identity, token_cache(file, secrets))
    assert await again.accounts() == []
    assert (await signed_in(again, identity)).name == "ann@contoso.com"


def test_what_was_changed_or_sealed_elsewhere_does_not_open():
    seal = Seal.of(Lasting())
    closed = seal.closed("https://upload?secret")
    assert seal.opened(closed) == "https://upload?secret"
    assert seal.opened(closed[:-4] + "AAAA") is None
    assert Seal.of(Lasting()).opened(closed) is None
    assert seal.opened("é") is None


def test_training_leaves_no_file(tmp_path):
    """Secrets that do not last are not written down, sealed or not."""
    cache = token_cache(tmp_path / "microsoft.bin", MemorySecrets())
    assert not isinstance(cache, SealedTokenCache)


# --- services -------------------------------------------------------------------------------------

TENANT = MicrosoftConnection(client_id="our-app-id", tenant="contoso.onmicrosoft.com")


async def test_f218_a_service_needs_nobody_and_is_called_by_its_name():
    """F218, F210."""
    identity = FakeIdentity()
    tokens = ServiceSignIn(TENANT, Secret("canary-secret"), JumpClock(), make_session=identity.session).tokens()
    first = await tokens.token()
    assert identity.posted[0]["scope"] == "https://graph.microsoft.com/.default"
    assert (await which_service(tokens, "our-app-id")).name == "Procore Sync"
    assert (await tokens.renewed(first, None)).reveal() != first.reveal()


@pytest.mark.parametrize("kind", ["pfx", "pem"])
async def test_a_service_proves_itself_with_a_certificate(tmp_path, kind):
    """F218: the file is read once; what is kept of it signs."""
    identity = FakeIdentity()
    read = certificate_file.read(certificate(tmp_path, b"pass", kind), Secret("pass"))
    credential = certificate_file.ServiceKey.from_text(read.to_text())
    await ServiceSignIn(TENANT, credential, JumpClock(), make_session=identity.session).tokens().token()
    assert identity.posted[0]["client_assertion"].count(".") == 2
    assert "client_secret" not in identity.posted[0]
    assert credential.facts() == read.facts()
    assert read.facts()["subject"] == "CN=service"
    assert "PRIVATE KEY" not in repr(read)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("no file", "missing"),
        ("a folder", "unreadable"),
        ("wrong password", "password"),
        ("no password", "password"),
        ("no certificate", "none"),
        ("too large", "none"),
    ],
)
def test_a_certificate_that_does_not_open_is_named(tmp_path, case, why):
    """By a word of ours in both languages, not by what the system calls it."""
    path, password = certificate(tmp_path, b"pass"), Secret("pass")
    if case == "no file":
        path = tmp_path / "none.pfx"
    elif case == "a folder":
        path = tmp_path
    elif case == "no certificate":
        path.write_text("-----BEGIN NOTHING-----")
    elif case == "too large":
        path.write_bytes(bytes(certificate_file.LARGEST_FILE + 1))
    elif case == "wrong password":
        password = Secret("wrong-password")
    with pytest.raises(certificate_file.CertificateUnusable) as refused:
        certificate_file.read(path, None if case == "no password" else password)
    assert str(refused.value) == why
    assert has_text(f"reason.certificate_{why}")


def test_a_service_belongs_to_one_organization():
    with pytest.raises(ValueError, match="one organization"):
        ServiceSignIn(CONNECTION, Secret("canary-secret"), JumpClock())


def certificate(folder, password: bytes, kind: str = "pfx"):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "service")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / f"service.{kind}"
    encryption = serialization.BestAvailableEncryption(password)
    if kind == "pem":
        form = serialization.PrivateFormat.PKCS8
        unlocked = key.private_bytes(serialization.Encoding.PEM, form, encryption)
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + unlocked)
        return file
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"service", key, made, None, encryption))
    return file


# --- what refusals mean ---------------------------------------------------------------------------

REFUSALS = [
    ("invalid_grant", 700082, "DRV-03"),
    ("invalid_grant", 50076, "DRV-21"),
    ("interaction_required", 50079, "DRV-21"),
    ("invalid_grant", 53000, "DRV-22"),
    ("invalid_grant", 53003, "DRV-22"),
    ("invalid_grant", 65001, "DRV-23"),
    ("unauthorized_client", 700016, "DRV-24"),
    ("invalid_client", 7000215, "DRV-24"),
    ("access_denied", None, "DRV-25"),
    ("invalid_grant", 50020, "DRV-26"),
    ("invalid_grant", 50126, "DRV-26"),
    ("invalid_grant", None, "DRV-03"),
    ("invalid_grant", 999999, "DRV-03"),
    ("server_error", 999999, "DRV-20"),
]


@pytest.mark.parametrize(("error", "number", "code"), REFUSALS, ids=lambda value: str(value))
async def test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do(error, number, code):
    """F170, F171: sign-in again is a state that pauses, never a failed file."""
    identity = FakeIdentity()
    sign_in = signing_in(identity)
    tokens = sign_in.tokens((await signed_in(sign_in, identity)).id, OWN)
    first = await tokens.token()
    identity.refusals = [refusal(error, number)]
    with pytest.raises(FileCallFailed) as caught:
        await tokens.renewed(first, None)
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.SIGN_IN, code)


def test_the_number_stands_in_the_words_when_it_is_nowhere_else():
    words = {"error": "invalid_grant", "error_description": "AADSTS50076: Due to a configuration change"}
    assert sign_in_failure(words).problem.code == "DRV-21"


def test_every_code_of_the_tables_is_a_message_with_the_words_of_microsoft():
    for code in {*BY_CODE.values(), *BY_ERROR.values()}:
        assert code.startswith("DRV-")
    assert sign_in_failure({"error": "x", "error_description": "a\nb"}).problem.args == {"text": "a b"}


FAULTS = [
    (requests.exceptions.ConnectionError("refused"), "DRV-01"),
    (requests.exceptions.ConnectTimeout("slow"), "DRV-17"),
    (requests.exceptions.ProxyError("407 Proxy Authentication Required"), "SRV-18"),
    (ValueError("no configuration"), "DRV-15"),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=lambda value: str(value))
async def test_a_sign_in_server_that_does_not_answer_is_named(fault, code):
    """F13."""
    identity = FakeIdentity()
    identity.broken = fault
    with pytest.raises(FileCallFailed) as caught:
        await signing_in(identity).begin_device_code(OWN)
    assert caught.value.problem.code == code


# --- rights ---------------------------------------------------------------------------------------


def test_nothing_is_asked_for_that_nobody_switched_on():
    """F214: least rights."""
    assert [right.name for right in rights_for({Purpose.OWN_DRIVE})] == ["User.Read", "Files.ReadWrite"]
    assert [right.name for right in rights_for({Purpose.LIBRARIES})] == [
        "User.Read",
        "Files.ReadWrite.All",
        "Sites.Read.All",
    ]
    everything = {right.name for right in rights_for(Purpose)}
    assert everything == {right.name for right in RIGHTS} - {"Files.ReadWrite"}, "the wider right holds the narrower"
    assert scopes_for({Purpose.MAIL}, "https://graph.microsoft.us") == [
        "https://graph.microsoft.us/User.Read",
        "https://graph.microsoft.us/Mail.Send",
    ]


async def test_the_name_that_changes_will_carry_is_asked_for():
    """F210."""
    world = World(ok({"displayName": "Procore Service", "mail": None, "userPrincipalName": "procore@contoso.com"}))
    found = await who(world.client)
    assert (found.name, found.address, found.is_service) == ("Procore Service", "procore@contoso.com", False)


def test_at_this_computer_only_its_own_authority_counts(tmp_path, monkeypatch):
    """§6.4: a variable of the environment would replace it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    here = MicrosoftConnection(
        client_id="x", graph_url="http://127.0.0.1:9", login_url="https://localhost:8443", ca_file=tmp_path / "ca.pem"
    )
    session = SignInSession(here)
    assert (session.trust_env, session.verify) == (False, str(tmp_path / "ca.pem"))
    assert SignInSession(CONNECTION).trust_env
