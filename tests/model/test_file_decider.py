"""The decider, rule by rule and story by story."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import begun, both, delete, edit, make, move, rename
from file_world import D, P, Pair, assert_in_step

from maestro_procore.model.file_decider import decide
from maestro_procore.model.file_items import Agreements, FileItem, Flow, Waiting, tree_of
from maestro_procore.model.file_limits import FileLimits
from maestro_procore.model.file_plan import ConflictChoice, ConflictKind, FileRule, FileVerb, Settled
from maestro_procore.model.file_policy import ConflictRule, FilePolicy

XY = "A{x} y"


def verbs(pair: Pair) -> dict[str, int]:
    return dict(Counter(action.verb.value for action in pair.plan().actions))


# --- first synchronization ------------------------------------------------------------


def test_f097_f102_the_first_synchronization_makes_folders_before_files() -> None:
    """F097, F102, F103."""
    pair = Pair()
    for path, content in (("A", None), ("A/B", None), ("A/B/x", "x"), ("y", "y")):
        make(path, content)(pair, P)
    plan = pair.run()
    assert [action.verb for action in plan.actions] == [FileVerb.CREATE_FOLDER] * 2 + [FileVerb.COPY] * 2
    assert [action.name for action in plan.actions[:2]] == ["A", "B"]
    assert plan.actions[1].parent_action == 0
    assert_in_step(pair)


def test_f110_f111_data_on_both_sides_ends_up_on_both_sides() -> None:
    """F110, F111."""
    pair = Pair()
    for number in range(10):
        make(f"d{number}")(pair, D)
    for number in range(3):
        make(f"p{number}")(pair, P)
    assert pair.settle() == 1
    assert_in_step(pair)
    assert len(pair.places[P].items) == 13


def test_f115_f120_equal_files_of_both_sides_become_pairs_without_a_transfer() -> None:
    """F115, F120, a9."""
    pair = Pair()
    for side in (P, D):
        make("A", None)(pair, side)
        item = pair.places[side].make(pair.find(side, "A"), "plan.pdf", "same")
        pair.places[side].items[item.id] = pair.places[side].items[item.id]._replace(modified=None, content_hash="h:1")
    assert verbs(pair) == {"adopt": 2}
    pair.run()
    assert pair.plan().is_idle


def test_only_doubtful_files_are_read() -> None:
    """Equal size, another time and no hash of Procore's: reading tells that they are equal."""
    pair = Pair()
    for side in (P, D):
        make("plan.pdf", "same")(pair, side)
    assert verbs(pair) == {"compare": 1}
    pair.run()
    assert verbs(pair) == {"adopt": 1}


def test_f116_f117_f118_the_newest_wins_the_first_synchronization_and_the_loser_is_the_version_before() -> None:
    """F116 to F119, C17."""
    pair = Pair(FilePolicy(conflicts=ConflictRule.NEWEST_WINS))
    make("Plan.PDF", "older")(pair, P)
    make("plan.pdf", "the newer one")(pair, D)
    plan = pair.run()
    assert [(a.verb, a.target, a.rule) for a in plan.actions] == [(FileVerb.VERSION, P, FileRule.NEWEST_WINS)]
    assert plan.conflicts[0].kind is ConflictKind.CREATED_TWICE
    assert pair.places[P].past == ["older"]
    assert pair.plan().is_idle


def test_f106_what_is_added_during_the_first_synchronization_is_caught_up() -> None:
    """F105, F106."""
    pair = Pair()
    make("A", None)(pair, P)
    make("A/x")(pair, P)
    plan = pair.plan()
    make("n", "meanwhile")(pair, D)
    pair.run(plan)
    assert verbs(pair) == {"copy": 1}
    pair.run()
    assert_in_step(pair)


# --- identity by id ------------------------------------------------------------


