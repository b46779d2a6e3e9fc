"""The Documents tool: folders, files, versions, check-out, recycle bin, private folders, the flat index."""

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import START_STAMP, Client
from .test_uploads import announce, storage

INDEX = "/rest/v1.0/projects/101/documents"
FOLDERS, FILES, VERSIONS = "/rest/v1.0/folders", "/rest/v1.0/files", "/rest/v1.0/file_versions"
OF_PROJECT = {"project_id": 101}
PLANS, PLAN_A = 801, 802
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def index(client: Client, **query: Any) -> list[dict[str, Any]]:
    named = {name.replace("filters__", "filters[") + ("]" if "__" in name else ""): one for name, one in query.items()}
    answer = await client.http.get(INDEX, params={"view": "extended", **named})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def upload(client: Client, body: bytes, **fields: Any) -> httpx.Response:
    """Announce, send and attach: the documented flow of two calls."""
    upload = await announce(client)
    async with storage(client) as http:
        sent = await http.post(upload["url"], data=upload["fields"], files={"file": ("Plan.pdf", body)})
        assert sent.status_code == 201
    return await client.http.post(FILES, params=OF_PROJECT, json={"file": {"upload_uuid": upload["uuid"], **fields}})


async def one_call(client: Client, body: bytes, **fields: Any) -> httpx.Response:
    """The deprecated flow: the bytes in the call that makes the file."""
    data = {f"file[{name}]": value for name, value in fields.items()}
    return await client.http.post(FILES, params=OF_PROJECT, data=data, files={"file[data]": ("Plan.pdf", body)})


async def download(client: Client, url: str, **headers: str) -> httpx.Response:
    """With the token to the API host, without it to where that redirects."""
    found = await client.http.get(url)
    assert found.status_code == 302, found.text
    async with storage(client) as http:
        return await http.get(found.headers["location"], headers=headers)


async def folder(client: Client, name: str, parent: int | None = None, **more: Any) -> httpx.Response:
    body = {"folder": {"name": name, **({} if parent is None else {"parent_id": parent}), **more}}
    return await client.http.post(FOLDERS, params=OF_PROJECT, json=body)


async def change(client: Client, path: str, kind: str, **fields: Any) -> httpx.Response:
    return await client.http.patch(path, params=OF_PROJECT, json={kind: fields})


async def violations(client: Client) -> list[str]:
    return [call["violation"] for call in await client.calls() if call["violation"]]


@pytest.mark.parametrize("send", [upload, one_call], ids=["two calls", "one call"])
async def test_a_file_is_uploaded_listed_and_read_back(strict: Client, send: Any) -> None:
    body = bytes(range(256)) * 40
    made = await send(strict, body, name="Été – détail #1 100%.pdf", parent_id=PLANS)
    assert made.status_code == 201, made.text
    listed = next(row for row in await index(strict) if row["id"] == made.json()["id"])
    version = listed["file"]["current_version"]
    assert listed["name_with_path"] == "Plans/Été – détail #1 100%.pdf"
    assert (version["size"], version["number"], made.json()["size"]) == (len(body), 1, len(body))
    whole = await download(strict, version["url"])
    part = await download(strict, version["url"], Range="bytes=256-511")
    tail = await download(strict, version["url"], Range="bytes=-10")
    assert (whole.content, part.status_code, part.content) == (body, 206, body[256:512])
    assert (tail.content, part.headers["content-range"]) == (body[-10:], f"bytes 256-511/{len(body)}")
    beyond = await download(strict, version["url"], Range=f"bytes={len(body)}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(body)}")
    assert await violations(strict) == []


async def test_the_flow_of_one_call_can_be_switched_off(strict: Client) -> None:
    await strict.control("POST", "switches", {"multipart_uploads": False})
    refused = await one_call(strict, b"x", name="a.pdf")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["data"])
    assert (await upload(strict, b"x", name="a.pdf")).status_code == 201


