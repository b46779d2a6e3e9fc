"""Carry a written-down plan out: maestro*'s part record by record, Procore's part in bulk calls.

Every record's own answer is read. A batch that Procore cannot take is halved until the record that
spoils it stands alone; what may have been applied without an answer is sent again under the same
origin id, which Procore answers with the same record, or looked up first where there is no such id.
A server whose bulk call refuses ids is remembered: known records are changed there one by one.
maestro*'s part is maestro_writes.py, what became of each record results.py.
"""

import asyncio
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from maestro_procore.engine.attempts import (
    MOST_RESUMES,
    TOO_LATE,
    Doors,
    Stopped,
    attempted,
    guarded,
    stop_if_final,
    wait_for_retry,
)
from maestro_procore.engine.maestro_writes import write_maestro
from maestro_procore.engine.open_actions import OpenActions
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import context_of
from maestro_procore.engine.results import RESUMED, Result, packed, plan_of, store_results, unpacked
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import LOCKED, is_id_refused, objections, row_problem
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind, ActionState, RequestState
from maestro_procore.model.write_order import awaited, filled
from maestro_procore.ports import CallFailed, CallRecord, Procore, Row, Steps, Trouble, Tx

_TOO_LARGE, _CONFLICT = 413, 409
_NOTHING: Final[Row] = {"entities": [], "errors": [], "server_time": None, "exchange": None}
"""An answer without records."""
# Whole-call refusals that a single record can cause: worth finding out which one.
_MAY_BE_ONE_RECORD = (400, 422)
# Of a write of its own also: it is gone there, or cannot be changed now. Of a bulk call these speak of rights.
_OF_ONE_RECORD = (*_MAY_BE_ONE_RECORD, 404, 409)

OUTAGE = 3
"""So many calls given up one after the other, with none answered between them, are no fault of their records."""


@dataclass(frozen=True)
class _Call:
    """One call of a batch: its actions, and whether it goes where records are changed one by one.

    made: calls that its actions have been part of before: none is part of more than eleven (F049).
    """

    batch: int
    ids: Sequence[int]
    is_single: bool = False
    made: int = 0

    @property
    def name(self) -> str:
        alone = "one " if self.is_single else ""
        return f"{self.batch} {alone}{self.ids[0]}+{len(self.ids)}"

    def resource(self, element_map: ElementMap) -> str:
        return element_map.single if self.is_single else element_map.write_resource or element_map.resources[0]

    def halves(self, made: int) -> "list[_Call]":
        """The same actions in two calls: one of a thousand stands alone after ten, and has one try left of its own."""
        middle = len(self.ids) // 2
        return [replace(self, ids=self.ids[:middle], made=made), replace(self, ids=self.ids[middle:], made=made)]


def _one_by_one(batch: int, ids: Iterable[int]) -> list[_Call]:
    return [_Call(batch, [each], is_single=True) for each in ids]


async def carry_out(steps: Steps, doors: Doors, part: Part, batches: Sequence[int]) -> dict[str, Any]:
    """All bulk calls of a plan. When Procore was last written to, by its own clock, and how many records went there.

    is_stale: the plan waited too long; what is left of it was not sent.
    """
    last_write_at, sent, given_up = None, 0, 0
    doubtful: set[int] = set()
    read = OpenActions(doors, part)
    for batch, after in zip_longest(batches, batches[1:]):
        read.next_batch = after
        work = partial(_maestro_part, doors, part, read, batch)
        ready = await attempted(steps, doors, part.request, part.step(f"maestro {batch}"), work)
        if ready.get("is_stale"):
            return {"last_write_at": last_write_at, "records": sent, "is_stale": True}
        calls = [_Call(batch, ready["ids"])] if ready["ids"] else []
        calls += _one_by_one(batch, ready.get("alone", ()))
        while calls:
            call = calls.pop(0)
            outcome = await _send_until_answered(steps, doors, part, call, read, doubtful)
            if outcome.get("is_stale"):
                return {"last_write_at": last_write_at, "records": sent, "is_stale": True}
            if outcome.get("made"):
                calls = [*call.halves(outcome["made"]), *calls]
                continue
            calls = [*_one_by_one(batch, outcome.get("alone", ())), *calls]
            given_up = given_up + 1 if outcome.get("given_up") else 0
            if given_up == OUTAGE and (calls or batch != batches[-1]):
                # Not these records: nobody is served. The others stay as they are for the next run (F9).
                raise Stopped(RequestState.FAILED, Problem.from_json(outcome["given_up"]))
            last_write_at = outcome.get("server_time") or last_write_at
            sent += outcome["stored"]
        read.forget(batch)
    return {"last_write_at": last_write_at, "records": sent, "is_stale": False}


