"""What each action does with the two stores. Order, attempts and what is remembered are file_carrier.py."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from maestro_procore.engine.file_doors import FileDoors, PairStopped, UnderWay
from maestro_procore.engine.file_earlier import earlier_content
from maestro_procore.engine.file_state import Done, PairState
from maestro_procore.engine.file_trash import Keeper
from maestro_procore.file_ports import Dates, FileCallFailed, FileStore, FileTrouble, OutcomeUnknown, Resumption
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_plan import FileAction, FileVerb
from maestro_procore.model.problems import Problem
from maestro_procore.places import private_opener
from maestro_procore.ports import Row

SPARE_BYTES: Final = 200_000_000
"""What has to stay free on the disk beside the file on its way (F251)."""


class Acts:
    """The verbs. made: number of a finished action → id that its target gave. Raises FileCallFailed, PairStopped.

    A step's `looks_first` says since when a try of it may have been carried out without an answer.
    """

    def __init__(
        self,
        files: FileDoors,
        stores: Mapping[FileSide, FileStore],
        state: PairState,
        made: Mapping[int, str],
        keeper: Keeper,
    ) -> None:
        self._files, self._stores, self._state, self._made, self._keeper = files, stores, state, made, keeper
        self._verbs: Mapping[FileVerb, Callable[[Row, FileAction], Awaitable[Done]]] = {
            FileVerb.CREATE_FOLDER: self._create_folder,
            FileVerb.MOVE: self._move,
            FileVerb.COPY: self._copy,
            FileVerb.VERSION: self._version,
            FileVerb.DELETE: self._delete,
            FileVerb.COMPARE: self._compare,
            FileVerb.UNDELETE: self._undelete,
            FileVerb.REVERT: self._revert,
            FileVerb.PUT_BACK: self._put_back,
        }

    async def act(self, step: Row) -> Done:
        """One try of one action that makes calls."""
        action: FileAction = step["action"]
        try:
            return await self._verbs[action.verb](step, action)
        except OutcomeUnknown:
            raise
        except FileCallFailed:
            if step.get("looks_first") is None:  # otherwise an earlier try may have taken the original
                await self._keeper.release(step)
            raise

    # --- what each verb does --------------------------------------------------------------------------

    async def _create_folder(self, step: Row, action: FileAction) -> Done:
        made = await self._stores[action.target].create_folder(self._parent(action), action.name)
        return Done(made)

    async def _move(self, step: Row, action: FileAction) -> Done:
        seen = self._target(action)
        parent = self._parent(action) if action.moves_parent else seen.parent_id
        name = action.name or seen.name
        store = self._stores[action.target]
        return Done(await store.rename_or_move(seen, name=name, parent_id=parent, tried_at=step.get("looks_first")))

    async def _copy(self, step: Row, action: FileAction) -> Done:
        source = self._source(action)
        content = await self._content(step, source)
        made = await self._stores[action.target].upload(
            self._parent(action),
            action.name,
            content,
            dates=Dates(modified_at=source.modified),
            resume=self._resumption(step),
            tried_at=step.get("looks_first"),
        )
        return Done(made, source.size_bytes)

    async def _version(self, step: Row, action: FileAction) -> Done:
        source, seen = self._source(action), self._target(action)
        if seen.version != action.target_version:
            raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": seen.name}))
        content = await self._content(step, source)
        await self._keeper.before(step, seen)
        made = await self._stores[action.target].new_version(
            seen,
            content,
            dates=Dates(modified_at=source.modified),
            resume=self._resumption(step),
            tried_at=step.get("looks_first"),
        )
        await self._keeper.after(step, made)
        return Done(made, source.size_bytes)

    async def _delete(self, step: Row, action: FileAction) -> Done:
        seen = self._state.seen[action.target].get(action.target_id)
        if seen is not None:
            if action.target_version and seen.version != action.target_version:
                raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": seen.name}))
            if seen.is_folder:
                await self._check_inside(seen, action.target)
            await self._keeper.before(step, seen)
            await self._stores[action.target].delete(seen)
        return Done()

    async def _check_inside(self, seen: FileItem, side: FileSide) -> None:
        """Lists a folder and those in it just before they go: no tag of a folder covers what lies in it.

        Raises CHANGED when anything in them was made, edited or moved there since both sides were read.
        """
        known, todo = self._state.seen[side], [seen.id]
        while todo:
            folder_id = todo.pop()
            try:
                children = await self._stores[side].children(folder_id)
            except FileCallFailed as failed:
                if failed.trouble is FileTrouble.GONE:
                    continue  # an earlier try took it, or somebody else did
                raise
            for child in children:
                before = known.get(child.id)
                if before is None or before.parent_id != folder_id or _differs(before, child):
                    raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": child.name}))
            todo += [child.id for child in children if child.is_folder]

    async def _compare(self, step: Row, action: FileAction) -> Done:
        """Reads Procore's file, which has no hash of its own, and notes the one that the drive would give it."""
        source = self._state.seen[FileSide.PROCORE][action.procore_id]
        content = await self._content(step, source)
        noted = source._replace(content_hash=await self._files.hash_of(content))
        return Done(noted, source.size_bytes)

    async def _undelete(self, step: Row, action: FileAction) -> Done:
        store = self._stores[action.target]
        return Done(await store.undelete(action.target_id, name=action.name, parent_id=self._parent(action)))

    async def _revert(self, step: Row, action: FileAction) -> Done:
        """An earlier content goes up again as the newest one: what stands there now stays among the versions."""
        seen = self._target(action)
        if seen.version != action.target_version:
            raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": seen.name}))
        await asyncio.to_thread(self._check_space, action.size_bytes)
        store, into = self._stores[action.target], self._files.file_of(step["id"], action.source_version)
        await earlier_content(store, self._files.hash_of, seen, action.source_version, action.size_bytes, into)
        await self._keeper.before(step, seen)
        modified = (step["saw"].get("was") or {}).get("modified")
        made = await store.new_version(
            seen,
            into,
            dates=Dates(modified_at=datetime.fromisoformat(modified) if modified else None),
            resume=self._resumption(step),
            tried_at=step.get("looks_first"),
        )
        await self._keeper.after(step, made)
        return Done(made, action.size_bytes)

    async def _put_back(self, step: Row, action: FileAction) -> Done:
        """Out of the trash of this computer, as a new file."""
        trash = self._files.trash
        content = trash.file_of(action.source_version) if trash is not None else None
        if content is None or not await asyncio.to_thread(content.is_file):
            raise FileCallFailed(FileTrouble.REFUSED, Problem("BCK-21", {"name": action.name}))
        made = await self._stores[action.target].upload(
            self._parent(action),
            action.name,
            content,
            resume=self._resumption(step),
            tried_at=step.get("looks_first"),
        )
        return Done(made, action.size_bytes)

    # --- where and what ----------------------------------------------------------------------------------

    def _parent(self, action: FileAction) -> str:
        return action.parent_id or self._made[action.parent_action]

    def _target(self, action: FileAction) -> FileItem:
        return self._held(action.target, action.target_id, action)

    def _source(self, action: FileAction) -> FileItem:
        source = self._held(action.target.other, action.source_id, action)
        if source.version != action.source_version:
            raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": source.name}))
        return source

    def _held(self, side: FileSide, item_id: str, action: FileAction) -> FileItem:
        item = self._state.seen[side].get(item_id)
        if item is None:
            raise FileCallFailed(FileTrouble.GONE, Problem("DOC-01", {"name": action.name or item_id}))
        return item

    async def _content(self, step: Row, source: FileItem) -> Path:
        """The source's content in a private file, whole and checked; a broken transfer goes on where it stood."""
        await asyncio.to_thread(self._check_space, source.size_bytes)
        side = FileSide.PROCORE if source is self._state.seen[FileSide.PROCORE].get(source.id) else FileSide.DRIVE
        into = self._files.file_of(step["id"], source.version)
        self._files.under_way[step["id"]] = UnderWay(into)
        await asyncio.to_thread(_made_private, into)
        await self._stores[side].download(source, into)
        return into

    def _check_space(self, size_bytes: int) -> None:
        free = shutil.disk_usage(self._files.folder).free
        if free < size_bytes + SPARE_BYTES:
            raise PairStopped(Problem("DOC-11", {"folder": str(self._files.folder), "free": free}))

    def _resumption(self, step: Row) -> Resumption:
        async def keep(state: str | None) -> None:
            step["upload"] = state
            await asyncio.to_thread(self._files.journal.change_file_step, step["id"], upload=state)

        def arrived(size_bytes: int) -> None:
            if (one := self._files.under_way.get(step["id"])) is not None:
                one.arrived = size_bytes

        return Resumption(step["upload"], keep, arrived)


def _made_private(file: Path) -> None:
    """There before the first byte comes, so that nobody else ever reads one (F259); what it holds already stays."""
    with open(file, "ab", opener=private_opener):
        pass


def _differs(before: FileItem, now: FileItem) -> bool:
    """Another content. A hash that appeared meanwhile makes another version of the same one: then the tag tells."""
    if now.is_folder or before.version == now.version:
        return False
    return not (now.tag and now.tag == before.tag)
