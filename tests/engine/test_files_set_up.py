"""Who and what is synchronized where, as documents F2 and F3 of the feature catalogue describe it (F161 to F200)."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.file_commands import FileCommands, NewFileProject
from maestro_procore.engine.flows import carry_out_request
from maestro_procore.engine.gate import GateClosed
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.i18n import LANGUAGES
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, Refused, message
from maestro_procore.ports import Row
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import FileWorld
from tests.engine.world import PlainSteps

Stores = Mapping[FileSide, FileStore]


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    return FileWorld(tmp_path)


def served_by(world: FileWorld, monkeypatch: pytest.MonkeyPatch, choose: Callable[[Row, Row], Stores]) -> None:
    async def stores(project: Row, pair: Row) -> Stores:
        return choose(project, pair)

    monkeypatch.setattr(world, "_stores", stores)


async def add(world: FileWorld, name: str, number: int, company: int = 5, **more: object) -> Row:
    """Added, planned, approved and carried out."""
    wanted = replace(NewFileProject(name, number, "drive-1", world.drive.root_id, ("documents",)), **more)
    request = world.commands.add(wanted, procore_company=company)
    await world.run(request)
    return await world.run(world.commands.approve(int(request["project"])))


# --- others go first, and what is left comes next -----------------------------------------------------------


async def test_f161_somebody_who_clicks_goes_before_a_first_synchronization_under_way(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets him go between two files, and then goes on where it was."""
    for number in range(30):
        world.procore.put(f"{number:02}.pdf", b"%d" % number)
    await world.run(world.add())
    request = world.commands.approve(1)
    made: list[str] = []
    seen: list[int] = []

    def click(name: str) -> None:
        made.append(name)
        if made.count("upload") == 5:
            wish = {"element": "suppliers", "scope": "selection", "keys": ["V1"], "project": None}
            world.journal.submit(
                {**wish, "mode": "differential", "is_preview": False, "requested_by": "marie"}, world.clock.now()
            )

    upload, open_requests = world.drive.upload, world.journal.open_requests

    def noticed() -> list[Row]:
        found = open_requests()
        seen.append(len(found))
        return found

    async def slow(*args: Any, **more: Any) -> FileItem:
        """Uploads take a while: the engine looks each second who is waiting."""
        for _ in range(100_000):
            if made.count("upload") < 5 or 2 in seen:
                break
            await asyncio.sleep(0)
        return await upload(*args, **more)

    world.drive.after = click
    monkeypatch.setattr(world.journal, "open_requests", noticed)
    monkeypatch.setattr(world.drive, "upload", slow)
    said = await world.run(request)
    assert said["state"] == "queued", "the click is next"
    assert 5 <= made.count("upload") < 30
    (click_request,) = [row for row in world.journal.open_requests() if row["element"] == "suppliers"]
    world.journal.change_request(click_request["id"], state="done", ended_at=world.clock.now())
    said = await world.run(request)
    assert (said["state"], made.count("upload")) == ("done", 30)
    assert world.copy == world.procore.tree()


async def test_f162_what_a_run_left_comes_first_in_the_next_one(world: FileWorld) -> None:
    """The program is closed while it waits for the call limit; nothing is listed anew before the rest went over."""
    for number in range(12):
        world.procore.put(f"{number:02}.pdf", b"%d" % number)
    await world.run(world.add())
    request = world.commands.approve(1)
    doors = world.doors
    stops: list[bool] = []

    def limit(name: str) -> None:
        if name == "upload" and world.drive.calls.count("upload") > 6:
            stops.append(True)
            raise GateClosed

    world.drive.before = limit
    doors.is_stopping = lambda: bool(stops)
    running = asyncio.create_task(carry_out_request(request["id"], PlainSteps(world.journal), doors))
    await doors.parked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    left = set(world.procore.tree()) - set(world.copy)
    assert 0 < len(left) < 12
    world.drive.before = lambda name: None
    world.drive.calls.clear()
    world.procore.calls.clear()
    await world.run(request)
    downloads = world.procore.calls.index("changes")
    assert world.procore.calls[:downloads].count("download") == len(left)
    assert world.drive.calls.count("upload") == len(left)
    assert world.copy == world.procore.tree()


# --- rights ---------------------------------------------------------------------------------------------------


