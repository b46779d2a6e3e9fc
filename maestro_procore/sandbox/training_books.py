"""What the builders of orders, costs and budgets share: counts per size, the sites, their codes and the partners.

A site is a project of maestro* with what belongs to it. Builders take the Books and fill the World behind them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from random import Random
from typing import NamedTuple

from maestro_procore.sandbox.training_money import split
from maestro_procore.sandbox.training_suppliers import NEAR_DUPLICATES
from maestro_procore.sandbox.training_world import BASE_DATE, CONNECTED_COMPANY_ID, Row, World, moment

# How much larger the first project is than the tenth: lines fall as 1/rank^0.8 (limits-and-faults.md §1.5).
SKEW = 0.8
STAYING_OUT = frozenset({"BANK", "GOV", "EMP"})

# Ids of these records lie below those of companies, projects and vendors, so that neither moves the other.
FIRST_ELEMENT_ID = 598_100_000_000_000
IDS_OF_A_SITE = 100_000
IDS_OF_A_KIND = 1_000 * IDS_OF_A_SITE
KINDS = (
    "standard_cost_code_lists", "standard_cost_codes", "line_item_types", "uoms", "uom_categories", "tax_codes",
    "cost_codes", "wbs_codes", "purchase_order_contracts", "purchase_order_contract_line_items",
    "work_order_contracts", "work_order_contract_line_items", "change_order_packages", "potential_change_orders",
    "change_order_line_items", "prime_contracts", "prime_contract_line_items", "change_order_statuses",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """How many records a size has. Per site: activities (divisions too) and budget_lines; the others in all."""

    activities: int
    budget_lines: int
    budget_changes: int
    purchase_orders: int
    purchase_order_lines: int  # of each
    work_orders: int
    work_order_lines: int  # of each
    unfinished: int  # commitments that are not approved yet
    entered_by_hand: int  # approved commitments whose order maestro* has already
    order_invoices: int
    maestro_orders: int  # orders that Procore has never seen
    commitment_changes: int
    owner_changes: int
    unfinished_changes: int
    costs: int
    not_transferred: int


COUNTS: dict[str, Counts] = {
    "small": Counts(
        activities=14,
        budget_lines=12,
        budget_changes=4,
        purchase_orders=14,
        purchase_order_lines=3,
        work_orders=8,
        work_order_lines=4,
        unfinished=4,
        entered_by_hand=6,
        order_invoices=16,
        maestro_orders=2,
        commitment_changes=8,
        owner_changes=4,
        unfinished_changes=3,
        costs=60,
        not_transferred=3,
    ),
    # No budget changes: the fewest calls of a first run are counted without any (limits-and-faults.md §1.5).
    "reference": Counts(
        activities=900,
        budget_lines=350,
        budget_changes=0,
        purchase_orders=4_000,
        purchase_order_lines=5,
        work_orders=1_500,
        work_order_lines=8,
        unfinished=0,
        entered_by_hand=1_500,
        order_invoices=9_000,
        maestro_orders=240,
        commitment_changes=2_100,
        owner_changes=400,
        unfinished_changes=0,
        costs=16_000,
        not_transferred=120,
    ),
}


class Pair(NamedTuple):
    """What a line is charged to on a site: activity and group."""

    activity: str
    group: str


@dataclass
class Partner:
    """A supplier that may have orders and costs, with its company in Procore if there is one."""

    supplier: Row
    vendor: Row | None

    @property
    def code(self) -> str:
        return str(self.supplier["supplier_code"])

    @property
    def company_id(self) -> int:
        """Of its company in Procore."""
        assert self.vendor is not None
        return int(self.vendor["id"])

    @property
    def company_name(self) -> str:
        assert self.vendor is not None
        return str(self.vendor["name"])


@dataclass
class Site:
    """One project on both sides. codes: Procore's cost codes by activity; pairs: what may be charged, by group.

    weight: its part of the work, 1 on average; budget: in cents, all its lines together.
    """

    number: int
    project: Row
    procore: Row | None
    weight: float = 0.0
    budget: int = 0
    codes: dict[str, Row] = field(default_factory=dict)
    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    unbudgeted: list[Pair] = field(default_factory=list)
    wbs_codes: dict[Pair, Row] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return str(self.project["project_code"])

    @property
    def carries_amounts(self) -> bool:
        """Closed projects and those that stay in maestro* are left without amounts."""
        return self.project["status"] == "A" and bool(self.project["procore_sync"])

    @property
    def price(self) -> int:
        """What the owner pays: the budget and eight percent, in cents."""
        return self.budget * 108 // 100

    @property
    def brief(self) -> Row:
        """The project as Procore's answers name it."""
        assert self.procore is not None
        return {"id": self.procore["id"], "name": self.procore["name"]}

    def day(self, rng: Random, first: float = 0.0, last: float = 1.0) -> date:
        """A day of the site between two parts of the time from its start to the base date."""
        started = date.fromisoformat(self.project["start_date"]).toordinal()
        length = BASE_DATE.toordinal() - 1 - started
        return date.fromordinal(started + int(length * (first + (last - first) * rng.random())))


class Kind(NamedTuple):
    """Purchase order or subcontract: words of both sides. groups: what it is charged to, the usual one first."""

    maestro: str
    collection: str
    lines: str
    key: str  # under which a line names its commitment
    holder: str
    number: str
    groups: tuple[str, ...]
    unfinished: tuple[str, ...]
    words: tuple[str, str]


class Line(NamedTuple):
    """A line of a commitment. cents: before taxes; tax: what Procore adds to it."""

    row: Row
    pair: Pair
    cents: int
    tax: int


