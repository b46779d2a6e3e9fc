"""The fewest Procore calls that can do a run of the whole company, from plain counts of what both sides hold.

Written from the formulae of the note on limits (§1.5, minimum calls in the plan's own directions), not from the
program: nothing here is shared with it. What Procore may refuse or offer is a Profile: the cheapest way it leaves
counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

PAGE: Final = 2_000
PROJECTS_A_PAGE: Final = 300
COMMITMENTS_V2_A_PAGE: Final = 100
BATCH: Final = 1_000


@dataclass(frozen=True)
class Profile:
    """How this Procore answers what the documents leave open. The defaults are the table's."""

    order_sync_takes_ids: bool = True
    """False: each purchase order is marked by a PATCH of its own."""
    code_tiers: int = 1
    """Calls into which parents and children of one project have to be parted."""
    change_orders_are_marked: bool = False
    """True: each package gets our number by a PATCH of its own."""
    packages_hold_prime_side: bool = True
    """False: the owner's change orders are a list of their own."""
    items_have_code_ids: bool = False
    """True: the id of a cost code serves as that of its segment item, whose list need not be read."""
    has_commitments_v2: bool = False
    """True: one list, of small pages, holds purchase orders and subcontracts."""


@dataclass(frozen=True)
class Pulled:
    """Records that come from Procore: how many it lists, how many must be opened, how many get our mark."""

    held: int = 0
    opened: int = 0
    marked: int = 0


@dataclass(frozen=True)
class Project:
    """One linked, active project. held: listed by Procore when the run begins; written: new or changed there by it."""

    codes_held: int = 0
    codes_written: int = 0
    items_held: int = 0
    rows_held: int = 0
    combinations: int = 0
    """Budget codes whose ids must be asked for, be they there or not."""
    budget_lines: int = 0
    budget_changes: int = 0
    orders: Pulled = Pulled()
    subcontracts: Pulled = Pulled()
    packages: Pulled = Pulled()
    prime_contracts: int = 0
    costs: int = 0
    cost_lines: int = 0


@dataclass(frozen=True)
class Company:
    """Everything a run is about. vendors: the active ones."""

    projects_held: int
    vendors_held: int
    vendors_inactive: int = 0
    projects_written: int = 0
    vendors_written: int = 0
    projects: Sequence[Project] = field(default_factory=tuple)


class Calls(NamedTuple):
    """Of one row of the table."""

    read: int = 0
    write: int = 0

    @property
    def total(self) -> int:
        return self.read + self.write


Rows = Mapping[str, Calls]

ROWS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "projects": ("projects",),
    "suppliers": ("suppliers",),
    "budgets": ("cost types", "codes", "budgets"),
    "purchase-orders": ("tax codes", "units", "purchase-orders"),
    "subcontracts": ("tax codes", "units", "subcontracts"),
    "change-orders": ("tax codes", "units", "change-orders", "prime-contracts"),
    "costs": ("tax codes", "cost types", "costs"),
}
"""Element → the rows of the table that its run cannot do without. Several elements share the look-ups, read once."""