async def test_f177_f178_a_project_without_rights_is_blocked_with_its_reason_and_another_one_runs(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DOC-30 names the tool and the project."""
    closed = MemoryStore("x", world.clock.now)

    def refuse(name: str) -> None:
        raise FileCallFailed(FileTrouble.FORBIDDEN, Problem("SRV-08", {"tool": "t", "project": "2", "text": ""}))

    closed.before = refuse
    world.procore.put("a.txt", b"of A")
    served_by(
        world,
        monkeypatch,
        lambda project, pair: {
            FileSide.PROCORE: closed if project["procore_project"] == 2 else world.procore,
            FileSide.DRIVE: world.drive,
        },
    )
    b = world.commands.add(
        NewFileProject("Bibliothèque", 2, "drive-1", world.drive.root_id, ("documents",)), procore_company=5
    )
    said = await world.run(b)
    told = Problem.from_json(said["problem"])
    assert told == Problem("DOC-30", {"tool": "Documents", "name": "Bibliothèque"})
    for language in LANGUAGES:
        assert "Documents" in message(told, language) and "Bibliothèque" in message(told, language)
    assert (await add(world, "A", 1))["state"] == "done"
    phases = {row["name"]: row["phase"] for row in world.journal.file_projects()}
    assert phases == {"A": FilePhase.REGULAR, "Bibliothèque": FilePhase.ADDED}


def test_f193_f194_who_may_only_read_can_neither_synchronize_nor_add_nor_decide(world: FileWorld) -> None:
    """CFG-12: viewer, accountant and administrator, as the rights of the maestro* user say."""
    viewer = FileCommands(world.journal, world.journal, world.clock, "luc", may=False, may_configure=False)
    accountant = FileCommands(world.journal, world.journal, world.clock, "anne", may=True, may_configure=False)
    wanted = NewFileProject("A", 1, "drive-1", world.drive.root_id, ("documents",))
    for person, deeds in (
        (
            viewer,
            (
                lambda: viewer.synchronize(1),
                lambda: viewer.approve(1),
                lambda: viewer.pause(1),
                lambda: viewer.go_on(1),
                lambda: viewer.prove(1),
                lambda: viewer.resolve(1, "drive"),
                lambda: viewer.answer_hold(1, "apply"),
                lambda: viewer.try_again(1),
                lambda: viewer.look_at(1),
            ),
        ),
        (
            accountant,
            (
                lambda: accountant.add(wanted, 5),
                lambda: accountant.reset(1),
                lambda: accountant.remove(1),
                lambda: accountant.change_settings(1, {"max_bytes": 1}),
            ),
        ),
    ):
        for deed in deeds:
            with pytest.raises(Refused) as refused:
                deed()
            assert refused.value.problem.code == "CFG-12", person.user
    assert world.journal.file_projects() == []
    assert world.commands.add(wanted, 5)["requested_by"] == "marie"
    assert accountant.synchronize(1)["state"] == "queued"


# --- several companies and drives ----------------------------------------------------------------------------


async def test_f181_projects_of_two_companies_go_side_by_side_into_one_drive(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even of the same name and number."""
    of_company = {5: world.procore, 6: MemoryStore("q", world.clock.now)}
    for company, store in of_company.items():
        store.put("plan.pdf", b"of company %d" % company)
    served_by(
        world,
        monkeypatch,
        lambda project, pair: {
            FileSide.PROCORE: of_company[project["procore_company"]],
            FileSide.DRIVE: world.drive,
        },
    )
    for company in of_company:
        assert (await add(world, "École", 77, company))["state"] == "done"
    files = {path: content for path, content in world.drive.tree().items() if content is not None}
    assert sorted(files.values()) == [b"of company 5", b"of company 6"]
    assert {path.split("/")[1] for path in files} == {"Procore", "Procore (2)"}, "a tree for each"
    world.drive.put(next(path for path, content in files.items() if content == b"of company 6"), b"edited")
    await world.run(world.commands.synchronize(2))
    assert (of_company[5].tree()["/plan.pdf"], of_company[6].tree()["/plan.pdf"]) == (b"of company 5", b"edited")


async def test_f182_two_destinations_run_independently(world: FileWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    drives = {"drive-1": world.drive, "drive-2": MemoryStore("e", world.clock.now)}
    sources = {1: world.procore, 2: MemoryStore("q", world.clock.now)}
    for number, store in sources.items():
        store.put("plan.pdf", b"%d" % number)
    served_by(
        world,
        monkeypatch,
        lambda project, pair: {
            FileSide.PROCORE: sources[project["procore_project"]],
            FileSide.DRIVE: drives[project["drive_id"]],
        },
    )
    await add(world, "A", 1)
    await add(world, "B", 2, drive_id="drive-2", parent_id=drives["drive-2"].root_id, account="other@example.com")
    assert "/Procore/B" not in drives["drive-1"].tree()
    assert "/Procore/A" not in drives["drive-2"].tree()

    def down(name: str) -> None:
        raise FileCallFailed(FileTrouble.SIGN_IN, Problem("DOC-21", {"name": "other@example.com"}))

    drives["drive-2"].before = down
    for store in sources.values():
        store.put("later.pdf", b"later")
    states = [(await world.run(world.commands.synchronize(number)))["state"] for number in (2, 1)]
    assert states == ["failed", "done"]
    assert drives["drive-1"].tree()["/Procore/A/Documents/later.pdf"] == b"later"


# --- tools and folders ---------------------------------------------------------------------------------------


async def test_f188_with_photos_alone_documents_are_not_touched(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_tool = {"photos": world.procore, "documents": MemoryStore("q", world.clock.now)}
    of_tool["documents"].put("secret.pdf", b"%PDF")
    of_tool["photos"].put("Toit/toit.jpg", b"jpg")
    served_by(
        world, monkeypatch, lambda project, pair: {FileSide.PROCORE: of_tool[pair["tool"]], FileSide.DRIVE: world.drive}
    )
    await add(world, "A", 1, tools=("photos",))
    assert of_tool["documents"].calls == []
    assert [path for path, content in world.drive.tree().items() if content] == ["/Procore/A/Photos/Toit/toit.jpg"]
    assert "/Procore/A/Documents" not in world.drive.tree()


@pytest.mark.parametrize("name", ["Procore", "Chantiers de Procore"])
async def test_f200_the_top_folder_is_made_at_once_under_a_name_that_may_be_chosen(world: FileWorld, name: str) -> None:
    """C3: `Procore` where nobody chose; before anything is approved."""
    world.procore.put("plan.pdf", b"%PDF")
    began = world.clock.now()
    wanted = NewFileProject("A", 1, "drive-1", world.drive.root_id, ("documents",))
    assert wanted.top_name == "Procore"
    await world.run(world.commands.add(replace(wanted, top_name=name), 5))
    assert world.project["phase"] == FilePhase.PLANNED
    assert f"/{name}/A/Documents" in world.drive.tree()
    assert world.clock.now() - began < timedelta(minutes=1)
