"""Read what Procore holds, list by list and page by page, and make sure that nothing was left out.

Every page is kept as read, in one commit with its place in the history, so that a killed run reads on where it was.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from maestro_procore.engine.attempts import Doors, Stopped, attempted
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind, ActionState, RequestState
from maestro_procore.ports import Row, Steps

MOST_READINGS = 3
"""How often a list is read that changes under the reading, before the request gives up."""


async def gather(steps: Steps, doors: Doors, request: Row) -> dict[str, Any]:
    """Reads Procore: everything, or what changed since the last success. Lists, page by page, are kept as read.

    Raises Stopped when a list does not come whole: a record that it left out would be created a second time.
    """
    element_map = MAPS[request["element"]]
    since = datetime.fromisoformat(request["read_from"]) if request["read_from"] else None
    resources = element_map.resources if since is None else element_map.resources[:1]
    read_at, page_size, seen, is_counted = None, 0, 0, True
    for resource in resources:
        is_main = resource == resources[0]
        for reading in range(1, MOST_READINGS + 1):
            found = await _read_list(steps, doors, request, resource, reading, since, is_first=is_main)
            read_at, page_size = read_at or found["server_time"], page_size or found["page_size"]
            if not _is_doubtful(found, must_count=is_main and since is None):
                break
        else:
            total = max(found["totals"], default="?")
            raise Stopped(RequestState.FAILED, Problem("SRV-16", {"text": f"{resource}: {found['count']} / {total}"}))
        seen += found["count"]
        is_counted = is_counted and bool(found["totals"])
    if since is None and is_counted:
        await steps.record("absent", lambda tx: doors.journal.mark_absent(tx, request["element"], request["id"]))
    return {"read_at": read_at, "page_size": page_size, "seen": seen}


async def _read_list(
    steps: Steps, doors: Doors, request: Row, resource: str, reading: int, since: datetime | None, *, is_first: bool
) -> dict[str, Any]:
    """All pages of one list: count, the totals that the pages announced, page_size, server_time of the first."""
    page, count, has_next, totals, first = 1, 0, True, set(), None
    while has_next:
        name = f"read {resource} {page}" if reading == 1 else f"read {resource} {page} again {reading}"
        work = partial(_read, doors, request, resource, page, since)
        gives_up = is_first and reading == page == 1
        result = await attempted(steps, doors, request, name, work, gives_up_at_once=gives_up)
        first = first or result
        totals |= set() if result["total"] is None else {result["total"]}
        count, has_next = count + result["fresh"], result["has_next"]
        page += 1
    assert first is not None, "a list has a page"
    return {**first, "count": count, "totals": sorted(totals)}


def _is_doubtful(found: Mapping[str, Any], *, must_count: bool) -> bool:
    """True when rows may be missing: they shift between pages when somebody works meanwhile.

    must_count: an empty list that is not counted may be anybody's answer.
    """
    totals = found["totals"]
    if not totals:
        return must_count and not found["count"]
    return len(totals) > 1 or bool(found["count"] < totals[0])


async def _read(doors: Doors, request: Row, resource: str, page: int, since: datetime | None) -> Row:
    procore = await doors.procore()
    answer = await procore.read_page(resource, page, since)
    return await asyncio.to_thread(_store_page, doors, request, resource, page, answer)


def _store_page(doors: Doors, request: Row, resource: str, page: int, answer: Any) -> Row:
    element_map, journal = MAPS[request["element"]], doors.journal
    records = [element_map.from_procore(row) for row in answer.rows]
    with journal.begin() as tx:
        journal.store_records(tx, request["element"], records, request["id"])
        exchange = journal.add_exchange(tx, answer.call, request["id"], 1)
        journal.add_action(
            tx,
            {
                "request_id": request["id"],
                "seq": journal.next_seq(tx, request["id"]),
                "element": request["element"],
                "kind": ActionKind.READ.value,
                "name": f"{resource} {page}",
                "state": ActionState.DONE.value,
                "exchange_id": exchange,
                "started_at": answer.call.at,
                "ended_at": doors.clock.now(),
            },
        )
        journal.change_request(
            request["id"], within=tx, progress_done=len(records), progress_total=answer.total or len(records)
        )
    return {
        "page_size": answer.page_size,
        "fresh": len({r.key for r in records}),
        "total": answer.total,
        "has_next": answer.has_next,
        "server_time": answer.server_time.isoformat() if answer.server_time else None,
    }
