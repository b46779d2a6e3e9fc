"""Procore's tax codes and units of measure: looked up by the lines of orders and of direct costs, never written.

Source: procore-api.md §6.5. A tax code's rate is a percentage.
"""

from collections.abc import Mapping
from typing import Any, Final

from maestro_procore.model.lookups import RULES, lookup
from maestro_procore.model.mapping import Field
from maestro_procore.model.values import Kind

__all__ = ["RULES", "TAX_CODES", "UNITS"]


def _tax_code(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "is_in_use": not row.get("archived")}


_FIRST: Final = "purchase-orders"
"""The element that reads both first; Project Costs come later."""

TAX_CODES = lookup(
    "tax-codes",
    "code",
    (Field("code", "", "code"), Field("rate", "", "rate1", Kind.PERCENT)),
    part_of=_FIRST,
    read_procore=_tax_code,
)
UNITS = lookup("units", "name", (Field("name", "", "name"),), part_of=_FIRST)
