"""Items of a drive: addresses, folders, small uploads, rename and move, delete, tags, locks, names, quota."""

from collections.abc import Callable

import pytest

from maestro_procore.sandbox.graph_hash import QuickXor, quick_xor_hash

from .conftest import Graph, error, inner

VECTORS = {
    "nothing": (b"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    "abc": (b"abc", "YRDDGAAAAAAAAAAAAwAAAAAAAAA="),
    "a line": (b"hello\n", "aCgDG9jwBgUAAAAABgAAAAAAAAA="),
    "every byte": (bytes(range(256)), "QkGEfSisZcA7k+FCh71r2dbCayY="),
    "161 times a": (b"a" * 161, "nv//////////////Xv////////8="),
    "a million": (bytes((7 * i) % 251 for i in range(1_000_000)), "dw4+yXSFbctgnE2HM2bc33kFe3o="),
}


@pytest.mark.parametrize(("data", "expected"), VECTORS.values(), ids=VECTORS)
def test_quick_xor_hash_agrees_with_the_known_values(data: bytes, expected: str) -> None:
    assert quick_xor_hash([data]) == expected
    pieces = QuickXor().update(data[:97])
    assert QuickXor(pieces.folded, pieces.length).update(data[97:]).base64() == expected


@pytest.mark.parametrize("version", ["v1.0", "v2.0", "beta", "_api/v2.0"])
async def test_an_item_is_found_by_every_form_of_its_path(graph: Graph, version: str) -> None:
    made = await graph.file("A/Plan.pdf")
    address = graph.drive.replace("/v1.0/", f"/{version}/")
    for form in ("/root:/A/Plan.pdf", "/root:/A/Plan.pdf:", "/root:/a/plan.PDF:/"):
        assert (await graph.record(address + form))["id"] == made["id"]
    assert (await graph.record(f"{address}/items/{made['id']}"))["name"] == "Plan.pdf"
    above = made["parentReference"]["id"]
    assert (await graph.record(f"{address}/items/{above}:/plan.pdf:"))["id"] == made["id"]


async def test_every_prefix_leads_to_the_same_drive(graph: Graph) -> None:
    base = graph.drive.partition("/drives/")[0]
    mine = (await graph.record(f"{base}/me/drive"))["id"]
    assert (await graph.record(f"{base}/users/chantal.roy@example.com/drive"))["id"] == mine
    assert (await graph.record(f"{base}/drives/{mine}"))["driveType"] == "business"
    site = (await graph.record(f"{base}/sites?search=chantiers"))["value"][0]
    library = await graph.record(f"{base}/sites/{site['id']}/drive")
    assert library["id"] == graph.sandbox.microsoft.drive_id
    assert (library["driveType"], library["name"]) == ("documentLibrary", "Documents")
    by_path = f"{base}/sites/{site['siteCollection']['hostname']}:/sites/Chantiers"
    assert (await graph.record(by_path))["id"] == site["id"]
    assert (await graph.record(f"{by_path}:/drive/root"))["root"] == {}
    assert (await graph.record(f"{base}/sites/{site['id']}/drives"))["value"] == [
        {key: value for key, value in library.items() if key != "@odata.context"}
    ]
    assert (await graph.record(f"{graph.drive}/items/root"))["name"] == "root"


async def test_names_with_signs_and_accents_are_kept_as_they_were_given(graph: Graph) -> None:
    name = "Béton #3 100% & {phase}~.txt"
    made = await graph.http.put(graph.at("/root:/B%C3%A9ton%20%233%20100%25%20%26%20%7Bphase%7D~.txt:/content"))
    assert made.json()["name"] == name
    assert await graph.names() == [name]


async def test_a_taken_name_is_refused_whatever_its_case_and_unicode_form(graph: Graph) -> None:
    assert (await graph.folder("Été")).status_code == 201
    assert error(await graph.folder("été")) == (409, "nameAlreadyExists")
    assert error(await graph.folder("E\u0301te\u0301")) == (409, "nameAlreadyExists")
    renamed = await graph.folder("ÉTÉ", **{"@microsoft.graph.conflictBehavior": "rename"})
    assert renamed.json()["name"] == "ÉTÉ 1"


ILLEGAL = [
    'a"b',
    "a*b",
    "a:b",
    "a<b",
    "a>b",
    "a?b",
    "a\\b",
    "a|b",
    "a\tb",
    " a",
    "a ",
    "a.",
    "~$a",
    "a_vti_b",
    ".lock",
    "CON",
]
ILLEGAL += ["com0", "lpt9", "desktop.ini", "Forms", "~a"]


async def test_a_name_that_sharepoint_does_not_take_is_refused(graph: Graph) -> None:
    for name in ILLEGAL:
        answer = await graph.folder(name)
        assert (*error(answer), inner(answer)) == (400, "invalidRequest", "invalidPath"), name
    assert await graph.names() == []


async def test_a_name_or_path_that_is_too_long_is_refused(graph: Graph) -> None:
    assert (await graph.folder("x" * 255)).status_code == 201
    assert inner(await graph.folder("x" * 256)) == "pathIsTooLong"
    below = await graph.folder("y" * 140, f"/root:/{'x' * 255}:")
    assert inner(below) == "pathIsTooLong"  # Documents, a slash, 255, a slash, 140


async def test_a_small_upload_makes_then_replaces_a_file(graph: Graph) -> None:
    first = await graph.put("a.txt", b"one")
    assert (first.status_code, first.json()["file"]["hashes"]) == (201, {"quickXorHash": quick_xor_hash([b"one"])})
    second = await graph.put("a.txt", b"two!")
    assert (second.status_code, second.json()["id"], second.json()["size"]) == (200, first.json()["id"], 4)
    assert second.json()["eTag"] != first.json()["eTag"]
    assert second.json()["cTag"] != first.json()["cTag"]
    assert await graph.content(first.json()["id"]) == b"two!"
    url = graph.at("/root:/a.txt:/content?@microsoft.graph.conflictBehavior=fail")
    assert error(await graph.http.put(url, content=b"x")) == (409, "nameAlreadyExists")


async def test_an_empty_file_is_uploaded_by_the_small_way(graph: Graph) -> None:
    made = await graph.file("empty.txt", b"")
    assert (made["size"], await graph.content(made["id"])) == (0, b"")


async def test_metadata_moves_the_etag_and_content_moves_both(graph: Graph) -> None:
    made = await graph.file("a.txt")
    times = {"fileSystemInfo": {"lastModifiedDateTime": "2020-02-03T04:05:06Z"}}
    touched = (await graph.patch(made["id"], times)).json()
    assert touched["fileSystemInfo"]["lastModifiedDateTime"] == "2020-02-03T04:05:06Z"
    assert (touched["cTag"], touched["eTag"] == made["eTag"]) == (made["cTag"], False)
    folder = (await graph.folder("A")).json()
    assert "cTag" not in folder
    await graph.file("A/b.txt")
    assert (await graph.record("/root:/A"))["eTag"] == folder["eTag"]


@pytest.mark.parametrize("tag", ["eTag", "cTag"])
async def test_if_match_takes_either_tag_and_refuses_an_old_one(graph: Graph, tag: str) -> None:
    made = await graph.file("a.txt")
    assert (await graph.put("a.txt", b"two", **{"If-Match": made[tag]})).status_code == 200
    assert error(await graph.put("a.txt", b"x", **{"If-Match": made[tag]})) == (412, "resourceModified")
    assert error(await graph.patch(made["id"], {"name": "b.txt"}, **{"If-Match": made[tag]}))[0] == 412
    assert error(await graph.delete(made["id"], **{"If-Match": made[tag]}))[0] == 412
    assert inner(await graph.delete(made["id"], **{"If-Match": made[tag].strip('"')})) == "malformedEntityTag"
    now = await graph.record("/root:/a.txt")
    assert (await graph.get("/root:/a.txt", **{"If-None-Match": now[tag]})).status_code == 304
    assert (await graph.delete(made["id"], **{"If-Match": now[tag]})).status_code == 204


async def test_a_folder_is_renamed_and_moved_in_one_call_and_keeps_its_id(graph: Graph) -> None:
    await graph.file("A/B/c.txt")
    moved, target = await graph.record("/root:/A/B"), (await graph.folder("Z")).json()
    body = {"name": "B2", "parentReference": {"id": target["id"]}}
    assert (await graph.patch(moved["id"], body)).json()["id"] == moved["id"]
    found = await graph.record("/root:/Z/b2/C.txt")
    assert found["parentReference"]["path"] == f"/drives/{graph.sandbox.microsoft.drive_id}/root:/Z/B2"
    into_itself = {"parentReference": {"id": moved["id"]}}
    assert error(await graph.patch(target["id"], into_itself)) == (400, "invalidRequest")
    assert error(await graph.patch(moved["id"], {"parentReference": {"id": "root"}})) == (400, "invalidRequest")
    assert (await graph.patch(moved["id"], {"name": "b2"})).json()["name"] == "b2"  # only the case changes


async def test_a_move_onto_a_taken_name_is_refused(graph: Graph) -> None:
    await graph.file("A/x.txt")
    other = await graph.file("x.txt")
    folder = await graph.record("/root:/A")
    assert error(await graph.patch(other["id"], {"parentReference": {"id": folder["id"]}})) == (
        409,
        "nameAlreadyExists",
    )


async def test_a_deleted_folder_is_gone_with_everything_below_and_lies_in_the_recycle_bin(graph: Graph) -> None:
    await graph.file("A/B/c.txt")
    folder = await graph.record("/root:/A")
    used = (await graph.record(""))["quota"]["used"]
    assert (await graph.delete(folder["id"])).status_code == 204
    assert error(await graph.get(f"/items/{folder['id']}")) == (404, "itemNotFound")
    assert error(await graph.get("/root:/A/B/c.txt")) == (404, "itemNotFound")
    quota = (await graph.record(""))["quota"]
    assert (quota["used"], quota["deleted"]) == (used, 4)
    assert {row["name"] for row in await graph.control("GET", "state/driveItems?include_deleted=with")} == {
        "A",
        "B",
        "c.txt",
    }
    assert error(await graph.http.post(graph.at(f"/items/{folder['id']}/restore"), json={})) == (501, "notSupported")
    assert error(await graph.delete((await graph.record("/root"))["id"]))[0] == 403


async def test_a_personal_drive_restores_what_was_deleted(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph()
    await graph.sign_in("julie.bouchard@home.example")
    graph.drive = graph.drive.partition("/drives/")[0] + "/me/drive"
    assert (await graph.record(""))["driveType"] == "personal"
    await graph.file("A/b.txt")
    folder = await graph.record("/root:/A")
    await graph.delete(folder["id"])
    assert (await graph.http.post(graph.at(f"/items/{folder['id']}/restore"), json={})).status_code == 200
    assert (await graph.record("/root:/A/b.txt"))["size"] == 4


@pytest.mark.parametrize("wording", ["resource_locked", "not_allowed", "access_denied"])
async def test_an_open_file_is_locked_for_every_change_but_not_for_reading(
    make_graph: Callable[..., Graph], wording: str
) -> None:
    graph = make_graph(graph_lock_wording=wording)
    await graph.sign_in()
    made = await graph.file("A/a.txt")
    await graph.another(id=made["id"], locked=True)
    folder = await graph.record("/root:/A")
    answers = [
        await graph.put("A/a.txt", b"x"),
        await graph.patch(made["id"], {"name": "b.txt"}),
        await graph.delete(made["id"]),
        await graph.delete(folder["id"]),
        await graph.session("A/a.txt", {"@microsoft.graph.conflictBehavior": "replace"}),
    ]
    assert [answer.status_code for answer in answers] == [423] * 5
    assert await graph.content(made["id"]) == b"plan"
    await graph.another(id=made["id"], locked=False)
    assert (await graph.put("A/a.txt", b"x")).status_code == 200


async def test_a_file_that_somebody_else_checked_out_waits_and_ones_own_does_not(graph: Graph) -> None:
    made = await graph.file("a.txt")
    await graph.another(id=made["id"], checkedOut=True)
    shown = await graph.record("/root:/a.txt")
    assert shown["publication"]["checkedOutBy"]["user"]["displayName"] == "Marc Gagnon"
    assert (await graph.put("a.txt", b"x")).status_code == 423
    await graph.another(id=made["id"], checkedOut=False)
    assert (await graph.http.post(graph.at(f"/items/{made['id']}/checkout"))).status_code == 204
    assert (await graph.put("a.txt", b"x")).status_code == 200
    assert (await graph.http.post(graph.at(f"/items/{made['id']}/checkin"), json={})).status_code == 204


async def test_a_full_drive_takes_nothing_more(graph: Graph) -> None:
    drive_id = graph.sandbox.microsoft.drive_id
    await graph.control("POST", "state/drives", {"id": drive_id, "quota": {"total": 1000}})
    await graph.file("a.bin", bytes(995))
    assert (await graph.record(""))["quota"] == {
        "total": 1000,
        "used": 995,
        "remaining": 5,
        "deleted": 0,
        "state": "critical",
    }
    assert error(await graph.put("b.bin", bytes(6))) == (507, "quotaLimitReached")
    assert error(await graph.session("b.bin", {"fileSize": 6})) == (507, "quotaLimitReached")
    assert await graph.names() == ["a.bin"]


async def test_versions_are_kept_newest_first_and_count_for_the_quota(graph: Graph) -> None:
    made = await graph.file("a.txt", b"one")
    await graph.file("a.txt", b"two!")
    path = f"/items/{made['id']}/versions"
    assert [(row["id"], row["size"]) for row in (await graph.record(path))["value"]] == [("2.0", 4), ("1.0", 3)]
    assert (await graph.record(""))["quota"]["used"] == 7
    old = await graph.get(f"{path}/1.0/content")
    assert (await graph.plain(old.headers["location"])).content == b"one"
    assert (await graph.http.post(graph.at(f"{path}/1.0/restoreVersion"))).status_code == 204
    assert await graph.content(made["id"]) == b"one"
    assert error(await graph.get(f"{path}/3.0/content")) == (400, "invalidRequest")  # the current one


async def test_children_come_in_pages_in_the_order_asked_for(graph: Graph) -> None:
    for name in ("b", "C", "a", "d"):
        await graph.file(name, name.encode() * ord(name))
    page = await graph.record("/root/children?$top=3&$orderby=name desc&$select=name,size")
    assert [row["name"] for row in page["value"]] == ["d", "C", "b"]
    assert set(page["value"][0]) == {"name", "size"}
    last = await graph.record(page["@odata.nextLink"])
    assert ([row["name"] for row in last["value"]], "@odata.nextLink" in last) == (["a"], False)
    by_size = (await graph.record("/root/children?orderby=size&select=name"))["value"]
    assert [row["name"] for row in by_size] == ["C", "a", "b", "d"]


async def test_what_is_neither_file_nor_folder_is_a_package_without_content(graph: Graph) -> None:
    made = await graph.another(path="Notes", package={"type": "oneNote"})
    shown = await graph.record("/root:/Notes")
    assert (shown["package"], "file" in shown, "folder" in shown) == ({"type": "oneNote"}, False, False)
    assert error(await graph.get(f"/items/{made['id']}/content")) == (501, "notSupported")
    assert error(await graph.put("notes", b"x")) == (409, "nameAlreadyExists")


async def test_an_infected_file_is_not_given_out(graph: Graph) -> None:
    made = await graph.file("a.exe")
    await graph.another(id=made["id"], malware={"description": "EICAR"})
    assert (await graph.record("/root:/a.exe"))["malware"] == {"description": "EICAR"}
    assert error(await graph.get(f"/items/{made['id']}/content")) == (403, "malwareDetected")


async def test_a_hash_may_be_missing_of_one_file_or_of_all(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(graph_hashes="missing")
    await graph.sign_in()
    assert "hashes" not in (await graph.file("a.txt"))["file"]
    await graph.control("POST", "switches", {"graph_hashes": "quickxor"})
    made = await graph.record("/root:/a.txt")
    assert made["file"]["hashes"] == {"quickXorHash": quick_xor_hash([b"plan"])}
    await graph.another(id=made["id"], hashes=None)
    assert "hashes" not in (await graph.record("/root:/a.txt"))["file"]


@pytest.mark.parametrize("when", ["at_once", "later"])
async def test_sharepoint_rewrites_office_files_and_no_others(make_graph: Callable[..., Graph], when: str) -> None:
    graph = make_graph(office_rewriting=when)
    await graph.sign_in()
    sent = await graph.file("devis.docx", b"PK" * 50)
    shown = await graph.record("/root:/devis.docx")
    assert (sent["size"] == 100) == (when == "later")
    assert shown["size"] > 100
    assert shown["file"]["hashes"] == {"quickXorHash": quick_xor_hash([await graph.content(sent["id"])])}
    assert shown["lastModifiedBy"] == sent["lastModifiedBy"]
    assert (shown["cTag"] == sent["cTag"]) == (when == "at_once")
    assert len((await graph.record(f"/items/{sent['id']}/versions"))["value"]) == 1
    assert (await graph.file("photo.jpg", bytes(100)))["size"] == 100
    await graph.record("/root")
    assert (await graph.record("/root:/photo.jpg"))["size"] == 100


async def test_a_copy_is_announced_and_holds_the_same(graph: Graph) -> None:
    await graph.file("A/b.txt", b"same")
    item = await graph.record("/root:/A")
    answer = await graph.http.post(graph.at(f"/items/{item['id']}/copy"), json={"name": "A2"})
    assert (answer.status_code, answer.content) == (202, b"")
    done = (await graph.plain(answer.headers["location"])).json()
    assert (done["status"], done["resourceId"]) == ("completed", (await graph.record("/root:/A2"))["id"])
    assert await graph.content((await graph.record("/root:/A2/b.txt"))["id"]) == b"same"
