"""Messages that a first synchronization is complete: written down before they go out, and what became of them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_mail import MailState, ToolCounts
from maestro_procore.store.batches import Row
from maestro_procore.store.file_tables import AGREED, APART, CONFLICT, NOTICE, PAIR
from maestro_procore.store.upserts import Upserts


class FileMails(Upserts):
    """Plain calls; `tx` is a transaction of the journal."""

    def open_file_mails(self) -> list[Row]:
        """Notices whose message has neither gone out nor failed, the oldest first."""
        is_open = NOTICE.c.mail_state.in_([MailState.WANTED.value, MailState.SENDING.value])
        with self._database.read() as tx:
            return [dict(row._mapping) for row in tx.execute(sa.select(NOTICE).where(is_open).order_by(NOTICE.c.id))]

    def last_file_mail(self, project_id: int) -> Row | None:
        """The newest notice of a project that wanted a message."""
        query = sa.select(NOTICE).where(NOTICE.c.project_id == project_id, NOTICE.c.mail_state != MailState.NONE.value)
        with self._database.read() as tx:
            row = tx.execute(query.order_by(NOTICE.c.id.desc()).limit(1)).first()
        return None if row is None else dict(row._mapping)

    def change_file_mail(self, notice_id: int, within: Connection | None = None, **values: Any) -> None:
        """Sets columns of one notice."""
        statement = NOTICE.update().where(NOTICE.c.id == notice_id).values(**values)
        if within is not None:
            within.execute(statement)
            return
        with self._database.begin() as tx:
            tx.execute(statement)

    def file_counts(self, project_id: int) -> tuple[list[ToolCounts], dict[str, int]]:
        """What is in step by tool, and how many items are apart and in open conflicts."""
        of_pair = (
            sa.select(
                PAIR.c.tool,
                sa.func.count().filter(AGREED.c.is_folder.is_(False)),
                sa.func.count().filter(AGREED.c.is_folder),
                sa.func.coalesce(sa.func.sum(AGREED.c.size_bytes), 0),
            )
            .join(AGREED, AGREED.c.pair_id == PAIR.c.id, isouter=True)
            .where(PAIR.c.project_id == project_id)
            .group_by(PAIR.c.id, PAIR.c.tool)
            .order_by(PAIR.c.id)
        )
        ids = sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id)
        apart = sa.select(sa.func.count()).select_from(APART).where(APART.c.pair_id.in_(ids))
        conflicts = sa.select(sa.func.count()).select_from(CONFLICT)
        with self._database.read() as tx:
            tools = [ToolCounts(row[0], int(row[1]), int(row[2]), int(row[3])) for row in tx.execute(of_pair)]
            counts = {
                "apart": int(tx.execute(apart).scalar() or 0),
                "conflicts": int(
                    tx.execute(conflicts.where(CONFLICT.c.pair_id.in_(ids), CONFLICT.c.is_open)).scalar() or 0
                ),
            }
        return tools, counts
