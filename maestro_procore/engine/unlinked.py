"""Marks of links that were taken back: emptied in Procore by the next run of their element, before anything else.

A mark that Procore keeps is remembered: it says nothing to later plans, and is replaced when its record is linked
again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part
from maestro_procore.model.lines import worst_kind
from maestro_procore.model.link_states import LOST_CODES, name_of, unmarking
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind, LineStatus
from maestro_procore.ports import Row, Tx

if TYPE_CHECKING:  # results.py asks this module what it need not store itself
    from maestro_procore.engine.results import Result

EMPTIED, KEPT = "mark_emptied", "mark_kept"
"""What the history of a link says came of taking it back."""


def marks_to_empty(doors: Doors, tx: Tx, part: Part, selection: frozenset[str] | None) -> list[Row]:
    """An action for each mark that this part of a run empties."""
    if not part.map.takes_choices:
        return []
    marks = doors.journal.link_marks(tx, part.kind, part.scope.project)
    wanted = (m for m in marks if m["state"] == "open" and (selection is None or m["maestro_key"] in selection))
    return [unmarking(part.map, mark) for mark in wanted]


def store_unlinked(doors: Doors, tx: Tx, part: Part, results: "Sequence[Result]") -> "list[Result]":
    """What became of marks that were to be emptied; the results that are about anything else."""
    journal = doors.journal
    others = []
    for result in results:
        if result.action["kind"] != ActionKind.UNLINK:
            others.append(result)
            continue
        mark = {m["procore_id"]: m for m in journal.link_marks(tx, part.kind)}.get(result.action["procore_id"])
        if mark is not None:
            _store(doors, tx, part, result, mark)
    return others


def _store(doors: Doors, tx: Tx, part: Part, result: "Result", mark: Row) -> None:
    journal, entity, procore_id = doors.journal, result.entity, result.action["procore_id"]
    is_kept = entity is not None and bool(entity.origin_id)
    is_lost = any(problem.code in LOST_CODES for problem in result.problems)
    if entity is not None:
        moved = {"origin_id": entity.origin_id, "updated_at": entity.updated_at}
        journal.touch_records(tx, part.map.list_kind, [{"procore_id": procore_id, **moved}])
    if entity is None and not is_lost:
        told = result.problems  # the mark stays to be emptied: the next run tries again
    else:
        told = [Problem("LNK-12", {"code": mark["maestro_key"]}), *result.problems]
        if is_kept:
            journal.put_link_mark(tx, **{**mark, "state": "kept"})
        else:
            journal.forget_link_marks(tx, part.kind, [procore_id])
        _note(doors, tx, part, mark, KEPT if is_kept else EMPTIED)
    if journal.link_choice(tx, part.kind, mark["maestro_key"]) == "apart":
        said = {"problems": [p.to_json() for p in told], "worst": worst_kind(told), "status": LineStatus.NEVER.value}
        journal.change_lines(tx, part.kind, [{"maestro_key": mark["maestro_key"], **said}])


def _note(doors: Doors, tx: Tx, part: Part, mark: Row, what: str) -> None:
    doors.journal.note_link(
        tx,
        element=part.kind,
        maestro_key=name_of(mark["maestro_key"], mark["procore_id"]),
        procore_id=mark["procore_id"],
        what=what,
        by=part.request["requested_by"],
        at=doors.clock.now(),
        request_id=part.request["id"],
    )
