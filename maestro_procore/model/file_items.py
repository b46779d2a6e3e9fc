"""What the file synchronizer knows, as values: items, the two trees, and what was last agreed about them.

Pure. What it may do about it is file_plan.py; deciding is file_decider.py. All values are named tuples: a project has
50,000 files a side, and a named tuple is built three times as fast as a frozen dataclass of the same size.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol


class FileSide(StrEnum):
    """One of the two places that hold the files of a project's tool."""

    PROCORE = "procore"
    DRIVE = "drive"

    @property
    def other(self) -> "FileSide":
        return FileSide.PROCORE if self is FileSide.DRIVE else FileSide.DRIVE


class Flow(StrEnum):
    """Which way the arrow of a tool points."""

    BOTH = "both"
    TO_DRIVE = "to_drive"
    """Procore is copied; what people change in the drive is reported and not pushed."""
    TO_DRIVE_ADDING = "to_drive_adding"
    """The same, but files that people add in the folders of the copy are added in Procore (C5); nothing else is."""
    TO_PROCORE = "to_procore"

    @property
    def arrow(self) -> str:
        """As people see it, with Procore on the left."""
        return _ARROWS[self]

    @property
    def adds(self) -> bool:
        """Whether new files of the copy go to the side that is copied."""
        return self is Flow.TO_DRIVE_ADDING

    @property
    def source(self) -> FileSide | None:
        """The side that is copied in a one-way flow, None when both may write."""
        return _SOURCES[self]


_ARROWS: Final = {
    Flow.BOTH: "↔",
    Flow.TO_DRIVE: "→",
    Flow.TO_DRIVE_ADDING: "→ (+←)",
    Flow.TO_PROCORE: "←",
}
_SOURCES: Final = {
    Flow.BOTH: None,
    Flow.TO_DRIVE: FileSide.PROCORE,
    Flow.TO_DRIVE_ADDING: FileSide.PROCORE,
    Flow.TO_PROCORE: FileSide.DRIVE,
}


class Waiting(StrEnum):
    """Why an item can not be read or written for now."""

    CHECKED_OUT = "checked_out"
    """By somebody, in Procore or SharePoint: it may be read as it was, not written."""
    LOCKED = "locked"
    """Open in Office (423): neither written nor worth reading before it is saved and closed."""
    UPLOADING = "uploading"
    """Its content has not arrived there completely."""
    MALWARE = "malware"
    PACKAGE = "package"
    """A OneNote notebook: neither file nor folder."""
    SHORTCUT = "shortcut"
    """It points to another drive."""
    PRIVATE = "private"
    """Only some people may see it in Procore, and the project copies no such thing."""

    @property
    def is_lasting(self) -> bool:
        """No release is to be expected: it is listed as not synchronized."""
        return self in _LASTING

    @property
    def stops_reading(self) -> bool:
        """Whether its content is not to be copied from there."""
        return self is not Waiting.CHECKED_OUT


_LASTING: Final = frozenset({Waiting.MALWARE, Waiting.PACKAGE, Waiting.SHORTCUT, Waiting.PRIVATE})


class FileItem(NamedTuple):
    """A file or folder as one side has it."""

    id: str
    """Of that side; stays through renames and moves."""
    parent_id: str
    """Of that side; the tree's root id at the top."""
    name: str
    """Exactly as that side has it, never mapped."""
    is_folder: bool
    size_bytes: int = 0
    modified: datetime | None = None
    """Of the content: Procore's version, the drive's fileSystemInfo. Aware, UTC. None for folders."""
    version: str = ""
    """Opaque; changes with the content and with nothing else: the drive's cTag, the id of Procore's current version."""
    content_hash: str = ""
    """ALGORITHM:VALUE ("quickxor:…") when known. Equal texts are equal contents; another algorithm says nothing."""
    tag: str = ""
    """What a write hands over as precondition (eTag); the decider does not look at it."""
    waiting: Waiting | None = None
    is_by_us: bool = False
    """This program made the latest change there (Graph: the application that modified it last)."""


