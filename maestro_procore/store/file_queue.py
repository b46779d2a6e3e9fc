"""Which place a step that waits has in the queue of its project (F131)."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.status import ActionState
from maestro_procore.store.file_tables import PAIR, STEP


def places(tx: Connection, project_id: int, steps: Sequence[sa.RowMapping]) -> dict[int, int]:
    """Id of each step that was not begun → its place; 1 is the next one. steps: one page of them.

    Those of a project are begun in the order of their ids.
    """
    waiting = {step["id"] for step in steps if step["state"] == ActionState.PLANNED.value}
    if not waiting:
        return {}
    of_project = STEP.c.pair_id.in_(sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id))
    place = sa.func.row_number().over(order_by=STEP.c.id).label("place")
    queue = sa.select(STEP.c.id, place).where(of_project, STEP.c.state == ActionState.PLANNED.value).subquery()
    return {row.id: row.place for row in tx.execute(sa.select(queue).where(queue.c.id.in_(waiting)))}
