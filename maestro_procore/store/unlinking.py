"""Links as people change them: taken back, given a history, and marks that still stand in Procore afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model import link_states
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.link_states import LOST_CODES
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import LineStatus
from maestro_procore.store import line_rows
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.link_tables import EVENT, MARK, LinkEvent, LinkMark
from maestro_procore.store.tables import DECISION, LINE, LINK, RECORD
from maestro_procore.store.upserts import Upserts


class Links(Upserts):
    """What people do to links."""

    def link_ends(self, tx: Connection, element: str, maestro_key: str) -> Row | None:
        """procore_id, scope, origin_id, name of a link, and whether Procore still has its record (is_held).

        None: not linked.
        """
        of_link = (LINK.c.element == element) & (LINK.c.maestro_key == maestro_key)
        link = tx.execute(sa.select(LINK.c.procore_id, LINK.c.scope, LINK.c.origin_id).where(of_link)).first()
        if link is None:
            return None
        of_record = (RECORD.c.element == MAPS[element].list_kind) & (RECORD.c.procore_id == link.procore_id)
        record = tx.execute(sa.select(RECORD.c.origin_id).where(of_record, RECORD.c.is_gone.is_(False))).first()
        of_line = (LINE.c.element == element) & (LINE.c.maestro_key == maestro_key)
        line = tx.execute(sa.select(LINE.c.problems, LINE.c.maestro_values).where(of_line)).first()
        values = (line.maestro_values or {}) if line is not None else {}
        mark = record.origin_id if record is not None else None
        if MAPS[element].listed_with and mark != link.origin_id:
            mark = None  # that of another kind, which may share the record
        return {
            "procore_id": link.procore_id,
            "scope": link.scope,
            "origin_id": mark or link.origin_id,
            "name": str(values.get(MAPS[element].title) or ""),
            "is_held": record is not None and not was_told_gone(line.problems if line is not None else []),
        }

    def unlink(self, tx: Connection, element: str, maestro_key: str, audit: Problem) -> bool:
        """Removes link and choices of a record; False when it was not linked.

        A Procore record that is gone is remembered as gone from then on, or the next plan would link the line to it
        once more.
        """
        ends = self.link_ends(tx, element, maestro_key)
        if ends is None:
            return False
        if not ends["is_held"]:
            of_record = (RECORD.c.element == MAPS[element].list_kind) & (RECORD.c.procore_id == ends["procore_id"])
            tx.execute(RECORD.update().where(of_record).values(is_gone=True))
        tx.execute(LINK.delete().where(LINK.c.element == element, LINK.c.maestro_key == maestro_key))
        tx.execute(DECISION.delete().where(DECISION.c.element == element, DECISION.c.maestro_key == maestro_key))
        of_line = (LINE.c.element == element) & (LINE.c.maestro_key == maestro_key)
        line = tx.execute(sa.select(LINE.c.maestro_values).where(of_line)).first()
        if line is not None:
            told = {"problems": [audit.to_json()], "worst": audit.kind.value}
            held = {"maestro_key": maestro_key, "maestro_values": line.maestro_values}
            line_rows.change(tx, element, [{**held, **_NOT_LINKED, **told}])
        return True

    def note_link(self, tx: Connection, **event: Any) -> None:
        """One line of a link's history: element, maestro_key, procore_id, what, why, by, at, request_id."""
        self.note_links(tx, [event])

    def note_links(self, tx: Connection, events: Sequence[Row]) -> None:
        """The same for many links; all events carry the same columns."""
        for part in in_chunks([complete(LinkEvent, event) for event in events]):
            tx.execute(EVENT.insert(), part)

    def link_choice(self, tx: Connection, element: str, name: str) -> str:
        """What was chosen for the link of a record, '' when nothing was."""
        of_name = (DECISION.c.element == element) & (DECISION.c.maestro_key == name)
        found = tx.execute(sa.select(DECISION.c.choice).where(of_name, DECISION.c.subject == link_states.SUBJECT))
        return str(found.scalar() or "")

    def choose_link(self, tx: Connection, element: str, name: str, choice: str, user: str, now: datetime) -> None:
        """Keeps a choice for the link of a record; '' forgets it."""
        self.choose_links(tx, element, {name: choice}, user, now)

    def choose_links(self, tx: Connection, element: str, choices: Mapping[str, str], user: str, now: datetime) -> None:
        """The same for many records: name → choice."""
        of_name = (DECISION.c.element == element) & (DECISION.c.maestro_key == sa.bindparam("b_name"))
        held = DECISION.delete().where(of_name, DECISION.c.subject == link_states.SUBJECT)
        said = {"element": element, "subject": link_states.SUBJECT, "decided_by": user, "decided_at": now}
        rows = [{**said, "maestro_key": name, "choice": choice} for name, choice in choices.items() if choice]
        keys = [{"b_key": name} for name in choices if not name.startswith("#")]
        ids = [{"b_id": int(name[1:])} for name in choices if name.startswith("#")]
        touched = LINE.update().where(LINE.c.element == element).values(**line_rows.TOUCHED)
        for statement, values in (
            (held, [{"b_name": name} for name in choices]),
            (DECISION.insert(), rows),
            (touched.where(LINE.c.maestro_key == sa.bindparam("b_key")), keys),
            (touched.where(LINE.c.procore_id == sa.bindparam("b_id")), ids),
        ):
            for part in in_chunks(values):
                tx.execute(statement, part)

    # --- marks ------------------------------------------------------------------------------------

    def link_marks(self, tx: Connection, element: str, scope: str | None = None) -> list[Row]:
        """Our marks on records whose links were taken back. scope None: of all scopes."""
        chosen = sa.select(MARK).where(MARK.c.element == element).order_by(MARK.c.procore_id)
        rows = tx.execute(chosen if scope is None else chosen.where(MARK.c.scope == scope))
        return [dict(row._mapping) for row in rows]

    def put_link_mark(self, tx: Connection, **mark: Any) -> None:
        """Remembers a mark to be emptied, or that Procore keeps one."""
        self._put(tx, MARK, [mark], ("element", "procore_id"), defaults=LinkMark)

    def forget_link_marks(self, tx: Connection, element: str, procore_ids: Sequence[int]) -> None:
        """These are empty, or replaced by others, or their records are gone."""
        if tx.execute(sa.select(MARK.c.procore_id).where(MARK.c.element == element).limit(1)).first() is None:
            return  # as nearly always
        for part in in_chunks(list(procore_ids)):
            tx.execute(MARK.delete().where(MARK.c.element == element, MARK.c.procore_id.in_(part)))


_NOT_LINKED: dict[str, Any] = {
    "procore_id": None,
    "procore_values": None,
    "differing": [],
    "agreed": {},
    "candidates": [],
    "is_linked": False,
    "needs_sync": True,
    "status": LineStatus.NEVER.value,
    "last_synced_at": None,
}


def was_told_gone(problems: Sequence[Mapping[str, Any]]) -> bool:
    """LNK-02 is also said of a record that maestro* no longer has: then Procore's still exists."""
    told = [Problem.from_json(each) for each in problems]
    return any(p.code in LOST_CODES and p.args.get("system", "Procore") == "Procore" for p in told)
