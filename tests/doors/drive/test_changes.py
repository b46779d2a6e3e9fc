"""The change feed of a drive: whole rounds, by ids, and never a deletion without evidence (graph-drive.md §1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_items import Gone, Waiting
from tests.doors.drive.fake_graph import DRIVE, GRAPH, World, file_row, folder_row, ok, refused

DELTA = "/".join(["/v1.0/drives", DRIVE, "root", "delta"])
CURSOR = f"{DELTA}?token=then"


@dataclass(frozen=True)
class Following:
    """What the engine follows, and the parents it knew: id → parent id."""

    roots: frozenset[str] = frozenset({"TOP"})
    parents: Mapping[str, str] = field(default_factory=dict)

    def parent_of(self, item_id: str) -> str | None:
        return self.parents.get(item_id)


def last_page(*rows, token: str = "now") -> httpx.Response:
    return ok({"value": list(rows), "@odata.deltaLink": f"{GRAPH}{DELTA}?token={token}"})


def page(*rows, token: str = "more") -> httpx.Response:
    return ok({"value": list(rows), "@odata.nextLink": f"{GRAPH}{DELTA}?token={token}"})


ROOT = {"id": "ROOT", "name": "root", "root": {}, "folder": {"childCount": 1}, "parentReference": {"driveId": DRIVE}}
TOP = folder_row("TOP", "Documents", count=2)


async def test_everything_below_the_wanted_folder_comes_and_nothing_else():
    world = World(
        page(ROOT, TOP, folder_row("ELSE", "Elsewhere", count=1), file_row("X", "x", parent="ELSE")),
        last_page(folder_row("A", "A", parent="TOP", count=1), file_row("F", "f", parent="A")),
    )
    found = await world.store.changes(None, Following())
    assert sorted(item.id for item in found.items) == ["A", "F"]
    assert found.roots["TOP"].name == "Documents"
    assert (found.is_whole, dict(found.gone), found.calls) == (True, {}, 2)
    assert found.cursor == f"{DELTA}?token=now"
    assert found.server_time is not None


async def test_children_may_come_before_their_parents():
    world = World(
        last_page(
            file_row("F", "f", parent="B"), folder_row("B", "B", parent="A"), folder_row("A", "A", parent="TOP"), TOP
        )
    )
    assert {item.id for item in (await world.store.changes(None, Following())).items} == {"A", "B", "F"}


async def test_the_last_word_about_an_item_counts():
    old, new = file_row("F", "old", parent="TOP"), file_row("F", "new", parent="TOP")
    world = World(page(TOP, old), last_page(new))
    (item,) = (await world.store.changes(None, Following())).items
    assert item.name == "new"


async def test_a_cursor_brings_only_what_changed_and_only_at_our_host():
    world = World(last_page(file_row("F", "f", parent="A")))
    found = await world.store.changes(CURSOR, Following(parents={"A": "TOP"}))
    assert [item.id for item in found.items] == ["F"]
    assert not found.is_whole
    assert str(world.graph.requests[0].url) == f"{GRAPH}{DELTA}?token=then"
    assert world.gate.units == [1]


async def test_a_cursor_is_kept_without_the_host():
    """In training the port is another one at each start."""
    world = World(last_page())
    cursor = (await world.store.changes(None, Following())).cursor
    again = World(last_page(), graph="http://127.0.0.1:4711")
    again.graph.answers = [ok({"value": [], "@odata.deltaLink": f"http://127.0.0.1:4711{DELTA}?token=z"})]
    await again.store.changes(cursor, Following())
    assert again.graph.requests[0].url.port == 4711


async def test_a_deleted_entry_is_evidence_for_what_was_known():
    """F269: Business says no more than the id of it."""
    gone = {"id": "F", "deleted": {"state": "softDeleted"}, "parentReference": {"driveId": DRIVE}}
    stranger = {"id": "S", "deleted": {}, "parentReference": {"driveId": DRIVE, "id": "ELSE"}}
    world = World(last_page(gone, stranger))
    found = await world.store.changes(CURSOR, Following(parents={"F": "TOP"}))
    assert (dict(found.gone), found.items) == ({"F": Gone.DELTA}, [])


async def test_the_end_of_a_root_is_told():
    """F253."""
    world = World(last_page({"id": "TOP", "deleted": {"state": "softDeleted"}}))
    assert dict((await world.store.changes(CURSOR, Following())).gone) == {"TOP": Gone.DELTA}


async def test_an_item_that_is_back_is_not_gone():
    world = World(page({"id": "F", "deleted": {}}), last_page(file_row("F", "f", parent="TOP")))
    found = await world.store.changes(CURSOR, Following(parents={"F": "TOP"}))
    assert ([item.id for item in found.items], dict(found.gone)) == (["F"], {})


@pytest.mark.parametrize("cursor", [None, CURSOR], ids=["everything", "changes"])
async def test_what_was_moved_out_is_told_as_such(cursor):
    elsewhere = folder_row("ELSE", "Elsewhere", count=1)
    world = World(last_page(ROOT, TOP, elsewhere, file_row("F", "f", parent="ELSE")))
    found = await world.store.changes(cursor, Following(parents={"F": "TOP"}))
    assert (dict(found.gone), found.items) == ({"F": Gone.MOVED_OUT}, [])


async def test_an_item_in_a_folder_that_nobody_named_is_looked_into_before_it_counts_as_gone():
    """C16: a feed that is late with a folder must delete nothing on the other side."""
    known = {"F": "TOP"}
    world = World(last_page(file_row("F", "f", parent="N")), ok(folder_row("N", "New", parent="TOP", count=1)))
    found = await world.store.changes(CURSOR, Following(parents=known))
    assert ({item.id for item in found.items}, dict(found.gone), found.calls) == ({"F", "N"}, {}, 2)


async def test_an_item_in_an_unknown_folder_elsewhere_has_left():
    answers = [folder_row("E", "Elsewhere"), ROOT]
    world = World(last_page(file_row("F", "f", parent="E")), *(ok(row) for row in answers))
    found = await world.store.changes(CURSOR, Following(parents={"F": "TOP"}))
    assert (found.items, dict(found.gone)) == ([], {"F": Gone.MOVED_OUT})
    world.graph.answers = [last_page(file_row("G", "g", parent="ROOT"))]
    assert (await world.store.changes(CURSOR, Following())).calls == 1, "where the drive begins is known by now"


async def test_an_item_in_a_folder_that_is_not_there_is_left_as_it_was():
    """C16: where it lies nobody can say now, and that is no evidence of a deletion."""
    answers = (last_page(TOP, file_row("F", "f", parent="E")), refused(404, "itemNotFound"))
    found = await World(*answers).store.changes(CURSOR, Following(parents={"F": "TOP"}))
    assert (found.items, dict(found.gone)) == ([], {})
    with pytest.raises(FileCallFailed) as caught:
        await World(*answers).store.changes(None, Following(parents={"F": "TOP"}))
    assert caught.value.problem.code == "DRV-14"


async def test_a_round_in_which_much_hangs_in_the_air_counts_for_nothing():
    """F10."""
    lost = [file_row(f"F{number}", "f", parent=f"E{number}") for number in range(101)]
    with pytest.raises(FileCallFailed) as caught:
        await World(last_page(*lost)).store.changes(CURSOR, Following())
    assert caught.value.problem.code == "DRV-14"


async def test_a_folder_that_was_moved_in_is_opened_because_the_feed_does_not_list_its_content():
    """F196: a move resends the folder, not what lies in it."""

    def answer(request: httpx.Request) -> httpx.Response:
        inside = {"M": [folder_row("N", "N", parent="M", count=1)], "N": [file_row("F", "f", parent="N")]}
        if "children" in request.url.path:
            return ok({"value": inside[request.url.path.split("/")[-2]]})
        return last_page(folder_row("M", "Moved", parent="TOP", count=1))

    world = World(script=answer)
    found = await world.store.changes(CURSOR, Following())
    assert {item.id for item in found.items} == {"M", "N", "F"}
    assert found.calls == 3


async def test_a_folder_that_is_new_brings_its_content_along():
    world = World(last_page(folder_row("A", "New", parent="TOP", count=1), file_row("F", "f", parent="A")))
    found = await world.store.changes(CURSOR, Following())
    assert ({item.id for item in found.items}, found.calls) == ({"A", "F"}, 1)


async def test_a_folder_that_is_known_is_not_opened():
    world = World(last_page(folder_row("A", "Renamed", parent="TOP", count=5_000)))
    found = await world.store.changes(CURSOR, Following(parents={"A": "TOP"}))
    assert (len(found.items), found.calls) == (1, 1)


async def test_a_folder_that_turns_out_to_be_inside_only_later_is_opened():
    """Its files were passed over while it lay elsewhere."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "children" in request.url.path:
            return ok({"value": [file_row("F", "f", parent="A")]})
        if request.url.params.get("token") == "more":
            return last_page(folder_row("A", "A", parent="TOP", count=1))
        return page(ROOT, TOP, folder_row("A", "A", count=1), file_row("F", "f", parent="A"))

    found = await World(script=answer).store.changes(None, Following())
    assert {item.id for item in found.items} == {"A", "F"}


