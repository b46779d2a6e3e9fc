"""What a plan of files will take, as `documents preview`, `status` and `approve` show it."""

from typing import TYPE_CHECKING, Any, Final

from maestro_procore.i18n import text
from maestro_procore.model.file_forecast import USUAL_CALLS_A_FILE, USUAL_FILES_AN_HOUR
from maestro_procore.model.file_forecast_words import sentences

if TYPE_CHECKING:
    from maestro_procore.model.file_forecast import Forecast
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House

_UNKNOWN: Final = frozenset({"added", "preflight", "planned"})


def of(house: "House", project_id: int) -> "Forecast":
    """Of what a project's plan has left to do."""
    return house.views.files.forecast(project_id, house.views.budget(), house.clock.now())


def known(row: "FileProjectRow", told: "Forecast | None") -> dict[str, str]:
    """Columns of a list for a project whose files are not in step yet: what its plan brings over, or that nobody knows.

    Empty for the others, of which the journal counts what is in step.
    """
    if row.phase not in _UNKNOWN:
        return {}
    if row.phase != "planned" or told is None:
        return {"files": text("cli.documents.not_compared"), "size_bytes": "–"}
    size = text("cli.documents.planned", count=told.size_bytes)
    return {"files": text("cli.documents.planned", count=told.files), "size_bytes": size}


def as_json(forecast: "Forecast") -> dict[str, Any]:
    """Seconds instead of durations. usual: the usual product's for the same files (F114, F276, F277)."""
    least, most = (length.total_seconds() for length in forecast.usual_duration)
    return {
        "files": forecast.files,
        "size_bytes": forecast.size_bytes,
        "calls": forecast.calls,
        "least_calls": forecast.least_calls,
        "listing_calls": forecast.listing_calls,
        "look_calls": forecast.look_calls,
        "unlisted_tools": list(forecast.unlisted),
        "calls_a_file": forecast.calls_a_file,
        "is_measured": forecast.is_measured,
        "seconds": forecast.duration.total_seconds(),
        "files_an_hour": forecast.files_an_hour,
        "bytes_a_second": forecast.bytes_a_second,
        "is_timed": forecast.is_timed,
        "ends_at": forecast.ends_at.isoformat(),
        "is_long": forecast.is_long,
        "usual": {
            "calls": forecast.usual_calls,
            "calls_a_file": USUAL_CALLS_A_FILE,
            "files_an_hour": USUAL_FILES_AN_HOUR,
            "seconds": least,
            "most_seconds": most,
        },
    }


def say(name: str, forecast: "Forecast") -> None:
    """In the reader's language; nothing when there is nothing to do."""
    if forecast.calls or forecast.files:
        told = " ".join(sentences(forecast, lambda size: text("cli.documents.bytes", size=size)))
        print(text("cli.documents.forecast", name=name, told=told))
