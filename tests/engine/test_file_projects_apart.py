"""Several projects beside each other: what one of them lacks does not keep the others."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.engine.file_watch import order_due
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, message, remedy
from maestro_procore.ports import Row
from maestro_procore.store.file_tables import PROOF
from maestro_procore.store.file_views import FileViews
from maestro_procore.store.tables import REQUEST
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import FileWorld

A, B = 77, 78
NO_RIGHT = FileCallFailed(FileTrouble.FORBIDDEN, Problem("SRV-08", {}))


class TwoProjects(FileWorld):
    """Procore has a store for each tool of each project; the drive is one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.tools: dict[tuple[int, str], MemoryStore] = {}

    def tool(self, project: int, tool: str) -> MemoryStore:
        return self.tools.setdefault((project, tool), MemoryStore(f"{project}-{tool}", self.clock.now))

    def add_project(self, number: int, name: str, *tools: str) -> Row:
        for tool in tools:
            self.tool(number, tool).put("Plans/A-101.pdf", f"{name} {tool}".encode())
        wanted = NewFileProject(name, number, "drive-1", self.drive.root_id, tools)
        return self.commands.add(wanted, procore_company=5)

    async def _stores(self, project: Row, pair: Row) -> Mapping[FileSide, FileStore]:
        ours = self.tool(project["procore_project"], pair["tool"])
        return {FileSide.PROCORE: ours, FileSide.DRIVE: self.drive}  # type: ignore[dict-item]

    def phase(self, number: int) -> FilePhase:
        (row,) = [row for row in self.journal.file_projects() if row["procore_project"] == number]
        return FilePhase(row["phase"])


@pytest.fixture
def world(tmp_path: Path) -> TwoProjects:
    return TwoProjects(tmp_path)


def forbid(store: MemoryStore, *calls: str) -> None:
    def before(call: str) -> None:
        if not calls or call in calls:
            raise NO_RIGHT

    store.before = before


async def test_f177_a_project_without_rights_is_blocked_with_its_reason_and_the_other_runs(world: TwoProjects) -> None:
    forbid(world.tool(B, "documents"))
    await world.run(world.add_project(A, "Pont", "documents"))
    said = await world.run(world.add_project(B, "École", "documents"))
    told = Problem.from_json(said["problem"])
    assert (said["state"], told) == ("failed", Problem("DOC-30", {"tool": "Documents", "name": "École"}))
    assert (world.phase(A), world.phase(B)) == (FilePhase.PLANNED, FilePhase.ADDED)
    await world.run(world.commands.approve(1))
    assert world.phase(A) is FilePhase.REGULAR
    assert "/Procore/Pont/Documents/Plans/A-101.pdf" in world.drive.tree()
    assert not [path for path in world.drive.tree() if path.startswith("/Procore/École")]


async def test_f216_a_matrix_tells_of_each_tool_of_each_project_whether_its_rights_are_there(
    world: TwoProjects,
) -> None:
    forbid(world.tool(B, "photos"), "probe")
    await world.run(world.add_project(A, "Pont", "documents", "photos"))
    await world.run(world.add_project(B, "École", "documents", "photos"))
    matrix = {
        (row.name, check.tool): check.ok
        for row in FileViews(world.database).projects()
        for check in row.preflight
        if check.what == "rights_procore"
    }
    assert matrix == {
        ("Pont", "documents"): True,
        ("Pont", "photos"): True,
        ("École", "documents"): True,
        ("École", "photos"): False,
    }


async def test_f178_a_permission_that_goes_later_names_the_tool_and_the_project(world: TwoProjects) -> None:
    await world.run(world.add_project(A, "Pont", "documents", "photos"))
    await world.run(world.commands.approve(1))
    forbid(world.tool(A, "photos"))
    world.tool(A, "documents").put("new.pdf", b"%PDF new")
    said = await world.run(world.commands.synchronize(1))
    told = Problem.from_json(said["problem"])
    assert told == Problem("DOC-30", {"tool": "Photos", "name": "Pont"})
    assert "Photos of project Pont" in message(told, "en")
    assert "permission" in remedy(told, "en")
    assert "/Procore/Pont/Documents/new.pdf" in world.drive.tree(), "the other tool goes on"


async def test_f179_only_the_projects_that_were_chosen_are_called_for(world: TwoProjects) -> None:
    for number, name in ((A, "Pont"), (B, "École")):
        await world.run(world.add_project(number, name, "documents"))
    await world.run(world.commands.approve(1))
    await world.run(world.commands.approve(2))
    world.commands.remove(2)
    for store in world.tools.values():
        store.calls.clear()
    world.clock.advance(timedelta(minutes=10))
    order_due(world.doors, world.clock.now())
    for request in world.journal.open_requests():
        await world.run(request)
    assert (world.tool(A, "documents").calls, world.tool(B, "documents").calls) == (["changes"], [])


async def test_a_project_never_inherits_the_history_of_one_that_was_removed(world: TwoProjects) -> None:
    """Its number is not given again: requests and proofs outlive a project."""
    first = world.add_project(A, "Aréna", "documents")
    await world.run(first)
    await world.run(world.commands.approve(int(first["project"])))
    await world.run(world.commands.prove(int(first["project"])))
    world.commands.remove(int(first["project"]))
    second = world.add_project(B, "Bureaux", "documents")
    assert second["project"] != first["project"]
    (shown,) = FileViews(world.database).projects()
    assert (shown.id, shown.name, shown.request_id, shown.state) == (
        *(int(second["project"]), "Bureaux", second["id"]),
        "queued",
    )
    with world.database.read() as tx:
        old = tx.execute(sa.select(REQUEST.c.project).where(REQUEST.c.id != second["id"])).scalars().all()
        proofs = tx.execute(sa.select(PROOF.c.project_id)).scalars().all()
    assert set(old) == {first["project"]} and proofs == [int(first["project"])]
