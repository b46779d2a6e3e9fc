"""The sandbox's own time: the computer's clock plus what the control interface advanced it by."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from time import time


class SandboxClock:
    """All windows, tokens, record times and the Date header follow this clock."""

    def __init__(self, advanced_seconds: float = 0.0, unix_time: Callable[[], float] = time) -> None:
        self.advanced_seconds = advanced_seconds
        self._unix_time = unix_time

    def unix(self) -> float:
        """Seconds since 1970, with fractions."""
        return self._unix_time() + self.advanced_seconds

    def advance(self, seconds: float) -> None:
        self.advanced_seconds += seconds

    def stamp(self) -> str:
        """Now as records carry it: ISO 8601, UTC, whole seconds, with Z."""
        return iso(self.unix())

    def http_date(self) -> str:
        """Now for the Date header, cut to the second like every web server does."""
        return format_datetime(datetime.fromtimestamp(math.floor(self.unix()), UTC), usegmt=True)


def iso(unix_seconds: float) -> str:
    """ISO 8601 in UTC, whole seconds, with Z."""
    return datetime.fromtimestamp(math.floor(unix_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
