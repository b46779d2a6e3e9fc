"""`documents trash list|restore|save|empty`: contents that this computer keeps, where a project wants it."""

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import exit_codes, json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL, SIGNALLED
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.wiring import House

COLUMNS: Final = ("number", "kept_at", "project", "tool", "target", "path", "size_bytes", "keep_until", "removed")
DEEDS: Final = ("list", "restore", "save", "empty")
UntilEnded = Callable[[Sequence[str]], int]


def add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("deed", choices=DEEDS, help=text("cli.documents.option.trash_deed"))
    verb.add_argument("numbers", metavar="NUMBER", nargs="*", help=text("cli.documents.option.trash_numbers"))
    verb.add_argument(
        "--into", type=Path, default=Path(), metavar="FOLDER", help=text("cli.documents.option.trash_into")
    )
    verb.add_argument("--all", action="store_true", help=text("cli.documents.option.trash_all"))


def trash(house: "House", arguments: argparse.Namespace, until_ended: UntilEnded) -> int:
    """Errors: Refused."""
    if arguments.deed == "list":
        return _list(house, arguments)
    if arguments.deed == "empty":
        gone = house.commands.files.empty_trash()
        if arguments.json:
            json_shapes.write({"ok": True, "removed": gone})
        else:
            print(text("cli.documents.trash.emptied", count=gone))
        return ALL_WELL
    return (_save if arguments.deed == "save" else _restore)(house, arguments, until_ended)


def _save(house: "House", arguments: argparse.Namespace, _until_ended: UntilEnded) -> int:
    """Copies of kept contents in a folder of this computer; nothing that lies there is overwritten."""
    from maestro_procore.engine.file_restoring import file_for

    kept = {row["id"]: row for row in house.journal.trash()}
    numbers, saved = _numbers(arguments), list[str]()
    missing = [str(number) for number in numbers if number not in kept]
    if missing or not numbers:
        raise Refused(Problem("BCK-20", {"id": missing[0] if missing else "–"}))
    for number in numbers:
        file = file_for(kept[number], arguments.into, house.clock.now())
        house.commands.files.save_from_trash(number, file)
        saved.append(str(file))
    if arguments.json:
        json_shapes.write({"ok": True, "files": saved})
    else:
        for name in saved:
            print(text("cli.documents.trash.saved", file=name))
    return ALL_WELL


def _list(house: "House", arguments: argparse.Namespace) -> int:
    rows = [_plain(row) for row in house.views.files.trash(with_removed=arguments.all, limit=None)]
    if arguments.json:
        json_shapes.write(rows)
    else:
        from maestro_procore.cli import terminal

        names = {row.id: row.name for row in house.views.files.projects()}
        shown = [
            {
                **row,
                "number": str(row["id"]),
                "project": names.get(row["project_id"], row["project_name"]),
                "target": row["side"],
                "removed": _removed(row),
            }
            for row in rows
        ]
        terminal.show_rows(shown, COLUMNS, "cli.empty.trash")
    return ALL_WELL


def _restore(house: "House", arguments: argparse.Namespace, until_ended: UntilEnded) -> int:
    requests = house.commands.files.restore_from_trash(_numbers(arguments))
    ids = [request["id"] for request in requests]
    interrupted = until_ended(ids)
    projects = {request["project"] for request in requests}
    follows = [row["id"] for row in house.journal.open_requests() if row["project"] in projects]
    if not interrupted and follows:  # what carries them to the other side
        interrupted = until_ended(follows)
    rows = [row for row in map(house.views.request, [*ids, *follows]) if row is not None]
    if arguments.json:
        json_shapes.write({"requests": [json_shapes.sync_row(row) for row in rows]})
    else:
        from maestro_procore.cli import afterwards, terminal

        done = text("cli.done.trash", count=len(set(arguments.numbers)))
        terminal.show_requests(rows, afterwards.sentences(house, rows, done))
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests(rows)


def _numbers(arguments: argparse.Namespace) -> list[int]:
    wrong = next((word for word in arguments.numbers if not word.isdecimal()), None)
    if wrong is not None:
        raise Refused(Problem("BCK-20", {"id": wrong}))
    return [int(word) for word in arguments.numbers]


def _removed(row: dict[str, Any]) -> str:
    return text(f"documents.trash.removed.{row['removed_why']}") if row["removed_why"] else ""


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
