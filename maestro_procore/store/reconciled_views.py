"""What screens, workbook and command line show of a reconciliation: the figures as they were found, never anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciliation import Bridge, Held, Line, Reconciliation, Total
from maestro_procore.model.values import fold
from maestro_procore.store.database import Database
from maestro_procore.store.reconciliation_tables import OF_PROJECT, RECONCILED, RECONCILED_LINE
from maestro_procore.store.tables import REQUEST

LINES = RECONCILED_LINE


@dataclass(frozen=True)
class ReconciliationRow:
    """One reconciliation. state: of its request. agrees: None until it has come to its end. cut_off: ISO."""

    request_id: str
    number: int
    state: str
    cut_off: str
    project: str | None
    company: str
    period: str
    is_period_closed: bool
    agrees: bool | None
    made_at: datetime | None
    prepared_by: str
    reviewed_by: str
    progress_done: int
    progress_total: int
    resumes_at: datetime | None
    problem: Problem | None

    @property
    def has_ended(self) -> bool:
        """Whether its figures are complete."""
        return self.agrees is not None


@dataclass(frozen=True)
class ReconciledQuery:
    """Which lines of a reconciliation. only: all · differing (a bridge or more) · unexplained."""

    request_id: str
    project: str = ""
    only: str = "all"
    text: str = ""
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True)
class ReconciledRow:
    """One line: amounts are canonical text, bridges as Reconciliation.to_json writes them."""

    project: str
    seq: int
    element: str
    figure: str
    code: str
    currency: str
    maestro: str
    expected: str
    procore: str
    unexplained: str
    cause: str
    bridges: Sequence[Mapping[str, Any]]
    is_apart: bool


_ONLY: dict[str, ColumnElement[bool]] = {
    "all": sa.true(),
    "differing": LINES.c.cause != "",
    "unexplained": LINES.c.is_apart.is_(True),
}
_AMOUNTS = ("maestro", "expected", "procore", "unexplained")
_PLACE = (LINES.c.project, LINES.c.seq)


class ReconciledViews:
    """Reads reconciliations. Safe from any thread."""

    _database: Database

    def reconciliations(self, limit: int = 50) -> list[ReconciliationRow]:
        """Newest first."""
        with self._database.read() as tx:
            return [_row(row) for row in tx.execute(_heads().order_by(REQUEST.c.number.desc()).limit(limit))]

    def reconciliation(self, request_id: str) -> ReconciliationRow | None:
        """None when there is none of that id."""
        with self._database.read() as tx:
            row = tx.execute(_heads().where(RECONCILED.c.request_id == request_id)).first()
            return None if row is None else _row(row)

    def reconciled_projects(self, request_id: str) -> list[str]:
        """Codes of the projects that were looked at."""
        with self._database.read() as tx:
            found = tx.execute(sa.select(OF_PROJECT.c.project).where(OF_PROJECT.c.request_id == request_id))
            return sorted(project for (project,) in found)

    def count_reconciled(self, query: ReconciledQuery) -> int:
        """How many lines `reconciled` would give without a limit."""
        with self._database.read() as tx:
            return int(tx.execute(sa.select(sa.func.count()).where(*_matching(query))).scalar_one())

    def reconciled(self, query: ReconciledQuery, offset: int = 0, limit: int = 100) -> list[ReconciledRow]:
        """The lines in the order of projects, elements, figures and codes, or as the query sorts them."""
        names = ReconciledRow.__dataclass_fields__
        wanted = sa.select(*(LINES.c[name] for name in names)).where(*_matching(query)).order_by(*_order(query))
        with self._database.read() as tx:
            return [ReconciledRow(*row) for row in tx.execute(wanted.offset(offset).limit(limit))]

    def reconciled_totals(self, request_id: str) -> tuple[Total, ...]:
        """One per figure and currency, exact; without reading the bridges."""
        names = ("project", "element", "figure", "code", "currency", "maestro", "expected", "procore")
        wanted = sa.select(*(LINES.c[name] for name in names)).where(LINES.c.request_id == request_id)
        with self._database.read() as tx:
            lines = tuple(_sum_line(*row) for row in tx.execute(wanted))
        return Reconciliation(lines).totals

    def reconciled_whole(self, request_id: str) -> Reconciliation:
        """All of it, as it was found."""
        with self._database.read() as tx:
            wanted = sa.select(LINES).where(LINES.c.request_id == request_id).order_by(*_PLACE)
            lines = tuple(_line(dict(row._mapping)) for row in tx.execute(wanted))
            return _beside(tx, request_id, lines)


def _heads() -> sa.Select[Any]:
    columns = (REQUEST.c.number, REQUEST.c.state, REQUEST.c.progress_done, REQUEST.c.progress_total)
    joined = sa.select(RECONCILED, *columns, REQUEST.c.resumes_at, REQUEST.c.problem)
    return joined.join(REQUEST, REQUEST.c.id == RECONCILED.c.request_id)


def _row(row: Any) -> ReconciliationRow:
    held = dict(row._mapping)
    problem = held.pop("problem")
    return ReconciliationRow(**held, problem=Problem.from_json(problem) if problem else None)


def _matching(query: ReconciledQuery) -> list[ColumnElement[bool]]:
    conditions = [LINES.c.request_id == query.request_id, _ONLY[query.only]]
    if query.project:
        conditions.append(LINES.c.project == query.project)
    # instr, not LIKE: no wildcard to escape, and both sides are folded already.
    return conditions + [sa.func.instr(LINES.c.search_text, fold(word)) > 0 for word in query.text.split()]


def _order(query: ReconciledQuery) -> list[ColumnElement[Any]]:
    place: list[ColumnElement[Any]] = list(_PLACE)
    if query.sort in _AMOUNTS:
        key: ColumnElement[Any] = sa.cast(LINES.c[query.sort], sa.Numeric(18, 2))
    elif query.sort in LINES.c and query.sort != "bridges":
        key = LINES.c[query.sort]
    else:
        return place
    return [key.desc() if query.descending else key, *place]


def _sum_line(
    project: str, element: str, figure: str, code: str, currency: str, maestro: str, expected: str, procore: str
) -> Line:
    """A line with all its bridges as one."""
    amount = Decimal(maestro) - Decimal(expected)
    bridges = (Bridge("", (Held("", amount),)),) if amount else ()
    return Line(project, (element, figure), code, currency, Decimal(maestro), Decimal(procore), bridges)


def _line(row: Mapping[str, Any]) -> Line:
    bridges = tuple(Bridge(each["cause"], tuple(map(_held, each["records"]))) for each in row["bridges"])
    figure = (row["element"], row["figure"])
    amounts = Decimal(row["maestro"]), Decimal(row["procore"])
    return Line(row["project"], figure, row["code"], row["currency"], *amounts, bridges)


def _held(shown: Mapping[str, Any]) -> Held:
    problem = shown["problem"]
    return Held(shown["record"], Decimal(shown["amount"]), Problem.from_json(problem) if problem else None)


def _beside(tx: Connection, request_id: str, lines: tuple[Line, ...]) -> Reconciliation:
    whole = Reconciliation(lines)
    wanted = sa.select(OF_PROJECT).where(OF_PROJECT.c.request_id == request_id).order_by(OF_PROJECT.c.project)
    for row in tx.execute(wanted):
        aside = {(each["of"], each["currency"]): Decimal(each["amount"]) for each in row.aside}
        told = tuple(Problem.from_json(problem) for problem in row.told)
        missing = frozenset((element, figure) for element, figure in row.missing)
        whole = whole.together(Reconciliation((), aside, told, missing))
    return whole
