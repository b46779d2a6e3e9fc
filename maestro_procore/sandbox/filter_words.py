"""The documented filters of a list from their words: `id status vendor_id updated_at` are four filters.

What a word tests follows from its form, as it does at Procore; a filter of another kind is a line of its own beside
the words. Source: reference 3.2 and the parameter names of the document.
"""

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.resources import Filter, Test
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

MOMENTS = frozenset({"created_at", "updated_at", "closed_at", "due_at"})
DAYS = frozenset({"required_on_site_date", "anticipated_delivery_date", "inspection_date"})
YES_OR_NO = frozenset({"current_revision", "unpackaged", "assignee_response"})
TEXTS = ("title", "subject", "name", "number", "description", "comment", "comments", "notes", "plain_text_body")


def filters_of(words: str) -> tuple[Filter, ...]:
    return tuple(_filter(word) for word in words.split())


def _filter(word: str) -> Filter:
    parameter = f"filters[{word}]"
    if word in ("id", "ids"):
        return filters.row_id(parameter)
    if word in MOMENTS:
        return filters.moment_range(word)
    if word in DAYS:
        return _day_range(parameter, word)
    if word in ("search", "query"):
        return filters.search(*TEXTS, parameter=parameter)
    if word in YES_OR_NO:
        return filters.is_true(parameter, lambda row: row.get(word))
    if word == "trade_ids":
        return filters.nested_id(parameter, "trades")
    if word.endswith("_id"):
        return filters.nested_id(parameter, word.removesuffix("_id"), word)
    return _equal_text(parameter, word)


def _equal_text(parameter: str, name: str) -> Filter:
    """Equal as text, any case; "all" keeps everything."""

    def make(_visit: Visit, values: list[str]) -> Test:
        wanted = {value.casefold() for value in values}
        return lambda row: "all" in wanted or _text(row, name).casefold() in wanted

    return Filter(parameter, make)


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    return "" if value is None else str(value)


def _day_range(parameter: str, name: str) -> Filter:
    """One day, or two joined by three dots."""

    def make(_visit: Visit, values: list[str]) -> Test:
        first, _, last = values[-1].strip('"').partition("...")
        start, end = first[:10], (last or first)[:10]
        return lambda row: bool(row.get(name)) and start <= str(row[name])[:10] <= end

    return Filter(parameter, make)
