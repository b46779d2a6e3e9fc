"""Documents of the month scenario as steps: invoices and journals of maestro*, orders and change orders of Procore.

Amounts are whole cents here and text in the steps; taxes follow training_money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from maestro_procore.sandbox.month_steps import Ref, Step, change, enter
from maestro_procore.sandbox.training_money import half_up, money, tax_of_lines, tax_of_procore

HOLDBACK_PERCENT = 10
DAYS_TO_PAY = 30
TAX = "TPSTVQ"
BILLING_GROUP = "REV"


class Charge(NamedTuple):
    """A line of a maestro* document: what it is charged to and its price in cents."""

    project: str
    activity: str
    group: str
    cents: int
    text: str
    quantity: str | None = None
    unit: str | None = None
    unit_cost: str | None = None


@dataclass(frozen=True)
class Document:
    """A transaction of maestro*. words: its description, which tells it from others of the same number.

    order: of an order that it invoices. tax_code: "EXO" for what carries none.
    """

    number: str
    day: date
    words: str
    charges: Sequence[Charge]
    supplier: str | None = None
    module: str = "AP"
    source: str = "project_purchase"
    order: Ref | None = None
    tax_code: str = TAX
    accounted: date | None = None
    holdback: int = 0
    reverses: Ref | None = None

    @property
    def match(self) -> dict[str, Any]:
        """What tells the transaction from all others."""
        return {
            "module": self.module,
            "document_no": self.number,
            "supplier_code": self.supplier,
            "description": self.words,
        }

    @property
    def ref(self) -> Ref:
        return Ref("m_transaction", self.match, "trans_id")


def withheld(charges: Iterable[Charge]) -> int:
    """The holdback on a price: ten percent of it, before taxes."""
    return half_up(sum(charge.cents for charge in charges) * HOLDBACK_PERCENT, 100)


def booked(document: Document, on: date | None) -> tuple[Step, ...]:
    """Typed in, line by line, then transferred: only then may it leave maestro*.

    on: the day of the transfer, None when accounting has not come to it.
    """
    is_payable = document.module == "AP"
    accounted = document.accounted or document.day
    header = enter(
        "m_transaction",
        document.match,
        source=document.source,
        order_id=document.order,
        document_date=document.day.isoformat(),
        accounting_date=accounted.isoformat(),
        due_date=(document.day + timedelta(days=DAYS_TO_PAY)).isoformat() if is_payable else None,
        holdback_amt=money(document.holdback),
        currency="CAD",
        exchange_rate="1.00000000",
        reverses_trans_id=document.reverses,
        transferred=False,
    )
    steps = (header, *_lines(document))
    return steps if on is None else (*steps, transfer(document, on))


def transfer(document: Document, day: date) -> Step:
    """Accounting entries are made: the document counts."""
    return change("m_transaction", document.match, transferred=True, transferred_at=f"{day.isoformat()}T21:10:00+00:00")


def _lines(document: Document) -> Iterable[Step]:
    taxes = tax_of_lines([charge.cents for charge in document.charges], document.tax_code) if document.charges else []
    for number, (charge, tax) in enumerate(zip(document.charges, taxes, strict=True), start=1):
        yield enter(
            "m_transaction_line",
            {"trans_id": document.ref, "line_no": number},
            project_code=charge.project,
            activity_code=charge.activity,
            group_code=charge.group,
            description=charge.text,
            quantity=charge.quantity,
            unit=charge.unit,
            unit_cost=charge.unit_cost,
            amount=money(charge.cents),
            tax_amount=money(tax),
        )


def journal(number: str, day: date, words: str, charges: Sequence[Charge], reverses: Ref | None = None) -> Document:
    """An entry of the general ledger: no supplier, no taxes."""
    return Document(
        number, day, words, charges, module="GL", source="journal", tax_code="EXO", reverses=reverses
    )  # fmt: skip


def payroll(number: str, day: date, words: str, charges: Sequence[Charge]) -> Document:
    """A week's wages; names and rates on the lines must stay in maestro*."""
    return Document(number, day, words, charges, module="PR", source="payroll", tax_code="EXO")


