"""Carry a written-down plan out: maestro*'s part record by record, Procore's part in bulk calls.

Every record's own answer is read. A batch that Procore cannot take is halved until the record that
spoils it stands alone; what may have been applied without an answer is sent again under the same
origin id, which Procore answers with the same record.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from typing import Any

from maestro_procore.engine.attempts import (
    MOST_RESUMES,
    Doors,
    Stopped,
    attempted,
    guarded,
    stop_if_final,
    wait_for_retry,
)
from maestro_procore.model.compare import Winner
from maestro_procore.model.elements import Side
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import groups_of, values_of, worst_kind
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement, objections, row_problem
from maestro_procore.model.problems import Kind, Problem
from maestro_procore.model.status import ActionKind, ActionState, LineStatus, RequestState
from maestro_procore.model.values import fold, means_the_same
from maestro_procore.ports import CompanyRefused, Row, Steps, Trouble, Tx

# Whole-call refusals that a single record can cause: worth finding out which one.
_MAY_BE_ONE_RECORD = (400, 422)

OUTAGE = 3
"""So many calls given up one after the other, with none answered between them, are no fault of their records."""


async def carry_out(steps: Steps, doors: Doors, request: Row, batches: Sequence[int]) -> dict[str, Any]:
    """All bulk calls of a plan. When Procore was last written to, by its own clock, and how many records went there."""
    last_write_at, sent, given_up = None, 0, 0
    doubtful: set[int] = set()
    for batch in batches:
        ready = await attempted(
            steps, doors, request, f"maestro {batch}", partial(_maestro_part, doors, request, batch)
        )
        parts: list[list[int]] = [ready["ids"]] if ready["ids"] else []
        while parts:
            part = parts.pop(0)
            outcome = await _send_until_answered(steps, doors, request, batch, part, doubtful)
            if outcome.get("halve"):
                middle = len(part) // 2
                parts = [part[:middle], part[middle:], *parts]
                continue
            given_up = given_up + 1 if outcome.get("given_up") else 0
            if given_up == OUTAGE and (parts or batch != batches[-1]):
                # Not these records: nobody is served. The others stay as they are for the next run (F9).
                raise Stopped(RequestState.FAILED, Problem.from_json(outcome["given_up"]))
            last_write_at = outcome.get("server_time") or last_write_at
            sent += outcome["stored"]
    return {"last_write_at": last_write_at, "records": sent}


# --- maestro* -------------------------------------------------------------------------------------


async def _maestro_part(doors: Doors, request: Row, batch: int) -> Row:
    """Writes what goes to maestro*, then gives the ids of the actions whose Procore part comes next."""
    return await asyncio.to_thread(_write_maestro, doors, request, batch)


def _write_maestro(doors: Doors, request: Row, batch: int) -> Row:
    journal, element_map = doors.journal, MAPS[request["element"]]
    actions = journal.open_actions(request["id"], batch)
    now = doors.clock.now()
    with journal.begin() as tx:  # the intent, before anything leaves
        begun = [{"id": a["id"], "state": ActionState.RUNNING.value, "started_at": now} for a in actions]
        journal.change_actions(tx, begun)
        wheel = {"status": LineStatus.RUNNING.value, "request_id": request["id"]}
        journal.change_lines(tx, request["element"], [{**_line_key(a), **wheel} for a in actions])
    refused = {}
    for action in actions:
        if action["maestro_write"] is not None:
            was_running = action["state"] == ActionState.RUNNING
            problem = _write_one(doors, element_map, action, may_be_done=was_running)
            if problem is not None:
                refused[action["id"]] = problem
    finished = [a for a in actions if a["id"] not in refused and a["procore_write"] is None]
    if refused or finished:
        with journal.begin() as tx:
            failed = [_Result(a, [refused[a["id"]]], is_untouched=True) for a in actions if a["id"] in refused]
            done = [_Result(a, [], is_written=True) for a in finished]
            _store_results(doors, tx, request, [*failed, *done], None)
    return {"ids": [a["id"] for a in actions if a["id"] not in refused and a["procore_write"] is not None]}


def _write_one(doors: Doors, element_map: ElementMap, action: Row, *, may_be_done: bool) -> Problem | None:
    """One row in maestro*. may_be_done: a killed program may have written it already, so look before writing."""
    company, key = doors.company, action["maestro_key"]
    rows = company.rows(element_map.table, keys=[key])
    written: Mapping[str, Any] = action["maestro_write"]
    try:
        if action["kind"] == ActionKind.CREATE:
            if not rows:
                company.insert(element_map.table, written, doors.clock.now())
            elif not may_be_done and not _holds(element_map, element_map.from_maestro(rows[0]), written):
                return Problem("SRV-26", {"code": key, "reason": "exists"})
            return None
        if not rows:
            return Problem("LNK-02", {"code": key, "system": "maestro*"})
        held = element_map.from_maestro(rows[0])
        if _holds(element_map, held, written):
            return None
        if _has_moved(element_map, held, action["differences"]):
            return Problem("RUN-11", {"code": key})
        expect = {column: rows[0][column] for column in written}
        where = {"company_id": rows[0]["company_id"], element_map.key_column: rows[0][element_map.key_column]}
        if not company.update(element_map.table, where, written, doors.clock.now(), expect=expect):
            return Problem("RUN-11", {"code": key})
    except CompanyRefused as refused:
        return Problem("SRV-26", {"code": key, "reason": refused.reason})
    return None


def _holds(element_map: ElementMap, held: Record, written: Mapping[str, Any]) -> bool:
    return all(
        means_the_same(f.kind, held.values.get(f.name), f.kind.read(written[f.maestro]), f.maestro_length)
        for f in element_map.fields
        if f.maestro in written
    )


def _has_moved(element_map: ElementMap, held: Record, differences: Sequence[Mapping[str, Any]]) -> bool:
    """True when somebody changed a field in maestro* after the plan was made."""
    for difference in differences:
        each = element_map.field(difference["field"])
        if not means_the_same(each.kind, held.values.get(each.name), difference["maestro"], each.maestro_length):
            return True
    return False


# --- Procore --------------------------------------------------------------------------------------


async def _send_until_answered(
    steps: Steps, doors: Doors, request: Row, batch: int, part: Sequence[int], doubtful: set[int]
) -> dict[str, Any]:
    """One bulk call with its resumes. {"halve": True} when it has to be cut; else what was stored.

    doubtful: actions that Procore may have applied without an answer, this call's added.
    """
    name = f"send {batch} {part[0]}+{len(part)}"
    for attempt in range(1, MOST_RESUMES + 2):
        send = partial(_send, doors, request, batch, part, attempt)
        result: dict[str, Any] = await steps.call(f"{name} {attempt}", partial(guarded, doors, request, send))
        trouble = result.get("trouble")
        if trouble is None:
            store = partial(_store_answer, doors, request=request, batch=batch, part=part, answer=result)
            stored: dict[str, Any] = await steps.record(f"store {name}", store)
            return stored
        if result.get("may_have_applied"):
            doubtful.update(part)
        problem = Problem.from_json(result["problem"])
        is_one_record = trouble == Trouble.REFUSED.name and result["status"] in _MAY_BE_ONE_RECORD
        if len(part) > 1 and (trouble == Trouble.SMALLER.name or is_one_record):
            return {"halve": True}
        if not (is_one_record and len(part) == 1):
            stop_if_final(trouble, problem)
        is_last = attempt > MOST_RESUMES or is_one_record
        failed = partial(_store_failure, doors, request=request, batch=batch, part=part, attempt=attempt)
        unknown = doubtful.intersection(part)
        await steps.record(
            f"failed {name} {attempt}", partial(failed, problem=problem, is_last=is_last, unknown=unknown)
        )
        if is_last:
            break
        await wait_for_retry(doors, request, attempt, result["wait"])
    return {
        "stored": 0,
        "given_up": None if is_one_record else Problem("SRV-05", {"reason": result["problem"]}).to_json(),
    }


async def _send(doors: Doors, request: Row, batch: int, part: Sequence[int], attempt: int) -> Row:
    actions = await asyncio.to_thread(_actions_of, doors, request, batch, part)
    if not actions:
        return {"entities": [], "errors": [], "server_time": None, "exchange": None}
    element_map = MAPS[request["element"]]
    procore = await doors.procore()
    answer = await procore.synchronize(element_map.resources[0], [a["procore_write"] for a in actions])

    def keep() -> int:
        with doors.journal.begin() as tx:
            return doors.journal.add_exchange(tx, answer.call, request["id"], attempt)

    exchange = await asyncio.to_thread(keep)
    return {
        "entities": [_slim(element_map, entity) for entity in answer.entities],
        "errors": [
            {"id": e.get("id"), "origin_id": e.get("origin_id"), "errors": e.get("errors")} for e in answer.errors
        ],
        "server_time": answer.server_time.isoformat() if answer.server_time else None,
        "exchange": exchange,
    }


def _actions_of(doors: Doors, request: Row, batch: int, part: Sequence[int]) -> list[Row]:
    wanted = set(part)
    return [a for a in doors.journal.open_actions(request["id"], batch) if a["id"] in wanted]


def _slim(element_map: ElementMap, entity: Mapping[str, Any]) -> Row:
    """What of an answered record is worth remembering."""
    names = {"id", "origin_id", "updated_at", element_map.active, element_map.number}
    names |= {f.procore for f in element_map.fields}
    return {name: entity.get(name) for name in names}


# --- results --------------------------------------------------------------------------------------


RESUMED = "SRV-04"
"""Told while an action is between two attempts, and no longer once it is finished."""


def _of_plan(action: Row) -> list[Problem]:
    told = [Problem.from_json(p) for p in action["problems"]]
    return [p for p in told if p.code != RESUMED]


class _Result:
    """What became of one action."""

    def __init__(
        self,
        action: Row,
        problems: Sequence[Problem],
        entity: Record | None = None,
        *,
        is_written: bool = False,
        is_untouched: bool = False,
        is_unknown: bool = False,
    ) -> None:
        """is_untouched: maestro* did not take its part either, where there was one.

        is_unknown: Procore may have stored it without an answer; only the next reading tells (RUN-04).
        """
        self.action, self.entity, self.is_written = action, entity, is_written
        self._is_in_maestro = action["maestro_write"] is not None and not is_untouched
        told = _of_plan(action)
        self.problems = [*problems, *(p for p in told if p.code not in {q.code for q in problems})]
        if is_unknown:
            self.state = ActionState.UNKNOWN
        elif any(p.is_error for p in problems):
            self.state = ActionState.FAILED
        elif not is_written:
            self.state = ActionState.SKIPPED
        else:
            warned = any(p.kind is Kind.WARNING for p in self.problems)
            self.state = ActionState.WARNED if warned else ActionState.DONE

    @property
    def is_accepted(self) -> bool:
        """It was carried out, on one side at least, although the plan named a condition (F016)."""
        is_carried_out = self.is_written or self._is_in_maestro
        return is_carried_out and any(p.is_condition for p in _of_plan(self.action))


def _store_answer(
    doors: Doors, tx: Tx, request: Row, batch: int, part: Sequence[int], answer: Mapping[str, Any]
) -> Row:
    element_map, wanted = MAPS[request["element"]], set(part)
    actions = [a for a in doors.journal.open_actions(request["id"], batch, tx) if a["id"] in wanted]
    entities = [element_map.from_procore(row) for row in answer["entities"]]
    by_origin = {e.origin_id: e for e in entities if e.origin_id}
    by_id = {e.procore_id: e for e in entities}
    errors = {e["origin_id"] or e["id"]: e["errors"] or {} for e in answer["errors"]}
    results = []
    for action in actions:
        sent, key = action["procore_write"], action["maestro_key"]
        entity = by_origin.get(sent["origin_id"]) or by_id.get(sent.get("id"))
        refused = errors.get(sent["origin_id"], errors.get(sent.get("id")))
        if refused is not None:
            results.append(_Result(action, [row_problem(element_map.element, key, refused)]))
        elif entity is None:
            results.append(_Result(action, [Problem("CHK-03", {"code": key})]))
        else:
            results.append(_Result(action, objections(element_map, sent, entity, key), entity, is_written=True))
    _store_results(doors, tx, request, results, answer["exchange"])
    return {"stored": sum(r.entity is not None for r in results), "server_time": answer["server_time"]}


def _store_failure(
    doors: Doors,
    tx: Tx,
    request: Row,
    batch: int,
    part: Sequence[int],
    attempt: int,
    problem: Problem,
    is_last: bool,
    unknown: Set[int],
) -> None:
    """A failed attempt: counted on each action; the last one turns them red, those in `unknown` as not known."""
    wanted = set(part)
    actions = [a for a in doors.journal.open_actions(request["id"], batch, tx) if a["id"] in wanted]
    for action in actions:
        action["attempts"] = attempt
    doors.journal.change_request(request["id"], within=tx, attempts=attempt)
    if is_last:
        final = problem if attempt <= MOST_RESUMES else Problem("SRV-05", {"reason": problem.to_json()})
        told = [final] if final is problem else [final, problem]
        results = [
            _Result(a, [Problem("RUN-04", {"system": "Procore", "code": a["maestro_key"]}), *told], is_unknown=True)
            if a["id"] in unknown
            else _Result(a, told)
            for a in actions
        ]
        _store_results(doors, tx, request, results, None)
        return
    resumed = Problem(RESUMED, {"n": attempt, "reason": problem.to_json()})
    retried = {"attempts": attempt, "state": ActionState.RETRY.value}
    rows = [{"id": a["id"], **retried, "problems": [p.to_json() for p in (*_of_plan(a), resumed)]} for a in actions]
    doors.journal.change_actions(tx, rows)


def _store_results(doors: Doors, tx: Tx, request: Row, results: Sequence[_Result], exchange: int | None) -> None:
    """Actions, links, what Procore holds now, and the lines people see: one commit."""
    journal, element_map, now = doors.journal, MAPS[request["element"]], doors.clock.now()
    journal.change_actions(tx, [_action_row(r, request, exchange, now) for r in results])
    linked = [r for r in results if r.is_written]
    links = {r.action["maestro_key"]: r for r in linked}
    agreements = {key: _agreed(element_map, r) for key, r in links.items()}
    journal.store_records(tx, element_map.element, [r.entity for r in linked if r.entity], request["id"])
    journal.store_links(
        tx,
        [
            {
                "element": element_map.element,
                "maestro_key": key,
                "procore_id": r.entity.procore_id if r.entity else r.action["procore_id"],
                "origin_id": (r.entity.origin_id if r.entity else None) or "",
                "rule": r.action["rule"],
                "agreed": agreements[key],
                "linked_by": request["requested_by"],
                "at": now,
            }
            for key, r in links.items()
        ],
    )
    journal.forget_decisions(tx, element_map.element, [key for key, r in links.items() if r.state in _GREEN])
    journal.change_lines(tx, element_map.element, [_line_row(r, agreements, now) for r in results])
    journal.add_progress(tx, request["id"], len(results))


_GREEN = (ActionState.DONE, ActionState.WARNED)
_RED = (ActionState.FAILED, ActionState.UNKNOWN)


def _action_row(result: _Result, request: Row, exchange: int | None, now: datetime) -> Row:
    after = dict(result.action["after"] or {})
    if result.entity is not None:
        after[Side.PROCORE.value] = values_of(result.entity)
    return {
        "id": result.action["id"],
        "state": result.state.value,
        "attempts": result.action["attempts"],
        "problems": [p.to_json() for p in result.problems],
        "procore_id": result.entity.procore_id if result.entity else result.action["procore_id"],
        "after": after,
        "accepted_by": request["requested_by"] if result.is_accepted else "",
        "exchange_id": exchange,
        "ended_at": now,
    }


def _agreed(element_map: ElementMap, result: _Result) -> dict[str, Any]:
    after = result.action["after"] or {}
    theirs = result.entity.values if result.entity else after.get(Side.PROCORE.value, {})
    before = {d["field"]: d["agreed"] for d in result.action["differences"] if d["was_agreed"]}
    return agreement(element_map, after.get(Side.MAESTRO.value, {}), theirs, before)


def _line_key(action: Row) -> Row:
    # A record that is being created in maestro* has its line under the Procore id until it exists on both sides.
    if action["kind"] == ActionKind.CREATE and action["maestro_write"] is not None:
        return {"maestro_key": None, "procore_id": action["procore_id"]}
    return {"maestro_key": action["maestro_key"], "procore_id": action["procore_id"]}


def _apart(element_map: ElementMap, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Fields in which the two sides differ once everything is written."""
    fields = element_map.compared
    return [f.name for f in fields if not means_the_same(f.kind, mine.get(f.name), theirs.get(f.name), f.narrower)]


