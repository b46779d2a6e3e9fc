"""A reconciliation as a request: each project's budget view is read and set against what both sides are known to hold.

One call a project and page; lists and records are read again only where a code differs. What is found is kept in the
journal project by project, so that a run which is killed anywhere continues where it was, and page, workbook and
certificate show the same figures later. What the figures mean is model/reconciled_project.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from maestro_procore.engine.attempts import Doors, Stopped, attempted
from maestro_procore.engine.list_reading import MOST_READINGS, is_doubtful
from maestro_procore.engine.own_lists import gather
from maestro_procore.engine.parts import Part, scopes_of
from maestro_procore.engine.planning import context_around
from maestro_procore.engine.record_reading import InVain, open_records
from maestro_procore.model.kinds import RULES
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciled_project import KINDS, TABLES, of_project, to_open
from maestro_procore.model.reconciled_records import Books
from maestro_procore.model.reconciliation import COLUMNS, PARTLY_PROVED, ROW_NAMES, Figure
from maestro_procore.model.rules import Context, Scope
from maestro_procore.model.status import ActionKind, ActionState, RequestState
from maestro_procore.ports import Page, Row, Steps, Tx

VIEW: Final = "budget-rows-all"
"""The list that is read of each project."""
CODES: Final = ("cost-codes",)
"""What has to be known of a project to name the codes of its view."""
LISTS: Final = ("budget-views", "cost-types")
"""What has to be known of the company; read here only when no synchronization has read it."""


async def reconcile(request_id: str, steps: Steps, doors: Doors) -> None:
    """The flow of one request. Never raises for a fault of either side: that becomes its state and message."""
    request = await steps.record("begin", lambda tx: _begin(doors, tx, request_id))
    end: tuple[str | None, Row | None] = (None, None)
    try:
        await _reconcile_all(steps, doors, request)
    except Stopped as stopped:
        end = (stopped.state.value, stopped.problem.to_json() if stopped.problem else None)
    await steps.record("finish", lambda tx: _finish(doors, tx, request, *end))


async def _reconcile_all(steps: Steps, doors: Doors, request: Row) -> None:
    found = await attempted(steps, doors, request, "scopes", partial(_look_for_scopes, doors, request))
    scopes = [Scope(row["project"], row["procore_id"], row["row"]) for row in found["scopes"]]
    linked = [scope for scope in scopes if scope.procore_id is not None]
    for kind in found["lists"] if linked else ():
        part = Part(request, kind, Scope(), is_by_project=True, any_project=linked[0].procore_id)
        await gather(steps, doors, part, {"read_from": None}, part.place)
    for done, scope in enumerate(scopes):
        show = partial(_show_progress, doors, request=request, done=done, total=len(scopes))
        await steps.record(f"start@{scope.project}", show)
        await _reconcile_project(steps, doors, request, scope, is_first=scope in linked[:1])


async def _look_for_scopes(doors: Doors, request: Row) -> Row:
    return await asyncio.to_thread(_scopes_now, doors, request)


def _scopes_now(doors: Doors, request: Row) -> Row:
    """Projects as a run of costs would take them, and the lists of the company that nobody has read yet."""
    look = {**request, "element": "costs", "keys": None, "is_preview": False}
    unread = [kind for kind in LISTS if doors.journal.reading(kind, "")["read_from"] is None]
    return {"scopes": scopes_of(doors, look), "lists": unread}


# --- one project ------------------------------------------------------------------------------------


async def _reconcile_project(steps: Steps, doors: Doors, request: Row, scope: Scope, *, is_first: bool) -> None:
    """Reads, compares, and where a code differs looks at the records behind it and compares once more."""
    rows: list[Row] = []
    trouble: Problem | None = None
    if scope.procore_id is not None:
        try:
            rows = await _view_rows(steps, doors, request, scope, is_first=is_first)
        except Stopped as stopped:
            if not stopped.is_local or stopped.problem is None:
                raise
            trouble = stopped.problem
    compare = partial(_compare, doors, request, scope, rows, trouble)
    wanted = await attempted(steps, doors, request, f"compare@{scope.project}", compare)
    if wanted["open"] and scope.procore_id is not None:
        for kind in wanted["open"]:
            await _read_again(steps, doors, Part(request, kind, scope, is_by_project=True), wanted["place"])
        await attempted(steps, doors, request, f"compare again@{scope.project}", compare)


async def _read_again(steps: Steps, doors: Doors, part: Part, place: Mapping[str, str]) -> None:
    """The lists of a kind, and each record that has moved since it was opened. A tool that is off has nothing new."""
    place = {**part.place, **place}
    try:
        await gather(steps, doors, part, {"read_from": None}, place)
        if part.map.detail:  # what does not open stays as it was last read, and unexplained where that differs
            await open_records(steps, doors, part, place, InVain())
    except Stopped as stopped:
        if not stopped.is_local:
            raise


async def _compare(doors: Doors, request: Row, scope: Scope, rows: Sequence[Row], trouble: Problem | None) -> Row:
    return await asyncio.to_thread(_compare_now, doors, request, scope, rows, trouble)


def _compare_now(doors: Doors, request: Row, scope: Scope, rows: Sequence[Row], trouble: Problem | None) -> Row:
    """Kinds to read again, and what the addresses of their lists want. What was found stands in the journal."""
    context = _context_of(doors, scope)
    with doors.journal.begin() as tx:
        unsent = doors.journal.unsent(tx, scope.project)
    books = Books(context, date.fromisoformat(request["cut_off"]), rows, unsent, trouble)
    found = of_project(books)
    with doors.journal.begin() as tx:
        doors.journal.keep_reconciled(tx, request["id"], scope.project, found)
    wanted = set(to_open(found)) if trouble is None else set()
    if wanted:  # what nobody has read yet has no name here
        wanted |= {kind for kind in CODES if doors.journal.reading(kind, scope.project)["read_from"] is None}
    return {"open": [kind for kind in KINDS if kind in wanted], "place": _view_of(context) if wanted else {}}


def _context_of(doors: Doors, scope: Scope) -> Context:
    return context_around(doors, "costs", scope, [*KINDS, *LISTS], TABLES)


def _view_of(context: Context) -> dict[str, str]:
    """The budget view that budgets are read from. Errors: Refused (BUD-13) when there is none."""
    return dict(RULES["budgets"].path_values(context))


# --- Procore's side ---------------------------------------------------------------------------------


async def _view_rows(steps: Steps, doors: Doors, request: Row, scope: Scope, *, is_first: bool) -> list[Row]:
    """All rows of the project's budget view. Raises Stopped when they do not come whole."""

    async def choose() -> Row:
        context = await asyncio.to_thread(_context_of, doors, scope)
        return {"project_id": str(scope.procore_id), "project": scope.project, **_view_of(context)}

    place = await attempted(steps, doors, request, f"view@{scope.project}", choose)
    total: Any = "?"
    for reading in range(1, MOST_READINGS + 1):
        rows: list[Row] = []
        page, has_next, totals = 1, True, set()
        while has_next:
            again = "" if reading == 1 else f" again {reading}"
            work = partial(_read, doors, request, scope, place, page)
            name = f"read {VIEW} {page}{again}@{scope.project}"
            result = await attempted(steps, doors, request, name, work, gives_up_at_once=is_first and reading == page)
            rows += result["rows"]
            totals |= set() if result["total"] is None else {result["total"]}
            has_next, page = result["has_next"], page + 1
        if not is_doubtful({"totals": sorted(totals), "count": len(rows)}, must_count=False):
            return rows
        total = max(totals, default="?")
    problem = Problem("SRV-16", {"text": f"{VIEW}: {len(rows)} / {total}"})
    raise Stopped(RequestState.FAILED, problem, is_local=True)


