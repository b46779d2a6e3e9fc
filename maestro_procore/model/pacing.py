"""When the next Procore call may go out, and what each answer teaches about that. Pure: time comes as an argument.

Procore keeps two limits at once, an hourly one and one of ten seconds ("spike"), and its headers describe
only the nearer of them (reference procore-api.md §2). So both windows are counted here as well: obeying the headers
alone meets one 429 at the end of every hour (measured, limits-and-faults.md §1.2). Waiting is engine/gate.py,
reading headers rate_headers.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from maestro_procore.model.rate_headers import LONGEST_WAIT, Announcement, announcement, clock_skew, retry_after

START_HOURLY_LIMIT: Final = 3_600  # C8: only the start value, headers are the source of truth
START_SPIKE_LIMIT: Final = 25  # the example of Procore's documentation
SPIKE_REACH: Final = timedelta(seconds=11)  # 10 s, and the second that whole-second clocks may add
SHORTEST_WAIT: Final = timedelta(seconds=1)  # after a 429, whatever the answer announced
LONGEST_GUESS: Final = timedelta(minutes=5)  # when a 429 announces nothing usable
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """One limit. Times are of our own clock. A window without an end, or past it, is a fresh one."""

    limit: int
    length: timedelta
    used: int = 0
    """Calls sent since it opened, in flight included."""
    opened_at: datetime | None = None
    """None while open: when it opened is not known."""
    ends_at: datetime | None = None
    announced: int | None = None
    """The end as Procore announced it, Unix seconds of its own clock; None: the end is our guess."""
    is_told: bool = False
    """Whether Procore ever named the limit; otherwise it is a start value."""

    def is_open(self, now: datetime) -> bool:
        # An end beyond every real window means that our clock was set back: not believed, the next answer tells.
        return self.ends_at is not None and now < self.ends_at <= now + LONGEST_WAIT

    def is_told_since_it_opened(self, stated_by: datetime | None) -> bool:
        return stated_by is not None and (self.opened_at is None or self.opened_at <= stated_by)

    def left(self, now: datetime) -> int:
        return max(0, self.limit - self.used) if self.is_open(now) else self.limit

    def spent(self, now: datetime) -> "Window":
        """One call more, in a fresh window if this one is over."""
        if self.is_open(now):
            return replace(self, used=self.used + 1)
        # Procore's window opens when the call arrives and ends on a whole second: a little after this guess at most.
        return Window(self.limit, self.length, 1, now, now + self.length + SECOND, is_told=self.is_told)

    def restarted(self, used: int, now: datetime) -> "Window":
        """The same limit, counted anew in the middle of a window whose begin we do not know."""
        return Window(self.limit, self.length, used, None, now + self.length + SECOND, is_told=self.is_told)

    def to_json(self) -> dict[str, Any]:
        return {
            "limit": self.limit,
            "length_seconds": self.length.total_seconds(),
            "used": self.used,
            "opened_at": _text(self.opened_at),
            "ends_at": _text(self.ends_at),
            "announced": self.announced,
            "is_told": self.is_told,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(
            int(value["limit"]),
            timedelta(seconds=float(value["length_seconds"])),
            int(value["used"]),
            _instant(value["opened_at"]),
            _instant(value["ends_at"]),
            value["announced"],
            bool(value["is_told"]),
        )


def _fresh_hour() -> Window:
    return Window(START_HOURLY_LIMIT, timedelta(hours=1))


def _fresh_spike() -> Window:
    return Window(START_SPIKE_LIMIT, timedelta(seconds=10))


@dataclass(frozen=True, slots=True)
class Budget:
    """Both windows and what a refusal added. Shared by every caller of one client id, kept in the journal."""

    hour: Window = field(default_factory=_fresh_hour)
    spike: Window = field(default_factory=_fresh_spike)
    hold_until: datetime | None = None
    """Nothing goes out before: the wait that a 429 or an overloaded server asked for."""
    refused_at: datetime | None = None
    refusals: int = 0
    """429s in a row."""
    skew: timedelta | None = None
    """Procore's clock less ours, None before the first answer (CLK-01)."""
    stated_by: datetime | None = None
    """When the newest call whose answer was read had been sent: answers overtake each other."""
    in_flight: int = 0
    """Calls on the way; a new process starts without any."""
    is_alone: bool = False
    """Whether the newest call found no other on the way: until the next one goes out, its answer is the whole truth."""

    def to_json(self) -> dict[str, Any]:
        return {
            "hour": self.hour.to_json(),
            "spike": self.spike.to_json(),
            "hold_until": _text(self.hold_until),
            "refused_at": _text(self.refused_at),
            "refusals": self.refusals,
            "skew_seconds": None if self.skew is None else self.skew.total_seconds(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The budget as written, or a fresh one from {}. Errors: KeyError, ValueError on a broken one."""
        if not value:
            return cls()
        skew = value["skew_seconds"]
        return cls(
            Window.from_json(value["hour"]),
            Window.from_json(value["spike"]),
            _instant(value["hold_until"]),
            _instant(value["refused_at"]),
            int(value["refusals"]),
            None if skew is None else timedelta(seconds=float(skew)),
        )


# --- asking ---------------------------------------------------------------------------------------


def may_go_at(budget: Budget, now: datetime) -> datetime:
    """When the next call may go out by our own clock; `now` when at once, never more than 65 minutes ahead."""
    # A start value that Procore never confirmed stops nothing: the calls beyond it go one by one, see below.
    windows = (budget.hour, budget.spike) if budget.hour.is_told else (budget.spike,)
    ends = [
        window.ends_at
        for window in windows
        if window.ends_at is not None and window.is_open(now) and window.left(now) == 0
    ]
    if budget.hold_until is not None and now < budget.hold_until <= now + LONGEST_WAIT:
        ends.append(budget.hold_until)
    return max(ends, default=now)


def waits_for_an_answer(budget: Budget, now: datetime) -> bool:
    """Whether the next call had better wait until one that is on its way is answered.

    The call that opens a window of ours goes alone: what was sent before is answered, and nothing follows until its
    own answer has told where both windows stand. Otherwise calls sent for the old window would land uncounted in
    the new one, and their late answers would be taken for news of it. When that answer describes the spike limit, the
    hour has at least as many calls left, and the whole spike window is safe.
    As long as Procore has not named the hourly limit, so does each call beyond the start value, which may be raised.
    """
    if not budget.in_flight:
        return False
    windows = (budget.hour, budget.spike)
    if not all(window.is_open(now) and window.is_told_since_it_opened(budget.stated_by) for window in windows):
        return True
    return not budget.hour.is_told and budget.hour.left(now) == 0


def resumes_at(budget: Budget, now: datetime) -> datetime | None:
    """The announced time while calls have to wait, otherwise None (F009)."""
    at = may_go_at(budget, now)
    return at if at > now else None


def calls_left(budget: Budget, now: datetime) -> int:
    """Calls left in the hour, for the meter; by our own count where Procore did not say."""
    return budget.hour.left(now)


# --- counting and learning ------------------------------------------------------------------------


def spend(budget: Budget, now: datetime) -> Budget:
    """Counts a call that goes out now. To be kept before the call is made."""
    return replace(
        budget,
        hour=budget.hour.spent(now),
        spike=budget.spike.spent(now),
        in_flight=budget.in_flight + 1,
        is_alone=not budget.in_flight,
    )


def learn(budget: Budget, headers: Mapping[str, str], status: int | None, sent_at: datetime, now: datetime) -> Budget:
    """What the budget is after an answer.

    headers: of the answer, names in lower case; {} and status None when none came.
    sent_at: when that call was spent; now: when its answer was there.
    """
    budget = replace(budget, in_flight=max(0, budget.in_flight - 1))
    if status is None:
        return budget
    skew = clock_skew(headers, now)
    budget = replace(
        budget,
        skew=budget.skew if skew is None else skew,
        hour=_opened_by(budget.hour, sent_at, now),
        spike=_opened_by(budget.spike, sent_at, now),
    )
    said = announcement(headers, now, budget.skew)
    if said is not None:
        budget = _believe(budget, said, status == 429, sent_at, now)
    if status == 429:
        return _refused(budget, said, retry_after(headers, now, budget.skew), sent_at, now)
    if status == 503 and (wait := retry_after(headers, now, budget.skew)) is not None:
        return replace(budget, hold_until=now + min(wait, LONGEST_WAIT), refusals=0)
    return replace(budget, refusals=0)


def _is_hour(budget: Budget, said: Announcement) -> bool:
    """Which of the two limits the triple describes: the distance tells, near the hour's end the limit's value."""
    if said.away > SPIKE_REACH:
        return True
    if said.limit == budget.hour.limit != budget.spike.limit:
        return True
    return said.limit == budget.hour.limit and said.reset == budget.hour.announced


def _believe(budget: Budget, said: Announcement, is_refused: bool, sent_at: datetime, now: datetime) -> Budget:
    # Answers overtake each other: one that was sent before the newest one read may only add to the count.
    is_late = budget.stated_by is not None and sent_at <= budget.stated_by
    budget = budget if is_late else replace(budget, stated_by=sent_at)
    if _is_hour(budget, said):
        return replace(budget, hour=_told(budget.hour, said, budget, is_late, sent_at, now))
    budget = replace(budget, spike=_told(budget.spike, said, budget, is_late, sent_at, now))
    # The spike limit was the nearer one, so the hour has at least as many calls left. When our count says
    # otherwise, the limit was raised or Procore's hour began anew: the count starts again, the limit stays.
    hour = budget.hour
    counted = hour.used - budget.in_flight if hour.is_open(now) else 0
    is_beyond = counted + said.remaining > hour.limit
    if is_beyond and not is_late and not is_refused:
        known = hour if said.remaining <= hour.limit else _fresh_hour()  # more left than the limit: it was raised
        return replace(budget, hour=known.restarted(budget.in_flight + 1, now))
    return budget


def _told(
    window: Window, said: Announcement, budget: Budget, is_late: bool, sent_at: datetime, now: datetime
) -> Window:
    """The window as Procore described it. budget: whose window it is, for the calls that are on the way."""
    if is_late and window.announced is not None and said.reset < window.announced:
        return window
    used = said.limit - said.remaining
    if not window.is_open(now) or window.announced != said.reset:
        # News of this window for the first time. What is on the way may have come to Procore after this answer.
        used += budget.in_flight
    elif not budget.is_alone:
        # Our own count holds all that is on the way and was complete at the first news. Only Procore's can be
        # higher, by the calls of others; lower it is as long as calls have not arrived.
        used = max(window.used, used)
    # Date is cut to the second, and we do not know when between sent_at and now it was written:
    # the true end lies between these two. The earliest bound of all answers so far is kept, so that
    # work resumes within a second; one outside says that our clock was changed meanwhile.
    earliest, latest = sent_at + said.away - SECOND, now + said.away
    known = window.ends_at if window.announced == said.reset else None
    ends_at = known if known is not None and earliest <= known <= latest else latest
    length = window.length
    if window.announced is None and window.opened_at is not None and window.is_open(now):
        length = min(max(ends_at - window.opened_at, SECOND), LONGEST_WAIT)
    return Window(said.limit, length, used, window.opened_at, ends_at, said.reset, is_told=True)


def _opened_by(window: Window, sent_at: datetime, now: datetime) -> Window:
    """A guessed end, moved by the time that the call which opened the window was on its way."""
    if window.announced is None and window.ends_at is not None and window.opened_at == sent_at:
        return replace(window, ends_at=max(window.ends_at, now + window.length + SECOND))
    return window


def _refused(
    budget: Budget, said: Announcement | None, asked: timedelta | None, sent_at: datetime, now: datetime
) -> Budget:
    """After a 429: the later of both announced times, never less than a second, never more than 65 minutes.

    asked: its Retry-After, if any. Calls that were on their way when the first refusal came say nothing new. A
    refusal after the announced wait doubles the shortest wait, so that a wrong announcement is no hot loop.
    """
    is_new = budget.refused_at is None or sent_at >= budget.refused_at
    refusals = budget.refusals + 1 if is_new else max(1, budget.refusals)
    announced = [] if asked is None else [asked]
    if said is not None:
        told = budget.hour if budget.hour.announced == said.reset else budget.spike
        announced.append(said.away if told.ends_at is None else told.ends_at - now)
    shortest = min(SHORTEST_WAIT * (1 << min(refusals - 1, 8)), LONGEST_GUESS)
    wait = max(shortest, *announced) if announced else _guess(budget, refusals, now)
    until = now + min(wait, LONGEST_WAIT)
    if not is_new and budget.hold_until is not None and budget.hold_until <= now + LONGEST_WAIT:
        until = max(until, budget.hold_until) if announced else budget.hold_until
    return replace(budget, hold_until=until, refused_at=now if is_new else budget.refused_at, refusals=refusals)


def _guess(budget: Budget, refusals: int, now: datetime) -> timedelta:
    """How long to wait after a 429 that announces nothing: for the hour's end when that is nearly used up."""
    hour = budget.hour
    if hour.ends_at is not None and hour.is_open(now) and hour.left(now) * 20 <= hour.limit:
        return max(hour.ends_at - now, SHORTEST_WAIT)
    return min(SPIKE_REACH * (1 << min(refusals - 1, 8)), LONGEST_GUESS)


# --- other waits ----------------------------------------------------------------------------------

RETRY_WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15, 15, 30, 30, 30, 30))
OVERLAP: Final = timedelta(minutes=5)
SWEEP_AFTER: Final = timedelta(hours=1)
SWEEP_EVERY: Final = timedelta(days=1)
"""Between two full readings of an element that has a list without a filter for changes: inactive companies."""


