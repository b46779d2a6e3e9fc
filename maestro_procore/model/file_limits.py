"""Which files are left where they are, and why: size, patterns, states of the other side. Pure.

Files of 0 bytes and of every type are synchronized (F229). Whatever is left out stands in the report *Not
synchronized* with its reason (F134, C24).
"""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from maestro_procore.model.file_items import FileItem, FileSide, Waiting
from maestro_procore.model.file_plan import NotSynchronized

BYTES_LIMIT: Final = 1_000_000_000
"""Files of this size and more are not synchronized (F227, C7)."""
BYTES_WARNING: Final = 955_000_000
"""From here on the usual product gives up: told, and synchronized."""

# What programs leave behind, after the list of the ownCloud client; nobody wants it on the other side.
IGNORED: Final = tuple(
    "~$* .~lock.* ~*.tmp *.tmp *.part *.crdownload *.partial *~ ._* .DS_Store Thumbs.db desktop.ini "
    "*.lnk .Trash-* .fuse_hidden* *.kate-swp .*.sw? ~WRL*.tmp *.laccdb *.ldb *.dwl *.dwl2".split()
)

_WAITING: Final = {
    Waiting.LOCKED: "FIL-05",
    Waiting.CHECKED_OUT: "FIL-06",
    Waiting.UPLOADING: "FIL-07",
    Waiting.MALWARE: "FIL-08",
    Waiting.PACKAGE: "FIL-09",
    Waiting.SHORTCUT: "FIL-10",
    Waiting.PRIVATE: "FIL-30",
}


class Left(NamedTuple):
    """Why an item is left where it is, as a message without its item. is_junk: it may go with a folder that goes."""

    code: str
    args: dict[str, str | int]
    is_junk: bool = False
    is_waiting: bool = False


@dataclass(frozen=True)
class FileLimits:
    """What a project's tool synchronizes.

    include: patterns of files; none: every file. exclude: of files and folders; a folder that is left out is left out
    with all below. A pattern is of a name ("*.bak") or, with a slash, of the path below the tool ("Old/*"), whatever
    the case. max_folder_depth: of folders in folders; 1 for Photos, whose albums hold none.
    """

    max_bytes: int = BYTES_LIMIT
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    ignored: tuple[str, ...] = field(default=IGNORED, repr=False)
    max_folder_depth: int | None = None

    @cached_property
    def looks_at_paths(self) -> bool:
        """Whether `why_left` needs the path."""
        return any("/" in pattern for pattern in (*self.include, *self.exclude))

    @cached_property
    def _include(self) -> "_Patterns":
        return _Patterns(self.include)

    @cached_property
    def _exclude(self) -> "_Patterns":
        return _Patterns(self.exclude)

    @cached_property
    def _ignored(self) -> "_Patterns":
        return _Patterns(self.ignored)

    def why_left(self, item: FileItem, path: str, depth: int) -> Left | None:
        """The reason for which it is not synchronized, None when it is.

        path: from the tool's folder ("Plans/A.pdf"), empty when `looks_at_paths` is false. depth: of its folder, 0 at
        the top.
        """
        if pattern := self._ignored.first(item.name, ""):
            return Left("FIL-04", {"pattern": pattern}, is_junk=True)
        if pattern := self._exclude.first(item.name, path):
            return Left("FIL-04", {"pattern": pattern})
        if item.waiting is not None and item.waiting.is_lasting:
            return Left(_WAITING[item.waiting], {})
        if item.is_folder:
            if self.max_folder_depth is not None and depth >= self.max_folder_depth:
                return Left("FIL-12", {})
            return None
        if self.include and not self._include.first(item.name, path):
            return Left("FIL-04", {"pattern": ", ".join(self.include)})
        if item.size_bytes >= self.max_bytes:
            return Left("FIL-01", {"size_bytes": item.size_bytes, "limit_bytes": self.max_bytes})
        return None


def why_waiting(waiting: Waiting) -> Left:
    """The reason for which nothing is read from or written to an item for now."""
    return Left(_WAITING[waiting], {}, is_waiting=not waiting.is_lasting)


def not_synchronized(side: FileSide, item: FileItem, left: Left) -> NotSynchronized:
    """The row of the report."""
    return NotSynchronized(side, item, left.code, {"name": item.name, **left.args}, left.is_waiting)


class _Patterns:
    """Several patterns as one expression; which of them it was is only asked when one matched."""

    __slots__ = ("_names", "_paths", "_patterns")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)
        self._names = _union(pattern for pattern in self._patterns if "/" not in pattern)
        self._paths = _union(pattern.strip("/") for pattern in self._patterns if "/" in pattern)

    def first(self, name: str, path: str) -> str:
        """The first pattern that is the name's or the path's, "" for none."""
        of_name = self._names is not None and self._names.match(name)
        of_path = self._paths is not None and path and self._paths.match(path)
        if not of_name and not of_path:
            return ""
        return next(p for p in self._patterns if _matches(p, path if "/" in p else name))


def _union(patterns: Iterable[str]) -> re.Pattern[str] | None:
    translated = "|".join(fnmatch.translate(pattern) for pattern in patterns)
    return re.compile(translated, re.IGNORECASE) if translated else None


def _matches(pattern: str, text: str) -> bool:
    found = _union([pattern.strip("/")])
    return found is not None and found.match(text) is not None
