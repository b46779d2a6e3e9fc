"""What a plan of files will cost: calls, bytes, hours, and when it is finished. Pure.

Our own forecast is made of what actions have cost and contents have taken here so far; before anything was measured,
of what Procore documents. The usual product's rule (four calls a file, 900 files an hour, slower where both sides
hold data: F114, F276, F277) is shown beside it and takes no part in it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from math import ceil
from statistics import median
from typing import Final, NamedTuple

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_lists import GOOD_FOR, Listed
from maestro_procore.model.file_plan import FileAction, FileVerb

USUAL_CALLS_A_FILE: Final = 4
"""F276."""
USUAL_CALLS_AN_HOUR: Final = 3600
"""F275."""
USUAL_FILES_AN_HOUR: Final = USUAL_CALLS_AN_HOUR // USUAL_CALLS_A_FILE
"""F277."""
USUAL_BOTH_SIDES: Final = (3, 5)
"""How many times slower the usual product is when both sides hold data (F114)."""
LONG: Final = timedelta(hours=24)
"""Beyond this a forecast warns (C2)."""
AT_ONCE: Final = 4
"""Transfers under way together: enough to hide the latency of both services, few enough for four files on the disk."""
STATED_ERROR: Final = 0.25
"""So far a forecast may be off once something was measured (F104): a quarter of what is left."""


class Kind(NamedTuple):
    """Actions that cost alike: what is done, on which side, with which tool of Procore."""

    verb: FileVerb
    target: FileSide
    tool: str = ""


# Procore calls of one action as documented, without those that bring a content to Procore: reference procore-api.md §7.
_DOCUMENTED: Final[Mapping[tuple[FileVerb, FileSide], float]] = {
    (FileVerb.CREATE_FOLDER, FileSide.PROCORE): 1,
    (FileVerb.MOVE, FileSide.PROCORE): 1,
    (FileVerb.DELETE, FileSide.PROCORE): 2,
    (FileVerb.COPY, FileSide.PROCORE): 0,
    (FileVerb.VERSION, FileSide.PROCORE): 1,
    (FileVerb.UNDELETE, FileSide.PROCORE): 2,
    (FileVerb.REVERT, FileSide.PROCORE): 4,
    (FileVerb.PUT_BACK, FileSide.PROCORE): 0,
    (FileVerb.COPY, FileSide.DRIVE): 1,
    (FileVerb.VERSION, FileSide.DRIVE): 1,
    (FileVerb.COMPARE, FileSide.PROCORE): 1,
}
_SENDS: Final = frozenset({FileVerb.COPY, FileVerb.VERSION, FileVerb.REVERT, FileVerb.PUT_BACK})
"""With Procore as their target they bring it a content."""
IN_ONE_CALL: Final = 1
"""Where Procore takes a content within the call that makes the file (deprecated): the first upload finds out."""
IN_TWO_CALLS: Final = 2
"""An address of its storage, and the file (§7.2)."""
FINDING_OUT: Final = 1
"""Call that the first upload spends where Procore refuses a content within the call that makes the file."""
_TRANSFERS: Final = (FileVerb.COPY, FileVerb.VERSION)
_FETCHES: Final = (
    (FileVerb.COPY, FileSide.DRIVE),
    (FileVerb.VERSION, FileSide.DRIVE),
    (FileVerb.COMPARE, FileSide.PROCORE),
)
"""Each wants a content of Procore, at an address that one of its lists has told."""
TELLING_SIZE: Final = 100_000
"""Bytes: what is smaller takes as long as its calls, and tells nothing of how many bytes go over in a second."""
FURTHER: Final = 10
"""A content so many times larger than all that were measured is none of which they tell the time."""


class Cost(NamedTuple):
    """Procore calls of one action. is_measured: both are what such actions have cost here, else as documented."""

    least: float
    most: float
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """What was learnt so far. calls: Procore calls per action, where measured.

    calls_left: in the present window; calls_an_hour: of each one after that; share: of them that files may use.
    resets_at: when the window ends. seconds_a_file, bytes_a_second: what one more file, and one more byte, takes the
    whole; 0 and None: no time. is_timed: both were measured.
    """

    calls_an_hour: int = USUAL_CALLS_AN_HOUR
    calls_left: int = USUAL_CALLS_AN_HOUR
    resets_at: datetime | None = None
    share: float = 1.0
    seconds_a_file: float = 0.0
    bytes_a_second: float | None = None
    calls: Mapping[Kind, float] = field(default_factory=dict)
    is_timed: bool = True
    limit: int | None = None
    """Bytes a second that somebody allows a content on both its ways (F237); None: no limit."""
    largest: int = TELLING_SIZE
    """Bytes of the largest content that was measured."""

    def of(self, kind: Kind) -> Cost:
        """One such action: measured, else as documented; 0 for what only the drive is asked for."""
        if kind in self.calls:
            return Cost(self.calls[kind], self.calls[kind], True)
        alone = _DOCUMENTED.get((kind.verb, kind.target), 0)
        least, most = self.upload_calls if sends(kind) else (0, 0)
        return Cost(alone + least, alone + most, False)

    @property
    def upload_calls(self) -> tuple[int, int]:
        """What brings a content to Procore, by the uploads of any tool: the first one tries both ways."""
        uploads = [calls for kind, calls in self.calls.items() if kind[:2] == (FileVerb.COPY, FileSide.PROCORE)]
        if not uploads:
            return IN_ONE_CALL, IN_TWO_CALLS
        known = IN_ONE_CALL if min(uploads) < (IN_ONE_CALL + IN_TWO_CALLS) / 2 else IN_TWO_CALLS
        return known, known


def sends(kind: Kind) -> bool:
    """Whether such an action brings a content to Procore."""
    return kind.target is FileSide.PROCORE and kind.verb in _SENDS


class Speed(NamedTuple):
    """What files take, apart from their bytes, and what their bytes take; None: no time that could be measured."""

    seconds_a_file: float
    bytes_a_second: float | None


START_SPEED: Final = Speed(0.3, 5_000_000.0)
"""A guess, until the first files were transferred: two services that answer within a second, an office's upload."""


