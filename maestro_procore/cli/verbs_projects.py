"""Verb that concerns a project as a whole: `project CODE inactive|active`."""

import argparse
from collections.abc import Mapping
from typing import Final

from maestro_procore.cli.arguments import Verb
from maestro_procore.cli.opening import opened
from maestro_procore.cli.verbs_run import add_no_wait, worked_off
from maestro_procore.i18n import text

ACTIVE, INACTIVE = "active", "inactive"


def _project(arguments: argparse.Namespace) -> int:
    """Sets a project active or inactive in Procore, and waits for the end."""
    with opened(arguments) as house:
        request = house.commands.set_in_use(arguments.code, is_active=arguments.use == ACTIVE)
        return worked_off(house, request["id"], arguments)


def _add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("code", metavar="CODE", help=text("cli.argument.project"))
    verb.add_argument("use", choices=(INACTIVE, ACTIVE), help=text("cli.argument.use"))
    add_no_wait(verb)


VERBS: Final[Mapping[str, Verb]] = {"project": Verb(_project, _add_options)}
