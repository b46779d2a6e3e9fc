"""What a bad input does to the files of a project: nothing is lost, nothing leaves its folder, everybody is told.

On both servers of the sandbox, through the real doors. The table of all of them is in test_bad_input_table.py.
"""

from datetime import timedelta
from typing import Any

import pytest

from maestro_procore.engine.file_watch import order_due
from maestro_procore.model.file_phases import FilePhase
from tests.engine.sandbox_files import SandboxWorld, digest

pytestmark = pytest.mark.xdist_group("bad input of files")
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def world(between: SandboxWorld) -> SandboxWorld:
    return between


def apart(world: SandboxWorld) -> dict[str, str]:
    """Name → why it is not synchronized."""
    return {row.name: row.problem.code for row in world.views.not_synchronized()}


def writes(world: SandboxWorld, since: int) -> list[str]:
    """What was written on either side since that many calls."""
    return [
        f"{call['method']} {call['path']}"
        for call in world.servers.calls()[since:]
        if call["method"] in WRITES and call["api"] in ("procore", "graph")
    ]


async def in_step(world: SandboxWorld, **files: str) -> dict[str, str]:
    """A folder with these files, on both sides."""
    folder = world.in_procore("Plans")
    for name, content in (files or {"a": "one", "b": "two", "c": "three"}).items():
        world.in_procore(f"{name}.txt", content, parent=folder["id"])
    said = await world.first()
    assert (said["state"], said["errors"]) == ("done", 0), said["problem"]
    tree = world.drive_tree()
    assert tree == world.procore_tree()
    return tree


async def nothing_to_do(world: SandboxWorld) -> None:
    """A run that finds both sides in step writes nothing."""
    before = len(world.servers.calls())
    said = await world.run(world.commands.synchronize(1, full=True))
    assert (said["state"], writes(world, before)) == ("done", [])


# --- names (S1) ---------------------------------------------------------------------------------------

HOSTILE = (
    *("..", ".", "../../etc/passwd", "..\\..\\windows", "a/b", "C:\\x.txt", "\\\\host\\share", "/abs"),
    *("CON", "NUL.txt", "com1.pdf", "LPT9", "desktop.ini", ".lock", "_vti_cnf", "~$note.docx"),
    *(" leading", "trailing ", "trailing.", "trailing. .", 'q"*:<>?|', "#100%", "%2e%2e%2f", "&amp;"),
    *("\u202egpj.exe", "\u200bzero", "tab\there", "é", "e\u0301x", "名前", "😀", "'; DROP TABLE file_seen; --"),
)


async def test_hostile_names_of_procore_stay_below_their_folder_and_come_back_as_they_were(
    world: SandboxWorld,
) -> None:
    """S1: path traversal, reserved names, signs, control characters, right-to-left marks, other scripts."""
    folder = world.in_procore("Plans")
    for number, name in enumerate(HOSTILE):
        world.in_procore(name, f"content {number}", parent=folder["id"])
    said = await world.first()
    assert said["errors"] == 0, apart(world)
    copied = world.drive_tree()
    assert all(path == "Plans" or (path.startswith("Plans/") and path.count("/") == 1) for path in copied)
    left = apart(world)
    wanted = {digest(f"content {number}") for number, name in enumerate(HOSTILE) if name not in left}
    assert set(copied.values()) - {""} == wanted
    assert set(left) == {"~$note.docx", "desktop.ini"}, left  # what programs leave behind, told as such
    tops = {row["name"] for row in world.servers.state("driveItems") if row["name"].startswith((".", "/", "\\"))}
    assert not tops - {path.rpartition("/")[2] for path in copied}
    await nothing_to_do(world)
    before = world.procore_tree()
    for path in copied:
        if path != "Plans":
            world.change_in_drive(world.drive_item(path), content=f"edited {path}")
    said = await world.run()
    after = world.procore_tree()
    assert (said["errors"], after.keys()) == (0, before.keys()), "the names of Procore stay as they were"
    assert sum(after[path] != before[path] for path in before) == len(wanted)


