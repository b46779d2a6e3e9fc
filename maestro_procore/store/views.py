"""The reading side of the journal: what the screens and the command line show.

Every call answers in a few milliseconds, whatever the size: lists come in pages, counts and sorting are SQL.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model import pacing, problems
from maestro_procore.model.acceptance import Held
from maestro_procore.model.connections import DEFAULT_NAMES, MAIN_ID, Platform
from maestro_procore.model.elements import ELEMENTS, built_elements
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Kind, Problem
from maestro_procore.model.settings import effective
from maestro_procore.model.status import OPEN, RequestState
from maestro_procore.store import line_pages
from maestro_procore.store.audit import AuditViews
from maestro_procore.store.connections import CONNECTION_OF, connection_names
from maestro_procore.store.database import Database
from maestro_procore.store.explanations import read_all
from maestro_procore.store.file_plan_views import FilePlanViews
from maestro_procore.store.file_views import FileProjectRow, FileViews
from maestro_procore.store.link_views import LinkEventRow, LinkQuery, LinkRow, LinkViews, PartnerRow
from maestro_procore.store.reconciled_views import ReconciledViews
from maestro_procore.store.rows import (
    ActionDetail,
    ActionQuery,
    ActionRow,
    Asked,
    BudgetRow,
    Conditions,
    ElementRow,
    ExchangeRow,
    FieldRow,
    LineDetail,
    LinePlace,
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
from maestro_procore.store.tables import ACCEPTANCE, ACTION, BEAT, BUDGET, EXCHANGE, LINE, LINK, REQUEST, SETTING, STATE

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
    "LinePlace",
    "LineQuery",
    "LineRow",
    "LinkEventRow",
    "LinkQuery",
    "LinkRow",
    "Message",
    "PartnerRow",
    "RequestQuery",
    "RequestRow",
    "ServiceRow",
    "Views",
]

_NEAR_THE_TOP = 2_048
BEAT_IS_FRESH = timedelta(seconds=25)
COMPANY_BEAT = "maestro"
"""The row that says whether maestro* answers; all others are engines."""
_OPEN_STATES = [state.value for state in OPEN]


class Views(LinkViews, ReconciledViews):
    """Reads the journal for screens. Safe from any thread."""

    def __init__(self, database: Database, now: Any = lambda: datetime.now(UTC)) -> None:
        super().__init__(database)
        self.files = FileViews(database)
        self.file_plans = FilePlanViews(database)
        self.audit = AuditViews(database)
        self._now = now
        self._order: tuple[tuple[int, str, LineQuery], array[int]] | None = None

    def connection_names(self) -> dict[int, str]:
        """Number → name of every Procore connection: that of Configuration first (F146)."""
        return connection_names(self._database)

    def connection_told(self) -> str:
        """Name of Configuration's connection once it has one of its own, or there are several; '' before."""
        names = self.connection_names()
        return names[MAIN_ID] if len(names) > 1 or names[MAIN_ID] != DEFAULT_NAMES[Platform.PROCORE] else ""

    def version(self) -> int:
        """Changes when anybody has written to the journal."""
        return self._database.version()

    # --- elements -----------------------------------------------------------------------------

    def elements(self) -> list[ElementRow]:
        """The built elements in the order of display."""
        with self._database.read() as tx:
            states = {r.element: r for r in tx.execute(sa.select(STATE))}
            counts = {r.element: r for r in tx.execute(line_pages.counts_by_element())}
            newest = self._newest(tx)
        return [self._element(e.name, states.get(e.name), counts.get(e.name), newest) for e in built_elements()]

    def _newest(self, tx: Connection) -> dict[str, list[RequestRow]]:
        """Element → its open request and its last one, newest first; a preview changed nothing and is not the last."""
        last = sa.select(sa.func.max(REQUEST.c.number)).where(~REQUEST.c.is_preview).group_by(REQUEST.c.element)
        chosen = sa.or_(REQUEST.c.state.in_(_OPEN_STATES), REQUEST.c.number.in_(last))
        found: dict[str, list[RequestRow]] = {}
        known = read_all(tx)
        for row in tx.execute(sa.select(REQUEST).where(chosen).order_by(REQUEST.c.number.desc())):
            found.setdefault(row.element, []).append(request_row(row, known))
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
            last_request=next((r for r in requests if not r.is_preview), None),
        )

    # --- lines ----------------------------------------------------------------------------------

    def count_lines(self, element: str, query: LineQuery) -> int:
        """How many lines `lines` would give without a limit."""
        with self._database.read() as tx:
            return int(tx.execute(line_pages.count_of(element, query)).scalar_one())

    def lines(self, element: str, query: LineQuery, offset: int, limit: int) -> list[LineRow]:
        """A page of lines."""
        with self._database.read() as tx:
            ids = self._page(tx, element, query, offset, limit)
            found = {row.id: row for row in tx.execute(line_pages.whole_lines().where(LINE.c.id.in_(ids)))}
            asked, known = _asked(tx, element), read_all(tx)
        return [line_row(found[line_id], asked, known) for line_id in ids]

    def _page(self, tx: Connection, element: str, query: LineQuery, offset: int, limit: int) -> list[int]:
        """Ids of a page. Far from the top the whole order is asked once and kept while nobody writes."""
        if offset < _NEAR_THE_TOP:
            return list(tx.execute(line_pages.page_of(element, query, offset, limit)).scalars())
        asked = (self._database.version(), element, query)
        if self._order is None or self._order[0] != asked:
            self._order = (asked, array("q", tx.execute(line_pages.page_of(element, query, 0, None)).scalars()))
        return self._order[1][offset : offset + limit].tolist()

    def conditions(self, element: str, keys: Sequence[str] | None = None) -> Conditions:
        """What *Synchronize* would send although a warning says under which condition (F016).

        keys: of the ticked lines, as commands.synchronize takes them; None: all that differs.
        """
        waiting = line_pages.has_problem(Kind.WARNING.value)
        where = [LINE.c.element == element, LINE.c.needs_sync, LINE.c.is_in_scope, waiting]
        if keys is not None:
            where.append(line_pages.is_named(element, keys))
        with self._database.read() as tx:
            found = tx.execute(line_pages.told_problems(where, sorted(problems.conditions()))).all()
        example = Problem.from_json(json.loads(found[0].value)) if found else None
        return Conditions(len({row.id for row in found}), example)

    def acceptances(self, element: str) -> list[Held]:
        """What waits to enter maestro*, was refused, or is accepted and not there yet, in the order of its numbers."""
        of_element = ACCEPTANCE.c.element.in_(ELEMENTS[element].kinds)
        ordered = sa.select(ACCEPTANCE).where(of_element).order_by(ACCEPTANCE.c.scope, ACCEPTANCE.c.name)
        with self._database.read() as tx:
            return [Held.of_row(dict(row._mapping)) for row in tx.execute(ordered)]

    def partner(self, element: str, maestro_key: str) -> int | None:
        """Procore's id of a linked record; None when it is not linked."""
        with self._database.read() as tx:
            wanted = sa.select(LINK.c.procore_id).where(LINK.c.element == element, LINK.c.maestro_key == maestro_key)
            found: int | None = tx.execute(wanted).scalar()
            return found

    def line(self, line_id: int) -> LineDetail | None:
        """None when the line has disappeared meanwhile."""
        with self._database.read() as tx:
            row = tx.execute(line_pages.whole_lines().where(LINE.c.id == line_id)).first()
            if row is None:
                return None
            history = tx.execute(
                sa.select(ACTION)
                .where(ACTION.c.element == row.element)
                .where(_same_record(row.maestro_key, row.procore_id))
                .order_by(ACTION.c.id.desc())
                .limit(100)
            )
            known = read_all(tx)
            line = line_row(row, _asked(tx, row.element), known)
            return LineDetail(line, field_rows(line), list(row.candidates), [action_row(a, known) for a in history])

    def place(
        self, element: str, queries: Sequence[LineQuery], maestro_key: str | None, procore_id: int | None
    ) -> LinePlace | None:
        """Where the line of a record stands: in the first of the queries that shows it; None when there is no line."""
        is_it = LINE.c.maestro_key == maestro_key if maestro_key is not None else LINE.c.procore_id == procore_id
        with self._database.read() as tx:
            line_id = tx.execute(sa.select(LINE.c.id).where(LINE.c.element == element, is_it)).scalar()
            if line_id is None:
                return None
            for query in queries:
                shown = tx.execute(line_pages.page_of(element, query, 0, None)).scalars()
                row = next((row for row, found in enumerate(shown) if found == line_id), None)
                if row is not None:
                    return LinePlace(line_id, query, row)
        return None

    def filter_values(self, element: str, kind: str) -> list[str]:
        """The values that a group filter can take on this page."""
        column = line_pages.group(kind)
        with self._database.read() as tx:
            found = tx.execute(sa.select(column).where(LINE.c.element == element).distinct().order_by(column))
            return [str(value) for (value,) in found if value]

    # --- history --------------------------------------------------------------------------------

    def requests(self, query: RequestQuery, offset: int = 0, limit: int = 100) -> list[RequestRow]:
        """Newest first."""
        statement = sa.select(REQUEST, CONNECTION_OF.label("connection"))
        statement = statement.where(*_request_filter(query)).order_by(REQUEST.c.number.desc())
        with self._database.read() as tx:
            known = read_all(tx)
            return [request_row(row, known) for row in tx.execute(statement.offset(offset).limit(limit))]

    def count_requests(self, query: RequestQuery) -> int:
        """How many there are."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(REQUEST).where(*_request_filter(query))
            return int(tx.execute(statement).scalar_one())

    def request(self, request_id: str) -> RequestRow | None:
        """None when there is none of that id."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(REQUEST).where(REQUEST.c.id == request_id)).first()
            return None if row is None else request_row(row, read_all(tx))

    def actions(self, request_id: str, query: ActionQuery, offset: int = 0, limit: int = 100) -> list[ActionRow]:
        """In the order in which they ran."""
        statement = sa.select(ACTION).where(*_action_filter(request_id, query)).order_by(ACTION.c.seq)
        with self._database.read() as tx:
            known = read_all(tx)
            return [action_row(row, known) for row in tx.execute(statement.offset(offset).limit(limit))]

    def count_actions(self, request_id: str, query: ActionQuery) -> int:
        """How many there are."""
        with self._database.read() as tx:
            statement = sa.select(sa.func.count()).select_from(ACTION).where(*_action_filter(request_id, query))
            return int(tx.execute(statement).scalar_one())

    def place_of_action(self, request_id: str, query: ActionQuery, record: ActionRow) -> int | None:
        """How many actions stand before the first one of that record, None when it has none."""
        of_query = _action_filter(request_id, query)
        same = (ACTION.c.element == record.element, _same_record(record.maestro_key, record.procore_id))
        with self._database.read() as tx:
            first = tx.execute(sa.select(sa.func.min(ACTION.c.seq)).where(*of_query, *same)).scalar_one()
            if first is None:
                return None
            before = sa.select(sa.func.count()).select_from(ACTION).where(*of_query, ACTION.c.seq < first)
            return int(tx.execute(before).scalar_one())

    def action(self, action_id: int) -> ActionDetail | None:
        """One action with what it wrote and the call that carried it."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(ACTION).where(ACTION.c.id == action_id)).first()
            if row is None:
                return None
            call = tx.execute(sa.select(EXCHANGE).where(EXCHANGE.c.id == row.exchange_id)).first()
            shown = action_row(row, read_all(tx))
        exchange = None if call is None else exchange_row(call, with_bodies=True)
        return ActionDetail(shown, row.maestro_write, row.procore_write, row.before, row.after, exchange)

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

    def file_projects(self) -> list[FileProjectRow]:
        """Projects of files, with the forecast of what waits for approval or is under way."""
        found = self.files.projects()
        if not any(map(_has_plan, found)):
            return found
        budget, now = self.budget(), self._now()
        return [
            replace(row, forecast=self.files.forecast(row.id, budget, now)) if _has_plan(row) else row for row in found
        ]

    def service(self) -> ServiceRow:
        """Whether an engine is alive, and how much it has to do."""
        with self._database.read() as tx:
            beats = tx.execute(sa.select(BEAT).order_by(BEAT.c.beat_at.desc())).all()
            states: dict[str, int] = {row.state: row.number for row in tx.execute(_open_requests())}
            counts = tx.execute(line_pages.counts_by_element()).all()
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
        """Lines that have something to say, by element and code; why a record is not sent stands on its page only."""
        statement = line_pages.whole_lines().where(line_pages.has_any_problem(), LINE.c.is_in_scope)
        if element is not None:
            statement = statement.where(LINE.c.element == element)
        with self._database.read() as tx:
            known = read_all(tx)
            ordered = statement.order_by(LINE.c.element, LINE.c.sort_key)
            return [line_row(row, known=known) for row in tx.execute(ordered)]

    def settings(self) -> dict[str, Any]:
        """Every setting with its effective value."""
        with self._database.read() as tx:
            return effective({r.key: r.value for r in tx.execute(sa.select(SETTING))})


def _asked(tx: Connection, element: str) -> Asked | None:
    row = tx.execute(line_pages.asked_of(element)).first()
    if row is None:
        return None
    # As the engine reads it: a project code selects projects, and means nothing to other elements.
    names = row.names or ([row.project] if row.project and element == "projects" else None)
    return Asked(None if names is None else frozenset(names), row)


# --- history ------------------------------------------------------------------------------------


def _has_plan(row: FileProjectRow) -> bool:
    return row.phase == FilePhase.PLANNED or row.is_running


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
    if query.connection is not None:
        conditions.append(CONNECTION_OF.in_((query.connection,)))
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