def test_f204_a_renamed_folder_of_5000_files_is_one_action() -> None:
    """F204, a8."""
    pair = Pair()
    make("A", None)(pair, P)
    folder = pair.find(P, "A")
    place = pair.places[P]
    for number in range(5000):
        item = place.items["p1"]._replace(id=f"p{number + 2}", parent_id=folder, name=f"{number}", is_folder=False)
        place.items[item.id] = item._replace(version="v", size_bytes=1)
        place.contents[item.id] = "c"
    place.next_id = 6000
    pair.run()
    rename("A", "Plans")(pair, D)
    actions = pair.plan().actions
    assert [(a.verb, a.target, a.name, a.items) for a in actions] == [(FileVerb.MOVE, P, "Plans", 5001)]


def test_a_rename_changes_no_parent_and_a_move_no_name() -> None:
    """So that one side may rename what the other one moves."""
    pair = begun(XY)
    rename("A/x", "n")(pair, D)
    move("A/x", "")(pair, P)
    actions = {action.target: action for action in pair.run().actions if action.verb is FileVerb.MOVE}
    assert (actions[P].name, actions[P].moves_parent) == ("n", False)
    assert (actions[D].name, actions[D].moves_parent) == ("", True)
    assert_in_step(pair)


def test_names_that_change_places_pass_through_a_third_one() -> None:
    pair = begun(XY)
    both(move("y", "A", "t"), rename("A/x", "y"), rename("A/t", "x"))(pair, P)
    plan = pair.run()
    assert {action.rule for action in plan.actions} <= {FileRule.MOVED, FileRule.NAME_FREED}
    assert_in_step(pair)


def test_a_long_chain_of_renames_needs_no_third_name() -> None:
    """Renumbered pictures: 0 to 1, 1 to 2 …"""
    pair = Pair()
    for number in range(1500):
        make(f"{number}")(pair, P)
    pair.run()
    for number in reversed(range(1500)):
        rename(f"{number}", f"{number + 1}")(pair, P)
    plan = pair.run()
    assert len(plan.actions) == 1500
    assert_in_step(pair)


def test_a_file_that_an_editor_deletes_and_makes_again_gets_a_new_version() -> None:
    """F267: Procore keeps its file, with the version before."""
    pair = begun(XY)
    both(delete("A/x"), make("A/x", "saved"))(pair, D)
    plan = pair.run()
    assert [action.verb for action in plan.actions] == [FileVerb.REBIND, FileVerb.VERSION]
    assert "x" in pair.places[P].past
    assert_in_step(pair)


# --- deletions ------------------------------------------------------------


def test_a_deleted_folder_is_one_deletion_and_its_pairs_end() -> None:
    """F270."""
    pair = begun(XY)
    inside = pair.places[D].items[pair.find(D, "A/x")].size_bytes
    delete("A")(pair, P)
    plan = pair.run()
    assert [(a.verb, a.items) for a in plan.actions] == [(FileVerb.DELETE, 2), (FileVerb.FORGET, 1)]
    assert plan.actions[0].size_bytes == inside > 0, "what a person who is asked about it wants to know"
    assert "d1" in pair.places[D].bin
    assert_in_step(pair)


def test_absence_from_a_part_of_a_listing_is_no_deletion() -> None:
    """F10, F21, §4 A2."""
    pair = begun(XY)
    whole, empty = pair.places[P].tree(), pair.places[D].tree()._replace(items={}, is_complete=False)
    assert decide(whole, empty, pair.agreements).is_idle


def test_a_root_that_is_gone_halts_everything() -> None:
    """F253, F13 of the fault matrix: 0 deletions."""
    pair = begun(XY)
    gone = pair.places[D].tree()._replace(items={}, root_exists=False)
    plan = decide(pair.places[P].tree(), gone, pair.agreements)
    assert (plan.halted, plan.actions) == ("FIL-13", ())


def test_what_is_open_on_the_other_side_keeps_its_folder() -> None:
    """UB4, F129: nothing is deleted under somebody's hands; once it is closed, the folder goes."""
    pair = begun(XY)
    pair.places[D].wait(pair.find(D, "A/x"), Waiting.LOCKED)
    delete("A")(pair, P)
    plan = pair.run()
    assert plan.actions == ()
    assert [(row.code, row.is_waiting) for row in plan.not_synchronized] == [("FIL-05", True)]
    pair.places[D].wait(pair.find(D, "A/x"), None)
    pair.settle()
    assert_in_step(pair)


