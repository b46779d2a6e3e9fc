"""What files cost: counted call by call between both servers of the sandbox, and what the next forecast makes of it."""

from datetime import timedelta
from math import ceil
from pathlib import Path

import pytest

from maestro_procore.model.file_forecast import Forecast, Kind
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_lists import GOOD_FOR
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.procore.file_store import ProcoreStore
from maestro_procore.store.file_costs import pace_of
from maestro_procore.store.file_tables import COST
from maestro_procore.store.rows import BudgetRow
from tests.engine.sandbox_files import SandboxWorld

PROCORE, DRIVE = FileSide.PROCORE, FileSide.DRIVE
UP, EDIT = Kind(FileVerb.COPY, PROCORE, "documents"), Kind(FileVerb.VERSION, PROCORE, "documents")
DOWN, FOLDER = Kind(FileVerb.COPY, DRIVE, "documents"), Kind(FileVerb.CREATE_FOLDER, PROCORE, "documents")
BUDGET = BudgetRow(100_000, 100_000, None)


@pytest.fixture
def world(between: SandboxWorld) -> SandboxWorld:
    return between


# How Procore's own log tells what a call was for, as long as files only come and are edited.
BELONGS = {
    ("POST", "/rest/v1.0/folders"): FOLDER,
    ("POST", "/rest/v1.0/files"): UP,
    ("GET", "/prostore/file_versions/"): DOWN,
    ("GET", "/rest/v1.0/files/"): EDIT,
    ("PATCH", "/rest/v1.0/files/"): EDIT,
}


SHOWN = ("/rest/v1.0/folders/", "/rest/v1.0/images/")
"""Looks at one thing."""


class Log:
    """What arrived at Procore since this was made, and used up call limit."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._since = max((call["n"] for call in world.servers.calls()), default=0)

    def lines(self) -> list[tuple[str, str]]:
        made = [call for call in self._world.servers.calls() if call["n"] > self._since and call["counted"]]
        return [(call["method"], call["path"]) for call in made if call["api"] == "procore"]

    def of(self, kind: Kind) -> int:
        """Calls of one kind; an address for a content belongs to what alone sends contents meanwhile."""
        return sum(
            belongs is kind and method == made_by and (path == begin or (begin[-1] == "/" and path.startswith(begin)))
            for made_by, path in self.lines()
            for (method, begin), belongs in BELONGS.items()
        )

    @property
    def addresses(self) -> int:
        return sum(path.endswith("/uploads") for _, path in self.lines())

    @property
    def readings(self) -> int:
        return sum(path.endswith("/documents") for _, path in self.lines())


async def planned(world: SandboxWorld) -> Forecast:
    await world.run(world.commands.synchronize(1, preview=True))
    return world.views.forecast(1, BUDGET, world.clock.now())


def counted(world: SandboxWorld) -> dict[tuple[str, str], tuple[int, int]]:
    """(verb, side) → actions and calls, as the journal keeps them."""
    with world.database.read() as tx:
        return {(row.verb, row.target): (row.actions, row.calls) for row in tx.execute(COST.select())}


def put(world: SandboxWorld, folder: str, count: int) -> None:
    for number in range(count):
        world.in_drive(f"{folder}/D{number}.pdf", f"of the drive, {folder}, {number}")


@pytest.mark.parametrize("is_one_call", [True, False], ids=["content in the call", "content to the storage first"])
async def test_f276_after_a_first_synchronization_the_forecast_is_what_procore_logged(
    world: SandboxWorld, is_one_call: bool
) -> None:
    """F276: to the call, with four files on their way at a time; the switch is what Procore's documents leave open."""
    with world.servers.switched(multipart_uploads=is_one_call):
        for number in range(6):
            world.in_procore(f"P{number}.pdf", f"of Procore {number}")
        await world.run(await world.add())
        before = world.views.forecast(1, BUDGET, world.clock.now())
        assert (before.calls, before.is_measured) == (6 + 2, False), "as documented: one call a download, and two lists"
        log = Log(world)
        await world.run(world.commands.approve(1))
        assert len(log.lines()) == before.calls
        assert counted(world) == {("copy", "drive"): (6, log.of(DOWN))}

        put(world, "New", 8)
        told = await planned(world)
        assert (told.least_calls, told.calls) == (8 + 1 + 2, 1 + 8 * 2 + 1 + 2), (
            "as documented: nothing was sent up yet"
        )
        log = Log(world)
        await world.run()
        uploads = log.of(UP) + log.addresses
        assert len(log.lines()) == (told.least_calls if is_one_call else told.calls)
        assert uploads == (8 if is_one_call else 1 + 8 * 2), "one more where the first one had to find out"
        assert counted(world) == {
            ("copy", "drive"): (6, 6),
            ("copy", "procore"): (8, uploads),
            ("create_folder", "procore"): (1, log.of(FOLDER)),
        }
        assert len(log.lines()) == uploads + log.of(FOLDER) + log.readings

        put(world, "More", 16)
        told = await planned(world)
        assert told.is_measured
        assert told.calls == ceil(16 * uploads / 8 + log.of(FOLDER)) + 2
        assert told.usual_calls == 16 * 4, "beside it, whatever ours is"
        log = Log(world)
        await world.run()
        assert len(log.lines()) == 2 + (17 if is_one_call else 33)
        assert abs(told.calls - len(log.lines())) <= (0 if is_one_call else 2), "it found out only once"


