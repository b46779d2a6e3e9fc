"""What is said once work has ended: what was done, what still waits and where it is listed, or that all agrees."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.i18n import current_language, text
from maestro_procore.model.elements import FILES
from maestro_procore.model.problems import said

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House

COMPARING: Final = frozenset({"differential", "full", "files", "files-full"})
"""Modes of requests that compare both sides: only after such a one anybody knows that they agree."""
_NEXT: Final = {"added": "added", "preflight": "added", "planned": "planned", "paused": "paused"}
"""Phases with a next step of their own; the others are on their way to the regular one."""
_TOP_FOLDER: Final = frozenset({"FIL-18", "FIL-19"})
"""What a pause has that two commands end."""


def sentences(house: "House", rows: Sequence[Any], done: str = "") -> list[str]:
    """rows: requests as they are now. done: what they did, in words; said where all of it went well.

    That everything agrees is only said after a comparison, and while nothing waits anywhere (conflicts, held
    deletions, files left out, plans, pauses, other requests); what was compared may agree beside that.
    """
    is_well = bool(rows) and all(row.state == "done" and not row.errors and row.problem is None for row in rows)
    told = [done] if done and is_well else []
    projects = house.views.files.projects()
    numbers = {row.project for row in rows if row.element == FILES}
    concerned = [row for row in projects if str(row.id) in numbers]
    waits = closing(concerned) + _elsewhere(house, [row for row in projects if row not in concerned], rows)
    if is_well and rows[-1].mode in COMPARING and not any(row.is_preview for row in rows):
        told += _agreement(rows, concerned, is_all=not waits)
    return told + waits


def closing(projects: Iterable["FileProjectRow"]) -> list[str]:
    """What remains to be done of projects, and with which command; empty when nothing does."""
    told: list[str] = []
    for row in projects:
        if row.phase != "regular":
            is_moved = row.phase == "paused" and row.problem is not None and row.problem.code in _TOP_FOLDER
            step = "repair" if is_moved else _NEXT.get(row.phase, "initial")
            told.append(text(f"cli.documents.next.{step}", name=row.name, id=str(row.id)))
        counts = {"conflicts": row.conflicts, "held": row.held, "apart": row.apart}
        told += [
            text(f"cli.documents.next.{key}", name=row.name, count=n, id=str(row.id)) for key, n in counts.items() if n
        ]
    return told


def standing(row: "FileProjectRow") -> list[str]:
    """The same below a list that shows the phase: why it stands still, and no advice while it goes on."""
    why = [f"{row.name}: {said(row.problem, current_language())}"] if row.problem is not None else []
    return why + closing([replace(row, phase="regular") if row.is_running else row])


def _elsewhere(house: "House", projects: Iterable["FileProjectRow"], rows: Sequence[Any]) -> list[str]:
    """What waits and has nothing to do with these requests: how much of it, and where it is listed."""
    own = {row.id for row in rows}
    counts = {
        "projects": sum(bool(closing([row])) for row in projects),
        "requests": sum(row["id"] not in own for row in house.journal.open_requests()),
    }
    return [text(f"cli.waits.{name}", count=count) for name, count in counts.items() if count]


def _agreement(rows: Sequence[Any], concerned: Sequence["FileProjectRow"], *, is_all: bool) -> list[str]:
    if is_all:
        return [text("cli.sync.all_well")]
    names = [text(f"element.{row.element}") for row in rows if row.element != FILES]
    names += [row.name for row in concerned if not closing([row])]
    return [text("cli.sync.these_agree", names=", ".join(names))] if names else []
