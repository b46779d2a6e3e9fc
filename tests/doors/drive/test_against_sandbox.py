"""The whole room against the sandbox's Graph and sign-in server, over real sockets of this computer."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from maestro_procore.drive.auth import ServiceSignIn, SignIn
from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.connection import MicrosoftConnection
from maestro_procore.drive.drive_store import DriveStore
from maestro_procore.drive.gate import DriveGate
from maestro_procore.drive.items import QUICK_XOR
from maestro_procore.drive.person import GraphMailer, who
from maestro_procore.drive.pickers import GraphDestinations
from maestro_procore.drive.quick_xor import of_file
from maestro_procore.drive.scopes import Purpose
from maestro_procore.engine.file_earlier import earlier_content
from maestro_procore.file_ports import Dates, FileCallFailed, FileTrouble, Mail, OutcomeUnknown, Resumption
from maestro_procore.logs import Secret
from maestro_procore.model.file_items import FileItem, Gone, Waiting
from maestro_procore.ports import CallRecord
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from tests.doors.drive.fake_graph import SEAL, CountingTokens
from tests.doors.drive.test_changes import Following
from tests.doors.drive.test_transfers import DATES, Kept
from tests.doors.procore.fake_procore import JumpClock
from tests.doors.sandbox.conftest import start

CONTENT = bytes(i * 7 % 251 for i in range(30_000))


class Place:
    """The running sandbox and its control interface."""

    def __init__(self, line: dict[str, Any]) -> None:
        self.line, self.token = line, ""
        self.control = httpx.Client(base_url=line["control"], trust_env=False, timeout=30)
        self.app: dict[str, Any] = self.control.get("microsoft").json()
        """As registered in the tenant: client_id, client_secret, tenant_id, users."""

    def connection(self, tenant: str = "common") -> MicrosoftConnection:
        return MicrosoftConnection(
            client_id=self.app["client_id"],
            graph_url=self.line["graph"],
            login_url=self.line["microsoft_login"],
            ca_file=Path(self.line["ca_file"]),
            tenant=tenant,
        )

    def tell(self, path: str, content: Any = None) -> Any:
        answer = self.control.post(path, json=content)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def switch(self, **values: Any) -> None:
        self.tell("switches", values)

    def as_somebody(self, **values: Any) -> dict[str, Any]:
        """Another user makes or changes an item."""
        return self.tell("state/driveItems", values)

    def fault(self, **values: Any) -> None:
        self.tell("faults", values)

    def live(self) -> list[dict[str, Any]]:
        return self.control.get("state/driveItems").json()


@pytest.fixture(scope="module")
def running() -> Iterator[Place]:
    with RunningSandbox(SandboxOptions(), data=start()) as sandbox:
        place = Place(sandbox.start_line)
        # Not through our own sign-in: a fault of that should break its own tests, and not all of them.
        form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
        form |= {name: place.app[name] for name in ("client_id", "client_secret")}
        address = f"{place.line['microsoft_login']}/{place.app['tenant_id']}/oauth2/v2.0/token"
        context = ssl.create_default_context(cafile=place.line["ca_file"])
        with httpx.Client(verify=context, trust_env=False) as http:
            place.token = http.post(address, data=form).json()["access_token"]
        yield place
        place.control.close()


class HandedTokens(CountingTokens):
    """One real token, which is never renewed."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    async def token(self) -> Secret:
        return Secret(self._token)


@pytest.fixture
def place(running: Place) -> Iterator[Place]:
    """The sandbox with nothing switched, planted or left in its drive."""
    before = running.control.get("switches").json()
    yield running
    running.control.delete("faults")
    running.switch(**before)
    running.tell("graph", {"reset_limits": True})


@pytest.fixture
async def client(place: Place) -> AsyncIterator[GraphClient]:
    clock, calls = JumpClock(), list[CallRecord]()
    async with GraphClient(
        place.connection(), HandedTokens(place.token), DriveGate(clock), calls.append, clock=clock
    ) as made:
        yield made


