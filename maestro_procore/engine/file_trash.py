"""The trash of this computer: contents that a run is about to delete or overwrite, where a project wants it.

Off unless somebody switches it on, because the services keep both: recycle bins what is deleted, versions what is
overwritten (F256, F257: no third copy). A private folder, each content once under its SHA-256, rows in the journal.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock

from maestro_procore.engine.file_doors import FileDoors, FileJournal, PairStopped
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model import file_settings
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_plan import FileAction, FileVerb
from maestro_procore.model.problems import Problem
from maestro_procore.places import OWNER_ONLY_FILE
from maestro_procore.ports import Row

if TYPE_CHECKING:
    from maestro_procore.engine.file_state import PairState

OFF, MISSING, ALL = "off", "missing", "all"
SPARE_BYTES: Final = 200_000_000
"""What has to stay free on the disk beside a content that is kept."""
_PIECE: Final = 1_000_000


@dataclass(frozen=True)
class TrashFolder:
    """Contents by their hash. Blocking."""

    folder: Path

    def file_of(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def take(self, content: Path, note: Callable[[str], None]) -> None:
        """Moves a file in, safe on the disk, and has its hash noted. The same content lies there once."""
        digest = hashlib.sha256()
        with content.open("rb+") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
            os.fsync(file.fileno())  # its original goes next
        into = self.file_of(digest.hexdigest())
        for folder in (self.folder, into.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        content.chmod(OWNER_ONLY_FILE)
        with self._turn():
            content.replace(into)
            note(digest.hexdigest())

    def sweep(self, wanted: Callable[[], Collection[str]]) -> int:
        """Removes contents that no row wants any more; how many. wanted: asked when nothing is being put there.

        What the system does not let go now, such as a file that something has open on Windows, goes another day.
        """
        if not self.folder.is_dir():
            return 0
        with self._turn():
            hashes = wanted()
            gone = [file for file in self.folder.glob("??/*") if file.name not in hashes]
            for file in gone:
                with suppress(OSError):
                    file.unlink(missing_ok=True)
        return len(gone)

    def _turn(self) -> FileLock:
        """Of one process or thread: between a content and its row nobody finds it unwanted."""
        return FileLock(self.folder.with_suffix(".lock"))


def sweep(files: FileJournal, folder: TrashFolder, now: datetime) -> int:
    """Lets go what is too old or too much, at the start and once a day; files removed.

    What was kept of a project that is no longer there stays until its time is over.
    """
    limits = {project["id"]: _limits(project["settings"]) for project in files.file_projects()}
    files.prune_trash(limits, now, _limits({}))
    return folder.sweep(files.live_trash_hashes)


def _limits(settings: Mapping[str, Any]) -> tuple[int, int]:
    """Days and bytes of a project's policy."""
    policy = file_settings.effective(settings)
    return int(policy["trash_days"]), int(policy["trash_megabytes"]) * 1_000_000


class Keeper:
    """Puts contents of one pair into the trash just before they go. now: asked for the time."""

    def __init__(
        self,
        files: FileDoors,
        stores: Mapping[FileSide, FileStore],
        state: "PairState",
        project: Row,
        pair: Row,
        now: Callable[[], datetime],
    ) -> None:
        self._files, self._stores, self._state = files, stores, state
        self._project, self._pair, self._now = project, pair, now
        settings = file_settings.effective(project["settings"])
        self._mode: str = settings["trash"] if files.trash is not None else OFF
        self._most_bytes = int(settings["trash_megabytes"]) * 1_000_000
        self._library_keeps = False
        """Proved once by a file that has several versions."""

    async def before(self, step: Row, seen: FileItem) -> None:
        """Keeps what the step is about to delete or overwrite. Raises FileCallFailed, PairStopped (DOC-11)."""
        action: FileAction = step["action"]
        if self._mode == OFF or (self._mode == MISSING and await self._is_kept_there(action, seen)):
            return
        items = self._state.seen[action.target]
        is_repeat = step.get("looks_first") is not None
        kept = await asyncio.to_thread(self._files.journal.items_in_trash, step["id"]) if is_repeat else frozenset()
        step["is_in_trash"] = bool(kept)
        for item_id in sorted(self._state.below(action.target, seen.id) - kept):
            item = items.get(item_id)
            if item is None or item.is_folder or item.size_bytes > self._most_bytes:
                continue
            try:
                await self._keep(step, item)
            except FileCallFailed as failed:
                # An earlier try may have done it: the store finds out just now, and says what became of it.
                if not is_repeat or failed.trouble not in (FileTrouble.GONE, FileTrouble.CHANGED):
                    raise

    async def after(self, step: Row, made: FileItem) -> None:
        """What the library has kept as a version after all is not kept twice."""
        if self._mode == MISSING and step.get("is_in_trash") and await self._has_versions(step["action"].target, made):
            await self.release(step, "kept_by_service")

    async def release(self, step: Row, why: str = "not_needed") -> None:
        """Lets go what was kept for a step that surely did not happen, or that a service keeps."""
        if step.pop("is_in_trash", False):
            await asyncio.to_thread(self._files.journal.remove_trash_of_step, step["id"], why, self._now())

    async def _is_kept_there(self, action: FileAction, seen: FileItem) -> bool:
        """Deleted things lie in recycle bins everywhere; of contents only a library may keep no versions."""
        if action.verb is FileVerb.DELETE or action.target is FileSide.PROCORE:
            return True
        if self._project["drive_kind"] == "personal" or self._library_keeps:
            return True
        return await self._has_versions(action.target, seen)

    async def _has_versions(self, side: FileSide, item: FileItem) -> bool:
        self._library_keeps = self._library_keeps or len(await self._stores[side].versions(item.id)) > 1
        return self._library_keeps

    async def _keep(self, step: Row, item: FileItem) -> None:
        trash = self._files.trash
        assert trash is not None, "it is switched off otherwise"
        action: FileAction = step["action"]
        await asyncio.to_thread(self._check_space, trash, item.size_bytes)
        content = self._files.file_of(step["id"], f"trash {item.id} {item.version}")
        await self._stores[action.target].download(item, content)
        row = {
            "project_id": self._project["id"],
            "pair_id": self._pair["id"],
            "tool": self._pair["tool"],
            "side": action.target.value,
            "item_id": item.id,
            "parent_id": item.parent_id,
            "name": item.name,
            "path": step["path"] if item.id == action.target_id else f"{step['path']}/…/{item.name}",
            "size_bytes": item.size_bytes,
            "modified": item.modified,
            "why": "deleted" if action.verb is FileVerb.DELETE else "overwritten",
            "request_id": step["request_id"],
            "step_id": step["id"],
            "kept_at": self._now(),
        }

        def write(sha256: str) -> None:
            with self._files.journal.begin() as tx:
                self._files.journal.put_trash(tx, {**row, "sha256": sha256})

        await asyncio.to_thread(trash.take, content, write)
        step["is_in_trash"] = True

    def _check_space(self, trash: TrashFolder, size_bytes: int) -> None:
        free = shutil.disk_usage(self._files.folder).free
        if free < size_bytes + SPARE_BYTES:
            raise PairStopped(Problem("DOC-11", {"folder": str(trash.folder), "free": free}))
