"""What reconciliations found, written by the engine project by project; and why records were not brought over."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.problems import Kind, Problem
from maestro_procore.model.reconciliation import Line, Reconciliation
from maestro_procore.model.status import ActionState
from maestro_procore.model.values import fold
from maestro_procore.store import reconciliation_tables as reconciled
from maestro_procore.store.batches import Row, complete, in_chunks
from maestro_procore.store.reconciliation_tables import OF_PROJECT, RECONCILED, RECONCILED_LINE
from maestro_procore.store.tables import ACTION, LINE, PART, REQUEST
from maestro_procore.store.upserts import Upserts

_NOT_DONE = [state.value for state in (ActionState.FAILED, ActionState.SKIPPED, ActionState.UNKNOWN)]
_CHECKS = "CHK-"
"""Problems that tell of a check after the run: nothing was held back by them."""


class Reconciliations(Upserts):
    """The reconciliations of a profile."""

    def put_reconciliation(self, tx: Connection, request_id: str, **values: Any) -> None:
        """Makes the row of a request, or sets columns of it."""
        changed = tx.execute(RECONCILED.update().where(RECONCILED.c.request_id == request_id).values(**values))
        if not changed.rowcount:
            tx.execute(
                RECONCILED.insert().values(**complete(reconciled.Reconciled, {"request_id": request_id} | values))
            )

    def reconciliation(self, request_id: str) -> Row | None:
        """The row of a request, None when it is no reconciliation."""
        with self._database.read() as tx:
            row = tx.execute(sa.select(RECONCILED).where(RECONCILED.c.request_id == request_id)).first()
            return None if row is None else dict(row._mapping)

    def forget_reconciled(self, tx: Connection, request_id: str) -> None:
        """Drops what an earlier run of the same request had found."""
        for table in (RECONCILED_LINE, OF_PROJECT):
            tx.execute(table.delete().where(table.c.request_id == request_id))

    def keep_reconciled(self, tx: Connection, request_id: str, project: str, found: Reconciliation) -> None:
        """What was found about one project; replaces what was found before."""
        for table in (RECONCILED_LINE, OF_PROJECT):
            tx.execute(table.delete().where(table.c.request_id == request_id, table.c.project == project))
        aside = [{"of": of, "currency": c, "amount": str(found.aside[of, c])} for of, c in sorted(found.aside)]
        row = {
            "request_id": request_id,
            "project": project,
            "aside": aside,
            "told": [problem.to_json() for problem in found.told],
            "missing": [list(figure) for figure in sorted(found.missing)],
        }
        tx.execute(OF_PROJECT.insert().values(**row))
        for part in in_chunks([_row_of(request_id, seq, line) for seq, line in enumerate(found.lines)]):
            tx.execute(RECONCILED_LINE.insert(), part)

    def reconciled_facts(self, tx: Connection, request_id: str) -> Row:
        """Of a whole reconciliation: lines, those apart (something is unexplained), figures that could not be
        compared, projects with a warning.
        """
        counted = sa.select(sa.func.count(), sa.func.sum(sa.case((RECONCILED_LINE.c.is_apart, 1), else_=0)))
        lines, apart = tx.execute(counted.where(RECONCILED_LINE.c.request_id == request_id)).one()
        rows = tx.execute(sa.select(OF_PROJECT).where(OF_PROJECT.c.request_id == request_id)).all()
        missing = {tuple(figure) for row in rows for figure in row.missing}
        warned = [row for row in rows if any(Problem.from_json(p).kind is Kind.WARNING for p in row.told)]
        return {"lines": int(lines), "apart": int(apart or 0), "missing": sorted(missing), "warnings": len(warned)}

    # --- why records were not brought over --------------------------------------------------------

    def unsent(self, tx: Connection, project: str) -> dict[str, dict[str, Problem]]:
        """Kind → maestro* key or Procore id → what keeps a record of a project out of the other side.

        Under '' stands what stopped a whole kind. Of the newest run of each element.
        """
        found: dict[str, dict[str, Problem]] = {}
        for kind, key, problem in (*self._of_pages(tx, project), *self._of_runs(tx, project)):
            found.setdefault(kind, {}).setdefault(key, problem)
        return found

    @staticmethod
    def _of_pages(tx: Connection, project: str) -> Iterator[tuple[str, str, Problem]]:
        """Lines with an error, and lines that wait for an answer and are not linked."""
        columns = (LINE.c.element, LINE.c.maestro_key, LINE.c.procore_id, LINE.c.problems, LINE.c.is_linked)
        has_one = LINE.c.worst.in_(("E", "W"))
        for row in tx.execute(sa.select(*columns).where(LINE.c.scope == project, has_one)):
            told = [Problem.from_json(problem) for problem in row.problems]
            reason = next((p for p in told if p.is_error), None)
            if reason is None and row.is_linked:
                continue
            for key in (row.maestro_key, row.procore_id):
                if key is not None and told:
                    yield row.element, str(key), reason or told[0]

    def _of_runs(self, tx: Connection, project: str) -> Iterator[tuple[str, str, Problem]]:
        """Records of kinds that have no page, and kinds that a project's newest run did not come to."""
        for element in ELEMENTS.values():
            if not element.is_by_project:
                continue
            newest = (
                sa.select(REQUEST.c.id)
                .join(PART, PART.c.request_id == REQUEST.c.id)
                .where(REQUEST.c.element == element.name, REQUEST.c.is_preview.is_(False), PART.c.scope == project)
                .order_by(REQUEST.c.number.desc())
            )
            request_id = tx.execute(newest.limit(1)).scalar()
            if request_id is not None:
                yield from _given_up(tx, request_id, project, element.kinds)
                others = [kind for kind in element.kinds if kind != element.name]
                yield from _left_undone(tx, request_id, project, others)


def _given_up(
    tx: Connection, request_id: str, project: str, kinds: Sequence[str]
) -> Iterator[tuple[str, str, Problem]]:
    of_part = (PART.c.request_id == request_id) & (PART.c.scope == project)
    for row in tx.execute(sa.select(PART.c.element, PART.c.problem).where(of_part)):
        if row.problem and not row.problem["code"].startswith(_CHECKS) and row.element in kinds:
            for kind in kinds[kinds.index(row.element) :]:
                yield kind, "", Problem.from_json(row.problem)


def _left_undone(
    tx: Connection, request_id: str, project: str, kinds: Sequence[str]
) -> Iterator[tuple[str, str, Problem]]:
    columns = (ACTION.c.element, ACTION.c.maestro_key, ACTION.c.procore_id, ACTION.c.problems)
    of_run = (ACTION.c.request_id == request_id) & (ACTION.c.scope == project) & ACTION.c.element.in_(kinds)
    for row in tx.execute(sa.select(*columns).where(of_run, ACTION.c.state.in_(_NOT_DONE), ACTION.c.kind != "read")):
        for key in (row.maestro_key, row.procore_id):
            if key is not None and row.problems:
                yield row.element, str(key), Problem.from_json(row.problems[0])


def _row_of(request_id: str, seq: int, line: Line) -> Row:
    shown: Mapping[str, Any] = line.to_json()
    records = {held.record for bridge in line.bridges for held in bridge.records}
    return {
        **shown,
        "request_id": request_id,
        "seq": seq,
        "is_apart": line.unexplained != Decimal(0),
        "search_text": fold(" ".join((line.project, line.code, *sorted(records)))),
    }