@pytest.fixture
async def store(place: Place, client: GraphClient) -> DriveStore:
    return DriveStore(client, place.line["drive_id"], client_id=place.app["client_id"], seal=SEAL)


@pytest.fixture
async def top(client: GraphClient, place: Place, store: DriveStore, request: pytest.FixtureRequest) -> FileItem:
    """A folder of this test alone."""
    root = await GraphDestinations(client).root(place.line["drive_id"])
    return await store.create_folder(root.id, re.sub(r"\W+", " ", request.node.name)[-60:].strip())


@pytest.fixture
def content(tmp_path: Path) -> Path:
    file = tmp_path / "content"
    file.write_bytes(CONTENT)
    return file


def following(top: FileItem, *known: FileItem) -> Following:
    return Following(frozenset({top.id}), {item.id: item.parent_id for item in known})


# --- signing in -----------------------------------------------------------------------------------


async def walk(address: str, ca_file: str, user: str) -> None:
    """A person whose browser does what the pages say: the form that sends itself goes back to this computer."""
    context = ssl.create_default_context(cafile=ca_file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as browser:
        page = (await browser.get(address, params={**dict(httpx.URL(address).params), "login_hint": user})).text
        action = unescape(re.search(r'action="([^"]+)"', page)[1]).replace("localhost", "127.0.0.1")
        fields = re.findall(r'name="([^"]+)" value="([^"]*)"', page)
        answer = await browser.post(action, data={name: unescape(value) for name, value in fields})
        assert answer.status_code == 200, answer.text


async def test_a_person_signs_in_chooses_a_library_and_writes_mail(place):
    """F139–F142, F183, F210, F107: MSAL itself, the sandbox's own authority, and what the account may see."""
    purposes = (Purpose.LIBRARIES, Purpose.MAIL)
    connection, clock = place.connection(), JumpClock()
    walking: list[asyncio.Task[None]] = []
    sign_in = SignIn(connection, clock)

    def browse(address: str) -> None:
        walking.append(asyncio.ensure_future(walk(address, place.line["ca_file"], "marc.gagnon@example.com")))

    account = await sign_in.in_browser(purposes, browse, page="Done")
    await asyncio.gather(*walking)
    assert account.name == "marc.gagnon@example.com"
    tokens = sign_in.tokens(account.id, purposes)
    async with GraphClient(connection, tokens, DriveGate(clock), clock=clock) as client:
        person = await who(client)
        assert (person.name, person.is_service) == ("Marc Gagnon", False)
        choose = GraphDestinations(client)
        assert [one.kind for one in await choose.my_drives()][:1] == ["business"]
        (site,) = [one for one in await choose.sites("Chantiers") if one.name == "Chantiers"]
        (library,) = await choose.libraries(site.id)
        assert library.id == place.line["drive_id"]
        root = await choose.root(library.id)
        assert await choose.folders(library.id, root.id) is not None
        await GraphMailer(client).send(Mail(("a@example.com",), "Two way sync initiated for project Pont", "Done."))
        dead = await tokens.token()
        assert (await tokens.renewed(dead, None)).reveal() != dead.reveal()
    await sign_in.aclose()
    assert "Two way sync initiated for project Pont" in place.control.get("state/messages").text


async def test_f170_f173_a_second_factor_that_others_are_asked_for_does_not_touch_the_connection(place):
    """Switched on later: whoever signs in sees the page for it; the connection goes on without a question."""
    connection, clock = place.connection(), JumpClock()
    walking: list[asyncio.Task[None]] = []
    sign_in = SignIn(connection, clock)

    def browse(address: str) -> None:
        walking.append(asyncio.ensure_future(walk(address, place.line["ca_file"], "marc.gagnon@example.com")))

    account = await sign_in.in_browser((Purpose.LIBRARIES,), browse, page="Done")
    await asyncio.gather(*walking)
    tokens = sign_in.tokens(account.id, (Purpose.LIBRARIES,))
    first = await tokens.token()
    place.switch(microsoft_sign_in_asks=True, microsoft_mfa=True)
    pages: list[str] = []

    def other(address: str) -> None:
        walking.append(asyncio.ensure_future(_second_page(address, place.line["ca_file"], pages)))

    asking = asyncio.ensure_future(sign_in.in_browser((Purpose.LIBRARIES,), other, page="Done"))
    while not pages:
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.gather(asking, *walking, return_exceptions=True)
    assert 'name="factor"' in pages[0]
    renewed = await tokens.renewed(first, None)
    async with GraphClient(connection, tokens, DriveGate(clock), clock=clock) as client:
        assert (await who(client)).name == "Marc Gagnon"
    assert renewed.reveal() != first.reveal()
    await sign_in.aclose()


async def _second_page(address: str, ca_file: str, pages: list[str]) -> None:
    """What another person sees who has named her account."""
    context = ssl.create_default_context(cafile=ca_file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as browser:
        first = await browser.get(address)
        action = unescape(re.search(r'action="([^"]+)"', first.text)[1])
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', first.text))
        account = {"account": "chantal.roy@example.com"}
        pages.append((await browser.post(first.url.join(action), data={**hidden, **account})).text)


async def test_f218_a_service_signs_in_and_reads(place):
    """F218."""
    connection = place.connection(place.app["tenant_id"])
    service = ServiceSignIn(connection, Secret(place.app["client_secret"]), JumpClock())
    clock = JumpClock()
    async with GraphClient(connection, service.tokens(), DriveGate(clock), clock=clock) as client:
        space = await DriveStore(client, place.line["drive_id"]).space()
    await service.aclose()
    assert space.total is None or space.total > 0


async def test_f170_an_organization_that_asks_for_more_is_understood(place):
    """F170."""
    connection = place.connection(place.app["tenant_id"])
    place.switch(microsoft_refusal=50076)
    service = ServiceSignIn(connection, Secret(place.app["client_secret"]), JumpClock())
    with pytest.raises(FileCallFailed) as caught:
        await service.tokens().token()
    await service.aclose()
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.SIGN_IN, "DRV-21")


# --- files ----------------------------------------------------------------------------------------


async def test_a_tree_goes_there_is_listed_and_comes_back(store, top, content, tmp_path):
    """F126: folders, files of all sizes, names with everything that is allowed."""
    folder = await store.create_folder(top.id, "Plans & devis #1 – 100 %")
    large = await store.upload(folder.id, "Élévation nord.pdf", content, dates=DATES)
    empty = tmp_path / "empty"
    empty.touch()
    nothing = await store.upload(folder.id, "empty.txt", empty, dates=DATES)
    found = await store.changes(None, following(top))
    assert {item.name for item in found.items} == {folder.name, large.name, nothing.name}
    assert {item.id: item.version for item in found.items}[large.id] == large.version
    assert {item.id: item.modified for item in found.items}[large.id] == DATES.modified_at
    back = await store.download(large, tmp_path / "back")
    assert ((tmp_path / "back").read_bytes(), back.is_proved) == (CONTENT, True)
    assert (await store.child(folder.id, "ÉLÉVATION NORD.PDF")).id == large.id


@pytest.mark.parametrize("cloud", ["library", "OneDrive of a person"])
async def test_f174_a_library_and_the_onedrive_of_a_person_are_the_same_to_the_program(
    place, client, content, tmp_path, cloud
):
    """F183: also where a second factor is wanted of everybody."""
    place.switch(microsoft_mfa=True)
    drive_id = place.line["drive_id"]
    if cloud != "library":
        someone = place.app["users"][0]
        drive_id = (await client.get(f"/users/{someone}/drive"))["id"]
    store = DriveStore(client, drive_id, client_id=place.app["client_id"], seal=SEAL)
    root = await GraphDestinations(client).root(drive_id)
    folder = await store.create_folder(root.id, f"Chantier {cloud}")
    made = await store.upload(folder.id, "plan.pdf", content, dates=DATES)
    cursor = (await store.changes(None, following(folder))).cursor
    newer = tmp_path / "newer"
    newer.write_bytes(CONTENT + b"newer")
    edited = await store.new_version(made, newer, dates=DATES)
    renamed = await store.rename_or_move(edited, name="plan 2.pdf", parent_id=folder.id)
    changes = await store.changes(cursor, following(folder, made))
    assert [(item.id, item.name) for item in changes.items if not item.is_folder] == [(made.id, "plan 2.pdf")]
    await store.download(renamed, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == CONTENT + b"newer"
    await store.delete(renamed)
    assert await store.item(made.id) is None


async def test_f265_what_others_do_comes_with_the_next_round(place, store, top, content):
    """F126, F265: new, edited, renamed, moved out and deleted."""
    names = ("edited", "renamed", "moved", "deleted")
    kept = {name: await store.upload(top.id, f"{name}.txt", content, dates=DATES) for name in names}
    cursor = (await store.changes(None, following(top))).cursor
    elsewhere = place.as_somebody(name=f"Elsewhere {top.id[-6:]}", folder={})
    place.as_somebody(id=kept["edited"].id, content="new words")
    place.as_somebody(id=kept["renamed"].id, name="other.txt")
    place.as_somebody(id=kept["moved"].id, parentReference={"id": elsewhere["id"]})
    assert place.control.delete(f"state/driveItems/{kept['deleted'].id}").is_success
    made = place.as_somebody(name="made.txt", content="x", parentReference={"id": top.id})
    found = await store.changes(cursor, following(top, *kept.values()))
    by_id = {item.id: item for item in found.items}
    assert by_id[kept["edited"].id].version != kept["edited"].version
    renamed = by_id[kept["renamed"].id]
    assert (renamed.name, renamed.version) == ("other.txt", kept["renamed"].version)
    assert made["id"] in by_id
    assert dict(found.gone) == {kept["moved"].id: Gone.MOVED_OUT, kept["deleted"].id: Gone.DELTA}
    assert not found.is_whole


async def test_a_folder_moved_in_brings_everything_below_it(place, store, top):
    """F196: the feed names the folder alone."""
    outside = place.as_somebody(name=f"Outside {top.id[-6:]}", folder={})
    inner = place.as_somebody(name="inner", folder={}, parentReference={"id": outside["id"]})
    deep = place.as_somebody(name="deep.txt", content="x", parentReference={"id": inner["id"]})
    cursor = await store.cursor_now()
    place.as_somebody(id=outside["id"], parentReference={"id": top.id})
    found = await store.changes(cursor, following(top))
    assert {item.id for item in found.items} == {outside["id"], inner["id"], deep["id"]}


@pytest.mark.parametrize("mode", ["apply", "upload", "required", "not_found"])
async def test_a_forgotten_cursor_brings_everything_and_deletes_nothing(place, store, top, content, mode):
    """C16: both kinds of 410."""
    kept = await store.upload(top.id, "kept.txt", content, dates=DATES)
    cursor = (await store.changes(None, following(top))).cursor
    place.tell("graph", {"forget_delta_tokens": mode})
    found = await store.changes(cursor, following(top, kept))
    assert (found.is_whole, dict(found.gone), [item.id for item in found.items]) == (True, {}, [kept.id])


async def test_f223_a_long_listing_comes_in_pages(place, store, top):
    place.switch(graph_largest_page=7)
    for number in range(20):
        place.as_somebody(name=f"{number}.txt", content="x", parentReference={"id": top.id})
    found = await store.changes(None, following(top))
    assert len(found.items) == 20
    assert found.calls >= 3
    assert len(await store.children(top.id)) == 20


async def test_a_name_a_place_and_a_deletion(store, top, content):
    """F204, F270."""
    folder = await store.create_folder(top.id, "A")
    item = await store.upload(top.id, "f.txt", content, dates=DATES)
    moved = await store.rename_or_move(item, name="g.txt", parent_id=folder.id)
    assert (moved.id, moved.name, moved.parent_id, moved.version) == (item.id, "g.txt", folder.id, item.version)
    cased = await store.rename_or_move(moved, name="G.txt", parent_id=folder.id)
    with pytest.raises(FileCallFailed) as caught:
        await store.delete(item)
    assert caught.value.trouble is FileTrouble.CHANGED
    await store.delete(cased)
    await store.delete(cased)
    assert await store.item(item.id) is None


async def test_nothing_is_overwritten_that_somebody_wrote(place, store, top, content, tmp_path):
    """F17: preconditions on every write."""
    item = await store.upload(top.id, "f.txt", content, dates=DATES)
    place.as_somebody(id=item.id, content="their words")
    for write in (
        store.new_version(item, content, dates=DATES),
        store.rename_or_move(item, name="g.txt", parent_id="x"),
        store.delete(item),
        store.download(item, tmp_path / "f"),
    ):
        with pytest.raises(FileCallFailed) as caught:
            await write
        assert caught.value.trouble is FileTrouble.CHANGED
    with pytest.raises(FileCallFailed) as caught:
        await store.upload(top.id, "F.TXT", content, dates=DATES)
    assert caught.value.trouble is FileTrouble.NAME_TAKEN


async def test_f271_a_new_version_keeps_the_old_one(store, top, content, tmp_path):
    """F271."""
    first = await store.upload(top.id, "f.txt", content, dates=DATES)
    content.write_bytes(b"second")
    second = await store.new_version(first, content, dates=DATES)
    assert (second.id, second.version) != (first.id, first.version)
    _newest, oldest = await store.versions(first.id)
    await store.download_version(first.id, oldest.id, tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == CONTENT
    restored = await store.restore_version(second, oldest.id)
    assert restored.version == first.version


async def test_f270_a_personal_drive_gives_back_what_was_deleted_and_a_library_does_not(place, store, top, content):
    """BCK-12: Graph documents the call for personal drives only."""
    folder = await store.create_folder(top.id, "A")
    inside = await store.upload(folder.id, "f.txt", content, dates=DATES)
    await store.delete(await store.item(folder.id))
    with pytest.raises(FileCallFailed) as caught:
        await store.undelete(folder.id, name="A", parent_id=top.id)
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.REFUSED, "BCK-12")
    place.switch(restore_on_business=True)
    back = await store.undelete(folder.id, name="B", parent_id=top.id)
    assert (back.id, back.name) == (folder.id, "B")
    assert (await store.item(inside.id)).version == inside.version
    assert await store.undelete(folder.id, name="B", parent_id=top.id) == back


async def test_f271_an_earlier_content_is_found_by_its_hash(store, top, content, tmp_path):
    """A drive counts its versions by numbers of its own; two of them have the same size."""
    first = await store.upload(top.id, "f.txt", content, dates=DATES)
    for text in (b"x" * len(CONTENT), b"y" * len(CONTENT), b"z"):
        content.write_bytes(text)
        last = await store.new_version(await store.item(first.id), content, dates=DATES)

    async def hash_of(file: Path) -> str:
        return QUICK_XOR + of_file(file)

    await earlier_content(store, hash_of, last, first.version, len(CONTENT), tmp_path / "earlier")
    assert (tmp_path / "earlier").read_bytes() == CONTENT


async def test_a_folder_is_made_once(store, top):
    first = await store.create_folder(top.id, "Plans")
    assert await store.create_folder(top.id, "PLANS") == first


async def test_rights_are_tried_out_and_nothing_stays(store, top):
    """F217."""
    await store.probe(top.id)
    assert await store.children(top.id) == []


@pytest.mark.parametrize("wording", ["resource_locked", "not_allowed", "access_denied"])
async def test_an_open_file_waits_however_microsoft_words_it(place, store, top, content, wording):
    """F129, F133."""
    place.switch(graph_lock_wording=wording)
    item = await store.upload(top.id, f"{wording}.docx", content, dates=DATES)
    place.as_somebody(id=item.id, locked=True)
    with pytest.raises(FileCallFailed) as caught:
        await store.new_version(item, content, dates=DATES)
    assert caught.value.trouble is FileTrouble.LOCKED


async def test_what_cannot_be_copied_says_why(place, store, top):
    place.as_somebody(name="notes", package={"type": "oneNote"}, parentReference={"id": top.id})
    place.as_somebody(name="bad.exe", content="x", malware=True, parentReference={"id": top.id})
    place.as_somebody(name="out.docx", content="x", checkedOut=True, parentReference={"id": top.id})
    found = await store.changes(None, following(top))
    assert {item.name: item.waiting for item in found.items} == {
        "notes": Waiting.PACKAGE,
        "bad.exe": Waiting.MALWARE,
        "out.docx": Waiting.CHECKED_OUT,
    }


async def test_a_full_drive_says_so_before_a_byte_goes_out(place, store, top, content):
    """F250."""
    before = next(one for one in place.control.get("state/drives").json() if one["id"] == place.line["drive_id"])
    place.tell("state/drives", {"id": place.line["drive_id"], "quota": {"total": 10}})
    try:
        with pytest.raises(FileCallFailed) as caught:
            await store.upload(top.id, "f.bin", content, dates=DATES)
    finally:
        place.tell("state/drives", {"id": place.line["drive_id"], "quota": {"total": before["quota"]["total"]}})
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.FULL, "DRV-05")


@pytest.mark.parametrize("when", ["at_once", "later"])
async def test_what_sharepoint_rewrites_is_adopted_and_known_as_ours(place, store, top, content, when):
    """§1.9: no second upload, and the change that comes back is told as our own."""
    place.switch(office_rewriting=when)
    cursor = await store.cursor_now()
    item = await store.upload(top.id, "rapport.docx", content, dates=DATES)
    place.tell("clock", {"advance_seconds": 120})
    found = await store.changes(cursor, following(top))
    (back,) = [one for one in found.items if one.id == item.id]
    assert back.is_by_us
    if when == "at_once":
        assert back.version == item.version
        assert back.size_bytes != len(CONTENT)


@pytest.mark.parametrize("hashes", ["quickxor", "missing"])
async def test_a_file_without_a_hash_is_still_one_file(place, store, top, content, tmp_path, hashes):
    place.switch(graph_hashes=hashes)
    item = await store.upload(top.id, "f.bin", content, dates=DATES)
    found = await store.changes(None, following(top))
    assert [one.version for one in found.items] == [item.version]
    done = await store.download(item, tmp_path / "f")
    assert done.is_proved == (hashes == "quickxor")
    assert (tmp_path / "f").read_bytes() == CONTENT


# --- faults ---------------------------------------------------------------------------------------


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maestro_procore.drive.upload_session.PIECE", 10_000)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_an_upload_that_is_cut_goes_on_and_stays_one_file(place, store, top, content, nth, cut):
    """F2: whichever piece it hits, done or not."""
    place.fault(api="storage", method="PUT", nth=nth, times=1, cut=cut)
    item = await store.upload(top.id, "f.bin", content, dates=DATES)
    assert item.content_hash == (await store.item(item.id)).content_hash
    assert len(await store.children(top.id)) == 1


@pytest.mark.usefixtures("small_pieces")
async def test_an_upload_goes_on_in_the_next_run(place, store, client, top, content):
    """F098: the program ends after a piece; the session goes on, sealed in between."""
    kept = Kept()
    place.fault(api="storage", method="PUT", nth=2, times=20, cut="before")
    with pytest.raises(FileCallFailed):
        await store.upload(top.id, "f.bin", content, dates=DATES, resume=kept.resumption())
    place.control.delete("faults")
    before = len(place.control.get("calls").json())
    again = DriveStore(client, place.line["drive_id"], seal=SEAL)
    item = await again.upload(top.id, "f.bin", content, dates=DATES, resume=kept.resumption(kept.states[-1]))
    calls = place.control.get("calls").json()[before:]
    assert item.size_bytes == len(CONTENT)
    assert not [one for one in calls if one["path"].endswith("createUploadSession")]
    assert kept.states[-1] is None


@pytest.mark.parametrize("write", ["upload", "version", "move", "folder", "delete"])
async def test_a_write_whose_answer_is_lost_is_found_again(place, store, client, top, content, write):
    """F2: nothing twice, nothing lost."""
    item = await store.upload(top.id, "before.bin", content, dates=DATES)
    content.write_bytes(b"other" * 900)
    before = len(await store.children(top.id))

    def carry_out(tried_at=None):
        match write:
            case "upload":  # without dates a small file goes in one call
                return store.upload(top.id, "new.bin", content, tried_at=tried_at)
            case "version":
                return store.new_version(item, content, tried_at=tried_at)
            case "move":
                return store.rename_or_move(item, name="after.bin", parent_id=top.id, tried_at=tried_at)
            case "folder":
                return store.create_folder(top.id, "Plans")
            case _:
                return store.delete(item)

    method = {"upload": "PUT", "version": "PUT", "move": "PATCH", "folder": "POST", "delete": "DELETE"}[write]
    place.fault(api="graph", method=method, times=1, cut="after")
    with pytest.raises(FileCallFailed) as caught:
        await carry_out()
    assert isinstance(caught.value, OutcomeUnknown) == (write in ("upload", "version", "move"))
    await carry_out(client.clock.now())
    names = sorted(one.name for one in await store.children(top.id))
    wanted = {
        "upload": ["before.bin", "new.bin"],
        "version": ["before.bin"],
        "move": ["after.bin"],
        "folder": ["Plans", "before.bin"],
        "delete": [],
    }
    assert names == wanted[write]
    assert before == 1


async def test_a_download_that_is_cut_goes_on(place, store, top, content, tmp_path):
    item = await store.upload(top.id, "f.bin", content, dates=DATES)
    place.fault(api="storage", method="GET", times=2, truncate=9_000)
    done = await store.download(item, tmp_path / "f")
    assert ((tmp_path / "f").read_bytes(), done.is_proved) == (CONTENT, True)


async def test_a_download_address_that_is_too_old_is_asked_for_anew(place, store, top, content, tmp_path):
    item = await store.upload(top.id, "f.bin", content, dates=DATES)
    place.fault(api="storage", method="GET", times=1, status=401)
    done = await store.download(item, tmp_path / "f")
    assert done.is_proved


async def test_a_server_that_takes_no_ranges_sends_everything_again(place, store, top, content, tmp_path):
    place.switch(downloads_take_ranges=False)
    item = await store.upload(top.id, "f.bin", content, dates=DATES)
    (tmp_path / "f").write_bytes(CONTENT[:5_000])
    assert (await store.download(item, tmp_path / "f")).is_proved


async def test_the_limit_is_waited_for(place, store, client, top):
    """F046: the gate pauses, the call goes through."""
    place.fault(api="graph", times=2, status=429, headers={"Retry-After": "40"})
    before = client.clock.now()
    assert await store.children(top.id) == []
    assert (client.clock.now() - before).total_seconds() >= 80


async def test_an_earlier_session_that_stands_in_the_way_is_waited_for(place, store, top, content):
    place.switch(one_upload_session_per_file=True)
    place.fault(api="storage", method="PUT", times=20, status=500)
    with pytest.raises(FileCallFailed):
        await store.upload(top.id, "f.bin", content, dates=DATES, resume=Resumption())
    place.control.delete("faults")
    with pytest.raises(FileCallFailed) as caught:
        await store.upload(top.id, "f.bin", content, dates=Dates(created_at=DATES.modified_at))
    assert caught.value.problem.code == "DRV-27"
