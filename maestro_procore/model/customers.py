"""Customers (→): companies of Procore's directory too, which does not tell customers from suppliers.

A part of Suppliers without a list of its own: they are found in the list that the suppliers were read from, linked
there without a mark and never changed, as the company may be a supplier's as well. One that a contract names and
that Procore lacks is created. Needed for owner's change orders. Source: maestro-interface.md §3.4, Customers.
"""

from dataclasses import replace
from typing import Final

from maestro_procore.model import suppliers
from maestro_procore.model.duplicate_detective import without_strangers
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.matching import Finder, Match
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Item, Rules, Subject
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, cut

_CODE: Final = Field("code", "customer_code", "origin_code", Kind.CODE, 10, 255, is_identity=True, shown=True)
CLOSED: Final = "1"
MAY_BE_BILLED: Final = frozenset({"A", "W"})
"""Of the statuses A, B, W and 1: active, or blocked with a warning only."""
_RIGHT: Final = {"choice": 0, "origin_id": 1, "number": 2, "name": 3}
"""Who gets a company that two customers claim: the lower one."""

MAP = replace(
    suppliers.MAP,
    element="customers",
    table="m_customer",
    key_column="customer_code",
    resources=(),
    write_resource="vendors",
    listed_with="suppliers",
    reactivated_by="",
    fields=(_CODE, *(each for each in suppliers.MAP.fields if not each.is_identity)),
    group_columns={},
    part_of="suppliers",
    tables=(TableUse("m_customer"), TableUse("m_contract")),
    needs=("suppliers",),
    reading=Reading.NEVER,
)


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    """All that are not closed; those that a contract names are the ones that change orders of owners need."""
    named = {row.get("customer_code") for row in context.tables.get("m_contract", ())}
    rows = [row for row in context.tables.get("m_customer", ()) if row.get("status") != CLOSED]
    records = [element_map.from_maestro({**row, "is_named": row.get("customer_code") in named}) for row in rows]
    return sorted(records, key=lambda record: record.key)


class _Work:
    """Who is who, within one plan: no company is given to two customers."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.there = {record.procore_id: record for record in subject.procore if not record.is_gone}
        held = {key: link.procore_id for key, link in subject.links.items()}
        self.holders = {procore_id: key for key, procore_id in held.items()}
        # Only active companies can be linked; whom a customer has already stays his.
        possible = [r for r in self.there.values() if r.is_active or r.procore_id in self.holders]
        prefix = subject.settings.origin_prefix
        self.finder = Finder(subject.element_map, subject.maestro, possible, held, prefix)
        seekers = [record for record in subject.maestro if record.key not in held]
        self.matches = {record.key: self._match(record) for record in seekers}
        for record in sorted(seekers, key=lambda each: _RIGHT.get(self.matches[each.key].rule, len(_RIGHT))):
            if (partner := self.matches[record.key].partner) is not None:
                self.holders.setdefault(partner.procore_id, record.key)
        self.created: list[Record] = []

    def _match(self, record: Record) -> Match:
        choice = self.subject.decisions.get(record.key, {}).get("link", "")
        chosen = self.there.get(int(choice)) if choice.isdecimal() else None
        if chosen is not None:
            return Match(chosen, "choice")
        return without_strangers(self.finder.find(record), record, self.subject.strangers)

    def item(self, record: Record) -> Item:
        link = self.subject.links.get(record.key)
        if link is not None:
            return _linked(record, self.there.get(link.procore_id))
        match, is_named = self.matches[record.key], bool(record.facts["is_named"])
        if match.candidates:
            count = len(match.candidates)
            told = Problem("CUS-01", {"n": count, "count": count, "code": record.key})
            return _question(record, told, match.candidates) if is_named else _nothing(record)
        if match.partner is None:
            return self._new(record) if is_named else _nothing(record)
        holder = self.holders[match.partner.procore_id]
        if holder != record.key:
            name = str(match.partner.values.get("name") or match.partner.key)
            return _question(record, Problem("CUS-02", {"name": name, "code": record.key, "twin": holder}))
        return Item(record, match.partner, ActionKind.LINK, rule=match.rule)

    def _new(self, record: Record) -> Item:
        """A company for one that Procore lacks. Entered twice in maestro*, it is created once."""
        if not self.subject.settings.sends_customers or record.facts.get("status") not in MAY_BE_BILLED:
            return _nothing(record)
        twin = next((other for other in self.created if self.finder.are_twins(record, other)), None)
        if twin is not None:
            return _question(record, Problem("CUS-03", {"code": record.key, "twin": twin.key}))
        self.created.append(record)
        fields = self.subject.element_map.fields
        values = {each.procore: cut(record.values[each.name], each.procore_length) for each in fields}
        write = {name: value for name, value in values.items() if value is not None}
        write["origin_id"] = self.subject.settings.origin_prefix + record.key
        return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, rule="created")


def _nothing(record: Record) -> Item:
    return Item(record, None, None, is_in_scope=False)


def _question(record: Record, told: Problem, candidates: tuple[Record, ...] = ()) -> Item:
    return Item(record, None, ActionKind.SKIP, problems=(told,), candidates=candidates, is_question=True)


def _linked(record: Record, partner: Record | None) -> Item:
    if partner is not None:
        return Item(record, partner, None, is_linked=True)
    told = (Problem("LNK-02", {"code": record.key, "system": "Procore"}),)
    return Item(record, None, ActionKind.SKIP, problems=told, is_linked=True, is_question=True)


def _plan(subject: Subject) -> list[Item]:
    """One item per customer, in the order of their codes."""
    work = _Work(subject)
    items = [work.item(record) for record in subject.maestro]
    if subject.selection is None:
        return items
    return [item for item in items if item.maestro is not None and item.maestro.key in subject.selection]


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=_plan,
    assemble=_assemble,
)
