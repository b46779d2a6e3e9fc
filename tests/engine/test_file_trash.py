"""The trash of this computer: off by default, and when on, what it keeps, gives back and lets go."""

import asyncio
import stat
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.engine.file_doors import PairStopped
from maestro_procore.engine.file_restoring import file_for
from maestro_procore.engine.housekeeping import keep_house
from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Row
from tests.engine.file_world import FileWorld
from tests.engine.test_file_undo import TOP, follow
from tests.engine.test_files_killed import cut_at
from tests.engine.world import Killed


async def lived(folder: Path, **settings: object) -> FileWorld:
    world = FileWorld(folder)
    for name in ("Plans/A-101.pdf", "Plans/A-102.pdf", "note.txt"):
        world.procore.put(name, f"first {name}".encode())
    await world.first(**settings)
    return world


def held(world: FileWorld) -> dict[str, bytes]:
    """Name → content of everything that the trash holds by its rows."""
    return {row["name"]: world.trash.file_of(row["sha256"]).read_bytes() for row in world.journal.trash()}


def on_disk(world: FileWorld) -> list[Path]:
    return [path for path in world.trash.folder.rglob("*") if path.is_file()]


async def restored(world: FileWorld, *ids: int) -> list[Row]:
    requests = [await world.run(request) for request in world.commands.restore_from_trash(ids)]
    await follow(world)
    return requests


async def test_f256_f257_by_default_nothing_is_kept_on_this_computer(tmp_path: Path) -> None:
    world = await lived(tmp_path)
    world.drive.put(f"{TOP}/note.txt", b"second")
    world.procore.remove("Plans")
    await world.run()
    assert (world.journal.trash(with_removed=True), world.trash.folder.exists()) == ([], False)
    assert list(world.temporary.iterdir()) == []


