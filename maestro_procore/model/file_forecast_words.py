"""A forecast of files as people read it: in the window, on the command line, and where they approve a plan."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from maestro_procore.i18n import text
from maestro_procore.model.file_forecast import (
    USUAL_BOTH_SIDES,
    USUAL_CALLS_A_FILE,
    USUAL_FILES_AN_HOUR,
    Forecast,
)

SHORTEST: Final = timedelta(minutes=1)
"""Nobody wants to know it in seconds."""


def sentences(told: Forecast, size: Callable[[int], str]) -> list[str]:
    """What it takes here and where that is known from, then what the usual product takes (F114, F276, F277).

    size: bytes as whoever shows them writes them.
    """
    length = max(SHORTEST, told.duration)
    said = [text("forecast.files", count=told.files, size=size(told.size_bytes), calls=told.calls, length=length)]
    if not told.files:
        return said
    source = "measured" if told.is_measured else "documented"
    said.append(text(f"forecast.files.{source}", each=round(told.calls_a_file or 0.0, 2)))
    if told.is_timed and told.files_an_hour is not None:
        said.append(text("forecast.files.speed", hourly=told.files_an_hour, rate=size(told.bytes_a_second or 0)))
    elif not told.is_timed:
        said.append(text("forecast.files.guess"))
    return [*said, _usual(told)]


def _usual(told: Forecast) -> str:
    least, most = told.usual_duration
    usual = {"calls": told.usual_calls, "each": USUAL_CALLS_A_FILE, "hourly": USUAL_FILES_AN_HOUR}
    if least == most:
        return text("forecast.files.usual", **usual, length=max(SHORTEST, least))
    slower = dict(zip(("from", "to"), USUAL_BOTH_SIDES, strict=True))
    times = {"least": max(SHORTEST, least), "most": max(SHORTEST, most)}
    return text("forecast.files.usual_both", **usual, **times, **slower)
