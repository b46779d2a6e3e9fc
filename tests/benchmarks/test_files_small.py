"""The benchmark `files` with few files: what a call costs does not depend on how many there are."""

from pathlib import Path

import pytest

from tests.benchmarks import measure_files
from tests.benchmarks.file_company import FileCompany
from tests.benchmarks.measure_files import BARS

FILES = 120
EXTRA_CALLS = 2
"""Of a first comparison beside its listing: the root folder, and the look at what is new before the plan goes."""

PROBE_CALLS = 2
"""A folder made and removed, when a project is added."""


async def test_f276_a_first_comparison_costs_its_listing_and_a_renamed_folder_one_call(tmp_path: Path) -> None:
    """Issue "Figures": listing, data on both sides, folder rename."""
    found = await measure_files.both_sides(tmp_path, FILES)
    assert found["listing_calls"] == 1
    assert found["both_sides_calls"] <= found["listing_calls"] + EXTRA_CALLS
    assert found["probe_calls"] <= PROBE_CALLS
    assert found["folder_rename_calls"] == BARS["folder_rename_calls"].aim
    assert (found["renamed_files"], found["not_arrived_both"], found["wasted_both"]) == (FILES, 0, 0)


async def test_f276_an_upload_costs_one_call_of_procore(tmp_path: Path) -> None:
    """Issue "Figures": calls per upload, where the content travels in the call that makes the file."""
    found = await measure_files.uploads(tmp_path, FILES)
    assert found["calls_per_upload"] == BARS["calls_per_upload"].aim
    assert (found["not_arrived_up"], found["wasted_up"]) == (0, 0)


async def test_an_upload_costs_two_calls_where_procore_takes_no_content(tmp_path: Path) -> None:
    """Issue "Carrying out": ≤ 2.02 without the deprecated way; what tries it out is one call."""
    found = await measure_files.in_two_calls(tmp_path, FILES)
    assert 2 < found["calls_per_upload_in_two"] <= BARS["calls_per_upload_in_two"].limit
    assert found["not_arrived_in_two"] == 0


async def test_files_of_the_same_name_and_size_but_other_dates_are_read_once_each(tmp_path: Path) -> None:
    """Procore knows no hashes: only the content tells, which costs a call. Equal ones are not brought over."""
    world = FileCompany(tmp_path, 20, procore=True, drive=True, drive_dates="2026-01-05T08:00:00Z")
    try:
        await world.add("merge")
        await world.run(world.commands.approve(1))
        calls = [call for call in world.calls() if call["api"] == "procore"]
        assert sum(call["method"] != "GET" for call in calls) <= PROBE_CALLS
        reads = [call for call in calls if call["method"] == "GET"]
        reads = [call for call in reads if not call["path"].endswith(("/documents", "/folders"))]
        assert len(reads) == 20, "one call a file; their addresses come with the list"
        assert world.in_procore() == world.in_drive()
    finally:
        world.close()


@pytest.mark.parametrize("side", ["procore", "drive"])
async def test_a_declared_size_stands_on_both_sides(tmp_path: Path, side: str) -> None:
    """Both carry a thousandth of what they declare; together exactly as much as was asked for."""
    world = FileCompany(tmp_path, 40, procore=True, drive=True)
    try:
        assert sum(getattr(world, f"in_{side}")().values()) == 40 * 1_000_000
    finally:
        world.close()
