"""What files have cost so far, in calls and in time: counted by the engine, read for the forecast of the next plan."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_bandwidth import DOWN, UP, limits_of
from maestro_procore.model.file_forecast import TELLING_SIZE, Kind, Pace, Planned, Transfer, measured, speed
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_lists import Listed
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.model.file_schedule import SWEEP, is_sweep_due
from maestro_procore.model.status import OPEN, ActionState
from maestro_procore.store.batches import Row
from maestro_procore.store.file_plans import OPEN_STEPS
from maestro_procore.store.file_tables import COST, PAIR, PROJECT, SEEN, STEP
from maestro_procore.store.rows import BudgetRow
from maestro_procore.store.tables import REQUEST, SETTING
from maestro_procore.store.upserts import Upserts

KEPT: Final = 1_000
"""At so many actions of one kind those so far count half from then on: what Procore takes changes with the years."""
_LATEST: Final = 100
"""So many contents tell how fast they go."""
_CONTENTS: Final = (FileVerb.COPY.value, FileVerb.VERSION.value)
_LEFT: Final = STEP.c.state.in_(OPEN_STEPS)
_DOWNLOADS: Final = (STEP.c.verb == FileVerb.COMPARE.value) | (
    STEP.c.verb.in_(_CONTENTS) & (STEP.c.target == FileSide.DRIVE.value)
)
_FREE: Final = [verb.value for verb in FileVerb if verb.is_free]


class FileCosts(Upserts):
    """Plain calls; `tx` is a transaction of the journal."""

    def add_file_calls(
        self, tx: Connection, pair_id: int, verb: FileVerb, target: FileSide, actions: int, calls: int
    ) -> None:
        """So many more actions of a pair, and the calls that they took."""
        row = {"pair_id": pair_id, "verb": verb.value, "target": target.value, "actions": actions, "calls": calls}
        self._put(tx, COST, [row], ("pair_id", "verb", "target"), instead=_added)

    def listed_files(self, tx: Connection, pair_id: int) -> Listed:
        """One pair, and what its open plan wants of Procore."""
        (found,) = _listed(tx, PAIR.c.id == pair_id)
        return found


def _added(statement: Any) -> dict[str, Any]:
    """Without bound values, so that the statement is compiled once: it goes along with every single action."""
    is_full, two = COST.c.actions >= sa.literal_column(str(KEPT)), sa.literal_column("2", sa.Integer)
    return {
        each.name: sa.case((is_full, each - each // two), else_=each) + statement.excluded[each.name]
        for each in (COST.c.actions, COST.c.calls)
    }


def pace_of(tx: Connection, project_id: int, budget: BudgetRow) -> Pace:
    """What the forecast of a project's plan is made of: calls by what its company has cost, time by all transfers."""
    company = sa.select(PROJECT.c.procore_company).where(PROJECT.c.id == project_id).scalar_subquery()
    query = (
        sa.select(COST.c.verb, COST.c.target, PAIR.c.tool, COST.c.actions, COST.c.calls)
        .join(PAIR, PAIR.c.id == COST.c.pair_id)
        .join(PROJECT, PROJECT.c.id == PAIR.c.project_id)
        .where(PROJECT.c.procore_company == company)
    )
    costs = [(kind_of(row._mapping), row.actions, row.calls) for row in tx.execute(query)]
    transfers = _latest(tx)
    limited = sa.select(SETTING.c.key, SETTING.c.value).where(SETTING.c.key.in_((UP, DOWN)))
    return Pace(
        budget.limit,
        budget.calls_left,
        budget.resets_at,
        **speed(transfers)._asdict(),
        calls=measured(costs),
        is_timed=bool(transfers),
        largest=max((each.size_bytes for each in transfers), default=TELLING_SIZE),
        limit=limits_of(dict(tx.execute(limited).all())).of_both,
    )


def lists_of(tx: Connection, project_id: int, now: datetime) -> list[Listed]:
    """Every tool of a project; those that a run has done with are left out while it carries out the rest."""
    found = _listed(tx, PAIR.c.project_id == project_id, now)
    return [each for each in found if each.is_begun] if any(each.is_begun for each in found) else found


