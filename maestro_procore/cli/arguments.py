"""What can be said on the command line, in the reader's language. Reads nothing but the words themselves.

What a verb does is cli.py.
"""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from maestro_procore import i18n
from maestro_procore.cli import reconcile_verb
from maestro_procore.i18n import Language, text
from maestro_procore.model.link_states import LinkState
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import PROGRAM

Run = Callable[[argparse.Namespace], int]

VALUED: Final = ("--profile", "--sandbox", "--language", "--user")
"""Global options that are followed by a value."""

# argparse's own complaints, as Python 3.11 to 3.14 word them → (text, names of the pattern's groups).
_COMPLAINTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"the following arguments are required: (?P<names>.+)"), "cli.usage.required"),
    (re.compile(r"unrecognized arguments: (?P<names>.+)"), "cli.usage.unknown"),
    (re.compile(r"argument (?P<name>[^:]+): expected (?:one|at least one) argument"), "cli.usage.no_value"),
    (re.compile(r"argument (?P<name>[^:]+): ignored explicit argument (?P<value>.+)"), "cli.usage.takes_none"),
    (
        re.compile(r"argument (?P<name>[^:]+): invalid choice: (?P<value>.+?) \(choose from (?P<choices>.+)\)"),
        "cli.usage.no_choice",
    ),
    (re.compile(r"argument (?P<name>[^:]+): invalid \S+ value: (?P<value>.+)"), "cli.usage.wrong_value"),
)


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, text("cli.usage") if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """Helps and complains in the reader's language. Errors: Refused (CLI-01)."""

    def __init__(self, **options: Any) -> None:
        # An abbreviation that works today would break the day a second option begins like it.
        super().__init__(**{"formatter_class": _Help, "allow_abbrev": False, **options, "add_help": False})
        self._positionals.title = text("cli.heading.arguments")
        self._optionals.title = text("cli.heading.options")
        self.add_argument("-h", "--help", action="help", help=text("cli.option.help"))

    def error(self, message: str) -> NoReturn:
        raise Refused(Problem("CLI-01", {"text": _complaint(message)}))


def _complaint(message: str) -> str:
    for pattern, key in _COMPLAINTS:
        if found := pattern.fullmatch(message):
            return text(key, **found.groupdict())
    return message


def language_of(words: Sequence[str]) -> Language | None:
    """The language asked for, before anything else can be said in it; None when nobody asked."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, _, value = word.partition("=")
        wanted = value or following
        if name == "--language":
            return next((language for language in i18n.LANGUAGES if language == wanted), None)
    return None


def verb_at(words: Sequence[str]) -> int:
    """Where the verb stands behind the global options; the number of words when there is none."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] in VALUED else 1
    return min(place, len(words))


class _Version(argparse.Action):
    """Looked up when somebody asks: reading the installed packages takes longer than everything else here."""

    def __call__(self, parser: argparse.ArgumentParser, *_args: Any, **_options: Any) -> NoReturn:
        from importlib import metadata

        print(f"{parser.prog} {metadata.version(PROGRAM)}")
        parser.exit()


def parser(runs: Mapping[str, Run]) -> Parser:
    """The whole command line. runs: verb → what carries it out; only these verbs are offered."""
    whole = Parser(prog="maestro-procore", description=text("cli.description"), epilog=text("cli.epilog"))
    whole.add_argument("--version", action=_Version, nargs=0, help=text("cli.option.version"))
    whole.add_argument("--profile", type=Path, metavar="DIR", help=text("cli.option.profile"))
    whole.add_argument("--training", action="store_true", help=text("cli.option.training"))
    whole.add_argument("--sandbox", metavar="URL", help=text("cli.option.sandbox"))
    whole.add_argument("--language", choices=i18n.LANGUAGES, help=text("cli.option.language"))
    whole.add_argument("--user", metavar="CODE", help=text("cli.option.user"))
    whole.add_argument("--minimized", action="store_true", help=text("cli.option.minimized"))
    verbs = whole.add_subparsers(
        dest="verb", title=text("cli.heading.commands"), metavar="COMMAND", parser_class=Parser
    )
    for name, run in runs.items():
        told = text(f"cli.verb.{name}")
        verb = verbs.add_parser(name, help=told, description=told)
        if name in _OPTIONS:
            _OPTIONS[name](verb)
        if name not in _WITH_ACTIONS:
            _add_json(verb)
        verb.set_defaults(run=run)
    return whole


