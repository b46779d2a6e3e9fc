"""What waits for an accounting approver, and what was decided about it. Written by plans and by commands."""

from collections.abc import Sequence, Set
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.store import tables
from maestro_procore.store.batches import Row, in_chunks
from maestro_procore.store.tables import ACCEPTANCE, PART
from maestro_procore.store.upserts import Upserts


class Acceptances(Upserts):
    """Documents that want to enter maestro*, and the weights of plans that wait to be confirmed."""

    def acceptances(self, tx: Connection, element: str, scope: str | None = None) -> list[Row]:
        """Those of an element, of one project or of all, in the order of their numbers."""
        wanted = sa.select(ACCEPTANCE).where(ACCEPTANCE.c.element == element)
        if scope is not None:
            wanted = wanted.where(ACCEPTANCE.c.scope == scope)
        rows = tx.execute(wanted.order_by(ACCEPTANCE.c.scope, ACCEPTANCE.c.name, ACCEPTANCE.c.procore_id))
        return [dict(row._mapping) for row in rows]

    def put_acceptances(
        self, tx: Connection, element: str, scope: str, rows: Sequence[Row], present: Set[int] | None
    ) -> None:
        """What a plan found. present: all ids that wait in that scope, others go; None: it looked at some only."""
        of_scope = (ACCEPTANCE.c.element == element) & (ACCEPTANCE.c.scope == scope)
        if present is not None:
            held = tx.execute(sa.select(ACCEPTANCE.c.procore_id).where(of_scope)).scalars()
            for part in in_chunks(sorted(set(held) - present)):
                tx.execute(ACCEPTANCE.delete().where(of_scope, ACCEPTANCE.c.procore_id.in_(part)))
        named = [{"element": element, "scope": scope, **row} for row in rows]
        self._put(tx, ACCEPTANCE, named, ("element", "procore_id"), defaults=tables.Acceptance)

    def decide_acceptance(self, tx: Connection, element: str, procore_id: int, digest: str, **values: Any) -> bool:
        """Sets columns of one document. False when it holds another content by now, or waits no more."""
        of_row = (ACCEPTANCE.c.element == element) & (ACCEPTANCE.c.procore_id == procore_id)
        changed = tx.execute(ACCEPTANCE.update().where(of_row, ACCEPTANCE.c.digest == digest).values(**values))
        return bool(changed.rowcount)

    def weights(self, tx: Connection, request_id: str, run: int) -> list[Row]:
        """weight and is_held of the parts that a run of a request has planned so far."""
        columns = (PART.c.element, PART.c.scope, PART.c.weight, PART.c.is_held)
        of_run = (PART.c.request_id == request_id) & (PART.c.run == run) & PART.c.is_planned
        rows = tx.execute(sa.select(*columns).where(of_run).order_by(PART.c.scope, PART.c.element))
        return [dict(row._mapping) for row in rows if row.weight is not None]
