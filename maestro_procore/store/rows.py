"""What the screens get: plain rows of the journal, and how a database row becomes one.

Asking for them is store/views.py.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from maestro_procore.model.connections import MAIN_ID
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.knowledge import NOTHING, Known, explained
from maestro_procore.model.problems import Kind, Problem, is_question, most_pressing_first
from maestro_procore.model.status import (
    ACTION_SYMBOLS,
    OPEN,
    REQUEST_SYMBOLS,
    ActionState,
    LineStatus,
    RequestState,
    Symbol,
    symbol_of,
)
from maestro_procore.model.values import Value

_OPEN_STATES = frozenset(state.value for state in OPEN)


@dataclass(frozen=True)
class LineQuery:
    """Which lines of a page, in which order.

    sort: 'maestro.FIELD', 'procore.FIELD', 'status', 'message' or '' (code). only: all · errors · warnings ·
    to_synchronize · differing · in_step · not_sent. group: a value of *Filter Projects by*.
    """

    text: str = ""
    sort: str = ""
    descending: bool = False
    only: str = "all"
    group: str = "all"
    group_value: str = ""


@dataclass(frozen=True)
class LinePlace:
    """A line, the query that shows it, and its row there, counted from 0."""

    line_id: int
    query: LineQuery
    row: int


@dataclass(frozen=True)
class Message:
    """What stands in the Message column: kind is error · warning · information · progress · waiting."""

    kind: str
    problem: Problem | None = None
    others: int = 0
    """Further problems of the same line."""
    done: int = 0
    total: int = 0
    step: str = ""
    resumes_at: datetime | None = None


@dataclass(frozen=True)
class LineRow:
    """One line of a synchronization page."""

    id: int
    element: str
    maestro_key: str | None
    procore_id: int | None
    symbol: Symbol
    direction: str
    maestro: Mapping[str, Value]
    procore: Mapping[str, Value]
    differing: frozenset[str]
    agreed: Mapping[str, Value]
    message: Message | None
    problems: tuple[Problem, ...]
    request_id: str | None
    last_synced_at: datetime | None
    is_linked: bool
    needs_sync: bool
    has_question: bool
    project: str = ""
    """maestro* code of the project that it belongs to; '' for elements of the company."""


@dataclass(frozen=True)
class FieldRow:
    """One field of a record, side by side."""

    name: str
    maestro: Value
    agreed: Value
    procore: Value
    is_different: bool


@dataclass(frozen=True)
class RequestRow:
    """One request, as the history lists it."""

    id: str
    number: int
    element: str
    scope: str
    mode: str
    state: str
    is_preview: bool
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    resumes_at: datetime | None
    wait_reason: str | None
    attempts: int
    created: int
    updated: int
    linked: int
    unchanged: int
    skipped: int
    warnings: int
    errors: int
    calls: int
    progress_done: int
    progress_total: int
    progress_step: str
    project: str | None
    symbol: Symbol
    problem: Problem | None
    cancel_requested_by: str | None = None
    undoes: Mapping[str, Any] | None = None
    connection: int = MAIN_ID
    """Procore connection that it went through."""
    foretold: Mapping[str, Any] | None = None
    """Its calls and its end as last foreseen (engine/lists_first.py): {least, likely, most, unread, finishes_at}."""

    @property
    def undoes_number(self) -> int | None:
        """The request that this one takes back, as people call it."""
        return (self.undoes or {}).get("number")

    @property
    def duration_seconds(self) -> float | None:
        """From start to end; None while it runs."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class ActionRow:
    """One action of a request."""

    id: int
    request_id: str
    seq: int
    element: str
    kind: str
    target: str | None
    maestro_key: str | None
    procore_id: int | None
    name: str
    state: str
    attempts: int
    symbol: Symbol
    problems: tuple[Problem, ...]
    started_at: datetime | None
    ended_at: datetime | None
    exchange_id: int | None
    differences: list[dict[str, Any]]
    project: str | None = None
    accepted_by: str = ""
    """Who sent the record although a warning stood against it (F016)."""


@dataclass(frozen=True)
class ExchangeRow:
    """One call and its answer; the bodies are read by `exchange`."""

    id: int
    request_id: str | None
    at: datetime
    api: str
    method: str
    path: str
    query: str
    status: int | None
    milliseconds: int
    attempt: int
    records: int
    error: str
    headers: Mapping[str, str]
    request_text: str | None = None
    answer_text: str | None = None


@dataclass(frozen=True)
class ActionDetail:
    """Everything about one action."""

    action: ActionRow
    maestro_write: Mapping[str, Any] | None
    procore_write: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    exchange: ExchangeRow | None


@dataclass(frozen=True)
class LineDetail:
    """A line with its fields, the records to choose from, and its history."""

    line: LineRow
    fields: list[FieldRow]
    candidates: list[Mapping[str, Any]]
    history: list[ActionRow]


@dataclass(frozen=True)
class ElementRow:
    """One row of the grid of elements, with what its page needs."""

    name: str
    is_enabled: bool
    direction: str
    depends_on: tuple[str, ...]
    last_success_at: datetime | None
    to_synchronize: int
    errors: int
    warnings: int
    records: int
    in_step: int
    active_request: RequestRow | None
    last_request: RequestRow | None


@dataclass(frozen=True)
class RequestQuery:
    """Which requests: states and elements empty = all; since: requested at or after; connection None = any."""

    states: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    since: datetime | None = None
    connection: int | None = None


