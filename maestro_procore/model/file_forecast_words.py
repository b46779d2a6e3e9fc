"""A forecast of files as people read it: in the window, on the command line, and where they approve a plan."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from maestro_procore.i18n import current_language, duration, text
from maestro_procore.model.file_forecast import (
    USUAL_BOTH_SIDES,
    USUAL_CALLS_A_FILE,
    USUAL_FILES_AN_HOUR,
    Forecast,
    Way,
)

SHORTEST: Final = timedelta(minutes=1)
"""Nobody wants to know it in seconds."""


def sentences(told: Forecast, size: Callable[[int], str]) -> list[str]:
    """What it takes here and where that is known from, then what the usual product takes (F114, F276, F277).

    size: bytes as whoever shows them writes them.
    """
    length = max(SHORTEST, told.duration)
    sums = {"size": size(told.size_bytes), "calls": told.calls, "length": length}
    if told.least_calls < told.calls:
        said = [text("forecast.files.range", count=told.files, least=told.least_calls, **sums)]
    else:
        said = [text("forecast.files", count=told.files, **sums)]
    if told.listing_calls:
        said.append(text("forecast.files.lists", count=told.listing_calls))
    if told.look_calls:
        said.append(text("forecast.files.looks", count=told.look_calls))
    said += [text(f"forecast.files.{name}.{_source(way)}", **_each(way)) for name, way in _ways(told) if way.files]
    said += _left_out(told)
    if not told.files:
        return said
    if not told.is_timed:
        said.append(text("forecast.files.guess"))
    elif told.files_an_hour is not None and told.is_rated:
        said.append(text("forecast.files.speed", hourly=told.files_an_hour, rate=size(told.bytes_a_second or 0)))
    elif told.files_an_hour is not None:
        said.append(text("forecast.files.pace", hourly=told.files_an_hour))
    return [*said, _usual(told)]


def _ways(told: Forecast) -> tuple[tuple[str, Way], ...]:
    return ("up", told.up), ("down", told.down)


def _source(way: Way) -> str:
    """Where the calls of one way are known from."""
    if way.measured == way.files:
        return "measured"
    return "partly" if way.measured else "documented"


def _each(way: Way) -> dict[str, object]:
    """Calls of one file, and of how many files that was measured."""
    least, most = round(way.least / way.files, 2), round(way.most / way.files, 2)
    each = text("forecast.files.each", each=most)
    if least < most:
        each = text("forecast.files.either", least=least, most=most)
    return (
        {"each": each} if way.measured in (0, way.files) else {"each": each, "measured": way.measured, "of": way.files}
    )


def _left_out(told: Forecast) -> list[str]:
    """What nobody can know before it is read."""
    said = []
    if told.unlisted:
        tools = ", ".join(text(f"documents.tool.{tool}") for tool in told.unlisted)
        said.append(text("forecast.files.unlisted", tools=tools))
    if told.compared:
        said.append(text("forecast.files.compared", count=told.compared))
    return said


def _usual(told: Forecast) -> str:
    least, most = (max(SHORTEST, each) for each in told.usual_duration)
    usual = {"calls": told.usual_calls, "each": USUAL_CALLS_A_FILE, "hourly": USUAL_FILES_AN_HOUR}
    if told.usual_duration[0] == told.usual_duration[1]:
        return text("forecast.files.usual", **usual, length=least)
    slower = dict(zip(("from", "to"), USUAL_BOTH_SIDES, strict=True))
    if duration(current_language(), least) == duration(current_language(), most):
        return text("forecast.files.usual_alike", **usual, length=least, **slower)
    return text("forecast.files.usual_both", **usual, least=least, most=most, **slower)
