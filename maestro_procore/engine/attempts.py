"""Calls that may fail: what their failure means, how often they are resumed, and who may stop them.

One try and ten resumes (F049), counted in the journal; a pause for the call limit is never an attempt.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from maestro_procore.engine.company_faults import problem_of
from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.engine.gate import GateClosed
from maestro_procore.engine.right_of_way import RightOfWay
from maestro_procore.model import pacing
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import ActionKind, ActionState, RequestState
from maestro_procore.ports import (
    CallFailed,
    CallRecord,
    Clock,
    Company,
    CompanyRefused,
    CompanyUnreachable,
    Journal,
    Procore,
    Row,
    Steps,
    TooLate,
    Trouble,
    Tx,
)


async def _nothing_open() -> None:
    return None


TOO_LATE = "TOO_LATE"
"""What a call was planned for may have moved while it waited: look again. Nothing was sent."""

MOST_RESUMES = 10
"""One try and ten resumes (F049)."""

NOT_OWN: frozenset[int] = frozenset()
ABOUT_ONE_RECORD = frozenset({400, 404, 409, 410, 422})
"""Refusals of a call for a single record that speak of that record: it is gone there, or not as it should be."""


@dataclass
class Doors:
    """What a flow works with."""

    journal: Journal
    company: Company
    clock: Clock
    procore: Callable[[], Awaitable[Procore]]
    """The connection of the saved configuration. Raises Refused when there is none."""
    is_stopping: Callable[[], bool] = lambda: False
    parked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the flow stands still because the program ends."""
    way: RightOfWay = field(default_factory=RightOfWay)
    stuck: Problem | None = None
    """Why nothing can be written down any more: the flow stands still, the engine ends, the next start goes on."""
    files: FileDoors | None = None
    """What Documents and Photos need; None where only records are synchronized."""
    hang_up: Callable[[], Awaitable[None]] = _nothing_open
    """Closes the connection; the next call opens it again."""


class Stopped(Exception):
    """Ends a request: a problem stands against all of it, or a person cancelled it."""

    def __init__(self, state: RequestState, problem: Problem | None, *, is_local: bool = False) -> None:
        """is_local: it stands against one project only, such as a tool that is off there; the others may go on."""
        super().__init__(state)
        self.state, self.problem, self.is_local = state, problem, is_local


async def park_while_stopping(doors: Doors) -> None:
    """Never returns once the program ends: the step stays unfinished and the next start takes it up."""
    if doors.is_stopping():
        await park(doors)


async def park(doors: Doors) -> None:
    """Never returns: an exception would be remembered as the step's result."""
    doors.parked.set()
    await asyncio.Event().wait()


async def guarded(doors: Doors, request: Row, work: Callable[[], Awaitable[Row]]) -> Row:
    """The result of `work`, or what its failure means as a row: trouble, problem, wait, status."""
    await park_while_stopping(doors)
    if (cancelled := await _cancelled(doors, request)) is not None:
        return cancelled
    try:
        return await work()
    except GateClosed:  # nothing was sent
        if not doors.is_stopping() and (cancelled := await _cancelled(doors, request)) is not None:
            return cancelled
        await park(doors)
        raise
    except TooLate:
        return {"trouble": TOO_LATE}
    except CallFailed as failed:
        await asyncio.to_thread(_keep_call, doors, request, failed.call)
        wait = failed.wait.total_seconds() if failed.wait is not None else None
        status = failed.call.status if failed.call is not None else None
        return {
            "trouble": failed.trouble.name,
            "problem": failed.problem.to_json(),
            "wait": wait,
            "status": status,
            "may_have_applied": failed.may_have_applied,
        }
    except (CompanyUnreachable, CompanyRefused) as fault:
        trouble = Trouble.UNREACHABLE if isinstance(fault, CompanyUnreachable) else Trouble.REFUSED
        return {"trouble": trouble.name, "problem": problem_of(fault).to_json(), "wait": None, "status": None}
    except Refused as refused:
        if refused.problem.code.startswith("STO-"):  # no outcome: our own disk fails, and the work is as open as before
            doors.stuck = refused.problem
            await park(doors)
        return {"trouble": Trouble.REFUSED.name, "problem": refused.problem.to_json(), "wait": None, "status": None}