def test_what_is_not_synchronized_keeps_its_folder() -> None:
    """A video that only the drive holds is not deleted with the folder that Procore deleted."""
    pair = Pair(FilePolicy(limits=FileLimits(max_bytes=100)))
    for path, content in (("A", None), ("A/x", "x")):
        make(path, content)(pair, P)
    pair.settle()
    make("A/video", "v" * 100)(pair, D)
    delete("A")(pair, P)
    pair.settle()
    assert pair.places[D].paths().keys() == {"A", "A/video"}
    assert pair.places[P].paths().keys() == {"A"}


def test_what_programs_leave_behind_goes_with_its_folder() -> None:
    pair = begun(XY)
    make("A/Thumbs.db", "junk")(pair, D)
    pair.settle()
    delete("A")(pair, P)
    pair.settle()
    assert pair.places[D].paths().keys() == {"y"}


def test_a_change_beats_a_deletion() -> None:
    pair = begun(XY)
    delete("A")(pair, P)
    edit("A/x", "edited")(pair, D)
    plan = pair.run()
    kinds = {conflict.kind for conflict in plan.conflicts}
    assert kinds == {ConflictKind.CHANGED_AND_DELETED, ConflictKind.FOLDER_STILL_NEEDED}
    assert_in_step(pair)
    assert pair.places[P].paths()["A/x"] == "edited"


# --- conflicts ------------------------------------------------------------


def both_edited(policy: FilePolicy | None = None) -> Pair:
    pair = begun(XY, Pair(policy))
    edit("A/x", "by Procore")(pair, P)
    edit("A/x", "by the drive")(pair, D)
    return pair


def test_both_are_kept_and_the_loser_says_whose_it_is() -> None:
    pair = both_edited()
    conflict = pair.run().conflicts[0]
    name = "x (Procore conflict 2026-11-23 12.05)"
    assert (conflict.settled, conflict.winner, conflict.copy_name) == (Settled.KEEP_BOTH, D, name)
    assert pair.places[P].paths() == {"A": None, "A/x": "by the drive", f"A/{name}": "by Procore", "y": "y"}
    assert_in_step(pair)


def test_equal_edits_agree_silently() -> None:
    pair = begun(XY)
    for side in (P, D):
        edit("A/x", "alike")(pair, side)
    assert verbs(pair) == {"compare": 1}
    pair.run()
    assert verbs(pair) == {"agree_content": 1}
    assert pair.run().conflicts == ()
    assert_in_step(pair)


def test_a_conflict_waits_for_a_person_where_the_project_wants_it() -> None:
    pair = both_edited(FilePolicy(conflicts=ConflictRule.ASK))
    plan = pair.run()
    assert (plan.actions, plan.conflicts[0].settled) == ((), Settled.WAITS)
    pair.policy = FilePolicy(conflicts=ConflictRule.ASK, choices={plan.conflicts[0].key: ConflictChoice.PROCORE})
    assert [action.rule for action in pair.run().actions] == [FileRule.CHOSEN]
    assert pair.places[D].paths()["A/x"] == "by Procore"
    assert_in_step(pair)


def test_a_rename_on_both_sides_takes_procores_name() -> None:
    pair = begun(XY)
    rename("y", "n")(pair, P)
    rename("y", "m")(pair, D)
    plan = pair.run()
    assert [(c.kind, c.settled) for c in plan.conflicts] == [(ConflictKind.RENAMED_TWICE, Settled.PROCORE)]
    assert "n" in pair.places[D].paths()
    assert_in_step(pair)


def test_folders_moved_into_each_other_stand_where_procore_has_them() -> None:
    """F17."""
    pair = begun("A{} B{x}")
    move("A", "B")(pair, P)
    move("B", "A")(pair, D)
    plan = pair.run()
    assert [c.kind for c in plan.conflicts] == [ConflictKind.MOVED_INTO_EACH_OTHER]
    assert pair.places[D].paths().keys() == {"B", "B/A", "B/x"}
    assert_in_step(pair)


