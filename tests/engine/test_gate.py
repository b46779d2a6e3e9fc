"""The gate before every call: one budget for all callers, waits on the wall clock, told once."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from maestro_procore.engine.gate import LONGEST_NAP, CallGate, GateClosed
from maestro_procore.model.pacing import Budget, Window, spend
from maestro_procore.ports import TooLate

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


class Surroundings:
    """A clock that passes only in naps, a drawer for the budget, and a notebook of what was told."""

    def __init__(self, budget: Budget | None = None, sleeps: timedelta = timedelta()) -> None:
        self.time = NOON
        self.kept = budget or Budget()
        self.naps: list[timedelta] = []
        self.told: list[datetime | None] = []
        self.is_stopping = False
        self.sleeps = sleeps
        self.gate = CallGate(self, lambda: self.kept, self.save, self.tell, lambda: self.is_stopping)

    def now(self) -> datetime:
        return self.time

    async def nap(self, length: timedelta) -> None:
        self.naps.append(length)
        self.time += length + self.sleeps
        await asyncio.sleep(0)

    def save(self, budget: Budget) -> None:
        self.kept = budget

    async def tell(self, at: datetime | None) -> None:
        self.told.append(at)

    def headers(self, limit: int, remaining: int, resets_in: float) -> dict[str, str]:
        return {
            "date": format_datetime(self.time, usegmt=True),
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(remaining),
            "x-rate-limit-reset": str(int((self.time + timedelta(seconds=resets_in)).timestamp())),
        }

    async def call(self, limit: int = 25, remaining: int = 20, resets_in: float = 10, status: int = 200) -> bool:
        await self.gate.enter()
        return await self.gate.leave(status, self.headers(limit, remaining, resets_in))


def full(until: datetime) -> Budget:
    """The hour is used up until then."""
    return Budget(hour=Window(2, timedelta(hours=1), 2, NOON, until, int(until.timestamp()), is_told=True))


async def test_a_call_is_counted_and_kept_before_it_goes_out():
    around = Surroundings()
    await around.gate.enter()
    assert around.kept.hour.used == 1
    assert around.told == []


async def test_a_used_up_hour_is_waited_for_in_short_naps_and_told_once():
    """F009, F046: resumes at the announced second."""
    until = NOON + timedelta(minutes=10)
    around = Surroundings(full(until))
    await around.gate.enter()
    assert around.time == until
    assert around.told == [until, None]
    assert max(around.naps) <= LONGEST_NAP


async def test_a_caller_that_waited_looks_again_after_its_end_was_told():
    """F046: telling takes a moment, in which another caller may use up the new hour."""
    until = NOON + timedelta(minutes=10)
    around = Surroundings(full(until))

    async def tell(at: datetime | None) -> None:
        around.told.append(at)
        if around.told == [until, None]:
            for remaining in (1, 0):
                await around.call(limit=2, remaining=remaining, resets_in=3_600)

    around.gate._on_wait = tell
    await around.gate.enter()
    assert around.time == until + timedelta(hours=1)


async def test_a_new_spike_window_begins_with_one_call_and_without_any_on_the_way():
    """F046: what was sent for the old window may land in the new one, and its late answer describes the old one."""
    around = Surroundings()
    await around.call(limit=3_600, remaining=100, resets_in=3_600)
    on_the_way = asyncio.create_task(around.gate.enter())
    await on_the_way
    around.time += timedelta(seconds=12)
    opener = asyncio.create_task(around.gate.enter())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not opener.done()
    around.gate._sent[asyncio.current_task()] = around.gate._sent.pop(on_the_way)
    await around.gate.leave(200, around.headers(3_600, 99, 3_588))
    await asyncio.wait_for(opener, 5)


async def test_a_laptop_that_slept_resumes_when_it_wakes():
    until = NOON + timedelta(hours=1)
    around = Surroundings(full(until), sleeps=timedelta(hours=3))
    await around.gate.enter()
    assert len(around.naps) == 1


async def test_the_budget_survives_a_restart():
    """F4: a new process reads what the old one kept and goes on waiting."""
    around = Surroundings()
    await around.call(limit=2, remaining=0, resets_in=60)
    again = Surroundings(Budget.from_json(around.kept.to_json()))
    await again.gate.enter()
    assert again.time == NOON + timedelta(seconds=60)


async def test_a_429_is_repeated_after_the_announced_wait():
    around = Surroundings()
    assert await around.call(limit=25, remaining=0, resets_in=7, status=429) is True
    assert await around.call() is False
    assert around.time - NOON == timedelta(seconds=7)


async def test_callers_share_one_count_and_are_told_once():
    """Ten callers, two calls an hour: five windows, never a third call in one."""
    around = Surroundings(Budget(hour=Window(2, timedelta(hours=1), is_told=True)))

    counted: list[datetime] = []

    async def caller() -> None:
        await around.gate.enter()
        counted.append(around.gate._sent[asyncio.current_task()])
        await around.gate.leave(200, {"date": format_datetime(around.time, usegmt=True)})

    await asyncio.wait_for(asyncio.gather(*(caller() for _ in range(10))), 10)
    counted.sort()
    assert all(third - first >= timedelta(hours=1) for first, third in zip(counted, counted[2:], strict=False))
    assert len(counted) == 10
    assert around.told.count(None) <= 5
    assert around.told[-1] is None


async def test_a_call_whose_time_has_passed_when_the_wait_ends_is_not_counted():
    """F046: hours of waiting may have made what was to be sent untrue."""
    until = NOON + timedelta(minutes=10)
    around = Surroundings(full(until))
    with pytest.raises(TooLate):
        await around.gate.enter(until - timedelta(seconds=1))
    assert (around.time, around.told) == (until, [until, None])
    assert around.kept == full(until)
    assert (await around.gate.budget()).in_flight == 0
    await around.gate.enter(until)
    assert (await around.gate.budget()).in_flight == 1


async def test_a_stopping_program_closes_the_gate_for_those_who_wait():
    around = Surroundings(full(NOON + timedelta(minutes=10)))

    async def tell(at: datetime | None) -> None:
        around.told.append(at)
        around.is_stopping = True

    around.gate._on_wait = tell
    with pytest.raises(GateClosed):
        await around.gate.enter()
    assert around.told[-1] is None
    assert around.kept.hour.used == 2


async def test_while_the_limits_are_unknown_the_first_call_goes_alone():
    around = Surroundings()
    await around.gate.enter()
    second = asyncio.create_task(around.gate.enter())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not second.done()
    await around.gate.leave(200, around.headers(25, 24, 10))
    await asyncio.wait_for(second, 5)
    assert around.told == []


async def test_a_call_without_an_answer_frees_its_place():
    around = Surroundings()
    await around.gate.enter()
    assert await around.gate.leave(None, {}) is False
    await asyncio.wait_for(around.gate.enter(), 5)
    assert (await around.gate.budget()).in_flight == 1


async def test_a_budget_that_cannot_be_kept_lets_no_call_out():
    around = Surroundings()

    def refuse(budget: Budget) -> None:
        raise OSError("disk full")

    around.gate._save = refuse
    with pytest.raises(OSError, match="disk full"):
        await around.gate.enter()
    assert (await around.gate.budget()).in_flight == 0


async def test_the_meter_shows_what_is_left_and_when_work_goes_on():
    around = Surroundings(spend(full(NOON + timedelta(minutes=1)), NOON))
    assert around.gate.calls_left() is None
    await around.gate.budget()
    assert (around.gate.calls_left(), around.gate.resumes_at()) == (0, NOON + timedelta(minutes=1))
