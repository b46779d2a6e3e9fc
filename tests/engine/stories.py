"""Stories of many conditions in one company: each is made, the elements run, and what was told of whom is kept."""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from maestro_procore.model.elements import RECONCILIATION
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row
from tests.engine.world import World

Maker = Callable[[World], "str | Awaitable[str]"]
"""Makes a condition; how the run calls the record: its key, its Procore id, its project or its name."""


@dataclass(frozen=True, eq=False)
class Step:
    """Conditions that are made, then elements that run, of all projects, of one, or of one record.

    runs: "budgets", "budgets@26003", "projects#26011", "reconciliation@26003".
    before: what has to be there and is told by nobody.
    """

    runs: tuple[str, ...]
    conditions: Mapping[str, Maker] = field(default_factory=dict)
    before: tuple[Maker, ...] = ()


@dataclass(frozen=True, eq=False)
class Story:
    """One company. switches: of its sandbox. is_strict: False where Procore itself leaves its documents."""

    steps: tuple[Step, ...]
    switches: Mapping[str, Any] = field(default_factory=lambda: {"tools_without_template": "active"})
    is_strict: bool = True

    @property
    def codes(self) -> list[str]:
        return [code for step in self.steps for code in step.conditions]


Told = dict[str, list[tuple[frozenset[str], Problem]]]
"""Code → the names of what was told, with the message."""


async def play(story: Story, folder: Path) -> tuple[Told, dict[str, str]]:
    """All that the runs told, and code → the record that was to be told."""
    world = World(folder, switches=dict(story.switches), strict=story.is_strict)
    told: Told = {}
    wanted: dict[str, str] = {}
    for step in story.steps:
        for prepare in step.before:
            await made(prepare, world)
        for code, make in step.conditions.items():
            wanted[code] = await made(make, world)
        for run in step.runs:
            element, sign, name = re.fullmatch(r"([a-z-]+)([@#]?)(.*)", run).groups()  # type: ignore[union-attr]
            scope = {"@": {"project": name}, "#": {"keys": [name]}, "": {}}[sign]
            if element == RECONCILIATION:
                _read(world, await world.reconcile(project=name), told)
            else:
                _hear(world, await world.sync(element, **scope), told)
    await world.close()
    return told, wanted


def _hear(world: World, request: Row, told: Told) -> None:
    """Problems of the request, of its parts, of its actions and of the lines of its page."""
    heard: list[tuple[set[Any], Problem]] = []
    if request["problem"]:
        heard.append(({request["element"]}, Problem.from_json(request["problem"])))
    with world.journal.begin() as tx:
        parts = world.journal.part_problems(tx, request["id"])
    heard += [({part["scope"]}, Problem.from_json(part["problem"])) for part in parts]
    for row in [*world.actions(request), *world.lines(request["element"])]:
        names = {row.maestro_key, row.procore_id, getattr(row, "project", None), getattr(row, "name", None)}
        heard += [(names, problem) for problem in row.problems]
    heard += [(names, inside) for names, problem in heard for inside in _inside(problem)]
    for names, problem in heard:
        told.setdefault(problem.code, []).append((frozenset(str(name) for name in names if name), problem))


def _read(world: World, request: Row, told: Told) -> None:
    """Causes of the differences that a reconciliation found, each with its record and its code, and its remarks."""
    whole = world.views.reconciled_whole(request["id"])
    for problem in whole.told:
        told.setdefault(problem.code, []).append((frozenset({str(request["project"])}), problem))
    for line in whole.lines:
        for bridge in line.bridges:
            for held in bridge.records:
                names = frozenset({line.code, held.record})
                told.setdefault(bridge.cause, []).append((names, Problem(bridge.cause)))


def _inside(problem: Problem) -> list[Problem]:
    """Problems that are the reason of this one."""
    inner = [Problem.from_json(v) for v in problem.args.values() if isinstance(v, dict) and "code" in v]
    return inner + [deeper for each in inner for deeper in _inside(each)]


@cache
def played(story: Story) -> "tuple[Told, dict[str, str]] | Exception":
    """What `play` gives, once for all tests of a story; a story that breaks is not told again for each of them."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return asyncio.run(play(story, Path(folder)))
        except Exception as error:
            return error


async def made(make: Maker, world: World) -> str:
    """The name that a maker gives, whether it asked Procore or not."""
    name = make(world)
    return name if isinstance(name, str) else await name
