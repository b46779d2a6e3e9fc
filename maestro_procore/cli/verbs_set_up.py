"""Verbs of IT and the technician: `configure`, `doctor`, `service`, `knowledge`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from maestro_procore.cli import engine_run, exit_codes, json_shapes
from maestro_procore.cli.arguments import Parser, Verb, add_action
from maestro_procore.cli.exit_codes import ALL_WELL, WRONG_USAGE, problem_of
from maestro_procore.cli.opening import opened, tell
from maestro_procore.i18n import text
from maestro_procore.model.problems import Refused
from maestro_procore.places import PlaceRefused


def _configure(arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import configuration

    wish = configuration.wish_of(arguments, sys.stdin)
    with opened(arguments) as house:
        problems, notices = configuration.save(house, wish)
    if arguments.json:
        json_shapes.write({"ok": not problems, "problems": json_shapes.problems([*problems, *notices])})
    else:
        for problem in [*problems, *notices]:
            tell(problem)
        if not problems:
            print(text("cli.configure.done"))
    return WRONG_USAGE if problems else ALL_WELL


def _doctor(arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import doctor

    try:
        with opened(arguments) as house:
            checks = asyncio.run(doctor.examine(house))
    except (Refused, PlaceRefused) as refused:
        if isinstance(refused, Refused) and refused.problem.code == "CLI-06":
            raise
        checks = doctor.of_closed_profile(arguments.profile, arguments.training, problem_of(refused))
    failed = [check for check in checks if not check.is_ok]
    if arguments.json:
        json_shapes.write({"ok": not failed, "checks": [json_shapes.check_row(check) for check in checks]})
    else:
        from maestro_procore.cli import terminal

        terminal.show_checks(checks)
    return (
        exit_codes.of_problems([check.problem for check in failed if check.problem is not None]) if failed else ALL_WELL
    )


def _knowledge(arguments: argparse.Namespace) -> int:
    """Explained answers, out to a file or in from one."""
    with opened(arguments) as house:
        commands = house.commands.knowledge
        if arguments.knowledge_action == "export":
            done = {"explanations": commands.export(arguments.file)}
            told = text("manager.knowledge.exported", count=done["explanations"], file=str(arguments.file))
        else:
            done = commands.take_in(arguments.file).to_json()
            told = text("manager.knowledge.imported", **done)
    if arguments.json:
        json_shapes.write({"ok": True, **done})
    else:
        print(told)
    return ALL_WELL


def _service(arguments: argparse.Namespace) -> int:
    # Until the loop listens itself, a signal ends the imports, which alone take longer than a scheduler waits.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ALL_WELL))
    with opened(arguments, "service") as house:
        if sys.stderr.isatty():
            print(text("cli.service.started"), file=sys.stderr)
        asyncio.run(engine_run.until_told(house, arguments.until_stdin_closes))
    if arguments.json:
        json_shapes.write({"ok": True})
    elif sys.stderr.isatty():
        print(text("cli.service.ended"), file=sys.stderr)
    return ALL_WELL


# --- what may stand after these verbs


def _add_configure_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--from", dest="file", type=Path, metavar="FILE", help=text("cli.option.from"))
    verb.add_argument("--url", metavar="URL", help=text("cli.option.url"))
    verb.add_argument("--client-id", metavar="ID", help=text("cli.option.client_id"))
    verb.add_argument("--secret-stdin", action="store_true", help=text("cli.option.secret_stdin"))
    verb.add_argument("--procore-company", type=int, metavar="ID", help=text("cli.option.procore_company"))
    verb.add_argument("--elements", metavar="A,B", help=text("cli.option.elements"))


def _add_service_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)


def _add_knowledge_options(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="knowledge_action", required=True, metavar="ACTION", parser_class=Parser)
    for name, told in (("export", text("cli.verb.knowledge.export")), ("import", text("cli.verb.knowledge.import"))):
        add_action(actions, name, told).add_argument(
            "file", type=Path, metavar="FILE", help=text("cli.argument.knowledge_file")
        )


VERBS: Final[Mapping[str, Verb]] = {
    "configure": Verb(_configure, _add_configure_options),
    "doctor": Verb(_doctor),
    "service": Verb(_service, _add_service_options),
    "knowledge": Verb(_knowledge, _add_knowledge_options, has_actions=True),
}
