"""Lines of direct costs (→): one per activity and group that a transaction charges. They carry all the money.

A part of Project Costs without a page. Lines of many direct costs go in one call; none is ever read (§1.5 of
limits-and-faults.md). What is charged no longer stays as 0.00: Procore's sync cannot delete.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from maestro_procore.model.charges import LOCKS, ZERO, Books, Charge, Cost, costs_of, stays, stops
from maestro_procore.model.compare import Difference, Winner, differences
from maestro_procore.model.costs import TABLES, locked
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Item, LinkState, Locks, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, cut, exact_number, fold, money


def _attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Procore shows what a line belongs to inside other objects, and takes the bare numbers."""
    holder, code = row.get("holder") or {}, row.get("wbs_code") or {}
    return {
        **row,
        "direct_cost_id": holder.get("id") or row.get("direct_cost_id"),
        "wbs_code_id": code.get("id") or row.get("wbs_code_id"),
    }


def owner_of(key: str) -> str:
    """Key of the direct cost that a line belongs to."""
    return key.rpartition("/")[0]


MAP = ElementMap(
    element="cost-lines",
    table="m_transaction_line",
    key_column="line_key",
    resources=("direct-cost-lines",),
    number="origin_id",
    active="is_active",
    fields=(
        Field("line", "line_key", "origin_id", is_identity=True),
        Field("direct_cost", "direct_cost_id", "direct_cost_id", is_identity=True),
        Field("budget_code", "wbs_code_id", "wbs_code_id"),
        Field("description", "description", "description", Kind.TEXT, 120, 255),
        Field("quantity", "quantity", "quantity", Kind.QUANTITY),
        Field("unit", "unit", "uom"),
        Field("amount", "amount", "amount", Kind.MONEY),
    ),
    title="description",
    read_procore=_attributes,
    part_of="costs",
    tables=TABLES,
    needs=(
        "projects", "suppliers", "costs", "budget-codes", "purchase-orders", "subcontracts", "tax-codes", "units",
        LOCKS,
    ),
    reading=Reading.NEVER,
    main_key=owner_of,
)  # fmt: skip

_WHOLE: Final = frozenset({"direct_cost_id", "wbs_code_id"})
"""Attributes that Procore wants as whole numbers."""
_DECIMAL: Final = frozenset({"amount", "quantity"})
"""Attributes that Procore wants as numbers; two or six decimals survive the way."""


# --- maestro* -------------------------------------------------------------------------------------


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    """One record per charge of every transaction of the project, also of those that stay in maestro*."""
    books, units = Books(context), _units(context)
    return [
        _record(element_map, cost, charge, books, units) for cost in costs_of(books) for charge in cost.charges
    ]  # fmt: skip


def _record(element_map: ElementMap, cost: Cost, charge: Charge, books: Books, units: Mapping[str, str]) -> Record:
    unit = units.get(charge.unit or "")
    read = element_map.from_maestro(
        {
            "line_key": charge.key,
            "direct_cost_id": books.context.links.get("costs", {}).get(cost.key),
            "wbs_code_id": charge.code or books.codes.number(charge.activity, charge.group),
            "description": charge.description,
            # Without a unit that Procore knows a quantity would say nothing.
            "quantity": charge.quantity if unit else None,
            "unit": unit,
            "amount": charge.amount,
            "status": "A",
        }
    )
    return replace(read, facts={"cost": cost}, faults=(*read.faults, *cost.faults))


def _units(context: Context) -> dict[str, str]:
    """maestro*'s unit → the name under which the company keeps it in Procore: by the table, else the same word."""
    known = {fold(str(r.values.get("name"))): str(r.values.get("name")) for r in context.records.get("units", ())}
    mine = {str(line.get("unit") or "") for line in context.tables.get("m_transaction_line", ())}
    table = {unit: fold(context.maps.get("units", {}).get(unit, unit)) for unit in mine if unit}
    return {unit: known[theirs] for unit, theirs in table.items() if theirs in known}


def no_tax(context: Context) -> int | None:
    """Id of a tax code of Procore that adds nothing; None where there is none.

    Without one of the two, a company's default tax code would raise the total of a line.
    """
    found = (r for r in context.records.get("tax-codes", ()) if r.is_active and not r.is_gone)
    return next((r.procore_id for r in found if _rate(r) == 0), None)


def _rate(record: Record) -> Any:
    try:
        return exact_number(record.values.get("rate"))
    except ValueError:
        return None


# --- plan -----------------------------------------------------------------------------------------


def plan_lines(subject: Subject) -> list[Item]:
    """The lines to be written, those that agree, and those that nothing is charged to any more.

    A line of a transaction that is stopped or stays in maestro* without ever having been sent is no item: the
    direct cost tells why.
    """
    work = _Work(subject)
    items = [item for record in subject.maestro if (item := work.of(record)) is not None]
    items += work.no_longer_charged()
    if subject.selection is None:
        return items
    return [item for item in items if {item.key, owner_of(item.key or "")} & subject.selection]