def wait_before_retry(attempt: int, announced: timedelta | None) -> timedelta:
    """How long to wait after failed attempt `attempt`, from 1. What the server announced wins, up to 65 minutes."""
    if announced is not None:
        return min(max(announced, timedelta()), LONGEST_WAIT)
    return RETRY_WAITS[min(max(attempt, 1), len(RETRY_WAITS)) - 1]


def next_read_window(
    read_at: datetime,
    last_write_at: datetime | None,
    written: int,
    page_size: int,
    previous: datetime | None = None,
) -> tuple[datetime, bool]:
    """Where the next differential read of a list starts, and whether a full read falls due an hour (SWEEP_AFTER) later.

    All times are Procore's: read_at of the first answer of this reading, last_write_at of the last write's answer.
    written: records of that list that the run wrote. previous: where this reading itself started; the next never
    starts before it, or the overlap would bring back what an earlier run wrote.
    """
    if last_write_at is None or written <= page_size:
        # Five minutes of overlap: Procore's servers need not agree on the time, and reading twice is harmless (F14).
        start, sweep_due = read_at - OVERLAP, False
    else:
        # Our own writes would come back as echo and fill several pages. Records carry whole seconds, so only the
        # second after the last write is free of them. What a person changed since read_at may be skipped that
        # way: the full read finds it for certain.
        start, sweep_due = last_write_at + SECOND, True
    return (start if previous is None else max(start, previous)), sweep_due


def _text(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
