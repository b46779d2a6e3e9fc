"""The policy of one project: what may be chosen, from which values, and what holds where nothing was chosen. Pure.

The table is the source of the form, of the command line and of the checks (F157). Conflicts, patterns, sizes and
guards act through engine/file_planning.py, one_way through the arrows of the tools, the schedule through file_watch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from maestro_procore.model.file_guard import DeleteLimits
from maestro_procore.model.file_items import Flow
from maestro_procore.model.file_limits import BYTES_LIMIT
from maestro_procore.model.file_policy import ConflictRule
from maestro_procore.model.problems import Problem


class SettingKind(StrEnum):
    """How a setting is asked for."""

    CHOICE = "choice"
    NUMBER = "number"
    PATTERNS = "patterns"
    TIME = "time"


class When(StrEnum):
    """How often a project is looked at."""

    ACTIVITY = "activity"
    """Often where people work: model/file_schedule.py."""
    EVERY = "every"
    DAILY = "daily"


BOTH_WAYS: Final = "both"
WITHOUT_VERSIONS: Final = frozenset({"photos"})
"""Tools in which Procore keeps one content of a file."""


@dataclass(frozen=True)
class FileSetting:
    """One line of the form. choices: of a choice. least, most: of a number. group: what stands together.

    only_when: name and value of the setting that gives this one a sense.
    """

    key: str
    kind: SettingKind
    default: Any
    group: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    only_when: tuple[str, str] | None = None


_GUARD: Final = DeleteLimits()
SETTINGS: Final[Mapping[str, FileSetting]] = {
    setting.key: setting
    for setting in (
        FileSetting(
            "conflicts",
            SettingKind.CHOICE,
            ConflictRule.KEEP_BOTH.value,
            "changes",
            (ConflictRule.KEEP_BOTH.value, ConflictRule.NEWEST_WINS.value, ConflictRule.ASK.value),
        ),
        FileSetting(
            "one_way",
            SettingKind.CHOICE,
            BOTH_WAYS,
            "changes",
            (BOTH_WAYS, Flow.TO_DRIVE.value, Flow.TO_PROCORE.value),
        ),
        FileSetting("include", SettingKind.PATTERNS, (), "files"),
        FileSetting("exclude", SettingKind.PATTERNS, (), "files"),
        FileSetting("max_bytes", SettingKind.NUMBER, BYTES_LIMIT, "files", least=1, most=100 * BYTES_LIMIT),
        FileSetting("delete_items", SettingKind.NUMBER, _GUARD.items, "guard", least=1, most=100_000),
        FileSetting("delete_percent", SettingKind.NUMBER, int(_GUARD.percent or 0), "guard", least=1, most=100),
        FileSetting(
            "schedule", SettingKind.CHOICE, When.ACTIVITY.value, "schedule", tuple(each.value for each in When)
        ),
        FileSetting(
            "every_minutes", SettingKind.NUMBER, 15, "schedule", least=1, most=1440, only_when=("schedule", When.EVERY)
        ),
        FileSetting("trash", SettingKind.CHOICE, "off", "trash", ("off", "missing", "all")),
        FileSetting("trash_days", SettingKind.NUMBER, 30, "trash", least=1, most=365),
        FileSetting("trash_megabytes", SettingKind.NUMBER, 1_000, "trash", least=1, most=1_000_000),
        FileSetting("daily_at", SettingKind.TIME, "22:00", "schedule", only_when=("schedule", When.DAILY)),
    )
}
PLANS: Final = frozenset({"conflicts", "one_way", "include", "exclude", "max_bytes", "delete_items", "delete_percent"})
"""What makes another plan of the same files: both sides are decided anew when one of these changes."""
LONGEST_PATTERN: Final = 200
MOST_PATTERNS: Final = 100


def effective(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting of the table with the value that holds for a project."""
    held = {key: settings[key] for key in SETTINGS if settings.get(key) not in (None, "")}
    found = {key: held.get(key, setting.default) for key, setting in SETTINGS.items()}
    return {key: tuple(value) if SETTINGS[key].kind is SettingKind.PATTERNS else value for key, value in found.items()}


