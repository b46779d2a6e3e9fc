"""Procore's work breakdown structure: the pattern of the company, and the items that budget codes are made of.

Read only. An item is a cost code or a cost type under an id of its own, which no list of codes or types tells.
Source: procore-api.md §6.4.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from maestro_procore.model.lookups import RULES as LOOKUP_RULES
from maestro_procore.model.lookups import lookup
from maestro_procore.model.mapping import Field
from maestro_procore.model.rules import Context
from maestro_procore.model.values import Kind, lines_of

COST_CODE, COST_TYPE = "cost_code", "line_item_type"
_STANDARD: Final = frozenset({"sub_job", COST_CODE, COST_TYPE})
_OF_A_SEGMENT: Final = ("id", "type", "name")


def _pattern(row: Mapping[str, Any]) -> Mapping[str, Any]:
    segments = [{name: each.get(name) for name in _OF_A_SEGMENT} for each in row.get("segments") or ()]
    return {**row, "segments": segments}


def _item(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "is_in_use": row.get("status") != "inactive"}


WBS_PATTERNS = lookup(
    "wbs-patterns", "id", (Field("segments", "", "segments", Kind.LINES),), part_of="budgets", read_procore=_pattern
)
PROJECT_PATTERNS = lookup(
    "project-patterns",
    "id",
    (Field("segments", "", "segments", Kind.LINES),),
    part_of="budgets",
    needs=("wbs-patterns",),
    read_procore=_pattern,
)
COST_TYPE_ITEMS = lookup(
    "cost-type-items",
    "code",
    (Field("name", "", "name"),),
    part_of="budgets",
    needs=("wbs-patterns",),
    read_procore=_item,
)
SEGMENT_ITEMS = lookup(
    "segment-items",
    "path_code",
    (Field("name", "", "name"),),
    part_of="budgets",
    needs=("wbs-patterns", "cost-codes", "segment-items"),
    read_procore=_item,
)


def segment_ids(context: Context) -> dict[str, str]:
    """Type → id of the company's segments, as text."""
    return {
        str(segment["type"]): str(segment["id"])
        for record in context.records.get("wbs-patterns", ())
        for segment in lines_of(record.values.get("segments"))
        if not record.is_gone
    }


def has_custom_segments(context: Context, kind: str = "project-patterns") -> bool:
    """Whether a pattern holds more than sub job, cost code and cost type; kind: which of the two patterns."""
    return any(
        segment.get("type") not in _STANDARD
        for record in context.records.get(kind, ())
        if not record.is_gone
        for segment in lines_of(record.values.get("segments"))
    )


def lacks_items(context: Context) -> bool:
    """Whether a linked cost code of the project has no segment item yet: it was made after the items were read."""
    here = {r.procore_id: r.values.get("full_code") for r in context.records.get("cost-codes", ()) if not r.is_gone}
    linked = (here[number] for number in context.links.get("cost-codes", {}).values() if number in here)
    items = {record.number for record in context.records.get("segment-items", ())}
    return any(str(code).upper() not in items for code in linked if code is not None)


def _segment_in_path(context: Context, segment: str) -> dict[str, str]:
    found = segment_ids(context).get(segment)
    return {"segment_id": found} if found else {}


# A company without custom segments has none in its projects either, so their patterns need no call.
PROJECT_PATTERN_RULES = replace(
    LOOKUP_RULES, reads=lambda context, is_due: is_due and has_custom_segments(context, "wbs-patterns")
)
COST_TYPE_ITEM_RULES = replace(LOOKUP_RULES, path_values=lambda context: _segment_in_path(context, COST_TYPE))
SEGMENT_ITEM_RULES = replace(
    LOOKUP_RULES,
    path_values=lambda context: _segment_in_path(context, COST_CODE),
    reads=lambda context, is_due: is_due or lacks_items(context),
)
