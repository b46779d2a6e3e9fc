"""Words of the page Documents: phases, arrows, sizes, actions, reasons, and how far a project is. Pure texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any, Final

from maestro_procore import i18n
from maestro_procore.gui import formats
from maestro_procore.gui.action_table import words_of_problems
from maestro_procore.gui.field_grid import FieldLine
from maestro_procore.gui.formats import Words
from maestro_procore.i18n import has_text, text
from maestro_procore.model.file_forecast import Forecast
from maestro_procore.model.file_forecast_words import sentences
from maestro_procore.model.file_items import Flow

BADGES: Final[Mapping[str, tuple[str, str]]] = {
    "added": ("information", "documents.phase.added"),
    "preflight": ("information", "documents.phase.preflight"),
    "planned": ("warning", "documents.phase.planned"),
    "approved": ("information", "documents.phase.initial"),
    "first_sync": ("information", "documents.phase.initial"),
    "catch_up": ("information", "documents.phase.initial"),
    "regular": ("", "documents.phase.regular"),
    "paused": ("waiting", "documents.phase.paused"),
}
"""Phase → sign and text of its badge (F105)."""
ARROWS: Final[Mapping[str, str]] = {flow.value: flow.arrow for flow in Flow}
SIZES: Final = ("b", "kb", "mb", "gb", "tb")
STATES: Final = ("procore", "agreed", "drive")
_SHOWN: Final = ("name", "size", "modified", "version")


def badge(phase: str) -> Words:
    sign, key = BADGES[phase]
    return Words(sign, text(key))


def size(size_bytes: int) -> str:
    """12.4 MB, 12,4 Mo; powers of a thousand, as drives count."""
    amount, unit = float(size_bytes), 0
    while amount >= 999.95 and unit < len(SIZES) - 1:
        amount, unit = amount / 1000, unit + 1
    shown = i18n.number(i18n.current_language(), round(amount, 1) if unit else size_bytes)
    return text(f"documents.size.{SIZES[unit]}", amount=shown)


def side(name: str) -> str:
    """procore or drive, in words."""
    return text(f"documents.side.{name}")


def tool(name: str) -> str:
    key = f"documents.tool.{name}"
    return text(key) if has_text(key) else name


def deed(verb: str, target: str) -> str:
    """What an action does, and on which side."""
    return text(f"documents.verb.{verb}", side=text(f"documents.in.{target}"))


def reason(rule: str) -> str:
    """Why an action is in the plan."""
    return text(f"documents.rule.{rule}")


def moment_of(iso: str | None, at: datetime) -> str:
    return formats.moment(datetime.fromisoformat(iso), at) if iso else ""


def progress(row: Any, at: datetime) -> Words:
    """How far a project (store.file_views.FileProjectRow) is, or what it waits for; the worst thing first."""
    if row.state == "running":
        return _running(row, at)
    if row.state == "waiting":
        return formats.waiting_words(row.resumes_at, "", at)
    if row.state == "queued":
        return Words("waiting", text("sync.waiting.queued"))
    problem = row.problem or next((pair.problem for pair in row.pairs if pair.problem), None)
    if problem is not None:
        return words_of_problems((problem,))
    if row.phase == "planned":
        return Words("warning", text("documents.progress.planned"))
    if row.held or row.conflicts:
        return Words("warning", " · ".join(counts([row], "conflicts", "held")))
    if BADGES[row.phase][1] == "documents.phase.initial":
        return Words("information", text("documents.progress.initial"))
    if row.looked_at is None:
        return Words("", text("documents.progress.never"))
    return Words("", text("documents.progress.looked", time=formats.moment(row.looked_at, at)))


def counts(rows: Sequence[Any], *names: str) -> list[str]:
    """Sums of waiting, conflicts or held over projects, in words; without those that are none."""
    sums = {name: sum(getattr(row, name) for row in rows) for name in names}
    return [text(f"documents.totals.{name}", count=count) for name, count in sums.items() if count]


def _running(row: Any, at: datetime) -> Words:
    """The bar; with its speed and its end as soon as both were measured (F104)."""
    plain = formats.progress_words(row.done, row.total, "")
    left = row.forecast
    if left is None or not left.is_timed or left.files_an_hour is None:
        return plain
    end = formats.moment(left.ends_at, at)
    said = text("documents.progress.speed", so_far=plain.text, speed=left.files_an_hour, time=end)
    return Words("progress", said, fraction=plain.fraction)


def forecast(told: Forecast) -> str:
    """Our own figures, and the usual product's beside them (F104, F114, F276, F277)."""
    return " ".join(sentences(told, size))


def under_way(moved: int, size_bytes: int, started_at: datetime | None, at: datetime) -> Words:
    """The bar of one file, with its end as soon as that can be told (F132)."""
    fraction = min(moved / size_bytes, 1.0)
    said = text("documents.file.of", moved=size(moved), size=size(size_bytes))
    spent = at - started_at if started_at else timedelta(0)
    if fraction and spent >= timedelta(seconds=1):
        end = formats.moment(at + spent * (1 / fraction - 1), at)
        said = text("documents.file.ready", so_far=said, time=end)
    return Words("progress", said, fraction=fraction)


def latency(seconds: list[float]) -> str:
    """Half and 98 of 100 files were on the other side within these times; '' without any. seconds: sorted."""
    if not seconds:
        return ""
    cuts = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 99
    return text("documents.latency", half=formats.seconds(cuts[49]), most=formats.seconds(cuts[97]))


def states(saw: Mapping[str, Any], at: datetime) -> list[FieldLine]:
    """The three states that a decision was made of: one row a field, bold where a side is not as agreed.

    saw: procore, drive and agreed as the history keeps them; None for what was not there.
    """
    lines = []
    for field in _SHOWN:
        cells = [_shown(saw.get(state), state, field, at) for state in STATES]
        marked = frozenset(STATES.index(side) + 1 for side in ("procore", "drive") if _differs(saw, side, field))
        lines.append(FieldLine((text(f"documents.field.{field}"), *cells), marked))
    return lines


def _differs(saw: Mapping[str, Any], side: str, field: str) -> bool:
    """Whether a side is not as it was when both were last agreed: each has its own names and versions."""
    item, agreed = saw.get(side), saw.get("agreed")
    if item is None or agreed is None or field == "modified":
        return False
    return bool(item.get(field) != agreed.get("size_bytes" if field == "size" else f"{side}_{field}"))


def state_titles() -> list[str]:
    return ["", *(text(f"documents.state.{state}") for state in STATES)]


def _shown(item: Mapping[str, Any] | None, state: str, field: str, at: datetime) -> str:
    if item is None:
        return text("documents.state.none") if field == "name" else ""
    if state == "agreed":
        return _agreed(item, field)
    if field == "size":
        return size(int(item.get("size") or 0))
    if field == "modified":
        return moment_of(item.get("modified"), at)
    return formats.file_name(item.get(field) or "")


def _agreed(pair: Mapping[str, Any], field: str) -> str:
    """Names and versions are those of both sides; one where they are the same."""
    if field == "size":
        return size(int(pair.get("size_bytes") or 0))
    if field == "modified":
        return ""
    both = [formats.file_name(pair.get(f"{name}_{field}") or "") for name in ("procore", "drive")]
    return both[0] if both[0] == both[1] else " | ".join(part for part in both if part)