async def test_f119_f270_f271_what_goes_is_kept_first_in_a_private_folder(tmp_path: Path) -> None:
    """C16, C17: deleted and overwritten, a folder with everything in it; each content once."""
    world = await lived(tmp_path, trash="all")
    world.drive.put(f"{TOP}/note.txt", b"second")
    world.procore.remove("Plans")
    await world.run()
    assert held(world) == {
        "note.txt": b"first note.txt",
        "A-101.pdf": b"first Plans/A-101.pdf",
        "A-102.pdf": b"first Plans/A-102.pdf",
    }
    assert {(row["side"], row["why"]) for row in world.journal.trash()} == {
        ("procore", "overwritten"),
        ("drive", "deleted"),
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in on_disk(world)} == {0o600}
    folders = [world.trash.folder, *(path for path in world.trash.folder.iterdir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert list(world.temporary.iterdir()) == []


async def test_f270_what_was_deleted_comes_back_to_its_folder_and_then_to_the_other_side(tmp_path: Path) -> None:
    world = await lived(tmp_path, trash="all")
    world.procore.remove("Plans/A-101.pdf")
    await world.run()
    (row,) = world.journal.trash()
    (said,) = await restored(world, row["id"])
    assert (said["state"], said["created"]) == ("done", 1)
    assert world.copy == world.procore.tree()
    assert world.procore.tree()["/Plans/A-101.pdf"] == b"first Plans/A-101.pdf"
    assert (world.journal.trash(), on_disk(world)) == ([], [])
    (gone,) = world.journal.trash(with_removed=True)
    assert (gone["removed_why"], gone["removed_by"]) == ("restored", "marie")


async def test_f271_what_was_overwritten_comes_back_beside_what_is_newer(tmp_path: Path) -> None:
    world = await lived(tmp_path, trash="all")
    world.drive.put(f"{TOP}/note.txt", b"second")
    await world.run()
    (row,) = world.journal.trash()
    await restored(world, row["id"])
    assert world.procore.tree()["/note.txt"] == b"second"
    assert world.procore.tree()["/note (2026-11-02).txt"] == b"first note.txt"
    assert world.copy == world.procore.tree()


async def test_only_what_no_service_keeps(tmp_path: Path) -> None:
    """A library without versions loses what is overwritten; recycle bins keep all that is deleted."""
    world = await lived(tmp_path, trash="missing")
    world.drive.keeps_versions = False
    world.procore.put("note.txt", b"second")
    world.procore.remove("Plans")
    await world.run()
    assert held(world) == {"note.txt": b"first note.txt"}
    (row,) = world.journal.trash()
    await restored(world, row["id"])
    assert world.copy["/note (2026-11-02).txt"] == b"first note.txt"


async def test_what_the_library_keeps_after_all_is_not_kept_twice(tmp_path: Path) -> None:
    world = await lived(tmp_path, trash="missing")
    world.procore.put("note.txt", b"second")
    await world.run()
    assert world.journal.trash() == []
    (row,) = world.journal.trash(with_removed=True)
    assert row["removed_why"] == "kept_by_service"
    world.drive.calls.clear()
    world.procore.put("note.txt", b"third")
    await world.run()
    assert len(world.journal.trash(with_removed=True)) == 1
    assert "download" not in world.drive.calls


async def test_what_stays_after_all_leaves_nothing_in_the_trash(tmp_path: Path) -> None:
    world = await lived(tmp_path, trash="all")
    world.drive.put(f"{TOP}/note.txt", b"second")

    def refuse(name: str) -> None:
        if name == "new_version":
            raise FileCallFailed(FileTrouble.LOCKED, Problem("DOC-07", {"name": "note.txt"}))

    world.procore.before = refuse
    await world.run()
    assert world.journal.trash() == []
    assert [row["removed_why"] for row in world.journal.trash(with_removed=True)] == ["not_needed"]


async def test_f098_what_may_have_gone_at_an_earlier_try_stays_in_the_trash(tmp_path: Path) -> None:
    """The first answer is lost, the second call is refused for a moment, the third finds that it was done."""
    world = await lived(tmp_path, trash="all")
    world.drive.put(f"{TOP}/note.txt", b"second")
    calls: list[str] = []

    def lose(name: str) -> None:
        if name == "new_version" and len(calls) == 1:
            raise OutcomeUnknown(FileTrouble.AGAIN, Problem("DOC-06", {"name": "note.txt"}))

    def busy(name: str) -> None:
        if name == "new_version":
            calls.append(name)
            if len(calls) == 2:
                raise FileCallFailed(FileTrouble.AGAIN, Problem("DOC-06", {"name": "note.txt"}))

    world.procore.before, world.procore.after = busy, lose
    await world.run()
    assert len(calls) == 3
    assert world.procore.tree()["/note.txt"] == b"second"
    assert held(world) == {"note.txt": b"first note.txt"}


async def test_somebody_who_empties_the_trash_does_not_take_what_is_just_being_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F270: another process removes files between a content and its row; it waits for the row."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("note.txt")
    put, others = world.journal.put_trash, list[Future[int]]()

    def empty_meanwhile(tx: Any, row: Row) -> None:
        others.append(pool.submit(world.commands.empty_trash, 2))
        with suppress(FutureTimeout):
            others[0].result(timeout=0.2)
        put(tx, row)

    monkeypatch.setattr(world.journal, "put_trash", empty_meanwhile)
    with ThreadPoolExecutor(1) as pool:
        await world.run()
    assert [other.result() for other in others] == [0]
    assert held(world) == {"note.txt": b"first note.txt"}


async def test_age_and_size_empty_it_and_every_removal_is_in_the_history(tmp_path: Path) -> None:
    world = await lived(tmp_path, trash="all", trash_days=30, trash_megabytes=1)
    for number in range(3):
        world.procore.put(f"big{number}.bin", bytes([number]) * 450_000)
    await world.run()
    world.procore.remove("note.txt")
    await world.run()
    world.clock.advance(timedelta(days=31))
    for number in range(3):
        world.procore.remove(f"big{number}.bin")
    await world.run()
    assert len(on_disk(world)) == 4
    world.journal.change_settings({"history_days": None}, "marie", world.clock.now())
    await keep_house(world.doors, lambda: False)
    why = {row["name"]: row["removed_why"] for row in world.journal.trash(with_removed=True)}
    assert why["note.txt"] == "age"
    assert sorted(why[f"big{number}.bin"] for number in range(3)) == ["", "", "size"]
    assert len(on_disk(world)) == len(world.journal.trash()) == 2


async def test_f233_emptied_by_hand_nothing_is_left(tmp_path: Path) -> None:
    """BCK-20 afterwards."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("Plans")
    await world.run()
    number = world.journal.trash()[0]["id"]
    assert (world.commands.empty_trash(), on_disk(world)) == (2, [])
    with pytest.raises(Refused, match="BCK-20"):
        world.commands.restore_from_trash([number])


async def test_f233_f256_what_was_kept_of_a_removed_project_stays_until_its_time_is_over(tmp_path: Path) -> None:
    """By its policy on the day of the removal, and a project that is added meanwhile takes nothing over it."""
    world = await lived(tmp_path, trash="all", trash_days=10)
    world.procore.remove("note.txt")
    await world.run()
    world.commands.remove(1)
    world.journal.change_settings({"history_days": None}, "marie", world.clock.now())
    await keep_house(world.doors, lambda: False)
    assert held(world) == {"note.txt": b"first note.txt"}
    (row,) = world.journal.trash()
    assert row["project_name"] == "École Saint-Édouard"
    assert row["keep_until"] - row["kept_at"] == timedelta(days=10)
    other = NewFileProject("Aréna", 78, "drive-1", world.drive.root_id, ("documents",), top_name="Ailleurs")
    world.commands.add(other, procore_company=5)
    assert world.project["name"] == "Aréna" and world.journal.trash(world.project["id"]) == []
    world.clock.advance(timedelta(days=9))
    await keep_house(world.doors, lambda: False)
    assert len(on_disk(world)) == 1
    world.clock.advance(timedelta(days=2))
    await keep_house(world.doors, lambda: False)
    assert (on_disk(world), world.journal.trash()) == ([], [])
    (gone,) = world.journal.trash(with_removed=True)
    assert gone["removed_why"] == "age"


async def test_f233_a_project_that_is_added_again_gets_its_trash_back(tmp_path: Path) -> None:
    world = await lived(tmp_path, trash="all")
    world.procore.remove("note.txt")
    await world.run()
    world.commands.remove(1)
    await world.first("merge")
    (row,) = world.journal.trash(world.project["id"])
    await restored(world, row["id"])
    assert world.procore.tree()["/note.txt"] == world.copy["/note.txt"] == b"first note.txt"


async def test_what_has_no_tool_to_go_back_to_says_so_and_can_be_saved(tmp_path: Path) -> None:
    """BCK-23, not BCK-20: the content is still here."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("note.txt")
    await world.run()
    number = world.journal.trash()[0]["id"]
    world.commands.remove(1)
    for tools in ((), ("photos",)):
        if tools:
            world.add(tools=tools)
        with pytest.raises(Refused) as refused:
            world.commands.restore_from_trash([number])
        assert refused.value.problem.code == "BCK-23"
        told = {"id": number, "name": "note.txt", "tool": "documents", "project": "École Saint-Édouard"}
        assert refused.value.problem.args == told
    file = file_for(world.journal.trash()[0], tmp_path, world.clock.now())
    world.commands.save_from_trash(number, file)
    assert (file.name, file.read_bytes()) == ("note.txt", b"first note.txt")
    assert file_for(world.journal.trash()[0], tmp_path, world.clock.now()).name == "note (2026-11-02).txt"
    assert held(world) == {"note.txt": b"first note.txt"}


async def test_a_tool_that_is_gone_stops_only_what_goes_back_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not BCK-20: the content is there, and what stands against its tool is said instead."""
    world = FileWorld(tmp_path)
    world.procore.put("note.txt", b"first")
    await world.run(world.add(tools=("documents", "meetings"), trash="all"))
    await world.run(world.commands.approve(1))
    world.procore.remove("note.txt")
    await world.run()
    stores, gone = world._stores, {"meetings"}

    async def without(project: Row, pair: Row) -> Any:
        if pair["tool"] in gone:
            raise PairStopped(Problem("DOC-02", {"name": pair["tool"]}))
        return await stores(project, pair)

    def newest() -> int:
        return next(int(row["id"]) for row in world.journal.trash() if row["tool"] == "documents")

    monkeypatch.setattr(world, "_stores", without)
    (wish,) = world.commands.restore_from_trash([newest()])
    assert ((said := await world.run(wish))["state"], said["created"]) == ("done", 1)
    await follow(world)
    world.procore.remove("note.txt")
    await world.run()
    gone.add("documents")
    (wish,) = world.commands.restore_from_trash([newest()])
    assert (await world.run(wish))["problem"] == {"code": "DOC-02", "args": {"name": "documents"}}


async def test_what_cannot_be_saved_is_told_and_leaves_nothing_unfinished(tmp_path: Path) -> None:
    """BCK-20 of an unknown number, DOC-37 of a folder that is not there, BCK-21 of a content that is gone."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("note.txt")
    await world.run()
    number, into = world.journal.trash()[0]["id"], tmp_path / "here"
    into.mkdir()

    def code_of(one: int, file: Path) -> str:
        with pytest.raises(Refused) as refused:
            world.commands.save_from_trash(one, file)
        return refused.value.problem.code

    assert code_of(99, into / "note.txt") == "BCK-20"
    assert code_of(number, tmp_path / "nowhere" / "note.txt") == "DOC-37"
    on_disk(world)[0].unlink()
    assert code_of(number, into / "note.txt") == "BCK-21"
    assert list(into.iterdir()) == []


async def test_a_file_that_the_system_does_not_let_go_stops_nothing_and_goes_another_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that a virus scanner has open on Windows."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("Plans")
    await world.run()
    world.journal.remove_trash(None, "emptied", world.clock.now())
    (stuck, _), unlink = on_disk(world), Path.unlink

    def let_go(path: Path, missing_ok: bool = False) -> None:
        if path == stuck:
            raise PermissionError(13, "in use", str(path))
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", let_go)
        await keep_house(world.doors, lambda: False)
    assert on_disk(world) == [stuck]
    await keep_house(world.doors, lambda: False)
    assert on_disk(world) == []


async def test_a_content_that_somebody_took_away_says_so(tmp_path: Path) -> None:
    """BCK-21."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("note.txt")
    await world.run()
    on_disk(world)[0].unlink()
    (said,) = await restored(world, world.journal.trash()[0]["id"])
    assert (said["state"], said["errors"]) == ("warned", 1)


async def test_f271_an_earlier_version_of_one_file_comes_back(tmp_path: Path) -> None:
    world = await lived(tmp_path)
    world.procore.put("note.txt", b"second")
    await world.run()
    item = world.drive.at(f"{TOP}/note.txt")
    (version, _), *_ = world.drive.older[item.id]
    said = await world.run(world.commands.restore_version(1, "documents", "drive", item.id, version))
    await follow(world)
    assert (said["state"], said["updated"]) == ("done", 1)
    assert world.copy["/note.txt"] == world.procore.tree()["/note.txt"] == b"first note.txt"


async def test_f271_a_version_of_a_file_that_went_meanwhile_is_not_said_to_be_back(tmp_path: Path) -> None:
    """DOC-01."""
    world = await lived(tmp_path)
    world.procore.put("note.txt", b"second")
    await world.run()
    item = world.drive.at(f"{TOP}/note.txt")
    (version, _), *_ = world.drive.older[item.id]
    wish = world.commands.restore_version(1, "documents", "drive", item.id, version)
    world.drive.remove(f"{TOP}/note.txt")
    said = await world.run(wish)
    assert (said["state"], said["problem"]["code"]) == ("warned", "DOC-01")
    assert said["problem"]["args"] == {"name": "note.txt"}


async def test_f270_what_the_trash_let_go_before_its_turn_came_is_not_said_to_be_back(tmp_path: Path) -> None:
    """BCK-20."""
    world = await lived(tmp_path, trash="all")
    world.procore.remove("note.txt")
    await world.run()
    (wish,) = world.commands.restore_from_trash([world.journal.trash()[0]["id"]])
    world.commands.empty_trash()
    said = await world.run(wish)
    assert (said["state"], said["problem"]["code"]) == ("failed", "BCK-20")


@contextmanager
def own_threads() -> Iterator[None]:
    """All threads that asyncio.to_thread starts inside have ended afterwards."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor() as threads:
        loop.set_default_executor(threads)
        yield
    loop.set_default_executor(ThreadPoolExecutor())


@pytest.mark.parametrize(("when", "offset"), [("before", 0), ("before", 1), ("after", 0)])
async def test_f098_a_run_that_dies_loses_nothing_of_what_it_was_about_to_keep(
    tmp_path: Path, when: str, offset: int
) -> None:
    """Every second call of a run: afterwards each content that went is in the trash exactly once."""
    for number in range(1 + offset, 100, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = await lived(folder, trash="all")
        world.drive.put(f"{TOP}/note.txt", b"second")
        world.procore.remove("Plans")
        heal = cut_at(world, number, when)
        with own_threads():  # a program that dies takes its threads along
            try:
                await world.run()
                has_died = False
            except Killed:
                has_died = True
        heal()
        with own_threads():
            await follow(world)
            await world.run()
        assert world.copy == world.procore.tree() == {"/note.txt": b"second"}, number
        wanted = {b"first note.txt", b"first Plans/A-101.pdf", b"first Plans/A-102.pdf"}
        assert set(held(world).values()) == wanted, number
        assert len(on_disk(world)) == 3, number
        assert list(world.temporary.iterdir()) == [], number
        if not has_died:
            return
    raise AssertionError("the run never came to its end")
