"""Files and Procore's hourly limit: what the server says counts, nothing of our own, and records share it with files.

Both servers are the sandbox's, in this process and on a virtual clock; its call log is the judge. Limits and files are
scaled by 1:100.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from maestro_procore.ports import Row
from maestro_procore.procore.file_calls import ProcoreFiles
from tests.benchmarks.file_company import FileCompany

HOUR = timedelta(hours=1)
FILES = 60
USUAL = 9
"""Files in an hour of the usual product, scaled as the rest: it takes four calls for each."""


async def nothing(_connection: ProcoreFiles) -> None:
    return None


async def uploaded(
    world: FileCompany, meanwhile: Callable[[ProcoreFiles], Awaitable[None]] = nothing
) -> tuple[timedelta, Sequence[Row]]:
    """How long a first synchronization out of a full drive takes by the virtual clock, and its counted calls."""
    await world.add("merge")
    world.calls()
    world.clock.advance(HOUR + timedelta(minutes=1))  # the next call opens a new hour of the server's
    began = world.clock.now()
    of_the_plan = world.procore_calls
    running = asyncio.ensure_future(world.run(world.commands.approve(1)))
    while world.procore_calls is of_the_plan:
        await asyncio.sleep(0)
    assert world.procore_calls is not None
    said, _ = await asyncio.gather(running, meanwhile(world.procore_calls))
    assert said["state"] == "done", said["problem"]
    assert len(world.in_procore()) == FILES
    return world.clock.now() - began, [call for call in world.calls() if call["api"] == "procore"]


def fullest_hour(calls: Sequence[Row]) -> int:
    """Calls of the server's fullest hour; an hour begins with the first call after the one before."""
    hours: Counter[datetime] = Counter()
    began: datetime | None = None
    for call in calls:
        at = datetime.fromisoformat(call["at"])
        if began is None or at - began >= HOUR:
            began = at
        hours[began] += 1
    return max(hours.values())


@pytest.mark.parametrize(("hourly_limit", "hours"), [(36, 1), (360, 0)], ids=["the usual limit", "ten times as much"])
async def test_f274_what_the_server_allows_is_the_only_limit(tmp_path: Path, hourly_limit: int, hours: int) -> None:
    """The headers of its answers say how much it is; with ten times as much everything goes in the first hour."""
    world = FileCompany(tmp_path, FILES, procore=False, drive=True, hourly_limit=hourly_limit)
    try:
        took, calls = await uploaded(world)
    finally:
        world.close()
    assert int(took / HOUR) == hours, took
    assert 429 not in {call["status"] for call in calls}
    assert fullest_hour(calls) <= hourly_limit
    assert FILES / max(1, hours + 1) > USUAL


async def test_f275_files_and_records_together_never_pass_the_hourly_limit(tmp_path: Path) -> None:
    world = FileCompany(tmp_path, FILES, procore=False, drive=True, hourly_limit=36)

    async def read_records(connection: ProcoreFiles) -> None:
        for _ in range(40):
            await connection.read_page("companies", 1, None)

    try:
        took, calls = await uploaded(world, read_records)
    finally:
        world.close()
    paths = [call["path"] for call in calls]
    of_records = [path for path in paths if path.endswith("/companies")]
    assert len(of_records) > 20 and len(paths) - len(of_records) >= FILES, "both were at work"
    assert 429 not in {call["status"] for call in calls}
    assert fullest_hour(calls) <= 36
    assert took >= 2 * HOUR


async def test_f275_the_program_has_one_connection_for_files_and_records(tmp_path: Path) -> None:
    """And so one gate: what one of them spends is missing to the other."""
    from maestro_procore.places import open_profile
    from maestro_procore.wiring import House
    from tests.programs import sandbox_inside

    with sandbox_inside() as control:
        house = House(open_profile(tmp_path / "profile", training=True), is_training=True, control=control.url)
        try:
            doors = house.host()._doors
            assert doors.files is not None
            of_records = await doors.procore()
            project = {
                "procore_project": 1,
                "procore_connection": 0,
                "account": "",
                "drive_id": control.line["drive_id"],
            }
            project |= {"destination": "", "name": "Pont", "top_name": "Procore"}
            stores = await doors.files.stores(project, {"id": 1, "tool": "documents", "name": ""})
            assert stores["procore"]._calls is of_records  # type: ignore[attr-defined, index]
            await house._hang_up()
        finally:
            house.close()
