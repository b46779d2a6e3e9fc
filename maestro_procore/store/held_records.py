"""What both sides hold, as the journal knows it: Procore's records as last read, links, and what people chose."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.compare import KEPT
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Record
from maestro_procore.model.values import shared
from maestro_procore.store import line_rows
from maestro_procore.store.batches import Row, in_chunks
from maestro_procore.store.many import execute_many
from maestro_procore.store.tables import DECISION, LINE, LINK, RECORD
from maestro_procore.store.upserts import Upserts


class HeldRecords(Upserts):
    """Records, links and choices. `element` is a kind of record, `scope` a project's code or '' for the company."""

    def store_records(
        self, tx: Connection, element: str, records: Sequence[Record], seen_by: str | None, scope: str = ""
    ) -> None:
        """Remembers what Procore just told of its records, everything included."""
        self._put(tx, RECORD, [_record_row(r, element, seen_by, scope) for r in records], ("element", "procore_id"))

    def store_headers(
        self, tx: Connection, element: str, records: Sequence[Record], seen_by: str | None, scope: str = ""
    ) -> None:
        """The same for a list that leaves details out: values stay as they are while the record has not moved."""
        rows = [_without_read_at(_record_row(r, element, seen_by, scope)) for r in records]
        self._put(tx, RECORD, rows, ("element", "procore_id"), instead=_kept_when_read)

    def touch_records(self, tx: Connection, element: str, rows: Sequence[Row]) -> None:
        """Our mark made a record move: procore_id, origin_id, updated_at, and read_at when nothing else has moved."""
        for each in rows:
            found = (RECORD.c.element == element) & (RECORD.c.procore_id == each["procore_id"])
            tx.execute(RECORD.update().where(found).values({k: v for k, v in each.items() if k != "procore_id"}))

    def mark_absent(self, tx: Connection, element: str, seen_by: str, scope: str = "") -> int:
        """Marks records that a complete read did not show. Absence deletes nothing; it is only told."""
        gone = tx.execute(
            RECORD.update()
            .where(RECORD.c.element == element, RECORD.c.scope == scope, RECORD.c.is_gone.is_(False))
            .where(sa.or_(RECORD.c.seen_by != seen_by, RECORD.c.seen_by.is_(None)))
            .values(is_gone=True)
        )
        return gone.rowcount

    def known(self, tx: Connection, element: str, scope: str | None = None) -> list[Record]:
        """Procore's records as last read, in the words of the mapping. scope None: of all scopes."""
        chosen = sa.select(RECORD).where(RECORD.c.element == element)
        rows = tx.execute(chosen if scope is None else chosen.where(RECORD.c.scope == scope))
        texts: dict[str, str] = {}
        return [_record(r, texts) for r in rows]

    def known_of(self, tx: Connection, kinds: Sequence[str], scope: str) -> dict[str, list[Record]]:
        """The same of several kinds at once: kind → records, empty where there are none."""
        found: dict[str, list[Record]] = {kind: [] for kind in kinds}
        texts: dict[str, str] = {}
        for r in tx.execute(sa.select(RECORD).where(RECORD.c.element.in_(kinds), RECORD.c.scope == scope)):
            found[r.element].append(_record(r, texts))
        return found

    def links(self, tx: Connection, element: str, scope: str | None = None) -> list[Row]:
        """All links of a kind. scope None: of all scopes."""
        chosen = sa.select(LINK).where(LINK.c.element == element)
        rows = tx.execute(chosen if scope is None else chosen.where(LINK.c.scope == scope))
        names, texts = tuple(rows.keys()), dict[str, str]()
        found = (shared(texts, names, r) for r in rows)
        return [{**row, "agreed": shared(texts, row["agreed"], row["agreed"].values())} for row in found]

    def link_pairs(self, tx: Connection, element: str, scope: str | None = None) -> dict[str, int]:
        """maestro* key → Procore id of a kind's links."""
        chosen = sa.select(LINK.c.maestro_key, LINK.c.procore_id).where(LINK.c.element == element)
        rows = tx.execute(chosen if scope is None else chosen.where(LINK.c.scope == scope))
        return {key: int(procore_id) for key, procore_id in rows}

    def link_pairs_of(self, tx: Connection, kinds: Sequence[str], scope: str) -> dict[str, dict[str, int]]:
        """The same of several kinds at once: kind → its pairs, empty where there are none."""
        found: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
        chosen = sa.select(LINK.c.element, LINK.c.maestro_key, LINK.c.procore_id)
        for kind, key, procore_id in tx.execute(chosen.where(LINK.c.element.in_(kinds), LINK.c.scope == scope)):
            found[kind][key] = int(procore_id)
        return found

    def count_links(self) -> int:
        """Linked records of all kinds (CFG-08)."""
        with self._database.read() as tx:
            return int(tx.execute(sa.select(sa.func.count()).select_from(LINK)).scalar_one())

    def count_marks(self, tx: Connection, element: str, scope: str) -> tuple[int, int]:
        """Linked records that should carry our mark in Procore, and how many do (CHK-02)."""
        carries = sa.func.sum(sa.case((LINK.c.origin_id == RECORD.c.origin_id, 1), else_=0))
        found = tx.execute(
            sa.select(sa.func.count(), carries)
            .select_from(LINK)
            .join(RECORD, (RECORD.c.element == LINK.c.element) & (RECORD.c.procore_id == LINK.c.procore_id))
            .where(LINK.c.element == element, LINK.c.scope == scope, LINK.c.origin_id != "")
            .where(RECORD.c.is_gone.is_(False))
        ).one()
        return int(found[0]), int(found[1] or 0)

    def decisions(self, tx: Connection, element: str) -> dict[str, dict[str, str]]:
        """maestro* key → {'link' or field: choice}."""
        found: dict[str, dict[str, str]] = {}
        for row in tx.execute(sa.select(DECISION).where(DECISION.c.element == element)):
            found.setdefault(row.maestro_key, {})[row.subject] = row.choice
        return found

    def decide(self, row: Mapping[str, Any]) -> None:
        """element, maestro_key, subject, choice, decided_by, decided_at."""
        with self._database.begin() as tx:
            self._put(tx, DECISION, [dict(row)], ("element", "maestro_key", "subject"))
            tx.execute(
                LINE.update()
                .where(LINE.c.element == row["element"], LINE.c.maestro_key == row["maestro_key"])
                .values(needs_sync=True, **line_rows.TOUCHED)
            )

    def keep_fields(
        self, tx: Connection, element: str, kept: Mapping[str, Sequence[str]], user: str, at: datetime
    ) -> None:
        """maestro* key → fields that stay different on both sides until a person chooses (after an undo)."""
        common = {"element": element, "choice": KEPT, "decided_by": user, "decided_at": at}
        rows = [{**common, "maestro_key": key, "subject": name} for key, names in kept.items() for name in names]
        self._put(tx, DECISION, rows, ("element", "maestro_key", "subject"))

    def release_fields(self, tx: Connection, element: str, kept: Iterable[tuple[str, str]]) -> None:
        """Key and field of what is equal again."""
        for key, name in kept:
            named = (DECISION.c.maestro_key == key) & (DECISION.c.subject == name) & (DECISION.c.choice == KEPT)
            tx.execute(DECISION.delete().where(DECISION.c.element == element, named))

    def update_links(self, tx: Connection, agreements: Mapping[int, Mapping[str, Any]]) -> None:
        """Link id → values both sides agree on now (somebody made them equal by hand)."""
        rows = [{"b_id": link_id, "agreed": dict(agreed)} for link_id, agreed in agreements.items()]
        execute_many(tx, ("agreed",), LINK.update().where(LINK.c.id == sa.bindparam("b_id")), rows)

    def store_links(self, tx: Connection, rows: Sequence[Row]) -> None:
        """New and changed links: element, scope, maestro_key, procore_id, origin_id, rule, agreed, linked_by, at."""
        values = []
        for row in rows:
            value = {"scope": "", **row, "first_linked_at": row["at"], "last_synced_at": row["at"]}
            del value["at"]
            values.append(value)
        kept = ("first_linked_at", "linked_by", "rule", "origin_id")
        self._put(tx, LINK, values, ("element", "maestro_key"), kept=kept)

    def forget_decisions(self, tx: Connection, element: str, keys: Iterable[str]) -> None:
        """A choice that was carried out is history, not a rule for ever.

        "Keep what Procore has" on a one-way element is never carried out by a write: it stays until chosen anew, as
        does what was undone.
        """
        if tx.execute(sa.select(DECISION.c.maestro_key).where(DECISION.c.element == element).limit(1)).first() is None:
            return  # as nearly always
        targets = MAPS[element].direction.targets
        standing = [side.value for side in targets] if len(targets) == 1 else []
        was_carried_out = (DECISION.c.subject == "link") | DECISION.c.choice.not_in([*standing, KEPT])
        for part in in_chunks(list(keys)):
            named = DECISION.c.maestro_key.in_(part)
            tx.execute(DECISION.delete().where(DECISION.c.element == element, named, was_carried_out))


