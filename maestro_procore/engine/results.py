"""What became of the records of a call: actions, links, what both sides hold now, and the lines people see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part
from maestro_procore.engine.undo import keep_undone
from maestro_procore.engine.unlinked import store_unlinked
from maestro_procore.model.compare import Winner
from maestro_procore.model.elements import ELEMENTS, Direction, Side
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import groups_of, values_of, worst_kind
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement
from maestro_procore.model.problems import Kind, Problem
from maestro_procore.model.status import ActionKind, ActionState, LineStatus
from maestro_procore.model.values import Kind as ValueKind
from maestro_procore.model.values import fold, means_the_same
from maestro_procore.ports import Row, Tx

RESUMED = "SRV-04"
"""Told while an action is between two attempts, and no longer once it is finished."""


def plan_of(action: Row) -> list[Problem]:
    """What the plan told of a record."""
    told = map(Problem.from_json, action["problems"])
    return [p for p in told if p.code != RESUMED]


def packed(record: Record) -> Row:
    """An answered record as JSON, for the durable engine to remember."""
    return {
        "created_at": _told_time(record.created_at),
        "key": record.key,
        "values": record.values,
        "number": record.number,
        "is_active": record.is_active,
        "origin_id": record.origin_id,
        "updated_at": _told_time(record.updated_at),
        "faults": [fault.to_json() for fault in record.faults],
    }


@lru_cache(maxsize=64)
def _told_time(at: datetime | None) -> str | None:
    """Remembered: the records of one answer were stored in the same second or two."""
    return None if at is None else at.isoformat()


def unpacked(row: Row) -> Record:
    """The record that `packed` made a row of."""
    updated, created = row["updated_at"], row["created_at"]
    return Record(
        row["key"],
        row["values"],
        row["number"],
        row["is_active"],
        row["origin_id"],
        updated_at=datetime.fromisoformat(updated) if updated else None,
        created_at=datetime.fromisoformat(created) if created else None,
        faults=tuple(map(Problem.from_json, row["faults"])),
    )


class Result:
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
        is_adopted: bool = False,
    ) -> None:
        """is_untouched: maestro* did not take its part either, where there was one.

        is_unknown: Procore may have stored it without an answer; only the next reading tells (RUN-04).
        is_adopted: Procore had it under our mark before anybody asked for this run, so it was linked, not created.
        """
        self.action, self.entity, self.is_written = action, entity, is_written
        self.answered = values_of(entity)
        if is_adopted:
            self.action = {**action, "kind": ActionKind.LINK.value, "rule": "origin_id"}
        self._is_in_maestro = action["maestro_write"] is not None and not is_untouched
        self.problems = [*problems]
        if action["problems"]:
            codes = {each.code for each in problems}
            self.problems += (each for each in plan_of(action) if each.code not in codes)
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
        if not self.action["problems"]:
            return False
        is_carried_out = self.is_written or self._is_in_maestro
        return is_carried_out and any(p.is_condition for p in plan_of(self.action))


def store_results(doors: Doors, tx: Tx, part: Part, results: Sequence[Result], exchange: int | None) -> None:
    """Actions, links, what Procore holds now, and the lines people see: one commit."""
    journal, element_map, request, now = doors.journal, part.map, part.request, doors.clock.now()
    journal.change_actions(tx, [_action_row(r, part, exchange, now) for r in results])
    if not part.is_by_project:
        journal.add_progress(tx, request["id"], len(results))
    results = store_unlinked(doors, tx, part, results)
    linked = [r for r in results if r.is_written]
    links = {r.action["maestro_key"]: r for r in linked}
    agreements = {key: _agreed(element_map, r) for key, r in links.items()}
    _store_answered(doors, tx, part, [r for r in linked if r.entity])
    journal.store_links(
        tx,
        [
            {
                "element": part.kind,
                "scope": part.scope.project,
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
    linked_ids = [r.entity.procore_id for r in links.values() if r.entity]
    journal.forget_link_marks(tx, part.kind, linked_ids)  # an old mark was replaced by that of the link
    if element_map.takes_choices:
        journal.forget_decisions(tx, part.kind, [key for key, r in links.items() if r.state in _GREEN])
    if element_map.has_page:
        keep_undone(doors, tx, part, results)
        journal.change_lines(tx, part.kind, [_line_row(part, r, agreements, now) for r in results])
    elif element_map.main_key is not None:
        told = [_told_on_main_line(element_map, r) for r in results if r.state in _RED]
        journal.change_lines(tx, element_map.part_of, told)


def _store_answered(doors: Doors, tx: Tx, part: Part, results: Sequence[Result]) -> None:
    """What Procore holds now. Of an element that comes from Procore only our mark is new there."""
    journal = doors.journal
    answered = [r.entity for r in results if r.entity is not None]
    if part.map.direction is not Direction.FROM_PROCORE:
        journal.store_records(tx, part.map.list_kind, answered, part.request["id"], part.scope.project)
        return
    known = {r.procore_id: r for r in journal.known(tx, part.kind, part.scope.project)} if answered else {}
    touched: dict[bool, list[Row]] = {True: [], False: []}
    for entity in answered:
        held = known.get(entity.procore_id)
        is_still = held is not None and held.read_at == held.updated_at and _is_as_read(part.map, held, entity)
        row = {
            "procore_id": entity.procore_id,
            "origin_id": entity.origin_id,
            "origin_code": entity.number,
            "updated_at": entity.updated_at,
        }
        # Our own mark moved the record: its lines are as they were read, and cost no second call.
        touched[is_still].append({**row, "read_at": entity.updated_at} if is_still else row)
    for rows in touched.values():
        journal.touch_records(tx, part.kind, rows)


def _is_as_read(element_map: ElementMap, held: Record, answered: Record) -> bool:
    """True when the answer shows nothing that was not there when the record was opened."""
    for each in (*element_map.fields, *element_map.clues):
        now = answered.values.get(each.name)
        if each.kind is ValueKind.LINES or now is None or each.is_identity:
            continue
        if not means_the_same(each.kind, held.values.get(each.name), now, each.narrower):
            return False
    return True


def _told_on_main_line(element_map: ElementMap, result: Result) -> Row:
    """A line is not in step while something that belongs to it was refused."""
    assert element_map.main_key is not None, "asked for kinds with a main line only"
    return {
        "maestro_key": element_map.main_key(result.action["maestro_key"] or ""),
        "procore_id": None,
        "problems": [p.to_json() for p in result.problems],
        "worst": worst_kind(result.problems),
        "status": LineStatus.FAILED.value,
        "needs_sync": True,
    }


_GREEN = (ActionState.DONE, ActionState.WARNED)
_RED = (ActionState.FAILED, ActionState.UNKNOWN)


def _action_row(result: Result, part: Part, exchange: int | None, now: datetime) -> Row:
    after = result.action["after"] or {}
    is_told = result.answered is not None and part.map.direction is not Direction.FROM_PROCORE
    # Nearly always it was answered as it was meant.
    is_other = is_told and after.get(Side.PROCORE.value) != result.answered
    return {
        **({"after": {**after, Side.PROCORE.value: result.answered}} if is_other else {}),
        "id": result.action["id"],
        "kind": result.action["kind"],
        "rule": result.action["rule"],
        "state": result.state.value,
        "attempts": result.action["attempts"],
        "problems": [p.to_json() for p in result.problems],
        "procore_id": result.entity.procore_id if result.entity else result.action["procore_id"],
        "accepted_by": part.request["requested_by"] if result.is_accepted else result.action["accepted_by"],
        "exchange_id": exchange,
        "ended_at": now,
    }


def _agreed(element_map: ElementMap, result: Result) -> dict[str, Any]:
    after = result.action["after"] or {}
    theirs = _theirs(element_map, result)
    before = {d["field"]: d["agreed"] for d in result.action["differences"] if d["was_agreed"]}
    return agreement(element_map, after.get(Side.MAESTRO.value, {}), theirs, before)


def _theirs(element_map: ElementMap, result: Result) -> Mapping[str, Any]:
    """Procore's values in the words of the comparison: as answered, or of what comes from there, as read."""
    meant: Mapping[str, Any] = (result.action["after"] or {}).get(Side.PROCORE.value) or {}
    if result.answered is None or element_map.direction is Direction.FROM_PROCORE:
        return meant
    return result.answered


