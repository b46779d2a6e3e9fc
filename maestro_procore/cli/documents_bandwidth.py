"""How fast files may go, for everything that this company's programs transfer (F237)."""

import argparse
from typing import TYPE_CHECKING, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.i18n import text
from maestro_procore.model.file_bandwidth import DOWN, UP
from maestro_procore.model.problems import Refused

if TYPE_CHECKING:
    from maestro_procore.wiring import House

WAYS: Final = {"up": UP, "down": DOWN}
OFF: Final = "off"


def add_options(verb: argparse.ArgumentParser) -> None:
    """The options of `documents bandwidth`."""
    for way in WAYS:
        verb.add_argument(
            f"--{way}", type=_kilobytes, metavar="KB/s|off", help=text(f"cli.documents.option.limit_{way}")
        )


def _kilobytes(word: str) -> int | str:
    return OFF if word == OFF else int(word)


def bandwidth(house: "House", arguments: argparse.Namespace) -> int:
    """Changes the limits that are named, and shows both; null is none. Errors: Refused (CFG-12, CFG-19)."""
    asked = {key: getattr(arguments, way) for way, key in WAYS.items() if getattr(arguments, way) is not None}
    if asked:
        problems = house.commands.save_configuration(
            {key: None if value == OFF else value for key, value in asked.items()}
        )
        if problems:
            raise Refused(problems[0])
    values = house.views.settings()
    if arguments.json:
        json_shapes.write({"ok": True, **{way: values[key] for way, key in WAYS.items()}})
        return ALL_WELL
    for way, key in WAYS.items():
        if values[key] is None:
            print(text(f"cli.documents.limit.{way}.none"))
        else:
            print(text(f"cli.documents.limit.{way}", count=values[key]))
    return ALL_WELL
