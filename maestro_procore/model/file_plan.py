"""What the file synchronizer may do, as values: actions, conflicts, what is not synchronized, and the plan of them.

Pure, and closed lists. What an action leaves behind in the agreement is file_agreeing.py.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from maestro_procore.model.file_items import Agreed, FileItem, FileSide


class FileVerb(StrEnum):
    """Everything that a plan can ask for. The first five write into our own journal only."""

    ADOPT = "adopt"
    """Both are there and equal: they become a pair."""
    REBIND = "rebind"
    """The pair goes on with another item of one side: somebody deleted it there and made it again."""
    AGREE_PLACE = "agree_place"
    """Both sides gave it the same name and place."""
    AGREE_CONTENT = "agree_content"
    """Both sides have the same content again: changed alike, our own echo, or SharePoint's rewriting."""
    FORGET = "forget"
    """The pair ends: both are gone, or they are two things from now on."""
    COMPARE = "compare"
    """Same size, no hash to compare: read the Procore file, note its hash, decide again."""
    CREATE_FOLDER = "create_folder"
    MOVE = "move"
    """Another name, another parent or both, in one call whatever lies below."""
    COPY = "copy"
    """A file that the target does not have yet: an upload to Procore or a download to the drive."""
    VERSION = "version"
    """New content for a file that the target has; its present content becomes the version before."""
    DELETE = "delete"
    """Into the recycle bin of the target, whatever lies below with it."""
    UNDELETE = "undelete"
    """Out of the recycle bin of the target, whatever lies below with it. Only a person asks for this and the next."""
    REVERT = "revert"
    """An earlier content of the target becomes the present one; the present one stays among the versions."""
    PUT_BACK = "put_back"
    """A content out of the trash of this computer becomes a new file of the target."""

    @property
    def is_free(self) -> bool:
        """No call is made for it."""
        return self in _FREE


_FREE: Final = frozenset(
    {FileVerb.ADOPT, FileVerb.REBIND, FileVerb.AGREE_PLACE, FileVerb.AGREE_CONTENT, FileVerb.FORGET}
)


class FileRule(StrEnum):
    """Why an action is in the plan: what a person reads under *Why did this happen?*"""

    NEW = "new"
    EDITED = "edited"
    MOVED = "moved"
    DELETED = "deleted"
    EQUAL = "equal"
    """Both sides have it, with equal content."""
    ECHO = "echo"
    """The change that one side shows is our own write, or SharePoint's rewriting of it."""
    REPLACED = "replaced"
    """Deleted and made again under the same name, as editors do: the same file with new content."""
    BOTH_GONE = "both_gone"
    DOUBTFUL = "doubtful"
    """Equal size, no hash: it has to be read to know."""
    KEEP_BOTH = "keep_both"
    NEWEST_WINS = "newest_wins"
    CHOSEN = "chosen"
    """A person chose in the list of conflicts."""
    CHANGE_BEATS_DELETE = "change_beats_delete"
    STILL_NEEDED = "still_needed"
    """A folder that was deleted on one side holds something new on the other."""
    NAME_FREED = "name_freed"
    """For a moment, so that names can change places."""
    NAME_TAKEN = "name_taken"
    PROCORE_WINS = "procore_wins"
    """Both sides gave it another name or place."""
    ONE_WAY = "one_way"
    """Put back as the side that is copied has it."""
    TAKEN_BACK = "taken_back"
    """Somebody undid a run, or called an earlier state back. The other side has not got it yet."""