async def test_twins_of_case_and_of_unicode_are_kept_apart(world: SandboxWorld) -> None:
    """S1: the drive takes them for one name, Procore for several."""
    folder = world.in_procore("Plans")
    twins = ("Plan.pdf", "plan.PDF", "PLAN.pdf", "école.txt", "e\u0301cole.txt", "ÉCOLE.txt")
    for number, name in enumerate(twins):
        world.in_procore(name, f"twin {number}", parent=folder["id"])
    said = await world.first()
    contents = [content for path, content in world.drive_tree().items() if path != "Plans"]
    assert (said["errors"], sorted(contents)) == (0, sorted(digest(f"twin {n}") for n in range(len(twins))))
    await nothing_to_do(world)
    assert {path.rpartition("/")[2] for path in world.procore_tree()} == {"Plans", *twins}


async def test_names_of_300_letters_and_paths_of_more_than_400_are_reported(world: SandboxWorld) -> None:
    """FIL-02 and FIL-03: with what would fit, and everything else goes on."""
    world.in_procore("x" * 296 + ".pdf", "long")
    parent: Any = None
    for number in range(3):
        parent = world.in_procore(f"{number}" * 150, parent=parent)["id"]
    world.in_procore("deep.txt", "deep", parent=parent)
    world.in_procore("short.txt", "short")
    await world.first()
    codes = apart(world)
    assert codes["x" * 296 + ".pdf"] == "FIL-02"
    assert "FIL-03" in codes.values()
    assert world.drive_tree()["short.txt"] == digest("short")
    await nothing_to_do(world)


# --- contents ---------------------------------------------------------------------------------------


async def test_f229_files_of_no_bytes_go_both_ways_and_stay(world: SandboxWorld) -> None:
    world.in_procore("vide.txt", "")
    await world.first()
    assert world.drive_tree() == {"vide.txt": digest("")}
    world.in_drive("vide 2.txt", "")
    said = await world.run()
    assert (said["errors"], world.procore_tree()) == (0, {"vide.txt": digest(""), "vide 2.txt": digest("")})
    await nothing_to_do(world)


@pytest.mark.parametrize("seconds", [0, 60], ids=["at the same moment", "a minute apart"])
async def test_words_of_one_length_from_both_sides_are_read_and_kept_twice(world: SandboxWorld, seconds: int) -> None:
    """F17: neither size nor time tells two people's words apart; what a reading has found outlives the next list."""
    await in_step(world)
    row = next(row for row in world.servers.state("documents") if row["name"] == "a.txt" and _mine(world, row))
    world.clock.advance(timedelta(minutes=1))
    world.change_in_procore(row, content="words of Procore")
    world.in_procore("new.txt", "made in Procore!", parent=row["parent_id"])
    world.clock.advance(timedelta(seconds=seconds))
    world.change_in_drive(world.drive_item("a.txt"), content="words of a drive")
    world.in_drive("Plans/new.txt", "made in a drive!")
    said = await world.run()
    tree = world.drive_tree()
    assert (said["errors"], tree) == (0, world.procore_tree())
    texts = ("words of Procore", "words of a drive", "made in Procore!", "made in a drive!")
    assert set(map(digest, texts)) <= set(tree.values())
    await nothing_to_do(world)


async def test_what_both_sides_edit_is_kept_twice(world: SandboxWorld) -> None:
    """F17, C17."""
    await in_step(world)
    row = next(row for row in world.servers.state("documents") if row["name"] == "a.txt" and _mine(world, row))
    world.clock.advance(timedelta(minutes=1))
    world.change_in_procore(row, content="from Procore")
    world.change_in_drive(world.drive_item("a.txt"), content="from the drive")
    said = await world.run()
    assert said["errors"] == 0
    tree = world.drive_tree()
    assert tree == world.procore_tree()
    assert {digest("from Procore"), digest("from the drive")} <= set(tree.values())
    await nothing_to_do(world)


async def test_folders_moved_into_each_other_lose_nothing(world: SandboxWorld) -> None:
    """F17: A into B in Procore, B into A in the drive; and a folder into itself is refused by both."""
    a, b = world.in_procore("A"), world.in_procore("B")
    world.in_procore("a.txt", "in A", parent=a["id"])
    world.in_procore("b.txt", "in B", parent=b["id"])
    await world.first()
    world.clock.advance(timedelta(minutes=1))
    world.change_in_procore(a, parent_id=b["id"])
    target = world.drive_item("A")
    world.change_in_drive(world.drive_item("B"), parentReference={"id": target["id"]})
    said = await world.run()
    assert said["errors"] == 0, said["problem"]
    await world.run()
    tree = world.drive_tree()
    assert tree == world.procore_tree()
    assert sorted(set(tree.values()) - {""}) == sorted([digest("in A"), digest("in B")])
    await nothing_to_do(world)


