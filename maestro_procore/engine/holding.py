"""What keeps a plan from being carried out until a person says so: the approver's word, the change guard.

The rules are model/acceptance.py and model/change_guard.py; what people decide comes in through engine/approvals.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part
from maestro_procore.model import acceptance, change_guard
from maestro_procore.model import settings as settings_table
from maestro_procore.model.acceptance import Held, Verdict
from maestro_procore.model.change_guard import Confirmed, Limits, Weight
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item, Subject
from maestro_procore.model.status import ActionKind
from maestro_procore.ports import Row, Tx


@dataclass(frozen=True)
class Checked:
    """The items of a plan as far as they may be carried out. waiting: what the journal keeps of each; None: off."""

    items: Sequence[Item]
    waiting: Sequence[Held] | None = None

    @property
    def approvers(self) -> dict[int, str]:
        """Procore id of what enters maestro* → who accepted it."""
        return {row.procore_id: row.decided_by for row in self.waiting or () if row.verdict is Verdict.ACCEPTED}


def wait_for_approver(doors: Doors, part: Part, items: Sequence[Item]) -> Checked:
    """The items, those that an accounting approver has not accepted turned into questions."""
    if not acceptance.concerns(part.map):
        return Checked(items)
    values = settings_table.effective(doors.journal.settings())
    if not acceptance.is_on(acceptance.page_of(part.map), values):
        return Checked(items)
    with doors.journal.begin() as tx:
        held = {row["procore_id"]: Held.of_row(row) for row in doors.journal.acceptances(tx, part.kind)}
    request = doors.journal.request(part.request["id"])  # as it stands now: somebody may have joined it
    approver = acceptance.approver_of(request["accepts_as"], values) if request["accepts_as"] else None
    judged, rows = acceptance.judge(part.map, items, held, request["requested_by"], approver)
    return Checked(judged, rows)


def keep_waiting(doors: Doors, tx: Tx, part: Part, checked: Checked, *, is_complete: bool) -> None:
    """What waits, in the journal. is_complete: the plan looked at every document of its scope."""
    journal, scope = doors.journal, part.scope.project
    if checked.waiting is None:
        if acceptance.concerns(part.map):  # switched off: nothing waits any more
            journal.put_acceptances(tx, part.kind, scope, [], set() if is_complete else None)
        return
    before = {row["procore_id"]: row for row in journal.acceptances(tx, part.kind, scope)}
    rows = [
        _row(each, before.get(each.procore_id), doors)
        for each in checked.waiting
        if not _was_decided_meanwhile(each, before.get(each.procore_id))
    ]
    present = {each.procore_id for each in checked.waiting} if is_complete else None
    journal.put_acceptances(tx, part.kind, scope, rows, present)
    if not part.map.has_page:  # its line belongs to the element: said there too
        told = [line_of(each) for each in checked.waiting if each.verdict is not Verdict.ACCEPTED]
        journal.change_lines(tx, acceptance.page_of(part.map), told)


def _was_decided_meanwhile(each: Held, before: Row | None) -> bool:
    """While the plan was made, somebody accepted or refused what it found waiting: the next plan follows that."""
    is_decided = before is not None and before["verdict"] != Verdict.WAITING.value
    return is_decided and each.verdict is Verdict.WAITING and before is not None and before["digest"] == each.digest


def line_of(each: Held) -> Row:
    """What the line of a document says while it does not enter maestro*."""
    problem = acceptance.told(each)
    name = {"maestro_key": each.maestro_key or None, "procore_id": each.procore_id}
    return {**name, "problems": [problem.to_json()], "worst": problem.kind.value}


def _row(each: Held, before: Row | None, doors: Doors) -> Row:
    is_new = each.verdict is not Verdict.WAITING and (before is None or before["verdict"] != each.verdict.value)
    at = doors.clock.now() if is_new else before["decided_at"] if before is not None else None
    return {**each.to_row(), "decided_at": at}


@dataclass(frozen=True)
class Guarded:
    """What a plan would change, and whether it waits for a confirmation."""

    weight: Row | None
    is_held: bool


def guard(doors: Doors, tx: Tx, part: Part, subject: Subject, checked: Checked) -> Guarded:
    """Weighs a plan. Once a request is held, all of its later parts are only planned: the figures become complete.

    New records that an approver has accepted weigh nothing: he saw each of them, or their control total.
    """
    limits = Limits.of_settings(settings_table.effective(doors.journal.settings()))
    if limits.is_off:
        return Guarded(None, False)
    element = part.request["element"]
    is_first = doors.journal.element_states()[element]["last_success_at"] is None
    name = f"{part.kind}@{part.scope.project}"
    accepted = checked.approvers
    items = [item for item in checked.items if not _is_new_and_accepted(item, accepted)]
    weight = change_guard.weigh(name, subject, items, is_main=part.is_main, is_first=is_first)
    parts = [row for row in _weights(doors, tx, part.request) if _name(row) != name]
    weights = [*map(_weight, parts), weight]
    confirmed = Confirmed.from_json(part.request.get("confirmed"))
    is_held = any(row["is_held"] for row in parts) or change_guard.is_over(weights, limits, confirmed)
    return Guarded(weight.to_json(), is_held and not part.request["is_preview"])


def _is_new_and_accepted(item: Item, accepted: Mapping[int, str]) -> bool:
    return item.kind is ActionKind.CREATE and item.procore is not None and item.procore.procore_id in accepted


def foretold(doors: Doors, tx: Tx, request: Row) -> Problem | None:
    """What a preview says when the run that it shows would wait for a confirmation."""
    limits = Limits.of_settings(settings_table.effective(doors.journal.settings()))
    weights = [*map(_weight, _weights(doors, tx, request))]
    would_wait = not limits.is_off and change_guard.is_over(weights, limits, Confirmed())
    return change_guard.foretold(weights) if would_wait else None


def held_back(doors: Doors, tx: Tx, request: Row) -> Problem | None:
    """What a request waits for, once all of it is planned; None: nothing was held."""
    rows = _weights(doors, tx, request)
    if not any(row["is_held"] for row in rows):
        return None
    limits = Limits.of_settings(settings_table.effective(doors.journal.settings()))
    number = str(doors.journal.request(request["id"])["number"])
    confirmed = Confirmed.from_json(request.get("confirmed"))
    return change_guard.told([*map(_weight, rows)], limits, confirmed, number)


def _weights(doors: Doors, tx: Tx, request: Row) -> list[Row]:
    return doors.journal.weights(tx, request["id"], request["run"])


def _name(row: Row) -> str:
    return f"{row['element']}@{row['scope']}"


def _weight(row: dict[str, Any]) -> Weight:
    return Weight.from_json(row["weight"])
