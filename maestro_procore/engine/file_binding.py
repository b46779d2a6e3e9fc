"""The first three levels in the drive - top folder, project, tool - found or made once, then followed by their ids."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, cast
from urllib.parse import quote

from maestro_procore.engine.file_doors import Addressed, FileDoors, PairStopped, Rooted
from maestro_procore.file_ports import FileStore
from maestro_procore.model import file_names
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_phases import TopChange, TopFolder, accept, put_back, top_changes
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row

TOOL_NAMES: Final[Mapping[str, str]] = {
    "documents": "Documents",
    "photos": "Photos",
    "daily_log": "Daily Log",
    "rfis": "RFIs",
    "submittals": "Submittals",
    "drawings": "Drawings",
    "specifications": "Specifications",
    "meetings": "Meetings",
    "punch_list": "Punch List",
    "observations": "Observations",
    "inspections": "Inspections",
    "instructions": "Instructions",
}
"""Names of the third level. Never translated, never changed (F248); a tool of another row is named as it says."""

BOTH_WAYS: Final = ("documents", "photos")
"""Tools with files of their own, item by item; the others are records that become files."""

MIRROR, MERGE = "mirror", "merge"
"""Options 1 and 2: the destination was empty, or both sides had data (F099)."""
NEW, IN_PROJECT, IN_TOOL = "new", "project", "tool"
LAYOUTS: Final = (NEW, IN_PROJECT, IN_TOOL)
"""What the chosen folder is: where the three levels are made; the project's own folder; or the one tool's (F112)."""


async def bind(files: FileDoors, project: Row, pair: Row, stores: Mapping[FileSide, FileStore]) -> None:
    """Makes what is missing of the three levels and keeps their ids, in the journal and in both rows. Safe to repeat.

    Raises FileCallFailed; PairStopped when the destination of a mirror holds something (F101).
    """
    drive = stores[FileSide.DRIVE]
    if layout_of(project) != NEW:
        await _take_chosen(files, project, pair, drive)
    if not project["top_id"]:
        top = await drive.create_folder(project["parent_id"], project["top_name"])
        await _keep_project(files, project, top_id=top.id)
    if not project["folder_id"]:
        folder = await _own_folder(files, project, drive)
        where = _address(project["destination"], project["top_name"], folder.name)
        await _keep_project(files, project, folder_id=folder.id, folder_name=folder.name, destination=where)
    if not pair["drive_root"]:
        name = TOOL_NAMES.get(pair["tool"], pair["name"] or pair["tool"])
        root = await drive.create_folder(project["folder_id"], name)
        if project["option"] == MIRROR and await drive.children(root.id):
            raise PairStopped(Problem("DOC-13", {"name": project["name"], "folder": name}))
        await _keep_pair(files, pair, drive_root=root.id, name=root.name)
    if not pair["procore_root"]:
        root = await cast(Rooted, stores[FileSide.PROCORE]).root()
        await _keep_pair(files, pair, procore_root=root.id)


def _address(chosen: str, *names: str) -> str:
    """Of a folder below the one that was chosen, for people; '' when nobody knows the address of that one."""
    return "/".join([chosen.rstrip("/"), *map(quote, names)]) if chosen else ""


def layout_of(project: Row) -> str:
    """One of LAYOUTS; fixed when the project is added."""
    return str(project["settings"].get("layout") or NEW)


async def _take_chosen(files: FileDoors, project: Row, pair: Row, drive: FileStore) -> None:
    """A folder that people had already takes the place of the levels above the files (F112, F208)."""
    is_tool = layout_of(project) == IN_TOOL
    if project["folder_id"] and (pair["drive_root"] or not is_tool):
        return
    chosen = await drive.item(project["parent_id"])
    if chosen is None:
        raise PairStopped(Problem("FIL-13"))
    if not project["folder_id"]:
        await _keep_project(files, project, top_id=chosen.id, folder_id=chosen.id, folder_name=chosen.name)
    if is_tool:
        if project["option"] == MIRROR and await drive.children(chosen.id):
            raise PairStopped(Problem("DOC-13", {"name": project["name"], "folder": chosen.name}))
        await _keep_pair(files, pair, drive_root=chosen.id, name=chosen.name)


async def _own_folder(files: FileDoors, project: Row, drive: FileStore) -> FileItem:
    """Named after the project; with a number when another project of the same name has that folder (F247)."""
    projects = await asyncio.to_thread(files.journal.file_projects)
    taken = {row["folder_id"] for row in projects if row["drive_id"] == project["drive_id"]}
    name = file_names.to_drive(project["name"])
    number = 1
    while True:
        folder = await drive.create_folder(project["top_id"], name if number == 1 else f"{name} ({number})")
        if folder.id not in taken:
            return folder
        number += 1


def _bound(project: Row, pairs: Sequence[Row]) -> list[TopFolder]:
    """The levels as they were made. A folder that people chose has no parent here: they may rename it and move it."""
    bound = [pair for pair in pairs if pair["drive_root"]]
    layout = layout_of(project)
    if layout == IN_TOOL:
        return [TopFolder(3, pair["drive_root"], "", pair["name"]) for pair in bound]
    accepted: Mapping[str, str] = project["settings"].get("places") or {}

    def made(level: int, folder_id: str, parent_id: str, name: str) -> TopFolder:
        return TopFolder(level, folder_id, accepted.get(folder_id, parent_id), name)

    tools = [made(3, pair["drive_root"], project["folder_id"], pair["name"]) for pair in bound]
    if layout == IN_PROJECT:
        return [TopFolder(2, project["folder_id"], "", project["folder_name"]), *tools]
    return [
        made(1, project["top_id"], project["parent_id"], project["top_name"]),
        made(2, project["folder_id"], project["top_id"], project["folder_name"]),
        *tools,
    ]


async def _all_changed(project: Row, pairs: Sequence[Row], drive: FileStore) -> tuple[TopChange, ...]:
    bound = _bound(project, pairs)
    items = [await drive.item(folder.id) for folder in bound]
    return top_changes(bound, {item.id: item for item in items if item is not None})


async def _changed(project: Row, pairs: Sequence[Row], drive: FileStore) -> tuple[TopChange, ...]:
    return tuple(change for change in await _all_changed(project, pairs, drive) if not _is_theirs(change))


def _is_theirs(change: TopChange) -> bool:
    """A folder that people chose goes by the name that they give it."""
    return change.item is not None and not change.folder.parent_id


async def check(files: FileDoors, project: Row, pair: Row, drive: FileStore) -> None:
    """Follows the name of a folder that people had already.

    Raises PairStopped when somebody renamed, moved or deleted one of the levels that were made for them (F197).
    """
    for change in await _all_changed(project, [pair], drive):
        if change.item is None or not _is_theirs(change):
            raise PairStopped(change.problem)
        await _keep_address(files, project, drive)  # before the name: as long as that one differs, it is asked again
        if layout_of(project) == IN_TOOL:
            await _keep_pair(files, pair, name=change.item.name)
        await _keep_project(files, project, folder_name=change.item.name)


async def _keep_address(files: FileDoors, project: Row, drive: FileStore) -> None:
    """Where people find the project's folder by now."""
    where = await cast(Addressed, drive).address(project["folder_id"])
    if where:
        await _keep_project(files, project, destination=where)


