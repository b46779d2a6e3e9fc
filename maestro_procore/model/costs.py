"""Project costs (→): one direct cost of Procore per maestro* transaction and project; its lines are cost_lines.py.

Procore is never asked: nobody else writes these records, so the answers to our own writes say what stands there
(reference limits-and-faults.md §1.5). An amount of Procore on the page is the sum of the lines it has answered.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from maestro_procore import i18n
from maestro_procore.model.charges import CHARGED, LOCKS, PAYROLL, ZERO, Books, Cost, costs_of, is_invoice, stays, stops
from maestro_procore.model.compare import Difference, Winner, differences
from maestro_procore.model.elements import Side
from maestro_procore.model.lookups import lookup
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Item, LinkState, Locks, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, cut, money

TABLES: Final = (
    TableUse("m_transaction_line", "project_code", columns=CHARGED),
    TableUse("m_transaction", "trans_id", "m_transaction_line.trans_id"),
    TableUse("m_order", "order_id", "m_transaction.order_id"),
    TableUse("m_supplier", "supplier_code", "m_transaction.supplier_code"),
    TableUse("m_cost_group"),
    TableUse("m_tax_code"),
    TableUse("m_period"),
)

_TYPES: Final = {PAYROLL: "payroll"}
"""Module of a transaction → Procore's type; payables are invoices, all others expenses."""


def _attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The currency of a direct cost is read inside its configuration and written beside the other attributes.

    Procore's own sum is left out: in the answer to a header it is older than the lines that follow.
    """
    currency = (row.get("currency_configuration") or {}).get("currency_iso_code")
    return {**row, "currency_iso_code": currency or row.get("currency_iso_code"), "amount": None}


MAP = ElementMap(
    element="costs",
    table="m_transaction",
    key_column="cost_key",
    resources=("direct-costs",),
    number="origin_id",
    active="is_active",
    fields=(
        Field("transaction", "trans_id", "origin_id", Kind.TEXT, is_identity=True),
        Field("document", "document_no", "invoice_number", Kind.TEXT, 30, 255, shown=True),
        Field("type", "direct_cost_type", "direct_cost_type", shown=True),
        # Names are for the reader; what counts is whose number Procore holds.
        Field("supplier", "supplier", "vendor_name", is_identity=True, shown=True),
        Field("vendor", "vendor_id", "vendor_id"),
        Field("date", "accounting_date", "direct_cost_date", Kind.DATE, shown=True),
        Field("document_date", "document_date", "received_date", Kind.DATE, shown=True),
        Field("description", "description", "description", Kind.TEXT, 120, 255, shown=True),
        # The money stands on the lines: it is compared with theirs, never written here.
        Field("amount", "amount", "amount", Kind.MONEY, is_identity=True, shown=True),
        Field("currency", "currency", "currency_iso_code", Kind.CODE, 3, 3),
        Field("status", "direct_cost_status", "status", shown=True),
    ),
    title="document",
    read_procore=_attributes,
    tables=TABLES,
    needs=("projects", "suppliers", "budget-codes", "purchase-orders", "subcontracts", "cost-lines", LOCKS),
    reading=Reading.NEVER,
)

COST_LOCKS: Final = lookup(LOCKS, "", (), part_of="costs", is_read=False)
"""No list of Procore: its links say which costs were refused as locked."""
_NUMBERS: Final = frozenset({"vendor_id"})
"""Attributes that Procore wants as whole numbers."""
_OPEN: Final = {Winner.CONFLICT: "PRJ-09", Winner.KEEP: "LNK-09"}
"""What is told of a field that stays different."""


# --- maestro* -------------------------------------------------------------------------------------


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    """One record per transaction, in Procore's words; its Cost stands among the facts."""
    books = Books(context)
    return [_record(element_map, cost, books) for cost in costs_of(books)]


def _record(element_map: ElementMap, cost: Cost, books: Books) -> Record:
    row, module = cost.row, cost.row.get("module")
    settings = books.context.settings
    supplier = books.suppliers.get(cost.supplier)
    vendor = books.context.links.get("suppliers", {}).get(cost.supplier)
    read = element_map.from_maestro(
        {
            **row,
            "cost_key": cost.key,
            "direct_cost_type": "invoice" if is_invoice(cost) else _TYPES.get(str(module), "expense"),
            "supplier": f"{cost.supplier} {supplier['name']}" if supplier else cost.supplier,
            "vendor_id": vendor,
            # What a transaction says of wages may name people: the site gets a word, never the text.
            "description": i18n.text_in(_language(settings.language), "element.costs.payroll")
            if module == PAYROLL
            else row.get("description"),
            "amount": cost.amount,
            "currency": cost.currency,
            "direct_cost_status": "approved" if row.get("transferred") else None,
            "status": "A",
        }
    )
    return replace(read, facts={**read.facts, "cost": cost}, faults=(*read.faults, *cost.faults))