async def test_a_file_deleted_while_it_is_copied_harms_no_other(world: SandboxWorld) -> None:
    """F20: it is not there any more when its content is asked for."""
    rows = [world.in_procore(f"{name}.txt", name) for name in "abc"]
    await world.run(await world.add())
    world.commands.approve(1)
    with world.servers.fault(api="storage", method="GET", status=404, times=1):
        said = await world.run()
    assert said["state"] in ("done", "warned")
    world.servers.remove("documents", rows[1]["id"])
    await world.run()
    assert world.drive_tree() == world.procore_tree() == {"a.txt": digest("a"), "c.txt": digest("c")}


# --- listings that say less than there is (F10, F15, F21) -------------------------------------------------

LISTING = {"api": "procore", "method": "GET", "path": "*/documents", "times": None}
DELTA = {"api": "graph", "method": "GET", "path": "*/delta", "times": None}
LIES: dict[str, dict[str, Any]] = {
    "an empty list of Procore": {**LISTING, "status": 200, "body": []},
    "an empty list that says so": {**LISTING, "status": 200, "body": [], "headers": {"Total": "0", "Per-Page": "2000"}},
    "a list that is none": {**LISTING, "status": 200, "body": {"error": "x"}},
    "a web page": {**LISTING, "status": 200, "body": "<html>sign in</html>"},
    "no list: 404": {**LISTING, "status": 404},
    "no list: 410": {**LISTING, "status": 410},
    "no list: 500": {**LISTING, "status": 500},
    "half a list": {**LISTING, "truncate": 200},
    "an empty feed of the drive": {**DELTA, "status": 200, "body": {"value": [], "@odata.deltaLink": "LINK"}},
    "a feed that is none": {**DELTA, "status": 200, "body": {"value": None}},
    "no feed: 404": {**DELTA, "status": 404, "body": {"error": {"code": "itemNotFound", "message": ""}}},
    "half a feed": {**DELTA, "truncate": 200},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_listing_that_says_less_than_there_is_deletes_nothing(world: SandboxWorld, lie: str) -> None:
    """F10, F15, F21, DOC-68: absence is not deletion; the next sound listing goes on as if nothing had been."""
    tree = await in_step(world)
    before = len(world.servers.calls())
    planted = _with_link(world, LIES[lie])
    with world.servers.fault(**planted):
        await world.run(world.commands.synchronize(1, full=True))
    assert (writes(world, before), world.drive_tree(), world.procore_tree()) == ([], tree, tree)
    if world.project["phase"] == FilePhase.PAUSED:
        await world.run(world.commands.go_on(1))
    for hold in world.views.holds():
        assert hold.problem.code in ("FIL-14", "FIL-15", "FIL-16")
    said = await world.run(world.commands.synchronize(1, full=True))
    assert (said["state"], world.drive_tree(), world.procore_tree()) == ("done", tree, tree)
    assert world.views.holds() == []


def _with_link(world: SandboxWorld, planted: dict[str, Any]) -> dict[str, Any]:
    body = planted.get("body")
    if not isinstance(body, dict) or body.get("@odata.deltaLink") != "LINK":
        return planted
    line = world.servers.line
    link = f"{line['graph']}/v1.0/drives/{line['drive_id']}/root/delta?token=x"
    return {**planted, "body": {**body, "@odata.deltaLink": link}}


@pytest.mark.parametrize("mode", ["apply", "upload", "required", "not_found"])
async def test_a_forgotten_cursor_reads_everything_and_deletes_nothing(world: SandboxWorld, mode: str) -> None:
    """410 in its forms, and the 404 that some drives say instead."""
    tree = await in_step(world)
    world.servers.tell("graph", {"forget_delta_tokens": mode})
    world.in_drive("Plans/new.txt", "new")
    said = await world.run()
    assert (said["state"], said["errors"]) == ("done", 0), said["problem"]
    assert world.procore_tree() == {**tree, "Plans/new.txt": digest("new")}


# --- roots ------------------------------------------------------------------------------------------


async def test_a_root_of_the_drive_that_is_gone_pauses_and_deletes_nothing(world: SandboxWorld) -> None:
    """FIL-13, F253: the tool's folder in the recycle bin is no order to empty Procore."""
    tree = await in_step(world)
    world.servers.remove("driveItems", world.project["pairs"][0]["drive_root"])
    before = len(world.servers.calls())
    said = await world.run()
    assert (said["problem"]["code"], world.project["phase"]) == ("FIL-13", FilePhase.PAUSED)
    assert (writes(world, before), world.procore_tree()) == ([], tree)


async def test_a_project_that_procore_does_not_know_any_more_deletes_nothing(world: SandboxWorld) -> None:
    """F19: closed, deleted, or not for this account: 404 on everything."""
    tree = await in_step(world)
    before = len(world.servers.calls())
    with world.servers.fault(api="procore", status=404, times=None):
        said = await world.run()
    assert said["problem"]["code"] == "DOC-67"
    assert (writes(world, before), world.drive_tree()) == ([], tree)
    said = await world.run()
    assert (said["state"], world.project["problem"]) == ("done", None)


def _mine(world: SandboxWorld, row: dict[str, Any]) -> bool:
    return row.get("project_id") == world.procore_id


# --- what goes wrong on the way ---------------------------------------------------------------------------

UPLOAD = {"api": "storage", "method": "PUT", "path": "*/upload/*"}
SESSION = {"api": "graph", "method": "POST", "path": "*/createUploadSession"}
PASSING: dict[str, list[dict[str, Any]]] = {
    "an expired address of Procore's storage: 403": [{"api": "storage", "method": "GET", "status": 403}],
    "an expired address of Procore's storage: 404": [{"api": "storage", "method": "GET", "status": 404}],
    "an expired address of Procore's storage: 410": [{"api": "storage", "method": "GET", "status": 410}],
    "a content cut in the middle": [{"api": "storage", "method": "GET", "truncate": 2}],
    "429 of Procore": [{"api": "procore", "method": "GET", "path": "*/documents", "status": 429}],
    "503 of Procore": [
        {"api": "procore", "method": "GET", "path": "*/documents", "status": 503, "headers": {"Retry-After": "7"}}
    ],
    "a burst of 500 and 502 of Procore": [
        {"api": "procore", "method": "GET", "path": "*/documents", "status": 500, "times": 2},
        {"api": "procore", "method": "GET", "path": "*/documents", "status": 502, "times": 2},
    ],
    "429 of Graph": [{"api": "graph", "status": 429, "times": 2, "headers": {"Retry-After": "3"}}],
    "503 of Graph": [{"api": "graph", "status": 503, "times": 2, "headers": {"Retry-After": "3"}}],
    "a token of Procore that dies in the middle": [
        {"api": "procore", "method": "GET", "status": 401, "nth": 2, "times": 1}
    ],
    "a token of Microsoft that dies in the middle": [{"api": "graph", "status": 401, "nth": 3, "times": 1}],
    "a session of the drive whose answer is lost": [{**SESSION, "cut": "after"}],
    "a session of the drive that is gone: 404": [{**UPLOAD, "status": 404}],
    "an upload of the drive whose answer is lost": [{**UPLOAD, "cut": "after"}],
    "an upload of the drive that is cut": [{**UPLOAD, "cut": "before"}],
    "a locked file of the drive: 423": [
        {**UPLOAD, "status": 423, "body": {"error": {"code": "resourceLocked", "message": "", "innerError": {}}}}
    ],
}


@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_that_passes_leaves_both_sides_equal(world: SandboxWorld, fault: str) -> None:
    """F2 to F7, F9, F12, F20: nothing is doubled, nothing lost, and no person is needed."""
    rows = {name: f"content of {name}" for name in ("a.txt", "b.txt", "c.txt")}
    for name, content in rows.items():
        world.in_procore(name, content)
    await world.run(await world.add())
    request = world.commands.approve(1)
    world.servers.tell("faults", PASSING[fault])
    await world.run(request)
    world.servers.all_were_hit()
    await world.run()
    wanted = {name: digest(content) for name, content in rows.items()}
    assert (world.drive_tree(), world.procore_tree(), apart(world)) == (wanted, wanted, {})
    assert world.project["phase"] == FilePhase.REGULAR
    await nothing_to_do(world)


TO_PROCORE: dict[str, list[dict[str, Any]]] = {
    "an answer that is lost": [{"api": "procore", "method": "POST", "path": "*/files", "cut": "after"}],
    "a call that is cut": [{"api": "procore", "method": "POST", "path": "*/files", "cut": "before"}],
    "500 after the file was made": [
        {"api": "procore", "method": "POST", "path": "*/files", "status": 500, "apply": True}
    ],
    "503": [{"api": "procore", "method": "POST", "path": "*/files", "status": 503, "headers": {"Retry-After": "5"}}],
    "409: somebody holds it": [{"api": "procore", "method": "POST", "path": "*/files", "status": 409}],
}


@pytest.mark.parametrize("fault", TO_PROCORE)
async def test_an_upload_to_procore_is_there_once_whatever_becomes_of_its_answer(
    world: SandboxWorld, fault: str
) -> None:
    """F2, F20."""
    tree = await in_step(world)
    world.in_drive("Plans/neuf.txt", "neuf")
    world.servers.tell("faults", TO_PROCORE[fault])
    await world.run()
    world.servers.all_were_hit()
    await world.run()
    wanted = {**tree, "Plans/neuf.txt": digest("neuf")}
    assert (world.drive_tree(), world.procore_tree()) == (wanted, wanted)
    await nothing_to_do(world)


async def test_a_full_drive_waits_and_goes_on_once_there_is_space(world: SandboxWorld) -> None:
    """F22: 507; nothing of what Procore gets waits for it."""
    tree = await in_step(world)
    world.in_procore("large.bin", "x" * 100)
    world.in_drive("small.txt", "small")
    full = {"error": {"code": "quotaLimitReached", "message": "", "innerError": {}}}
    with world.servers.fault(**SESSION, status=507, body=full, times=None):
        said = await world.run()
    assert said["problem"]["code"] == "DRV-05"
    said = await world.run()
    wanted = {**tree, "large.bin": digest("x" * 100), "small.txt": digest("small")}
    assert (said["state"], world.drive_tree(), world.procore_tree()) == ("done", wanted, wanted)


async def test_a_redirect_to_a_foreign_host_gets_neither_token_nor_visit(world: SandboxWorld) -> None:
    """S5: DRV-16, SRV-20. The file is told, the others go on, and nothing is written from what came."""
    world.in_procore("a.txt", "a")
    await world.run(await world.add())
    request = world.commands.approve(1)
    foreign = {"Location": "http://192.0.2.7/steal"}
    with world.servers.fault(api="procore", path="/prostore/*", status=302, headers=foreign, times=None):
        await world.run(request)
    told = {problem.code for step in world.views.steps(1) for problem in step.problems}
    assert (told, world.drive_tree()) == ({"SRV-20"}, {})
    assert apart(world) == {"a.txt": "SRV-20"}
    world.commands.try_again(world.project["pairs"][0]["id"])
    await world.run()
    assert world.drive_tree() == {"a.txt": digest("a")}


async def test_a_dead_client_stops_with_a_request_to_sign_in_and_goes_on_later(world: SandboxWorld) -> None:
    """F7, F8: a token that stays dead; the plan is kept."""
    tree = await in_step(world)
    world.in_procore("more.txt", "more")
    with world.servers.fault(api="procore", status=401, times=None):
        said = await world.run()
    assert said["state"] == "failed" and said["problem"] is not None
    said = await world.run()
    assert (said["state"], world.drive_tree()) == ("done", {**tree, "more.txt": digest("more")})


async def test_what_is_locked_full_or_infected_in_the_drive_waits_with_its_reason(world: SandboxWorld) -> None:
    """F22: FIL-05, FIL-08; the others go on."""
    tree = await in_step(world)
    world.change_in_drive(world.drive_item("a.txt"), locked=True)
    world.in_drive("virus.txt", "x", malware=True)
    row = next(row for row in world.servers.state("documents") if row["name"] == "a.txt" and _mine(world, row))
    world.clock.advance(timedelta(minutes=1))
    world.change_in_procore(row, content="new")
    world.in_procore("more.txt", "more")
    await world.run()
    assert world.drive_tree()["more.txt"] == digest("more")
    assert world.drive_tree()["Plans/a.txt"] == tree["Plans/a.txt"]
    assert apart(world).get("virus.txt") == "FIL-08"
    world.change_in_drive(world.drive_item("a.txt"), locked=False)
    await world.run()
    await world.run()
    assert world.drive_tree()["Plans/a.txt"] == digest("new")


DRIFT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "Procore says more": (LISTING, {'"document_type":': '"something_new":{"a":[1]},"document_type":'}),
    "Procore leaves out names": (LISTING, {'"name":': '"title":'}),
    "Procore leaves out ids": (LISTING, {'"id":': '"identifier":'}),
    "Procore leaves out parents": (LISTING, {'"parent_id":': '"parent":'}),
    "Procore leaves out kinds": (LISTING, {'"document_type":': '"kind":'}),
    "Procore's sizes are words": (LISTING, {'"size":': '"size":"large","was":'}),
    "the drive says more": (DELTA, {'"name":': '"something_new":{"a":[1]},"name":'}),
    "the drive leaves out names": (DELTA, {'"name":': '"title":'}),
    "the drive leaves out ids": (DELTA, {'"id":': '"identifier":'}),
    "the drive leaves out parents": (DELTA, {'"parentReference":': '"parent":'}),
    "the drive's sizes are words": (DELTA, {'"size":': '"size":"large","was":'}),
    "the drive leaves out times": (DELTA, {'"fileSystemInfo":': '"times":'}),
}


