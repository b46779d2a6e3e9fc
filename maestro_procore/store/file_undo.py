"""What the journal says of runs of files that are to be taken back, and of what was left alone afterwards."""

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_plan import FileRule
from maestro_procore.model.status import ActionState
from maestro_procore.store.batches import Row
from maestro_procore.store.file_plans import action_of
from maestro_procore.store.file_tables import DETACHED, STEP
from maestro_procore.store.upserts import Upserts

_DONE = STEP.c.state == ActionState.DONE.value


class FileUndo(Upserts):
    """Plain calls; `tx` is a transaction of the journal."""

    def done_file_steps(self, tx: Connection, request_id: str, pair_id: int) -> list[Row]:
        """What a run did, in its order, each with its `action`."""
        where = (STEP.c.request_id == request_id) & (STEP.c.pair_id == pair_id) & _DONE
        rows = tx.execute(sa.select(STEP).where(where).order_by(STEP.c.plan, STEP.c.number)).all()
        return [{**row._mapping, "action": action_of(row._mapping["action"])} for row in rows]

    def steps_taken_back(self, tx: Connection, pair_id: int) -> frozenset[int]:
        """Ids of steps that an undo has taken back."""
        where = (STEP.c.pair_id == pair_id) & (STEP.c.rule == FileRule.TAKEN_BACK.value) & _DONE
        rows = tx.execute(sa.select(STEP.c.saw).where(where))
        return frozenset(one for (saw,) in rows for one in saw.get("of", ()))

    def detached_rows(self, tx: Connection, pair_id: int) -> list[Row]:
        """What is left alone: side, item_id, detached_by, detached_at."""
        rows = tx.execute(sa.select(DETACHED).where(DETACHED.c.pair_id == pair_id).order_by(DETACHED.c.item_id))
        return [dict(row._mapping) for row in rows]

    def attach(self, tx: Connection, pair_id: int, side: FileSide | None = None, item_id: str = "") -> None:
        """Takes back into the synchronization what was left alone: everything of a pair, or one item."""
        statement = DETACHED.delete().where(DETACHED.c.pair_id == pair_id)
        if side is not None:
            statement = statement.where(DETACHED.c.side == side.value, DETACHED.c.item_id == item_id)
        tx.execute(statement)
