"""Brings back what a person chose: contents out of the trash of this computer, or an earlier version of a file.

As a plan of its own (mode files-restore), carried out like any other; the other side follows with the next run.
"""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from maestro_procore.engine.file_doors import FileDoors, FileJournal
from maestro_procore.engine.file_planning import Paths, shown_agreed, shown_item
from maestro_procore.engine.file_reading import ROOTS
from maestro_procore.model.elements import FILES, FILES_RESTORE
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_names import to_drive
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Row, Tx

if TYPE_CHECKING:
    from maestro_procore.engine.file_trash import TrashFolder


def wish_from_trash(files: FileJournal, ids: Sequence[int], user: str) -> list[Row]:
    """Requests that bring contents back, one a project.

    Raises Refused: BCK-20 for what is not there, BCK-23 for what has no project and tool any more to go back to.
    """
    rows = {row["id"]: row for row in files.trash()}
    missing = [one for one in ids if one not in rows]
    if missing or not ids:
        raise Refused(Problem("BCK-20", {"id": str(missing[0]) if missing else "–"}))
    known = {project["id"]: project for project in files.file_projects()}
    for one in ids:
        homeless = _homeless(rows[one], known.get(rows[one]["project_id"]))
        if homeless is not None:
            raise Refused(homeless)
    projects = sorted({rows[one]["project_id"] for one in ids})
    return [
        _wish(project, user, {"trash": [one for one in ids if rows[one]["project_id"] == project]})
        for project in projects
    ]


def _homeless(row: Row, project: Row | None) -> Problem | None:
    """BCK-23 when a content has no folder to go back to: its project or tool is not synchronized any more."""
    if project is not None and any(pair["id"] == row["pair_id"] for pair in project["pairs"]):
        return None
    of = row["project_name"] if project is None else project["name"]
    return Problem("BCK-23", {"id": row["id"], "name": row["name"], "tool": row["tool"], "project": of})


def copy_from_trash(files: FileJournal, folder: "TrashFolder | None", number: int, file: Path) -> None:
    """Writes a kept content into a file, whole or not at all. Raises Refused: BCK-20, BCK-21, DOC-37."""
    row = next((row for row in files.trash() if row["id"] == number), None)
    if row is None:
        raise Refused(Problem("BCK-20", {"id": str(number)}))
    content = folder.file_of(row["sha256"]) if folder is not None else None
    if content is None or not content.is_file():
        raise Refused(Problem("BCK-21", {"name": row["name"]}))
    unfinished = file.with_name(f"{file.name}.part")
    try:
        shutil.copyfile(content, unfinished)
        unfinished.replace(file)
    except OSError as failed:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise Refused(Problem("DOC-37", {"file": str(file), "text": failed.strerror or str(failed)})) from failed


def file_for(row: Row, folder: Path, now: datetime) -> Path:
    """Where a kept content can lie in a folder: under its name as every system takes it, beside what is there."""
    name = to_drive(row["name"])
    return folder / _free_name(name, now, lambda wanted: (folder / wanted).exists())


def wish_for_version(project_id: int, pair_id: int, side: str, item_id: str, version_id: str, user: str) -> Row:
    """The request that makes an earlier version of one file the present one."""
    about = {"pair": pair_id, "side": FileSide(side).value, "item": item_id, "version": version_id}
    return _wish(project_id, user, {"version": about})


def _wish(project_id: int, user: str, undoes: dict[str, Any]) -> Row:
    return {
        "element": FILES,
        "scope": "project",
        "keys": None,
        "project": str(project_id),
        "mode": FILES_RESTORE,
        "is_preview": False,
        "requested_by": user,
        "undoes": undoes,
    }


def write_restore_plan(files: FileDoors, now: datetime, pair: Row, request: Row) -> int:
    """Writes the plan of one pair down by what was just read; how many actions it has."""
    journal, wanted = files.journal, request["undoes"]
    with journal.begin() as tx:
        seen = {side: journal.seen(tx, pair["id"], side) for side in FileSide}
        if "version" in wanted:
            rows = _version_step(journal, tx, pair, seen, wanted["version"], request["requested_by"])
        else:
            kept = [row for row in journal.trash() if row["id"] in wanted["trash"] and row["pair_id"] == pair["id"]]
            rows = _trash_steps(pair, seen, kept, now, request["requested_by"])
        if rows:
            journal.write_file_plan(tx, request["id"], pair["id"], rows)
    return len(rows)


