"""The list filters of the documents, as functions that make a test of rows from the values sent.

Source: DOC tutorials/filtering_on_list_actions.md; forms of range ends: OAS26 parameter texts.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from maestro_procore.sandbox.resources import Filter, Test
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row


def equals(parameter: str, name: str) -> Filter:
    """The field has exactly this text, or one of these when several are sent."""
    return Filter(parameter, lambda _visit, values: lambda row: row.get(name) in values)


def nested_id(parameter: str, name: str, flat: str | None = None) -> Filter:
    """The record in field `name` (or one of its list), or the id in field `flat`, has one of these ids."""

    def make(visit: Visit, values: list[str]) -> Test:
        wanted = _ids(visit, values)
        return lambda row: bool(wanted & _ids_of(row, name, flat))

    return Filter(parameter, make)


def row_id(parameter: str = "filters[id]") -> Filter:
    def make(visit: Visit, values: list[str]) -> Test:
        wanted = _ids(visit, values)
        return lambda row: row["id"] in wanted

    return Filter(parameter, make)


def contains_id(parameter: str, name: str) -> Filter:
    """One of these ids stands in a field that is a list of ids."""

    def make(visit: Visit, values: list[str]) -> Test:
        wanted = _ids(visit, values)
        return lambda row: bool(wanted & set(row.get(name) or ()))

    return Filter(parameter, make)


def is_true(parameter: str, read: Callable[[Row], Any]) -> Filter:
    """true keeps the rows for which `read` gives a value that counts as true, false the others."""

    def make(_visit: Visit, values: list[str]) -> Test:
        words = {"true": True, "1": True, "false": False, "0": False}
        if values[-1].lower() not in words:
            raise ValueError("must be true or false")
        wanted = words[values[-1].lower()]
        return lambda row: bool(read(row)) is wanted

    return Filter(parameter, make)


def search(*names: str, parameter: str = "filters[search]") -> Filter:
    """Any of the fields contains the text, whatever case and accents."""

    def make(_visit: Visit, values: list[str]) -> Test:
        wanted = _folded(values[-1])
        return lambda row: any(wanted in _folded(str(row.get(name) or "")) for name in names)

    return Filter(parameter, make)


def by_status() -> Filter:
    tests: dict[str, Test] = {
        "All": lambda _row: True,
        "Active": lambda row: bool(row.get("active")),
        "Inactive": lambda row: not row.get("active"),
    }

    def make(_visit: Visit, values: list[str]) -> Test:
        if values[-1] not in tests:
            raise ValueError("must be one of All, Active, Inactive")
        return tests[values[-1]]

    return Filter("filters[by_status]", make)


def moment_range(name: str) -> Filter:
    """`filters[updated_at]=a...b`, with or without quotes around the whole."""

    def make(visit: Visit, values: list[str]) -> Test:
        start, end = parse_range(values[-1])
        has_end = visit.switches["range_ends"] == "inclusive"

        def within(row: Row) -> bool:
            moment = row.get(name)
            if not moment:
                return False
            at = datetime.fromisoformat(moment)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
            return start <= at <= end if has_end else start <= at < end

        return within

    return Filter(f"filters[{name}]", make)


def parse_range(text: str) -> tuple[datetime, datetime]:
    """Both ends, aware, UTC; an end that is a day means all of it. Errors: ValueError."""
    parts = text.strip().strip('"').split("...")
    if len(parts) != 2:
        raise ValueError("must be two ISO 8601 values joined by three dots")
    return _moment(parts[0], is_end=False), _moment(parts[1], is_end=True)


def _moment(text: str, *, is_end: bool) -> datetime:
    text = text.strip().strip('"')
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + timedelta(days=1, seconds=-1) if is_end else day
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"has an end that is no date or date-time: {text}") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _ids(visit: Visit, values: list[str]) -> set[int]:
    texts: list[str] = []
    for value in values:
        if value.startswith("["):
            try:
                texts.extend(str(one) for one in orjson.loads(value))
            except (orjson.JSONDecodeError, TypeError):
                raise ValueError("is no list of ids") from None
        elif "," in value and visit.switches["id_lists_by_comma"]:
            texts.extend(value.split(","))
        else:
            texts.append(value)
    try:
        return {int(text) for text in texts}
    except ValueError:
        raise ValueError("must be ids") from None


def _ids_of(row: Row, name: str, flat: str | None) -> set[int]:
    value = row.get(name)
    found = {one["id"] for one in ([value] if isinstance(value, dict) else value or [])}
    if flat and row.get(flat) is not None:
        found.add(row[flat])
    return found


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
