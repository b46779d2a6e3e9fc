"""The Daily Log with what people add to it, between both servers of the sandbox, to the signed proof (C5)."""

from typing import Any

import pytest

from tests.engine.sandbox_files import SandboxWorld, digest

pytestmark = pytest.mark.xdist_group("bad input of files")


@pytest.fixture
async def world(between: SandboxWorld) -> SandboxWorld:
    made, servers = between, between.servers
    day = made.clock.time.date().isoformat()
    servers.tell("state/notes_logs", {"project_id": made.procore_id, "date": day, "comment": "Coffrage"})
    await made.first(tools=("daily_log",))
    made.commands.attach_to_daily_log(1, True)
    made.day = day
    return made


def attached(world: SandboxWorld) -> list[str]:
    """Names of what is attached to notes of the project."""
    return sorted(each["name"] for row in notes(world) for each in row["attachments"])


def notes(world: SandboxWorld) -> list[Any]:
    return [row for row in world.servers.state("notes_logs") if row["project_id"] == world.procore_id]


async def proof(world: SandboxWorld) -> Any:
    request = world.commands.prove(1)
    await world.run(request)
    found = world.journal.file_proof_of(request["id"])
    assert found is not None
    return found["report"]


async def test_f184_f187_what_is_added_is_attached_copied_back_and_proven(world: SandboxWorld) -> None:
    world.in_drive(f"{world.day}/Bon nº 12.pdf", "%PDF bon")
    said = await world.run()
    assert (said["state"], said["errors"], attached(world)) == ("done", 0, ["Bon nº 12.pdf"])
    tree = world.drive_tree()
    assert tree[f"{world.day}/Bon nº 12.pdf"] == digest("%PDF bon")
    assert set(tree) == {world.day, f"{world.day}/{world.day}.pdf", f"{world.day}/Bon nº 12.pdf"}
    await world.run(world.commands.synchronize(1, full=True))
    report = await proof(world)
    assert report["agrees"], report["tools"][0]["differences"]
    assert (attached(world), world.drive_tree()) == (["Bon nº 12.pdf"], tree)


FAULTS: dict[str, dict[str, Any]] = {
    "the answer is lost": {"cut": "after"},
    "the call is cut": {"cut": "before"},
    "500 after it was made": {"status": 500, "apply": True},
    "503": {"status": 503, "headers": {"Retry-After": "5"}},
    "an answer without numbers": {"alter": {'"id":': '"identifier":'}},
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_f187_an_attachment_is_there_once_whatever_becomes_of_its_answer(world: SandboxWorld, fault: str) -> None:
    """F2 of the fault matrix."""
    world.in_drive(f"{world.day}/bon.pdf", "%PDF bon")
    with world.servers.fault(api="procore", method="POST", path="*/notes_logs", **FAULTS[fault]):
        await world.run()
    await world.run()
    await world.run(world.commands.synchronize(1, full=True))
    assert attached(world) == ["bon.pdf"]
    assert sum(path.endswith("bon.pdf") for path in world.drive_tree()) == 1
    assert (await proof(world))["agrees"]


async def test_f187_what_was_added_and_is_deleted_with_its_note_goes_from_the_drive(world: SandboxWorld) -> None:
    world.in_drive(f"{world.day}/bon.pdf", "%PDF bon")
    await world.run()
    (note,) = (row for row in notes(world) if row["attachments"])
    world.servers.remove("notes_logs", note["id"])
    await world.run()
    assert set(world.drive_tree()) == {world.day, f"{world.day}/{world.day}.pdf"}
