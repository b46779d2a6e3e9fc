"""The doors to both stores of files, Procore and the drive, in one form: the engine treats the two sides alike.

Adapters stand in procore/ and drive/. What an item is and what follows from a change is model/file_items.py and its
neighbours; when to call what is the engine's.
"""

from asyncio import Timeout
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Final, Protocol

from maestro_procore.model.file_items import FileItem, Gone
from maestro_procore.model.problems import Problem
from maestro_procore.ports import CallRecord

# --- what can happen ----------------------------------------------------------------------------


class FileTrouble(Enum):
    """What a failed call means for the one who made it. Nothing was changed, except as OutcomeUnknown says."""

    AGAIN = auto()
    """Passing fault: try again after `wait`; costs an attempt."""
    CHANGED = auto()
    """The item is no longer what the caller saw: read it again and plan again."""
    NAME_TAKEN = auto()
    """Another item stands under that name there: a conflict, or the name mapping has to give it another one."""
    GONE = auto()
    """The item, or the folder it was to go into, is not there. Evidence for this one item, for nothing else."""
    LOCKED = auto()
    """Open in Office, checked out or otherwise held by a person: the item waits, the others go on."""
    FULL = auto()
    """No space left: uploads to this side pause, downloads go on."""
    FORBIDDEN = auto()
    """The account may not: pause the pair, never take it for an absence."""
    REFUSED = auto()
    """Will be refused again (name, size, malware, blocked kind): report the item as not synchronized."""
    SIGN_IN = auto()
    """A person has to sign in again: pause, keep the queue."""
    UNREACHABLE = auto()
    """Nothing answered: network, name, certificate, proxy."""


class FileCallFailed(Exception):
    """A call that brought no usable answer and, unless it is OutcomeUnknown, changed nothing."""

    def __init__(
        self,
        trouble: FileTrouble,
        problem: Problem,
        *,
        wait: timedelta | None = None,
        call: CallRecord | None = None,
    ) -> None:
        super().__init__(problem.code)
        self.trouble, self.problem, self.wait, self.call = trouble, problem, wait, call


class OutcomeUnknown(FileCallFailed):
    """A write went out and its answer did not come: it may have been carried out.

    Never repeat it as it was: call again with `tried_at`, and the side looks before it sends.
    """


# --- what an action costs ------------------------------------------------------------------------


@dataclass
class Tally:
    """Calls that Procore's limits count."""

    calls: int = 0


_TALLY: Final[ContextVar[Tally | None]] = ContextVar("procore_calls", default=None)


@contextmanager
def tallied() -> Iterator[Tally]:
    """Counts the calls that are made in here, also by tasks begun in here; those of other tasks are not seen."""
    tally = Tally()
    token = _TALLY.set(tally)
    try:
        yield tally
    finally:
        _TALLY.reset(token)


def count_call() -> None:
    """One more call goes out: an adapter to Procore says so, wherever somebody counts or not."""
    if (tally := _TALLY.get()) is not None:
        tally.calls += 1


# --- transfers -----------------------------------------------------------------------------------


async def _keep_nothing(_state: str | None) -> None:
    return None


def _tell_nobody(_size_bytes: int) -> None:
    return None


class Bandwidth(Protocol):
    """How fast contents may go, all transfers of this program together."""

    async def up(self, size_bytes: int) -> timedelta:
        """Returns when so many bytes more may leave this computer; how long that took."""
        ...

    async def down(self, size_bytes: int) -> timedelta:
        """The same of bytes that have come: the next ones are read after it."""
        ...


class _Boundless:
    async def up(self, size_bytes: int) -> timedelta:
        return timedelta(0)

    async def down(self, size_bytes: int) -> timedelta:
        return timedelta(0)


BOUNDLESS: Final[Bandwidth] = _Boundless()
SLICE_BYTES: Final = 64 * 2**10
"""Contents that are limited go in pieces of this size at most, so that no wait is long."""


async def let_up(
    parts: AsyncIterable[bytes], bandwidth: Bandwidth, waited: Callable[[timedelta], None]
) -> AsyncIterator[bytes]:
    """A content on its way up. waited: told of each wait, for which the other side is not to blame."""
    async for part in parts:
        for start in range(0, len(part), SLICE_BYTES):
            piece = part[start : start + SLICE_BYTES]
            waited(await bandwidth.up(len(piece)))
            yield piece