def up(count: int, size: int) -> int:
    """⌈count / size⌉"""
    return -(-count // size)


def pages(count: int, size: int = PAGE) -> int:
    """Calls that read a list: one even when it is empty."""
    return max(1, up(count, size))


def total(rows: Rows, elements: Iterable[str] = ROWS_OF) -> Calls:
    """Of the rows that these elements need, each once."""
    wanted = {row for element in elements for row in ROWS_OF[element]}
    found = [calls for row, calls in rows.items() if row in wanted]
    return Calls(sum(c.read for c in found), sum(c.write for c in found))


def first_run(company: Company, profile: Profile = Profile()) -> dict[str, Calls]:
    """Row of the table → calls, when nothing was ever read and everything has to be."""
    each = company.projects
    suppliers = pages(company.vendors_held) + pages(company.vendors_inactive)
    items = 0 if profile.items_have_code_ids else _sum(each, lambda p: pages(p.items_held))
    budget_rows = _sum(each, lambda p: pages(p.rows_held))
    prime_side = 0 if profile.packages_hold_prime_side else len(each)
    orders, subcontracts = _commitment_lists(each, profile)
    return {
        "projects": Calls(pages(company.projects_held, PROJECTS_A_PAGE), up(company.projects_written, BATCH)),
        "suppliers": Calls(suppliers, up(company.vendors_written, BATCH)),
        "cost types": Calls(1),
        "units": Calls(1),
        "tax codes": Calls(1),
        "codes": Calls(_sum(each, lambda p: pages(p.codes_held)), _code_writes(each, profile)),
        # One list of budget views, one pattern, the items of the cost types.
        "budgets": Calls(3 + budget_rows + items, _sum(each, _budget_writes)),
        "purchase-orders": Calls(orders + _sum(each, lambda p: p.orders.opened), _order_marks(each, profile)),
        "subcontracts": Calls(subcontracts + _sum(each, lambda p: p.subcontracts.opened), _subcontract_marks(each)),
        "change-orders": Calls(
            _sum(each, lambda p: pages(p.packages.held) + p.packages.opened) + prime_side,
            _change_order_marks(each, profile),
        ),
        "prime-contracts": Calls(_sum(each, lambda p: pages(p.prime_contracts))),
        "costs": Calls(0, _sum(each, lambda p: up(p.costs, BATCH) + up(p.cost_lines, BATCH))),
    }


def later_run(company: Company, profile: Profile = Profile()) -> dict[str, Calls]:
    """The same once everything was read: each list that people change is asked for its changes, nothing else is read.

    held counts do not matter; opened and written are what this run's changes need.
    """
    each = company.projects
    count = len(each)
    prime_side = 0 if profile.packages_hold_prime_side else count
    return {
        "projects": Calls(1, up(company.projects_written, BATCH)),
        "suppliers": Calls(1, up(company.vendors_written, BATCH)),
        "codes": Calls(0, _code_writes(each, profile)),
        "budgets": Calls(0, _sum(each, _budget_writes)),
        "purchase-orders": Calls(count + _sum(each, lambda p: p.orders.opened), _order_marks(each, profile)),
        "subcontracts": Calls(
            (0 if profile.has_commitments_v2 else count) + _sum(each, lambda p: p.subcontracts.opened),
            _subcontract_marks(each),
        ),
        "change-orders": Calls(
            count + prime_side + _sum(each, lambda p: p.packages.opened), _change_order_marks(each, profile)
        ),
        "costs": Calls(0, _sum(each, lambda p: up(p.costs, BATCH) + up(p.cost_lines, BATCH))),
    }


def _sum(projects: Sequence[Project], calls: Callable[[Project], int]) -> int:
    return sum(calls(project) for project in projects)


def _commitment_lists(each: Sequence[Project], profile: Profile) -> tuple[int, int]:
    """Calls that list purchase orders, and subcontracts. The shared list counts for the first."""
    apart = (_sum(each, lambda p: pages(p.orders.held)), _sum(each, lambda p: pages(p.subcontracts.held)))
    if not profile.has_commitments_v2:
        return apart
    together = _sum(each, lambda p: pages(p.orders.held + p.subcontracts.held, COMMITMENTS_V2_A_PAGE))
    return min((together, 0), apart, key=sum)


def _code_writes(each: Sequence[Project], profile: Profile) -> int:
    return profile.code_tiers * _sum(each, lambda p: up(p.codes_written, BATCH))


def _budget_writes(project: Project) -> int:
    """A locked budget takes one call for each change, an open one one for all its lines."""
    lines = up(project.combinations, BATCH) + up(project.budget_lines, BATCH)
    return lines + project.budget_changes


def _order_marks(each: Sequence[Project], profile: Profile) -> int:
    if not profile.order_sync_takes_ids:
        return _sum(each, lambda p: p.orders.marked)
    return _sum(each, lambda p: up(p.orders.marked, BATCH))


def _subcontract_marks(each: Sequence[Project]) -> int:
    return _sum(each, lambda p: up(p.subcontracts.marked, BATCH))


def _change_order_marks(each: Sequence[Project], profile: Profile) -> int:
    return _sum(each, lambda p: p.packages.marked) if profile.change_orders_are_marked else 0


# --- when ---------------------------------------------------------------------------------------------


def shortest_seconds(calls: int, hourly: int = 3_600, a_second: float = 2.5, hour: int = 3_600) -> float:
    """T(C) = ⌊(C − 1) / H⌋ · 3600 s + (((C − 1) mod H) + 1) / r, from a fresh window, with latency hidden (§1.2)."""
    windows, rest = divmod(calls - 1, hourly)
    return windows * hour + (rest + 1) / a_second
