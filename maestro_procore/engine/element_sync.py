"""One request from beginning to end: gather, compare, plan, write down, carry out, check.

The same flow for every element: part by part (engine/parts.py), each read (own_lists.py, record_reading.py), planned
(planning.py) and carried out (bulk_writes.py); what differs between elements is data (model/kinds.py).
Every branch depends only on results that the durable engine remembers, so that a run which is
killed anywhere continues where it was.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from maestro_procore.engine import holding, own_lists, shared_reading
from maestro_procore.engine.attempts import Doors, Stopped, attempted
from maestro_procore.engine.bulk_writes import carry_out
from maestro_procore.engine.list_reading import look_around
from maestro_procore.engine.lists_first import raise_trouble, read_lists_first, usable
from maestro_procore.engine.memory import give_back
from maestro_procore.engine.parts import Part, parts_of, scopes_of
from maestro_procore.engine.planning import NOTHING_UNREAD, gather_subject, make_plan, show_scope
from maestro_procore.engine.record_reading import InVain, open_records
from maestro_procore.engine.right_of_way import let_pass
from maestro_procore.engine.shared_reading import gather_changes, note, was_told
from maestro_procore.engine.undo import is_undo
from maestro_procore.model import pacing
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.mapping import Reading
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import nothing_wrong
from maestro_procore.model.status import ActionKind, ActionState, RequestState
from maestro_procore.ports import Row, Steps, Tx


async def synchronize(request_id: str, steps: Steps, doors: Doors) -> None:
    """The flow of one request. Never raises for a fault of either side: that becomes its state and message."""
    request = await steps.record("begin", lambda tx: _begin(doors, tx, request_id))
    end: tuple[str | None, Row | None] = (None, None)
    try:
        scopes = await attempted(steps, doors, request, "scopes", partial(_look_for_scopes, doors, request))
        groups, in_vain = parts_of(request, scopes["scopes"]), InVain()
        if not request["undoes"]:
            await read_lists_first(steps, doors, request, groups)
        for done, parts in enumerate(groups):
            if parts[0].is_by_project:
                show = partial(_show_progress, doors, request=request, done=done, total=len(groups))
                await steps.record(f"{parts[0].step('start')}", show)
                await let_pass(doors, request)
            await _synchronize_scope(steps, doors, parts, in_vain)
            give_back()
    except Stopped as stopped:
        end = (stopped.state.value, stopped.problem.to_json() if stopped.problem else None)
    await steps.record("finish", lambda tx: _finish(doors, tx, request, *end))


async def _look_for_scopes(doors: Doors, request: Row) -> Row:
    return {"scopes": await asyncio.to_thread(scopes_of, doors, request)}


def _show_progress(doors: Doors, tx: Tx, request: Row, done: int, total: int) -> None:
    doors.journal.change_request(request["id"], within=tx, progress_done=done, progress_total=total)


async def _synchronize_scope(steps: Steps, doors: Doors, parts: Sequence[Part], in_vain: InVain) -> None:
    """The kinds of one scope, one after the other. A project's own trouble is kept with it; the others go on."""
    has_written = False
    for part in parts:
        try:
            has_written = await _synchronize_part(steps, doors, part, in_vain) or has_written
        except Stopped as stopped:
            if not (part.is_by_project and stopped.is_local and stopped.problem is not None):
                raise
            note = partial(_note_trouble, doors, part=part, problem=stopped.problem)
            await steps.record(part.step("given up"), note)
            break
    if has_written and parts[0].is_by_project:
        await _show(steps, doors, parts)


async def _show(steps: Steps, doors: Doors, parts: Sequence[Part]) -> None:
    """What stands on both sides now, on the page: a record may have been finished by a part after its own."""

    async def work() -> Row:
        for part in parts:
            if part.is_main:
                await asyncio.to_thread(show_scope, doors, part)
        return {}

    await attempted(steps, doors, parts[-1].request, parts[-1].step("show"), work)


async def _synchronize_part(steps: Steps, doors: Doors, part: Part, in_vain: InVain) -> bool:
    """Read, plan, carry out; once more from the beginning when the plan grew too old before it could be sent.

    True when something was to be written.
    """
    while True:
        begin = partial(_begin_part, doors, part=part)
        begun = await steps.record(part.step("begin part"), begin)
        reading: Row = {}
        unread = NOTHING_UNREAD
        if not begun["is_planned"]:
            looked = await look_around(steps, doors, part, begun["reads"])
            if looked["reads"]:
                raise_trouble(begun["listed"])
                reading = await gather_changes(steps, doors, part, begun, looked["place"])
                if part.map.detail:
                    unread = await open_records(steps, doors, part, looked["place"], in_vain)
            work = partial(make_plan, doors, part, unread)
            planned = await attempted(steps, doors, part.request, part.step("plan"), work, gives_up_at_once=True)
        else:
            planned = await _open_batches(steps, doors, part)
        if part.request["is_preview"] or planned.get("is_held") or not planned["at"]:
            written: Row = {"is_stale": False}
        else:
            part = part.planned(datetime.fromisoformat(planned["at"]))
            written = await carry_out(steps, doors, part, planned["batches"])
            if written["records"] and not written["is_stale"]:
                written |= await _look_it_over(steps, doors, part)
        end = partial(_end_part, doors, part=part, begun=begun, reading=reading, written=written)
        await steps.record(part.step("end part"), end)
        if not written["is_stale"]:
            return bool(planned["batches"]) and not part.request["is_preview"]
        part = replace(part, round=part.round + 1, planned_at=None)


