"""Taking back a link whose Procore record is gone, so that the line can be sent again or linked to another record."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.problems import Problem
from maestro_procore.model.status import LineStatus
from maestro_procore.store import line_rows
from maestro_procore.store.tables import DECISION, LINE, LINK, RECORD

_TELL_THAT_IT_IS_GONE = ("LNK-02", "PRJ-17")


def unlink(tx: Connection, element: str, maestro_key: str, audit: Problem) -> bool | None:
    """Removes link and choices; True done, False not linked, None the Procore record still exists.

    Gone is a record that the last complete read did not show, or that Procore's last answer did not find. It
    is remembered as gone from then on, or the next plan would link the line to it once more.
    """
    of_line = (LINE.c.element == element) & (LINE.c.maestro_key == maestro_key)
    of_link = (LINK.c.element == element) & (LINK.c.maestro_key == maestro_key)
    procore_id = tx.execute(sa.select(LINK.c.procore_id).where(of_link)).scalar()
    if procore_id is None:
        return False
    of_record = (RECORD.c.element == element) & (RECORD.c.procore_id == procore_id)
    line = tx.execute(sa.select(LINE.c.maestro_values, LINE.c.problems).where(of_line)).first()
    is_held = tx.execute(sa.select(RECORD.c.procore_id).where(of_record, RECORD.c.is_gone.is_(False))).first()
    if is_held is not None and not _was_told_gone(line.problems if line else []):
        return None
    tx.execute(RECORD.update().where(of_record).values(is_gone=True))
    tx.execute(LINK.delete().where(of_link))
    tx.execute(DECISION.delete().where(DECISION.c.element == element, DECISION.c.maestro_key == maestro_key))
    if line is not None:
        told = {"problems": [audit.to_json()], "worst": audit.kind.value}
        held = {"maestro_key": maestro_key, "maestro_values": line.maestro_values}
        line_rows.change(tx, element, [{**held, **_NOT_LINKED, **told}])
    return True


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


def _was_told_gone(problems: Sequence[Mapping[str, Any]]) -> bool:
    """LNK-02 is also said of a record that maestro* no longer has: then Procore's still exists."""
    told = [Problem.from_json(each) for each in problems]
    return any(p.code in _TELL_THAT_IT_IS_GONE and p.args.get("system", "Procore") == "Procore" for p in told)