async def _maestro_part(doors: Doors, part: Part, read: OpenActions, batch: int) -> Row:
    """Writes what goes to maestro*. ids: actions whose Procore part comes next in one call; alone: in their own."""
    if part.not_after is not None and doors.clock.now() > part.not_after:
        return {"is_stale": True}
    ready = await asyncio.to_thread(write_maestro, doors, part, read, batch)
    alone = await asyncio.to_thread(_known_to_go_alone, doors, part, read, batch, ready["ids"])
    return {"ids": [each for each in ready["ids"] if each not in alone], "alone": alone}


def _known_to_go_alone(doors: Doors, part: Part, read: OpenActions, batch: int, ids: Sequence[int]) -> list[int]:
    """Of these actions those that change a known record, on a server that has refused ids in a bulk call before."""
    if not part.map.single or not doors.journal.reading(part.kind, "")["refuses_ids"]:
        return []
    return [a["id"] for a in read.of(batch, ids) if a["procore_write"].get("id") is not None]


# --- Procore --------------------------------------------------------------------------------------


async def _send_until_answered(
    steps: Steps, doors: Doors, part: Part, call: _Call, read: OpenActions, doubtful: set[int]
) -> dict[str, Any]:
    """One call with its resumes. {"made": calls so far} when it has to be cut; else what was stored.

    doubtful: actions that Procore may have applied without an answer, this call's added.
    """
    name, piece = f"send {call.name}", call.ids
    is_one_record = False
    for attempt in range(call.made + 1, MOST_RESUMES + 2):
        send = partial(_send, doors, part, call, read, attempt)
        result: dict[str, Any] = await steps.call(
            part.step(f"{name} {attempt}"), partial(guarded, doors, part.request, send)
        )
        trouble = result.get("trouble")
        if trouble is None:
            store = partial(_store_answer, doors, part=part, call=call, read=read, answer=result)
            stored: dict[str, Any] = await steps.record(part.step(f"store {name}"), store)
            return stored
        if trouble == TOO_LATE:
            return {"is_stale": True}
        if result.get("may_have_applied"):
            doubtful.update(piece)
        problem = Problem.from_json(result["problem"])
        common = _common_refusal(part, result) if trouble == Trouble.REFUSED.name else None
        if common is not None:
            told = partial(_store_failure, doors, part=part, call=call, read=read, attempt=attempt)
            await steps.record(
                part.step(f"refused {name} {attempt}"), partial(told, problem=common, is_last=True, unknown=set())
            )
            return {"stored": 0, "given_up": None}
        if trouble == Trouble.REFUSED.name and _is_refused_for_ids(part, call, problem):
            own_ids = partial(_note_refused_ids, doors, part=part, call=call, read=read)
            alone: dict[str, Any] = await steps.record(part.step(f"ids refused {name}"), own_ids)
            return alone
        is_one_record = trouble == Trouble.REFUSED.name and result["status"] in _own_faults(part, call)
        if len(piece) > 1 and (trouble == Trouble.SMALLER.name or is_one_record):
            if trouble == Trouble.SMALLER.name and result["status"] != _TOO_LARGE:
                await wait_for_retry(doors, part.request, attempt, result["wait"])  # or the server may be down for all
            return {"made": attempt}
        if is_one_record and result["status"] == _CONFLICT and part.rules.locks is not None:
            conflict = {**_NOTHING, "conflict": problem.to_json()}
            store = partial(_store_answer, doors, part=part, call=call, read=read, answer=conflict)
            refused: dict[str, Any] = await steps.record(part.step(f"conflict {name}"), store)
            return refused
        if not (is_one_record and len(piece) == 1):
            stop_if_final(trouble, problem)
        is_last = attempt > MOST_RESUMES or is_one_record
        failed = partial(_store_failure, doors, part=part, call=call, read=read, attempt=attempt)
        unknown = doubtful.intersection(piece)
        await steps.record(
            part.step(f"failed {name} {attempt}"), partial(failed, problem=problem, is_last=is_last, unknown=unknown)
        )
        if is_last:
            break
        await wait_for_retry(doors, part.request, attempt, result["wait"])
    return {
        "stored": 0,
        "given_up": None if is_one_record else Problem("SRV-05", {"reason": result["problem"]}).to_json(),
    }


