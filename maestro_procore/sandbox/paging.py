"""Pages of a list: `page` and `per_page` in, `Link`, `Total` and `Per-Page` out.

Source: DOC plan_your_app/pagination.md. Page 1 links next and last; middle pages all four; the last page has no next.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from maestro_procore.sandbox.answers import bad_parameter
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row


def page_of(
    visit: Visit, rows: Sequence[Row], cap: int, default_per_page: int | None = None
) -> tuple[Sequence[Row], dict[str, str]]:
    """The rows of the page asked for and its headers. Errors: Refused 400 for a page that is no number."""
    page = _number(visit, "page", 1)
    per_page = _number(visit, "per_page", min(cap, default_per_page or visit.switches["default_per_page"]))
    if per_page > cap:
        if visit.switches["per_page_over_cap"] == "refuse":
            raise bad_parameter("per_page", f"must be at most {cap}")
        per_page = cap
    last = max(1, -(-len(rows) // per_page))
    headers = {"Total": str(len(rows)), "Per-Page": str(per_page)}
    links = [(number, word) for number, word in _links(page, last)]
    if links:
        headers["Link"] = ", ".join(f'<{_address(visit, number, per_page)}>; rel="{word}"' for number, word in links)
    start = (page - 1) * per_page
    return rows[start : start + per_page], headers


def _links(page: int, last: int) -> list[tuple[int, str]]:
    links = []
    if page > 1:
        links += [(1, "first"), (min(page - 1, last), "prev")]
    if page < last:
        links += [(page + 1, "next"), (last, "last")]
    return links


def _address(visit: Visit, page: int, per_page: int) -> str:
    kept = []
    if visit.switches["link_keeps_parameters"]:
        kept = [(name, value) for name, value in visit.call.query if name not in ("page", "per_page")]
    return f"{visit.base_url}{visit.call.path}?{urlencode([*kept, ('page', page), ('per_page', per_page)])}"


def _number(visit: Visit, name: str, default: int) -> int:
    text = visit.call.parameter(name)
    if text is None or text == "":
        return default
    if not text.isdigit() or int(text) < 1:
        raise bad_parameter(name, "must be a positive integer")
    return int(text)
