"""How one tool of one project is synchronized: which way, what becomes of conflicts, what is left out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from enum import StrEnum

from maestro_procore.model.file_items import FileSide, Flow
from maestro_procore.model.file_limits import FileLimits
from maestro_procore.model.file_names import NameRules
from maestro_procore.model.file_plan import ConflictChoice


class ConflictRule(StrEnum):
    """What becomes of a file that both sides changed (instead of C17)."""

    KEEP_BOTH = "keep_both"
    """The default after the first synchronization."""
    NEWEST_WINS = "newest_wins"
    """Of the first synchronization, and of projects that choose it: the loser becomes the version before."""
    NEWEST_WINS_WITH_COPY = "newest_wins_with_copy"
    """The same where a side keeps no versions (Photos): the loser becomes a file beside it."""
    ASK = "ask"
    """Nothing is done before a person has chosen."""


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """Of one tool of one project.

    choices: what people chose, by Conflict.key. drive_path_units: length of the drive path of the tool's folder from
    the site's root, for the limit of 400 characters. time_zone: of the times in the names of copies.
    conflict_words: "Procore conflict" and its like, by the side of the loser, in the language of the company.
    trusts_times: files that no pair holds are equal by size and time, as where two full sides meet for the first time;
    otherwise they are read, for two people may have made them at the same moment.
    """

    flow: Flow = Flow.BOTH
    conflicts: ConflictRule = ConflictRule.KEEP_BOTH
    choices: Mapping[tuple[str, str], ConflictChoice] = field(default_factory=dict)
    limits: FileLimits = field(default_factory=FileLimits)
    names: NameRules = field(default_factory=NameRules)
    drive_path_units: int = 0
    time_zone: tzinfo = UTC
    trusts_times: bool = True
    conflict_words: Mapping[FileSide, str] = field(
        default_factory=lambda: {FileSide.PROCORE: "Procore conflict", FileSide.DRIVE: "OneDrive conflict"}
    )

    def may_write(self, side: FileSide) -> bool:
        """Whether the arrow points there."""
        return self.flow.source is not side

    def may_add(self, side: FileSide) -> bool:
        """Whether new files may go there, though nothing else may."""
        return self.flow.adds and self.flow.source is side