async def _look_it_over(steps: Steps, doors: Doors, part: Part) -> Row:
    """What the rules say of the whole scope once it was sent; from the answers, without a call."""

    if part.rules.checks is nothing_wrong:
        return {}

    async def work() -> Row:
        subject = await asyncio.to_thread(gather_subject, doors, part)
        told = part.rules.checks(subject)
        return {"problem": told.to_json() if told is not None else None}

    return await attempted(steps, doors, part.request, part.step("look it over"), work)


# --- begin and end -------------------------------------------------------------------------------


def _begin(doors: Doors, tx: Tx, request_id: str) -> Row:
    """Claims the request and gives back everything that the flow's branches depend on."""
    request = doors.journal.request(request_id)
    now = doors.clock.now()
    doors.journal.change_request(
        request_id,
        within=tx,
        state=RequestState.RUNNING.value,
        started_at=request["started_at"] or now,
        progress_step="reading",
        progress_done=0,
        progress_total=0,
    )
    return {name: request[name] for name in _BRANCHES}


_BRANCHES = ("id", "run", "element", "keys", "project", "mode", "requested_by", "is_preview", "confirmed", "undoes")


def _begin_part(doors: Doors, tx: Tx, part: Part) -> Row:
    """Whether the part is planned already, whether it wants a reading, and from when.

    A plan of an earlier run of the request, perhaps days old, or one that waited too long is dropped:
    either side may have moved since, so what is left is compared anew.
    """
    journal, now = doors.journal, doors.clock.now()
    held, state = journal.part(part.name), journal.reading(part.kind, part.scope.project)
    is_planned = held["is_planned"] and held["run"] == part.request["run"] and held["round"] == part.round
    if held["is_planned"] and not is_planned:
        journal.drop_plan(tx, part.name)
        journal.change_part(tx, part.name, run=part.request["run"], round=part.round, is_planned=False)
    sweep_due = state["sweep_due_at"] is not None and state["sweep_due_at"] <= now
    is_first = state["read_from"] is None
    is_full = is_first or sweep_due or (part.request["mode"] == "full" and part.round == 1)
    reads = bool(part.map.resources) and _is_there(part) and (part.map.reading is Reading.CHANGES or is_full)
    if part.map.reading is Reading.NEVER or (part.map.reading is Reading.ONCE and was_told(doors, part, state)):
        reads = False
    if is_undo(part) and part.map.reading is not Reading.CHANGES:
        reads, is_full = bool(part.map.resources) and _is_there(part), True  # is it still what we wrote?
    journal.change_request(part.request["id"], within=tx, progress_step="reading")
    return {
        "is_planned": is_planned,
        "reads": reads,
        "read_from": None if is_full else state["read_from"].isoformat(),
        "shared": shared_reading.foreseen(doors, part) if reads and not is_full else None,
        "further": own_lists.foreseen(doors, part) if reads else "",
        "listed": usable(held["listed"], part) if reads and is_first else None,
        "at": now.isoformat(),
    }


def _is_there(part: Part) -> bool:
    """A project that is not linked has nothing in Procore that could be read."""
    return not part.scope.project or part.scope.procore_id is not None


def _end_part(doors: Doors, tx: Tx, part: Part, begun: Row, reading: Row, written: Row) -> None:
    """The next reading's start, and whether as many records carry our mark as are linked."""
    journal, now = doors.journal, doors.clock.now()
    start: datetime | None = None
    if reading.get("read_at"):
        start, sweep_due = pacing.next_read_window(
            datetime.fromisoformat(reading["read_at"]),
            datetime.fromisoformat(written["last_write_at"]) if written.get("last_write_at") else None,
            written.get("records", 0),
            reading["page_size"],
            datetime.fromisoformat(begun["read_from"]) if begun["read_from"] else None,
        )
        due = now + pacing.SWEEP_AFTER if sweep_due else _next_sweep(doors, part, begun, now)
        told: Row = {}
        if part.map.reading is Reading.ONCE:
            due, told = None, {"told_at": datetime.fromisoformat(begun["at"])}  # other elements need it as well
        values = {"read_from": start, "sweep_due_at": due, **told}
        journal.change_reading(part.kind, part.scope.project, within=tx, **values)
    note(doors, tx, part, begun, start, reading, written)
    if written["is_stale"]:
        journal.drop_plan(tx, part.name)
        return
    if part.kind == ELEMENTS[part.request["element"]].kinds[-1]:
        journal.release_lines(tx, part.request["id"])  # of this scope; those of the next are not planned yet
    if written.get("problem") is not None:
        journal.change_part(tx, part.name, problem=written["problem"])
    expected, found = journal.count_marks(tx, part.kind, part.scope.project)
    if found != expected:
        short = Problem("CHK-02", {"element": part.kind, "expected": expected, "found": found})
        journal.change_part(tx, part.name, problem=short.to_json())