def conflict_rule(settings: Mapping[str, Any], tool: str, *, is_first: bool) -> ConflictRule:
    """What becomes of a file that both sides changed: what was chosen; else the newest wins first, then both are kept.

    is_first: in the first synchronization, and in the one after a reset. The loser is kept as a version, or as a copy
    where there are none.
    """
    usual = ConflictRule.NEWEST_WINS if is_first else ConflictRule.KEEP_BOTH
    rule = ConflictRule(str(settings.get("conflicts") or usual.value))
    return ConflictRule.NEWEST_WINS_WITH_COPY if rule is ConflictRule.NEWEST_WINS and tool in WITHOUT_VERSIONS else rule


def spelled() -> str:
    """Every setting with what may stand behind it, as the command line takes it."""
    return ", ".join(f"{key}={_SPELLED[setting.kind](setting)}" for key, setting in SETTINGS.items())


_SPELLED: Final[Mapping[SettingKind, Callable[[FileSetting], str]]] = {
    SettingKind.CHOICE: lambda setting: "|".join(setting.choices),
    SettingKind.NUMBER: lambda setting: f"{setting.least}..{setting.most}",
    SettingKind.PATTERNS: lambda _setting: "*.bak;~*",
    SettingKind.TIME: lambda setting: str(setting.default),
}


def check(values: Mapping[str, Any]) -> dict[str, Problem]:
    """Key → why its value cannot be: DOC-18 for an unknown key or choice, DOC-71 out of range, DOC-72 no pattern."""
    found: dict[str, Problem] = {}
    for key, value in values.items():
        problem = _why_not(SETTINGS[key], value) if key in SETTINGS else Problem("DOC-18", {"name": key})
        if problem is not None:
            found[key] = problem
    return found


def _why_not(setting: FileSetting, value: Any) -> Problem | None:
    if setting.kind is SettingKind.CHOICE:
        return None if value in setting.choices else Problem("DOC-18", {"name": str(value)})
    if setting.kind is SettingKind.NUMBER:
        is_inside = isinstance(value, int) and not isinstance(value, bool) and setting.least <= value <= setting.most
        return None if is_inside else Problem("DOC-71", {"least": setting.least, "most": setting.most})
    if setting.kind is SettingKind.TIME:
        return None if _clock_time(value) is not None else Problem("DOC-18", {"name": str(value)})
    if not isinstance(value, list | tuple) or len(value) > MOST_PATTERNS:
        return Problem("DOC-72", {"name": str(value)})
    bad = next((each for each in value if not _is_pattern(each)), None)
    return None if bad is None else Problem("DOC-72", {"name": str(bad)})


def _is_pattern(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_PATTERN and "\n" not in value


def _clock_time(value: Any) -> time | None:
    try:
        found = datetime.strptime(str(value), "%H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found.time()


def typed(key: str, words: str) -> Any:
    """A value as somebody types it: patterns by semicolons. Errors: ValueError for what is no number."""
    setting = SETTINGS.get(key)
    if setting is None or setting.kind in (SettingKind.CHOICE, SettingKind.TIME):
        return words.strip()
    if setting.kind is SettingKind.NUMBER:
        return int(words)
    return [each for part in words.replace("\n", ";").split(";") if (each := part.strip())]


def flow_of(usual: Flow, settings: Mapping[str, Any]) -> Flow:
    """The arrow of a tool: its own, unless the project is copied one way. usual: of the table of tools."""
    chosen = effective(settings)["one_way"]
    return usual if usual is not Flow.BOTH or chosen == BOTH_WAYS else Flow(chosen)


def next_look(settings: Mapping[str, Any], looked_at: datetime, zone: tzinfo | None = None) -> datetime | None:
    """When a project is to be looked at after its last look; None: by its activity.

    zone: in which daily_at is meant; None: of this computer. A time that was slept through is made up for at once.
    """
    values = effective(settings)
    if values["schedule"] == When.EVERY:
        return looked_at + timedelta(minutes=int(values["every_minutes"]))
    at = _clock_time(values["daily_at"])
    if values["schedule"] != When.DAILY or at is None:
        return None
    local = looked_at.astimezone(zone)
    day = local.date() if local.time() < at else local.date() + timedelta(days=1)
    moment = datetime.combine(day, at)
    return (moment.astimezone() if zone is None else moment.replace(tzinfo=zone)).astimezone(UTC)
