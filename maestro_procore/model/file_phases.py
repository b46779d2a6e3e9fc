"""Where a project stands on its way from being added to being kept in step (F095–F124), as a table. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from maestro_procore.model.problems import Problem


class FilePhase(StrEnum):
    """The badge of a project."""

    ADDED = "added"
    """Nothing has been looked at yet."""
    PLANNED = "planned"
    """Both sides were compared; the plan waits for approval, and nothing was copied."""
    FIRST = "first"
    """Initial: the plan goes over, folders before files; what people change meanwhile is caught up with."""
    REGULAR = "regular"
    """Changes of either side are brought over as they happen."""
    PAUSED = "paused"
    """Nothing is read or written before a person lets it go on."""

    @property
    def may_write(self) -> bool:
        return self in (FilePhase.FIRST, FilePhase.REGULAR)

    @property
    def is_in_step(self) -> bool:
        """Whether the first synchronization is over."""
        return self is FilePhase.REGULAR

    def after_run(self, *, is_idle: bool, problem: Problem | None) -> "FilePhase":
        """The phase after a run. is_idle: nothing is left to do on any pair. problem: why one of them was stopped."""
        if problem is not None:
            return FilePhase.PAUSED if problem.code in PAUSES else self
        return (_WHEN_IDLE if is_idle else _WHEN_NOT)[self]


PAUSES: Final = frozenset({"DOC-10", "DOC-14", "DOC-15"})
"""Somebody took one of the three top levels away or changed it: going on would make everything anew (F197)."""

# A plan without a single action needs nobody's approval.
_WHEN_IDLE: Final[Mapping[FilePhase, FilePhase]] = {
    FilePhase.ADDED: FilePhase.REGULAR,
    FilePhase.PLANNED: FilePhase.REGULAR,
    FilePhase.FIRST: FilePhase.REGULAR,
    FilePhase.REGULAR: FilePhase.REGULAR,
    FilePhase.PAUSED: FilePhase.PAUSED,
}
_WHEN_NOT: Final[Mapping[FilePhase, FilePhase]] = {
    **{phase: phase for phase in FilePhase},
    FilePhase.ADDED: FilePhase.PLANNED,
}
