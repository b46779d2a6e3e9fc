"""How a project is synchronized, shown and changed (F157), and the listings of both sides as a file."""

import argparse
from typing import TYPE_CHECKING, Any

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import current_language, text
from maestro_procore.model import file_settings
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House


def policy(house: "House", project: "FileProjectRow", arguments: argparse.Namespace) -> int:
    """Changes what KEY=VALUE says, all of it or nothing, and shows every setting. Errors: Refused."""
    if arguments.values:
        house.commands.files.change_policy(project.id, dict(map(_typed, arguments.values)))
        (project,) = house.views.files.projects(project.id)
    values = file_settings.effective(project.settings)
    if arguments.json:
        json_shapes.write({key: list(value) if isinstance(value, tuple) else value for key, value in values.items()})
    else:
        from maestro_procore.cli import terminal

        rows = [{"key": key, "value": _shown(value)} for key, value in values.items()]
        terminal.show_rows(rows, ("key", "value"))
    return ALL_WELL


def listings(house: "House", project: "FileProjectRow", arguments: argparse.Namespace) -> int:
    """Every item of both sides with what the open plan makes of it, as a workbook or CSV. Errors: Refused (REC-18)."""
    from maestro_procore.engine import file_listings

    listed = [(project.name, house.views.file_plans.listing(project.id))]
    count = file_listings.save(arguments.file, listed, current_language())
    if arguments.json:
        json_shapes.write({"ok": True, "items": count, "file": str(arguments.file)})
    else:
        print(text("wizard.saved", count=count, file=str(arguments.file)))
    return ALL_WELL


def _typed(word: str) -> tuple[str, Any]:
    key, equals, value = word.partition("=")
    if not equals:
        raise Refused(Problem("DOC-18", {"name": word}))
    try:
        return key, file_settings.typed(key, value)
    except ValueError:
        raise Refused(Problem("DOC-18", {"name": word})) from None


def _shown(value: Any) -> str:
    return "; ".join(value) if isinstance(value, tuple) else str(value)
