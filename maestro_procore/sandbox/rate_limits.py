"""Both of Procore's call limits as fixed windows, and the header triple that describes the nearer one.

Source: Procore documentation, "Rate Limiting": two simultaneous limits (60 minutes and 10 seconds);
X-Rate-Limit-Limit/-Remaining/-Reset describe whichever is nearest to being exceeded.
"""

import math
from dataclasses import dataclass

REFUSAL = "You have surpassed the max number of requests for an hour. Please wait until your limit resets."


@dataclass
class Window:
    """One fixed window. It opens with the first call after the last one ended; ends on a whole second."""

    limit: int
    seconds: int
    ends_at: int = 0
    used: int = 0

    def roll(self, now: float) -> None:
        if now >= self.ends_at:
            # Rounded up, so that a client that waits for the announced whole second is never early.
            self.ends_at = math.ceil(now + self.seconds)
            self.used = 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class RateLimits:
    """Counts the calls that the API sees."""

    def __init__(self, hourly_limit: int, hour_seconds: int, spike_limit: int, spike_seconds: int) -> None:
        self.hour = Window(hourly_limit, hour_seconds)
        self.spike = Window(spike_limit, spike_seconds)

    def admit(self, now: float) -> bool:
        """Count one call. False when a window was already full: the call gets a 429, which uses nothing up."""
        windows = (self.hour, self.spike)
        for window in windows:
            window.roll(now)
        if any(window.remaining == 0 for window in windows):
            return False
        for window in windows:
            window.used += 1
        return True

    def headers(self, now: float) -> dict[str, str]:
        """The triple for one answer. Reset: Unix time in whole seconds."""
        nearer = self.nearer(now)
        return {
            "X-Rate-Limit-Limit": str(nearer.limit),
            "X-Rate-Limit-Remaining": str(nearer.remaining),
            "X-Rate-Limit-Reset": str(nearer.ends_at),
        }

    def nearer(self, now: float) -> Window:
        """The window with fewer calls left; when both have as many, the one that lasts longer."""
        for window in (self.hour, self.spike):
            window.roll(now)
        return min((self.hour, self.spike), key=lambda window: (window.remaining, -window.ends_at))
