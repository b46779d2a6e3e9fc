"""Calls of the reference company: first run, idle run, typical day, each against the fewest possible.

The real program against a strict sandbox in another process, whose own call log is the judge. Every element that is
built takes part. Takes minutes; `calls-dozen` is the same with a company of a few thousand records.
"""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests import oracle
from tests.benchmarks import counting
from tests.benchmarks.companies import Whole, say, whole
from tests.benchmarks.counting import Snapshot, snapshot
from tests.benchmarks.figures import Bar, Number
from tests.benchmarks.minimum_calls import Profile, first_run, later_run, total
from tests.benchmarks.typical_day import type_day
from tests.programs import Finished, Program, kill_group

BARS = {
    "initial_ratio": Bar(1.05, 1.0),
    "day_ratio": Bar(1.05, 1.0),
    "idle_ratio": Bar(1.0, 1.0),
    "idle_writes": Bar(0, 0),
    "wasted": Bar(0, 0),
    "violations": Bar(0, 0),
    "not_arrived": Bar(0, 0),
}

# The sandbox serves the newer list of commitments. For a first run the table's figure counts, by the older ones.
_LATER = Profile(has_commitments_v2=True)
_LOOK_SECONDS = 10.0
_LONGEST_SECONDS = 3_600.0


@dataclass(frozen=True)
class Seen:
    """One run as the sandbox saw it. waste: refused calls, questions asked twice, pages behind the last.

    errors: records that the run could not bring in step; what they would have cost is in no count.
    """

    judged: oracle.Judged
    waste: int
    elements: tuple[str, ...]
    errors: int
    seconds: float


def measure(
    company: str = "reference", kind: type[Program] = Program, words: Sequence[str] = ("all",)
) -> dict[str, Number]:
    """Token calls and calls of a start stand apart; the ratios do not hold them.

    kind: how the program is started. words: the elements, as `sync` takes them.
    """
    say(f"calls: the company {company} is made")
    with whole(company, kind) as world:
        start = snapshot(world.control)
        first, ended = _run(world, words, "first run", start)
        projects = _projects(world, ended)
        least_first = total(first_run(counting.first(start, ended, projects)), first.elements).total
        idle, _ = _run(world, words, "idle run", ended, has_changes=False)
        least_idle = total(later_run(counting.later(ended, ended, ended, projects), _LATER), first.elements).total
        checks = type_day(world, dict.fromkeys(first.elements))
        typed = snapshot(world.control)
        day, after = _run(world, words, "typical day", typed)
        least_day = total(later_run(counting.later(ended, typed, after, projects), _LATER), first.elements).total
        missing = [check.__qualname__ for check in checks if not check()]
        say(f"calls: typed changes that did not reach the other side: {missing}")
    runs = (first, idle, day)
    return {
        "initial_ratio": first.judged.calls / least_first,
        "day_ratio": day.judged.calls / least_day,
        "idle_ratio": idle.judged.calls / least_idle,
        "idle_reads": idle.judged.reads,
        "idle_writes": idle.judged.writes,
        "wasted": sum(run.waste for run in runs),
        "violations": sum(run.judged.violations for run in runs),
        "not_arrived": len(missing),
        "initial_calls": first.judged.calls,
        "initial_least": least_first,
        "day_calls": day.judged.calls,
        "day_least": least_day,
        "idle_least": least_idle,
        "initial_seconds": round(first.seconds, 1),
        "elements": len(first.elements),
        "records_in_error": first.errors,
        "token_calls": sum(run.judged.token_calls for run in runs),
        "start_calls": sum(run.judged.start_calls for run in runs),
    }


def _run(
    world: Whole, words: Sequence[str], name: str, before: Snapshot, *, has_changes: bool = True
) -> tuple[Seen, Snapshot]:
    """One `sync`: what the sandbox saw of it, and what Procore holds after it."""
    world.control.forget_calls()
    began = time.monotonic()
    finished = synchronized(world, words, name)
    seconds = time.monotonic() - began
    calls = world.control.calls()
    after = snapshot(world.control) if has_changes else before
    judged = oracle.judge(calls, oracle.World(before.projects, before.vendors))
    errors = sum(row["errors"] for row in finished.requests.values())
    waste = counting.wasted([call for call in calls if call["api"] == "procore"], before, after)
    for call in waste[:5]:
        say(f"calls: wasted {call['method']} {call['path']}?{call['query']} {call['status']}")
    kinds = Counter(f"{c['method']} {re.sub(r'[0-9]{6,}', '#', c['path'])}" for c in calls if c["api"] == "procore")
    for kind, count in kinds.most_common():
        say(f"calls: {name}: {count} {kind}")
    say(f"calls: {name}: {judged.reads} reads, {judged.writes} writes, {seconds:.1f} s")
    return Seen(judged, len(waste), tuple(finished.requests), errors, seconds), after


def synchronized(world: Whole, words: Sequence[str], name: str) -> Finished:
    """`sync` to its end, however long; says from time to time how far it is."""
    process = world.program.start("sync", *words)
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
    _check(world, finished.requests, finished)
    return finished


def _check(world: Whole, requests: Mapping[str, Any], finished: Finished) -> None:
    """A record may be wrong in itself, and the others go on; a request as a whole may not."""
    for told in world.program.rows(
        "select element, json_extract(problems, '$[0].code') code, count(*) n from sync_action"
        " where state in ('failed', 'unknown') group by element, code order by n desc limit 12"
    ):
        say(f"calls: refused so far: {told['n']} of {told['element']}: {told['code']}")
    wrong = {name: row["problem"] for name, row in requests.items() if row["problem"]}
    if wrong or finished.exit_code not in (0, 1):
        raise AssertionError(f"the run went wrong: {finished.exit_code} {wrong} {finished.errors[-2000:]}")


def _projects(world: Whole, after: Snapshot) -> list[int]:
    """The projects that both sides have and neither has closed."""
    codes = {row["project_code"] for row in world.maestro("select project_code from m_project where status <> '1'")}
    return counting.open_projects(after, codes)