@pytest.mark.parametrize("drift", DRIFT)
async def test_a_field_that_is_missing_or_says_something_else_changes_nothing(world: SandboxWorld, drift: str) -> None:
    """F29: SRV-16 and DRV-14 name it; nobody guesses, and no run falls over it."""
    tree = await in_step(world)
    call, altered = DRIFT[drift]
    with world.servers.fault(**call, alter=altered):
        said = await world.run(world.commands.synchronize(1, full=True))
    assert said["state"] in ("done", "failed")
    assert (world.drive_tree(), world.procore_tree(), world.views.holds()) == (tree, tree, [])
    said = await world.run(world.commands.synchronize(1, full=True))
    assert (said["state"], world.drive_tree(), world.procore_tree()) == ("done", tree, tree)


async def test_an_answer_to_a_write_that_cannot_be_read_is_looked_up(world: SandboxWorld) -> None:
    """F29, F2: the file was made, though the answer does not say its number."""
    tree = await in_step(world)
    world.in_drive("Plans/neuf.txt", "neuf")
    with world.servers.fault(api="procore", method="POST", path="*/files", alter={'"id":': '"identifier":'}):
        said = await world.run()
    wanted = {**tree, "Plans/neuf.txt": digest("neuf")}
    assert (said["errors"], world.drive_tree(), world.procore_tree()) == (0, wanted, wanted)
    await nothing_to_do(world)