OUTLIER: Final = 10
"""A transfer that took so many times longer than others of its size waited for something."""


class Transfer(NamedTuple):
    """One content that went over, beside others."""

    size_bytes: int
    started_at: datetime
    ended_at: datetime

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


def speed(transfers: Sequence[Transfer]) -> Speed:
    """What the latest transfers tell, as several go over together and some of them wait for a limit or a lock.

    The line through sizes and times is that of Theil and Sen, medians of all slopes and of all distances, which few
    outliers can move; its height is such that it fits the time in which anything went over at all.
    """
    if not transfers:
        return START_SPEED
    slopes = [
        (other.seconds - one.seconds) / (other.size_bytes - one.size_bytes)
        for one, other in combinations(transfers, 2)
        if abs(other.size_bytes - one.size_bytes) * 10 > max(other.size_bytes, one.size_bytes)
    ]
    guess = AT_ONCE / (START_SPEED.bytes_a_second or 1.0)
    slope = max(0.0, median(slopes)) if slopes else guess
    alone = median(each.seconds - slope * each.size_bytes for each in transfers)
    if alone < 0:
        alone, slope = 0.0, median(each.seconds / max(1, each.size_bytes) for each in transfers)
    usual = [each for each in transfers if each.seconds <= OUTLIER * (alone + slope * each.size_bytes)]
    told = sum(alone + slope * each.size_bytes for each in usual)
    height = _busy_seconds(usual) / told if told else 0.0
    return Speed(alone * height, 1 / (slope * height) if slope * height else None)


