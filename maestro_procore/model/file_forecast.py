"""What a plan of files will cost: calls, bytes, hours, and when it is finished. Pure.

Our own measured cost per action is shown, and the usual product's rule beside it (four calls a file, 900 files an
hour: F114, F276, F277), which is where the forecast starts before anything was measured.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    resets_at: when the window ends. bytes_a_second: measured, None when nothing was transferred yet.
    """

    calls_an_hour: int = USUAL_CALLS_AN_HOUR
    calls_left: int = USUAL_CALLS_AN_HOUR
    resets_at: datetime | None = None
    share: float = 1.0
    bytes_a_second: float | None = None
    calls: Mapping[tuple[FileVerb, FileSide], float] = field(default_factory=dict)

    def of(self, verb: FileVerb, target: FileSide) -> float:
        """Procore calls of one such action: measured, else as documented; 0 for what only the drive is asked for."""
        key = (verb, target)
        return self.calls.get(key, _DOCUMENTED.get(key, 0))


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
    files = size = 0
    calls = float(listing_calls)
    for kind in planned:
        calls += pace.of(kind.verb, kind.target) * kind.n
        if kind.verb in _TRANSFERS:
            files += kind.n
            size += kind.size_bytes
    needed = -int(-calls // 1)
    by_size = timedelta(seconds=size / pace.bytes_a_second) if pace.bytes_a_second else timedelta(0)
    duration = max(_until_called(needed, pace, now), by_size)
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
