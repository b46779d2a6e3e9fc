"""Contents in both directions: resumed, proved, never doubled, never from a foreign host.

Source: graph-drive.md §1.3, §1.6, §1.7.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from maestro_procore.drive.items import item_of
from maestro_procore.drive.quick_xor import of_bytes
from maestro_procore.drive.upload_session import GRAIN, PIECE
from maestro_procore.file_ports import Dates, FileCallFailed, FileTrouble, OutcomeUnknown, Resumption
from tests.doors.drive.fake_graph import APP, DRIVE, SEAL, STORAGE, World, file_row, folder_row, ok, refused

ADDRESS = f"{STORAGE}/download?tempauth=canary"
SESSION = f"{STORAGE}/upload?guid=canary"
DATES = Dates(modified_at=datetime(2026, 1, 5, 8, 30, tzinfo=UTC))
BY_US = {"application": {"id": APP}}


def row_of(content: bytes, name: str = "plan.pdf", **more) -> dict:
    return file_row(name=name, content_hash=of_bytes(content), size=len(content), **more)


def with_address(row: dict) -> dict:
    return {**row, "@microsoft.graph.downloadUrl": ADDRESS}


class Storage:
    """One content behind a download address, with the faults of a storage host."""

    def __init__(self, content: bytes, row: dict | None = None, *faults) -> None:
        self.content, self.row, self.faults = content, row or row_of(content), list(faults)
        self.ranges: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response | Exception:
        if request.url.host == "graph.microsoft.com":
            if request.url.path.endswith("/content"):
                return ok(status=302, location=ADDRESS)
            return ok(with_address(self.row))
        assert "authorization" not in request.headers
        self.ranges.append(request.headers.get("range"))
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            return fault(self, request)
        return self.part(request)

    def part(self, request: httpx.Request) -> httpx.Response:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        headers = {"content-range": f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"} if start else {}
        return httpx.Response(206 if start else 200, content=self.content[start:], headers=headers)


class Broken(httpx.AsyncByteStream):
    """Sends a beginning and breaks off."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self):
        yield self._content
        raise httpx.ReadError("cut")


def cut_after(count: int):
    def fault(storage: Storage, request: httpx.Request) -> httpx.Response:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        size = len(storage.content)
        headers = {"content-length": str(size - start)}
        if start:
            headers["content-range"] = f"bytes {start}-{size - 1}/{size}"
        stream = Broken(storage.content[start : start + count])
        return httpx.Response(206 if start else 200, stream=stream, headers=headers)

    return fault


def answers_with(status: int, content: bytes = b""):
    return lambda storage, request: httpx.Response(status, content=content)


def whole(storage: Storage, request: httpx.Request) -> httpx.Response:
    """Ignores the range, as a server may."""
    return httpx.Response(200, content=storage.content)


CONTENT = bytes(range(256)) * 40


# --- downloads ------------------------------------------------------------------------------------


async def test_a_download_is_one_call_of_graph_and_proved_by_its_hash(tmp_path):
    storage = Storage(CONTENT)
    world = World(script=storage)
    done = await world.store.download(item_of(storage.row), tmp_path / "f")
    assert ((tmp_path / "f").read_bytes(), done.is_proved, done.size_bytes) == (CONTENT, True, len(CONTENT))
    assert world.gate.units == [1, 0]
    assert "tempauth" not in str(world.calls)


async def test_a_file_of_no_bytes_needs_no_storage(tmp_path):
    """F134: empty files are synchronized."""
    storage = Storage(b"")
    world = World(script=storage)
    assert (await world.store.download(item_of(storage.row), tmp_path / "f")).is_proved
    assert ((tmp_path / "f").read_bytes(), storage.ranges) == (b"", [])


async def test_a_broken_download_goes_on_where_it_broke(tmp_path):
    storage = Storage(CONTENT, None, cut_after(1_000), cut_after(2_000))
    await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert storage.ranges == [None, "bytes=1000-", "bytes=3000-"]


async def test_what_an_earlier_run_left_is_continued(tmp_path):
    """F098."""
    (tmp_path / "f").write_bytes(CONTENT[:777])
    storage = Storage(CONTENT)
    done = await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert ((tmp_path / "f").read_bytes(), done.is_proved, storage.ranges) == (CONTENT, True, ["bytes=777-"])