async def test_a_day_that_is_none_stops_the_daily_log_alone(world: SandboxWorld) -> None:
    """F29: of a tool that is only copied."""
    day = world.clock.time.date().isoformat()
    world.servers.tell("state/notes_logs", {"project_id": world.procore_id, "date": day, "comment": "Coffrage"})
    world.in_procore("a.txt", "a")
    said = await world.first(tools=("documents", "daily_log"))
    assert said["state"] == "done", said["problem"]
    world.in_procore("b.txt", "b")
    notes = {"api": "procore", "method": "GET", "path": "*/notes_logs", "times": None}
    with world.servers.fault(**notes, alter={f'"date":"{day}"': '"date":"2026-13-45"'}):
        said = await world.run()
    assert said["problem"]["args"]["reason"]["code"] == "SRV-16"
    assert world.drive_tree() == {"a.txt": digest("a"), "b.txt": digest("b")}
    said = await world.run()
    assert said["state"] == "done", said["problem"]


async def test_a_clock_that_is_a_day_wrong_misses_no_change(world: SandboxWorld) -> None:
    """F14: what counts is the server's time; the whole reading finds the rest."""
    tree = await in_step(world)
    world.clock.advance(timedelta(days=1))
    world.in_procore("one.txt", "one")
    await world.run()
    world.clock.advance(timedelta(days=-1))
    world.in_procore("two.txt", "two")
    await world.run()
    await world.run(world.commands.synchronize(1, full=True))
    wanted = {**tree, "one.txt": digest("one"), "two.txt": digest("two")}
    assert (world.drive_tree(), world.procore_tree()) == (wanted, wanted)


async def test_a_computer_that_slept_for_days_catches_up_once(world: SandboxWorld) -> None:
    """F26: one run for what was due a hundred times, and none for what an answer of yesterday's connection says."""
    tree = await in_step(world)
    world.in_procore("meanwhile.txt", "meanwhile")
    world.clock.advance(timedelta(days=3))
    for _ in range(3):
        order_due(world.doors, world.clock.now())
    (request,) = world.journal.open_requests()
    said = await world.run(request)
    assert (said["state"], world.drive_tree()) == ("done", {**tree, "meanwhile.txt": digest("meanwhile")})
    order_due(world.doors, world.clock.now())
    assert world.journal.open_requests() == []
