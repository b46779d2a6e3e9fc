"""The first run reads the lists of all projects before it opens a record: then it is known how long it takes.

What such a list has is opened one by one, a call each, so its length is most of what a first run costs. Nothing is read
twice for it: each list is kept with its part and taken from there when the part's turn comes. Those of requests that
wait behind this one are read along, so that the hour of all of them is known within the first minutes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from maestro_procore.engine.attempts import Doors, Stopped
from maestro_procore.engine.forecasting import forecast
from maestro_procore.engine.own_lists import read_lists
from maestro_procore.engine.parts import Part, parts_of, scopes_of
from maestro_procore.engine.right_of_way import let_pass
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.forecast import Forecast
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import only_the_project, when_due
from maestro_procore.model.status import RequestState
from maestro_procore.ports import CompanyRefused, CompanyUnreachable, Row, Steps, Tx

LISTING: Final = "listing"
"""Step of a request's progress while that goes on."""
FEWEST: Final = 2
"""Lists from which on it is worth it: a single one is read when its turn comes."""

_BRANCHES: Final = ("id", "run", "element", "keys", "project", "mode", "requested_by", "is_preview", "undoes")


async def read_lists_first(steps: Steps, doors: Doors, request: Row, groups: Sequence[Sequence[Part]]) -> None:
    """Reads the lists that were never read, then foretells what all open requests will take. For whole elements only.

    Raises Stopped when the request is cancelled. Any other trouble is told when the part's own turn comes.
    """
    if request["keys"] or request["project"]:  # somebody waits for it
        return

    async def look() -> Row:
        return await asyncio.to_thread(_look, doors, request, groups)

    async def foretell() -> Row:
        return await asyncio.to_thread(foretell_all, doors)

    told = await steps.call("lists to read first", look)
    wanted = [_part_of(row, request) for row in told["parts"]]
    for done, part in enumerate(wanted):
        show = partial(_show, doors, request=request, done=done, total=len(wanted))
        await steps.record(part.step("start"), show)
        await let_pass(doors, request)
        try:
            await _read(steps, doors, part)
        except Stopped as stopped:
            if stopped.state is RequestState.CANCELLED:
                raise
            break
    await steps.call("foretold", foretell)


async def _read(steps: Steps, doors: Doors, part: Part) -> None:
    try:
        found: Row = await read_lists(steps, doors, part, None, part.place)
    except Stopped as stopped:
        if not stopped.is_local or stopped.problem is None:
            raise
        found = {"problem": stopped.problem.to_json()}  # it would only be refused again
    listed = {**found, "run": part.request["run"]}
    await steps.record(part.step("listed"), lambda tx: doors.journal.change_part(tx, part.name, listed=listed))


def usable(listed: Row | None, part: Part) -> Row | None:
    """What was read of a part before its turn came; None: nothing, or for an earlier run of the request."""
    if listed is None or part.round > 1 or listed["run"] != part.request["run"]:
        return None
    return listed


def raise_trouble(listed: Row | None) -> None:
    """Raises Stopped where the list was refused when it was read before its turn."""
    if listed is not None and listed.get("problem") is not None:
        raise Stopped(RequestState.FAILED, Problem.from_json(listed["problem"]), is_local=True)


# --- which lists -----------------------------------------------------------------------------------


def _look(doors: Doors, request: Row, groups: Sequence[Sequence[Part]]) -> Row:
    """{"parts": those to read, as JSON, of this request first}."""
    own = [part for parts in groups for part in parts if _is_wanted(doors, part)]
    others = [part for part in _waiting(doors, request) if _is_wanted(doors, part)] if own else []
    wanted = [*own, *others]
    return {"parts": [_row_of(part) for part in wanted] if len(wanted) >= FEWEST else []}


def _is_wanted(doors: Doors, part: Part) -> bool:
    """Whether its list was never read, and says no more than which records there are to open."""
    is_plain = part.rules.reads is when_due and part.rules.path_values is only_the_project
    if not (part.map.detail and part.is_by_project and is_plain and part.scope.procore_id is not None):
        return False
    if doors.journal.reading(part.kind, part.scope.project)["read_from"] is not None:
        return False
    return usable(doors.journal.part(part.name)["listed"], part) is None


def _waiting(doors: Doors, request: Row) -> list[Part]:
    """Parts of the requests that come after this one and have not begun."""
    found: list[Part] = []
    for other in doors.journal.open_requests():
        element = ELEMENTS.get(other["element"])
        is_begun = other["started_at"] is not None or other["cancel_requested_by"]
        if element is None or not element.is_by_project or is_begun or other["undoes"]:
            continue
        if other["id"] != request["id"] and other["element"] != request["element"]:
            row = {name: other[name] for name in _BRANCHES}
            found += [part for parts in parts_of(row, scopes_of(doors, row)) for part in parts]
    return found


def _row_of(part: Part) -> Row:
    scope = part.scope
    return {
        "request": {name: part.request[name] for name in _BRANCHES},
        "kind": part.kind,
        "scope": {"project": scope.project, "procore_id": scope.procore_id, "row": scope.row},
    }


def _part_of(row: Row, under_way: Row) -> Part:
    scopes = [row["scope"]]
    found = [part for parts in parts_of(row["request"], scopes) for part in parts if part.kind == row["kind"]]
    return replace(found[-1], within=under_way)


def _show(doors: Doors, tx: Tx, request: Row, done: int, total: int) -> None:
    doors.journal.change_request(
        request["id"], within=tx, progress_step=LISTING, progress_done=done, progress_total=total
    )


# --- what is left ----------------------------------------------------------------------------------


def foretell_all(doors: Doors) -> Row:
    """Writes into every request that has not ended how many calls it will have taken, as far as is known now."""
    journal = doors.journal
    requests = [row for row in journal.open_requests() if row["element"] in ELEMENTS and not row["undoes"]]
    try:
        told = forecast(journal, doors.company, doors.clock, requests, is_begun=True)
    except (CompanyUnreachable, CompanyRefused):
        return {}
    for request, one in zip(requests, told, strict=True):
        journal.change_request(request["id"], foretold=_total(journal.request(request["id"])["calls"], one))
    return {}


def _total(made: int, told: Forecast) -> Row:
    most = told.calls_at_most
    return {
        "least": made + told.calls,
        "likely": made + told.calls_likely,
        "most": None if most is None else made + most,
        "unread": told.unread,
        "finishes_at": told.finishes_at.isoformat(),
    }
