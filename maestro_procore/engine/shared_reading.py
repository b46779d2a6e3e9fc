"""Lists of Procore that tell what changed in several kinds at once: one call in the place of one for each kind.

Which lists these are is data (model/mapping.py's SharedList). Whether the server serves one is seen when it is read
for the first time: a refusal, or rows that say too little or are not ours, send each kind back to its own list, until
somebody asks for a full run.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.list_reading import (
    MOST_READINGS,
    add_history,
    is_doubtful,
    read_list,
    store_headers,
    told_of,
)
from maestro_procore.engine.own_lists import NOT_SERVED, gather
from maestro_procore.engine.parts import Part
from maestro_procore.engine.undo import is_undo
from maestro_procore.model import pacing
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import SharedList
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Page, Row, Steps, Tx

LONG_KNOWN: Final = timedelta(days=1)
"""What was there so long before a reading starts has been seen, unless the list numbers its records otherwise."""


def foreseen(doors: Doors, part: Part) -> Row | None:
    """How the list that the part shares serves it now; None: its own lists are read.

    {"is_told": True}: read for another kind since this was asked for. {"read_from": when}: to be read for all of them.
    """
    shared = part.map.shared
    if shared is None or is_undo(part):
        return None
    readings = {kind: doors.journal.reading(kind, part.scope.project) for kind in shared.kinds.values()}
    if was_told(doors, part, readings[part.kind]):
        return {"is_told": True}
    now = doors.clock.now()
    is_whole = any(
        r["read_from"] is None or (r["sweep_due_at"] is not None and r["sweep_due_at"] <= now)
        for r in readings.values()
    )
    if is_whole or not is_served(doors, part.kind, shared):
        return None
    return {"read_from": min(r["read_from"] for r in readings.values()).isoformat()}


def was_told(doors: Doors, part: Part, reading: Row) -> bool:
    """Whether the list was read for somebody else since this was asked for: nobody expects more of it."""
    if part.round > 1 or part.request["run"] > 1 or reading["told_at"] is None:
        return False  # asked for once more, it is looked at once more
    return bool(reading["told_at"] > doors.journal.request(part.request["id"])["requested_at"])


def is_served(doors: Doors, kind: str, shared: SharedList) -> bool:
    """False once the server has shown that its list is of no use."""
    return shared.resource not in doors.journal.reading(kind, "")["unused"]


async def gather_changes(
    steps: Steps, doors: Doors, part: Part, begun: Row, place: Mapping[str, str]
) -> dict[str, Any]:
    """Reads what the part needs, by the list that it shares where that serves. Raises Stopped as `gather` does.

    is_shared: that list told of the other kinds as well.
    """
    wish, shared = begun.get("shared"), part.map.shared
    if wish is None or shared is None:
        return await gather(steps, doors, part, begun, place)
    if wish.get("is_told"):
        return {}
    since = datetime.fromisoformat(wish["read_from"])
    store = partial(_store_page, shared, since)
    for reading in range(1, MOST_READINGS + 1):
        found = await read_list(
            steps,
            doors,
            part,
            shared.resource,
            reading,
            since,
            place,
            is_first=True,
            own_refusals=NOT_SERVED,
            store=store,
        )
        if "given_up" in found:
            break
        if not is_doubtful(found, must_count=False):
            return {"read_at": found["server_time"], "page_size": found["page_size"], "is_shared": True}
    own = await gather(steps, doors, part, begun, place)
    if "given_up" in found:  # and its own list answers: so it is the other one that does not serve
        await steps.record(part.step("own list"), partial(_set_served, doors, shared=shared, is_served=False))
    return own


def _store_page(shared: SharedList, since: datetime, doors: Doors, part: Part, name: str, answer: Page) -> Row:
    """Keeps the rows, each with its own kind, and the call; {"given_up": why} when the list is of no use."""
    journal, scope = doors.journal, part.scope.project
    of_kind: dict[str, list[Row]] = {kind: [] for kind in shared.kinds.values()}
    strange = [
        row for row in answer.rows if not row.keys() >= shared.wanted or row.get(shared.told_by) not in shared.kinds
    ]
    for row in answer.rows if not strange else ():
        of_kind[shared.kinds[row[shared.told_by]]].append(row)
    with journal.begin() as tx:
        add_history(doors, tx, part, name, answer)
        if strange or (answer.rows and not _are_ours(doors, tx, scope, of_kind, since)):
            return {"given_up": [_of_no_use(name).to_json()], "is_outage": False}
        for kind, rows in of_kind.items():
            records = {record.key: record for record in map(MAPS[kind].from_procore, rows)}
            store_headers(doors, tx, part, kind, list(records.values()))
    return told_of(answer, len({row["id"] for row in answer.rows}))


def _are_ours(doors: Doors, tx: Tx, scope: str, of_kind: Mapping[str, Sequence[Row]], since: datetime) -> bool:
    """Whether the list has the records that the kinds' own lists have told of, under the same ids."""
    old = {
        (kind, str(row["id"]))
        for kind, rows in of_kind.items()
        for row in rows
        if row.get("created_at") and datetime.fromisoformat(row["created_at"]) < since - LONG_KNOWN
    }
    if not old:
        return True
    known = doors.journal.known_of(tx, list(of_kind), scope)
    return not old.isdisjoint((kind, record.key) for kind, records in known.items() for record in records)