class Gone(StrEnum):
    """Why an item is known to be deleted: only these are evidence, absence is not."""

    DELTA = "delta"
    """The change feed said so."""
    BIN = "bin"
    """It lies in the recycle bin."""
    LISTING = "listing"
    """A complete listing of a root that exists lacks it."""
    MOVED_OUT = "moved_out"
    """It was seen at a place that is not synchronized."""


class Tree(NamedTuple):
    """Everything that is known of one side, the root itself left out.

    items: by id; what this run read over what was known before. An id that is agreed, but stands neither here nor in
    `deleted`, is taken to be as last agreed, unless the tree is complete: then it is deleted.
    is_complete: this run enumerated the whole tree without an error.
    root_exists: this run saw the root folder itself. Without it nothing is decided.
    """

    side: FileSide
    root_id: str
    items: Mapping[str, FileItem]
    is_complete: bool = False
    deleted: Mapping[str, Gone] = {}
    root_exists: bool = True


def tree_of(side: FileSide, root_id: str, items: Iterable[FileItem], *, is_complete: bool = True) -> Tree:
    """A tree from a listing."""
    return Tree(side, root_id, {item.id: item for item in items}, is_complete)


class Agreed(NamedTuple):
    """A pair that was the same thing on both sides when both were last brought in step.

    Each side has its own name, parent and version, because the drive maps names and SharePoint rewrites files.
    """

    procore_id: str
    drive_id: str
    is_folder: bool
    procore_parent: str
    procore_name: str
    procore_version: str
    drive_parent: str
    drive_name: str
    drive_version: str
    size_bytes: int = 0
    content_hash: str = ""
    drive_modified: datetime | None = None
    """What the drive said then: SharePoint's own rewriting of a file leaves it as it is."""

    def id_of(self, side: FileSide) -> str:
        return self.procore_id if side is FileSide.PROCORE else self.drive_id

    def parent_of(self, side: FileSide) -> str:
        return self.procore_parent if side is FileSide.PROCORE else self.drive_parent

    def name_of(self, side: FileSide) -> str:
        return self.procore_name if side is FileSide.PROCORE else self.drive_name

    def version_of(self, side: FileSide) -> str:
        return self.procore_version if side is FileSide.PROCORE else self.drive_version


def agree(procore: FileItem, drive: FileItem) -> Agreed:
    """The pair of two items that are the same now."""
    return Agreed(
        procore.id,
        drive.id,
        procore.is_folder,
        procore.parent_id,
        procore.name,
        procore.version,
        drive.parent_id,
        drive.name,
        drive.version,
        procore.size_bytes,
        drive.content_hash or procore.content_hash,
        drive.modified,
    )


class AgreedPairs(Protocol):
    """All agreed pairs of one tree, wherever they are kept."""

    @property
    def detached(self) -> Mapping[FileSide, frozenset[str]]:
        """Ids of a side that people took out of the synchronization, with everything below a folder."""
        ...

    def of(self, side: FileSide, item_id: str) -> Agreed | None:
        """The pair of an item of that side, None when it was never agreed."""
        ...

    def __iter__(self) -> Iterator[Agreed]:
        """Each once, in an order that does not matter."""
        ...


class Agreements:
    """Agreed pairs in memory."""

    __slots__ = ("by_drive", "by_procore", "detached")

    def __init__(self, pairs: Iterable[Agreed] = (), detached: Mapping[FileSide, frozenset[str]] | None = None) -> None:
        self.by_procore: dict[str, Agreed] = {pair.procore_id: pair for pair in pairs}
        self.by_drive: dict[str, Agreed] = {pair.drive_id: pair for pair in self.by_procore.values()}
        self.detached: Mapping[FileSide, frozenset[str]] = detached or {}

    def __iter__(self) -> Iterator[Agreed]:
        return iter(self.by_procore.values())

    def __len__(self) -> int:
        return len(self.by_procore)

    def of(self, side: FileSide, item_id: str) -> Agreed | None:
        """The pair of an item of that side, None when it was never agreed."""
        return (self.by_procore if side is FileSide.PROCORE else self.by_drive).get(item_id)
