"""Takes a run of files back: what that would do, and the stored plan that does it. The rules are model/file_undo.py.

Carried out by file_carrier.py like any plan, so a kill at any point goes on; the synchronization that follows brings
the other side along.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from maestro_procore.engine.file_doors import FileDoors, FileJournal, PairStopped
from maestro_procore.engine.file_planning import delete_limits, shown_agreed, shown_item
from maestro_procore.engine.file_reading import ROOTS
from maestro_procore.model.elements import FILES, FILES_RESTORE, FILES_UNDO
from maestro_procore.model.file_guard import guard
from maestro_procore.model.file_items import Agreements, FileSide, Flow
from maestro_procore.model.file_plan import FileAction, FilePlan, FileVerb
from maestro_procore.model.file_undo import Back, Standing, UndoPlan, plan_undo
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import RequestState
from maestro_procore.ports import Journal, Row, Tx


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do now. project, pair: rows of the journal. deletions: items that go into recycle bins.

    held: why so many deletions want a confirmation of their own; None when they do not.
    """

    request: Row
    pairs: tuple[tuple[Row, UndoPlan], ...]
    deletions: int
    held: Problem | None

    def count(self, back: Back) -> int:
        return sum(plan.count(back) for _, plan in self.pairs)


def preview_undo(journal: Journal, files: FileJournal, request_id: str, now: datetime) -> UndoPreview:
    """From what the journal knows; the run itself reads both sides first.

    Raises Refused: CLI-04 without such a request, BCK-08 when it is no run of files that has ended, BCK-25 when it
    took something back itself, DOC-16 when its project is no longer there.
    """
    request = journal.request(request_id)
    has_ended = RequestState(request["state"]).has_ended
    if request["element"] == FILES and request["mode"] in (FILES_UNDO, FILES_RESTORE):
        # Its steps agree on nothing: the run after it carries them to the other side, so nothing says what both hold.
        raise Refused(Problem("BCK-25", {"number": str(request["number"])}))
    if request["element"] != FILES or not has_ended:
        raise Refused(Problem("BCK-08", {"number": str(request["number"])}))
    project = files.file_project(int(request["project"]))
    if project is None:
        raise Refused(Problem("DOC-16", {"id": request["project"]}))
    found, deletions = [], 0
    held: Problem | None = None
    with files.begin() as tx:
        for pair in project["pairs"]:
            plan = plan_of_pair(files, tx, project, pair, request["id"])
            if plan.verdicts:
                found.append((pair, plan))
                deletions += deletions_of(plan)
                held = held or held_by_guard(files, tx, project, pair, plan, now)
    return UndoPreview(request, tuple(found), deletions, held)


def plan_of_pair(files: FileJournal, tx: Tx, project: Row, pair: Row, request_id: str) -> UndoPlan:
    """What of that run can be taken back as the pair stands now."""
    steps = files.done_file_steps(tx, request_id, pair["id"])
    if not steps:
        return UndoPlan((), (), {})
    standing = Standing(
        seen={side: files.seen(tx, pair["id"], side) for side in FileSide},
        agreed=Agreements(files.agreed(tx, pair["id"])),
        roots={side: pair[ROOTS[side]] for side in FileSide},
        flow=Flow(pair["flow"]),
        tool=pair["tool"],
        drive_kind=project["drive_kind"],
        taken=files.steps_taken_back(tx, pair["id"]),
    )
    return plan_undo(steps, standing)


def what_stays(files: FileJournal, request: Row) -> Problem | None:
    """What an undo that was carried out has not taken back, with counts (BCK-24); None when nothing of it stands.

    BCK-08 when it found nothing at all to take back.
    """
    undoes, project = request["undoes"], files.file_project(int(request["project"]))
    number = str(undoes["number"])
    taken = left = 0
    with files.begin() as tx:
        if not files.count_file_steps(tx, request["id"]):
            return Problem("BCK-08", {"number": number})
        assert project is not None, "its run has just ended"
        for pair in project["pairs"]:
            plan = plan_of_pair(files, tx, project, pair, undoes["request"])
            ids = {verdict.step["id"] for verdict in plan.verdicts}
            taken += len(ids & files.steps_taken_back(tx, pair["id"]))
            left += plan.left
    return Problem("BCK-24", {"number": number, "n": left, "done": taken, "total": taken + left}) if left else None


