"""Project Budgets (→): the original cost budget of each activity and group, one line of Procore's budget each.

Modifications are budget changes (model/budget_changes.py), whether the budget is locked or not, and never touch the
original amount: so both sides agree column by column, the lock need not be asked for, and nothing is ever unlocked.
Only a changed original amount meets the lock (BUD-02). Amounts that stood in Procore before are adopted when they are
equal, otherwise a conflict; never overwritten unasked. Source: maestro-interface.md §3.3, procore-api.md §6.6.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from maestro_procore.model.budget_changes import echoes
from maestro_procore.model.budget_codes import MAP as BUDGET_CODES
from maestro_procore.model.budget_codes import Codes, text
from maestro_procore.model.compare import Difference, Winner, differences
from maestro_procore.model.cost_codes import broken, is_reachable
from maestro_procore.model.elements import Side
from maestro_procore.model.lookups import lookup
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.rules import Context, Item, LinkState, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, money
from maestro_procore.model.wbs_segments import has_custom_segments

Row = Mapping[str, Any]

BUDGET_VIEWS = lookup(
    "budget-views",
    "name",
    (Field("role", "", "role"),),
    part_of="budgets",
)


def _attributes(row: Row) -> Row:
    """A row of a budget view names its parts in words; the answer to a write knows the budget code only."""
    code = row.get("wbs_code") or {}
    flat = str(code.get("flat_code") or "")
    cost_code, _, name = str(row.get("cost_code") or "").partition(" - ")
    return {
        **row,
        "wbs_code_id": row.get("wbs_code_id") or code.get("id"),
        "flat_name": name or code.get("description"),
        "cost_code": cost_code or flat.rpartition(".")[0] or None,
        "category": row.get("category") or flat.rpartition(".")[2] or None,
    }


MAP = ElementMap(
    element="budgets",
    table="m_budget",
    key_column="activity_code",
    resources=("budget-rows",),
    number="wbs_code_id",
    active="is_in_use",
    fields=(
        Field("activity", "activity_code", "cost_code", is_identity=True, shown=True),
        Field("group", "group_code", "category", is_identity=True, shown=True),
        Field("original", "original_cost", "original_budget_amount", Kind.MONEY, shown=True),
    ),
    title="name",
    clues=(Field("name", "description", "flat_name"), Field("wbs", "wbs_code_id", "wbs_code_id")),
    read_procore=_attributes,
    tables=(
        TableUse("m_cost_group"),
        TableUse("m_activity", "project_code"),
        TableUse("m_budget", "project_code"),
        TableUse("m_budget_change", "project_code"),
        TableUse("m_change_order", "project_code"),
    ),
    needs=(*BUDGET_CODES.needs, "budget-codes", "budgets", "budget-views", "change-orders"),
    reading=Reading.ONCE,
    write_resource="budget-lines",
    is_idempotent=False,
)


# --- maestro*'s part ------------------------------------------------------------------------------


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    """One record per activity and cost type, the lines of its groups added together; one per linked line that has left.

    facts: `count` lines, `is_selling`, `is_removed`, `activity`, `groups`.
    """
    codes = Codes(context)
    linked = _linked_keys(context)
    found = [
        _record(element_map, codes, activity, rows, linked)
        for (activity, _), rows in sorted(_together(context, codes).items())
    ]
    here = {record.key for record in found}
    found += [_removed(codes, key, *pair) for key, pair in sorted(linked.items()) if key not in here]
    return found


def _together(context: Context, codes: Codes) -> Mapping[tuple[str, str], list[Row]]:
    together: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in context.tables.get("m_budget", ()):
        activity, group = text(row["activity_code"]), text(row["group_code"])
        # Without a cost type, or with one that stays in maestro*, a group is by itself.
        kind = None if codes.is_selling(group) else codes.cost_type(group)
        together[activity, kind or f"/{group}"].append(row)
    return together


def _linked_keys(context: Context) -> dict[str, tuple[str, str]]:
    """Keys of the project's linked lines → their activity and group."""
    start = f"{context.scope.project}/"
    keys = (key for key in context.links.get("budgets", {}) if key.startswith(start))
    return {key: _parts(key.removeprefix(start)) for key in keys}