def _of_no_use(name: str) -> Problem:
    return Problem("SRV-16", {"text": name})


def _set_served(doors: Doors, tx: Tx, shared: SharedList, is_served: bool) -> None:
    for kind in shared.kinds.values():
        unused = set(doors.journal.reading(kind, "")["unused"]) - {shared.resource}
        unused |= set() if is_served else {shared.resource}
        doors.journal.change_reading(kind, "", within=tx, unused=sorted(unused))


# --- afterwards -----------------------------------------------------------------------------------


def note(doors: Doors, tx: Tx, part: Part, begun: Row, start: datetime | None, reading: Row, written: Row) -> None:
    """Where the next reading starts, for all kinds that this one has told of. start: of the part's own kind, if new."""
    shared, scope = part.map.shared, part.scope.project
    if shared is None:
        return
    if part.request["mode"] == "full" and not is_served(doors, part.kind, shared):
        _set_served(doors, tx, shared, is_served=True)  # a full run looks whether it serves by now
    starts = {kind: doors.journal.reading(kind, scope)["read_from"] for kind in shared.kinds.values()}
    if start is not None:
        starts[part.kind] = start
    if reading.get("is_shared"):
        starts |= _note_told(doors, tx, part, begun, reading, starts)
    if written.get("last_write_at") and is_served(doors, part.kind, shared):
        _keep_to_a_page(doors, tx, part, starts, datetime.fromisoformat(written["last_write_at"]))


def _note_told(
    doors: Doors, tx: Tx, part: Part, begun: Row, reading: Row, starts: Mapping[str, datetime | None]
) -> dict[str, datetime]:
    """The other kinds have been read as well."""
    read_at, told_at = datetime.fromisoformat(reading["read_at"]), datetime.fromisoformat(begun["at"])
    later: dict[str, datetime] = {}
    for kind, before in starts.items():
        if kind != part.kind:
            later[kind], _ = pacing.next_read_window(read_at, None, 0, reading["page_size"], before)
            doors.journal.change_reading(kind, part.scope.project, within=tx, read_from=later[kind], told_at=told_at)
    return later


def _keep_to_a_page(
    doors: Doors, tx: Tx, part: Part, starts: Mapping[str, datetime | None], last_write_at: datetime
) -> None:
    """Our own marks come back with the next reading. Where they would fill more than a page, it starts behind them.

    What a person changed meanwhile may be skipped that way, so everything is read again an hour later: the same trade
    as pacing.next_read_window's, for the marks of all kinds together.
    """
    journal, scope, shared = doors.journal, part.scope.project, part.map.shared
    began = [start for start in starts.values() if start is not None]
    if shared is None or len(began) < len(starts):
        return  # there is a kind that was never read: the list is not asked for yet
    known = journal.known_of(tx, list(starts), scope)
    moved = sum(r.updated_at is not None and r.updated_at >= min(began) for held in known.values() for r in held)
    if moved <= shared.page_size:
        return
    due = doors.clock.now() + pacing.SWEEP_AFTER
    for kind, start in zip(starts, began, strict=True):
        later = max(start, last_write_at + pacing.SECOND)
        journal.change_reading(kind, scope, within=tx, read_from=later, sweep_due_at=due)