def _own_faults(part: Part, call: _Call) -> tuple[int, ...]:
    """Refusals of a call that a single record of it may have caused."""
    speaks_of_one = call.is_single or part.map.bulk == 1 or part.rules.locks is not None
    return _OF_ONE_RECORD if speaks_of_one else _MAY_BE_ONE_RECORD


def _common_refusal(part: Part, result: Row) -> Problem | None:
    """What holds for every record of the call, such as a locked budget; None when it may be one record's fault."""
    words = " ".join(str(value) for value in result["problem"]["args"].values()).lower()
    for sign, code in part.rules.refuses_all.items():
        if sign.lower() in words:
            return Problem(code, {"project": part.scope.project})
    return None


async def _send(doors: Doors, part: Part, call: _Call, read: OpenActions, attempt: int) -> Row:
    actions = await asyncio.to_thread(read.of, call.batch, call.ids)
    if not actions:
        return _NOTHING
    procore = await doors.procore()
    if not part.map.is_idempotent:
        found = await _already_there(doors, part, actions)
        if found is not None:
            return found
        await asyncio.to_thread(_note_sending, doors, actions)
        read.forget(call.batch)
    ready = await asyncio.to_thread(_filled, doors, part, actions)
    if not ready:  # what they belong to was refused: told when the answer is stored
        return _NOTHING
    await _reactivate(doors, part, procore, actions, attempt)
    ahead = asyncio.get_running_loop().run_in_executor(None, read.begin_next)
    try:
        answer = await procore.synchronize(call.resource(part.map), ready, part.place, part.not_after)
    finally:
        await ahead
    # Into the history while the answer is read: the disk has its own time.
    keeping = asyncio.get_running_loop().run_in_executor(None, _keep_exchange, doors, part, answer.call, attempt)
    entities = [part.map.from_procore(row, is_answer=True) for row in answer.entities]
    read.answered[call.name] = entities
    exchange = await keeping
    return {
        "entities": [packed(each) for each in entities],
        "errors": [_refusal(part, error) for error in answer.errors],
        "server_time": answer.server_time.isoformat() if answer.server_time else None,
        "answered_at": doors.clock.now().isoformat(),
        "exchange": exchange,
    }


def _keep_exchange(doors: Doors, part: Part, call: CallRecord, attempt: int) -> int:
    with doors.journal.begin() as tx:
        return doors.journal.add_exchange(tx, call, part.request["id"], attempt)


async def _reactivate(doors: Doors, part: Part, procore: Procore, actions: Sequence[Row], attempt: int) -> None:
    """Brings back what Procore has put away and maestro* uses again, each by the route that is made for it."""
    flag = part.map.active
    if not part.map.reactivated_by:
        return
    for action in actions:
        before = action["before"] and action["before"].get("procore")
        if not before or before.get(flag) is not False or action["procore_write"].get(flag) is not True:
            continue
        wish = [{"id": action["procore_id"]}]
        try:
            answer = await procore.synchronize(part.map.reactivated_by, wish, part.place, part.not_after)
        except CallFailed as failed:
            if failed.call is None or failed.call.status != 404:
                raise
            continue  # it is back already: an earlier attempt, or somebody else
        await asyncio.to_thread(_keep_exchange, doors, part, answer.call, attempt)


async def _already_there(doors: Doors, part: Part, actions: Sequence[Row]) -> Row | None:
    """The answer to a call that left once without one, as the list shows it; None when it may go."""
    if not any(action["is_sent"] for action in actions) or part.rules.sent_as is None:
        return None
    procore = await doors.procore()
    number, has_next, records, place = 1, True, {}, await asyncio.to_thread(_place_of, doors, part)
    while has_next:
        page = await procore.read_page(part.map.resources[0], number, None, place)
        for record in map(part.map.from_procore, page.rows):
            records[part.rules.answered_as(record)] = record
        number, has_next = number + 1, page.has_next
    found = [records.get(part.rules.sent_as(action["procore_write"])) for action in actions]
    if not all(found):
        return None
    at = page.server_time.isoformat() if page.server_time else None
    return {"entities": [packed(r) for r in found if r], "errors": [], "server_time": at, "exchange": None}