async def test_an_upload_is_attached_once_and_only_after_it_was_sent(strict: Client) -> None:
    waiting = await announce(strict)
    body = {"file": {"name": "a.pdf", "upload_uuid": waiting["uuid"]}}
    assert (await strict.http.post(FILES, params=OF_PROJECT, json=body)).status_code == 400
    async with storage(strict) as http:
        await http.post(waiting["url"], data=waiting["fields"], files={"file": ("a", b"")})
    assert (await strict.http.post(FILES, params=OF_PROJECT, json=body)).json()["size"] == 0
    again = {"file": {"name": "b.pdf", "upload_uuid": waiting["uuid"]}}
    assert (await strict.http.post(FILES, params=OF_PROJECT, json=again)).status_code == 400


async def test_addresses_expire_and_cannot_be_changed(strict: Client) -> None:
    url = next(row for row in await index(strict) if row["id"] == PLAN_A)["file"]["current_version"]["url"]
    location = (await strict.http.get(url)).headers["location"]
    assert not location.startswith(strict.sandbox.base_url)
    assert (await strict.http.get(url, headers={"Authorization": "Bearer no"})).status_code == 401
    assert (await strict.http.get(url.replace("/803", "/804"))).status_code in (403, 404)
    strict.sandbox.clock.advance(301)
    async with storage(strict) as http:
        late = await http.get(location)
    assert (late.status_code, "expired" in late.text) == (403, True)
    strict.sandbox.clock.advance(3600)
    assert (await strict.http.get(url)).status_code == 403


async def test_whether_downloads_use_up_call_limit_is_a_switch(strict: Client) -> None:
    await strict.control("POST", "switches", {"downloads_counted": False})
    url = (await index(strict, filters__folder_id=PLANS))[1]["file"]["current_version"]["url"]
    free = await strict.http.get(url)
    await strict.control("POST", "switches", {"downloads_counted": True})
    counted = await strict.http.get(url)
    assert [call["counted"] for call in await strict.calls()][-2:] == [False, True]
    assert ["x-rate-limit-remaining" in answer.headers for answer in (free, counted)] == [False, True]


async def test_a_download_wants_the_permission_of_its_project_and_tool(strict: Client) -> None:
    url = (await index(strict, filters__folder_id=PLANS))[1]["file"]["current_version"]["url"]
    await strict.control("POST", "switches", {"permitted_projects": [102]})
    assert (await strict.http.get(url)).status_code == 403
    await strict.control("POST", "switches", {"permitted_projects": None})
    assert (await strict.http.get(url)).status_code == 302
    level = {"project_id": 101, "tool": "documents", "who": "service", "level": "none"}
    await strict.control("POST", "state/tool_permissions", level)
    assert (await strict.http.get(url)).status_code == 403


async def test_an_address_may_redirect_often_or_not_at_all(strict: Client) -> None:
    await strict.control("POST", "switches", {"download_redirects": 3})
    url = (await index(strict, filters__folder_id=PLANS))[1]["file"]["current_version"]["url"]
    hops = [url]
    while hops[-1].startswith(strict.sandbox.base_url):
        hops.append((await strict.http.get(hops[-1])).headers["location"])
    assert len(hops) == 4
    await strict.control("POST", "switches", {"download_urls": "storage"})
    url = (await index(strict, filters__folder_id=PLANS))[1]["file"]["current_version"]["url"]
    async with storage(strict) as http:
        assert (await http.get(url)).content.startswith(b"%PDF")


async def test_a_new_version_counts_up_and_the_old_one_stays_readable(strict: Client) -> None:
    made = (await one_call(strict, b"first", name="a.txt")).json()
    for number, body in ((2, b"second"), (3, b"third")):
        wrapper, path = ("file", f"{FILES}/{made['id']}") if number == 2 else ("file_version", VERSIONS)
        call = strict.http.patch if number == 2 else strict.http.post
        query = OF_PROJECT if number == 2 else {**OF_PROJECT, "file_id": made["id"]}
        files = {f"{wrapper}[data]": ("a.txt", body)}
        assert (await call(path, params=query, files=files)).status_code in (200, 201)
    shown = (await strict.http.get(f"{FILES}/{made['id']}", params=OF_PROJECT)).json()
    assert [each["number"] for each in shown["file_versions"]] == [3, 2, 1]
    assert [(await download(strict, each["url"])).text for each in shown["file_versions"]] == [
        "third",
        "second",
        "first",
    ]
    latest = {**OF_PROJECT, "show_latest_version_only": "true"}
    assert len((await strict.http.get(f"{FILES}/{made['id']}", params=latest)).json()["file_versions"]) == 1
    listed = (await strict.http.get(f"/rest/v2.0/projects/101/documents/{made['id']}/revisions")).json()["data"]
    assert [(each["file_version"], each["file_size"]) for each in listed] == [(3, 5), (2, 6), (1, 5)]