@pytest.mark.parametrize("is_one_call", [True, False], ids=["content in the call", "content to the storage first"])
async def test_f276_what_was_never_done_is_told_by_what_uploads_have_found_out(
    world: SandboxWorld, is_one_call: bool
) -> None:
    """An edit costs a look and an upload; how many calls that is, any upload before it has shown."""
    with world.servers.switched(multipart_uploads=is_one_call):
        await world.run(await world.add())
        put(world, "Plans", 3)
        await world.run()
        for number in range(2):
            world.in_drive(f"Plans/D{number}.pdf", f"edited {number}")
        told = await planned(world)
        assert (told.calls, told.is_measured) == (2 * (2 if is_one_call else 3) + 2, False)
        assert told.least_calls == told.calls
        log = Log(world)
        await world.run()
        assert len(log.lines()) == told.calls
        assert log.of(EDIT) + log.addresses == told.calls - log.readings
        assert counted(world)["version", "procore"] == (2, told.calls - 2)


@pytest.mark.parametrize("has_both_sides", [False, True], ids=["empty destination", "data on both sides"])
async def test_f104_a_first_synchronization_makes_the_calls_that_were_foretold(
    world: SandboxWorld, has_both_sides: bool
) -> None:
    """Lists included; what Procore holds is older than what its lists of changes tell, and lies in several folders.

    Its addresses come with one list then, not folder by folder and image by image.
    """
    folders = [world.in_procore(f"Folder {number}") for number in range(4)]
    for number in range(8):
        world.in_procore(f"P{number}.pdf", f"of Procore {number}", parent=folders[number % 4]["id"])
    await world.run(await world.add(("documents", "photos"), "merge" if has_both_sides else "mirror"))
    if has_both_sides:
        put(world, "Folder 1", 3)
        world.in_drive("Folder 2/P2.pdf", "of Procore 2")
    world.clock.advance(timedelta(hours=2))
    told = await planned(world)
    world.clock.advance(timedelta(hours=2))
    log = Log(world)
    assert (await world.run(world.commands.approve(1)))["state"] == "done"
    assert told.least_calls == len(log.lines()), log.lines()
    assert log.of(DOWN) == told.down.files + told.compared and told.listing_calls == 4
    assert not [path for method, path in log.lines() if method == "GET" and path.startswith(SHOWN)], "no single looks"
    assert told.calls == told.least_calls + (1 + 3 if has_both_sides else 0), "an upload in two calls, and the first"


