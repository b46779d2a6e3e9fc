"""Lists of Procore that rules look things up in: read once, never compared, planned or written."""

from collections.abc import Callable, Mapping
from typing import Any

from maestro_procore.model.mapping import ElementMap, Field, Reading
from maestro_procore.model.rules import Rules


def _as_it_is(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return row


def lookup(
    name: str,
    number: str,
    clues: tuple[Field, ...],
    *,
    part_of: str,
    table: str = "",
    needs: tuple[str, ...] = (),
    read_procore: Callable[[Mapping[str, Any]], Mapping[str, Any]] = _as_it_is,
    is_read: bool = True,
) -> ElementMap:
    """The mapping of such a list, which has the name of its kind. number: attribute by which rules find a record.

    part_of: the element that reads it first. A record whose `is_in_use` is False is inactive.
    """
    return ElementMap(
        element=name,
        table=table,
        key_column="",
        resources=(name,) if is_read else (),
        number=number,
        active="is_in_use",
        fields=(),
        clues=clues,
        part_of=part_of,
        needs=needs,
        reading=Reading.ONCE,
        read_procore=read_procore,
    )


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=lambda subject: [],
    assemble=lambda element_map, context: [],
)
"""Of every such list: nothing ever follows from it by itself."""


def _tax_code(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "is_in_use": not row.get("archived")}


UNITS = lookup("units", "name", (Field("name", "", "name"),), part_of="costs")
TAX_CODES = lookup(
    "tax-codes",
    "code",
    (Field("code", "", "code"), Field("rate", "", "rate1")),
    part_of="costs",
    read_procore=_tax_code,
)
