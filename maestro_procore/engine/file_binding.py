"""The first three levels in the drive - top folder, project, tool - found or made once, then followed by their ids."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast

from maestro_procore.engine.file_doors import FileDoors, PairStopped, Rooted
from maestro_procore.file_ports import FileStore
from maestro_procore.model import file_names
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row

TOOL_NAMES: Final[Mapping[str, str]] = {"documents": "Documents", "photos": "Photos", "daily_log": "Daily Log"}
"""Names of the third level. Never translated, never changed (F248); a tool of another row is named as it says."""

MIRROR, MERGE = "mirror", "merge"
"""Options 1 and 2: the destination was empty, or both sides had data (F099)."""


async def bind(files: FileDoors, project: Row, pair: Row, stores: Mapping[FileSide, FileStore]) -> None:
    """Makes what is missing of the three levels and keeps their ids, in the journal and in both rows. Safe to repeat.

    Raises FileCallFailed; PairStopped when the destination of a mirror holds something (F101).
    """
    drive = stores[FileSide.DRIVE]
    if not project["top_id"]:
        top = await drive.create_folder(project["parent_id"], project["top_name"])
        await _keep_project(files, project, top_id=top.id)
    if not project["folder_id"]:
        folder = await _own_folder(files, project, drive)
        await _keep_project(files, project, folder_id=folder.id, folder_name=folder.name)
    if not pair["drive_root"]:
        name = TOOL_NAMES.get(pair["tool"], pair["name"] or pair["tool"])
        root = await drive.create_folder(project["folder_id"], name)
        if project["option"] == MIRROR and await drive.children(root.id):
            raise PairStopped(Problem("DOC-13", {"name": project["name"], "folder": name}))
        await _keep_pair(files, pair, drive_root=root.id, name=root.name)
    if not pair["procore_root"]:
        root = await cast(Rooted, stores[FileSide.PROCORE]).root()
        await _keep_pair(files, pair, procore_root=root.id)


async def _own_folder(files: FileDoors, project: Row, drive: FileStore) -> FileItem:
    """Named after the project; with a number when another project of the same name has that folder (F247)."""
    projects = await asyncio.to_thread(files.journal.file_projects)
    taken = {row["folder_id"] for row in projects if row["drive_id"] == project["drive_id"]}
    name = file_names.to_drive(project["name"])
    number = 1
    while True:
        folder = await drive.create_folder(
            project["top_id"], name if number == 1 else file_names.numbered(name, number)
        )
        if folder.id not in taken:
            return folder
        number += 1


async def check(project: Row, pair: Row, root: FileItem | None, drive: FileStore) -> None:
    """Raises PairStopped when somebody renamed or moved one of the three levels (F197): nothing is made anew.

    root: the tool's folder, where the round told of it.
    """
    if root is not None and (root.name, root.parent_id) != (pair["name"], project["folder_id"]):
        raise _moved(pair["name"], root, project["folder_id"])
    for item_id, name, parent in (
        (project["folder_id"], project["folder_name"], project["top_id"]),
        (project["top_id"], project["top_name"], project["parent_id"]),
    ):
        item = await drive.item(item_id)
        if item is None:
            raise PairStopped(Problem("DOC-10", {"name": name, "side": FileSide.DRIVE.value}))
        if (item.name, item.parent_id) != (name, parent):
            raise _moved(name, item, parent)


def _moved(name: str, item: FileItem, parent_id: str) -> PairStopped:
    code = "DOC-14" if item.parent_id == parent_id else "DOC-15"
    return PairStopped(Problem(code, {"name": name, "now": item.name}))


async def repair(project: Row, pairs: list[Row], drive: FileStore) -> None:
    """Gives the three levels their names and places back, one call each; nothing is transferred again (F198)."""
    wanted = [(project["top_id"], project["top_name"], project["parent_id"])]
    wanted.append((project["folder_id"], project["folder_name"], project["top_id"]))
    wanted += [(pair["drive_root"], pair["name"], project["folder_id"]) for pair in pairs if pair["drive_root"]]
    for item_id, name, parent in wanted:
        item = await drive.item(item_id)
        if item is None:
            raise PairStopped(Problem("DOC-10", {"name": name, "side": FileSide.DRIVE.value}))
        if (item.name, item.parent_id) != (name, parent):
            await drive.rename_or_move(item, name=name, parent_id=parent)


async def _keep_project(files: FileDoors, project: Row, **values: str) -> None:
    project.update(values)
    await asyncio.to_thread(files.journal.change_file_project, project["id"], **values)


async def _keep_pair(files: FileDoors, pair: Row, **values: str) -> None:
    pair.update(values)
    await asyncio.to_thread(files.journal.change_file_pair, pair["id"], **values)
