"""Finds an earlier content of a file among the versions that its side keeps."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble, FileVersion
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem

HashOf = Callable[[Path], Awaitable[str]]


async def earlier_content(
    store: FileStore, hash_of: HashOf, seen: FileItem, version: str, size_bytes: int, into: Path
) -> None:
    """Writes the content that the file had as `version` (FileItem.version): never another one.

    Procore calls its versions by that very id. A drive counts them by numbers of its own: there the hash that stands
    in `version` decides, and where there is none, the size when only one earlier version has it.
    Raises FileCallFailed: REFUSED (BCK-10) when no version is that content.
    """
    versions = await store.versions(seen.id)
    by_id = next((each for each in versions[1:] if each.id == version), None)
    if by_id is not None:
        await _fetch(store, seen, by_id, into)
        return
    sized = [each for each in versions[1:] if each.size_bytes in (None, size_bytes)]
    for each in sized:
        await _fetch(store, seen, each, into)
        found = await hash_of(into)
        algorithm = found.partition(":")[0]
        if version.startswith(f"{found}:") or (len(sized) == 1 and not version.startswith(f"{algorithm}:")):
            return
    raise FileCallFailed(FileTrouble.REFUSED, Problem("BCK-10", {"name": seen.name}))


async def _fetch(store: FileStore, seen: FileItem, version: FileVersion, into: Path) -> None:
    await asyncio.to_thread(into.unlink, missing_ok=True)
    await store.download_version(seen.id, version.id, into)