def _listed(tx: Connection, which: sa.ColumnElement[bool], now: datetime | None = None) -> list[Listed]:
    """now: tells which tools are due for a whole reading; None: nobody asks."""
    of_pair = STEP.c.pair_id == PAIR.c.id
    in_procore = (SEEN.c.pair_id == PAIR.c.id) & (SEEN.c.side == FileSide.PROCORE.value)
    open_run = sa.exists().where(REQUEST.c.id == STEP.c.request_id, REQUEST.c.state.in_([s.value for s in OPEN]))
    calling = of_pair & _LEFT & STEP.c.verb.not_in(_FREE)
    counts = {
        "folders": _number(SEEN, in_procore & SEEN.c.is_folder),
        "files": _number(SEEN, in_procore & ~SEEN.c.is_folder),
        "downloads": _number(STEP, of_pair & _LEFT & _DOWNLOADS),
        "sources": _sources(of_pair),
        "arriving": _number(STEP, calling & (STEP.c.target == FileSide.PROCORE.value)),
        "calling": _number(STEP, calling),
        "begun": _number(STEP, of_pair & _LEFT & open_run),
    }
    query = sa.select(PAIR.c.tool, PAIR.c.swept_at, *(count.label(name) for name, count in counts.items()))
    rows = (dict(row._mapping) for row in tx.execute(query.where(which).order_by(PAIR.c.id)))
    return [
        Listed(
            **row,
            is_due=now is not None and is_sweep_due(swept_at, now, SWEEP),
            is_begun=begun > 0,
        )
        for row in rows
        for swept_at, begun in [(row.pop("swept_at"), row.pop("begun"))]
    ]


def _number(table: sa.Table, where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.count()).select_from(table).where(where).correlate(PAIR).scalar_subquery()


def _sources(of_pair: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """Folders of Procore with contents that a plan wants."""
    there = (
        (SEEN.c.pair_id == STEP.c.pair_id) & (SEEN.c.side == FileSide.PROCORE.value) & (SEEN.c.id == STEP.c.procore_id)
    )
    found = sa.select(sa.func.count(SEEN.c.parent_id.distinct())).select_from(STEP.join(SEEN, there))
    return found.where(of_pair & _LEFT & _DOWNLOADS).correlate(PAIR).scalar_subquery()


def planned_of(tx: Connection, project_id: int) -> list[Row]:
    """Of the newest plan that is not carried out: [{tool, verb, target, n, size_bytes}]."""
    columns = (PAIR.c.tool, STEP.c.verb, STEP.c.target)
    query = (
        sa.select(*columns, sa.func.count().label("n"), sa.func.sum(STEP.c.size_bytes).label("size_bytes"))
        .join(PAIR, PAIR.c.id == STEP.c.pair_id)
        .where(PAIR.c.project_id == project_id, STEP.c.state.in_(OPEN_STEPS))
        .group_by(*columns)
        .order_by(*columns)
    )
    return [dict(row._mapping) for row in tx.execute(query)]


def counts_of(rows: list[Row]) -> list[Planned]:
    """The same as the forecast takes it."""
    return [Planned(kind_of(row), row["n"], int(row["size_bytes"])) for row in rows]


def kind_of(row: Any) -> Kind:
    """Of a row with verb, target and tool."""
    return Kind(FileVerb(row["verb"]), FileSide(row["target"]), row["tool"])


def _latest(tx: Connection) -> list[Transfer]:
    """The newest contents that went over."""
    query = sa.select(STEP.c.bytes_moved, STEP.c.started_at, STEP.c.ended_at).where(
        STEP.c.state == ActionState.DONE.value,
        STEP.c.verb.in_(_CONTENTS),
        STEP.c.started_at.is_not(None),
        STEP.c.ended_at.is_not(None),
    )
    return [Transfer(*row) for row in tx.execute(query.order_by(STEP.c.id.desc()).limit(_LATEST))]
