"""`documents versions`: contents of one file that both services keep, with their authors, and bringing one back."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import exit_codes, json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL, SIGNALLED
from maestro_procore.i18n import text
from maestro_procore.model.file_names import readable
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House

COLUMNS: Final = ("target", "version", "at", "by", "size_bytes", "present")


def add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("project", metavar="PROJECT", help=text("cli.documents.option.project"))
    verb.add_argument("path", metavar="PATH", help=text("cli.documents.option.path"))
    verb.add_argument("--restore", nargs=2, metavar=("SIDE", "VERSION"), help=text("cli.documents.option.version"))


def versions(
    house: "House",
    project: "FileProjectRow",
    arguments: argparse.Namespace,
    until_ended: Callable[[Sequence[str]], int],
) -> int:
    """Errors: Refused (BCK-22 for a path that the history does not know)."""
    from maestro_procore.engine.file_versions import ids_of
    from maestro_procore.model.file_items import FileSide

    known = house.views.files.steps(project.id, name=arguments.path)
    row = next((each for each in known if arguments.path in (each.path, readable(each.path))), next(iter(known), None))
    ids = ids_of(row.saw) if row is not None else {}
    if row is None or not ids:
        raise Refused(Problem("BCK-22", {"name": arguments.path}))
    if arguments.restore is not None:
        side, version = arguments.restore
        if side not in {each.value for each in FileSide} or FileSide(side) not in ids:
            raise Refused(Problem("BCK-22", {"name": f"{arguments.path} ({side})"}))
        asked = house.commands.files.restore_version(project.id, row.tool, side, ids[FileSide(side)], version)
        return _restored(house, arguments, str(project.id), asked["id"], until_ended)
    found = asyncio.run(house.versions.of(project.id, row.tool, ids))
    rows = [_plain(asdict(each)) for each in found]
    if arguments.json:
        json_shapes.write({"path": row.path, "versions": rows})
    else:
        from maestro_procore.cli import terminal

        marks = {True: text("documents.version.present"), False: ""}
        shown = [{**each, "target": each["side"], "version": each["id"]} for each in rows]
        terminal.show_rows([{**each, "present": marks[each["is_present"]]} for each in shown], COLUMNS)
    return ALL_WELL


def _restored(
    house: "House",
    arguments: argparse.Namespace,
    project: str,
    request_id: str,
    until_ended: Callable[[Sequence[str]], int],
) -> int:
    interrupted = until_ended([request_id])
    follows = [row["id"] for row in house.journal.open_requests() if row["project"] == project]
    if not interrupted and follows:
        interrupted = until_ended(follows)
    rows = [row for row in map(house.views.request, [request_id, *follows]) if row is not None]
    if arguments.json:
        json_shapes.write({"requests": [json_shapes.sync_row(row) for row in rows]})
    else:
        from maestro_procore.cli import afterwards, terminal

        done = text("cli.done.version", name=readable(arguments.path), version=arguments.restore[1])
        terminal.show_requests(rows, afterwards.sentences(house, rows, done))
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests(rows)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
