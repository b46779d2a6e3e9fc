"""Kills the running program at random moments, starts it again, and counts what the laws say about the end.

A world is one sandbox and one profile: a first run killed several times, changes typed on both sides, a second
run killed several times, then an idle run. The sandbox stays alive; the program's whole process group dies.
"""

import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import nothing_lost, nothing_twice
from tests.forking import ForkedProgram
from tests.nothing_lost import Violation
from tests.programs import Control, Finished, Program, finish, kill_group, sandbox_process, wait_until

LATENCY_MS = 20
"""Of every answer, so that many kills fall between a request and its answer."""


@dataclass
class Tally:
    """What a series of kills left behind."""

    kills: int = 0
    in_work: int = 0
    """Kills after the killed process had made its first call."""
    idle_writes: int = 0
    violations: list[Violation] = field(default_factory=list)

    def count(self, *laws: str) -> int:
        """Broken laws of these numbers."""
        by_law = Counter(violation.law for violation in self.violations)
        return sum(by_law[law] for law in laws)


class World:
    """One sandbox and one profile, with random moments from a seed."""

    def __init__(
        self, program: Program, control: Control, seed: int, run_seconds: float, words: tuple[str, ...]
    ) -> None:
        self.program, self.control, self.words = program, control, words
        self._random, self._run_seconds = random.Random(seed), run_seconds

    def killed_run(self, most_kills: int, tally: Tally) -> Finished:
        """`sync all`, killed and started again up to so many times, then let run to its end."""
        for _ in range(most_kills):
            process = self.program.start(*self.words)
            calls_before = len(self.control.calls())
            if self._random.random() < 0.75:  # most of the start-up is imports: begin to count at the first call
                has_called = _first_call(self.control, process, calls_before)
                moment = self._random.uniform(0.0, self._run_seconds)
            else:
                has_called, moment = False, self._random.uniform(0.0, 2.0)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                kill_group(process)
                tally.kills += 1
                tally.in_work += has_called or len(self.control.calls()) > calls_before
                continue
            return finish(process)
        return self.program.run(*self.words)

    def type_changes(self) -> None:
        """People work on both sides: three projects and six suppliers in each system."""
        for table, code, resource, element, n in (
            ("m_project", "project_code", "projects", "projects", 3),
            ("m_supplier", "supplier_code", "vendors", "suppliers", 6),
        ):
            linked = self.program.rows("select maestro_key, procore_id from link where element = ?", element)
            phone = "phone" if resource == "projects" else "business_phone"
            for row in self._random.sample(linked, n):
                number = f"418-555-{self._random.randrange(10_000):04}"
                self.program.type_in_maestro(
                    f"update {table} set phone = ? where {code} = ?", number, row["maestro_key"]
                )
            for row in self._random.sample(linked, n):
                number = f"819-555-{self._random.randrange(10_000):04}"
                self.control.edit(resource, **{"id": row["procore_id"], phone: number})


def _first_call(control: Control, process: "subprocess.Popen[bytes]", calls_before: int) -> bool:
    """True as soon as the process has called; False when it ended without."""
    wait_until(lambda: process.poll() is not None or len(control.calls()) > calls_before, "a call", 60.0)
    return len(control.calls()) > calls_before


@contextmanager
def world(company: str, seed: int, run_seconds: float) -> Iterator[World]:
    """A fresh one. run_seconds: about how long a run works between its first and its last call.

    The reference company has records of two elements only here; the others would but ask 120 empty projects.
    """
    words = ("sync", "all") if company == "small" else nothing_lost.SYNC
    options = ("--company", company, "--strict", "--latency-ms", str(LATENCY_MS), "--spike-limit", "1000")
    with sandbox_process(*options) as control, tempfile.TemporaryDirectory() as folder:
        yield World(ForkedProgram(Path(folder) / "profile", control), control, seed, run_seconds, words)


def live_through(each: World, tally: Tally, kills_a_run: tuple[int, int]) -> None:
    """A first run, a day's work, an idle run. kills_a_run: at most so many in the first and in the second."""
    before = nothing_lost.start(each.program)
    for round_number, kills in enumerate(kills_a_run):
        if round_number:
            each.type_changes()
            before = nothing_lost.look(each.program)
        _expect_well(each.killed_run(kills, tally))
        after = nothing_lost.look(each.program)
        tally.violations += [*nothing_lost.check(before, after), *nothing_twice.check(each.program)]
    tally.idle_writes += idle_writes(each)
    tally.violations += nothing_lost.leaks(each.program, [each.control.line["client_secret"]])


def idle_writes(each: World) -> int:
    """What a run writes that has nothing to do."""
    each.control.forget_calls()
    _expect_well(each.program.run(*each.words))
    return sum(call["method"] != "GET" for call in each.control.calls() if call["api"] == "procore")


def _expect_well(finished: Finished) -> None:
    """No record has an error once the run is through."""
    if finished.exit_code != 0:
        raise AssertionError(f"a run did not end well: {finished}")
