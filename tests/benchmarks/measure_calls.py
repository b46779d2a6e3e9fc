"""Calls of the reference company: first run, idle run, typical day, each against the fewest possible.

The real program against a strict sandbox in another process, whose own call log is the judge. Every element that is
built takes part. Takes minutes; `calls-dozen` is the same with a company of a few thousand records.
"""

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests import oracle
from tests.benchmarks import counting
from tests.benchmarks.companies import Whole, say, whole
from tests.benchmarks.counting import Snapshot, snapshot
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.minimum_calls import first_run, later_run, total
from tests.benchmarks.typical_day import type_day
from tests.programs import Finished, Program, kill_group

BARS = {
    "initial_ratio": Bar(1.05, 1.0),
    "day_ratio": Bar(1.05, 1.0),
    "idle_ratio": Bar(1.0, 1.0),
    "idle_writes": Bar(0, 0),
    "wasted": Bar(0, 0),
    "violations": Bar(0, 0),
}

_LOOK_SECONDS = 10.0
_LONGEST_SECONDS = 3_600.0


@dataclass(frozen=True)
class Seen:
    """One run as the sandbox saw it. waste: refused calls, questions asked twice, pages behind the last."""

    judged: oracle.Judged
    waste: int
    elements: tuple[str, ...]
    seconds: float


def measure(company: str = "reference", kind: type[Program] = Program) -> dict[str, Number]:
    """Token calls and calls of a start stand apart; the ratios do not hold them. kind: how the program is started."""
    say(f"calls: the company {company} is made")
    with whole(company, kind) as world:
        start = snapshot(world.control)
        first, ended = _run(world, "first run", start)
        projects = _projects(world, ended)
        least_first = total(first_run(counting.first(start, ended, projects)), first.elements).total
        idle, _ = _run(world, "idle run", ended, has_changes=False)
        least_idle = total(later_run(counting.later(ended, ended, ended, projects)), first.elements).total
        checks = type_day(world, dict.fromkeys(first.elements))
        typed = snapshot(world.control)
        day, after = _run(world, "typical day", typed)
        least_day = total(later_run(counting.later(ended, typed, after, projects)), first.elements).total
        missing = [check.__qualname__ for check in checks if not check()]
        if missing:
            raise AssertionError(f"typed changes that did not reach the other side: {missing}")
    runs = (first, idle, day)
    return {
        "initial_ratio": first.judged.calls / least_first,
        "day_ratio": day.judged.calls / least_day,
        "idle_ratio": idle.judged.calls / least_idle,
        "idle_reads": idle.judged.reads,
        "idle_writes": idle.judged.writes,
        "wasted": sum(run.waste for run in runs),
        "violations": sum(run.judged.violations for run in runs),
        "initial_calls": first.judged.calls,
        "initial_least": least_first,
        "day_calls": day.judged.calls,
        "day_least": least_day,
        "idle_least": least_idle,
        "initial_seconds": round(first.seconds, 1),
        "elements": len(first.elements),
        "token_calls": sum(run.judged.token_calls for run in runs),
        "start_calls": sum(run.judged.start_calls for run in runs),
    }


def _run(world: Whole, name: str, before: Snapshot, *, has_changes: bool = True) -> tuple[Seen, Snapshot]:
    """One `sync all`: what the sandbox saw of it, and what Procore holds after it."""
    world.control.forget_calls()
    began = time.monotonic()
    finished = synchronized(world, name)
    seconds = time.monotonic() - began
    calls = world.control.calls()
    after = snapshot(world.control) if has_changes else before
    judged = oracle.judge(calls, oracle.World(before.projects, before.vendors))
    waste = counting.wasted([call for call in calls if call["api"] == "procore"], before, after)
    for call in waste[:5]:
        say(f"calls: wasted {call['method']} {call['path']}?{call['query']} {call['status']}")
    say(f"calls: {name}: {judged.reads} reads, {judged.writes} writes, {seconds:.1f} s")
    return Seen(judged, len(waste), tuple(finished.requests), seconds), after


def synchronized(world: Whole, name: str) -> Finished:
    """`sync all` to its end, however long; says from time to time how far it is."""
    process = world.program.start("sync", "all")
    began = time.monotonic()
    while True:
        try:
            output, errors = process.communicate(timeout=_LOOK_SECONDS)
            break
        except subprocess.TimeoutExpired:
            say(f"calls: {name}: {len(world.control.calls())} calls after {time.monotonic() - began:.0f} s")
            if time.monotonic() - began > _LONGEST_SECONDS:
                kill_group(process)
                raise
    finished = Finished(process.returncode, json.loads(output) if output.strip() else None, errors.decode())
    _check(finished.requests, finished)
    return finished


def _check(requests: Mapping[str, Any], finished: Finished) -> None:
    wrong = {name: row for name, row in requests.items() if row["errors"]}
    if wrong or finished.exit_code != 0:
        raise AssertionError(f"the run went wrong: {finished.exit_code} {wrong} {finished.errors[-2000:]}")


def _projects(world: Whole, after: Snapshot) -> list[int]:
    """The projects that both sides have and neither has closed."""
    codes = {row["project_code"] for row in world.maestro("select project_code from m_project where status <> '1'")}
    return counting.open_projects(after, codes)
