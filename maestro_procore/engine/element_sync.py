"""One request from beginning to end: gather, compare, plan, write down, carry out, check.

The same flow for every element; what differs between elements is data (model/mapping.py and the rules).
Every branch depends only on results that the durable engine remembers, so that a run which is
killed anywhere continues where it was. Bulk calls are engine/bulk_writes.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from maestro_procore.engine.attempts import Doors, Stopped, attempted
from maestro_procore.engine.bulk_writes import carry_out
from maestro_procore.engine.list_reading import gather
from maestro_procore.model import pacing
from maestro_procore.model import settings as settings_table
from maestro_procore.model.kinds import MAPS, RULES
from maestro_procore.model.lines import action_of, agreement_of, line_of, numbered, standing, status_before
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject, plan
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind, ActionState, RequestState
from maestro_procore.ports import Row, Steps, Tx


async def synchronize(request_id: str, steps: Steps, doors: Doors) -> None:
    """The flow of one request. Never raises for a fault of either side: that becomes its state and message."""
    request = await steps.record("begin", lambda tx: _begin(doors, tx, request_id))
    try:
        if not request["is_planned"]:
            reading = await gather(steps, doors, request)
            planned = await attempted(
                steps, doors, request, "plan", partial(_make_plan, doors, request), gives_up_at_once=True
            )
        else:
            reading, planned = {}, {"batches": await _open_batches(steps, doors, request_id)}
        written: dict[str, Any] = {}
        if not request["is_preview"]:
            written = await carry_out(steps, doors, request, planned["batches"])
        end: tuple[str | None, Row | None] = (None, None)
    except Stopped as stopped:
        reading, written = {}, {}
        end = (stopped.state.value, stopped.problem.to_json() if stopped.problem else None)
    await steps.record("finish", lambda tx: _finish(doors, tx, request, reading, written, *end))


# --- begin and end -------------------------------------------------------------------------------


def _begin(doors: Doors, tx: Tx, request_id: str) -> Row:
    """Claims the request and gives back everything that the flow's branches depend on."""
    request = doors.journal.request(request_id)
    state = doors.journal.element_states()[request["element"]]
    now = doors.clock.now()
    sweep_due = state["sweep_due_at"] is not None and state["sweep_due_at"] <= now
    is_full = request["mode"] == "full" or state["read_from"] is None or sweep_due
    doors.journal.change_request(
        request_id,
        within=tx,
        state=RequestState.RUNNING.value,
        started_at=request["started_at"] or now,
        progress_step="reading",
        progress_done=0,
        progress_total=0,
    )
    is_planned = request["is_planned"] and request["run"] == 1
    if request["is_planned"] and not is_planned:
        # Resumed, perhaps days later: either side may have moved since, so what is left is compared anew.
        doors.journal.drop_plan(tx, request_id)
    names = ("id", "run", "element", "keys", "project", "requested_by", "is_preview")
    read_from = None if is_full else state["read_from"].isoformat()
    return {name: request[name] for name in names} | {"is_planned": is_planned, "read_from": read_from}


def _finish(
    doors: Doors, tx: Tx, request: Row, reading: Row, written: Row, state: str | None, problem: Row | None
) -> None:
    """The verdict: counts from the actions themselves, the next reading's start, the lines let go."""
    journal, now = doors.journal, doors.clock.now()
    counts = journal.count_states(tx, request["id"])
    totals = _totals(counts, is_preview=request["is_preview"])
    if state is None and (apart := _count_apart(doors, tx, request["element"])) is not None:
        problem = apart.to_json()
        totals["errors"] += 1
    verdict = state or _verdict(totals)
    journal.change_request(
        request["id"],
        within=tx,
        state=verdict,
        ended_at=now,
        resumes_at=None,
        wait_reason=None,
        progress_step="",
        problem=problem,
        attempts=max((c["attempts"] for c in counts), default=0),
        **totals,
    )
    journal.release_lines(tx, request["id"])
    if reading.get("read_at"):
        start, sweep_due = pacing.next_read_window(
            datetime.fromisoformat(reading["read_at"]),
            datetime.fromisoformat(written["last_write_at"]) if written.get("last_write_at") else None,
            written.get("records", 0),
            reading["page_size"],
            datetime.fromisoformat(request["read_from"]) if request["read_from"] else None,
        )
        due = now + pacing.SWEEP_AFTER if sweep_due else _next_sweep(doors, request, now)
        journal.change_element(request["element"], within=tx, read_from=start, sweep_due_at=due)
    is_whole = not (request["keys"] or request["project"])  # a part says nothing about the rest of the element
    if verdict in (RequestState.DONE, RequestState.WARNED) and is_whole and not request["is_preview"]:
        journal.change_element(request["element"], within=tx, last_success_at=now, last_request_id=request["id"])