def prolonging(longest: Timeout) -> Callable[[timedelta], None]:
    """What a limit of ours takes is added to the time that the other side has."""

    def waited(length: timedelta) -> None:
        ends_at = longest.when()
        if length and ends_at is not None:
            longest.reschedule(ends_at + length.total_seconds())

    return waited


@dataclass(frozen=True)
class Resumption:
    """How an upload survives the end of the program.

    state: what an earlier run kept for this very upload, None for a new one. Opaque, and unreadable without the key of
    this computer: it holds an address that lets write without signing in. keep: stores the newest state, before the
    first byte goes out; None when the upload is over. An upload whose content or target changed starts with None.
    arrived: told how many bytes the other side has by now, from sides that take a content in pieces.
    """

    state: str | None = None
    keep: Callable[[str | None], Awaitable[None]] = _keep_nothing
    arrived: Callable[[int], None] = _tell_nobody


@dataclass(frozen=True)
class Dates:
    """The dates that a person sees beside a file; aware UTC. A side that cannot hold them ignores them."""

    created_at: datetime | None = None
    modified_at: datetime | None = None


NO_DATES = Dates()


@dataclass(frozen=True)
class Downloaded:
    """item: as it stood when its bytes were read, with the hash of what was read where the side counts by hashes.

    is_proved: size and the side's own hash fit; False: it has none, or keeps to another one (protected documents).
    """

    item: FileItem
    size_bytes: int
    is_proved: bool


# --- changes ------------------------------------------------------------------------------------


class Scope(Protocol):
    """What the caller follows on one side, and what it knew before: items move in and out."""

    @property
    def roots(self) -> frozenset[str]:
        """Ids of the folders whose subtrees are wanted."""
        ...

    def parent_of(self, item_id: str) -> str | None:
        """Parent id of an item known from earlier rounds; None when it is unknown. A root's parent is never asked."""
        ...


@dataclass(frozen=True)
class Changes:
    """One whole round, read to its end without a fault; a round that broke off raises and is forgotten.

    items: latest state of everything below the roots that changed, each id once, in no promised order, parents
    included where they are new. roots: the wanted roots that this round showed, by id; after a round that is not whole,
    one that stands neither there nor in gone is as it was. gone: known items and roots, with the evidence; a folder
    that is gone takes along everything below it that does not stand in items. is_whole: items are
    everything below the roots, so what is known and in neither is not there; the engine's guards decide what follows.
    cursor: where the next round begins, to be stored together with the items. server_time: the side's own clock.
    """

    items: Sequence[FileItem]
    roots: Mapping[str, FileItem]
    gone: Mapping[str, Gone]
    is_whole: bool
    cursor: str
    server_time: datetime | None = None
    calls: int = 0


@dataclass(frozen=True)
class FileVersion:
    """One earlier state of a file, newest first in lists."""

    id: str
    size_bytes: int | None
    modified_at: datetime | None
    modified_by: str


@dataclass(frozen=True)
class Space:
    """Bytes of a side; None: it does not say, which is not 0."""

    total: int | None = None
    used: int | None = None
    left: int | None = None


# --- a store --------------------------------------------------------------------------------------