def _busy_seconds(transfers: Sequence[Transfer]) -> float:
    """How long any of them was under way."""
    busy, until = 0.0, None
    for each in sorted(transfers, key=lambda transfer: transfer.started_at):
        since = each.started_at if until is None else max(each.started_at, until)
        busy += max(0.0, (each.ended_at - since).total_seconds())
        until = each.ended_at if until is None else max(until, each.ended_at)
    return busy


def measured(costs: Iterable[tuple[Kind, int, int]]) -> dict[Kind, float]:
    """Calls per action. costs: kind, how many actions, their calls together; a kind may come several times."""
    actions: Counter[Kind] = Counter()
    calls: Counter[Kind] = Counter()
    for kind, n, made in costs:
        actions[kind] += n
        calls[kind] += made
    return {kind: calls[kind] / n for kind, n in actions.items() if n}


class Way(NamedTuple):
    """Contents on one way, and their Procore calls. measured: so many of them by what such files have cost here."""

    files: int = 0
    measured: int = 0
    least: float = 0.0
    most: float = 0.0


NO_FILES: Final = Way()


@dataclass(frozen=True, slots=True)
class Forecast:
    """files: transferred. calls: of Procore, rounded up; usual_*: the usual product's for the same files.

    is_measured: by what such actions have cost here so far, else as documented. is_timed: so is the time, else a guess.
    """

    files: int
    size_bytes: int
    calls: int
    duration: timedelta
    ends_at: datetime
    usual_calls: int
    usual_duration: tuple[timedelta, timedelta]
    is_measured: bool = False
    is_timed: bool = False
    least_calls: int = 0
    """Fewer than `calls` where nothing was measured and the documents leave it open."""
    listing_calls: int = 0
    """Of `calls`, those for Procore's lists."""
    look_calls: int = 0
    """Of `calls`, those for addresses of contents that have expired."""
    unlisted: tuple[str, ...] = ()
    """Tools whose lists are not in `calls`: nobody knows how long they are before they are read."""
    compared: int = 0
    """Files that are compared first: what differs is not in `calls`."""
    up: Way = NO_FILES
    down: Way = NO_FILES
    is_rated: bool = False
    """The speed in bytes is worth telling: large contents were measured, and such are to come."""

    @property
    def is_long(self) -> bool:
        """More than a day: told before the start (F239)."""
        return self.duration > LONG

    @property
    def calls_a_file(self) -> float | None:
        """All calls, by the files; None without any."""
        return self.calls / self.files if self.files else None

    @property
    def files_an_hour(self) -> int | None:
        """Waits for the call limit included; None where it takes no time."""
        seconds = self.duration.total_seconds()
        return round(self.files * 3600 / seconds) if seconds and self.files else None

    @property
    def bytes_a_second(self) -> int | None:
        """The same of bytes."""
        seconds = self.duration.total_seconds()
        return round(self.size_bytes / seconds) if seconds and self.files else None


class Planned(NamedTuple):
    """So many actions of one kind in a plan, and their bytes together."""

    kind: Kind
    n: int
    size_bytes: int


def forecast(
    actions: Iterable[FileAction],
    pace: Pace,
    now: datetime,
    *,
    lists: Iterable[Listed] = (),
    has_both_sides: bool = False,
) -> Forecast:
    """What is still to be done. has_both_sides: a first synchronization in which both hold data (F114)."""
    each = (Planned(Kind(action.verb, action.target), 1, action.size_bytes) for action in actions)
    return forecast_of(each, pace, now, lists=lists, has_both_sides=has_both_sides)