def _count_apart(doors: Doors, tx: Tx, element: str) -> Problem | None:
    """CHK-02 when fewer Procore records carry our marks than are linked: one end of a link then points elsewhere."""
    marks = {r.procore_id: r.origin_id for r in doors.journal.known(tx, element) if not r.is_gone}
    linked = [link for link in doors.journal.links(tx, element) if link["procore_id"] in marks]
    found = sum(marks[link["procore_id"]] == link["origin_id"] for link in linked)
    if found == len(linked):
        return None
    return Problem("CHK-02", {"element": element, "expected": len(linked), "found": found})


def _next_sweep(doors: Doors, request: Row, now: datetime) -> datetime | None:
    """When everything has to be read again. A differential reading leaves the date that a full one has set."""
    if request["read_from"] is not None:
        held: datetime | None = doors.journal.element_states()[request["element"]]["sweep_due_at"]
        return held
    # Of an element with further lists, only the first one tells what changed.
    return now + pacing.SWEEP_EVERY if len(MAPS[request["element"]].resources) > 1 else None


_COUNTED = {ActionKind.CREATE.value: "created", ActionKind.UPDATE.value: "updated", ActionKind.LINK.value: "linked"}
_SUCCESSES = (ActionState.DONE.value, ActionState.WARNED.value)


def _totals(counts: Sequence[Row], *, is_preview: bool) -> dict[str, int]:
    """The figures of a request; of a preview, what it promises.

    A skipped record waits for somebody: it counts as a warning, never as an error.
    """
    counted = {*_SUCCESSES, ActionState.PLANNED.value} if is_preview else set(_SUCCESSES)
    totals = dict.fromkeys(("created", "updated", "linked", "skipped", "warnings", "errors"), 0)
    for count in counts:
        kind, state, n = count["kind"], count["state"], count["n"]
        if state in counted and kind in _COUNTED:
            totals[_COUNTED[kind]] += n
        if state == ActionState.SKIPPED:
            totals["skipped"] += n
        if state in (ActionState.SKIPPED, ActionState.WARNED):
            totals["warnings"] += n
        if state in (ActionState.FAILED, ActionState.UNKNOWN) and kind != ActionKind.READ:
            totals["errors"] += n
    return totals


def _verdict(totals: Mapping[str, int]) -> str:
    if totals["errors"]:
        return RequestState.FAILED.value
    return RequestState.WARNED.value if totals["warnings"] else RequestState.DONE.value


# --- plan -----------------------------------------------------------------------------------------


async def _make_plan(doors: Doors, request: Row) -> Row:
    return await asyncio.to_thread(_plan_now, doors, request)


def _plan_now(doors: Doors, request: Row) -> Row:
    held = doors.journal.request(request["id"])
    if held["is_planned"]:  # killed after the plan was written, before the engine heard of it
        return {"batches": doors.journal.open_batches(request["id"])}
    doors.journal.change_request(request["id"], progress_step="planning", progress_done=0, progress_total=0)
    subject, link_ids = gather_subject(doors, request["element"], _selection(request))
    items = plan(subject)
    return write_down(doors, request, subject, items, link_ids)


def _selection(request: Row) -> frozenset[str] | None:
    if request["keys"]:
        return frozenset(request["keys"])
    if request["project"] and request["element"] == "projects":
        return frozenset({request["project"]})
    return None


def gather_subject(
    doors: Doors, element: str, selection: frozenset[str] | None
) -> tuple[Subject, dict[str, tuple[int, dict[str, Any]]]]:
    """Everything a plan is made of, from both sides as last read; and key → (link id, agreed) to bring up to date."""
    element_map, journal = MAPS[element], doors.journal
    maestro = [element_map.from_maestro(row) for row in doors.company.rows(element_map.table)]
    with journal.begin() as tx:
        procore, links = journal.known(tx, element), journal.links(tx, element)
        decisions = journal.decisions(tx, element)
    subject = Subject(
        element_map=element_map,
        rules=RULES[element],
        settings=plan_settings(doors, element),
        maestro=maestro,
        procore=procore,
        links={link["maestro_key"]: LinkState(link["procore_id"], link["agreed"], link["rule"]) for link in links},
        decisions=decisions,
        selection=selection,
    )
    return subject, {link["maestro_key"]: (link["id"], link["agreed"]) for link in links}


