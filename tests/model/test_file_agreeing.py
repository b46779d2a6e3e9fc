"""A run may stop after any action: what is agreed then is what really is in step (F1, F2)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import OPERATIONS, begun, look, lost, unfounded
from file_world import D, P, Pair, assert_in_step

from maestro_procore.model.file_agreeing import ItemMissing, agreed_after
from maestro_procore.model.file_items import agree
from maestro_procore.model.file_plan import FileVerb

XY = "A{x} y"
CUT = [
    ("rename x and edit", "edit x"),
    ("rename y to n", "make n"),
    ("make folder n", "make n"),
    ("x and y change places", "edit y"),
    ("rename y to A, A to y", "make n in A"),
    ("wrap in a new folder", "rename A"),
    ("delete A", "edit x"),
    ("x becomes a folder", "edit x"),
    ("move x out as n", "rename y to n"),
]


@pytest.mark.parametrize(("here", "there"), CUT, ids=[f"{here} | {there}" for here, there in CUT])
@pytest.mark.parametrize("side", [P, D])
def test_a_run_may_stop_after_any_action(here: str, there: str, side: str) -> None:
    for stop_after in range(9):
        pair = begun(XY)
        OPERATIONS[XY][here](pair, P if side is P else D)
        OPERATIONS[XY][there](pair, D if side is P else P)
        before = look(pair)
        pair.run(stop_after=stop_after)
        pair.settle(4)
        assert lost(pair, before) == [], stop_after
        assert unfounded(pair, before) == [], stop_after
        assert_in_step(pair)


def test_a_rename_leaves_an_edit_to_be_copied() -> None:
    pair = begun(XY)
    OPERATIONS[XY]["rename x and edit"](pair, P)
    plan = pair.run(stop_after=1)
    assert [action.verb for action in plan.actions] == [FileVerb.MOVE, FileVerb.VERSION]
    assert [action.verb for action in pair.plan().actions] == [FileVerb.VERSION]


def test_an_action_whose_items_are_not_handed_over_is_a_mistake_of_the_program() -> None:
    pair = Pair()
    OPERATIONS[XY]["make n"](pair, P)
    with pytest.raises(ItemMissing):
        agreed_after(pair.plan().actions[0], None, next(pair.live(P)), None)


def test_the_agreement_holds_what_each_side_calls_it() -> None:
    pair = begun(XY)
    known = next(iter(pair.agreements))
    assert agree(pair.places[P].items[known.procore_id], pair.places[D].items[known.drive_id]) == known
