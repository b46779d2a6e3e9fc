"""Orders that maestro* has at the start: some that accounting typed from Procore, and some of its own.

The typed ones carry Procore's number as their external number and the same lines, but no link: invoices of these
must not go to Procore once they are linked. Of the others Procore knows nothing.
"""

from __future__ import annotations

from random import Random

from maestro_procore.sandbox.training_books import Books, Commitment, Order, Pair, Partner, Site, spread
from maestro_procore.sandbox.training_money import money
from maestro_procore.sandbox.training_world import Row

US_RATE = "1.37250000"
OWN_LINES = 2


def build_orders(books: Books) -> None:
    """Fill m_order, m_order_line and the counter that both kinds of order share."""
    rng = books.world.random("orders")
    approved = [made for made in books.commitments if made.is_approved]
    wanted = books.counts.entered_by_hand
    # Evenly through the list, so that every project and both kinds have some.
    for made in (approved[index * len(approved) // wanted] for index in range(wanted)):
        _typed(books, made)
    own = books.counts.maestro_orders
    for site, count in zip(books.open_sites, spread(own, books.open_sites), strict=True):
        for _ in range(count):
            _own(books, site, rng)
    books.world.add("m_counter", {"name": "ORDER", "next_value": len(books.orders) + 1, "mask": "000000"})


def _typed(books: Books, made: Commitment) -> None:
    header = made.header
    row = _order(books, made.kind.maestro, made.partner, made.site.code)
    row |= {
        "external_no": header["number"],
        "description": header["title"][:60].strip(),
        "contract_type": "regular",
        "order_date": header["contract_date"],
        "delivery_date": header.get("delivery_date"),
        "start_date": header.get("contract_start_date"),
        "end_date": header.get("contract_estimated_completion_date"),
        "terms_code": header.get("payment_terms"),
        "holdback_pct": header["retainage_percent"],
    }
    lines = [
        _line(books, row, line.row["position"], line.pair, line.cents)
        | {
            "description": line.row["description"],
            "quantity": line.row.get("quantity"),
            "unit": line.row.get("uom"),
            "unit_price": line.row.get("unit_cost"),
        }
        for line in made.lines
    ]
    _keep(books, Order(row, lines, made.site, made.partner, [line.cents for line in made.lines], True))


def _own(books: Books, site: Site, rng: Random) -> None:
    partner = books.partners[int(len(books.partners) * rng.random() ** 2)]
    row = _order(books, "PO", partner, site.code)
    row |= {"description": "Petites fournitures", "contract_type": "open", "status": "open",
            "order_date": site.day(rng, 0, 0.5).isoformat()}  # fmt: skip
    pairs = rng.sample(site.pairs["MAT"], OWN_LINES)
    cents = [rng.randrange(20_000, 600_000) for _ in pairs]
    lines = [
        _line(books, row, number, pair, amount) | {"description": "Petites fournitures"}
        for number, (pair, amount) in enumerate(zip(pairs, cents, strict=True), start=1)
    ]
    _keep(books, Order(row, lines, site, partner, cents, False))


def _keep(books: Books, order: Order) -> None:
    order.row["transferred_at"] = f"{order.row['order_date']}T20:15:00Z"
    books.world.add("m_order", order.row)
    order.lines = books.world.add("m_order_line", *order.lines)
    books.orders.append(order)


def _order(books: Books, kind: str, partner: Partner, project: str) -> Row:
    number = len(books.orders) + 1
    currency = partner.supplier["currency"]
    return {
        "order_id": number, "kind": kind, "order_no": f"{number:06d}", "extension": 0, "external_no": None,
        "supplier_code": partner.code, "address_no": None, "project_code": project, "status": "approved",
        "terms_code": partner.supplier["terms_code"], "tax_code": partner.supplier["tax_code"],
        "holdback_pct": "0.00", "currency": currency, "exchange_rate": US_RATE if currency == "USD" else "1.00000000",
        "accrual": False, "work_order": None, "memo": None, "transferred": True,
        "transferred_at": None,
    }  # fmt: skip


def _line(books: Books, order: Row, number: int, pair: Pair, cents: int) -> Row:
    return {
        "line_id": books.number("m_order_line"), "order_id": order["order_id"], "line_no": number,
        "item_code": None, "project_code": order["project_code"],
        "activity_code": pair.activity, "group_code": pair.group, "quantity": None, "unit": None, "unit_price": None,
        "amount": money(cents), "tax_code": order["tax_code"], "qty_received": "0", "qty_invoiced": "0",
        "amt_invoiced": "0.00", "status": "open",
    }  # fmt: skip