# --- Procore ----------------------------------------------------------------------------------------


class Kind(NamedTuple):
    """Purchase order or subcontract in the words of the control interface."""

    collection: str
    lines: str
    key: str


PURCHASE_ORDER = Kind(
    "purchase_order_contracts", "purchase_order_contract_line_items", "purchase_order_contract_id"
)  # fmt: skip
SUBCONTRACT = Kind("work_order_contracts", "work_order_contract_line_items", "work_order_contract_id")


class Item(NamedTuple):
    """A line of a schedule of values. type: Procore's cost type. price: None for a line with an amount only."""

    activity: str
    type: str
    text: str
    cents: int
    quantity: str = "1"
    price: str | None = None
    unit: str = "FORF"


@dataclass(frozen=True)
class Commitment:
    """A commitment of Procore by its number, which begins with its project's."""

    kind: Kind
    number: str

    @property
    def project(self) -> str:
        return self.number.partition("-")[0]

    @property
    def match(self) -> dict[str, Any]:
        return {"number": self.number}

    @property
    def ref(self) -> Ref:
        return Ref(self.kind.collection, self.match)

    @property
    def order(self) -> Ref:
        """Its order in maestro*."""
        return Ref("m_order", self.order_match, "order_id")

    @property
    def order_match(self) -> dict[str, Any]:
        """Its order, not one of its extensions."""
        return {"external_no": self.number, "extension": 0}

    def becomes(self, status: str, **values: Any) -> Step:
        """The commitment with another status, and what else the same edit changes."""
        return change(self.kind.collection, self.match, status=status, **values)

    def edited(self, **values: Any) -> Step:
        """Another field of its first page; the status stays."""
        return change(self.kind.collection, self.match, **values)

    def line(self, position: int, cents: int, *, tax_code: str = TAX, **values: Any) -> Step:
        """Another amount on a line."""
        amount = money(cents)
        return change(
            self.kind.lines,
            {self.kind.key: self.ref, "position": position},
            amount=amount,
            extended_amount=amount,
            total_amount=money(cents + tax_of_procore(cents, tax_code)),
            **values,
        )


def po(number: str) -> Commitment:
    """The purchase order of that number."""
    return Commitment(PURCHASE_ORDER, number)


def sc(number: str) -> Commitment:
    """The subcontract of that number."""
    return Commitment(SUBCONTRACT, number)


def project_ref(code: str) -> Ref:
    """The project's id in Procore."""
    return Ref("projects", {"project_number": code})


def vendor_ref(**match: Any) -> Ref:
    """A company's id in Procore."""
    return Ref("vendors", match)


def _codes(project: str, item: Item) -> dict[str, Any]:
    here = project_ref(project)
    flat = f"DIV{item.activity[:2]}-{item.activity}.{item.type}"
    return {
        "wbs_code_id": Ref("wbs_codes", {"project_id": here, "flat_code": flat}),
        "cost_code_id": Ref("cost_codes", {"project_id": here, "code": item.activity}),
        "line_item_type_id": Ref("line_item_types", {"code": item.type}),
    }


def _line_values(project: str, item: Item) -> dict[str, Any]:
    priced = {} if item.price is None else {"quantity": item.quantity, "unit_cost": item.price, "uom": item.unit}
    return {
        "project_id": project_ref(project),
        "description": item.text,
        "extended_type": "manual" if item.price is None else "calculated",
        "amount": money(item.cents),
        **priced,
        **_codes(project, item),
    }


def ordered(
    commitment: Commitment, vendor: Ref, title: str, day: date, items: Sequence[Item], **values: Any
) -> tuple[Step, ...]:
    """A new commitment: a draft, its lines, then approved."""
    header = enter(
        commitment.kind.collection,
        commitment.match,
        project_id=project_ref(commitment.project),
        title=title,
        vendor_id=vendor,
        status="Draft",
        currency_configuration={"currency_iso_code": "CAD"},
        **{"accounting_method": "unit", "contract_date": day.isoformat(), **values},
    )
    lines = (
        enter(
            commitment.kind.lines,
            {commitment.kind.key: commitment.ref, "position": position},
            tax_code_id=Ref("tax_codes", {"code": TAX}),
            **_line_values(commitment.project, item),
        )
        for position, item in enumerate(items, start=1)
    )
    return (header, *lines, commitment.becomes("Approved", executed=True))