def _language(code: str) -> i18n.Language:
    return "en" if code == "en" else "fr"


# --- plan -----------------------------------------------------------------------------------------


def plan_costs(subject: Subject) -> list[Item]:
    """One item per transaction of the project, then those that maestro* charges to it no longer.

    An update without writes of its own is one whose lines alone change (model/cost_lines.py).
    """
    work = _Work(subject)
    items = [work.of(record) for record in subject.maestro]
    items += work.no_longer_charged()
    items = _told_of_late_links(items)
    if subject.selection is None:
        return items
    return [item for item in items if item.key in subject.selection]


class _Work:
    """What the decisions about transactions look things up in."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.context = subject, subject.around
        self.books = Books(self.context)
        self.lines: defaultdict[str, list[Record]] = defaultdict(list)
        for line in self.context.records.get("cost-lines", ()):
            if not line.is_gone:
                self.lines[str(line.values.get("direct_cost"))].append(line)
        self.partners = {record.procore_id: self._with_amount(record) for record in subject.procore}

    def _with_amount(self, record: Record) -> Record:
        """With the sum of the lines as Procore has answered them."""
        held = sum((money(line.values.get("amount")) for line in self.lines[record.key]), ZERO)
        return replace(record, values={**record.values, "amount": format(held, "f")})

    def of(self, record: Record) -> Item:
        cost: Cost = record.facts["cost"]
        link = self.subject.links.get(record.key)
        reason = stays(cost, self.books)
        if link is None:
            return self._unlinked(record, cost, reason)
        partner = self.partners.get(link.procore_id)
        if cost.is_settled:
            return Item(record, partner, None, is_linked=True, agreed=link.agreed)
        if partner is not None and partner.is_gone:
            told = (Problem("LNK-02", {"code": cost.number, "system": "Procore"}),)
            return Item(record, partner, ActionKind.SKIP, problems=told, is_linked=True, is_question=True)
        if reason is not None:
            return self._to_reverse(record, partner, link, reason)
        return self._to_correct(record, cost, partner, link)

    def _unlinked(self, record: Record, cost: Cost, reason: Problem | None) -> Item:
        if reason is None:
            return self._to_send(record, cost)
        is_asked_for = self.subject.selection is not None and record.key in self.subject.selection
        if reason.is_error or is_asked_for:
            return Item(record, None, ActionKind.SKIP, problems=(reason,))
        return Item(record, None, None, problems=(reason,), is_in_scope=False)

    def _to_send(self, record: Record, cost: Cost) -> Item:
        problems = [*record.faults, *stops(replace(cost, faults=()), self.books)]
        if problems:
            return Item(record, None, ActionKind.SKIP, problems=tuple(problems))
        write = {f.procore: _stored(f, record) for f in self.subject.element_map.compared}
        if record.values["currency"] == self.context.settings.currency:
            del write["currency_iso_code"]  # its own currency needs no saying; not every company may say another
        write = {name: value for name, value in write.items() if value is not None}
        write["origin_id"] = self.context.settings.origin_prefix + record.key
        told = (locked(record.key),) if cost.is_reversal else ()
        return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, problems=told, rule="created")

    def _to_correct(self, record: Record, cost: Cost, partner: Record | None, link: LinkState) -> Item:
        """A linked transaction that belongs in Procore: sent again as far as it differs."""
        element_map = self.subject.element_map
        choices = self.subject.decisions.get(record.key, {})
        held = partner or Record(str(link.procore_id), {})
        found = differences(element_map, record, held, link.agreed, choices)
        differ, is_correction = self._lines_of(cost, link)
        found += self._amount_apart(record, held)
        item = Item(record, partner, None, differences=tuple(found), is_linked=True, agreed=link.agreed)
        if not item.differences and not differ:
            return item
        against = [*record.faults, *stops(replace(cost, faults=()), self.books)]
        if against:
            return replace(item, kind=ActionKind.SKIP, problems=tuple(against))
        writes = self._writes(record, found, link)
        told = [Problem("CST-06", {"no": cost.number})] if is_correction else []
        told += [
            Problem(_OPEN[d.winner], {"field": d.field.name, "element": element_map.element})
            for d in found
            if d.winner in _OPEN and (d.winner is Winner.CONFLICT or d.field.name in choices)
        ]
        if not writes and not differ:
            return replace(item, kind=ActionKind.SKIP if told else None, problems=tuple(told), is_question=bool(told))
        return replace(item, kind=ActionKind.UPDATE, writes=writes, problems=tuple(told))

    def _lines_of(self, cost: Cost, link: LinkState) -> tuple[bool, bool]:
        """Whether the lines in Procore are others than maestro*'s, and whether that means that maestro* changed them.

        Lines that are missing are no proof of it: a run may have been interrupted.
        """
        ours = self.context.links.get("cost-lines", {})
        held = {line.procore_id: _charged_in_procore(line) for line in self.lines[str(link.procore_id)]}
        is_changed, is_incomplete, seen = False, False, set()
        for charge in cost.charges:
            number = ours.get(charge.key)
            if number is None or number not in held:
                is_incomplete = True
                continue
            seen.add(number)
            code = self.books.codes.number(charge.activity, charge.group)
            is_changed |= held[number] != (str(code), charge.amount)
        is_changed |= any(amount for number, (_, amount) in held.items() if number not in seen)
        return is_changed or is_incomplete, is_changed

    def _amount_apart(self, record: Record, held: Record) -> list[Difference]:
        """What the lines will change of the whole, for the preview."""
        mine, theirs = record.values["amount"], held.values.get("amount")
        amount = self.subject.element_map.field("amount")
        return [] if mine == theirs else [Difference(amount, mine, theirs, None, Winner.MAESTRO)]

    def _writes(self, record: Record, found: Sequence[Difference], link: LinkState) -> dict[Side, Writes]:
        write = {
            d.field.procore: _stored(d.field, record)
            for d in found
            if d.winner is Winner.MAESTRO and not d.field.is_identity
        }
        if not write:
            return {}
        return {Side.PROCORE: {**write, **self._mark(record, link)}}

    def _to_reverse(self, record: Record, partner: Record | None, link: LinkState, reason: Problem) -> Item:
        """Sent before, and without a place in Procore now: its lines go to 0.00, the direct cost itself stays."""
        nothing = replace(record, values={**record.values, "amount": format(ZERO, "f")})
        if not any(money(line.values.get("amount")) for line in self.lines[str(link.procore_id)]):
            return Item(nothing, partner, None, problems=(reason,), is_linked=True, is_in_scope=False)
        cost: Cost = record.facts["cost"]
        is_late = reason.code == "CST-04"
        told = Problem("CST-08", {"no": cost.order, "n": 1}) if is_late else Problem("CST-06", {"no": cost.number})
        return self._emptied(nothing, partner, link, told)

    def _emptied(self, nothing: Record, partner: Record | None, link: LinkState, told: Problem) -> Item:
        found = self._amount_apart(nothing, partner or Record(str(link.procore_id), {}))
        # Its lines alone change; only a header that was never answered is sent, so that it is known again.
        writes = {} if partner is not None else {Side.PROCORE: self._mark(nothing, link)}
        return Item(
            nothing, partner, ActionKind.UPDATE, writes, tuple(found), (told,), is_linked=True, agreed=link.agreed
        )

    def _mark(self, record: Record, link: LinkState) -> Writes:
        return {"id": link.procore_id, "origin_id": self.context.settings.origin_prefix + record.key}

    def no_longer_charged(self) -> list[Item]:
        """Transactions that were moved to another project or removed: 0.00 stays behind under their old key."""
        known = {record.key for record in self.subject.maestro}
        items = []
        for key, link in sorted(self.subject.links.items()):
            partner = self.partners.get(link.procore_id)
            if key in known or partner is None or partner.is_gone or self.books.settles(key):
                continue
            nothing = Record(key, {**partner.values, "amount": format(ZERO, "f")}, number=key)
            if money(partner.values["amount"]):
                told = Problem("CST-06", {"no": key.partition("/")[0]})
                items.append(self._emptied(nothing, partner, link, told))
            else:
                items.append(Item(nothing, partner, None, is_linked=True, is_in_scope=False, agreed=link.agreed))
        return items


def _stored(each: Field, record: Record) -> Any:
    value = cut(record.values.get(each.name), each.procore_length)
    return int(str(value)) if each.procore in _NUMBERS and value is not None else value


def _charged_in_procore(line: Record) -> tuple[str, Decimal]:
    return str(line.values.get("budget_code")), money(line.values.get("amount"))


def _told_of_late_links(items: Sequence[Item]) -> list[Item]:
    """CST-08 says of each order how many of its invoices are taken back."""
    counts = Counter(p.args["no"] for item in items for p in item.problems if p.code == "CST-08")
    return [
        replace(item, problems=tuple(_counted(p, counts) if p.code == "CST-08" else p for p in item.problems))
        for item in items
    ]


def _counted(problem: Problem, counts: Mapping[Any, int]) -> Problem:
    return Problem("CST-08", {"no": problem.args["no"], "n": counts[problem.args["no"]]})


def locked(key: str) -> Problem:
    """What is told of a transaction that Procore does not let be corrected."""
    return Problem("CST-12", {"no": key.partition("/")[0]})


RULES = Rules(
    locks=Locks(LOCKS, "costs", lambda key: key, locked),
    choices=frozenset({"CST-10"}),
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=plan_costs,
    assemble=_assemble,
)
