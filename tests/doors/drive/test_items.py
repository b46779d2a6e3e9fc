"""Single items of a drive: folders, names, deletions, versions, space, rights (graph-drive.md §1.5, §1.8, §2)."""

import json
from datetime import timedelta

import httpx
import pytest

from maestro_procore.drive.items import item_of
from maestro_procore.drive.person import GraphMailer
from maestro_procore.drive.pickers import GraphDestinations
from maestro_procore.file_ports import FileCallFailed, FileTrouble, Mail, OutcomeUnknown, Space
from tests.doors.drive.fake_graph import DRIVE, World, file_row, folder_row, ok, refused

SEEN = item_of(file_row())
FOLDER = item_of(folder_row("D1", "Plans", parent="TOP", count=3))


async def test_a_folder_is_made_where_it_belongs():
    world = World(ok(folder_row("N", "New"), 201))
    assert (await world.store.create_folder("D1", "New")).id == "N"
    assert json.loads(world.graph.bodies[0]) == {
        "name": "New",
        "folder": {},
        "@microsoft.graph.conflictBehavior": "fail",
    }


async def test_a_folder_that_somebody_made_first_is_adopted():
    """Two creators race, or our own first try was carried out: one folder (§1.5)."""
    world = World(refused(409, "nameAlreadyExists"), ok(folder_row("N", "New")))
    assert (await world.store.create_folder("D1", "New")).id == "N"


async def test_a_file_in_the_way_of_a_folder_is_a_conflict():
    world = World(refused(409, "nameAlreadyExists"), ok(file_row("F", "New")))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.create_folder("D1", "New")
    assert caught.value.trouble is FileTrouble.NAME_TAKEN


async def test_a_folder_whose_answer_is_lost_may_simply_be_made_again():
    with pytest.raises(FileCallFailed) as caught:
        await World(httpx.ReadError("cut")).store.create_folder("D1", "New")
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_folder_that_was_just_made_may_take_a_moment_to_be_known(tmp_path):
    """§1.10: what is new for one server is not yet there for the next."""
    unknown = refused(404, "itemNotFound")
    world = World(ok(folder_row("N", "New"), 201), unknown, ok(folder_row("M", "Inner", parent="N"), 201))
    folder = await world.store.create_folder("D1", "New")
    assert (await world.store.create_folder(folder.id, "Inner")).id == "M"
    (tmp_path / "f").write_bytes(b"abc")
    world.graph.answers = [refused(404, "itemNotFound"), ok(file_row("F", "f", parent="M"), 201)]
    assert (await world.store.upload("M", "f", tmp_path / "f")).id == "F"


async def test_a_folder_that_is_gone_is_told_at_once():
    world = World(ok(folder_row("N", "New"), 201), refused(404, "itemNotFound"))
    await world.store.create_folder("D1", "New")
    with pytest.raises(FileCallFailed) as caught:
        await world.store.create_folder("OLD", "Inner")
    assert caught.value.trouble is FileTrouble.GONE
    world.graph.answers = [refused(404, "itemNotFound")]
    world.clock.time += timedelta(minutes=2)
    with pytest.raises(FileCallFailed):
        await world.store.create_folder("N", "Inner")


async def test_a_new_name_and_a_new_place_are_one_call():
    """F204, F196: whatever lies below goes along."""
    world = World(ok(folder_row("D1", "Drawings", parent="ELSE")))
    moved = await world.store.rename_or_move(FOLDER, name="Drawings", parent_id="ELSE")
    assert (moved.name, moved.parent_id) == ("Drawings", "ELSE")
    assert json.loads(world.graph.bodies[0]) == {"name": "Drawings", "parentReference": {"id": "ELSE"}}
    assert world.graph.requests[0].headers["if-match"] == FOLDER.tag


async def test_only_what_changes_is_sent():
    world = World(ok(file_row(name="PLAN.pdf")))
    await world.store.rename_or_move(SEEN, name="PLAN.pdf", parent_id="ROOT")
    assert json.loads(world.graph.bodies[0]) == {"name": "PLAN.pdf"}


async def test_nothing_to_change_is_no_call():
    assert await World().store.rename_or_move(SEEN, name=SEEN.name, parent_id=SEEN.parent_id) == SEEN


async def test_a_repeated_move_looks_first():
    """F2."""
    world = World(ok(file_row(name="new.pdf", tag='"{F1},2"')))
    moved = await world.store.rename_or_move(SEEN, name="new.pdf", parent_id="ROOT", tried_at=world.clock.now())
    assert (moved.name, world.graph.asked()) == ("new.pdf", [f"GET /v1.0/drives/{DRIVE}/items/F1"])


