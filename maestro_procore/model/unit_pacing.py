"""When the next Graph call may go out, and what each answer teaches about that. Pure: time comes as an argument.

Microsoft counts calls in resource units, and says how many are left only when most of them are used (reference
graph-drive.md §4). So the units of a minute and the requests of five minutes are counted here as well; what the
headers say replaces the count. Waiting is drive/gate.py. Procore's two limits are pacing.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from maestro_procore.model.rate_headers import LONGEST_WAIT, retry_after

START_UNITS: Final = 1_250  # a minute, of the smallest tenants; larger ones have up to five times as many
START_REQUESTS: Final = 3_000  # in five minutes, of one user
SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_GUESS: Final = timedelta(minutes=5)
NEARLY_ALL: Final = 5  # from the last fifth on, what is left is spread over the rest of the window


@dataclass(frozen=True, slots=True)
class UnitWindow:
    """One limit, counted by our own clock. Without an end, or past it, it is a fresh one."""

    limit: int
    length: timedelta
    used: int = 0
    ends_at: datetime | None = None
    is_told: bool = False
    """Whether Microsoft named limit and rest of this very window."""

    def is_open(self, now: datetime) -> bool:
        # An end beyond the window's length means that our clock was set back: not believed.
        return self.ends_at is not None and now < self.ends_at <= now + max(self.length, LONGEST_WAIT)

    def left(self, now: datetime) -> int:
        return max(0, self.limit - self.used) if self.is_open(now) else self.limit

    def spent(self, units: int, now: datetime) -> "UnitWindow":
        if self.is_open(now):
            return replace(self, used=self.used + units)
        return UnitWindow(self.limit, self.length, units, now + self.length)


def _minute() -> UnitWindow:
    return UnitWindow(START_UNITS, timedelta(minutes=1))


def _five_minutes() -> UnitWindow:
    return UnitWindow(START_REQUESTS, timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class UnitBudget:
    """What one app may still ask of one tenant. Shared by all callers of one account."""

    units: UnitWindow = field(default_factory=_minute)
    requests: UnitWindow = field(default_factory=_five_minutes)
    hold_until: datetime | None = None
    """Nothing goes out before: Microsoft wants every request to the tenant paused, not only the refused one."""
    refused_at: datetime | None = None
    refusals: int = 0
    """429s in a row."""
    went_at: datetime | None = None
    """When the newest call went out."""

    def to_json(self) -> dict[str, Any]:
        """The pause, which outlives the program; the short windows begin anew."""
        hold = None if self.hold_until is None else self.hold_until.isoformat()
        return {"hold_until": hold, "refusals": self.refusals, "limit": self.units.limit}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The budget as written, or a fresh one from {}. Errors: KeyError, ValueError on a broken one."""
        if not value:
            return cls()
        hold = value["hold_until"]
        return cls(
            replace(_minute(), limit=int(value["limit"])),
            hold_until=None if hold is None else datetime.fromisoformat(hold),
            refusals=int(value["refusals"]),
        )


def may_go_at(budget: UnitBudget, units: int, now: datetime) -> datetime:
    """When a call of so many units may go out; `now` when at once, never more than 65 minutes ahead."""
    ends = [now]
    if budget.hold_until is not None and now < budget.hold_until <= now + LONGEST_WAIT:
        ends.append(budget.hold_until)
    for window, cost in ((budget.units, units), (budget.requests, 1)):
        if window.ends_at is not None and window.is_open(now) and cost:
            left = window.left(now)
            if left < min(cost, window.limit):
                ends.append(window.ends_at)
            elif window.is_told and left * NEARLY_ALL <= window.limit and budget.went_at is not None:
                ends.append(budget.went_at + (window.ends_at - budget.went_at) * cost / (left + cost))
    return max(ends)


def spend(budget: UnitBudget, units: int, now: datetime) -> UnitBudget:
    """Counts a call that goes out now."""
    return replace(budget, units=budget.units.spent(units, now), requests=budget.requests.spent(1, now), went_at=now)


def learn(
    budget: UnitBudget, headers: Mapping[str, str], status: int | None, sent_at: datetime, now: datetime
) -> UnitBudget:
    """What the budget is after an answer. headers: names in lower case; {} and status None when none came."""
    if status is None:
        return budget
    limit, remaining, reset = (_whole(headers.get(f"ratelimit-{name}")) for name in ("limit", "remaining", "reset"))
    until = None if reset is None else timedelta(seconds=min(reset, int(LONGEST_WAIT.total_seconds())))
    if limit and remaining is not None and until:
        told = UnitWindow(limit, budget.units.length, limit - min(remaining, limit), now + until, is_told=True)
        budget = replace(budget, units=told)
    asked = retry_after(headers, now, None)
    if status == 429:
        return _refused(budget, max((w for w in (asked, until) if w is not None), default=None), sent_at, now)
    if status in (503, 509) and asked is not None:
        return replace(budget, hold_until=now + min(asked, LONGEST_WAIT))
    return replace(budget, refusals=0) if status < 500 else budget


def _refused(budget: UnitBudget, asked: timedelta | None, sent_at: datetime, now: datetime) -> UnitBudget:
    """After a 429: what it asks for. Calls that were on their way at the first refusal say nothing new.

    A refusal after the announced wait doubles the shortest one, so that a wrong announcement is no hot loop.
    """
    is_new = budget.refused_at is None or sent_at >= budget.refused_at
    refusals = budget.refusals + 1 if is_new else max(1, budget.refusals)
    shortest = min(SHORTEST_WAIT * (1 << min(refusals - 1, 8)), LONGEST_GUESS)
    until = now + min(max(shortest, asked or timedelta()), LONGEST_WAIT)
    if not is_new and budget.hold_until is not None and budget.hold_until <= now + LONGEST_WAIT:
        until = max(until, budget.hold_until)
    return replace(budget, hold_until=until, refused_at=now if is_new else budget.refused_at, refusals=refusals)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None
