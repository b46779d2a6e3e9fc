"""Which lines a page shows and in which order, as SQL. All that is SQLite's own JSON stands here.

Pages are found by their ids alone, from one of the narrow indexes of the table; only the rows of the
page are then read (store/views.py): the rows are wide, and a sort that carries them takes seconds.
"""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import NOTHING_KEY, ORDER_WIDTH, order_place
from maestro_procore.model.status import OPEN, LineStatus
from maestro_procore.model.values import fold
from maestro_procore.store.rows import LineQuery
from maestro_procore.store.tables import LINE, REQUEST

# Its last synchronization went well, and nothing has changed since.
_IN_STEP = LINE.c.is_linked & (LINE.c.status == LineStatus.DONE.value) & LINE.c.needs_sync.is_(False)
_REQUEST_OF_LINE = ("state", "resumes_at", "wait_reason", "progress_done", "progress_total", "progress_step")


def asked_of(element: str) -> sa.Select[Any]:
    """The request of an element that is open and has no plan yet: keys, project, and what messages say of it."""
    held = [REQUEST.c[name].label(f"request_{name}") for name in _REQUEST_OF_LINE]
    is_open = REQUEST.c.state.in_([state.value for state in OPEN])
    unplanned = REQUEST.c.is_planned.is_(False) & REQUEST.c.is_preview.is_(False)
    return sa.select(REQUEST.c["keys"].label("names"), REQUEST.c.project, *held).where(
        REQUEST.c.element == element, is_open, unplanned
    )


def whole_lines() -> sa.Select[Any]:
    """Lines with what their messages say of the request that holds them."""
    held = [REQUEST.c[name].label(f"request_{name}") for name in _REQUEST_OF_LINE]
    return sa.select(LINE, *held).join(REQUEST, REQUEST.c.id == LINE.c.request_id, isouter=True)


def page_of(element: str, query: LineQuery, offset: int, limit: int | None) -> sa.Select[int]:
    """The ids of a page, in order; limit None: of everything from there on."""
    found = sa.select(LINE.c.id).where(*matching(element, query)).order_by(*_order(element, query))
    return found.offset(offset).limit(limit)


def count_of(element: str, query: LineQuery) -> sa.Select[int]:
    """How many lines a query has."""
    return sa.select(sa.func.count()).select_from(LINE).where(*matching(element, query))


def counts_by_element() -> sa.Select[Any]:
    """records, to_synchronize, errors, warnings, in_step of each element."""
    shown = LINE.c.is_in_scope.is_(True)

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    return sa.select(
        LINE.c.element,
        number(shown).label("records"),
        number(shown & LINE.c.needs_sync).label("to_synchronize"),
        number(has_problem("E")).label("errors"),
        number(has_problem("W")).label("warnings"),
        number(shown & _IN_STEP).label("in_step"),
    ).group_by(LINE.c.element)


def has_problem(kind: str) -> ColumnElement[bool]:
    """E · W · I: the gravest problem of a line that is sent; why another one is not is no fault of anything."""
    return LINE.c.is_in_scope & (LINE.c.worst == kind)


def has_any_problem() -> ColumnElement[bool]:
    """True for a line that has something to say."""
    return LINE.c.worst != ""


def is_named(element: str, keys: Sequence[str]) -> ColumnElement[bool]:
    """The lines of a selection: one that maestro* lacks goes by its Procore id or number, as in model.plan."""
    wanted = sa.select(sa.func.json_each(json.dumps(list(keys))).table_valued("value").c.value)
    number = sa.func.json_extract(LINE.c.procore_values, f"$.{MAPS[element].identity.name}")
    return sa.or_(
        LINE.c.maestro_key.in_(wanted),
        sa.cast(LINE.c.procore_id, sa.String).in_(wanted),
        LINE.c.maestro_key.is_(None) & number.in_(wanted),
    )


def told_problems(where: Sequence[ColumnElement[bool]], codes: Sequence[str]) -> sa.Select[Any]:
    """id and value (the problem as JSON) of each problem of these codes, in the order of the lines."""
    told = sa.func.json_each(LINE.c.problems).table_valued("value", name="told")
    code = sa.func.json_extract(told.c.value, "$.code")
    found = sa.select(LINE.c.id, told.c.value).select_from(LINE.join(told, sa.true()))
    return found.where(*where, code.in_(codes)).order_by(LINE.c.sort_key, LINE.c.id)


def group(kind: str) -> ColumnElement[Any]:
    """What a line is grouped by: type · category · department · manager · status …"""
    found: ColumnElement[Any] = sa.func.json_extract(LINE.c.groups, f"$.{kind}")
    return found


_ONLY: dict[str, ColumnElement[bool]] = {
    "all": sa.true(),
    "errors": has_problem("E"),
    "warnings": has_problem("W"),
    "to_synchronize": LINE.c.needs_sync.is_(True),
    "differing": LINE.c.has_differences.is_(True),
    "in_step": _IN_STEP,
    "not_sent": LINE.c.is_in_scope.is_(False),
}
_GROUPS: dict[str, ColumnElement[bool]] = {
    "all": sa.true(),
    "active": (group("status") == "A") | LINE.c.maestro_key.is_(None),
    "linked": LINE.c.is_linked.is_(True),
    "not_linked": LINE.c.is_linked.is_(False),
}


def matching(element: str, query: LineQuery) -> list[ColumnElement[bool]]:
    """The conditions of a query."""
    conditions = [LINE.c.element == element, _ONLY[query.only]]
    is_plain = query.group in _GROUPS
    conditions.append(_GROUPS[query.group] if is_plain else group(query.group) == query.group_value)
    if query.group != "all":
        conditions.append(LINE.c.is_in_scope.is_(True))
    # instr, not LIKE: no wildcard to escape, and both sides are folded already.
    conditions += [sa.func.instr(LINE.c.search_text, fold(word)) > 0 for word in query.text.split()]
    return conditions


# What asks for attention first stands first.
_STATUS_RANK = {
    LineStatus.FAILED: 0,
    LineStatus.RUNNING: 1,
    LineStatus.QUEUED: 2,
    LineStatus.NEVER: 3,
    LineStatus.DONE: 4,
}
_RANKED: dict[str, ColumnElement[int]] = {
    "status": sa.case(*((LINE.c.status == status.value, rank) for status, rank in _STATUS_RANK.items()), else_=5),
    "message": sa.case(*((LINE.c.worst == kind, rank) for rank, kind in enumerate("EWI")), else_=3),
}


def _order(element: str, query: LineQuery) -> list[ColumnElement[Any]]:
    """Nothing comes last in both directions; what is equal stands in the order of the codes."""
    side, _, name = query.sort.partition(".")
    place = order_place(MAPS[element], side, name)
    codes: list[ColumnElement[Any]] = [LINE.c.sort_key, LINE.c.id]
    if place is not None:
        key = sa.func.substr(LINE.c.order_keys, place + 1, ORDER_WIDTH)
        return [key == NOTHING_KEY, key.desc(), *codes] if query.descending else [key, *codes]
    if query.sort in _RANKED:
        rank = _RANKED[query.sort]
        return [rank.desc() if query.descending else rank, *codes]
    return [LINE.c.sort_key.desc(), LINE.c.id.desc()] if query.descending else codes
