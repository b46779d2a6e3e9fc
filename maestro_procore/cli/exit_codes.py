"""What a failure means for the command line: its message, and the exit code that a scheduler acts on."""

import errno
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from maestro_procore.model.problems import Problem, Refused, of_place
from maestro_procore.places import PlaceRefused

ALL_WELL, SOME_ERRORS, WRONG_USAGE, WAITING, UNREACHABLE = range(5)
SIGNALLED: Final = 128
"""Plus the number of the signal that ended a command before its time."""

# Problems that say "nobody answered" or "the set-up is wrong"; the rest are errors of the run.
_UNREACHABLE: Final = frozenset({"SRV-01", "SRV-06", "SRV-17", "SRV-18", "SRV-19", "SRV-21", "CLI-05"})
_SIGN_IN: Final = ("CON-", "DRV-03", *(f"DRV-{number}" for number in range(20, 27)))
"""Whoever acts at Procore or Microsoft has to sign in again, or his registration has to be put right."""
_CONFIGURATION: Final = ("CFG-", "CLI-", "KEY-", "STO-", "SRV-07", "SRV-14", "SRV-22", "SRV-25", *_SIGN_IN)
_LIMIT: Final = "SRV-02"
FAULT: Final = "RUN-05"
"""A fault of the program itself."""


def problem_of(error: Exception) -> Problem:
    """What any failure means for a person."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, PlaceRefused):
        return of_place(error)
    from maestro_procore.engine import company_faults
    from maestro_procore.file_ports import FileCallFailed
    from maestro_procore.ports import CallFailed, CompanyRefused, CompanyUnreachable

    if isinstance(error, CompanyUnreachable | CompanyRefused):
        return company_faults.problem_of(error)
    if isinstance(error, CallFailed | FileCallFailed):
        return error.problem
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Problem("STO-03", {"file": str(error.filename or "")})
    return Problem(FAULT, {"text": f"{type(error).__name__}: {error}"})


def of_problems(problems: Sequence[Problem]) -> int:
    """The exit code of problems that keep a command from doing anything."""
    codes = {code for problem in problems for code in _codes(problem.to_json())}
    if codes & _UNREACHABLE:
        return UNREACHABLE
    if FAULT in codes:
        return SOME_ERRORS
    return WAITING if codes == {_LIMIT} else WRONG_USAGE


def _codes(problem: Mapping[str, Any]) -> Iterator[str]:
    """The code, and those of the problems inside it (SRV-05 carries the reason of its last attempt)."""
    yield problem["code"]
    for value in problem["args"].values():
        if isinstance(value, dict) and "code" in value:
            yield from _codes({"args": {}, **value})


def of_requests(rows: Sequence[Any]) -> int:
    """The exit code of requests that were carried out, or that wait."""
    failed = [row.problem for row in rows if row.problem is not None and row.state == "failed"]
    codes = {code for problem in failed for code in _codes(problem.to_json())}
    if codes & _UNREACHABLE:
        return UNREACHABLE
    if any(code.startswith(_CONFIGURATION) for code in codes):
        return WRONG_USAGE
    if any(not has_ended(row) for row in rows):
        return WAITING
    return SOME_ERRORS if any(row.errors or row.state in ("failed", "cancelled") for row in rows) else ALL_WELL


def has_ended(row: Any) -> bool:
    """Whether nothing more happens to a request by itself."""
    return row.state not in ("queued", "running", "waiting")
