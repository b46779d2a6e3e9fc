"""Invoices of the orders that accounting typed from Procore, with the holdback of subcontracts.

Once their orders are linked these stay in maestro*: Procore would count them twice.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from maestro_procore.sandbox.training_books import Books, Order, Pair
from maestro_procore.sandbox.training_costs import HOLDBACK_PERCENT, ON_ORDER, RELEASE, Ledger
from maestro_procore.sandbox.training_money import cents_of, half_up, money, split
from maestro_procore.sandbox.training_world import BASE_DATE

LINES = 2
# Of a line's amount, what one invoice asks for; six invoices on five lines stay below the whole.
PERCENT = 12
RELEASED_EVERY = 2


def build_order_invoices(books: Books) -> None:
    """Fill m_transaction with `order_invoices` documents, evenly over the typed orders."""
    ledger = Ledger(books, books.world.random("order invoices"))
    orders = [order for order in books.orders if order.is_in_procore]
    shares = split(books.counts.order_invoices, [1.0] * len(orders))
    for index, (order, count) in enumerate(zip(orders, shares, strict=True)):
        times = [0] * len(order.lines)
        withheld = 0
        for number, day in enumerate(_days(order, count, ledger.rng)):
            chosen = sorted({(number + step) % len(order.lines) for step in range(LINES)})
            withheld += _invoice(ledger, order, day, chosen)
            for line in chosen:
                times[line] += 1
        _note_invoiced(order, times)
        if withheld and index % RELEASED_EVERY == 0:
            release = ledger.book(RELEASE, order.site, BASE_DATE - timedelta(days=3), (), order.partner, order)
            release.row["holdback_amt"] = money(-withheld)


def _days(order: Order, count: int, rng: Random) -> list[date]:
    """Days between the order and the base date, in their order."""
    first = date.fromisoformat(order.row["order_date"]).toordinal() + 1
    last = max(first + 1, BASE_DATE.toordinal() - 4)
    return [date.fromordinal(day) for day in sorted(rng.randrange(first, last) for _ in range(count))]


def _invoice(ledger: Ledger, order: Order, day: date, chosen: list[int]) -> int:
    """One invoice; what it holds back, in cents."""
    charges = [
        (Pair(order.lines[line]["activity_code"], order.lines[line]["group_code"]), _part(order.cents[line], 1))
        for line in chosen
    ]
    booked = ledger.book(ON_ORDER, order.site, day, charges, order.partner, order)
    if order.row["kind"] != "SC":
        return 0
    withheld = half_up(sum(cents_of(row["amount"]) for row in booked.lines) * HOLDBACK_PERCENT, 100)
    booked.row["holdback_amt"] = money(withheld)
    return withheld


def _part(cents: int, times: int) -> int:
    return half_up(cents * PERCENT, 100) * times


def _note_invoiced(order: Order, times: list[int]) -> None:
    """What the invoices add up to stands on the lines of the order."""
    for row, cents, count in zip(order.lines, order.cents, times, strict=True):
        row["amt_invoiced"] = money(_part(cents, count))
        if row["quantity"] is not None:
            done = (Decimal(row["quantity"]) * PERCENT * count / 100).normalize()
            row["qty_invoiced"] = row["qty_received"] = f"{done:f}"
