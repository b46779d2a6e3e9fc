"""Budgets of the training company's projects in maestro*, and what their lines may be charged to.

Procore's budgets are empty at the start.
"""

from __future__ import annotations

from random import Random

from maestro_procore.sandbox.training_books import Books, Pair, Site
from maestro_procore.sandbox.training_money import cents_of, money, split
from maestro_procore.sandbox.training_world import Row

# How the budget lines of a project are shared out over the cost groups.
GROUPS = ("MAT", "ST", "MAT", "DIV", "ST", "EQP", "MAT", "MO", "ST", "DIV")
SELLING_LINES = 3
# Of ten pairs that have a budget, how many stand beside one that has none.
BUDGETED_PER_UNBUDGETED = 10

# source, status and sign of the budget changes at the start
CHANGES = (("saisie", "approved", 1), ("excel", "approved", -1), ("saisie", "pending", 1))


def build_budgets(books: Books) -> None:
    """Fill m_budget and m_budget_change, and choose each site's pairs."""
    rng = books.world.random("budgets")
    activities = list(books.activities)
    left = books.counts.budget_changes
    for site in books.open_sites:
        _choose_pairs(site, activities, books.counts.budget_lines, rng)
        rows = [_budget(site, pair, rng) for group in site.pairs.values() for pair in group]
        site.budget = sum(cents_of(row["original_cost"]) for row in rows)
        if left:
            changes = _changes(books, site, rows, min(left, len(CHANGES)), rng)
            books.world.add("m_budget_change", *changes)
            left -= len(changes)
        books.world.add("m_budget", *rows, *_selling(site, activities, rng))


def _choose_pairs(site: Site, activities: list[str], wanted: int, rng: Random) -> None:
    """Budgeted pairs by group, all different, and some that have no budget."""
    extra = max(1, wanted // BUDGETED_PER_UNBUDGETED)
    chosen: dict[Pair, None] = {}
    while len(chosen) < wanted:
        chosen[Pair(rng.choice(activities), GROUPS[len(chosen) % len(GROUPS)])] = None
    for pair in chosen:
        site.pairs.setdefault(pair.group, []).append(pair)
    while len(site.unbudgeted) < extra:
        pair = Pair(rng.choice(activities), rng.choice(("MAT", "DIV")))
        if pair not in chosen and pair not in site.unbudgeted:
            site.unbudgeted.append(pair)


def _budget(site: Site, pair: Pair, rng: Random) -> Row:
    """One line: mostly whole hundreds, sometimes to the cent, now and then nothing."""
    cents = int(250 * rng.randrange(14, 250) ** 2 * site.weight)
    if rng.random() < 0.7:
        cents -= cents % 10_000
    if rng.random() < 0.01:
        cents = 0
    amount = money(cents)
    return {
        "project_code": site.code, "activity_code": pair.activity, "group_code": pair.group,
        "original_cost": amount, "modified_cost": amount, "original_sell": "0.00", "modified_sell": "0.00",
        "original_qty": None, "unit": None,
    }  # fmt: skip


def _selling(site: Site, activities: list[str], rng: Random) -> list[Row]:
    """What the customer pays, in the revenue group: such lines stay in maestro*."""
    chosen = sorted(rng.sample(activities, SELLING_LINES))
    prices = split(site.price, [1.0] * SELLING_LINES)
    return [
        {
            "project_code": site.code, "activity_code": activity, "group_code": "REV",
            "original_cost": "0.00", "modified_cost": "0.00",
            "original_sell": money(cents), "modified_sell": money(cents),
            "original_qty": None, "unit": None,
        }
        for activity, cents in zip(chosen, prices, strict=True)
    ]  # fmt: skip


def _changes(books: Books, site: Site, budget: list[Row], wanted: int, rng: Random) -> list[Row]:
    """Budget modifications typed into maestro*; approved ones count in modified_cost."""
    made = []
    for number, (row, (source, status, sign)) in enumerate(zip(rng.sample(budget, wanted), CHANGES, strict=False), 1):
        original = cents_of(row["original_cost"])
        cents = sign * min(rng.randrange(10_000, 900_000), original // 2 + 1)
        if status == "approved":
            row["modified_cost"] = money(original + cents)
        made.append({
            "change_id": books.number("m_budget_change"), "project_code": site.code,
            "activity_code": row["activity_code"], "group_code": row["group_code"],
            "entry_date": site.day(rng, 0.6, 0.95).isoformat(), "amount": money(cents), "quantity": None,
            "reference": f"MB-{site.code}-{number}", "source": source, "status": status, "co_id": None,
        })  # fmt: skip
    return made