def _add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help=text("cli.option.json"))


def _add_no_wait(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--no-wait", action="store_true", help=text("cli.option.no_wait"))


def _add_request(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("request", metavar="REQUEST", help=text("cli.argument.request"))


def _sync(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("elements", nargs="*", metavar="ELEMENT", help=text("cli.argument.elements"))
    verb.add_argument("--full", action="store_true", help=text("cli.option.full"))
    verb.add_argument("--preview", action="store_true", help=text("cli.option.preview"))
    verb.add_argument("--forecast", action="store_true", help=text("cli.option.forecast"))
    verb.add_argument("--project", metavar="CODE", help=text("cli.option.project"))
    verb.add_argument("--accept", action="store_true", help=text("cli.option.accept"))
    verb.add_argument("--confirm", metavar="REQUEST", help=text("cli.option.confirm"))
    _add_no_wait(verb)


def _requests(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--last", type=_at_least_one, default=100, metavar="N", help=text("cli.option.last"))


def _at_least_one(word: str) -> int:
    number = int(word)
    if number < 1:
        raise ValueError(word)
    return number


def _links(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("element", nargs="?", metavar="ELEMENT", help=text("cli.argument.element"))
    states = [state.value for state in LinkState]
    verb.add_argument("--state", choices=states, action="append", help=text("cli.option.link_state"))


def _messages(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("element", nargs="?", metavar="ELEMENT", help=text("cli.argument.element"))


def _resume(verb: argparse.ArgumentParser) -> None:
    _add_request(verb)
    _add_no_wait(verb)


def _configure(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--from", dest="file", type=Path, metavar="FILE", help=text("cli.option.from"))
    verb.add_argument("--url", metavar="URL", help=text("cli.option.url"))
    verb.add_argument("--client-id", metavar="ID", help=text("cli.option.client_id"))
    verb.add_argument("--secret-stdin", action="store_true", help=text("cli.option.secret_stdin"))
    verb.add_argument("--procore-company", type=int, metavar="ID", help=text("cli.option.procore_company"))
    verb.add_argument("--elements", metavar="A,B", help=text("cli.option.elements"))


def _service(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)


def _training(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="training_action", required=True, metavar="ACTION", parser_class=Parser)

    def action(name: str, told: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = actions.add_parser(name, help=told, description=told)
        _add_json(made)
        return made

    reset = action("reset", text("cli.verb.training.reset"))
    reset.add_argument("--company", choices=("small", "reference"), default="small", help=text("cli.option.company"))
    play = action("play", text("training.verb.play"))
    play.add_argument("scenario", choices=("month",), help=text("training.argument.scenario"))
    play.add_argument("--day", type=_at_least_one, required=True, metavar="N", help=text("training.option.day"))
    load = action("load", text("training.verb.load"))
    load.add_argument("file", type=Path, metavar="FILE", help=text("training.argument.file"))


def _knowledge(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="knowledge_action", required=True, metavar="ACTION", parser_class=Parser)
    for name, told in (("export", text("cli.verb.knowledge.export")), ("import", text("cli.verb.knowledge.import"))):
        action = actions.add_parser(name, help=told, description=told)
        _add_json(action)
        action.add_argument("file", type=Path, metavar="FILE", help=text("cli.argument.knowledge_file"))


_WITH_ACTIONS: Final = ("training", "knowledge")
_OPTIONS: Final[dict[str, Callable[[argparse.ArgumentParser], None]]] = {
    "sync": _sync,
    "requests": _requests,
    "actions": _add_request,
    "messages": _messages,
    "links": _links,
    "cancel": _add_request,
    "resume": _resume,
    "reconcile": reconcile_verb.add_options,
    "undo": _resume,
    "configure": _configure,
    "service": _service,
    "training": _training,
    "knowledge": _knowledge,
}
