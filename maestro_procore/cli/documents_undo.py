"""`documents runs` and `documents undo`: what runs of files did, and taking one back."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import exit_codes, json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL, SIGNALLED
from maestro_procore.i18n import text

if TYPE_CHECKING:
    from maestro_procore.engine.file_undoing import UndoPreview
    from maestro_procore.store.file_run_views import FileRunRow
    from maestro_procore.wiring import House

RUNS: Final = ("number", "ended_at", "requested_by", "created", "updated", "moved", "deleted", "undone_by")
STEPS: Final = ("verb", "path", "back", "message", "remedy")


def runs(house: "House", arguments: argparse.Namespace, project_id: int) -> int:
    """What was brought over when, newest first."""
    found = house.views.files.of_runs.runs(project_id)
    rows = [_plain(asdict(row)) for row in found]
    if arguments.json:
        json_shapes.write(rows)
    else:
        from maestro_procore.cli import terminal

        shown = [{**row, "undone_by": _undone(run)} for row, run in zip(rows, found, strict=True)]
        terminal.show_rows(shown, RUNS, "cli.empty.runs")
    return ALL_WELL


def _undone(run: "FileRunRow") -> str:
    if run.undone_by is None or not run.stays:
        return "" if run.undone_by is None else str(run.undone_by)
    counts = {"done": str(run.taken_back), "total": str(run.taken_back + run.stays)}
    return text("cli.documents.undone_partly", number=str(run.undone_by), **counts)


def undo(house: "House", arguments: argparse.Namespace, until_ended: Callable[[Sequence[str]], int]) -> int:
    """Takes a run back; with --preview only says what of it can be. Errors: Refused."""
    told = house.commands.files.preview_undo(arguments.undone)
    steps = [
        {
            "tool": pair["tool"],
            "step": verdict.step["id"],
            **{name: verdict.step[name] for name in ("verb", "target", "path", "is_folder", "size_bytes")},
            "back": verdict.back.value,
            "problem": json_shapes.problems([verdict.problem])[0] if verdict.problem else None,
        }
        for pair, plan in told.pairs
        for verdict in plan.verdicts
    ]
    if arguments.preview:
        return _show(arguments, told, steps)
    request = house.commands.files.undo(arguments.undone, confirm=arguments.confirm)
    interrupted = until_ended([request["id"]])
    follows = [row["id"] for row in house.journal.open_requests() if row["project"] == request["project"]]
    if not interrupted and follows:  # what carries the undo to the other side
        interrupted = until_ended(follows)
    rows = [row for row in map(house.views.request, [request["id"], *follows]) if row is not None]
    if arguments.json:
        json_shapes.write({"requests": [json_shapes.sync_row(row) for row in rows], "steps": steps})
    else:
        from maestro_procore.cli import afterwards, terminal

        done = text("cli.done.undo", number=str(told.request["number"]))
        terminal.show_requests(rows, afterwards.sentences(house, rows, done))
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests(rows)


def _show(arguments: argparse.Namespace, told: "UndoPreview", steps: Sequence[dict[str, Any]]) -> int:
    held = told.held is not None
    if arguments.json:
        json_shapes.write({"steps": steps, "deletions": told.deletions, "wants_confirmation": held})
        return ALL_WELL
    from maestro_procore.cli import terminal

    shown = [
        {**step, **{name: step["problem"][name] if step["problem"] else "" for name in ("message", "remedy")}}
        for step in steps
    ]
    terminal.show_rows(shown, STEPS, "cli.empty.undo")
    if told.deletions:
        print(text("cli.documents.undo.deletions", count=told.deletions))
    return ALL_WELL


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