RESYNCS = ["resyncChangesApplyDifferences", "resyncChangesUploadDifferences", "resyncRequired", "syncStateNotFound"]


@pytest.mark.parametrize("code", RESYNCS)
async def test_a_feed_that_cannot_be_continued_is_read_anew(code):
    """C16: 410 is no deletion; everything is listed and compared."""
    location = f"{GRAPH}{DELTA}?token=fresh"
    world = World(refused(410, code, location=location), last_page(TOP, file_row("F", "f", parent="TOP")))
    found = await world.store.changes(CURSOR, Following(parents={"F": "TOP", "G": "TOP"}))
    assert ([item.id for item in found.items], dict(found.gone), found.is_whole) == (["F"], {}, True)


@pytest.mark.parametrize("status", [400, 404])
async def test_a_cursor_that_is_refused_is_no_empty_drive(status):
    world = World(refused(status, "itemNotFound"), last_page(TOP))
    assert (await world.store.changes(CURSOR, Following())).is_whole


async def test_a_drive_that_is_not_there_is_told_and_deletes_nothing():
    """F21: 404 on the root pauses."""
    world = World(refused(404, "itemNotFound"), refused(404, "itemNotFound"))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.changes(CURSOR, Following(parents={"F": "TOP"}))
    assert caught.value.trouble is FileTrouble.GONE


