"""The reading side of the journal: what the screens and the command line show.

Every call answers in a few milliseconds, whatever the size: lists come in pages, counts and sorting are SQL.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model import pacing
from maestro_procore.model.elements import ELEMENTS, built_elements
from maestro_procore.model.mapping import MAPS
from maestro_procore.model.problems import Problem
from maestro_procore.model.settings import effective
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
from maestro_procore.model.values import Value, fold
from maestro_procore.store.database import Database
from maestro_procore.store.journal import ACTION, BEAT, BUDGET, EXCHANGE, LINE, REQUEST, SETTING, STATE

BEAT_IS_FRESH = timedelta(seconds=25)
_OPEN_STATES = [state.value for state in OPEN]


@dataclass(frozen=True)
class LineQuery:
    """Which lines of a page, in which order.

    sort: 'maestro.FIELD', 'procore.FIELD', 'status', 'message' or '' (code). only: all · errors · warnings ·
    to_synchronize · differing. group: a value of *Filter Projects by*.
    """

    text: str = ""
    sort: str = ""
    descending: bool = False
    only: str = "all"
    group: str = "all"
    group_value: str = ""


@dataclass(frozen=True)
class Message:
    """What stands in the Message column: kind is error · warning · progress · waiting."""

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
    """Which requests: states and elements empty = all; since: requested at or after."""

    states: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True)
class ActionQuery:
    """Which actions of a request."""

    text: str = ""
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


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


class Views:
    """Reads the journal for screens. Safe from any thread."""

    def __init__(self, database: Database, now: Any = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def version(self) -> int:
        """Changes when anybody has written to the journal."""
        return self._database.version()

    # --- elements -----------------------------------------------------------------------------

    def elements(self) -> list[ElementRow]:
        """The built elements in the order of display."""
        with self._database.read() as tx:
            states = {r.element: r for r in tx.execute(sa.select(STATE))}
            counts = {r.element: r for r in tx.execute(_line_counts())}
            newest = self._newest(tx)
        return [self._element(e.name, states.get(e.name), counts.get(e.name), newest) for e in built_elements()]

    def _newest(self, tx: Connection) -> dict[str, list[RequestRow]]:
        """Element → its open request and its last one, newest first."""
        last = sa.select(sa.func.max(REQUEST.c.number)).group_by(REQUEST.c.element)
        chosen = sa.or_(REQUEST.c.state.in_(_OPEN_STATES), REQUEST.c.number.in_(last))
        found: dict[str, list[RequestRow]] = {}
        for row in tx.execute(sa.select(REQUEST).where(chosen).order_by(REQUEST.c.number.desc())):
            found.setdefault(row.element, []).append(_request(row))
        return found

    def _element(self, name: str, state: Any, counts: Any, newest: dict[str, list[RequestRow]]) -> ElementRow:
        requests = newest.get(name, [])
        return ElementRow(
            name=name,
            is_enabled=state.is_enabled if state is not None else True,
            direction=ELEMENTS[name].direction.value,
            depends_on=ELEMENTS[name].depends_on,
            last_success_at=state.last_success_at if state is not None else None,
            to_synchronize=counts.to_synchronize if counts else 0,
            errors=counts.errors if counts else 0,
            warnings=counts.warnings if counts else 0,
            records=counts.records if counts else 0,
            in_step=counts.in_step if counts else 0,
            active_request=next((r for r in requests if r.state in _OPEN_STATES), None),
            last_request=requests[0] if requests else None,
        )

    # --- lines ----------------------------------------------------------------------------------

    def count_lines(self, element: str, query: LineQuery) -> int:
        """How many lines `lines` would give without a limit."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(LINE).where(*_line_filter(element, query))
            return int(tx.execute(statement).scalar_one())

    def lines(self, element: str, query: LineQuery, offset: int, limit: int) -> list[LineRow]:
        """A page of lines."""
        with self._database.read() as tx:
            statement = _lines().where(*_line_filter(element, query)).order_by(*_line_order(query))
            return [_line(row) for row in tx.execute(statement.offset(offset).limit(limit))]

    def line(self, line_id: int) -> LineDetail | None:
        """None when the line has disappeared meanwhile."""
        with self._database.read() as tx:
            row = tx.execute(_lines().where(LINE.c.id == line_id)).first()
            if row is None:
                return None
            history = tx.execute(
                sa.select(ACTION)
                .where(ACTION.c.element == row.element)
                .where(_same_record(row.maestro_key, row.procore_id))
                .order_by(ACTION.c.id.desc())
                .limit(100)
            )
            line = _line(row)
            return LineDetail(line, _fields(line), list(row.candidates), [_action(a) for a in history])

    def filter_values(self, element: str, kind: str) -> list[str]:
        """The values that a group filter can take on this page."""
        column = sa.func.json_extract(LINE.c.groups, f"$.{kind}")
        with self._database.read() as tx:
            found = tx.execute(sa.select(column).where(LINE.c.element == element).distinct().order_by(column))
            return [str(value) for (value,) in found if value]

    # --- history --------------------------------------------------------------------------------

    def requests(self, query: RequestQuery, offset: int = 0, limit: int = 100) -> list[RequestRow]:
        """Newest first."""
        statement = sa.select(REQUEST).where(*_request_filter(query)).order_by(REQUEST.c.number.desc())
        with self._database.read() as tx:
            return [_request(row) for row in tx.execute(statement.offset(offset).limit(limit))]

    def count_requests(self, query: RequestQuery) -> int:
        """How many there are."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(REQUEST).where(*_request_filter(query))
            return int(tx.execute(statement).scalar_one())

    def request(self, request_id: str) -> RequestRow | None:
        """None when there is none of that id."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(REQUEST).where(REQUEST.c.id == request_id)).first()
            return None if row is None else _request(row)

    def actions(self, request_id: str, query: ActionQuery, offset: int = 0, limit: int = 100) -> list[ActionRow]:
        """In the order in which they ran."""
        statement = sa.select(ACTION).where(*_action_filter(request_id, query)).order_by(ACTION.c.seq)
        with self._database.read() as tx:
            return [_action(row) for row in tx.execute(statement.offset(offset).limit(limit))]

    def count_actions(self, request_id: str, query: ActionQuery) -> int:
        """How many there are."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(ACTION).where(*_action_filter(request_id, query))
            return int(tx.execute(statement).scalar_one())

    def action(self, action_id: int) -> ActionDetail | None:
        """One action with what it wrote and the call that carried it."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(ACTION).where(ACTION.c.id == action_id)).first()
            if row is None:
                return None
            call = tx.execute(sa.select(EXCHANGE).where(EXCHANGE.c.id == row.exchange_id)).first()
        exchange = None if call is None else _exchange(call, with_bodies=True)
        return ActionDetail(_action(row), row.maestro_write, row.procore_write, row.before, row.after, exchange)

    def exchanges(self, request_id: str) -> list[ExchangeRow]:
        """The calls of a request, oldest first, without bodies."""
        with self._database.read() as tx:
            rows = tx.execute(sa.select(EXCHANGE).where(EXCHANGE.c.request_id == request_id).order_by(EXCHANGE.c.id))
            return [_exchange(row, with_bodies=False) for row in rows]

    def exchange(self, exchange_id: int) -> ExchangeRow | None:
        """One call with its bodies."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(EXCHANGE).where(EXCHANGE.c.id == exchange_id)).first()
            return None if row is None else _exchange(row, with_bodies=True)

    # --- everything else ------------------------------------------------------------------------

    def budget(self) -> BudgetRow:
        """The calls that are left, as far as this program knows."""
        now = self._now()
        with self._database.read() as tx:
            held = tx.execute(sa.select(BUDGET.c.state).order_by(BUDGET.c.changed_at.desc()).limit(1)).scalar()
            times = tx.execute(
                sa.select(EXCHANGE.c.at).where(EXCHANGE.c.at >= now - timedelta(hours=1), EXCHANGE.c.is_counted)
            )
            used = [0] * 12
            for (at,) in times:
                used[min(11, int((now - at).total_seconds() // 300))] += 1
        budget = pacing.Budget.from_json(held) if held else pacing.Budget()
        return BudgetRow(pacing.calls_left(budget, now), budget.hour.limit, budget.hour.ends_at, list(reversed(used)))

    def service(self) -> ServiceRow:
        """Whether an engine is alive, and how much it has to do."""
        with self._database.read() as tx:
            beat = tx.execute(sa.select(BEAT).order_by(BEAT.c.beat_at.desc()).limit(1)).first()
            states: dict[str, int] = dict(
                tx.execute(
                    sa.select(REQUEST.c.state, sa.func.count())
                    .where(REQUEST.c.state.in_(_OPEN_STATES))
                    .group_by(REQUEST.c.state)
                )
                .tuples()
                .all()
            )
            counts = tx.execute(_line_counts()).all()
        is_running = beat is not None and self._now() - beat.beat_at < BEAT_IS_FRESH and beat.doing != "ended"
        return ServiceRow(
            is_running=is_running,
            last_contact=beat.beat_at if beat is not None else None,
            running=states.get(RequestState.RUNNING.value, 0),
            waiting=states.get(RequestState.WAITING.value, 0) + states.get(RequestState.QUEUED.value, 0),
            errors=sum(row.errors for row in counts),
            warnings=sum(row.warnings for row in counts),
            process=beat.process if beat is not None else None,
            doing=beat.doing if beat is not None else "",
        )

    def messages(self, element: str | None = None) -> list[LineRow]:
        """Lines that have something to say, by element and code."""
        statement = _lines().where(sa.func.json_array_length(LINE.c.problems) > 0)
        if element is not None:
            statement = statement.where(LINE.c.element == element)
        with self._database.read() as tx:
            return [_line(row) for row in tx.execute(statement.order_by(LINE.c.element, LINE.c.sort_key))]

    def settings(self) -> dict[str, Any]:
        """Every setting with its effective value."""
        with self._database.read() as tx:
            return effective({r.key: r.value for r in tx.execute(sa.select(SETTING))})


# --- lines: rows and conditions -----------------------------------------------------------------

_REQUEST_OF_LINE = ("state", "resumes_at", "wait_reason", "progress_done", "progress_total", "progress_step")


def _lines() -> sa.Select[Any]:
    held = [REQUEST.c[name].label(f"request_{name}") for name in _REQUEST_OF_LINE]
    return sa.select(LINE, *held).join(REQUEST, REQUEST.c.id == LINE.c.request_id, isouter=True)


def _line(row: Any) -> LineRow:
    request_state = RequestState(row.request_state) if row.request_state in _OPEN_STATES else None
    symbol = symbol_of(LineStatus(row.status), request_state)
    problems = tuple(Problem.from_json(p) for p in row.problems)
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
        message=_message(row, symbol, problems),
        problems=problems,
        request_id=row.request_id,
        last_synced_at=row.last_synced_at,
        is_linked=row.is_linked,
        needs_sync=row.needs_sync,
        has_question=bool(row.candidates) or any(p.code == "PRJ-09" for p in problems),
    )


def _message(row: Any, symbol: Symbol, problems: tuple[Problem, ...]) -> Message | None:
    if symbol in (Symbol.WHEEL, Symbol.HOURGLASS):
        waits = row.request_state == RequestState.WAITING.value
        return Message(
            "waiting" if symbol is Symbol.HOURGLASS else "progress",
            done=row.request_progress_done or 0,
            total=row.request_progress_total or 0,
            step=row.request_wait_reason or "" if waits else row.request_progress_step or "",
            resumes_at=row.request_resumes_at if waits else None,
        )
    if not problems:
        return None
    worst = next((p for p in problems if p.is_error), problems[0])
    return Message("error" if worst.is_error else "warning", worst, others=len(problems) - 1)


def _fields(line: LineRow) -> list[FieldRow]:
    names = [f.name for f in MAPS[line.element].fields]
    return [
        FieldRow(n, line.maestro.get(n), line.agreed.get(n), line.procore.get(n), n in line.differing) for n in names
    ]


def _has_problem(kind: str) -> ColumnElement[bool]:
    return LINE.c.worst == kind


def _line_counts() -> sa.Select[Any]:
    shown = LINE.c.is_in_scope.is_(True)

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    return sa.select(
        LINE.c.element,
        number(shown).label("records"),
        number(shown & LINE.c.needs_sync).label("to_synchronize"),
        number(_has_problem("E")).label("errors"),
        number(_has_problem("W")).label("warnings"),
        number(shown & LINE.c.is_linked & (LINE.c.status == LineStatus.DONE.value)).label("in_step"),
    ).group_by(LINE.c.element)


_ONLY: dict[str, ColumnElement[bool]] = {
    "all": sa.true(),
    "errors": _has_problem("E"),
    "warnings": _has_problem("W"),
    "to_synchronize": LINE.c.needs_sync.is_(True),
    "differing": sa.func.json_array_length(LINE.c.differing) > 0,
}
_GROUPS: dict[str, ColumnElement[bool]] = {
    "all": sa.true(),
    "active": (sa.func.json_extract(LINE.c.groups, "$.status") == "A") | LINE.c.maestro_key.is_(None),
    "linked": LINE.c.is_linked.is_(True),
    "not_linked": LINE.c.is_linked.is_(False),
}


def _line_filter(element: str, query: LineQuery) -> list[ColumnElement[bool]]:
    conditions = [LINE.c.element == element, _ONLY[query.only]]
    if query.group in _GROUPS:
        conditions.append(_GROUPS[query.group])
    else:
        conditions.append(sa.func.json_extract(LINE.c.groups, f"$.{query.group}") == query.group_value)
    if query.group != "all":
        conditions.append(LINE.c.is_in_scope.is_(True))
    conditions += [LINE.c.search_text.contains(fold(word), autoescape=True) for word in query.text.split()]
    return conditions


def _line_order(query: LineQuery) -> list[ColumnElement[Any]]:
    side, _, name = query.sort.partition(".")
    columns: dict[str, Any] = {"maestro": LINE.c.maestro_values, "procore": LINE.c.procore_values}
    keys: dict[str, ColumnElement[Any]] = {"status": LINE.c.status, "message": LINE.c.worst}
    if side in columns and name:
        first: ColumnElement[Any] = sa.func.json_extract(columns[side], f"$.{name}").collate("NOCASE")
    else:
        first = keys.get(side, LINE.c.sort_key)
    ordered = first.desc() if query.descending else first.asc()
    return [ordered.nulls_last(), LINE.c.sort_key, LINE.c.id]


# --- history: rows and conditions ---------------------------------------------------------------


def _request(row: Any) -> RequestRow:
    held = {f.name: getattr(row, f.name) for f in fields(RequestRow) if f.name not in ("symbol", "problem")}
    problem = Problem.from_json(row.problem) if row.problem else None
    return RequestRow(**held, symbol=REQUEST_SYMBOLS[RequestState(row.state)], problem=problem)


def _request_filter(query: RequestQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.states:
        conditions.append(REQUEST.c.state.in_(query.states))
    if query.elements:
        conditions.append(REQUEST.c.element.in_(query.elements))
    if query.since is not None:
        conditions.append(REQUEST.c.requested_at >= query.since)
    return conditions


def _action(row: Any) -> ActionRow:
    held = {f.name: getattr(row, f.name) for f in fields(ActionRow) if f.name not in ("symbol", "problems")}
    problems = tuple(Problem.from_json(p) for p in row.problems)
    return ActionRow(**held, symbol=ACTION_SYMBOLS[ActionState(row.state)], problems=problems)


def _action_filter(request_id: str, query: ActionQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [ACTION.c.request_id == request_id]
    if query.states:
        conditions.append(ACTION.c.state.in_(query.states))
    if query.kinds:
        conditions.append(ACTION.c.kind.in_(query.kinds))
    named = (ACTION.c.maestro_key, ACTION.c.name)
    words = query.text.split()
    return conditions + [sa.or_(*(c.icontains(word, autoescape=True) for c in named)) for word in words]


def _same_record(maestro_key: str | None, procore_id: int | None) -> ColumnElement[bool]:
    if maestro_key is not None:
        return ACTION.c.maestro_key == maestro_key
    return ACTION.c.procore_id == procore_id


def _exchange(row: Any, *, with_bodies: bool) -> ExchangeRow:
    names = [f.name for f in fields(ExchangeRow) if f.name not in ("request_text", "answer_text")]
    held = {name: getattr(row, name) for name in names}
    if not with_bodies:
        return ExchangeRow(**held)
    return ExchangeRow(**held, request_text=_unpacked(row.request_body), answer_text=_unpacked(row.answer_body))


def _unpacked(packed: bytes | None) -> str | None:
    return None if packed is None else zlib.decompress(packed).decode()
