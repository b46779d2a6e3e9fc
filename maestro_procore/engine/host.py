"""Runs requests one after the other, in the order of their dependencies, while this process holds the lease.

The same host works inside the window's background thread, in a process of its own and behind the
command line. It knows neither: it watches the journal and is told when to stop.
"""

import asyncio
import contextlib
import logging
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.file_watch import order_due
from maestro_procore.engine.flows import carry_out_request
from maestro_procore.engine.housekeeping import TIDIED_EACH, keep_house
from maestro_procore.engine.memory import collect_seldom, in_one_heap
from maestro_procore.engine.refreshing import latest_change, refresh_lines
from maestro_procore.engine.right_of_way import STANDS
from maestro_procore.model.elements import built_elements
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import RequestState
from maestro_procore.model.turns import may_pass, next_of
from maestro_procore.ports import CompanyRefused, CompanyUnreachable, Lease, Row, Steps

if TYPE_CHECKING:  # takes a second to import; a verb that only reads the journal never needs it
    from maestro_procore.engine.durable import Durable

COMPANY = "maestro"
"""Name under which the state of the maestro* company is kept beside the engine's own."""
LOOK = 0.1
"""Seconds between two looks at the journal's version: a click starts to run within that time."""
TAKE_OVER = 0.5
"""Seconds between two attempts to take a lease that another process holds."""
BEAT = 5.0
LOOK_AT_MAESTRO = timedelta(seconds=10)
"""Between two looks whether somebody changed something in maestro*; no call to Procore is made for it."""
_NEVER = datetime.min.replace(tzinfo=UTC)
ATTEND = 1.0
"""Seconds between two looks, while a request runs or waits, whether somebody cancelled another one."""
GRACE = 1.5
"""Seconds that a call under way gets when the program ends."""

_log = logging.getLogger(__name__)


