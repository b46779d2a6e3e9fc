"""How many calls a run will take and when it will be done, before it starts. Pure: what is known comes as counts.

What nobody can know before reading has a lower bound, and an upper one only where there is one. Gathering the counts is
engine/forecasting.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from maestro_procore.model.elements import ELEMENTS, Direction
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.pacing import Budget

PAGE: Final = 2_000
PAGE_OF: Final[Mapping[str, int]] = {"projects": 300}
"""Rows on a page of a list, where that is not PAGE. As procore/catalogue.py has them (tested)."""


@dataclass(frozen=True)
class Calls:
    """A count with its bounds. most None: nobody can know. extra: how many more than the least are likely."""

    least: int = 0
    most: int | None = 0
    extra: int = 0

    @property
    def likely(self) -> int:
        """What it comes to when everything goes its usual way."""
        return self.least + self.extra

    def __add__(self, other: "Calls") -> "Calls":
        most = None if self.most is None or other.most is None else self.most + other.most
        return Calls(self.least + other.least, most, self.extra + other.extra)


@dataclass(frozen=True)
class Known:
    """What is known of one kind of record in one scope before a run.

    here: records of maestro*. there: records of Procore as last read. linked: pairs of them. to_open: records whose
    details are out of date. to_send: lines that wait to be sent; None: the kind has no page, or nobody has looked yet.
    main_to_send: the same of the element's own kind. was_read: Procore's list was read before. is_listed: the list was
    read for this very run, which has opened nothing yet. is_accepted: nobody has to accept what comes from Procore.
    """

    here: int = 0
    there: int = 0
    linked: int = 0
    to_open: int = 0
    to_send: int | None = None
    main_to_send: int = 0
    was_read: bool = False
    is_listed: bool = False
    is_accepted: bool = True


@dataclass(frozen=True)
class Reads:
    """Whether the lists are read. surely: whatever else; perhaps: as far as is known. is_full: from the start."""

    surely: bool
    perhaps: bool
    is_full: bool


@dataclass(frozen=True)
class Wish:
    """What is known of the run of one element. unread: projects whose lists in Procore were never read.

    lists: calls of this element after which those lists will have been read.
    """

    element: str
    calls: Calls
    unread: int = 0
    lists: int = 0


@dataclass(frozen=True)
class Forecast:
    """What a run of one element will take.

    calls: what is known, at least. calls_likely: with what usually comes to it. calls_at_most: None when only reading
    will tell. seconds: from now until it is done, the waits and the elements before it included; with calls_at_most
    None at the earliest. seconds_at_most: None where that is unknown. pauses: waits for the hourly limit within it.
    unread: projects whose lists in Procore were never read. known_at: when they will have been, None where none is.
    """

    element: str
    calls: int
    calls_at_most: int | None
    seconds: float
    finishes_at: datetime
    pauses: int
    calls_likely: int = 0
    seconds_at_most: float | None = None
    unread: int = 0
    known_at: datetime | None = None

    @property
    def is_exact(self) -> bool:
        """Whether there is but one number."""
        return self.calls_at_most == self.calls

    def to_json(self) -> dict[str, Any]:
        """As the command line tells it."""
        return {
            "element": self.element,
            "calls": self.calls,
            "calls_likely": self.calls_likely,
            "calls_at_most": self.calls_at_most,
            "seconds": round(self.seconds, 1),
            "seconds_at_most": None if self.seconds_at_most is None else round(self.seconds_at_most, 1),
            "finishes_at": _moment(self.finishes_at),
            "pauses": self.pauses,
            "projects_never_read": self.unread,
            "known_at": _moment(self.known_at),
        }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


# --- calls --------------------------------------------------------------------------------------------


def calls_of(element_map: ElementMap, known: Known, reads: Reads) -> Calls:
    """Lists, details and writes of one kind in one scope."""
    return lists_of(element_map, known, reads) + _details(element_map, known) + _writes(element_map, known)


def lists_of(element_map: ElementMap, known: Known, reads: Reads) -> Calls:
    """The calls that read the lists of a kind."""
    if not reads.perhaps or known.is_listed:
        return Calls()
    count = 1
    if reads.is_full:
        # Of a list that was never read the other side's number is the best guess.
        rows = known.there if known.was_read else known.here
        first, *others = element_map.resources
        count = _pages(rows, PAGE_OF.get(first, PAGE)) + len(others)
    is_guess = reads.is_full and not known.was_read and _is_others(element_map)
    return Calls(count if reads.surely else 0, None if is_guess else count)


def _is_others(element_map: ElementMap) -> bool:
    """Whether other people fill the list in Procore, so that maestro* does not tell how long it is."""
    return bool(element_map.detail) or (element_map.has_page and not ELEMENTS[element_map.element].is_by_project)


def _details(element_map: ElementMap, known: Known) -> Calls:
    if not element_map.detail:
        return Calls()
    # What has changed in Procore since the last reading, only the next one tells.
    return Calls(known.to_open, known.to_open if known.is_listed else None)


def _writes(element_map: ElementMap, known: Known) -> Calls:
    """Bulk calls. What comes from Procore gets our mark there, where its kind has one."""
    if not element_map.fields or not (element_map.write_resource or element_map.resources):
        return Calls()
    if element_map.direction is Direction.FROM_PROCORE:
        return _marks(element_map, known)
    size = element_map.bulk
    if known.to_send is not None:
        return Calls(_up(known.to_send, size), _up(known.to_send, size))
    left = max(0, known.here - known.linked)
    if element_map.listed_with:  # most of them are found there
        return Calls(0, _up(left, size))
    calls = _up(left, size)
    if element_map.has_page:  # nobody has looked which of them stay here: costs of linked orders do, for one
        return Calls(min(1, left), calls, max(0, calls - 1))
    if not known.main_to_send:
        return Calls(0, _levels(element_map, left))
    if known.linked:
        return Calls(0, max(_levels(element_map, left), _up(min(known.here, known.main_to_send), size)))
    # Parts and lines go with what they belong to, and a record that stays here takes its own along.
    least = 1 if left and size > 1 else 0
    return Calls(least, _levels(element_map, left), calls - least if size > 1 else 0)


def _levels(element_map: ElementMap, records: int) -> int:
    """Calls at most: what a record lies below is sent before it, each level in calls of its own."""
    return min(records, _up(records, element_map.bulk) + element_map.levels - 1)


def _marks(element_map: ElementMap, known: Known) -> Calls:
    if not element_map.detail or not element_map.takes_mark:
        return Calls()
    waiting = known.to_open if known.to_send is None else max(known.to_send, known.to_open)
    calls = _up(waiting, element_map.bulk)
    return Calls(0, calls, calls if known.is_accepted else 0)


def _pages(rows: int, size: int) -> int:
    return max(1, _up(rows, size))


def _up(count: int, size: int) -> int:
    return -(-count // size)


# --- time ---------------------------------------------------------------------------------------------


def timetable(wishes: Sequence[Wish], budget: Budget, now: datetime, seconds_a_call: float) -> list[Forecast]:
    """When each of these elements is done, one after the other, within both call limits.

    now: aware, UTC. seconds_a_call: from one call to the next as long as no limit stands in the way. As long as all
    that comes before is bounded it is the likely number that counts; from there on the least, and the time is the
    earliest.
    """
    told, latest = _Course(budget, now, seconds_a_call), _Course(budget, now, seconds_a_call)
    until_known = _Course(budget, now, seconds_a_call)
    known_at: datetime | None = None
    if any(wish.unread for wish in wishes):
        # Those lists are all read one after the other when the first element begins that needs them.
        first = next(place for place, wish in enumerate(wishes) if wish.unread)
        until_known.go(sum(wish.calls.likely for wish in wishes[:first]) + sum(wish.lists for wish in wishes))
        known_at = until_known.at
    is_bounded, found = True, []
    for wish in wishes:
        calls = wish.calls
        is_bounded = is_bounded and calls.most is not None
        pauses = told.go(calls.least if calls.most is None else calls.likely)
        latest.go(calls.most or 0)
        found.append(
            Forecast(
                wish.element,
                calls.least,
                calls.most,
                (told.at - now).total_seconds(),
                told.at,
                pauses,
                calls_likely=calls.likely,
                seconds_at_most=(latest.at - now).total_seconds() if is_bounded else None,
                unread=wish.unread,
                known_at=known_at if wish.unread else None,
            )
        )
    return found


class _Course:
    """Calls one after the other, whatever element they are of: what is left of the hour, and until when it counts."""

    def __init__(self, budget: Budget, now: datetime, seconds_a_call: float) -> None:
        self._budget, self._seconds_a_call = budget, seconds_a_call
        self._began, self._made = max(now, budget.hold_until or now), 0
        """Since the last pause: a burst does not begin anew with the next element."""
        self._left, self._ends_at = budget.hour.left(now), _end(budget, now)

    @property
    def at(self) -> datetime:
        """When the last of them is answered."""
        return self._began + _length(self._made, self._budget, self._seconds_a_call)

    def go(self, calls: int) -> int:
        """The pauses for the hourly limit that so many more calls have."""
        pauses, hour = 0, self._budget.hour
        while calls > self._left:
            self._made += self._left
            calls -= self._left
            self._began, self._made = max(self.at, self._ends_at or self.at + hour.length), 0
            pauses, self._left, self._ends_at = pauses + 1, max(1, hour.limit), self._began + hour.length
        self._made += calls
        self._left -= calls
        return pauses


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
