"""Graph's limits: resource units of the application in a minute, and requests of a user in five minutes.

Source: reference graph-drive 4. Units: 1 to read one item, delta with a token, a download; 2 to list, enumerate or
write; 5 for permissions. Refused requests use units up as well.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from maestro_procore.sandbox.answers import Call

WINDOW_SECONDS: Final = 60
USER_SECONDS: Final = 300
TOLD_FROM: Final = 0.8  # part of the units from which on the RateLimit headers are sent


@dataclass
class Meter:
    """One fixed window that opens with the first request after the last one ended."""

    seconds: int
    ends_at: float = 0.0
    used: int = 0

    def take(self, now: float, units: int) -> None:
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.seconds, 0
        self.used += units

    def left_seconds(self, now: float) -> int:
        return max(1, math.ceil(self.ends_at - now))


@dataclass
class Throttle:
    """Counts of one sandbox, by application and by user."""

    _apps: dict[str, Meter] = field(default_factory=dict)
    _users: dict[str, Meter] = field(default_factory=dict)

    def admit(self, app: str, user: str | None, units: int, now: float, limits: tuple[int, int]) -> dict[str, str]:
        """Headers for the answer. limits: units a minute, requests of a user in 5 minutes; 0 for none.

        Errors: Throttled.
        """
        per_minute, per_user = limits
        meter = self._apps.setdefault(app, Meter(WINDOW_SECONDS))
        meter.take(now, units)
        headers = _headers(meter, per_minute, now)
        if per_minute and meter.used > per_minute:
            raise Throttled(meter.left_seconds(now), headers)
        if user is not None:
            personal = self._users.setdefault(user, Meter(USER_SECONDS))
            personal.take(now, 1)
            if per_user and personal.used > per_user:
                raise Throttled(personal.left_seconds(now), headers)
        return headers

    def forget(self) -> None:
        self._apps.clear()
        self._users.clear()


class Throttled(Exception):
    """Too many requests: come back after some seconds."""

    def __init__(self, seconds: int, headers: dict[str, str]) -> None:
        super().__init__(f"throttled for {seconds} s")
        self.seconds = seconds
        self.headers = headers


def _headers(meter: Meter, limit: int, now: float) -> dict[str, str]:
    if not limit or meter.used < limit * TOLD_FROM:
        return {}
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(max(0, limit - meter.used)),
        "RateLimit-Reset": str(meter.left_seconds(now)),
    }


def units_of(call: Call, tail: str) -> int:
    """What a request costs. tail: what is asked of an item."""
    if tail.startswith("permissions"):
        return 5
    if call.method not in ("GET", "HEAD"):
        return 2
    if tail == "delta":
        return 1 if "token" in call.query_text.lower() or "token" in call.path else 2
    return 2 if tail in ("children", "search", "versions", "drives") else 1