async def _read(doors: Doors, request: Row, scope: Scope, place: Mapping[str, str], page: int) -> Row:
    procore = await doors.procore()
    answer = await procore.read_page(VIEW, page, None, place)
    await asyncio.to_thread(_add_history, doors, request, scope, f"{VIEW} {page}", answer)
    # The result is remembered as it is until the request ends: only what is compared, not the whole of a wide view.
    rows = [{name: row[name] for name in ROW_NAMES if name in row} for row in answer.rows]
    return {"rows": rows, "total": answer.total, "has_next": answer.has_next}


def _add_history(doors: Doors, request: Row, scope: Scope, name: str, answer: Page) -> None:
    journal = doors.journal
    with journal.begin() as tx:
        journal.add_action(
            tx,
            {
                "request_id": request["id"],
                "seq": journal.next_seq(tx, request["id"]),
                "element": request["element"],
                "scope": scope.project,
                "project": scope.project,
                "kind": ActionKind.READ.value,
                "name": name,
                "state": ActionState.DONE.value,
                "exchange_id": journal.add_exchange(tx, answer.call, request["id"], 1),
                "started_at": answer.call.at,
                "ended_at": doors.clock.now(),
            },
        )


# --- begin and end -------------------------------------------------------------------------------------


def _begin(doors: Doors, tx: Tx, request_id: str) -> Row:
    """Claims the request; what an earlier run of it had found is found anew."""
    journal = doors.journal
    request, asked = journal.request(request_id), journal.reconciliation(request_id)
    assert asked is not None, "written down with the request"
    journal.forget_reconciled(tx, request_id)
    journal.put_reconciliation(tx, request_id, agrees=None, made_at=None)
    journal.change_request(
        request_id,
        within=tx,
        state=RequestState.RUNNING.value,
        started_at=request["started_at"] or doors.clock.now(),
        progress_step="reading",
        progress_done=0,
        progress_total=0,
    )
    return {name: request[name] for name in ("id", "run", "element", "project")} | {"cut_off": asked["cut_off"]}


def _show_progress(doors: Doors, tx: Tx, request: Row, done: int, total: int) -> None:
    doors.journal.change_request(request["id"], within=tx, progress_done=done, progress_total=total)


def _finish(doors: Doors, tx: Tx, request: Row, state: str | None, problem: Row | None) -> None:
    """The verdict: green only when nothing is unexplained and everything could be compared."""
    journal, now = doors.journal, doors.clock.now()
    facts = journal.reconciled_facts(tx, request["id"])
    missing = {(element, figure) for element, figure in facts["missing"]} - PARTLY_PROVED
    agrees = not facts["apart"] and not missing
    if state is None:
        journal.put_reconciliation(tx, request["id"], agrees=agrees, made_at=now)
        problem = _told(facts["apart"], missing)
        is_warned = bool(facts["warnings"])
        state = (RequestState.FAILED if not agrees else RequestState.WARNED if is_warned else RequestState.DONE).value
    journal.change_request(
        request["id"],
        within=tx,
        state=state,
        ended_at=now,
        resumes_at=None,
        wait_reason=None,
        progress_step="",
        problem=problem,
        errors=facts["apart"] + len(missing),
        warnings=facts["warnings"],
        unchanged=facts["lines"] - facts["apart"],
    )


def _told(apart: int, missing: set[Figure]) -> Row | None:
    if apart:
        return Problem("REC-16", {"n": apart}).to_json()
    if missing:
        return Problem("REC-17", {"columns": ", ".join(sorted(COLUMNS[figure] for figure in missing))}).to_json()
    return None
