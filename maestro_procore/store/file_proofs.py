"""What the preflight of a project adds up, and the proofs that were made of it."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.store import file_tables
from maestro_procore.store.batches import Row, complete
from maestro_procore.store.file_plans import OPEN_STEPS
from maestro_procore.store.file_tables import APART, CONFLICT, PAIR, PROOF, STEP
from maestro_procore.store.upserts import Upserts

_CARRIES = (FileVerb.COPY.value, FileVerb.VERSION.value)


class FileProofs(Upserts):
    """Plain calls; `tx` is a transaction of the journal."""

    def planned_bytes(self, tx: Connection, project_id: int, target: FileSide) -> int:
        """What the plans of a project would still write to a side: the sum of the sizes (F264)."""
        query = sa.select(sa.func.sum(STEP.c.size_bytes)).join(PAIR, PAIR.c.id == STEP.c.pair_id)
        query = query.where(PAIR.c.project_id == project_id, STEP.c.state.in_(OPEN_STEPS))
        query = query.where(STEP.c.target == target.value, STEP.c.verb.in_(_CARRIES))
        return int(tx.execute(query).scalar() or 0)

    def planned_files(self, tx: Connection, pair_id: int, at_least_bytes: int) -> int:
        """Files of so many bytes and more that the plan of a pair would still bring over."""
        query = sa.select(sa.func.count()).where(STEP.c.pair_id == pair_id, STEP.c.state.in_(OPEN_STEPS))
        query = query.where(STEP.c.verb.in_(_CARRIES), STEP.c.size_bytes >= at_least_bytes)
        return int(tx.execute(query).scalar_one())

    def apart_codes(self, tx: Connection, pair_id: int) -> dict[str, int]:
        """Why items of a pair are not synchronized: code → how many."""
        rows = tx.execute(sa.select(APART.c.problem).where(APART.c.pair_id == pair_id))
        return dict(Counter(row[0]["code"] for row in rows))

    def apart_items(self, tx: Connection, pair_id: int) -> dict[tuple[str, str], dict[str, Any]]:
        """(side, item id) → why it is not synchronized, as Problem.to_json gives it."""
        query = sa.select(APART.c.side, APART.c.item_id, APART.c.problem).where(APART.c.pair_id == pair_id)
        return {(row[0], row[1]): row[2] for row in tx.execute(query)}

    def open_conflicts(self, tx: Connection, pair_id: int) -> frozenset[tuple[str, str]]:
        """(Procore's id, the drive's) of conflicts that wait for a person."""
        query = sa.select(CONFLICT.c.procore_id, CONFLICT.c.drive_id)
        rows = tx.execute(query.where(CONFLICT.c.pair_id == pair_id, CONFLICT.c.is_open))
        return frozenset((row[0], row[1]) for row in rows)

    def add_file_proof(self, tx: Connection, row: Row) -> None:
        """Keeps a signed report."""
        tx.execute(PROOF.insert().values(**complete(file_tables.FileProof, row)))

    def file_proof_of(self, request_id: str) -> Row | None:
        """The proof that a request made; None while it is not ready."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(PROOF).where(PROOF.c.request_id == request_id)).first()
        return None if row is None else dict(row._mapping)

    def is_own_proof(self, signature: str) -> bool:
        """Whether a report with that signature was made with this journal."""
        with self._database.read() as tx:
            return tx.execute(sa.select(PROOF.c.id).where(PROOF.c.signature == signature)).first() is not None