class FileAction(NamedTuple):
    """One step of a plan, done by one call on its target (a copy also reads its source)."""

    number: int
    """Its place in the plan, from 0."""
    verb: FileVerb
    rule: FileRule
    target: FileSide
    """The side that is written to; for what is free, the side that shows the change."""
    is_folder: bool
    procore_id: str
    """Empty when it is not there yet."""
    drive_id: str
    parent_id: str = ""
    """Of the target, after the action. Empty when `parent_action` makes it, and when a MOVE leaves it where it is."""
    parent_action: int = -1
    """Number of the CREATE_FOLDER that makes the parent, -1 when there is none."""
    name: str = ""
    """On the target after the action, mapped for it. Empty when a MOVE leaves it."""
    size_bytes: int = 0
    source_version: str = ""
    """The content that is meant: stop when the source has another one by then."""
    target_version: str = ""
    """What the target must still have for a VERSION or DELETE to be right, "" for folders."""
    items: int = 1
    """How many items change: everything below a folder that is deleted or moved, and the folder itself."""
    agrees_name: bool = True
    """False for a MOVE whose name the other side has not got yet: a name for a moment, or the first half of two."""
    needs: tuple[int, ...] = ()
    """Numbers of the actions that must have succeeded before; all are smaller."""

    def id_of(self, side: FileSide) -> str:
        return self.procore_id if side is FileSide.PROCORE else self.drive_id

    @property
    def target_id(self) -> str:
        """Empty when it is not there yet."""
        return self.id_of(self.target)

    @property
    def moves_parent(self) -> bool:
        return bool(self.parent_id) or self.parent_action >= 0

    @property
    def source_id(self) -> str:
        return self.id_of(self.target.other)


class ConflictKind(StrEnum):
    """What people did at the same time."""

    BOTH_EDITED = "both_edited"
    CREATED_TWICE = "created_twice"
    """Two different files of the same name."""
    CHANGED_AND_DELETED = "changed_and_deleted"
    FOLDER_STILL_NEEDED = "folder_still_needed"
    """Deleted on one side, while the other put something into it."""
    RENAMED_TWICE = "renamed_twice"
    MOVED_TWICE = "moved_twice"
    MOVED_INTO_EACH_OTHER = "moved_into_each_other"
    FILE_AND_FOLDER = "file_and_folder"
    """The same name is a file here and a folder there."""
    NAME_TAKEN = "name_taken"
    """A rename or move, to a name that something new has taken on the other side."""
    ONE_WAY_CHANGE = "one_way_change"
    """Somebody changed the copy of a one-way tool: reported, not pushed."""


class Settled(StrEnum):
    """What the plan does about a conflict."""

    KEEP_BOTH = "keep_both"
    """The loser is renamed on its own side and copied like a new file."""
    VERSION = "version"
    """The winner becomes a new version of the loser."""
    KEPT = "kept"
    """What was changed stays, or comes back."""
    PROCORE = "procore"
    """Procore's name or place is kept."""
    REPORTED = "reported"
    """Nothing is done."""
    WAITS = "waits"
    """For a person's choice."""


class Conflict(NamedTuple):
    """Something that both sides changed, and what becomes of it."""

    kind: ConflictKind
    settled: Settled
    procore: FileItem | None
    drive: FileItem | None
    agreed: Agreed | None = None
    winner: FileSide | None = None
    copy_name: str = ""
    """Under which name the loser is kept, when it gets one."""

    @property
    def key(self) -> tuple[str, str]:
        """Procore's id and the drive's: what a person's choice is filed under."""
        return (
            self.procore.id if self.procore else self.agreed.procore_id if self.agreed else "",
            self.drive.id if self.drive else self.agreed.drive_id if self.agreed else "",
        )


class ConflictChoice(StrEnum):
    """What a person chose for one conflict."""

    PROCORE = "procore"
    DRIVE = "drive"
    BOTH = "both"


class NotSynchronized(NamedTuple):
    """An item that stays where it is, with the reason for the report of the same name.

    code, args: of the message (model/problems.py). is_waiting: it goes by itself once what holds it is gone.
    """

    side: FileSide
    item: FileItem
    code: str
    args: Mapping[str, str | int]
    is_waiting: bool = False


class FilePlan(NamedTuple):
    """Actions in an order in which they can run one after the other: folders first, deletions last.

    halted: code of the reason why nothing is decided (a root that is gone, an emptied tree), "" otherwise.
    """

    actions: tuple[FileAction, ...]
    conflicts: tuple[Conflict, ...]
    not_synchronized: tuple[NotSynchronized, ...]
    halted: str = ""

    @property
    def is_idle(self) -> bool:
        """Nothing to do, not even for the journal."""
        return not self.actions