def plan_settings(doors: Doors, element: str) -> PlanSettings:
    """The part of the configuration that a plan depends on."""
    values, facts = settings_table.effective(doors.journal.settings()), doors.company.company()
    return PlanSettings(
        origin_prefix=f"MST:{facts.tag}:{element}:",
        company_id=facts.company_id,
        currency=facts.currency,
        language=facts.language,
        default_template=values["default_template"],
        sends_address_after_link=values["sends_address_after_link"],
        excluded_supplier_types=frozenset(values["excluded_supplier_types"].upper().split()),
        supplier_filter=values["supplier_filter"],
    )


def write_down(
    doors: Doors,
    request: Row,
    subject: Subject,
    items: Sequence[Item],
    link_ids: Mapping[str, tuple[int, dict[str, Any]]],
) -> Row:
    """The plan in the journal before its first call: a crash loses nothing, and the preview reads it."""
    element_map, journal, is_preview = subject.element_map, doors.journal, request["is_preview"]
    actions = [(item, action_of(element_map, item)) for item in items if item.kind is not None]
    by_item = {id(item): action for item, action in actions}
    write_lines(doors, request, subject, items, {} if is_preview else by_item)
    with journal.begin() as tx:
        ordered = numbered([action for _, action in actions], journal.next_seq(tx, request["id"]))
        # What a resumed request has done already is no news to it, and not unchanged either.
        done = sum(c["n"] for c in journal.count_states(tx, request["id"]) if _is_done(c))
        in_step = sum(item.kind is None and item.is_linked and item.is_in_scope for item in items)
        planned = sum(action["state"] == ActionState.PLANNED for action in ordered)
        journal.update_links(tx, _moved_agreements(element_map, items, link_ids))
        facts = {"progress_step": "sending", "progress_done": 0, "progress_total": planned}
        facts |= {"unchanged": max(0, in_step - done)}
        journal.write_plan(tx, request, ordered, facts)
    return {"batches": sorted({a["batch"] for a in ordered if a["batch"] is not None})}


def _is_done(count: Row) -> bool:
    return count["kind"] != ActionKind.READ and count["state"] in _SUCCESSES


def _moved_agreements(
    element_map: ElementMap, items: Sequence[Item], link_ids: Mapping[str, tuple[int, dict[str, Any]]]
) -> dict[int, Mapping[str, Any]]:
    """Links whose two sides have become equal in a field without us: the next comparison starts from there."""
    moved: dict[int, Mapping[str, Any]] = {}
    for item in items:
        agreed = agreement_of(element_map, item)
        if agreed is not None and item.maestro is not None and item.maestro.key in link_ids:
            link_id, before = link_ids[item.maestro.key]
            if agreed != before:
                moved[link_id] = agreed
    return moved


def write_lines(
    doors: Doors, request: Row | None, subject: Subject, items: Sequence[Item], actions: Mapping[int, Row]
) -> None:
    """Brings the page up to date, a few hundred lines at a time."""
    element_map = subject.element_map
    lines = []
    for item in items:
        line, action = line_of(element_map, item), actions.get(id(item))
        status = status_before(action) or standing(item)
        if status is not None:
            line["status"] = status.value
        if action is not None and request is not None:
            line["request_id"] = request["id"]
        is_told_now = item.problems and (item.kind is not None or not item.is_in_scope)
        if request is None and not is_told_now:
            # Only a look: what the last run told of the record stays until the next run.
            del line["problems"], line["worst"]
        lines.append(line)
    with doors.journal.begin() as tx:
        doors.journal.put_lines(tx, element_map.element, lines, subject.selection is None)


def refresh_lines(doors: Doors, element: str) -> None:
    """Shows what maestro* holds now against what Procore last said, without a call."""
    subject, _ = gather_subject(doors, element, None)
    write_lines(doors, None, subject, plan(subject), {})


async def _open_batches(steps: Steps, doors: Doors, request_id: str) -> list[int]:
    async def work() -> list[int]:
        return await asyncio.to_thread(doors.journal.open_batches, request_id)

    found: list[int] = await steps.call("what is left", work)
    return found
