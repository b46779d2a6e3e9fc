"""The one door every Graph call of an account passes: keeps the limits in resource units, waits, and says so.

The arithmetic is model/unit_pacing.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from maestro_procore.model.unit_pacing import UnitBudget, learn, may_go_at, spend
from maestro_procore.ports import Clock

# A laptop that slept wakes in the middle of a nap: 30 s later at most it looks at the wall clock again.
LONGEST_NAP: Final = timedelta(seconds=30)


class UnitGate(Protocol):
    """Stands before every Graph call. A 429 never passes it."""

    async def enter(self, units: int) -> datetime:
        """Returns when a call of so many units may go out and is counted, with the time at which it goes."""
        ...

    async def leave(self, sent_at: datetime, status: int | None, headers: Mapping[str, str]) -> bool:
        """Learns from the answer (None, {}: no answer came). True: the limit was hit, enter again and repeat it."""
        ...


async def _tell_nobody(_at: datetime | None) -> None:
    return None


class DriveGate(UnitGate):
    """One per app and tenant, shared by all callers on one event loop.

    keep: told of a new pause, to be kept beyond the end of the program. on_wait: told when calls start to wait or the
    time changes, and with None when they go on. check: called between naps; what it raises stops every waiting caller.
    """

    def __init__(
        self,
        clock: Clock,
        budget: UnitBudget | None = None,
        *,
        keep: Callable[[UnitBudget], Awaitable[None]] | None = None,
        on_wait: Callable[[datetime | None], Awaitable[None]] = _tell_nobody,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock, self._budget, self._keep = clock, budget or UnitBudget(), keep
        self._on_wait, self._check = on_wait, check
        self._waiting = 0
        self._told: datetime | None = None

    async def enter(self, units: int) -> datetime:
        self._check()
        while may_go_at(self._budget, units, now := self._clock.now()) > now:  # again: meanwhile others may have gone
            await self._wait(units)
            self._check()
        # No await between the last look and here: two callers cannot take the same last units.
        self._budget = spend(self._budget, units, now)
        return now

    async def leave(self, sent_at: datetime, status: int | None, headers: Mapping[str, str]) -> bool:
        held = self._budget.hold_until
        self._budget = learn(self._budget, headers, status, sent_at, self._clock.now())
        if self._keep is not None and self._budget.hold_until != held:
            await self._keep(self._budget)
        return status == 429

    def budget(self) -> UnitBudget:
        """The budget as it stands, for the meter."""
        return self._budget

    def resumes_at(self) -> datetime | None:
        """When calls go on; None while they may go."""
        now = self._clock.now()
        at = may_go_at(self._budget, 1, now)
        return at if at > now else None

    async def _wait(self, units: int) -> None:
        self._waiting += 1
        try:
            while (at := may_go_at(self._budget, units, now := self._clock.now())) > now:
                self._check()
                if at - now >= timedelta(seconds=1) and at != self._told:
                    self._told = at
                    await self._on_wait(at)
                await self._clock.nap(min(at - now, LONGEST_NAP))
        finally:
            self._waiting -= 1
            if not self._waiting and self._told is not None:
                self._told = None
                await self._on_wait(None)
