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
    """

    name: str
    words_of: Side
    defaults: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


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

VALUE_MAPS: Final[dict[str, ValueMap]] = {
    table.name: table
    for table in (
        # A group goes by its own row, else by its family's: a company with three groups of materials edits nothing.
        ValueMap("cost_types", Side.MAESTRO),
        ValueMap("cost_type_families", Side.MAESTRO, FAMILIES),
        # What stands in none of these three is the same word on both sides, or stops its record.
        ValueMap("units", Side.MAESTRO),
        ValueMap("taxes", Side.MAESTRO),
        ValueMap("terms", Side.MAESTRO),
        ValueMap("statuses.purchase-orders", Side.PROCORE, PURCHASE_ORDER_STATUSES, _ORDER_STATUSES),
        ValueMap("statuses.subcontracts", Side.PROCORE, SUBCONTRACT_STATUSES, _ORDER_STATUSES),
        ValueMap(
            "statuses.change-orders", Side.PROCORE, CHANGE_ORDER_STATUSES, (SKIP, "pending", "approved", "rejected")
        ),
    )
}


def in_force(edited: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Table → value → value: the defaults with what the company edited. Tables of a newer version are left out."""
    return {name: {**table.defaults, **edited.get(name, {})} for name, table in VALUE_MAPS.items()}
