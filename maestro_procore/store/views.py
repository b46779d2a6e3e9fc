"""The reading side of the journal: what the screens and the command line show.

Every call answers in a few milliseconds, whatever the size: lists come in pages, counts and sorting are SQL.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model import pacing, problems
from maestro_procore.model.elements import ELEMENTS, built_elements
from maestro_procore.model.mapping import MAPS
from maestro_procore.model.problems import Kind, Problem
from maestro_procore.model.settings import effective
from maestro_procore.model.status import OPEN, LineStatus, RequestState
from maestro_procore.model.values import fold
from maestro_procore.store.database import Database
from maestro_procore.store.journal import ACTION, BEAT, BUDGET, EXCHANGE, LINE, REQUEST, SETTING, STATE
from maestro_procore.store.rows import (
    ActionDetail,
    ActionQuery,
    ActionRow,
    BudgetRow,
    Conditions,
    ElementRow,
    ExchangeRow,
    FieldRow,
    LineDetail,
    LineQuery,
    LineRow,
    Message,
    RequestQuery,
    RequestRow,
    ServiceRow,
    action_row,
    exchange_row,
    field_rows,
    line_row,
    request_row,
)

__all__ = [
    "ActionDetail",
    "ActionQuery",
    "ActionRow",
    "BudgetRow",
    "Conditions",
    "ElementRow",
    "ExchangeRow",
    "FieldRow",
    "LineDetail",
    "LineQuery",
    "LineRow",
    "Message",
    "RequestQuery",
    "RequestRow",
    "ServiceRow",
    "Views",
]

BEAT_IS_FRESH = timedelta(seconds=25)
COMPANY_BEAT = "maestro"
"""The row that says whether maestro* answers; all others are engines."""
_OPEN_STATES = [state.value for state in OPEN]


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
            found.setdefault(row.element, []).append(request_row(row))
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
            return [line_row(row) for row in tx.execute(statement.offset(offset).limit(limit))]

    def conditions(self, element: str, keys: Sequence[str] | None = None) -> Conditions:
        """What *Synchronize* would send although a warning says under which condition (F016).

        keys: of the ticked lines, as commands.synchronize takes them; None: all that differs.
        """
        asked = sa.func.json_each(LINE.c.problems).table_valued("value", name="told")
        code = sa.func.json_extract(asked.c.value, "$.code")
        where = [LINE.c.element == element, LINE.c.needs_sync, LINE.c.is_in_scope, _has_problem(Kind.WARNING.value)]
        if keys is not None:
            where.append(_is_named(element, keys))
        each = LINE.join(asked, sa.true())
        told = (
            sa.select(LINE.c.id, asked.c.value).select_from(each).where(*where, code.in_(sorted(problems.conditions())))
        )
        with self._database.read() as tx:
            found = tx.execute(told.order_by(LINE.c.sort_key, LINE.c.id)).all()
        example = Problem.from_json(json.loads(found[0].value)) if found else None
        return Conditions(len({row.id for row in found}), example)

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
            line = line_row(row)
            return LineDetail(line, field_rows(line), list(row.candidates), [action_row(a) for a in history])

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
            return [request_row(row) for row in tx.execute(statement.offset(offset).limit(limit))]

    def count_requests(self, query: RequestQuery) -> int:
        """How many there are."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(REQUEST).where(*_request_filter(query))
            return int(tx.execute(statement).scalar_one())

    def request(self, request_id: str) -> RequestRow | None:
        """None when there is none of that id."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(REQUEST).where(REQUEST.c.id == request_id)).first()
            return None if row is None else request_row(row)

    def actions(self, request_id: str, query: ActionQuery, offset: int = 0, limit: int = 100) -> list[ActionRow]:
        """In the order in which they ran."""
        statement = sa.select(ACTION).where(*_action_filter(request_id, query)).order_by(ACTION.c.seq)
        with self._database.read() as tx:
            return [action_row(row) for row in tx.execute(statement.offset(offset).limit(limit))]

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
        exchange = None if call is None else exchange_row(call, with_bodies=True)
        return ActionDetail(action_row(row), row.maestro_write, row.procore_write, row.before, row.after, exchange)

    def exchanges(self, request_id: str) -> list[ExchangeRow]:
        """The calls of a request, oldest first, without bodies."""
        with self._database.read() as tx:
            rows = tx.execute(sa.select(EXCHANGE).where(EXCHANGE.c.request_id == request_id).order_by(EXCHANGE.c.id))
            return [exchange_row(row, with_bodies=False) for row in rows]

    def exchange(self, exchange_id: int) -> ExchangeRow | None:
        """One call with its bodies."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(EXCHANGE).where(EXCHANGE.c.id == exchange_id)).first()
            return None if row is None else exchange_row(row, with_bodies=True)

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
            beats = tx.execute(sa.select(BEAT).order_by(BEAT.c.beat_at.desc())).all()
            states: dict[str, int] = {row.state: row.number for row in tx.execute(_open_requests())}
            counts = tx.execute(_line_counts()).all()
        beat = next((b for b in beats if b.worker != COMPANY_BEAT), None)
        maestro = next((b for b in beats if b.worker == COMPANY_BEAT), None)
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
            started_at=beat.started_at if beat is not None else None,
            maestro=maestro.doing if maestro is not None else "unknown",
            maestro_last_contact=maestro.beat_at if maestro is not None else None,
        )

    def messages(self, element: str | None = None) -> list[LineRow]:
        """Lines that have something to say, by element and code."""
        statement = _lines().where(sa.func.json_array_length(LINE.c.problems) > 0)
        if element is not None:
            statement = statement.where(LINE.c.element == element)
        with self._database.read() as tx:
            return [line_row(row) for row in tx.execute(statement.order_by(LINE.c.element, LINE.c.sort_key))]

    def settings(self) -> dict[str, Any]:
        """Every setting with its effective value."""
        with self._database.read() as tx:
            return effective({r.key: r.value for r in tx.execute(sa.select(SETTING))})