def left_out(journal: FileJournal, request: Row) -> Problem | None:
    """What a run could not bring back because it went or changed between the click and the run; None when it did all.

    Of an undo see file_undoing.what_stays.
    """
    wanted = request["undoes"]
    with journal.begin() as tx:
        planned = sum(row["n"] for row in journal.count_file_steps(tx, request["id"]))
        if planned >= len(wanted.get("trash", "1")):  # of a version there is one
            return None
        if "version" in wanted:
            return Problem("DOC-01", {"name": _known_name(journal, tx, wanted["version"])})
    project = journal.file_project(int(request["project"]))
    kept = [row for row in journal.trash(with_removed=True) if row["removed_why"] in ("", "restored")]
    homeless = [_homeless(row, project) for row in kept if row["id"] in wanted["trash"] and not row["removed_why"]]
    if any(homeless):
        return next(filter(None, homeless))
    there = {row["id"] for row in kept}
    missing = sorted(set(wanted["trash"]) - there) or wanted["trash"]
    return Problem("BCK-20", {"id": str(missing[0])})


def _known_name(journal: FileJournal, tx: Tx, wanted: Row) -> str:
    agreed = journal.agreed_of(tx, wanted["pair"], FileSide(wanted["side"]), wanted["item"])
    return str(wanted["item"]) if agreed is None else agreed.name_of(FileSide(wanted["side"]))


def _version_step(
    journal: FileJournal, tx: Tx, pair: Row, seen: dict[FileSide, dict[str, FileItem]], wanted: Row, user: str
) -> list[dict[str, Any]]:
    side = FileSide(wanted["side"])
    item = seen[side].get(wanted["item"])
    if wanted["pair"] != pair["id"] or item is None:
        return []
    agreed = journal.agreed_of(tx, pair["id"], side, item.id)
    ids = (item.id, "") if side is FileSide.PROCORE else ("", item.id)
    if agreed is not None:
        ids = (agreed.procore_id, agreed.drive_id)
    versions = {"target_version": item.version, "source_version": wanted["version"]}
    action = FileAction(
        0,
        FileVerb.REVERT,
        FileRule.TAKEN_BACK,
        side,
        False,
        *ids,
        name=item.name,
        size_bytes=item.size_bytes,
        **versions,
    )
    path = Paths(seen[side], pair[ROOTS[side]]).of(item.id)
    saw = {each.value: shown_item(seen[each].get(action.id_of(each))) for each in FileSide}
    return [{"action": action, "path": path, "saw": {**saw, "agreed": shown_agreed(agreed), "of": [], "by": user}}]


def _trash_steps(
    pair: Row, seen: dict[FileSide, dict[str, FileItem]], kept: Sequence[Row], now: datetime, user: str
) -> list[dict[str, Any]]:
    """New items, in their former folder where it still is; never over something that stands there."""
    taken = {(side, item.parent_id, item.name.casefold()) for side in FileSide for item in seen[side].values()}
    rows = []
    for number, row in enumerate(kept):
        side = FileSide(row["side"])
        root = pair[ROOTS[side]]
        parent = row["parent_id"] if row["parent_id"] in seen[side] else root
        name = _free_name(row["name"], now, lambda name, at=(side, parent): (*at, name.casefold()) in taken)
        taken.add((side, parent, name.casefold()))
        action = FileAction(
            number,
            FileVerb.PUT_BACK,
            FileRule.TAKEN_BACK,
            side,
            False,
            "",
            "",
            parent_id=parent,
            name=name,
            size_bytes=row["size_bytes"],
            source_version=row["sha256"],
        )
        saw = {"procore": None, "drive": None, "agreed": None, "of": [], "by": user, "trash": row["id"]}
        rows.append({"action": action, "path": row["path"], "saw": saw})
    return rows


def _free_name(name: str, now: datetime, is_taken: Any) -> str:
    """The name itself, or with the day on which it came back, and a number where that is taken as well."""
    if not is_taken(name):
        return name
    path = PurePosixPath(name)
    number = 1
    while is_taken(wanted := f"{path.stem} ({now:%Y-%m-%d}{f' {number}' if number > 1 else ''}){path.suffix}"):
        number += 1
    return wanted
