"""Change orders that stand in Procore at the start: packages of one tier on commitments and on prime contracts.

With one tier Procore makes for each package a hidden potential change order that holds the lines
(procore-api.md §6.9): whoever takes both counts every amount twice.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from maestro_procore.sandbox.training_books import Books, Commitment, Pair, PrimeContract, Site, spread
from maestro_procore.sandbox.training_commitments import total
from maestro_procore.sandbox.training_contracts import total_of_prime
from maestro_procore.sandbox.training_money import money
from maestro_procore.sandbox.training_world import BASE_DATE, Row

LINES = 2
# Every so many on commitments: one that takes something away, one that moves an amount between two codes.
DEDUCTIVE_EVERY, ZERO_EVERY = 8, 25
FIRST_DEDUCTIVE, FIRST_ZERO = 2, 5
UNFINISHED = ("draft", "pending", "rejected")
REASONS = (
    ("Conditions de chantier imprévues", "Unforeseen site conditions"),
    ("Demande du client", "Owner's request"),
    ("Précision aux plans", "Drawing clarification"),
)


def build_change_orders(books: Books) -> None:
    """Fill change_order_packages, each with its lines, and potential_change_orders; correct the contracts' sums."""
    counts = books.counts
    _of_commitments(books, counts.commitment_changes, counts.unfinished_changes)
    rng = books.world.random("owner changes")
    contracts = [contract for contract in books.prime_contracts if contract.lines]
    shares = spread(counts.owner_changes, [contract.site for contract in contracts])
    for contract, count in zip(contracts, shares, strict=True):
        for _ in range(count):
            cents = [rng.randrange(50_000, 3_000_000) for _ in range(LINES)]
            _package(books, contract, "PrimeContractChangeOrder", "approved", cents, rng)
        total_of_prime(contract)


def _of_commitments(books: Books, approved: int, unfinished: int) -> None:
    """Spread over the approved commitments, as these are over the projects; some have several."""
    rng = books.world.random("commitment changes")
    commitments = [made for made in books.commitments if made.is_approved]
    for serial in range(approved + unfinished):
        made = commitments[int(len(commitments) * rng.random())]
        status = UNFINISHED[(serial - approved) % len(UNFINISHED)] if serial >= approved else "approved"
        _package(books, made, "CommitmentContractChangeOrder", status, _cents(serial, rng), rng)
        total(made)


def _cents(serial: int, rng: Random) -> list[int]:
    amounts = [rng.randrange(8_000, 1_500_000) for _ in range(LINES)]
    if serial % ZERO_EVERY == FIRST_ZERO:
        return [amounts[0], -amounts[0]]
    if serial % DEDUCTIVE_EVERY == FIRST_DEDUCTIVE:
        return [-amount for amount in amounts]
    return amounts


def _package(
    books: Books, contract: Commitment | PrimeContract, kind: str, status: str, cents: list[int], rng: Random
) -> None:
    """One package with its hidden potential change order; numbers begin anew on each contract."""
    site = contract.site
    contract.changes += 1
    french, english = rng.choice(REASONS)
    day = _day(site, contract.header["contract_date"], rng)
    potential = books.id("potential_change_orders", site)
    lines = [
        _line(books, contract, potential, position, amount, rng.choice(_pairs(contract)))
        for position, amount in enumerate(cents, start=1)
    ]
    amount = sum(cents)
    contract.changed[status] += amount
    shared: Row = {
        "contract_id": contract.header["id"],
        "project_id": site.brief["id"],
        "number": f"{contract.changes:03d}",
        "title": english if site.project["language"] == "en" else french,
        "status": status,
        "grand_total": money(amount),
        "schedule_impact_amount": 0,
        "revision": 0,
        "private": False,
        "created_at": f"{day}T13:20:00Z",
        "updated_at": f"{day}T18:45:00Z",
        "line_items": lines,
    }
    if status == "approved":
        shared["reviewed_at"] = f"{day}T18:45:00Z"
    currency = contract.header["currency_configuration"]["currency_iso_code"]
    package = {
        "id": books.id("change_order_packages", site), **shared, "type": kind, "due_date": day,
        "executed": status == "approved",
        "currency_configuration": {"base_currency_iso_code": "CAD", "currency_iso_code": currency},
    }  # fmt: skip
    books.world.add_procore("change_order_packages", package)
    books.world.add_procore("potential_change_orders", {
        "id": potential, **shared, "change_order_package_id": package["id"],
        "line_items": [_hidden(line) for line in lines], "change_order_tiers": 1,
        "change_order_package_title": shared["title"], "due_date": f"{day}T04:00:00Z",
        "currency_configuration": contract.header["currency_configuration"],
    })  # fmt: skip


def _line(
    books: Books, contract: Commitment | PrimeContract, potential: int, position: int, cents: int, pair: Pair
) -> Row:
    amount = money(cents)
    codes = books.charged_to(contract.site, pair)
    return {
        "id": books.id("change_order_line_items", contract.site),
        "position": position,
        "description": codes["cost_code"]["name"],
        "total_amount": amount,
        "extended_amount": amount,
        "quantity": "1",
        "unit_cost": amount,
        "uom": "FORF",
        "cost_code": codes["cost_code"],
        "line_item_type": codes["line_item_type"],
        "wbs_code": codes["wbs_code"],
        "holder": {"id": potential, "holder_type": "PotentialChangeOrder"},
        "currency_configuration": contract.header["currency_configuration"],
    }


def _hidden(line: Row) -> Row:
    """The same line as the potential change order shows it: with a number for the quantity, without a unit cost."""
    return {**{key: value for key, value in line.items() if key != "unit_cost"}, "quantity": 1}


def _pairs(contract: Commitment | PrimeContract) -> list[Pair]:
    """A change is charged where the contract is; towards the owner, anywhere on the site."""
    if isinstance(contract, Commitment):
        return [line.pair for line in contract.lines]
    return contract.site.pairs["ST"]


def _day(site: Site, signed: str, rng: Random) -> str:
    """A working day between signature and the base date."""
    day = max(site.day(rng, 0.7, 1.0), site.day(rng, 0.0, 1.0).fromisoformat(signed) + timedelta(days=1))
    return min(day, BASE_DATE - timedelta(days=1)).isoformat()
