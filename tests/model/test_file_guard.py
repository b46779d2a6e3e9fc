"""Unusually many deletions are held, listed and asked about (C16, F249, F252 to F254, UB1)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import delete, make
from file_world import D, P, Pair, assert_in_step

from maestro_procore.model import file_guard
from maestro_procore.model.file_guard import DeleteLimits, guard
from maestro_procore.model.file_items import Agreements
from maestro_procore.model.file_plan import FilePlan, FileVerb
from maestro_procore.model.problems import message

NUMBER_ONLY = DeleteLimits(percent=None)


def project(files: int) -> Pair:
    """So many files on both sides."""
    pair = Pair()
    for number in range(files):
        make(f"{number}")(pair, P)
    pair.run()
    return pair


def lessened(files: int, deleted: int) -> tuple[Pair, FilePlan]:
    pair = project(files)
    for number in range(deleted):
        delete(f"{number}")(pair, P)
    return pair, pair.plan()


@pytest.mark.parametrize(("deleted", "is_held"), [(249, False), (250, False), (251, True)])
def test_f249_more_than_250_deletions_are_held(deleted: int, is_held: bool) -> None:
    """F249: FIL-15 at the threshold, one below and one above."""
    _, plan = lessened(300, deleted)
    guarded = guard(plan, 300, NUMBER_ONLY)
    assert (guarded.held is not None) == is_held
    if guarded.held is not None:
        assert (guarded.held.problem.code, guarded.held.items) == ("FIL-15", 251)
        assert "251" in message(guarded.held.problem, "fr")


@pytest.mark.parametrize(("deleted", "is_held"), [(19, False), (20, False), (21, True)])
def test_more_than_a_tenth_of_a_project_is_held(deleted: int, is_held: bool) -> None:
    """FIL-16."""
    _, plan = lessened(200, deleted)
    held = guard(plan, 200, DeleteLimits()).held
    assert (held is not None and held.problem.code == "FIL-16") == is_held


def test_a_few_files_of_a_small_project_may_go() -> None:
    _, plan = lessened(20, 9)
    assert guard(plan, 20, DeleteLimits()).held is None


def test_what_was_deleted_today_counts() -> None:
    _, plan = lessened(300, 60)
    assert guard(plan, 300, NUMBER_ONLY, deleted_today=190).held is None
    assert guard(plan, 300, NUMBER_ONLY, deleted_today=191).held is not None
    assert guard(plan, 300, NUMBER_ONLY, deleted_today=100, deleted_elsewhere=90).held is None
    assert guard(plan, 300, NUMBER_ONLY, deleted_today=100, deleted_elsewhere=91).held is not None
    _, few = lessened(300, 20)
    assert guard(few, 300, DeleteLimits(items=None), deleted_elsewhere=10_000).held is None, (
        "a share is that of one tool"
    )


def test_a_side_that_was_emptied_is_held_with_its_own_reason() -> None:
    """F21: FIL-14; 0 deletions without consent."""
    pair, plan = lessened(12, 12)
    guarded = guard(plan, 12, DeleteLimits(items=None, percent=None))
    assert guarded.held is not None
    assert guarded.held.problem.code == "FIL-14"
    assert guarded.actions == ()
    assert len(pair.places[D].items) == 12


def test_a_folder_counts_with_all_that_is_in_it() -> None:
    pair = Pair()
    make("A", None)(pair, P)
    for number in range(30):
        make(f"A/{number}")(pair, P)
        make(f"{number}")(pair, P)
    pair.run()
    delete("A")(pair, D)
    held = guard(pair.plan(), 61, DeleteLimits()).held
    assert held is not None
    assert held.items == 31
    assert [action.verb for action in held.actions] == [FileVerb.DELETE] + [FileVerb.FORGET] * 30


def test_everything_else_goes_on() -> None:
    pair = project(40)
    for number in range(20):
        delete(f"{number}")(pair, P)
    make("new")(pair, P)
    guarded = guard(pair.plan(), 40, DeleteLimits())
    assert [action.name for action in guarded.actions] == ["new"]


def held_project() -> tuple[Pair, file_guard.Held]:
    pair = Pair()
    make("A", None)(pair, P)
    for number in range(20):
        make(f"A/{number}")(pair, P)
    make("z")(pair, P)
    pair.run()
    delete("A")(pair, P)
    held = guard(pair.plan(), len(pair.agreements), DeleteLimits()).held
    assert held is not None
    return pair, held


def test_f254_applied_they_are_mirrored() -> None:
    """F254."""
    pair, held = held_project()
    guarded = guard(pair.plan(), 22, DeleteLimits(), approved=file_guard.approved_by(held))
    assert guarded.held is None
    pair.run()
    assert_in_step(pair)
    assert pair.places[D].paths().keys() == {"z"}


def test_f254_restored_they_come_back_from_the_other_side() -> None:
    """F254, §4 D27: with their names."""
    pair, held = held_project()
    ended = file_guard.pairs_to_forget(held, pair.places[D].tree(), pair.agreements)
    assert len(ended) == 21
    pair.agreements = Agreements(known for known in pair.agreements if (known.procore_id, known.drive_id) not in ended)
    pair.settle()
    assert_in_step(pair)
    assert len(pair.places[P].items) == 22


def test_f254_detached_both_sides_stay_as_they_are() -> None:
    pair, held = held_project()
    pair.agreements = Agreements(pair.agreements, file_guard.ids_to_detach(held))
    assert pair.plan().is_idle
    assert len(pair.places[D].items) == 22
    assert len(pair.places[P].items) == 1
