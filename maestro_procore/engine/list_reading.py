"""Read what Procore holds, list by list and page by page, and make sure that nothing was left out.

Every page is kept as read, in one commit with its place in the history, so that a killed run reads on where it was.
What lists leave out is read by record_reading.py.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from typing import Any

from maestro_procore.engine.attempts import NOT_OWN, Doors, attempted
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import context_of
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Record
from maestro_procore.model.rules import only_the_project, when_due
from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.model.values import Value, exact_number
from maestro_procore.ports import Page, Row, Steps, Tx

Store = Callable[[Doors, Part, str, Page], Row]

MOST_READINGS = 3
"""How often a list is read that changes under the reading, before the request gives up."""


async def look_around(steps: Steps, doors: Doors, part: Part, is_due: bool) -> Row:
    """Whether the kind's lists are read now, and what their addresses want: the project, and what rules find.

    Raises Stopped: what rules do not find (BUD-13), or maestro* does not answer.
    """

    async def work() -> Row:
        return await asyncio.to_thread(_look, doors, part, is_due)

    if part.rules.reads is when_due and (part.rules.path_values is only_the_project or not is_due):
        return {"reads": is_due, "place": part.place}
    return await attempted(steps, doors, part.request, part.step("look around"), work)


def _look(doors: Doors, part: Part, is_due: bool) -> Row:
    context = context_of(doors, part)
    reads = part.rules.reads(context, is_due)
    return {"reads": reads, "place": {**part.place, **(part.rules.path_values(context) if reads else {})}}


def seen_by(part: Part) -> str:
    """Who read a record last; a further round of a request reads anew."""
    request_id: str = part.request["id"]
    return request_id if part.round == 1 else f"{request_id}.{part.round}"


async def read_list(
    steps: Steps,
    doors: Doors,
    part: Part,
    resource: str,
    reading: int,
    since: datetime | None,
    place: Mapping[str, str],
    *,
    is_first: bool = False,
    own_refusals: Set[int] = NOT_OWN,
    store: Store | None = None,
) -> dict[str, Any]:
    """All pages of one list: count, the totals that the pages announced, page_size, server_time of the first.

    store: what keeps a page; None: as records of the part's kind. A page with `given_up` ends the reading.
    """
    page, count, has_next, totals, first = 1, 0, True, set(), None
    while has_next:
        name = f"read {resource} {page}" if reading == 1 else f"read {resource} {page} again {reading}"
        work = partial(_read, doors, part, resource, page, since, place, store or _store_page)
        gives_up = is_first and reading == page == part.round == 1
        result = await attempted(
            steps, doors, part.under_way, part.step(name), work, gives_up_at_once=gives_up, own_refusals=own_refusals
        )
        if "given_up" in result:
            return result
        first = first or result
        totals |= set() if result["total"] is None else {result["total"]}
        count, has_next = count + result["fresh"], result["has_next"]
        page += 1
    assert first is not None, "a list has a page"
    return {**first, "count": count, "totals": sorted(totals)}


def is_doubtful(found: Mapping[str, Any], *, must_count: bool) -> bool:
    """True when rows may be missing: they shift between pages when somebody works meanwhile.

    must_count: an empty list that is not counted may be anybody's answer.
    """
    totals = found["totals"]
    if not totals:
        return must_count and not found["count"]
    return len(totals) > 1 or bool(found["count"] < totals[0])


async def _read(
    doors: Doors,
    part: Part,
    resource: str,
    page: int,
    since: datetime | None,
    place: Mapping[str, str],
    store: Store,
) -> Row:
    procore = await doors.procore()
    answer = await procore.read_page(resource, page, since, place)
    return await asyncio.to_thread(store, doors, part, f"{resource} {page}", answer)


def _store_page(doors: Doors, part: Part, name: str, answer: Page) -> Row:
    journal = doors.journal
    records = [part.map.from_procore(row) for row in answer.rows]
    unique = list({record.key: record for record in records}.values())  # a page that lists one twice: the later
    with journal.begin() as tx:
        if part.map.detail:
            store_headers(doors, tx, part, part.kind, unique)
        else:
            journal.store_records(tx, part.kind, unique, seen_by(part), part.scope.project)
        add_history(doors, tx, part, name, answer)
        if not part.is_by_project:
            journal.change_request(
                part.request["id"],
                within=tx,
                progress_done=len(records),
                progress_total=answer.total or len(records),
            )
    return told_of(answer, len(unique))


def store_headers(doors: Doors, tx: Tx, part: Part, kind: str, records: Sequence[Record]) -> None:
    """Keeps what a list tells of records whose details it leaves out; details that it contradicts are to be read again.

    updated_at need not move when only lines do (procore-api.md §6.7): then it is the total that says so.
    """
    journal, scope, names = doors.journal, part.scope.project, MAPS[kind].header
    held = {record.key: record for record in journal.known(tx, kind, scope)} if names and records else {}
    moved = [
        record.procore_id
        for record in records
        if (before := held.get(record.key)) is not None
        and before.read_at is not None
        and any(_differ(before.values.get(name), record.values.get(name)) for name in names)
    ]
    journal.touch_records(tx, kind, [{"procore_id": each, "read_at": None} for each in moved])
    journal.store_headers(tx, kind, records, seen_by(part), scope)


def _differ(before: Value, now: Value) -> bool:
    """Whether a list contradicts what the details told; a list that leaves it out does not."""
    if now is None or before == now:
        return False
    try:
        return exact_number(before) != exact_number(now)
    except ValueError:
        return True  # words


def told_of(answer: Page, fresh: int) -> Row:
    """What the reading of a list goes by. fresh: rows of the page, each counted once."""
    return {
        "page_size": answer.page_size,
        "fresh": fresh,
        "total": answer.total,
        "has_next": answer.has_next,
        "server_time": answer.server_time.isoformat() if answer.server_time else None,
    }


def add_history(doors: Doors, tx: Tx, part: Part, name: str, answer: Page) -> None:
    journal, request_id = doors.journal, part.request["id"]
    journal.add_action(
        tx,
        {
            "request_id": request_id,
            "seq": journal.next_seq(tx, request_id),
            "element": part.kind,
            "scope": part.scope.project,
            "project": part.scope.project or None,
            "kind": ActionKind.READ.value,
            "name": name,
            "state": ActionState.DONE.value,
            "exchange_id": journal.add_exchange(tx, answer.call, request_id, 1),
            "started_at": answer.call.at,
            "ended_at": doors.clock.now(),
        },
    )
