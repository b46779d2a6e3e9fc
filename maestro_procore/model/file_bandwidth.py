"""How fast the contents of files may go, where somebody limits it (F237). Pure; waiting is engine/file_bandwidth.py.

A kilobyte is a thousand bytes, as lines and drives count.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

UP, DOWN = "transfer_up_kilobytes", "transfer_down_kilobytes"
"""The settings; nothing in them: no limit. Up: away from this computer, whichever service it goes to."""
LEAST_KILOBYTES: Final = 20
"""A second. Four transfers that share less would rest so long that servers take them for dead."""
BURST: Final = timedelta(seconds=1)
"""So much time without transfers is made up for."""


class Limits(NamedTuple):
    """Bytes a second, for all transfers of this program together; None: no limit."""

    up: int | None = None
    down: int | None = None

    @property
    def of_both(self) -> int | None:
        """Of a content that comes from one service and goes to the other."""
        return min((each for each in self if each is not None), default=None)


def limits_of(settings: Mapping[str, Any]) -> Limits:
    """What the settings of the company say."""
    up, down = (1000 * settings[key] if settings.get(key) else None for key in (UP, DOWN))
    return Limits(up, down)


class Bucket:
    """A token bucket: in any time, no more bytes than the rate allows for it and for BURST."""

    def __init__(self) -> None:
        self._free_at: datetime | None = None
        self._seen_at: datetime | None = None

    def take(self, size_bytes: int, rate: int, now: datetime) -> timedelta:
        """How long these bytes have to wait; those that are asked for later wait behind them. rate: bytes a second."""
        if self._free_at is None or self._seen_at is None:
            self._free_at = now - BURST
        elif now < self._seen_at:  # somebody put the clock back: that is nobody's transfer
            self._free_at -= self._seen_at - now
        self._seen_at = now
        self._free_at = max(self._free_at, now - BURST) + timedelta(seconds=size_bytes / rate)
        return max(timedelta(0), self._free_at - now)
