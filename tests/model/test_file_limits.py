"""What is left where it is, and the reason that stands in the report (F134, C24)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import begun, edit, make
from file_world import D, P, Pair

from maestro_procore.model.file_items import FileItem, Flow, Waiting
from maestro_procore.model.file_limits import FileLimits
from maestro_procore.model.file_policy import FilePolicy
from maestro_procore.model.problems import Problem, message, remedy

XY = "A{x} y"


def named(name: str, size: int = 1) -> FileItem:
    return FileItem("1", "0", name, False, size)


@pytest.mark.parametrize(
    ("waiting", "code"),
    [
        (Waiting.LOCKED, "FIL-05"),
        (Waiting.CHECKED_OUT, "FIL-06"),
        (Waiting.UPLOADING, "FIL-07"),
        (Waiting.MALWARE, "FIL-08"),
        (Waiting.PACKAGE, "FIL-09"),
        (Waiting.SHORTCUT, "FIL-10"),
    ],
)
def test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason(waiting: Waiting, code: str) -> None:
    """F129, F133, §4 B13: FIL-05 to FIL-10."""
    pair = begun(XY)
    edit("A/x", "edited")(pair, P)
    pair.places[D].wait(pair.find(D, "A/x"), waiting)
    plan = pair.run()
    assert plan.actions == ()
    assert [(row.code, row.is_waiting) for row in plan.not_synchronized] == [(code, not waiting.is_lasting)]
    assert "x" in message(Problem(code, dict(plan.not_synchronized[0].args)), "fr")
    assert remedy(Problem(code, dict(plan.not_synchronized[0].args)), "en")


@pytest.mark.parametrize("waiting", [Waiting.LOCKED, Waiting.UPLOADING, Waiting.MALWARE])
def test_what_cannot_be_read_is_not_copied(waiting: Waiting) -> None:
    pair = begun(XY)
    make("n")(pair, D)
    pair.places[D].wait(pair.find(D, "n"), waiting)
    plan = pair.run()
    assert plan.actions == ()
    assert len(plan.not_synchronized) == 1


def test_what_is_checked_out_in_procore_is_copied_as_it_was() -> None:
    pair = begun(XY)
    make("n")(pair, P)
    pair.places[P].wait(pair.find(P, "n"), Waiting.CHECKED_OUT)
    assert [action.name for action in pair.run().actions] == ["n"]


@pytest.mark.parametrize(
    "name", ["plan.dwg", "house.rvt", "setup.exe", "all.zip", "no extension", ".hidden", "notes.txt", "données.xlsx"]
)
def test_f229_no_type_of_file_is_left_out(name: str) -> None:
    """F229."""
    assert FileLimits().why_left(named(name), "", 0) is None


@pytest.mark.parametrize(
    "name",
    ["~$plan.docx", "Thumbs.db", "THUMBS.DB", ".DS_Store", "a.tmp", "b.crdownload", "notes.txt~", "._x", "Desktop.ini"],
)
def test_what_programs_leave_behind_is_ignored(name: str) -> None:
    """FIL-04."""
    left = FileLimits().why_left(named(name), "", 0)
    assert left is not None
    assert (left.code, left.is_junk) == ("FIL-04", True)


def test_only_what_is_included_is_synchronized() -> None:
    limits = FileLimits(include=("*.pdf", "Plans/*"))
    assert limits.why_left(named("a.PDF"), "a.PDF", 0) is None
    assert limits.why_left(named("a.dwg"), "Plans/a.dwg", 1) is None
    assert limits.why_left(named("a.dwg"), "a.dwg", 0) is not None
    assert limits.why_left(FileItem("1", "0", "Folder", True), "Folder", 0) is None, "folders are walked all the same"


def test_f227_the_limit_is_a_setting() -> None:
    """F227: 1,000,000,000 bytes by default."""
    assert FileLimits().why_left(named("a", 999_999_999), "", 0) is None
    left = FileLimits().why_left(named("a", 1_000_000_000), "", 0)
    assert left is not None
    assert left.args == {"size_bytes": 1_000_000_000, "limit_bytes": 1_000_000_000}
    assert FileLimits(max_bytes=250_000_000_000).why_left(named("a", 1_000_000_000), "", 0) is None


def test_a_pair_that_grows_past_the_limit_stays_as_it_was() -> None:
    """FIL-01: the other side keeps what it has."""
    pair = begun(XY)
    item = pair.find(D, "A/x")
    edit("A/x", "big")(pair, D)
    pair.places[D].items[item] = pair.places[D].items[item]._replace(size_bytes=2_000_000_000)
    plan = pair.run()
    assert plan.actions == ()
    assert [row.code for row in plan.not_synchronized] == ["FIL-01"]


def test_f134_a_row_of_the_report_says_it_in_both_languages() -> None:
    pair = Pair()
    make("n" * 256)(pair, P)
    row = pair.plan().not_synchronized[0]
    assert message(Problem(row.code, dict(row.args)), "en").endswith(
        "is 1 character too long for OneDrive and SharePoint."
    )
    assert "n" * 255 in remedy(Problem(row.code, dict(row.args)), "fr")


def test_a_private_record_is_left_and_told() -> None:
    """FIL-30: a tool that is copied one way says so of a record that only some people may see."""
    pair = Pair(FilePolicy(flow=Flow.TO_DRIVE))
    make("RFI 7", None)(pair, P)
    place = pair.places[P]
    item_id = pair.find(P, "RFI 7")
    place.items[item_id] = place.items[item_id]._replace(waiting=Waiting.PRIVATE)
    plan = pair.run()
    assert (plan.actions, [(row.item.name, row.code) for row in plan.not_synchronized]) == ((), [("RFI 7", "FIL-30")])