# --- echoes ------------------------------------------------------------


def test_sharepoints_rewriting_of_an_upload_is_adopted() -> None:
    """§4 B13: no bounce, no extra version."""
    pair = Pair(rewrites=True)
    make("plan.docx", "office plan")(pair, P)
    pair.run()
    item = pair.places[D].items[pair.find(D, "plan.docx")]
    pair.places[D].clock.tick()
    pair.places[D].items[item.id] = item._replace(version="rewritten", size_bytes=99, content_hash="quickxor:other")
    assert [(a.verb, a.rule) for a in pair.plan().actions] == [(FileVerb.AGREE_CONTENT, FileRule.ECHO)]
    pair.run()
    assert pair.plan().is_idle


def test_f267_an_edit_in_office_after_that_is_an_edit() -> None:
    pair = Pair(rewrites=True)
    make("plan.docx", "office plan")(pair, P)
    pair.run()
    edit("plan.docx", "office plan, edited")(pair, D)
    assert [(a.verb, a.target) for a in pair.plan().actions] == [(FileVerb.VERSION, P)]


# --- one way ------------------------------------------------------------


def one_way() -> Pair:
    return begun(XY, Pair(FilePolicy(flow=Flow.TO_DRIVE)))


def test_f127_changes_in_the_copy_of_a_one_way_tool_are_reported_and_not_pushed() -> None:
    """F127, F287."""
    pair = one_way()
    edit("A/x", "local")(pair, D)
    make("n", "local too")(pair, D)
    rename("y", "z")(pair, D)
    plan = pair.run()
    assert {action.verb for action in plan.actions} == {FileVerb.AGREE_PLACE}
    assert {c.kind for c in plan.conflicts} == {ConflictKind.ONE_WAY_CHANGE}
    assert [row.code for row in plan.not_synchronized] == ["FIL-11"]
    assert pair.places[P].paths() == {"A": None, "A/x": "x", "y": "y"}
    assert pair.plan().actions == ()


def test_a_deleted_copy_of_a_one_way_tool_comes_back() -> None:
    pair = one_way()
    delete("A")(pair, D)
    pair.run()
    assert_in_step(pair)
    assert pair.places[D].paths()["A/x"] == "x"


def test_a_new_edition_does_not_overwrite_what_somebody_wrote_into_the_copy() -> None:
    pair = one_way()
    edit("A/x", "local")(pair, D)
    edit("A/x", "new edition")(pair, P)
    pair.settle()
    here = pair.places[D].paths()
    assert here["A/x"] == "new edition"
    assert "local" in here.values()
    assert "local" not in pair.places[P].paths().values()


def test_what_is_deleted_in_procore_is_deleted_in_the_copy() -> None:
    pair = one_way()
    delete("A")(pair, P)
    pair.settle()
    assert_in_step(pair)
    assert pair.places[D].paths().keys() == {"y"}


# --- a tool that takes what people add (C5) ----------------------------------------------


def adding() -> Pair:
    return begun(XY, Pair(FilePolicy(flow=Flow.TO_DRIVE_ADDING)))


def test_f184_a_file_added_to_a_day_of_the_copy_is_added_to_its_source_and_nothing_else_is() -> None:
    """C5: neither files beside the days, nor folders, nor what is in them."""
    pair = adding()
    for path, content in (("A/n", "added"), ("beside", "b"), ("A/sub", None), ("A/sub/deep", "d"), ("C", None)):
        make(path, content)(pair, D)
    make("C/i", "i")(pair, D)
    plan = pair.run()
    assert [(a.verb, a.target, a.name) for a in plan.actions] == [(FileVerb.COPY, P, "n")]
    assert pair.places[P].paths() == {"A": None, "A/x": "x", "A/n": "added", "y": "y"}
    assert {row.item.name for row in plan.not_synchronized} == {"beside", "sub", "deep", "C", "i"}
    assert {row.code for row in plan.not_synchronized} == {"FIL-11"}
    assert pair.plan().actions == ()