async def test_a_410_in_the_middle_forgets_the_pages_before():
    gone = {"id": "F", "deleted": {}}
    world = World(page(gone), refused(410, "resyncRequired"), last_page(TOP, file_row("F", "f", parent="TOP")))
    found = await world.store.changes(CURSOR, Following(parents={"F": "TOP"}))
    assert ([item.id for item in found.items], dict(found.gone)) == (["F"], {})


async def test_a_feed_that_never_starts_ends_in_an_error():
    world = World(script=lambda request: refused(410, "resyncRequired"))
    with pytest.raises(FileCallFailed):
        await world.store.changes(None, Following())
    assert len(world.graph.requests) == 3


@pytest.mark.parametrize(
    "broken",
    [
        ok({"value": []}),
        ok({"value": [{"id": "F"}], "@odata.deltaLink": f"{GRAPH}{DELTA}"}),
        ok({"@odata.deltaLink": "x"}),
    ],
    ids=["no end", "an entry that is no item", "no list"],
)
async def test_a_doubtful_round_raises_and_counts_for_nothing(broken):
    """F10."""
    world = World(page(TOP, file_row("F", "f", parent="TOP")), broken)
    with pytest.raises(FileCallFailed) as caught:
        await world.store.changes(None, Following())
    assert caught.value.trouble in (FileTrouble.AGAIN, FileTrouble.UNREACHABLE)


async def test_a_broken_page_is_asked_for_again_and_the_round_goes_on():
    world = World(page(TOP), httpx.ReadError("cut"), refused(503, "x", retry_after="9"), last_page())
    found = await world.store.changes(None, Following())
    assert found.roots.keys() == {"TOP"}


async def test_files_without_any_mark_are_looked_up_by_their_folder():
    """Business leaves cTag out of the feed, and some files have no hash: their eTag changes with the name too."""
    bare = {key: value for key, value in file_row("F", "f", parent="TOP", content_hash=None).items() if key != "cTag"}
    marked = file_row("F", "f", parent="TOP", content_hash=None)
    world = World(last_page(TOP, bare, file_row("G", "g", parent="TOP")), ok({"value": [marked]}))
    found = await world.store.changes(None, Following())
    assert {item.id: item.version for item in found.items}["F"] == '"c:{F},1"'
    assert found.calls == 2


async def test_the_same_content_has_one_version_in_the_feed_and_everywhere_else():
    """The feed of a business drive knows no cTag, an answer does: a version by hash is the same in both."""
    row = file_row("F", "f", parent="TOP")
    bare = {key: value for key, value in row.items() if key != "cTag"}
    world = World(last_page(TOP, bare), ok(row))
    (listed,) = (await world.store.changes(None, Following())).items
    alone = await world.store.item("F")
    assert listed == alone


async def test_what_cannot_be_copied_says_why():
    rows = [
        {**file_row("N", "notes", parent="TOP"), "package": {"type": "oneNote"}},
        {**file_row("M", "bad.exe", parent="TOP"), "malware": {"description": "x"}},
        {**file_row("R", "link", parent="TOP"), "remoteItem": {"id": "y"}},
        {**file_row("C", "out.docx", parent="TOP"), "publication": {"level": "checkout"}},
        {**file_row("U", "up.zip", parent="TOP"), "pendingOperations": {"pendingContentUpdate": {}}},
    ]
    found = await World(last_page(TOP, *rows)).store.changes(None, Following())
    assert {item.id: item.waiting for item in found.items} == {
        "N": Waiting.PACKAGE,
        "M": Waiting.MALWARE,
        "R": Waiting.SHORTCUT,
        "C": Waiting.CHECKED_OUT,
        "U": Waiting.UPLOADING,
    }


async def test_our_own_changes_are_known_by_the_app_that_made_them():
    ours = file_row("F", "f", parent="TOP", lastModifiedBy={"application": {"id": "our-app-id"}, "user": {"id": "u"}})
    theirs = file_row("G", "g", parent="TOP", lastModifiedBy={"user": {"id": "u"}})
    found = await World(last_page(TOP, ours, theirs)).store.changes(None, Following())
    assert {item.id: item.is_by_us for item in found.items} == {"F": True, "G": False}


async def test_from_now_on_begins_without_reading_anything():
    world = World(last_page(token="t9"))
    assert await world.store.cursor_now() == f"{DELTA}?token=t9"
    assert world.graph.requests[0].url.params["token"] == "latest"


async def test_an_empty_file_has_a_hash_without_anybody_saying_so():
    """F134: empty files are synchronized."""
    world = World(ok(file_row("F", "empty", content_hash=None, size=0)))
    item = await world.store.item("F")
    assert item.content_hash == "quickxor:AAAAAAAAAAAAAAAAAAAAAAAAAAA="
