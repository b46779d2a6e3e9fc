"""Which place a step that waits has in the queue of its project (F131)."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.status import ActionState
from maestro_procore.store.file_tables import STEP

_WAITS = STEP.c.state == ActionState.PLANNED.value


def places(tx: Connection, steps: Sequence[sa.RowMapping]) -> dict[int, int]:
    """Id of each step that was not begun → its place; 1 is the next one. steps: one page of those of a project.

    A request goes from pair to pair, and in each by number. Counted in the index alone: a plan may have 50,000 steps.
    """
    waiting: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for step in steps:
        if step["state"] == ActionState.PLANNED.value:
            waiting[step["request_id"], step["pair_id"]][step["number"]] = step["id"]
    found: dict[int, int] = {}
    for (request_id, pair_id), ids in waiting.items():
        of_request = STEP.c.request_id == request_id
        before = sa.select(sa.func.count()).where(of_request, STEP.c.pair_id < pair_id, _WAITS)
        of_pair = (of_request, STEP.c.pair_id == pair_id, _WAITS)
        least = sa.select(sa.func.count()).where(*of_pair, STEP.c.number < min(ids))
        ahead = int(tx.execute(before).scalar_one()) + int(tx.execute(least).scalar_one())
        numbers = sa.select(STEP.c.number).where(*of_pair, STEP.c.number.between(min(ids), max(ids)))
        for rank, number in enumerate(tx.execute(numbers.order_by(STEP.c.number)).scalars(), ahead + 1):
            if number in ids:
                found[ids[number]] = rank
    return found
