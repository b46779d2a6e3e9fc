"""Upload sessions and downloads: fragments, resuming, conflicts, ranges, addresses that end, scaled bodies."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.graph_hash import quick_xor_hash
from maestro_procore.sandbox.options import SandboxOptions

from .conftest import Graph, StoppedClock, error, inner, start

DATA = bytes(range(256)) * 4


async def opened(graph: Graph, name: str = "a.bin", **item: object) -> str:
    answer = await graph.session(name, dict(item))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["uploadUrl"])


async def test_a_session_takes_fragments_in_order_and_gives_the_file_with_its_own_time(graph: Graph) -> None:
    time = "2019-05-06T07:08:09Z"
    url = await opened(graph, "A/plan.bin", fileSize=1024, fileSystemInfo={"lastModifiedDateTime": time})
    assert not url.startswith(graph.sandbox.microsoft.graph)
    first = await graph.fragment(url, DATA[:300], 0, 1024)
    assert (first.status_code, first.json()["nextExpectedRanges"]) == (202, ["300-"])
    assert (await graph.plain(url)).json()["nextExpectedRanges"] == ["300-"]
    last = await graph.fragment(url, DATA[300:], 300, 1024)
    made = last.json()
    assert (last.status_code, made["size"], made["fileSystemInfo"]["lastModifiedDateTime"]) == (201, 1024, time)
    assert made["file"]["hashes"]["quickXorHash"] == quick_xor_hash([DATA])
    assert await graph.content(made["id"]) == DATA
    assert made["createdBy"]["user"]["displayName"] == "Chantal Roy"
    assert error(await graph.plain(url)) == (404, "itemNotFound")


@pytest.mark.parametrize(
    ("first", "wanted"), [(0, "fragmentOverlap"), (200, "fragmentOverlap"), (600, "fragmentOutOfOrder")]
)
async def test_a_fragment_that_is_not_the_next_gets_416(graph: Graph, first: int, wanted: str) -> None:
    url = await opened(graph)
    await graph.fragment(url, DATA[:400], 0, 1024)
    refused = await graph.fragment(url, DATA[first : first + 100], first, 1024)
    assert (*error(refused), inner(refused)) == (416, "invalidRange", wanted)
    assert (await graph.fragment(url, DATA[400:], 400, 1024)).status_code == 201


async def test_a_fragment_must_be_what_its_range_says(graph: Graph) -> None:
    url = await opened(graph)
    wrong = await graph.plain(url, "PUT", content=DATA[:10], headers={"Content-Range": "bytes 0-19/1024"})
    assert inner(wrong) == "fragmentLengthMismatch"
    for span in ("bytes 0-9/10/11", "0-9/10", "bytes 5-4/10", "bytes 0-9/5"):
        answer = await graph.plain(url, "PUT", content=DATA[:10], headers={"Content-Range": span})
        assert error(answer) == (400, "invalidRequest"), span
    await graph.control("POST", "switches", {"aligned_fragments": True})
    assert error(await graph.fragment(url, DATA[:10], 0, 1024)) == (400, "invalidRequest")


async def test_missing_ranges_may_be_told_closed(graph: Graph) -> None:
    await graph.control("POST", "switches", {"open_upload_ranges": False})
    url = await opened(graph)
    told = await graph.fragment(url, DATA[:400], 0, 1024)
    assert told.json()["nextExpectedRanges"] == ["400-1023"]


async def test_a_session_ends_by_itself_and_each_fragment_puts_that_off(graph: Graph) -> None:
    url, left = await opened(graph), await opened(graph, "b.bin")
    await graph.advance(20 * 3600)
    assert (await graph.fragment(url, DATA[:400], 0, 1024)).status_code == 202
    await graph.advance(20 * 3600)
    assert (await graph.fragment(url, DATA[400:], 400, 1024)).status_code == 201
    assert inner(await graph.plain(left)) == "uploadSessionNotFound"


async def test_a_cancelled_session_is_gone_and_a_wrong_word_finds_none(graph: Graph) -> None:
    url = await opened(graph)
    assert error(await graph.plain(url[:-1] + "~")) == (404, "itemNotFound")
    assert (await graph.plain(url, "DELETE")).status_code == 204
    assert error(await graph.fragment(url, DATA, 0, 1024)) == (404, "itemNotFound")
    assert await graph.names() == []


async def test_a_name_taken_meanwhile_is_a_conflict_and_the_session_lives_on(graph: Graph) -> None:
    url = await opened(graph, **{"@microsoft.graph.conflictBehavior": "fail"})
    taken = await graph.file("A.BIN", b"theirs")
    assert error(await graph.fragment(url, DATA, 0, 1024)) == (409, "nameAlreadyExists")
    assert await graph.content(taken["id"]) == b"theirs"
    await graph.patch(taken["id"], {"name": "other.bin"})
    assert (await graph.fragment(url, DATA, 0, 1024)).status_code == 201


async def test_a_file_changed_meanwhile_is_not_replaced(graph: Graph) -> None:
    made = await graph.file("a.bin", b"mine")
    answer = await graph.http.post(graph.at(f"/items/{made['id']}/createUploadSession"), json={})
    await graph.file("a.bin", b"theirs")
    assert error(await graph.fragment(answer.json()["uploadUrl"], DATA, 0, 1024)) == (412, "resourceModified")
    assert await graph.content(made["id"]) == b"theirs"
    old = {"If-Match": made["cTag"]}
    assert error(await graph.session("a.bin", {}, **old)) == (412, "resourceModified")


@pytest.mark.parametrize(
    ("behavior", "status", "names"),
    [("fail", 409, ["a.bin"]), ("replace", 200, ["a.bin"]), ("rename", 200, ["a 1.bin", "a.bin"])],
)
async def test_a_session_for_a_taken_name_does_as_it_was_asked(
    graph: Graph, behavior: str, status: int, names: list[str]
) -> None:
    await graph.file("a.bin", b"there")
    answer = await graph.session("a.bin", {"@microsoft.graph.conflictBehavior": behavior})
    assert answer.status_code == status
    if status == 200:
        await graph.fragment(answer.json()["uploadUrl"], DATA, 0, 1024)
    assert await graph.names() == names


async def test_a_second_session_for_a_file_may_be_refused(graph: Graph) -> None:
    await graph.control("POST", "switches", {"one_upload_session_per_file": True})
    url = await opened(graph)
    refused = await graph.session("A.bin")
    assert error(refused) == (409, "nameAlreadyExists")
    assert "An upload session already exists" in refused.text
    await graph.plain(url, "DELETE")
    assert (await graph.session("A.bin")).status_code == 200


async def test_a_deferred_session_waits_for_its_commit(graph: Graph) -> None:
    answer = await graph.http.post(graph.at("/root:/a.bin:/createUploadSession"), json={"deferCommit": True})
    url = answer.json()["uploadUrl"]
    assert (await graph.fragment(url, DATA, 0, 1024)).json()["nextExpectedRanges"] == []
    assert await graph.names() == []
    assert (await graph.plain(url, "POST")).status_code == 201
    assert await graph.names() == ["a.bin"]


async def test_a_download_is_another_hosts_and_takes_ranges_and_tags(graph: Graph) -> None:
    made = await graph.file("a.bin", DATA)
    asked = await graph.get(f"/items/{made['id']}/content", **{"If-None-Match": made["cTag"]})
    assert asked.status_code == 304
    url = made["@microsoft.graph.downloadUrl"]
    assert httpx.URL(url).host != httpx.URL(graph.drive).host
    part = await graph.plain(url, headers={"Range": "bytes=1000-"})
    assert (part.status_code, part.content) == (206, DATA[1000:])
    assert part.headers["content-range"] == "bytes 1000-1023/1024"
    assert (await graph.plain(url, headers={"Range": "bytes=-5"})).content == DATA[-5:]
    assert (await graph.plain(url, headers={"Range": "bytes=1024-"})).status_code == 416
    tag = part.headers["etag"]
    assert (await graph.plain(url, headers={"If-None-Match": tag})).status_code == 304
    stale = await graph.plain(url, headers={"Range": "bytes=1000-", "If-Range": '"old"'})
    assert (stale.status_code, stale.content) == (200, DATA)
    head = await graph.plain(url, "HEAD")
    assert (head.headers["content-length"], head.content) == ("1024", b"")
    await graph.control("POST", "switches", {"downloads_take_ranges": False})
    assert (await graph.plain(url, headers={"Range": "bytes=1000-"})).content == DATA


async def test_an_address_of_a_content_ends_after_an_hour_or_when_it_is_changed(graph: Graph) -> None:
    made = await graph.file("a.bin", DATA)
    url = made["@microsoft.graph.downloadUrl"]
    assert error(await graph.plain(url + "0")) == (401, "unauthenticated")
    await graph.advance(3601)
    assert error(await graph.plain(url)) == (401, "unauthenticated")


async def test_a_token_sent_to_the_storage_host_is_served_and_under_strict_named(
    make_graph: Callable[..., Graph],
) -> None:
    graph = make_graph(options={"strict": True})
    await graph.sign_in()
    made = await graph.file("a.bin", DATA)
    assert (await graph.get(made["@microsoft.graph.downloadUrl"])).status_code == 200
    await graph.plain(made["@microsoft.graph.downloadUrl"])
    found = [call["violation"] for call in await graph.calls("storage")]
    assert found == ["a bearer token was sent to the storage host", None]


async def test_planted_faults_hit_storage_calls_by_their_api(graph: Graph) -> None:
    url = await opened(graph)
    await graph.control("POST", "faults", {"api": "storage", "method": "PUT", "cut": "after"})
    with pytest.raises(httpx.RemoteProtocolError):
        await graph.fragment(url, DATA[:400], 0, 1024)
    assert (await graph.plain(url)).json()["nextExpectedRanges"] == ["400-"]
    await graph.control("POST", "faults", {"api": "graph", "path": "*/children", "status": 503})
    assert (await graph.get("/root/children")).status_code == 503
    assert {call["api"] for call in await graph.control("GET", "calls")} == {"login", "graph", "storage"}


async def test_scaled_bodies_show_a_thousand_times_what_travels(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(bodies_scaled=1000)
    await graph.sign_in()
    small = await graph.file("small.bin", DATA)
    assert small["size"] == 1_024_000
    answer = await graph.session("large.bin", {"fileSize": 1_024_000})
    large = (await graph.fragment(answer.json()["uploadUrl"], DATA, 0, 1024)).json()
    assert (large["size"], large["file"]["hashes"]["quickXorHash"]) == (1_024_000, quick_xor_hash([DATA]))
    assert (await graph.record(""))["quota"]["used"] == 2_048_000
    seeded = await graph.another(path="Plans/A.pdf", size=50_000_000)
    body = await graph.content(seeded["id"])
    assert (seeded["size"], len(body), body[:5]) == (50_000_000, 50_000, b"%PDF-")
    assert seeded["file"]["hashes"]["quickXorHash"] == quick_xor_hash([body])
    part = await graph.plain(seeded["@microsoft.graph.downloadUrl"], headers={"Range": "bytes=49990-"})
    assert part.content == body[49990:]


async def test_everything_is_there_after_a_kill(tmp_path: Path) -> None:
    def opened_again() -> Graph:
        sandbox = Sandbox(SandboxOptions(profile=tmp_path), data=start(), clock=StoppedClock())
        return Graph(httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox)), sandbox)

    before = opened_again()
    tokens = await before.sign_in()
    made = await before.file("A/a.bin", DATA)
    link = (await before.record("/root/delta"))["@odata.deltaLink"]
    url = await opened(before, "b.bin")
    await before.fragment(url, DATA[:400], 0, 1024)
    # Nothing is closed: what was answered is on the disk.
    after = opened_again()
    after.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert await after.content(made["id"]) == DATA
    assert (await after.plain(made["@microsoft.graph.downloadUrl"])).content == DATA
    assert (await after.fragment(url, DATA[400:], 400, 1024)).status_code == 201
    assert [item["name"] for item in (await after.record(link))["value"]] == ["root", "b.bin"]
    renewed = await after.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert renewed.status_code == 200
    for graph in (before, after):
        graph.sandbox.close()
