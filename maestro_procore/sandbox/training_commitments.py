"""Purchase orders and subcontracts that stand in Procore at the start, with their lines, unlinked.

A part of them maestro* has already, typed by hand: those orders are training_orders.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from maestro_procore.sandbox.training_books import Books, Commitment, Kind, Line, Pair, Partner, Site, spread
from maestro_procore.sandbox.training_money import extended, money, price_text, quantity_text, tax_of_procore
from maestro_procore.sandbox.training_world import Row

PURCHASE_ORDER = Kind(
    "PO", "purchase_order_contracts", "purchase_order_contract_line_items", "purchase_order_contract_id",
    "PurchaseOrderContract", "{project}-{number:03d}", ("MAT", "EQP", "DIV"), ("Draft", "Processing", "Submitted"),
    ("Fourniture", "Supply"),
)  # fmt: skip
SUBCONTRACT = Kind(
    "SC", "work_order_contracts", "work_order_contract_line_items", "work_order_contract_id",
    "WorkOrderContract", "{project}-S{number:02d}", ("ST",), ("Draft", "Out For Signature"),
    ("Contrat", "Contract"),
)  # fmt: skip

UNITS = ("UN", "H", "M", "M2", "M3", "TM")
LUMP_SUM = "FORF"
# Every so many: a title longer than maestro* keeps, a line that takes something back, the supplier paid in US dollars.
LONG_TITLE_EVERY, CREDIT_EVERY, US_DOLLARS_EVERY, COMPLETE_EVERY = 90, 45, 40, 7
FIRST_CREDIT = 10
LONG_TITLE = " – selon l'appel d'offres, ses addenda et les plans émis pour construction"
# 2.5 × 0.33 is 0.825: banker's rounding and floats give 0.82, ledgers 0.83.
HALF_CENT = (2_500, 3_300)


@dataclass(frozen=True)
class _Amounts:
    """Quantity in thousandths and price in ten-thousandths, or neither for a line with an amount only."""

    cents: int
    quantity: int | None = None
    price: int | None = None
    unit: str = LUMP_SUM


def build_commitments(books: Books) -> None:
    """Fill both kinds of commitment and their lines, and the WBS codes that they are charged to."""
    counts = books.counts
    _build(books, PURCHASE_ORDER, counts.purchase_orders, counts.purchase_order_lines, (counts.unfinished + 1) // 2)
    _build(books, SUBCONTRACT, counts.work_orders, counts.work_order_lines, counts.unfinished // 2)


def _build(books: Books, kind: Kind, wanted: int, lines: int, unfinished: int) -> None:
    rng = books.world.random(kind.collection)
    sites = books.open_in_procore
    serial = 0
    for site, count in zip(sites, spread(wanted, sites), strict=True):
        for number in range(1, count + 1):
            status = "Complete" if kind is SUBCONTRACT and serial % COMPLETE_EVERY == 5 else "Approved"
            _commitment(books, kind, site, number, serial, lines, status, rng)
            serial += 1
    for index in range(unfinished):
        site = sites[index % len(sites)]
        status = kind.unfinished[index % len(kind.unfinished)]
        _commitment(books, kind, site, 900 + index, serial + index, lines, status, rng)


def _commitment(
    books: Books, kind: Kind, site: Site, number: int, serial: int, lines: int, status: str, rng: Random
) -> None:
    """One commitment with its lines, kept in both the world and the books."""
    partner = _partner(books, kind, serial, rng)
    by_amount = kind is SUBCONTRACT and serial % 4 != 0
    signed = site.day(rng, 0.0, 0.7)
    header: Row = {
        "id": books.id(kind.collection, site),
        "project_id": site.brief["id"],
        "project": site.brief,
        "number": kind.number.format(project=site.code, number=number),
        "status": status,
        "vendor": {"id": partner.company_id, "company": partner.company_name},
        "accounting_method": "amount" if by_amount else "unit",
        "contract_date": signed.isoformat(),
        "executed": status in ("Approved", "Complete"),
        "private": False,
        "retainage_percent": partner.supplier["holdback_pct"] if kind is SUBCONTRACT else "0.00",
        "created_at": f"{signed.isoformat()}T14:05:00Z",
        "updated_at": f"{signed.isoformat()}T19:40:00Z",
        "currency_configuration": {"currency_iso_code": partner.supplier["currency"]},
    }
    made = Commitment(kind, header, site, partner)
    for position in range(1, lines + 1):
        amounts = _amounts(made, serial, position, by_amount, rng)
        made.lines.append(_line(books, made, position, amounts, rng.choice(site.pairs[_group(kind, site, rng)])))
    header["title"] = _title(kind, site, made, serial)
    header |= _dates(kind, site, rng)
    total(made)
    books.world.add_procore(kind.collection, header)
    books.world.add_procore(kind.lines, *(line.row for line in made.lines))
    books.commitments.append(made)


def total(made: Commitment) -> None:
    """The header's sums: with taxes for Procore's grand_total, approved change orders beside it."""
    grand = sum(line.cents + line.tax for line in made.lines)
    approved, pending, draft = (made.changed[status] for status in ("approved", "pending", "draft"))
    revised = money(grand + approved)
    made.header |= {
        "grand_total": money(grand),
        "approved_change_orders": money(approved),
        "draft_change_orders_amount": money(draft),
        "pending_change_orders": money(pending),
        "revised_contract": revised,
        "pending_revised_contract": money(grand + approved + pending),
        "remaining_balance_outstanding": revised,
        "total_payments": "0.00",
        "total_requisitions_amount": "0.00",
        "percentage_paid": "0.0",
    }


def _partner(books: Books, kind: Kind, serial: int, rng: Random) -> Partner:
    """Who gets it: few get much. Goods come from suppliers of goods, half of them; work from sub-contractors."""
    goods, subcontractors = books.partners_by_trade
    if kind is PURCHASE_ORDER and serial % US_DOLLARS_EVERY == 7:
        return books.in_us_dollars
    chosen = goods if kind is PURCHASE_ORDER and rng.random() < 0.5 else subcontractors
    return chosen[int(len(chosen) * rng.random() ** 2)]


def _group(kind: Kind, site: Site, rng: Random) -> str:
    there = [group for group in kind.groups if group in site.pairs]
    return there[0] if rng.random() < 0.7 else rng.choice(there)


def _amounts(made: Commitment, serial: int, position: int, by_amount: bool, rng: Random) -> _Amounts:
    if serial == 0 and position == 2 and made.kind is PURCHASE_ORDER:
        quantity, price = HALF_CENT
        return _Amounts(extended(quantity, price), quantity, price, "M")
    if position > 1 and (serial + position) % CREDIT_EVERY == FIRST_CREDIT:
        cents = -rng.randrange(1_000, 45_000)
        return _Amounts(cents) if by_amount else _Amounts(cents, 1_000, cents * 100)
    if by_amount or rng.random() < 0.2:
        cents = rng.randrange(60_000, 9_000_000)
        return _Amounts(cents) if by_amount else _Amounts(cents, 1_000, cents * 100)
    quantity = rng.randrange(1, 400) * 1_000 if rng.random() < 0.6 else rng.randrange(500, 400_000)
    price = rng.randrange(50, 40_000) * 100 if rng.random() < 0.8 else rng.randrange(5_000, 4_000_000)
    return _Amounts(extended(quantity, price), quantity, price, rng.choice(UNITS))


def _line(books: Books, made: Commitment, position: int, amounts: _Amounts, pair: Pair) -> Line:
    header, site, kind = made.header, made.site, made.kind
    code = made.partner.supplier["tax_code"]
    tax = tax_of_procore(amounts.cents, code)
    amount = money(amounts.cents)
    row: Row = {
        "id": books.id(kind.lines, site),
        "project_id": header["project_id"],
        kind.key: header["id"],
        "holder": {"id": header["id"], "holder_type": kind.holder},
        "position": position,
        "description": site.codes[pair.activity]["name"] if amounts.cents >= 0 else "Escompte consenti",
        "extended_type": "manual" if amounts.quantity is None else "calculated",
        "amount": amount,
        "extended_amount": amount,
        "total_amount": money(amounts.cents + tax),
        "tax_code_id": books.tax_codes[code]["id"],
        **books.charged_to(site, pair),
        "created_at": header["created_at"],
        "updated_at": header["updated_at"],
        "currency_configuration": header["currency_configuration"],
    }
    if amounts.quantity is not None and amounts.price is not None:
        row |= {"quantity": quantity_text(amounts.quantity), "unit_cost": price_text(amounts.price)}
        row["uom"] = amounts.unit
    return Line(row, pair, amounts.cents, tax)


def _title(kind: Kind, site: Site, made: Commitment, serial: int) -> str:
    word = kind.words[site.project["language"] == "en"]
    name = site.codes[made.lines[0].pair.activity]["name"]
    return f"{word} – {name}{LONG_TITLE if serial % LONG_TITLE_EVERY == 6 else ''}"


def _dates(kind: Kind, site: Site, rng: Random) -> Row:
    """What the two kinds carry beside their amounts."""
    begins, ends = site.day(rng, 0.7, 0.85).isoformat(), site.project["closing_date"]
    if kind is SUBCONTRACT:
        return {
            "contract_start_date": begins, "contract_estimated_completion_date": ends,
            "inclusions": "Main-d'œuvre, matériaux et équipements.", "exclusions": "Permis municipaux.",
        }  # fmt: skip
    return {
        "delivery_date": begins, "payment_terms": rng.choice(("NET30", "NET30", "NET45")),
        "ship_to_address": f"{site.project['address']}, {site.project['city']}",
    }  # fmt: skip
