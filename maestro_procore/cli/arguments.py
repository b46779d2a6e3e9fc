"""What can be said on the command line, in the reader's language. Reads nothing but the words themselves.

What a verb does, and what may stand behind it, is in the verbs_*.py.
"""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from maestro_procore import i18n
from maestro_procore.i18n import Language, text
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import PROGRAM


def _no_options(_verb: argparse.ArgumentParser) -> None:
    """Most verbs that look at something need none."""


class Verb(NamedTuple):
    """A word of the command line: what carries it out, and what may stand behind it."""

    run: Callable[[argparse.Namespace], int]
    add_options: Callable[[argparse.ArgumentParser], None] = _no_options
    has_actions: bool = False
    """Its actions take --json, not the verb itself: `training reset --json`."""


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


def parser(verbs: Mapping[str, Verb]) -> Parser:
    """The whole command line; the help shows the verbs in the order of the table."""
    whole = Parser(prog="maestro-procore", description=text("cli.description"), epilog=text("cli.epilog"))
    whole.add_argument("--version", action=_Version, nargs=0, help=text("cli.option.version"))
    whole.add_argument("--profile", type=Path, metavar="DIR", help=text("cli.option.profile"))
    whole.add_argument("--training", action="store_true", help=text("cli.option.training"))
    whole.add_argument("--sandbox", metavar="URL", help=text("cli.option.sandbox"))
    whole.add_argument("--language", choices=i18n.LANGUAGES, help=text("cli.option.language"))
    whole.add_argument("--user", metavar="CODE", help=text("cli.option.user"))
    whole.add_argument("--minimized", action="store_true", help=text("cli.option.minimized"))
    offered = whole.add_subparsers(
        dest="verb", title=text("cli.heading.commands"), metavar="COMMAND", parser_class=Parser
    )
    for name, verb in verbs.items():
        told = text(f"cli.verb.{name}")
        made = offered.add_parser(name, help=told, description=told)
        verb.add_options(made)
        if not verb.has_actions:
            _add_json(made)
        made.set_defaults(run=verb.run)
    return whole


def _add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help=text("cli.option.json"))


def add_action(actions: "argparse._SubParsersAction[Parser]", name: str, told: str) -> argparse.ArgumentParser:
    """One thing that a verb with actions does, as in `training reset`. told: what the help says of it."""
    made = actions.add_parser(name, help=told, description=told)
    _add_json(made)
    return made


def add_request(verb: argparse.ArgumentParser) -> None:
    """The id or the number of a request."""
    verb.add_argument("request", metavar="REQUEST", help=text("cli.argument.request"))


def at_least_one(word: str) -> int:
    """A count. Errors: ValueError, which argparse words."""
    number = int(word)
    if number < 1:
        raise ValueError(word)
    return number