class _Work:
    """What the decisions about lines look things up in."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.context = subject, subject.around
        self.books = Books(self.context)
        self.partners = {record.procore_id: record for record in subject.procore}
        self.no_tax = no_tax(self.context)
        self._judged: dict[str, tuple[bool, bool]] = {}

    def of(self, record: Record) -> Item | None:
        cost: Cost = record.facts["cost"]
        link = self.subject.links.get(record.key)
        if cost.is_settled and link is not None:
            return Item(record, self.partners.get(link.procore_id), None, is_linked=True, agreed=link.agreed)
        has_no_place, is_stopped = self._verdict(cost)
        if link is None:
            return None if has_no_place or is_stopped else self._to_send(record, cost)
        if has_no_place:
            return self._empty(record, self.partners.get(link.procore_id), link)
        if is_stopped:
            return Item(record, self.partners.get(link.procore_id), None, is_linked=True, agreed=link.agreed)
        return self._corrected(record, self.partners.get(link.procore_id), link)

    def _verdict(self, cost: Cost) -> tuple[bool, bool]:
        """Whether the transaction has no place in Procore, and whether an error stands against it."""
        if cost.key not in self._judged:
            has_no_place = stays(cost, self.books) is not None
            self._judged[cost.key] = has_no_place, not has_no_place and bool(stops(cost, self.books))
        return self._judged[cost.key]

    def _to_send(self, record: Record, cost: Cost) -> Item | None:
        if record.values["direct_cost"] is None and cost.key not in self.context.pending.get("costs", ()):
            return None  # Procore has refused its direct cost
        element_map = self.subject.element_map
        write = {f.procore: _stored(f, record) for f in element_map.fields}
        write = {name: value for name, value in write.items() if value is not None}
        write |= {"extended_type": "manual", "tax_code_id": self.no_tax}
        write["origin_id"] = self.context.settings.origin_prefix + record.key
        return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, rule="created")

    def _corrected(self, record: Record, partner: Record | None, link: LinkState) -> Item:
        held = partner or Record(str(link.procore_id), {})
        choices = self.subject.decisions.get(record.key, {})
        found = differences(self.subject.element_map, record, held, link.agreed, choices)
        sent = {d.field.procore: _stored(d.field, record) for d in found if d.winner is Winner.MAESTRO}
        problems = [
            Problem("PRJ-09", {"field": d.field.name, "element": "cost-lines"})
            for d in found
            if d.winner is Winner.CONFLICT
        ]
        return self._item(record, partner, link, sent, found, problems)

    def _empty(self, record: Record, partner: Record | None, link: LinkState) -> Item:
        """The line of a transaction that has no place in Procore any more: nothing but its amount changes."""
        values = {**(partner.values if partner else record.values), "amount": format(ZERO, "f")}
        nothing = replace(record, values=values)
        held = money(partner.values.get("amount")) if partner else None
        if held == ZERO:
            return Item(nothing, partner, None, is_linked=True, agreed=link.agreed)
        amount = self.subject.element_map.field("amount")
        theirs = partner.values.get("amount") if partner else None
        found = [Difference(amount, values["amount"], theirs, link.agreed.get("amount"), Winner.MAESTRO)]
        return self._item(nothing, partner, link, {amount.procore: 0.0}, found, [])

    def _item(
        self,
        record: Record,
        partner: Record | None,
        link: LinkState,
        sent: Writes,
        found: list[Difference],
        problems: list[Problem],
    ) -> Item:
        mark = {"id": link.procore_id, "origin_id": self.context.settings.origin_prefix + record.key}
        if "amount" in sent:
            mark |= {"extended_type": "manual", "tax_code_id": self.no_tax}
        return Item(
            record,
            partner,
            ActionKind.UPDATE if sent else ActionKind.SKIP if problems else None,
            {Side.PROCORE: {**sent, **mark}} if sent else {},
            tuple(found),
            tuple(problems),
            is_linked=True,
            is_question=bool(problems) and not sent,
            agreed=link.agreed,
        )

    def no_longer_charged(self) -> list[Item]:
        """Lines whose charge was removed, recoded together with others, or moved to another project."""
        known = {record.key for record in self.subject.maestro}
        waiting = {key for key, (_, is_stopped) in self._judged.items() if is_stopped}
        lost = ((key, link, self.partners.get(link.procore_id)) for key, link in sorted(self.subject.links.items()))
        return [
            self._empty(Record(key, partner.values, number=key), partner, link)
            for key, link, partner in lost
            if key not in known
            and owner_of(key) not in waiting
            and partner is not None
            and not partner.is_gone
            and not self.books.settles(owner_of(key))
        ]


def _stored(each: Field, record: Record) -> Any:
    value = cut(record.values.get(each.name), each.procore_length)
    if value is None:
        return None
    if each.procore in _WHOLE:
        return int(str(value))
    return float(str(value)) if each.procore in _DECIMAL else value


# --- after the run --------------------------------------------------------------------------------


def total_problem(project: str, meant: Iterable[Record], stored: Iterable[Record]) -> Problem | None:
    """CST-07 when the lines of a project do not add up to the same in both systems; None: they do, to the cent.

    meant: maestro*'s records of the lines that are linked. stored: the lines as Procore has answered them.
    """
    mine, theirs = (sum((money(r.values.get("amount")) for r in side), ZERO) for side in (meant, stored))
    return None if mine == theirs else Problem("CST-07", {"project": project, "a": f"{mine}", "b": f"{theirs}"})


def _totals(subject: Subject) -> Problem | None:
    """CST-07 once a whole project was sent; what has no place in Procore counts as nothing there."""
    if subject.selection is not None:
        return None
    books = Books(subject.around)
    sent = (record for record in subject.maestro if record.key in subject.links)
    meant = [record for record in sent if stays(record.facts["cost"], books) is None]
    return total_problem(subject.around.scope.project, meant, (r for r in subject.procore if not r.is_gone))


RULES = Rules(
    locks=Locks(LOCKS, "costs", owner_of, locked),
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=plan_lines,
    assemble=_assemble,
    checks=_totals,
)
