"""How a project is synchronized, shown and changed (F157), and the listings of both sides as a file."""

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.documents_saying import plain
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import current_language, text
from maestro_procore.model import file_settings, file_winners
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House


MOST: Final = 20
"""Files that differ that a preview shows; the listings have all of them."""
FIRST: Final = "first_conflicts"
"""What becomes of conflicts in the first synchronization; follows from the setting `conflicts`, shown only."""


def policy(house: "House", project: "FileProjectRow", arguments: argparse.Namespace) -> int:
    """Changes what KEY=VALUE says, all of it or nothing, and shows every setting. Errors: Refused."""
    if arguments.values:
        house.commands.files.change_policy(project.id, dict(map(_typed, arguments.values)))
        (project,) = house.views.files.projects(project.id)
    values = file_settings.effective(project.settings)
    first = str(file_settings.conflict_rule(project.settings, "", is_first=True))
    if arguments.json:
        shown = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
        json_shapes.write({**shown, FIRST: first})
    else:
        from maestro_procore.cli import terminal

        rows = [{"key": key, "value": _shown(value), "meaning": _meaning(key, value)} for key, value in values.items()]
        of_first = {"key": FIRST, "value": first, "meaning": text(f"policy.first_conflicts.{first}")}
        terminal.show_rows([of_first, *rows], ("key", "value", "meaning"))
    return ALL_WELL


def _meaning(key: str, value: Any) -> str:
    """What is chosen, in words, where words are chosen from; of conflicts, from when on."""
    said = text(f"policy.{key}.{value}") if file_settings.SETTINGS[key].choices else ""
    return text("cli.documents.policy.afterwards", rule=said) if key == "conflicts" else said


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


def differing(house: "House", project: "FileProjectRow") -> list[dict[str, Any]]:
    """Every file that differs on both sides, with the side that counts; as JSON."""
    return [plain(row) for row in house.views.file_plans.differing(project.id)]


def show_differing(house: "House", project: "FileProjectRow", planned: Sequence[Mapping[str, Any]]) -> None:
    """The first of them in words, and how many are still to be read. planned: actions by verb."""
    from maestro_procore.cli import terminal

    language, found = current_language(), house.views.file_plans.differing(project.id)
    if found:
        print(text("cli.documents.differing"))
        rows = [{**plain(row), "winner": file_winners.words(language, row.settled, row.winner)} for row in found]
        terminal.show_rows(rows[:MOST], ("tool", "path", "winner"))
    if len(found) > MOST:
        print(text("cli.documents.differing.more", count=len(found) - MOST, id=str(project.id)))
    if doubtful := sum(row["n"] for row in planned if row["verb"] == "compare"):
        first = str(file_settings.conflict_rule(project.settings, "", is_first=True))
        rule = text(f"policy.first_conflicts.{first}") if project.phase != "regular" else ""
        print(text("cli.documents.doubtful", count=doubtful, rule=rule).strip())


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
