"""Documents of one project with 50,000 files of 50 GB: what listing, uploading, renaming and a first comparison cost.

Both sides declare those sizes and carry a thousandth of them; the clock is virtual, the judge is the sandbox's call
log. Calls are Procore's unless they are told to be Graph's: those are the scarce ones (3,600 an hour).
"""

import asyncio
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maestro_procore.ports import Row
from tests import killing_files
from tests.benchmarks.companies import say
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.file_company import FileCompany

BARS = {
    "calls_per_upload": Bar(2.02, 1.0),
    "calls_per_upload_in_two": Bar(2.02, 2.0),
    "listing_calls": Bar(30, 26),
    "folder_rename_calls": Bar(2, 1),
    "both_sides_ratio": Bar(1.10, 1.01),
    "not_arrived": Bar(0, 0),
    "wasted": Bar(0, 0),
}
FILES = 50_000
FILES_IN_TWO_CALLS = 500
LARGE_BYTES = 999_999_999
"""One byte less than what is listed as not synchronized."""
LOOK_SECONDS = 0.2
LISTING = re.compile(r"/projects/[0-9]+/documents$")
LOT = "Lot 00"


def measure(files: int = FILES) -> dict[str, Number]:
    """Takes tens of minutes with all of them."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), files))


async def _measure(folder: Path, files: int) -> dict[str, Number]:
    figures: dict[str, Number] = {"files": files}
    for name, work in (("both", both_sides), ("up", uploads), ("in_two", in_two_calls)):
        place = folder / name
        place.mkdir()
        began = time.monotonic()
        figures |= await work(place, files)
        figures[f"{name}_seconds"] = round(time.monotonic() - began, 1)
    figures |= await asyncio.to_thread(one_large_file, LARGE_BYTES if files >= FILES else files * 10_000)
    for name in ("not_arrived", "wasted"):
        figures[name] = sum(value for key, value in figures.items() if key.startswith(f"{name}_"))
    return figures


async def both_sides(folder: Path, files: int) -> dict[str, Number]:
    """A first synchronization of a project whose files stand on both sides already, then renamed folders.

    A project that is added tries out once whether it may write (probe_calls): a start, which stands apart.
    """
    world = FileCompany(folder, files, procore=True, drive=True)
    try:
        await world.add("merge")
        planned = world.calls()
        _expect(await world.run(world.commands.approve(1)), "regular", world)
        first = [*planned, *world.calls()]
        listing = _of(planned, "procore", LISTING)
        probes = [call for call in _of(first, "procore") if call["method"] != "GET"]
        whole = len(_of(first, "procore")) - len(probes)
        say(f"files: both sides: {_kinds(first)}")
        renamed = await _renamed(world)
        return {
            "listing_calls": len(listing),
            "both_sides_ratio": whole / len(listing),
            "both_sides_calls": whole,
            "probe_calls": len(probes),
            "both_sides_graph_calls": len(_of(first, "graph")),
            **renamed,
            "not_arrived_both": _missing(world, files),
            "wasted_both": _wasted(first),
        }
    finally:
        world.close()


async def _renamed(world: FileCompany) -> dict[str, Number]:
    """Beside the two questions what is new, which a look at both sides costs anyway."""
    await world.rename_in_drive(LOT, "Lot A")
    world.calls()
    _expect(await world.run(world.commands.synchronize(1)), "regular", world)
    calls = world.calls()
    say(f"files: renamed in the drive: {_kinds(calls)}")
    in_procore = [call for call in _of(calls, "procore") if not LISTING.search(call["path"])]
    await world.rename_in_procore("Lot A", "Lot B")
    _expect(await world.run(world.commands.synchronize(1)), "regular", world)
    calls = world.calls()
    say(f"files: renamed in Procore: {_kinds(calls)}")
    in_graph = [call for call in _of(calls, "graph") if "/delta" not in call["path"]]
    return {
        "folder_rename_calls": len(in_procore),
        "folder_rename_graph_calls": len(in_graph),
        "renamed_files": sum(path.startswith("Lot B/") for path in world.in_drive()),
    }


async def uploads(folder: Path, files: int, **switches: Any) -> dict[str, Number]:
    """A first synchronization out of a full drive into an empty project."""
    world = FileCompany(folder, files, procore=False, drive=True, options=switches)
    try:
        await world.add("merge")
        world.calls()
        began_at = world.clock.now()
        _expect(await world.run(world.commands.approve(1)), "regular", world)
        calls = world.calls()
        hours = (world.clock.now() - began_at).total_seconds() / 3600
        say(f"files: uploads: {_kinds(calls)}")
        others = [call for call in _of(calls, "procore") if not LISTING.search(call["path"])]
        folders = [call for call in others if call["path"].endswith("/folders")]
        return {
            "calls_per_upload": (len(others) - len(folders)) / files,
            "graph_calls_per_upload": len(_of(calls, "graph")) / files,
            "folder_calls": len(folders),
            "virtual_hours": round(hours, 2),
            "files_an_hour": round(files / hours) if files >= 3_600 else 0,
            "not_arrived_up": _missing(world, files),
            "wasted_up": _wasted(calls),
        }
    finally:
        world.close()


async def in_two_calls(folder: Path, files: int) -> dict[str, Number]:
    """The same where Procore no longer takes a content in the call that makes the file."""
    found = await uploads(folder, min(files, FILES_IN_TWO_CALLS), multipart_uploads=False)
    return {"calls_per_upload_in_two": found["calls_per_upload"], "not_arrived_in_two": found["not_arrived_up"]}


def one_large_file(file_bytes: int = LARGE_BYTES) -> dict[str, Number]:
    """The real program brings one real file over, from the sandbox's process through the disk and back to it.

    large_seconds: of that run; large_memory_mb: the most that its process held. The sizes here are not scaled.
    """
    with killing_files.file_world(1, 0.0, files=1, file_bytes=file_bytes, latency_ms=0) as world:
        world.program.run(*world.next_words())
        began = time.monotonic()
        process = world.program.start(*world.next_words())
        memory_mb = 0.0
        while process.poll() is None:
            memory_mb = max(memory_mb, memory_of(process.pid))
            time.sleep(LOOK_SECONDS)
        process.communicate()
        seconds = time.monotonic() - began
        procore, drive = world.in_procore(), world.in_drive()
        left = [*(world.program.profile / "on-their-way").iterdir()]
    return {
        "large_bytes": file_bytes,
        "large_seconds": round(seconds, 1),
        "large_memory_mb": round(memory_mb, 1),
        "not_arrived_large": int(not procore or procore != drive) + len(left),
    }


def memory_of(pid: int) -> float:
    """MB that a process has ever held so far; 0 where the system does not say."""
    try:
        words = Path(f"/proc/{pid}/status").read_text().split()
        return int(words[words.index("VmHWM:") + 1]) / 1_024
    except (OSError, ValueError):
        return 0.0


# --- judging --------------------------------------------------------------------------------------


def _of(calls: Sequence[Row], api: str, path: re.Pattern[str] | None = None) -> list[Row]:
    return [call for call in calls if call["api"] == api and (path is None or path.search(call["path"]))]


def _wasted(calls: Sequence[Row]) -> int:
    """Calls of either side that nobody needed: refused for the limit or a right, or about what is not there."""
    refused = [call for call in calls if call["status"] in (None, 403, 404, 429)]
    for call in refused[:5]:
        say(f"files: wasted {call['method']} {call['path']} {call['status']}")
    return len(refused)


def _kinds(calls: Sequence[Row]) -> dict[str, int]:
    """How often which kind of call; ids and names left out."""
    kinds = Counter(
        f"{call['api']} {call['method']} {re.sub(r'(?<=/)[^/]*[0-9!][^/]{5,}', '#', call['path'])}" for call in calls
    )
    return dict(kinds.most_common(12))


def _missing(world: FileCompany, files: int) -> int:
    """Files that do not stand on both sides with the same path and size, and those that are too many."""
    procore, drive = world.in_procore().items(), world.in_drive().items()
    left = [*world.temporary.iterdir()]
    return len(procore ^ drive) + abs(len(procore) - files) + len(left)


def _expect(request: Row, phase: str, world: FileCompany) -> None:
    project = world.journal.file_project(1)
    if request["state"] != "done" or project is None or project["phase"] != phase:
        raise AssertionError(f"the run did not end well: {request} {project}")