@dataclass
class Commitment:
    """One commitment of Procore with its lines. changed: cents of its change orders by status; changes: how many."""

    kind: Kind
    header: Row
    site: Site
    partner: Partner
    lines: list[Line] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    changes: int = 0

    @property
    def is_approved(self) -> bool:
        return bool(self.header["status"] == "Approved")


@dataclass
class PrimeContract:
    """The owner's contract of a site in Procore; lines are its rows, cents their amounts, changed as above."""

    header: Row
    site: Site
    cents: list[int]
    lines: list[Row] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    changes: int = 0


@dataclass
class Order:
    """An order of maestro* with its rows. cents: the amount of each line; is_in_procore: typed from a commitment."""

    row: Row
    lines: list[Row]
    site: Site
    partner: Partner
    cents: list[int]
    is_in_procore: bool


class Books:
    """Sites and partners of a World, and how records are spread over them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.counts = COUNTS[world.size.name]
        known = {row.get("project_number"): row for row in world.procore["projects"]}
        self.sites = [
            Site(number, row, known.get(row["project_code"]))
            for number, row in enumerate(world.company["m_project"], start=1)
        ]
        self.company = {"id": CONNECTED_COMPANY_ID, "name": world.procore["companies"][0]["name"]}
        self.partners = list(_partners(world))
        self.types: dict[str, Row] = {}  # Procore's cost types by maestro* group
        self.tax_codes: dict[str, Row] = {}
        self.activities: dict[str, tuple[str, str]] = {}  # French and English by code; no divisions
        self.commitments: list[Commitment] = []
        self.orders: list[Order] = []
        self.prime_contracts: list[PrimeContract] = []
        self._numbers: Counter[str] = Counter()
        self._ids: dict[tuple[str, int], int] = {}
        open_sites = [site for site in self.sites if site.carries_amounts]
        world.random("ranks").shuffle(open_sites)
        weights = _weights(len(open_sites))
        for site, weight in zip(open_sites, weights, strict=True):
            site.weight = weight * len(weights) / sum(weights)
        self.open_sites: Sequence[Site] = open_sites

    @property
    def open_in_procore(self) -> list[Site]:
        """Sites with amounts that Procore has from the start, the largest first."""
        return [site for site in self.open_sites if site.procore is not None]

    @cached_property
    def partners_by_trade(self) -> tuple[list[Partner], list[Partner]]:
        """Partners that a commitment in Procore can name: suppliers of goods, sub-contractors. All paid in dollars."""
        there = [p for p in self.partners if p.vendor is not None and p is not self.in_us_dollars]
        return (
            [partner for partner in there if not partner.supplier["is_subcontractor"]],
            [partner for partner in there if partner.supplier["is_subcontractor"]],
        )

    @cached_property
    def in_us_dollars(self) -> Partner:
        """The supplier of the United States."""
        return next(p for p in self.partners if p.vendor is not None and p.supplier["currency"] == "USD")

    def charged_to(self, site: Site, pair: Pair) -> Row:
        """The fields by which a line of Procore names its codes; the WBS code is made when it is new."""
        kind = self.types[pair.group]
        code = site.codes[pair.activity]
        if pair not in site.wbs_codes:
            flat = f"{code['full_code']}.{kind['code']}"
            made = {
                "id": self.id("wbs_codes", site),
                "flat_code": flat,
                "description": f"{code['name']}.{kind['name']}",
            }
            site.wbs_codes[pair] = made
            self.world.add_procore("wbs_codes", {
                **made, "flat_name": made["description"], "project_id": site.brief["id"], "status": "active",
                "cost_code_id": code["id"], "line_item_type_id": kind["id"],
                "created_at": moment(days_before=200), "updated_at": moment(days_before=200),
            })  # fmt: skip
        return {
            "company": self.company, "project": site.brief, "cost_code": code, "line_item_type": kind,
            "wbs_code": site.wbs_codes[pair],
        }  # fmt: skip

    def description(self, site: Site, pair: Pair) -> str:
        """The activity of a pair in the language of the site."""
        return self.activities[pair.activity][site.project["language"] == "en"]

    def number(self, table: str) -> int:
        """The next counted key of an m_ table."""
        self._numbers[table] += 1
        return self._numbers[table]

    def id(self, kind: str, site: Site | None = None) -> int:
        """The next id of a record; each kind and site counts for itself."""
        number = 0 if site is None else site.number
        key = (kind, number)
        count = self._ids[key] = self._ids.get(key, 0) + 1
        return FIRST_ELEMENT_ID + KINDS.index(kind) * IDS_OF_A_KIND + number * IDS_OF_A_SITE + count


def spread(total: int, sites: Sequence[Site]) -> list[int]:
    """How many of a total each site gets, the first most: as 1/rank^0.8, exactly the total together."""
    return split(total, _weights(len(sites)))


def _weights(count: int) -> list[float]:
    return [1 / rank**SKEW for rank in range(1, count + 1)]


def _partners(world: World) -> Iterable[Partner]:
    """Suppliers in good standing whose company nobody has to choose."""
    vendors = [vendor for vendor in world.procore["vendors"] if vendor["is_active"]]
    by_code = {vendor["origin_code"]: vendor for vendor in vendors if "origin_code" in vendor}
    by_name = {
        (_plain(vendor["name"]), _plain(vendor["city"])): vendor for vendor in vendors if "origin_code" not in vendor
    }
    for row in world.company["m_supplier"]:
        if row["status"] != "A" or row["type_code"] in STAYING_OUT or row["supplier_code"] in NEAR_DUPLICATES:
            continue
        found = by_code.get(row["supplier_code"]) or by_name.get((_plain(row["name"]), _plain(row["city"])))
        yield Partner(row, found)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
