"""What is found out before a project's first plan: rights by tool, space, names and sizes, and the forecast."""

from datetime import timedelta
from pathlib import Path

import pytest

from maestro_procore.engine.file_watch import order_due
from maestro_procore.file_ports import FileCallFailed, FileTrouble, Space
from maestro_procore.model.elements import FILES
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem
from maestro_procore.store.file_views import FileCheckRow, FileProjectRow, FileViews
from maestro_procore.store.rows import BudgetRow
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import STARTS_AT, FileWorld

NO_RIGHT = Problem("DRV-09", {"name": "x"})
PLAN = b"%PDF " + b"x" * 995


class Meter:
    """How much room the drive says it has; None: it does not say."""

    left: int | None = None

    async def space(self) -> Space:
        return Space(left=self.left)


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore.put("Plans/A-101.pdf", PLAN)
    made.procore.put("Plans/A-102.pdf", PLAN + b"2")
    return made


@pytest.fixture
def meter(world: FileWorld, monkeypatch: pytest.MonkeyPatch) -> Meter:
    made = Meter()
    monkeypatch.setattr(world.drive, "space", made.space)
    return made


def shown(world: FileWorld) -> FileProjectRow:
    return FileViews(world.database).projects(1)[0]


def check(world: FileWorld, what: str, tool: str = "documents") -> FileCheckRow:
    (found,) = [row for row in shown(world).preflight if (row.tool, row.what) == (tool, what)]
    return found


def forbid(store: MemoryStore, *calls: str, trouble: FileTrouble = FileTrouble.FORBIDDEN) -> None:
    def before(call: str) -> None:
        if call in calls:
            raise FileCallFailed(trouble, NO_RIGHT)

    store.before = before


def allow(store: MemoryStore) -> None:
    store.before = lambda call: None


# --- rights ---------------------------------------------------------------------------------------


async def test_f217_writing_is_tried_on_both_sides_before_the_first_plan(world: FileWorld) -> None:
    await world.run(world.add())
    assert (world.procore.calls.count("probe"), world.drive.calls.count("probe")) == (1, 1)
    assert world.drive.calls[0] == "probe", "before anything is made there"
    assert check(world, "rights_procore").ok
    assert check(world, "rights_drive").ok
    assert world.project["phase"] == FilePhase.PLANNED


async def test_f217_later_runs_do_not_try_again(world: FileWorld) -> None:
    await world.first()
    await world.run()
    assert (world.procore.calls.count("probe"), world.drive.calls.count("probe")) == (1, 1)


async def test_f217_nothing_is_tried_where_no_arrow_points(world: FileWorld) -> None:
    await world.run(world.add(tools=("daily_log",)))
    assert (world.procore.calls.count("probe"), world.drive.calls.count("probe")) == (0, 1)


