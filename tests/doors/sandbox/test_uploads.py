"""Uploads: announced at the API, sent to the storage host whole or in segments, used by who announced them."""

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import Client

ANNOUNCE = "/rest/v1.1/projects/101/uploads"
HALF = b"0123456789abcdef" * 64


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True, switches={"smallest_segment_bytes": 16})
    await client.sign_in()
    return client


def storage(client: Client) -> httpx.AsyncClient:
    """A client without token, as one speaks to the storage host."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=client.sandbox))


async def announce(client: Client, **body: Any) -> dict[str, Any]:
    answer = await client.http.post(ANNOUNCE, json={"response_filename": "Plan.pdf", **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def segments(*bodies: bytes) -> list[dict[str, Any]]:
    return [{"size": len(body), "sha256": hashlib.sha256(body).hexdigest()} for body in bodies]


async def test_a_file_is_sent_whole_with_the_fields_first(strict: Client) -> None:
    upload = await announce(strict)
    async with storage(strict) as http:
        sent = await http.post(upload["url"], data=upload["fields"], files={"file": ("Plan.pdf", HALF)})
        changed = await http.post(upload["url"], data={**upload["fields"], "key": "x"}, files={"file": ("a", b"")})
        without_file = await http.post(upload["url"], data=upload["fields"])
    assert (sent.status_code, changed.status_code, without_file.status_code) == (201, 403, 400)
    assert upload["status"] == "non_segmented"
    kinds = [(call["api"], call["counted"]) for call in await strict.calls()][-4:]
    assert kinds == [("procore", True), *[("storage", False)] * 3]


async def test_an_upload_must_begin_within_an_hour(strict: Client) -> None:
    upload = await announce(strict)
    strict.sandbox.clock.advance(3601)
    async with storage(strict) as http:
        late = await http.post(upload["url"], data=upload["fields"], files={"file": ("Plan.pdf", HALF)})
    assert late.status_code == 403
    assert "Policy expired" in late.text


async def test_segments_are_sent_with_exactly_their_headers_and_put_together(strict: Client) -> None:
    announced = segments(HALF, b"end")
    upload = await announce(strict, segments=announced)
    one = f"{ANNOUNCE}/{upload['uuid']}"
    async with storage(strict) as http:
        tags = []
        for part, body in zip(upload["segments"], (HALF, b"end"), strict=True):
            wrong = await http.put(part["url"], content=body[:-1] + b"?", headers=part["headers"])
            assert (wrong.status_code, "SHA256" in wrong.text) == (400, True)
            assert (await http.put(part["url"], content=body)).status_code == 403
            tags.append((await http.put(part["url"], content=body, headers=part["headers"])).headers["etag"].strip('"'))
    assert (await strict.http.get(one)).json()["status"] == "receiving"
    disordered = await strict.http.patch(one, json={"segments": _with(announced, tags[::-1])})
    done = await strict.http.patch(one, json={"segments": _with(announced, tags)})
    assert (disordered.status_code, done.json()["status"]) == (422, "complete")


def _with(announced: list[dict[str, Any]], tags: list[str]) -> list[dict[str, Any]]:
    return [{**part, "etag": tag} for part, tag in zip(announced, tags, strict=True)]


@pytest.mark.parametrize(
    "wrong",
    [segments(b"short", HALF), [{"size": 64, "sha256": "none"}], [{"size": 5 * 1024**3 + 1, "sha256": "0" * 64}]],
    ids=["too short", "no sha256", "too long"],
)
async def test_a_segment_beside_the_rules_is_refused(strict: Client, wrong: list[dict[str, Any]]) -> None:
    answer = await strict.http.post(ANNOUNCE, json={"response_filename": "Plan.pdf", "segments": wrong})
    assert answer.status_code == 400


async def test_a_week_old_upload_is_gone(strict: Client) -> None:
    announced = segments(HALF)
    upload = await announce(strict, segments=announced)
    strict.sandbox.clock.advance(7 * 24 * 3600 + 1)
    await strict.sign_in()
    answer = await strict.http.patch(f"{ANNOUNCE}/{upload['uuid']}", json={"segments": _with(announced, ["x"])})
    assert answer.status_code == 410


async def test_the_token_must_not_follow_to_the_storage_host(strict: Client) -> None:
    upload = await announce(strict, segments=segments(HALF))
    part = upload["segments"][0]
    headers = {**part["headers"], "Authorization": strict.http.headers["Authorization"]}
    async with storage(strict) as http:
        assert (await http.put(part["url"], content=HALF, headers=headers)).status_code == 400
        moved = part["url"].replace("signature=", "signature=0")
        assert (await http.put(moved, content=HALF, headers=part["headers"])).status_code == 403


async def test_a_body_too_long_for_the_memory_waits_on_the_disk_and_is_let_go(strict: Client) -> None:
    body = HALF * 6000  # 6 MB
    upload = await announce(strict)
    async with storage(strict) as http:
        sent = await http.post(upload["url"], data=upload["fields"], files={"file": ("Plan.pdf", body)})
    attached = {"file": {"name": "a.pdf", "upload_uuid": upload["uuid"]}}
    made = await strict.http.post("/rest/v1.0/files", params={"project_id": 101}, json=attached)
    at_once = {"file[data]": ("b.pdf", body)}
    other = await strict.http.post("/rest/v1.0/files", params={"project_id": 101}, files=at_once)
    assert (sent.status_code, made.json()["size"], other.json()["size"]) == (201, len(body), len(body))


NEWER = "/rest/v2.1/companies/{}/projects/101/uploads"


async def announce_newer(client: Client, *bodies: bytes) -> dict[str, Any]:
    whole = b"".join(bodies)
    body = {
        "file_name": "Plan.pdf",
        "file_size": len(whole),
        "content_type": "application/pdf",
        "sha256": hashlib.sha256(whole).hexdigest(),
        "segments": segments(*bodies),
    }
    answer = await client.http.post(NEWER.format(client.sandbox.company_id), json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def test_a_newer_upload_is_available_some_looks_after_all_parts_were_named(strict: Client) -> None:
    await strict.control("POST", "switches", {"upload_available_after_polls": 2})
    bodies = (HALF, b"end")
    upload = await announce_newer(strict, *bodies)
    one = f"{NEWER.format(strict.sandbox.company_id)}/{upload['upload_id']}"
    tags: list[str | None] = [None, None]
    async with storage(strict) as http:
        for number, (part, body) in enumerate(zip(upload["segments"], bodies, strict=True)):
            sent = await http.put(part["url"], content=body, headers=part["headers"])
            tags[number] = sent.headers["etag"].strip('"')
            named = await strict.http.patch(one, json={"part_etags": tags})
    assert named.json()["data"]["status"] == "complete"
    assert [(await strict.http.get(one)).json()["data"]["status"] for _look in range(2)] == ["complete", "available"]
    body = {"file": {"name": "a.pdf", "upload_uuid": upload["upload_id"]}}
    assert (await strict.http.post("/rest/v1.0/files", params={"project_id": 101}, json=body)).status_code == 400
    await strict.control("POST", "switches", {"unified_uploads_attach": True})
    made = await strict.http.post("/rest/v1.0/files", params={"project_id": 101}, json=body)
    assert made.json()["size"] == len(HALF) + 3
    assert (await strict.http.patch(one, json={"part_etags": ["x", "y"]})).status_code == 422


@pytest.mark.parametrize(
    "change", [{"file_size": 5}, {"sha256": None}, {"segments": [{"size": 16}]}, {"segments": []}], ids=str
)
async def test_a_newer_upload_beside_the_rules_is_refused(strict: Client, change: dict[str, Any]) -> None:
    whole = {"file_name": "a", "file_size": 1024, "content_type": "x/y", "sha256": "0" * 64, "segments": segments(HALF)}
    answer = await strict.http.post(NEWER.format(strict.sandbox.company_id), json={**whole, **change})
    assert (answer.status_code, list(answer.json()["error"])) == (400, ["code", "message", "details"])
