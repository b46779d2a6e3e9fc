"""What a plan of files will cost: calls, bytes, hours, and when it is finished. Pure.

Our own measured cost per action is shown, and the usual product's rule beside it (four calls a file, 900 files an
hour: F114, F276, F277), which is where the forecast starts before anything was measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from statistics import median
from typing import Final, NamedTuple

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_plan import FileAction, FileVerb

USUAL_CALLS_A_FILE: Final = 4
"""F276."""
USUAL_CALLS_AN_HOUR: Final = 3600
"""F275: 900 files an hour (F277)."""
USUAL_BOTH_SIDES: Final = (3, 5)
"""How many times slower the usual product is when both sides hold data (F114)."""
LONG: Final = timedelta(hours=24)
"""Beyond this a forecast warns (C2)."""
AT_ONCE: Final = 4
"""Transfers under way together: enough to hide the latency of both services, few enough for four files on the disk."""
STATED_ERROR: Final = 0.25
"""So far a forecast may be off once something was measured (F104): a quarter of what is left."""

# Procore calls of one action as documented: an upload of two calls, a listing that brings the download addresses.
_DOCUMENTED: Final[Mapping[tuple[FileVerb, FileSide], float]] = {
    (FileVerb.CREATE_FOLDER, FileSide.PROCORE): 1,
    (FileVerb.MOVE, FileSide.PROCORE): 1,
    (FileVerb.DELETE, FileSide.PROCORE): 1,
    (FileVerb.COPY, FileSide.PROCORE): 2,
    (FileVerb.VERSION, FileSide.PROCORE): 2,
    (FileVerb.COPY, FileSide.DRIVE): 1,
    (FileVerb.VERSION, FileSide.DRIVE): 1,
    (FileVerb.COMPARE, FileSide.PROCORE): 1,
}
_TRANSFERS: Final = (FileVerb.COPY, FileVerb.VERSION)


@dataclass(frozen=True, slots=True)
class Pace:
    """What was learnt so far. calls: Procore calls per action, by verb and target, where measured.

    calls_left: in the present window; calls_an_hour: of each one after that; share: of them that files may use.
    resets_at: when the window ends. seconds_a_file, bytes_a_second: what one more file, and one more byte, takes the
    whole; 0 and None: no time.
    """

    calls_an_hour: int = USUAL_CALLS_AN_HOUR
    calls_left: int = USUAL_CALLS_AN_HOUR
    resets_at: datetime | None = None
    share: float = 1.0
    seconds_a_file: float = 0.0
    bytes_a_second: float | None = None
    calls: Mapping[tuple[FileVerb, FileSide], float] = field(default_factory=dict)

    def of(self, verb: FileVerb, target: FileSide) -> float:
        """Procore calls of one such action: measured, else as documented; 0 for what only the drive is asked for."""
        key = (verb, target)
        return self.calls.get(key, _DOCUMENTED.get(key, 0))


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


def measured(calls: Mapping[tuple[FileVerb, FileSide], int], actions: Mapping[tuple[FileVerb, FileSide], int]) -> dict[
    tuple[FileVerb, FileSide], float
]:  # fmt: skip
    """Calls per action from the counts of finished runs."""
    return {key: calls[key] / count for key, count in actions.items() if count and key in calls}


@dataclass(frozen=True, slots=True)
class Forecast:
    """files: transferred. calls: of Procore, rounded up. usual_*: the usual product's for the same files."""

    files: int
    size_bytes: int
    calls: int
    duration: timedelta
    ends_at: datetime
    usual_calls: int
    usual_duration: tuple[timedelta, timedelta]

    @property
    def is_long(self) -> bool:
        """More than a day: told before the start (F239)."""
        return self.duration > LONG


class Planned(NamedTuple):
    """So many actions of one kind in a plan, and their bytes together."""

    verb: FileVerb
    target: FileSide
    n: int
    size_bytes: int


def forecast(
    actions: Iterable[FileAction], pace: Pace, now: datetime, *, listing_calls: int = 0, has_both_sides: bool = False
) -> Forecast:
    """What is still to be done. has_both_sides: a first synchronization in which both hold data (F114)."""
    each = (Planned(action.verb, action.target, 1, action.size_bytes) for action in actions)
    return forecast_of(each, pace, now, listing_calls=listing_calls, has_both_sides=has_both_sides)


def forecast_of(
    planned: Iterable[Planned], pace: Pace, now: datetime, *, listing_calls: int = 0, has_both_sides: bool = False
) -> Forecast:
    """The same from counts, as the journal adds them up."""
    files = size = acts = 0
    calls = float(listing_calls)
    for kind in planned:
        calls += pace.of(kind.verb, kind.target) * kind.n
        acts += 0 if kind.verb.is_free else kind.n
        if kind.verb in _TRANSFERS:
            files += kind.n
            size += kind.size_bytes
    needed = -int(-calls // 1)
    by_size = size / pace.bytes_a_second if pace.bytes_a_second else 0.0
    duration = max(_until_called(needed, pace, now), timedelta(seconds=acts * pace.seconds_a_file + by_size))
    usual = files * USUAL_CALLS_A_FILE
    plain = timedelta(hours=usual / USUAL_CALLS_AN_HOUR)
    least, most = USUAL_BOTH_SIDES if has_both_sides else (1, 1)
    return Forecast(files, size, needed, duration, now + duration, usual, (plain * least, plain * most))


def _until_called(calls: int, pace: Pace, now: datetime) -> timedelta:
    """How long the call limit makes it: what is left now goes at once, the rest in later windows at their pace."""
    later = calls - int(pace.calls_left * pace.share)
    if later <= 0:
        return timedelta(0)
    wait = max(timedelta(0), pace.resets_at - now) if pace.resets_at else timedelta(hours=1)
    an_hour = max(1.0, pace.calls_an_hour * pace.share)
    full_windows = int((later - 1) // an_hour)
    return wait + timedelta(hours=full_windows)
