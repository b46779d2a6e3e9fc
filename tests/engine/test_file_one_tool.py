"""One tool that Procore does not show stops alone: it is told as what it is, rests alone, and nothing is deleted."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from maestro_procore.engine.file_watch import RETRY, order_due
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row
from maestro_procore.store.file_views import FileViews
from tests.engine.file_side import MemoryStore
from tests.engine.file_world import FileWorld

REFUSED = Problem("SRV-09", {"text": ""})
GONE, FORBIDDEN = FileTrouble.GONE, FileTrouble.FORBIDDEN


class TwoTools(FileWorld):
    """Documents and RFIs, each with a store of its own in Procore."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.rfis = MemoryStore("r", self.clock.now)

    async def _stores(self, project: Row, pair: Row) -> Mapping[FileSide, FileStore]:
        here = self.rfis if pair["tool"] == "rfis" else self.procore
        return {FileSide.PROCORE: here, FileSide.DRIVE: self.drive}  # type: ignore[dict-item]

    def copied(self, tool: str) -> dict[str, bytes | None]:
        return self.drive.tree(self.pair(tool)["drive_root"])

    def pair(self, tool: str) -> Row:
        return next(pair for pair in self.project["pairs"] if pair["tool"] == tool)


@pytest.fixture
def world(tmp_path: Path) -> TwoTools:
    made = TwoTools(tmp_path)
    made.procore.put("note.txt", b"hello")
    made.rfis.put("RFI 1/RFI 1.pdf", b"%PDF rfi")
    return made


def answers(trouble: FileTrouble) -> Callable[[str], None]:
    def before(_call: str) -> None:
        raise FileCallFailed(trouble, REFUSED)

    return before


async def in_step(world: TwoTools) -> None:
    await world.run(world.add(tools=("documents", "rfis")))
    await world.run(world.commands.approve(1))
    assert world.project["phase"] == FilePhase.REGULAR


@pytest.mark.parametrize(("trouble", "code"), [(GONE, "DOC-67"), (FORBIDDEN, "DOC-30")])
async def test_f217_a_tool_that_procore_does_not_show_is_told_before_the_first_plan(
    world: TwoTools, trouble: FileTrouble, code: str
) -> None:
    """A 404 on its list says what a 403 says: not active, or not for this account."""
    world.rfis.before = answers(trouble)
    said = await world.run(world.add(tools=("documents", "rfis")))
    (row,) = FileViews(world.database).projects(1)
    checks = {(check.tool, check.what): check for check in row.preflight}
    found = checks["rfis", "rights_procore"]
    assert (found.ok, found.problem.code if found.problem else "") == (False, code)
    assert (said["problem"]["code"], said["problem"]["args"]["tool"]) == (code, "RFIs")
    assert (world.project["phase"], world.project["problem"]) == (FilePhase.PLANNED, None)


@pytest.mark.parametrize(("trouble", "code"), [(GONE, "DOC-67"), (FORBIDDEN, "DOC-30")])
async def test_a_tool_that_is_switched_off_later_stops_alone_and_nothing_is_deleted(
    world: TwoTools, trouble: FileTrouble, code: str
) -> None:
    await in_step(world)
    world.rfis.before = answers(trouble)
    world.procore.put("more.txt", b"more")
    said = await world.run()
    assert (said["state"], said["problem"]["code"]) == ("failed", code)
    assert world.copied("documents") == world.procore.tree()
    assert world.copied("rfis") == {"/RFI 1": None, "/RFI 1/RFI 1.pdf": b"%PDF rfi"}
    assert (world.pair("rfis")["problem"]["code"], world.pair("documents")["problem"]) == (code, None)
    world.rfis.before = lambda call: None
    world.rfis.put("RFI 2/RFI 2.pdf", b"%PDF two")
    said = await world.run()
    assert (said["state"], world.copied("rfis"), world.pair("rfis")["problem"]) == ("done", world.rfis.tree(), None)


async def test_a_forbidden_tool_rests_and_the_others_are_looked_at_as_before(world: TwoTools) -> None:
    await in_step(world)
    world.commands.look_at(1)
    world.rfis.before = answers(FORBIDDEN)
    await world.run()
    assert world.project["problem"] is None, "what stops one tool stands with that tool"
    world.clock.advance(timedelta(minutes=1, seconds=5))
    world.rfis.calls.clear()
    world.procore.calls.clear()
    order_due(world.doors, world.clock.now())
    (request,) = world.journal.open_requests()
    said = await world.run(request)
    assert (world.procore.calls, world.rfis.calls) == (["changes"], [])
    assert said["problem"]["code"] == "DOC-30", "it is said as long as it stands"
    world.clock.advance(RETRY)
    world.commands.look_at(1)
    order_due(world.doors, world.clock.now())
    (request,) = world.journal.open_requests()
    await world.run(request)
    assert world.rfis.calls == ["changes"]


async def test_a_person_who_asks_is_answered_though_a_tool_rests(world: TwoTools) -> None:
    await in_step(world)
    world.rfis.before = answers(FORBIDDEN)
    await world.run()
    world.rfis.before = lambda call: None
    said = await world.run(world.commands.synchronize(1))
    assert (said["state"], world.pair("rfis")["problem"]) == ("done", None)


async def test_a_project_of_which_no_tool_is_shown_rests_as_a_whole(world: TwoTools) -> None:
    await in_step(world)
    world.rfis.before = world.procore.before = answers(GONE)
    await world.run()
    assert world.project["problem"]["code"] == "DOC-67"
    world.clock.advance(timedelta(minutes=1))
    world.commands.look_at(1)
    order_due(world.doors, world.clock.now())
    assert world.journal.open_requests() == []
    assert world.copied("documents") == {"/note.txt": b"hello"}


async def test_a_folder_of_the_drive_that_is_gone_is_told_when_somebody_lets_it_be_repaired(world: TwoTools) -> None:
    """FIL-13: and no flow falls over it."""
    await in_step(world)
    world.drive.move("Procore/École Saint-Édouard", "Procore/autre")
    await world.run()
    world.drive.remove("Procore/autre")
    said = await world.run(world.commands.go_on(1, repair=True))
    assert (said["state"], said["problem"]["code"]) == ("failed", "FIL-13")
    assert world.project["phase"] == FilePhase.PAUSED
    assert world.procore.tree() == {"/note.txt": b"hello"}


async def test_proofs_outlive_their_project(world: TwoTools) -> None:
    """Whoever holds a signed report may have it checked after `documents remove`."""
    await in_step(world)
    request = world.commands.prove(1)
    await world.run(request)
    proof = world.journal.file_proof_of(request["id"])
    assert proof is not None
    world.commands.remove(1)
    assert world.journal.file_projects() == []
    assert world.journal.is_own_proof(proof["signature"])
