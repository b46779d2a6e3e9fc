"""`training reset`, `training play month --day N`, `training load FILE`: the practice company on the command line."""

import argparse
import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.arguments import Parser, Verb, add_action, at_least_one
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.cli.opening import opened
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile, open_profile

if TYPE_CHECKING:  # imported when an action needs it, as in verbs_run.py
    from maestro_procore.training.play import Played, PlayedStep


def _training(arguments: argparse.Namespace) -> int:
    """One action. Errors: Refused."""
    if not arguments.training:
        raise Refused(Problem("CLI-06"))
    return _ACTIONS[arguments.training_action](arguments)


def _reset(arguments: argparse.Namespace) -> int:
    from maestro_procore import training

    profile = open_profile(arguments.profile, training=True)
    with _alone(profile):
        training.reset(profile, arguments.company)
        with opened(arguments):
            pass
    return _said(arguments, text("cli.training.reset.done"))


def _load(arguments: argparse.Namespace) -> int:
    from maestro_procore import training
    from maestro_procore.training import load

    if arguments.sandbox:
        raise Refused(Problem("TRN-07"))
    found = load.read(arguments.file)
    profile = open_profile(arguments.profile, training=True)
    with _alone(profile):
        training.put_in_place(profile, found.to_json())
        with opened(arguments):
            pass
    return _said(arguments, text("training.loaded", file=str(arguments.file)))


@contextlib.contextmanager
def _alone(profile: Profile) -> Iterator[None]:
    """No engine works in the profile meanwhile. Errors: Refused (RUN-01)."""
    from maestro_procore import training
    from maestro_procore.store.lease import FileLease

    lease = FileLease(profile.lease)
    if not lease.take():
        raise Refused(Problem("RUN-01", {"pid": training.engine_process(profile) or "–"}))
    try:
        yield
    finally:
        lease.give_back()


def _said(arguments: argparse.Namespace, sentence: str) -> int:
    if arguments.json:
        json_shapes.write({"ok": True})
    else:
        print(sentence)
    return ALL_WELL


# --- the month --------------------------------------------------------------------------------------


def _play(arguments: argparse.Namespace) -> int:
    from maestro_procore.erp.maestro_company import MaestroCompany
    from maestro_procore.training.play import day_of, play

    day_of(arguments.day)  # a wrong number is told before anything starts
    with opened(arguments) as house:
        assert house.training is not None and isinstance(house.company, MaestroCompany), "of a training profile"
        control = house.training.start_line()["control"]
        played = play(house.profile, house.company, control, arguments.day, house.clock.now)
    if arguments.json:
        json_shapes.write(_shown(played))
        return ALL_WELL
    print(text("training.played", day=str(played.day.number), date=played.day.falls_on, text=_sentence(played)))
    if played.earlier:
        print(text("training.earlier", days=", ".join(map(str, played.earlier))))
    written = sum(step.is_written for step in played.steps)
    print(text("training.steps", count=len(played.steps), written=written))
    return ALL_WELL


def _sentence(played: "Played") -> str:
    """What happens on that day, in the reader's language."""
    day = played.day
    if day.cutoff is not None:
        return text("training.month.end")
    return text("training.month.holiday") if day.is_quiet else text(f"training.month.day.{day.number}")


def _shown(played: "Played") -> dict[str, Any]:
    day = played.day
    return {
        "ok": True,
        "day": day.number,
        "date": day.falls_on.isoformat(),
        "text": _sentence(played),
        "topics": list(day.topics),
        "earlier": played.earlier,
        "steps": [_step(step) for step in played.steps],
        "expected": [
            {"element": each.element, "record": each.record, "outcome": each.outcome.value, "code": each.code or None}
            for each in day.expected
        ],
        "clicks": day.clicks,
        "is_quiet": day.is_quiet,
        "cutoff": None if day.cutoff is None else day.cutoff.isoformat(),
    }


def _step(played: "PlayedStep") -> dict[str, Any]:
    step = played.step
    return {
        "day": played.day,
        "side": "maestro" if step.is_in_maestro else "procore",
        "act": step.act.value,
        "place": step.place,
        "record": _plain(step.match),
        "values": _plain(step.values),
        "written": played.is_written,
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    from maestro_procore.training.play import shown

    return {name: shown(value) for name, value in values.items()}


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "reset": _reset,
    "play": _play,
    "load": _load,
}


# --- what may stand after the verb


def _add_options(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="training_action", required=True, metavar="ACTION", parser_class=Parser)
    reset = add_action(actions, "reset", text("cli.verb.training.reset"))
    reset.add_argument("--company", choices=("small", "reference"), default="small", help=text("cli.option.company"))
    play = add_action(actions, "play", text("training.verb.play"))
    play.add_argument("scenario", choices=("month",), help=text("training.argument.scenario"))
    play.add_argument("--day", type=at_least_one, required=True, metavar="N", help=text("training.option.day"))
    load = add_action(actions, "load", text("training.verb.load"))
    load.add_argument("file", type=Path, metavar="FILE", help=text("training.argument.file"))


VERBS: Final[Mapping[str, Verb]] = {"training": Verb(_training, _add_options, has_actions=True)}
