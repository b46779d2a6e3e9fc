"""Plays a day of the month scenario on both sides of a training profile.

What the days hold is data (sandbox/month.py). A day that was played changes nothing when it is played again; one that
was cut short goes on where it stood, and days before it that are missing are played first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from filelock import FileLock

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile
from maestro_procore.sandbox.month import month
from maestro_procore.sandbox.month_steps import Act, Day, Ref, Step
from maestro_procore.training.progress import Progress
from maestro_procore.training.sides import MaestroSide, ProcoreSide, Row

_LOCK = "month.lock"


@dataclass(frozen=True)
class PlayedStep:
    """One step and what it did. is_written: False when its outcome stood already."""

    day: int
    step: Step
    is_written: bool


@dataclass
class Played:
    """What was done. earlier: numbers of days that had to be played first, or finished; their steps are listed too."""

    day: Day
    steps: list[PlayedStep] = field(default_factory=list)
    earlier: list[int] = field(default_factory=list)


def day_of(number: int) -> Day:
    """Errors: Refused (TRN-01) when the month has no such day."""
    days = month()
    if not 1 <= number <= len(days):
        raise Refused(Problem("TRN-01", {"day": number, "n": len(days)}))
    return days[number - 1]


def play(profile: Profile, company: MaestroCompany, control: str, number: int, now: Callable[[], datetime]) -> Played:
    """Carry out one day. control: address of the sandbox's control interface.

    Errors: Refused: TRN-01 no such day, TRN-02 a record that the day works on is missing, TRN-03 the sandbox will not.
    """
    played = Played(day_of(number))
    with FileLock(profile.root / _LOCK):
        progress = Progress(profile.root)
        player = Player(MaestroSide(company, now), ProcoreSide(control))
        for day in month()[:number]:
            is_asked_for = day.number == number
            if progress.has(day.number) and progress.of(day.number) == len(day.steps):
                played.steps += [PlayedStep(number, step, False) for step in day.steps if is_asked_for]
                continue
            if not is_asked_for:
                played.earlier.append(day.number)
            _play_day(day, player, progress, played)
    return played


def _play_day(day: Day, player: "Player", progress: Progress, played: Played) -> None:
    first = progress.of(day.number)
    played.steps += [PlayedStep(day.number, step, False) for step in day.steps[:first]]
    if not day.steps:
        progress.note(day.number, 0)
    for place, step in enumerate(day.steps[first:], start=first + 1):
        try:
            is_written = player.carry_out(step)
        except Missing as missing:
            told = Problem("TRN-02", {"day": day.number, "record": missing.told, "system": missing.system})
            raise Refused(told) from None
        played.steps.append(PlayedStep(day.number, step, is_written))
        progress.note(day.number, place)


class Missing(Exception):
    """A step needs exactly one record, and there is none, or several."""

    def __init__(self, place: str, match: Mapping[str, Any]) -> None:
        self.told = f"{place} {', '.join(f'{name} {shown(value)}' for name, value in match.items())}"
        self.system = "maestro" if place.startswith("m_") else "procore"
        super().__init__(self.told)


def shown(value: Any) -> Any:
    """A value of a step as plain data: a reference by what describes its record."""
    if isinstance(value, Ref):
        return {"place": value.place, **{name: shown(each) for name, each in value.match.items()}}
    return value


class Player:
    """Carries out single steps. Each may be repeated."""

    def __init__(self, maestro: MaestroSide, procore: ProcoreSide) -> None:
        self._maestro, self._procore = maestro, procore
        self._acts: dict[Act, Callable[[Step, Row, Row], bool]] = {
            Act.ENTER: self._enter,
            Act.CHANGE: self._change,
            Act.REMOVE: self._remove,
            Act.MERGE: self._merge,
            Act.RECOUNT: self._recount,
        }

    def carry_out(self, step: Step) -> bool:
        """True when something was written, False when the outcome stood. Errors: Missing, Refused, CompanyRefused."""
        match = {name: self._value(value) for name, value in step.match.items()}
        values = {name: self._value(value) for name, value in step.values.items()}
        return self._acts[step.act](step, match, values)

    def _side(self, place: str) -> MaestroSide | ProcoreSide:
        return self._maestro if place.startswith("m_") else self._procore

    def _value(self, value: Any) -> Any:
        if not isinstance(value, Ref):
            return value
        match = {name: self._value(each) for name, each in value.match.items()}
        found = self._side(value.place).find(value.place, match)
        if len(found) != 1:
            raise Missing(value.place, value.match)
        return found[0][value.column]

    def _enter(self, step: Step, match: Row, values: Row) -> bool:
        side = self._side(step.place)
        if side.find(step.place, match):
            return False
        side.enter(step.place, {**match, **values})
        return True

    def _change(self, step: Step, match: Row, values: Row) -> bool:
        side = self._side(step.place)
        found = side.find(step.place, match)
        if not found:
            # A step that changes what describes its record, and was cut short after it.
            renamed = {name: values.get(name, value) for name, value in match.items()}
            if renamed == match or not side.find(step.place, renamed):
                raise Missing(step.place, step.match)
            return False
        different = [row for row in found if not side.holds(step.place, row, values)]
        for row in different:
            side.change(step.place, row, values)
        return bool(different)

    def _remove(self, step: Step, match: Row, values: Row) -> bool:
        del values
        side = self._side(step.place)
        found = side.find(step.place, match)
        for row in found:
            side.remove(step.place, row)
        return bool(found)

    def _merge(self, step: Step, match: Row, values: Row) -> bool:
        found = [row for row in self._procore.find(step.place, match) if row["id"] != values["merged_into"]]
        for row in found:
            self._procore.change(step.place, row, values)
        return bool(found)

    def _recount(self, step: Step, match: Row, values: Row) -> bool:
        del values
        found = self._maestro.find(step.place, match)
        if len(found) != 1:
            raise Missing(step.place, step.match)
        changes = self._maestro.find("m_budget_change", {**match, "status": "approved"})
        total = (found[0]["original_cost"] or Decimal(0)) + sum((row["amount"] for row in changes), Decimal(0))
        wanted = {"modified_cost": total}
        if self._maestro.holds(step.place, found[0], wanted):
            return False
        self._maestro.change(step.place, found[0], wanted)
        return True
