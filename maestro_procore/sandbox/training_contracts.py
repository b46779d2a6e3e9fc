"""Contracts with the owners: one for each project, the same in maestro* and in Procore, unlinked."""

from __future__ import annotations

from random import Random

from maestro_procore.sandbox.training_books import Books, Pair, PrimeContract, Site
from maestro_procore.sandbox.training_money import money, split
from maestro_procore.sandbox.training_world import Row

LINES = 6
# Closed projects keep their contract, without amounts.
STATUSES = {True: ("approved", "Approved"), False: ("closed", "Complete")}


def build_contracts(books: Books) -> None:
    """Fill m_contract and m_contract_line, prime_contracts and prime_contract_line_items."""
    rng = books.world.random("contracts")
    customers = books.world.company["m_customer"]
    by_size = {site.number: rank for rank, site in enumerate(books.open_sites)}
    sites = sorted(books.sites, key=lambda site: (by_size.get(site.number, len(by_size)), site.number))
    for index, site in enumerate(sites):
        if site.project["status"] == "A" and not site.carries_amounts:
            continue  # the company's own shop has no owner
        there = site.pairs.get("ST", ())
        pairs = rng.sample(there, min(LINES, len(there)))
        cents = split(site.price, [rng.uniform(0.5, 2.0) for _ in pairs]) if pairs else []
        _in_maestro(books, site, customers[index % len(customers)], pairs, cents)
        if site.procore is not None:
            _in_procore(books, site, customers[index % len(customers)], pairs, cents, rng)


def total_of_prime(contract: PrimeContract) -> None:
    """The header's sums; owners' contracts carry no taxes."""
    if not contract.lines:
        return
    original, approved = sum(contract.cents), contract.changed["approved"]
    contract.header |= {
        "grand_total": money(original),
        "line_items_total": money(original),
        "line_items_extended_total": money(original),
        "approved_change_orders": money(approved),
        "pending_change_orders_amount": "0.00",
        "draft_change_orders_amount": "0.00",
        "revised_contract_amount": money(original + approved),
        "pending_revised_contract_amount": money(original + approved),
    }


def _title(site: Site) -> str:
    english = site.project["language"] == "en"
    return f"{'Contract' if english else 'Contrat'} – {site.project['description']}"[:100].strip()


def _company_of(books: Books, customer: Row) -> Row:
    """A customer as Procore's contract names it."""
    found = next(row for row in books.world.procore["vendors"] if row["name"] == customer["name"])
    return {"id": found["id"], "name": found["name"]}


def _in_maestro(books: Books, site: Site, customer: Row, pairs: list[Pair], cents: list[int]) -> None:
    project = site.project
    books.world.add("m_contract", {
        "contract_no": site.code, "project_code": site.code, "customer_code": customer["customer_code"],
        "description": _title(site), "status": STATUSES[site.carries_amounts][0],
        "original_value": money(sum(cents)) if cents else None, "approved_changes": "0.00" if cents else None,
        "holdback_pct": project["holdback_pct"], "currency": project["currency"],
        "start_date": project["start_date"], "closing_date": project["closing_date"],
    })  # fmt: skip
    books.world.add("m_contract_line", *(
        {"contract_no": site.code, "line_no": number, "activity_code": pair.activity,
         "description": books.description(site, pair), "quantity": "1", "unit": "FORF",
         "unit_price": money(amount), "amount": money(amount)}
        for number, (pair, amount) in enumerate(zip(pairs, cents, strict=True), start=1)
    ))  # fmt: skip


def _in_procore(books: Books, site: Site, customer: Row, pairs: list[Pair], cents: list[int], rng: Random) -> None:
    signed = site.project["start_date"]
    header: Row = {
        "id": books.id("prime_contracts", site),
        "project_id": site.brief["id"],
        "number": site.code,
        "vendor": _company_of(books, customer),
        "title": _title(site),
        "status": STATUSES[site.carries_amounts][1],
        "accounting_method": "amount",
        "contract_date": signed,
        "contract_start_date": signed,
        "contract_estimated_completion_date": site.project["closing_date"],
        "executed": True,
        "private": False,
        "retainage_percent": site.project["holdback_pct"],
        "created_at": f"{signed}T15:00:00Z",
        "updated_at": f"{site.day(rng, 0.2, 0.4).isoformat()}T15:00:00Z",
        "currency_configuration": {"currency_iso_code": site.project["currency"]},
    }
    contract = PrimeContract(header, site, cents)
    for number, (pair, amount) in enumerate(zip(pairs, cents, strict=True), start=1):
        text = money(amount)
        contract.lines.append({
            "id": books.id("prime_contract_line_items", site), "project_id": header["project_id"],
            "prime_contract_id": header["id"], "holder": {"id": header["id"], "holder_type": "PrimeContract"},
            "position": number, "description": books.description(site, pair), "extended_type": "manual",
            "amount": text, "extended_amount": text, "total_amount": text, **books.charged_to(site, pair),
            "created_at": header["created_at"], "updated_at": header["updated_at"],
            "currency_configuration": header["currency_configuration"],
        })  # fmt: skip
    total_of_prime(contract)
    books.world.add_procore("prime_contracts", header)
    books.world.add_procore("prime_contract_line_items", *contract.lines)
    books.prime_contracts.append(contract)