def _parts(rest: str) -> tuple[str, str]:
    activity, _, group = rest.rpartition("/")
    return activity, group


def _record(
    element_map: ElementMap, codes: Codes, activity: str, rows: Sequence[Row], linked: Mapping[str, tuple[str, str]]
) -> Record:
    groups = sorted({text(row["group_code"]) for row in rows})
    read = [element_map.from_maestro(row) for row in rows]
    faults = tuple(fault for record in read for fault in record.faults)
    amount = sum((money(record.values["original"]) for record in read), Decimal(0))
    values = {
        "activity": activity,
        "group": ", ".join(groups),
        "original": Kind.MONEY.read(amount),
        "name": Kind.TEXT.read(codes.activities.get(activity, {}).get("description")),
    }
    is_selling = codes.is_selling(groups[0])
    facts = {"activity": activity, "groups": groups, "count": len(rows), "is_selling": is_selling}
    key = _key(codes, activity, groups, linked)
    return _coded(codes, Record(key, values, facts=facts, faults=faults), activity, groups[0])


def _key(codes: Codes, activity: str, groups: Sequence[str], linked: Mapping[str, tuple[str, str]]) -> str:
    """The key that the line is linked with, be it that of a group that has left it; else that of its first group."""
    keys = [f"{codes.project}/{activity}/{group}" for group in groups]
    kind = codes.cost_type(groups[0])
    same = [
        key for key, (other, group) in linked.items() if other == activity and kind and codes.cost_type(group) == kind
    ]
    return next((key for key in keys if key in linked), min(same, default=keys[0]))


def _removed(codes: Codes, key: str, activity: str, group: str) -> Record:
    values = {
        "activity": activity,
        "group": group,
        "original": "0.00",
        "name": Kind.TEXT.read(codes.activities.get(activity, {}).get("description")),
    }
    facts = {"activity": activity, "groups": [group], "count": 0, "is_removed": True}
    return _coded(codes, Record(key, values, facts=facts), activity, group)


def _coded(codes: Codes, record: Record, activity: str, group: str) -> Record:
    """The record with Procore's id of its budget code, where there is one."""
    number = None if record.facts.get("is_selling") else codes.number(activity, group)
    wbs = None if number is None else str(number)
    return replace(record, number=wbs, values={**record.values, "wbs": wbs})


def _view_in_path(context: Context) -> dict[str, str]:
    """The company's default budget view, else its oldest one. Errors: Refused (BUD-13) when there is none."""
    views = [record for record in context.records.get("budget-views", ()) if not record.is_gone]
    if not views:
        raise Refused(Problem("BUD-13"))
    chosen = min(views, key=lambda view: (view.values.get("role") != "default", view.procore_id))
    return {"budget_view_id": chosen.key}


# --- plan -----------------------------------------------------------------------------------------