async def test_a_folder_is_renamed_and_moved_with_all_that_it_holds(strict: Client) -> None:
    """One call per folder; what it holds keeps its id and its time."""
    strict.sandbox.clock.advance(60)
    above = (await folder(strict, "Archives")).json()
    moved = await change(strict, f"{FOLDERS}/{PLANS}", "folder", name="Plans 2025", parent_id=above["id"])
    assert moved.json()["name_with_path"] == "Archives/Plans 2025"
    by_id = {row["id"]: row for row in await index(strict)}
    assert by_id[PLAN_A]["name_with_path"] == "Archives/Plans 2025/Plan A.pdf"
    assert by_id[PLAN_A]["updated_at"] == START_STAMP < by_id[PLANS]["updated_at"]
    into_itself = await change(strict, f"{FOLDERS}/{above['id']}", "folder", parent_id=PLANS)
    assert (into_itself.status_code, list(into_itself.json()["errors"])) == (400, ["parent_id"])
    assert (await change(strict, f"{FOLDERS}/{PLANS}", "folder", parent_id=PLANS)).status_code == 400
    assert (await change(strict, f"{FOLDERS}/{PLANS}", "folder", parent_id=PLAN_A)).status_code == 400


async def test_what_is_deleted_lies_in_the_recycle_bin_and_can_be_taken_out(strict: Client) -> None:
    strict.sandbox.clock.advance(60)
    gone = await strict.http.delete(f"{FOLDERS}/{PLANS}", params=OF_PROJECT)
    again = await strict.http.delete(f"{FOLDERS}/{PLANS}", params=OF_PROJECT)
    assert (gone.status_code, again.status_code) == (200, 404)
    binned = await index(strict, filters__is_in_recycle_bin="true")
    assert {row["id"]: row["is_deleted"] for row in binned} == {PLANS: True, PLAN_A: True}
    since = f"{strict.sandbox.clock.stamp()}...{LATER}"
    assert PLANS in [row["id"] for row in await index(strict, filters__updated_at=since)]
    root = (await strict.http.get(FOLDERS, params=OF_PROJECT)).json()
    assert [each["is_recycle_bin"] for each in root["folders"]] == [True]
    back = await change(strict, f"{FOLDERS}/{PLANS}", "folder", parent_id=root["id"])
    assert back.json()["is_deleted"] is False
    assert await index(strict, filters__is_in_recycle_bin="true") == []


@pytest.mark.parametrize(
    ("touches", "moved"), [("item", {PLANS}), ("subtree", {PLANS, PLAN_A}), ("nothing", set())], ids=str
)
async def test_whose_time_a_deletion_moves_is_a_switch(strict: Client, touches: str, moved: set[int]) -> None:
    await strict.control("POST", "switches", {"binning_touches": touches})
    strict.sandbox.clock.advance(60)
    await strict.http.delete(f"{FOLDERS}/{PLANS}", params=OF_PROJECT)
    binned = await index(strict, filters__is_in_recycle_bin="true")
    assert {row["id"] for row in binned if row["updated_at"] != START_STAMP} == moved


async def test_a_file_that_another_has_checked_out_is_locked(strict: Client) -> None:
    await strict.control("POST", "state/documents", {"id": PLAN_A, "checked_out_until": LATER})
    shown = (await strict.http.get(f"{FILES}/{PLAN_A}", params=OF_PROJECT)).json()
    assert (shown["checked_out_by"]["name"], shown["checked_out_until"]) == ("Chantal Roy", LATER)
    refused = await change(strict, f"{FILES}/{PLAN_A}", "file", name="b.pdf")
    assert (refused.status_code, refused.json()["file"]["id"]) == (409, PLAN_A)
    version = await strict.http.post(
        VERSIONS, params={**OF_PROJECT, "file_id": PLAN_A}, files={"file_version[data]": ("a", b"x")}
    )
    assert version.status_code == 409
    assert (await strict.http.delete(f"{FILES}/{PLAN_A}", params=OF_PROJECT)).status_code == 400
    assert (await change(strict, f"{FILES}/{PLAN_A}", "file", checked_out_until="null")).status_code == 200
    assert (await change(strict, f"{FILES}/{PLAN_A}", "file", name="b.pdf")).status_code == 200
    assert await violations(strict) == []