def _record(row: Any, texts: dict[str, str]) -> Record:
    values = row._mapping["values"]
    return Record(
        key=str(row.procore_id),
        values=shared(texts, values, values.values()),
        number=row.origin_code,
        is_active=row.is_active,
        origin_id=row.origin_id,
        updated_at=row.updated_at,
        is_gone=row.is_gone,
        read_at=row.read_at,
    )


def _record_row(record: Record, element: str, seen_by: str | None, scope: str) -> Row:
    read_at: datetime | None = record.read_at
    return {
        "element": element,
        "scope": scope,
        "procore_id": record.procore_id,
        "origin_id": record.origin_id,
        "origin_code": record.number,
        "is_active": record.is_active,
        "values": {k: v for k, v in record.values.items() if v is not None},
        "updated_at": record.updated_at,
        "seen_by": seen_by,
        "is_gone": record.is_gone,
        "read_at": read_at,
    }


def _kept_when_read(statement: Any) -> dict[str, Any]:
    new = statement.excluded
    # Null-safe: a record that was never read in detail takes the list's values.
    is_as_read = RECORD.c.read_at.is_not(None) & (RECORD.c.read_at == new.updated_at)
    return {"values": sa.case((is_as_read, RECORD.c["values"]), else_=new["values"])}


def _without_read_at(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "read_at"}