def test_f127_edits_renames_and_deletions_in_such_a_copy_stay_reported() -> None:
    pair = adding()
    edit("A/x", "local")(pair, D)
    rename("y", "z")(pair, D)
    plan = pair.run()
    assert {action.verb for action in plan.actions} == {FileVerb.AGREE_PLACE}
    assert {c.kind for c in plan.conflicts} == {ConflictKind.ONE_WAY_CHANGE}
    assert pair.places[P].paths() == {"A": None, "A/x": "x", "y": "y"}
    delete("A/x")(pair, D)
    pair.settle()
    assert pair.places[D].paths()["A/x"] == "x"


def test_f127_what_somebody_wrote_into_such_a_copy_is_kept_beside_it_and_not_added() -> None:
    pair = adding()
    edit("A/x", "local")(pair, D)
    edit("A/x", "new edition")(pair, P)
    pair.settle()
    assert sorted(str(each) for each in pair.places[D].paths().values()) == ["None", "local", "new edition", "y"]
    assert pair.places[P].paths() == {"A": None, "A/x": "new edition", "y": "y"}


def test_a_file_replaced_in_such_a_copy_is_an_edit() -> None:
    pair = adding()
    both(delete("A/x"), make("A/x", "another"))(pair, D)
    pair.settle()
    assert pair.places[P].paths()["A/x"] == "x"


def test_f184_what_was_added_and_is_deleted_in_procore_goes_from_the_copy() -> None:
    pair = adding()
    make("A/n", "added")(pair, D)
    pair.settle()
    assert_in_step(pair)
    delete("A/n")(pair, P)
    pair.settle()
    assert "A/n" not in pair.places[D].paths()


def test_an_open_file_waits_before_it_is_added() -> None:
    pair = adding()
    make("A/n", "added")(pair, D)
    place = pair.places[D]
    item_id = pair.find(D, "A/n")
    place.items[item_id] = place.items[item_id]._replace(waiting=Waiting.LOCKED)
    plan = pair.run()
    assert (plan.actions, [row.code for row in plan.not_synchronized]) == ((), ["FIL-05"])


def test_a_file_of_unknown_size_that_both_sides_have_is_read_before_anything_is_doubled() -> None:
    """A run that was killed after it added a file: Procore does not say the sizes of attachments."""
    pair = adding()
    make("A/n", "added")(pair, D)
    make("A/n", "added")(pair, P)
    here = pair.places[P]
    item_id = pair.find(P, "A/n")
    here.items[item_id] = here.items[item_id]._replace(size_bytes=0, content_hash="", modified=None)
    assert [action.verb for action in pair.plan().actions] == [FileVerb.COMPARE]
    for side in (P, D):
        items, same = pair.places[side].items, pair.find(side, "A/n")
        items[same] = items[same]._replace(content_hash="h:1")
    assert [action.verb for action in pair.plan().actions] == [FileVerb.ADOPT]


# --- names ------------------------------------------------------------


def test_names_that_the_drive_refuses_are_mapped_and_come_back() -> None:
    """F243."""
    pair = Pair()
    make('3/4" : pipe?'.replace("/", "⁄"), "a")(pair, P)
    pair.places[P].make("p0", "a/b*.", "b")
    pair.settle()
    assert_in_step(pair)
    rename("a／b＊．", "c：d")(pair, D)
    pair.settle()
    assert "c:d" in [item.name for item in pair.live(P)]
    assert_in_step(pair)


def test_names_that_differ_in_case_only_are_kept_apart() -> None:
    """F17, S1."""
    pair = Pair()
    for name in ("Plan.pdf", "plan.pdf", "PLAN.pdf"):
        make(name, f"content of {name}")(pair, P)
    pair.settle()
    assert sorted(item.name for item in pair.live(D)) == ["PLAN (‛3).pdf", "Plan.pdf", "plan (‛2).pdf"]
    assert_in_step(pair)