async def test_a_check_out_ends_by_itself_and_does_not_bind_who_holds_it(strict: Client) -> None:
    assert (await change(strict, f"{FILES}/{PLAN_A}", "file", checked_out_until="2026-01-05T13:00:00Z")).is_success
    assert (await change(strict, f"{FILES}/{PLAN_A}", "file", name="mine.pdf")).status_code == 200
    strict.sandbox.clock.advance(3601)
    shown = (await strict.http.get(f"{FILES}/{PLAN_A}", params=OF_PROJECT)).json()
    assert (shown["checked_out_by"], shown["checked_out_until"]) == (None, None)


async def test_names_are_unique_in_their_folder_as_the_switch_says(strict: Client) -> None:
    taken = await one_call(strict, b"", name="Plan A.pdf", parent_id=PLANS)
    assert (taken.status_code, taken.json()) == (400, {"errors": {"name": ["has already been taken"]}})
    assert (await one_call(strict, b"", name="plan a.PDF", parent_id=PLANS)).status_code == 201
    renamed = await one_call(strict, b"", name="Plan A.pdf", parent_id=PLANS, unique_name="true")
    assert renamed.json()["name"] == "Plan A (1).pdf"
    clash = await change(strict, f"{FILES}/{renamed.json()['id']}", "file", name="Plan A.pdf")
    assert (clash.status_code, clash.json()["file"]["id"]) == (409, PLAN_A)
    await strict.control("POST", "switches", {"document_names_unique": "caseless", "name_taken_status": 422})
    assert (await folder(strict, "PLANS")).status_code == 422
    await strict.control("POST", "switches", {"document_names_unique": "free"})
    assert (await folder(strict, "Plans")).status_code == 201
    assert await violations(strict) == []


async def test_private_folders_are_for_admins_and_lower_levels_are_refused(strict: Client) -> None:
    await change(strict, f"{FOLDERS}/{PLANS}", "folder", explicit_permissions=True)
    inside = next(row for row in await index(strict, filters__private="true") if row["id"] == PLAN_A)
    assert (inside["private"], inside["private_parent"]["name"]) == (True, "Plans")
    level = {"project_id": 101, "tool": "documents", "who": "service"}
    await strict.control("POST", "state/tool_permissions", {**level, "level": "standard"})
    assert PLANS not in [row["id"] for row in await index(strict)]
    assert (await strict.http.get(f"{FOLDERS}/{PLANS}", params=OF_PROJECT)).status_code == 404
    assert (await folder(strict, "Autre")).status_code == 201
    await strict.control("POST", "state/tool_permissions", {**level, "level": "read_only"})
    assert (await folder(strict, "Encore")).status_code == 403
    await strict.control("POST", "state/tool_permissions", {**level, "level": "none"})
    assert (await strict.http.get(INDEX)).status_code == 403


async def test_a_tool_that_is_off_refuses(strict: Client) -> None:
    tools = (await strict.get("v1.0/tools", project_id=101, company_id=None)).json()
    documents = next(row["id"] for row in tools if row["engine_name"] == "documents")
    off = {"tools": [{"id": documents, "is_active": False}]}
    assert (await strict.http.patch("/rest/v1.0/projects/101/tools", json=off)).is_success
    assert (await strict.http.get(INDEX)).status_code == 403


