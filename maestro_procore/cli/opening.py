"""Opening the profile that the command line names, and telling a person what is the matter with it."""

import argparse
import contextlib
import gc
import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from maestro_procore import i18n
from maestro_procore.cli.exit_codes import FAULT, problem_of
from maestro_procore.logs import ProgramName, start_logging
from maestro_procore.model.problems import Problem, Refused, said
from maestro_procore.places import open_profile

if TYPE_CHECKING:  # imported when a verb needs it: the window paints before any of it is loaded
    from maestro_procore.wiring import House

log = logging.getLogger(__name__)


def tell(problem: Problem) -> None:
    """Its code, sentence and remedy on standard error, in the reader's language."""
    print(f"{problem.code}: {said(problem, i18n.current_language())}", file=sys.stderr)


def refuse_stray_sandbox(arguments: argparse.Namespace) -> None:
    """A sandbox is for training only. Errors: Refused (CLI-06)."""
    if arguments.sandbox and not arguments.training:
        raise Refused(Problem("CLI-06"))


@contextlib.contextmanager
def opened(arguments: argparse.Namespace, program: ProgramName = "command") -> "Iterator[House]":
    """The house of the profile that the options name, and the log of this process."""
    refuse_stray_sandbox(arguments)
    profile = open_profile(arguments.profile, training=arguments.training)
    stop_logging = start_logging(profile.logs, program)
    try:
        with _no_garbage():
            from maestro_procore.wiring import House

        with contextlib.closing(House(profile, arguments.training, arguments.sandbox, arguments.user)) as house:
            if arguments.language is None and (chosen := house.views.settings()["language"]):
                i18n.set_language(chosen)
            yield house
    except Exception as error:
        if problem_of(error).code == FAULT:
            log.exception("the command failed")  # while there is still a log
        raise
    finally:
        stop_logging()


@contextlib.contextmanager
def _no_garbage() -> Iterator[None]:
    """Importing makes a million objects and no garbage; looking for it takes a tenth of the time (measured)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