def _line_key(action: Row) -> Row:
    """How the line of an action is found."""
    # A record that is being created in maestro* has its line under the Procore id until it exists on both sides.
    if action["kind"] == ActionKind.CREATE and action["maestro_write"] is not None:
        return {"maestro_key": None, "procore_id": action["procore_id"]}
    return {"maestro_key": action["maestro_key"], "procore_id": action["procore_id"]}


def _apart(element_map: ElementMap, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Fields in which the two sides differ once everything is written."""
    if mine == theirs:
        return []
    return [
        f.name
        for f in element_map.compared
        if (a := mine.get(f.name)) != (b := theirs.get(f.name)) and not means_the_same(f.kind, a, b, f.narrower)
    ]


@cache
def _has_parts_after(kind: str) -> bool:
    """Whether something else follows that belongs to a record, with a list of its own."""
    return any(not MAPS[each].listed_with for each in ELEMENTS[kind].parts_after)


def _line_row(part: Part, result: Result, agreements: Mapping[str, dict[str, Any]], now: datetime) -> Row:
    """The line as it stands after the answer."""
    action = result.action
    told = {"problems": [p.to_json() for p in result.problems], "worst": worst_kind(result.problems)}
    key = _line_key(action)
    if not result.is_written:
        failed = {"status": LineStatus.FAILED.value} if result.state in _RED else {}
        return {**key, **told, **failed}
    after = action["after"] or {}
    theirs = _theirs(part.map, result)
    mine, agreed = after.get(Side.MAESTRO.value) or {}, agreements[action["maestro_key"]]
    open_fields = [d["field"] for d in action["differences"] if d["result"] in (Winner.CONFLICT, Winner.KEEP)]
    is_held = any(d["result"] == Winner.CONFLICT for d in action["differences"])
    # A line that waits for somebody's choice is not in step, whatever of it went well.
    status = LineStatus.NEVER if is_held else LineStatus.DONE if result.state in _GREEN else LineStatus.FAILED
    apart = [name for name in _apart(part.map, mine, theirs) if name not in open_fields]
    if apart and status is LineStatus.DONE:
        status = LineStatus.NEVER  # somebody changed the record after it was read: the next run sees to it
    needs_sync = status is not LineStatus.DONE
    if status is LineStatus.DONE and _has_parts_after(part.kind):
        status = LineStatus.RUNNING  # green only when what belongs to it is there too
    if key["maestro_key"] is None:
        created = action["maestro_key"]
        key = {**key, "becomes_key": created, "sort_key": fold(created)}
        key["groups"] = groups_of(part.map, part.scope.row or action["maestro_write"])
    is_copied = action["kind"] == ActionKind.CREATE and action["maestro_write"] is None and mine == theirs
    return {
        **key,
        **told,
        **({"is_copied": True} if is_copied else {"maestro_values": mine, "procore_values": theirs}),
        "procore_id": result.entity.procore_id if result.entity else action["procore_id"],
        "differing": [*open_fields, *apart],
        "agreed": agreed,
        "is_linked": True,
        "candidates": [],
        "needs_sync": needs_sync,
        "status": status.value,
        "last_synced_at": now,
    }