class FileStore(Protocol):
    """One space of files: a whole drive, or a file tool of one Procore project. Every method raises FileCallFailed.

    Ids are stable across rename and move. `seen` is the item as the caller knows it: every write is made only if it
    still is so (CHANGED), by precondition where the side has one, by reading it just before where it has none.
    `tried_at`: an earlier try of the same write may have been carried out, the first one at that time (our clock);
    the side looks first, and gives back what it finds when that is what was wanted. Returned items are the side's own
    account after the write: its size and hash are the new baseline even where they differ from what was sent,
    because SharePoint rewrites Office, PDF and HTML files. Contents are private files of the caller, read and written
    in pieces; a file that changes while it is read is the caller's mistake.
    """

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        """What changed since the round that gave `cursor`; None: everything.

        A cursor that the side no longer takes is answered by everything, is_whole says so: never by nothing.
        """
        ...

    async def cursor_now(self) -> str | None:
        """A cursor for what changes from now on, without reading anything; None where only a whole round gives one."""
        ...

    async def item(self, item_id: str) -> FileItem | None:
        """None only when the side says plainly that it is not there."""
        ...

    async def child(self, parent_id: str, name: str) -> FileItem | None:
        """The item of that name in a folder, by the store's own idea of equal names; None when there is none."""
        ...

    async def children(self, parent_id: str) -> Sequence[FileItem]:
        """Everything directly in a folder."""
        ...

    async def download(self, item: FileItem, into: Path) -> Downloaded:
        """Writes the content of exactly this version. CHANGED when it is another one by now.

        into: a private file. What it holds already is taken for the beginning of this version, from a try that broke
        off, and continued where the side can; otherwise it is written anew. Errors: OSError of the disk as well.
        """
        ...

    async def upload(
        self,
        parent_id: str,
        name: str,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """A new file. NAME_TAKEN, never a replacement, when something stands there."""
        ...

    async def new_version(
        self,
        seen: FileItem,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """Replaces the content of a file; the former one stays in its versions."""
        ...

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        """A folder of that name: made, or the one that stands there. NAME_TAKEN when a file does. Safe to repeat."""
        ...

    async def rename_or_move(
        self, seen: FileItem, *, name: str, parent_id: str, tried_at: datetime | None = None
    ) -> FileItem:
        """Gives it that name in that folder, both in one call where the side can; a folder takes its content along."""
        ...

    async def delete(self, seen: FileItem) -> None:
        """Into the side's recycle bin, a folder with everything in it. Fine when it is gone already. Safe to repeat."""
        ...

    async def undelete(self, item_id: str, *, name: str, parent_id: str) -> FileItem:
        """Out of the side's recycle bin to that name and folder, a folder with everything in it. Safe to repeat.

        GONE when the bin does not hold it any more; REFUSED where a person has to do it in the service's own pages.
        """
        ...

    async def versions(self, item_id: str) -> Sequence[FileVersion]:
        """Newest first; the first one is the present content."""
        ...

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        """Writes an earlier content."""
        ...

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        """Makes an earlier content the current one."""
        ...

    async def space(self) -> Space: ...

    async def probe(self, folder_id: str) -> None:
        """Makes something small in a folder and removes it: raises what stands against writing there (F217)."""
        ...


@dataclass(frozen=True)
class Who:
    """As whom a connection acts: the name that every change will carry (F210). address: '' for a service."""

    name: str
    address: str
    is_service: bool


# --- choosing where -----------------------------------------------------------------------------


@dataclass(frozen=True)
class DriveChoice:
    """A drive that can be chosen. kind: personal · business · documentLibrary."""

    id: str
    name: str
    kind: str
    web_url: str
    owner: str = ""


@dataclass(frozen=True)
class SiteChoice:
    """A SharePoint site that can be chosen."""

    id: str
    name: str
    web_url: str


@dataclass(frozen=True)
class FolderChoice:
    """A folder of a drive. is_empty: nothing at all in it (F101); None: the drive does not say."""

    drive_id: str
    id: str
    name: str
    web_url: str
    is_empty: bool | None = None


class Destinations(Protocol):
    """Where files may go, for the wizard: one signed-in account. Every method raises FileCallFailed."""

    async def my_drives(self) -> Sequence[DriveChoice]:
        """The account's own OneDrive first; empty for an account without one, and for a service."""
        ...

    async def sites(self, text: str) -> Sequence[SiteChoice]:
        """Sites whose name or address holds the text."""
        ...

    async def site_at(self, url: str) -> SiteChoice:
        """The site of an address out of the browser, for accounts that may not search."""
        ...

    async def libraries(self, site_id: str) -> Sequence[DriveChoice]: ...

    async def root(self, drive_id: str) -> FolderChoice: ...

    async def folders(self, drive_id: str, folder_id: str) -> Sequence[FolderChoice]:
        """The folders directly in a folder, by name."""
        ...

    async def folder_at(self, url: str) -> FolderChoice:
        """The folder of a sharing link or an address out of the browser."""
        ...


@dataclass(frozen=True)
class Mail:
    """One message in plain text."""

    to: Sequence[str]
    subject: str
    text: str
    is_kept: bool = True
    """Whether it stands among the sent ones."""


class Mailer(Protocol):
    """Sends as the signed-in account. Raises FileCallFailed."""

    async def send(self, mail: Mail) -> None:
        """Returns when it was accepted, which is not yet delivered. Never repeated by itself: a doubled mail is one."""
        ...
