"""One request about the files of one project: bind, read both sides, decide, wait for approval, carry out, catch up.

Nothing here is a step of the durable engine: the journal knows what is open, so a run that is killed anywhere is
simply begun again. A long run lets others go first between two actions, and goes on when its turn comes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from maestro_procore.engine import file_binding, file_mail, file_preflight, file_restoring
from maestro_procore.engine.attempts import MOST_RESUMES, Doors, park
from maestro_procore.engine.file_carrier import Carrier
from maestro_procore.engine.file_commands import submit
from maestro_procore.engine.file_doors import FileDoors, PairStopped
from maestro_procore.engine.file_planning import Planned, plan_pair
from maestro_procore.engine.file_reading import read_pair
from maestro_procore.engine.file_sweep import reads_whole
from maestro_procore.engine.file_trash import sweep
from maestro_procore.engine.file_undoing import what_stays, write_undo_plan
from maestro_procore.engine.file_watch import RETRY, WATCHER
from maestro_procore.engine.gate import LONGEST_NAP, GateClosed
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model import pacing
from maestro_procore.model.elements import FILES_FULL, FILES_MODE, FILES_RESTORE, FILES_UNDO
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_phases import FileEvent, FilePhase, ProjectPhase, announcement
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import ActionState, RequestState
from maestro_procore.model.turns import next_of
from maestro_procore.ports import Row, Steps, Tx

LOOK = timedelta(seconds=1)
"""Between two looks, while files go over, whether somebody cancelled the request or waits for his turn."""
ASKED_BACK: Final = (FILES_UNDO, FILES_RESTORE)
"""Modes in which a person takes something back; the synchronization follows."""
MOST_ROUNDS: Final = 8
"""Readings of one run: the first, and the catching up with what people did meanwhile."""

Result = TypeVar("Result")


@dataclass
class _Run:
    """What stops a run early. turn: somebody else goes first. has_space: False lets it look and plan, not copy."""

    request: Row
    calls_made: Callable[[], int]
    """Of this process so far; what it was at the beginning is `calls_before`."""
    calls_before: int = 0
    has_space: bool = True
    is_cancelled: bool = False
    is_turn_over: bool = False
    awaits_first_file: bool = True
    is_stopping: Callable[[], bool] = field(default=lambda: False)

    @property
    def calls(self) -> int:
        """Of the request, its earlier turns included."""
        return int(self.request["calls"]) + self.calls_made() - self.calls_before

    @property
    def should_stop(self) -> bool:
        return self.is_cancelled or self.is_turn_over or self.is_stopping()


_log = logging.getLogger(__name__)


class _Cut(Exception):
    """The run ends here for now; its request stays open."""


async def synchronize_files(request_id: str, steps: Steps, doors: Doors) -> None:
    """The flow of one request. Never raises for a fault of either side: that becomes its state and message."""
    files = doors.files
    assert files is not None, "wiring gives them to every host"
    request = await steps.record("begin", lambda tx: _begin(doors, tx, request_id))
    run = _Run(request, files.calls_made, files.calls_made(), is_stopping=doors.is_stopping)
    watching = asyncio.create_task(_watch(doors, run))
    problem: Problem | None = None
    try:
        problem = await _work(doors, files, run)
    except (_Cut, GateClosed):
        pass
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    if doors.is_stopping():
        await park(doors)
    if run.is_turn_over and not run.is_cancelled and problem is None:
        await steps.record("wait", lambda tx: _wait_for_turn(doors, tx, request))
        return
    await file_mail.send_due(doors, files)
    await asyncio.to_thread(files.tidy)  # whatever a killed run left behind (F260)
    await steps.record("finish", lambda tx: _finish(doors, tx, run, problem))
    if request["mode"] in ASKED_BACK:
        await asyncio.to_thread(_follow, doors, files, request)


async def _watch(doors: Doors, run: _Run) -> None:
    while True:
        try:
            await _look(doors, run)
        except Refused as refused:  # somebody holds the journal: looked at again in a moment
            _log.warning("progress could not be shown: %s", refused.problem.code)
        await doors.clock.nap(LOOK)


async def _look(doors: Doors, run: _Run) -> None:
    """Whether the run goes on, and how far it is."""
    request_id = run.request["id"]
    run.is_cancelled = await asyncio.to_thread(doors.journal.is_cancelled, request_id) is not None
    first = next_of(await asyncio.to_thread(doors.journal.open_requests))
    run.is_turn_over = first is not None and first["id"] != request_id
    await asyncio.to_thread(_show_progress, doors, run)
    if run.awaits_first_file:
        now, project_id = doors.clock.now(), int(run.request["project"])
        assert doors.files is not None
        tell = file_preflight.tell_late_start
        run.awaits_first_file = await asyncio.to_thread(tell, doors.files, project_id, request_id, now)


# --- the pairs of a project -----------------------------------------------------------------------


async def _work(doors: Doors, files: FileDoors, run: _Run) -> Problem | None:
    """All pairs of the project, one after the other; the first problem that stands against one of them."""
    project = await asyncio.to_thread(files.journal.file_project, int(run.request["project"]))
    if project is None:
        return Problem("DOC-16", {"id": run.request["project"]})
    problems: list[Problem] = []
    is_idle = True
    is_undo = run.request["mode"] in ASKED_BACK
    if FilePhase(project["phase"]) is FilePhase.PAUSED and not is_undo:
        return Problem.from_json(project["problem"]) if project["problem"] else None
    if (project["wants_repair"] or project["accepts_names"]) and not is_undo:
        try:
            await _repair(doors, files, run, project)
        except (PairStopped, Refused) as stopped:
            await asyncio.to_thread(
                _after_pairs, doors, files, project, [stopped.problem] * len(project["pairs"]), False
            )
            return stopped.problem
    if FilePhase(project["phase"]) is FilePhase.FIRST_SYNC:
        problems += await file_preflight.space_problems(files, project, doors.clock.now())
        run.has_space = not problems
    work = _take_back if is_undo else _pair
    for pair in await asyncio.to_thread(_concerned, files, run.request, project):
        resting = _rests(pair, run.request, doors.clock.now())
        if resting is not None:
            problems.append(resting)
            continue
        try:
            is_idle = await work(doors, files, run, project, pair) and is_idle
            await asyncio.to_thread(files.journal.change_file_pair, pair["id"], problem=None)
        except (PairStopped, Refused) as stopped:
            problems.append(stopped.problem)
            told = {**stopped.problem.to_json(), "at": doors.clock.now().isoformat()}
            await asyncio.to_thread(files.journal.change_file_pair, pair["id"], problem=told)
    if is_undo:
        left = what_stays if run.request["mode"] == FILES_UNDO else file_restoring.left_out
        return problems[0] if problems else await asyncio.to_thread(left, files.journal, run.request)
    if FilePhase(project["phase"]) in file_preflight.BEFORE_APPROVAL and len(problems) < len(project["pairs"]):
        problems += await file_preflight.space_problems(files, project, doors.clock.now())
    await asyncio.to_thread(_after_pairs, doors, files, project, problems, is_idle)
    return problems[0] if problems else None


def _concerned(files: FileDoors, request: Row, project: Row) -> list[Row]:
    """Pairs of a run: all of them, or those where it takes something back; the others need not even be readable."""
    undoes, journal = request["undoes"], files.journal
    if request["mode"] not in ASKED_BACK:
        return list(project["pairs"])
    if "version" in undoes:
        ids = {undoes["version"]["pair"]}
    elif "trash" in undoes:
        ids = {
            row["pair_id"] for row in journal.trash(project["id"], with_removed=True) if row["id"] in undoes["trash"]
        }
    else:
        with journal.begin() as tx:
            ids = {
                pair["id"] for pair in project["pairs"] if journal.done_file_steps(tx, undoes["request"], pair["id"])
            }
    return [pair for pair in project["pairs"] if pair["id"] in ids]


async def _pair(doors: Doors, files: FileDoors, run: _Run, project: Row, pair: Row) -> bool:
    """One pair, as far as its phase allows. True when both sides are in step. Raises PairStopped, Refused."""
    stores = await files.stores(project, pair)
    request = run.request
    now = doors.clock.now()
    await _attempted(doors, run, partial(file_preflight.check_rights, files, project, pair, stores, now))
    await _attempted(doors, run, partial(file_binding.bind, files, project, pair, stores))
    may_write = not request["is_preview"] and FilePhase(project["phase"]).may_write and run.has_space
    if may_write and await _has_open_steps(files, request, pair):
        await _carry(doors, files, run, pair, stores)
    for _ in range(MOST_ROUNDS):
        if run.should_stop:
            raise _Cut
        is_whole = request["mode"] == FILES_FULL or await asyncio.to_thread(reads_whole, files, pair, doors.clock.now())
        reading = partial(read_pair, files, project, pair, stores, doors.clock.now(), is_whole=is_whole)
        read = await _attempted(doors, run, reading)
        request["mode"] = FILES_MODE  # the rounds that follow catch up
        pair = await _fresh(files, project, pair)
        if not read["changed"] and not pair["is_dirty"]:
            return True
        planned = await asyncio.to_thread(plan_pair, files, doors.clock.now(), project, pair, request)
        if not may_write:
            await asyncio.to_thread(file_preflight.keep_left_out, files, project, pair, doors.clock.now())
            return planned.actions == 0
        if planned.actions == 0:
            return True
        await _carry(doors, files, run, pair, stores)
        if planned.calling == 0:
            return True  # both sides are as they were just read: there is nothing to catch up with
        if not await _did_something(files, request, pair, planned):
            return False
    return False


async def _take_back(doors: Doors, files: FileDoors, run: _Run, project: Row, pair: Row) -> bool:
    """One pair of a run that is undone; the synchronization that follows reads both sides whole. Raises PairStopped.

    A paused project can be undone as well: pausing is the first thing people do when a run went wrong.
    """
    request = run.request
    if not await _has_plan(files, request, pair):
        stores = await files.stores(project, pair)
        reading = partial(read_pair, files, project, pair, stores, doors.clock.now(), is_whole=False)
        await _attempted(doors, run, reading)
        pair = await _fresh(files, project, pair)
        if not await asyncio.to_thread(_plan_to_take_back, files, doors.clock.now(), project, pair, request):
            return True
    if await _has_open_steps(files, request, pair):
        await _carry(doors, files, run, pair, await files.stores(project, pair))
    # What a folder brings back out of a recycle bin stands in no list of changes.
    await asyncio.to_thread(files.journal.change_file_pair, pair["id"], swept_at=None, is_dirty=True)
    return True


def _plan_to_take_back(files: FileDoors, now: datetime, project: Row, pair: Row, request: Row) -> int:
    if request["mode"] == FILES_RESTORE:
        return file_restoring.write_restore_plan(files, now, pair, request)
    return write_undo_plan(files, now, project, pair, request)


async def _has_plan(files: FileDoors, request: Row, pair: Row) -> bool:
    def look() -> bool:
        with files.journal.begin() as tx:
            ended = files.journal.ended_file_steps(tx, request["id"], pair["id"])
            return bool(ended or files.journal.open_file_steps(tx, request["id"], pair["id"]))

    return await asyncio.to_thread(look)


def _follow(doors: Doors, files: FileDoors, request: Row) -> None:
    """What an undo has changed on one side goes to the other, unless somebody has stopped the project."""
    if files.trash is not None:
        sweep(files.journal, files.trash, doors.clock.now())
    project = files.journal.file_project(int(request["project"]))
    if project is not None and FilePhase(project["phase"]).may_write:
        submit(doors.journal, project, doors.clock.now(), request["requested_by"], full=True)


def _rests(pair: Row, request: Row, now: datetime) -> Problem | None:
    """What stopped a tool a moment ago: it is left alone for a while, unless somebody asks; the others go on."""
    told = pair["problem"]
    if told is None or request["requested_by"] != WATCHER or told["code"] not in file_preflight.OF_ONE_TOOL:
        return None
    at = told.get("at")
    return Problem.from_json(told) if at and now - datetime.fromisoformat(at) < RETRY else None


async def _repair(doors: Doors, files: FileDoors, run: _Run, project: Row) -> None:
    stores = await files.stores(project, project["pairs"][0])
    drive = stores[FileSide.DRIVE]
    work = partial(file_binding.repair, project, project["pairs"], drive)
    if project["accepts_names"]:
        work = partial(file_binding.accept_names, files, project, project["pairs"], drive)
    await _attempted(doors, run, work)
    over = {"wants_repair": False, "accepts_names": False}
    await asyncio.to_thread(files.journal.change_file_project, project["id"], **over)


async def _carry(doors: Doors, files: FileDoors, run: _Run, pair: Row, stores: Mapping[FileSide, FileStore]) -> None:
    carrier = Carrier(doors, files, pair, stores, lambda: run.should_stop)
    if not await carrier.carry_out(run.request["id"]):
        raise _Cut


async def _attempted(doors: Doors, run: _Run, work: Callable[[], Awaitable[Result]]) -> Result:
    """`work` with one try and ten resumes (F049). Raises PairStopped when it cannot be done."""
    for attempt in range(1, MOST_RESUMES + 2):
        try:
            return await work()
        except FileCallFailed as failed:
            problem = failed.problem
            if failed.trouble not in (FileTrouble.AGAIN, FileTrouble.CHANGED, FileTrouble.LOCKED):
                raise PairStopped(problem) from failed
            wait = pacing.wait_before_retry(attempt, failed.wait)
        attempts = {"attempts": attempt}
        await asyncio.to_thread(doors.journal.change_request, run.request["id"], **attempts)
        until = doors.clock.now() + wait
        while (left := until - doors.clock.now()) > timedelta():
            if run.should_stop:
                raise _Cut
            await doors.clock.nap(min(left, LONGEST_NAP))
    raise PairStopped(Problem("SRV-05", {"reason": problem.to_json()}))


# --- what the journal says ---------------------------------------------------------------------------


async def _fresh(files: FileDoors, project: Row, pair: Row) -> Row:
    found = await asyncio.to_thread(files.journal.file_project, project["id"])
    assert found is not None, "only a request of its own removes a project"
    return next(each for each in found["pairs"] if each["id"] == pair["id"])


async def _has_open_steps(files: FileDoors, request: Row, pair: Row) -> bool:
    def look() -> bool:
        with files.journal.begin() as tx:
            return bool(files.journal.open_file_steps(tx, request["id"], pair["id"]))

    return await asyncio.to_thread(look)


async def _did_something(files: FileDoors, request: Row, pair: Row, planned: Planned) -> bool:
    """Whether the plan brought anything over: a round that only failed would fail again."""

    def look() -> bool:
        with files.journal.begin() as tx:
            ended = files.journal.ended_file_steps(tx, request["id"], pair["id"])
        return any(step["state"] == ActionState.DONE.value for step in ended.values())

    return await asyncio.to_thread(look)


def _after_pairs(doors: Doors, files: FileDoors, project: Row, problems: list[Problem], is_idle: bool) -> None:
    """What the run means for the phase of the project, and what people are told of it."""
    now, journal = doors.clock.now(), files.journal
    phase = FilePhase(project["phase"])
    values: dict[str, Any] = {"looked_at": now}
    holding = file_preflight.of_the_project(problems, len(project["pairs"]))
    values["problem"] = holding[0].to_json() if holding else None  # what stops one tool stands with that tool
    with journal.begin() as tx:
        after = after_run(phase, is_idle=is_idle, problem=holding[0] if holding else None)
        if after is not phase:
            values |= {"phase": after.value, "phase_at": now, "phase_before": phase.value}
        if after is FilePhase.REGULAR and phase is not FilePhase.REGULAR and project["completed_at"] is None:
            values["completed_at"] = now
            mail = file_mail.wanted(doors, project)
            journal.add_file_notice(tx, project["id"], announcement(project["name"]), now, mail)
        journal.change_file_project(project["id"], within=tx, **values)


PAUSES: Final = frozenset({"FIL-13", "FIL-18", "FIL-19"})
"""Somebody took one of the three top levels away or changed it: going on would make everything anew (F197)."""

# Phase → what a run that came to its end has done: without anything left to do, and with.
_WHEN_IDLE: Final[Mapping[FilePhase, tuple[FileEvent, ...]]] = {
    FilePhase.ADDED: tuple(FileEvent(word) for word in "check checked approve begin copied caught_up".split()),
    FilePhase.PLANNED: tuple(FileEvent(word) for word in "approve begin copied caught_up".split()),
    FilePhase.FIRST_SYNC: (FileEvent.COPIED, FileEvent.CAUGHT_UP),
    FilePhase.CATCH_UP: (FileEvent.CAUGHT_UP,),
}
_WHEN_NOT: Final[Mapping[FilePhase, tuple[FileEvent, ...]]] = {
    FilePhase.ADDED: (FileEvent.CHECK, FileEvent.CHECKED),
    FilePhase.FIRST_SYNC: (FileEvent.COPIED,),
    FilePhase.CATCH_UP: (FileEvent.CAUGHT_UP,),  # what is left waits for people, such as an open file
}


def after_run(phase: FilePhase, *, is_idle: bool, problem: Problem | None) -> FilePhase:
    """The phase after a run. is_idle: nothing is left to do on any pair; a plan without an action needs no approval."""
    state = ProjectPhase(phase)
    if problem is not None:
        return state.after(FileEvent.PAUSE).phase if problem.code in PAUSES else phase
    for event in (_WHEN_IDLE if is_idle else _WHEN_NOT).get(phase, ()):
        state = state.after(event)
    return state.phase


def _begin(doors: Doors, tx: Tx, request_id: str) -> Row:
    request = doors.journal.request(request_id)
    started = request["started_at"] or doors.clock.now()
    values = {"state": RequestState.RUNNING.value, "started_at": started, "progress_step": "reading"}
    doors.journal.change_request(request_id, within=tx, **values)
    keys = ("id", "project", "mode", "is_preview", "run", "requested_by", "element", "calls", "undoes")
    return {key: request[key] for key in keys}


def _wait_for_turn(doors: Doors, tx: Tx, request: Row) -> None:
    """Back into the queue: the next run goes on with what is open."""
    doors.journal.change_request(
        request["id"], within=tx, state=RequestState.QUEUED.value, run=request["run"] + 1, progress_step=""
    )


def _show_progress(doors: Doors, run: _Run) -> None:
    with doors.journal.begin() as tx:
        assert doors.files is not None
        counts = _counted(doors, tx, run.request["id"])
        if counts["progress_total"] and run.request["mode"] not in ASKED_BACK:
            # Tools whose turn comes later stand in the plan before: without them the share done would fall at each.
            later = doors.files.journal.count_file_steps_of_others
            counts["progress_total"] += later(tx, int(run.request["project"]), run.request["id"])
        doors.journal.change_request(run.request["id"], within=tx, calls=run.calls, **counts)
        for step_id, one in list(doors.files.under_way.items()):
            doors.files.journal.show_bytes(tx, step_id, one.bytes_moved)


_OVER = (ActionState.DONE, ActionState.FAILED, ActionState.SKIPPED)
_COUNTS = {
    "copy": "created",
    "create_folder": "created",
    "version": "updated",
    "move": "updated",
    "delete": "updated",
    "revert": "updated",
    "undelete": "created",
    "put_back": "created",
    "adopt": "linked",
}


def _counted(doors: Doors, tx: Tx, request_id: str) -> dict[str, Any]:
    assert doors.files is not None
    rows = doors.files.journal.count_file_steps(tx, request_id)
    counts: dict[str, Any] = dict.fromkeys(("created", "updated", "linked", "skipped", "errors"), 0)
    counts["progress_total"] = sum(row["n"] for row in rows)
    counts["progress_done"] = sum(row["n"] for row in rows if row["state"] in {state.value for state in _OVER})
    counts["progress_step"] = "sending" if rows else "reading"
    for row in rows:
        if row["state"] == ActionState.DONE.value and row["verb"] in _COUNTS:
            counts[_COUNTS[row["verb"]]] += row["n"]
        elif row["state"] == ActionState.FAILED.value:
            counts["errors"] += row["n"]
        elif row["state"] == ActionState.SKIPPED.value:
            counts["skipped"] += row["n"]
    return counts


def _finish(doors: Doors, tx: Tx, run: _Run, problem: Problem | None) -> None:
    request_id = run.request["id"]
    counts = _counted(doors, tx, request_id)
    user = doors.journal.is_cancelled(request_id)
    assert doors.files is not None
    counts["warnings"] = doors.files.journal.count_file_questions(tx, int(run.request["project"]))
    is_warned = counts["errors"] or counts["skipped"] or counts["warnings"]  # two sides that differ are no check mark
    state = RequestState.WARNED if is_warned else RequestState.DONE
    if problem is not None:
        state = RequestState.FAILED if problem.is_error else RequestState.WARNED
    if user is not None:
        state, problem = RequestState.CANCELLED, Problem("SRV-12", {"user": user})
    told = problem.to_json() if problem is not None else None
    values = {**counts, "state": state.value, "ended_at": doors.clock.now(), "problem": told, "progress_step": ""}
    doors.journal.change_request(request_id, within=tx, resumes_at=None, calls=run.calls, **values)