def deletions_of(plan: UndoPlan) -> int:
    """Items that go into a recycle bin."""
    return sum(action.items for action in plan.actions if action.verb is FileVerb.DELETE)


def held_by_guard(files: FileJournal, tx: Tx, project: Row, pair: Row, plan: UndoPlan, now: datetime) -> Problem | None:
    """The guard of deletions counts those of an undo as well (C16): its message, None when they may go."""
    agreed = len(files.agreed(tx, pair["id"]))
    here, elsewhere = files.deleted_files(tx, pair, now - timedelta(days=1))
    all_of_it, limits = FilePlan(plan.actions, (), ()), delete_limits(project)
    guarded = guard(all_of_it, agreed, limits, deleted_today=here, deleted_elsewhere=elsewhere)
    return None if guarded.held is None else guarded.held.problem


def write_undo_plan(files: FileDoors, now: datetime, project: Row, pair: Row, request: Row) -> int:
    """Decides by what was just read, and writes the plan down; how many actions it has.

    Raises PairStopped (BCK-09) when it would delete more than the guard lets go and somebody has confirmed.
    """
    journal, undoes = files.journal, request["undoes"]
    with journal.begin() as tx:
        plan = plan_of_pair(journal, tx, project, pair, undoes["request"])
        deletions = deletions_of(plan)
        held = held_by_guard(journal, tx, project, pair, plan, now)
        if held is not None and deletions > undoes["confirmed"]:
            raise PairStopped(Problem("BCK-09", {"number": str(undoes["number"]), "n": deletions}))
        rows = list(_steps(journal, tx, pair, plan, request["requested_by"]))
        journal.write_file_plan(tx, request["id"], pair["id"], rows)
    return len(rows)


def _steps(journal: FileJournal, tx: Tx, pair: Row, plan: UndoPlan, user: str) -> Iterator[dict[str, Any]]:
    """Rows as write_file_plan wants them; what they take back stands in what they saw."""
    seen = {side: journal.seen(tx, pair["id"], side) for side in FileSide}
    agreed = Agreements(journal.agreed(tx, pair["id"]))
    undone = {verdict.step["id"]: verdict.step for verdict in plan.verdicts}
    for action in plan.actions:
        of = plan.of[action.number]
        step = undone[of[0]]
        about = {"of": list(of), "by": user, "was": step["saw"].get(step["target"])}
        yield {"action": action, "path": step["path"], "saw": {**_saw(action, seen, agreed), **about}}


def _saw(action: FileAction, seen: Mapping[FileSide, Mapping[str, Any]], agreed: Agreements) -> dict[str, Any]:
    pair = agreed.of(FileSide.PROCORE, action.procore_id) or agreed.of(FileSide.DRIVE, action.drive_id)
    items = {side.value: shown_item(seen[side].get(action.id_of(side))) for side in FileSide}
    return {**items, "agreed": shown_agreed(pair)}


def wish_to_undo(journal: Journal, files: FileJournal, request_id: str, now: datetime, user: str, confirm: bool) -> Row:
    """The request that takes a run back. confirm: the person knows how many copies it deletes.

    Raises Refused as `preview_undo`, BCK-08 when nothing can be taken back, BCK-09 when the deletions want a
    confirmation.
    """
    told = preview_undo(journal, files, request_id, now)
    number = str(told.request["number"])
    if not told.count(Back.CAN):
        raise Refused(Problem("BCK-08", {"number": number}))
    if told.held is not None and not confirm:
        raise Refused(Problem("BCK-09", {"number": number, "n": told.deletions}))
    return {
        "element": FILES,
        "scope": "project",
        "keys": None,
        "project": told.request["project"],
        "mode": FILES_UNDO,
        "is_preview": False,
        "requested_by": user,
        "undoes": {
            "request": told.request["id"],
            "number": told.request["number"],
            "confirmed": told.deletions if confirm else 0,
        },
    }
