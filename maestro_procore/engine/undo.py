"""Take a finished request back: a request of its own, carried out like any other (mode `undo`).

The rules are model/undoing.py; here is what they look at, and what stays afterwards.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.rules import Item, Subject
from maestro_procore.model.status import RequestState
from maestro_procore.model.undoing import (
    MODE,
    Undo,
    closed_periods,
    is_done,
    kept_fields,
    no_longer_kept,
    plan_undoing,
    verdict_of,
)
from maestro_procore.ports import Journal, Row, Tx

if TYPE_CHECKING:
    from maestro_procore.engine.results import Result


def wish_to_undo(journal: Journal, request_id: str, actions: Sequence[int] | None, user: str) -> Row:
    """The request that takes another one back. actions: only these of it; None: all that can be.

    Raises Refused: CLI-04 without such a request, UND-01 when there is nothing to undo, SRV-11 while its element is
    being synchronized.
    """
    request = journal.request(request_id)
    with journal.begin() as tx:
        done = [a for a in journal.finished_actions(tx, request["id"]) if is_done(a)]
    chosen = [a for a in done if actions is None or a["id"] in actions]
    possible = [a for a in chosen if (verdict := verdict_of(a)) is not None and verdict.undo is Undo.CAN]
    has_ended = RequestState(request["state"]).has_ended
    if request["is_preview"] or not has_ended or not possible:
        raise Refused(Problem("UND-01", {"number": str(request["number"])}))
    if any(each["element"] == request["element"] for each in journal.open_requests()):
        raise Refused(Problem("SRV-11", {"element": request["element"]}))
    return {
        "element": request["element"],
        "scope": "all" if actions is None else "selection",
        "mode": MODE,
        "requested_by": user,
        "undoes": {
            "request": request["id"],
            "number": request["number"],
            "actions": None if actions is None else sorted(a["id"] for a in chosen),
            "kinds": sorted({a["element"] for a in chosen}),
            "scopes": sorted({a["scope"] for a in chosen}),
        },
    }


def is_undo(part: Part) -> bool:
    """Whether a part takes something back."""
    return bool(part.request.get("mode") == MODE)


def actions_to_undo(doors: Doors, part: Part) -> list[Row]:
    """What of the other request this part takes back, in the order in which it was done."""
    wanted = part.request["undoes"]
    with doors.journal.begin() as tx:
        done = doors.journal.finished_actions(tx, wanted["request"], part.kind)
    ids = None if wanted["actions"] is None else set(wanted["actions"])
    of_scope = (a for a in done if a["scope"] == part.scope.project and is_done(a))
    return [action for action in of_scope if ids is None or action["id"] in ids]


def undoing_items(doors: Doors, part: Part, subject: Subject) -> list[Item]:
    """The plan of a part that takes something back."""
    with doors.journal.begin() as tx:
        own = doors.journal.finished_actions(tx, part.request["id"], part.kind)
    already = frozenset(str(action["maestro_key"]) for action in own)
    periods = closed_periods(doors.company.rows("m_period"))
    return plan_undoing(subject, actions_to_undo(doors, part), periods, already)


def keep_undone(doors: Doors, tx: Tx, part: Part, results: "Sequence[Result]") -> None:
    """The next run must not do what was undone all over again: the fields stay as they are until somebody chooses."""
    if not is_undo(part) or not part.map.has_page:
        return
    done = [result.action for result in results if result.is_written]
    kept = {str(action["maestro_key"]): kept_fields(action) for action in done}
    if any(kept.values()):
        doors.journal.keep_fields(tx, part.kind, kept, part.request["requested_by"], doors.clock.now())


def release_kept(doors: Doors, tx: Tx, subject: Subject) -> None:
    """What was kept apart after an undo and has become equal follows the ordinary rules again."""
    if not subject.decisions:
        return
    by_id = {record.procore_id: record for record in subject.procore}
    partners = {key: by_id[link.procore_id] for key, link in subject.links.items() if link.procore_id in by_id}
    equal = no_longer_kept(subject.element_map, subject.maestro, partners, subject.decisions)
    if equal:
        doors.journal.release_fields(tx, subject.element_map.element, equal)
