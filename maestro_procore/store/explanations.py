"""What technicians wrote about unknown answers of Procore: kept for ever, one row for each fingerprint."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field

from maestro_procore.model.knowledge import Explanation, Known, Texts
from maestro_procore.store.tables import Table, UtcTime, metadata
from maestro_procore.store.upserts import Upserts


class ExplainedAnswer(Table, table=True):
    """One kind of answer, what it means and what to do."""

    __tablename__ = "explained_answer"

    fingerprint: str = Field(primary_key=True)
    shape: str
    """Status, method, address and words of the answer, with gaps for all that differs between records."""
    means_en: str
    means_fr: str
    to_do_en: str
    to_do_fr: str
    written_by: str
    written_at: datetime = Field(sa_type=UtcTime)


ANSWER = metadata.tables["explained_answer"]


def read_all(tx: Connection) -> Known:
    """Fingerprint → explanation, of all."""
    return {row.fingerprint: _explanation(row) for row in tx.execute(sa.select(ANSWER))}


def _explanation(row: Any) -> Explanation:
    means: Texts = {"en": row.means_en, "fr": row.means_fr}
    to_do: Texts = {"en": row.to_do_en, "fr": row.to_do_fr}
    return Explanation(row.shape, means, to_do, row.written_by, row.written_at)


class Explanations(Upserts):
    """The explanations that the journal holds."""

    def explanations(self, tx: Connection) -> Known:
        """Fingerprint → explanation, of all."""
        return read_all(tx)

    def put_explanations(self, tx: Connection, written: Iterable[Explanation]) -> None:
        """Adds them, or puts them in the place of those of the same fingerprint."""
        rows = [
            {
                "fingerprint": each.fingerprint,
                "shape": each.shape,
                **{f"means_{language}": words for language, words in each.means.items()},
                **{f"to_do_{language}": words for language, words in each.to_do.items()},
                "written_by": each.written_by,
                "written_at": each.written_at,
            }
            for each in written
        ]
        self._put(tx, ANSWER, rows, ("fingerprint",))
