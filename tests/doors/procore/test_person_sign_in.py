"""A person's sign-in against the sandbox's own sign-in server: code with PKCE, tokens that work once, what ends it."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from maestro_procore import connection_wiring
from maestro_procore.connection_wiring import RingShelf
from maestro_procore.logs import Secret
from maestro_procore.ports import CallFailed, Trouble
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.procore.connection import Connection
from maestro_procore.procore.person_sign_in import Kept, PersonSignIn, authorize_address, new_verifier
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.store.secrets import MemorySecrets
from tests.doors.procore.fake_procore import JumpClock, OpenGate
from tests.doors.procore.test_against_sandbox import world

REDIRECT = "http://localhost:49217/callback"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass
class Site:
    """A sandbox, the key ring that two processes share, and what was asked of the sign-in server."""

    running: RunningSandbox
    folder: Path
    ring: MemorySecrets = field(default_factory=MemorySecrets)
    clock: JumpClock = field(default_factory=JumpClock)
    ended: list[str] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        line = self.running.start_line
        return Connection(
            api_url=line["procore_api"], client_id=line["client_id"], client_secret=Secret(line["client_secret"])
        )

    def shelf(self) -> RingShelf:
        return RingShelf(self.ring, "tokens", self.folder / "turn.lock", lambda: self.ended.append("ended"))

    def client(self, shelf: RingShelf | None = None) -> ProcoreClient:
        """As another process opens it."""
        sign_in = PersonSignIn(self.connection, self.clock, shelf or self.shelf(), "Chantier Nord")
        return ProcoreClient(self.connection, OpenGate(), clock=self.clock, sign_in=sign_in)

    def page(self, redirect: str, verifier: str) -> httpx.Response:
        """What the browser gets."""
        address = authorize_address(self.connection, redirect, "the state", verifier)
        return httpx.get(address, trust_env=False)

    async def sign_in(self) -> None:
        verifier = new_verifier()
        location = self.page(REDIRECT, verifier).headers["location"]
        code = parse_qs(urlsplit(location).query)["code"][0]
        async with self.client() as client:
            self.shelf().write(await client.sign_in_with_code(Secret(code), REDIRECT, verifier))

    def kept(self) -> Kept:
        found = self.shelf().read()
        assert found is not None
        return found

    def token_calls(self) -> int:
        calls = httpx.get(f"{self.running.start_line['control']}/calls", trust_env=False).json()
        return len([call for call in calls if call["path"] == "/oauth/token"])


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with RunningSandbox(SandboxOptions(), data=world()) as sandbox:
        yield sandbox


@pytest.fixture
async def site(running: RunningSandbox, tmp_path: Path) -> Site:
    made = Site(running, tmp_path)
    await made.sign_in()
    return made


async def refused(site: Site) -> CallFailed:
    async with site.client() as client:
        with pytest.raises(CallFailed) as caught:
            await client.me()
    return caught.value


async def test_f139_the_page_gives_a_code_that_is_worth_a_sign_in(site: Site) -> None:
    """Authorization code with PKCE and state; the token acts as the person, not as the service."""
    location = urlsplit(site.page(REDIRECT, new_verifier()).headers["location"])
    assert (location.hostname, location.port, location.path) == ("localhost", 49217, "/callback")
    assert parse_qs(location.query)["state"] == ["the state"]
    async with site.client() as client:
        assert (await client.me())["name"] == "Chantal Roy"


async def test_f139_another_verifier_is_refused_and_the_same_code_does_not_serve_twice(site: Site) -> None:
    verifier = new_verifier()
    location = site.page(REDIRECT, verifier).headers["location"]
    code = Secret(parse_qs(urlsplit(location).query)["code"][0])
    async with site.client() as client:
        with pytest.raises(CallFailed) as caught:
            await client.sign_in_with_code(code, REDIRECT, new_verifier())
        assert (caught.value.trouble, caught.value.problem.code) == (Trouble.SIGN_IN, "CON-08")
        await client.sign_in_with_code(code, REDIRECT, verifier)
        with pytest.raises(CallFailed):
            await client.sign_in_with_code(code, REDIRECT, verifier)


async def test_f139_a_pasted_code_serves_as_well(site: Site) -> None:
    """The out-of-band address of installed apps: the page shows the code."""
    verifier = new_verifier()
    page = site.page(OUT_OF_BAND, verifier).text
    code = page.partition('id="authorization_code">')[2].partition("<")[0]
    async with site.client() as client:
        kept = await client.sign_in_with_code(Secret(code), OUT_OF_BAND, verifier)
    assert kept.access != site.kept().access


async def test_an_old_token_is_renewed_silently_and_the_new_pair_is_kept_before_it_is_used(site: Site) -> None:
    before = site.kept()
    site.clock.time += timedelta(hours=2)
    async with site.client() as client:
        await client.me()
    after = site.kept()
    assert before.refresh != after.refresh and before.access != after.access
    assert site.ended == []


async def test_a_second_process_takes_the_token_that_the_first_one_renewed(site: Site) -> None:
    """One renewal for both: the second refresh token would be dead already."""
    first, second = site.client(), site.client()
    await first.me()
    await second.me()
    site.clock.time += timedelta(hours=2)
    asked = site.token_calls()
    await asyncio.gather(first.me(), second.me())
    await first.aclose()
    await second.aclose()
    assert site.token_calls() == asked + 1


async def test_a_killed_renewal_asks_the_person_once_and_nobody_asks_procore_again(site: Site) -> None:
    """Procore had answered, and the program died before it could write: the old refresh token is dead."""
    before = site.kept()
    site.clock.time += timedelta(hours=2)
    async with site.client() as client:
        await client.me()
    site.shelf().write(before)  # what the disk of the killed program holds
    asked = site.token_calls()
    for _ in range(3):
        failed = await refused(site)
        assert (failed.trouble, failed.problem.code) == (Trouble.SIGN_IN, "CON-01")
        assert failed.problem.args == {"name": "Chantier Nord"}
    assert site.token_calls() == asked + 1
    assert site.ended == ["ended"]
    await site.sign_in()
    async with site.client() as client:
        assert (await client.me())["name"] == "Chantal Roy"


async def test_a_revoked_sign_in_asks_for_the_person(site: Site) -> None:
    async with site.client() as client:
        await client.me()
        await client.revoke(site.kept().refresh)
        with pytest.raises(CallFailed) as caught:
            await client.me()
    assert caught.value.problem.code == "CON-01"
    assert site.kept().has_ended


async def test_a_server_that_does_not_answer_ends_no_sign_in(site: Site) -> None:
    """Only a refusal of the token itself does; everything else is tried again later."""
    site.clock.time += timedelta(hours=2)
    before = site.kept()
    fault = {"api": "login", "path": "/oauth/token", "status": 503}
    httpx.post(f"{site.running.start_line['control']}/faults", json=[fault], trust_env=False).raise_for_status()
    failed = await refused(site)
    assert failed.trouble is Trouble.AGAIN
    assert site.kept().refresh == before.refresh and not site.kept().has_ended
    async with site.client() as client:
        assert (await client.me())["name"] == "Chantal Roy"


async def test_a_turn_that_another_process_never_gives_back_is_told_and_the_next_try_works(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CON-12: what hangs is another program, so nothing is sent and the sign-in stays."""
    monkeypatch.setattr(connection_wiring, "TURN_SECONDS", 0.05)
    site.clock.time += timedelta(hours=2)
    hanging, asked = site.shelf(), site.token_calls()
    hanging.take_turn()
    failed = await refused(site)
    assert (failed.trouble, failed.problem.code) == (Trouble.AGAIN, "CON-12")
    assert failed.problem.args == {"name": "Chantier Nord"}
    assert site.token_calls() == asked and not site.kept().has_ended
    hanging.end_turn()
    async with site.client() as client:
        assert (await client.me())["name"] == "Chantal Roy"


async def test_a_connection_that_is_closed_waits_for_its_renewal(site: Site) -> None:
    """The answer that is on its way holds the only refresh token that still works."""
    may_write, is_writing = threading.Event(), threading.Event()
    shelf = site.shelf()
    write = shelf.write

    def slow(kept: Kept) -> None:
        is_writing.set()
        may_write.wait(10)
        write(kept)

    shelf.write = slow  # type: ignore[method-assign]
    site.clock.time += timedelta(hours=2)
    before = site.kept()
    client = site.client(shelf)
    asking = asyncio.create_task(client.me())
    await asyncio.to_thread(is_writing.wait, 10)
    asking.cancel()
    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    may_write.set()
    await closing
    assert site.kept().refresh != before.refresh


def test_what_is_kept_shows_no_token_and_survives_the_key_ring() -> None:
    kept = Kept(Secret("access-canary"), Secret("refresh-canary"), JumpClock().now())
    assert "canary" not in repr(kept)
    assert Kept.from_text(kept.to_text()) == kept
    assert Kept.from_text("{}") is Kept.from_text("no JSON") is None
