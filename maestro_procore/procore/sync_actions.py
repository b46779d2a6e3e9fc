"""Writes: what is sent, and what the answer says about each record; lists and single records as they come. Pure.

Procore answers a sync with 200 even when it refused every record (reference procore-api.md §5), so the status says
nothing there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeGuard

import orjson

from maestro_procore.procore.resources import OWN_ID, Address, Resource, Wrapping, Write, fill, number_of

Row = dict[str, Any]
Written = tuple[list[Row], list[Row]]
"""Entities and refused records."""

_WRITING: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class WriteCall:
    """One call that writes."""

    method: str
    address: Address
    body: bytes


def write_call(row: Resource, place: Mapping[str, Any], updates: Sequence[Row]) -> WriteCall:
    """The call for these records.

    Errors: ValueError for a list that is only read, for too many records, for a record without id where only known
    ones are written, and for a place that does not say where.
    """
    write = row.write
    if write is None:
        raise ValueError(f"{row.name} are only read")
    if not 0 < len(updates) <= write.most:
        raise ValueError(f"a call takes 1 to {write.most} records of {row.name}, not {len(updates)}")
    here = dict(place)
    records = [dict(update) for update in updates]
    if write.is_of_known:
        here[OWN_ID] = records[0].pop(OWN_ID, None)
    query = tuple((name, fill(row, value, here)) for name, value in write.query)
    address = Address(fill(row, write.path, here), query)
    scope = {name: number_of(row, here, name) for name in write.scope}
    body = orjson.dumps({**scope, **_wrapped(write, records)}, default=_exact, option=_WRITING)
    return WriteCall(write.method, address, body)


def _wrapped(write: Write, records: list[Row]) -> Row:
    if not write.is_of_one:
        return {write.key: records}
    return {write.key: records[0]} if write.key else records[0]


def _exact(value: object) -> orjson.Fragment:
    """A Decimal as a JSON number with all its digits: money never passes through a float."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} cannot be sent")


# --- reading ------------------------------------------------------------------------------------------


def reader_of_list(row: Resource) -> Callable[[object], list[Row] | None]:
    """Makes the rows of a list out of an answer, None of anything else.

    Another wrapping than the documented one is not ours to guess: an empty one would pass for an empty list, and
    everything be made again.
    """
    return lambda content: _rows(content, row.wrapping, row.has_text_ids)


def reader_of_one(row: Resource) -> Callable[[object], list[Row] | None]:
    """Makes one row out of the answer to a show, None of anything else."""
    return lambda content: _one(content, row.one_wrapping, row.has_text_ids)


def reader_of_write(write: Write, has_text_ids: bool) -> Callable[[object], Written | None]:
    """Makes entities and refused records out of the answer to a write, None of anything else."""

    def read(content: object) -> Written | None:
        if write.answer is Wrapping.SYNC:
            return read_sync(content)
        rows = (_one if write.is_of_one else _rows)(content, write.answer, has_text_ids)
        return None if rows is None else (rows, [])

    return read


def read_sync(content: object) -> Written | None:
    """Entities and refused records of a bulk answer, or None when it has another shape."""
    if not isinstance(content, dict):
        return None
    entities, errors = content.get("entities"), content.get("errors", [])
    if not (_are_records(entities) and _are_records(errors)):
        return None
    return entities, errors


def _rows(content: object, wrapping: Wrapping, has_text_ids: bool) -> list[Row] | None:
    if wrapping is Wrapping.ROW:
        return _one(content, wrapping, has_text_ids)
    found = _unwrapped(content, wrapping)
    if not _are_records(found):
        return None
    return [_with_numbers(row) for row in found] if has_text_ids else found


def _one(content: object, wrapping: Wrapping, has_text_ids: bool) -> list[Row] | None:
    found = _unwrapped(content, wrapping)
    if not isinstance(found, dict):
        return None
    return [_with_numbers(found) if has_text_ids else found]


def _unwrapped(content: object, wrapping: Wrapping) -> object:
    if wrapping is not Wrapping.DATA:
        return content
    return content.get("data") if isinstance(content, dict) else None


def _with_numbers(value: Any) -> Any:
    """The record with the numbers of records as numbers, as v1 gives them (procore-api.md §6.8)."""
    if isinstance(value, list):
        return [_with_numbers(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _number(inner) if _names_a_record(name) else _with_numbers(inner) for name, inner in value.items()}


def _names_a_record(name: str) -> bool:
    return name == OWN_ID or (name.endswith("_id") and name != "origin_id")


def _number(value: Any) -> Any:
    is_digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    return int(value) if is_digits else _with_numbers(value)


def _are_records(value: object) -> TypeGuard[list[Row]]:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)