async def test_a_server_that_ignores_the_range_starts_the_file_anew(tmp_path):
    (tmp_path / "f").write_bytes(CONTENT[:777])
    storage = Storage(CONTENT, None, whole)
    await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_leftovers_of_another_content_do_not_stay(tmp_path):
    (tmp_path / "f").write_bytes(b"x" * 777)
    storage = Storage(CONTENT)
    done = await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert ((tmp_path / "f").read_bytes(), done.is_proved) == (CONTENT, True)


async def test_a_range_that_the_server_does_not_have_starts_anew(tmp_path):
    (tmp_path / "f").write_bytes(CONTENT[:777])
    storage = Storage(CONTENT, None, answers_with(416))
    await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_dead_address_is_asked_for_anew(tmp_path, status):
    """An expired download address says nothing about the file."""
    storage = Storage(CONTENT, None, cut_after(500), answers_with(status))
    await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert storage.ranges == [None, "bytes=500-", "bytes=500-"]


async def test_a_file_that_changed_meanwhile_is_not_patched_together(tmp_path):
    storage = Storage(CONTENT)

    def cut_and_change(held: Storage, request: httpx.Request) -> httpx.Response:
        answer = cut_after(500)(held, request)
        held.row = row_of(b"another", tag='"{F1},2"')
        return answer

    storage.faults = [cut_and_change]
    with pytest.raises(FileCallFailed) as caught:
        await World(script=storage).store.download(item_of(row_of(CONTENT)), tmp_path / "f")
    assert caught.value.trouble is FileTrouble.CHANGED


async def test_another_version_than_the_one_seen_is_not_fetched(tmp_path):
    storage = Storage(CONTENT, row_of(b"newer", tag='"{F1},2"'))
    with pytest.raises(FileCallFailed) as caught:
        await World(script=storage).store.download(item_of(row_of(CONTENT)), tmp_path / "f")
    assert (caught.value.trouble, storage.ranges) == (FileTrouble.CHANGED, [])


async def test_a_hash_that_appears_later_is_no_other_version(tmp_path):
    storage = Storage(CONTENT)
    without = {**storage.row, "file": {"mimeType": "x"}}
    assert (await World(script=storage).store.download(item_of(without), tmp_path / "f")).is_proved


async def test_a_content_without_a_hash_is_unknown_not_wrong(tmp_path):
    row = {**row_of(CONTENT), "file": {"mimeType": "x"}}
    done = await World(script=Storage(CONTENT, row)).store.download(item_of(row), tmp_path / "f")
    assert (done.is_proved, done.item.content_hash) == (False, "quickxor:" + of_bytes(CONTENT))


async def test_bytes_that_were_turned_on_the_way_are_fetched_again(tmp_path):
    turned = bytes([CONTENT[0] ^ 1]) + CONTENT[1:]
    storage = Storage(CONTENT, None, answers_with(200, turned))
    done = await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert ((tmp_path / "f").read_bytes(), done.is_proved) == (CONTENT, True)


async def test_a_content_that_stays_wrong_is_given_up(tmp_path):
    """A short file is never taken for the whole one."""
    storage = Storage(CONTENT, None, *[answers_with(200, CONTENT[:9])] * 30)
    storage.row = row_of(CONTENT, name="photo.jpg")
    with pytest.raises(FileCallFailed) as caught:
        await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.AGAIN, "DRV-18")


async def test_a_protected_document_is_what_comes_twice_alike(tmp_path):
    """Rights management lists one size and hash and hands out another (§1.9)."""
    storage = Storage(b"decrypted for you", row_of(CONTENT, name="secret.docx"))
    done = await World(script=storage).store.download(item_of(storage.row), tmp_path / "f")
    assert ((tmp_path / "f").read_bytes(), done.is_proved) == (b"decrypted for you", False)


async def test_a_foreign_address_gets_no_visit(tmp_path):
    """S5."""
    row = {**row_of(CONTENT), "@microsoft.graph.downloadUrl": "http://127.0.0.1:9/steal"}
    world = World(ok(row))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.download(item_of(row), tmp_path / "f")
    assert caught.value.problem.code == "DRV-16"
    assert len(world.graph.requests) == 1


