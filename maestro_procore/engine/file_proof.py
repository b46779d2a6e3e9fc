"""Integrity proof on demand: both sides are listed anew and compared with what was last agreed; the report is signed.

Nothing is written on either side, and nothing into the journal but the request and its proof: what is known of both
sides and their cursors stay as they are. Comparing is model/file_proof.py.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from maestro_procore.engine.attempts import MOST_RESUMES, Doors
from maestro_procore.engine.file_doors import FileDoors, PairStopped
from maestro_procore.engine.file_reading import ROOTS, Known
from maestro_procore.engine.gate import GateClosed
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model import file_proof, pacing
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_proof import Listing, Proof
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import RequestState
from maestro_procore.ports import Row, Steps, Tx

FORMAT: Final = "maestro_procore file proof 1"


async def prove_files(request_id: str, steps: Steps, doors: Doors) -> None:
    """The flow of one request. Never raises for a fault of either side: that becomes its state and message."""
    files = doors.files
    assert files is not None, "wiring gives them to every host"
    request = await steps.record("begin", lambda tx: _begin(doors, tx, request_id))
    proof: Row | None = None
    problem: Problem | None = None
    try:
        proof = await _proof_of(doors, files, request)
        if not proof["agrees"]:
            _, n = file_proof.differences_of(proof["report"])
            problem = Problem("DOC-35", {"name": proof["report"]["project"]["name"], "n": n})
    except (PairStopped, Refused) as stopped:
        problem = stopped.problem
    except GateClosed:
        return
    await steps.record("finish", lambda tx: _finish(doors, tx, request_id, proof, problem))


async def _proof_of(doors: Doors, files: FileDoors, request: Row) -> Row:
    """The row of the proof. Raises PairStopped, Refused."""
    project = await asyncio.to_thread(files.journal.file_project, int(request["project"]))
    if project is None:
        raise Refused(Problem("DOC-16", {"id": request["project"]}))
    if files.sign is None or not all(pair[root] for pair in project["pairs"] for root in ROOTS.values()):
        raise Refused(Problem("DOC-36", {"name": project["name"]}))
    made_at = doors.clock.now()
    tools, agrees = [], True
    for pair in project["pairs"]:
        stores = await files.stores(project, pair)
        listings = await asyncio.gather(*(_listing(doors, files, pair, side, stores[side]) for side in FileSide))
        proof = await asyncio.to_thread(_compared, files, pair, dict(zip(FileSide, listings, strict=True)))
        agrees = agrees and proof.agrees
        tools.append({"tool": pair["tool"], "flow": pair["flow"], "folder": pair["name"], **proof.to_json()})
    report = {
        "format": FORMAT,
        "project": {
            name: project[name] for name in ("id", "name", "procore_company", "procore_project", "destination")
        },
        "made_at": made_at.isoformat(),
        "made_by": request["requested_by"],
        "request": request["id"],
        "agrees": agrees,
        "tools": tools,
    }
    signature = await files.sign(report)
    return {
        "project_id": project["id"],
        "request_id": request["id"],
        "at": made_at,
        "made_by": request["requested_by"],
        "agrees": agrees,
        "key": signature["key"],
        "signature": signature["value"],
        "report": report,
    }


async def _listing(doors: Doors, files: FileDoors, pair: Row, side: FileSide, store: FileStore) -> Listing:
    """The whole of one side, read to its end, with one try and ten resumes. Raises PairStopped."""
    root = pair[ROOTS[side]]
    scope = Known(frozenset({root}), await asyncio.to_thread(_parents, files, pair, side))
    problem: Problem | None = None
    for attempt in range(1, MOST_RESUMES + 2):
        try:
            read = await store.changes(None, scope)
        except FileCallFailed as failed:
            problem = failed.problem
            if failed.trouble is not FileTrouble.AGAIN:
                raise PairStopped(problem) from failed
            await doors.clock.nap(pacing.wait_before_retry(attempt, failed.wait))
            continue
        if root not in read.roots:
            raise PairStopped(Problem("FIL-13"))
        return Listing(root, {item.id: item for item in read.items if item.id != root})
    assert problem is not None, "the last attempt failed"
    raise PairStopped(Problem("SRV-05", {"reason": problem.to_json()}))


def _parents(files: FileDoors, pair: Row, side: FileSide) -> Mapping[str, str]:
    with files.journal.begin() as tx:
        return files.journal.seen_parents(tx, pair["id"], side)


def _compared(files: FileDoors, pair: Row, listings: Mapping[FileSide, Listing]) -> Proof:
    journal = files.journal
    with journal.begin() as tx:
        hold = journal.file_hold(tx, pair["id"])
        held = hold["items"] if hold is not None else []
        detached = journal.detached(tx, pair["id"])
        known = file_proof.Known(
            journal.apart_items(tx, pair["id"]),
            {side: ids | _with_below(listings[side].items, ids) for side, ids in detached.items()},
            {side: _with_below(listings[side].items, _ids(held, side)) for side in FileSide},
            journal.open_conflicts(tx, pair["id"]),
        )
        agreed = journal.agreed(tx, pair["id"])
    return file_proof.prove(listings[FileSide.PROCORE], listings[FileSide.DRIVE], agreed, known)


def _ids(held: list[Any], side: FileSide) -> frozenset[str]:
    """What waits for a person."""
    return frozenset(row["id"] for row in held if row["side"] == side.value)


def _with_below(items: Mapping[str, FileItem], ids: frozenset[str]) -> frozenset[str]:
    """Those items, with everything below a folder."""
    if not ids:
        return frozenset()
    listing = Listing("", items)
    return frozenset(one for one in items if not ids.isdisjoint(listing.line(one)))


def _begin(doors: Doors, tx: Tx, request_id: str) -> Row:
    request = doors.journal.request(request_id)
    started = request["started_at"] or doors.clock.now()
    values = {"state": RequestState.RUNNING.value, "started_at": started, "progress_step": "reading"}
    doors.journal.change_request(request_id, within=tx, **values)
    return {key: request[key] for key in ("id", "project", "requested_by")}


def _finish(doors: Doors, tx: Tx, request_id: str, proof: Row | None, problem: Problem | None) -> None:
    assert doors.files is not None
    if proof is not None:
        doors.files.journal.add_file_proof(tx, proof)
    state = RequestState.DONE
    if problem is not None:
        state = RequestState.WARNED if proof is not None else RequestState.FAILED
    user = doors.journal.is_cancelled(request_id)
    if user is not None and proof is None:
        state, problem = RequestState.CANCELLED, Problem("SRV-12", {"user": user})
    told = problem.to_json() if problem is not None else None
    values = {"state": state.value, "ended_at": doors.clock.now(), "problem": told, "progress_step": ""}
    doors.journal.change_request(request_id, within=tx, resumes_at=None, **values)
