"""README.md speaks of what exists: its files, rooms, commands and options."""

import argparse
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", README)
PATHS = sorted(
    set(re.findall(r"\]\(([^)#]+)\)", README))
    | {word for word in CODE if re.fullmatch(r"(maestro_procore|resources|packaging|tests)/[\w./-]*", word)}
)


def parser() -> argparse.ArgumentParser:
    from maestro_procore.cli.verbs import command_line

    return command_line()


def verbs() -> dict[str, argparse.ArgumentParser]:
    [choice] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(choice.choices)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_room_is_on_the_map() -> None:
    rooms = {folder.parent.name for folder in (ROOT / "maestro_procore").glob("*/__init__.py")}
    assert rooms and {room for room in rooms if f"`maestro_procore/{room}/`" not in README} == set()


def test_the_order_of_the_rooms_is_the_one_that_is_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert f"`{' → '.join(layers).replace('__main__ → ', '')}`" in README


def test_every_verb_is_described_and_every_described_verb_exists() -> None:
    table = README.split("## Command line")[1].split("##")[0]
    described = {
        command.split()[0]
        for row in table.splitlines()
        if row.startswith("| `")
        for command in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert described == set(verbs())


def test_every_option_it_names_exists() -> None:
    from_scripts = {"--setup-only"}
    known = {
        option for one in (parser(), *verbs().values()) for action in one._actions for option in action.option_strings
    }
    inner = [each for one in verbs().values() for each in one._actions if isinstance(each, argparse._SubParsersAction)]
    below = [one for each in inner for one in each.choices.values()]
    known |= {option for one in below for action in one._actions for option in action.option_strings}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert named and named - known - from_scripts == set()


def test_the_two_commands_stand_as_they_are_typed() -> None:
    for command in ("python3 packaging/run.py", "python3 packaging/test.py"):
        assert re.search(rf"^{re.escape(command)}\b", README, re.MULTILINE)
    assert "python3 packaging/test.py" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
