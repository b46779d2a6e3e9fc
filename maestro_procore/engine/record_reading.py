"""Open single records of Procore whose list leaves something out: one call each, only for what has moved.

What stands against opening one of them is its own affair: it is told with that record, and the others go on.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from maestro_procore.engine.attempts import ABOUT_ONE_RECORD, Doors, Stopped, attempted
from maestro_procore.engine.list_reading import add_history, seen_by
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import Unread
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import RequestState
from maestro_procore.model.value_maps import in_force
from maestro_procore.ports import Page, Row, Steps

OUTAGE: Final = 3
"""So many records given up one after the other, with none answered between them: nobody is served."""


@dataclass
class InVain:
    """How many records of a request were given up one after the other, whatever scope they are of."""

    count: int = 0


async def open_records(steps: Steps, doors: Doors, part: Part, place: Mapping[str, str], in_vain: InVain) -> Unread:
    """One call for each record whose details are worth reading and older than the record; those that do not open.

    Raises Stopped when the server fails for several in a row: then it is no fault of theirs.
    """

    async def look() -> list[Row]:
        return await asyncio.to_thread(_out_of_date, doors, part)

    unread: dict[str, list[Row]] = {}
    for asked in await steps.call(part.step("what to open"), look):
        name = part.step(f"open {asked['id']}")
        work = partial(_open, doors, part, asked, place)
        opened: dict[str, Any] = await attempted(steps, doors, part.request, name, work, own_refusals=ABOUT_ONE_RECORD)
        told = opened.get("given_up")
        if told is not None:
            unread[str(asked["id"])] = told
        in_vain.count = in_vain.count + 1 if opened.get("is_outage") else 0
        if in_vain.count == OUTAGE and told is not None:
            raise Stopped(RequestState.FAILED, Problem.from_json(told[0]))
    return unread


def _out_of_date(doors: Doors, part: Part) -> list[Row]:
    """The records to open: id, and what the address of one of a further list wants."""
    further = part.map.further
    with doors.journal.begin() as tx:
        known = doors.journal.known(tx, part.kind, part.scope.project)
    tables = in_force(doors.journal.settings().get("value_maps") or {})
    return [
        {"id": record.procore_id, "single": further.single(record) if further is not None else None}
        for record in known
        if not record.is_gone and record.read_at != record.updated_at and part.map.wants_detail(record, tables)
    ]


async def _open(doors: Doors, part: Part, asked: Row, place: Mapping[str, str]) -> Row:
    procore, further, single = await doors.procore(), part.map.further, asked["single"]
    procore_id: int = asked["id"]
    if further is None or single is None:
        answer = await procore.read_one(part.map.detail, procore_id, place)
    else:
        answer = await procore.read_one(further.detail, int(single["id"]), {**place, **single})
        answer = replace(answer, rows=[further.opened(procore_id, row) for row in answer.rows])
    return await asyncio.to_thread(_store, doors, part, procore_id, answer)


def _store(doors: Doors, part: Part, procore_id: int, answer: Page) -> Row:
    journal = doors.journal
    records = [part.map.from_procore(row) for row in answer.rows]
    with journal.begin() as tx:
        read = [replace(record, read_at=record.updated_at) for record in records]
        journal.store_records(tx, part.kind, read, seen_by(part), part.scope.project)
        add_history(doors, tx, part, f"{part.map.detail} record {procore_id}", answer)
    return {"read": procore_id}
