"""A store of files in memory, as strict as its door says: for stories of the engine that need no server.

Both doors to the real services are tried against the sandbox in tests/doors.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from maestro_procore.file_ports import (
    NO_DATES,
    Changes,
    Dates,
    Downloaded,
    FileCallFailed,
    FileTrouble,
    FileVersion,
    Resumption,
    Scope,
    Space,
)
from maestro_procore.model.file_items import FileItem, Gone
from maestro_procore.model.problems import Problem

CANNOT = Problem("SRV-24", {"status": 500})


@dataclass
class MemoryStore:
    """root_id: of the tree that `changes` follows by default. before: called with each call's name; may raise."""

    name: str
    now: Callable[[], datetime]
    has_hashes: bool = True
    before: Callable[[str], None] = lambda name: None
    after: Callable[[str], None] = lambda name: None
    items: dict[str, FileItem] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    bin: dict[str, tuple[FileItem, bytes]] = field(default_factory=dict)
    older: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    author: str = ""
    gives_back: bool = True
    keeps_versions: bool = True
    log: list[tuple[str, Gone | None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self.items[self.root_id] = FileItem(self.root_id, "", "", True)

    @property
    def root_id(self) -> str:
        return f"{self.name}-root"

    # --- what people do -----------------------------------------------------------------------------

    def put(self, path: str, content: bytes | None = None) -> FileItem:
        """A folder (None) or a file, with the folders above it; a new version where it stands already."""
        *folders, last = path.strip("/").split("/")
        parent = self.root_id
        for folder in folders:
            parent = (self._child(parent, folder) or self._add(parent, folder, None)).id
        there = self._child(parent, last)
        if there is None:
            return self._add(parent, last, content)
        return self._write(there, content) if content is not None else there

    def at(self, path: str) -> FileItem:
        item = self.items[self.root_id]
        for name in path.strip("/").split("/"):
            found = self._child(item.id, name)
            assert found is not None, path
            item = found
        return item

    def tree(self, root: str | None = None) -> dict[str, bytes | None]:
        """Path → content, None for folders."""
        return {path: self.contents.get(item.id) for path, item in self._walk(root or self.root_id, "")}

    def move(self, path: str, to: str) -> None:
        *folders, last = to.strip("/").split("/")
        parent = self.put("/".join(folders)).id if folders else self.root_id
        self._keep(self.at(path)._replace(parent_id=parent, name=last))

    def remove(self, path: str) -> None:
        self._drop(self.at(path).id)

    def _walk(self, parent: str, path: str):  # type: ignore[no-untyped-def]
        for item in [each for each in self.items.values() if each.parent_id == parent]:
            yield f"{path}/{item.name}", item
            yield from self._walk(item.id, f"{path}/{item.name}")

    def _child(self, parent: str, name: str) -> FileItem | None:
        return next((i for i in self.items.values() if i.parent_id == parent and i.name.lower() == name.lower()), None)

    def _add(self, parent: str, name: str, content: bytes | None) -> FileItem:
        item = FileItem(f"{self.name}-{next(self._numbers)}", parent, name, content is None)
        return self._keep(item) if content is None else self._write(item, content)

    def _write(self, item: FileItem, content: bytes) -> FileItem:
        if item.id in self.contents and self.keeps_versions:
            self.older.setdefault(item.id, []).append((item.version, self.contents[item.id]))
        self.contents[item.id] = content
        digest = hashlib.sha256(content).hexdigest()[:16]
        return self._keep(
            item._replace(
                size_bytes=len(content),
                modified=self.now(),
                version=f"v{next(self._numbers)}",
                content_hash=f"sha:{digest}" if self.has_hashes else "",
            )
        )

    def _keep(self, item: FileItem) -> FileItem:
        self.items[item.id] = item
        self.log.append((item.id, None))
        return item

    def _drop(self, item_id: str) -> None:
        for child in [each.id for each in self.items.values() if each.parent_id == item_id]:
            self._drop(child)
        item = self.items.pop(item_id)
        self.bin[item_id] = (item, self.contents.pop(item_id, b""))
        self.log.append((item_id, Gone.DELTA))

    # --- the door ------------------------------------------------------------------------------------

    async def _call(self, name: str) -> None:
        self.calls.append(name)
        self.before(name)
        await asyncio.sleep(0)

    async def root(self) -> FileItem:
        await self._call("root")
        return self.items[self.root_id]

    async def address(self, item_id: str) -> str:
        await self._call("address")
        names, item = [], self.items.get(item_id)
        while item is not None:
            names.append(item.name)
            item = self.items.get(item.parent_id)
        return "https://drive.example/" + "/".join(reversed(names))

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        await self._call("changes")
        roots = {one: self.items[one] for one in scope.roots if one in self.items}
        inside = {item.id: item for root in roots for _, item in self._walk(root, "")}
        if cursor is None:
            return Changes(list(inside.values()), roots, {}, True, str(len(self.log)), calls=1)
        touched = {item_id for item_id, _ in self.log[int(cursor) :]}
        items = [inside[one] for one in touched if one in inside]
        known = {one for one in touched if one in scope.roots or scope.parent_of(one) is not None}
        gone = {one: Gone.DELTA for one in known if one not in self.items}
        gone |= {one: Gone.MOVED_OUT for one in known if one in self.items and one not in inside and one not in roots}
        told = {one: root for one, root in roots.items() if one in touched}
        return Changes(items, told, gone, False, str(len(self.log)), calls=1)

    async def cursor_now(self) -> str | None:
        return str(len(self.log))

    async def item(self, item_id: str) -> FileItem | None:
        await self._call("item")
        return self.items.get(item_id)

    async def child(self, parent_id: str, name: str) -> FileItem | None:
        await self._call("child")
        return self._child(parent_id, name)

    async def children(self, parent_id: str) -> Sequence[FileItem]:
        await self._call("children")
        return [item for item in self.items.values() if item.parent_id == parent_id]

    async def download(self, item: FileItem, into: Path) -> Downloaded:
        await self._call("download")
        now = self._there(item)
        if now.version != item.version:
            raise FileCallFailed(FileTrouble.CHANGED, Problem("DOC-02", {"name": item.name}))
        into.write_bytes(self.contents[item.id])
        return Downloaded(now, now.size_bytes, True)

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
        body = content.read_bytes()
        there = self._child(parent_id, name)
        if tried_at is not None and there is not None and self.contents.get(there.id) == body:
            return there
        await self._call("upload")
        if parent_id not in self.items:
            raise FileCallFailed(FileTrouble.GONE, CANNOT)
        if there is not None:
            raise FileCallFailed(FileTrouble.NAME_TAKEN, CANNOT)
        made = self._add(parent_id, name, body)
        self.after("upload")
        return made

    async def new_version(
        self,
        seen: FileItem,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        await self._call("new_version")
        now = self._there(seen)
        body = content.read_bytes()
        if now.version != seen.version:
            if tried_at is not None and self.contents[now.id] == body:
                return now
            raise FileCallFailed(FileTrouble.CHANGED, CANNOT)
        made = self._write(now, body)
        self.after("new_version")
        return made

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        await self._call("create_folder")
        there = self._child(parent_id, name)
        if there is not None and not there.is_folder:
            raise FileCallFailed(FileTrouble.NAME_TAKEN, CANNOT)
        made = there or self._add(parent_id, name, None)
        self.after("create_folder")
        return made

    async def rename_or_move(
        self, seen: FileItem, *, name: str, parent_id: str, tried_at: datetime | None = None
    ) -> FileItem:
        await self._call("rename_or_move")
        now = self._there(seen)
        there = self._child(parent_id, name)
        if there is not None and there.id != now.id:
            raise FileCallFailed(FileTrouble.NAME_TAKEN, CANNOT)
        made = self._keep(now._replace(name=name, parent_id=parent_id))
        self.after("rename_or_move")
        return made

    async def delete(self, seen: FileItem) -> None:
        await self._call("delete")
        if seen.id in self.items:
            if not seen.is_folder and self.items[seen.id].version != seen.version:
                raise FileCallFailed(FileTrouble.CHANGED, CANNOT)
            self._drop(seen.id)
        self.after("delete")

    async def undelete(self, item_id: str, *, name: str, parent_id: str) -> FileItem:
        await self._call("undelete")
        if item_id in self.items:
            return self.items[item_id]
        if not self.gives_back:
            raise FileCallFailed(FileTrouble.REFUSED, CANNOT)
        if item_id not in self.bin or parent_id not in self.items:
            raise FileCallFailed(FileTrouble.GONE, CANNOT)
        if self._child(parent_id, name) is not None:
            raise FileCallFailed(FileTrouble.NAME_TAKEN, CANNOT)
        made = self._bring_back(item_id, name=name, parent_id=parent_id)
        self.after("undelete")
        return made

    def _bring_back(self, item_id: str, **changed: str) -> FileItem:
        item, content = self.bin.pop(item_id)
        if not item.is_folder:
            self.contents[item_id] = content
        for child in [each for each, (inner, _) in self.bin.items() if inner.parent_id == item_id]:
            self._bring_back(child)
        return self._keep(item._replace(**changed))

    async def versions(self, item_id: str) -> Sequence[FileVersion]:
        await self._call("versions")
        now = self.items[item_id]
        kept = [(now.version, self.contents[item_id]), *reversed(self.older.get(item_id, []))]
        return [FileVersion(version, len(content), None, self.author) for version, content in kept]

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        await self._call("download_version")
        found = [content for version, content in self.older.get(item_id, []) if version == version_id]
        if not found:
            raise FileCallFailed(FileTrouble.GONE, CANNOT)
        into.write_bytes(found[0])

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        raise FileCallFailed(FileTrouble.GONE, CANNOT)

    async def space(self) -> Space:
        return Space()

    async def probe(self, folder_id: str) -> None:
        await self._call("probe")

    def _there(self, item: FileItem) -> FileItem:
        if item.id not in self.items:
            raise FileCallFailed(FileTrouble.GONE, CANNOT)
        return self.items[item.id]


__all__ = ["MemoryStore", "replace"]
