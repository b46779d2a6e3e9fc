"""Regular synchronization as document F1 of the feature catalogue describes it (F125 to F134), on stores in memory."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.file_watch import order_due
from maestro_procore.i18n import LANGUAGES
from maestro_procore.model.file_items import FileItem, Waiting
from maestro_procore.model.problems import message, remedy
from maestro_procore.store.file_views import FileApartRow, FileViews
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import FileWorld

TOOLS = ("documents", "photos")
SIDES = ("procore", "drive")


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    for path in ("Lot A/one.jpg", "Lot A/two.jpg", "Lot B/three.jpg"):
        made.procore.put(path, f"content of {path}".encode())
    return made


async def in_step(world: FileWorld, tool: str = "documents", **settings: object) -> None:
    await world.run(world.add(tools=(tool,), **settings))
    await world.run(world.commands.approve(1))
    assert world.copy == world.procore.tree()


def place(world: FileWorld, side: str) -> tuple[MemoryStore, str]:
    """A side, and where the tool's files stand on it."""
    if side == "procore":
        return world.procore, ""
    return world.drive, f"Procore/École Saint-Édouard/{world.project['pairs'][0]['name']}/"


def apart(world: FileWorld) -> dict[str, FileApartRow]:
    return {row.name: row for row in FileViews(world.database).not_synchronized(1)}


# --- both ways ----------------------------------------------------------------------------------------------

