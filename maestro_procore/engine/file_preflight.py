"""What is found out before a project's first plan: rights by tool, space, what is left out. Kept with the project.

Rights are tried, not read: something small is made where the arrow points and removed at once (F217). A tool without
rights waits alone, the others go on; a drive without space makes the whole project wait, until some is freed.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from maestro_procore.engine.file_binding import TOOL_NAMES
from maestro_procore.engine.file_doors import FileDoors, PairStopped, Rooted
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model.file_items import FileSide, Flow
from maestro_procore.model.file_limits import BYTES_WARNING
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import ActionState
from maestro_procore.ports import Row

BEFORE_APPROVAL: Final = (FilePhase.ADDED, FilePhase.PLANNED)
"""Phases in which what is found still comes before the first copy."""
NO_RIGHT: Final[Mapping[FileSide, str]] = {FileSide.PROCORE: "DOC-30", FileSide.DRIVE: "DOC-31"}
NOT_ACTIVE: Final = "DOC-67"
OF_ONE_TOOL: Final = frozenset({*NO_RIGHT.values(), NOT_ACTIVE})
"""What stands against a tool alone: the others go on."""
NO_SPACE: Final = "DOC-32"
WAITS: Final = frozenset({*OF_ONE_TOOL, NO_SPACE})
"""What time may cure without anybody touching the program: it is looked at again by itself."""
NEARLY_TOO_LARGE: Final = "DOC-92"
FIRST_FILE: Final = "first_file"
FIRST_FILE_WITHIN: Final = timedelta(minutes=15)
"""Of the approval (C2)."""
_TRANSFERS: Final = frozenset({FileVerb.COPY.value, FileVerb.VERSION.value})
_RIGHTS: Final[Mapping[FileSide, str]] = {FileSide.PROCORE: "rights_procore", FileSide.DRIVE: "rights_drive"}
_SIZES: Final = frozenset({"FIL-01"})
_NAMES: Final = frozenset({"FIL-02", "FIL-03", "FIL-12", "DOC-05"})
_OTHERS: Final = "others"
"""Rules of the policy, open or private files and the like: with names and sizes, all that is not synchronized."""
_REPORTS: Final = (("names", _NAMES, "DOC-33"), ("sizes", _SIZES, "DOC-34"), (_OTHERS, frozenset[str](), "DOC-96"))


# --- rights -----------------------------------------------------------------------------------------


async def check_rights(
    files: FileDoors, project: Row, pair: Row, stores: Mapping[FileSide, FileStore], now: datetime
) -> None:
    """Tries to write where the arrow of a tool points; what a former look proved is not tried again.

    Raises PairStopped when the account may not; FileCallFailed for what has nothing to do with rights.
    """
    if not _is_due(project, pair):
        return
    found = [await _right(project, pair, side, stores[side], now) for side in FileSide]
    await asyncio.to_thread(_keep, files, project, found)
    for row in found:
        if row["problem"] is not None:
            raise PairStopped(Problem.from_json(row["problem"]))


def _is_due(project: Row, pair: Row) -> bool:
    """Before the first plan, and for a tool that had no rights then. A reset begins anew, hence the phase's date."""
    rows = [row for row in project["preflight"] if row["tool"] == pair["tool"] and row["what"] in _RIGHTS.values()]
    if FilePhase(project["phase"]) is FilePhase.ADDED:
        rows = _since_phase(project, rows)
        return not rows or not all(row["ok"] for row in rows)
    return not all(row["ok"] for row in rows)


def _since_phase(project: Row, rows: Sequence[Row]) -> list[Row]:
    """What was found since the project has the phase that it has."""
    since = project["phase_at"]
    return [row for row in rows if since is None or datetime.fromisoformat(row["at"]) >= since]


async def _right(project: Row, pair: Row, side: FileSide, store: FileStore, now: datetime) -> Row:
    problem: Problem | None = None
    try:
        if side is FileSide.PROCORE:
            folder = (await cast(Rooted, store).root()).id
        else:
            folder = project["folder_id"] or project["parent_id"]
        if Flow(pair["flow"]).source is not side:
            await store.probe(folder)
    except FileCallFailed as failed:
        problem = of_the_tool(failed, project, pair, side)
        if problem is None:
            raise
    return _row(pair["tool"], _RIGHTS[side], problem, now)


def of_the_tool(failed: FileCallFailed, project: Row, pair: Row, side: FileSide) -> Problem | None:
    """What a refused look at a tool means for people; None when it says nothing about the tool.

    Procore answers 403 or 404 for a tool that is switched off, or of which the account sees nothing.
    """
    about = {"tool": _shown(pair), "name": project["name"]}
    if failed.trouble is FileTrouble.FORBIDDEN:
        return Problem(NO_RIGHT[side], about)
    if failed.trouble is FileTrouble.GONE and side is FileSide.PROCORE:
        return Problem(NOT_ACTIVE, about)
    return None


