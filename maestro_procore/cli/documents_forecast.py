"""What a plan of files will take, as `documents preview` and `documents status` show it."""

from typing import TYPE_CHECKING, Any

from maestro_procore.i18n import text

if TYPE_CHECKING:
    from maestro_procore.model.file_forecast import Forecast


def as_json(forecast: "Forecast") -> dict[str, Any]:
    """Seconds instead of durations."""
    least, most = (length.total_seconds() for length in forecast.usual_duration)
    return {
        "files": forecast.files,
        "size_bytes": forecast.size_bytes,
        "calls": forecast.calls,
        "seconds": forecast.duration.total_seconds(),
        "ends_at": forecast.ends_at.isoformat(),
        "is_long": forecast.is_long,
        "usual": {"calls": forecast.usual_calls, "seconds": least, "most_seconds": most},
    }


def sentence(forecast: "Forecast") -> str:
    """In the reader's language."""
    shown = {"files": forecast.files, "size": forecast.size_bytes, "calls": forecast.calls}
    usual = {"usual_calls": forecast.usual_calls, "usual_length": forecast.usual_duration[1]}
    return text("cli.documents.forecast", **shown, **usual, length=forecast.duration)
