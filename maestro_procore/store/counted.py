"""How much the journal holds of each kind in each project, in a few questions: what a forecast is made of."""

from collections import Counter, defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model.kinds import MAPS, RULES
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Kind
from maestro_procore.model.status import OPEN, LineStatus
from maestro_procore.ports import HeldCounts, PartName
from maestro_procore.store.tables import BUDGET, EXCHANGE, LINE, LINK, PART, READING, RECORD, REQUEST
from maestro_procore.store.upserts import Upserts

Key = tuple[str, str]

_LATEST_CALLS = 500
"""So many calls tell how long one takes."""


class Counted(Upserts):
    """Counts by kind of record and scope."""

    def counts(self) -> HeldCounts:
        """Everything of one moment."""
        with self._database.read() as tx:
            readings = tx.execute(sa.select(READING)).all()
            return HeldCounts(
                there=_count(tx, RECORD, RECORD.c.is_gone.is_(False)),
                linked=_count(tx, LINK),
                lines=_count(tx, LINE),
                to_send=_to_send(tx),
                to_open=_to_open(tx),
                read_from={(r.element, r.scope): r.read_from for r in readings if r.read_from is not None},
                sweep_due={(r.element, r.scope): r.sweep_due_at for r in readings if r.sweep_due_at is not None},
                budget=tx.execute(sa.select(BUDGET.c.state).order_by(BUDGET.c.changed_at.desc()).limit(1)).scalar()
                or {},
                call_seconds=_call_seconds(tx),
                listed=_listed(tx),
            )


def _count(tx: Connection, table: Any, *where: ColumnElement[bool]) -> dict[Key, int]:
    columns = (table.c.element, table.c.scope)
    rows = tx.execute(sa.select(*columns, sa.func.count()).where(*where).group_by(*columns))
    return {(element, scope): int(count) for element, scope, count in rows}


def _to_send(tx: Connection) -> dict[Key, int]:
    """Lines that a run would carry out: without those that stand in error or wait for somebody's choice."""
    waits = [LINE.c.needs_sync, LINE.c.is_in_scope]
    found = Counter(_count(tx, LINE, *waits, LINE.c.worst.not_in((Kind.ERROR.value, Kind.WARNING.value))))
    # A linked line whose symbol was taken away is a question as well (model/lines.py's standing).
    is_asked = sa.and_(LINE.c.is_linked, LINE.c.status == LineStatus.NEVER.value)
    warned = sa.select(LINE.c.element, LINE.c.scope, LINE.c.problems).where(
        *waits, LINE.c.worst == Kind.WARNING.value, sa.not_(is_asked)
    )
    for element, scope, problems in tx.execute(warned):
        rules = RULES.get(element)
        asked = {rules.question, *rules.choices} if rules is not None else set()
        found[element, scope] += not any(problem["code"] in asked for problem in problems)
    return dict(found)


def _to_open(tx: Connection) -> dict[Key, list[Record]]:
    """Records whose details are older than they are. Few: those that a run has opened are up to date."""
    kinds = [name for name, element_map in MAPS.items() if element_map.detail]
    is_old = sa.or_(RECORD.c.read_at.is_(None), RECORD.c.read_at != RECORD.c.updated_at)
    rows = tx.execute(sa.select(RECORD).where(RECORD.c.element.in_(kinds), RECORD.c.is_gone.is_(False), is_old))
    found: defaultdict[Key, list[Record]] = defaultdict(list)
    for row in rows:
        record = Record(str(row.procore_id), row._mapping["values"], row.origin_code, row.is_active, row.origin_id)
        found[row.element, row.scope].append(record)
    return dict(found)


def _listed(tx: Connection) -> frozenset[PartName]:
    columns = (PART.c.request_id, PART.c.element, PART.c.scope, PART.c.listed, REQUEST.c.run)
    is_open = REQUEST.c.state.in_([state.value for state in OPEN])
    rows = tx.execute(sa.select(*columns).join(REQUEST, REQUEST.c.id == PART.c.request_id).where(is_open))
    return frozenset((r.request_id, r.element, r.scope) for r in rows if r.listed and r.listed["run"] == r.run)


def _call_seconds(tx: Connection) -> float | None:
    """Of the latest calls of the API, on average."""
    latest = sa.select(EXCHANGE.c.milliseconds).where(EXCHANGE.c.is_counted).order_by(EXCHANGE.c.id.desc())
    average = tx.execute(sa.select(sa.func.avg(latest.limit(_LATEST_CALLS).subquery().c.milliseconds))).scalar()
    return None if average is None else float(average) / 1_000