def forecast_of(
    planned: Iterable[Planned], pace: Pace, now: datetime, *, lists: Iterable[Listed] = (), has_both_sides: bool = False
) -> Forecast:
    """The same from counts, as the journal adds them up. lists: all tools of the project."""
    ways, told_by = dict.fromkeys(FileSide, NO_FILES), list(lists)
    looked: dict[str, float] = defaultdict(float)
    size = acts = compared = 0
    least = most = 0.0
    finds_out = False
    for kind, n, size_bytes in planned:
        cost = pace.of(kind)
        least, most = least + cost.least * n, most + cost.most * n
        finds_out = finds_out or (cost.least < cost.most and n > 0)
        acts += 0 if kind.verb.is_free else n
        compared += n if kind.verb is FileVerb.COMPARE else 0
        if cost.is_measured and kind[:2] in _FETCHES:
            looked[kind.tool] += (cost.least - _DOCUMENTED[kind.verb, kind.target]) * n
        if kind.verb in _TRANSFERS:
            size += size_bytes
            ways[kind.target] = _with(ways[kind.target], n, cost)
    read = [(each.tool, each.calls) for each in told_by] if acts else []
    listing = sum(calls or 0 for _, calls in read)
    fewest, needed = (ceil(round(calls, 6)) + listing for calls in (least, most + FINDING_OUT * finds_out))
    files = sum(way.files for way in ways.values())
    is_known = pace.largest >= TELLING_SIZE or size <= FURTHER * pace.largest * files
    rate = pace.bytes_a_second if is_known else START_SPEED.bytes_a_second
    by_size = max(size / each if each else 0.0 for each in (rate, pace.limit))
    busy = timedelta(seconds=acts * pace.seconds_a_file + by_size)
    late = _late(needed, busy, pace, now)
    at_least, looks = (
        sum(_further(each.looks(share), looked[each.tool]) for each, share in zip(told_by, shares, strict=True))
        for shares in ([late] * len(told_by), [late if each.tells_addresses else 1.0 for each in told_by])
    )
    fewest, needed = fewest + at_least, needed + looks
    duration = max(_until_called(needed, pace, now), busy)
    return Forecast(
        files,
        size,
        needed,
        duration,
        now + duration,
        files * USUAL_CALLS_A_FILE,
        _usual_duration(files, has_both_sides),
        is_measured=files > 0 and all(way.measured == way.files for way in ways.values()),
        is_timed=pace.is_timed and is_known,
        least_calls=fewest,
        listing_calls=listing,
        look_calls=looks,
        unlisted=tuple(tool for tool, calls in read if calls is None),
        compared=compared,
        up=ways[FileSide.PROCORE],
        down=ways[FileSide.DRIVE],
        is_rated=pace.is_timed and pace.largest >= TELLING_SIZE and size >= TELLING_SIZE * files,
    )


def _late(calls: int, busy: timedelta, pace: Pace, now: datetime) -> float:
    """Which share of the contents is fetched once the addresses that a list has told are too old."""
    in_time = int(pace.calls_left * pace.share)
    if pace.resets_at is not None and pace.resets_at - now < GOOD_FOR:
        in_time += int(pace.calls_an_hour * pace.share)
    return 1 - min(1.0, in_time / calls if calls else 1.0, GOOD_FOR / busy if busy else 1.0)


def _further(looks: int, measured_already: float) -> int:
    """Looks that are no part of what such contents have cost so far."""
    return max(0, looks - int(measured_already))


def _with(way: Way, n: int, cost: Cost) -> Way:
    return Way(way.files + n, way.measured + n * cost.is_measured, way.least + n * cost.least, way.most + n * cost.most)


def _usual_duration(files: int, has_both_sides: bool) -> tuple[timedelta, timedelta]:
    plain = timedelta(hours=files * USUAL_CALLS_A_FILE / USUAL_CALLS_AN_HOUR)
    least, most = USUAL_BOTH_SIDES if has_both_sides else (1, 1)
    return plain * least, plain * most


def _until_called(calls: int, pace: Pace, now: datetime) -> timedelta:
    """How long the call limit makes it: what is left now goes at once, the rest in later windows at their pace."""
    later = calls - int(pace.calls_left * pace.share)
    if later <= 0:
        return timedelta(0)
    wait = max(timedelta(0), pace.resets_at - now) if pace.resets_at else timedelta(hours=1)
    an_hour = max(1.0, pace.calls_an_hour * pace.share)
    full_windows = int((later - 1) // an_hour)
    return wait + timedelta(hours=full_windows)
