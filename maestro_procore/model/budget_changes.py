"""Budget modifications of maestro* (→): one approved budget change of Procore each.

Budget changes, not Procore's older budget modifications: those are read only once a company has migrated, want a line
on both ends, and cannot say where an amount comes from. Budget changes take one on any budget code, locked or not. They
carry no origin_id: our key stands at the end of the title, and the list is looked through before any is sent again.
An approved one stays as it is; what is changed in maestro* afterwards is told, never sent as a second one.
Source: maestro-interface.md §3.3, procore-api.md §6.6.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from maestro_procore.model.budget_codes import MAP as BUDGET_CODES
from maestro_procore.model.budget_codes import Codes, text
from maestro_procore.model.cost_codes import broken, is_reachable
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Item, LinkState, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, exact_number, money

Row = Mapping[str, Any]
ZERO: Final = Decimal("0.00")


def _attributes(row: Row) -> Row:
    """The list names the amount of a change, the answer to a write only those of its lines (procore-api.md §6.6)."""
    if row.get("amount") is not None:
        return row
    lines = row.get("adjustment_line_items") or ()
    return {**row, "amount": sum((exact_number(line.get("amount")) or ZERO for line in lines), ZERO)}


MAP = ElementMap(
    element="budget-changes",
    table="m_budget_change",
    key_column="change_id",
    resources=("budget-changes",),
    number="number",
    active="is_in_use",
    fields=(
        Field("reference", "reference", "title", Kind.TEXT, 30, 255, is_identity=True, shown=True),
        Field("amount", "amount", "amount", Kind.MONEY, shown=True),
    ),
    title="reference",
    clues=(Field("status", "status", "status"),),
    read_procore=_attributes,
    part_of="budgets",
    tables=(
        TableUse("m_cost_group"),
        TableUse("m_activity", "project_code"),
        TableUse("m_budget_change", "project_code"),
        TableUse("m_change_order", "project_code"),
    ),
    needs=(*BUDGET_CODES.needs, "budget-codes", "budget-changes", "change-orders"),
    reading=Reading.ONCE,
    write_resource="budget-changes",
    bulk=1,
    is_idempotent=False,
)

IN_FORCE: Final = frozenset({"approved"})
"""States of m_budget_change whose amount counts in the modified budget."""
VOID: Final = "void"


def change_key(project: str, row: Row) -> str:
    """maestro* key of a modification."""
    return f"{project}/{row['change_id']}"


def title(reference: str, origin_id: str) -> str:
    """The title that a modification is recognised by: what people call it, then our key, closed so that 1 is not 12."""
    return f"{reference} [{origin_id}]".strip()


# --- where a modification comes from --------------------------------------------------------------


def change_order_of(context: Context, row: Row) -> str | None:
    """maestro* key of the change order that a modification was born from; None: it was typed or imported."""
    if row.get("co_id") is None:
        return None
    numbers = {each["co_id"]: text(each["co_no"]) for each in context.tables.get("m_change_order", ())}
    return f"{context.scope.project}/{numbers.get(row['co_id'], row['co_id'])}"


def is_from_procore(context: Context, change_order: str | None) -> bool:
    """Whether Procore's approved change orders hold the amount already."""
    return change_order is not None and change_order in context.links.get("change-orders", {})


def echoes(context: Context) -> list[tuple[str, str, Problem]]:
    """Activity, group and BUD-08 of each modification that came from Procore and is not sent back."""
    found = []
    for row in context.tables.get("m_budget_change", ()):
        order = change_order_of(context, row)
        if order is not None and row.get("status") in IN_FORCE and is_from_procore(context, order):
            found.append((text(row["activity_code"]), text(row["group_code"]), _echo(row, order)))
    return found


def _echo(row: Row, order: str) -> Problem:
    return Problem("BUD-08", {"ref": _reference(row), "no": order.partition("/")[2]})


def _reference(row: Row) -> str:
    return text(row.get("reference")) or text(row["change_id"])


# --- maestro*'s part ------------------------------------------------------------------------------


def _rows(context: Context) -> Iterator[Row]:
    """Modifications in force of cost groups."""
    codes = Codes(context)
    for row in context.tables.get(MAP.table, ()):
        if row.get("status") in IN_FORCE and not codes.is_selling(text(row.get("group_code"))):
            yield row


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    found = []
    for row in _rows(context):
        read = element_map.from_maestro({**row, "reference": _reference(row)})
        key = change_key(context.scope.project, row)
        found.append(Record(key, read.values, facts=read.facts, faults=read.faults))
    return found


def _are_read(context: Context, is_due: bool) -> bool:
    """The list is needed only before the first modification of a project is sent."""
    links = context.links.get(MAP.element, {})
    rows = (row for row in _rows(context) if change_key(context.scope.project, row) not in links)
    return is_due and any(not is_from_procore(context, change_order_of(context, row)) for row in rows)


