"""What people change on either side arrives on the other, by itself and soon: engine and stores in memory."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from maestro_procore.engine.file_watch import order_due
from maestro_procore.engine.host import LOOK_AT_MAESTRO
from maestro_procore.file_ports import Changes, Scope
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.file_phases import FilePhase
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import FileWorld

TOP = "Procore/École Saint-Édouard/Documents"
FIVE, THIRTY = timedelta(minutes=5), timedelta(minutes=30)
WRITES = {"create_folder", "upload", "new_version", "rename_or_move", "delete"}


@pytest.fixture
async def world(tmp_path: Path) -> FileWorld:
    """In step: a folder with a file, a file beside it, and an empty folder."""
    made = FileWorld(tmp_path)
    made.procore.put("Plans/A-101.pdf", b"%PDF plan")
    made.procore.put("Anciens")
    made.procore.put("note.txt", b"hello")
    await made.first()
    forget_calls(made)
    return made


def forget_calls(world: FileWorld) -> None:
    world.procore.calls.clear()
    world.drive.calls.clear()


def writes(store: MemoryStore) -> list[str]:
    return [call for call in store.calls if call in WRITES]


async def minutes_pass(world: FileWorld, length: timedelta, tick: timedelta = LOOK_AT_MAESTRO) -> int:
    """Nobody clicks: the engine looks each ten seconds whether something is due. How many runs there were."""
    runs, until = 0, world.clock.now() + length
    while world.clock.now() + tick <= until:
        world.clock.advance(tick)
        order_due(world.doors, world.clock.now())
        for request in world.journal.open_requests():
            await world.run(request)
            runs += 1
    return runs


async def test_f205_f266_a_rename_in_the_drive_is_a_rename_in_procore_within_five_minutes(world: FileWorld) -> None:
    file = world.procore.at("Plans/A-101.pdf")
    world.drive.move(f"{TOP}/Plans/A-101.pdf", f"{TOP}/Plans/A-101 (coffrage).pdf")
    world.drive.move(f"{TOP}/Plans", f"{TOP}/Plans 2026")
    await minutes_pass(world, FIVE)
    renamed = world.procore.at("Plans 2026/A-101 (coffrage).pdf")
    assert (renamed.id, renamed.version) == (file.id, file.version)
    assert writes(world.procore) == ["rename_or_move"] * 2, "neither deleted nor sent again"
    assert world.drive.calls.count("download") == 0


async def test_f207_f234_a_change_in_the_drive_is_seen_every_five_minutes_not_at_the_next_half_hour(
    world: FileWorld,
) -> None:
    assert await minutes_pass(world, timedelta(minutes=4)) == 0, "it was just looked at"
    world.drive.put(f"{TOP}/note.txt", b"written at the site")
    assert await minutes_pass(world, timedelta(minutes=1)) == 1
    assert world.procore.tree()["/note.txt"] == b"written at the site"
    assert await minutes_pass(world, THIRTY) == 6, "one look each five minutes"


async def test_f203_f207_what_the_feed_of_changes_missed_is_found_within_half_an_hour(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = world.procore.at("note.txt")
    world.procore.put("note.txt", b"nobody was told")
    del world.procore.log[-1]
    whole: list[timedelta] = []
    changes, began = world.procore.changes, world.clock.now()

    async def noted(cursor: str | None, scope: Scope) -> Changes:
        if cursor is None:
            whole.append(world.clock.now() - began)
        return await changes(cursor, scope)

    monkeypatch.setattr(world.procore, "changes", noted)
    await minutes_pass(world, timedelta(minutes=20))
    assert (whole, world.copy["/note.txt"]) == ([], b"hello")
    await minutes_pass(world, timedelta(minutes=10))
    assert (len(whole), world.copy["/note.txt"]) == (1, b"nobody was told")
    await minutes_pass(world, timedelta(hours=2))
    assert len(whole) == 5, "each half hour"
    assert world.procore.at("note.txt").id == note.id


async def test_f209_what_is_moved_into_the_new_folder_is_uploaded(world: FileWorld) -> None:
    for number in range(20):
        world.drive.put(f"Vieux projet/{number:02}.pdf", b"plan %d" % number)
    await world.run()
    assert writes(world.procore) == [], "what lies beside the project's folder is nobody's business"
    for number in range(20):
        world.drive.move(f"Vieux projet/{number:02}.pdf", f"{TOP}/{number:02}.pdf")
    said = await world.run()
    assert (said["created"], writes(world.procore)) == (20, ["upload"] * 20)
    assert world.copy == world.procore.tree()


async def test_f240_a_whole_day_needs_no_click(world: FileWorld) -> None:
    """Each hour somebody changes something, on one side and then on the other; a busy computer looks seldom."""
    for hour in range(24):
        side, top = ((world.procore, ""), (world.drive, f"{TOP}/"))[hour % 2]
        side.put(f"{top}Journal/{hour:02}.txt", b"%d" % hour)
        assert await minutes_pass(world, timedelta(hours=1), tick=timedelta(minutes=20)) >= 2
        assert world.copy == world.procore.tree(), f"hour {hour}"
    assert len(world.copy) == 4 + 1 + 24
    assert world.project["phase"] == FilePhase.REGULAR


async def test_f278_a_look_without_news_is_one_call_on_each_side(world: FileWorld) -> None:
    await world.run()
    assert (world.procore.calls, world.drive.calls) == (["changes"], ["changes"])


Act = Callable[[MemoryStore, str], FileItem | None]

ACTS: dict[str, tuple[Act, str]] = {
    "a new file": (lambda side, top: side.put(f"{top}Plans/B.pdf", b"%PDF b"), "upload"),
    "a new folder": (lambda side, top: side.put(f"{top}Devis"), "create_folder"),
    "an edited file": (lambda side, top: side.put(f"{top}note.txt", b"edited"), "new_version"),
    "a renamed file": (lambda side, top: side.move(f"{top}note.txt", f"{top}lisez-moi.txt"), "rename_or_move"),
    "a renamed folder": (lambda side, top: side.move(f"{top}Plans", f"{top}Dessins"), "rename_or_move"),
    "a moved file": (lambda side, top: side.move(f"{top}note.txt", f"{top}Plans/note.txt"), "rename_or_move"),
    "a deleted file": (lambda side, top: side.remove(f"{top}note.txt"), "delete"),
    "a deleted folder": (lambda side, top: side.remove(f"{top}Anciens"), "delete"),
}


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize("side", ["procore", "drive"])
async def test_f265_each_kind_of_change_on_either_side_is_one_write_on_the_other(
    world: FileWorld, side: str, what: str
) -> None:
    act, call = ACTS[what]
    changed, other = (world.procore, world.drive) if side == "procore" else (world.drive, world.procore)
    act(changed, "" if side == "procore" else f"{TOP}/")
    await minutes_pass(world, FIVE)
    assert (writes(changed), writes(other)) == ([], [call])
    assert world.copy == world.procore.tree()


@pytest.mark.parametrize("side", ["procore", "drive"])
async def test_f270_what_is_deleted_on_one_side_can_be_taken_out_of_the_others_recycle_bin(
    world: FileWorld, side: str
) -> None:
    gone, other = (world.procore, world.drive) if side == "procore" else (world.drive, world.procore)
    gone.remove("Plans" if side == "procore" else f"{TOP}/Plans")
    await world.run()
    assert "/Plans" not in world.copy
    assert {item.name: content for item, content in other.bin.values()} == {"Plans": b"", "A-101.pdf": b"%PDF plan"}


async def test_f237_f238_three_hundred_changed_files_go_over_in_one_run_that_never_naps(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cap of our own: what the servers allow goes at once."""
    for number in range(300):
        world.procore.put(f"Lot/{number:03}.txt", b"first")
    await world.run()
    for number in range(300):
        world.drive.put(f"{TOP}/Lot/{number:03}.txt", b"second %d" % number)
    naps: list[timedelta] = []
    nap = world.clock.nap

    async def noted(length: timedelta) -> None:
        naps.append(length)
        await nap(length)

    monkeypatch.setattr(world.clock, "nap", noted)
    forget_calls(world)
    said = await world.run()
    assert (said["state"], said["updated"], writes(world.procore)) == ("done", 300, ["new_version"] * 300)
    assert world.copy == world.procore.tree()
    assert [length for length in naps if length > timedelta(seconds=1)] == [], "it looks around, and waits for nobody"
