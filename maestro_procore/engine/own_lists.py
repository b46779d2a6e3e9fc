"""Read all that the lists of a kind hold, or what changed in them, and notice what is no longer there.

Beside them a further list, of what the first one leaves out on some servers: whether it does is seen in the records
themselves, and remembered for the whole company (model/mapping.py's FurtherList).
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from maestro_procore.engine.attempts import Doors, Stopped
from maestro_procore.engine.list_reading import (
    MOST_READINGS,
    add_history,
    is_doubtful,
    read_list,
    seen_by,
    store_headers,
    told_of,
)
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import context_around
from maestro_procore.model.mapping import FurtherList
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import RequestState
from maestro_procore.ports import Page, Row, Steps

LEFT_OUT, TO_BE_SEEN = "left out", "to be seen"
NOT_SERVED: Final = frozenset({400, 403, 404, 405, 406, 410, 422})
"""Refusals that may be about one list alone: others of the same tool say whether they are."""


async def gather(steps: Steps, doors: Doors, part: Part, begun: Row, place: Mapping[str, str]) -> dict[str, Any]:
    """Reads Procore: everything, or what changed since the last success. Lists, page by page, are kept as read.

    begun: read_from, and further as `foreseen` says. Raises Stopped when a list does not come whole: a record that it
    left out would be created a second time.
    """
    since = datetime.fromisoformat(begun["read_from"]) if begun["read_from"] else None
    found = begun.get("listed") or await read_lists(steps, doors, part, since, place)
    if begun.get("further"):
        await read_further(steps, doors, part, place, is_known=begun["further"] == LEFT_OUT)
    if since is None and found["is_counted"]:
        await steps.record(
            part.step("absent"),
            lambda tx: doors.journal.mark_absent(tx, part.kind, seen_by(part), part.scope.project),
        )
    return {"read_at": found["read_at"], "page_size": found["page_size"]}


async def read_lists(
    steps: Steps, doors: Doors, part: Part, since: datetime | None, place: Mapping[str, str]
) -> dict[str, Any]:
    """The lists of a kind, page by page: read_at by Procore's clock, page_size, is_counted: they say how many they are.

    since: of the first list alone what changed then or later; None: all of them, whole.
    """
    resources = part.map.resources if since is None else part.map.resources[:1]
    read_at, page_size, is_counted = None, 0, True
    for resource in resources:
        is_main = resource == resources[0]
        for reading in range(1, MOST_READINGS + 1):
            found = await read_list(steps, doors, part, resource, reading, since, place, is_first=is_main)
            read_at, page_size = read_at or found["server_time"], page_size or found["page_size"]
            # A project without orders is an everyday thing, a company without suppliers is not.
            if not is_doubtful(found, must_count=is_main and since is None and not part.is_by_project):
                break
        else:
            total = max(found["totals"], default="?")
            raise Stopped(RequestState.FAILED, Problem("SRV-16", {"text": f"{resource}: {found['count']} / {total}"}))
        is_counted = is_counted and (bool(found["totals"]) or part.is_by_project)
    return {"read_at": read_at, "page_size": page_size, "is_counted": is_counted}


# --- what the first list leaves out -----------------------------------------------------------------


def foreseen(doors: Doors, part: Part) -> str:
    """Whether the further list of the kind is needed: LEFT_OUT, TO_BE_SEEN, or '' where there is none or it is not."""
    further = part.map.further
    if further is None or further.resource in doors.journal.reading(part.kind, "")["unused"]:
        return ""
    return LEFT_OUT if doors.journal.reading(further.resource, "")["read_from"] is not None else TO_BE_SEEN


async def read_further(steps: Steps, doors: Doors, part: Part, place: Mapping[str, str], *, is_known: bool) -> None:
    """Reads the further list whole, where the first one is known to leave its records out, or seems to."""
    further = part.map.further
    assert further is not None, "foreseen() asks for it"

    async def look() -> bool:
        return await asyncio.to_thread(_seems_left_out, doors, part, further)

    if not is_known and not await steps.call(part.step("what is left out"), look):
        return
    store = partial(_store_further, further)
    await read_list(steps, doors, part, further.resource, 1, None, place, own_refusals=NOT_SERVED, store=store)


def _seems_left_out(doors: Doors, part: Part, further: FurtherList) -> bool:
    """Notes for the whole company that the first list holds them too, once one of them is seen there."""
    context = context_around(doors, part.kind, part.scope, (part.kind, *further.needs), ())
    verdict = part.rules.leaves_out(context)
    if verdict is False:
        unused = {*doors.journal.reading(part.kind, "")["unused"], further.resource}
        doors.journal.change_reading(part.kind, "", unused=sorted(unused))
    return bool(verdict)


def _store_further(further: FurtherList, doors: Doors, part: Part, name: str, answer: Page) -> Row:
    journal = doors.journal
    records = [part.map.from_procore(row) for row in further.read(answer.rows)]
    with journal.begin() as tx:
        store_headers(doors, tx, part, part.kind, records)
        add_history(doors, tx, part, name, answer)
        if records:  # so it is where they are: from now on it is read in every project
            journal.change_reading(further.resource, "", within=tx, read_from=answer.server_time or doors.clock.now())
    return told_of(answer, len(answer.rows))