def _shown(pair: Row) -> str:
    return TOOL_NAMES.get(pair["tool"], pair["name"] or pair["tool"])


# --- what is left out ----------------------------------------------------------------------------------


def keep_left_out(files: FileDoors, project: Row, pair: Row, now: datetime) -> None:
    """How many items the plan leaves out for their names, their size or else; each stands in *Not synchronized*.

    Files that come close to the largest size are told as well, and synchronized (C7).
    """
    with files.journal.begin() as tx:
        counts = files.journal.apart_codes(tx, pair["id"])
        large = files.journal.planned_files(tx, pair["id"], BYTES_WARNING)
    counts_else = sum(n for code, n in counts.items() if code not in _NAMES | _SIZES)
    rows = []
    for what, codes, code in _REPORTS:
        n = counts_else if what == _OTHERS else sum(counts.get(each, 0) for each in codes)
        problem = Problem(code, {"n": n, "tool": _shown(pair)}) if n else None
        if what == "sizes" and problem is None and large:
            problem = Problem(NEARLY_TOO_LARGE, {"n": large, "tool": _shown(pair)})
        rows.append(_row(pair["tool"], what, problem, now))
    _keep(files, project, rows)


# --- space --------------------------------------------------------------------------------------------


async def space_problems(files: FileDoors, project: Row, now: datetime) -> list[Problem]:
    """Whether the drive takes everything that is planned: DOC-32, or nothing. A drive that does not say has room."""
    try:
        stores = await files.stores(project, project["pairs"][0])
        left = (await stores[FileSide.DRIVE].space()).left
    except (FileCallFailed, Refused):  # whoever carries files there will be told why
        return []
    needed = await asyncio.to_thread(_planned, files, project)
    problem = None
    if left is not None and needed > left:
        problem = Problem(NO_SPACE, {"name": project["name"], "needed": needed, "left": left})
    row = {**_row("", "space", problem, now), "needed": needed, "left": left}
    await asyncio.to_thread(_keep, files, project, [row])
    return [] if problem is None else [problem]


def _planned(files: FileDoors, project: Row) -> int:
    with files.journal.begin() as tx:
        return files.journal.planned_bytes(tx, project["id"], FileSide.DRIVE)


# --- the first file ------------------------------------------------------------------------------------


def tell_late_start(files: FileDoors, project_id: int, request_id: str, now: datetime) -> bool:
    """A first synchronization that brings nothing over for a quarter of an hour is told once (F202). Blocking.

    False once there is nothing more to watch for: a file arrived, it was told, or it is no first synchronization.
    """
    project = files.journal.file_project(project_id)
    if project is None or FilePhase(project["phase"]) is not FilePhase.FIRST_SYNC:
        return False
    with files.journal.begin() as tx:
        steps = [row for row in files.journal.count_file_steps(tx, request_id) if row["verb"] in _TRANSFERS]
    is_told = any(row["what"] == FIRST_FILE for row in _since_phase(project, project["preflight"]))
    if is_told or any(row["state"] == ActionState.DONE.value for row in steps):
        return False
    if steps and now - project["phase_at"] >= FIRST_FILE_WITHIN:
        told = Problem("DOC-91", {"name": project["name"], "n": FIRST_FILE_WITHIN // timedelta(minutes=1)})
        _keep(files, project, [_row("", FIRST_FILE, told, now)])
        with files.journal.begin() as tx:
            files.journal.add_file_notice(tx, project["id"], told, now)
        return False
    return True


# --- what follows -------------------------------------------------------------------------------------


def of_the_project(problems: Sequence[Problem], pairs: int) -> list[Problem]:
    """Those that keep the whole project where it is: a tool without rights does not, while another one has them."""
    lasting = [problem for problem in problems if problem.code not in OF_ONE_TOOL]
    return lasting if lasting or len(problems) < pairs else list(problems)


def waits_for_itself(project: Row) -> bool:
    """A project that is not approved yet and is worth another look, because space or rights may have come."""
    problem = project["problem"]
    return FilePhase(project["phase"]) is FilePhase.ADDED and problem is not None and problem["code"] in WAITS


def _row(tool: str, what: str, problem: Problem | None, now: datetime) -> Row:
    told = None if problem is None else problem.to_json()
    return {"tool": tool, "what": what, "ok": problem is None, "problem": told, "at": now.isoformat()}


def _keep(files: FileDoors, project: Row, rows: Collection[Row]) -> None:
    """Into the project, in place of what was found of the same before; the run and its watch find side by side."""
    anew = {(row["tool"], row["what"]) for row in rows}
    with files.journal.begin() as tx:
        held = files.journal.file_project(project["id"]) or project
        kept: list[Any] = [row for row in held["preflight"] if (row["tool"], row["what"]) not in anew]
        project["preflight"] = [*kept, *rows]
        files.journal.change_file_project(project["id"], within=tx, preflight=project["preflight"])
