"""How many calls a run will take and when it will be done, before it starts. Pure: what is known comes as counts.

What nobody can know before reading has a lower bound, and an upper one only where there is one. Gathering the counts is
engine/forecasting.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from maestro_procore.model.elements import Direction
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.pacing import Budget

PAGE: Final = 2_000
PAGE_OF: Final[Mapping[str, int]] = {"projects": 300}
"""Rows on a page of a list, where that is not PAGE. As procore/catalogue.py has them (tested)."""


@dataclass(frozen=True)
class Calls:
    """A count with its bounds. most None: nobody can know."""

    least: int = 0
    most: int | None = 0

    def __add__(self, other: "Calls") -> "Calls":
        most = None if self.most is None or other.most is None else self.most + other.most
        return Calls(self.least + other.least, most)


@dataclass(frozen=True)
class Known:
    """What is known of one kind of record in one scope before a run.

    here: records of maestro*. there: records of Procore as last read. linked: pairs of them. to_open: records whose
    details are out of date. to_send: lines that wait to be sent; None: the kind has no page, or nobody has looked yet.
    main_to_send: the same of the element's own kind. was_read: Procore's list was read before.
    """

    here: int = 0
    there: int = 0
    linked: int = 0
    to_open: int = 0
    to_send: int | None = None
    main_to_send: int = 0
    was_read: bool = False


@dataclass(frozen=True)
class Reads:
    """Whether the lists are read. surely: whatever else; perhaps: as far as is known. is_full: from the start."""

    surely: bool
    perhaps: bool
    is_full: bool


@dataclass(frozen=True)
class Forecast:
    """What a run of one element will take.

    calls: what is known, at least. calls_at_most: None when only reading will tell. seconds: from now until it is
    done, the waits and the elements before it included. pauses: waits for the hourly limit within it.
    """

    element: str
    calls: int
    calls_at_most: int | None
    seconds: float
    finishes_at: datetime
    pauses: int

    def to_json(self) -> dict[str, Any]:
        """As the command line tells it."""
        return {
            "element": self.element,
            "calls": self.calls,
            "calls_at_most": self.calls_at_most,
            "seconds": round(self.seconds, 1),
            "finishes_at": self.finishes_at.isoformat().replace("+00:00", "Z"),
            "pauses": self.pauses,
        }


# --- calls --------------------------------------------------------------------------------------------


def calls_of(element_map: ElementMap, known: Known, reads: Reads) -> Calls:
    """Lists, details and writes of one kind in one scope."""
    return _lists(element_map, known, reads) + _details(element_map, known) + _writes(element_map, known)


def _lists(element_map: ElementMap, known: Known, reads: Reads) -> Calls:
    if not reads.perhaps:
        return Calls()
    count = 1
    if reads.is_full:
        # Of a list that was never read the other side's number is the best guess.
        rows = known.there if known.was_read else known.here
        first, *others = element_map.resources
        count = _pages(rows, PAGE_OF.get(first, PAGE)) + len(others)
    is_guess = reads.is_full and not known.was_read and bool(element_map.detail)
    return Calls(count if reads.surely else 0, None if is_guess else count)


def _details(element_map: ElementMap, known: Known) -> Calls:
    if not element_map.detail:
        return Calls()
    return Calls(known.to_open, known.to_open if known.was_read else None)


def _writes(element_map: ElementMap, known: Known) -> Calls:
    """Bulk calls. What comes from Procore gets our mark there, where its kind has one."""
    if not element_map.fields or not (element_map.write_resource or element_map.resources):
        return Calls()
    size = element_map.bulk
    if element_map.direction is Direction.FROM_PROCORE:
        if not element_map.detail:
            return Calls()
        if not known.was_read:
            return Calls(0, None)
        return Calls(0, _up(known.to_send or 0, size))
    if known.to_send is not None:
        return Calls(_up(known.to_send, size), _up(known.to_send, size))
    left = max(0, known.here - known.linked)
    if element_map.listed_with:  # most of them are found there
        return Calls(0, _up(left, size))
    if element_map.has_page:
        return Calls(_up(left, size), _up(left, size))
    if not known.main_to_send:
        return Calls()
    if known.linked:
        return Calls(0, _up(max(left, min(known.here, known.main_to_send)), size))
    # Parts and lines go with what they belong to, and a record that stays here takes its own along.
    return Calls(1 if left and size > 1 else 0, _up(left, size))


def _pages(rows: int, size: int) -> int:
    return max(1, _up(rows, size))


def _up(count: int, size: int) -> int:
    return -(-count // size)


# --- time ---------------------------------------------------------------------------------------------


def timetable(
    wishes: Sequence[tuple[str, Calls]], budget: Budget, now: datetime, seconds_a_call: float
) -> list[Forecast]:
    """When each of these elements is done, one after the other, within both call limits.

    now: aware, UTC. seconds_a_call: from one call to the next as long as no limit stands in the way.
    """
    at, left, ends_at = max(now, budget.hold_until or now), budget.hour.left(now), _end(budget, now)
    found = []
    for element, calls in wishes:
        pauses, open_calls = 0, calls.least
        while open_calls > left:
            at += _length(left, budget, seconds_a_call)
            open_calls -= left
            at = max(at, ends_at or at + budget.hour.length)
            pauses, left, ends_at = pauses + 1, max(1, budget.hour.limit), at + budget.hour.length
        at += _length(open_calls, budget, seconds_a_call)
        left -= open_calls
        found.append(Forecast(element, calls.least, calls.most, (at - now).total_seconds(), at, pauses))
    return found


def _end(budget: Budget, now: datetime) -> datetime | None:
    if budget.hour.is_open(now):
        return budget.hour.ends_at
    return now + budget.hour.length


def _length(calls: int, budget: Budget, seconds_a_call: float) -> timedelta:
    """So many calls within one hourly window: in bursts of the short limit, or as quickly as they are answered."""
    burst, window = max(1, budget.spike.limit), budget.spike.length.total_seconds()
    bursts, rest = divmod(calls, burst)
    if bursts and not rest:
        bursts, rest = bursts - 1, burst  # nothing is waited for after the last one
    return timedelta(seconds=bursts * max(window, burst * seconds_a_call) + rest * seconds_a_call)
