"""Through which phases a project goes, and its first three folders in the drive, which are bound by id. Pure.

The machine is the table NEXT; whoever is paused goes back to where it was. The folders `Procore`, project and tool may
not be renamed, moved or deleted: that pauses the project, is explained, and is put right by one call a folder or by
none, without a transfer, because everything below is known by its id (F197, F198).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from maestro_procore.model import file_names
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.file_names import NameRules
from maestro_procore.model.problems import Problem

TOP_FOLDER: Final = "Procore"
"""Level 1, editable before the first run (C3, F246)."""


class FilePhase(StrEnum):
    """Where a project stands."""

    ADDED = "added"
    PREFLIGHT = "preflight"
    """Rights, space, names and sizes are being looked at."""
    PLANNED = "planned"
    """What the first synchronization would do waits for approval."""
    APPROVED = "approved"
    FIRST_SYNC = "first_sync"
    CATCH_UP = "catch_up"
    """What people changed meanwhile is brought in step (F106)."""
    REGULAR = "regular"
    PAUSED = "paused"

    @property
    def is_initial(self) -> bool:
        """Shown as *Initial*, with the advice to leave the files alone (F105)."""
        return self in (FilePhase.APPROVED, FilePhase.FIRST_SYNC, FilePhase.CATCH_UP)

    @property
    def may_write(self) -> bool:
        """Whether runs may change anything on either side."""
        return self in (FilePhase.FIRST_SYNC, FilePhase.CATCH_UP, FilePhase.REGULAR)


class FileEvent(StrEnum):
    """What moves a project on."""

    CHECK = "check"
    CHECKED = "checked"
    REFUSE = "refuse"
    """The preflight found what has to be put right first, or a person does not want the plan."""
    APPROVE = "approve"
    BEGIN = "begin"
    COPIED = "copied"
    """The plan of the first synchronization is carried out."""
    CAUGHT_UP = "caught_up"
    PAUSE = "pause"
    RESUME = "resume"
    RESET = "reset"
    """Forgets what was agreed, and keeps every file on both sides (F233)."""


NEXT: Final[Mapping[FilePhase, Mapping[FileEvent, FilePhase]]] = {
    FilePhase.ADDED: {FileEvent.CHECK: FilePhase.PREFLIGHT},
    FilePhase.PREFLIGHT: {FileEvent.CHECKED: FilePhase.PLANNED, FileEvent.REFUSE: FilePhase.ADDED},
    FilePhase.PLANNED: {
        FileEvent.APPROVE: FilePhase.APPROVED,
        FileEvent.REFUSE: FilePhase.ADDED,
        FileEvent.CHECK: FilePhase.PREFLIGHT,  # the plan is old: look again
    },
    FilePhase.APPROVED: {FileEvent.BEGIN: FilePhase.FIRST_SYNC},
    FilePhase.FIRST_SYNC: {FileEvent.COPIED: FilePhase.CATCH_UP},
    FilePhase.CATCH_UP: {FileEvent.CAUGHT_UP: FilePhase.REGULAR},
    FilePhase.REGULAR: {},
    FilePhase.PAUSED: {},
}


class PauseReason(StrEnum):
    """Why a project is paused."""

    PERSON = "person"
    TOP_CHANGED = "top_changed"
    ROOT_GONE = "root_gone"
    NO_RIGHTS = "no_rights"
    SIGN_IN = "sign_in"
    FULL = "full"

    @property
    def ends_by_itself(self) -> bool:
        """It is looked at again without anybody's doing: space is freed, rights come back."""
        return self in (PauseReason.NO_RIGHTS, PauseReason.FULL)


class NotPossible(Exception):
    """The event does not fit the phase."""

    def __init__(self, phase: FilePhase, event: FileEvent) -> None:
        super().__init__(f"{event} in phase {phase}")


@dataclass(frozen=True, slots=True)
class ProjectPhase:
    """phase, and when paused: why, and the phase to go back to."""

    phase: FilePhase = FilePhase.ADDED
    reason: PauseReason | None = None
    before: FilePhase | None = None

    def after(self, event: FileEvent, reason: PauseReason = PauseReason.PERSON) -> "ProjectPhase":
        """The phase after an event. A pause of a paused project changes its reason only. Errors: NotPossible."""
        if event is FileEvent.RESET:
            return ProjectPhase()
        if event is FileEvent.PAUSE:
            if self.phase is FilePhase.PAUSED:
                return replace(self, reason=reason)
            return ProjectPhase(FilePhase.PAUSED, reason, self.phase)
        if event is FileEvent.RESUME and self.before is not None:
            return ProjectPhase(self.before)
        following = NEXT[self.phase].get(event)
        if following is None:
            raise NotPossible(self.phase, event)
        return ProjectPhase(following)


def announcement(project: str) -> Problem:
    """What is told once a project reaches its regular phase: FIL-17, with the words that people know (F108)."""
    return Problem("FIL-17", {"project": project})


# --- the first three levels -----------------------------------------------------------------------------


class TopFolder(NamedTuple):
    """One of the folders `Procore`, project, tool as it was made or chosen. level: 1 to 3."""

    level: int
    id: str
    parent_id: str
    name: str


class TopChange(NamedTuple):
    """What somebody did with one of them. item: as it is now, None when it is gone."""

    folder: TopFolder
    item: FileItem | None

    @property
    def problem(self) -> Problem:
        """FIL-18 renamed, FIL-19 moved, FIL-13 gone; each pauses the project."""
        if self.item is None:
            return Problem("FIL-13")
        if self.item.parent_id != self.folder.parent_id:
            return Problem("FIL-19", {"name": self.folder.name})
        return Problem("FIL-18", {"name": self.folder.name, "new": self.item.name})

    @property
    def reason(self) -> PauseReason:
        return PauseReason.ROOT_GONE if self.item is None else PauseReason.TOP_CHANGED


class TopRepair(NamedTuple):
    """One call that puts a folder back: this name, in this folder."""

    id: str
    name: str
    parent_id: str


def top_changes(bound: Sequence[TopFolder], seen: Mapping[str, FileItem]) -> tuple[TopChange, ...]:
    """What is not as it was made, from the top. seen: the folders by id, as read now; what is not there is gone."""
    found = []
    for folder in bound:
        item = seen.get(folder.id)
        if item is None or item.parent_id != folder.parent_id or not file_names.is_same(item.name, folder.name):
            found.append(TopChange(folder, item))
    return tuple(found)


def put_back(changes: Sequence[TopChange]) -> tuple[TopRepair, ...]:
    """The calls that undo them, from the top; none for what is gone: that has to come from the recycle bin."""
    there = (change for change in changes if change.item is not None)
    return tuple(TopRepair(change.folder.id, change.folder.name, change.folder.parent_id) for change in there)


def accept(bound: Sequence[TopFolder], seen: Mapping[str, FileItem]) -> tuple[TopFolder, ...]:
    """The other repair: the new names and places are taken as they are, without a call."""
    return tuple(
        folder._replace(parent_id=item.parent_id, name=item.name) if (item := seen.get(folder.id)) else folder
        for folder in bound
    )


def project_folder(name: str, taken: Collection[str], rules: NameRules | None = None) -> str:
    """Level 2: the project's name as the drive can hold it, with a number where another project has it (F247)."""
    wanted = file_names.to_drive(" ".join(name.split()), rules)
    keys = {file_names.key(other) for other in taken}
    candidates = (wanted if number == 1 else f"{wanted} ({number})" for number in range(1, len(keys) + 2))
    return next(candidate for candidate in candidates if file_names.key(candidate) not in keys)
