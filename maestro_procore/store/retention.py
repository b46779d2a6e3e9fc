"""Drops the history that nobody needs any more, a little at a time (F050).

Kept for ever: links and their events, marks, decisions, approvals, what both sides agreed on, signed proofs. Kept
beyond the term: requests that have not ended, the newest of each element or project, what a line on a page leads to
(and can be undone from there), and what an undo that is kept took back.
"""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.status import OPEN
from maestro_procore.store.file_tables import CONFLICT, STEP
from maestro_procore.store.reconciliation_tables import OF_PROJECT, RECONCILED, RECONCILED_LINE
from maestro_procore.store.tables import ACTION, EXCHANGE, LINE, PART, REQUEST, STATE
from maestro_procore.store.upserts import Upserts

AT_ONCE: Final = 2_000
"""Rows in one commit: some ten milliseconds, so that nobody waits for the journal."""

_OPEN = [state.value for state in OPEN]
_LARGE = (ACTION, EXCHANGE, STEP)
"""Tables of which one request may have many thousand rows, all with an `id`."""
_SMALL = (PART, RECONCILED_LINE, OF_PROJECT, RECONCILED)


class Retention(Upserts):
    """Of the journal. Every call is one commit of a few milliseconds."""

    def prune(self, before: datetime) -> int:
        """Drops some rows of requests that ended earlier, oldest first; how many rows. 0: nothing is left to drop.

        A request goes after everything that belongs to it, so a program that ends in between leaves no orphans.
        """
        with self._database.begin() as tx:
            oldest = tx.execute(_old_requests(before).limit(1)).scalar()
            if oldest is None:
                return self._prune_rest(tx, before)
            dropped = 0
            for table in _LARGE:
                some = sa.select(table.c.id).where(table.c.request_id == oldest).limit(AT_ONCE - dropped)
                dropped += tx.execute(table.delete().where(table.c.id.in_(some))).rowcount
                if dropped >= AT_ONCE:
                    return dropped
            for table in _SMALL:
                dropped += tx.execute(table.delete().where(table.c.request_id == oldest)).rowcount
            dropped += tx.execute(REQUEST.delete().where(REQUEST.c.id == oldest)).rowcount
        return dropped

    @staticmethod
    def _prune_rest(tx: Connection, before: datetime) -> int:
        """Calls that belong to no request, and conflicts that were settled."""
        calls = sa.select(EXCHANGE.c.id).where(EXCHANGE.c.request_id.is_(None), EXCHANGE.c.at < before)
        dropped = tx.execute(EXCHANGE.delete().where(EXCHANGE.c.id.in_(calls.limit(AT_ONCE)))).rowcount
        settled = sa.select(CONFLICT.c.id).where(CONFLICT.c.is_open.is_(False), CONFLICT.c.found_at < before)
        dropped += tx.execute(CONFLICT.delete().where(CONFLICT.c.id.in_(settled.limit(AT_ONCE)))).rowcount
        return int(dropped)


def _old_requests(before: datetime) -> sa.Select[tuple[str]]:
    newest = sa.select(sa.func.max(REQUEST.c.number)).group_by(REQUEST.c.element, REQUEST.c.project, REQUEST.c.mode)
    undo = REQUEST.alias("undo")
    undone = undo.c.undoes["request"].as_string()
    return (
        sa.select(REQUEST.c.id)
        .where(
            REQUEST.c.ended_at < before,
            REQUEST.c.state.not_in(_OPEN),
            REQUEST.c.number.not_in(newest),
            ~sa.exists().where(LINE.c.request_id == REQUEST.c.id),
            ~sa.exists().where(STATE.c.last_request_id == REQUEST.c.id),
            ~sa.exists().where(undone == REQUEST.c.id, sa.or_(undo.c.ended_at.is_(None), undo.c.ended_at >= before)),
        )
        .order_by(REQUEST.c.number)
    )
