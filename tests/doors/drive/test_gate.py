"""The gate before Graph: waits by the clock, tells once, and lets nobody through who was not counted."""

import asyncio
from datetime import timedelta

import pytest

from maestro_procore.drive.gate import DriveGate
from maestro_procore.model.unit_pacing import START_UNITS
from tests.doors.procore.fake_procore import NOON, JumpClock


async def test_a_refusal_holds_everybody_and_is_told_once():
    told, clock = [], JumpClock()

    async def tell(at):
        told.append(at)

    gate = DriveGate(clock, on_wait=tell)
    sent = await gate.enter(1)
    assert await gate.leave(sent, 429, {"retry-after": "90"})
    assert gate.resumes_at() == NOON + timedelta(seconds=90)
    await asyncio.gather(*(gate.enter(1) for _ in range(3)))
    assert clock.now() >= NOON + timedelta(seconds=90)
    assert told == [NOON + timedelta(seconds=90), None]


async def test_a_pause_is_kept():
    kept = []

    async def keep(budget):
        kept.append(budget.hold_until)

    gate = DriveGate(JumpClock(), keep=keep)
    await gate.leave(await gate.enter(1), 429, {"retry-after": "90"})
    await gate.leave(await gate.enter(1), 200, {})
    assert kept == [NOON + timedelta(seconds=90)]


async def test_nobody_takes_units_that_are_not_there():
    clock = JumpClock()
    gate = DriveGate(clock)
    times = [await gate.enter(2) for _ in range(START_UNITS)]
    assert sum(at == NOON for at in times) == START_UNITS // 2


async def test_a_program_that_stops_lets_nobody_wait():
    class Stopped(Exception):
        pass

    is_stopped = False

    def check():
        if is_stopped:
            raise Stopped

    class StoppingClock(JumpClock):
        async def nap(self, length):
            nonlocal is_stopped
            is_stopped = True

    gate = DriveGate(StoppingClock(), check=check)
    await gate.leave(await gate.enter(1), 429, {"retry-after": "90"})
    with pytest.raises(Stopped):
        await gate.enter(1)


async def test_an_answer_that_never_came_teaches_nothing():
    gate = DriveGate(JumpClock())
    before = gate.budget()
    assert not await gate.leave(await gate.enter(1), None, {})
    assert gate.budget().hold_until == before.hold_until
