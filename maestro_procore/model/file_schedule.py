"""When a project's files are looked at again: often where people work, within half of the call budget.

Pure; engine/file_watch.py asks. Source: issue "Documents and Photos", regular sync; features.md C1, F203, F234, F278.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

CALLS: Final[Mapping[str, int]] = {"documents": 1, "photos": 2}
"""Calls to Procore of one look at a tool where nothing happened; 1 for the others."""

OPEN: Final = timedelta(minutes=1)
"""Between two looks at the project that somebody has on his screen."""
HOT: Final = timedelta(minutes=4, seconds=40)
"""At a project with changes of the last day, and at all of them where the budget allows (F130).

The engine asks each ten seconds what is due, and a look takes its time: nothing waits for more than five minutes.
"""
WARM: Final = timedelta(hours=1)
COLD: Final = timedelta(days=1)
IS_HOT: Final = timedelta(days=1)
IS_WARM: Final = timedelta(days=7)
SHARE: Final = 0.5
"""Of the hourly limit; the rest is for people who wait, and for everything else."""


SWEEP: Final = timedelta(minutes=30)
"""Between two whole readings of a tool that goes both ways: they find what the feeds of changes have missed (F203)."""
SWEEP_AT_LEAST: Final = timedelta(days=1)
"""Where the call limit does not allow that, and for tools that are copied one way, whose every look reads a list."""
ITEMS_A_CALL: Final = 1_000
"""Of a whole reading of Procore."""


@dataclass(frozen=True)
class Watched:
    """A project that is kept in step. tools: names of its tools. is_open: somebody looks at it now."""

    id: int
    tools: Sequence[str]
    changed_at: datetime | None
    looked_at: datetime | None
    is_open: bool = False
    next_look: datetime | None = None
    """When people want it to be looked at; None: by its activity."""

    @property
    def calls(self) -> int:
        """Of one look at it."""
        return sum(CALLS.get(tool, 1) for tool in self.tools)


def due(projects: Sequence[Watched], now: datetime, hourly_limit: int) -> list[int]:
    """Ids of the projects to look at now, those first that have waited longest."""
    affordable = hourly_limit * SHARE
    looks_an_hour = timedelta(hours=1) / HOT
    is_enough_for_all = sum(project.calls for project in projects) * looks_an_hour <= affordable
    waiting = [
        (project.looked_at or datetime.min.replace(tzinfo=now.tzinfo), project.id)
        for project in projects
        if _is_due(project, now, is_enough_for_all)
    ]
    return [project_id for _, project_id in sorted(waiting)]


def _is_due(project: Watched, now: datetime, is_enough_for_all: bool) -> bool:
    if project.looked_at is None:
        return True
    if project.next_look is not None:
        return now >= project.next_look
    return now - project.looked_at >= period(project, now, is_enough_for_all)


def sweep_period(looks: int, items: int, hourly_limit: int) -> timedelta:
    """Between two whole readings of a tool that goes both ways.

    looks: calls of one look at every project. items: that Procore holds, of all of them.
    """
    calls_an_hour = looks * (timedelta(hours=1) / HOT) + (looks + items / ITEMS_A_CALL) * (timedelta(hours=1) / SWEEP)
    return SWEEP if calls_an_hour <= hourly_limit * SHARE else SWEEP_AT_LEAST


def is_sweep_due(swept_at: datetime | None, now: datetime, period: timedelta) -> bool:
    """Whether a whole reading is to be made now, because the next look comes too late for it."""
    return swept_at is None or now - swept_at > period - HOT


def period(project: Watched, now: datetime, is_enough_for_all: bool) -> timedelta:
    """Between two looks at one project."""
    if project.is_open:
        return OPEN
    quiet = now - project.changed_at if project.changed_at is not None else IS_WARM
    if is_enough_for_all or quiet < IS_HOT:
        return HOT
    return WARM if quiet < IS_WARM else COLD
