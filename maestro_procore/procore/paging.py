"""What the headers of a list answer say about its further pages. Pure. Source: reference procore-api.md §3.1."""

import re
from collections.abc import Mapping
from typing import Final

_LINK: Final = re.compile(r"<[^>]*>\s*((?:;[^,]*)*)")
_NEXT: Final = re.compile(r";\s*rel\s*=\s*\"?[^\";]*\bnext\b", re.IGNORECASE)


def total_rows(headers: Mapping[str, str]) -> int | None:
    """Rows of the whole list, or None when the server does not say."""
    return _count(headers.get("total"))


def has_next_page(headers: Mapping[str, str], page: int, rows: int, asked_size: int) -> bool:
    """Whether page `page` + 1 holds anything. asked_size: the page size that was asked for, 0 for an unpaged list.

    Servers cut the page size down, so what was asked is the last thing believed: first the Link header, then Total with
    Per-Page, then whether the page was full. The address in Link is never followed: pages are numbered
    by us, so a foreign one cannot draw the token away (S5).
    """
    if not asked_size or not rows:
        return False
    total, size = total_rows(headers), _count(headers.get("per-page"))
    if "link" in headers:
        return any(_NEXT.search(match.group(1)) for match in _LINK.finditer(headers["link"]))
    if total is not None:
        return page * (size or max(rows, 1)) < total
    return rows >= (size or asked_size)


def page_capacity(headers: Mapping[str, str], asked_size: int) -> int:
    """Rows that a page of this list can hold. Servers cut the size down and say so in Per-Page."""
    return _count(headers.get("per-page")) or asked_size


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None
