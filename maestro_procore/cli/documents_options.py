"""What may be chosen of a project beside its tools: the message at completion, attachments, private items."""

import argparse
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import text
from maestro_procore.model.file_items import Flow
from maestro_procore.model.file_mail import MAIL_LANGUAGES
from maestro_procore.model.problems import Problem

ON: Final = "on"
DAILY_LOG: Final = "daily_log"
SWITCH: Final = (ON, "off")

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House


def add_to_notify(notify: argparse.ArgumentParser) -> None:
    """The options of `documents notify PROJECT`."""
    what = notify.add_mutually_exclusive_group()
    what.add_argument("--to", nargs="+", metavar="ADDRESS", help=_help("mail_to"))
    what.add_argument("--off", action="store_true", help=_help("mail_off"))
    what.add_argument("--usual", action="store_true", help=_help("mail_usual"))
    what.add_argument("--again", action="store_true", help=_help("mail_again"))
    notify.add_argument("--mail-language", choices=MAIL_LANGUAGES, help=_help("mail_language"))


def arrows(project: "FileProjectRow") -> str:
    """Every tool with the way it is synchronized."""
    return ", ".join(f"{pair.tool} {Flow(pair.flow).arrow}" for pair in project.pairs)


def add_to_options(options: argparse.ArgumentParser) -> None:
    """The options of `documents options PROJECT`."""
    options.add_argument("--daily-log-attachments", choices=SWITCH, help=_help("daily_log_attachments"))
    options.add_argument("--private-items", choices=SWITCH, help=_help("private_items"))


def change(house: "House", project: "FileProjectRow", arguments: argparse.Namespace) -> None:
    """Changes what an option names. Errors: Refused (CFG-12, DOC-18)."""
    if arguments.private_items is not None:
        house.commands.files.change_settings(project.id, {"copies_private": arguments.private_items == ON})
    if arguments.daily_log_attachments is not None:
        house.commands.files.attach_to_daily_log(project.id, arguments.daily_log_attachments == ON)


def show(project: "FileProjectRow", arguments: argparse.Namespace) -> int:
    """What was chosen; None for the Daily Log of a project without one."""
    log = next((pair for pair in project.pairs if pair.tool == DAILY_LOG), None)
    chosen = {
        "daily_log_attachments": log and Flow(log.flow).adds,
        "private_items": bool(project.settings.get("copies_private")),
    }
    if arguments.json:
        json_shapes.write({"ok": True, **chosen})
        return ALL_WELL
    for name, is_on in chosen.items():
        state = "none" if is_on is None else SWITCH[not is_on]
        print(text(f"cli.documents.chosen.{name}", state=text(f"cli.documents.switch.{state}")))
    return ALL_WELL


def notify(house: "House", project: "FileProjectRow", arguments: argparse.Namespace) -> int:
    """Changes who is told, where an option says so, and shows how it is. Errors: Refused (DOC-60, CFG-12)."""
    chosen = _recipients(project, arguments)
    if chosen is not _SAME or arguments.mail_language is not None:
        to = project.settings.get("mail_to") if chosen is _SAME else chosen
        language = arguments.mail_language or project.settings.get("mail_language")
        house.commands.files.notify(project.id, to, language)
    state = house.commands.files.notification(project.id)
    if arguments.json:
        problem = state["problem"]
        shown = json_shapes.problems([Problem.from_json(problem)])[0] if problem else None
        sent_at = state["sent_at"].isoformat() if state["sent_at"] else None
        json_shapes.write({**state, "problem": shown, "sent_at": sent_at})
    else:
        _say(state)
    return ALL_WELL


_SAME = object()


def _recipients(project: "FileProjectRow", arguments: argparse.Namespace) -> Any:
    if arguments.to:
        return [address for word in arguments.to for address in word.split(",") if address]
    if arguments.off:
        return []
    return None if arguments.usual else _SAME


def _say(state: dict[str, Any]) -> None:
    to = ", ".join(state["to"])
    print(text("cli.documents.mail.to", to=to) if to else text("cli.documents.mail.nobody"))
    if state["state"]:
        print(text(f"cli.documents.mail.{state['state']}"))


def _help(name: str) -> str:
    return text(f"cli.documents.option.{name}")
