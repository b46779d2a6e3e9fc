"""What waits for a person: conflicts, held deletions, files that are not synchronized; and the answers to them."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from maestro_procore import i18n
from maestro_procore.cli import json_shapes
from maestro_procore.cli.documents_saying import ok, plain, say
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused, message

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileHoldRow, FileProjectRow
    from maestro_procore.wiring import House

FIRST: Final = 20
"""Paths of held deletions that are shown unless all of them are asked for."""
NOTED: Final = "cli.documents.noted"
CHOICES: Final = ("apply", "restore", "detach")


def add_options(made: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of the verbs that stand here. made: verb → its parser."""
    made["conflicts"].add_argument("--all", action="store_true", help=_help("all"))
    made["resolve"].add_argument("conflict", type=int, metavar="CONFLICT", help=_help("conflict"))
    made["resolve"].add_argument("choice", choices=("procore", "drive", "both"), help=_help("choice"))
    made["held"].add_argument("project", metavar="PROJECT", nargs="?", help=_help("project"))
    made["held"].add_argument("choice", choices=CHOICES, nargs="?", help=_help("hold_choice"))
    made["held"].add_argument("--all", action="store_true", help=_help("held_all"))
    made["not-synchronized"].add_argument("project", metavar="PROJECT", nargs="?", help=_help("project"))
    made["not-synchronized"].add_argument("name", metavar="TEXT", nargs="?", help=_help("name"))


def conflicts(house: "House", arguments: argparse.Namespace) -> int:
    """Of all projects."""
    rows = [plain(row) for row in house.views.files.conflicts(only_open=not arguments.all)]
    return say(arguments, rows, ("id", "kind", "settled", "path", "choice"), "cli.empty.conflicts")


def resolve(house: "House", arguments: argparse.Namespace) -> int:
    """Errors: Refused (DOC-23)."""
    is_done = house.commands.files.resolve(arguments.conflict, arguments.choice)
    if not is_done:
        raise Refused(Problem("DOC-23", {"id": arguments.conflict}))
    return ok(arguments, NOTED)


def not_synchronized(house: "House", project: "FileProjectRow | None", arguments: argparse.Namespace) -> int:
    """project: None for all. With TEXT, those whose path holds it."""
    found = house.views.files.not_synchronized(project.id if project else None, name=arguments.name or "")
    rows = [plain(row) for row in found]
    empty = "cli.empty.not_synchronized.found" if arguments.name else "cli.empty.not_synchronized"
    return say(arguments, rows, ("project_id", "tool", "path", "size_bytes", "message"), empty)


def held(house: "House", project: "FileProjectRow | None", arguments: argparse.Namespace) -> int:
    """Lists them, or answers those of a project. project: None for all. Errors: Refused (DOC-24)."""
    if arguments.choice is not None and project is not None:
        answered = [house.commands.files.answer_hold(pair.id, arguments.choice) for pair in project.pairs]
        if not any(answered):
            raise Refused(Problem("DOC-24", {"name": project.name}))
        return ok(arguments, NOTED)
    projects = {row.id: row for row in house.views.files.projects(project.id if project else None)}
    rows = house.views.files.holds(project.id if project else None)
    if arguments.json:
        json_shapes.write([plain(row) | _measured(row, projects[row.project_id]) for row in rows])
        return ALL_WELL
    from maestro_procore.cli import terminal

    if not rows:
        terminal.show_rows([], (), "cli.empty.held")
    for row in rows:
        _show(row, projects[row.project_id], FIRST if not arguments.all else len(row.items))
    for number in dict.fromkeys(row.project_id for row in rows if not row.choice):
        print(text("cli.documents.held.answers", id=str(number)))
    return ALL_WELL


def _measured(row: "FileHoldRow", project: "FileProjectRow") -> dict[str, Any]:
    """count: files and folders that would go. percent: of all of that tool that are in step.

    Where the guard held them for their share, it is that one, which the day's earlier deletions have part in.
    """
    count = sum(item["items"] for item in row.items)
    whole = sum(pair.files + pair.folders for pair in project.pairs if pair.id == row.pair_id)
    share = row.problem.args.get("percent", round(100 * count / max(whole, count), 1))
    return {"count": count, "percent": float(str(share))}


def _show(row: "FileHoldRow", project: "FileProjectRow", most: int) -> None:
    """Which and how many, why, and where they lie."""
    from maestro_procore.cli import terminal

    about = {"name": project.name, "tool": text(f"documents.tool.{row.tool}"), "since": row.held_at}
    measured = _measured(row, project)
    print(text("cli.documents.held.about", count=measured["count"], percent=measured["percent"], **about))
    print(message(row.problem, i18n.current_language()))
    shown = [{**item, "delete_in": item["side"], "path": item["path"] or item["name"]} for item in row.items]
    shown.sort(key=lambda item: item["path"])
    terminal.show_rows(shown[:most], ("delete_in", "items", "size_bytes", "path"))
    if len(row.items) > most:
        print(text("cli.documents.held.more", count=len(row.items) - most, id=str(row.project_id)))
    if row.choice:
        print(text("cli.documents.held.chosen", choice=text(f"documents.do.{row.choice}"), id=str(row.project_id)))


def _help(name: str) -> str:
    return text(f"cli.documents.option.{name}")
