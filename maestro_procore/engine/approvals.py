"""What people decide about what waits for them: accept or refuse what enters maestro*, let a held run go.

Called by engine/commands.py, which looks at the caller's rights. The rules are model/acceptance.py and change_guard.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from maestro_procore.engine.holding import line_of
from maestro_procore.model.acceptance import Approver, Held, Total, Verdict, objection, total_of
from maestro_procore.model.change_guard import Confirmed, Weight
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Journal, Tx

REASON_LENGTH: Final = 250


def accept(
    journal: Journal,
    element: str,
    approver: Approver,
    now: datetime,
    *,
    keys: Sequence[str] | None,
    control_total: Total,
    seen: Collection[str] | None,
) -> list[str]:
    """Accepts all of them or nothing; the keys of their lines. keys None: all that wait.

    control_total: what the approver says that they come to. seen: digests of the contents that he looked at.
    Raises Refused: ACC-04 his own request, ACC-05 above his limit, ACC-06 wrong total, ACC-07 nothing (of this) waits.
    """
    with journal.begin() as tx:
        rows = _named(journal, tx, element, keys)
        found = total_of(rows)
        if found != control_total:
            raise Refused(Problem("ACC-06", {"expected": str(control_total), "found": str(found)}))
        for row in rows:
            if (against := objection(row, approver)) is not None:
                raise Refused(against)
            if seen is not None and row.digest not in seen:
                raise Refused(Problem("ACC-07", {"code": row.name}))
            _decide(journal, tx, row, Verdict.ACCEPTED, approver.user, now)
    return [row.key for row in rows]


def refuse(journal: Journal, element: str, user: str, now: datetime, *, keys: Sequence[str], reason: str) -> None:
    """Keeps documents out of maestro*, and says why on their lines at once.

    Raises Refused: ACC-08 without a reason, ACC-07 for what does not wait.
    """
    said = " ".join(reason.split())[:REASON_LENGTH]
    if not said:
        raise Refused(Problem("ACC-08"))
    with journal.begin() as tx:
        rows = _named(journal, tx, element, keys)
        refused = [_decide(journal, tx, row, Verdict.REFUSED, user, now, reason=said) for row in rows]
        journal.change_lines(tx, element, [line_of(row) for row in refused])


def _named(journal: Journal, tx: Tx, element: str, keys: Sequence[str] | None) -> list[Held]:
    """The documents of these keys; one that was refused may be accepted after all when it is named."""
    kinds = ELEMENTS[element].kinds
    held = [Held.of_row(row) for kind in kinds for row in journal.acceptances(tx, kind)]
    if keys is None:
        rows = [row for row in held if row.verdict is Verdict.WAITING]
        if not rows:
            raise Refused(Problem("ACC-07", {"code": ""}))
        return rows
    waiting = {row.key: row for row in held if row.verdict is not Verdict.ACCEPTED}
    unknown = next((key for key in keys if key not in waiting), None)
    if unknown is not None:
        raise Refused(Problem("ACC-07", {"code": unknown}))
    return [waiting[key] for key in dict.fromkeys(keys)]


def _decide(journal: Journal, tx: Tx, row: Held, verdict: Verdict, user: str, now: datetime, reason: str = "") -> Held:
    said = {"verdict": verdict.value, "decided_by": user, "reason": reason, "decided_at": now}
    if not journal.decide_acceptance(tx, row.kind, row.procore_id, row.digest, **said):
        raise Refused(Problem("ACC-07", {"code": row.name}))
    return replace(row, verdict=verdict, decided_by=user, reason=reason)


def confirm(journal: Journal, request_id: str, records: int | None) -> str:
    """Lets a held request go, as far as it was found to change; its id. The plan is made anew.

    records: the number that was typed, None where naming the request is the confirmation (command line).
    Raises Refused: CLI-04 no such request, GRD-03 another number, GRD-04 nothing is held.
    """
    request = journal.request(request_id)
    with journal.begin() as tx:
        rows = journal.weights(tx, request["id"], request["run"])
    if not request["ended_at"] or not any(row["is_held"] for row in rows):
        raise Refused(Problem("GRD-04", {"id": str(request["number"])}))
    confirmed = Confirmed.all_of([Weight.from_json(row["weight"]) for row in rows])
    if records is not None and records != confirmed.records:
        raise Refused(Problem("GRD-03", {"found": records, "expected": confirmed.records}))
    journal.change_request(request["id"], confirmed=confirmed.to_json())
    if not journal.resume(request["id"]):
        raise Refused(Problem("GRD-04", {"id": str(request["number"])}))
    return str(request["id"])
