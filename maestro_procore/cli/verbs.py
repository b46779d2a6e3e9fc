"""The command line: every verb opens the profile, asks a command or a view, prints, and says how it went.

`--json` stands after any verb: one document on standard output and nothing else there.
Exit codes: 0 all well, 1 some records have errors, 2 wrong usage or configuration,
3 waiting for the call limit, 4 the other side cannot be reached; 128 + n after signal n.
What a verb does is in the module of its topic (verbs_*.py), the JSON in json_shapes.py, the tables in terminal.py.
"""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from maestro_procore import i18n
from maestro_procore.cli import (
    exit_codes,
    json_shapes,
    verbs_audit,
    verbs_connections,
    verbs_documents,
    verbs_look,
    verbs_projects,
    verbs_reconcile,
    verbs_run,
    verbs_set_up,
    verbs_support,
    verbs_training,
)
from maestro_procore.cli.arguments import Verb, language_of, parser, verb_at
from maestro_procore.cli.exit_codes import SIGNALLED, SOME_ERRORS, problem_of
from maestro_procore.cli.opening import refuse_stray_sandbox, tell
from maestro_procore.logs import start_logging
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import open_profile


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Never shows a trace to a person: a problem has a code, a sentence and a remedy."""
    words = list(sys.argv[1:] if argv is None else argv)
    i18n.set_language(language_of(words) or i18n.system_language())
    wants_json = "--json" in words
    try:
        place = verb_at(words)
        if words[place : place + 1] == ["sandbox"]:
            return _sandbox(_parsed(words[:place]), words[place + 1 :])
        arguments = _parsed(words)
        return int(arguments.run(arguments)) if arguments.verb is not None else _window(arguments)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_ERRORS
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    except Exception as error:  # the edge of the program
        return _complain(problem_of(error), wants_json)


def command_line() -> argparse.ArgumentParser:
    """Every verb and option."""
    return parser(_VERBS)


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    return command_line().parse_args(words)


def _complain(problem: Problem, wants_json: bool) -> int:
    if wants_json:
        json_shapes.write({"ok": False, "problems": json_shapes.problems([problem])})
    else:
        tell(problem)
    return exit_codes.of_problems([problem])


def _window(arguments: argparse.Namespace) -> int:
    refuse_stray_sandbox(arguments)
    if not _has_display():
        raise Refused(Problem("CLI-08"))  # Qt would abort the process instead
    from maestro_procore.engine.memory import collect_seldom
    from maestro_procore.gui.application import run

    collect_seldom()
    profile = open_profile(arguments.profile, training=arguments.training)
    stop_logging = start_logging(profile.logs, "window")

    def open_desk() -> Any:
        from maestro_procore.wiring import House

        return House(profile, arguments.training, arguments.sandbox, arguments.user).desk()

    def forget() -> None:
        stop_logging()
        verbs_support.remove(arguments)

    return run(
        open_desk,
        profile,
        is_training=arguments.training,
        minimized=arguments.minimized,
        language=arguments.language,
        forget=forget,
    )


def _has_display() -> bool:
    """False on a Unix session without a screen, unless Qt was told to do without one."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _sandbox(arguments: argparse.Namespace, words: Sequence[str]) -> int:
    """The sandbox alone; with a profile, in the world that the training program of this profile sees."""
    from maestro_procore.sandbox.server import main as run_sandbox

    rest = [word for word in words if word != "--json"]  # its one line is JSON anyway
    if arguments.profile is not None:
        rest += ["--profile", str(open_profile(arguments.profile, training=True).sandbox)]
    return run_sandbox(rest)


_VERBS: Final[Mapping[str, Verb]] = {
    **verbs_run.VERBS,
    **verbs_look.VERBS,
    **verbs_projects.VERBS,
    **verbs_reconcile.VERBS,
    **verbs_documents.VERBS,
    **verbs_connections.VERBS,
    **verbs_set_up.VERBS,
    **verbs_audit.VERBS,
    **verbs_support.VERBS,
    "sandbox": Verb(lambda arguments: _sandbox(arguments, [])),
    **verbs_training.VERBS,
}
