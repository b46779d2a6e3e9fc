"""What of a finished action can be taken back from its before-images, and the items of a plan that does so.

Pure. Only while both sides still hold what was written; what accounting posted is never touched: the reason and the
correcting entry are said instead. Codes and marks stay. Carrying it out is the same engine as for any other plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from maestro_procore.model.compare import KEPT, Difference, Winner
from maestro_procore.model.elements import SET_ACTIVE, SET_INACTIVE, Side
from maestro_procore.model.mapping import ElementMap, Field, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item, Subject, Writes
from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.model.values import Value, exact_number, means_the_same

MODE: Final = "undo"
"""Mode of a request that takes another one back."""
Row = Mapping[str, Any]


class Undo(StrEnum):
    """Whether an action can be taken back."""

    CAN = "can"
    CORRECTION = "correction"
    """Not by the program: an entry of accounting corrects it."""
    NO = "no"


@dataclass(frozen=True)
class Ways:
    """How the writes of one kind of record are taken back.

    created_there: attributes that put a record created in Procore out of use; created_here: the same for a document
    entered in maestro*. None: it stays, and stays_there or stays_here says why. goes_with: it needs nothing, as the
    record that it belongs to is taken back. updates: message why changes are not put back, '' when they are.
    carried: attributes of the first write that Procore wants in every one. deeds: of elements.DEEDS → attributes that
    take it back.
    """

    created_there: Row | None = None
    created_here: Row | None = None
    stays_there: str = "UND-06"
    stays_here: str = "UND-08"
    goes_with: bool = False
    updates: str = ""
    carried: tuple[str, ...] = ()
    deeds: Mapping[str, Row] = field(default_factory=dict)


_STAYS: Final = Ways(updates="UND-06")
"""Codes, types and the like: others may use them already."""
_ORDER: Final = Ways(created_here={"status": "cancelled"})
WAYS: Final[Mapping[str, Ways]] = {
    "projects": Ways(
        created_there={"active": False}, deeds={SET_INACTIVE: {"active": True}, SET_ACTIVE: {"active": False}}
    ),
    "suppliers": Ways(created_there={"is_active": False}),
    "budgets": Ways(created_there={"original_budget_amount": "0.00"}, carried=("wbs_code_id", "calculation_strategy")),
    "budget-changes": Ways(stays_there="UND-09", updates="UND-09"),
    "costs": Ways(created_there={"status": "draft"}),
    "cost-lines": Ways(goes_with=True, updates="UND-10"),
    "purchase-orders": _ORDER,
    "subcontracts": _ORDER,
    "order-extensions": _ORDER,
    "change-orders": Ways(created_here={"status": "rejected"}),
}
"""Kinds that are not named here stay as they are."""

_CLASSES: Final = {"UND-06": Undo.NO}
"""Message → class; all others ask for a correction."""
_DONE: Final = (ActionState.DONE.value, ActionState.WARNED.value)
_WRITING: Final = (ActionKind.CREATE.value, ActionKind.UPDATE.value, ActionKind.LINK.value)
_BY_A_SIDE: Final = (Winner.MAESTRO.value, Winner.PROCORE.value)


@dataclass(frozen=True)
class Verdict:
    """The class of an action, and why it is not CAN. None of both: it wrote nothing that could be taken back."""

    undo: Undo
    why: Problem | None = None


def verdict_of(action: Any) -> Verdict | None:
    """What can be said of an action before anybody looks at both sides; None: it writes nothing.

    action: an object or row with element, kind, target, differences, maestro_key.
    """
    held = action if isinstance(action, Mapping) else vars(action)
    if held["kind"] not in _WRITING:
        return None
    code = _against(WAYS.get(held["element"], _STAYS), held)
    if not code:
        return Verdict(Undo.CAN)
    return Verdict(_CLASSES.get(code, Undo.CORRECTION), Problem(code, {"code": str(held["maestro_key"] or "")}))


def _against(ways: Ways, action: Row) -> str:
    """Code of the message that stands against taking an action back, '' for none."""
    if action["kind"] == ActionKind.CREATE:
        if ways.goes_with:
            return ""
        is_here = action["target"] in ("maestro", "both")
        way, why = (ways.created_here, ways.stays_here) if is_here else (ways.created_there, ways.stays_there)
        return "" if way is not None else why
    if ways.updates:
        return ways.updates
    # A link that only marked the record: the mark stays, the Links page takes it back.
    has_fields = action["kind"] == ActionKind.UPDATE or any(
        each.get("result") in _BY_A_SIDE for each in action["differences"]
    )
    return "" if has_fields else "UND-06"


def is_done(action: Row) -> bool:
    """Whether an action was carried out at all."""
    return action["state"] in _DONE and action["kind"] in _WRITING


# --- the plan ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Periods:
    """Closed accounting periods: first and last day of each, as ISO dates."""

    closed: Sequence[tuple[str, str]] = ()

    def holds(self, day: Value) -> bool:
        """Whether a day lies in a closed period."""
        return day is not None and any(first <= str(day) <= last for first, last in self.closed)


def closed_periods(rows: Sequence[Row]) -> Periods:
    """From the rows of m_period."""
    closed = [row for row in rows if row.get("status") == "closed"]
    return Periods([(_day(row["start_date"]), _day(row["end_date"])) for row in closed])


def _day(value: Any) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)[:10]


def plan_undoing(subject: Subject, actions: Sequence[Row], periods: Periods, already: frozenset[str]) -> list[Item]:
    """One item per action that is to be taken back, the newest first; those that cannot be are skipped with the reason.

    already: maestro* keys that this very request has taken back before it was interrupted.
    """
    work = _Work(subject, periods)
    newest: dict[str, Row] = {}
    for action in actions:
        newest[str(action["maestro_key"])] = action
    return [item for key, action in reversed(newest.items()) if key not in already and (item := work.of(action))]


class _Work:
    """The decisions about one kind of record."""

    def __init__(self, subject: Subject, periods: Periods) -> None:
        self.subject, self.periods, self.map = subject, periods, subject.element_map
        self.mine = {record.key: record for record in subject.maestro}
        self.theirs = {record.procore_id: record for record in subject.procore}
        self.ways = WAYS.get(self.map.element, _STAYS)

    def of(self, action: Row) -> Item | None:
        key = str(action["maestro_key"])
        mine, theirs = self.mine.get(key), self.theirs.get(action["procore_id"])
        verdict = verdict_of(action)
        if verdict is None or (verdict.undo is Undo.CAN and self.ways.goes_with):
            return None
        if verdict.why is not None:
            return _skipped(mine, theirs, verdict.why)
        writes = self._writes(action)
        if not writes:
            return _skipped(mine, theirs, Problem("UND-06", {"code": key}))
        if theirs is None or theirs.is_gone or (mine is None and Side.MAESTRO in writes):
            return _skipped(mine, theirs, Problem("UND-02", {"code": key}))
        if not self._still_holds(action, mine, theirs):
            return _skipped(mine, theirs, Problem("UND-02", {"code": key}))
        if Side.MAESTRO in writes and mine is not None and (posted := self._posted(mine, action)) is not None:
            return _skipped(mine, theirs, posted)
        link = self.subject.links.get(key)
        agreed = link.agreed if link is not None else {}
        found = tuple(self._differences(writes, mine, theirs, agreed))
        told = (Problem("UND-12", {"code": key}),)
        return Item(mine, theirs, ActionKind.UPDATE, writes, found, told, is_linked=True, agreed=agreed, rule="undo")

    def _writes(self, action: Row) -> dict[Side, Writes]:
        if action["kind"] == ActionKind.CREATE:
            if action["target"] == "procore":
                return {Side.PROCORE: self._to_procore(action, dict(self.ways.created_there or {}))}
            return {Side.MAESTRO: dict(self.ways.created_here or {})}
        if action["rule"] in self.ways.deeds:
            return {Side.PROCORE: self._to_procore(action, dict(self.ways.deeds[action["rule"]]))}
        before = action["before"] or {}
        put_back: dict[Side, Writes] = {}
        for side in Side:
            columns = {self._column(each, side): each for each in self.map.compared}
            image = {name: value for name, value in (before.get(side.value) or {}).items() if name in columns}
            first = action[f"{side.value}_write"] or {}
            write = {name: _as_sent(value, first.get(name)) for name, value in image.items()}
            if write:
                put_back[side] = self._to_procore(action, write) if side is Side.PROCORE else write
        return put_back

    def _to_procore(self, action: Row, write: Writes) -> Writes:
        first = action["procore_write"] or {}
        carried = {name: first[name] for name in self.ways.carried if name in first}
        return {**carried, **write, "id": action["procore_id"]}

    @staticmethod
    def _column(each: Field, side: Side) -> str:
        return each.maestro if side is Side.MAESTRO else each.procore

    def _still_holds(self, action: Row, mine: Record | None, theirs: Record) -> bool:
        """Both sides hold what the action wrote there, field by field."""
        after = action["after"] or {}
        if action["rule"] in self.ways.deeds and theirs.is_active != bool(action["procore_write"][self.map.active]):
            return False
        for side, record in ((Side.MAESTRO, mine), (Side.PROCORE, theirs)):
            written = action[f"{side.value}_write"] or {}
            for each in self.map.compared:
                if self._column(each, side) not in written:
                    continue
                meant = (after.get(side.value) or {}).get(each.name)
                held = record.values.get(each.name) if record is not None else None
                if not means_the_same(each.kind, held, meant, each.narrower):
                    return False
        return True

    def _posted(self, mine: Record, action: Row) -> Problem | None:
        """Why a document of maestro* is accounting's now; None: it may still be changed.

        Its period is that of the day on which it was entered: an older date of the contract says nothing of the books.
        """
        facts, lines = mine.facts, mine.facts.get("lines", ())
        is_transferred = facts.get("transferred") or facts.get("transferred_at") or facts.get("status") == "transferred"
        if is_transferred or any(line.get("transferred") for line in lines):
            return Problem("UND-03", {"code": mine.key})
        if any(_is_invoiced(line) for line in lines):
            return Problem("UND-05", {"code": mine.key})
        days = [_day(day) for day in (facts.get("entered_date"), action.get("ended_at")) if day]
        closed = next((day for day in days if self.periods.holds(day)), None)
        return Problem("UND-04", {"code": mine.key, "date": closed}) if closed else None

    def _differences(
        self, writes: Mapping[Side, Writes], mine: Record | None, theirs: Record, agreed: Mapping[str, Value]
    ) -> list[Difference]:
        """The fields that change now, as they stand before it; what both last agreed on stays agreed."""
        found = []
        for each in self.map.compared:
            if any(self._column(each, side) in write for side, write in writes.items()):
                pair = (mine.values.get(each.name) if mine else None, theirs.values.get(each.name))
                found.append(Difference(each, *pair, agreed.get(each.name), Winner.KEEP, each.name in agreed))
        return found


def _is_invoiced(line: Row) -> bool:
    return any((exact_number(line.get(name)) or 0) != 0 for name in ("amt_invoiced", "qty_invoiced"))


def _as_sent(value: Value, first: Any) -> Any:
    """A value of a before-image in the shape in which Procore got the one that replaced it."""
    if value is None or isinstance(first, bool) or not isinstance(first, int | float):
        return value
    return type(first)(str(value))


def _skipped(mine: Record | None, theirs: Record | None, why: Problem) -> Item:
    return Item(mine, theirs, ActionKind.SKIP, problems=(why,), is_linked=True, is_question=True)


# --- afterwards -------------------------------------------------------------------------------------


def kept_fields(action: Row) -> list[str]:
    """Fields in which the two sides differ after an undo: the next run must not do it all over again."""
    return [str(each["field"]) for each in action["differences"]]


def no_longer_kept(
    element_map: ElementMap,
    maestro: Sequence[Record],
    procore: Mapping[str, Record],
    decisions: Mapping[str, Mapping[str, str]],
) -> list[tuple[str, str]]:
    """Key and field of what was kept apart after an undo and is equal on both sides again.

    procore: maestro* key → linked record.
    """
    fields = {each.name: each for each in element_map.compared}
    found = []
    for record in maestro:
        partner = procore.get(record.key)
        for name, choice in decisions.get(record.key, {}).items():
            if choice != KEPT or name not in fields or partner is None:
                continue
            each = fields[name]
            if means_the_same(each.kind, record.values.get(name), partner.values.get(name), each.narrower):
                found.append((record.key, name))
    return found