async def test_f104_a_long_run_makes_the_looks_for_expired_addresses_that_were_foretold(
    world: SandboxWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each content takes a minute and a half: after half an hour the addresses of the list are too old."""
    fetch = ProcoreStore._fetch

    async def slowly(store: ProcoreStore, url: str, into: Path) -> None:
        await fetch(store, url, into)
        world.clock.advance(timedelta(seconds=90))

    monkeypatch.setattr(ProcoreStore, "_fetch", slowly)
    for number in range(4):
        world.in_procore(f"P{number}.pdf", f"of Procore {number}")
    await world.run(await world.add())
    await world.run(world.commands.approve(1))
    for number in range(12):
        folder = world.in_procore(f"Folder {number}")
        for name in ("a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"):
            world.in_procore(name, f"{name} in {number}", parent=folder["id"])
    told = await planned(world)
    assert told.duration > 3 * GOOD_FOR
    log = Log(world)
    await world.run()
    looks = len([path for method, path in log.lines() if method == "GET" and path.startswith(SHOWN)])
    assert looks > 0
    assert told.look_calls == pytest.approx(looks, abs=2), "four go over together: a folder at the border counts or not"
    assert told.calls == pytest.approx(len(log.lines()), abs=2)


async def test_f276_retries_and_looks_count(world: SandboxWorld) -> None:
    """A broken answer: the file may be there, so the folder is looked at before it is sent again."""
    await world.run(await world.add())
    put(world, "Plans", 5)
    log = Log(world)
    with world.servers.fault(api="procore", method="POST", path="*/files", nth=3, cut="after", times=1):
        said = await world.run()
    assert said["errors"] == 0
    looks = len([line for line in log.lines() if line[0] == "GET" and "/folders/" in line[1]])
    shown = log.of(EDIT)  # the same address as an edit's look: whether the file that stands there is ours
    assert looks >= 1
    assert counted(world)["copy", "procore"] == (5, log.of(UP) + looks + shown)
    assert sum(calls for _, calls in counted(world).values()) == len(log.lines()) - log.readings


async def test_f276_what_is_refused_has_cost_its_calls_as_well(world: SandboxWorld) -> None:
    """In the call, then by way of the storage, and a look whether its name is taken: the plan had it as one action."""
    await world.run(await world.add())
    put(world, "Plans", 1)
    log = Log(world)
    with world.servers.fault(api="procore", method="POST", path="*/files", status=422, times=None):
        said = await world.run()
    assert said["errors"] == 1
    spent = len(log.lines()) - log.readings - log.of(FOLDER)
    assert counted(world)["copy", "procore"] == (1, spent)
    assert spent >= log.of(UP) + log.addresses == 3


async def test_f276_what_a_stopped_run_has_spent_on_an_action_is_not_lost(world: SandboxWorld) -> None:
    """The next run ends the action: it is counted once, with the calls of both."""
    await world.run(await world.add())
    put(world, "Plans", 1)
    log = Log(world)
    with world.servers.fault(api="procore", method="POST", path="*/files", status=403, times=1):
        said = await world.run()
    assert said["state"] == "failed"
    assert counted(world)["copy", "procore"] == (0, 1)
    await world.run(world.commands.synchronize(1))
    assert counted(world)["copy", "procore"] == (1, log.of(UP))
    assert log.of(UP) == 2


async def test_f276_a_second_project_of_the_company_starts_with_what_the_first_has_measured(
    world: SandboxWorld,
) -> None:
    """And one of another company does not."""
    await world.run(await world.add())
    put(world, "Plans", 2)
    await world.run()
    with world.journal.begin() as tx:
        for company in (world.project["procore_company"], 4711):
            row = {"name": f"of {company}", "procore_company": company, "procore_project": company, "drive_id": "d"}
            world.journal.add_file_project(tx, row, [{"tool": "documents"}])
    with world.database.read() as tx:
        same, other = (pace_of(tx, number, BUDGET) for number in (2, 3))
    assert (same.of(UP), other.of(UP)) == ((1, 1, True), (1, 2, False))
    assert other.calls == {}
