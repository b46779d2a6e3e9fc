"""What the builders of the training company share: size, dates, ids, and the two sides being filled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from maestro_procore.sandbox.training_numbers import Numbers

Row = dict[str, Any]

SEED = "maestro_procore training company 1"
BASE_DATE = date(2026, 11, 2)
BASE_TIME = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

COMPANY_ID = 1

# Procore's ids are 64-bit; a client that keeps them in 32 bits must fail here, not at a customer.
CONNECTED_COMPANY_ID = 598_134_325_700_001
OTHER_COMPANY_ID = 598_134_325_700_077
FIRST_PROCORE_ID = 598_134_326_000_000
ID_STEP = 100_000


@dataclass(frozen=True)
class Size:
    """How large the company is, and how much of it Procore has from the start."""

    name: str
    projects: int
    suppliers: int
    closed_projects: int
    blocked_suppliers: int
    closed_suppliers: int
    staying_out: int  # banks, governments and employees: a third each
    known_by_name: int  # in Procore without our code: recognised by name and city
    only_in_maestro: int
    only_in_procore: int
    everything_in_procore: bool
    customers: int
    is_whole: bool  # whether the records of every element are made unless asked otherwise


SIZES: dict[str, Size] = {
    size.name: size
    for size in (
        Size("small", 12, 60, 2, 2, 3, 3, 12, 18, 5, everything_in_procore=False, customers=6, is_whole=True),
        Size("reference", 120, 3500, 8, 25, 60, 90, 75, 0, 0, everything_in_procore=True, customers=60, is_whole=False),
    )
}


@dataclass
class World:
    """Both sides while they are being built. company: rows per m_ table; procore: rows per collection word."""

    size: Size
    company: dict[str, list[Row]] = field(default_factory=dict)
    procore: dict[str, list[Row]] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(FIRST_PROCORE_ID, ID_STEP))

    def random(self, builder: str) -> Random:
        """Chance of one builder's own, so that a new builder changes nothing that the others made."""
        return Random(f"{SEED}/{self.size.name}/{builder}")

    def numbers(self, builder: str) -> Numbers:
        """Telephones, tax numbers and addresses of one builder."""
        return Numbers(self.random(f"{builder}/numbers"))

    def add(self, table: str, *rows: Row) -> list[Row]:
        """Put rows into an m_ table and return them as kept there: with company_id, and changed_at where missing."""
        changed_at = moment(days_before=30)
        kept = [{"company_id": COMPANY_ID, **row, "changed_at": row.get("changed_at", changed_at)} for row in rows]
        self.company.setdefault(table, []).extend(kept)
        return kept

    def add_procore(self, collection: str, *rows: Row) -> list[Row]:
        """Put rows into a Procore collection and return them; those without id get the next one."""
        complete = [row if "id" in row else {"id": next(self._ids), **row} for row in rows]
        self.procore.setdefault(collection, []).extend(complete)
        return complete


def moment(days_before: int) -> str:
    """A point in time some days before the base date, as Procore writes it: 2026-10-03T12:00:00Z."""
    return (BASE_TIME - timedelta(days=days_before)).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(days_after: int) -> str:
    """A day counted from the base date, ISO 8601; negative is earlier."""
    return (BASE_DATE + timedelta(days=days_after)).isoformat()