async def repair(project: Row, pairs: Sequence[Row], drive: FileStore) -> None:
    """Gives the three levels their names and places back, one call each; nothing is transferred again (F198).

    Raises PairStopped when one of them is gone.
    """
    changes = await _changed(project, pairs, drive)
    for call in put_back(changes):
        item = next(change.item for change in changes if change.item is not None and change.item.id == call.id)
        await drive.rename_or_move(item, name=call.name, parent_id=call.parent_id)
    gone = [change for change in changes if change.item is None]
    if gone:
        raise PairStopped(gone[0].problem)


async def accept_names(files: FileDoors, project: Row, pairs: Sequence[Row], drive: FileStore) -> None:
    """Takes the names and places that people gave the three levels; asks, and writes nothing in the drive (F198).

    Raises PairStopped when one of them is gone.
    """
    changes = await _changed(project, pairs, drive)
    gone = [change for change in changes if change.item is None]
    if gone:
        raise PairStopped(gone[0].problem)
    items = {change.folder.id: change.item for change in changes if change.item is not None}
    places: dict[str, str] = {}
    for folder in accept(_bound(project, pairs), items):
        if folder.id not in items:
            continue
        places[folder.id] = folder.parent_id
        if folder.level == 1:
            await _keep_project(files, project, top_name=folder.name)
        elif folder.level == 2:
            await _keep_project(files, project, folder_name=folder.name)
        else:
            pair = next(pair for pair in pairs if pair["drive_root"] == folder.id)
            await _keep_pair(files, pair, name=folder.name)
    await _keep_address(files, project, drive)
    project["settings"] = await asyncio.to_thread(_keep_places, files, project, places)


def _keep_places(files: FileDoors, project: Row, places: Mapping[str, str]) -> Row:
    """Beside what stands in the settings now: somebody may have changed the policy since the run began."""
    with files.journal.begin() as tx:
        held = files.journal.file_settings(tx, project["id"])
        settings: Row = {**held, "places": {**(held.get("places") or {}), **places}}
        files.journal.change_file_project(project["id"], within=tx, settings=settings)
    return settings


async def _keep_project(files: FileDoors, project: Row, **values: str) -> None:
    project.update(values)
    await asyncio.to_thread(files.journal.change_file_project, project["id"], **values)


async def _keep_pair(files: FileDoors, pair: Row, **values: str) -> None:
    pair.update(values)
    await asyncio.to_thread(files.journal.change_file_pair, pair["id"], **values)
