"""The pages while nobody synchronizes: what maestro* holds now against what Procore last said, without a call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import parts_of, scopes_of
from maestro_procore.engine.planning import gather_subject, items_of, write_lines
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import TableUse


def latest_change(doors: Doors, element: str) -> datetime | None:
    """When the newest change was made in maestro* that the page of an element shows; None when there is nothing."""
    found = [doors.company.latest_change(use.table) for use in _own_tables(element)]
    return max((each for each in found if each is not None), default=None)


def refresh_lines(
    doors: Doors, element: str, since: datetime | None = None, is_wanted_elsewhere: Callable[[], bool] = lambda: False
) -> bool:
    """Brings the page of an element up to date. False: it was given up between two projects, somebody waits.

    since: only projects that somebody changed at that time or later; None: all.
    """
    is_before_first_day = not doors.journal.was_asked_for(element)
    look = {"id": "", "element": element, "keys": None, "project": None, "run": 1, "is_preview": True}
    changed = None if since is None or not ELEMENTS[element].is_by_project else _changed_projects(doors, element, since)
    for parts in parts_of(look, scopes_of(doors, look)):
        for part in parts:
            if not part.is_main or (changed is not None and part.scope.project not in changed):
                continue
            if is_wanted_elsewhere():
                return False
            subject = gather_subject(doors, part)
            items = items_of(part, subject)
            if part.scope.project and (is_before_first_day or part.scope.procore_id is None):
                # Nothing is linked and no code of Procore is known yet: an error of a run, not of a hundred lines.
                items = [replace(item, problems=()) if item.is_in_scope else item for item in items]
            write_lines(doors, None, subject, items, {})
    return True


def _own_tables(element: str) -> list[TableUse]:
    """The tables whose rows belong to one project each; of an element of the company its one table."""
    uses = MAPS[element].tables or (TableUse(MAPS[element].table),)
    return [use for use in uses if use.column] or [TableUse(MAPS[element].table)]


def _changed_projects(doors: Doors, element: str, since: datetime) -> set[str]:
    """Codes of the projects with a row that changed at that time or later, also by way of its header."""
    uses = {use.table: use for use in _own_tables(element)}
    found: set[str] = set()
    for use in uses.values():
        rows = doors.company.rows(use.table, changed_since=since, include_deleted=True)
        while use.source and rows:
            table, _, column = use.source.partition(".")
            values = sorted({row[use.column] for row in rows if row[use.column] is not None})
            rows, use = (doors.company.rows(table, where={column: values}) if values else []), uses[table]
        found |= {str(row[use.column]).strip() for row in rows if row[use.column] is not None}
    return found