async def test_f217_a_tool_without_rights_waits_and_the_others_go_on(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = MemoryStore("x", world.clock.now)
    forbid(closed, "root", "probe")
    open_stores = world._stores

    async def stores(project, pair):  # type: ignore[no-untyped-def]
        found = dict(await open_stores(project, pair))
        return {side: closed if side == "procore" and pair["tool"] == "photos" else found[side] for side in found}

    monkeypatch.setattr(world, "_stores", stores)
    said = await world.run(world.add(tools=("photos", "documents")))
    told = said["problem"]
    assert (told["code"], told["args"]) == ("DOC-30", {"tool": "Photos", "name": "École Saint-Édouard"})
    assert not check(world, "rights_procore", "photos").ok
    assert check(world, "rights_procore").ok
    assert world.project["phase"] == FilePhase.PLANNED, "the plan of Documents can be approved"
    await world.run(world.commands.approve(1))
    documents = next(pair for pair in world.project["pairs"] if pair["tool"] == "documents")
    assert world.drive.tree(documents["drive_root"]) == world.procore.tree()
    assert world.project["phase"] == FilePhase.REGULAR
    allow(closed)
    closed.put("Album/photo.jpg", b"jpg")
    said = await world.run()
    photos = next(pair for pair in world.project["pairs"] if pair["tool"] == "photos")
    assert (said["state"], world.drive.tree(photos["drive_root"])) == ("done", closed.tree())


async def test_f217_without_rights_on_the_drive_nothing_is_planned(world: FileWorld) -> None:
    forbid(world.drive, "probe")
    said = await world.run(world.add())
    assert (said["problem"]["code"], world.project["phase"]) == ("DOC-31", FilePhase.ADDED)
    assert not check(world, "rights_drive").ok
    assert world.drive.tree() == {}
    allow(world.drive)
    await world.run()
    assert (world.project["phase"], world.project["problem"]) == (FilePhase.PLANNED, None)
    assert check(world, "rights_drive").ok


async def test_a_network_that_is_down_says_nothing_about_rights(world: FileWorld) -> None:
    forbid(world.drive, "probe", trouble=FileTrouble.UNREACHABLE)
    said = await world.run(world.add())
    assert said["problem"]["code"] == NO_RIGHT.code
    assert not [row for row in shown(world).preflight if row.what.startswith("rights")]


async def test_a_reset_tries_the_rights_anew(world: FileWorld) -> None:
    await world.first()
    world.commands.reset(1)
    await world.run()
    assert world.drive.calls.count("probe") == 2


# --- space ----------------------------------------------------------------------------------------


async def test_f264_a_drive_that_is_too_small_keeps_the_project_waiting(world: FileWorld, meter: Meter) -> None:
    meter.left = len(PLAN)
    said = await world.run(world.add())
    assert said["problem"] == {
        "code": "DOC-32",
        "args": {"name": "École Saint-Édouard", "needed": 2 * len(PLAN) + 1, "left": len(PLAN)},
    }
    assert world.project["phase"] == FilePhase.ADDED
    assert not check(world, "space", "").ok


async def test_f264_it_goes_on_by_itself_once_space_is_freed(world: FileWorld, meter: Meter) -> None:
    meter.left = 0
    await world.run(world.add())
    order_due(world.doors, world.clock.now())
    assert world.journal.open_requests() == [], "a while of rest after a run that was stopped"
    world.clock.advance(timedelta(minutes=6))
    meter.left = 1_000_000
    order_due(world.doors, world.clock.now())
    (request,) = [row for row in world.journal.open_requests() if row["element"] == FILES]
    await world.run(request)
    assert (world.project["phase"], world.project["problem"]) == (FilePhase.PLANNED, None)
    assert check(world, "space", "").ok


async def test_f264_space_that_went_between_plan_and_approval_is_noticed(world: FileWorld, meter: Meter) -> None:
    await world.run(world.add())
    meter.left = 10
    said = await world.run(world.commands.approve(1))
    assert (said["problem"]["code"], world.copy) == ("DOC-32", {})
    assert world.project["phase"] == FilePhase.FIRST_SYNC
    meter.left = None
    await world.run()
    assert (world.copy, world.project["phase"]) == (world.procore.tree(), FilePhase.REGULAR)


async def test_f264_what_is_deleted_meanwhile_needs_no_space(world: FileWorld, meter: Meter) -> None:
    await world.run(world.add())
    meter.left = len(PLAN)
    await world.run(world.commands.approve(1))
    world.procore.remove("Plans/A-102.pdf")
    await world.run()  # plans anew
    said = await world.run()
    assert (said["problem"], world.copy) == (None, world.procore.tree())


# --- names and sizes --------------------------------------------------------------------------------


async def test_names_sizes_and_other_reasons_are_counted(world: FileWorld) -> None:
    """DOC-33, DOC-34 and DOC-96: together they are all that is not synchronized."""
    world.procore.put("x" * 300 + ".pdf", b"long")
    world.procore.put("~$open.xlsx", b"lock")
    await world.run(world.add(max_bytes=1_001))
    names, sizes = check(world, "names"), check(world, "sizes")
    assert names.problem == Problem("DOC-33", {"n": 1, "tool": "Documents"})
    assert sizes.problem == Problem("DOC-34", {"n": 1, "tool": "Documents"})
    assert check(world, "others").problem == Problem("DOC-96", {"n": 1, "tool": "Documents"})
    assert shown(world).apart == 3
    assert world.project["phase"] == FilePhase.PLANNED, "the rest goes on"


# --- forecast -------------------------------------------------------------------------------------


async def test_f276_the_forecast_of_a_plan_stands_beside_the_usual_one(world: FileWorld) -> None:
    """F114, F264, F276, F277."""
    await world.run(world.add(option="merge"))
    told = FileViews(world.database).forecast(1, BudgetRow(3_600, 3_600, None), STARTS_AT)
    assert (told.files, told.size_bytes) == (2, 2 * len(PLAN) + 1)
    assert (told.calls, told.usual_calls) == (4, 8)
    assert told.usual_duration == (timedelta(seconds=24), timedelta(seconds=40))