def _place_of(doors: Doors, part: Part) -> dict[str, str]:
    """What the address of its list wants: the project, and what rules find."""
    return {**part.place, **part.rules.path_values(context_of(doors, part))}


def _filled(doors: Doors, part: Part, actions: Sequence[Row]) -> list[Row]:
    """The writes, with the ids of records that earlier calls of the same plan created."""
    if not any(awaited(action["procore_write"]) for action in actions):
        return [action["procore_write"] for action in actions]
    with doors.journal.begin() as tx:
        links = doors.journal.link_pairs(tx, part.kind, part.scope.project)
    writes = [filled(action["procore_write"], links) for action in actions]
    return [write for write in writes if write is not None]


def _note_sending(doors: Doors, actions: Sequence[Row]) -> None:
    with doors.journal.begin() as tx:
        doors.journal.change_actions(tx, [{"id": action["id"], "is_sent": True} for action in actions])


def _refusal(part: Part, error: Row) -> Row:
    """What of a refused record is worth remembering."""
    sent_as = part.rules.sent_as(error) if part.rules.sent_as is not None else None
    return {"id": error.get("id"), "origin_id": error.get("origin_id"), "as": sent_as, "errors": error.get("errors")}


# --- answers --------------------------------------------------------------------------------------


def _store_answer(doors: Doors, tx: Tx, part: Part, call: _Call, read: OpenActions, answer: Row) -> Row:
    """What became of the records of a call. alone: those whose ids it refused, left open to be sent one by one."""
    actions = read.of(call.batch, call.ids)
    entities = read.answered.pop(call.name, None)
    if entities is None:  # answered before the program was killed
        entities = [unpacked(row) for row in answer["entities"]]
    by_origin = {e.origin_id: e for e in entities if e.origin_id}
    by_id = {e.procore_id: e for e in entities}
    sent_as = part.rules.sent_as
    by_name = {part.rules.answered_as(e): e for e in entities} if sent_as is not None else {}
    links: dict[str, int] | None = None
    errors = {e["as"] or e["origin_id"] or e["id"]: e["errors"] or {} for e in answer["errors"]}
    begun_at = _begun_by_procores_clock(read, answer)
    conflict = answer.get("conflict")
    results: list[Result] = []
    alone: list[int] = []
    locked: list[str] = []
    for action in actions:
        sent, key = action["procore_write"], action["maestro_key"] or ""
        name = sent_as(sent) if sent_as is not None else None
        entity = by_origin.get(sent.get("origin_id")) or by_id.get(sent.get("id")) or by_name.get(name or "")
        refused = errors.get(name or sent.get("origin_id"), errors.get(sent.get("id")))
        if part.map.single and not call.is_single and is_id_refused(refused):
            alone.append(action["id"])
        elif refused is not None or conflict is not None:
            told_of = _objection(part, action, refused, conflict)
            if told_of.code == LOCKED and part.rules.locks is not None and sent.get("id") is not None:
                locked.append(part.rules.locks.key(key))
                told_of = part.rules.locks.told(locked[-1])
            results.append(Result(action, [*_half_done(part, action), told_of]))
        elif entity is None:
            if links is None:  # seldom wanted, and there may be very many
                links = doors.journal.link_pairs(tx, part.kind, part.scope.project)
            above = awaited(sent)
            is_orphan = above is not None and above not in links
            orphan = Problem("LNK-11", {"code": key, "parent": above})
            results.append(Result(action, [orphan if is_orphan else Problem("CHK-03", {"code": key})]))
        else:
            told = objections(part.map, sent, entity, key)
            is_adopted = _is_older(action, entity, begun_at)
            results.append(Result(action, told, entity, is_written=True, is_adopted=is_adopted))
    if alone:
        doors.journal.change_reading(part.kind, "", within=tx, refuses_ids=True)
    store_results(doors, tx, part, results, answer["exchange"])
    if locked:
        _remember_locks(doors, tx, part, locked)
    stored = sum(r.entity is not None for r in results)
    # What is locked there is taken back and sent anew: the rest of the plan is made again with that.
    return {"stored": stored, "server_time": answer["server_time"], "alone": alone, "is_stale": bool(locked)}


