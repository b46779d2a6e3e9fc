"""What a forecast says to a person, before a run and while it goes on. Pure; the numbers are model/forecast.py's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from maestro_procore.i18n import text
from maestro_procore.model.forecast import Forecast


def sentence(told: Forecast) -> str:
    """Calls, length and hour in the reader's language; what only reading will tell is said as the least, with why."""
    length, shown = timedelta(seconds=round(told.seconds)), {"time": told.finishes_at}
    if told.calls_at_most is None:
        words = text("forecast.at_least", count=told.calls, length=length, **shown)
    elif told.is_exact:
        words = text("forecast.about", count=told.calls, length=length, **shown)
    else:
        bounds = {"least": told.calls, "most": told.calls_at_most}
        words = text("forecast.range", count=told.calls_likely, length=length, **bounds, **shown)
    parts = [words, text("forecast.pauses", count=told.pauses) if told.pauses else "", reason(told)]
    return "\n".join(part for part in parts if part)


def reason(told: Forecast) -> str:
    """Why there is no highest number; '' where there is one."""
    if told.calls_at_most is not None:
        return ""
    if told.unread and told.known_at is not None:
        return text("forecast.unread", count=told.unread, time=told.known_at)
    return text("forecast.open")


def of_all(told: Sequence[Forecast]) -> Forecast:
    """Several elements, one after the other, as one run. Errors: IndexError where there is none."""
    last, most = told[-1], [one.calls_at_most for one in told]
    return Forecast(
        element="",
        calls=sum(one.calls for one in told),
        calls_at_most=None if None in most else sum(n for n in most if n is not None),
        seconds=last.seconds,
        finishes_at=last.finishes_at,
        pauses=sum(one.pauses for one in told),
        calls_likely=sum(one.calls_likely for one in told),
        seconds_at_most=last.seconds_at_most,
        unread=max(one.unread for one in told),
        known_at=next((one.known_at for one in told if one.known_at is not None), None),
    )


def so_far(row: Any) -> str:
    """How many of its calls a request has made, and when it will be done; '' where nobody has foretold it.

    row: store.views.RequestRow, or whatever has its calls and foretold.
    """
    told = row.foretold
    if not told:
        return ""
    key = "least" if told["most"] is None else "about" if told["least"] != told["most"] else "all"
    time = datetime.fromisoformat(told["finishes_at"])
    count = max(row.calls, told["least"] if told["most"] is None else told["likely"])
    return text(f"forecast.so_far.{key}", made=row.calls, count=count, time=time)
