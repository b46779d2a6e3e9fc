"""What the journal keeps of a plan: one line per record for the screens, one action per thing to do.

Pure. Both are plain rows named as the journal's columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.names import likeness, name_key
from maestro_procore.model.outcome import agreement
from maestro_procore.model.plan import Item
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Scope
from maestro_procore.model.status import ActionKind, ActionState, LineStatus
from maestro_procore.model.values import Value, fold
from maestro_procore.model.write_order import levels

CURRENCY = "currency"
"""Field or clue without which the amounts of a record mean nothing."""
BULK = 1000
"""Records that Procore takes in one bulk call."""


def values_of(record: Record | None) -> dict[str, Value] | None:
    """Field → value, without empty ones; None when that side has no record."""
    return None if record is None else {name: value for name, value in record.values.items() if value is not None}


def worst_kind(problems: Iterable[Problem]) -> str:
    """Kind of the gravest one, or ''."""
    kinds = {p.kind.value for p in problems}
    return next((kind for kind in "EWI" if kind in kinds), "")


ORDER_WIDTH = 32
"""Characters of a value that count when a page is sorted; what lies behind follows the order of the codes."""
_LAST = "\uffff"
NOTHING_KEY = _LAST.ljust(ORDER_WIDTH)
"""The key of an empty value."""
_SIDES = ("maestro", "procore")


_folded = lru_cache(maxsize=8_192)(fold)
"""Most words stand in many records: towns, terms, countries, and both sides of each name."""


def search_text(maestro: Mapping[str, Value] | None, procore: Mapping[str, Value] | None) -> str:
    """Everything that a search on the page looks through, each value once, without accents, in lower case."""
    values = [*(maestro or {}).values()]
    if procore != maestro:  # nearly every record is the same on both sides
        values += (procore or {}).values()
    words = dict.fromkeys(values)
    return " ".join([w.lower() if w.isascii() else _folded(w) for w in words if isinstance(w, str)])


def order_keys(
    element_map: ElementMap, maestro: Mapping[str, Value] | None, procore: Mapping[str, Value] | None
) -> str:
    """The shown values of both sides in the order of `order_place`, ORDER_WIDTH characters each, for sorting.

    Accents do not count, so that É stands with E; a number of digits sorts as text; nothing comes last.
    """
    names = element_map.shown
    mine, theirs = ([values.get(name) for name in names] for values in (maestro or {}, procore or {}))
    own = _row_of_keys(mine)
    return own + (own if mine == theirs else _row_of_keys(theirs))


def _row_of_keys(values: Sequence[Value]) -> str:
    texts = [_LAST if value is None else str(value) for value in values]
    words = [text.lower() if text.isascii() else _folded(text) for text in texts]
    return f"%-{ORDER_WIDTH}.{ORDER_WIDTH}s" * len(words) % tuple(words)


def order_place(element_map: ElementMap, side: str, field: str) -> int | None:
    """Where in `order_keys` the key of a field starts, counted from 0; None for a field that no page shows."""
    names = [(each_side, name) for each_side in _SIDES for name in element_map.shown]
    return names.index((side, field)) * ORDER_WIDTH if (side, field) in names else None


def line_of(element_map: ElementMap, item: Item, scope: Scope | None = None) -> dict[str, Any]:
    """The line of a record as its page shows it before anything is sent."""
    shown = [record for record in (item.maestro, item.procore) if record is not None]
    facts = item.maestro.facts if item.maestro is not None else {}
    if scope is not None and scope.project:
        facts = scope.row
    return {
        "element": element_map.element,
        "maestro_key": item.maestro.key if item.maestro is not None else None,
        "procore_id": item.procore.procore_id if item.procore is not None else None,
        "sort_key": fold(item.maestro.key if item.maestro else str(shown[0].number or "\uffff")),
        "groups": groups_of(element_map, facts),
        "maestro_values": values_of(item.maestro),
        "procore_values": values_of(item.procore),
        "differing": [d.field.name for d in item.differences],
        "agreed": dict(item.agreed),
        "direction": element_map.direction.value,
        "is_in_scope": item.is_in_scope,
        "is_linked": item.is_linked,
        "needs_sync": item.kind is not None or item.is_unread,
        "problems": [p.to_json() for p in item.problems],
        "worst": worst_kind(item.problems),
        "candidates": [_candidate(element_map, item.maestro, each) for each in item.candidates],
    }


def _candidate(element_map: ElementMap, mine: Record | None, candidate: Record) -> dict[str, Any]:
    """A record to choose from: its values, and how alike the two names are in percent."""
    first, second = (name_key(str(r.values.get(element_map.title) or "")) if r else "" for r in (mine, candidate))
    shown = {"procore_id": candidate.procore_id, "likeness": round(likeness(first, second))}
    return {**shown, **(values_of(candidate) or {})}


def groups_of(element_map: ElementMap, row: Mapping[str, Any]) -> dict[str, str]:
    """What *Filter Projects by* looks at, of a maestro* row."""
    columns = {"status": "status", **element_map.group_columns}
    return {kind: str(row.get(column) or "") for kind, column in columns.items()}


def outline_of(item: Item) -> dict[str, Any]:
    """Of the action of a record that has something to do what `numbered` and `status_before` look at."""
    return {
        "maestro_key": item.key,
        "state": _first_state(item).value,
        "maestro_write": item.writes.get(Side.MAESTRO),
        "procore_write": item.writes.get(Side.PROCORE),
    }


def action_of(element_map: ElementMap, item: Item, scope: Scope | None = None) -> dict[str, Any]:
    """The action of a record that has something to do; `numbered` gives it `seq` and `batch`."""
    if item.kind is None:
        raise ValueError("a record with nothing to do is no action")
    titled = item.maestro or item.procore
    sides = set(item.writes)
    return {
        "element": element_map.element,
        "kind": item.kind.value,
        "target": None if not sides else "both" if len(sides) == 2 else next(iter(sides)).value,
        "maestro_key": item.key,
        "procore_id": item.procore.procore_id if item.procore is not None else None,
        "name": str(titled.values.get(element_map.title) or "") if titled else "",
        "project": item.key if element_map.element == "projects" else (scope.project if scope else "") or None,
        "state": _first_state(item).value,
        "problems": [p.to_json() for p in item.problems],
        "differences": [d.to_json() for d in item.differences],
        "maestro_write": item.writes.get(Side.MAESTRO),
        "procore_write": item.writes.get(Side.PROCORE),
        "before": _before(element_map, item),
        "after": _meant(element_map, item),
        "rule": item.rule,
    }


def _first_state(item: Item) -> ActionState:
    if item.is_blocked:
        return ActionState.FAILED
    return ActionState.SKIPPED if item.kind is ActionKind.SKIP else ActionState.PLANNED


def _before(element_map: ElementMap, item: Item) -> dict[str, Any]:
    """The values that the writes replace: what undo would put back."""
    held = {Side.MAESTRO: item.maestro, Side.PROCORE: item.procore}
    images: dict[str, Any] = {}
    for side, record in held.items():
        if record is None or side not in item.writes:
            continue
        columns = {f.name: f.maestro if side is Side.MAESTRO else f.procore for f in element_map.fields}
        image = {c: record.values.get(name) for name, c in columns.items() if c in item.writes[side]}
        if side is Side.PROCORE:
            image["origin_id"] = record.origin_id
        images[side.value] = image
    return images


def _meant(element_map: ElementMap, item: Item) -> dict[str, Any]:
    """Both sides as they will stand when everything is stored as sent: field → value."""
    meant: dict[str, Any] = {}
    names = {*(each.name for each in element_map.fields), CURRENCY}
    for side, record in ((Side.MAESTRO, item.maestro), (Side.PROCORE, item.procore)):
        written = item.writes.get(side, {})
        values = dict(record.values) if record is not None else {}
        for each in element_map.fields:
            column = each.maestro if side is Side.MAESTRO else each.procore
            if column in written:
                values[each.name] = each.kind.read(written[column])
        meant[side.value] = {name: value for name, value in values.items() if value is not None and name in names}
    return meant


def agreement_of(element_map: ElementMap, item: Item) -> dict[str, Value] | None:
    """What a linked record's two sides agree on as they stand; None when it is not linked on both sides."""
    if not item.is_linked or item.maestro is None or item.procore is None:
        return None
    return agreement(element_map, item.maestro.values, item.procore.values, item.agreed)