def _objection(part: Part, action: Row, refused: Any, conflict: Row | None) -> Problem:
    """What Procore says against one record, in the bulk answer or (conflict) by refusing the call of it alone."""
    sent, key = action["procore_write"], action["maestro_key"] or ""
    if conflict is None:
        return row_problem(part.kind, key, refused, sent)
    told = Problem.from_json(conflict)
    return Problem(LOCKED, {"fields": str(told.args.get("text"))}) if sent.get("id") is not None else told


def _remember_locks(doors: Doors, tx: Tx, part: Part, keys: Sequence[str]) -> None:
    """Records that Procore does not let be changed, for every plan from now on."""
    locks = part.rules.locks
    assert locks is not None, "asked for kinds with locks only"
    numbers = doors.journal.link_pairs(tx, locks.of, part.scope.project)
    own = {"element": locks.kind, "scope": part.scope.project, "origin_id": "", "rule": "locked", "agreed": {}}
    by = {"linked_by": part.request["requested_by"], "at": doors.clock.now()}
    rows = [{**own, **by, "maestro_key": key, "procore_id": numbers[key]} for key in dict.fromkeys(keys)]
    doors.journal.store_links(tx, rows)


_TOLERANCE = timedelta(seconds=5)
"""Both clocks are told in whole seconds, and an answer travels."""


def _begun_by_procores_clock(read: OpenActions, answer: Row) -> datetime | None:
    """When the run was asked for, as Procore's clock had it; None: the answer does not say what time it is there."""
    if not answer["server_time"] or not answer.get("answered_at"):
        return None
    here, there = (datetime.fromisoformat(answer[name]) for name in ("answered_at", "server_time"))
    return read.requested_at - (here - there) - _TOLERANCE


def _is_older(action: Row, entity: Record, begun_at: datetime | None) -> bool:
    """Whether what was to be created is there since before the run: the journal that knew of it was lost."""
    if action["kind"] != ActionKind.CREATE or action["maestro_write"] is not None:
        return False
    return begun_at is not None and entity.created_at is not None and entity.created_at < begun_at


def _is_refused_for_ids(part: Part, call: _Call, problem: Problem) -> bool:
    told = {str(problem.args.get("field")): problem.args.get("text")}
    return bool(part.map.single) and not call.is_single and is_id_refused(told)


def _note_refused_ids(doors: Doors, tx: Tx, part: Part, call: _Call, read: OpenActions) -> Row:
    """The bulk call as a whole was refused for its ids: nothing of it was applied."""
    doors.journal.change_reading(part.kind, "", within=tx, refuses_ids=True)
    return {"stored": 0, "alone": [action["id"] for action in read.of(call.batch, call.ids)]}


def _half_done(part: Part, action: Row) -> list[Problem]:
    """Of a record that maestro* has by now: what Procore did not take was only its mark."""
    is_here = action["kind"] == ActionKind.CREATE and action["maestro_write"] is not None
    return [Problem(part.rules.unmarked, {"no": action["maestro_key"]})] if is_here and part.rules.unmarked else []


def _store_failure(
    doors: Doors,
    tx: Tx,
    part: Part,
    call: _Call,
    read: OpenActions,
    attempt: int,
    problem: Problem,
    is_last: bool,
    unknown: Set[int],
) -> None:
    """A failed attempt: counted on each action; the last one turns them red, those in `unknown` as not known."""
    actions = read.of(call.batch, call.ids)
    read.forget(call.batch)
    for action in actions:
        action["attempts"] = attempt
    doors.journal.change_request(part.request["id"], within=tx, attempts=attempt)
    if is_last:
        final = problem if attempt <= MOST_RESUMES else Problem("SRV-05", {"reason": problem.to_json()})
        told = [final] if final is problem else [final, problem]
        results = [
            Result(a, [Problem("RUN-04", {"system": "Procore", "code": a["maestro_key"]}), *told], is_unknown=True)
            if a["id"] in unknown
            else Result(a, [*_half_done(part, a), *told])
            for a in actions
        ]
        store_results(doors, tx, part, results, None)
        return
    resumed = Problem(RESUMED, {"n": attempt, "reason": problem.to_json()})
    retried = {"attempts": attempt, "state": ActionState.RETRY.value}
    rows = [{"id": a["id"], **retried, "problems": [p.to_json() for p in (*plan_of(a), resumed)]} for a in actions]
    doors.journal.change_actions(tx, rows)