class Host:
    """One engine. `run` returns soon after `stop` is set; unfinished work continues at the next start."""

    def __init__(
        self,
        doors: Doors,
        lease: Lease,
        make_durable: "Callable[[Callable[[str, Steps], Any]], Durable]",
        version: Callable[[], int],
        worker: str,
        *,
        watches_files: bool = True,
    ) -> None:
        """watches_files: whether Documents and Photos are looked at at their pace."""
        self._doors, self._lease, self._version, self._worker = doors, lease, version, worker
        self._durable = make_durable(lambda request_id, steps: carry_out_request(request_id, steps, doors))
        self._watches_files = watches_files
        self._stop = asyncio.Event()
        self._started_at: datetime = doors.clock.now()
        self.has_lease = False
        self._current: str | None = None
        self._shown: dict[str, datetime | None] = {}

    @property
    def is_stopping(self) -> bool:
        """Asked by everything that waits."""
        return self._stop.is_set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wants the request under way to end. Asked by what waits for the call limit."""
        return self._current is not None and self._doors.journal.is_cancelled(self._current) is not None

    async def run(self, stop: asyncio.Event) -> None:
        """Takes the lease when it becomes free, then works until `stop`."""
        self._stop = stop
        collect_seldom()
        in_one_heap()
        while not await asyncio.to_thread(self._lease.take):
            if await self._rest(TAKE_OVER):
                return
        self.has_lease = True
        try:
            await self._work()
        finally:
            self.has_lease = False
            await asyncio.to_thread(self._lease.give_back)

    async def _work(self) -> None:
        await self._durable.start()
        beating = asyncio.create_task(self._beat())
        try:
            seen, looked_at, tidied_at = -1, None, None
            while not self._stop.is_set():
                now = self._doors.clock.now()
                is_due = looked_at is None or not timedelta() <= now - looked_at < LOOK_AT_MAESTRO
                if is_due and not await asyncio.to_thread(self._has_work):
                    looked_at = now
                    await asyncio.to_thread(self._refresh_changed)
                    if tidied_at is None or now - tidied_at >= TIDIED_EACH:
                        tidied_at = now
                        await keep_house(self._doors, self._has_work)
                    if self._watches_files:
                        await asyncio.to_thread(order_due, self._doors, now)
                version = await asyncio.to_thread(self._version)
                if version == seen:
                    await self._rest(LOOK)
                    continue
                seen = version
                waiting = next_of(await asyncio.to_thread(self._doors.journal.open_requests))
                if waiting is not None:
                    await self._run(dict(waiting))
                    seen = -1
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            await self._durable.close()
            await self._doors.hang_up()
            await asyncio.to_thread(self._say, "ended")

    async def _run(self, request: Row) -> None:
        """One request to its end, or until the program stops."""
        if request["cancel_requested_by"] and request["started_at"] is None:
            await self._end_unstarted(request)
            return
        if request["wait_reason"] == STANDS:  # so it was when the program ended; nobody passes it now
            await asyncio.to_thread(self._doors.journal.change_request, request["id"], wait_reason=None)
        self._doors.parked.clear()
        self._current = request["id"]
        working = asyncio.create_task(self._durable.run(f"{request['id']}.{request['run']}", request["id"]))
        while not working.done() and not self._stop.is_set():
            await self._first(working, self._stop, timeout=ATTEND)
            if self._doors.stuck is not None:
                working.cancel()
                raise Refused(self._doors.stuck)
            await self._end_cancelled(request["id"])
            await self._let_pass(request, working)
        self._doors.way.give_back()
        if not working.done():  # let the call under way end; the step after it parks, and the next start takes it up
            await self._first(working, self._doors.parked, timeout=GRACE)
        if not working.done():
            working.cancel()
            return
        await self._after(request, working)

    async def _let_pass(self, long: Row, working: "asyncio.Task[bool]") -> None:
        """Short requests of people go first as soon as the one under way stands between two projects."""
        while not (working.done() or self._stop.is_set() or self._doors.stuck):
            others = await asyncio.to_thread(self._doors.journal.open_requests)
            short = may_pass(long, [each for each in others if each["id"] != long["id"]])
            if short is None:
                self._doors.way.give_back()
                return
            self._doors.way.ask(long["id"])
            if not self._doors.way.stands.is_set():
                return  # looked at again in a moment
            await self._pass(dict(short))
            self._current = long["id"]

    async def _pass(self, short: Row) -> None:
        self._current = short["id"]
        passing = asyncio.create_task(self._durable.run(f"{short['id']}.{short['run']}", short["id"]))
        while not (passing.done() or self._stop.is_set() or self._doors.stuck):
            await self._first(passing, self._stop, timeout=ATTEND)
        if not passing.done():
            await self._first(passing, self._doors.parked, timeout=GRACE)
        if passing.done():
            await self._after(short, passing)
        else:
            passing.cancel()

    async def _end_cancelled(self, current: str) -> None:
        """Others that somebody cancelled do not wait for their turn: they end before they would call anybody."""
        for other in await asyncio.to_thread(self._doors.journal.open_requests):
            if other["id"] == current or not other["cancel_requested_by"] or self._stop.is_set():
                continue
            if other["started_at"] is None:
                await self._end_unstarted(other)
                continue
            ending = asyncio.create_task(self._durable.run(f"{other['id']}.{other['run']}", other["id"]))
            await self._first(ending, self._stop)
            if ending.done():
                await self._after(other, ending)
            else:
                ending.cancel()

    async def _end_unstarted(self, request: Row) -> None:
        told = Problem("SRV-12", {"user": request["cancel_requested_by"]})
        now = self._doors.clock.now()
        await asyncio.to_thread(self._doors.journal.end_unstarted, request["id"], RequestState.CANCELLED, told, now)

    @staticmethod
    async def _first(working: "asyncio.Task[bool]", event: asyncio.Event, timeout: float | None = None) -> None:
        """Returns when the work is done, the event is set or the time is over."""
        happening = asyncio.create_task(event.wait())
        await asyncio.wait({working, happening}, return_when=asyncio.FIRST_COMPLETED, timeout=timeout)
        happening.cancel()

    async def _after(self, request: Row, working: "asyncio.Task[bool]") -> None:
        journal = self._doors.journal
        try:
            is_ours = working.result()
        except Exception as error:  # the edge of one request: whatever happens in it must not end the host
            if isinstance(error, Refused) and error.problem.code.startswith("STO-"):
                raise  # nothing can be written down now: the request stays as it is for the next start
            _log.exception("request %s failed", request["number"])
            told = Problem("RUN-12", {"text": f"{type(error).__name__}: {error}"})
            now = self._doors.clock.now()
            await asyncio.to_thread(journal.end_unstarted, request["id"], RequestState.FAILED, told, now)
            return
        if not is_ours:
            await asyncio.to_thread(journal.change_request, request["id"], run=request["run"] + 1)
            return
        await self._durable.forget(f"{request['id']}.{request['run']}")

    def _has_work(self) -> bool:
        """Somebody waits for a run, or for the program to end: looking can wait."""
        return self._stop.is_set() or next_of(self._doors.journal.open_requests()) is not None

    def _refresh_changed(self) -> None:
        """The pages show what maestro* holds before anybody synchronizes, and soon after somebody changed it."""
        for element in built_elements():
            try:
                newest = latest_change(self._doors, element.name)
                shown = self._shown.get(element.name, _NEVER)
                if shown == newest:
                    continue
                since = None if shown == _NEVER else shown
                if not refresh_lines(self._doors, element.name, since, self._has_work):
                    return  # looked at again, from the beginning, when nobody waits any more
                self._shown[element.name] = newest
            except (CompanyUnreachable, CompanyRefused):
                _log.warning("maestro* does not answer; the page of %s is as it was", element.name)

    async def _beat(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._say, "running")
            except Refused as refused:  # a journal that cannot be written for a moment; the next beat tries again
                _log.warning("no sign of life could be left: %s", refused.problem.code)
            await asyncio.sleep(BEAT)

    def _say(self, doing: str) -> None:
        """A sign of life, and whether maestro* answers: what Task Management shows (F028)."""
        journal, now = self._doors.journal, self._doors.clock.now()
        journal.beat(self._worker, platform.node(), os.getpid(), now, doing, self._started_at)
        try:
            facts = self._doors.company.company()
        except (CompanyUnreachable, CompanyRefused):
            journal.beat(COMPANY, platform.node(), os.getpid(), None, "down", self._started_at)
        else:
            journal.beat(COMPANY, facts.name, os.getpid(), self._doors.clock.now(), "up", self._started_at)

    async def _rest(self, seconds: float) -> bool:
        """True as soon as the program is told to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), timedelta(seconds=seconds).total_seconds())
        return self._stop.is_set()
