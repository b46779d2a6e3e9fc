"""The phases of a project, and its first three folders (F095 to F109, F124, F196 to F198, F206, F233, F247)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import begun
from file_world import D

from maestro_procore.model import file_phases
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.file_phases import (
    NEXT,
    FileEvent,
    FilePhase,
    NotPossible,
    PauseReason,
    ProjectPhase,
    TopFolder,
    project_folder,
)
from maestro_procore.model.problems import Problem, message

BOUND = (
    TopFolder(1, "t", "root", "Procore"),
    TopFolder(2, "p", "t", "École Laval"),
    TopFolder(3, "d", "p", "Documents"),
)
ON_THE_WAY = (
    FileEvent.CHECK,
    FileEvent.CHECKED,
    FileEvent.APPROVE,
    FileEvent.BEGIN,
    FileEvent.COPIED,
    FileEvent.CAUGHT_UP,
)


def seen(**changed: FileItem) -> dict[str, FileItem]:
    return {folder.id: FileItem(folder.id, folder.parent_id, folder.name, True) for folder in BOUND} | changed


def reached(phase: FilePhase) -> ProjectPhase:
    state = ProjectPhase()
    for event in ON_THE_WAY:
        if state.phase is phase:
            break
        state = state.after(event)
    return state


def test_f095_f109_f124_a_project_goes_from_added_to_regular() -> None:
    """F095, F099, F109, F124."""
    state, way = ProjectPhase(), [FilePhase.ADDED]
    for event in ON_THE_WAY:
        state = state.after(event)
        way.append(state.phase)
    assert way == [phase for phase in FilePhase if phase is not FilePhase.PAUSED]
    assert [phase for phase in FilePhase if phase.is_initial] == way[3:6]


def test_the_table_is_complete() -> None:
    assert NEXT.keys() == set(FilePhase)


def test_nothing_is_written_before_the_plan_is_approved() -> None:
    assert {phase for phase in FilePhase if phase.may_write} == {
        FilePhase.FIRST_SYNC, FilePhase.CATCH_UP, FilePhase.REGULAR
    }  # fmt: skip
    with pytest.raises(NotPossible):
        reached(FilePhase.PLANNED).after(FileEvent.BEGIN)


@pytest.mark.parametrize("phase", [phase for phase in FilePhase if phase is not FilePhase.PAUSED])
def test_a_paused_project_goes_back_to_where_it_was(phase: FilePhase) -> None:
    paused = reached(phase).after(FileEvent.PAUSE, PauseReason.FULL)
    assert (paused.phase, paused.reason) == (FilePhase.PAUSED, PauseReason.FULL)
    again = paused.after(FileEvent.PAUSE, PauseReason.SIGN_IN)
    assert again.after(FileEvent.RESUME) == reached(phase)


def test_a_project_that_is_not_paused_cannot_be_resumed() -> None:
    with pytest.raises(NotPossible):
        reached(FilePhase.REGULAR).after(FileEvent.RESUME)


def test_a_reset_begins_again_and_deletes_nothing() -> None:
    """F233: without an agreement both sides are looked at as for the first time, and equal files become pairs."""
    assert reached(FilePhase.REGULAR).after(FileEvent.RESET) == ProjectPhase()
    pair = begun("A{x} y")
    pair.agreements.by_procore.clear()
    pair.agreements.by_drive.clear()
    pair.settle()
    assert pair.binned_by_us[D] == []
    assert len(pair.places[D].items) == 3


def test_f108_f123_the_completion_has_the_title_that_people_know() -> None:
    """F108, F123."""
    told = file_phases.announcement("École Laval")
    assert told.code == "FIL-17"
    assert message(told, "en") == "Two way sync initiated for project École Laval"


def test_top_folders_as_they_were_made_are_no_news() -> None:
    assert file_phases.top_changes(BOUND, seen()) == ()


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({"p": FileItem("p", "t", "School", True)}, "FIL-18", PauseReason.TOP_CHANGED),
        ({"d": FileItem("d", "t", "Documents", True)}, "FIL-19", PauseReason.TOP_CHANGED),
    ],
)
def test_f197_f198_f206_a_changed_top_folder_pauses_the_project_and_is_put_back(
    changed: dict[str, FileItem], code: str, reason: PauseReason
) -> None:
    """F197, F198, F206: FIL-18, FIL-19; one call, and 0 transfers because ids stay."""
    changes = file_phases.top_changes(BOUND, seen(**changed))
    assert [(change.problem.code, change.reason) for change in changes] == [(code, reason)]
    (repair,) = file_phases.put_back(changes)
    folder = changes[0].folder
    assert repair == (folder.id, folder.name, folder.parent_id)
    accepted = file_phases.accept(BOUND, seen(**changed))
    assert file_phases.top_changes(accepted, seen(**changed)) == ()


def test_f253_a_top_folder_that_is_gone_is_never_made_again_silently() -> None:
    """F253."""
    present = seen()
    del present["p"]
    (change,) = file_phases.top_changes(BOUND, present)
    assert (change.problem, change.reason) == (Problem("FIL-13"), PauseReason.ROOT_GONE)
    assert file_phases.put_back([change]) == ()


def test_projects_of_the_same_name_get_folders_of_their_own() -> None:
    """F181, F241, F247."""
    assert project_folder("École Laval ", []) == "École Laval"
    assert project_folder("ÉCOLE laval", ["École Laval"]) == "ÉCOLE laval (2)"
    assert project_folder("A: phase 1/2", ["x"]) == "A： phase 1／2"