async def test_a_repeated_move_that_was_not_done_is_done():
    world = World(ok(file_row()), ok(file_row(name="new.pdf")))
    moved = await world.store.rename_or_move(SEEN, name="new.pdf", parent_id="ROOT", tried_at=world.clock.now())
    assert moved.name == "new.pdf"


async def test_an_item_that_somebody_changed_is_left_alone():
    world = World(refused(412, "resourceModified"), ok(file_row(name="theirs.pdf", tag='"{F1},7"')))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.rename_or_move(SEEN, name="ours.pdf", parent_id="ROOT")
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.CHANGED, "DRV-07")


async def test_an_etag_that_moved_by_itself_is_looked_into():
    world = World(refused(412, "resourceModified"), ok(file_row(tag='"{F1},7"')), ok(file_row(name="new.pdf")))
    await world.store.rename_or_move(SEEN, name="new.pdf", parent_id="ROOT")
    assert world.graph.requests[2].headers["if-match"] == '"{F1},7"'


async def test_a_name_that_is_taken_is_told():
    with pytest.raises(FileCallFailed) as caught:
        await World(refused(409, "nameAlreadyExists")).store.rename_or_move(SEEN, name="b", parent_id="ROOT")
    assert caught.value.trouble is FileTrouble.NAME_TAKEN


async def test_f270_a_delete_goes_to_the_recycle_bin_and_only_what_was_seen():
    """F270: DELETE is the recycle bin; permanentDelete is never asked."""
    world = World(ok(status=204))
    await world.store.delete(SEEN)
    assert (world.graph.asked(), world.graph.requests[0].headers["if-match"]) == (
        [f"DELETE /v1.0/drives/{DRIVE}/items/F1"],
        SEEN.tag,
    )


async def test_what_is_gone_already_needs_no_deleting():
    world = World(refused(404, "itemNotFound"))
    await world.store.delete(SEEN)
    assert world.graph.asked() == [f"DELETE /v1.0/drives/{DRIVE}/items/F1"]


async def test_a_file_that_was_edited_is_not_deleted():
    """F17: delete never beats an unseen edit."""
    edited = file_row(content_hash="nv//////////////Xv////////8=", tag='"{F1},2"')
    world = World(refused(412, "resourceModified"), ok(edited))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.delete(SEEN)
    assert caught.value.trouble is FileTrouble.CHANGED
    assert [request.method for request in world.graph.requests] == ["DELETE", "GET"]


async def test_an_item_without_an_etag_is_looked_at_before():
    bare = SEEN._replace(tag="")
    world = World(ok(file_row()), ok(status=204))
    await world.store.delete(bare)
    assert world.graph.requests[1].headers["if-match"] == SEEN.tag


async def test_an_item_that_is_not_there_is_none_and_a_broken_answer_is_not():
    """F10: only a plain word of Graph says that something is not there."""
    assert await World(refused(404, "itemNotFound")).store.item("F1") is None
    assert await World(refused(404, "itemNotFound")).store.child("D1", "x") is None
    for answer in (refused(404, "UnknownError"), ok(status=404), refused(410, "itemNotFound")):
        with pytest.raises(FileCallFailed):
            await World(answer).store.item("F1")


async def test_f271_versions_come_newest_first_and_an_old_one_comes_back():
    """F271: the older one stays restorable."""
    rows = [
        {
            "id": "2.0",
            "size": 5,
            "lastModifiedDateTime": "2026-02-02T10:00:00Z",
            "lastModifiedBy": {"user": {"displayName": "Ann"}},
        },
        {"id": "1.0", "size": 3},
    ]
    newest, oldest = await World(ok({"value": rows})).store.versions("F1")
    assert (newest.id, newest.size_bytes, newest.modified_by, oldest.modified_at) == ("2.0", 5, "Ann", None)
    world = World(ok(file_row()), ok(status=204), ok(file_row(tag='"{F1},3"')))
    assert (await world.store.restore_version(SEEN, "1.0")).tag == '"{F1},3"'
    assert world.graph.asked()[1].endswith("/items/F1/versions/1.0/restoreVersion")


async def test_space_that_is_not_told_is_unknown_not_none():
    """F250."""
    quota = {"total": 100, "used": 40, "remaining": 60, "state": "normal"}
    assert await World(ok({"id": DRIVE, "quota": quota})).store.space() == Space(100, 40, 60)
    assert await World(ok({"id": DRIVE})).store.space() == Space(None, None, None)


