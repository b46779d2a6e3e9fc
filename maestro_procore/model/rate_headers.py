"""What the headers of one Procore answer say about its clock and its call limits. What follows from it is pacing.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT: Final = timedelta(minutes=65)  # an hour, and what clocks may differ by: nothing further away is believed

LIMIT, REMAINING, RESET = "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"


@dataclass(frozen=True, slots=True)
class Announcement:
    """The header triple of one answer. away: from the answer's Date to the reset."""

    limit: int
    remaining: int
    reset: int
    away: timedelta


def announcement(headers: Mapping[str, str], now: datetime, skew: timedelta | None) -> Announcement | None:
    """None when the triple is incomplete, not numeric, past, or further away than any real window."""
    limit, remaining, reset = (_whole(headers.get(name)) for name in (LIMIT, REMAINING, RESET))
    if limit is None or remaining is None or reset is None or limit < 1 or remaining < 0:
        return None
    # Reset and Date are of the same clock; ours may be an hour off and does not matter.
    server = server_time(headers) or now + (skew or timedelta())
    try:
        away = datetime.fromtimestamp(reset, UTC) - server
    except (ValueError, OverflowError, OSError):
        return None
    return Announcement(limit, min(remaining, limit), reset, away) if timedelta() < away <= LONGEST_WAIT else None


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The Date header, or None when it is missing or no date."""
    return _http_date(headers.get("date", ""))


def clock_skew(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Procore's clock less ours, from the Date header, to the second; None without one (CLK-01)."""
    server = server_time(headers)
    return None if server is None else server - now


def announced_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After, as seconds or as a date, from zero to 65 minutes; None when it is missing or unreadable."""
    wait = retry_after(headers, now, clock_skew(headers, now))
    return None if wait is None else min(wait, LONGEST_WAIT)


def retry_after(headers: Mapping[str, str], now: datetime, skew: timedelta | None) -> timedelta | None:
    """The same, from zero without an upper limit. skew: for an answer that names a date and has no Date header."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _whole(text)
    if seconds is not None:
        return timedelta(seconds=min(seconds, 10**6)) if seconds >= 0 else None
    until = _http_date(text)
    if until is None:
        return None
    return max(timedelta(), until - (server_time(headers) or now + (skew or timedelta())))


def _whole(text: str | None) -> int | None:
    """A whole number, also when it is written as 12.0; None for anything else."""
    if text is None or len(text) > 20 or not text.isascii():
        return None
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:  # "-0000" in the mail format; HTTP dates are always GMT
        return when.replace(tzinfo=UTC)
    try:
        return when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
