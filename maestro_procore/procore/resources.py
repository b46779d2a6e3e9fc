"""What a list or write of Procore is: where it lies, how its answers are wrapped, how much one call takes. Pure.

The rows themselves are catalogue.py. Addresses and parameters are templates: `{project_id}` is filled from the place
that the caller names, `{company_id}` from the connection, `{id}` with the record's own number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from string import Formatter
from typing import Any, Final

MOST_UPDATES: Final = 1_000
"""Records of one sync call (procore-api.md §5)."""
OWN_ID: Final = "id"

Parameters = tuple[tuple[str, str], ...]


class Wrapping(StrEnum):
    """What an answer is."""

    ROWS = "rows"
    """A bare array of records."""
    ROW = "row"
    """One bare record."""
    DATA = "data"
    """{"data": …}: an array for a list, one record otherwise."""
    SYNC = "sync"
    """{"entities": […], "errors": […]}: every record has its own result, whatever the status."""


@dataclass(frozen=True)
class Write:
    """How records are created and changed. key: what they stand under in the body; "": the one record is the body.

    most: records of one call. scope: numbers of the place that stand beside them. A write of one record puts its id
    into the address; an answer that is no SYNC refuses the call as a whole.
    """

    method: str
    path: str
    key: str = "updates"
    answer: Wrapping = Wrapping.SYNC
    most: int = MOST_UPDATES
    scope: tuple[str, ...] = ()
    query: Parameters = ()

    @property
    def is_of_one(self) -> bool:
        return self.answer in (Wrapping.ROW, Wrapping.DATA)

    @property
    def is_of_known(self) -> bool:
        """Whether only a record that Procore has already can be written here."""
        return OWN_ID in names_in(self.path)


@dataclass(frozen=True)
class Resource:
    """One list. path "": there is none. page_size 0: it is not paged. tool: Procore's own name of it, for messages.

    can_filter_changes: whether filters[updated_at] exists; without it a differential read is a full one.
    one: the address of a single record, with what the list leaves out. has_text_ids: v2 writes numbers of records as
    text; they are read as numbers. single: the row that writes its records one by one, for servers that refuse ids
    in a bulk call.
    """

    name: str
    path: str
    tool: str
    page_size: int = 2_000
    query: Parameters = ()
    wrapping: Wrapping = Wrapping.ROWS
    can_filter_changes: bool = False
    one: str = ""
    one_query: Parameters = ()
    has_text_ids: bool = False
    write: Write | None = None
    single: str = ""

    @property
    def one_wrapping(self) -> Wrapping:
        return Wrapping.DATA if self.wrapping is Wrapping.DATA else Wrapping.ROW

    @property
    def place(self) -> frozenset[str]:
        """Names that a caller must give to read it or to write it, such as project_id."""
        texts = [self.path, self.one, *(value for _, value in (*self.query, *self.one_query))]
        named = {name for text in texts for name in names_in(text)}
        if self.write is not None:
            named |= {*names_in(self.write.path), *self.write.scope}
            named |= {name for _, value in self.write.query for name in names_in(value)}
        return frozenset(named - {"company_id", OWN_ID})


def names_in(template: str) -> set[str]:
    """Names of the places in a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@dataclass(frozen=True)
class Address:
    """Path and query of one call."""

    path: str
    query: Parameters = ()


def page_address(
    row: Resource, place: Mapping[str, Any], page: int, changed_since: datetime | None, now: datetime
) -> Address:
    """One page of a list. Errors: ValueError for a place that does not say where, or says it in no number."""
    if not row.path:
        raise ValueError(f"{row.name} have no list")
    query = list(_filled(row, row.query, place))
    if row.page_size:
        query += [("page", str(page)), ("per_page", str(row.page_size))]
    if changed_since is not None and row.can_filter_changes:
        query.append(("filters[updated_at]", changes(changed_since, now)))
    return Address(fill(row, row.path, place), tuple(query))


def one_address(row: Resource, place: Mapping[str, Any], record_id: int) -> Address:
    """One record. Errors: ValueError for a list whose records are not shown alone, and as page_address."""
    if not row.one:
        raise ValueError(f"{row.name} shows no single records")
    return Address(fill(row, row.one, {**place, OWN_ID: record_id}), _filled(row, row.one_query, place))


def _filled(row: Resource, query: Parameters, place: Mapping[str, Any]) -> Parameters:
    return tuple((name, fill(row, value, place)) for name, value in query)


def fill(row: Resource, template: str, place: Mapping[str, Any]) -> str:
    """The template with the numbers of the place. Errors: ValueError as number_of."""
    return template.format(**{name: number_of(row, place, name) for name in names_in(template)})


def number_of(row: Resource, place: Mapping[str, Any], name: str) -> int:
    """Errors: ValueError when the place lacks it, or holds no number: nothing else may stand in an address."""
    value = place.get(name)
    if value is None:
        raise ValueError(f"{row.name}: no {name} is given")
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{row.name}: {name} is no number: {text!r}")
    return int(text)


def changes(since: datetime, now: datetime) -> str:
    """The range of filters[updated_at]: two instants in UTC joined by three dots, unquoted (procore-api.md §3.2).

    Both ends are required. The second lies a day ahead, so that no clock that is wrong by hours hides a change.
    """
    until = max(since, now) + timedelta(days=1)
    return f"{_instant(since)}...{_instant(until)}"


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