def status_before(action: Mapping[str, Any] | None) -> LineStatus | None:
    """The symbol that a line takes when the plan is written down; None: it keeps the one it has."""
    if action is None:
        return None
    if action["state"] == ActionState.FAILED:
        return LineStatus.FAILED
    return LineStatus.QUEUED if action["state"] == ActionState.PLANNED else None


def standing(item: Item) -> LineStatus | None:
    """The symbol that a record deserves as both sides stand; None: the one that the last run gave it."""
    if not item.is_in_scope:
        return LineStatus.NEVER
    if item.is_unread:
        return None
    if item.kind is None and item.is_linked and not item.problems:
        return LineStatus.DONE
    # In step it is not, until somebody chooses.
    return LineStatus.NEVER if item.is_linked and item.is_question else None


def numbered(
    actions: Sequence[dict[str, Any]], first_seq: int, bulk: int = BULK, first_batch: int = 0
) -> list[dict[str, Any]]:
    """The actions in the order in which they run, those for Procore cut into calls of `bulk` records.

    Creations in maestro* come first, so that a project exists on both sides before others refer to it.
    """
    level_of = levels({a["maestro_key"]: a["procore_write"] for a in actions if a["maestro_key"]})

    def order(action: Mapping[str, Any]) -> tuple[int, bool, str]:
        key = action["maestro_key"] or ""
        return (level_of.get(key, 0), action["maestro_write"] is None, key)

    ordered = sorted(actions, key=order)
    batch, sent, level = first_batch, 0, 0
    for offset, action in enumerate(ordered):
        if sent and (sent == bulk or order(action)[0] != level):
            batch, sent = batch + 1, 0
        level = order(action)[0]
        action["seq"] = first_seq + offset
        action["batch"] = None
        if action["state"] == ActionState.PLANNED:
            action["batch"] = batch
            sent += action["procore_write"] is not None
    return ordered
