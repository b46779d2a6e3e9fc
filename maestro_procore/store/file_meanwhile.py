"""What people changed in the drive during a first synchronization, against the advice to leave it alone (F105).

Nothing of it is lost: the catching up brings it over (F106). It is listed so that they know.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.elements import FILES
from maestro_procore.model.file_items import FileSide
from maestro_procore.store.file_tables import PAIR, STEP
from maestro_procore.store.tables import REQUEST


def changed_meanwhile(tx: Connection, project_id: int) -> list[int]:
    """Ids of the steps that bring such changes to Procore, oldest first.

    What the plan knew that the run began with is no such change; a repeated try of it neither.
    """
    of_project = sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id)
    firsts = (REQUEST.c.element == FILES) & (REQUEST.c.project == str(project_id)) & (REQUEST.c.scope == "first")
    has_ended = sa.exists().where(STEP.c.request_id == REQUEST.c.id, STEP.c.ended_at.is_not(None))
    begun = tx.execute(sa.select(sa.func.min(REQUEST.c.number)).where(firsts, has_ended)).scalar()
    if begun is None:
        return []
    columns = (STEP.c.id, STEP.c.plan, STEP.c.pair_id, STEP.c.procore_id, STEP.c.drive_id, STEP.c.saw, REQUEST.c.number)
    query = (
        sa.select(*columns)
        .join(REQUEST, REQUEST.c.id == STEP.c.request_id)
        .where(firsts, REQUEST.c.number >= begun, STEP.c.pair_id.in_(of_project))
        .where(STEP.c.target == FileSide.PROCORE.value)
        .order_by(STEP.c.id)
    )
    known: set[tuple[object, ...]] = set()
    found = []
    for row in tx.execute(query):
        saw = row.saw.get("drive") or {}
        state = (row.pair_id, row.procore_id, row.drive_id, saw.get("version"), saw.get("parent"), saw.get("name"))
        was_approved = (row.number, row.plan) == (begun, 1)
        if not was_approved and state not in known:
            found.append(row.id)
        known.add(state)
    return found
