"""Bulk calls: what is sent, and the answer in which every record has its own result. Pure.

Procore answers 200 even when it refused every record (reference procore-api.md §5), so the status says nothing here.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, TypeGuard

import orjson

from maestro_procore.procore.catalogue import MOST_UPDATES, Resource

Row = dict[str, Any]

_WRITING: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def sync_body(row: Resource, company_id: int, updates: Sequence[Row]) -> bytes:
    """The body of one bulk call. Errors: ValueError for too many records or a list that has no bulk call."""
    if row.sync_path is None:
        raise ValueError(f"{row.name} has no bulk call")
    if not 0 < len(updates) <= MOST_UPDATES:
        raise ValueError(f"a bulk call takes 1 to {MOST_UPDATES} records, not {len(updates)}")
    return orjson.dumps({"company_id": company_id, "updates": list(updates)}, default=_exact, option=_WRITING)


def _exact(value: object) -> orjson.Fragment:
    """A Decimal as a JSON number with all its digits: money never passes through a float."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} cannot be sent")


def read_sync(content: object) -> tuple[list[Row], list[Row]] | None:
    """Entities and refused records of a bulk answer, or None when it has another shape."""
    if not isinstance(content, dict):
        return None
    entities, errors = content.get("entities"), content.get("errors", [])
    if not (_are_records(entities) and _are_records(errors)):
        return None
    return entities, errors


def read_list(content: object) -> list[Row] | None:
    """The records of a v1 list, which come bare, or None when it is something else.

    Another wrapping is not ours to guess: an empty one would pass for an empty list, and everything be made again.
    """
    return content if _are_records(content) else None


def _are_records(value: object) -> TypeGuard[list[Row]]:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)
