"""Verbs for help and for leaving: `support-bundle`, `forget`."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.arguments import Verb
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.cli.opening import opened
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import open_profile

if TYPE_CHECKING:
    from maestro_procore.store.secret_names import NotedSecrets


def _bundle(arguments: argparse.Namespace) -> int:
    """Writes what a helper needs into one file; nothing is sent to anybody."""
    with opened(arguments) as house:
        parts = list(house.desk().support(arguments.file))
    if arguments.json:
        json_shapes.write({"ok": True, "file": str(arguments.file), "parts": parts})
    else:
        print(text("support.written", file=str(arguments.file)))
    return ALL_WELL


def _forget(arguments: argparse.Namespace) -> int:
    """Removes everything that this program keeps on this computer; without --yes it only tells what that is."""
    profile = open_profile(arguments.profile, training=arguments.training)
    if not arguments.yes:
        raise Refused(Problem("CLI-20", {"folder": str(profile.root)}))
    gone = remove(arguments)
    if arguments.json:
        json_shapes.write({"ok": True, "removed": [path.name for path in gone]})
    else:
        print(text("support.forgotten", folder=str(profile.root)))
    return ALL_WELL


def remove(arguments: argparse.Namespace) -> list[Path]:
    """What went of the profile that the options name. Errors: Refused (CLI-21, DOC-37)."""
    from maestro_procore.store import removal

    profile = open_profile(arguments.profile, training=arguments.training)
    return removal.remove(profile, _secrets(arguments), with_company=arguments.training)


def _secrets(arguments: argparse.Namespace) -> "NotedSecrets | None":
    """Not through the house: a profile that is damaged can be removed as well."""
    if arguments.training:
        return None
    from maestro_procore.store.secret_names import NotedSecrets
    from maestro_procore.store.secrets import KeyRingSecrets

    return NotedSecrets(KeyRingSecrets(), open_profile(arguments.profile).root)


def _add_bundle_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", type=Path, metavar="FILE", help=text("cli.argument.support_file"))


def _add_forget_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--yes", action="store_true", help=text("cli.option.forget_yes"))


VERBS: Final[Mapping[str, Verb]] = {
    "support-bundle": Verb(_bundle, _add_bundle_options),
    "forget": Verb(_forget, _add_forget_options),
}
