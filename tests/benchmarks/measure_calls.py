"""Calls of the reference company: first run, idle run, typical day, each against the fewest possible.

The real program against a strict sandbox in another process, whose own call log is the judge.
A typical day of the two elements: one change on each side in each.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import oracle
from tests.benchmarks.figures import Bar, Number
from tests.programs import Control, Finished, Program, Row, sandbox_process

BARS = {
    "initial_ratio": Bar(1.05, 1.0),
    "day_ratio": Bar(1.05, 1.0),
    "idle_reads": Bar(2, 2),
    "idle_writes": Bar(0, 0),
    "wasted": Bar(0, 0),
    "violations": Bar(0, 0),
}


def measure(company: str = "reference", kind: type[Program] = Program) -> dict[str, Number]:
    """Token calls and calls of a start stand apart; the ratios do not hold them. kind: how the program is started."""
    with tempfile.TemporaryDirectory() as folder, sandbox_process("--company", company, "--strict") as control:
        program = kind(Path(folder), control)
        first, least_first = _run(program, is_first=True)
        idle, _ = _run(program)
        typed = _one_change_each(program, control)
        day, least_day = _run(program)
        for has_arrived in typed:
            if not has_arrived():
                raise AssertionError("a typed change did not reach the other side")
    runs = (first, idle, day)
    return {
        "initial_ratio": first.calls / least_first,
        "day_ratio": day.calls / least_day,
        "idle_reads": idle.reads,
        "idle_writes": idle.writes,
        "wasted": sum(run.wasted for run in runs),
        "violations": sum(run.violations for run in runs),
        "initial_calls": first.calls,
        "day_calls": day.calls,
        "token_calls": sum(run.token_calls for run in runs),
        "start_calls": sum(run.start_calls for run in runs),
    }


def world(control: Control) -> oracle.World:
    """What Procore holds now."""
    return oracle.World(control.state("projects"), control.state("vendors"))


def _run(program: Program, *, is_first: bool = False) -> tuple[oracle.Judged, int]:
    """One `sync all`: what the sandbox saw, and the fewest calls that could have done the same."""
    control = program.control
    assert control is not None
    control.forget_calls()
    before = world(control)
    _well(program.run("sync", "all"))
    after = world(control)
    reads = oracle.full_reads(before) if is_first else oracle.filtered_reads()
    seen, least = oracle.judge(control.calls(), before), reads + oracle.writes(before, after)
    if seen.calls < least:
        raise AssertionError(f"{seen.calls} calls cannot have done what takes {least}: the oracle is wrong")
    return seen, least


def _well(finished: Finished) -> None:
    if finished.exit_code != 0 or any(row["errors"] for row in finished.requests.values()):
        raise AssertionError(f"the run went wrong: {finished}")


def _one_change_each(program: Program, control: Control) -> list[Callable[[], bool]]:
    """An accountant corrects a project and a supplier in maestro*, a site manager others in Procore.

    Returns one question for each change that must arrive; a one-way element takes nothing from Procore.
    """
    (project, other_project), (supplier, other_vendor) = (_two_linked(program, e) for e in ("projects", "suppliers"))
    place, email = "Saint-Hyacinthe", "comptes@exemple.test"
    changes = (
        ("update m_project set city = ? where project_code = ?", place, project["maestro_key"]),
        ("update m_supplier set email = ? where supplier_code = ?", email, supplier["maestro_key"]),
    )
    for sql, value, key in changes:
        if program.type_in_maestro(sql, value, key) != 1:
            raise AssertionError(f"no {key}")
    control.edit("projects", id=other_project["procore_id"], city=place)
    control.edit("vendors", id=other_vendor["procore_id"], email_address=email)

    def in_procore(resource: str, line: Row, attribute: str, value: str) -> bool:
        return any(r["id"] == line["procore_id"] and r[attribute] == value for r in control.state(resource))

    def in_maestro() -> bool:
        sql = "select city from m_project where project_code = ?"
        return program.rows(sql, other_project["maestro_key"], file="company.sqlite") == [{"city": place}]

    return [
        lambda: in_procore("projects", project, "city", place),
        lambda: in_procore("vendors", supplier, "email_address", email),
        in_maestro,
    ]


def _two_linked(program: Program, element: str) -> tuple[Row, Row]:
    """The first and the last line that is linked and has nothing against it."""
    lines = program.rows(
        "select maestro_key, procore_id from line where element = ? and is_linked and status = 'done' and worst = ''"
        " order by maestro_key",
        element,
    )
    return lines[0], lines[-1]
