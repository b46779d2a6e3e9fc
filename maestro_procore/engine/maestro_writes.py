"""maestro*'s part of a plan, record by record: looked at before it is written, and never written twice.

A single row, or a document: a header with its lines in one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.open_actions import OpenActions
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import context_of
from maestro_procore.engine.results import Result, store_results
from maestro_procore.model.mapping import Document, ElementMap, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.model.values import means_the_same
from maestro_procore.ports import CompanyRefused, DocumentRow, Row


def write_maestro(doors: Doors, part: Part, read: OpenActions, batch: int) -> Row:
    """Writes maestro*'s part of a batch; {"ids": of the actions whose Procore part comes next}."""
    journal = doors.journal
    actions = read.begin(batch)
    begun = {a["id"] for a in actions if a["state"] == ActionState.RUNNING}
    for action in actions:
        action["state"] = ActionState.RUNNING.value
    refused = {}
    writer = _Documents(doors, part) if part.map.document is not None else _Rows(doors, part)
    for action in actions:
        if action["maestro_write"] is not None:
            problem = writer.write(action, may_be_done=action["id"] in begun)
            if problem is not None:
                refused[action["id"]] = problem
    finished = [a for a in actions if a["id"] not in refused and a["procore_write"] is None]
    if refused or finished:
        with journal.begin() as tx:
            failed = [Result(a, [refused[a["id"]]], is_untouched=True) for a in actions if a["id"] in refused]
            done = [Result(a, [], is_written=True) for a in finished]
            store_results(doors, tx, part, [*failed, *done], None)
    return {"ids": [a["id"] for a in actions if a["id"] not in refused and a["procore_write"] is not None]}


class _Rows:
    """Records that are one row of one table."""

    def __init__(self, doors: Doors, part: Part) -> None:
        self.doors, self.part, self.map = doors, part, part.map

    def write(self, action: Row, *, may_be_done: bool) -> Problem | None:
        """One record. may_be_done: a killed program may have written it already, so look before writing."""
        try:
            if action["kind"] == ActionKind.CREATE:
                return self.create(action, may_be_done=may_be_done)
            return self.change(action)
        except CompanyRefused as refused:
            return self._refused(action["maestro_key"] or "", refused.reason)

    def create(self, action: Row, *, may_be_done: bool) -> Problem | None:
        company, key, written = self.doors.company, action["maestro_key"], action["maestro_write"]
        rows = company.rows(self.map.table, keys=[key])
        if not rows:
            company.insert(self.map.table, written, self._now())
        elif not may_be_done and not _holds(self.map, self.map.from_maestro(rows[0]), written):
            return self._refused(key, "exists")
        return None

    def change(self, action: Row) -> Problem | None:
        key, written = action["maestro_key"], action["maestro_write"]
        rows = self.doors.company.rows(self.map.table, keys=[key])
        if not rows:
            return Problem("LNK-02", {"code": key, "system": "maestro*"})
        held = self.map.from_maestro(rows[0])
        if _holds(self.map, held, written):
            return None
        if _has_moved(self.map, held, action["differences"]):
            return Problem("RUN-11", {"code": key})
        expect = {column: rows[0][column] for column in written}
        where = {"company_id": rows[0]["company_id"], self.map.key_column: rows[0][self.map.key_column]}
        if not self.doors.company.update(self.map.table, where, written, self._now(), expect=expect):
            return Problem("RUN-11", {"code": key})
        return None

    def _refused(self, key: str, reason: str) -> Problem:
        return Problem(self.part.rules.refused_here, {"code": key, "no": key, "reason": reason})

    def _now(self) -> datetime:
        return self.doors.clock.now()


class _Documents(_Rows):
    """Records that are a header with lines."""

    @property
    def shape(self) -> Document:
        shape = self.map.document
        assert shape is not None, "only documents come here"
        return shape

    @cached_property
    def held(self) -> Mapping[str, Record]:
        """The documents of this scope as maestro* holds them now."""
        context = context_of(self.doors, self.part)
        return {record.key: record for record in self.part.rules.assemble(self.map, context)}

    def create(self, action: Row, *, may_be_done: bool) -> Problem | None:
        if not action["maestro_key"]:
            self._give_number(action)
        rows = self._headers(action["maestro_key"])
        if not rows:
            self.doors.company.insert_document(self._row(action["maestro_write"]), self._now())
        elif not may_be_done:
            return self._refused(action["maestro_key"], "exists")
        return None

    def change(self, action: Row) -> Problem | None:
        key, written = action["maestro_key"], action["maestro_write"]
        rows, held = self._headers(key), self.held.get(key)
        if not rows or held is None:
            return Problem("LNK-02", {"code": key, "system": "maestro*"})
        if _holds(self.map, held, written):
            return None
        if _has_moved(self.map, held, action["differences"]):
            return Problem("RUN-11", {"code": key})
        document, counted = self._row(written), rows[0][self.shape.counted]
        # One look at everything that a plan depends on and that the mapping does not write.
        expect = {column: rows[0][column] for column in (*document.values, "rowver")}
        if not self.doors.company.update_document(document, counted, self._now(), expect=expect):
            return Problem("RUN-11", {"code": key})
        return None

    def _headers(self, key: str) -> list[Row]:
        where = {column: [value] for column, value in self.shape.locate(key).items()}
        return self.doors.company.rows(self.map.table, where=where)

    def _row(self, written: Mapping[str, Any]) -> DocumentRow:
        tables = self.shape.lines.values()
        values = {column: value for column, value in written.items() if column not in tables}
        lines = {table: self.shape.rows(written[table]) for table in tables if table in written}
        return DocumentRow(self.map.table, self.shape.counted, values, self.shape.parent, lines)

    def _give_number(self, action: Row) -> None:
        """maestro*'s next free number, on the record before it is used: a killed program finds it again."""

        def is_taken(number: str) -> bool:
            return bool(self._headers(number))

        number = self.doors.company.next_number(self.shape.numbered_by, is_taken, self._now())
        mark = action["procore_write"]
        action["maestro_key"] = number
        action["maestro_write"] = {**action["maestro_write"], self.map.key_column: number}
        if mark is not None and "origin_id" in mark:
            action["procore_write"] = {**mark, "origin_id": mark["origin_id"] + number}
        if mark is not None and "origin_code" in mark:
            action["procore_write"] = {**action["procore_write"], "origin_code": number}
        names = ("id", "maestro_key", "maestro_write", "procore_write")
        with self.doors.journal.begin() as tx:
            self.doors.journal.change_actions(tx, [{name: action[name] for name in names}])


def _holds(element_map: ElementMap, held: Record, written: Mapping[str, Any]) -> bool:
    return all(
        means_the_same(f.kind, held.values.get(f.name), f.kind.read(written[f.maestro]), f.maestro_length)
        for f in element_map.fields
        if f.maestro in written
    )


def _has_moved(element_map: ElementMap, held: Record, differences: Sequence[Mapping[str, Any]]) -> bool:
    """True when somebody changed a field in maestro* after the plan was made."""
    for difference in differences:
        each = element_map.field(difference["field"])
        if not means_the_same(each.kind, held.values.get(each.name), difference["maestro"], each.maestro_length):
            return True
    return False
