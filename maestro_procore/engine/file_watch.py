"""Looks at the projects whose files are kept in step, at their pace, whenever nobody waits for something else."""

from datetime import datetime, timedelta
from typing import Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.file_commands import submit
from maestro_procore.engine.file_preflight import waits_for_itself
from maestro_procore.model.elements import FILES
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.file_schedule import Watched, due
from maestro_procore.model.file_settings import next_look

NEXT_LOOK = timedelta(seconds=10)
"""Until the host comes by again: what would be due before then goes now, so that five minutes are kept (F130)."""
WATCHER = "schedule"
"""Who asked for a run that nobody clicked."""
ON_SCREEN = timedelta(minutes=3)
"""How long after the page of a project was shown last it counts as open."""
RETRY = timedelta(minutes=5)
"""After a run that was stopped, such as by a network that is down: a tool alone, or the whole project."""


def order_due(doors: Doors, now: datetime) -> None:
    """Writes a request down for every project whose turn it is."""
    if doors.files is None:
        return
    projects = doors.files.journal.file_projects()
    watched = [row for row in projects if FilePhase(row["phase"]).may_write or waits_for_itself(row)]
    if not watched:
        return
    waiting = {request["project"] for request in doors.journal.open_requests() if request["element"] == FILES}
    asked = [
        Watched(
            row["id"],
            [pair["tool"] for pair in row["pairs"]],
            row["changed_at"],
            row["looked_at"],
            row["shown_at"] is not None and now - row["shown_at"] < ON_SCREEN,
            _wished(row),
        )
        for row in watched
        if str(row["id"]) not in waiting and not _rests(row, now)
    ]
    by_id = {row["id"]: row for row in watched}
    for project_id in due(asked, now + NEXT_LOOK, doors.files.hourly_limit()):
        submit(doors.journal, by_id[project_id], now, WATCHER, lane="changes")


def _wished(row: dict[str, Any]) -> datetime | None:
    """By the schedule of the project; a first synchronization is never put off by it."""
    if FilePhase(row["phase"]) is not FilePhase.REGULAR or row["looked_at"] is None:
        return None
    return next_look(row["settings"], row["looked_at"])


def _rests(row: dict[str, object], now: datetime) -> bool:
    """A project whose last run was stopped is left alone for a while."""
    looked_at = row["looked_at"]
    return row["problem"] is not None and isinstance(looked_at, datetime) and now - looked_at < RETRY