@pytest.mark.parametrize("sizes", [(10, 20, 30), (10, 10, 10), (20, 10, 20)])
def test_twins_of_a_name_find_each_other_again_when_nothing_is_known_of_them(sizes: tuple[int, ...]) -> None:
    """A project that is added again: a number in the drive does not make another file of it."""
    names = ("Façade – détail.png", "Façade – détail (‛2).png", "Façade – détail (‛3).png")
    here = [FileItem(f"p{n}", "root", names[0], False, size) for n, size in enumerate(sizes)]
    # Another order of ids: the drive made them in no order that anybody knows.
    there = [FileItem(f"d{9 - n}", "root", names[n], False, size) for n, size in enumerate(sizes)]
    plan = decide(tree_of(P, "root", here), tree_of(D, "root", there), Agreements())
    assert {(action.procore_id, action.drive_id) for action in plan.actions} == {
        ("p0", "d9"),
        ("p1", "d8"),
        ("p2", "d7"),
    }
    assert {action.verb for action in plan.actions} == {FileVerb.COMPARE}
    assert plan.conflicts == ()


def test_a_rename_in_case_only_is_a_rename() -> None:
    pair = begun(XY)
    rename("A/x", "X")(pair, P)
    assert [(a.verb, a.name) for a in pair.run().actions] == [(FileVerb.MOVE, "X")]
    assert_in_step(pair)


def test_a_path_that_is_too_long_is_reported_with_its_excess() -> None:
    pair = Pair(FilePolicy(drive_path_units=300))
    make("n" * 120, "c")(pair, P)
    make("o" * 99, "c")(pair, P)
    plan = pair.run()
    assert [(row.code, row.args["n"]) for row in plan.not_synchronized] == [("FIL-03", 21)]
    assert [action.name for action in plan.actions] == ["o" * 99]


def test_what_is_below_a_name_that_is_too_long_stays_with_it() -> None:
    pair = Pair()
    make("n" * 256, None)(pair, P)
    make("n" * 256 + "/x")(pair, P)
    plan = pair.run()
    assert plan.actions == ()
    assert [(row.code, row.args["n"]) for row in plan.not_synchronized] == [("FIL-02", 1)]


# --- what is left out ------------------------------------------------------------


def test_f227_files_from_a_billion_bytes_on_are_left_out_and_smaller_ones_are_not() -> None:
    """F227; empty files are synchronized."""
    pair = Pair()
    for name, size in (("big", 1_000_000_000), ("fits", 999_999_999), ("empty", 0)):
        make(name, "c")(pair, P)
        item = pair.find(P, name)
        pair.places[P].items[item] = pair.places[P].items[item]._replace(size_bytes=size)
    plan = pair.plan()
    assert [(row.item.name, row.code) for row in plan.not_synchronized] == [("big", "FIL-01")]
    assert {action.name for action in plan.actions} == {"fits", "empty"}


def test_f221_patterns_leave_files_and_whole_folders_out() -> None:
    """F221."""
    pair = Pair(FilePolicy(limits=FileLimits(exclude=("*.bak", "Old/*", "Private"))))
    for path, content in (
        ("a.BAK", "c"), ("Old", None), ("Old/x", "c"), ("Private", None), ("Private/x", "c"), ("x", "c")
    ):  # fmt: skip
        make(path, content)(pair, P)
    plan = pair.run()
    assert {action.name for action in plan.actions} == {"Old", "x"}
    assert {row.item.name for row in plan.not_synchronized} == {"a.BAK", "x", "Private"}


def test_f186_albums_hold_no_folders() -> None:
    """F186."""
    pair = Pair(FilePolicy(limits=FileLimits(max_folder_depth=1)))
    for path, content in (("Album", None), ("Album/p.jpg", "c"), ("Album/More", None), ("Album/More/q.jpg", "c")):
        make(path, content)(pair, D)
    plan = pair.run()
    assert {action.name for action in plan.actions} == {"Album", "p.jpg"}
    assert [row.code for row in plan.not_synchronized] == ["FIL-12"]


def test_detached_items_are_not_looked_at() -> None:
    pair = begun(XY)
    agreements = pair.agreements
    agreements.detached = {D: frozenset({pair.find(D, "A")})}
    delete("A")(pair, P)
    assert decide(pair.places[P].tree(), pair.places[D].tree(), agreements).is_idle
