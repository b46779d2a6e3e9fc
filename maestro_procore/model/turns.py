"""Whose turn it is among requests that have not ended. Pure; asking and running is engine/host.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from maestro_procore.model.elements import ELEMENTS

Request = Mapping[str, Any]

SMALL: Final = frozenset({"selection", "project"})
"""Scopes of what a person at the window waits for: ticked lines, one project."""


def next_of(requests: Sequence[Request]) -> Request | None:
    """The request to run now: one that somebody cancelled, else a small one that may go first, else the first.

    requests: those that have not ended, in the order in which their elements depend on one another (C22).
    """
    cancelled = (request for request in requests if request["cancel_requested_by"])
    small = (request for request in requests if may_go_first(request, requests))
    return next(cancelled, None) or next(small, None) or (requests[0] if requests else None)


def may_pass(under_way: Request, requests: Sequence[Request]) -> Request | None:
    """The small request that need not wait for the end of the one under way; None: there is none.

    under_way: it goes by project and stands still between two of them. requests: the others that have not ended.
    """
    if under_way["scope"] in SMALL or under_way["element"] not in ELEMENTS:
        return None
    small = (each for each in requests if not each["cancel_requested_by"])
    return next((each for each in small if may_go_first(each, [under_way, *requests])), None)


def may_go_first(request: Request, requests: Sequence[Request]) -> bool:
    """Whether it is small, and nothing that has not ended would first have to bring what it leans on."""
    if request["scope"] not in SMALL:
        return False
    element = ELEMENTS.get(request["element"])
    waited_for = set(ELEMENTS if element is None else element.depends_on)  # a reconciliation looks at all of them
    return not any(other["element"] in waited_for for other in requests)
