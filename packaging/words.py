"""The few sentences of the set-up in the reader's language; they come before the program's own catalogues work."""

import functools
import itertools
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

WORDS = Path(__file__).with_name("words.toml")
NBSP = "\u00a0"
WINDOWS_FRENCH = 0x0C


def reader_language(arguments: Sequence[str], environment: Mapping[str, str], windows_language: int = 0) -> str:
    """ "fr" or "en": asked for with --language, else that of the session, else English.

    windows_language: the language number of the Windows session, whose low ten bits are the language; 0 elsewhere.
    """
    for option, value in itertools.zip_longest(arguments, arguments[1:]):
        if option in ("--language=fr", "--language=en"):
            return option[-2:]
        if option == "--language" and value in ("fr", "en"):
            return value
    # The order in which a POSIX session settles the language of messages.
    session = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    if session not in ("C", "POSIX") and environment.get("LANGUAGE"):
        session = environment["LANGUAGE"]
    return "fr" if session.startswith("fr") or windows_language & 0x3FF == WINDOWS_FRENCH else "en"


@functools.cache
def language() -> str:
    """The language of whoever started this process."""
    number = 0
    if sys.platform == "win32":
        import ctypes

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
    return reader_language(sys.argv[1:], os.environ, number)


def text(key: str, **places: object) -> str:
    """One sentence with its places filled. Errors: KeyError for an unknown key or an unfilled place."""
    sentence = tomllib.loads(WORDS.read_text(encoding="utf-8"))[key][language()]
    if language() == "fr":
        sentence = sentence.replace(" :", NBSP + ":")
    return str(sentence.format(**places))


def say(line: str) -> None:
    """One line for the person; on the error channel, because standard output belongs to the program (--json)."""
    print(line, file=sys.stderr, flush=True)