def _next_sweep(doors: Doors, part: Part, begun: Row, now: datetime) -> datetime | None:
    """When everything has to be read again. A differential reading leaves the date that a full one has set."""
    if begun["read_from"] is not None:
        held: datetime | None = doors.journal.reading(part.kind, part.scope.project)["sweep_due_at"]
        return held
    # Of an element with further lists, only the first one tells what changed.
    return now + pacing.SWEEP_EVERY if len(part.map.resources) > 1 else None


def _note_trouble(doors: Doors, tx: Tx, part: Part, problem: Problem) -> None:
    doors.journal.change_part(tx, part.name, problem=problem.to_json())


def _finish(doors: Doors, tx: Tx, request: Row, state: str | None, problem: Row | None) -> None:
    """The verdict: counts from the actions themselves, the lines let go."""
    journal, now = doors.journal, doors.clock.now()
    counts = journal.count_states(tx, request["id"])
    totals = _totals(counts, request["element"], is_preview=request["is_preview"])
    troubles = journal.part_problems(tx, request["id"])
    totals["errors"] += len(troubles)
    if problem is None and troubles:
        problem = troubles[0]["problem"]
    held = holding.held_back(doors, tx, request) if state is None else None
    if held is not None:  # it ends here: a confirmation resumes it, and everything is compared anew
        state, problem = RequestState.FAILED.value, held.to_json()
    if request["is_preview"] and problem is None:
        would_wait = holding.foretold(doors, tx, request)
        problem = would_wait.to_json() if would_wait is not None else None
    verdict = state or _verdict(totals)
    journal.change_request(
        request["id"],
        within=tx,
        state=verdict,
        ended_at=now,
        resumes_at=None,
        wait_reason=None,
        progress_step="",
        problem=problem,
        attempts=max((c["attempts"] for c in counts), default=0),
        unchanged=journal.count_unchanged(tx, request["id"], request["element"]),
        **totals,
    )
    journal.release_lines(tx, request["id"])
    is_whole = not (
        request["keys"] or request["project"] or request["undoes"]
    )  # a part says nothing about the rest of the element
    if verdict in (RequestState.DONE, RequestState.WARNED) and is_whole and not request["is_preview"]:
        journal.change_element(request["element"], within=tx, last_success_at=now, last_request_id=request["id"])


_COUNTED = {ActionKind.CREATE.value: "created", ActionKind.UPDATE.value: "updated", ActionKind.LINK.value: "linked"}
_SUCCESSES = (ActionState.DONE.value, ActionState.WARNED.value)


def _totals(counts: Sequence[Row], element: str, *, is_preview: bool) -> dict[str, int]:
    """The figures of a request; of a preview, what it promises.

    Created, updated and linked are records of the element itself; codes and lines that come with them are not
    counted twice. A skipped record waits for somebody: it counts as a warning, never as an error.
    """
    counted = {*_SUCCESSES, ActionState.PLANNED.value} if is_preview else set(_SUCCESSES)
    totals = dict.fromkeys(("created", "updated", "linked", "skipped", "warnings", "errors"), 0)
    for count in counts:
        kind, state, n = count["kind"], count["state"], count["n"]
        if state in counted and kind in _COUNTED and count["element"] == element:
            totals[_COUNTED[kind]] += n
        if state == ActionState.SKIPPED:
            totals["skipped"] += n
        if state in (ActionState.SKIPPED, ActionState.WARNED):
            totals["warnings"] += n
        if state in (ActionState.FAILED, ActionState.UNKNOWN) and kind != ActionKind.READ:
            totals["errors"] += n
    return totals


def _verdict(totals: Mapping[str, int]) -> str:
    if totals["errors"]:
        return RequestState.FAILED.value
    return RequestState.WARNED.value if totals["warnings"] else RequestState.DONE.value


async def _open_batches(steps: Steps, doors: Doors, part: Part) -> Row:
    async def work() -> Row:
        held = await asyncio.to_thread(doors.journal.part, part.name)
        at = held["planned_at"].isoformat() if held["planned_at"] else None
        batches = await asyncio.to_thread(doors.journal.open_batches, part.name)
        return {"batches": batches, "at": at, "is_held": held["is_held"]}

    found: Row = await steps.call(part.step("what is left"), work)
    return found
