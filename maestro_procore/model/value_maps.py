"""The editable tables of Configuration: a value of one side → the value of the other that means the same.

One row of VALUE_MAPS per table, with its defaults; what a company edited is laid over them (Context.maps). What a
rule cannot find in a table stops its record: nothing is guessed. Source: maestro-interface.md §§3.2, 3.9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from maestro_procore.model.elements import Side


@dataclass(frozen=True)
class ValueMap:
    """One table. words_of: the side whose values stand on the left, as written there; the right column is the other's.

    choices: all that the right column may hold; empty: any value. Label of the table: the text `map.{name}`.
    rows_of: "table.column" of maestro* that lists the company's own values of the left column. kind: Procore's records
    whose number the right column offers, or whose status stands on the left. may_be_empty: a value may have no
    counterpart by choice. is_one_to_one: also read from right to left, so no two values may mean the same.
    """

    name: str
    words_of: Side
    defaults: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    rows_of: str = ""
    kind: str = ""
    may_be_empty: bool = False
    is_one_to_one: bool = False


LONGEST_CODE: Final = 10
"""Characters of a maestro* code (maestro-interface.md §5.1)."""
LONGEST_WORD: Final = 255
"""Characters of a name in Procore."""

NOT_SENT: Final = ""
"""On the right: this value has no counterpart, by choice."""

FAMILIES: Final = {
    "labour": "L",
    "material": "M",
    "equipment": "E",
    "subcontractor": "S",
    "miscellaneous": "O",
    "billing": NOT_SENT,
}
"""maestro*'s six families of groups → Procore's default cost types (maestro-interface.md §3.2); billing never goes."""

SKIP: Final = "skip"
"""Of a status: a document that is there yet is not brought into maestro*, and one that was brought waits."""
_ORDER_STATUSES: Final = (SKIP, "approved", "open", "closed", "cancelled")
PURCHASE_ORDER_STATUSES: Final = {
    "Draft": SKIP,
    "Processing": SKIP,
    "Submitted": SKIP,
    "Partially Received": "open",
    "Received": "open",
    "Approved": "approved",
    "Closed": "closed",
    "Void": "cancelled",
}
SUBCONTRACT_STATUSES: Final = {
    "Draft": SKIP,
    "Out For Bid": SKIP,
    "Out For Signature": SKIP,
    "Approved": "approved",
    "Complete": "closed",
    "Terminated": "cancelled",
    "Void": "cancelled",
}
CHANGE_ORDER_STATUSES: Final = {
    "draft": SKIP,
    "pending": SKIP,
    "revised": SKIP,
    "pricing": SKIP,
    "not_pricing": SKIP,
    "proceeding": SKIP,
    "not_proceeding": SKIP,
    "pending_billable": SKIP,
    "no_charge": SKIP,
    "approved": "approved",
    "rejected": "rejected",
    "void": "rejected",
}
"""Procore's statuses → what becomes of them in maestro* (maestro-interface.md §3.9)."""

COST_TYPES: Final = "cost_types"
COST_TYPE_FAMILIES: Final = "cost_type_families"


def _statuses(kind: str, defaults: Mapping[str, str], choices: tuple[str, ...]) -> ValueMap:
    return ValueMap(f"statuses.{kind}", Side.PROCORE, defaults, choices, kind=kind)


VALUE_MAPS: Final[dict[str, ValueMap]] = {
    table.name: table
    for table in (
        # A group goes by its own row, else by its family's: a company with three groups of materials edits nothing.
        ValueMap(COST_TYPES, Side.MAESTRO, rows_of="m_cost_group.group_code", kind="cost-types", may_be_empty=True),
        ValueMap(COST_TYPE_FAMILIES, Side.MAESTRO, FAMILIES, kind="cost-types", may_be_empty=True),
        # What stands in none of these three is the same word on both sides, or stops its record.
        ValueMap("units", Side.MAESTRO, rows_of="m_unit.unit_code", kind="units"),
        ValueMap("taxes", Side.MAESTRO, rows_of="m_tax_code.tax_code", kind="tax-codes", is_one_to_one=True),
        ValueMap("terms", Side.MAESTRO, rows_of="m_terms.terms_code", is_one_to_one=True),
        _statuses("purchase-orders", PURCHASE_ORDER_STATUSES, _ORDER_STATUSES),
        _statuses("subcontracts", SUBCONTRACT_STATUSES, _ORDER_STATUSES),
        _statuses("change-orders", CHANGE_ORDER_STATUSES, (SKIP, "pending", "approved", "non_billable", "rejected")),
    )
}


def in_force(edited: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Table → value → value: the defaults with what the company edited. Tables of a newer version are left out."""
    return {name: {**table.defaults, **edited.get(name, {})} for name, table in VALUE_MAPS.items()}