async def _cancelled(doors: Doors, request: Row) -> Row | None:
    user = await asyncio.to_thread(doors.journal.is_cancelled, request["id"])
    if user is None:
        return None
    return {"trouble": "CANCELLED", "problem": Problem("SRV-12", {"user": user}).to_json()}


def _keep_call(doors: Doors, request: Row, call: CallRecord | None) -> None:
    if call is not None:
        with doors.journal.begin() as tx:
            doors.journal.add_exchange(tx, call, request["id"], 1)


async def attempted(
    steps: Steps,
    doors: Doors,
    request: Row,
    name: str,
    work: Callable[[], Awaitable[Row]],
    *,
    gives_up_at_once: bool = False,
    own_refusals: Set[int] = NOT_OWN,
) -> dict[str, Any]:
    """`work` with one try and ten resumes. Raises Stopped when it cannot be done.

    gives_up_at_once: the first call of a request, where nobody gains from trying an unreachable address for minutes.
    own_refusals: statuses that speak of nothing but this call. Where there are any, its trouble ends nothing else:
    {"given_up": problems, "is_outage": whether the server may be down}.
    """
    for attempt in range(1, MOST_RESUMES + 2):
        result: dict[str, Any] = await steps.call(f"{name} {attempt}", partial(guarded, doors, request, work))
        trouble = result.get("trouble")
        if trouble is None:
            return result
        problem = Problem.from_json(result["problem"])
        is_its_own = trouble == Trouble.REFUSED.name and result["status"] in own_refusals
        if not is_its_own:
            stop_if_final(trouble, problem, is_first=attempt == 1 and gives_up_at_once)
        await record_failed_read(steps, doors, request, name, attempt, result)
        if is_its_own:
            return {"given_up": [problem.to_json()], "is_outage": False}
        if attempt <= MOST_RESUMES:
            await wait_for_retry(doors, request, attempt, result["wait"])
    given_up = Problem("SRV-05", {"reason": problem.to_json()})
    if own_refusals and trouble != Trouble.UNREACHABLE.name:
        return {"given_up": [given_up.to_json(), problem.to_json()], "is_outage": True}
    raise Stopped(RequestState.FAILED, given_up)


def stop_if_final(trouble: str, problem: Problem, *, is_first: bool = False) -> None:
    """Raises Stopped for a trouble that no repetition cures; unreachable at the very start is one."""
    if trouble == "CANCELLED":
        raise Stopped(RequestState.CANCELLED, problem)
    if trouble in (Trouble.REFUSED.name, Trouble.SIGN_IN.name):
        raise Stopped(RequestState.FAILED, problem, is_local=trouble == Trouble.REFUSED.name)
    if is_first and trouble == Trouble.UNREACHABLE.name:
        raise Stopped(RequestState.FAILED, problem)


async def record_failed_read(
    steps: Steps, doors: Doors, request: Row, name: str, attempt: int, result: Mapping[str, Any]
) -> None:
    """Counts a failed attempt of a reading where people see it."""

    def write(tx: Tx) -> None:
        journal = doors.journal
        journal.add_action(
            tx,
            {
                "request_id": request["id"],
                "seq": journal.next_seq(tx, request["id"]),
                "element": request["element"],
                "kind": ActionKind.READ.value,
                "name": name,
                "state": ActionState.FAILED.value,
                "attempts": attempt,
                "problems": [result["problem"]],
                "started_at": doors.clock.now(),
                "ended_at": doors.clock.now(),
            },
        )
        journal.change_request(request["id"], within=tx, attempts=attempt)

    await steps.record(f"{name} failed {attempt}", write)


async def wait_for_retry(doors: Doors, request: Row, attempt: int, announced_seconds: float | None) -> None:
    """Waits on the wall clock, in naps, so that a sleeping laptop wakes in time; the journal shows until when."""
    announced = timedelta(seconds=announced_seconds) if announced_seconds is not None else None
    until = doors.clock.now() + pacing.wait_before_retry(attempt, announced)
    journal, request_id = doors.journal, request["id"]
    await asyncio.to_thread(journal.change_request, request_id, resumes_at=until, wait_reason="retry")
    while (left := until - doors.clock.now()) > timedelta():
        await park_while_stopping(doors)
        if await asyncio.to_thread(journal.is_cancelled, request_id):
            break
        await doors.clock.nap(min(left, timedelta(seconds=1)))
    await asyncio.to_thread(journal.change_request, request_id, resumes_at=None, wait_reason=None)
