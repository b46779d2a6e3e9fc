"""Documents and Photos of a project through our door, against the sandbox's loopback server with strict lists."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from maestro_procore.engine.gate import CallGate
from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.logs import Secret
from maestro_procore.model.file_items import FileItem, Gone, Waiting
from maestro_procore.model.pacing import Budget
from maestro_procore.ports import CallFailed
from maestro_procore.procore.connection import Connection
from maestro_procore.procore.documents import DocumentsStore
from maestro_procore.procore.file_calls import FILES, IMAGES, TRIED_WITH, ProcoreFiles
from maestro_procore.procore.photos import PhotosStore
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from tests.doors.procore.fake_procore import JumpClock, OpenGate
from tests.doors.procore.test_against_sandbox import world

PROJECT = 1001


class Known:
    """The roots, and nothing known before."""

    def __init__(self, root: str) -> None:
        self.roots = frozenset({root})

    def parent_of(self, item_id: str) -> str | None:
        return None


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    clock = JumpClock()
    with RunningSandbox(
        SandboxOptions(strict=True), data=world(), clock=SandboxClock(unix_time=lambda: clock.time.timestamp())
    ) as sandbox:
        sandbox.passing = clock
        yield sandbox


@pytest.fixture
async def calls(running: RunningSandbox) -> AsyncIterator[ProcoreFiles]:
    clock = running.passing
    kept = [Budget()]

    async def nobody(_until: object) -> None:
        return None

    gate = CallGate(clock, lambda: kept[0], lambda budget: kept.__setitem__(0, budget), nobody, lambda: False)
    line = running.start_line
    connection = Connection(
        api_url=line["procore_api"],
        client_id=line["client_id"],
        client_secret=Secret(line["client_secret"]),
        company_id=line["company_id"],
    )
    async with ProcoreFiles(connection, gate, clock=clock) as made:
        made.clock = clock
        yield made


@pytest.fixture
def documents(calls: ProcoreFiles, tmp_path: Path) -> DocumentsStore:
    return DocumentsStore(calls, PROJECT, calls.clock, tmp_path)


def content(folder: Path, text: bytes = b"%PDF-1.7 plan") -> Path:
    file = folder / "content"
    file.write_bytes(text)
    return file


async def everything(store: DocumentsStore | PhotosStore) -> dict[str, FileItem]:
    root = await store.root()
    return {item.id: item for item in (await store.changes(None, Known(root.id))).items}


async def test_a_file_goes_up_in_one_call_and_comes_back_the_same(documents: DocumentsStore, tmp_path: Path) -> None:
    root = await documents.root()
    folder = await documents.create_folder(root.id, "Plans d'étage")
    made = await documents.upload(folder.id, "A-101 é.pdf", content(tmp_path))
    assert (made.name, made.parent_id, made.size_bytes) == ("A-101 é.pdf", folder.id, 13)
    listed = (await everything(documents))[made.id]
    assert listed == made
    into = tmp_path / "back"
    assert (await documents.download(listed, into)).size_bytes == 13
    assert into.read_bytes() == b"%PDF-1.7 plan"


async def test_where_no_content_travels_in_the_call_it_takes_two(
    running: RunningSandbox, documents: DocumentsStore, calls: ProcoreFiles, tmp_path: Path
) -> None:
    root = await documents.root()
    running.sandbox.switches.change({"multipart_uploads": False})
    try:
        first = await documents.upload(root.id, "two calls.txt", content(tmp_path, b"one"))
        second = await documents.upload(root.id, "two more.txt", content(tmp_path, b"two!"))
    finally:
        running.sandbox.switches.change({"multipart_uploads": True})
    assert calls.takes_content is False
    for item, text in ((first, b"one"), (second, b"two!")):
        into = tmp_path / item.id
        await documents.download(item, into)
        assert into.read_bytes() == text


async def test_a_large_file_is_not_what_the_one_call_is_tried_with(
    running: RunningSandbox, documents: DocumentsStore, calls: ProcoreFiles, tmp_path: Path
) -> None:
    """Where Procore refuses contents within the call, a gigabyte would go twice after each start."""
    root = await documents.root()
    running.sandbox.switches.change({"multipart_uploads": False})
    before = len(running.sandbox.log.as_list())
    try:
        await documents.upload(root.id, "large first.bin", content(tmp_path, b"x" * (TRIED_WITH + 1)))
        assert calls.takes_content is None
        made = running.sandbox.log.as_list()[before:]
        await documents.upload(root.id, "small then.txt", content(tmp_path, b"one"))
    finally:
        running.sandbox.switches.change({"multipart_uploads": True})
    assert made and all(int(call["status"]) < 300 for call in made)
    assert calls.takes_content is False


async def test_a_lost_answer_of_the_second_way_of_sending_is_no_refusal(
    running: RunningSandbox, documents: DocumentsStore, calls: ProcoreFiles, tmp_path: Path
) -> None:
    """F098: the file may be there; looked for, it is there once."""
    root = await documents.root()
    clock, name = calls.clock, "second way.txt"
    posted = {"api": "procore", "path": "*/files", "method": "POST", "times": 1}
    running.sandbox.faults.plant([{**posted, "status": 422}, {**posted, "cut": "after"}])
    before = clock.now() - timedelta(seconds=5)
    try:
        with pytest.raises(OutcomeUnknown):
            await documents.upload(root.id, name, content(tmp_path, b"one"))
    finally:
        running.sandbox.faults.clear()
    made = await documents.upload(root.id, name, content(tmp_path, b"one"), tried_at=before)
    assert [item.id for item in (await everything(documents)).values() if item.name == name] == [made.id]


async def test_f271_a_new_version_keeps_the_one_before(documents: DocumentsStore, tmp_path: Path) -> None:
    root = await documents.root()
    made = await documents.upload(root.id, "versions.txt", content(tmp_path, b"first"))
    newer = await documents.new_version(made, content(tmp_path, b"second"))
    assert (newer.id, newer.size_bytes) == (made.id, 6)
    assert newer.version != made.version
    versions = await documents.versions(made.id)
    assert [version.size_bytes for version in versions] == [6, 5]
    into = tmp_path / "old"
    await documents.download_version(made.id, versions[1].id, into)
    assert into.read_bytes() == b"first"
    again = await documents.restore_version(newer, versions[1].id)
    await documents.download(again, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == b"first"


async def test_what_changed_meanwhile_is_not_overwritten(documents: DocumentsStore, tmp_path: Path) -> None:
    root = await documents.root()
    made = await documents.upload(root.id, "lost update.txt", content(tmp_path, b"first"))
    await documents.new_version(made, content(tmp_path, b"somebody"))
    with pytest.raises(FileCallFailed) as failed:
        await documents.new_version(made, content(tmp_path, b"ours"))
    assert failed.value.trouble is FileTrouble.CHANGED
    with pytest.raises(FileCallFailed) as failed:
        await documents.delete(made)
    assert failed.value.trouble is FileTrouble.CHANGED


async def test_f204_a_folder_is_renamed_and_moved_in_one_call(
    running: RunningSandbox, documents: DocumentsStore, tmp_path: Path
) -> None:
    root = await documents.root()
    folder = await documents.create_folder(root.id, "Old name")
    target = await documents.create_folder(root.id, "Archives")
    made = await documents.upload(folder.id, "inside.txt", content(tmp_path))
    before = len(running.sandbox.log.as_list())
    moved = await documents.rename_or_move(folder, name="New name", parent_id=target.id)
    assert len(running.sandbox.log.as_list()) == before + 1
    assert (moved.id, moved.name, moved.parent_id) == (folder.id, "New name", target.id)
    assert (await everything(documents))[made.id].parent_id == folder.id


async def test_names_that_are_taken_are_told_as_such(documents: DocumentsStore, tmp_path: Path) -> None:
    root = await documents.root()
    await documents.upload(root.id, "taken.txt", content(tmp_path))
    with pytest.raises(FileCallFailed) as failed:
        await documents.upload(root.id, "taken.txt", content(tmp_path, b"other"))
    assert failed.value.trouble is FileTrouble.NAME_TAKEN
    first = await documents.create_folder(root.id, "Twice")
    assert (await documents.create_folder(root.id, "Twice")).id == first.id


async def test_what_changed_since_comes_with_its_deletions(
    calls: ProcoreFiles, documents: DocumentsStore, tmp_path: Path
) -> None:
    root = await documents.root()
    gone = await documents.upload(root.id, "gone.txt", content(tmp_path))
    await documents.upload(root.id, "old.txt", content(tmp_path))
    calls.clock.time += timedelta(minutes=20)
    cursor = (await documents.changes(None, Known(root.id))).cursor
    new = await documents.upload(root.id, "new.txt", content(tmp_path))
    await documents.delete(gone)
    changes = await documents.changes(cursor, Known(root.id))
    assert not changes.is_whole
    assert changes.gone == {gone.id: Gone.BIN}
    assert new.id in {item.id for item in changes.items}
    assert "old.txt" not in {item.name for item in changes.items}
    assert gone.id not in await everything(documents)


async def test_what_is_gone_short_or_locked_is_said(
    running: RunningSandbox, documents: DocumentsStore, tmp_path: Path
) -> None:
    """DOC-01, DOC-03, DOC-04 and DOC-07."""
    root = await documents.root()
    made = await documents.upload(root.id, "short.txt", content(tmp_path, b"whole"))
    assert await _code_of(documents.download(made._replace(size_bytes=9), tmp_path / "short")) == "DOC-03"
    assert not (tmp_path / "short").exists()
    assert await _code_of(documents.download_version(made.id, "404", tmp_path / "none")) == "DOC-04"
    tomorrow = (documents._clock.now() + timedelta(days=1)).isoformat()
    await documents._calls.change(FILES, PROJECT, int(made.id[1:]), {"checked_out_until": tomorrow})
    assert await _code_of(documents.delete(made)) == "DOC-07"
    assert (await everything(documents))[made.id].waiting is Waiting.CHECKED_OUT
    gone = await documents.upload(root.id, "gone at once.txt", content(tmp_path))
    await documents.delete(gone)
    assert await _code_of(documents.new_version(gone, content(tmp_path))) in ("DOC-01", "SRV-25")


async def _code_of(work: Awaitable[object]) -> str:
    with pytest.raises(FileCallFailed) as failed:
        await work
    return failed.value.problem.code


async def test_a_try_without_an_answer_is_looked_for_before_it_is_repeated(
    running: RunningSandbox, calls: ProcoreFiles, documents: DocumentsStore, tmp_path: Path
) -> None:
    """F2: the answer is lost after the server applied."""
    root = await documents.root()
    await documents.upload(root.id, "proof that content travels.txt", content(tmp_path))
    running.sandbox.faults.plant({"method": "POST", "path": "*/files", "cut": "after", "times": 1})
    tried_at = calls.clock.now()
    with pytest.raises(FileCallFailed):
        await documents.upload(root.id, "once.txt", content(tmp_path, b"once"))
    running.sandbox.faults.clear()
    made = await documents.upload(root.id, "once.txt", content(tmp_path, b"once"), tried_at=tried_at)
    assert [item.id for item in (await everything(documents)).values() if item.name == "once.txt"] == [made.id]


async def test_f186_photos_are_images_in_albums(calls: ProcoreFiles, tmp_path: Path) -> None:
    """F186."""
    photos = PhotosStore(calls, PROJECT, calls.clock, tmp_path)
    root = await photos.root()
    album = await photos.create_folder(root.id, "Toiture")
    assert (await photos.create_folder(root.id, "Toiture")).id == album.id
    made = await photos.upload(album.id, "toit.jpg", content(tmp_path, b"\xff\xd8\xff jpeg"))
    assert (made.name, made.parent_id) == ("toit.jpg", album.id)
    found = await everything(photos)
    assert found[made.id] == made
    other = await photos.create_folder(root.id, "Façade")
    moved = await photos.rename_or_move(made, name="toit.jpg", parent_id=other.id)
    assert (moved.id, moved.parent_id) == (made.id, other.id)
    renamed = await photos.rename_or_move(other, name="Façade nord", parent_id=root.id)
    assert renamed.name == "Façade nord"
    into = tmp_path / "back"
    await photos.download(moved, into)
    assert into.read_bytes() == b"\xff\xd8\xff jpeg"
    newer = await photos.new_version(moved, content(tmp_path, b"\xff\xd8\xff edited"))
    assert newer.id != moved.id
    assert set(await everything(photos)) >= {newer.id, album.id}
    await photos.delete(newer)
    assert newer.id not in await everything(photos)
    with pytest.raises(FileCallFailed) as failed:
        await photos.rename_or_move(moved, name="autre.jpg", parent_id=other.id)
    assert failed.value.trouble is FileTrouble.REFUSED


async def test_f186_an_edited_photo_keeps_what_people_wrote_about_it(
    running: RunningSandbox, calls: ProcoreFiles, tmp_path: Path
) -> None:
    photos = PhotosStore(calls, PROJECT, calls.clock, tmp_path)
    root = await photos.root()
    made = await photos.upload(root.id, "coulée.jpg", content(tmp_path, b"\xff\xd8\xff jpeg"))
    about = {"description": "Coulée de l'axe C", "private": True}
    await calls.change(IMAGES, PROJECT, int(made.id[1:]), about)
    newer = await photos.new_version((await everything(photos))[made.id], content(tmp_path, b"\xff\xd8\xff edited"))
    row = await photos._show(newer.id)
    assert newer.id != made.id
    assert {name: row[name] for name in about} == about


async def test_s5_the_token_does_not_follow_to_the_storage(tmp_path: Path) -> None:
    """Nor to any other host that an answer names; one without https is not called at all."""
    seen: list[tuple[str, bool]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, "authorization" in request.headers))
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 5400})
        if request.url.host == "api.example.test":
            return httpx.Response(302, headers={"location": "https://storage.example.org/signed"})
        if request.url.path == "/signed":
            return httpx.Response(302, headers={"location": "http://storage.example.org/plain"})
        return httpx.Response(200, content=b"never")

    connection = Connection(api_url="https://api.example.test", client_id="c", client_secret=Secret("s"), company_id=1)
    async with ProcoreFiles(connection, OpenGate(), clock=JumpClock(), transport=httpx.MockTransport(answer)) as calls:
        with pytest.raises(CallFailed) as failed:
            await calls.fetch("https://api.example.test/file", tmp_path / "content", "Documents", 1)
    assert failed.value.problem.code == "SRV-20"
    assert seen[1:] == [("api.example.test", True), ("storage.example.org", False)]


async def test_f270_what_is_deleted_lies_in_a_recycle_bin_and_comes_out_of_it(
    running: RunningSandbox, documents: DocumentsStore, tmp_path: Path
) -> None:
    """BCK-12 where Procore does not let it: a folder comes back in one call, with everything in it."""
    root = await documents.root()
    folder = await documents.create_folder(root.id, "Wird gelöscht")
    inside = await documents.upload(folder.id, "f.pdf", content(tmp_path))
    await documents.delete(folder)
    assert {folder.id, inside.id}.isdisjoint(await everything(documents))
    back = await documents.undelete(folder.id, name="Zurück", parent_id=root.id)
    assert (back.id, back.name, back.parent_id) == (folder.id, "Zurück", root.id)
    assert (await everything(documents))[inside.id] == inside
    assert await documents.undelete(folder.id, name="Zurück", parent_id=root.id) == back
    await documents.delete(back)
    running.sandbox.switches.change({"moves_out_of_bin": False})
    try:
        with pytest.raises(FileCallFailed) as failed:
            await documents.undelete(folder.id, name="Zurück", parent_id=root.id)
    finally:
        running.sandbox.switches.change({"moves_out_of_bin": True})
    assert (failed.value.trouble, failed.value.problem.code) == (FileTrouble.REFUSED, "BCK-12")


async def test_f270_an_album_goes_after_its_images_so_that_each_lies_in_the_bin(
    calls: ProcoreFiles, tmp_path: Path
) -> None:
    """Procore refuses an album with photos, or takes them along: neither is documented."""
    photos = PhotosStore(calls, PROJECT, calls.clock, tmp_path)
    root = await photos.root()
    album = await photos.create_folder(root.id, "Démolition")
    made = [await photos.upload(album.id, f"{n}.jpg", content(tmp_path, b"jpeg %d" % n)) for n in range(3)]
    await photos.delete(album)
    assert {album.id, *(image.id for image in made)}.isdisjoint(await everything(photos))
    with pytest.raises(FileCallFailed) as failed:
        await photos.undelete(made[0].id, name="0.jpg", parent_id=root.id)
    assert failed.value.problem.code == "BCK-12"
