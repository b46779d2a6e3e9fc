"""Opens the program in training mode; makes everything it needs first. Standard library only.

    python3 packaging/run.py

Without a display it synchronizes the training company in the terminal instead.
Arguments other than its own go to the program, for example: packaging/run.py sync projects --json
"""

import argparse
import os
import sys
from collections.abc import Mapping

import python_check  # noqa: F401  it stops an old Python before the lines below, which that could not read
from children import follow
from environment import ROOT, SetUpFailed, make_ready
from system_packages import NEEDS, provide, provide_venv
from words import say, text

# Options of the program that stand before its verb and take a value (maestro_procore/cli/arguments.py).
GLOBAL_OPTIONS_WITH_VALUE = ("--profile", "--sandbox", "--language", "--user")
# Qt aborts the whole process when it cannot open a window, so a process of its own finds out.
CAN_OPEN_WINDOW = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
SAME_JOB = ("sync", "all")


def has_display(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a screen is announced. Windows and macOS always have one; Linux says so in the environment."""
    if platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def names_a_verb(arguments: list[str]) -> bool:
    """Whether the arguments ask for something else than the window, such as `sync` or `status`."""
    words = iter(arguments)
    for word in words:
        if word in GLOBAL_OPTIONS_WITH_VALUE:
            next(words, None)
        elif not word.startswith("-") or word in ("--help", "-h", "--version"):
            return True
    return False


def program_arguments(given: list[str], window: bool) -> list[str]:
    """What follows `python -m maestro_procore`: always training, and the job of the window where there is none."""
    if window or names_a_verb(given):
        return ["--training", *given]
    # --minimized is about a window; the other options stand before the verb as they were given.
    return ["--training", *[word for word in given if word != "--minimized"], *SAME_JOB]


def how_to_open(display: bool, platform: str = sys.platform) -> str:
    """What to do to see the window, after the same job ran in the terminal."""
    command = "py packaging\\run.py" if platform == "win32" else "python3 packaging/run.py"
    return text("display_unreachable" if display else "no_display", command=command)


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and everything else in its order for the program."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=text("help_run"),
        epilog=text("help_run_arguments"),
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("--setup-only", action="store_true", help=text("help_setup_only"))
    if arguments in (["--help"], ["-h"]):
        parser.print_help()
        sys.exit(0)
    return parser.parse_known_args(arguments)


def main(arguments: list[str]) -> int:
    """The exit code of the program; 1 when the set-up failed."""
    own, given = parse(arguments)
    display = has_display(sys.platform, os.environ)
    try:
        if not provide_venv(say):
            return 1
        python = make_ready("run")
    except SetUpFailed as failure:
        say(str(failure))
        return 1
    provide(NEEDS["window" if display else "terminal"], python.parent.parent / "system-packages-tried", say)
    if own.setup_only:
        return 0
    window = display and (sys.platform in ("win32", "darwin") or names_a_verb(given) or can_open_window(str(python)))
    code = follow([str(python), "-m", "maestro_procore", *program_arguments(given, window)], folder=ROOT)
    if not window and not names_a_verb(given):
        say("\n" + how_to_open(display))
    return code


def can_open_window(python: str) -> bool:
    """Whether Qt reaches the announced display with the libraries at hand. Takes about 0.2 s."""
    return follow([python, "-c", CAN_OPEN_WINDOW], folder=ROOT, each_line=lambda line: None) == 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
