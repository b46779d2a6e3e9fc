"""The training company: believable construction data for both sides, the same at every start.

Yields plain rows only. Loading the maestro* side is erp/, serving the Procore side is the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maestro_procore.sandbox.training_books import Books
from maestro_procore.sandbox.training_budgets import build_budgets
from maestro_procore.sandbox.training_change_orders import build_change_orders
from maestro_procore.sandbox.training_codes import build_codes
from maestro_procore.sandbox.training_commitments import build_commitments
from maestro_procore.sandbox.training_contracts import build_contracts
from maestro_procore.sandbox.training_costs import build_costs, build_not_transferred
from maestro_procore.sandbox.training_documents import build_documents
from maestro_procore.sandbox.training_lookups import build_company, build_lists
from maestro_procore.sandbox.training_order_invoices import build_order_invoices
from maestro_procore.sandbox.training_orders import build_orders
from maestro_procore.sandbox.training_photos import build_photos
from maestro_procore.sandbox.training_projects import build_customers, build_owners, build_projects
from maestro_procore.sandbox.training_site_records import build_site_records
from maestro_procore.sandbox.training_suppliers import build_suppliers
from maestro_procore.sandbox.training_world import CONNECTED_COMPANY_ID, SIZES, World

# In the order in which they lean on each other; a further element is a further line.
BUILDERS: tuple[Callable[[World], None], ...] = (
    build_company,
    build_lists,
    build_customers,
    build_projects,
    build_suppliers,
    build_owners,
)

ELEMENT_BUILDERS: tuple[Callable[[Books], None], ...] = (
    build_codes,
    build_budgets,
    build_commitments,
    build_contracts,
    build_change_orders,
    build_orders,
    build_costs,
    build_order_invoices,
    build_not_transferred,
)

# Files stand beside the elements: only Procore has them, and only the training company is small enough to look at.
FILE_BUILDERS: tuple[Callable[[World], None], ...] = (build_documents, build_photos, build_site_records)


@dataclass(frozen=True)
class TrainingCompany:
    """Both sides before their first synchronization.

    company: rows per m_ table of maestro*, ready for JSON: dates and money as text, times as UTC ISO 8601.
    procore: rows per collection word in the shape of Procore's show answers; only fields that carry data. All but
    `companies` belong to procore_company_id; the other company is one that the app is not connected to.
    """

    name: str
    procore_company_id: int
    company: dict[str, list[dict[str, Any]]]
    procore: dict[str, list[dict[str, Any]]]

    def to_json(self) -> str:
        """The whole company as one JSON document, as the sandbox takes it with `--company FILE`."""
        return json.dumps(vars(self), ensure_ascii=False, indent=1)


def generate(size: str, *, whole: bool | None = None) -> TrainingCompany:
    """The training company of a size, "small" or "reference": equal at every call.

    Procore's documents and photos come with small alone; training_documents.many_documents makes more.
    whole: with the records of every element, or only companies, projects and suppliers with their lists. None leaves
    it to the size: small has all, reference has not, because its half a million records take seconds to make and
    some hundred megabytes to hold. The records that both have are the same.
    Errors: ValueError for another size.
    """
    if size not in SIZES:
        raise ValueError(f"unknown size of the training company: {size!r}; known are {', '.join(SIZES)}")
    world = World(SIZES[size])
    for build in BUILDERS:
        build(world)
    if world.size.is_whole if whole is None else whole:
        books = Books(world)
        for build_element in ELEMENT_BUILDERS:
            build_element(books)
    if world.size.is_whole:
        for build_files in FILE_BUILDERS:
            build_files(world)
    return TrainingCompany(size, CONNECTED_COMPANY_ID, world.company, world.procore)