Deed = Callable[[MemoryStore, str], object]
DEEDS: dict[str, tuple[Deed, dict[str, bytes | None]]] = {
    "create": (
        lambda store, at: store.put(f"{at}Lot C/new.jpg", b"new"),
        {"/Lot C": None, "/Lot C/new.jpg": b"new", "/Lot A/one.jpg": b"content of Lot A/one.jpg"},
    ),
    "update": (lambda store, at: store.put(f"{at}Lot A/one.jpg", b"newer"), {"/Lot A/one.jpg": b"newer"}),
    "rename": (
        lambda store, at: store.move(f"{at}Lot A", f"{at}Lot Z"),
        {"/Lot Z/one.jpg": b"content of Lot A/one.jpg", "/Lot Z/two.jpg": b"content of Lot A/two.jpg"},
    ),
    "move": (
        lambda store, at: store.move(f"{at}Lot A/one.jpg", f"{at}Lot B/one.jpg"),
        {"/Lot B/one.jpg": b"content of Lot A/one.jpg", "/Lot B/three.jpg": b"content of Lot B/three.jpg"},
    ),
    "delete": (
        lambda store, at: store.remove(f"{at}Lot A/one.jpg"),
        {"/Lot A/two.jpg": b"content of Lot A/two.jpg", "/Lot B/three.jpg": b"content of Lot B/three.jpg"},
    ),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("deed", DEEDS)
async def test_f125_f126_f185_f199_each_deed_on_each_side_is_mirrored_on_the_other(
    world: FileWorld, deed: str, side: str, tool: str
) -> None:
    """What a side had before stays in its bin or as the version before; nothing is sent that did not change."""
    await in_step(world, tool)
    act, expected = DEEDS[deed]
    store, at = place(world, side)
    other, _ = place(world, "drive" if side == "procore" else "procore")
    act(store, at)
    other.calls.clear()
    said = await world.run()
    assert (said["state"], said["errors"]) == ("done", 0)
    assert world.copy == world.procore.tree()
    assert expected.items() <= world.procore.tree().items()
    assert len(world.copy) == {"create": 7, "delete": 4}.get(deed, 5)
    call = {"create": "upload", "update": "new_version", "delete": "delete"}.get(deed, "rename_or_move")
    writes = [each for each in other.calls if each in ("upload", "new_version", "delete", "rename_or_move")]
    assert writes == [call]
    if deed == "delete":
        assert [item.name for item, _ in other.bin.values()] == ["one.jpg"], "recoverable"


@pytest.mark.parametrize("side", SIDES)
async def test_f196_a_folder_below_the_third_level_may_be_moved_and_renamed(world: FileWorld, side: str) -> None:
    world.procore.put("Plans/Structure/Étage 1/S-101.pdf", b"%PDF")
    await in_step(world)
    store, at = place(world, side)
    store.move(f"{at}Plans/Structure", f"{at}Archives/Structure (vieux)")
    await world.run()
    assert world.copy == world.procore.tree()
    assert world.copy["/Archives/Structure (vieux)/Étage 1/S-101.pdf"] == b"%PDF"
    assert {world.procore.calls.count("upload"), world.procore.calls.count("delete")} == {0}
    assert world.project["phase"] == "regular"


# --- when ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("seconds_after_a_look", [1, 150, 299])
async def test_f130_a_change_is_on_the_other_side_within_five_minutes_by_default(
    world: FileWorld, side: str, seconds_after_a_look: int
) -> None:
    """C1. Measured as the statistics show it, from the edit to the end of the transfer."""
    await in_step(world)
    store, at = place(world, side)
    world.clock.advance(timedelta(seconds=seconds_after_a_look))
    store.put(f"{at}Lot A/one.jpg", b"edited")
    for _ in range(60):
        order_due(world.doors, world.clock.now())
        for request in world.journal.open_requests():
            await world.run(request)
        world.clock.advance(timedelta(seconds=10))
    (seconds,) = FileViews(world.database).latencies(1)
    assert 0 < seconds <= 300
    assert world.copy["/Lot A/one.jpg"] == world.procore.tree()["/Lot A/one.jpg"] == b"edited"


@pytest.mark.parametrize(
    ("waiting", "code", "words"),
    [
        (Waiting.CHECKED_OUT, "FIL-06", "is checked out; it will be synchronized when it is checked in"),
        (Waiting.LOCKED, "FIL-05", "is open; it will be synchronized when it is closed"),
    ],
)
async def test_f129_f133_what_somebody_works_on_waits_with_its_reason_and_goes_over_when_it_is_released(
    world: FileWorld, waiting: Waiting, code: str, words: str
) -> None:
    await in_step(world)
    store, at = place(world, "drive")
    held = store.at(f"{at}Lot A/one.jpg")
    store._keep(held._replace(waiting=waiting))
    world.procore.put("Lot A/one.jpg", b"edited in Procore")
    world.procore.put("Lot A/two.jpg", b"edited as well")
    said = await world.run()
    assert said["errors"] == 0
    row = apart(world)["one.jpg"]
    assert (row.problem.code, row.is_waiting) == (code, True)
    assert words in message(row.problem, "en")
    assert world.copy["/Lot A/one.jpg"] == b"content of Lot A/one.jpg", "nothing is written under somebody's hands"
    assert world.copy["/Lot A/two.jpg"] == b"edited as well", "the others go on"
    store._keep(store.items[held.id]._replace(waiting=None))
    await world.run()
    assert world.copy["/Lot A/one.jpg"] == b"edited in Procore"
    assert apart(world) == {}


# --- what is on its way ---------------------------------------------------------------------------------------


async def test_f131_the_queue_shows_each_file_with_its_place(world: FileWorld) -> None:
    await world.run(world.add())
    views = FileViews(world.database)
    queue = {step.place: step.path for step in views.steps(1)}
    assert sorted(queue) == [1, 2, 3, 4, 5]
    assert {queue[1], queue[2]} == {"Lot A", "Lot B"}, "folders first"
    (alone,) = views.steps(1, name="three")
    assert queue[alone.place] == "Lot B/three.jpg", "also where a search leaves the others out"
    await world.run(world.commands.approve(1))
    assert {(step.place, step.state) for step in views.steps(1, name="Lot")} >= {(0, "done")}
    assert not any(step.place for step in views.steps(1))


@pytest.mark.parametrize("side", SIDES)
async def test_f132_a_large_file_shows_how_much_of_it_has_gone_over(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    """Coming and going are one half each: 600 of 1,000 bytes that the other side has are 800 of the way."""
    await in_step(world)
    source, at = place(world, side)
    target, _ = place(world, "drive" if side == "procore" else "procore")
    source.put(f"{at}Lot A/video.mp4", bytes(1_000))
    views, shown = FileViews(world.database), []
    upload = target.upload

    async def in_pieces(parent_id: str, name: str, content: Path, **more: Any) -> FileItem:
        more["resume"].arrived(600)
        for _ in range(10_000):
            (step,) = views.steps(1, name="video")
            if step.bytes_moved:
                break
            await asyncio.sleep(0)
        shown.append((step.state, step.bytes_moved, step.size_bytes))
        return await upload(parent_id, name, content, **more)

    monkeypatch.setattr(target, "upload", in_pieces)
    await world.run()
    (step,) = views.steps(1, name="video")
    assert shown == [("running", 800, 1_000)]
    assert (step.state, step.bytes_moved) == ("done", 1_000)


# --- what is not synchronized -------------------------------------------------------------------------------


async def test_f134_the_report_names_every_kind_of_file_that_stays_where_it_is_with_its_reason(
    world: FileWorld,
) -> None:
    """C24; an empty file is synchronized all the same, and so is a name that the drive would refuse."""
    await in_step(world, max_bytes=1_000)
    store, at = place(world, "drive")
    world.procore.put("video.mp4", bytes(1_000))
    world.procore.put("n" * 300 + ".pdf", b"long")
    world.procore.put("Lot A/3∶4? plan*.pdf", b"forbidden")
    world.procore.put("empty.txt", b"")
    store.put(f"{at}~$lock.docx", b"left by Office")
    item = store.put(f"{at}infected.exe", b"malware")
    store._keep(item._replace(waiting=Waiting.MALWARE))
    item = store.put(f"{at}Notes", b"notebook")
    store._keep(item._replace(waiting=Waiting.PACKAGE))
    await world.run()
    found = {name: row.problem.code for name, row in apart(world).items()}
    assert found == {
        "video.mp4": "FIL-01",
        "n" * 300 + ".pdf": "FIL-02",
        "~$lock.docx": "FIL-04",
        "infected.exe": "FIL-08",
        "Notes": "FIL-09",
    }
    for row in apart(world).values():
        assert all(message(row.problem, language) and remedy(row.problem, language) for language in LANGUAGES)
    assert world.copy["/empty.txt"] == b""
    assert [name for name in world.copy if name.endswith("plan＊.pdf")], "mapped, not left out"