def _line_row(result: _Result, agreements: Mapping[str, dict[str, Any]], now: datetime) -> Row:
    """The line as it stands after the answer."""
    action = result.action
    told = {"problems": [p.to_json() for p in result.problems], "worst": worst_kind(result.problems)}
    key = _line_key(action)
    if not result.is_written:
        failed = {"status": LineStatus.FAILED.value} if result.state in _RED else {}
        return {**key, **told, **failed}
    after = action["after"] or {}
    theirs = values_of(result.entity) if result.entity else after.get(Side.PROCORE.value)
    mine, agreed = after.get(Side.MAESTRO.value) or {}, agreements[action["maestro_key"]]
    open_fields = [d["field"] for d in action["differences"] if d["result"] in (Winner.CONFLICT, Winner.KEEP)]
    is_held = any(d["result"] == Winner.CONFLICT for d in action["differences"])
    # A line that waits for somebody's choice is not in step, whatever of it went well.
    status = LineStatus.NEVER if is_held else LineStatus.DONE if result.state in _GREEN else LineStatus.FAILED
    apart = [name for name in _apart(MAPS[action["element"]], mine, theirs or {}) if name not in open_fields]
    if apart and status is LineStatus.DONE:
        status = LineStatus.NEVER  # somebody changed the record after it was read: the next run sees to it
    if key["maestro_key"] is None:
        created = action["maestro_key"]
        key = {**key, "becomes_key": created, "sort_key": fold(created)}
        key["groups"] = groups_of(MAPS[action["element"]], action["maestro_write"])
    return {
        **key,
        **told,
        "procore_id": result.entity.procore_id if result.entity else action["procore_id"],
        "maestro_values": {name: value for name, value in mine.items() if value is not None},
        "procore_values": theirs,
        "differing": [*open_fields, *apart],
        "agreed": agreed,
        "is_linked": True,
        "candidates": [],
        "needs_sync": status is not LineStatus.DONE,
        "status": status.value,
        "last_synced_at": now,
    }