class _Work:
    """One project's lines and what they are looked up in."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.context = subject, subject.around
        self.codes = Codes(self.context)
        self.by_id = {record.procore_id: record for record in subject.procore}
        self.by_code = {record.number: record for record in subject.procore if not record.is_gone}
        self.owners = {link.procore_id: key for key, link in subject.links.items()}
        self.echoes = echoes(self.context)
        removed = [record for record in subject.maestro if record.facts.get("is_removed")]
        selling = [record for record in subject.maestro if record.facts.get("is_selling")]
        self.is_emptied = len(removed) > 1 and len(removed) + len(selling) == len(subject.maestro)

    def item(self, record: Record) -> Item:
        """What happens to one line of maestro*, echoes told beside it."""
        item = self._item(record)
        pair = (record.facts["activity"], record.facts["groups"])
        told = tuple(p for activity, group, p in self.echoes if activity == pair[0] and group in pair[1])
        return replace(item, problems=(*item.problems, *told)) if told and item.is_in_scope else item

    def _item(self, record: Record) -> Item:
        if record.facts.get("is_selling"):
            return self._outside(record, Problem("BUD-05"))
        if not is_reachable(self.context):
            told = (Problem("BUD-01", {"project": self.context.scope.project}),)
            return Item(record, None, ActionKind.SKIP, problems=told)
        link = self.subject.links.get(record.key)
        if record.faults:
            return Item(record, None, ActionKind.SKIP, problems=record.faults, is_linked=link is not None)
        return self._linked(record, link) if link is not None else self._unlinked(record)

    def _outside(self, record: Record, told: Problem) -> Item:
        is_asked_for = self.subject.selection is not None and record.key in self.subject.selection
        if is_asked_for:
            return Item(record, None, ActionKind.SKIP, problems=(told,))
        return Item(record, None, None, problems=(told,), is_in_scope=False)

    # --- linked ---

    def _linked(self, record: Record, link: LinkState) -> Item:
        partner = self.by_id.get(link.procore_id)
        if partner is None or partner.is_gone:
            return broken(record, partner, link.agreed)
        if self.is_emptied:
            # All lines of a budget gone at once: rather a view that answers nothing than a decision of anybody's.
            return broken(record, partner, link.agreed, "maestro*")
        choices = self.subject.decisions.get(record.key, {})
        found = differences(MAP, record, partner, link.agreed, choices)
        item = partial(Item, record, partner, differences=tuple(found), is_linked=True, agreed=link.agreed)
        stopped = self._against(record, partner, found, choices)
        if stopped is not None:
            return item(kind=ActionKind.SKIP, problems=(stopped,), is_question=not stopped.is_error)
        if not found:
            return item(kind=None)
        write = {"id": partner.procore_id, **_amount(record, partner.number)}
        told = [Problem("BUD-06")] if record.facts.get("is_removed") else _added(record)
        return item(kind=ActionKind.UPDATE, writes={Side.PROCORE: write}, problems=tuple(told))

    def _against(
        self, record: Record, partner: Record, found: Sequence[Difference], choices: Mapping[str, str]
    ) -> Problem | None:
        if record.number is not None and partner.number is not None and record.number != partner.number:
            told = {"code": self._shown(record), "group": record.values["group"]}
            return Problem("BUD-14", told)
        if found and has_custom_segments(self.context):
            return Problem("PRJ-18", {"code": self.context.scope.project})
        winners = {difference.winner for difference in found}
        field = {"field": "original", "element": MAP.element}
        if Winner.CONFLICT in winners:
            return Problem("PRJ-09", field)
        return Problem("LNK-09", field) if Winner.KEEP in winners and choices else None

    def _shown(self, record: Record) -> str:
        return self.codes.shown(record.facts["activity"], record.facts["groups"][0])

    # --- not linked ---

    def _unlinked(self, record: Record) -> Item:
        activity, group = record.facts["activity"], record.facts["groups"][0]
        if record.number is None:
            obstacle = self.codes.obstacle(activity, group)
            if obstacle is None and not self.codes.is_coming(activity, group):
                obstacle = Problem("BUD-15", {"wbs": self._shown(record)})
            if obstacle is not None:
                return Item(record, None, ActionKind.SKIP, problems=(obstacle,))
        partner = self.by_code.get(record.number) if record.number is not None else None
        if partner is None:
            write = _amount(record, record.number)
            told = tuple(_added(record))
            return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, problems=told, rule="created")
        return self._adopted(record, partner)

    def _adopted(self, record: Record, partner: Record) -> Item:
        """A line that Procore has already: linked when it is equal or empty, otherwise a person decides."""
        told = [Problem("BUD-03", {"wbs": self._shown(record)}), *_added(record)]
        mine, theirs = money(record.values["original"]), money(partner.values.get("original"))
        item = partial(Item, record, partner, rule="number")
        if mine == theirs:
            return item(kind=ActionKind.LINK, problems=tuple(told))
        choice = self.subject.decisions.get(record.key, {}).get("original", "")
        found = differences(MAP, record, partner, {}, {"original": choice} if choice else {})
        if choice == Side.PROCORE:
            # Not linked either: once it is, maestro*'s amount would be the one that stands.
            kept = Problem("LNK-09", {"field": "original", "element": MAP.element})
            return item(kind=ActionKind.SKIP, differences=tuple(found), problems=(kept,), is_question=True)
        if theirs == 0 or choice == Side.MAESTRO:
            write = {"id": partner.procore_id, **_amount(record, partner.number)}
            return item(
                kind=ActionKind.LINK, writes={Side.PROCORE: write}, differences=tuple(found), problems=tuple(told)
            )
        conflict = [replace(difference, winner=Winner.CONFLICT) for difference in found]
        asked = Problem("BUD-09", {"wbs": self._shown(record), "a": str(mine), "b": str(theirs)})
        return item(kind=ActionKind.SKIP, differences=tuple(conflict), problems=(asked,), is_question=True)

    # --- Procore's own ---

    def alone(self, claimed: Iterable[int]) -> Iterator[Item]:
        """Lines of Procore that no line of maestro* claims: told when they hold an amount."""
        mine = set(claimed) | set(self.owners)
        for record in sorted(self.subject.procore, key=lambda each: each.procore_id):
            if record.procore_id in mine or record.is_gone:
                continue
            amount = money(record.values.get("original"))
            if not amount:
                yield Item(None, record, None, is_in_scope=False)
                continue
            told = Problem("BUD-12", {"code": record.values.get("activity") or record.number, "b": str(amount)})
            yield Item(None, record, ActionKind.SKIP, problems=(*record.faults, told), is_question=True)


def _amount(record: Record, wbs: str | None) -> Writes:
    """The attributes of a written line. Without `manual` Procore may count it from a quantity that it has not got."""
    code = {} if wbs is None else {"wbs_code_id": int(wbs)}
    return {**code, "original_budget_amount": record.values["original"], "calculation_strategy": "manual"}


def _added(record: Record) -> list[Problem]:
    count = record.facts["count"]
    if count < 2:
        return []
    told = {"n": count, "activity": record.facts["activity"], "group": record.values["group"]}
    return [Problem("BUD-04", told)]


def _plan(subject: Subject) -> list[Item]:
    """One item per line of maestro*, then one per line that only Procore has."""
    work = _Work(subject)
    items = [work.item(record) for record in sorted(subject.maestro, key=lambda record: record.key)]
    items += work.alone(item.procore.procore_id for item in items if item.procore is not None)
    if subject.selection is None:
        return items
    chosen = subject.selection
    return [i for i in items if any(r is not None and r.key in chosen for r in (i.maestro, i.procore))]


def _sent_as(write: Writes) -> str:
    """Lines have no mark; one that holds another amount than was sent is not the one that was sent."""
    return f"{write.get('wbs_code_id')}={Kind.MONEY.read(write.get('original_budget_amount'))}"


def _answered_as(record: Record) -> str:
    return f"{record.number}={record.values.get('original')}"


def _totals(subject: Subject) -> Problem | None:
    """BUD-07 when the original budgets of a project differ, once everything is sent; selling budgets do not count."""
    cost = (record for record in subject.maestro if not record.facts.get("is_selling"))
    mine = sum((money(record.values.get("original")) for record in cost), Decimal("0.00"))
    here = (record for record in subject.procore if not record.is_gone)
    theirs = sum((money(record.values.get("original")) for record in here), Decimal("0.00"))
    if mine == theirs or subject.selection is not None:
        return None
    return Problem("BUD-07", {"project": subject.around.scope.project, "a": str(mine), "b": str(theirs)})


LOCKED: Final = "cannot be updated for a locked budget"

RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=_plan,
    assemble=_assemble,
    path_values=_view_in_path,
    sent_as=_sent_as,
    answered_as=_answered_as,
    checks=_totals,
    refuses_all={LOCKED: "BUD-02"},
    question="BUD-09",
)
