"""The history of the files of one project for an export: who, when, what, to which file, before and after (F219)."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from maestro_procore.model.file_names import forms
from maestro_procore.store.database import Database
from maestro_procore.store.file_run_views import taken_back
from maestro_procore.store.file_tables import PAIR, STEP
from maestro_procore.store.tables import REQUEST

_FREE = ("adopt", "rebind", "agree_place", "agree_content", "forget", "compare")


def file_history(database: Database, project_id: int, name: str = "") -> Iterator[dict[str, Any]]:
    """Oldest first: every step that changed one of the two sides, or tried to. name: part of a path."""
    query = (
        sa.select(STEP, PAIR.c.tool, REQUEST.c.requested_by, REQUEST.c.number.label("run"))
        .join(PAIR, PAIR.c.id == STEP.c.pair_id)
        .join(REQUEST, REQUEST.c.id == STEP.c.request_id)
        .where(PAIR.c.project_id == project_id, STEP.c.ended_at.is_not(None), STEP.c.verb.not_in(_FREE))
        .order_by(STEP.c.id)
    )
    if name:
        query = query.where(path_holds(name))
    with database.read() as tx:
        undone = taken_back(tx, project_id)
        for row in tx.execute(query.execution_options(yield_per=1_000)):
            before, after = _states(dict(row._mapping))
            yield {
                "at": row.ended_at,
                "by": row.requested_by,
                "run": row.run,
                "tool": row.tool,
                "deed": row.verb,
                "side": row.target,
                "path": row.path or row.name,
                "why": row.rule,
                "state": row.state,
                "undone_by": undone.get(row.id),
                "size_bytes": row.size_bytes,
                "before": before,
                "after": after,
            }


def path_holds(words: str, path: sa.ColumnElement[str] = STEP.c.path) -> sa.ColumnElement[bool]:
    """Steps, or rows of another table, whose path holds the words, as people read them or as the drive has them."""
    return sa.or_(*(path.contains(form, autoescape=True) for form in forms(words)))


def _states(step: Mapping[str, Any]) -> tuple[Any, Any]:
    """The side that was written, before and after; after is what both agreed on then, or what somebody took back."""
    saw, side = step["saw"], step["target"]
    before = saw.get(side)
    if step["state"] != "done" or step["verb"] == "delete":
        return before, before if step["state"] != "done" else None
    if saw.get("made"):
        return before, saw["made"]
    wrote = saw.get("wrote")
    if wrote:
        names = {"id": f"{side}_id", "parent": f"{side}_parent", "name": f"{side}_name", "version": f"{side}_version"}
        return before, {**{name: wrote[held] for name, held in names.items()}, "size": wrote["size_bytes"]}
    return before, {"id": step["made_id"] or None, "name": step["name"], "size": step["size_bytes"]}