async def test_the_index_is_paged_sorted_and_filtered(strict: Client) -> None:
    for name in ("b.txt", "A.docx", "c.txt"):
        await one_call(strict, b"x", name=name, parent_id=PLANS)
    ordered = await strict.http.get(INDEX, params={"sort": "-document_type_then_name", "per_page": 2, "page": 1})
    assert [row["name"] for row in ordered.json()] == ["Recycle Bin", "Plans"]
    assert (ordered.headers["total"], ordered.headers["per-page"]) == ("6", "2")
    assert [row["name"] for row in await index(strict, filters__file_type="txt")] == ["b.txt", "c.txt"]
    assert [row["name"] for row in await index(strict, filters__document_type="folder", sort="name")] == [
        "Plans",
        "Recycle Bin",
    ]
    assert [row["name"] for row in await index(strict, filters__search="PLAN a")] == ["Plan A.pdf"]
    normal = await strict.http.get(INDEX, params={"filters[file_type]": "pdf"})
    assert normal.json()[0]["file"]["current_version"] is None
    newer = (await strict.http.get("/rest/v2.0/projects/101/documents")).json()["data"]
    assert (str(PLAN_A), str(PLANS)) in [(row["id"], row["parent_id"]) for row in newer]
    nested = (await strict.http.get(f"{FOLDERS}/{PLANS}", params={**OF_PROJECT, "exclude_files": "true"})).json()
    assert (nested["files"], nested["has_children_files"]) == ([], True)
    assert await violations(strict) == []


async def test_the_company_has_documents_of_its_own(strict: Client) -> None:
    base = f"/rest/v1.0/companies/{strict.sandbox.company_id}"
    made = await strict.http.post(f"{base}/folders", json={"folder": {"name": "Modèles"}})
    await strict.control("POST", "switches", {"documents_list_bin": False})
    listed = (await strict.http.get(f"{base}/documents")).json()
    assert [row["name"] for row in listed] == ["Gabarits", "Modèles"]
    assert (await strict.http.get(f"{base}/folders/{PLANS}")).status_code == 404
    assert (await strict.http.delete(f"{base}/folders/{made.json()['id']}")).status_code == 200
    assert await violations(strict) == []


async def test_tags_are_put_on_documents_and_found_again(strict: Client) -> None:
    tags = "/rest/v1.0/projects/101/document_custom_tags"
    body = {"document_id": PLAN_A, "document_custom_tag": {"name": "Émis pour construction"}}
    tag = (await strict.http.post(tags, json=body)).json()
    assert (await strict.http.get(tags, params={"filters[document_id]": PLAN_A})).json() == [tag]
    found = await strict.http.get(INDEX, params={"filters[custom_tag_ids][]": tag["id"]})
    assert [row["id"] for row in found.json()] == [PLAN_A]
    assert (await strict.http.delete(f"{tags}/{tag['id']}", params={"document_id": PLAN_A})).status_code == 200
    assert (await strict.http.get(tags, params={"filters[document_id]": PLAN_A})).json() == []


async def test_another_user_writes_moves_and_deletes_through_the_control_interface(strict: Client) -> None:
    made = await strict.control("POST", "state/documents", {"project_id": 101, "name": "a.txt", "content": "un"})
    strict.sandbox.clock.advance(5)
    changed = {"id": made["id"], "content_base64": "ZGV1eA==", "parent_id": PLANS, "name": "b.txt"}
    shown = await strict.control("POST", "state/documents", changed)
    version = shown["file"]["current_version"]
    assert (shown["name_with_path"], version["number"], version["size"]) == ("Plans/b.txt", 2, 4)
    assert (await strict.http.get(version["url"])).text == "deux"
    content = await strict.http.get(f"/control/content/documents/{made['id']}")
    assert hashlib.sha256(content.content).digest() == hashlib.sha256(b"deux").digest()
    await strict.control("DELETE", f"state/documents/{made['id']}")
    assert [row["id"] for row in await index(strict, filters__is_in_recycle_bin="true")] == [made["id"]]
    assert (await strict.http.delete(f"/control/state/documents/{PLANS}?permanent=true")).is_success
    assert {row["id"] for row in await index(strict)} & {PLANS, PLAN_A} == set()


async def test_scaled_bodies_declare_more_than_they_carry(make_client: Callable[..., Client]) -> None:
    client = make_client(switches={"bodies_scaled": 1000})
    await client.sign_in()
    version = next(row for row in await index(client) if row["id"] == PLAN_A)["file"]["current_version"]
    body = (await download(client, version["url"])).content
    assert (version["size"], len(body)) == (5000, 5)
    copy = (await one_call(client, body, name="copy.pdf")).json()
    empty = (await one_call(client, b"", name="empty.pdf")).json()
    assert (copy["size"], empty["size"]) == (5000, 0)
