"""Compare one record in three states: maestro*, Procore, and what both last agreed on.

Pure. What follows from a difference for the whole record is model/plan.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from maestro_procore.model.elements import Direction, Side
from maestro_procore.model.mapping import ElementMap, Field, Record
from maestro_procore.model.values import Value, means_the_same


class Winner(StrEnum):
    """Whose value a field takes."""

    MAESTRO = "maestro"
    PROCORE = "procore"
    CONFLICT = "conflict"
    """Both sides changed: nobody's until a person chooses (PRJ-09)."""
    KEEP = "keep"
    """Differs, and stays as it is: an empty value never overwrites at the first link."""


@dataclass(frozen=True)
class Difference:
    """One field whose two values are not the same."""

    field: Field
    maestro: Value
    procore: Value
    agreed: Value
    winner: Winner
    was_agreed: bool = False
    """True when both sides agreed once, be it on nothing: then `agreed` means something."""

    def to_json(self) -> dict[str, Value]:
        """As the journal keeps it."""
        return {
            "field": self.field.name,
            "maestro": self.maestro,
            "procore": self.procore,
            "agreed": self.agreed,
            "was_agreed": self.was_agreed,
            "result": self.winner.value,
        }


KEPT = "keep"
"""Choice for a field: both sides stay as they are, such as after an undo, until a person chooses again."""
_NEVER_AGREED = object()


def differences(
    element_map: ElementMap,
    maestro: Record,
    procore: Record,
    agreed: Mapping[str, Value],
    choices: Mapping[str, str],
    frozen: frozenset[str] = frozenset(),
) -> list[Difference]:
    """The fields that differ, each with its winner.

    agreed: field → last common value, only of fields that ever agreed. choices: field → 'maestro',
    'procore' or 'keep', what a person decided. frozen: fields that are not sent to Procore any more after the link.
    """
    found = []
    for each in element_map.compared:
        mine, theirs = maestro.values.get(each.name), procore.values.get(each.name)
        if means_the_same(each.kind, mine, theirs, each.narrower):
            continue
        last = agreed.get(each.name, _NEVER_AGREED)
        winner = _winner(element_map.direction, each, mine, theirs, last, choices.get(each.name))
        if winner is Winner.MAESTRO and each.name in frozen:
            winner = Winner.KEEP
        found.append(Difference(each, mine, theirs, agreed.get(each.name), winner, each.name in agreed))
    return found


def _winner(direction: Direction, each: Field, mine: Value, theirs: Value, last: object, choice: str | None) -> Winner:
    targets = direction.targets
    if choice == KEPT:
        return Winner.KEEP
    if choice in (Side.MAESTRO, Side.PROCORE):
        side = Side(choice)
        # On a one-way element "keep Procore's value" can only mean: do not send ours.
        return Winner(side.value) if side.other in targets else Winner.KEEP
    if last is _NEVER_AGREED:
        return _first_time(targets, mine, theirs)
    mine_moved = not means_the_same(each.kind, mine, last, each.narrower)  # type: ignore[arg-type]
    theirs_moved = not means_the_same(each.kind, theirs, last, each.narrower)  # type: ignore[arg-type]
    if mine_moved and theirs_moved:
        return Winner.CONFLICT
    if len(targets) == 1:
        # One-way: the source's value stands. What was overwritten stays in the history as before-image.
        return Winner(next(iter(targets)).other.value)
    return Winner.MAESTRO if mine_moved else Winner.PROCORE


def _first_time(targets: frozenset[Side], mine: Value, theirs: Value) -> Winner:
    if len(targets) == 2:
        if mine is None:
            return Winner.PROCORE
        return Winner.MAESTRO if theirs is None else Winner.CONFLICT
    source = next(iter(targets)).other
    value = mine if source is Side.MAESTRO else theirs
    return Winner.KEEP if value is None else Winner(source.value)