async def test_a_probe_writes_and_takes_back():
    """F217: before the first run."""
    world = World(ok(file_row("P", "x", size=0), 201), ok(status=204))
    await world.store.probe("D1")
    assert [request.method for request in world.graph.requests] == ["PUT", "DELETE"]


async def test_an_account_that_may_only_read_is_told_before_the_first_run():
    """F217, F178."""
    with pytest.raises(FileCallFailed) as caught:
        await World(refused(403, "accessDenied")).store.probe("D1")
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.FORBIDDEN, "DRV-09")


# --- choosing where -------------------------------------------------------------------------------


def drive_row(drive_id: str, name: str, kind: str = "documentLibrary") -> dict:
    owner = {"user": {"displayName": "Ann"}}
    return {"id": drive_id, "name": name, "driveType": kind, "webUrl": f"https://x/{name}", "owner": owner}


async def test_the_own_drive_stands_first():
    world = World(
        ok(drive_row("b", "OneDrive", "business")), ok({"value": [drive_row("a", "Other"), drive_row("b", "OneDrive")]})
    )
    assert [(one.id, one.kind) for one in await GraphDestinations(world.client).my_drives()] == [
        ("b", "business"),
        ("a", "documentLibrary"),
    ]


async def test_an_account_without_a_drive_has_none_to_choose():
    assert await GraphDestinations(World(refused(404, "itemNotFound")).client).my_drives() == ()


async def test_a_library_is_chosen_by_site_and_folder():
    """F183: Teams and SharePoint libraries, not only the own drive."""
    site = {"id": "contoso,1,2", "displayName": "Site A", "webUrl": "https://contoso.sharepoint.com/sites/A"}
    world = World(
        ok({"value": [site]}),
        ok({"value": [drive_row("2", "plans"), drive_row("1", "Documents")]}),
        ok(folder_row("R", "root", count=1)),
        ok(
            {
                "value": [
                    folder_row("B", "b"),
                    file_row(),
                    folder_row("A", "A", count=2),
                    folder_row("C", "C", count=None),
                ]
            }
        ),
    )
    choose = GraphDestinations(world.client)
    assert [one.name for one in await choose.sites("site a")] == ["Site A"]
    assert [one.name for one in await choose.libraries("contoso,1,2")] == ["Documents", "plans"]
    assert (await choose.root("1")).is_empty is False
    assert [(one.name, one.is_empty) for one in await choose.folders("1", "R")] == [
        ("A", False),
        ("b", True),
        ("C", None),
    ]
    assert world.graph.requests[0].url.params["search"] == "site a"
    assert world.graph.requests[1].url.path == "/v1.0/sites/contoso,1,2/drives"


async def test_a_site_and_a_folder_are_found_by_their_address():
    site = {"id": "s", "displayName": "A", "webUrl": "https://contoso.sharepoint.com/sites/A"}
    shared = folder_row("D", "Plans")
    world = World(ok(site), ok(shared), ok(file_row()))
    choose = GraphDestinations(world.client)
    assert (await choose.site_at("https://contoso.sharepoint.com/sites/A/Shared Documents")).id == "s"
    assert (await choose.folder_at("https://contoso.sharepoint.com/:f:/s/A/xyz")).drive_id == DRIVE
    with pytest.raises(FileCallFailed) as caught:
        await choose.folder_at("https://contoso.sharepoint.com/:b:/s/A/xyz")
    assert caught.value.problem.code == "DOC-95"
    with pytest.raises(FileCallFailed):
        await choose.site_at("contoso")


async def test_the_message_goes_out_in_the_name_of_the_account():
    """F107, F108."""
    world = World(ok(status=202), ok(status=202))
    mail = Mail(("ann@contoso.com",), "Two way sync initiated for project Bridge", "Done.")
    await GraphMailer(world.client).send(mail)
    await GraphMailer(world.client, "procore@contoso.com").send(mail)
    assert json.loads(world.graph.bodies[0]) == {
        "message": {
            "subject": "Two way sync initiated for project Bridge",
            "body": {"contentType": "Text", "content": "Done."},
            "toRecipients": [{"emailAddress": {"address": "ann@contoso.com"}}],
        },
        "saveToSentItems": True,
    }
    assert world.graph.asked() == ["POST /v1.0/me/sendMail", "POST /v1.0/users/procore@contoso.com/sendMail"]


async def test_a_mail_whose_answer_is_lost_is_not_sent_twice():
    with pytest.raises(OutcomeUnknown):
        await GraphMailer(World(httpx.ReadError("cut")).client).send(Mail(("a@b.c",), "s", "t"))
