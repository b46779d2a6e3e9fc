"""The set-up without a window: what options, a file and standard input ask for; saved whole or not at all."""

import argparse
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from maestro_procore.logs import Secret, redact
from maestro_procore.model import settings as settings_table
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:
    from maestro_procore.wiring import House

# What a settings file may call a setting: the name of the option, or the name of the setting itself.
_OPTIONS: Final = {"url": "api_url", "client-id": "client_id", "procore-company": "procore_company_id"}
_FORBIDDEN: Final = ("secret", "password")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be set. elements: the ticked ones, None to leave the ticks as they are."""

    changes: Mapping[str, Any]
    elements: frozenset[str] | None
    secret: Secret | None


def wish_of(arguments: argparse.Namespace, standard_input: TextIO) -> Wish:
    """File first, then options; the password from standard input only.

    Errors: Refused (CFG-14, CFG-16, CLI-02).
    """
    changes = _from_file(arguments.file) if arguments.file is not None else {}
    ticked = changes.pop("elements", None)
    given = {
        "api_url": arguments.url,
        "client_id": arguments.client_id,
        "procore_company_id": arguments.procore_company,
    }
    changes |= {key: value for key, value in given.items() if value is not None}
    ticked = arguments.elements if arguments.elements is not None else ticked
    secret = None
    if arguments.secret_stdin:
        secret = Secret(standard_input.readline().strip())
        if not secret:
            raise Refused(Problem("CFG-14", {"field": "client_password"}))
    return Wish(changes, None if ticked is None else _elements(ticked), secret)


def _elements(named: Any) -> frozenset[str]:
    words = named.replace(",", " ").split() if isinstance(named, str) else list(map(str, named))
    for word in words:
        if word not in ELEMENTS or not ELEMENTS[word].is_built:
            raise Refused(Problem("CLI-02", {"name": word}))
    return frozenset(words)


def _from_file(file: Path) -> dict[str, Any]:
    """Settings by their own names, from JSON or TOML."""
    try:
        content = file.read_text(encoding="utf-8-sig")
        held = tomllib.loads(content) if file.suffix.lower() == ".toml" else json.loads(content)
    except (OSError, ValueError) as error:
        raise Refused(Problem("CFG-16", {"file": str(file), "text": str(redact(str(error)))})) from error
    if not isinstance(held, dict):
        raise Refused(Problem("CFG-16", {"file": str(file), "text": "{…}"}))
    for key in held:
        # A password in a file would be readable for ever: it belongs to the key ring.
        if any(word in key.lower() for word in _FORBIDDEN):
            raise Refused(Problem("CFG-16", {"file": str(file), "text": key}))
    named = {_OPTIONS.get(key.replace("_", "-"), key): value for key, value in held.items()}
    return {key: _typed(key, value) for key, value in named.items()}


def _typed(key: str, value: Any) -> Any:
    """A number written as text is a number; whatever else does not fit is refused by the table of settings."""
    setting = settings_table.SETTINGS.get(key)
    is_number = setting is not None and setting.kind is int and isinstance(value, str) and value.isdecimal()
    return int(value) if is_number else value


def save(house: "House", wish: Wish) -> tuple[list[Problem], list[Problem]]:
    """What keeps it from being saved (then nothing was), and what to know about what was saved."""
    held = house.views.settings()
    if wish.secret is not None and not wish.changes.get("client_id", held["client_id"]):
        return [Problem("CFG-14", {"field": "client_id"})], []
    problems = house.commands.save_configuration(wish.changes, wish.secret)
    if problems:
        return problems, []
    if wish.elements is not None:
        for element in house.views.elements():
            house.commands.enable(element.name, element.name in wish.elements)
    return [], _notices(house, wish)


def _notices(house: "House", wish: Wish) -> list[Problem]:
    found = []
    if url := wish.changes.get("api_url"):
        found.append(house.commands.check_url(str(url)))
    if wish.secret is not None:
        found.append(getattr(house.secrets, "reason", None))
    return [notice for notice in found if isinstance(notice, Problem)]
