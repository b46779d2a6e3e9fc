"""Numbers of maestro* documents that the journal knows to be given away, whatever maestro* still holds of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.store.batches import in_chunks
from maestro_procore.store.link_tables import MARK
from maestro_procore.store.tables import ACTION, LINK, REQUEST
from maestro_procore.store.upserts import Upserts


class GivenNumbers(Upserts):
    """What is linked, marked or promised under a number."""

    def numbers_in_use(
        self, kinds: Sequence[str], column: str, numbers: Sequence[str], *, is_preview: bool
    ) -> dict[str, str]:
        """Number → project, of those among them that have a link of these kinds, or a mark that Procore keeps.

        is_preview: also those that the newest previews mean to write into that column of new documents.
        """
        found: dict[str, str] = {}
        with self._database.read() as tx:
            for part in in_chunks(list(numbers)):
                for table in (MARK, LINK):
                    chosen = sa.select(table.c.maestro_key, table.c.scope).where(table.c.element.in_(kinds))
                    found |= _pairs(tx.execute(chosen.where(table.c.maestro_key.in_(part))))
                if is_preview:
                    found = _pairs(tx.execute(_promised(kinds, column, part))) | found
        return found


def _pairs(rows: Iterable[Any]) -> dict[str, str]:
    return {str(number): str(scope) for number, scope in rows}


def _promised(kinds: Sequence[str], column: str, numbers: Sequence[str]) -> Any:
    """Of each element only its newest request counts, and only when that is a preview."""
    newest = sa.select(sa.func.max(REQUEST.c.number)).group_by(REQUEST.c.element)
    previews = sa.select(REQUEST.c.id).where(REQUEST.c.number.in_(newest), REQUEST.c.is_preview)
    number = ACTION.c.maestro_write[column].as_string()
    return (
        sa.select(number, ACTION.c.scope)
        .where(ACTION.c.request_id.in_(previews), ACTION.c.element.in_(kinds))
        .where(ACTION.c.kind == ActionKind.CREATE.value, ACTION.c.state == ActionState.PLANNED.value)
        .where(number.in_(numbers))
    )