# --- plan -----------------------------------------------------------------------------------------


def _plan(subject: Subject) -> list[Item]:
    """One item per modification in force, and one per modification that was sent and is not in force any more."""
    if not is_reachable(subject.around):
        return []  # the budget's own lines say so
    work = _Work(subject)
    items = [work.item(record) for record in sorted(subject.maestro, key=lambda record: record.key)]
    return items + list(work.withdrawn())


class _Work:
    """One project's modifications and what they are looked up in."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.context = subject, subject.around
        self.codes = Codes(self.context)
        self.by_id = {record.procore_id: record for record in subject.procore}
        self.by_mark = {_answered_as(record): record for record in subject.procore if not record.is_gone}

    def item(self, record: Record) -> Item:
        link = self.subject.links.get(record.key)
        if record.faults:
            return Item(record, None, ActionKind.SKIP, problems=record.faults, is_linked=link is not None)
        if link is not None:
            return self._linked(record, link)
        order = change_order_of(self.context, record.facts)
        if order is not None and is_from_procore(self.context, order):
            return Item(record, None, None, problems=(_echo(record.facts, order),), is_in_scope=False)
        if not money(record.values["amount"]):
            return Item(record, None, None, is_in_scope=False)
        sent = self.by_mark.get(_mark(self._title(record)))
        if sent is not None:
            return Item(record, sent, ActionKind.LINK, rule="origin_id")
        if order is not None:
            told = {"ref": record.values["reference"], "no": order.partition("/")[2]}
            return Item(record, None, ActionKind.SKIP, problems=(Problem("BUD-11", told),), is_question=True)
        return self._new(record)

    def _linked(self, record: Record, link: LinkState) -> Item:
        partner = self.by_id.get(link.procore_id)
        if partner is None or partner.is_gone:
            return broken(record, partner, link.agreed)
        told = self._changed(str(record.values["reference"]), record, partner)
        kind = ActionKind.SKIP if told else None
        return Item(record, partner, kind, problems=told, is_linked=True, agreed=link.agreed)

    def _changed(self, reference: str, record: Record | None, partner: Record) -> tuple[Problem, ...]:
        """BUD-10 when the two amounts differ: an approved budget change is not changed."""
        mine = money(record.values["amount"]) if record is not None else ZERO
        theirs = money(partner.values.get("amount")) if partner.values.get("status") != VOID else ZERO
        told = {"ref": reference, "a": str(mine), "b": str(theirs)}
        return () if mine == theirs else (Problem("BUD-10", told),)

    def _new(self, record: Record) -> Item:
        activity, group = text(record.facts["activity_code"]), text(record.facts["group_code"])
        number = self.codes.number(activity, group)
        if number is None:
            obstacle = self.codes.obstacle(activity, group)
            if obstacle is None and not self.codes.is_coming(activity, group):
                obstacle = Problem("BUD-15", {"wbs": self.codes.shown(activity, group)})
            if obstacle is not None:
                return Item(record, None, ActionKind.SKIP, problems=(obstacle,))
        write = self._write(record, number)
        return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, rule="created")

    def _write(self, record: Record, number: int | None) -> Writes:
        line: Writes = {
            "adjustment_number": 1,
            "type": "budget_change",
            "calculation_strategy": "manual",
            "amount": record.values["amount"],
            "description": record.values["reference"],
        }
        code = {} if number is None else {"wbs_code_id": number}
        return {
            "status": "approved",
            "title": self._title(record),
            "adjustment_line_items": [{**code, **line}],
        }

    def _title(self, record: Record) -> str:
        return title(str(record.values["reference"]), self.subject.settings.origin_prefix + record.key)

    def withdrawn(self) -> Iterator[Item]:
        """Linked modifications that left maestro*, or are in force there no longer."""
        start = f"{self.context.scope.project}/"
        here = {record.key for record in self.subject.maestro}
        for key, link in sorted(self.subject.links.items()):
            partner = self.by_id.get(link.procore_id)
            if key in here or not key.startswith(start) or partner is None or partner.is_gone:
                continue
            reference = str(partner.values.get("reference") or key).partition(" [")[0]
            told = self._changed(reference, None, partner)
            if told:
                yield Item(None, partner, ActionKind.SKIP, problems=told, is_linked=True, agreed=link.agreed)


def _sent_as(write: Writes) -> str:
    """Our key at the end of the title; the words before it may have been changed since."""
    return _mark(write.get("title"))


def _answered_as(record: Record) -> str:
    return _mark(record.values.get("reference"))


def _mark(words: Any) -> str:
    return str(words or "").rpartition("[")[2].partition("]")[0]


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=_plan,
    assemble=_assemble,
    sent_as=_sent_as,
    answered_as=_answered_as,
    reads=_are_read,
    question="BUD-11",
)
