"""Pairs of records that a person called "not the same": kept for ever, with who and when, and never proposed again."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field

from maestro_procore.store.batches import in_chunks
from maestro_procore.store.tables import Table, UtcTime, metadata
from maestro_procore.store.upserts import Upserts

OF_PROCORE = "procore:"
"""How the name of a record of Procore begins (model/duplicate_detective.py)."""


class DistinctPair(Table, table=True):
    """Two records that look alike and are not. first, second: side and key, in the order of the alphabet."""

    __tablename__ = "distinct_pair"

    element: str = Field(primary_key=True)
    first: str = Field(primary_key=True)
    second: str = Field(primary_key=True)
    decided_by: str = ""
    decided_at: datetime = Field(sa_type=UtcTime)


PAIR = metadata.tables["distinct_pair"]


class ToldApart(Upserts):
    """What was said of pairs of records."""

    def strangers(self, tx: Connection, element: str) -> frozenset[tuple[str, str]]:
        """All pairs of an element."""
        rows = tx.execute(sa.select(PAIR.c.first, PAIR.c.second).where(PAIR.c.element == element))
        return frozenset((first, second) for first, second in rows)

    def tell_apart(
        self, tx: Connection, element: str, pairs: Iterable[tuple[str, str]], user: str, now: datetime
    ) -> None:
        """Remembers pairs; one that is remembered already keeps who said it first."""
        rows = [
            {"element": element, "first": first, "second": second, "decided_by": user, "decided_at": now}
            for first, second in pairs
        ]
        kept = ("decided_by", "decided_at")
        self._put(tx, PAIR, rows, ("element", "first", "second"), instead=lambda _: {n: PAIR.c[n] for n in kept})

    def look_again(self, tx: Connection, element: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Forgets what was said of pairs: they may be proposed again."""
        for part in in_chunks([{"b_first": first, "b_second": second} for first, second in pairs]):
            is_pair = (PAIR.c.first == sa.bindparam("b_first")) & (PAIR.c.second == sa.bindparam("b_second"))
            tx.execute(PAIR.delete().where(PAIR.c.element == element, is_pair), part)

    def forget_strangers_of_procore(self, tx: Connection) -> None:
        """For a new pairing: the numbers of another Procore company mean other records."""
        tx.execute(PAIR.delete().where(PAIR.c.first.startswith(OF_PROCORE) | PAIR.c.second.startswith(OF_PROCORE)))