async def test_an_item_without_an_address_is_asked_for_its_content(tmp_path):
    storage = Storage(CONTENT)
    world = World(script=lambda request: ok(storage.row) if request.url.path.endswith("/F1") else storage(request))
    await world.store.download(item_of(storage.row), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_malware_is_named(tmp_path):
    row = row_of(CONTENT)
    world = World(ok(row), refused(403, "accessDenied", "malwareDetected"))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.download(item_of(row), tmp_path / "f")
    assert caught.value.problem.code == "DRV-12"


async def test_an_earlier_version_comes_by_its_own_address(tmp_path):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "graph.microsoft.com":
            assert request.url.path.endswith("/versions/2.0/content")
            return ok(status=302, location=ADDRESS)
        return httpx.Response(200, content=b"old")

    await World(script=answer).store.download_version("F1", "2.0", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"old"


# --- uploads --------------------------------------------------------------------------------------


class Sessions:
    """A library that takes uploads by sessions, with the faults of a server. kept: bytes of the open session."""

    def __init__(self, *faults) -> None:
        self.faults = list(faults)
        self.kept = b""
        self.total = 0
        self.done: dict | None = None
        self.is_open = False
        self.created: list[dict] = []
        self.headers: list[httpx.Headers] = []
        self.name = ""
        self.present: dict | None = None
        self.more: dict = {"lastModifiedBy": BY_US}

    def __call__(self, request: httpx.Request) -> httpx.Response | Exception:
        if self.faults and self.faults[0][0](request):
            return self.faults.pop(0)[1](self, request)
        return self.served(request)

    def served(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/createUploadSession"):
            body = json.loads(request.content)
            self.created.append(body["item"])
            self.headers.append(request.headers)
            self.name = path.rpartition(":/createUploadSession")[0].rpartition(":/")[2] or "plan.pdf"
            self.total, self.kept, self.is_open = body["item"]["fileSize"], b"", True
            return ok(
                {"uploadUrl": SESSION, "expirationDateTime": "2026-03-03T00:00:00Z", "nextExpectedRanges": ["0-"]}
            )
        if request.url.host == "graph.microsoft.com":
            assert request.method == "GET", path
            return refused(404, "itemNotFound") if self.present is None else ok(self.present)
        assert "authorization" not in request.headers
        if not self.is_open:
            return refused(404, "itemNotFound")
        if request.method == "PUT":
            start = int(request.headers["content-range"].removeprefix("bytes ").partition("-")[0])
            assert start == len(self.kept), "a piece out of order"
            self.kept += request.content
            if len(self.kept) == self.total:
                return self.finished()
        return ok({"nextExpectedRanges": [f"{len(self.kept)}-"]}, 202 if request.method == "PUT" else 200)

    def finished(self) -> httpx.Response:
        self.is_open = False
        self.present = row_of(self.kept, self.name, **self.more)
        return ok(self.present, 201)


def is_put(request: httpx.Request) -> bool:
    return request.method == "PUT"


def lost(sessions: Sessions, request: httpx.Request) -> Exception:
    """The server does it, its answer does not come."""
    sessions.served(request)
    return httpx.ReadError("cut")


class Kept:
    """What the engine would keep of an upload."""

    def __init__(self) -> None:
        self.states: list[str | None] = []

    async def keep(self, state: str | None) -> None:
        self.states.append(state)

    def resumption(self, state: str | None = None) -> Resumption:
        return Resumption(state, self.keep)


@pytest.fixture
def content(tmp_path) -> Path:
    file = tmp_path / "content"
    file.write_bytes(CONTENT)
    return file


@pytest.fixture
def large(tmp_path, monkeypatch) -> Path:
    """A file of three pieces."""
    monkeypatch.setattr("maestro_procore.drive.upload_session.PIECE", 4_096)
    file = tmp_path / "large"
    file.write_bytes(CONTENT)
    return file


async def test_a_new_file_takes_one_call_of_graph_and_brings_its_dates_along(content):
    """No second call and no second version for the dates (§1.2)."""
    sessions, kept = Sessions(), Kept()
    world = World(script=sessions)
    item = await world.store.upload("D1", "a b.pdf", content, dates=DATES, resume=kept.resumption())
    assert sessions.kept == CONTENT
    assert item.content_hash == "quickxor:" + of_bytes(CONTENT)
    assert sessions.created == [
        {
            "@microsoft.graph.conflictBehavior": "fail",
            "fileSize": len(CONTENT),
            "fileSystemInfo": {"lastModifiedDateTime": "2026-01-05T08:30:00Z"},
        }
    ]
    assert world.gate.units == [2, 0]
    assert kept.states[-1] is None


async def test_pieces_are_whole_multiples_of_what_graph_wants():
    assert PIECE % GRAIN == 0
    assert 5 * 2**20 <= PIECE <= 10 * 2**20


async def test_the_session_is_kept_sealed_before_the_first_byte_goes_out(content):
    """Whoever has its address may write without signing in (S6)."""
    sessions, kept = Sessions(), Kept()
    seen: list[list[str | None]] = []

    def watching(request: httpx.Request) -> httpx.Response | Exception:
        if request.method == "PUT":
            seen.append(list(kept.states))
        return sessions(request)

    await World(script=watching).store.upload("D1", "f.pdf", content, dates=DATES, resume=kept.resumption())
    ((state,),) = seen
    assert state is not None
    assert "canary" not in state
    assert "canary" in str(SEAL.opened(state))


async def test_f132_each_piece_that_arrived_is_told(large):
    told: list[int] = []
    resume = Resumption(arrived=told.append)
    await World(script=Sessions()).store.upload("D1", "f.pdf", large, dates=DATES, resume=resume)
    assert told == [0, 4_096, 8_192]


async def test_an_upload_of_an_earlier_run_goes_on_where_it_stood(large):
    """F098: kill in the middle, no byte twice."""
    kept = Kept()
    sessions = Sessions((is_put, Sessions.served), (is_put, lambda held, request: KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        await World(script=raising(sessions)).store.upload("D1", "f.pdf", large, dates=DATES, resume=kept.resumption())
    assert len(sessions.kept) == 4_096
    world = World(script=sessions)
    await world.store.upload("D1", "f.pdf", large, dates=DATES, resume=kept.resumption(kept.states[-1]))
    assert sessions.kept == CONTENT
    assert len(sessions.created) == 1


def raising(script):
    """KeyboardInterrupt is no Exception: raised where the transport would be cut by the end of the program."""

    def answer(request: httpx.Request):
        found = script(request)
        if isinstance(found, BaseException) and not isinstance(found, Exception):
            raise found
        return found

    return answer


async def test_a_session_of_another_content_is_not_continued(large):
    kept, sessions = Kept(), Sessions((is_put, lambda held, request: KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        await World(script=raising(sessions)).store.upload("D1", "f.pdf", large, dates=DATES, resume=kept.resumption())
    large.write_bytes(b"other" * 2_000)
    await World(script=sessions).store.upload(
        "D1", "f.pdf", large, dates=DATES, resume=kept.resumption(kept.states[-1])
    )
    assert (sessions.kept, len(sessions.created)) == (b"other" * 2_000, 2)


async def test_a_state_that_nobody_can_open_begins_anew(content):
    sessions = Sessions()
    await World(script=sessions).store.upload("D1", "f.pdf", content, dates=DATES, resume=Resumption("garbage"))
    assert sessions.kept == CONTENT


@pytest.mark.parametrize("at", [0, 1, 2], ids=["first piece", "second piece", "last piece"])
async def test_a_piece_whose_answer_is_lost_is_not_sent_twice(large, at):
    """F2: the server is asked what it has."""
    sessions = Sessions(*[(is_put, Sessions.served)] * at, (is_put, lost))
    item = await World(script=sessions).store.upload("D1", "f.pdf", large, dates=DATES)
    assert (sessions.kept, item.name) == (CONTENT, "f.pdf")


@pytest.mark.parametrize("status", [416, 500, 503])
async def test_a_piece_that_failed_goes_on_where_the_server_says(large, status):
    fault = (is_put, lambda held, request: refused(status, "invalidRange"))
    sessions = Sessions((is_put, Sessions.served), fault)
    await World(script=sessions).store.upload("D1", "f.pdf", large, dates=DATES)
    assert sessions.kept == CONTENT


async def test_the_next_byte_may_lie_inside_the_piece_and_ranges_may_be_closed(large):
    """Both forms of nextExpectedRanges are seen in the field (§1.7)."""

    def half(held: Sessions, request: httpx.Request) -> httpx.Response:
        held.kept += request.content[:1_000]
        return ok({"nextExpectedRanges": [f"{len(held.kept)}-{held.total - 1}", "9000-"]}, 202)

    sessions = Sessions((is_put, half))
    await World(script=sessions).store.upload("D1", "f.pdf", large, dates=DATES)
    assert sessions.kept == CONTENT


async def test_a_session_that_ended_without_the_file_begins_anew(large):
    def forget(held: Sessions, request: httpx.Request) -> httpx.Response:
        held.is_open = False
        return refused(404, "itemNotFound")

    sessions = Sessions((is_put, Sessions.served), (is_put, forget))
    await World(script=sessions).store.upload("D1", "f.pdf", large, dates=DATES)
    assert (sessions.kept, len(sessions.created)) == (CONTENT, 2)


async def test_a_last_answer_without_the_item_is_looked_up(content):
    """Once seen in the field: only the session object came (§1.7)."""

    def mute(held: Sessions, request: httpx.Request) -> httpx.Response:
        held.served(request)
        return ok({"expirationDateTime": "x"}, 201)

    sessions = Sessions((is_put, mute))
    assert (await World(script=sessions).store.upload("D1", "f.pdf", content, dates=DATES)).name == "f.pdf"


async def test_a_last_piece_that_stays_unanswered_is_an_unknown_outcome(content):
    """F2."""
    dead = Sessions(
        *[(lambda request: "canary" in str(request.url), lambda held, request: httpx.ReadError("cut"))] * 20
    )
    kept = Kept()
    with pytest.raises(OutcomeUnknown):
        await World(script=dead).store.upload("D1", "f.pdf", content, dates=DATES, resume=kept.resumption())
    assert kept.states[-1] is not None, "the next try asks the session"


@pytest.mark.parametrize("how", ["by its hash", "rewritten"])
async def test_a_repeated_try_finds_what_the_first_one_did(content, how):
    """F2, F267: SharePoint rewrote it meanwhile, but we made it."""
    sessions = Sessions()
    same = row_of(CONTENT, "f.docx")
    rewritten = row_of(CONTENT + b"properties", "f.docx", lastModifiedBy=BY_US)
    sessions.present = same if how == "by its hash" else rewritten
    world = World(script=sessions)
    item = await world.store.upload("D1", "f.docx", content, dates=DATES, tried_at=world.clock.now())
    assert (item.id, sessions.created) == ("F1", [])
    assert item.version.startswith("quickxor:" + sessions.present["file"]["hashes"]["quickXorHash"])


@pytest.mark.parametrize(
    "found", [row_of(b"somebody else's", "f.docx"), folder_row("F1", "f.docx")], ids=["file", "folder"]
)
async def test_a_repeated_try_does_not_take_what_somebody_else_put_there(content, found):
    sessions = Sessions()
    sessions.present = found
    world = World(script=sessions)
    with pytest.raises(FileCallFailed) as caught:
        await world.store.upload("D1", "f.docx", content, dates=DATES, tried_at=world.clock.now())
    assert (caught.value.trouble, sessions.created) == (FileTrouble.NAME_TAKEN, [])


async def test_a_repeated_try_sends_when_nothing_is_there(content):
    sessions = Sessions()
    world = World(script=sessions)
    await world.store.upload("D1", "f.pdf", content, dates=DATES, tried_at=world.clock.now())
    assert sessions.kept == CONTENT


async def test_a_name_that_is_taken_is_never_replaced(content):
    taken = refused(409, "nameAlreadyExists")
    there = ok(row_of(b"theirs"))
    world = World(taken, there)
    with pytest.raises(FileCallFailed) as caught:
        await world.store.upload("D1", "f.pdf", content, dates=DATES)
    assert caught.value.trouble is FileTrouble.NAME_TAKEN


async def test_a_name_that_is_taken_at_the_last_piece_ends_the_session(content):
    kept = Kept()
    sessions = Sessions((is_put, lambda held, request: refused(409, "nameAlreadyExists")))
    world = World(script=sessions)
    with pytest.raises(FileCallFailed) as caught:
        await world.store.upload("D1", "f.pdf", content, dates=DATES, resume=kept.resumption())
    assert caught.value.trouble is FileTrouble.NAME_TAKEN
    assert (world.graph.requests[-1].method, kept.states[-1]) == ("DELETE", None)


async def test_a_session_that_nobody_remembers_is_waited_for(content):
    world = World(refused(409, "nameAlreadyExists"), refused(404, "itemNotFound"))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.upload("D1", "f.pdf", content, dates=DATES)
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.AGAIN, "DRV-27")
    assert caught.value.wait is not None


async def test_a_file_of_no_bytes_goes_in_one_small_call(tmp_path):
    """F134: a session cannot carry it."""
    empty = tmp_path / "empty"
    empty.touch()
    row = row_of(b"", "empty.txt")
    world = World(ok(row, 201), ok(row))
    await world.store.upload("D1", "empty.txt", empty, dates=DATES)
    put, patch = world.graph.requests
    assert put.url.path == f"/v1.0/drives/{DRIVE}/items/D1:/empty.txt:/content"
    assert put.url.params["@microsoft.graph.conflictBehavior"] == "fail"
    assert (put.content, patch.method) == (b"", "PATCH")
    assert json.loads(patch.content) == {"fileSystemInfo": {"lastModifiedDateTime": "2026-01-05T08:30:00Z"}}


async def test_what_sharepoint_rewrote_is_the_new_baseline(content):
    """C17, §1.9: never compared, never sent again."""
    sessions = Sessions()
    rewritten = row_of(CONTENT + b"promoted", "f.docx", lastModifiedBy=BY_US)

    def rewrite(held: Sessions, request: httpx.Request) -> httpx.Response:
        held.served(request)
        return ok(rewritten, 201)

    sessions.faults = [(is_put, rewrite)]
    item = await World(script=sessions).store.upload("D1", "f.docx", content, dates=DATES)
    assert item.size_bytes == len(CONTENT) + 8
    assert item.is_by_us


async def test_a_photo_that_arrived_damaged_is_taken_back(content):
    sessions = Sessions()

    def damage(held: Sessions, request: httpx.Request) -> httpx.Response:
        held.served(request)
        return ok(row_of(CONTENT[:-1] + b"?", "f.jpg"), 201)

    sessions.faults = [
        (is_put, damage),
        (lambda request: request.method == "DELETE", lambda held, request: ok(status=204)),
    ]
    with pytest.raises(FileCallFailed) as caught:
        await World(script=sessions).store.upload("D1", "f.jpg", content, dates=DATES)
    assert caught.value.problem.code == "DRV-18"
    assert sessions.faults == []


SEEN = item_of(row_of(b"before"))


async def test_a_new_version_replaces_only_what_was_seen(content):
    """F269, F271."""
    sessions = Sessions()
    await World(script=sessions).store.new_version(SEEN, content, dates=DATES)
    assert sessions.headers[0]["if-match"] == SEEN.tag
    assert sessions.created[0]["@microsoft.graph.conflictBehavior"] == "replace"


async def test_a_file_that_somebody_changed_is_not_overwritten(content):
    world = World(refused(412, "resourceModified"), ok(row_of(b"edited", tag='"{F1},9"')))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.new_version(SEEN, content, dates=DATES)
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.CHANGED, "DRV-07")


async def test_an_etag_that_sharepoint_moved_by_itself_is_no_change(content):
    """§1.9: property promotion after our own upload."""
    sessions = Sessions(
        (lambda request: request.method == "POST", lambda held, request: refused(412, "resourceModified"))
    )
    sessions.present = row_of(b"before", tag='"{F1},9"')
    await World(script=sessions).store.new_version(SEEN, content, dates=DATES)
    assert sessions.headers[0]["if-match"] == '"{F1},9"'


async def test_a_repeated_version_is_found_by_its_hash(content):
    sessions = Sessions()
    sessions.present = row_of(CONTENT, tag='"{F1},2"')
    world = World(script=sessions)
    item = await world.store.new_version(SEEN, content, dates=DATES, tried_at=world.clock.now())
    assert (item.tag, sessions.created) == ('"{F1},2"', [])


async def test_a_repeated_version_is_sent_when_the_first_try_did_nothing(content):
    sessions = Sessions()
    sessions.present = row_of(b"before")
    world = World(script=sessions)
    await world.store.new_version(SEEN, content, dates=DATES, tried_at=world.clock.now())
    assert sessions.kept == CONTENT


async def test_a_locked_file_waits_and_the_session_is_given_up(content):
    """F129, F133: open in Office."""
    world = World(refused(423, "resourceLocked"))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.new_version(SEEN, content, dates=DATES)
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.LOCKED, "DRV-04")


async def test_no_space_is_told_before_a_byte_goes_out(content):
    """F250, F22."""
    world = World(refused(507, "quotaLimitReached"))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.upload("D1", "f.pdf", content, dates=DATES)
    assert caught.value.trouble is FileTrouble.FULL
    assert len(world.graph.requests) == 1


async def test_a_foreign_upload_address_gets_nothing(content):
    """S5."""
    world = World(ok({"uploadUrl": "https://10.1.2.3/upload", "nextExpectedRanges": ["0-"]}))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.upload("D1", "f.pdf", content, dates=DATES)
    assert caught.value.problem.code == "DRV-16"
    assert len(world.graph.requests) == 1
