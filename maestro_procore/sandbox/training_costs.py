"""Costs that accounting booked on the training company's projects: invoices, payroll, equipment, inventory, journal.

All are transferred but the few of build_not_transferred. Invoices of orders are training_order_invoices.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from maestro_procore.sandbox.training_books import Books, Order, Pair, Partner, Site, spread
from maestro_procore.sandbox.training_money import cents_of, extended, half_up, money, price_text, tax_of_lines
from maestro_procore.sandbox.training_names import FAMILY_NAMES, FIRST_NAMES
from maestro_procore.sandbox.training_orders import US_RATE
from maestro_procore.sandbox.training_world import BASE_DATE, Row


@dataclass(frozen=True)
class Source:
    """Where costs come from. groups: what they are charged to; words: their text in French and English."""

    module: str
    name: str
    groups: tuple[str, ...]
    document: str
    words: tuple[str, str]


INVOICE = Source("AP", "project_purchase", ("MAT", "DIV", "ST"), "F", ("Achat projet", "Project purchase"))
BATCH = Source("AP", "batch", ("MAT", "DIV", "ST"), "L", ("Achats en lot", "Batch purchase"))
ON_ORDER = Source("AP", "invoicing", ("MAT",), "F", ("Facture de commande", "Order invoice"))
RELEASE = Source("AP", "holdback", ("ST",), "R", ("Libération de retenue", "Holdback release"))
PAYROLL = Source("PR", "payroll", ("MO",), "PAIE-", ("Salaires de la semaine", "Weekly payroll"))
EQUIPMENT = Source("EQ", "equipment", ("EQP",), "EQ-", ("Utilisation d'équipement", "Equipment use"))
INVENTORY = Source("IN", "inventory", ("MAT",), "INV-", ("Sortie d'inventaire", "Inventory issue"))
JOURNAL = Source("GL", "journal", ("DIV",), "EJ-", ("Écriture de régularisation", "Adjusting entry"))

# Twenty costs in a row, as a general contractor has them.
TURN = (
    INVOICE, INVOICE, PAYROLL, BATCH, INVOICE, INVOICE, EQUIPMENT, INVOICE, INVOICE, PAYROLL,
    INVOICE, INVENTORY, INVOICE, BATCH, INVOICE, JOURNAL, INVOICE, EQUIPMENT, INVOICE, INVOICE,
)  # fmt: skip
# Lines of eight costs in a row: 2.5 on average, and a reversal has as many as what it takes back.
LINES = (1, 1, 2, 2, 3, 3, 4, 4)
REVERSAL_EVERY, REVERSAL_AT = 48, 13
CREDIT_EVERY, CREDIT_AT = 50, 33
US_DOLLARS_EVERY, US_DOLLARS_AT = 60, 10
# One invoice in this many of a sub-contractor without an order is paid with a holdback.
HOLDBACK_EVERY = 3
HOLDBACK_PERCENT = 10


@dataclass
class Booked:
    """A transaction with its lines as they stand in the world."""

    row: Row
    lines: list[Row]
    source: Source
    site: Site


class Ledger:
    """Writes transactions: numbers, dates, sums and taxes in one place."""

    def __init__(self, books: Books, rng: Random) -> None:
        self.books, self.rng = books, rng

    def book(
        self, source: Source, site: Site, day: date, charges: Sequence[tuple[Pair, int]], partner: Partner | None,
        order: Order | None = None, *, transferred: bool = True,
    ) -> Booked:  # fmt: skip
        """One transaction. charges: pair and cents of each line; day: of accounting."""
        number = self.books.number("m_transaction")
        currency = partner.supplier["currency"] if partner else site.project["currency"]
        moved = min(day + timedelta(days=self.rng.randrange(4)), BASE_DATE - timedelta(days=1))
        invoiced = day - timedelta(days=self.rng.randrange(12)) if source.module == "AP" else day
        row: Row = {
            "trans_id": number, "module": source.module, "source": source.name,
            "document_no": f"{source.document}{number:06d}", "supplier_code": partner.code if partner else None,
            "order_id": order.row["order_id"] if order else None, "document_date": invoiced.isoformat(),
            "accounting_date": day.isoformat(),
            "due_date": (invoiced + timedelta(days=30)).isoformat() if source.module == "AP" else None,
            "description": source.words[site.project["language"] == "en"], "holdback_amt": "0.00",
            "currency": currency, "exchange_rate": US_RATE if currency == "USD" else "1.00000000",
            "reverses_trans_id": None, "transferred": transferred,
            "transferred_at": f"{moved.isoformat()}T21:10:00Z" if transferred else None,
            "changed_at": f"{moved.isoformat()}T21:10:00Z",
        }  # fmt: skip
        [row] = self.books.world.add("m_transaction", row)
        booked = Booked(row, [], source, site)
        self.charge(booked, site, charges, partner)
        return booked

    def charge(self, to: Booked, site: Site, charges: Sequence[tuple[Pair, int]], partner: Partner | None) -> None:
        """Put lines under a transaction; taxes are taken on their sum."""
        amounts = [cents for _, cents in charges]
        code = partner.supplier["tax_code"] if partner else "EXO"
        tax = tax_of_lines(amounts, code) if amounts else []
        for (pair, cents), part in zip(charges, tax, strict=True):
            text = self.books.description(site, pair)
            self.line(to, site, pair, cents, text)["tax_amount"] = money(part)

    def line(self, to: Booked, site: Site, pair: Pair, cents: int, text: str) -> Row:
        """One line without taxes."""
        [row] = self.books.world.add("m_transaction_line", {
            "line_id": self.books.number("m_transaction_line"), "trans_id": to.row["trans_id"],
            "line_no": len(to.lines) + 1, "project_code": site.code, "activity_code": pair.activity,
            "group_code": pair.group, "description": text, "quantity": None, "unit": None, "unit_cost": None,
            "amount": money(cents), "tax_amount": "0.00", "changed_at": to.row["changed_at"],
        })  # fmt: skip
        to.lines.append(row)
        return row


def build_costs(books: Books) -> None:
    """Fill m_transaction and its lines with what belongs in Procore: `costs` documents, counted once per project."""
    ledger = Ledger(books, books.world.random("costs"))
    own_orders = {site.number: [o for o in books.orders if o.site is site and not o.is_in_procore]
                  for site in books.open_sites}  # fmt: skip
    shared: Booked | None = None
    serial = 0
    for index, (site, count) in enumerate(
        zip(books.open_sites, spread(books.counts.costs, books.open_sites), strict=True)
    ):
        last: Booked | None = None
        for number in range(count):
            lines = LINES[serial % len(LINES)]
            is_shared = index == 1 and number == 0
            if last is not None and last.source is INVOICE and not is_shared and serial % REVERSAL_EVERY == REVERSAL_AT:
                last = _reversal(ledger, last)
            elif is_shared and shared is not None:
                # One invoice for two projects: one document in maestro*, two direct costs in Procore.
                _share(ledger, shared, site, lines)
            else:
                last = _cost(ledger, site, serial, lines, own_orders[site.number])
            if index == 0 and last is not None and last.source is INVOICE and last.row["holdback_amt"] == "0.00":
                shared = last
            serial += 1


def build_not_transferred(books: Books) -> None:
    """Invoices that accounting has not transferred yet: they wait."""
    ledger = Ledger(books, books.world.random("not transferred"))
    for index in range(books.counts.not_transferred):
        site = books.open_sites[index % len(books.open_sites)]
        charges = _charges(ledger.rng, site, INVOICE, 2, 1)
        day = BASE_DATE - timedelta(days=1 + index % 10)
        ledger.book(INVOICE, site, day, charges, _partner(ledger, INVOICE, index), transferred=False)


def _cost(ledger: Ledger, site: Site, serial: int, lines: int, orders: list[Order]) -> Booked:
    """The next cost of a site."""
    rng = ledger.rng
    source = INVOICE if serial % REVERSAL_EVERY == REVERSAL_AT - 1 else TURN[serial % len(TURN)]
    day = site.day(rng)
    if source is PAYROLL:
        return _payroll(ledger, site, day, lines)
    if source is BATCH and orders and lines <= 2:
        return _own_order_invoice(ledger, orders[serial % len(orders)], day, lines)
    sign = -1 if source.module == "AP" and serial % CREDIT_EVERY == CREDIT_AT else 1
    partner = _partner(ledger, source, serial)
    booked = ledger.book(source, site, day, _charges(rng, site, source, lines, sign), partner)
    if partner and sign > 0 and partner.supplier["is_subcontractor"] and serial % HOLDBACK_EVERY == 0:
        _withhold(ledger, booked, partner)
    return booked


def _partner(ledger: Ledger, source: Source, serial: int) -> Partner | None:
    if source.module != "AP":
        return None
    if serial % US_DOLLARS_EVERY == US_DOLLARS_AT:
        return ledger.books.in_us_dollars
    partners = ledger.books.partners
    return partners[int(len(partners) * ledger.rng.random() ** 2)]


def _charges(rng: Random, site: Site, source: Source, wanted: int, sign: int) -> list[tuple[Pair, int]]:
    """Pairs, each once, with amounts; purchases now and then go where there is no budget."""
    pool = [pair for group in source.groups for pair in site.pairs.get(group, ())]
    if source.module == "AP":
        pool += site.unbudgeted
    pairs = rng.sample(pool, min(wanted, len(pool)))
    charges = [(pair, sign * rng.randrange(1_500, 1_200_000)) for pair in pairs]
    if source is JOURNAL and len(charges) > 1:
        # An adjusting entry moves an amount from one code to others.
        charges[0] = (charges[0][0], -sum(cents for _, cents in charges[1:]))
    return charges


def _payroll(ledger: Ledger, site: Site, day: date, wanted: int) -> Booked:
    """A week of two employees on each pair: their names and rates must stay in maestro*."""
    rng = ledger.rng
    booked = ledger.book(PAYROLL, site, day, (), None)
    for pair in rng.sample(site.pairs["MO"], min(wanted, len(site.pairs["MO"]))):
        for _ in range(2):
            hours, rate = rng.randrange(8, 41) * 1_000, rng.randrange(280_000, 620_000)
            name = f"{rng.choice(FAMILY_NAMES)}, {rng.choice(FIRST_NAMES)}"
            line = ledger.line(booked, site, pair, extended(hours, rate), f"{name} – {hours // 1_000} h")
            line |= {"quantity": str(hours // 1_000), "unit": "H", "unit_cost": price_text(rate)}
    return booked


def _own_order_invoice(ledger: Ledger, order: Order, day: date, wanted: int) -> Booked:
    """Of an order that Procore does not have: such costs are sent."""
    rng = ledger.rng
    charges = []
    for line in order.lines[:wanted]:
        cents = rng.randrange(1_500, 90_000)
        charges.append((Pair(line["activity_code"], line["group_code"]), cents))
        line["amt_invoiced"] = money(cents_of(line["amt_invoiced"]) + cents)
    return ledger.book(ON_ORDER, order.site, day, charges, order.partner, order)


def _reversal(ledger: Ledger, original: Booked) -> Booked:
    """Takes a booked invoice back, to the cent and with its taxes, some days later."""
    day = date.fromisoformat(original.row["accounting_date"]) + timedelta(days=ledger.rng.randrange(1, 20))
    partner = next(p for p in ledger.books.partners if p.code == original.row["supplier_code"])
    charges = [(Pair(row["activity_code"], row["group_code"]), -cents_of(row["amount"])) for row in original.lines]
    booked = ledger.book(original.source, original.site, min(day, BASE_DATE - timedelta(days=1)), charges, partner)
    booked.row |= {
        "document_no": original.row["document_no"],
        "reverses_trans_id": original.row["trans_id"],
        "holdback_amt": money(-cents_of(original.row["holdback_amt"])),
    }
    return booked


def _share(ledger: Ledger, booked: Booked, site: Site, lines: int) -> None:
    partner = next(p for p in ledger.books.partners if p.code == booked.row["supplier_code"])
    ledger.charge(booked, site, _charges(ledger.rng, site, INVOICE, lines, 1), partner)
    tax = tax_of_lines([cents_of(row["amount"]) for row in booked.lines], partner.supplier["tax_code"])
    for row, part in zip(booked.lines, tax, strict=True):
        row["tax_amount"] = money(part)


def _withhold(ledger: Ledger, booked: Booked, partner: Partner) -> None:
    """Keep 10 % of the price back; half of it has been released since, by an entry without lines."""
    price = sum(cents_of(row["amount"]) for row in booked.lines)
    withheld = half_up(price * HOLDBACK_PERCENT, 100)
    booked.row["holdback_amt"] = money(withheld)
    if booked.row["trans_id"] % 2:
        day = min(date.fromisoformat(booked.row["accounting_date"]) + timedelta(days=60), BASE_DATE - timedelta(days=1))
        release = ledger.book(RELEASE, booked.site, day, (), partner)
        release.row["holdback_amt"] = money(-withheld)