@dataclass(frozen=True)
class ChangeOrder:
    """A change order of one tier. contract: what it changes; commitment: None for the owner's contract."""

    project: str
    contract: Ref
    number: str
    title: str
    commitment: Commitment | None = None

    @property
    def match(self) -> Mapping[str, Any]:
        return {"contract_id": self.contract, "number": self.number}

    @property
    def in_maestro(self) -> dict[str, Any]:
        """How maestro* describes it: by its title, as its own number is made by the interface."""
        return {"project_code": self.project, "description": self.title}

    @property
    def ref(self) -> Ref:
        return Ref("m_change_order", self.in_maestro, "co_id")

    def becomes(self, status: str) -> Step:
        """Another status in Procore."""
        return change("change_order_packages", self.match, status=status)

    def drawn_up(self, day: date, items: Sequence[Item]) -> tuple[Step, ...]:
        """A draft with its lines, then approved; Procore keeps the lines in a hidden potential change order."""
        package = enter(
            "change_order_packages",
            self.match,
            project_id=project_ref(self.project),
            title=self.title,
            status="draft",
            due_date=day.isoformat(),
        )
        hidden = Ref("potential_change_orders", self.match)
        lines = (
            enter(
                "potential_change_order_line_items",
                {"potential_change_order_id": hidden, "position": position},
                **_line_values(self.project, item),
            )
            for position, item in enumerate(items, start=1)
        )
        return (package, *lines, self.becomes("approved"))


def on_commitment(commitment: Commitment, number: str, title: str) -> ChangeOrder:
    """A change order of a commitment."""
    return ChangeOrder(commitment.project, commitment.ref, number, title, commitment)


def on_prime(project: str, number: str, title: str) -> ChangeOrder:
    """A change order of the owner's contract."""
    return ChangeOrder(project, Ref("prime_contracts", {"number": project}), number, title)


def transferred_in_maestro(
    order: ChangeOrder, number: str, day: date, items: Sequence[Item], groups: Mapping[str, str]
) -> tuple[Step, ...]:
    """Accounting transfers the change order in maestro*, and types it first if the interface has not brought it.

    number: of the change order in maestro* then. groups: maestro*'s group of each cost type.
    """
    stamp = f"{day.isoformat()}T20:30:00+00:00"
    is_owner = order.commitment is None
    header = enter(
        "m_change_order",
        order.in_maestro,
        co_no=number,
        status="approved",
        entered_date=day.isoformat(),
        approved_date=day.isoformat(),
        do_invoicing=is_owner,
        do_orders=not is_owner,
        do_budget=is_owner,
    )
    # What the owner pays is cost for the budget, and billing.
    charges = [(item, "cost", groups[item.type]) for item in items]
    charges += [(item, "sell", BILLING_GROUP) for item in items if is_owner]
    lines = (
        enter(
            "m_change_order_line",
            {"co_id": order.ref, "line_no": position},
            side=side,
            activity_code=item.activity,
            group_code=group,
            order_id=None if order.commitment is None else order.commitment.order,
            description=item.text,
            amount=money(item.cents),
        )
        for position, (item, side, group) in enumerate(charges, start=1)
    )
    return (
        header,
        *lines,
        change("m_change_order", order.in_maestro, status="transferred", final_transfer=True, transferred_at=stamp),
        change("m_change_order_line", {"co_id": order.ref}, transferred=True),
    )


def moved_back_to_approved(order: ChangeOrder) -> tuple[Step, ...]:
    """*Move to Approved Status* of maestro*: the change order can be changed again."""
    return (
        change("m_change_order_line", {"co_id": order.ref}, transferred=False),
        change("m_change_order", order.in_maestro, status="approved", final_transfer=False, transferred_at=None),
    )
