"""Small real parts that stand behind a door in tests."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


class JumpingClock:
    """Stands still until somebody naps or moves it. naps: how long each nap was."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self.naps: list[timedelta] = []

    def now(self) -> datetime:
        return self._now

    async def nap(self, length: timedelta) -> None:
        self.naps.append(length)
        self.jump(length)

    def jump(self, length: timedelta) -> None:
        self._now += length