# --- lines: what is selected, and in which order ------------------------------------------------

_REQUEST_OF_LINE = ("state", "resumes_at", "wait_reason", "progress_done", "progress_total", "progress_step")


def _lines() -> sa.Select[Any]:
    held = [REQUEST.c[name].label(f"request_{name}") for name in _REQUEST_OF_LINE]
    return sa.select(LINE, *held).join(REQUEST, REQUEST.c.id == LINE.c.request_id, isouter=True)


def _is_named(element: str, keys: Sequence[str]) -> ColumnElement[bool]:
    """The lines of a selection: one that maestro* lacks goes by its Procore id or number, as in model.plan."""
    wanted = sa.select(sa.func.json_each(json.dumps(list(keys))).table_valued("value").c.value)
    number = sa.func.json_extract(LINE.c.procore_values, f"$.{MAPS[element].identity.name}")
    return sa.or_(
        LINE.c.maestro_key.in_(wanted),
        sa.cast(LINE.c.procore_id, sa.String).in_(wanted),
        LINE.c.maestro_key.is_(None) & number.in_(wanted),
    )


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


# --- history ------------------------------------------------------------------------------------


def _open_requests() -> sa.Select[Any]:
    """State and number of the requests that have not ended."""
    counted = sa.select(REQUEST.c.state, sa.func.count().label("number"))
    return counted.where(REQUEST.c.state.in_(_OPEN_STATES)).group_by(REQUEST.c.state)


def _request_filter(query: RequestQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.states:
        conditions.append(REQUEST.c.state.in_(query.states))
    if query.elements:
        conditions.append(REQUEST.c.element.in_(query.elements))
    if query.since is not None:
        conditions.append(REQUEST.c.requested_at >= query.since)
    return conditions


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
