"""Delta: the first enumeration, rounds after it, tokens of all kinds, and what ends them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import Graph, error


async def whole(graph: Graph, address: str, **headers: str) -> tuple[list[dict[str, Any]], str, int]:
    """All items of a round, its deltaLink, and how many pages it took."""
    items: list[dict[str, Any]] = []
    pages = 0
    while True:
        answer = await graph.get(address, **headers)
        assert answer.status_code == 200, answer.text
        page, pages = answer.json(), pages + 1
        items += page["value"]
        assert ("@odata.nextLink" in page) != ("@odata.deltaLink" in page)
        if "@odata.deltaLink" in page:
            return items, page["@odata.deltaLink"], pages
        address = page["@odata.nextLink"]


def parents_first(items: list[dict[str, Any]]) -> bool:
    seen: set[str | None] = {None}
    for item in items:
        if item["parentReference"].get("id") not in seen:
            return False
        seen.add(item["id"])
    return True


async def test_the_first_enumeration_gives_everything_in_pages_parents_first(graph: Graph) -> None:
    for number in range(7):
        await graph.file(f"A/B{number % 2}/{number}.txt")
    await graph.delete((await graph.record("/root:/A/B0/0.txt"))["id"])
    items, _, pages = await whole(graph, "/root/delta?$top=4")
    assert pages > 1
    assert parents_first(items)
    assert {item["name"] for item in items} == {"root", "A", "B0", "B1", *(f"{number}.txt" for number in range(1, 7))}
    assert not any("path" in item["parentReference"] or "deleted" in item for item in items)


@pytest.mark.parametrize(
    "form", ["/root/delta?token={}", "/root/delta(token='{}')", "/items/root/delta?$deltatoken={}"]
)
async def test_a_round_gives_what_changed_with_all_that_stands_above(graph: Graph, form: str) -> None:
    await graph.file("A/B/c.txt")
    await graph.file("Z/y.txt")
    _, link, _ = await whole(graph, "/root/delta")
    changed = await graph.file("A/B/c.txt", b"changed")
    token = httpx.URL(link).params["token"]
    items, after, _ = await whole(graph, form.format(token))
    assert [item["name"] for item in items] == ["root", "A", "B", "c.txt"]
    assert (items[-1]["eTag"], "cTag" in items[-1]) == (changed["eTag"], False)
    alone, _, _ = await whole(graph, link, deltaExcludeParent="true")
    assert [item["name"] for item in alone] == ["root", "c.txt"]
    by_preference, _, _ = await whole(graph, link, Prefer="deltaExcludeParent")
    assert by_preference == alone
    nothing, _, _ = await whole(graph, after)
    assert [item["name"] for item in nothing] == ["root"]


async def test_a_renamed_folder_is_one_item_and_its_contents_are_none(graph: Graph) -> None:
    for number in range(5):
        await graph.file(f"A/{number}.txt")
    _, link, _ = await whole(graph, "/root/delta")
    folder = await graph.record("/root:/A")
    await graph.patch(folder["id"], {"name": "B"})
    items, _, _ = await whole(graph, link)
    assert [(item["id"], item["name"]) for item in items[1:]] == [(folder["id"], "B")]


async def test_a_folder_made_later_comes_before_what_was_moved_into_it(graph: Graph) -> None:
    old = await graph.file("old.txt")
    new = (await graph.folder("New")).json()
    await graph.patch(old["id"], {"parentReference": {"id": new["id"]}})
    items, _, _ = await whole(graph, "/root/delta?$top=1")
    assert parents_first(items)
    assert {item["name"] for item in items} == {"root", "New", "old.txt"}


@pytest.mark.parametrize(("who", "kept"), [("", {"size"}), ("julie.bouchard@home.example", {"name"})])
async def test_what_was_deleted_is_told_by_id_and_little_else(
    make_graph: Callable[..., Graph], who: str, kept: set[str]
) -> None:
    graph = make_graph()
    await graph.sign_in(who)
    if who:
        graph.drive = graph.drive.partition("/drives/")[0] + "/me/drive"
    made = await graph.file("A/b.txt")
    folder = await graph.record("/root:/A")
    _, link, _ = await whole(graph, "/root/delta")
    await graph.delete(folder["id"])
    items, _, _ = await whole(graph, link)
    gone = {item["id"]: item for item in items if "deleted" in item}
    assert set(gone) == {made["id"], folder["id"]}
    assert gone[made["id"]]["deleted"] == {"state": "softDeleted"}
    assert set(gone[made["id"]]) == {"id", "deleted", "parentReference", "file", *kept}


async def test_paths_and_ctags_are_there_when_the_switch_says_so(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(delta_shows_path=True)
    await graph.sign_in()
    made = await graph.file("A/b c.txt")
    items, _, _ = await whole(graph, "/root/delta")
    assert items[-1]["parentReference"]["path"].endswith("/root:/A")
    assert items[-1]["cTag"] == made["cTag"]


async def test_a_token_for_now_tells_only_of_what_comes(graph: Graph) -> None:
    await graph.file("before.txt")
    page = await graph.record("/root/delta?token=latest")
    assert page["value"] == []
    await graph.file("after.txt")
    items, _, _ = await whole(graph, page["@odata.deltaLink"])
    assert [item["name"] for item in items] == ["root", "after.txt"]


async def test_a_time_is_a_token_of_a_library_only(graph: Graph) -> None:
    await graph.file("before.txt")
    await graph.advance(1200)
    await graph.file("after.txt")
    items, _, _ = await whole(graph, "/root/delta?token=2026-01-05T12%3A10%3A00Z")
    assert [item["name"] for item in items] == ["root", "after.txt"]
    assert error(await graph.get("/root/delta?token=nonsense")) == (400, "invalidRequest")


async def test_what_changes_between_two_pages_comes_in_the_next_round(graph: Graph) -> None:
    for number in range(4):
        await graph.file(f"{number}.txt")
    page = await graph.record("/root/delta?$top=2")
    await graph.file("0.txt", b"changed")
    await graph.delete((await graph.record("/root:/3.txt"))["id"])
    rest, link, _ = await whole(graph, page["@odata.nextLink"])
    names = [item["name"] for item in [*page["value"], *rest]]
    assert names.count("0.txt") == 1 and "3.txt" not in names
    items, _, _ = await whole(graph, link)
    assert [item.get("name") for item in items] == ["root", "0.txt", None]


@pytest.mark.parametrize(
    ("mode", "code"),
    [("apply", "resyncChangesApplyDifferences"), ("upload", "resyncChangesUploadDifferences")],
)
async def test_a_forgotten_token_gets_410_and_the_way_to_begin_again(graph: Graph, mode: str, code: str) -> None:
    await graph.file("a.txt")
    _, link, _ = await whole(graph, "/root/delta?$select=id,name")
    await graph.control("POST", "graph", {"forget_delta_tokens": mode})
    refused = await graph.get(link)
    assert error(refused) == (410, code)
    items, fresh, _ = await whole(graph, refused.headers["location"])
    assert [item["name"] for item in items] == ["root", "a.txt"]
    assert "size" not in items[-1]  # the selection stays
    assert (await graph.get(fresh)).status_code == 200


async def test_a_token_ends_with_its_age(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(delta_token_days=2, delta_token_too_old="upload")
    tokens = await graph.sign_in()
    _, link, _ = await whole(graph, "/root/delta")
    await graph.advance(3 * 86_400)
    fresh = await graph.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    graph.http.headers["Authorization"] = f"Bearer {fresh.json()['access_token']}"
    assert error(await graph.get(link)) == (410, "resyncChangesUploadDifferences")


async def test_a_drive_that_is_gone_answers_404(graph: Graph) -> None:
    _, link, _ = await whole(graph, "/root/delta")
    await graph.control("POST", "state/drives", {"id": graph.sandbox.microsoft.drive_id, "gone": True})
    assert error(await graph.get(link)) == (404, "itemNotFound")


async def test_a_folder_has_a_delta_only_where_the_switch_says_so(graph: Graph) -> None:
    await graph.file("A/b.txt")
    await graph.file("c.txt")
    folder = await graph.record("/root:/A")
    assert error(await graph.get(f"/items/{folder['id']}/delta")) == (400, "notSupported")
    await graph.control("POST", "switches", {"delta_of_subfolders": True})
    items, _, _ = await whole(graph, f"/items/{folder['id']}/delta")
    assert [item["name"] for item in items] == ["A", "b.txt"]


async def test_delta_may_know_later_than_get(graph: Graph) -> None:
    await graph.control("POST", "switches", {"delta_lag_seconds": 10})
    await graph.advance(60)
    await graph.file("new.txt")
    items, link, _ = await whole(graph, "/root/delta")
    assert [item["name"] for item in items] == ["root"]
    await graph.advance(11)
    items, _, _ = await whole(graph, link)
    assert [item["name"] for item in items] == ["root", "new.txt"]
