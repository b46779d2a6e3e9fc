"""The one door every Procore call of this process passes: keeps both call limits, waits, and says so.

The arithmetic is model/pacing.py; where the budget is kept is the caller's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from maestro_procore.model.pacing import Budget, calls_left, learn, may_go_at, resumes_at, spend, waits_for_an_answer
from maestro_procore.ports import Clock, Gate, TooLate

# A laptop that slept wakes in the middle of a nap: 30 s later at most it looks at the wall clock again.
LONGEST_NAP: Final = timedelta(seconds=30)


class GateClosed(Exception):
    """The program is stopping: the call was not made, its action stays as it was."""


class CallGate(Gate):
    """One per client id, shared by all callers on one event loop. A 429 never passes it (C8, F046).

    load, save: plain calls that keep the budget; made in a thread. A budget is saved before its call goes out.
    on_wait: told with the time of resumption (our clock) when calls start to wait or the time changes, and with None
    when they go on. is_stopped: asked between naps; True raises GateClosed in every waiting caller.
    """

    def __init__(
        self,
        clock: Clock,
        load: Callable[[], Budget],
        save: Callable[[Budget], None],
        on_wait: Callable[[datetime | None], Awaitable[None]],
        is_stopped: Callable[[], bool],
    ) -> None:
        self._clock, self._load, self._save, self._on_wait, self._is_stopped = clock, load, save, on_wait, is_stopped
        self._budget: Budget | None = None
        self._kept: Budget | None = None
        self._saving = asyncio.Lock()
        self._telling = asyncio.Lock()
        self._answered = asyncio.Event()
        self._sent: WeakKeyDictionary[asyncio.Task[object], datetime] = WeakKeyDictionary()
        self._waiting = 0
        self._told: datetime | None = None

    async def enter(self, not_after: datetime | None = None) -> None:
        """Returns when one call may go out and is counted.

        not_after: aware; looked at when the wait is over. Errors: GateClosed; TooLate. Neither counts anything.
        """
        await self._open()
        while self._wait_until() is not None:  # again after each wait: its end is told, and meanwhile others may go
            await self._wait()
        self._refuse_when_stopped()
        # No await between the last look and here: two callers cannot take the same last call.
        now = self._clock.now()
        if not_after is not None and now > not_after:
            raise TooLate
        self._budget = spend(self._now_kept(), now)
        self._sent[_this_task()] = now
        try:
            await self._keep()
        except BaseException:
            await self.leave(None, {})
            raise

    async def leave(self, status: int | None, headers: Mapping[str, str]) -> bool:
        """Learns from the answer; True: the limit was hit, enter again. headers: names in lower case."""
        now = self._clock.now()
        sent_at = self._sent.pop(_this_task(), now)
        self._budget = learn(self._now_kept(), headers, status, sent_at, now)
        self._answered.set()
        self._answered = asyncio.Event()
        if status is not None:
            await self._keep()
        return status == 429

    async def budget(self) -> Budget:
        """The budget as it stands, for doctor and the clock warning."""
        await self._open()
        return self._now_kept()

    def resumes_at(self) -> datetime | None:
        """When calls go on, by our clock; None while they may go or nothing is known yet."""
        return None if self._budget is None else resumes_at(self._budget, self._clock.now())

    def calls_left(self) -> int | None:
        """Calls left in this hour, None before the first call."""
        return None if self._budget is None else calls_left(self._budget, self._clock.now())

    async def _open(self) -> None:
        if self._budget is None:
            async with self._saving:
                if self._budget is None:
                    self._budget = await asyncio.to_thread(self._load)

    def _now_kept(self) -> Budget:
        assert self._budget is not None, "leave() before enter()"
        return self._budget

    def _refuse_when_stopped(self) -> None:
        if self._is_stopped():
            raise GateClosed

    def _wait_until(self) -> datetime | None:
        """None: go. Otherwise the time to look again, which is not in the future while an answer is awaited."""
        now, budget = self._clock.now(), self._now_kept()
        at = may_go_at(budget, now)
        return at if at > now or waits_for_an_answer(budget, now) else None

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            while (at := self._wait_until()) is not None:
                self._refuse_when_stopped()
                now = self._clock.now()
                if at > now:
                    await self._tell(at)
                    await self._clock.nap(min(at - now, LONGEST_NAP))
                else:
                    await self._answered.wait()
        finally:
            self._waiting -= 1
            if not self._waiting:
                await self._tell(None)

    async def _tell(self, at: datetime | None) -> None:
        """Says it once for all that wait; one after the other, so that the last word is the true one."""
        async with self._telling:
            if at == self._told or (at is None and self._waiting):
                return
            self._told = at
            await self._on_wait(at)

    async def _keep(self) -> None:
        """Saves the newest budget; callers that come meanwhile are saved with it."""
        async with self._saving:
            if (budget := self._now_kept()) is not self._kept:
                await asyncio.to_thread(self._save, budget)
                self._kept = budget


def _this_task() -> "asyncio.Task[object]":
    task = asyncio.current_task()
    assert task is not None, "the gate is for coroutines"
    return task
