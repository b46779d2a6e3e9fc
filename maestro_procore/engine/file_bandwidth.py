"""Lets the contents of all files together go no faster than somebody wishes; by default as fast as they can (F237)."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from maestro_procore.engine.gate import LONGEST_NAP
from maestro_procore.model.file_bandwidth import Bucket, Limits
from maestro_procore.ports import Clock

LOOKED_AT: Final = timedelta(seconds=5)
"""How often the limits are read again: somebody may change them during a transfer."""
NO_TIME: Final = timedelta(milliseconds=20)
"""Shorter waits are added up."""


class SharedBandwidth:
    """One for a process: transfers at the same time share it. file_ports.Bandwidth.

    limits: of the company's settings; blocking.
    """

    def __init__(self, clock: Clock, limits: Callable[[], Limits]) -> None:
        self._clock, self._read = clock, limits
        self._limits, self._read_at = Limits(), None
        self._up, self._down = Bucket(), Bucket()

    _read_at: datetime | None

    async def up(self, size_bytes: int) -> timedelta:
        await self._look()
        return await self._pass(self._up, size_bytes, self._limits.up)

    async def down(self, size_bytes: int) -> timedelta:
        await self._look()
        return await self._pass(self._down, size_bytes, self._limits.down)

    async def _look(self) -> None:
        now = self._clock.now()
        if self._read_at is None or abs(now - self._read_at) >= LOOKED_AT:
            self._limits = await asyncio.to_thread(self._read)
            self._read_at = now  # not before: who asks meanwhile must not go by what was

    async def _pass(self, bucket: Bucket, size_bytes: int, rate: int | None) -> timedelta:
        if rate is None:
            return timedelta(0)
        waits = bucket.take(size_bytes, rate, self._clock.now())
        if waits < NO_TIME:
            return timedelta(0)
        left = waits
        while left > timedelta(0):
            await self._clock.nap(min(left, LONGEST_NAP))
            left -= LONGEST_NAP
        return waits