@dataclass(frozen=True)
class ActionQuery:
    """Which actions of a request."""

    text: str = ""
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conditions:
    """The records that a synchronization would send although a warning stands against them."""

    count: int = 0
    example: Problem | None = None


@dataclass(frozen=True)
class BudgetRow:
    """What is left of Procore's call limits, and how the last hour was spent (calls per five minutes)."""

    calls_left: int
    limit: int
    resets_at: datetime | None
    used_last_hour: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ServiceRow:
    """Whether somebody runs the engine."""

    is_running: bool
    last_contact: datetime | None
    running: int
    waiting: int
    errors: int
    warnings: int
    process: int | None = None
    doing: str = ""
    started_at: datetime | None = None
    maestro: str = "unknown"
    """up · down · unknown: whether the maestro* company answered the engine last time."""
    maestro_last_contact: datetime | None = None


# --- from the database ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A request that somebody wrote down and that has no plan yet: what it means waits (F008).

    Marking thousands of lines at the click would hold the writer and the reader up; so a page asks.
    names: those of the selection, None for all. holder: the request, as the message says it.
    """

    names: frozenset[str] | None
    holder: Any

    def means(self, row: Any) -> bool:
        """True for a line that would be sent."""
        if not (row.needs_sync and row.is_in_scope) or self.names is None:
            return bool(row.needs_sync and row.is_in_scope)
        number = (row.procore_values or {}).get(MAPS[row.element].identity.name)
        own = row.maestro_key or number
        return own in self.names or str(row.procore_id) in self.names


def line_row(row: Any, asked: Asked | None = None, known: Known = NOTHING) -> LineRow:
    """asked: the element's request that has not planned yet, if there is one. known: answers that were explained."""
    is_asked = asked is not None and asked.means(row)
    held = asked.holder if asked is not None and is_asked else row
    status = LineStatus.QUEUED if is_asked else LineStatus(row.status)
    request_state = RequestState(held.request_state) if held.request_state in _OPEN_STATES else None
    symbol = symbol_of(status, request_state)
    problems = most_pressing_first(_told(row.problems, known))
    return LineRow(
        id=row.id,
        element=row.element,
        maestro_key=row.maestro_key,
        procore_id=row.procore_id,
        symbol=symbol,
        direction=row.direction,
        maestro=row.maestro_values or {},
        procore=row.procore_values or {},
        differing=frozenset(row.differing),
        agreed=row.agreed,
        message=_message(held, symbol, problems),
        problems=problems,
        request_id=row.request_id,
        last_synced_at=row.last_synced_at,
        is_linked=row.is_linked,
        needs_sync=row.needs_sync,
        has_question=bool(row.candidates) or any(map(is_question, problems)),
        project=row.scope,
    )


def _message(held: Any, symbol: Symbol, problems: tuple[Problem, ...]) -> Message | None:
    """held: what the request of the line says, as columns request_…"""
    if symbol in (Symbol.WHEEL, Symbol.HOURGLASS):
        waits = held.request_state == RequestState.WAITING.value
        return Message(
            "waiting" if symbol is Symbol.HOURGLASS else "progress",
            done=held.request_progress_done or 0,
            total=held.request_progress_total or 0,
            step=held.request_wait_reason or "" if waits else held.request_progress_step or "",
            resumes_at=held.request_resumes_at if waits else None,
        )
    if not problems:
        return None
    worst = problems[0]
    return Message(_MESSAGE_KINDS[worst.kind], worst, others=len(problems) - 1)


_MESSAGE_KINDS = {Kind.ERROR: "error", Kind.WARNING: "warning", Kind.INFORMATION: "information"}


def field_rows(line: LineRow) -> list[FieldRow]:
    names = [f.name for f in MAPS[line.element].fields]
    return [
        FieldRow(n, line.maestro.get(n), line.agreed.get(n), line.procore.get(n), n in line.differing) for n in names
    ]


def request_row(row: Any, known: Known = NOTHING) -> RequestRow:
    apart = ("symbol", "problem", "connection")
    held = {f.name: getattr(row, f.name) for f in fields(RequestRow) if f.name not in apart}
    problem = next(_told([row.problem], known)) if row.problem else None
    held["connection"] = getattr(row, "connection", None) or MAIN_ID
    return RequestRow(**held, symbol=REQUEST_SYMBOLS[RequestState(row.state)], problem=problem)


def action_row(row: Any, known: Known = NOTHING) -> ActionRow:
    held = {f.name: getattr(row, f.name) for f in fields(ActionRow) if f.name not in ("symbol", "problems")}
    problems = most_pressing_first(_told(row.problems, known))
    return ActionRow(**held, symbol=ACTION_SYMBOLS[ActionState(row.state)], problems=problems)


def _told(written: Iterable[Mapping[str, Any]], known: Known) -> Iterator[Problem]:
    return (explained(Problem.from_json(each), known) for each in written)


def exchange_row(row: Any, *, with_bodies: bool) -> ExchangeRow:
    names = [f.name for f in fields(ExchangeRow) if f.name not in ("request_text", "answer_text")]
    held = {name: getattr(row, name) for name in names}
    if not with_bodies:
        return ExchangeRow(**held)
    return ExchangeRow(**held, request_text=_unpacked(row.request_body), answer_text=_unpacked(row.answer_body))


def _unpacked(packed: bytes | None) -> str | None:
    return None if packed is None else zlib.decompress(packed).decode()
